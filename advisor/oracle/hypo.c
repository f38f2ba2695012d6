#include "oracle/hypo.h"

#include <string.h>

enum { KEPT_MAX = 400 }; /* more slow the planner of every statement down */

static struct hypo_index *find(const struct hypo *h, const char *definition)
{
        for (size_t i = 0; i < h->indexes.len; i++)
                if (!strcmp(h->indexes.items[i].definition, definition))
                        return &h->indexes.items[i];
        return NULL;
}

static int create(struct hypo *h, struct pg *pg, struct oracle_index *index, struct err *err)
{
        CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
        struct err why = {0};
        const char *const params[] = {index->definition};
        int r = pg_query(pg, arena_printf(h->arena, "SELECT indexname, indexrelid FROM %s.hypopg_create_index($1)", h->schema), 1, params, &rows, &why);
        if (r < 0 && pg_lost(pg))
                return err_set(err, ERR_TARGET, "%s", why.msg);
        struct hypo_index made = {.definition = arena_strdup(h->arena, index->definition), .height = index->height, .wanted = true};
        if (r == 0 && pg_count(rows) == 1) {
                made.name = arena_strdup(h->arena, pg_text(rows, 0, 0));
                made.oid = pg_int(rows, 0, 1);
        }
        *vec_push(h->arena, &h->indexes) = made;
        h->changed = true;
        return 0;
}

static int drop(struct hypo *h, struct pg *pg, const struct hypo_index *index, struct err *err)
{
        if (!index->name)
                return 0;
        h->changed = true;
        return pg_exec(pg, arena_printf(h->arena, "SELECT %s.hypopg_drop_index(%lld)", h->schema, (long long)index->oid), err);
}

static int drop_unwanted(struct hypo *h, struct pg *pg, struct err *err)
{
        size_t kept = 0;
        int r = 0;
        for (size_t i = 0; i < h->indexes.len && r == 0; i++)
                if (h->indexes.items[i].wanted || !h->indexes.items[i].name)
                        h->indexes.items[kept++] = h->indexes.items[i];
                else
                        r = drop(h, pg, &h->indexes.items[i], err);
        if (r == 0)
                h->indexes.len = kept;
        return r;
}

int hypo_set(struct hypo *h, struct pg *pg, struct oracle_index *indexes, size_t n, struct err *err)
{
        if (n > KEPT_MAX)
                return err_set(err, ERR_RANGE, "more than %d hypothetical indexes at once", KEPT_MAX);
        for (size_t i = 0; i < h->indexes.len; i++)
                h->indexes.items[i].wanted = false;
        for (size_t i = 0; i < n; i++)
                if (find(h, indexes[i].definition))
                        find(h, indexes[i].definition)->wanted = true;
        int r = drop_unwanted(h, pg, err);
        h->aliases.len = 0;
        for (size_t i = 0; i < n && r == 0; i++) {
                if (!find(h, indexes[i].definition))
                        r = create(h, pg, &indexes[i], err);
                const struct hypo_index *made = r == 0 ? find(h, indexes[i].definition) : NULL;
                indexes[i].name = made ? made->name : NULL;
                if (made && made->name)
                        *vec_push(h->arena, &h->aliases) = (struct plan_alias){made->name, made->definition};
        }
        return r;
}

double hypo_height(const struct hypo *h, const char *definition)
{
        const struct hypo_index *found = find(h, definition);
        return found ? found->height : 0;
}

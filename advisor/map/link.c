/* Which program reaches what: a thing belongs to each program whose modules hold it; what no program reaches stands under one that has no name. */
#include "map/map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool map_is_aside(const struct map *m, const char *context)
{
        return context && (!strcmp(context, "test") || !strcmp(context, "migration") || (m->declares_programs && !strcmp(context, "script")));
}

static int by_text(const void *x, const void *y)
{
        return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static bool reaches(const struct map_program *p, const char *module)
{
        return module && p->module_count && bsearch(&module, p->modules, p->module_count, sizeof *p->modules, by_text);
}

static bool is_named(const char *const *names, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (!strcmp(names[i], name))
                        return true;
        return false;
}

/* The rest: all that runs, and that no program is known to run. */
static struct map_program *nobody(struct map *m)
{
        *vec_push(m->arena, &m->programs) = (struct map_program){.processes = NAN, .running = NAN, .pss_bytes = NAN};
        return &m->programs.items[m->programs.len - 1];
}

static void use_pool(struct map *m, size_t program, size_t pool)
{
        struct map_pool *p = &m->pools.items[pool];
        *vec_push(m->arena, &m->programs.items[program].pools) = pool;
        *vec_push(m->arena, &p->uses) = (struct map_use){.program = program, .connections = p->per_process * m->programs.items[program].processes,
                                                         .wait_p95_ms = NAN, .use_p95_ms = NAN, .timeouts = NAN};
}

static void link_pools(struct map *m)
{
        for (size_t i = 0; i < m->pools.len; i++) {
                struct map_pool *p = &m->pools.items[i];
                const struct map_value *size = map_value_of(p, "size");
                p->unbounded = p->is_redis && isnan(p->size) && (!size || !strcmp(size->decided_by, "default"));
                for (size_t k = 0; k < m->programs.len; k++)
                        if (m->programs.items[k].path && is_named(p->programs, p->program_count, m->programs.items[k].name))
                                use_pool(m, k, i);
        }
}

/* Hands each item to the programs that reach its module, and to nobody what is left. */
#define LINK(m, what, is_kept)                                                                                         \
        for (size_t i = 0; i < (m)->what.len; i++) {                                                                   \
                bool found_ = false;                                                                                   \
                for (size_t k = 0; k + 1 < (m)->programs.len; k++)                                                     \
                        if (reaches(&(m)->programs.items[k], (m)->what.items[i].module)) {                             \
                                *vec_push((m)->arena, &(m)->programs.items[k].what) = i;                               \
                                found_ = true;                                                                         \
                        }                                                                                              \
                if (!found_ && (is_kept))                                                                              \
                        *vec_push((m)->arena, &rest->what) = i;                                                        \
        }

static void link_programs(struct map *m)
{
        link_pools(m);
        struct map_program *rest = nobody(m);
        LINK(m, caches, true)
        LINK(m, statements, !map_is_aside(m, m->statements.items[i].context))
        LINK(m, handlers, true)
        for (size_t i = 0; i < m->pools.len; i++)
                if (!m->pools.items[i].uses.len && !map_is_aside(m, m->pools.items[i].context))
                        use_pool(m, m->programs.len - 1, i);
        if (!rest->pools.len && !rest->caches.len && !rest->statements.len && !rest->handlers.len)
                m->programs.len--;
}

/* ── Tables ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct map_table *table_named(struct map *m, const char *name)
{
        for (size_t i = 0; i < m->tables.len; i++)
                if (!strcmp(m->tables.items[i].name, name))
                        return &m->tables.items[i];
        *vec_push(m->arena, &m->tables) = (struct map_table){.name = name, .share_frac = NAN};
        return &m->tables.items[m->tables.len - 1];
}

static void count_kind(struct map_table *t, const char *kind)
{
        kind = kind ? kind : "";
        size_t *n = !strcmp(kind, "select") ? &t->selects : !strcmp(kind, "insert") ? &t->inserts : !strcmp(kind, "update") ? &t->updates
                  : !strcmp(kind, "delete") ? &t->deletes : &t->others;
        (*n)++;
}

static void add_once(struct arena *a, struct map_table *t, size_t program)
{
        for (size_t i = 0; i < t->programs.len; i++)
                if (t->programs.items[i] == program)
                        return;
        *vec_push(a, &t->programs) = program;
}

static int by_use(const void *x, const void *y)
{
        const struct map_table *a = x, *b = y;
        if (a->statements.len != b->statements.len)
                return a->statements.len < b->statements.len ? 1 : -1;
        return strcmp(a->name, b->name);
}

static void link_tables(struct map *m)
{
        for (size_t i = 0; i < m->statements.len; i++) {
                const struct map_statement *s = &m->statements.items[i];
                for (size_t k = 0; k < s->table_count && !map_is_aside(m, s->context); k++) {
                        struct map_table *t = table_named(m, s->tables[k]);
                        *vec_push(m->arena, &t->statements) = i;
                        count_kind(t, s->kind);
                        for (size_t p = 0; p < m->programs.len; p++)
                                if (m->programs.items[p].path && reaches(&m->programs.items[p], s->module))
                                        add_once(m->arena, t, p);
                }
        }
        if (m->tables.len)
                qsort(m->tables.items, m->tables.len, sizeof *m->tables.items, by_use);
}

static int declare_tables(struct map *m, struct db *db, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *s = NULL;
        int r = stmt_prepare(db, "SELECT table_name, path, line FROM fact_code_table ORDER BY CASE source WHEN 'model' THEN 0 WHEN 'sql_file' THEN 1 ELSE 2 END, path, line",
                             &s, err);
        while (r >= 0 && (r = stmt_step(s, err)) == 1)
                for (size_t i = 0; i < m->tables.len; i++)
                        if (!m->tables.items[i].declared && !strcmp(m->tables.items[i].name, stmt_text(s, 0)) && stmt_text(s, 1))
                                m->tables.items[i].declared = arena_printf(m->arena, "%s:%d", stmt_text(s, 1), (int)stmt_int(s, 2));
        return r;
}

/* ── Settings of servers that files give ────────────────────────────────────────────────────────────────────────── */

static int pooler_settings(struct map *m, struct db *db, struct err *err)
{
        VEC(struct map_setting) items = {0};
        CLEANUP(stmt_free) struct stmt *s = NULL;
        int r = stmt_prepare(db, "SELECT knob, value, path, line FROM fact_code_value WHERE pool = 'pgbouncer' ORDER BY path, line", &s, err);
        while (r >= 0 && (r = stmt_step(s, err)) == 1)
                if (stmt_text(s, 1) && stmt_text(s, 0))
                        *vec_push(m->arena, &items) = (struct map_setting){arena_strdup(m->arena, stmt_text(s, 0)), arena_strdup(m->arena, stmt_text(s, 1)),
                                                                           arena_strdup(m->arena, stmt_text(s, 2)), (int)stmt_int(s, 3)};
        if (r >= 0)
                map_find_servers(m, items.items, items.len);
        return r;
}

/* max_connections counts for every PostgreSQL of the map when one file, and only one, gives it. */
static int server_limits(struct map *m, struct db *db, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *s = NULL;
        int r = stmt_prepare(db, "SELECT system, name, min(value), min(path), min(line) FROM fact_code_setting WHERE (system = 'postgresql' AND name = 'max_connections') "
                                 "OR (system = 'redis' AND name = 'maxclients') GROUP BY system HAVING count(DISTINCT value) = 1", &s, err);
        while (r >= 0 && (r = stmt_step(s, err)) == 1)
                for (size_t i = 0; i < m->servers.len; i++) {
                        struct map_server *x = &m->servers.items[i];
                        if (x->kind == MAP_POOLER || !x->dialect || strcmp(x->dialect, stmt_text(s, 0)) != 0 || !stmt_text(s, 2) || atof(stmt_text(s, 2)) <= 0)
                                continue;
                        x->limit = atof(stmt_text(s, 2));
                        x->limit_from = arena_printf(m->arena, "%s in %s:%d", stmt_text(s, 1), stmt_text(s, 3) ? stmt_text(s, 3) : "?", (int)stmt_int(s, 4));
                }
        return r;
}

int map_link(struct map *m, struct store *store, struct err *err)
{
        m->declares_programs = m->programs.len > 0;
        int r = pooler_settings(m, store_db(store), err);
        if (r < 0)
                return r;
        link_programs(m);
        map_sum_servers(m);
        link_tables(m);
        if ((r = server_limits(m, store_db(store), err)) < 0)
                return r;
        return declare_tables(m, store_db(store), err);
}

const struct map_value *map_value_of(const struct map_pool *p, const char *knob)
{
        for (size_t i = 0; i < p->values.len; i++)
                if (!strcmp(p->values.items[i].knob, knob))
                        return &p->values.items[i];
        return NULL;
}

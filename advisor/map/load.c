/* Fact views -> plain structs. All SQL that reads the sources' facts for the map stands here. */
#include "lib/json.h"
#include "map/map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct loader {
        struct map *m;
        struct arena *a;
        struct db *db;
        struct err *err;
};

static int each_row(struct loader *l, const char *sql, void (*row)(struct loader *l, struct stmt *s))
{
        CLEANUP(stmt_free) struct stmt *s = NULL;
        int r = stmt_prepare(l->db, sql, &s, l->err);
        while (r >= 0 && (r = stmt_step(s, l->err)) == 1)
                row(l, s);
        return r;
}

static const char *text(struct loader *l, struct stmt *s, int i)
{
        return arena_strdup(l->a, stmt_text(s, i));
}

static int by_text(const void *x, const void *y)
{
        return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* The texts of a JSON array, sorted. */
static const char **names_of(struct loader *l, const char *array, size_t *ret_count)
{
        CLEANUP(json_free) struct json *j = NULL;
        if (!array || json_parse(NULL, array, strlen(array), &j, NULL) < 0)
                return *ret_count = 0, NULL;
        const char **names = arena_alloc(l->a, (json_len(j) + 1) * sizeof *names);
        size_t n = 0;
        for (size_t i = 0; i < json_len(j); i++)
                if (json_as_text(json_at(j, i)))
                        names[n++] = arena_strdup(l->a, json_as_text(json_at(j, i)));
        qsort(names, n, sizeof *names, by_text);
        *ret_count = n;
        return names;
}

static void program_row(struct loader *l, struct stmt *s)
{
        struct map_program *p = vec_push(l->a, &l->m->programs);
        *p = (struct map_program){.name = text(l, s, 0), .processes = stmt_int(s, 1) >= 0 ? stmt_real(s, 1) : NAN, .command = text(l, s, 2), .entry_path = text(l, s, 3),
                                  .entry_module = text(l, s, 4), .path = text(l, s, 5), .line = (int)stmt_int(s, 6), .declared_as = text(l, s, 8),
                                  .server = text(l, s, 9), .threads = stmt_int(s, 10), .running = NAN, .pss_bytes = NAN};
        p->modules = names_of(l, stmt_text(s, 7), &p->module_count);
}

static void pool_row(struct loader *l, struct stmt *s)
{
        struct map_pool *p = vec_push(l->a, &l->m->pools);
        *p = (struct map_pool){.name = text(l, s, 0), .library = text(l, s, 1), .kind = text(l, s, 2), .is_async = stmt_int(s, 3), .path = text(l, s, 4),
                               .line = (int)stmt_int(s, 5), .qualname = text(l, s, 6), .scope = text(l, s, 7), .context = text(l, s, 8), .url = text(l, s, 9),
                               .application = text(l, s, 10), .behind_pooler = stmt_int(s, 11) == 1, .size = stmt_real(s, 12), .overflow = stmt_real(s, 13),
                               .min_size = stmt_real(s, 14), .driver = text(l, s, 15), .is_redis = stmt_int(s, 16)};
        p->programs = names_of(l, stmt_text(s, 17), &p->program_count);
        p->per_call = p->scope && (!strcmp(p->scope, "function") || !strcmp(p->scope, "loop"));
        p->per_process = p->size + (isnan(p->overflow) ? 0 : p->overflow);
}

static void value_row(struct loader *l, struct stmt *s)
{
        const char *pool = stmt_text(s, 0);
        for (size_t i = 0; pool && i < l->m->pools.len; i++)
                if (!strcmp(l->m->pools.items[i].name, pool)) {
                        *vec_push(l->a, &l->m->pools.items[i].values) =
                                (struct map_value){.knob = text(l, s, 1), .value = text(l, s, 2), .decided_by = text(l, s, 3), .path = text(l, s, 4),
                                                   .line = (int)stmt_int(s, 5), .key = text(l, s, 6), .trail = text(l, s, 7), .resolved = stmt_int(s, 8)};
                        return;
                }
}

static void cache_row(struct loader *l, struct stmt *s)
{
        double ttl = stmt_real(s, 7);
        *vec_push(l->a, &l->m->caches) = (struct map_cache){
                .name = text(l, s, 0), .tier = text(l, s, 1), .library = text(l, s, 2), .path = text(l, s, 3), .line = (int)stmt_int(s, 4), .module = text(l, s, 5),
                .max_size = stmt_real(s, 6), .ttl_s = ttl, .bounded = stmt_is_null(s, 8) ? -1 : (int)stmt_int(s, 8), .template_ = text(l, s, 9), .trail = text(l, s, 10)};
}

static void statement_row(struct loader *l, struct stmt *s)
{
        struct map_statement *st = vec_push(l->a, &l->m->statements);
        *st = (struct map_statement){.path = text(l, s, 0), .line = (int)stmt_int(s, 1), .module = text(l, s, 2), .qualname = text(l, s, 3), .kind = text(l, s, 4),
                                     .family = stmt_int(s, 6), .confidence = stmt_real(s, 7), .origin = text(l, s, 8), .context = text(l, s, 9),
                                     .text = text(l, s, 10), .fingerprint = text(l, s, 11), .calls_hz = NAN, .mean_ms = NAN, .share_frac = NAN};
        st->tables = names_of(l, stmt_text(s, 5), &st->table_count);
}

static void handler_row(struct loader *l, struct stmt *s)
{
        *vec_push(l->a, &l->m->handlers) =
                (struct map_handler){.path = text(l, s, 0), .line = (int)stmt_int(s, 1), .module = text(l, s, 2), .qualname = text(l, s, 3), .what = text(l, s, 4)};
}

static void file_row(struct loader *l, struct stmt *s)
{
        l->m->files = (size_t)stmt_int(s, 0);
        l->m->unparsed = (size_t)stmt_int(s, 1);
        l->m->lines = (size_t)stmt_int(s, 2);
}

int map_load(struct arena *a, struct store *store, struct map *ret, struct err *err)
{
        *ret = (struct map){.arena = a};
        struct loader l = {.m = ret, .a = a, .db = store_db(store), .err = err};
        static const struct {
                const char *sql;
                void (*row)(struct loader *l, struct stmt *s);
        } steps[] = {
                {"SELECT count(*), sum(unparsed_line IS NOT NULL), sum(lines) FROM fact_code_file", file_row},
                {"SELECT program, processes, command, entry_path, entry_module, path, line, modules, declared_as, server, threads FROM fact_code_program "
                 "ORDER BY path, line, program", program_row},
                {"SELECT pool, library, kind, async, path, line, qualname, scope, context, url, application_name, behind_pooler, size, overflow, min_size, driver, "
                 "coalesce(library, '') LIKE '%redis%', programs FROM fact_code_pool ORDER BY path, line, pool", pool_row},
                {"SELECT v.pool, v.knob, v.value, v.decided_by, v.path, v.line, v.key_path, v.trail, v.resolved FROM fact_code_value v WHERE v.pool <> 'pgbouncer' "
                 "ORDER BY v.pool, CASE v.knob WHEN 'size' THEN 0 WHEN 'overflow' THEN 1 WHEN 'min_size' THEN 2 ELSE 3 END, v.knob, v.line", value_row},
                {"SELECT cache, tier, library, path, line, module, max_size, ttl_s, bounded, template, trail FROM fact_code_cache ORDER BY path, line, cache", cache_row},
                {"SELECT s.path, s.line, s.module, s.qualname, s.kind, s.tables, s.family, s.confidence, s.origin, coalesce(s.context, c.context, f.context), "
                 "coalesce(s.normalized, s.sql), s.fingerprint FROM fact_code_statement s LEFT JOIN fact_code_site c ON c.site = s.site AND c.path = s.path "
                 "LEFT JOIN (SELECT path, min(context) AS context FROM fact_code_site WHERE context IN ('test', 'migration', 'script') GROUP BY path) f ON f.path = s.path "
                 "GROUP BY s.path, s.byte_start, s.fingerprint ORDER BY s.path, s.line, s.col", statement_row},
                {"SELECT path, line, module, qualname, note FROM fact_code_site WHERE kind = 'function' AND what = 'handler' ORDER BY path, line", handler_row},
        };
        int r = 0;
        for (size_t i = 0; i < sizeof steps / sizeof *steps && r >= 0; i++)
                r = each_row(&l, steps[i].sql, steps[i].row);
        return r;
}

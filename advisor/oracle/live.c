/*
 * HypoPG behind the oracle. One private session: read-only, with the timeouts of lib/pg.h; statements are prepared once,
 * planned with values from statistics in place of their parameters (sample.h), else as generic plans (plan_cache_mode =
 * force_generic_plan, which all versions have) with EXPLAIN EXECUTE, and never run. A generic plan that is cached does not notice hypothetical indexes, so each new set is followed by DISCARD PLANS. Text
 * without parameters needs no preparing and is explained as it is.
 *
 * Captured text relies on the search_path of the role that sent it, which may not be ours: the defaults of the database and
 * of its roles are tried in a fixed order until the names resolve. Whoever asks sees to it that no partial hypothetical index is
 * on a table that a view uses: they can take the backend down, and every session with it (HypoPG #116).
 *
 * A hypothetical B-tree has no height, so each descent is DESCENT cheaper for every level than it will be; that is put back.
 */
#include "base/str.h"
#include "lib/digest.h"
#include "lib/json.h"
#include "lib/pg.h"
#include "lib/plan.h"
#include "lib/planfence.h"
#include "lib/plannable.h"
#include "oracle/hypo.h"
#include "oracle/oracles.h"
#include "oracle/sample.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PATHS_MAX = 16, PREPARED_MAX = 20000, BUCKETS = 4096 };
#define DESCENT 0.125 /* DEFAULT_PAGE_CPU_MULTIPLIER x cpu_operator_cost, a level */

struct prepared {
        const char *key;     /* hash of the text */
        const char *name;    /* NULL when it failed */
        const char *failure;
        const char *plain;   /* without parameters: the text itself */
        const char *sampled[VALUE_CASE_COUNT]; /* with values for its parameters, where statistics tell any */
        int path, params;
        struct prepared *next;
};

struct live {
        struct arena *arena, *scratch; /* scratch: one question */
        struct oracle *self;
        struct pg *pg;
        const char *paths[PATHS_MAX];
        int path_count, path_now;
        struct prepared *buckets[BUCKETS];
        int prepared_count;
        struct planfence *fence;
        struct hypo hypo;
        struct sampler sampler;
};

_Static_assert((int)ORACLE_TYPICAL == (int)VALUE_TYPICAL && (int)ORACLE_FREQUENT == (int)VALUE_FREQUENT && (int)ORACLE_RARE == (int)VALUE_RARE, "one order");

/* ── Preparing ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int use_path(struct live *l, int path, struct err *err)
{
        CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
        if (path == l->path_now)
                return 0;
        const char *const params[] = {l->paths[path]};
        int r = pg_query(l->pg, "SELECT pg_catalog.set_config('search_path', $1, false)", 1, params, &rows, err);
        if (r == 0)
                l->path_now = path;
        return r;
}

/* PREPARE, repaired as long as there is something to repair. 0 prepared, 1 it cannot be (err says why), negative the session is lost. */
static int prepare_text(struct live *l, const char *name, const char *query, const char **ret_text, struct err *err)
{
        char *text = plannable_repair(l->arena, query);
        if (!text)
                return err_set(err, ERR_RANGE, "the text is too long"), 1;
        for (int i = 0; text && i < PLANNABLE_TRIES; i++) {
                const char *sql = arena_printf(l->arena, "PREPARE %s AS %s", name, text);
                if (pg_exec(l->pg, sql, err) == 0) {
                        *ret_text = text;
                        return 0;
                }
                if (pg_lost(l->pg))
                        return -ERR_TARGET;
                int before = (int)(strlen("PREPARE  AS ") + strlen(name)); /* positions count from the text that we gave */
                int position = pg_position(l->pg) - before;
                text = plannable_again(l->arena, text, pg_sqlstate(l->pg), position > 0 ? position : 0, err->msg);
        }
        return 1;
}

/* A table that is not there may be under another search_path; any other complaint says more. */
static bool is_about_tables(const char *sqlstate)
{
        return !strcmp(sqlstate, "42P01") || !strcmp(sqlstate, "3F000");
}

static int prepared_as(struct live *l, struct prepared *p, const char *name, int path, const char *query, const char *text, struct err *err)
{
        bool moved = false;
        p->name = name;
        p->path = path;
        p->params = plannable_params(l->arena, text);
        if (!p->params) {
                p->plain = arena_strdup(l->arena, query);
                return pg_exec(l->pg, arena_printf(l->arena, "DEALLOCATE %s", name), err);
        }
        int r = sample_texts(&l->sampler, l->pg, name, text, l->paths[path], p->sampled, &moved, err);
        if (moved)
                l->path_now = -1;
        return r;
}

static int prepare(struct live *l, struct prepared *p, const char *query, struct err *err)
{
        struct err told = {0};
        bool resolved = false; /* told comes from a path in which the names resolve */
        const char *name = arena_printf(l->arena, "perfadvise_%d", ++l->prepared_count);
        for (int path = 0; path < l->path_count; path++) {
                struct err why = {0};
                const char *text = NULL;
                int r = use_path(l, path, err);
                if (r == 0)
                        r = prepare_text(l, name, query, &text, &why);
                if (r < 0)
                        return err_set(err, ERR_TARGET, "%s: %s", pg_place(l->pg), why.msg);
                if (r == 0)
                        return prepared_as(l, p, name, path, query, text, err);
                bool found = !is_about_tables(pg_sqlstate(l->pg));
                if (path == 0 || (found && !resolved))
                        told = why;
                resolved |= found;
        }
        p->failure = arena_printf(l->arena, "the statement cannot be planned: %s", told.msg);
        return 0;
}

static struct prepared **find(struct live *l, const char *query)
{
        char hex[DIGEST_HEX];
        digest_sha256(query, strlen(query), hex);
        unsigned bucket;
        sscanf(hex, "%8x", &bucket);
        struct prepared **p = &l->buckets[bucket % BUCKETS];
        while (*p && strcmp((*p)->key, hex) != 0)
                p = &(*p)->next;
        if (!*p) {
                *p = arena_new_of(l->arena, struct prepared);
                (*p)->key = arena_strdup(l->arena, hex);
        }
        return p;
}

/* ── The oracle's calls ────────────────────────────────────────────────────────────────────────────────────────────── */

static int set_indexes(void *arg, struct oracle_index *indexes, size_t n, struct err *err)
{
        struct live *l = arg;
        return hypo_set(&l->hypo, l->pg, indexes, n, err);
}

/* The text with all its values; NULL when it has parameters left. */
static const char *text_of(const struct live *l, const struct prepared *p)
{
        return p->plain ? p->plain : p->sampled[l->self->values];
}

static const char *explain_text(struct live *l, const struct prepared *p)
{
        CLEANUP(str_release) struct str sql = {0};
        if (text_of(l, p))
                return arena_printf(l->scratch, "EXPLAIN (FORMAT JSON) %s", text_of(l, p));
        str_printf(&sql, "EXPLAIN (FORMAT JSON) EXECUTE %s", p->name);
        for (int i = 0; i < p->params; i++)
                str_add(&sql, i ? ", NULL" : "(NULL");
        str_add(&sql, p->params ? ")" : "");
        return arena_strdup(l->scratch, str_text(&sql));
}

static const char *used_definitions(struct live *l, const struct plan *plan)
{
        CLEANUP(json_free) struct json *list = json_new_array();
        CLEANUP(str_release) struct str text = {0};
        for (size_t i = 0; i < l->hypo.aliases.len; i++)
                for (size_t k = 0; k < plan->indexes.len; k++)
                        if (!strcmp(l->hypo.aliases.items[i].shown, plan->indexes.items[k])) {
                                json_add_text(list, l->hypo.aliases.items[i].shown);
                                break;
                        }
        json_dump(list, 0, &text);
        return arena_strdup(l->arena, str_text(&text));
}

/* What the levels above the leaves will cost once the indexes are there. */
static double descents(const struct live *l, const struct plan *plan)
{
        double cost = 0;
        for (size_t i = 0; i < plan->nodes.len; i++) {
                const struct plan_node *n = &plan->nodes.items[i];
                if (n->hypothetical)
                        cost += n->loops * DESCENT * (hypo_height(&l->hypo, n->index) + 1);
        }
        return cost;
}

static int ask_for_plan(struct live *l, const struct prepared *p, struct pg_rows **ret_rows, struct err *why, struct err *err)
{
        int r = use_path(l, p->path, err);
        if (r == 0 && !text_of(l, p) && l->hypo.changed) {
                r = pg_exec(l->pg, "DISCARD PLANS", err);
                l->hypo.changed = false;
        }
        if (r < 0)
                return r;
        r = pg_query(l->pg, explain_text(l, p), 0, NULL, ret_rows, why);
        return r < 0 && pg_lost(l->pg) ? err_set(err, ERR_TARGET, "%s", why->msg) : 0;
}

static const char *method_of(const struct live *l, const struct prepared *p)
{
        return p->plain ? "constants" : text_of(l, p) ? "sampled" : "generic";
}

static int explain(struct live *l, struct prepared *p, struct oracle_answer *answer, struct err *err)
{
        CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
        CLEANUP(arena_leave) struct arena_scope scope = arena_enter(l->scratch);
        struct err why = {0};
        struct plan plan;
        int r = ask_for_plan(l, p, &rows, &why, err);
        if (r < 0)
                return r;
        if (!rows || pg_count(rows) != 1 || plan_read(l->scratch, pg_text(rows, 0, 0), l->hypo.aliases.items, l->hypo.aliases.len, &plan, &why) < 0) {
                if (!p->plain && text_of(l, p) && !l->hypo.aliases.len) { /* a value that planning cannot take; later, costs would not compare */
                        p->sampled[l->self->values] = NULL;
                        if (l->self->values == ORACLE_TYPICAL)
                                return explain(l, p, answer, err);
                }
                answer->failure = arena_printf(l->arena, "the statement cannot be planned: %s", why.msg);
                return 0;
        }
        *answer = (struct oracle_answer){.cost_pg = plan.cost_pg + descents(l, &plan), .raw_cost_pg = plan.cost_pg, .work_ms = NAN, .plan_hash = arena_strdup(l->arena, plan.hash),
                                         .plan = arena_strdup(l->arena, plan.outline), .used = used_definitions(l, &plan), .method = method_of(l, p)};
        if (l->self->weigh)
                answer->work_ms = l->self->weigh(l->self->weigh_arg, &plan);
        return 0;
}

static int cost(void *arg, const char *queryid, const char *query, struct oracle_answer *ret_answer, struct err *err)
{
        struct live *l = arg;
        struct oracle_answer answer = {.cost_pg = NAN, .work_ms = NAN, .used = "[]"};
        struct prepared *p = *find(l, query);
        int r = 0;
        (void)queryid;
        if (!p->name && !p->failure && l->prepared_count >= PREPARED_MAX)
                p->failure = "too many statements for one session";
        if (!p->name && !p->failure)
                p->failure = planfence_refuses(l->fence, l->arena, query);
        if (!p->name && !p->failure)
                r = prepare(l, p, query, err);
        if (r < 0)
                return r;
        answer.failure = p->failure;
        if (p->name && !text_of(l, p) && l->self->values != ORACLE_TYPICAL)
                answer.failure = "statistics tell no such value";
        else if (p->name)
                r = explain(l, p, &answer, err);
        if (r < 0)
                return r;
        l->self->calls++;
        *ret_answer = answer;
        return 0;
}

static void close_live(void *arg)
{
        struct live *l = arg;
        l->pg = pg_close(l->pg);
        arena_free(l->scratch);
        l->scratch = NULL;
}

/* ── Opening ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Where HypoPG is; NULL in l->hypo.schema and a sentence in ->unavailable when it is not. */
static int find_hypopg(struct live *l, struct err *err)
{
        static const char sql[] =
                "SELECT (SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace"
                " WHERE e.extname = 'hypopg'), (SELECT name FROM pg_catalog.pg_available_extensions WHERE name = 'hypopg')";
        CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
        int r = pg_query(l->pg, sql, 0, NULL, &rows, err);
        if (r < 0)
                return r;
        l->hypo = (struct hypo){.arena = l->arena, .schema = arena_strdup(l->arena, pg_text(rows, 0, 0))};
        if (!l->hypo.schema && pg_text(rows, 0, 1))
                l->self->unavailable = "HypoPG is not created in this database: CREATE EXTENSION hypopg";
        else if (!l->hypo.schema)
                l->self->unavailable = arena_printf(l->arena, "HypoPG is not installed on the server: apt install postgresql-%d-hypopg, then CREATE EXTENSION hypopg",
                                                    pg_version_num(l->pg) / 10000);
        return 0;
}

/* While the search path is still that of the fences. */
static int find_fence(struct live *l, struct err *err)
{
        CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
        int r = pg_query(l->pg, planfence_sql, 0, NULL, &rows, err);
        if (r == 0)
                l->fence = planfence_read(l->arena, rows);
        return r;
}

static int find_paths(struct live *l, struct err *err)
{
        static const char sql[] =
                "SELECT path FROM (SELECT reset_val AS path, 0 AS rank FROM pg_catalog.pg_settings WHERE name = 'search_path' UNION ALL"
                " SELECT replace(substr(c, 13), '\"$user\"', coalesce(quote_ident(r.rolname), '\"$user\"')), 1 FROM pg_catalog.pg_db_role_setting s"
                " LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) c"
                " WHERE c LIKE 'search_path=%' AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())) UNION ALL"
                " SELECT quote_ident(n.nspname) || ', public', 2 FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.rolname = n.nspname) p"
                " GROUP BY path ORDER BY min(rank), path";
        CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
        int r = pg_query(l->pg, sql, 0, NULL, &rows, err);
        for (int i = 0; r == 0 && i < pg_count(rows) && l->path_count < PATHS_MAX; i++)
                l->paths[l->path_count++] = arena_strdup(l->arena, pg_text(rows, i, 0));
        if (r == 0 && !l->path_count)
                l->paths[l->path_count++] = "\"$user\", public";
        l->path_now = -1;
        return r;
}

int oracle_open_live(struct arena *a, const char *dsn, struct oracle **ret_oracle, struct err *err)
{
        CLEANUP(pg_close) struct pg *pg = NULL;
        struct live *l = arena_new_of(a, struct live);
        *l = (struct live){.arena = a, .self = arena_new_of(a, struct oracle)};
        l->sampler = (struct sampler){.arena = a, .values = plan_values_new(a)};
        *l->self = (struct oracle){.arg = l, .kind = "live", .set_indexes = set_indexes, .cost = cost, .close = close_live};
        int r = pg_open(dsn, 0, &pg, err);
        if (r < 0)
                return r;
        l->pg = pg;
        r = find_hypopg(l, err);
        if (r == 0 && !l->hypo.schema) {
                *ret_oracle = oracle_none(a, l->self->unavailable);
                return 0;
        }
        if (r == 0)
                r = find_fence(l, err);
        if (r == 0)
                r = find_paths(l, err);
        if (r == 0)
                r = pg_exec(pg, "SET plan_cache_mode = force_generic_plan", err);
        if (r < 0)
                return r;
        l->pg = take(pg);
        l->scratch = arena_new();
        *ret_oracle = l->self;
        return 0;
}

/* From the fact views to struct explained. */
#include "explain/explain.h"
#include "lib/sql.h"
#include "lib/sqlite.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

static const char *text_at(struct arena *a, struct stmt *s, int i)
{
        return arena_strdup(a, stmt_text(s, i));
}

/* ── Which statement ───────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_number(const char *name)
{
        size_t n = strlen(name), sign = *name == '-';
        return n > sign && strspn(name + sign, "0123456789") == n - sign;
}

static bool is_key(const char *name)
{
        size_t n = strlen(name);
        return n >= 16 && n <= 17 && strspn(name + (*name == 'f' && n == 17), "0123456789abcdef") == n - (*name == 'f' && n == 17);
}

/* 1 found, 0 not. The one that took most, when several statements share a fingerprint. */
static int find(struct arena *a, struct store *store, const char *where, const char *value, const char *target, struct explained *x, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *s = NULL;
        const char *sql = arena_printf(a,
                                       "SELECT t.name, x.queryid, x.fingerprint, x.query, x.kind FROM pg_statement_text x JOIN target t USING (target_id)"
                                       " WHERE %s AND coalesce(t.name = ?2, 1) ORDER BY EXISTS (SELECT 1 FROM fact_plan p WHERE p.target = t.name AND p.queryid = x.queryid"
                                       " AND p.plan IS NOT NULL) DESC, x.queryid LIMIT 1",
                                       where);
        int r = stmt_prepare(store_db(store), sql, &s, err);
        if (r < 0)
                return r;
        stmt_bind_text(s, 1, value);
        stmt_bind_text(s, 2, target);
        if ((r = stmt_step(s, err)) <= 0)
                return r;
        const char **to[] = {&x->target, &x->queryid, &x->fingerprint, &x->query, &x->kind};
        for (int i = 0; i < 5; i++)
                *to[i] = text_at(a, s, i);
        return 1;
}

int explain_find(struct arena *a, struct store *store, const char *name, const char *target, struct explained *x, struct err *err)
{
        char *fingerprint = NULL;
        int r = 0;
        while (isspace((unsigned char)*name))
                name++;
        if (is_number(name) || is_key(name))
                r = find(a, store, "x.queryid = ?1", name, target, x, err);
        if (r == 0 && is_key(name))
                r = find(a, store, "x.fingerprint = ?1", name, target, x, err);
        if (r == 0 && !is_number(name) && sql_fingerprint(a, name, &fingerprint, NULL) == 0)
                r = find(a, store, "x.fingerprint = ?1", fingerprint, target, x, err);
        if (r)
                return r < 0 ? r : 0;
        err_set(err, ERR_USAGE, "no statement of the history is '%.60s'", name);
        return err_hint(err, "Name it by its queryid or fingerprint (findings show them), or give its text; `perfadvise capture` plans what ran.");
}

/* ── Statement ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int prepare(struct store *store, const struct explained *x, const char *sql, struct stmt **ret, struct err *err)
{
        int r = stmt_prepare(store_db(store), sql, ret, err);
        if (r == 0) {
                stmt_bind_text(*ret, 1, x->target);
                stmt_bind_text(*ret, 2, x->queryid);
        }
        return r;
}

static int load_statement(struct arena *a, struct store *store, struct explained *x, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *s = NULL;
        int r = prepare(store, x,
                        "SELECT calls, mean_ms, stddev_ms, total_ms, share_frac, rows_per_call, shared_hit_per_call + shared_read_per_call, source, role"
                        " FROM fact_statement WHERE target = ? AND queryid = ?",
                        &s, err);
        double *to[] = {&x->calls, &x->mean_ms, &x->stddev_ms, &x->total_ms, &x->share_frac, &x->rows_per_call, &x->blocks_per_call};
        bool found = r == 0 && (r = stmt_step(s, err)) == 1;
        for (int i = 0; i < 7; i++)
                *to[i] = found ? stmt_real(s, i) : NAN;
        if (found) {
                x->source = text_at(a, s, 7);
                x->role = text_at(a, s, 8);
        }
        return r < 0 ? r : 0;
}

static int load_cases(struct arena *a, struct store *store, struct explained *x, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *s = NULL;
        int r = prepare(store, x,
                        "SELECT method, params, plan_hash, failure, total_cost, plan_rows, exec_ms, times FROM fact_plan_case WHERE target = ? AND queryid = ?"
                        " ORDER BY is_actual, params IS NOT 'generic', params IS NOT 'typical', params IS NOT 'frequent', exec_ms DESC LIMIT 40",
                        &s, err);
        while (r >= 0 && (r = stmt_step(s, err)) == 1)
                *vec_push(a, &x->cases) = (struct explained_case){text_at(a, s, 0), text_at(a, s, 1), text_at(a, s, 2), text_at(a, s, 3), stmt_real(s, 4),
                                                                 stmt_real(s, 5), stmt_real(s, 6), stmt_int(s, 7)};
        return r;
}

static int load_history(struct arena *a, struct store *store, struct explained *x, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *s = NULL;
        int r = prepare(store, x,
                        "SELECT plan_hash, date(first_us / 1000000, 'unixepoch'), date(last_us / 1000000, 'unixepoch'), runs, least_cost, greatest_cost"
                        " FROM fact_plan_history WHERE target = ? AND queryid = ? ORDER BY last_us DESC LIMIT 20",
                        &s, err);
        while (r >= 0 && (r = stmt_step(s, err)) == 1)
                *vec_push(a, &x->history) =
                        (struct explained_past){text_at(a, s, 0), text_at(a, s, 1), text_at(a, s, 2), stmt_int(s, 3), stmt_real(s, 4), stmt_real(s, 5)};
        return r;
}

/* ── Nodes ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int index_of(const struct explained *x, const char *path)
{
        for (size_t i = 0; path && i < x->nodes.len; i++)
                if (!strcmp(x->nodes.items[i].path, path))
                        return (int)i;
        return -1;
}

static void add_node(struct arena *a, struct explained *x, struct stmt *s)
{
        struct explained_node n = {.path = text_at(a, s, 0), .parent = index_of(x, stmt_text(s, 1)), .depth = (int)stmt_int(s, 2)};
        const char **texts[] = {&n.type, &n.relationship, &n.join_type, &n.strategy, &n.relation, &n.schema, &n.alias, &n.index, &n.filter, &n.index_cond,
                                &n.recheck_cond, &n.join_filter, &n.join_cond, &n.sort_key, &n.group_key, &n.subplan, &n.spill};
        double *reals[] = {&n.plan_rows, &n.cost, &n.share_frac, &n.table_rows, &n.rows, &n.loops, &n.ms, &n.self_ms, &n.removed, &n.misestimate};
        for (int i = 0; i < 17; i++)
                *texts[i] = text_at(a, s, 3 + i);
        for (int i = 0; i < 10; i++)
                *reals[i] = stmt_real(s, 20 + i);
        *vec_push(a, &x->nodes) = n;
}

#define NODE_TEXTS "node, parent, depth, node_type, relationship, join_type, strategy, relation, schema, alias, index_name, filter, index_cond, recheck_cond, join_filter"

static int load_nodes(struct arena *a, struct store *store, struct explained *x, struct err *err)
{
        static const char estimated[] = "SELECT " NODE_TEXTS ", join_cond, sort_key, group_key, NULL, NULL, plan_rows, total_cost, share_frac, table_rows, NULL, NULL, NULL,"
                                        " NULL, NULL, NULL FROM fact_plan_node WHERE target = ? AND queryid = ? ORDER BY node";
        static const char measured[] =
                "SELECT " NODE_TEXTS ", NULL, sort_key, NULL, NULL, CASE WHEN sort_space = 'Disk' THEN 'sorted through ' || (sort_bytes / 1024) || ' kB of files'"
                " WHEN batches > 1 THEN batches || ' batches through files' WHEN lossy_blocks > 0 THEN lossy_blocks || ' lossy blocks' END,"
                " plan_rows, NULL, min(self_ms / nullif(exec_ms, 0), 1.0), table_rows, rows, loops, ms, self_ms, coalesce(removed_filter, removed_join), misestimate"
                " FROM fact_plan_actual_node WHERE target = ? AND queryid = ? ORDER BY node";
        CLEANUP(stmt_free) struct stmt *s = NULL;
        int r = prepare(store, x, x->actual ? measured : estimated, &s, err);
        while (r >= 0 && (r = stmt_step(s, err)) == 1)
                add_node(a, x, s);
        return r;
}

static int load_plan(struct arena *a, struct store *store, bool estimated, struct explained *x, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *s = NULL;
        int r = 0;
        x->cost = x->exec_ms = NAN;
        if (!estimated) {
                r = prepare(store, x, "SELECT plan_hash, method, NULL, total_cost, exec_ms, times, NULL FROM fact_plan_actual WHERE target = ? AND queryid = ?", &s, err);
                if (r < 0 || (r = stmt_step(s, err)) < 0)
                        return r;
                x->actual = r == 1;
        }
        if (!x->actual) {
                s = stmt_free(s);
                r = prepare(store, x, "SELECT plan_hash, method, params, total_cost, NULL, NULL, failure FROM fact_plan WHERE target = ? AND queryid = ?", &s, err);
                if (r < 0 || (r = stmt_step(s, err)) <= 0)
                        return r;
        }
        x->hash = text_at(a, s, 0);
        x->method = text_at(a, s, 1);
        x->params = text_at(a, s, 2);
        x->cost = stmt_real(s, 3);
        x->exec_ms = stmt_real(s, 4);
        x->times = stmt_int(s, 5);
        x->failure = text_at(a, s, 6);
        return x->hash ? load_nodes(a, store, x, err) : 0;
}

int explain_load(struct arena *a, struct store *store, bool estimated, struct explained *x, struct err *err)
{
        int r = load_statement(a, store, x, err);
        if (r == 0)
                r = load_plan(a, store, estimated, x, err);
        if (r >= 0)
                r = load_cases(a, store, x, err);
        if (r >= 0)
                r = load_history(a, store, x, err);
        return r < 0 ? r : 0;
}

/* ── Findings ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *evidence_of(const struct finding *f, const char *label)
{
        for (size_t i = 0; i < f->evidence.len; i++)
                if (!strcmp(f->evidence.items[i].label, label)) {
                        const char *value = f->evidence.items[i].value;
                        return value && *value && strcmp(value, "unknown") ? value : NULL; /* how NULL is written */
                }
        return NULL;
}

/* What a rule without a relation is about. */
static const char *node_type_of(const struct finding *f)
{
        static const char *const types[][2] = {{"plan.disk_sort", "Sort"}, {"plan.offset", "Limit"}, {"plan.cartesian", "Nested Loop"}, {"plan.or_join", "Nested Loop"}};
        const char *given = evidence_of(f, "node_type");
        for (size_t i = 0; !given && i < sizeof types / sizeof *types; i++)
                if (!strcmp(f->rule, types[i][0]))
                        given = types[i][1];
        return given;
}

static bool is_about(const struct finding *f, const struct explained_node *n, const char *relation, const char *type)
{
        if (relation)
                return n->relation && !strcmp(n->relation, relation) && (!type || !strcmp(n->type, type)) && (strcmp(f->rule, "plan.seq_filter") || !strcmp(n->type, "Seq Scan"));
        return type && !strcmp(n->type, type);
}

/* The message without the statement that it ends with: that stands above. */
static const struct finding *shortened(struct arena *a, const struct finding *f)
{
        const char *statement = evidence_of(f, "statement");
        size_t n = strlen(f->message), m = statement ? strlen(statement) + 2 : 0;
        if (!m || m >= n || strcmp(f->message + n - m + 2, statement) || strncmp(f->message + n - m, ": ", 2))
                return f;
        struct finding *copy = arena_new_of(a, struct finding);
        *copy = *f;
        copy->message = arena_strndup(a, f->message, n - m);
        return copy;
}

static void place(struct arena *a, struct explained *x, const struct finding *f)
{
        f = shortened(a, f);
        const char *relation = evidence_of(f, "relation"), *type = node_type_of(f);
        for (size_t i = 0; i < x->nodes.len; i++)
                if (is_about(f, &x->nodes.items[i], relation, type)) {
                        *vec_push(a, &x->nodes.items[i].findings) = f;
                        return;
                }
        *vec_push(a, &x->findings) = f;
}

void explain_place(struct arena *a, struct explained *x, const struct finding *findings, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const char *queryid = evidence_of(&findings[i], "queryid");
                if (queryid && !strcmp(queryid, x->queryid))
                        place(a, x, &findings[i]);
        }
}

/*
 * The fleet's facts: pools in the source joined with what the application reported of them, poolers, programs, the six figures
 * and the trace of cache accesses. All SQL of these models stands in this file.
 *
 * An event carries the program and the pool's label. A program with one pool owns all events of that program; with several, the
 * label decides (the application name, or the pool's own name), and events that nobody can claim stay unclaimed: a pool without
 * events is unknown, never guessed.
 */
#include "facts.h"
#include "base/fs.h"
#include "base/str.h"
#include "lib/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IN_WINDOW "run_id IN (SELECT run_id FROM fact_window)"
#define NEWEST(table) "run_id = (SELECT max(run_id) FROM " table " WHERE " IN_WINDOW ")"

/* Runs a SELECT over the window and hands each row to a function. */
struct loader {
        struct facts *f;
        struct db *db;
        struct err *err;
};

static int each_row(struct loader *l, const char *sql, int (*row)(struct loader *l, struct stmt *s, void *arg), void *arg)
{
        CLEANUP(stmt_free) struct stmt *s = NULL;
        int r = stmt_prepare(l->db, sql, &s, l->err);
        while (r >= 0 && (r = stmt_step(s, l->err)) == 1)
                if ((r = row(l, s, arg)) < 0)
                        return r;
        return r;
}

static const char *text(struct loader *l, struct stmt *s, int i)
{
        return arena_strdup(l->f->arena, stmt_text(s, i));
}

static int window_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        l->f->window_s = stmt_real(s, 0);
        return 0;
}

/* ── Source ─────────────────────────────────────────────────────────────────────────────────────────────────────── */
static int pool_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        *vec_push(l->f->arena, &l->f->pools) = (struct fact_pool){
                .pool = text(l, s, 0), .library = text(l, s, 1), .programs = text(l, s, 2), .application_name = text(l, s, 3),
                .async = stmt_int(s, 4), .behind_pooler = stmt_int(s, 5), .size = stmt_real(s, 6), .overflow = stmt_real(s, 7),
                .min_size = stmt_real(s, 8), .timeout_s = stmt_real(s, 9), .scope = text(l, s, 10), .path = text(l, s, 11),
                .line = (int)stmt_int(s, 12), .nested = stmt_int(s, 13), .processes = NAN, .wait_p95_ms = NAN, .wait_mean_ms = NAN, .use_mean_ms = NAN,
                .use_p95_ms = NAN, .checkouts_hz = NAN, .timeouts = NAN, .in_use_max = NAN};
        return 0;
}

static int feature_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        *vec_push(l->f->arena, &l->f->session_features) =
                (struct fact_session_feature){.feature = text(l, s, 0), .path = text(l, s, 1), .line = (int)stmt_int(s, 2)};
        return 0;
}

static int holder_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        *vec_push(l->f->arena, &l->f->holders) = (struct fact_holder){.path = text(l, s, 0), .line = (int)stmt_int(s, 1), .snippet = text(l, s, 2)};
        return 0;
}

/*
 * Listening begins and ends a little inside the run, which also looks at catalogues: from the first to the last event, where that is most of
 * the window. Where it is not, programs were silent, and the window is what the rate is over.
 */
static int events_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        double span_s = stmt_is_null(s, 0) ? 0 : stmt_real(s, 0);
        l->f->events_s = span_s > 0.8 * l->f->window_s && span_s < l->f->window_s ? span_s : l->f->window_s;
        return 0;
}

static int value_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        const char *path = text(l, s, 3);
        *vec_push(l->f->arena, &l->f->values) = (struct fact_value){
                .pool = text(l, s, 0), .knob = text(l, s, 1), .value = text(l, s, 2), .path = path, .file = facts_file(l->f, path), .format = text(l, s, 4),
                .key_path = text(l, s, 5), .decided_by = text(l, s, 6), .trail = text(l, s, 7), .line = (int)stmt_int(s, 8),
                .byte_start = stmt_is_null(s, 9) ? -1 : stmt_int(s, 9), .byte_end = stmt_is_null(s, 10) ? -1 : stmt_int(s, 10),
                .resolved = stmt_int(s, 11)};
        return 0;
}

static int program_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        *vec_push(l->f->arena, &l->f->programs) =
                (struct fact_program){.program = text(l, s, 0), .processes = stmt_real(s, 1), .pss_bytes = stmt_real(s, 2)};
        return 0;
}

static double processes_of(const struct facts *f, const char *program)
{
        for (size_t i = 0; i < f->programs.len; i++)
                if (!strcmp(f->programs.items[i].program, program))
                        return f->programs.items[i].processes;
        return NAN;
}

/* One fact_pool_use for each program that a pool lists. */
static int spread_pools(struct loader *l)
{
        struct facts *f = l->f;
        for (size_t i = 0; i < f->pools.len; i++) {
                struct fact_pool *p = &f->pools.items[i];
                CLEANUP(json_free) struct json *programs = NULL;
                int r = p->programs ? json_parse(NULL, p->programs, strlen(p->programs), &programs, l->err) : 0;
                if (r < 0)
                        return r;
                p->processes = json_len(programs) ? 0 : NAN;
                for (size_t k = 0; k < json_len(programs); k++) {
                        const char *name = json_as_text(json_at(programs, k));
                        if (!name)
                                continue;
                        double n = processes_of(f, name);
                        p->processes += n;
                        *vec_push(f->arena, &f->pool_uses) =
                                (struct fact_pool_use){.pool = p->pool, .program = arena_strdup(f->arena, name), .processes = n,
                                                       .checkouts_hz = NAN, .busy_hz = NAN, .timeouts = NAN, .in_use_max = NAN, .se_frac = NAN};
                }
        }
        return 0;
}

/* ── Events ─────────────────────────────────────────────────────────────────────────────────────────────────────── */
static const struct fact_pool *pool_named(const struct facts *f, const char *name)
{
        for (size_t i = 0; i < f->pools.len; i++)
                if (!strcmp(f->pools.items[i].pool, name))
                        return &f->pools.items[i];
        return NULL;
}

static bool label_means(const struct fact_pool *p, const char *label)
{
        return !strcmp(p->pool, label) || (p->application_name && !strcmp(p->application_name, label)) ||
               (str_ends(p->pool, label) && strlen(p->pool) > strlen(label) && strchr(".:/", p->pool[strlen(p->pool) - strlen(label) - 1]));
}

/* The use that events of (program, label) belong to, or NULL. */
static struct fact_pool_use *use_for(struct facts *f, const char *program, const char *label)
{
        struct fact_pool_use *only = NULL, *lasting = NULL;
        size_t n = 0, n_lasting = 0;
        for (size_t i = 0; i < f->pool_uses.len; i++) {
                struct fact_pool_use *u = &f->pool_uses.items[i];
                if (strcmp(u->program, program))
                        continue;
                const struct fact_pool *p = pool_named(f, u->pool);
                if (label && *label && strcmp(label, program) && label_means(p, label))
                        return u;
                only = u;
                n++;
                if (!p->scope || !strcmp(p->scope, "module") || !strcmp(p->scope, "startup")) {
                        lasting = u;
                        n_lasting++;
                }
        }
        return n == 1 ? only : n_lasting == 1 ? lasting : NULL;
}

static int event_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        struct facts *f = l->f;
        const char *metric = stmt_text(s, 0), *program = stmt_text(s, 1), *label = stmt_text(s, 2), *hist = stmt_text(s, 3);
        struct fact_pool_use *u = program ? use_for(f, program, label) : NULL;
        if (!u || !hist)
                return 0;
        struct hist **h = str_ends(metric, "wait_time") ? &u->wait : &u->use;
        if (!*h)
                *h = arena_new_of(f->arena, struct hist);
        if (hist_parse(*h, hist) < 0)
                return err_set(l->err, ERR_HISTORY, "a histogram of '%s' is damaged", program);
        if (h == &u->use && f->window_s > 0) {
                u->checkouts_hz = (double)u->use->count / (f->events_s > 0 ? f->events_s : f->window_s);
                if (!stmt_is_null(s, 4))
                        u->busy_hz = stmt_real(s, 4);
        }
        return 0;
}

/* The use that sessions of an application_name belong to, or NULL: several programs under one name cannot be told apart. */
static struct fact_pool_use *use_of_application(struct facts *f, const char *application)
{
        struct fact_pool_use *found = NULL;
        for (size_t i = 0; i < f->pool_uses.len; i++) {
                struct fact_pool_use *u = &f->pool_uses.items[i];
                const struct fact_pool *p = pool_named(f, u->pool);
                if (!p || p->behind_pooler || strcmp(p->application_name && *p->application_name ? p->application_name : u->program, application))
                        continue;
                if (found)
                        return NULL;
                found = u;
        }
        return found;
}

/* Where the application tells nothing, how long sessions hold transactions, worked out by the server's side: it comes last. */
static int hold_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        struct fact_pool_use *u = use_of_application(l->f, stmt_text(s, 0));
        double hz = stmt_real(s, 1), se = stmt_real(s, 3);
        if (!u || u->use || !(hz > 0) || isnan(se))
                return 0;
        struct hist *h = arena_new_of(l->f->arena, struct hist);
        if (hist_parse(h, stmt_text(s, 2)) < 0 || !h->count)
                return 0;
        u->use = h;
        u->checkouts_hz = hz;
        u->se_frac = se;
        return 0;
}

static int timeout_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        const char *program = stmt_text(s, 0), *label = stmt_text(s, 1);
        struct fact_pool_use *u = program ? use_for(l->f, program, label) : NULL;
        if (u)
                u->timeouts = (isnan(u->timeouts) ? 0 : u->timeouts) + stmt_real(s, 2);
        return 0;
}

static int in_use_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        const char *program = stmt_text(s, 0), *label = stmt_text(s, 1);
        struct fact_pool_use *u = program ? use_for(l->f, program, label) : NULL;
        if (u)
                u->in_use_max = fmax(isnan(u->in_use_max) ? 0 : u->in_use_max, stmt_real(s, 2));
        return 0;
}

static const char *hist_text(struct arena *a, const struct hist *h)
{
        CLEANUP(str_release) struct str s = {0};
        hist_format(h, &s);
        return arena_strdup(a, str_text(&s));
}

/* What all programs together do to one pool. */
static void sum_up_pool(struct facts *f, struct fact_pool *p)
{
        struct hist *use = arena_new_of(f->arena, struct hist), *wait = arena_new_of(f->arena, struct hist);
        double hz = 0, timeouts = NAN, in_use = NAN;
        for (size_t i = 0; i < f->pool_uses.len; i++) {
                struct fact_pool_use *u = &f->pool_uses.items[i];
                if (strcmp(u->pool, p->pool))
                        continue;
                if (u->use)
                        hist_merge(use, u->use);
                if (u->wait)
                        hist_merge(wait, u->wait);
                if (!isnan(u->in_use_max))
                        in_use = fmax(isnan(in_use) ? 0 : in_use, u->in_use_max);
                hz += isnan(u->checkouts_hz) ? 0 : u->checkouts_hz;
                if (!isnan(u->timeouts))
                        timeouts = (isnan(timeouts) ? 0 : timeouts) + u->timeouts;
        }
        p->timeouts = timeouts;
        p->in_use_max = in_use;
        if (use->count) {
                p->checkouts_hz = hz;
                p->use_mean_ms = use->sum_us / (double)use->count / 1000;
                p->use_p95_ms = hist_quantile_us(use, 0.95) / 1000;
                p->use_hist = hist_text(f->arena, use);
        }
        if (wait->count) {
                p->wait_mean_ms = wait->sum_us / (double)wait->count / 1000;
                p->wait_p95_ms = hist_quantile_us(wait, 0.95) / 1000;
                p->wait_hist = hist_text(f->arena, wait);
        }
}

/* ── PostgreSQL's view of the fleet, and the pooler ─────────────────────────────────────────────────────────────── */
static int application_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        *vec_push(l->f->arena, &l->f->applications) =
                (struct fact_application){.target = text(l, s, 0), .name = text(l, s, 1), .connections_max = stmt_real(s, 2),
                                          .in_use_max = stmt_real(s, 3)};
        return 0;
}

static int pooler_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        double xacts = stmt_real(s, 9), window_s = stmt_real(s, 12);
        *vec_push(l->f->arena, &l->f->poolers) = (struct fact_pooler){
                .target = text(l, s, 0), .database = text(l, s, 1), .role = text(l, s, 2), .pool_mode = text(l, s, 3),
                .pool_size = stmt_real(s, 4), .cl_waiting_max = stmt_real(s, 5), .maxwait_ms = stmt_real(s, 6),
                .sv_active_p95 = stmt_real(s, 7), .sv_active_max = stmt_real(s, 8), .xacts = xacts,
                .wait_mean_ms = xacts > 0 ? stmt_real(s, 10) / xacts / 1000 : NAN,
                /* xact_time counts the wait for a server connection as well. */
                .hold_ms = xacts > 0 ? (stmt_real(s, 11) - stmt_real(s, 10)) / xacts / 1000 : NAN,
                .xact_hz = xacts > 0 && window_s > 0 ? xacts / window_s : NAN, .clients_max = stmt_real(s, 13)};
        return 0;
}

static int store_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        *vec_push(l->f->arena, &l->f->stores) = (struct fact_store){.target = text(l, s, 0), .maxmemory_bytes = stmt_real(s, 1),
                                                                    .used_bytes = stmt_real(s, 2), .keys = stmt_real(s, 3)};
        return 0;
}

static int trace_frac_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        if (!isnan(stmt_real(s, 0)))
                l->f->trace_frac = stmt_real(s, 0);
        return 0;
}

/* ── Figures ────────────────────────────────────────────────────────────────────────────────────────────────────── */
static int figure_row(struct loader *l, struct stmt *s, void *arg)
{
        (void)arg;
        const char *name = stmt_text(s, 0);
        for (int i = 0; name && i < FIGURE_COUNT; i++)
                if (!strcmp(name, figure_specs[i].name))
                        l->f->figures[i] = (struct figure){.value = stmt_real(s, 1), .n = stmt_real(s, 2), .status = text(l, s, 3),
                                                           .source = text(l, s, 4), .reason = text(l, s, 5)};
        return 0;
}

/* As rule code.nested_acquire has it. */
#define NESTED "EXISTS (SELECT 1 FROM code_site a JOIN code_site w ON w.run_id = a.run_id AND w.site = a.holding WHERE a.run_id = p.run_id AND a.pool = p.pool" \
        " AND w.pool = a.pool AND a.kind = 'call' AND (a.what = 'acquire' OR a.note LIKE 'through %') AND w.context = 'request')"

/* Of the statements in the source those that mean the session, not the transaction. */
#define SESSION_FEATURE "CASE WHEN sql LIKE 'LISTEN %' THEN 'LISTEN' WHEN sql LIKE '%pg_advisory_lock%' OR sql LIKE '%pg_try_advisory_lock%' THEN 'advisory locks of the session'" \
        " WHEN sql LIKE 'CREATE TEMP%' AND sql NOT LIKE '%ON COMMIT DROP%' THEN 'temporary tables' WHEN sql LIKE '%WITH HOLD%' THEN 'cursors WITH HOLD'" \
        " WHEN sql LIKE 'PREPARE %' THEN 'PREPARE' WHEN sql LIKE 'SET %' AND sql NOT LIKE 'SET LOCAL %' AND sql NOT LIKE 'SET TRANSACTION %' THEN 'SET of the session' END"

static const struct {
        const char *sql;
        int (*row)(struct loader *l, struct stmt *s, void *arg);
} before_events[] = {
        {"SELECT sum(to_us - from_us) / 1e6 FROM fact_window WHERE kind <> 'analysis' AND to_us > from_us"
         " AND run_id IN (SELECT run_id FROM event_hist UNION SELECT run_id FROM pgb_stat_sample UNION SELECT run_id FROM pg_server"
         "                UNION SELECT run_id FROM cache_access)", window_row},
        {"SELECT program, coalesce(declared, running, pids), pss FROM ("
         " SELECT n.program, (SELECT max(processes) FROM code_program c WHERE c.program = n.program AND c." NEWEST("code_program") ") declared,"
         "  (SELECT max(coalesce(processes_declared, processes_running)) FROM process_program p WHERE p.program = n.program AND p." IN_WINDOW ") running,"
         "  (SELECT count(DISTINCT pid) FROM process_sample p WHERE p.program = n.program AND p." IN_WINDOW ") pids,"
         "  (SELECT sum(pss) FROM (SELECT max(pss_bytes) pss FROM process_sample p WHERE p.program = n.program AND p." IN_WINDOW " GROUP BY pid)) pss"
         " FROM (SELECT program FROM code_program WHERE " NEWEST("code_program") " UNION SELECT program FROM process_program WHERE " IN_WINDOW
         "       UNION SELECT program FROM process_sample WHERE " IN_WINDOW ") n) ORDER BY program", program_row},
        {"SELECT pool, library, programs, application_name, async, behind_pooler, size, overflow, min_size, timeout_s, scope, path, line, " NESTED
         " FROM code_pool p WHERE " NEWEST("code_pool")
         " AND coalesce(library, '') NOT LIKE '%redis%' AND coalesce(kind, '') NOT LIKE '%redis%' ORDER BY pool", pool_row},
        {"SELECT pool, knob, value, path, format, key_path, decided_by, trail, line, byte_start, byte_end, resolved"
         " FROM code_value WHERE " NEWEST("code_value") " ORDER BY pool, knob, path, byte_start", value_row},
        {"SELECT feature, path, line FROM (SELECT " SESSION_FEATURE " AS feature, path, line FROM code_statement WHERE " NEWEST("code_statement")
         "   AND coalesce(context, '') NOT IN ('test', 'migration')) WHERE feature IS NOT NULL GROUP BY feature, path, line ORDER BY feature, path, line", feature_row},
        {"SELECT a.path, a.line, a.snippet FROM code_site a JOIN code_site w ON w.run_id = a.run_id AND w.site = a.holding WHERE a." NEWEST("code_site")
         "   AND a.what IN ('sleep', 'http', 'notify', 'future') AND (a.kind = 'await' OR (a.kind = 'call' AND a.async = 0)) AND w.context NOT IN ('test', 'migration')"
         "   AND NOT (a.what = 'sleep' AND a.snippet LIKE '%sleep(0)') GROUP BY a.path, a.line ORDER BY w.context <> 'request', a.path, a.line", holder_row},
        {"SELECT sum(w) FROM (SELECT (max(at_us) - min(at_us - interval_us)) / 1e6 AS w FROM event_hist WHERE " IN_WINDOW " GROUP BY run_id)", events_row},
};

#define EVENT_SLOT_US "30000000"
static const char events_sql[] =
        "SELECT metric, program, label, hist_merge(hist),"
        " (SELECT quantile(c, 0.9) * 1e6 / " EVENT_SLOT_US " FROM (SELECT sum(count) c FROM event_hist s WHERE s." IN_WINDOW
        "   AND s.metric = e.metric AND s.program = e.program AND s.label IS e.label GROUP BY at_us / " EVENT_SLOT_US ") HAVING count(*) >= 10)"
        " FROM event_hist e WHERE " IN_WINDOW " AND program IS NOT NULL"
        " AND metric IN ('db.client.connection.wait_time', 'db.client.connection.use_time') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";

static const struct {
        const char *sql;
        int (*row)(struct loader *l, struct stmt *s, void *arg);
} after_events[] = {
        {"SELECT program, label, sum(count) FROM event_count WHERE " IN_WINDOW
         " AND metric = 'db.client.connection.timeouts' AND program IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2", timeout_row},
        {"SELECT program, label, max(coalesce(max, value)) FROM event_gauge WHERE " IN_WINDOW
         " AND metric = 'db.client.connection.count' AND state = 'used' AND program IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2", in_use_row},
        {"SELECT t.name, application, max(c), max(u) FROM (SELECT target_id, application, sum(connections) c,"
         "   sum(coalesce(active, 0) + coalesce(idle_in_transaction, 0)) u FROM pg_activity_sample WHERE " IN_WINDOW " GROUP BY 1, 2, at_us)"
         " JOIN target t USING (target_id) GROUP BY 1, 2 ORDER BY 1, 2", application_row},
        {"SELECT t.name, max(maxmemory), max(used_memory), (SELECT max(k) FROM (SELECT sum(keys) k FROM redis_keyspace k WHERE k." IN_WINDOW
         "   AND k.target_id = s.target_id GROUP BY at_us)) FROM redis_sample s JOIN target t USING (target_id) WHERE s." IN_WINDOW
         " GROUP BY s.target_id ORDER BY 1", store_row},
        {"SELECT min(value) FROM event_gauge WHERE " IN_WINDOW " AND metric = 'perfadvise.trace.key_frac'", trace_frac_row},
        {"WITH s AS (SELECT target_id, database, role, max(pool_mode) pool_mode, max(cl_waiting) waiting, max(maxwait_us) / 1e3 maxwait,"
         "   quantile(sv_active, 0.95) active_p95, max(sv_active) active_max, max(cl_active + cl_waiting) clients FROM pgb_pool_sample"
         "   WHERE " IN_WINDOW " AND database <> 'pgbouncer' GROUP BY 1, 2, 3),"
         " d AS (SELECT target_id, database, max(xact_count) - min(xact_count) xacts, max(wait_time_us) - min(wait_time_us) wait_us,"
         "   max(xact_time_us) - min(xact_time_us) xact_us, (max(at_us) - min(at_us)) / 1e6 window_s FROM pgb_stat_sample WHERE " IN_WINDOW
         "   AND target_id NOT IN (SELECT target_id FROM reset_mark WHERE " IN_WINDOW " AND target_id IS NOT NULL) GROUP BY 1, 2)"
         " SELECT t.name, s.database, s.role, s.pool_mode,"
         "   coalesce((SELECT pool_size FROM pgb_database b WHERE b." IN_WINDOW " AND b.target_id = s.target_id AND b.name = s.database ORDER BY at_us DESC LIMIT 1),"
         "            (SELECT CAST(value AS INTEGER) FROM pgb_config c WHERE c." IN_WINDOW " AND c.target_id = s.target_id AND c.key = 'default_pool_size' ORDER BY at_us DESC LIMIT 1)),"
         "   waiting, maxwait, active_p95, active_max, xacts, wait_us, xact_us, window_s, clients"
         " FROM s LEFT JOIN d USING (target_id, database) JOIN target t USING (target_id) ORDER BY 1, 2, 3", pooler_row},
};

static void begin(struct facts *f)
{
        f->trace_frac = 1;
        for (int i = 0; i < FIGURE_COUNT; i++)
                f->figures[i] = (struct figure){.value = NAN, .status = "unknown", .reason = "not captured"};
}

int facts_load_fleet_code(struct facts *f, struct store *store, struct err *err)
{
        struct loader l = {.f = f, .db = store_db(store), .err = err};
        int r = 0;
        begin(f);
        for (size_t i = 1; r >= 0 && i < sizeof before_events / sizeof *before_events; i++)
                r = each_row(&l, before_events[i].sql, before_events[i].row, NULL);
        if (r >= 0)
                r = spread_pools(&l);
        for (size_t i = 0; r >= 0 && i < f->pools.len; i++)
                sum_up_pool(f, &f->pools.items[i]);
        if (r >= 0)
                r = each_row(&l, "SELECT name, value, n, status, source, reason FROM fact_figure", figure_row, NULL);
        return r < 0 ? r : 0;
}

int facts_load_fleet(struct facts *f, struct store *store, struct err *err)
{
        struct loader l = {.f = f, .db = store_db(store), .err = err};
        int r = 0;
        begin(f);
        for (size_t i = 0; r >= 0 && i < sizeof before_events / sizeof *before_events; i++)
                r = each_row(&l, before_events[i].sql, before_events[i].row, NULL);
        if (r >= 0)
                r = spread_pools(&l);
        if (r >= 0)
                r = each_row(&l, events_sql, event_row, NULL);
        for (size_t i = 0; r >= 0 && i < sizeof after_events / sizeof *after_events; i++)
                r = each_row(&l, after_events[i].sql, after_events[i].row, NULL);
        if (r >= 0 && db_int(l.db, "SELECT count(*) FROM sqlite_temp_schema WHERE name = 'fact_hold'", 0, 0))
                r = each_row(&l, "SELECT application, xact_hz, holds, se_frac FROM fact_hold WHERE holds IS NOT NULL ORDER BY application", hold_row, NULL);
        for (size_t i = 0; r >= 0 && i < f->pools.len; i++)
                sum_up_pool(f, &f->pools.items[i]);
        if (r >= 0 && db_int(l.db, "SELECT count(*) FROM (SELECT name FROM sqlite_temp_schema UNION ALL SELECT name FROM sqlite_schema) WHERE name = 'fact_figure'", 0, 0))
                r = each_row(&l, "SELECT name, value, n, status, source, reason FROM fact_figure", figure_row, NULL);
        return r < 0 ? r : 0;
}

/* ── The cache trace ────────────────────────────────────────────────────────────────────────────────────────────── */
/* Templates are few and repeated a million times: each is kept once. */
struct access_load {
        VEC(const char *) templates;
};

static const char *template_of(struct loader *l, struct access_load *a, const char *name)
{
        if (!name)
                return "";
        for (size_t i = 0; i < a->templates.len; i++)
                if (!strcmp(a->templates.items[i], name))
                        return a->templates.items[i];
        return *vec_push(l->f->arena, &a->templates) = arena_strdup(l->f->arena, name);
}

static uint32_t bounded(struct stmt *s, int i)
{
        int64_t v = stmt_is_null(s, i) ? 0 : stmt_int(s, i);
        return v < 0 ? 0 : v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

/* The key hash is hexadecimal as the helper sends it; any other text is hashed (FNV-1a), so that keys stay distinct. */
static uint64_t key_of(const char *hash)
{
        char *end;
        uint64_t v = strtoull(hash, &end, 16);
        if (!*end && end - hash == 16)
                return v;
        v = UINT64_C(14695981039346656037);
        for (const char *p = hash; *p; p++)
                v = (v ^ (unsigned char)*p) * UINT64_C(1099511628211);
        return v;
}

static int access_row(struct loader *l, struct stmt *s, void *arg)
{
        struct access_load *a = arg;
        *vec_push(l->f->arena, &l->f->accesses) = (struct fact_access){
                .at_us = stmt_int(s, 0), .template_ = template_of(l, a, stmt_text(s, 2)), .key = key_of(stmt_text(s, 3)),
                .tier = !strcmp(stmt_text(s, 1), "redis"), .hit = stmt_int(s, 4), .bytes = bounded(s, 5),
                .ttl_s = stmt_is_null(s, 6) || stmt_int(s, 6) <= 0 ? -1 : (int32_t)bounded(s, 6), .load_us = bounded(s, 7)};
        return 0;
}

int facts_load_accesses(struct facts *f, struct store *store, size_t max, struct err *err)
{
        struct loader l = {.f = f, .db = store_db(store), .err = err};
        struct access_load a = {0};
        char sql[512];
        snprintf(sql, sizeof sql,
                 "SELECT at_us, tier, template, key_hash, hit, bytes, ttl_s, load_us FROM cache_access WHERE coalesce(op, 'get') = 'get' AND " IN_WINDOW
                 " AND tier IN ('memory', 'redis') ORDER BY at_us, rowid LIMIT %zu", max);
        f->accesses.len = 0;
        return each_row(&l, sql, access_row, &a);
}

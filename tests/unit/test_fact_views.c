/* The fleet's fact views over a small history with known answers. */
#include "base/cleanup.h"
#include "base/hist.h"
#include "base/str.h"
#include "store/store.h"
#include "tests/lib/unit.h"

#include <stdio.h>
#include <string.h>

static const int64_t second = 1000000, t0 = INT64_C(1700000000) * 1000000;

struct world {
        struct store *store;
        int64_t run;
};

static struct world world_new(void)
{
        struct world w = {0};
        struct err err = {0};
        ck_assert_msg(store_open(NULL, STORE_MEMORY, &w.store, &err) == 0, "%s", err.msg);
        ck_assert_int_eq(store_run_begin(w.store, "capture", NULL, 0, &w.run, &err), 0);
        return w;
}

static struct sink *sink_of(struct world *w, const char *name, const char *kind)
{
        int64_t id;
        struct err err = {0};
        ck_assert_int_eq(store_target(w->store, name, kind, &id, &err), 0);
        struct sink *k = store_sink(w->store, w->run, id);
        sink_begin(k);
        return k;
}

static void end(struct sink *k)
{
        struct err err = {0};
        ck_assert_msg(sink_end(k, true, &err) == 0, "%s", err.msg);
}

static void look(struct world *w)
{
        struct err err = {0};
        ck_assert_int_eq(store_run_end(w->store, w->run, "ok", &err), 0);
        ck_assert_int_eq(store_window(w->store, &w->run, 1, &err), 0);
}

static double real(struct world *w, const char *sql)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        struct err err = {0};
        ck_assert_msg(stmt_prepare(store_db(w->store), sql, &st, &err) == 0, "%s: %s", sql, err.msg);
        int r = stmt_step(st, &err);
        ck_assert_msg(r >= 0, "%s: %s", sql, err.msg);
        return r ? stmt_real(st, 0) : NAN;
}

#define ck_near(a, b) ck_assert_double_eq_tol((a), (b), 1e-9 + 1e-6 * fabs((double)(b)))

START_TEST(facts__every_view_can_be_read_when_nothing_was_captured)
{
        struct world w = world_new();
        look(&w);
        CLEANUP(stmt_free) struct stmt *views = NULL;
        struct err err = {0};
        stmt_prepare(store_db(w.store), "SELECT name FROM sqlite_schema WHERE type='view' AND name LIKE 'fact!_%' ESCAPE '!'", &views, &err);
        int n = 0;
        for (; stmt_step(views, &err) == 1; n++) {
                char sql[200];
                snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", stmt_text(views, 0));
                double rows = real(&w, sql);
                ck_assert_msg(rows == (strcmp(stmt_text(views, 0), "fact_figure") ? 0 : 6), "%s has %g rows", stmt_text(views, 0), rows);
        }
        ck_assert_int_gt(n, 20);
        store_close(w.store);
}
END_TEST

START_TEST(fact_figure__without_data_each_is_unknown_and_says_why)
{
        struct world w = world_new();
        look(&w);
        ck_near(real(&w, "SELECT count(*) FROM fact_figure WHERE value IS NULL AND status='unknown' AND reason IS NOT NULL"), 6);
        store_close(w.store);
}
END_TEST

static void pgb_row(struct sink *k, int64_t at, int64_t xacts, int64_t xact_us, int64_t wait_us)
{
        EMIT_AT(k, at, "pgb_stat_sample", TEXT("database", "app"), INT("xact_count", xacts), INT("query_count", 2 * xacts),
                INT("xact_time_us", xact_us), INT("query_time_us", 0), INT("wait_time_us", wait_us));
}

START_TEST(fact_pgb_pool__hold_is_transaction_time_without_the_wait)
{
        struct world w = world_new();
        struct sink *k = sink_of(&w, "pooler", "pgbouncer");
        pgb_row(k, t0, 1000, 5000000, 1000000);
        pgb_row(k, t0 + 10 * second, 1200, 15000000, 4600000);
        EMIT_AT(k, t0, "pgb_database", TEXT("name", "app"), INT("pool_size", 14));
        for (int i = 0; i < 10; i++)
                EMIT_AT(k, t0 + i * second, "pgb_pool_sample", TEXT("database", "app"), TEXT("role", "r"), INT("cl_waiting", i == 0 ? 3 : 0),
                        INT("sv_active", i), INT("maxwait_us", i == 0 ? 20000 : 0), TEXT("pool_mode", "transaction"));
        end(k);
        look(&w);
        ck_near(real(&w, "SELECT wait_mean_ms FROM fact_pgb_pool"), 18);
        ck_near(real(&w, "SELECT hold_ms FROM fact_pgb_pool"), 32);
        ck_near(real(&w, "SELECT xact_hz FROM fact_pgb_pool"), 20);
        ck_near(real(&w, "SELECT pool_size FROM fact_pgb_pool"), 14);
        ck_near(real(&w, "SELECT cl_waiting_max FROM fact_pgb_pool"), 3);
        ck_near(real(&w, "SELECT waiting_frac FROM fact_pgb_pool"), 0.1);
        ck_near(real(&w, "SELECT maxwait_ms FROM fact_pgb_pool"), 20);
        ck_assert(real(&w, "SELECT value FROM fact_figure WHERE name='pool_wait_p95_ms' AND status='estimate'") > 0);
        store_close(w.store);
}
END_TEST

START_TEST(fact_pgb_stat__no_rate_across_a_reset)
{
        struct world w = world_new();
        struct sink *k = sink_of(&w, "pooler", "pgbouncer");
        pgb_row(k, t0, 1000, 5000000, 1000000);
        pgb_row(k, t0 + 10 * second, 10, 1000, 0);
        k->reset_mark(k->arg, t0 + 5 * second, "pgb_stat", "restarted");
        end(k);
        look(&w);
        ck_near(real(&w, "SELECT count(*) FROM fact_pgb_stat WHERE xact_hz IS NULL AND wait_mean_ms IS NULL AND xacts IS NULL"), 1);
        store_close(w.store);
}
END_TEST

START_TEST(fact_redis__deltas_and_last_state)
{
        struct world w = world_new();
        struct sink *k = sink_of(&w, "cache", "redis");
        for (int i = 0; i <= 10; i++)
                EMIT_AT(k, t0 + i * second, "redis_sample", INT("keyspace_hits", 500 + i * 90), INT("keyspace_misses", 100 + i * 10),
                        INT("commands", i * 200), INT("evicted_keys", i * 2), INT("rejected_connections", 0), INT("used_memory", 100 + i),
                        INT("maxmemory", 1000), TEXT("maxmemory_policy", "noeviction"), INT("connected_clients", 5 + i), INT("maxclients", 100));
        EMIT_AT(k, t0 + 10 * second, "redis_keyspace", INT("db", 0), INT("keys", 200), INT("expires", 50));
        EMIT_AT(k, t0, "redis_command", TEXT("edge", "begin"), TEXT("command", "get"), INT("calls", 10), INT("usec", 100));
        EMIT_AT(k, t0, "redis_command", TEXT("edge", "end"), TEXT("command", "get"), INT("calls", 110), INT("usec", 1100));
        end(k);
        look(&w);
        ck_near(real(&w, "SELECT hit_frac FROM fact_redis"), 0.9);
        ck_near(real(&w, "SELECT ops_hz FROM fact_redis"), 200);
        ck_near(real(&w, "SELECT evicted FROM fact_redis"), 20);
        ck_near(real(&w, "SELECT memory_limit_frac FROM fact_redis"), 0.110);
        ck_near(real(&w, "SELECT clients_max FROM fact_redis"), 15);
        ck_near(real(&w, "SELECT expires_frac FROM fact_redis"), 0.25);
        ck_near(real(&w, "SELECT mean_ms FROM fact_redis_command"), 0.01);
        ck_near(real(&w, "SELECT value FROM fact_figure WHERE name='cache_hit' AND status='estimate'"), 0.9);
        store_close(w.store);
}
END_TEST

static void process_row(struct sink *k, int64_t at, const char *program, int pid, int64_t pss, int64_t cpu_us)
{
        EMIT_AT(k, at, "process_sample", TEXT("program", program), INT("pid", pid), pss < 0 ? NONE("pss_bytes") : INT("pss_bytes", pss),
                INT("fds", 10), INT("fd_limit", 100), INT("threads", 2), INT("cpu_us", cpu_us), INT("started_us", t0));
}

START_TEST(fact_process__memory_of_an_unreadable_process_is_unknown)
{
        struct world w = world_new();
        struct sink *k = sink_of(&w, "fleet", "supervisor");
        const char *const names[] = {"a", "b"};
        for (int i = 0; i < 2; i++)
                EMIT_AT(k, t0, "process_program", TEXT("program", names[i]), INT("processes_declared", 2), INT("processes_running", 2));
        for (int s = 0; s <= 10; s += 5) {
                process_row(k, t0 + s * second, "a", 1, 100, s * 100000);
                process_row(k, t0 + s * second, "a", 2, 300, 0);
                process_row(k, t0 + s * second, "b", 3, 50, 0);
                process_row(k, t0 + s * second, "b", 4, -1, 0);
        }
        EMIT_AT(k, t0 + 5 * second, "process_sample", TEXT("program", "b"), INT("pid", 90), INT("main", 0), INT("pss_bytes", 0)); /* a short-lived child */
        process_row(k, t0 + 15 * second, "b", 91, 50, 0); /* 3 was restarted */
        process_row(k, t0 + 15 * second, "b", 4, -1, 0);
        end(k);
        k = sink_of(&w, "host", "host");
        EMIT_AT(k, t0, "host_sample", INT("mem_total", 10000), INT("mem_limit", 1000), TEXT("mem_limit_source", "cgroup"));
        end(k);
        look(&w);
        ck_near(real(&w, "SELECT pss_sum_bytes FROM fact_process WHERE program='a'"), 400);
        ck_assert(isnan(real(&w, "SELECT pss_sum_bytes FROM fact_process WHERE program='b'")));
        ck_near(real(&w, "SELECT cpu_cores FROM fact_process WHERE program='a'"), 0.1);
        ck_near(real(&w, "SELECT restarts FROM fact_process WHERE program='a'"), 0);
        ck_near(real(&w, "SELECT restarts FROM fact_process WHERE program='b'"), 1);
        ck_near(real(&w, "SELECT value FROM fact_figure WHERE name='memory' AND status='estimate'"), 0.45);
        store_close(w.store);
}
END_TEST

static void hist_row(struct sink *k, const char *metric, int pid, const char *label, double us, int n)
{
        struct hist *h = calloc(1, sizeof *h);
        struct str text = {0};
        hist_add_n(h, us, (uint64_t)n);
        hist_format(h, &text);
        EMIT_AT(k, t0 + 5 * second, "event_hist", INT("interval_us", 5 * second), TEXT("metric", metric), TEXT("program", "bot"), INT("pid", pid),
                TEXT("label", label), TEXT("hist", str_text(&text)), INT("count", n), REAL("sum_ms", us * n / 1000), REAL("max_ms", us / 1000));
        str_release(&text);
        free(h);
}

START_TEST(fact_event_wait__histograms_of_processes_add_up)
{
        struct world w = world_new();
        struct sink *k = sink_of(&w, "events", "events");
        hist_row(k, "db.client.connection.wait_time", 1, "main", 1000, 90);
        hist_row(k, "db.client.connection.wait_time", 2, "main", 50000, 10);
        hist_row(k, "process.ready", 1, NULL, 800000, 3);
        hist_row(k, "process.ready", 2, NULL, 1200000, 3);
        EMIT_AT(k, t0, "event_count", TEXT("metric", "db.client.connection.timeouts"), TEXT("program", "bot"), TEXT("label", "main"), INT("count", 4));
        end(k);
        look(&w);
        ck_near(real(&w, "SELECT count FROM fact_event_wait"), 100);
        ck_assert_double_eq_tol(real(&w, "SELECT p50_ms FROM fact_event_wait"), 1, 0.05);
        ck_assert_double_eq_tol(real(&w, "SELECT p95_ms FROM fact_event_wait"), 50, 2.5);
        ck_near(real(&w, "SELECT timeouts FROM fact_event_wait"), 4);
        ck_near(real(&w, "SELECT processes FROM fact_ready"), 2);
        ck_near(real(&w, "SELECT max_s FROM fact_ready"), 1.2);
        ck_near(real(&w, "SELECT value FROM fact_figure WHERE name='start_s'"), 1.18);
        ck_assert_double_eq_tol(real(&w, "SELECT value FROM fact_figure WHERE name='pool_wait_p95_ms' AND status='ok'"), 50, 2.5);
        store_close(w.store);
}
END_TEST

START_TEST(fact_cache_total__counts_what_reaches_the_database)
{
        struct world w = world_new();
        struct sink *k = sink_of(&w, "events", "events");
        const struct {
                const char *tier, *template_;
                int hits, misses;
        } rows[] = {{"memory", "p", 600, 400}, {"redis", "p", 300, 100}, {"redis", "q", 50, 50}, {"memory", "r", 30, 70}};
        for (int i = 0; i < 4; i++)
                EMIT_AT(k, t0 + 5 * second, "event_cache", INT("interval_us", 5 * second), TEXT("program", "bot"), INT("pid", 1), TEXT("tier", rows[i].tier),
                        TEXT("template", rows[i].template_), INT("hits", rows[i].hits), INT("misses", rows[i].misses), REAL("load_ms", rows[i].misses * 2.0), INT("bytes", 0));
        end(k);
        look(&w);
        ck_near(real(&w, "SELECT requests FROM fact_cache_total"), 1200);
        ck_near(real(&w, "SELECT database_misses FROM fact_cache_total"), 220);
        ck_near(real(&w, "SELECT value FROM fact_figure WHERE name='cache_hit' AND status='ok'"), 1 - 220.0 / 1200);
        ck_near(real(&w, "SELECT load_ms FROM fact_cache WHERE template='q'"), 2);
        store_close(w.store);
}
END_TEST

/* Rows of two runs, only one of which is looked at: tables that come, go, and come again. */
static const char some_code[] =
        "CREATE TEMP TABLE n AS WITH RECURSIVE r(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM r WHERE i < 199) SELECT i, ?1 + (i % 7 = 6) AS run, 't' || (i % 5) AS t,"
        " 'c' || (i * 7 % 11) AS c, printf('%03d', i * 13 % 40) AS seq, CASE i % 3 WHEN 0 THEN 'model' ELSE 'migration' END AS source FROM r;";
static const char *const more_code[] = {
        "INSERT INTO code_file (run_id, target_id, at_us, path) SELECT run, 1, 0, 'f' || i FROM n",
        "INSERT INTO code_table (run_id, target_id, at_us, table_name, source, path, line, seq) SELECT run, 1, 0, t, source, 'f' || i, i, seq FROM n",
        "INSERT INTO code_column (run_id, target_id, at_us, table_name, column_name, primary_key, is_unique, indexed, source, path, line, seq)"
        " SELECT run, 1, 0, t, c, nullif(i % 4 = 0, i % 8 = 7), i % 9 = 0, i % 6 = 0, source, 'f' || (i % 20), i % 50, seq FROM n",
        "INSERT INTO code_index (run_id, target_id, at_us, table_name, index_name, columns, method, source, path, line, seq)"
        " SELECT run, 1, 0, t, 'x' || (i % 30), json_array(c, 'c1'), CASE i % 4 WHEN 0 THEN 'gin' ELSE 'btree' END, source, 'f' || i, i, seq FROM n",
        "INSERT INTO code_ddl (run_id, target_id, at_us, op, table_name, columns, object, framework, path, line, seq, series)"
        " SELECT run, 1, 0, CASE i % 6 WHEN 0 THEN 'drop table' WHEN 1 THEN 'drop index' WHEN 2 THEN 'drop column' WHEN 3 THEN 'rename column' WHEN 4 THEN 'create table'"
        " ELSE 'add column' END, t, json_array(c), 'x' || (i % 30), 'alembic', 'm' || seq, i, seq, 'main' FROM n WHERE i % 4 = 1",
        "INSERT INTO code_statement (run_id, target_id, at_us, path, line, byte_start, site, context, kind, filters)"
        " SELECT run, 1, 0, 'f' || (i % 20), i, i % 60, nullif(i % 3, 0), 'request', 'select', json_array(json_object('column', c, 'op', '=', 'among', json_array(t, 't0'))) FROM n",
};

static void put_code(struct world *w)
{
        CLEANUP(str_release) struct str sql = {0};
        char run[32];
        struct err err = {0};
        snprintf(run, sizeof run, "%lld", (long long)w->run);
        const char *at = strstr(some_code, "?1");
        str_add_len(&sql, some_code, (size_t)(at - some_code));
        str_printf(&sql, "%s%s", run, at + 2);
        ck_assert_msg(db_exec(store_db(w->store), str_text(&sql), &err) == 0, "%s", err.msg);
        for (size_t i = 0; i < sizeof more_code / sizeof *more_code; i++)
                ck_assert_msg(db_exec(store_db(w->store), more_code[i], &err) == 0, "%s", err.msg);
}

START_TEST(store_settle__changes_no_row_of_any_view)
{
        struct world w = world_new();
        CLEANUP(stmt_free) struct stmt *views = NULL;
        struct err err = {0};
        char sql[400];
        int n = 0;
        put_code(&w);
        look(&w);
        ck_assert_int_eq(db_exec(store_db(w.store), "CREATE TEMP TABLE view_name AS SELECT name FROM sqlite_schema WHERE type='view' AND (name LIKE 'fact_code%' OR name='fact_migration_step')", &err), 0);
        stmt_prepare(store_db(w.store), "SELECT name FROM view_name", &views, &err);
        for (; stmt_step(views, &err) == 1; n++) {
                const char *v = stmt_text(views, 0);
                snprintf(sql, sizeof sql, "CREATE TEMP TABLE before_%s AS SELECT * FROM %s", v, v);
                ck_assert_msg(db_exec(store_db(w.store), sql, &err) == 0, "%s", err.msg);
        }
        ck_assert_int_gt(n, 15);
        ck_assert_msg(store_settle(w.store, &err) == 0, "%s", err.msg);
        ck_assert_msg(store_settle(w.store, &err) == 0, "%s", err.msg);
        stmt_reset(views);
        while (stmt_step(views, &err) == 1) {
                const char *v = stmt_text(views, 0);
                snprintf(sql, sizeof sql, "SELECT (SELECT count(*) FROM before_%s) - (SELECT count(*) FROM %s) + (SELECT count(*) FROM (SELECT * FROM before_%s EXCEPT SELECT * FROM %s))", v, v, v, v);
                ck_assert_msg(real(&w, sql) == 0, "%s", v);
        }
        ck_assert(real(&w, "SELECT count(*) FROM fact_code_lead") > 10 && real(&w, "SELECT count(*) FROM fact_migration_step") > 3);
        ck_assert(real(&w, "SELECT count(*) FROM fact_code_index") < real(&w, "SELECT count(*) FROM n WHERE run = (SELECT min(run) FROM n)"));
        store_close(w.store);
}
END_TEST

UNIT_MAIN(store_settle__changes_no_row_of_any_view, facts__every_view_can_be_read_when_nothing_was_captured, fact_figure__without_data_each_is_unknown_and_says_why,
          fact_pgb_pool__hold_is_transaction_time_without_the_wait, fact_pgb_stat__no_rate_across_a_reset, fact_redis__deltas_and_last_state,
          fact_process__memory_of_an_unreadable_process_is_unknown, fact_event_wait__histograms_of_processes_add_up,
          fact_cache_total__counts_what_reaches_the_database)

/* The fleet's facts from rows as the probes write them. */
#include "facts.h"
#include "tests/lib/unit.h"

#include <string.h>

static const char *const rows =
        "INSERT INTO target VALUES (1, 'main', 'postgres', NULL), (2, 'pooler', 'pgbouncer', NULL), (3, 'app', 'events', NULL), (4, 'bots', 'source', NULL);"
        "INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (1, 'a', 'capture', 0, 60000000, 't', 'ok'),"
        " (2, 'b', 'analysis', 70000000, 71000000, 't', 'ok'), (3, 'c', 'capture', 80000000, 90000000, 't', 'ok');"
        "INSERT INTO code_program (run_id, target_id, at_us, program, processes) VALUES (2, 4, 0, 'chat', 2), (2, 4, 0, 'digest', 1);"
        "INSERT INTO code_pool (run_id, target_id, at_us, pool, library, kind, async, size, overflow, min_size, programs, scope, behind_pooler, path, line) VALUES"
        " (2, 4, 0, 'bots.chat:pool', 'asyncpg', 'pool', 1, 3, NULL, 1, '[\"chat\"]', 'function', 1, '/s/chat.py', 9),"
        " (2, 4, 0, 'bots.digest:engine', 'sqlalchemy', 'engine', 0, 20, 30, NULL, '[\"digest\"]', 'module', 0, '/s/digest.py', 5),"
        " (2, 4, 0, 'bots.digest:per_call', 'sqlalchemy', 'engine', 0, 5, 10, NULL, '[\"digest\"]', 'handler', 0, '/s/digest.py', 50),"
        " (2, 4, 0, 'cache', 'redis', 'redis', 0, 10, NULL, NULL, '[\"digest\"]', 'module', 0, '/s/cache.py', 5);"
        "INSERT INTO code_value (run_id, target_id, at_us, pool, knob, value, path, format, byte_start, byte_end, resolved, decided_by) VALUES"
        " (2, 4, 0, 'bots.chat:pool', 'max_size', '3', '/s/chat.yaml', 'yaml', 90, 91, 1, 'yaml'), (2, 4, 0, 'bots.digest:engine', 'size', NULL, NULL, NULL, NULL, NULL, 0, 'unresolved');"
        "INSERT INTO event_hist (run_id, target_id, at_us, interval_us, metric, program, pid, label, hist, count) VALUES"
        " (1, 3, 5000000, 5000000, 'db.client.connection.use_time', 'chat', 1, 'chat', '160:100 200:20', 120),"
        " (1, 3, 5000000, 5000000, 'db.client.connection.use_time', 'chat', 2, 'chat', '160:120', 120),"
        " (1, 3, 5000000, 5000000, 'db.client.connection.wait_time', 'chat', 1, 'chat', '64:100', 100),"
        " (1, 3, 5000000, 5000000, 'db.client.connection.use_time', 'digest', 3, 'digest', '160:60', 60),"
        " (3, 3, 85000000, 5000000, 'db.client.connection.use_time', 'digest', 3, 'digest', '160:9000', 9000);"
        "INSERT INTO event_count (run_id, target_id, at_us, metric, program, pid, label, count) VALUES (1, 3, 0, 'db.client.connection.timeouts', 'chat', 1, 'chat', 2);"
        "INSERT INTO pg_activity_sample (run_id, target_id, at_us, application, role, connections, active, idle_in_transaction) VALUES"
        " (1, 1, 1, 'digest', 'a', 3, 1, 1), (1, 1, 1, 'digest', 'b', 1, 0, 0), (1, 1, 2, 'digest', 'a', 5, 1, 0);"
        "INSERT INTO pgb_pool_sample (run_id, target_id, at_us, database, role, cl_active, cl_waiting, sv_active, maxwait_us, pool_mode) VALUES"
        " (1, 2, 1, 'hearts', 'hearts', 3, 2, 2, 90000, 'transaction'), (1, 2, 2, 'pgbouncer', 'postgres', 1, 0, 0, 0, 'statement');"
        "INSERT INTO pgb_stat_sample (run_id, target_id, at_us, database, xact_count, xact_time_us, wait_time_us) VALUES"
        " (1, 2, 0, 'hearts', 1000, 5000000, 1000000), (1, 2, 10000000, 'hearts', 2000, 35000000, 11000000);"
        "INSERT INTO pgb_config (run_id, target_id, at_us, key, value) VALUES (1, 2, 0, 'default_pool_size', '2');"
        "INSERT INTO cache_access (run_id, target_id, at_us, pid, tier, template, key_hash, hit, bytes, ttl_s, load_us) VALUES"
        " (1, 3, 2, 1, 'redis', 'user:{id}', '00000000000000ff', 0, 100, -1, 900), (1, 3, 1, 1, 'memory', 'user:{id}', '00000000000000ff', 1, 100, 60, NULL);";

static struct arena *a;
static struct facts *f;

static struct store *load(void)
{
        struct store *s = NULL;
        struct err err = {0};
        a = arena_new();
        f = arena_new_of(a, struct facts);
        f->arena = a;
        ck_assert_int_eq(store_open(NULL, STORE_MEMORY, &s, &err), 0);
        ck_assert_msg(db_exec(store_db(s), rows, &err) == 0, "%s", err.msg);
        ck_assert_int_eq(store_window(s, (const int64_t[]){1, 2}, 2, &err), 0);
        ck_assert_msg(facts_load_fleet(f, s, &err) == 0, "%s", err.msg);
        ck_assert_int_eq(facts_load_accesses(f, s, 10, &err), 0);
        return s;
}

START_TEST(facts_load_fleet__pools_with_their_events)
{
        CLEANUP(store_close) struct store *s = load();
        ck_assert_double_eq(f->window_s, 60);
        ck_assert_uint_eq(f->pools.len, 3); /* not the Redis pool */
        const struct fact_pool *chat = &f->pools.items[0];
        ck_assert_str_eq(chat->pool, "bots.chat:pool");
        ck_assert_double_eq(chat->processes, 2);
        ck_assert_double_nan(chat->overflow);
        ck_assert_double_eq(chat->checkouts_hz, 4);
        ck_assert_double_eq_tol(chat->wait_p95_ms, 0.0163, 0.001);
        ck_assert_double_eq(chat->timeouts, 2);
        ck_assert_str_eq(chat->use_hist, "160:220 200:20");
        ck_assert(chat->behind_pooler);
        /* Two engines in one program: the events belong to the one that lasts; the run outside the window does not count. */
        ck_assert_double_eq(f->pools.items[1].checkouts_hz, 1);
        ck_assert_double_nan(f->pools.items[2].checkouts_hz);
        ck_assert_double_nan(f->pools.items[1].timeouts);
        ck_assert_int_eq((int)f->values.items[0].byte_start, 90);
        ck_assert_int_eq((int)f->values.items[1].byte_start, -1);
        arena_free(a);
}
END_TEST

START_TEST(facts_load_fleet__server_side)
{
        CLEANUP(store_close) struct store *s = load();
        ck_assert_uint_eq(f->applications.len, 1);
        ck_assert_double_eq(f->applications.items[0].connections_max, 5);
        ck_assert_double_eq(f->applications.items[0].in_use_max, 2);
        ck_assert_uint_eq(f->poolers.len, 1);
        const struct fact_pooler *p = &f->poolers.items[0];
        ck_assert_double_eq(p->pool_size, 2);
        ck_assert_double_eq(p->xact_hz, 100);
        ck_assert_double_eq(p->wait_mean_ms, 10);
        ck_assert_double_eq(p->hold_ms, 20);
        ck_assert_double_eq(p->cl_waiting_max, 2);
        ck_assert_double_eq(p->maxwait_ms, 90);
        ck_assert_str_eq(f->figures[0].status, "unknown");
        arena_free(a);
}
END_TEST

START_TEST(facts_load_accesses__in_time_order)
{
        CLEANUP(store_close) struct store *s = load();
        ck_assert_uint_eq(f->accesses.len, 2);
        ck_assert_int_eq(f->accesses.items[0].tier, 0);
        ck_assert_int_eq(f->accesses.items[0].ttl_s, 60);
        ck_assert_int_eq(f->accesses.items[1].tier, 1);
        ck_assert_uint_eq(f->accesses.items[1].key, 255);
        ck_assert_int_eq(f->accesses.items[1].ttl_s, -1);
        ck_assert_uint_eq(f->accesses.items[1].load_us, 900);
        arena_free(a);
}
END_TEST

UNIT_MAIN(facts_load_fleet__pools_with_their_events, facts_load_fleet__server_side, facts_load_accesses__in_time_order)

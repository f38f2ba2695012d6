/* The sizing model on scripted facts: one server, pools in the source, their events. */
#include "model/model.h"
#include "model/pool_sim.h"
#include "tests/lib/unit.h"

#include <string.h>

static struct arena *a;
static struct facts *f;
static struct advise_out out;
static struct finding findings[8];
static struct rule_row rows[8];
static size_t n_rows;

static void setup(double max_connections)
{
        a = arena_new();
        f = arena_new_of(a, struct facts);
        f->arena = a;
        f->config = config_default(a);
        f->window_s = 60;
        *vec_push(a, &f->servers) = (struct fact_server){.target = "main", .max_connections = max_connections, .superuser_reserved = 3,
                                                              .cpus = NAN, .busy_frac = NAN, .cpu_frac = NAN, .idle_in_tx_frac = NAN};
        memset(&out, 0, sizeof out);
        n_rows = 0;
}

static struct hist *holds(double median_ms, size_t n)
{
        struct hist *h = arena_new_of(a, struct hist);
        for (size_t i = 0; i < n; i++) {
                double p = ((double)i + 0.5) / (double)n;
                hist_add(h, median_ms * exp(1.2 * log(p / (1 - p)) / 1.702) * 1000);
        }
        return h;
}

static void add_value(const char *pool, const char *knob, const char *value, const char *path, const char *format, int64_t at)
{
        *vec_push(a, &f->values) = (struct fact_value){.pool = pool, .knob = knob, .value = value, .path = path, .format = format, .key_path = knob,
                                                       .decided_by = "literal", .line = 12, .byte_start = at, .byte_end = at + (int64_t)strlen(value),
                                                       .resolved = true};
}

/* A pool in one program of `processes`, `n` checkouts in the minute; waits NULL when n is 0. */
static void add_pool(const char *name, const char *program, double size, double overflow, double processes, double median_ms, size_t n, double wait_ms)
{
        *vec_push(a, &f->pools) = (struct fact_pool){.pool = name, .library = isnan(overflow) ? "asyncpg" : "sqlalchemy", .programs = "[]", .size = size,
                                                     .overflow = overflow, .min_size = NAN, .scope = "module", .processes = processes};
        struct fact_pool_use *u = vec_push(a, &f->pool_uses);
        *u = (struct fact_pool_use){.pool = name, .program = program, .processes = processes, .checkouts_hz = NAN, .busy_hz = NAN, .timeouts = NAN, .in_use_max = NAN, .se_frac = NAN};
        if (n) {
                u->use = holds(median_ms, n);
                u->checkouts_hz = (double)n / f->window_s;
                u->wait = arena_new_of(a, struct hist);
                hist_add_n(u->wait, wait_ms * 1000, n);
        }
}

static void add_row(const char *rule, const char *subject)
{
        findings[n_rows] = (struct finding){.key = arena_printf(a, "key%zu", n_rows), .rule = rule, .subject = subject};
        rows[n_rows] = (struct rule_row){.finding = &findings[n_rows]};
        n_rows++;
}

static void advise(void)
{
        struct err err = {0};
        struct advise_in in = {.arena = a, .facts = f, .rule = "pool.wait", .rows = rows, .n = n_rows};
        ck_assert_int_eq(model_pool_size.advise(&in, &out, &err), 0);
}

static const struct change *change_to(const struct recommendation *rec, const char *key_path)
{
        for (size_t i = 0; i < rec->changes.len; i++)
                if (!strcmp(rec->changes.items[i].key_path, key_path))
                        return &rec->changes.items[i];
        return NULL;
}

START_TEST(advise__raises_a_starved_pool)
{
        setup(100);
        add_pool("chat.pool", "chat", 2, NAN, 1, 15, 6000, 60);
        add_value("chat.pool", "max_size", "2", "/srv/config/chat.yaml", "yaml", 88);
        add_row("pool.wait", "chat.pool");
        advise();
        ck_assert_uint_eq(out.recommendations.len, 1);
        const struct recommendation *rec = &out.recommendations.items[0];
        const struct change *c = change_to(rec, "max_size");
        ck_assert_ptr_nonnull(c);
        int size = atoi(c->after);
        ck_assert_int_gt(size, 2);
        ck_assert_int_lt(size, 15);
        ck_assert_str_eq(c->before, "2");
        ck_assert_int_eq(c->byte_start, 88);
        ck_assert_int_eq(c->kind, CHANGE_file_value);
        ck_assert_int_eq(c->phase, PHASE_FILE);
        ck_assert_str_eq(c->restart, "chat");
        ck_assert_str_eq(rec->key, "key0");
        ck_assert_double_eq_tol(rec->effects.items[0].before, 60, 2);
        ck_assert_double_le(rec->effects.items[0].after, 5);
        ck_assert_double_le(rec->effects.items[0].hi, 5);
        ck_assert_double_gt(rec->rank, 0.5);
        arena_free(a);
}
END_TEST

START_TEST(advise__one_setting_of_several_pools_is_turned_once)
{
        setup(100);
        add_pool("digest.engine", "digest", 20, 30, 1, 10, 3000, 0.1);
        add_pool("moderation.engine", "moderation", 20, 30, 2, 10, 9000, 0.1);
        for (int i = 0; i < 2; i++) {
                add_value(i ? "moderation.engine" : "digest.engine", "size", "20", "/srv/settings.py", "python", 300);
                add_value(i ? "moderation.engine" : "digest.engine", "overflow", "30", "/srv/settings.py", "python", 330);
        }
        add_row("pool.fleet_overcommit", "main");
        advise();
        ck_assert_uint_eq(out.recommendations.len, 1);
        const struct recommendation *rec = &out.recommendations.items[0];
        ck_assert_uint_eq(rec->changes.len, 2);
        int size = atoi(change_to(rec, "size")->after), overflow = atoi(change_to(rec, "overflow")->after);
        ck_assert_int_ge(size, 2);
        ck_assert_int_le(size + overflow, 20);
        ck_assert_int_eq(change_to(rec, "size")->phase, PHASE_LOWER);
        ck_assert_str_eq(rec->effects.items[0].figure, "connections");
        ck_assert_double_eq(rec->effects.items[0].before, 150);
        ck_assert_double_eq(rec->effects.items[0].after, 3 * (size + overflow));
        ck_assert_int_eq(rec->risk, RISK_MEDIUM);
        arena_free(a);
}
END_TEST

START_TEST(advise__fits_the_server)
{
        setup(33); /* 0.8 x 30 = 24 connections */
        add_pool("a", "a", 10, 10, 4, 20, 20000, 3);
        add_value("a", "size", "10", "/srv/a.py", "python", 10);
        add_value("a", "overflow", "10", "/srv/a.py", "python", 20);
        add_pool("b", "b", 10, 10, 1, 20, 12000, 3);
        add_value("b", "size", "10", "/srv/b.py", "python", 10);
        add_value("b", "overflow", "10", "/srv/b.py", "python", 20);
        *vec_push(a, &f->applications) = (struct fact_application){.target = "main", .name = "cron", .connections_max = 2};
        add_row("pool.fleet_overcommit", "main");
        advise();
        ck_assert_uint_eq(out.recommendations.len, 1);
        double after = out.recommendations.items[0].effects.items[0].after;
        ck_assert_double_le(after, 22);
        ck_assert_double_ge(after, 12);
        arena_free(a);
}
END_TEST

START_TEST(advise__says_why_not)
{
        setup(100);
        add_pool("silent", "a", 20, 30, 1, 10, 0, NAN);
        add_pool("short", "b", 1, NAN, 1, 10, 25, 0.5);
        add_pool("homeless", "c", 20, 30, NAN, 10, 5000, 9);
        add_pool("loop", "d", 20, 30, 1, 1, 5000, 40);
        add_row("pool.wait", "silent");
        add_row("pool.wait", "short");
        add_row("pool.wait", "homeless");
        add_row("pool.wait", "loop");
        advise();
        ck_assert_uint_eq(out.recommendations.len, 0);
        ck_assert_uint_eq(out.unknown.len, 4);
        static const char *const why[] = {"no checkouts", "too short", "how many processes", "not made by the size"};
        for (size_t i = 0; i < 4; i++)
                ck_assert_msg(strstr(out.unknown.items[i].value, why[i]) != NULL, "%s: %s", out.unknown.items[i].label, out.unknown.items[i].value);
        arena_free(a);
}
END_TEST

START_TEST(advise__unresolved_value_is_advice_without_change)
{
        setup(100);
        add_pool("chat.pool", "chat", 2, NAN, 1, 15, 6000, 60);
        add_value("chat.pool", "max_size", "2", NULL, NULL, -1);
        f->values.items[0].resolved = false;
        f->values.items[0].trail = "os.environ['POOL'] has no value here";
        add_row("pool.wait", "chat.pool");
        advise();
        ck_assert_uint_eq(out.recommendations.len, 1);
        ck_assert_uint_eq(out.recommendations.items[0].changes.len, 0);
        bool said = false;
        for (size_t i = 0; i < out.recommendations.items[0].evidence.len; i++)
                said |= strstr(out.recommendations.items[0].evidence.items[i].value, "os.environ") != NULL;
        ck_assert(said);
        arena_free(a);
}
END_TEST

START_TEST(advise__library_defaults_are_counted_as_they_are)
{
        setup(100);
        add_pool("coordinator.pool", "coordinator", 10, NAN, 1, 3, 200, 0.1);
        f->pools.items[0].min_size = 10;
        add_value("coordinator.pool", "max_size", "10", "/srv/coordinator.py", "python", 2941);
        f->values.items[0].decided_by = "default";
        add_pool("digest.engine", "digest", 20, 30, 1, 10, 3000, 0.1);
        add_value("digest.engine", "size", "20", "/srv/settings.py", "python", 300);
        add_value("digest.engine", "overflow", "30", "/srv/settings.py", "python", 330);
        add_row("pool.fleet_overcommit", "main");
        advise();
        const struct recommendation *rec = &out.recommendations.items[0];
        ck_assert_uint_eq(rec->changes.len, 2);
        int size = atoi(change_to(rec, "size")->after), overflow = atoi(change_to(rec, "overflow")->after);
        ck_assert_double_eq(rec->effects.items[0].before, 60);
        ck_assert_double_eq(rec->effects.items[0].after, 10 + size + overflow); /* the default is advised, and stays until somebody adds it */
        bool said = false;
        for (size_t i = 0; i < rec->evidence.len; i++)
                said |= strstr(rec->evidence.items[i].value, "add max_size=2") != NULL;
        ck_assert(said);
        arena_free(a);
}
END_TEST

START_TEST(advise__a_default_is_written_where_the_pool_is_made)
{
        setup(100);
        struct fact_argument call = {.path = "coordinator.py", .file = "/srv/coordinator.py", .line = 84, .insert_at = 2941, .lead = ", ", .tail = "", .anchor = "create_pool(dsn"};
        add_pool("coordinator.pool", "coordinator", 10, NAN, 1, 3, 200, 0.1);
        f->pools.items[0].min_size = 10;
        for (int i = 0; i < 2; i++) {
                add_value("coordinator.pool", i ? "min_size" : "max_size", "10", "coordinator.py", "python", 2941);
                f->values.items[i].decided_by = "default";
                f->values.items[i].byte_end = 2941;
                f->values.items[i].call = &call;
        }
        add_row("pool.fleet_overcommit", "main");
        advise();
        const struct recommendation *rec = &out.recommendations.items[0];
        ck_assert_uint_eq(rec->changes.len, 2);
        ck_assert_str_eq(change_to(rec, "max_size")->after, ", max_size=2");
        ck_assert_str_eq(change_to(rec, "min_size")->after, ", min_size=2");
        ck_assert_str_eq(change_to(rec, "max_size")->before, "");
        ck_assert_str_eq(change_to(rec, "max_size")->anchor, "create_pool(dsn");
        ck_assert_int_eq(change_to(rec, "max_size")->byte_start, 2941);
        ck_assert_str_eq(change_to(rec, "max_size")->restart, "coordinator");
        arena_free(a);
}
END_TEST

START_TEST(advise__pooler_raised_within_the_server)
{
        setup(100);
        add_pool("chat.pool", "chat", 3, NAN, 1, 15, 6000, 1);
        f->pools.items[0].behind_pooler = true;
        *vec_push(a, &f->poolers) = (struct fact_pooler){.target = "pooler", .database = "hearts", .pool_mode = "transaction", .pool_size = 2, .xact_hz = 100,
                                                         .xacts = 6000, .hold_ms = 18, .wait_mean_ms = 40, .maxwait_ms = 300, .cl_waiting_max = 6};
        *vec_push(a, &f->values) = (struct fact_value){.knob = "default_pool_size", .value = "2", .path = "/etc/pgbouncer/pgbouncer.ini", .format = "ini",
                                                       .key_path = "pgbouncer.default_pool_size", .line = 14, .byte_start = 200, .byte_end = 201, .resolved = true};
        add_row("pgb.waiting", "pooler/hearts");
        advise();
        ck_assert_uint_eq(out.recommendations.len, 1);
        const struct change *c = &out.recommendations.items[0].changes.items[0];
        ck_assert_int_eq(c->kind, CHANGE_pgbouncer_setting);
        ck_assert_int_eq(c->phase, PHASE_RAISE);
        ck_assert_str_eq(c->target, "pooler");
        ck_assert_str_eq(c->key_path, "default_pool_size");
        ck_assert(c->reload);
        ck_assert_int_ge(atoi(c->after), 4);
        ck_assert_int_le(atoi(c->after), 16);
        arena_free(a);
}
END_TEST

START_TEST(estimate__for_rules)
{
        double args[] = {100, 20, 1, 4};
        double p95 = model_pool_wait_p95_ms.estimate(args, 4, NULL);
        ck_assert_double_gt(p95, 0);
        args[3] = 20;
        ck_assert_double_eq(model_pool_wait_p95_ms.estimate(args, 4, NULL), 0);
        args[3] = 2;
        ck_assert(isinf(model_pool_wait_p95_ms.estimate(args, 4, NULL)));
        args[0] = NAN;
        ck_assert_double_nan(model_pool_wait_p95_ms.estimate(args, 4, NULL));
}
END_TEST

START_TEST(advise__a_deploy_that_doubles_the_processes_halves_the_room)
{
        setup(63); /* 60 usable: 48 by the fifth that stays free, 30 when twice the processes run */
        struct config *config = config_default(a);
        config->deploy_surge = 2;
        f->config = config;
        add_pool("a", "a", 10, 10, 4, 20, 20000, 3);
        add_value("a", "size", "10", "/srv/a.py", "python", 10);
        add_value("a", "overflow", "10", "/srv/a.py", "python", 20);
        add_row("pool.fleet_overcommit", "main");
        advise();
        ck_assert_uint_eq(out.recommendations.len, 1);
        ck_assert_double_le(out.recommendations.items[0].effects.items[0].after, 30);
        arena_free(a);
}
END_TEST

/* Four cores at work all the time: sixteen sessions are worth it, whatever the waits are. */
START_TEST(advise__caps_sessions_only_where_cpus_are_the_limit)
{
        for (int busy = 0; busy < 2; busy++) {
                setup(500);
                memset(&out, 0, sizeof out);
                struct fact_server *s = &f->servers.items[0];
                s->cpus = 4;
                s->busy_frac = 0.9;
                s->cpu_frac = busy ? 0.85 : 0.2; /* the other time they execute pg_sleep, or wait for locks */
                s->idle_in_tx_frac = 0;
                add_pool("a", "a", 4, 0, 10, 150, 60000, 90);
                add_value("a", "size", "4", "/srv/a.py", "python", 10);
                add_value("a", "overflow", "0", "/srv/a.py", "python", 20);
                add_row("pool.fleet_overcommit", "main");
                advise();
                double connections = out.recommendations.items[0].effects.items[0].after;
                if (busy)
                        ck_assert_double_le(connections, 16);
                else
                        ck_assert_double_gt(connections, 40);
                arena_free(a);
        }
}
END_TEST

START_TEST(advise__a_second_connection_while_one_is_held_sets_a_floor)
{
        setup(200);
        add_pool("a", "a", 20, NAN, 2, 2, 3000, 0.1);
        f->pools.items[0].nested = true;
        f->pool_uses.items[0].in_use_max = 4;
        add_value("a", "size", "20", "/srv/a.py", "python", 10);
        add_row("pool.fleet_overcommit", "main");
        advise();
        ck_assert_uint_eq(out.recommendations.len, 1);
        ck_assert_str_eq(change_to(&out.recommendations.items[0], "size")->after, "5");
        arena_free(a);
}
END_TEST

/* 77 for all; b, of which nothing is known, may open 100: that is no reason to starve a, which needs a few. */
START_TEST(advise__others_that_may_take_everything_starve_nobody)
{
        setup(100);
        add_pool("a", "a", 20, 30, 1, 20, 3000, 0.1);
        add_value("a", "size", "20", "/srv/a.py", "python", 10);
        add_value("a", "overflow", "30", "/srv/a.py", "python", 20);
        add_pool("b", "b", 20, 30, 2, 20, 0, 0);
        add_value("b", "size", "20", "/srv/b.py", "python", 10);
        add_value("b", "overflow", "30", "/srv/b.py", "python", 20);
        add_row("pool.fleet_overcommit", "main");
        advise();
        ck_assert_uint_eq(out.recommendations.len, 1);
        ck_assert_int_ge(atoi(change_to(&out.recommendations.items[0], "size")->after), 3);
        ck_assert_str_eq(change_to(&out.recommendations.items[0], "overflow")->after, "0");
        arena_free(a);
}
END_TEST

UNIT_MAIN(advise__others_that_may_take_everything_starve_nobody, advise__a_deploy_that_doubles_the_processes_halves_the_room, advise__caps_sessions_only_where_cpus_are_the_limit,
          advise__a_second_connection_while_one_is_held_sets_a_floor, advise__raises_a_starved_pool, advise__one_setting_of_several_pools_is_turned_once, advise__fits_the_server, advise__says_why_not,
          advise__unresolved_value_is_advice_without_change, advise__library_defaults_are_counted_as_they_are, advise__a_default_is_written_where_the_pool_is_made,
          advise__pooler_raised_within_the_server, estimate__for_rules)

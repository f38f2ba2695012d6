/* Series: what a capture leaves when it has aged. */
#include "base/cleanup.h"
#include "store/series.h"
#include "tests/lib/unit.h"

static struct store *store;

static void sql(const char *text)
{
        struct err err = {0};
        ck_assert_msg(db_exec(store_db(store), text, &err) == 0, "%s: %s", text, err.msg);
}

static int64_t number(const char *text)
{
        return db_int(store_db(store), text, 0, -1);
}

static void update(void)
{
        struct err err = {0};
        ck_assert_msg(store_series_update(store, &err) == 0, "%s", err.msg);
}

/* Two nights, 24 hours apart: 1,000 calls of 5 ms in between; the run's own first look does not matter. */
static void two_nights(void)
{
        struct err err = {0};
        ck_assert_int_eq(store_open(NULL, STORE_MEMORY, &store, &err), 0);
        sql("INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (1, 'a', 'capture', 1700000000000000, 1700000020000000, 't', 'ok'),"
            " (2, 'b', 'capture', 1700086400000000, 1700086420000000, 't', 'ok');"
            "INSERT INTO target (target_id, name, kind) VALUES (1, 'main', 'postgres'), (2, 'events', 'events');"
            "INSERT INTO pg_server (run_id, target_id, at_us) VALUES (1, 1, 1700000020000000), (2, 1, 1700086420000000);"
            "INSERT INTO pg_statement (run_id, target_id, at_us, edge, queryid, calls, total_ms) VALUES (1, 1, 1700000000000000, 'begin', '7', 90, 800),"
            " (1, 1, 1700000020000000, 'end', '7', 100, 1000), (2, 1, 1700086400000000, 'begin', '7', 1090, 5980), (2, 1, 1700086420000000, 'end', '7', 1100, 6000);"
            "INSERT INTO pg_plan (run_id, target_id, at_us, queryid, method, plan_hash) VALUES (1, 1, 0, '7', 'forced_generic', 'aa'), (2, 1, 0, '7', 'forced_generic', 'bb');");
}

START_TEST(store_series_update__a_statement_between_two_nights)
{
        two_nights();
        update();
        update(); /* each capture once */
        ck_assert_int_eq(number("SELECT count(*) FROM series_point p JOIN series USING (series_id) WHERE metric = 'statement.mean'"), 1);
        ck_assert_int_eq(number("SELECT value FROM series_point"), 5000000);
        ck_assert_int_eq(number("SELECT n FROM series_point"), 1000);
        ck_assert_int_eq(number("SELECT slot FROM series_point"), (INT64_C(1700086420) - 43200) / 3600);
        ck_assert_int_eq(number("SELECT name = 'bb' FROM series_point JOIN series_tag USING (series_id, tag)"), 1);
        store_close(store);
}
END_TEST

START_TEST(store_series_update__nothing_across_a_reset)
{
        two_nights();
        sql("INSERT INTO reset_mark (run_id, target_id, at_us, counter, why) VALUES (2, 1, 0, 'pg_statement', 'reset')");
        update();
        ck_assert_int_eq(number("SELECT count(*) FROM series_point"), 0);
        store_close(store);
        two_nights();
        sql("UPDATE pg_statement SET calls = 50 WHERE run_id = 2 AND edge = 'end'"); /* evicted, and back again */
        update();
        ck_assert_int_eq(number("SELECT count(*) FROM series_point"), 0);
        store_close(store);
}
END_TEST

/* Hours of a day become its mean by calls, a percentile that of all its calls, old days go. */
START_TEST(store_series_thin__hours_to_days)
{
        struct err err = {0};
        two_nights();
        sql("INSERT INTO series VALUES (1, 1, 'statement.mean', '7'), (2, 2, 'event.p95', 'x');"
            "INSERT INTO series_point VALUES (240, 1, 100, 1000, 1, 1), (241, 1, 300, 2000, 2, 1), (263, 1, 10, 500, 1, 1), (264, 1, 1, 9, 0, 1), (2, 1, 1, 1, 0, 1),"
            " (250, 2, 100, 111, 0, 1), (251, 2, 900, 222, 0, 1);"
            "INSERT INTO series_hist VALUES (250, 2, '160:100'), (251, 2, '200:900');");
        ck_assert_msg(store_series_thin(store, INT64_C(264) * 3600000000, INT64_C(24) * 3600000000, &err) == 0, "%s", err.msg);
        ck_assert_int_eq(number("SELECT count(*) FROM series_point WHERE series_id = 1"), 2);
        ck_assert_int_eq(number("SELECT n FROM series_point WHERE slot = 240 AND series_id = 1"), 410);
        ck_assert_int_eq(number("SELECT value FROM series_point WHERE slot = 240 AND series_id = 1"), (100 * 1000 + 300 * 2000 + 10 * 500) / 410);
        ck_assert_int_eq(number("SELECT tag FROM series_point WHERE slot = 240 AND series_id = 1"), 2);
        ck_assert_int_eq(number("SELECT looks FROM series_point WHERE slot = 240 AND series_id = 1"), 3);
        ck_assert_int_eq(number("SELECT value = CAST(hist_quantile_ms('160:100 200:900', 0.95) * 1e6 AS INTEGER) FROM series_point WHERE series_id = 2"), 1);
        ck_assert_int_eq(number("SELECT count(*) FROM series_hist"), 1);
        ck_assert_msg(store_series_thin(store, INT64_C(264) * 3600000000, INT64_C(24) * 3600000000, &err) == 0, "%s", err.msg);
        ck_assert_int_eq(number("SELECT count(*) FROM series_point"), 3);
        store_close(store);
}
END_TEST

UNIT_MAIN(store_series_update__a_statement_between_two_nights, store_series_update__nothing_across_a_reset, store_series_thin__hours_to_days)

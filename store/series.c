#include "store/series.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

/*
 * Counters are compared with those of the capture before, so that a nightly look of 20 seconds tells of the whole day; the point stands in the
 * middle of the span (at most twelve hours back). Across a reset, an eviction or a restart there is no point.
 */
#define MIDDLE(now, then) "(" now " - min((" now " - " then ") / 2, 43200000000)) / 3600000000"

static const char statement_sql[] =
        "WITH e AS (SELECT target_id, queryid, max(at_us) AS at_us, sum(calls) AS calls, sum(total_ms) AS ms FROM pg_statement"
        "           WHERE run_id = ?1 AND edge = 'end' GROUP BY target_id, queryid),"
        " w AS (SELECT target_id, (SELECT max(v.run_id) FROM pg_server v WHERE v.target_id = t.target_id AND v.run_id < ?1) AS run_id"
        "       FROM (SELECT DISTINCT target_id FROM e) t"
        "       WHERE NOT EXISTS (SELECT 1 FROM reset_mark m WHERE m.run_id = ?1 AND m.target_id = t.target_id AND m.counter IN ('pg_statement', 'clock'))),"
        " b AS (SELECT s.target_id, s.queryid, max(s.at_us) AS at_us, sum(s.calls) AS calls, sum(s.total_ms) AS ms FROM w CROSS JOIN pg_statement s"
        "       ON s.run_id = w.run_id AND s.target_id = w.target_id AND s.edge = 'end' GROUP BY 1, 2),"
        " p AS (SELECT target_id, queryid, max(plan_hash) AS plan_hash FROM pg_plan WHERE run_id = ?1 AND method IN ('forced_generic', 'generic_plan')"
        "       GROUP BY 1, 2)"
        "SELECT e.target_id, e.queryid, " MIDDLE("e.at_us", "b.at_us") ", e.calls - b.calls, CAST((e.ms - b.ms) / (e.calls - b.calls) * 1e6 AS INTEGER),"
        "       p.plan_hash, NULL FROM e JOIN b USING (target_id, queryid) LEFT JOIN p USING (target_id, queryid)"
        " WHERE e.calls >= b.calls + 5 AND e.ms > b.ms AND e.at_us > b.at_us";

static const char event_sql[] =
        "SELECT target_id, metric || '|' || coalesce(program, '') || '|' || coalesce(label, ''), max(at_us) / 3600000000, sum(count), NULL, NULL, hist_merge(hist)"
        " FROM event_hist WHERE run_id = ?1 AND metric IN ('db.client.operation.duration', 'db.client.connection.wait_time', 'ipc.rtt')"
        " GROUP BY target_id, metric, program, label HAVING sum(count) >= 100";

static const char pooler_sql[] =
        "SELECT target_id, database, max(at_us) / 3600000000, max(query_count) - min(query_count),"
        " CAST((max(wait_time_us) - min(wait_time_us)) * 1000.0 / (max(query_count) - min(query_count)) AS INTEGER), NULL, NULL"
        " FROM pgb_stat_sample WHERE run_id = ?1 GROUP BY target_id, database HAVING max(query_count) >= min(query_count) + 100";

/* Redis since the capture before; the server must be the same process. */
static const char redis_sql[] =
        "WITH e AS (SELECT target_id, server_run_id, max(at_us) AS at_us, max(keyspace_hits) AS h, max(keyspace_misses) AS m FROM redis_sample"
        "           WHERE run_id = ?1 GROUP BY 1, 2),"
        " b AS (SELECT e.target_id, max(r.run_id) AS run_id FROM e JOIN redis_sample r ON r.target_id = e.target_id AND r.run_id < ?1 GROUP BY 1),"
        " o AS (SELECT s.target_id, s.server_run_id, max(s.at_us) AS at_us, max(s.keyspace_hits) AS h, max(s.keyspace_misses) AS m FROM b JOIN redis_sample s"
        "       USING (run_id, target_id) GROUP BY 1, 2)"
        "SELECT e.target_id, '', " MIDDLE("e.at_us", "o.at_us") ", e.h - o.h + e.m - o.m, CAST((e.m - o.m) * 1e6 / (e.h - o.h + e.m - o.m) AS INTEGER), NULL, NULL"
        " FROM e JOIN o USING (target_id, server_run_id) WHERE e.h >= o.h AND e.m >= o.m AND e.h - o.h + e.m - o.m >= 1000";

static const char cache_sql[] =
        "SELECT target_id, tier || '|' || coalesce(template, ''), max(at_us) / 3600000000, sum(hits) + sum(misses),"
        " CAST(sum(misses) * 1e6 / (sum(hits) + sum(misses)) AS INTEGER), NULL, NULL FROM event_cache WHERE run_id = ?1"
        " GROUP BY target_id, tier, template HAVING sum(hits) + sum(misses) >= 1000";

static const char memory_sql[] =
        "SELECT target_id, program, max(at_us) / 3600000000, count(*), max(bytes), NULL, NULL FROM (SELECT target_id, program, at_us, sum(pss_bytes) AS bytes"
        " FROM process_sample WHERE run_id = ?1 GROUP BY target_id, program, at_us) WHERE bytes > 0 GROUP BY target_id, program";

static const char table_sql[] =
        "SELECT target_id, schema || '.' || name, max(at_us) / 3600000000, 1, max(heap_bytes + coalesce(toast_bytes, 0)), NULL, NULL FROM pg_table"
        " WHERE run_id = ?1 AND kind IN ('r', 'm') AND heap_bytes >= 1048576 GROUP BY target_id, schema, name";

static const char index_sql[] =
        "SELECT target_id, schema || '.' || name, max(at_us) / 3600000000, 1, max(bytes), NULL, NULL FROM pg_index"
        " WHERE run_id = ?1 AND bytes >= 1048576 GROUP BY target_id, schema, name";

const struct series_metric series_metrics[] = {
        {"statement.mean", "ns", false, SERIES_UP, statement_sql},
        {"event.p95", "ns", false, SERIES_UP, event_sql},
        {"pooler.wait", "ns", false, SERIES_UP, pooler_sql},
        {"redis.miss", "ppm", false, SERIES_UP, redis_sql},
        {"cache.miss", "ppm", false, SERIES_UP, cache_sql},
        {"program.memory", "bytes", false, SERIES_UP, memory_sql},
        {"table.size", "bytes", true, SERIES_UP, table_sql},
        {"index.size", "bytes", true, SERIES_UP, index_sql},
        {0},
};

/* ── Adding ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int run_sql(struct store *s, const char *sql, const char *text, int64_t number, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(s), sql, &st, err);
        if (r < 0)
                return r;
        if (text)
                stmt_bind_text(st, 1, text);
        if (text ? stmt_param_count(st) > 1 : stmt_param_count(st) > 0)
                stmt_bind_int(st, text ? 2 : 1, number);
        while ((r = stmt_step(st, err)) == 1)
                ;
        return r;
}

/* A slot that has a point already (two captures within an hour) holds the mean of both. */
static const char point_sql[] =
        "INSERT INTO series_point SELECT l.slot, x.series_id, l.n, l.value, coalesce((SELECT g.tag FROM series_tag g WHERE g.series_id = x.series_id"
        " AND g.name = l.tag), 0), 1 FROM looked l JOIN series x ON x.target_id = l.target_id AND x.metric = ?1 AND x.object = l.object"
        " WHERE l.value IS NOT NULL ORDER BY l.slot, x.series_id"
        " ON CONFLICT (slot, series_id) DO UPDATE SET value = CAST((1.0 * n * value + 1.0 * excluded.n * excluded.value) / max(n + excluded.n, 1) AS INTEGER),"
        " n = n + excluded.n, tag = excluded.tag, looks = looks + 1";

static const char tag_sql[] =
        "INSERT INTO series_tag SELECT x.series_id, 1 + (SELECT count(*) FROM series_tag g WHERE g.series_id = x.series_id), l.tag"
        " FROM looked l JOIN series x ON x.target_id = l.target_id AND x.metric = ?1 AND x.object = l.object WHERE l.tag IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM series_tag g WHERE g.series_id = x.series_id AND g.name = l.tag) GROUP BY x.series_id";

/* Of two histograms of one slot the sum, and the point's value from it. */
static const char hist_sql[] =
        "INSERT INTO series_hist SELECT l.slot, x.series_id, l.hist FROM looked l JOIN series x ON x.target_id = l.target_id AND x.metric = ?1"
        " AND x.object = l.object WHERE l.hist IS NOT NULL"
        " ON CONFLICT (slot, series_id) DO UPDATE SET hist = (SELECT hist_merge(h) FROM (SELECT hist AS h UNION ALL SELECT excluded.hist))";

static int add_metric(struct store *s, const struct series_metric *m, int64_t run, struct err *err)
{
        CLEANUP(str_release) struct str sql = {0};
        str_printf(&sql, "INSERT INTO temp.looked %s", m->sql);
        int r = db_exec(store_db(s), "CREATE TEMP TABLE IF NOT EXISTS looked (target_id, object, slot, n, value, tag, hist); DELETE FROM looked", err);
        if (r < 0 || (r = run_sql(s, str_text(&sql), NULL, run, err)) < 0 ||
            (r = db_exec(store_db(s), "UPDATE looked SET value = CAST(hist_quantile_ms(hist, 0.95) * 1e6 AS INTEGER) WHERE value IS NULL AND hist IS NOT NULL", err)) < 0 ||
            (r = run_sql(s, "INSERT OR IGNORE INTO series (target_id, metric, object) SELECT target_id, ?1, object FROM looked ORDER BY target_id, object", m->name, 0, err)) < 0 ||
            (r = run_sql(s, tag_sql, m->name, 0, err)) < 0 || (r = run_sql(s, point_sql, m->name, 0, err)) < 0)
                return r;
        return run_sql(s, hist_sql, m->name, 0, err);
}

static int add_capture(struct store *s, int64_t run, struct err *err)
{
        int r = db_exec(store_db(s), "BEGIN IMMEDIATE", err);
        if (r < 0)
                return r;
        for (const struct series_metric *m = series_metrics; r == 0 && m->name; m++)
                r = add_metric(s, m, run, err);
        if (r == 0)
                r = run_sql(s, "INSERT INTO series_run VALUES (?1)", NULL, run, err);
        if (r < 0 || (r = db_exec(store_db(s), "COMMIT", err)) < 0)
                db_exec(store_db(s), "ROLLBACK", NULL);
        return r;
}

int store_series_update(struct store *s, struct err *err)
{
        static const char next[] = "SELECT min(run_id) FROM run WHERE kind = 'capture' AND ended_us IS NOT NULL AND outcome <> 'failed'"
                                   " AND run_id > ? AND run_id NOT IN (SELECT run_id FROM series_run)";
        int r = 0;
        for (int64_t run = 0; r == 0 && (run = db_int(store_db(s), next, run, 0)) > 0;)
                r = add_capture(s, run, err);
        return r;
}

/* ── Thinning ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The days before ?1 that have points by the hour. Slots are looked up one after the other: there are few of them, and millions of points. */
static const char days_sql[] =
        "INSERT INTO temp.thin_day WITH RECURSIVE s(slot) AS (SELECT (SELECT min(slot) FROM series_point) UNION ALL"
        " SELECT (SELECT min(p.slot) FROM series_point p WHERE p.slot > s.slot) FROM s WHERE s.slot IS NOT NULL)"
        " SELECT DISTINCT slot / 24 FROM s WHERE slot < ?1 AND slot % 24";

/* The plan of a day is that of its busiest hour. */
static const char replace_sql[] =
        "CREATE TEMP TABLE thin_slot AS WITH RECURSIVE h(hour) AS (SELECT 0 UNION ALL SELECT hour + 1 FROM h WHERE hour < 23) SELECT day * 24 + hour AS slot FROM thin_day, h;"
        "CREATE TEMP TABLE thinned AS SELECT p.slot / 24 * 24 AS slot, series_id, sum(n) AS n, CAST(sum(1.0 * n * value) / max(sum(n), 1) AS INTEGER) AS value,"
        " tag, sum(looks) AS looks, max(n) AS busiest FROM thin_slot CROSS JOIN series_point p USING (slot) GROUP BY 1, 2;"
        "CREATE TEMP TABLE thinned_hist AS SELECT p.slot / 24 * 24 AS slot, series_id, hist_merge(hist) AS hist FROM thin_slot CROSS JOIN series_hist p USING (slot) GROUP BY 1, 2;"
        "DELETE FROM series_point WHERE slot IN (SELECT slot FROM thin_slot);"
        "DELETE FROM series_hist WHERE slot IN (SELECT slot FROM thin_slot);"
        "INSERT INTO series_hist SELECT * FROM thinned_hist;"
        "CREATE INDEX temp.thinned_hist_key ON thinned_hist (slot, series_id);"
        "INSERT INTO series_point SELECT t.slot, t.series_id, t.n, coalesce(CAST(hist_quantile_ms(h.hist, 0.95) * 1e6 AS INTEGER), t.value), t.tag, t.looks"
        " FROM thinned t LEFT JOIN thinned_hist h USING (slot, series_id) ORDER BY 1, 2;"
        "DROP TABLE thinned; DROP TABLE thinned_hist; DROP TABLE thin_slot; DROP TABLE thin_day;";

static int64_t day_slot(int64_t us)
{
        return us / INT64_C(86400000000) * 24;
}

int store_series_thin(struct store *s, int64_t before_us, int64_t keep_us, struct err *err)
{
        int r = db_exec(store_db(s), "BEGIN IMMEDIATE; CREATE TEMP TABLE thin_day (day INTEGER PRIMARY KEY)", err);
        if (r < 0)
                return r;
        if ((r = run_sql(s, "DELETE FROM series_point WHERE slot < ?1", NULL, day_slot(keep_us), err)) == 0 &&
            (r = run_sql(s, "DELETE FROM series_hist WHERE slot < ?1", NULL, day_slot(keep_us), err)) == 0 &&
            (r = run_sql(s, days_sql, NULL, day_slot(before_us), err)) == 0)
                r = db_exec(store_db(s), replace_sql, err);
        if (r < 0 || (r = db_exec(store_db(s), "COMMIT", err)) < 0)
                db_exec(store_db(s), "ROLLBACK", NULL);
        return r;
}

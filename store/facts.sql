-- Fact views: temporary, over the runs in temp.fact_window. Contract version 1; documented in perfadvise-history(5).
-- What is known of each fact; measured plans that were imported are there even where the log could not be read.
CREATE TEMP VIEW fact_state_now AS
SELECT run_id, target_id, fact, CASE WHEN i.given THEN 'ok' ELSE status END AS status, CASE WHEN NOT i.given THEN reason END AS reason,
       CASE WHEN NOT i.given THEN remedy END AS remedy
FROM (SELECT f.*, f.fact = 'fact_plan_actual' AND f.status <> 'ok' AND EXISTS (
          SELECT 1 FROM run r CROSS JOIN pg_plan p ON p.run_id = r.run_id WHERE r.kind = 'import' AND +p.target_id = f.target_id AND p.is_actual) AS given
      FROM fact_state f WHERE f.run_id IN (SELECT run_id FROM fact_window)) i;
-- ── postgres: what the PostgreSQL probe saw ─────────────────────────────────────────────────────────────────────────
-- All show the newest capture of each target in the window. `target` is the name in perfadvise.yaml; _ms milliseconds, _s seconds,
-- _hz per second, _frac 0..1, _bytes bytes, costs in planner units. Deltas are end minus beginning of that capture, NULL where a
-- reset mark lies in between.

-- Grain: target. The capture that the other views show. window_s: between its first and last sample of the database.
CREATE TEMP VIEW fact_pg_run AS
SELECT t.name AS target, r.target_id, r.run_id,
       (SELECT (max(at_us) - min(at_us)) / 1e6 FROM pg_database_sample d WHERE d.run_id = r.run_id AND d.target_id = r.target_id) AS window_s,
       EXISTS (SELECT 1 FROM reset_mark m WHERE m.run_id = r.run_id AND m.target_id = r.target_id
               AND m.counter IN ('pg_database', 'clock')) AS was_reset,
       EXISTS (SELECT 1 FROM reset_mark m WHERE m.run_id = r.run_id AND m.target_id = r.target_id
               AND m.counter IN ('pg_statement', 'clock')) AS statements_were_reset
FROM (SELECT target_id, max(run_id) AS run_id FROM pg_server WHERE run_id IN (SELECT run_id FROM fact_window) GROUP BY target_id) r
JOIN target t USING (target_id);

-- Grain: target, name. value as the server shows it; number is bytes, milliseconds, 0 or 1 (off, on), or the number itself.
-- Settings that the probe fences in its own session are shown as they are without the fence.
CREATE TEMP VIEW fact_setting AS
SELECT w.target, s.name, s.value, s.unit,
       CASE WHEN s.value IN ('on', 'off') THEN s.value = 'on'
            WHEN s.value GLOB '*[^-0-9.]*' OR s.value = '' THEN NULL
            ELSE CAST(s.value AS REAL) * CASE s.unit WHEN 'B' THEN 1 WHEN 'kB' THEN 1024 WHEN '8kB' THEN 8192 WHEN 'MB' THEN 1048576
                 WHEN '16MB' THEN 16777216 WHEN 'GB' THEN 1073741824 WHEN 'us' THEN 0.001 WHEN 's' THEN 1000 WHEN 'min' THEN 60000
                 WHEN 'h' THEN 3600000 WHEN 'd' THEN 86400000 ELSE 1 END END AS number,
       s.context, s.source, s.boot_value, s.reset_value, s.pending_restart
FROM fact_pg_run w JOIN pg_setting s USING (run_id, target_id);

-- Grain: target, role, database, name: ALTER ROLE ... SET and ALTER DATABASE ... SET. role or database NULL is "all".
CREATE TEMP VIEW fact_role_setting AS
SELECT w.target, s.role, s.database, s.name, s.value FROM fact_pg_run w JOIN pg_role_setting s USING (run_id, target_id);

-- Grain: target. The server and its fixed limits. usable_connections: what is left of max_connections for ordinary roles.
-- provider: who runs it as a service (rds, cloudsql, ...), NULL when nobody is known to. cpus: of the host, known only when the server runs on the host that was captured with it. hypopg: its version, NULL without.
CREATE TEMP VIEW fact_server AS
WITH n AS (SELECT target, max(CASE name WHEN 'max_connections' THEN number END) AS max_connections,
                  max(CASE name WHEN 'superuser_reserved_connections' THEN number END) AS superuser_reserved,
                  coalesce(max(CASE name WHEN 'reserved_connections' THEN number END), 0) AS reserved,
                  max(CASE name WHEN 'shared_buffers' THEN number END) AS shared_buffers_bytes,
                  max(CASE name WHEN 'work_mem' THEN number END) AS work_mem_bytes
           FROM fact_setting WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections', 'shared_buffers', 'work_mem')
           GROUP BY target)
SELECT w.target, s.version_num, s.version_num / 10000 AS major, s.system_identifier, s.database, s.database_oid, s.role, s.is_superuser,
       s.in_recovery, s.is_local, s.provider, (s.at_us - s.started_us) / 1e6 AS uptime_s, s.at_us,
       (s.at_us - coalesce(s.stats_reset_us, s.started_us)) / 1e6 AS counters_age_s, s.database_bytes, s.extensions,
       json_extract(s.extensions, '$.hypopg') AS hypopg, n.max_connections, n.superuser_reserved, n.reserved,
       n.max_connections - n.superuser_reserved - n.reserved AS usable_connections, n.shared_buffers_bytes, n.work_mem_bytes,
       CASE WHEN s.is_local THEN (SELECT max(h.cpus) FROM host_sample h WHERE h.run_id = w.run_id) END AS cpus
FROM fact_pg_run w JOIN pg_server s USING (run_id, target_id) LEFT JOIN n USING (target);

-- Grain: run, target. The counters of the database, added up over the stretches between two samples in which they can be trusted: none
-- in which they were reset, a clock was set, or the server did not answer (longer than three usual stretches). elapsed_s: from the first sample to the last.
CREATE TEMP VIEW pg_database_delta AS
WITH s AS MATERIALIZED (
    SELECT d.*, d.rowid AS r, row_number() OVER (PARTITION BY d.run_id, d.target_id ORDER BY d.rowid) AS i
    FROM pg_database_sample d WHERE d.run_id IN (SELECT run_id FROM fact_window)
), g AS (
    SELECT b.run_id, b.target_id, b.i, b.at_us - a.at_us AS us, b.r AS r,
           b.at_us > a.at_us AND b.xact_commit >= a.xact_commit AND b.stats_reset_us IS a.stats_reset_us
           AND NOT EXISTS (SELECT 1 FROM reset_mark m WHERE m.run_id = b.run_id AND m.target_id = b.target_id AND m.counter IN ('pg_database', 'clock')
                           AND m.at_us > a.at_us AND m.at_us <= b.at_us) AS good
    FROM s a JOIN s b ON b.run_id = a.run_id AND b.target_id = a.target_id AND b.i = a.i + 1
), m AS (SELECT run_id, target_id, max(3000000, 3 * quantile(us, 0.5)) AS most_us FROM g GROUP BY run_id, target_id)
SELECT b.run_id, b.target_id, sum(us) / 1e6 AS window_s,
       sum(b.xact_commit - a.xact_commit + b.xact_rollback - a.xact_rollback - (b.own_xacts - a.own_xacts)) AS xacts,
       sum(b.xact_rollback - a.xact_rollback) AS rollbacks, sum(b.blks_hit - a.blks_hit) AS hit, sum(b.blks_read - a.blks_read) AS read,
       max(sum(b.active_ms - a.active_ms - coalesce(b.own_active_ms - a.own_active_ms, 0)), 0) AS active_ms,
       sum(b.idle_in_transaction_ms - a.idle_in_transaction_ms) AS idle_ms,
       sum(b.session_ms - a.session_ms) AS session_ms, sum(b.temp_files - a.temp_files) AS temp_files, sum(b.temp_bytes - a.temp_bytes) AS temp_bytes,
       sum(b.deadlocks - a.deadlocks) AS deadlocks, sum(b.conflicts - a.conflicts) AS conflicts, sum(b.sessions - a.sessions) AS sessions,
       sum(b.sessions_abandoned - a.sessions_abandoned) AS abandoned, sum(b.sessions_fatal - a.sessions_fatal) AS fatal,
       sum(b.sessions_killed - a.sessions_killed) AS killed, sum(b.tup_returned - a.tup_returned) AS tup_returned,
       sum(b.tup_fetched - a.tup_fetched) AS tup_fetched,
       sum(b.tup_inserted - a.tup_inserted + b.tup_updated - a.tup_updated + b.tup_deleted - a.tup_deleted) AS tup_written
FROM g JOIN m USING (run_id, target_id) JOIN s b ON b.run_id = g.run_id AND b.target_id = g.target_id AND b.i = g.i
JOIN s a ON a.run_id = g.run_id AND a.target_id = g.target_id AND a.i = g.i - 1
WHERE g.good AND g.us <= m.most_us GROUP BY b.run_id, b.target_id;

-- Grain: target. The database over the window, without the probe's own transactions. in_use_mean: sessions in a transaction
-- (active and idle in it) on average; idle_in_tx_frac: their share of waiting for the application; busy_frac: active sessions per
-- CPU, at most 1, NULL when the CPUs are unknown. Needs PostgreSQL 14; the server adds up about once a second: windows of 10 s and more.
-- window_s: the time that the counters can be trusted for; covered_frac: its share of the capture (less than 1: resets, a clock that was set, a server that was down).
CREATE TEMP VIEW fact_database AS
WITH c AS (
    SELECT run_id, target_id, count(*) AS samples, max(server_connections) AS connections_max, avg(server_connections) AS connections_mean,
           quantile(server_connections, 0.95) AS connections_p95, abs(max(at_us) - min(at_us)) / 1e6 AS elapsed_s
    FROM pg_database_sample WHERE run_id IN (SELECT run_id FROM fact_window) GROUP BY run_id, target_id)
SELECT w.target, coalesce(d.window_s, 0) AS window_s, c.samples, min(d.window_s / nullif(c.elapsed_s, 0), 1.0) AS covered_frac,
       max(xacts, 0) / d.window_s AS xact_hz, CASE WHEN xacts > 0 THEN 1.0 * rollbacks / xacts END AS rollback_frac,
       active_ms / 1000.0 / d.window_s AS active_mean, (active_ms + idle_ms) / 1000.0 / d.window_s AS in_use_mean,
       CASE WHEN active_ms + idle_ms > 0 THEN idle_ms / (active_ms + idle_ms) END AS idle_in_tx_frac,
       CASE WHEN s.cpus > 0 THEN min(active_ms / 1000.0 / d.window_s / s.cpus, 1.0) END AS busy_frac,
       CASE WHEN xacts > 0 THEN (active_ms + idle_ms) / xacts END AS hold_mean_ms,
       CASE WHEN hit + read > 0 THEN 1.0 * hit / (hit + read) END AS hit_frac, read / d.window_s AS blocks_read_hz,
       d.temp_files, d.temp_bytes, d.deadlocks, d.conflicts, d.sessions / d.window_s AS sessions_hz, d.sessions, d.abandoned AS sessions_abandoned,
       d.fatal AS sessions_fatal, d.killed AS sessions_killed, d.tup_returned / d.window_s AS tup_returned_hz, d.tup_fetched / d.window_s AS tup_fetched_hz,
       d.tup_written / d.window_s AS tup_written_hz, c.connections_max, c.connections_mean, c.connections_p95, s.max_connections, s.usable_connections,
       1.0 * c.connections_max / s.usable_connections AS connections_frac
FROM fact_pg_run w JOIN c USING (run_id, target_id) LEFT JOIN pg_database_delta d USING (run_id, target_id) LEFT JOIN fact_server s USING (target);

-- Grain: target, application. Sessions of an application_name over all samples; a sample without any counts as 0. in_use: active
-- or idle in a transaction. States are NULL where the role may not see them. Ages are the greatest that were seen.
CREATE TEMP VIEW fact_activity AS
WITH a AS (
    SELECT w.target, w.run_id, w.target_id, s.application, s.at_us, sum(s.connections) AS connections, sum(s.active) AS active, sum(s.idle) AS idle,
           sum(s.idle_in_transaction) AS idle_in_tx, sum(s.active) + sum(s.idle_in_transaction) AS in_use, sum(s.waiting_lock) AS waiting,
           max(s.oldest_xact_ms) AS oldest_xact_ms, max(s.oldest_idle_in_transaction_ms) AS oldest_idle_in_tx_ms,
           max(s.oldest_query_ms) AS oldest_query_ms, max(s.oldest_blocked_ms) AS oldest_blocked_ms,
           max(s.oldest_backend_s) AS oldest_backend_s, min(s.youngest_backend_s) AS youngest_backend_s, min(s.role) AS role
    FROM fact_pg_run w JOIN pg_activity_sample s USING (run_id, target_id) GROUP BY w.run_id, w.target_id, s.application, s.at_us
), n AS (SELECT run_id, target_id, count(DISTINCT at_us) AS samples FROM pg_activity_sample GROUP BY run_id, target_id
), r AS (
    SELECT a.*, n.samples, n.samples - count(*) OVER app AS absent,
           row_number() OVER (PARTITION BY a.run_id, a.target_id, application ORDER BY active) AS by_active,
           row_number() OVER (PARTITION BY a.run_id, a.target_id, application ORDER BY idle_in_tx) AS by_idle_in_tx,
           row_number() OVER (PARTITION BY a.run_id, a.target_id, application ORDER BY in_use) AS by_in_use
    FROM a JOIN n USING (run_id, target_id) WINDOW app AS (PARTITION BY a.run_id, a.target_id, application))
SELECT target, application, max(role) AS role, max(samples) AS samples, max(connections) AS connections_max,
       1.0 * sum(connections) / max(samples) AS connections_mean, max(active) AS active_max, 1.0 * sum(active) / max(samples) AS active_mean,
       max(CASE WHEN by_active + absent <= (samples * 95 + 99) / 100 THEN active WHEN active IS NOT NULL THEN 0 END) AS active_p95,
       1.0 * sum(idle) / max(samples) AS idle_mean, max(idle_in_tx) AS idle_in_tx_max, 1.0 * sum(idle_in_tx) / max(samples) AS idle_in_tx_mean,
       max(CASE WHEN by_idle_in_tx + absent <= (samples * 95 + 99) / 100 THEN idle_in_tx WHEN idle_in_tx IS NOT NULL THEN 0 END) AS idle_in_tx_p95,
       max(in_use) AS in_use_max, 1.0 * sum(in_use) / max(samples) AS in_use_mean,
       max(CASE WHEN by_in_use + absent <= (samples * 95 + 99) / 100 THEN in_use WHEN in_use IS NOT NULL THEN 0 END) AS in_use_p95,
       max(waiting) AS waiting_lock_max, 1.0 * sum(waiting > 0) / max(samples) AS waiting_lock_frac,
       max(oldest_xact_ms) AS oldest_xact_ms, max(oldest_idle_in_tx_ms) AS oldest_idle_in_tx_ms, max(oldest_query_ms) AS oldest_query_ms,
       max(oldest_blocked_ms) AS oldest_blocked_ms, max(oldest_backend_s) AS oldest_backend_s, min(youngest_backend_s) AS youngest_backend_s
FROM r GROUP BY run_id, target_id, application HAVING max(connections) > 0;

-- Grain: target, application. How often and how long the sessions of an application_name hold a transaction, worked out from their ages at looks
-- (base/hold.h, docs/models/hold.md) and scaled to what the counters of the database say. A transaction is the least that a pool's checkout lasts:
-- a program that keeps the connection in between is seen in fact_event_use only. xact_hz: of all its sessions together; its share of the database's
-- rate is taken from how many sessions were met just after one (exact when only one application is there). hold_cv2: squared coefficient of variation. holds: a histogram of the window's xacts.
-- xacts: that the window had; met: at least these were met by looks. se_frac: relative standard error of hold_mean_ms and in_use_mean as
-- figures of the load, from the window's own length, and of the share. basis: counters; samples (before PostgreSQL 14, or counters that cannot be trusted: in_use_mean by looks alone).
CREATE TEMP VIEW fact_hold AS
WITH l AS (
    SELECT run_id, target_id, burst, sum(looks) AS looks, sum(gap_us) AS gap_us FROM (
        SELECT DISTINCT run_id, target_id, at_us, burst, looks, gap_us FROM pg_hold WHERE run_id IN (SELECT run_id FROM fact_window))
    GROUP BY run_id, target_id, burst
), n AS (SELECT run_id, target_id, sum(looks) AS looks, sum(CASE WHEN burst THEN looks ELSE 0 END) AS burst_looks FROM l GROUP BY run_id, target_id
), h AS (
    SELECT h.run_id, h.target_id, h.application, h.burst, sum(h.connections) AS connections, sum(h.in_use) AS in_use,
           sum(h.idle_in_transaction) AS idle_in_tx, sum(h.age_ms) AS age_ms, hist_merge(h.ages) AS ages, sum(h.ended_10ms) AS ended_10ms,
           sum(h.ended_20ms) AS ended_20ms, sum(h.started) AS started, count(DISTINCT coalesce(h.client, '')) AS clients, sum(h.opened) AS opened, sum(h.closed) AS closed,
           sum(h.renamed) AS renamed
    FROM pg_hold h WHERE h.run_id IN (SELECT run_id FROM fact_window) GROUP BY h.run_id, h.target_id, h.application, h.burst
), share AS ( -- ended per second at the moment of a look: the share of the last 10 ms, carried on from the last 20 to none
    SELECT run_id, target_id, application, max(sum(ended_10ms), 2.0 * sum(ended_10ms) - sum(ended_20ms) / 2.0) AS ended,
           max(sum(ended_10ms), 2.0 * sum(ended_10ms) - sum(ended_20ms) / 2.0) / nullif(sum(max(sum(ended_10ms), 2.0 * sum(ended_10ms) - sum(ended_20ms) / 2.0))
           OVER (PARTITION BY run_id, target_id), 0) AS frac
    FROM h GROUP BY run_id, target_id, application
), a AS (
    SELECT run_id, target_id, application, sum(connections) AS connections, sum(in_use) AS in_use, sum(idle_in_tx) AS idle_in_tx, sum(age_ms) AS age_ms,
           hist_merge(ages) AS ages, max(clients) AS clients, sum(opened) AS opened, sum(closed) AS closed, sum(renamed) AS renamed
    FROM h GROUP BY run_id, target_id, application
), total AS (
    SELECT run_id, target_id, (SELECT sum(in_use) FROM a x WHERE x.run_id = h.run_id AND x.target_id = h.target_id) AS in_use, sum(started) AS started
    FROM h GROUP BY run_id, target_id
), e AS ( -- counters that show fewer transactions than were met lag behind: the server adds up what touches no table when it likes
    SELECT w.target, a.*, n.looks, n.burst_looks, d.window_s,
           CASE WHEN total.started <= 20 + 1.2 * d.xact_hz * d.window_s THEN d.xact_hz * share.frac END AS xact_hz, share.ended, share.frac,
           CASE WHEN d.in_use_mean > 0 AND total.in_use >= 30 THEN d.in_use_mean * n.looks / total.in_use ELSE 1 END AS scale,
           CASE WHEN d.in_use_mean > 0 AND total.in_use >= 30 THEN 'counters' ELSE 'samples' END AS basis
    FROM fact_pg_run w JOIN a USING (run_id, target_id) JOIN n USING (run_id, target_id) JOIN total USING (run_id, target_id)
    LEFT JOIN share USING (run_id, target_id, application) LEFT JOIN fact_database d USING (target)
), m AS (
    SELECT e.*, in_use * scale / looks AS in_use_mean, CAST(round(xact_hz * window_s) AS INTEGER) AS xacts,
           1000 * in_use * scale / looks / nullif(xact_hz, 0) AS hold_mean_ms
    FROM e
), c AS (
    SELECT m.*, max(2 * (age_ms / nullif(in_use, 0)) / nullif(hold_mean_ms, 0) - 1, 0) AS hold_cv2,
           CASE WHEN in_use >= 30 THEN hold_hist(ages, looks / scale, xact_hz, xacts) END AS holds FROM m)
SELECT target, application, clients, looks, burst_looks, window_s, 1.0 * connections / looks AS connections_mean, xact_hz, in_use_mean,
       1.0 * idle_in_tx / nullif(in_use, 0) AS idle_in_tx_frac, hold_mean_ms, hold_cv2, hist_quantile_ms(holds, 0.5) AS hold_p50_ms,
       hist_quantile_ms(holds, 0.95) AS hold_p95_ms, hist_quantile_ms(holds, 0.99) AS hold_p99_ms, holds, xacts, in_use AS met,
       CASE WHEN xacts > 0 THEN sqrt((1 + hold_cv2) / xacts + CASE basis WHEN 'samples' THEN 1.0 / max(in_use, 1) ELSE 0 END
                                     + (1 - frac) * 2 / max(ended, 1)) END AS se_frac,
       basis, opened, closed, renamed
FROM c WHERE connections > 0 OR closed > 0;

-- Grain: target, application, client: the same sessions by the address that they come from; client is NULL over a local socket.
CREATE TEMP VIEW fact_hold_client AS
SELECT w.target, h.application, h.client, max(h.sessions) AS sessions_max, 1.0 * sum(h.connections) / n.looks AS connections_mean,
       1.0 * sum(h.in_use) / n.looks AS in_use_mean, 1.0 * sum(h.idle_in_transaction) / nullif(sum(h.in_use), 0) AS idle_in_tx_frac,
       sum(h.opened) AS opened, sum(h.closed) AS closed, sum(h.renamed) AS renamed
FROM fact_pg_run w JOIN pg_hold h USING (run_id, target_id)
JOIN (SELECT run_id, target_id, sum(looks) AS looks FROM (SELECT DISTINCT run_id, target_id, at_us, burst, looks FROM pg_hold) GROUP BY 1, 2) n USING (run_id, target_id)
GROUP BY w.target, h.application, h.client HAVING sum(h.connections) > 0;

-- Grain: target, application, blocker, relation: who waited for a lock of whom. blocker and application are application_names;
-- mode: of the lock that is asked for; waiting_max: sessions that waited for the relation at once; looks: how many looks (once a second while somebody waits) found it; times are the longest that were seen.
CREATE TEMP VIEW fact_blocking AS
SELECT w.target, b.application, b.blocker, b.relation, max(b.role) AS role, max(b.blocker_role) AS blocker_role,
       max(b.blocker_state) AS blocker_state, count(DISTINCT b.at_us) AS looks, max(b.wait_ms) AS wait_ms,
       max(b.blocker_xact_ms) AS blocker_xact_ms, max(CASE WHEN b.blocker_state LIKE 'idle%' THEN b.blocker_state_ms END) AS blocker_idle_ms,
       max(b.mode) AS mode, max(b.waiting) AS waiting_max
FROM fact_pg_run w JOIN pg_blocking b USING (run_id, target_id) GROUP BY w.target, b.application, b.blocker, b.relation;

-- Grain: target, queryid. A normalized statement of any role over the window (basis 'window'), or since pg_stat_statements was
-- reset when the capture was one round ('since_reset'). NULL counts: its entry was evicted or reset within the window.
-- share_frac: of the time of all statements. _per_call blocks are of 8 kB. max_ms is since the reset, always. source: a line that
-- sends it, when the sources were analysed.
CREATE TEMP VIEW fact_statement AS
WITH e AS MATERIALIZED (
    SELECT w.target, w.run_id, w.target_id, w.statements_were_reset AS bad, s.edge, s.queryid, min(s.at_us) AS at_us, count(*) AS roles, min(s.role) AS role,
           sum(s.calls) AS calls, sum(s.rows) AS rows, sum(s.total_ms) AS total_ms, max(s.max_ms) AS max_ms, min(s.min_ms) AS min_ms,
           sum(s.calls * (s.stddev_ms * s.stddev_ms + s.mean_ms * s.mean_ms)) AS squares, sum(s.plan_total_ms) AS plan_ms,
           sum(s.shared_hit) AS hit, sum(s.shared_read) AS read, sum(s.shared_dirtied) AS dirtied, sum(s.temp_written) AS temp,
           sum(s.wal_bytes) AS wal, sum(s.read_ms) AS read_ms
    FROM fact_pg_run w JOIN pg_statement s USING (run_id, target_id) GROUP BY w.run_id, w.target_id, s.edge, s.queryid
), span AS (
    SELECT x.run_id, x.target_id, max(x.at_us) AS end_us, min(CASE x.edge WHEN 'begin' THEN x.at_us END) AS begin_us,
           (SELECT max(stats_reset_us) FROM pg_statements_info i WHERE i.run_id = x.run_id AND i.target_id = x.target_id) AS reset_us
    FROM e x GROUP BY x.run_id, x.target_id
), d AS (
    SELECT b.target, b.run_id, b.target_id, b.queryid, b.role, b.roles, b.max_ms, b.min_ms,
           CASE WHEN begin_us IS NULL THEN 'since_reset' ELSE 'window' END AS basis, (end_us - coalesce(begin_us, reset_us)) / 1e6 AS window_s,
           b.bad OR b.calls < coalesce(a.calls, 0) AS bad, b.calls - coalesce(a.calls, 0) AS calls, b.rows - coalesce(a.rows, 0) AS rows,
           max(b.total_ms - coalesce(a.total_ms, 0), 0) AS total_ms, b.squares - coalesce(a.squares, 0) AS squares,
           b.plan_ms - coalesce(a.plan_ms, 0) AS plan_ms, b.hit - coalesce(a.hit, 0) AS hit, b.read - coalesce(a.read, 0) AS read,
           b.dirtied - coalesce(a.dirtied, 0) AS dirtied, b.temp - coalesce(a.temp, 0) AS temp, b.wal - coalesce(a.wal, 0) AS wal,
           b.read_ms - coalesce(a.read_ms, 0) AS read_ms
    FROM e b JOIN span USING (run_id, target_id)
    LEFT JOIN e a ON a.run_id = b.run_id AND a.target_id = b.target_id AND a.queryid = b.queryid AND a.edge = 'begin'
    WHERE b.edge = 'end'
), p AS (SELECT run_id, target_id, queryid, max(total_cost) AS total_cost, max(method) AS method, max(plan_hash) AS plan_hash, max(failure) AS failure
         FROM pg_plan WHERE run_id IN (SELECT run_id FROM fact_window) AND (params IS NULL OR params = 'generic') AND NOT is_actual
         GROUP BY run_id, target_id, queryid
), src AS MATERIALIZED (
    SELECT target_id, queryid, CASE WHEN max(candidates) > 4 THEN min(place) || ' and ' || (max(candidates) - 1) || ' more places'
                                    ELSE group_concat(place, ', ') END AS source, max(confidence) AS source_confidence, max(candidates) AS source_candidates
    FROM (SELECT target_id, queryid, coalesce(module, path) || ':' || line AS place, confidence, candidates FROM fact_statement_source ORDER BY path, line)
    GROUP BY target_id, queryid)
SELECT d.target, d.queryid, x.query, x.fingerprint, x.fingerprint_version, x.tables, x.kind, x.truncated, d.role, d.roles, d.basis, d.window_s,
       CASE WHEN NOT bad THEN calls END AS calls, CASE WHEN NOT bad AND d.window_s > 0 THEN calls / d.window_s END AS calls_hz,
       CASE WHEN NOT bad AND calls > 0 THEN d.total_ms / calls END AS mean_ms,
       CASE WHEN NOT bad AND calls > 0 THEN sqrt(max(squares / calls - d.total_ms / calls * d.total_ms / calls, 0)) END AS stddev_ms,
       CASE WHEN NOT bad THEN d.total_ms END AS total_ms,
       CASE WHEN NOT bad THEN d.total_ms / nullif(sum(CASE WHEN NOT bad THEN d.total_ms END) OVER (PARTITION BY d.run_id, d.target_id), 0) END AS share_frac,
       CASE WHEN NOT bad THEN rows END AS rows, CASE WHEN NOT bad AND calls > 0 THEN 1.0 * rows / calls END AS rows_per_call,
       CASE WHEN NOT bad AND calls > 0 THEN 1.0 * hit / calls END AS shared_hit_per_call,
       CASE WHEN NOT bad AND calls > 0 THEN 1.0 * read / calls END AS shared_read_per_call,
       CASE WHEN NOT bad AND hit + read > 0 THEN 1.0 * hit / (hit + read) END AS hit_frac,
       CASE WHEN NOT bad AND calls > 0 THEN 8192.0 * temp / calls END AS temp_bytes_per_call,
       CASE WHEN NOT bad AND calls > 0 THEN 1.0 * wal / calls END AS wal_bytes_per_call,
       CASE WHEN NOT bad AND calls > 0 THEN d.plan_ms / calls END AS plan_mean_ms,
       CASE WHEN NOT bad AND calls > 0 THEN d.read_ms / calls END AS read_mean_ms,
       d.max_ms, d.min_ms, p.total_cost AS plan_cost, p.plan_hash, p.method AS plan_method, p.failure AS plan_failure, src.source,
       src.source_confidence, src.source_candidates
FROM d LEFT JOIN pg_statement_text x ON x.target_id = d.target_id AND x.queryid = d.queryid
LEFT JOIN p ON p.run_id = d.run_id AND p.target_id = d.target_id AND p.queryid = d.queryid
LEFT JOIN src ON src.target_id = d.target_id AND src.queryid = d.queryid
WHERE d.calls <> 0;

-- Grain: target. pg_stat_statements itself. evicted: entries thrown out within the window because it was full.
CREATE TEMP VIEW fact_statements_info AS
SELECT w.target, e.entries, e.max_entries, 1.0 * e.entries / e.max_entries AS used_frac, (e.at_us - e.stats_reset_us) / 1e6 AS age_s,
       CASE WHEN NOT w.statements_were_reset THEN e.dealloc - b.dealloc END AS evicted, e.dealloc AS evicted_since_reset
FROM fact_pg_run w JOIN pg_statements_info e ON e.run_id = w.run_id AND e.target_id = w.target_id AND e.edge = 'end'
LEFT JOIN pg_statements_info b ON b.run_id = w.run_id AND b.target_id = w.target_id AND b.edge = 'begin';

-- Grain: target, table. State at the end of the capture, rates over it (since counters began when it was one round).
-- rows is the planner's estimate; NULL when the table was never analysed. bytes are NULL while another session locked the table.
-- statistics: JSON, the columns of extended statistics. vacuum_scale and vacuum_threshold: of the table itself, NULL when the server's count.
-- stats_age_s: since ANALYZE; counters_age_s: how long the cumulative counters (seq_scan, idx_scan, tup_*) have been counting, at least.
CREATE TEMP VIEW fact_table AS
WITH d AS (
    SELECT w.target, w.was_reset AS bad, b.run_id IS NOT NULL AS windowed, v.counters_age_s,
           CASE WHEN b.run_id IS NULL THEN v.counters_age_s ELSE (e.at_us - b.at_us) / 1e6 END AS seconds, e.*,
           e.seq_scan - coalesce(b.seq_scan, 0) AS seq_d, e.seq_tup_read - coalesce(b.seq_tup_read, 0) AS seq_rows_d,
           e.idx_scan - coalesce(b.idx_scan, 0) AS idx_d, e.tup_ins - coalesce(b.tup_ins, 0) AS ins_d, e.tup_upd - coalesce(b.tup_upd, 0) AS upd_d,
           e.tup_del - coalesce(b.tup_del, 0) AS del_d, e.tup_hot_upd - coalesce(b.tup_hot_upd, 0) AS hot_d,
           e.heap_hit - coalesce(b.heap_hit, 0) AS hit_d, e.heap_read - coalesce(b.heap_read, 0) AS read_d
    FROM fact_pg_run w JOIN pg_table e USING (run_id, target_id) LEFT JOIN fact_server v USING (target)
    LEFT JOIN pg_table_counter b ON b.run_id = e.run_id AND b.target_id = e.target_id AND b.oid = e.oid)
SELECT target, oid, schema, name, kind, persistence, rows, pages, columns, heap_bytes, total_bytes, indexes_bytes, toast_bytes,
       (SELECT count(*) FROM pg_index i WHERE i.run_id = d.run_id AND i.target_id = d.target_id AND i.table_oid = d.oid) AS indexes,
       live_rows, dead_rows, CASE WHEN live_rows + dead_rows > 0 THEN 1.0 * dead_rows / (live_rows + dead_rows) END AS dead_frac,
       mods_since_analyze, seq_scan, seq_tup_read, idx_scan, tup_ins, tup_upd, tup_del,
       CASE WHEN seq_scan + idx_scan > 0 THEN 1.0 * idx_scan / (seq_scan + idx_scan) END AS index_use_frac,
       CASE WHEN NOT bad AND seconds > 0 THEN seq_d / seconds END AS seq_scan_hz,
       CASE WHEN NOT bad AND seq_d > 0 THEN 1.0 * seq_rows_d / seq_d END AS rows_per_seq_scan,
       CASE WHEN NOT bad AND seconds > 0 THEN idx_d / seconds END AS idx_scan_hz,
       CASE WHEN NOT bad AND seconds > 0 THEN ins_d / seconds END AS tup_ins_hz,
       CASE WHEN NOT bad AND seconds > 0 THEN upd_d / seconds END AS tup_upd_hz,
       CASE WHEN NOT bad AND seconds > 0 THEN del_d / seconds END AS tup_del_hz,
       CASE WHEN tup_upd > 0 THEN 1.0 * tup_hot_upd / tup_upd END AS hot_frac,
       CASE WHEN NOT bad AND hit_d + read_d > 0 THEN 1.0 * hit_d / (hit_d + read_d) END AS hit_frac,
       (at_us - last_analyze_us) / 1e6 AS stats_age_s, (at_us - last_vacuum_us) / 1e6 AS vacuum_age_s, counters_age_s,
       frozen_xid_age, mxid_age, has_pk, reloptions, used_by_view, is_partition, statistics,
       (SELECT CAST(substr(j.value, 32) AS REAL) FROM json_each(reloptions) j WHERE j.value LIKE 'autovacuum_vacuum_scale_factor=%') AS vacuum_scale,
       (SELECT CAST(substr(j.value, 29) AS REAL) FROM json_each(reloptions) j WHERE j.value LIKE 'autovacuum_vacuum_threshold=%') AS vacuum_threshold
FROM d;

-- Grain: target, index. While another session locks the table, definition and bytes are NULL and a predicate or expression is
-- 'unknown' (and not NULL). scans is cumulative over counters_age_s (at least), scans_hz over the capture. key_columns: JSON array, null is
-- an expression. is_partitioned: the index of a partitioned table, which holds nothing and whose validity means something else.
CREATE TEMP VIEW fact_index AS
SELECT w.target, i.oid, i.table_oid, i.schema, i."table", i.name, i.method, i.definition, i.key_columns, i.include_columns, i.predicate,
       i.expressions, i.opclasses, i.collations, i.options, i.is_unique, i.is_primary, i.is_exclusion, i.is_constraint, i.is_replica_identity,
       i.is_valid, i.is_ready, i.building, i.is_partition, i.is_partitioned, i.bytes, i.idx_scan AS scans, i.idx_tup_read, i.idx_tup_fetch,
       CASE WHEN NOT w.was_reset AND b.oid IS NOT NULL AND i.at_us > b.at_us THEN (i.idx_scan - b.idx_scan) / ((i.at_us - b.at_us) / 1e6)
            WHEN NOT w.was_reset AND b.oid IS NULL THEN i.idx_scan / v.counters_age_s END AS scans_hz,
       CASE WHEN i.idx_scan > 0 THEN 1.0 * i.idx_tup_read / i.idx_scan END AS rows_per_scan,
       CASE WHEN i.blks_hit + i.blks_read > 0 THEN 1.0 * i.blks_hit / (i.blks_hit + i.blks_read) END AS hit_frac,
       v.counters_age_s, t.rows AS table_rows, t.heap_bytes AS table_bytes, t.tup_ins + t.tup_upd + t.tup_del AS table_writes,
       i.rows AS entries, i.reloptions, (i.at_us - i.last_scan_us) / 1e6 AS last_scan_age_s, i.blks_hit, i.blks_read
FROM fact_pg_run w JOIN pg_index i USING (run_id, target_id) LEFT JOIN fact_server v USING (target)
LEFT JOIN pg_index_counter b ON b.run_id = i.run_id AND b.target_id = i.target_id AND b.oid = i.oid
LEFT JOIN pg_table t ON t.run_id = i.run_id AND t.target_id = i.target_id AND t.oid = i.table_oid;

-- Grain: target, table, column. Statistics are NULL where the role cannot read the table or it was never analysed.
-- n_distinct as in pg_stats: below 0 it is minus the share of the rows. mcv_freqs: JSON, the 20 greatest frequencies, no values.
CREATE TEMP VIEW fact_column AS
SELECT w.target, c.table_oid, t.schema, t.name AS "table", c.attnum, c.name, c.type, c.not_null, c.avg_width, c.n_distinct,
       CASE WHEN c.n_distinct < 0 THEN -c.n_distinct * t.rows ELSE c.n_distinct END AS distinct_values,
       c.null_frac, c.correlation, c.mcv_freqs, c.mcv_count, c.mcv_frac, c.has_default, c.range_frac
FROM fact_pg_run w JOIN pg_column c USING (run_id, target_id)
LEFT JOIN pg_table t ON t.run_id = c.run_id AND t.target_id = c.target_id AND t.oid = c.table_oid;

-- Grain: target, foreign key. supported: a valid index begins with its columns, so that changes of the other table need no scan.
CREATE TEMP VIEW fact_foreign_key AS
SELECT w.target, f.name, f.table_oid, f.schema, f."table", f.columns, f.ref_table_oid, f.ref_table, f.ref_columns, f.on_delete, f.validated,
       f.supported, f.column_types, f.ref_column_types, t.rows AS table_rows, t.total_bytes AS table_bytes, r.tup_upd AS ref_updates, r.tup_del AS ref_deletes
FROM fact_pg_run w JOIN pg_foreign_key f USING (run_id, target_id)
LEFT JOIN pg_table t ON t.run_id = f.run_id AND t.target_id = f.target_id AND t.oid = f.table_oid
LEFT JOIN pg_table r ON r.run_id = f.run_id AND r.target_id = f.target_id AND r.oid = f.ref_table_oid;

-- Grain: target, foreign key, column of it: its type and that of the column it refers to.
CREATE TEMP VIEW fact_foreign_key_column AS
SELECT w.target, f.schema, f."table", f.name, f.columns, f.ref_table, c.key AS position, c.value AS type, r.value AS ref_type
FROM fact_pg_run w JOIN pg_foreign_key f USING (run_id, target_id), json_each(f.column_types) c, json_each(f.ref_column_types) r WHERE c.key = r.key;

-- Grain: target, sequence. used_frac: of what the sequence or the column that it feeds can hold, whichever is less.
CREATE TEMP VIEW fact_sequence AS
SELECT w.target, s.schema, s.name, s.last_value, s.max_value, s.owner_table, s.owner_column, s.column_type, s.used_frac
FROM fact_pg_run w JOIN pg_sequence s USING (run_id, target_id);

-- Grain: target, database. xmin_holder: what keeps old rows from being removed, and for how long already (the captured database only).
CREATE TEMP VIEW fact_wraparound AS
SELECT w.target, x.database, x.database = v.database AS is_captured, x.xid_age, x.mxid_age, x.xid_age / 2147483647.0 AS xid_frac,
       x.mxid_age / 2147483647.0 AS mxid_frac, x.xmin_holder, x.xmin_age, x.oldest_holder_s
FROM fact_pg_run w JOIN pg_wraparound x USING (run_id, target_id) LEFT JOIN fact_server v USING (target);

-- Grain: target, replication slot.
CREATE TEMP VIEW fact_slot AS
SELECT w.target, s.name, s.kind, s.active, s.retained_bytes, s.wal_status, s.inactive_s FROM fact_pg_run w JOIN pg_slot s USING (run_id, target_id);

-- Grain: target. Checkpoints since the counters were reset, and within the window. since_*: since max_wal_size has its value: since an
-- earlier capture of the last fifteen days when it was changed meanwhile (max_wal_changed), NULL without one; else since the reset.
CREATE TEMP VIEW fact_checkpoint AS
WITH o AS (
    SELECT w.target, w.run_id AS now_run, c.*, c.run_id AS old_run, s.value IS (SELECT n.value FROM pg_setting n WHERE n.run_id = w.run_id AND n.target_id = w.target_id AND n.name = 'max_wal_size') AS same
    FROM fact_pg_run w JOIN pg_checkpoint c ON c.target_id = w.target_id AND c.run_id < w.run_id AND c.edge = 'end'
    JOIN pg_setting s ON s.run_id = c.run_id AND s.target_id = c.target_id AND s.name = 'max_wal_size'
), g AS (SELECT target, max(NOT same) AS changed, max(CASE WHEN NOT same THEN at_us END) AS other_us FROM o GROUP BY target
), f AS (SELECT o.target, o.timed, o.requested, o.stats_reset_us, min(o.at_us) AS at_us FROM o JOIN g USING (target) WHERE o.same AND o.at_us > coalesce(g.other_us, 0) GROUP BY o.target)
SELECT w.target, e.timed, e.requested, CASE WHEN e.timed + e.requested > 0 THEN 1.0 * e.requested / (e.timed + e.requested) END AS requested_frac,
       e.timed - b.timed AS window_timed, e.requested - b.requested AS window_requested, e.write_ms, e.sync_ms,
       e.buffers_checkpoint, e.buffers_clean, e.maxwritten_clean, e.buffers_backend, (e.at_us - e.stats_reset_us) / 1e6 AS counters_age_s,
       coalesce(g.changed, 0) AS max_wal_changed,
       CASE WHEN NOT coalesce(g.changed, 0) THEN e.timed WHEN f.stats_reset_us IS e.stats_reset_us THEN e.timed - f.timed END AS since_timed,
       CASE WHEN NOT coalesce(g.changed, 0) THEN e.requested WHEN f.stats_reset_us IS e.stats_reset_us THEN e.requested - f.requested END AS since_requested,
       CASE WHEN NOT coalesce(g.changed, 0) THEN (e.at_us - e.stats_reset_us) / 1e6 WHEN f.stats_reset_us IS e.stats_reset_us THEN (e.at_us - f.at_us) / 1e6 END AS since_s
FROM fact_pg_run w JOIN pg_checkpoint e ON e.run_id = w.run_id AND e.target_id = w.target_id AND e.edge = 'end'
LEFT JOIN pg_checkpoint b ON b.run_id = w.run_id AND b.target_id = w.target_id AND b.edge = 'begin' AND b.stats_reset_us IS e.stats_reset_us
LEFT JOIN g ON g.target = w.target LEFT JOIN f ON f.target = w.target;

-- Grain: target. CPUs of this host that the server's processes kept busy, on average; cpu_frac: the same as a share of all its CPUs.
CREATE TEMP VIEW fact_server_cpu AS
WITH c AS (SELECT run_id, target_id, max(cpu_us) - min(cpu_us) AS cpu_us, max(at_us) - min(at_us) AS us, count(*) AS n FROM pg_cpu GROUP BY run_id, target_id)
SELECT w.target, 1.0 * c.cpu_us / c.us AS cores, 1.0 * c.cpu_us / c.us / nullif((SELECT max(h.cpus) FROM host_sample h WHERE h.run_id = w.run_id), 0) AS cpu_frac, c.us / 1e6 AS window_s
FROM fact_pg_run w JOIN c USING (run_id, target_id) WHERE c.us >= 4000000;

-- Grain: target, relation, application: who waited for an exclusive lock on a relation, as DDL does, and how many sessions at once.
CREATE TEMP VIEW fact_ddl_queue AS
SELECT w.target, b.relation, b.application, max(b.blocker) AS blocker, max(b.blocker_state) AS blocker_state, max(b.wait_ms) AS wait_ms,
       max(b.waiting) AS waiting_max, max(b.blocker_xact_ms) AS blocker_xact_ms, count(DISTINCT b.at_us) AS looks
FROM fact_pg_run w JOIN pg_blocking b USING (run_id, target_id) WHERE b.mode = 'AccessExclusiveLock' AND b.relation IS NOT NULL
GROUP BY w.target, b.relation, b.application;

-- Grain: target, index, over all captured servers of one cluster (their system identifier and database): scans and blocks count on each
-- server by itself. counters_age_s: of the youngest counters; last_scan_age_s: of the newest scan anywhere, NULL where any server does not
-- tell (before 16) or never scanned it; nodes: how many servers that is; nodes_missing: standbys that stream and are no targets.
-- supports_foreign_key: its first columns are those of a foreign key.
CREATE TEMP VIEW fact_index_use AS
WITH n AS MATERIALIZED (
    SELECT w.target, w.run_id, w.target_id, s.system_identifier, s.database_oid, (s.at_us - coalesce(s.stats_reset_us, s.started_us)) / 1e6 AS age_s
    FROM fact_pg_run w JOIN pg_server s USING (run_id, target_id)
), p AS MATERIALIZED (
    SELECT a.target, b.run_id, b.target_id, b.age_s FROM n a JOIN n b ON b.target = a.target OR (b.system_identifier = a.system_identifier AND b.database_oid = a.database_oid)
), k AS MATERIALIZED (
    SELECT DISTINCT n.target, i.oid FROM n JOIN pg_foreign_key f USING (run_id, target_id) JOIN pg_index i ON i.run_id = f.run_id AND i.target_id = f.target_id AND i.table_oid = f.table_oid
    WHERE json(i.key_columns) = json(f.columns) OR substr(json(i.key_columns), 1, length(json(f.columns))) = substr(json(f.columns), 1, length(json(f.columns)) - 1) || ','
), o AS MATERIALIZED (
    SELECT p.target, i.oid, sum(i.idx_scan) AS scans, min(p.age_s) AS counters_age_s,
           CASE WHEN count(*) = count(i.last_scan_us) THEN min(i.at_us - i.last_scan_us) / 1e6 END AS last_scan_age_s, count(*) AS nodes
    FROM p JOIN pg_index i USING (run_id, target_id) GROUP BY p.target, i.oid)
SELECT o.target, o.oid, o.scans, o.counters_age_s, o.last_scan_age_s, o.nodes, coalesce(t.missing, 0) AS nodes_missing, k.oid IS NOT NULL AS supports_foreign_key
FROM o LEFT JOIN k ON k.target = o.target AND k.oid = o.oid
LEFT JOIN (SELECT target, max(standbys - captured, 0) AS missing FROM fact_topology) t ON t.target = o.target;

-- Grain: target, B-tree whose columns all have statistics: what the size model needs to tell how large a new one would be. fill: of its pages,
-- against the usual 90 %.
CREATE TEMP VIEW fact_index_need AS
WITH k AS (
    SELECT w.target, i.run_id, i.target_id, i.oid, i.schema, i.name, i."table", i.bytes, i.rows AS entries, i.is_unique, i.include_columns, i.reloptions, t.rows AS table_rows,
           c.avg_width * (1 - coalesce(c.null_frac, 0)) AS width, CASE WHEN c.n_distinct < 0 THEN -c.n_distinct * t.rows ELSE c.n_distinct END AS distinct_values,
           c.type LIKE 'numeric%' OR c.type IN ('real', 'double precision', 'jsonb', 'interval') OR c.type LIKE 'character(%' OR c.type LIKE '%[]' OR c.type LIKE '%range' AS plain
    FROM fact_pg_run w JOIN pg_index i USING (run_id, target_id) JOIN pg_table t ON t.run_id = i.run_id AND t.target_id = i.target_id AND t.oid = i.table_oid,
         json_each(json(CASE WHEN coalesce(i.include_columns, '[]') = '[]' THEN i.key_columns ELSE rtrim(i.key_columns, ']') || ',' || ltrim(i.include_columns, '[') END)) j
         LEFT JOIN pg_column c ON c.run_id = i.run_id AND c.target_id = i.target_id AND c.table_oid = i.table_oid AND c.name = j.value
    WHERE i.method = 'btree' AND i.is_valid = 1 AND i.bytes > 0 AND i.rows > 0 AND i.expressions IS NULL AND i.predicate IS NOT 'unknown')
SELECT target, oid, schema, name, "table", bytes, entries,
       CASE WHEN is_unique OR max(plain) OR coalesce(include_columns, '[]') <> '[]' THEN entries ELSE min(entries, exp(sum(ln(max(distinct_values, 1))))) END AS distinct_keys,
       sum(CASE WHEN width > 4 THEN 8 * CAST((width + 7) / 8 AS INTEGER) ELSE width END) AS key_width,
       coalesce((SELECT CAST(substr(j.value, 12) AS REAL) / 90 FROM json_each(reloptions) j WHERE j.value LIKE 'fillfactor=%'), 1) AS fill
FROM k GROUP BY run_id, target_id, oid HAVING count(*) = count(width) AND count(*) = count(distinct_values);

-- Grain: target. Locks and workers, sampled every five seconds. NULL where the role may not see them. locks_frac: of what the table of
-- locks was made for, the most that was seen; full_frac: the share of samples in which all autovacuum workers were busy.
CREATE TEMP VIEW fact_pulse AS
SELECT w.target, count(*) AS samples, (max(p.at_us) - min(p.at_us)) / 1e6 AS window_s, max(p.locks) AS locks_max, max(p.lock_slots) AS lock_slots,
       1.0 * max(p.locks) / max(p.lock_slots) AS locks_frac, sum(p.active) AS active_seen, sum(p.subtrans_waits) AS subtrans_waits,
       1.0 * sum(p.subtrans_waits) / nullif(sum(p.active), 0) AS subtrans_frac, max(p.autovacuum_workers) AS workers_max,
       avg(p.autovacuum_workers) AS workers_mean, max(p.autovacuum_max) AS workers_allowed,
       avg(p.autovacuum_workers >= p.autovacuum_max) AS full_frac
FROM fact_pg_run w JOIN pg_pulse p USING (run_id, target_id) GROUP BY w.target;

-- Grain: target, table. A vacuum that was seen at work; index_passes: how often it had gone through the indexes, more than one when
-- the list of dead rows did not fit its memory.
CREATE TEMP VIEW fact_vacuum AS
SELECT w.target, json_extract(j.value, '$.schema') AS schema, json_extract(j.value, '$.table') AS "table", count(*) AS looks,
       max(json_extract(j.value, '$.index_passes')) AS index_passes, max(json_extract(j.value, '$.phase')) AS phase
FROM fact_pg_run w JOIN pg_pulse p USING (run_id, target_id), json_each(p.vacuums) j WHERE p.vacuums IS NOT NULL GROUP BY 1, 2, 3;

-- Grain: target. Archiving of WAL. failed: within the window, NULL after a reset or for one round; failing: the last try failed.
CREATE TEMP VIEW fact_archiver AS
SELECT w.target, e.mode, e.archived AS archived_total, e.failed AS failed_total, e.archived - b.archived AS archived, e.failed - b.failed AS failed,
       e.last_failed_us IS NOT NULL AND e.last_failed_us > coalesce(e.last_archived_us, 0) AS failing,
       (e.at_us - e.last_archived_us) / 1e6 AS archived_age_s, (e.at_us - e.last_failed_us) / 1e6 AS failed_age_s
FROM fact_pg_run w JOIN pg_archiver e ON e.run_id = w.run_id AND e.target_id = w.target_id AND e.edge = 'end'
LEFT JOIN pg_archiver b ON b.run_id = w.run_id AND b.target_id = w.target_id AND b.edge = 'begin' AND b.stats_reset_us IS e.stats_reset_us;

-- Grain: target, cache of transaction numbers (subtransaction, multixact_offset, multixact_member). Rates over the window, NULL for one round.
CREATE TEMP VIEW fact_slru AS
SELECT w.target, e.name, CASE WHEN e.at_us > b.at_us THEN (e.hits - b.hits) * 1e6 / (e.at_us - b.at_us) END AS hits_hz,
       CASE WHEN e.at_us > b.at_us THEN (e.reads - b.reads) * 1e6 / (e.at_us - b.at_us) END AS reads_hz, e.reads - b.reads AS reads
FROM fact_pg_run w JOIN pg_slru e ON e.run_id = w.run_id AND e.target_id = w.target_id AND e.edge = 'end'
LEFT JOIN pg_slru b ON b.run_id = w.run_id AND b.target_id = w.target_id AND b.edge = 'begin' AND b.name = e.name AND b.stats_reset_us IS e.stats_reset_us;

-- Grain: target, standby (application_name and slot). Lags are the least of the two looks at the ends of the window: what lasted.
CREATE TEMP VIEW fact_replica AS
SELECT w.target, r.application, r.slot, max(r.state) AS state, max(r.sync_state) AS sync_state, count(DISTINCT r.edge) AS looks,
       min(r.replay_lag_bytes) AS replay_lag_bytes, min(coalesce(r.replay_lag_ms, 0)) AS replay_lag_ms, min(r.sent_lag_bytes) AS sent_lag_bytes,
       max(r.xmin_age) AS xmin_age
FROM fact_pg_run w JOIN pg_replica r USING (run_id, target_id)
WHERE EXISTS (SELECT 1 FROM pg_replica e WHERE e.run_id = r.run_id AND e.target_id = r.target_id AND e.edge = 'end' AND e.application IS r.application AND e.slot IS r.slot)
GROUP BY w.target, r.application, r.slot;

-- Grain: target, a standby. Its own view of how far behind it is (the least of two looks), and queries that replay cancelled in the window.
CREATE TEMP VIEW fact_recovery AS
SELECT w.target, e.receiver, min(e.replay_lag_bytes, coalesce(b.replay_lag_bytes, e.replay_lag_bytes)) AS replay_lag_bytes,
       min(e.replay_age_s, coalesce(b.replay_age_s, e.replay_age_s)) AS replay_age_s,
       e.conflicts_tablespace - b.conflicts_tablespace AS conflicts_tablespace, e.conflicts_lock - b.conflicts_lock AS conflicts_lock,
       e.conflicts_snapshot - b.conflicts_snapshot AS conflicts_snapshot, e.conflicts_bufferpin - b.conflicts_bufferpin AS conflicts_bufferpin,
       e.conflicts_deadlock - b.conflicts_deadlock AS conflicts_deadlock, (e.at_us - b.at_us) / 1e6 AS window_s, w.was_reset
FROM fact_pg_run w JOIN pg_recovery e ON e.run_id = w.run_id AND e.target_id = w.target_id AND e.edge = 'end'
LEFT JOIN pg_recovery b ON b.run_id = w.run_id AND b.target_id = w.target_id AND b.edge = 'begin';

-- Grain: target that is a primary. standbys: that stream from it, subscribers of logical replication apart; expected: as perfadvise.yaml says (replicas: N), NULL when it does not;
-- seen_before: the most that an earlier capture of the last week saw; captured: standbys among the targets, by the system identifier.
CREATE TEMP VIEW fact_topology AS
WITH s AS (SELECT target_id, run_id, count(DISTINCT coalesce(application, '') || '/' || coalesce(slot, '')) AS n, min(at_us) AS at_us FROM pg_replica r WHERE edge = 'end'
    AND NOT EXISTS (SELECT 1 FROM pg_slot l WHERE l.run_id = r.run_id AND l.target_id = r.target_id AND l.name = r.slot AND l.kind = 'logical') GROUP BY 1, 2)
SELECT w.target, coalesce(n.n, 0) AS standbys, x.replicas AS expected,
       (SELECT max(o.n) FROM s o JOIN pg_server p ON p.run_id = o.run_id AND p.target_id = o.target_id
        WHERE o.target_id = w.target_id AND o.run_id < w.run_id AND p.at_us >= v.at_us - 604800000000 AND p.system_identifier IS v.system_identifier) AS seen_before,
       (SELECT count(*) FROM fact_server r WHERE r.in_recovery = 1 AND r.system_identifier = v.system_identifier) AS captured,
       nullif(f.value, '') AS synchronous_standby_names
FROM fact_pg_run w JOIN pg_server v USING (run_id, target_id) LEFT JOIN s n USING (run_id, target_id) LEFT JOIN pg_expected x USING (run_id, target_id)
LEFT JOIN pg_setting f ON f.run_id = w.run_id AND f.target_id = w.target_id AND f.name = 'synchronous_standby_names'
WHERE v.in_recovery = 0;

-- Grain: target, prepared transaction.
CREATE TEMP VIEW fact_prepared_xact AS
SELECT w.target, p.gid, p.role, p.database, p.age_s, p.xid_age FROM fact_pg_run w JOIN pg_prepared_xact p USING (run_id, target_id);

-- Grain: target, line of a configuration file that the server does not take.
CREATE TEMP VIEW fact_file_setting AS
SELECT DISTINCT w.target, p.name, p.file AS in_file, p.line AS in_line, p.error FROM fact_pg_run w JOIN pg_file_setting p USING (run_id, target_id);

-- Grain: target. The file system of the data directory, when it is on this host. days_left: until it is full, at the pace since the
-- capture before; NULL without one that is a day old.
CREATE TEMP VIEW fact_disk AS
SELECT w.target, d.total_bytes, d.free_bytes, 1 - 1.0 * d.free_bytes / d.total_bytes AS used_frac, (o.free_bytes - d.free_bytes) * 86400e6 / (d.at_us - o.at_us) AS bytes_per_day,
       CASE WHEN o.free_bytes > d.free_bytes THEN d.free_bytes * 1.0 * (d.at_us - o.at_us) / 86400e6 / (o.free_bytes - d.free_bytes) END AS days_left
FROM fact_pg_run w JOIN pg_disk d USING (run_id, target_id) LEFT JOIN fact_then n USING (run_id, target_id)
LEFT JOIN pg_disk o ON o.run_id = n.then_run AND o.target_id = w.target_id AND o.total_bytes = d.total_bytes;

-- Grain: target, constraint that was never checked for the rows before it.
CREATE TEMP VIEW fact_not_valid AS
SELECT w.target, p.schema, p."table", p.name, p.kind, t.rows AS table_rows FROM fact_pg_run w JOIN pg_not_valid p USING (run_id, target_id)
LEFT JOIN pg_table t ON t.run_id = w.run_id AND t.target_id = w.target_id AND t.schema = p.schema AND t.name = p."table";

-- Grain: target, policy. calls: JSON array of functions that it calls again for each row; rows of the table.
CREATE TEMP VIEW fact_policy AS
SELECT w.target, p.schema, p."table", p.name, p.command, p.permissive, p.enabled, p.roles, p.calls, t.rows AS table_rows
FROM fact_pg_run w JOIN pg_policy p USING (run_id, target_id)
LEFT JOIN pg_table t ON t.run_id = w.run_id AND t.target_id = w.target_id AND t.schema = p.schema AND t.name = p."table";

-- Grain: target, two permissive policies that are tested for the same command and role, one row for each of the two.
CREATE TEMP VIEW fact_policy_pair AS
SELECT DISTINCT a.target, a.schema, a."table", a.name, b.name AS other, b.command, a.table_rows
FROM fact_policy a JOIN fact_policy b ON b.target = a.target AND b.schema = a.schema AND b."table" = a."table" AND b.permissive = 1 AND b.name <> a.name
     AND (b.command = a.command OR b.command = 'all' OR a.command = 'all'), json_each(a.roles) x, json_each(b.roles) y
WHERE a.permissive = 1 AND a.enabled = 1 AND (x.value = y.value OR x.value = 'public' OR y.value = 'public');

-- Grain: target, kind, name: columns that pg_upgrade refuses, extensions older than what is installed, collations of another version.
CREATE TEMP VIEW fact_upgrade_issue AS
SELECT w.target, p.kind, p.name, p.detail FROM fact_pg_run w JOIN pg_upgrade_issue p USING (run_id, target_id);

-- Grain: target, relation: the twenty that are read most, and how much of each the buffer cache held. Only within a day of a start.
CREATE TEMP VIEW fact_buffered AS
SELECT w.target, p.schema, p.name, p.kind, p.bytes, p.cached_bytes, p.blocks_asked, 1.0 * p.cached_bytes / nullif(p.bytes, 0) AS cached_frac,
       1.0 * p.blocks_asked / nullif(sum(p.blocks_asked) OVER (PARTITION BY w.target), 0) AS asked_frac
FROM fact_pg_run w JOIN pg_buffered p USING (run_id, target_id);

-- Grain: target. An earlier capture to compare with: the oldest of the last fifteen days that is at least a day old.
CREATE TEMP VIEW fact_then AS
SELECT w.target, w.run_id, w.target_id, o.run_id AS then_run, min(o.at_us) AS then_us, (s.at_us - o.at_us) / 86400e6 AS days
FROM fact_pg_run w JOIN pg_server s USING (run_id, target_id)
JOIN pg_server o ON o.target_id = s.target_id AND o.run_id < s.run_id AND o.at_us BETWEEN s.at_us - 1296000000000 AND s.at_us - 86400000000
     AND o.system_identifier IS s.system_identifier AND o.database_oid IS s.database_oid
GROUP BY w.run_id, w.target_id;

-- Grain: target. The capture before this one, of any age.
CREATE TEMP VIEW fact_before AS
SELECT w.target, w.run_id, w.target_id, max(o.run_id) AS before_run, o.at_us AS before_us
FROM fact_pg_run w JOIN pg_server s USING (run_id, target_id)
JOIN pg_server o ON o.target_id = s.target_id AND o.run_id < s.run_id AND o.system_identifier IS s.system_identifier AND o.database_oid IS s.database_oid
GROUP BY w.run_id, w.target_id;

-- Grain: target, setting (of a role or database, where role or database is not NULL) that differs from the capture before. NULL: not set.
CREATE TEMP VIEW fact_setting_change AS
SELECT b.target, n.name, NULL AS role, NULL AS database, o.value AS value_before, n.value AS value, n.source, n.context, b.before_us
FROM fact_before b JOIN pg_setting n USING (run_id, target_id) JOIN pg_setting o ON o.run_id = b.before_run AND o.target_id = b.target_id AND o.name = n.name
WHERE n.value IS NOT o.value AND n.value IS NOT NULL AND o.value IS NOT NULL
UNION ALL
SELECT b.target, n.name, n.role, n.database, o.value, n.value, NULL, NULL, b.before_us
FROM fact_before b JOIN pg_role_setting n USING (run_id, target_id)
LEFT JOIN pg_role_setting o ON o.run_id = b.before_run AND o.target_id = b.target_id AND o.name = n.name AND o.role IS n.role AND o.database IS n.database
WHERE n.value IS NOT o.value
UNION ALL
SELECT b.target, o.name, o.role, o.database, o.value, NULL, NULL, NULL, b.before_us
FROM fact_before b JOIN pg_role_setting o ON o.run_id = b.before_run AND o.target_id = b.target_id
WHERE NOT EXISTS (SELECT 1 FROM pg_role_setting n WHERE n.run_id = b.run_id AND n.target_id = b.target_id AND n.name = o.name AND n.role IS o.role
                  AND n.database IS o.database);

-- Bytes of rows by the statistics of their columns, on pages filled as the table asks: what a rewritten table would take.
CREATE TEMP VIEW fact_table_need AS
SELECT t.run_id, t.target_id, t.oid, t.rows, t.heap_bytes, t.toast_bytes,
       8192.0 * (1 + CAST(t.rows * (28 + (CAST(sum(c.avg_width * (1 - coalesce(c.null_frac, 0))) + 7 AS INTEGER) / 8) * 8)
                          / (8168 * coalesce((SELECT CAST(substr(j.value, 12) AS REAL) / 100 FROM json_each(t.reloptions) j WHERE j.value LIKE 'fillfactor=%'), 1)) AS INTEGER)) AS need_bytes
FROM pg_table t JOIN pg_column c ON c.run_id = t.run_id AND c.target_id = t.target_id AND c.table_oid = t.oid
WHERE t.kind IN ('r', 'm') AND t.rows > 0 AND t.heap_bytes > 0
GROUP BY t.run_id, t.target_id, t.oid HAVING count(*) = count(c.avg_width);

-- Grain: target, table whose columns all have statistics. waste_bytes: of the heap, beyond what its rows need; *_then: `days` earlier,
-- NULL without a capture of then.
CREATE TEMP VIEW fact_table_growth AS
SELECT w.target, n.oid, t.schema, t.name, n.rows, n.heap_bytes, max(n.heap_bytes - n.need_bytes, 0) AS waste_bytes, h.days,
       o.rows AS rows_then, o.heap_bytes AS heap_bytes_then, max(o.heap_bytes - o.need_bytes, 0) AS waste_bytes_then
FROM fact_pg_run w JOIN fact_table_need n USING (run_id, target_id) JOIN pg_table t ON t.run_id = n.run_id AND t.target_id = n.target_id AND t.oid = n.oid
LEFT JOIN fact_then h ON h.run_id = w.run_id AND h.target_id = w.target_id
LEFT JOIN fact_table_need o ON o.run_id = h.then_run AND o.target_id = h.target_id AND o.oid = n.oid;

-- Grain: target, statement, span between two looks at pg_stat_statements within eight days (captures have two looks, one-round captures one).
-- is_now: the span that ends the newest capture. A span across a reset or an eviction is left out.
CREATE TEMP VIEW fact_statement_span AS
WITH e AS (
    SELECT w.target, s.run_id, s.target_id, s.queryid, s.edge, min(s.at_us) AS at_us, sum(s.calls) AS calls, sum(s.total_ms) AS total_ms, w.run_id AS now_run
    FROM fact_pg_run w JOIN pg_statement s ON s.target_id = w.target_id AND s.run_id <= w.run_id
    WHERE s.at_us >= (SELECT max(at_us) FROM pg_server v WHERE v.run_id = w.run_id AND v.target_id = w.target_id) - 691200000000
    GROUP BY s.target_id, s.queryid, s.run_id, s.edge
), l AS (
    SELECT e.*, lag(calls) OVER q AS calls_before, lag(total_ms) OVER q AS ms_before, lag(at_us) OVER q AS before_us FROM e
    WINDOW q AS (PARTITION BY target_id, queryid ORDER BY at_us, edge))
SELECT target, queryid, run_id, run_id = now_run AND edge = 'end' AS is_now, (at_us - before_us) / 1e6 AS span_s, calls - calls_before AS calls,
       (total_ms - ms_before) / (calls - calls_before) AS mean_ms
FROM l WHERE calls > calls_before AND total_ms >= ms_before;

-- Grain: target, statement with a span that ends now and at least two before it. usual_ms: the median of the means before, over usual_calls
-- calls in `spans` spans. plan_changed: its plan is another one than in the capture before, NULL when it was not planned twice.
CREATE TEMP VIEW fact_statement_trend AS
WITH span AS MATERIALIZED (SELECT * FROM fact_statement_span), before AS MATERIALIZED (SELECT * FROM fact_before),
u AS (SELECT target, queryid, count(*) AS spans, quantile(mean_ms, 0.5) AS usual_ms, max(mean_ms) AS worst_ms, sum(calls) AS usual_calls
           FROM span WHERE NOT is_now AND calls >= 5 GROUP BY target, queryid)
SELECT n.target, n.queryid, n.calls, n.mean_ms, n.span_s, u.usual_ms, u.worst_ms, u.spans, u.usual_calls, x.query, x.kind,
       (SELECT max(a.plan_hash IS NOT b.plan_hash) FROM before f JOIN pg_plan a ON a.run_id = f.run_id AND a.target_id = f.target_id
        JOIN pg_plan b ON b.run_id = f.before_run AND b.target_id = f.target_id AND b.queryid = a.queryid AND b.method = a.method
        WHERE f.target = n.target AND a.queryid = n.queryid AND a.plan_hash IS NOT NULL AND b.plan_hash IS NOT NULL
        AND a.method = 'forced_generic' AND b.method = 'forced_generic') AS plan_changed
FROM span n JOIN u USING (target, queryid) JOIN fact_pg_run w USING (target)
LEFT JOIN pg_statement_text x ON x.target_id = w.target_id AND x.queryid = n.queryid
WHERE n.is_now AND u.spans >= 2;

-- Grain: target, column of an integer type that is a key of its own (the primary key, alone in it) or fed by a sequence. used_frac: of what
-- the type can hold, by the sequence or by the statistics; per_day: how fast it grows, by the capture of `days` before, or by rows
-- inserted since counting began; days_left: at that pace.
CREATE TEMP VIEW fact_int_key AS
WITH k AS (
    SELECT w.target, w.run_id, w.target_id, t.schema, t.name AS "table", t.oid AS table_oid, c.name AS "column", c.type, t.rows, t.tup_ins, c.range_frac,
           CASE c.type WHEN 'smallint' THEN 32767.0 WHEN 'integer' THEN 2147483647.0 END AS holds
    FROM fact_pg_run w JOIN pg_table t USING (run_id, target_id) JOIN pg_column c ON c.run_id = t.run_id AND c.target_id = t.target_id AND c.table_oid = t.oid
    JOIN pg_index i ON i.run_id = t.run_id AND i.target_id = t.target_id AND i.table_oid = t.oid AND i.is_primary = 1 AND json(i.key_columns) = json_array(c.name)
    WHERE c.type IN ('smallint', 'integer')
), s AS (
    SELECT k.*, q.last_value, o.last_value AS last_then, h.days, v.counters_age_s
    FROM k LEFT JOIN pg_sequence q ON q.run_id = k.run_id AND q.target_id = k.target_id AND q.owner_table = k.schema || '.' || k."table" AND q.owner_column = k."column"
    LEFT JOIN fact_then h ON h.run_id = k.run_id AND h.target_id = k.target_id
    LEFT JOIN pg_sequence o ON o.run_id = h.then_run AND o.target_id = k.target_id AND o.schema = q.schema AND o.name = q.name
    LEFT JOIN fact_server v ON v.target = k.target
), p AS (
    SELECT s.*, coalesce(last_value / holds, range_frac) AS used_frac,
           CASE WHEN last_value > last_then THEN (last_value - last_then) / days WHEN last_then IS NULL AND counters_age_s >= 604800 THEN tup_ins * 86400.0 / counters_age_s END AS per_day
    FROM s)
SELECT target, schema, "table", table_oid, "column", type, rows, last_value, used_frac, per_day,
       CASE WHEN per_day > 0 THEN (1 - used_frac) * holds / per_day END AS days_left
FROM p;

-- Grain: target, fingerprint, tables. Statements that differ by their constants, the lengths of their lists and the like, as one: variants is how many
-- entries of pg_stat_statements they fill. queryid: of the one that took most.
CREATE TEMP VIEW fact_statement_family AS
SELECT target, fingerprint, tables, count(*) AS variants, sum(calls) AS calls, sum(total_ms) AS total_ms, sum(total_ms) / nullif(sum(calls), 0) AS mean_ms,
       sum(share_frac) AS share_frac, max(CASE WHEN n = 1 THEN queryid END) AS queryid, max(CASE WHEN n = 1 THEN query END) AS query,
       max(CASE WHEN n = 1 THEN source END) AS source
FROM (SELECT *, row_number() OVER (PARTITION BY target, fingerprint, tables ORDER BY total_ms DESC) AS n FROM fact_statement WHERE fingerprint IS NOT NULL)
GROUP BY target, fingerprint, tables;

-- Grain: target, statement, params (generic; typical, frequent, rare, seen: planned for such values; NULL: measured, or failed). All plans of the
-- capture without their constants, and those that logs and files gave in the week before it (is_actual: with measured rows and times, exec_ms).
CREATE TEMP VIEW fact_plan_case AS
WITH r AS MATERIALIZED (
    SELECT target, target_id, run_id FROM fact_pg_run
    UNION SELECT w.target, w.target_id, i.run_id FROM fact_pg_run w JOIN run c ON c.run_id = w.run_id JOIN run i ON i.kind = 'import'
        AND i.started_us BETWEEN c.started_us - 604800000000 AND coalesce(c.ended_us, c.started_us) + 604800000000
    UNION SELECT t.name, t.target_id, i.run_id FROM run i CROSS JOIN target t WHERE i.kind = 'import' AND t.kind = 'postgres' -- nothing but logs
        AND NOT EXISTS (SELECT 1 FROM fact_pg_run) AND i.started_us >= (SELECT max(started_us) FROM run WHERE kind = 'import') - 604800000000)
SELECT r.target, p.queryid, p.method, p.params, p.plan_hash, p.total_cost, p.plan_rows, coalesce(p.plan, s.plan) AS plan, p.failure, p.is_actual,
       p.exec_ms, p.times, p.run_id
FROM r CROSS JOIN pg_plan p ON p.run_id = r.run_id AND +p.target_id = r.target_id
LEFT JOIN pg_plan_shape s ON s.target_id = p.target_id AND s.queryid = p.queryid AND s.plan_hash = p.plan_hash AND s.is_actual = p.is_actual;

-- Grain: target, statement. The plan without constants, or why there is none. method forced_generic: the plan for any parameters; sampled: for
-- values from statistics, where there is no other; logged, imported: one that was really run.
CREATE TEMP VIEW fact_plan AS
SELECT target, queryid, method, plan_hash, total_cost, plan_rows, plan, failure, params, is_actual FROM (
    SELECT c.*, row_number() OVER (PARTITION BY target, queryid ORDER BY method = 'failed', params IS NOT 'generic', is_actual, params = 'rare',
                                   params = 'frequent', params = 'typical', exec_ms DESC, total_cost DESC) AS n
    FROM fact_plan_case c) WHERE n = 1;

-- Grain: target, statement, node. node and parent are JSON paths; depth 0 is the top. Rows and costs are the planner's estimates.
-- share_frac: of the plan's cost, this node without its children. sort_key and group_key: JSON arrays.
CREATE TEMP VIEW fact_plan_node AS
WITH n AS (
    SELECT p.target, p.queryid, p.plan_hash, p.total_cost AS plan_cost, j.fullkey AS node,
           CASE WHEN j.path LIKE '%Plans' THEN substr(j.path, 1, length(j.path) - 6) END AS parent,
           (length(j.fullkey) - length(replace(j.fullkey, '.Plans', ''))) / 6 AS depth, j.value AS v
    FROM fact_plan p, json_tree(p.plan) j
    WHERE p.plan IS NOT NULL AND j.type = 'object' AND (j.key = 'Plan' OR j.path LIKE '%Plans')
), k AS MATERIALIZED (
    SELECT target, queryid, plan_hash, plan_cost, node, parent, depth,
           json_extract(v, '$."Node Type"') AS node_type, json_extract(v, '$."Parent Relationship"') AS relationship,
           json_extract(v, '$."Join Type"') AS join_type, json_extract(v, '$.Strategy') AS strategy, json_extract(v, '$.Operation') AS operation,
           json_extract(v, '$.Schema') AS schema, json_extract(v, '$."Relation Name"') AS relation, json_extract(v, '$.Alias') AS alias,
           json_extract(v, '$."Index Name"') AS index_name, json_extract(v, '$.Filter') AS filter, json_extract(v, '$."Index Cond"') AS index_cond,
           json_extract(v, '$."Recheck Cond"') AS recheck_cond, json_extract(v, '$."Join Filter"') AS join_filter,
           coalesce(json_extract(v, '$."Hash Cond"'), json_extract(v, '$."Merge Cond"')) AS join_cond,
           json_extract(v, '$."Sort Key"') AS sort_key, json_extract(v, '$."Group Key"') AS group_key,
           json_extract(v, '$."Presorted Key"') AS presorted_key, json_extract(v, '$."Scan Direction"') AS scan_direction,
           json_extract(v, '$."Subplans Removed"') AS subplans_removed,
           json_extract(v, '$."Plan Rows"') AS plan_rows, json_extract(v, '$."Plan Width"') AS plan_width,
           json_extract(v, '$."Startup Cost"') AS startup_cost, json_extract(v, '$."Total Cost"') AS total_cost
    FROM n)
SELECT k.*, t.rows AS table_rows, t.pages AS table_pages, t.oid AS table_oid,
       CASE WHEN k.plan_cost > 0 THEN max(k.total_cost - coalesce(c.total_cost, 0), 0) / k.plan_cost END AS share_frac
FROM k LEFT JOIN (SELECT target, queryid, parent, sum(total_cost) AS total_cost FROM k GROUP BY target, queryid, parent) c
    ON c.target = k.target AND c.queryid = k.queryid AND c.parent = k.node
LEFT JOIN fact_pg_run w ON w.target = k.target
LEFT JOIN pg_table t ON t.run_id = w.run_id AND t.target_id = w.target_id AND t.schema = k.schema AND t.name = k.relation;

-- Grain: target, statement. The slowest plan that was really run, from auto_explain's log or a file: times of this shape, and what its own lines
-- say besides the nodes. statement: the beginning of its text. jit_ms, trigger_ms: in all; triggers: JSON array of objects. NULL where that was not measured.
CREATE TEMP VIEW fact_plan_actual AS
SELECT target, queryid, method, plan_hash, total_cost, exec_ms, times, json_extract(plan, '$[0]."Planning Time"') AS plan_ms,
       json_extract(plan, '$[0].JIT.Timing.Total') AS jit_ms, json_extract(plan, '$[0].JIT.Functions') AS jit_functions,
       json_extract(plan, '$[0].Triggers') AS triggers,
       (SELECT sum(json_extract(j.value, '$.Time')) FROM json_each(plan, '$[0].Triggers') j) AS trigger_ms, plan,
       (SELECT substr(replace(x.query, char(10), ' '), 1, 120) FROM pg_statement_text x JOIN target t USING (target_id)
        WHERE t.name = target AND x.queryid = a.queryid LIMIT 1) AS statement
FROM (SELECT c.*, row_number() OVER (PARTITION BY target, queryid ORDER BY exec_ms DESC, run_id DESC) AS n FROM fact_plan_case c
      WHERE is_actual AND plan IS NOT NULL) a WHERE n = 1;

-- Grain: target, statement, node of fact_plan_actual. rows, removed and ms are of one loop, as EXPLAIN shows them; *_total over all loops.
-- misestimate: how many times too few (or too many) rows the planner expected, 1 or more. self_ms: without its children, over all loops.
CREATE TEMP VIEW fact_plan_actual_node AS
WITH n AS (
    SELECT p.target, p.queryid, p.plan_hash, p.exec_ms, j.fullkey AS node,
           CASE WHEN j.path LIKE '%Plans' THEN substr(j.path, 1, length(j.path) - 6) END AS parent,
           (length(j.fullkey) - length(replace(j.fullkey, '.Plans', ''))) / 6 AS depth, j.value AS v
    FROM fact_plan_actual p, json_tree(p.plan) j
    WHERE j.type = 'object' AND (j.key = 'Plan' OR j.path LIKE '%Plans')
), k AS MATERIALIZED (
    SELECT target, queryid, plan_hash, exec_ms, node, parent, depth,
           json_extract(v, '$."Node Type"') AS node_type, json_extract(v, '$."Parent Relationship"') AS relationship,
           json_extract(v, '$."Join Type"') AS join_type, json_extract(v, '$.Strategy') AS strategy,
           json_extract(v, '$.Schema') AS schema, json_extract(v, '$."Relation Name"') AS relation, json_extract(v, '$.Alias') AS alias,
           json_extract(v, '$."Index Name"') AS index_name, json_extract(v, '$.Filter') AS filter, json_extract(v, '$."Index Cond"') AS index_cond,
           json_extract(v, '$."Recheck Cond"') AS recheck_cond, json_extract(v, '$."Join Filter"') AS join_filter,
           json_extract(v, '$."Sort Key"') AS sort_key, json_extract(v, '$."Plan Rows"') AS plan_rows,
           json_extract(v, '$."Actual Rows"') AS rows, json_extract(v, '$."Actual Loops"') AS loops, json_extract(v, '$."Actual Total Time"') AS ms,
           json_extract(v, '$."Rows Removed by Filter"') AS removed_filter, json_extract(v, '$."Rows Removed by Join Filter"') AS removed_join,
           json_extract(v, '$."Rows Removed by Index Recheck"') AS removed_recheck, json_extract(v, '$."Sort Method"') AS sort_method,
           json_extract(v, '$."Sort Space Type"') AS sort_space, 1024 * json_extract(v, '$."Sort Space Used"') AS sort_bytes,
           coalesce(json_extract(v, '$."Hash Batches"'), json_extract(v, '$."HashAgg Batches"')) AS batches,
           1024 * json_extract(v, '$."Disk Usage"') AS disk_bytes, 1024 * json_extract(v, '$."Peak Memory Usage"') AS memory_bytes,
           json_extract(v, '$."Exact Heap Blocks"') AS exact_blocks, json_extract(v, '$."Lossy Heap Blocks"') AS lossy_blocks,
           json_extract(v, '$."Heap Fetches"') AS heap_fetches, json_extract(v, '$."Temp Written Blocks"') AS temp_blocks
    FROM n)
SELECT k.*, k.rows * k.loops AS rows_total, k.removed_filter * k.loops AS removed_total,
       CASE WHEN k.loops > 0 THEN max(k.rows / max(k.plan_rows, 1.0), k.plan_rows / max(k.rows, 1.0)) END AS misestimate,
       max(k.ms * k.loops - coalesce(c.ms, 0), 0) AS self_ms, t.rows AS table_rows, t.oid AS table_oid
FROM k LEFT JOIN (SELECT target, queryid, parent, sum(ms * loops) AS ms FROM k WHERE relationship IS NOT 'InitPlan' GROUP BY target, queryid, parent) c
    ON c.target = k.target AND c.queryid = k.queryid AND c.parent = k.node
LEFT JOIN fact_pg_run w ON w.target = k.target
LEFT JOIN pg_table t ON t.run_id = w.run_id AND t.target_id = w.target_id AND t.oid = (
    SELECT x.oid FROM pg_table x WHERE x.run_id = w.run_id AND x.target_id = w.target_id AND x.name = k.relation AND coalesce(k.schema = x.schema, 1)
    ORDER BY x.schema <> 'public', x.pages DESC LIMIT 1);

-- Grain: target, statement. How far the plan depends on the values: costs for a typical, a frequent and a rare value from statistics, and for what a
-- session last sent; shapes: how many different plans these are. NULL where that was not planned.
CREATE TEMP VIEW fact_plan_params AS
SELECT target, queryid, max(CASE params WHEN 'generic' THEN total_cost END) AS generic_cost, max(CASE params WHEN 'typical' THEN total_cost END) AS typical_cost,
       max(CASE params WHEN 'frequent' THEN total_cost END) AS frequent_cost, max(CASE params WHEN 'rare' THEN total_cost END) AS rare_cost,
       max(CASE params WHEN 'seen' THEN total_cost END) AS seen_cost, count(DISTINCT plan_hash) AS shapes
FROM fact_plan_case WHERE params IS NOT NULL AND plan_hash IS NOT NULL AND NOT is_actual GROUP BY target, queryid;

-- Grain: target, statement, plan_hash. The plans for any parameters that a statement had in all captures of the history.
CREATE TEMP VIEW fact_plan_history AS
SELECT w.target, p.queryid, p.plan_hash, min(r.started_us) AS first_us, max(r.started_us) AS last_us, count(*) AS runs, min(p.total_cost) AS least_cost,
       max(p.total_cost) AS greatest_cost
FROM fact_pg_run w JOIN pg_plan p USING (target_id) JOIN run r ON r.run_id = p.run_id
WHERE p.method = 'forced_generic' AND p.plan_hash IS NOT NULL AND p.run_id <= w.run_id GROUP BY w.target, p.queryid, p.plan_hash;

-- Grain: target, statement whose plan for any parameters has another shape than in the capture before. lost_index: a relation that was read by an
-- index then and is read whole now. before_us: when that capture was made. _mean_ms: of the statement in both captures.
CREATE TEMP VIEW fact_plan_change AS
WITH c AS MATERIALIZED (
    SELECT w.target, w.target_id, w.run_id, p.queryid, p.plan_hash, p.total_cost,
           (SELECT max(b.run_id) FROM pg_plan b WHERE b.target_id = w.target_id AND b.queryid = p.queryid AND b.method = 'forced_generic'
            AND b.run_id < w.run_id) AS before_run
    FROM fact_pg_run w JOIN pg_plan p USING (run_id, target_id) WHERE p.method = 'forced_generic'
), d AS MATERIALIZED (
    SELECT c.*, b.plan_hash AS before_hash, b.total_cost AS before_cost FROM c JOIN pg_plan b ON b.run_id = c.before_run AND b.target_id = c.target_id
        AND b.queryid = c.queryid AND b.method = 'forced_generic' WHERE b.plan_hash <> c.plan_hash
), n AS MATERIALIZED (
    SELECT d.target_id, d.queryid, s.plan_hash, json_extract(j.value, '$."Relation Name"') AS relation,
           json_extract(j.value, '$."Node Type"') LIKE '%Seq Scan' AS whole
    FROM d JOIN pg_plan_shape s ON s.target_id = d.target_id AND s.queryid = d.queryid AND s.plan_hash IN (d.plan_hash, d.before_hash) AND NOT s.is_actual,
    json_tree(s.plan) j
    WHERE j.type = 'object' AND (j.key = 'Plan' OR j.path LIKE '%Plans') AND json_extract(j.value, '$."Relation Name"') IS NOT NULL
), m AS MATERIALIZED (
    SELECT s.run_id, s.target_id, s.queryid, sum(CASE s.edge WHEN 'end' THEN s.total_ms ELSE -s.total_ms END)
           / nullif(sum(CASE s.edge WHEN 'end' THEN s.calls ELSE -s.calls END), 0) AS mean_ms
    FROM pg_statement s JOIN d ON s.target_id = d.target_id AND s.queryid = d.queryid AND s.run_id IN (d.run_id, d.before_run)
    GROUP BY s.run_id, s.target_id, s.queryid)
SELECT d.target, d.queryid, d.before_hash, d.before_cost, d.plan_hash, d.total_cost, r.started_us AS before_us, b.mean_ms AS before_mean_ms, a.mean_ms,
       (SELECT min(x.relation) FROM n x WHERE x.target_id = d.target_id AND x.queryid = d.queryid AND x.plan_hash = d.plan_hash AND x.whole
        AND EXISTS (SELECT 1 FROM n y WHERE y.target_id = d.target_id AND y.queryid = d.queryid AND y.plan_hash = d.before_hash AND y.relation = x.relation)
        AND NOT EXISTS (SELECT 1 FROM n y WHERE y.target_id = d.target_id AND y.queryid = d.queryid AND y.plan_hash = d.before_hash
                        AND y.relation = x.relation AND y.whole)) AS lost_index
FROM d JOIN run r ON r.run_id = d.before_run
LEFT JOIN m b ON b.run_id = d.before_run AND b.target_id = d.target_id AND b.queryid = d.queryid
LEFT JOIN m a ON a.run_id = d.run_id AND a.target_id = d.target_id AND a.queryid = d.queryid;

-- ── Fleet: PgBouncer, Redis, host, processes, application events ────────────────────────────────────────────────────
-- Common to all: `target` is the name in perfadvise.yaml. Deltas are last minus first sample of the window; where a
-- reset mark lies in between they are NULL. _ms milliseconds, _hz per second, _frac 0..1, _bytes bytes, _s seconds.

-- Targets with a counter that went back within the window: no deltas.
CREATE TEMP VIEW fact_reset AS
SELECT DISTINCT t.name AS target, r.target_id, r.counter FROM reset_mark r JOIN target t USING (target_id)
WHERE r.run_id IN (SELECT run_id FROM fact_window);

-- PgBouncer's totals per database over the window. wait and hold are means per transaction; xact_time of PgBouncer includes the wait.
CREATE TEMP VIEW fact_pgb_stat AS
WITH s AS (
    SELECT run_id, target_id, database,
           max(xact_count) - min(xact_count) AS xacts, max(query_count) - min(query_count) AS queries,
           max(xact_time_us) - min(xact_time_us) AS xact_us, max(query_time_us) - min(query_time_us) AS query_us,
           max(wait_time_us) - min(wait_time_us) AS wait_us, (max(at_us) - min(at_us)) / 1e6 AS window_s
    FROM pgb_stat_sample WHERE run_id IN (SELECT run_id FROM fact_window) GROUP BY run_id, target_id, database
), d AS (
    SELECT target_id, database, sum(xacts) AS xacts, sum(queries) AS queries, sum(xact_us) AS xact_us, sum(query_us) AS query_us,
           sum(wait_us) AS wait_us, sum(window_s) AS window_s
    FROM s GROUP BY target_id, database)
SELECT t.name AS target, d.database, d.window_s,
       CASE WHEN r.target_id IS NULL THEN d.xacts END AS xacts,
       CASE WHEN r.target_id IS NULL AND d.window_s > 0 THEN d.xacts / d.window_s END AS xact_hz,
       CASE WHEN r.target_id IS NULL AND d.window_s > 0 THEN d.queries / d.window_s END AS query_hz,
       CASE WHEN r.target_id IS NULL AND d.xacts > 0 THEN d.wait_us / 1000.0 / d.xacts END AS wait_mean_ms,
       CASE WHEN r.target_id IS NULL AND d.xacts > 0 THEN max(d.xact_us - d.wait_us, 0) / 1000.0 / d.xacts END AS hold_ms,
       CASE WHEN r.target_id IS NULL AND d.queries > 0 THEN d.query_us / 1000.0 / d.queries END AS query_ms
FROM d JOIN target t USING (target_id) LEFT JOIN fact_reset r ON r.target_id = d.target_id AND r.counter = 'pgb_stat';

-- One row per target, database, role. Wait, hold and rates are those of the database (PgBouncer has none per role).
-- maxwait is how long the oldest waiting client had waited when looked at: an upper bound of the waits at that moment.
CREATE TEMP VIEW fact_pgb_pool AS
SELECT t.name AS target, p.database, p.role, max(p.pool_mode) AS pool_mode, d.pool_size, d.reserve_pool, d.max_connections, count(*) AS samples,
       quantile(p.cl_active, 0.95) AS cl_active_p95, max(p.cl_active) AS cl_active_max,
       quantile(p.cl_waiting, 0.95) AS cl_waiting_p95, max(p.cl_waiting) AS cl_waiting_max, avg(p.cl_waiting > 0) AS waiting_frac,
       quantile(p.sv_active, 0.95) AS sv_active_p95, max(p.sv_active) AS sv_active_max, avg(p.sv_active) AS sv_active_mean,
       max(p.sv_active + p.sv_idle + p.sv_used + p.sv_login) AS sv_max,
       quantile(p.maxwait_us, 0.95) / 1000.0 AS maxwait_p95_ms, max(p.maxwait_us) / 1000.0 AS maxwait_ms,
       s.wait_mean_ms, s.hold_ms, s.xact_hz, s.query_hz, s.xacts
FROM pgb_pool_sample p JOIN target t USING (target_id)
LEFT JOIN (SELECT target_id, name, max(pool_size) AS pool_size, max(reserve_pool) AS reserve_pool, nullif(max(max_connections), 0) AS max_connections
           FROM pgb_database WHERE run_id IN (SELECT run_id FROM fact_window) GROUP BY target_id, name) d
       ON d.target_id = p.target_id AND d.name = p.database
LEFT JOIN fact_pgb_stat s ON s.target = t.name AND s.database = p.database
WHERE p.run_id IN (SELECT run_id FROM fact_window)
GROUP BY p.target_id, p.database, p.role;

CREATE TEMP VIEW fact_pgb_config AS
SELECT t.name AS target, c.key, c.value, c.default_value, c.changeable
FROM pgb_config c JOIN target t USING (target_id)
WHERE c.run_id = (SELECT max(run_id) FROM pgb_config WHERE run_id IN (SELECT run_id FROM fact_window));

CREATE TEMP VIEW fact_pgb_database AS
SELECT t.name AS target, d.name, d.host, d.port, d.database, d.pool_size, d.min_pool_size, d.reserve_pool, d.pool_mode,
       nullif(d.max_connections, 0) AS max_connections, d.current_connections
FROM pgb_database d JOIN target t USING (target_id)
WHERE d.run_id = (SELECT max(run_id) FROM pgb_database WHERE run_id IN (SELECT run_id FROM fact_window));

-- SHOW LISTS: the largest count seen.
CREATE TEMP VIEW fact_pgb_list AS
SELECT t.name AS target, l.item, max(l.count) AS count
FROM pgb_list l JOIN target t USING (target_id) WHERE l.run_id IN (SELECT run_id FROM fact_window) GROUP BY l.target_id, l.item;

-- Redis: state at the end of the window, deltas over it. maxmemory_bytes 0 is no limit. memory_limit_frac is NULL then.
-- hit_frac is NULL below 1 lookup; the probe's own questions are not in it.
CREATE TEMP VIEW fact_redis AS
WITH s AS (
    SELECT r.*, row_number() OVER (PARTITION BY target_id ORDER BY at_us DESC) AS back
    FROM redis_sample r WHERE run_id IN (SELECT run_id FROM fact_window)
), d AS (
    SELECT target_id, sum(hits) AS hits, sum(misses) AS misses, sum(commands) AS commands, sum(evicted) AS evicted, sum(expired) AS expired,
           sum(rejected) AS rejected, sum(connected) AS connected, sum(cpu_us) AS cpu_us, sum(window_s) AS window_s,
           max(clients_max) AS clients_max, max(blocked_max) AS blocked_max, sum(samples) AS samples
    FROM (SELECT target_id, max(keyspace_hits) - min(keyspace_hits) AS hits, max(keyspace_misses) - min(keyspace_misses) AS misses,
                 max(commands) - min(commands) AS commands, max(evicted_keys) - min(evicted_keys) AS evicted,
                 max(expired_keys) - min(expired_keys) AS expired, max(rejected_connections) - min(rejected_connections) AS rejected,
                 max(total_connections) - min(total_connections) AS connected, max(cpu_us) - min(cpu_us) AS cpu_us,
                 (max(at_us) - min(at_us)) / 1e6 AS window_s, max(connected_clients) AS clients_max, max(blocked_clients) AS blocked_max,
                 count(*) AS samples
          FROM s GROUP BY run_id, target_id) GROUP BY target_id
), k AS (
    SELECT target_id, sum(keys) AS keys, sum(expires) AS expires, count(*) AS dbs FROM redis_keyspace k
    WHERE rowid IN (SELECT max(rowid) FROM redis_keyspace WHERE run_id IN (SELECT run_id FROM fact_window) GROUP BY target_id, db)
    GROUP BY target_id)
SELECT t.name AS target, s.version, s.role, s.uptime_s, s.loading, d.window_s, d.samples,
       s.used_memory AS used_memory_bytes, s.used_memory_peak AS used_memory_peak_bytes, s.used_memory_rss AS used_memory_rss_bytes,
       s.maxmemory AS maxmemory_bytes, s.maxmemory_policy, s.total_system_memory AS total_system_memory_bytes,
       1.0 * s.used_memory / nullif(s.maxmemory, 0) AS memory_limit_frac, 1.0 * s.used_memory / nullif(s.total_system_memory, 0) AS memory_host_frac,
       s.mem_fragmentation_ratio, s.allocator_frag_ratio, s.allocator_frag_bytes,
       CASE WHEN r.target_id IS NULL THEN d.hits END AS hits, CASE WHEN r.target_id IS NULL THEN d.misses END AS misses,
       CASE WHEN r.target_id IS NULL THEN d.hits + d.misses END AS lookups,
       CASE WHEN r.target_id IS NULL THEN 1.0 * d.hits / nullif(d.hits + d.misses, 0) END AS hit_frac,
       CASE WHEN r.target_id IS NULL THEN d.commands / nullif(d.window_s, 0) END AS ops_hz,
       CASE WHEN r.target_id IS NULL THEN d.evicted END AS evicted, CASE WHEN r.target_id IS NULL THEN d.evicted / nullif(d.window_s, 0) END AS evicted_hz,
       CASE WHEN r.target_id IS NULL THEN d.expired / nullif(d.window_s, 0) END AS expired_hz,
       CASE WHEN r.target_id IS NULL THEN d.rejected END AS rejected,
       CASE WHEN r.target_id IS NULL THEN d.connected / nullif(d.window_s, 0) END AS connects_hz,
       CASE WHEN r.target_id IS NULL THEN d.cpu_us / 1e6 / nullif(d.window_s, 0) END AS cpu_frac,
       d.clients_max, d.blocked_max, s.maxclients, 1.0 * d.clients_max / nullif(s.maxclients, 0) AS clients_frac,
       s.slowlog_len, s.rdb_last_bgsave_status, s.aof_last_write_status, s.latest_fork_us / 1000.0 AS latest_fork_ms,
       coalesce(k.keys, 0) AS keys, coalesce(k.expires, 0) AS expires, 1.0 * k.expires / nullif(k.keys, 0) AS expires_frac, coalesce(k.dbs, 0) AS dbs
FROM s JOIN target t USING (target_id) JOIN d USING (target_id) LEFT JOIN k USING (target_id)
LEFT JOIN fact_reset r ON r.target_id = s.target_id AND r.counter = 'redis'
WHERE s.back = 1;

CREATE TEMP VIEW fact_redis_config AS
SELECT t.name AS target, c.key, c.value FROM redis_config c JOIN target t USING (target_id)
WHERE c.run_id = (SELECT max(run_id) FROM redis_config WHERE run_id IN (SELECT run_id FROM fact_window));

CREATE TEMP VIEW fact_redis_keyspace AS
SELECT t.name AS target, k.db, k.keys, k.expires, 1.0 * k.expires / nullif(k.keys, 0) AS expires_frac, k.avg_ttl_ms / 1000.0 AS mean_ttl_s
FROM redis_keyspace k JOIN target t USING (target_id)
WHERE k.rowid IN (SELECT max(rowid) FROM redis_keyspace WHERE run_id IN (SELECT run_id FROM fact_window) GROUP BY target_id, db);

-- bytes_estimated: keys times mean size of the sampled ones.
CREATE TEMP VIEW fact_redis_pattern AS
SELECT t.name AS target, p.pattern, p.type, p.sampled, p.keys_estimated, p.mean_bytes, p.keys_estimated * p.mean_bytes AS bytes_estimated,
       1.0 * p.no_ttl / nullif(p.sampled, 0) AS no_ttl_frac, p.mean_ttl_s, p.largest_bytes, p.largest_elements, p.scanned_frac
FROM redis_pattern p JOIN target t USING (target_id)
WHERE p.run_id = (SELECT max(run_id) FROM redis_pattern WHERE run_id IN (SELECT run_id FROM fact_window));

-- Entries of the slow log, which may be older than the window.
CREATE TEMP VIEW fact_redis_slow AS
SELECT t.name AS target, s.command, s.pattern, count(*) AS entries, max(s.duration_us) / 1000.0 AS max_ms, avg(s.duration_us) / 1000.0 AS mean_ms,
       max(s.at_us) AS last_us, sum(s.at_us >= (SELECT min(from_us) FROM fact_window)) AS entries_in_window
FROM redis_slow s JOIN target t USING (target_id) WHERE s.run_id IN (SELECT run_id FROM fact_window)
GROUP BY s.target_id, s.command, s.pattern;

CREATE TEMP VIEW fact_redis_command AS
SELECT t.name AS target, e.command, e.calls - coalesce(b.calls, 0) AS calls, (e.usec - coalesce(b.usec, 0)) / 1000.0 AS total_ms,
       (e.usec - coalesce(b.usec, 0)) / 1000.0 / nullif(e.calls - coalesce(b.calls, 0), 0) AS mean_ms
FROM redis_command e JOIN target t USING (target_id)
LEFT JOIN redis_command b ON b.run_id = e.run_id AND b.target_id = e.target_id AND b.command = e.command AND b.edge = 'begin'
WHERE e.edge = 'end' AND e.run_id IN (SELECT run_id FROM fact_window) AND e.calls > coalesce(b.calls, 0)
  AND e.target_id NOT IN (SELECT target_id FROM fact_reset WHERE counter = 'redis');

-- mem_allowed_bytes: the tightest of cgroup limit and physical memory.
CREATE TEMP VIEW fact_host AS
WITH s AS (SELECT h.*, row_number() OVER (PARTITION BY target_id ORDER BY at_us DESC) AS back,
                  first_value(oom_kills) OVER (PARTITION BY target_id ORDER BY at_us) AS oom_before
           FROM host_sample h WHERE run_id IN (SELECT run_id FROM fact_window)),
     d AS (SELECT target_id, 1.0 * (max(cpu_busy_us) - min(cpu_busy_us)) / nullif(max(cpu_total_us) - min(cpu_total_us), 0) AS cpu_busy_frac,
                  max(load1) AS load1_max, min(mem_available) AS mem_available_min, max(psi_cpu_avg10) AS psi_cpu, max(psi_mem_avg10) AS psi_mem,
                  max(psi_io_avg10) AS psi_io, 1.0 * (max(nr_throttled) - min(nr_throttled)) / nullif(max(nr_periods) - min(nr_periods), 0) AS throttled_frac
           FROM s GROUP BY target_id)
SELECT t.name AS target, s.cpus, s.mem_total AS mem_total_bytes, d.mem_available_min AS mem_available_bytes, s.mem_limit AS mem_limit_bytes,
       s.mem_limit_source, min(s.mem_total, coalesce(s.mem_limit, s.mem_total)) AS mem_allowed_bytes, s.mem_current AS mem_current_bytes,
       s.oom_kills, s.oom_kills - s.oom_before AS oom_kills_in_window, d.load1_max, d.cpu_busy_frac, d.psi_cpu / 100 AS psi_cpu_frac,
       d.psi_mem / 100 AS psi_mem_frac, d.psi_io / 100 AS psi_io_frac, d.throttled_frac, s.overcommit_memory, s.thp,
       s.shm_total AS shm_total_bytes, s.shm_used AS shm_used_bytes
FROM s JOIN d USING (target_id) JOIN target t USING (target_id) WHERE s.back = 1;

-- The processes of one look around, summed per program: the base of the next two.
CREATE TEMP VIEW fact_process_look AS
SELECT target_id, program, at_us / 1000000 AS look_s, count(DISTINCT pid) AS processes, count(DISTINCT CASE WHEN main IS NOT 0 THEN pid END) AS mains, sum(pss_bytes) AS pss_bytes, count(pss_bytes) AS known,
       count(*) AS n, max(pss_bytes) AS pss_max_bytes, sum(rss_bytes) AS rss_bytes, sum(threads) AS threads, max(fds) AS fds_max, min(fd_limit) AS fd_limit
FROM process_sample WHERE run_id IN (SELECT run_id FROM fact_window) GROUP BY target_id, program, at_us / 1000000;

-- One row per program. Sums are the largest seen at one moment; pss_sum_bytes is NULL when a process could not be read.
-- restarts: processes beyond the number that ran at one moment (a new pid in the place of an old one), children left out.
CREATE TEMP VIEW fact_process AS
WITH pg AS (SELECT p.*, row_number() OVER (PARTITION BY target_id, program ORDER BY at_us DESC) AS back
            FROM process_program p WHERE run_id IN (SELECT run_id FROM fact_window)),
     l AS (SELECT target_id, program, max(CASE WHEN known = n THEN pss_bytes END) AS pss_sum_bytes, max(pss_max_bytes) AS pss_max_bytes,
                  max(rss_bytes) AS rss_sum_bytes, max(threads) AS threads, max(fds_max) AS fds_max, min(fd_limit) AS fd_limit, max(mains) AS at_once
           FROM fact_process_look GROUP BY target_id, program),
     c AS (SELECT target_id, program, sum(cpu_us) AS cpu_us, max(window_s) AS window_s, sum(main) AS pids, min(started_us) AS first_started_us,
                  max(started_us) AS last_started_us
           FROM (SELECT target_id, program, pid, max(cpu_us) - min(cpu_us) AS cpu_us, (max(at_us) - min(at_us)) / 1e6 AS window_s,
                        max(started_us) AS started_us, max(main IS NOT 0) AS main
                 FROM process_sample WHERE run_id IN (SELECT run_id FROM fact_window) GROUP BY target_id, program, pid)
           GROUP BY target_id, program)
SELECT t.name AS target, pg.program, pg.processes_declared AS declared, pg.processes_running AS running, pg.command, pg.directory,
       pg.source, pg.source_line, pg.autorestart, pg.startsecs, l.pss_sum_bytes, l.pss_max_bytes, l.rss_sum_bytes, l.threads, l.fds_max, l.fd_limit,
       1.0 * l.fds_max / nullif(l.fd_limit, 0) AS fds_frac, c.cpu_us / 1e6 / nullif(c.window_s, 0) AS cpu_cores, c.first_started_us, c.last_started_us,
       max(coalesce(c.pids - l.at_once, 0), 0) AS restarts
FROM pg JOIN target t USING (target_id)
LEFT JOIN l ON l.target_id = pg.target_id AND l.program = pg.program LEFT JOIN c ON c.target_id = pg.target_id AND c.program = pg.program
WHERE pg.back = 1;

-- ── Application events ──────────────────────────────────────────────────────────────────────────────────────────────
-- Histograms of all processes and intervals of the window, added up: one row per metric, program, label.
CREATE TEMP VIEW fact_event_hist AS
SELECT h.metric, h.program, h.label, sum(h.count) AS n, count(DISTINCT h.pid) AS processes, hist_merge(h.hist) AS hist,
       sum(h.sum_ms) / nullif(sum(h.count), 0) AS mean_ms, max(h.max_ms) AS max_ms, sum(h.count) / nullif(w.window_s, 0) AS rate_hz
FROM event_hist h, (SELECT sum(window_s) AS window_s FROM (
        SELECT max(at_us) - min(at_us - interval_us) AS us, (max(at_us) - min(at_us - interval_us)) / 1e6 AS window_s
        FROM event_hist WHERE run_id IN (SELECT run_id FROM fact_window) GROUP BY run_id)) w
WHERE h.run_id IN (SELECT run_id FROM fact_window)
GROUP BY h.metric, h.program, h.label;

-- Time from asking a pool for a connection to having it. label is the pool's name.
CREATE TEMP VIEW fact_event_wait AS
SELECT h.program, h.label, h.n AS count, h.processes, hist_quantile_ms(h.hist, 0.50) AS p50_ms, hist_quantile_ms(h.hist, 0.95) AS p95_ms,
       hist_quantile_ms(h.hist, 0.99) AS p99_ms, h.mean_ms, h.max_ms, h.rate_hz,
       coalesce((SELECT sum(c.count) FROM event_count c WHERE c.run_id IN (SELECT run_id FROM fact_window)
                 AND c.metric = 'db.client.connection.timeouts' AND c.program IS h.program AND c.label IS h.label), 0) AS timeouts
FROM fact_event_hist h WHERE h.metric = 'db.client.connection.wait_time';

-- Time from having a connection to giving it back. in_use_mean: connections held at a time, by Little's law.
CREATE TEMP VIEW fact_event_use AS
SELECT h.program, h.label, h.n AS count, h.processes, hist_quantile_ms(h.hist, 0.50) AS p50_ms, hist_quantile_ms(h.hist, 0.95) AS p95_ms,
       hist_quantile_ms(h.hist, 0.99) AS p99_ms, h.mean_ms, h.max_ms, h.rate_hz, h.rate_hz * h.mean_ms / 1000 AS in_use_mean, h.hist
FROM fact_event_hist h WHERE h.metric = 'db.client.connection.use_time';

-- Gauges of the pools, all processes of a program together at one moment: used and idle connections, waiting requests, the pool's maximum.
CREATE TEMP VIEW fact_event_pool AS
WITH g AS (
    SELECT program, label, metric, state, at_us / 1000000 AS s, sum(value) AS value, max(value) AS value_max, sum(max) AS peak, count(DISTINCT pid) AS processes
    FROM event_gauge WHERE run_id IN (SELECT run_id FROM fact_window) AND metric LIKE 'db.client.connection.%'
    GROUP BY program, label, metric, state, at_us / 1000000)
SELECT program, label, max(processes) AS processes,
       avg(CASE WHEN metric = 'db.client.connection.count' AND state = 'used' THEN value END) AS used_mean,
       max(CASE WHEN metric = 'db.client.connection.count' AND state = 'used' THEN peak END) AS used_max,
       avg(CASE WHEN metric = 'db.client.connection.count' AND state = 'idle' THEN value END) AS idle_mean,
       max(CASE WHEN metric = 'db.client.connection.pending_requests' THEN peak END) AS pending_max,
       max(CASE WHEN metric = 'db.client.connection.max' THEN value_max END) AS size_max
FROM g GROUP BY program, label;

-- Database operations as the application sees them. label: the code that sends the statement.
CREATE TEMP VIEW fact_operation AS
SELECT h.program, h.label, h.n AS count, h.processes, hist_quantile_ms(h.hist, 0.50) AS p50_ms, hist_quantile_ms(h.hist, 0.95) AS p95_ms,
       hist_quantile_ms(h.hist, 0.99) AS p99_ms, h.mean_ms, h.max_ms, h.rate_hz, h.n * h.mean_ms AS total_ms
FROM fact_event_hist h WHERE h.metric = 'db.client.operation.duration';

CREATE TEMP VIEW fact_request AS
SELECT h.program, h.label, h.n AS count, h.processes, hist_quantile_ms(h.hist, 0.50) AS p50_ms, hist_quantile_ms(h.hist, 0.95) AS p95_ms,
       hist_quantile_ms(h.hist, 0.99) AS p99_ms, h.mean_ms, h.max_ms, h.rate_hz,
       coalesce((SELECT sum(c.count) FROM event_count c WHERE c.run_id IN (SELECT run_id FROM fact_window)
                 AND c.metric = 'request.errors' AND c.program IS h.program AND c.label IS h.label), 0) AS errors
FROM fact_event_hist h WHERE h.metric = 'request.duration';

-- Round trips between processes. label: the peer.
CREATE TEMP VIEW fact_ipc AS
SELECT h.program, h.label, h.n AS count, h.processes, hist_quantile_ms(h.hist, 0.50) AS p50_ms, hist_quantile_ms(h.hist, 0.95) AS p95_ms,
       hist_quantile_ms(h.hist, 0.99) AS p99_ms, h.mean_ms, h.max_ms
FROM fact_event_hist h WHERE h.metric = 'ipc.rtt';

-- Spawn to ready, one value per process (programs repeat it for listeners that came later).
CREATE TEMP VIEW fact_ready AS
SELECT program, count(*) AS processes, quantile(ready_ms, 0.50) / 1000 AS p50_s, quantile(ready_ms, 0.95) / 1000 AS p95_s, max(ready_ms) / 1000 AS max_s
FROM (SELECT program, pid, max(max_ms) AS ready_ms FROM event_hist
      WHERE metric = 'process.ready' AND run_id IN (SELECT run_id FROM fact_window) GROUP BY program, pid)
GROUP BY program;

-- Requests to one tier by key template. load_ms: mean time to get the value elsewhere after a miss.
CREATE TEMP VIEW fact_cache AS
SELECT e.program, e.tier, e.template, sum(e.hits + e.misses) AS requests, sum(e.hits) AS hits, sum(e.misses) AS misses,
       1.0 * sum(e.hits) / nullif(sum(e.hits + e.misses), 0) AS hit_frac, sum(e.load_ms) / nullif(sum(e.misses), 0) AS load_ms,
       1.0 * sum(e.bytes) / nullif(sum(e.hits + e.misses), 0) AS mean_bytes, sum(e.hits + e.misses) / nullif(w.window_s, 0) AS requests_hz
FROM event_cache e, (SELECT sum(window_s) AS window_s FROM (
        SELECT (max(at_us) - min(at_us - interval_us)) / 1e6 AS window_s
        FROM event_cache WHERE run_id IN (SELECT run_id FROM fact_window) GROUP BY run_id)) w
WHERE e.run_id IN (SELECT run_id FROM fact_window)
GROUP BY e.program, e.tier, e.template;

-- The cascade as a whole, per program and template: requests at the first tier, misses that reach the database.
CREATE TEMP VIEW fact_cache_cascade AS
SELECT program, template,
       coalesce(sum(CASE WHEN tier = 'memory' THEN requests END), sum(CASE WHEN tier = 'redis' THEN requests END), sum(requests)) AS requests,
       min(coalesce(sum(CASE WHEN tier = 'redis' THEN misses END), sum(CASE WHEN tier = 'memory' THEN misses END), sum(misses)),
           coalesce(sum(CASE WHEN tier = 'memory' THEN requests END), sum(CASE WHEN tier = 'redis' THEN requests END), sum(requests))) AS database_misses,
       coalesce(max(CASE WHEN tier = 'redis' THEN load_ms END), max(load_ms)) AS load_ms
FROM fact_cache GROUP BY program, template;

CREATE TEMP VIEW fact_cache_total AS
SELECT sum(requests) AS requests, sum(database_misses) AS database_misses, 1 - 1.0 * sum(database_misses) / nullif(sum(requests), 0) AS hit_frac
FROM fact_cache_cascade HAVING sum(requests) > 0;

-- The trace that warming and miss-ratio curves read; key_frac: the share of keys that was kept (1 when it all fitted).
CREATE TEMP VIEW fact_cache_access AS
SELECT a.at_us, a.pid, a.tier, a.template, a.key_hash, a.hit, a.bytes, a.ttl_s, a.load_us / 1000.0 AS load_ms,
       coalesce((SELECT g.value FROM event_gauge g WHERE g.run_id = a.run_id AND g.metric = 'perfadvise.trace.key_frac'), 1) AS key_frac
FROM cache_access a WHERE a.run_id IN (SELECT run_id FROM fact_window) AND coalesce(a.op, 'get') = 'get';

-- What was written to caches or deleted from them, of the same keys. op: set, del.
CREATE TEMP VIEW fact_cache_change AS
SELECT a.at_us, a.pid, a.tier, a.template, a.key_hash, a.op, a.bytes, a.ttl_s FROM cache_access a
WHERE a.run_id IN (SELECT run_id FROM fact_window) AND a.op IN ('set', 'del');

CREATE TEMP VIEW fact_event_loss AS
SELECT program, count(DISTINCT pid) AS processes, sum(received) AS received, sum(lost) AS lost, sum(malformed) AS malformed,
       1.0 * sum(lost) / nullif(sum(received) + sum(lost), 0) AS lost_frac
FROM event_loss WHERE run_id IN (SELECT run_id FROM fact_window) GROUP BY program;

-- The six figures of design.md section 1. status: ok, estimate (an upper bound or a part), unknown; value is NULL when unknown.
CREATE TEMP VIEW fact_figure AS
WITH h AS (SELECT metric, sum(n) AS n, hist_merge(hist) AS hist FROM fact_event_hist
           WHERE metric IN ('db.client.operation.duration', 'db.client.connection.wait_time', 'ipc.rtt') GROUP BY metric),
     names (position, name, unit) AS (VALUES (1, 'db_p95_ms', 'ms'), (2, 'pool_wait_p95_ms', 'ms'), (3, 'cache_hit', 'frac'),
                                             (4, 'start_s', 's'), (5, 'memory', 'frac'), (6, 'ipc_p95_ms', 'ms')),
     -- Each program at its largest moment; a process that two targets see counts once.
     m AS (SELECT sum(pss) AS pss, sum(n) AS n, min(known) AS known FROM (
               SELECT program, max(pss) AS pss, max(n) AS n, min(known = n) AS known FROM (
                   SELECT program, at_us / 1000000 AS look_s, sum(pss_bytes) AS pss, count(*) AS n, count(pss_bytes) AS known
                   FROM process_sample s WHERE run_id IN (SELECT run_id FROM fact_window)
                     AND target_id = (SELECT min(target_id) FROM process_sample x WHERE x.run_id = s.run_id AND x.pid = s.pid)
                   GROUP BY program, at_us / 1000000) GROUP BY program)),
     candidates AS (
    SELECT 1 AS rank, 'db_p95_ms' AS name, hist_quantile_ms(hist, 0.95) AS value, n, 'ok' AS status, 'application events' AS source, NULL AS reason
    FROM h WHERE metric = 'db.client.operation.duration'
    UNION ALL
    SELECT 1, 'pool_wait_p95_ms', hist_quantile_ms(hist, 0.95), n, 'ok', 'application events', NULL FROM h WHERE metric = 'db.client.connection.wait_time'
    UNION ALL
    SELECT 2, 'pool_wait_p95_ms', max(maxwait_p95_ms), sum(samples), 'estimate', 'PgBouncer maxwait',
           'upper bound of the wait at the pooler; waits in the programs'' own pools need application events'
    FROM fact_pgb_pool HAVING count(*) > 0
    UNION ALL
    SELECT 1, 'cache_hit', hit_frac, requests, 'ok', 'application events', NULL FROM fact_cache_total
    UNION ALL
    SELECT 2, 'cache_hit', 1.0 * sum(hits) / sum(lookups), sum(lookups), 'estimate', 'Redis INFO', 'Redis only; memory tiers need application events'
    FROM fact_redis HAVING sum(lookups) > 0
    UNION ALL
    SELECT 1, 'start_s', max(p95_s), sum(processes), 'ok', 'application events', NULL FROM fact_ready HAVING count(*) > 0
    UNION ALL
    SELECT 1, 'memory', 1.0 * m.pss / h.mem_allowed_bytes, m.n, CASE WHEN m.known THEN 'ok' ELSE 'estimate' END,
           'proportional set size / ' || coalesce(h.mem_limit_source, 'physical memory'), CASE WHEN NOT m.known THEN 'memory of some processes cannot be read' END
    FROM m, (SELECT mem_allowed_bytes, mem_limit_source FROM fact_host ORDER BY mem_allowed_bytes LIMIT 1) h WHERE m.pss IS NOT NULL
    UNION ALL
    SELECT 1, 'ipc_p95_ms', hist_quantile_ms(hist, 0.95), n, 'ok', 'application events', NULL FROM h WHERE metric = 'ipc.rtt'),
     best AS (SELECT *, row_number() OVER (PARTITION BY name ORDER BY rank) AS place FROM candidates WHERE value IS NOT NULL)
SELECT names.name, best.value, best.n, names.unit, coalesce(best.status, 'unknown') AS status, best.source,
       CASE WHEN best.name IS NOT NULL THEN best.reason
            WHEN names.name = 'memory' AND NOT EXISTS (SELECT 1 FROM fact_process_look) THEN 'no process of the fleet was seen'
            WHEN names.name = 'memory' THEN 'memory of the fleet''s processes cannot be read'
            ELSE 'no application events' END AS reason
FROM names LEFT JOIN best ON best.name = names.name AND best.place = 1
ORDER BY names.position;

-- ── Pools: what the source decides, joined with processes and what the application reported ──────────────────────────
-- Database pools of the newest source analysis, one row per pool and program that opens it. An event belongs to a pool when its
-- program has only that one, or when its label is the pool's name or application name; others stay unclaimed, as do those labelled redis.
CREATE TEMP VIEW fact_pool_program AS
WITH c AS (
    SELECT * FROM code_pool WHERE run_id = (SELECT max(run_id) FROM code_pool WHERE run_id IN (SELECT run_id FROM fact_window))
    AND coalesce(library, '') NOT LIKE '%redis%' AND coalesce(kind, '') NOT LIKE '%redis%'
), u AS (SELECT DISTINCT c.pool, c.application_name, j.value AS program FROM c, json_each(c.programs) j
), n AS (
    SELECT program, max(processes) AS processes FROM (
        SELECT program, coalesce(processes_declared, processes_running) AS processes FROM process_program
        WHERE run_id IN (SELECT run_id FROM fact_window)
        UNION ALL
        SELECT program, processes FROM code_program
        WHERE run_id = (SELECT max(run_id) FROM code_program WHERE run_id IN (SELECT run_id FROM fact_window))) GROUP BY program
), h AS (
    SELECT program, label, metric, hist_merge(hist) AS hist FROM event_hist WHERE run_id IN (SELECT run_id FROM fact_window)
    AND metric IN ('db.client.connection.wait_time', 'db.client.connection.use_time') GROUP BY program, label, metric
), t AS (
    SELECT program, label, sum(count) AS timeouts FROM event_count WHERE run_id IN (SELECT run_id FROM fact_window)
    AND metric = 'db.client.connection.timeouts' GROUP BY program, label)
SELECT u.pool, u.program, n.processes,
       (SELECT hist_merge(h.hist) FROM h WHERE h.metric LIKE '%wait_time' AND h.program = u.program
        AND (h.label IN (u.pool, u.application_name) OR (h.label IS NOT 'redis' AND 1 = (SELECT count(*) FROM u x WHERE x.program = u.program)))) AS wait_hist,
       (SELECT hist_merge(h.hist) FROM h WHERE h.metric LIKE '%use_time' AND h.program = u.program
        AND (h.label IN (u.pool, u.application_name) OR (h.label IS NOT 'redis' AND 1 = (SELECT count(*) FROM u x WHERE x.program = u.program)))) AS use_hist,
       (SELECT sum(t.timeouts) FROM t WHERE t.program = u.program
        AND (t.label IN (u.pool, u.application_name) OR (t.label IS NOT 'redis' AND 1 = (SELECT count(*) FROM u x WHERE x.program = u.program)))) AS timeouts
FROM u LEFT JOIN n USING (program);

-- One row per pool. per_process: connections that one process may open, NULL where the source does not tell; connections_max:
-- all processes together. Waits and uses are NULL without events.
CREATE TEMP VIEW fact_pool AS
SELECT c.pool, c.library, c.kind, c.async, c.path, c.module, c.qualname, c.line, c.col, c.scope, c.application_name, c.behind_pooler,
       c.size, c.overflow, c.min_size, c.timeout_s, c.recycle_s, c.pre_ping, c.command_timeout_s, c.statement_cache_size,
       c.size + coalesce(c.overflow, 0) AS per_process, u.programs, u.processes,
       (c.size + coalesce(c.overflow, 0)) * u.processes AS connections_max,
       hist_quantile_ms(u.wait_hist, 0.95) AS wait_p95_ms, hist_quantile_ms(u.wait_hist, 0.5) AS wait_p50_ms,
       hist_quantile_ms(u.use_hist, 0.95) AS use_p95_ms, hist_quantile_ms(u.use_hist, 0.5) AS use_p50_ms, u.timeouts
FROM code_pool c LEFT JOIN (
    SELECT pool, count(DISTINCT program) AS programs, CASE WHEN count(processes) = count(*) THEN sum(processes) END AS processes,
           nullif(hist_merge(wait_hist), '') AS wait_hist, nullif(hist_merge(use_hist), '') AS use_hist, sum(timeouts) AS timeouts
    FROM fact_pool_program GROUP BY pool) u USING (pool)
WHERE c.run_id = (SELECT max(run_id) FROM code_pool WHERE run_id IN (SELECT run_id FROM fact_window))
  AND coalesce(c.library, '') NOT LIKE '%redis%' AND coalesce(c.kind, '') NOT LIKE '%redis%';

-- ── Code: what the sources and the configuration beside them decide ─────────────────────────────────────────────────
-- Rows of the newest analysis in the window, columns as the tables. Positions: line and col from 1, col and byte_ in bytes.
-- context of a site or pool: request startup script module test migration. NULL is what could not be resolved; trail says why.
CREATE TEMP VIEW code_run AS SELECT max(run_id) AS run_id FROM fact_window w WHERE EXISTS (SELECT 1 FROM code_file f WHERE f.run_id = w.run_id);
CREATE TEMP VIEW fact_code_file AS SELECT * FROM code_file WHERE run_id = (SELECT run_id FROM code_run);
CREATE TEMP VIEW fact_code_program AS SELECT * FROM code_program WHERE run_id = (SELECT run_id FROM code_run);
-- processes: of all programs that reach the pool, NULL where none is declared.
CREATE TEMP VIEW fact_code_pool AS
SELECT p.*, (SELECT sum(c.processes) FROM json_each(p.programs) j JOIN code_program c ON c.program = j.value AND c.run_id = p.run_id) AS processes
FROM code_pool p WHERE p.run_id = (SELECT run_id FROM code_run);
-- One row per argument of a pool. An empty byte range is where the keyword would be added; decided_by 'default' then.
-- Knobs: size (at most, or at rest where there is overflow) overflow min_size timeout recycle pre_ping echo command_timeout
-- statement_timeout statement_cache_size socket_timeout connect_timeout; of the pool 'pgbouncer': its own settings.
CREATE TEMP VIEW fact_code_value AS SELECT * FROM code_value WHERE run_id = (SELECT run_id FROM code_run);
-- Every place that has a say in an argument of a pool, by rank; role: decides possible example default overridden use setting.
CREATE TEMP VIEW fact_code_decision AS SELECT * FROM code_decision WHERE run_id = (SELECT run_id FROM code_run);
CREATE TEMP VIEW fact_code_cache AS SELECT * FROM code_cache WHERE run_id = (SELECT run_id FROM code_run);
-- what of a loop: for_rows (over a query's result) for_constant for_range for_chunks for_async for while; its note 'paced': each
-- round sleeps or sends. note of a call: 'through f', 'by name', 'last round', 'some rounds'; of redis_set: 'expires', 'no ttl'.
-- kind 'function', what 'handler': a function that a framework calls; note: which and how ("fastapi get '/users'").
CREATE TEMP VIEW fact_code_site AS SELECT * FROM code_site WHERE run_id = (SELECT run_id FROM code_run);
-- A text that no call of its own file sends is left out when another file does. origin: text orm; site: the call that sends it.
CREATE TEMP VIEW fact_code_statement AS
WITH sent AS (SELECT DISTINCT path, byte_start FROM code_statement WHERE run_id = (SELECT run_id FROM code_run) AND site IS NOT NULL)
SELECT s.* FROM code_statement s LEFT JOIN sent ON s.site IS NULL AND sent.path = s.path AND sent.byte_start = s.byte_start
WHERE s.run_id = (SELECT run_id FROM code_run) AND sent.path IS NULL;
-- Grain: captured statement, place in the code that may send it; all that fit as well as the best are named. how: tag (a comment in the
-- text names the place), text (the same, but for white space, case, values and lengths of lists), family (the same fingerprint), part
-- (a text with holes for names fits), shape (an ORM's expression: the same tables, conditions and order). candidates: places named.
CREATE TEMP VIEW fact_statement_source AS
WITH x AS MATERIALIZED (
    SELECT target_id, queryid, fingerprint, fingerprint_version, canonical, shape, query, tables, projection, replace(query, '"', '') AS bare,
           replace(replace(shape, ' +|', '|'), '+|', '|') AS kin, -- an ORM's first page has no OFFSET, others have
           CASE kind WHEN 'insert' THEN 'insert *' || substr(shape, instr(shape, '|')) END AS rows -- of one or many
    FROM pg_statement_text
    WHERE kind IN ('select', 'insert', 'update', 'delete') AND EXISTS (SELECT 1 FROM code_run WHERE run_id IS NOT NULL)
), tagged AS MATERIALIZED (SELECT *, replace(replace(query, '%2F', '/'), '%3A', ':') AS tag FROM x WHERE instr(query, '/*')
), c AS MATERIALIZED (
    SELECT path, module, qualname, line, byte_start, site, fingerprint, fingerprint_version, canonical, shape, origin, holes, tables, kind, confidence, projection
    FROM fact_code_statement WHERE context <> 'test' AND tables <> '[]'
), hit AS (
    SELECT x.target_id, x.queryid, c.*, 5 + length(c.path) / 10000.0 AS rank, 'tag' AS how, 1.0 AS sure FROM tagged x JOIN c ON instr(x.tag, c.path)
    WHERE substr(' ' || x.tag, instr(x.tag, c.path), 1) IN ('/', '''', '"', ' ', '=')
      AND (substr(x.tag, instr(x.tag, c.path) + length(c.path)) GLOB ':' || c.line || '[^0-9]*' OR x.tag LIKE '%lineno=''' || c.line || '''%')
    UNION ALL
    SELECT x.target_id, x.queryid, c.*, 4, 'text', 0.95 FROM x JOIN c ON c.canonical = x.canonical WHERE coalesce(c.holes, '') NOT IN ('identifier', 'clause')
    UNION ALL
    SELECT x.target_id, x.queryid, c.*, 3, 'family', 0.8 FROM x JOIN c ON c.fingerprint = x.fingerprint AND c.fingerprint_version = x.fingerprint_version
    WHERE coalesce(c.holes, '') NOT IN ('identifier', 'clause') AND (c.kind = 'insert' OR coalesce(c.shape = x.shape, 1))
    UNION ALL
    SELECT x.target_id, x.queryid, c.*, 2, 'part', 0.5 FROM x JOIN c ON c.holes = 'identifier' AND c.tables = x.tables AND x.canonical LIKE replace(c.canonical, 'hole_', '%')
    UNION ALL
    SELECT x.target_id, x.queryid, c.*, 1, 'shape', c.confidence FROM x JOIN c ON c.origin = 'orm' AND c.shape IN (x.kin, x.rows)
    WHERE (instr(x.bare, json_extract(x.tables, '$[0]') || '.') OR instr(x.query, '"' || json_extract(x.tables, '$[0]') || '"'))
      AND CASE WHEN c.kind = 'select' THEN c.projection = x.projection
               WHEN c.kind IN ('insert', 'update') THEN NOT EXISTS (SELECT 1 FROM json_each(c.projection) p WHERE p.value NOT IN (SELECT value FROM json_each(x.projection)))
                    OR NOT EXISTS (SELECT 1 FROM json_each(x.projection) p WHERE p.value NOT IN (SELECT value FROM json_each(c.projection)))
               ELSE 1 END
), best AS (SELECT *, max(rank) OVER (PARTITION BY target_id, queryid) AS best FROM hit
), place AS (SELECT DISTINCT target_id, queryid, path, module, qualname, line, byte_start, site, how, sure FROM best WHERE rank = best
), n AS MATERIALIZED (SELECT target_id, queryid, count(DISTINCT path || ':' || byte_start) AS places FROM place GROUP BY target_id, queryid)
SELECT target_id, queryid, path, module, qualname, line, byte_start, site, how, sure / places AS confidence, places AS candidates
FROM place JOIN n USING (target_id, queryid);
-- Grain: statement of the code that was captured. What it cost, over all that the server tells apart; shared_by: as many places may have
-- sent it, and nobody knows which. share_of_database: of the time of all statements.
CREATE TEMP VIEW fact_code_cost AS
SELECT l.path, l.line, l.byte_start, l.site, t.name AS target, count(*) AS statements, sum(s.calls) AS calls, sum(s.total_ms) AS total_ms,
       sum(s.share_frac) AS share_of_database, sum(s.total_ms) / nullif(sum(s.calls), 0) AS mean_ms, max(s.window_s) AS window_s, min(s.basis) AS basis,
       max(l.candidates) AS shared_by, min(l.confidence) AS confidence
FROM fact_statement_source l JOIN target t USING (target_id) JOIN fact_statement s ON s.target = t.name AND s.queryid = l.queryid
GROUP BY l.path, l.line, l.byte_start, l.site, t.name;
CREATE TEMP VIEW fact_code_finding AS SELECT * FROM code_finding WHERE run_id = (SELECT run_id FROM code_run);
-- Tables, columns, indexes and relationships as models, migrations and SQL files declare them; DDL of migrations; settings in files.
-- What a later migration drops is left out; files count in the order of seq. Models (source 'model') stand as they are.
CREATE TEMP VIEW code_undone AS
SELECT op, table_name, object, columns, seq, line FROM code_ddl
WHERE run_id = (SELECT run_id FROM code_run) AND op IN ('drop table', 'drop index', 'drop column', 'drop constraint', 'rename column');
CREATE TEMP VIEW fact_code_table AS
WITH u AS MATERIALIZED (SELECT * FROM code_undone)
SELECT * FROM code_table t WHERE run_id = (SELECT run_id FROM code_run)
AND (source = 'model' OR NOT EXISTS (SELECT 1 FROM u WHERE u.op = 'drop table' AND u.table_name = t.table_name AND (u.seq, u.line) > (t.seq, t.line)));
CREATE TEMP VIEW fact_code_column AS
WITH u AS MATERIALIZED (SELECT * FROM code_undone)
SELECT * FROM code_column c WHERE run_id = (SELECT run_id FROM code_run)
AND (source = 'model' OR NOT EXISTS (
    SELECT 1 FROM u WHERE u.table_name = c.table_name AND (u.seq, u.line) > (c.seq, c.line)
    AND (u.op = 'drop table' OR (u.op IN ('drop column', 'rename column') AND instr(u.columns, '"' || c.column_name || '"')))));
CREATE TEMP VIEW fact_code_index AS
WITH u AS MATERIALIZED (SELECT * FROM code_undone)
SELECT * FROM code_index i WHERE run_id = (SELECT run_id FROM code_run)
AND (source = 'model' OR NOT (
    EXISTS (SELECT 1 FROM u WHERE u.object = i.index_name AND u.op IN ('drop index', 'drop constraint') AND (u.seq, u.line) > (i.seq, i.line))
    OR EXISTS (SELECT 1 FROM u WHERE u.table_name = i.table_name AND (u.op = 'drop table' OR (u.op = 'drop column' AND instr(i.columns, u.columns)))
               AND (u.seq, u.line) > (i.seq, i.line))));
-- What a search can start with: the first column or expression of an index or key, each element of an index that is no B-tree.
CREATE TEMP VIEW fact_code_lead AS
SELECT i.table_name, j.value AS lead, i.method, i.opclass, i.predicate, i.path, i.line
FROM fact_code_index i JOIN json_each(i.columns) j WHERE j.key = 0 OR i.method IN ('gin', 'gist', 'spgist', 'brin', 'bloom')
UNION ALL
SELECT c.table_name, c.column_name, 'btree', NULL, NULL, c.path, c.line
FROM (SELECT *, rank() OVER (PARTITION BY table_name, source, primary_key ORDER BY path, line) AS place FROM fact_code_column WHERE primary_key OR indexed OR is_unique) c
WHERE (c.indexed AND NOT c.primary_key) OR c.is_unique OR (c.primary_key AND c.place = 1);
-- Grain: statement, condition. table_name also where the text does not say it and only one of its tables has the column.
CREATE TEMP VIEW fact_code_filter AS
WITH col AS MATERIALIZED (SELECT DISTINCT table_name, column_name FROM fact_code_column)
SELECT s.path, s.module, s.qualname, s.line AS statement_line, s.col, s.byte_start, s.kind, s.origin, s.context, s.site, s.fingerprint, s.snippet_hash, s.tables, s.limited,
       coalesce(json_extract(j.value, '$.table'), (
           SELECT min(c.table_name) FROM col c WHERE c.column_name = json_extract(j.value, '$.column') AND instr(json_extract(j.value, '$.among'), '"' || c.table_name || '"')
           HAVING count(*) = 1)) AS table_name,
       json_extract(j.value, '$.column') AS column_name, json_extract(j.value, '$.op') AS op, json_extract(j.value, '$.expr') AS expr,
       coalesce(json_extract(j.value, '$.or'), 0) AS in_or, coalesce(json_extract(j.value, '$.not'), 0) AS negated,
       coalesce(json_extract(j.value, '$.const'), 0) AS is_constant,
       coalesce(json_extract(j.value, '$.block'), 0) AS block, coalesce(json_extract(j.value, '$.line'), s.line) AS line
FROM fact_code_statement s JOIN json_each(s.filters) j;
CREATE TEMP VIEW fact_code_relationship AS SELECT * FROM code_relationship WHERE run_id = (SELECT run_id FROM code_run);
CREATE TEMP VIEW fact_code_ddl AS SELECT * FROM code_ddl WHERE run_id = (SELECT run_id FROM code_run);
-- A row when the tree speaks to another database than PostgreSQL, by its pools, else by drivers it depends on, images and URLs; local: no more
-- than SQLite is sure, which is often only a default.
CREATE TEMP VIEW fact_code_other_database AS
WITH pool AS MATERIALIZED (
    SELECT driver, library IN ('asyncpg', 'aiopg', 'psycopg2', 'psycopg_pool', 'psycopg')
           OR coalesce(driver, '') IN ('asyncpg', 'psycopg', 'psycopg2', 'psycopg_async', 'pg8000', 'aiopg', 'postgresql', 'postgres', 'psycopg2cffi') AS ours FROM fact_code_pool
), named AS MATERIALIZED (SELECT name, format IN ('yaml', 'env') AS sure FROM code_setting WHERE run_id = (SELECT run_id FROM code_run) AND system = 'database')
SELECT EXISTS (SELECT 1 FROM pool WHERE driver LIKE '%sqlite%') AND NOT EXISTS (SELECT 1 FROM pool WHERE driver LIKE '%mysql%') AND NOT EXISTS (SELECT 1 FROM named WHERE sure) AS local
FROM code_run
WHERE NOT EXISTS (SELECT 1 FROM pool WHERE ours)
AND (EXISTS (SELECT 1 FROM pool WHERE driver NOT LIKE '%sqlite%') OR NOT EXISTS (SELECT 1 FROM named WHERE name = 'postgresql'))
AND (EXISTS (SELECT 1 FROM pool WHERE driver IS NOT NULL) OR EXISTS (SELECT 1 FROM named));
-- Grain: step of a migration on a table that was there before. age: 1 for the newest file of its series; older ones have been applied most
-- likely. is_new: the table is made in the same file. rows: of the table, where a capture knows it;
-- is_large: by them, else unless the table is made in one of the newest files. Nothing when
-- the tree speaks to another database, and of files that set up the whole.
CREATE TEMP VIEW fact_migration_step AS
WITH every AS MATERIALIZED (SELECT *, dense_rank() OVER (PARTITION BY series ORDER BY seq DESC) AS age FROM fact_code_ddl WHERE framework IS NOT NULL
), d AS MATERIALIZED (
    SELECT * FROM every WHERE path NOT LIKE '%archive%' AND path NOT LIKE '%/init/%' AND path NOT LIKE 'init/%' AND path NOT LIKE '%initial%'
)
SELECT *, CASE WHEN is_large THEN 'warning' ELSE 'info' END AS severity FROM (
SELECT d.*, z.rows, CASE WHEN z.rows IS NULL THEN NOT EXISTS (SELECT 1 FROM every o WHERE o.op = 'create table' AND o.table_name = d.table_name AND o.series = d.series AND o.age <= 5)
                         ELSE z.rows > 100000 END AS is_large,
       CASE WHEN z.rows IS NULL THEN '' ELSE printf(' (%d rows)', z.rows) END AS size, d.new_table AS is_new
FROM d LEFT JOIN (SELECT name, max(rows) AS rows FROM fact_table GROUP BY name) z ON z.name = d.table_name
WHERE d.age <= 5 AND NOT EXISTS (SELECT 1 FROM fact_code_other_database));
CREATE TEMP VIEW fact_code_setting AS SELECT * FROM code_setting WHERE run_id = (SELECT run_id FROM code_run);
-- Calls that a fix may give an argument (pools, SET and EXPIRE of Redis, HTTP): where, and the bytes around it.
CREATE TEMP VIEW fact_code_argument AS SELECT * FROM code_argument WHERE run_id = (SELECT run_id FROM code_run);
-- ── series: what changed over weeks ─────────────────────────────────────────────────────────────────────────────────
-- Grain: target, metric, object whose level has moved for good, as the newest look at all series found (docs/models/shift.md). metric:
-- statement.mean (object: queryid), event.p95 and pooler.wait in ms; redis.miss and cache.miss as fractions; program.memory in bytes; table.size
-- and index.size, which are judged by their growth in bytes a day. step: now / usual (of sizes now - usual); step_lo, step_hi: its 95 % interval;
-- nights: with a capture since then; n: observations of the last day.
CREATE TEMP VIEW fact_shift AS
SELECT t.name AS target, x.metric, x.object, s.direction, s.since_us, s.nights, s.step, s.step_lo, s.step_hi,
       s.usual / u.unit AS usual, s.now / u.unit AS now, s.n, s.score, s.plan_changed, strftime('%Y-%m-%d', s.since_us / 1000000, 'unixepoch') AS since
FROM series_shift s JOIN series x USING (series_id) JOIN target t USING (target_id)
JOIN (SELECT 'statement.mean' AS metric, 1e6 AS unit UNION ALL SELECT 'event.p95', 1e6 UNION ALL SELECT 'pooler.wait', 1e6 UNION ALL
      SELECT 'redis.miss', 1e6 UNION ALL SELECT 'cache.miss', 1e6 UNION ALL SELECT 'program.memory', 1.0 UNION ALL SELECT 'table.size', 1.0
      UNION ALL SELECT 'index.size', 1.0) u USING (metric)
WHERE s.run_id IN (SELECT run_id FROM fact_window);
-- Grain: metric. How many series the newest look could judge, how many are too young, and by how many nights the oldest of those; findable: the
-- step that half of the series would show within a week in nine of ten cases.
CREATE TEMP VIEW fact_series AS SELECT metric, judged, young, missing, score_limit, findable FROM series_state WHERE run_id IN (SELECT run_id FROM fact_window);

-- Fact views: temporary, over the runs in temp.fact_window. Contract version 1; documented in perfadvise-history(5).
CREATE TEMP VIEW fact_state_now AS SELECT * FROM fact_state WHERE run_id IN (SELECT run_id FROM fact_window);

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
SELECT target_id, program, at_us / 1000000 AS look_s, count(DISTINCT pid) AS processes, sum(pss_bytes) AS pss_bytes, count(pss_bytes) AS known,
       count(*) AS n, max(pss_bytes) AS pss_max_bytes, sum(rss_bytes) AS rss_bytes, sum(threads) AS threads, max(fds) AS fds_max, min(fd_limit) AS fd_limit
FROM process_sample WHERE run_id IN (SELECT run_id FROM fact_window) GROUP BY target_id, program, at_us / 1000000;

-- One row per program. Sums are the largest seen at one moment; pss_sum_bytes is NULL when a process could not be read.
-- restarts: processes beyond the number that ran at one moment (a new pid in the place of an old one).
CREATE TEMP VIEW fact_process AS
WITH pg AS (SELECT p.*, row_number() OVER (PARTITION BY target_id, program ORDER BY at_us DESC) AS back
            FROM process_program p WHERE run_id IN (SELECT run_id FROM fact_window)),
     l AS (SELECT target_id, program, max(CASE WHEN known = n THEN pss_bytes END) AS pss_sum_bytes, max(pss_max_bytes) AS pss_max_bytes,
                  max(rss_bytes) AS rss_sum_bytes, max(threads) AS threads, max(fds_max) AS fds_max, min(fd_limit) AS fd_limit, max(processes) AS at_once
           FROM fact_process_look GROUP BY target_id, program),
     c AS (SELECT target_id, program, sum(cpu_us) AS cpu_us, max(window_s) AS window_s, count(*) AS pids, min(started_us) AS first_started_us,
                  max(started_us) AS last_started_us
           FROM (SELECT target_id, program, pid, max(cpu_us) - min(cpu_us) AS cpu_us, (max(at_us) - min(at_us)) / 1e6 AS window_s,
                        max(started_us) AS started_us
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
FROM cache_access a WHERE a.run_id IN (SELECT run_id FROM fact_window);

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
-- program has only that one, or when its label is the pool's name or application name; others stay unclaimed.
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
        AND (h.label IN (u.pool, u.application_name) OR 1 = (SELECT count(*) FROM u x WHERE x.program = u.program))) AS wait_hist,
       (SELECT hist_merge(h.hist) FROM h WHERE h.metric LIKE '%use_time' AND h.program = u.program
        AND (h.label IN (u.pool, u.application_name) OR 1 = (SELECT count(*) FROM u x WHERE x.program = u.program))) AS use_hist,
       (SELECT sum(t.timeouts) FROM t WHERE t.program = u.program
        AND (t.label IN (u.pool, u.application_name) OR 1 = (SELECT count(*) FROM u x WHERE x.program = u.program))) AS timeouts
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
CREATE TEMP VIEW code_run AS SELECT max(run_id) AS run_id FROM code_file WHERE run_id IN (SELECT run_id FROM fact_window);
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
CREATE TEMP VIEW fact_code_cache AS SELECT * FROM code_cache WHERE run_id = (SELECT run_id FROM code_run);
-- what of a loop: for_rows (over a query's result) for_constant for_range for_chunks for_async for while; its note 'paced': each
-- round sleeps or sends. note of a call: 'through f', 'by name', 'last round', 'some rounds'; of redis_set: 'expires', 'no ttl'.
CREATE TEMP VIEW fact_code_site AS SELECT * FROM code_site WHERE run_id = (SELECT run_id FROM code_run);
CREATE TEMP VIEW fact_code_statement AS SELECT * FROM code_statement WHERE run_id = (SELECT run_id FROM code_run);
CREATE TEMP VIEW fact_code_finding AS SELECT * FROM code_finding WHERE run_id = (SELECT run_id FROM code_run);

-- History v1. Times are microseconds since 1970 UTC (_us), sizes are bytes, fractions 0..1, latencies milliseconds (_ms).
-- Every row that a probe emits carries run_id, target_id and at_us, filled in by the store.
-- NULL is unknown, never zero. Column docs: perfadvise-history(5).

CREATE TABLE host (
    host_id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, name TEXT NOT NULL);

-- One capture, import, analysis, audit or load test.
CREATE TABLE run (
    run_id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, label TEXT,
    started_us INTEGER NOT NULL, ended_us INTEGER, tool TEXT NOT NULL,
    outcome TEXT,                       -- ok, partial, failed; NULL while it runs or when it died
    parent_run INTEGER REFERENCES run); -- analysis: the capture it read; audit: the one before

-- Something observed. identity survives renames: PostgreSQL system identifier/database oid, Redis run id, absolute root of a tree.
CREATE TABLE target (
    target_id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, identity TEXT,
    UNIQUE (name, kind));

CREATE TABLE run_probe (
    run_id INTEGER NOT NULL REFERENCES run, target_id INTEGER REFERENCES target, probe TEXT NOT NULL,
    outcome TEXT NOT NULL,              -- ok, partial, failed
    detail TEXT, wall_us INTEGER, cpu_us INTEGER, steps INTEGER, records INTEGER);

-- Per fact: what could be seen. A rule whose needs are not ok says why and does not fire.
CREATE TABLE fact_state (
    run_id INTEGER NOT NULL REFERENCES run, target_id INTEGER REFERENCES target, at_us INTEGER,
    fact TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('ok','empty','denied','unknown')),
    reason TEXT, remedy TEXT);

-- Cumulative counters went back or the clock stepped: no rate may be computed across this moment.
CREATE TABLE reset_mark (
    run_id INTEGER NOT NULL REFERENCES run, target_id INTEGER REFERENCES target, at_us INTEGER NOT NULL,
    counter TEXT NOT NULL, why TEXT NOT NULL);

-- ── PostgreSQL ──────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE pg_server (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    version_num INTEGER, system_identifier TEXT, database TEXT, database_oid INTEGER, role TEXT, is_superuser INTEGER,
    in_recovery INTEGER, started_us INTEGER, stats_reset_us INTEGER,
    database_bytes INTEGER, extensions TEXT,    -- extensions: JSON {name: version}
    is_local INTEGER);                          -- reached by a unix socket or the loopback: on this host
CREATE TABLE pg_setting (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    name TEXT NOT NULL, value TEXT, unit TEXT, context TEXT, source TEXT, boot_value TEXT, reset_value TEXT, pending_restart INTEGER);
CREATE TABLE pg_role_setting (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    role TEXT, database TEXT, name TEXT NOT NULL, value TEXT);
CREATE TABLE pg_database_sample (   -- cumulative counters of the database
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    numbackends INTEGER, xact_commit INTEGER, xact_rollback INTEGER, blks_read INTEGER, blks_hit INTEGER,
    tup_returned INTEGER, tup_fetched INTEGER, tup_inserted INTEGER, tup_updated INTEGER, tup_deleted INTEGER,
    temp_files INTEGER, temp_bytes INTEGER, deadlocks INTEGER, conflicts INTEGER,
    session_ms REAL, active_ms REAL, idle_in_transaction_ms REAL,
    sessions INTEGER, sessions_abandoned INTEGER, sessions_fatal INTEGER, sessions_killed INTEGER, stats_reset_us INTEGER,
    server_connections INTEGER,                 -- of clients, to all databases, without our own
    own_xacts INTEGER);                         -- transactions that the probe caused so far; part of xact_commit
CREATE TABLE pg_activity_sample (   -- one row per application and sample; perfadvise's own sessions are left out
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    application TEXT NOT NULL, role TEXT, connections INTEGER NOT NULL, active INTEGER, idle INTEGER, idle_in_transaction INTEGER,
    waiting_lock INTEGER, blocked INTEGER, oldest_xact_ms REAL, oldest_idle_in_transaction_ms REAL, oldest_query_ms REAL,
    oldest_blocked_ms REAL, oldest_backend_s REAL, youngest_backend_s REAL);
CREATE TABLE pg_blocking (          -- who waited for whose lock; looked at once a second while somebody waits
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    application TEXT, role TEXT, blocker TEXT, blocker_role TEXT, blocker_state TEXT, wait_ms REAL, blocker_xact_ms REAL,
    blocker_state_ms REAL, relation TEXT, mode TEXT);
CREATE TABLE pg_statement_text (    -- normalized text, stored once
    target_id INTEGER NOT NULL, queryid TEXT NOT NULL, fingerprint TEXT, fingerprint_version TEXT,
    query TEXT NOT NULL, tables TEXT, truncated INTEGER NOT NULL DEFAULT 0, kind TEXT,  -- kind: select insert update delete utility other
    PRIMARY KEY (target_id, queryid));
CREATE TABLE pg_statement (         -- pg_stat_statements counters; two snapshots a run: edge 'begin' and 'end'
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, edge TEXT NOT NULL,
    database TEXT, role TEXT, queryid TEXT NOT NULL, toplevel INTEGER,
    calls INTEGER, rows INTEGER, total_ms REAL, mean_ms REAL, min_ms REAL, max_ms REAL, stddev_ms REAL, plan_total_ms REAL,
    shared_hit INTEGER, shared_read INTEGER, shared_dirtied INTEGER, temp_written INTEGER, wal_bytes INTEGER, read_ms REAL);
CREATE TABLE pg_table (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    oid INTEGER NOT NULL, schema TEXT NOT NULL, name TEXT NOT NULL, kind TEXT, persistence TEXT, rows REAL, pages INTEGER,
    heap_bytes INTEGER, total_bytes INTEGER, indexes_bytes INTEGER, toast_bytes INTEGER,
    live_rows INTEGER, dead_rows INTEGER, mods_since_analyze INTEGER,
    seq_scan INTEGER, seq_tup_read INTEGER, idx_scan INTEGER, tup_ins INTEGER, tup_upd INTEGER, tup_del INTEGER, tup_hot_upd INTEGER,
    heap_hit INTEGER, heap_read INTEGER, idx_hit INTEGER, idx_read INTEGER,
    last_vacuum_us INTEGER, last_analyze_us INTEGER, frozen_xid_age INTEGER, mxid_age INTEGER, has_pk INTEGER,
    reloptions TEXT, columns INTEGER, used_by_view INTEGER);
CREATE TABLE pg_table_counter (     -- counters at the beginning of the window; those of the end are in pg_table
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    oid INTEGER NOT NULL, seq_scan INTEGER, seq_tup_read INTEGER, idx_scan INTEGER, tup_ins INTEGER, tup_upd INTEGER, tup_del INTEGER,
    tup_hot_upd INTEGER, heap_hit INTEGER, heap_read INTEGER);
CREATE TABLE pg_index_counter (     -- as pg_table_counter
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, oid INTEGER NOT NULL, idx_scan INTEGER);
CREATE TABLE pg_checkpoint (        -- counters of the server, edges 'begin' and 'end'
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, edge TEXT NOT NULL,
    timed INTEGER, requested INTEGER, write_ms REAL, sync_ms REAL, buffers_checkpoint INTEGER, buffers_clean INTEGER,
    maxwritten_clean INTEGER, buffers_backend INTEGER, stats_reset_us INTEGER);
CREATE TABLE pg_index (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    oid INTEGER NOT NULL, table_oid INTEGER NOT NULL, schema TEXT, "table" TEXT, name TEXT NOT NULL, method TEXT,
    definition TEXT,                             -- NULL while another session locked the table
    key_columns TEXT,                            -- JSON array of names, null for an expression
    include_columns TEXT, predicate TEXT, expressions TEXT, opclasses TEXT, collations TEXT, options TEXT,
    is_unique INTEGER, is_primary INTEGER, is_exclusion INTEGER, is_constraint INTEGER, is_replica_identity INTEGER,
    is_valid INTEGER, is_ready INTEGER, building INTEGER, bytes INTEGER, idx_scan INTEGER, idx_tup_read INTEGER, idx_tup_fetch INTEGER,
    blks_hit INTEGER, blks_read INTEGER, is_partition INTEGER,
    is_partitioned INTEGER);                    -- the index of a partitioned table: holds nothing itself
CREATE TABLE pg_column (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    table_oid INTEGER NOT NULL, attnum INTEGER NOT NULL, name TEXT NOT NULL, type TEXT, not_null INTEGER, avg_width INTEGER,
    n_distinct REAL, null_frac REAL, correlation REAL, 
    mcv_freqs TEXT,                     -- JSON: frequencies of the 20 most common values, never the values
    mcv_count INTEGER, mcv_frac REAL,   -- how many most common values are known, and their share of the rows
    has_default TEXT);                  -- the expression
CREATE TABLE pg_foreign_key (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    name TEXT NOT NULL, table_oid INTEGER, schema TEXT, "table" TEXT, columns TEXT, ref_table_oid INTEGER, ref_table TEXT, ref_columns TEXT,
    on_delete TEXT, validated INTEGER,
    supported INTEGER);                          -- NULL: not seen for a lock
CREATE TABLE pg_sequence (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    schema TEXT, name TEXT, last_value INTEGER, max_value INTEGER, owner_table TEXT, owner_column TEXT, column_type TEXT, used_frac REAL);
CREATE TABLE pg_wraparound (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    database TEXT, xid_age INTEGER, mxid_age INTEGER, xmin_holder TEXT, xmin_age INTEGER, oldest_holder_s REAL);
CREATE TABLE pg_slot (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    name TEXT, kind TEXT, active INTEGER, retained_bytes INTEGER, wal_status TEXT);
CREATE TABLE pg_statements_info (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, edge TEXT NOT NULL,
    dealloc INTEGER, entries INTEGER, max_entries INTEGER, stats_reset_us INTEGER);
CREATE TABLE pg_plan (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    queryid TEXT NOT NULL, method TEXT NOT NULL,   -- generic_plan, forced_generic, sampled, literal, failed
    plan_hash TEXT, total_cost REAL, plan_rows REAL, plan TEXT, failure TEXT);   -- plan: EXPLAIN (FORMAT JSON), constants replaced

-- ── PgBouncer ───────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE pgb_pool_sample (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    database TEXT, role TEXT, cl_active INTEGER, cl_waiting INTEGER, sv_active INTEGER, sv_idle INTEGER, sv_used INTEGER,
    sv_login INTEGER, maxwait_us INTEGER, pool_mode TEXT);
CREATE TABLE pgb_stat_sample (      -- cumulative totals
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    database TEXT, xact_count INTEGER, query_count INTEGER, xact_time_us INTEGER, query_time_us INTEGER, wait_time_us INTEGER,
    received_bytes INTEGER, sent_bytes INTEGER);
CREATE TABLE pgb_config (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    key TEXT NOT NULL, value TEXT, default_value TEXT, changeable INTEGER);
CREATE TABLE pgb_database (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    name TEXT, host TEXT, port INTEGER, database TEXT, pool_size INTEGER, min_pool_size INTEGER, reserve_pool INTEGER,
    pool_mode TEXT, max_connections INTEGER, current_connections INTEGER);
CREATE TABLE pgb_list (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, item TEXT NOT NULL, count INTEGER);

-- ── Redis ───────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE redis_sample (         -- INFO; counters cumulative
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    version TEXT, server_run_id TEXT, uptime_s INTEGER, used_memory INTEGER, used_memory_rss INTEGER, used_memory_peak INTEGER,
    maxmemory INTEGER, maxmemory_policy TEXT, total_system_memory INTEGER, mem_fragmentation_ratio REAL, allocator_frag_ratio REAL,
    allocator_frag_bytes INTEGER, keyspace_hits INTEGER, keyspace_misses INTEGER, evicted_keys INTEGER, expired_keys INTEGER,
    connected_clients INTEGER, blocked_clients INTEGER, maxclients INTEGER, rejected_connections INTEGER, total_connections INTEGER,
    commands INTEGER, cpu_us INTEGER, slowlog_len INTEGER, loading INTEGER, role TEXT, rdb_last_bgsave_status TEXT, aof_last_write_status TEXT,
    latest_fork_us INTEGER);
CREATE TABLE redis_keyspace (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    db INTEGER NOT NULL, keys INTEGER, expires INTEGER, avg_ttl_ms INTEGER);
CREATE TABLE redis_pattern (        -- from a budgeted SCAN; names are patterns (user:{n}:profile), never keys
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    pattern TEXT NOT NULL, type TEXT, sampled INTEGER, keys_estimated REAL, mean_bytes REAL, no_ttl INTEGER, mean_ttl_s REAL, largest_bytes INTEGER,
    largest_elements INTEGER, scanned_frac REAL);
CREATE TABLE redis_slow (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    command TEXT NOT NULL, pattern TEXT, duration_us INTEGER, client_name TEXT);
CREATE TABLE redis_command (        -- INFO commandstats, edges 'begin' and 'end'
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, edge TEXT NOT NULL,
    command TEXT NOT NULL, calls INTEGER, usec INTEGER);
CREATE TABLE redis_config (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, key TEXT NOT NULL, value TEXT);

-- ── Host and processes ──────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE host_sample (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    cpus INTEGER, mem_total INTEGER, mem_available INTEGER, mem_limit INTEGER, mem_limit_source TEXT, mem_current INTEGER, oom_kills INTEGER,
    load1 REAL, cpu_busy_us INTEGER, cpu_total_us INTEGER, psi_cpu_avg10 REAL, psi_mem_avg10 REAL, psi_io_avg10 REAL,
    nr_periods INTEGER, nr_throttled INTEGER, overcommit_memory INTEGER, thp TEXT, shm_total INTEGER, shm_used INTEGER);
CREATE TABLE process_sample (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    program TEXT NOT NULL, process TEXT, pid INTEGER NOT NULL, main INTEGER, -- main: 0 for a child of another process of the program
    started_us INTEGER, pss_bytes INTEGER, rss_bytes INTEGER,
    private_bytes INTEGER, shared_bytes INTEGER, swap_bytes INTEGER, fds INTEGER, fd_limit INTEGER, threads INTEGER, cpu_us INTEGER);
CREATE TABLE process_program (      -- as declared: supervisor, systemd, pid file, command pattern
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    program TEXT NOT NULL, processes_declared INTEGER, processes_running INTEGER, command TEXT, directory TEXT, source TEXT,
    source_line INTEGER, autorestart TEXT, startsecs INTEGER);

-- ── Application events (DogStatsD listener) ─────────────────────────────────────────────────────────────────────────
CREATE TABLE event_hist (           -- one row per metric, program, pid, label and interval; hist: base/hist.h, microseconds
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, interval_us INTEGER,
    metric TEXT NOT NULL, program TEXT, pid INTEGER, label TEXT, hist TEXT NOT NULL, count INTEGER NOT NULL, sum_ms REAL, max_ms REAL);
CREATE TABLE event_gauge (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    metric TEXT NOT NULL, program TEXT, pid INTEGER, label TEXT, state TEXT, value REAL, max REAL); -- value: last of the interval
CREATE TABLE event_count (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, interval_us INTEGER,
    metric TEXT NOT NULL, program TEXT, pid INTEGER, label TEXT, count INTEGER NOT NULL);
CREATE TABLE event_cache (          -- requests by tier and template
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, interval_us INTEGER,
    program TEXT, pid INTEGER, tier TEXT NOT NULL, template TEXT, hits INTEGER NOT NULL, misses INTEGER NOT NULL,
    load_ms REAL, bytes INTEGER);
CREATE TABLE cache_access (         -- the trace that warming and curves read; key_hash is a hash, the key never left the process
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    pid INTEGER, tier TEXT NOT NULL, template TEXT, key_hash TEXT NOT NULL, hit INTEGER NOT NULL, bytes INTEGER, ttl_s INTEGER, load_us INTEGER);
CREATE TABLE event_loss (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    program TEXT, pid INTEGER, received INTEGER, lost INTEGER, malformed INTEGER);

-- ── Code facts: what the source decides. byte_start..byte_end is the range of the thing (or of its value) in the file ──
CREATE TABLE code_file (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    path TEXT NOT NULL, module TEXT, language TEXT, bytes INTEGER, lines INTEGER, sha256 TEXT, unparsed_line INTEGER, note TEXT);
CREATE TABLE code_program (         -- a command of the supervisor file, with the module that it starts
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    program TEXT NOT NULL, processes INTEGER, command TEXT, entry_path TEXT, entry_module TEXT, path TEXT, line INTEGER, modules TEXT); -- modules: JSON, reachable by imports
CREATE TABLE code_pool (            -- database engines and pools, Redis pools
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    pool TEXT NOT NULL, library TEXT, kind TEXT, async INTEGER, path TEXT, module TEXT, qualname TEXT, line INTEGER, col INTEGER,
    byte_start INTEGER, byte_end INTEGER, scope TEXT,   -- module startup object factory escaping; function or loop: made again for each call
    context TEXT, driver TEXT, url TEXT, application_name TEXT, behind_pooler INTEGER, size INTEGER, overflow INTEGER, min_size INTEGER, timeout_s REAL, recycle_s REAL,
    pre_ping INTEGER, command_timeout_s REAL, statement_cache_size INTEGER, echo INTEGER, programs TEXT, trail TEXT, snippet_hash TEXT);
CREATE TABLE code_value (           -- a value that decides something, and where it can be rewritten
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    pool TEXT, knob TEXT NOT NULL,      -- size overflow min_size max_size timeout recycle pre_ping command_timeout ...
    value TEXT, path TEXT, format TEXT, -- python yaml env ini toml
    key_path TEXT, line INTEGER, col INTEGER, byte_start INTEGER, byte_end INTEGER,
    decided_by TEXT,                    -- literal constant env_default env_file yaml settings_class default unresolved
    resolved INTEGER NOT NULL, trail TEXT);
CREATE TABLE code_cache (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    cache TEXT, tier TEXT, library TEXT, path TEXT, module TEXT, qualname TEXT, line INTEGER, col INTEGER, byte_start INTEGER, byte_end INTEGER,
    max_size INTEGER, ttl_s REAL, bounded INTEGER, template TEXT, trail TEXT, snippet_hash TEXT);
CREATE TABLE code_site (            -- call sites, loops, awaits that rules join
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    site INTEGER NOT NULL, parent INTEGER,  -- nearest enclosing site of another kind
    kind TEXT NOT NULL,                 -- call loop await with function
    what TEXT,                          -- execute fetch commit acquire release connect redis_get redis_set redis_keys sleep http notify open engine ...
    callee TEXT, receiver TEXT, receiver_type TEXT, pool TEXT, path TEXT, module TEXT, qualname TEXT, line INTEGER, col INTEGER,
    byte_start INTEGER, byte_end INTEGER, async INTEGER, blocking INTEGER, loop INTEGER, holding INTEGER,  -- site ids of the enclosing loop and of the held connection
    context TEXT,                       -- request startup script test migration module
    args TEXT, snippet TEXT, snippet_hash TEXT, note TEXT);
CREATE TABLE code_statement (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    path TEXT, module TEXT, qualname TEXT, line INTEGER, col INTEGER, byte_start INTEGER, byte_end INTEGER,
    sql TEXT, fingerprint TEXT, fingerprint_version TEXT, normalized TEXT, tables TEXT, kind TEXT, family INTEGER,
    holes TEXT, confidence REAL, site INTEGER);   -- family: parts are not known; holes: they stand for a value, an identifier, a clause
CREATE TABLE code_finding (         -- findings of patterns that SQL over the facts cannot express (users' tree-sitter queries)
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    rule TEXT NOT NULL, path TEXT, module TEXT, qualname TEXT, line INTEGER, col INTEGER, byte_start INTEGER, byte_end INTEGER,
    snippet TEXT, snippet_hash TEXT, captures TEXT);

-- ── Results ─────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE finding (
    run_id INTEGER NOT NULL REFERENCES run, key TEXT NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL, kind TEXT,
    subject TEXT NOT NULL, message TEXT NOT NULL, file TEXT, line INTEGER, col INTEGER, evidence TEXT, PRIMARY KEY (run_id, key));
CREATE TABLE rule_state (           -- what each rule did in a run: fired n times, silent, or unknown because
    run_id INTEGER NOT NULL REFERENCES run, rule TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, fired INTEGER);
CREATE TABLE recommendation (
    run_id INTEGER NOT NULL REFERENCES run, key TEXT NOT NULL, rule TEXT NOT NULL, title TEXT, change_set TEXT, body TEXT NOT NULL); -- body: JSON
CREATE TABLE change_set (
    name TEXT PRIMARY KEY, run_id INTEGER REFERENCES run, path TEXT NOT NULL, created_us INTEGER, state TEXT NOT NULL,
    applied_us INTEGER, rolled_back_us INTEGER, summary TEXT);
CREATE TABLE verification (
    change_set TEXT, run_before INTEGER, run_after INTEGER, at_us INTEGER, body TEXT NOT NULL);
CREATE TABLE acknowledged (key TEXT PRIMARY KEY, until_us INTEGER, reason TEXT, at_us INTEGER);
CREATE TABLE oracle_answer (        -- recorded what-if answers, replayable
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    queryid TEXT NOT NULL, query_hash TEXT NOT NULL, indexes TEXT NOT NULL,  -- indexes: sorted JSON array of definitions
    cost REAL, plan_hash TEXT, plan TEXT, used TEXT, failure TEXT);  -- plan: outline; used: JSON array of definitions

CREATE INDEX pg_statement_run ON pg_statement (run_id, target_id, edge, queryid);
CREATE INDEX pg_plan_run ON pg_plan (run_id, queryid);
CREATE INDEX event_hist_run ON event_hist (run_id, metric);
CREATE INDEX cache_access_run ON cache_access (run_id, template);
CREATE INDEX fact_state_run ON fact_state (run_id, fact);
CREATE INDEX code_site_run ON code_site (run_id, site);

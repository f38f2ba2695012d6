-- What the state of a server and of its catalog is judged by, beyond what 001 holds.
ALTER TABLE pg_server ADD COLUMN provider TEXT;        -- rds aurora cloudsql alloydb azure supabase neon heroku ...; NULL: nobody that is known
ALTER TABLE pg_table ADD COLUMN is_partition INTEGER;
ALTER TABLE pg_table ADD COLUMN statistics TEXT;       -- JSON: of each extended statistics the names of its columns, sorted
ALTER TABLE pg_index ADD COLUMN rows REAL;             -- entries, as last counted by VACUUM or CREATE INDEX
ALTER TABLE pg_index ADD COLUMN reloptions TEXT;
ALTER TABLE pg_index ADD COLUMN last_scan_us INTEGER;  -- PostgreSQL 16
ALTER TABLE pg_column ADD COLUMN range_frac REAL;      -- of integers: the greatest value of the statistics as a share of what the type holds
ALTER TABLE pg_foreign_key ADD COLUMN column_types TEXT;     -- JSON arrays
ALTER TABLE pg_foreign_key ADD COLUMN ref_column_types TEXT;
ALTER TABLE pg_slot ADD COLUMN inactive_s REAL;        -- PostgreSQL 17
ALTER TABLE pg_blocking ADD COLUMN waiting INTEGER;    -- sessions that wait for the same relation at that moment, this one counted

-- Sampled every five seconds: what a server has little of. NULL where the role may not see it.
CREATE TABLE pg_pulse (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    locks INTEGER, lock_slots INTEGER,          -- entries of the shared lock table and how many it was made for
    active INTEGER, subtrans_waits INTEGER,     -- active sessions, and those of them that wait for the cache of subtransactions
    autovacuum_workers INTEGER, autovacuum_max INTEGER,
    vacuums TEXT);                              -- JSON: [{schema, table, phase, index_passes}] of this database
CREATE TABLE pg_archiver (          -- counters of the server, edges 'begin' and 'end'
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, edge TEXT NOT NULL,
    mode TEXT, archived INTEGER, failed INTEGER, last_archived_us INTEGER, last_failed_us INTEGER, stats_reset_us INTEGER);
CREATE TABLE pg_slru (              -- edges 'begin' and 'end'; name: subtransaction, multixact_offset, multixact_member
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, edge TEXT NOT NULL,
    name TEXT NOT NULL, hits INTEGER, reads INTEGER, stats_reset_us INTEGER);
CREATE TABLE pg_replica (           -- who streams from this server, at the edges 'begin' and 'end'
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, edge TEXT NOT NULL,
    application TEXT, slot TEXT, state TEXT, sync_state TEXT, sent_lag_bytes INTEGER, replay_lag_bytes INTEGER, replay_lag_ms REAL, xmin_age INTEGER);
CREATE TABLE pg_recovery (          -- a standby about itself, at the edges 'begin' and 'end'
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, edge TEXT NOT NULL,
    receiver TEXT, replay_lag_bytes INTEGER, replay_age_s REAL,
    conflicts_tablespace INTEGER, conflicts_lock INTEGER, conflicts_snapshot INTEGER, conflicts_bufferpin INTEGER, conflicts_deadlock INTEGER);
CREATE TABLE pg_prepared_xact (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    gid TEXT NOT NULL, role TEXT, database TEXT, age_s REAL, xid_age INTEGER);
CREATE TABLE pg_file_setting (      -- lines of the configuration files that the server does not take; never their values
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    name TEXT, file TEXT, line INTEGER, error TEXT);
CREATE TABLE pg_not_valid (         -- constraints that were never checked for the rows before them
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    schema TEXT, "table" TEXT, name TEXT NOT NULL, kind TEXT);  -- kind: check, foreign key, not null
CREATE TABLE pg_policy (            -- row-level security
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    schema TEXT, "table" TEXT, name TEXT NOT NULL, command TEXT, permissive INTEGER, enabled INTEGER, roles TEXT,
    calls TEXT);                                -- JSON: functions that are called again for each row
CREATE TABLE pg_upgrade_issue (     -- what stands in the way of pg_upgrade, or is older than the server; kind: reg_column extension collation
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    kind TEXT NOT NULL, name TEXT NOT NULL, detail TEXT);
CREATE TABLE pg_buffered (          -- the relations that are read most, and how much of them the buffer cache holds
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    schema TEXT, name TEXT NOT NULL, kind TEXT, bytes INTEGER, cached_bytes INTEGER, blocks_asked INTEGER);
CREATE TABLE pg_disk (              -- the file system that holds the data directory, when it is at hand
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    total_bytes INTEGER, free_bytes INTEGER);
CREATE TABLE pg_expected (          -- what the configuration says of the target
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    replicas INTEGER);                          -- standbys that should stream from it

/*
 * What is asked about the state of the server: locks and workers while sampling, archiving, standbys, prepared transactions,
 * caches of transaction numbers, the configuration files, the disk below it. Columns carry the names of the history's.
 */
#include "probes/postgres/health.h"

#define MICROSECONDS(t) "(extract(epoch FROM " t ") * 1000000)::bigint"

/*
 * Sampled. Fast-path locks and predicate locks stand outside of the table that can get full. $1: the role may see what others do.
 * The number of slots is what the table was made for; it takes some more from the memory that is left.
 */
const char ask_pulse_sql[] =
        "SELECT l.locks, current_setting('max_locks_per_transaction')::bigint * (current_setting('max_connections')::bigint"
        " + current_setting('autovacuum_max_workers')::bigint + current_setting('max_worker_processes')::bigint"
        " + current_setting('max_prepared_transactions')::bigint) AS lock_slots,"
        " CASE WHEN $1::boolean THEN a.active END AS active, CASE WHEN $1::boolean THEN a.subtrans_waits END AS subtrans_waits,"
        " CASE WHEN $1::boolean THEN a.autovacuum_workers END AS autovacuum_workers,"
        " current_setting('autovacuum_max_workers')::int AS autovacuum_max,"
        " CASE WHEN a.vacuums > 0 THEN (SELECT json_agg(json_build_object('schema', n.nspname, 'table', c.relname, 'phase', v.phase,"
        "  'index_passes', v.index_vacuum_count))::text FROM pg_stat_progress_vacuum v JOIN pg_class c ON c.oid = v.relid"
        "  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE v.datname = current_database()) END AS vacuums"
        " FROM (SELECT count(*) AS locks FROM pg_locks WHERE NOT fastpath AND locktype <> 'virtualxid' AND mode <> 'SIReadLock') l,"
        " (SELECT count(*) FILTER (WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()) AS active,"
        "  count(*) FILTER (WHERE state = 'active' AND wait_event IN ('SubtransSLRU', 'SubtransBuffer', 'SubtransControlLock', 'subtrans',"
        "   'MultiXactOffsetSLRU', 'MultiXactMemberSLRU', 'MultiXactOffsetBuffer', 'MultiXactMemberBuffer')) AS subtrans_waits,"
        "  count(*) FILTER (WHERE backend_type = 'autovacuum worker') AS autovacuum_workers,"
        "  count(*) FILTER (WHERE backend_type = 'autovacuum worker' OR query ILIKE 'vacuum%') AS vacuums FROM pg_stat_activity) a";

const char ask_archiver_sql[] =
        "SELECT current_setting('archive_mode') AS mode, archived_count AS archived, failed_count AS failed,"
        " " MICROSECONDS("last_archived_time") " AS last_archived_us, " MICROSECONDS("last_failed_time") " AS last_failed_us,"
        " " MICROSECONDS("stats_reset") " AS stats_reset_us FROM pg_stat_archiver WHERE current_setting('archive_mode') <> 'off'";

/* Named anew in 17. */
const char ask_slru_sql[] =
        "SELECT CASE lower(name) WHEN 'subtrans' THEN 'subtransaction' WHEN 'multixactoffset' THEN 'multixact_offset'"
        "  WHEN 'multixactmember' THEN 'multixact_member' ELSE lower(name) END AS name, blks_hit AS hits, blks_read AS reads,"
        " " MICROSECONDS("stats_reset") " AS stats_reset_us FROM pg_stat_slru WHERE lower(name) IN ('subtrans', 'multixactoffset',"
        " 'multixactmember', 'subtransaction', 'multixact_offset', 'multixact_member')";

/* Tools that only copy WAL or the data have no snapshot and no replay: they are no standbys. */
const char ask_replicas_sql[] =
        "SELECT r.application_name AS application, s.slot_name AS slot, r.state, r.sync_state,"
        " pg_wal_lsn_diff(x.lsn, r.sent_lsn)::bigint AS sent_lag_bytes, pg_wal_lsn_diff(x.lsn, r.replay_lsn)::bigint AS replay_lag_bytes,"
        " (extract(epoch FROM r.replay_lag) * 1000)::float8 AS replay_lag_ms, age(r.backend_xmin) AS xmin_age"
        " FROM pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid"
        " CROSS JOIN (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS lsn) x"
        " WHERE r.state <> 'backup' AND r.application_name NOT IN ('pg_receivewal', 'pg_basebackup') ORDER BY 1, 2";

/* When nothing was received that is not replayed, the last commit may be old because the primary rests. */
const char ask_recovery_sql[] =
        "SELECT (SELECT w.status FROM pg_stat_wal_receiver w) AS receiver,"
        " pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::bigint AS replay_lag_bytes,"
        " CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0"
        "  ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 END AS replay_age_s,"
        " c.confl_tablespace AS conflicts_tablespace, c.confl_lock AS conflicts_lock, c.confl_snapshot AS conflicts_snapshot,"
        " c.confl_bufferpin AS conflicts_bufferpin, c.confl_deadlock AS conflicts_deadlock"
        " FROM pg_stat_database_conflicts c WHERE c.datname = current_database() AND pg_is_in_recovery()";

const char ask_prepared_sql[] =
        "SELECT gid, owner AS role, database, extract(epoch FROM clock_timestamp() - prepared)::float8 AS age_s,"
        " age(transaction) AS xid_age FROM pg_prepared_xacts ORDER BY prepared LIMIT 1000";

/* The same line may be told of twice; a name that is only superseded by a later line is no error. */
const char ask_file_settings_sql[] =
        "SELECT name, regexp_replace(sourcefile, '.*/', '') AS file, sourceline AS line, error FROM pg_file_settings"
        " WHERE error IS NOT NULL ORDER BY seqno LIMIT 200";

/* Shown to those who may read all settings. */
const char ask_disk_sql[] = "SELECT setting FROM pg_settings WHERE name = 'data_directory' AND inet_server_addr() IS NULL";

const char ask_buffercache_schema_sql[] =
        "SELECT n.nspname, extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8, s.setting::float8 * 8192"
        " FROM pg_settings s LEFT JOIN pg_extension x ON x.extname = 'pg_buffercache' LEFT JOIN pg_namespace n ON n.oid = x.extnamespace"
        " WHERE s.name = 'shared_buffers'";

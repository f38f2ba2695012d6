/*
 * The table of questions, in the order in which they are asked. SQL that fills a page is in catalog.c.
 */
#include "probes/postgres/asks.h"
#include "probes/postgres/health.h"
#include "probes/postgres/postgres.h"

#define MICROSECONDS(t) "(extract(epoch FROM " t ") * 1000000)::bigint"
#define MILLISECONDS(t) "(extract(epoch FROM " t ") * 1000)::float8"
#define OTHERS "pid <> pg_backend_pid() AND application_name <> 'perfadvise'"

#define SERVER_SQL                                                                                                     \
        "SELECT current_setting('server_version_num')::int AS version_num, d.datname AS database, d.oid AS database_oid," \
        " current_user AS role, r.rolsuper AS is_superuser, pg_is_in_recovery() AS in_recovery,"                       \
        " " MICROSECONDS("pg_postmaster_start_time()") " AS started_us,"                                               \
        " " MICROSECONDS("pg_stat_get_db_stat_reset_time(d.oid)") " AS stats_reset_us,"                                \
        " (SELECT json_object_agg(extname, extversion)::text FROM pg_extension) AS extensions,"                        \
        " inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1' AS is_local," \
        " pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS reads_all_stats,"                                 \
        " (SELECT reset_val FROM pg_settings WHERE name = 'search_path') AS search_path, " PROVIDER_SQL " AS provider" \
        " FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user"

/* A setting that this session fenced shows what it would be without the fence; those that can hold a password show nothing. */
#define SECRET "name IN ('primary_conninfo', 'ssl_passphrase_command')"
#define SETTINGS_SQL                                                                                                   \
        "SELECT name, CASE WHEN " SECRET " THEN NULL WHEN source = 'session' THEN reset_val ELSE setting END AS value, unit, context," \
        " CASE WHEN source <> 'session' THEN source WHEN reset_val = boot_val THEN 'default' END AS source,"           \
        " boot_val AS boot_value, CASE WHEN NOT " SECRET " THEN reset_val END AS reset_value, pending_restart FROM pg_settings" \
        " WHERE name NOT IN ('application_name', 'client_encoding') AND name NOT LIKE 'perfadvise.%'"

/* Applications keep secrets of their own (app.jwt_secret) there: values of settings that the server does not define stay there. */
#define ROLE_SETTINGS_SQL                                                                                              \
        "SELECT r.rolname AS role, d.datname AS database, x.name, CASE WHEN strpos(x.name, '.') = 0 OR EXISTS"         \
        " (SELECT FROM pg_settings g WHERE g.name = x.name) THEN x.value END AS value"                                 \
        " FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) c(item)"                                            \
        " CROSS JOIN LATERAL (SELECT split_part(c.item, '=', 1) AS name, substr(c.item, strpos(c.item, '=') + 1) AS value) x" \
        " LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase LIMIT 10000"

#define DATABASE_SQL(sessions)                                                                                         \
        "SELECT numbackends, xact_commit, xact_rollback, blks_read, blks_hit, tup_returned, tup_fetched, tup_inserted," \
        " tup_updated, tup_deleted, temp_files, temp_bytes, deadlocks, conflicts, " sessions                           \
        " " MICROSECONDS("stats_reset") " AS stats_reset_us,"                                                          \
        " (SELECT count(*) FROM pg_stat_activity WHERE usesysid IS NOT NULL AND datid IS NOT NULL AND backend_type IS DISTINCT FROM" \
        " 'parallel worker' AND " OTHERS ") AS server_connections"                                                     \
        " FROM pg_stat_database WHERE datname = current_database()"

/* Who waits for whose lock, asked only while somebody does. */
#define BLOCKING_SQL(since)                                                                                            \
        "SELECT a.application_name AS application, a.usename AS role, b.application_name AS blocker, b.usename AS blocker_role," \
        " b.state AS blocker_state, " MILLISECONDS("clock_timestamp() - " since) " AS wait_ms,"                       \
        " CASE WHEN l.relation IS NOT NULL THEN (SELECT count(DISTINCT w.pid) FROM pg_locks w WHERE NOT w.granted"     \
        "  AND w.relation = l.relation AND w.database = l.database) END AS waiting,"                                   \
        " " MILLISECONDS("clock_timestamp() - b.xact_start") " AS blocker_xact_ms,"                                    \
        " " MILLISECONDS("clock_timestamp() - b.state_change") " AS blocker_state_ms, c.relname AS relation, l.mode"   \
        " FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid CROSS JOIN unnest(pg_blocking_pids(l.pid)) u(pid)"  \
        " JOIN pg_stat_activity b ON b.pid = u.pid LEFT JOIN pg_class c ON c.oid = l.relation"                         \
        " WHERE NOT l.granted AND a.datname = current_database() AND a.application_name <> 'perfadvise' LIMIT 50"

/* The file that is written now, and whether it gets slow statements or plans. */
#define JSONLOG "pg_current_logfile('jsonlog'), "
#define LOG_PLACE_SQL(more)                                                                                            \
        "SELECT l.name, (pg_stat_file(l.name, true)).size, current_setting('log_min_duration_statement') <> '-1'"      \
        " OR coalesce(current_setting('auto_explain.log_min_duration', true), '-1') <> '-1'"                           \
        " FROM (SELECT coalesce(" more "pg_current_logfile('csvlog'), pg_current_logfile('stderr')) AS name) l"

/* Only of those who put constants into the text, and whole. */
#define SEEN_SQL                                                                                                       \
        "SELECT DISTINCT ON (query_id) query_id::text, query FROM pg_stat_activity WHERE datname = current_database()"  \
        " AND query_id <> 0 AND query !~ '\\$[0-9]' AND backend_type = 'client backend' AND " OTHERS                   \
        " AND octet_length(query) < pg_size_bytes(current_setting('track_activity_query_size')) - 1"                   \
        " ORDER BY query_id, state_change DESC LIMIT 1000"

/* The horizon of this database and who holds it back. */
#define WRAPAROUND_SQL                                                                                                 \
        "SELECT d.datname AS database, age(d.datfrozenxid) AS xid_age, mxid_age(d.datminmxid) AS mxid_age,"            \
        " h.holder AS xmin_holder, h.age AS xmin_age, h.seconds AS oldest_holder_s FROM pg_database d LEFT JOIN LATERAL (" \
        " SELECT * FROM (SELECT 'session ' || coalesce(nullif(application_name, ''), 'without application_name') || ' of ' ||"   \
        "  coalesce(usename, '?') AS holder, greatest(age(backend_xmin), age(backend_xid)) AS age,"                    \
        "  extract(epoch FROM clock_timestamp() - xact_start)::float8 AS seconds FROM pg_stat_activity WHERE datid = d.oid AND " OTHERS \
        "  UNION ALL SELECT 'replication slot ' || slot_name, greatest(age(xmin), age(catalog_xmin)), NULL FROM pg_replication_slots" \
        "  UNION ALL SELECT 'prepared transaction ' || gid, age(transaction), extract(epoch FROM clock_timestamp() - prepared)::float8" \
        "  FROM pg_prepared_xacts WHERE database = d.datname) x"                                                       \
        " WHERE x.age IS NOT NULL AND d.datname = current_database() ORDER BY x.age DESC LIMIT 1) h ON true WHERE d.datallowconn"

#define SLOTS_17_SQL                                                                                                   \
        "SELECT slot_name AS name, slot_type AS kind, active, CASE WHEN NOT pg_is_in_recovery() THEN"                  \
        " pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint END AS retained_bytes, wal_status,"               \
        " extract(epoch FROM clock_timestamp() - inactive_since)::float8 AS inactive_s FROM pg_replication_slots"
#define SLOTS_SQL                                                                                                      \
        "SELECT slot_name AS name, slot_type AS kind, active, CASE WHEN NOT pg_is_in_recovery() THEN"                  \
        " pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint END AS retained_bytes, wal_status FROM pg_replication_slots"

#define CHECKPOINTS_SQL                                                                                                \
        "SELECT checkpoints_timed AS timed, checkpoints_req AS requested, checkpoint_write_time AS write_ms,"          \
        " checkpoint_sync_time AS sync_ms, buffers_checkpoint, buffers_clean, maxwritten_clean, buffers_backend,"      \
        " " MICROSECONDS("stats_reset") " AS stats_reset_us FROM pg_stat_bgwriter"
#define CHECKPOINTS_17_SQL                                                                                             \
        "SELECT c.num_timed AS timed, c.num_requested AS requested, c.write_time AS write_ms, c.sync_time AS sync_ms," \
        " c.buffers_written AS buffers_checkpoint, b.buffers_clean, b.maxwritten_clean, NULL::bigint AS buffers_backend," \
        " " MICROSECONDS("c.stats_reset") " AS stats_reset_us FROM pg_stat_checkpointer c, pg_stat_bgwriter b"

#define SESSIONS_14                                                                                                    \
        "session_time AS session_ms, active_time AS active_ms, idle_in_transaction_time AS idle_in_transaction_ms, sessions," \
        " sessions_abandoned, sessions_fatal, sessions_killed,"
#define SESSIONS_13                                                                                                    \
        "NULL::float8 AS session_ms, NULL::float8 AS active_ms, NULL::float8 AS idle_in_transaction_ms, NULL::bigint AS sessions," \
        " NULL::bigint AS sessions_abandoned, NULL::bigint AS sessions_fatal, NULL::bigint AS sessions_killed,"

/* One row in any case; the library list is hidden from roles without pg_read_all_settings. */
#define EXTENSION_SQL                                                                                                  \
        "SELECT e.nspname, e.minor, (SELECT setting FROM pg_settings WHERE name = 'shared_preload_libraries')"         \
        " FROM (SELECT) one LEFT JOIN (SELECT n.nspname, split_part(x.extversion, '.', 2)::int AS minor FROM pg_extension x" \
        " JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.extname = 'pg_stat_statements') e ON true"

const struct ask asks[] = {
        {ASK_OPEN, .name = "system identifier", .answer = pgp_take_system,
         .sql = "SELECT system_identifier::text FROM pg_control_system()"},
        {ASK_OPEN, .name = "size of the database", .answer = pgp_take_size, .sql = "SELECT pg_database_size(current_database())"},
        {ASK_OPEN, .name = "version of pg_stat_statements", .answer = pgp_take_extension, .sql = EXTENSION_SQL},
        {ASK_OPEN, .name = "pg_buffercache", .answer = pgp_take_buffercache, .sql = ask_buffercache_schema_sql},
        {ASK_OPEN, "fact_server", "server", .answer = pgp_take_server, .sql = SERVER_SQL},
        {ASK_OPEN, "fact_setting", "settings", .table = "pg_setting", .sql = SETTINGS_SQL},
        {ASK_OPEN, "fact_role_setting", "settings of roles", .table = "pg_role_setting",
         .empty = "no role or database has settings of its own", .sql = ROLE_SETTINGS_SQL},

        {ASK_BEGIN, .name = "statements at the beginning", .needs = ASK_NEEDS_STATEMENTS, .answer = pgp_take_statements, .edge = "begin",
         .build = pgp_statements_sql},
        {ASK_BEGIN, .name = "state of pg_stat_statements", .from = 140000, .needs = ASK_NEEDS_STATEMENTS, .answer = pgp_take_info,
         .edge = "begin", .build = pgp_info_sql},
        {ASK_BEGIN, .name = "counters of tables", .table = "pg_table_counter", .sql = ask_table_counters_sql},
        {ASK_BEGIN, .name = "counters of indexes", .table = "pg_index_counter", .sql = ask_index_counters_sql},
        {ASK_BEGIN, .name = "checkpoints", .until = 170000, .table = "pg_checkpoint", .edge = "begin", .sql = CHECKPOINTS_SQL},
        {ASK_BEGIN, .name = "checkpoints", .from = 170000, .table = "pg_checkpoint", .edge = "begin", .sql = CHECKPOINTS_17_SQL},

        {ASK_BEGIN, .name = "archiver", .table = "pg_archiver", .edge = "begin", .sql = ask_archiver_sql},
        {ASK_BEGIN, .name = "caches of transaction numbers", .table = "pg_slru", .edge = "begin", .sql = ask_slru_sql},
        {ASK_BEGIN, .name = "standbys", .needs = ASK_NEEDS_MONITOR, .table = "pg_replica", .edge = "begin", .sql = ask_replicas_sql},
        {ASK_BEGIN, .name = "recovery", .needs = ASK_NEEDS_MONITOR, .table = "pg_recovery", .edge = "begin", .sql = ask_recovery_sql},
        /* our own transactions of the opening must not be counted within the window; the server adds up once a second unless told */
        {ASK_BEGIN, .name = "flush of statistics", .from = 150000, .answer = pgp_take_nothing, .sql = "SELECT pg_stat_force_next_flush()"},

        {ASK_BEGIN, .name = "place of the server's log", .until = 150000, .answer = pgp_take_log_place, .sql = LOG_PLACE_SQL("")},
        {ASK_BEGIN, .name = "place of the server's log", .from = 150000, .answer = pgp_take_log_place, .sql = LOG_PLACE_SQL(JSONLOG)},

        {ASK_DATABASE, "fact_database", "pa_database", .from = 140000, .answer = pgp_take_database, .sql = DATABASE_SQL(SESSIONS_14)},
        {ASK_DATABASE, "fact_database", "pa_database", .until = 140000, .answer = pgp_take_database, .sql = DATABASE_SQL(SESSIONS_13)},
        {ASK_ACTIVITY, "fact_activity", "pa_activity", .answer = pgp_take_activity, .build = pgp_activity_sql},
        {ASK_BLOCKING, .name = "pa_blocking", .from = 140000, .table = "pg_blocking", .sql = BLOCKING_SQL("l.waitstart")},
        {ASK_BLOCKING, .name = "pa_blocking", .until = 140000, .table = "pg_blocking", .sql = BLOCKING_SQL("a.query_start")},
        {ASK_PULSE, "fact_pulse", "pa_pulse", .answer = pgp_take_pulse, .sql = ask_pulse_sql},
        {ASK_LOST, .name = "server", .answer = pgp_take_server, .sql = SERVER_SQL},

        {ASK_END, "fact_statement", "statements", .needs = ASK_NEEDS_STATEMENTS, .answer = pgp_take_statements, .edge = "end",
         .denied = "pg_monitor", .build = pgp_statements_sql},
        {ASK_END, "fact_statements_info", "state of pg_stat_statements", .from = 140000, .needs = ASK_NEEDS_STATEMENTS,
         .answer = pgp_take_info, .edge = "end", .denied = "pg_monitor", .build = pgp_info_sql},
        {ASK_END, .name = "place of the server's log", .until = 150000, .answer = pgp_take_log_place, .sql = LOG_PLACE_SQL("")},
        {ASK_END, .name = "place of the server's log", .from = 150000, .answer = pgp_take_log_place, .sql = LOG_PLACE_SQL(JSONLOG)},
        {ASK_END, .name = "the server's log, 1 of 4", .answer = pgp_take_log_part, .build = pgp_log_sql},
        {ASK_END, .name = "the server's log, 2 of 4", .answer = pgp_take_log_part, .build = pgp_log_sql},
        {ASK_END, .name = "the server's log, 3 of 4", .answer = pgp_take_log_part, .build = pgp_log_sql},
        {ASK_END, .name = "the server's log, 4 of 4", .answer = pgp_take_log_part, .build = pgp_log_sql},
        {ASK_END, .name = "texts of sessions", .from = 140000, .answer = pgp_take_seen, .sql = SEEN_SQL},
        {ASK_END, "fact_table", "tables", .page = 4000, .table = "pg_table", .empty = "the database has no tables", .sql = ask_tables_sql},
        {ASK_END, "fact_index", "indexes", .from = 160000, .page = 4000, .table = "pg_index", .empty = "the database has no indexes", .sql = ask_indexes_16_sql},
        {ASK_END, "fact_index", "indexes", .until = 160000, .page = 4000, .table = "pg_index", .empty = "the database has no indexes", .sql = ask_indexes_sql},
        {ASK_END, .name = "rights on tables", .answer = pgp_take_unreadable, .sql = ask_unreadable_sql},
        {ASK_END, "fact_column", "columns", .page = 2000, .page_of_tables = true, .answer = pgp_take_columns, .sql = ask_columns_sql},
        {ASK_END, "fact_foreign_key", "foreign keys", .table = "pg_foreign_key", .empty = "the database has no foreign keys",
         .sql = ask_foreign_keys_sql},
        {ASK_END, "fact_sequence", "sequences", .table = "pg_sequence", .empty = "the database has no sequences",
         .sql = ask_sequences_sql},
        {ASK_END, "fact_wraparound", "transaction age", .table = "pg_wraparound", .denied = "pg_monitor", .sql = WRAPAROUND_SQL},
        {ASK_END, "fact_slot", "replication slots", .from = 170000, .table = "pg_slot", .empty = "the server has no replication slots",
         .denied = "pg_monitor", .sql = SLOTS_17_SQL},
        {ASK_END, "fact_slot", "replication slots", .until = 170000, .table = "pg_slot", .empty = "the server has no replication slots",
         .denied = "pg_monitor", .sql = SLOTS_SQL},
        {ASK_END, "fact_checkpoint", "checkpoints", .until = 170000, .table = "pg_checkpoint", .edge = "end", .sql = CHECKPOINTS_SQL},
        {ASK_END, "fact_checkpoint", "checkpoints", .from = 170000, .table = "pg_checkpoint", .edge = "end", .sql = CHECKPOINTS_17_SQL},
        {ASK_END, "fact_archiver", "archiver", .table = "pg_archiver", .edge = "end", .empty = "archive_mode is off", .sql = ask_archiver_sql},
        {ASK_END, "fact_slru", "caches of transaction numbers", .table = "pg_slru", .edge = "end", .sql = ask_slru_sql},
        {ASK_END, "fact_replica", "standbys", .needs = ASK_NEEDS_MONITOR, .table = "pg_replica", .edge = "end", .empty = "no standby streams from this server",
         .denied = "pg_monitor", .sql = ask_replicas_sql},
        {ASK_END, "fact_recovery", "recovery", .needs = ASK_NEEDS_MONITOR, .table = "pg_recovery", .edge = "end", .empty = "the server is no standby",
         .denied = "pg_monitor", .sql = ask_recovery_sql},
        {ASK_END, "fact_prepared_xact", "prepared transactions", .table = "pg_prepared_xact", .empty = "there are no prepared transactions",
         .sql = ask_prepared_sql},
        {ASK_END, "fact_file_setting", "configuration files", .table = "pg_file_setting", .empty = "the server takes all lines of its configuration files",
         .denied = "pg_read_all_settings, and SELECT on pg_file_settings and EXECUTE on pg_show_all_file_settings(),", .sql = ask_file_settings_sql},
        {ASK_END, "fact_disk", "disk of the data directory", .answer = pgp_take_disk, .sql = ask_disk_sql},
        {ASK_END, "fact_not_valid", "constraints that are not valid", .until = 180000, .table = "pg_not_valid", .empty = "all constraints are valid",
         .sql = ask_not_valid_sql},
        {ASK_END, "fact_not_valid", "constraints that are not valid", .from = 180000, .table = "pg_not_valid", .empty = "all constraints are valid",
         .sql = ask_not_valid_18_sql},
        {ASK_END, "fact_policy", "policies", .table = "pg_policy", .empty = "there are no policies", .sql = ask_policies_sql},
        {ASK_END, "fact_upgrade_issue", "obstacles to an upgrade", .until = 150000, .table = "pg_upgrade_issue", .empty = "nothing is in the way of an upgrade",
         .sql = ask_upgrade_sql},
        {ASK_END, "fact_upgrade_issue", "obstacles to an upgrade", .from = 150000, .table = "pg_upgrade_issue", .empty = "nothing is in the way of an upgrade",
         .sql = ask_upgrade_15_sql},
        {ASK_END, "fact_buffered", "content of the buffer cache", .needs = ASK_NEEDS_BUFFERCACHE, .table = "pg_buffered", .denied = "pg_monitor",
         .build = pgp_buffered_sql},
};
const size_t ask_count = sizeof asks / sizeof *asks;
_Static_assert(sizeof asks / sizeof *asks <= 64, "struct pgp keeps one bit for each question");

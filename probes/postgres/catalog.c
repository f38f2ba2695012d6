/*
 * What is asked about tables, indexes, columns, foreign keys and sequences. Columns carry the names of the history's, so that
 * rows are stored as they come.
 *
 * Sizes and expressions open their relation and would wait for whoever locks it (ALTER TABLE, VACUUM FULL, REINDEX). Relations
 * that are locked or about to be are left without; $1 = false leaves all without, when locks keep coming in between. An index
 * that has a predicate or expressions which cannot be read has 'unknown' there, so that nobody takes it for a plain one.
 */
#include "probes/postgres/asks.h"

#define USER_SCHEMA "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'"

#define LOCKED                                                                                                         \
        "locked AS MATERIALIZED (SELECT DISTINCT l.relation FROM pg_locks l WHERE l.locktype = 'relation'"             \
        " AND l.mode = 'AccessExclusiveLock' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))"

#define MICROSECONDS(t) "(extract(epoch FROM " t ") * 1000000)::bigint"

const char ask_tables_sql[] =
        "WITH " LOCKED ", held AS MATERIALIZED (SELECT relation FROM locked UNION SELECT i.indrelid FROM pg_index i JOIN locked"
        " ON relation = i.indexrelid), viewed AS MATERIALIZED (SELECT DISTINCT d.refobjid FROM pg_depend d JOIN pg_rewrite w"
        " ON w.oid = d.objid WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND w.ev_class <> d.refobjid)"
        " SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.relpersistence::text AS persistence,"
        " nullif(c.reltuples, -1) AS rows, c.relpages AS pages,"
        " CASE WHEN s.free THEN pg_relation_size(c.oid) END AS heap_bytes,"
        " CASE WHEN s.free THEN pg_total_relation_size(c.oid) END AS total_bytes,"
        " CASE WHEN s.free THEN pg_indexes_size(c.oid) END AS indexes_bytes,"
        " CASE WHEN s.free AND c.reltoastrelid <> 0 THEN pg_total_relation_size(c.reltoastrelid) END AS toast_bytes,"
        " pg_stat_get_live_tuples(c.oid) AS live_rows, pg_stat_get_dead_tuples(c.oid) AS dead_rows,"
        " pg_stat_get_mod_since_analyze(c.oid) AS mods_since_analyze,"
        " pg_stat_get_numscans(c.oid) AS seq_scan, pg_stat_get_tuples_returned(c.oid) AS seq_tup_read,"
        " x.idx_scan, pg_stat_get_tuples_inserted(c.oid) AS tup_ins, pg_stat_get_tuples_updated(c.oid) AS tup_upd,"
        " pg_stat_get_tuples_deleted(c.oid) AS tup_del, pg_stat_get_tuples_hot_updated(c.oid) AS tup_hot_upd,"
        " pg_stat_get_blocks_hit(c.oid) AS heap_hit, pg_stat_get_blocks_fetched(c.oid) - pg_stat_get_blocks_hit(c.oid) AS heap_read,"
        " x.idx_hit, x.idx_read,"
        " " MICROSECONDS("greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid))") " AS last_vacuum_us,"
        " " MICROSECONDS("greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid))") " AS last_analyze_us,"
        " CASE WHEN c.relkind IN ('r', 'm') THEN age(c.relfrozenxid) END AS frozen_xid_age,"
        " CASE WHEN c.relkind IN ('r', 'm') THEN mxid_age(c.relminmxid) END AS mxid_age,"
        " EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) AS has_pk,"
        " array_to_json(c.reloptions)::text AS reloptions, c.relnatts AS columns,"
        " EXISTS (SELECT FROM viewed v WHERE v.refobjid = c.oid) AS used_by_view, c.relispartition AS is_partition,"
        " (SELECT json_agg(k.names)::text FROM pg_statistic_ext e CROSS JOIN LATERAL (SELECT json_agg(a.attname ORDER BY a.attname) AS names"
        "  FROM pg_attribute a WHERE a.attrelid = e.stxrelid AND a.attnum = ANY (e.stxkeys::int2[])) k WHERE e.stxrelid = c.oid) AS statistics"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " CROSS JOIN LATERAL (SELECT $1::boolean AND NOT EXISTS (SELECT FROM held h WHERE h.relation IN (c.oid, c.reltoastrelid)) AS free) s"
        " LEFT JOIN LATERAL (SELECT sum(pg_stat_get_numscans(i.indexrelid))::bigint AS idx_scan,"
        " sum(pg_stat_get_blocks_hit(i.indexrelid))::bigint AS idx_hit,"
        " sum(pg_stat_get_blocks_fetched(i.indexrelid) - pg_stat_get_blocks_hit(i.indexrelid))::bigint AS idx_read"
        " FROM pg_index i WHERE i.indrelid = c.oid) x ON true"
        " WHERE c.oid = ANY (ARRAY(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'm') AND " USER_SCHEMA
        "  ORDER BY c.relpages DESC, c.oid LIMIT $3::int OFFSET $2::int))";

/* last: when it was scanned last, which 16 began to tell. */
#define INDEXES(last) \
        "WITH " LOCKED " SELECT i.indexrelid AS oid, i.indrelid AS table_oid, n.nspname AS schema, t.relname AS \"table\", c.relname AS name," \
        " am.amname AS method, CASE WHEN s.free THEN pg_get_indexdef(i.indexrelid) END AS definition, k.key_columns, k.include_columns," \
        " CASE WHEN i.indpred IS NULL THEN NULL WHEN s.free THEN pg_get_expr(i.indpred, i.indrelid) ELSE 'unknown' END AS predicate," \
        " CASE WHEN i.indexprs IS NULL THEN NULL WHEN s.free THEN pg_get_expr(i.indexprs, i.indrelid) ELSE 'unknown' END AS expressions," \
        /* one look by key for each column: joins would read these catalogs whole for each of many thousand indexes */ \
        " (SELECT json_agg((SELECT o.opcname FROM pg_opclass o WHERE o.oid = u.id) ORDER BY u.ord)::text" \
        "  FROM unnest(i.indclass::oid[]) WITH ORDINALITY u(id, ord)) AS opclasses," \
        " (SELECT json_agg(CASE WHEN u.id <> 0 THEN (SELECT o.collname FROM pg_collation o WHERE o.oid = u.id) END ORDER BY u.ord)::text" \
        "  FROM unnest(i.indcollation::oid[]) WITH ORDINALITY u(id, ord)) AS collations," \
        " array_to_json(i.indoption::int2[])::text AS options," \
        " i.indisunique AS is_unique, i.indisprimary AS is_primary, i.indisexclusion AS is_exclusion," \
        " EXISTS (SELECT FROM pg_constraint p WHERE p.conrelid = i.indrelid AND p.conindid = i.indexrelid AND p.contype IN ('p', 'u', 'x')) AS is_constraint," \
        " i.indisreplident AS is_replica_identity, i.indisvalid AS is_valid, i.indisready AS is_ready," \
        " coalesce(i.indexrelid IN (SELECT b.index_relid FROM pg_stat_progress_create_index b), false) AS building," \
        " CASE WHEN s.free AND c.relkind = 'i' THEN pg_relation_size(i.indexrelid) END AS bytes," \
        " pg_stat_get_numscans(i.indexrelid) AS idx_scan, pg_stat_get_tuples_returned(i.indexrelid) AS idx_tup_read," \
        " pg_stat_get_tuples_fetched(i.indexrelid) AS idx_tup_fetch, pg_stat_get_blocks_hit(i.indexrelid) AS blks_hit," \
        " pg_stat_get_blocks_fetched(i.indexrelid) - pg_stat_get_blocks_hit(i.indexrelid) AS blks_read," \
        " c.relispartition AS is_partition, c.relkind = 'I' AS is_partitioned, nullif(c.reltuples, -1) AS rows," \
        " array_to_json(c.reloptions)::text AS reloptions" last \
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid" \
        " JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_am am ON am.oid = c.relam" \
        " CROSS JOIN LATERAL (SELECT $1::boolean AND NOT EXISTS (SELECT FROM locked l WHERE l.relation IN (i.indexrelid, i.indrelid)) AS free) s" \
        " CROSS JOIN LATERAL (SELECT json_agg(a.attname ORDER BY u.ord) FILTER (WHERE u.ord <= i.indnkeyatts)::text AS key_columns," \
        " json_agg(a.attname ORDER BY u.ord) FILTER (WHERE u.ord > i.indnkeyatts)::text AS include_columns" \
        " FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(attnum, ord)" \
        " LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum AND u.attnum <> 0) k" \
        " WHERE c.oid = ANY (ARRAY(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('i', 'I') AND " USER_SCHEMA \
        "  ORDER BY c.relpages DESC, c.oid LIMIT $3::int OFFSET $2::int))"
const char ask_indexes_sql[] = INDEXES("");
const char ask_indexes_16_sql[] = INDEXES(", " MICROSECONDS("pg_stat_get_lastscan(i.indexrelid)") " AS last_scan_us");

const char ask_columns_sql[] =
        "WITH " LOCKED " SELECT a.attrelid AS table_oid, a.attnum, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,"
        " a.attnotnull AS not_null, s.avg_width, s.n_distinct, s.null_frac, s.correlation,"
        " (SELECT json_agg(round(f::numeric, 5))::text FROM unnest(s.most_common_freqs[1:20]) f) AS mcv_freqs,"
        " cardinality(s.most_common_freqs) AS mcv_count, (SELECT sum(f) FROM unnest(s.most_common_freqs) f) AS mcv_frac, CASE WHEN d.adbin IS NULL THEN NULL"
        " WHEN $1::boolean AND NOT EXISTS (SELECT FROM locked l WHERE l.relation = a.attrelid) THEN pg_get_expr(d.adbin, d.adrelid)"
        " ELSE 'unknown' END AS has_default,"
        " CASE WHEN a.atttypid IN (20, 21, 23) THEN greatest((SELECT max(v) FROM unnest(s.histogram_bounds::text::bigint[]) v),"
        "  (SELECT max(v) FROM unnest(s.most_common_vals::text::bigint[]) v))::float8 / CASE a.atttypid WHEN 20 THEN 9223372036854775807"
        "  WHEN 21 THEN 32767 ELSE 2147483647 END END AS range_frac"
        " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
        /* for each column by itself: a join would read all statistics for each page */
        " LEFT JOIN LATERAL (SELECT x.* FROM pg_stats x WHERE x.schemaname = n.nspname AND x.tablename = c.relname AND x.attname = a.attname"
        " AND x.inherited = (c.relkind = 'p') OFFSET 0) s ON true"
        " WHERE c.oid = ANY (ARRAY(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'm') AND " USER_SCHEMA
        "  ORDER BY c.relpages DESC, c.oid LIMIT $3::int OFFSET $2::int)) AND a.attnum > 0 AND NOT a.attisdropped"
        " ORDER BY c.relpages DESC, a.attrelid, a.attnum";

/* Tables whose statistics and plans the role cannot see: pg_stats then has no rows and no error. */
const char ask_unreadable_sql[] =
        "SELECT count(*) FILTER (WHERE NOT r.readable) AS unreadable, count(*) AS tables,"
        " min(format('%I.%I', n.nspname, c.relname)) FILTER (WHERE NOT r.readable) AS example,"
        " count(DISTINCT n.nspname) FILTER (WHERE NOT r.readable) AS schemas,"
        " min(format('%I', n.nspname)) FILTER (WHERE NOT r.readable) AS schema"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL"
        " (SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable) r"
        " WHERE c.relkind IN ('r', 'p', 'm') AND " USER_SCHEMA;

/*
 * Supported: a valid index whose first columns are those of the key, in any order; it may leave out rows where the key is null.
 * NULL when that could not be seen for a lock.
 */
#define SUPPORTING                                                                                                     \
        "SELECT FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam"          \
        " WHERE i.indrelid = f.conrelid AND i.indisvalid AND i.indisready"                                             \
        " AND (am.amname = 'btree' OR am.amname = 'hash' AND cardinality(f.conkey) = 1)"                               \
        " AND (i.indkey::int2[])[0:least(cardinality(f.conkey), i.indnkeyatts) - 1] @> f.conkey"

const char ask_foreign_keys_sql[] =
        "WITH " LOCKED " SELECT f.conname AS name, f.conrelid AS table_oid, n.nspname AS schema, t.relname AS \"table\","
        " (SELECT json_agg(a.attname ORDER BY u.ord)::text FROM unnest(f.conkey) WITH ORDINALITY u(num, ord)"
        "  JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = u.num) AS columns,"
        " f.confrelid AS ref_table_oid, rn.nspname || '.' || rt.relname AS ref_table,"
        " (SELECT json_agg(a.attname ORDER BY u.ord)::text FROM unnest(f.confkey) WITH ORDINALITY u(num, ord)"
        "  JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = u.num) AS ref_columns,"
        " CASE f.confdeltype WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null'"
        "  WHEN 'd' THEN 'set default' END AS on_delete, f.convalidated AS validated,"
        " (SELECT json_agg(format_type(a.atttypid, NULL) ORDER BY u.ord)::text FROM unnest(f.conkey) WITH ORDINALITY u(num, ord)"
        "  JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = u.num) AS column_types,"
        " (SELECT json_agg(format_type(a.atttypid, NULL) ORDER BY u.ord)::text FROM unnest(f.confkey) WITH ORDINALITY u(num, ord)"
        "  JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = u.num) AS ref_column_types,"
        " CASE WHEN EXISTS (" SUPPORTING " AND i.indpred IS NULL) THEN true"
        "  WHEN NOT EXISTS (" SUPPORTING " AND i.indpred IS NOT NULL) THEN false"
        "  WHEN $1::boolean AND NOT EXISTS (SELECT FROM locked l WHERE l.relation = f.conrelid) THEN EXISTS (" SUPPORTING
        "   AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey)"
        "   AND pg_get_expr(i.indpred, i.indrelid) = '(' || quote_ident(a.attname) || ' IS NOT NULL)')) END AS supported"
        " FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace"
        " JOIN pg_class rt ON rt.oid = f.confrelid JOIN pg_namespace rn ON rn.oid = rt.relnamespace"
        " WHERE f.contype = 'f' AND f.conparentid = 0 AND " USER_SCHEMA " ORDER BY f.conrelid, f.oid LIMIT 20000";

/* used_frac: of what the sequence or the column that it feeds can hold, whichever ends first. */
const char ask_sequences_sql[] =
        "SELECT q.schema, q.name, q.last_value, q.max_value, q.owner_table, q.owner_column, q.column_type,"
        " CASE WHEN q.rising AND q.last_value > 0 THEN q.last_value::float8 / least(q.max_value, CASE q.column_type"
        "  WHEN 'smallint' THEN 32767 WHEN 'integer' THEN 2147483647 ELSE 9223372036854775807 END) END AS used_frac"
        " FROM (SELECT n.nspname AS schema, c.relname AS name, s.seqmax AS max_value, s.seqincrement > 0 AND NOT s.seqcycle AS rising,"
        " CASE WHEN $1::boolean AND (c.relpersistence = 'p' OR NOT pg_is_in_recovery())"
        "  AND has_sequence_privilege(c.oid, 'SELECT, USAGE') AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.relation = c.oid"
        "  AND l.mode = 'AccessExclusiveLock') THEN pg_sequence_last_value(c.oid) END AS last_value,"
        " tn.nspname || '.' || t.relname AS owner_table, a.attname AS owner_column, format_type(a.atttypid, NULL) AS column_type"
        " FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass"
        "  AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')"
        " LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace"
        " LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE " USER_SCHEMA
        " ORDER BY c.oid LIMIT 20000) q";

const char ask_table_counters_sql[] =
        "SELECT c.oid, pg_stat_get_numscans(c.oid) AS seq_scan, pg_stat_get_tuples_returned(c.oid) AS seq_tup_read,"
        " (SELECT sum(pg_stat_get_numscans(i.indexrelid))::bigint FROM pg_index i WHERE i.indrelid = c.oid) AS idx_scan,"
        " pg_stat_get_tuples_inserted(c.oid) AS tup_ins, pg_stat_get_tuples_updated(c.oid) AS tup_upd,"
        " pg_stat_get_tuples_deleted(c.oid) AS tup_del, pg_stat_get_tuples_hot_updated(c.oid) AS tup_hot_upd,"
        " pg_stat_get_blocks_hit(c.oid) AS heap_hit, pg_stat_get_blocks_fetched(c.oid) - pg_stat_get_blocks_hit(c.oid) AS heap_read"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') AND " USER_SCHEMA
        " ORDER BY c.relpages DESC, c.oid LIMIT 20000";

const char ask_index_counters_sql[] =
        "SELECT i.indexrelid AS oid, pg_stat_get_numscans(i.indexrelid) AS idx_scan FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'i' AND " USER_SCHEMA
        " ORDER BY c.relpages DESC, c.oid LIMIT 50000";

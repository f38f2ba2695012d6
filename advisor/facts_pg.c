/*
 * The PostgreSQL part of the facts: one loader a fact view. A view's NULL stays unknown: NULL, NAN, and false for flags, which the
 * catalogue always gives.
 */
#include "facts.h"
#include "lib/sqlite.h"

#include <math.h>
#include <string.h>

enum { ROWS_MAX = 500000 }; /* of one view */

static const char *copy(struct facts *f, struct stmt *s, int i)
{
        return arena_strdup(f->arena, stmt_text(s, i));
}

static bool flag(struct stmt *s, int i)
{
        return !stmt_is_null(s, i) && stmt_int(s, i);
}

static void add_server(struct facts *f, struct stmt *s)
{
        *vec_push(f->arena, &f->servers) = (struct fact_server){
                .target = copy(f, s, 0), .version_num = (int)stmt_int(s, 1), .max_connections = stmt_real(s, 2), .superuser_reserved = stmt_real(s, 3),
                .cpus = stmt_real(s, 4), .database_bytes = stmt_real(s, 5), .xact_hz = stmt_real(s, 6), .in_use_mean = stmt_real(s, 7),
                .busy_frac = stmt_real(s, 8), .idle_in_tx_frac = stmt_real(s, 9), .connections_max = stmt_real(s, 10), .provider = copy(f, s, 12), .is_superuser = flag(s, 13),
                .cpu_frac = stmt_real(s, 14), .active_mean = stmt_real(s, 15)};
        if (!(f->window_s > 0))
                f->window_s = stmt_real(s, 11);
}

static void add_setting(struct facts *f, struct stmt *s)
{
        *vec_push(f->arena, &f->settings) = (struct fact_setting){.target = copy(f, s, 0), .name = copy(f, s, 1), .value = copy(f, s, 2), .unit = copy(f, s, 3),
                                                                  .context = copy(f, s, 4), .source = copy(f, s, 5)};
}

static void add_statement(struct facts *f, struct stmt *s)
{
        *vec_push(f->arena, &f->statements) = (struct fact_statement){
                .target = copy(f, s, 0), .queryid = copy(f, s, 1), .fingerprint = copy(f, s, 2), .query = copy(f, s, 3), .tables = copy(f, s, 4),
                .kind = copy(f, s, 5), .calls = stmt_real(s, 6), .calls_hz = stmt_real(s, 7), .mean_ms = stmt_real(s, 8), .stddev_ms = stmt_real(s, 9),
                .total_ms = stmt_real(s, 10), .share_frac = stmt_real(s, 11), .rows_per_call = stmt_real(s, 12), .shared_read_per_call = stmt_real(s, 13),
                .plan_cost = stmt_real(s, 14), .plan_failure = copy(f, s, 15), .source = copy(f, s, 16)};
}

static void add_column(struct facts *f, struct stmt *s)
{
        *vec_push(f->arena, &f->columns) = (struct fact_column){
                .target = copy(f, s, 0), .table_oid = stmt_int(s, 1), .attnum = (int)stmt_int(s, 2), .name = copy(f, s, 3), .type = copy(f, s, 4),
                .not_null = flag(s, 5), .avg_width = stmt_real(s, 6), .n_distinct = stmt_real(s, 7), .null_frac = stmt_real(s, 8),
                .correlation = stmt_real(s, 9), .mcv_freqs = copy(f, s, 10)};
}

static void add_index(struct facts *f, struct stmt *s)
{
        *vec_push(f->arena, &f->indexes) = (struct fact_index){
                .target = copy(f, s, 0), .oid = stmt_int(s, 1), .table_oid = stmt_int(s, 2), .schema = copy(f, s, 3), .table = copy(f, s, 4),
                .name = copy(f, s, 5), .method = copy(f, s, 6), .definition = copy(f, s, 7), .key_columns = copy(f, s, 8), .include_columns = copy(f, s, 9),
                .predicate = copy(f, s, 10), .opclasses = copy(f, s, 11), .collations = copy(f, s, 12), .options = copy(f, s, 13), .is_unique = flag(s, 14),
                .is_primary = flag(s, 15), .is_constraint = flag(s, 16), .is_exclusion = flag(s, 17), .is_replica_identity = flag(s, 18),
                .is_valid = flag(s, 19), .building = flag(s, 20), .is_partition = flag(s, 21), .is_partitioned = flag(s, 22), .bytes = stmt_real(s, 23),
                .scans = stmt_real(s, 24), .counters_age_s = stmt_real(s, 25), .last_scan_age_s = stmt_real(s, 26)};
}

static void add_table(struct facts *f, struct stmt *s)
{
        *vec_push(f->arena, &f->tables) = (struct fact_table){
                .target = copy(f, s, 0), .oid = stmt_int(s, 1), .schema = copy(f, s, 2), .name = copy(f, s, 3), .kind = copy(f, s, 4), .rows = stmt_real(s, 5),
                .pages = stmt_real(s, 6), .heap_bytes = stmt_real(s, 7), .total_bytes = stmt_real(s, 8), .tup_ins_hz = stmt_real(s, 9),
                .tup_upd_hz = stmt_real(s, 10), .tup_del_hz = stmt_real(s, 11), .hot_frac = stmt_real(s, 12), .used_by_view = flag(s, 13),
                .stats_age_s = stmt_real(s, 14)};
}

static void add_foreign_key(struct facts *f, struct stmt *s)
{
        *vec_push(f->arena, &f->foreign_keys) = (struct fact_foreign_key){
                .target = copy(f, s, 0), .name = copy(f, s, 1), .table = copy(f, s, 2), .schema = copy(f, s, 3), .columns = copy(f, s, 4),
                .ref_table = copy(f, s, 5), .table_oid = stmt_int(s, 6), .supported = flag(s, 7)};
}

/* Ordered, so that advice does not depend on how SQLite walks its tables. */
static const struct {
        const char *sql;
        void (*add)(struct facts *f, struct stmt *s);
} loaders[] = {
        {"SELECT s.target, version_num, s.max_connections, superuser_reserved + reserved, cpus, database_bytes, xact_hz, in_use_mean, busy_frac, idle_in_tx_frac,"
         " connections_max, d.window_s, s.provider, s.is_superuser, (SELECT cpu_frac FROM fact_server_cpu c WHERE c.target = s.target), d.active_mean FROM fact_server s LEFT JOIN fact_database d USING (target) ORDER BY s.target",
         add_server},
        {"SELECT target, name, value, unit, context, source FROM fact_setting ORDER BY target, name", add_setting},
        {"SELECT target, queryid, fingerprint, CASE WHEN NOT coalesce(truncated, 0) THEN query END, tables, kind, calls, calls_hz, mean_ms, stddev_ms, total_ms,"
         " share_frac, rows_per_call, shared_read_per_call, plan_cost, plan_failure, source FROM fact_statement ORDER BY target, total_ms DESC, queryid",
         add_statement},
        {"SELECT target, table_oid, attnum, name, type, not_null, avg_width, n_distinct, null_frac, correlation, mcv_freqs FROM fact_column"
         " ORDER BY target, table_oid, attnum",
         add_column},
        {"SELECT target, oid, table_oid, schema, \"table\", name, method, definition, key_columns, include_columns, predicate, opclasses, collations, options,"
         " is_unique, is_primary, is_constraint, is_exclusion, is_replica_identity, is_valid, building, is_partition, is_partitioned, bytes, scans, counters_age_s, last_scan_age_s"
         " FROM fact_index ORDER BY target, oid",
         add_index},
        {"SELECT target, oid, schema, name, kind, rows, pages, heap_bytes, total_bytes, tup_ins_hz, tup_upd_hz, tup_del_hz, hot_frac, used_by_view, stats_age_s"
         " FROM fact_table ORDER BY target, oid",
         add_table},
        {"SELECT target, name, \"table\", schema, columns, ref_table, table_oid, supported FROM fact_foreign_key ORDER BY target, table_oid, name",
         add_foreign_key},
};

static int load(struct facts *f, struct db *db, const char *sql, void (*add)(struct facts *f, struct stmt *s), struct err *err)
{
        CLEANUP(stmt_free) struct stmt *s = NULL;
        int r = stmt_prepare(db, sql, &s, err);
        if (r < 0)
                return r;
        for (int n = 0; (r = stmt_step(s, err)) == 1; n++) {
                if (n == ROWS_MAX)
                        return err_set(err, ERR_RANGE, "a capture with more than %d rows of one kind is not analysed", ROWS_MAX);
                add(f, s);
        }
        return r;
}

int facts_load_pg(struct facts *f, struct store *store, struct err *err)
{
        for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++) {
                int r = load(f, store_db(store), loaders[i].sql, loaders[i].add, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

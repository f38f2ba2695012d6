/*
 * What models read: plain structs, filled from the fact views by facts_load (facts.c, one loader per section in
 * facts_pg.c and facts_fleet.c). NULL and NAN are unknown.
 */
#pragma once
#include "base/arena.h"
#include "base/hist.h"
#include "change/change.h"
#include "store/store.h"

/* ── PostgreSQL ─────────────────────────────────────────────────────────────────────────────────────────────────── */
struct fact_statement {
        const char *target, *queryid, *fingerprint, *query, *tables, *kind; /* tables: JSON array */
        double calls, calls_hz, mean_ms, stddev_ms, total_ms, share_frac, rows_per_call, shared_read_per_call;
        double plan_cost; /* of the captured plan, NAN */
        const char *source; /* "module:line" that sends it, or NULL */
        const char *plan_failure; /* why it has no captured plan, or NULL */
};

struct fact_column {
        const char *target;
        int64_t table_oid;
        int attnum;
        const char *name, *type;
        bool not_null;
        double avg_width, n_distinct, null_frac, correlation;
        const char *mcv_freqs; /* JSON array of frequencies */
};

struct fact_index {
        const char *target;
        int64_t oid, table_oid;
        const char *schema, *table, *name, *method, *definition;
        const char *key_columns, *include_columns; /* JSON arrays */
        const char *predicate, *opclasses, *collations, *options;
        bool is_unique, is_primary, is_constraint, is_exclusion, is_replica_identity, is_valid, building, is_partition, is_partitioned;
        double bytes, scans, counters_age_s; /* scans have been counted for at least that long */
        double last_scan_age_s; /* NAN: never, or the server does not tell (before 16) */
};

struct fact_table {
        const char *target;
        int64_t oid;
        const char *schema, *name, *kind; /* kind: r table, p partitioned, m materialized view */
        double rows, pages, heap_bytes, total_bytes, tup_ins_hz, tup_upd_hz, tup_del_hz, hot_frac;
        bool used_by_view;
        double stats_age_s;
};

struct fact_foreign_key {
        const char *target, *name, *table, *schema, *columns, *ref_table;
        int64_t table_oid;
        bool supported;
};

struct fact_server {
        const char *target;
        const char *provider; /* who runs it as a service, or NULL */
        bool is_superuser;    /* the role that captured */
        int version_num;
        double max_connections, superuser_reserved, cpus, database_bytes;
        double xact_hz, in_use_mean, busy_frac, idle_in_tx_frac, connections_max;
        double cpu_frac;        /* CPUs that its processes keep busy, of all of its host; NAN: elsewhere, or unknown */
        double active_mean;     /* sessions that execute something */
};

struct fact_setting {
        const char *target, *name, *value, *unit, *context, *source;
};

/* ── Fleet ──────────────────────────────────────────────────────────────────────────────────────────────────────── */
/* One engine or pool in the source, with what was captured of it at run time. */
struct fact_pool {
        const char *pool, *library, *programs; /* JSON array of program names */
        const char *application_name;
        bool async, behind_pooler;
        double size, overflow, min_size, timeout_s; /* per process; NAN unknown or unresolved */
        double processes;       /* over all programs that reach it */
        double wait_p95_ms, wait_mean_ms, use_mean_ms, use_p95_ms, checkouts_hz, timeouts, in_use_max; /* from events; NAN without */
        const char *use_hist, *wait_hist;   /* merged histograms, or NULL */
        const char *scope;      /* module startup function handler loop: where the engine is made */
        const char *path;
        int line;
        bool nested;            /* some code takes a second connection of it while it holds one */
};

/* What breaks when each transaction may get another server connection, and where the source does it. */
struct fact_session_feature {
        const char *feature, *path;
        int line;
};

/* A pool in one program: what sizing works on, since each program brings its own traffic to the same lines of source. */
struct fact_pool_use {
        const char *pool, *program;
        double processes;
        double checkouts_hz;    /* all processes together, over the window */
        double busy_hz;         /* in the busiest tenth of half minutes; NAN when the window is too short to tell */
        double timeouts;
        double in_use_max;      /* at once in one process, as it reported once a second; NAN */
        struct hist *use, *wait; /* NULL without events */
        double se_frac;         /* relative standard error of the load, where `use` is worked out from looks at sessions; NAN: counted by the application */
};

/* Connections of one application name as PostgreSQL saw them. */
struct fact_application {
        const char *target, *name;
        double connections_max, in_use_max;
};

/* A call of the source that a fix may give an argument: lead, name=value and tail go to insert_at, behind the bytes of anchor. */
struct fact_argument {
        const char *path, *file;  /* relative; absolute, NULL when it stands below no source root any more */
        int line;
        int64_t byte_start, byte_end, insert_at; /* of the call; -1 nowhere */
        const char *lead, *tail, *anchor;
        bool is_first;            /* the call has no argument yet */
        const char *refused;      /* why nothing may be added, or NULL */
        int64_t line_start, line_end, next_call; /* -1 */
        const char *line_text;    /* when the call is all of a statement on lines of its own */
        const char *programs;     /* that run the file, between blanks; NULL */
        const char *piped, *client, *bound; /* the next command, which one pipeline could send too; the client of both; the name that takes the result */
        int64_t bound_end;        /* -1 */
};

/* A value that decides a knob, and the bytes where it stands. */
struct fact_value {
        const char *pool, *knob, *value, *path, *format, *key_path, *decided_by, *trail;
        const char *file; /* path made absolute, NULL when it stands below no source root any more */
        int line;
        int64_t byte_start, byte_end;
        bool resolved;
        const struct fact_argument *call; /* left at the default: where it would be given, or NULL */
};

struct fact_pooler {
        const char *target, *database, *role, *pool_mode;
        double pool_size, cl_waiting_max, maxwait_ms, wait_mean_ms, xact_hz, hold_ms, sv_active_p95, sv_active_max, clients_max;
        double xacts;           /* in the window */
};

struct fact_program {
        const char *program;
        double processes, pss_bytes;
};

/* A Redis as a place for entries. */
struct fact_store {
        const char *target;
        double maxmemory_bytes, used_bytes, keys; /* maxmemory 0: no bound; NAN unknown */
};

/* One access of the cache trace, in time order. */
struct fact_access {
        int64_t at_us;
        const char *template_;
        uint64_t key;
        uint32_t bytes;
        uint32_t load_us;  /* 0 unknown */
        int32_t ttl_s;     /* -1 none */
        uint16_t tier;     /* 0 memory, 1 redis */
        bool hit;
};

/* A place that holds a connection while its program waits for something else (rule code.hold_while_await). */
struct fact_holder {
        const char *path, *snippet;
        int line;
};

struct facts {
        struct arena *arena;
        const struct config *config;
        VEC(struct fact_server) servers;
        VEC(struct fact_setting) settings;
        VEC(struct fact_statement) statements;
        VEC(struct fact_column) columns;
        VEC(struct fact_index) indexes;
        VEC(struct fact_table) tables;
        VEC(struct fact_foreign_key) foreign_keys;
        VEC(struct fact_pool) pools;
        VEC(struct fact_pool_use) pool_uses;
        VEC(struct fact_application) applications;
        VEC(struct fact_value) values;
        VEC(struct fact_argument) arguments;
        VEC(struct fact_pooler) poolers;
        VEC(struct fact_session_feature) session_features;
        VEC(struct fact_holder) holders; /* those of requests first */
        VEC(struct fact_program) programs;
        VEC(struct fact_store) stores;
        double trace_frac;       /* share of keys that the trace follows; 1 when all */
        VEC(struct fact_access) accesses; /* filled on demand by facts_load_accesses */
        struct figure figures[FIGURE_COUNT];
        double window_s;
        double events_s;         /* the part of it in which events were listened to */
};

/* Reads the fact views over the current window (store_window). */
/* Of sources alone: nothing was captured, so nothing else is asked. */
int facts_load_code(struct arena *a, struct store *store, const struct config *config, struct facts **ret_facts, struct err *err);
int facts_load(struct arena *a, struct store *store, const struct config *config, struct facts **ret_facts, struct err *err);
int facts_load_pg(struct facts *f, struct store *store, struct err *err);
int facts_load_fleet_code(struct facts *f, struct store *store, struct err *err);
int facts_load_fleet(struct facts *f, struct store *store, struct err *err);
int facts_load_arguments(struct facts *f, struct store *store, struct err *err); /* after the fleet */
/* The file that a path of a code fact means (they are relative to a source root, so that keys survive a move), or NULL. */
const char *facts_file(struct facts *f, const char *path);
int facts_load_accesses(struct facts *f, struct store *store, size_t max, struct err *err);

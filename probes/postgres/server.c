/*
 * What the server says about itself: who it is, which rights the role has, whether pg_stat_statements can be asked.
 */
#include "probes/postgres/postgres.h"

#include <math.h>
#include <sys/statvfs.h>
#include <string.h>

int pgp_take_system(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        (void)err;
        p->system_identifier = arena_strdup(p->arena, pg_text(rows, 0, 0));
        return 0;
}

int pgp_take_size(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        (void)err;
        p->database_bytes = pg_real(rows, 0, 0);
        return 0;
}

int pgp_take_extension(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        (void)err;
        p->pgss_schema = arena_strdup(p->arena, pg_text(rows, 0, 0));
        p->pgss_minor = (int)pg_int(rows, 0, 1);
        p->preload = arena_strdup(p->arena, pg_text(rows, 0, 2));
        return 0;
}

void pgp_why_no_statements(struct pgp *p, const char **ret_reason, const char **ret_remedy)
{
        bool loaded = p->preload && strstr(p->preload, "pg_stat_statements");
        if (!p->pgss_schema) {
                *ret_reason = "the extension pg_stat_statements is not in this database";
                *ret_remedy = loaded ? "CREATE EXTENSION pg_stat_statements"
                                     : "shared_preload_libraries = 'pg_stat_statements' (restart), then CREATE EXTENSION pg_stat_statements";
        } else {
                *ret_reason = "pg_stat_statements is older than version 1.8";
                *ret_remedy = "ALTER EXTENSION pg_stat_statements UPDATE";
        }
}

void pgp_note_restart(struct pgp *p, int64_t started_us)
{
        if (p->started_us && started_us != p->started_us)
                p->sink->reset_mark(p->sink->arg, 0, "pg_database", "the server was restarted");
        p->started_us = started_us;
}

/* Without the system identifier (a right that may be missing) the place of the server has to do. */
static const char *identity(struct pgp *p)
{
        const char *server = p->system_identifier ? p->system_identifier : pg_place(p->pg);
        return arena_printf(p->arena, "%s/%lld", server, (long long)p->database_oid);
}

static void emit_server(struct pgp *p, const struct pg_rows *rows)
{
        EMIT(p->sink, "pg_server", INT("version_num", p->version), TEXT("system_identifier", p->system_identifier),
             TEXT("database", p->database), INT("database_oid", p->database_oid), TEXT("role", p->role),
             INT("is_superuser", p->superuser), INT("in_recovery", pg_bool(rows, 0, pg_column(rows, "in_recovery"))),
             INT("started_us", p->started_us),
             REAL("stats_reset_us", pg_real(rows, 0, pg_column(rows, "stats_reset_us"))), REAL("database_bytes", p->database_bytes),
             TEXT("extensions", pg_text(rows, 0, pg_column(rows, "extensions"))),
             INT("is_local", pg_bool(rows, 0, pg_column(rows, "is_local"))), TEXT("provider", pg_text(rows, 0, pg_column(rows, "provider"))));
        if (p->env.target->replicas > 0)
                EMIT(p->sink, "pg_expected", INT("replicas", p->env.target->replicas));
}

int pgp_take_server(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        if (pg_count(rows) != 1)
                return err_set(err, ERR_TARGET, "%s: the server does not say who it is", pg_place(p->pg));
        bool first = !p->database;
        p->version = (int)pg_int(rows, 0, pg_column(rows, "version_num"));
        p->database = arena_strdup(p->arena, pg_text(rows, 0, pg_column(rows, "database")));
        p->database_oid = pg_int(rows, 0, pg_column(rows, "database_oid"));
        p->role = arena_strdup(p->arena, pg_text(rows, 0, pg_column(rows, "role")));
        p->search_path = arena_strdup(p->arena, pg_text(rows, 0, pg_column(rows, "search_path")));
        p->superuser = pg_bool(rows, 0, pg_column(rows, "is_superuser"));
        p->reads_all_stats = p->superuser || pg_bool(rows, 0, pg_column(rows, "reads_all_stats"));
        sink_begin(p->sink);
        pgp_note_restart(p, pg_int(rows, 0, pg_column(rows, "started_us")));
        if (first) {
                p->sink->identity(p->sink->arg, identity(p));
                emit_server(p, rows);
        }
        return sink_end(p->sink, true, err);
}

/* pg_stats has no rows for tables that the role cannot read, and EXPLAIN fails: say which right is missing. */
int pgp_take_unreadable(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        (void)err;
        p->unreadable = pg_int(rows, 0, 0);
        p->tables = pg_int(rows, 0, 1);
        if (!p->unreadable)
                return 0;
        const char *role = pg_quote_ident(p->arena, p->role), *example = pg_text(rows, 0, 2), *schema = pg_text(rows, 0, 4);
        if (p->unreadable == 1)
                p->unreadable_remedy = arena_printf(p->arena, "GRANT USAGE ON SCHEMA %s TO %s; GRANT SELECT ON %s TO %s", schema, role, example, role);
        else if (p->version >= 140000)
                p->unreadable_remedy = arena_printf(p->arena, "GRANT pg_read_all_data TO %s", role);
        else
                p->unreadable_remedy = arena_printf(p->arena, "GRANT USAGE ON SCHEMA %s TO %s; GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s",
                                                    schema, role, schema, role);
        p->unreadable_reason = arena_printf(p->arena, "statistics and plans of %lld of %lld tables are hidden from %s, %s among them",
                                            (long long)p->unreadable, (long long)p->tables, role, example);
        return 0;
}

int pgp_take_columns(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        int r = pgp_store_rows(p, "pg_column", NULL, rows, err);
        if (r < 0 || !p->unreadable)
                return r;
        return pgp_status(p, "fact_column", p->unreadable == p->tables ? FACT_DENIED : FACT_OK, p->unreadable_reason, p->unreadable_remedy, err);
}

int pgp_take_nothing(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        (void)p, (void)rows, (void)err;
        return 0;
}

/* ── The cache and the disk ──────────────────────────────────────────────────────────────────────────────────────── */

/* What is resident says something while a cache fills; reading it costs as much as the cache is large. */
int pgp_take_buffercache(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        const double bytes_max = 32.0 * (1 << 30);
        double uptime_s = pg_real(rows, 0, 1), bytes = pg_real(rows, 0, 2);
        (void)err;
        if (!pg_count(rows) || pg_is_null(rows, 0, 0))
                p->why_no_buffercache = "the extension pg_buffercache is not in this database";
        else if (!(uptime_s < PGP_BUFFERCACHE_UPTIME_S))
                p->why_no_buffercache = "the server was started more than a day ago: what is resident is what is used";
        else if (!(bytes <= bytes_max))
                p->why_no_buffercache = "a cache of more than 32 GB is not walked";
        else
                p->buffercache_schema = arena_strdup(p->arena, pg_text(rows, 0, 0));
        return 0;
}

/* The relations that are read most, by counters that outlive a restart; their pages are counted in one walk. */
char *pgp_buffered_sql(struct pgp *p, struct arena *a)
{
        return arena_printf(a,
                            "WITH top AS MATERIALIZED (SELECT c.oid, n.nspname, c.relname, c.relkind, pg_relation_filenode(c.oid) AS node,"
                            " pg_stat_get_blocks_fetched(c.oid) AS asked, c.relpages FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                            " WHERE c.relkind IN ('r', 'm', 'i') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'"
                            " ORDER BY asked DESC, c.oid LIMIT 20),"
                            " held AS (SELECT b.relfilenode AS node, count(*) AS pages FROM %s.pg_buffercache b"
                            " WHERE b.reldatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) AND b.relforknumber = 0"
                            " AND b.relfilenode IN (SELECT node FROM top) GROUP BY 1)"
                            " SELECT t.nspname AS schema, t.relname AS name, t.relkind::text AS kind, t.relpages::bigint * 8192 AS bytes,"
                            " coalesce(h.pages, 0) * 8192 AS cached_bytes, t.asked AS blocks_asked FROM top t LEFT JOIN held h USING (node)",
                            pg_quote_ident(a, p->buffercache_schema));
}

/* By a unix socket the server's files stand on this host, unless its folders are those of a container. */
int pgp_take_disk(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        struct statvfs fs;
        const char *folder = pg_count(rows) ? pg_text(rows, 0, 0) : NULL;
        if (!folder || statvfs(folder, &fs) < 0)
                return pgp_status(p, "fact_disk", FACT_UNKNOWN, folder ? "the data directory is not on this host" : "the server does not tell where its data are",
                                  NULL, err);
        sink_begin(p->sink);
        EMIT(p->sink, "pg_disk", INT("total_bytes", (int64_t)fs.f_blocks * (int64_t)fs.f_frsize), INT("free_bytes", (int64_t)fs.f_bavail * (int64_t)fs.f_frsize));
        return sink_end(p->sink, true, err);
}

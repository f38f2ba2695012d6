/*
 * What the server says about itself: who it is, which rights the role has, whether pg_stat_statements can be asked.
 */
#include "probes/postgres/postgres.h"

#include <math.h>
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
             INT("is_local", pg_bool(rows, 0, pg_column(rows, "is_local"))));
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

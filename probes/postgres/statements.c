/*
 * pg_stat_statements at both edges of the window: counters into the history, the difference into a ranking, and the texts of
 * those that ran. Whichever schema the extension is in, whichever version it has (1.8 came with PostgreSQL 13).
 */
#include "lib/plannable.h"
#include "lib/sql.h"
#include "lib/sqlclause.h"
#include "probes/postgres/postgres.h"
#include "probes/postgres/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *schema_of(struct pgp *p, struct arena *a)
{
        return pg_quote_ident(a, p->pgss_schema);
}

/* Roles of monitoring tools and of providers: what they send is nothing that an application could do better. */
#define OTHER_TOOLS                                                                                                    \
        "'rdsadmin', 'cloudsqladmin', 'azuresu', 'azure_superuser', 'supabase_admin', 'datadog', 'pganalyze', 'pgwatch', 'pgwatch2', 'pgwatch3'," \
        " 'postgres_exporter', 'postgresql_exporter', 'newrelic', 'zbx_monitor', 'zabbix', 'pmm', 'telegraf', 'netdata', 'pghero', 'pgbadger', 'powa'"

/*
 * Own statements are told by PG_MARK. Entries without calls were only parsed (by our PREPARE, for one). A hidden entry has
 * neither queryid nor text.
 */
char *pgp_statements_sql(struct pgp *p, struct arena *a)
{
        bool end = !strcmp(p->asking->edge, "end");
        return arena_printf(a,
                            "SELECT s.userid, r.rolname AS role, s.queryid::text AS queryid, %s AS toplevel, s.calls, s.rows,"
                            " s.total_exec_time AS total_ms, s.mean_exec_time AS mean_ms, s.min_exec_time AS min_ms,"
                            " s.max_exec_time AS max_ms, s.stddev_exec_time AS stddev_ms, s.total_plan_time AS plan_total_ms,"
                            " s.shared_blks_hit AS shared_hit, s.shared_blks_read AS shared_read, s.shared_blks_dirtied AS shared_dirtied,"
                            " s.temp_blks_written AS temp_written, s.wal_bytes::bigint AS wal_bytes, s.%s AS read_ms, %s AS query"
                            " FROM %s.pg_stat_statements(true) s LEFT JOIN pg_roles r ON r.oid = s.userid"
                            " WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.calls > 0"
                            " AND coalesce(r.rolname, '') NOT IN (" OTHER_TOOLS ") AND (s.query IS NULL OR left(s.query, %zu) <> '%s') ORDER BY s.total_exec_time DESC LIMIT %d",
                            p->pgss_minor >= 9 ? "s.toplevel" : "true", p->pgss_minor >= 11 ? "shared_blk_read_time" : "blk_read_time",
                            end ? "s.query" : "NULL", schema_of(p, a), sizeof PG_MARK - 2, "/* perfadvise */", PGP_STATEMENTS_MAX);
}

char *pgp_info_sql(struct pgp *p, struct arena *a)
{
        const char *schema = schema_of(p, a);
        return arena_printf(a,
                            "SELECT i.dealloc, (SELECT count(*) FROM %s.pg_stat_statements(false)) AS entries,"
                            " (SELECT setting::bigint FROM pg_settings WHERE name = 'pg_stat_statements.max') AS max_entries,"
                            " (extract(epoch FROM i.stats_reset) * 1000000)::bigint AS stats_reset_us FROM %s.pg_stat_statements_info i",
                            schema, schema);
}

static struct pgp_statements *edge_of(struct pgp *p)
{
        return strcmp(p->asking->edge, "end") ? &p->begin : &p->end;
}

int pgp_take_info(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        struct pgp_statements *edge = edge_of(p);
        edge->dealloc = pg_int(rows, 0, pg_column(rows, "dealloc"));
        edge->stats_reset_us = pg_int(rows, 0, pg_column(rows, "stats_reset_us"));
        if (edge == &p->end && p->begin.taken && p->begin.stats_reset_us != edge->stats_reset_us)
                p->sink->reset_mark(p->sink->arg, 0, "pg_statement", "pg_stat_statements was reset");
        return pgp_store_rows(p, "pg_statements_info", p->asking->edge, rows, err);
}

/* ── One edge ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void keep_statement(struct pgp *p, struct pgp_statements *edge, const struct pg_rows *rows, int i)
{
        struct pgp_statement *s = vec_push(p->arena, &edge->list);
        *s = (struct pgp_statement){.userid = pg_int(rows, i, 0),
                                    .role = arena_strdup(p->arena, pg_text(rows, i, 1)),
                                    .queryid = arena_strdup(p->arena, pg_text(rows, i, 2)),
                                    .toplevel = pg_bool(rows, i, 3),
                                    .calls = pg_real(rows, i, 4),
                                    .rows = pg_real(rows, i, 5),
                                    .total_ms = pg_real(rows, i, 6)};
        const char *query = pg_text(rows, i, pg_column(rows, "query"));
        if (query)
                s->query = arena_strndup(p->arena, query, strnlen(query, PGP_TEXT_BYTES_MAX));
}

static void emit_statement(struct pgp *p, const struct pg_rows *rows, int i)
{
        static const char *const counters[] = {"total_ms",    "mean_ms",     "min_ms",        "max_ms",       "stddev_ms", "plan_total_ms",
                                               "shared_hit",  "shared_read", "shared_dirtied", "temp_written", "wal_bytes", "read_ms"};
        struct cell cells[24] = {TEXT("edge", p->asking->edge), TEXT("database", p->database), TEXT("role", pg_text(rows, i, 1)),
                                 TEXT("queryid", pg_text(rows, i, 2)), INT("toplevel", pg_bool(rows, i, 3)), INT("calls", pg_int(rows, i, 4)),
                                 INT("rows", pg_int(rows, i, 5))};
        size_t n = 7;
        for (int c = 0; c < 12; c++)
                cells[n++] = REAL(counters[c], pg_real(rows, i, 6 + c));
        p->sink->record(p->sink->arg, 0, "pg_statement", cells, n);
}

/* What the role cannot see may be what matters most, so the fact is not "ok" with a part of it. */
static int statements_status(struct pgp *p, const struct pgp_statements *edge, struct err *err)
{
        if (edge->hidden)
                return pgp_status(p, "fact_statement", FACT_DENIED,
                                  arena_printf(p->arena, "%zu statements of other roles are hidden", edge->hidden),
                                  arena_printf(p->arena, "GRANT pg_monitor TO %s", pg_quote_ident(p->arena, p->role)), err);
        if (!edge->list.len)
                return pgp_status(p, "fact_statement", FACT_EMPTY, "pg_stat_statements holds no statement of this database", NULL, err);
        return 0;
}

int pgp_take_statements(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        struct pgp_statements *edge = edge_of(p);
        edge->taken = true;
        sink_begin(p->sink);
        for (int i = 0; i < pg_count(rows); i++) {
                if (pg_is_null(rows, i, 2)) {
                        edge->hidden++;
                        continue;
                }
                keep_statement(p, edge, rows, i);
                emit_statement(p, rows, i);
        }
        int r = sink_end(p->sink, true, err);
        return r < 0 || edge == &p->begin ? r : statements_status(p, edge, err);
}

/* Extended protocol shows $n here too; what clients put into the text themselves shows which values are usual. */
int pgp_take_seen(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        (void)err;
        for (int i = 0; i < pg_count(rows); i++)
                *vec_push(p->arena, &p->seen) = (struct pgp_seen){arena_strdup(p->arena, pg_text(rows, i, 0)), arena_strdup(p->arena, pg_text(rows, i, 1))};
        return 0;
}

/* ── The window ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static int compare_keys(const void *x, const void *y)
{
        const struct pgp_statement *a = x, *b = y;
        int c = strcmp(a->queryid, b->queryid);
        if (!c)
                c = (a->userid > b->userid) - (a->userid < b->userid);
        return c ? c : a->toplevel - b->toplevel;
}

static int compare_window(const void *x, const void *y)
{
        const struct pgp_statement *a = *(struct pgp_statement *const *)x, *b = *(struct pgp_statement *const *)y;
        int c = (b->window_ms > a->window_ms) - (b->window_ms < a->window_ms);
        return c ? c : strcmp(a->queryid, b->queryid);
}

static void subtract(struct pgp *p, struct pgp_statement *s)
{
        const struct pgp_statement *before =
                p->begin.list.len ? bsearch(s, p->begin.list.items, p->begin.list.len, sizeof *s, compare_keys) : NULL;
        s->window_calls = s->calls - (before ? before->calls : 0);
        s->window_ms = s->total_ms - (before ? before->total_ms : 0);
        if (s->window_calls < 0)
                p->sink->reset_mark(p->sink->arg, 0, arena_printf(p->arena, "pg_statement:%s", s->queryid), "evicted or reset");
}

int pgp_rank_statements(struct pgp *p, struct err *err)
{
        if (p->begin.list.len)
                qsort(p->begin.list.items, p->begin.list.len, sizeof *p->begin.list.items, compare_keys);
        sink_begin(p->sink);
        for (size_t i = 0; i < p->end.list.len; i++) {
                struct pgp_statement *s = &p->end.list.items[i];
                subtract(p, s);
                if (s->window_calls > 0 && s->query)
                        *vec_push(p->arena, &p->ranked) = s;
        }
        int r = sink_end(p->sink, true, err);
        if (p->ranked.len)
                qsort(p->ranked.items, p->ranked.len, sizeof *p->ranked.items, compare_window);
        if (p->ranked.len > PGP_TEXTS_MAX)
                p->ranked.len = PGP_TEXTS_MAX;
        return r;
}

/* ── Texts ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* kind|tables|conditions|order, as statements of sources have it. */
static const char *shape_of(struct arena *a, const struct sql_clauses *c, const char *tables)
{
        return sqlclause_shape(a, c->kind, tables, sqlclause_filters_json(a, c), sqlclause_orders_json(a, c), c->extras);
}

static void emit_text(struct pgp *p, struct pgp_statement *s)
{
        CLEANUP(arena_free) struct arena *a = arena_new();
        char *clean = text_clean(a, s->query, p->env.literals), *fingerprint = NULL, *tables = NULL;
        bool truncated = strlen(s->query) >= PGP_TEXT_BYTES_MAX;
        const char *repaired = plannable_repair(a, clean), *whole = plannable_repair(a, s->query);
        if (!repaired)
                repaired = clean;
        s->kind = sql_kind(s->query); /* utility statements stop parsing once their literals are gone */
        if (!strcmp(s->kind, "other"))
                s->kind = sql_kind(repaired);
        if (truncated || sql_fingerprint(a, repaired, &fingerprint, NULL) < 0)
                fingerprint = NULL;
        if (truncated || sql_tables(a, repaired, &tables, NULL) < 0)
                tables = NULL;
        struct sql_clauses c;
        bool read = tables && sqlclause_read(a, repaired, &c, NULL) == 0;
        s->repaired = truncated || !whole ? NULL : arena_strdup(p->arena, whole); /* with the constants that the server kept: in memory only */
        s->fingerprint = arena_strdup(p->arena, fingerprint);
        s->tables = arena_strdup(p->arena, tables);
        EMIT(p->sink, "pg_statement_text", TEXT("queryid", s->queryid), TEXT("fingerprint", fingerprint),
             TEXT("fingerprint_version", fingerprint ? sql_library_version() : NULL), TEXT("query", clean), TEXT("tables", tables),
             INT("truncated", truncated), TEXT("kind", truncated ? "other" : s->kind), TEXT("canonical", fingerprint ? sql_canonical(a, repaired) : NULL),
             TEXT("shape", read ? shape_of(a, &c, tables) : NULL), TEXT("projection", read ? c.projection : NULL));
}

int pgp_do_texts(struct pgp *p, struct err *err)
{
        sink_begin(p->sink);
        for (int n = 0; n < PGP_TEXTS_AT_ONCE && p->texts_done < p->ranked.len; n++)
                emit_text(p, p->ranked.items[p->texts_done++]);
        int r = sink_end(p->sink, true, err);
        if (r < 0)
                return r;
        return p->texts_done == p->ranked.len;
}

/*
 * The PgBouncer probe against the answers of seven versions, without a server: this file stands in for lib/pg.h. The fixtures
 * in tests/data/pgbouncer/ have the columns in the order in which that version sends them, with a value of its own in each.
 */
#include "base/fs.h"
#include "base/sys.h"
#include "lib/pg.h"
#include "probes/probe.h"
#include "store/store.h"
#include "tests/lib/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ── lib/pg.h, from a script ───────────────────────────────────────────────────────────────────────────────────────── */

enum { COLUMNS_MAX = 40, ROWS_MAX = 8 };

struct pg_rows {
        char text[4096];
        char *names[COLUMNS_MAX], *cells[ROWS_MAX][COLUMNS_MAX];
        int columns, count;
};

struct pg {
        char *script;       /* of one version */
        const char *asked;
        const char *denied; /* a SHOW that is refused */
};

static struct pg console;

static int split(char *line, char **out)
{
        int n = 0;
        for (char *cell; (cell = strsep(&line, "|")) && n < COLUMNS_MAX;)
                out[n++] = cell;
        return n;
}

int pg_start(const char *dsn, enum pg_flags flags, struct pg **ret_pg, struct err *err)
{
        (void)dsn, (void)err;
        ck_assert_int_eq(flags, PG_CONSOLE);
        *ret_pg = &console;
        return 0;
}

int pg_go(struct pg *pg, struct err *err)
{
        (void)pg, (void)err;
        return 1;
}

int pg_send(struct pg *pg, const char *sql, int n, const char *const *params, struct err *err)
{
        (void)params, (void)err;
        ck_assert_int_eq(n, 0); /* the console knows the simple protocol only */
        ck_assert_int_eq(strncmp(sql, "SHOW ", 5), 0);
        pg->asked = sql;
        return 0;
}

int pg_receive(struct pg *pg, struct pg_rows **ret_rows, struct err *err)
{
        if (pg->denied && !strcmp(pg->asked, pg->denied))
                return err_set(err, ERR_TARGET, "admin access needed");
        char head[64];
        snprintf(head, sizeof head, "%s\n", pg->asked);
        const char *block = strstr(pg->script, head), *end = block ? strstr(block, "\n\n") : NULL;
        ck_assert_msg(end != NULL, "the script has no '%s'", pg->asked);
        struct pg_rows *rows = calloc(1, sizeof *rows);
        block += strlen(head);
        ck_assert_uint_lt((size_t)(end - block), sizeof rows->text);
        memcpy(rows->text, block, (size_t)(end - block));
        char *rest = rows->text;
        rows->columns = split(strsep(&rest, "\n"), rows->names);
        for (char *line; (line = strsep(&rest, "\n")) && rows->count < ROWS_MAX; rows->count++)
                ck_assert_int_eq(split(line, rows->cells[rows->count]), rows->columns);
        *ret_rows = rows;
        return 1;
}

struct pg_rows *pg_rows_free(struct pg_rows *rows)
{
        free(rows);
        return NULL;
}

struct pg *pg_close(struct pg *pg)
{
        (void)pg;
        return NULL;
}

bool pg_lost(const struct pg *pg)
{
        (void)pg;
        return false;
}

int pg_fd(const struct pg *pg)
{
        (void)pg;
        return -1;
}

short pg_events(const struct pg *pg)
{
        (void)pg;
        return 0;
}

const char *pg_place(const struct pg *pg)
{
        (void)pg;
        return "here:6432/pgbouncer";
}

int pg_count(const struct pg_rows *rows)
{
        return rows->count;
}

int pg_column(const struct pg_rows *rows, const char *name)
{
        for (int c = 0; c < rows->columns; c++)
                if (!strcmp(rows->names[c], name))
                        return c;
        return -1;
}

const char *pg_text(const struct pg_rows *rows, int row, int col)
{
        return col < 0 || !*rows->cells[row][col] ? NULL : rows->cells[row][col];
}

bool pg_is_null(const struct pg_rows *rows, int row, int col)
{
        return !pg_text(rows, row, col);
}

int64_t pg_int(const struct pg_rows *rows, int row, int col)
{
        const char *text = pg_text(rows, row, col);
        return text ? strtoll(text, NULL, 10) : 0;
}

/* ── The probe ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct store *capture(struct arena *a, const char *version, const char *denied)
{
        struct err err = {0};
        struct store *store;
        int64_t run, target;
        size_t len;
        ck_assert_int_eq(fs_read(a, arena_printf(a, "tests/data/pgbouncer/%s.txt", version), 1 << 16, &console.script, &len, &err), 0);
        console.denied = denied;
        ck_assert_int_eq(store_open(NULL, STORE_MEMORY, &store, &err), 0);
        ck_assert_int_eq(store_run_begin(store, "capture", NULL, 0, &run, &err), 0);
        ck_assert_int_eq(store_target(store, "pooler", "pgbouncer", &target, &err), 0);
        struct probe_target what = {.name = "pooler", .kind = "pgbouncer", .dsn = ""};
        struct probe_env env = {.target = &what, .sink = store_sink(store, run, target), .arena = a};
        void *state;
        ck_assert_int_eq(probe_pgbouncer.open(&env, &state, &err), 0);
        ck_assert_msg(probe_pgbouncer.step(state, sys.monotonic_us(), &err) >= 0, "%s", err.msg);
        ck_assert_int_eq(probe_pgbouncer.finish(state, &err), 0);
        for (int i = 0; i < 20 && probe_pgbouncer.due(state) != PROBE_DONE; i++)
                ck_assert_msg(probe_pgbouncer.step(state, sys.monotonic_us(), &err) >= 0, "%s", err.msg);
        ck_assert_int_eq(probe_pgbouncer.due(state), PROBE_DONE);
        probe_pgbouncer.close(state);
        ck_assert_int_eq(store_run_end(store, run, "ok", &err), 0);
        return store;
}

static const char *text(struct arena *a, struct store *s, const char *sql)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        struct err err = {0};
        ck_assert_msg(stmt_prepare(store_db(s), sql, &st, &err) == 0, "%s", err.msg);
        const char *found = stmt_step(st, &err) == 1 ? stmt_text(st, 0) : NULL;
        return found ? arena_strdup(a, found) : "";
}

static const struct {
        const char *version;
        bool has_default, has_min_pool;
} versions[] = {{"1.12", false, false}, {"1.16", true, true}, {"1.18", true, true}, {"1.21", true, true}, {"1.23", true, true}, {"1.24", true, true}, {"1.25", true, true}};

static void check_version(size_t i)
{
        struct arena *a = arena_new();
        struct store *s = capture(a, versions[i].version, NULL);
        ck_assert_str_eq(text(a, s, "SELECT value FROM pgb_config WHERE key = 'version'"), arena_printf(a, "PgBouncer %s.0", versions[i].version));
        ck_assert_str_eq(text(a, s, "SELECT DISTINCT value || ' ' || coalesce(default_value, 'unknown') || ' ' || changeable FROM pgb_config WHERE key = 'listen_port'"),
                         versions[i].has_default ? "6432 6432 0" : "6432 unknown 0");
        ck_assert_str_eq(text(a, s, "SELECT group_concat(DISTINCT name || ' ' || host || ' ' || port || ' ' || database || ' ' || pool_size || ' ' || coalesce(min_pool_size, 'unknown')"
                                    " || ' ' || reserve_pool || ' ' || pool_mode || ' ' || max_connections || ' ' || current_connections) FROM pgb_database"),
                         versions[i].has_min_pool ? "shop 10.0.0.5 5432 shop 20 3 5 transaction 40 17" : "shop 10.0.0.5 5432 shop 20 unknown 5 transaction 40 17");
        ck_assert_str_eq(text(a, s, "SELECT group_concat(DISTINCT database || ' ' || xact_count || ' ' || query_count || ' ' || received_bytes || ' ' || sent_bytes || ' ' ||"
                                    " xact_time_us || ' ' || query_time_us || ' ' || wait_time_us) FROM pgb_stat_sample"),
                         "shop 1001 2002 3003 4004 5005 6006 7007");
        ck_assert_str_eq(text(a, s, "SELECT group_concat(DISTINCT database || ' ' || role || ' ' || cl_active || ' ' || cl_waiting || ' ' || sv_active || ' ' || sv_idle || ' ' ||"
                                    " sv_used || ' ' || sv_login || ' ' || maxwait_us || ' ' || pool_mode) FROM pgb_pool_sample"),
                         "shop bot 9 4 6 2 1 1 2345678 transaction");
        ck_assert_str_eq(text(a, s, "SELECT group_concat(DISTINCT item || ' ' || count) FROM pgb_list"), "databases 2,used_clients 13");
        ck_assert_str_eq(text(a, s, "SELECT group_concat(DISTINCT status) FROM fact_state"), "ok");
        store_close(s);
        arena_free(a);
}

START_TEST(pgbouncer__columns_by_name_in_every_version)
{
        for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
                check_version(i);
}
END_TEST

START_TEST(pgbouncer__a_refused_show_costs_its_own_fact_only)
{
        struct arena *a = arena_new();
        struct store *s = capture(a, "1.18", "SHOW CONFIG");
        ck_assert_str_eq(text(a, s, "SELECT status || ' ' || reason || ' ' || remedy FROM fact_state WHERE fact = 'fact_pgb_config'"),
                         "denied admin access needed add the user to stats_users in pgbouncer.ini and RELOAD");
        ck_assert_str_eq(text(a, s, "SELECT status FROM fact_state WHERE fact = 'fact_pgb_pool'"), "ok");
        ck_assert_str_eq(text(a, s, "SELECT DISTINCT cl_waiting FROM pgb_pool_sample"), "4");
        store_close(s);
        arena_free(a);
}
END_TEST

UNIT_MAIN(pgbouncer__columns_by_name_in_every_version, pgbouncer__a_refused_show_costs_its_own_fact_only)

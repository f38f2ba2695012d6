/*
 * Captured statements find their lines: the texts that pg_stat_statements holds after users played with the example fleet
 * (tests/data/fleet/statements.txt, each under the places that send it), against the statements that the sources of the fleet show.
 */
#include "lib/sql.h"
#include "lib/sqlclause.h"
#include "tests/lib/sources.h"

static void capture(struct tree *t, const char *query, int n)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        struct err err = {0};
        struct sql_clauses c;
        char *fingerprint = NULL, *tables = NULL;
        bool ok = sql_fingerprint(t->arena, query, &fingerprint, NULL) == 0 && sql_tables(t->arena, query, &tables, NULL) == 0 && sqlclause_read(t->arena, query, &c, NULL) == 0;
        const char *shape = ok ? sqlclause_shape(t->arena, c.kind, tables, sqlclause_filters_json(t->arena, &c), sqlclause_orders_json(t->arena, &c), c.extras) : NULL;
        const char *cells[] = {arena_printf(t->arena, "%d", n), fingerprint, sql_library_version(), query, tables, sql_kind(query), ok ? sql_canonical(t->arena, query) : NULL, shape, ok ? c.projection : NULL};
        ck_assert_int_eq(stmt_prepare(store_db(t->store), "INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, tables, kind, canonical, shape, projection)"
                                                          " VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &st, &err), 0);
        for (int i = 0; i < 9; i++)
                stmt_bind_text(st, i + 1, cells[i]);
        ck_assert_int_ge(stmt_step(st, &err), 0);
}

static const char *places(struct tree *t, int n)
{
        return tree_text(t, arena_printf(t->arena, "SELECT group_concat(place, ' ') FROM (SELECT coalesce(module, path) || ':' || line AS place FROM fact_statement_source"
                                                   " WHERE queryid = '%d' ORDER BY path, line)", n));
}

START_TEST(link__every_statement_of_the_fleet)
{
        struct tree t = {.arena = arena_new()};
        struct err err = {0};
        char *text;
        size_t len;
        int n = 0, linked = 0, wanted = 0, wrong = 0;
        tree_analyse_at(&t, "examples/bots");
        ck_assert_int_eq(fs_read(t.arena, "tests/data/fleet/statements.txt", 1 << 20, &text, &len, &err), 0);
        for (char *block = text, *next; block && *block; block = next) {
                next = strstr(block, "\n\n");
                if (next)
                        *next = '\0', next += 2;
                char *query = strchr(block, '\n');
                ck_assert_msg(*block == '=' && query, "a statement without places: %s", block);
                *query++ = '\0';
                capture(&t, query, ++n);
                const char *expected = block + 2, *got = places(&t, n);
                if (str_starts(expected, "orm ")) { /* an ORM wrote it: no text, but if a shape fits then there */
                        ck_assert_msg(!*got || str_starts(got, expected + 4), "%s\nis sent at %s, not at %s", query, expected + 4, got);
                        continue;
                }
                bool none = !strcmp(expected, "none");
                wanted += !none;
                linked += !none && !strcmp(expected, got);
                wrong += *got && strcmp(expected, got);
                ck_assert_msg(!strcmp(none ? "" : expected, got), "%s\nis sent at %s, not at %s", query, expected, got);
        }
        ck_assert_int_eq(wanted, 19);
        ck_assert_int_eq(linked, wanted);
        ck_assert_int_eq(wrong, 0);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM fact_code_statement s WHERE path LIKE 'bots/%' AND origin = 'text' AND tables <> '[]' AND NOT EXISTS"
                                      " (SELECT 1 FROM fact_statement_source l WHERE l.path = s.path AND l.byte_start = s.byte_start)"), 0);
        tree_free(&t);
}
END_TEST

START_TEST(cost__of_a_place_is_what_its_statements_took)
{
        struct tree t = tree_new();
        struct err err = {0};
        tree_file(&t, "a.py", "import asyncpg\nasync def f(pool: asyncpg.Pool):\n    await pool.fetch('SELECT x FROM t WHERE y = $1')\n"
                              "async def g(pool: asyncpg.Pool):\n    await pool.fetch('SELECT z FROM t')\n    await pool.fetch('SELECT z FROM t')\n");
        tree_analyse(&t);
        capture(&t, "SELECT x FROM t WHERE y = $1", 1);
        capture(&t, "SELECT z FROM t", 2);
        ck_assert_int_eq(db_exec(store_db(t.store),
                                 "INSERT INTO pg_server (run_id, target_id, at_us, version_num) VALUES (1, 1, 10, 150000);"
                                 "INSERT INTO pg_statement (run_id, target_id, at_us, edge, queryid, calls, rows, total_ms, mean_ms) VALUES"
                                 " (1, 1, 10, 'end', '1', 100, 100, 300, 3), (1, 1, 10, 'end', '2', 10, 10, 100, 10)", &err), 0);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line || ' ' || calls || ' ' || total_ms || ' ' || share_of_database || ' ' || mean_ms || ' ' || shared_by, '; ')"
                                       " FROM (SELECT * FROM fact_code_cost ORDER BY line)"),
                         "3 100 300.0 0.75 3.0 1; 5 10 100.0 0.25 10.0 2; 6 10 100.0 0.25 10.0 2");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(source, '; ') FROM (SELECT source FROM fact_statement ORDER BY queryid)"), "a:3; a:5, a:6");
        tree_free(&t);
}
END_TEST

START_TEST(link__a_comment_that_names_the_place_decides)
{
        struct tree t = tree_new();
        tree_file(&t, "cogs/a.py", "import asyncpg\nasync def f(pool: asyncpg.Pool):\n    await pool.fetch('SELECT x FROM t WHERE y = $1')\n"
                                   "    await pool.fetch('SELECT x FROM t WHERE y = $1')\n    await pool.fetch(f'SELECT x FROM t WHERE y IN ({names})')\n"
                                   "    await pool.fetch(f'UPDATE t SET {name} = NULL WHERE y = $1')\n");
        tree_analyse(&t);
        capture(&t, "SELECT x FROM t WHERE y = $1 /*file='cogs%2Fa.py%3A4'*/", 1);
        capture(&t, "select x from t\n where y = $1", 2);
        capture(&t, "SELECT x FROM t WHERE y IN ($1, $2, $3)", 3);
        capture(&t, "UPDATE t SET k = NULL WHERE y = $1", 4);
        capture(&t, "SELECT y FROM t WHERE y = $1", 5);
        ck_assert_str_eq(places(&t, 1), "cogs.a:4");
        ck_assert_str_eq(places(&t, 2), "cogs.a:3 cogs.a:4");
        ck_assert_str_eq(places(&t, 3), "cogs.a:5");
        ck_assert_str_eq(places(&t, 4), "cogs.a:6");
        ck_assert_str_eq(places(&t, 5), "");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(how || ' ' || candidates) FROM (SELECT DISTINCT how, candidates, queryid FROM fact_statement_source ORDER BY queryid)"),
                         "tag 1,text 2,text 1,part 1");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(link__every_statement_of_the_fleet, cost__of_a_place_is_what_its_statements_took, link__a_comment_that_names_the_place_decides)

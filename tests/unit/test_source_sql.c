#include "tests/lib/sources.h"

#define HEAD "import asyncpg\nclass Store:\n    def __init__(self, pool: asyncpg.Pool):\n        self.pool = pool\n"

/* One function whose body is given; what its only statement is, by a column. */
static const char *of_statement(const char *body, const char *columns)
{
        struct tree t = tree_new();
        static char answer[4096];
        tree_file(&t, "a.py", arena_printf(t.arena, HEAD "    async def f(self, x, names, ids):\n%s", body));
        tree_analyse(&t);
        snprintf(answer, sizeof answer, "%s", tree_text(&t, arena_printf(t.arena, "SELECT %s FROM code_statement", columns)));
        tree_free(&t);
        return answer;
}

START_TEST(text__what_a_hole_stands_for)
{
        static const char *const cases[][2] = {
                {"        await self.pool.fetch(f\"SELECT id FROM t WHERE a = ${x}\")\n", "param"},
                {"        await self.pool.fetch(f\"SELECT id FROM t WHERE a IN ({','.join(f'${i}' for i in ids)})\")\n", "param"},
                {"        await self.pool.fetch(f\"SELECT id FROM t WHERE a IN ({x})\")\n", "list"},
                {"        await self.pool.fetch(f\"SELECT id FROM t WHERE a = '{x}'\")\n", "value"},
                {"        await self.pool.fetch(f\"SELECT id FROM t WHERE a = {x}\")\n", "value"},
                {"        await self.pool.fetch(f\"SELECT id FROM t WHERE a < {now(x)}\")\n", "list"},
                {"        await self.pool.fetch(\"SELECT id FROM t LIMIT %d\" % x)\n", "value"},
                {"        await self.pool.fetch(\"SELECT id FROM {} WHERE a = $1\".format(x))\n", "identifier"},
                {"        await self.pool.fetch(\"SELECT id FROM t ORDER BY id \" + x)\n", "clause"},
                {"        await self.pool.fetch(f\"SELECT id FROM t {x}\")\n", "clause"},
                {"        await self.pool.fetch(f\"SELECT id FROM t WHERE {' AND '.join(f'a{i} = $1' for i in ids)}\")\n", "clause"},
                {"        q = \"SELECT id FROM t\"\n        if x:\n            q += \" ORDER BY id\"\n        await self.pool.fetch(q)\n", "clause"},
        };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                ck_assert_msg(!strcmp(of_statement(cases[i][0], "holes"), cases[i][1]), "%s: %s", cases[i][0], of_statement(cases[i][0], "holes"));
}
END_TEST

START_TEST(text__constants_have_no_holes)
{
        static const char *const cases[] = {
                "        await self.pool.fetch(f\"SELECT id FROM t\")\n",
                "        await self.pool.fetch(\"SELECT {0} FROM {table}\".format('id', table='t'))\n",
                "        await self.pool.fetch(\"SELECT %s FROM %(t)s\".replace('x', 'x') % {'t': 't'} if False else \"SELECT id FROM t\")\n",
                "        await self.pool.fetch(\"SELECT %s FROM %s\" % ('id', 't'))\n",
                "        await self.pool.fetch(\" \".join([\"SELECT id\", \"FROM t\"]))\n",
        };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                if (i != 2) /* a choice is left out */
                        ck_assert_msg(!strcmp(of_statement(cases[i], "sql || coalesce(holes, '')"), "SELECT id FROM t"), "%s: %s", cases[i], of_statement(cases[i], "sql || holes"));
}
END_TEST

START_TEST(text__clauses_with_their_lines)
{
        const char *body = "        await self.pool.fetch(\"\"\"SELECT *\n            FROM t\n            WHERE name ILIKE '%' || $1 || '%'\n"
                           "              AND lower(t.mail) = $2 AND extra->>'k' = $3 AND NOT done\n            ORDER BY id DESC\n            OFFSET $4\"\"\")\n";
        ck_assert_str_eq(of_statement(body, "filters"),
                         "[{\"table\":\"t\",\"column\":\"name\",\"op\":\"wildcard\",\"block\":0,\"line\":8},"
                         "{\"table\":\"t\",\"column\":\"mail\",\"op\":\"expr\",\"expr\":\"lower(mail)\",\"block\":0,\"line\":9},"
                         "{\"table\":\"t\",\"column\":\"extra\",\"op\":\"json\",\"expr\":\"(extra ->> 'k')\",\"block\":0,\"line\":9},"
                         "{\"table\":\"t\",\"column\":\"done\",\"op\":\"=\",\"not\":1,\"block\":0,\"line\":9}]");
        ck_assert_str_eq(of_statement(body, "limited || ' ' || has_offset || ' ' || offset_line || orders"), "0 1 11[{\"table\":\"t\",\"column\":\"id\",\"desc\":1}]");
}
END_TEST

START_TEST(text__parts_of_a_joined_string_have_their_own_lines)
{
        const char *body = "        await self.pool.fetch(\"SELECT name FROM t \"\n            \"WHERE kind = $1 \"\n            \"AND name LIKE '%x'\")\n";
        ck_assert_str_eq(of_statement(body, "group_concat(json_extract(f.value, '$.column') || json_extract(f.value, '$.line')) FROM code_statement s, json_each(s.filters) f --"), "kind7,name8");
}
END_TEST

START_TEST(text__each_alternative_of_a_name_is_sent)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", HEAD "    async def f(self, x):\n        q = 'SELECT 0 FROM dead'\n        q = 'SELECT 1 FROM z'\n        if x:\n            q = 'SELECT id FROM a'\n"
                                   "        elif x is None:\n            q = 'SELECT id FROM b'\n        await self.pool.fetch(q)\n        q = 'SELECT id FROM later'\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(tables) FROM (SELECT tables FROM code_statement WHERE site IS NOT NULL ORDER BY line)"), "[\"z\"],[\"a\"],[\"b\"]");
        tree_free(&t);
}
END_TEST

START_TEST(text__prose_and_comments_are_none)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "\"\"\"SELECT id FROM t\"\"\"\n# SELECT id FROM t\nA = 'Select a channel from the list'\nB = f'Delete from {A}'\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_statement"), 0);
        tree_free(&t);
}
END_TEST

UNIT_MAIN(text__what_a_hole_stands_for, text__constants_have_no_holes, text__clauses_with_their_lines,
          text__parts_of_a_joined_string_have_their_own_lines, text__each_alternative_of_a_name_is_sent, text__prose_and_comments_are_none)

/* From a class to those that derive from it: implementations of abstract methods, and the bot of a framework. */
#include "tests/lib/sources.h"

#define PORT "from typing import Protocol\nclass UserDao(Protocol):\n    async def get(self, id): ...\n"
#define USE  "from port import UserDao\nclass Sync:\n    def __init__(self, dao: UserDao):\n        self.dao = dao\n" \
             "    async def run(self, ids):\n        for id in ids:\n            await self.dao.get(id)\n"
#define IMPLEMENTATION(name)                                                                                                                     \
        "from port import UserDao\nclass " name "(UserDao):\n    def __init__(self, session):\n        self.session = session\n"                  \
        "    async def get(self, id):\n        return await self.session.execute('SELECT 1')\n"

static const char in_loop[] = "SELECT count(*) FROM code_site WHERE qualname = 'Sync.run' AND what = 'execute' AND loop IS NOT NULL";

START_TEST(derived__an_abstract_method_is_its_only_implementation)
{
        struct tree t = tree_new();
        tree_file(&t, "port.py", PORT);
        tree_file(&t, "sync.py", USE);
        tree_file(&t, "sql.py", IMPLEMENTATION("SqlUserDao"));
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, in_loop), 1);
        tree_free(&t);
}
END_TEST

START_TEST(derived__what_both_implementations_do_counts)
{
        struct tree t = tree_new();
        tree_file(&t, "port.py", PORT);
        tree_file(&t, "sync.py", USE);
        tree_file(&t, "sql.py", IMPLEMENTATION("SqlUserDao"));
        tree_file(&t, "other.py", IMPLEMENTATION("OtherUserDao"));
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, in_loop), 1);
        tree_free(&t);
}
END_TEST

START_TEST(derived__the_only_bot_of_the_tree)
{
        struct tree t = tree_new();
        tree_file(&t, "bot.py", "import asyncpg\nfrom discord.ext import commands\nclass Shop(commands.Bot):\n    async def setup_hook(self):\n"
                                "        self.pool = await asyncpg.create_pool('postgres://db/x')\n"
                                "    async def load(self, id):\n        return await self.pool.fetchrow('SELECT 1')\n");
        tree_file(&t, "cog.py", "from discord.ext import commands\nclass Raid(commands.Cog):\n    def __init__(self, bot):\n        self.bot = bot\n"
                                "    async def go(self, ids):\n        for id in ids:\n            await self.bot.load(id)\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_site WHERE qualname = 'Raid.go' AND what = 'execute'"), 1);
        tree_free(&t);
}
END_TEST

START_TEST(loop__what_a_person_wrote_down_is_short)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from settings import ADMINS\nclass C:\n    async def f(self, conn, bot):\n        for a in ADMINS:\n            await conn.execute('SELECT 1')\n"
                              "        for g in self.config.gods:\n            await conn.execute('SELECT 1')\n        for x in bot.rows:\n            await conn.execute('SELECT 1')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(what, ' ') FROM (SELECT what FROM code_site WHERE kind = 'loop' ORDER BY line)"), "for_constant for_constant for");
        tree_free(&t);
}
END_TEST

START_TEST(loop__paced_by_somebody_elses_library)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from panel_sdk import Panel\nclass C:\n    def __init__(self):\n        self.panel = Panel()\n    async def f(self, conn, users):\n"
                              "        for u in users:\n            await self.panel.refresh(u)\n            await conn.execute('SELECT 1')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT note FROM code_site WHERE kind = 'loop'"), "paced");
        tree_free(&t);
}
END_TEST

START_TEST(loop__left_by_raise_after_the_query)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "async def f(conn, words, text):\n    for w in words:\n        if w in text:\n            await conn.execute('SELECT 1')\n            raise Stop\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT note FROM code_site WHERE what = 'execute'"), "last round");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(derived__an_abstract_method_is_its_only_implementation, derived__what_both_implementations_do_counts, derived__the_only_bot_of_the_tree,
          loop__what_a_person_wrote_down_is_short, loop__paced_by_somebody_elses_library, loop__left_by_raise_after_the_query)

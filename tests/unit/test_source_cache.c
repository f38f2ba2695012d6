/*
 * What is kept between runs: a tree that changes at random is always seen as if for the first time, by one thread or two, with a
 * damaged cache, and with two processes at it.
 */
#include "base/sys.h"
#include "tests/lib/sources.h"

#include <stdlib.h>
#include <sys/wait.h>

static const char *const tables[] = {"code_file", "code_program", "code_pool", "code_value", "code_decision", "code_cache", "code_site", "code_statement", "code_argument", "code_table", "code_column", "code_relationship", "code_setting"};

/* All facts as text, but for run, target and time. */
static char *facts_of(struct arena *a, struct store *store)
{
        CLEANUP(str_release) struct str out = {0};
        for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
                CLEANUP(stmt_free) struct stmt *st = NULL;
                ck_assert_int_eq(stmt_prepare(store_db(store), arena_printf(a, "SELECT * FROM %s ORDER BY rowid", tables[t]), &st, NULL), 0);
                while (stmt_step(st, NULL) == 1) {
                        str_printf(&out, "%s", tables[t]);
                        for (int i = 3; i < stmt_columns(st); i++)
                                str_printf(&out, "|%s", stmt_text(st, i) ? stmt_text(st, i) : "-");
                        str_add_char(&out, '\n');
                }
        }
        return arena_strdup(a, str_text(&out));
}

static char *analyse(struct tree *t, struct db *cache)
{
        struct err err = {0};
        int64_t run, target;
        CLEANUP(store_close) struct store *store = NULL;
        ck_assert_int_eq(store_open(NULL, STORE_MEMORY, &store, &err), 0);
        ck_assert_int_eq(store_run_begin(store, "analysis", NULL, 0, &run, &err), 0);
        ck_assert_int_eq(store_target(store, "source", "source", &target, &err), 0);
        struct probe_target what = {.name = "source", .kind = "source", .roots = (const char *[]){t->root, NULL}, .cache = cache};
        struct probe_env env = {.target = &what, .sink = store_sink(store, run, target), .arena = t->arena};
        void *state;
        ck_assert_msg(probe_source.open(&env, &state, &err) == 0, "%s", err.msg);
        while (probe_source.due(state) != PROBE_DONE)
                ck_assert_msg(probe_source.step(state, 0, &err) == 0, "%s", err.msg);
        probe_source.close(state);
        return facts_of(t->arena, store);
}

static struct store *open_cache(struct tree *t)
{
        struct store *s = NULL;
        struct err err = {0};
        ck_assert_msg(store_open(fs_join(t->arena, t->root, "history.db"), STORE_WRITE | STORE_BARE, &s, &err) == 0, "%s", err.msg);
        db_exec(store_db(s), "PRAGMA synchronous=OFF", NULL);
        return s;
}

/* ── A small program of several modules, in which all kinds of dependencies meet ─────────────────────────────────────── */

static unsigned seed = 7;
static unsigned dice(unsigned n)
{
        seed = seed * 1103515245 + 12345;
        return (seed >> 16) % n;
}

static void write_module(struct tree *t, int which)
{
        struct arena *a = t->arena;
        unsigned n = dice(9) + 1;
        switch (which) {
        case 0:
                tree_file(t, "app/settings.py", arena_printf(a, "import os\n%sSIZE = %u\nURL = os.getenv('DB_URL', 'postgresql://db/x')\n", dice(2) ? "\n" : "", n));
                break;
        case 1:
                tree_file(t, "app/db.py", arena_printf(a, "import asyncpg\nfrom app.settings import SIZE, URL\n\nasync def make():\n    return await asyncpg.create_pool(URL, max_size=%s)\n\n"
                                                          "class Users:\n    def __init__(self, pool):\n        self.pool = pool\n    async def %s(self, i):\n        return await self.pool.fetchrow('SELECT %u FROM users WHERE id = $1', i)\n",
                                                          dice(2) ? "SIZE" : "3", dice(3) ? "get" : "fetch_one", n));
                break;
        case 2:
                tree_file(t, "app/main.py", arena_printf(a, "from app.db import Users, make\n%s\nasync def main():\n    pool = await make()\n    users = Users(pool)\n    await handle(users, [1, 2])\n\n"
                                                            "async def handle(users%s, ids):\n    for i in ids:\n        await users.get(i)\n    return %u\n", dice(2) ? "import argparse\n" : "", dice(2) ? ": Users" : "", n));
                break;
        case 3:
                tree_file(t, "app/work.py", arena_printf(a, "from app import main\nfrom app.help import helper\n\nasync def job(users):\n    while True:\n        await main.handle(users, range(%u))\n        helper(users)\n", n));
                break;
        case 4:
                tree_file(t, "app/help.py", arena_printf(a, "import time\nimport redis\nr = redis.Redis(host='h', socket_timeout=%u)\n\ndef helper(x):\n    %s\n    r.set('k', 1%s)\n", n, dice(2) ? "time.sleep(1)" : "pass", dice(2) ? ", ex=5" : ""));
                break;
        case 5:
                tree_file(t, ".env", arena_printf(a, "DB_URL=postgresql://e/%u\n", n));
                break;
        case 6:
                tree_file(t, "supervisord.conf", arena_printf(a, "[program:bot%u]\ncommand=python -m app.%s\n", n, dice(2) ? "main" : "work"));
                break;
        case 7:
                tree_file(t, "pgbouncer.ini", arena_printf(a, "[pgbouncer]\nlisten_port=%u\npool_mode=transaction\n", dice(2) ? 5432 : 6432));
                break;
        case 8:
                tree_file(t, "app/__init__.py", dice(2) ? "" : "from app.db import *\n");
                break;
        case 9:
                tree_file(t, "load.py", arena_printf(a, "from dotenv import load_dotenv\nload_dotenv()\n%s", dice(2) ? "def get(i):\n    return i\n" : ""));
                break;
        default:
                tree_file(t, "redis.py", "Redis = None\n"); /* hides nothing: a known distribution */
                break;
        }
}

enum { MODULES = 11 };
static const char *const names[MODULES] = {"app/settings.py", "app/db.py", "app/main.py", "app/work.py", "app/help.py", ".env", "supervisord.conf", "pgbouncer.ini", "app/__init__.py", "load.py", "redis.py"};

static void change(struct tree *t)
{
        for (unsigned n = dice(2) + 1; n; n--) {
                int which = (int)dice(MODULES);
                if (dice(4) == 0)
                        unlink(fs_join(t->arena, t->root, names[which]));
                else
                        write_module(t, which);
        }
}

START_TEST(source_cache__is_never_seen_in_the_facts)
{
        struct tree t = tree_new();
        struct tree home = tree_new();
        CLEANUP(store_close) struct store *cache = open_cache(&home);
        for (int i = 0; i < MODULES; i++)
                write_module(&t, i);
        setenv("PERFADVISE_THREADS", "1", 1);
        for (int step = 0; step < 150; step++) {
                CLEANUP(arena_leave) struct arena_scope scope = arena_enter(t.arena);
                change(&t);
                setenv("PERFADVISE_THREADS", step % 3 ? "1" : "3", 1);
                const char *cold = analyse(&t, NULL), *kept = analyse(&t, store_db(cache)), *again = analyse(&t, store_db(cache));
                ck_assert_msg(!strcmp(cold, kept), "step %d:\n%s\n--- kept\n%s", step, cold, kept);
                ck_assert_msg(!strcmp(cold, again), "step %d, again:\n%s\n--- kept\n%s", step, cold, again);
        }
        unsetenv("PERFADVISE_THREADS");
        tree_free(&home);
        tree_free(&t);
}
END_TEST

START_TEST(source_cache__damage_is_passed_over)
{
        static const char *const damages[] = {
                "UPDATE source_file SET facts = zeroblob(length(facts))", "UPDATE source_file SET facts = substr(facts, 1, length(facts) - 1)",
                "UPDATE source_file SET deps = X'ff'", "UPDATE source_file SET summary = NULL", "UPDATE source_file SET checked = checked + 1",
                "UPDATE source_tree SET build = 'another'", "DELETE FROM source_file WHERE path LIKE '%db.py'", "UPDATE source_file SET sha256 = 'x'",
                "DROP TABLE source_file", "DROP TABLE source_tree",
        };
        struct tree t = tree_new(), home = tree_new();
        for (int i = 0; i < MODULES; i++)
                write_module(&t, i);
        const char *cold = analyse(&t, NULL);
        CLEANUP(store_close) struct store *cache = open_cache(&home);
        for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
                analyse(&t, store_db(cache));
                ck_assert_int_eq(db_exec(store_db(cache), damages[i], NULL), 0);
                ck_assert_str_eq(analyse(&t, store_db(cache)), cold);
                ck_assert_str_eq(analyse(&t, store_db(cache)), cold);
        }
        tree_free(&home);
        tree_free(&t);
}
END_TEST

START_TEST(source_cache__two_processes_at_once)
{
        struct tree t = tree_new(), home = tree_new();
        for (int i = 0; i < MODULES; i++)
                write_module(&t, i);
        store_close(open_cache(&home));
        const char *cold = analyse(&t, NULL);
        pid_t children[4];
        for (int i = 0; i < 4; i++) {
                children[i] = fork();
                ck_assert_int_ge(children[i], 0);
                if (children[i])
                        continue;
                struct store *cache = open_cache(&home);
                int wrong = 0;
                for (int k = 0; k < 10; k++)
                        wrong += strcmp(analyse(&t, store_db(cache)), cold) != 0;
                store_close(cache);
                _exit(wrong);
        }
        for (int i = 0; i < 4; i++) {
                int status = -1;
                ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
                ck_assert_int_eq(status, 0);
        }
        tree_free(&home);
        tree_free(&t);
}
END_TEST

UNIT_MAIN(source_cache__is_never_seen_in_the_facts, source_cache__damage_is_passed_over, source_cache__two_processes_at_once)

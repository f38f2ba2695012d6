#include "tests/lib/sources.h"

static const char *note_of(struct tree *t, const char *path)
{
        return tree_text(t, arena_printf(t->arena, "SELECT note FROM code_file WHERE path = '%s' AND unparsed_line IS NOT NULL", path));
}

START_TEST(source__files_that_cannot_be_read_as_code_are_named)
{
        struct tree t = tree_new();
        tree_file(&t, "good.py", "from sqlalchemy import create_engine\nengine = create_engine('postgresql://db/x', pool_size=2)\n");
        tree_file(&t, "broken.py", "from sqlalchemy import create_engine\nengine = create_engine('postgresql://db/x', pool_size=3)\ndef f(:\n  )\n");
        tree_bytes(&t, "nul.py", "x = 1\0\ny = 2\n", 13);
        tree_bytes(&t, "latin.py", "# caf\xe9\nx = '\xff\xfe'\n", 16);
        tree_file(&t, "empty.py", "");
        char *big = arena_alloc(t.arena, 3 << 20);
        memset(big, 'x', (3 << 20) - 1);
        tree_file(&t, "line.py", big + (3 << 20) - 1 - 300000);
        tree_file(&t, "huge.py", big);
        ck_assert_int_eq(mkfifo(fs_join(t.arena, t.root, "pipe.py"), 0644), 0);
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT sum(size) FROM code_pool"), 5); /* broken.py gives what does parse */
        ck_assert_str_ne(note_of(&t, "broken.py"), "");
        ck_assert_str_ne(note_of(&t, "nul.py"), "");
        ck_assert_str_ne(note_of(&t, "line.py"), "");
        ck_assert_str_ne(note_of(&t, "huge.py"), "");
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_file WHERE path IN ('empty.py', 'good.py', 'latin.py') AND note IS NULL"), 3);
        tree_free(&t);
}
END_TEST

START_TEST(source__links_and_nesting_end)
{
        struct tree t = tree_new();
        CLEANUP(str_release) struct str deep = {0};
        ck_assert_int_eq(symlink(".", fs_join(t.arena, t.root, "loop")), 0);
        ck_assert_int_eq(symlink("nowhere.py", fs_join(t.arena, t.root, "dangling.py")), 0);
        ck_assert_int_eq(symlink("self.py", fs_join(t.arena, t.root, "self.py")), 0);
        for (int i = 0; i < 5000; i++)
                str_add(&deep, "f(");
        tree_file(&t, "deep.py", str_text(&deep));
        str_clear(&deep);
        for (int i = 0; i < 600; i++)
                str_add(&deep, "[");
        for (int i = 0; i < 600; i++)
                str_add(&deep, "]");
        tree_file(&t, "nested.py", arena_printf(t.arena, "x = %s\n", str_text(&deep)));
        tree_file(&t, "ring.py", "from ring import x as y\nx = y\na = b\nb = a\nfrom sqlalchemy import create_engine\ncreate_engine(a, pool_size=x)\n"
                                 "def f(n):\n    return f(n)\ncreate_engine(f(1))\nclass A(A):\n    pass\ncreate_engine(A().b, **A.c)\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_file"), 3);
        ck_assert_str_ne(note_of(&t, "deep.py"), "");
        ck_assert_str_ne(tree_text(&t, "SELECT note FROM code_file WHERE path = 'nested.py'"), "");
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_pool"), 3);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_pool WHERE size = 5"), 1); /* only f(1)'s engine has the default */
        tree_free(&t);
}
END_TEST

START_TEST(source__configuration_of_every_kind_of_mess)
{
        struct tree t = tree_new();
        tree_file(&t, "a.yaml", "a: [1, {b: 2}\n  c: - : :\n{{ jinja }}\n? x\n: y\n");
        tree_file(&t, "b.yaml", "a: &x {b: 1}\nc: *x\nd: !!int \"3\"\n---\ne: |\n  text\n");
        tree_file(&t, "c.ini", "no section = 1\n[\n[open\n=\nkey\n [x]\n[s]\na = b ; c\n\tcontinued\n");
        tree_file(&t, ".env", "A=1\r\nB='unclosed\nC\n=\nexport D = 4 # d\n\xff=\xfe\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_file"), 4);
        tree_free(&t);
}
END_TEST

START_TEST(source__a_missing_root_is_an_error)
{
        struct err err = {0};
        struct arena *a = arena_new();
        struct probe_target what = {.name = "source", .kind = "source", .roots = (const char *[]){"/nowhere/at/all", NULL}};
        struct probe_env env = {.target = &what, .arena = a};
        void *state;
        ck_assert_int_eq(probe_source.open(&env, &state, &err), -ERR_TARGET);
        arena_free(a);
}
END_TEST

START_TEST(source__tests_are_counted_and_left_out)
{
        struct tree t = tree_new();
        tree_file(&t, "app.py", "from sqlalchemy import create_engine\nengine = create_engine('postgresql://db/x', pool_size=2)\n");
        tree_file(&t, "tests/helper.py", "from sqlalchemy import create_engine\nengine = create_engine('postgresql://db/x', pool_size=3)\n");
        tree_file(&t, "latests/test_x.py", "def f(:\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT sum(size) FROM code_pool"), 2);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_file WHERE note = 'a test: not analysed' AND bytes > 0"), 2);
        store_close(t.store);
        tree_analyse_at(&t, fs_join(t.arena, t.root, "tests")); /* named on purpose */
        ck_assert_int_eq(tree_int(&t, "SELECT sum(size) FROM code_pool"), 3);
        tree_free(&t);
}
END_TEST

/* Each is named, in bounded time, and what stands beside it is analysed. */
START_TEST(source__large_long_and_foreign_files)
{
        struct tree t = tree_new();
        size_t n = 50 << 20;
        char *big = arena_alloc(t.arena, n + 1);
        for (size_t i = 0; i < n; i += 20)
                memcpy(big + i, "x = [1, 2, 3, 45] #\n", n - i < 20 ? n - i : 20);
        tree_bytes(&t, "generated.py", big, n);
        memset(big, 'y', 10 << 20);
        tree_bytes(&t, "line.yaml", big, 10 << 20);
        tree_bytes(&t, "utf16.py", "\xff\xfei\0m\0p\0o\0r\0t\0 \0o\0s\0\n\0", 22);
        tree_bytes(&t, "latin1.py", "# -*- coding: latin-1 -*-\nname = 'caf\xe9'\n", 40);
        tree_bytes(&t, "bom.py", "\xef\xbb\xbfimport asyncpg\npool = asyncpg.create_pool('x', max_size=4)\n", 62);
        memset(big, '(', 100000);
        tree_bytes(&t, "deep.py", big, 100000);
        tree_file(&t, "good.py", "from sqlalchemy import create_engine\nengine = create_engine('postgresql://db/x', pool_size=2)\n");
        tree_analyse(&t);
        static const char *const named[] = {"generated.py", "line.yaml", "utf16.py", "deep.py"};
        for (size_t i = 0; i < sizeof named / sizeof *named; i++)
                ck_assert_msg(*note_of(&t, named[i]), "%s is not named", named[i]);
        ck_assert_int_eq(tree_int(&t, "SELECT size FROM code_pool WHERE path = 'good.py'"), 2);
        ck_assert_int_eq(tree_int(&t, "SELECT size FROM code_pool WHERE path = 'bom.py'"), 4);
        tree_free(&t);
}
END_TEST

START_TEST(source__files_that_vanish_during_the_walk)
{
        struct tree t = tree_new();
        struct err err = {0};
        int64_t run, target;
        for (int i = 0; i < 20; i++)
                tree_file(&t, arena_printf(t.arena, "m%d.py", i), "import asyncpg\nasync def f():\n    await asyncpg.create_pool('x', max_size=3)\n");
        ck_assert_int_eq(store_open(NULL, STORE_MEMORY, &t.store, &err), 0);
        ck_assert_int_eq(store_run_begin(t.store, "analysis", NULL, 0, &run, &err), 0);
        ck_assert_int_eq(store_target(t.store, "source", "source", &target, &err), 0);
        struct probe_target what = {.name = "source", .kind = "source", .roots = (const char *[]){t.root, NULL}};
        struct probe_env env = {.target = &what, .sink = store_sink(t.store, run, target), .arena = t.arena};
        void *state;
        ck_assert_int_eq(probe_source.open(&env, &state, &err), 0);
        ck_assert_int_eq(probe_source.step(state, 0, &err), 0); /* the walk */
        for (int i = 0; i < 20; i += 2)
                ck_assert_int_eq(unlink(fs_join(t.arena, t.root, arena_printf(t.arena, "m%d.py", i))), 0);
        while (probe_source.due(state) != PROBE_DONE)
                ck_assert_int_eq(probe_source.step(state, 0, &err), 0);
        probe_source.close(state);
        ck_assert_int_eq(store_window(t.store, &run, 1, &err), 0);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_pool"), 10);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_file WHERE note LIKE 'not read:%' AND unparsed_line = 1"), 10);
        tree_free(&t);
}
END_TEST

START_TEST(source__pipes_and_links_to_nothing_are_told_of)
{
        struct tree t = tree_new();
        tree_file(&t, "good.py", "x = 1\n");
        ck_assert_int_eq(mkfifo(fs_join(t.arena, t.root, "pipe.py"), 0644), 0);
        ck_assert_int_eq(symlink("nowhere.py", fs_join(t.arena, t.root, "gone.py")), 0);
        ck_assert_int_eq(symlink("/dev/zero", fs_join(t.arena, t.root, "zero.py")), 0);
        tree_analyse(&t);
        ck_assert_str_ne(tree_text(&t, "SELECT reason FROM fact_state WHERE fact = 'code_file' AND reason LIKE '3 could not be read%'"), "");
        tree_free(&t);
}
END_TEST

START_TEST(source__many_files_in_many_threads)
{
        struct tree t = tree_new();
        for (int i = 0; i < 3000; i++)
                tree_file(&t, arena_printf(t.arena, "p%d/q%d/m%d.py", i % 7, i % 31, i), arena_printf(t.arena, "import p%d.q%d.m%d\ndef f%d(x):\n    return f%d(x)\n", (i + 1) % 7, (i + 1) % 31, i + 1, i, i + 1));
        setenv("PERFADVISE_THREADS", "8", 1);
        tree_analyse(&t);
        unsetenv("PERFADVISE_THREADS");
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_file WHERE note IS NULL"), 3000);
        tree_free(&t);
}
END_TEST

START_TEST(source__installed_packages_are_left_out_and_told_of)
{
        struct tree t = tree_new();
        tree_file(&t, "app.py", "import asyncpg\n");
        tree_file(&t, "libs/thing/__init__.py", "import asyncpg\npool = asyncpg.create_pool('postgres://db/x')\n");
        tree_file(&t, "libs/thing-1.0.dist-info/METADATA", "Name: thing\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_file"), 1);
        ck_assert_ptr_nonnull(strstr(tree_text(&t, "SELECT reason FROM fact_state WHERE fact = 'code_file'"), "the first: libs"));
        tree_free(&t);
}
END_TEST

UNIT_MAIN(source__installed_packages_are_left_out_and_told_of, source__large_long_and_foreign_files, source__files_that_vanish_during_the_walk, source__pipes_and_links_to_nothing_are_told_of, source__many_files_in_many_threads,
          source__tests_are_counted_and_left_out, source__files_that_cannot_be_read_as_code_are_named, source__links_and_nesting_end, source__configuration_of_every_kind_of_mess,
          source__a_missing_root_is_an_error)

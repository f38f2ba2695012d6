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

UNIT_MAIN(source__tests_are_counted_and_left_out, source__files_that_cannot_be_read_as_code_are_named, source__links_and_nesting_end, source__configuration_of_every_kind_of_mess,
          source__a_missing_root_is_an_error)

#include "lib/ini.h"
#include "tests/lib/unit.h"

#include <string.h>

static struct ini *parse(struct arena *a, enum ini_dialect d, const char *text)
{
        struct ini *ini = NULL;
        struct err err = {0};
        ck_assert_msg(ini_parse(a, d, "x.conf", text, strlen(text), &ini, &err) == 0, "%s", err.msg);
        return ini;
}

static void fails(enum ini_dialect d, const char *text, int line)
{
        struct arena *a = arena_new();
        struct ini *ini = NULL;
        struct err err = {0};
        ck_assert_int_lt(ini_parse(a, d, "x.conf", text, strlen(text), &ini, &err), 0);
        ck_assert_ptr_null(ini);
        ck_assert_int_eq(err.line, line);
        arena_free(a);
}

START_TEST(ini_parse__positions_cut_exactly_the_value)
{
        struct arena *a = arena_new();
        const char *text = "; comment\n[pgbouncer]\r\n  pool_mode =  transaction \r\ndefault_pool_size=20\n# end\n";
        struct ini *ini = parse(a, INI_PGBOUNCER, text);
        const struct ini_value *v = ini_get(ini, "pgbouncer", "POOL_MODE");
        ck_assert_str_eq(v->value, "transaction");
        ck_assert_int_eq(v->line, 3);
        ck_assert_int_eq(v->col, 16);
        ck_assert_int_eq(strncmp(text + v->byte_start, "transaction", v->byte_end - v->byte_start), 0);
        v = ini_get(ini, "pgbouncer", "default_pool_size");
        ck_assert_uint_eq(v->byte_end - v->byte_start, 2);
        ck_assert_int_eq(strncmp(text + v->byte_start, "20", 2), 0);
        arena_free(a);
}
END_TEST

START_TEST(ini_parse__pgbouncer_keeps_semicolons_within_values)
{
        struct arena *a = arena_new();
        struct ini *ini = parse(a, INI_PGBOUNCER, "[databases]\napp = host=/run port=5432 connect_query='select 1; select 2'\n");
        ck_assert_str_eq(ini_text(ini, "databases", "app", ""), "host=/run port=5432 connect_query='select 1; select 2'");
        arena_free(a);
}
END_TEST

START_TEST(ini_parse__supervisor_comments_and_continued_lines)
{
        struct arena *a = arena_new();
        struct ini *ini = parse(a, INI_SUPERVISOR, "[program:x]\ncommand=/bin/x -a ; the bot\nurl: http://a;b#c\nenvironment=A=\"1\",\n    B=\"2\" # two\nnumprocs=2\n");
        ck_assert_str_eq(ini_text(ini, "program:x", "command", ""), "/bin/x -a");
        ck_assert_str_eq(ini_text(ini, "program:x", "url", ""), "http://a;b#c");
        ck_assert_str_eq(ini_text(ini, "program:x", "environment", ""), "A=\"1\",\nB=\"2\"");
        ck_assert_str_eq(ini_text(ini, "program:x", "numprocs", ""), "2");
        arena_free(a);
}
END_TEST

START_TEST(ini_parse__says_the_line_of_what_it_cannot_read)
{
        fails(INI_SUPERVISOR, "[a]\nx=1\nnonsense\n", 3);
        fails(INI_SUPERVISOR, "x=1\n", 1);
        fails(INI_PGBOUNCER, "[a\n", 1);
        fails(INI_PGBOUNCER, "[a]\n%define x\n", 2);
}
END_TEST

static const char *lookup(void *arg, const char *name)
{
        (void)arg;
        return !strcmp(name, "here") ? "/etc/s" : !strcmp(name, "process_num") ? "7" : NULL;
}

START_TEST(ini_expand__names_numbers_and_percent)
{
        struct arena *a = arena_new();
        char *text;
        struct err err = {0};
        ck_assert_int_eq(ini_expand(a, "%(here)s/x_%(process_num)02d 100%%", lookup, NULL, &text, &err), 0);
        ck_assert_str_eq(text, "/etc/s/x_07 100%");
        ck_assert_int_lt(ini_expand(a, "%(unknown)s", lookup, NULL, &text, &err), 0);
        ck_assert_int_lt(ini_expand(a, "50% of", lookup, NULL, &text, &err), 0);
        ck_assert_int_lt(ini_expand(a, "%(here", lookup, NULL, &text, &err), 0);
        ck_assert_int_lt(ini_expand(a, "%(here)999999999999d", lookup, NULL, &text, &err), 0);
        arena_free(a);
}
END_TEST

UNIT_MAIN(ini_parse__positions_cut_exactly_the_value, ini_parse__pgbouncer_keeps_semicolons_within_values,
          ini_parse__supervisor_comments_and_continued_lines, ini_parse__says_the_line_of_what_it_cannot_read,
          ini_expand__names_numbers_and_percent)

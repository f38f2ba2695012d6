#include "lib/syntax.h"
#include "tests/lib/unit.h"

#include <string.h>

static struct syntax_tree *parse(const char *text)
{
        struct syntax_tree *t = NULL;
        struct err err = {0};
        ck_assert_msg(syntax_parse(SYNTAX_PYTHON, text, strlen(text), &t, &err) == 0, "%s", err.msg);
        return t;
}

START_TEST(syntax_error_count__none_and_some)
{
        CLEANUP(syntax_tree_free) struct syntax_tree *good = parse("x = {'a': 1}\nasync def f():\n    await g()\n");
        CLEANUP(syntax_tree_free) struct syntax_tree *bad = parse("x = 1\ny = (2,\nz = 3\n");
        int line;
        ck_assert_int_eq(syntax_error_count(good, &line), 0);
        ck_assert_int_eq(line, 0);
        ck_assert_int_gt(syntax_error_count(bad, &line), 0);
        ck_assert_int_ge(line, 2);
}
END_TEST

static bool count_visit(void *arg, const struct syntax_node *n)
{
        ++*(int *)arg;
        return n->kind != syntax_kind(SYNTAX_PYTHON, "call", true);
}

START_TEST(syntax_walk__leaves_out_what_visit_refuses)
{
        CLEANUP(syntax_tree_free) struct syntax_tree *t = parse("f(1, 2, 3)\n");
        int n = 0;
        syntax_walk(t, count_visit, &n);
        ck_assert_int_eq(n, 3); /* module, expression_statement, call */
}
END_TEST

START_TEST(syntax_leaves__give_every_token_once)
{
        const char *text = "a = b + 1  # c\n";
        CLEANUP(syntax_tree_free) struct syntax_tree *t = parse(text);
        CLEANUP(syntax_leaves_free) struct syntax_leaves *l = syntax_leaves_new(t);
        struct syntax_node leaf;
        char seen[64] = "";
        while (syntax_leaves_next(l, &leaf)) {
                strncat(seen, text + leaf.start, leaf.end - leaf.start);
                strcat(seen, "|");
        }
        ck_assert_str_eq(seen, "a|=|b|+|1|# c|");
}
END_TEST

static bool keep(void *arg, const struct syntax_capture *captures, size_t n)
{
        ck_assert_uint_ge(n, 1);
        *(int *)arg = *(int *)arg * 100 + captures[0].node.line;
        return true;
}

START_TEST(syntax_query__predicates)
{
        CLEANUP(syntax_tree_free) struct syntax_tree *t = parse("eval(a)\nprint(b)\nexec(c)\nsleep(d)\n");
        static const struct {
                const char *pattern;
                int lines;
        } cases[] = {
                {"((call function: (identifier) @f) (#eq? @f \"print\"))", 2},
                {"((call function: (identifier) @f) (#any-of? @f \"eval\" \"exec\"))", 103},
                {"((call function: (identifier) @f) (#match? @f \"^e\"))", 103},
                {"((call function: (identifier) @f) (#not-match? @f \"^e\"))", 204},
        };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                CLEANUP(syntax_query_free) struct syntax_query *q = NULL;
                struct err err = {0};
                int lines = 0;
                ck_assert_msg(syntax_query_new(SYNTAX_PYTHON, cases[i].pattern, &q, &err) == 0, "%s", err.msg);
                ck_assert_int_eq(syntax_query(q, t, 100, keep, &lines, &err), 0);
                ck_assert_int_eq(lines, cases[i].lines);
        }
}
END_TEST

START_TEST(syntax_query__broken_patterns_are_named)
{
        static const char *const cases[] = {"(call", "(no_such_node) @x", "((call) @x (#frobnicate? @x \"y\"))", "((call) @x (#match? @x \"[\"))"};
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                CLEANUP(syntax_query_free) struct syntax_query *q = NULL;
                struct err err = {0};
                ck_assert_int_eq(syntax_query_new(SYNTAX_PYTHON, cases[i], &q, &err), -ERR_CONFIG);
                ck_assert_str_ne(err.msg, "");
        }
}
END_TEST

START_TEST(syntax_query__matches_are_bounded)
{
        CLEANUP(syntax_tree_free) struct syntax_tree *t = parse("a()\nb()\nc()\n");
        CLEANUP(syntax_query_free) struct syntax_query *q = NULL;
        int lines = 0;
        ck_assert_int_eq(syntax_query_new(SYNTAX_PYTHON, "(call) @c", &q, NULL), 0);
        ck_assert_int_eq(syntax_query(q, t, 2, keep, &lines, NULL), -ERR_RANGE);
        ck_assert_int_eq(lines, 102);
}
END_TEST

START_TEST(syntax_parse__deep_nesting_survives)
{
        size_t n = 20000;
        char *text = malloc(n + 1);
        memset(text, '[', n);
        text[n] = '\0';
        CLEANUP(syntax_tree_free) struct syntax_tree *t = parse(text);
        ck_assert_int_gt(syntax_error_count(t, NULL), 0);
        t = syntax_tree_free(t);
        free(text);
}
END_TEST

UNIT_MAIN(syntax_error_count__none_and_some, syntax_walk__leaves_out_what_visit_refuses, syntax_leaves__give_every_token_once,
          syntax_query__predicates, syntax_query__broken_patterns_are_named, syntax_query__matches_are_bounded,
          syntax_parse__deep_nesting_survives)

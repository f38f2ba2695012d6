#include "base/cleanup.h"
#include "base/fs.h"
#include "lib/json.h"
#include "lib/pglog.h"
#include "lib/plantext.h"
#include "tests/lib/unit.h"

#include <stdio.h>
#include <string.h>

DEFINE_CLEANUP(struct arena *, arena_free)

/* The logs in tests/data/pglog/ were written by PostgreSQL 15, each by the same session. */
struct seen {
        int plans, statements, parameters;
        double longest_ms;
        char query[200], plan[200];
        size_t longest; /* query */
};

static void take_event(void *arg, struct arena *a, const struct pglog_event *e)
{
        struct seen *s = arg;
        (void)a;
        s->plans += e->plan != NULL;
        s->statements += e->query != NULL;
        s->parameters += e->parameters != NULL;
        if (e->duration_ms > s->longest_ms)
                s->longest_ms = e->duration_ms;
        if (e->query && strlen(e->query) > s->longest)
                s->longest = strlen(e->query);
        if (e->query && strstr(e->query, "ORDER BY pad"))
                snprintf(s->query, sizeof s->query, "%s", e->query);
        if (e->plan && strstr(e->plan, "ORDER BY pad"))
                snprintf(s->plan, sizeof s->plan, "%s", e->plan);
}

static struct seen read_log(const char *bytes, size_t len, enum pglog_format want)
{
        struct seen s = {0};
        struct pglog_counts counts;
        pglog_read(bytes, len, take_event, &s, &counts);
        ck_assert_int_eq(counts.format, want);
        return s;
}

static char *load(struct arena *a, const char *name, size_t *ret_len)
{
        struct err err = {0};
        char *bytes;
        ck_assert_int_eq(fs_read(a, arena_printf(a, "tests/data/pglog/%s", name), 1 << 20, &bytes, ret_len, &err), 0);
        return bytes;
}

START_TEST(read__stderr)
{
        CLEANUP(arena_free) struct arena *a = arena_new();
        size_t len;
        char *bytes = load(a, "stderr-text.log", &len);
        struct seen s = read_log(bytes, len, PGLOG_STDERR);
        ck_assert_int_eq(s.plans, 4);
        ck_assert_int_eq(s.statements, 9);
        ck_assert(strstr(s.plan, "Sort  (cost="));
}
END_TEST

START_TEST(read__csvlog_and_jsonlog)
{
        CLEANUP(arena_free) struct arena *a = arena_new();
        size_t len;
        char *bytes = load(a, "csvlog-text.log", &len);
        struct seen s = read_log(bytes, len, PGLOG_CSV);
        ck_assert_int_eq(s.plans, 4);
        ck_assert_str_eq(s.query, "SELECT * FROM t WHERE k = 7 ORDER BY pad, id DESC");
        bytes = load(a, "jsonlog-json.log", &len);
        s = read_log(bytes, len, PGLOG_JSON);
        ck_assert_int_eq(s.plans, 4);
        ck_assert_str_eq(s.query, "SELECT * FROM t WHERE k = 7 ORDER BY pad, id DESC");
}
END_TEST

START_TEST(read__any_part_of_a_log)
{
        CLEANUP(arena_free) struct arena *a = arena_new();
        static const char *const names[] = {"stderr-text.log", "csvlog-text.log", "jsonlog-json.log"};
        for (size_t i = 0; i < 3; i++) {
                size_t len;
                char *bytes = load(a, names[i], &len);
                for (size_t from = 0; from < len; from += 41) {
                        struct seen s = {0};
                        struct pglog_counts counts;
                        size_t n = len - from < 3000 ? len - from : 3000;
                        pglog_read(arena_strndup(a, bytes + from, n), n, take_event, &s, &counts);
                        ck_assert(s.plans <= 4);
                }
        }
}
END_TEST

START_TEST(read__parameters_of_prepared_statements)
{
        static const char log[] = "2026-01-01 LOG:  duration: 3.5 ms  execute s1: SELECT 1 FROM t WHERE a = $1\n2026-01-01 DETAIL:  parameters: $1 = 'x'\n"
                                  "2026-01-01 LOG:  connection received\n";
        struct seen s = read_log(log, sizeof log - 1, PGLOG_STDERR);
        ck_assert_int_eq(s.statements, 1);
        ck_assert_int_eq(s.parameters, 1);
}
END_TEST

/* Where the file is no log, or one entry is most of it. */
START_TEST(read__has_bounds)
{
        enum { LEN = 12 << 20 };
        CLEANUP(arena_free) struct arena *a = arena_new();
        static const char head[] = "LOG:  duration: 3.5 ms  statement: ";
        struct seen s;
        char *bytes = arena_alloc(a, LEN + 1);
        memset(bytes, '\n', LEN);
        s = read_log(bytes, LEN, PGLOG_STDERR);
        ck_assert_int_eq(s.statements, 0);
        memset(bytes, 'x', LEN);
        memcpy(bytes, head, sizeof head - 1);
        s = read_log(bytes, LEN, PGLOG_STDERR);
        ck_assert_int_eq(s.statements, 1);
        ck_assert_uint_eq(s.longest + strlen("duration: 3.5 ms  statement: "), 4 << 20);
}
END_TEST

START_TEST(plantext__nodes_and_figures)
{
        static const char text[] = "Query Text: SELECT *\n  FROM t\nLimit  (cost=0.29..8.31 rows=1 width=4) (actual time=0.010..0.011 rows=1 loops=1)\n"
                                   "  ->  Nested Loop Left Join  (cost=0.29..8.31 rows=1 width=4) (actual time=0.010..0.011 rows=1 loops=1)\n"
                                   "        Join Filter: (a.x = b.y)\n"
                                   "        ->  Index Scan Backward using t_pkey on public.\"T t\" a  (cost=0.29..8.30 rows=1 width=4) (actual time=0.009..0.010 rows=1 loops=1)\n"
                                   "              Index Cond: (id < 9)\n              Rows Removed by Filter: 12\n"
                                   "        ->  Bitmap Heap Scan on u b  (cost=1.00..2.00 rows=9 width=4) (never executed)\n"
                                   "              Heap Blocks: exact=5 lossy=7\n"
                                   "  SubPlan 1\n    ->  Sort  (cost=1.00..2.00 rows=9 width=4)\n          Sort Key: (lower(a, b)), c DESC\n"
                                   "          Sort Method: external merge  Disk: 77kB\nTrigger for constraint fk: time=1.5 calls=2\nJIT:\n  Functions: 3\n"
                                   "  Timing: Generation 1.0 ms, Total 4.5 ms\nExecution Time: 9.5 ms\n";
        CLEANUP(json_free) struct json *j = NULL;
        CLEANUP(str_release) struct str out = {0};
        struct err err = {0};
        ck_assert_int_eq(plantext_read(text, &j, &err), 0);
        json_dump(j, 0, &out);
        static const char *const want[] = {"\"Query Text\": \"SELECT *\\n  FROM t\"", "\"Node Type\": \"Nested Loop\", \"Join Type\": \"Left\"",
                                           "\"Scan Direction\": \"Backward\", \"Node Type\": \"Index Scan\", \"Index Name\": \"t_pkey\", \"Schema\": \"public\", "
                                           "\"Relation Name\": \"T t\", \"Alias\": \"a\"",
                                           "\"Rows Removed by Filter\": 12", "\"Parent Relationship\": \"Inner\", \"Node Type\": \"Bitmap Heap Scan\"",
                                           "\"Lossy Heap Blocks\": 7", "]}, {\"Parent Relationship\": \"SubPlan\", \"Subplan Name\": \"SubPlan 1\"", "\"Sort Key\": [\"(lower(a, b))\", \"c DESC\"]",
                                           "\"Sort Space Used\": 77", "\"Constraint Name\": \"fk\", \"Time\": 1.5", "\"Total\": 4.5", "\"Execution Time\": 9.5"};
        for (size_t i = 0; i < sizeof want / sizeof *want; i++)
                ck_assert_msg(strstr(str_text(&out), want[i]) != NULL, "%s not in %s", want[i], str_text(&out));
        CLEANUP(json_free) struct json *none = NULL;
        ck_assert_int_eq(plantext_read("nothing\nof that kind", &none, &err), -ERR_PARSE);
}
END_TEST

UNIT_MAIN(read__has_bounds, read__stderr, read__csvlog_and_jsonlog, read__any_part_of_a_log, read__parameters_of_prepared_statements, plantext__nodes_and_figures)

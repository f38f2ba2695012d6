/* The curve of a pool, as a table and as a picture, and through JSON. */
#include "change/curve_json.h"
#include "out/curve.h"
#include "tests/lib/unit.h"

#include <string.h>

static struct curve example(struct arena *a)
{
        struct curve c = {.subject = "a<b>:engine", .now = 24, .advised = 6, .objective_ms = 5};
        *vec_push(a, &c.points) = (struct curve_point){1, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY};
        *vec_push(a, &c.points) = (struct curve_point){4, 0, 126, 241, 3.3, 230, 1389, 197, 273};
        *vec_push(a, &c.points) = (struct curve_point){6, 0, 0, 47.2, 1.2, 169, 339, 156, 184};
        *vec_push(a, &c.points) = (struct curve_point){24, 0, 0, 0, 1.2, 167, 337, 155, INFINITY};
        return c;
}

START_TEST(curve_text__marks_sizes_and_fits_a_terminal)
{
        struct arena *a = arena_new();
        struct curve c = example(a);
        CLEANUP(str_release) struct str s = {0};
        curve_text(&s, &c, 4);
        ck_assert_ptr_nonnull(strstr(str_text(&s), "advised"));
        ck_assert_ptr_nonnull(strstr(str_text(&s), "grows"));
        ck_assert_ptr_nonnull(strstr(str_text(&s), "1.4 s"));
        for (const char *line = str_text(&s); *line;) {
                size_t n = strcspn(line, "\n");
                ck_assert_uint_le(n, 80);
                line += n + (line[n] == '\n');
        }
        arena_free(a);
}
END_TEST

START_TEST(curve_svg__is_a_picture_and_nothing_else)
{
        struct arena *a = arena_new();
        struct curve c = example(a), none = {.subject = "x"};
        CLEANUP(str_release) struct str s = {0};
        curve_svg(&s, &none);
        ck_assert_uint_eq(s.len, 0);
        curve_svg(&s, &c);
        ck_assert_ptr_nonnull(strstr(str_text(&s), "a&lt;b&gt;:engine"));
        ck_assert_ptr_nonnull(strstr(str_text(&s), "now: 24"));
        static const char *const never[] = {"<script", "href", "url(", "nan", "inf,", ",inf", "-nan"};
        for (size_t i = 0; i < sizeof never / sizeof *never; i++)
                ck_assert_msg(!strstr(str_text(&s), never[i]), "%s is in it", never[i]);
        arena_free(a);
}
END_TEST

START_TEST(curve_json__there_and_back)
{
        struct arena *a = arena_new();
        struct curve c = example(a);
        CLEANUP(json_free) struct json *o = json_new_object();
        curve_json(&c, o);
        struct curve d = curve_from_json(a, o);
        ck_assert_str_eq(d.subject, c.subject);
        ck_assert_int_eq(d.now, 24);
        ck_assert_int_eq(d.advised, 6);
        ck_assert_uint_eq(d.points.len, 4);
        ck_assert(isinf(d.points.items[0].wait_p95));
        ck_assert_double_eq(d.points.items[1].latency_p99, 1389);
        arena_free(a);
}
END_TEST

UNIT_MAIN(curve_text__marks_sizes_and_fits_a_terminal, curve_svg__is_a_picture_and_nothing_else, curve_json__there_and_back)

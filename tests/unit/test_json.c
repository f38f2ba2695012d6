#include "lib/json.h"
#include "tests/lib/unit.h"

#include <string.h>

START_TEST(json_dump__order_nan_and_bad_utf8)
{
        CLEANUP(json_free) struct json *j = json_new_object();
        json_put_text(j, "z", "a\xff\xc3\xa9\xed\xa0\x80" "b");
        json_put_real(j, "nan", NAN);
        json_put_real(j, "tenth", 0.1);
        json_put_int(j, "big", INT64_C(1) << 60);
        json_put_bool(j, "yes", true);
        struct json *list = json_put_array(j, "list");
        json_add_text(list, NULL);
        json_put_int(json_add_object(list), "n", 1);
        CLEANUP(str_release) struct str s = {0};
        json_dump(j, 0, &s);
        ck_assert_str_eq(str_text(&s), "{\"z\": \"a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" "b\", \"nan\": null, \"tenth\": 0.1, "
                                       "\"big\": 1152921504606846976, \"yes\": true, \"list\": [null, {\"n\": 1}]}");
}
END_TEST

START_TEST(json_parse__round_trip_and_getters)
{
        CLEANUP(json_free) struct json *j = NULL;
        struct err err = {0};
        const char *text = "{\"a\": [1, 2.5, \"x\", true, null], \"b\": {}}";
        ck_assert_int_eq(json_parse("f", text, strlen(text), &j, &err), 0);
        struct json *a = json_get(j, "a");
        ck_assert_uint_eq(json_len(a), 5);
        ck_assert_int_eq(json_as_int(json_at(a, 0), -1), 1);
        ck_assert_double_eq(json_as_real(json_at(a, 1)), 2.5);
        ck_assert_str_eq(json_as_text(json_at(a, 2)), "x");
        ck_assert(json_as_bool(json_at(a, 3), false));
        ck_assert_int_eq(json_kind(json_at(a, 4)), JSON_NULL_);
        ck_assert_ptr_null(json_at(a, 5));
        ck_assert_double_nan(json_as_real(json_get(json_get(j, "b"), "none")));
        void *iter = NULL;
        const char *key;
        struct json *v;
        ck_assert(json_next(j, &iter, &key, &v));
        ck_assert_str_eq(key, "a");
        ck_assert(json_next(j, &iter, &key, &v));
        ck_assert(!json_next(j, &iter, &key, &v));
}
END_TEST

START_TEST(json_parse__refuses)
{
        static const struct {
                const char *text;
                int line, col;
        } bad[] = {{"{\"a\": 1, \"a\": 2}", 1, 13}, {"{\n \"a\": }", 2, 7}, {"[1] x", 1, 5}, {"", 1, 0}, {"\"\xff\"", 1, 0}, {"[1e999]", 1, 6}};
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                struct json *j = NULL;
                struct err err = {0};
                ck_assert_int_eq(json_parse("in.json", bad[i].text, strlen(bad[i].text), &j, &err), -ERR_PARSE);
                ck_assert_ptr_null(j);
                ck_assert_int_eq(err.line, bad[i].line);
                if (bad[i].col > 1)
                        ck_assert_int_gt(err.col, 1);
        }
}
END_TEST

START_TEST(json_parse__depth_has_a_ceiling)
{
        char deep[2 * 100 + 1] = {0};
        memset(deep, '[', 100);
        memset(deep + 100, ']', 100);
        struct json *j = NULL;
        struct err err = {0};
        ck_assert_int_eq(json_parse(NULL, deep, 200, &j, &err), -ERR_PARSE);
        ck_assert_ptr_nonnull(strstr(err.msg, "deeper"));
        ck_assert_int_eq(json_parse(NULL, deep + 50, 100, &j, &err), 0);
        json_free(j);
}
END_TEST

UNIT_MAIN(json_dump__order_nan_and_bad_utf8, json_parse__round_trip_and_getters, json_parse__refuses, json_parse__depth_has_a_ceiling)

#include "base/fs.h"
#include "change/changeset.h"
#include "change/edit.h"
#include "change/unified.h"
#include "lib/digest.h"
#include "lib/yaml.h"
#include "lib/yaml_out.h"
#include "tests/lib/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *temp_dir(struct arena *a)
{
        char *dir = arena_alloc(a, 64);
        unit_template(dir, 64, "set");
        ck_assert_ptr_nonnull(mkdtemp(dir));
        return dir;
}

static void put(const char *path, const char *bytes)
{
        struct err err = {0};
        ck_assert_msg(fs_replace(path, bytes, strlen(bytes), 0644, &err) == 0, "%s", err.msg);
}

static struct change value_at(const char *path, int64_t at, const char *before, const char *after)
{
        static char knobs[16][32];
        static int n;
        char *knob = knobs[n++ % 16];
        snprintf(knob, 32, "value@%lld", (long long)at);
        return (struct change){.kind = CHANGE_file_value, .phase = PHASE_FILE, .knob = knob, .path = path, .format = "python", .byte_start = at,
                               .byte_end = at + (int64_t)strlen(before), .before = before, .after = after, .size_bytes = NAN};
}

static const char *compose(struct arena *a, const char *text, const struct change *changes, size_t n, int *ret)
{
        struct edit edits[8];
        char *out = NULL;
        size_t len;
        struct err err = {0};
        *ret = 0;
        for (size_t i = 0; i < n && *ret == 0; i++)
                *ret = edit_of_change(a, &changes[i], text, strlen(text), &edits[i], &err);
        if (*ret == 0)
                *ret = edit_apply(a, text, strlen(text), edits, n, &out, &len, &err);
        return out;
}

START_TEST(edit_apply__composes_on_positions_of_the_plan)
{
        struct arena *a = arena_new();
        int r;
        const char *text = "x = 20\r\ny = 300\t# caf\xe9";
        const struct change both[] = {value_at("/f", 12, "300", "4"), value_at("/f", 4, "20", "1234")};
        ck_assert_str_eq(compose(a, text, both, 2, &r), "x = 1234\r\ny = 4\t# caf\xe9");
        const struct change same[] = {value_at("/f", 4, "20", "8"), value_at("/f", 4, "20", "9")};
        ck_assert_ptr_null(compose(a, text, same, 2, &r));
        ck_assert_int_eq(r, -ERR_REFUSED);
        const struct change drifted[] = {value_at("/f", 5, "20", "8")};
        compose(a, text, drifted, 1, &r);
        ck_assert_int_eq(r, -ERR_REFUSED);
        arena_free(a);
}
END_TEST

START_TEST(edit_of_change__cron_line)
{
        struct arena *a = arena_new();
        int r;
        struct change c = {.kind = CHANGE_cron_line, .knob = "cron", .path = "/c", .object = "audit", .after = "1 2 * * * root date +%F"};
        ck_assert_str_eq(compose(a, "", &c, 1, &r), "1 2 * * * root date +\\%F # perfadvise:audit\n");
        ck_assert_str_eq(compose(a, "PATH=/bin", &c, 1, &r), "PATH=/bin\n1 2 * * * root date +\\%F # perfadvise:audit\n");
        ck_assert_str_eq(compose(a, "a\n9 9 * * * x # perfadvise:audit\nb\n", &c, 1, &r), "a\n1 2 * * * root date +\\%F # perfadvise:audit\nb\n");
        struct change two[] = {c, c};
        two[1].object = "warm";
        ck_assert_str_eq(compose(a, "a", two, 2, &r),
                         "a\n1 2 * * * root date +\\%F # perfadvise:audit\n1 2 * * * root date +\\%F # perfadvise:warm\n");
        c.after = NULL;
        ck_assert_str_eq(compose(a, "a\n9 9 * * * x # perfadvise:audit\nb\n", &c, 1, &r), "a\nb\n");
        c.after = "1 * * * * x\n* * * * * y";
        compose(a, "", &c, 1, &r);
        ck_assert_int_eq(r, -ERR_REFUSED);
        arena_free(a);
}
END_TEST

static void check_diff(const char *before, const char *after, const char *expected)
{
        struct str out = {0};
        unified_diff(&out, "/etc/a b", before, before ? strlen(before) : 0, after, after ? strlen(after) : 0);
        ck_assert_str_eq(str_text(&out), expected);
        str_release(&out);
}

START_TEST(unified_diff__hunks)
{
        check_diff("same", "same", "");
        check_diff("a\nb", "a\nc", "--- a/etc/a b\t\n+++ b/etc/a b\t\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n");
        check_diff(NULL, "x\n", "--- /dev/null\n+++ b/etc/a b\t\n@@ -0,0 +1 @@\n+x\n");
        check_diff("x\n", NULL, "--- a/etc/a b\t\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n");
        check_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", "one\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\ntwelve\n",
                   "--- a/etc/a b\t\n+++ b/etc/a b\t\n@@ -1,4 +1,4 @@\n-1\n+one\n 2\n 3\n 4\n@@ -9,4 +9,4 @@\n 9\n 10\n 11\n-12\n+twelve\n");
}
END_TEST

START_TEST(yaml_out_quote__reads_back_every_text)
{
        static const char *const texts[] = {"", "null", "~", "12", "a: b # c", "line\nbreak\ttab\r", "\"quotes\" \\ back", "\x1b[31m", "caf\xc3\xa9 \xf0\x9f\x90\x98",
                                            "\xe2\x80\xae bidi \xef\xbb\xbf bom \xe2\x80\xa8 sep", " lead and trail ", "*alias &anchor !tag %", "\x01\x7f\xc2\x85"};
        struct arena *a = arena_new();
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
                struct str out = {0};
                struct yaml *root = NULL;
                struct err err = {0};
                yaml_out_text(&out, 0, "key", texts[i]);
                ck_assert_msg(yaml_parse(a, "t", out.buf, out.len, &root, &err) == 0, "%s: %s", out.buf, err.msg);
                ck_assert_str_eq(yaml_get(root, "key")->text, texts[i]);
                str_release(&out);
        }
        ck_assert(!yaml_out_is_utf8("caf\xe9") && !yaml_out_is_utf8("\xc0\x80") && yaml_out_is_utf8("caf\xc3\xa9"));
        arena_free(a);
}
END_TEST

/* Two recommendations, three changes, bytes that are no UTF-8. */
static size_t sample(struct arena *a, const char *dir, struct recommendation recs[2])
{
        const char *path = fs_join(a, dir, "bot.py"), *schedule = fs_join(a, dir, "s.yaml");
        put(path, "POOL = 20\nNAME = 'caf\xe9'\n");
        recs[0] = (struct recommendation){.key = "aaaaaaaaaaaa", .rule = "pool.size", .title = "pool: \"20\" -> 8", .risk = RISK_MEDIUM, .risk_why = "line\nbreak",
                                          .confidence = 0.75, .rank = NAN};
        *vec_push(a, &recs[0].evidence) = (struct evidence){"wait", "84 ms"};
        *vec_push(a, &recs[0].effects) = (struct effect){.figure = "db_p95_ms", .unit = "ms", .before = 84, .after = 6.25, .lo = 3, .hi = NAN, .method = "queue"};
        *vec_push(a, &recs[0].changes) = value_at(path, 7, "20", "8");
        recs[0].changes.items[0].restart = "supervisorctl restart bot";
        *vec_push(a, &recs[0].changes) = value_at(path, 17, "'caf\xe9'", "'caf\xe8'");
        recs[1] = (struct recommendation){.key = "bbbbbbbbbbbb", .rule = "index.missing", .title = "an index", .confidence = NAN, .rank = 0.5};
        *vec_push(a, &recs[1].changes) = (struct change){.kind = CHANGE_schedule, .phase = PHASE_WARM, .knob = "schedule", .path = schedule,
                                                         .after = "warm: 1\n", .size_bytes = NAN};
        *vec_push(a, &recs[1].changes) = (struct change){.kind = CHANGE_pg_index, .phase = PHASE_INDEX, .knob = "index", .object = "public.i", .target = "main",
                                                         .forward_sql = "CREATE INDEX CONCURRENTLY i ON public.t (a)", .undo_sql = "DROP INDEX CONCURRENTLY public.i",
                                                         .size_bytes = 1e6};
        return 2;
}

START_TEST(changeset_create__reads_back_field_by_field)
{
        struct arena *a = arena_new();
        struct err err = {0};
        struct recommendation recs[2];
        const char *dir = temp_dir(a), *name, *path;
        size_t n = sample(a, dir, recs);
        struct changeset *set;
        ck_assert_msg(changeset_create(a, dir, recs, n, NULL, &name, &path, &err) == 0, "%s", err.msg);
        ck_assert_msg(changeset_load(a, path, &set, &err) == 0, "%s:%d: %s", err.file, err.line, err.msg);
        ck_assert_str_eq(set->name, name);
        ck_assert_uint_eq(set->recommendations.len, 2);
        const struct recommendation *r = &set->recommendations.items[0];
        ck_assert_str_eq(r->title, recs[0].title);
        ck_assert_str_eq(r->risk_why, recs[0].risk_why);
        ck_assert_int_eq(r->risk, RISK_MEDIUM);
        ck_assert(r->confidence == 0.75 && isnan(r->rank) && r->effects.items[0].after == 6.25 && isnan(r->effects.items[0].hi));
        ck_assert_str_eq(r->evidence.items[0].value, "84 ms");
        ck_assert_str_eq(r->changes.items[0].restart, "supervisorctl restart bot");
        ck_assert_str_eq(r->changes.items[1].before, "'caf\xe9'");
        ck_assert_int_eq(r->changes.items[1].byte_start, 17);
        ck_assert_str_eq(set->recommendations.items[1].changes.items[0].after, "warm: 1\n");
        ck_assert_int_eq(set->recommendations.items[1].changes.items[1].kind, CHANGE_pg_index);
        ck_assert_uint_eq(set->files.len, 2);
        ck_assert_int_eq(changeset_file(set, fs_join(a, dir, "bot.py"))->mode, 0644);
        ck_assert(!changeset_file(set, fs_join(a, dir, "s.yaml"))->exists);

        struct change_ref *refs;
        ck_assert_uint_eq(changeset_order(a, set->recommendations.items, 2, &refs), 4);
        ck_assert_int_eq(refs[0].change->phase, PHASE_INDEX);
        ck_assert_int_eq(refs[3].change->phase, PHASE_WARM);

        char *bytes;
        size_t len;
        ck_assert_int_eq(fs_read(a, fs_join(a, path, "forward.diff"), 1 << 20, &bytes, &len, &err), 0);
        ck_assert_ptr_nonnull(strstr(bytes, "+POOL = 8\n+NAME = 'caf\xe8'\n"));
        ck_assert_int_eq(fs_read(a, fs_join(a, path, "rollback.sql"), 1 << 20, &bytes, &len, &err), 0);
        ck_assert_ptr_nonnull(strstr(bytes, "DROP INDEX CONCURRENTLY public.i;"));
        arena_free(a);
}
END_TEST

START_TEST(changeset_create__nothing_to_change)
{
        struct arena *a = arena_new();
        struct err err = {0};
        struct recommendation advice = {.title = "think about it"};
        const char *dir = temp_dir(a), *name = "x", *path = "x";
        ck_assert_int_eq(changeset_create(a, dir, &advice, 1, NULL, &name, &path, &err), 0);
        ck_assert(!name && !path && !fs_exists(fs_join(a, dir, "changes")));
        arena_free(a);
}
END_TEST

START_TEST(changeset_create__collisions_leave_nothing)
{
        struct arena *a = arena_new();
        struct err err = {0};
        const char *dir = temp_dir(a), *name, *path, *file = fs_join(a, dir, "bot.py");
        put(file, "POOL = 20\n");
        struct recommendation recs[2] = {{.title = "one"}, {.title = "two"}};
        *vec_push(a, &recs[0].changes) = value_at(file, 7, "20", "8");
        *vec_push(a, &recs[1].changes) = value_at(file, 7, "20", "9");
        ck_assert_int_eq(changeset_create(a, dir, recs, 2, NULL, &name, &path, &err), -ERR_REFUSED);
        ck_assert_ptr_nonnull(strstr(err.msg, "two recommendations turn"));
        recs[1].changes.items[0].knob = "another";
        ck_assert_int_eq(changeset_create(a, dir, recs, 2, NULL, &name, &path, &err), -ERR_REFUSED);
        ck_assert_ptr_nonnull(strstr(err.msg, "same bytes"));
        ck_assert_int_eq(*changeset_list(a, dir) == NULL, 1);
        arena_free(a);
}
END_TEST

START_TEST(changeset_list__tells_those_of_one_minute_apart)
{
        static const struct {
                const char *name, *created_us;
        } sets[] = {{"2026-11-23T0230-ffff", "10"}, {"2026-11-23T0230-0000", "30"}, {"2026-11-23T0230-8888", "20"}, {"2026-11-22T0230-9999", "99"}};
        static const char *const expected[] = {"2026-11-22T0230-9999", "2026-11-23T0230-ffff", "2026-11-23T0230-8888", "2026-11-23T0230-0000"};
        struct arena *a = arena_new();
        struct err err = {0};
        const char *dir = temp_dir(a);
        for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
                const char *folder = changeset_dir(a, dir, sets[i].name);
                ck_assert_int_eq(fs_mkdirs(folder, 0700, &err), 0);
                put(fs_join(a, folder, "changeset.yaml"), arena_printf(a, "version: 1\nname: %s\ncreated_us: %s\n", sets[i].name, sets[i].created_us));
        }
        const char **names = changeset_list(a, dir);
        for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
                ck_assert_str_eq(names[i], expected[i]);
        const char *first = changeset_dir(a, dir, names[0]);
        ck_assert_ptr_null(changeset_superseded(a, first));
        ck_assert_int_eq(changeset_supersede(a, first, names[1], &err), 0);
        ck_assert_str_eq(changeset_superseded(a, first), names[1]);
        arena_free(a);
}
END_TEST

START_TEST(changeset_load__says_where)
{
        static const struct {
                const char *text, *says;
        } bad[] = {{"version: 2\n", "version"}, {"name: x\n", "no version"}, {"version: 1\nname: a/b\n", "no name"}, {"version: 1\nname: .hidden\n", "no name"},
                   {"version: 1\nname: ..\n", "no name"}, {"version: 1\nname: \"a\\e[2J\"\n", "no name"}, {"version: 1\nname: a b\n", "no name"},
                   {"version: 1\nname: x\nrecommendations:\n  - changes:\n      - kind: nonsense\n", "nonsense"},
                   {"version: 1\nname: x\nrecommendations:\n  - nonsense: 1\n", "nonsense"},
                   {"version: 1\nname: x\nrecommendations:\n  - changes:\n      - { kind: file_value, knob: k, path: relative }\n", "absolute"},
                   {"version: 1\nname: x\nfiles:\n  - { path: /x, mode: \"9\" }\n", "mode"}};
        struct arena *a = arena_new();
        const char *dir = temp_dir(a);
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                struct changeset *set;
                struct err err = {0};
                put(fs_join(a, dir, "changeset.yaml"), bad[i].text);
                ck_assert_int_lt(changeset_load(a, dir, &set, &err), 0);
                ck_assert_msg(strstr(err.msg, bad[i].says) && err.line, "%s: %s", bad[i].text, err.msg);
        }
        arena_free(a);
}
END_TEST

UNIT_MAIN(edit_apply__composes_on_positions_of_the_plan, edit_of_change__cron_line, unified_diff__hunks, yaml_out_quote__reads_back_every_text,
          changeset_create__reads_back_field_by_field, changeset_create__nothing_to_change, changeset_create__collisions_leave_nothing,
          changeset_list__tells_those_of_one_minute_apart, changeset_load__says_where)

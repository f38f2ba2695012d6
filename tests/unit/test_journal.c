#include "act/index_text.h"
#include "act/journal.h"
#include "base/fs.h"
#include "tests/lib/unit.h"

#include <string.h>
#include <unistd.h>

static const char *new_journal(struct arena *a)
{
        char *dir = arena_alloc(a, 64);
        unit_template(dir, 64, "journal");
        ck_assert_ptr_nonnull(mkdtemp(dir));
        const char *path = fs_join(a, dir, "journal");
        struct err err = {0};
        CLEANUP(journal_close) struct journal *j = NULL;
        ck_assert_int_eq(journal_open(a, path, &j, &err), 0);
        ck_assert_int_eq(JOURNAL_ADD(j, &err, "apply", "tab\there", "line\nbreak \\ back", ""), 0);
        ck_assert_int_eq(JOURNAL_ADD(j, &err, "start", "0"), 0);
        ck_assert_int_eq(JOURNAL_ADD(j, &err, "committed", "1"), 0);
        return path;
}

static void truncate_to(struct arena *a, const char *path, size_t len, const char *tail)
{
        char *bytes;
        size_t n;
        ck_assert_int_eq(fs_read(a, path, 1 << 20, &bytes, &n, NULL), 0);
        char *cut = arena_printf(a, "%.*s%s", (int)len, bytes, tail);
        ck_assert_int_eq(fs_replace(path, cut, strlen(cut), 0600, NULL), 0);
}

START_TEST(journal_read__round_trip)
{
        struct arena *a = arena_new();
        struct journal_records r;
        size_t begin = 9;
        ck_assert_int_eq(journal_read(a, new_journal(a), &r, NULL), 0);
        ck_assert_uint_eq(r.list.len, 3);
        ck_assert_uint_eq(r.list.items[0].n, 4);
        ck_assert_str_eq(r.list.items[0].fields[1], "tab\there");
        ck_assert_str_eq(r.list.items[0].fields[2], "line\nbreak \\ back");
        ck_assert_str_eq(r.list.items[0].fields[3], "");
        ck_assert_int_eq(journal_state_of(&r, &begin), JOURNAL_APPLIED);
        ck_assert_uint_eq(begin, 0);
        arena_free(a);
}
END_TEST

START_TEST(journal_read__cut_anywhere_is_torn_and_goes_on)
{
        struct arena *a = arena_new();
        struct journal_records whole;
        struct err err = {0};
        const char *path = new_journal(a);
        journal_read(a, path, &whole, NULL);
        for (size_t cut = 0; cut < whole.good_len; cut++) {
                struct journal_records r;
                const char *again = new_journal(a);
                truncate_to(a, again, cut, "");
                ck_assert_int_eq(journal_read(a, again, &r, &err), 0);
                ck_assert_uint_le(r.good_len, cut);
                ck_assert_int_eq(r.torn, r.good_len != cut);
                CLEANUP(journal_close) struct journal *j = NULL;
                size_t had = r.list.len;
                ck_assert_int_eq(journal_open(a, again, &j, &err), 0);
                ck_assert_int_eq(JOURNAL_ADD(j, &err, "rolled-back", "1"), 0);
                ck_assert_int_eq(journal_read(a, again, &r, &err), 0);
                ck_assert_uint_eq(r.list.len, had + 1);
        }
        arena_free(a);
}
END_TEST

START_TEST(journal_read__every_turned_bit_is_seen)
{
        struct arena *a = arena_new();
        const char *path = new_journal(a);
        char *bytes;
        size_t len;
        ck_assert_int_eq(fs_read(a, path, 1 << 20, &bytes, &len, NULL), 0);
        for (size_t at = 0; at + 1 < len; at++)
                for (int bit = 0; bit < 8; bit++) {
                        struct journal_records r;
                        char *copy = arena_strndup(a, bytes, len);
                        copy[at] ^= (char)(1 << bit);
                        ck_assert_int_eq(fs_replace(path, copy, len, 0600, NULL), 0);
                        struct err err = {0};
                        int e = journal_read(a, path, &r, &err);
                        /* a length that grew past the end looks like a record cut short; nothing before it is lost */
                        ck_assert_msg(e == -ERR_INTERRUPTED || (e == 0 && r.torn && r.list.len == 2), "byte %zu bit %d: %d", at, bit, e);
                }
        arena_free(a);
}
END_TEST

START_TEST(journal_state_of__each_way)
{
        static const struct {
                const char *words[8];
                enum journal_state state;
        } ways[] = {{{NULL}, JOURNAL_OPEN},
                    {{"apply"}, JOURNAL_APPLYING},
                    {{"apply", "prepared", "start", "done"}, JOURNAL_APPLYING},
                    {{"apply", "failed", "rollback"}, JOURNAL_APPLYING},
                    {{"apply", "failed", "rollback", "rolled-back"}, JOURNAL_OPEN},
                    {{"apply", "committed"}, JOURNAL_APPLIED},
                    {{"apply", "committed", "rollback", "undo"}, JOURNAL_ROLLING_BACK},
                    {{"apply", "committed", "rollback", "rolled-back"}, JOURNAL_ROLLED_BACK},
                    {{"apply", "committed", "rollback", "rolled-back", "apply"}, JOURNAL_APPLYING}};
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
                struct arena *a = arena_new();
                struct journal_records r = {0};
                size_t begin;
                for (int k = 0; ways[i].words[k]; k++) {
                        const char **fields = arena_alloc(a, 2 * sizeof *fields);
                        fields[0] = ways[i].words[k];
                        *vec_push(a, &r.list) = (struct journal_record){fields, 1};
                }
                ck_assert_int_eq(journal_state_of(&r, &begin), ways[i].state);
                arena_free(a);
        }
}
END_TEST

START_TEST(index_same__texts_of_the_catalogue)
{
        struct arena *a = arena_new();
        static const struct {
                const char *ours, *theirs;
                bool same;
        } pairs[] = {
                {"CREATE INDEX CONCURRENTLY i ON public.t (a, b DESC)", "CREATE INDEX i ON public.t USING btree (a, b DESC)", true},
                {"CREATE INDEX CONCURRENTLY i ON t (a ASC)", "CREATE INDEX i ON public.t USING btree (a)", true},
                {"CREATE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX i ON public.t USING btree (a, b)", false},
                {"CREATE INDEX CONCURRENTLY i ON t (a, b)", "CREATE INDEX i ON public.t USING btree (b, a)", false},
                {"CREATE INDEX CONCURRENTLY i ON t (a DESC)", "CREATE INDEX i ON public.t USING btree (a)", false},
                {"CREATE INDEX CONCURRENTLY i ON t USING gin (a)", "CREATE INDEX i ON public.t USING btree (a)", false},
                {"CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX i ON public.t USING btree (a)", false},
                {"CREATE INDEX CONCURRENTLY i ON t (a) INCLUDE (b)", "CREATE INDEX i ON public.t USING btree (a) INCLUDE (b)", true},
                {"CREATE INDEX CONCURRENTLY i ON t (a) INCLUDE (b)", "CREATE INDEX i ON public.t USING btree (a) INCLUDE (c)", false},
                {"CREATE INDEX CONCURRENTLY i ON t (a) WHERE s = 'x'", "CREATE INDEX i ON public.t USING btree (a) WHERE (s = 'x'::text)", true},
                {"CREATE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX i ON public.t USING btree (a) WHERE (s = 'x'::text)", false},
                {"CREATE INDEX CONCURRENTLY i ON t (lower(a))", "CREATE INDEX i ON public.t USING btree (lower((a)::text))", true},
                {"CREATE INDEX CONCURRENTLY \"on (x)\" ON t (\"A b\")", "CREATE INDEX \"on (x)\" ON public.t USING btree (\"A b\")", true},
                {"nonsense", "CREATE INDEX i ON public.t USING btree (a)", false},
        };
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
                ck_assert_msg(index_same(a, pairs[i].ours, pairs[i].theirs) == pairs[i].same, "%s / %s", pairs[i].ours, pairs[i].theirs);
        arena_free(a);
}
END_TEST

UNIT_MAIN(journal_read__round_trip, journal_read__cut_anywhere_is_torn_and_goes_on, journal_read__every_turned_bit_is_seen,
          journal_state_of__each_way, index_same__texts_of_the_catalogue)

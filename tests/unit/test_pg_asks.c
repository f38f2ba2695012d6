/*
 * The questions of the PostgreSQL probe, for the versions that cannot be started here: each fact has one question for each version from 13 to 18, their SQL
 * parses, and columns that came with a version are asked of that version only.
 */
#include "lib/sql.h"
#include "probes/postgres/asks.h"
#include "tests/lib/unit.h"

#include <string.h>

static const int versions[] = {130000, 140000, 150000, 160000, 170000, 180000};
enum { VERSIONS = sizeof versions / sizeof *versions };

static bool applies(const struct ask *a, int version)
{
        return version >= a->from && (!a->until || version < a->until);
}

START_TEST(asks__one_question_a_fact_and_version)
{
        for (size_t i = 0; i < ask_count; i++)
                for (int v = 0; v < VERSIONS && asks[i].fact; v++) {
                        int n = 0;
                        for (size_t k = 0; k < ask_count; k++)
                                n += asks[k].fact && !strcmp(asks[k].fact, asks[i].fact) && asks[k].when == asks[i].when && applies(&asks[k], versions[v]);
                        bool since_14 = !strcmp(asks[i].fact, "fact_statements_info");
                        ck_assert_msg(n == 1 || (since_14 && versions[v] < 140000), "%s: %d questions for %d", asks[i].fact, n, versions[v]);
                }
}
END_TEST

START_TEST(asks__each_parses)
{
        struct arena *a = arena_new();
        for (size_t i = 0; i < ask_count; i++) {
                const char *form = "";
                struct err err = {0};
                if (asks[i].sql)
                        ck_assert_msg(sql_form(a, asks[i].sql, &form, &err) == 0 && !strcmp(form, "SelectStmt"), "%s: %s %s", asks[i].name, form, err.msg);
        }
        arena_free(a);
}
END_TEST

/* Where a column or function exists in some versions only. */
START_TEST(asks__what_a_version_does_not_have_is_not_asked_of_it)
{
        static const struct {
                const char *word;
                int from, until;
        } known[] = {{"pg_stat_checkpointer", 170000, 0}, {"checkpoints_timed", 0, 170000}, {"inactive_since", 170000, 0}, {"pg_stat_get_lastscan", 160000, 0},
                     {"conenforced", 180000, 0}, {"datcollversion", 150000, 0}, {"pg_stat_force_next_flush", 150000, 0}, {"waitstart", 140000, 0}, {"active_time", 140000, 0}};
        for (size_t i = 0; i < ask_count; i++)
                for (size_t k = 0; asks[i].sql && k < sizeof known / sizeof *known; k++)
                        for (int v = 0; v < VERSIONS; v++)
                                if (strstr(asks[i].sql, known[k].word) && applies(&asks[i], versions[v]))
                                        ck_assert_msg(versions[v] >= known[k].from && (!known[k].until || versions[v] < known[k].until), "%s asks %d for %s", asks[i].name,
                                                      versions[v], known[k].word);
}
END_TEST

UNIT_MAIN(asks__one_question_a_fact_and_version, asks__each_parses, asks__what_a_version_does_not_have_is_not_asked_of_it)

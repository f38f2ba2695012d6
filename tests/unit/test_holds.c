/* Lengths of holds from ages at looks (base/hold.h), and the looks themselves (postgres/sessions.h), against loads whose truth is known. */
#include "base/hold.h"
#include "probes/postgres/sessions.h"
#include "tests/lib/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static uint64_t seed;

static double uniform(void)
{
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        return ((double)(seed >> 11) + 0.5) / 9007199254740992.0;
}

/* Half of them a millisecond, the others exponential: CV2 of about 3. */
static double hold_s(void)
{
        return uniform() < 0.5 ? 0.001 : -0.08 * log(uniform());
}

struct met {
        struct hist ages, truth;
        double looks, rate_hz;
};

/* Poisson arrivals that are looked at every gap_s: what the looks meet, and what is true. */
static void load(struct met *m, double rate_hz, double gap_s, double window_s)
{
        memset(m, 0, sizeof *m);
        seed = 42;
        m->looks = floor(window_s / gap_s);
        uint64_t n = 0;
        for (double t = -2; t < window_s; t -= log(uniform()) / rate_hz) {
                double d = hold_s();
                n += t >= 0;
                if (t >= 0)
                        hist_add(&m->truth, d * 1e6);
                double first = t < 0 ? gap_s : ceil(t / gap_s) * gap_s;
                for (double look = first < gap_s ? gap_s : first; look < t + d && look <= window_s; look += gap_s)
                        hist_add(&m->ages, (look - t) * 1e6);
        }
        m->rate_hz = (double)n / window_s;
}

START_TEST(hold_from_ages__finds_the_lengths_at_any_pace)
{
        static const double gaps[] = {0.1, 0.05, 0.01};
        static struct met m;
        static struct hist holds;
        for (size_t i = 0; i < 3; i++) {
                load(&m, 100, gaps[i], 600);
                ck_assert_int_eq(hold_from_ages(&m.ages, m.looks, m.rate_hz, 10000, &holds), 0);
                ck_assert_uint_eq(holds.count, 10000);
                for (double q = 0.6; q < 0.995; q += 0.13) {
                        double got = hist_quantile_us(&holds, q), want = hist_quantile_us(&m.truth, q);
                        ck_assert_msg(fabs(got / want - 1) < 0.10, "gap %g, q %g: %g us, is %g us", gaps[i], q, got, want);
                }
                /* moments: the numbers of the view */
                double in_use = (double)m.ages.count / m.looks, age = m.ages.sum_us / (double)m.ages.count, mean = in_use / m.rate_hz * 1e6;
                ck_assert_double_eq_tol(mean, m.truth.sum_us / (double)m.truth.count, 0.04 * mean);
                ck_assert_double_eq_tol(2 * age / mean - 1, 2 * 0.5 * 0.08 * 0.08 / (0.0405 * 0.0405) - 1, 0.25);
        }
}
END_TEST

START_TEST(hold_from_ages__what_is_never_met_is_short)
{
        struct hist ages = {0}, holds;
        ck_assert_int_eq(hold_from_ages(&ages, 100, 50, 1000, &holds), 0);
        ck_assert_uint_eq(holds.count, 1000);
        ck_assert_double_lt(hist_quantile_us(&holds, 0.999), 2);
        ck_assert_int_eq(hold_from_ages(&ages, 0, 50, 1000, &holds), -1);
        ck_assert_int_eq(hold_from_ages(&ages, 100, 0, 1000, &holds), -1);
        ck_assert_int_eq(hold_from_ages(&ages, 100, NAN, 1000, &holds), -1);
        ck_assert_int_eq(hold_from_ages(&ages, 100, 50, 0, &holds), -1);
        hist_add_n(&ages, 1e3, UINT64_C(1) << 40); /* more under way than can have arrived */
        ck_assert_int_eq(hold_from_ages(&ages, 100, 50, 1000, &holds), 0);
        ck_assert_uint_eq(holds.count, 1000);
}
END_TEST

/* ── Looks ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

enum { T0 = 1000000000 };

static struct session idle(int pid, const char *application, int64_t since_us)
{
        return (struct session){.pid = pid, .state = SESSION_IDLE, .backend_us = T0 - 5000000, .change_us = since_us, .application = application, .role = "r"};
}

static struct session busy(int pid, const char *application, int64_t since_us)
{
        return (struct session){.pid = pid, .state = SESSION_ACTIVE, .in_transaction = true, .backend_us = T0 - 5000000, .xact_us = since_us,
                                .query_us = since_us, .change_us = since_us, .application = application, .role = "r"};
}

struct row {
        char text[400];
};

static struct row rows[50];
static int row_count;

static void keep_row(const char *table, const struct cell *cells, size_t n)
{
        struct row *r = &rows[row_count++];
        size_t len = (size_t)snprintf(r->text, sizeof r->text, "%s", table);
        for (size_t i = 0; i < n && len < sizeof r->text; i++)
                if (cells[i].type == CELL_TEXT)
                        len += (size_t)snprintf(r->text + len, sizeof r->text - len, " %s=%s", cells[i].name, cells[i].t);
                else if (cells[i].type != CELL_NULL)
                        len += (size_t)snprintf(r->text + len, sizeof r->text - len, " %s=%g", cells[i].name,
                                                cells[i].type == CELL_INT ? (double)cells[i].i : cells[i].r);
}

static void see_look(void *arg, const struct cell *cells, size_t n)
{
        (void)arg;
        keep_row("look", cells, n);
}

static void see_record(void *arg, int64_t at_us, const char *table, const struct cell *cells, size_t n)
{
        (void)arg, (void)at_us;
        keep_row(table, cells, n);
}

static struct sink sink = {.record = see_record};

static void emitted(struct sessions *s)
{
        row_count = 0;
        sessions_emit(s, &sink, 1, 10000000);
}

static bool holds_text(int i, const char *text)
{
        return i < row_count && strstr(rows[i].text, text);
}

#define ck_row(i, part) ck_assert_msg(holds_text(i, part), "row %d of %d lacks '%s': %s", i, row_count, part, (i) < row_count ? rows[i].text : "")

START_TEST(sessions__groups_and_states)
{
        CLEANUP(sessions_free) struct sessions *s = sessions_new();
        struct session list[] = {busy(3, "bot", T0 - 2000), idle(1, "bot", T0 - 50000), idle(2, "web", T0 - 5000), busy(9, "bot", T0 - 40000)};
        list[3].state = SESSION_IDLE_IN_TRANSACTION;
        list[1].client = "10.0.0.1"; /* another host, the same row of a look */
        sessions_look(s, T0, 1, false, list, 4);
        row_count = 0;
        sessions_rows(s, see_look, NULL);
        ck_assert_int_eq(row_count, 2);
        ck_row(0, "application=bot role=r connections=3 active=1 idle=1 idle_in_transaction=1 waiting_lock=0");
        ck_row(0, "oldest_xact_ms=40 oldest_idle_in_transaction_ms=40 oldest_query_ms=2");
        ck_row(1, "application=web role=r connections=1 active=0 idle=1");
        emitted(s);
        ck_assert_int_eq(row_count, 3);
        ck_assert_uint_eq(sessions_seen(s).names, 2);
        ck_assert_uint_eq(sessions_seen(s).most_sharing, 2);
        sessions_look(s, T0 + 100000, 100001, false, list, 0);
        row_count = 0;
        sessions_rows(s, see_look, NULL);
        ck_assert_int_eq(row_count, 1); /* nobody is a sample, too */
        ck_row(0, "connections=0");
        emitted(s);
        ck_row(0, "client=10.0.0.1");
        ck_row(2, "closed=2"); /* of bot over the local socket */
}
END_TEST

START_TEST(sessions__ages_and_ends_go_into_the_sums)
{
        CLEANUP(sessions_free) struct sessions *s = sessions_new();
        struct session first[] = {idle(1, "bot", T0 - 500000), busy(2, "bot", T0 - 30000)};
        struct session second[] = {idle(1, "bot", T0 + 93000), busy(2, "bot", T0 - 30000)};
        struct session third[] = {idle(1, "bot", T0 + 93000), idle(2, "bot", T0 + 185000)};
        sessions_look(s, T0, 1, false, first, 2);
        sessions_look(s, T0 + 100000, 100001, false, second, 2);
        sessions_look(s, T0 + 200000, 200001, false, third, 2);
        emitted(s);
        ck_assert_int_eq(row_count, 1);
        ck_row(0, "burst=0 looks=3 gap_us=200000 sessions=2 connections=6 in_use=2 idle_in_transaction=0");
        ck_row(0, "age_ms=160"); /* 30 and 130 */
        ck_row(0, "ended_10ms=1 ended_20ms=2 started=1"); /* the end of what ran before is no start */
        ck_row(0, "opened=0 closed=0 renamed=0");
}
END_TEST

START_TEST(sessions__a_burst_counts_apart_and_gaps_are_no_pace)
{
        CLEANUP(sessions_free) struct sessions *s = sessions_new();
        struct session list[] = {busy(1, "bot", T0 - 1000)};
        sessions_look(s, T0, 1, false, list, 1);
        sessions_gap(s);
        sessions_look(s, T0 + 5000000, 5000001, true, list, 1);
        sessions_look(s, T0 + 5010000, 5010001, true, list, 1);
        emitted(s);
        ck_assert_int_eq(row_count, 2);
        ck_row(0, "burst=0 looks=1 gap_us=0");
        ck_row(1, "burst=1 looks=2 gap_us=10000");
        ck_row(1, "opened=0 closed=0");
}
END_TEST

START_TEST(sessions__a_clock_that_is_set_makes_no_ages)
{
        CLEANUP(sessions_free) struct sessions *s = sessions_new();
        struct session list[] = {busy(1, "bot", T0 - 1000)};
        int64_t hour = INT64_C(3600) * 1000000;
        sessions_look(s, T0, 1, false, list, 1);
        sessions_look(s, T0 + 100000 + hour, 100001, false, list, 1);
        sessions_look(s, T0 + 200000 + hour, 200001, false, list, 1);
        list[0].xact_us = T0 + 250000 + hour; /* a new one has an age again */
        sessions_look(s, T0 + 300000 + hour, 300001, false, list, 1);
        emitted(s);
        ck_assert_int_eq(sessions_seen(s).clock_steps, 1);
        ck_row(0, "looks=4");
        ck_row(0, "in_use=2");
        ck_row(0, "age_ms=51"); /* 1 and 50, no hour */
}
END_TEST

START_TEST(sessions__pooler_restart_and_hidden_states_are_noticed)
{
        CLEANUP(sessions_free) struct sessions *s = sessions_new();
        struct session list[] = {idle(1, "bot", T0), idle(2, "bot", T0)};
        sessions_look(s, T0, 1, false, list, 2);
        list[0].application = "web"; /* one server session, two programs */
        sessions_look(s, T0 + 100000, 100001, false, list, 2);
        ck_assert_int_eq(sessions_seen(s).renamed, 1);
        list[0].backend_us = list[1].backend_us = T0 + 150000; /* the pids of a server that was started again */
        sessions_look(s, T0 + 200000, 200001, false, list, 2);
        emitted(s);
        ck_row(0, "application=bot");
        ck_row(0, "opened=1 closed=1");
        ck_row(1, "opened=1 closed=1 renamed=1");
        list[0].state = list[1].state = SESSION_HIDDEN;
        sessions_look(s, T0 + 300000, 300001, false, list, 2);
        emitted(s);
        ck_assert(!holds_text(0, "in_use"));
}
END_TEST

START_TEST(sessions__more_names_than_room)
{
        CLEANUP(sessions_free) struct sessions *s = sessions_new();
        static char names[SESSION_GROUPS_MAX + 20][16];
        static struct session list[SESSION_GROUPS_MAX + 20];
        for (int i = 0; i < SESSION_GROUPS_MAX + 20; i++) {
                snprintf(names[i], sizeof names[i], "bot%d", i);
                list[i] = idle(i + 1, names[i], T0);
        }
        sessions_look(s, T0, 1, false, list, SESSION_GROUPS_MAX + 20);
        sessions_look(s, T0 + 100000, 100001, false, list, SESSION_GROUPS_MAX + 20);
        ck_assert_uint_eq(sessions_seen(s).names, SESSION_GROUPS_MAX);
        ck_assert_int_eq(sessions_seen(s).sessions, SESSION_GROUPS_MAX + 20);
        ck_assert_int_eq(sessions_seen(s).renamed, 0);
}
END_TEST

UNIT_MAIN(hold_from_ages__finds_the_lengths_at_any_pace, hold_from_ages__what_is_never_met_is_short, sessions__groups_and_states,
          sessions__ages_and_ends_go_into_the_sums, sessions__a_burst_counts_apart_and_gaps_are_no_pace, sessions__a_clock_that_is_set_makes_no_ages,
          sessions__pooler_restart_and_hidden_states_are_noticed, sessions__more_names_than_room)

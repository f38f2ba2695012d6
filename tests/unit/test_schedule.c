#include "warm/schedule.h"
#include "base/fs.h"
#include "tests/lib/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct arena *a;
static char dir[] = "/tmp/pa-schedule-XXXXXX";

static const char *file(const char *name, const char *text)
{
        struct err err = {0};
        const char *path = arena_printf(a, "%s/%s", dir, name);
        ck_assert_int_eq(fs_replace(path, text, strlen(text), 0600, &err), 0);
        return path;
}

static void begin(void)
{
        a = arena_new();
        strcpy(dir, "/tmp/pa-schedule-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void end(void)
{
        char command[64];
        snprintf(command, sizeof command, "%s/s.yaml", dir);
        unlink(command);
        snprintf(command, sizeof command, "%s/s.keys", dir);
        unlink(command);
        rmdir(dir);
        arena_free(a);
}

START_TEST(schedule_load__reads_what_warm_gain_writes)
{
        begin();
        struct schedule *s = NULL;
        struct err err = {0};
        const char *path = file("s.yaml", "version: 1\nservice: cache\nmade_from: { requests: 5, window_s: 6, held_out: 1, followed: 1 }\n"
                                          "defaults: { rate_per_s: 50, db_time_budget_s: 120 }\nstop_when: { elapsed_over_s: 600, redis_used_memory_over: 0.85 }\n"
                                          "jobs:\n  - name: after-restart\n    tier: redis\n    items: { keys_file: s.keys, order: gain_per_db_ms, count: 2 }\n"
                                          "    load: { via: app-command }\n    predicted: { over_first: 10000, hit_from: 0.7, hit_to: 0.9, gain_lo: 0.1, gain_hi: 0.3, db_ms_saved: 5 }\n");
        ck_assert_msg(schedule_load(a, path, &s, &err) == 0, "%s", err.msg);
        ck_assert_double_eq(s->rate_per_s, 50);
        ck_assert_double_eq(s->redis_used_memory_over, 0.85);
        ck_assert_int_eq((int)s->jobs.items[0].predicted_over, 10000);
        file("s.keys", "user:{id}\t00ff\nuser:{id}\t01\nuser:{id}\t02\n");
        const char *lines, *stop;
        size_t n;
        ck_assert_int_eq(schedule_keys(a, &s->jobs.items[0], &lines, &stop, &n, &err), 0);
        ck_assert_uint_eq(n, 2);
        ck_assert_int_eq((int)(stop - lines), 28);
        end();
}
END_TEST

START_TEST(schedule_load__refuses)
{
        static const struct {
                const char *text, *why;
                int line;
        } bad[] = {{"version: 2\n", "between 1 and 1", 1},
                   {"version: 1\n", "needs version: 1 and jobs", 1},
                   {"version: 1\njobs:\n  - items: { keys_file: ../s.keys }\n", "beside the schedule", 3},
                   {"version: 1\njobs:\n  - items: { keys_file: s.keys }\n    command: rm\n", "unknown key 'command'", 4},
                   {"version: 1\njobs:\n  - items: { keys_file: s.keys }\n    load: { via: shell }\n", "can only be", 4},
                   {"version: 1\ndefaults: { rate_per_s: 0 }\njobs:\n  - items: { keys_file: s.keys }\n", "between 0.1", 2}};
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                begin();
                struct schedule *s = NULL;
                struct err err = {0};
                ck_assert_int_eq(schedule_load(a, file("s.yaml", bad[i].text), &s, &err), -ERR_CONFIG);
                ck_assert_msg(strstr(err.msg, bad[i].why) && err.line == bad[i].line, "%d: %s", err.line, err.msg);
                end();
        }
}
END_TEST

START_TEST(schedule_keys__refuses_what_is_no_key)
{
        static const char *const bad[] = {"user\n", "\tff\n", "user\txyz\n", "a\tff\nuser\x1b\tff\n", "user\tff\tff\n"};
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                begin();
                struct err err = {0};
                const char *lines, *stop;
                size_t n;
                ck_assert_int_eq(schedule_keys(a, &(struct schedule_job){.keys_file = file("s.keys", bad[i])}, &lines, &stop, &n, &err), -ERR_PARSE);
                ck_assert_int_eq(err.line, i == 3 ? 2 : 1);
                end();
        }
}
END_TEST

START_TEST(schedule_words__quotes_and_nothing_else)
{
        a = arena_new();
        const char **words;
        size_t n;
        struct err err = {0};
        ck_assert_int_eq(schedule_words(a, "  /usr/bin/python3 'a b'/warm.py  --x=\"$HOME;`ls`\" '' {rate} ", &words, &n, &err), 0);
        ck_assert_uint_eq(n, 5);
        ck_assert_str_eq(words[1], "a b/warm.py");
        ck_assert_str_eq(words[2], "--x=$HOME;`ls`");
        ck_assert_str_eq(words[3], "");
        ck_assert_ptr_null(words[5]);
        ck_assert_int_eq(schedule_words(a, "'open", &words, &n, &err), -ERR_CONFIG);
        arena_free(a);
}
END_TEST

UNIT_MAIN(schedule_load__reads_what_warm_gain_writes, schedule_load__refuses, schedule_keys__refuses_what_is_no_key, schedule_words__quotes_and_nothing_else)

/* The Redis probe against servers that misbehave: a child process that answers each command from a script. */
#include "probes/engine.h"
#include "tests/lib/unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[64], url[96];

static const char info_text[] = "# Server\r\nredis_version:7.0.15\r\nrun_id:aaaa\r\nused_memory:1000\r\nmaxmemory:0\r\nkeyspace_hits:50\r\nkeyspace_misses:3\r\n"
                                "total_commands_processed:100\r\n# Commandstats\r\ncmdstat_get:calls=9,usec=90,usec_per_call=10.00\r\n"
                                "# Keyspace\r\ndb0:keys=3,expires=1,avg_ttl=1000\r\n";

enum script { LOADS_FOREVER, LOADS_ONCE, SPEAKS_NONSENSE, HANGS_UP, RENAMES_COMMANDS, BEHAVES };

static void answer(int fd, const char *text)
{
        ck_assert_int_ge((int)write(fd, text, strlen(text)), 0);
}

static void answer_info(int fd)
{
        char text[1024];
        snprintf(text, sizeof text, "$%zu\r\n%s\r\n", sizeof info_text - 1, info_text);
        answer(fd, text);
}

/* A command is seen by its name; arguments do not matter here. Commands are small, so each comes whole. */
static void answer_one(int fd, enum script script, const char *name, int *infos)
{
        if (!strcmp(name, "INFO") && (script == LOADS_FOREVER || (script == LOADS_ONCE && !(*infos)++)))
                answer(fd, "-LOADING Redis is loading the dataset in memory\r\n");
        else if (!strcmp(name, "INFO") && script == SPEAKS_NONSENSE)
                answer(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
        else if (!strcmp(name, "INFO"))
                answer_info(fd);
        else if (script == HANGS_UP && !strcmp(name, "CONFIG"))
                _exit(0);
        else if (script == RENAMES_COMMANDS && (!strcmp(name, "CONFIG") || !strcmp(name, "SLOWLOG") || !strcmp(name, "SCAN")))
                answer(fd, "-ERR unknown command\r\n");
        else if (!strcmp(name, "SCAN"))
                answer(fd, "*2\r\n$1\r\n0\r\n*3\r\n$6\r\nuser:1\r\n$6\r\nuser:2\r\n$6\r\nuser:3\r\n");
        else if (!strcmp(name, "CONFIG"))
                answer(fd, "*4\r\n$11\r\nrequirepass\r\n$6\r\nsecret\r\n$9\r\nmaxmemory\r\n$1\r\n0\r\n");
        else if (!strcmp(name, "TYPE"))
                answer(fd, "+string\r\n");
        else if (!strcmp(name, "TTL"))
                answer(fd, ":-1\r\n");
        else if (!strcmp(name, "MEMORY"))
                answer(fd, ":72\r\n");
        else
                answer(fd, "*0\r\n");
}

static void serve(int listener, enum script script)
{
        char line[600], name[600];
        int fd = accept(listener, NULL, NULL), infos = 0;
        FILE *in = fdopen(fd, "r");
        for (int args; fgets(line, sizeof line, in) && sscanf(line, "*%d", &args) == 1;) {
                for (int i = 0; i < args; i++) {
                        char word[600];
                        if (!fgets(line, sizeof line, in) || !fgets(word, sizeof word, in))
                                _exit(0);
                        word[strcspn(word, "\r\n")] = 0;
                        if (i == 0)
                                memcpy(name, word, sizeof name);
                }
                answer_one(fd, script, name, &infos);
        }
        _exit(0);
}

static pid_t start_server(enum script script)
{
        struct sockaddr_un a = {.sun_family = AF_UNIX};
        snprintf(path, sizeof path, "/tmp/pa-redis-%d.sock", (int)getpid());
        snprintf(url, sizeof url, "unix://%s", path);
        unlink(path);
        snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
        int listener = socket(AF_UNIX, SOCK_STREAM, 0);
        ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
        ck_assert_int_eq(listen(listener, 5), 0);
        pid_t pid = fork();
        if (pid == 0)
                serve(listener, script);
        close(listener);
        return pid;
}

/* ── A sink that remembers statuses and some rows ─────────────────────────────────────────────────────────────────── */

struct seen {
        char denied[400];
        int samples, secrets, patterns;
        int64_t hits;
};

static void see_record(void *arg, int64_t at_us, const char *table, const struct cell *c, size_t n)
{
        (void)at_us;
        struct seen *s = arg;
        s->samples += !strcmp(table, "redis_sample");
        s->patterns += !strcmp(table, "redis_pattern") && !strcmp(c[0].t, "user:{n}");
        for (size_t i = 0; i < n; i++) {
                if (c[i].type == CELL_TEXT && c[i].t && strstr(c[i].t, "secret"))
                        s->secrets++;
                if (!strcmp(c[i].name, "keyspace_hits"))
                        s->hits = c[i].i;
        }
}
static void see_begin(void *arg)
{
        (void)arg;
}
static int see_end(void *arg, bool ok, struct err *err)
{
        (void)arg, (void)ok, (void)err;
        return 0;
}
static void see_status(void *arg, const char *fact, enum fact_status status, const char *reason, const char *remedy)
{
        (void)reason;
        struct seen *s = arg;
        if (status == FACT_DENIED && remedy)
                snprintf(s->denied + strlen(s->denied), sizeof s->denied - strlen(s->denied), "%s ", fact);
}
static void see_text(void *arg, const char *identity)
{
        (void)arg, (void)identity;
}
static void see_reset(void *arg, int64_t at_us, const char *counter, const char *why)
{
        (void)arg, (void)at_us;
        ck_abort_msg("reset mark %s: %s", counter, why);
}

static struct seen seen;
static struct sink sink = {.arg = &seen, .record = see_record, .begin = see_begin, .end = see_end, .status = see_status, .identity = see_text, .reset_mark = see_reset};
static struct sink *the_sink(void *arg, const struct probe_target *t)
{
        (void)arg, (void)t;
        return &sink;
}

static struct capture_result run(enum script script, int64_t duration_us)
{
        pid_t pid = start_server(script);
        struct arena *a = arena_new();
        const struct probe_target target = {.name = "cache", .kind = "redis", .dsn = url};
        const struct capture_spec spec = {.targets = &target, .target_count = 1, .duration_us = duration_us, .sink_for = the_sink};
        struct capture_result r;
        seen = (struct seen){0};
        unsetenv("REDISCLI_AUTH");
        capture_run(a, &spec, &r);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        unlink(path);
        arena_free(a);
        return r;
}

START_TEST(redis__still_loading_is_named)
{
        struct capture_result r = run(LOADS_FOREVER, 0);
        ck_assert_int_eq(r.outcome, CAPTURE_FAILED);
        ck_assert_ptr_nonnull(strstr(r.err.msg, "loading"));
        ck_assert_int_eq(r.err.code, ERR_TARGET);
}
END_TEST

START_TEST(redis__loading_is_waited_for_within_a_capture)
{
        struct capture_result r = run(LOADS_ONCE, 2500000);
        ck_assert_msg(r.outcome == CAPTURE_OK, "%s", r.err.msg);
        ck_assert_int_ge(seen.samples, 2);
}
END_TEST

START_TEST(redis__another_protocol_is_an_error)
{
        struct capture_result r = run(SPEAKS_NONSENSE, 0);
        ck_assert_int_eq(r.outcome, CAPTURE_FAILED);
        ck_assert_int_eq(r.err.code, ERR_TARGET);
}
END_TEST

START_TEST(redis__a_server_that_goes_away_keeps_what_was_sampled)
{
        struct capture_result r = run(HANGS_UP, 5000000);
        ck_assert_int_eq(r.outcome, CAPTURE_FAILED);
        ck_assert_int_eq(seen.samples, 1);
        ck_assert_int_gt(r.records, 0);
}
END_TEST

START_TEST(redis__renamed_commands_are_denied_and_the_rest_is_seen)
{
        struct capture_result r = run(RENAMES_COMMANDS, 0);
        ck_assert_msg(r.outcome == CAPTURE_OK, "%s", r.err.msg);
        ck_assert_ptr_nonnull(strstr(seen.denied, "fact_redis_config"));
        ck_assert_ptr_nonnull(strstr(seen.denied, "fact_redis_slow"));
        ck_assert_ptr_nonnull(strstr(seen.denied, "fact_redis_pattern"));
        ck_assert_int_eq(seen.samples, 2);
}
END_TEST

START_TEST(redis__own_questions_are_not_in_the_counters_and_secrets_not_in_the_settings)
{
        struct capture_result r = run(BEHAVES, 0);
        ck_assert_msg(r.outcome == CAPTURE_OK, "%s", r.err.msg);
        ck_assert_int_eq(seen.patterns, 1);
        ck_assert_int_eq(seen.secrets, 0);
        ck_assert_int_eq(seen.hits, 50 - 6); /* TYPE and TTL of three keys */
}
END_TEST

UNIT_MAIN(redis__still_loading_is_named, redis__loading_is_waited_for_within_a_capture, redis__another_protocol_is_an_error,
          redis__a_server_that_goes_away_keeps_what_was_sampled, redis__renamed_commands_are_denied_and_the_rest_is_seen,
          redis__own_questions_are_not_in_the_counters_and_secrets_not_in_the_settings)

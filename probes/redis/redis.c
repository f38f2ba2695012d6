/*
 * The Redis probe: INFO once a second, CONFIG GET, SLOWLOG and a bounded SCAN. Never KEYS, never MONITOR, never a write;
 * CLIENT SETNAME only names the connection.
 *
 *      open: connect -> INFO (edge begin) CONFIG SLOWLOG -> INFO, SCAN batches ... -> finish: INFO (edge end) SLOWLOG -> patterns
 */
#include "base/str.h"
#include "base/sys.h"
#include "probes/redis/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVERY_US = 1000000, CONNECT_US = 5000000, ANSWER_US = 2000000, LOADING_US = 1000000, SLOW_MAX = 128 };

static int take_first_info(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err);

void redis_askv(struct redis_probe *p, redis_answer *answer, int64_t tag, int argc, const char **argv, const size_t *lens)
{
        if (p->count == QUESTIONS_MAX)
                return;
        p->asked[(p->first + p->count++) % QUESTIONS_MAX] = (struct question){answer, tag};
        redis_send(p->redis, argc, argv, lens);
        if (p->count == 1)
                p->answer_by_us = sys.monotonic_us() + (p->greeted ? ANSWER_US : CONNECT_US);
}

void redis_ask(struct redis_probe *p, redis_answer *answer, int64_t tag, int argc, ...)
{
        const char *argv[8];
        va_list ap;
        va_start(ap, argc);
        for (int i = 0; i < argc && i < 8; i++)
                argv[i] = va_arg(ap, const char *);
        va_end(ap);
        redis_askv(p, answer, tag, argc, argv, NULL);
}

void redis_own_lookup(struct redis_probe *p, bool hit)
{
        *(hit ? &p->own_hits : &p->own_misses) += 1;
}

void redis_refused(struct redis_probe *p, const char *fact, const char *words, const char *right)
{
        struct sink *k = p->env->sink;
        CLEANUP(str_release) struct str remedy = {0};
        bool noperm = str_starts(words, "NOPERM"), renamed = str_starts(words, "ERR unknown command") || str_starts(words, "ERR unknown subcommand");
        if (noperm)
                str_printf(&remedy, "ACL SETUSER name %s", right);
        else if (renamed)
                str_add(&remedy, "the command is renamed or disabled in redis.conf (rename-command)");
        char reason[160];
        snprintf(reason, sizeof reason, "redis: %.140s", words);
        k->status(k->arg, fact, noperm || renamed ? FACT_DENIED : FACT_UNKNOWN, reason, remedy.len ? str_text(&remedy) : NULL);
}

static int ignore(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)p, (void)r, (void)tag, (void)err;
        return 0;
}

/* ── Samples ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int emit_info(struct redis_probe *p, const char *text, const char *edge, struct err *err)
{
        sink_begin(p->env->sink);
        redis_emit_info(p, text, edge);
        return sink_end(p->env->sink, true, err);
}

/* The walk belongs to the second half of a capture, when a cache that began empty has filled. */
static void begin_late_scan(struct redis_probe *p, const char *info)
{
        int64_t now = sys.monotonic_us();
        if (!p->scan.started && !p->finishing && now - p->began_us >= p->env->duration_us / 2)
                scan_begin(p, now, info_db_keys(info, redis_db(p->redis)));
}

static int take_info(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        if (reply_type(r) == REPLY_ERROR)
                return 0; /* said at the first one; loading again after a restart is seen by its gap */
        begin_late_scan(p, reply_text(r));
        return emit_info(p, reply_text(r), tag ? "end" : NULL, err);
}

/* Secrets are settings too; they are not kept. */
static bool is_secret(const char *key)
{
        return strstr(key, "pass") || strstr(key, "auth") || strstr(key, "user") || str_starts(key, "tls-key");
}

static int take_config(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)tag;
        struct sink *k = p->env->sink;
        if (reply_type(r) != REPLY_LIST || !reply_len(r)) {
                redis_refused(p, "fact_redis_config", reply_type(r) == REPLY_ERROR ? reply_text(r) : "CONFIG GET gave nothing", "+config|get");
                return 0;
        }
        sink_begin(k);
        for (size_t i = 0; i + 1 < reply_len(r); i += 2)
                if (!is_secret(reply_text(reply_at(r, i))))
                        EMIT(k, "redis_config", TEXT("key", reply_text(reply_at(r, i))), TEXT("value", reply_text(reply_at(r, i + 1))));
        k->status(k->arg, "fact_redis_config", FACT_OK, NULL, NULL);
        return sink_end(k, true, err);
}

static int take_slowlog_len(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)tag, (void)err;
        p->slowlog_len = reply_type(r) == REPLY_NUMBER ? reply_number(r) : -1;
        return 0;
}

/* [id, time, microseconds, [command, key, ...], address, client name] */
static void take_slow_entry(struct redis_probe *p, const struct reply *e)
{
        const struct reply *argv = reply_at(e, 3), *client = reply_at(e, 5);
        if (!argv || !reply_len(argv))
                return;
        if (client && !strcmp(reply_text(client), "perfadvise"))
                return;
        struct slow_entry *s = vec_push(p->env->arena, &p->slow);
        *s = (struct slow_entry){.at_us = reply_number(reply_at(e, 1)) * 1000000, .duration_us = reply_number(reply_at(e, 2))};
        for (size_t i = 0; i + 1 < sizeof s->command && reply_text(reply_at(argv, 0))[i]; i++)
                s->command[i] = (char)(reply_text(reply_at(argv, 0))[i] | 0x20);
        const struct reply *key = reply_at(argv, 1);
        if (key)
                key_pattern(reply_text(key), reply_len(key), s->pattern);
        if (client)
                snprintf(s->client, sizeof s->client, "%s", reply_text(client));
}

static int take_slowlog(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)tag, (void)err;
        if (reply_type(r) != REPLY_LIST) {
                redis_refused(p, "fact_redis_slow", reply_text(r), "+slowlog|get +slowlog|len");
                return 0;
        }
        for (size_t i = 0; i < reply_len(r); i++)
                take_slow_entry(p, reply_at(r, i));
        struct sink *k = p->env->sink;
        k->status(k->arg, "fact_redis_slow", reply_len(r) ? FACT_OK : FACT_EMPTY, reply_len(r) ? NULL : "no command was slower than slowlog-log-slower-than", NULL);
        return 0;
}

/* A pattern that the walk found is shared by many keys; of any other only the first word is kept. */
static void emit_slow(struct redis_probe *p)
{
        for (size_t i = 0; i < p->slow.len; i++) {
                const struct slow_entry *s = &p->slow.items[i];
                char safe[PATTERN_MAX];
                bool known = false;
                for (size_t t = 0; t < p->scan.patterns.len; t++)
                        known |= !strcmp(p->scan.patterns.items[t].text, s->pattern);
                pattern_coarse(s->pattern, safe);
                EMIT_AT(p->env->sink, s->at_us, "redis_slow", TEXT("command", s->command),
                        TEXT("pattern", !*s->pattern ? NULL : known ? s->pattern : strpbrk(safe, ":/|.") ? safe : "{s}"),
                        INT("duration_us", s->duration_us), TEXT("client_name", *s->client ? s->client : NULL));
        }
}

/* ── The dialogue ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static void ask_first_info(struct redis_probe *p)
{
        redis_ask(p, take_first_info, 0, 2, "INFO", "all");
}

static void ask_the_rest(struct redis_probe *p)
{
        redis_ask(p, ignore, 0, 3, "CLIENT", "SETNAME", "perfadvise");
        redis_ask(p, take_config, 0, 3, "CONFIG", "GET", "*");
        redis_ask(p, take_slowlog_len, 0, 2, "SLOWLOG", "LEN");
}

static int take_first_info(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)tag;
        struct sink *k = p->env->sink;
        const char *words = reply_text(r);
        int64_t now = sys.monotonic_us();
        if (reply_type(r) == REPLY_ERROR && str_starts(words, "NOAUTH")) {
                err_set(err, ERR_TARGET, "redis wants a password: %.120s", words);
                return err_hint(err, "Set REDISCLI_AUTH to the password.");
        }
        if (reply_type(r) == REPLY_ERROR && str_starts(words, "LOADING")) {
                p->next_us = now + LOADING_US;
                if (p->finishing || p->env->duration_us == 0)
                        return err_set(err, ERR_TARGET, "redis is still loading its data set");
                return 0;
        }
        p->greeted = p->first_sampled = true;
        p->next_us = now + (p->env->every_us ? p->env->every_us : EVERY_US);
        ask_the_rest(p);
        if (reply_type(r) == REPLY_ERROR) {
                redis_refused(p, "fact_redis", words, "+info");
                scan_begin(p, now, 1);
                return 0;
        }
        if (p->env->duration_us == 0)
                scan_begin(p, now, info_db_keys(words, redis_db(p->redis)));
        int ret = emit_info(p, words, "begin", err);
        static const char *const facts[] = {"fact_redis", "fact_redis_command", "fact_redis_keyspace"};
        for (size_t i = 0; ret == 0 && i < sizeof facts / sizeof *facts; i++)
                k->status(k->arg, facts[i], FACT_OK, NULL, NULL);
        return ret;
}

static int conclude(struct redis_probe *p, struct err *err)
{
        sink_begin(p->env->sink);
        scan_emit(p);
        emit_slow(p);
        p->done = true;
        return sink_end(p->env->sink, true, err);
}

/* After finish(): the walk ends at its next batch, then the closing snapshot, then what was gathered. */
static int go_towards_the_end(struct redis_probe *p, struct err *err)
{
        bool scanning = p->scan.started && !p->scan.over && (p->env->duration_us == 0 || p->scan.waiting);
        if (!p->first_sampled || scanning || p->count)
                return 0;
        if (!p->closing_asked) {
                p->closing_asked = true;
                redis_ask(p, take_slowlog, 0, 3, "SLOWLOG", "GET", "128");
                redis_ask(p, take_info, 1, 2, "INFO", "all");
                return 0;
        }
        return conclude(p, err);
}

static int open_probe(const struct probe_env *env, void **ret_state, struct err *err)
{
        struct redis_probe *p = arena_new_of(env->arena, struct redis_probe);
        p->env = env;
        p->slowlog_len = -1;
        p->began_us = sys.monotonic_us();
        int r = redis_open(env->target->dsn, &p->redis, err);
        if (r < 0)
                return r;
        *ret_state = p;
        return 0;
}

static int64_t due(void *state)
{
        struct redis_probe *p = state;
        if (p->done)
                return PROBE_DONE;
        if (p->finishing && !p->count && p->first_sampled && (p->scan.over || p->env->duration_us))
                return 0;
        int64_t at = p->count ? p->answer_by_us : PROBE_WAITING;
        if (p->next_us < at && !p->finishing && !(p->count && !p->first_sampled))
                at = p->next_us;
        if (p->finishing && !p->first_sampled && !p->count)
                at = p->next_us;
        if (p->scan.started && !p->scan.over && !p->scan.waiting && p->scan.next_us < at)
                at = p->scan.next_us;
        return at;
}

static int fds(void *state, struct pollfd *out, int max)
{
        struct redis_probe *p = state;
        if (max < 1 || p->done)
                return 0;
        out[0] = (struct pollfd){.fd = redis_fd(p->redis), .events = redis_events(p->redis)};
        return 1;
}

static int on_fd(void *state, const struct pollfd *ready, int n, struct err *err)
{
        (void)ready, (void)n;
        struct redis_probe *p = state;
        int r = redis_io(p->redis, err);
        while (r == 0) {
                CLEANUP(reply_free) struct reply *reply = NULL;
                int got = redis_next(p->redis, &reply, err);
                if (got <= 0) {
                        r = got;
                        break;
                }
                if (!p->count)
                        return err_set(err, ERR_TARGET, "redis sent an answer that nobody asked for");
                struct question q = p->asked[p->first];
                p->first = (p->first + 1) % QUESTIONS_MAX;
                p->count--;
                p->own_commands++;
                p->answer_by_us = sys.monotonic_us() + ANSWER_US;
                r = q.answer(p, reply, q.tag, err);
        }
        return r;
}

static int step(void *state, int64_t now_us, struct err *err)
{
        struct redis_probe *p = state;
        if (p->count && now_us >= p->answer_by_us)
                return err_set(err, ERR_TARGET, "redis did not answer within %d s", (p->greeted ? ANSWER_US : CONNECT_US) / 1000000);
        if (!p->first_sampled && !p->count && now_us >= p->next_us)
                ask_first_info(p);
        if (!p->finishing || p->env->duration_us == 0)
                scan_go_on(p, now_us);
        if (p->finishing)
                return go_towards_the_end(p, err);
        if (p->first_sampled && now_us >= p->next_us) {
                int64_t every = p->env->every_us ? p->env->every_us : EVERY_US;
                p->next_us += every;
                if (p->next_us < now_us) /* late: no catching up */
                        p->next_us = now_us + every;
                redis_ask(p, take_info, 0, 1, "INFO");
        }
        return 0;
}

static int finish(void *state, struct err *err)
{
        (void)err;
        struct redis_probe *p = state;
        p->finishing = true;
        return 0;
}

static void close_probe(void *state)
{
        struct redis_probe *p = state;
        p->redis = redis_close(p->redis);
}

const struct probe probe_redis = {
        .name = "redis",
        .target_kind = "redis",
        .doc = "INFO deltas, CONFIG, SLOWLOG, and a bounded sample of key patterns",
        .open = open_probe,
        .due = due,
        .fds = fds,
        .on_fd = on_fd,
        .step = step,
        .finish = finish,
        .close = close_probe,
};

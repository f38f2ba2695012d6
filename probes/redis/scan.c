/*
 * A bounded walk over the keys: SCAN COUNT 200 every 100 ms, so at most 2000 keys a second, for 2 s in a single round and
 * for at most a minute of a capture. Every key counts for its pattern; type, time to live and size are asked for the first few keys of a pattern
 * and one in ten after that. Only the database that the address names is walked.
 */
#include "base/sys.h"
#include "probes/redis/internal.h"

#include <stdio.h>
#include <string.h>

enum { BATCH_KEYS = 200, BATCH_US = 100000, ROUND_US = 2000000, CAPTURE_US = 60000000, FIRST_KEYS = 5, ONE_IN = 10, KEY_MAX = 4096 };

/* Commands that count the elements of a type; a table, since the type is text. */
static const struct {
        const char *type, *command;
} counters[] = {{"list", "LLEN"}, {"set", "SCARD"}, {"zset", "ZCARD"}, {"hash", "HLEN"}, {"stream", "XLEN"}};

static struct pattern *at(struct redis_probe *p, int64_t tag)
{
        return &p->scan.patterns.items[tag];
}

static int take_elements(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)err;
        if (reply_type(r) == REPLY_NUMBER && reply_number(r) > at(p, tag)->largest_elements)
                at(p, tag)->largest_elements = reply_number(r);
        return 0;
}

static int take_ttl(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)err;
        int64_t ttl = reply_type(r) == REPLY_NUMBER ? reply_number(r) : -2; /* -1 none, -2 gone */
        at(p, tag)->no_ttl += ttl == -1;
        at(p, tag)->sampled += ttl >= -1;
        if (ttl >= 0) {
                at(p, tag)->ttl_known++;
                at(p, tag)->ttl_sum_s += (double)ttl;
        }
        return 0;
}

static int take_bytes(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)err;
        if (reply_type(r) == REPLY_ERROR)
                p->scan.memory_denied = true;
        if (reply_type(r) != REPLY_NUMBER)
                return 0;
        struct pattern *t = at(p, tag);
        t->bytes_known++;
        t->bytes_sum += (double)reply_number(r);
        if (reply_number(r) > t->largest_bytes)
                t->largest_bytes = reply_number(r);
        return 0;
}

static int take_type(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)err;
        struct pattern *t = at(p, tag);
        if (reply_type(r) != REPLY_TEXT || !strcmp(reply_text(r), "none"))
                return 0;
        if (!*t->type)
                snprintf(t->type, sizeof t->type, "%.15s", reply_text(r));
        else if (strcmp(t->type, reply_text(r)))
                strcpy(t->type, "mixed");
        return 0;
}

/* Type, life and size of one key. The element count is asked once the type of its pattern is known. */
static void look_closer(struct redis_probe *p, struct pattern *t, const char *key, size_t len)
{
        int64_t tag = t - p->scan.patterns.items;
        const size_t two[] = {0, len}, three[] = {6, 5, len};
        size_t lens[2];
        const char *commands[] = {"TYPE", "TTL"};
        redis_answer *const answers[] = {take_type, take_ttl};
        for (int i = 0; i < 2; i++) {
                memcpy(lens, two, sizeof lens);
                lens[0] = strlen(commands[i]);
                redis_askv(p, answers[i], tag, 2, (const char *[]){commands[i], key}, lens);
        }
        if (!p->scan.memory_denied)
                redis_askv(p, take_bytes, tag, 3, (const char *[]){"MEMORY", "USAGE", key}, three);
        for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
                if (!strcmp(t->type, counters[i].type)) {
                        lens[0] = strlen(counters[i].command);
                        redis_askv(p, take_elements, tag, 2, (const char *[]){counters[i].command, key}, lens);
                }
}

static void take_key(struct redis_probe *p, const char *key, size_t len)
{
        char text[PATTERN_MAX];
        p->scan.scanned++;
        key_pattern(key, len < KEY_MAX ? len : KEY_MAX, text);
        struct pattern *t = pattern_find(p->env->arena, &p->scan.patterns, text);
        if (!t) {
                p->scan.patterns.beyond++;
                return;
        }
        t->keys++;
        if (len < KEY_MAX && (t->keys <= FIRST_KEYS || t->keys % ONE_IN == 0) && p->count + 8 < QUESTIONS_MAX)
                look_closer(p, t, key, len);
}

static int take_batch(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)tag, (void)err;
        struct scan *s = &p->scan;
        s->waiting = false;
        if (reply_type(r) == REPLY_ERROR) {
                redis_refused(p, "redis_pattern", reply_text(r), "+scan +type +ttl +memory|usage ~*");
                s->denied = "said";
                s->over = true;
                return 0;
        }
        const struct reply *cursor = reply_at(r, 0), *keys = reply_at(r, 1);
        if (!cursor || !keys || reply_len(cursor) >= sizeof s->cursor) {
                s->over = true;
                return 0;
        }
        snprintf(s->cursor, sizeof s->cursor, "%s", reply_text(cursor));
        for (size_t i = 0; i < reply_len(keys); i++)
                take_key(p, reply_text(reply_at(keys, i)), reply_len(reply_at(keys, i)));
        s->complete = !strcmp(s->cursor, "0");
        s->over |= s->complete;
        return 0;
}

void scan_begin(struct redis_probe *p, int64_t now_us, int64_t keys_in_db)
{
        struct scan *s = &p->scan;
        int64_t budget = p->env->duration_us == 0 ? ROUND_US : p->env->duration_us < CAPTURE_US ? p->env->duration_us : CAPTURE_US;
        *s = (struct scan){.started = true, .cursor = "0", .next_us = now_us, .end_us = now_us + budget, .keys_in_db = keys_in_db};
        s->over = keys_in_db == 0;
        s->complete = s->over;
}

void scan_go_on(struct redis_probe *p, int64_t now_us)
{
        struct scan *s = &p->scan;
        if (!s->started || s->over || s->waiting || now_us < s->next_us)
                return;
        if (now_us >= s->end_us) {
                s->over = true;
                return;
        }
        s->next_us = now_us + BATCH_US;
        s->waiting = true;
        redis_ask(p, take_batch, 0, 4, "SCAN", s->cursor, "COUNT", "200");
}

static void emit_pattern(struct redis_probe *p, const struct pattern *t, double frac)
{
        EMIT(p->env->sink, "redis_pattern", TEXT("pattern", t->text), TEXT("type", *t->type ? t->type : NULL), INT("sampled", t->sampled),
             REAL("keys_estimated", (double)t->keys / frac),
             t->bytes_known ? REAL("mean_bytes", t->bytes_sum / (double)t->bytes_known) : NONE("mean_bytes"),
             t->sampled ? INT("no_ttl", t->no_ttl) : NONE("no_ttl"),
             t->ttl_known ? REAL("mean_ttl_s", t->ttl_sum_s / (double)t->ttl_known) : NONE("mean_ttl_s"),
             t->bytes_known ? INT("largest_bytes", t->largest_bytes) : NONE("largest_bytes"),
             t->largest_elements ? INT("largest_elements", t->largest_elements) : NONE("largest_elements"), REAL("scanned_frac", frac));
}

void scan_emit(struct redis_probe *p)
{
        struct scan *s = &p->scan;
        struct sink *k = p->env->sink;
        if (!s->started || s->denied)
                return;
        if (!s->scanned) {
                k->status(k->arg, "redis_pattern", FACT_EMPTY, "the database holds no keys", NULL);
                return;
        }
        double frac = s->complete || s->scanned >= s->keys_in_db ? 1 : (double)s->scanned / (double)s->keys_in_db;
        pattern_settle(p->env->arena, &s->patterns);
        for (size_t i = 0; i < s->patterns.len; i++)
                emit_pattern(p, &s->patterns.items[i], frac);
        const char *reason = s->memory_denied ? "sizes unknown: MEMORY USAGE refused"
                           : s->patterns.beyond ? "some keys fit no pattern"
                           : frac < 1           ? "estimated from a part of the keys (scanned_frac)"
                                                : NULL;
        k->status(k->arg, "redis_pattern", FACT_OK, reason, s->memory_denied ? "ACL SETUSER name +memory|usage" : NULL);
}

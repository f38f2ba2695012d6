/*
 * A bounded walk over the keys: SCAN COUNT 200 every 100 ms, so at most 2000 keys a second, for 2 s in a single round and
 * for at most a minute in the second half of a capture. Every key counts for its pattern; type, time to live and size are
 * asked for the first few keys of a pattern and one in ten after that (what these questions add to the server's own
 * counters is taken off again). Only the database that the address names is walked.
 */
#include "base/sys.h"
#include "probes/redis/internal.h"

#include <stdio.h>
#include <string.h>

enum { BATCH_KEYS = 200, BATCH_US = 100000, ROUND_US = 2000000, CAPTURE_US = 60000000, FIRST_KEYS = 5, ONE_IN = 10, KEY_MAX = 4096, BIG_BYTES = 16384 };

/* Commands that count the elements of a type; a table, since the type is text. */
static const struct {
        const char *type, *command;
} counters[] = {{"list", "LLEN"}, {"set", "SCARD"}, {"zset", "ZCARD"}, {"hash", "HLEN"}, {"stream", "XLEN"}};

static struct looked *looked_at(struct redis_probe *p, int64_t tag)
{
        return &p->scan.looked[tag];
}

static struct pattern *pattern_of(struct redis_probe *p, int64_t tag)
{
        return &p->scan.patterns.items[looked_at(p, tag)->pattern];
}

/* tag: the pattern itself, since the key may be forgotten by then. */
static int take_elements(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)err;
        struct pattern *t = &p->scan.patterns.items[tag];
        if (reply_type(r) == REPLY_NUMBER && reply_number(r) > t->largest_elements)
                t->largest_elements = reply_number(r);
        redis_own_lookup(p, reply_type(r) == REPLY_NUMBER && reply_number(r) > 0);
        return 0;
}

static int take_ttl(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)err;
        struct pattern *t = pattern_of(p, tag);
        int64_t ttl = reply_type(r) == REPLY_NUMBER ? reply_number(r) : -2; /* -1 none, -2 gone */
        t->no_ttl += ttl == -1;
        t->sampled += ttl >= -1;
        if (ttl >= 0) {
                t->ttl_known++;
                t->ttl_sum_s += (double)ttl;
        }
        redis_own_lookup(p, ttl >= -1);
        return 0;
}

/* Elements are counted for big values only: unlike the other questions, this one makes the key look used. */
static void count_elements(struct redis_probe *p, const struct looked *l)
{
        for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
                if (!strcmp(l->type, counters[i].type))
                        redis_askv(p, take_elements, (int64_t)l->pattern, 2, (const char *[]){counters[i].command, l->key},
                                   (const size_t[]){strlen(counters[i].command), l->len});
}

static int take_bytes(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)err;
        if (reply_type(r) == REPLY_ERROR)
                p->scan.memory_denied = true;
        if (reply_type(r) != REPLY_NUMBER)
                return 0;
        struct pattern *t = pattern_of(p, tag);
        int64_t bytes = reply_number(r);
        t->bytes_known++;
        t->bytes_sum += (double)bytes;
        if (bytes > t->largest_bytes) {
                t->largest_bytes = bytes;
                if (bytes >= BIG_BYTES)
                        count_elements(p, looked_at(p, tag));
        }
        return 0;
}

static int take_type(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)err;
        struct pattern *t = pattern_of(p, tag);
        bool there = reply_type(r) == REPLY_TEXT && strcmp(reply_text(r), "none");
        redis_own_lookup(p, there);
        if (!there)
                return 0;
        snprintf(looked_at(p, tag)->type, sizeof looked_at(p, tag)->type, "%.15s", reply_text(r));
        if (!*t->type)
                snprintf(t->type, sizeof t->type, "%.15s", reply_text(r));
        else if (strcmp(t->type, reply_text(r)))
                strcpy(t->type, "mixed");
        return 0;
}

/* Type, life and size of one key. All answers come before that to the next SCAN, which starts the list of keys anew. */
static void look_closer(struct redis_probe *p, const struct pattern *t, const char *key, size_t len)
{
        struct scan *s = &p->scan;
        if (s->looked_count == LOOKED_MAX || len > sizeof s->looked->key)
                return;
        int64_t tag = (int64_t)s->looked_count++;
        struct looked *l = looked_at(p, tag);
        *l = (struct looked){.pattern = (size_t)(t - s->patterns.items), .len = len};
        memcpy(l->key, key, len);
        redis_askv(p, take_type, tag, 2, (const char *[]){"TYPE", l->key}, (const size_t[]){4, len});
        redis_askv(p, take_ttl, tag, 2, (const char *[]){"TTL", l->key}, (const size_t[]){3, len});
        if (!s->memory_denied)
                redis_askv(p, take_bytes, tag, 3, (const char *[]){"MEMORY", "USAGE", l->key}, (const size_t[]){6, 5, len});
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
        if ((t->keys <= FIRST_KEYS || t->keys % ONE_IN == 0) && p->count + 8 < QUESTIONS_MAX)
                look_closer(p, t, key, len);
}

static int take_batch(struct redis_probe *p, const struct reply *r, int64_t tag, struct err *err)
{
        (void)tag, (void)err;
        struct scan *s = &p->scan;
        s->waiting = false;
        if (reply_type(r) == REPLY_ERROR) {
                redis_refused(p, "fact_redis_pattern", reply_text(r), "+scan +type +ttl +memory|usage ~*");
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
        s->looked_count = 0;
        for (size_t i = 0; i < reply_len(keys); i++)
                take_key(p, reply_text(reply_at(keys, i)), reply_len(reply_at(keys, i)));
        s->complete = !strcmp(s->cursor, "0");
        s->over |= s->complete;
        return 0;
}

void scan_begin(struct redis_probe *p, int64_t now_us, int64_t keys_in_db)
{
        struct scan *s = &p->scan;
        int64_t budget = p->env->duration_us == 0 ? ROUND_US : CAPTURE_US;
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
        char count[16];
        snprintf(count, sizeof count, "%d", BATCH_KEYS);
        redis_ask(p, take_batch, 0, 4, "SCAN", s->cursor, "COUNT", count);
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
        if (s->denied)
                return;
        if (!s->started) {
                k->status(k->arg, "fact_redis_pattern", FACT_UNKNOWN, "the capture was too short to walk over the keys", "capture --duration 10s or longer");
                return;
        }
        if (!s->scanned) {
                k->status(k->arg, "fact_redis_pattern", FACT_EMPTY, "the database holds no keys", NULL);
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
        k->status(k->arg, "fact_redis_pattern", FACT_OK, reason, s->memory_denied ? "ACL SETUSER name +memory|usage" : NULL);
}

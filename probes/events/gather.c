#include "probes/events/gather.h"
#include "base/cleanup.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { METRIC_BYTES = 64, NAME_BYTES = 64, LABEL_BYTES = 128, SLOTS = 4096, TEMPLATES_MAX = 2000 };

/* What a series is about. Cache requests are series too: metric is the tier, label the template. */
struct series_key {
        char metric[METRIC_BYTES], program[NAME_BYTES], label[LABEL_BYTES], state[16];
        int64_t pid;
        enum event_type type;
};

struct series {
        struct series_key key;
        bool cache;
        struct hist *hist;     /* EVENT_MS */
        double sum_ms, max_ms; /* EVENT_MS */
        double gauge;
        int64_t count;         /* since the last emit */
        double total;          /* EVENT_COUNT, weighted by 1/rate */
        int64_t hits, misses, bytes;
        double load_ms;
};

/* A sender: counts datagrams by its own sequence numbers. */
struct process {
        char program[NAME_BYTES];
        int64_t pid, last_seq, received, lost, malformed;
};

struct access {
        uint64_t key;
        int64_t at_us;
        int32_t pid, bytes, ttl_s, load_us; /* -1 unknown */
        uint16_t template_;
        uint8_t tier, hit, op;
};

static const char *const tiers[] = {"memory", "redis", "other"};
static const char *const ops[] = {"get", "set", "del"};

struct gather {
        struct series *series;
        int32_t slots[SLOTS];   /* index + 1 into series */
        size_t series_count;
        struct process processes[GATHER_PROCESSES_MAX];
        size_t process_count;
        char (*templates)[LABEL_BYTES];
        size_t template_count;
        struct access *trace;
        size_t trace_len, trace_max;
        uint64_t threshold;     /* keys whose mixed hash is at or below it are kept */
        double sent_frac;       /* least share of keys that a sender sends; keys beyond it are left out of all */
        struct gather_totals totals;
};

struct gather *gather_new(size_t trace_max)
{
        struct gather *g = calloc(1, sizeof *g);
        if (!g)
                return NULL;
        g->trace_max = trace_max ? trace_max : GATHER_TRACE_MAX;
        g->series = calloc(GATHER_SERIES_MAX, sizeof *g->series);
        g->templates = calloc(TEMPLATES_MAX, sizeof *g->templates);
        g->trace = malloc(g->trace_max * sizeof *g->trace);
        g->threshold = UINT64_MAX;
        g->totals.trace_frac = g->sent_frac = 1;
        return g->series && g->templates && g->trace ? g : gather_free(g);
}

struct gather *gather_free(struct gather *g)
{
        if (!g)
                return NULL;
        for (size_t i = 0; i < g->series_count; i++)
                free(g->series[i].hist);
        free(g->series);
        free(g->templates);
        free(g->trace);
        free(g);
        return NULL;
}

/* ── Series ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static uint64_t hash_text(uint64_t h, const char *s)
{
        for (; *s; s++)
                h = (h ^ (unsigned char)*s) * 0x100000001b3;
        return h * 0x9e3779b97f4a7c15 + 1;
}

static bool same_key(const struct series_key *a, const struct series_key *b)
{
        return a->pid == b->pid && a->type == b->type && !strcmp(a->metric, b->metric) && !strcmp(a->program, b->program) &&
               !strcmp(a->label, b->label) && !strcmp(a->state, b->state);
}

/* The series of a key, made when new; NULL when there is no room. */
static struct series *find_series(struct gather *g, const struct series_key *key, bool cache)
{
        uint64_t h = hash_text(hash_text(hash_text(hash_text(0xcbf29ce484222325, key->metric), key->program), key->label), key->state);
        h = (h ^ (uint64_t)key->pid) * 0x9e3779b97f4a7c15;
        size_t slot = (size_t)(h >> 32) % SLOTS;
        for (; g->slots[slot]; slot = (slot + 1) % SLOTS) {
                struct series *s = &g->series[g->slots[slot] - 1];
                if (s->cache == cache && same_key(&s->key, key))
                        return s;
        }
        if (g->series_count == GATHER_SERIES_MAX)
                return NULL;
        struct series *s = &g->series[g->series_count++];
        *s = (struct series){.key = *key, .cache = cache};
        g->slots[slot] = (int32_t)g->series_count;
        return s;
}

static void copy(char *to, size_t size, const char *from)
{
        snprintf(to, size, "%s", from ? from : "");
}

static void add_value(struct series *s, const struct event *e)
{
        uint64_t weight = (uint64_t)llround(1 / e->rate);
        s->count += (int64_t)weight;
        if (e->type == EVENT_MS) {
                double ms = e->value < 0 ? 0 : e->value;
                hist_add_n(s->hist, ms * 1000, weight);
                s->sum_ms += ms * (double)weight;
                s->max_ms = ms > s->max_ms ? ms : s->max_ms;
        } else if (e->type == EVENT_GAUGE) {
                s->gauge = e->value;
                s->max_ms = s->count == 1 || e->value > s->max_ms ? e->value : s->max_ms;
        } else {
                s->total += e->value * (double)weight;
        }
}

static void add_plain(struct gather *g, struct event *e, const struct process *p)
{
        struct series_key key = {.pid = p ? p->pid : -1, .type = e->type};
        copy(key.metric, sizeof key.metric, e->name);
        copy(key.program, sizeof key.program, p ? p->program : e->program);
        copy(key.label, sizeof key.label, e->op ? e->op : e->peer ? e->peer : e->handler ? e->handler : e->pool);
        copy(key.state, sizeof key.state, e->state);
        struct series *s = find_series(g, &key, false);
        if (!s || (e->type == EVENT_MS && !s->hist && !(s->hist = calloc(1, sizeof *s->hist)))) {
                g->totals.turned_away++;
                return;
        }
        do
                add_value(s, e);
        while (event_next(e));
}

/* ── Cache requests ───────────────────────────────────────────────────────────────────────────────────────────────── */

static uint64_t mix(uint64_t x)
{
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
}

static int template_id(struct gather *g, const char *name)
{
        for (size_t i = 0; i < g->template_count; i++)
                if (!strcmp(g->templates[i], name))
                        return (int)i;
        if (g->template_count == TEMPLATES_MAX)
                return -1;
        copy(g->templates[g->template_count], LABEL_BYTES, name);
        return (int)g->template_count++;
}

/* Halves the keys that are kept until there is room again. */
static void thin_trace(struct gather *g)
{
        while (g->trace_len == g->trace_max && g->threshold > 1) {
                size_t kept = 0;
                g->threshold /= 2;
                g->totals.trace_frac /= 2;
                for (size_t i = 0; i < g->trace_len; i++)
                        if (mix(g->trace[i].key) <= g->threshold)
                                g->trace[kept++] = g->trace[i];
                g->trace_len = kept;
        }
}

static bool is_sent_by_all(const struct gather *g, uint64_t key)
{
        return (double)(key >> 32) < g->sent_frac * 4294967296.0;
}

static void add_access(struct gather *g, const struct event *e, int64_t pid, int64_t at_us)
{
        if (!e->key)
                return;
        g->totals.accesses++;
        uint64_t key = event_key(e->key);
        if (mix(key) > g->threshold || !is_sent_by_all(g, key))
                return;
        int id = template_id(g, e->template_ ? e->template_ : "");
        if (g->trace_len == g->trace_max)
                thin_trace(g);
        if (id < 0 || g->trace_len == g->trace_max || mix(key) > g->threshold)
                return;
        g->trace[g->trace_len++] = (struct access){.key = key,
                                                   .at_us = at_us,
                                                   .pid = (int32_t)pid,
                                                   .bytes = (int32_t)event_number(e->bytes, 0, INT32_MAX, -1),
                                                   .ttl_s = (int32_t)event_number(e->ttl, 0, INT32_MAX, -1),
                                                   .load_us = (int32_t)event_number(e->load_us, 0, INT32_MAX, -1),
                                                   .template_ = (uint16_t)id,
                                                   .tier = !strcmp(e->tier, "memory") ? 0 : !strcmp(e->tier, "redis") ? 1 : 2,
                                                   .hit = e->hit && *e->hit == '1',
                                                   .op = !e->op || !strcmp(e->op, "get") ? 0 : !strcmp(e->op, "set") ? 1 : 2};
}

/*
 * Senders that choose keys themselves choose those whose hash is low, a share of @rate of all. Where they do not agree, the
 * least share counts: what others sent beyond it goes, so that the trace holds all accesses of the keys in it.
 */
static void add_sampled(struct gather *g, const struct event *e, int64_t pid, int64_t at_us)
{
        if (e->rate < g->sent_frac) {
                size_t kept = 0;
                g->sent_frac = e->rate;
                for (size_t i = 0; i < g->trace_len; i++)
                        if (is_sent_by_all(g, g->trace[i].key))
                                g->trace[kept++] = g->trace[i];
                g->trace_len = kept;
        }
        add_access(g, e, pid, at_us);
}

static void add_cache(struct gather *g, const struct event *e, const struct process *p, int64_t at_us)
{
        struct series_key key = {.pid = p ? p->pid : -1, .type = EVENT_COUNT};
        copy(key.metric, sizeof key.metric, e->tier);
        copy(key.program, sizeof key.program, p ? p->program : e->program);
        copy(key.label, sizeof key.label, e->template_);
        struct series *s = find_series(g, &key, true);
        if (!s) {
                g->totals.turned_away++;
                return;
        }
        int64_t n = llround(e->value / e->rate), load_us = event_number(e->load_us, 0, INT32_MAX, 0);
        bool hit = *e->hit == '1';
        n = n < 0 ? 0 : n > 1000000 ? 1000000 : n;
        s->count += n;
        *(hit ? &s->hits : &s->misses) += n;
        if (!hit)
                s->load_ms += (double)load_us / 1000 * (double)n;
        s->bytes += event_number(e->bytes, 0, INT32_MAX, 0) * n;
        add_access(g, e, key.pid, at_us);
}

/* ── Datagrams ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct process *find_process(struct gather *g, const char *program, int64_t pid)
{
        for (size_t i = 0; i < g->process_count; i++)
                if (g->processes[i].pid == pid && !strcmp(g->processes[i].program, program))
                        return &g->processes[i];
        if (g->process_count == GATHER_PROCESSES_MAX)
                return NULL;
        struct process *p = &g->processes[g->process_count++];
        *p = (struct process){.pid = pid};
        copy(p->program, sizeof p->program, program);
        return p;
}

/*
 * A gap in the numbers is lost; a late one was counted as lost and is not. What was sent before the listener began has
 * no number here and is no loss. A number far back is a new process with the pid of an old one.
 */
static void take_number(struct process *p, int64_t seq)
{
        enum { LATE = 64, ABSURD = 1000000 };
        p->received++;
        if (seq <= 0)
                return;
        if (p->last_seq && seq > p->last_seq && seq - p->last_seq < ABSURD)
                p->lost += seq - p->last_seq - 1;
        else if (p->last_seq && seq < p->last_seq && p->last_seq - seq < LATE && seq > 1) {
                p->lost -= p->lost > 0;
                return;
        }
        p->last_seq = seq;
}

/* The first line says who sends: pid, program, seq. */
static struct process *sender_of(struct gather *g, const struct event *e)
{
        int64_t pid = event_number(e->pid, 1, INT32_MAX, -1);
        if (pid < 0 && !e->program)
                return NULL;
        char program[NAME_BYTES];
        copy(program, sizeof program, e->program);
        struct process *p = find_process(g, program, pid);
        if (p)
                take_number(p, event_number(e->seq, 1, INT64_MAX, 0));
        return p;
}

static void take_event(struct gather *g, struct event *e, const struct process *p, int64_t at_us)
{
        g->totals.events++;
        if (!strcmp(e->name, "cache.request") && e->tier && e->hit)
                add_cache(g, e, p, at_us);
        else if (!strcmp(e->name, "cache.access") && e->tier && e->hit && e->key)
                add_sampled(g, e, p ? p->pid : -1, at_us);
        else if (e->type != EVENT_OTHER)
                add_plain(g, e, p);
}

void gather_datagram(struct gather *g, char *bytes, size_t len, int64_t at_us)
{
        struct process *sender = NULL;
        bool first = true;
        g->totals.datagrams++;
        for (char *line = bytes, *end = bytes + len; line < end; first = false) {
                char *nl = memchr(line, '\n', (size_t)(end - line));
                size_t n = (size_t)((nl ? nl : end) - line);
                struct event e;
                char copy_of[EVENT_LINE_MAX + 1];
                size_t c = n < sizeof copy_of ? n : EVENT_LINE_MAX;
                memcpy(copy_of, line, c);
                copy_of[c] = 0;
                bool ok = n <= EVENT_LINE_MAX && event_parse(copy_of, n, &e);
                if (ok && first)
                        sender = sender_of(g, &e);
                if (ok)
                        take_event(g, &e, sender, at_us);
                else if (n) {
                        g->totals.malformed++;
                        if (sender)
                                sender->malformed++;
                }
                line = nl ? nl + 1 : end;
        }
}

struct gather_totals gather_totals(const struct gather *g)
{
        struct gather_totals t = g->totals;
        for (size_t i = 0; i < g->process_count; i++)
                t.lost += g->processes[i].lost;
        t.processes = (int64_t)g->process_count;
        t.trace_rows = (int64_t)g->trace_len;
        t.trace_frac *= g->sent_frac;
        return t;
}

bool gather_saw(const struct gather *g, const char *metric)
{
        for (size_t i = 0; i < g->series_count; i++)
                if (!g->series[i].cache && !strcmp(g->series[i].key.metric, metric))
                        return true;
        return false;
}

/* ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *or_null(const char *text)
{
        return *text ? text : NULL;
}

static struct cell pid_cell(int64_t pid)
{
        return pid < 0 ? NONE("pid") : INT("pid", pid);
}

static void emit_cache(const struct series *s, struct sink *k, int64_t at_us, int64_t interval_us)
{
        EMIT_AT(k, at_us, "event_cache", INT("interval_us", interval_us), TEXT("program", or_null(s->key.program)), pid_cell(s->key.pid),
                TEXT("tier", s->key.metric), TEXT("template", or_null(s->key.label)), INT("hits", s->hits), INT("misses", s->misses),
                REAL("load_ms", s->load_ms), INT("bytes", s->bytes));
}

static void emit_hist(const struct series *s, struct sink *k, int64_t at_us, int64_t interval_us)
{
        CLEANUP(str_release) struct str text = {0};
        hist_format(s->hist, &text);
        EMIT_AT(k, at_us, "event_hist", INT("interval_us", interval_us), TEXT("metric", s->key.metric), TEXT("program", or_null(s->key.program)),
                pid_cell(s->key.pid), TEXT("label", or_null(s->key.label)), TEXT("hist", str_text(&text)), INT("count", s->count),
                REAL("sum_ms", s->sum_ms), REAL("max_ms", s->max_ms));
}

static void emit_series(const struct series *s, struct sink *k, int64_t at_us, int64_t interval_us)
{
        if (s->cache)
                emit_cache(s, k, at_us, interval_us);
        else if (s->key.type == EVENT_MS)
                emit_hist(s, k, at_us, interval_us);
        else if (s->key.type == EVENT_GAUGE)
                EMIT_AT(k, at_us, "event_gauge", TEXT("metric", s->key.metric), TEXT("program", or_null(s->key.program)), pid_cell(s->key.pid),
                        TEXT("label", or_null(s->key.label)), TEXT("state", or_null(s->key.state)), REAL("value", s->gauge), REAL("max", s->max_ms));
        else
                EMIT_AT(k, at_us, "event_count", INT("interval_us", interval_us), TEXT("metric", s->key.metric),
                        TEXT("program", or_null(s->key.program)), pid_cell(s->key.pid), TEXT("label", or_null(s->key.label)),
                        INT("count", llround(s->total)));
}

static void reset_series(struct series *s)
{
        if (s->hist)
                memset(s->hist, 0, sizeof *s->hist);
        s->sum_ms = s->max_ms = s->total = s->load_ms = 0;
        s->count = s->hits = s->misses = s->bytes = 0;
}

void gather_emit(struct gather *g, struct sink *k, int64_t at_us, int64_t interval_us)
{
        for (size_t i = 0; i < g->series_count; i++) {
                if (!g->series[i].count)
                        continue;
                emit_series(&g->series[i], k, at_us, interval_us);
                reset_series(&g->series[i]);
        }
}

static void emit_access(const struct gather *g, const struct access *a, struct sink *k)
{
        char key[17];
        snprintf(key, sizeof key, "%016" PRIx64, a->key);
        EMIT_AT(k, a->at_us, "cache_access", pid_cell(a->pid), TEXT("tier", tiers[a->tier]), TEXT("template", or_null(g->templates[a->template_])),
                TEXT("key_hash", key), INT("hit", a->hit), TEXT("op", ops[a->op]), a->bytes < 0 ? NONE("bytes") : INT("bytes", a->bytes),
                a->ttl_s < 0 ? NONE("ttl_s") : INT("ttl_s", a->ttl_s), a->load_us < 0 ? NONE("load_us") : INT("load_us", a->load_us));
}

size_t gather_emit_trace(const struct gather *g, struct sink *k, size_t from, size_t max)
{
        size_t to = g->trace_len - from < max ? g->trace_len : from + max;
        for (size_t i = from; i < to; i++)
                emit_access(g, &g->trace[i], k);
        return to;
}

void gather_emit_end(struct gather *g, struct sink *k, int64_t at_us)
{
        for (size_t i = 0; i < g->process_count; i++) {
                const struct process *p = &g->processes[i];
                EMIT_AT(k, at_us, "event_loss", TEXT("program", or_null(p->program)), pid_cell(p->pid), INT("received", p->received),
                        INT("lost", p->lost), INT("malformed", p->malformed));
        }
        if (g->trace_len)
                EMIT_AT(k, at_us, "event_gauge", TEXT("metric", "perfadvise.trace.key_frac"), REAL("value", gather_totals(g).trace_frac));
}

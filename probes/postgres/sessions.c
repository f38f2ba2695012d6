#include "probes/postgres/sessions.h"
#include "base/hist.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

enum { CLOCK_STEP_US = 500000, CLASSES = 2 };

/* What a session was at the last look. */
struct before {
        int32_t pid;
        uint16_t group;
        bool in_transaction, no_age; /* no_age: the clock was set since its transaction began */
        int64_t backend_us, xact_us, change_us;
};

/* Sums of an interval, apart for the two paces of looking. */
struct sums {
        bool known; /* states could be seen */
        int64_t connections, in_use, idle_in_tx, waiting, ended_10ms, ended_20ms, started;
        double age_ms;
        struct hist ages;
};

/* A row of the last look. */
struct look {
        bool known; /* states can be seen */
        int64_t connections, active, idle, idle_in_tx, waiting;
        int64_t oldest_xact_us, oldest_idle_us, oldest_query_us, oldest_blocked_us, oldest_backend_us, youngest_backend_us;
};

struct group {
        char application[SESSION_NAME_MAX], role[SESSION_NAME_MAX], client[SESSION_NAME_MAX];
        bool has_role, has_client;
        uint16_t row;                              /* the first group of the same application and role, which may be this one */
        struct look look;                          /* of all groups of the row, at the first of them */
        int64_t here;                              /* sessions of this group at the last look */
        int64_t sessions, opened, closed, renamed; /* of the interval */
        struct sums sums[CLASSES];
};

struct sessions {
        struct group *groups;
        size_t group_count;
        struct before *before, *now;
        size_t before_count;
        bool compared, paced;   /* there is a look before, and it was in the same pace */
        int64_t server_us, monotonic_us;
        int64_t looks[CLASSES], gap_us[CLASSES]; /* of the interval */
        struct sessions_seen seen;
};

struct sessions *sessions_new(void)
{
        struct sessions *s = calloc(1, sizeof *s);
        if (!s)
                return NULL;
        s->groups = calloc(SESSION_GROUPS_MAX, sizeof *s->groups);
        s->before = calloc(SESSIONS_MAX, sizeof *s->before);
        s->now = calloc(SESSIONS_MAX, sizeof *s->now);
        return s->groups && s->before && s->now ? s : sessions_free(s);
}

struct sessions *sessions_free(struct sessions *s)
{
        if (!s)
                return NULL;
        free(s->groups);
        free(s->before);
        free(s->now);
        free(s);
        return NULL;
}

void sessions_gap(struct sessions *s)
{
        s->paced = false;
}

/* ── Groups ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool same(const char *kept, bool has, const char *text)
{
        return has ? text && !strncmp(kept, text, SESSION_NAME_MAX - 1) : !text;
}

static bool belongs(const struct group *g, const struct session *r)
{
        return !strncmp(g->application, r->application, SESSION_NAME_MAX - 1) && same(g->role, g->has_role, r->role) &&
               same(g->client, g->has_client, r->client);
}

/* Groups that differ in the client address only are one row of a look. */
static bool same_row(const struct group *a, const struct group *b)
{
        return a->has_role == b->has_role && !strcmp(a->application, b->application) && !strcmp(a->role, b->role);
}

static void copy(char to[SESSION_NAME_MAX], const char *from)
{
        size_t len = from ? strnlen(from, SESSION_NAME_MAX - 1) : 0;
        if (len)
                memcpy(to, from, len);
        to[len] = 0;
}

/* Names are as many as somebody wants to make: what comes after the last group has one together. */
static uint16_t group_of(struct sessions *s, const struct session *r)
{
        static const struct session others = {.application = "(others)"};
        for (size_t i = 0; i < s->group_count; i++)
                if (belongs(&s->groups[i], r))
                        return (uint16_t)i;
        if (s->group_count == SESSION_GROUPS_MAX)
                return SESSION_GROUPS_MAX - 1;
        if (s->group_count == SESSION_GROUPS_MAX - 1)
                r = &others;
        struct group *g = &s->groups[s->group_count];
        g->has_role = r->role != NULL;
        g->has_client = r->client != NULL;
        copy(g->application, r->application);
        copy(g->role, r->role);
        copy(g->client, r->client);
        for (g->row = 0; !same_row(&s->groups[g->row], g); g->row++)
                ;
        return (uint16_t)s->group_count++;
}

/* ── One look ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int by_pid(const void *a, const void *b)
{
        const struct session *x = a, *y = b;
        return (x->pid > y->pid) - (x->pid < y->pid);
}

static void oldest(int64_t *least, int64_t at_us)
{
        if (at_us && (!*least || at_us < *least))
                *least = at_us;
}

static void count_now(struct look *l, const struct session *r)
{
        l->connections++;
        l->known |= r->state != SESSION_HIDDEN;
        l->active += r->state == SESSION_ACTIVE;
        l->idle += r->state == SESSION_IDLE;
        l->idle_in_tx += r->state == SESSION_IDLE_IN_TRANSACTION;
        l->waiting += r->waiting_lock;
        oldest(&l->oldest_xact_us, r->xact_us);
        oldest(&l->oldest_backend_us, r->backend_us);
        if (r->backend_us > l->youngest_backend_us)
                l->youngest_backend_us = r->backend_us;
        if (r->state == SESSION_IDLE_IN_TRANSACTION)
                oldest(&l->oldest_idle_us, r->change_us);
        if (r->state == SESSION_ACTIVE)
                oldest(&l->oldest_query_us, r->query_us);
        if (r->waiting_lock)
                oldest(&l->oldest_blocked_us, r->query_us);
}

static void clear_look(struct sessions *s)
{
        for (size_t i = 0; i < s->group_count; i++) {
                s->groups[i].look = (struct look){0};
                s->groups[i].here = 0;
        }
}

/* The age of a transaction goes into the sums unless the clock was set while it ran. */
static void count_age(struct sessions *s, struct sums *sum, const struct session *r)
{
        int64_t age_us = s->server_us - r->xact_us;
        age_us = age_us < 0 ? 0 : age_us; /* began while the answer was made */
        sum->in_use++;
        sum->idle_in_tx += r->state == SESSION_IDLE_IN_TRANSACTION;
        sum->age_ms += (double)age_us / 1e3;
        hist_add(&sum->ages, (double)age_us);
        s->seen.ages++;
}

/*
 * Sessions whose transaction ended just now: their number over the time that `just` means is the rate of transactions, less those
 * that began another one since. Two times, so that the reader can see how many these are. started: certain ones only.
 */
static void count_idle(struct sums *sum, const struct session *r, const struct before *b, int64_t server_us)
{
        int64_t idle_us = server_us - r->change_us;
        sum->ended_10ms += idle_us < 10000;
        sum->ended_20ms += idle_us < 20000;
        sum->started += b && !b->in_transaction && r->change_us > b->change_us;
}

/* Fills `now` for the next look; b is what the same session was at the last one, or NULL. */
static void count_session(struct sessions *s, const struct session *r, const struct before *b, struct before *now, bool burst, bool stepped)
{
        bool goes_on = b && b->in_transaction && r->in_transaction && b->xact_us == r->xact_us;
        uint16_t id = b && belongs(&s->groups[b->group], r) ? b->group : group_of(s, r);
        struct group *g = &s->groups[id];
        struct sums *sum = &g->sums[burst];
        *now = (struct before){.pid = r->pid, .group = id, .in_transaction = r->in_transaction, .backend_us = r->backend_us, .xact_us = r->xact_us,
                               .change_us = r->change_us, .no_age = goes_on && (stepped || b->no_age)};
        count_now(&s->groups[g->row].look, r);
        g->here++;
        sum->connections++;
        sum->known |= r->state != SESSION_HIDDEN;
        sum->waiting += r->waiting_lock;
        if (r->in_transaction && !now->no_age)
                count_age(s, sum, r);
        if (r->state == SESSION_IDLE && !stepped)
                count_idle(sum, r, b, s->server_us);
        g->sessions += !b || b->group != id;
        s->seen.sessions += !b;
        g->opened += !b && s->compared;
        if (b && b->group != id) {
                g->renamed++;
                s->seen.renamed++;
        }
}

static bool same_session(const struct before *b, const struct session *r)
{
        return b->pid == r->pid && b->backend_us == r->backend_us;
}

/* Both looks are in the order of process ids: one pass tells who stayed, came and went. */
static void compare(struct sessions *s, const struct session *rows, size_t n, bool burst, bool stepped)
{
        size_t k = 0;
        for (size_t i = 0; i < n; i++) {
                for (; k < s->before_count && s->before[k].pid < rows[i].pid; k++)
                        s->groups[s->before[k].group].closed++;
                const struct before *b = k < s->before_count && same_session(&s->before[k], &rows[i]) ? &s->before[k] : NULL;
                if (k < s->before_count && s->before[k].pid == rows[i].pid && ++k && !b)
                        s->groups[s->before[k - 1].group].closed++;
                count_session(s, &rows[i], b, &s->now[i], burst, stepped);
        }
        for (; k < s->before_count; k++)
                s->groups[s->before[k].group].closed++;
}

/* The server's clock against ours: only a step makes the difference jump. */
static bool clock_stepped(const struct sessions *s, int64_t server_us, int64_t monotonic_us)
{
        int64_t jump_us = server_us - s->server_us - (monotonic_us - s->monotonic_us);
        return s->seen.looks && (jump_us > CLOCK_STEP_US || jump_us < -CLOCK_STEP_US);
}

void sessions_look(struct sessions *s, int64_t server_us, int64_t monotonic_us, bool burst, struct session *rows, size_t n)
{
        bool stepped = clock_stepped(s, server_us, monotonic_us);
        if (n > SESSIONS_MAX) {
                s->seen.left_out += (int64_t)(n - SESSIONS_MAX);
                n = SESSIONS_MAX;
        }
        qsort(rows, n, sizeof *rows, by_pid);
        clear_look(s);
        s->looks[burst]++;
        s->gap_us[burst] += s->paced ? monotonic_us - s->monotonic_us : 0;
        s->server_us = server_us;
        s->monotonic_us = monotonic_us;
        s->seen.clock_steps += stepped;
        compare(s, rows, n, burst, stepped);
        struct before *old = s->before;
        s->before = s->now;
        s->now = old;
        s->before_count = n;
        s->compared = s->paced = true;
        s->seen.looks++;
}

/* ── Rows ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct cell since(const struct sessions *s, const char *name, int64_t at_us, double unit_us)
{
        return at_us ? REAL(name, s->server_us > at_us ? (double)(s->server_us - at_us) / unit_us : 0) : NONE(name);
}

static struct cell if_known(const struct look *l, const char *name, int64_t n)
{
        return l->known ? INT(name, n) : NONE(name);
}

static void look_row(const struct sessions *s, const struct group *g, void (*f)(void *arg, const struct cell *cells, size_t n), void *arg)
{
        const struct look *l = &g->look;
        const struct cell cells[] = {
                TEXT("application", g->application), g->has_role ? TEXT("role", g->role) : NONE("role"), INT("connections", l->connections),
                if_known(l, "active", l->active), if_known(l, "idle", l->idle), if_known(l, "idle_in_transaction", l->idle_in_tx),
                if_known(l, "waiting_lock", l->waiting), if_known(l, "blocked", l->waiting), since(s, "oldest_xact_ms", l->oldest_xact_us, 1e3),
                since(s, "oldest_idle_in_transaction_ms", l->oldest_idle_us, 1e3), since(s, "oldest_query_ms", l->oldest_query_us, 1e3),
                since(s, "oldest_blocked_ms", l->oldest_blocked_us, 1e3), since(s, "oldest_backend_s", l->oldest_backend_us, 1e6),
                since(s, "youngest_backend_s", l->youngest_backend_us, 1e6)};
        f(arg, cells, sizeof cells / sizeof *cells);
}

void sessions_rows(const struct sessions *s, void (*f)(void *arg, const struct cell *cells, size_t n), void *arg)
{
        static const struct cell nobody[] = {TEXT("application", ""), INT("connections", 0)};
        bool any = false;
        for (size_t i = 0; i < s->group_count; i++) {
                if (s->groups[i].look.connections)
                        look_row(s, &s->groups[i], f, arg);
                any |= s->groups[i].look.connections > 0;
        }
        if (!any) /* nobody connected is a sample, too: means are over all samples */
                f(arg, nobody, sizeof nobody / sizeof *nobody);
}

static void emit_group(const struct sessions *s, const struct group *g, int burst, struct sink *sink, int64_t at_us, int64_t interval_us)
{
        const struct sums *m = &g->sums[burst];
        const struct look known = {.known = m->known}, *l = &known;
        CLEANUP(str_release) struct str ages = {0};
        hist_format(&m->ages, &ages);
        EMIT_AT(sink, at_us, "pg_hold", INT("interval_us", interval_us), TEXT("application", g->application),
                g->has_role ? TEXT("role", g->role) : NONE("role"), g->has_client ? TEXT("client", g->client) : NONE("client"), INT("burst", burst),
                INT("looks", s->looks[burst]), INT("gap_us", s->gap_us[burst]), INT("sessions", g->sessions), INT("connections", m->connections),
                if_known(l, "in_use", m->in_use), if_known(l, "idle_in_transaction", m->idle_in_tx), if_known(l, "waiting_lock", m->waiting),
                REAL("age_ms", m->age_ms), TEXT("ages", str_text(&ages)), INT("ended_10ms", m->ended_10ms), INT("ended_20ms", m->ended_20ms), INT("started", m->started),
                burst ? INT("opened", 0) : INT("opened", g->opened), burst ? INT("closed", 0) : INT("closed", g->closed),
                burst ? INT("renamed", 0) : INT("renamed", g->renamed));
}

/* Nobody was there: the looks count all the same. */
static void emit_nobody(const struct sessions *s, int burst, struct sink *sink, int64_t at_us, int64_t interval_us)
{
        EMIT_AT(sink, at_us, "pg_hold", INT("interval_us", interval_us), TEXT("application", ""), INT("burst", burst), INT("looks", s->looks[burst]),
                INT("gap_us", s->gap_us[burst]), INT("sessions", 0), INT("connections", 0), INT("in_use", 0), REAL("age_ms", 0), TEXT("ages", ""));
}

static void begin_interval(struct sessions *s)
{
        memset(s->looks, 0, sizeof s->looks);
        memset(s->gap_us, 0, sizeof s->gap_us);
        for (size_t i = 0; i < s->group_count; i++) {
                struct group *g = &s->groups[i];
                memset(g->sums, 0, sizeof g->sums);
                g->opened = g->closed = g->renamed = 0;
                g->sessions = g->here;
        }
}

void sessions_emit(struct sessions *s, struct sink *sink, int64_t at_us, int64_t interval_us)
{
        for (int burst = 0; burst < CLASSES; burst++) {
                size_t emitted = 0;
                for (size_t i = 0; s->looks[burst] && i < s->group_count; i++)
                        if (s->groups[i].sums[burst].connections || (burst == 0 && s->groups[i].closed)) {
                                emit_group(s, &s->groups[i], burst, sink, at_us, interval_us);
                                emitted++;
                        }
                if (s->looks[burst] && !emitted)
                        emit_nobody(s, burst, sink, at_us, interval_us);
        }
        begin_interval(s);
}

/* ── What was noticed ────────────────────────────────────────────────────────────────────────────────────────────── */

struct sessions_seen sessions_seen(const struct sessions *s)
{
        struct sessions_seen seen = s->seen;
        for (size_t i = 0; i < s->group_count; i++) {
                bool new_name = true, new_client = true;
                size_t sharing = 1;
                for (size_t k = 0; k < s->group_count; k++) {
                        const struct group *a = &s->groups[i], *b = &s->groups[k];
                        bool client = a->has_client == b->has_client && !strcmp(a->client, b->client), name = !strcmp(a->application, b->application);
                        new_name &= k >= i || !name;
                        new_client &= k >= i || !client;
                        sharing += name && !client && k != i;
                }
                seen.names += new_name;
                seen.clients += new_client;
                if (sharing > seen.most_sharing) {
                        seen.most_sharing = sharing;
                        seen.shared_name = s->groups[i].application;
                }
        }
        return seen;
}

#include "verify/shifts.h"
#include "model/shift.h"
#include "store/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RHO_SERIES = 300 };

struct line {                  /* one series */
        int64_t id;
        int metric;
        VEC(struct shift_point) days; /* the last one may still be added to */
        double n;              /* observations of the last day */
};

struct all {
        struct arena *arena;
        struct store *store;
        int64_t run, newest;   /* newest: the last day of any series */
        struct line *lines;
        size_t len;
};

static int metric_index(const char *name)
{
        for (int i = 0; series_metrics[i].name; i++)
                if (!strcmp(series_metrics[i].name, name))
                        return i;
        return -1;
}

/* ── Loading ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int load_names(struct all *all, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(all->store), "SELECT series_id, metric FROM series", &st, err);
        all->len = (size_t)db_int(store_db(all->store), "SELECT max(series_id) FROM series", 0, 0) + 1;
        all->lines = arena_alloc(all->arena, all->len * sizeof *all->lines);
        memset(all->lines, 0, all->len * sizeof *all->lines);
        while (r >= 0 && (r = stmt_step(st, err)) == 1) {
                struct line *l = &all->lines[stmt_int(st, 0)];
                *l = (struct line){.id = stmt_int(st, 0), .metric = metric_index(stmt_text(st, 1))};
        }
        return r;
}

/* Points come by time; those of one day become one, weighted by what they saw. */
static void add_point(struct all *all, struct line *l, int64_t day, double n, double value, int tag, int looks)
{
        struct shift_point *last = l->days.len ? &l->days.items[l->days.len - 1] : NULL;
        n = fmax(n, 1);
        if (last && last->day == day) {
                last->value = (last->value * l->n + value * n) / (l->n + n);
                last->looks += looks;
                last->regime = tag;
                l->n += n;
        } else {
                *vec_push(all->arena, &l->days) = (struct shift_point){day, value, tag, looks};
                l->n = n;
        }
        all->newest = day > all->newest ? day : all->newest;
}

static int load_points(struct all *all, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(all->store), "SELECT series_id, slot / 24, n, value, tag, looks FROM series_point WHERE slot >= ?"
                                                   " ORDER BY slot", &st, err);
        if (r < 0)
                return r;
        stmt_bind_int(st, 1, db_int(store_db(all->store), "SELECT max(slot) FROM series_point", 0, 0) - 24 * (SHIFT_POINTS_MAX + 1));
        while ((r = stmt_step(st, err)) == 1) {
                int64_t id = stmt_int(st, 0);
                if (id > 0 && (size_t)id < all->len && all->lines[id].id && all->lines[id].metric >= 0)
                        add_point(all, &all->lines[id], stmt_int(st, 1), stmt_real(st, 2), stmt_real(st, 3), (int)stmt_int(st, 4), (int)stmt_int(st, 5));
        }
        return r;
}

/* ── What is judged ─────────────────────────────────────────────────────────────────────────────────────────────── */

/* A size is judged by how much it grows a day; the first point only begins that. */
static void to_growth(struct line *l)
{
        for (size_t i = l->days.len; i-- > 1;) {
                struct shift_point *p = &l->days.items[i];
                p->value = (p->value - p[-1].value) / (double)(p->day - p[-1].day);
        }
        if (l->days.len) {
                l->days.items++;
                l->days.len--;
        }
}

/* One miss in a thousand more or less is nothing: shares are judged as if there was one more. */
static struct shift_options options_of(struct line *l, double rho, double limit)
{
        const struct series_metric *m = &series_metrics[l->metric];
        struct shift_options o = {.scale = SHIFT_LOG, .sigma_floor = 0.02, .rho = rho, .limit = limit};
        if (m->is_size) {
                double size = l->days.len ? l->days.items[l->days.len - 1].value : 0;
                o.scale = SHIFT_LINEAR;
                o.sigma_floor = fmax(0.001 * size, 65536);
                to_growth(l);
        } else if (!strcmp(m->unit, "ppm")) {
                for (size_t i = 0; i < l->days.len; i++)
                        l->days.items[i].value += 1000;
        }
        return o;
}

static bool is_current(const struct all *all, const struct line *l, int metric)
{
        return l->id && l->metric == metric && l->days.len && l->days.items[l->days.len - 1].day >= all->newest - 1;
}

static int by_size(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;
        return (x > y) - (x < y);
}

/* The middle of what up to 300 series of a metric say of their autocorrelation: one series alone knows it badly. */
static double usual_rho(const struct all *all, int metric)
{
        double found[RHO_SERIES];
        size_t n = 0;
        enum shift_scale scale = series_metrics[metric].is_size ? SHIFT_LINEAR : SHIFT_LOG;
        for (size_t i = 0; i < all->len && n < RHO_SERIES; i++) {
                if (!is_current(all, &all->lines[i], metric) || all->lines[i].days.len < 28)
                        continue;
                double rho = shift_rho(all->lines[i].days.items, all->lines[i].days.len, scale);
                if (!isnan(rho))
                        found[n++] = rho;
        }
        qsort(found, n, sizeof *found, by_size);
        return n ? found[n / 2] : NAN;
}

/* ── Keeping ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool plan_changed(const struct line *l, int64_t since)
{
        int before = 0, now = l->days.items[l->days.len - 1].regime;
        for (size_t i = 0; i < l->days.len && l->days.items[i].day < since; i++)
                before = l->days.items[i].regime ? l->days.items[i].regime : before;
        return before && now && before != now;
}

static int keep_shift(struct all *all, const struct line *l, const struct shift *s, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(all->store), "INSERT INTO series_shift VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", &st, err);
        if (r < 0)
                return r;
        bool size = series_metrics[l->metric].is_size;
        stmt_bind_int(st, 1, all->run);
        stmt_bind_int(st, 2, l->id);
        stmt_bind_text(st, 3, s->status == SHIFT_UP ? "up" : "down");
        stmt_bind_int(st, 4, s->since * INT64_C(86400000000));
        stmt_bind_int(st, 5, (int64_t)s->nights);
        stmt_bind_real(st, 6, s->step);
        stmt_bind_real(st, 7, s->lo);
        stmt_bind_real(st, 8, s->hi);
        stmt_bind_real(st, 9, s->usual);
        stmt_bind_real(st, 10, size ? s->usual + s->step : s->usual * s->step);
        stmt_bind_int(st, 11, (int64_t)l->n);
        stmt_bind_real(st, 12, s->score);
        stmt_bind_int(st, 13, plan_changed(l, s->since));
        return stmt_step(st, err);
}

struct tally {
        size_t judged, young, missing;
        double limit, findable[RHO_SERIES];
        size_t n_findable;
};

static int keep_state(struct all *all, const char *metric, struct tally *t, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(all->store), "INSERT INTO series_state VALUES (?,?,?,?,?,?,?)", &st, err);
        if (r < 0)
                return r;
        qsort(t->findable, t->n_findable, sizeof *t->findable, by_size);
        stmt_bind_int(st, 1, all->run);
        stmt_bind_text(st, 2, metric);
        stmt_bind_int(st, 3, (int64_t)t->judged);
        stmt_bind_int(st, 4, (int64_t)t->young);
        stmt_bind_int(st, 5, (int64_t)t->missing);
        stmt_bind_real(st, 6, t->limit);
        stmt_bind_real(st, 7, t->n_findable ? t->findable[t->n_findable / 2] : NAN);
        return stmt_step(st, err);
}

static int judge_metric(struct all *all, int metric, double limit, struct tally *t, struct err *err)
{
        double rho = usual_rho(all, metric);
        int r = 0;
        t->limit = limit;
        for (size_t i = 0; r >= 0 && i < all->len; i++) {
                struct line *l = &all->lines[i];
                if (!is_current(all, l, metric))
                        continue;
                struct shift_options o = options_of(l, rho, limit);
                struct shift s = shift_judge(l->days.items, l->days.len, &o);
                if (s.status == SHIFT_UNKNOWN) {
                        t->missing = t->young++ && t->missing < s.missing ? t->missing : s.missing;
                        continue;
                }
                t->judged++;
                if (t->n_findable < RHO_SERIES)
                        t->findable[t->n_findable++] = s.findable;
                if (s.status != SHIFT_STEADY)
                        r = keep_shift(all, l, &s, err);
        }
        return r < 0 ? r : 0;
}

static int keep_fact_state(struct all *all, size_t judged, size_t missing, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(all->store), "INSERT INTO fact_state (run_id, fact, status, reason, remedy) VALUES (?, 'fact_shift', ?, ?, ?)", &st, err);
        if (r < 0)
                return r;
        stmt_bind_int(st, 1, all->run);
        stmt_bind_text(st, 2, judged ? "ok" : "unknown");
        if (!judged) {
                stmt_bind_text(st, 3, missing ? arena_printf(all->arena, "no series is long enough to tell a change from its noise: %zu more night%s with a capture", missing, missing == 1 ? "" : "s")
                                              : "the history has no series yet");
                stmt_bind_text(st, 4, "perfadvise audit every night");
        }
        return stmt_step(st, err);
}

static size_t count_current(const struct all *all)
{
        size_t n = 0;
        for (size_t i = 0; i < all->len; i++)
                n += is_current(all, &all->lines[i], all->lines[i].metric);
        return n;
}

static int judge_all(struct all *all, struct err *err)
{
        double limit = shift_limit((double)count_current(all));
        size_t judged = 0, missing = 0;
        int r = 0;
        for (int m = 0; r >= 0 && series_metrics[m].name; m++) {
                struct tally t = {0};
                if ((r = judge_metric(all, m, limit, &t, err)) == 0 && t.judged + t.young)
                        r = keep_state(all, series_metrics[m].name, &t, err);
                judged += t.judged;
                if (t.young && (!missing || t.missing < missing))
                        missing = t.missing;
        }
        return r < 0 ? r : keep_fact_state(all, judged, missing, err);
}

int shifts_find(struct arena *a, struct store *s, int64_t run, struct err *err)
{
        CLEANUP(arena_leave) struct arena_scope scope = arena_enter(a);
        struct all all = {.arena = a, .store = s, .run = run};
        int r = store_series_update(s, err);
        if (r < 0 || (r = load_names(&all, err)) < 0 || (r = load_points(&all, err)) < 0 || (r = db_exec(store_db(s), "BEGIN IMMEDIATE", err)) < 0)
                return r;
        if ((r = judge_all(&all, err)) < 0 || (r = db_exec(store_db(s), "COMMIT", err)) < 0)
                db_exec(store_db(s), "ROLLBACK", NULL);
        return r;
}

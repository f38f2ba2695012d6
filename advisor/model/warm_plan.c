#include "model/warm_plan.h"
#include "base/num.h"

#include <math.h>

struct planning {
        struct arena *arena;
        const struct fact_access *requests;
        size_t n;
        const struct warm_limits *limits;
        struct warm_plan *plan;
};

static size_t most_keys(const struct warm_limits *l, const char **ret_limit)
{
        size_t most = SIZE_MAX;
        *ret_limit = "all keys seen";
        if (l->rate_hz > 0 && l->elapsed_s > 0) {
                most = (size_t)(l->rate_hz * l->elapsed_s);
                *ret_limit = "the rate and the time";
        }
        if (l->capacity && l->capacity < most) {
                most = l->capacity;
                *ret_limit = "what the cache holds";
        }
        if (l->keys && l->keys < most) {
                most = l->keys;
                *ret_limit = "the number of keys";
        }
        return most;
}

/* How many of the ranked keys are within the limits. */
static size_t within(const struct warm_limits *l, const struct warm_key *keys, size_t of, const char **ret_limit, double *ret_load_s)
{
        size_t most = most_keys(l, ret_limit), n = 0;
        double us = 0;
        while (n < of && n < most && !(l->db_time_s > 0 && us + keys[n].load_us > l->db_time_s * 1e6))
                us += keys[n++].load_us;
        if (n == of)
                *ret_limit = "all keys seen";
        else if (n < most)
                *ret_limit = "the database time";
        *ret_load_s = us / 1e6;
        return n;
}

/* What is held out at most: a fifth of the trace, a half of a short one. */
static size_t held_most(size_t n)
{
        return n / 5 > 1000 ? n / 5 : n / 2 < 1000 ? n / 2 : 1000;
}

/* Adds what the replays at one moment say, ranked on nothing but what came before it. */
static void predict_at(struct planning *g, size_t cut, struct warm_prediction *p, size_t n)
{
        CLEANUP(arena_leave) struct arena_scope scope = arena_enter(g->arena);
        struct warm_key *trained;
        double load_s;
        const char *limit;
        size_t ranked = warm_rank(g->arena, g->requests, cut, g->plan->window, g->plan->method, &trained);
        ranked = within(g->limits, trained, ranked, &limit, &load_s);
        for (size_t h = 0; h < n; h++) {
                size_t over = p[h].over;
                warm_predict(g->arena, trained, ranked, g->requests + cut, over, g->limits->capacity, &p[h]);
        }
}

static double mean_of(const struct warm_prediction at[][WARM_HORIZONS], size_t moments, size_t h, double (*value)(const struct warm_prediction *))
{
        double sum = 0;
        for (size_t m = 0; m < moments; m++)
                sum += value(&at[m][h]);
        return sum / (double)moments;
}

static double gain_of(const struct warm_prediction *p)
{
        return p->warm - p->cold;
}

static double half_width(const struct warm_prediction *p)
{
        return (p->hi - p->lo) / 2;
}

/*
 * The last moment tells most: its ranking knows most keys. But traffic differs from hour to hour by more than a sample of keys does, so the
 * interval is that of one more moment like those tried: Student's t over the moments, and the keys' own spread beside it.
 */
static void combine(struct planning *g, const struct warm_prediction at[][WARM_HORIZONS], size_t moments)
{
        static const double t[] = {0, 0, 12.71, 4.30, 3.18, 2.78, 2.57}; /* 95 %, by moments */
        for (size_t h = 0; h < g->plan->n_p; h++) {
                struct warm_prediction *p = &g->plan->p[h];
                double gain = mean_of(at, moments, h, gain_of), squares = 0, followed = g->limits->followed;
                for (size_t m = 0; m < moments; m++)
                        squares += (gain_of(&at[m][h]) - gain) * (gain_of(&at[m][h]) - gain);
                double keys = mean_of(at, moments, h, half_width), n = (double)moments;
                double between = moments > 1 ? t[moments] * sqrt(squares / (n - 1) * (1 + 1 / n)) : 0, half = hypot(keys, between);
                *p = at[moments - 1][h];
                gain = gain_of(p);
                p->warm = p->cold + gain * followed;
                p->lo = (gain - half) * followed;
                p->hi = fmin(gain + half, 1 - p->cold) * followed;
                p->db_ms_saved *= followed;
        }
}

/*
 * The horizons at several moments of the second half of the trace, the last of which leaves just enough to be replayed; at one moment when
 * the trace is too short for more.
 */
static void predict(struct planning *g)
{
        static const size_t horizons[WARM_HORIZONS] = {10000, 50000, 200000};
        struct warm_prediction at[WARM_CUTS][WARM_HORIZONS] = {0};
        size_t most = held_most(g->n), held = 0;
        for (size_t h = 0; h < WARM_HORIZONS && (!h || held < most); h++) {
                held = horizons[h] < most ? horizons[h] : most;
                for (size_t m = 0; m < WARM_CUTS; m++)
                        at[m][g->plan->n_p].over = held;
                g->plan->p[g->plan->n_p++].over = held;
        }
        size_t last = g->n - held, first = g->n / 2, moments = last > first + WARM_CUTS * 100 ? WARM_CUTS : 1;
        for (size_t m = 0; m + 1 < moments; m++)
                predict_at(g, first + (last - first) * m / (moments - 1), at[m], g->plan->n_p);
        for (size_t h = 0; h < g->plan->n_p; h++)
                predict_at(g, g->n - at[moments - 1][h].over, &at[moments - 1][h], 1);
        combine(g, (const struct warm_prediction (*)[WARM_HORIZONS])at, moments);
        g->plan->moments = moments;
}

/* Windows as long as the middle horizon, and twenty of them at least. */
static size_t window_of(size_t n)
{
        size_t w = n / 20;
        return w > 50000 ? 50000 : w < 50 ? 50 : w;
}

void warm_plan(struct arena *a, const struct fact_access *requests, size_t n, const struct warm_limits *limits, struct warm_plan *ret)
{
        struct planning g = {.arena = a, .requests = requests, .n = n, .limits = limits, .plan = ret};
        *ret = (struct warm_plan){.window = window_of(n), .requests = n};
        const char *limit;
        size_t held = n / 5 < ret->window ? n / 5 : ret->window;
        ret->method = warm_choose(a, requests, n - held, ret->window, limits->capacity, most_keys(limits, &limit), ret->trials);
        predict(&g);
        ret->n_keys = warm_rank(a, requests, n, ret->window, ret->method, &ret->keys);
        ret->n_keys = within(limits, ret->keys, ret->n_keys, &ret->limit, &ret->load_s);
}

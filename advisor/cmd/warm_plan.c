#include "cmd/warm_plan.h"
#include "base/fs.h"
#include "base/num.h"
#include "base/str.h"
#include "cmd/trace.h"
#include "model/warm_plan.h"

#include <math.h>

enum { REQUESTS_MAX = 16000000 };
static const double worth = 0.01;

/* Reads become requests; templates are told apart by their number only, so a name is made of it. */
static const char *kind_name(struct arena *a, const char **names, uint8_t kind)
{
        if (!names[kind])
                names[kind] = kind ? arena_printf(a, "kind%d", kind) : "key";
        return names[kind];
}

struct requests {
        VEC(struct fact_access) all;
        const char *names[256];
};

static int read_requests(struct app *app, const struct warm_plan_request *q, struct requests *to, struct err *err)
{
        CLEANUP(trace_close) struct trace *t = NULL;
        struct cache_request *batch = arena_alloc(app->arena, TRACE_BATCH * sizeof *batch);
        size_t n = 0;
        int r = trace_open(q->trace, q->format, &t, err);
        while (r == 0 && (r = trace_read(t, batch, TRACE_BATCH, &n, err)) == 0 && n > 0) {
                trace_progress(app, q->trace, t, "reading");
                for (size_t i = 0; i < n; i++) {
                        if (batch[i].op != CACHE_GET)
                                continue;
                        if (to->all.len == REQUESTS_MAX)
                                return err_set(err, ERR_RANGE, "'%s': more than %d requests; give a sample of its keys or its end", q->trace, REQUESTS_MAX);
                        *vec_push(app->arena, &to->all) = (struct fact_access){
                                .at_us = batch[i].at_us, .template_ = kind_name(app->arena, to->names, batch[i].kind), .key = batch[i].key,
                                .bytes = batch[i].bytes, .load_us = batch[i].load_us, .ttl_s = batch[i].ttl_s, .tier = 1};
                }
        }
        app_progress(app, NULL);
        if (r == 0)
                trace_notes(app, q->trace, t);
        if (r == 0 && q->keys_file && !q->format) /* guessed: another byte order would spell the keys otherwise */
                app_note(app, "%s: read as %s", q->trace, trace_format(t));
        return r;
}

static void print_plan(const struct warm_plan *p, bool measured)
{
        char keys[32], requests[32], saved[32];
        printf("%s keys of %s requests, bound by %s\nranked by: %s, %zu requests each\n", num_count(keys, (double)p->n_keys),
               num_count(requests, (double)p->requests), p->limit, warm_method_names[p->method], p->window);
        for (int m = 0; m < WARM_METHOD_COUNT; m++)
                if (p->trials[m].tried)
                        printf("  tried: hit ratio %.4f by %s\n", p->trials[m].hit, warm_method_names[m]);
        for (size_t h = 0; h < p->n_p; h++) {
                const struct warm_prediction *x = &p->p[h];
                printf("first %zu requests: hit ratio %.4f cold, %.4f warmed; gain %.1f points (%.1f .. %.1f)%s%s\n", x->over, x->cold, x->warm,
                       100 * (x->warm - x->cold), 100 * x->lo, 100 * x->hi, measured ? ", database time saved " : "", measured ? num_ms(saved, x->db_ms_saved) : "");
        }
        if (p->p[0].warm - p->p[0].cold < worth)
                printf("not worth it: less than one point over the first %zu requests\n", p->p[0].over);
}

static int write_keys(struct app *app, const char *path, const struct warm_plan *p, struct err *err)
{
        CLEANUP(str_release) struct str s = {0};
        for (size_t i = 0; i < p->n_keys; i++)
                str_printf(&s, "%s\t%016llx\n", p->keys[i].template_, (unsigned long long)p->keys[i].key);
        int r = fs_write_output(path, str_text(&s), s.len, 0600, err);
        if (r == 0)
                app_note(app, "%s: %zu keys, the most valuable first", path, p->n_keys);
        return r;
}

static bool has_loads(const struct requests *q)
{
        for (size_t i = 0; i < q->all.len; i++)
                if (q->all.items[i].load_us)
                        return true;
        return false;
}

int warm_plan_file(struct app *app, const struct warm_plan_request *q, struct err *err)
{
        struct requests all = {0};
        int r = read_requests(app, q, &all, err);
        if (r < 0)
                return r;
        size_t n = all.all.len;
        if (n < WARM_REQUESTS_MIN)
                return err_set(err, ERR_RANGE, "'%s': too short, %zu requests; %d are needed", q->trace, n, WARM_REQUESTS_MIN);
        struct warm_limits limits = {.capacity = (size_t)q->objects, .keys = (size_t)q->keys, .followed = 1};
        struct warm_plan plan;
        bool measured = has_loads(&all);
        warm_fill_loads(all.all.items, n);
        warm_plan(app->arena, all.all.items, n, &limits, &plan);
        print_plan(&plan, measured);
        return q->keys_file ? write_keys(app, q->keys_file, &plan, err) : 0;
}

#include "change/curve_json.h"

#include <math.h>
#include <stddef.h>

static const struct {
        const char *name;
        size_t offset;
} numbers[] = {
        {"wait_p50_ms", offsetof(struct curve_point, wait_p50)}, {"wait_p95_ms", offsetof(struct curve_point, wait_p95)},
        {"wait_p99_ms", offsetof(struct curve_point, wait_p99)}, {"latency_p50_ms", offsetof(struct curve_point, latency_p50)},
        {"latency_p95_ms", offsetof(struct curve_point, latency_p95)}, {"latency_p99_ms", offsetof(struct curve_point, latency_p99)},
        {"latency_p95_lo_ms", offsetof(struct curve_point, latency_lo)}, {"latency_p95_hi_ms", offsetof(struct curve_point, latency_hi)},
};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static double *number_at(struct curve_point *p, size_t k)
{
        return (double *)((char *)p + numbers[k].offset);
}

void curve_json(const struct curve *c, struct json *o)
{
        json_put_text(o, "subject", c->subject);
        json_put_int(o, "size_now", c->now);
        json_put_int(o, "size_advised", c->advised);
        json_put_real(o, "objective_wait_p95_ms", c->objective_ms);
        struct json *list = json_put_array(o, "points");
        for (size_t i = 0; i < c->points.len; i++) {
                struct curve_point p = c->points.items[i];
                struct json *j = json_add_object(list);
                json_put_int(j, "size", p.size);
                for (size_t k = 0; k < NUMBERS; k++) {
                        double v = *number_at(&p, k);
                        json_put_real(j, numbers[k].name, isinf(v) ? NAN : v);
                }
        }
}

struct curve curve_from_json(struct arena *a, const struct json *o)
{
        struct curve c = {.subject = arena_strdup(a, json_as_text(json_get(o, "subject"))), .now = (int)json_as_int(json_get(o, "size_now"), 0),
                          .advised = (int)json_as_int(json_get(o, "size_advised"), 0), .objective_ms = json_as_real(json_get(o, "objective_wait_p95_ms"))};
        const struct json *list = json_get(o, "points");
        for (size_t i = 0; i < json_len(list); i++) {
                struct curve_point *p = vec_push(a, &c.points);
                p->size = (int)json_as_int(json_get(json_at(list, i), "size"), 0);
                for (size_t k = 0; k < NUMBERS; k++) {
                        double v = json_as_real(json_get(json_at(list, i), numbers[k].name));
                        *number_at(p, k) = isnan(v) ? INFINITY : v;
                }
        }
        return c;
}

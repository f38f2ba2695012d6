/* The report for programs: JSON and CSV. */
#include "lib/json.h"
#include "trace/report.h"

#include <math.h>

static void put_point(struct json *j, const struct curve_point *p)
{
        json_put_real(j, "size", p->size);
        json_put_real(j, "miss", p->miss);
        json_put_real(j, "lo", p->lo);
        json_put_real(j, "hi", p->hi);
}

static void put_optional(struct json *j, const char *name, const struct curve_point *p)
{
        if (isnan(p->size))
                json_put_null(j, name);
        else
                put_point(json_put_object(j, name), p);
}

static void put_totals(const struct report *r, struct json *j)
{
        const struct curve_totals *t = &r->totals;
        json_put_real(j, "requests", t->requests);
        json_put_real(j, "keys", round(t->keys));
        json_put_real(j, "keys_bytes", t->keys_bytes);
        json_put_real(j, "once_frac", t->once_frac);
        json_put_real(j, "span_s", r->span_s);
        json_put_real(j, "sampled_frac", t->sampled_frac);
        json_put_int(j, "hot_keys", (int64_t)t->hot);
        json_put_int(j, "memory_bytes", (int64_t)t->memory_bytes);
        json_put_real(j, "compulsory_miss", r->compulsory);
}

void report_json(const struct report *r, struct str *out)
{
        CLEANUP(json_free) struct json *j = json_new_object();
        json_put_text(j, "schema", "perfadvise-curve/1");
        json_put_text(j, "trace", r->trace);
        json_put_text(j, "format", r->format);
        json_put_text(j, "axis", r->axis == CURVE_OBJECTS ? "objects" : "bytes");
        put_totals(r, json_put_object(j, "totals"));
        struct json *points = json_put_array(j, "points");
        for (size_t i = 0; i < r->n; i++) {
                struct json *p = json_add_object(points);
                put_point(p, &r->points[i]);
                if (r->axis != CURVE_OBJECTS)
                        json_put_real(p, "miss_bytes", r->miss_bytes[i]);
        }
        put_optional(j, "now", &r->now);
        put_optional(j, "advised", &r->advised);
        json_put_text(j, "why", r->why);
        json_put_real(j, r->axis == CURVE_OBJECTS ? "gain_per_1000_objects" : "gain_per_megabyte", r->gain_per_step);
        json_dump(j, 2, out);
        str_add_char(out, '\n');
}

void report_csv(const struct report *r, struct str *out)
{
        str_printf(out, "%s,miss,lo,hi,miss_bytes\n", r->axis == CURVE_OBJECTS ? "objects" : "bytes");
        for (size_t i = 0; i < r->n; i++) {
                const struct curve_point *p = &r->points[i];
                str_printf(out, "%.0f,%.6f,%.6f,%.6f,", p->size, p->miss, p->lo, p->hi);
                if (!isnan(r->miss_bytes[i]))
                        str_printf(out, "%.6f", r->miss_bytes[i]);
                str_add_char(out, '\n');
        }
}

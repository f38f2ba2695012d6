#include "base/num.h"
#include "trace/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BAR = 28, ROWS = 14 };

const char *report_size(char buf[32], enum curve_axis axis, double size)
{
        if (axis != CURVE_OBJECTS)
                return num_bytes(buf, size);
        if (size < 100000)
                snprintf(buf, 32, "%.0f", size);
        else
                num_count(buf, size);
        return buf;
}

static void add_span(struct str *out, double s)
{
        if (s >= 2 * 86400)
                str_printf(out, " over %.1f days", s / 86400);
        else if (s >= 2 * 3600)
                str_printf(out, " over %.1f hours", s / 3600);
        else if (s > 0)
                str_printf(out, " over %.0f s", s);
}

static void add_head(const struct report *r, struct str *out)
{
        char a[32], b[32], c[32];
        str_add(out, "Trace ");
        str_add_visible(out, r->trace, false);
        str_printf(out, " (%s): %s requests for %s keys%s%s", r->format, num_count(a, r->totals.requests), num_count(b, r->totals.keys),
                   isnan(r->totals.keys_bytes) ? "" : " of ", isnan(r->totals.keys_bytes) ? "" : num_bytes(c, r->totals.keys_bytes));
        if (!isnan(r->span_s))
                add_span(out, r->span_s);
        str_printf(out, "\n%.1f %% of the keys were asked for once; %.2f %% of the requests are the first of their key and miss in any cache\n",
                   100 * r->totals.once_frac, 100 * r->compulsory);
        if (r->totals.sampled_frac < 1)
                str_printf(out, "Sampled: %s hottest keys, and 1 of %.0f of the others\n", num_count(a, (double)r->totals.hot), 1 / r->totals.sampled_frac);
        str_add_char(out, '\n');
}

static void add_row(const struct report *r, const struct curve_point *p, const char *mark, struct str *out)
{
        char size[32];
        double hit = 1 - p->miss;
        str_printf(out, "%10s  %6.2f %%  %6.2f %%", report_size(size, r->axis, p->size), 100 * hit, 100 * p->miss);
        if (p->hi > p->lo)
                str_printf(out, "  %6.2f .. %.2f %%", 100 * p->lo, 100 * p->hi);
        str_add(out, "  ");
        for (int i = 0; i < (int)(hit * BAR + 0.5); i++)
                str_add_char(out, '#');
        str_printf(out, "%s%s\n", *mark ? " " : "", mark);
}

static void add_curve(const struct report *r, struct str *out)
{
        bool now_done = isnan(r->now.size), advised_done = isnan(r->advised.size);
        bool interval = r->totals.sampled_frac < 1;
        str_printf(out, "%10s  %8s  %8s%s\n", r->axis == CURVE_OBJECTS ? "objects" : "size", "hits", "misses", interval ? "   95 % interval" : "");
        size_t step = r->n > ROWS ? (r->n + ROWS - 1) / ROWS : 1;
        for (size_t i = 0; i < r->n; i++) {
                const struct curve_point *p = &r->points[i];
                if (!now_done && r->now.size <= p->size) {
                        add_row(r, &r->now, "<- now", out);
                        now_done = true;
                }
                if (!advised_done && r->advised.size <= p->size) {
                        add_row(r, &r->advised, "<- advised", out);
                        advised_done = true;
                }
                if (i % step == step - 1 || i + 1 == r->n)
                        add_row(r, p, "", out);
        }
        if (!now_done)
                add_row(r, &r->now, "<- now", out);
        str_add_char(out, '\n');
}

void report_text(const struct report *r, struct str *out)
{
        char size[32];
        add_head(r, out);
        add_curve(r, out);
        if (isnan(r->advised.size))
                str_printf(out, "No advice: %s\n", r->why);
        else
                str_printf(out, "Advised: %s%s, %.2f %% hits: %s\n", report_size(size, r->axis, r->advised.size), r->axis == CURVE_OBJECTS ? " objects" : "",
                           100 * (1 - r->advised.miss), r->why);
        if (!isnan(r->gain_per_step))
                str_printf(out, "%s more %s brings %.3f points of hit ratio\n", r->axis == CURVE_OBJECTS ? "1000 objects" : "A megabyte",
                           isnan(r->now.size) ? "than advised" : "than now", 100 * r->gain_per_step);
}

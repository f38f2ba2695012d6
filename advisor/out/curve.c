#include "out/curve.h"
#include "out/encode.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

/* ── Table ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Milliseconds in five columns. */
static const char *short_ms(char buf[16], double ms)
{
        if (isinf(ms))
                snprintf(buf, 16, "grows");
        else if (isnan(ms))
                snprintf(buf, 16, "?");
        else if (ms >= 100000)
                snprintf(buf, 16, ">99 s");
        else if (ms >= 1000)
                snprintf(buf, 16, ms >= 10000 ? "%.0f s" : "%.1f s", ms / 1000);
        else
                snprintf(buf, 16, ms >= 100 ? "%.0f" : ms >= 1 ? "%.1f" : ms > 0.005 ? "%.2f" : "0", ms);
        return buf;
}

static void add_cells(struct str *out, const double *ms, int n)
{
        char buf[16];
        for (int i = 0; i < n; i++)
                str_printf(out, " %6s", short_ms(buf, ms[i]));
}

void curve_text(struct str *out, const struct curve *c, int indent)
{
        str_printf(out, "%*s%-6s %20s   %20s   %15s\n", indent, "", "size", "wait p50   p95   p99", "latency p50 p95  p99", "p95 between, ms");
        for (size_t i = 0; i < c->points.len; i++) {
                const struct curve_point *p = &c->points.items[i];
                str_printf(out, "%*s%-5d", indent, "", p->size);
                add_cells(out, (const double[]){p->wait_p50, p->wait_p95, p->wait_p99}, 3);
                str_add(out, "  ");
                add_cells(out, (const double[]){p->latency_p50, p->latency_p95, p->latency_p99}, 3);
                str_add(out, "  ");
                add_cells(out, (const double[]){p->latency_lo, p->latency_hi}, 2);
                str_add(out, p->size == c->now ? p->size == c->advised ? "  now, right" : "  now" : p->size == c->advised ? "  advised" : "");
                str_add_char(out, '\n');
        }
}

/* ── Picture ────────────────────────────────────────────────────────────────────────────────────────────────────── */

enum { WIDTH = 640, HEIGHT = 300, LEFT = 58, RIGHT = 16, TOP = 34, BOTTOM = 40 };

struct plot {
        const struct curve *c;
        double lo, hi; /* powers of ten, ms */
};

/* The first point at which the load fits, or NULL. */
static const struct curve_point *first_finite(const struct curve *c)
{
        for (size_t i = 0; i < c->points.len; i++)
                if (isfinite(c->points.items[i].latency_p95))
                        return &c->points.items[i];
        return NULL;
}

static double x_of(const struct plot *p, double size)
{
        double first = p->c->points.items[0].size, last = p->c->points.items[p->c->points.len - 1].size;
        return LEFT + (last > first ? (size - first) / (last - first) : 0.5) * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct plot *p, double ms)
{
        double at = log10(fmin(fmax(ms, exp10(p->lo)), exp10(p->hi)));
        return TOP + (p->hi - at) / (p->hi - p->lo) * (HEIGHT - TOP - BOTTOM);
}

static void find_range(struct plot *p)
{
        double most = p->c->objective_ms, least = p->c->objective_ms;
        for (size_t i = 0; i < p->c->points.len; i++) {
                const struct curve_point *q = &p->c->points.items[i];
                if (isfinite(q->latency_p95) && q->latency_p95 > 0) {
                        most = fmax(most, q->latency_p95);
                        least = fmin(least, q->latency_p50 > 0 ? q->latency_p50 : q->latency_p95);
                }
        }
        p->lo = floor(log10(fmax(least, 0.01)));
        p->hi = fmax(p->lo + 1, ceil(log10(fmax(most, 0.1) * 1.05)));
}

static void add_axes(struct str *out, const struct plot *p)
{
        for (double e = p->lo; e <= p->hi; e++) {
                double y = y_of(p, exp10(e));
                str_printf(out, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"currentColor\" stroke-opacity=\".15\"/>"
                           "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g ms</text>\n", LEFT, y, WIDTH - RIGHT, y, LEFT - 6, y + 4, exp10(e));
        }
        double before = -1e9;
        for (size_t i = 0; i < p->c->points.len; i++) {
                int size = p->c->points.items[i].size;
                double x = x_of(p, size);
                if (x - before < 22 && size != p->c->advised && size != p->c->now)
                        continue;
                before = x;
                str_printf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>\n", x, HEIGHT - BOTTOM + 16, size);
        }
        str_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">connections of each process</text>\n", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6);
}

/* A line through the points where the load fits. */
static void add_line(struct str *out, const struct plot *p, size_t offset, const char *colour, bool dashed)
{
        str_printf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s points=\"", colour, dashed ? " stroke-dasharray=\"5 3\"" : "");
        for (size_t i = 0; i < p->c->points.len; i++) {
                const struct curve_point *q = &p->c->points.items[i];
                double ms = *(const double *)((const char *)q + offset);
                if (isfinite(ms))
                        str_printf(out, "%.1f,%.1f ", x_of(p, q->size), y_of(p, ms));
        }
        str_add(out, "\"/>\n");
}

static void add_band(struct str *out, const struct plot *p)
{
        str_add(out, "<polygon fill=\"#2a6f97\" fill-opacity=\".18\" points=\"");
        for (size_t i = 0; i < p->c->points.len; i++)
                if (isfinite(p->c->points.items[i].latency_p95))
                        str_printf(out, "%.1f,%.1f ", x_of(p, p->c->points.items[i].size), y_of(p, p->c->points.items[i].latency_hi));
        for (size_t i = p->c->points.len; i-- > 0;)
                if (isfinite(p->c->points.items[i].latency_p95))
                        str_printf(out, "%.1f,%.1f ", x_of(p, p->c->points.items[i].size), y_of(p, p->c->points.items[i].latency_lo));
        str_add(out, "\"/>\n");
}

static void add_mark(struct str *out, const struct plot *p, int size, const char *word, double y)
{
        const struct curve *c = p->c;
        if (size < c->points.items[0].size || size > c->points.items[c->points.len - 1].size)
                return;
        double x = x_of(p, size);
        bool right = x > WIDTH - 120;
        str_printf(out, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"currentColor\" stroke-opacity=\".5\"/>"
                   "<text x=\"%.1f\" y=\"%.1f\"%s>%s: %d</text>\n", x, TOP, x, HEIGHT - BOTTOM, right ? x - 4 : x + 4, y, right ? " text-anchor=\"end\"" : "", word, size);
}

/* Below this many sizes the load does not fit: a grey field says so. */
static void add_overload(struct str *out, const struct plot *p, const struct curve_point *first)
{
        double x = x_of(p, first ? first->size : 0), from = x_of(p, p->c->points.items[0].size);
        if (first && x > from)
                str_printf(out, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#b3261e\" fill-opacity=\".12\"/>"
                           "<text x=\"%.1f\" y=\"%d\">too few</text>\n", from, TOP, x - from, HEIGHT - TOP - BOTTOM, from + 3, HEIGHT - BOTTOM - 6);
}

void curve_svg(struct str *out, const struct curve *c)
{
        struct plot p = {.c = c};
        if (!c->points.len)
                return;
        find_range(&p);
        str_printf(out, "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" font-family=\"system-ui,sans-serif\" font-size=\"12\" fill=\"currentColor\"><title>",
                   WIDTH, HEIGHT, WIDTH, HEIGHT);
        encode_xml(out, c->subject ? c->subject : "");
        str_add(out, ": predicted wait and latency by size</title>\n");
        add_overload(out, &p, first_finite(c));
        add_axes(out, &p);
        add_band(out, &p);
        add_line(out, &p, offsetof(struct curve_point, latency_p50), "#6b8fa8", false);
        add_line(out, &p, offsetof(struct curve_point, latency_p95), "#2a6f97", false);
        add_line(out, &p, offsetof(struct curve_point, wait_p95), "#d9822b", true);
        add_mark(out, &p, c->now, "now", TOP + 12);
        add_mark(out, &p, c->advised, "advised", TOP + 28);
        str_printf(out, "<text x=\"%d\" y=\"18\"><tspan fill=\"#2a6f97\">latency p95 with its interval</tspan><tspan dx=\"14\" fill=\"#6b8fa8\">latency p50</tspan>"
                   "<tspan dx=\"14\" fill=\"#d9822b\">wait p95</tspan></text>\n</svg>\n", LEFT);
}

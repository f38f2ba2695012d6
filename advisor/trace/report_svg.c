/* The curve as a picture: hit ratio over size (logarithmic), its interval, the size now and the advised one. No script. */
#include "base/cleanup.h"
#include "trace/report.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 760, HEIGHT = 430, LEFT = 60, RIGHT = 170, TOP = 40, BOTTOM = 50 };

static double x_of(const struct report *r, double size)
{
        double lo = log(r->points[0].size), hi = log(r->points[r->n - 1].size);
        double at = hi > lo ? (log(fmax(size, r->points[0].size)) - lo) / (hi - lo) : 0;
        return LEFT + fmin(at, 1) * (WIDTH - LEFT - RIGHT);
}

static double y_of(double miss)
{
        return TOP + miss * (HEIGHT - TOP - BOTTOM);
}

static void add_xml(struct str *out, const char *text)
{
        CLEANUP(str_release) struct str visible = {0};
        str_add_visible(&visible, text, false);
        for (const char *p = str_text(&visible); *p; p++)
                if (strchr("<>&\"", *p))
                        str_printf(out, "&#%d;", *p);
                else
                        str_add_char(out, *p);
}

static void add_text(struct str *out, double x, double y, const char *anchor, const char *text)
{
        str_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
        add_xml(out, text);
        str_add(out, "</text>\n");
}

static void add_axes(const struct report *r, struct str *out)
{
        char text[32];
        for (int percent = 0; percent <= 100; percent += 20) {
                double y = y_of(1 - percent / 100.0);
                str_printf(out, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>\n", LEFT, y, WIDTH - RIGHT, y);
                str_printf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d %%</text>\n", LEFT - 6, y + 4, percent);
        }
        for (int i = 0; i <= 4; i++) {
                double size = exp(log(r->points[0].size) + (log(r->points[r->n - 1].size) - log(r->points[0].size)) * i / 4);
                add_text(out, x_of(r, size), HEIGHT - BOTTOM + 18, "middle", report_size(text, r->axis, size < 100 ? ceil(size) : size));
        }
        add_text(out, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 10, "middle", r->axis == CURVE_OBJECTS ? "cache size in objects" : "cache size");
        add_text(out, LEFT, TOP - 22, "start", r->trace);
        add_text(out, LEFT, TOP - 8, "start", "hit ratio");
}

static void add_interval(const struct report *r, struct str *out)
{
        if (r->totals.sampled_frac >= 1)
                return;
        str_add(out, "<polygon fill=\"#1f5fa8\" fill-opacity=\"0.15\" points=\"");
        for (size_t i = 0; i < r->n; i++)
                str_printf(out, "%.1f,%.1f ", x_of(r, r->points[i].size), y_of(r->points[i].lo));
        for (size_t i = r->n; i-- > 0;)
                str_printf(out, "%.1f,%.1f ", x_of(r, r->points[i].size), y_of(r->points[i].hi));
        str_add(out, "\"/>\n");
}

static void add_line(const struct report *r, struct str *out)
{
        str_add(out, "<polyline fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"2\" points=\"");
        for (size_t i = 0; i < r->n; i++)
                str_printf(out, "%.1f,%.1f ", x_of(r, r->points[i].size), y_of(r->points[i].miss));
        str_add(out, "\"/>\n");
        str_printf(out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#1f5fa8\" stroke-width=\"2\"/>\n", WIDTH - RIGHT + 12, TOP + 10, WIDTH - RIGHT + 30, TOP + 10);
        add_text(out, WIDTH - RIGHT + 36, TOP + 14, "start", "LRU");
}

static void add_mark(const struct report *r, const struct curve_point *p, const char *word, double dy, struct str *out)
{
        if (isnan(p->size))
                return;
        double x = x_of(r, p->size), y = y_of(p->miss);
        str_printf(out, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#888\" stroke-dasharray=\"2 3\"/>\n", x, HEIGHT - BOTTOM, x, y);
        str_printf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"#1f5fa8\"/>\n", x, y);
        add_text(out, x + 6, y + dy, "start", word);
}

void report_svg(const struct report *r, struct str *out)
{
        str_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n",
                   WIDTH, HEIGHT, WIDTH, HEIGHT);
        str_printf(out, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", WIDTH, HEIGHT);
        if (r->n) {
                add_axes(r, out);
                add_interval(r, out);
                add_line(r, out);
                add_mark(r, &r->now, "now", 16, out);
                add_mark(r, &r->advised, "advised", -8, out);
        }
        str_add(out, "</svg>\n");
}

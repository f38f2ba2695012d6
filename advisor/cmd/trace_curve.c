/* trace curve: reads traces in one pass and shows what each size of a cache would have missed. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/num.h"
#include "cmd/trace.h"
#include "trace/report.h"

#include <math.h>
#include <string.h>

struct reading {
        struct app *app;
        struct curve_options options;
        struct curve *curve; /* NULL until the first trace tells whether it has sizes, which take a third more memory and time */
        struct report report;
        int64_t first_us, last_us;
        bool has_time, has_size, alone; /* alone: the only trace */
};

DEFINE_CLEANUP(struct curve *, curve_free)

/* "10000" is objects, "64MB" bytes. */
static int parse_size(const char *text, double *ret_size, enum curve_axis *ret_axis, struct err *err)
{
        int64_t n;
        bool unit = strcspn(text, "0123456789.") < strlen(text) && text[strspn(text, "0123456789.")] != '\0';
        if (num_parse_bytes(text, &n, err) < 0 || n <= 0)
                return err_set(err, ERR_USAGE, "'%s' is no size of a cache: 10000 (objects) or 64MB", text);
        *ret_size = (double)n;
        *ret_axis = unit ? CURVE_BYTES : CURVE_OBJECTS;
        return 0;
}

static int read_trace(struct reading *g, const char *path, const char *format, struct err *err)
{
        CLEANUP(trace_close) struct trace *t = NULL;
        struct cache_request *batch = arena_alloc(g->app->arena, TRACE_BATCH * sizeof *batch);
        size_t n;
        int r = trace_open(path, format, &t, err);
        if (r < 0)
                return r;
        if (!g->curve) {
                g->options.sizes = g->options.sizes && !(g->alone && trace_counts(t)->sizeless);
                g->curve = curve_new(&g->options);
        }
        g->report.format = trace_format(t);
        while ((r = trace_read(t, batch, TRACE_BATCH, &n, err)) == 0 && n) {
                curve_add(g->curve, batch, n);
                trace_progress(g->app, path, t, "read");
        }
        app_progress(g->app, NULL);
        const struct trace_counts *c = trace_counts(t);
        trace_notes(g->app, path, t);
        g->has_time |= c->has_time && c->last_us > c->first_us;
        g->has_size |= c->without_size < c->requests;
        g->first_us = g->first_us ? g->first_us : c->first_us;
        g->last_us = c->last_us;
        return r;
}

static int write_report(const struct report *r, const char *output, struct err *err)
{
        static const struct {
                const char *name;
                void (*write)(const struct report *r, struct str *out);
        } formats[] = {{"text", report_text}, {"json", report_json}, {"csv", report_csv}, {"svg", report_svg}};
        CLEANUP(str_release) struct str text = {0};
        size_t n = strcspn(output, ":");
        for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
                if (strlen(formats[i].name) != n || strncmp(formats[i].name, output, n) != 0)
                        continue;
                formats[i].write(r, &text);
                if (output[n])
                        return fs_write_output(output + n + 1, str_text(&text), text.len, 0600, err);
                fwrite(str_text(&text), 1, text.len, stdout);
                return 0;
        }
        err_set(err, ERR_USAGE, "a curve is not written as '%s'", output);
        return err_hint(err, "Formats are text, json, csv and svg; FORMAT:FILE writes into a file.");
}

int trace_curve(struct app *app, struct trace_request *q, struct err *err)
{
        double now = NAN;
        enum curve_axis axis = CURVE_AXIS_COUNT;
        int r = q->size ? parse_size(q->size, &now, &axis, err) : 0;
        if (r < 0 || (r = app_config(app, err)) < 0)
                return r;
        struct reading g = {.app = app,
                            .options = {.memory_bytes = q->memory_bytes, .seed = (uint64_t)q->seed, .sizes = axis != CURVE_OBJECTS},
                            .alone = q->count == 1,
                            .report = {.trace = fs_basename(q->files[0]), .span_s = NAN}};
        for (int i = 0; i < q->count && r == 0; i++)
                r = read_trace(&g, q->files[i], q->format, err);
        CLEANUP(curve_free) struct curve *c = g.curve;
        if (r < 0)
                return r;
        if (axis == CURVE_BYTES && !g.has_size)
                return err_set(err, ERR_UNKNOWN, "'%s' has no sizes of objects; a size in objects can be asked for", q->files[0]);
        if (axis == CURVE_AXIS_COUNT)
                axis = g.has_size ? CURVE_BYTES : CURVE_OBJECTS;
        g.report.span_s = g.has_time ? (double)(g.last_us - g.first_us) / 1e6 : NAN;
        report_fill(&g.report, c, axis, now, app->config->objectives[FIGURE_CACHE_HIT]);
        if (!g.has_size)
                g.report.totals.keys_bytes = NAN;
        if (!q->outputs.len)
                *vec_push(app->arena, &q->outputs) = "text";
        for (size_t i = 0; i < q->outputs.len && r == 0; i++)
                r = write_report(&g.report, q->outputs.items[i], err);
        return r;
}

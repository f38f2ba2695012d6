#include "out/out.h"
#include "base/cleanup.h"
#include "base/num.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct output *const output_all[] = {
#define OUTPUT(name) &output_##name,
#include "out/outs.def"
#undef OUTPUT
        NULL,
};

const struct output *output_by_name(const char *name)
{
        for (const struct output *const *o = output_all; *o; o++)
                if (!strcmp((*o)->name, name))
                        return *o;
        return NULL;
}

static const char *value_in(char buf[32], const char *unit, double v)
{
        if (!strcmp(unit, "ms"))
                return num_ms(buf, v);
        if (!strcmp(unit, "s"))
                return num_ms(buf, v * 1000);
        if (!strcmp(unit, "frac"))
                return num_percent(buf, v);
        if (!strcmp(unit, "MB"))
                return num_bytes(buf, v * 1024 * 1024);
        if (isnan(v))
                snprintf(buf, 32, "unknown");
        else
                snprintf(buf, 32, v >= 100 || v == floor(v) ? "%.0f" : "%.2g", v);
        return buf;
}

const char *out_figure_value(char buf[32], const struct figure_spec *spec, double v)
{
        return value_in(buf, spec->unit, v);
}

const char *out_verdict(const struct analysis *a, const struct config *config, int figure)
{
        double v = a->figures[figure].value, target = config->objectives[figure];
        if (isnan(v))
                return "unknown";
        return (figure_specs[figure].more_is_better ? v > target : v < target) ? "met" : "missed";
}

/* No prediction is as exact as 0.00 ms. */
static const char *predicted(char buf[32], const char *unit, double v)
{
        return !strcmp(unit, "ms") && v >= 0 && v < 0.1 ? "<0.1 ms" : value_in(buf, unit, v);
}

const char *out_effect(struct arena *arena, const struct effect *e)
{
        char before[32], after[32], lo[32], hi[32];
        const char *interval = isnan(e->lo) || isnan(e->hi)
                                       ? ""
                                       : arena_printf(arena, " (%s .. %s)", predicted(lo, e->unit, e->lo), predicted(hi, e->unit, e->hi));
        const char *figure = e->figure;
        for (int i = 0; i < FIGURE_COUNT; i++)
                if (!strcmp(figure_specs[i].name, e->figure))
                        figure = figure_specs[i].title;
        const char *unit = !strcmp(e->unit, "ms") || !strcmp(e->unit, "s") || !strcmp(e->unit, "frac") || !strcmp(e->unit, "MB") ? "" : e->unit;
        return arena_printf(arena, "%s: %s -> %s%s%s%s%s%s", figure, value_in(before, e->unit, e->before), predicted(after, e->unit, e->after),
                            *unit ? " " : "", unit, interval, e->method ? ", by " : "", e->method ? e->method : "");
}

static const char *place(struct arena *a, const struct change *c)
{
        if (c->path && c->line > 0)
                return arena_printf(a, "%s:%d", c->path, c->line);
        return c->path ? c->path : c->object ? c->object : "";
}

const char *out_change(struct arena *a, const struct change *c)
{
        const char *text;
        if (c->forward_sql)
                text = c->forward_sql;
        else if (c->kind == CHANGE_file_whole || c->kind == CHANGE_schedule)
                text = arena_printf(a, "%s %s", !c->after ? "remove" : c->before ? "replace" : "write", place(a, c));
        else if (c->kind == CHANGE_cron_line)
                text = arena_printf(a, "%s: %s", place(a, c), c->after ? c->after : "(no line)");
        else
                text = arena_printf(a, "%s%s%s: %s -> %s", place(a, c), c->key_path ? "\n" : "", c->key_path ? c->key_path : "",
                                    c->before ? c->before : "(nothing)", c->after ? c->after : "(nothing)");
        return c->restart ? arena_printf(a, "%s\n(takes effect after: %s)", text, c->restart) : text;
}

size_t out_count(const struct analysis *a, enum severity severity, bool acknowledged)
{
        size_t n = 0;
        for (size_t i = 0; i < a->findings.len; i++)
                n += a->findings.items[i].severity == severity && !a->findings.items[i].acknowledged == !acknowledged;
        return n;
}

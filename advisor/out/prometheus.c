/* The text format of Prometheus, for the textfile collector: counts of findings by rule, the six figures and their targets. */
#include "out/encode.h"
#include "out/out.h"

#include <math.h>
#include <string.h>

static void header(struct str *out, const char *name, const char *help)
{
        str_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void sample(struct str *out, const char *name, const char *label, const char *value, const char *severity, double v)
{
        str_printf(out, "%s{%s=\"", name, label);
        encode_label(out, value);
        if (severity)
                str_printf(out, "\",severity=\"%s", severity);
        str_printf(out, "\"} %.15g\n", v);
}

static size_t count(const struct analysis *a, const char *rule, int severity)
{
        size_t n = 0;
        for (size_t i = 0; i < a->findings.len; i++) {
                const struct finding *f = &a->findings.items[i];
                n += !f->acknowledged && (int)f->severity == severity && !strcmp(f->rule, rule);
        }
        return n;
}

/* A rule that found nothing shows a zero at the severity it could reach: an alert then ends instead of going stale. */
static void add_findings(struct str *out, const struct analysis *a)
{
        header(out, "perfadvise_findings", "Findings that nobody acknowledged.");
        for (size_t i = 0; i < a->outcomes.len; i++) {
                const struct rule_outcome *o = &a->outcomes.items[i];
                if (!strcmp(o->status, "unknown"))
                        continue;
                for (int s = 0; s < SEVERITY_COUNT; s++) {
                        size_t n = count(a, o->rule, s);
                        if (n || s == (int)o->highest)
                                sample(out, "perfadvise_findings", "rule", o->rule, severity_names[s], (double)n);
                }
        }
        header(out, "perfadvise_rule_unknown", "Rules that could not be judged.");
        for (size_t i = 0; i < a->outcomes.len; i++)
                if (!strcmp(a->outcomes.items[i].status, "unknown"))
                        sample(out, "perfadvise_rule_unknown", "rule", a->outcomes.items[i].rule, NULL, 1);
}

static int write_prometheus(const struct analysis *a, const struct config *config, const struct out_options *options, struct str *out, struct err *err)
{
        (void)err;
        add_findings(out, a);
        header(out, "perfadvise_unparsed_files", "Source files that do not parse or could not be read.");
        str_printf(out, "perfadvise_unparsed_files %zu\n", a->unparsed.len);
        if (options->no_figures)
                return 0;
        header(out, "perfadvise_figure", "The six figures, in the unit of their name; absent where unknown.");
        for (int i = 0; i < FIGURE_COUNT; i++)
                if (!isnan(a->figures[i].value))
                        sample(out, "perfadvise_figure", "figure", figure_specs[i].name, NULL, a->figures[i].value);
        header(out, "perfadvise_figure_target", "What the figure should reach.");
        for (int i = 0; i < FIGURE_COUNT; i++)
                sample(out, "perfadvise_figure_target", "figure", figure_specs[i].name, NULL, config->objectives[i]);
        return 0;
}

const struct output output_prometheus = {.name = "prometheus", .doc = "metrics, for the textfile collector", .write = write_prometheus};

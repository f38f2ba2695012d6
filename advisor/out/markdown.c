/* Markdown for pull requests and wikis: the same order as the text. Text from outside cannot break out of its cell or list item. */
#include "base/cleanup.h"
#include "out/curve.h"
#include "out/markdown.h"

#include <string.h>

void markdown_add(struct str *out, const char *text)
{
        CLEANUP(str_release) struct str visible = {0};
        str_add_visible(&visible, text, false);
        for (const char *c = str_text(&visible); *c; c++) {
                if (strchr("\\`*_[]<>|#", *c))
                        str_add_char(out, '\\');
                str_add_char(out, *c);
        }
}

/* A fence longer than any run of backquotes in the text. */
static void add_code(struct str *out, const char *text)
{
        size_t longest = 0, run = 0;
        for (const char *c = text; *c; c++) {
                run = *c == '`' ? run + 1 : 0;
                longest = run > longest ? run : longest;
        }
        CLEANUP(str_release) struct str fence = {0};
        for (size_t i = 0; i < (longest < 3 ? 3 : longest + 1); i++)
                str_add_char(&fence, '`');
        str_printf(out, "\n%s\n", str_text(&fence));
        str_add_visible(out, text, true);
        str_printf(out, "\n%s\n", str_text(&fence));
}

static void add_figures(struct str *out, const struct analysis *a, const struct config *config)
{
        str_add(out, "| figure | measured | target | |\n|---|---:|---:|---|\n");
        for (int i = 0; i < FIGURE_COUNT; i++) {
                char value[32], target[32];
                const char *verdict = out_verdict(a, config, i);
                str_printf(out, "| %s | %s | %s %s | %s", figure_specs[i].title,
                           strcmp(verdict, "unknown") ? out_figure_value(value, &figure_specs[i], a->figures[i].value) : "unknown",
                           figure_specs[i].more_is_better ? "\\>" : "\\<", out_figure_value(target, &figure_specs[i], config->objectives[i]), verdict);
                if (!strcmp(verdict, "unknown") && a->figures[i].reason) {
                        str_add(out, ": ");
                        markdown_add(out, a->figures[i].reason);
                }
                str_add(out, " |\n");
        }
}

static void add_item(struct str *out, const char *label, const char *text)
{
        if (!text || !*text)
                return;
        str_printf(out, "- %s: ", label);
        markdown_add(out, text);
        str_add_char(out, '\n');
}

static void add_recommendation(struct str *out, struct arena *arena, const struct recommendation *r, size_t nth)
{
        str_printf(out, "\n### %zu. ", nth);
        markdown_add(out, r->title);
        str_add(out, "\n\n");
        for (size_t i = 0; i < r->evidence.len; i++)
                add_item(out, r->evidence.items[i].label, r->evidence.items[i].value);
        for (size_t i = 0; i < r->effects.len; i++)
                add_item(out, "effect", out_effect(arena, &r->effects.items[i]));
        add_item(out, "cost", r->cost);
        add_item(out, "risk", r->risk_why ? arena_printf(arena, "%s: %s", risk_names[r->risk], r->risk_why) : risk_names[r->risk]);
        add_item(out, "undo", r->undo);
        add_item(out, "rule", r->rule);
        for (size_t i = 0; i < r->curves.len; i++) {
                CLEANUP(str_release) struct str table = {0};
                str_printf(&table, "%s\n", r->curves.items[i].subject);
                curve_text(&table, &r->curves.items[i], 0);
                add_code(out, str_text(&table));
        }
        for (size_t i = 0; i < r->changes.len; i++)
                add_code(out, out_change(arena, &r->changes.items[i]));
}

static void add_findings(struct str *out, struct arena *arena, const struct analysis *a, bool verbose)
{
        for (int s = SEVERITY_COUNT - 1; s >= 0; s--) {
                bool any = false;
                for (size_t i = 0; i < a->findings.len; i++) {
                        const struct finding *f = &a->findings.items[i];
                        if ((int)f->severity != s || f->acknowledged || (!verbose && finding_is_inventory(f)))
                                continue;
                        if (!any)
                                str_printf(out, "\n## %s\n\n", severity_names[s]);
                        any = true;
                        str_printf(out, "- **%s** ", f->rule);
                        if (f->file) {
                                markdown_add(out, arena_printf(arena, "%s:%d", f->file, f->line));
                                str_add(out, ": ");
                        }
                        markdown_add(out, f->message);
                        if (f->cost)
                                str_add(out, "; "), markdown_add(out, f->cost);
                        if (f->fix) {
                                str_add(out, " Fix: ");
                                markdown_add(out, f->fix);
                        }
                        str_printf(out, " (`%s`)\n", f->key);
                }
        }
}

/* Where things are decided, a line a rule. */
static void add_inventory(struct str *out, const struct analysis *a, bool verbose)
{
        bool any = false;
        for (size_t i = 0; i < a->outcomes.len && !verbose; i++) {
                size_t n = 0;
                for (size_t k = 0; k < a->findings.len; k++)
                        n += !strcmp(a->findings.items[k].rule, a->outcomes.items[i].rule) && finding_is_inventory(&a->findings.items[k]);
                if (!n)
                        continue;
                str_add(out, any ? "" : "\n## inventory\n\n");
                any = true;
                str_printf(out, "- **%s** %zu place%s: ", a->outcomes.items[i].rule, n, n == 1 ? "" : "s");
                markdown_add(out, a->outcomes.items[i].title ? a->outcomes.items[i].title : "");
                str_add_char(out, '\n');
        }
}

static void add_unknown(struct str *out, const struct analysis *a)
{
        bool any = false;
        for (size_t i = 0; i < a->outcomes.len; i++) {
                const struct rule_outcome *o = &a->outcomes.items[i];
                if (strcmp(o->status, "unknown"))
                        continue;
                if (!any)
                        str_add(out, "\n## Not judged\n\n");
                any = true;
                add_item(out, o->rule, o->reason ? o->reason : "unknown");
        }
}

static int write_markdown(const struct analysis *a, const struct config *config, const struct out_options *options, struct str *out, struct err *err)
{
        (void)err;
        struct arena *arena = arena_new();
        str_add(out, "# perfadvise\n\n");
        if (options->subtitle) {
                markdown_add(out, options->subtitle);
                str_add(out, "\n\n");
        }
        if (!options->no_figures)
                add_figures(out, a, config);
        if (a->recommendations.len)
                str_add(out, "\n## Recommendations\n");
        for (size_t i = 0; i < a->recommendations.len; i++)
                add_recommendation(out, arena, &a->recommendations.items[i], i + 1);
        add_findings(out, arena, a, options->verbose);
        add_inventory(out, a, options->verbose);
        add_unknown(out, a);
        arena_free(arena);
        return 0;
}

const struct output output_markdown = {.name = "markdown", .doc = "for pull requests and wikis", .write = write_markdown};

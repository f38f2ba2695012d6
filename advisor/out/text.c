/*
 * For people at 80 columns: the six figures, then recommendations by predicted effect, then findings by severity, then what could
 * not be judged and why.
 */
#include "out/text.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "base/wrap.h"
#include "out/curve.h"

#include <math.h>
#include <string.h>

enum { FIXES_SHOWN = 8 };

void text_paint(struct page *p, const char *colour, const char *text)
{
        if (p->options->colour)
                str_printf(p->out, "\033[%sm", colour);
        str_add_visible(p->out, text, false);
        if (p->options->colour)
                str_add(p->out, "\033[0m");
}

static void pad(struct str *out, size_t n)
{
        while (n--)
                str_add_char(out, ' ');
}

void text_wrap(struct page *p, size_t at, size_t indent, const char *text)
{
        CLEANUP(str_release) struct str visible = {0};
        CLEANUP(str_release) struct str rail = {0};
        pad(&rail, indent);
        str_add_visible(&visible, text, true);
        char *rest = visible.buf, *line = rest ? strsep(&rest, "\n") : NULL;
        wrap_words(p->out, at, WIDTH, str_text(&rail), line ? line : "");
        while (rest && *rest) {
                line = strsep(&rest, "\n");
                str_add(p->out, str_text(&rail));
                wrap_words(p->out, indent, WIDTH, str_text(&rail), line);
        }
}

void text_labelled(struct page *p, size_t indent, const char *label, const char *text)
{
        if (!text || !*text)
                return;
        pad(p->out, indent);
        str_printf(p->out, "%s ", label);
        text_wrap(p, indent + strlen(label) + 1, indent + strlen(label) + 1, text);
}

static void labelled(struct page *p, const char *label, const char *text)
{
        if (!text || !*text)
                return;
        str_printf(p->out, "   %-9s", label);
        text_wrap(p, 12, 12, text);
}

static void write_figures(struct page *p)
{
        str_printf(p->out, "%-24s %10s   %-9s\n", "", "measured", "target");
        for (int i = 0; i < FIGURE_COUNT; i++) {
                const struct figure_spec *spec = &figure_specs[i];
                const struct figure *f = &p->a->figures[i];
                char value[32], target[32];
                const char *verdict = out_verdict(p->a, p->config, i);
                bool unknown = !strcmp(verdict, "unknown");
                str_printf(p->out, "%-24s %10s   %c %-7s ", spec->title, unknown ? "unknown" : out_figure_value(value, spec, f->value),
                           spec->more_is_better ? '>' : '<', out_figure_value(target, spec, p->config->objectives[i]));
                if (unknown) {
                        text_wrap(p, 48, 48, f->reason ? f->reason : "not measured");
                } else {
                        text_paint(p, !strcmp(verdict, "met") ? "32" : "31;1", verdict);
                        str_add_char(p->out, '\n');
                        if (f->reason && *f->reason)
                                str_add(p->out, "    "), text_wrap(p, 4, 4, f->reason);
                }
        }
}

/* Hunks as they are, without the heading of the file, which the label names: a diff that is wrapped is none. */
static void write_diff(struct page *p, const struct recommendation *r)
{
        const char *line = r->diff;
        bool labelled_yet = false;
        for (size_t len; *line; line += len + (line[len] == '\n')) {
                len = strcspn(line, "\n");
                if (!strncmp(line, "--- ", 4))
                        continue;
                CLEANUP(str_release) struct str text = {0};
                bool is_name = !strncmp(line, "+++ b/", 6);
                str_add_visible(&text, is_name ? arena_printf(p->arena, "%.*s", (int)len - 5, line + 5) : arena_strndup(p->arena, line, len), false);
                str_printf(p->out, "%s%s", labelled_yet ? "            " : "   change   ", is_name ? "" : "  ");
                labelled_yet = true;
                if (p->options->colour && (*line == '+' || *line == '-') && !is_name)
                        str_printf(p->out, "\033[%sm%s\033[0m\n", *line == '+' ? "32" : "31", str_text(&text));
                else
                        str_printf(p->out, "%s\n", str_text(&text));
        }
        if (r->changes.items[0].restart)
                labelled(p, "", arena_printf(p->arena, "(takes effect after a restart of: %s)", r->changes.items[0].restart));
}

static bool same(const char *a, const char *b)
{
        return a == b || (a && b && !strcmp(a, b));
}

/* Fixes of one kind differ in the place alone, which is their first evidence. */
static bool reads_alike(struct page *p, const struct recommendation *a, const struct recommendation *b)
{
        bool alike = same(a->rule, b->rule) && same(a->cost, b->cost) && same(a->risk_why, b->risk_why) && a->risk == b->risk && same(a->undo, b->undo) &&
                     a->evidence.len > 1 && a->evidence.len == b->evidence.len && a->effects.len == b->effects.len;
        for (size_t i = 1; alike && i < a->evidence.len; i++)
                alike = same(a->evidence.items[i].label, b->evidence.items[i].label) && same(a->evidence.items[i].value, b->evidence.items[i].value);
        for (size_t i = 0; alike && i < a->effects.len; i++)
                alike = same(out_effect(p->arena, &a->effects.items[i]), out_effect(p->arena, &b->effects.items[i]));
        return alike;
}

/* The first one before it that says the same of effect, cost, risk and undo; its number from 1, or 0. */
static size_t said_in(struct page *p, size_t i)
{
        for (size_t k = 0; k < i; k++)
                if (reads_alike(p, &p->a->recommendations.items[k], &p->a->recommendations.items[i]))
                        return k + 1;
        return 0;
}

static void write_reasons(struct page *p, const struct recommendation *r)
{
        for (size_t e = 0; e < r->evidence.len; e++)
                labelled(p, e ? "" : "because", arena_printf(p->arena, "%s: %s", r->evidence.items[e].label, r->evidence.items[e].value));
        for (size_t e = 0; e < r->curves.len; e++) {
                if (r->curves.len > 1)
                        labelled(p, e ? "" : "curves", r->curves.items[e].subject);
                curve_text(p->out, &r->curves.items[e], 12);
        }
        for (size_t e = 0; e < r->effects.len; e++)
                labelled(p, e ? "" : "effect", out_effect(p->arena, &r->effects.items[e]));
        labelled(p, "cost", r->cost);
        labelled(p, "risk", r->risk_why ? arena_printf(p->arena, "%s: %s", risk_names[r->risk], r->risk_why) : risk_names[r->risk]);
}

static void write_recommendation(struct page *p, size_t i)
{
        const struct recommendation *r = &p->a->recommendations.items[i];
        size_t first = said_in(p, i);
        str_printf(p->out, "\n%2zu. ", i + 1);
        if (p->options->colour)
                str_add(p->out, "\033[1m");
        CLEANUP(str_release) struct str title = {0};
        str_printf(&title, "%s  [%s]", r->title, r->rule);
        text_wrap(p, 4, 4, str_text(&title));
        if (p->options->colour)
                str_add(p->out, "\033[0m");
        if (first)
                labelled(p, "because", arena_printf(p->arena, "%s: %s; effect, cost, risk and undo as in %zu", r->evidence.items[0].label, r->evidence.items[0].value, first));
        else
                write_reasons(p, r);
        for (size_t c = 0; c < r->changes.len && !r->diff; c++)
                labelled(p, c ? "" : "change", out_change(p->arena, &r->changes.items[c]));
        if (r->diff)
                write_diff(p, r);
        labelled(p, "undo", first ? NULL : r->undo);
        labelled(p, "key", r->key);
}

static void write_recommendations(struct page *p)
{
        if (!p->a->recommendations.len)
                return;
        str_add_char(p->out, '\n');
        text_paint(p, "1", p->options->no_figures ? "Fixes that can be written" : "Recommendations, by predicted effect");
        str_add_char(p->out, '\n');
        size_t n = p->a->recommendations.len, shown = p->options->no_figures && !p->options->verbose && n > FIXES_SHOWN ? FIXES_SHOWN : n;
        for (size_t i = 0; i < shown; i++)
                write_recommendation(p, i);
        if (shown < n)
                str_printf(p->out, "\nand %zu more (--verbose shows all)\n", n - shown);
        if (p->a->change_set)
                str_printf(p->out, "\nChange-set %s holds them: `perfadvise apply --dry-run` shows the exact diff.\n", p->a->change_set);
}

void text_part(struct page *p)
{
        if (p->out->len)
                str_add_char(p->out, '\n');
}

static bool is_unknown(const struct rule_outcome *o, const char *reason)
{
        return !strcmp(o->status, "unknown") && o->reason && !strcmp(o->reason, reason);
}

/* One line for each reason, with all rules that it holds up, where the first of them stands. */
static void write_reason(struct page *p, size_t first)
{
        const struct rule_outcome *o = p->a->outcomes.items;
        if (strcmp(o[first].status, "unknown") || !o[first].reason)
                return;
        for (size_t i = 0; i < first; i++)
                if (is_unknown(&o[i], o[first].reason))
                        return;
        CLEANUP(str_release) struct str line = {0};
        str_printf(&line, "%s - needed by", o[first].reason);
        for (size_t i = first, n = 0; i < p->a->outcomes.len; i++)
                if (is_unknown(&o[i], o[first].reason))
                        str_printf(&line, "%s %s", n++ ? "," : "", o[i].rule);
        str_add(p->out, "  ");
        text_wrap(p, 2, 6, str_text(&line));
}

static void write_unknown(struct page *p)
{
        size_t unknown = 0, fired = 0, silent = 0;
        for (size_t i = 0; i < p->a->outcomes.len; i++) {
                const char *s = p->a->outcomes.items[i].status;
                unknown += !strcmp(s, "unknown");
                fired += !strcmp(s, "fired");
                silent += !strcmp(s, "silent");
        }
        str_printf(p->out, "\n%zu rule%s fired, %zu found nothing, %zu could not be judged", fired, num_s((double)fired), silent, unknown);
        str_add(p->out, unknown ? ":\n" : ".\n");
        for (size_t i = 0; i < p->a->outcomes.len; i++)
                write_reason(p, i);
        for (size_t i = 0; i < p->a->notes.len; i++) {
                str_add(p->out, "  ");
                text_wrap(p, 2, 6, arena_printf(p->arena, "%s: %s", p->a->notes.items[i].label, p->a->notes.items[i].value));
        }
}

static int write_text(const struct analysis *a, const struct config *config, const struct out_options *options, struct str *out, struct err *err)
{
        (void)err;
        struct page p = {.out = out, .arena = arena_new(), .a = a, .config = config, .options = options};
        if (options->subtitle) {
                text_wrap(&p, 0, 0, options->subtitle);
                str_add_char(out, '\n');
        }
        if (!options->no_figures)
                write_figures(&p);
        if (!options->no_figures)
                write_recommendations(&p);
        text_findings(&p);
        if (options->no_figures) /* in a terminal the last lines are read first: what can be done stands below what is wrong */
                write_recommendations(&p);
        text_unparsed(&p);
        text_quiet(&p);
        write_unknown(&p);
        arena_free(p.arena);
        return 0;
}

const struct output output_text = {.name = "text", .doc = "for people, readable at 80 columns", .write = write_text};

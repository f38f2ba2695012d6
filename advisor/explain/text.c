/* The plan as a tree for a terminal of 80 columns: a node, what it costs, its conditions, and what is wrong with it. */
#include "base/num.h"
#include "base/wrap.h"
#include "explain/explain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 80, INDENT_MAX = 40 };

struct writer {
        struct arena *arena;
        struct str *out;
        bool colour, unicode;
};

/* ── Words ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

const char *explain_title(struct arena *a, const struct explained_node *n)
{
        CLEANUP(str_release) struct str s = {0};
        const char *type = n->type ? n->type : "?";
        if (n->subplan)
                str_printf(&s, "%s: ", n->subplan);
        if (!strcmp(type, "Aggregate") && n->strategy && strcmp(n->strategy, "Plain"))
                str_printf(&s, "%s Aggregate", n->strategy);
        else if (n->join_type && strcmp(n->join_type, "Inner"))
                str_printf(&s, "%s (%s)", type, n->join_type);
        else
                str_add(&s, type);
        if (n->index)
                str_printf(&s, " using %s", n->index);
        if (n->relation)
                str_printf(&s, " on %s%s%s", n->schema && strcmp(n->schema, "public") ? n->schema : "", n->schema && strcmp(n->schema, "public") ? "." : "", n->relation);
        if (n->alias && (!n->relation || strcmp(n->alias, n->relation)))
                str_printf(&s, " %s", n->alias);
        return arena_strdup(a, str_text(&s));
}

/* ["a", "b DESC"] without the brackets of JSON. */
static const char *list_words(struct arena *a, const char *json)
{
        CLEANUP(str_release) struct str s = {0};
        for (const char *p = json + 1; *p && p[1]; p++)
                if (*p == '\\' && p[1])
                        str_add_char(&s, *++p);
                else if (*p == ',' && p[-1] == '"')
                        str_add(&s, ", ");
                else if (*p != '"')
                        str_add_char(&s, *p);
        return arena_strdup(a, str_text(&s));
}

const char *explain_detail(struct arena *a, const struct explained_node *n, int i)
{
        const struct {
                const char *label, *text;
        } details[] = {{"index cond", n->index_cond}, {"recheck", n->recheck_cond}, {"join", n->join_cond}, {"join filter", n->join_filter}, {"filter", n->filter},
                       {"sort by", n->sort_key ? list_words(a, n->sort_key) : NULL}, {"group by", n->group_key ? list_words(a, n->group_key) : NULL}, {"spill", n->spill}};
        for (size_t k = 0; k < sizeof details / sizeof *details; k++)
                if (details[k].text && i-- == 0)
                        return arena_printf(a, "%s: %s", details[k].label, details[k].text);
        return NULL;
}

static void paint(struct writer *w, const char *colour, const char *text)
{
        CLEANUP(str_release) struct str shown = {0};
        str_add_visible(&shown, text, false);
        if (w->colour && colour)
                str_printf(w->out, "\033[%sm%s\033[0m", colour, str_text(&shown));
        else
                str_add(w->out, str_text(&shown));
}

/* Words behind a rail that begins each line; the rail has no colour. */
static void wrap(struct writer *w, const char *rail, const char *first, const char *colour, const char *text)
{
        CLEANUP(str_release) struct str words = {0};
        size_t indent = wrap_columns(first);
        wrap_words(&words, 0, WIDTH - wrap_columns(rail) - indent, "", text);
        str_printf(w->out, "%s%s", rail, first);
        for (char *rest = words.buf, *line = strsep(&rest, "\n"); line; line = rest && *rest ? strsep(&rest, "\n") : NULL) {
                if (line != words.buf)
                        str_printf(w->out, "%s%*s", rail, (int)indent, "");
                paint(w, colour, line);
                str_add_char(w->out, '\n');
        }
}

static const char *count(struct arena *a, double v)
{
        char buf[32];
        return isnan(v) ? "?" : arena_strdup(a, num_count(buf, v));
}

static const char *ms(struct arena *a, double v)
{
        return v >= 1000 ? arena_printf(a, "%.1f s", v / 1000) : v >= 10 ? arena_printf(a, "%.0f ms", v) : arena_printf(a, "%.2g ms", v);
}

/* ── Nodes ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *figures(struct arena *a, const struct explained *x, const struct explained_node *n)
{
        CLEANUP(str_release) struct str s = {0};
        if (!x->actual) {
                str_printf(&s, "%s row%s", count(a, n->plan_rows), n->plan_rows == 1 ? "" : "s");
                if (!isnan(n->table_rows))
                        str_printf(&s, " of %s", count(a, n->table_rows));
                str_printf(&s, ", cost %s", count(a, n->cost));
        } else if (n->loops > 0) {
                str_printf(&s, "%s row%s", count(a, n->rows), n->rows == 1 ? "" : "s");
                if (n->misestimate >= 2)
                        str_printf(&s, " (expected %s)", count(a, n->plan_rows));
                if (n->removed > 0)
                        str_printf(&s, ", %s removed", count(a, n->removed));
                if (n->loops > 1)
                        str_printf(&s, ", %s times", count(a, n->loops));
                if (!isnan(n->self_ms))
                        str_printf(&s, ", %s", ms(a, n->self_ms));
        } else {
                str_add(&s, "never run");
        }
        if (n->share_frac >= 0.005)
                str_printf(&s, ", %.0f %%", 100 * n->share_frac);
        return arena_strdup(a, str_text(&s));
}

static bool is_last_child(const struct explained *x, size_t i)
{
        for (size_t k = i + 1; k < x->nodes.len; k++)
                if (x->nodes.items[k].parent == x->nodes.items[i].parent)
                        return false;
        return true;
}

/* Lines of the ancestors that have further children. */
static const char *rail_of(struct writer *w, const struct explained *x, int i)
{
        if (i < 0 || x->nodes.items[i].parent < 0)
                return "";
        const char *before = rail_of(w, x, x->nodes.items[i].parent);
        if (wrap_columns(before) > INDENT_MAX)
                return before;
        return arena_printf(w->arena, "%s%s", before, is_last_child(x, (size_t)i) ? "  " : w->unicode ? "\u2502 " : "| ");
}

static const char *const severity_colours[SEVERITY_COUNT] = {"36", "33", "31"};

static void write_finding(struct writer *w, const char *rail, const struct finding *f)
{
        wrap(w, rail, w->unicode ? "\u25b2 " : "! ", severity_colours[f->severity], arena_printf(w->arena, "%s %s: %s", severity_names[f->severity], f->rule, f->message));
}

static void write_node(struct writer *w, const struct explained *x, size_t i)
{
        const struct explained_node *n = &x->nodes.items[i];
        const char *above = n->parent < 0 ? "" : rail_of(w, x, n->parent), *rail = rail_of(w, x, (int)i), *text;
        bool has_children = i + 1 < x->nodes.len && x->nodes.items[i + 1].parent == (int)i;
        const char *arm = n->parent < 0 ? "" : is_last_child(x, i) ? (w->unicode ? "\u2514 " : "` ") : w->unicode ? "\u251c " : "|-";
        wrap(w, above, arm, "1", explain_title(w->arena, n));
        const char *under = arena_printf(w->arena, "%s%s", rail, has_children ? w->unicode ? "\u2502 " : "| " : "  ");
        wrap(w, under, "  ", NULL, figures(w->arena, x, n));
        for (int k = 0; (text = explain_detail(w->arena, n, k)); k++)
                wrap(w, under, "  ", "2", text);
        for (size_t k = 0; k < n->findings.len; k++)
                write_finding(w, under, n->findings.items[k]);
}

/* ── The page ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void write_head(struct writer *w, const struct explained *x)
{
        wrap(w, "", "", "1", arena_printf(w->arena, "Statement %s of %s%s%s", x->queryid, x->target, x->role ? ", sent by " : "", x->role ? x->role : ""));
        wrap(w, "  ", "", NULL, x->query ? x->query : "");
        if (x->source)
                wrap(w, "  ", "from ", "2", x->source);
        if (!isnan(x->calls))
                wrap(w, "", "", NULL, arena_printf(w->arena, "%s calls, %s each (deviation %s), %.0f %% of the database's time; %s rows and %s blocks a call", count(w->arena, x->calls),
                                                   ms(w->arena, x->mean_ms), ms(w->arena, x->stddev_ms), 100 * x->share_frac, count(w->arena, x->rows_per_call),
                                                   count(w->arena, x->blocks_per_call)));
}

static void write_how(struct writer *w, const struct explained *x)
{
        const char *how = "estimated";
        if (x->actual)
                how = arena_printf(w->arena, "the slowest of %s measured, %s", count(w->arena, (double)x->times), ms(w->arena, x->exec_ms));
        else if (x->params && !strcmp(x->params, "generic"))
                how = "estimated, for any parameters";
        else if (x->params)
                how = arena_printf(w->arena, "estimated, for %s values", x->params);
        wrap(w, "", "", "1", x->hash ? arena_printf(w->arena, "Plan %.8s (%s)", x->hash, how) : "No plan");
        if (!x->hash)
                wrap(w, "  ", "", NULL, x->failure ? x->failure : "it was not planned");
}

static void write_cases(struct writer *w, const struct explained *x)
{
        if (x->cases.len < 2)
                return;
        str_add_char(w->out, '\n');
        wrap(w, "", "", "1", "Other values");
        for (size_t i = 0; i < x->cases.len; i++) {
                const struct explained_case *c = &x->cases.items[i];
                if (c->failure)
                        wrap(w, "  ", "", NULL, c->failure);
                else if (!isnan(c->exec_ms))
                        str_printf(w->out, "%s\n", arena_printf(w->arena, "  %-9s plan %.8s  %s times, at most %s", c->method, c->hash, count(w->arena, (double)c->times), ms(w->arena, c->exec_ms)));
                else
                        str_printf(w->out, "%s\n", arena_printf(w->arena, "  %-9s plan %.8s  cost %s, %s rows", c->params ? c->params : c->method, c->hash, count(w->arena, c->cost),
                                                             count(w->arena, c->rows)));
        }
}

static void write_history(struct writer *w, const struct explained *x)
{
        if (x->history.len < 2)
                return;
        str_add_char(w->out, '\n');
        wrap(w, "", "", "1", "Plans before");
        for (size_t i = 0; i < x->history.len; i++) {
                const struct explained_past *h = &x->history.items[i];
                wrap(w, "  ", "", NULL, arena_printf(w->arena, "%.8s  %s to %s, %lld captures, cost %s to %s", h->hash, h->first, h->last, (long long)h->runs,
                                                     count(w->arena, h->least_cost), count(w->arena, h->greatest_cost)));
        }
}

void explain_write_text(struct arena *a, const struct explained *x, bool colour, bool unicode, struct str *out)
{
        struct writer w = {.arena = a, .out = out, .colour = colour, .unicode = unicode};
        write_head(&w, x);
        str_add_char(out, '\n');
        for (size_t i = 0; i < x->findings.len; i++)
                write_finding(&w, "", x->findings.items[i]);
        if (x->findings.len)
                str_add_char(out, '\n');
        write_how(&w, x);
        for (size_t i = 0; i < x->nodes.len; i++)
                write_node(&w, x, i);
        write_cases(&w, x);
        write_history(&w, x);
}

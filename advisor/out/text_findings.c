/*
 * Findings for people: by severity, then by rule, the costliest first. What a rule says of all its findings stands once; each finding has
 * its place, what was seen, and its line of source. Inventory (where pool sizes are decided, which statements exist) is one line a rule.
 */
#include "base/cleanup.h"
#include "base/num.h"
#include "out/encode.h"
#include "out/text.h"

#include <string.h>

enum { UNPARSED_MAX = 10, GONE_MAX = 10, EXCERPT_INDENT = 6, EXCERPT_BEFORE = 24 };

/* ── One finding ────────────────────────────────────────────────────────────────────────────────────────────────── */

/* At most `width` characters from `at` on; an ellipsis where something was left out. */
static void add_cut(struct str *out, const char *at, size_t width, bool cut_before)
{
        size_t n = 0;
        const char *end = at;
        unsigned cp;
        while (*end && n < width)
                end += utf8_next(end, &cp), n++;
        if (cut_before) {
                str_add(out, "…");
                at += utf8_next(at, &cp);
        }
        if (*end) { /* the last character gives way */
                const char *last = at;
                while (last + utf8_next(last, &cp) < end)
                        last += utf8_next(last, &cp);
                str_add_len(out, at, (size_t)(last - at));
                str_add(out, "…");
        } else {
                str_add(out, at);
        }
}

/* The line without its indent; of a long one the part around the finding. */
static void excerpt(struct page *p, const struct finding *f)
{
        if (!f->first_line)
                return;
        const char *text = f->first_line + strspn(f->first_line, " \t"), *at = text;
        size_t len = strlen(text), indent = (size_t)(text - f->first_line), col = f->col > 0 ? (size_t)f->col - 1 : 0;
        if (!len)
                return;
        col = col > indent ? col - indent : 0;
        size_t width = WIDTH - EXCERPT_INDENT - 2;
        if (len > width && col > width / 2 && col < len) {
                at = text + col - EXCERPT_BEFORE;
                while (at > text && ((unsigned char)*at & 0xc0) == 0x80)
                        at--;
        }
        CLEANUP(str_release) struct str raw = {0}, visible = {0};
        add_cut(&raw, at, width, at > text);
        str_add_visible(&visible, str_text(&raw), false);
        for (char *c = visible.buf; *c; c++)
                if (*c == '\t')
                        *c = ' ';
        str_printf(p->out, "%*s| ", EXCERPT_INDENT, "");
        add_cut(p->out, str_text(&visible), width, false);
        str_add_char(p->out, '\n');
}

static const char *place_of(struct page *p, const struct finding *f)
{
        if (!f->file)
                return f->subject;
        if (f->line <= 0)
                return f->file;
        return f->col > 0 ? arena_printf(p->arena, "%s:%d:%d", f->file, f->line, f->col) : arena_printf(p->arena, "%s:%d", f->file, f->line);
}

static void trail(struct page *p, const struct finding *f)
{
        for (size_t i = 0; i < f->trail.len; i++) {
                const struct trail_step *s = &f->trail.items[i];
                const char *text = s->file ? arena_printf(p->arena, s->line ? "%s: %s:%d" : "%s: %s", s->text, s->file, s->line) : s->text;
                text_labelled(p, EXCERPT_INDENT, i ? "      " : "trail:", text);
        }
}

static void evidence(struct page *p, const struct finding *f)
{
        CLEANUP(str_release) struct str s = {0};
        for (size_t i = 0; i < f->evidence.len; i++)
                str_printf(&s, "%s%s: %s", i ? "; " : "", f->evidence.items[i].label, f->evidence.items[i].value);
        text_labelled(p, EXCERPT_INDENT, "saw:", str_text(&s));
}

static void one(struct page *p, const struct finding *f)
{
        str_add(p->out, "    ");
        str_add_visible(p->out, place_of(p, f), false);
        str_printf(p->out, "  (%s)\n%*s", f->key, EXCERPT_INDENT, "");
        text_wrap(p, EXCERPT_INDENT, EXCERPT_INDENT, f->message);
        excerpt(p, f);
        text_labelled(p, EXCERPT_INDENT, "cost:", f->cost);
        text_labelled(p, EXCERPT_INDENT, "note:", f->note);
        if (!p->options->verbose)
                return;
        trail(p, f);
        evidence(p, f);
}

/* ── Groups ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_shown(const struct finding *f, int severity)
{
        return (int)f->severity == severity && !f->acknowledged;
}

static bool in_group(const struct finding *f, const struct finding *first)
{
        return is_shown(f, (int)first->severity) && !strcmp(f->rule, first->rule);
}

static bool begins_group(const struct page *p, size_t i)
{
        const struct finding *list = p->a->findings.items;
        for (size_t k = 0; k < i; k++)
                if (in_group(&list[k], &list[i]))
                        return false;
        return true;
}

static void group_head(struct page *p, const struct finding *f)
{
        str_add(p->out, "  ");
        text_paint(p, "1", f->rule);
        str_add(p->out, "  ");
}

/* Where the rule is another one for another severity, its words are too: they stand under its last finding. */
static void group(struct page *p, size_t first)
{
        const struct finding *list = p->a->findings.items, *f = &list[first];
        group_head(p, f);
        text_wrap(p, 4 + strlen(f->rule), 4, f->title ? f->title : "");
        for (size_t i = first; i < p->a->findings.len; i++)
                if (in_group(&list[i], f))
                        one(p, &list[i]);
        if (f->severity > SEVERITY_INFO || p->options->verbose)
                text_labelled(p, 4, "why:", f->why);
        text_labelled(p, 4, "fix:", f->fix);
}

static void folded(struct page *p, size_t first)
{
        const struct finding *list = p->a->findings.items, *f = &list[first];
        size_t n = 0;
        for (size_t i = first; i < p->a->findings.len; i++)
                n += in_group(&list[i], f);
        group_head(p, f);
        text_wrap(p, 4 + strlen(f->rule), 4, arena_printf(p->arena, "%s: %zu place%s", f->title ? f->title : f->kind, n, n == 1 ? "" : "s"));
}

static void severity(struct page *p, int s)
{
        static const char *const colours[SEVERITY_COUNT] = {"36;1", "33;1", "31;1"};
        const struct finding *list = p->a->findings.items;
        size_t n = out_count(p->a, s, false), open = 0, shut = 0;
        if (!n)
                return;
        text_part(p);
        text_paint(p, colours[s], severity_names[s]);
        str_printf(p->out, " (%zu)\n", n);
        for (size_t i = 0; i < p->a->findings.len; i++)
                if (is_shown(&list[i], s) && begins_group(p, i) && (p->options->verbose || !finding_is_inventory(&list[i]))) {
                        if (open++)
                                str_add_char(p->out, '\n');
                        group(p, i);
                }
        for (size_t i = 0; i < p->a->findings.len && !p->options->verbose; i++)
                if (is_shown(&list[i], s) && begins_group(p, i) && finding_is_inventory(&list[i])) {
                        if (open && !shut)
                                str_add_char(p->out, '\n');
                        shut++;
                        folded(p, i);
                }
        if (shut)
                str_add(p->out, "    (--verbose or -o json lists these places)\n");
}

void text_findings(struct page *p)
{
        size_t acknowledged = 0;
        for (int s = SEVERITY_COUNT - 1; s >= 0; s--) {
                severity(p, s);
                acknowledged += out_count(p->a, s, true);
        }
        if (acknowledged)
                str_printf(p->out, "\n%zu acknowledged, not shown and not counted.\n", acknowledged);
        if (!p->a->findings.len) {
                text_part(p);
                str_add(p->out, "No findings.\n");
        }
}

/* ── What is not shown ──────────────────────────────────────────────────────────────────────────────────────────── */

void text_unparsed(struct page *p)
{
        size_t n = p->a->unparsed.len, shown = p->options->verbose || n <= UNPARSED_MAX ? n : UNPARSED_MAX;
        if (n)
                text_part(p);
        for (size_t i = 0; i < shown; i++) {
                const struct unparsed *u = &p->a->unparsed.items[i];
                const char *place = u->line ? arena_printf(p->arena, "%s:%d", u->file, u->line) : u->file;
                text_wrap(p, 0, 4, arena_printf(p->arena, "unparsed: %s: %s", place, u->why ? u->why : "does not parse"));
        }
        if (n > shown)
                str_printf(p->out, "unparsed: %zu file%s more (--verbose names them)\n", n - shown, num_s((double)(n - shown)));
}

static void gone(struct page *p)
{
        size_t n = p->a->baseline.gone.len, shown = p->options->verbose || n <= GONE_MAX ? n : GONE_MAX;
        for (size_t i = 0; i < shown; i++) {
                const struct baseline_gone *g = &p->a->baseline.gone.items[i];
                text_labelled(p, 2, "gone:", arena_printf(p->arena, "%s %s (%s)%s", g->rule, g->file ? g->file : "", g->key,
                                                          g->fewer > 1 ? arena_printf(p->arena, " %d times", g->fewer) : ""));
        }
        if (n > shown)
                str_printf(p->out, "  gone: %zu more (--verbose lists them)\n", n - shown);
}

void text_quiet(struct page *p)
{
        size_t n[QUIET_COUNT] = {0};
        for (size_t i = 0; i < p->a->quiet.len; i++)
                n[p->a->quiet.items[i].quiet]++;
        if (n[QUIET_SOURCE] || n[QUIET_CONFIG] || p->a->baseline.path)
                text_part(p);
        if (n[QUIET_SOURCE] || n[QUIET_CONFIG])
                str_printf(p->out, "%zu not shown: %zu suppressed in the source, %zu by perfadvise.yaml.\n", n[QUIET_SOURCE] + n[QUIET_CONFIG], n[QUIET_SOURCE],
                           n[QUIET_CONFIG]);
        if (!p->a->baseline.path)
                return;
        text_wrap(p, 0, 4, arena_printf(p->arena, "Baseline %s: %zu known and not shown, %zu of its entries no longer fire%s", p->a->baseline.path, n[QUIET_BASELINE],
                                        p->a->baseline.gone.len, p->a->baseline.gone.len ? ":" : "."));
        gone(p);
}

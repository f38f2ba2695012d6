/*
 * The map for the wall, as Graphviz: a cluster for each program with a card of what it does and a box for each pool, then poolers, then
 * databases and Redis, from left to right. Kinds differ in shape as well as in colour, so that a print in black still reads; light fills save
 * ink. Statements and caches are summed on the card: a line for each would be a carpet. All names are drawn from HTML labels, where the only
 * special characters are escaped; identifiers are numbers.
 */
#include "base/num.h"
#include "map/map.h"

#include <math.h>
#include <string.h>

enum { LINE_COLUMNS = 48, TABLES_ON_CARD = 6, CACHES_ON_CARD = 4 };

struct drawing {
        struct str *out;
        struct arena *arena;
        const struct map *m;
};

/* ── Text in labels ─────────────────────────────────────────────────────────────────────────────────────────────── */

static void add_escaped(struct str *out, const char *text, size_t len)
{
        for (size_t i = 0; i < len; i++)
                switch (text[i]) {
                case '&':
                        str_add(out, "&amp;");
                        break;
                case '<':
                        str_add(out, "&lt;");
                        break;
                case '>':
                        str_add(out, "&gt;");
                        break;
                case '"':
                        str_add(out, "&quot;");
                        break;
                default:
                        str_add_char(out, text[i]);
                }
}

static bool begins_character(char c)
{
        return ((unsigned char)c & 0xc0) != 0x80;
}

/* Bytes of the next line of at most LINE_COLUMNS: at a blank where there is one. */
static size_t line_bytes(const char *text)
{
        size_t columns = 0, i = 0, blank = 0;
        for (; text[i] && (columns < LINE_COLUMNS || !begins_character(text[i])); i++) {
                columns += begins_character(text[i]);
                if (text[i] == ' ' || text[i] == ',')
                        blank = i + 1;
        }
        return !text[i] || !blank ? i : blank;
}

static const char *label_text(struct arena *a, const char *text)
{
        CLEANUP(str_release) struct str visible = {0}, out = {0};
        str_add_visible(&visible, text ? text : "", false);
        const char *p = str_text(&visible);
        for (size_t lines = 0; *p && lines < 6; lines++) {
                size_t len = line_bytes(p);
                if (lines)
                        str_add(&out, "<br align=\"left\"/>");
                add_escaped(&out, p, len);
                p += len;
        }
        if (*p)
                str_add(&out, "...");
        return arena_strdup(a, str_text(&out));
}

static const char *small(struct drawing *d, const char *text)
{
        return !text || !*text ? "" : arena_printf(d->arena, "<br align=\"left\"/><font point-size=\"10\">%s</font>", label_text(d->arena, text));
}

static const char *place(struct drawing *d, const char *path, int line)
{
        return !path ? "" : arena_printf(d->arena, "%s:%d", path, line);
}

/* ── Programs ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static void add_row(struct drawing *d, struct str *rows, const char *title, const char *text)
{
        str_printf(rows, "<tr><td align=\"left\" balign=\"left\"><b>%s</b>%s</td></tr>", label_text(d->arena, title), small(d, text));
}

/* A few caches one by one; many are only counted. */
static void add_caches(struct drawing *d, struct str *rows, const struct map_program *p)
{
        CLEANUP(str_release) struct str lines = {0};
        for (size_t i = 0; i < p->caches.len && p->caches.len <= CACHES_ON_CARD; i++) {
                const struct map_cache *c = &d->m->caches.items[p->caches.items[i]];
                str_add(&lines, small(d, arena_printf(d->arena, "%s: %s", map_short_name(c->name), map_cache_size(d->arena, c))));
        }
        str_printf(rows, "<tr><td align=\"left\" balign=\"left\"><b>%s</b>%s</td></tr>", map_plural(d->arena, (double)p->caches.len, "cache"), str_text(&lines));
}

static void draw_card(struct drawing *d, size_t at)
{
        const struct map_program *p = &d->m->programs.items[at];
        CLEANUP(str_release) struct str rows = {0};
        if (p->handlers.len)
                add_row(d, &rows, map_plural(d->arena, (double)p->handlers.len, "handler"), map_handler_counts(d->arena, d->m, p, false, TABLES_ON_CARD));
        if (p->statements.len)
                add_row(d, &rows, map_plural(d->arena, (double)p->statements.len, "statement"), map_table_counts(d->arena, d->m, p, TABLES_ON_CARD));
        if (p->caches.len)
                add_caches(d, &rows, p);
        if (!rows.len)
                add_row(d, &rows, p->entry_path ? p->entry_path : "not in these sources", NULL);
        str_printf(d->out, "    p%zu [shape=plain, label=<<table border=\"1\" cellborder=\"0\" cellspacing=\"0\" cellpadding=\"5\" width=\"210\" color=\"#8a8a80\" bgcolor=\"#ffffff\">%s</table>>];\n",
                   at, str_text(&rows));
}

/* The box of a pool in one program. */
static void draw_pool(struct drawing *d, size_t program, size_t pool)
{
        const struct map_pool *p = &d->m->pools.items[pool];
        const struct map_value *size = map_value_of(p, "size");
        const char *sum = map_pool_sum(d->arena, p, d->m->programs.items[program].processes);
        const char *by = !size || p->unbounded ? "" : map_value_where(d->arena, size);
        str_printf(d->out, "    p%zuc%zu [width=2.9, %s, label=<<b>%s</b>%s%s%s<br align=\"left\"/>>];\n    p%zu -> p%zuc%zu [arrowhead=none, color=\"#8a8a80\"];\n", program, pool,
                   p->is_redis ? "style=\"filled,rounded,dashed\", fillcolor=\"#fbe6df\", color=\"#a5371f\"" : "style=filled, fillcolor=\"#dfeaf5\", color=\"#1f4e79\"",
                   label_text(d->arena, arena_printf(d->arena, "%s %s", p->is_redis ? "redis" : p->library, map_short_name(p->name))), small(d, sum), small(d, by),
                   small(d, place(d, p->path, p->line)), program, program, pool);
}

static void draw_program(struct drawing *d, size_t at)
{
        const struct map_program *p = &d->m->programs.items[at];
        const char *title = p->path ? p->name : d->m->declares_programs ? "reached by no declared program" : "no program is declared";
        const char *n = !p->path ? "" : isnan(p->processes) ? " x ?" : arena_printf(d->arena, " x %.0f", p->processes);
        char bytes[32];
        const char *measured = isnan(p->running) ? "" : arena_printf(d->arena, "%.0f running, %s", p->running, num_bytes(bytes, p->pss_bytes));
        str_printf(d->out, "  subgraph cluster_p%zu {\n    style=\"filled,rounded\"; fillcolor=\"#f4f4ee\"; color=\"%s\"; penwidth=1.2; labeljust=l; margin=12;\n"
                           "    label=<<font point-size=\"15\"><b>%s</b></font>%s%s%s<br align=\"left\"/>>;\n",
                   at, p->path ? "#55554d" : "#b0b0a8", label_text(d->arena, arena_printf(d->arena, "%s%s", title, n)), small(d, p->command),
                   small(d, place(d, p->path, p->line)), small(d, measured));
        draw_card(d, at);
        for (size_t i = 0; i < p->pools.len; i++)
                draw_pool(d, at, p->pools.items[i]);
        str_add(d->out, "  }\n");
}

/* ── Servers ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *demand_words(struct drawing *d, const struct map_server *s)
{
        if (!(s->at_most > 0) && s->each_process > 0)
                return arena_printf(d->arena, "%.0f connections in each process", s->each_process);
        if (!(s->at_most > 0))
                return s->unbounded_pools ? "clients without bound" : "connections not told";
        return arena_printf(d->arena, "%s%s", map_plural(d->arena, s->at_most, "connection"),
                            s->unknown_pools || s->per_call_pools || s->unbounded_pools ? " and more" : " at most");
}

static void draw_server(struct drawing *d, size_t at)
{
        static const char *const looks[] = {"shape=cylinder, style=filled, fillcolor=\"#c6daee\", color=\"#1f4e79\"",
                                            "shape=box, peripheries=2, style=\"filled,rounded\", fillcolor=\"#e8e0f3\", color=\"#553a84\"",
                                            "shape=cylinder, style=\"filled,dashed\", fillcolor=\"#f7d0c4\", color=\"#a5371f\""};
        const struct map_server *s = &d->m->servers.items[at];
        bool over = s->at_most > s->limit;
        const char *mode = map_setting_of(s, "pool_mode");
        const char *limit = isnan(s->limit) ? "" : arena_printf(d->arena, "of %.0f, %s", s->limit, s->limit_from);
        str_printf(d->out, "  s%zu [%s, penwidth=%s, margin=\"0.25,0.15\", label=<<font point-size=\"14\"><b>%s</b></font>%s%s%s<br align=\"left\"/>>];\n", at, looks[s->kind],
                   over ? "4" : "1.5", label_text(d->arena, s->label), small(d, mode ? arena_printf(d->arena, "%s mode", mode) : ""), small(d, demand_words(d, s)),
                   small(d, over ? arena_printf(d->arena, "%s: more than it takes", limit) : limit));
}

static double width_of(double connections)
{
        return isnan(connections) || connections < 1 ? 1 : 1 + log2(connections) / 2.5;
}

/* Only what can be added up; the rest stands in the box. */
static const char *edge_label(struct drawing *d, const struct map_pool *p, const struct map_use *u)
{
        bool counts = !p->unbounded && !p->per_call && !isnan(u->connections);
        return counts ? arena_printf(d->arena, "taillabel=\" %.0f \", ", u->connections) : "";
}

static void draw_edges(struct drawing *d)
{
        const struct map *m = d->m;
        for (size_t i = 0; i < m->pools.len; i++)
                for (size_t k = 0; k < m->pools.items[i].uses.len; k++) {
                        const struct map_pool *p = &m->pools.items[i];
                        const struct map_use *u = &p->uses.items[k];
                        str_printf(d->out, "  p%zuc%zu:e -> s%zu [%sminlen=%d, weight=%d, penwidth=%.1f, color=\"%s\"%s];\n", u->program, i, p->server, edge_label(d, p, u),
                                   m->servers.items[p->server].kind == MAP_POOLER ? 2 : 4, p->is_redis ? 1 : 4, width_of(p->unbounded || p->per_call ? NAN : u->connections),
                                   p->is_redis ? "#a5371f" : "#1f4e79", p->is_redis ? ", style=dashed" : "");
                }
        for (size_t i = 0; i < m->servers.len; i++)
                if (m->servers.items[i].through >= 0)
                        str_printf(d->out, "  s%zu:e -> s%d [taillabel=\" %.0f \", minlen=2, weight=4, penwidth=%.1f, color=\"#553a84\"];\n", i, m->servers.items[i].through,
                                   m->servers.items[i].servers, width_of(m->servers.items[i].servers));
}

/* Cards, pools and servers each in one column over all programs. */
static void draw_columns(struct drawing *d)
{
        const struct map *m = d->m;
        CLEANUP(str_release) struct str cards = {0}, pools = {0};
        for (size_t i = 0; i < m->programs.len; i++) {
                str_printf(&cards, " p%zu;", i);
                for (size_t k = 0; k < m->programs.items[i].pools.len; k++)
                        str_printf(&pools, " p%zuc%zu;", i, m->programs.items[i].pools.items[k]);
        }
        if (cards.len)
                str_printf(d->out, "  { rank=same;%s }\n", str_text(&cards));
        if (pools.len)
                str_printf(d->out, "  { rank=same;%s }\n", str_text(&pools));
}

static bool is_drawn(const struct map *m, size_t server)
{
        for (size_t i = 0; i < m->servers.len; i++)
                if (m->servers.items[i].through == (int)server)
                        return true;
        for (size_t i = 0; i < m->pools.len; i++)
                if (m->pools.items[i].server == server && m->pools.items[i].uses.len)
                        return true;
        return m->servers.items[server].kind == MAP_POOLER;
}

/* Databases and Redis at the right edge. */
static void draw_servers(struct drawing *d)
{
        CLEANUP(str_release) struct str last = {0};
        for (size_t i = 0; i < d->m->servers.len; i++)
                if (is_drawn(d->m, i)) {
                        draw_server(d, i);
                        if (d->m->servers.items[i].kind != MAP_POOLER)
                                str_printf(&last, " s%zu;", i);
                }
        if (last.len)
                str_printf(d->out, "  { rank=same;%s }\n", str_text(&last));
}

void map_write_dot(const struct map *m, const struct map_options *o, struct str *out)
{
        (void)o;
        struct drawing d = {.out = out, .arena = m->arena, .m = m};
        str_printf(out, "digraph fleet {\n"
                        "  graph [rankdir=LR, newrank=true, ranksep=0.5, nodesep=0.25, fontname=\"Helvetica,Arial,sans-serif\", fontsize=12, labelloc=t, labeljust=l, bgcolor=white, pad=0.3,\n"
                        "         label=<<font point-size=\"20\"><b>The fleet as found</b></font>%s%s<br align=\"left\"/>>];\n"
                        "  node [shape=box, fontname=\"Helvetica,Arial,sans-serif\", fontsize=12, fontcolor=\"#1a1a1a\", margin=\"0.14,0.08\"];\n"
                        "  edge [fontname=\"Helvetica,Arial,sans-serif\", fontsize=11, fontcolor=\"#1a1a1a\", arrowhead=vee, arrowsize=0.8, labeldistance=2.2, labelangle=18];\n",
                   small(&d, m->sources), small(&d, m->capture ? arena_printf(m->arena, "measured: %s", m->capture) : ""));
        for (size_t i = 0; i < m->programs.len; i++)
                draw_program(&d, i);
        draw_servers(&d);
        draw_columns(&d);
        draw_edges(&d);
        str_add(out, "}\n");
}

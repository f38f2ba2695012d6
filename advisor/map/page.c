#include "map/page.h"

#include <string.h>

static void pad(struct str *out, size_t n)
{
        while (n--)
                str_add_char(out, ' ');
}

static const char *visible(struct page *p, const char *text)
{
        CLEANUP(str_release) struct str s = {0};
        str_add_visible(&s, text ? text : "", false);
        return arena_strdup(p->arena, str_text(&s));
}

static void paint(struct page *p, const char *colour, const char *text)
{
        if (p->options->colour)
                str_printf(p->out, "\033[%sm%s\033[0m", colour, text);
        else
                str_add(p->out, text);
}

void page_heading(struct page *p, const char *title, const char *note)
{
        str_add_char(p->out, '\n');
        paint(p, "1", title);
        if (note) {
                str_add(p->out, "  ");
                paint(p, "2", note);
        }
        str_add_char(p->out, '\n');
}

/* text already visible, at column `at`; the place goes to the right edge, or below where both do not fit. */
static void place_right(struct page *p, size_t at, const char *place, const char *rail)
{
        size_t width = wrap_columns(place);
        if (!width) {
                str_add_char(p->out, '\n');
                return;
        }
        if (at + 2 + width > PAGE_WIDTH) {
                str_add_char(p->out, '\n');
                str_add(p->out, rail);
                at = wrap_columns(rail);
        }
        pad(p->out, at + width < PAGE_WIDTH ? PAGE_WIDTH - at - width : 0);
        paint(p, "2", place);
        str_add_char(p->out, '\n');
}

void page_line(struct page *p, const char *text, const char *place)
{
        const char *shown = visible(p, text);
        paint(p, "1", shown);
        place_right(p, wrap_columns(shown), visible(p, place), "");
}

/* Words of text that is visible already, behind a rail that begins each line. */
static void wrap_rail(struct page *p, const char *rail, size_t hang, const char *text)
{
        CLEANUP(str_release) struct str rest = {0};
        str_add(&rest, rail);
        pad(&rest, hang);
        str_add(p->out, rail);
        wrap_words(p->out, wrap_columns(rail), PAGE_WIDTH, str_text(&rest), text);
}

void page_wrap(struct page *p, size_t indent, size_t hang, const char *text)
{
        char *rail = arena_alloc(p->arena, indent + 1);
        memset(rail, ' ', indent);
        wrap_rail(p, rail, hang, visible(p, text));
}

struct branch *page_branch(struct page *p, const char *head, const char *place)
{
        *vec_push(p->arena, &p->branches) = (struct branch){.head = head, .place = place};
        return &p->branches.items[p->branches.len - 1];
}

void page_leaf(struct page *p, struct branch *b, const char *text)
{
        *vec_push(p->arena, &b->leaves) = text;
}

void page_draw(struct page *p)
{
        bool unicode = p->options->unicode;
        for (size_t i = 0; i < p->branches.len; i++) {
                const struct branch *b = &p->branches.items[i];
                bool last = i + 1 == p->branches.len;
                const char *rail = last ? "       " : unicode ? " \u2502     " : " |     ", *head = visible(p, b->head);
                str_add(p->out, unicode ? last ? " \u2514\u2500 " : " \u251c\u2500 " : last ? " `- " : " |- ");
                str_add(p->out, head);
                place_right(p, 4 + wrap_columns(head), visible(p, b->place), rail);
                for (size_t k = 0; k < b->leaves.len; k++)
                        wrap_rail(p, rail, 2, visible(p, b->leaves.items[k]));
        }
        p->branches.len = 0;
}

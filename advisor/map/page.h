/*
 * Lines of at most 79 columns with a place at their right edge, and branches of a tree.
 *
 *      page_line(p, "chat x 1", "config/supervisord.conf:33");
 *      struct branch *b = page_branch(p, "pool main.pool", "bots/chat.py:78");
 *      page_leaf(p, b, "2 x 1 process = 2 connections");
 *      page_draw(p);                                       draws the branches since the last draw
 */
#pragma once
#include "base/wrap.h"
#include "map/map.h"

enum { PAGE_WIDTH = 79 };

struct branch {
        const char *head, *place;
        VEC(const char *) leaves;
};

struct page {
        struct str *out;
        struct arena *arena;
        const struct map_options *options;
        VEC(struct branch) branches;
};

void page_heading(struct page *p, const char *title, const char *note);
void page_line(struct page *p, const char *text, const char *place);
void page_wrap(struct page *p, size_t indent, size_t hang, const char *text);
struct branch *page_branch(struct page *p, const char *head, const char *place);
void page_leaf(struct page *p, struct branch *b, const char *text);
void page_draw(struct page *p);

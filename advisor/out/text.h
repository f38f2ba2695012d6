/* What the parts of the text for people share: a page of 79 columns. */
#pragma once
#include "out/out.h"

enum { WIDTH = 79 };

struct page {
        struct str *out;
        struct arena *arena;
        const struct analysis *a;
        const struct config *config;
        const struct out_options *options;
};

void text_paint(struct page *p, const char *colour, const char *text);
/* One paragraph from column `at` on; further lines begin at `indent`. Words longer than a line stay whole: paths are copied. */
void text_wrap(struct page *p, size_t at, size_t indent, const char *text);
/* "    fix: text", wrapped behind the label; nothing without text. */
void text_labelled(struct page *p, size_t indent, const char *label, const char *text);
/* An empty line between what stands above, if anything does, and what comes. */
void text_part(struct page *p);

/* text_findings.c */
void text_findings(struct page *p);
void text_unparsed(struct page *p);
void text_quiet(struct page *p);

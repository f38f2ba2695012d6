/* Words in lines, for people at a terminal. */
#pragma once
#include "base/str.h"

/* Columns that a text takes: code points; wide and combining characters count as one. */
size_t wrap_columns(const char *text);

/*
 * Appends the words of `text` (made visible before) from column `at` on, in lines of at most `width` columns; further lines begin with
 * `rail`. Blanks between words become one. A word longer than a line stays whole, so that a path can be copied. Ends with a newline.
 */
void wrap_words(struct str *out, size_t at, size_t width, const char *rail, const char *text);

/*
 * Findings that the source itself takes back:
 *
 *      rows = [await c.fetchrow(q, i) for i in ids]  # perfadvise: ignore[code.query_in_loop] three ids at most
 *
 * A comment at the end of a line is for that line, and for the whole of a statement that begins or ends there; a comment of its own is
 * for what begins below it; one in the text of a statement (SQL: --) for that statement; `ignore-file[...]` in the first 20 lines for
 * the file. In the brackets stand rules by id, kind or family ("code.*"), and perhaps until=YYYY-MM-DD, the last day on which it holds.
 */
#pragma once
#include "rule/rule.h"
#include "rule/texts.h"

enum { SUPPRESS_FILE_LINES = 20 };

struct suppression {
        int line;            /* of the comment */
        int first, last;     /* lines that it is for */
        const char *names;   /* what stands in the brackets */
        const char *reason;  /* NULL: none given */
        const char *until;   /* "2027-01-31", or NULL */
        const char *fault;   /* why it suppresses nothing, or NULL */
        bool ended, used;
};

struct suppressions;

struct suppressions *suppressions_new(struct arena *a, struct texts *texts, int64_t now_us);
/* The suppression of a rule's finding on a line, one that holds before one that ended; NULL when there is none. Marks it as used. */
struct suppression *suppressed_by(struct suppressions *s, const struct rule *rule, const char *file, int line);
/* All of a file, in order. */
size_t suppressions_of(struct suppressions *s, const char *file, struct suppression **ret_list);
/* The i-th file that was looked at, or NULL. */
const char *suppressions_file(const struct suppressions *s, size_t i);
/* The names in the brackets one after the other: *at moves on; false at the end. */
bool suppression_next_name(const char **at, const char **ret_name, size_t *ret_len);

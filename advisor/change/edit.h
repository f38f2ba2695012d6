/*
 * Edits of bytes: what a change does to a file, and how edits of one file compose. All positions are those of the file before
 * any of them, so two changes of one file do not disturb each other. Pure.
 */
#pragma once
#include "change/change.h"

struct edit {
        int64_t start, end;  /* bytes replaced, in the original file */
        const char *after;   /* what stands there then */
        bool own_line;       /* an insertion that must begin a line: a line break is put before it where one is missing */
        const char *what;    /* for messages */
};

/* Is this a kind that edits a file's bytes in place (file_value, pgbouncer_setting, cron_line)? */
bool change_edits_bytes(enum change_kind kind);
/* Is this a kind that makes, replaces or deletes a whole file (file_whole, schedule)? */
bool change_writes_file(enum change_kind kind);

/*
 * The edit of a change on a file of these bytes (NULL: it does not exist, which only a cron_line accepts). ERR_REFUSED when
 * the bytes there are not those that the change expects.
 */
int edit_of_change(struct arena *a, const struct change *c, const char *bytes, size_t len, struct edit *ret_edit, struct err *err);

/* Applies edits in any order; ERR_REFUSED when two of them touch the same bytes. */
int edit_apply(struct arena *a, const char *bytes, size_t len, const struct edit *edits, size_t n, char **ret_bytes, size_t *ret_len,
               struct err *err);

/* The line of a cron_line change as it stands in the file: command, then "# perfadvise:NAME". ERR_REFUSED when it cannot. */
int cron_line_text(struct arena *a, const struct change *c, const char **ret_line, struct err *err);

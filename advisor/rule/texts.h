/*
 * The sources that findings stand in, each read once: for suppressions, for the end of a range, for the line that people are shown.
 * Facts name files relative to a root; a text knows where the file is and what to call it before people.
 */
#pragma once
#include "base/arena.h"
#include "base/fs.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct text {
        const char *file;  /* as facts name it */
        const char *abs;   /* where it is; NULL: not found below any root */
        const char *real;  /* absolute, without symbolic links, or NULL */
        const char *shown; /* relative to where people are, or absolute; `file` when it was not found */
        const char *bytes; /* NULL: not readable */
        size_t len;
        const uint32_t *lines; /* where each begins */
        int line_count;
        uint64_t state;    /* a hash of its size, times and inode before it was read; 0: a change of this moment might not show in them */
};

struct texts;

/* roots: NULL-terminated. cwd NULL: paths are shown as they are. */
struct texts *texts_new(struct arena *a, const char *dir, const char *const *roots, const char *cwd, const struct fs_overlay *overlay);
/* Never NULL. */
const struct text *texts_get(struct texts *t, const char *file);

/* The byte at a 1-based line and column (in bytes), or -1 when the text has no such place. */
int64_t text_offset(const struct text *t, int line, int col);
/* False when the text is shorter. */
bool text_position(const struct text *t, int64_t offset, int *ret_line, int *ret_col);
/* Without its end of line; NULL when there is none. */
const char *text_line(struct arena *a, const struct text *t, int line);

/* Which texts were asked for and how they stood then, as bytes. False: one cannot be told from what it may be later. */
bool texts_states(const struct texts *t, struct str *out);
/* Would the same texts be found, as they were then? Reads none of them. */
bool texts_still_stand(struct texts *t, const char *states, size_t len);

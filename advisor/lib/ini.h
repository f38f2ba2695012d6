/*
 * INI files as supervisord and PgBouncer read them, with line and byte positions of every value.
 *
 * INI_SUPERVISOR follows Python's configparser: `=` or `:`, whole-line comments by ; and #, inline ones after a blank,
 * indented lines go on with the value. INI_PGBOUNCER: `=` only, whole-line comments only, one line a value. Bounded: 1 MB a
 * file, 20,000 values, 200 included files. Everything lives in the arena.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

enum ini_dialect { INI_SUPERVISOR, INI_PGBOUNCER };

struct ini_value {
        const char *section, *key, *value; /* value: as written, comments and surrounding blanks removed, not expanded */
        const char *file;
        int line, col;                     /* of the value; 1-based, col in bytes */
        size_t byte_start, byte_end;       /* of the value in the file; [start, end) spans all its lines */
};

struct ini {
        VEC(struct ini_value) values;      /* in the order of the files */
};

/* file is for messages and positions. */
int ini_parse(struct arena *a, enum ini_dialect dialect, const char *file, const char *bytes, size_t len, struct ini **ret_ini, struct err *err);

/* Reads a file, and for supervisord those of [include] files=, for PgBouncer those of %include lines. */
int ini_read(struct arena *a, enum ini_dialect dialect, const char *path, struct ini **ret_ini, struct err *err);

/* The last value of a key (case-insensitive, as both programs do), or NULL. */
const struct ini_value *ini_get(const struct ini *ini, const char *section, const char *key);
const char *ini_text(const struct ini *ini, const char *section, const char *key, const char *otherwise);

/*
 * %(name)s, %(name)d, %(name)02d and %% in a value. `lookup` gives the text of a name (NULL: unknown, which is
 * ERR_PARSE). %(ENV_x)s goes through lookup too.
 */
int ini_expand(struct arena *a, const char *value, const char *(*lookup)(void *arg, const char *name), void *arg, char **ret, struct err *err);

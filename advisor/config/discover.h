/*
 * Finds what can be observed: PG* variables, connection URLs in source and settings files, pgbouncer.ini, supervisor files, an
 * events socket. Reads files only, connects to nothing; bounded (20,000 files, 1 MB each, depth 12).
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct discovered {
        const char *kind;  /* postgres pgbouncer redis supervisor command events source config crontab warm */
        const char *dsn;   /* without password */
        const char *where; /* "config/pgbouncer.ini:2", "PGHOST" */
};

struct discovery {
        VEC(struct discovered) found; /* each (kind, dsn) once, in the order in which the walk met them; the walk is sorted */
        size_t files;
        bool truncated;
};

int discover(struct arena *a, const char *dir, struct discovery *ret, struct err *err);

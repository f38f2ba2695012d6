/*
 * What the files that emit share; emit_focus() in emit.c calls each of them once.
 */
#pragma once
#include "probes/source/python/python.h"

static inline struct cell maybe_int(const char *name, bool known, int64_t v)
{
        return known ? INT(name, v) : NONE(name);
}

/* emit_sql.c: of the file in focus */
void emit_statements(struct source *s, struct sink *k);

/*
 * A text of SQL as it stands in a source: with HOLE bytes where a part is not known, and placeholders of drivers.
 */
#pragma once
#include "probes/source/source.h"

struct sqltext {
        const char *sql;        /* with $n */
        const char *fingerprint, *normalized, *canonical, *tables, *kind, *filters, *orders, *comment, *projection, *extras;
        const char *holes;      /* NULL none; param list value: the fingerprint holds; identifier clause: it names a family */
        const char *shape;      /* NULL: made of the columns above */
        bool unshaped;          /* of an ORM: not all that makes its shape is known */
        bool family;            /* has holes */
        double confidence;      /* that the fingerprint is the statement's */
        int limited, has_offset; /* -1 unknown */
        int offset_line;        /* 0 unknown */
};

bool sqltext_looks_like_sql(const char *text);

/*
 * What the text asks for; it stands at start..end of `f` (for the lines of its parts). False when it is no SQL, whatever is put into
 * the holes. Texts live in `a`.
 */
bool sqltext_read(struct arena *a, const char *text, const struct file *f, uint32_t start, uint32_t end, struct sqltext *ret);

/* The end of a statement that stands by itself, to be appended: ORDER BY, LIMIT and OFFSET. */
bool sqltext_read_end(struct arena *a, const char *text, const struct file *f, uint32_t start, uint32_t end, struct sqltext *ret);

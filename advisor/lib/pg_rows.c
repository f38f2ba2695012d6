/*
 * Answers of libpq, quoting, and error text without secrets.
 */
#include "lib/pg.h"

#include <libpq-fe.h>
#include <math.h>
#include <string.h>

static PGresult *result(const struct pg_rows *rows)
{
        return (PGresult *)rows;
}

struct pg_rows *pg_rows_free(struct pg_rows *rows)
{
        PQclear(result(rows));
        return NULL;
}

int pg_count(const struct pg_rows *rows)
{
        return PQntuples(result(rows));
}

int pg_columns(const struct pg_rows *rows)
{
        return PQnfields(result(rows));
}

const char *pg_column_name(const struct pg_rows *rows, int col)
{
        return PQfname(result(rows), col);
}

int pg_column(const struct pg_rows *rows, const char *name)
{
        for (int i = 0; i < pg_columns(rows); i++)
                if (!strcmp(PQfname(result(rows), i), name))
                        return i;
        return -1;
}

/* The oids of pg_type.dat are fixed for ever. */
enum pg_type pg_column_type(const struct pg_rows *rows, int col)
{
        switch (PQftype(result(rows), col)) {
        case 16: /* bool */
        case 20: /* int8 */
        case 21: /* int2 */
        case 23: /* int4 */
        case 26: /* oid */
                return PG_TYPE_INT;
        case 700:  /* float4 */
        case 701:  /* float8 */
        case 1700: /* numeric */
                return PG_TYPE_REAL;
        default:
                return PG_TYPE_TEXT;
        }
}

bool pg_is_null(const struct pg_rows *rows, int row, int col)
{
        return row < 0 || row >= pg_count(rows) || col < 0 || col >= pg_columns(rows) || PQgetisnull(result(rows), row, col);
}

const char *pg_text(const struct pg_rows *rows, int row, int col)
{
        return pg_is_null(rows, row, col) ? NULL : PQgetvalue(result(rows), row, col);
}

/* Integers of the wire are big-endian; times count microseconds from 2000. */
static int64_t binary_int(const PGresult *res, int row, int col)
{
        enum { TIMESTAMPTZ = 1184, OID = 26 };
        const unsigned char *bytes = (const unsigned char *)PQgetvalue(res, row, col);
        int len = PQgetlength(res, row, col);
        bool negative = len && bytes[0] & 0x80 && PQftype(res, col) != OID;
        uint64_t v = negative ? UINT64_MAX : 0;
        for (int i = 0; i < len && i < 8; i++)
                v = v << 8 | bytes[i];
        return (int64_t)v + (PQftype(res, col) == TIMESTAMPTZ ? INT64_C(946684800000000) : 0);
}

int64_t pg_int(const struct pg_rows *rows, int row, int col)
{
        const char *text = pg_text(rows, row, col);
        if (!text)
                return 0;
        if (PQfformat(result(rows), col) == 1)
                return binary_int(result(rows), row, col);
        return text[0] == 't' ? 1 : strtoll(text, NULL, 10);
}

double pg_real(const struct pg_rows *rows, int row, int col)
{
        const char *text = pg_text(rows, row, col);
        return text ? strtod(text, NULL) : NAN;
}

bool pg_bool(const struct pg_rows *rows, int row, int col)
{
        return pg_int(rows, row, col) != 0;
}

static char *quoted(struct arena *a, const char *text, char quote)
{
        size_t len = strlen(text), n = 0;
        char *out = arena_alloc(a, 2 * len + 4);
        bool escapes = quote == '\'' && strchr(text, '\\');
        if (escapes)
                out[n++] = 'E';
        out[n++] = quote;
        for (const char *p = text; *p; p++) {
                if (*p == quote || (escapes && *p == '\\'))
                        out[n++] = *p;
                out[n++] = *p;
        }
        out[n++] = quote;
        return out;
}

/* Lower-case words still get quotes when they might be keywords: there are 450 of them, and quoting is never wrong. */
char *pg_quote_ident(struct arena *a, const char *name)
{
        return quoted(a, name, '"');
}

char *pg_quote_literal(struct arena *a, const char *text)
{
        return quoted(a, text, '\'');
}

char *pg_quote_name(struct arena *a, const char *schema, const char *name)
{
        char *table = quoted(a, name, '"');
        return schema ? arena_printf(a, "%s.%s", quoted(a, schema, '"'), table) : table;
}

void pg_redact(struct str *out, const char *text, const char *const *secrets, int n)
{
        for (const char *p = text; *p && *p != '\n';) {
                size_t hit = 0;
                for (int i = 0; i < n; i++) {
                        size_t len = strlen(secrets[i]);
                        if (len > hit && !strncmp(p, secrets[i], len))
                                hit = len;
                }
                if (hit)
                        str_add(out, "***");
                else
                        str_add_char(out, *p);
                p += hit ? hit : 1;
        }
}

/*
 * A freshly built B-tree: leaf tuples of 8 bytes header and the aligned key, 4 bytes of line pointer each, 90 % full pages of
 * 8152 usable bytes with a high key. Equal keys are merged into posting lists of 6 bytes a row, at most about 130 rows each
 * while building (a tenth of a page). Inner pages repeat a key for each leaf page.
 */
#include "model/index_size.h"
#include "base/str.h"
#include "model/model.h"

#include <math.h>
#include <string.h>

#define PAGE 8192.0
#define USABLE 8152.0    /* without page header and B-tree trailer */
#define LEAF_FREE 819.0  /* kept free by fillfactor 90 */
#define INNER_FREE 2458.0 /* inner pages: 70 */
#define POSTING_MAX 812.0 /* bytes of one posting tuple while building */

static double aligned(double bytes, double to)
{
        return ceil(bytes / to) * to;
}

/* Bytes of all leaf tuples. */
static double leaf_bytes(double rows, double distinct, double tuple, bool dedup)
{
        double per_key = rows / distinct;
        if (!dedup || per_key <= 1)
                return rows * (tuple + 4);
        if (per_key < 2) /* pairs and singles */
                return distinct * (tuple + 4) + 12 * (rows - distinct);
        double rows_per_posting = floor((POSTING_MAX - tuple) / 6);
        double postings = rows_per_posting > 1 ? fmax(1, per_key / rows_per_posting) : per_key;
        return distinct * postings * (aligned(tuple + 6 * per_key / postings, 8) + 4);
}

/* Several columns of varying length: tuples end anywhere, and each is rounded up by three or four bytes on average. */
static double tuple_of(double key_width, bool varies)
{
        return varies ? 8 + key_width + 3.5 : aligned(8 + key_width, 8);
}

static double size_of(double rows, double distinct, double key_width, bool dedup, bool varies)
{
        if (!(rows >= 0) || !(distinct >= 0) || !(key_width >= 0) || key_width > 2704)
                return NAN;
        if (rows < 1)
                return 2 * PAGE;
        distinct = fmin(fmax(distinct, 1), rows);
        double tuple = tuple_of(key_width, varies);
        double leaf_pages = ceil(leaf_bytes(rows, distinct, tuple, dedup) / (USABLE - LEAF_FREE - tuple));
        double pages = leaf_pages, level = leaf_pages;
        while (level > 1) {
                level = ceil(level * (tuple + 4) / (USABLE - INNER_FREE));
                pages += level;
        }
        return (pages + 1) * PAGE;
}

double index_size(double rows, double distinct, double key_width, bool dedup)
{
        return size_of(rows, distinct, key_width, dedup, false);
}

double index_size_height(double bytes, double key_width)
{
        double pages = bytes / PAGE - 1, fan = fmax(2, (USABLE - INNER_FREE) / (aligned(8 + key_width, 8) + 4)), height = 0;
        for (; pages > 1 && height < 8; height++)
                pages /= fan;
        return height;
}

/* NULLs of the one key column are equal keys without bytes: one long posting list beside the others. */
static double size_with_nulls(double rows, double distinct, const struct fact_column *col, bool dedup)
{
        double nulls = rows * col->null_frac;
        return index_size(rows - nulls, distinct, col->avg_width, dedup) + index_size(nulls, 1, 0, dedup) - 2 * PAGE;
}

/* ── Columns ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool type_is(const char *type, const char *const *names)
{
        for (; *names; names++) {
                size_t n = strlen(*names);
                if (!strncmp(type, *names, n) && (type[n] == '\0' || type[n] == '(' || type[n] == ' '))
                        return true;
        }
        return false;
}

static double alignment(const char *type)
{
        static const char *const eight[] = {"bigint", "double precision", "timestamp", "time", "interval", "money", NULL};
        static const char *const four[] = {"integer", "date", "real", "oid", "regclass", "xid", NULL};
        static const char *const two[] = {"smallint", NULL};
        return type_is(type, eight) ? 8 : type_is(type, four) ? 4 : type_is(type, two) ? 2 : 1;
}

/* Equal values of these types may have different bytes, or the operator class does not promise otherwise. */
static bool type_dedups(const char *type)
{
        static const char *const never[] = {"numeric", "real", "double precision", "character", "jsonb", "interval", NULL};
        return !type_is(type, never) && !str_ends(type, "[]") && !str_ends(type, "range");
}

static bool is_varying(const char *type)
{
        return !strncmp(type, "character varying", strlen("character varying"));
}

bool index_type_is_ordered(const char *type)
{
        static const char *const never[] = {"json", "jsonb", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "tsvector", "tsquery", "bytea",
                                            "hstore", "vector", "geometry", "geography", "aclitem", "xid", NULL};
        return type && !type_is(type, never) && !str_ends(type, "[]") && !str_ends(type, "range");
}

static double add_width(double width, const struct fact_column *col)
{
        return aligned(width, alignment(col->type)) + col->avg_width * (1 - (isnan(col->null_frac) ? 0 : col->null_frac));
}

double index_size_of(const struct index_catalog *c, const struct fact_table *t, const struct index_columns *columns, double *ret_width)
{
        double width = 0, space = 1, known = 1;
        int varying = 0;
        bool dedup = columns->include_count == 0;
        for (int i = 0; i < columns->key_count + columns->include_count; i++) {
                bool key = i < columns->key_count;
                const struct fact_column *col = index_catalog_column(c, t->oid, key ? columns->keys[i].column : columns->include[i - columns->key_count]);
                if (!col || !col->type)
                        return NAN;
                width = add_width(width, col);
                varying += alignment(col->type) == 1 && strcmp(col->type, "boolean") != 0 && strncmp(col->type, "character(", 10) != 0;
                double distinct = index_catalog_distinct(t, col);
                if (key) {
                        dedup &= type_dedups(col->type) || is_varying(col->type);
                        space = fmin(space * (isnan(distinct) ? t->rows : distinct), 1e15);
                        known = fmax(known, isnan(distinct) ? 1 : distinct);
                }
        }
        /* Several columns: as many of the possible pairs as rows drawn at random would hit. */
        double distinct = columns->key_count > 1 ? space * -expm1(-t->rows / space) : space;
        if (ret_width)
                *ret_width = width;
        const struct fact_column *first = index_catalog_column(c, t->oid, columns->keys[0].column);
        if (columns->key_count == 1 && !columns->include_count && first->null_frac > 0 && first->null_frac < 1)
                return size_with_nulls(t->rows, fmax(distinct, known), first, dedup);
        return size_of(t->rows, fmax(distinct, known), width, dedup, varying > 1);
}

static double estimate(const double *args, int n, void *arg)
{
        (void)n, (void)arg;
        return index_size(args[0], args[1], args[2], true);
}

const struct model model_index_size_bytes = {
        .name = "index_size_bytes",
        .doc = "bytes of a freshly built B-tree, equal keys merged",
        .nargs = 3,
        .args = "rows, distinct, key_width",
        .estimate = estimate,
};

#include "model/index_unserved.h"

#include <math.h>
#include <string.h>

static bool is_of_the_system(const struct shape_table *t)
{
        return !strncmp(t->name, "pg_", 3) || (t->schema && (!strcmp(t->schema, "pg_catalog") || !strcmp(t->schema, "information_schema")));
}

/* A relation that is none of the captured tables. */
static const char *missing_table(const struct index_catalog *c, const struct index_statement *s)
{
        for (size_t i = 0; i < s->shape.tables.len; i++) {
                const struct shape_table *t = &s->shape.tables.items[i];
                if (t->real && !s->tables[i] && !is_of_the_system(t))
                        return arena_printf(c->arena, "no index advised: %s%s%s is no table that was captured (a view, a foreign or temporary table, one of several schemas, or gone)",
                                            t->schema ? t->schema : "", t->schema ? "." : "", t->name);
        }
        return NULL;
}

/* Its columns are compared, and pg_stats shows none of them. */
static const char *without_statistics(const struct index_catalog *c, const struct index_statement *s)
{
        for (size_t i = 0; i < s->shape.conditions.len; i++) {
                const struct fact_table *t = s->tables[s->shape.conditions.items[i].table];
                const struct fact_column *col = t ? index_catalog_column(c, t->oid, s->shape.conditions.items[i].column) : NULL;
                if (col && t->rows >= INDEX_ROWS_MIN && isnan(col->avg_width))
                        return arena_printf(c->arena, "no index advised: the statistics of %s.%s are not visible (never analysed, no SELECT on it, or row security hides them)",
                                            t->schema, t->name);
        }
        return NULL;
}

const char *index_unserved_why(const struct index_catalog *c, const struct index_statement *s, bool proposed)
{
        if (proposed && s->own.len)
                return NULL;
        const char *why = missing_table(c, s);
        return why || !proposed ? why : without_statistics(c, s);
}

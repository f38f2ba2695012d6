/*
 * The parse tree of libpg_query as JSON, for the adapters beside this file (sqlclause.c, sqlddl.c) and nobody else.
 *
 * A node is {"Type": {...}}; tree_as() gives the inside. Locations are bytes of the text that was parsed.
 */
#pragma once
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>

enum { SQLTREE_BYTES_MAX = 1 << 20, SQLTREE_DEPTH_MAX = 400 };

/* The whole: {"stmts": [{"stmt": node, "stmt_location", "stmt_len"}]}. ERR_PARSE when it is no SQL, ERR_RANGE when it is too large or too deep. */
int sqltree_parse(const char *sql, json_t **ret_tree, struct err *err);

static inline void sqltree_free(json_t *j)
{
        json_decref(j);
}
DEFINE_CLEANUP(json_t *, sqltree_free)

static inline const json_t *tree_as(const json_t *node, const char *type)
{
        return json_object_get(node, type);
}

static inline const char *tree_text(const json_t *node, const char *key)
{
        return json_string_value(json_object_get(node, key));
}

/* The n-th String of a list of names, NULL when it is no String; from the end when n is negative. */
const char *tree_name(const json_t *list, int n);

/* The table of a RangeVar: public.x is x. */
const char *tree_table(struct arena *a, const json_t *range_var);

/* The constant text of a node, or NULL. */
const char *tree_constant(const json_t *node);

/* Outside of subqueries. */
bool tree_mentions_column(const json_t *node, int depth);

/*
 * An expression as text that two writings of the same expression share: lower(name), (extra ->> 'x'), coalesce(a, 0). Columns stand
 * without their table. NULL for what is not rendered.
 */
const char *tree_render(struct arena *a, const json_t *node, int depth);

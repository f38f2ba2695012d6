/*
 * The parse tree of libpg_query as JSON, for the adapters beside this file (sqlclause.c, sqlddl.c) and nobody else.
 *
 * A node is {"Type": {...}}; tree_as() gives the inside. Locations are bytes of the text that was parsed.
 */
#pragma once
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>

struct json_t; /* of jansson: a node */

enum { SQLTREE_BYTES_MAX = 1 << 20, SQLTREE_DEPTH_MAX = 400 };

/* The whole: {"stmts": [{"stmt": node, "stmt_location", "stmt_len"}]}. ERR_PARSE when it is no SQL, ERR_RANGE when it is too large or too deep. */
int sqltree_parse(const char *sql, struct json_t **ret_tree, struct err *err);

void sqltree_free(struct json_t *tree);
DEFINE_CLEANUP(struct json_t *, sqltree_free)

/* The inside of {"Type": {...}}, or NULL. */
const struct json_t *tree_as(const struct json_t *node, const char *type);
const char *tree_text(const struct json_t *node, const char *key);

/* The n-th String of a list of names, NULL when it is no String; from the end when n is negative. */
const char *tree_name(const struct json_t *list, int n);

/* The table of a RangeVar: public.x is x. */
const char *tree_table(struct arena *a, const struct json_t *range_var);

/* The constant text of a node, or NULL. */
const char *tree_constant(const struct json_t *node);

/* Outside of subqueries. */
bool tree_mentions_column(const struct json_t *node, int depth);

/*
 * An expression as text that two writings of the same expression share: lower(name), (extra ->> 'x'), coalesce(a, 0). Columns stand
 * without their table. NULL for what is not rendered.
 */
const char *tree_render(struct arena *a, const struct json_t *node, int depth);

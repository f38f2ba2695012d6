/*
 * Text of pg_stat_statements made plannable. Normalizing replaced every constant by $n, which leaves texts that no longer
 * parse (date $1, interval $2, extract($3 from x)) or whose types the server cannot tell ($1 + $2, round($1, $2)).
 *
 *      char *text = plannable_repair(arena, query);
 *      PREPARE p AS text; while that fails:
 *              text = plannable_again(arena, text, sqlstate, position, message), NULL when there is no idea left
 *
 * Nothing is ever executed here, and no constant is made up where its value could change a plan's choice of index.
 */
#pragma once
#include "base/arena.h"

enum { PLANNABLE_BYTES_MAX = 1 << 20, PLANNABLE_PARAMS_MAX = 2000, PLANNABLE_TRIES = 24 };

/* Typed literals become casts, extract gets a field, parameters are numbered without holes. NULL when the text is too long. */
char *plannable_repair(struct arena *a, const char *sql);

/*
 * The next text to try after PREPARE failed with `sqlstate` at `position` (characters of `text` from 1, 0 unknown). NULL when
 * nothing can be done about this failure.
 */
char *plannable_again(struct arena *a, const char *text, const char *sqlstate, int position, const char *message);

/* The largest n of $n outside quotes and comments. */
int plannable_params(struct arena *a, const char *text);

/* The text with $n replaced by a whole number: a LIMIT whose size is known from the rows that came back. */
char *plannable_fix(struct arena *a, const char *text, int n, long value);

/* The text with $n replaced by a literal, as it stands. */
char *plannable_literal(struct arena *a, const char *text, int n, const char *literal);
/* All at once: $n by literals[n - 1], where it is there and not NULL. */
char *plannable_literals(struct arena *a, const char *text, const char *const *literals, size_t count);

/* The text with a type given to each $n that has none. */
char *plannable_typed(struct arena *a, const char *text, int n, const char *type);

/*
 * Texts of statements as pg_stat_statements keeps them, and expressions as EXPLAIN prints them: what may be stored, and what
 * can be planned. Pure functions over tokens; none of them decides what a statement means, that is libpg_query's (lib/sql.h).
 */
#pragma once
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

enum { TEXT_PARAMS_MAX = 400 };

enum text_token_kind { TOKEN_END, TOKEN_SPACE, TOKEN_COMMENT, TOKEN_STRING, TOKEN_NUMBER, TOKEN_PARAM, TOKEN_WORD, TOKEN_NAME, TOKEN_OTHER };

struct text_token {
        enum text_token_kind kind; /* WORD: bare; NAME: in double quotes; STRING: '', E'', $tag$ */
        const char *at;
        size_t len;
};

/* The token at `at`, and where the next begins; TOKEN_END at the end. An open quote or comment ends with the text. */
struct text_token text_next(const char *at);

/* Every literal becomes ?, so that plans and utility statements hold no data. Names and $n stay. */
char *text_without_literals(struct arena *a, const char *text);

/* Comments go, and so do literals that pg_stat_statements left (it does when an entry was evicted while it ran). */
char *text_clean(struct arena *a, const char *text, bool keep_literals);

/*
 * What normalizing broke is mended, so that the text parses again: `date $1` becomes $1::date, `extract($1 from x)` gets a field.
 * Parameters are numbered again from 1 without gaps; *ret_params (may be NULL) is how many there are.
 */
char *text_repair(struct arena *a, const char *text, int *ret_params);

/* The parameters on both sides of the operator at the byte `offset`, past parentheses: 0 none, or the number. */
void text_params_around(const char *text, size_t offset, int *ret_left, int *ret_right);

/*
 * Texts of statements as pg_stat_statements keeps them, and expressions as EXPLAIN prints them: what of them may be stored.
 * Pure functions over tokens; none of them decides what a statement means, that is libpg_query's (lib/sql.h).
 */
#pragma once
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

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

/* The same of a text as it was sent: all literals go, also small numbers, which in a normalized text are ordinals and lengths. */
char *text_normal(struct arena *a, const char *text, bool keep_literals);

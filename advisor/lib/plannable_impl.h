/*
 * Tokens of a statement, for the files of lib/plannable.h and nobody else. A repair replaces the text of tokens; the result is their
 * concatenation with the blanks as they were.
 */
#pragma once
#include "base/arena.h"

#include <stdbool.h>

enum token_kind { TOKEN_SPACE, TOKEN_WORD, TOKEN_PARAM, TOKEN_QUOTED, TOKEN_NUMBER, TOKEN_OTHER };

struct token {
        enum token_kind kind;
        const char *text;
        size_t at;  /* byte offset in the source */
        int number; /* of a parameter */
};

struct tokens {
        struct arena *arena;
        VEC(struct token) v;
};

void tokens_read(struct arena *a, const char *sql, struct tokens *t);
char *tokens_join(const struct tokens *t);

/* Any i is allowed: outside of the text nothing is anything. */
const struct token *tokens_at(const struct tokens *t, long i);
bool tokens_is(const struct tokens *t, long i, const char *word);
bool tokens_is_any(const struct tokens *t, long i, const char *const *words);
bool tokens_is_param(const struct tokens *t, long i);
bool tokens_is_literal(const struct tokens *t, long i); /* a number or '...' */
void tokens_set(const struct tokens *t, long i, const char *text);

/* The nearest token that is not blank, after (step 1) or before (-1) i; -1 when there is none. */
long tokens_near(const struct tokens *t, long i, int step);
/* The bracket that closes (or opens, when i is one that closes) the one at i; -1 when there is none. */
long tokens_partner(const struct tokens *t, long i);
/* The token at a position of the server's (characters from 1), or -1. */
long tokens_find(const struct tokens *t, const char *text, int position);

/* Parameters by order of appearance; a number that stands twice stays one parameter. NULL when there are too many. */
char *tokens_renumber(struct arena *a, const char *text);

/* $n becomes $n::type; a whole number that was only supposed gets another type. */
bool plannable_cast(const struct tokens *t, long i, const char *type);

/* Gives a type to what an operand is made of, where that is parameters: $1, CASE ... END, coalesce(...), a name that stands for one. */
bool plannable_cast_operand(const struct tokens *t, long edge, int step, const char *type);
/* All THEN and ELSE of the CASE at i. */
bool plannable_cast_branches(const struct tokens *t, long i, const char *type);

/* Failures that name types: plannable_types.c. */
bool plannable_retype(const struct tokens *t, long where, const char *message);
/* GROUP BY and ORDER BY that were equal to an item of the select list: plannable_group.c. */
bool plannable_regroup(const struct tokens *t);

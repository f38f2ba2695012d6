/*
 * Values for the parameters of statements: from pg_stats of the columns that they are compared with, in memory for one run and never stored.
 *
 *      frequent  the most common value, a wide range
 *      typical   a value from the middle, a range of a tenth
 *      rare      one that is in no list of common values, a range of a hundredth
 */
#pragma once
#include "lib/pg.h"
#include "lib/sqlparams.h"

enum value_case { VALUE_TYPICAL, VALUE_FREQUENT, VALUE_RARE, VALUE_CASE_COUNT };
extern const char *const value_case_names[VALUE_CASE_COUNT];

struct plan_values;

struct plan_values *plan_values_new(struct arena *a);
/* Notes the columns that a statement compares its parameters with, unless they were asked for before. False: there is nothing new to ask. */
bool plan_values_want(struct plan_values *v, const struct sql_params *params);
/* What is wanted, as JSON for plan_values_sql; what comes of it is kept beside what was taken before. */
const char *plan_values_columns(struct plan_values *v);
extern const char plan_values_sql[];
void plan_values_take(struct plan_values *v, const struct pg_rows *rows);

/*
 * A literal for parameter n of a statement whose parameters were read, quoted, of the server's type; "NULL" when there is none to think of.
 * path: the search path of the statement. rows_per_call: what a LIMIT was, about. *sampled is set when the value comes from statistics.
 */
const char *plan_values_literal(const struct plan_values *v, struct arena *a, const struct sql_params *params, int n, const char *type, const char *path,
                                double rows_per_call, enum value_case which, bool *sampled);

/* The text with the types of numeric columns given to parameters of arithmetic ($1 - $2), where the server would only see two unknowns. */
const char *plan_values_typed(const struct plan_values *v, struct arena *a, const struct sql_params *params, const char *text, const char *path);

/*
 * Planning runs functions: immutable ones of constants, stable ones for estimates, and SQL functions become part of the plan. A function of
 * another role that is no superuser would run there with the rights of whoever plans, so a captured text that could reach one is not planned.
 *
 *      send planfence_sql; fence = planfence_read(arena, rows); if ((name = planfence_refuses(fence, text))) ...
 *
 * Deliberately coarse, by names alone: a call, a type, an operator, or a relation of the text that is called like one that leads to such a
 * function.
 */
#pragma once
#include "base/arena.h"

struct pg_rows;
struct planfence;

/* What the search path must be while it is asked: pg_catalog. Rows: kind (f r t o), name, the role that owns the function behind it ('': any). */
extern const char planfence_sql[];

struct planfence *planfence_read(struct arena *a, const struct pg_rows *rows);

/* "the function, view or table "x" leads to a function of role y, which planning would run", or NULL. A NULL fence refuses nothing. */
const char *planfence_refuses(const struct planfence *f, struct arena *a, const char *text);

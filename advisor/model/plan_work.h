/*
 * How long a plan would keep a processor busy when every page is in memory: docs/models/plan_work.md.
 *
 * The planner's costs are those of disks (a page out of order costs four in order), and it prices the inner side of nested loops
 * as if it ran for every row of the outer *table*. A plan whose cost falls by a tenth may so take five times longer where all
 * is cached. This is the second opinion: crude, in nanoseconds per row, and never used to call a gain one, only to doubt it.
 */
#pragma once
#include "lib/plan.h"
#include "model/index_catalog.h"

double plan_work_ms(const struct index_catalog *c, const struct plan *plan);

/* Rows that an index scan fetches in one loop, before its filter. */
double plan_work_fetched(const struct index_catalog *c, const struct plan_node *n);

/*
 * What the statement at a finding cost while it was watched: "called 4.1 million times in 24 h, 38 % of the database's time". From the view
 * fact_code_cost, which joins statements of the sources with those that the server counted; without a history there is nothing.
 */
#pragma once
#include "change/change.h"
#include "lib/sqlite.h"

struct costs;

struct costs *costs_load(struct arena *a, struct db *db);
/* Sets cost and cost_frac, and adds the evidence. path as facts name it; start: byte of the finding; site: where it stands, or 0. */
void cost_find(struct costs *c, struct finding *f, const char *path, int64_t start, int64_t site);

/*
 * The parts of the model pool_size: it decides which settings are turned (pool_size.c), pool_budget.c cuts the wishes to the server,
 * pool_advice.c says it and writes it.
 */
#pragma once
#include "model/pool_fleet.h"

/* Connections that a setting may open on the server with `cap` in each process; 0 behind a pooler, which has its own. */
double pool_connections(const struct pool_setting *s, int cap);

/* Of all settings: as they are, or as they will be (what cannot be written stays). */
double pool_connections_total(const struct pool_fleet *fleet, bool after);

/* Cuts size_new and overflow_new of the chosen settings to fleet->budget: sizes by what they save, then overflow with what remains. */
void pool_fit_budget(struct pool_fleet *fleet, bool *chosen);

static inline int pool_cap_now(const struct pool_setting *s)
{
        return s->need.size_now + s->need.overflow_now;
}

/* Why this setting gets no advice, or NULL. */
const char *pool_refusal(struct pool_fleet *fleet, const struct pool_setting *s);

/* size_new and overflow_new by need alone; the budget comes after. */
void pool_wish(struct pool_setting *s);

/* "0.8 x (100 max_connections - 3 reserved) - ... = 72" */
const char *pool_budget_text(const struct pool_fleet *fleet);

bool pool_is_turned(const struct pool_setting *s);

void pool_advise_one(struct pool_fleet *fleet, struct advise_out *out, struct pool_setting *s);

/* One recommendation for everything that only the fleet's finding asks for. */
void pool_advise_fleet(struct pool_fleet *fleet, struct advise_out *out, const bool *chosen);

/*
 * The same load behind one shared pooler in transaction mode: one queue for all processes needs fewer server connections than a queue for
 * each. What it costs is a hop, and what of the source means the session and would meet another one in each transaction.
 */
#pragma once
#include "model/pool_fleet.h"

struct pool_alternative {
        bool known;
        int size;                     /* server connections; the smallest within the objective at the upper 95 % of the load */
        double instead_of;            /* connections of the direct pools as advised */
        double hop_ms;                /* added to each transaction, about */
        const char *breaks;           /* "LISTEN at bots/a.py:12, ...", or NULL: nothing was found in the sources */
        struct curve curve;
        struct pool_need need;
};

/* Of the direct pools whose traffic is known; not known when fewer than two processes would share it. After sizes were decided. */
void pool_alternative_find(struct pool_fleet *fleet, struct pool_alternative *ret);

/* In one sentence. */
const char *pool_alternative_text(struct pool_fleet *fleet, const struct pool_alternative *x);

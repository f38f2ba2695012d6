/*
 * The hypothetical indexes of one session, kept from one question to the next: sets that are asked after each other differ by
 * one or two members, and making one takes as long as planning a small statement.
 */
#pragma once
#include "lib/pg.h"
#include "lib/plan.h"
#include "model/oracle.h"

struct hypo_index {
        const char *definition, *name; /* name NULL: HypoPG did not take it */
        double height;
        int64_t oid;
        bool wanted;
};

struct hypo {
        struct arena *arena;
        const char *schema;            /* of the extension, quoted */
        VEC(struct hypo_index) indexes; /* those that exist now, and those that were refused */
        VEC(struct plan_alias) aliases; /* of the set that counts */
        bool changed;                  /* since plans were last made: cached generic plans do not notice */
};

/* Makes the set the one that counts. A definition that HypoPG refuses is left out, silently: no plan uses it. ERR_TARGET when the session is lost. */
int hypo_set(struct hypo *h, struct pg *pg, struct oracle_index *indexes, size_t n, struct err *err);

/* Height of a hypothetical index by the name that plans show or its definition; 0 unknown. */
double hypo_height(const struct hypo *h, const char *definition);

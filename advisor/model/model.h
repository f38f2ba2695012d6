/*
 * A model is a computation with a source (docs/models/NAME.md): one file and one row in models.def, MODEL(pool_size).
 *
 * Two entries: `estimate`, pure numbers, is also a function that rule SQL may call (by the model's name); `advise` looks at all
 * rows on which its rule fired at once, since pools and indexes are joint optimisations, and appends recommendations. One model
 * owns each knob. Pure: no clock, no randomness beyond a fixed seed, no files; the oracle is the only thing it asks.
 */
#pragma once
#include "change/change.h"
#include "facts.h"
#include "model/oracle.h"

/* The rows of one rule's select, as texts and numbers by column name. */
struct rule_row {
        const struct finding *finding;
        size_t n;
        const char *const *names;
        const char *const *texts;  /* NULL is NULL */
        const double *numbers;     /* NAN when not a number */
};

const char *rule_row_text(const struct rule_row *row, const char *name); /* NULL when absent */
double rule_row_number(const struct rule_row *row, const char *name);    /* NAN when absent */

struct advise_in {
        struct arena *arena;
        const struct facts *facts;
        struct store *store;      /* only for facts_load_accesses */
        struct oracle *oracle;    /* never NULL; look at ->unavailable */
        const char *rule;         /* id of the rule that asks */
        const struct rule_row *rows;
        size_t n;
        void (*progress)(void *arg, const char *line); /* may be NULL */
        void *progress_arg;
};

struct advise_out {
        VEC(struct recommendation) recommendations;
        VEC(struct evidence) unknown; /* label: the subject; value: why there is no advice for it */
};

struct model {
        const char *name;
        const char *doc; /* one line */
        int nargs;       /* of estimate */
        const char *args; /* "rate_hz, service_ms, size, processes": for the manual */
        double (*estimate)(const double *args, int n, void *arg); /* NULL when it has no scalar form; NAN when unknown */
        int (*advise)(const struct advise_in *in, struct advise_out *out, struct err *err); /* NULL when it only estimates */
};

#define MODEL(name) extern const struct model model_##name;
#include "model/models.def"
#undef MODEL
extern const struct model *const model_all[]; /* NULL-terminated */
const struct model *model_by_name(const char *name);

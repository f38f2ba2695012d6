#include "facts.h"

int facts_load_code(struct arena *a, struct store *store, const struct config *config, struct facts **ret_facts, struct err *err)
{
        struct facts *f = arena_new_of(a, struct facts);
        f->arena = a;
        f->config = config;
        int r = facts_load_fleet_code(f, store, err);
        if (r == 0)
                r = facts_load_arguments(f, store, err);
        if (r == 0)
                *ret_facts = f;
        return r;
}

int facts_load(struct arena *a, struct store *store, const struct config *config, struct facts **ret_facts, struct err *err)
{
        struct facts *f = arena_new_of(a, struct facts);
        f->arena = a;
        f->config = config;
        int r = facts_load_pg(f, store, err);
        if (r == 0)
                r = facts_load_fleet(f, store, err);
        if (r == 0)
                r = facts_load_arguments(f, store, err);
        if (r == 0)
                *ret_facts = f;
        return r;
}

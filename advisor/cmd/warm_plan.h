/* warm plan: what warming would gain, from the file of a cache trace. */
#pragma once
#include "cmd/cmd.h"

struct warm_plan_request {
        const char *trace, *format; /* format NULL: told by the first bytes */
        const char *keys_file;      /* where the keys go, or NULL */
        int64_t objects, keys;      /* the cache's capacity; at most so many keys; 0: no bound */
};

int warm_plan_file(struct app *app, const struct warm_plan_request *q, struct err *err);

/* Two commands that can be written as one pipeline: what the fix inserts, and where. */
#pragma once
#include "probes/source/python/redis.h"

struct piped {
        uint32_t next;      /* the call whose statement goes */
        const char *client; /* as written, at the start of the call */
        const char *text;   /* ".expire(key, 60)" */
        const char *bound;  /* the name that takes the result of the first, or NULL */
        uint32_t bound_end;
};
/* False: a person decides. */
bool redis_piped(struct arena *a, const struct site *x, struct piped *ret);

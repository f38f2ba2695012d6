#include "cache/memory.h"
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

void *cache_calloc(size_t n, size_t size)
{
        void *p = calloc(n ? n : 1, size);
        if (!p)
                arena_exhausted(n * size);
        return p;
}

void *cache_realloc(void *p, size_t n, size_t size)
{
        if (n > SIZE_MAX / size || !(p = realloc(p, n * size)))
                arena_exhausted(n * size);
        return p;
}

#include "cache/memory.h"
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Large tables are read here and there, a page each time: on huge pages the translation of addresses takes less than half the time. */
enum { HUGE = 2 << 20, LARGE = 1 << 20 };

static void *large(size_t size)
{
        void *p;
        if (posix_memalign(&p, HUGE, size))
                arena_exhausted(size);
        madvise(p, size, MADV_HUGEPAGE);
        return memset(p, 0, size);
}

void *cache_calloc(size_t n, size_t size)
{
        if (n > SIZE_MAX / 2 / size)
                arena_exhausted(n);
        if (n * size >= LARGE)
                return large(n * size);
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

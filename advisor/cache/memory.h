/* Memory that grows and shrinks with a trace, so not of an arena; its exhaustion goes where the arena's goes. */
#pragma once
#include <stddef.h>

void *cache_calloc(size_t n, size_t size); /* zeroed, for free(); never NULL */
void *cache_realloc(void *p, size_t n, size_t size);

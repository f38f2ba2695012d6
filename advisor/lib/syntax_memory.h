/*
 * Memory of syntax trees: one bump arena for each tree, so that a tree of a hundred thousand nodes ends in one step. The parser's
 * small pieces go round in lists by size. Measured on 25 MB of Python: parsing takes 15 % less than with malloc and free.
 *
 * Between syntax_memory_use() and the next, what tree-sitter asks for on this thread comes out of that arena; with NULL (and in
 * builds with sanitizers, which want to see each piece) from malloc.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct syntax_memory;

struct syntax_memory *syntax_memory_take(void);      /* NULL: there is none, use malloc */
void syntax_memory_give(struct syntax_memory *m);    /* everything in it ends; NULL is fine */
struct syntax_memory *syntax_memory_use(struct syntax_memory *m); /* returns what was used before */
void syntax_memory_done(void);                       /* this thread parses no more: its spare arenas are freed */

/* The allocator for tree-sitter. */
void *syntax_malloc(size_t size);
void *syntax_calloc(size_t n, size_t size);
void *syntax_realloc(void *old, size_t size);
void syntax_free(void *p);

#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 << 10, ALIGN = _Alignof(max_align_t) };

struct block {
        struct block *next;
        size_t used, size;
        _Alignas(max_align_t) unsigned char data[];
};

struct arena {
        struct block *blocks; /* the first one is being filled */
        struct block *spare;  /* one that a scope gave back, or NULL */
};

static void exhausted_default(size_t size)
{
        fprintf(stderr, "perfadvise: out of memory (%zu bytes); nothing changed\n", size);
        _Exit(5);
}

static void (*exhausted)(size_t size) = exhausted_default;

void arena_on_exhausted(void (*handler)(size_t size))
{
        exhausted = handler;
}

void arena_exhausted(size_t size)
{
        exhausted(size);
        abort();
}

struct arena *arena_new(void)
{
        struct arena *a = calloc(1, sizeof *a);
        if (!a) {
                exhausted(sizeof *a);
                abort();
        }
        return a;
}

void arena_free(struct arena *a)
{
        if (!a)
                return;
        for (struct block *b = a->blocks, *next; b; b = next) {
                next = b->next;
                free(b);
        }
        free(a->spare);
        free(a);
}

static void add_block(struct arena *a, size_t size)
{
        if (size > SIZE_MAX - sizeof(struct block)) {
                exhausted(size);
                abort();
        }
        struct block *b = size == BLOCK_SIZE ? a->spare : NULL;
        if (b)
                a->spare = NULL;
        else
                b = malloc(sizeof *b + size);
        if (!b) {
                exhausted(size);
                abort();
        }
        *b = (struct block){.next = a->blocks, .size = size};
        a->blocks = b;
}

void arena_reserve(struct arena *a, size_t size)
{
        if (!a->blocks || a->blocks->size - a->blocks->used < size)
                add_block(a, size > BLOCK_SIZE ? size : BLOCK_SIZE);
}

void *arena_alloc(struct arena *a, size_t size)
{
        if (size > SIZE_MAX - ALIGN) {
                exhausted(size);
                abort();
        }
        size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
        arena_reserve(a, size);
        void *p = a->blocks->data + a->blocks->used;
        a->blocks->used += size;
        return memset(p, 0, size);
}

struct arena_scope arena_enter(struct arena *a)
{
        return (struct arena_scope){.arena = a, .block = a->blocks, .used = a->blocks ? a->blocks->used : 0};
}

void arena_leave_cleanup(struct arena_scope *scope)
{
        struct arena *a = scope->arena;
        while (a->blocks != scope->block) {
                struct block *b = a->blocks;
                a->blocks = b->next;
                if (b->size == BLOCK_SIZE && !a->spare)
                        a->spare = b;
                else
                        free(b);
        }
        if (a->blocks)
                a->blocks->used = scope->used;
}

void *arena_grow(struct arena *a, const void *old, size_t old_size, size_t new_size)
{
        void *p = arena_alloc(a, new_size);
        if (old_size)
                memcpy(p, old, old_size);
        return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
        char *copy = arena_alloc(a, len + 1);
        memcpy(copy, s, len);
        return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
        return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

/* Into what is left of the block when it fits, which it nearly always does: then one pass is enough. */
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
        va_list again;
        va_copy(again, ap);
        size_t left = a->blocks ? a->blocks->size - a->blocks->used : 0;
        char *s = left ? (char *)a->blocks->data + a->blocks->used : NULL;
        int printed = vsnprintf(s, left, fmt, ap);
        size_t size = (size_t)(printed < 0 ? 0 : printed) + 1, taken = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
        if (printed >= 0 && taken <= left) {
                a->blocks->used += taken;
        } else {
                s = arena_alloc(a, size);
                vsnprintf(s, size, fmt, again);
        }
        va_end(again);
        return s;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
        va_list ap;
        va_start(ap, fmt);
        char *s = arena_vprintf(a, fmt, ap);
        va_end(ap);
        return s;
}

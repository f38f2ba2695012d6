#include "lib/syntax_memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { UNIT = 16, CLASSES = 65, CHUNK = 1 << 20, CHUNK_MAX = 16 << 20, KEEP_BYTES = 24 << 20, SPARES = 2 };

/* In front of each piece. */
struct piece {
        uint32_t units;  /* size in UNITs, of pieces in an arena; 0: from malloc */
        uint32_t pad;
        uint64_t size;
};

struct chunk {
        struct chunk *next;
        size_t used, size;
        _Alignas(16) unsigned char data[];
};

struct syntax_memory {
        struct chunk *chunks;    /* the first is being filled */
        void *free[CLASSES];     /* by units */
};

#if defined __SANITIZE_ADDRESS__
static const bool plain = true;
#else
static const bool plain = false;
#endif

static _Thread_local struct syntax_memory *current;
static _Thread_local struct syntax_memory *spares[SPARES];

static bool add_chunk(struct syntax_memory *m, size_t at_least)
{
        size_t size = m->chunks ? m->chunks->size * 2 : CHUNK;
        size = size > CHUNK_MAX ? CHUNK_MAX : size;
        size = size < at_least ? at_least : size;
        struct chunk *c = malloc(sizeof *c + size);
        if (!c)
                return false;
        *c = (struct chunk){.next = m->chunks, .size = size};
        m->chunks = c;
        return true;
}

struct syntax_memory *syntax_memory_take(void)
{
        for (int i = 0; i < SPARES; i++)
                if (spares[i]) {
                        struct syntax_memory *m = spares[i];
                        spares[i] = NULL;
                        return m;
                }
        return plain ? NULL : calloc(1, sizeof(struct syntax_memory));
}

static void chunks_free(struct chunk *c)
{
        for (struct chunk *next; c; c = next) {
                next = c->next;
                free(c);
        }
}

static void memory_free(struct syntax_memory *m)
{
        if (m)
                chunks_free(m->chunks);
        free(m);
}

/* The newest chunks are the largest: what is kept is the first that is not too large. */
static void empty(struct syntax_memory *m)
{
        while (m->chunks && m->chunks->size > KEEP_BYTES) {
                struct chunk *c = m->chunks;
                m->chunks = c->next;
                free(c);
        }
        if (m->chunks) {
                chunks_free(m->chunks->next);
                m->chunks->next = NULL;
                m->chunks->used = 0;
        }
        memset(m->free, 0, sizeof m->free);
}

void syntax_memory_give(struct syntax_memory *m)
{
        if (!m)
                return;
        empty(m);
        for (int i = 0; i < SPARES; i++)
                if (!spares[i]) {
                        spares[i] = m;
                        return;
                }
        memory_free(m);
}

struct syntax_memory *syntax_memory_use(struct syntax_memory *m)
{
        struct syntax_memory *before = current;
        current = m;
        return before;
}

void syntax_memory_done(void)
{
        for (int i = 0; i < SPARES; i++) {
                memory_free(spares[i]);
                spares[i] = NULL;
        }
}

static void *from_malloc(size_t size)
{
        struct piece *p = malloc(sizeof *p + size);
        if (!p)
                return NULL;
        *p = (struct piece){.size = size};
        return p + 1;
}

void *syntax_malloc(size_t size)
{
        struct syntax_memory *m = current;
        if (!m || size > UINT32_MAX)
                return from_malloc(size);
        uint32_t units = (uint32_t)((size + UNIT - 1) / UNIT);
        units += !units;
        if (units < CLASSES && m->free[units]) {
                void *p = m->free[units];
                m->free[units] = *(void **)p;
                return p;
        }
        size_t need = (size_t)units * UNIT + sizeof(struct piece);
        if ((!m->chunks || m->chunks->size - m->chunks->used < need) && !add_chunk(m, need))
                return NULL;
        struct piece *p = (struct piece *)(m->chunks->data + m->chunks->used);
        m->chunks->used += need;
        p->units = units;
        p->size = (uint64_t)units * UNIT;
        return p + 1;
}

void *syntax_calloc(size_t n, size_t size)
{
        if (size && n > SIZE_MAX / size)
                return NULL;
        void *p = syntax_malloc(n * size);
        return p ? memset(p, 0, n * size) : NULL;
}

void syntax_free(void *p)
{
        if (!p)
                return;
        struct piece *h = (struct piece *)p - 1;
        if (!h->units) {
                free(h);
        } else if (current && h->units < CLASSES) { /* without a current arena it ends with its own */
                *(void **)p = current->free[h->units];
                current->free[h->units] = p;
        }
}

void *syntax_realloc(void *old, size_t size)
{
        if (!old)
                return syntax_malloc(size);
        struct piece *h = (struct piece *)old - 1;
        if (h->size >= size)
                return old;
        void *p = syntax_malloc(size);
        if (!p)
                return NULL;
        memcpy(p, old, h->size);
        syntax_free(old);
        return p;
}

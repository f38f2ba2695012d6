/*
 * Memory that lives as long as one command: allocated in blocks, freed all at once.
 *
 * Exhaustion goes to one handler (set by main.c) that does not return, so callers need no checks; `apply` calls
 * arena_reserve before its first write, so that no allocation can fail between two writes.
 */
#pragma once
#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a); /* NULL is fine */

/* Zeroed memory, aligned for any type; never NULL. */
void *arena_alloc(struct arena *a, size_t size);
char *arena_strdup(struct arena *a, const char *s); /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap);

/* Copies `old_size` bytes into a block of `new_size`; the old block stays valid until the arena ends. */
void *arena_grow(struct arena *a, const void *old, size_t old_size, size_t new_size);

/*
 * What is allocated inside a scope is given back at its end; scopes of one arena nest.
 *
 *      CLEANUP(arena_leave) struct arena_scope scope = arena_enter(arena);
 */
struct arena_scope {
        struct arena *arena;
        void *block;
        size_t used;
};
struct arena_scope arena_enter(struct arena *a);
void arena_leave_cleanup(struct arena_scope *scope);

/* Makes sure that `size` bytes can be given without asking the system again. */
void arena_reserve(struct arena *a, size_t size);

/* Called when memory is exhausted; must not return. The default prints a line and exits with 5. */
void arena_on_exhausted(void (*handler)(size_t size));
/* For memory that is not of an arena. */
void arena_exhausted(size_t size) __attribute__((noreturn));

#define arena_new_of(a, type) ((type *)arena_alloc((a), sizeof(type)))

/*
 * A growing array in an arena: declare with VEC(type), append with vec_push, read .items and .len.
 *
 *      VEC(struct pool) pools = {0};
 *      *vec_push(arena, &pools) = (struct pool){...};
 */
#define VEC(type)                                                                                                      \
        struct {                                                                                                       \
                type *items;                                                                                           \
                size_t len, cap;                                                                                       \
        }

#define vec_push(a, v)                                                                                                 \
        ({                                                                                                             \
                typeof(v) vec_ = (v);                                                                                  \
                if (vec_->len == vec_->cap) {                                                                          \
                        size_t cap_ = vec_->cap ? vec_->cap * 2 : 8;                                                   \
                        vec_->items = arena_grow((a), vec_->items, vec_->cap * sizeof *vec_->items,                    \
                                                 cap_ * sizeof *vec_->items);                                          \
                        vec_->cap = cap_;                                                                              \
                }                                                                                                      \
                &vec_->items[vec_->len++];                                                                             \
        })

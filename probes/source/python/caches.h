/*
 * Caches: caches.c finds those of the tree's own dictionaries and Redis keys, cache_library.c those that a library makes,
 * cache_own.c decorators and classes of the project, recognised by what they do.
 */
#pragma once
#include "probes/source/python/python.h"

struct cache *cache_add(struct scope *s, uint32_t n, const char *tier, const char *library, const char *name);
/* A size or an expiry that a call gives; false when it does not give one. */
bool cache_size(struct cache *c, struct scope *s, uint32_t call, const char *keyword, int position);
bool cache_ttl(struct cache *c, struct scope *s, uint32_t call, const char *keyword, int position);
/* A number, or why it is none, into the trail: "size 64: a.py:5". */
void cache_decide(struct cache *c, const struct value *v, bool size, double scale, const char *where);
const char *cache_target(struct scope *s, uint32_t call); /* what the call's result is called */

/* Is a word one of these? */
bool cache_word(const char *word, const char *const *words, size_t n);
#define ANY_WORD(word, ...) cache_word((word), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

extern const char *const cache_size_names[], *const cache_ttl_names[]; /* end with NULL */
bool cache_is_named(const char *name, const char *const *names);

/* "(user_id, page)": what a decorated function is asked with; "()" when it has no arguments. */
const char *cache_arguments(struct scope *fn);

bool cache_library_decorator(struct scope *fn, uint32_t decorator, uint32_t call, const struct value *what);
void cache_library_calls(struct file *f);
bool cache_keeps_answer(const struct file *f, uint32_t call);
void cache_sets(struct file *f);
void cache_settings(struct file *f);
void cache_own_decorator(struct scope *fn, uint32_t decorator, uint32_t call, const struct value *what, const char *last);
void cache_own_class(struct scope *class);
void cache_own_calls(struct file *f);
bool cache_class_is_one(const struct scope *class); /* keeps entries, by its methods and its name */
bool cache_stores_results(struct scope *fn);        /* a decorator that keeps what the decorated function gives */

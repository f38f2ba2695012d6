/*
 * What a call is: shared by sites.c (which lists calls) and effects.c (what a function does to whoever calls it).
 */
#pragma once
#include "probes/source/python/python.h"

struct call_class {
        const char *what;    /* NULL: nothing that counts */
        const char *callee;  /* canonical name, or the qualified name of our function */
        const char *receiver, *receiver_type;
        const char *note;    /* "by name", "through f" */
        struct pool *pool;
        bool blocking;
        struct scope *function; /* ours */
};

/* follow: look into our own functions too. */
struct call_class classify(struct scope *s, uint32_t call, bool follow);
/* effects_outside.c */
bool waits_outside(struct scope *s, uint32_t call);
bool is_of_api(const struct file *f, uint32_t function); /* self._api.fetch_order */
int effect_of(const char *what, bool blocking);

/* effects_object.c: what a function does by way of the object it is called on, and of the functions passed to it */
int effects_of_object(struct scope *function, struct scope *class, int depth);
bool hands_on_callable(const struct scope *function, uint32_t call); /* maybe_coroutine(method, *args), where method: Callable is a parameter */
int effects_of_arguments(struct scope *caller, uint32_t call, int depth);
bool passes_loaded_row(struct scope *caller, uint32_t call); /* one whose query loaded what belongs to it */
struct pool *pool_of_arguments(struct scope *caller, uint32_t call);

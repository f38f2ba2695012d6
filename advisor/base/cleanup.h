/*
 * Resources are held by one variable with a cleanup attribute, and handed over with take().
 *
 *      CLEANUP(store_free) struct store *store = NULL;
 *      ...
 *      *ret_store = take(store);
 *
 * A destructor F for a `struct x *` is declared with DEFINE_CLEANUP(struct x *, F): it accepts NULL.
 */
#pragma once
#include <stdlib.h>
#include <unistd.h>

#define DEFINE_CLEANUP(type, func)                                                                                     \
        static inline void func##_cleanup(type *p)                                                                     \
        {                                                                                                              \
                if (*p)                                                                                                \
                        func(*p);                                                                                      \
        }

#define CLEANUP(func) __attribute__((cleanup(func##_cleanup)))

#define take(var)                                                                                                      \
        ({                                                                                                             \
                typeof(var) taken_ = (var);                                                                            \
                (var) = NULL;                                                                                          \
                taken_;                                                                                                \
        })

/* An owned char buffer from malloc. */
static inline void free_cleanup(void *p)
{
        free(*(void **)p);
}

/* An owned file descriptor; -1 is none. */
static inline void close_cleanup(int *fd)
{
        if (*fd >= 0)
                close(*fd);
}

/* Where arguments of calls can be added, and which calls are whole lines: what mechanical fixes need. Texts live in the given arena. */
#pragma once
#include "probes/source/python/python.h"

struct insertion {
        uint32_t at;          /* byte; 0: nowhere */
        const char *lead, *tail; /* put around "name=value" */
        const char *anchor;   /* bytes that stand right before `at`, for checking */
        const char *refused;  /* why it must not be done, or NULL */
        bool is_first;        /* the call has no argument: a second one needs a comma of its own */
};
struct insertion call_insertion(struct arena *a, const struct file *f, uint32_t call);

/* The lines of a statement that is nothing but the call, its line break included. */
struct call_line {
        uint32_t start, end;
        const char *text;
};
bool call_line(struct arena *a, const struct file *f, uint32_t call, struct call_line *ret);

/* The call that the next statement of the block is, when both statements are nothing but calls; NO_NODE. */
uint32_t call_after(const struct file *f, uint32_t call);

/*
 * Inside the pass that lists sites: where it is, and what its parts ask of each other.
 *   sites.c      the pass itself, in the order of the text
 *   site_loop.c  what a loop goes over
 *   site_with.c  what a with block holds
 *   site_note.c  what else is to be said of a call
 *   site_call.c  calls, awaits and attributes
 *   site_response.c what a response model reads of each row
 *   orm_expire.c columns that are read after a commit expired them
 *   site_slice.c pages cut out of rows
 */
#pragma once
#include "probes/source/python/orm.h"

/* Where the pass is. Copied on the way down, so leaving a block restores what was outside. */
struct at {
        struct scope *scope;
        int64_t loop, hold;       /* index into sites + 1; 0: none */
        int64_t session;          /* with block of a session that holds nothing yet */
        uint32_t loop_node;
        const struct orm_variable *variables; /* of the loops around */
        bool is_async;
        bool at_most_once;        /* returns or breaks out of the loop right after */
        bool guarded;             /* under a condition that only some rounds meet */
        bool entered;             /* the call is the manager of a with */
        uint32_t awaited;         /* the await around, NO_NODE */
};

/* sites.c. What the words of a site point to is interned by site_keep(), so they may be of the scratch arena before. */
struct site *site_add(struct at *at, const char *kind, const char *what, uint32_t n);
struct site *site_by_id(struct source *s, int64_t id); /* NULL: 0 */
void site_mark_used(struct source *s, int64_t id); /* and what it stands in */
void site_keep(struct source *s, struct site *x);
bool is_word(const char *word, const char *other); /* word may be NULL */

/* site_loop.c: for for_rows for_range for_chunks for_constant */
const char *loop_over(struct scope *s, uint32_t iterable);
const char *callee_name(const struct file *f, uint32_t call); /* the last name; "" */

/* site_with.c */
void with_enter(struct at *inner, uint32_t manager);

/* site_note.c */
void note_call(struct at *at, struct site *x, uint32_t n);
void note_coroutines(struct at *at, struct site *x, uint32_t n); /* of gather and run: the pool that what they start takes from */

/* site_response.c: relationships that a response model reads of each row */
void response_visit(struct at *at);

/* orm_expire.c: columns read after a commit that expired them, under an asynchronous session */
void orm_expired_find(struct file *f);

/* site_slice.c */
void visit_slice(struct at *at, uint32_t n);

/* site_call.c */
void visit_call(struct at *at, uint32_t n);
void visit_call(struct at *at, uint32_t n);
void visit_attribute(struct at *at, uint32_t n); /* row.author, where the author is loaded when it is asked for */
void visit_lazy(struct at *at, uint32_t n, bool awaited); /* a query that is used up here: iterated, counted by len(), awaited */
void visit_arguments(struct at *at, uint32_t n);
void visit_await(struct at *at, uint32_t n);

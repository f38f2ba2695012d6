/*
 * Object-relational mappers: a query is a value that knows its model and the calls that built it; iterating, awaiting or counting
 * one that is still lazy sends it.
 */
#pragma once
#include "probes/source/python/eval.h"
#include "probes/source/python/sites.h"

/* One call of a chain: select(User).where(...).limit(5) is three steps, the newest first. */
struct query_step {
        const struct query_step *before;
        struct scope *scope;
        uint32_t call;          /* node of the call, or of the subscript of a slice */
        const char *method;     /* interned: select, where, limit; "[]" */
};

bool orm_is_query(const char *type);    /* values of it carry a model and steps */
bool orm_is_rows(const char *type);     /* iterating gives what a query found */

/* What a library's call gives, beside its type: model, steps, objects. */
struct value orm_result(struct ctx *c, struct scope *s, uint32_t call, const struct value *callee, const struct library_call *lib, struct value v);
/* What a loop variable is, of something iterated; item: its place in an unpacked tuple, or -1. */
struct value orm_element(struct ctx *c, struct scope *s, uint32_t iterable, int item);
struct value orm_element_of(struct value iterable);
struct value orm_slice(struct scope *scope, uint32_t subscript, struct value query);
/* An attribute of a library's type that is no call: Model.objects, db.session. Unknown when it is none. */
struct value orm_attribute(const char *full, struct pool *pool);
/* The same, of a member found so far: v itself when it is no such attribute. */
struct value orm_member(struct value v, const char *name);
/* A member of our class: its manager knows the class; `objects` of a class with bases outside the tree is Django's. */
struct value orm_of_class(struct ctx *c, struct scope *class, const char *name, struct value v);

/* Is this call list(...), len(...) and the like, which use up their first argument? Its node, or NO_NODE. */
uint32_t orm_consumed_argument(const struct file *f, uint32_t call);
/* Does using up this expression send a statement? Then what that call is. */
bool orm_sends(struct scope *s, uint32_t expression, bool awaited, struct call_class *ret);

/* orm_lazy.c: variables of the loops around, of which rows of models are known. */
struct orm_variable {
        const char *name;
        struct scope *model;
        const struct query_step *steps;
        const struct orm_variable *outer;
};
struct orm_relation;
struct orm_access {
        const char *model, *class, *attribute, *variable;
        bool known;  /* the model declares the relationship; else another one may */
        bool async;  /* the rows came from an awaited call */
        const struct orm_model *owner;
        const struct orm_relation *relation; /* NULL: not known */
};
bool orm_loop_variable(struct scope *s, uint32_t left, uint32_t right, struct orm_variable *ret);
/* Does reading this attribute of a loop variable send a statement? */
bool orm_lazy_access(struct scope *s, const struct orm_variable *variables, uint32_t attribute, struct orm_access *ret);
bool orm_loads(const struct query_step *steps, const char *attribute); /* with its rows */
bool orm_has_loader(const struct query_step *steps);
bool orm_is_related(const struct query_step *steps); /* rows of one parent */
/* An attribute of a model's object, found so far as v: what its relationship gives. */
struct value orm_related(struct value object, const char *name, struct value v);
struct value orm_loop_value(struct scope *s, uint32_t iterable, int item); /* orm_element, as a question of its own */

/* orm_rows.c */
struct orm_rows {
        const char *table;
        uint32_t node;  /* where the query begins */
        bool constant;  /* there are conditions, all with constants */
};
bool orm_all_rows_of_value(struct scope *s, uint32_t n, struct orm_rows *ret);   /* a query that is used up at n */
bool orm_all_rows_of_call(struct scope *s, uint32_t call, struct orm_rows *ret); /* .all() */
/* "length": rows fetched to be counted; "existence": a count to know whether there is any; NULL. */
const char *orm_only_counted(struct scope *s, uint32_t call, struct orm_rows *ret);

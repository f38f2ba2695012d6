/*
 * The inside of evaluation: eval.c (the switch), eval_text.c (literals), eval_name.c (names, parameters, types), eval_object.c
 * (attributes, items, settings), eval_call.c (calls).
 */
#pragma once
#include "probes/source/python/python.h"

/* A call being looked into: parameters of `function` are the arguments of `call`. */
struct frame {
        struct scope *function, *scope;
        uint32_t call;
        const struct frame *up;
};

struct ctx {
        struct python *python;
        const struct frame *frame;
        int depth;
};

struct value ev(struct ctx *c, struct scope *s, uint32_t node);
struct value ev_name(struct ctx *c, struct scope *s, const char *name, uint32_t at);
struct value ev_type(struct ctx *c, struct scope *s, uint32_t node);
struct value ev_attribute(struct ctx *c, struct value object, const char *name);
struct value ev_item(struct ctx *c, struct value object, const char *key);
struct value ev_index(struct ctx *c, struct value object, int i);
struct value ev_environment(struct ctx *c, struct scope *s, const char *name, uint32_t otherwise);
struct value ev_call(struct ctx *c, struct scope *s, uint32_t node);
struct value ev_returns(struct ctx *c, struct scope *function, const struct frame *frame);

enum { EVAL_DEPTH_MAX = 28 };

/* eval_text.c */
struct value ev_number(struct scope *s, uint32_t node);
struct value ev_string(struct ctx *c, struct scope *s, uint32_t node);
struct value ev_binary(struct ctx *c, struct scope *s, uint32_t node);

/* eval_format.c */
struct value ev_format(struct ctx *c, struct scope *s, uint32_t call, struct value text);
struct value ev_percent(struct ctx *c, struct scope *s, struct value text, uint32_t right);
struct value ev_join(struct ctx *c, struct scope *s, struct value separator, uint32_t arg);

struct value unknown(const char *why);
struct value literal(enum value_kind kind, struct scope *s, uint32_t node);
struct value extern_named(const char *name, struct file *from);
struct value instance_of(const char *type);
struct value overrules(struct source *s, struct value winner, struct value loser);
struct value via(struct source *s, const char *step, struct value v);
struct value config_value(struct file *f, const struct entry *e);
const char *place(const struct file *f, uint32_t byte);

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
struct value ev_annotated(struct ctx *c, struct scope *s, uint32_t type); /* its first argument, with what a dependency after it adds */
struct value ev_attribute(struct ctx *c, struct value object, const char *name);
struct value ev_item(struct ctx *c, struct value object, const char *key);
struct value ev_index(struct ctx *c, struct value object, int i);
struct value ev_environment(struct ctx *c, struct scope *s, const char *name, uint32_t otherwise);
struct value ev_call(struct ctx *c, struct scope *s, uint32_t node);
struct value ev_returns(struct ctx *c, struct scope *function, const struct frame *frame);

enum { EVAL_DEPTH_MAX = 28 };

/* eval_config.c: values of configuration files, with the types that their readers give them */
struct value config_value(struct file *f, const struct entry *e);
struct value ev_config_item(struct value object, const char *key);
/* Calls that read a configuration file: yaml.safe_load, tomllib.load, ConfigParser ... False when it is none of these. */
bool ev_load(struct ctx *c, struct scope *s, uint32_t call, const char *name, struct value *ret);

struct value ev_dynaconf(struct ctx *c, struct value object, const char *name);

/* eval_environment.c */
/* What sets the variable, the strongest first: the programs that reach the file, a .env. Unknown when nothing does. */
struct value ev_variable(struct ctx *c, struct scope *s, const char *name, bool loaded);
/* `said` of the environment over a default; an example file counts only when there is none. */
struct value ev_over_default(struct source *s, struct value said, struct value otherwise);
struct value ev_given(struct source *s, const struct variable *x, const char *what); /* what a deployment says, where it says it */
struct value ev_as_number(struct value v); /* of a text that is one */
/* Calls that read one variable: os.getenv, decouple, environs, django-environ, starlette. False when it is none of these. */
bool ev_reader(struct ctx *c, struct scope *s, uint32_t call, const char *name, struct value *ret);

/* eval_options.c: argparse, click, typer */
/* args.name of what parse_args() gave. */
struct value ev_namespace(struct ctx *c, struct value object, const char *name);
/* A parameter that click or typer fills from the command line. */
bool ev_option(struct ctx *c, struct scope *function, const struct binding *b, struct value *ret);

/* eval_settings.c: pydantic's settings classes */
bool ev_is_settings(struct ctx *c, struct scope *class);
/* The field b; in: the prefix of variables where the class is a part of the owner's settings; else NULL, and the owner is the class. */
struct value ev_setting(struct ctx *c, struct scope *class, const struct binding *b, const char *in, struct scope *owner);
/* A setting that the call which made the object gives, or that belongs to a nested model. */
bool ev_given_setting(struct ctx *c, struct value object, const char *name, struct value *ret);
uint32_t field_default(const struct scope *class, uint32_t value); /* Field(5), field(default=5): the 5; else the value itself */
struct value ev_factory(struct ctx *c, struct scope *class, uint32_t node); /* default or default_factory of a field */

static inline uint32_t class_bases(const struct scope *class)
{
        return node_field(class->file, class->node, F_superclasses);
}

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
const char *place(const struct file *f, uint32_t byte);

/* eval_object.c */
bool ev_is_super(const struct file *f, uint32_t call); /* super() */
struct value ev_super(struct ctx *c, struct scope *method, const char *name); /* super().name */

/* eval_derived.c */
bool is_abstract(const struct scope *function);
struct value ev_implementation(struct ctx *c, struct value method); /* of an abstract method: its only implementation, else itself */
struct value ev_only_bot(struct ctx *c); /* an object of the only class in the tree that derives from discord.py's bot, or unknown */

/*
 * Command lines of programs: argparse, click and typer. What a person types is not in the tree; the default is, and the variable
 * that an option may read.
 */
#include "probes/source/python/eval.h"

#include <string.h>

enum { NAMES_MAX = 6 };

/* --pool-size is pool_size. */
static bool is_option_named(const char *option, const char *name)
{
        option += strspn(option, "-");
        size_t n = strcspn(option, "/ ");
        if (n != strlen(name))
                return false;
        for (size_t i = 0; i < n; i++)
                if (option[i] != name[i] && !(option[i] == '-' && name[i] == '_'))
                        return false;
        return true;
}

static bool names_option(struct ctx *c, struct scope *s, uint32_t call, const char *name)
{
        uint32_t dest = call_argument(s->file, call, "dest", -1);
        if (dest != NO_NODE) {
                struct value v = ev(c, s, dest);
                return v.kind == V_TEXT && !strcmp(v.text, name);
        }
        for (int i = 0; i < NAMES_MAX; i++) {
                uint32_t arg = call_argument(s->file, call, NULL, i);
                if (arg == NO_NODE)
                        break;
                struct value v = s->file->nodes[arg].kind == PY_string ? ev(c, s, arg) : unknown("");
                if (v.kind == V_TEXT && is_option_named(v.text, name))
                        return true;
        }
        return false;
}

/* The default of an option, under the variable that it reads where it has one. */
static struct value option_value(struct ctx *c, struct scope *s, uint32_t call, const char *name, uint32_t otherwise)
{
        struct source *src = c->python->source;
        uint32_t envvar = call_argument(s->file, call, "envvar", -1);
        struct value variable = envvar == NO_NODE ? unknown("") : ev(c, s, envvar);
        if (variable.kind == V_LIST)
                variable = ev_index(c, variable, 0);
        if (variable.kind == V_TEXT && !variable.holes)
                return ev_environment(c, s, variable.text, otherwise);
        if (otherwise == NO_NODE)
                return unknown(arena_printf(src->scratch, "option '%s' of the command line, which has no default", name));
        struct value v = ev(c, s, otherwise);
        if (v.decider == BY_LITERAL || v.decider == BY_CONSTANT)
                v.decider = BY_ENV_DEFAULT;
        return via(src, arena_printf(src->scratch, "option '%s' unless the command line says", name), v);
}

struct value ev_namespace(struct ctx *c, struct value object, const char *name)
{
        struct file *f = object.call_scope->file;
        EACH_CALL_IN(f, "add_argument", call)
                if (names_option(c, call->scope, call->node, name))
                        return option_value(c, call->scope, call->node, name, call_argument(f, call->node, "default", -1));
        return unknown(arena_printf(f->source->scratch, "option '%s' of a command line, which is not declared in %s", name, f->path));
}

static bool ends_with(const struct file *f, uint32_t node, const char *text)
{
        size_t n = strlen(text), len = f->nodes[node].end - f->nodes[node].start;
        return len >= n && !memcmp(f->bytes + f->nodes[node].end - n, text, n);
}

/* @click.option("--pool-size", default=5, envvar="POOL") */
static bool click_option(struct ctx *c, struct scope *function, const struct binding *b, struct value *ret)
{
        const struct file *f = function->file;
        if (function->decorators == NO_NODE)
                return false;
        EACH_CHILD(f, function->decorators, d)
        {
                uint32_t call = f->nodes[d].kind == PY_decorator ? node_first(f, d) : NO_NODE;
                uint32_t callee = call != NO_NODE && f->nodes[call].kind == PY_call ? node_field(f, call, F_function) : NO_NODE;
                if (callee == NO_NODE || (!ends_with(f, callee, "option") && !ends_with(f, callee, "argument")) || !names_option(c, function->parent, call, b->name))
                        continue;
                *ret = option_value(c, function->parent, call, b->name, call_argument(f, call, "default", -1));
                return true;
        }
        return false;
}

static uint32_t typer_call(const struct file *f, uint32_t node)
{
        static const char *const names[] = {"typer.Option", "Option", "typer.Argument", "Argument"};
        for (uint32_t n = node; node != NO_NODE && n < f->nodes[node].after; n++) {
                uint32_t callee = f->nodes[n].kind == PY_call ? node_field(f, n, F_function) : NO_NODE;
                for (size_t i = 0; callee != NO_NODE && i < sizeof names / sizeof *names; i++)
                        if (text_is(f, callee, names[i]))
                                return n;
        }
        return NO_NODE;
}

/* pool: int = typer.Option(5, envvar="POOL"), pool: Annotated[int, typer.Option(envvar="POOL")] = 5 */
static bool typer_option(struct ctx *c, struct scope *function, const struct binding *b, struct value *ret)
{
        const struct file *f = function->file;
        uint32_t in_value = typer_call(f, b->value), in_type = in_value == NO_NODE ? typer_call(f, b->type) : NO_NODE;
        if (in_value == NO_NODE && in_type == NO_NODE)
                return false;
        if (in_value != NO_NODE && in_value != b->value)
                return false;
        *ret = in_value != NO_NODE ? option_value(c, function->parent, in_value, b->name, call_argument(f, in_value, "default", 0))
                                   : option_value(c, function->parent, in_type, b->name, b->value);
        return true;
}

bool ev_option(struct ctx *c, struct scope *function, const struct binding *b, struct value *ret)
{
        return click_option(c, function, b, ret) || typer_option(c, function, b, ret);
}

/*
 * Command lines of programs: argparse, click and typer. What a person types is not in the tree; what a deployment's command says is, over
 * the default and the variable that an option may read.
 */
#include "probes/source/python/eval.h"
#include "probes/source/world.h"

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

/* Is the word the option: by its long name, or by one that the call lists (-n)? */
static bool is_given(struct scope *s, uint32_t call, const char *name, const char *word)
{
        size_t n = strcspn(word, "=");
        const char *option = arena_strndup(s->file->source->scratch, word, n);
        if (word[0] != '-')
                return false;
        if (word[1] == '-' && is_option_named(option, name))
                return true;
        for (int i = 0; i < NAMES_MAX; i++) {
                uint32_t arg = call_argument(s->file, call, NULL, i);
                if (arg == NO_NODE || s->file->nodes[arg].kind != PY_string)
                        break;
                const char *text = node_text(s->file, arg);
                size_t len = strlen(text);
                if (len == n + 2 && !strncmp(text + 1, option, n))
                        return true;
        }
        return false;
}

static struct value on_command_line(struct scope *s, uint32_t call, const char *name, const struct program *p)
{
        struct source *src = s->file->source;
        struct value v = unknown("");
        for (size_t i = 0; i < p->words.len; i++) {
                const struct given *w = &p->words.items[i], *next = i + 1 < p->words.len ? w + 1 : NULL;
                if (!is_given(s, call, name, w->text))
                        continue;
                size_t eq = strcspn(w->text, "=");
                struct variable x = {.name = name, .file = w->file};
                if (w->text[eq]) {
                        x.value = w->text + eq + 1;
                        x.start = w->start ? w->start + (uint32_t)eq + 1 : 0;
                        x.end = w->start ? w->end : 0;
                } else if (next) {
                        x.value = next->text;
                        x.start = next->start;
                        x.end = next->start ? next->end : 0;
                }
                if (!x.value || strchr(x.value, HOLE))
                        return unknown("");
                v = ev_as_number(ev_given(src, &x, arena_printf(src->scratch, "option '%s' of the command of %s", name, p->name)));
        }
        return v;
}

/* Known only when every program that is started with options of this file says the same; ret_all: each of them says something. */
static struct value on_command_lines(struct scope *s, uint32_t call, const char *name)
{
        const struct shared_file *common = &s->file->source->shared->files[s->file->index];
        struct value found = unknown("");
        size_t said = 0, started = 0;
        depends_on_name(s->file->source, LOOK_ENVIRONMENT, "", 0);
        for (size_t i = 0; i < common->reaching_count; i++) {
                if (!common->reaching[i]->words.len)
                        continue;
                struct value v = on_command_line(s, call, name, common->reaching[i]);
                started++;
                if (v.kind == V_UNKNOWN)
                        continue;
                if (!said++)
                        found = v;
                else if (v.kind != found.kind || v.number != found.number || strcmp(v.text ? v.text : "", found.text ? found.text : ""))
                        found.ambiguous = true;
        }
        found.ambiguous |= said && said < started;
        return found;
}

/* The default of an option, under the variable that it reads where it has one. */
static struct value option_default(struct ctx *c, struct scope *s, uint32_t call, const char *name, uint32_t otherwise)
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

static struct value option_value(struct ctx *c, struct scope *s, uint32_t call, const char *name, uint32_t otherwise)
{
        struct value said = on_command_lines(s, call, name), v = option_default(c, s, call, name, otherwise);
        return said.kind == V_UNKNOWN ? v : ev_over_default(c->python->source, said, v);
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

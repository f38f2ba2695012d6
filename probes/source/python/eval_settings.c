/*
 * pydantic's settings classes, of version 1 (class Config, Field(env=...)) and 2 (SettingsConfigDict): arguments of the call over
 * the environment over the env_file over the default; prefixes, aliases, nested models by env_nested_delimiter.
 */
#include "probes/source/python/eval.h"

#include <ctype.h>
#include <string.h>

enum { BASES_MAX = 6, ENV_FILES_MAX = 8 };

static bool is_settings_class(struct ctx *c, struct scope *class, int depth)
{
        uint32_t bases = class_bases(class);
        if (bases == NO_NODE || depth > BASES_MAX)
                return false;
        EACH_CHILD(class->file, bases, b)
        {
                if (class->file->nodes[b].kind == PY_keyword_argument)
                        continue;
                struct value v = ev(c, class->parent, b);
                const char *name = value_extern(&v);
                if (name && str_ends(name, "BaseSettings"))
                        return true;
                if (v.kind == V_CLASS && v.scope != class && is_settings_class(c, v.scope, depth + 1))
                        return true;
        }
        return false;
}

bool ev_is_settings(struct ctx *c, struct scope *class)
{
        return is_settings_class(c, class, 0);
}

bool is_settings(struct scope *class)
{
        enum { STEPS = 200 };
        struct ctx c = {.python = class->file->source->python};
        int64_t before = c.python->budget;
        c.python->budget = STEPS;
        bool is = is_settings_class(&c, class, 0);
        c.python->budget = before;
        return is;
}

/* ── Options of the class ──────────────────────────────────────────────────────────────────────────────────────────── */

static struct value in_config_class(struct ctx *c, struct scope *config, const char *name)
{
        for (size_t i = config->bindings.len; i-- > 0;)
                if (!strcmp(config->bindings.items[i].name, name) && config->bindings.items[i].value != NO_NODE)
                        return ev(c, config, config->bindings.items[i].value);
        return unknown("");
}

/* model_config = SettingsConfigDict(...) or a dictionary, or class Config. */
static struct value own_option(struct ctx *c, struct scope *class, const char *name)
{
        struct file *f = class->file;
        struct value v = unknown("");
        for (size_t i = 0; i < class->bindings.len && v.kind == V_UNKNOWN; i++) {
                const struct binding *b = &class->bindings.items[i];
                if (b->kind == B_CLASS && !strcmp(b->name, "Config"))
                        v = in_config_class(c, b->scope, name);
                if (strcmp(b->name, "model_config") || b->value == NO_NODE)
                        continue;
                uint32_t arg = f->nodes[b->value].kind == PY_call ? call_argument(f, b->value, name, -1) : NO_NODE;
                if (arg != NO_NODE)
                        v = ev(c, class, arg);
                else if (f->nodes[b->value].kind == PY_dictionary)
                        v = ev_item(c, ev(c, class, b->value), name);
        }
        return v;
}

/* As a keyword of the class statement, else its own, else a base's. */
static struct value option(struct ctx *c, struct scope *class, const char *name, int depth)
{
        struct file *f = class->file;
        uint32_t bases = class_bases(class);
        struct value v = unknown("");
        if (bases != NO_NODE)
                EACH_CHILD(f, bases, b)
                        if (f->nodes[b].kind == PY_keyword_argument && text_is(f, node_field(f, b, F_name), name))
                                return ev(c, class->parent, node_field(f, b, F_value));
        v = own_option(c, class, name);
        if (v.kind != V_UNKNOWN || bases == NO_NODE || depth > BASES_MAX)
                return v;
        EACH_CHILD(f, bases, b)
        {
                struct value base = f->nodes[b].kind == PY_keyword_argument ? unknown("") : ev(c, class->parent, b);
                if (base.kind == V_CLASS && base.scope != class && (v = option(c, base.scope, name, depth + 1)).kind != V_UNKNOWN)
                        return v;
        }
        return unknown("");
}

static const char *option_text(struct ctx *c, struct scope *class, const char *name)
{
        struct value v = option(c, class, name, 0);
        return v.kind == V_TEXT && !v.holes ? v.text : "";
}

/* The files that env_file names, as far as they are in the tree; the last that has the variable counts. */
static struct value from_env_files(struct ctx *c, struct scope *class, const char *variable)
{
        struct source *s = c->python->source;
        struct value files = option(c, class, "env_file", 0), found = unknown("");
        for (int i = 0; i < ENV_FILES_MAX; i++) {
                struct value path = files.kind == V_LIST ? ev_index(c, files, i) : i ? unknown("") : files;
                const char *name = path.kind == V_TEXT && !path.holes ? path.text : path.kind == V_INSTANCE ? path.key : NULL;
                struct file *f = name ? config_find(s, class->file, name) : NULL;
                const struct entry *e = f && f->lang == LANG_ENV ? config_get(f, variable) : NULL;
                if (e)
                        found = config_value(f, e);
        }
        return found;
}

/* ── Fields ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_field_call(const struct scope *class, uint32_t value)
{
        static const char *const names[] = {"Field", "field", "pydantic.Field", "dataclasses.field", "attr.ib", "attrs.field", "attr.field", "attrib"};
        const struct file *f = class->file;
        uint32_t function = value != NO_NODE && f->nodes[value].kind == PY_call ? node_field(f, value, F_function) : NO_NODE;
        for (size_t i = 0; function != NO_NODE && i < sizeof names / sizeof *names; i++)
                if (text_is(f, function, names[i]))
                        return true;
        return false;
}

uint32_t field_default(const struct scope *class, uint32_t value)
{
        if (!is_field_call(class, value))
                return value;
        static const char *const names[] = {"default", "default_factory", "factory"};
        for (int i = 0; i < 3; i++) {
                uint32_t arg = call_argument(class->file, value, names[i], i ? -1 : 0);
                if (arg != NO_NODE && class->file->bytes[class->file->nodes[arg].start] != '.') /* ... is no default */
                        return arg;
        }
        return NO_NODE;
}

struct value ev_factory(struct ctx *c, struct scope *class, uint32_t node)
{
        const struct file *f = class->file;
        if (node == NO_NODE)
                return unknown("a field without a default");
        if (f->nodes[node].kind == PY_lambda) {
                uint32_t body = node_field(f, node, F_body);
                return body == NO_NODE ? unknown("a lambda") : ev(c, class, body);
        }
        struct value v = ev(c, class, node);
        if (v.kind == V_CLASS)
                return (struct value){.kind = V_OBJECT, .scope = v.scope, .node = NO_NODE};
        return v.kind == V_FUNCTION ? ev_returns(c, v.scope, NULL) : v;
}

static const char *upper(struct arena *a, const char *text)
{
        char *out = arena_strdup(a, text);
        for (char *p = out; *p; p++)
                *p = (char)toupper((unsigned char)*p);
        return out;
}

/* Field(env="X"), alias, validation_alias="X" or AliasChoices("X", "Y"): the first name. */
static const char *alias_of(struct ctx *c, struct scope *class, uint32_t value)
{
        static const char *const names[] = {"env", "validation_alias", "alias"};
        const struct file *f = class->file;
        for (int i = 0; i < 3 && is_field_call(class, value); i++) {
                uint32_t arg = call_argument(f, value, names[i], -1);
                if (arg != NO_NODE && f->nodes[arg].kind == PY_call)
                        arg = call_argument(f, arg, NULL, 0);
                struct value v = arg == NO_NODE ? unknown("") : ev(c, class, arg);
                if (v.kind == V_LIST)
                        v = ev_index(c, v, 0);
                if (v.kind == V_TEXT && !v.holes)
                        return v.text;
        }
        return NULL;
}

/* What is not a scalar: a model inside the settings, with the prefix of its variables where the settings have a delimiter. */
static struct value nested(struct ctx *c, struct scope *owner, struct value v, const char *variable, const char *in)
{
        const char *delimiter = in ? strrchr(in, '|') + 1 : option_text(c, owner, "env_nested_delimiter");
        if (v.kind == V_OBJECT && *delimiter && !is_settings_class(c, v.scope, 0)) {
                v.key = arena_printf(c->python->source->scratch, "%s%s|%s", variable, upper(c->python->source->scratch, delimiter), delimiter);
                v.call_scope = owner;
        }
        return v;
}

struct value ev_setting(struct ctx *c, struct scope *class, const struct binding *b, const char *in, struct scope *owner)
{
        struct source *src = class->file->source;
        struct arena *a = src->scratch;
        uint32_t inner = field_default(class, b->value);
        const char *own = alias_of(c, class, b->value);
        const char *prefix = in ? arena_strndup(a, in, (size_t)(strrchr(in, '|') - in)) : option_text(c, class, "env_prefix");
        const char *variable = upper(a, own && !in ? own : arena_printf(a, "%s%s", prefix, b->name));
        struct value v = inner != NO_NODE ? ev_factory(c, class, inner) : unknown(arena_printf(a, "setting %s, which nothing in the tree sets", variable));
        if ((v.kind == V_UNKNOWN || v.kind == V_NONE) && b->type != NO_NODE) {
                struct value typed = ev_type(c, class, b->type);
                if (typed.kind != V_UNKNOWN)
                        return nested(c, owner, typed, variable, in);
        }
        if (v.kind == V_OBJECT)
                return nested(c, owner, v, variable, in);
        if (v.decider == BY_LITERAL || v.decider == BY_CONSTANT)
                v.decider = BY_SETTINGS;
        struct value file = from_env_files(c, owner, variable), said = ev_variable(c, class, variable, true);
        if (file.kind != V_UNKNOWN && (said.kind == V_UNKNOWN || said.decider != BY_ENVIRONMENT))
                said = file;
        if (said.kind != V_UNKNOWN)
                return via(src, arena_printf(a, "%s.%s", class->name, b->name), ev_over_default(src, said, v));
        return via(src, arena_printf(a, "%s.%s unless %s is set", class->name, b->name, variable), v);
}

static const struct binding *setting_field(const struct scope *class, const char *name)
{
        for (size_t i = class->bindings.len; i-- > 0;)
                if (class->bindings.items[i].name == name && class->bindings.items[i].kind == B_ASSIGN)
                        return &class->bindings.items[i];
        return NULL;
}

bool ev_given_setting(struct ctx *c, struct value object, const char *name, struct value *ret)
{
        const struct binding *b = setting_field(object.scope, name);
        if (object.key && strchr(object.key, '|') && b) {
                *ret = ev_setting(c, object.scope, b, object.key, object.call_scope);
                return true;
        }
        if (!b || object.node == NO_NODE || !object.call_scope)
                return false;
        uint32_t arg = call_argument(object.call_scope->file, object.node, name, -1);
        if (arg == NO_NODE || !is_settings_class(c, object.scope, 0))
                return false;
        struct value said = ev(c, object.call_scope, arg);
        *ret = said.kind == V_UNKNOWN ? said : overrules(c->python->source, said, ev_setting(c, object.scope, b, NULL, object.scope));
        return true;
}

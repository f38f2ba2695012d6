/*
 * Attributes and items: objects of our classes, settings classes with their environment, dictionaries, configuration files.
 */
#include "probes/source/python/orm.h"
#include "probes/source/world.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ── Configuration ─────────────────────────────────────────────────────────────────────────────────────────────────── */

/* A scalar of a configuration file with the type that its reader would give it. */
struct value config_value(struct file *f, const struct entry *e)
{
        static const enum decider by[LANG_COUNT] = {[LANG_YAML] = BY_YAML, [LANG_INI] = BY_INI, [LANG_ENV] = BY_ENV_FILE, [LANG_PYTHON] = BY_LITERAL,
                                                    [LANG_TOML] = BY_TOML, [LANG_JSON] = BY_JSON, [LANG_CONF] = BY_INI};
        struct value v = {.kind = V_TEXT, .text = e->value, .node = NO_NODE, .decided_in = f, .start = e->start, .end = e->end,
                          .decider = by[f->lang], .key = e->key};
        v.trail = arena_printf(f->source->scratch, "%s in %s", e->key, place(f, e->start));
        if (e->quoted)
                return v;
        char *end;
        double x = strtod(e->value, &end);
        if (end != e->value && !*end) {
                v.kind = V_NUMBER;
                v.number = x;
        } else if (!strcasecmp(e->value, "true") || !strcasecmp(e->value, "false")) {
                v.kind = V_BOOL;
                v.number = tolower((unsigned char)*e->value) == 't';
        } else if (f->lang == LANG_YAML && (!*e->value || !strcmp(e->value, "~") || !strcasecmp(e->value, "null"))) {
                v.kind = V_NONE;
        }
        return v;
}

static struct value config_item(struct value object, const char *key)
{
        struct file *f = object.file;
        struct arena *a = f->source->scratch;
        const char *path = *object.text ? arena_printf(a, "%s.%s", object.text, key) : key;
        const struct entry *e = config_get(f, path);
        if (e)
                return config_value(f, e);
        if (config_has_prefix(f, path)) {
                object.text = path;
                return object;
        }
        return unknown(arena_printf(a, "%s has no '%s'", f->path, path));
}

/* The .env that the program would load: the nearest real one, else a template that says what is expected. */
static struct file *environment_file(struct source *s, const struct file *from, const char *name)
{
        struct file *real = config_find(s, from, ".env"), *template = NULL;
        depends_on_name(s, LOOK_ENVIRONMENT, "", 0);
        if (real && config_get(real, name))
                return real;
        for (size_t i = 0; i < s->files.len; i++) {
                struct file *f = s->files.items[i];
                if (f->lang != LANG_ENV || !config_get(f, name))
                        continue;
                if (!config_is_template(f->path))
                        return f;
                template = f;
        }
        return template;
}

/* A .env counts only where something in the tree loads it. */
static bool loads_env_files(struct source *s)
{
        static const char *const loaders[] = {"load_dotenv", "find_dotenv", "read_env", "dotenv_values", "AutoConfig", "Env", "SettingsConfigDict", "RepositoryEnv"};
        for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++)
                if (calls_exist(s, loaders[i]))
                        return true;
        return false;
}

/* What an environment file of the tree says; unknown when none has the name. */
static struct value from_environment(struct ctx *c, struct scope *s, const char *name, bool loaded)
{
        struct source *src = s->file->source;
        (void)c;
        struct file *f = environment_file(src, s->file, name);
        if (!f || (!loaded && !loads_env_files(src)))
                return unknown("");
        struct value v = config_value(f, config_get(f, name));
        v.is_template = config_is_template(f->path);
        return v;
}

/* An example file is the only word on it when there is no default. */
static struct value over_default(struct source *s, struct value said, struct value otherwise)
{
        if (said.is_template) {
                said.trail = arena_printf(s->scratch, "%s (example file)", said.trail);
                said.is_template = otherwise.kind != V_UNKNOWN;
        }
        return overrules(s, said, otherwise);
}

struct value ev_environment(struct ctx *c, struct scope *s, const char *name, uint32_t otherwise)
{
        struct source *src = s->file->source;
        static const char *const supervisor[] = {"SUPERVISOR_PROCESS_NAME"};
        if (!strcmp(name, supervisor[0]))
                return (struct value){.kind = V_TEXT, .text = "\002", .node = NO_NODE, .decider = BY_COMPUTED, .trail = "the name of the supervised process"};
        struct value said = from_environment(c, s, name, false);
        struct value v = otherwise == NO_NODE ? unknown(arena_printf(src->scratch, "environment variable %s, which nothing in the tree sets", name)) : ev(c, s, otherwise);
        if (v.decider == BY_LITERAL || v.decider == BY_CONSTANT)
                v.decider = BY_ENV_DEFAULT;
        if (said.kind != V_UNKNOWN)
                return over_default(src, said, v);
        if (otherwise == NO_NODE)
                return v;
        return via(src, arena_printf(src->scratch, "%s unless the environment sets it", name), v);
}

/* ── Classes ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static uint32_t bases_of(const struct scope *class)
{
        return node_field(class->file, class->node, F_superclasses);
}

static bool is_settings_class(struct ctx *c, struct scope *class, int depth)
{
        uint32_t bases = bases_of(class);
        if (bases == NO_NODE || depth > 6)
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

bool is_settings(struct scope *class)
{
        struct ctx c = {.python = class->file->source->python};
        int64_t before = c.python->budget;
        c.python->budget = 200;
        bool is = is_settings_class(&c, class, 0);
        c.python->budget = before;
        return is;
}

static const char *text_of(struct ctx *c, struct scope *s, uint32_t node)
{
        struct value v = node == NO_NODE ? unknown("") : ev(c, s, node);
        return v.kind == V_TEXT && !v.holes ? v.text : NULL;
}

/* env_prefix as a class keyword, in model_config, or in an inner class Config. */
static const char *env_prefix(struct ctx *c, struct scope *class)
{
        struct file *f = class->file;
        uint32_t bases = bases_of(class);
        const char *found;
        if (bases != NO_NODE)
                EACH_CHILD(f, bases, b)
                        if (f->nodes[b].kind == PY_keyword_argument && text_is(f, node_field(f, b, F_name), "env_prefix") &&
                            (found = text_of(c, class->parent, node_field(f, b, F_value))))
                                return found;
        for (size_t i = 0; i < class->bindings.len; i++) {
                const struct binding *b = &class->bindings.items[i];
                if (!strcmp(b->name, "model_config") && b->value != NO_NODE && f->nodes[b->value].kind == PY_call &&
                    (found = text_of(c, class, call_argument(f, b->value, "env_prefix", -1))))
                        return found;
                if (b->kind == B_CLASS && !strcmp(b->name, "Config"))
                        for (size_t k = 0; k < b->scope->bindings.len; k++)
                                if (!strcmp(b->scope->bindings.items[k].name, "env_prefix") &&
                                    (found = text_of(c, b->scope, b->scope->bindings.items[k].value)))
                                        return found;
        }
        return "";
}

/* Field(25, env="X"): the default inside, and the variable's own name. */
static uint32_t unwrap_field(struct ctx *c, struct scope *class, uint32_t value, const char **env)
{
        struct file *f = class->file;
        if (value == NO_NODE || f->nodes[value].kind != PY_call)
                return value;
        uint32_t function = node_field(f, value, F_function);
        if (function == NO_NODE || !text_is(f, function, "Field"))
                return value;
        static const char *const names[] = {"env", "validation_alias", "alias"};
        for (int i = 0; i < 3 && !*env; i++)
                *env = text_of(c, class, call_argument(f, value, names[i], -1));
        return call_argument(f, value, "default", 0);
}

static struct value setting(struct ctx *c, struct scope *class, const struct binding *b)
{
        struct source *src = class->file->source;
        const char *own = NULL;
        uint32_t inner = unwrap_field(c, class, b->value, &own);
        char *env = own ? arena_strdup(src->scratch, own) : arena_printf(src->scratch, "%s%s", env_prefix(c, class), b->name);
        for (char *p = env; *p; p++)
                *p = (char)toupper((unsigned char)*p);
        struct value said = from_environment(c, class, env, true);
        struct value v = inner != NO_NODE ? ev(c, class, inner) : unknown(arena_printf(src->scratch, "setting %s, which nothing in the tree sets", env));
        if (v.kind == V_UNKNOWN && b->type != NO_NODE) {
                struct value typed = ev_type(c, class, b->type);
                if (typed.kind != V_UNKNOWN)
                        return typed;
        }
        if (v.decider == BY_LITERAL || v.decider == BY_CONSTANT)
                v.decider = BY_SETTINGS;
        if (said.kind != V_UNKNOWN)
                return via(src, arena_printf(src->scratch, "%s.%s", class->name, b->name), over_default(src, said, v));
        return via(src, arena_printf(src->scratch, "%s.%s unless %s is set", class->name, b->name, env), v);
}

static struct value class_attribute(struct ctx *c, struct scope *class, const char *name, bool instance, int depth);

static struct value base_attribute(struct ctx *c, struct scope *class, const char *name, bool instance, int depth)
{
        struct source *src = class->file->source;
        uint32_t bases = bases_of(class);
        if (bases == NO_NODE || depth > 8)
                return unknown("");
        EACH_CHILD(class->file, bases, b)
        {
                if (class->file->nodes[b].kind == PY_keyword_argument)
                        continue;
                struct value v = ev(c, class->parent, b);
                struct value found = unknown("");
                const char *external = value_extern(&v);
                if (v.kind == V_CLASS && v.scope != class)
                        found = class_attribute(c, v.scope, name, instance, depth + 1);
                else if (external && library_call(arena_printf(src->scratch, "%s.%s", external, name)))
                        found = (struct value){.kind = V_EXTERN, .text = arena_printf(src->scratch, "%s.%s", external, name), .number = 1, .file = class->file, .node = NO_NODE};
                if (found.kind != V_UNKNOWN)
                        return found;
        }
        return unknown("");
}

static struct value class_attribute(struct ctx *c, struct scope *class, const char *name, bool instance, int depth)
{
        for (size_t i = class->bindings.len; i-- > 0;) {
                const struct binding *b = &class->bindings.items[i];
                if (b->name != name)
                        continue;
                if (b->kind == B_DEF) {
                        struct value m = {.kind = V_FUNCTION, .scope = b->scope, .node = NO_NODE};
                        return instance && b->scope->is_property ? ev_returns(c, b->scope, NULL) : m;
                }
                if (instance && b->kind == B_ASSIGN && is_settings_class(c, class, 0))
                        return setting(c, class, b);
                struct value v = ev_name(c, class, name, UINT32_MAX);
                return instance && v.kind == V_CLASS && b->kind == B_ASSIGN && b->value == NO_NODE ? (struct value){.kind = V_OBJECT, .scope = v.scope, .node = NO_NODE} : v;
        }
        return base_attribute(c, class, name, instance, depth);
}

/* self.name = value, in __init__ rather than elsewhere, not None rather than None. */
static const struct attribute *pick_attribute(const struct scope *class, const char *name)
{
        const struct attribute *best = NULL;
        for (size_t i = 0; i < class->attributes.len; i++) {
                const struct attribute *a = &class->attributes.items[i];
                if (a->name != name)
                        continue;
                bool none = a->value == NO_NODE || class->file->nodes[a->value].kind == PY_none;
                if (!best || (!none && (best->value == NO_NODE || class->file->nodes[best->value].kind == PY_none)))
                        best = a;
        }
        return best;
}

static struct value object_attribute(struct ctx *c, struct value object, const char *name)
{
        struct scope *class = object.scope;
        struct source *src = class->file->source;
        const struct attribute *a = pick_attribute(class, name);
        if (!a || a->value == NO_NODE) {
                struct value v = class_attribute(c, class, name, true, 0);
                if (v.kind == V_UNKNOWN && object.node != NO_NODE) { /* a dataclass: its keyword is the attribute */
                        uint32_t arg = call_argument(object.call_scope->file, object.node, name, -1);
                        if (arg != NO_NODE)
                                return ev(c, object.call_scope, arg);
                }
                if (v.kind == V_UNKNOWN && a && a->type != NO_NODE)
                        return ev_type(c, a->method, a->type);
                if (v.kind == V_UNKNOWN && (!v.trail || !*v.trail))
                        v.trail = arena_printf(src->scratch, "%s.%s is not assigned in the class", class->name, name);
                return v;
        }
        struct frame frame = {.function = a->method, .scope = object.call_scope, .call = object.node, .up = c->frame};
        struct ctx inner = {.python = c->python, .frame = object.node != NO_NODE && !strcmp(a->method->name, "__init__") ? &frame : c->frame, .depth = c->depth + 1};
        struct value v = ev(&inner, a->method, a->value);
        if (a->type != NO_NODE && v.kind == V_UNKNOWN)
                v = ev_type(c, a->method, a->type);
        return via(src, arena_printf(src->scratch, "self.%s", name), v);
}

/* ── Any value ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct value extern_attribute(struct value object, const char *name)
{
        struct file *f = object.file;
        struct source *s = f->source;
        const char *full = arena_printf(s->scratch, "%s.%s", object.text, name);
        struct file *module = object.number ? NULL : module_seen(s, f, full, 0);
        if (module)
                return (struct value){.kind = V_MODULE, .file = module, .node = NO_NODE};
        object.text = full;
        const char *canonical = value_extern(&object);
        struct value attribute = canonical && library_has_method(name) ? orm_attribute(canonical, object.pool) : unknown("");
        return attribute.kind == V_UNKNOWN ? object : attribute;
}

static struct value path_attribute(struct source *s, struct value v, const char *name)
{
        if (!v.key || strcmp(name, "parent"))
                return v;
        const char *slash = strrchr(v.key, '/');
        v.key = slash ? arena_strndup(s->scratch, v.key, (size_t)(slash - v.key)) : "";
        return v;
}

static struct value member(struct ctx *c, struct value o, const char *name)
{
        struct source *s = c->python->source;
        struct value v;
        switch (o.kind) {
        case V_MODULE:
                v = ev_name(c, o.file->scope, name, UINT32_MAX);
                if (v.kind == V_EXTERN && v.number && str_starts(v.text, "builtins.")) {
                        struct file *sub = o.file->is_package ? module_seen(s, o.file, name, 1) : NULL;
                        return sub ? (struct value){.kind = V_MODULE, .file = sub, .node = NO_NODE}
                                   : unknown(arena_printf(s->scratch, "%s has no '%s'", o.file->path, name));
                }
                return via(s, o.file->module, v);
        case V_CLASS:
                v = class_attribute(c, o.scope, name, is_settings_class(c, o.scope, 0), 0);
                return orm_of_class(c, o.scope, name, v);
        case V_OBJECT:
                v = object_attribute(c, o, name);
                if (v.kind == V_FUNCTION) {
                        v.self = arena_alloc(s->scratch, sizeof *v.self);
                        *v.self = o;
                } else if (v.kind == V_EXTERN && !v.model) {
                        v.model = o.model; /* a method that our manager inherits */
                        v.steps = o.steps;
                }
                return orm_related(o, name, orm_member(v, name));
        case V_INSTANCE:
                if (!strcmp(o.text, "pathlib.Path") && (!strcmp(name, "parent") || !strcmp(name, "parents")))
                        return path_attribute(s, o, name);
                v = (struct value){.kind = V_EXTERN, .text = arena_printf(s->scratch, "%s.%s", o.text, name), .number = 1, .pool = o.pool, .node = NO_NODE,
                                   .file = c->python->source->files.items[0], .key = o.key, .model = o.model, .steps = o.steps};
                return orm_member(v, name);
        case V_TEXT:
        case V_DICT:
        case V_CONFIG:
        case V_OPEN_FILE:
                v = o;
                v.self = arena_alloc(s->scratch, sizeof *v.self);
                *v.self = o;
                v.kind = V_UNKNOWN;
                v.trail = "a method of a value";
                return v;
        default:
                return o.kind == V_UNKNOWN && o.trail && *o.trail ? o : unknown("an attribute of something unknown");
        }
}

struct value ev_attribute(struct ctx *c, struct value o, const char *name)
{
        if (o.kind == V_EXTERN)
                return extern_attribute(o, name);
        bool ambiguous = o.ambiguous;
        struct value v = member(c, o, name);
        v.ambiguous |= ambiguous;
        return v;
}

static struct value dictionary_item(struct ctx *c, struct value d, const char *key)
{
        struct file *f = d.file;
        struct source *s = f->source;
        struct value found = unknown(arena_printf(s->scratch, "no key '%s' at %s", key, place(f, f->nodes[d.node].start)));
        bool call = f->nodes[d.node].kind == PY_call; /* dict(a=1, **b) */
        uint32_t list = call ? node_field(f, d.node, F_arguments) : d.node;
        if (list == NO_NODE)
                return found;
        EACH_CHILD(f, list, n)
        {
                uint8_t kind = f->nodes[n].kind;
                if (kind == PY_dictionary_splat) {
                        struct value inner = ev(c, d.scope, node_first(f, n));
                        struct value v = ev_item(c, inner, key);
                        if (v.kind != V_UNKNOWN)
                                found = v;
                        else if (inner.kind != V_DICT && inner.kind != V_CONFIG) {
                                found = unknown(arena_printf(s->scratch, "a splat at %s cannot be followed", place(f, f->nodes[n].start)));
                                found.decider = BY_COMPUTED;
                        }
                        continue;
                }
                uint32_t k = node_field(f, n, kind == PY_keyword_argument ? F_name : F_key), value = node_field(f, n, F_value);
                if (k == NO_NODE || value == NO_NODE)
                        continue;
                struct value name = kind == PY_pair ? ev(c, d.scope, k) : unknown("");
                if (kind == PY_keyword_argument ? text_is(f, k, key) : name.kind == V_TEXT && !strcmp(name.text, key)) {
                        found = via(s, arena_printf(s->scratch, "['%s']", key), ev(c, d.scope, value));
                        if (found.decider == BY_LITERAL && d.scope->kind == SCOPE_MODULE)
                                found.decider = BY_CONSTANT;
                        found.key = found.key ? found.key : key;
                }
        }
        return found;
}

struct value ev_item(struct ctx *c, struct value o, const char *key)
{
        struct value v;
        if (o.kind == V_DICT)
                v = dictionary_item(c, o, key);
        else if (o.kind == V_CONFIG)
                v = config_item(o, key);
        else
                return o.kind == V_UNKNOWN && o.trail && *o.trail ? o : unknown("an item of something that is no known dictionary");
        v.ambiguous |= o.ambiguous;
        return v;
}

struct value ev_index(struct ctx *c, struct value o, int i)
{
        if (o.kind != V_LIST || i < 0)
                return unknown("an item by number");
        EACH_CHILD(o.file, o.node, n)
                if (i-- == 0)
                        return ev(c, o.scope, n);
        return unknown("an item past the end");
}

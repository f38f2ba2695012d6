/*
 * Calls: our own functions and classes, the few builtins that pass values on, readers of configuration, and what libraries give.
 */
#include "probes/source/python/orm.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

enum { RETURNS_MAX = 6 };

struct value ev_returns(struct ctx *c, struct scope *fn, const struct frame *frame)
{
        struct value v = unknown("returns nothing");
        struct ctx inner = {.python = c->python, .frame = frame ? frame : c->frame, .depth = c->depth + 1};
        for (size_t i = 0; i < fn->returns.len && i < RETURNS_MAX; i++) {
                struct value r = ev(&inner, fn, fn->returns.items[i]);
                if (v.kind != V_UNKNOWN && v.kind != V_NONE && r.kind != V_UNKNOWN && r.kind != V_NONE && r.kind <= V_LIST)
                        v.ambiguous = true;
                else if (v.kind == V_UNKNOWN || v.kind == V_NONE)
                        v = r;
        }
        return v;
}

/* A function that opens one configuration file of the tree and returns a dictionary made from it. */
static struct value read_by(struct ctx *c, struct scope *fn, const struct frame *frame)
{
        struct source *s = c->python->source;
        struct ctx inner = {.python = c->python, .frame = frame, .depth = c->depth + 1};
        EACH_CALL_IN(fn->file, "open", open) {
                if (open->scope != fn)
                        continue;
                uint32_t arg = call_argument(fn->file, open->node, "file", 0);
                struct value path = arg == NO_NODE ? unknown("") : ev(&inner, fn, arg);
                struct file *f = path.kind == V_TEXT && !path.holes ? config_find(s, fn->file, path.text) : NULL;
                if (f && f->lang == LANG_ENV)
                        return via(s, arena_printf(s->scratch, "%s() reads %s", fn->name, f->path), (struct value){.kind = V_CONFIG, .file = f, .text = "", .node = NO_NODE});
        }
        return unknown("");
}

static bool returns_mapping(const struct scope *fn)
{
        for (size_t i = 0; i < fn->returns.len; i++) {
                uint8_t kind = fn->file->nodes[fn->returns.items[i]].kind;
                if (kind == PY_dictionary_comprehension || kind == PY_identifier || kind == PY_dictionary || kind == PY_call)
                        return true;
        }
        return false;
}

static struct value call_function(struct ctx *c, struct value callee, struct scope *s, uint32_t n)
{
        struct scope *fn = callee.scope;
        for (const struct frame *up = c->frame; up; up = up->up)
                if (up->function == fn)
                        return unknown("what a function gives that calls itself");
        struct frame frame = {.function = fn, .scope = s, .call = n, .up = c->frame};
        struct value v = ev_returns(c, fn, &frame);
        if ((v.kind == V_UNKNOWN || v.kind == V_DICT) && returns_mapping(fn)) {
                struct value config = read_by(c, fn, &frame);
                if (config.kind == V_CONFIG)
                        return config;
        }
        uint32_t type = node_field(fn->file, fn->node, F_return_type);
        if (v.kind == V_UNKNOWN && type != NO_NODE) {
                struct value typed = ev_type(c, fn->parent, type);
                if (typed.kind == V_INSTANCE || typed.kind == V_OBJECT)
                        return typed;
        }
        if (v.kind == V_INSTANCE && !v.model && callee.self && orm_is_query(v.text)) /* a manager's or query set's own method */
                v.model = callee.self->model;
        struct source *src = fn->file->source;
        return via(src, arena_printf(src->scratch, "%s()", fn->name), v);
}

static struct value converted(struct ctx *c, struct scope *s, uint32_t n, bool to_number)
{
        uint32_t arg = call_argument(s->file, n, NULL, 0);
        struct value v = arg == NO_NODE ? unknown("") : ev(c, s, arg);
        if (to_number && v.kind == V_TEXT && !v.holes) {
                char *end;
                double x = strtod(v.text, &end);
                if (end != v.text && !*end) {
                        v.kind = V_NUMBER;
                        v.number = x;
                }
        }
        return v;
}

static struct value path_join(struct ctx *c, struct scope *s, uint32_t n)
{
        struct value v = unknown("a path");
        for (int i = 0; i < 8; i++) { /* only the last parts are needed to find the file in the tree */
                uint32_t arg = call_argument(s->file, n, NULL, i);
                if (arg == NO_NODE)
                        break;
                struct value part = ev(c, s, arg);
                if (part.kind != V_TEXT || part.holes)
                        v = unknown("a path");
                else if (v.kind == V_TEXT)
                        v.text = arena_printf(s->file->source->scratch, "%s/%s", v.text, part.text);
                else
                        v = part;
        }
        return v;
}

/* A dependency: what the function yields or returns, an object of the class. */
static struct value depends(struct ctx *c, struct scope *s, uint32_t what)
{
        struct value v = what == NO_NODE ? unknown("") : ev(c, s, what);
        if (v.kind == V_FUNCTION)
                return ev_returns(c, v.scope, NULL);
        return v.kind == V_CLASS ? (struct value){.kind = V_OBJECT, .scope = v.scope, .node = NO_NODE} : unknown("a dependency");
}

/* URL.create("postgresql+asyncpg", host=..., query={...}): the text it stands for; a password is never looked at. */
static struct value url_create(struct ctx *c, struct scope *s, uint32_t n)
{
        static const char *const names[] = {"drivername", "username", NULL, "host", "port", "database"}, *const before[] = {"", "://", "", "@", ":", "/"};
        CLEANUP(str_release) struct str out = {0};
        struct value v = {.kind = V_TEXT, .node = NO_NODE, .decider = BY_COMPUTED};
        for (int i = 0; i < 6; i++) {
                uint32_t arg = names[i] ? call_argument(s->file, n, names[i], i) : NO_NODE;
                struct value part = arg == NO_NODE ? (struct value){.kind = V_NONE} : ev(c, s, arg);
                if (part.kind == V_NONE && i != 0 && i != 3)
                        continue;
                str_add(&out, i == 3 && !strstr(str_text(&out), "://") ? "://" : before[i]);
                if (part.kind == V_TEXT && !part.ambiguous)
                        str_add(&out, part.text);
                else if (part.kind == V_NUMBER && !part.ambiguous)
                        str_printf(&out, "%.15g", part.number);
                else if (part.kind != V_NONE)
                        str_add_char(&out, HOLE);
                v.holes |= part.kind == V_UNKNOWN || part.ambiguous || part.holes;
        }
        v.text = arena_strdup(s->file->source->scratch, str_text(&out));
        return v;
}

static struct value library_result(struct ctx *c, struct scope *s, uint32_t n, const struct value *callee, const char *name);

/* What a function gives that a thread is told to call: client = await loop.run_in_executor(None, Client, options). */
static struct value called_elsewhere(struct ctx *c, struct scope *s, uint32_t n, uint32_t arg)
{
        struct value callee = arg == NO_NODE ? unknown("") : ev(c, s, arg);
        const char *name = value_extern(&callee);
        if (callee.kind == V_FUNCTION)
                return ev_returns(c, callee.scope, NULL);
        if (callee.kind == V_CLASS)
                return (struct value){.kind = V_OBJECT, .scope = callee.scope, .node = NO_NODE, .call_scope = s};
        const struct library_call *lib = name ? library_call(name) : NULL;
        return name && !(lib && lib->what && (strstr(lib->what, "pool") || strstr(lib->what, "engine"))) ? library_result(c, s, n, &callee, name) : unknown("what a thread gives");
}

/* Calls of libraries that pass a value on. Returns false when the name is none of these. */
static bool value_call(struct ctx *c, struct scope *s, uint32_t n, const char *name, struct value *ret)
{
        struct file *f = s->file;
        uint32_t first = call_argument(f, n, NULL, 0);
        if (ev_reader(c, s, n, name, ret) || ev_load(c, s, n, name, ret)) {
                return true;
        } else if (ANY_OF(name, "builtins.int", "builtins.float")) {
                *ret = converted(c, s, n, true);
        } else if (ANY_OF(name, "builtins.str", "builtins.bool", "builtins.tuple", "builtins.list", "builtins.sorted", "builtins.reversed", "builtins.set", "copy.copy", "copy.deepcopy", "typing.cast", "os.path.abspath", "os.path.expanduser")) {
                *ret = converted(c, s, n, false);
        } else if (!strcmp(name, "builtins.dict")) {
                *ret = (struct value){.kind = V_DICT, .file = f, .scope = s, .node = n};
                if (first != NO_NODE)
                        *ret = ev(c, s, first);
        } else if (ANY_OF(name, "builtins.open", "io.open", "pathlib.Path.open", "pathlib.Path.read_text")) {
                struct value path = str_starts(name, "pathlib") ? unknown("") : first == NO_NODE ? unknown("") : ev(c, s, first);
                *ret = unknown("a file");
                if ((path.kind == V_TEXT && !path.holes) || (path.kind == V_INSTANCE && path.key))
                        *ret = (struct value){.kind = V_OPEN_FILE, .text = path.kind == V_TEXT ? path.text : path.key, .node = NO_NODE};
        } else if (ANY_OF(name, "argparse.ArgumentParser.parse_args", "argparse.ArgumentParser.parse_known_args")) {
                *ret = instance_of("argparse.Namespace");
                ret->call_scope = s;
        } else if (!strcmp(name, "pathlib.Path")) {
                struct value path = first == NO_NODE ? unknown("") : ev(c, s, first);
                *ret = instance_of("pathlib.Path");
                ret->key = path.kind == V_TEXT && !path.holes ? path.text : path.key;
        } else if (!strcmp(name, "os.path.join")) {
                *ret = path_join(c, s, n);
        } else if (ANY_OF(name, "asyncio.to_thread", "starlette.concurrency.run_in_threadpool", "fastapi.concurrency.run_in_threadpool", "anyio.to_thread.run_sync")) {
                *ret = called_elsewhere(c, s, n, first);
        } else if (!strcmp(name, "asyncio.Loop.run_in_executor")) {
                *ret = called_elsewhere(c, s, n, call_argument(f, n, NULL, 1));
        } else if (!strcmp(name, "functools.partial")) { /* called, it is what it calls */
                *ret = first == NO_NODE ? unknown("") : ev(c, s, first);
        } else if (ANY_OF(name, "fastapi.Depends", "fastapi.Security", "fastapi.params.Depends")) {
                *ret = depends(c, s, first);
        } else if (ANY_OF(name, "sqlalchemy.URL.create", "sqlalchemy.URL")) {
                *ret = url_create(c, s, n);
        } else if (!strcmp(name, "sqlalchemy.make_url")) {
                *ret = first == NO_NODE ? unknown("") : ev(c, s, first);
        } else if (!strcmp(name, "sqlalchemy.text") || !strcmp(name, "sqlalchemy.TextClause")) {
                *ret = first == NO_NODE ? unknown("") : ev(c, s, first);
        } else {
                return false;
        }
        return true;
}

/* The pool of what a call gives: the one it makes, its receiver's, or that of its first argument. */
static struct pool *pool_of_call(struct ctx *c, struct scope *s, uint32_t n, const struct value *callee, const struct library_call *lib)
{
        static const char *const names[] = {"bind", "connection_pool", "engine", "sync_session_class"};
        if (lib->what && (!strcmp(lib->what, "pool") || !strcmp(lib->what, "engine") || !strcmp(lib->what, "redis_pool")))
                return pool_at(s, n);
        if (callee->pool)
                return callee->pool;
        for (int i = 0; i < 3; i++) {
                uint32_t arg = call_argument(s->file, n, names[i], i ? -1 : 0);
                struct value v = arg == NO_NODE ? unknown("") : ev(c, s, arg);
                if (v.kind == V_INSTANCE && v.pool)
                        return v.pool;
        }
        return lib->what && !strcmp(lib->what, "redis_client") ? pool_at(s, n) : NULL;
}

/* The call that chose the options of a session: of its factory, or its own where that says more. */
static void session_made(struct scope *s, uint32_t n, const struct value *callee, struct value *v)
{
        bool own = callee->kind != V_INSTANCE || call_argument(s->file, n, "expire_on_commit", -1) != NO_NODE;
        v->node = own ? n : callee->node;
        v->call_scope = own ? s : callee->call_scope;
}

static struct value library_result(struct ctx *c, struct scope *s, uint32_t n, const struct value *callee, const char *name)
{
        struct source *src = s->file->source;
        const struct library_call *lib = library_call(name);
        if (!lib || !lib->result) {
                const char *last = strrchr(name, '.');
                if (last && last[1] >= 'A' && last[1] <= 'Z' && !callee->number) /* a class: its instance, for annotations of ours to meet */
                        return instance_of(name);
                return unknown(arena_printf(src->scratch, "what %s gives", name));
        }
        struct value v = instance_of(lib->result);
        if (!strcmp(lib->result, "sqlalchemy.sessionmaker")) {
                uint32_t class = call_argument(s->file, n, "class_", -1);
                struct value type = class == NO_NODE ? unknown("") : ev(c, s, class);
                const char *type_name = value_extern(&type);
                if (type_name && str_ends(type_name, "AsyncSession"))
                        v.text = "sqlalchemy.async_sessionmaker";
        }
        v.pool = pool_of_call(c, s, n, callee, lib);
        if (str_starts(lib->result, "sqlalchemy.") && (str_ends(v.text, "sessionmaker") || str_ends(v.text, "Session")))
                session_made(s, n, callee, &v);
        return orm_is_query(lib->result) || callee->model || *lib->result == '*' ? orm_result(c, s, n, callee, lib, v) : v;
}

/* value.method(...): dict.get, str.format, file.read. */
static struct value method_of_value(struct ctx *c, struct scope *s, uint32_t n, struct value o, const char *method)
{
        struct file *f = s->file;
        uint32_t first = call_argument(f, n, NULL, 0);
        if (ANY_OF(method, "get", "getint", "getfloat", "getboolean", "pop", "setdefault") && (o.kind == V_DICT || o.kind == V_CONFIG) && first != NO_NODE) {
                struct value key = ev(c, s, first), v = unknown("");
                uint32_t second = o.kind == V_CONFIG && o.file->lang == LANG_INI && !*o.text ? call_argument(f, n, "option", 1) : NO_NODE;
                struct value option = second == NO_NODE ? unknown("") : ev(c, s, second);
                if (key.kind == V_TEXT)
                        v = ev_item(c, o, key.text);
                if (key.kind == V_TEXT && option.kind == V_TEXT && v.kind == V_CONFIG) /* configparser's get(section, option) */
                        v = ev_item(c, v, option.text);
                uint32_t otherwise = call_argument(f, n, "fallback", option.kind == V_TEXT ? -1 : 1);
                return v.kind == V_UNKNOWN && otherwise != NO_NODE && o.kind == V_CONFIG ? ev(c, s, otherwise) : v;
        }
        if (o.kind == V_TEXT && !strcmp(method, "format"))
                return ev_format(c, s, n, o);
        if (o.kind == V_TEXT && !strcmp(method, "join")) {
                uint32_t list = node_field(f, n, F_arguments); /* join(x for x in y): the list of arguments is the generator */
                return ev_join(c, s, o, first == NO_NODE ? list : first);
        }
        if (ANY_OF(method, "copy", "strip", "rstrip", "lstrip", "read", "resolve", "absolute", "expanduser", "unwrap", "get_secret_value", "render_as_string"))
                return o;
        return unknown(arena_printf(f->source->scratch, "what .%s() gives", method));
}

struct value ev_call(struct ctx *c, struct scope *s, uint32_t n)
{
        struct file *f = s->file;
        uint32_t function = node_field(f, n, F_function);
        if (function == NO_NODE)
                return unknown("a call");
        struct value callee = ev(c, s, function);
        if (callee.self && callee.kind == V_UNKNOWN && f->nodes[function].kind == PY_attribute)
                return method_of_value(c, s, n, *callee.self, node_text(f, node_field(f, function, F_attribute)));
        if (callee.kind == V_FUNCTION)
                return call_function(c, callee, s, n);
        if (callee.kind == V_CLASS)
                return (struct value){.kind = V_OBJECT, .scope = callee.scope, .node = n, .call_scope = s};
        if (callee.kind == V_INSTANCE) {
                const char *name = arena_printf(f->source->scratch, "%s.()", callee.text);
                struct value read;
                if (ev_reader(c, s, n, name, &read))
                        return read;
                return library_result(c, s, n, &callee, name);
        }
        const char *name = value_extern(&callee);
        if (!name)
                return callee.kind == V_UNKNOWN ? callee : unknown("a call of something unknown");
        if (callee.key && str_starts(name, "pathlib.Path.")) {
                if (str_ends(name, ".open") || str_ends(name, ".read_text"))
                        return (struct value){.kind = V_OPEN_FILE, .text = callee.key, .node = NO_NODE};
                struct value same = instance_of("pathlib.Path");
                same.key = callee.key;
                return same;
        }
        struct value v;
        if (value_call(c, s, n, name, &v))
                return v;
        return library_result(c, s, n, &callee, name);
}

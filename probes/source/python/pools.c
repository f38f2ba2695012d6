/*
 * Pools: constructor calls of known libraries, each of their arguments followed to the literal that decides it. A look-alike
 * (a job queue's create_pool, a paginator's max_size) resolves to another module and never gets here.
 */
#include "probes/source/python/insertion.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct knob_spec {
        const char *name, *keyword;
        int position;      /* -1: by keyword only */
        double otherwise;  /* default; NAN: none or unlimited */
};

enum { KNOBS_MAX = 12 };

static const struct pool_spec {
        const char *library;   /* prefix of the canonical name */
        const char *what;      /* class of the constructor call */
        const char *kind;
        const char *url;       /* keyword of the first argument */
        struct knob_spec knobs[KNOBS_MAX];
} specs[] = {
        {"sqlalchemy", "engine", "engine", "url",
         {{"size", "pool_size", -1, 5}, {"overflow", "max_overflow", -1, 10}, {"timeout", "pool_timeout", -1, 30}, {"recycle", "pool_recycle", -1, -1},
          {"pre_ping", "pool_pre_ping", -1, 0}, {"echo", "echo", -1, 0}}},
        {"asyncpg", "pool", "pool", "dsn",
         {{"size", "max_size", -1, 10}, {"min_size", "min_size", -1, 10}, {"timeout", "timeout", -1, 60}, {"command_timeout", "command_timeout", -1, NAN},
          {"statement_cache_size", "statement_cache_size", -1, 100}}},
        {"psycopg2", "pool", "pool", "dsn", {{"min_size", "minconn", 0, NAN}, {"size", "maxconn", 1, NAN}}},
        {"psycopg_pool", "pool", "pool", "conninfo", {{"min_size", "min_size", -1, 4}, {"size", "max_size", -1, NAN}, {"timeout", "timeout", -1, 30}}},
        {"peewee", "pool", "pool", "database", {{"size", "max_connections", 1, 20}, {"recycle", "stale_timeout", 2, NAN}, {"timeout", "timeout", 3, NAN}}},
        {"aiopg", "pool", "pool", "dsn", {{"min_size", "minsize", -1, 1}, {"size", "maxsize", -1, 10}}},
        {"redis.asyncio.create_redis_pool", "redis_client", "pool", "address", {{"min_size", "minsize", -1, 1}, {"size", "maxsize", -1, 10}, {"connect_timeout", "timeout", -1, NAN}}}, /* aioredis 1 */
        {"redis.asyncio.create_redis", "redis_client", "client", "address", {{"connect_timeout", "timeout", -1, NAN}}}, /* one connection */
        {"redis", "redis_client", "client", "url",
         {{"size", "max_connections", -1, NAN}, {"socket_timeout", "socket_timeout", -1, NAN}, {"connect_timeout", "socket_connect_timeout", -1, NAN}}},
        {"aiogram", "redis_client", "client", "url", {{"size", "max_connections", -1, NAN}, {"socket_timeout", "socket_timeout", -1, NAN}}}, /* makes a redis-py pool inside */
        {"flask_redis", "redis_client", "client", "url", {{"size", "max_connections", -1, NAN}, {"socket_timeout", "socket_timeout", -1, NAN}}},
        {"aiocache", "redis_client", "client", "endpoint", {{"size", "pool_max_size", -1, NAN}, {"socket_timeout", "timeout", -1, 5}}},
        {"dramatiq", "redis_client", "client", "url", {{"size", "max_connections", -1, NAN}, {"socket_timeout", "socket_timeout", -1, NAN}}},
        {"taskiq_redis", "redis_client", "pool", "url", {{"size", "max_connection_pool_size", -1, NAN}}}, /* it waits in Redis: no timeout is asked for */
        {"databases", "pool", "pool", "url", {{"size", "max_size", -1, 10}, {"min_size", "min_size", -1, 10}}}, /* these three make a pool of asyncpg */
        {"gino", "pool", "pool", "dsn", {{"size", "max_size", -1, 10}, {"min_size", "min_size", -1, 10}}},
        {"quart_db", "pool", "pool", "url", {{"size", "max_size", -1, 10}, {"min_size", "min_size", -1, 10}}},
        {"redis", "redis_pool", "pool", "url",
         {{"size", "max_connections", -1, NAN}, {"socket_timeout", "socket_timeout", -1, NAN}, {"connect_timeout", "socket_connect_timeout", -1, NAN}}},
};

static const struct pool_spec *spec_for(const char *name, const char *what)
{
        for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
                if (str_starts(name, specs[i].library) && strchr(".", name[strlen(specs[i].library)]) && !strcmp(what, specs[i].what))
                        return &specs[i];
        return NULL;
}

struct pool *pool_at(struct scope *s, uint32_t call)
{
        struct source *src = s->file->source;
        char key[64];
        int len = snprintf(key, sizeof key, "%p:%u", (void *)s->file, call);
        void **slot = table_put(&src->python->pool_calls, key, (size_t)len);
        if (!*slot) {
                struct pool *p = arena_new_of(src->arena, struct pool);
                *p = (struct pool){.file = s->file, .scope = s, .node = call, .behind_pooler = -1};
                *slot = p;
        }
        return *slot;
}

const struct knob *pool_knob(const struct pool *p, const char *name)
{
        for (size_t i = 0; i < p->knobs.len; i++)
                if (!strcmp(p->knobs.items[i].name, name))
                        return &p->knobs.items[i];
        return NULL;
}

/* ── Where it lives ────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The statement or expression that takes what the call gives, through await and parentheses. */
static uint32_t taker(const struct file *f, uint32_t n)
{
        do
                n = f->nodes[n].parent;
        while (n && (f->nodes[n].kind == PY_await || f->nodes[n].kind == PY_parenthesized_expression || f->nodes[n].kind == PY_as_pattern));
        return n;
}

static bool escapes_by(const struct file *f, uint32_t use)
{
        uint32_t parent = f->nodes[use].parent;
        switch (f->nodes[parent].kind) {
        case PY_return_statement:
        case PY_yield:
        case PY_argument_list:
        case PY_keyword_argument:
        case PY_pair:
        case PY_list:
        case PY_tuple:
                return true;
        case PY_assignment:
                return f->nodes[use].field == F_right;
        default:
                return false;
        }
}

/* Does the local name leave its function: returned, stored, passed on? */
static bool escapes(const struct scope *s, const char *name, uint32_t after)
{
        const struct file *f = s->file;
        for (uint32_t n = s->node; n < f->nodes[s->node].after; n++)
                if (f->nodes[n].kind == PY_identifier && f->nodes[n].start > after && text_is(f, n, name) && escapes_by(f, n))
                        return true;
        return false;
}

static bool is_memoised(const struct scope *s)
{
        if (s->decorators == NO_NODE)
                return false;
        uint32_t first = node_first(s->file, s->decorators);
        if (first == NO_NODE || s->file->nodes[first].kind != PY_decorator)
                return false;
        const char *text = node_text(s->file, first);
        return strstr(text, "cache") || strstr(text, "singleton") || strstr(text, "fixture") || strstr(text, "lifespan");
}

/* `if _engine is None: _engine = ...`, the singleton by hand. */
static bool is_guarded(const struct file *f, uint32_t n, const char *target)
{
        for (uint32_t i = enclosing(f, n, PY_if_statement); i != NO_NODE && target; i = enclosing(f, i, PY_if_statement)) {
                uint32_t condition = node_field(f, i, F_condition);
                if (condition != NO_NODE && strstr(node_text(f, condition), target))
                        return true;
        }
        return false;
}

static const char *target_of(const struct file *f, uint32_t t)
{
        uint32_t left = NO_NODE;
        if (f->nodes[t].kind == PY_assignment)
                left = node_field(f, t, F_left);
        else if (f->nodes[t].kind == PY_with_item || f->nodes[t].kind == PY_as_pattern)
                EACH_CHILD(f, f->nodes[t].kind == PY_with_item ? node_first(f, t) : t, c)
                        if (f->nodes[c].kind == PY_as_pattern_target)
                                left = c;
        return left == NO_NODE ? NULL : node_text(f, left);
}

static bool in_loop(const struct scope *s, uint32_t n)
{
        const struct file *f = s->file;
        for (uint32_t i = f->nodes[n].parent; i > s->node; i = f->nodes[i].parent)
                if (f->nodes[i].kind == PY_for_statement || f->nodes[i].kind == PY_while_statement)
                        return true;
        return false;
}

static const char *scope_class(struct pool *p, uint32_t t, const char *target)
{
        const struct scope *s = p->scope;
        const struct file *f = p->file;
        if (s->kind != SCOPE_FUNCTION)
                return "module";
        if (!strcmp(p->context, "startup"))
                return in_loop(s, p->node) ? "loop" : "startup";
        if (is_memoised(s) || is_guarded(f, p->node, target))
                return "module";
        if (f->nodes[t].kind == PY_return_statement || f->nodes[t].kind == PY_yield)
                return "factory";
        if (f->nodes[t].kind == PY_assignment && target && strchr(target, '.'))
                return "object";
        if (target && f->nodes[t].kind == PY_assignment)
                for (size_t i = 0; i < f->scope->bindings.len; i++)
                        if (!strcmp(f->scope->bindings.items[i].name, target) && f->scope->bindings.items[i].scope == s)
                                return "module"; /* global */
        if (target && escapes(s, target, f->nodes[p->node].end))
                return "escaping";
        if (!target && f->nodes[t].kind != PY_with_item && f->nodes[t].kind != PY_attribute && f->nodes[t].kind != PY_expression_statement)
                return "escaping";
        return in_loop(s, p->node) ? "loop" : "function";
}

/* ── What it is told ───────────────────────────────────────────────────────────────────────────────────────────────── */

static struct knob *add_knob(struct pool *p, const char *name, const char *keyword, struct value v)
{
        struct knob *k = vec_push(p->file->source->arena, &p->knobs);
        *k = (struct knob){.name = name, .keyword = keyword, .value = value_keep(p->file->source, v), .given = !(v.kind == V_NONE && v.decider == BY_DEFAULT)};
        return k;
}

static void read_knob(struct pool *p, const struct knob_spec *spec)
{
        struct value v = eval_keyword(p->scope, p->node, spec->keyword, spec->position);
        struct knob *k = add_knob(p, spec->name, spec->keyword, v);
        uint32_t use = call_argument(p->file, p->node, spec->keyword, spec->position);
        if (use != NO_NODE) {
                k->use_start = p->file->nodes[use].start;
                k->use_end = p->file->nodes[use].end;
        }
        if (k->given)
                return;
        k->insert_at = call_insertion(p->file->source->scratch, p->file, p->node).at;
        if (!isnan(spec->otherwise)) {
                k->value.kind = V_NUMBER;
                k->value.number = spec->otherwise;
        }
        k->value.trail = "not given: the library's default";
}

/* sentinel.master_for(...): what it is not told is what Sentinel(...) was told, and who made that may be out of sight. */
static void read_sentinel(struct pool *p, const struct knob_spec *spec, struct knob *k)
{
        uint32_t function = node_field(p->file, p->node, F_function);
        uint32_t object = p->file->nodes[function].kind == PY_attribute ? node_field(p->file, function, F_object) : NO_NODE;
        struct scope *made_in = p->scope;
        uint32_t made = object != NO_NODE && p->file->nodes[object].kind == PY_call ? object : NO_NODE;
        for (struct scope *s = p->scope; s && made == NO_NODE && object != NO_NODE; s = s->parent)
                for (size_t i = 0; i < s->bindings.len; i++) {
                        const struct binding *b = &s->bindings.items[i];
                        if (b->kind != B_ASSIGN || b->value == NO_NODE || !text_is(p->file, object, b->name) || p->file->nodes[b->value].kind != PY_call)
                                continue;
                        made = b->value;
                        made_in = s;
                }
        struct value v = made == NO_NODE ? value_unknown(p->file->source, "the Sentinel may be told it elsewhere") : eval_keyword(made_in, made, spec->keyword, -1);
        if (v.kind == V_NONE && v.decider == BY_DEFAULT)
                return;
        k->value = value_keep(p->file->source, v);
        k->given = true;
}

static void read_nested(struct pool *p, const char *name, struct value dict, const char *key)
{
        struct value v = dict.kind == V_DICT ? eval_item(dict, key) : value_unknown(p->file->source, "");
        if (v.kind != V_UNKNOWN)
                add_knob(p, name, key, v);
}

/* "-c statement_timeout=5000" in libpq's options. */
static void read_options(struct pool *p, struct value options)
{
        if (options.kind == V_TEXT && strstr(options.text, "statement_timeout"))
                add_knob(p, "statement_timeout", "options", options);
}

static void read_connect_args(struct pool *p)
{
        struct value args = eval_keyword(p->scope, p->node, "connect_args", -1);
        if (args.kind == V_DICT) {
                read_nested(p, "command_timeout", args, "command_timeout");
                read_nested(p, "statement_cache_size", args, "statement_cache_size");
                read_nested(p, "prepared_statement_cache_size", args, "prepared_statement_cache_size");
                read_nested(p, "prepared_statement_name_func", args, "prepared_statement_name_func");
                read_nested(p, "connect_timeout", args, "connect_timeout");
                read_nested(p, "prepare_threshold", args, "prepare_threshold");
                p->application = eval_item(args, "application_name");
                read_options(p, eval_item(args, "options"));
                struct value settings = eval_item(args, "server_settings");
                if (settings.kind == V_DICT) {
                        p->application = eval_item(settings, "application_name");
                        read_nested(p, "statement_timeout", settings, "statement_timeout");
                }
        } else if (args.kind == V_UNKNOWN) {
                add_knob(p, "command_timeout", "connect_args", args);
        }
        struct value class = eval_keyword(p->scope, p->node, "poolclass", -1);
        const char *name = value_extern(&class);
        p->is_null_pool = name && (str_ends(name, "NullPool") || str_ends(name, "StaticPool"));
        if (call_argument(p->file, p->node, "pool", -1) != NO_NODE)
                p->closed = "its pool is made elsewhere";
}

static void read_server_settings(struct pool *p)
{
        struct value kwargs = eval_keyword(p->scope, p->node, "kwargs", -1);
        if (!strcmp(p->library, "psycopg_pool") && kwargs.kind == V_DICT)
                read_nested(p, "prepare_threshold", kwargs, "prepare_threshold");
        else if (!strcmp(p->library, "psycopg_pool") && kwargs.kind == V_UNKNOWN)
                add_knob(p, "prepare_threshold", "kwargs", kwargs);
        struct value settings = eval_keyword(p->scope, p->node, "server_settings", -1);
        if (settings.kind == V_DICT) {
                p->application = eval_item(settings, "application_name");
                read_nested(p, "statement_timeout", settings, "statement_timeout");
        }
        read_options(p, eval_keyword(p->scope, p->node, "options", -1));
}

/* ── Where it connects ─────────────────────────────────────────────────────────────────────────────────────────────── */

/* "?" for what is not known, "***" for a password. */
static const char *presentable(struct arena *a, const char *url)
{
        char *out = arena_alloc(a, strlen(url) * 2 + 8), *o = out;
        const char *scheme = strstr(url, "://"), *at = scheme ? strchr(scheme, '@') : NULL;
        const char *colon = at ? memchr(scheme + 3, ':', (size_t)(at - scheme - 3)) : NULL;
        for (const char *p = url; *p; p++) {
                if (colon && p == colon + 1) {
                        o = stpcpy(o, "***");
                        p = at;
                }
                *o++ = *p == HOLE || *p == HOLE_PROGRAM ? '?' : *p;
        }
        const char *password = strstr(out, "password=");
        if (password)
                memset((char *)password + 9, '*', strcspn(password + 9, " &"));
        return out;
}

static int port_of(const char *url, bool *known)
{
        const char *scheme = strstr(url, "://"), *query = strchr(url, '?');
        *known = true;
        for (const char *p = scheme ? query : url; p && (p = strstr(p, "port=")); p += 5)
                return p[5] == HOLE ? (*known = false, 0) : atoi(p + 5);
        if (!scheme) {
                *known = !strchr(url, HOLE);
                return 0;
        }
        const char *host = scheme + 3, *end = host + strcspn(host, "/?"), *at = memchr(host, '@', (size_t)(end - host));
        if (at)
                host = at + 1;
        const char *colon = memchr(host, ':', (size_t)(end - host));
        if (colon && isdigit((unsigned char)colon[1]))
                return atoi(colon + 1);
        *known = !colon && !memchr(host, HOLE, (size_t)(end - host));
        return 0;
}

static int through_pooler(const struct pool *p, const char *url)
{
        int64_t pooler = p->file->source->pgbouncer_port ? p->file->source->pgbouncer_port : 6432;
        bool known = false;
        int port = 0;
        if (p->port.kind == V_NUMBER) {
                port = (int)p->port.number;
                known = true;
        } else if (p->port.kind == V_NONE && url) {
                port = port_of(url, &known);
        } else if (p->port.kind == V_NONE && p->host.kind != V_UNKNOWN && p->host.kind != V_NONE) {
                known = true;
        }
        if (p->host.kind == V_TEXT && (strstr(p->host.text, "pgbouncer") || strstr(p->host.text, "pooler")))
                return 1;
        if (url && (strstr(url, "pgbouncer") || strstr(url, "pooler")))
                return 1;
        return !known ? -1 : port == pooler;
}

static const char *keyword_conninfo(struct pool *p)
{
        static const char *const names[][2] = {{"host", "host"}, {"port", "port"}, {"database", "dbname"}, {"dbname", "dbname"}, {"user", "user"}, {"db", "db"}};
        CLEANUP(str_release) struct str out = {0};
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
                struct value v = eval_keyword(p->scope, p->node, names[i][0], -1);
                if (v.kind == V_TEXT)
                        str_printf(&out, "%s%s=%s", out.len ? " " : "", names[i][1], v.text);
                else if (v.kind == V_NUMBER)
                        str_printf(&out, "%s%s=%.0f", out.len ? " " : "", names[i][1], v.number);
                else if (v.kind == V_UNKNOWN)
                        str_printf(&out, "%s%s=%c", out.len ? " " : "", names[i][1], HOLE);
        }
        return out.len ? arena_strdup(p->file->source->arena, str_text(&out)) : NULL;
}

/* config.url(), where url(self, driver="sqlite+aiosqlite"): a file when nobody asks for another database. */
static bool is_file_by_default(const struct pool *p, const struct pool_spec *spec, bool url_first)
{
        const struct file *f = p->file;
        uint32_t url = call_argument(f, p->node, spec->url, url_first ? 0 : -1);
        struct value callee = url != NO_NODE && f->nodes[url].kind == PY_call ? eval(p->scope, node_field(f, url, F_function)) : value_unknown(f->source, "");
        for (size_t i = 0; callee.kind == V_FUNCTION && i < callee.scope->bindings.len; i++) {
                const struct binding *b = &callee.scope->bindings.items[i];
                const char *text = b->kind == B_PARAM && b->value != NO_NODE ? node_text(callee.scope->file, b->value) : "";
                if (str_starts(text + strspn(text, "'\""), "sqlite"))
                        return true;
        }
        return false;
}

static void read_address(struct pool *p, const struct pool_spec *spec, bool url_first)
{
        struct arena *a = p->file->source->arena;
        struct value url = eval_keyword(p->scope, p->node, spec->url, url_first ? 0 : -1);
        p->host = eval_keyword(p->scope, p->node, "host", -1);
        p->port = eval_keyword(p->scope, p->node, "port", -1);
        pool_read_url(p, &url);
        const char *text = url.kind == V_TEXT ? url.text : url.kind == V_NONE ? keyword_conninfo(p) : NULL;
        if (!p->is_redis)
                p->behind_pooler = through_pooler(p, text);
        if (text && url.ambiguous && str_starts(text, "sqlite") && is_file_by_default(p, spec, url_first))
                p->driver = "sqlite";
        if (!text || url.ambiguous)
                return;
        const char *name = strstr(text, "application_name=");
        if (name && p->application.kind != V_TEXT)
                p->application = (struct value){.kind = V_TEXT, .text = arena_strndup(a, name + 17, strcspn(name + 17, "& "))};
        const char *plus = strchr(text, '+'), *scheme = strstr(text, "://");
        if (plus && scheme && plus < scheme)
                p->driver = arena_strndup(a, plus + 1, (size_t)(scheme - plus - 1));
        else if (scheme && (!strcmp(spec->library, "sqlalchemy") || !strcmp(spec->library, "databases")) && text[0] != HOLE)
                p->driver = arena_strndup(a, text, (size_t)(scheme - text));
        p->url = presentable(a, text);
}

/* ── All of them ───────────────────────────────────────────────────────────────────────────────────────────────────── */

void pool_give_name(struct pool *p, const char *last)
{
        struct source *s = p->file->source;
        const char *name = arena_printf(s->arena, "%s:%s%s%s", p->file->module, p->scope->qualname ? p->scope->qualname : "", p->scope->qualname ? "." : "", last);
        int same = 1;
        for (size_t i = 0; i < p->file->pools.len; i++)
                same += str_starts(p->file->pools.items[i]->name, name) && strchr("#", p->file->pools.items[i]->name[strlen(name)]);
        p->name = same > 1 ? arena_printf(s->arena, "%s#%d", name, same) : name;
}

static bool is_async(const struct pool_spec *spec, const char *callee)
{
        static const char *const libraries[] = {"aiocache", "aiogram", "aiopg", "asyncpg", "databases", "gino", "quart_db", "taskiq_redis"};
        for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
                if (!strcmp(spec->library, libraries[i]))
                        return true;
        return strstr(callee, "async") || strstr(callee, "AsyncConnectionPool");
}

/* The first argument is the address, not a name, an application or one part of the address. */
static bool takes_url_first(const struct pool *p, const struct pool_spec *spec, const char *callee)
{
        if (!p->is_redis)
                return strcmp(spec->library, "psycopg2") && strcmp(spec->library, "quart_db");
        return str_ends(callee, "from_url") || str_starts(spec->url, "address") || !strcmp(spec->library, "taskiq_redis");
}

static void fill(struct pool *p, const struct pool_spec *spec, const char *callee)
{
        struct source *s = p->file->source;
        uint32_t t = taker(p->file, p->node);
        const char *target = target_of(p->file, t);
        p->context = scope_context(p->scope);
        p->library = spec->library;
        p->is_redis = str_starts(spec->what, "redis_");
        p->library = p->is_redis ? "redis" : spec->library;
        p->is_async = is_async(spec, callee);
        p->kind = strstr(callee, "BlockingConnectionPool") ? "blocking_pool" : spec->kind;
        pool_give_name(p, target ? target : strrchr(callee, '.') + 1);
        p->scope_class = scope_class(p, t, target);
        p->host = p->port = p->application = (struct value){.kind = V_NONE};
        bool by_sentinel = str_ends(callee, ".master_for") || str_ends(callee, ".slave_for");
        for (size_t i = 0; i < KNOBS_MAX && spec->knobs[i].name; i++) {
                read_knob(p, &spec->knobs[i]);
                if (by_sentinel && !p->knobs.items[p->knobs.len - 1].given)
                        read_sentinel(p, &spec->knobs[i], &p->knobs.items[p->knobs.len - 1]);
        }
        if (!strcmp(spec->library, "sqlalchemy"))
                read_connect_args(p);
        else if (!p->is_redis)
                read_server_settings(p);
        read_address(p, spec, takes_url_first(p, spec, callee));
        p->application = value_keep(s, p->application);
        p->host = value_keep(s, p->host);
        p->port = value_keep(s, p->port);
        *vec_push(s->arena, &p->file->pools) = p;
}

static void consider(struct call_site *call)
{
        struct file *f = call->file;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        uint32_t function = node_field(f, call->node, F_function);
        struct value callee = function == NO_NODE ? value_unknown(f->source, "") : eval(call->scope, function);
        const char *name = value_extern(&callee);
        const struct library_call *lib = name ? library_call(name) : NULL;
        const struct pool_spec *spec = lib && lib->what ? spec_for(name, lib->what) : NULL;
        if (!spec) {
                if (name)
                        pool_framework_call(call->scope, call->node, name);
                return;
        }
        if (!strcmp(lib->what, "redis_client") &&
            (call_argument(f, call->node, "connection_pool", -1) != NO_NODE || call_argument(f, call->node, "connection_kwargs", -1) != NO_NODE))
                return;
        fill(pool_at(call->scope, call->node), spec, name);
}

static int by_node(const void *a, const void *b)
{
        const struct call_site *x = *(struct call_site *const *)a, *y = *(struct call_site *const *)b;
        return (x->node > y->node) - (x->node < y->node);
}

/* from sqlalchemy import create_engine as make: "make"; NULL where it keeps its name. */
static const char *imported_as(const struct file *f, const char *name)
{
        for (size_t i = 0; f->scope && i < f->scope->bindings.len; i++) {
                const struct binding *b = &f->scope->bindings.items[i];
                if (b->kind == B_FROM && !strcmp(b->symbol, name) && strcmp(b->name, name))
                        return b->name;
        }
        return NULL;
}

void pools_find(struct file *f)
{
        static const char *const constructors[] = {
                "create_engine", "create_async_engine", "engine_from_config", "async_engine_from_config", "create_pool", "SimpleConnectionPool",
                "ThreadedConnectionPool", "PersistentConnectionPool", "ConnectionPool", "AsyncConnectionPool", "BlockingConnectionPool", "Redis",
                "PooledPostgresqlDatabase", "PooledPostgresqlExtDatabase", "SQLAlchemy",
                "register_tortoise", "RegisterTortoise", "init",
                "StrictRedis", "RedisCluster", "FlaskRedis", "RedisCache", "RedisBroker", "ListQueueBroker", "PubSubBroker", "RedisStreamBroker", "RedisAsyncResultBackend",
                "RedisScheduleSource", "ListRedisScheduleSource", "from_url", "create_redis_pool", "create_redis", "master_for", "slave_for",
                "Database", "QuartDB", "set_bind", "with_bind",
        };
        struct source *s = f->source;
        VEC(struct call_site *) calls = {0};
        if (f->pools_epoch == s->python->epoch)
                return;
        f->pools_epoch = s->python->epoch;
        f->pools.items = NULL;
        f->pools.len = f->pools.cap = 0;
        for (size_t i = 0; i < sizeof constructors / sizeof *constructors; i++) {
                const char *alias = imported_as(f, constructors[i]);
                EACH_CALL_IN(f, constructors[i], c)
                        *vec_push(s->arena, &calls) = c;
                if (alias)
                        EACH_CALL_IN(f, alias, c)
                                *vec_push(s->arena, &calls) = c;
        }
        if (calls.len)
                qsort(calls.items, calls.len, sizeof *calls.items, by_node);
        for (size_t i = 0; i < calls.len; i++)
                consider(calls.items[i]);
        pools_configured(f);
}

const char *pool_name(struct pool *p)
{
        if (!p)
                return NULL;
        pools_find(p->file);
        return p->name;
}

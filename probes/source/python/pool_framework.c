/*
 * Pools that frameworks make from what they are told: Flask-SQLAlchemy's engine options, Django's pool of psycopg and its caches, Tortoise. No
 * constructor of a pool stands in the tree; the pool is where its options stand. What may be SQLite or is not followed is no pool.
 */
#include "probes/source/python/python.h"

#include <math.h>
#include <string.h>

struct option {
        const char *key, *knob;
        double otherwise; /* NAN: none or unlimited */
};

enum { OPTIONS_MAX = 6 };

static const struct option of_sqlalchemy[OPTIONS_MAX] = {{"pool_size", "size", 5}, {"max_overflow", "overflow", 10}, {"pool_timeout", "timeout", 30},
                                                         {"pool_recycle", "recycle", -1}, {"pool_pre_ping", "pre_ping", 0}, {"echo", "echo", 0}};
static const struct option of_psycopg_pool[OPTIONS_MAX] = {{"min_size", "min_size", 4}, {"max_size", "size", NAN}, {"timeout", "timeout", 30}};
static const struct option of_psycopg_pool_true[OPTIONS_MAX] = {{"min_size", "min_size", 4}, {"max_size", "size", 4}, {"timeout", "timeout", 30}}; /* "pool": True */
static const struct option of_tortoise[OPTIONS_MAX] = {{"minsize", "min_size", 1}, {"maxsize", "size", 5}};

/* ── Options ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool string_is(const struct file *f, uint32_t n, const char *text)
{
        if (n == NO_NODE || f->nodes[n].kind != PY_string)
                return false;
        const char *s = node_text(f, n);
        size_t len = strlen(s), want = strlen(text);
        return len == want + 2 && !strncmp(s + 1, text, want);
}

/* What stands between its quotes. */
static const char *unquoted(const struct file *f, uint32_t n)
{
        const char *text = node_text(f, n);
        size_t len = strlen(text);
        return len < 2 ? "" : arena_strndup(f->source->arena, text + 1, len - 2);
}

/* The value of a key where the dictionary is written down. */
static uint32_t item_node(const struct value *dict, const char *key, bool *splat)
{
        const struct file *f = dict->file;
        if (f->nodes[dict->node].kind == PY_call)
                return call_argument(f, dict->node, key, -1);
        EACH_CHILD(f, dict->node, c)
        {
                if (f->nodes[c].kind == PY_pair && string_is(f, node_field(f, c, F_key), key))
                        return node_field(f, c, F_value);
                *splat |= f->nodes[c].kind != PY_pair;
        }
        return NO_NODE;
}

static void add_option(struct pool *p, const struct option *o, struct value dict)
{
        struct source *s = p->file->source;
        bool splat = false;
        uint32_t node = dict.kind == V_DICT ? item_node(&dict, o->key, &splat) : NO_NODE;
        struct value v = dict.kind == V_DICT ? eval_item(dict, o->key) : dict;
        struct knob *k = vec_push(s->arena, &p->knobs);
        *k = (struct knob){.name = o->knob, .keyword = o->key, .given = dict.kind != V_NONE && (dict.kind != V_DICT || node != NO_NODE || splat || v.kind != V_UNKNOWN)};
        if (!k->given) {
                v = (struct value){.kind = isnan(o->otherwise) ? V_NONE : V_NUMBER, .number = o->otherwise, .node = NO_NODE, .decider = BY_DEFAULT, .trail = "not given: the library's default"};
        } else if (node != NO_NODE && dict.file == p->file) {
                k->use_start = p->file->nodes[node].start;
                k->use_end = p->file->nodes[node].end;
        }
        k->value = value_keep(s, v);
}

static struct pool *make(struct scope *scope, uint32_t node, const char *name, const char *library, const char *kind)
{
        struct pool *p = pool_at(scope, node);
        p->library = library;
        p->kind = kind;
        p->context = scope_context(scope);
        p->scope_class = "module"; /* the framework keeps it */
        p->closed = "the framework is told of its pool by other means";
        p->host = p->port = p->application = (struct value){.kind = V_NONE};
        pool_give_name(p, name);
        *vec_push(scope->file->source->arena, &scope->file->pools) = p;
        return p;
}

static void add_options(struct pool *p, const struct option *options, struct value dict)
{
        for (int i = 0; i < OPTIONS_MAX && options[i].key; i++)
                add_option(p, &options[i], dict);
}

/* ── Flask-SQLAlchemy ──────────────────────────────────────────────────────────────────────────────────────────────── */

static void flask_options(struct scope *s, uint32_t node, const char *name, struct value options)
{
        struct value class = options.kind == V_DICT ? eval_item(options, "poolclass") : options;
        const char *type = value_extern(&class);
        struct pool *p = make(s, node, name, "sqlalchemy", "engine");
        p->is_null_pool = type && (str_ends(type, "NullPool") || str_ends(type, "StaticPool"));
        add_options(p, of_sqlalchemy, options);
}

static bool has_key(struct value dict, const char *prefix)
{
        bool is_call = dict.file->nodes[dict.node].kind == PY_call; /* dict(pool_size=5) */
        EACH_CHILD(dict.file, is_call ? node_field(dict.file, dict.node, F_arguments) : dict.node, c)
        {
                uint32_t key = node_field(dict.file, c, dict.file->nodes[c].kind == PY_keyword_argument ? F_name : F_key);
                const char *text = key == NO_NODE ? "" : node_text(dict.file, key);
                if (str_starts(text + strspn(text, "'\""), prefix))
                        return true;
        }
        return false;
}

/* What a setting is set by: NAME = x, config["NAME"] = x, update(NAME=x), {"NAME": x}. */
static uint32_t set_to(const struct file *f, uint32_t n, const char *name)
{
        uint32_t left = NO_NODE, right = node_field(f, n, f->nodes[n].kind == PY_assignment ? F_right : F_value);
        if (f->nodes[n].kind == PY_assignment)
                left = node_field(f, n, F_left);
        else if (f->nodes[n].kind == PY_keyword_argument)
                left = node_field(f, n, F_name);
        else if (f->nodes[n].kind == PY_pair)
                left = node_field(f, n, F_key);
        if (left != NO_NODE && f->nodes[left].kind == PY_subscript)
                left = node_field(f, left, F_subscript);
        bool is = left != NO_NODE && (f->nodes[left].kind == PY_identifier ? text_is(f, left, name) : string_is(f, left, name));
        return is ? right : NO_NODE;
}

/* The block, dictionary or list of arguments around a setting. */
static uint32_t around(const struct file *f, uint32_t n)
{
        uint32_t parent = f->nodes[n].parent;
        return f->nodes[parent].kind == PY_expression_statement ? f->nodes[parent].parent : parent;
}

static struct value beside(struct file *f, uint32_t setting, const char *name)
{
        uint32_t block = around(f, setting);
        for (uint32_t n = block; n < f->nodes[block].after; n++) {
                uint8_t kind = f->nodes[n].kind;
                uint32_t right = kind == PY_assignment || kind == PY_keyword_argument || kind == PY_pair ? set_to(f, n, name) : NO_NODE;
                if (right != NO_NODE && around(f, n) == block)
                        return eval(scope_at(f, n), right);
        }
        return value_unknown(f->source, "");
}

static bool is_sqlite(struct file *f, uint32_t setting)
{
        struct value uri = beside(f, setting, "SQLALCHEMY_DATABASE_URI");
        return uri.kind == V_TEXT && str_starts(uri.text, "sqlite");
}

static void flask_settings(struct file *f)
{
        for (uint32_t n = 0; n < f->node_count; n++) {
                uint8_t kind = f->nodes[n].kind;
                if (kind != PY_assignment && kind != PY_keyword_argument && kind != PY_pair)
                        continue;
                uint32_t options = set_to(f, n, "SQLALCHEMY_ENGINE_OPTIONS");
                if (options == NO_NODE || is_sqlite(f, n))
                        continue;
                struct scope *s = scope_at(f, n);
                struct value v = eval(s, options);
                /* Options of one pool only: json_serializer and the like choose nothing. */
                if (v.kind == V_DICT && (has_key(v, "pool_") || has_key(v, "max_overflow")))
                        flask_options(s, options, "SQLALCHEMY_ENGINE_OPTIONS", v);
        }
}

/* SQLALCHEMY_POOL_SIZE and its neighbours, which Flask-SQLAlchemy took before it had engine options. */
static void flask_old_settings(struct file *f)
{
        static const struct {
                const char *name, *knob;
                double otherwise;
        } names[] = {{"SQLALCHEMY_POOL_SIZE", "size", 5}, {"SQLALCHEMY_MAX_OVERFLOW", "overflow", 10}, {"SQLALCHEMY_POOL_TIMEOUT", "timeout", 30}, {"SQLALCHEMY_POOL_RECYCLE", "recycle", -1}};
        for (uint32_t n = 0; n < f->node_count; n++) {
                uint8_t kind = f->nodes[n].kind;
                uint32_t size = kind == PY_assignment || kind == PY_keyword_argument || kind == PY_pair ? set_to(f, n, names[0].name) : NO_NODE;
                if (size == NO_NODE || is_sqlite(f, n))
                        continue;
                struct pool *p = make(scope_at(f, n), size, names[0].name, "sqlalchemy", "engine");
                for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
                        struct value v = beside(f, n, names[i].name);
                        struct knob *k = vec_push(f->source->arena, &p->knobs);
                        *k = (struct knob){.name = names[i].knob, .keyword = names[i].name, .given = v.kind != V_UNKNOWN || !i};
                        if (!k->given)
                                v = (struct value){.kind = V_NUMBER, .number = names[i].otherwise, .node = NO_NODE, .decider = BY_DEFAULT, .trail = "not given: the library's default"};
                        k->value = value_keep(f->source, v);
                }
        }
}

/* ── Django ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void django_database(struct scope *s, uint32_t node, const char *alias)
{
        struct value settings = eval(s, node), engine = settings.kind == V_DICT ? eval_item(settings, "ENGINE") : settings;
        if (engine.kind != V_TEXT || !strstr(engine.text, "postgresql"))
                return;
        struct value options = eval_item(settings, "OPTIONS"), pool = options.kind == V_DICT ? eval_item(options, "pool") : options;
        bool splat = false;
        uint32_t at = options.kind == V_DICT ? item_node(&options, "pool", &splat) : NO_NODE;
        if (at == NO_NODE || options.file != s->file || (pool.kind != V_DICT && !(pool.kind == V_BOOL && pool.number)))
                return;
        struct pool *p = make(s, at, arena_printf(s->file->source->arena, "DATABASES.%s", alias), "psycopg_pool", "pool");
        add_options(p, pool.kind == V_DICT ? of_psycopg_pool : of_psycopg_pool_true, pool.kind == V_DICT ? pool : (struct value){.kind = V_NONE, .node = NO_NODE});
}

/* CACHES of django-redis and of Django's own backend for Redis: the pool of redis-py takes what OPTIONS say. */
static void django_cache(struct scope *s, uint32_t node, const char *alias)
{
        static const struct option of_redis[OPTIONS_MAX] = {{"max_connections", "size", NAN}, {"socket_timeout", "socket_timeout", NAN}};
        static const struct option of_django_redis[OPTIONS_MAX] = {{"SOCKET_TIMEOUT", "socket_timeout", NAN}};
        struct value none = {.kind = V_NONE, .node = NO_NODE};
        struct value settings = eval(s, node), backend = settings.kind == V_DICT ? eval_item(settings, "BACKEND") : settings;
        bool plugin = backend.kind == V_TEXT && str_starts(backend.text, "django_redis.");
        if (!plugin && (backend.kind != V_TEXT || strcmp(backend.text, "django.core.cache.backends.redis.RedisCache")))
                return;
        struct value options = eval_item(settings, "OPTIONS"), kwargs = plugin && options.kind == V_DICT ? eval_item(options, "CONNECTION_POOL_KWARGS") : options;
        struct value url = eval_item(settings, "LOCATION");
        struct pool *p = make(s, node, arena_printf(s->file->source->arena, "CACHES.%s", alias), "redis", "client");
        p->is_redis = true;
        add_options(p, of_redis, kwargs.kind == V_DICT ? kwargs : none);
        if (plugin && options.kind == V_DICT && eval_item(options, "SOCKET_TIMEOUT").kind != V_UNKNOWN) {
                p->knobs.len--;
                add_options(p, of_django_redis, options);
        }
        p->url = url.kind == V_TEXT && !url.holes && !strchr(url.text, '@') ? arena_strdup(s->file->source->arena, url.text) : NULL;
}

static void django_settings(struct file *f)
{
        for (size_t i = 0; i < f->scope->bindings.len; i++) {
                const struct binding *b = &f->scope->bindings.items[i];
                bool cache = !strcmp(b->name, "CACHES");
                if (b->kind != B_ASSIGN || !(cache || !strcmp(b->name, "DATABASES")) || b->value == NO_NODE || f->nodes[b->value].kind != PY_dictionary)
                        continue;
                EACH_CHILD(f, b->value, c)
                {
                        uint32_t key = f->nodes[c].kind == PY_pair ? node_field(f, c, F_key) : NO_NODE;
                        if (key == NO_NODE || f->nodes[key].kind != PY_string)
                                continue;
                        (cache ? django_cache : django_database)(f->scope, node_field(f, c, F_value), unquoted(f, key));
                }
        }
}

/* ── Tortoise ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_postgres(const char *scheme)
{
        return str_starts(scheme, "postgres") || str_starts(scheme, "asyncpg:") || str_starts(scheme, "psycopg:");
}

/* By URL or by engine and credentials; an address that is not known here is most likely no file of SQLite. */
static void tortoise_connection(struct scope *s, uint32_t at, const char *name, struct value v)
{
        struct value none = {.kind = V_NONE, .node = NO_NODE};
        struct value engine = v.kind == V_DICT ? eval_item(v, "engine") : none;
        bool unknown = v.kind == V_UNKNOWN || (v.kind == V_TEXT && v.text[0] == HOLE), known = v.kind == V_TEXT && is_postgres(v.text);
        bool by_engine = engine.kind == V_TEXT && (str_ends(engine.text, ".asyncpg") || str_ends(engine.text, ".psycopg"));
        if (!unknown && !known && !by_engine)
                return;
        struct pool *p = make(s, at, name, "tortoise", "pool");
        p->is_async = true;
        add_options(p, of_tortoise, by_engine ? eval_item(v, "credentials") : none);
        if (known)
                pool_read_url(p, &v);
}

static void tortoise_call(struct scope *s, uint32_t call)
{
        struct value url = eval_keyword(s, call, "db_url", -1);
        if (call_argument(s->file, call, "db_url", -1) != NO_NODE && url.kind != V_NONE)
                tortoise_connection(s, call, "Tortoise", url);
}

static uint32_t pair_value(const struct file *f, uint32_t dict, const char *key)
{
        EACH_CHILD(f, dict, c)
                if (f->nodes[c].kind == PY_pair && string_is(f, node_field(f, c, F_key), key))
                        return node_field(f, c, F_value);
        return NO_NODE;
}

/* {"connections": {"default": ...}, "apps": ...}: the pools are where their addresses stand, whoever is given the dictionary. */
static void tortoise_settings(struct file *f)
{
        for (uint32_t n = 0; n < f->node_count; n++) {
                uint32_t connections = f->nodes[n].kind == PY_dictionary ? pair_value(f, n, "connections") : NO_NODE;
                if (connections == NO_NODE || f->nodes[connections].kind != PY_dictionary || pair_value(f, n, "apps") == NO_NODE)
                        continue;
                EACH_CHILD(f, connections, c)
                {
                        uint32_t key = f->nodes[c].kind == PY_pair ? node_field(f, c, F_key) : NO_NODE, value = key == NO_NODE ? NO_NODE : node_field(f, c, F_value);
                        if (value == NO_NODE || f->nodes[key].kind != PY_string)
                                continue;
                        struct scope *s = scope_at(f, c);
                        tortoise_connection(s, value, arena_printf(f->source->arena, "connections.%s", unquoted(f, key)), eval(s, value));
                }
        }
}

/* ── All of them ───────────────────────────────────────────────────────────────────────────────────────────────────── */

bool pool_framework_call(struct scope *s, uint32_t call, const char *callee)
{
        if (!strcmp(callee, "flask_sqlalchemy.SQLAlchemy")) {
                struct value options = eval_keyword(s, call, "engine_options", -1);
                if (options.kind == V_DICT && (has_key(options, "pool_") || has_key(options, "max_overflow")))
                        flask_options(s, call, "SQLAlchemy", options);
                return true;
        }
        if (str_ends(callee, ".register_tortoise") || str_ends(callee, ".RegisterTortoise") || str_ends(callee, ".Tortoise.init")) {
                tortoise_call(s, call);
                return true;
        }
        return false;
}

void pools_configured(struct file *f)
{
        if (!f->scope || !f->bytes)
                return;
        if (memmem(f->bytes, f->len, "SQLALCHEMY_ENGINE_OPTIONS", 25))
                flask_settings(f);
        if (memmem(f->bytes, f->len, "SQLALCHEMY_POOL_SIZE", 20))
                flask_old_settings(f);
        if (memmem(f->bytes, f->len, "connections", 11) && memmem(f->bytes, f->len, "apps", 4))
                tortoise_settings(f);
        if ((memmem(f->bytes, f->len, "DATABASES", 9) && memmem(f->bytes, f->len, "pool", 4)) || (memmem(f->bytes, f->len, "CACHES", 6) && memmem(f->bytes, f->len, "RedisCache", 10)))
                django_settings(f);
}

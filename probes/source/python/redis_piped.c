/*
 * Two commands of redis-py, one statement directly after the other, become one statement:
 *
 *      n = await r.incr(key)           n, _ = await r.pipeline(transaction=False).incr(key).expire(key, 60).execute()
 *      await r.expire(key, 60)
 *
 * Only where nobody has to think: the client is redis-py's and neither a cluster's nor a pipeline, both commands take one key and
 * give nothing that the other takes, and what stands in them calls nothing, so that it may as well be read before the first is sent.
 */
#include "probes/source/python/redis_piped.h"

#include <string.h>

static bool is_one_of(const char *word, const char *list)
{
        size_t n = strlen(word);
        for (const char *p = list; n && (p = strstr(p, word)); p += n)
                if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
                        return true;
        return false;
}

/* ── The client ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool holds(const struct file *f, uint32_t start, uint32_t end, const char *word)
{
        return memmem(f->bytes + start, end - start, word, strlen(word));
}

/* aioredis has other pipelines in its first version, and a cluster sends each key elsewhere. */
static bool is_foreign(const struct file *f)
{
        static const char *const words[] = {"import aioredis", "from aioredis", "RedisCluster", "rediscluster", "create_redis_pool"};
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (holds(f, 0, (uint32_t)f->len, words[i]))
                        return true;
        return false;
}

static bool has_cluster(struct source *s)
{
        return calls_exist(s, "RedisCluster") || calls_exist(s, "create_redis_pool");
}

/* r, self.redis: names only, since a call might give another client each time. */
static bool is_names(const struct file *f, uint32_t n)
{
        while (f->nodes[n].kind == PY_attribute)
                n = node_field(f, n, F_object);
        return n != NO_NODE && f->nodes[n].kind == PY_identifier;
}

/* A pipeline is a Redis too, and a function that takes one by its annotation may get either. */
static bool may_be_pipeline(const struct site *x, uint32_t client)
{
        const struct file *f = x->file;
        while (f->nodes[client].kind == PY_attribute)
                client = node_field(f, client, F_object);
        if (text_is(f, client, "self") || text_is(f, client, "cls"))
                return false;
        for (size_t i = 0; i < x->scope->bindings.len; i++)
                if (x->scope->bindings.items[i].kind == B_PARAM && text_is(f, client, x->scope->bindings.items[i].name))
                        return true;
        return false;
}

static bool is_redis_py(const struct site *x, uint32_t client, bool awaited)
{
        const struct file *f = x->file;
        if (!is_names(f, client) || holds(f, f->nodes[client].start, f->nodes[client].end, "pipe") || is_foreign(f))
                return false;
        struct value v = eval(x->scope, client);
        if (v.kind != V_INSTANCE || v.ambiguous || !v.text || strcmp(v.text, awaited ? "redis.asyncio.Redis" : "redis.Redis"))
                return false;
        if (!awaited && may_be_pipeline(x, client))
                return false;
        bool imported = v.pool || holds(f, 0, (uint32_t)f->len, "from redis") || holds(f, 0, (uint32_t)f->len, "import redis");
        return imported && (!v.pool || !is_foreign(v.pool->file)) && !has_cluster(f->source);
}

/* ── The commands ──────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Nothing in it does anything: names, attributes, texts, numbers, and what these are joined to. */
static bool is_plain(const struct file *f, uint32_t list)
{
        for (uint32_t n = list + 1; n < f->nodes[list].after; n++)
                switch (f->nodes[n].kind) {
                case PY_identifier:
                case PY_attribute:
                case PY_integer:
                case PY_float:
                case PY_true:
                case PY_false:
                case PY_none:
                case PY_string:
                case PY_string_start:
                case PY_string_content:
                case PY_string_end:
                case PY_interpolation:
                case PY_keyword_argument:
                case PY_dictionary:
                case PY_pair:
                case PY_unary_operator:
                case PY_binary_operator:
                case PY_parenthesized_expression:
                        break;
                default:
                        return false;
                }
        return true;
}

struct command {
        uint32_t call, client, name, bound;
        bool awaited;
};

/* What a statement is, when it is one command and no more; `bound`: NO_NODE, or the name that it is given. */
static bool command_of(const struct file *f, uint32_t statement, struct command *ret)
{
        uint32_t n = f->nodes[statement].kind == PY_expression_statement ? node_first(f, statement) : NO_NODE, function;
        *ret = (struct command){.bound = NO_NODE};
        if (n != NO_NODE && f->nodes[n].kind == PY_assignment) {
                ret->bound = node_field(f, n, F_left);
                if (ret->bound == NO_NODE || f->nodes[ret->bound].kind != PY_identifier || node_field(f, n, F_type) != NO_NODE)
                        return false;
                n = node_field(f, n, F_right);
        }
        if (n != NO_NODE && f->nodes[n].kind == PY_await) {
                ret->awaited = true;
                n = node_first(f, n);
        }
        function = n != NO_NODE && f->nodes[n].kind == PY_call ? node_field(f, n, F_function) : NO_NODE;
        if (function == NO_NODE || f->nodes[function].kind != PY_attribute)
                return false;
        ret->call = n;
        ret->client = node_field(f, function, F_object);
        ret->name = node_field(f, function, F_attribute);
        uint32_t list = node_field(f, n, F_arguments);
        return ret->client != NO_NODE && ret->name != NO_NODE && f->bytes[f->nodes[ret->client].end] == '.' && list != NO_NODE && node_first(f, list) != NO_NODE &&
               f->nodes[list].kind == PY_argument_list && is_plain(f, list);
}

static bool same_bytes(const struct file *f, uint32_t a, uint32_t b)
{
        uint32_t n = f->nodes[a].end - f->nodes[a].start;
        return n == f->nodes[b].end - f->nodes[b].start && !memcmp(f->bytes + f->nodes[a].start, f->bytes + f->nodes[b].start, n);
}

static bool names(const struct file *f, uint32_t within, uint32_t name)
{
        for (uint32_t n = within; n < f->nodes[within].after; n++)
                if (f->nodes[n].kind == PY_identifier && same_bytes(f, n, name))
                        return true;
        return false;
}

/* `_` is free: in a function that does not know it. */
static bool may_bind(const struct file *f, const struct command *first, uint32_t second)
{
        uint32_t function = enclosing(f, first->call, PY_function_definition);
        if (function == NO_NODE || names(f, second, first->bound) || names(f, first->client, first->bound))
                return false;
        for (uint32_t n = function; n < f->nodes[function].after; n++)
                if (f->nodes[n].kind == PY_identifier && text_is(f, n, "_"))
                        return false;
        return true;
}

static bool begins_line(const struct file *f, uint32_t n)
{
        uint32_t at = f->nodes[n].start;
        while (at && (f->bytes[at - 1] == ' ' || f->bytes[at - 1] == '\t'))
                at--;
        return !at || f->bytes[at - 1] == '\n';
}

/* Nothing but empty lines stands between, and what is said behind the first: a comment above the second speaks of the second. */
static bool follows(const struct file *f, uint32_t from, uint32_t to)
{
        uint32_t at = f->nodes[from].end, end = f->nodes[to].start;
        while (at < end && f->bytes[at] != '\n' && f->bytes[at] != ';')
                at++;
        while (at < end && strchr(" \t\r\n", f->bytes[at]))
                at++;
        return at == end;
}

bool redis_piped(struct arena *a, const struct site *x, struct piped *ret)
{
        static const char writes[] = "incr incrby decr hincrby hset hdel sadd srem lpush rpush zadd zrem append ltrim zremrangebyrank zremrangebyscore set setex psetex "
                                     "expire pexpire expireat persist",
                          reads[] = "get hget hgetall";
        const struct file *f = x->file;
        uint32_t statement = x->node;
        while (statement && f->nodes[statement].kind != PY_expression_statement && f->nodes[statement].kind != PY_block)
                statement = f->nodes[statement].parent;
        uint32_t next = f->nodes[statement].kind == PY_expression_statement ? node_next(f, statement) : NO_NODE;
        struct command one, two;
        if (next == NO_NODE || !command_of(f, statement, &one) || one.call != x->node || !command_of(f, next, &two) || two.bound != NO_NODE)
                return false;
        const char *first = node_text(f, one.name), *text = file_text(a, f, f->nodes[two.client].end, f->nodes[two.call].end);
        if (!is_one_of(first, writes) && !is_one_of(first, reads))
                return false;
        if (!is_one_of(node_text(f, two.name), writes) || one.awaited != two.awaited || !same_bytes(f, one.client, two.client) || strpbrk(text, "\r\n\\"))
                return false;
        if (!begins_line(f, statement) || !begins_line(f, next) || !follows(f, statement, next))
                return false;
        if ((one.bound != NO_NODE && !may_bind(f, &one, next)) || !is_redis_py(x, one.client, one.awaited))
                return false;
        bool binds = one.bound != NO_NODE;
        *ret = (struct piped){.next = two.call, .client = file_text(a, f, f->nodes[one.client].start, f->nodes[one.client].end), .text = text,
                              .bound = binds ? file_text(a, f, f->nodes[one.bound].start, f->nodes[one.bound].end) : NULL, .bound_end = binds ? f->nodes[one.bound].end : 0};
        return true;
}

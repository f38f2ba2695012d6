/*
 * execute_command("TTL", key) is ttl(key), and `async def get(self, key): return await self.client.get(self.prefix + key)` is a get.
 */
#include "probes/source/python/redis.h"

#include <ctype.h>
#include <string.h>

enum { COMMAND_MAX = 24, THIN_NODES_MAX = 90 };

static bool is_by_name(const struct file *f, uint32_t call)
{
        uint32_t function = node_field(f, call, F_function);
        uint32_t name = function != NO_NODE && f->nodes[function].kind == PY_attribute ? node_field(f, function, F_attribute) : NO_NODE;
        return name != NO_NODE && text_is(f, name, "execute_command");
}

/* The name of the method, out of "TTL" or 'DEL'; false when no constant stands there. */
static bool method_of(const struct file *f, uint32_t call, char ret[COMMAND_MAX])
{
        uint32_t first = call_argument(f, call, NULL, 0);
        if (first == NO_NODE || f->nodes[first].kind != PY_string)
                return false;
        const char *text = f->bytes + f->nodes[first].start;
        size_t n = 0, len = f->nodes[first].end - f->nodes[first].start;
        for (size_t i = 1; i + 1 < len; i++) {
                if (!isalpha((unsigned char)text[i]) || n + 1 == COMMAND_MAX)
                        return false;
                ret[n++] = (char)tolower((unsigned char)text[i]);
        }
        ret[n] = 0;
        if (!strcmp(ret, "del"))
                strcpy(ret, "delete");
        return n > 0;
}

const char *redis_named(const struct file *f, uint32_t call, const char *callee)
{
        char method[COMMAND_MAX];
        const char *dot = strrchr(callee, '.');
        if (!dot || !method_of(f, call, method))
                return NULL;
        const char *name = arena_printf(f->source->scratch, "%.*s.%s", (int)(dot - callee), callee, method);
        return library_call(name) ? name : NULL;
}

struct call_class redis_guessed(const struct file *f, uint32_t call, struct call_class c)
{
        const char *name = arena_printf(f->source->scratch, "redis.asyncio.Redis.%s", c.callee);
        const char *command = is_by_name(f, call) ? redis_named(f, call, name) : name;
        const struct library_call *lib = library_call(command ? command : name);
        c.what = lib ? lib->what : NULL;
        if (c.what && !strcmp(c.what, "redis_set")) /* a wrapper may give it an expiry */
                c.what = "redis_write";
        c.callee = arena_printf(f->source->scratch, "any.Redis.%s", strrchr(command ? command : name, '.') + 1);
        return c;
}

int redis_skipped(const struct file *f, uint32_t call)
{
        char method[COMMAND_MAX];
        return is_by_name(f, call) && method_of(f, call, method);
}

bool redis_is_thin(struct scope *fn)
{
        const struct file *f = fn->file;
        uint32_t commands = 0;
        if (fn->body == NO_NODE || f->nodes[fn->body].after - fn->body > THIN_NODES_MAX)
                return false;
        for (uint32_t n = fn->body; n < f->nodes[fn->body].after; n++) {
                uint8_t kind = f->nodes[n].kind;
                if (kind == PY_for_statement || kind == PY_for_in_clause || kind == PY_function_definition || kind == PY_lambda)
                        return false;
                if (kind != PY_call)
                        continue;
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
                struct call_class c = classify(fn, n, false);
                commands += (effect_of(c.what, false) & EF_REDIS) != 0;
        }
        return commands == 1;
}

/* ── Keys that grow ────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_constant(struct scope *s, uint32_t n)
{
        if (n == NO_NODE)
                return true;
        uint8_t kind = s->file->nodes[n].kind;
        if (kind == PY_string || kind == PY_integer || kind == PY_none || kind == PY_true || kind == PY_false)
                return !memchr(s->file->bytes + s->file->nodes[n].start, '{', s->file->nodes[n].end - s->file->nodes[n].start);
        struct value v = eval(s, n);
        return v.kind == V_NUMBER || (v.kind == V_TEXT && !v.holes);
}

static bool ends_everything(const struct file *f, uint32_t call, int first)
{
        uint32_t from = call_argument(f, call, "start", first), to = call_argument(f, call, "end", first + 1);
        return from != NO_NODE && to != NO_NODE && text_is(f, from, "0") && text_is(f, to, "-1");
}

const char *redis_key_note(struct scope *s, uint32_t call, const char *callee)
{
        static const struct {
                const char *method, *says;
        } methods[] = {{"hgetall", "all of"}, {"hkeys", "all of"}, {"hvals", "all of"}, {"smembers", "all of"}, {"lrange", "all of"}, {"zrange", "all of"},
                       {"hset", "adds to"}, {"sadd", "adds to"}, {"lpush", "adds to"}, {"rpush", "adds to"}, {"zadd", "adds to"},
                       {"ltrim", "cuts"}, {"lpop", "cuts"}, {"rpop", "cuts"}, {"hdel", "cuts"}, {"srem", "cuts"}, {"zrem", "cuts"}, {"spop", "cuts"},
                       {"zremrangebyrank", "cuts"}, {"zremrangebyscore", "cuts"}, {"expire", "cuts"}, {"expireat", "cuts"}, {"delete", "cuts"}, {"unlink", "cuts"}};
        const struct file *f = s->file;
        const char *method = callee ? strrchr(callee, '.') : NULL, *says = NULL;
        for (size_t i = 0; method && i < sizeof methods / sizeof *methods; i++)
                if (!strcmp(method + 1, methods[i].method))
                        says = methods[i].says;
        int skipped = says ? redis_skipped(f, call) : 0;
        uint32_t key = says ? call_argument(f, call, "name", skipped) : NO_NODE;
        if (key == NO_NODE || (strstr(method, "range") && *says == 'a' && !ends_everything(f, call, skipped + 1)))
                return NULL;
        if (!strcmp(says, "adds to") && is_constant(s, call_argument(f, call, NULL, skipped + 1))) /* one of a few fields */
                return NULL;
        struct value v = eval(s, key);
        return v.kind == V_TEXT && !v.holes && *v.text ? arena_printf(f->source->scratch, "%s %s", says, v.text) : NULL;
}

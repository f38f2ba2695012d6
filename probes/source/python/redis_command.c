/*
 * execute_command("TTL", key) is ttl(key), and `async def get(self, key): return await self.client.get(self.prefix + key)` is a get.
 */
#include "probes/source/python/redis.h"
#include "probes/source/python/sites.h"

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

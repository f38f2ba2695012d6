/* For each call that a fix may give an argument: where it would stand, and around what. Fixes are chosen by rules and written by models. */
#include "probes/source/emit.h"
#include "probes/source/python/insertion.h"
#include "probes/source/python/redis_piped.h"

#include <string.h>

/* The text of the n-th positional argument; NULL when it is given by name, or too long to be a number or a name. */
static const char *argument_text(struct arena *a, const struct file *f, uint32_t call, int n)
{
        uint32_t list = node_field(f, call, F_arguments);
        if (list == NO_NODE || f->nodes[list].kind != PY_argument_list)
                return NULL;
        EACH_CHILD(f, list, c)
                if (n-- == 0)
                        return f->nodes[c].kind == PY_keyword_argument || f->bytes[f->nodes[c].start] == '*' || f->nodes[c].end - f->nodes[c].start > 80
                                       ? NULL : file_text(a, f, f->nodes[c].start, f->nodes[c].end);
        return NULL;
}

static int64_t argument_count(const struct file *f, uint32_t call)
{
        uint32_t list = node_field(f, call, F_arguments);
        int64_t n = 0;
        if (list != NO_NODE)
                EACH_CHILD(f, list, c)
                        n++;
        return n;
}

/* aioredis 1 gives a key its time by set(expire=...). */
static const char *why_closed(struct source *s, const struct site *site)
{
        bool old = !strcmp(site->what, "redis_set") && (calls_exist(s, "create_redis_pool") || calls_exist(s, "create_redis"));
        return old ? "the tree may use aioredis 1, which has other arguments" : NULL;
}

/* site: of the call, or NULL; closed: why it takes no more arguments, or NULL */
static void emit_call(struct source *s, struct sink *k, const struct file *f, uint32_t call, const struct site *site, const char *closed)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct insertion in = call_insertion(s->scratch, f, call);
        in.refused = closed ? closed : in.refused;
        struct call_line whole = {0};
        struct piped piped = {0};
        bool is_piped = site && redis_piped(s->scratch, site, &piped);
        bool is_line = call_line(s->scratch, f, call, &whole);
        uint32_t next = call_after(f, call);
        int line, col;
        file_position(f, in.at ? in.at : f->nodes[call].start, &line, &col);
        EMIT(k, "code_argument", TEXT("path", f->path), INT("byte_start", f->nodes[call].start), INT("byte_end", f->nodes[call].end), INT("line", line),
             maybe_int("insert_at", in.at > 0, in.at), TEXT("lead", in.lead), TEXT("tail", in.tail), TEXT("anchor", in.anchor), INT("is_first", in.is_first),
             TEXT("refused", in.refused), maybe_int("line_start", is_line, whole.start), maybe_int("line_end", is_line, whole.end), TEXT("line_text", whole.text),
             maybe_int("next_call", next != NO_NODE, next == NO_NODE ? 0 : f->nodes[next].start), INT("arguments", argument_count(f, call)),
             TEXT("first", argument_text(s->scratch, f, call, 0)), TEXT("second", argument_text(s->scratch, f, call, 1)),
             maybe_int("piped_call", is_piped, is_piped ? f->nodes[piped.next].start : 0), TEXT("piped", piped.text), TEXT("client", piped.client), TEXT("bound", piped.bound),
             maybe_int("bound_end", piped.bound, piped.bound_end));
}

static bool is_wanted(const struct site *x)
{
        static const char *const what[] = {"redis_set", "redis_get", "redis_write", "redis_expire", "redis_delete", "http"};
        for (size_t i = 0; i < sizeof what / sizeof *what; i++)
                if (x->what && !strcmp(x->kind, "call") && !strcmp(x->what, what[i]))
                        return true;
        return false;
}

void emit_arguments(struct source *s, struct sink *k)
{
        for (size_t i = 0; i < s->focus->pools.len; i++)
                emit_call(s, k, s->focus, s->focus->pools.items[i]->node, NULL, s->focus->pools.items[i]->closed);
        for (size_t i = 0; i < s->python->sites.len; i++) {
                const struct site *x = &s->python->sites.items[i];
                if (x->used && x->file->nodes[x->node].kind == PY_call && is_wanted(x))
                        emit_call(s, k, x->file, x->node, str_starts(x->what, "redis_") ? x : NULL, why_closed(s, x));
        }
}

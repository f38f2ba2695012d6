/*
 * With blocks: which of them hold a connection, a session or a lock.
 */
#include "probes/source/python/sites_pass.h"

#include <string.h>

/* `with ThreadPoolExecutor() as pool:` waits at its end for what was submitted. */
static void enter_executor(struct at *inner, uint32_t manager)
{
        struct file *f = inner->scope->file;
        uint32_t with = enclosing(f, manager, PY_with_statement);
        for (uint32_t n = with; inner->is_async && with != NO_NODE && n < f->nodes[with].after; n++) {
                uint32_t function = f->nodes[n].kind == PY_call ? node_field(f, n, F_function) : NO_NODE;
                const char *text = function == NO_NODE ? "" : node_text(f, function);
                if (!str_ends(text, ".submit") && !str_ends(text, ".map"))
                        continue;
                struct site *x = site_add(inner, "call", "future", manager);
                x->callee = "concurrent.futures.Executor.__exit__";
                x->blocking = x->used = true;
                return;
        }
}

void with_enter(struct at *inner, uint32_t manager)
{
        struct file *f = inner->scope->file;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        while (f->nodes[manager].kind == PY_await && node_first(f, manager) != NO_NODE)
                manager = node_first(f, manager);
        if (f->nodes[manager].kind != PY_call) {
                struct value v = eval(inner->scope, manager);
                if (v.kind == V_INSTANCE && (!strcmp(v.text, "asyncio.Lock") || !strcmp(v.text, "threading.Lock")))
                        site_add(inner, "with", "lock", manager)->used = true;
                return;
        }
        struct call_class c = classify(inner->scope, manager, false);
        struct value v = eval(inner->scope, manager);
        if (v.kind == V_INSTANCE && !strcmp(v.text, "concurrent.futures.Executor"))
                enter_executor(inner, manager);
        bool session = is_word(c.what, "session") || (v.kind == V_INSTANCE && str_ends(v.text, "Session") && str_starts(v.text, "sqlalchemy."));
        bool connection = is_word(c.what, "acquire") || is_word(c.what, "connect");
        if (is_word(c.what, "lock"))
                site_add(inner, "with", "lock", manager)->used = true;
        if (is_word(c.what, "pool") || is_word(c.what, "engine"))
                return;
        if (!session && !connection && !(v.kind == V_INSTANCE && str_ends(v.text, "Connection")))
                return;
        if (is_word(c.what, "transaction"))
                return;
        struct site *with = site_add(inner, "with", session ? "session" : "acquire", manager);
        with->pool = c.pool ? c.pool : v.pool;
        with->receiver = c.receiver;
        with->receiver_type = c.receiver_type;
        with->callee = c.callee;
        site_keep(f->source, with);
        if (session)
                inner->session = with->id;
        else
                inner->hold = with->id;
}

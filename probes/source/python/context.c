/*
 * In which context code runs: how often it runs decides how bad a habit is. By the names that people give to start-up code, by the
 * folder, and by who calls it: what only start-up code calls is start-up code, unless it loops for ever.
 */
#include "probes/source/python/python.h"

#include <string.h>

enum { CALLERS_MAX = 16 };

static const char *by_name(const struct scope *s)
{
        static const char *const startup[] = {"main",       "startup",    "on_startup", "setup", "setup_hook", "lifespan",    "create_app", "init", "initialize",
                                              "initialise", "configure",  "bootstrap",  "run",   "shutdown",   "on_shutdown", "amain",      "cli"};
        static const char *const prefixes[] = {"setup_", "init_", "create_tables", "migrate", "upgrade", "downgrade"};
        if (s->file->is_test)
                return "test";
        if (s->file->is_migration)
                return "migration";
        if (s->file->is_script)
                return "script";
        if (s->kind != SCOPE_FUNCTION)
                return "module";
        for (size_t i = 0; i < sizeof startup / sizeof *startup; i++)
                if (!strcmp(s->name, startup[i]))
                        return "startup";
        for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
                if (str_starts(s->name, prefixes[i]))
                        return "startup";
        return str_ends(s->name, "_startup") ? "startup" : "request";
}

static bool loops_for_ever(const struct scope *s)
{
        for (uint32_t n = s->node; n < s->file->nodes[s->node].after; n++)
                if (s->file->nodes[n].kind == PY_while_statement)
                        return true;
        return false;
}

/* create_task(f()) leaves start-up behind. */
static bool is_handed_over(const struct file *f, uint32_t call)
{
        uint32_t list = f->nodes[call].parent;
        if (f->nodes[list].kind != PY_argument_list)
                return false;
        uint32_t function = node_field(f, f->nodes[list].parent, F_function);
        return function != NO_NODE && !str_ends(node_text(f, function), "asyncio.run") && !str_ends(node_text(f, function), "run_until_complete");
}

static bool only_startup_calls(struct scope *s)
{
        int callers = 0;
        for (struct call_site *c = calls_of(s->file->source, s->name); c; c = c->next) {
                if (callers >= CALLERS_MAX)
                        return false;
                CLEANUP(arena_leave) struct arena_scope scope = arena_enter(c->file->source->scratch);
                struct value v = eval(c->scope, node_field(c->file, c->node, F_function));
                if (v.kind != V_FUNCTION || v.scope != s)
                        continue;
                const char *context = scope_context(c->scope);
                if (is_handed_over(c->file, c->node) || (strcmp(context, "startup") && strcmp(context, "module")))
                        return false;
                callers++;
        }
        return callers > 0;
}

const char *scope_context(struct scope *s)
{
        if (scope_memo(s)->context)
                return s->context;
        s->context = by_name(s);
        if (!strcmp(s->context, "request") && !loops_for_ever(s) && s->decorators == NO_NODE && only_startup_calls(s))
                s->context = "startup";
        return s->context;
}

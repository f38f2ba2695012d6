/*
 * In which context code runs: how often it runs decides how bad a habit is. By the names that people give to start-up code, by the
 * folder, and by who calls it: what only start-up code calls is start-up code, unless it loops for ever.
 */
#include "probes/source/python/python.h"
#include "probes/source/world.h"

#include <string.h>

enum { CALLERS_MAX = 16, CALLS_MAX = 40 };

static bool imports(const struct scope *module, const char *name)
{
        for (size_t i = 0; i < module->bindings.len; i++) {
                const struct binding *b = &module->bindings.items[i];
                if ((b->kind == B_IMPORT || b->kind == B_FROM) && b->module && !b->level && !strcmp(b->module, name))
                        return true;
        }
        return false;
}

/* Named, or decorated, as what a framework calls once before it serves: @app.on_event("startup"), @dp.startup(), @asynccontextmanager lifespan. */
static bool is_hook(const struct scope *s)
{
        static const char *const decorators[] = {"on_event(", ".startup", ".shutdown", "on_startup", "on_shutdown", "before_serving", "after_serving", "before_server_start", "after_server_stop",
                                                 "before_first_request", "worker_process_init", "worker_init", "worker_ready", "worker_process_shutdown", "listener(\"before_server", "main_process_start", ".before_loop", ".after_loop"};
        static const char *const names[] = {"setup_hook", "cog_load", "cog_unload", "ready", "post_init", "post_shutdown", "on_load", "before_loop", "__aenter__"};
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (!strcmp(s->name, names[i]))
                        return true;
        if (s->decorators == NO_NODE)
                return false;
        EACH_CHILD(s->file, s->decorators, d)
                for (size_t i = 0; s->file->nodes[d].kind == PY_decorator && i < sizeof decorators / sizeof *decorators; i++)
                        if (strstr(node_text(s->file, d), decorators[i]))
                                return true;
        return false;
}

/* Files in which something is registered for start or stop are few: the others are not looked through for each function. */
static bool registers_hooks(struct file *f)
{
        static const char *const words[] = {"startup", "shutdown", "lifespan", "post_init", "add_event_handler"};
        if (!f->hooks) {
                f->hooks = 1;
                for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                        if (memmem(f->bytes, f->len, words[i], strlen(words[i])))
                                f->hooks = 2;
        }
        return f->hooks == 2;
}

/* Registered by a call: dp.startup.register(f), app.on_startup.append(f), Application(on_startup=[f], lifespan=f). */
static bool is_registered(const struct scope *s)
{
        struct file *f = s->file;
        for (uint32_t n = registers_hooks(f) ? 0 : f->node_count; n < f->node_count; n++) {
                if (f->nodes[n].kind != PY_identifier || !text_is(f, n, s->name))
                        continue;
                uint32_t up = f->nodes[n].parent;
                if (f->nodes[up].kind == PY_list)
                        up = f->nodes[up].parent;
                uint32_t function = f->nodes[up].kind == PY_argument_list ? node_field(f, f->nodes[up].parent, F_function) : NO_NODE;
                const char *by = f->nodes[up].kind == PY_keyword_argument ? node_text(f, node_field(f, up, F_name)) : function != NO_NODE ? node_text(f, function) : "";
                if (strstr(by, "startup") || strstr(by, "shutdown") || strstr(by, "lifespan") || strstr(by, "post_init") || strstr(by, "add_event_handler"))
                        return true;
        }
        return false;
}

static const char *by_name(const struct scope *s)
{
        static const char *const startup[] = {"main",       "startup",    "on_startup", "setup", "setup_hook", "lifespan",    "create_app", "init", "initialize",
                                              "initialise", "configure",  "bootstrap",  "run",   "shutdown",   "on_shutdown", "amain",      "cli"};
        static const char *const prefixes[] = {"setup_", "init_", "create_tables", "migrate", "upgrade", "downgrade"};
        if (s->file->is_test || imports(s->file->scope, "pytest"))
                return "test";
        if (s->file->is_migration)
                return "migration";
        if (s->file->is_script || strstr(s->file->path, "management/commands/") || str_starts(s->file->path, "docs/"))
                return "script";
        if (s->kind != SCOPE_FUNCTION)
                return "module";
        for (size_t i = 0; i < sizeof startup / sizeof *startup; i++)
                if (!strcmp(s->name, startup[i]))
                        return "startup";
        for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
                if (str_starts(s->name, prefixes[i]))
                        return "startup";
        return str_ends(s->name, "_startup") || is_hook(s) || is_registered(s) ? "startup" : "request";
}

/* while True, while not bot.is_closed(), while self.running; no retry that counts, no search that ends. */
static bool loops_for_ever(const struct scope *s)
{
        const struct file *f = s->file;
        for (uint32_t n = s->node; n < f->nodes[s->node].after; n++) {
                uint32_t condition = f->nodes[n].kind == PY_while_statement ? node_field(f, n, F_condition) : NO_NODE;
                if (condition != NO_NODE && f->nodes[condition].kind != PY_comparison_operator && f->nodes[condition].kind != PY_boolean_operator)
                        return true;
        }
        return false;
}

/* create_task(f()) leaves start-up behind. */
static bool is_handed_over(const struct file *f, uint32_t call)
{
        uint32_t list = f->nodes[call].parent;
        if (f->nodes[list].kind != PY_argument_list)
                return false;
        uint32_t function = node_field(f, f->nodes[list].parent, F_function);
        return function != NO_NODE && !str_ends(node_text(f, function), ".run") && !str_ends(node_text(f, function), "run_until_complete");
}

/* background_tasks.add_task(f, ...), scheduler.add_job(f, ...): it runs again, whoever else calls it. */
static bool is_passed_on(struct scope *s)
{
        static const char *const takers[] = {"add_task", "add_job", "submit", "enqueue", "to_thread", "run_in_executor", "run_in_threadpool", "start_soon"};
        for (size_t i = 0; i < sizeof takers / sizeof *takers; i++) {
                struct call_walk walk = calls_walk(s->file->source, takers[i]);
                for (struct call_site *c = calls_next(&walk); c; c = calls_next(&walk)) {
                        uint32_t first = call_argument(c->file, c->node, "func", 0);
                        uint32_t name = first != NO_NODE && c->file->nodes[first].kind == PY_attribute ? node_field(c->file, first, F_attribute) : first;
                        if (name != NO_NODE && text_is(c->file, name, s->name))
                                return true;
                }
        }
        return false;
}

static bool only_startup_calls(struct scope *s)
{
        int callers = 0;
        int looked = 0;
        struct call_walk walk = calls_walk(s->file->source, s->name);
        for (struct call_site *c = calls_next(&walk); c; c = calls_next(&walk)) {
                if (callers >= CALLERS_MAX || looked++ >= CALLS_MAX)
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
        return callers > 0 && !is_passed_on(s);
}

/* A framework calls it: who is to be called once when it starts is start-up, who answers its events is not, whoever else calls it. */
static const char *by_framework(struct scope *s)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->file->source->scratch);
        const char *entry = handler_entry(s);
        return !entry ? NULL : handler_is_hook(entry) ? "startup" : "request";
}

/* What surrounds the life of a program is decorated by this and handed over: lifespan=f. */
static bool is_context_manager(const struct scope *s)
{
        EACH_CHILD(s->file, s->decorators, d)
                if (s->file->nodes[d].kind == PY_decorator && str_ends(node_text(s->file, d), "contextmanager"))
                        return true;
        return false;
}

const char *scope_context(struct scope *s)
{
        depends_on_name_in(s->file, "?"); /* whether it is a script */
        if (scope_memo(s)->context)
                return s->context;
        s->context = by_name(s);
        if (strcmp(s->context, "request") || s->kind != SCOPE_FUNCTION || loops_for_ever(s))
                return s->context;
        if (s->decorators != NO_NODE && !is_context_manager(s))
                return s->context;
        const char *called = by_framework(s);
        if (called ? !strcmp(called, "startup") : only_startup_calls(s))
                s->context = "startup";
        return s->context;
}

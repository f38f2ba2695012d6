/*
 * Entry points: functions that a framework calls because a decorator says so. Which framework is followed from the decorator's object (router,
 * app, bot) to the call that makes it, through imports of the tree; a word like `get` alone says nothing.
 */
#include "probes/source/python/python.h"
#include "probes/source/world.h"

#include <string.h>

enum { FOLLOW_MAX = 5, LABEL_MAX = 60 };

static const char *const frameworks[] = {"aiogram", "aiohttp", "apscheduler", "celery", "discord", "disnake", "dramatiq", "faststream", "fastapi", "flask", "huey",
                                         "litestar", "nextcord", "pyrogram", "quart", "sanic", "starlette", "taskiq", "telebot", "telethon", "vkbottle"};

static const char *const verbs[] = {
        "message", "edited_message", "channel_post", "callback_query", "inline_query", "chosen_inline_result", "my_chat_member", "chat_member",
        "chat_join_request", "poll", "poll_answer", "pre_checkout_query", "shipping_query", "errors", "error", "business_message", "message_reaction",
        "on_message", "on_callback_query", "on", "event", "command", "listener", "listen", "group", "slash_command", "hybrid_command", "hybrid_group",
        "context_menu", "get", "post", "put", "delete", "patch", "head", "options", "route", "websocket", "api_route", "view", "task", "shared_task",
        "periodic_task", "actor", "scheduled_job", "subscriber"};

static bool is_listed(const char *const *list, size_t n, const char *word, size_t len)
{
        for (size_t i = 0; i < n; i++)
                if (strlen(list[i]) == len && !strncmp(list[i], word, len))
                        return true;
        return false;
}

static const char *framework_of_name(const char *dotted)
{
        for (size_t i = 0; dotted && i < sizeof frameworks / sizeof *frameworks; i++)
                if (str_starts(dotted, frameworks[i]) && strchr(".", dotted[strlen(frameworks[i])]))
                        return frameworks[i];
        return NULL;
}

static const char *framework_of_value(struct scope *s, uint32_t n)
{
        struct value v = eval(s, n);
        return v.kind == V_EXTERN || v.kind == V_INSTANCE ? framework_of_name(v.text) : NULL;
}

static const struct binding *bound(const struct scope *module, const char *name)
{
        for (size_t i = module->bindings.len; i--;)
                if (!strcmp(module->bindings.items[i].name, name))
                        return &module->bindings.items[i];
        return NULL;
}

/* router = Router(), here or where it is imported from. */
static const char *framework_of_object(struct file *f, const char *name, int depth)
{
        const struct binding *b = f && f->scope && depth < FOLLOW_MAX ? bound(f->scope, name) : NULL;
        if (f)
                depends_on_name_in(f, name);
        if (!b)
                return NULL;
        if (b->kind == B_FROM)
                return framework_of_object(module_seen(f->source, f, b->module, b->level), b->symbol, depth + 1);
        if (b->kind != B_ASSIGN || b->value == NO_NODE || f->nodes[b->value].kind != PY_call)
                return NULL;
        depends_on_node(f, b->value);
        return framework_of_value(f->scope, node_field(f, b->value, F_function));
}

static const char *framework_of(struct scope *s, uint32_t object)
{
        const char *found = framework_of_value(s, object);
        if (found || s->file->nodes[object].kind != PY_identifier)
                return found;
        return framework_of_object(s->file, node_text(s->file, object), 0);
}

/* The path or name that the decorator is given, in its quotes. */
static const char *first_text(const struct file *f, uint32_t call)
{
        uint32_t argument = call == NO_NODE ? NO_NODE : call_argument(f, call, "path", 0);
        if (argument == NO_NODE || f->nodes[argument].kind != PY_string || f->nodes[argument].end - f->nodes[argument].start > LABEL_MAX)
                return "";
        return arena_printf(f->source->scratch, " %s", node_text(f, argument));
}

static const char *by_decorator(struct scope *fn, uint32_t decorator)
{
        struct file *f = fn->file;
        struct scope *outside = fn->parent ? fn->parent : fn;
        uint32_t what = node_first(f, decorator), call = NO_NODE;
        if (what != NO_NODE && f->nodes[what].kind == PY_call) {
                call = what;
                what = node_field(f, call, F_function);
        }
        if (what == NO_NODE)
                return NULL;
        bool dotted = f->nodes[what].kind == PY_attribute;
        const char *verb = node_text(f, dotted ? node_field(f, what, F_attribute) : what);
        size_t len = str_ends(verb, "_handler") ? strlen(verb) - strlen("_handler") : strlen(verb);
        if (!is_listed(verbs, sizeof verbs / sizeof *verbs, verb, len))
                return NULL;
        const char *framework = framework_of(outside, dotted ? node_field(f, what, F_object) : what);
        return framework ? arena_printf(f->source->scratch, "%s %.*s%s", framework, (int)len, verb, first_text(f, call)) : NULL;
}

const char *handler_of(struct scope *fn)
{
        if (fn->kind != SCOPE_FUNCTION || fn->decorators == NO_NODE || fn->file->is_test)
                return NULL;
        EACH_CHILD(fn->file, fn->decorators, d) {
                const char *found = fn->file->nodes[d].kind == PY_decorator ? by_decorator(fn, d) : NULL;
                if (found)
                        return found;
        }
        return NULL;
}

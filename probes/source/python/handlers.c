/*
 * Entry points: functions that a framework calls because a decorator says so. Which framework is followed from the decorator's object (router,
 * app, bot) to the call that makes it, through imports of the tree; a word like `get` alone says nothing. Others are handed over in a call that
 * registers them, here or in another file: there the words are long enough to say which framework it is, if the file that calls imports it.
 */
#include "probes/source/python/python.h"
#include "probes/source/world.h"

#include <string.h>

enum { FOLLOW_MAX = 5, LABEL_MAX = 60, CALLS_MAX = 1000 };

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

/* ── Registered by a call ──────────────────────────────────────────────────────────────────────────────────────────── */

/* verb NULL: the name before the last, router.message.register(f). */
static const struct registration {
        const char *call, *framework, *verb;
} registrations[] = {
        {"CommandHandler", "telegram", "command"}, {"MessageHandler", "telegram", "message"}, {"CallbackQueryHandler", "telegram", "callback_query"},
        {"InlineQueryHandler", "telegram", "inline_query"}, {"ChosenInlineResultHandler", "telegram", "chosen_inline_result"}, {"PollAnswerHandler", "telegram", "poll_answer"},
        {"PreCheckoutQueryHandler", "telegram", "pre_checkout_query"}, {"ShippingQueryHandler", "telegram", "shipping_query"}, {"ChatMemberHandler", "telegram", "chat_member"},
        {"ChatJoinRequestHandler", "telegram", "chat_join_request"}, {"TypeHandler", "telegram", "update"}, {"add_error_handler", "telegram", "error"},
        {"run_repeating", "telegram", "job"}, {"run_daily", "telegram", "job"}, {"run_once", "telegram", "job"}, {"run_monthly", "telegram", "job"},
        {"MessageHandler", "pyrogram", "message"}, {"CallbackQueryHandler", "pyrogram", "callback_query"},
        {"register", "aiogram", NULL}, {"register_message_handler", "aiogram", "message"}, {"register_callback_query_handler", "aiogram", "callback_query"},
        {"register_inline_handler", "aiogram", "inline_query"}, {"register_errors_handler", "aiogram", "errors"}, {"register_pre_checkout_query_handler", "aiogram", "pre_checkout_query"},
        {"register_chat_join_request_handler", "aiogram", "chat_join_request"}, {"register_my_chat_member_handler", "aiogram", "my_chat_member"},
        {"register_message_handler", "telebot", "message"}, {"register_callback_query_handler", "telebot", "callback_query"},
        {"add_job", "apscheduler", "job"}, {"path", "django", "path"}, {"re_path", "django", "path"}, {"url", "django", "path"}, {"add_url_rule", "flask", "route"}, {"add_url_rule", "quart", "route"},
        {"add_get", "aiohttp", "get"}, {"add_post", "aiohttp", "post"}, {"add_put", "aiohttp", "put"}, {"add_patch", "aiohttp", "patch"}, {"add_delete", "aiohttp", "delete"},
        {"add_route", "aiohttp", "route"}, {"add_api_route", "fastapi", "api_route"}, {"add_api_websocket_route", "fastapi", "websocket"}, {"add_route", "starlette", "route"},
        {"Route", "starlette", "route"}, {"WebSocketRoute", "starlette", "websocket"}, {"add_route", "sanic", "route"}, {"add_event_handler", "telethon", "event"},
        {"add_listener", "discord", "listener"}, {"add_listener", "disnake", "listener"}, {"add_listener", "nextcord", "listener"},
};

static bool is_of(const char *module, const char *framework)
{
        size_t n = strlen(framework);
        return module && !strncmp(module, framework, n) && (!module[n] || module[n] == '.');
}

static bool imports_framework(const struct scope *s, const char *framework)
{
        for (; s; s = s->parent) {
                for (size_t i = 0; i < s->bindings.len; i++) {
                        const struct binding *b = &s->bindings.items[i];
                        if ((b->kind == B_IMPORT || b->kind == B_FROM) && !b->level && is_of(b->module, framework))
                                return true;
                }
                for (size_t i = 0; i < s->stars.len; i++)
                        if (is_of(s->stars.items[i], framework))
                                return true;
        }
        return false;
}

static bool text_ends(const struct file *f, uint32_t n, const char *end)
{
        size_t len = strlen(end);
        return f->nodes[n].end - f->nodes[n].start >= len && !memcmp(f->bytes + f->nodes[n].end - len, end, len);
}

/* The function itself, or, for a method get of a class View, View.as_view(). */
static bool hands_over(struct call_site *c, uint32_t argument, const struct scope *fn)
{
        const struct file *f = c->file;
        if (f->nodes[argument].kind == PY_keyword_argument)
                argument = node_field(f, argument, F_value);
        if (argument == NO_NODE)
                return false;
        if (f->nodes[argument].kind == PY_identifier || f->nodes[argument].kind == PY_attribute) {
                if (!text_ends(f, argument, fn->name))
                        return false;
                struct value v = eval(c->scope, argument);
                return v.kind == V_FUNCTION && v.scope == fn;
        }
        const struct scope *class = fn->parent;
        uint32_t function = f->nodes[argument].kind == PY_call && class && class->kind == SCOPE_CLASS ? node_field(f, argument, F_function) : NO_NODE;
        if (function == NO_NODE || f->nodes[function].kind != PY_attribute || !text_is(f, node_field(f, function, F_attribute), "as_view"))
                return false;
        static const char *const methods[] = {"get", "post", "put", "patch", "delete", "head", "dispatch"};
        if (!is_listed(methods, sizeof methods / sizeof *methods, fn->name, strlen(fn->name)))
                return false;
        uint32_t object = node_field(f, function, F_object);
        if (!text_ends(f, object, class->name))
                return false;
        struct value v = eval(c->scope, object);
        return v.kind == V_CLASS && v.scope == class;
}

static const char *verb_before(const struct file *f, uint32_t function)
{
        uint32_t object = f->nodes[function].kind == PY_attribute ? node_field(f, function, F_object) : NO_NODE;
        uint32_t name = object != NO_NODE && f->nodes[object].kind == PY_attribute ? node_field(f, object, F_attribute) : NO_NODE;
        const char *verb = name == NO_NODE ? "" : node_text(f, name);
        bool known = !strcmp(verb, "startup") || !strcmp(verb, "shutdown") || is_listed(verbs, sizeof verbs / sizeof *verbs, verb, strlen(verb));
        return known ? verb : NULL;
}

static const char *registered_by(struct call_site *c, const struct registration *r, const struct scope *fn)
{
        struct file *f = c->file;
        uint32_t function = node_field(f, c->node, F_function), list = node_field(f, c->node, F_arguments);
        depends_on_node(f, c->node);
        if (function == NO_NODE || list == NO_NODE || f->is_test)
                return NULL;
        EACH_CHILD(f, list, argument)
        {
                const char *verb = !hands_over(c, argument, fn) ? NULL : r->verb ? r->verb : verb_before(f, function);
                if (!verb)
                        continue;
                bool object = f->nodes[function].kind == PY_attribute && f->nodes[node_field(f, function, F_object)].kind == PY_identifier;
                const char *of = imports_framework(c->scope, r->framework) ? r->framework : object ? framework_of(c->scope, node_field(f, function, F_object)) : NULL;
                if (of && !strcmp(of, r->framework))
                        return arena_printf(fn->file->source->scratch, "%s %s%s", of, verb, first_text(f, c->node));
        }
        return NULL;
}

static const char *by_registration(struct scope *fn)
{
        for (size_t i = 0; i < sizeof registrations / sizeof *registrations; i++) {
                int looked = 0;
                struct call_walk walk = calls_walk(fn->file->source, registrations[i].call);
                for (struct call_site *c = calls_next(&walk); c && looked++ < CALLS_MAX; c = calls_next(&walk)) {
                        const char *found = registered_by(c, &registrations[i], fn);
                        if (found)
                                return found;
                }
        }
        return NULL;
}

static bool is_special(const char *name)
{
        return str_starts(name, "__");
}

static const char *entry_of(struct scope *fn)
{
        if (fn->kind != SCOPE_FUNCTION || fn->file->is_test)
                return NULL;
        if (fn->decorators != NO_NODE)
                EACH_CHILD(fn->file, fn->decorators, d) {
                        const char *found = fn->file->nodes[d].kind == PY_decorator ? by_decorator(fn, d) : NULL;
                        if (found)
                                return found;
                }
        return is_special(fn->name) ? NULL : by_registration(fn);
}

const char *handler_entry(struct scope *fn)
{
        if (scope_memo(fn)->entry_known)
                return fn->entry;
        const char *found = entry_of(fn);
        fn->entry_known = true;
        fn->entry = found ? arena_strdup(fn->file->source->arena, found) : NULL;
        return fn->entry;
}

bool handler_is_hook(const char *entry)
{
        return entry && (str_ends(entry, " startup") || str_ends(entry, " shutdown"));
}

const char *handler_of(struct scope *fn)
{
        const char *entry = handler_entry(fn);
        return handler_is_hook(entry) ? NULL : entry;
}

/*
 * Functions that are handed to a framework by a call, in their own file or in another: add_handler(CommandHandler("start", f)), path("", f),
 * on_startup=[f]. The calls' names are long enough to say which framework it is, if the file that calls imports it; the function may stand in a
 * list, in a partial(), in a decorator that is called. Only the calls of such names are looked at, and only those that name the function.
 */
#include "probes/source/python/handlers.h"
#include "probes/source/world.h"

#include <string.h>

enum { CALLS_MAX = 1000, NESTED_MAX = 4, REGISTRATIONS_MAX = 128 };

/* verb NULL: the name before the last, router.message.register(f). HOOK: only what a keyword like on_startup= is given. */
static const char HOOK[] = "startup";
static const struct registration {
        const char *call, *framework, *verb;
} registrations[] = {
        {"CommandHandler", "telegram", "command"}, {"MessageHandler", "telegram", "message"}, {"CallbackQueryHandler", "telegram", "callback_query"},
        {"InlineQueryHandler", "telegram", "inline_query"}, {"ChosenInlineResultHandler", "telegram", "chosen_inline_result"}, {"PollAnswerHandler", "telegram", "poll_answer"},
        {"PreCheckoutQueryHandler", "telegram", "pre_checkout_query"}, {"ShippingQueryHandler", "telegram", "shipping_query"}, {"ChatMemberHandler", "telegram", "chat_member"},
        {"ChatJoinRequestHandler", "telegram", "chat_join_request"}, {"TypeHandler", "telegram", "update"}, {"add_error_handler", "telegram", "error"},
        {"run_repeating", "telegram", "job"}, {"run_daily", "telegram", "job"}, {"run_once", "telegram", "job"}, {"run_monthly", "telegram", "job"},
        {"post_init", "telegram", "startup"}, {"post_stop", "telegram", "shutdown"}, {"post_shutdown", "telegram", "shutdown"},
        {"MessageHandler", "pyrogram", "message"}, {"CallbackQueryHandler", "pyrogram", "callback_query"},
        {"register", "aiogram", NULL}, {"register_message_handler", "aiogram", "message"}, {"register_callback_query_handler", "aiogram", "callback_query"},
        {"register_inline_handler", "aiogram", "inline_query"}, {"register_errors_handler", "aiogram", "errors"}, {"register_pre_checkout_query_handler", "aiogram", "pre_checkout_query"},
        {"register_chat_join_request_handler", "aiogram", "chat_join_request"}, {"register_my_chat_member_handler", "aiogram", "my_chat_member"},
        {"start_polling", "aiogram", HOOK}, {"start_webhook", "aiogram", HOOK}, {"set_webhook", "aiogram", HOOK},
        {"register_message_handler", "telebot", "message"}, {"register_callback_query_handler", "telebot", "callback_query"},
        {"add_job", "apscheduler", "job"}, {"path", "django", "path"}, {"re_path", "django", "path"}, {"url", "django", "path"}, {"register", "rest_framework", "route"},
        {"add_url_rule", "flask", "route"}, {"add_url_rule", "quart", "route"}, {"add_resource", "flask_restful", "route"}, {"add_resource", "flask_restx", "route"},
        {"add_get", "aiohttp", "get"}, {"add_post", "aiohttp", "post"}, {"add_put", "aiohttp", "put"}, {"add_patch", "aiohttp", "patch"}, {"add_delete", "aiohttp", "delete"},
        {"add_route", "aiohttp", "route"}, {".on_startup.append", "aiohttp", "startup"}, {".on_shutdown.append", "aiohttp", "shutdown"}, {".on_cleanup.append", "aiohttp", "shutdown"},
        {".cleanup_ctx.append", "aiohttp", "startup"},
        {"add_api_route", "fastapi", "api_route"}, {"add_api_websocket_route", "fastapi", "websocket"}, {"add_event_handler", "fastapi", "startup"}, {"FastAPI", "fastapi", HOOK},
        {"add_route", "starlette", "route"}, {"Route", "starlette", "route"}, {"WebSocketRoute", "starlette", "websocket"}, {"Starlette", "starlette", HOOK}, {"Litestar", "litestar", HOOK},
        {"add_route", "sanic", "route"}, {"register_listener", "sanic", "startup"}, {"add_event_handler", "telethon", "event"},
        {"add_listener", "discord", "listener"}, {"add_listener", "disnake", "listener"}, {"add_listener", "nextcord", "listener"},
        {"func", "arq", "function"}, {"cron", "arq", "cron"}, {"class WorkerSettings", "arq", "function"},
        {"enqueue", "rq", "job"}, {"enqueue_in", "rq", "job"}, {"enqueue_at", "rq", "job"}, {"enqueue_call", "rq", "job"}, {"do", "schedule", "job"},
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

/* ── What is handed over ───────────────────────────────────────────────────────────────────────────────────────────── */

/* Who is looked for; class: of a method that views have, else NULL. */
struct wanted {
        const struct scope *fn, *class;
};

static bool text_ends(const struct file *f, uint32_t n, const char *end)
{
        size_t len = strlen(end), have = f->nodes[n].end - f->nodes[n].start;
        return have >= len && !memcmp(f->bytes + f->nodes[n].end - len, end, len);
}

/* A class of views is handed over itself, or by View.as_view(): then the methods are called that views have. */
static bool is_method_of(struct scope *s, uint32_t object, const struct wanted *w)
{
        if (!w->class || !text_ends(s->file, object, w->class->name))
                return false;
        struct value v = eval(s, object);
        return v.kind == V_CLASS && v.scope == w->class;
}

static bool names(struct scope *s, uint32_t n, const struct wanted *w)
{
        if (is_method_of(s, n, w))
                return true;
        if (!text_ends(s->file, n, w->fn->name))
                return false;
        struct value v = eval(s, n);
        return v.kind == V_FUNCTION && v.scope == w->fn;
}

/* The function, a list of some, partial(f, 1), login_required(f), View.as_view(). */
static bool hands_over(struct scope *s, uint32_t n, const struct wanted *w, int depth)
{
        const struct file *f = s->file;
        if (n == NO_NODE || depth > NESTED_MAX)
                return false;
        switch (f->nodes[n].kind) {
        case PY_identifier:
        case PY_attribute:
                return names(s, n, w);
        case PY_keyword_argument:
                return hands_over(s, node_field(f, n, F_value), w, depth + 1);
        case PY_list:
        case PY_tuple:
                EACH_CHILD(f, n, c)
                        if (hands_over(s, c, w, depth + 1))
                                return true;
                return false;
        case PY_call: {
                uint32_t function = node_field(f, n, F_function);
                bool view = function != NO_NODE && f->nodes[function].kind == PY_attribute && text_is(f, node_field(f, function, F_attribute), "as_view");
                return view ? is_method_of(s, node_field(f, function, F_object), w) : hands_over(s, call_argument(f, n, NULL, 0), w, depth + 1);
        }
        default:
                return false;
        }
}

/* on_startup=, lifespan=: what is called once. */
static const char *hook_of(const char *keyword)
{
        if (strstr(keyword, "startup") || strstr(keyword, "lifespan"))
                return "startup";
        return strstr(keyword, "shutdown") ? "shutdown" : NULL;
}

static const char *keyword_of(const struct file *f, uint32_t argument)
{
        return f->nodes[argument].kind == PY_keyword_argument ? node_text(f, node_field(f, argument, F_name)) : "";
}

/* ── Who registers ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *verb_before(const struct file *f, uint32_t function)
{
        uint32_t object = f->nodes[function].kind == PY_attribute ? node_field(f, function, F_object) : NO_NODE;
        uint32_t name = object != NO_NODE && f->nodes[object].kind == PY_attribute ? node_field(f, object, F_attribute) : NO_NODE;
        const char *verb = name == NO_NODE ? "" : node_text(f, name);
        return !strcmp(verb, "startup") || !strcmp(verb, "shutdown") || handler_is_verb(verb) ? verb : NULL;
}

static const char *verb_of(struct call_site *c, const struct registration *r, uint32_t function, uint32_t argument, const struct wanted *w)
{
        const char *hook = r->verb == HOOK ? hook_of(keyword_of(c->file, argument)) : NULL;
        if ((r->verb == HOOK && !hook) || !hands_over(c->scope, argument, w, 0))
                return NULL;
        return hook ? hook : r->verb ? r->verb : verb_before(c->file, function);
}

/* The framework's own, as the file imports it or the object before the call was made by it. */
static bool is_by(struct call_site *c, const struct registration *r, uint32_t function)
{
        struct file *f = c->file;
        if (imports_framework(c->scope, r->framework))
                return true;
        bool object = f->nodes[function].kind == PY_attribute && f->nodes[node_field(f, function, F_object)].kind == PY_identifier;
        const char *of = object ? handler_framework(c->scope, node_field(f, function, F_object)) : NULL;
        return of && !strcmp(of, r->framework);
}

static const char *registered_by(struct call_site *c, const struct registration *r, const struct wanted *w)
{
        struct file *f = c->file;
        uint32_t function = node_field(f, c->node, F_function), list = node_field(f, c->node, F_arguments);
        depends_on_node(f, c->node);
        if (function == NO_NODE || list == NO_NODE || f->is_test)
                return NULL;
        EACH_CHILD(f, list, argument)
        {
                const char *verb = verb_of(c, r, function, argument, w);
                if (!verb || !is_by(c, r, function))
                        continue;
                bool hook = !strcmp(verb, "startup") || !strcmp(verb, "shutdown");
                return arena_printf(f->source->scratch, "%s %s%s", r->framework, verb, hook ? "" : handler_label(f, c->node));
        }
        return NULL;
}

/* class WorkerSettings: functions = [f], on_startup = f */
static const char *listed_by(struct call_site *c, const struct registration *r, const struct wanted *w)
{
        struct arena *a = c->file->source->scratch;
        depends_on_node(c->file, c->node);
        for (size_t i = 0; i < c->scope->bindings.len; i++) {
                const struct binding *b = &c->scope->bindings.items[i];
                const char *hook = hook_of(b->name);
                bool lists = hook || !strcmp(b->name, "functions") || !strcmp(b->name, "cron_jobs");
                if (b->kind == B_ASSIGN && lists && hands_over(c->scope, b->value, w, 0))
                        return arena_printf(a, "%s %s", r->framework, hook ? hook : !strcmp(b->name, "functions") ? "function" : "cron");
        }
        return NULL;
}

/* ── All of them ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Which of the calls are in the tree at all is the same for all functions of a file. */
static void find_called(struct source *s)
{
        struct python *p = s->python;
        _Static_assert(sizeof registrations / sizeof *registrations <= REGISTRATIONS_MAX, "bits of registrations_called");
        if (p->registrations_epoch == p->epoch)
                return;
        p->registrations_epoch = p->epoch;
        memset(p->registrations_called, 0, sizeof p->registrations_called);
        for (size_t i = 0; i < sizeof registrations / sizeof *registrations; i++)
                if (calls_exist(s, registrations[i].call))
                        p->registrations_called[i / 64] |= UINT64_C(1) << i % 64;
}

const char *handler_registered(struct scope *fn)
{
        struct source *s = fn->file->source;
        bool is_method = fn->parent && fn->parent->kind == SCOPE_CLASS && handler_is_view_method(fn->name);
        const struct wanted w = {fn, is_method ? fn->parent : NULL};
        find_called(s);
        for (size_t i = 0; i < sizeof registrations / sizeof *registrations; i++) {
                const struct registration *r = &registrations[i];
                int looked = 0;
                if (!(s->python->registrations_called[i / 64] >> i % 64 & 1))
                        continue;
                struct call_walk walk = calls_walk(s, r->call);
                for (struct call_site *c = calls_next(&walk); c && looked++ < CALLS_MAX; c = calls_next(&walk)) {
                        const char *found = str_starts(r->call, "class ") ? listed_by(c, r, &w) : registered_by(c, r, &w);
                        if (found)
                                return found;
                }
        }
        return NULL;
}

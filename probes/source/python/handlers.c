/*
 * Entry points: functions that a framework calls because a decorator says so, or because they are methods of a class that it knows. Which
 * framework is followed from the decorator's object (router, app, bot) to the call that makes it, through imports of the tree; a word like
 * `get` alone says nothing. What is handed over in a call that registers it is the matter of handler_register.c.
 */
#include "probes/source/python/eval.h"
#include "probes/source/python/handlers.h"
#include "probes/source/world.h"

#include <string.h>

enum { FOLLOW_MAX = 5, LABEL_MAX = 60, BASES_MAX = 4 };

static const char *const frameworks[] = {"aiogram", "aiohttp", "apscheduler", "arq", "celery", "discord", "disnake", "django", "dramatiq", "faststream", "fastapi", "flask",
                                         "hikari", "huey", "interactions", "lightbulb", "litestar", "nextcord", "ninja", "nonebot", "pyrogram", "quart", "rest_framework", "rq",
                                         "sanic", "slack_bolt", "socketio", "starlette", "strawberry", "taskiq", "telebot", "telethon", "twitchio", "vkbottle"};

static const char *const verbs[] = {
        "message", "edited_message", "channel_post", "callback_query", "inline_query", "chosen_inline_result", "my_chat_member", "chat_member",
        "chat_join_request", "poll", "poll_answer", "pre_checkout_query", "shipping_query", "errors", "error", "business_message", "message_reaction",
        "on_message", "on_callback_query", "on", "event", "command", "listener", "listen", "group", "slash_command", "hybrid_command", "hybrid_group",
        "context_menu", "get", "post", "put", "delete", "patch", "head", "options", "route", "websocket", "api_route", "view", "task", "shared_task",
        "periodic_task", "db_task", "db_periodic_task", "actor", "scheduled_job", "job", "subscriber", "loop", "button", "select", "autocomplete", "action", "api_view",
        "receiver", "register", "before_request", "after_request", "teardown_request", "errorhandler", "exception", "middleware", "handle", "field", "mutation"};

static bool is_listed(const char *const *list, size_t n, const char *word, size_t len)
{
        for (size_t i = 0; i < n; i++)
                if (strlen(list[i]) == len && !strncmp(list[i], word, len))
                        return true;
        return false;
}

bool handler_is_verb(const char *word)
{
        return is_listed(verbs, sizeof verbs / sizeof *verbs, word, strlen(word));
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

static const char *by_decorator(struct scope *fn, uint32_t decorator, int depth);

/* @group.command(), where group is a function that became a command by its own decorator. */
static const char *framework_of_function(struct scope *fn, int depth)
{
        if (!fn || fn->decorators == NO_NODE)
                return NULL;
        EACH_CHILD(fn->file, fn->decorators, d)
        {
                const char *found = fn->file->nodes[d].kind == PY_decorator ? by_decorator(fn, d, depth + 1) : NULL;
                if (found)
                        return framework_of_name(arena_strndup(fn->file->source->scratch, found, strcspn(found, " ")));
        }
        return NULL;
}

/* router = Router(), here or where it is imported from. */
static const char *framework_of_object(struct scope *s, const char *name, int depth)
{
        struct file *f = s ? s->file : NULL;
        const struct binding *b = s && depth < FOLLOW_MAX ? bound(s, name) : NULL;
        if (f && s == f->scope)
                depends_on_name_in(f, name);
        if (!b)
                return s && s->kind == SCOPE_CLASS ? framework_of_object(f->scope, name, depth) : NULL;
        if (b->kind == B_FROM) {
                struct file *from = module_seen(f->source, f, b->module, b->level);
                return framework_of_object(from ? from->scope : NULL, b->symbol, depth + 1);
        }
        if (b->kind == B_DEF) {
                depends_on_node(b->scope->file, b->scope->node);
                return framework_of_function(b->scope, depth);
        }
        if (b->kind != B_ASSIGN || b->value == NO_NODE || f->nodes[b->value].kind != PY_call)
                return NULL;
        depends_on_node(f, b->value);
        return framework_of_value(s, node_field(f, b->value, F_function));
}

static const char *framework_from(struct scope *s, uint32_t object, int depth)
{
        const char *found = framework_of_value(s, object);
        if (found || s->file->nodes[object].kind != PY_identifier)
                return found;
        return framework_of_object(s->kind == SCOPE_CLASS ? s : s->file->scope, node_text(s->file, object), depth);
}

const char *handler_framework(struct scope *s, uint32_t object)
{
        return framework_from(s, object, 0);
}

/* The path or name that the decorator is given, in its quotes. */
const char *handler_label(const struct file *f, uint32_t call)
{
        uint32_t argument = call == NO_NODE ? NO_NODE : call_argument(f, call, "path", 0);
        if (call != NO_NODE && argument == NO_NODE)
                argument = call_argument(f, call, "name", -1);
        if (call != NO_NODE && argument == NO_NODE)
                argument = call_argument(f, call, "label", -1);
        if (argument == NO_NODE || f->nodes[argument].kind != PY_string || f->nodes[argument].end - f->nodes[argument].start > LABEL_MAX)
                return "";
        return arena_printf(f->source->scratch, " %s", node_text(f, argument));
}

static const char *by_decorator(struct scope *fn, uint32_t decorator, int depth)
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
        if (depth > FOLLOW_MAX || !is_listed(verbs, sizeof verbs / sizeof *verbs, verb, len))
                return NULL;
        const char *framework = framework_from(outside, dotted ? node_field(f, what, F_object) : what, depth);
        return framework ? arena_printf(f->source->scratch, "%s %.*s%s", framework, (int)len, verb, handler_label(f, call)) : NULL;
}

/* ── By the class ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char verbs_of_http[] = "get post put patch delete head options dispatch";
static const char verbs_of_views[] = "get post put patch delete head options dispatch list create retrieve update partial_update destroy get_queryset get_object get_context_data form_valid "
                                     "perform_create perform_update perform_destroy filter_queryset";

static const struct known_class {
        const char *base, *methods, *verb; /* methods NULL: those that begin with on_ */
} known_classes[] = {
        {"discord", NULL, "event"}, {"disnake", NULL, "event"}, {"nextcord", NULL, "event"}, {"socketio", NULL, "event"},
        {"rest_framework", verbs_of_views, "view"}, {"django", verbs_of_views, "view"}, {"flask", verbs_of_http, "view"}, {"flask_restful", verbs_of_http, "view"},
        {"flask_restx", verbs_of_http, "view"}, {"aiohttp", verbs_of_http, "view"}, {"tornado", verbs_of_http, "view"}, {"starlette", verbs_of_http, "view"},
};

static bool is_word_of(const char *list, const char *word)
{
        size_t n = strlen(word);
        for (const char *p = list; *p; p += strspn(p, " ")) {
                size_t len = strcspn(p, " ");
                if (len == n && !strncmp(p, word, n))
                        return true;
                p += len;
        }
        return false;
}

bool handler_is_view_method(const char *name)
{
        return is_word_of(verbs_of_views, name);
}

static const struct known_class *known_base(const char *name)
{
        for (size_t i = 0; name && i < sizeof known_classes / sizeof *known_classes; i++)
                if (str_starts(name, known_classes[i].base) && name[strlen(known_classes[i].base)] == '.')
                        return &known_classes[i];
        return NULL;
}

static const struct known_class *known_class(struct scope *class, int depth)
{
        uint32_t bases = depth < BASES_MAX ? class_bases(class) : NO_NODE;
        if (bases == NO_NODE)
                return NULL;
        EACH_CHILD(class->file, bases, b)
        {
                if (class->file->nodes[b].kind != PY_identifier && class->file->nodes[b].kind != PY_attribute)
                        continue;
                struct value v = eval(class->parent, b);
                const struct known_class *found = v.kind == V_EXTERN ? known_base(v.text) : v.kind == V_CLASS && v.scope != class ? known_class(v.scope, depth + 1) : NULL;
                if (found)
                        return found;
        }
        return NULL;
}

/* Only names of which a framework thinks something are worth a look at the bases. */
static const char *by_class(struct scope *fn)
{
        struct scope *class = fn->parent;
        if (!class || class->kind != SCOPE_CLASS || (!str_starts(fn->name, "on_") && !handler_is_view_method(fn->name)))
                return NULL;
        const struct known_class *k = known_class(class, 0);
        if (!k || !(k->methods ? is_word_of(k->methods, fn->name) : str_starts(fn->name, "on_")))
                return NULL;
        return arena_printf(fn->file->source->scratch, "%s %s", k->base, k->verb);
}

/* ── Either ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

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
                        const char *found = fn->file->nodes[d].kind == PY_decorator ? by_decorator(fn, d, 0) : NULL;
                        if (found)
                                return found;
                }
        const char *registered = is_special(fn->name) ? NULL : handler_registered(fn);
        return registered ? registered : by_class(fn);
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

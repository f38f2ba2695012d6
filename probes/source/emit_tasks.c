/*
 * Settings of job queues, as rows of code_setting: Celery's (a call of Celery(), conf.update(), app.conf.name = value, names of a settings
 * module, CELERY_NAMES of Django), what its tasks and calls ask for, arq's WorkerSettings, and jobs that apscheduler repeats. Old names of
 * settings become the new ones. A value that is not known is NULL: it is set, and rules stay silent.
 */
#include "probes/source/emit.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct {
        const char *old, *name;
} celery_names[] = {
        {"CELERYD_PREFETCH_MULTIPLIER", "worker_prefetch_multiplier"}, {"CELERYD_MAX_TASKS_PER_CHILD", "worker_max_tasks_per_child"},
        {"CELERYD_TASK_TIME_LIMIT", "task_time_limit"}, {"CELERYD_TASK_SOFT_TIME_LIMIT", "task_soft_time_limit"}, {"CELERYD_CONCURRENCY", "worker_concurrency"},
        {"CELERY_ACKS_LATE", "task_acks_late"}, {"CELERY_TASK_RESULT_EXPIRES", "result_expires"}, {"CELERY_IGNORE_RESULT", "task_ignore_result"},
        {"BROKER_URL", "broker_url"}, {"BROKER_TRANSPORT_OPTIONS", "broker_transport_options"}, {"BROKER_POOL_LIMIT", "broker_pool_limit"},
};

static const char *const celery_known[] = {
        "broker_url", "result_backend", "worker_prefetch_multiplier", "worker_max_tasks_per_child", "worker_max_memory_per_child", "worker_concurrency",
        "task_time_limit", "task_soft_time_limit", "task_acks_late", "task_ignore_result", "result_expires", "broker_transport_options", "broker_pool_limit",
};

static bool is_known(const char *name)
{
        for (size_t i = 0; i < sizeof celery_known / sizeof *celery_known; i++)
                if (!strcmp(name, celery_known[i]))
                        return true;
        return false;
}

/* The setting's name of today; NULL: none that counts here. */
static const char *celery_name(struct arena *a, const char *name)
{
        for (size_t i = 0; i < sizeof celery_names / sizeof *celery_names; i++)
                if (!strcmp(name, celery_names[i].old))
                        return celery_names[i].name;
        char *lower = arena_strdup(a, str_starts(name, "CELERY_") ? name + 7 : name);
        bool upper = str_starts(name, "CELERY_");
        for (char *p = lower; *p && upper; p++)
                *p = (char)tolower((unsigned char)*p);
        if (!strcmp(lower, "broker"))
                return "broker_url";
        if (!strcmp(lower, "backend"))
                return "result_backend";
        return is_known(lower) ? lower : NULL;
}

/* ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* A URL is told by its scheme alone: the rest may hold a password. */
static const char *value_of(struct arena *a, const struct value *v)
{
        const char *scheme = v->kind == V_TEXT ? strstr(v->text, "://") : NULL;
        switch (v->kind) {
        case V_NUMBER:
                return v->ambiguous ? NULL : arena_printf(a, "%.15g", v->number);
        case V_BOOL:
                return v->ambiguous ? NULL : v->number != 0 ? "True" : "False";
        case V_NONE:
                return "None";
        case V_TEXT:
                return scheme ? arena_strndup(a, v->text, (size_t)(scheme - v->text)) : v->holes || strchr(v->text, '@') ? NULL : v->text;
        default:
                return NULL;
        }
}

static void row(struct sink *k, struct scope *s, uint32_t at, const char *system, const char *program, const char *name, const char *value, const char *trail)
{
        struct file *f = s->file;
        int line, col;
        file_position(f, f->nodes[at].start, &line, &col);
        EMIT(k, "code_setting", TEXT("system", system), TEXT("program", program), TEXT("name", name), TEXT("value", value), TEXT("format", "python"), TEXT("path", f->path),
             INT("line", line), INT("col", col), INT("byte_start", f->nodes[at].start), INT("byte_end", f->nodes[at].end), TEXT("trail", trail));
}

/* timedelta(hours=1) counts in seconds. */
static struct value number_of(struct scope *s, uint32_t node)
{
        static const struct {
                const char *name;
                int seconds;
        } parts[] = {{"days", 86400}, {"seconds", 1}, {"hours", 3600}, {"minutes", 60}};
        struct file *f = s->file;
        uint32_t function = f->nodes[node].kind == PY_call ? node_field(f, node, F_function) : NO_NODE;
        if (function == NO_NODE || !str_ends(node_text(f, function), "timedelta"))
                return eval(s, node);
        struct value sum = {.kind = V_NUMBER, .node = NO_NODE};
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
                struct value v = eval_keyword(s, node, parts[i].name, i < 2 ? (int)i : -1);
                sum.number += v.kind == V_NUMBER ? v.number * parts[i].seconds : 0;
        }
        return sum;
}

static void setting(struct sink *k, struct scope *s, uint32_t at, const char *written, uint32_t value)
{
        struct arena *a = s->file->source->scratch;
        const char *name = celery_name(a, written);
        if (!name || value == NO_NODE)
                return;
        struct value v = number_of(s, value);
        row(k, s, at, "celery", NULL, name, value_of(a, &v), v.trail);
        if (strcmp(name, "broker_transport_options"))
                return;
        struct value timeout = v.kind == V_DICT ? eval_item(v, "visibility_timeout") : value_unknown(s->file->source, "");
        if (timeout.kind != V_UNKNOWN)
                row(k, s, at, "celery", NULL, "visibility_timeout", value_of(a, &timeout), timeout.trail);
}

static void from_pairs(struct sink *k, struct scope *s, uint32_t dictionary)
{
        struct file *f = s->file;
        EACH_CHILD(f, dictionary, pair)
        {
                uint32_t key = f->nodes[pair].kind == PY_pair ? node_field(f, pair, F_key) : NO_NODE;
                struct value name = key == NO_NODE ? value_unknown(f->source, "") : eval(s, key);
                if (name.kind == V_TEXT)
                        setting(k, s, pair, name.text, node_field(f, pair, F_value));
        }
}

static void from_keywords(struct sink *k, struct scope *s, uint32_t list)
{
        struct file *f = s->file;
        if (list == NO_NODE)
                return;
        EACH_CHILD(f, list, c)
        {
                if (f->nodes[c].kind == PY_keyword_argument)
                        setting(k, s, c, node_text(f, node_field(f, c, F_name)), node_field(f, c, F_value));
                else if (f->nodes[c].kind == PY_dictionary)
                        from_pairs(k, s, c);
        }
}

/* ── Celery ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_celery(struct scope *s, uint32_t object)
{
        struct value v = eval(s, object);
        const char *name = v.kind == V_INSTANCE ? v.text : value_extern(&v);
        return name && str_starts(name, "celery.");
}

static void celery_app(struct sink *k, struct call_site *call)
{
        struct value v = eval(call->scope, node_field(call->file, call->node, F_function));
        const char *name = value_extern(&v);
        if (!name || strcmp(name, "celery.Celery") || !strcmp(scope_context(call->scope), "test"))
                return;
        row(k, call->scope, call->node, "celery", NULL, "app", NULL, "Celery()");
        from_keywords(k, call->scope, node_field(call->file, call->node, F_arguments));
        static const char *const words[] = {"broker", "backend"};
        for (int i = 0; i < 2; i++) { /* through a splat, or by position */
                uint32_t given = call_argument(call->file, call->node, words[i], -1), at = call_argument(call->file, call->node, NULL, i ? 3 : 2);
                if (given == NO_NODE && at != NO_NODE)
                        setting(k, call->scope, at, words[i], at);
        }
}

static void celery_conf(struct sink *k, struct call_site *call)
{
        uint32_t function = node_field(call->file, call->node, F_function);
        uint32_t conf = call->file->nodes[function].kind == PY_attribute ? node_field(call->file, function, F_object) : NO_NODE;
        if (conf == NO_NODE || !str_ends(node_text(call->file, conf), ".conf"))
                return;
        if (is_celery(call->scope, node_field(call->file, conf, F_object)))
                from_keywords(k, call->scope, node_field(call->file, call->node, F_arguments));
}

static bool is_conf(struct file *f, uint32_t n)
{
        return n != NO_NODE && f->nodes[n].kind == PY_attribute && text_is(f, node_field(f, n, F_attribute), "conf") && is_celery(f->scope, node_field(f, n, F_object));
}

/* app.conf.task_acks_late = True, app.conf["task_acks_late"] = True, app.conf |= {...} */
static void celery_assignments(struct sink *k, struct file *f)
{
        for (uint32_t n = 0; n < f->node_count; n++) {
                bool assigns = f->nodes[n].kind == PY_assignment, adds = f->nodes[n].kind == PY_augmented_assignment;
                uint32_t left = assigns || adds ? node_field(f, n, F_left) : NO_NODE, right = left == NO_NODE ? NO_NODE : node_field(f, n, F_right);
                if (left == NO_NODE || right == NO_NODE)
                        continue;
                uint8_t kind = f->nodes[left].kind;
                if (adds && f->nodes[right].kind == PY_dictionary && is_conf(f, left)) {
                        from_pairs(k, f->scope, right);
                } else if (assigns && kind == PY_attribute && is_conf(f, node_field(f, left, F_object))) {
                        setting(k, f->scope, n, node_text(f, node_field(f, left, F_attribute)), right);
                } else if (assigns && kind == PY_subscript && is_conf(f, node_field(f, left, F_value))) {
                        struct value name = eval(f->scope, node_field(f, left, F_subscript));
                        if (name.kind == V_TEXT && !name.holes)
                                setting(k, f->scope, n, name.text, right);
                }
        }
}

/* A settings module: CELERY_NAMES anywhere, names of today where the file speaks of Celery. */
static void celery_module(struct sink *k, struct scope *s, bool speaks)
{
        for (size_t i = 0; i < s->bindings.len; i++) {
                const struct binding *b = &s->bindings.items[i];
                bool old = str_starts(b->name, "CELERY") || str_starts(b->name, "BROKER_");
                if (b->kind != B_ASSIGN || b->value == NO_NODE || b->item >= 0 || !(old || (speaks && is_known(b->name))))
                        continue;
                setting(k, s, b->value, b->name, b->value);
        }
}

static void number_row(struct sink *k, struct call_site *call, const char *program, const char *keyword)
{
        struct arena *a = call->file->source->scratch;
        uint32_t arg = call_argument(call->file, call->node, keyword, -1);
        if (arg == NO_NODE)
                return;
        struct value v = number_of(call->scope, arg);
        row(k, call->scope, call->node, "celery", program, arena_printf(a, "task.%s", keyword), value_of(a, &v), v.trail);
}

/* @app.task(acks_late=True, time_limit=30), @shared_task(...) */
static void celery_task(struct sink *k, struct scope *fn, uint32_t decorator)
{
        static const char *const options[] = {"acks_late", "time_limit", "soft_time_limit", "ignore_result"};
        struct file *f = fn->file;
        uint32_t what = node_first(f, decorator), call = NO_NODE;
        if (what != NO_NODE && f->nodes[what].kind == PY_call) {
                call = what;
                what = node_field(f, what, F_function);
        }
        const char *text = what == NO_NODE ? "" : node_text(f, what);
        bool shared = str_ends(text, "shared_task"), task = str_ends(text, ".task");
        if (!(shared || task) || !is_celery(fn->parent, task ? node_field(f, what, F_object) : what))
                return;
        const char *program = arena_printf(f->source->scratch, "%s.%s", f->module, fn->qualname);
        row(k, fn->parent, decorator, "celery", program, "task", NULL, NULL);
        for (size_t i = 0; call != NO_NODE && i < sizeof options / sizeof *options; i++)
                number_row(k, &(struct call_site){.file = f, .scope = fn->parent, .node = call}, program, options[i]);
}

static void celery_tasks(struct sink *k, struct file *f)
{
        for (size_t i = 0; i < f->scopes.len; i++) {
                struct scope *fn = f->scopes.items[i];
                if (fn->kind != SCOPE_FUNCTION || fn->decorators == NO_NODE)
                        continue;
                EACH_CHILD(f, fn->decorators, d)
                        if (f->nodes[d].kind == PY_decorator)
                                celery_task(k, fn, d);
        }
}

/* ── Others ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* class WorkerSettings: functions = [...]; max_jobs = 20 */
static void arq_worker(struct sink *k, struct scope *class)
{
        static const char *const names[] = {"max_jobs", "job_timeout", "keep_result", "keep_result_forever", "max_tries", "health_check_interval"};
        bool runs = false;
        for (size_t i = 0; i < class->bindings.len; i++)
                runs |= !strcmp(class->bindings.items[i].name, "functions") || !strcmp(class->bindings.items[i].name, "cron_jobs");
        if (!runs || !strcasestr(class->name, "settings"))
                return;
        row(k, class, class->node, "arq", NULL, "worker", NULL, class->name);
        for (size_t i = 0; i < class->bindings.len; i++)
                for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
                        const struct binding *b = &class->bindings.items[i];
                        if (b->kind != B_ASSIGN || b->value == NO_NODE || strcmp(b->name, names[n]))
                                continue;
                        struct value v = number_of(class, b->value);
                        row(k, class, b->value, "arq", NULL, b->name, value_of(class->file->source->scratch, &v), v.trail);
                }
}

/* scheduler.add_job(f, "interval", seconds=5): how often, and whether rounds may pile up. */
static void scheduled_job(struct sink *k, struct call_site *call)
{
        static const struct {
                const char *name;
                int seconds;
        } units[] = {{"seconds", 1}, {"minutes", 60}, {"hours", 3600}};
        struct file *f = call->file;
        uint32_t function = node_field(f, call->node, F_function);
        uint32_t object = f->nodes[function].kind == PY_attribute ? node_field(f, function, F_object) : NO_NODE;
        struct value v = object == NO_NODE ? value_unknown(f->source, "") : eval(call->scope, object);
        const char *type = v.kind == V_INSTANCE ? v.text : NULL;
        if (!type || !str_starts(type, "apscheduler."))
                return;
        double every = 0;
        for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
                struct value n = eval_keyword(call->scope, call->node, units[i].name, -1);
                every += n.kind == V_NUMBER ? n.number * units[i].seconds : 0;
        }
        const char *text = node_text(f, call->node);
        bool interval = strstr(text, "\"interval\"") || strstr(text, "'interval'") || strstr(text, "IntervalTrigger");
        bool told = strstr(text, "max_instances") || strstr(text, "coalesce") || strstr(text, "misfire_grace_time");
        uint32_t job = call_argument(f, call->node, "func", 0);
        if (interval && every > 0)
                row(k, call->scope, call->node, "apscheduler", job == NO_NODE ? NULL : file_snippet(f->source->scratch, f, f->nodes[job].start, f->nodes[job].end, 60),
                    told ? "interval, told" : "interval", arena_printf(f->source->scratch, "%.15g", every), NULL);
}

/* Defaults for all jobs of a scheduler. */
static void scheduler_defaults(struct sink *k, struct file *f, const char *class)
{
        EACH_CALL_IN(f, class, call)
                if (call_argument(f, call->node, "job_defaults", -1) != NO_NODE)
                        row(k, call->scope, call->node, "apscheduler", NULL, "job_defaults", NULL, NULL);
}

void emit_tasks(struct source *s, struct sink *k)
{
        struct file *f = s->focus;
        if (f->lang != LANG_PYTHON || !f->node_count || f->is_test)
                return;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        bool speaks = memmem(f->bytes, f->len, "celery", 6) || strcasestr(f->path, "celery");
        if (speaks || memmem(f->bytes, f->len, "CELERY", 6) || memmem(f->bytes, f->len, "BROKER_", 7))
                celery_module(k, f->scope, speaks);
        if (speaks || memmem(f->bytes, f->len, ".conf", 5) || memmem(f->bytes, f->len, ".task", 5)) {
                celery_assignments(k, f);
                celery_tasks(k, f);
                EACH_CALL_IN(f, "update", call)
                        celery_conf(k, call);
                EACH_CALL_IN(f, "Celery", call)
                        celery_app(k, call);
                EACH_CALL_IN(f, "apply_async", call)
                        number_row(k, call, NULL, "countdown");
                EACH_CALL_IN(f, "retry", call)
                        number_row(k, call, NULL, "countdown");
        }
        for (size_t i = 0; i < f->scopes.len; i++)
                if (f->scopes.items[i]->kind == SCOPE_CLASS) {
                        arq_worker(k, f->scopes.items[i]);
                        if (speaks)
                                celery_module(k, f->scopes.items[i], true);
                }
        EACH_CALL_IN(f, "add_job", call)
                scheduled_job(k, call);
        EACH_CALL_IN(f, "scheduled_job", call)
                scheduled_job(k, call);
        scheduler_defaults(k, f, "AsyncIOScheduler");
        scheduler_defaults(k, f, "BackgroundScheduler");
}

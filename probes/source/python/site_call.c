/*
 * Calls, awaits and attributes that become sites.
 */
#include "probes/source/python/orm_sent.h"
#include "probes/source/python/redis.h"
#include "probes/source/python/sites_pass.h"

#include <string.h>

static bool worth_following(const struct at *at)
{
        return at->loop || at->hold || at->is_async;
}

/* Whatever a table holds is fetched: told of once, where the query begins. */
static void add_rows(struct at *at, const struct orm_rows *rows)
{
        struct file *f = at->scope->file;
        struct python *p = f->source->python;
        for (size_t i = 0; i < p->sites.len; i++)
                if (is_word(p->sites.items[i].what, "all_rows") && p->sites.items[i].start == f->nodes[rows->node].start)
                        return;
        struct site *x = site_add(at, "query", "all_rows", rows->node);
        x->args = rows->table;
        x->note = rows->constant ? "constant" : NULL;
        x->used = true;
        site_keep(f->source, x);
}

static bool is_serializer(const struct at *at)
{
        return at->loop && is_word(site_by_id(at->scope->file->source, at->loop)->note, "serializer");
}

static const char *arguments(const struct file *f, uint32_t call)
{
        uint32_t list = node_field(f, call, F_arguments), key = redis_skipped(f, call) ? call_argument(f, call, NULL, 1) : NO_NODE;
        if (key != NO_NODE) /* as if the command were the method */
                return arena_printf(f->source->scratch, "(%s", file_snippet(f->source->scratch, f, f->nodes[key].start, f->nodes[list].end, 160));
        return list == NO_NODE ? NULL : file_snippet(f->source->scratch, f, f->nodes[list].start, f->nodes[list].end, 160);
}

void visit_call(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        struct source *s = f->source;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct orm_rows counted;
        const char *only = orm_only_counted(at->scope, n, &counted);
        if (only) {
                struct site *q = site_add(at, "query", only, n);
                q->args = counted.table;
                q->used = true;
                site_keep(s, q);
        }
        struct call_class c = classify(at->scope, n, worth_following(at));
        if (!c.what || (c.function && !at->loop && !at->hold && !c.blocking) || c.function == at->scope || (c.function && is_serializer(at)))
                return;
        bool thread_call = is_word(c.what, "thread");
        struct site *x = site_add(at, "call", c.what, n);
        x->callee = c.callee;
        x->receiver = c.receiver;
        x->receiver_type = c.receiver_type;
        x->pool = c.pool;
        x->note = c.note;
        x->blocking = c.blocking && at->is_async && !thread_call && f->nodes[f->nodes[n].parent].kind != PY_await;
        x->args = arguments(f, n);
        x->used = true;
        note_call(at, x, n);
        if (at->loop && str_starts(c.what, "redis_") && f->nodes[f->nodes[n].parent].kind != PY_await && (c.function ? c.function->is_async : c.callee && strstr(c.callee, ".asyncio.")))
                x->note = "not awaited"; /* gather(*[r.get(k) for k in keys]) */
        note_coroutines(at, x, n);
        site_keep(s, x);
        site_mark_used(s, at->loop);
        site_mark_used(s, at->hold);
        struct orm_rows rows;
        if (!c.function && (is_word(c.what, "execute") || is_word(c.what, "fetch")) && orm_all_rows_of_call(at->scope, n, &rows))
                add_rows(at, &rows);
        int64_t id = x->id;
        bool sends = is_word(c.what, "execute") || is_word(c.what, "executemany");
        if (!c.function && (sends || is_word(c.what, "add")))
                orm_statements_sent(at->scope, n, id);
        if (sends) {
                uint32_t text = call_argument(f, n, NULL, c.callee && str_ends(c.callee, "execute_values") ? 1 : 0);
                if (text == NO_NODE)
                        text = call_argument(f, n, "query", -1);
                if (text == NO_NODE)
                        text = call_argument(f, n, "statement", -1);
                if (text != NO_NODE && !c.function)
                        statement_add(s, at->scope, text, id);
                if (at->session && !at->hold)
                        at->hold = at->session;
        } else if (at->hold == at->session && at->session && (is_word(c.what, "commit") || is_word(c.what, "rollback") || is_word(c.what, "close"))) {
                at->hold = 0;
        }
}

/* row.author, where the author is loaded when it is asked for. */
void visit_attribute(struct at *at, uint32_t n)
{
        struct source *s = at->scope->file->source;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct orm_access access;
        if (!at->variables || !orm_lazy_access(at->scope, at->variables, n, &access))
                return;
        struct site *x = site_add(at, "attribute", access.known ? "lazy" : "attribute", n);
        x->callee = access.attribute;
        x->receiver = access.variable;
        x->receiver_type = access.model;
        x->args = access.class;
        x->note = at->at_most_once ? "last round" : access.async ? "async" : NULL;
        x->used = true;
        int64_t id = x->id;
        site_keep(s, x);
        site_mark_used(s, at->loop);
        orm_statement_loaded(at->scope, n, &access, id);
}

/* What is bound outside the loop was sent there, or in the first round: query sets keep their rows. */
static bool is_from_outside(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        if (!at->loop || f->nodes[n].kind != PY_identifier)
                return at->loop && f->nodes[n].kind == PY_attribute;
        const struct node *loop = &f->nodes[at->loop_node];
        for (size_t i = 0; i < at->scope->bindings.len; i++) {
                const struct binding *b = &at->scope->bindings.items[i];
                if (loop->start <= b->at && b->at < loop->end && text_is(f, n, b->name))
                        return false;
        }
        return true;
}

/* A query that is used up here: iterated, counted by len(), awaited. */
void visit_lazy(struct at *at, uint32_t n, bool awaited)
{
        if (n == NO_NODE)
                return;
        struct file *f = at->scope->file;
        struct source *s = f->source;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct call_class c;
        if (is_from_outside(at, n) || !orm_sends(at->scope, n, awaited, &c) || (is_serializer(at) && orm_is_related(eval(at->scope, n).steps)))
                return; /* what belongs to a row that is serialized, the view may have prefetched */
        struct site *x = site_add(at, "call", c.what, n);
        x->callee = c.callee;
        x->receiver = c.receiver;
        x->receiver_type = c.receiver_type;
        x->pool = c.pool;
        x->note = at->loop && at->at_most_once ? "last round" : at->loop && at->guarded ? "some rounds" : c.note;
        x->blocking = c.blocking && at->is_async;
        x->used = true;
        int64_t id = x->id;
        site_keep(s, x);
        site_mark_used(s, at->loop);
        site_mark_used(s, at->hold);
        orm_statement_used(at->scope, n, id);
        struct orm_rows rows;
        if (orm_all_rows_of_value(at->scope, n, &rows))
                add_rows(at, &rows);
        if (at->session && !at->hold)
                at->hold = at->session;
}

/* Functions passed while a connection is held, to one that calls them: digest -> cache.get(..., load_profile) -> engine.connect(). */
void visit_arguments(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        uint32_t list = node_field(f, n, F_arguments);
        if (!at->hold || list == NO_NODE || f->nodes[list].kind != PY_argument_list)
                return;
        EACH_CHILD(f, list, c)
        {
                if (f->nodes[c].kind != PY_identifier && f->nodes[c].kind != PY_attribute)
                        continue;
                struct value v = eval(at->scope, c);
                if (v.kind != V_FUNCTION || !(function_effects(v.scope, 0) & EF_ACQUIRE))
                        continue;
                struct value callee = eval(at->scope, node_field(f, n, F_function));
                if (callee.kind != V_FUNCTION || !(function_effects(callee.scope, 0) & EF_CALLS_PARAM))
                        continue;
                struct site *x = site_add(at, "call", "acquire", n);
                x->pool = v.scope->acquired;
                x->note = arena_printf(f->source->scratch, "through %s", v.scope->qualname);
                x->callee = v.scope->qualname;
                x->used = true;
                site_keep(f->source, x);
                site_mark_used(f->source, at->hold);
        }
}

/* await of something that is no call to a database, while a connection is held. */
void visit_await(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        uint32_t inner = node_first(f, n);
        if (at->loop && inner != NO_NODE && f->nodes[inner].kind == PY_call && waits_outside(at->scope, inner))
                site_add(at, "await", "outside", n);
        if (!at->hold || inner == NO_NODE)
                return;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        const char *what = NULL, *note = NULL, *callee = NULL;
        if (f->nodes[inner].kind == PY_call) {
                struct call_class c = classify(at->scope, inner, true);
                what = c.what;
                note = c.note;
                callee = c.callee;
        } else {
                struct value v = eval(at->scope, inner);
                what = v.kind == V_INSTANCE && !strcmp(v.text, "asyncio.Future") ? "future" : NULL;
        }
        if (!what)
                return;
        struct site *x = site_add(at, "await", what, n);
        x->note = note;
        x->callee = callee;
        x->used = true;
        site_keep(f->source, x);
        site_mark_used(f->source, at->hold);
}

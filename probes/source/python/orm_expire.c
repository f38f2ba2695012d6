/*
 * Columns that are read after the commit that expired them: user.id after `await session.commit()`, where the session was made without
 * expire_on_commit=False. Reading loads the row again, and under an asynchronous session nothing can.
 *
 *   user = await session.get(User, key)        every binding of the name gives a row of this session
 *   await session.commit()                     a statement of its own
 *   return {"id": user.id}                     in the blocks around it, before anything that may load the row
 *
 * Only what is certain is told: whatever may have loaded the row again (an await that is no call to the network) ends the search.
 */
#include "probes/source/python/orm_model.h"
#include "probes/source/python/sites_pass.h"

#include <string.h>

struct commit {
        struct scope *scope;
        uint32_t call;
        const char *session; /* as written: session, self.session */
        bool over;           /* nothing that follows is certain */
        VEC(const char *) told;
};

/* What a call without the option leaves as it is: that commits expire; **options may say anything. */
static bool keeps_default(struct scope *s, uint32_t call)
{
        const struct file *f = s->file;
        uint32_t list = node_field(f, call, F_arguments), given = call_argument(f, call, "expire_on_commit", -1);
        if (list == NO_NODE || given != NO_NODE)
                return given != NO_NODE && text_is(f, given, "True");
        EACH_CHILD(f, list, c)
                if (f->bytes[f->nodes[c].start] == '*')
                        return false;
        return true;
}

static bool expires(struct scope *s, uint32_t session)
{
        struct value v = eval(s, session);
        return v.kind == V_INSTANCE && !v.ambiguous && !strcmp(v.text, "sqlalchemy.AsyncSession") && v.node != NO_NODE && v.call_scope && keeps_default(v.call_scope, v.node);
}

/* ── Rows of the session ───────────────────────────────────────────────────────────────────────────────────────────── */

/* The object of a method's call; NO_NODE. */
static uint32_t object_of(const struct file *f, uint32_t call)
{
        uint32_t function = f->nodes[call].kind == PY_call ? node_field(f, call, F_function) : NO_NODE;
        return function != NO_NODE && f->nodes[function].kind == PY_attribute ? node_field(f, function, F_object) : NO_NODE;
}

static bool is_method_of(const struct commit *x, uint32_t call, const char *method)
{
        const struct file *f = x->scope->file;
        uint32_t object = object_of(f, call);
        return object != NO_NODE && text_is(f, object, x->session) && (!method || text_is(f, node_field(f, node_field(f, call, F_function), F_attribute), method));
}

/* Does whoever passes the other byte, of the commit or of the binding, pass this call? */
static bool is_passed(const struct file *f, uint32_t call, uint32_t other)
{
        uint32_t block = enclosing(f, call, PY_block);
        return block == NO_NODE || (f->nodes[block].start <= other && other < f->nodes[block].end);
}

/* session.add(user), add_all([user, other]), delete(user) between the binding and the commit. */
static bool is_handed(const struct commit *x, const char *method, const char *name, uint32_t from)
{
        const struct file *f = x->scope->file;
        EACH_CALL_IN(x->scope->file, method, c) {
                uint32_t start = f->nodes[c->node].start, commit = f->nodes[x->call].start;
                if (c->scope != x->scope || start < from || start > commit || !is_method_of(x, c->node, method))
                        continue;
                if (from && !is_passed(f, c->node, commit) && !is_passed(f, c->node, from))
                        continue;
                uint32_t arg = call_argument(f, c->node, NULL, 0);
                if (arg != NO_NODE && f->nodes[arg].kind == PY_identifier && text_is(f, arg, name))
                        return true;
                if (arg != NO_NODE && f->nodes[arg].kind == PY_list)
                        EACH_CHILD(f, arg, e)
                                if (text_is(f, e, name))
                                        return true;
        }
        return false;
}

/* session.get(...), (await session.execute(...)).scalar_one(), result.first(), find(session, ...): what it is called on, or with. */
static bool comes_from(const struct commit *x, uint32_t n, int depth)
{
        struct file *f = x->scope->file;
        while (n != NO_NODE && (f->nodes[n].kind == PY_await || f->nodes[n].kind == PY_parenthesized_expression))
                n = node_first(f, n);
        if (n == NO_NODE || depth > 6)
                return false;
        if (f->nodes[n].kind == PY_identifier) { /* result, bound once */
                const struct binding *found = NULL;
                for (size_t i = 0; i < x->scope->bindings.len; i++) {
                        const struct binding *b = &x->scope->bindings.items[i];
                        if (!text_is(f, n, b->name))
                                continue;
                        if (found)
                                return false;
                        found = b;
                }
                return found && found->kind == B_ASSIGN && found->value != NO_NODE && found->item < 0 && comes_from(x, found->value, depth + 1);
        }
        if (f->nodes[n].kind != PY_call)
                return false;
        uint32_t list = node_field(f, n, F_arguments);
        if (list != NO_NODE)
                EACH_CHILD(f, list, c)
                        if (text_is(f, f->nodes[c].kind == PY_keyword_argument ? node_field(f, c, F_value) : c, x->session))
                                return true;
        uint32_t object = object_of(f, n);
        return object != NO_NODE && (is_method_of(x, n, NULL) || comes_from(x, object, depth + 1));
}

static const struct orm_model *model_of_binding(const struct commit *x, const struct binding *b)
{
        struct file *f = x->scope->file;
        if (b->kind != B_ASSIGN || b->value == NO_NODE || b->item >= 0)
                return NULL;
        struct value v = eval(x->scope, b->value);
        const struct orm_model *m = v.kind == V_OBJECT && !v.ambiguous ? orm_model_of(v.scope) : NULL;
        if (!m || !m->table || !str_starts(m->orm, "sql"))
                return NULL;
        if (v.node != NO_NODE)
                return v.call_scope == x->scope && f->nodes[v.node].kind == PY_call && (is_handed(x, "add", b->name, b->at) || is_handed(x, "add_all", b->name, b->at)) ? m : NULL;
        return v.steps && comes_from(x, b->value, 0) ? m : NULL;
}

/* The model of a name whose every binding gives a row of this session before the commit. */
static const struct orm_model *model_of_name(const struct commit *x, const char *name)
{
        static const char *const ends[] = {"delete", "expunge", "merge"};
        const struct orm_model *m = NULL;
        const struct file *f = x->scope->file;
        for (size_t i = 0; i < x->scope->bindings.len; i++) {
                const struct binding *b = &x->scope->bindings.items[i];
                if (b->name != name || (b->kind == B_ASSIGN && b->value != NO_NODE && f->nodes[b->value].kind == PY_none))
                        continue;
                const struct orm_model *of = b->at < f->nodes[x->call].start ? model_of_binding(x, b) : NULL;
                if (!of || (m && of != m))
                        return NULL;
                m = of;
        }
        for (size_t i = 0; m && i < sizeof ends / sizeof *ends; i++)
                if (is_handed(x, ends[i], name, 0))
                        return NULL;
        return m;
}

/* ── What follows the commit ───────────────────────────────────────────────────────────────────────────────────────── */

/* user.name = x: that attribute is known again. */
static bool is_set_before(const struct commit *x, uint32_t n)
{
        const struct file *f = x->scope->file;
        const char *text = node_text(f, n);
        for (uint32_t k = x->call; k < n; k++)
                if (f->nodes[k].kind == PY_attribute && f->nodes[f->nodes[k].parent].kind == PY_assignment && f->nodes[k].field == F_left && text_is(f, k, text))
                        return true;
        return false;
}

static void tell(struct commit *x, uint32_t n, const char *name, const char *attribute, const struct orm_model *m)
{
        struct source *s = x->scope->file->source;
        struct at at = {.scope = x->scope, .is_async = true, .awaited = NO_NODE};
        for (size_t i = 0; i < x->told.len; i++)
                if (x->told.items[i] == name)
                        return;
        *vec_push(s->scratch, &x->told) = name;
        struct site *site = site_add(&at, "attribute", "expired", n);
        site->callee = attribute;
        site->receiver = name;
        site->receiver_type = m->name;
        site->args = arena_printf(s->scratch, "%d", file_line(x->scope->file, x->scope->file->nodes[x->call].start));
        site->used = true;
        site_keep(s, site);
}

static void read_attribute(struct commit *x, uint32_t n)
{
        struct file *f = x->scope->file;
        uint32_t object = node_field(f, n, F_object), attribute = node_field(f, n, F_attribute), parent = f->nodes[n].parent;
        bool written = (f->nodes[parent].kind == PY_assignment || f->nodes[parent].kind == PY_augmented_assignment) && f->nodes[n].field == F_left;
        bool called = f->nodes[parent].kind == PY_call && f->nodes[n].field == F_function;
        if (object == NO_NODE || attribute == NO_NODE || f->nodes[object].kind != PY_identifier || written || called)
                return;
        const char *name = intern(f->source, f->bytes + f->nodes[object].start, f->nodes[object].end - f->nodes[object].start);
        const struct orm_model *m = model_of_name(x, name);
        const struct orm_column *c = m ? orm_column(m, node_text(f, attribute)) : NULL;
        if (c && !is_set_before(x, n))
                tell(x, n, name, c->attribute, m);
}

/* May it load rows again? What talks to the network and sleeps does not. */
static bool may_load(const struct commit *x, uint32_t await)
{
        const struct file *f = x->scope->file;
        uint32_t call = node_first(f, await);
        if (call == NO_NODE || f->nodes[call].kind != PY_call)
                return true;
        struct call_class c = classify(x->scope, call, false);
        return !c.what || (strcmp(c.what, "http") && strcmp(c.what, "notify") && strcmp(c.what, "sleep") && !str_starts(c.what, "redis"));
}

static void follow(struct commit *x, uint32_t n)
{
        const struct file *f = x->scope->file;
        switch (f->nodes[n].kind) {
        case PY_function_definition:
        case PY_class_definition:
        case PY_decorated_definition:
        case PY_lambda:
        case PY_except_clause:
                return;
        case PY_attribute:
                read_attribute(x, n);
                break;
        default:
                break;
        }
        EACH_CHILD(f, n, c)
                if (!x->over)
                        follow(x, c);
        bool with = f->nodes[n].kind == PY_with_statement && (f->nodes[n].flags & NODE_ASYNC);
        x->over |= with || (f->nodes[n].kind == PY_await && may_load(x, n));
}

/* The statements after it in its block, and in those around it that it stands in for certain. */
static void follow_from(struct commit *x, uint32_t statement)
{
        const struct file *f = x->scope->file;
        while (statement != x->scope->body && !x->over) {
                for (uint32_t n = node_next(f, statement); n != NO_NODE && !x->over; n = node_next(f, n))
                        follow(x, n);
                uint32_t block = f->nodes[statement].parent;
                if (f->nodes[block].kind != PY_block || block == x->scope->body)
                        return;
                statement = f->nodes[block].parent;
                if (f->nodes[statement].kind != PY_with_statement && f->nodes[statement].kind != PY_try_statement)
                        return;
        }
}

void orm_expired_find(struct file *f)
{
        EACH_CALL_IN(f, "commit", c) {
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
                uint32_t object = object_of(f, c->node), await = f->nodes[c->node].parent, statement = f->nodes[await].parent;
                if (c->scope->kind != SCOPE_FUNCTION || !c->scope->is_async || object == NO_NODE || f->nodes[await].kind != PY_await || f->nodes[statement].kind != PY_expression_statement)
                        continue;
                struct commit x = {.scope = c->scope, .call = c->node, .session = arena_strdup(f->source->scratch, node_text(f, object))};
                if (expires(c->scope, object))
                        follow_from(&x, statement);
        }
}

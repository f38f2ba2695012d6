/*
 * Statements that chains of calls build: select(User).where(...).order_by(...), User.objects.filter(...), session.get(User, key). One for
 * each chain that states a condition, with those of the steps before it; what it is sent by does not matter here.
 */
#include "probes/source/python/orm_clause.h"
#include "probes/source/python/orm_sent.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>

enum { CHAIN_MAX = 40 };

static const char *method_at(const struct file *f, uint32_t call)
{
        uint32_t function = f->nodes[call].kind == PY_call ? node_field(f, call, F_function) : NO_NODE;
        uint32_t name = function != NO_NODE && f->nodes[function].kind == PY_attribute ? node_field(f, function, F_attribute) : NO_NODE;
        return name == NO_NODE ? "" : node_text(f, name);
}

static uint32_t receiver(const struct file *f, uint32_t call)
{
        uint32_t function = node_field(f, call, F_function);
        return function != NO_NODE && f->nodes[function].kind == PY_attribute ? node_field(f, function, F_object) : NO_NODE;
}

static bool states_conditions(const struct file *f, uint32_t call, const char *method)
{
        if (ANY_OF(method, "where", "filter", "filter_by", "exclude", "orwhere"))
                return true;
        if (!ANY_OF(method, "get", "get_or_none", "aget", "get_or_create", "first"))
                return false;
        uint32_t list = node_field(f, call, F_arguments), first = list == NO_NODE || f->nodes[list].kind != PY_argument_list ? NO_NODE : node_first(f, list);
        uint32_t object = receiver(f, call);
        if (first == NO_NODE || object == NO_NODE)
                return false;
        const char *text = node_text(f, object);
        return f->nodes[first].kind == PY_comparison_operator || (f->nodes[first].kind == PY_keyword_argument && (str_ends(text, ".objects") || isupper((unsigned char)*text)));
}

/* The chain goes on: this is the receiver of another call. */
static bool is_continued(const struct file *f, uint32_t n)
{
        uint32_t p = f->nodes[n].parent;
        while (f->nodes[p].kind == PY_parenthesized_expression) {
                n = p;
                p = f->nodes[p].parent;
        }
        return f->nodes[p].kind == PY_attribute && f->nodes[n].field == F_object && f->nodes[f->nodes[p].parent].kind == PY_call && f->nodes[p].field == F_function;
}

struct chain {
        uint32_t calls[CHAIN_MAX]; /* the newest first */
        int n;
        uint32_t root;
};

static void follow(const struct file *f, uint32_t n, struct chain *c)
{
        *c = (struct chain){.root = n};
        while (c->n < CHAIN_MAX) {
                while ((f->nodes[n].kind == PY_parenthesized_expression || f->nodes[n].kind == PY_await) && node_first(f, n) != NO_NODE)
                        n = node_first(f, n);
                c->root = n;
                if (f->nodes[n].kind != PY_call)
                        return;
                c->calls[c->n++] = n;
                n = receiver(f, n);
                if (n == NO_NODE)
                        return;
        }
}

static void read_call(struct orm_reader *r, uint32_t call, const char *method)
{
        struct file *f = r->scope->file;
        uint32_t list = node_field(f, call, F_arguments);
        if (list == NO_NODE || f->nodes[list].kind != PY_argument_list)
                return;
        bool negated = !strcmp(method, "exclude");
        EACH_CHILD(f, list, c)
        {
                if (states_conditions(f, call, method))
                        orm_condition(r, c, !strcmp(method, "orwhere"), negated);
                else if (!strcmp(method, "order_by"))
                        orm_order(r, c);
                else if (ANY_OF(method, "join", "outerjoin", "left_outer_join", "select_from", "join_from") && orm_model_at(r->scope, c))
                        orm_note_table(r, orm_model_at(r->scope, c));
        }
}

static void note_step(struct sql_clauses *c, const char *method)
{
        c->limited |= ANY_OF(method, "limit", "first", "get", "one", "one_or_none", "get_or_none", "count", "exists", "scalar", "aget", "afirst", "acount", "[]", "paginate", "last");
        if (ANY_OF(method, "update", "delete"))
                c->kind = *method == 'u' ? "update" : "delete";
}

static const struct orm_model *model_of(struct scope *s, const struct chain *c)
{
        for (int i = 0; i < c->n; i++) {
                uint32_t object = receiver(s->file, c->calls[i]);
                const struct orm_model *m = object == NO_NODE ? NULL : orm_model_at(s, object);
                if (m)
                        return m;
        }
        return orm_model_at(s, c->calls[c->n - 1]); /* select(User) */
}

static void emit(struct scope *s, uint32_t n, struct orm_reader *r)
{
        struct source *src = s->file->source;
        struct statement st = {.file = s->file, .scope = s, .origin = "orm", .start = s->file->nodes[n].start, .end = s->file->nodes[n].end};
        struct sqltext *t = &st.text;
        t->kind = r->out->kind;
        t->confidence = 0.6;
        t->limited = r->out->limited ? 1 : -1;
        t->has_offset = -1; /* find_offset() */
        t->tables = json_names(src->arena, r->tables.items, r->tables.len);
        t->unshaped = true; /* it may well be built upon, here or by who gets it */
        t->filters = arena_strdup(src->arena, sqlclause_filters_json(r->arena, r->out));
        t->orders = arena_strdup(src->arena, sqlclause_orders_json(r->arena, r->out));
        *vec_push(src->arena, &src->python->statements) = st;
}

/* What the steps before this chain stated: stmt = select(User).where(...); stmt.order_by(...) */
static void read_steps(struct orm_reader *r, const struct query_step *steps)
{
        struct scope *own = r->scope;
        int n = 0;
        for (const struct query_step *q = steps; q && n++ < CHAIN_MAX; q = q->before) {
                note_step(r->out, q->method);
                if (!q->scope || q->scope->file != own->file || own->file->nodes[q->call].kind != PY_call)
                        continue;
                r->scope = q->scope;
                read_call(r, q->call, q->method);
        }
        r->scope = own;
}

/* A site sends it: told of there. */
static bool is_sent(const struct file *f, uint32_t n)
{
        const struct python *p = f->source->python;
        for (size_t i = 0; i < p->statements.len; i++) {
                const struct statement *st = &p->statements.items[i];
                if (st->site && st->file == f && st->start == f->nodes[n].start && !strcmp(st->origin, "orm"))
                        return true;
        }
        return false;
}

/* An argument of a function that sends what it is given. */
static bool is_handed_on(const struct file *f, uint32_t n)
{
        static const char *const words[] = {"execute", "fetch", "scalar", "paginate", "stream", "all", "one", "first"};
        uint32_t list = f->nodes[n].parent, call = f->nodes[list].parent;
        if (f->nodes[list].kind != PY_argument_list || f->nodes[call].kind != PY_call)
                return false;
        uint32_t function = node_field(f, call, F_function);
        if (function != NO_NODE && f->nodes[function].kind == PY_attribute)
                function = node_field(f, function, F_attribute);
        const char *name = function == NO_NODE ? "" : node_text(f, function);
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (strstr(name, words[i]))
                        return true;
        return false;
}

static void read_chain(struct file *f, uint32_t n)
{
        struct chain c;
        if (is_sent(f, n))
                return;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        struct scope *s = scope_at(f, n);
        if (is_handed_on(f, n) && orm_statement_used(s, n, 0))
                return;
        follow(f, n, &c);
        struct sql_clauses out = {.kind = "select", .offset_at = -1};
        struct orm_reader r = {.scope = s, .arena = f->source->scratch, .out = &out, .model = model_of(s, &c)};
        if (r.model)
                orm_note_table(&r, r.model);
        for (int i = c.n - 1; i >= 0; i--) {
                const char *method = method_at(f, c.calls[i]);
                note_step(&out, method);
                read_call(&r, c.calls[i], method);
        }
        bool open = f->nodes[c.root].kind == PY_identifier || f->nodes[c.root].kind == PY_attribute;
        struct value before = open ? eval(s, c.root) : value_unknown(f->source, "");
        if (before.kind == V_INSTANCE && before.steps)
                read_steps(&r, before.steps);
        bool known = false;
        for (size_t i = 0; i < out.filters.len; i++)
                known |= out.filters.items[i].table != NULL;
        if (known)
                emit(s, n, &r);
}

/* ── Paging ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* A query of a known library, or a chain that says select, order_by or limit before. */
static bool is_query_chain(struct scope *s, uint32_t call)
{
        struct file *f = s->file;
        struct chain c;
        follow(f, call, &c);
        for (int i = 1; i < c.n; i++) {
                uint32_t function = node_field(f, c.calls[i], F_function);
                const char *method = method_at(f, c.calls[i]);
                if (ANY_OF(method, "order_by", "where", "filter_by", "select", "join") || (function != NO_NODE && text_is(f, function, "select")))
                        return true;
        }
        uint32_t object = receiver(f, call);
        struct value v = object == NO_NODE ? value_unknown(f->source, "") : eval(s, object);
        if (object != NO_NODE && v.kind == V_UNKNOWN && f->nodes[object].kind == PY_identifier && ANY_OF(node_text(f, object), "query", "stmt", "statement", "queryset"))
                return true; /* put together in branches: only its name tells */
        return v.kind == V_INSTANCE && orm_is_query(v.text);
}

/* query.offset(n), query.paginate(page, size) */
static void find_offset(struct scope *s, uint32_t call)
{
        struct file *f = s->file;
        uint32_t count = call_argument(f, call, NULL, 0), name = node_field(f, node_field(f, call, F_function), F_attribute);
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        if (name == NO_NODE || (count != NO_NODE && f->nodes[count].kind == PY_integer) || !is_query_chain(s, call))
                return;
        struct chain c;
        follow(f, call, &c);
        const struct orm_model *m = model_of(s, &c);
        struct statement st = {.file = f, .scope = s, .origin = "orm", .start = f->nodes[name].start, .end = f->nodes[call].end};
        int col;
        st.text = (struct sqltext){.kind = "select", .filters = "[]", .orders = "[]", .limited = 1, .has_offset = 1, .confidence = 0.6, .holes = "clause"};
        st.text.tables = m ? arena_printf(f->source->arena, "[\"%s\"]", m->table) : "[]";
        file_position(f, st.start, &st.text.offset_line, &col);
        *vec_push(f->source->arena, &f->source->python->statements) = st;
}

/* queryset[offset : offset + limit] */
static void find_slice(struct scope *s, uint32_t n)
{
        struct file *f = s->file;
        uint32_t key = node_field(f, n, F_subscript), object = node_field(f, n, F_value), from = key != NO_NODE && f->nodes[key].kind == PY_slice ? node_first(f, key) : NO_NODE;
        if (from == NO_NODE || object == NO_NODE || f->bytes[f->nodes[key].start] == ':' || f->nodes[from].kind == PY_integer)
                return;
        static const char *const words[] = {"offset", "skip", "start", "page", "begin"};
        const char *text = node_text(f, from);
        size_t w = 0;
        while (w < sizeof words / sizeof *words && !strstr(text, words[w]))
                w++;
        if (w == sizeof words / sizeof *words)
                return;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        struct value v = eval(s, object);
        if (v.kind != V_INSTANCE || !str_starts(v.text, "django.") || !orm_is_query(v.text))
                return;
        const struct orm_model *m = v.model ? orm_model_of(v.model) : NULL;
        struct statement st = {.file = f, .scope = s, .origin = "orm", .start = f->nodes[from].start, .end = f->nodes[n].end};
        int col;
        st.text = (struct sqltext){.kind = "select", .filters = "[]", .orders = "[]", .limited = 1, .has_offset = 1, .confidence = 0.6, .holes = "clause"};
        st.text.tables = m && m->table ? arena_printf(f->source->arena, "[\"%s\"]", m->table) : "[]";
        file_position(f, f->nodes[from].start, &st.text.offset_line, &col);
        *vec_push(f->source->arena, &f->source->python->statements) = st;
}

/* The outermost call of the chain in which a call stands. */
static uint32_t whole(const struct file *f, uint32_t n)
{
        while (is_continued(f, n)) {
                while (f->nodes[f->nodes[n].parent].kind == PY_parenthesized_expression)
                        n = f->nodes[n].parent;
                n = f->nodes[f->nodes[n].parent].parent;
        }
        return n;
}

void orm_statements_find(struct file *f)
{
        static const char *const names[] = {"where", "filter", "filter_by", "exclude", "orwhere", "get", "get_or_none", "aget", "get_or_create", "first", "select"};
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        VEC(uint32_t) seen = {0};
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                EACH_CALL_IN(f, names[i], call) {
                        uint32_t n = whole(f, call->node);
                        if (strcmp(names[i], "select") ? !states_conditions(f, call->node, names[i]) : !is_handed_on(f, n))
                                continue;
                        bool known = false;
                        for (size_t k = 0; k < seen.len; k++)
                                known |= seen.items[k] == n;
                        if (known)
                                continue;
                        read_chain(f, n);
                        *vec_push(f->source->arena, &seen) = n;
                }
        orm_dirty_find(f);
        EACH_CALL_IN(f, "offset", call)
                find_offset(call->scope, call->node);
        EACH_CALL_IN(f, "paginate", call)
                find_offset(call->scope, call->node);
        for (uint32_t n = 0; n < f->node_count; n++)
                if (f->nodes[n].kind == PY_subscript)
                        find_slice(scope_at(f, n), n);
}

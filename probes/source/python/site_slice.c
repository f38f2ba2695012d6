/*
 * Pages that are cut out of rows which were all fetched before: rows = await all_users(); rows[start:end].
 */
#include "probes/source/python/sites_pass.h"

#include <string.h>

/* The part names a place in a list: offset, start_index, (page - 1) * size. */
static bool names_a_page(const char *text)
{
        static const char *const words[] = {"offset", "skip", "start", "page"};
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (strstr(text, words[i]))
                        return true;
        return false;
}

/* What a name was given last before a place in the text: through await, parentheses and `or []`. */
static uint32_t given_to(const struct scope *s, uint32_t name)
{
        const struct file *f = s->file;
        const struct binding *best = NULL;
        for (size_t i = 0; i < s->bindings.len; i++) {
                const struct binding *b = &s->bindings.items[i];
                if (b->at < f->nodes[name].start && text_is(f, name, b->name))
                        best = b;
        }
        uint32_t n = best && best->kind == B_ASSIGN && best->item < 0 ? best->value : NO_NODE;
        while (n != NO_NODE && (f->nodes[n].kind == PY_await || f->nodes[n].kind == PY_parenthesized_expression || f->nodes[n].kind == PY_boolean_operator))
                n = node_first(f, n);
        return n;
}

void visit_slice(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        uint32_t key = node_field(f, n, F_subscript), object = node_field(f, n, F_value);
        uint32_t from = key != NO_NODE && f->nodes[key].kind == PY_slice ? node_first(f, key) : NO_NODE;
        if (at->loop || from == NO_NODE || object == NO_NODE || f->nodes[object].kind != PY_identifier || f->bytes[f->nodes[key].start] == ':')
                return;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        uint32_t call = names_a_page(node_text(f, from)) ? given_to(at->scope, object) : NO_NODE;
        if (call == NO_NODE || f->nodes[call].kind != PY_call || strcasestr(node_text(f, call), "limit") || strcasestr(node_text(f, call), "page"))
                return;
        struct value v = eval(at->scope, call);
        struct call_class c = classify(at->scope, call, true);
        bool rows = v.kind == V_INSTANCE && !strcmp(v.text, "orm.Rows");
        if (!rows && !(is_word(c.what, "execute") && (c.function || (c.callee && strstr(c.callee, "fetch")))))
                return;
        struct site *x = site_add(at, "query", "sliced", call);
        x->args = node_text(f, object);
        x->used = true;
        site_keep(f->source, x);
}

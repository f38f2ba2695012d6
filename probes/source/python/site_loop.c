/*
 * What a loop goes over: rows of a query, a fixed list, chunks, something else.
 */
#include "probes/source/python/sites_pass.h"

#include <string.h>

static bool is_display(const struct file *f, uint32_t n)
{
        uint8_t kind = f->nodes[n].kind;
        return kind == PY_list || kind == PY_tuple || kind == PY_set || kind == PY_expression_list || kind == PY_dictionary || kind == PY_string;
}

const char *callee_name(const struct file *f, uint32_t call)
{
        uint32_t function = node_field(f, call, F_function);
        if (function != NO_NODE && f->nodes[function].kind == PY_attribute)
                function = node_field(f, function, F_attribute);
        return function == NO_NODE ? "" : node_text(f, function);
}

/* The tables of a schema, the keywords of a call: as many as somebody wrote, whatever the data. */
static bool is_bounded(struct scope *s, uint32_t n)
{
        static const char *const lists[] = {"sorted_tables", "metadata.tables", "get_table_names", "get_models", "_meta.fields", "_meta.get_fields", "__table__.columns", "__mapper__"};
        struct file *f = s->file;
        const char *text = node_text(f, n);
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
                if (strstr(text, lists[i]))
                        return true;
        if (f->nodes[n].kind != PY_identifier)
                return false;
        for (size_t i = 0; i < s->bindings.len; i++) {
                const struct binding *b = &s->bindings.items[i];
                if (b->kind == B_PARAM && text_is(f, n, b->name) && b->at >= 2 && !strncmp(f->bytes + b->at - 2, "**", 2))
                        return true;
        }
        return false;
}

static const char *iteration(struct scope *s, uint32_t n, int depth);

static const char *iteration_of_call(struct scope *s, uint32_t n, int depth)
{
        struct file *f = s->file;
        const char *name = callee_name(f, n);
        uint32_t first = call_argument(f, n, NULL, 0), third = call_argument(f, n, NULL, 2);
        static const char *const wrappers[] = {"enumerate", "list", "tuple", "sorted", "reversed", "set", "zip", "items", "keys", "values"};
        if (!strcmp(name, "range")) {
                uint32_t last = call_argument(f, n, NULL, 1) == NO_NODE ? first : call_argument(f, n, NULL, 1);
                if (third != NO_NODE)
                        return "for_chunks";
                return last != NO_NODE && f->nodes[last].kind == PY_integer && f->nodes[last].end - f->nodes[last].start <= 2 ? "for_constant" : "for_range";
        }
        if (strstr(name, "chunk") || strstr(name, "batch") || strstr(name, "grouper"))
                return "for_chunks";
        for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
                if (!strcmp(name, wrappers[i]) && (first == NO_NODE || i < 7)) { /* redis.keys("cd:*") is no dictionary's */
                        uint32_t function = node_field(f, n, F_function);
                        uint32_t inner = first != NO_NODE ? first : f->nodes[function].kind == PY_attribute ? node_field(f, function, F_object) : NO_NODE;
                        return inner == NO_NODE ? "for" : iteration(s, inner, depth + 1);
                }
        struct value rows = eval(s, n);
        if (rows.kind == V_INSTANCE && orm_is_rows(rows.text))
                return "for_rows";
        struct call_class c = classify(s, n, true);
        if (c.what && (!strcmp(c.what, "execute") || !strcmp(c.what, "fetch")))
                return "for_rows";
        struct value v = eval(s, node_field(f, n, F_function));
        const char *external = value_extern(&v);
        return external && strstr(external, "batched") ? "for_chunks" : "for";
}

/* bot.config.gods, settings.ADMINS, NOTIFY_DAYS: what a person wrote down is short, even where it cannot be read. */
static bool is_setting(const struct file *f, uint32_t n)
{
        static const char *const words[] = {"config", "settings", "conf", "cfg", "constants"};
        uint32_t last = f->nodes[n].kind == PY_attribute ? node_field(f, n, F_attribute) : n;
        if (last == NO_NODE)
                return false;
        bool capitals = f->nodes[last].end - f->nodes[last].start > 2;
        for (uint32_t i = f->nodes[last].start; i < f->nodes[last].end; i++)
                capitals &= f->bytes[i] < 'a' || f->bytes[i] > 'z';
        if (capitals)
                return true;
        for (uint32_t o = n; f->nodes[o].kind == PY_attribute && (o = node_field(f, o, F_object)) != NO_NODE;) {
                uint32_t name = f->nodes[o].kind == PY_attribute ? node_field(f, o, F_attribute) : o;
                for (size_t i = 0; name != NO_NODE && i < sizeof words / sizeof *words; i++)
                        if (text_is(f, name, words[i]))
                                return true;
        }
        return false;
}

static const struct binding *declaration(const struct scope *s, const char *name)
{
        for (size_t i = 0; i < s->bindings.len; i++)
                if (s->bindings.items[i].type != NO_NODE && !strcmp(s->bindings.items[i].name, name))
                        return &s->bindings.items[i];
        return NULL;
}

/* The keys are members of an enumeration: proxies: dict[ProxyType, Settings]. */
static bool is_keyed_by_enum(struct scope *s, uint32_t n)
{
        struct file *f = s->file;
        struct scope *in = s;
        uint32_t name = n;
        if (f->nodes[n].kind == PY_attribute) {
                struct value v = eval(s, node_field(f, n, F_object));
                in = v.kind == V_OBJECT ? v.scope : NULL;
                name = node_field(f, n, F_attribute);
        }
        const struct binding *b = NULL;
        for (int i = 0; in && name != NO_NODE && !(b = declaration(in, node_text(f, name))) && in->kind == SCOPE_CLASS && i < 4; i++) {
                uint32_t bases = node_field(in->file, in->node, F_superclasses), first = bases == NO_NODE ? NO_NODE : node_first(in->file, bases);
                struct value v = first == NO_NODE ? value_unknown(f->source, "") : eval(in->parent, first);
                in = v.kind == V_CLASS && v.scope != in ? v.scope : NULL;
        }
        uint32_t type = b ? b->type : NO_NODE;
        while (type != NO_NODE && in->file->nodes[type].kind == PY_type)
                type = node_first(in->file, type);
        if (type == NO_NODE || in->file->nodes[type].kind != PY_generic_type || !strcasestr(node_text(in->file, node_first(in->file, type)), "dict"))
                return false;
        uint32_t list = node_next(in->file, node_first(in->file, type)), key = list == NO_NODE ? NO_NODE : node_first(in->file, list);
        while (key != NO_NODE && in->file->nodes[key].kind == PY_type)
                key = node_first(in->file, key);
        struct value v = key == NO_NODE ? value_unknown(f->source, "") : eval(in->kind == SCOPE_CLASS ? in->parent : in, key);
        uint32_t bases = v.kind == V_CLASS ? node_field(v.scope->file, v.scope->node, F_superclasses) : NO_NODE;
        return bases != NO_NODE && strstr(node_text(v.scope->file, bases), "Enum");
}

static const char *iteration(struct scope *s, uint32_t n, int depth)
{
        struct file *f = s->file;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        while (f->nodes[n].kind == PY_await || f->nodes[n].kind == PY_parenthesized_expression) {
                if (node_first(f, n) == NO_NODE)
                        return "for";
                n = node_first(f, n);
        }
        if (depth > 6)
                return "for";
        if (is_display(f, n) || is_bounded(s, n))
                return "for_constant";
        if (f->nodes[n].kind == PY_call)
                return iteration_of_call(s, n, depth);
        if (f->nodes[n].kind == PY_list_comprehension || f->nodes[n].kind == PY_set_comprehension || f->nodes[n].kind == PY_generator_expression) {
                EACH_CHILD(f, n, clause) /* no more than what it goes over */
                        if (f->nodes[clause].kind == PY_for_in_clause && node_field(f, clause, F_right) != NO_NODE)
                                return iteration(s, node_field(f, clause, F_right), depth + 1);
        }
        if (f->nodes[n].kind == PY_subscript && node_field(f, n, F_value) != NO_NODE)
                return iteration(s, node_field(f, n, F_value), depth + 1);
        if (f->nodes[n].kind != PY_identifier && f->nodes[n].kind != PY_attribute)
                return "for";
        struct value v = eval(s, n);
        if (v.kind == V_INSTANCE && orm_is_rows(v.text))
                return "for_rows";
        if (is_keyed_by_enum(s, n))
                return "for_constant";
        if ((v.kind == V_LIST || v.kind == V_DICT) && !v.ambiguous) { /* a display that nothing is added to */
                const char *grown[] = {"append", "extend", "add", "update", "insert"};
                const char *name = node_text(f, n);
                for (size_t i = 0; i < sizeof grown / sizeof *grown; i++)
                        EACH_CALL_IN(v.file, grown[i], c) {
                                uint32_t function = node_field(c->file, c->node, F_function);
                                uint32_t object = c->file->nodes[function].kind == PY_attribute ? node_field(c->file, function, F_object) : NO_NODE;
                                if (object != NO_NODE && text_is(c->file, object, name))
                                        return "for";
                        }
                uint32_t inside = node_first(v.file, v.node);
                return inside == NO_NODE ? "for" : "for_constant";
        }
        if (v.kind == V_CLASS || ((v.kind <= V_TEXT || v.kind == V_CONFIG || v.kind == V_EXTERN) && is_setting(f, n)))
                return "for_constant"; /* an enumeration, or what somebody chose */
        if (f->nodes[n].kind == PY_identifier) { /* rows = await conn.fetch(...) */
                const char *name = intern(f->source, f->bytes + f->nodes[n].start, f->nodes[n].end - f->nodes[n].start);
                const struct binding *best = NULL;
                for (size_t i = 0; i < s->bindings.len; i++)
                        if (s->bindings.items[i].name == name && s->bindings.items[i].at < f->nodes[n].start)
                                best = &s->bindings.items[i];
                if (best && best->kind == B_ASSIGN && best->value != NO_NODE && best->item < 0)
                        return iteration(s, best->value, depth + 1);
        }
        return "for";
}

const char *loop_over(struct scope *s, uint32_t iterable)
{
        return iteration(s, iterable, 0);
}

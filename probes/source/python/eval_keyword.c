/*
 * Arguments of calls by keyword, through **options: a dictionary that is written down, and what is put into it afterwards.
 */
#include "probes/source/python/eval.h"

#include <string.h>

static bool same_text(const struct file *f, uint32_t a, uint32_t b)
{
        size_t n = f->nodes[a].end - f->nodes[a].start;
        return n == f->nodes[b].end - f->nodes[b].start && !memcmp(f->bytes + f->nodes[a].start, f->bytes + f->nodes[b].start, n);
}

/* Does options.update(more) bring the key, for all that is known? */
static bool may_bring(struct scope *s, uint32_t call, const char *key)
{
        struct file *f = s->file;
        if (call_argument(f, call, key, -1) != NO_NODE)
                return true;
        uint32_t list = node_field(f, call, F_arguments);
        EACH_CHILD(f, list, c)
        {
                if (f->nodes[c].kind == PY_keyword_argument)
                        continue;
                struct value d = eval(s, f->nodes[c].kind == PY_dictionary_splat ? node_first(f, c) : c);
                struct value v = eval_item(d, key);
                if (d.kind != V_DICT || d.ambiguous || v.kind != V_UNKNOWN || v.decider == BY_COMPUTED)
                        return true;
        }
        return false;
}

static bool is_before(const struct scope *s, uint32_t n, uint32_t use)
{
        const struct node *nodes = s->file->nodes, *whole = &nodes[s->node];
        return whole->start <= nodes[n].start && nodes[n].start < nodes[use].start;
}

/* options["pool_size"] = n, options.update(more), options.setdefault("pool_size", n) between the display and its use in the same function: NO_NODE, or
 * where. */
static uint32_t put_afterwards(struct scope *s, uint32_t options, const char *key)
{
        struct file *f = s->file;
        static const char *const adders[] = {"update", "setdefault"};
        if (f->nodes[options].kind != PY_identifier && f->nodes[options].kind != PY_attribute)
                return NO_NODE;
        for (size_t i = 0; i < sizeof adders / sizeof *adders; i++)
                EACH_CALL_IN(f, adders[i], c) {
                        uint32_t function = node_field(f, c->node, F_function), object = node_field(f, function, F_object);
                        if (object == NO_NODE || !same_text(f, object, options) || !is_before(s, c->node, options))
                                continue;
                        struct value first = i ? eval(s, call_argument(f, c->node, NULL, 0)) : value_unknown(f->source, "");
                        if (i ? first.kind != V_TEXT || !strcmp(first.text, key) : may_bring(s, c->node, key))
                                return c->node;
                }
        for (uint32_t n = s->node; n < options; n++) {
                uint32_t left = f->nodes[n].kind == PY_assignment ? node_field(f, n, F_left) : NO_NODE;
                if (left == NO_NODE || f->nodes[left].kind != PY_subscript || !same_text(f, node_field(f, left, F_value), options))
                        continue;
                struct value name = eval(s, node_field(f, left, F_subscript));
                if (name.kind != V_TEXT || name.holes || !strcmp(name.text, key))
                        return n;
        }
        return NO_NODE;
}

static struct value through_splat(struct scope *s, uint32_t splat, const char *name)
{
        struct file *f = s->file;
        struct arena *scratch = f->source->scratch;
        uint32_t options = node_first(f, splat);
        const char *text = file_snippet(scratch, f, f->nodes[splat].start, f->nodes[splat].end, 60);
        struct value d = eval(s, options), v = eval_item(d, name);
        uint32_t later = d.kind == V_DICT ? put_afterwards(s, options, name) : NO_NODE;
        if (later != NO_NODE)
                return unknown(arena_printf(scratch, "'%s' may be put into %s at %s", name, text, place(f, f->nodes[later].start)));
        if (v.kind != V_UNKNOWN)
                return via(f->source, text, v);
        if ((d.kind != V_DICT && d.kind != V_CONFIG) || d.ambiguous || v.decider == BY_COMPUTED)
                return unknown(arena_printf(scratch, "'%s' may come from %s, which cannot be followed (%s)", name, text,
                                            v.decider == BY_COMPUTED && v.trail ? v.trail : d.trail ? d.trail : "no literal"));
        return (struct value){.kind = V_NONE, .node = NO_NODE, .decider = BY_DEFAULT};
}

struct value eval_keyword(struct scope *s, uint32_t call, const char *name, int position)
{
        struct file *f = s->file;
        uint32_t arg = call_argument(f, call, name, position), list = node_field(f, call, F_arguments);
        if (arg != NO_NODE)
                return eval(s, arg);
        struct value found = {.kind = V_NONE, .node = NO_NODE, .decider = BY_DEFAULT};
        if (list == NO_NODE)
                return found;
        EACH_CHILD(f, list, c)
        {
                if (f->nodes[c].kind != PY_dictionary_splat)
                        continue;
                struct value v = through_splat(s, c, name);
                if (v.kind == V_UNKNOWN)
                        return v;
                if (v.kind != V_NONE || v.decider != BY_DEFAULT)
                        found = v;
        }
        return found;
}

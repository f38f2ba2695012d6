/*
 * What an expression is, found without running it. A question has a budget of steps and a depth; past either the answer is
 * "unknown". Text keeps its unknown parts as HOLE bytes, so that an f-string of SQL stays useful.
 *
 * Answers live in the scratch arena of the source: who keeps one past its arena scope takes value_keep() of it.
 */
#include "probes/source/python/orm.h"
#include "probes/source/world.h"

#include <string.h>

enum { STEPS_MAX = 3000, TRAIL_MAX = 360 };

struct value value_unknown(struct source *s, const char *why)
{
        (void)s;
        return (struct value){.kind = V_UNKNOWN, .trail = why, .node = NO_NODE};
}

struct value unknown(const char *why)
{
        return value_unknown(NULL, why);
}

/* In another module, \037 path \036 line: when a fact tells it, facts.c says so and writes path:line. Most places end in no fact. */
const char *place(const struct file *f, uint32_t byte)
{
        bool elsewhere = f->source->focus && f != f->source->focus && f->lang == LANG_PYTHON;
        return arena_printf(f->source->scratch, elsewhere ? "\037%s\036%d" : "%s:%d", f->path, file_line(f, byte));
}

struct value literal(enum value_kind kind, struct scope *s, uint32_t n)
{
        struct file *f = s->file;
        return (struct value){.kind = kind,
                              .node = NO_NODE,
                              .decided_in = f,
                              .start = f->nodes[n].start,
                              .end = f->nodes[n].end,
                              .decider = BY_LITERAL,
                              .trail = place(f, f->nodes[n].start)};
}

static const struct query_step *steps_keep(struct source *s, const struct query_step *from)
{
        const struct query_step *first = NULL, **end = &first;
        for (; from; from = from->before) {
                struct query_step *copy = arena_new_of(s->arena, struct query_step);
                *copy = *from;
                copy->method = arena_strdup(s->arena, from->method);
                *end = copy;
                end = &copy->before;
        }
        return first;
}

static const struct origin *origins_keep(struct source *s, const struct origin *o)
{
        if (!o)
                return NULL;
        struct origin *kept = arena_new_of(s->arena, struct origin);
        *kept = *o;
        kept->value = arena_strdup(s->arena, o->value);
        kept->key = arena_strdup(s->arena, o->key);
        kept->next = origins_keep(s, o->next);
        return kept;
}

struct value value_keep(struct source *s, struct value v)
{
        v.others = origins_keep(s, v.others);
        v.text = arena_strdup(s->arena, v.text);
        v.key = arena_strdup(s->arena, v.key);
        v.trail = arena_strdup(s->arena, v.trail);
        if (v.self) {
                struct value *self = arena_new_of(s->arena, struct value);
                *self = value_keep(s, *v.self);
                v.self = self;
        }
        v.steps = steps_keep(s, v.steps);
        return v;
}

/* One more step in front of the trail. */
struct value via(struct source *s, const char *step, struct value v)
{
        if (!v.trail)
                v.trail = step;
        else if (strlen(v.trail) + strlen(step) < TRAIL_MAX)
                v.trail = arena_printf(s->scratch, "%s > %s", step, v.trail);
        return v;
}

const char *value_text(struct arena *a, const struct value *v)
{
        switch (v->kind) {
        case V_NUMBER:
                return arena_printf(a, "%.15g", v->number);
        case V_BOOL:
                return v->number != 0 ? "True" : "False";
        case V_NONE:
                return "None";
        case V_TEXT:
                return v->holes ? NULL : v->text;
        default:
                return NULL;
        }
}

/* `winner` counts instead of `loser`, which is kept for whoever wants to know who overrules whom. */
struct value overrules(struct source *s, struct value winner, struct value loser)
{
        const char *text = value_text(s->scratch, &loser);
        if (!text || !loser.decided_in || loser.decider == BY_COMPUTED)
                return winner;
        struct origin *o = arena_new_of(s->scratch, struct origin), **last = (struct origin **)&winner.others;
        for (; *last; last = (struct origin **)&(*last)->next) { /* what it overrules already comes first; the list may be another value's too */
                struct origin *copy = arena_new_of(s->scratch, struct origin);
                *copy = **last;
                *last = copy;
        }
        *o = (struct origin){.role = loser.is_template ? "example" : "overridden", .file = loser.decided_in, .start = loser.start, .end = loser.end,
                             .value = text, .key = loser.key, .decider = loser.decider, .next = loser.others};
        *last = o;
        return via(s, arena_printf(s->scratch, "instead of %s at %s", text, place(loser.decided_in, loser.start)), winner);
}

struct value extern_named(const char *name, struct file *from)
{
        return (struct value){.kind = V_EXTERN, .text = name, .file = from, .node = NO_NODE};
}

struct value instance_of(const char *type)
{
        return (struct value){.kind = V_INSTANCE, .text = type, .node = NO_NODE};
}

const char *value_extern(const struct value *v)
{
        if (v->kind != V_EXTERN)
                return NULL;
        return v->number ? v->text : library_canonical(v->file->source->scratch, v->text);
}

static struct value choice(struct ctx *c, struct scope *s, uint32_t n)
{
        uint32_t first = node_first(s->file, n), last = first;
        EACH_CHILD(s->file, n, child)
                last = child;
        if (first == NO_NODE)
                return unknown("a choice");
        struct value v = ev(c, s, first);
        if (v.kind == V_UNKNOWN || v.kind == V_NONE)
                v = ev(c, s, last);
        v.ambiguous = true;
        return v;
}

static struct value either(struct ctx *c, struct scope *s, uint32_t n)
{
        struct file *f = s->file;
        uint32_t left = node_field(f, n, F_left), right = node_field(f, n, F_right);
        if (left == NO_NODE || right == NO_NODE)
                return unknown("a condition");
        struct value v = ev(c, s, left);
        if (v.kind == V_UNKNOWN || v.kind == V_NONE) {
                v = ev(c, s, right);
                v.ambiguous |= v.kind != V_UNKNOWN && f->nodes[left].kind != PY_call; /* os.getenv(...) or 10 is a default */
        }
        return v;
}

static struct value subscript(struct ctx *c, struct scope *s, uint32_t n)
{
        uint32_t object = node_field(s->file, n, F_value), key = node_field(s->file, n, F_subscript);
        if (object == NO_NODE || key == NO_NODE)
                return unknown("an item");
        struct value o = ev(c, s, object);
        const char *name = value_extern(&o);
        if (name && str_ends(name, ".Annotated"))
                return ev_annotated(c, s, key);
        if (o.kind == V_EXTERN && (!name || strcmp(name, "os.environ")))
                return o; /* Pool[Record], Callable[...] */
        if (o.kind == V_CLASS && s->file->nodes[key].kind != PY_string)
                return o; /* Repository[User] */
        struct value k = ev(c, s, key);
        if (name && k.kind == V_TEXT)
                return ev_environment(c, s, k.text, NO_NODE);
        if (o.kind == V_INSTANCE && library_child(o.text))
                return instance_of(library_child(o.text));
        if (k.kind == V_TEXT && !k.holes)
                return ev_item(c, o, k.text);
        if (o.kind == V_INSTANCE && orm_is_query(o.text))
                return s->file->nodes[key].kind == PY_slice ? orm_slice(s, n, o) : orm_element_of(o);
        if (k.kind == V_NUMBER)
                return ev_index(c, o, (int)k.number);
        return unknown(arena_printf(c->python->source->scratch, "an item whose key is not known, at %s", place(s->file, s->file->nodes[n].start)));
}

static struct value negated(struct ctx *c, struct scope *s, uint32_t n)
{
        uint32_t first = node_first(s->file, n);
        struct value v = first == NO_NODE ? unknown("") : ev(c, s, first);
        if (v.kind == V_NUMBER && s->file->bytes[s->file->nodes[n].start] == '-') {
                v.number = -v.number;
                v.start = s->file->nodes[n].start;
        }
        return v;
}

static struct value flag(struct scope *s, uint32_t n, bool on)
{
        struct value v = literal(V_BOOL, s, n);
        v.number = on;
        return v;
}

static struct value ev_kind(struct ctx *c, struct scope *s, uint32_t n)
{
        struct file *f = s->file;
        uint32_t first = node_first(f, n), object;
        switch (f->nodes[n].kind) {
        case PY_identifier:
                return ev_name(c, s, intern(f->source, f->bytes + f->nodes[n].start, f->nodes[n].end - f->nodes[n].start), f->nodes[n].start);
        case PY_attribute:
                object = node_field(f, n, F_object);
                first = node_field(f, n, F_attribute);
                if (object == NO_NODE || first == NO_NODE)
                        return unknown("an attribute");
                if (ev_is_super(f, object))
                        return ev_super(c, s, intern(f->source, f->bytes + f->nodes[first].start, f->nodes[first].end - f->nodes[first].start));
                return ev_attribute(c, ev(c, s, object), intern(f->source, f->bytes + f->nodes[first].start, f->nodes[first].end - f->nodes[first].start));
        case PY_call:
                return ev_call(c, s, n);
        case PY_subscript:
                return subscript(c, s, n);
        case PY_string:
        case PY_concatenated_string:
                return ev_string(c, s, n);
        case PY_integer:
        case PY_float:
                return ev_number(s, n);
        case PY_true:
        case PY_false:
                return flag(s, n, f->nodes[n].kind == PY_true);
        case PY_none:
                return literal(V_NONE, s, n);
        case PY_dictionary:
                return (struct value){.kind = V_DICT, .file = f, .scope = s, .node = n};
        case PY_list:
        case PY_tuple:
        case PY_set:
                return (struct value){.kind = V_LIST, .file = f, .scope = s, .node = n};
        case PY_binary_operator:
                return ev_binary(c, s, n);
        case PY_boolean_operator:
                return either(c, s, n);
        case PY_conditional_expression:
                return choice(c, s, n);
        case PY_unary_operator:
                return negated(c, s, n);
        case PY_named_expression:
                object = node_field(f, n, F_value);
                return object == NO_NODE ? unknown("") : ev(c, s, object);
        case PY_await:
        case PY_parenthesized_expression:
        case PY_type:
        case PY_generic_type:
        case PY_as_pattern:
        case PY_expression_statement:
                return first == NO_NODE ? unknown("") : ev(c, s, first);
        default:
                return unknown(arena_printf(f->source->scratch, "an expression at %s", place(f, f->nodes[n].start)));
        }
}

struct value ev(struct ctx *c, struct scope *s, uint32_t n)
{
        if (n == NO_NODE)
                return unknown("nothing there");
        if (c->depth >= EVAL_DEPTH_MAX || --c->python->budget < 0) {
                c->python->exhausted++;
                return unknown("followed as far as one question may go");
        }
        if (s->file != c->python->source->focus)
                depends_on_node(s->file, n);
        c->depth++;
        struct value v = ev_kind(c, s, n);
        c->depth--;
        return v;
}

struct value eval(struct scope *s, uint32_t n)
{
        struct python *p = s->file->source->python;
        struct ctx c = {.python = p};
        int64_t before = p->budget;
        p->budget = STEPS_MAX;
        struct value v = ev(&c, s, n);
        p->budget = before;
        return v;
}

struct value eval_name(struct scope *s, const char *name, uint32_t at)
{
        struct python *p = s->file->source->python;
        struct ctx c = {.python = p};
        int64_t before = p->budget;
        p->budget = STEPS_MAX;
        struct value v = ev_name(&c, s, name, at);
        p->budget = before;
        return v;
}

struct value eval_item(struct value object, const char *key)
{
        struct file *f = object.file;
        if (!f)
                return unknown("no dictionary");
        struct ctx c = {.python = f->source->python};
        int64_t before = c.python->budget;
        c.python->budget = STEPS_MAX;
        struct value v = ev_item(&c, object, key);
        c.python->budget = before;
        return v;
}

struct value eval_attribute(struct value object, const char *name)
{
        struct ctx c = {.python = object.scope->file->source->python};
        int64_t before = c.python->budget;
        c.python->budget = STEPS_MAX;
        struct value v = ev_attribute(&c, object, name);
        c.python->budget = before;
        return v;
}

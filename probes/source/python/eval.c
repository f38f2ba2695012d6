/*
 * What an expression is, found without running it. A question has a budget of steps and a depth; past either the answer is
 * "unknown". Text keeps its unknown parts as HOLE bytes, so that an f-string of SQL stays useful.
 */
#include "probes/source/python/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 3000, EVAL_DEPTH_MAX = 28, CALL_SITES_MAX = 12, RETURNS_MAX = 6, TRAIL_MAX = 360 };

struct value value_unknown(struct source *s, const char *why)
{
        (void)s;
        return (struct value){.kind = V_UNKNOWN, .trail = why, .node = NO_NODE};
}

struct value unknown(const char *why)
{
        return value_unknown(NULL, why);
}

const char *place(const struct file *f, uint32_t byte)
{
        int line, col;
        file_position(f, byte, &line, &col);
        return arena_printf(f->source->arena, "%s:%d", f->path, line);
}

static struct value literal(enum value_kind kind, struct scope *s, uint32_t n)
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

/* One more step in front of the trail. */
struct value via(struct source *s, const char *step, struct value v)
{
        if (!v.trail)
                v.trail = step;
        else if (strlen(v.trail) + strlen(step) < TRAIL_MAX)
                v.trail = arena_printf(s->arena, "%s > %s", step, v.trail);
        return v;
}

static struct value extern_named(const char *name, struct file *from)
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
        return v->number ? v->text : library_canonical(v->file->source->arena, v->text);
}

/* ── Literals ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct value number(struct scope *s, uint32_t n)
{
        char digits[64];
        size_t len = 0;
        struct file *f = s->file;
        for (uint32_t i = f->nodes[n].start; i < f->nodes[n].end && len + 1 < sizeof digits; i++)
                if (f->bytes[i] != '_')
                        digits[len++] = f->bytes[i];
        digits[len] = '\0';
        struct value v = literal(V_NUMBER, s, n);
        v.number = strtod(digits, NULL);
        return v;
}

static void add_escaped(struct str *out, const char *bytes, uint32_t start, uint32_t end, bool raw, bool format)
{
        for (uint32_t i = start; i < end; i++) {
                char c = bytes[i];
                if (!raw && c == '\\' && i + 1 < end) {
                        char e = bytes[++i];
                        if (e == '\n')
                                continue;
                        const char *at = strchr("n\nt\tr\r'\"\\", e);
                        if (at && (e == 'n' || e == 't' || e == 'r'))
                                str_add_char(out, at[1]);
                        else if (at)
                                str_add_char(out, e);
                        else
                                str_add_char(out, '\\'), str_add_char(out, e);
                } else {
                        str_add_char(out, c);
                        if (format && (c == '{' || c == '}') && i + 1 < end && bytes[i + 1] == c)
                                i++;
                }
        }
}

static void add_value(struct str *out, const struct value *v, bool *holes)
{
        if (v->kind == V_TEXT) {
                str_add(out, v->text);
                *holes |= v->holes;
        } else if (v->kind == V_NUMBER) {
                str_printf(out, "%.15g", v->number);
        } else {
                str_add_char(out, HOLE);
                *holes = true;
        }
}

static void add_string(struct ctx *c, struct scope *s, uint32_t n, struct str *out, bool *holes)
{
        struct file *f = s->file;
        bool raw = false, format = false;
        EACH_CHILD(f, n, part)
        {
                const struct node *p = &f->nodes[part];
                if (p->kind == PY_string_start) {
                        for (uint32_t i = p->start; i < p->end; i++) {
                                raw |= f->bytes[i] == 'r' || f->bytes[i] == 'R';
                                format |= f->bytes[i] == 'f' || f->bytes[i] == 'F';
                        }
                } else if (p->kind == PY_string_content) {
                        add_escaped(out, f->bytes, p->start, p->end, raw, format);
                } else if (p->kind == PY_interpolation) {
                        uint32_t inner = node_field(f, part, F_expression);
                        struct value v = inner == NO_NODE ? unknown("empty") : ev(c, s, inner);
                        add_value(out, &v, holes);
                }
        }
}

/* The content between the quotes is what an edit would replace. */
static void content_range(const struct file *f, uint32_t n, struct value *v)
{
        EACH_CHILD(f, n, part)
        {
                if (f->nodes[part].kind == PY_string_start)
                        v->start = f->nodes[part].end;
                else if (f->nodes[part].kind == PY_string_end)
                        v->end = f->nodes[part].start;
        }
}

static struct value string(struct ctx *c, struct scope *s, uint32_t n)
{
        CLEANUP(str_release) struct str out = {0};
        struct file *f = s->file;
        struct value v = literal(V_TEXT, s, n);
        if (f->nodes[n].kind == PY_concatenated_string)
                EACH_CHILD(f, n, part)
                        add_string(c, s, part, &out, &v.holes);
        else
                add_string(c, s, n, &out, &v.holes);
        if (f->nodes[n].kind == PY_string)
                content_range(f, n, &v);
        v.text = arena_strdup(f->source->arena, str_text(&out));
        return v;
}

static struct value joined(struct scope *s, uint32_t n, const struct value *left, const struct value *right)
{
        CLEANUP(str_release) struct str out = {0};
        struct value v = literal(V_TEXT, s, n);
        add_value(&out, left, &v.holes);
        add_value(&out, right, &v.holes);
        v.text = arena_strdup(s->file->source->arena, str_text(&out));
        v.decider = BY_COMPUTED;
        return v;
}

static struct value computed(struct scope *s, uint32_t n, double x)
{
        struct value v = literal(V_NUMBER, s, n);
        v.number = x;
        v.decider = BY_COMPUTED;
        return v;
}

static struct value binary(struct ctx *c, struct scope *s, uint32_t n)
{
        struct file *f = s->file;
        uint32_t left = node_field(f, n, F_left), right = node_field(f, n, F_right);
        if (left == NO_NODE || right == NO_NODE)
                return unknown("an expression");
        struct value a = ev(c, s, left), b = ev(c, s, right);
        char op[8] = "";
        size_t len = 0;
        for (uint32_t i = f->nodes[left].end; i < f->nodes[right].start && len + 1 < sizeof op; i++)
                if (strchr("+-*/%|", f->bytes[i]))
                        op[len++] = f->bytes[i];
        if (a.kind == V_NUMBER && b.kind == V_NUMBER && len) {
                if (*op == '+')
                        return computed(s, n, a.number + b.number);
                if (*op == '-')
                        return computed(s, n, a.number - b.number);
                if (*op == '*' && !op[1])
                        return computed(s, n, a.number * b.number);
                if (*op == '/' && b.number != 0)
                        return computed(s, n, op[1] ? floor(a.number / b.number) : a.number / b.number);
        }
        if (*op == '+' && (a.kind == V_TEXT || b.kind == V_TEXT))
                return joined(s, n, &a, &b);
        if (*op == '%' && a.kind == V_TEXT && f->nodes[left].kind != PY_identifier) {
                a.holes |= strchr(a.text, '%') != NULL;
                return a;
        }
        if (*op == '/' && a.kind == V_INSTANCE && !strcmp(a.text, "pathlib.Path") && b.kind == V_TEXT) {
                b.key = a.key && *a.key ? arena_printf(f->source->arena, "%s/%s", a.key, b.text) : b.text;
                b.kind = V_INSTANCE;
                b.text = "pathlib.Path";
                return b;
        }
        if (*op == '|') /* X | None in annotations; of two sessions the one that is awaited */
                return a.kind == V_NONE || (b.kind == V_EXTERN && strstr(b.text, "Async")) ? b : a;
        return unknown(arena_printf(f->source->arena, "a computed value at %s", place(f, f->nodes[n].start)));
}

/* ── Names ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct value from_module(struct ctx *c, struct file *module, const char *name)
{
        struct source *src = module->source;
        for (size_t i = 0; i < module->scope->bindings.len; i++)
                if (module->scope->bindings.items[i].name == name)
                        return ev_name(c, module->scope, name, UINT32_MAX);
        struct file *sub = module->is_package ? module_find(src, module, name, 1) : NULL;
        if (sub)
                return (struct value){.kind = V_MODULE, .file = sub, .node = NO_NODE};
        for (size_t i = 0; i < module->scope->stars.len; i++) {
                const char *star = module->scope->stars.items[i];
                int level = 0;
                while (star[level] == '.')
                        level++;
                struct file *other = module_find(src, module, star + level, level);
                struct value v = other && other != module && c->depth < EVAL_DEPTH_MAX ? from_module(c, other, name) : unknown("");
                if (v.kind != V_UNKNOWN)
                        return v;
                if (!other && !level)
                        return extern_named(arena_printf(src->arena, "%s.%s", star, name), module);
        }
        return unknown(arena_printf(src->arena, "%s has no '%s'", module->path, name));
}

static struct value from_import(struct ctx *c, struct file *f, const struct binding *b)
{
        struct source *s = f->source;
        struct file *module = module_find(s, f, b->module, b->level), *sub;
        if (b->kind == B_IMPORT) {
                if (module)
                        return (struct value){.kind = V_MODULE, .file = module, .node = NO_NODE};
                return extern_named(b->module, f);
        }
        if (module && module != f) {
                struct value v = from_module(c, module, b->symbol);
                if (v.kind != V_UNKNOWN)
                        return v;
        }
        const char *full = *b->module ? arena_printf(s->arena, "%s.%s", b->module, b->symbol) : b->symbol;
        if ((sub = module_find(s, f, full, b->level)))
                return (struct value){.kind = V_MODULE, .file = sub, .node = NO_NODE};
        if (b->level || module)
                return unknown(arena_printf(s->arena, "'%s' is not found in the tree (imported at %s)", full, place(f, b->at)));
        return extern_named(full, f);
}

static struct value param_from_call(struct ctx *c, const struct scope *function, const struct binding *b, const struct frame *frame)
{
        bool method = function->parent && function->parent->kind == SCOPE_CLASS && !function->is_static;
        uint32_t arg = call_argument(frame->scope->file, frame->call, b->name, b->position - method);
        if (arg == NO_NODE)
                return unknown("not passed");
        struct ctx inner = {.python = c->python, .frame = frame->up, .depth = c->depth + 1};
        return ev(&inner, frame->scope, arg);
}

/* What callers pass: the first known answer counts for its type, and is marked when another call passes something else. */
static struct value param_from_callers(struct ctx *c, struct scope *function, const struct binding *b)
{
        bool init = !strcmp(function->name, "__init__") && function->parent && function->parent->kind == SCOPE_CLASS;
        const struct scope *wanted = init ? function->parent : function;
        struct value found = unknown("no call passes it");
        int tried = 0;
        for (struct call_site *call = calls_of(c->python->source, wanted->name); call && tried < CALL_SITES_MAX; call = call->next, tried++) {
                struct frame frame = {.function = function, .scope = call->scope, .call = call->node};
                struct ctx inner = {.python = c->python, .depth = c->depth + 2};
                struct value callee = ev(&inner, call->scope, node_field(call->file, call->node, F_function));
                if ((callee.kind != V_FUNCTION && callee.kind != V_CLASS) || callee.scope != wanted)
                        continue;
                struct value v = param_from_call(c, function, b, &frame);
                if (v.kind == V_UNKNOWN)
                        continue;
                if (found.kind == V_UNKNOWN)
                        found = v;
                else if (found.kind != v.kind || found.pool != v.pool || found.number != v.number || found.start != v.start)
                        found.ambiguous = true;
        }
        return found;
}

static struct value of_parameter(struct ctx *c, struct scope *function, const struct binding *b)
{
        struct source *s = c->python->source;
        for (const struct frame *frame = c->frame; frame; frame = frame->up)
                if (frame->function == function) {
                        struct value v = param_from_call(c, function, b, frame);
                        if (v.kind != V_UNKNOWN)
                                return v;
                        if (b->value != NO_NODE)
                                return ev(c, function->parent, b->value);
                }
        bool method = function->parent && function->parent->kind == SCOPE_CLASS && !function->is_static;
        if (method && b->position == 0) {
                if (function->is_class_method)
                        return (struct value){.kind = V_CLASS, .scope = function->parent, .node = NO_NODE};
                return (struct value){.kind = V_OBJECT, .scope = function->parent, .node = NO_NODE};
        }
        struct value typed = unknown("");
        if (b->type != NO_NODE)
                typed = ev_type(c, function->parent, b->type);
        if (typed.kind == V_OBJECT)
                return typed;
        struct value v = param_from_callers(c, function, b);
        if (typed.kind == V_INSTANCE) {
                typed.pool = v.kind == V_INSTANCE ? v.pool : NULL;
                typed.ambiguous = v.ambiguous;
                return typed;
        }
        if (v.kind != V_UNKNOWN)
                return v;
        if (b->value != NO_NODE) {
                v = ev(c, function->parent, b->value);
                v.ambiguous = true;
                if (v.kind != V_UNKNOWN && v.kind != V_NONE)
                        return via(s, arena_printf(s->arena, "default of %s()", function->name), v);
        }
        return unknown(arena_printf(s->arena, "parameter '%s' of %s, whose callers are not known", b->name, function->qualname));
}

/* What `with` gives: for what we know, the manager's own result; for our generators, what they yield. */
static struct value entered(struct ctx *c, struct value v)
{
        if (v.kind == V_OBJECT) {
                static const char *const enter[] = {"__aenter__", "__enter__"};
                for (int i = 0; i < 2; i++) {
                        struct value m = ev_attribute(c, v, intern(c->python->source, enter[i], strlen(enter[i])));
                        if (m.kind != V_FUNCTION)
                                continue;
                        struct value r = ev_returns(c, m.scope, NULL);
                        return r.kind == V_UNKNOWN ? v : r;
                }
        }
        return v;
}

static struct value of_binding(struct ctx *c, struct scope *owner, const struct binding *b)
{
        struct source *src = owner->file->source;
        struct scope *where = b->scope && b->kind != B_DEF && b->kind != B_CLASS ? b->scope : owner;
        struct value v;
        switch (b->kind) {
        case B_ASSIGN:
                if (b->value == NO_NODE)
                        return b->type != NO_NODE ? ev_type(c, where, b->type) : unknown("declared only");
                v = ev(c, where, b->value);
                if (b->item >= 0)
                        v = v.kind == V_LIST ? ev_index(c, v, b->item) : unknown("an unpacked value");
                if ((v.kind == V_UNKNOWN || v.kind == V_NONE) && b->type != NO_NODE) {
                        struct value typed = ev_type(c, where, b->type);
                        if (typed.kind != V_UNKNOWN)
                                return typed;
                }
                if (v.kind <= V_TEXT && v.decider == BY_LITERAL && v.kind != V_UNKNOWN)
                        v.decider = owner->kind == SCOPE_MODULE || owner->kind == SCOPE_CLASS ? BY_CONSTANT : BY_LITERAL;
                return via(src, b->name, v);
        case B_WITH:
                return entered(c, ev(c, where, b->value));
        case B_IMPORT:
        case B_FROM:
                return from_import(c, owner->file, b);
        case B_DEF:
                return (struct value){.kind = V_FUNCTION, .scope = b->scope, .node = NO_NODE};
        case B_CLASS:
                return (struct value){.kind = V_CLASS, .scope = b->scope, .node = NO_NODE};
        case B_PARAM:
                return of_parameter(c, owner, b);
        case B_FOR:
                return unknown(arena_printf(src->arena, "'%s' is a loop variable", b->name));
        case B_OTHER:
                break;
        }
        return unknown(arena_printf(src->arena, "'%s' changes at %s", b->name, place(owner->file, b->at)));
}

static bool is_none(const struct scope *s, const struct binding *b)
{
        return b->kind == B_ASSIGN && (b->value == NO_NODE || s->file->nodes[b->value].kind == PY_none);
}

/* The binding that holds at a byte of this scope (UINT32_MAX: from outside, after all of it ran). */
static const struct binding *pick(const struct scope *s, const char *name, uint32_t at, bool *ambiguous)
{
        const struct binding *best = NULL;
        int assignments = 0;
        for (size_t i = 0; i < s->bindings.len; i++) {
                const struct binding *b = &s->bindings.items[i];
                if (b->name != name || (b->kind == B_OTHER && b->item == -2))
                        continue;
                if (best && b->at >= at)
                        break;
                if (b->value != NO_NODE && b->kind == B_ASSIGN && s->file->nodes[b->value].start <= at && at < s->file->nodes[b->value].end)
                        continue; /* x = x or 5: the x on the right is an earlier one */
                assignments += b->kind == B_ASSIGN || b->kind == B_OTHER;
                if (!best || !is_none(s, b) || is_none(s, best))
                        best = b;
        }
        if (!best)
                return NULL;
        const struct node *block = &s->file->nodes[best->block];
        bool certain = best->block == s->body || best->block == 0 || best->kind == B_PARAM || (block->start <= at && at < block->end);
        *ambiguous = assignments > 1 && !certain;
        return best;
}

struct value ev_name(struct ctx *c, struct scope *s, const char *name, uint32_t at)
{
        bool start = true;
        for (struct scope *o = s; o; o = o->parent, start = false) {
                bool ambiguous = false;
                if (o->kind == SCOPE_CLASS && !start)
                        continue;
                const struct binding *b = pick(o, name, start ? at : UINT32_MAX, &ambiguous);
                if (!b && o->kind == SCOPE_MODULE && o->stars.len) {
                        struct value v = from_module(c, o->file, name);
                        if (v.kind != V_UNKNOWN && !(v.kind == V_EXTERN && o->stars.len > 1))
                                return v;
                }
                if (!b)
                        continue;
                struct value v = of_binding(c, o, b);
                v.ambiguous |= ambiguous;
                return v;
        }
        if (!strcmp(name, "__file__"))
                return (struct value){.kind = V_TEXT, .text = s->file->path, .node = NO_NODE, .decider = BY_COMPUTED};
        struct value v = extern_named(arena_printf(s->file->source->arena, "builtins.%s", name), s->file);
        v.number = 1;
        return v;
}

/* ── Types in annotations ──────────────────────────────────────────────────────────────────────────────────────────── */

static struct value as_instance(struct value v)
{
        if (v.kind == V_CLASS)
                return (struct value){.kind = V_OBJECT, .scope = v.scope, .node = NO_NODE};
        const char *name = value_extern(&v);
        if (!name || str_starts(name, "builtins.") || str_starts(name, "typing."))
                return unknown("a plain type");
        return instance_of(name);
}

struct value ev_type(struct ctx *c, struct scope *s, uint32_t n)
{
        struct file *f = s->file;
        while (f->nodes[n].kind == PY_type && node_first(f, n) != NO_NODE)
                n = node_first(f, n);
        uint32_t base = n, arg = NO_NODE;
        if (f->nodes[n].kind == PY_string) {
                struct value text = string(c, s, n);
                return as_instance(ev_name(c, s, intern(f->source, text.text, strlen(text.text)), UINT32_MAX));
        }
        if (f->nodes[n].kind == PY_generic_type) {
                base = node_first(f, n);
                uint32_t params = base == NO_NODE ? NO_NODE : node_next(f, base);
                arg = params == NO_NODE ? NO_NODE : node_first(f, params);
        } else if (f->nodes[n].kind == PY_subscript) {
                base = node_field(f, n, F_value);
                arg = node_field(f, n, F_subscript);
        }
        if (base == NO_NODE)
                return unknown("a type");
        struct value v = ev(c, s, base);
        const char *name = value_extern(&v);
        if (arg != NO_NODE && name && (str_ends(name, ".Annotated") || str_ends(name, ".Optional") || str_ends(name, ".Final") || str_ends(name, ".ClassVar")))
                return ev_type(c, s, arg);
        if (v.kind == V_LIST || v.kind == V_OBJECT || v.kind == V_INSTANCE) /* an alias that is already an instance: SessionDep */
                return v;
        return as_instance(v);
}

/* ── The switch ────────────────────────────────────────────────────────────────────────────────────────────────────── */

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
                return ev_type(c, s, key);
        if (o.kind == V_EXTERN && (!name || strcmp(name, "os.environ")))
                return o; /* Pool[Record], Callable[...] */
        struct value k = ev(c, s, key);
        if (name && k.kind == V_TEXT)
                return ev_environment(c, s, k.text, NO_NODE);
        if (k.kind == V_TEXT && !k.holes)
                return ev_item(c, o, k.text);
        if (k.kind == V_NUMBER)
                return ev_index(c, o, (int)k.number);
        return unknown(arena_printf(c->python->source->arena, "an item whose key is not known, at %s", place(s->file, s->file->nodes[n].start)));
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
                return ev_attribute(c, ev(c, s, object), intern(f->source, f->bytes + f->nodes[first].start, f->nodes[first].end - f->nodes[first].start));
        case PY_call:
                return ev_call(c, s, n);
        case PY_subscript:
                return subscript(c, s, n);
        case PY_string:
        case PY_concatenated_string:
                return string(c, s, n);
        case PY_integer:
        case PY_float:
                return number(s, n);
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
                return binary(c, s, n);
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
                return unknown(arena_printf(f->source->arena, "an expression at %s", place(f, f->nodes[n].start)));
        }
}

struct value ev(struct ctx *c, struct scope *s, uint32_t n)
{
        if (n == NO_NODE)
                return unknown("nothing there");
        if (c->depth >= EVAL_DEPTH_MAX || --c->python->budget < 0)
                return unknown("followed as far as one question may go");
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
                struct value d = eval(s, node_first(f, c));
                struct value v = eval_item(d, name);
                if (v.kind != V_UNKNOWN)
                        found = via(f->source, file_snippet(f->source->arena, f, f->nodes[c].start, f->nodes[c].end, 60), v);
                else if ((d.kind != V_DICT && d.kind != V_CONFIG) || d.ambiguous || v.decider == BY_COMPUTED)
                        return unknown(arena_printf(f->source->arena, "'%s' may come from %s, which cannot be followed (%s)", name,
                                                    file_snippet(f->source->arena, f, f->nodes[c].start, f->nodes[c].end, 60), d.trail ? d.trail : "no literal"));
        }
        return found;
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

/*
 * Commands to one Redis that follow each other, none of which needs what the one before gave: each pays a round trip, and a pipeline
 * (or one command that does the work of both) pays one for all. Statements of one block only, since what stands between must not
 * wait, and a condition between makes the second command depend on the first, but for reads of the same key: TTL and GET are
 * asked together as well.
 *
 * Not here, because rules join calls for them: SET and EXPIRE (which has a fix), EXISTS and GET.
 */
#include "probes/source/python/redis.h"

#include <string.h>

enum { NAMES_MAX = 12, BETWEEN_MAX = 3 };

struct chain {
        struct site *first, *second, *last;
        int count;
        bool conditional;             /* a condition stood before the last */
        bool same_method, same_key;   /* of all */
        uint32_t names[NAMES_MAX];    /* nodes of names that hold what was given */
        int name_count;
};

static const char *method(const struct site *x)
{
        const char *dot = x->callee ? strrchr(x->callee, '.') : NULL;
        return dot ? dot + 1 : "";
}

static bool is(const struct site *x, const char *name)
{
        return !strcmp(method(x), name);
}

static bool is_command(const struct site *x)
{
        static const char *const what[] = {"redis_get", "redis_set", "redis_write", "redis_delete", "redis_expire", "redis_multi"};
        if (strcmp(x->kind, "call") || !x->receiver || !x->what || x->file->nodes[x->node].kind != PY_call)
                return false;
        if (x->note && str_starts(x->note, "through "))
                return false;
        if (str_ends(method(x), "scan") || str_starts(method(x), "eval"))
                return false;
        for (size_t i = 0; i < sizeof what / sizeof *what; i++)
                if (!strcmp(x->what, what[i]))
                        return true;
        return false;
}

static uint32_t key_of(const struct site *x)
{
        return call_argument(x->file, x->node, "name", redis_skipped(x->file, x->node));
}

static bool same_text(const struct file *f, uint32_t a, uint32_t b)
{
        if (a == NO_NODE || b == NO_NODE)
                return false;
        uint32_t n = f->nodes[a].end - f->nodes[a].start;
        return n == f->nodes[b].end - f->nodes[b].start && !memcmp(f->bytes + f->nodes[a].start, f->bytes + f->nodes[b].start, n);
}

/* The statement that a call always belongs to whole; NO_NODE where it is one of alternatives, or runs for each element. */
static uint32_t statement_of(const struct file *f, uint32_t n)
{
        for (;; n = f->nodes[n].parent) {
                uint32_t parent = f->nodes[n].parent;
                switch (f->nodes[parent].kind) {
                case PY_block:
                case PY_module:
                        return n;
                case PY_if_statement:
                        if (f->nodes[n].field != F_condition)
                                return NO_NODE;
                        break;
                case PY_await:
                case PY_parenthesized_expression:
                case PY_assignment:
                case PY_expression_statement:
                case PY_return_statement:
                case PY_argument_list:
                case PY_keyword_argument:
                case PY_call:
                case PY_attribute:
                case PY_subscript:
                case PY_not_operator:
                case PY_comparison_operator:
                        break;
                default:
                        return NO_NODE;
                }
        }
}

/* ── What one command gives and another needs ──────────────────────────────────────────────────────────────────────── */

static void take_names(const struct file *f, struct chain *c, uint32_t left)
{
        for (uint32_t n = left; n < f->nodes[left].after; n++)
                if (f->nodes[n].kind == PY_identifier && c->name_count < NAMES_MAX)
                        c->names[c->name_count++] = n;
}

static bool uses_names(const struct file *f, const struct chain *c, uint32_t within)
{
        for (uint32_t n = within; n < f->nodes[within].after; n++)
                for (int i = 0; f->nodes[n].kind == PY_identifier && i < c->name_count; i++)
                        if (same_text(f, n, c->names[i]))
                                return true;
        return false;
}

static void take_given(const struct file *f, struct chain *c, uint32_t statement)
{
        uint32_t inner = f->nodes[statement].kind == PY_expression_statement ? node_first(f, statement) : NO_NODE;
        if (inner != NO_NODE && f->nodes[inner].kind == PY_assignment && node_field(f, inner, F_left) != NO_NODE)
                take_names(f, c, node_field(f, inner, F_left));
}

/* return, raise, continue and break as its last statement. */
static bool leaves(const struct file *f, uint32_t block)
{
        uint32_t last = NO_NODE;
        EACH_CHILD(f, block, c)
                last = c;
        if (last == NO_NODE)
                return false;
        const char *text = f->bytes + f->nodes[last].start;
        return f->nodes[last].kind == PY_return_statement || str_starts(text, "raise") || str_starts(text, "continue") || str_starts(text, "break");
}

/* What may stand between: sums and texts, and a condition that leaves. False: it may wait, or is more than that. */
static bool passes(const struct file *f, struct chain *c, uint32_t statement, bool is_async)
{
        uint8_t kind = f->nodes[statement].kind;
        uint32_t body = kind == PY_if_statement ? node_field(f, statement, F_consequence) : NO_NODE;
        bool guard = body != NO_NODE && leaves(f, body) && node_field(f, statement, F_alternative) == NO_NODE;
        if (!guard && kind != PY_expression_statement)
                return false;
        for (uint32_t n = statement; n < (guard ? body : f->nodes[statement].after); n++)
                if (f->nodes[n].kind == PY_await || (f->nodes[n].kind == PY_call && !is_async))
                        return false;
        c->conditional |= guard;
        if (!guard && uses_names(f, c, statement))
                take_given(f, c, statement);
        return true;
}

static bool between(const struct file *f, struct chain *c, uint32_t from, uint32_t to, bool is_async)
{
        int n = 0;
        for (uint32_t s = node_next(f, from); s != to; s = node_next(f, s))
                if (s == NO_NODE || ++n > BETWEEN_MAX || !passes(f, c, s, is_async))
                        return false;
        return true;
}

static uint32_t arguments_of(const struct site *x)
{
        uint32_t list = node_field(x->file, x->node, F_arguments);
        return list == NO_NODE ? x->node : list;
}

/* ── SET with nx ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/* A mark under the key: SET or SETEX of a constant. */
static bool sets_mark(const struct site *x)
{
        const struct file *f = x->file;
        bool timed = is(x, "setex") || is(x, "psetex");
        if (!timed && !is(x, "set"))
                return false;
        uint32_t value = call_argument(f, x->node, "value", redis_skipped(f, x->node) + (timed ? 2 : 1));
        uint8_t kind = value == NO_NODE ? PY_other : f->nodes[value].kind;
        return (kind == PY_string || kind == PY_integer || kind == PY_true) && call_argument(f, x->node, "nx", -1) == NO_NODE;
}

/* `if await r.get(k): return` and then SET; `if not await r.exists(k):` and in it SET; `if await r.setnx(k, 1):` and in it EXPIRE. */
static const char *as_one_set(const struct site *a, uint32_t sa, const struct site *b, uint32_t sb)
{
        const struct file *f = a->file;
        uint32_t body = f->nodes[sa].kind == PY_if_statement ? node_field(f, sa, F_consequence) : NO_NODE;
        if (body == NO_NODE || node_field(f, sa, F_alternative) != NO_NODE || !same_text(f, key_of(a), key_of(b)))
                return NULL;
        bool negated = f->nodes[node_field(f, sa, F_condition)].kind == PY_not_operator, asks = is(a, "get") || is(a, "exists"), follows = node_next(f, sa) == sb;
        if (asks && sets_mark(b) && ((!negated && follows && leaves(f, body)) || (negated && node_first(f, body) == sb)))
                return "one SET with nx=True";
        if (is(a, "setnx") && !strcmp(b->what, "redis_expire") && ((!negated && node_first(f, body) == sb) || (negated && follows && leaves(f, body))))
                return "one SET with nx=True and ex=";
        return NULL;
}

/* ── Chains ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool joins(struct chain *c, struct site *x)
{
        const struct file *f = x->file;
        struct chain next = *c;
        uint32_t from = statement_of(f, c->last->node), to = statement_of(f, x->node);
        if (from == NO_NODE || to == NO_NODE || from == to || f->nodes[from].parent != f->nodes[to].parent || f->nodes[from].kind == PY_if_statement)
                return false;
        take_given(f, &next, from);
        if (!between(f, &next, from, to, x->is_async) || uses_names(f, &next, arguments_of(x)))
                return false;
        bool same = same_text(f, key_of(c->last), key_of(x));
        if (next.conditional && (c->count > 1 || !same || strcmp(x->what, "redis_get") || !strcmp(method(x), method(c->last))))
                return false;
        next.same_method &= !strcmp(method(x), method(c->last));
        next.same_key &= same;
        next.second = c->second ? c->second : x;
        next.last = x;
        next.count++;
        *c = next;
        return true;
}

static const char *one_of(const struct chain *c)
{
        bool two = c->count == 2;
        if (c->same_method && (is(c->last, "delete") || is(c->last, "unlink")))
                return "one DEL of all keys";
        if (c->same_method && is(c->last, "get"))
                return "one MGET";
        if (c->same_method && c->same_key && is(c->last, "hget"))
                return "one HMGET";
        if (c->same_method && c->same_key && is(c->last, "hset"))
                return "one HSET of all fields";
        if (two && c->same_key && is(c->first, "get") && is(c->last, "delete"))
                return "one GETDEL";
        if (two && c->same_key && is(c->first, "setnx") && is(c->last, "expire"))
                return "one SET with nx=True and ex=";
        return "one trip of a pipeline";
}

/* Rules join these themselves. */
static bool is_told_elsewhere(const struct chain *c)
{
        bool set = !strcmp(c->first->what, "redis_set") && c->first->note && strcmp(c->first->note, "expires") && !strcmp(c->last->what, "redis_expire");
        return c->count == 2 && c->same_key && (set || (is(c->first, "exists") && is(c->last, "get")));
}

struct pairs {
        VEC(struct site);
};

/* Told at the second command: that is the trip too many. */
static void tell(struct source *s, struct pairs *out, const struct site *first, const struct site *second, int count, const char *one)
{
        struct site pair = *second;
        int line, col;
        file_position(first->file, first->start, &line, &col);
        char *name = arena_strdup(s->scratch, method(first));
        for (char *p = name; *p; p++)
                *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
        pair.kind = "pair";
        pair.what = "redis";
        pair.args = count == 2 ? arena_printf(s->arena, "%s in line %d", name, line) : arena_printf(s->arena, "%d more from line %d on", count - 1, line);
        pair.note = one;
        pair.used = true;
        pair.blocking = false;
        *vec_push(s->scratch, out) = pair;
}

static void finish(struct source *s, struct pairs *out, const struct chain *c)
{
        if (c->count > 1 && !is_told_elsewhere(c))
                tell(s, out, c->first, c->second, c->count, one_of(c));
}

/* The chain goes on with this command, or ends and another begins. */
static void follow(struct source *s, struct pairs *out, struct chain *c, struct site *x)
{
        const struct site *last = c->last;
        bool same = last && last->scope == x->scope && last->loop == x->loop && !strcmp(last->receiver, x->receiver);
        if (same && !c->conditional && joins(c, x))
                return;
        uint32_t from = same ? statement_of(x->file, last->node) : NO_NODE, to = same ? statement_of(x->file, x->node) : NO_NODE;
        const char *one = from == NO_NODE || to == NO_NODE || c->count > 1 ? NULL : as_one_set(last, from, x, to);
        if (one)
                tell(s, out, last, x, 2, one);
        else
                finish(s, out, c);
        *c = (struct chain){.first = x, .last = x, .count = 1, .same_method = true, .same_key = true};
}

void redis_pairs(struct source *s)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct pairs found = {0};
        struct chain c = {0};
        for (size_t i = 0; i < s->python->sites.len; i++)
                if (is_command(&s->python->sites.items[i]))
                        follow(s, &found, &c, &s->python->sites.items[i]);
        finish(s, &found, &c);
        for (size_t i = 0; i < found.len; i++) {
                found.items[i].id = (int64_t)s->python->sites.len + 1;
                *vec_push(s->arena, &s->python->sites) = found.items[i];
        }
}

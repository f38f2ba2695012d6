/*
 * From a class to the ones that derive from it: an abstract method is what its only implementation does, and the bot that a
 * framework hands to its handlers is the only class of the tree that derives from the library's. Where several would do, none does.
 *
 * Derived classes are listed by index.c under ":BASE", beside calls, so that what was asked for is noted as other look-ups are.
 */
#include "probes/source/python/eval.h"
#include "probes/source/world.h"

#include <string.h>

enum { DERIVED_MAX = 24, IMPLEMENTATION_STEPS = 4000 };

static bool begins(const struct file *f, uint32_t n, const char *word)
{
        size_t len = strlen(word);
        return f->nodes[n].end - f->nodes[n].start >= len && !memcmp(f->bytes + f->nodes[n].start, word, len);
}

/* A docstring, `...`, `pass` and `raise NotImplementedError`, and nothing else. */
bool is_abstract(const struct scope *fn)
{
        const struct file *f = fn->file;
        if (fn->kind != SCOPE_FUNCTION || fn->body == NO_NODE)
                return false;
        EACH_CHILD(f, fn->body, n)
        {
                uint32_t first = node_first(f, n);
                bool docstring = f->nodes[n].kind == PY_expression_statement && first != NO_NODE && f->nodes[first].kind == PY_string;
                if (!docstring && !begins(f, n, "...") && !begins(f, n, "pass") && !begins(f, n, "raise NotImplemented"))
                        return false;
        }
        return true;
}

static bool derives_from(struct ctx *c, struct scope *class, const struct scope *base, const char *library)
{
        struct file *f = class->file;
        uint32_t bases = node_field(f, class->node, F_superclasses);
        if (bases == NO_NODE)
                return false;
        EACH_CHILD(f, bases, b)
        {
                struct ctx inner = {.python = c->python, .depth = c->depth + 1};
                if (f->nodes[b].kind == PY_keyword_argument)
                        continue;
                struct value v = ev(&inner, class->parent, b);
                if (base ? v.kind == V_CLASS && v.scope == base : v.kind == V_EXTERN && str_starts(v.text, library))
                        return true;
        }
        return false;
}

static struct scope *method_of(struct scope *class, const char *name)
{
        for (size_t i = class->bindings.len; i-- > 0;) {
                const struct binding *b = &class->bindings.items[i];
                if (b->name != name || b->kind != B_DEF)
                        continue;
                depends_on_node(b->scope->file, b->scope->node);
                return b->scope;
        }
        return NULL;
}

/* Through classes that derive from `base` and leave the method abstract, too. Returns how many there are; at most `max` of them in ret. */
static int implementations(struct ctx *c, struct scope *base, const char *name, int depth, struct scope **ret, int max)
{
        struct source *s = c->python->source;
        int found = 0, tried = 0;
        struct call_walk walk = calls_walk(s, arena_printf(s->scratch, ":%s", base->name));
        for (struct call_site *d = calls_next(&walk); d && tried < DERIVED_MAX && found <= max; d = calls_next(&walk), tried++) {
                if (d->file->is_test || d->scope == base || !derives_from(c, d->scope, base, NULL))
                        continue;
                struct scope *m = method_of(d->scope, name);
                if (m && !is_abstract(m)) {
                        if (found < max)
                                ret[found] = m;
                        found++;
                } else if (depth < 3) {
                        found += implementations(c, d->scope, name, depth + 1, ret + (found < max ? found : max), found < max ? max - found : 0);
                }
        }
        return tried == DERIVED_MAX ? max + 1 : found;
}

struct value ev_implementation(struct ctx *c, struct value method)
{
        struct scope *m = method.scope, *only = NULL;
        if (method.kind != V_FUNCTION || !m->parent || m->parent->kind != SCOPE_CLASS || c->depth > EVAL_DEPTH_MAX - 4 || !is_abstract(m))
                return method;
        if (implementations(c, m->parent, m->name, 0, &only, 1) != 1)
                return method;
        method.scope = only;
        return method;
}

int eval_implementations(struct scope *method, struct scope **ret, int max)
{
        if (!method->parent || method->parent->kind != SCOPE_CLASS || !is_abstract(method))
                return 0;
        struct ctx c = {.python = method->file->source->python};
        int64_t before = c.python->budget;
        c.python->budget = IMPLEMENTATION_STEPS;
        int n = implementations(&c, method->parent, method->name, 0, ret, max);
        c.python->budget = before;
        return n <= max ? n : 0;
}

struct value ev_only_bot(struct ctx *c)
{
        static const char *const bases[] = {":Bot", ":AutoShardedBot", ":Client", ":AutoShardedClient"}, *const libraries[] = {"discord.", "disnake.", "nextcord."};
        struct scope *only = NULL;
        for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
                int tried = 0;
                struct call_walk walk = calls_walk(c->python->source, bases[i]);
                for (struct call_site *d = calls_next(&walk); d && tried < DERIVED_MAX; d = calls_next(&walk), tried++)
                        for (size_t l = 0; l < 3 && !d->file->is_test; l++)
                                if (derives_from(c, d->scope, NULL, libraries[l])) {
                                        if (only && only != d->scope)
                                                return unknown("more than one class of a bot");
                                        only = d->scope;
                                }
        }
        return only ? (struct value){.kind = V_OBJECT, .scope = only, .node = NO_NODE} : unknown("no class of a bot");
}

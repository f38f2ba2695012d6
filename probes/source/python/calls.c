/*
 * All calls of a name, and the classes that name a base: those of a file together, the files in the order of the tree.
 */
#include "probes/source/python/index.h"
#include "probes/source/world.h"

#include <string.h>

uint64_t calls_in_file(const struct file *f, const char *name, size_t len)
{
        return name_in_file(f, name, len) ^ (UINT64_C(0x5DEECE66D) << 24);
}

uint32_t base_name(const struct file *f, uint32_t n)
{
        if (f->nodes[n].kind == PY_subscript)
                n = node_field(f, n, F_value);
        if (n != NO_NODE && f->nodes[n].kind == PY_attribute)
                n = node_field(f, n, F_attribute);
        return n != NO_NODE && f->nodes[n].kind == PY_identifier ? n : NO_NODE;
}

const char *base_key(struct arena *a, const struct file *f, uint32_t name)
{
        return arena_printf(a, ":%.*s", (int)(f->nodes[name].end - f->nodes[name].start), f->bytes + f->nodes[name].start);
}

const char *registration_key(const struct file *f, uint32_t n)
{
        static const char *const lists[][2] = {{"on_startup", ".on_startup.append"}, {"on_shutdown", ".on_shutdown.append"}, {"on_cleanup", ".on_cleanup.append"},
                                               {"cleanup_ctx", ".cleanup_ctx.append"}};
        if (f->nodes[n].kind == PY_class_definition) {
                uint32_t name = node_field(f, n, F_name);
                size_t len = name == NO_NODE ? 0 : f->nodes[name].end - f->nodes[name].start;
                return len >= 14 && !memcmp(f->bytes + f->nodes[name].end - 14, "WorkerSettings", 14) ? "class WorkerSettings" : NULL;
        }
        uint32_t function = n + 1; /* it comes first; most calls are told by the end of its text */
        if (f->nodes[n].after <= function || f->nodes[function].kind != PY_attribute || f->nodes[function].end < 7 || memcmp(f->bytes + f->nodes[function].end - 7, ".append", 7))
                return NULL;
        uint32_t object = node_field(f, function, F_object);
        uint32_t list = object != NO_NODE && f->nodes[object].kind == PY_attribute ? node_field(f, object, F_attribute) : NO_NODE;
        for (size_t i = 0; list != NO_NODE && i < sizeof lists / sizeof *lists; i++)
                if (text_is(f, list, lists[i][0]))
                        return lists[i][1];
        return NULL;
}

bool is_alias(const struct binding *b)
{
        return b->kind == B_FROM && b->symbol && strcmp(b->symbol, b->name);
}

bool is_call_of_name(const struct file *f, uint32_t call)
{
        uint32_t function = f->nodes[call].kind == PY_call ? node_field(f, call, F_function) : NO_NODE;
        return function != NO_NODE && f->nodes[function].kind == PY_identifier;
}

/* The calls of one file stand together, the files in the order of the tree, whatever the order in which they are indexed. */
static struct call_group *group_of(struct arena *a, struct call_list *l, struct file *f)
{
        size_t i = l->groups.len;
        while (i && l->groups.items[i - 1].file->index > f->index)
                i--;
        if (i && l->groups.items[i - 1].file == f)
                return &l->groups.items[i - 1];
        vec_push(a, &l->groups);
        memmove(&l->groups.items[i + 1], &l->groups.items[i], (l->groups.len - 1 - i) * sizeof *l->groups.items);
        l->groups.items[i] = (struct call_group){.file = f};
        return &l->groups.items[i];
}

static void list_call(struct arena *a, struct call_list *l, struct call_site *c)
{
        struct call_group *g = group_of(a, l, c->file);
        if (g->last)
                g->last->next = c;
        else
                g->first = c;
        g->last = c;
}

void calls_list(struct source *src, const char *name, size_t len, struct call_site *c)
{
        struct call_list **list = (struct call_list **)table_put(&src->python->calls, name, len);
        if (!*list)
                *list = arena_new_of(src->arena, struct call_list);
        list_call(src->arena, *list, c);
}

struct call_site *calls_listed(struct file *f, const char *name)
{
        const struct call_list *l = table_get(&f->source->python->calls, name, strlen(name));
        size_t low = 0, high = l ? l->groups.len : 0;
        while (low < high) {
                size_t mid = (low + high) / 2;
                if (l->groups.items[mid].file->index < f->index)
                        low = mid + 1;
                else
                        high = mid;
        }
        return l && low < l->groups.len && l->groups.items[low].file == f ? l->groups.items[low].first : NULL;
}

bool calls_exist(struct source *s, const char *name)
{
        depends_on_name(s, LOOK_CALLS, name, strlen(name));
        size_t at = callers_from(s, name_hash(LOOK_CALLS, name, strlen(name)));
        return callers_at(s, name_hash(LOOK_CALLS, name, strlen(name)), at) != NULL;
}

struct call_walk calls_walk(struct source *s, const char *name)
{
        struct call_walk w = {.source = s, .name = name, .hash = name_hash(LOOK_CALLS, name, strlen(name))};
        depends_on_name(s, LOOK_CALLS, name, strlen(name));
        w.at = callers_from(s, w.hash);
        return w;
}

struct call_site *calls_next(struct call_walk *w)
{
        struct call_site *c = w->next;
        while (!c) {
                struct file *f = callers_at(w->source, w->hash, w->at++);
                if (!f)
                        return NULL;
                file_need(f);
                c = calls_listed(f, w->name);
        }
        w->next = c->next && c->next->file == c->file ? c->next : NULL;
        return c;
}

struct call_site *calls_in(struct file *f, const char *name)
{
        if (f != f->source->focus && f->source->focus)
                depends_on_key(f->source, calls_in_file(f, name, strlen(name)));
        return calls_listed(f, name);
}

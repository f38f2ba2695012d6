/*
 * What others look at of a file, in pieces: each statement of the module, and the long methods of a class apart from it, so that an edit in
 * one of them concerns only those who looked into that one. A class without its long bodies still says which members and attributes it
 * has, how its methods are called and decorated: what is asked of it without looking into a method.
 */
#include "probes/source/python/index.h"
#include "probes/source/world.h"

#include <stdlib.h>
#include <string.h>

enum { BODY_BYTES_MIN = 400 };

struct piece {
        struct item *item;
        uint64_t hash; /* of its text */
        size_t nth;
};

struct pieces {
        struct piece *items;
        size_t len, cap;
};

static int by_text(const void *a, const void *b)
{
        const struct piece *x = a, *y = b;
        return x->hash != y->hash ? (x->hash > y->hash) - (x->hash < y->hash) : (x->nth > y->nth) - (x->nth < y->nth);
}

/* Equal texts are told apart by their order. */
static void name_pieces(struct file *f, struct pieces *pieces)
{
        uint64_t nth = 0;
        if (pieces->len)
                qsort(pieces->items, pieces->len, sizeof *pieces->items, by_text);
        for (size_t i = 0; i < pieces->len; i++) {
                struct item *x = pieces->items[i].item;
                const struct node *n = &f->nodes[x->node];
                nth = i && pieces->items[i].hash == pieces->items[i - 1].hash ? nth + 1 : 0;
                const uint64_t about[] = {f->key, pieces->items[i].hash, nth};
                const uint64_t where[] = {f->key, x->part_count ? table_hash(f->bytes + n->start, n->end - n->start) : pieces->items[i].hash, n->start, (uint64_t)file_line(f, n->start)};
                x->key = name_hash(LOOK_ITEM, (const char *)about, sizeof about);
                x->place = name_hash(LOOK_PLACE, (const char *)where, sizeof where);
        }
}

/* Of a statement that may be decorated: the class or function itself. */
static uint32_t definition(const struct file *f, uint32_t n, uint8_t kind)
{
        if (f->nodes[n].kind == PY_decorated_definition)
                n = node_field(f, n, F_definition);
        return n != NO_NODE && f->nodes[n].kind == kind ? n : NO_NODE;
}

/* Scopes are in the order of the text. */
static const struct scope *scope_of(const struct file *f, uint32_t node)
{
        size_t low = 0, high = f->scopes.len;
        while (high - low > 1) {
                size_t mid = (low + high) / 2;
                *(f->scopes.items[mid]->node <= node ? &low : &high) = mid;
        }
        return high && f->scopes.items[low]->node == node ? f->scopes.items[low] : NULL;
}

/* Which attributes the methods set is asked of the class. */
static uint64_t attributes_hash(const struct scope *class)
{
        uint64_t h = 0;
        for (size_t i = 0; class && i < class->attributes.len; i++) {
                const struct attribute *a = &class->attributes.items[i];
                h = h * 31 + table_hash(a->name, strlen(a->name));
                h = h * 31 + table_hash(a->method->name, strlen(a->method->name)) + (a->value == NO_NODE) + 2 * (a->type == NO_NODE);
        }
        return h;
}

/* Its text but for the long bodies, which become parts. */
static uint64_t class_hash(struct file *f, struct item *x, uint32_t class, struct pieces *pieces)
{
        uint32_t block = node_field(f, class, F_body), at = f->nodes[x->node].start;
        uint64_t h = attributes_hash(scope_of(f, class));
        x->part = (uint32_t)f->part_count;
        EACH_CHILD(f, block, c)
        {
                uint32_t function = definition(f, c, PY_function_definition), body = function == NO_NODE ? NO_NODE : node_field(f, function, F_body);
                if (body == NO_NODE || f->nodes[body].end - f->nodes[body].start < BODY_BYTES_MIN)
                        continue;
                h = h * 31 + table_hash(f->bytes + at, f->nodes[body].start - at);
                at = f->nodes[body].end;
                struct item *part = &f->parts[f->part_count++];
                *part = (struct item){.node = c};
                *vec_push(f->source->scratch, pieces) = (struct piece){part, table_hash(f->bytes + f->nodes[c].start, f->nodes[c].end - f->nodes[c].start), pieces->len};
        }
        x->part_count = (uint32_t)f->part_count - x->part;
        return h * 31 + table_hash(f->bytes + at, f->nodes[x->node].end - at);
}

/* As many parts as there can be: children of the bodies of classes. */
static size_t count_parts(const struct file *f)
{
        size_t n = 0;
        EACH_CHILD(f, 0, c)
        {
                uint32_t class = definition(f, c, PY_class_definition), block = class == NO_NODE ? NO_NODE : node_field(f, class, F_body);
                if (block != NO_NODE)
                        EACH_CHILD(f, block, s)
                                n += definition(f, s, PY_function_definition) != NO_NODE;
        }
        return n;
}

void items_list(struct file *f)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        struct pieces pieces = {0};
        size_t n = 0, parts = count_parts(f);
        EACH_CHILD(f, 0, c)
                n++;
        f->items = arena_alloc(f->source->arena, (n + 1) * sizeof *f->items);
        f->parts = parts ? arena_alloc(f->source->arena, parts * sizeof *f->parts) : NULL;
        f->item_count = n;
        f->part_count = 0;
        n = 0;
        EACH_CHILD(f, 0, c)
        {
                const struct node *node = &f->nodes[c];
                uint32_t class = definition(f, c, PY_class_definition);
                struct item *x = &f->items[n++];
                *x = (struct item){.node = c};
                bool has_body = class != NO_NODE && node_field(f, class, F_body) != NO_NODE;
                uint64_t hash = has_body ? class_hash(f, x, class, &pieces) : table_hash(f->bytes + node->start, node->end - node->start);
                *vec_push(f->source->scratch, &pieces) = (struct piece){x, hash, pieces.len};
        }
        name_pieces(f, &pieces);
}

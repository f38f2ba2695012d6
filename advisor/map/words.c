/* What the writers share: sums, sizes and places in words. */
#include "map/map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *map_short_name(const char *name)
{
        const char *colon = strrchr(name ? name : "", ':');
        return colon && colon[1] ? colon + 1 : name ? name : "?";
}

const char *map_plural(struct arena *a, double n, const char *one)
{
        size_t len = strlen(one);
        bool hissing = len > 1 && (one[len - 1] == 's' || (one[len - 1] == 'h' && one[len - 2] == 'c'));
        bool y = len > 1 && one[len - 1] == 'y' && !strchr("aeiou", one[len - 2]);
        if (n == 1)
                return arena_printf(a, "1 %s", one);
        return arena_printf(a, "%.0f %.*s%s", n, (int)(len - y), one, hissing ? "es" : y ? "ies" : "s");
}

static const char *size_words(struct arena *a, const struct map_pool *p)
{
        if (isnan(p->size))
                return NULL;
        return isnan(p->overflow) || p->overflow == 0 ? arena_printf(a, "%.0f", p->size) : arena_printf(a, "%.0f + %.0f overflow", p->size, p->overflow);
}

const char *map_pool_sum(struct arena *a, const struct map_pool *p, double processes)
{
        const char *size = size_words(a, p);
        if (p->kind && !strcmp(p->kind, "nullpool"))
                return "no pool: one connection for each use";
        if (p->unbounded)
                return "no bound on connections";
        if (!size)
                return "size not told by the sources";
        if (p->per_call)
                return arena_printf(a, "%s, made again on each call", size);
        if (isnan(p->per_process))
                return arena_printf(a, "%s, overflow not told by the sources", size);
        if (p->overflow < 0)
                return arena_printf(a, "%.0f and overflow without bound", p->size);
        if (isnan(processes))
                return arena_printf(a, "%s%s in each process", p->overflow > 0 ? arena_printf(a, "%s = ", size) : "", map_plural(a, p->per_process, "connection"));
        return arena_printf(a, "%s x %s = %s", size, map_plural(a, processes, "process"), map_plural(a, p->per_process * processes, "connection"));
}

const char *map_value_where(struct arena *a, const struct map_value *v)
{
        const char *by = v->decided_by ? v->decided_by : "unresolved";
        if (!strcmp(by, "default"))
                return "the library's default";
        if (!v->resolved && v->value && v->path)
                return arena_printf(a, "%s by the example %s%s%s:%d, which the program may not read", v->value, v->key ? v->key : "", v->key ? " in " : "", v->path, v->line);
        if (!strcmp(by, "unresolved") || !v->path)
                return v->trail && *v->trail ? arena_printf(a, "not told: %s", v->trail) : "not told by the sources";
        if (!strcmp(by, "literal"))
                return arena_printf(a, "%s:%d", v->path, v->line);
        return arena_printf(a, "%s%s%s:%d", v->key ? v->key : "", v->key ? !strcmp(by, "env_default") ? ", default in " : " in " : "", v->path, v->line);
}

const char *map_cache_size(struct arena *a, const struct map_cache *c)
{
        const char *size = !isnan(c->max_size) ? map_plural(a, c->max_size, "entry") : c->bounded == 0 ? "no bound" : c->bounded == 1 ? "bounded" : "size not told";
        if (c->tier && !strcmp(c->tier, "redis") && isnan(c->max_size))
                size = NULL;
        const char *ttl = !isnan(c->ttl_s) ? arena_printf(a, "expires after %.15g s", c->ttl_s) : size ? "no expiry" : "no expiry told";
        return size ? arena_printf(a, "%s, %s", size, ttl) : ttl;
}

struct count {
        const char *table;
        size_t n;
};

static int by_count(const void *x, const void *y)
{
        const struct count *a = x, *b = y;
        return a->n != b->n ? (a->n < b->n ? 1 : -1) : strcmp(a->table, b->table);
}

const char *map_table_counts(struct arena *a, const struct map *m, const struct map_program *p, size_t max)
{
        VEC(struct count) counts = {0};
        for (size_t i = 0; i < p->statements.len; i++) {
                const struct map_statement *s = &m->statements.items[p->statements.items[i]];
                for (size_t t = 0; t < s->table_count; t++) {
                        size_t k = 0;
                        while (k < counts.len && strcmp(counts.items[k].table, s->tables[t]) != 0)
                                k++;
                        if (k == counts.len)
                                *vec_push(a, &counts) = (struct count){s->tables[t], 0};
                        counts.items[k].n++;
                }
        }
        if (!counts.len)
                return "";
        qsort(counts.items, counts.len, sizeof *counts.items, by_count);
        const char *words = "";
        for (size_t k = 0; k < counts.len && k < max; k++)
                words = arena_printf(a, "%s%s%s %zu", words, *words ? ", " : "", counts.items[k].table, counts.items[k].n);
        return counts.len > max ? arena_printf(a, "%s and %zu more tables", words, counts.len - max) : words;
}

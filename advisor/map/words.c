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

/* How often each name comes, most often first: "matches 3, profiles 2 and 4 more tables". */
struct count {
        const char *name;
        size_t n;
};

struct counts {
        struct arena *arena;
        VEC(struct count) all;
};

static void count(struct counts *c, const char *name)
{
        for (size_t i = 0; i < c->all.len; i++)
                if (!strcmp(c->all.items[i].name, name)) {
                        c->all.items[i].n++;
                        return;
                }
        *vec_push(c->arena, &c->all) = (struct count){name, 1};
}

static int by_count(const void *x, const void *y)
{
        const struct count *a = x, *b = y;
        return a->n != b->n ? (a->n < b->n ? 1 : -1) : strcmp(a->name, b->name);
}

static const char *counts_words(struct counts *c, size_t max, const char *what)
{
        if (!c->all.len)
                return "";
        qsort(c->all.items, c->all.len, sizeof *c->all.items, by_count);
        const char *words = "";
        for (size_t k = 0; k < c->all.len && k < max; k++)
                words = arena_printf(c->arena, "%s%s%s %zu", words, *words ? ", " : "", c->all.items[k].name, c->all.items[k].n);
        return c->all.len > max ? arena_printf(c->arena, "%s and %zu more %s", words, c->all.len - max, what) : words;
}

const char *map_table_counts(struct arena *a, const struct map *m, const struct map_program *p, size_t max)
{
        struct counts c = {.arena = a};
        for (size_t i = 0; i < p->statements.len; i++) {
                const struct map_statement *s = &m->statements.items[p->statements.items[i]];
                for (size_t t = 0; t < s->table_count; t++)
                        count(&c, s->tables[t]);
        }
        return counts_words(&c, max, "tables");
}

/* "fastapi get" of "fastapi get '/users'". */
static const char *without_path(struct arena *a, const char *what)
{
        const char *first = strchr(what, ' '), *second = first ? strchr(first + 1, ' ') : NULL;
        return second ? arena_strndup(a, what, (size_t)(second - what)) : what;
}

const char *map_handler_counts(struct arena *a, const struct map *m, const struct map_program *p, bool by_file, size_t max)
{
        struct counts c = {.arena = a};
        for (size_t i = 0; i < p->handlers.len; i++) {
                const struct map_handler *h = &m->handlers.items[p->handlers.items[i]];
                count(&c, by_file ? h->path : without_path(a, h->what ? h->what : "?"));
        }
        return counts_words(&c, max, by_file ? "files" : "kinds");
}

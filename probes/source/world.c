#include "probes/source/world.h"
#include "probes/source/python/python.h"

#include <stdlib.h>
#include <string.h>

/* ── Dependencies ──────────────────────────────────────────────────────────────────────────────────────────────────── */

uint64_t name_hash(enum lookup kind, const char *name, size_t len)
{
        uint64_t h = (table_hash(name, len) + (uint64_t)kind * UINT64_C(0xD6E8FEB86659FD93)) & ~(uint64_t)0xffffff;
        return h ? h : 1 << 24; /* the low 24 bits are free for the number of a file */
}

void depends_on_file(struct source *s, const struct file *f)
{
        struct deps *d = s->deps;
        if (d->stamps[f->index] == d->epoch)
                return;
        d->stamps[f->index] = d->epoch;
        *vec_push(s->arena, &d->files) = f->index;
}

static bool names_add(struct deps *d, uint64_t h)
{
        size_t i = (h >> 24) & (d->name_cap - 1);
        while (d->names[i] && d->names[i] != h)
                i = (i + 1) & (d->name_cap - 1);
        bool new = !d->names[i];
        d->names[i] = h;
        return new;
}

static void names_grow(struct source *s, struct deps *d)
{
        uint64_t *old = d->names;
        size_t n = d->name_cap;
        d->name_cap = n ? n * 2 : 256;
        d->names = arena_alloc(s->arena, d->name_cap * sizeof *d->names);
        for (size_t i = 0; i < n; i++)
                if (old[i])
                        names_add(d, old[i]);
}

void depends_on_key(struct source *s, uint64_t key)
{
        struct deps *d = s->deps;
        if (d->name_count * 2 >= d->name_cap)
                names_grow(s, d);
        d->name_count += names_add(d, key);
}

/* The last statement that begins at or before a byte; NULL before the first. */
static struct item *item_at(const struct file *f, uint32_t byte)
{
        size_t low = 0, high = f->item_count;
        while (high - low > 1) {
                size_t mid = (low + high) / 2;
                *(f->nodes[f->items[mid].node].start <= byte ? &low : &high) = mid;
        }
        return high ? &f->items[low] : NULL;
}

static bool is_elsewhere(const struct file *f)
{
        return f->source->focus && f != f->source->focus;
}

/* The statement that a node is part of: most questions are about the same one as the last. */
static struct item *item_of(struct file *f, uint32_t node)
{
        struct item *x = &f->items[f->item_last];
        size_t low = 0, high = f->item_count;
        if (x->node <= node && node < f->nodes[x->node].after)
                return x;
        while (high - low > 1) {
                size_t mid = (low + high) / 2;
                *(f->items[mid].node <= node ? &low : &high) = mid;
        }
        f->item_last = low;
        return &f->items[low];
}

static void note_item(struct source *s, struct item *x)
{
        if (x->stamp == s->deps->epoch)
                return;
        x->stamp = s->deps->epoch;
        depends_on_key(s, x->key);
}

/* The long method of a class in which a node stands, if it is in one. */
static void note_part(struct source *s, struct file *f, const struct item *x, uint32_t node)
{
        size_t low = x->part, high = x->part + x->part_count;
        while (high - low > 1) {
                size_t mid = (low + high) / 2;
                *(f->parts[mid].node <= node ? &low : &high) = mid;
        }
        if (f->parts[low].node <= node && node < f->nodes[f->parts[low].node].after)
                note_item(s, &f->parts[low]);
}

void depends_on_node(struct file *f, uint32_t node)
{
        struct source *s = f->source;
        struct item *x = is_elsewhere(f) && node != NO_NODE && f->item_count ? item_of(f, node) : NULL;
        if (!x)
                return;
        note_item(s, x);
        if (x->part_count)
                note_part(s, f, x, node);
}

static void note_place(struct source *s, struct item *x)
{
        if (x->place_stamp == s->deps->epoch)
                return;
        x->place_stamp = s->deps->epoch;
        depends_on_key(s, x->place);
}

void depends_on_place(const struct file *f, uint32_t byte)
{
        struct item *x = is_elsewhere(f) ? item_at(f, byte) : NULL;
        if (x)
                note_place(f->source, x);
}

static void depends_on_lines(struct file *f, int line)
{
        if (!is_elsewhere(f) || !f->item_count || line < 1 || (size_t)line > f->line_count)
                return;
        uint32_t begin = f->lines[line - 1], end = (size_t)line < f->line_count ? f->lines[line] : (uint32_t)f->len;
        for (struct item *x = item_at(f, begin); x < f->items + f->item_count && f->nodes[x->node].start < end; x++)
                note_place(f->source, x);
}

static struct table *list_paths(struct source *s)
{
        struct table *t = arena_new_of(s->keep, struct table);
        *t = (struct table){.arena = s->keep};
        for (size_t i = s->files.len; i--;)
                *table_put(t, s->files.items[i]->path, strlen(s->files.items[i]->path)) = s->files.items[i];
        return t;
}

struct file *file_at(struct source *s, const char *path, size_t len)
{
        s->deps->paths = s->deps->paths ? s->deps->paths : list_paths(s);
        return table_get(s->deps->paths, path, len);
}

void depends_on_line(struct source *s, const char *path, size_t len, int line)
{
        const struct file *first = file_at(s, path, len);
        for (size_t i = first ? first->index : s->files.len; i < s->files.len; i++)
                if (i == first->index || (s->roots[1] && !strcmp(s->files.items[i]->path, first->path)))
                        depends_on_lines(s->files.items[i], line);
                else if (!s->roots[1])
                        break;
}

uint64_t name_in_file(const struct file *f, const char *name, size_t len)
{
        uint64_t h = name_hash(LOOK_NAME, name, len) ^ (f->key & ~(uint64_t)0xffffff);
        return h ? h : 1 << 24;
}

void depends_on_name_in(struct file *f, const char *name)
{
        if (f != f->source->focus && f->source->focus)
                depends_on_key(f->source, name_in_file(f, name, strlen(name)));
}

uint64_t path_hash(uint32_t root, const char *path)
{
        return table_hash(path, strlen(path)) + root * UINT64_C(0xA0761D6478BD642F);
}

void depends_on_name(struct source *s, enum lookup kind, const char *name, size_t len)
{
        depends_on_key(s, name_hash(kind, name, len));
}

/* ── What all worlds share ─────────────────────────────────────────────────────────────────────────────────────────── */

struct shared *shared_new(const struct source *walked)
{
        struct shared *sh = arena_new_of(walked->keep, struct shared);
        sh->count = walked->files.len;
        sh->files = arena_alloc(walked->keep, (sh->count + 1) * sizeof *sh->files);
        for (size_t i = 0; i < sh->count; i++)
                sh->files[i].file = *walked->files.items[i];
        pthread_mutex_init(&sh->lock, NULL);
        return sh;
}

void shared_free(struct shared *sh)
{
        if (!sh)
                return;
        free(sh->calls);
        free(sh->defs);
        pthread_mutex_destroy(&sh->lock);
}

static int by_number(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
        return (x > y) - (x < y);
}

static size_t unique(uint64_t *items, size_t n)
{
        size_t kept = 0;
        for (size_t i = 0; i < n; i++)
                if (!kept || items[kept - 1] != items[i])
                        items[kept++] = items[i];
        return kept;
}

void shared_index(struct shared *sh)
{
        size_t calls = 0, defs = 0;
        for (size_t i = 0; i < sh->count; i++) {
                calls += sh->files[i].summary.call_count;
                defs += sh->files[i].summary.def_count;
        }
        sh->calls = malloc((calls + 1) * sizeof *sh->calls);
        sh->defs = malloc((defs + 1) * sizeof *sh->defs);
        sh->call_count = sh->def_count = 0;
        if (!sh->calls || !sh->defs)
                abort();
        for (size_t i = 0; i < sh->count; i++) {
                const struct summary *y = &sh->files[i].summary;
                for (size_t k = 0; k < y->call_count; k++)
                        sh->calls[sh->call_count++] = y->calls[k] | i;
                for (size_t k = 0; k < y->def_count; k++)
                        sh->defs[sh->def_count++] = y->defs[k];
        }
        qsort(sh->calls, sh->call_count, sizeof *sh->calls, by_number);
        qsort(sh->defs, sh->def_count, sizeof *sh->defs, by_number);
        sh->def_count = unique(sh->defs, sh->def_count);
}

static size_t lower_bound(const uint64_t *items, size_t n, uint64_t h)
{
        size_t low = 0;
        while (n) {
                size_t half = n / 2;
                if (items[low + half] < h) {
                        low += half + 1;
                        n -= half + 1;
                } else {
                        n = half;
                }
        }
        return low;
}

bool is_defined(struct source *s, const char *name, size_t len)
{
        uint64_t h = name_hash(LOOK_DEFINED, name, len);
        const struct shared *sh = s->shared;
        depends_on_name(s, LOOK_DEFINED, name, len);
        size_t i = lower_bound(sh->defs, sh->def_count, h);
        return i < sh->def_count && sh->defs[i] == h;
}

size_t callers_from(const struct source *s, uint64_t hash)
{
        return lower_bound(s->shared->calls, s->shared->call_count, hash);
}

struct file *callers_at(const struct source *s, uint64_t hash, size_t at)
{
        const struct shared *sh = s->shared;
        return at < sh->call_count && (sh->calls[at] & ~(uint64_t)0xffffff) == hash ? s->files.items[sh->calls[at] & 0xffffff] : NULL;
}

/* ── Files ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* As another world read it, else from the disk, and then others may take it. */
static void load(struct source *s, struct file *f)
{
        struct shared_file *common = &s->shared->files[f->index];
        if (atomic_load_explicit(&common->state, memory_order_acquire)) {
                struct file mine = *f;
                *f = common->file;
                f->source = s;
                f->is_script = mine.is_script;
                f->is_parsed = false;
                f->scope = NULL;
                f->scopes = mine.scopes;
                f->items = NULL;
                f->parts = NULL;
                f->item_count = f->item_last = f->part_count = 0;
                f->pools_epoch = 0;
                return;
        }
        file_read(f);
        pthread_mutex_lock(&s->shared->lock);
        if (!atomic_load_explicit(&common->state, memory_order_relaxed)) {
                common->file = *f;
                atomic_store_explicit(&common->state, 1, memory_order_release);
        }
        pthread_mutex_unlock(&s->shared->lock);
}

void file_need(struct file *f)
{
        struct source *s = f->source;
        if (f->is_loaded)
                return;
        struct arena *arena = s->arena;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        s->arena = s->keep;
        if (!f->is_left_out)
                load(s, f);
        f->is_loaded = true;
        if (f->lang == LANG_PYTHON && !f->is_left_out)
                python_index(f);
        s->arena = arena;
}

/* ── Worlds ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct source *world_new(struct shared *shared, const struct source *walked)
{
        struct arena *keep = arena_new();
        struct source *w = arena_new_of(keep, struct source);
        struct python *p = arena_new_of(keep, struct python);
        struct file *files = arena_alloc(keep, (shared->count + 1) * sizeof *files);
        *w = *walked;
        w->shared = shared;
        w->keep = keep;
        w->arena = arena_new();
        w->scratch = arena_new();
        w->python = p;
        w->deps = arena_new_of(keep, struct deps);
        w->deps->stamps = arena_alloc(keep, (shared->count + 1) * sizeof *w->deps->stamps);
        w->files.items = arena_alloc(keep, (shared->count + 1) * sizeof *w->files.items);
        w->files.len = w->files.cap = shared->count;
        python_open(p, w);
        for (size_t i = 0; i < shared->count; i++) {
                files[i] = *walked->files.items[i];
                files[i].source = w;
                w->files.items[i] = &files[i];
                python_module(&files[i]);
        }
        return w;
}

struct source *world_free(struct source *w)
{
        if (!w)
                return NULL;
        arena_free(w->scratch);
        arena_free(w->arena);
        arena_free(w->keep);
        return NULL;
}

void focus_begin(struct source *w, struct file *f)
{
        w->focus = f;
        python_forget(w->python);
        unsigned epoch = w->deps->epoch + 1;
        *w->deps = (struct deps){.stamps = w->deps->stamps, .epoch = epoch, .paths = w->deps->paths};
        depends_on_file(w, f);
}

void focus_end(struct source *w)
{
        w->focus = NULL;
        *w->deps = (struct deps){.stamps = w->deps->stamps, .epoch = w->deps->epoch, .paths = w->deps->paths};
        arena_free(w->arena);
        w->arena = arena_new();
        python_forget(w->python);
}

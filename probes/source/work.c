#include "probes/source/work.h"
#include "base/build.h"
#include "base/sys.h"
#include "lib/syntax_memory.h"
#include "probes/source/cache.h"
#include "probes/source/facts.h"
#include "probes/source/python/orm_clause.h"
#include "probes/source/python/python.h"
#include "probes/source/world.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS_MAX = 8, PARALLEL_MIN_BYTES = 200000, PARALLEL_MIN_FILES = 12, WAIT_US = 500 };
enum phase { PHASE_WALK, PHASE_READ, PHASE_RELATE, PHASE_FIND, PHASE_DONE };

struct result {
        const char *bytes; /* of facts.c; NULL: not found yet */
        size_t len;
        bool cached;       /* as it was in the cache */
        const uint64_t *dep_files, *dep_names; /* what it depends on */
        size_t dep_file_count, dep_name_count;
};

struct worker {
        struct work *work;
        struct source *world;
        struct facts_writer writer;
        VEC(uint32_t) read;  /* files that it read: it has their index */
        size_t next;         /* of these, to find facts in */
        pthread_t thread;
        bool running;
};

struct work {
        struct source walked;      /* the walk's own world */
        struct shared *shared;
        struct source_cache *cache;
        struct db *db;             /* where the cache is kept, or NULL */
        struct worker workers[THREADS_MAX];
        int threads, threads_max;
        enum phase phase;
        bool is_walked;
        bool started;              /* the threads of this phase */
        uint32_t *order;           /* of reading: large files first, so that no thread ends late */
        size_t to_read;
        uint64_t *states;          /* by file, for the cache */
        int64_t settings;
        atomic_size_t next;        /* into order */
        atomic_uchar *taken;       /* by file, in PHASE_FIND */
        atomic_int busy;           /* threads at work besides the caller's */
        atomic_bool stop;
        struct result *results;
};

static int threads_of_machine(void)
{
        const char *given = getenv("PERFADVISE_THREADS");
        long n = given && atoi(given) > 0 ? atoi(given) : sysconf(_SC_NPROCESSORS_ONLN);
        return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (int)n;
}

struct work *work_new(const struct probe_target *target, int threads)
{
        static const char *none[] = {NULL};
        struct work *w = calloc(1, sizeof *w);
        if (!w)
                return NULL;
        w->walked = (struct source){.keep = arena_new(), .scratch = arena_new(), .roots = target->roots, .ignore = target->ignore ? target->ignore : none,
                                    .tests = target->tests, .overlay = target->overlay};
        w->walked.arena = w->walked.keep;
        w->threads_max = threads > 0 ? threads : threads_of_machine();
        w->db = target->cache;
        for (int i = 0; i < THREADS_MAX; i++)
                w->workers[i].work = w;
        return w;
}

static void stop_threads(struct work *w)
{
        atomic_store(&w->stop, true);
        for (int i = 0; i < THREADS_MAX; i++)
                if (w->workers[i].running)
                        pthread_join(w->workers[i].thread, NULL);
}

struct work *work_free(struct work *w)
{
        if (!w)
                return NULL;
        stop_threads(w);
        for (int i = 0; i < THREADS_MAX; i++) {
                facts_writer_release(&w->workers[i].writer);
                world_free(w->workers[i].world);
        }
        shared_free(w->shared);
        syntax_memory_done();
        free(w->order);
        free(w->taken);
        arena_free(w->walked.scratch);
        arena_free(w->walked.keep);
        free(w);
        return NULL;
}

/* ── One file ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool read_one(struct worker *k)
{
        struct work *w = k->work;
        size_t i = atomic_fetch_add(&w->next, 1);
        if (i >= w->to_read)
                return false;
        struct file *f = k->world->files.items[w->order[i]];
        file_need(f);
        python_summary(f, w->db != NULL, &w->shared->files[f->index].summary);
        *vec_push(k->world->keep, &k->read) = f->index;
        return true;
}

static void keep_deps(struct source *s, struct result *r)
{
        const struct deps *d = s->deps;
        uint64_t *files = arena_alloc(s->keep, (d->files.len + 1) * sizeof *files), *names = arena_alloc(s->keep, (d->name_count + 1) * sizeof *names);
        for (size_t i = 0; i < d->files.len; i++)
                files[i] = path_hash(s->files.items[d->files.items[i]]->root, s->files.items[d->files.items[i]]->path);
        for (size_t i = 0, n = 0; i < d->name_cap; i++)
                if (d->names[i])
                        names[n++] = d->names[i];
        r->dep_files = files;
        r->dep_file_count = d->files.len;
        r->dep_names = names;
        r->dep_name_count = d->name_count;
}

static void note_line(void *arg, const char *path, size_t len, int line)
{
        depends_on_line(arg, path, len, line);
}

static void analyse(struct worker *k, struct file *f)
{
        struct source *s = k->world;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        file_need(f);
        focus_begin(s, f);
        if (f->lang == LANG_PYTHON && f->node_count) {
                pools_find(f);
                sites_find(f);
                caches_find(f);
                statements_rest(f);
                orm_statements_find(f);
        }
        facts_writer_clear(&k->writer);
        k->writer.tells = note_line;
        k->writer.arg = s;
        emit_focus(s, &k->writer.sink);
        struct result *r = &k->work->results[f->index];
        r->len = k->writer.bytes.len;
        r->bytes = memcpy(arena_alloc(s->keep, r->len + 1), str_text(&k->writer.bytes), r->len);
        if (k->work->db)
                keep_deps(s, r);
        focus_end(s);
}

/* Its own files first: they are indexed in this world already. */
static bool find_one(struct worker *k)
{
        struct work *w = k->work;
        while (k->next < k->read.len + w->shared->count) {
                size_t i = k->next < k->read.len ? k->read.items[k->next] : k->next - k->read.len;
                k->next++;
                if (atomic_exchange(&w->taken[i], 1))
                        continue;
                analyse(k, k->world->files.items[i]);
                return true;
        }
        return false;
}

static bool do_one(struct worker *k)
{
        return k->work->phase == PHASE_READ ? read_one(k) : find_one(k);
}

/* ── Threads ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void need_world(struct worker *k)
{
        const struct work *w = k->work;
        if (k->world)
                return;
        k->world = world_new(w->shared, &w->walked);
        for (size_t i = 0; i < w->shared->count; i++)
                k->world->files.items[i]->is_script |= w->shared->files[i].is_script;
}

static void *thread_main(void *arg)
{
        struct worker *k = arg;
        need_world(k);
        while (!atomic_load_explicit(&k->work->stop, memory_order_relaxed) && do_one(k))
                ;
        syntax_memory_done();
        atomic_fetch_sub(&k->work->busy, 1);
        return NULL;
}

static void start(struct work *w)
{
        w->started = true;
        need_world(&w->workers[0]);
        for (int i = 1; i < w->threads; i++) {
                atomic_fetch_add(&w->busy, 1);
                w->workers[i].running = pthread_create(&w->workers[i].thread, NULL, thread_main, &w->workers[i]) == 0;
                if (!w->workers[i].running)
                        atomic_fetch_sub(&w->busy, 1); /* the others do its part */
        }
}

static void join(struct work *w)
{
        for (int i = 1; i < w->threads; i++)
                if (w->workers[i].running)
                        pthread_join(w->workers[i].thread, NULL);
        for (int i = 1; i < w->threads; i++)
                w->workers[i].running = false;
        w->started = false;
}

/* The caller's slice; true when all of the phase is done. */
static bool run_phase(struct work *w, int64_t until_us)
{
        if (!w->started)
                start(w);
        while (sys.monotonic_us() < until_us)
                if (!do_one(&w->workers[0])) {
                        if (atomic_load(&w->busy)) {
                                usleep(WAIT_US);
                                return false;
                        }
                        join(w);
                        return true;
                }
        return false;
}

/* ── All of it ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int by_size(const void *a, const void *b, void *arg)
{
        const struct source *sorted = arg;
        const struct file *x = sorted->files.items[*(const uint32_t *)a], *y = sorted->files.items[*(const uint32_t *)b];
        return x->size != y->size ? (x->size < y->size) - (x->size > y->size) : (x->index > y->index) - (x->index < y->index);
}

static void choose_threads(struct work *w, bool much)
{
        w->threads = much || getenv("PERFADVISE_THREADS") ? w->threads_max : 1;
}

static void prepare(struct work *w)
{
        if (!w->is_walked)
                walk_tree(&w->walked);
        size_t n = w->walked.files.len;
        for (size_t i = 0; i < n; i++)
                w->walked.files.items[i]->index = (uint32_t)i;
        w->shared = shared_new(&w->walked);
        w->order = malloc((n + 1) * sizeof *w->order);
        w->taken = calloc(n + 1, sizeof *w->taken);
        w->results = arena_alloc(w->walked.keep, (n + 1) * sizeof *w->results);
        w->states = arena_alloc(w->walked.keep, (n + 1) * sizeof *w->states);
        if (!w->order || !w->taken)
                abort();
        w->cache = cache_load(w->walked.keep, w->db, &w->walked);
        w->shared->db = *build_id() && !w->cache->fresh ? w->db : NULL;
        int64_t bytes = 0;
        for (size_t i = 0; i < n; i++) {
                if (w->cache->files[i].same) {
                        w->shared->files[i].summary = w->cache->files[i].summary;
                        continue;
                }
                w->order[w->to_read++] = (uint32_t)i;
                bytes += w->walked.files.items[i]->is_left_out ? 0 : w->walked.files.items[i]->size;
        }
        if (w->to_read)
                qsort_r(w->order, w->to_read, sizeof *w->order, by_size, &w->walked);
        choose_threads(w, bytes >= PARALLEL_MIN_BYTES);
        kinds_prepare();
        library_prepare();
        need_world(&w->workers[0]);
}

static void note_pooler(struct source *s, struct file *f)
{
        if (f->lang != LANG_INI || !config_has_prefix(f, "pgbouncer"))
                return;
        const struct entry *port = config_get(f, "pgbouncer.listen_port"), *mode = config_get(f, "pgbouncer.pool_mode");
        s->pgbouncer_port = port ? atoi(port->value) : 6432;
        s->pgbouncer_mode = mode ? mode->value : "session";
}

/* What concerns more than one file, once all are known: by one thread, in its own world. */
static void relate(struct work *w)
{
        struct source *s = w->workers[0].world;
        shared_index(w->shared);
        for (size_t i = 0; i < s->files.len; i++)
                note_pooler(s, s->files.items[i]);
        programs_find(s);
        w->walked.pgbouncer_port = s->pgbouncer_port; /* of worlds to come */
        w->walked.pgbouncer_mode = s->pgbouncer_mode;
        for (int t = 0; t < THREADS_MAX; t++) {
                struct source *other = w->workers[t].world;
                if (!other)
                        continue;
                other->pgbouncer_port = s->pgbouncer_port;
                other->pgbouncer_mode = s->pgbouncer_mode;
                for (size_t i = 0; i < s->files.len; i++)
                        other->files.items[i]->is_script = w->shared->files[i].is_script;
        }
}

/* What the facts of a file follow from, besides what they note themselves. */
static uint64_t state_of(const struct work *w, size_t i)
{
        const struct shared_file *f = &w->shared->files[i];
        CLEANUP(str_release) struct str text = {0};
        const char *sha = w->cache->files[i].same ? w->cache->files[i].sha256 : f->file.sha256;
        str_printf(&text, "%s %d %s %s", sha, f->is_script, f->programs ? f->programs : "", f->only_program ? f->only_program : "");
        return table_hash(str_text(&text), text.len);
}

/* Takes from the cache what holds. */
static void judge(struct work *w)
{
        size_t n = w->shared->count, left = 0;
        bool *valid = arena_alloc(w->walked.keep, n + 1);
        const char *mode = w->walked.pgbouncer_mode ? w->walked.pgbouncer_mode : "";
        w->settings = (int64_t)(table_hash(mode, strlen(mode)) ^ (uint64_t)w->walked.pgbouncer_port);
        for (size_t i = 0; i < n; i++)
                w->states[i] = state_of(w, i);
        cache_judge(w->cache, w->shared, w->states, w->settings, valid);
        for (size_t i = 0; i < n; i++) {
                const struct cache_file *c = &w->cache->files[i];
                left += !valid[i];
                if (!valid[i])
                        continue;
                atomic_store(&w->taken[i], 1);
                w->results[i] = (struct result){.bytes = c->facts, .len = c->facts_len, .cached = true, .dep_files = c->dep_files, .dep_file_count = c->dep_file_count,
                                                .dep_names = c->dep_names, .dep_name_count = c->dep_name_count};
        }
        choose_threads(w, left >= PARALLEL_MIN_FILES);
}

bool work_step(struct work *w, int64_t until_us)
{
        switch (w->phase) {
        case PHASE_WALK:
                prepare(w);
                w->phase = PHASE_READ;
                break;
        case PHASE_READ:
                if (run_phase(w, until_us))
                        w->phase = PHASE_RELATE;
                break;
        case PHASE_RELATE:
                relate(w);
                judge(w);
                w->phase = PHASE_FIND;
                break;
        case PHASE_FIND:
                if (run_phase(w, until_us))
                        w->phase = PHASE_DONE;
                break;
        case PHASE_DONE:
                break;
        }
        return w->phase == PHASE_DONE;
}

static void say(struct sink *k, const char *fact, size_t n, const char *none)
{
        k->status(k->arg, fact, n ? FACT_OK : FACT_EMPTY, n ? NULL : none, NULL);
}

static void emit_statuses(const struct source *s, const struct facts_counts *n, size_t programs, struct sink *k)
{
        const char *limited = s->incomplete ? "the tree has more files than one analysis takes" : NULL;
        if (s->skipped)
                limited = arena_printf(s->scratch, "%zu could not be read, the first: %s", s->skipped, s->skipped_why);
        if (s->packages_left_out)
                limited = arena_printf(s->scratch, "%s%sinstalled packages are left out (folders with .dist-info): %zu, the first: %s", limited ? limited : "", limited ? "; " : "",
                                       s->packages_left_out, s->packages_at);
        if (!s->files.len && s->skipped) {
                k->status(k->arg, "code_file", FACT_DENIED, limited, "let the user that runs perfadvise read the sources");
                return;
        }
        k->status(k->arg, "code_file", s->files.len ? FACT_OK : FACT_EMPTY, s->files.len ? limited : "no source files below the roots", NULL);
        say(k, "code_pool", n->pools, "no pool of a known library is made in this tree");
        say(k, "code_value", n->pools, "no pool of a known library is made in this tree");
        say(k, "code_cache", n->caches, "no cache of a known kind in this tree");
        say(k, "code_site", n->sites, "no calls of known libraries in this tree");
        say(k, "code_statement", n->statements, "no SQL text in this tree");
        say(k, "code_table", n->tables, "no model, migration or SQL file in this tree says which tables there are");
        say(k, "code_column", n->tables, "no model, migration or SQL file in this tree says which tables there are");
        say(k, "code_ddl", n->ddl, "no migration in this tree");
        say(k, "code_relationship", n->relationships, "no model in this tree refers to another");
        say(k, "code_setting", n->settings, "no settings of servers or job queues in this tree");
        say(k, "code_program", programs, "no supervisor file in this tree says what runs");
}

void work_emit(struct work *w, struct sink *sink)
{
        struct source *s = w->workers[0].world;
        struct facts_counts counts = {0};
        int64_t base = 0;
        for (size_t i = 0; i < w->shared->count; i++)
                facts_replay(w->results[i].bytes, w->results[i].len, sink, &base, &counts);
        emit_programs(s, sink);
        emit_statuses(&w->walked, &counts, s->programs.len, sink);
}

void work_save(struct work *w)
{
        size_t n = 0;
        struct cache_row *rows = w->db ? malloc((w->shared->count + 1) * sizeof *rows) : NULL;
        for (size_t i = 0; rows && i < w->shared->count; i++) {
                const struct result *r = &w->results[i];
                const struct cache_file *c = &w->cache->files[i];
                if (r->cached && !c->moved)
                        continue;
                rows[n++] = (struct cache_row){.file = &w->shared->files[i].file, .sha256 = c->same ? c->sha256 : w->shared->files[i].file.sha256,
                                               .state = w->states[i], .summary = &w->shared->files[i].summary, .dep_files = r->dep_files,
                                               .dep_file_count = r->dep_file_count, .dep_names = r->dep_names, .dep_name_count = r->dep_name_count,
                                               .facts = r->bytes, .facts_len = r->len};
        }
        if (rows)
                cache_save(w->cache, w->shared, rows, n, w->settings);
        free(rows);
}

bool work_signature(const struct probe_target *target, char tree[65], char signature[65], struct work **ret_walked)
{
        struct work *w = work_new(target, 0);
        if (!w)
                return false;
        walk_tree(&w->walked);
        w->is_walked = true;
        cache_tree_name(&w->walked, tree);
        bool settled = cache_signature(&w->walked, signature);
        *ret_walked = w;
        return settled;
}

void work_go_on(struct work *w, struct db *cache)
{
        w->db = cache;
}

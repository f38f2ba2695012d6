#include "probes/source/cache.h"
#include "base/build.h"
#include "base/fs.h"
#include "base/sys.h"
#include "lib/digest.h"
#include "lib/sqlite.h"
#include "probes/source/facts.h"
#include "probes/source/parsed.h"
#include "probes/source/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RACY_NS = 50000000, TREES_MAX = 8 };

static const char *row_path(struct arena *a, uint32_t root, const char *path)
{
        return arena_printf(a, "%u:%s", root, path);
}

void cache_tree_name(const struct source *walked, char ret[65])
{
        CLEANUP(str_release) struct str text = {0};
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(walked->scratch);
        for (const char **root = walked->roots; root && *root; root++) {
                const char *real = fs_realpath(walked->scratch, *root);
                str_printf(&text, "root %s\n", real ? real : *root);
        }
        for (const char **g = walked->ignore; g && *g; g++)
                str_printf(&text, "ignore %s\n", *g);
        str_printf(&text, "tests %d\n", walked->tests);
        digest_sha256(str_text(&text), text.len, ret);
}

bool cache_signature(const struct source *walked, char ret[65])
{
        CLEANUP(str_release) struct str text = {0};
        int64_t newest = 0;
        for (size_t i = 0; i < walked->files.len; i++) {
                const struct file *f = walked->files.items[i];
                const uint64_t numbers[] = {path_hash(f->root, f->path), (uint64_t)f->size, (uint64_t)f->mtime_ns, (uint64_t)f->ctime_ns, f->inode};
                str_add_len(&text, numbers, sizeof numbers);
                newest = f->ctime_ns > newest ? f->ctime_ns : newest;
                newest = f->mtime_ns > newest ? f->mtime_ns : newest;
        }
        str_printf(&text, "skipped %zu %s incomplete %d", walked->skipped, walked->skipped_why ? walked->skipped_why : "", walked->incomplete);
        digest_sha256(str_text(&text), text.len, ret);
        return newest < sys.realtime_us() * 1000 - RACY_NS;
}

/* ── Blobs ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void add_numbers(struct str *out, const uint64_t *items, size_t n)
{
        uint64_t len = n;
        str_add_len(out, &len, sizeof len);
        if (n)
                str_add_len(out, items, n * sizeof *items);
}

static bool take_numbers(const char **at, const char *end, const uint64_t **ret, size_t *ret_n)
{
        uint64_t n;
        if ((size_t)(end - *at) < sizeof n)
                return false;
        memcpy(&n, *at, sizeof n);
        *at += sizeof n;
        if ((uint64_t)(end - *at) / sizeof **ret < n)
                return false;
        *ret = (const uint64_t *)*at;
        *ret_n = n;
        *at += n * sizeof **ret;
        return true;
}

static void write_summary(struct str *out, const struct summary *y)
{
        add_numbers(out, y->calls, y->call_count);
        add_numbers(out, y->defs, y->def_count);
        add_numbers(out, (const uint64_t *)y->marks, y->mark_count * 2);
        add_numbers(out, (const uint64_t *)y->items, y->item_count * 2);
        add_numbers(out, (const uint64_t *)y->places, y->place_count * 2);
        str_add_char(out, y->cli ? 1 : 0);
        if (y->imports_len)
                str_add_len(out, y->imports, y->imports_len);
}

static bool take_marks(const char **at, const char *end, struct mark **ret, size_t *ret_n)
{
        const uint64_t *numbers;
        if (!take_numbers(at, end, &numbers, ret_n) || *ret_n % 2)
                return false;
        *ret = (struct mark *)numbers;
        *ret_n /= 2;
        return true;
}

static bool read_summary(const char *at, size_t len, struct summary *y)
{
        const char *end = at + len;
        const uint64_t *calls, *defs;
        if (!take_numbers(&at, end, &calls, &y->call_count) || !take_numbers(&at, end, &defs, &y->def_count) || !take_marks(&at, end, &y->marks, &y->mark_count) ||
            !take_marks(&at, end, &y->items, &y->item_count) || !take_marks(&at, end, &y->places, &y->place_count) || at == end)
                return false;
        y->calls = (uint64_t *)calls;
        y->defs = (uint64_t *)defs;
        y->cli = *at++;
        y->imports = at;
        y->imports_len = (size_t)(end - at);
        y->known = true;
        return !y->imports_len || !end[-1];
}

static uint64_t check_of(const char *path, uint64_t state, const void *summary, size_t a, const void *deps, size_t b, const void *facts, size_t c)
{
        uint64_t h = table_hash(path, strlen(path)) ^ state;
        h = h * 31 + table_hash(summary, a);
        h = h * 31 + table_hash(deps, b);
        return h * 31 + table_hash(facts, c);
}

/* ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const void *blob(struct arena *a, struct stmt *st, int column, size_t *ret_len)
{
        const void *bytes = stmt_blob(st, column, ret_len);
        void *copy = arena_alloc(a, *ret_len + 1);
        return *ret_len ? memcpy(copy, bytes, *ret_len) : copy;
}

static bool read_row(struct source_cache *c, struct stmt *st, struct cache_file *f)
{
        size_t summary_len, deps_len;
        const char *path = stmt_text(st, 0), *sha = stmt_text(st, 5);
        f->state = (uint64_t)stmt_int(st, 6);
        const char *summary = blob(c->arena, st, 7, &summary_len), *deps = blob(c->arena, st, 8, &deps_len), *end = deps + deps_len;
        f->facts = blob(c->arena, st, 9, &f->facts_len);
        uint64_t checked = check_of(path ? path : "", f->state, summary, summary_len, deps, deps_len, f->facts, f->facts_len);
        if (!path || !sha || checked != (uint64_t)stmt_int(st, 10) || !read_summary(summary, summary_len, &f->summary) ||
            !take_numbers(&deps, end, &f->dep_files, &f->dep_file_count) || !take_numbers(&deps, end, &f->dep_names, &f->dep_name_count))
                return false;
        f->sha256 = arena_strdup(c->arena, sha);
        f->present = true;
        return true;
}

static bool same_content(const struct file *f, const char *sha256)
{
        char now[65];
        char *bytes;
        size_t len;
        struct arena *a = arena_new();
        bool same = fs_read(a, f->abs, FILE_BYTES_MAX, &bytes, &len, NULL) == 0;
        if (same) {
                digest_sha256(bytes, len, now);
                same = !strcmp(now, sha256);
        }
        arena_free(a);
        return same;
}

static void take_row(struct source_cache *c, struct stmt *st, const struct source *walked, const struct table *numbers)
{
        const char *path = stmt_text(st, 0);
        struct file *f = path ? table_get(numbers, path, strlen(path)) : NULL;
        struct cache_file row = {0};
        if (!path || !read_row(c, st, &row))
                return;
        if (!f) {
                *vec_push(c->arena, &c->gone) = row;
                *vec_push(c->arena, &c->gone_paths) = arena_strdup(c->arena, path);
                return;
        }
        bool still = stmt_int(st, 1) == f->size && stmt_int(st, 2) == f->mtime_ns && stmt_int(st, 3) == f->ctime_ns && (uint64_t)stmt_int(st, 4) == f->inode;
        row.same = still || (*row.sha256 && f->size <= FILE_BYTES_MAX && same_content(f, row.sha256));
        row.moved = !still;
        c->files[f->index] = row;
        (void)walked;
}

static bool build_is_ours(struct source_cache *c)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (!c->db || !*build_id() || stmt_prepare(c->db, "SELECT build, settings FROM source_tree WHERE tree=?", &st, NULL) < 0)
                return false;
        stmt_bind_text(st, 1, c->tree);
        if (stmt_step(st, NULL) != 1 || !stmt_text(st, 0) || strcmp(stmt_text(st, 0), build_id()))
                return false;
        c->settings = stmt_int(st, 1);
        return true;
}

struct source_cache *cache_load(struct arena *a, struct db *db, const struct source *walked)
{
        struct source_cache *c = arena_new_of(a, struct source_cache);
        *c = (struct source_cache){.db = db, .arena = a, .count = walked->files.len, .fresh = true};
        c->files = arena_alloc(a, (c->count + 1) * sizeof *c->files);
        cache_tree_name(walked, c->tree);
        if (!build_is_ours(c))
                return c;
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (stmt_prepare(db, "SELECT path, size, mtime_ns, ctime_ns, inode, sha256, state, summary, deps, facts, checked FROM source_file WHERE tree=?", &st, NULL) < 0)
                return c;
        struct table numbers = {.arena = a};
        for (size_t i = 0; i < c->count; i++) {
                const char *path = row_path(a, walked->files.items[i]->root, walked->files.items[i]->path);
                *table_put(&numbers, path, strlen(path)) = walked->files.items[i];
        }
        c->fresh = false;
        stmt_bind_text(st, 1, c->tree);
        int r;
        while ((r = stmt_step(st, NULL)) == 1)
                take_row(c, st, walked, &numbers);
        if (r < 0) { /* a damaged file: what came before it may be wrong as well */
                memset(c->files, 0, c->count * sizeof *c->files);
                c->gone.len = c->gone_paths.len = 0;
                c->fresh = true;
        }
        return c;
}

bool cache_tree(struct file *f)
{
        struct shared *sh = f->source->shared;
        if (!sh || !sh->db)
                return false;
        pthread_mutex_lock(&sh->lock);
        bool found = false;
        {
                CLEANUP(stmt_free) struct stmt *st = NULL;
                size_t len;
                if (stmt_prepare(sh->db, "SELECT body FROM source_parsed WHERE sha256=? AND build=?", &st, NULL) == 0) {
                        stmt_bind_text(st, 1, f->sha256);
                        stmt_bind_text(st, 2, build_id());
                        if (stmt_step(st, NULL) == 1) {
                                const void *body = stmt_blob(st, 0, &len);
                                found = parsed_read(f, body, len);
                        }
                }
        }
        pthread_mutex_unlock(&sh->lock);
        return found;
}

/* ── What still holds ──────────────────────────────────────────────────────────────────────────────────────────────── */

static int by_number(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
        return (x > y) - (x < y);
}

static bool has(const uint64_t *items, size_t n, uint64_t x)
{
        return n && bsearch(&x, items, n, sizeof *items, by_number);
}

struct changes {
        struct arena *arena;
        VEC(uint64_t) files, names;
        bool everything;
};

static void add_names(struct changes *c, const uint64_t *names, size_t n)
{
        for (size_t i = 0; i < n; i++)
                *vec_push(c->arena, &c->names) = names[i];
}

/* Names that are in one of two sorted lists. */
static void add_toggled(struct changes *c, const struct summary *x, const struct summary *y)
{
        for (size_t i = 0; i < x->def_count; i++)
                if (!has(y->defs, y->def_count, x->defs[i]))
                        *vec_push(c->arena, &c->names) = x->defs[i];
}

struct marks {
        const struct mark *items;
        size_t len;
};

/* What does not stand in `y` as it does in `x`. */
static void add_missing(struct changes *c, struct marks x, struct marks y, bool by_value)
{
        size_t k = 0;
        for (size_t i = 0; i < x.len; i++) {
                while (k < y.len && y.items[k].key < x.items[i].key)
                        k++;
                if (k == y.len || y.items[k].key != x.items[i].key || (by_value && y.items[k].value != x.items[i].value))
                        *vec_push(c->arena, &c->names) = x.items[i].key;
        }
}

static int by_value(const void *a, const void *b)
{
        const struct mark *x = a, *y = b;
        return (x->value > y->value) - (x->value < y->value);
}

/* Those that are in both lists come in the same order. */
static bool same_order(struct arena *a, struct marks x, struct marks y)
{
        VEC(struct mark) both = {0}; /* place in x as value, place in y as key */
        for (size_t i = 0, k = 0; i < x.len; i++) {
                while (k < y.len && y.items[k].key < x.items[i].key)
                        k++;
                if (k < y.len && y.items[k].key == x.items[i].key)
                        *vec_push(a, &both) = (struct mark){y.items[k].value, x.items[i].value};
        }
        if (both.len)
                qsort(both.items, both.len, sizeof *both.items, by_value);
        for (size_t i = 1; i < both.len; i++)
                if (both.items[i].key < both.items[i - 1].key)
                        return false;
        return true;
}

/* Statements that others looked at concern them when they are other ones; the rest of them when they changed places. */
static void add_moved(struct changes *c, const struct summary *x, const struct summary *y)
{
        static const struct marks none;
        struct marks old = {x->items, x->item_count}, new = {y->items, y->item_count};
        bool same = same_order(c->arena, old, new);
        add_missing(c, old, same ? new : none, false);
        add_missing(c, new, same ? old : none, false);
        add_missing(c, (struct marks){x->marks, x->mark_count}, (struct marks){y->marks, y->mark_count}, true);
        add_missing(c, (struct marks){y->marks, y->mark_count}, (struct marks){x->marks, x->mark_count}, true);
        add_missing(c, (struct marks){x->places, x->place_count}, (struct marks){y->places, y->place_count}, false);
        add_missing(c, (struct marks){y->places, y->place_count}, (struct marks){x->places, x->place_count}, false);
}

/* A path that appeared or went away changes what is found by its last name. */
static void add_path(struct changes *c, const char *path)
{
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
        *vec_push(c->arena, &c->names) = name_hash(LOOK_PATH, name, strlen(name));
        c->everything |= !strcmp(name, "__init__.py");
        if (dot)
                *vec_push(c->arena, &c->names) = name_hash(LOOK_MODULE, name, (size_t)(dot - name));
}

static void add_file(struct changes *c, const struct source_cache *cache, const struct shared *sh, size_t i, uint64_t state)
{
        const struct cache_file *old = &cache->files[i];
        const struct shared_file *new = &sh->files[i];
        static const struct summary none = {0};
        const struct summary *before = old->present ? &old->summary : &none;
        *vec_push(c->arena, &c->files) = path_hash(new->file.root, new->file.path);
        add_moved(c, before, &new->summary);
        add_toggled(c, before, &new->summary);
        add_toggled(c, &new->summary, before);
        if (!old->present || old->state != state) /* what it counts as, too: a script, a program's */
                *vec_push(c->arena, &c->names) = name_in_file(&new->file, "?", 1);
        if (!old->present)
                add_path(c, new->file.path);
        if (new->file.lang != LANG_PYTHON)
                *vec_push(c->arena, &c->names) = name_hash(LOOK_ENVIRONMENT, "", 0);
}

static void add_gone(struct changes *c, const struct source_cache *cache, size_t i)
{
        const struct cache_file *old = &cache->gone.items[i];
        const char *path = strchr(cache->gone_paths.items[i], ':');
        *vec_push(c->arena, &c->files) = path_hash((uint32_t)atoi(cache->gone_paths.items[i]), path ? path + 1 : "");
        static const struct summary none = {0};
        add_moved(c, &old->summary, &none);
        add_names(c, old->summary.defs, old->summary.def_count);
        add_path(c, path ? path + 1 : "");
        *vec_push(c->arena, &c->names) = name_hash(LOOK_ENVIRONMENT, "", 0);
}

static bool holds(const struct changes *c, const struct cache_file *f)
{
        for (size_t i = 0; i < f->dep_file_count; i++)
                if (has(c->files.items, c->files.len, f->dep_files[i]))
                        return false;
        for (size_t i = 0; i < f->dep_name_count; i++)
                if (has(c->names.items, c->names.len, f->dep_names[i]))
                        return false;
        return true;
}

void cache_judge(struct source_cache *c, const struct shared *sh, const uint64_t *states, int64_t settings, bool *ret_valid)
{
        struct changes changes = {.arena = c->arena, .everything = c->fresh || settings != c->settings};
        for (size_t i = 0; i < c->count; i++) {
                ret_valid[i] = c->files[i].present && c->files[i].same && c->files[i].state == states[i];
                if (!ret_valid[i])
                        add_file(&changes, c, sh, i, states[i]);
        }
        for (size_t i = 0; i < c->gone.len; i++)
                add_gone(&changes, c, i);
        if (changes.files.len)
                qsort(changes.files.items, changes.files.len, sizeof *changes.files.items, by_number);
        if (changes.names.len)
                qsort(changes.names.items, changes.names.len, sizeof *changes.names.items, by_number);
        for (size_t i = 0; i < c->count; i++)
                ret_valid[i] = ret_valid[i] && !changes.everything && (!changes.files.len || holds(&changes, &c->files[i]));
}

/* ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* A file that changed just now may change again without its times telling: its row says so by a size that no file has. */
static int64_t size_for_row(const struct file *f, int64_t now_ns)
{
        return f->ctime_ns > now_ns - RACY_NS || f->mtime_ns > now_ns - RACY_NS ? -1 : f->size;
}

static bool write_tree_of(struct stmt *st, const struct file *f)
{
        CLEANUP(str_release) struct str body = {0};
        parsed_write(f, &body);
        stmt_bind_text(st, 1, f->sha256);
        stmt_bind_text(st, 2, build_id());
        stmt_bind_blob(st, 3, str_text(&body), body.len);
        return stmt_step(st, NULL) >= 0;
}

/* Those that were parsed in this run. */
static bool write_trees(struct source_cache *c, const struct shared *sh)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (stmt_prepare(c->db, "INSERT OR REPLACE INTO source_parsed VALUES (?,?,?)", &st, NULL) < 0)
                return false;
        for (size_t i = 0; i < sh->count; i++)
                if (sh->files[i].file.is_parsed && !write_tree_of(st, &sh->files[i].file))
                        return false;
        return true;
}

static bool write_row(struct source_cache *c, struct stmt *st, const struct cache_row *row, int64_t now_ns)
{
        const struct file *f = row->file;
        CLEANUP(str_release) struct str summary = {0}, deps = {0};
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(c->arena);
        const char *path = row_path(c->arena, f->root, f->path);
        write_summary(&summary, row->summary);
        add_numbers(&deps, row->dep_files, row->dep_file_count);
        add_numbers(&deps, row->dep_names, row->dep_name_count);
        stmt_bind_text(st, 1, c->tree);
        stmt_bind_text(st, 2, path);
        const int64_t numbers[] = {size_for_row(f, now_ns), f->mtime_ns, f->ctime_ns, (int64_t)f->inode};
        for (int i = 0; i < 4; i++)
                stmt_bind_int(st, 3 + i, numbers[i]);
        stmt_bind_text(st, 7, row->sha256);
        stmt_bind_int(st, 8, (int64_t)row->state);
        stmt_bind_blob(st, 9, str_text(&summary), summary.len);
        stmt_bind_blob(st, 10, str_text(&deps), deps.len);
        stmt_bind_blob(st, 11, row->facts, row->facts_len);
        stmt_bind_int(st, 12, (int64_t)check_of(path, row->state, str_text(&summary), summary.len, str_text(&deps), deps.len, row->facts, row->facts_len));
        return stmt_step(st, NULL) >= 0;
}

static bool forget(struct source_cache *c)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (stmt_prepare(c->db, "DELETE FROM source_file WHERE tree=? AND (?2 IS NULL OR path=?2)", &st, NULL) < 0)
                return false;
        stmt_bind_text(st, 1, c->tree);
        if (c->fresh)
                return stmt_step(st, NULL) >= 0;
        for (size_t i = 0; i < c->gone_paths.len; i++) {
                stmt_bind_text(st, 2, c->gone_paths.items[i]);
                if (stmt_step(st, NULL) < 0)
                        return false;
        }
        return true;
}

static bool write_tree(struct source_cache *c, int64_t settings)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (stmt_prepare(c->db, "INSERT OR REPLACE INTO source_tree VALUES (?,?,?,?)", &st, NULL) < 0)
                return false;
        stmt_bind_text(st, 1, c->tree);
        stmt_bind_text(st, 2, build_id());
        stmt_bind_int(st, 3, settings);
        stmt_bind_int(st, 4, sys.realtime_us());
        return stmt_step(st, NULL) >= 0;
}

/* Trees that nobody asked for lately, and those of other builds. */
static bool prune(struct source_cache *c)
{
        char sql[500];
        snprintf(sql, sizeof sql,
                 "DELETE FROM source_tree WHERE tree NOT IN (SELECT tree FROM source_tree ORDER BY used_us DESC LIMIT %d);"
                 "DELETE FROM source_file WHERE tree NOT IN (SELECT tree FROM source_tree);"
                 "DELETE FROM source_result WHERE tree NOT IN (SELECT tree FROM source_tree);"
                 "DELETE FROM source_parsed WHERE sha256 NOT IN (SELECT sha256 FROM source_file);",
                 TREES_MAX);
        return db_exec(c->db, sql, NULL) >= 0;
}

static bool write_rows(struct source_cache *c, const struct cache_row *rows, size_t n)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int64_t now_ns = sys.realtime_us() * 1000;
        if (stmt_prepare(c->db, "INSERT OR REPLACE INTO source_file VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", &st, NULL) < 0)
                return false;
        for (size_t i = 0; i < n; i++)
                if (!write_row(c, st, &rows[i], now_ns))
                        return false;
        return true;
}

bool cache_save(struct source_cache *c, const struct shared *sh, const struct cache_row *rows, size_t n, int64_t settings)
{
        if (!c->db || !*build_id() || (!n && !c->gone.len && !c->fresh))
                return c->db;
        if (db_exec(c->db, "BEGIN IMMEDIATE", NULL) < 0)
                return false;
        bool done = forget(c) && write_rows(c, rows, n) && write_trees(c, sh) && write_tree(c, settings) && (!c->fresh || prune(c)) && db_exec(c->db, "COMMIT", NULL) >= 0;
        if (!done)
                db_exec(c->db, "ROLLBACK", NULL);
        return done;
}

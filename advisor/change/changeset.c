/*
 * Making a change-set: order by phase, refuse collisions, read the files as they are, write the folder whole or not at all
 * (under a temporary name, renamed when all of it is on disk).
 */
#include "change/changeset.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/sys.h"
#include "change/edit.h"
#include "change/unified.h"
#include "lib/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef PERFADVISE_VERSION
#define PERFADVISE_VERSION "dev"
#endif

/* What the files hold, beside set->files. */
struct content {
        char *before, *after;
        size_t before_len, after_len;
};

struct maker {
        struct arena *arena;
        struct changeset *set;
        struct change_ref *refs;
        size_t ref_count;
        struct content *contents;
        const char *dir; /* under its temporary name */
        struct err *err;
};

struct sortable {
        struct change_ref ref;
        size_t index;
};

static int by_phase(const void *va, const void *vb)
{
        const struct sortable *a = va, *b = vb;
        int pa = (int)a->ref.change->phase, pb = (int)b->ref.change->phase;
        return pa != pb ? pa - pb : a->index < b->index ? -1 : a->index > b->index;
}

size_t changeset_order(struct arena *a, const struct recommendation *recs, size_t n, struct change_ref **ret_refs)
{
        VEC(struct sortable) all = {0};
        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < recs[i].changes.len; k++) {
                        size_t index = all.len;
                        *vec_push(a, &all) = (struct sortable){{&recs[i], &recs[i].changes.items[k]}, index};
                }
        if (all.len)
                qsort(all.items, all.len, sizeof *all.items, by_phase);
        struct change_ref *refs = arena_alloc(a, (all.len + 1) * sizeof *refs);
        for (size_t i = 0; i < all.len; i++)
                refs[i] = all.items[i].ref;
        *ret_refs = refs;
        return all.len;
}

static int by_knob(const void *x, const void *y)
{
        const struct change_ref *a = *(const struct change_ref *const *)x, *b = *(const struct change_ref *const *)y;
        int c = strcmp(a->change->knob, b->change->knob);
        return c ? c : (a > b) - (a < b);
}

static int check_knobs(struct maker *m)
{
        for (size_t i = 0; i < m->ref_count; i++) {
                const char *knob = m->refs[i].change->knob;
                if (!knob)
                        return err_set(m->err, ERR_REFUSED, "a change of '%s' names no knob", m->refs[i].rec->title);
        }
        const struct change_ref **sorted = arena_alloc(m->arena, (m->ref_count + 1) * sizeof *sorted);
        for (size_t i = 0; i < m->ref_count; i++)
                sorted[i] = &m->refs[i];
        qsort(sorted, m->ref_count, sizeof *sorted, by_knob);
        for (size_t i = 1; i < m->ref_count; i++)
                if (!strcmp(sorted[i]->change->knob, sorted[i - 1]->change->knob))
                        return err_set(m->err, ERR_REFUSED, "two recommendations turn %s: '%s' and '%s'", sorted[i]->change->knob, sorted[i - 1]->rec->title,
                                       sorted[i]->rec->title);
        return 0;
}

const struct planned_file *changeset_file(const struct changeset *set, const char *path)
{
        for (size_t i = 0; i < set->files.len; i++)
                if (!strcmp(set->files.items[i].path, path))
                        return &set->files.items[i];
        return NULL;
}

const char *changeset_file_name(struct arena *a, size_t i, const char *path)
{
        return arena_printf(a, "%02zu.%.200s", i + 1, fs_basename(path));
}

static int read_file(struct maker *m, const char *path, struct content *ret)
{
        struct stat st;
        struct planned_file f = {.path = path};
        if (m->set->files.len == CHANGESET_FILES_MAX)
                return err_set(m->err, ERR_RANGE, "more than %d files in one change-set", CHANGESET_FILES_MAX);
        if (stat(path, &st) == 0) {
                char hex[DIGEST_HEX];
                int r = fs_read(m->arena, path, CHANGESET_FILE_MAX, &ret->before, &ret->before_len, m->err);
                if (r < 0)
                        return r;
                digest_sha256(ret->before, ret->before_len, hex);
                f = (struct planned_file){.path = path, .exists = true, .sha256 = arena_strdup(m->arena, hex), .size_bytes = (int64_t)ret->before_len,
                                          .mode = st.st_mode & 07777, .uid = st.st_uid, .gid = st.st_gid};
        } else if (errno != ENOENT) {
                return err_errno(m->err, ERR_IO, "cannot read '%s'", path);
        }
        *vec_push(m->arena, &m->set->files) = f;
        return 0;
}

/* All changes of one file at once: their edits compose, a whole file stands alone. */
static int compose(struct maker *m, const char *path, struct content *c)
{
        VEC(struct edit) edits = {0};
        const struct change *whole = NULL;
        for (size_t i = 0; i < m->ref_count; i++) {
                const struct change *change = m->refs[i].change;
                if (!change->path || strcmp(change->path, path))
                        continue;
                if (change_writes_file(change->kind)) {
                        if (whole || edits.len)
                                return err_set(m->err, ERR_REFUSED, "'%s' is written by two changes: %s and another", path, change->knob);
                        whole = change;
                } else if (change_edits_bytes(change->kind)) {
                        if (whole)
                                return err_set(m->err, ERR_REFUSED, "'%s' is written by two changes: %s and another", path, change->knob);
                        int r = edit_of_change(m->arena, change, c->before, c->before_len, vec_push(m->arena, &edits), m->err);
                        if (r < 0)
                                return r;
                }
        }
        if (whole) {
                if (!c->before && !whole->after)
                        return err_set(m->err, ERR_REFUSED, "'%s' is to be deleted and does not exist", path);
                c->after = (char *)whole->after;
                c->after_len = whole->after ? strlen(whole->after) : 0;
                return 0;
        }
        return edit_apply(m->arena, c->before ? c->before : "", c->before_len, edits.items, edits.len, &c->after, &c->after_len, m->err);
}

static int read_files(struct maker *m)
{
        m->contents = arena_alloc(m->arena, (CHANGESET_FILES_MAX + 1) * sizeof *m->contents);
        for (size_t i = 0; i < m->ref_count; i++) {
                const struct change *c = m->refs[i].change;
                if (!change_edits_bytes(c->kind) && !change_writes_file(c->kind))
                        continue;
                if (!c->path || c->path[0] != '/')
                        return err_set(m->err, ERR_REFUSED, "%s: '%s' is no absolute path", c->knob, c->path ? c->path : "");
                if (changeset_file(m->set, c->path))
                        continue;
                struct content *content = &m->contents[m->set->files.len];
                int r = read_file(m, c->path, content);
                if (r < 0 || (r = compose(m, c->path, content)) < 0)
                        return r;
        }
        return 0;
}

/* ── the folder ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static int put(struct maker *m, const char *name, const void *bytes, size_t len)
{
        return fs_replace(fs_join(m->arena, m->dir, name), bytes, len, 0600, m->err);
}

static int put_diff(struct maker *m)
{
        CLEANUP(str_release) struct str out = {0};
        for (size_t i = 0; i < m->set->files.len; i++) {
                const struct content *c = &m->contents[i];
                unified_diff(&out, m->set->files.items[i].path, c->before, c->before_len, c->after, c->after_len);
        }
        return put(m, "forward.diff", str_text(&out), out.len);
}

static void add_statement(struct str *out, const struct change_ref *ref, const char *sql, const char **target)
{
        if (!sql)
                return;
        const char *now = ref->change->target ? ref->change->target : "";
        if (!*target || strcmp(*target, now))
                str_printf(out, "\n-- target %s\n", now);
        *target = now;
        size_t n = strlen(sql);
        while (n && strchr(" \n\t;", sql[n - 1]))
                n--;
        str_printf(out, "-- %s\n%.*s;\n", ref->rec->title ? ref->rec->title : ref->change->knob, (int)n, sql);
}

static int put_sql(struct maker *m, bool forward)
{
        CLEANUP(str_release) struct str out = {0};
        const char *target = NULL;
        str_printf(&out, "-- %s of change-set %s; run with psql, outside a transaction.\n\\set ON_ERROR_STOP on\n", forward ? "Statements" : "Undoing",
                   m->set->name);
        for (size_t i = 0; i < m->ref_count; i++) {
                const struct change_ref *ref = &m->refs[forward ? i : m->ref_count - 1 - i];
                add_statement(&out, ref, forward ? ref->change->forward_sql : ref->change->undo_sql, &target);
        }
        return put(m, forward ? "forward.sql" : "rollback.sql", str_text(&out), out.len);
}

static int make_dir(struct maker *m, const char *path)
{
        return sys.mkdirat(AT_FDCWD, path, 0700) < 0 ? err_errno(m->err, ERR_IO, "cannot create '%s'", path) : 0;
}

static int put_files(struct maker *m)
{
        int r = make_dir(m, fs_join(m->arena, m->dir, "rollback"));
        if (r == 0)
                r = make_dir(m, fs_join(m->arena, m->dir, "new"));
        for (size_t i = 0; r == 0 && i < m->set->files.len; i++) {
                const struct content *c = &m->contents[i];
                const char *name = changeset_file_name(m->arena, i, m->set->files.items[i].path);
                if (c->before)
                        r = put(m, arena_printf(m->arena, "rollback/%s", name), c->before, c->before_len);
                if (r == 0 && c->after)
                        r = put(m, arena_printf(m->arena, "new/%s", name), c->after, c->after_len);
        }
        return r;
}

static int put_texts(struct maker *m)
{
        CLEANUP(str_release) struct str yaml = {0}, readme = {0};
        changeset_emit(&yaml, m->set);
        changeset_emit_readme(m->arena, &readme, m->set);
        int r = put(m, "changeset.yaml", str_text(&yaml), yaml.len);
        return r < 0 ? r : put(m, "README", str_text(&readme), readme.len);
}

static int remove_tree(struct arena *a, const char *dir)
{
        DIR *d = opendir(dir);
        if (!d)
                return -1;
        for (struct dirent *e; (e = readdir(d));) {
                if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
                        continue;
                const char *path = fs_join(a, dir, e->d_name);
                if (sys.unlinkat(AT_FDCWD, path, 0) < 0)
                        remove_tree(a, path);
        }
        closedir(d);
        return sys.unlinkat(AT_FDCWD, dir, AT_REMOVEDIR);
}

static int sync_dir(struct maker *m, const char *dir)
{
        CLEANUP(close) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 || sys.fsync(fd) < 0 ? err_errno(m->err, ERR_IO, "cannot sync '%s'", dir) : 0;
}

static int write_folder(struct maker *m, const char *changes, const char **ret_path)
{
        const char *final = fs_join(m->arena, changes, m->set->name);
        m->dir = arena_printf(m->arena, "%s/.%s.tmp", changes, m->set->name);
        int r = make_dir(m, m->dir);
        if (r < 0)
                return r;
        if ((r = put_files(m)) == 0 && (r = put_diff(m)) == 0 && (r = put_sql(m, true)) == 0 && (r = put_sql(m, false)) == 0 &&
            (r = put_texts(m)) == 0 && sys.renameat(AT_FDCWD, m->dir, AT_FDCWD, final) < 0)
                r = err_errno(m->err, ERR_IO, "cannot write '%s'", final);
        if (r < 0) {
                remove_tree(m->arena, m->dir);
                return r;
        }
        *ret_path = final;
        return sync_dir(m, changes);
}

static int name_set(struct maker *m)
{
        char host[256] = "", when[64];
        unsigned char random[2];
        if (sys.random(random, sizeof random) < 0)
                return err_set(m->err, ERR_IO, "no random numbers");
        m->set->created_us = sys.realtime_us();
        time_t t = (time_t)(m->set->created_us / 1000000);
        struct tm tm;
        gmtime_r(&t, &tm);
        strftime(when, sizeof when, "%Y-%m-%dT%H%M", &tm);
        m->set->name = arena_printf(m->arena, "%s-%02x%02x", when, random[0], random[1]);
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
        m->set->created = arena_strdup(m->arena, when);
        gethostname(host, sizeof host - 1);
        m->set->host = arena_strdup(m->arena, host);
        m->set->tool = "perfadvise " PERFADVISE_VERSION;
        return 0;
}

int changeset_create(struct arena *a, const char *state_dir, const struct recommendation *recs, size_t n, const struct config *config,
                     const char **ret_name, const char **ret_path, struct err *err)
{
        (void)config; /* roots and rights are checked when it is applied, where it is applied */
        struct changeset *set = arena_new_of(a, struct changeset);
        struct maker m = {.arena = a, .set = set, .err = err};
        const char *path = NULL;
        for (size_t i = 0; i < n; i++)
                if (recs[i].changes.len)
                        *vec_push(a, &set->recommendations) = recs[i];
        m.ref_count = changeset_order(a, set->recommendations.items, set->recommendations.len, &m.refs);
        if (!m.ref_count) {
                *ret_name = *ret_path = NULL;
                return 0;
        }
        const char *changes = fs_join(a, state_dir, "changes");
        int r = name_set(&m);
        if (r < 0 || (r = check_knobs(&m)) < 0 || (r = read_files(&m)) < 0 || (r = fs_mkdirs(changes, 0700, err)) < 0 ||
            (r = write_folder(&m, changes, &path)) < 0)
                return r;
        *ret_name = set->name;
        *ret_path = path;
        return 0;
}

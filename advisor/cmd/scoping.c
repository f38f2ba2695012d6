#include "cmd/scoping.h"
#include "base/cleanup.h"
#include "lib/git.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { STDIN_BYTES_MAX = 4 << 20 };

static struct scope_file *add_file(struct app *app, struct scope *scope, const char *path, bool whole)
{
        struct scope_file *f = vec_push(app->arena, &scope->files);
        *f = (struct scope_file){.path = path, .whole = whole};
        return f;
}

/* ── Changed lines ──────────────────────────────────────────────────────────────────────────────────────────────── */

static int add_changes(struct app *app, const char *since, const char **roots, struct scope *scope, struct err *err)
{
        struct git_changes changes = {0};
        for (const char **root = roots; *root; root++) {
                int r = git_changes_since(app->arena, fs_is_dir(*root) ? *root : fs_dirname(app->arena, *root), since, &changes, err);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < changes.files.len; i++) {
                const struct git_file *f = &changes.files.items[i];
                const char *real = fs_realpath(app->arena, f->path);
                struct scope_file *x = real ? add_file(app, scope, real, f->whole) : NULL;
                for (size_t k = 0; x && k < f->ranges.len; k++)
                        *vec_push(app->arena, &x->lines) = (struct scope_lines){f->ranges.items[k].first, f->ranges.items[k].last};
        }
        return 0;
}

/* ── Named files ────────────────────────────────────────────────────────────────────────────────────────────────── */

/* A commit names files that it deletes, too: they have no findings. */
static int add_named(struct app *app, const char **paths, struct scope *scope)
{
        for (const char **p = paths; *p; p++) {
                const char *real = fs_realpath(app->arena, *p);
                if (real)
                        add_file(app, scope, real, true);
        }
        return 0;
}

/* ── The file in an editor ──────────────────────────────────────────────────────────────────────────────────────── */

/* The nearest folder above that looks like the top of a project; that of the file itself when none does. */
static const char *project_of(struct arena *a, const char *file)
{
        static const char *const signs[] = {"perfadvise.yaml", ".git", "pyproject.toml", "setup.cfg", "setup.py", NULL};
        const char *first = fs_dirname(a, file);
        for (const char *dir = first; strcmp(dir, "/"); dir = fs_dirname(a, dir))
                for (const char *const *s = signs; *s; s++)
                        if (fs_exists(fs_join(a, dir, *s)))
                                return dir;
        return first;
}

static int read_stdin(struct app *app, struct fs_overlay *o, struct err *err)
{
        CLEANUP(str_release) struct str text = {0};
        char buf[65536];
        for (ssize_t n; (n = read(STDIN_FILENO, buf, sizeof buf)) != 0;) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_errno(err, ERR_IO, "cannot read standard input");
                str_add_len(&text, buf, (size_t)n);
                if (text.len > STDIN_BYTES_MAX)
                        return err_set(err, ERR_RANGE, "standard input is larger than %d MB", STDIN_BYTES_MAX >> 20);
        }
        o->bytes = arena_strndup(app->arena, str_text(&text), text.len);
        o->len = text.len;
        return 0;
}

static int set_editor(struct app *app, const char *file, struct fs_overlay **ret_overlay, struct scope *scope, struct err *err)
{
        struct fs_overlay *o = arena_new_of(app->arena, struct fs_overlay);
        o->path = fs_realpath(app->arena, file);
        if (!o->path) {
                err_errno(err, ERR_USAGE, "--stdin-filename '%s'", file);
                return err_hint(err, "Standard input stands in for a file of the tree: save it once.");
        }
        add_file(app, scope, o->path, true);
        *ret_overlay = o;
        return read_stdin(app, o, err);
}

/* ── All of it ──────────────────────────────────────────────────────────────────────────────────────────────────── */

int scoping_set(struct app *app, const struct scoping *s, const char **paths, struct analyzing *z, struct err *err)
{
        struct scope *scope = arena_new_of(app->arena, struct scope);
        struct fs_overlay *overlay = NULL;
        const char **tree = arena_alloc(app->arena, 2 * sizeof *tree);
        z->paths = *paths ? paths : NULL;
        if (!s->since && !s->tree && !s->editor)
                return 0;
        if ((s->since != NULL) + (s->editor != NULL) > 1 || (s->editor && s->tree && *paths))
                return err_set(err, ERR_USAGE, "--changed-since, --stdin-filename and named files do not go together");
        int r = s->editor ? set_editor(app, s->editor, &overlay, scope, err) : 0;
        if (r < 0)
                return r;
        if (s->tree || (s->editor && !*paths)) {
                tree[0] = s->tree ? s->tree : project_of(app->arena, overlay->path);
                z->paths = tree;
        }
        if (!z->paths)
                return err_set(err, ERR_USAGE, "--changed-since needs the PATH of the sources");
        if (s->since)
                r = add_changes(app, s->since, z->paths, scope, err);
        else if (s->tree && *paths)
                r = add_named(app, paths, scope);
        z->scope = s->since || s->editor || *paths ? scope : NULL;
        z->overlay = overlay;
        return r;
}

/*
 * Finds the files. Symbolic links to folders are not followed (that is how loops and trees of others come in), those to files
 * are read under the name of the link. What cannot be read is counted and named.
 */
#include "base/fs.h"
#include "probes/source/world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const skipped_folders[] = {
        ".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", "venv", "site-packages", ".tox", ".nox", ".mypy_cache",
        ".pytest_cache", ".eggs", "dist", "build", ".perfadvise", ".idea", ".vscode",
};

static bool is_skipped_folder(const char *name)
{
        for (size_t i = 0; i < sizeof skipped_folders / sizeof *skipped_folders; i++)
                if (!strcmp(name, skipped_folders[i]))
                        return true;
        return str_ends(name, ".egg-info");
}

static bool is_ignored(const struct source *s, const char *path)
{
        for (const char **g = s->ignore; g && *g; g++) {
                size_t n = strlen(*g);
                while (n && (*g)[n - 1] == '/')
                        n--;
                if (!fnmatch(*g, path, 0) || (!strncmp(path, *g, n) && (path[n] == '/' || !path[n])))
                        return true;
        }
        return false;
}

static enum language language_of(const char *path, const char *name)
{
        static const char *const others[] = {".rst", ".md", ".txt", ".html", ".js", ".css", ".png", ".svg", ".po", ".mo", ".pyc", ".pyi", ".c", ".h"};
        if (str_ends(name, ".py") || str_ends(name, ".pyw"))
                return LANG_PYTHON;
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) /* most of what is in a tree; the formats' patterns are slow */
                if (str_ends(name, others[i]))
                        return (strstr(path, "requirements") && str_ends(name, ".txt")) || (str_ends(name, ".js") && (str_starts(name, "ecosystem") || str_starts(name, "pm2"))) ? config_language(path) : LANG_NONE;
        return config_language(path);
}

static bool in_path(const char *path, const char *word)
{
        for (const char *at = path; (at = strstr(at, word)); at++)
                if (at == path || at[-1] == '/')
                        return true;
        return false;
}

static bool is_test_name(const char *name)
{
        return str_starts(name, "test_") || str_ends(name, "_test.py") || !strcmp(name, "conftest.py") || !strcmp(name, "tests.py");
}

static bool is_test_path(const char *path, const char *name)
{
        return in_path(path, "tests/") || in_path(path, "test/") || is_test_name(name);
}

/* A root that is a test itself was named on purpose. */
static bool is_test_root(struct source *s, const char *root)
{
        const char *real = fs_realpath(s->scratch, root);
        const char *name = fs_basename(real ? real : root);
        return !strcmp(name, "tests") || !strcmp(name, "test") || is_test_path(root, name);
}

static void describe(struct file *f, const char *name)
{
        struct arena *a = f->source->arena;
        const char *slash = strrchr(f->path, '/');
        f->folder = slash ? arena_strndup(a, f->path, (size_t)(slash - f->path)) : "";
        f->is_test = is_test_path(f->path, name);
        f->is_migration = in_path(f->path, "migrations/") || in_path(f->path, "alembic/") || in_path(f->path, "migration/") || !strcmp(name, "migrations.py") ||
                          (!strcmp(name, "env.py") && strstr(f->path, "alembic"));
        f->is_script = in_path(f->path, "scripts/") || in_path(f->path, "script/") || in_path(f->path, "tools/") || in_path(f->path, "management/commands/");
        if (f->lang != LANG_PYTHON)
                return;
        f->is_package = !strcmp(name, "__init__.py");
        char *module = f->is_package ? arena_strdup(a, f->folder) : arena_strndup(a, f->path, (size_t)(strrchr(f->path, '.') - f->path));
        for (char *c = module; *c; c++)
                if (*c == '/')
                        *c = '.';
        f->module = module;
}

static int64_t nanoseconds(struct timespec t)
{
        return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void add_file(struct source *s, const char *abs, const char *path, const char *name, const struct stat *st)
{
        enum language lang = language_of(path, name);
        if (lang == LANG_NONE)
                return;
        if (s->files.len >= FILES_MAX) {
                s->incomplete = true;
                return;
        }
        struct file *f = arena_new_of(s->arena, struct file);
        f->source = s;
        f->abs = abs;
        f->path = path;
        f->lang = lang;
        f->root = s->root_number;
        f->size = st->st_size;
        f->mtime_ns = nanoseconds(st->st_mtim);
        f->ctime_ns = nanoseconds(st->st_ctim);
        f->inode = st->st_ino;
        f->key = path_hash(f->root, f->path);
        describe(f, name);
        if (f->is_test && lang == LANG_PYTHON && !s->tests && !s->root_is_test) {
                f->is_left_out = true;
                f->note = "a test: not analysed";
                s->tests_left_out++;
        }
        if (!f->is_left_out && (s->total_bytes += f->size) > TREE_BYTES_MAX) {
                f->is_left_out = true;
                f->note = "not read: the tree is larger than what one analysis takes";
                f->unparsed_line = 1;
        }
        *vec_push(s->arena, &s->files) = f;
}

static void note_why(struct source *s, const char *path, const char *why)
{
        if (!s->skipped++)
                s->skipped_why = arena_printf(s->arena, "%s: %s", *path ? path : ".", why);
}

static void note_skipped(struct source *s, const char *path)
{
        note_why(s, path, strerror(errno));
}

/* By bytes: the order of a locale is not everyone's. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int visible(const struct dirent *e)
{
        return strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
}

/* What pip installs with --target keeps a NAME.dist-info beside each package: other people's code, as in site-packages. */
static bool holds_packages(struct dirent *const *entries, int n)
{
        for (int i = 0; i < n; i++)
                if (str_ends(entries[i]->d_name, ".dist-info"))
                        return true;
        return false;
}

static void leave_packages(struct source *s, const char *rel, struct dirent **entries, int n)
{
        if (!s->packages_left_out++)
                s->packages_at = rel;
        while (n > 0)
                free(entries[--n]);
        free(entries);
}

/* "folder/name", without what fs_join() and printf() do besides: this is done for each name in the tree. */
static char *below(struct arena *a, const char *folder, const char *name)
{
        size_t n = strlen(folder), len = strlen(name);
        char *out = arena_alloc(a, n + len + 2), *at = out;
        if (n) {
                memcpy(out, folder, n);
                at += n;
                if (folder[n - 1] != '/')
                        *at++ = '/';
        }
        memcpy(at, name, len + 1);
        return out;
}

static void walk_folder(struct source *s, int parent, const char *name, const char *abs, const char *rel, int depth);

struct place {
        int fd;          /* of the folder */
        const char *abs, *rel;
        int depth;
};

/* A name of which the folder tells the type: nothing that is no source need be looked at. */
static bool is_nothing(const struct dirent *e, const char *path)
{
        return (e->d_type == DT_REG && language_of(path, e->d_name) == LANG_NONE) || (e->d_type == DT_DIR && is_skipped_folder(e->d_name));
}

static void walk_entry(struct source *s, const struct place *at, const struct dirent *e)
{
        const char *name = e->d_name, *path = below(s->arena, at->rel, name);
        struct stat st;
        if (is_nothing(e, path) || is_ignored(s, path))
                return;
        if (e->d_type == DT_DIR)
                st.st_mode = S_IFDIR;
        else if (fstatat(at->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
                note_skipped(s, path);
                return;
        }
        bool linked = S_ISLNK(st.st_mode), there = linked && fstatat(at->fd, name, &st, 0) == 0;
        if (S_ISDIR(st.st_mode)) {
                if (!linked && !is_skipped_folder(name))
                        walk_folder(s, at->fd, name, below(s->arena, at->abs, name), path, at->depth + 1);
        } else if (S_ISREG(st.st_mode) && (!linked || there)) {
                add_file(s, below(s->arena, at->abs, name), path, name, &st);
        } else if (language_of(path, name) != LANG_NONE) {
                note_why(s, path, linked ? "a link to nothing" : "no regular file");
        }
}

static void walk_folder(struct source *s, int parent, const char *name, const char *abs, const char *rel, int depth)
{
        struct dirent **entries;
        int fd = depth > FOLDER_DEPTH_MAX ? (errno = ELOOP, -1) : openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int n = fd < 0 ? -1 : scandirat(fd, ".", &entries, visible, by_name);
        if (n < 0) {
                note_skipped(s, rel);
                if (fd >= 0)
                        close(fd);
                return;
        }
        if (*rel && holds_packages(entries, n)) { /* unless somebody named it */
                leave_packages(s, rel, entries, n);
                close(fd);
                return;
        }
        const struct place at = {fd, abs, rel, depth};
        for (int i = 0; i < n; i++) {
                walk_entry(s, &at, entries[i]);
                free(entries[i]);
        }
        free(entries);
        close(fd);
}

void walk_tree(struct source *s)
{
        for (const char **root = s->roots; root && *root; root++) {
                struct stat st;
                s->root = *root;
                s->root_number = (uint32_t)(root - s->roots);
                s->root_is_test = is_test_root(s, *root);
                if (stat(*root, &st) == 0 && S_ISREG(st.st_mode))
                        add_file(s, arena_strdup(s->arena, *root), arena_strdup(s->arena, fs_basename(*root)), fs_basename(*root), &st);
                else
                        walk_folder(s, AT_FDCWD, *root, *root, "", 0);
        }
}

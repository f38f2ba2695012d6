/* A change-set made elsewhere becomes one of this state folder: copied whole, so that its journal lives where we can trust it. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/sys.h"
#include "change/changeset.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int copy_files(struct arena *a, const char *from, const char *to, const char *const *names, struct err *err)
{
        for (; *names; names++) {
                char *bytes;
                size_t len;
                const char *path = fs_join(a, from, *names);
                if (!fs_exists(path))
                        continue;
                int r = fs_read(a, path, CHANGESET_FILE_MAX, &bytes, &len, err);
                if (r < 0 || (r = fs_replace(fs_join(a, to, *names), bytes, len, 0600, err)) < 0)
                        return r;
        }
        return 0;
}

static const char **list(struct arena *a, const char *dir)
{
        VEC(const char *) names = {0};
        DIR *d = opendir(dir);
        for (struct dirent *e; d && (e = readdir(d));)
                if (e->d_name[0] != '.' && names.len < 2 * CHANGESET_FILES_MAX)
                        *vec_push(a, &names) = arena_strdup(a, e->d_name);
        if (d)
                closedir(d);
        *vec_push(a, &names) = NULL;
        return names.items;
}

static int copy_all(struct arena *a, const char *from, const char *to, struct err *err)
{
        static const char *const texts[] = {"changeset.yaml", "forward.diff", "forward.sql", "rollback.sql", "README", NULL};
        static const char *const folders[] = {"new", "rollback"};
        int r = copy_files(a, from, to, texts, err);
        for (size_t i = 0; r == 0 && i < 2; i++) {
                const char *there = fs_join(a, to, folders[i]), *here = fs_join(a, from, folders[i]);
                if ((r = fs_mkdirs(there, 0700, err)) == 0)
                        r = copy_files(a, here, there, list(a, here), err);
        }
        return r;
}

int changeset_import(struct arena *a, const char *state_dir, const char *dir, const char **ret_dir, struct err *err)
{
        struct changeset *set, *existing;
        int r = changeset_load(a, dir, &set, err);
        if (r < 0)
                return r;
        const char *changes = fs_join(a, state_dir, "changes"), *final = fs_join(a, changes, set->name);
        const char *real = fs_realpath(a, final);
        *ret_dir = final;
        if (real && !strcmp(real, fs_realpath(a, dir)))
                return 0;
        if (real) {
                if ((r = changeset_load(a, final, &existing, err)) < 0)
                        return r;
                return strcmp(existing->yaml_sha256, set->yaml_sha256)
                               ? err_set(err, ERR_REFUSED, "another change-set %s is in the state folder already", set->name)
                               : 0;
        }
        const char *tmp = arena_printf(a, "%s/.%s.import", changes, set->name);
        if ((r = fs_mkdirs(tmp, 0700, err)) < 0 || (r = copy_all(a, dir, tmp, err)) < 0)
                return r;
        if (sys.renameat(AT_FDCWD, tmp, AT_FDCWD, final) < 0)
                return err_errno(err, ERR_IO, "cannot write '%s'", final);
        /* the folder's name must outlive a power loss as surely as the journal in it */
        CLEANUP(close) int fd = open(changes, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 || sys.fsync(fd) < 0 ? err_errno(err, ERR_IO, "cannot sync '%s'", changes) : 0;
}

/* Finding change-sets: by name below the state folder, or by the path of a folder that came from elsewhere. */
#include "base/fs.h"
#include "change/changeset.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *changeset_dir(struct arena *a, const char *state_dir, const char *name)
{
        return fs_join(a, fs_join(a, state_dir, "changes"), name);
}

const char **changeset_list(struct arena *a, const char *state_dir)
{
        VEC(const char *) names = {0};
        const char *changes = fs_join(a, state_dir, "changes");
        DIR *d = opendir(changes);
        for (struct dirent *e; d && (e = readdir(d));)
                if (e->d_name[0] != '.' && fs_exists(arena_printf(a, "%s/%s/changeset.yaml", changes, e->d_name)))
                        *vec_push(a, &names) = arena_strdup(a, e->d_name);
        if (d)
                closedir(d);
        if (names.len)
                qsort(names.items, names.len, sizeof *names.items, by_name);
        *vec_push(a, &names) = NULL;
        return names.items;
}

int changeset_find(struct arena *a, const char *state_dir, const char *name, const char **ret_dir, struct err *err)
{
        const char *dir = strchr(name, '/') || !strcmp(name, ".") ? fs_realpath(a, name) : changeset_dir(a, state_dir, name);
        if (!dir || !fs_exists(fs_join(a, dir, "changeset.yaml"))) {
                err_set(err, ERR_USAGE, "no change-set '%s'", name);
                return err_hint(err, "`perfadvise status` lists them; a folder is named by a path with a slash.");
        }
        *ret_dir = dir;
        return 0;
}

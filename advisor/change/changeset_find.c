/* Finding change-sets: by name below the state folder, or by the path of a folder that came from elsewhere. */
#include "base/fs.h"
#include "change/changeset.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE_LEN = sizeof "2026-11-23T0230" - 1 };

struct listed {
        const char *name;
        int64_t created_us; /* only looked up where the minute in the name does not decide */
};

static int by_age(const void *va, const void *vb)
{
        const struct listed *a = va, *b = vb;
        int minute = strncmp(a->name, b->name, MINUTE_LEN);
        if (minute || a->created_us == b->created_us)
                return minute ? minute : strcmp(a->name, b->name);
        return a->created_us < b->created_us ? -1 : 1;
}

static bool same_minute(const struct listed *a, const struct listed *b)
{
        return !strncmp(a->name, b->name, MINUTE_LEN);
}

/* The end of a name is random, so two of one minute are told apart by what they say themselves. */
static void sort_by_age(struct arena *a, const char *state_dir, struct listed *all, size_t n)
{
        if (n)
                qsort(all, n, sizeof *all, by_age);
        for (size_t i = 0; i < n; i++) {
                struct changeset *set;
                if (((i && same_minute(&all[i - 1], &all[i])) || (i + 1 < n && same_minute(&all[i], &all[i + 1]))) &&
                    changeset_load(a, changeset_dir(a, state_dir, all[i].name), &set, NULL) == 0)
                        all[i].created_us = set->created_us;
        }
        if (n)
                qsort(all, n, sizeof *all, by_age);
}

const char *changeset_dir(struct arena *a, const char *state_dir, const char *name)
{
        return fs_join(a, fs_join(a, state_dir, "changes"), name);
}

const char **changeset_list(struct arena *a, const char *state_dir)
{
        VEC(struct listed) all = {0};
        const char *changes = fs_join(a, state_dir, "changes");
        DIR *d = opendir(changes);
        for (struct dirent *e; d && (e = readdir(d));)
                if (e->d_name[0] != '.' && fs_exists(arena_printf(a, "%s/%s/changeset.yaml", changes, e->d_name)))
                        *vec_push(a, &all) = (struct listed){.name = arena_strdup(a, e->d_name)};
        if (d)
                closedir(d);
        sort_by_age(a, state_dir, all.items, all.len);
        const char **names = arena_alloc(a, (all.len + 1) * sizeof *names);
        for (size_t i = 0; i < all.len; i++)
                names[i] = all.items[i].name;
        names[all.len] = NULL;
        return names;
}

int changeset_supersede(struct arena *a, const char *dir, const char *by, struct err *err)
{
        return fs_replace(fs_join(a, dir, "superseded"), by, strlen(by), 0600, err);
}

const char *changeset_superseded(struct arena *a, const char *dir)
{
        const char *path = fs_join(a, dir, "superseded");
        char *by;
        size_t len;
        return fs_exists(path) && fs_read(a, path, 256, &by, &len, NULL) == 0 ? by : NULL;
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

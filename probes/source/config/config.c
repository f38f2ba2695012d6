/*
 * Asking configuration files: a value by its key, through includes, and which file a path in code or in another file means.
 */
#include "probes/source/config/config.h"
#include "probes/source/world.h"

#include <string.h>

enum { INCLUDE_DEPTH_MAX = 8 };

/* Who asks for a value depends on the file; its entries are read when they are first asked for. */
static void need(const struct file *f)
{
        if (!f->source->deps)
                return; /* bytes.c: a file alone */
        depends_on_file(f->source, f);
        file_need((struct file *)f);
}

const struct entry *config_get(const struct file *f, const char *key)
{
        need(f);
        const struct entry *found = NULL; /* the last one counts, as for the readers of these files */
        for (size_t i = 0; i < f->entries.len; i++)
                if (!strcmp(f->entries.items[i].key, key))
                        found = &f->entries.items[i];
        return found;
}

static bool is_include(const struct file *f, const struct entry *e)
{
        return f->lang == LANG_INI ? !strcmp(e->key, "%include")
                                   : f->lang == LANG_CONF && (!strcmp(e->key, "include") || !strcmp(e->key, "include_if_exists"));
}

static const struct entry *lookup(struct file *f, const char *key, struct file **ret_file, int depth)
{
        const struct entry *found = NULL;
        need(f);
        for (size_t i = 0; i < f->entries.len; i++) {
                const struct entry *e = &f->entries.items[i];
                if (!strcmp(e->key, key)) {
                        found = e;
                        *ret_file = f;
                        continue;
                }
                struct file *other = depth < INCLUDE_DEPTH_MAX && is_include(f, e) ? config_find(f->source, f, e->value) : NULL;
                const struct entry *inner = other && other != f ? lookup(other, key, ret_file, depth + 1) : NULL;
                found = inner ? inner : found;
        }
        return found;
}

const struct entry *config_lookup(struct file *f, const char *key, struct file **ret_file)
{
        return lookup(f, key, ret_file, 0);
}

bool config_has_prefix(const struct file *f, const char *prefix)
{
        size_t n = strlen(prefix);
        need(f);
        for (size_t i = 0; i < f->entries.len; i++)
                if (!n || (!strncmp(f->entries.items[i].key, prefix, n) && f->entries.items[i].key[n] == '.'))
                        return true;
        return false;
}

static struct file *find_path(struct source *s, const char *path)
{
        if (s->deps)
                return file_at(s, path, strlen(path));
        for (size_t i = 0; i < s->files.len; i++)
                if (!strcmp(s->files.items[i]->path, path))
                        return s->files.items[i];
        return NULL;
}

static struct file *found_path(struct source *s, const char *path)
{
        struct file *f = find_path(s, path);
        if (f)
                need(f);
        return f;
}

struct file *config_find(struct source *s, const struct file *from, const char *path)
{
        struct file *found;
        const char *last_slash = strrchr(path, '/'), *last = last_slash ? last_slash + 1 : path;
        if (s->deps)
                depends_on_name(s, LOOK_PATH, last, strlen(last));
        while (str_starts(path, "./"))
                path += 2;
        if (*path == '/') { /* an absolute path on the host: the longest tail that the tree has */
                for (const char *tail = path; tail; tail = strchr(tail, '/')) {
                        tail += *tail == '/';
                        if ((found = found_path(s, tail)))
                                return found;
                }
                return NULL;
        }
        for (char *folder = arena_strdup(s->scratch, from->folder);;) {
                if ((found = found_path(s, *folder ? arena_printf(s->scratch, "%s/%s", folder, path) : path)))
                        return found;
                if (!*folder)
                        return NULL;
                char *end = strrchr(folder, '/');
                *(end ? end : folder) = '\0';
        }
}

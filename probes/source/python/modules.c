/*
 * Modules by name: relative, from the folder of the one who asks upward, below src/; never one of a known library.
 */
#include "probes/source/python/python.h"
#include "probes/source/world.h"

#include <string.h>

void python_module(struct file *f)
{
        if (f->lang != LANG_PYTHON || f->is_left_out)
                return;
        size_t len = (size_t)(strrchr(f->path, '.') - f->path);
        if (f->is_package)
                len = strlen(f->folder);
        void **slot = table_put(&f->source->python->modules, f->path, len);
        if (!*slot)
                *slot = f;
}

static struct file *module_at(struct source *s, const char *folder, const char *module)
{
        char *path = arena_printf(s->scratch, "%s%s%s", folder, *folder && *module ? "/" : "", module);
        for (char *c = path + strlen(folder); *c; c++)
                if (*c == '.')
                        *c = '/';
        return table_get(&s->python->modules, path, strlen(path));
}

/* The same, without a look into the file that is found. */
static struct file *module_seek(struct source *s, const struct file *from, const char *module, int level)
{
        char *folder = arena_strdup(s->scratch, from->folder);
        for (int i = 1; i < level; i++) {
                char *slash = strrchr(folder, '/');
                *(slash ? slash : folder) = '\0';
        }
        if (level)
                return module_at(s, folder, module);
        if (library_is_external(module))
                return NULL;
        for (;;) {
                struct file *package = table_get(&s->python->modules, folder, strlen(folder));
                bool inside = *folder && package && package->is_package && strcmp(folder, from->folder);
                struct file *found = inside ? NULL : module_at(s, folder, module);
                if (found)
                        return found;
                if (!*folder)
                        return module_at(s, "src", module);
                char *slash = strrchr(folder, '/');
                *(slash ? slash : folder) = '\0';
        }
}

/* What a search found is the same all day: names of modules are looked up again for each file that is analysed. */
static struct file *module_sought(struct source *s, const struct file *from, const char *module, int level)
{
        char key[200];
        size_t folder = strlen(from->folder), n = strlen(module);
        if (folder + n + 8 > sizeof key)
                return module_seek(s, from, module, level);
        key[0] = (char)('0' + (level < 70 ? level : 70));
        memcpy(key + 1, from->folder, folder);
        key[1 + folder] = ':';
        memcpy(key + 2 + folder, module, n);
        void **slot = table_put(&s->python->sought, key, n + folder + 2);
        if (!*slot) {
                struct file *f = module_seek(s, from, module, level);
                *slot = f ? (void *)f : (void *)s; /* the world itself: not found */
        }
        return *slot == s ? NULL : *slot;
}

/* A new file changes what is found by its last name only; one named __init__.py everything. */
static void note_search(struct source *s, const struct file *from, const char *module)
{
        const char *last = *module ? strrchr(module, '.') : strrchr(from->folder, '/');
        last = last ? last + 1 : *module ? module : from->folder;
        depends_on_name(s, LOOK_MODULE, last, strlen(last));
}

struct file *module_seen(struct source *s, const struct file *from, const char *module, int level)
{
        struct file *f = module_sought(s, from, module, level);
        note_search(s, from, module);
        if (f)
                file_need(f);
        return f;
}

struct file *module_find(struct source *s, const struct file *from, const char *module, int level)
{
        struct file *f = module_seen(s, from, module, level);
        if (f)
                depends_on_file(s, f);
        return f;
}

struct file *module_named(struct source *s, const struct file *from, const char *module, int level)
{
        return module_seek(s, from, module, level);
}

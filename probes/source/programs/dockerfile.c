/*
 * Dockerfiles that no compose file builds: what the container runs.
 */
#include "base/fs.h"
#include "probes/source/programs/programs.h"

#include <string.h>

void declare_dockerfile(struct source *s, struct file *f)
{
        if (f->lang != LANG_DOCKERFILE || f->is_declared)
                return;
        const struct entry *entrypoint = config_get(f, "ENTRYPOINT"), *cmd = config_get(f, "CMD"), *both[2];
        size_t n = 0;
        if (entrypoint)
                both[n++] = entrypoint;
        if (cmd)
                both[n++] = cmd;
        if (!n)
                return;
        const char *base = fs_basename(f->path), *dot = strchr(base, '.');
        const char *name = dot && str_starts(base, "Dockerfile.") ? dot + 1 : *f->folder ? fs_basename(f->folder) : "container";
        struct program *p = program_add(s, f, "dockerfile", arena_strdup(s->arena, name), both[0]->start);
        for (size_t i = 0; i < f->entries.len; i++)
                if (str_starts(f->entries.items[i].key, "ENV."))
                        program_set(s, p, f->entries.items[i].key + 4, f, &f->entries.items[i]);
        if (!command_read(s, p, f, both, n))
                s->programs.len--;
}

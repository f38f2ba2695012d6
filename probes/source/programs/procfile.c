/*
 * Procfiles: one process type a line; `release` runs once at a deployment.
 */
#include "probes/source/programs/programs.h"

#include <string.h>

void declare_procfile(struct source *s, struct file *f)
{
        if (f->lang != LANG_PROCFILE)
                return;
        for (size_t i = 0; i < f->entries.len; i++) {
                const struct entry *e = &f->entries.items[i];
                if (!strcmp(e->key, "release"))
                        continue;
                struct program *p = program_add(s, f, "procfile", e->key, e->start);
                if (!command_read(s, p, f, &e, 1))
                        s->programs.len--;
        }
}

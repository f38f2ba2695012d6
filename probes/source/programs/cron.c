/*
 * cron tables: each command of Python is a program that runs now and then.
 */
#include "probes/source/programs/programs.h"

#include <string.h>

void declare_cron(struct source *s, struct file *f)
{
        if (f->lang != LANG_CRON)
                return;
        for (size_t i = 0; i < f->entries.len; i++) {
                const struct entry *e = &f->entries.items[i];
                if (strcmp(e->key, "cron"))
                        continue;
                struct program *p = program_add(s, f, "cron", "", e->start);
                for (size_t v = 0; v < i; v++)
                        if (str_starts(f->entries.items[v].key, "env."))
                                program_set(s, p, f->entries.items[v].key + 4, f, &f->entries.items[v]);
                if (command_read(s, p, f, &e, 1))
                        p->name = arena_printf(s->arena, "cron %s", p->entry_module ? p->entry_module : arena_printf(s->scratch, "line %d", p->line));
                else
                        s->programs.len--;
        }
}

/*
 * systemd units: ExecStart, Environment over EnvironmentFile, WorkingDirectory. A template unit (bot@.service) has as many instances
 * as someone enables: unknown.
 */
#include "base/fs.h"
#include "probes/source/programs/programs.h"

#include <string.h>

static void set_environment(struct source *s, struct program *p, struct file *f)
{
        for (size_t i = 0; i < f->entries.len; i++) {
                const struct entry *e = &f->entries.items[i];
                if (!strcmp(e->key, "Service.EnvironmentFile"))
                        program_set_file(s, p, f, e->value + (*e->value == '-'));
                if (strcmp(e->key, "Service.Environment"))
                        continue;
                struct words words = {0};
                words_split(s, p, f, e->value, e->start, true, &words);
                for (size_t w = 0; w < words.len; w++) {
                        const struct word *x = &words.items[w];
                        size_t eq = strcspn(x->text, "=");
                        if (x->text[eq])
                                program_set_text(s, p, arena_strndup(s->arena, x->text, eq), x->text + eq + 1, f, x->start ? x->start + (uint32_t)eq + 1 : 0, x->start ? x->end : 0);
                }
        }
}

void declare_systemd(struct source *s, struct file *f)
{
        if (f->lang != LANG_UNIT)
                return;
        const char *base = fs_basename(f->path), *name = arena_strndup(s->arena, base, (size_t)(strstr(base, ".service") ? strstr(base, ".service") - base : (long)strlen(base)));
        const struct entry *folder = config_get(f, "Service.WorkingDirectory");
        size_t examples = strcspn(name, ".");
        if (config_is_template(base) && name[examples])
                name = arena_strndup(s->arena, name, examples);
        for (size_t i = 0; i < f->entries.len; i++) {
                const struct entry *e = &f->entries.items[i];
                if (strcmp(e->key, "Service.ExecStart") || !*e->value)
                        continue;
                struct program *p = program_add(s, f, "systemd", name, e->start);
                p->processes = str_ends(name, "@") ? -1 : 1;
                p->folder = folder ? folder_of(s, f, folder->value) : NULL;
                set_environment(s, p, f);
                struct entry command = *e;
                size_t marks = strspn(e->value, "@-:+!");
                command.value += marks;
                command.start += (uint32_t)marks;
                const struct entry *one = &command;
                if (!command_read(s, p, f, &one, 1))
                        s->programs.len--;
        }
}

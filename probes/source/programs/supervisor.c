/*
 * supervisord: [program:x] with command, numprocs, directory and environment=A="1",B=2.
 */
#include "probes/source/programs/programs.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* KEY="value",KEY2=value2 over several lines: what stands in the file as it is has its place. */
static void set_environment(struct source *s, struct program *p, const struct file *f, const struct entry *e)
{
        for (uint32_t i = e->start; i < e->end;) {
                while (i < e->end && (isspace((unsigned char)f->bytes[i]) || f->bytes[i] == ','))
                        i++;
                struct span rest = {i, e->end};
                uint32_t eq = span_find(f, rest, "=");
                if (eq >= e->end)
                        return;
                struct span key = span_trim(f, (struct span){i, eq}), value = span_trim(f, (struct span){eq + 1, e->end});
                bool quoted = span_unquote(f, &value);
                if (!quoted)
                        value.end = span_find(f, value, ",\n");
                i = value.end + quoted;
                value = quoted ? value : span_trim(f, value);
                program_set_text(s, p, file_text(s->arena, f, key.start, key.end), file_text(s->arena, f, value.start, value.end), f, value.start, value.end);
        }
}

static const struct entry *get(struct source *s, struct file *f, const char *section, const char *key)
{
        return config_get(f, arena_printf(s->scratch, "%s.%s", section, key));
}

void declare_supervisor(struct source *s, struct file *f)
{
        if (f->lang != LANG_INI)
                return;
        const struct entry *all = config_get(f, "supervisord.environment");
        for (size_t i = 0; i < f->entries.len; i++) {
                const struct entry *e = &f->entries.items[i];
                bool fcgi = str_starts(e->key, "fcgi-program:");
                if ((!str_starts(e->key, "program:") && !fcgi) || !str_ends(e->key, ".command"))
                        continue;
                if (strstr(e->key, "{{") || strstr(e->key, "{%"))
                        continue;
                const char *section = arena_strndup(s->arena, e->key, strlen(e->key) - strlen(".command"));
                const struct entry *processes = get(s, f, section, "numprocs"), *environment = get(s, f, section, "environment"), *folder = get(s, f, section, "directory");
                struct program *p = program_add(s, f, "supervisor", strchr(section, ':') + 1, e->start);
                p->processes = !processes ? 1 : atoi(processes->value) > 0 ? atoi(processes->value) : -1;
                p->folder = folder ? folder_of(s, f, folder->value) : NULL;
                program_set_text(s, p, "program_name", p->name, f, 0, 0);
                if (all)
                        set_environment(s, p, f, all);
                if (environment)
                        set_environment(s, p, f, environment);
                command_read(s, p, f, &e, 1); /* whatever it is, the supervisor's own list has it */
        }
}

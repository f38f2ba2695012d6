/*
 * systemd units with their drop-ins: ExecStart, EnvironmentFile over Environment, WorkingDirectory. A template unit (bot@.service) has as
 * many instances as someone enables: unknown.
 */
#include "base/fs.h"
#include "probes/source/programs/programs.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 16 };

/* The unit, then bot.service.d/NN-name.conf in the order of their names; of assignments in all of them the last counts. */
struct unit {
        struct file *parts[PARTS_MAX];
        size_t len;
};

static int by_path(const void *a, const void *b)
{
        return strcmp((*(struct file *const *)a)->path, (*(struct file *const *)b)->path);
}

static void find_parts(struct source *s, struct file *f, struct unit *u)
{
        const char *folder = arena_printf(s->scratch, "%s.d", f->path);
        u->parts[u->len++] = f;
        for (size_t i = 0; i < s->files.len && u->len < PARTS_MAX; i++) {
                struct file *part = s->files.items[i];
                if (part->lang != LANG_UNIT || strcmp(part->folder, folder))
                        continue;
                file_need(part);
                u->parts[u->len++] = part;
        }
        qsort(u->parts + 1, u->len - 1, sizeof *u->parts, by_path);
}

#define EACH_ENTRY(u, f, e) for (size_t _p = 0; _p < (u)->len; _p++) for (struct file *f = (u)->parts[_p]; f; f = NULL) \
        for (const struct entry *e = f->entries.items; e < f->entries.items + f->entries.len; e++)

static void set_variables(struct source *s, struct program *p, struct file *f, const struct entry *e)
{
        struct words words = {0};
        words_split(s, p, f, e->value, e->start, true, &words);
        for (size_t w = 0; w < words.len; w++) {
                const struct word *x = &words.items[w];
                size_t eq = strcspn(x->text, "=");
                if (x->text[eq])
                        program_set_text(s, p, arena_strndup(s->arena, x->text, eq), x->text + eq + 1, f, x->start ? x->start + (uint32_t)eq + 1 : 0, x->start ? x->end : 0);
        }
}

/* What a file of the environment says is stronger, wherever in the unit it is named. */
static void set_environment(struct source *s, struct program *p, const struct unit *u)
{
        EACH_ENTRY(u, f, e) {
                if (!strcmp(e->key, "Service.Environment") && !*e->value)
                        p->environment.len = 0;
                else if (!strcmp(e->key, "Service.Environment"))
                        set_variables(s, p, f, e);
        }
        EACH_ENTRY(u, f, e)
                if (!strcmp(e->key, "Service.EnvironmentFile") && *e->value)
                        program_set_file(s, p, f, e->value + (*e->value == '-'));
}

static const struct entry *last_of(const struct unit *u, const char *key)
{
        const struct entry *found = NULL;
        EACH_ENTRY(u, f, e)
                if (!strcmp(e->key, key))
                        found = e;
        return found;
}

/* An empty ExecStart= forgets those before it. */
static bool is_forgotten(const struct unit *u, const struct entry *command)
{
        bool after = false;
        EACH_ENTRY(u, f, e) {
                if (after && !strcmp(e->key, "Service.ExecStart") && !*e->value)
                        return true;
                after |= e == command;
        }
        return false;
}

static void add_command(struct source *s, const struct unit *u, const char *name, struct file *f, const struct entry *e)
{
        const struct entry *folder = last_of(u, "Service.WorkingDirectory");
        struct program *p = program_add(s, f, "systemd", name, e->start);
        p->processes = str_ends(name, "@") ? -1 : 1;
        p->folder = folder ? folder_of(s, u->parts[0], folder->value) : NULL;
        set_environment(s, p, u);
        struct entry command = *e;
        size_t marks = strspn(e->value, "@-:+!");
        command.value += marks;
        command.start += (uint32_t)marks;
        const struct entry *one = &command;
        if (!command_read(s, p, f, &one, 1))
                s->programs.len--;
}

void declare_systemd(struct source *s, struct file *f)
{
        struct unit u = {0};
        if (f->lang != LANG_UNIT || str_ends(f->path, ".conf"))
                return;
        const char *base = fs_basename(f->path), *name = arena_strndup(s->arena, base, (size_t)(strstr(base, ".service") ? strstr(base, ".service") - base : (long)strlen(base)));
        size_t examples = strcspn(name, ".");
        if (config_is_template(base) && name[examples])
                name = arena_strndup(s->arena, name, examples);
        find_parts(s, f, &u);
        EACH_ENTRY(&u, part, e)
                if (!strcmp(e->key, "Service.ExecStart") && *e->value && !is_forgotten(&u, e))
                        add_command(s, &u, name, part, e);
}

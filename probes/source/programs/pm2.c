/*
 * PM2's ecosystem files, of JSON, YAML or JavaScript: apps with script, args, interpreter, instances, env. "max" instances are as many as the machine has cores.
 */
#include "probes/source/programs/programs.h"

#include <stdlib.h>
#include <string.h>

enum { APPS_MAX = 200, ARGS_MAX = 32 };

static const struct entry *get(struct source *s, struct file *f, const char *app, const char *key)
{
        return config_get(f, *app ? arena_printf(s->scratch, "%s.%s", app, key) : key);
}

static void add_app(struct source *s, struct file *f, const char *app, const struct entry *script)
{
        const struct entry *name = get(s, f, app, "name"), *interpreter = get(s, f, app, "interpreter"), *instances = get(s, f, app, "instances"), *folder = get(s, f, app, "cwd");
        const struct entry *parts[ARGS_MAX + 2], *e;
        size_t n = 0;
        struct program *p = program_add(s, f, "pm2", name ? name->value : script->value, script->start);
        if (interpreter && strcmp(interpreter->value, "none"))
                parts[n++] = interpreter;
        parts[n++] = script;
        if ((e = get(s, f, app, "args")))
                parts[n++] = e;
        for (int i = 0; n < ARGS_MAX && (e = get(s, f, app, arena_printf(s->scratch, "args.%d", i))); i++)
                parts[n++] = e;
        p->processes = !instances ? 1 : atoi(instances->value) > 0 ? atoi(instances->value) : -1;
        p->folder = folder ? folder_of(s, f, folder->value) : NULL;
        const char *prefix = *app ? arena_printf(s->scratch, "%s.env.", app) : "env.";
        for (size_t i = 0; i < f->entries.len; i++)
                if (str_starts(f->entries.items[i].key, prefix))
                        program_set(s, p, f->entries.items[i].key + strlen(prefix), f, &f->entries.items[i]);
        if (!command_read(s, p, f, parts, n))
                s->programs.len--;
}

void declare_pm2(struct source *s, struct file *f)
{
        static const char *const prefixes[] = {"apps.", ""};
        const struct entry *script;
        if (f->lang != LANG_JSON && f->lang != LANG_JS && f->lang != LANG_YAML)
                return;
        for (int i = 0; i < APPS_MAX && f->entries.len; i++) {
                bool any = false;
                for (int k = 0; k < 2; k++) {
                        const char *app = arena_printf(s->arena, "%s%d", prefixes[k], i);
                        if ((any = (script = get(s, f, app, "script"))))
                                add_app(s, f, app, script);
                        if (any)
                                break;
                }
                if (!any)
                        return;
        }
}

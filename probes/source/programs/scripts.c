/*
 * Console scripts: which module is behind the name of a command that the project itself installs.
 */
#include "probes/source/programs/programs.h"

#include <ctype.h>
#include <string.h>

static const char *module_part(struct arena *a, const char *value)
{
        value += strspn(value, " \t\"'");
        return arena_strndup(a, value, strcspn(value, ": \t\"'["));
}

/* Lines "name = module:function" of setup.cfg. */
static const char *in_lines(struct arena *a, const char *lines, const char *name)
{
        size_t n = strlen(name);
        for (const char *p = lines; p && *p; p = strchr(p, '\n')) {
                p += strspn(p, " \t\r\n");
                const char *after = !strncmp(p, name, n) ? p + n + strspn(p + n, " \t") : "";
                if (*after == '=')
                        return module_part(a, after + 1);
                if (!strchr(p, '\n'))
                        break;
        }
        return NULL;
}

const char *script_module(struct source *s, const char *name)
{
        static const char *const tables[] = {"project.scripts", "tool.poetry.scripts", "tool.pdm.scripts"};
        if (!*name || strchr(name, '.'))
                return "";
        for (size_t i = 0; i < s->files.len; i++) {
                struct file *f = s->files.items[i];
                bool toml = f->lang == LANG_TOML && str_ends(f->path, "pyproject.toml"), cfg = f->lang == LANG_INI && str_ends(f->path, "setup.cfg");
                for (size_t t = 0; toml && t < sizeof tables / sizeof *tables; t++) {
                        const struct entry *e = config_get(f, arena_printf(s->scratch, "%s.%s", tables[t], name));
                        if (e)
                                return module_part(s->arena, e->value);
                }
                const struct entry *lines = cfg ? config_get(f, "options.entry_points.console_scripts") : NULL;
                const char *module = lines ? in_lines(s->arena, lines->value, name) : NULL;
                if (module)
                        return module;
        }
        return "";
}

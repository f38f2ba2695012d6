/*
 * Which version of a library is installed, where the tree says so: lock files, requirements, pyproject.toml. A row of code_setting of the
 * system python with the lowest version that is allowed; defaults of libraries depend on it.
 */
#include "probes/source/emit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const libraries[] = {"redis"};

/* "^5.0", ">=8,<9", "==5.0.1", "5.0.1": the lowest; NULL when only an upper bound is given. */
static const char *lowest(struct arena *a, const char *spec)
{
        for (const char *p = spec; *p; p += *p == ',') {
                p += strspn(p, " ");
                const char *digits = p + strspn(p, "=~^>");
                bool from = p[0] != '<' && p[0] != '!' && isdigit((unsigned char)*(digits += strspn(digits, " ")));
                if (from)
                        return arena_strndup(a, digits, strspn(digits, "0123456789."));
                p += strcspn(p, ",");
        }
        return NULL;
}

/* "redis[hiredis] >= 5": what follows the name, NULL when it is another. */
static const char *after_name(const char *text, const char *library)
{
        size_t n = strlen(library);
        if (strncmp(text, library, n) || isalnum((unsigned char)text[n]) || (text[n] && strchr("-_.", text[n])))
                return NULL;
        return text + n + strcspn(text + n, "=<>~!");
}

static const char *version_in(struct arena *a, const struct file *f, const struct entry *e, const char *library)
{
        if (f->lang == LANG_REQUIREMENTS)
                return strcmp(e->key, library) ? NULL : lowest(a, e->value);
        if (str_starts(e->key, "project.dependencies.")) {
                const char *spec = after_name(e->value, library);
                return spec ? lowest(a, spec) : NULL;
        }
        if (str_starts(e->key, "package.") && str_ends(e->key, ".name") && !strcmp(e->value, library)) {
                const struct entry *v = config_get(f, arena_printf(a, "%.*sversion", (int)(strlen(e->key) - 4), e->key));
                return v ? v->value : NULL;
        }
        static const char *const tables[] = {"tool.poetry.dependencies.", "packages.", "default."};
        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
                if (str_starts(e->key, tables[i])) {
                        const char *rest = e->key + strlen(tables[i]), *more = str_starts(rest, library) ? rest + strlen(library) : "?";
                        return !*more || !strcmp(more, ".version") ? lowest(a, e->value) : NULL;
                }
        return NULL;
}

static bool tells_versions(const struct file *f)
{
        static const char *const names[] = {"pyproject.toml", "poetry.lock", "uv.lock", "Pipfile", "Pipfile.lock"};
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (str_ends(f->path, names[i]))
                        return true;
        return f->lang == LANG_REQUIREMENTS;
}

void emit_versions(struct source *s, struct sink *k)
{
        struct file *f = s->focus;
        if (!tells_versions(f))
                return;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        for (size_t i = 0; i < f->entries.len; i++)
                for (size_t l = 0; l < sizeof libraries / sizeof *libraries; l++) {
                        const struct entry *e = &f->entries.items[i];
                        const char *version = version_in(s->scratch, f, e, libraries[l]);
                        int line, col;
                        if (!version)
                                continue;
                        file_position(f, e->start, &line, &col);
                        EMIT(k, "code_setting", TEXT("system", "python"), TEXT("name", libraries[l]), TEXT("value", version), TEXT("format", language_name(f->lang)), TEXT("path", f->path),
                             INT("line", line), INT("col", col), INT("byte_start", e->start), INT("byte_end", e->end), TEXT("trail", e->key));
                }
}

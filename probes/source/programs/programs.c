/*
 * What runs: the programs of supervisor files, the module that each starts, and the modules which that one reaches by imports.
 */
#include "probes/source/python/python.h"
#include "probes/source/world.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 64 };

static size_t split(struct arena *a, const char *command, const char **words)
{
        size_t n = 0;
        for (char *save = NULL, *w = strtok_r(arena_strdup(a, command), " \t", &save); w && n < WORDS_MAX; w = strtok_r(NULL, " \t", &save))
                words[n++] = w;
        return n;
}

static struct file *find_module(struct source *s, const struct file *from, const char *module)
{
        struct file *f = module_named(s, from, module, 0);
        return f ? f : module_named(s, from, arena_printf(s->arena, "%s.__main__", module), 0);
}

/* The module that a command starts: python -m M, python path.py, gunicorn M:app, uvicorn M:app, celery -A M worker. */
static void read_command(struct source *s, struct program *p)
{
        const char *words[WORDS_MAX], *module = NULL, *path = NULL;
        size_t n = split(s->arena, p->command, words);
        bool server = false;
        for (size_t i = 0; i < n; i++) {
                const char *slash = strrchr(words[i], '/'), *base = slash ? slash + 1 : words[i];
                server |= !strcmp(base, "gunicorn") || !strcmp(base, "uvicorn") || !strcmp(base, "hypercorn") || !strcmp(base, "celery");
                const char *next = i + 1 < n ? words[i + 1] : "";
                if (!strcmp(words[i], "-m") && !module && !server) {
                        if (!strcmp(next, "gunicorn") || !strcmp(next, "uvicorn") || !strcmp(next, "celery"))
                                continue;
                        module = next;
                } else if (!strcmp(words[i], "-A") || !strcmp(words[i], "--app")) {
                        module = next;
                } else if (server && (!strcmp(words[i], "-w") || !strcmp(words[i], "--workers") || !strcmp(words[i], "--concurrency") || !strcmp(words[i], "-c")) && atoi(next) > 0) {
                        p->processes *= atoi(next);
                } else if (str_starts(words[i], "--workers=") || str_starts(words[i], "--concurrency=")) {
                        p->processes *= atoi(strchr(words[i], '=') + 1) > 0 ? atoi(strchr(words[i], '=') + 1) : 1;
                } else if (str_ends(words[i], ".py") && !module && !path) {
                        path = words[i];
                } else if (server && strchr(words[i], ':') && !strchr(words[i], '/') && words[i][0] != '-' && !module) {
                        module = arena_strndup(s->arena, words[i], strcspn(words[i], ":"));
                }
        }
        p->entry_module = module;
        p->entry = module ? find_module(s, p->declared_in, module) : path ? config_find(s, p->declared_in, path) : NULL;
        if (p->entry && !p->entry_module)
                p->entry_module = p->entry->module;
}

/* ── Reachability ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool contains(const struct program *p, const struct file *f)
{
        for (size_t i = 0; i < p->modules.len; i++)
                if (p->modules.items[i] == f)
                        return true;
        return false;
}

static void reach(struct source *s, struct program *p, struct file *f)
{
        if (f && f->lang == LANG_PYTHON && !f->is_left_out && !contains(p, f))
                *vec_push(s->arena, &p->modules) = f;
}

/* What a file imports, as its summary has it: the file itself need not be looked at. */
static void reach_imports(struct source *s, struct program *p, const struct file *from)
{
        const struct summary *y = &s->shared->files[from->index].summary;
        for (const char *i = y->imports; i && i < y->imports + y->imports_len;) {
                int level = atoi(i);
                const char *module = i + strlen(i) + 1, *symbol = module + strlen(module) + 1;
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
                reach(s, p, module_named(s, from, module, level));
                if (*symbol && strcmp(symbol, "*"))
                        reach(s, p, module_named(s, from, *module ? arena_printf(s->scratch, "%s.%s", module, symbol) : symbol, level));
                i = symbol + strlen(symbol) + 1;
        }
}

static void reach_all(struct source *s, struct program *p)
{
        reach(s, p, p->entry);
        for (size_t i = 0; i < p->modules.len; i++)
                reach_imports(s, p, p->modules.items[i]);
}

/* ── Declarations ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static void from_supervisor(struct source *s, struct file *f)
{
        for (size_t i = 0; i < f->entries.len; i++) {
                const struct entry *e = &f->entries.items[i];
                if (!str_starts(e->key, "program:") || !str_ends(e->key, ".command"))
                        continue;
                const char *section = arena_strndup(s->arena, e->key, strlen(e->key) - strlen(".command"));
                const struct entry *processes = config_get(f, arena_printf(s->arena, "%s.numprocs", section));
                struct program *p = vec_push(s->arena, &s->programs);
                *p = (struct program){.name = section + strlen("program:"), .command = e->value, .declared_in = f, .processes = processes ? atoi(processes->value) : 1};
                int col;
                file_position(f, e->start, &p->line, &col);
                read_command(s, p);
        }
}

static bool is_reached(const struct source *s, const struct file *f)
{
        for (size_t i = 0; i < s->programs.len; i++)
                if (contains(&s->programs.items[i], f))
                        return true;
        return false;
}

/* A command line that no program of the fleet reaches is run by hand. */
static bool is_script(const struct source *s, const struct file *f)
{
        return f->is_script || (f->lang == LANG_PYTHON && s->shared->files[f->index].summary.cli && !is_reached(s, f));
}

/* The programs that reach a file, for its pools. */
static void note_programs(struct source *s, struct file *f)
{
        VEC(const char *) names = {0};
        for (size_t k = 0; k < s->programs.len; k++)
                if (contains(&s->programs.items[k], f))
                        *vec_push(s->keep, &names) = s->programs.items[k].name;
        struct shared_file *common = &s->shared->files[f->index];
        common->programs = names.len ? json_names(s->keep, names.items, names.len) : NULL;
        common->only_program = names.len == 1 ? names.items[0] : NULL;
}

void programs_find(struct source *s)
{
        s->arena = s->keep;
        for (size_t i = 0; i < s->files.len; i++)
                if (s->files.items[i]->lang == LANG_INI) {
                        file_need(s->files.items[i]);
                        from_supervisor(s, s->files.items[i]);
                }
        for (size_t i = 0; i < s->programs.len; i++)
                reach_all(s, &s->programs.items[i]);
        for (size_t i = 0; i < s->files.len; i++) {
                struct file *f = s->files.items[i];
                s->shared->files[i].is_script = is_script(s, f);
                if (s->programs.len && f->lang == LANG_PYTHON)
                        note_programs(s, f);
        }
        s->arena = arena_new();
}

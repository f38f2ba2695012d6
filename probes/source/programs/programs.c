/*
 * What runs: the programs that the files of a deployment declare, the module that each starts, and the modules which that one
 * reaches by imports. Ways of declaring are in files of their own; where several files start the same module by different means
 * (a unit, a compose file, a Dockerfile), one of them counts and the others are alternatives to it.
 */
#include "base/fs.h"
#include "probes/source/programs/programs.h"
#include "probes/source/python/python.h"

#include <stdlib.h>
#include <string.h>

/* ── What the declarations use ─────────────────────────────────────────────────────────────────────────────────────── */

struct program *program_add(struct source *s, struct file *f, const char *declared_as, const char *name, uint32_t at)
{
        int col;
        struct program *p = vec_push(s->arena, &s->programs);
        *p = (struct program){.name = name, .declared_as = declared_as, .command = "", .declared_in = f, .processes = 1, .threads = -1};
        file_position(f, at, &p->line, &col);
        return p;
}

void program_set_text(struct source *s, struct program *p, const char *name, const char *value, const struct file *f, uint32_t start, uint32_t end)
{
        *vec_push(s->arena, &p->environment) = (struct variable){.name = name, .value = value, .file = f->index, .start = start, .end = end};
}

/* Compose fills in variables from the .env beside its file. */
static const struct entry *beside(struct source *s, const struct file *f, const char *name, size_t len, struct file **ret_file)
{
        struct file *env = f->lang == LANG_YAML ? config_find(s, f, ".env") : NULL;
        const struct entry *e = env && env->lang == LANG_ENV && !strcmp(env->folder, f->folder) ? config_get(env, arena_strndup(s->scratch, name, len)) : NULL;
        *ret_file = env;
        return e;
}

/* ${X:-y}, the whole of a value: where X is set beside, else the default. */
static void set_variable(struct source *s, struct program *p, const char *name, const struct file *f, const struct entry *e)
{
        const char *of = e->value + 2;
        size_t n = strcspn(of, ":-?}"), dash = n + (of[n] == ':');
        struct file *env;
        const struct entry *found = beside(s, f, of, n, &env);
        if (found) {
                program_set_text(s, p, name, found->value, env, found->start, found->end);
        } else if (of[dash] == '-') {
                uint32_t start = e->start + 2 + (uint32_t)dash + 1;
                size_t len = strcspn(of + dash + 1, "}");
                program_set_text(s, p, name, arena_strndup(s->arena, of + dash + 1, len), f, start, start + (uint32_t)len);
        }
}

/* Text around variables: known when all of them have a default; it stands nowhere as it is. */
static void set_composed(struct source *s, struct program *p, const char *name, const struct file *f, const struct entry *e)
{
        CLEANUP(str_release) struct str out = {0};
        for (const char *c = e->value; *c;) {
                size_t text = strcspn(c, "$"), n, dash;
                str_add_len(&out, c, text);
                c += text;
                if (!*c)
                        break;
                struct file *env;
                const struct entry *found = c[1] == '{' ? beside(s, f, c + 2, strcspn(c + 2, ":-?}"), &env) : NULL;
                n = c[1] == '{' ? 2 + strcspn(c + 2, ":-?}") : 0;
                dash = n + (c[n] == ':');
                if (!n || (!found && c[dash] != '-'))
                        return;
                size_t end = n + strcspn(c + n, "}");
                str_add_len(&out, found ? found->value : c + dash + 1, found ? strlen(found->value) : end - dash - 1);
                c += end + (c[end] == '}');
        }
        program_set_text(s, p, name, arena_strdup(s->arena, str_text(&out)), f, 0, 0);
}

/* A value that the caller's own environment fills in is known where it has a default. */
void program_set(struct source *s, struct program *p, const char *name, const struct file *f, const struct entry *e)
{
        const char *open = strstr(e->value, "${");
        if (e->templated)
                return;
        if (!open)
                program_set_text(s, p, name, e->value, f, e->start, e->end);
        else if (open == e->value && strchr(open, '}') == open + strlen(open) - 1)
                set_variable(s, p, name, f, e);
        else
                set_composed(s, p, name, f, e);
}

void program_set_pair(struct source *s, struct program *p, const struct file *f, const struct entry *pair)
{
        size_t eq = strcspn(pair->value, "=");
        struct entry value = *pair;
        struct file *env;
        if (!pair->value[eq]) { /* - NAME: passed on as it is here */
                const struct entry *found = beside(s, f, pair->value, eq, &env);
                if (found)
                        program_set_text(s, p, pair->value, found->value, env, found->start, found->end);
                return;
        }
        value.value += eq + 1;
        value.start += (uint32_t)eq + 1;
        program_set(s, p, arena_strndup(s->arena, pair->value, eq), f, &value);
}

bool program_set_file(struct source *s, struct program *p, const struct file *from, const char *path)
{
        struct file *f = config_find(s, from, path);
        if (!f || f->lang != LANG_ENV)
                return false;
        for (size_t i = 0; i < f->entries.len; i++)
                program_set(s, p, f->entries.items[i].key, f, &f->entries.items[i]);
        return true;
}

const struct variable *program_variable(const struct program *p, const char *name)
{
        for (size_t i = p->environment.len; i-- > 0;)
                if (!strcmp(p->environment.items[i].name, name))
                        return &p->environment.items[i];
        return NULL;
}

static bool is_folder(const struct source *s, const char *folder)
{
        size_t n = strlen(folder);
        for (size_t i = 0; i < s->files.len; i++)
                if (!strncmp(s->files.items[i]->path, folder, n) && s->files.items[i]->path[n] == '/')
                        return true;
        return false;
}

const char *folder_of(struct source *s, const struct file *from, const char *path)
{
        while (str_starts(path, "./"))
                path += 2;
        size_t n = strlen(path);
        while (n && path[n - 1] == '/')
                n--;
        const char *clean = arena_strndup(s->arena, path, n);
        if (!n || !strcmp(clean, "."))
                return from->folder;
        const char *beside = *clean != '/' && *from->folder ? arena_printf(s->arena, "%s/%s", from->folder, clean) : NULL;
        if (beside && is_folder(s, beside))
                return beside;
        for (const char *tail = clean; tail; tail = strchr(tail, '/')) {
                tail += *tail == '/';
                if (is_folder(s, tail))
                        return tail;
        }
        return NULL;
}

void setting_add(struct source *s, const char *system, const char *program, const char *name, const char *value, const struct file *f, uint32_t start, uint32_t end)
{
        *vec_push(s->arena, &s->settings) = (struct setting){.system = system, .program = program, .name = name, .value = value ? arena_strdup(s->arena, value) : NULL,
                                                             .file = f, .start = start, .end = end};
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

/* Starts Django: by wsgi.py, asgi.py, manage.py, or as a worker of Celery in a project of Django. */
static bool starts_django(struct source *s, const struct program *p, const struct file *manage)
{
        static const char *const words[] = {"django.core.wsgi", "django.core.asgi", "django.core.management"};
        for (size_t m = 0; m < p->modules.len; m++) {
                const struct summary *y = &s->shared->files[p->modules.items[m]->index].summary;
                for (size_t i = 0; y->imports && i < sizeof words / sizeof *words; i++)
                        if (memmem(y->imports, y->imports_len, words[i], strlen(words[i])))
                                return true;
        }
        return manage && p->server && !strcmp(p->server, "celery");
}

/* Django loads applications, views and settings by their names in texts: everything below manage.py is the program. */
static void reach_project(struct source *s, struct program *p)
{
        struct file *manage = p->entry ? config_find(s, p->entry, "manage.py") : NULL;
        if (!p->entry || !starts_django(s, p, manage))
                return;
        char *above = arena_strdup(s->scratch, p->entry->folder);
        if (!manage && strrchr(above, '/'))
                *strrchr(above, '/') = '\0';
        const char *root = manage ? manage->folder : above;
        size_t n = strlen(root);
        for (size_t i = 0; i < s->files.len; i++) {
                struct file *f = s->files.items[i];
                bool below = !n || (!strncmp(f->folder, root, n) && (!f->folder[n] || f->folder[n] == '/'));
                if (below && !f->is_test && !f->is_migration && !f->is_script && !strstr(f->path, "management/commands/"))
                        reach(s, p, f);
        }
}

static void reach_all(struct source *s, struct program *p)
{
        reach(s, p, p->entry);
        size_t i = 0;
        for (int round = 0; round < 2; round++) {
                for (; i < p->modules.len; i++)
                        reach_imports(s, p, p->modules.items[i]);
                if (!round)
                        reach_project(s, p);
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

/* The programs that reach a file, for its pools and for what it reads from the environment. */
static void note_programs(struct source *s, struct file *f)
{
        VEC(const char *) names = {0};
        VEC(const struct program *) reaching = {0};
        for (size_t k = 0; k < s->programs.len; k++) {
                const struct program *p = &s->programs.items[k];
                if (p->is_alternative || !contains(p, f))
                        continue;
                *vec_push(s->keep, &names) = p->name;
                *vec_push(s->keep, &reaching) = p;
        }
        struct shared_file *common = &s->shared->files[f->index];
        common->programs = names.len ? json_names(s->keep, names.items, names.len) : NULL;
        common->only_program = names.len == 1 ? names.items[0] : NULL;
        common->reaching = reaching.items;
        common->reaching_count = reaching.len;
}

/* ── All of them ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/* 0: what is deployed; 1: what a developer adds to it; 2: what only shows how. */
static int kind_of_file(const char *path)
{
        static const char *const words[] = {"override", "dev", "local", "test", "debug", "ci"};
        const char *base = fs_basename(path);
        if (config_is_template(base))
                return 2;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                for (const char *at = base; (at = strstr(at, words[i])); at++)
                        if (at > base && strchr(".-_", at[-1]) && strchr(".-_", at[strlen(words[i])]))
                                return 1;
        return 0;
}

/* By its name, so that thousands of other files of YAML and JSON need not be read for this. */
static bool may_declare(const struct file *f)
{
        static const char *const words[] = {"compose", "docker", "stack", "swarm", "deploy", "prod", "staging", "local", "ecosystem", "pm2", "process"};
        const char *base = fs_basename(f->path);
        bool data = f->lang == LANG_YAML || f->lang == LANG_JSON;
        if (f->lang <= LANG_PYTHON || f->lang == LANG_TOML || f->lang == LANG_REQUIREMENTS || f->lang == LANG_SHELL || f->lang == LANG_ENV || f->lang == LANG_CONF || f->lang == LANG_SQL)
                return false;
        for (size_t i = 0; data && i < sizeof words / sizeof *words; i++)
                if (strstr(base, words[i]))
                        return true;
        return !data || !*f->folder;
}

static void declare_all(struct source *s)
{
        static void (*const declarations[])(struct source *, struct file *) = {
                declare_supervisor, declare_systemd, declare_compose, declare_pm2, declare_procfile, declare_cron, declare_dockerfile, /* the earlier counts */
        };
        VEC(struct file *) files[3] = {0};
        for (size_t i = 0; i < s->files.len; i++)
                if (may_declare(s->files.items[i])) {
                        file_need(s->files.items[i]);
                        *vec_push(s->keep, &files[kind_of_file(s->files.items[i]->path)]) = s->files.items[i];
                }
        for (size_t d = 0; d < sizeof declarations / sizeof *declarations; d++)
                for (int kind = 0; kind < 3; kind++)
                        for (size_t i = 0; i < files[kind].len; i++)
                                declarations[d](s, files[kind].items[i]);
}

static bool is_same(const struct program *a, const struct program *b)
{
        bool other_way = strcmp(a->declared_as, b->declared_as) != 0, other_file = a->declared_in != b->declared_in;
        if (other_file && !other_way && !strcmp(a->declared_as, "compose"))
                return !strcmp(a->name, b->name);
        if (other_file && config_is_template(b->declared_in->path) && !config_is_template(a->declared_in->path))
                return true;
        return other_way && a->entry && a->entry == b->entry;
}

/* Names tell programs apart: in the history, in findings, on the map. */
static void tell_apart(struct source *s)
{
        for (size_t i = 0; i < s->programs.len; i++) {
                struct program *p = &s->programs.items[i];
                size_t same = 0;
                for (size_t k = 0; k < i; k++) {
                        p->is_alternative |= !s->programs.items[k].is_alternative && is_same(&s->programs.items[k], p);
                        same += !strcmp(s->programs.items[k].name, p->name);
                }
                if (same)
                        p->name = arena_printf(s->arena, "%s (%s)", p->name, p->declared_in->path);
        }
}

void programs_find(struct source *s)
{
        struct arena *before = s->arena;
        s->arena = s->keep;
        declare_all(s);
        tell_apart(s);
        for (size_t i = 0; i < s->programs.len; i++)
                reach_all(s, &s->programs.items[i]);
        for (size_t i = 0; i < s->files.len; i++) {
                struct file *f = s->files.items[i];
                s->shared->files[i].is_script = is_script(s, f);
                if (s->programs.len && f->lang == LANG_PYTHON)
                        note_programs(s, f);
        }
        s->arena = before;
}

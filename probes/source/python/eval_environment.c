/*
 * Environment variables: what the programs that reach a file set (supervisor, compose, systemd ...), over what a .env says, over
 * the default in the code. Reading one has many names.
 */
#include "probes/source/python/eval.h"
#include "probes/source/world.h"

#include <stdlib.h>
#include <string.h>

/* ── Who sets it ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static size_t common_folders(const char *a, const char *b)
{
        size_t n = 0;
        for (size_t i = 0; a[i] && a[i] == b[i]; i++)
                n += a[i] == '/';
        return n;
}

/* The .env that the program would load: the nearest real one, else a template that says what is expected. */
static struct file *environment_file(struct source *s, const struct file *from, const char *name)
{
        struct file *real = config_find(s, from, ".env"), *best = NULL;
        if (real && config_get(real, name))
                return real;
        for (size_t i = 0; i < s->files.len; i++) {
                struct file *f = s->files.items[i];
                if (f->lang != LANG_ENV || !config_get(f, name))
                        continue;
                bool template = config_is_template(f->path), best_template = best && config_is_template(best->path);
                if (!best || (best_template && !template) || (best_template == template && common_folders(f->path, from->path) > common_folders(best->path, from->path)))
                        best = f;
        }
        return best;
}

/* A .env counts only where something in the tree loads it. */
static bool loads_env_files(struct source *s)
{
        static const char *const loaders[] = {"load_dotenv", "find_dotenv", "read_env", "read_envfile", "dotenv_values", "AutoConfig", "Env", "SettingsConfigDict",
                                              "RepositoryEnv", "Dynaconf"};
        for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++)
                if (calls_exist(s, loaders[i]))
                        return true;
        return false;
}

static struct value from_file(struct source *s, struct scope *scope, const char *name, bool loaded)
{
        struct file *f = environment_file(s, scope->file, name);
        if (!f || (!loaded && !loads_env_files(s)))
                return unknown("");
        struct value v = config_value(f, config_get(f, name));
        v.is_template = config_is_template(f->path);
        return v;
}

struct value ev_given(struct source *s, const struct variable *x, const char *what)
{
        struct file *f = s->files.items[x->file];
        struct entry e = {.key = x->name, .value = x->value, .start = x->start, .end = x->end};
        depends_on_file(s, f);
        file_need(f);
        struct value v = config_value(f, &e);
        if (v.kind != V_UNKNOWN) {
                v.decider = v.decider == BY_COMPUTED || !x->end ? BY_COMPUTED : BY_ENVIRONMENT;
                v.trail = arena_printf(s->scratch, "%s at %s", what, place(f, x->start));
        }
        return v;
}

static struct value of_variable(struct source *s, const struct variable *x, const char *program)
{
        return ev_given(s, x, arena_printf(s->scratch, "%s in the environment of %s", x->name, program));
}

/* Known only when every program that reaches the file has the same. */
static struct value from_programs(struct source *s, const struct file *f, const char *name)
{
        const struct shared_file *common = &s->shared->files[f->index];
        struct value found = unknown("");
        size_t set = 0;
        for (size_t i = 0; i < common->reaching_count; i++) {
                const struct variable *x = program_variable(common->reaching[i], name);
                if (!x)
                        continue;
                struct value v = of_variable(s, x, common->reaching[i]->name);
                if (set++ && (v.kind != found.kind || strcmp(x->value, found.text ? found.text : "")))
                        found.ambiguous = true;
                else if (set == 1)
                        found = v;
        }
        found.ambiguous |= set > 0 && set < common->reaching_count;
        return found;
}

struct value ev_variable(struct ctx *c, struct scope *s, const char *name, bool loaded)
{
        struct source *src = c->python->source;
        depends_on_name(src, LOOK_ENVIRONMENT, "", 0);
        struct value process = from_programs(src, s->file, name), file = from_file(src, s, name, loaded);
        if (process.kind == V_UNKNOWN)
                return file;
        return file.kind == V_UNKNOWN ? process : overrules(src, process, file);
}

struct value ev_over_default(struct source *s, struct value said, struct value otherwise)
{
        if (said.is_template) {
                said.trail = arena_printf(s->scratch, "%s (example file)", said.trail);
                said.is_template = otherwise.kind != V_UNKNOWN;
        }
        return overrules(s, said, otherwise);
}

/* `otherwise` is the node of the default in scope s, or NO_NODE. */
static struct value variable_or(struct ctx *c, struct scope *s, const char *name, uint32_t otherwise, bool loaded)
{
        struct source *src = c->python->source;
        if (!strcmp(name, "SUPERVISOR_PROCESS_NAME"))
                return (struct value){.kind = V_TEXT, .text = "\002", .node = NO_NODE, .decider = BY_COMPUTED, .trail = "the name of the supervised process"};
        struct value said = ev_variable(c, s, name, loaded);
        struct value v = otherwise == NO_NODE ? unknown(arena_printf(src->scratch, "environment variable %s, which nothing in the tree sets", name)) : ev(c, s, otherwise);
        if (v.decider == BY_LITERAL || v.decider == BY_CONSTANT)
                v.decider = BY_ENV_DEFAULT;
        if (said.kind != V_UNKNOWN)
                return ev_over_default(src, said, v);
        return otherwise == NO_NODE ? v : via(src, arena_printf(src->scratch, "%s unless the environment sets it", name), v);
}

struct value ev_environment(struct ctx *c, struct scope *s, const char *name, uint32_t otherwise)
{
        return variable_or(c, s, name, otherwise, false);
}

/* ── Who reads it ──────────────────────────────────────────────────────────────────────────────────────────────────── */

enum reader_flags { LOADS = 1 << 0, CAST = 1 << 1, PREFIX = 1 << 2 };

static const struct reader {
        const char *name;   /* canonical; "()" is calling an instance; ".*" any method of a type */
        int otherwise;      /* position of the default; -1: by keyword only */
        int flags;          /* loads .env by itself; second argument is a type; env.prefixed() counts */
} readers[] = {
        {"os.getenv", 1, 0},
        {"os.environ.get", 1, 0},
        {"environ.get", 1, 0},
        {"decouple.config", 1, LOADS},
        {"decouple.Config.()", 1, LOADS},
        {"decouple.AutoConfig.()", 1, LOADS},
        {"starlette.config.Config.()", 2, LOADS | CAST},
        {"starlette.config.Config.get", 2, LOADS | CAST},
        {"environs.Env.()", 1, PREFIX},
        {"environs.Env.*", 1, PREFIX},
        {"environs.env.*", 1, PREFIX},
        {"envparse.Env.*", 1, 0},
        {"envparse.env.*", 1, 0},
        {"envparse.env", 1, 0},
        {"environ.Env.()", 2, CAST},
        {"environ.Env.*", 1, 0},
        {"environ.FileAwareEnv.()", 2, CAST},
        {"environ.FileAwareEnv.*", 1, 0},
};

static const struct reader *reader_of(const char *name)
{
        static const char *const others[] = {"read_env", "read_envfile", "prefixed", "seal", "dump", "parser_for", "add_parser", "prefix"};
        const char *last = strrchr(name, '.');
        for (size_t i = 0; last && i < sizeof others / sizeof *others; i++)
                if (!strcmp(last + 1, others[i]))
                        return NULL;
        for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
                if (*name != *readers[i].name && *readers[i].name != '*')
                        continue;
                size_t n = strlen(readers[i].name);
                bool any = readers[i].name[n - 1] == '*';
                if (any ? !strncmp(name, readers[i].name, n - 1) && !strchr(name + n - 1, '.') && strcmp(name + n - 1, "()") : !strcmp(name, readers[i].name))
                        return &readers[i];
        }
        return NULL;
}

/* with env.prefixed("DB_"): around the call, the outermost first. */
static const char *prefixed(struct ctx *c, struct scope *s, uint32_t call, const char *name)
{
        const struct file *f = s->file;
        for (uint32_t w = enclosing(f, call, PY_with_statement); w != NO_NODE; w = enclosing(f, w, PY_with_statement))
                for (uint32_t n = w; n < f->nodes[w].after && f->nodes[n].kind != PY_block; n++) {
                        uint32_t function = f->nodes[n].kind == PY_call ? node_field(f, n, F_function) : NO_NODE;
                        uint32_t attribute = function != NO_NODE && f->nodes[function].kind == PY_attribute ? node_field(f, function, F_attribute) : NO_NODE;
                        uint32_t arg = attribute != NO_NODE && text_is(f, attribute, "prefixed") ? call_argument(f, n, "prefix", 0) : NO_NODE;
                        struct value v = arg != NO_NODE ? ev(c, s, arg) : unknown("");
                        if (v.kind == V_TEXT && !v.holes)
                                name = arena_printf(c->python->source->scratch, "%s%s", v.text, name);
                }
        return name;
}

struct value ev_as_number(struct value v)
{
        char *end;
        double x = v.kind == V_TEXT && !v.holes ? strtod(v.text, &end) : 0;
        if (v.kind == V_TEXT && !v.holes && end != v.text && !*end) {
                v.kind = V_NUMBER;
                v.number = x;
        }
        return v;
}

bool ev_reader(struct ctx *c, struct scope *s, uint32_t call, const char *name, struct value *ret)
{
        const struct reader *r = reader_of(name);
        if (!r)
                return false;
        struct file *f = s->file;
        uint32_t first = call_argument(f, call, NULL, 0), otherwise = call_argument(f, call, "default", r->otherwise);
        if (first == NO_NODE)
                first = call_argument(f, call, "var", -1);
        struct value key = first == NO_NODE ? unknown("") : ev(c, s, first);
        if (key.kind != V_TEXT || key.holes) {
                *ret = unknown("an environment variable whose name is not known");
                return true;
        }
        const char *variable = r->flags & PREFIX ? prefixed(c, s, call, key.text) : key.text;
        *ret = variable_or(c, s, variable, otherwise, r->flags & LOADS);
        const char *last = strrchr(name, '.');
        uint32_t cast = call_argument(f, call, "cast", r->flags & CAST ? 1 : -1);
        if ((last && (!strcmp(last, ".int") || !strcmp(last, ".float"))) || (cast != NO_NODE && (text_is(f, cast, "int") || text_is(f, cast, "float"))))
                *ret = ev_as_number(*ret);
        return true;
}

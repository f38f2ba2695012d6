/*
 * A command line: which server or module it starts, in how many processes and threads. Of several commands (a && b, the lines of
 * a start script) the one that says most counts: a server with an application of the tree, a server, a module of the tree.
 */
#include "probes/source/programs/programs.h"
#include "probes/source/python/python.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIPT_DEPTH_MAX = 4 };

static const struct server {
        const char *name, *processes, *threads, *application;
        int otherwise;
} servers[] = {
#define SERVER(name, processes, threads, application, otherwise) {#name, processes, threads, application, otherwise},
#include "probes/source/programs/servers.def"
#undef SERVER
};

/* What is known of one simple command. */
struct started {
        const struct server *server;
        const char *module, *path;
        struct file *entry;
        int64_t processes, threads; /* -1 unknown, of threads: not told */
        int rank;
};

struct reading {
        struct source *s;
        struct program *p;
        struct started best;
        int depth;
};

static const char *base_of(const char *word)
{
        const char *slash = strrchr(word, '/');
        return slash ? slash + 1 : word;
}

static const struct server *server_named(const char *word)
{
        const char *base = base_of(word);
        for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
                if (!strcmp(base, servers[i].name))
                        return &servers[i];
        return NULL;
}

static bool in_list(const char *word, size_t len, const char *list)
{
        for (const char *p = list; *p; p += strspn(p, " ")) {
                size_t n = strcspn(p, " ");
                if (n == len && !strncmp(p, word, n))
                        return true;
                p += n;
        }
        return false;
}

/* ── Modules ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct file *only_one(struct source *s, const char *module, const char *path)
{
        struct file *found = NULL;
        for (size_t i = 0; i < s->files.len; i++) {
                struct file *f = s->files.items[i];
                const char *have = module ? f->module : f->path, *wanted = module ? module : path;
                size_t n = have ? strlen(have) : 0, w = strlen(wanted);
                if (f->lang != LANG_PYTHON || !have || n < w || strcmp(have + n - w, wanted) || (n > w && have[n - w - 1] != (module ? '.' : '/')))
                        continue;
                if (found)
                        return NULL;
                found = f;
        }
        return found;
}

/* run: as python -m does it, for which a package is its __main__. */
static struct file *find_module(struct source *s, const struct program *p, const char *module, bool run)
{
        struct file from = *p->declared_in, *f = NULL;
        for (int round = p->folder ? 0 : 1; round < 2 && !f; round++) {
                from.folder = round ? p->declared_in->folder : p->folder;
                f = run ? module_named(s, &from, arena_printf(s->arena, "%s.__main__", module), 0) : NULL;
                f = f ? f : module_named(s, &from, module, 0);
        }
        return f || library_is_external(module) ? f : only_one(s, module, NULL);
}

static struct file *find_path(struct source *s, const struct program *p, const char *path)
{
        struct file from = *p->declared_in, *f = NULL;
        for (int round = p->folder ? 0 : 1; round < 2 && !f; round++) {
                from.folder = round ? p->declared_in->folder : p->folder;
                f = config_find(s, &from, path);
        }
        return f ? f : only_one(s, NULL, base_of(path));
}

/* ── Servers ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int64_t number_of(const char *text)
{
        char *end;
        long n = strtol(text, &end, 10);
        return end > text && !*end && n > 0 && n < 100000 ? n : -1;
}

/* --workers 4, --workers=4, -w4, -w 4: the word with the value, or NULL. */
static const struct word *option(const struct words *w, size_t from, size_t to, const char *names, struct word *room)
{
        const struct word *found = NULL;
        for (size_t i = from; i < to; i++) {
                const struct word *x = &w->items[i];
                size_t n = strcspn(x->text, "=");
                if (x->text[0] != '-')
                        continue;
                if (!x->text[n] && in_list(x->text, n, names) && i + 1 < to) {
                        found = &w->items[i + 1];
                } else if (x->text[n] && in_list(x->text, n, names)) {
                        *room = (struct word){.text = x->text + n + 1, .start = x->start ? x->start + (uint32_t)n + 1 : 0, .end = x->end};
                        found = room;
                } else if (x->text[1] != '-' && isdigit((unsigned char)x->text[2]) && in_list(x->text, 2, names)) {
                        *room = (struct word){.text = x->text + 2, .start = x->start ? x->start + 2 : 0, .end = x->end};
                        found = room;
                }
        }
        return found;
}

static void note_option(struct reading *r, const struct server *sv, const char *name, const struct word *w)
{
        if (w)
                setting_add(r->s, sv->name, r->p->name, name, strchr(w->text, '\001') ? NULL : w->text, r->p->declared_in, w->start, w->end);
}

static const char *environment(const struct program *p, const char *name)
{
        const struct variable *v = program_variable(p, name);
        return v ? v->value : NULL;
}

/* A number or text that gunicorn.conf.py gives to a name. */
static void gunicorn_setting(struct reading *r, struct file *conf, const char *name, int64_t *number)
{
        struct source *s = r->s;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        const char *key = intern(s, name, strlen(name));
        bool bound = false;
        for (size_t i = 0; conf->scope && i < conf->scope->bindings.len; i++)
                bound |= conf->scope->bindings.items[i].name == key;
        if (!bound)
                return;
        struct value v = eval_name(conf->scope, key, UINT32_MAX);
        bool known = !v.ambiguous && (v.kind == V_NUMBER || v.kind == V_TEXT || v.kind == V_BOOL) && !v.holes;
        if (number)
                *number = known && v.kind == V_NUMBER ? (int64_t)v.number : known && v.kind == V_TEXT ? number_of(v.text) : -1;
        const char *text = known ? arena_strdup(s->arena, value_text(s->scratch, &v)) : NULL;
        bool placed = v.decided_in && v.decider != BY_COMPUTED;
        setting_add(s, "gunicorn", r->p->name, arena_strdup(s->arena, name), text, placed ? v.decided_in : conf, placed ? v.start : 0, placed ? v.end : 0);
}

static void gunicorn_file(struct reading *r, const struct words *w, size_t from, size_t to, struct started *x)
{
        struct word room;
        const struct word *given = option(w, from, to, "-c --config", &room);
        const char *path = given ? given->text : "gunicorn.conf.py";
        struct file *conf = find_path(r->s, r->p, str_starts(path, "file:") ? path + 5 : path);
        if (!conf || conf->lang != LANG_PYTHON || conf->is_left_out)
                return;
        file_need(conf);
        gunicorn_setting(r, conf, "workers", &x->processes);
        gunicorn_setting(r, conf, "threads", &x->threads);
        gunicorn_setting(r, conf, "worker_class", NULL);
        gunicorn_setting(r, conf, "preload_app", NULL);
}

/* The module of a dotted name whose last part may be an object in it. */
static struct file *module_or_above(struct source *s, const struct program *p, const char **module)
{
        struct file *f = find_module(s, p, *module, false);
        const char *dot = strrchr(*module, '.');
        if (f || !dot)
                return f;
        const char *above = arena_strndup(s->arena, *module, (size_t)(dot - *module));
        if ((f = find_module(s, p, above, false)))
                *module = above;
        return f;
}

/* uwsgi app.ini, uwsgi --ini app.ini: the same settings without their dashes. */
static void uwsgi_file(struct reading *r, const struct words *w, size_t from, size_t to, struct started *x)
{
        struct word room;
        const struct word *given = option(w, from, to, "--ini --yaml", &room);
        for (size_t i = from; i < to && !given; i++)
                if (str_ends(w->items[i].text, ".ini"))
                        given = &w->items[i];
        struct file *conf = given ? find_path(r->s, r->p, given->text) : NULL;
        if (!conf || conf->lang != LANG_INI)
                return;
        file_need(conf);
        static const char *const processes[] = {"uwsgi.processes", "uwsgi.workers"}, *const modules[] = {"uwsgi.module", "uwsgi.wsgi", "uwsgi.wsgi-file"};
        const struct entry *threads = config_get(conf, "uwsgi.threads"), *e;
        for (int i = 0; i < 2; i++)
                if ((e = config_get(conf, processes[i])))
                        x->processes = number_of(e->value);
        if (threads)
                x->threads = number_of(threads->value);
        for (int i = 0; i < 3 && !x->entry; i++)
                if ((e = config_get(conf, modules[i]))) {
                        x->module = arena_strndup(r->s->arena, e->value, strcspn(e->value, ":"));
                        x->entry = i == 2 ? find_path(r->s, r->p, e->value) : module_or_above(r->s, r->p, &x->module);
                }
}

/* GUNICORN_CMD_ARGS: stronger than the file, weaker than the command. */
static void gunicorn_variable(struct reading *r, struct started *x)
{
        const struct variable *v = program_variable(r->p, "GUNICORN_CMD_ARGS");
        struct words words = {0};
        struct word room;
        if (!v)
                return;
        words_split(r->s, r->p, r->p->declared_in, v->value, 0, false, &words);
        const struct word *processes = option(&words, 0, words.len, x->server->processes, &room);
        if (processes)
                x->processes = number_of(processes->text);
        const struct word *threads = option(&words, 0, words.len, x->server->threads, &room);
        if (threads)
                x->threads = number_of(threads->text);
}

/* uvicorn.run("app:app", workers=4) in the file that python starts: the server is made by the code. */
static void uvicorn_in_code(struct reading *r, struct started *x)
{
        struct file *f = x->entry;
        if (!f || f->lang != LANG_PYTHON || f->is_left_out)
                return;
        file_need(f);
        if (!f->scope || !f->bytes || !memmem(f->bytes, f->len, "uvicorn.run", 11))
                return;
        for (uint32_t n = 0; n < f->node_count; n++) {
                uint32_t function = f->nodes[n].kind == PY_call ? node_field(f, n, F_function) : NO_NODE;
                if (function == NO_NODE || !text_is(f, function, "uvicorn.run"))
                        continue;
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(r->s->scratch);
                struct value v = eval_keyword(scope_at(f, n), n, "workers", -1);
                x->server = server_named("uvicorn");
                x->processes = v.kind == V_NUMBER && !v.ambiguous && v.number > 0 ? (int64_t)v.number : v.kind == V_NONE ? 1 : -1;
        }
}

/* celery's processes are threads or greenlets where the pool is of these; beat and flower are one process. */
static void celery(struct reading *r, const struct words *w, size_t from, size_t to, struct started *x)
{
        struct word room;
        const struct word *pool = option(w, from, to, "-P --pool", &room);
        bool worker = false;
        for (size_t i = from; i < to; i++)
                worker |= !strcmp(w->items[i].text, "worker");
        if (pool && (!strcmp(pool->text, "gevent") || !strcmp(pool->text, "eventlet") || !strcmp(pool->text, "threads"))) {
                x->threads = x->processes;
                x->processes = 1;
        } else if (!worker || (pool && !strcmp(pool->text, "solo"))) {
                x->processes = 1;
        }
        note_option(r, x->server, "pool", pool);
        note_option(r, x->server, "prefetch_multiplier", option(w, from, to, "--prefetch-multiplier", &room));
        note_option(r, x->server, "autoscale", option(w, from, to, "--autoscale", &room));
}

static bool takes_value(const char *word)
{
        static const char *const flags[] = {"--preload", "--reload", "--factory", "--proxy-headers", "--no-access-log", "--daemon", "-D", "--insecure", "--no-sendfile", "--ws", "-B",
                                            "--beat", "--no-server-header", "--access-log", "--use-colors", "--enable-stdio-inheritance", "--verbose", "-v", "--fs-discover", "-fsd"};
        for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
                if (!strcmp(word, flags[i]))
                        return false;
        return word[0] == '-' && !strchr(word, '=');
}

/* app:application, app.worker.Settings, app/main.py: the first word that is neither an option nor the value of one. */
static const char *first_word(const struct words *w, size_t from, size_t to)
{
        for (size_t i = from; i < to; i++) {
                const char *t = w->items[i].text;
                if (t[0] == '-') {
                        i += takes_value(t);
                        continue;
                }
                if (strcmp(t, "run") && strcmp(t, "dev") && strcmp(t, "worker") && strcmp(t, "scheduler"))
                        return t;
        }
        return "";
}

static void find_application(struct reading *r, const struct words *w, size_t from, size_t to, struct started *x)
{
        struct word room;
        const struct word *given = *x->server->application && strcmp(x->server->application, "-") ? option(w, from, to, x->server->application, &room) : NULL;
        const char *t = given ? given->text : *x->server->application ? "" : first_word(w, from, to);
        if (!strcmp(x->server->name, "flask") && !*t)
                t = environment(r->p, "FLASK_APP") ? environment(r->p, "FLASK_APP") : "app";
        static const char *const usual[] = {"main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py"};
        for (size_t i = 0; !*t && !strcmp(x->server->name, "fastapi") && !x->entry && i < sizeof usual / sizeof *usual; i++)
                x->entry = r->p->folder || !*r->p->declared_in->folder ? find_path(r->s, r->p, usual[i]) : NULL;
        if (!*t || strpbrk(t, "\001{"))
                return;
        if (str_ends(t, ".py") || strchr(t, '/')) {
                x->path = t;
                x->entry = find_path(r->s, r->p, arena_strndup(r->s->arena, t, strcspn(t, ":")));
                return;
        }
        x->module = arena_strndup(r->s->arena, t, strcspn(t, ":"));
        x->entry = module_or_above(r->s, r->p, &x->module);
}

static void read_server(struct reading *r, const struct words *w, size_t from, size_t to, struct started *x)
{
        struct word room;
        const struct server *sv = x->server;
        const char *concurrency = environment(r->p, "WEB_CONCURRENCY");
        const struct word *chdir = option(w, from, to, "--chdir --app-dir --workdir", &room);
        if (chdir && !strchr(chdir->text, '\001')) {
                const char *folder = folder_of(r->s, r->p->declared_in, chdir->text);
                r->p->folder = folder ? folder : r->p->folder;
        }
        x->processes = sv->otherwise;
        if (concurrency && (!strcmp(sv->name, "gunicorn") || !strcmp(sv->name, "uvicorn")))
                x->processes = number_of(concurrency);
        if (!strcmp(sv->name, "gunicorn"))
                gunicorn_file(r, w, from, to, x);
        if (!strcmp(sv->name, "gunicorn"))
                gunicorn_variable(r, x);
        const struct word *processes = option(w, from, to, sv->processes, &room);
        note_option(r, sv, strcmp(sv->name, "celery") ? "workers" : "concurrency", processes);
        if (processes)
                x->processes = number_of(processes->text);
        const struct word *threads = option(w, from, to, sv->threads, &room);
        note_option(r, sv, "threads", threads);
        if (threads)
                x->threads = number_of(threads->text);
        if (!strcmp(sv->name, "celery"))
                celery(r, w, from, to, x);
        if (!strcmp(sv->name, "gunicorn")) {
                note_option(r, sv, "worker_class", option(w, from, to, "-k --worker-class", &room));
                for (size_t i = from; i < to; i++)
                        if (!strcmp(w->items[i].text, "--preload"))
                                setting_add(r->s, "gunicorn", r->p->name, "preload_app", "True", r->p->declared_in, w->items[i].start, w->items[i].end);
        }
        if (!strcmp(sv->name, "uwsgi"))
                uwsgi_file(r, w, from, to, x);
        if (!x->entry)
                find_application(r, w, from, to, x);
        x->rank = x->entry ? 4 : 3;
}

/* ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_python(const char *word)
{
        const char *base = base_of(word);
        return str_starts(base, "python") && strspn(base + 6, "0123456789.") == strlen(base + 6);
}

/* python -m M, python path.py, python -m gunicorn ... */
static void read_python(struct reading *r, const struct words *w, size_t from, size_t to, struct started *x)
{
        for (size_t i = from; i < to; i++) {
                const char *t = w->items[i].text;
                if (!strcmp(t, "-m") && i + 1 < to) {
                        x->server = server_named(w->items[i + 1].text);
                        if (x->server) {
                                read_server(r, w, i + 2, to, x);
                                return;
                        }
                        x->module = strpbrk(w->items[i + 1].text, "\001{") ? NULL : w->items[i + 1].text;
                        if (!x->module)
                                break;
                        x->entry = find_module(r->s, r->p, x->module, true);
                        break;
                }
                if (!strcmp(t, "-c"))
                        return;
                if (t[0] == '-') {
                        i += !strcmp(t, "-X") || !strcmp(t, "-W");
                        continue;
                }
                if (strpbrk(t, "\001{"))
                        return;
                x->path = t;
                x->entry = find_path(r->s, r->p, str_ends(t, ".py") ? t : arena_printf(r->s->arena, "%s/__main__.py", t));
                break;
        }
        x->rank = x->entry ? 2 : x->module || x->path ? 1 : 0;
        uvicorn_in_code(r, x);
}

static void read_words(struct reading *r, const struct words *w);

/* sh -c "...", start.sh: the text inside. */
static bool read_shell(struct reading *r, const struct words *w, size_t i, size_t to)
{
        const char *base = base_of(w->items[i].text);
        bool shell = !strcmp(base, "sh") || !strcmp(base, "bash") || !strcmp(base, "ash") || !strcmp(base, "zsh");
        size_t next = i + 1;
        while (shell && next < to && w->items[next].text[0] == '-' && !strchr(w->items[next].text, 'c'))
                next++;
        if (r->depth >= SCRIPT_DEPTH_MAX)
                return true;
        if (shell && next + 1 < to && w->items[next].text[0] == '-') {
                struct words inner = {0};
                words_split(r->s, r->p, r->p->declared_in, w->items[next + 1].text, w->items[next + 1].start, w->items[next + 1].start > 0, &inner);
                r->depth++;
                read_words(r, &inner);
                r->depth--;
                return true;
        }
        const char *path = shell && next < to ? w->items[next].text : w->items[i].text;
        struct file *f = shell || strchr(path, '/') || str_ends(path, ".sh") ? find_path(r->s, r->p, path) : NULL;
        if (!f || f->lang != LANG_SHELL)
                return shell;
        file_need(f);
        r->depth++;
        for (size_t l = 0; l < f->entries.len; l++) {
                struct words inner = {0};
                struct file *declared_in = r->p->declared_in;
                words_split(r->s, r->p, f, f->entries.items[l].value, f->entries.items[l].start, true, &inner);
                struct program here = *r->p;
                here.declared_in = f; /* settings stand there */
                here.folder = here.folder ? here.folder : declared_in->folder;
                struct reading in = {.s = r->s, .p = &here, .best = r->best, .depth = r->depth};
                read_words(&in, &inner);
                r->best = in.best;
        }
        r->depth--;
        return shell; /* what follows a script by itself may be the command that it execs */
}

static bool is_no_start(const char *word)
{
        static const char *const words[] = {"pip", "pip3", "echo", "apt", "apt-get", "apk", "cp", "rm", "mkdir", "test", "[", "[[", "alembic", "chmod", "chown", "pytest", "curl", "wget",
                                            "git", "npm", "docker", "source", ".", "export", "set", "ls", "touch", "ln", "mv", "printf", "cat", "sleep", "pg_isready", "kill", "case", "for", "function", "which", "nginx"};
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (!strcmp(word, words[i]))
                        return true;
        return false;
}

static void consider(struct reading *r, const struct started *x)
{
        if (x->rank && x->rank >= r->best.rank)
                r->best = *x;
}

/* What stands before a command in a script: if, then, while ... */
static bool is_keyword(const char *word)
{
        static const char *const words[] = {"if", "elif", "then", "else", "while", "until", "do", "!", "{", "("};
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (!strcmp(word, words[i]))
                        return true;
        return false;
}

/* Words before the one that starts something are wrappers (exec, poetry run, env A=1, tini --) and their options. */
static void read_simple(struct reading *r, const struct words *w, size_t from, size_t to)
{
        while (from < to && is_keyword(w->items[from].text))
                from++;
        for (size_t i = from; i < to; i++) {
                struct started x = {.processes = 1, .threads = -1};
                const char *t = w->items[i].text, *script;
                size_t eq = strcspn(t, "=");
                if (t[eq] && eq && i == from && strspn(t, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == eq) {
                        program_set_text(r->s, r->p, arena_strndup(r->s->arena, t, eq), t + eq + 1, r->p->declared_in, w->items[i].start ? w->items[i].start + (uint32_t)eq + 1 : 0,
                                         w->items[i].start ? w->items[i].end : 0);
                        from++;
                        continue;
                }
                if (i == from && is_no_start(base_of(t)))
                        return;
                if (is_python(t)) {
                        read_python(r, w, i + 1, to, &x);
                } else if ((x.server = server_named(t))) {
                        read_server(r, w, i + 1, to, &x);
                } else if (str_ends(t, ".py")) {
                        x.path = t;
                        x.rank = (x.entry = find_path(r->s, r->p, t)) ? 2 : 1;
                } else if ((i == from || !strcmp(w->items[i - 1].text, "run") || !strcmp(w->items[i - 1].text, "exec")) && *(script = script_module(r->s, base_of(t)))) {
                        x.module = script;
                        x.rank = (x.entry = find_module(r->s, r->p, script, false)) ? 2 : 1;
                } else if (read_shell(r, w, i, to)) {
                        return;
                } else {
                        continue;
                }
                consider(r, &x);
                return;
        }
}

static void read_words(struct reading *r, const struct words *w)
{
        size_t from = 0;
        for (size_t i = 0; i <= w->len; i++) {
                bool ends = i == w->len || !strcmp(w->items[i].text, "&&") || !strcmp(w->items[i].text, "||") || !strcmp(w->items[i].text, ";") || !strcmp(w->items[i].text, "|") ||
                            !strcmp(w->items[i].text, "&");
                if (!ends)
                        continue;
                if (i - from >= 2 && !strcmp(w->items[from].text, "cd") && !strchr(w->items[from + 1].text, '\001')) {
                        const char *folder = folder_of(r->s, r->p->declared_in, w->items[from + 1].text);
                        r->p->folder = folder ? folder : r->p->folder;
                } else if (i > from) {
                        read_simple(r, w, from, i);
                }
                from = i + 1;
        }
}

/* As a person would type it: the JSON form of Dockerfiles as words, lines joined. */
static void add_shown(struct source *s, struct program *p, const char *value, struct str *out)
{
        struct words words = {0};
        bool json = value[strspn(value, " \t\n")] == '[';
        if (json && strpbrk(value, "\"'"))
                words_split(s, p, p->declared_in, value, 0, false, &words);
        for (size_t i = 0; i < words.len; i++)
                str_printf(out, strpbrk(words.items[i].text, " \t\n;&|") ? "%s'%s'" : "%s%s", out->len ? " " : "", words.items[i].text);
        if (!json && *value)
                str_printf(out, "%s%s", out->len ? " " : "", value);
}

bool command_read(struct source *s, struct program *p, const struct file *f, const struct entry *const *commands, size_t n)
{
        struct words words = {0};
        struct file *declared_in = p->declared_in;
        CLEANUP(str_release) struct str all = {0};
        p->declared_in = (struct file *)f; /* settings stand where the command does */
        for (size_t i = 0; i < n; i++) {
                const struct entry *e = commands[i];
                size_t len = strlen(e->value);
                bool verbatim = len == e->end - e->start && !memcmp(e->value, f->bytes + e->start, len);
                words_split(s, p, f, e->value, e->start, verbatim, &words);
                add_shown(s, p, e->value, &all);
        }
        size_t settings = s->settings.len;
        struct reading r = {.s = s, .p = p};
        read_words(&r, &words);
        p->declared_in = declared_in;
        p->command = arena_strdup(s->arena, str_text(&all));
        if (!r.best.rank) {
                s->settings.len = settings;
                return false;
        }
        p->server = r.best.server ? r.best.server->name : NULL;
        p->threads = r.best.threads;
        p->processes = p->processes < 0 || r.best.processes < 0 ? -1 : p->processes * r.best.processes;
        p->entry = r.best.entry && r.best.entry->lang == LANG_PYTHON ? r.best.entry : NULL;
        p->entry_module = p->entry ? p->entry->module : r.best.module;
        for (size_t i = 0; p->entry && !r.best.server && i < words.len; i++)
                *vec_push(s->arena, &p->words) = (struct given){.text = words.items[i].text, .file = f->index, .start = words.items[i].start, .end = words.items[i].end};
        return true;
}

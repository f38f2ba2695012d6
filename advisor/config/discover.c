#include "config/discover.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MAX = 20000, FILE_BYTES_MAX = 1 << 20, DEPTH_MAX = 12, URL_MAX = 512 };

struct walk {
        struct arena *arena;
        const char *root;
        struct discovery *d;
        bool python_here; /* the folder just read holds Python */
};

static void add(struct walk *w, const char *kind, const char *dsn, const char *where)
{
        for (size_t i = 0; i < w->d->found.len; i++) {
                const struct discovered *f = &w->d->found.items[i];
                if (!strcmp(f->kind, kind) && !strcmp(f->dsn, dsn))
                        return;
        }
        *vec_push(w->arena, &w->d->found) = (struct discovered){kind, dsn, where};
}

static const char *relative(struct walk *w, const char *path)
{
        size_t n = strlen(w->root);
        return !strncmp(path, w->root, n) && path[n] == '/' ? path + n + 1 : path;
}

static const char *at_line(struct walk *w, const char *path, int line)
{
        return arena_printf(w->arena, "%s:%d", relative(w, path), line);
}

/* postgresql+asyncpg://user:secret@host/db -> postgresql://user@host/db; NULL when it holds a template. */
static const char *clean_url(struct walk *w, const char *url, size_t len)
{
        char *s = arena_strndup(w->arena, url, len);
        if (strpbrk(s, "{}$%<>*") || strstr(s, "..."))
                return NULL;
        char *scheme_end = strstr(s, "://"), *plus = memchr(s, '+', (size_t)(scheme_end - s));
        if (plus)
                memmove(plus, scheme_end, strlen(scheme_end) + 1);
        char *host = strstr(s, "://") + 3, *at = strrchr(host, '@');
        char *colon = at ? memchr(host, ':', (size_t)(at - host)) : NULL;
        if (colon)
                memmove(colon, at, strlen(at) + 1);
        if (*host == '@')
                memmove(host, host + 1, strlen(host));
        if (!*host)
                return NULL;
        if (!strncmp(s, "postgres://", 11))
                s = arena_printf(w->arena, "postgresql://%s", s + 11);
        return s;
}

static void scan_urls(struct walk *w, const char *path, const char *line, int number)
{
        static const struct {
                const char *scheme, *kind;
        } schemes[] = {{"postgresql", "postgres"}, {"postgres:", "postgres"}, {"redis:", "redis"}, {"rediss:", "redis"}, {"unix:///", "redis"}};
        for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
                const char *at = strstr(line, schemes[i].scheme);
                if (!at || (at > line && (isalnum((unsigned char)at[-1]) || at[-1] == '+')))
                        continue;
                size_t len = strcspn(at, " \t\r\n\"'`,;)]");
                const char *sep = strstr(at, "://");
                if (!sep || sep >= at + len || len >= URL_MAX)
                        continue;
                /* unix:// is redis-py's, but supervisor's and others' as well */
                if (!strncmp(schemes[i].scheme, "unix", 4) && !memmem(at, len, "redis", 5))
                        continue;
                const char *url = clean_url(w, at, len);
                if (url)
                        add(w, schemes[i].kind, url, at_line(w, path, number));
        }
        /* code that reads the variable shows examples of it; settings files set it */
        const char *events = str_ends(path, ".py") ? NULL : strstr(line, "PERFADVISE_EVENTS=");
        if (events) {
                events += strlen("PERFADVISE_EVENTS=");
                events += strspn(events, "\"' ");
                size_t len = strcspn(events, "\"' ,\r\n");
                if (len > 5 && (!strncmp(events, "unix:", 5) || !strncmp(events, "udp:", 4)))
                        add(w, "events", arena_strndup(w->arena, events, len), at_line(w, path, number));
        }
}

/* key = value of an INI line, or NULL. */
static char *ini_value(struct walk *w, const char *line, const char *key)
{
        size_t n = strlen(key);
        if (strncmp(line, key, n))
                return NULL;
        const char *p = line + n + strspn(line + n, " \t");
        if (*p != '=')
                return NULL;
        p++;
        p += strspn(p, " \t");
        size_t len = strcspn(p, "\r\n;");
        while (len && isspace((unsigned char)p[len - 1]))
                len--;
        return arena_strndup(w->arena, p, len);
}

struct pooler {
        const char *host, *port, *admin;
        int line;
};

static void read_pgbouncer_line(struct walk *w, const char *path, const char *section, const char *line, int number, struct pooler *p)
{
        const char *eq = strchr(line, '=');
        if (!strcmp(section, "databases") && eq && !strchr(";#*", line[0])) {
                const char *conninfo = ini_value(w, line, arena_strndup(w->arena, line, strcspn(line, " \t=")));
                if (conninfo && strstr(conninfo, "host=") && !strstr(conninfo, "password="))
                        add(w, "postgres", conninfo, at_line(w, path, number));
        }
        if (strcmp(section, "pgbouncer"))
                return;
        const char *v;
        if ((v = ini_value(w, line, "unix_socket_dir")) && *v)
                p->host = v;
        else if ((v = ini_value(w, line, "listen_addr")) && !p->host)
                p->host = !strcmp(v, "*") || strchr(v, ',') ? "127.0.0.1" : v;
        else if ((v = ini_value(w, line, "listen_port")))
                p->port = v;
        else if ((v = ini_value(w, line, "admin_users")))
                p->admin = arena_strndup(w->arena, v, strcspn(v, ", "));
        p->line = p->line ? p->line : number;
}

/* What tells the processes of a unit from others: "-m bot", "main.py", "gunicorn app:app"; NULL when it starts nothing of Python. */
static const char *unit_pattern(struct walk *w, const char *command)
{
        static const char *const servers[] = {"gunicorn ", "uvicorn ", "hypercorn ", "granian ", "celery ", "arq ", "dramatiq ", "taskiq "};
        const char *at = NULL, *script;
        if (!strstr(command, "python") && !strstr(command, ".py"))
                at = NULL;
        else if ((at = strstr(command, " -m ")))
                at++;
        else if ((script = strstr(command, ".py")))
                for (at = script; at > command && !strchr(" /", at[-1]); at--)
                        ;
        for (size_t i = 0; !at && i < sizeof servers / sizeof *servers; i++)
                if ((at = strstr(command, servers[i])) && at > command && !strchr("/ @-:+!", at[-1]))
                        at = NULL;
        if (!at)
                return NULL;
        size_t first = strcspn(at, " \r\n"), second = at[first] == ' ' ? strcspn(at + first + 1, " \r\n%") : 0;
        bool alone = str_ends(arena_strndup(w->arena, at, first), ".py") || !second || at[first + 1] == '-';
        return arena_strndup(w->arena, at, alone ? first : first + 1 + second);
}

static void read_file(struct walk *w, const char *path)
{
        char *bytes;
        size_t len;
        if (fs_read(w->arena, path, FILE_BYTES_MAX, &bytes, &len, NULL) < 0 || memchr(bytes, 0, len))
                return;
        w->d->files++;
        char section[64] = "";
        struct pooler pooler = {0};
        bool supervisor = false, has_pooler = false;
        int number = 0;
        for (char *line = bytes, *next; line && *line; line = next) {
                next = strchr(line, '\n');
                if (next)
                        *next++ = '\0';
                number++;
                if (line[0] == '[') {
                        snprintf(section, sizeof section, "%.*s", (int)strcspn(line + 1, "]"), line + 1);
                        supervisor |= !strncmp(section, "program:", 8);
                        has_pooler |= !strcmp(section, "pgbouncer");
                }
                const char *pattern = str_ends(path, ".service") && !strncmp(line, "ExecStart=", 10) ? unit_pattern(w, line + 10) : NULL;
                if (pattern)
                        add(w, "command", pattern, at_line(w, path, number));
                if (str_ends(path, ".ini"))
                        read_pgbouncer_line(w, path, section, line, number, &pooler);
                scan_urls(w, path, line, number);
        }
        if (supervisor)
                add(w, "supervisor", arena_strdup(w->arena, path), relative(w, path));
        if (has_pooler)
                add(w, "pgbouncer",
                    arena_printf(w->arena, "host=%s port=%s dbname=pgbouncer%s%s", pooler.host ? pooler.host : "127.0.0.1",
                                 pooler.port ? pooler.port : "6432", pooler.admin ? " user=" : "", pooler.admin ? pooler.admin : ""),
                    at_line(w, path, pooler.line));
}

static bool interesting(const char *name)
{
        static const char *const ends[] = {".py", ".env", ".ini", ".conf", ".yaml", ".yml", ".toml", ".cfg", ".json", ".service", NULL};
        if (!strncmp(name, ".env", 4))
                return true;
        for (const char *const *e = ends; *e; e++)
                if (str_ends(name, *e))
                        return true;
        return false;
}

static bool skipped_dir(const char *name)
{
        static const char *const skip[] = {"node_modules", "venv", "env", "__pycache__", "site-packages", "build", "dist", NULL};
        if (name[0] == '.')
                return true;
        for (const char *const *s = skip; *s; s++)
                if (!strcmp(name, *s))
                        return true;
        return false;
}

static void walk_dir(struct walk *w, const char *dir, int depth)
{
        struct dirent **entries;
        int n = scandir(dir, &entries, NULL, alphasort);
        bool configs = false;
        for (int i = 0; i < n; i++) {
                const char *name = entries[i]->d_name;
                char *path = fs_join(w->arena, dir, name);
                struct stat st;
                if (w->d->files >= FILES_MAX)
                        w->d->truncated = true;
                if (w->d->truncated || lstat(path, &st) < 0) {
                        free(entries[i]);
                        continue;
                }
                if (S_ISDIR(st.st_mode) && !skipped_dir(name) && depth < DEPTH_MAX) {
                        walk_dir(w, path, depth + 1);
                } else if (S_ISREG(st.st_mode) && interesting(name)) {
                        read_file(w, path);
                        if (str_ends(name, ".py"))
                                w->python_here = true;
                        configs |= !str_ends(name, ".py");
                        if (!strcmp(name, "warm.py"))
                                add(w, "warm", path, relative(w, path));
                }
                free(entries[i]);
        }
        if (n >= 0)
                free(entries);
        if (configs)
                add(w, "config", arena_strdup(w->arena, dir), relative(w, dir));
}

/* PG* variables are how people already point psql at the database. */
static void read_environment(struct walk *w)
{
        static const struct {
                const char *variable, *key;
        } vars[] = {{"PGSERVICE", "service"}, {"PGHOST", "host"}, {"PGPORT", "port"}, {"PGDATABASE", "dbname"}, {"PGUSER", "user"}};
        CLEANUP(str_release) struct str s = {0};
        for (size_t i = 0; i < sizeof vars / sizeof *vars; i++) {
                const char *v = getenv(vars[i].variable);
                if (v && *v)
                        str_printf(&s, "%s%s=%s", s.len ? " " : "", vars[i].key, v);
        }
        if (getenv("PGHOST") || getenv("PGSERVICE"))
                add(w, "postgres", arena_strdup(w->arena, str_text(&s)), "PG* variables");
        const char *redis = getenv("REDIS_URL");
        if (redis && strstr(redis, "://")) {
                const char *url = clean_url(w, redis, strlen(redis));
                if (url)
                        add(w, "redis", url, "REDIS_URL");
        }
}

int discover(struct arena *a, const char *dir, struct discovery *ret, struct err *err)
{
        char *root = fs_realpath(a, dir);
        if (!root || !fs_is_dir(root))
                return err_set(err, ERR_USAGE, "'%s' is not a folder", dir);
        *ret = (struct discovery){0};
        struct walk w = {.arena = a, .root = root, .d = ret};
        read_environment(&w);
        walk_dir(&w, root, 0);
        if (w.python_here)
                add(&w, "source", root, "Python files");
        return 0;
}

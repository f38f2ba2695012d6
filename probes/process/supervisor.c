/*
 * supervisord's configuration, and its children by their environment: supervisord gives each SUPERVISOR_PROCESS_NAME,
 * SUPERVISOR_GROUP_NAME and SUPERVISOR_SERVER_URL. Where the environment cannot be read (another user's process), the command line decides.
 */
#include "base/fs.h"
#include "base/str.h"
#include "probes/process/process.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NUMPROCS_MAX = 500 };

struct names {
        const char *here, *program, *group, *number;
        char host[256];
};

static const char *look_up(void *arg, const char *name)
{
        struct names *n = arg;
        if (!strcmp(name, "here"))
                return n->here;
        if (!strcmp(name, "program_name"))
                return n->program;
        if (!strcmp(name, "group_name"))
                return n->group;
        if (!strcmp(name, "process_num"))
                return n->number;
        if (!strcmp(name, "host_node_name"))
                return n->host;
        return !strncmp(name, "ENV_", 4) ? getenv(name + 4) : NULL;
}

/* What cannot be expanded (variables of supervisord's own environment) stays as it is written. */
static const char *expand(struct arena *a, const char *value, struct names *n)
{
        char *text;
        if (!value)
                return NULL;
        return ini_expand(a, value, look_up, n, &text, NULL) == 0 ? text : value;
}

static const char **process_names(struct arena *a, const struct ini *ini, const char *section, int count, struct names *n)
{
        const char **names = arena_alloc(a, ((size_t)count + 1) * sizeof *names);
        const char *pattern = ini_text(ini, section, "process_name", "%(program_name)s");
        int start = atoi(ini_text(ini, section, "numprocs_start", "0"));
        for (int i = 0; i < count; i++) {
                n->number = arena_printf(a, "%d", start + i);
                names[i] = expand(a, pattern, n);
        }
        n->number = "0";
        return names;
}

static void add_program(struct arena *a, const struct ini *ini, const char *section, struct names *n, struct programs *ret)
{
        const struct ini_value *command = ini_get(ini, section, "command");
        int count = atoi(ini_text(ini, section, "numprocs", "1"));
        if (!command || ret->items.len == PROGRAMS_MAX)
                return;
        n->program = n->group = strchr(section, ':') + 1;
        n->number = "0";
        count = count < 1 ? 1 : count > NUMPROCS_MAX ? NUMPROCS_MAX : count;
        struct program p = {.name = n->program, .processes = count, .source = command->file, .source_line = command->line,
                            .command = expand(a, command->value, n), .directory = expand(a, ini_text(ini, section, "directory", NULL), n),
                            .autorestart = ini_text(ini, section, "autorestart", "unexpected"),
                            .startsecs = atoi(ini_text(ini, section, "startsecs", "1"))};
        p.process_names = process_names(a, ini, section, count, n);
        *vec_push(a, &ret->items) = p;
}

static bool is_program(const char *section)
{
        return str_starts(section, "program:") || str_starts(section, "fcgi-program:") || str_starts(section, "eventlistener:");
}

/* supervisord gives its children the URL by which supervisorctl reaches it: two of them on one host can tell theirs apart. */
static const char *server_url(struct arena *a, const struct ini *ini, struct names *n)
{
        const char *file = expand(a, ini_text(ini, "unix_http_server", "file", NULL), n);
        return file ? arena_printf(a, "unix://%s", file) : NULL;
}

int supervisor_programs(struct arena *a, const char *path, struct programs *ret, struct err *err)
{
        struct ini *ini;
        int r = ini_read(a, INI_SUPERVISOR, path, &ini, err);
        if (r < 0)
                return r;
        struct names n = {.here = fs_dirname(a, path), .number = "0"};
        gethostname(n.host, sizeof n.host - 1);
        const char *last = NULL;
        for (size_t i = 0; i < ini->values.len; i++) {
                const char *section = ini->values.items[i].section;
                if (section != last && (!last || strcmp(section, last)) && is_program(section))
                        add_program(a, ini, section, &n, ret);
                last = section;
        }
        ret->server_url = server_url(a, ini, &n);
        if (!ret->items.len) {
                err_at(err, ERR_CONFIG, path, 0, 0, "names no program");
                return err_hint(err, "Point the target at the file with the [program:x] sections.");
        }
        return 0;
}

const char **split_command(struct arena *a, const char *command)
{
        VEC(const char *) argv = {0};
        char *out = arena_alloc(a, 2 * strlen(command) + 2), quote = 0;
        for (const char *p = command; *p;) {
                while (isspace((unsigned char)*p))
                        p++;
                if (!*p)
                        break;
                char *word = out;
                for (; *p && (quote || !isspace((unsigned char)*p)); p++) {
                        if (*p == quote)
                                quote = 0;
                        else if (!quote && (*p == '"' || *p == '\''))
                                quote = *p;
                        else if (*p == '\\' && quote != '\'' && p[1])
                                *out++ = *++p;
                        else
                                *out++ = *p;
                }
                *out++ = 0;
                *vec_push(a, &argv) = word;
        }
        *vec_push(a, &argv) = NULL;
        return argv.items;
}

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');
        return slash ? slash + 1 : path;
}

/* Same arguments from the end on; before them the process may have an interpreter that a #! line brought in. */
bool same_command(const char **argv, const char *cmdline, size_t len)
{
        const char *given[256];
        size_t n = 0, m = 0;
        for (const char *p = cmdline; p < cmdline + len && n < 256; p += strlen(p) + 1)
                given[n++] = p;
        while (argv[m])
                m++;
        if (!m || n < m || n > m + 2)
                return false;
        for (size_t i = 1; i < m; i++)
                if (strcmp(argv[i], given[n - m + i]))
                        return false;
        const char *first = given[n - m];
        return strchr(argv[0], '/') && strchr(first, '/') ? !strcmp(argv[0], first) : !strcmp(base_name(argv[0]), base_name(first));
}

static bool by_environment(struct finder *f, pid_t pid, const char *environ_, size_t len)
{
        const char *name = proc_env_get(environ_, len, "SUPERVISOR_PROCESS_NAME");
        const char *url = proc_env_get(environ_, len, "SUPERVISOR_SERVER_URL");
        if (!name || (url && f->programs->server_url && strcmp(url, f->programs->server_url)))
                return false;
        for (size_t i = 0; i < f->programs->items.len; i++)
                for (const char **p = f->programs->items.items[i].process_names; *p; p++)
                        if (!strcmp(*p, name)) {
                                finder_add(f, &f->programs->items.items[i], *p, pid);
                                return true;
                        }
        return false;
}

void supervisor_recognise(struct finder *f, pid_t pid)
{
        size_t len;
        const char *text = proc_environ(f->arena, pid, &len);
        if (text) {
                by_environment(f, pid, text, len);
                return;
        }
        text = proc_cmdline(f->arena, pid, &len);
        if (!text)
                return; /* a kernel thread, or gone */
        f->unreadable++;
        for (size_t i = 0; i < f->programs->items.len; i++)
                if (same_command(split_command(f->arena, f->programs->items.items[i].command), text, len)) {
                        f->by_command_line = true;
                        finder_add(f, &f->programs->items.items[i], NULL, pid);
                        return;
                }
}

/*
 * Compose files: services with their command, environment over env_file, replicas, and what they take over from services that they extend. A service that is built runs what its
 * Dockerfile says where it has no command of its own; one of a database's image is a server, whose limits are settings.
 */
#include "probes/source/programs/programs.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 64, EXTENDS_MAX = 4, SERVICES_MAX = 400 };

/* A service, and where it is said what it extends. Its entries are looked for once: files may list thousands. */
struct service {
        struct file *f;
        const char *name, *prefix; /* "services.web." */
        size_t from, to;
        int depth;
};

static struct service service_in(struct source *s, struct file *f, const char *name, int depth)
{
        struct service x = {.f = f, .name = name, .prefix = arena_printf(s->arena, "services.%s.", name), .depth = depth};
        for (size_t i = 0; i < f->entries.len; i++) {
                if (!str_starts(f->entries.items[i].key, x.prefix))
                        continue;
                x.from = x.to ? x.from : i;
                x.to = i + 1;
        }
        return x;
}

static const struct entry *own(struct source *s, const struct service *x, const char *key)
{
        size_t n = strlen(x->prefix);
        (void)s;
        for (size_t i = x->to; i-- > x->from;)
                if (str_starts(x->f->entries.items[i].key, x->prefix) && !strcmp(x->f->entries.items[i].key + n, key))
                        return &x->f->entries.items[i];
        return NULL;
}

static bool extended(struct source *s, const struct service *x, struct service *ret)
{
        const struct entry *name = own(s, x, "extends"), *file = own(s, x, "extends.file");
        name = name ? name : own(s, x, "extends.service");
        struct file *f = name && file ? config_find(s, x->f, file->value) : x->f;
        if (!name || !f || f->lang != LANG_YAML || x->depth >= EXTENDS_MAX)
                return false;
        file_need(f);
        *ret = service_in(s, f, name->value, x->depth + 1);
        return true;
}

/* Its own, else that of the service which it extends; ret_file (may be NULL): where that stands. */
static const struct entry *get_in(struct source *s, const struct service *x, const char *key, struct file **ret_file)
{
        const struct entry *e = own(s, x, key);
        struct service base;
        if (e && ret_file)
                *ret_file = x->f;
        return e || !extended(s, x, &base) ? e : get_in(s, &base, key, ret_file);
}

static const struct entry *get(struct source *s, const struct service *x, const char *key)
{
        return get_in(s, x, key, NULL);
}

/* A scalar, or the parts of a list. */
static size_t get_parts(struct source *s, const struct service *x, const char *key, const struct entry **parts, struct file **ret_file)
{
        size_t n = 0;
        struct service base;
        const struct entry *e = own(s, x, key);
        if (e)
                parts[n++] = e;
        while (!e && n < PARTS_MAX && (parts[n] = own(s, x, arena_printf(s->scratch, "%s.%zu", key, n))))
                n++;
        if (!n && extended(s, x, &base))
                return get_parts(s, &base, key, parts, ret_file);
        if (n)
                *ret_file = x->f;
        return n;
}

static struct file *dockerfile_of(struct source *s, const struct service *x, const char **folder)
{
        struct file *f = x->f;
        const struct entry *context = get_in(s, x, "build.context", &f), *name = get_in(s, x, "build.dockerfile", &f);
        if (!context)
                context = get_in(s, x, "build", &f);
        if (!context && !name)
                return NULL;
        const char *path = context ? context->value : ".";
        if (!strncmp(path, "./", 2))
                path += 2;
        bool here = !*path || !strcmp(path, ".");
        *folder = here ? f->folder : folder_of(s, f, path);
        const char *wanted = name ? name->value : "Dockerfile";
        struct file from = *f;
        from.folder = *folder ? *folder : f->folder;
        return config_find(s, &from, wanted);
}

static void set_own_environment(struct source *s, struct program *p, const struct service *x)
{
        const char *prefix = arena_printf(s->scratch, "%senvironment.", x->prefix);
        size_t len = strlen(prefix);
        for (size_t i = x->from; i < x->to; i++) {
                const struct entry *e = &x->f->entries.items[i];
                if (strncmp(e->key, prefix, len))
                        continue;
                if (strspn(e->key + len, "0123456789") == strlen(e->key + len))
                        program_set_pair(s, p, x->f, e);
                else
                        program_set(s, p, e->key + len, x->f, e);
        }
}

/* Files first, in their order; the later counts. */
static void set_files(struct source *s, struct program *p, const struct service *x)
{
        const struct entry *one = own(s, x, "env_file");
        if (one)
                program_set_file(s, p, x->f, one->value);
        for (int i = 0; i < PARTS_MAX && !one; i++) {
                const struct entry *path = own(s, x, arena_printf(s->scratch, "env_file.%d", i));
                path = path ? path : own(s, x, arena_printf(s->scratch, "env_file.%d.path", i)); /* the long form */
                if (!path)
                        return;
                program_set_file(s, p, x->f, path->value);
        }
}

static void set_all(struct source *s, struct program *p, const struct service *x, void (*set)(struct source *, struct program *, const struct service *))
{
        struct service base;
        if (extended(s, x, &base))
                set_all(s, p, &base, set);
        set(s, p, x);
}

static int64_t replicas(struct source *s, const struct service *x)
{
        static const char *const keys[] = {"deploy.replicas", "scale"};
        for (int i = 0; i < 2; i++) {
                const struct entry *e = get(s, x, keys[i]);
                const char *number = !e ? "" : !strncmp(e->value, "${", 2) && strstr(e->value, ":-") ? strstr(e->value, ":-") + 2 : e->value;
                if (e)
                        return !e->templated && *number && strspn(number, "0123456789") == strcspn(number, "}") ? atoi(number) : -1;
        }
        return 1;
}

static void set_environment(struct source *s, struct program *p, const struct service *x, struct file *docker)
{
        if (docker) {
                file_need(docker);
                docker->is_declared = true;
                for (size_t i = 0; i < docker->entries.len; i++)
                        if (str_starts(docker->entries.items[i].key, "ENV."))
                                program_set(s, p, docker->entries.items[i].key + 4, docker, &docker->entries.items[i]);
        }
        set_all(s, p, x, set_files);
        set_all(s, p, x, set_own_environment);
}

static void add_service(struct source *s, struct file *f, const char *service, uint32_t at)
{
        const struct entry *commands[PARTS_MAX * 2];
        const struct service x = service_in(s, f, service, 0);
        const char *folder = NULL;
        struct file *from = f;
        size_t n = get_parts(s, &x, "entrypoint", commands, &from), entrypoint = n;
        n += get_parts(s, &x, "command", commands + n, &from);
        const struct entry *image = get(s, &x, "image");
        struct file *docker = dockerfile_of(s, &x, &folder);
        if (image && !docker && own(s, &x, "image"))
                server_read(s, service, image->value, f, commands, n);
        struct program *p = program_add(s, f, "compose", service, at);
        p->folder = folder;
        p->processes = replicas(s, &x);
        set_environment(s, p, &x, docker);
        if (n && command_read(s, p, from, commands, n))
                return;
        const struct entry *entry = docker ? config_get(docker, "ENTRYPOINT") : NULL, *cmd = docker ? config_get(docker, "CMD") : NULL;
        const struct entry *both[2] = {0};
        size_t m = 0;
        if (entry && !entrypoint)
                both[m++] = entry;
        if (cmd && n == entrypoint)
                both[m++] = cmd;
        if (!m || !command_read(s, p, docker, both, m))
                s->programs.len--;
}

void declare_compose(struct source *s, struct file *f)
{
        if (f->lang != LANG_YAML || !config_has_prefix(f, "services"))
                return;
        const char *last = "";
        size_t services = 0;
        for (size_t i = 0; i < f->entries.len && services < SERVICES_MAX; i++) {
                const char *key = f->entries.items[i].key;
                if (!str_starts(key, "services."))
                        continue;
                const char *name = arena_strndup(s->arena, key + 9, strcspn(key + 9, "."));
                if (!strcmp(name, last))
                        continue;
                last = name;
                if (++services == SERVICES_MAX)
                        f->note = "more services than one file may have: the rest is left out";
                add_service(s, f, name, f->entries.items[i].start);
        }
}

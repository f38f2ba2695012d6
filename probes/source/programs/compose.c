/*
 * Compose files: services with their command, environment over env_file, replicas. A service that is built runs what its
 * Dockerfile says where it has no command of its own; one of a database's image is a server, whose limits are settings.
 */
#include "probes/source/programs/programs.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 64 };

static const struct entry *get(struct source *s, struct file *f, const char *service, const char *key)
{
        return config_get(f, arena_printf(s->scratch, "services.%s.%s", service, key));
}

/* A scalar, or the parts of a list. */
static size_t get_parts(struct source *s, struct file *f, const char *service, const char *key, const struct entry **parts)
{
        size_t n = 0;
        const struct entry *e = get(s, f, service, key);
        if (e) {
                parts[0] = e;
                return 1;
        }
        while (n < PARTS_MAX && (e = get(s, f, service, arena_printf(s->scratch, "%s.%zu", key, n))))
                parts[n++] = e;
        return n;
}

static struct file *dockerfile_of(struct source *s, struct file *f, const char *service, const char **folder)
{
        const struct entry *context = get(s, f, service, "build.context"), *name = get(s, f, service, "build.dockerfile");
        if (!context)
                context = get(s, f, service, "build");
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

static void set_environment(struct source *s, struct program *p, struct file *f, const char *service)
{
        const struct entry *files[PARTS_MAX];
        size_t n = get_parts(s, f, service, "env_file", files);
        for (size_t i = 0; i < n; i++)
                program_set_file(s, p, f, files[i]->value);
        for (int i = 0; i < PARTS_MAX; i++) { /* the long form */
                const struct entry *path = get(s, f, service, arena_printf(s->scratch, "env_file.%d.path", i));
                if (!path)
                        break;
                program_set_file(s, p, f, path->value);
        }
        const char *prefix = arena_printf(s->scratch, "services.%s.environment.", service);
        size_t len = strlen(prefix);
        for (size_t i = 0; i < f->entries.len; i++) {
                const struct entry *e = &f->entries.items[i];
                if (strncmp(e->key, prefix, len))
                        continue;
                if (strspn(e->key + len, "0123456789") == strlen(e->key + len))
                        program_set_pair(s, p, f, e);
                else
                        program_set(s, p, e->key + len, f, e);
        }
}

static int64_t replicas(struct source *s, struct file *f, const char *service)
{
        static const char *const keys[] = {"deploy.replicas", "scale"};
        for (int i = 0; i < 2; i++) {
                const struct entry *e = get(s, f, service, keys[i]);
                if (e)
                        return !e->templated && strspn(e->value, "0123456789") == strlen(e->value) ? atoi(e->value) : -1;
        }
        return 1;
}

static void add_service(struct source *s, struct file *f, const char *service, uint32_t at)
{
        const struct entry *commands[PARTS_MAX * 2];
        const char *folder = NULL;
        size_t n = get_parts(s, f, service, "entrypoint", commands), entrypoint = n;
        n += get_parts(s, f, service, "command", commands + n);
        const struct entry *image = get(s, f, service, "image");
        struct file *docker = dockerfile_of(s, f, service, &folder), *from = f;
        if (image && !docker)
                server_read(s, service, image->value, f, commands, n);
        struct program *p = program_add(s, f, "compose", service, at);
        p->folder = folder;
        p->processes = replicas(s, f, service);
        if (docker) {
                file_need(docker);
                docker->is_declared = true;
                for (size_t i = 0; i < docker->entries.len; i++)
                        if (str_starts(docker->entries.items[i].key, "ENV."))
                                program_set(s, p, docker->entries.items[i].key + 4, docker, &docker->entries.items[i]);
        }
        set_environment(s, p, f, service);
        if (n && command_read(s, p, from, commands, n))
                return;
        const struct entry *own = docker ? config_get(docker, "ENTRYPOINT") : NULL, *cmd = docker ? config_get(docker, "CMD") : NULL;
        const struct entry *both[2] = {0};
        size_t m = 0;
        if (own && !entrypoint)
                both[m++] = own;
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
        for (size_t i = 0; i < f->entries.len; i++) {
                const char *key = f->entries.items[i].key;
                if (!str_starts(key, "services."))
                        continue;
                const char *name = arena_strndup(s->arena, key + 9, strcspn(key + 9, "."));
                if (!strcmp(name, last))
                        continue;
                last = name;
                add_service(s, f, name, f->entries.items[i].start);
        }
}

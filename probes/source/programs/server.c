/*
 * Servers that a compose file starts beside the programs: limits in their commands and in the variables of well-known images.
 */
#include "probes/source/programs/programs.h"

#include <string.h>

static const struct limit {
        const char *system, *option, *name;
} options[] = {
        {"redis", "--maxclients", "maxclients"},
        {"redis", "--maxmemory", "maxmemory"},
        {"redis", "--maxmemory-policy", "maxmemory-policy"},
};

static const struct variable_limit {
        const char *system, *variable, *name;
} variables[] = {
        {"pgbouncer", "MAX_CLIENT_CONN", "max_client_conn"},
        {"pgbouncer", "DEFAULT_POOL_SIZE", "default_pool_size"},
        {"pgbouncer", "POOL_MODE", "pool_mode"},
        {"pgbouncer", "PGBOUNCER_MAX_CLIENT_CONN", "max_client_conn"},
        {"pgbouncer", "PGBOUNCER_DEFAULT_POOL_SIZE", "default_pool_size"},
        {"pgbouncer", "PGBOUNCER_POOL_MODE", "pool_mode"},
        {"postgresql", "POSTGRESQL_MAX_CONNECTIONS", "max_connections"},
};

static const char *system_of(const char *image)
{
        static const char *const names[][2] = {{"pgbouncer", "pgbouncer"}, {"postgis", "postgresql"}, {"postgres", "postgresql"}, {"timescale", "postgresql"},
                                               {"pgvector", "postgresql"}, {"redis", "redis"}, {"valkey", "redis"}};
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (strstr(image, names[i][0]))
                        return names[i][1];
        return NULL;
}

/* postgres -c max_connections=200, --max_connections=200 */
static void postgres_word(struct source *s, const char *service, const struct file *f, const struct word *w, const struct word *next)
{
        const char *setting = NULL;
        const struct word *in = w;
        if (!strcmp(w->text, "-c") && next) {
                setting = next->text;
                in = next;
        } else if (str_starts(w->text, "--") || (str_starts(w->text, "-c") && w->text[2])) {
                setting = w->text + 2;
        } else if (!strcmp(w->text, "-N") && next) {
                setting_add(s, "postgresql", service, "max_connections", next->text, f, next->start, next->end);
        }
        size_t n = setting ? strcspn(setting, "=") : 0;
        if (!n || !setting[n])
                return;
        uint32_t skip = (uint32_t)(setting - in->text) + (uint32_t)n + 1;
        setting_add(s, "postgresql", service, arena_strndup(s->arena, setting, n), strchr(setting, '\001') ? NULL : setting + n + 1, f, in->start ? in->start + skip : 0, in->end);
}

static void read_words(struct source *s, const char *service, const char *system, const struct file *f, const struct words *w)
{
        for (size_t i = 0; i < w->len; i++) {
                const struct word *next = i + 1 < w->len ? &w->items[i + 1] : NULL;
                if (!strcmp(system, "postgresql"))
                        postgres_word(s, service, f, &w->items[i], next);
                for (size_t o = 0; next && o < sizeof options / sizeof *options; o++)
                        if (!strcmp(system, options[o].system) && !strcmp(w->items[i].text, options[o].option))
                                setting_add(s, system, service, options[o].name, strchr(next->text, '\001') ? NULL : next->text, f, next->start, next->end);
        }
}

static void read_environment(struct source *s, const char *service, const char *system, struct file *f)
{
        const char *prefix = arena_printf(s->scratch, "services.%s.environment.", service);
        for (size_t i = 0; i < f->entries.len; i++) {
                const struct entry *e = &f->entries.items[i];
                if (!str_starts(e->key, prefix))
                        continue;
                const char *name = e->key + strlen(prefix), *value = e->value;
                uint32_t start = e->start;
                if (strspn(name, "0123456789") == strlen(name)) { /* - NAME=value */
                        size_t eq = strcspn(e->value, "=");
                        name = arena_strndup(s->arena, e->value, eq);
                        value += eq + (e->value[eq] != 0);
                        start += (uint32_t)(value - e->value);
                }
                for (size_t v = 0; v < sizeof variables / sizeof *variables; v++)
                        if (!strcmp(system, variables[v].system) && !strcmp(name, variables[v].variable))
                                setting_add(s, system, service, variables[v].name, strstr(value, "${") || e->templated ? NULL : value, f, start, e->end);
        }
}

void server_read(struct source *s, const char *service, const char *image, const struct file *f, const struct entry *const *commands, size_t n)
{
        const char *system = system_of(image);
        struct program nobody = {.name = service, .declared_in = (struct file *)f};
        struct words words = {0};
        if (!system)
                return;
        for (size_t i = 0; i < n; i++) {
                size_t len = strlen(commands[i]->value);
                bool verbatim = len == commands[i]->end - commands[i]->start && !memcmp(commands[i]->value, f->bytes + commands[i]->start, len);
                words_split(s, &nobody, f, commands[i]->value, commands[i]->start, verbatim, &words);
        }
        read_words(s, service, system, f, &words);
        read_environment(s, service, system, (struct file *)f);
}

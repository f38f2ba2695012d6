/*
 * Pools in the query of a connection URL: postgresql://db/x?pool_size=5&max_overflow=2, redis://cache?max_connections=50,
 * options=-c statement_timeout=5000. A value there has its own bytes in whichever file the URL stands.
 */
#include "probes/source/python/python.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct parameter {
        const char *library, *name, *knob;
} parameters[] = {
        {"sqlalchemy", "pool_size", "size"},
        {"sqlalchemy", "max_overflow", "overflow"},
        {"sqlalchemy", "pool_timeout", "timeout"},
        {"sqlalchemy", "pool_recycle", "recycle"},
        {"sqlalchemy", "command_timeout", "command_timeout"},
        {"sqlalchemy", "connect_timeout", "connect_timeout"},
        {"sqlalchemy", "statement_cache_size", "statement_cache_size"},
        {"sqlalchemy", "prepared_statement_cache_size", "prepared_statement_cache_size"},
        {"psycopg2", "connect_timeout", "connect_timeout"},
        {"psycopg_pool", "connect_timeout", "connect_timeout"},
        {"tortoise", "minsize", "min_size"},
        {"tortoise", "maxsize", "size"},
        {"redis", "max_connections", "size"},
        {"redis", "socket_timeout", "socket_timeout"},
        {"redis", "socket_connect_timeout", "connect_timeout"},
};

/* The text after "name=" in a query. */
static const char *in_query(const char *text, size_t len, const char *name)
{
        size_t n = strlen(name);
        const char *at = memchr(text, '?', len), *end = text + len;
        for (; at && at + n + 1 < end; at = memchr(at, '&', (size_t)(end - at))) {
                at++;
                if ((size_t)(end - at) > n && !strncmp(at, name, n) && at[n] == '=')
                        return at + n + 1;
        }
        return NULL;
}

/* The same parameter in the bytes of the file; the value takes its range. */
static void place_in_file(struct value *v, const struct value *url, const char *name, const char *text)
{
        const struct file *f = url->decided_in;
        const char *at = f && url->end <= f->len ? in_query(f->bytes + url->start, url->end - url->start, name) : NULL;
        size_t n = strlen(text);
        if (!at || url->decider == BY_COMPUTED || (size_t)(f->bytes + url->end - at) < n || strncmp(at, text, n)) {
                v->decider = BY_COMPUTED;
                return;
        }
        v->start = (uint32_t)(at - f->bytes);
        v->end = v->start + (uint32_t)n;
}

static struct knob *knob_of(struct pool *p, const char *name)
{
        for (size_t i = 0; i < p->knobs.len; i++)
                if (!strcmp(p->knobs.items[i].name, name))
                        return &p->knobs.items[i];
        struct knob *k = vec_push(p->file->source->arena, &p->knobs);
        *k = (struct knob){.name = name, .value = {.node = NO_NODE}};
        return k;
}

static void set_knob(struct pool *p, const struct parameter *parameter, const struct value *url, const char *at)
{
        struct source *s = p->file->source;
        size_t n = strcspn(at, "&# \"'");
        const char *text = arena_strndup(s->arena, at, n);
        char *end;
        double x = strtod(text, &end);
        struct knob *k = knob_of(p, parameter->knob);
        /* The arguments of create_engine are stronger than its URL, those of redis-py weaker. */
        if (k->given && !p->is_redis)
                return;
        struct value v = *url;
        v.self = NULL;
        v.kind = n && !*end ? V_NUMBER : V_UNKNOWN;
        v.number = x;
        v.key = parameter->name;
        v.trail = arena_printf(s->arena, "%s in the query of the URL%s%s", parameter->name, url->trail ? ", " : "", url->trail ? url->trail : "");
        place_in_file(&v, url, parameter->name, text);
        *k = (struct knob){.name = parameter->knob, .keyword = parameter->name, .value = value_keep(s, v), .given = true};
}

void pool_read_url(struct pool *p, const struct value *url)
{
        if (url->kind != V_TEXT || !strstr(url->text, "://") || !strchr(url->text, '?'))
                return;
        size_t len = strlen(url->text);
        for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
                const char *at = strcmp(parameters[i].library, p->library) ? NULL : in_query(url->text, len, parameters[i].name);
                if (at)
                        set_knob(p, &parameters[i], url, at);
        }
        const char *options = in_query(url->text, len, "options");
        if (options && strstr(options, "statement_timeout"))
                *knob_of(p, "statement_timeout") = (struct knob){.name = "statement_timeout", .keyword = "options", .value = value_keep(p->file->source, *url), .given = true};
}

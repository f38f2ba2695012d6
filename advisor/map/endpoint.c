/*
 * From a connection string to the server it means. The source probe writes "?" for what it cannot know, and the same mark begins a
 * query, so that the parts are cut one after the other from what is left. User names serve to count a pooler's pools; passwords are skipped.
 */
#include "map/map.h"

#include <string.h>

static const char *known(const char *s)
{
        return s && *s && !strchr(s, '?') ? s : NULL;
}

static const char *dialect_of(const char *scheme, size_t len)
{
        static const char *const all[][2] = {{"postgres", "postgresql"}, {"cockroach", "postgresql"}, {"asyncpg", "postgresql"}, {"psycopg", "postgresql"},
                                             {"mysql", "mysql"},         {"mariadb", "mysql"},        {"sqlite", "sqlite"},      {"redis", "redis"},
                                             {"unix", "redis"},          {"oracle", "oracle"},        {"mssql", "mssql"}};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
                if (len >= strlen(all[i][0]) && !strncmp(scheme, all[i][0], strlen(all[i][0])))
                        return all[i][1];
        return NULL;
}

/* The value of key= in "a=1&b=2" or "a=1 b=2". */
static const char *parameter(struct arena *a, const char *text, const char *key, const char *separators)
{
        for (const char *p = text; p && *p; p += strcspn(p, separators), p += strspn(p, separators))
                if (!strncmp(p, key, strlen(key)) && p[strlen(key)] == '=')
                        return arena_strndup(a, p + strlen(key) + 1, strcspn(p + strlen(key) + 1, separators));
        return NULL;
}

static void read_authority(struct arena *a, char *authority, struct endpoint *e)
{
        char *at = strrchr(authority, '@'), *host = at ? at + 1 : authority;
        if (at) {
                *at = 0;
                e->user = known(arena_strndup(a, authority, strcspn(authority, ":")));
        }
        char *port = strrchr(host, ':');
        if (port && !strchr(port, ']')) {
                *port = 0;
                e->port = known(port + 1);
        }
        e->host = known(host);
}

/* Where the query begins: at a question mark before key=, not at one that stands for an unknown part. */
static const char *query_of(const char *s)
{
        for (const char *q = strchr(s, '?'); q; q = strchr(q + 1, '?')) {
                size_t key = strspn(q + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
                if (key && q[1 + key] == '=')
                        return q;
        }
        return NULL;
}

static struct endpoint from_url(struct arena *a, const char *url, const char *rest)
{
        struct endpoint e = {.dialect = dialect_of(url, (size_t)(rest - url))};
        const char *query = query_of(rest);
        char *body = arena_strndup(a, rest, query ? (size_t)(query - rest) : strlen(rest));
        char *slash = strchr(body, '/');
        query = query ? query + 1 : "";
        if (e.dialect && !strcmp(e.dialect, "sqlite")) {
                e.host = e.database = known(slash ? slash + 1 : body);
                return e;
        }
        if (!strncmp(url, "unix", 4)) {
                e.host = known(slash ? slash : body);
                e.database = known(parameter(a, query, "db", "&"));
                return e;
        }
        if (slash) {
                e.database = known(slash + 1);
                *slash = 0;
        }
        read_authority(a, body, &e);
        const char *host = known(parameter(a, query, "host", "&")), *port = known(parameter(a, query, "port", "&"));
        e.host = host ? host : e.host;
        e.port = port ? port : e.port;
        return e;
}

static struct endpoint from_conninfo(struct arena *a, const char *text)
{
        const char *database = parameter(a, text, "dbname", " "), *dialect = strstr(text, "dbname=") || strstr(text, "user=") ? "postgresql" : NULL;
        return (struct endpoint){.dialect = dialect, .host = known(parameter(a, text, "host", " ")), .port = known(parameter(a, text, "port", " ")),
                                 .database = known(database ? database : parameter(a, text, "db", " ")), .user = known(parameter(a, text, "user", " "))};
}

struct endpoint endpoint_parse(struct arena *a, const char *url)
{
        if (!url || !*url)
                return (struct endpoint){0};
        const char *scheme = strstr(url, "://");
        if (scheme)
                return from_url(a, url, scheme + 3);
        if (strchr(url, '='))
                return from_conninfo(a, url);
        return (struct endpoint){0};
}

static const char *spoken(const char *dialect)
{
        static const char *const all[][2] = {{"postgresql", "PostgreSQL"}, {"mysql", "MySQL"}, {"sqlite", "SQLite"}, {"redis", "Redis"}};
        for (size_t i = 0; dialect && i < sizeof all / sizeof *all; i++)
                if (!strcmp(dialect, all[i][0]))
                        return all[i][1];
        return "a database";
}

const char *endpoint_label(struct arena *a, const struct endpoint *e)
{
        bool is_redis = e->dialect && !strcmp(e->dialect, "redis");
        const char *database = !e->database ? "" : is_redis ? arena_printf(a, " db %s", e->database) : arena_printf(a, "%s at ", e->database);
        if (!e->host && e->database && !is_redis)
                return arena_printf(a, "%s, host not told by the sources", e->database);
        if (!e->host)
                return arena_printf(a, "%s, address not told by the sources", spoken(e->dialect));
        if (e->dialect && !strcmp(e->dialect, "sqlite"))
                return arena_printf(a, "SQLite file %s", e->host);
        const char *port = e->port ? arena_printf(a, ":%s", e->port) : "";
        return is_redis ? arena_printf(a, "%s%s%s", e->host, port, database) : arena_printf(a, "%s%s%s", database, e->host, port);
}

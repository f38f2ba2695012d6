/*
 * Where connections go. Each pool means a server by its connection string; a pgbouncer.ini in the tree is one pooler for each of its
 * databases, since each has its own connections behind it. What is opened at most: the pools of all processes, and of a pooler what it opens
 * to the server, for as many users as the pools behind it name.
 */
#include "map/map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *or_unknown(const char *s)
{
        return s ? s : "?";
}

static size_t find(const struct map *m, const char *id)
{
        for (size_t i = 0; i < m->servers.len; i++)
                if (!strcmp(m->servers.items[i].id, id))
                        return i;
        return SIZE_MAX;
}

static size_t server_of(struct map *m, enum map_server_kind kind, const struct endpoint *e, const char *url)
{
        static const char *const words[] = {"database", "pooler", "redis"};
        const char *port = e->port ? e->port : e->host && kind == MAP_REDIS ? "6379" : e->host ? "5432" : NULL;
        if (e->host && *e->host == '/' && kind == MAP_REDIS)
                port = NULL;
        const char *id = arena_printf(m->arena, "%s:%s:%s:%s", words[kind], or_unknown(e->host), or_unknown(port), or_unknown(e->database));
        if (!e->host)
                id = arena_printf(m->arena, "%s:%s:%s:%s", words[kind], or_unknown(e->dialect), or_unknown(e->database), or_unknown(url));
        size_t at = find(m, id);
        if (at != SIZE_MAX)
                return at;
        *vec_push(m->arena, &m->servers) =
                (struct map_server){.kind = kind, .id = id, .dialect = e->dialect, .host = e->host, .port = e->port, .database = e->database,
                                    .label = endpoint_label(m->arena, e), .is_known = e->host != NULL, .limit = NAN, .servers = NAN, .through = MAP_NONE};
        return m->servers.len - 1;
}

/* ── Poolers ────────────────────────────────────────────────────────────────────────────────────────────────────── */

const char *map_setting_of(const struct map_server *s, const char *name)
{
        for (size_t i = 0; i < s->settings.len; i++)
                if (!strcmp(s->settings.items[i].name, name))
                        return s->settings.items[i].value;
        return NULL;
}

static double number_of(const struct map_server *s, const char *name, double otherwise)
{
        const char *text = map_setting_of(s, name);
        char *end;
        double v = text ? strtod(text, &end) : otherwise;
        return text && (end == text || v < 0) ? otherwise : v;
}

/* The pooler's address and what is behind it, from its settings. */
static void describe_pooler(struct map *m, size_t at, const char *entry)
{
        struct map_server *p = &m->servers.items[at];
        const char *listen = map_setting_of(p, "listen_addr"), *socket = map_setting_of(p, "unix_socket_dir"), *port = map_setting_of(p, "listen_port");
        p->host = listen ? listen : socket;
        p->port = port ? port : "6432";
        p->label = arena_printf(m->arena, "pgbouncer %s%s:%s", p->host ? p->host : "", "", p->port);
        p->is_known = true;
        struct endpoint behind = endpoint_parse(m->arena, entry);
        behind.dialect = "postgresql";
        if (!behind.database)
                behind.database = p->database;
        if (!behind.host)
                behind.host = "the pooler's host";
        int through = (int)server_of(m, MAP_DATABASE, &behind, NULL);
        m->servers.items[at].through = through; /* the array may have moved */
}

static void pooler_settings(struct map *m, size_t at, const struct map_setting *items, size_t n, const char *path)
{
        for (size_t i = 0; i < n; i++)
                if (items[i].path && !strcmp(items[i].path, path) && strncmp(items[i].name, "databases.", 10) != 0)
                        *vec_push(m->arena, &m->servers.items[at].settings) = items[i];
}

static void add_poolers(struct map *m, const struct map_setting *items, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                if (!items[i].path || strncmp(items[i].name, "databases.", 10) != 0)
                        continue;
                const char *database = items[i].name + 10;
                *vec_push(m->arena, &m->servers) = (struct map_server){
                        .kind = MAP_POOLER, .id = arena_printf(m->arena, "pooler:%s:%s", items[i].path, database), .dialect = "pgbouncer", .database = database,
                        .limit = NAN, .servers = NAN, .through = MAP_NONE};
                size_t at = m->servers.len - 1;
                pooler_settings(m, at, items, n, items[i].path);
                struct map_server *p = &m->servers.items[at];
                p->limit = number_of(p, "max_client_conn", 100);
                p->limit_from = map_setting_of(p, "max_client_conn") ? arena_printf(m->arena, "max_client_conn in %s", items[i].path) : "PgBouncer's default";
                describe_pooler(m, at, items[i].value);
        }
}

static size_t pooler_for(const struct map *m, const struct endpoint *e)
{
        size_t any = SIZE_MAX, all = SIZE_MAX;
        for (size_t i = 0; i < m->servers.len; i++) {
                const struct map_server *s = &m->servers.items[i];
                if (s->kind != MAP_POOLER || (e->port && s->port && strcmp(e->port, s->port) != 0))
                        continue;
                if (e->database && !strcmp(s->database, e->database))
                        return i;
                if (!strcmp(s->database, "*"))
                        all = i;
                any = any == SIZE_MAX ? i : SIZE_MAX - 1;
        }
        return all != SIZE_MAX ? all : any < SIZE_MAX - 1 && !e->database ? any : SIZE_MAX;
}

/* ── Sums ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void add_demand(const struct map *m, struct map_server *s, const struct map_pool *p)
{
        if (map_is_aside(m, p->context))
                return;
        s->per_call_pools += p->per_call;
        s->unbounded_pools += !p->per_call && p->unbounded;
        bool unknown = !p->uses.len && !p->per_call && !p->unbounded;
        for (size_t i = 0; i < p->uses.len && !p->per_call && !p->unbounded; i++) {
                bool undeclared = !m->programs.items[p->uses.items[i].program].path && !isnan(p->per_process);
                s->each_process += undeclared ? p->per_process : 0;
                unknown |= !undeclared && isnan(p->uses.items[i].connections);
                s->at_most += isnan(p->uses.items[i].connections) ? 0 : p->uses.items[i].connections;
        }
        s->unknown_pools += unknown;
}

static size_t users_behind(const struct map *m, size_t server)
{
        const char *seen[16];
        size_t n = 0;
        for (size_t i = 0; i < m->pools.len; i++) {
                if (m->pools.items[i].server != server)
                        continue;
                const char *user = endpoint_parse(m->arena, m->pools.items[i].url).user;
                bool is_new = user != NULL;
                for (size_t k = 0; k < n && is_new; k++)
                        is_new = strcmp(seen[k], user) != 0;
                if (is_new && n < 16)
                        seen[n++] = user;
        }
        return n ? n : 1;
}

static void sum_pooler(struct map *m, size_t at)
{
        struct map_server *p = &m->servers.items[at];
        size_t users = users_behind(m, at);
        double size = number_of(p, "default_pool_size", 20) + number_of(p, "reserve_pool_size", 0), cap = number_of(p, "max_db_connections", 0);
        p->servers = size * (double)users;
        p->servers_from = arena_printf(m->arena, "%.0f for %zu user%s", size, users, users == 1 ? "" : "s");
        if (cap > 0 && cap < p->servers) {
                p->servers = cap;
                p->servers_from = "max_db_connections";
        }
        m->servers.items[p->through].at_most += p->servers;
}

void map_find_servers(struct map *m, const struct map_setting *pooler_items, size_t n)
{
        add_poolers(m, pooler_items, n);
        for (size_t i = 0; i < m->pools.len; i++) {
                struct map_pool *p = &m->pools.items[i];
                struct endpoint e = endpoint_parse(m->arena, p->url);
                bool is_postgres = !strcmp(p->library ? p->library : "", "asyncpg") || strstr(p->library ? p->library : "", "psycopg") ||
                                   strstr(p->driver ? p->driver : "", "psycopg") || !strcmp(p->driver ? p->driver : "", "asyncpg");
                e.dialect = p->is_redis ? "redis" : is_postgres ? "postgresql" : e.dialect;
                size_t pooler = p->behind_pooler ? pooler_for(m, &e) : SIZE_MAX;
                size_t at = pooler != SIZE_MAX ? pooler : server_of(m, p->is_redis ? MAP_REDIS : MAP_DATABASE, &e, p->url);
                p->server = at;
        }
}

void map_sum_servers(struct map *m)
{
        for (size_t i = 0; i < m->pools.len; i++)
                add_demand(m, &m->servers.items[m->pools.items[i].server], &m->pools.items[i]);
        for (size_t i = 0; i < m->servers.len; i++)
                if (m->servers.items[i].kind == MAP_POOLER)
                        sum_pooler(m, i);
}

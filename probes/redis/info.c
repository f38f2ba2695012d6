/* INFO -> redis_sample, redis_keyspace, redis_command. What a version does not report stays NULL. */
#include "base/str.h"
#include "base/sys.h"
#include "probes/redis/internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The value of a line "name:value", copied. */
bool info_text(struct info i, const char *name, char *ret, size_t size)
{
        size_t len = strlen(name);
        for (const char *p = i.text; p && *p;) {
                if (!strncmp(p, name, len) && p[len] == ':') {
                        snprintf(ret, size, "%.*s", (int)strcspn(p + len + 1, "\r\n"), p + len + 1);
                        return true;
                }
                p = strchr(p, '\n');
                p = p ? p + 1 : NULL;
        }
        return false;
}

int64_t info_int(struct info i, const char *name, int64_t otherwise)
{
        char text[64], *end;
        if (!info_text(i, name, text, sizeof text))
                return otherwise;
        long long v = strtoll(text, &end, 10);
        return end == text ? otherwise : v;
}

static double info_real(struct info i, const char *name)
{
        char text[64], *end;
        if (!info_text(i, name, text, sizeof text))
                return NAN;
        double v = strtod(text, &end);
        return end == text ? NAN : v;
}

enum field_type { FIELD_INT, FIELD_REAL, FIELD_TEXT };

/* Column of redis_sample, and the line of INFO that it comes from. */
static const struct field {
        const char *column, *line;
        enum field_type type;
} fields[] = {
        {"version", "redis_version", FIELD_TEXT},
        {"server_run_id", "run_id", FIELD_TEXT},
        {"uptime_s", "uptime_in_seconds", FIELD_INT},
        {"used_memory", "used_memory", FIELD_INT},
        {"used_memory_rss", "used_memory_rss", FIELD_INT},
        {"used_memory_peak", "used_memory_peak", FIELD_INT},
        {"maxmemory", "maxmemory", FIELD_INT},
        {"maxmemory_policy", "maxmemory_policy", FIELD_TEXT},
        {"total_system_memory", "total_system_memory", FIELD_INT},
        {"mem_fragmentation_ratio", "mem_fragmentation_ratio", FIELD_REAL},
        {"allocator_frag_ratio", "allocator_frag_ratio", FIELD_REAL},
        {"allocator_frag_bytes", "allocator_frag_bytes", FIELD_INT},
        {"keyspace_hits", "keyspace_hits", FIELD_INT},
        {"keyspace_misses", "keyspace_misses", FIELD_INT},
        {"evicted_keys", "evicted_keys", FIELD_INT},
        {"expired_keys", "expired_keys", FIELD_INT},
        {"connected_clients", "connected_clients", FIELD_INT},
        {"blocked_clients", "blocked_clients", FIELD_INT},
        {"maxclients", "maxclients", FIELD_INT},
        {"rejected_connections", "rejected_connections", FIELD_INT},
        {"total_connections", "total_connections_received", FIELD_INT},
        {"commands", "total_commands_processed", FIELD_INT},
        {"loading", "loading", FIELD_INT},
        {"role", "role", FIELD_TEXT},
        {"rdb_last_bgsave_status", "rdb_last_bgsave_status", FIELD_TEXT},
        {"aof_last_write_status", "aof_last_write_status", FIELD_TEXT},
        {"latest_fork_us", "latest_fork_usec", FIELD_INT},
};
enum { FIELD_COUNT = sizeof fields / sizeof *fields };

/* What this probe's own questions added; answers come in order, so the counts belong to this very INFO. */
static int64_t own_share(const struct redis_probe *p, const char *line)
{
        if (!strcmp(line, "keyspace_hits"))
                return p->own_hits;
        if (!strcmp(line, "keyspace_misses"))
                return p->own_misses;
        return !strcmp(line, "total_commands_processed") ? p->own_commands : 0;
}

static struct cell cell_of(const struct redis_probe *p, struct info i, const struct field *f, char *buffer, size_t size)
{
        if (!info_text(i, f->line, buffer, size))
                return NONE(f->column);
        switch (f->type) {
        case FIELD_INT:
                return INT(f->column, info_int(i, f->line, 0) - own_share(p, f->line));
        case FIELD_REAL:
                return REAL(f->column, info_real(i, f->line));
        case FIELD_TEXT:
                break;
        }
        return TEXT(f->column, buffer);
}

static void emit_sample(struct redis_probe *p, struct info i)
{
        struct cell cells[FIELD_COUNT + 2];
        char texts[FIELD_COUNT][80];
        for (size_t f = 0; f < FIELD_COUNT; f++)
                cells[f] = cell_of(p, i, &fields[f], texts[f], sizeof texts[f]);
        double cpu_s = info_real(i, "used_cpu_sys") + info_real(i, "used_cpu_user");
        cells[FIELD_COUNT] = isnan(cpu_s) ? NONE("cpu_us") : INT("cpu_us", cpu_s * 1e6);
        cells[FIELD_COUNT + 1] = p->slowlog_len < 0 ? NONE("slowlog_len") : INT("slowlog_len", p->slowlog_len);
        p->env->sink->record(p->env->sink->arg, 0, "redis_sample", cells, FIELD_COUNT + 2);
}

/* Counters that went back, and a clock that stepped: no rate across this moment. */
static void note_resets(struct redis_probe *p, struct info i)
{
        struct counters now = {.hits = info_int(i, "keyspace_hits", 0), .misses = info_int(i, "keyspace_misses", 0),
                               .commands = info_int(i, "total_commands_processed", 0), .at_us = sys.realtime_us()};
        struct sink *k = p->env->sink;
        info_text(i, "run_id", now.run_id, sizeof now.run_id);
        if (!p->last.at_us)
                k->identity(k->arg, now.run_id);
        else if (strcmp(now.run_id, p->last.run_id))
                k->reset_mark(k->arg, now.at_us, "redis", "server restarted");
        else if (now.hits < p->last.hits || now.misses < p->last.misses || now.commands < p->last.commands)
                k->reset_mark(k->arg, now.at_us, "redis", "CONFIG RESETSTAT");
        else if (now.at_us < p->last.at_us)
                k->reset_mark(k->arg, now.at_us, "redis", "clock stepped back");
        if (now.commands < p->last.commands)
                p->own_hits = p->own_misses = p->own_commands = 0;
        p->last = now;
}

/* db0:keys=10,expires=2,avg_ttl=0 */
static bool parse_db_line(const char *line, int *db, long long *keys, long long *expires, long long *avg_ttl)
{
        *avg_ttl = 0;
        return sscanf(line, "db%d:keys=%lld,expires=%lld,avg_ttl=%lld", db, keys, expires, avg_ttl) >= 3;
}

int64_t info_db_keys(const char *text, int wanted)
{
        for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
                int db;
                long long keys, expires, ttl;
                if (parse_db_line(line, &db, &keys, &expires, &ttl) && db == wanted)
                        return keys;
        }
        return 0;
}

static void emit_keyspace(struct redis_probe *p, const char *text)
{
        for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
                int db;
                long long keys, expires, ttl;
                if (parse_db_line(line, &db, &keys, &expires, &ttl))
                        EMIT(p->env->sink, "redis_keyspace", INT("db", db), INT("keys", keys), INT("expires", expires), INT("avg_ttl_ms", ttl));
        }
}

/* cmdstat_get:calls=21,usec=175,... ; subcommands as config|get */
static void emit_commands(struct redis_probe *p, const char *text, const char *edge)
{
        for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
                char name[64];
                long long calls, usec;
                if (sscanf(line, "cmdstat_%63[^:]:calls=%lld,usec=%lld", name, &calls, &usec) == 3)
                        EMIT(p->env->sink, "redis_command", TEXT("edge", edge), TEXT("command", name), INT("calls", calls), INT("usec", usec));
        }
}

void redis_emit_info(struct redis_probe *p, const char *text, const char *edge)
{
        struct info i = {text};
        note_resets(p, i);
        emit_sample(p, i);
        if (!edge)
                return;
        emit_keyspace(p, text);
        emit_commands(p, text, edge);
}

/*
 * The fleet as found: programs, what each reaches, and where it all goes. Read from the fact views, linked once, written by one
 * writer per format.
 *
 *      load.c       fact views -> programs, pools, caches, statements, handlers
 *      measured.c   what the history knows of them
 *      endpoint.c   a connection string -> the server it means; passwords are dropped here and never kept
 *      link.c       which program reaches what, and the sums
 *      text.c, json.c, dot.c
 *
 * Plain data in the command's arena; the order is that of the declarations, so that two maps of one tree are the same bytes. What the sources
 * do not tell stays unknown (NULL, NAN, -1) and is said with the place where the trail ends.
 */
#pragma once
#include "base/arena.h"
#include "base/str.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct map_program {
        const char *name, *command, *declared_as, *server; /* server: gunicorn, celery ...; NULL */
        const char *path;        /* where it is declared, with line; NULL for what no program reaches */
        int line;
        const char *entry_path, *entry_module;
        const char **modules;    /* sorted, that it reaches by imports */
        size_t module_count;
        double processes;        /* declared; NAN unknown */
        int64_t threads;         /* of each process; 0 unknown */
        double running, pss_bytes; /* measured; NAN */
        VEC(size_t) pools, caches, statements, handlers; /* indices into the map */
};

/* Who decides one argument of a pool. */
struct map_value {
        const char *knob, *value, *decided_by, *path, *key, *trail;
        int line;
        bool resolved;
};

/* What a pool is in one program. */
struct map_use {
        size_t program;
        double connections;      /* at most, over its processes; NAN unknown */
        double wait_p95_ms, use_p95_ms, timeouts; /* measured; NAN */
};

struct map_pool {
        const char *name, *library, *kind, *path, *qualname, *scope, *context, *application, *url, *driver;
        int line;
        bool is_redis, is_async, behind_pooler;
        double size, overflow, min_size; /* NAN unknown or without bound */
        double per_process;      /* at most, of one process */
        bool unbounded;          /* the library's default, which has no bound */
        bool per_call;           /* made again for each call */
        const char **programs;   /* that reach it, by name */
        size_t program_count;
        size_t server;           /* index of a map_server */
        VEC(struct map_value) values;
        VEC(struct map_use) uses;
};

struct map_cache {
        const char *name, *tier, *library, *path, *module, *template_, *trail;
        int line;
        double max_size, ttl_s;  /* NAN unknown or none */
        int bounded;             /* -1 unknown */
};

struct map_statement {
        const char *path, *module, *qualname, *kind, *context, *origin, *text, *fingerprint;
        const char **tables;
        size_t table_count;
        int line;
        bool family;
        double confidence;
        double calls_hz, mean_ms, share_frac; /* measured; NAN */
};

struct map_handler {
        const char *path, *module, *qualname, *what;
        int line;
};

enum map_server_kind { MAP_DATABASE, MAP_POOLER, MAP_REDIS };
enum { MAP_NONE = -1 };

struct map_setting {
        const char *name, *value, *path;
        int line;
};

/* A database, a pooler or a Redis that pools connect to. */
struct map_server {
        enum map_server_kind kind;
        const char *id;          /* stable: kind and address */
        const char *dialect;     /* postgresql mysql sqlite redis pgbouncer; NULL unknown */
        const char *host, *port, *database; /* NULL unknown */
        const char *label;       /* for people */
        bool is_known;           /* the sources tell its host */
        double limit;            /* connections that it takes; NAN unknown */
        const char *limit_from;  /* "max_connections in postgresql.conf:12" */
        double at_most;          /* connections that are opened at most by what is known */
        double each_process;     /* of what no declared program opens: in each process that runs it */
        size_t unknown_pools, unbounded_pools, per_call_pools; /* that the sum cannot hold */
        double servers;          /* of a pooler: connections that it opens to `through` at most; NAN */
        const char *servers_from;
        int through;             /* of a pooler: the server behind it; MAP_NONE */
        VEC(struct map_setting) settings;
};

/* Statements of one table, over all programs. */
struct map_table {
        const char *name;
        size_t selects, inserts, updates, deletes, others;
        double share_frac;       /* of the database's time, measured; NAN */
        VEC(size_t) statements, programs;
        const char *declared;    /* "app/models.py:12", or NULL */
};

struct map {
        struct arena *arena;
        const char *sources;     /* for people: what was read */
        const char *capture;     /* for people: the capture that is joined in, or NULL */
        size_t files, unparsed, lines;
        VEC(struct map_program) programs; /* the last may be what no program reaches: path is NULL */
        VEC(struct map_pool) pools;
        VEC(struct map_cache) caches;
        VEC(struct map_statement) statements;
        VEC(struct map_handler) handlers;
        VEC(struct map_server) servers;
        VEC(struct map_table) tables;     /* most statements first */
        VEC(size_t) heaviest;             /* statements by share, measured ones only */
        bool declares_programs;
};

int map_load(struct arena *a, struct store *store, struct map *ret, struct err *err);

/* measured.c: joins what the capture in the window knows; nothing when there is none. */
int map_measure(struct map *m, struct store *store, struct err *err);

/* endpoint.c: the address in a URL or conninfo; what is a hole ("?") is NULL. */
struct endpoint {
        const char *dialect, *host, *port, *database, *user;
};
struct endpoint endpoint_parse(struct arena *a, const char *url);
/* "hearts at /run/hearts", "cache:6379 db 0", "PostgreSQL, address not told by the sources". */
const char *endpoint_label(struct arena *a, const struct endpoint *e);

/* servers.c */
void map_find_servers(struct map *m, const struct map_setting *pooler_items, size_t n);
void map_sum_servers(struct map *m);
const char *map_setting_of(const struct map_server *s, const char *name); /* or NULL */

/* link.c */
int map_link(struct map *m, struct store *store, struct err *err);
bool map_is_aside(const struct map *m, const char *context); /* tests and migrations; scripts, where programs are declared: beside the fleet */
const struct map_value *map_value_of(const struct map_pool *p, const char *knob); /* or NULL */

/* words.c: what the writers share */
const char *map_pool_sum(struct arena *a, const struct map_pool *p, double processes); /* "20 + 30 overflow x 2 processes = 100" */
const char *map_value_where(struct arena *a, const struct map_value *v);  /* "DB_POOL_MAX in .env:7" */
const char *map_cache_size(struct arena *a, const struct map_cache *c);   /* "2000 entries, 60 s" */
const char *map_short_name(const char *name);                             /* after the colon */
const char *map_plural(struct arena *a, double n, const char *one);          /* "1 process", "3 processes" */
const char *map_table_counts(struct arena *a, const struct map *m, const struct map_program *p, size_t max); /* "matches 3, profiles 2" */
const char *map_handler_counts(struct arena *a, const struct map *m, const struct map_program *p, bool by_file, size_t max); /* "fastapi get 5, ..." */

struct map_options {
        bool colour, unicode, all; /* all: nothing is left out for length */
};
void map_write_text(const struct map *m, const struct map_options *o, struct str *out);
void map_write_json(const struct map *m, struct str *out);
void map_write_dot(const struct map *m, const struct map_options *o, struct str *out);

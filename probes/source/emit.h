/*
 * What the files that emit share; emit_focus() in emit.c calls each of them once.
 */
#pragma once
#include "probes/source/python/python.h"

static inline struct cell maybe_int(const char *name, bool known, int64_t v)
{
        return known ? INT(name, v) : NONE(name);
}

bool value_decided(const struct value *v); /* one literal says it, and nothing else could */

/* emit_config.c: every place that has a say in one argument of a pool */
const char *decider_name(enum decider d);
void emit_pool_settings(struct source *s, struct sink *k);
void emit_server_settings(struct source *s, struct sink *k); /* of postgresql.conf, redis.conf, pgbouncer.ini in focus */
void emit_decisions(struct source *s, struct sink *k, const struct pool *p, const struct knob *knob);

/* emit_sql.c: of the file in focus */
void emit_statements(struct source *s, struct sink *k);
struct statement;
void emit_statement_as(struct source *s, struct sink *k, const struct statement *st, const char *qualname, const char *context);

/* emit_sqlfile.c */
struct schema_ops;
void emit_sqlfile(struct source *s, struct sink *k, const struct schema_ops *ops);

/* emit_schema.c */
void emit_schema(struct source *s, struct sink *k);
/* emit_arguments.c: of the file in focus */
void emit_arguments(struct source *s, struct sink *k);
/* emit_versions.c: of libraries, in the file in focus */
void emit_versions(struct source *s, struct sink *k);

/* emit_database.c: which database the file in focus tells of */
void emit_databases(struct source *s, struct sink *k);
/* emit_tasks.c: settings of job queues in the file in focus */
void emit_tasks(struct source *s, struct sink *k);
void emit_rq(struct source *s, struct sink *k);

/*
 * What one file does to the schema of a database: an SQL file (sqlfile.c), a migration of Alembic or Django (python/alembic.c,
 * python/django_migration.c), a text of DDL in the code (python/ddltext.c).
 */
#pragma once
#include "lib/sqlddl.h"
#include "probes/source/source.h"

struct schema_op {
        struct ddl ddl;
        const struct file *file;
        uint32_t start, end;     /* in the file */
        bool exact;              /* positions of columns count from start */
        const char *source;      /* migration sql_file */
        const char *framework;   /* alembic django flyway golang-migrate goose dbmate sql; NULL: no migration, it declares the schema */
        const char *qualname;
        int in_transaction;      /* -1 unknown */
        bool new_table;          /* its table is created earlier in this file */
        bool lock_timeout;       /* one was set earlier in this file */
};

struct schema_ops {
        struct schema_op *items;
        size_t len, cap;
};

enum { SCHEMA_OPS_MAX = 20000 };

/* All of a file, in the order in which it is done. Lives in source->scratch. */
void schema_find(struct file *f, struct schema_ops *ret);

/* Files sort by it as they are applied: V2 before V10, by the date that Alembic writes where there is one. */
const char *schema_seq(const struct file *f);

/* The folder whose files are applied one after the other. */
const char *schema_series(const struct file *f);

/* Adds what `ddl` says; knows the table as new, the timeout and the transaction from what was added before. */
struct schema_op *schema_add(struct schema_ops *ops, struct file *f, const struct ddl *ddl, uint32_t start, uint32_t end, const char *framework);

/* sqlfile.c: a script at `start` of the file; exact: its bytes are the file's. */
void schema_add_script(struct schema_ops *ops, struct file *f, const char *script, uint32_t start, uint32_t end, bool exact, const char *framework);
void sqlfile_find(struct file *f, struct schema_ops *ops);
bool sqlfile_is_other(const struct file *f); /* a test, a migration, the way back, of another database */

/* python/alembic.c, django_migration.c, ddltext.c */
void alembic_find(struct file *f, struct schema_ops *ops);
void django_migration_find(struct file *f, struct schema_ops *ops);
void peewee_migration_find(struct file *f, struct schema_ops *ops);
void ddltext_find(struct file *f, struct schema_ops *ops);

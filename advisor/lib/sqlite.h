/*
 * SQLite, the only file that knows it: connections, statements, functions, and the fence around rule SQL.
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct stmt;

enum db_flags {
        DB_READ_ONLY = 1 << 0,
        DB_CREATE = 1 << 1,
        DB_MEMORY = 1 << 2, /* path is ignored */
};

int db_open(const char *path, enum db_flags flags, struct db **ret_db, struct err *err);
struct db *db_close(struct db *db); /* returns NULL */
DEFINE_CLEANUP(struct db *, db_close)

/* All of a database as bytes (free them), and a database in memory that begins as such a copy. */
void *db_image(struct db *db, size_t *ret_len);
int db_open_image(const void *image, size_t len, struct db **ret_db, struct err *err);

/* Runs one or more statements without results. */
int db_exec(struct db *db, const char *sql, struct err *err);
int64_t db_last_rowid(struct db *db);
int db_changes(struct db *db);

int stmt_prepare(struct db *db, const char *sql, struct stmt **ret_stmt, struct err *err);
struct stmt *stmt_free(struct stmt *s); /* returns NULL */
DEFINE_CLEANUP(struct stmt *, stmt_free)

/* Parameters are numbered from 1. Texts are copied. */
void stmt_bind_int(struct stmt *s, int i, int64_t v);
void stmt_bind_real(struct stmt *s, int i, double v); /* NAN is NULL */
void stmt_bind_text(struct stmt *s, int i, const char *v); /* NULL is NULL */
void stmt_bind_borrowed(struct stmt *s, int i, const char *v); /* the same, without a copy: v stays until the statement has been stepped */
void stmt_bind_blob(struct stmt *s, int i, const void *v, size_t len);
void stmt_bind_null(struct stmt *s, int i);
/* The number of :name (with its colon), 0 when the statement has none of that name. */
int stmt_param(struct stmt *s, const char *name);
int stmt_param_count(struct stmt *s);
const char *stmt_param_name(struct stmt *s, int i);

/* 1 a row, 0 done (and reset, ready to be bound and run again), negative an error. */
int stmt_step(struct stmt *s, struct err *err);
void stmt_reset(struct stmt *s);

/* Columns are numbered from 0. Texts are borrowed until the next step. */
int stmt_columns(struct stmt *s);
const char *stmt_column_name(struct stmt *s, int i);
bool stmt_is_null(struct stmt *s, int i);
bool stmt_is_number(struct stmt *s, int i);
int64_t stmt_int(struct stmt *s, int i);
double stmt_real(struct stmt *s, int i); /* NULL is NAN */
const char *stmt_text(struct stmt *s, int i); /* NULL is NULL */
const void *stmt_blob(struct stmt *s, int i, size_t *ret_len); /* NULL and empty are NULL and 0 */

/* The first column of the first row, or `otherwise` when there is no row, NULL, or an error. `sql` has at most one ?. */
int64_t db_int(struct db *db, const char *sql, int64_t param, int64_t otherwise);

/* A deterministic scalar function of reals; NAN in or out is NULL. nargs -1 takes any number. */
int db_add_function(struct db *db, const char *name, int nargs, double (*f)(const double *args, int n, void *arg), void *arg,
                    struct err *err);

/*
 * From now on this connection only runs SELECT over tables, views and functions that are already there (deterministic
 * built-ins and those added by db_add_function): no ATTACH, PRAGMA, writes, load_extension, fts or other virtual tables; tables
 * whose name does not begin with fact_ only through views.
 * `steps` bounds the virtual machine's instructions of one statement; ERR_CONFIG says which bound was hit. 0 lifts the fence.
 */
int db_fence(struct db *db, int64_t steps, struct err *err);

/*
 * What the files of the DDL reader share (sqlddl.c cuts scripts and reads statements, sqlddl_table.c reads tables and their columns), and nobody else.
 */
#pragma once
#include "lib/sqlddl.h"
#include "lib/sqltree_impl.h"

struct ddl_reader {
        struct arena *arena;
        struct ddl_script *out;
        size_t at, len; /* the statement, in the script */
};

struct ddl *ddl_add(struct ddl_reader *r, const char *op, const char *table);

/* sqlddl_table.c */
const char *ddl_json(struct arena *a, struct json_t *list); /* frees it */
void ddl_create_table(struct ddl_reader *r, const struct json_t *stmt);
void ddl_alter_table(struct ddl_reader *r, const struct json_t *stmt);

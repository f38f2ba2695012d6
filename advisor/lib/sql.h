/*
 * SQL text, by libpg_query (the parser of PostgreSQL 15): fingerprints, normal forms, tables, and the placeholders of Python
 * drivers turned into $n. A text that does not parse is ERR_PARSE, which is also the best test of SQL against prose.
 *
 * A fingerprint names a family: literals, list lengths, aliases and the order of select lists do not count. It is only
 * comparable with fingerprints of the same sql_library_version(), so both are stored together.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>

enum { SQL_BYTES_MAX = 1 << 20 };

/* The version of libpg_query's parser, for the column fingerprint_version. */
const char *sql_library_version(void);

/* 16 hexadecimal digits. ERR_PARSE when the text is not SQL, ERR_RANGE when it is longer than SQL_BYTES_MAX. */
int sql_fingerprint(struct arena *a, const char *sql, char **ret_fingerprint, struct err *err);

/* The text with each literal replaced by $n. */
int sql_normalize(struct arena *a, const char *sql, char **ret_sql, struct err *err);

/* A sorted JSON array of the tables that the text names, with their schema where it is given; no names of WITH queries. */
int sql_tables(struct arena *a, const char *sql, char **ret_json, struct err *err);

/*
 * What a single statement is, as the parser names it: "AlterSystemStmt", "CreateStatsStmt", "VacuumStmt"; with what an ALTER TABLE does
 * behind a slash: "AlterTableStmt/AT_SetRelOptions" (of several parts all must be the same, else "AlterTableStmt/mixed"). For checking text
 * from elsewhere before it is sent. ERR_PARSE when it is not exactly one statement.
 */
int sql_form(struct arena *a, const char *sql, const char **ret_form, struct err *err);

/* select insert update delete utility other. Text that does not parse is "other". */
const char *sql_kind(const char *sql);

/*
 * Placeholders outside quotes and comments become $n: %s, %b, %t, %(name)s, :name, and ? where no other kind is used. A name
 * keeps its number. :: stays, %% becomes %, and what drivers expand (IN %s, VALUES %s) gets parentheses. Never fails:
 * text without placeholders comes back as it is.
 */
char *sql_convert_placeholders(struct arena *a, const char *sql);

/* What a sqlcommenter wrote: the inside of the first comment with key='value' pairs, or NULL. */
char *sql_comment(struct arena *a, const char *sql);

/*
 * The script with blanks for what is no SQL, each byte in its place: commands of psql, rows after COPY FROM stdin, and everything from the
 * mark at which a migration tool begins to take it back.
 */
char *sql_script_clean(struct arena *a, const char *script);

/* Blanks and comments before a statement: how many bytes. */
size_t sql_lead(const char *text);

struct sql_part {
        size_t at, len;
};

/* A script cut into its first statements, by the scanner; 0 when it cannot be cut. */
size_t sql_parts(struct arena *a, const char *script, size_t max, struct sql_part **ret);

/*
 * The text as two who write the same statement agree on: normalized, parameters without numbers and lists of them as one, one blank for
 * many, small letters outside quotes, no comments. NULL when it does not parse.
 */
char *sql_canonical(struct arena *a, const char *sql);

/*
 * Run by the build: a new history with its tables and fact views as an SQLite image, which goes into the binary. A history in memory
 * begins as a copy of it; running the schema files and some seventy CREATE VIEW each time cost 35 ms, more than all the rest of a start.
 */
#include "lib/sqlite.h"
#include "store/migration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The views are temporary in a file, where they must not stay. */
static char *permanent(const char *sql)
{
        char *copy = calloc(1, strlen(sql) + 1), *out = copy;
        if (!copy)
                abort();
        for (const char *p = sql; *p;) {
                if (!strncmp(p, "CREATE TEMP VIEW", 16)) {
                        out = stpcpy(out, "CREATE VIEW");
                        p += 16;
                } else {
                        *out++ = *p++;
                }
        }
        return copy;
}

int main(int argc, char **argv)
{
        struct err err = {0};
        struct db *db;
        char *views = permanent(store_facts_sql);
        const char *const scripts[] = {store_schema_001, store_schema_002, store_schema_003, store_schema_004, store_schema_005, store_schema_006, store_schema_007, store_schema_008, store_schema_009, store_schema_010, store_schema_011,
                                       "CREATE TABLE fact_window (run_id INTEGER PRIMARY KEY, kind TEXT, from_us INTEGER, to_us INTEGER);", views};
        if (argc != 2 || db_open(NULL, DB_MEMORY, &db, &err) < 0)
                return 2;
        db_exec(db, "BEGIN", &err);
        for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
                if (db_exec(db, scripts[i], &err) < 0) {
                        fprintf(stderr, "schema image: %s\n", err.msg);
                        return 1;
                }
        db_exec(db, "COMMIT", &err);
        size_t len;
        void *image = db_image(db, &len);
        FILE *f = fopen(argv[1], "wb");
        bool written = image && f && fwrite(image, 1, len, f) == len;
        written = f && fclose(f) == 0 && written;
        free(image);
        free(views);
        db_close(db);
        return written ? 0 : 1;
}

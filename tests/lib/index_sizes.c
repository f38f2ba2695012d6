/*
 * Prints what index_size_of thinks of each whole B-tree in the newest capture of a history, beside what was measured.
 *
 *      index_sizes HISTORY             rows: name|estimated bytes|measured bytes
 */
#include "model/index_size.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
        struct arena *a = arena_new();
        struct err err = {0};
        CLEANUP(store_close) struct store *store = NULL;
        struct facts *f = NULL;
        if (argc != 2 || store_open(argv[1], 0, &store, &err) < 0 || store_window(store, NULL, 0, &err) < 0 ||
            facts_load(a, store, config_default(a), &f, &err) < 0) {
                fprintf(stderr, "index_sizes: %s\n", err.msg);
                return 1;
        }
        struct index_catalog *c = index_catalog_new(a, f, NULL);
        for (size_t i = 0; i < c->indexes.len; i++) {
                const struct index_existing *e = &c->indexes.items[i];
                const struct fact_table *t = index_catalog_table(c, e->fact->schema, e->fact->table);
                if (t && e->known && !e->fact->predicate && !strcmp(e->fact->method, "btree"))
                        printf("%s|%.0f|%.0f\n", e->fact->name, index_size_of(c, t, &e->columns, NULL), e->fact->bytes);
        }
        arena_free(a);
        return 0;
}

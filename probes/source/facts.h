/*
 * The records of one file as bytes: kept while other threads work, and in the cache. Numbers of sites count from 1 in each file;
 * they become unique over the tree when the records are given to a sink.
 */
#pragma once
#include "base/arena.h"
#include "base/str.h"
#include "probes/record.h"

enum { FACT_SHAPES_MAX = 64, FACT_CELLS_MAX = 48 };

struct facts_writer {
        struct str bytes;
        struct facts_shape {
                const char *table;
                const char *names[FACT_CELLS_MAX];
                size_t n;
        } shapes[FACT_SHAPES_MAX];
        size_t shape_count;
        struct sink sink; /* appends to bytes */
        void (*tells)(void *arg, const char *path, size_t len, int line); /* a text tells a place in another module: see place() in python/eval.c; or NULL */
        void *arg;
};

void facts_writer_clear(struct facts_writer *w); /* also to begin with, when zeroed */
void facts_writer_release(struct facts_writer *w);

struct facts_counts {
        size_t pools, caches, sites, statements, tables, ddl, relationships, settings;
};

/*
 * Gives the records to the sink (NULL: only looks whether they are whole). *site_base is added to the numbers of sites, and grows by
 * the largest of them. False when the bytes are not what a writer wrote.
 */
bool facts_replay(const void *bytes, size_t len, struct sink *sink, int64_t *site_base, struct facts_counts *counts);

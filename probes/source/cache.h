/*
 * What was found in files, kept between runs (tables source_tree and source_file of the history). A row is taken when it was written
 * by this very build, its blobs are whole, and the file has the same content. Its facts are taken when nothing that they depend on
 * changed either: contents of files that were consulted, modules and paths that were looked for (also in vain), callers and
 * definitions by name, the programs that reach it. Whatever is wrong with the cache, the answer is to look at the file again.
 */
#pragma once
#include "probes/source/world.h"

struct cache_file {
        bool present;          /* there is a row */
        bool same;             /* and the file's content is what it was */
        bool moved;            /* but size or times are not: the row needs an update */
        uint64_t state;        /* hash of content and of what programs make of it */
        struct summary summary;
        const uint64_t *dep_files, *dep_names; /* path_hash()es, name_hash()es */
        size_t dep_file_count, dep_name_count;
        const char *facts;
        size_t facts_len;
        const char *sha256;
};

struct source_cache {
        struct db *db;
        char tree[65];
        struct arena *arena;
        struct cache_file *files;   /* by number of the file; of those gone: after them */
        size_t count;
        VEC(struct cache_file) gone;
        VEC(const char *) gone_paths;
        int64_t settings;           /* hash of what concerns all files */
        bool fresh;                 /* nothing in it can be used */
};

/* Never fails: without a readable cache all is fresh. */
struct source_cache *cache_load(struct arena *a, struct db *db, const struct source *walked);
/* Which files' facts still hold, once all summaries are known: states are those of now. */
void cache_judge(struct source_cache *c, const struct shared *sh, const uint64_t *states, int64_t settings, bool *ret_valid);

/* One file's row, to be written. */
struct cache_row {
        const struct file *file;
        const char *sha256;
        uint64_t state;
        const struct summary *summary;
        const uint64_t *dep_files, *dep_names;
        size_t dep_file_count, dep_name_count;
        const char *facts;
        size_t facts_len;
};
/* All or nothing; false when it could not be written (nobody minds). */
bool cache_save(struct source_cache *c, const struct shared *sh, const struct cache_row *rows, size_t n, int64_t settings);

/* The syntax tree of a file whose bytes and hash are there, as it was when the same text was parsed before. */
bool cache_tree(struct file *f);
/* The name of a set of roots with what was asked of it. */
void cache_tree_name(const struct source *walked, char ret[65]);
/* Hash over the names, sizes and times of all files, as the walk saw them. False: some changed in this moment. */
bool cache_signature(const struct source *walked, char ret[65]);

/*
 * What one thread knows of the tree. A world is a struct source with its own copies of all struct files, filled when they are asked
 * for; what was read and parsed comes from (and goes to) what all worlds share, and is never written again.
 */
#pragma once
#include "probes/source/source.h"

#include <pthread.h>
#include <stdatomic.h>

/* Something in a file that others asked for, and a hash of how it stands there. */
struct mark {
        uint64_t key, value;
};

/* What of a file is asked for without looking at the file: names that it calls and defines, what it imports. */
struct summary {
        bool known;
        bool cli;             /* imports a parser of command lines */
        struct mark *marks;   /* what others' facts may depend on: names, calls; sorted by key, as all marks */
        struct mark *items;   /* statements of the module by their text; value: their order */
        struct mark *places;  /* the same by where they stand */
        size_t mark_count, item_count, place_count;
        uint64_t *calls;      /* name_hash() of what its calls call, sorted */
        uint64_t *defs;       /* of its functions and classes, sorted */
        size_t call_count, def_count;
        const char *imports;  /* "level\0module\0symbol\0" ... */
        size_t imports_len;
};

struct shared_file {
        struct file file;     /* as read and parsed; its pointers are borrowed by all worlds */
        atomic_int state;     /* 0, or 1 once `file` may be read */
        struct summary summary;
        bool is_script;       /* once the programs are known */
        const char *programs; /* JSON: the programs that reach it, NULL none */
        const char *only_program; /* when exactly one does */
        const struct program *const *reaching; /* the same programs */
        size_t reaching_count;
};

struct db;

struct shared {
        struct db *db;         /* where syntax trees are kept, or NULL; under the lock */
        struct shared_file *files;
        size_t count;
        pthread_mutex_t lock;  /* around the making of the indexes below */
        uint64_t *calls;       /* name_hash() << 24 replaced by the file's number, sorted: who calls what */
        size_t call_count;
        uint64_t *defs;        /* all names that are defined, sorted */
        size_t def_count;
};

enum lookup { LOOK_MODULE, LOOK_CALLS, LOOK_DEFINED, LOOK_PATH, LOOK_ENVIRONMENT, LOOK_NAME, LOOK_ITEM, LOOK_PLACE };

/*
 * What a file's facts depend on: other files as a whole, and, by hashes, what was looked up (also in vain): names of modules,
 * statements, callers, definitions. Evaluation notes the statements and names of other files that it comes by, so that most changes
 * of a file concern nobody else. Where a statement stands is noted apart, when a fact tells it: code above it may come and go.
 */
struct deps {
        uint32_t *stamps;      /* by file: the epoch that noted it */
        unsigned epoch;
        VEC(uint32_t) files;
        struct table *paths;   /* once asked for: a path's first file; others of the same path come after it */
        uint64_t *names;       /* open addressing; 0: free */
        size_t name_cap, name_count;
};

uint64_t path_hash(uint32_t root, const char *path);
uint64_t name_hash(enum lookup kind, const char *name, size_t len);
uint64_t name_in_file(const struct file *f, const char *name, size_t len); /* a name of the module's own */
void depends_on_key(struct source *s, uint64_t key);
void depends_on_file(struct source *s, const struct file *f);
/* The statement in which a node of another file stands; its name of this module. */
void depends_on_node(struct file *f, uint32_t node);
/* Where that statement stands, for facts that tell lines or bytes: of a byte in it, of a line by the file's path. */
void depends_on_place(const struct file *f, uint32_t byte);
void depends_on_line(struct source *s, const char *path, size_t len, int line);
/* The first file of this path in any root, or NULL; in a world only. */
struct file *file_at(struct source *s, const char *path, size_t len);
void depends_on_name_in(struct file *f, const char *name);
void depends_on_name(struct source *s, enum lookup kind, const char *name, size_t len);

/* The worlds take over the walked files of `walked`; NULL-safe free. */
struct source *world_new(struct shared *shared, const struct source *walked);
struct source *world_free(struct source *w);
struct shared *shared_new(const struct source *walked);
void shared_free(struct shared *sh);
/* After all files have a summary. */
void shared_index(struct shared *sh);
/* Does any function or class of the tree have this name? */
bool is_defined(struct source *s, const char *name, size_t len);
/* The files that call a name, by its hash: the first position, and the file there; NULL past the last. */
size_t callers_from(const struct source *s, uint64_t hash);
struct file *callers_at(const struct source *s, uint64_t hash, size_t at);

/* Everything below happens between these two, for one file at a time. */
void focus_begin(struct source *w, struct file *f);
void focus_end(struct source *w);

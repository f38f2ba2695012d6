/*
 * A tree of sources and configuration as the source probe sees it: read once, never run.
 *
 *      walk.c      finds the files           -> struct file (path, size, times)
 *      world.c     what one thread knows: files read and indexed when they are asked for, and who asked for what
 *      analyse.c   one file: its pools, sites, caches, statements, in the order of its text -> facts.c, its records
 *      work.c      the threads
 *      tree.c      parses, one cursor walk   -> file->nodes, a flat array in preorder
 *      config/     a reader for each format  -> file->entries, each value with its byte range
 *      python/     index.c (scopes, names), eval*.c (what an expression is and who decided it), library.c (what calls of
 *                  libraries do), pools.c, sites.c, statements.c, caches.c
 *      programs/   what supervisors, compose files, units start, and the modules that it reaches
 *      emit.c      code_* records
 *
 * Everything is found file by file: what is looked for now is in `focus`, other files are only consulted, through module_find,
 * calls_of, config_find and the evaluator, which note it: a file's facts hold until one of those changes. So they do not depend on
 * the order of the files, on the number of threads, or on what was analysed before. Each thread has a world of its own (struct
 * source) with its own index; only what was read and parsed is shared, and never written again.
 *
 * What is found in a file lives in `arena`, which ends with the focus; the work on it in a scratch arena, by scopes; the index in
 * `keep`. Another language is another folder beside python/.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "lib/syntax.h"
#include "probes/probe.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        FILE_BYTES_MAX = 2 << 20,
        FILE_LINE_BYTES_MAX = 200000, /* longer lines are generated or minified code */
        FILES_MAX = 200000,
        FOLDER_DEPTH_MAX = 40,
        TREE_NEST_MAX = 250,          /* nodes nested deeper are left out and the file says so */
        TREE_BYTES_MAX = 512 << 20,   /* of all files together */
};

enum language {
        LANG_NONE, LANG_PYTHON,
#define FORMAT(name, LANG, patterns) LANG_##LANG,
#include "probes/source/config/formats.def"
#undef FORMAT
        LANG_COUNT
};
const char *language_name(enum language lang); /* "python", "toml"; NULL for none */

/* A node of a syntax tree; its first child is the next element when after > index + 1, its next sibling nodes[after]. */
struct node {
        uint8_t kind;    /* enum py_kind or enum yaml_kind */
        uint8_t field;   /* enum py_field */
        uint8_t flags;   /* enum node_flags */
        uint32_t start, end;
        uint32_t parent; /* the root's is itself */
        uint32_t after;  /* index after the last node below this one */
};
enum node_flags { NODE_ASYNC = 1 << 0, NODE_ERROR = 1 << 1 };
enum { NO_NODE = UINT32_MAX };

/* One value of a configuration file. */
struct entry {
        const char *key; /* database.pool.max_size, pgbouncer.listen_port, DB_HOST; list items by number */
        const char *value;
        uint32_t start, end; /* of the value's text, inside its quotes */
        bool quoted;
        bool templated; /* a template of the deployment decides it, not this file */
};

struct scope;

/* What others may depend on of a file: a statement of the module, as it is, and where it is. */
struct item {
        uint32_t node;
        unsigned stamp, place_stamp; /* the epoch of the focus that noted it */
        uint64_t key;       /* of its file and text; and the how-manieth with this text it is */
        uint64_t place;     /* of its file, text and place */
        uint32_t part, part_count; /* of a class: its long methods, in file->parts; its own text is without their bodies then */
};

struct file {
        struct source *source;
        const char *path;   /* relative to its root */
        const char *abs;
        const char *folder; /* relative, "" for the root */
        const char *module; /* bots.swipe; NULL when it is no Python */
        enum language lang;
        const char *bytes;
        size_t len;
        uint32_t *lines;    /* byte offset of each line */
        size_t line_count;
        char sha256[65];
        int unparsed_line;
        const char *note;
        struct node *nodes;
        uint32_t node_count;
        VEC(struct entry) entries;
        struct scope *scope; /* of the module */
        bool is_package;     /* __init__.py */
        bool is_test, is_migration, is_script;
        bool is_declared;   /* a Dockerfile that a service of a compose file is built from */
        bool is_left_out;   /* listed, but not read: a test */
        bool is_parsed;     /* in this run, not from the cache */
        bool is_loaded;     /* read (or tried), parsed and indexed in this world */
        uint32_t index;     /* in source->files, of every world */
        uint32_t root;      /* number of the root below which it was found */
        struct item *items;  /* the statements of the module, one after the other */
        size_t item_count, item_last; /* item_last: the one that was asked for last */
        struct item *parts;  /* long methods of the classes among them */
        size_t part_count;
        uint64_t key;        /* path_hash() of it */
        VEC(struct scope *) scopes; /* of its functions and classes, in the order of the text */
        VEC(struct pool *) pools;   /* that its calls make, */
        char hooks;                 /* words of hooks of start and stop stand in it: 0 not asked yet, 1 no, 2 yes */
        unsigned pools_epoch;       /* as found in this epoch */
        int64_t size, mtime_ns, ctime_ns; /* as the walk saw them */
        uint64_t inode;
};

/* A variable of a program's environment, and where it is set. */
struct variable {
        const char *name, *value;
        uint32_t file;       /* number of the file */
        uint32_t start, end; /* 0: it does not stand there as it is */
};

/* What a file or a command line sets in a server or framework. */
struct setting {
        const char *system;  /* postgresql pgbouncer redis gunicorn celery ... */
        const char *program, *name, *value; /* program and value may be NULL */
        const struct file *file;
        uint32_t start, end; /* 0: at no one place */
};

/* A word of a command line. */
struct given {
        const char *text;
        uint32_t file, start, end; /* as of a variable */
};
struct program {
        const char *name;
        int64_t processes;   /* instances times workers of each; -1 unknown */
        int64_t threads;     /* of each process, where its command says; -1 */
        const char *command, *declared_as, *server; /* server: gunicorn, celery ...; NULL none */
        const char *folder;  /* where it is started, NULL: not told */
        VEC(struct variable) environment;
        VEC(struct given) words; /* of the command, where it starts a module of the tree by itself */
        bool is_alternative; /* another declaration starts the same */
        struct file *entry;  /* NULL: not in this tree */
        const char *entry_module;
        struct file *declared_in;
        int line;
        VEC(struct file *) modules; /* reachable by imports */
};

struct pool;
struct python;
struct shared;

struct source {
        struct arena *arena;     /* what is found in the focus */
        struct arena *scratch;   /* what nobody keeps past the question, function or file at hand */
        struct arena *keep;      /* as long as the world: files and index */
        struct shared *shared;   /* what all worlds have in common */
        struct file *focus;      /* the file whose facts are being found */
        struct deps *deps;       /* what that file's facts depend on */
        const char *root;        /* the root being walked */
        uint32_t root_number;
        const char **roots, **ignore;
        bool tests;              /* test files are looked into */
        const struct fs_overlay *overlay; /* or NULL */
        bool root_is_test;       /* of the root being walked: so are those below it */
        size_t tests_left_out;
        size_t packages_left_out;      /* folders of installed packages, */
        const char *packages_at;       /* the first */
        int64_t total_bytes;     /* of the files that are to be read */
        VEC(struct file *) files;
        VEC(struct program) programs;
        VEC(struct setting) settings; /* of command lines */
        struct python *python;
        size_t skipped;          /* folders and files that could not be read */
        const char *skipped_why; /* the first */
        bool incomplete;         /* FILES_MAX */
        int64_t pgbouncer_port;  /* of a pgbouncer.ini in the tree; 0: none */
        const char *pgbouncer_mode;
};

/* walk.c */
void walk_tree(struct source *s);

/* tree.c: fills file->bytes, lines, sha256, nodes or entries; what could not be done is in file->note. Returns false when there is nothing to see. */
bool file_read(struct file *f);
bool file_parse(struct file *f); /* the same for bytes that are in memory already, with NUL after them */
void tree_build(struct file *f, enum syntax_lang lang, const char *bytes); /* file->nodes of `bytes`, which are as many as the file has */
void file_position(const struct file *f, uint32_t byte, int *ret_line, int *ret_col); /* notes that the focus depends on it */
int file_line(const struct file *f, uint32_t byte); /* does not: see place() in python/eval.c */
const char *file_text(struct arena *a, const struct file *f, uint32_t start, uint32_t end);
/* Text of one node with runs of white space as one blank, cut at `max` bytes. */
const char *file_snippet(struct arena *a, const struct file *f, uint32_t start, uint32_t end, size_t max);
/* 16 digits over the snippet: stays when code around it moves. */
const char *snippet_hash(struct arena *a, const char *snippet);

static inline uint32_t node_first(const struct file *f, uint32_t n)
{
        return f->nodes[n].after > n + 1 ? n + 1 : NO_NODE;
}

static inline uint32_t node_next(const struct file *f, uint32_t n)
{
        uint32_t after = f->nodes[n].after;
        return n && after < f->nodes[f->nodes[n].parent].after ? after : NO_NODE;
}

#define EACH_CHILD(f, n, c) for (uint32_t c = node_first((f), (n)); c != NO_NODE; c = node_next((f), c))

static inline uint32_t node_field(const struct file *f, uint32_t n, uint8_t field)
{
        EACH_CHILD(f, n, c)
                if (f->nodes[c].field == field)
                        return c;
        return NO_NODE;
}

/* config/: formats.c, config.c */
enum language config_language(const char *path);
bool config_is_template(const char *path); /* .env.dist, config.example.yaml: shows what is expected and is not read itself */
void config_read(struct file *f);
const struct entry *config_get(const struct file *f, const char *key);
/* The same with what the file includes in its place; *ret_file is where the entry stands. */
const struct entry *config_lookup(struct file *f, const char *key, struct file **ret_file);
bool config_has_prefix(const struct file *f, const char *prefix); /* prefix.something exists */
/* The file that code in `from` means by a relative path: beside it, above it, or below the root. NULL when none or several fit. */
struct file *config_find(struct source *s, const struct file *from, const char *path);

/* programs/ */
const struct variable *program_variable(const struct program *p, const char *name); /* NULL: nothing sets it */
void programs_find(struct source *s); /* before any facts: what a person starts by hand is a script; which programs reach a file */
const char *json_names(struct arena *a, const char *const *names, size_t n);

/* world.c */
void file_need(struct file *f); /* its bytes, tree, entries and index are there afterwards, as far as they can be */

/* emit.c */
void emit_focus(struct source *s, struct sink *sink);  /* the records of the file in focus */
void emit_models(struct source *s, struct sink *sink); /* tables and relationships of its models */
void emit_programs(struct source *s, struct sink *sink);

/*
 * Python sources: which name means what (index.c), what an expression is (eval.c), and the facts that follow.
 *
 * Evaluation is abstract and lazy: an expression is followed through imports, assignments, parameters, attributes of self,
 * dictionaries, settings classes and configuration files until a literal, a known type of a library, or an end that is said.
 */
#pragma once
#include "probes/source/kinds.h"
#include "probes/source/source.h"
#include "probes/source/sqltext.h"
#include "probes/source/table.h"

struct query_step;

enum scope_kind { SCOPE_MODULE, SCOPE_CLASS, SCOPE_FUNCTION };

enum binding_kind { B_ASSIGN, B_IMPORT, B_FROM, B_DEF, B_CLASS, B_PARAM, B_WITH, B_FOR, B_OTHER };

struct binding { /* there are hundreds of thousands */
        const char *name;       /* interned: compared by pointer */
        uint32_t at;            /* byte where the name is bound */
        uint32_t value;         /* node: assigned value, default of a parameter, context manager; NO_NODE */
        uint32_t type;          /* node of the annotation, NO_NODE */
        uint32_t block;         /* node of the block in which it stands: two in different blocks are alternatives */
        uint8_t kind;           /* enum binding_kind */
        int16_t item;           /* position in an unpacked tuple; -1 */
        int16_t position;       /* of a parameter */
        int16_t level;          /* B_FROM: leading dots */
        const char *module;     /* B_IMPORT, B_FROM: as written, without leading dots */
        const char *symbol;     /* B_FROM */
        struct scope *scope;    /* B_DEF, B_CLASS */
        /* Once asked for: */
        struct file *found;     /* B_IMPORT, B_FROM: its module; NULL: not in the tree */
        unsigned sought;        /* the epoch in which that was looked for */
        unsigned epoch;         /* of python, for what follows */
        struct value *answer;   /* B_PARAM: what callers pass; B_IMPORT, B_FROM: what it gives */
        int asking;             /* B_PARAM: it is being found, as the n-th such question inside another */
};

/* self.name = value in a method. */
struct attribute {
        const char *name;
        uint32_t at, value, type;
        struct scope *method;
};

struct scope {
        enum scope_kind kind;
        struct file *file;
        struct scope *parent;
        uint32_t node;          /* module, class_definition or function_definition */
        uint32_t body;
        const char *name;       /* interned */
        const char *qualname;
        bool is_async, is_generator, is_property, is_static, is_class_method;
        VEC(struct binding) bindings;
        VEC(struct attribute) attributes; /* of a class */
        VEC(const char *) stars;          /* modules of `from m import *` */
        uint32_t decorators;    /* node of the decorated_definition, NO_NODE */
        VEC(uint32_t) returns;  /* nodes of return and yield values */
        unsigned epoch;         /* of python, for what follows: see scope_memo() */
        int effects;            /* enum effect, once known */
        int effects_state;      /* 0 unknown, 1 being found, 2 + the depth at which it was found */
        const char *blocks;     /* the first call in it that makes the thread wait: requests.get */
        const char *context;    /* scope_context(), once asked for */
        const char *entry;      /* handler_entry(), once asked for */
        bool entry_known;
        struct pool *acquired;  /* a pool from which it takes a connection */
        const struct binding *acquires_unless; /* only when this parameter is not passed: conn=None */
        bool acquires_always;
        bool model_state;       /* of a class: asked for */
        struct orm_model *model; /* the table that it maps, NULL none */
};

/* One call in the tree, listed by the last name of what it calls. */
struct call_site {
        struct file *file;
        struct scope *scope;
        uint32_t node;
        unsigned followed;           /* the epoch of python in which target was found */
        const struct scope *target;  /* our function or class that it calls, or NULL */
        struct call_site *next;      /* of this name in this file */
};

struct call_group {
        struct file *file;
        struct call_site *first, *last;
};

/* All calls of one name that are indexed: those of a file together, in the order of its text; the files in the order of the tree. */
struct call_list {
        VEC(struct call_group) groups;
};

/* Over all calls of a name, file by file; a file is read when the walk gets there. */
struct call_walk {
        struct source *source;
        const char *name;
        uint64_t hash;
        size_t at;
        struct call_site *next;
};

enum value_kind {
        V_UNKNOWN, V_NONE, V_BOOL, V_NUMBER, V_TEXT, V_DICT, V_LIST, V_EXTERN, V_INSTANCE, V_MODULE, V_CLASS, V_OBJECT, V_FUNCTION,
        V_CONFIG, V_OPEN_FILE
};

enum decider { BY_NOTHING, BY_LITERAL, BY_CONSTANT, BY_ENV_DEFAULT, BY_ENV_FILE, BY_YAML, BY_INI, BY_SETTINGS, BY_DEFAULT, BY_COMPUTED,
               BY_TOML, BY_JSON, BY_ENVIRONMENT };

/* A place that says something else about the same thing, and why it does not count: the default that an environment file overrules. */
struct origin {
        const char *role;       /* overridden example */
        struct file *file;
        uint32_t start, end;
        const char *value, *key;
        enum decider decider;
        const struct origin *next;
};

struct value {
        enum value_kind kind;
        double number;
        const char *text;       /* V_TEXT (holes are HOLE bytes), V_EXTERN and V_INSTANCE: dotted name; V_CONFIG: key prefix; V_OPEN_FILE: path */
        bool holes;             /* V_TEXT: parts of it are not known */
        bool ambiguous;         /* one of several alternatives */
        bool is_template;       /* decided by an example file that the program may never read */
        struct file *file;      /* V_DICT, V_LIST, V_CONFIG, V_MODULE */
        struct scope *scope;    /* of the node, class or function */
        uint32_t node;          /* V_DICT, V_LIST; V_OBJECT: the call that made it, NO_NODE */
        struct scope *call_scope;
        struct value *self;     /* V_FUNCTION: bound to this object */
        struct pool *pool;      /* V_INSTANCE: the pool behind it */
        struct scope *model;    /* of a query: the class that its rows are of */
        const struct query_step *steps; /* of a query, and of an object that one found: the calls that built it */
        /* The literal that decides the value. */
        struct file *decided_in;
        uint32_t start, end;
        enum decider decider;
        const char *key;
        const char *trail;      /* how it was found, or where the trail ends */
        const struct origin *others; /* what it overrules, the nearest first */
};

/* HOLE_PROGRAM: the name of the process, as its supervisor sets it; HOLE_REPEAT: more of what stands before it; HOLE_SQL: in a
 * text of SQL, most likely SQL itself */
enum { HOLE = 1, HOLE_PROGRAM = 2, HOLE_REPEAT = 3, HOLE_SQL = 4 };

struct python {
        struct source *source;
        struct table names;     /* interned */
        struct table calls;     /* last name -> struct call_list */
        struct table sought;    /* level, folder and module as asked -> struct file, or the source when there is none */
        struct table modules;   /* path without .py or /__init__.py -> struct file */
        struct table pool_calls; /* "file:node" -> struct pool, once asked for */
        unsigned epoch;         /* of what evaluation remembers: it ends with the focus */
        VEC(struct cache) caches;
        VEC(struct site) sites;
        VEC(struct statement) statements;
        unsigned registrations_epoch; /* of what follows: which calls that register handlers there are */
        uint64_t registrations_called[2];
        int64_t budget;         /* evaluation steps left for the present question */
        int64_t exhausted;      /* times that a question went past its steps or depth */
        int asked, cut;         /* parameters being asked for, and the first of them that a question inside met again */
};

struct cache {
        const char *name, *tier, *library;
        struct file *file;
        struct scope *scope;
        uint32_t start, end;
        int64_t max_size;       /* -1 unknown */
        double ttl_s;           /* NAN unknown */
        int bounded;            /* -1 unknown */
        const char *template, *trail; /* template: of keys; the arguments of a decorated function. trail: who decides; NULL: nobody here */
        const char *context;
};

struct site {
        int64_t id, parent, loop, holding; /* 0: none */
        const char *kind, *what, *callee, *receiver, *receiver_type, *context, *args, *note;
        struct pool *pool;
        struct file *file;
        struct scope *scope;
        uint32_t start, end;
        bool is_async, blocking, used; /* used: something refers to this loop or with */
        uint32_t node;
};

struct statement {
        struct file *file;
        struct scope *scope;
        uint32_t start, end;
        const char *origin;      /* text orm */
        struct sqltext text;     /* an ORM's has no sql: kind, tables, filters and orders as far as they are static */
        int64_t site;
};

/* index.c */
const char *intern(struct source *s, const char *text, size_t len);
void python_open(struct python *p, struct source *s);
void python_forget(struct python *p);  /* what was found and remembered for one file */
void python_index(struct file *f);
struct scope *scope_memo(struct scope *s); /* what is remembered of it is of this epoch afterwards */

/* nodes.c */
uint32_t enclosing(const struct file *f, uint32_t node, uint8_t kind); /* nearest ancestor of a kind, or NO_NODE */
bool text_is(const struct file *f, uint32_t node, const char *text);
const char *node_text(const struct file *f, uint32_t node);
/* The argument of a call by name or position; keyword splats are not looked into. NO_NODE when not given. */
uint32_t call_argument(const struct file *f, uint32_t call, const char *name, int position);

/* calls.c */
struct call_walk calls_walk(struct source *s, const char *name); /* in all files */
struct call_site *calls_next(struct call_walk *w);
bool calls_exist(struct source *s, const char *name);
struct call_site *calls_in(struct file *f, const char *name);   /* the first in this file, then ->next */
#define EACH_CALL_IN(f, name, c) for (struct call_site *c = calls_in((f), (name)); c; c = c->next)

/* modules.c */
void python_module(struct file *f);    /* it can be found as a module from now on */
struct file *module_find(struct source *s, const struct file *from, const char *module, int level);
/* The same for who looks into it by ev_name() and what that gives alone: these note what they come by. */
struct file *module_seen(struct source *s, const struct file *from, const char *module, int level);
struct file *module_named(struct source *s, const struct file *from, const char *module, int level); /* not read, nor noted */

/* summary.c: what can be asked of a file without reading it again */
struct summary;
void python_summary(struct file *f, bool marks, struct summary *ret); /* marks: only who keeps results needs them */

/* context.c: request startup script module test migration */
const char *scope_context(struct scope *s);

/* handlers.c: "fastapi get '/users'", "celery task": what calls the function from outside; NULL. In scratch. */
const char *handler_of(struct scope *function);
const char *handler_entry(struct scope *function); /* the same, with hooks of start and stop: "aiogram startup" */
bool handler_is_hook(const char *entry);

/* eval.c: what an answer points to lives in source->scratch */
struct value eval(struct scope *scope, uint32_t node);           /* with a fresh budget */
struct value eval_name(struct scope *scope, const char *name, uint32_t at);
struct value eval_attribute(struct value object, const char *name); /* of an object or class of the tree; the name is interned */
struct value eval_item(struct value object, const char *key);    /* of a dictionary or configuration */
struct value eval_keyword(struct scope *scope, uint32_t call, const char *name, int position); /* through **splats too */
struct value value_unknown(struct source *s, const char *why);
const char *value_text(struct arena *a, const struct value *v); /* NULL: it is no scalar, or not known whole */
struct value value_keep(struct source *s, struct value v);       /* with everything it points to in source->arena */
bool is_settings(struct scope *class); /* of pydantic, or derived from one that is */
/* Of an abstract method: what derived classes do, at most `max`; 0 when it is none, or has more. */
int eval_implementations(struct scope *method, struct scope **ret, int max);
const char *value_extern(const struct value *v);                 /* canonical dotted name of V_EXTERN, or NULL */

/* library.c */
enum effect {
        EF_DB = 1 << 0, EF_ACQUIRE = 1 << 1, EF_REDIS = 1 << 2, EF_SLEEP = 1 << 3, EF_HTTP = 1 << 4, EF_NOTIFY = 1 << 5,
        EF_FUTURE = 1 << 6, EF_COMMIT = 1 << 7, EF_BLOCKING = 1 << 8, EF_CALLS_PARAM = 1 << 9,
        EF_FILE = 1 << 10, EF_FILE_NEAR = 1 << 11, /* waits for a file: itself, or in what it calls; further away it is not told of */
        EF_OUTSIDE = 1 << 12, /* waits for somebody else by a library that is not known in detail */
        EF_REDIS_GET = 1 << 13, /* EF_REDIS that asks for a value */
        EF_LAZY = 1 << 15, /* a query for what belongs to one row: none where whoever fetched the row loaded it too */
        EF_CACHED = 1 << 14 /* a query that is only sent when a cache does not know the answer */
};
struct library_call {
        const char *what;     /* class of the call site; NULL: only its result matters */
        const char *result;   /* type of the result; NULL unknown */
        bool blocking;        /* the thread waits */
};
void library_prepare(void); /* once, before any thread asks */
/* By canonical dotted name: "asyncpg.Pool.acquire". NULL when nothing is known of it. */
const struct library_call *library_call(const char *name);
/* The type of whatever attribute or item a type has: of a client of Mongo a database, of that a collection. NULL: none of these. */
const char *library_child(const char *type);
bool library_has_method(const char *last_name); /* some known call ends so: a filter before evaluating */
const char *library_canonical(struct arena *a, const char *name);
bool library_is_external(const char *module);   /* a distribution that we know: never a file of the tree */
const char *library_sole_receiver(const char *method, const char *receiver); /* type guessed by conventional names; NULL */

/* pools.c */
struct knob {
        const char *name;
        struct value value;
        const char *keyword;  /* as the constructor calls it */
        bool given;
        uint32_t use_start, use_end; /* the argument where the constructor gets it by name; 0: it does not */
        uint32_t insert_at;   /* where the keyword would be added, when not given; 0: it cannot */
};
struct pool {
        const char *name, *library, *kind, *scope_class, *context;
        bool is_async, is_redis, is_null_pool;
        struct file *file;
        struct scope *scope;
        uint32_t node;
        VEC(struct knob) knobs;
        const char *url;
        struct value application, host, port;
        const char *driver;
        int behind_pooler;    /* -1 unknown */
        bool unknown_splat;
        const char *stored;   /* how it outlives the call; NULL */
        const char *closed;   /* why its call takes no argument of a pool; NULL: it does */
};
struct pool *pool_at(struct scope *scope, uint32_t call); /* the pool that a constructor call makes, or NULL */
void pools_find(struct file *f); /* those that its calls make, named; once for each focus */
const char *pool_name(struct pool *p); /* NULL: none that is reported */
const struct knob *pool_knob(const struct pool *p, const char *name);

void pool_give_name(struct pool *p, const char *last); /* of its module, qualname and this; before it is listed */

/* pool_framework.c: pools that a framework makes from its options */
bool pool_framework_call(struct scope *s, uint32_t call, const char *callee); /* is it a call that makes one? */
void pools_configured(struct file *f);

/* pool_settings.c: sizes of pools in settings, whoever uses them */
struct pool_setting {
        const char *name, *subject; /* "app.settings:DB", "database" or "redis" */
        struct knob knob;
};
struct pool_settings {
        VEC(struct pool_setting);
};
void pool_settings_find(struct file *f, struct pool_settings *out);

/* pool_url.c: what the query of a connection URL says of the pool */
void pool_read_url(struct pool *p, const struct value *url);

/* sites.c, statements.c, caches.c */
void sites_find(struct file *f);
int function_effects(struct scope *function, int depth);
void statement_add(struct source *s, struct scope *scope, uint32_t expression, int64_t site);
struct scope *scope_at(struct file *f, uint32_t node); /* the innermost around it */
void statements_rest(struct file *f); /* SQL texts that no known call sends */
void caches_find(struct file *f);

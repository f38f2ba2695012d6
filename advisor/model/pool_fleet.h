/*
 * From facts to numbers: the settings of the source that decide pool sizes, each with the pools, programs and traffic behind it.
 * One setting may serve many pools (a DATABASE_CONFIG that four bots import): then it is sized once, for the neediest.
 */
#pragma once
#include "model/model.h"
#include "model/pool_plan.h"

/* What one setting decides. */
struct pool_setting {
        const struct fact_pool *pool;  /* the first that it serves: for library and place */
        const char *subjects;          /* "hearts.profiles:engine and 2 more" */
        VEC(const struct fact_pool *) pools;
        VEC(struct pool_traffic) traffic;
        VEC(const char *) silent;      /* programs that reported no checkouts */
        const struct fact_value *size, *overflow, *min; /* where the knobs are decided; NULL when not in the source */
        bool behind_pooler;
        double processes;              /* over all programs; NAN unknown */
        double checkouts_hz;
        double wait_p95_ms, use_mean_ms, use_p95_ms; /* measured, all programs together; NAN */
        double floor;                  /* connections seen in use at once in one process; NAN */
        bool by_sessions;              /* holds are those of transactions, as looks at the server's sessions tell */
        double nested;                 /* fewer connections can deadlock: some code takes a second one while it holds one; NAN: none does */
        bool known;                    /* need is solved */
        struct pool_need need;
        const struct finding *finding; /* the row that names it, or NULL */
        int size_new, overflow_new;
        bool by_hand;                  /* a number could not be written */
};

struct pool_fleet {
        struct arena *arena;
        const struct advise_in *in;
        VEC(struct pool_setting) settings;
        const struct finding *finding; /* of the row that speaks of the fleet as a whole, or NULL */
        double budget;                 /* connections that pools may have together; NAN when max_connections is unknown */
        double max_connections, reserved, others;
        double share;                  /* of what is left that pools may have: 0.8, less where a deploy runs more processes */
        double active_cap;             /* connections that are worth it where the database's CPUs are the limit; NAN where they are not */
        double cpu_frac;               /* how busy the database keeps its CPUs; NAN unknown */
        bool cpu_known;                /* measured; else cpu_frac is a bound */
        double pooler_slots;           /* server connections of poolers, after their own sizing */
};

void pool_fleet_collect(struct pool_fleet *fleet, const struct advise_in *in);

/* True for an asyncpg or psycopg pool, which has no overflow. */
bool pool_has_overflow(const struct fact_pool *p);

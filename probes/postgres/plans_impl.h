/* The state of planning, shared by plans.c (what is sent), plan_paths.c (as whom) and plan_store.c (what comes of it). */
#pragma once
#include "lib/planfence.h"
#include "lib/plan_values.h"
#include "probes/postgres/postgres.h"

enum plan_step {
        STEP_PATHS,      /* search paths of roles */
        STEP_FENCE,      /* functions that planning must not reach */
        STEP_VALUES,     /* of columns that parameters are compared with */
        STEP_NEXT,
        STEP_MODE,       /* search path of the statement, generic plans */
        STEP_PREPARE,
        STEP_EXPLAIN,
        STEP_TYPES,      /* of the parameters; from here on plans for given values */
        STEP_SAMPLE,
        STEP_SEEN,       /* a text with its constants, as a session sent it */
        STEP_DEALLOCATE,
        STEP_OVER
};

struct role_path {
        int64_t role, database;
        const char *path;
};

struct pgp_plans {
        enum plan_step step;
        size_t next;                      /* of the ranking */
        int64_t since_us;                 /* when planning began */
        bool late;                        /* there was no time for all */
        int planned, failed, refused, denied, sampled;
        const char *denied_remedy, *denied_reason;
        VEC(struct role_path) paths;
        struct planfence *fence;
        struct plan_values *values;

        /* The statement that is being planned; its memory. */
        struct arena *arena;
        struct pgp_statement *statement;
        const char *path;
        const char *text;                 /* as repaired so far */
        int attempts;
        bool prepared;
        VEC(const char *) types;          /* of its parameters */
        struct sql_params params;
        enum value_case which;            /* that is being planned */
};

/* The search path of the role that sends it (plan_paths.c). */
extern const char plan_paths_sql[];
void plan_paths_take(struct pgp *p, const struct pg_rows *rows);
const char *plan_paths_of(struct pgp *p, struct arena *a, const struct pgp_statement *s);

/* params: generic typical frequent rare seen. */
int plan_store(struct pgp *p, const struct pg_rows *rows, const char *method, const char *params, struct err *err);
int plan_store_failure(struct pgp *p, const char *why, struct err *err);
/* A failure of the server's: denied, locked, or what it says. */
int plan_store_refusal(struct pgp *p, const struct err *failure, struct err *err);
int plan_store_status(struct pgp *p, struct err *err);

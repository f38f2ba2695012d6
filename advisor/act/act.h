/*
 * Actuators: what writes one kind of change, and can take it back. One file and one row in acts.def each.
 *
 * A step is what is done at once: one database object, or all changes of one kind and phase in one file (one rename). Steps of
 * one file in different phases form a chain; each has the image before and after itself.
 *
 *      precheck   looks at the target without touching it; fills what the undo needs (images, saved). All steps are
 *                 prechecked before the first is done. ERR_REFUSED when it must not be done.
 *      do_        does it. May fail half way: undo is called for that step too.
 *      read_back  the effective value: parsed again, asked from the server. An error is a failure of the step.
 *      undo       takes back what classify called AFTER or PARTIAL. Never touches what is foreign.
 *      classify   by hashes and catalogue, not by memory: before, after, partial (ours, half done) or foreign.
 *      describe   the commands besides diff and SQL, for --dry-run.
 */
#pragma once
#include "act/target.h"
#include "base/str.h"
#include "change/changeset.h"
#include "change/edit.h"
#include "lib/pg.h"

#include <signal.h>

enum act_state { ACT_BEFORE, ACT_AFTER, ACT_PARTIAL, ACT_FOREIGN, ACT_STATE_COUNT };

struct step {
        size_t index;
        enum change_kind kind;
        enum change_phase phase;
        const struct actuator *actuator;
        VEC(struct change_ref) refs;
        const char *what; /* for people: the file, the index, the setting */

        /* files */
        const char *path, *tmp_name;
        const struct step *previous;        /* the step before in the chain of this file, or NULL */
        struct target_image before, after;  /* after recovery: without bytes, only what the journal holds */
        VEC(struct edit) edits;             /* of this step and those before it, on the bytes of the plan */
        const char *backup;                 /* file in rollback/ that holds before.bytes */

        /* servers */
        const char *target;                 /* name in the configuration */
        const char *server;                 /* identity, as found at precheck or in the journal */
        const char *saved;                  /* what the actuator must know to undo, in its own words; NULL is none */
        bool forced;                        /* rollback --force: after is what the user made of it */
        bool already;                       /* the target is as wanted: nothing to do */
};

struct act_session {
        const char *target;
        bool writable;
        struct pg *pg;
        const char *identity;
        bool standby;
};

struct act_env {
        struct arena *arena;
        const struct config *config;
        const char **roots;               /* apply.roots, the crontab and the schedule folder */
        const struct changeset *set;
        VEC(struct step) steps;
        VEC(struct act_session) sessions; /* opened on demand, closed by act_env_close */
        VEC(const char *) restarts;       /* programs that must be restarted by the user, or whole commands for that */
        VEC(const char *) pending;        /* settings that wait for the restart of a server, as sentences */
        bool dry_run;
        bool patient;                     /* wait for what an earlier run left running on a server */
        const volatile sig_atomic_t *stop; /* a signal asks to end */
        void (*note)(void *arg, const char *line);
        void *note_arg;
};

struct actuator {
        enum change_kind kind;
        int (*precheck)(struct act_env *e, struct step *s, struct err *err);
        int (*do_)(struct act_env *e, struct step *s, struct err *err);
        int (*read_back)(struct act_env *e, struct step *s, struct err *err);
        int (*undo)(struct act_env *e, struct step *s, struct err *err);
        int (*classify)(struct act_env *e, struct step *s, enum act_state *ret, const char **ret_why, struct err *err);
        void (*describe)(struct act_env *e, const struct step *s, struct str *out);
};

#define ACTUATOR(kind) extern const struct actuator actuator_##kind;
#include "act/acts.def"
#undef ACTUATOR
const struct actuator *actuator_for(enum change_kind kind); /* NULL: not built */

/* Steps from the change-set, of all recommendations or those with the given keys (NULL-terminated; NULL: all). ERR_USAGE for an unknown key. */
int act_steps(struct act_env *e, const char *const *keys, struct err *err);
void act_env_close(struct act_env *e);
/* The server of this step must be restarted for it to take effect, or to be gone. */
void act_note_pending(struct act_env *e, const struct step *s);
void act_note(struct act_env *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What all file kinds share (file_step.c). validate: new content that must not be swapped in is refused; may be NULL. */
int file_precheck(struct act_env *e, struct step *s, struct err *err);
int file_do(struct act_env *e, struct step *s, struct err *err);
int file_read_back(struct act_env *e, struct step *s, struct err *err);
int file_undo(struct act_env *e, struct step *s, struct err *err);
int file_classify(struct act_env *e, struct step *s, enum act_state *ret, const char **ret_why, struct err *err);
int file_sweep(struct act_env *e, struct step *s, struct err *err);
/* Adds to e->restarts what must be restarted for this step to take effect, or to be gone. */
void file_note_restarts(struct act_env *e, const struct step *s);
/* The image that the target has now. */
int file_now(struct act_env *e, const struct step *s, struct target_image *ret, struct err *err);

/* Only the planned values differ between two texts of a format, and nothing became worse (check.c). ERR_REFUSED with the place. */
int check_syntax(struct act_env *e, const struct step *s, struct err *err);
/* The step that begins the chain of a file: its image before is what the plan saw. */
const struct step *step_first(const struct step *s);

/* Sessions on the server of a step, identity and role checked (pg_step.c). */
int act_session(struct act_env *e, struct step *s, bool writable, struct pg **ret_pg, struct err *err);
/* One value of a one-row answer in the arena; NULL when there is no row or it is NULL. */
int act_ask(struct act_env *e, struct pg *pg, const char *sql, int n, const char *const *params, const char **ret, struct err *err);

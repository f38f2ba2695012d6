/*
 * Carrying out change-sets (robustness.md, section 1): all targets are looked at, then the originals are copied and the journal
 * says what is to be done, then one step after the other. A failed step undoes those before it. What a crash leaves is
 * decided by recover from hashes and catalogue state.
 *
 * All three take an env with config, roots and note set; the lock must be held but for dry runs.
 */
#pragma once
#include "act/act.h"
#include "act/journal.h"

/*
 * Precheck, and for a dry run no more: *ret_report gets diff, statements and commands. ERR_REFUSED: nothing changed (err->state
 * says so); ERR_IO, ERR_TARGET: undone, or ERR_INTERRUPTED when that failed too. *ret_done is false when it was applied already.
 */
int act_apply(struct act_env *e, const char *const *keys, bool *ret_done, struct err *err);
int act_plan(struct act_env *e, const char *const *keys, struct str *report, struct err *err);

/* Undoes an applied change-set. force: what drifted is copied into rollback/ and overwritten. *ret_done false: nothing to do. */
int act_precheck(struct act_env *e, const char *const *keys, struct err *err);

int act_rollback(struct act_env *e, bool force, bool *ret_done, struct err *err);

/* The first half of both: steps made and prechecked. */
int act_precheck(struct act_env *e, const char *const *keys, struct err *err);

/* Ends an interrupted one, at BEFORE. leave_foreign closes it although targets are neither before nor after. */
int act_recover(struct act_env *e, bool leave_foreign, bool *ret_done, struct err *err);

/* An env for a change-set folder. config: trusted, or only for a dry run. */
int act_env_open(struct arena *a, const struct config *config, const char *dir, struct act_env *ret_env, struct err *err);

/* Names of change-sets whose journal is interrupted (or damaged: *ret_damaged gets the error of the first). NULL-terminated. */
const char **act_interrupted(struct arena *a, const char *state_dir, struct err *ret_damaged);

/* For every command that writes: ERR_INTERRUPTED when an interrupted change-set waits for recover. */
int changeset_check_interrupted(const char *state_dir, struct err *err);

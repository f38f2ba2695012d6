/* What apply, rollback, recover and status share. */
#pragma once
#include "act/apply.h"
#include "act/lock.h"
#include "cmd/cmd.h"
#include "store/store.h"

/* Trusted configuration, or ERR_REFUSED with the hint to name it. */
int changing_config(struct app *app, struct err *err);
/* State folder and lock. */
int changing_begin(struct app *app, const char **ret_state, struct lock **ret_lock, struct err *err);
/* An env whose notes go to stderr, and whose stop flag is set by SIGINT, SIGTERM and SIGHUP. */
int changing_env(struct app *app, const char *dir, struct act_env *ret_env, struct err *err);
/* After a run that a signal ended: prints the error and leaves with 128 + n. Returns otherwise. */
void changing_leave_if_stopped(struct app *app, const struct err *err);
/* Whether the change-set in a folder is in a state by its journal; never when that is damaged. */
bool changing_is(struct app *app, const char *dir, enum journal_state state);
/* The newest change-set in a state, or NULL. */
const char *changing_newest(struct app *app, const char *state_dir, enum journal_state state);
/* What `apply` without a name is about: the newest one that is open and not superseded, or applied already; or NULL. */
const char *changing_next(struct app *app, const char *state_dir);
/* Open change-sets of earlier analyses give way to a newer one; a failure is only noted. */
void changing_supersede(struct app *app, struct store *store, const char *state_dir, const char *by);
/* The trace in the history; a failure is only noted, the folder is the truth. */
void changing_trace(struct app *app, const struct changeset *set, const char *state);
/* Ends what an earlier run left: every command that changes does this first. *ret_count of change-sets that were ended. */
int changing_recover(struct app *app, const char *state_dir, bool leave_foreign, int *ret_count, struct err *err);
/* Rolls the named (NULL: the newest applied) change-set back, and says so on `out`. */
int changing_take_back(struct app *app, const char *name, bool force, FILE *out, struct err *err);
/* What the user must restart, as lines for people; nothing when that is nothing. */
void changing_restarts(const struct act_env *e, struct str *out);

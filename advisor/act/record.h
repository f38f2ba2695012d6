/* Steps in the journal and back. For the files of act/ that carry out and undo. */
#pragma once
#include "act/act.h"
#include "act/journal.h"

/* The "apply" record with what was chosen, and one "step" and two "image" records for each step. */
int record_apply(struct act_env *e, struct journal *j, const char *const *keys, struct err *err);
/* From now on this is what the file was made to be. */
int record_after(struct act_env *e, struct journal *j, const struct step *s, struct err *err);
int record_number(struct act_env *e, struct journal *j, const char *word, const struct step *s, struct err *err);
int record_time(struct act_env *e, struct journal *j, const char *word, const char *why, struct err *err);

/* Rebuilds e->steps from the newest apply in the journal. *ret_prepared: were the originals durable? ERR_INTERRUPTED when it does not fit. */
int record_restore(struct act_env *e, const struct journal_records *records, size_t begin, bool *ret_prepared, struct err *err);

const char *journal_path(struct act_env *e);

/*
 * Undoes all steps in reverse order, by what each target is now. ERR_INTERRUPTED names the first foreign target (the others
 * were undone) unless leave_foreign. j records what is done; with j NULL nothing is recorded.
 */
int undo_steps(struct act_env *e, struct journal *j, bool leave_foreign, struct err *err);

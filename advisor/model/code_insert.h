/* Arguments into calls: the changes that give one, and the change that takes a whole line away. */
#pragma once
#include "model/model.h"

/* The call at this byte of the file, or NULL. */
const struct fact_argument *code_call(const struct facts *f, const char *path, int64_t byte_start);

/*
 * The change that gives `name=value` to the call, into *ret. `nth` arguments are given to it before this one by the same recommendation.
 * False when it cannot be done, with *ret_why for people.
 */
bool code_insert(struct arena *a, const struct fact_argument *call, const char *name, const char *value, int nth, struct change *ret, const char **ret_why);

/* One more argument by position, behind the last. */
bool code_add_value(struct arena *a, const struct fact_argument *call, const char *value, struct change *ret, const char **ret_why);

/* The change that takes away the lines of a statement that is nothing but the call. */
bool code_remove_line(struct arena *a, const struct fact_argument *call, struct change *ret, const char **ret_why);

/*
 * The changes that make the call and the command after it one pipeline, whose statement another change takes away:
 * `.pipeline(transaction=False)` behind the client, the command and `.execute()` behind the call, and `, _` behind the name that takes the result.
 */
bool code_pipe(struct arena *a, const struct fact_argument *call, struct recommendation *rec, const char **ret_why);

/* How many changes of the recommendation add to the call already. */
int code_given(const struct recommendation *rec, const struct fact_argument *call);

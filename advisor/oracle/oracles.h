/*
 * The cost oracles that stand behind model/oracle.h: live (HypoPG), recorded (the history), scripted (tests). All of them
 * live as long as their arena; oracle->close releases what is outside of it and may be called once.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "model/oracle.h"
#include "store/store.h"

/*
 * HypoPG on a private, read-only session; statements are planned, never run. Without HypoPG there is an oracle whose
 * ->unavailable says what to install; ERR_TARGET when the server cannot be reached.
 */
int oracle_open_live(struct arena *a, const char *dsn, struct oracle **ret_oracle, struct err *err);

/* Asks `inner` at most once for each statement and set, and writes the answers to oracle_answer of that run when it closes (inner too). */
struct oracle *oracle_recording(struct arena *a, struct oracle *inner, struct store *store, int64_t run, int64_t target);

/* The answers of that run and no others: what was not asked then is "not recorded". target 0 is any. */
int oracle_open_recorded(struct arena *a, struct store *store, int64_t run, int64_t target, struct oracle **ret_oracle, struct err *err);

/* Answers of a function: for tests. It sees the set that counts. */
typedef void oracle_script(void *arg, const struct oracle_index *indexes, size_t n, const char *queryid, const char *query,
                           struct oracle_answer *ret_answer);
struct oracle *oracle_scripted(struct arena *a, oracle_script *script, void *arg);

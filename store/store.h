/*
 * The history: one SQLite file (design.md, section 6). One writer at a time; samples are whole or absent.
 *
 * Opening for writing migrates an older schema after a backup beside the file; a newer one is ERR_HISTORY. Opening also
 * creates the fact views (store/facts.sql) as temporary views over a window of runs, see store_window().
 */
#pragma once
#include "base/arena.h"
#include "lib/sqlite.h"
#include "probes/record.h"

enum { HISTORY_SCHEMA = 11, FACTS_CONTRACT = 1 };

struct store;

/* STORE_BARE: without the fact views, for who reads tables only. */
enum store_flags { STORE_WRITE = 1 << 0, STORE_MEMORY = 1 << 1, STORE_BARE = 1 << 2 };

int store_open(const char *path, enum store_flags flags, struct store **ret_store, struct err *err);
struct store *store_close(struct store *s);
DEFINE_CLEANUP(struct store *, store_close)

/* For the modules that query: the rule engine, facts.c, reports. Borrowed. */
struct db *store_db(struct store *s);

/* A run begins and ends; label and parent (0) are optional. Outcome: ok, partial, failed. When a capture ends, old cache traces go. */
int store_run_begin(struct store *s, const char *kind, const char *label, int64_t parent, int64_t *ret_run, struct err *err);
int store_run_end(struct store *s, int64_t run, const char *outcome, struct err *err);

/* The id of a target by name and kind, made when new. */
int store_target(struct store *s, const char *name, const char *kind, int64_t *ret_target, struct err *err);

/* A sink into a run and target. Valid until the store closes; sink->arg is owned by the store. */
struct sink *store_sink(struct store *s, int64_t run, int64_t target);

/* The outcome of one probe in a run. */
int store_run_probe(struct store *s, int64_t run, int64_t target, const char *probe, const char *outcome, const char *detail,
                    int64_t wall_us, int64_t cpu_us, int64_t steps, int64_t records, struct err *err);

/*
 * What the fact views show: the given runs (a capture, and the analysis run with the code facts), until called again.
 * With n = 0: the newest finished capture and the newest run with code facts.
 */
int store_window(struct store *s, const int64_t *runs, size_t n, struct err *err);

/* Once all facts are there: views that several rules ask, and that are dear, become tables; of a file until the window changes. */
int store_settle(struct store *s, struct err *err);

/* A run by id, uuid (or a prefix of it), or label (the newest with it); "latest" the newest finished capture; ERR_USAGE when none. */
int store_find_run(struct store *s, const char *name, int64_t *ret_run, struct err *err);

/*
 * Deletes all that belongs to runs older than keep_us, but for: what a change-set or verification is about and the capture that was made
 * from, what a newer run was compared with or made from, and the newest run of each kind. ERR_REFUSED on an implausible clock.
 */
int store_retain(struct store *s, int64_t keep_us, int64_t *ret_deleted, struct err *err);

/*
 * Ages the history: samples of captures older than raw_us go (findings, change-sets and their captures stay), of series hours older than hourly_us
 * become days, and days older than keep_us go. The series are brought up to date first.
 */
int store_thin(struct store *s, int64_t raw_us, int64_t hourly_us, int64_t keep_us, struct err *err);

/* A whole copy in one file, 0600, replaced at once; nothing happens while the one that is there is younger than age_us. */
int store_backup(struct store *s, const char *path, int64_t age_us, struct err *err);

/*
 * The cache trace (cache_access) is by far the largest table, and only warming and miss-ratio curves read it: the rows of all captures go but
 * those of the newest three that hold a trace, and of captures that open or applied change-sets were made from. The rest of a capture stays.
 */
int store_drop_traces(struct store *s, struct err *err);

/* PRAGMA integrity_check: ERR_HISTORY with the first complaint. */
int store_check(struct store *s, struct err *err);

/*
 * A whole tree, by one or several threads: walk, read and index each file, find the programs, then each file's facts, then the
 * records in the order of the files. work_step() does a slice of it, so that a poll loop goes on meanwhile.
 */
#pragma once
#include "base/err.h"
#include "probes/probe.h"
#include "probes/source/source.h"

struct work;

/* threads: 0 takes what the machine has, up to 8. PERFADVISE_THREADS overrules it. */
struct work *work_new(const struct probe_target *target, int threads);
struct work *work_free(struct work *w); /* waits for its threads; returns NULL */
/* True when there is nothing left to do but to give the records away. `until_us` is a monotonic time. */
bool work_step(struct work *w, int64_t until_us);
void work_emit(struct work *w, struct sink *sink);
/* See cache_tree_name() and cache_signature(); false when a file changed in the last moment, so that its times may stay when it changes again. */
bool work_signature(const struct probe_target *target, char tree[65], char signature[65], struct work **ret_walked);
void work_go_on(struct work *w, struct db *cache); /* with what was walked, for an analysis */
void work_facts(struct work *w, bool all, char ret[65]); /* a hash over what work_emit() gives, see facts_digest.c; all: lengths and hashes of files too */
void work_save(struct work *w); /* what was found, into the target's cache */

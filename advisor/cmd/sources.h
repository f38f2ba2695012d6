/* Source facts into a run, by the source probe through the capture engine: for analyze, audit and examples of rules. */
#pragma once
#include "change/change.h"
#include "probes/probe.h"
#include "store/store.h"

struct source_spec {
        const char **roots;   /* NULL-terminated; a root may be a file */
        const char **ignore;  /* globs; NULL: none */
        struct work **walked; /* a walk of sources_signature(), analysed or not, used up when it is not NULL; or NULL */
        struct db *cache;     /* where what was found in files is kept; NULL: nowhere */
        const struct fs_overlay *overlay; /* stands in for one file; NULL: nothing does. Goes without cache. */
        bool tests;           /* test files too, not only below roots that are tests themselves */
};

/* Analyses these files into the run. ERR_UNKNOWN when this build has no source probe; otherwise what the probe says. */
int sources_capture(struct arena *a, struct store *store, int64_t run, const struct source_spec *spec, struct err *err);

/* Names of these roots and of the state of all files below them; false when that state cannot be trusted (it is of this moment). */
bool sources_signature(const struct source_spec *spec, char tree[65], char signature[65], struct work **ret_walked);
/* Analyses what was walked, but gives nothing away yet: sources_capture() does, of the same. Tells the hash of the facts; all: also of what
 * only tells that files changed. */
void sources_find(struct work *walked, struct db *cache, bool all, char facts[65]);
void sources_save(struct work *walked); /* into its cache, when nobody captures them */
void sources_walked_free(struct work *walked);

/* Does this run hold the very facts that were found in what was walked and analysed? */
bool sources_are_stored(struct store *store, int64_t run, const char *facts);

/* What of the sources of a run was not looked at, as notes of its analysis. */
void sources_note(struct arena *a, struct store *store, int64_t run, struct analysis *z);

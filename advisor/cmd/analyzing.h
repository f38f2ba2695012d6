/* What `analyze` and `audit` share: from a history (or from sources alone) to an analysis that is stored and can be printed. */
#pragma once
#include "cmd/cmd.h"
#include "base/fs.h"
#include "out/out.h"
#include "rule/scope.h"
#include "rule/texts.h"
#include "store/store.h"

struct analyzing {
        struct app *app;
        const char **paths;    /* NULL-terminated: sources alone, no configuration and no server; or NULL */
        const char *run_name;  /* the capture to analyse; NULL: the newest */
        bool no_changes;       /* write no change-set */
        const struct scope *scope; /* only findings there; NULL: all */
        const struct fs_overlay *overlay; /* stands in for one file of paths; NULL: nothing does */
        const char *baseline;  /* file; NULL: that of the configuration, if any */
        bool no_baseline;
        bool unused_ignores;   /* suppressions that took nothing back are findings */
        bool no_cache;         /* look at every source file again */
        const char *const *select; /* NULL-terminated names of rules; NULL: all */
        const char *kind;      /* of the run: NULL is "analysis"; "audit" */
        int64_t parent;        /* of the run; 0: the capture */
        struct work **walked;  /* of the sources, just now; see sources.h */
        struct store *cache;   /* of sources, when the caller holds it already; borrowed */
        struct store *store;   /* set when the caller holds it already */
        int64_t capture;       /* the capture that was analysed, 0 for sources alone; may be set by the caller */
        const char *subtitle;  /* for people: what was analysed */
        struct analysis result;
        struct texts *texts;   /* sources that the result shows or follows from, besides the facts */
        bool follows_from_facts; /* the result is the same when facts and these texts are */
};

/* Findings, recommendations and a change-set, in the history (in memory for sources alone). */
int analyzing_run(struct analyzing *z, struct err *err);

/* Findings at or above `level` that nobody acknowledged. */
size_t analyzing_count(const struct analysis *a, enum severity level);

/* "json", "json:FILE" ... -> where an analysis is written. */
struct out_request {
        const struct output *format;
        const char *file;      /* NULL: stdout */
};
int out_request_parse(struct app *app, const char *text, struct out_request *ret_request, struct err *err);
/* Writes all of them; text to stdout when there are none. What goes to stdout is added to *printed, which may be NULL. */
int out_requests_write(struct app *app, const struct out_request *requests, size_t n, const struct analysis *a, const char *subtitle,
                       struct str *printed, struct err *err);
/* --fail-on: info, warning, critical or never; -1 for never. */
int fail_on_parse(const char *text, int *ret_level, struct err *err);

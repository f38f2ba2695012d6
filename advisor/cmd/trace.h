/* What the verbs of `trace` share: options and files. Each verb is one file. */
#pragma once
#include "cmd/cmd.h"
#include "trace/trace.h"

enum { TRACE_FILES_MAX = 64, TRACE_BATCH = 4096 };

struct trace_request {
        const char *target, *database; /* of logs */
        const char *format;            /* of cache traces; NULL: told by the first bytes */
        const char *size;              /* of the cache now, as it was given, or NULL */
        size_t memory_bytes;           /* 0: default */
        int64_t seed;
        VEC(const char *) outputs;     /* FORMAT[:FILE] */
        const char *files[TRACE_FILES_MAX];
        int count;
};

int trace_import_logs(struct app *app, struct trace_request *q, struct err *err);
int trace_curve(struct app *app, struct trace_request *q, struct err *err);
int trace_export(struct app *app, struct trace_request *q, struct err *err);

/* A progress line twice a second on a terminal. */
void trace_progress(struct app *app, const char *path, const struct trace *t, const char *doing);
/* What was odd in it, a line each. */
void trace_notes(struct app *app, const char *path, const struct trace *t);

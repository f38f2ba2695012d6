/*
 * A warming schedule as `warm run` reads it: YAML, every key known, every number in its range, written by warm_gain or by hand.
 * perfadvise-schedule(5) is its manual. It names no command: what runs stands in trusted configuration only.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

enum { SCHEDULE_KEYS_MAX = 1000000, SCHEDULE_KEYS_BYTES_MAX = 64 << 20, SCHEDULE_JOBS_MAX = 32 };

struct schedule_job {
        const char *name;
        const char *keys_file;   /* absolute: beside the schedule */
        int64_t count;           /* lines used; 0: all */
        double predicted_from, predicted_to; /* Redis hit ratio; NAN */
        int64_t predicted_over;  /* 0 unknown */
};

struct schedule {
        const char *path, *service;
        double rate_per_s;
        double db_time_budget_s; /* NAN: none */
        double elapsed_over_s;   /* NAN: none */
        double redis_used_memory_over; /* fraction of maxmemory; NAN: none */
        VEC(struct schedule_job) jobs;
};

/* ERR_CONFIG or ERR_PARSE with the position. */
int schedule_load(struct arena *a, const char *path, struct schedule **ret_schedule, struct err *err);

/* Lines TEMPLATE<TAB>KEYHASH of a job, at most `count`; ERR_PARSE with the line of the first that is none. *ret_end points behind the last. */
int schedule_keys(struct arena *a, const struct schedule_job *job, const char **ret_lines, const char **ret_end, size_t *ret_n, struct err *err);

/* A command line as words: blanks part them, '...' and "..." keep them, no other sign means anything. ERR_CONFIG when a quote is left open. */
int schedule_words(struct arena *a, const char *line, const char ***ret_words, size_t *ret_n, struct err *err);

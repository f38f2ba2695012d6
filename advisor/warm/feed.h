/*
 * Runs the application's warming command without a shell, gives it key lines at a bounded rate, and ends it when it must: on a
 * signal, on a time limit, or when a condition that the caller measures says so.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <signal.h>
#include <stdint.h>

struct feed {
        const char *const *argv; /* argv[0] is an absolute path; NULL-terminated */
        const char *dir;         /* working directory */
        const char *lines, *end; /* whole lines */
        size_t n;
        double rate_hz;
        double elapsed_max_s;    /* NAN: none */
        const volatile sig_atomic_t *stop;
        /* Asked about once a second; a text is the reason to stop, valid as long as arg. May be NULL. */
        const char *(*check)(void *arg);
        void *arg;
        void (*progress)(void *arg, size_t sent, size_t n); /* may be NULL */
};

struct feed_result {
        size_t sent;             /* lines that the command took */
        double elapsed_s;
        int status;              /* exit status, 128 + n when a signal ended it */
        const char *stopped;     /* why it was ended early, or NULL */
        struct str output;       /* the last few kilobytes that it printed; to be released */
};

/* ERR_IO when it cannot be started. What the command does is in the result. */
int feed_run(const struct feed *f, struct feed_result *ret_result, struct err *err);

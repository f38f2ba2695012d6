/*
 * One error, as the user will read it: what, where, why, and what to do about it.
 *
 * A function that can fail in more than one way takes `struct err *err` last and returns 0 or a negative enum err_code;
 * on failure its return parameters (named ret_*) are untouched. Messages start lower case, name the subject, say what
 * failed before why, and have no full stop; the hint is a sentence. Only advisor/cmd and main.c print.
 */
#pragma once

enum err_code {
        ERR_NONE,
        ERR_FINDINGS,    /* not an error: findings at or above --fail-on (exit 1) */
        ERR_USAGE,       /* unknown option, wrong argument (exit 2) */
        ERR_CONFIG,      /* broken configuration, rule or schedule file (exit 2) */
        ERR_REFUSED,     /* drift, failed precondition, regression, lock held (exit 3) */
        ERR_TARGET,      /* unreachable or denied (exit 4) */
        ERR_IO,          /* resource or I/O fault (exit 5) */
        ERR_INTERRUPTED, /* an interrupted change-set wants `recover` (exit 6) */
        ERR_HISTORY,     /* history corrupt or newer than this program (exit 7) */
        ERR_RANGE,       /* a value outside what a function can work with (exit 5 when it reaches the user) */
        ERR_UNKNOWN,     /* the data needed is missing: "unknown: because" (exit 4 when it reaches the user) */
        ERR_PARSE,       /* input that does not parse; carries a position (exit 2 when it reaches the user) */
        ERR_CODE_COUNT
};

struct err {
        enum err_code code;
        char msg[768];
        char hint[512];
        char file[512];    /* the user's input in which it arose, or "" */
        int line, col;     /* 1-based; 0 is unknown */
        const char *state; /* what was left behind: "nothing changed", "undone", ...; NULL when nothing could change */
};

/* Sets code and message (printf) and returns -code, so that `return err_set(...)` reads well. err may be NULL. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, with the position in the user's input. file may be NULL. */
int err_at(struct err *err, enum err_code code, const char *file, int line, int col, const char *fmt, ...)
        __attribute__((format(printf, 6, 7)));

/* As err_set with ": strerror(errno)" appended. */
int err_errno(struct err *err, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Adds a hint (a sentence) to an error that was set. Returns -err->code. */
int err_hint(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The exit status of design.md section 4 for a code: 0..7. */
int err_exit_status(enum err_code code);

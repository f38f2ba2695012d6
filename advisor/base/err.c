#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int set(struct err *err, enum err_code code, const char *file, int line, int col, const char *fmt, va_list ap)
{
        if (!err)
                return -(int)code;
        const char *state = err->state;
        memset(err, 0, sizeof *err);
        err->state = state;
        err->code = code;
        err->line = line;
        err->col = col;
        if (file)
                snprintf(err->file, sizeof err->file, "%s", file);
        vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        return -(int)code;
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
        va_list ap;
        va_start(ap, fmt);
        int r = set(err, code, NULL, 0, 0, fmt, ap);
        va_end(ap);
        return r;
}

int err_at(struct err *err, enum err_code code, const char *file, int line, int col, const char *fmt, ...)
{
        va_list ap;
        va_start(ap, fmt);
        int r = set(err, code, file, line, col, fmt, ap);
        va_end(ap);
        return r;
}

int err_errno(struct err *err, enum err_code code, const char *fmt, ...)
{
        int saved = errno;
        va_list ap;
        va_start(ap, fmt);
        int r = set(err, code, NULL, 0, 0, fmt, ap);
        va_end(ap);
        if (err) {
                size_t len = strlen(err->msg);
                snprintf(err->msg + len, sizeof err->msg - len, ": %s", strerror(saved));
        }
        return r;
}

int err_hint(struct err *err, const char *fmt, ...)
{
        if (!err)
                return -(int)ERR_IO; /* the code is lost with the caller's lack of interest, the failure is not */
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(err->hint, sizeof err->hint, fmt, ap);
        va_end(ap);
        return -(int)err->code;
}

int err_exit_status(enum err_code code)
{
        static const int status[ERR_CODE_COUNT] = {
                [ERR_NONE] = 0,    [ERR_FINDINGS] = 1, [ERR_USAGE] = 2,       [ERR_CONFIG] = 2,
                [ERR_REFUSED] = 3, [ERR_TARGET] = 4,   [ERR_IO] = 5,          [ERR_INTERRUPTED] = 6,
                [ERR_HISTORY] = 7, [ERR_RANGE] = 5,    [ERR_UNKNOWN] = 4,     [ERR_PARSE] = 2,
        };
        return code < ERR_CODE_COUNT ? status[code] : 5;
}

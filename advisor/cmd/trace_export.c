/* trace export: the requests of one trace in the format of another tool, as a stream. */
#include "base/sys.h"
#include "cmd/trace.h"
#include "trace/write.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int open_output(const char *path, int *ret_fd, struct err *err)
{
        int fd = path ? sys.openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600) : dup(STDOUT_FILENO);
        if (fd < 0)
                return err_errno(err, ERR_IO, "cannot write '%s'", path);
        *ret_fd = fd;
        return 0;
}

static int copy(struct app *app, struct trace *t, const char *from, const struct trace_writer *w, int fd, struct err *err)
{
        static const size_t flush_at = 1 << 16;
        struct cache_request *batch = arena_alloc(app->arena, TRACE_BATCH * sizeof *batch);
        CLEANUP(str_release) struct str out = {0};
        size_t n;
        int r;
        while ((r = trace_read(t, batch, TRACE_BATCH, &n, err)) == 0 && n) {
                for (size_t i = 0; i < n; i++)
                        w->add(&out, &batch[i]);
                if (out.len >= flush_at && sys_write_all(fd, str_text(&out), out.len) < 0)
                        return err_errno(err, ERR_IO, "cannot write the trace");
                if (out.len >= flush_at)
                        str_clear(&out);
                trace_progress(app, from, t, "written");
        }
        app_progress(app, NULL);
        if (r == 0 && sys_write_all(fd, str_text(&out), out.len) < 0)
                return err_errno(err, ERR_IO, "cannot write the trace");
        return r;
}

int trace_export(struct app *app, struct trace_request *q, struct err *err)
{
        if (q->outputs.len != 1)
                return err_set(err, ERR_USAGE, "trace export needs one format to write"), err_hint(err, "-o csv, -o keys or -o oracleGeneral:FILE.");
        char *name = arena_strdup(app->arena, q->outputs.items[0]), *colon = strchr(name, ':');
        if (colon)
                *colon = '\0';
        const struct trace_writer *w = trace_writer_by_name(name);
        if (!w) {
                err_set(err, ERR_USAGE, "a trace is not written as '%s'", name);
                return err_hint(err, "Formats are csv, keys and oracleGeneral; FORMAT:FILE writes into a file.");
        }
        CLEANUP(close) int fd = -1;
        int r = open_output(colon ? colon + 1 : NULL, &fd, err);
        CLEANUP(str_release) struct str head = {0};
        if (r == 0 && w->begin)
                w->begin(&head);
        if (r == 0 && sys_write_all(fd, str_text(&head), head.len) < 0)
                r = err_errno(err, ERR_IO, "cannot write the trace");
        for (int i = 0; r == 0 && i < q->count; i++) {
                CLEANUP(trace_close) struct trace *t = NULL;
                if ((r = trace_open(q->files[i], q->format, &t, err)) < 0 || (r = copy(app, t, q->files[i], w, fd, err)) < 0)
                        return r;
                trace_notes(app, q->files[i], t);
        }
        return r;
}

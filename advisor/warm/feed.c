#include "warm/feed.h"
#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 50, GRACE_US = 5000000, CHECK_US = 1000000, OUTPUT_MAX = 8192 };

struct child {
        pid_t pid;
        int in, out; /* -1 when closed */
        int64_t began_us, checked_us, ended_us; /* ended_us: when it was told to end; 0 not yet */
        const char *at;       /* next byte to be written */
        const char *released; /* up to here the rate allows */
        size_t released_n, sent_n; /* lines before released, before at */
        bool killed;
};

/* In the child: a clean environment, its own process group, nothing inherited but the three streams. */
static void become(const struct feed *f, int in, int out)
{
        const char *home = getenv("HOME");
        char home_text[512];
        snprintf(home_text, sizeof home_text, "HOME=%s", home ? home : "/");
        char *env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", home_text, "LANG=C.UTF-8", NULL};
        signal(SIGPIPE, SIG_DFL);
        setpgid(0, 0);
        if (dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2 && chdir(f->dir) == 0) {
                closefrom(3);
                execve(f->argv[0], (char *const *)f->argv, env);
        }
        dprintf(2, "cannot run '%s' in '%s': %s\n", f->argv[0], f->dir, strerror(errno));
        _exit(127);
}

static int start(const struct feed *f, struct child *c, struct err *err)
{
        int in[2] = {-1, -1}, out[2] = {-1, -1};
        if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || (c->pid = fork()) < 0) {
                int r = err_errno(err, ERR_IO, "cannot start '%s'", f->argv[0]);
                for (int i = 0; i < 2; i++) {
                        close_cleanup(&in[i]);
                        close_cleanup(&out[i]);
                }
                return r;
        }
        if (c->pid == 0)
                become(f, in[0], out[1]);
        setpgid(c->pid, c->pid);
        close(in[0]);
        close(out[1]);
        c->in = in[1];
        c->out = out[0];
        fcntl(c->in, F_SETFL, O_NONBLOCK);
        fcntl(c->out, F_SETFL, O_NONBLOCK);
        return 0;
}

static void close_fd(int *fd)
{
        close_cleanup(fd);
        *fd = -1;
}

/* Moves `released` on to what the rate allows by now, always to the end of a line. */
static void release(const struct feed *f, struct child *c, int64_t now_us)
{
        double lines = f->rate_hz * ((double)(now_us - c->began_us) / 1e6 + TICK_MS / 1e3);
        while (c->released < f->end && (double)c->released_n < lines) {
                const char *stop = memchr(c->released, '\n', (size_t)(f->end - c->released));
                c->released = stop ? stop + 1 : f->end;
                c->released_n++;
        }
}

static void write_lines(const struct feed *f, struct child *c, int64_t now_us)
{
        release(f, c, now_us);
        while (c->in >= 0 && c->at < c->released) {
                ssize_t n = sys.write(c->in, c->at, (size_t)(c->released - c->at));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0) {
                        if (errno != EAGAIN)
                                close_fd(&c->in); /* it reads no more */
                        return;
                }
                for (ssize_t i = 0; i < n; i++)
                        c->sent_n += c->at[i] == '\n';
                c->at += n;
        }
        if (c->in >= 0 && c->at == f->end)
                close_fd(&c->in);
}

/* Keeps the last OUTPUT_MAX bytes. */
static void read_output(struct child *c, struct str *output)
{
        char buf[4096];
        for (ssize_t n; c->out >= 0 && (n = read(c->out, buf, sizeof buf)) != -1;) {
                if (n == 0) {
                        close_fd(&c->out);
                        return;
                }
                str_add_len(output, buf, (size_t)n);
                if (output->len > OUTPUT_MAX) {
                        size_t cut = output->len - OUTPUT_MAX / 2;
                        memmove(output->buf, output->buf + cut, output->len - cut + 1);
                        output->len -= cut;
                }
        }
}

static const char *reason_to_stop(const struct feed *f, struct child *c, int64_t now_us)
{
        if (f->stop && *f->stop)
                return "a signal";
        if (!isnan(f->elapsed_max_s) && (double)(now_us - c->began_us) / 1e6 > f->elapsed_max_s)
                return "the time limit";
        if (!f->check || now_us - c->checked_us < CHECK_US)
                return NULL;
        c->checked_us = now_us;
        return f->check(f->arg);
}

static void end_early(struct child *c, int64_t now_us)
{
        close_fd(&c->in);
        if (!c->ended_us) {
                c->ended_us = now_us;
                kill(-c->pid, SIGTERM);
        } else if (!c->killed && now_us - c->ended_us > GRACE_US) {
                c->killed = true;
                kill(-c->pid, SIGKILL);
        }
}

/* One round: write what may be written, read what was printed, look whether it ended. Returns true when it has. */
static bool tick(const struct feed *f, struct child *c, struct feed_result *r)
{
        struct pollfd fds[] = {{.fd = c->out, .events = POLLIN}};
        poll(fds, 1, TICK_MS);
        int64_t now_us = sys.monotonic_us();
        read_output(c, &r->output);
        write_lines(f, c, now_us);
        int status;
        if (waitpid(c->pid, &status, WNOHANG) == c->pid) {
                r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
                return true;
        }
        if (!r->stopped)
                r->stopped = reason_to_stop(f, c, now_us);
        if (r->stopped)
                end_early(c, now_us);
        if (f->progress)
                f->progress(f->arg, c->sent_n, f->n);
        return false;
}

int feed_run(const struct feed *f, struct feed_result *ret, struct err *err)
{
        struct feed_result r = {0};
        struct child c = {.in = -1, .out = -1, .at = f->lines, .released = f->lines};
        int e = start(f, &c, err);
        if (e < 0)
                return e;
        c.began_us = c.checked_us = sys.monotonic_us();
        while (!tick(f, &c, &r))
                ;
        read_output(&c, &r.output);
        close_fd(&c.in);
        close_fd(&c.out);
        r.sent = c.sent_n;
        r.elapsed_s = (double)(sys.monotonic_us() - c.began_us) / 1e6;
        *ret = r;
        return 0;
}

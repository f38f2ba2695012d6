#include "lib/git.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "base/sys.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { ARGS_MAX = 24, SETTINGS_MAX = 200 };

static const char *const programs[] = {"/usr/bin/git", "/usr/local/bin/git", "/bin/git", NULL};

struct git {
        struct arena *arena;
        const char *program;
        const char *dir;
        VEC(const char *) settings; /* name, value, name, value: win over every configuration file */
        struct err *err;
};

/* ── Running it ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static void add_setting(struct git *g, const char *name, const char *value)
{
        *vec_push(g->arena, &g->settings) = name;
        *vec_push(g->arena, &g->settings) = value;
}

/* safe.directory: git refuses the trees of other users because their configuration could run programs, which it cannot here. */
static void add_settings(struct git *g)
{
        static const char *const fixed[][2] = {{"core.fsmonitor", "false"}, {"core.hooksPath", "/dev/null"}, {"core.quotePath", "false"}, {"core.attributesFile", "/dev/null"},
                                               {"core.untrackedCache", "false"}, {"protocol.allow", "never"}, {"submodule.recurse", "false"}, {"safe.directory", "*"}};
        for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
                add_setting(g, fixed[i][0], fixed[i][1]);
}

static char **environment(struct git *g)
{
        static const char *const fixed[] = {"PATH=/usr/bin:/bin", "HOME=/nonexistent", "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_ATTR_NOSYSTEM=1",
                                            "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1", "GIT_PAGER=cat",
                                            "GIT_NO_REPLACE_OBJECTS=1"};
        size_t n = sizeof fixed / sizeof *fixed, pairs = g->settings.len / 2;
        char **env = arena_alloc(g->arena, (n + 2 * pairs + 2) * sizeof *env);
        for (size_t i = 0; i < n; i++)
                env[i] = arena_strdup(g->arena, fixed[i]);
        env[n++] = arena_printf(g->arena, "GIT_CONFIG_COUNT=%zu", pairs);
        for (size_t i = 0; i < pairs; i++) {
                env[n++] = arena_printf(g->arena, "GIT_CONFIG_KEY_%zu=%s", i, g->settings.items[2 * i]);
                env[n++] = arena_printf(g->arena, "GIT_CONFIG_VALUE_%zu=%s", i, g->settings.items[2 * i + 1]);
        }
        return env;
}

static void become(const struct git *g, char *const *argv, char *const *env, int out)
{
        int null = open("/dev/null", O_RDWR);
        signal(SIGPIPE, SIG_DFL);
        if (null >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 && dup2(null, 2) == 2) {
                closefrom(3);
                execve(g->program, argv, env);
        }
        _exit(127);
}

/* All of its output, or why not; the child is ended when it takes too long or says too much. */
static int collect(struct git *g, int fd, pid_t pid, struct str *out)
{
        int64_t until = sys.monotonic_us() + INT64_C(1000000) * GIT_TIME_MAX_S;
        char buf[65536];
        for (;;) {
                int64_t left = until - sys.monotonic_us();
                struct pollfd p = {.fd = fd, .events = POLLIN};
                int ready = left > 0 ? poll(&p, 1, (int)(left / 1000) + 1) : 0;
                if (ready < 0 && errno == EINTR)
                        continue;
                ssize_t n = ready > 0 ? read(fd, buf, sizeof buf) : -1;
                if (n == 0)
                        return 0;
                if (n < 0 && ready > 0 && errno == EINTR)
                        continue;
                if (n < 0 || out->len + (size_t)n > GIT_OUTPUT_MAX) {
                        kill(pid, SIGKILL);
                        return err_set(g->err, ERR_RANGE, n < 0 ? "git did not answer within %d s" : "git says more than this program reads", GIT_TIME_MAX_S);
                }
                str_add_len(out, buf, (size_t)n);
        }
}

/* Its exit status (0, 1, ...) or a negative error. */
static int run(struct git *g, const char *const *args, struct str *out)
{
        char *argv[ARGS_MAX + 4] = {(char *)"git", (char *)"-C", (char *)g->dir};
        for (size_t i = 0; args[i] && i < ARGS_MAX; i++)
                argv[3 + i] = (char *)args[i];
        char **env = environment(g);
        int fds[2], status;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return err_errno(g->err, ERR_IO, "cannot start git");
        pid_t pid = fork();
        if (pid == 0)
                become(g, argv, env, fds[1]);
        close(fds[1]);
        int r = pid < 0 ? err_errno(g->err, ERR_IO, "cannot start git") : collect(g, fds[0], pid, out);
        close(fds[0]);
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (r < 0)
                return r;
        return WIFEXITED(status) ? WEXITSTATUS(status) : err_set(g->err, ERR_IO, "git was ended by signal %d", WTERMSIG(status));
}

/* ── Making it harmless, finding the tree ───────────────────────────────────────────────────────────────────────── */

/* Filters are named by attributes and defined by the repository's configuration; comparing a file runs them. Each is defined away. */
static int disarm_filters(struct git *g)
{
        CLEANUP(str_release) struct str out = {0};
        int r = run(g, (const char *const[]){"config", "--null", "--name-only", "--get-regexp", "^filter\\..*\\.(clean|smudge|process|required)$", NULL}, &out);
        if (r < 0)
                return r;
        size_t n = 0;
        for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1) {
                const char *name = arena_strdup(g->arena, out.buf + at);
                if (++n > SETTINGS_MAX)
                        return err_set(g->err, ERR_REFUSED, "the git configuration of '%s' defines more than %d filters", g->dir, SETTINGS_MAX);
                add_setting(g, name, str_ends(name, ".required") ? "false" : "");
        }
        return 0;
}

static int find_top(struct git *g, const char **ret_top)
{
        CLEANUP(str_release) struct str out = {0};
        int r = run(g, (const char *const[]){"rev-parse", "--show-toplevel", NULL}, &out);
        if (r < 0)
                return r;
        if (r || !out.len) {
                err_set(g->err, ERR_USAGE, "'%s' is in no git work tree", g->dir);
                return err_hint(g->err, "--changed-since compares with a revision of git; without it everything is shown.");
        }
        *ret_top = arena_strndup(g->arena, out.buf, out.len - (out.buf[out.len - 1] == '\n'));
        return 0;
}

static int find_revision(struct git *g, const char *revision, const char **ret_commit)
{
        CLEANUP(str_release) struct str out = {0};
        int r = revision[0] == '-' || !*revision ? 1 : run(g, (const char *const[]){"rev-parse", "--verify", "--quiet", arena_printf(g->arena, "%s^{commit}", revision), NULL}, &out);
        if (r < 0)
                return r;
        if (r || out.len < 40) {
                err_set(g->err, ERR_USAGE, "git knows no revision '%s' in '%s'", revision, g->dir);
                return err_hint(g->err, "A shallow clone has no old revisions: fetch more of it (in CI, the full depth).");
        }
        *ret_commit = arena_strndup(g->arena, out.buf, strspn(out.buf, "0123456789abcdef"));
        return 0;
}

/* ── Reading the difference ─────────────────────────────────────────────────────────────────────────────────────── */

static const char *below(struct git *g, const char *top, const char *path, size_t len)
{
        return arena_printf(g->arena, "%s/%.*s", top, (int)len, path);
}

/* A name in quotes as C writes it; returns its length in place. */
static size_t unquote(char *s, size_t len)
{
        static const char letters[] = "abtnvfr\"\\", bytes[] = "\a\b\t\n\v\f\r\"\\";
        size_t n = 0;
        for (size_t i = 1; i + 1 < len; i++) {
                const char *letter;
                if (s[i] != '\\') {
                        s[n++] = s[i];
                } else if (s[i + 1] >= '0' && s[i + 1] <= '3' && i + 4 < len) {
                        s[n++] = (char)((s[i + 1] - '0') << 6 | (s[i + 2] - '0') << 3 | (s[i + 3] - '0'));
                        i += 3;
                } else if (s[i + 1] && (letter = strchr(letters, s[i + 1]))) {
                        s[n++] = bytes[letter - letters];
                        i++;
                }
        }
        return n;
}

/* "+++ b/path" -> the file, or NULL for one that is gone. */
static struct git_file *begin_file(struct git *g, const char *top, const char *line, size_t len, struct git_changes *changes)
{
        char *name = arena_strndup(g->arena, line, len);
        if (len && name[len - 1] == '\t') /* stands behind names with blanks */
                len--;
        if (len && name[0] == '"')
                len = unquote(name, len);
        if (len < 3 || strncmp(name, "b/", 2))
                return NULL;
        struct git_file *f = vec_push(g->arena, &changes->files);
        *f = (struct git_file){.path = below(g, top, name + 2, len - 2)};
        return f;
}

/* "@@ -a,b +c,d @@": adds the range, returns how many lines of text follow. */
static long read_hunk(struct git *g, const char *line, struct git_file *f)
{
        char *end;
        long old = 1, count = 1;
        strtol(line + 4, &end, 10);
        if (*end == ',')
                old = strtol(end + 1, &end, 10);
        long first = strtol(end + 2, &end, 10);
        if (*end == ',')
                count = strtol(end + 1, &end, 10);
        if (f && first >= 0 && count >= 0 && first < INT32_MAX - count)
                *vec_push(g->arena, &f->ranges) = count ? (struct git_range){(int)first, (int)(first + count - 1)} : (struct git_range){first ? (int)first : 1, (int)first + 1};
        return old + count;
}

/* Lines of text are counted, not looked at: a line of a file can look like a header. */
static void read_diff(struct git *g, const char *top, const struct str *out, struct git_changes *changes)
{
        struct git_file *f = NULL;
        long text = 0;
        for (const char *at = str_text(out), *end = at + out->len; at < end;) {
                const char *stop = memchr(at, '\n', (size_t)(end - at));
                size_t len = (size_t)((stop ? stop : end) - at);
                if (text > 0 && (*at == '+' || *at == '-'))
                        text--;
                else if (len > 4 && !strncmp(at, "+++ ", 4))
                        f = begin_file(g, top, at + 4, len - 4, changes);
                else if (len > 8 && !strncmp(at, "@@ -", 4))
                        text = read_hunk(g, at, f);
                at += len + 1;
        }
}

static int add_tracked(struct git *g, const char *top, const char *commit, struct git_changes *changes)
{
        CLEANUP(str_release) struct str out = {0};
        const char *const args[] = {"diff", "--unified=0", "--inter-hunk-context=0", "--no-color", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all", "--no-relative",
                                    "--src-prefix=a/", "--dst-prefix=b/", "-M", "--diff-filter=d", commit, "--", NULL};
        int r = run(g, args, &out);
        if (r == 0)
                read_diff(g, top, &out, changes);
        return r > 0 ? err_set(g->err, ERR_IO, "git diff failed with status %d in '%s'", r, top) : r;
}

static int add_untracked(struct git *g, const char *top, struct git_changes *changes)
{
        CLEANUP(str_release) struct str out = {0};
        int r = run(g, (const char *const[]){"ls-files", "--others", "--exclude-standard", "-z", "--full-name", ":/", NULL}, &out);
        if (r > 0)
                return err_set(g->err, ERR_IO, "git ls-files failed with status %d in '%s'", r, top);
        for (size_t at = 0; r == 0 && at < out.len; at += strlen(out.buf + at) + 1)
                *vec_push(g->arena, &changes->files) = (struct git_file){.path = below(g, top, out.buf + at, strlen(out.buf + at)), .whole = true};
        return r;
}

int git_changes_since(struct arena *a, const char *dir, const char *revision, struct git_changes *changes, struct err *err)
{
        struct git g = {.arena = a, .dir = dir, .err = err};
        const char *top, *commit;
        for (const char *const *p = programs; *p && !g.program; p++)
                g.program = fs_exists(*p) ? *p : NULL;
        if (!g.program)
                return err_set(err, ERR_USAGE, "there is no git at %s or the like, which --changed-since needs", programs[0]);
        add_settings(&g);
        int r = find_top(&g, &top);
        if (r < 0 || (r = disarm_filters(&g)) < 0 || (r = find_revision(&g, revision, &commit)) < 0)
                return r;
        g.dir = top;
        return (r = add_tracked(&g, top, commit, changes)) < 0 ? r : add_untracked(&g, top, changes);
}

/*
 * Global options, find the command, print the error, choose the exit status. Nothing here knows what a command does.
 */
#include "base/cleanup.h"
#include "cmd/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* With stdin, stdout or stderr closed, the next file opened would get their number and receive our output. */
static void open_standard_streams(void)
{
        for (int fd = 0; fd < 3; fd++)
                if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd)
                        _exit(5);
}

static void print_error(const struct err *err)
{
        CLEANUP(str_release) struct str line = {0};
        str_add(&line, "perfadvise: ");
        if (err->file[0]) {
                str_add_visible(&line, err->file, false);
                if (err->line)
                        str_printf(&line, ":%d", err->line);
                if (err->line && err->col)
                        str_printf(&line, ":%d", err->col);
                str_add(&line, ": ");
        }
        str_add_visible(&line, err->msg, false);
        if (err->state)
                str_printf(&line, "; %s", err->state);
        fprintf(stderr, "%s\n", str_text(&line));
        if (err->hint[0]) {
                str_clear(&line);
                str_add_visible(&line, err->hint, false);
                fprintf(stderr, "hint: %s\n", str_text(&line));
        }
}

static const struct command *find_command(const char *name)
{
        for (const struct command *const *c = command_all; *c; c++)
                if (!strcmp((*c)->name, name))
                        return *c;
        return NULL;
}

/* Consumes global options; returns the index of the command in argv, argc when there is none. */
static int global_options(struct app *app, int argc, char **argv, struct err *err)
{
        int i = 1;
        for (; i < argc && argv[i][0] == '-'; i++) {
                const char *a = argv[i];
                const char **value = !strncmp(a, "--config", 8) ? &app->config_path
                                   : !strncmp(a, "--state", 7)  ? &app->state_option
                                                                : NULL;
                size_t len = value == &app->config_path ? 8 : 7;
                if (value && a[len] == '=')
                        *value = a + len + 1;
                else if (value && !a[len] && i + 1 < argc)
                        *value = argv[++i];
                else if (!strcmp(a, "--quiet") || !strcmp(a, "-q"))
                        app->quiet = true;
                else if (!strcmp(a, "--verbose") || !strcmp(a, "-v"))
                        app->verbose = true;
                else if (!strcmp(a, "--version") || !strcmp(a, "-h") || !strcmp(a, "--help"))
                        break;
                else {
                        err_set(err, ERR_USAGE, value ? "option %s needs a value" : "unknown global option '%s'", a);
                        return err_hint(err, "`perfadvise -h` lists commands and global options.");
                }
        }
        return i;
}

static bool wants_help(int argc, char **argv)
{
        for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
                if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help"))
                        return true;
        return false;
}

static int dispatch(struct app *app, int argc, char **argv, struct err *err)
{
        int i = global_options(app, argc, argv, err);
        if (i < 0)
                return i;
        if (i == argc || !strcmp(argv[i], "-h") || !strcmp(argv[i], "--help"))
                return command_help.run(app, 1, argv, err);
        if (!strcmp(argv[i], "--version")) {
                printf("perfadvise %s\n", PERFADVISE_VERSION);
                return 0;
        }
        const struct command *c = find_command(argv[i]);
        if (!c) {
                err_set(err, ERR_USAGE, "unknown command '%s'", argv[i]);
                return err_hint(err, "`perfadvise -h` lists the commands.");
        }
        if (wants_help(argc - i, argv + i)) {
                command_print_help(c);
                return 0;
        }
        return c->run(app, argc - i, argv + i, err);
}

int main(int argc, char **argv)
{
        open_standard_streams();
        signal(SIGPIPE, SIG_IGN);
        prctl(PR_SET_DUMPABLE, 0);
        umask(077);
        bool colour = !getenv("NO_COLOR");
        struct app app = {.arena = arena_new(),
                          .colour_out = colour && isatty(1),
                          .colour_err = colour && isatty(2),
                          .progress = isatty(2)};
        struct err err = {0};
        int r = dispatch(&app, argc, argv, &err);
        if (fflush(stdout) == EOF && r == 0 && errno != EPIPE)
                r = err_errno(&err, ERR_IO, "cannot write the results");
        if (r < 0 && err.code != ERR_NONE && err.code != ERR_FINDINGS)
                print_error(&err);
        arena_free(app.arena);
        return r < 0 ? err_exit_status((enum err_code)-r) : 0;
}

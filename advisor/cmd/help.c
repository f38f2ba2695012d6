#include "cmd/cmd.h"

#include <string.h>

static void list_commands(void)
{
        printf("usage: perfadvise [--config FILE] [--state DIR] [--quiet] [--verbose]\n"
               "                  COMMAND [...]\n\n"
               "Advises on connection pools, indexes, settings and cache warming for fleets of\n"
               "Python processes on PostgreSQL, PgBouncer and Redis, from what it measured;\n"
               "writes the changes, and takes them back.\n\n"
               "commands:\n");
        for (const struct command *const *c = command_all; *c; c++)
                printf("  %-10s %s\n", (*c)->name, (*c)->summary);
        printf("\n"
               "global options:\n"
               "  --config FILE  configuration; trusted, so `apply` may write what it allows\n"
               "  --state DIR    history, change-sets and locks (default: .perfadvise beside the\n"
               "                 configuration)\n"
               "  --quiet        nothing on stderr but errors\n"
               "  --verbose      what each probe does\n"
               "  --version      version and exit\n"
               "\n`perfadvise COMMAND -h` tells what a command does; perfadvise(1) tells the rest.\n");
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        (void)app;
        if (argc < 2) {
                list_commands();
                return 0;
        }
        for (const struct command *const *c = command_all; *c; c++)
                if (!strcmp((*c)->name, argv[1])) {
                        command_print_help(*c);
                        return 0;
                }
        return err_set(err, ERR_USAGE, "unknown command '%s'", argv[1]);
}

const struct command command_help = {
        .name = "help",
        .synopsis = "help [COMMAND]",
        .summary = "this list, or the help of a command",
        .help = "Prints the list of commands, or what one command does with its options.",
        .run = run,
};

/*
 * A command is one file in advisor/cmd/ and one row in cmds.def: COMMAND(capture) declares `extern const struct command
 * command_capture`. Its help text is data; a test holds it against the SYNOPSIS of the manual page.
 *
 * Commands parse their options with options_parse, print results to app->out and talk to stderr, and return 0 or a
 * negative enum err_code with err filled; main.c prints the error and chooses the exit status. ERR_FINDINGS is returned
 * without a message (exit 1).
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdio.h>

struct app {
        struct arena *arena;
        struct config *config;     /* never NULL once app_config() succeeded */
        const char *config_path;   /* --config, or NULL */
        const char *state_option;  /* --state, or NULL */
        bool quiet, verbose;
        bool colour_out, colour_err; /* a terminal, and no NO_COLOR */
        bool progress;               /* stderr is a terminal and not --quiet */
};

struct option_spec {
        const char *name;     /* long name without dashes */
        char letter;          /* or 0 */
        const char *argument; /* NULL: a flag */
        const char *help;
};

struct command {
        const char *name;
        const char *synopsis; /* "capture [--duration D] [--every D]", as in the manual */
        const char *summary;  /* one line for the list of commands */
        const char *help;     /* what it does, a paragraph or two for -h */
        const struct option_spec *options; /* ends with a NULL name; NULL for none */
        int (*run)(struct app *app, int argc, char **argv, struct err *err);
};

#define COMMAND(name) extern const struct command command_##name;
#include "cmd/cmds.def"
#undef COMMAND
extern const struct command *const command_all[]; /* NULL-terminated, sorted */
void command_print_help(const struct command *c);

/*
 * Walks argv by the command's option table. Returns the index of the option in the table (its value in *ret_value),
 * OPTION_OPERAND (the operand in *ret_value), OPTION_END, or OPTION_BAD.
 *
 *      for (struct option_walk w = option_walk(command_x.options, argc, argv);;) {
 *              const char *value;
 *              int o = option_next(&w, &value, err);
 *              if (o == OPTION_END) break;
 *              switch (o) { case 0: ...; case OPTION_OPERAND: ...; default: return -ERR_USAGE; }
 *      }
 */
enum { OPTION_END = -1, OPTION_OPERAND = -2, OPTION_BAD = -3 };
struct option_walk {
        const struct option_spec *specs;
        int argc, at;
        char **argv;
        bool operands_only;
        const char *cluster;
};
struct option_walk option_walk(const struct option_spec *specs, int argc, char **argv);
/* argv[0] is the command's name and is skipped. On OPTION_BAD err is set (ERR_USAGE). */
int option_next(struct option_walk *w, const char **ret_value, struct err *err);

/* Loads the configuration into app->config: --config, ./perfadvise.yaml, user file, or defaults. */
int app_config(struct app *app, struct err *err);
/* As app_config, and ERR_CONFIG with a hint when no target is named. */
int app_config_with_targets(struct app *app, struct err *err);
/* The state folder, made private (0700) when `create`. */
int app_state_dir(struct app *app, bool create, const char **ret_dir, struct err *err);
/* The path of the history in the state folder. */
int app_history_path(struct app *app, bool create, const char **ret_path, struct err *err);

/* One line on stderr: "perfadvise: ..." unless --quiet. */
void app_note(struct app *app, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A progress line on a terminal (replaced by the next one; NULL ends it). */
void app_progress(struct app *app, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

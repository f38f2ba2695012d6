/* Option tables: walking argv, and printing help from the same rows. */
#include "cmd/cmd.h"

#include <string.h>

const struct command *const command_all[] = {
#define COMMAND(name) &command_##name,
#include "cmd/cmds.def"
#undef COMMAND
        NULL,
};

void command_print_help(const struct command *c)
{
        printf("usage: perfadvise %s\n\n%s\n", c->synopsis, c->help);
        if (!c->options || !c->options->name)
                return;
        printf("\noptions:\n");
        for (const struct option_spec *o = c->options; o->name; o++) {
                char left[64], letter[8] = "    ";
                if (o->letter)
                        snprintf(letter, sizeof letter, "-%c, ", o->letter);
                snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->argument ? " " : "", o->argument ? o->argument : "");
                printf("  %-26s %s\n", left, o->help);
        }
}

struct option_walk option_walk(const struct option_spec *specs, int argc, char **argv)
{
        return (struct option_walk){.specs = specs, .argc = argc, .argv = argv, .at = 1};
}

static int need_value(struct option_walk *w, const struct option_spec *o, const char *given, const char **ret_value, struct err *err)
{
        if (!o->argument) {
                if (given) {
                        err_set(err, ERR_USAGE, "option --%s takes no value", o->name);
                        return OPTION_BAD;
                }
                *ret_value = NULL;
        } else if (given) {
                *ret_value = given;
        } else if (w->at < w->argc) {
                *ret_value = w->argv[w->at++];
        } else {
                err_set(err, ERR_USAGE, "option --%s needs a value: %s", o->name, o->argument);
                return OPTION_BAD;
        }
        return (int)(o - w->specs);
}

static int next_long(struct option_walk *w, const char *name, const char **ret_value, struct err *err)
{
        const char *eq = strchr(name, '=');
        size_t len = eq ? (size_t)(eq - name) : strlen(name);
        for (const struct option_spec *o = w->specs; o && o->name; o++)
                if (strlen(o->name) == len && !memcmp(o->name, name, len))
                        return need_value(w, o, eq ? eq + 1 : NULL, ret_value, err);
        err_set(err, ERR_USAGE, "unknown option '--%.*s'", (int)len, name);
        err_hint(err, "`perfadvise %s -h` lists the options.", w->argv[0]);
        return OPTION_BAD;
}

static int next_letter(struct option_walk *w, const char **ret_value, struct err *err)
{
        char letter = *w->cluster++;
        for (const struct option_spec *o = w->specs; o && o->name; o++) {
                if (o->letter != letter)
                        continue;
                const char *rest = o->argument && *w->cluster ? w->cluster : NULL;
                if (rest || !*w->cluster)
                        w->cluster = NULL;
                return need_value(w, o, rest, ret_value, err);
        }
        err_set(err, ERR_USAGE, "unknown option '-%c'", letter);
        err_hint(err, "`perfadvise %s -h` lists the options.", w->argv[0]);
        return OPTION_BAD;
}

int option_next(struct option_walk *w, const char **ret_value, struct err *err)
{
        if (w->cluster)
                return next_letter(w, ret_value, err);
        if (w->at >= w->argc)
                return OPTION_END;
        const char *arg = w->argv[w->at++];
        if (w->operands_only || arg[0] != '-' || !arg[1]) {
                *ret_value = arg;
                return OPTION_OPERAND;
        }
        if (!strcmp(arg, "--")) {
                w->operands_only = true;
                return option_next(w, ret_value, err);
        }
        if (arg[1] == '-')
                return next_long(w, arg + 2, ret_value, err);
        w->cluster = arg + 1;
        return next_letter(w, ret_value, err);
}

/* Option tables: walking argv, and printing help from the same rows. */
#include "base/cleanup.h"
#include "base/wrap.h"
#include "cmd/cmd.h"

#include <string.h>

const struct command *const command_all[] = {
#define COMMAND(name) &command_##name,
#include "cmd/cmds.def"
#undef COMMAND
        NULL,
};

enum { UNBROKEN = 1 }; /* a blank at which no line is broken */
enum { HELP_WIDTH = 79, HELP_COLUMN = 29 };

/* "usage: perfadvise name [--option X] ...", broken between what stands in brackets. */
static void add_usage(struct str *out, const char *synopsis)
{
        CLEANUP(str_release) struct str joined = {0};
        CLEANUP(str_release) struct str line = {0};
        int nested = 0;
        for (const char *p = synopsis; *p; p++) {
                nested += (*p == '[') - (*p == ']');
                str_add_char(&joined, nested && *p == ' ' ? UNBROKEN : *p);
        }
        str_add(&line, "usage: perfadvise ");
        wrap_words(&line, line.len, HELP_WIDTH, "                  ", str_text(&joined));
        for (size_t i = 0; i < line.len; i++)
                if (line.buf[i] == UNBROKEN)
                        line.buf[i] = ' ';
        str_add(out, str_text(&line));
}

static void add_option(struct str *out, const struct option_spec *o)
{
        CLEANUP(str_release) struct str left = {0};
        if (o->letter)
                str_printf(&left, "  -%c, ", o->letter);
        else
                str_add(&left, "      ");
        str_printf(&left, "--%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
        str_printf(out, "%-*s ", HELP_COLUMN - 1, str_text(&left));
        wrap_words(out, left.len < HELP_COLUMN ? HELP_COLUMN : left.len + 1, HELP_WIDTH, "                             ", o->help);
}

/* Paragraphs are ended by an empty line. */
static void add_text(struct str *out, const char *text)
{
        while (*text) {
                const char *end = strstr(text, "\n\n");
                size_t len = end ? (size_t)(end - text) : strlen(text);
                CLEANUP(str_release) struct str paragraph = {0};
                str_add_len(&paragraph, text, len);
                wrap_words(out, 0, HELP_WIDTH, "", str_text(&paragraph));
                text += len + (end ? 2 : 0);
                if (*text)
                        str_add_char(out, '\n');
        }
}

void command_print_help(const struct command *c)
{
        CLEANUP(str_release) struct str out = {0};
        add_usage(&out, c->synopsis);
        str_add_char(&out, '\n');
        add_text(&out, c->help);
        if (c->options && c->options->name)
                str_add(&out, "\noptions:\n");
        for (const struct option_spec *o = c->options; o && o->name; o++)
                add_option(&out, o);
        printf("%s", str_text(&out));
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

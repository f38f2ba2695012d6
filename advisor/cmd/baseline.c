/* baseline: what is there today is accepted, so that from now on only what is new or worse is shown. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/num.h"
#include "base/sys.h"
#include "cmd/analyzing.h"
#include "rule/baseline.h"

#include <string.h>

static const char default_file[] = "perfadvise-baseline.yaml";

struct request {
        bool write;
        const char *file;
        VEC(const char *) paths;
};

static bool is_yaml(const char *name)
{
        return str_ends(name, ".yaml") || str_ends(name, ".yml");
}

static int parse(struct app *app, int argc, char **argv, struct request *q, struct err *err)
{
        struct option_walk w = option_walk(NULL, argc, argv);
        const char *value, *verb = NULL;
        for (int o; (o = option_next(&w, &value, err)) != OPTION_END;) {
                if (o != OPTION_OPERAND)
                        return -ERR_USAGE;
                if (!verb)
                        verb = value;
                else if (!q->file && !q->paths.len && is_yaml(value))
                        q->file = value;
                else
                        *vec_push(app->arena, &q->paths) = value;
        }
        if (!verb || (strcmp(verb, "write") && strcmp(verb, "show")))
                return err_set(err, ERR_USAGE, verb ? "baseline takes write or show, not '%s'" : "baseline takes write or show", verb);
        q->write = !strcmp(verb, "write");
        if (!q->write && q->paths.len)
                return err_set(err, ERR_USAGE, "unexpected argument '%s': a baseline is a .yaml file", q->paths.items[0]);
        return 0;
}

static int write_baseline(struct app *app, struct request *q, struct err *err)
{
        struct baseline *old = NULL;
        CLEANUP(str_release) struct str text = {0};
        *vec_push(app->arena, &q->paths) = NULL;
        struct analyzing z = {.app = app, .no_changes = true, .no_baseline = true, .paths = q->paths.len > 1 ? q->paths.items : NULL};
        int r = fs_exists(q->file) ? baseline_load(app->arena, q->file, sys.realtime_us(), &old, err) : 0;
        if (r == 0)
                r = analyzing_run(&z, err);
        if (r == 0) {
                baseline_write(app->arena, &z.result, old, &text);
                r = fs_write_output(q->file, str_text(&text), text.len, 0644, err);
        }
        store_close(z.store);
        if (r == 0)
                app_note(app, "%s is written; `perfadvise analyze --baseline %s` shows what is new or worse", q->file, q->file);
        return r;
}

static int show(struct app *app, const struct request *q, struct err *err)
{
        struct baseline *b;
        int r = baseline_load(app->arena, q->file, sys.realtime_us(), &b, err);
        if (r < 0)
                return r;
        size_t ended = 0, total = 0;
        for (size_t i = 0; i < b->entries.len; i++) {
                const struct baseline_entry *e = &b->entries.items[i];
                CLEANUP(str_release) struct str line = {0}, visible = {0};
                str_printf(&line, "%s  %-8s  %s", e->key, severity_names[e->severity], e->rule);
                if (e->count > 1)
                        str_printf(&line, " (%d times)", e->count);
                str_printf(&line, "  %s", e->file ? e->file : "");
                if (e->until)
                        str_printf(&line, "  %s %s", e->ended ? "ended after" : "until", e->until);
                if (e->reason)
                        str_printf(&line, "  %s", e->reason);
                str_add_visible(&visible, str_text(&line), false);
                printf("%s\n", str_text(&visible));
                total += (size_t)e->count;
                ended += e->ended;
        }
        printf("%zu finding%s in %zu line%s, %zu past their day.\n", total, num_s((double)total), b->entries.len, num_s((double)b->entries.len), ended);
        return 0;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        struct request q = {0};
        int r = parse(app, argc, argv, &q, err);
        if (r < 0 || (r = app_config(app, err)) < 0)
                return r;
        if (!q.file)
                q.file = app->config->source_baseline ? app->config->source_baseline : default_file;
        return q.write ? write_baseline(app, &q, err) : show(app, &q, err);
}

const struct command command_baseline = {
        .name = "baseline",
        .synopsis = "baseline write [FILE.yaml] [PATH...] | show [FILE.yaml]",
        .summary = "freeze today's findings: only what is new or worse is shown",
        .help = "write analyses as `analyze` does, with the same PATHs, and writes what it finds into a file for review and git:\n"
                "one finding a line, sorted; inventory is not part of it. A line may get `until: YYYY-MM-DD` and a `reason`; both are kept when the file is\n"
                "written again. show lists it. FILE is source.baseline of the configuration, else perfadvise-baseline.yaml.",
        .run = run,
};

#include "cmd/changing.h"
#include "base/fs.h"

#include <string.h>

static void print_titles(const struct changeset *set)
{
        for (size_t i = 0; i < set->recommendations.len; i++) {
                CLEANUP(str_release) struct str line = {0};
                str_add_visible(&line, set->recommendations.items[i].title ? set->recommendations.items[i].title : "", false);
                printf("    %-12s  %s\n", set->recommendations.items[i].key ? set->recommendations.items[i].key : "", str_text(&line));
        }
}

static void print_pending(const struct changeset *set)
{
        for (size_t i = 0; i < set->recommendations.len; i++)
                for (size_t k = 0; k < set->recommendations.items[i].changes.len; k++) {
                        const struct change *c = &set->recommendations.items[i].changes.items[k];
                        if (!c->restart)
                                continue;
                        CLEANUP(str_release) struct str line = {0};
                        str_printf(&line, "%s (%s)", c->restart, c->key_path ? c->key_path : c->knob);
                        CLEANUP(str_release) struct str visible = {0};
                        str_add_visible(&visible, str_text(&line), false);
                        printf("    pending restart: %s\n", str_text(&visible));
                }
}

static int print_one(struct app *app, const char *state_dir, const char *name)
{
        const char *dir = changeset_dir(app->arena, state_dir, name);
        struct journal_records records;
        struct changeset *set;
        struct err err = {0};
        size_t begin = 0;
        if (journal_read(app->arena, fs_join(app->arena, dir, "journal"), &records, &err) < 0 || changeset_load(app->arena, dir, &set, &err) < 0) {
                printf("%s  damaged: %s\n", name, err.msg);
                return 1;
        }
        enum journal_state state = journal_state_of(&records, &begin);
        bool unfinished = state == JOURNAL_APPLYING || state == JOURNAL_ROLLING_BACK;
        const char *holder = unfinished ? lock_holder(app->arena, state_dir) : NULL;
        if (holder) {
                printf("%s  process %s is at work on it\n", name, holder);
                print_titles(set);
                return 0;
        }
        const char *newer = state == JOURNAL_OPEN ? changeset_superseded(app->arena, dir) : NULL;
        CLEANUP(str_release) struct str by = {0};
        str_add_visible(&by, newer ? newer : "", false);
        printf("%s  %s%s", name, newer ? "superseded by " : journal_state_names[state], str_text(&by));
        if (state == JOURNAL_APPLIED)
                printf("; %s", fs_exists(fs_join(app->arena, dir, "verify.json")) ? "verified" : "not verified yet");
        printf("\n");
        print_titles(set);
        if (state == JOURNAL_APPLIED)
                print_pending(set);
        return unfinished;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        const char *state_dir;
        int waiting = 0, r = app_state_dir(app, false, &state_dir, err);
        if (r < 0)
                return r;
        if (argc > 1)
                return err_set(err, ERR_USAGE, "status takes no argument: '%s'", argv[1]);
        const char **names = changeset_list(app->arena, state_dir);
        if (!*names)
                printf("no change-sets\n");
        for (; *names; names++)
                waiting += print_one(app, state_dir, *names);
        if (!waiting)
                return 0;
        err_set(err, ERR_INTERRUPTED, "%d change-set%s interrupted or damaged", waiting, waiting == 1 ? " is" : "s are");
        return err_hint(err, "Run `perfadvise recover`.");
}

const struct command command_status = {
        .name = "status",
        .synopsis = "status",
        .summary = "change-sets, and what is pending",
        .help = "Lists the change-sets with their state: open, superseded, applied, rolled back, interrupted; what\n"
                "of the applied ones waits for a restart or for `verify`. Exit status 6 when one wants `recover`.",
        .run = run,
};

#include "cmd/changing.h"
#include "base/num.h"

enum { OPT_FORCE };

static const struct option_spec options[] = {
        [OPT_FORCE] = {"force", 0, NULL, "keep a copy of files that were changed since, and put the originals back"},
        {0},
};

static int parse(int argc, char **argv, const char **ret_name, bool *ret_force, struct err *err)
{
        for (struct option_walk w = option_walk(options, argc, argv);;) {
                const char *value;
                switch (option_next(&w, &value, err)) {
                case OPTION_END:
                        return 0;
                case OPT_FORCE:
                        *ret_force = true;
                        break;
                case OPTION_OPERAND:
                        if (*ret_name)
                                return err_set(err, ERR_USAGE, "more than one change-set named: '%s' and '%s'", *ret_name, value);
                        *ret_name = value;
                        break;
                default:
                        return -ERR_USAGE;
                }
        }
}

static int take_back(struct app *app, const char *dir, bool force, FILE *out, struct err *err)
{
        struct act_env e;
        bool done;
        int r = changing_env(app, dir, &e, err);
        if (r < 0)
                return r;
        e.stop = NULL; /* an undo that is stopped half way helps nobody */
        r = act_rollback(&e, force, &done, err);
        act_env_close(&e);
        if (r < 0)
                return r;
        if (!done) {
                fprintf(out, "change-set %s is not applied; nothing to roll back\n", e.set->name);
                return 0;
        }
        changing_trace(app, e.set, "rolled back");
        fprintf(out, "rolled back change-set %s: %zu step%s\n", e.set->name, e.steps.len, num_s((double)e.steps.len));
        CLEANUP(str_release) struct str restarts = {0};
        changing_restarts(&e, &restarts);
        if (restarts.len)
                fprintf(out, "%s\n", str_text(&restarts));
        return 0;
}

int changing_take_back(struct app *app, const char *name, bool force, FILE *out, struct err *err)
{
        CLEANUP(lock_free) struct lock *lock = NULL;
        const char *state_dir, *dir;
        int recovered, r = changing_config(app, err);
        if (r < 0 || (r = changing_begin(app, &state_dir, &lock, err)) < 0 || (r = changing_recover(app, state_dir, false, &recovered, err)) < 0)
                return r;
        if (!name && !(name = changing_newest(app, state_dir, JOURNAL_APPLIED))) {
                fprintf(out, "no change-set is applied; nothing to roll back\n");
                return 0;
        }
        if ((r = changeset_find(app->arena, state_dir, name, &dir, err)) == 0)
                r = take_back(app, dir, force, out, err);
        if (r < 0 && !err->state)
                err->state = r == -ERR_INTERRUPTED ? "run perfadvise recover" : "nothing changed";
        return r;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        const char *name = NULL;
        bool force = false;
        int r = parse(argc, argv, &name, &force, err);
        return r < 0 ? r : changing_take_back(app, name, force, stdout, err);
}

const struct command command_rollback = {
        .name = "rollback",
        .synopsis = "rollback [CHANGESET] [--force]",
        .summary = "takes an applied change-set back",
        .help = "Takes a change-set back in reverse order: the newest applied one, or the named one. Files get\n"
                "their bytes, mode, owner and attributes back. What was changed since it was applied is refused,\n"
                "with the difference shown; --force keeps a copy of it first. Rolling back twice is harmless.",
        .options = options,
        .run = run,
};

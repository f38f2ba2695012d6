#include "cmd/changing.h"

enum { OPT_LEAVE };

static const struct option_spec options[] = {
        [OPT_LEAVE] = {"leave-foreign", 0, NULL, "leave targets that somebody else changed as they are, and close the change-set"},
        {0},
};

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        CLEANUP(lock_free) struct lock *lock = NULL;
        const char *state_dir;
        bool leave = false;
        int count, r;
        for (struct option_walk w = option_walk(options, argc, argv);;) {
                const char *value;
                int o = option_next(&w, &value, err);
                if (o == OPTION_END)
                        break;
                if (o == OPTION_OPERAND)
                        return err_set(err, ERR_USAGE, "recover takes no argument: '%s'", value);
                if (o != OPT_LEAVE)
                        return -ERR_USAGE;
                leave = true;
        }
        if ((r = changing_config(app, err)) < 0 || (r = changing_begin(app, &state_dir, &lock, err)) < 0 ||
            (r = changing_recover(app, state_dir, leave, &count, err)) < 0)
                return r;
        printf(count ? "recovered %d change-set%s\n" : "nothing to recover\n", count, count == 1 ? "" : "s");
        return 0;
}

const struct command command_recover = {
        .name = "recover",
        .synopsis = "recover [--leave-foreign]",
        .summary = "undoes what a crash interrupted",
        .help = "Puts everything back that an interrupted apply or rollback left half done. What a target is now\n"
                "decides, not what was remembered. A target that is neither what it was before nor what apply made\n"
                "of it is never overwritten: it is named, and the exit status is 6. Repeating it is harmless.",
        .options = options,
        .run = run,
};

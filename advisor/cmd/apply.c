#include "cmd/changing.h"
#include "base/num.h"

#include <string.h>
#include <unistd.h>

enum { OPT_DRY_RUN, OPT_ONLY };

static const struct option_spec options[] = {
        [OPT_DRY_RUN] = {"dry-run", 'n', NULL, "print the exact diff, SQL and commands; touch nothing"},
        [OPT_ONLY] = {"only", 0, "KEY", "only this recommendation; may be repeated"},
        {0},
};

struct arguments {
        bool dry_run;
        VEC(const char *) only;
        const char *name;
};

static int parse(struct app *app, int argc, char **argv, struct arguments *ret, struct err *err)
{
        for (struct option_walk w = option_walk(options, argc, argv);;) {
                const char *value;
                switch (option_next(&w, &value, err)) {
                case OPTION_END:
                        if (ret->only.len)
                                *vec_push(app->arena, &ret->only) = NULL;
                        return 0;
                case OPT_DRY_RUN:
                        ret->dry_run = true;
                        break;
                case OPT_ONLY:
                        *vec_push(app->arena, &ret->only) = value;
                        break;
                case OPTION_OPERAND:
                        /* as in `--only KEY KEY`: keys after --only are 12 hex digits, a change-set's name is not */
                        if (ret->only.len && strlen(value) == 12 && strspn(value, "0123456789abcdef") == 12)
                                *vec_push(app->arena, &ret->only) = value;
                        else if (ret->name)
                                return err_set(err, ERR_USAGE, "more than one change-set named: '%s' and '%s'", ret->name, value);
                        else
                                ret->name = value;
                        break;
                default:
                        return -ERR_USAGE;
                }
        }
}

static int nothing_open(struct err *err)
{
        err_set(err, ERR_USAGE, "no open change-set");
        return err_hint(err, "`perfadvise analyze` makes one; `perfadvise status` lists them.");
}

static int find(struct app *app, const char *state_dir, const char *name, const char **ret_dir, struct err *err)
{
        if (!name && !(name = changing_next(app, state_dir)))
                return nothing_open(err);
        return changeset_find(app->arena, state_dir, name, ret_dir, err);
}

/* Into a file or pipe byte for byte, so that patch takes it; on a terminal nothing in a file may act on it. */
/* On a terminal a long run of added lines (the keys of a warming schedule) shows its beginning; files and pipes get every line. */
static void fold_added(const char *text, struct str *out)
{
        enum { SHOWN = 12, LONG = 40 };
        while (*text) {
                size_t run = 0;
                const char *end = text, *cut = text;
                while (*end == '+') {
                        end += strcspn(end, "\n");
                        end += *end == '\n';
                        if (++run == SHOWN)
                                cut = end;
                }
                if (run > LONG) {
                        str_add_len(out, text, (size_t)(cut - text));
                        str_printf(out, "... %zu further lines added: forward.diff of the change-set holds them all\n", run - SHOWN);
                } else if (run) {
                        str_add_len(out, text, (size_t)(end - text));
                } else {
                        end = text + strcspn(text, "\n");
                        end += *end == '\n';
                        str_add_len(out, text, (size_t)(end - text));
                }
                text = end;
        }
}

static void print_report(const struct str *report)
{
        CLEANUP(str_release) struct str folded = {0}, visible = {0};
        if (isatty(STDOUT_FILENO)) {
                fold_added(str_text(report), &folded);
                str_add_visible(&visible, str_text(&folded), true);
                report = &visible;
        }
        fwrite(str_text(report), 1, report->len, stdout);
}

static int applied_already(const char *name)
{
        printf("change-set %s is applied already; nothing to do\n", name);
        return 0;
}

static int dry_run(struct app *app, const struct arguments *args, struct err *err)
{
        const char *state_dir, *dir;
        struct act_env e;
        CLEANUP(str_release) struct str report = {0};
        int r = app_state_dir(app, false, &state_dir, err);
        if (r < 0 || (r = changeset_check_interrupted(state_dir, err)) < 0 || (r = find(app, state_dir, args->name, &dir, err)) < 0 ||
            (r = changing_env(app, dir, &e, err)) < 0)
                return r;
        if (changing_is(app, dir, JOURNAL_APPLIED))
                return applied_already(e.set->name);
        r = act_plan(&e, args->only.items, &report, err);
        act_env_close(&e);
        if (r < 0)
                return r;
        print_report(&report);
        app_note(app, "change-set %s: %zu step%s; nothing was changed", e.set->name, e.steps.len, num_s((double)e.steps.len));
        CLEANUP(str_release) struct str restarts = {0};
        changing_restarts(&e, &restarts);
        if (restarts.len)
                app_note(app, "%s", str_text(&restarts));
        return 0;
}

/* Lock, what an earlier run left, the change-set: until the env stands nothing of this one has changed. */
static int prepare(struct app *app, const struct arguments *args, struct lock **ret_lock, struct act_env *ret_env, struct err *err)
{
        const char *state_dir, *dir;
        int recovered, r = changing_config(app, err);
        if (r < 0 || (r = changing_begin(app, &state_dir, ret_lock, err)) < 0 || (r = changing_recover(app, state_dir, false, &recovered, err)) < 0)
                return r;
        if ((r = find(app, state_dir, args->name, &dir, err)) == 0 && (r = changeset_import(app->arena, state_dir, dir, &dir, err)) == 0)
                r = changing_env(app, dir, ret_env, err);
        if (r < 0)
                err->state = "nothing changed";
        return r;
}

static int apply(struct app *app, const struct arguments *args, struct err *err)
{
        CLEANUP(lock_free) struct lock *lock = NULL;
        struct act_env e = {0};
        bool done;
        int r = prepare(app, args, &lock, &e, err);
        if (r < 0)
                return r;
        r = act_apply(&e, args->only.items, &done, err);
        act_env_close(&e);
        if (r < 0) {
                changing_leave_if_stopped(app, err);
                return r;
        }
        if (!done)
                return applied_already(e.set->name);
        changing_trace(app, e.set, "applied");
        printf("applied change-set %s: %zu step%s\n", e.set->name, e.steps.len, num_s((double)e.steps.len));
        CLEANUP(str_release) struct str restarts = {0};
        changing_restarts(&e, &restarts);
        if (restarts.len)
                printf("%s\n", str_text(&restarts));
        printf("take it back: perfadvise rollback %s\n", e.set->name);
        return 0;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        struct arguments args = {0};
        int r = parse(app, argc, argv, &args, err);
        if (r < 0)
                return r;
        return args.dry_run ? dry_run(app, &args, err) : apply(app, &args, err);
}

const struct command command_apply = {
        .name = "apply",
        .synopsis = "apply [CHANGESET] [--dry-run] [--only KEY...]",
        .summary = "carries out a change-set; --dry-run shows what it would do",
        .help = "Carries out a change-set: the newest open one, the named one, or the one in a folder (a path\n"
                "with a slash). When the newest one is applied already, nothing happens; an older open one, or one\n"
                "that a later analysis superseded, wants its name. All targets are looked at before the first is changed; what changed since the\n"
                "plan is refused. A step that fails undoes those before it. Services are not restarted: what\n"
                "must be is printed at the end. Files are written only below apply.roots of a trusted\n"
                "configuration (--config, the user's or the system's).",
        .options = options,
        .run = run,
};

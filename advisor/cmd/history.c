/* history: the runs, newest last. */
#include "cmd/cmd.h"
#include "store/store.h"

#include <stdio.h>
#include <time.h>

static void print_run(struct stmt *st)
{
        CLEANUP(str_release) struct str label = {0};
        char when[32] = "", took[32] = "-";
        time_t t = (time_t)(stmt_int(st, 1) / 1000000);
        struct tm tm;
        if (localtime_r(&t, &tm))
                strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &tm);
        if (!stmt_is_null(st, 4))
                snprintf(took, sizeof took, "%.1f s", stmt_real(st, 4));
        str_add_visible(&label, stmt_text(st, 3) ? stmt_text(st, 3) : "", false);
        printf("%5lld  %-19s  %-8.8s  %-8.8s %10s  %.22s\n", (long long)stmt_int(st, 0), when, stmt_text(st, 2),
               stmt_is_null(st, 5) ? "cut off" : stmt_text(st, 5), took, str_text(&label));
}

static int list(const char *path, struct err *err)
{
        CLEANUP(store_close) struct store *store = NULL;
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = store_open(path, 0, &store, err);
        if (r < 0 || (r = stmt_prepare(store_db(store),
                                       "SELECT run_id, started_us, kind, label, (ended_us - started_us) / 1e6, outcome FROM run ORDER BY run_id",
                                       &st, err)) < 0)
                return r;
        printf("%5s  %-19s  %-8s  %-8s %10s  %s\n", "run", "time", "kind", "outcome", "duration", "label");
        while ((r = stmt_step(st, err)) == 1)
                print_run(st);
        return r;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        bool create = false;
        for (struct option_walk w = option_walk(command_history.options, argc, argv);;) {
                const char *value;
                int o = option_next(&w, &value, err);
                if (o == OPTION_END)
                        break;
                if (o != 0)
                        return o == OPTION_BAD ? -ERR_USAGE : err_set(err, ERR_USAGE, "unexpected argument '%s'", value);
                create = true;
        }
        const char *path;
        int r = app_history_path(app, create, &path, err);
        if (r < 0)
                return r;
        if (create) {
                CLEANUP(store_close) struct store *store = NULL;
                return store_open(path, STORE_WRITE, &store, err);
        }
        return list(path, err);
}

static const struct option_spec options[] = {
        {"create", 0, NULL, "make an empty history when there is none"},
        {NULL},
};

const struct command command_history = {
        .name = "history",
        .synopsis = "history [--create]",
        .summary = "list the runs in the history",
        .help = "Lists the runs: number, time, kind, outcome, duration and label. A run that was cut off has no end.",
        .options = options,
        .run = run,
};

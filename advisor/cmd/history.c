/* history: the runs, newest last. */
#include "base/fs.h"
#include "base/num.h"
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

enum { OPT_CREATE, OPT_KEEP, OPT_CHECK };

static const struct option_spec options[] = {
        [OPT_CREATE] = {"create", 0, NULL, "make an empty history when there is none"},
        [OPT_KEEP] = {"keep", 0, "D", "delete the runs older than this, as 90d, and say how many"},
        [OPT_CHECK] = {"check", 0, NULL, "check that the file is sound; exit 7 when it is not"},
        {0},
};

static int keep(const char *path, int64_t keep_us, struct err *err)
{
        CLEANUP(store_close) struct store *store = NULL;
        int64_t deleted;
        int r = store_open(path, fs_exists(path) ? STORE_WRITE : 0, &store, err);
        if (r == 0)
                r = store_retain(store, keep_us, &deleted, err);
        if (r == 0)
                printf("deleted %lld run%s\n", (long long)deleted, deleted == 1 ? "" : "s");
        return r;
}

static int check(const char *path, struct err *err)
{
        CLEANUP(store_close) struct store *store = NULL;
        int r = store_open(path, 0, &store, err);
        if (r == 0 && (r = store_check(store, err)) == 0)
                printf("the history is sound\n");
        return r;
}

struct request {
        bool create, check, keep;
        int64_t keep_us;
};

static int parse(int argc, char **argv, struct request *q, struct err *err)
{
        struct option_walk w = option_walk(options, argc, argv);
        const char *value;
        for (int o; (o = option_next(&w, &value, err)) != OPTION_END;) {
                if (o == OPT_CREATE)
                        q->create = true;
                else if (o == OPT_CHECK)
                        q->check = true;
                else if (o == OPT_KEEP && num_parse_duration(value, &q->keep_us, NULL) == 0)
                        q->keep = true;
                else if (o == OPT_KEEP)
                        return err_set(err, ERR_USAGE, "'%s' is not a duration; write 90d or 12h", value);
                else
                        return o == OPTION_BAD ? -ERR_USAGE : err_set(err, ERR_USAGE, "unexpected argument '%s'", value);
        }
        if (q->create + q->check + q->keep > 1)
                return err_set(err, ERR_USAGE, "--create, --keep and --check are asked for one at a time");
        return 0;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        struct request q = {0};
        const char *path;
        int r = parse(argc, argv, &q, err);
        if (r < 0 || (r = app_history_path(app, q.create, &path, err)) < 0)
                return r;
        if (q.create) {
                CLEANUP(store_close) struct store *store = NULL;
                return store_open(path, STORE_WRITE, &store, err);
        }
        return q.keep ? keep(path, q.keep_us, err) : q.check ? check(path, err) : list(path, err);
}

const struct command command_history = {
        .name = "history",
        .synopsis = "history [--keep D | --check | --create]",
        .summary = "list the runs in the history; delete old ones",
        .help = "Lists the runs: number, time, kind, outcome, duration and label. A run that was cut off has no end.\n"
                "--keep deletes older runs; what a change-set or verification is about stays, and the newest run of each kind.\n"
                "Cache traces go by themselves: when a capture ends, those of all captures are dropped but of the newest three\n"
                "that hold one, and of captures that open or applied change-sets were made from.",
        .options = options,
        .run = run,
};

/* capture: one round of all probes, or sampling for a while, into the history. */
#include "base/num.h"
#include "cmd/capturing.h"

#include <stdio.h>

enum { DETAIL_MAX = 30 }; /* what is left of 80 columns */

struct request {
        const char *label;
        VEC(const char *) only;
        int64_t duration_us, every_us;
};

static int parse(struct app *app, int argc, char **argv, struct request *q, struct err *err)
{
        for (struct option_walk w = option_walk(command_capture.options, argc, argv);;) {
                const char *value;
                int r = 0, o = option_next(&w, &value, err);
                if (o == OPTION_END)
                        break;
                if (o == 0)
                        r = num_parse_duration(value, &q->duration_us, err);
                else if (o == 1)
                        r = num_parse_duration(value, &q->every_us, err);
                else if (o == 2)
                        q->label = value;
                else if (o == 3)
                        *vec_push(app->arena, &q->only) = value;
                else
                        return o == OPTION_BAD ? -ERR_USAGE : err_set(err, ERR_USAGE, "unexpected argument '%s'", value);
                if (r < 0) /* what the user typed, so exit 2 whatever the parser calls it */
                        return err_set(err, ERR_USAGE, "'%s' is not a duration; write 20s, 5m or 2h", value);
        }
        *vec_push(app->arena, &q->only) = NULL;
        return 0;
}

static void print_row(const struct capture_result *r)
{
        CLEANUP(str_release) struct str detail = {0}, name = {0};
        char count[32];
        str_add_visible(&name, r->target->name, false);
        str_add_visible(&detail, r->err.code ? r->err.msg : "", false);
        bool cut = detail.len > DETAIL_MAX;
        printf("%-12.12s %-10.10s %-8s %8s %6.1f%s%.*s%s\n", str_text(&name), r->target->kind, capture_outcome_names[r->outcome],
               num_count(count, (double)r->records), (double)r->wall_us / 1e6, detail.len ? "  " : "", cut ? DETAIL_MAX - 3 : DETAIL_MAX, str_text(&detail),
               cut ? "..." : "");
}

static void print_summary(const struct capturing *c, const char *label)
{
        printf("%-12s %-10s %-8s %8s %6s\n", "target", "kind", "outcome", "records", "s");
        for (size_t i = 0; i < c->targets.len; i++)
                print_row(&c->results[i]);
        printf("run %lld", (long long)c->run);
        if (label)
                printf(" \"%s\"", label);
        printf(": %.1f s, %zu target%s ok", (double)c->wall_us / 1e6, c->ok, c->ok == 1 ? "" : "s");
        if (c->partial)
                printf(", %zu partial", c->partial);
        if (c->failed)
                printf(", %zu failed", c->failed);
        printf("%s\n", c->stopped_by ? ", ended by a signal" : "");
}

static int capture(struct app *app, const struct request *q, struct err *err)
{
        struct capturing c = {.app = app, .duration_us = q->duration_us, .every_us = q->every_us};
        CLEANUP(store_close) struct store *store = NULL;
        const char *path;
        int r = capturing_targets(&c, q->only.items, err);
        if (r < 0 || (r = app_history_path(app, true, &path, err)) < 0 || (r = store_open(path, STORE_WRITE, &store, err)) < 0 ||
            (r = store_run_begin(store, "capture", q->label, 0, &c.run, err)) < 0)
                return r;
        c.store = store;
        r = capturing_run(&c, err);
        if (r < 0 || (r = store_run_end(store, c.run, capturing_outcome(&c), err)) < 0)
                return r;
        print_summary(&c, q->label);
        store = store_close(store);
        capturing_die_by_signal(&c);
        return capturing_verdict(&c, err);
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        struct request q = {0};
        int r = parse(app, argc, argv, &q, err);
        return r < 0 ? r : capture(app, &q, err);
}

static const struct option_spec options[] = {
        {"duration", 'd', "D", "sample for this long: 20s, 5m, 2h (default: one round)"},
        {"every", 0, "D", "distance of samples (default: what suits each probe)"},
        {"label", 'l', "NAME", "a name for the run, for `verify` and `history`"},
        {"target", 't', "NAME", "only this target; may be given several times"},
        {NULL},
};

const struct command command_capture = {
        .name = "capture",
        .synopsis = "capture [--duration D] [--every D] [--label NAME] [--target NAME]...",
        .summary = "look at all targets and keep what was seen in the history",
        .help = "Runs the probes of all configured targets side by side, and of this host, the source tree and the application's\n"
                "events: one round, or samples for --duration. Probes only read. A target that fails does not lose the others; it\n"
                "is named, and the exit status is 4. Ctrl-C ends early and keeps what was captured.",
        .options = options,
        .run = run,
};

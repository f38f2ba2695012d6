/*
 * Drives one probe against a real server and asks the history afterwards, below the command line: tests of probes need
 * neither configuration nor commands.
 *
 *      drive KIND DSN DURATION HISTORY [SQL...]       each row of each SQL is printed as columns with | between
 */
#include "base/num.h"
#include "probes/engine.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

struct drive {
        struct store *store;
        int64_t run;
        struct err err;
};

static struct sink *sink_for(void *arg, const struct probe_target *target)
{
        struct drive *d = arg;
        int64_t id;
        return store_target(d->store, target->name, target->kind, &id, &d->err) < 0 ? NULL : store_sink(d->store, d->run, id);
}

static void done(void *arg, const struct capture_result *r)
{
        (void)arg;
        printf("outcome|%s|%s|%lld\n", capture_outcome_names[r->outcome], r->err.msg, (long long)r->cpu_us);
}

static void print_log(void *arg, const char *line)
{
        (void)arg;
        fprintf(stderr, "%s\n", line);
}

static int complain(const struct err *err)
{
        fprintf(stderr, "drive: %s\n", err->msg);
        return 1;
}

static int print_rows(struct store *store, const char *sql, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(store), sql, &st, err);
        while (r == 0 && (r = stmt_step(st, err)) == 1) {
                for (int i = 0; i < stmt_columns(st); i++)
                        printf("%s%s", i ? "|" : "", stmt_is_null(st, i) ? "NULL" : stmt_text(st, i));
                printf("\n");
                r = 0;
        }
        return r;
}

int main(int argc, char **argv)
{
        struct drive d = {0};
        CLEANUP(store_close) struct store *store = NULL;
        int64_t duration_us = 0;
        if (argc < 5 || num_parse_duration(argv[3], &duration_us, &d.err) < 0) {
                fprintf(stderr, "usage: drive KIND DSN DURATION HISTORY [SQL...]\n");
                return 2;
        }
        if (store_open(argv[4], STORE_WRITE, &store, &d.err) < 0)
                return complain(&d.err);
        d.store = store;
        if (store_run_begin(store, "capture", NULL, 0, &d.run, &d.err) < 0)
                return complain(&d.err);
        struct probe_target target = {.name = "main", .kind = argv[1], .dsn = argv[2]};
        struct capture_result result = {0};
        struct capture_spec spec = {.targets = &target, .target_count = 1, .duration_us = duration_us, .explain = true, .arg = &d,
                                    .sink_for = sink_for, .done = done, .log = print_log};
        struct arena *arena = arena_new();
        capture_run(arena, &spec, &result);
        arena_free(arena);
        if (store_run_end(store, d.run, capture_outcome_names[result.outcome], &d.err) < 0 || store_window(store, &d.run, 1, &d.err) < 0)
                return complain(&d.err);
        for (int i = 5; i < argc; i++)
                if (print_rows(store, argv[i], &d.err) < 0)
                        return complain(&d.err);
        return 0;
}

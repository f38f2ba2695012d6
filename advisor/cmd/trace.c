/* trace: what was recorded elsewhere. Server logs go into the history; traces of caches become curves, or traces for other tools. */
#include "base/num.h"
#include "base/sys.h"
#include "cmd/trace.h"

#include <math.h>
#include <string.h>

enum { OPT_TARGET, OPT_DATABASE, OPT_FORMAT, OPT_SIZE, OPT_MEMORY, OPT_SEED, OPT_OUT };

static const struct option_spec options[] = {
        [OPT_TARGET] = {"target", 't', "NAME", "import: the PostgreSQL target that it is of (default: the only one)"},
        [OPT_DATABASE] = {"database", 'd', "NAME", "import: only entries of this database, where the log names it"},
        [OPT_FORMAT] = {"format", 'f', "NAME", "of a cache trace, when its first bytes do not tell; an unknown name lists all"},
        [OPT_SIZE] = {"size", 0, "SIZE", "of the cache now: 10000 (objects) or 64MB"},
        [OPT_MEMORY] = {"memory", 0, "SIZE", "of the computation (default 64MB); exact while the keys fit"},
        [OPT_SEED] = {"seed", 0, "N", "of the sample"},
        [OPT_OUT] = {"output", 'o', "FORMAT[:FILE]", "curve: text (default), json, csv or svg; export: the format to write"},
        {0},
};

static const struct verb {
        const char *name;
        int (*run)(struct app *app, struct trace_request *q, struct err *err);
} verbs[] = {{"curve", trace_curve}, {"export", trace_export}, {"import", trace_import_logs}};

static int parse_option(struct app *app, int option, const char *value, struct trace_request *q, struct err *err)
{
        int64_t n = 0;
        int r = 0;
        switch (option) {
        case OPT_TARGET:
                q->target = value;
                break;
        case OPT_DATABASE:
                q->database = value;
                break;
        case OPT_FORMAT:
                q->format = value;
                break;
        case OPT_SIZE:
                q->size = value;
                break;
        case OPT_MEMORY:
                r = num_parse_bytes(value, &n, err);
                q->memory_bytes = (size_t)n;
                break;
        case OPT_SEED:
                r = num_parse_int(value, &q->seed, err);
                break;
        case OPT_OUT:
                *vec_push(app->arena, &q->outputs) = value;
                break;
        default:
                return -ERR_USAGE;
        }
        return r < 0 ? err_set(err, ERR_USAGE, "'%s' cannot be the value of --%s", value, options[option].name) : 0;
}

static int parse(struct app *app, int argc, char **argv, struct trace_request *q, const struct verb **ret_verb, struct err *err)
{
        struct option_walk w = option_walk(options, argc, argv);
        const char *value;
        *ret_verb = NULL;
        for (int o, r; (o = option_next(&w, &value, err)) != OPTION_END;) {
                if (o != OPTION_OPERAND) {
                        if (o == OPTION_BAD || (r = parse_option(app, o, value, q, err)) < 0)
                                return -ERR_USAGE;
                        continue;
                }
                for (size_t i = 0; !*ret_verb && i < sizeof verbs / sizeof *verbs; i++)
                        if (!strcmp(value, verbs[i].name)) {
                                *ret_verb = &verbs[i];
                                value = NULL;
                        }
                if (!*ret_verb)
                        return err_set(err, ERR_USAGE, "'%s' is nothing that trace does: curve, export or import", value);
                if (value && q->count == TRACE_FILES_MAX)
                        return err_set(err, ERR_USAGE, "more than %d files", TRACE_FILES_MAX);
                if (value)
                        q->files[q->count++] = value;
        }
        if (!*ret_verb)
                return err_set(err, ERR_USAGE, "trace what? curve, export or import");
        return q->count ? 0 : err_set(err, ERR_USAGE, "trace %s needs a file", (*ret_verb)->name);
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        struct trace_request q = {0};
        const struct verb *verb;
        int r = parse(app, argc, argv, &q, &verb, err);
        return r < 0 ? r : verb->run(app, &q, err);
}

void trace_progress(struct app *app, const char *path, const struct trace *t, const char *doing)
{
        char count[32];
        double done = trace_done_frac(t);
        num_count(count, (double)trace_counts(t)->requests);
        if (isnan(done))
                app_progress(app, "%s: %s requests %s", path, count, doing);
        else
                app_progress(app, "%s: %s requests %s, %.0f %%", path, count, doing, 100 * done);
}

void trace_notes(struct app *app, const char *path, const struct trace *t)
{
        const struct trace_counts *c = trace_counts(t);
        char step[32];
        if (c->swapped)
                app_note(app, "%s: its numbers have the other byte order; read so", path);
        if (c->cut_off || c->packed_cut_off)
                app_note(app, "%s: ends within %s; what came before counts", path, c->packed_cut_off ? "its packed data" : "a record");
        if (c->skipped)
                app_note(app, "%s: %llu %s skipped, first the %lluth: %s", path, (unsigned long long)c->skipped,
                         c->skipped == 1 ? "record was" : "records were", (unsigned long long)c->skipped_first, c->skipped_why);
        if (c->steps_back)
                app_note(app, "%s: %llu requests go back in time, by up to %s; they count as at the time before. %s", path, (unsigned long long)c->steps_back,
                         num_ms(step, (double)c->step_back_us / 1000), c->steps_back > c->requests / 20 ? "Sort it by time first" : "Clocks step");
        if (c->long_keys)
                app_note(app, "%s: %llu keys of more than a kilobyte, the longest of %u bytes", path, (unsigned long long)c->long_keys, c->longest_key);
}

const struct command command_trace = {
        .name = "trace",
        .synopsis = "trace curve|export|import [--format NAME] [--size SIZE] [--memory SIZE] [--seed N] [-o FORMAT[:FILE]]... "
                    "[--target NAME] [--database NAME] FILE...",
        .summary = "what was recorded elsewhere: server logs, curves of cache traces",
        .help = "curve: FILE is a trace of requests to a cache (libCacheSim's formats, vscsi, CSV, JSON lines, the text of Redis MONITOR,\n"
                "a key a line, bare 32-bit ids; plain or packed by gzip, xz or zstd; - is standard input). Shows what a cache of each size\n"
                "would have missed, what the size now and more of it buys, and what is advised.\n\n"
                "export: writes the same trace in another format (oracleGeneral, csv, keys) for other simulators.\n\n"
                "import: FILE is a log of the server (stderr, csvlog or jsonlog) with entries of log_min_duration_statement or auto_explain,\n"
                "or the output of EXPLAIN (FORMAT JSON), with its statement in a file of the same name that ends in .sql. Plans are\n"
                "kept without constants, the slowest of each shape; analyze reads them for a week before and after a capture.",
        .options = options,
        .run = run,
};

/* From what was captured, or from sources alone, to findings, recommendations and a change-set. */
#include "cmd/answer.h"
#include "cmd/scoping.h"

#include <stdio.h>
#include <string.h>

enum { OPT_OUT, OPT_FAIL_ON, OPT_RUN, OPT_NO_CHANGES, OPT_SELECT, OPT_UNUSED, OPT_BASELINE, OPT_NO_BASELINE, OPT_VERBOSE, OPT_NO_CACHE, OPT_SINCE, OPT_TREE, OPT_STDIN };

static const struct option_spec options[] = {
        [OPT_OUT] = {"output", 'o', "FORMAT[:FILE]", "text, json, sarif, junit, gitlab, github, csv, markdown or prometheus; may be given several times"},
        [OPT_FAIL_ON] = {"fail-on", 0, "LEVEL", "exit 1 from this severity on: info, warning (default), critical, never"},
        [OPT_RUN] = {"run", 0, "RUN", "the capture to analyse: id, label or uuid (default: the newest)"},
        [OPT_NO_CHANGES] = {"no-changes", 0, NULL, "write no change-set"},
        [OPT_SELECT] = {"select", 0, "RULE[,RULE]", "only these rules: ids, kinds, or families like code.*"},
        [OPT_UNUSED] = {"unused-ignores", 0, NULL, "also tell of suppressions in the source that take nothing back"},
        [OPT_BASELINE] = {"baseline", 0, "FILE", "show only what is new or worse than this baseline (default: source.baseline)"},
        [OPT_NO_BASELINE] = {"no-baseline", 0, NULL, "show everything, whatever source.baseline says"},
        [OPT_VERBOSE] = {"verbose", 'v', NULL, "how each finding came about, what was seen, and inventory place by place"},
        [OPT_NO_CACHE] = {"no-cache", 0, NULL, "look at every source file, also at those that did not change"},
        [OPT_SINCE] = {"changed-since", 0, "REV", "findings on lines that changed since this revision of git; the whole of PATH is analysed"},
        [OPT_TREE] = {"tree", 0, "DIR", "analyse DIR, and show findings of the named files alone (for commit hooks)"},
        [OPT_STDIN] = {"stdin-filename", 0, "FILE", "standard input stands in for this file of the tree, and only its findings are shown (for editors)"},
        {0},
};

struct request {
        VEC(struct out_request) outputs;
        VEC(const char *) select;
        VEC(const char *) paths;
        struct scoping scoping;
        int fail_on;
};

static void add_names(struct arena *a, struct request *q, const char *list)
{
        for (const char *at = list; *at;) {
                size_t n = strcspn(at, ",");
                if (n)
                        *vec_push(a, &q->select) = arena_strndup(a, at, n);
                at += n + (at[n] == ',');
        }
}

static int parse(struct app *app, int argc, char **argv, struct analyzing *z, struct request *q, struct err *err)
{
        struct option_walk w = option_walk(options, argc, argv);
        const char *value;
        for (int o, r; (o = option_next(&w, &value, err)) != OPTION_END;) {
                r = 0;
                switch (o) {
                case OPT_OUT:
                        r = out_request_parse(app, value, vec_push(app->arena, &q->outputs), err);
                        break;
                case OPT_FAIL_ON:
                        r = fail_on_parse(value, &q->fail_on, err);
                        break;
                case OPT_RUN:
                        z->run_name = value;
                        break;
                case OPT_NO_CHANGES:
                        z->no_changes = true;
                        break;
                case OPT_NO_CACHE:
                        z->no_cache = true;
                        break;
                case OPT_SELECT:
                        add_names(app->arena, q, value);
                        break;
                case OPT_UNUSED:
                        z->unused_ignores = true;
                        break;
                case OPT_BASELINE:
                        z->baseline = value;
                        break;
                case OPT_NO_BASELINE:
                        z->no_baseline = true;
                        break;
                case OPT_VERBOSE:
                        app->verbose = true;
                        break;
                case OPT_SINCE:
                        q->scoping.since = value;
                        break;
                case OPT_TREE:
                        q->scoping.tree = value;
                        break;
                case OPT_STDIN:
                        q->scoping.editor = value;
                        break;
                case OPTION_OPERAND:
                        *vec_push(app->arena, &q->paths) = value;
                        break;
                default:
                        r = -ERR_USAGE;
                }
                if (r < 0)
                        return r;
        }
        if (q->paths.len && z->run_name)
                return err_set(err, ERR_USAGE, "--run goes with the history, not with source files");
        *vec_push(app->arena, &q->paths) = NULL;
        *vec_push(app->arena, &q->select) = NULL;
        z->select = q->select.len > 1 ? q->select.items : NULL;
        return scoping_set(app, &q->scoping, q->paths.items, z, err);
}

/* As it was answered last time, when nothing changed, or nothing that matters; else anew. */
static int answer(struct app *app, int argc, char **argv, struct analyzing *z, const struct request *q, struct answer *a, struct err *err)
{
        answer_find(z, argc, argv, q->outputs.items, q->outputs.len, a);
        bool unchanged = a->found;
        answer_find_by_facts(z, a);
        if (a->found) {
                fwrite(str_text(&a->text), 1, a->text.len, stdout);
                if (!unchanged)
                        answer_keep(z, a);
                return 0;
        }
        z->cache = a->cache;
        z->walked = &a->walked;
        int r = analyzing_run(z, err);
        if (r == 0)
                r = out_requests_write(app, q->outputs.items, q->outputs.len, &z->result, z->subtitle, &a->text, err);
        store_close(z->store);
        for (int s = 0; s < SEVERITY_COUNT; s++)
                a->counts[s] = (int64_t)out_count(&z->result, s, false);
        if (r == 0)
                answer_keep(z, a);
        return r;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        struct analyzing z = {.app = app};
        struct request q = {.fail_on = SEVERITY_WARNING};
        struct answer a = {0};
        int r = parse(app, argc, argv, &z, &q, err);
        if (r == 0)
                r = answer(app, argc, argv, &z, &q, &a, err);
        int64_t failing = 0;
        for (int s = q.fail_on; q.fail_on >= 0 && s < SEVERITY_COUNT; s++)
                failing += a.counts[s];
        answer_release(&a);
        if (r == 0 && failing) {
                err->code = ERR_FINDINGS;
                return -ERR_FINDINGS;
        }
        return r;
}

const struct command command_analyze = {
        .name = "analyze",
        .synopsis = "analyze [-o FORMAT[:FILE]]... [--fail-on LEVEL] [--select RULE[,RULE]] [--baseline FILE] [--changed-since REV] [OPTION]... [PATH...]",
        .summary = "findings, recommendations and a change-set from what was captured",
        .help = "Runs the rules and models over the newest capture and the sources, prints the six figures, recommendations\n"
                "and findings, and writes a change-set for `apply`. With PATH it looks at these sources alone: no server,\n"
                "no history. Of findings in the sources a part can be shown, the whole of PATH being analysed all the same:\n"
                "--changed-since, --tree, --stdin-filename, --baseline. Exit status 1 tells of findings at or above --fail-on.",
        .options = options,
        .run = run,
};

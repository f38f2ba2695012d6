/* explain: the plan of one statement of the history, with the findings on its nodes. */
#include "base/fs.h"
#include "base/sys.h"
#include "cmd/cmd.h"
#include "cmd/ruleset.h"
#include "explain/explain.h"
#include "facts.h"
#include "model/oracle.h"
#include "rule/engine.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_OUTPUT, OPT_TARGET, OPT_RUN, OPT_ESTIMATED, FILE_BYTES_MAX = 1 << 20 };

static const struct option_spec options[] = {
        [OPT_OUTPUT] = {"output", 'o', "FORMAT[:FILE]", "text, json or html (default: text)"},
        [OPT_TARGET] = {"target", 't', "NAME", "of this PostgreSQL target only"},
        [OPT_RUN] = {"run", 'r', "RUN", "as of this capture (default: the newest)"},
        [OPT_ESTIMATED] = {"estimated", 'e', NULL, "the planner's plan, also where a measured one is known"},
        {0},
};

struct request {
        const char *format, *file, *target, *run, *name;
        bool estimated;
};

static int parse_output(struct app *app, const char *value, struct request *q, struct err *err)
{
        static const char *const formats[] = {"text", "json", "html"};
        const char *colon = strchr(value, ':');
        q->format = colon ? arena_strndup(app->arena, value, (size_t)(colon - value)) : value;
        q->file = colon ? colon + 1 : NULL;
        for (size_t i = 0; i < 3; i++)
                if (!strcmp(q->format, formats[i]))
                        return 0;
        return err_set(err, ERR_USAGE, "'%s' is no format of explain: text, json or html", q->format);
}

/* A queryid may be negative, which would read as an option; argv goes on without it. */
static int take_queryid(int argc, char **argv, struct request *q)
{
        int n = 1;
        for (int i = 1; i < argc; i++) {
                bool is_id = !q->name && argv[i][0] == '-' && argv[i][1] && strspn(argv[i] + 1, "0123456789") == strlen(argv[i] + 1);
                if (is_id)
                        q->name = argv[i];
                else
                        argv[n++] = argv[i];
        }
        return n;
}

static int parse(struct app *app, int argc, char **argv, struct request *q, struct err *err)
{
        argc = take_queryid(argc, argv, q);
        struct option_walk w = option_walk(options, argc, argv);
        const char *value;
        q->format = "text";
        for (int o, r; (o = option_next(&w, &value, err)) != OPTION_END;) {
                r = 0;
                if (o == OPT_OUTPUT)
                        r = parse_output(app, value, q, err);
                else if (o == OPT_TARGET)
                        q->target = value;
                else if (o == OPT_RUN)
                        q->run = value;
                else if (o == OPT_ESTIMATED)
                        q->estimated = true;
                else if (o == OPTION_OPERAND && !q->name)
                        q->name = value;
                else
                        r = o == OPTION_OPERAND ? err_set(err, ERR_USAGE, "unexpected argument '%s'; put the statement into quotes", value) : -ERR_USAGE;
                if (r < 0)
                        return r;
        }
        return q->name ? 0 : err_set(err, ERR_USAGE, "explain needs a statement: its queryid, its fingerprint, its text, or a file");
}

static int read_name(struct app *app, struct request *q, struct err *err)
{
        char *bytes;
        size_t len;
        if (strpbrk(q->name, " \n") || !fs_exists(q->name))
                return 0;
        int r = fs_read(app->arena, q->name, FILE_BYTES_MAX, &bytes, &len, err);
        if (r == 0)
                q->name = bytes;
        return r;
}

static int open_history(struct app *app, const struct request *q, struct store **ret_store, struct err *err)
{
        const char *path;
        int64_t run;
        int r = app_config(app, err);
        if (r < 0 || (r = app_history_path(app, false, &path, err)) < 0)
                return r;
        if (!fs_exists(path)) {
                err_set(err, ERR_USAGE, "no history at '%s'", path);
                return err_hint(err, "Run `perfadvise capture` first.");
        }
        if ((r = store_open(path, 0, ret_store, err)) < 0)
                return r;
        if (!q->run)
                return store_window(*ret_store, NULL, 0, err);
        return (r = store_find_run(*ret_store, q->run, &run, err)) < 0 ? r : store_window(*ret_store, &run, 1, err);
}

/* What the rules say about plans, statements and indexes; without advice, which would ask the server. */
static int judge(struct app *app, struct store *store, struct analysis *analysis, struct err *err)
{
        static const char *const select[] = {"plan.*", "query.*", "index.*", NULL};
        struct ruleset set = {0};
        struct facts *facts;
        int r = app_rules(app, &set, err);
        if (r < 0 || (r = facts_load(app->arena, store, app->config, &facts, err)) < 0)
                return r;
        struct rules_env env = {.arena = app->arena, .set = &set, .store = store, .config = app->config, .facts = facts,
                                .oracle = oracle_none(app->arena, "explain asks no server"), .now_us = sys.realtime_us(), .select = select, .no_advice = true,
                                .cwd = fs_realpath(app->arena, ".")};
        return rules_run(&env, analysis, err);
}

static bool speaks_unicode(void)
{
        static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
        for (size_t i = 0; i < 3; i++) {
                const char *value = getenv(names[i]);
                if (value && *value)
                        return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
        }
        return false;
}

static int write_out(struct app *app, const struct request *q, const struct explained *x, struct err *err)
{
        CLEANUP(str_release) struct str out = {0};
        if (!strcmp(q->format, "json"))
                explain_write_json(x, &out);
        else if (!strcmp(q->format, "html"))
                explain_write_html(app->arena, x, &out);
        else
                explain_write_text(app->arena, x, app->colour_out && !q->file, speaks_unicode(), &out);
        if (q->file)
                return fs_write_output(q->file, str_text(&out), out.len, 0600, err);
        fwrite(str_text(&out), 1, out.len, stdout);
        return 0;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        CLEANUP(store_close) struct store *store = NULL;
        struct request q = {0};
        struct explained x = {0};
        struct analysis analysis = {0};
        int r = parse(app, argc, argv, &q, err);
        if (r < 0 || (r = read_name(app, &q, err)) < 0 || (r = open_history(app, &q, &store, err)) < 0 ||
            (r = explain_find(app->arena, store, q.name, q.target, &x, err)) < 0 || (r = explain_load(app->arena, store, q.estimated, &x, err)) < 0 ||
            (r = judge(app, store, &analysis, err)) < 0)
                return r;
        explain_place(app->arena, &x, analysis.findings.items, analysis.findings.len);
        return write_out(app, &q, &x, err);
}

const struct command command_explain = {
        .name = "explain",
        .synopsis = "explain [-o FORMAT[:FILE]] [--target NAME] [--run RUN] [--estimated] STATEMENT",
        .summary = "the plan of a captured statement, with findings on its nodes",
        .help = "STATEMENT is a queryid, a fingerprint, SQL text, or a file with SQL: it is looked for in the history, and nothing is\n"
                "asked of a server. Shows the slowest measured plan where a log or a file gave one, else the planner's for any\n"
                "parameters; what other values would make of it; and the plans that it had in captures before.",
        .options = options,
        .run = run,
};

/* report: an analysis as it was kept in the history, or the figures of two captures side by side. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "change/change_json.h"
#include "cmd/analyzing.h"
#include "cmd/ruleset.h"
#include "facts.h"
#include "out/markdown.h"
#include "rule/engine.h"
#include "rule/trail.h"

#include <math.h>
#include <string.h>

enum { OPT_BEFORE, OPT_AFTER, OPT_OUT };

static const struct option_spec options[] = {
        [OPT_BEFORE] = {"before", 0, "RUN", "the capture from before"},
        [OPT_AFTER] = {"after", 0, "RUN", "the capture from after"},
        [OPT_OUT] = {"output", 'o', "FORMAT[:FILE]", "markdown (default) or another format of analyze; of a pair markdown only"},
        {0},
};

struct request {
        const char *run, *before, *after;
        VEC(struct out_request) outputs;
};

/* ── One run, from the history ──────────────────────────────────────────────────────────────────────────────────── */

struct kept {
        int64_t capture, analysis; /* analysis 0: the capture was never analysed */
        const char *when;
        struct analysis a;
};

static int find_runs(struct app *app, struct store *store, const char *name, struct kept *k, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int64_t run;
        int r = store_find_run(store, name, &run, err);
        if (r < 0)
                return r;
        r = stmt_prepare(store_db(store),
                         "SELECT CASE WHEN kind = 'capture' THEN run_id ELSE (SELECT max(c.run_id) FROM run c WHERE c.kind = 'capture' AND c.run_id < r.run_id) END,"
                         " CASE WHEN kind <> 'capture' THEN run_id ELSE (SELECT min(f.run_id) FROM run f WHERE f.kind IN ('analysis', 'audit') AND f.outcome = 'ok'"
                         "  AND f.run_id > r.run_id AND NOT EXISTS (SELECT 1 FROM run x WHERE x.kind = 'capture' AND x.run_id > r.run_id AND x.run_id < f.run_id)) END,"
                         " strftime('%Y-%m-%d %H:%M UTC', started_us / 1000000, 'unixepoch'), coalesce(label, '') FROM run r WHERE run_id = ?",
                         &st, err);
        if (r < 0)
                return r;
        stmt_bind_int(st, 1, run);
        if ((r = stmt_step(st, err)) < 0)
                return r;
        k->capture = stmt_int(st, 0);
        k->analysis = stmt_int(st, 1);
        const char *label = stmt_text(st, 3);
        k->when = arena_printf(app->arena, "run %lld%s%s%s of %s", (long long)run, *label ? " \"" : "", label, *label ? "\"" : "", stmt_text(st, 2));
        return 0;
}

static void load_evidence(struct arena *a, struct finding *f, const char *body)
{
        CLEANUP(json_free) struct json *map = NULL;
        const char *label;
        struct json *value;
        if (!body || json_parse(NULL, body, strlen(body), &map, NULL) < 0)
                return;
        for (void *iter = NULL; json_next(map, &iter, &label, &value);)
                *vec_push(a, &f->evidence) = (struct evidence){arena_strdup(a, label), arena_strdup(a, json_as_text(value))};
}

static int load_findings(struct arena *a, struct store *store, const struct ruleset *set, struct kept *k, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(store),
                             "SELECT key, rule, severity, kind, subject, message, file, line, col, evidence, end_line, end_col, trail FROM finding WHERE run_id = ? "
                             "ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, rule, subject, line, key",
                             &st, err);
        if (r < 0)
                return r;
        stmt_bind_int(st, 1, k->analysis);
        while ((r = stmt_step(st, err)) == 1) {
                struct finding f = {.key = arena_strdup(a, stmt_text(st, 0)), .rule = arena_strdup(a, stmt_text(st, 1)), .kind = arena_strdup(a, stmt_text(st, 3)),
                                    .subject = arena_strdup(a, stmt_text(st, 4)), .message = arena_strdup(a, stmt_text(st, 5)),
                                    .file = arena_strdup(a, stmt_text(st, 6)), .line = (int)stmt_int(st, 7), .col = (int)stmt_int(st, 8),
                                    .end_line = (int)stmt_int(st, 10), .end_col = (int)stmt_int(st, 11)};
                const struct rule *rule = ruleset_find(set, f.rule);
                severity_parse(stmt_text(st, 2), &f.severity);
                f.title = rule ? rule->title : f.rule;
                f.why = rule ? rule->why : NULL;
                f.fix = rule ? rule->fix : NULL;
                f.source = rule ? rule->source : NULL;
                load_evidence(a, &f, stmt_text(st, 9));
                for (size_t i = 0; i < f.evidence.len; i++)
                        if (!strcmp(f.evidence.items[i].label, "cost"))
                                f.cost = f.evidence.items[i].value;
                if (stmt_text(st, 12))
                        trail_parse(a, stmt_text(st, 12), &f);
                *vec_push(a, &k->a.findings) = f;
        }
        return r;
}

static int load_recommendations(struct arena *a, struct store *store, struct kept *k, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(store), "SELECT body, change_set FROM recommendation WHERE run_id = ? ORDER BY rowid", &st, err);
        if (r < 0)
                return r;
        stmt_bind_int(st, 1, k->analysis);
        while ((r = stmt_step(st, err)) == 1) {
                CLEANUP(json_free) struct json *body = NULL;
                const char *text = stmt_text(st, 0);
                if (json_parse(NULL, text, strlen(text), &body, err) < 0)
                        return err_set(err, ERR_HISTORY, "a recommendation of run %lld is damaged", (long long)k->analysis);
                *vec_push(a, &k->a.recommendations) = recommendation_from_json(a, body);
                k->a.change_set = arena_strdup(a, stmt_text(st, 1));
        }
        return r;
}

static int load_outcomes(struct arena *a, struct store *store, const struct ruleset *set, struct kept *k, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(store), "SELECT rule, status, reason, fired FROM rule_state WHERE run_id = ? ORDER BY rule", &st, err);
        if (r < 0)
                return r;
        stmt_bind_int(st, 1, k->analysis);
        while ((r = stmt_step(st, err)) == 1) {
                struct rule_outcome *o = vec_push(a, &k->a.outcomes);
                *o = (struct rule_outcome){arena_strdup(a, stmt_text(st, 0)), arena_strdup(a, stmt_text(st, 1)), arena_strdup(a, stmt_text(st, 2)), (int)stmt_int(st, 3)};
                const struct rule *rule = ruleset_find(set, o->rule);
                if (rule)
                        rule_describe(rule, o);
        }
        return r;
}

static int load_kept(struct app *app, struct store *store, const char *name, struct kept *k, struct err *err)
{
        struct ruleset set = {0};
        struct facts *facts;
        int r = find_runs(app, store, name, k, err);
        if (r < 0 || (r = app_rules(app, &set, err)) < 0 ||
            (r = store_window(store, (const int64_t[]){k->capture, k->analysis}, k->analysis ? 2 : 1, err)) < 0 ||
            (r = facts_load(app->arena, store, app->config, &facts, err)) < 0)
                return r;
        memcpy(k->a.figures, facts->figures, sizeof facts->figures);
        for (int i = 0; i < FIGURE_COUNT; i++)
                if (!k->a.figures[i].status)
                        k->a.figures[i] = (struct figure){.value = NAN, .status = "unknown", .reason = "not measured"};
        k->a.run = k->analysis;
        if ((r = load_findings(app->arena, store, &set, k, err)) < 0 || (r = load_recommendations(app->arena, store, k, err)) < 0)
                return r;
        return load_outcomes(app->arena, store, &set, k, err);
}

/* ── Two runs side by side ──────────────────────────────────────────────────────────────────────────────────────── */

static const char *value_of(char buf[32], const struct kept *k, int figure)
{
        return isnan(k->a.figures[figure].value) ? "unknown" : out_figure_value(buf, &figure_specs[figure], k->a.figures[figure].value);
}

static bool has(const struct kept *k, const char *key)
{
        for (size_t i = 0; i < k->a.findings.len; i++)
                if (!strcmp(k->a.findings.items[i].key, key))
                        return true;
        return false;
}

static void add_only_in(struct str *out, const char *title, const struct kept *in, const struct kept *not_in)
{
        bool any = false;
        for (size_t i = 0; i < in->a.findings.len; i++) {
                const struct finding *f = &in->a.findings.items[i];
                if (has(not_in, f->key))
                        continue;
                if (!any)
                        str_printf(out, "\n## %s\n\n", title);
                any = true;
                str_printf(out, "- %s **%s** ", severity_names[f->severity], f->rule);
                markdown_add(out, f->message);
                str_printf(out, " (`%s`)\n", f->key);
        }
}

static void write_pair(struct str *out, const struct config *config, const struct kept *before, const struct kept *after)
{
        str_add(out, "# perfadvise: before and after\n\nBefore: ");
        markdown_add(out, before->when);
        str_add(out, "  \nAfter: ");
        markdown_add(out, after->when);
        str_add(out, "\n\n| figure | before | after | target | |\n|---|---:|---:|---:|---|\n");
        for (int i = 0; i < FIGURE_COUNT; i++) {
                char b[32], a[32], t[32];
                str_printf(out, "| %s | %s | %s | %s %s | %s |\n", figure_specs[i].title, value_of(b, before, i), value_of(a, after, i),
                           figure_specs[i].more_is_better ? "\\>" : "\\<", out_figure_value(t, &figure_specs[i], config->objectives[i]),
                           out_verdict(&after->a, config, i));
        }
        str_add(out, "\nWhether a difference is more than noise is what `perfadvise verify` tells.\n");
        if (!before->analysis || !after->analysis) {
                str_add(out, "\nFindings are not compared: one of the captures was not analysed.\n");
                return;
        }
        add_only_in(out, "Gone", before, after);
        add_only_in(out, "New", after, before);
}

static int report_pair(struct app *app, struct store *store, const struct request *q, struct err *err)
{
        struct kept before = {0}, after = {0};
        CLEANUP(str_release) struct str text = {0};
        int r = load_kept(app, store, q->before, &before, err);
        if (r < 0 || (r = load_kept(app, store, q->after, &after, err)) < 0)
                return r;
        write_pair(&text, app->config, &before, &after);
        for (size_t i = 0; i < q->outputs.len; i++) {
                if (q->outputs.items[i].format != &output_markdown)
                        return err_set(err, ERR_USAGE, "a pair of runs is reported as markdown only");
                if (q->outputs.items[i].file)
                        return fs_write_output(q->outputs.items[i].file, str_text(&text), text.len, 0600, err);
        }
        fwrite(str_text(&text), 1, text.len, stdout);
        return 0;
}

static int report_run(struct app *app, struct store *store, const struct request *q, struct err *err)
{
        static const struct out_request markdown = {&output_markdown, NULL};
        struct kept k = {0};
        int r = load_kept(app, store, q->run ? q->run : "latest", &k, err);
        if (r < 0)
                return r;
        if (!k.analysis) {
                err_set(err, ERR_USAGE, "%s was not analysed", k.when);
                return err_hint(err, "`perfadvise analyze --run %lld` does that.", (long long)k.capture);
        }
        return out_requests_write(app, q->outputs.len ? q->outputs.items : &markdown, q->outputs.len ? q->outputs.len : 1, &k.a,
                                  arena_printf(app->arena, "Analysis of %s", k.when), NULL, err);
}

static int parse(struct app *app, int argc, char **argv, struct request *q, struct err *err)
{
        struct option_walk w = option_walk(options, argc, argv);
        const char *value;
        for (int o, r; (o = option_next(&w, &value, err)) != OPTION_END;) {
                r = 0;
                if (o == OPT_BEFORE)
                        q->before = value;
                else if (o == OPT_AFTER)
                        q->after = value;
                else if (o == OPT_OUT)
                        r = out_request_parse(app, value, vec_push(app->arena, &q->outputs), err);
                else if (o == OPTION_OPERAND && !q->run)
                        q->run = value;
                else
                        r = o == OPTION_OPERAND ? err_set(err, ERR_USAGE, "unexpected argument '%s'", value) : -ERR_USAGE;
                if (r < 0)
                        return r;
        }
        if (!q->before != !q->after || (q->before && q->run))
                return err_set(err, ERR_USAGE, "report takes one RUN, or --before and --after");
        return 0;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        struct request q = {0};
        const char *path;
        CLEANUP(store_close) struct store *store = NULL;
        int r = parse(app, argc, argv, &q, err);
        if (r < 0 || (r = app_history_path(app, false, &path, err)) < 0 || (r = store_open(path, 0, &store, err)) < 0)
                return r;
        return q.before ? report_pair(app, store, &q, err) : report_run(app, store, &q, err);
}

const struct command command_report = {
        .name = "report",
        .synopsis = "report [-o FORMAT[:FILE]]... [RUN] | report --before RUN --after RUN [-o markdown[:FILE]]",
        .summary = "an analysis, or two captures side by side, as Markdown",
        .help = "Prints what an analysis found, as it was kept in the history: the one RUN names, or that of the capture RUN\n"
                "(default: the newest capture). With --before and --after: the six figures of both, and the findings that are\n"
                "gone or new.",
        .options = options,
        .run = run,
};

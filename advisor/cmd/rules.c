/* The rules, the why of each, and their own examples as tests. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "cmd/cmd.h"
#include "cmd/ruleset.h"
#include "cmd/sources.h"
#include "model/model.h"
#include "rule/example.h"

#include <ctype.h>
#include <string.h>

enum { OPT_CATALOGUE, OPT_LINES };

static const struct option_spec options[] = {
        [OPT_CATALOGUE] = {"catalogue", 0, NULL, "list: ids of the catalogue of checks that have no rule yet"},
        [OPT_LINES] = {"lines", 0, NULL, "test: one line per example, `ok RULE EXAMPLE` or `not ok RULE EXAMPLE - WHY`"},
        {0},
};

int app_rules(struct app *app, struct ruleset *set, struct err *err)
{
        int r = app_config(app, err);
        if (r == 0)
                r = ruleset_load(app->arena, ruleset_default_dir(app->arena), set, err);
        for (const char **dir = r == 0 ? app->config->rule_dirs : NULL; dir && *dir && r == 0; dir++) {
                if (!app->config->trusted)
                        app_note(app, "rules.dirs of a discovered configuration are left out; name it with --config to trust it");
                else
                        r = ruleset_load(app->arena, *dir, set, err);
                if (!app->config->trusted)
                        break;
        }
        return r;
}

/* ── list ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *levels_of(struct arena *a, const struct rule *rule)
{
        const char *text = "";
        for (size_t i = 0; i < rule->levels.len; i++)
                text = arena_printf(a, "%s%s%s", text, i ? "/" : "", severity_names[rule->levels.items[i].severity]);
        return text;
}

static int list(struct app *app, const struct ruleset *set)
{
        for (size_t i = 0; i < set->rules.len; i++) {
                const struct rule *rule = &set->rules.items[i];
                printf("%-22s %-16s %s\n", rule->id, levels_of(app->arena, rule), rule->title);
        }
        return 0;
}

static int list_catalogue(struct app *app, const struct ruleset *set, struct err *err)
{
        char *text;
        size_t len, total = 0, missing = 0;
        int r = fs_read(app->arena, fs_join(app->arena, set->dir, "catalogue.txt"), 1 << 20, &text, &len, err);
        if (r < 0)
                return r;
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
                char *tab = strchr(line, '\t');
                if (line[0] == '#' || !tab)
                        continue;
                *tab = '\0';
                total++;
                if (ruleset_find(set, line))
                        continue;
                printf("%-22s %s\n", line, tab + 1);
                missing++;
        }
        app_note(app, "%zu of %zu checks of the catalogue have no rule yet", missing, total);
        return 0;
}

/* ── explain ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void print_params(const char *label, const struct rule_params *p)
{
        for (size_t i = 0; i < p->list.len; i++)
                printf("%s%s%s: %s", i ? ", " : "", i ? "" : label, p->list.items[i].name, p->list.items[i].text);
        if (p->list.len)
                printf("\n");
}

static void print_indented(const char *text)
{
        for (const char *at = text; *at;) {
                size_t n = strcspn(at, "\n");
                printf("  %.*s\n", (int)n, at);
                at += n + (at[n] == '\n');
        }
}

static void print_levels(const struct rule *rule)
{
        printf("\nlevels:\n");
        for (size_t i = 0; i < rule->levels.len; i++) {
                const struct rule_level *l = &rule->levels.items[i];
                printf("  %-9s ", severity_names[l->severity]);
                if (l->params.list.len)
                        print_params("", &l->params);
                else
                        printf("as the select decides\n");
        }
        print_params("  always    ", &rule->params);
}

static int explain(struct app *app, const struct ruleset *set, const char *id, struct err *err)
{
        const struct rule *rule = ruleset_find(set, id);
        (void)app;
        if (!rule) {
                err_set(err, ERR_USAGE, "no rule '%s'", id);
                return err_hint(err, "`perfadvise rules list` shows the rules.");
        }
        printf("%s: %s\n\nwhy: %s\n", rule->id, rule->title, rule->why);
        if (rule->fix)
                printf("fix: %s\n", rule->fix);
        if (rule->advise) {
                const struct model *m = model_by_name(rule->advise);
                printf("advice: model %s%s%s\n", rule->advise, m ? ", " : "", m ? m->doc : "");
        }
        printf("source: %s\nsays: %s\n", rule->source, rule->message);
        printf("needs:");
        for (size_t i = 0; i < rule->needs.len; i++)
                printf(" %s", rule->needs.items[i]);
        printf("%s\n", rule->needs.len ? "" : " nothing");
        print_levels(rule);
        printf("\n%s:\n", rule->select ? "select" : "pattern");
        print_indented(rule->select ? rule->select : rule->pattern);
        printf("\nin perfadvise.yaml:\n  rules: { set: { %s: { ignore: true } } }\n", rule->id);
        return 0;
}

/* ── test ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct tally {
        struct app *app;
        bool lines;
        int passed, failed;
};

static void result(struct tally *t, const struct rule *rule, const char *what, const char *why)
{
        *(why ? &t->failed : &t->passed) += 1;
        if (t->lines && !why)
                printf("ok %s %s\n", rule->id, what);
        else if (why)
                printf("not ok %s %s - %s\n", rule->id, what, why);
}

static int analyse_source(void *arg, struct store *store, int64_t run, int64_t target, const char *path, struct err *err)
{
        (void)target;
        return sources_capture(arg, store, run, &(struct source_spec){.roots = (const char *[]){path, NULL}, .tests = true}, err);
}

/* At least one example fires, one stays silent, and every severity that the rule names is reached by one. */
static void test_coverage(struct tally *t, const struct rule *rule, unsigned reached, bool fires, bool silent)
{
        result(t, rule, "examples", !fires ? "no example fires" : !silent ? "no example stays silent" : NULL);
        for (size_t i = 0; i < rule->levels.len; i++)
                if (!(reached & 1u << rule->levels.items[i].severity)) {
                        result(t, rule, "ladder", arena_printf(t->app->arena, "no example reaches %s", severity_names[rule->levels.items[i].severity]));
                        return;
                }
        result(t, rule, "ladder", NULL);
}

static void test_rule(struct tally *t, const struct example_env *env, const struct rule *rule)
{
        unsigned reached = 0;
        bool fires = false, silent = false;
        for (size_t i = 0; i < rule->examples.len; i++) {
                struct example_result got = {0};
                struct err err = {0};
                const char *name = rule->examples.items[i].source ? rule->examples.items[i].source : rule->examples.items[i].facts.items[0];
                if (rule_example_run(env, rule, &rule->examples.items[i], &got, &err) < 0)
                        got = (struct example_result){.name = name, .why = arena_printf(t->app->arena, "%s:%d: %s", err.file, err.line, err.msg)};
                result(t, rule, got.name, got.why);
                reached |= got.severities;
                fires |= got.severities != 0;
                silent |= got.silent && !got.why;
        }
        test_coverage(t, rule, reached, fires, silent);
        if (rule->advise)
                result(t, rule, "model", model_by_name(rule->advise) ? NULL : arena_printf(t->app->arena, "there is no model '%s'", rule->advise));
}

static int test(struct app *app, const struct ruleset *set, bool lines, const char **ids, size_t n, struct err *err)
{
        struct tally t = {.app = app, .lines = lines};
        struct example_env env = {.arena = app->arena, .set = set, .config = config_default(app->arena), .analyse_source = analyse_source, .arg = app->arena};
        for (size_t i = 0; i < n; i++) {
                const struct rule *rule = ruleset_find(set, ids[i]);
                if (!rule)
                        return err_set(err, ERR_USAGE, "no rule '%s'", ids[i]);
                test_rule(&t, &env, rule);
        }
        for (size_t i = 0; !n && i < set->rules.len; i++)
                test_rule(&t, &env, &set->rules.items[i]);
        if (!lines)
                printf("%d passed, %d failed\n", t.passed, t.failed);
        return t.failed ? err_set(err, ERR_CONFIG, "%d examples of rules fail", t.failed) : 0;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        bool catalogue = false, lines = false;
        const char **words = arena_alloc(app->arena, (size_t)argc * sizeof *words), *value;
        size_t n = 0;
        struct option_walk w = option_walk(options, argc, argv);
        for (int o; (o = option_next(&w, &value, err)) != OPTION_END;) {
                if (o == OPTION_BAD)
                        return -ERR_USAGE;
                catalogue |= o == OPT_CATALOGUE;
                lines |= o == OPT_LINES;
                if (o == OPTION_OPERAND)
                        words[n++] = value;
        }
        struct ruleset set = {0};
        int r = app_rules(app, &set, err);
        if (r < 0)
                return r;
        if (n == 1 && !strcmp(words[0], "list"))
                return catalogue ? list_catalogue(app, &set, err) : list(app, &set);
        if (n == 2 && !strcmp(words[0], "explain"))
                return explain(app, &set, words[1], err);
        if (n >= 1 && !strcmp(words[0], "test"))
                return test(app, &set, lines, words + 1, n - 1, err);
        err_set(err, ERR_USAGE, n ? "`rules %s` is not understood" : "rules: what? list, explain ID or test", n ? words[0] : "");
        return err_hint(err, "`perfadvise rules -h` shows what there is.");
}

const struct command command_rules = {
        .name = "rules",
        .synopsis = "rules list [--catalogue] | explain ID | test [--lines] [ID...]",
        .summary = "the rules, the why of each, and their own examples as tests",
        .help = "list prints the rules, each line beginning with the id; explain tells why a rule exists, its thresholds\n"
                "and its SQL; test runs the examples that every rule carries.",
        .options = options,
        .run = run,
};

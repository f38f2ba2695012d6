#include "tests/lib/unit.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "change/change_json.h"
#include "rule/engine.h"
#include "rule/hit.h"
#include "rule/rule.h"
#include "rule/suppress.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct arena *arena;
static struct store *store;
static struct ruleset set;
static struct config *config;
static struct analysis got;
static struct err err;

/* A history in memory with one capture and a fact view of four pools. */
static void begin(void)
{
        arena = arena_new();
        memset(&set, 0, sizeof set);
        memset(&got, 0, sizeof got);
        memset(&err, 0, sizeof err);
        config = config_default(arena);
        ck_assert_int_eq(store_open(NULL, STORE_MEMORY, &store, &err), 0);
        ck_assert_int_eq(db_exec(store_db(store),
                                 "INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (1,'u','capture',1,2,'t','ok');"
                                 "CREATE TEMP VIEW fact_t AS SELECT column1 AS pool, column2 AS wait_ms, column3 AS note FROM"
                                 " (VALUES ('a', 1.0, 'calm'), ('b', 10.25, 'slow'), ('c', 100.0, NULL), ('job_d', 100.0, 'batch'))",
                                 &err),
                         0);
        ck_assert_int_eq(store_window(store, (const int64_t[]){1}, 1, &err), 0);
}

static void end(void)
{
        store = store_close(store);
        arena_free(arena);
}

static int load(const char *text)
{
        return ruleset_load_text(arena, "family.yaml", text, &set, &err);
}

static int run(void)
{
        static struct oracle none = {.kind = "none", .unavailable = "none"};
        struct facts facts = {.arena = arena, .config = config};
        struct rules_env env = {.arena = arena, .set = &set, .store = store, .config = config, .facts = &facts, .oracle = &none, .now_us = 1000};
        memset(&got, 0, sizeof got);
        got.run = 1;
        return rules_run(&env, &got, &err);
}

#define RULE(body) "- id: t.wait\n  title: waits\n  why: because\n  source: test\n" body
#define LADDER                                                                                                         \
        RULE("  message: \"{subject} waits {wait_ms:ms}, {note}\"\n"                                                   \
             "  levels: { warning: { limit: 5 }, critical: { limit: 50 } }\n"                                          \
             "  select: SELECT pool AS subject, wait_ms, note FROM fact_t WHERE wait_ms > :limit\n")

static void set_override(const char *glob, const char *name, const char *value)
{
        *vec_push(arena, &config->overrides) = (struct rule_override){"t.wait", glob, name, value};
}

static const struct finding *found(const char *subject)
{
        for (size_t i = 0; i < got.findings.len; i++)
                if (!strcmp(got.findings.items[i].subject, subject))
                        return &got.findings.items[i];
        return NULL;
}

/* ── Loading ────────────────────────────────────────────────────────────────────────────────────────────────────── */

START_TEST(ruleset_load__errors_name_file_and_line)
{
        static const struct {
                const char *text;
                int line;
                const char *says;
        } cases[] = {
                {"- id: t.x\n  titel: typo\n", 2, "unknown key 'titel'"},
                {"- id: t.x\n  title: t\n  why: w\n  source: s\n  select: SELECT 1\n", 1, "'message' is missing"},
                {"- id: Bad Id\n", 1, "no rule id"},
                {"- id: t.x\n  title: t\n  message: m\n  why: w\n  source: s\n", 1, "either 'select' or 'pattern'"},
                {"- id: t.x\n  levels: { severe: {} }\n", 2, "no severity"},
                {"- id: t.x\n  params: { Upper: 1 }\n", 2, "cannot be the name of a parameter"},
                {"- id: t.x\n  needs: pg_statement\n", 2, "'needs' must be a list"},
                {"- id: t.x\n  examples:\n    - { facts: x.sql }\n", 3, "needs 'expect'"},
                {"- title: no id\n", 1, "with an 'id'"},
                {"id: t.x\n", 1, "must be a list"},
                {"- id: t.x\n  id: t.y\n", 2, "stands twice"},
        };
        begin();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                memset(&err, 0, sizeof err);
                ck_assert_int_lt(load(cases[i].text), 0);
                ck_assert_msg(strstr(err.msg, cases[i].says) != NULL, "%s", err.msg);
                ck_assert_int_eq(err.line, cases[i].line);
                ck_assert_str_eq(err.file, "family.yaml");
        }
        end();
}
END_TEST

START_TEST(ruleset_load__refuses_two_rules_of_one_id)
{
        begin();
        ck_assert_int_eq(load(LADDER), 0);
        ck_assert_int_eq(load(LADDER), -ERR_CONFIG);
        ck_assert_msg(strstr(err.msg, "stands already in family.yaml:1") != NULL, "%s", err.msg);
        end();
}
END_TEST

START_TEST(ruleset_load__takes_the_built_in_rules)
{
        begin();
        ck_assert_int_eq(ruleset_load(arena, ruleset_default_dir(arena), &set, &err), 0);
        ck_assert_uint_ge(set.rules.len, 25);
        for (size_t i = 1; i < set.rules.len; i++)
                ck_assert_int_lt(strcmp(set.rules.items[i - 1].id, set.rules.items[i].id), 0);
        ck_assert_int_eq(run(), 0);
        ck_assert_uint_eq(got.findings.len, 0);
        end();
}
END_TEST

/* ── The fence ──────────────────────────────────────────────────────────────────────────────────────────────────── */

START_TEST(rules_run__refuses_all_but_select_on_facts)
{
        static const char *const selects[] = {
                "ATTACH '/tmp/x' AS subject", "PRAGMA table_info(run)", "DELETE FROM run", "INSERT INTO run (uuid) VALUES ('x')",
                "CREATE TABLE subject (a)", "DROP VIEW fact_t", "SELECT uuid AS subject FROM run", "SELECT 1 AS subject; SELECT 2",
                "SELECT load_extension('x') AS subject", "SELECT random() AS subject", "SELECT pool FROM fact_t", "SELECT",
                "SELECT name AS subject FROM sqlite_schema", "UPDATE fact_t SET pool=1", "VACUUM INTO '/tmp/subject'",
                "SELECT pool AS subject FROM fact_t WHERE wait_ms > :nowhere", "SELECT pool AS subject FROM fact_absent",
        };
        for (size_t i = 0; i < sizeof selects / sizeof *selects; i++) {
                begin();
                ck_assert_int_eq(load(arena_printf(arena, RULE("  message: m\n  select: %s\n"), selects[i])), 0);
                ck_assert_msg(run() == -ERR_CONFIG, "'%s' was accepted", selects[i]);
                ck_assert_str_eq(err.file, "family.yaml");
                ck_assert_int_eq(err.line, 6);
                ck_assert_int_eq(db_int(store_db(store), "SELECT count(*) FROM run", 0, -1), 1);
                end();
        }
}
END_TEST

START_TEST(rules_run__does_not_list_pragmas_by_functions)
{
        begin();
        ck_assert_int_eq(load(RULE("  message: m\n  select: SELECT name AS subject FROM pragma_table_info('run')\n")), 0);
        ck_assert_int_lt(run(), 0);
        end();
}
END_TEST

START_TEST(rules_run__stops_an_endless_select)
{
        begin();
        ck_assert_int_eq(load(RULE("  message: m\n  select: >\n    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)\n"
                                   "    SELECT count(*) AS subject FROM n\n")),
                         0);
        ck_assert_int_eq(run(), 0);
        ck_assert_str_eq(got.outcomes.items[0].status, "unknown");
        ck_assert_msg(strstr(got.outcomes.items[0].reason, "steps") != NULL, "%s", got.outcomes.items[0].reason);
        end();
}
END_TEST

START_TEST(rules_run__cuts_off_rows_and_says_so)
{
        begin();
        ck_assert_int_eq(load(RULE("  message: m\n  select: >\n    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000)\n"
                                   "    SELECT i AS subject FROM n\n")),
                         0);
        ck_assert_int_eq(run(), 0);
        ck_assert_uint_eq(got.findings.len, RULE_ROWS_MAX);
        ck_assert_uint_eq(got.notes.len, 1);
        ck_assert_msg(strstr(got.notes.items[0].value, "first 10000 rows") != NULL, "%s", got.notes.items[0].value);
        end();
}
END_TEST

/* ── Messages ───────────────────────────────────────────────────────────────────────────────────────────────────── */

START_TEST(rule_message__formats_columns_and_parameters)
{
        static const struct {
                const char *message, *select, *want;
        } cases[] = {
                {"{a:.1f} ms", "1.25 AS a", "1.2 ms"},
                {"{a:%}", "0.375 AS a", "38 %"},
                {"{a:bytes}", "1536 AS a", "1.5 kB"},
                {"{a:ms}", "2500 AS a", "2.5 s"},
                {"{a:s}", "2.5 AS a", "2.5 s"},
                {"{a:age}", "7300 AS a", "2.0 h"},
                {"{a:count}", "12345 AS a", "12.3k"},
                {"{a}", "NULL AS a", "unknown"},
                {"{a:ms}", "NULL AS a", "unknown"},
                {"{a:ms}", "'text' AS a", "unknown"},
                {"{a}", "3 AS a", "3"},
                {"{a}", "3.0 AS a", "3"},
                {"{a}", "0.3333333 AS a", "0.333"},
                {"{a}", "123456.789 AS a", "123457"},
                {"{{{a}}}", "'x' AS a", "{x}"},
                {"at most {most}", "1 AS a", "at most 7"},
                {"{a} call(s), {a} process(es), {a} quer(y|ies) (seen)", "1 AS a", "1 call, 1 process, 1 query (seen)"},
                {"{a} call(s), {a} process(es), {a} quer(y|ies)", "2 AS a", "2 calls, 2 processes, 2 queries"},
                {"{a:count} row(s)", "1000 AS a", "1000 rows"},
                {"by {a:list}", "'[\"x\",\"y\"]' AS a", "by x, y"},
        };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                begin();
                ck_assert_int_eq(load(arena_printf(arena, RULE("  params: { most: 7 }\n  message: \"%s\"\n  select: SELECT 's' AS subject, %s, :most AS m\n"),
                                                   cases[i].message, cases[i].select)),
                                 0);
                ck_assert_msg(run() == 0, "%s", err.msg);
                ck_assert_str_eq(got.findings.items[0].message, cases[i].want);
                end();
        }
}
END_TEST

START_TEST(rule_message__refuses_unknown_names_and_formats)
{
        static const char *const messages[] = {"{nope}", "{subject:%d}", "{subject", "a } b", "{}", "{subject:.9f}"};
        for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
                begin();
                ck_assert_int_eq(load(arena_printf(arena, RULE("  message: \"%s\"\n  select: SELECT 's' AS subject\n"), messages[i])), 0);
                ck_assert_msg(run() == -ERR_CONFIG, "'%s' was accepted", messages[i]);
                ck_assert_int_eq(err.line, 5);
                end();
        }
}
END_TEST

/* ── Levels, needs, overrides ───────────────────────────────────────────────────────────────────────────────────── */

START_TEST(rules_run__takes_the_highest_level_that_returns_a_subject)
{
        begin();
        ck_assert_int_eq(load(LADDER), 0);
        ck_assert_msg(run() == 0, "%s", err.msg);
        ck_assert_uint_eq(got.findings.len, 3);
        ck_assert_str_eq(got.findings.items[0].subject, "c");
        ck_assert_int_eq(got.findings.items[0].severity, SEVERITY_CRITICAL);
        ck_assert_str_eq(got.findings.items[0].message, "c waits 100 ms, unknown");
        ck_assert_str_eq(got.findings.items[2].subject, "b");
        ck_assert_int_eq(got.findings.items[2].severity, SEVERITY_WARNING);
        ck_assert_str_eq(got.findings.items[2].message, "b waits 10.2 ms, slow");
        ck_assert_str_eq(got.outcomes.items[0].status, "fired");
        ck_assert_int_eq(got.outcomes.items[0].fired, 3);
        end();
}
END_TEST

START_TEST(rules_run__lets_a_severity_column_decide)
{
        begin();
        ck_assert_int_eq(load(RULE("  message: m\n  select: SELECT pool AS subject, iif(pool = 'a', 'critical', 'info') AS severity FROM fact_t\n")), 0);
        ck_assert_int_eq(run(), 0);
        ck_assert_int_eq(found("a")->severity, SEVERITY_CRITICAL);
        ck_assert_int_eq(found("b")->severity, SEVERITY_INFO);
        end();
}
END_TEST

START_TEST(rules_run__is_unknown_without_its_needs)
{
        static const struct {
                const char *state, *status, *says;
        } cases[] = {
                {NULL, "unknown", "pg_statement: not captured"},
                {"'denied', 'no right', 'GRANT pg_monitor TO x'", "unknown", "pg_statement: no right (GRANT pg_monitor TO x)"},
                {"'unknown', 'not asked', NULL", "unknown", "pg_statement: not asked"},
                {"'ok', NULL, NULL", "fired", NULL},
                {"'empty', 'no rows', NULL", "fired", NULL},
        };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                begin();
                ck_assert_int_eq(load(RULE("  message: m\n  needs: [pg_statement]\n  select: SELECT pool AS subject FROM fact_t\n")), 0);
                if (cases[i].state)
                        db_exec(store_db(store),
                                arena_printf(arena, "INSERT INTO fact_state (run_id, fact, status, reason, remedy) VALUES (1, 'pg_statement', %s)",
                                             cases[i].state),
                                NULL);
                ck_assert_int_eq(run(), 0);
                ck_assert_str_eq(got.outcomes.items[0].status, cases[i].status);
                if (cases[i].says)
                        ck_assert_msg(strstr(got.outcomes.items[0].reason, cases[i].says) != NULL, "%s", got.outcomes.items[0].reason);
                ck_assert_uint_eq(got.findings.len, cases[i].says ? 0 : 4);
                end();
        }
}
END_TEST

START_TEST(rules_run__judges_the_target_that_can_be_seen)
{
        begin();
        ck_assert_int_eq(load(RULE("  message: m\n  needs: [pg_statement]\n  select: SELECT pool AS subject FROM fact_t\n")), 0);
        db_exec(store_db(store),
                "INSERT INTO target (target_id, name, kind) VALUES (1, 'one', 'postgres'), (2, 'two', 'postgres');"
                "INSERT INTO fact_state (run_id, target_id, fact, status, reason) VALUES (1, 1, 'pg_statement', 'ok', NULL),"
                " (1, 2, 'pg_statement', 'denied', 'no right')",
                NULL);
        ck_assert_int_eq(run(), 0);
        ck_assert_uint_eq(got.findings.len, 4);
        ck_assert_str_eq(got.outcomes.items[0].reason, "not judged for two: pg_statement: no right");
        end();
}
END_TEST

START_TEST(rules_run__honours_overrides)
{
        begin();
        ck_assert_int_eq(load(LADDER), 0);
        set_override(NULL, "warning.limit", "50");
        ck_assert_int_eq(run(), 0);
        ck_assert_ptr_null(found("b"));
        set_override("job_*", "limit", "1000");
        ck_assert_int_eq(run(), 0);
        ck_assert_ptr_null(found("job_d"));
        ck_assert_int_eq(found("c")->severity, SEVERITY_CRITICAL);
        set_override(NULL, "severity", "info");
        ck_assert_int_eq(run(), 0);
        ck_assert_int_eq(found("c")->severity, SEVERITY_INFO);
        set_override(NULL, "ignore", "c");
        ck_assert_int_eq(run(), 0);
        ck_assert_uint_eq(got.findings.len, 0);
        ck_assert_str_eq(got.outcomes.items[0].status, "ignored");
        set_override(NULL, "ignore", "true");
        ck_assert_int_eq(run(), 0);
        ck_assert_str_eq(got.outcomes.items[0].reason, "ignored by perfadvise.yaml");
        end();
}
END_TEST

START_TEST(rules_run__refuses_overrides_of_nothing)
{
        static const char *const names[][2] = {{"limt", "5"}, {"critical.nope", "5"}, {"severity", "fatal"}};
        for (size_t i = 0; i < 3; i++) {
                begin();
                ck_assert_int_eq(load(LADDER), 0);
                set_override(NULL, names[i][0], names[i][1]);
                ck_assert_int_eq(run(), -ERR_CONFIG);
                end();
        }
        begin();
        ck_assert_int_eq(load(LADDER), 0);
        *vec_push(arena, &config->overrides) = (struct rule_override){"no.rule", NULL, "ignore", "true"};
        ck_assert_int_eq(run(), -ERR_CONFIG);
        end();
}
END_TEST

START_TEST(rules_run__binds_objectives)
{
        begin();
        ck_assert_int_eq(load(RULE("  message: \"{subject} misses {objective_pool_wait_p95_ms:ms}\"\n"
                                   "  select: SELECT pool AS subject FROM fact_t WHERE wait_ms > :objective_pool_wait_p95_ms\n")),
                         0);
        config->objectives[FIGURE_POOL_WAIT] = 50;
        ck_assert_msg(run() == 0, "%s", err.msg);
        ck_assert_uint_eq(got.findings.len, 2);
        ck_assert_str_eq(got.findings.items[0].message, "c misses 50.0 ms");
        end();
}
END_TEST

/* ── Keys, acknowledgements, suppression ────────────────────────────────────────────────────────────────────────── */

START_TEST(rules_run__keys_do_not_depend_on_order_or_target_names)
{
        begin();
        ck_assert_int_eq(load(RULE("  message: m\n  select: SELECT pool AS subject, 'one' AS target FROM fact_t\n")), 0);
        db_exec(store_db(store), "INSERT INTO target (target_id, name, kind, identity) VALUES (1, 'one', 'postgres', '77/5')", NULL);
        ck_assert_int_eq(run(), 0);
        ck_assert_str_eq(found("a")->key, finding_key(arena, "t.wait", "77/5/a", NULL));
        end();
}
END_TEST

START_TEST(rules_run__tells_equal_subjects_apart)
{
        begin();
        ck_assert_int_eq(load(RULE("  message: m\n  select: SELECT 'same' AS subject, wait_ms AS line FROM fact_t\n")), 0);
        ck_assert_int_eq(run(), 0);
        ck_assert_uint_eq(got.findings.len, 4);
        for (size_t i = 1; i < 4; i++)
                ck_assert_str_ne(got.findings.items[0].key, got.findings.items[i].key);
        end();
}
END_TEST

START_TEST(rules_run__counts_acknowledged_findings_until_their_date)
{
        begin();
        ck_assert_int_eq(load(LADDER), 0);
        ck_assert_int_eq(run(), 0);
        db_exec(store_db(store),
                arena_printf(arena, "INSERT INTO acknowledged VALUES ('%s', 2000, 'known', 1), ('%s', 500, 'over', 1)", found("b")->key, found("c")->key),
                NULL);
        ck_assert_int_eq(run(), 0);
        ck_assert_str_eq(found("b")->acknowledged, "known (until 1970-01-01)");
        ck_assert_ptr_null(found("c")->acknowledged);
        end();
}
END_TEST

START_TEST(suppressed_by__on_the_line_or_above)
{
        begin();
        char path[] = "/tmp/pa-suppress-XXXXXX";
        int fd = mkstemp(path);
        FILE *f = fdopen(fd, "w");
        fputs("a = 1  # perfadvise: ignore[t.wait] three rows\nb = 2\nc = 3\n# perfadvise: ignore[t.other, t.*] why\nd = 4\ne = 'perfadvise: ignore[t.wait]'\n", f);
        fclose(f);
        struct suppressions *s = suppressions_new(arena, texts_new(arena, ".", NULL, NULL, NULL), 0);
        const struct rule wait = {.id = "t.wait"}, other = {.id = "u.wait"};
        static const bool want[] = {true, false, false, true, true, false};
        for (int line = 1; line <= 6; line++)
                ck_assert_msg((suppressed_by(s, &wait, path, line) != NULL) == want[line - 1], "line %d", line);
        ck_assert(!suppressed_by(s, &other, path, 1));
        ck_assert(!suppressed_by(s, &wait, "/nonexistent", 1));
        ck_assert(!suppressed_by(s, &wait, path, 7000));
        unlink(path);
        end();
}
END_TEST

START_TEST(analysis_store__keeps_findings_and_outcomes)
{
        begin();
        ck_assert_int_eq(load(LADDER), 0);
        ck_assert_int_eq(run(), 0);
        ck_assert_int_eq(analysis_store(store, &got, &err), 0);
        ck_assert_int_eq(db_int(store_db(store), "SELECT count(*) FROM finding WHERE run_id=1 AND severity='critical'", 0, 0), 2);
        ck_assert_int_eq(db_int(store_db(store), "SELECT fired FROM rule_state WHERE run_id=1 AND status='fired'", 0, 0), 3);
        ck_assert_int_eq(db_int(store_db(store), "SELECT count(*) FROM finding WHERE json_extract(evidence, '$.wait_ms') = '100.0'", 0, 0), 2);
        end();
}
END_TEST

static struct recommendation recommend(const char *title, const char *knob)
{
        struct recommendation r = {.key = "k", .rule = "t.wait", .title = title, .subject = "s", .risk = RISK_MEDIUM, .confidence = 0.5, .rank = 0.25};
        *vec_push(arena, &r.evidence) = (struct evidence){"label", "value \"quoted\""};
        *vec_push(arena, &r.effects) = (struct effect){"pool_wait_p95_ms", "ms", 84, 6, 3, NAN, "test"};
        *vec_push(arena, &r.changes) = (struct change){.kind = CHANGE_pg_index, .phase = PHASE_INDEX, .knob = knob, .forward_sql = "CREATE", .line = 7};
        return r;
}

START_TEST(recommendations_check__refuses_two_values_for_one_knob)
{
        begin();
        struct recommendation recs[] = {recommend("one", "a"), recommend("two", "b"), recommend("three", "a")};
        ck_assert_int_eq(recommendations_check(arena, recs, 2, &err), 0);
        ck_assert_int_eq(recommendations_check(arena, recs, 3, &err), -ERR_REFUSED);
        ck_assert_msg(strstr(err.msg, "both turn the knob a") != NULL, "%s", err.msg);
        end();
}
END_TEST

START_TEST(recommendation_from_json__gives_back_what_was_written)
{
        begin();
        struct recommendation r = recommend("one", "a");
        CLEANUP(json_free) struct json *j = json_new_object();
        recommendation_json(&r, j);
        struct recommendation back = recommendation_from_json(arena, j);
        ck_assert_str_eq(back.title, "one");
        ck_assert_int_eq(back.risk, RISK_MEDIUM);
        ck_assert(back.rank == 0.25);
        ck_assert_str_eq(back.evidence.items[0].value, "value \"quoted\"");
        ck_assert(back.effects.items[0].after == 6 && isnan(back.effects.items[0].hi));
        ck_assert_int_eq(back.changes.items[0].kind, CHANGE_pg_index);
        ck_assert_int_eq(back.changes.items[0].phase, PHASE_INDEX);
        ck_assert_int_eq(back.changes.items[0].line, 7);
        ck_assert_str_eq(back.changes.items[0].forward_sql, "CREATE");
        ck_assert_ptr_null(back.changes.items[0].before);
        end();
}
END_TEST

START_TEST(config__sets_rules_for_globs_of_subjects)
{
        begin();
        char path[] = "/tmp/pa-config-XXXXXX";
        FILE *f = fdopen(mkstemp(path), "w");
        fputs("rules: { set: { t.wait: { limit: 50, 'job_*': { limit: 500 }, ignore: c } } }\n", f);
        fclose(f);
        ck_assert_msg(config_load(arena, path, true, &config, &err) == 0, "%s", err.msg);
        unlink(path);
        ck_assert_int_eq(load(LADDER), 0);
        ck_assert_msg(run() == 0, "%s", err.msg);
        ck_assert_uint_eq(got.findings.len, 0);
        ck_assert_str_eq(got.outcomes.items[0].reason, "1 ignored by perfadvise.yaml");
        end();
}
END_TEST

UNIT_MAIN(ruleset_load__errors_name_file_and_line, ruleset_load__refuses_two_rules_of_one_id, ruleset_load__takes_the_built_in_rules,
          rules_run__refuses_all_but_select_on_facts, rules_run__does_not_list_pragmas_by_functions, rules_run__stops_an_endless_select,
          rules_run__cuts_off_rows_and_says_so, rule_message__formats_columns_and_parameters, rule_message__refuses_unknown_names_and_formats,
          rules_run__takes_the_highest_level_that_returns_a_subject, rules_run__lets_a_severity_column_decide,
          rules_run__is_unknown_without_its_needs, rules_run__judges_the_target_that_can_be_seen, rules_run__honours_overrides,
          rules_run__refuses_overrides_of_nothing, rules_run__binds_objectives, rules_run__keys_do_not_depend_on_order_or_target_names,
          rules_run__tells_equal_subjects_apart, rules_run__counts_acknowledged_findings_until_their_date, suppressed_by__on_the_line_or_above,
          analysis_store__keeps_findings_and_outcomes, recommendations_check__refuses_two_values_for_one_knob,
          recommendation_from_json__gives_back_what_was_written, config__sets_rules_for_globs_of_subjects)

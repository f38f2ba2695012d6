/*
 * SARIF 2.1.0, for code review: every rule that ran, every finding with its range (columns in UTF-16 code units, positions inside are
 * bytes), how it came about as code flow, what was taken back as suppressions, and the files that could not be looked at as
 * notifications. Text is left as it is: the reader of JSON encodes for its own sink.
 */
#include "base/cleanup.h"
#include "lib/json.h"
#include "out/encode.h"
#include "out/out.h"

#include <ctype.h>
#include <string.h>

static const char *level_of(enum severity s)
{
        return s == SEVERITY_CRITICAL ? "error" : s == SEVERITY_WARNING ? "warning" : "note";
}

static void put_message(struct json *object, const char *key, const char *text)
{
        if (text)
                json_put_text(json_put_object(object, key), "text", text);
}

/* ── Rules ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* "code.query_in_loop" -> "CodeQueryInLoop": names are identifiers without punctuation. */
static void put_name(struct json *rule, const char *id)
{
        CLEANUP(str_release) struct str name = {0};
        bool start = true;
        for (const char *p = id; *p; p++) {
                if (isalnum((unsigned char)*p))
                        str_add_char(&name, start ? (char)toupper((unsigned char)*p) : *p);
                start = !isalnum((unsigned char)*p);
        }
        json_put_text(rule, "name", str_text(&name));
}

static void put_help(struct json *rule, const struct rule_outcome *o)
{
        CLEANUP(str_release) struct str help = {0};
        if (o->fix)
                str_printf(&help, "Fix: %s.", o->fix);
        if (o->why)
                str_printf(&help, "%sWhy: %s.", help.len ? "\n" : "", o->why);
        if (o->source)
                str_printf(&help, "%sSource: %s.", help.len ? "\n" : "", o->source);
        str_printf(&help, "%s`perfadvise rules explain %s` says more.", help.len ? "\n" : "", o->rule);
        put_message(rule, "help", str_text(&help));
}

static void put_rules(const struct analysis *a, struct json *rules)
{
        for (size_t i = 0; i < a->outcomes.len; i++) {
                const struct rule_outcome *o = &a->outcomes.items[i];
                struct json *j = json_add_object(rules);
                json_put_text(j, "id", o->rule);
                put_name(j, o->rule);
                put_message(j, "shortDescription", o->title ? o->title : o->rule);
                put_message(j, "fullDescription", o->why);
                put_help(j, o);
                json_put_text(json_put_object(j, "defaultConfiguration"), "level", level_of(o->highest));
                struct json *tags = json_put_array(json_put_object(j, "properties"), "tags");
                json_add_text(tags, "performance");
                if (o->category)
                        json_add_text(tags, o->category);
                if (o->kind && (!o->category || strcmp(o->kind, o->category)))
                        json_add_text(tags, o->kind);
        }
}

static int index_of(const struct analysis *a, const char *rule)
{
        for (size_t i = 0; i < a->outcomes.len; i++)
                if (!strcmp(a->outcomes.items[i].rule, rule))
                        return (int)i;
        return -1;
}

/* ── Places ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void put_artifact(struct json *physical, const char *file)
{
        CLEANUP(str_release) struct str uri = {0};
        struct json *artifact = json_put_object(physical, "artifactLocation");
        if (file[0] == '/')
                str_add(&uri, "file://");
        encode_uri(&uri, file);
        json_put_text(artifact, "uri", str_text(&uri));
        if (file[0] != '/')
                json_put_text(artifact, "uriBaseId", "%SRCROOT%");
}

/* Columns only where the line is at hand to count in: a wrong column is worse than none. */
static void put_region(struct json *physical, const struct finding *f)
{
        struct json *region = json_put_object(physical, "region");
        int col = utf16_column(f->first_line, f->col), end = utf16_column(f->last_line, f->end_col);
        json_put_int(region, "startLine", f->line > 0 ? f->line : 1);
        if (col)
                json_put_int(region, "startColumn", col);
        if (col && end && f->end_line) {
                json_put_int(region, "endLine", f->end_line);
                json_put_int(region, "endColumn", end);
        }
}

static void put_logical(struct json *location, const char *subject)
{
        json_put_text(json_add_object(json_put_array(location, "logicalLocations")), "fullyQualifiedName", subject);
}

static void put_location(const struct finding *f, struct json *location)
{
        if (f->file) {
                struct json *physical = json_put_object(location, "physicalLocation");
                put_artifact(physical, f->file);
                put_region(physical, f);
        }
        put_logical(location, f->subject);
}

static void put_step(const struct trail_step *s, struct json *location)
{
        put_message(location, "message", s->text);
        if (!s->file)
                return;
        struct json *physical = json_put_object(location, "physicalLocation");
        put_artifact(physical, s->file);
        json_put_int(json_put_object(physical, "region"), "startLine", s->line > 0 ? s->line : 1);
}

static void put_trail(const struct finding *f, struct json *result)
{
        size_t located = 0;
        for (size_t i = 0; i < f->trail.len; i++)
                located += f->trail.items[i].file != NULL;
        if (!located || !f->file)
                return;
        struct json *related = json_put_array(result, "relatedLocations");
        struct json *flow = json_add_object(json_put_array(json_add_object(json_put_array(result, "codeFlows")), "threadFlows"));
        struct json *steps = json_put_array(flow, "locations");
        for (size_t i = 0, id = 0; i < f->trail.len; i++) {
                const struct trail_step *s = &f->trail.items[i];
                if (!s->file)
                        continue;
                struct json *location = json_add_object(related);
                json_put_int(location, "id", (int64_t)++id);
                put_step(s, location);
                put_step(s, json_put_object(json_add_object(steps), "location"));
        }
        struct json *last = json_put_object(json_add_object(steps), "location");
        put_message(last, "message", f->title);
        put_location(f, last);
}

/* ── Results ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void put_suppression(struct json *result, const char *kind, const char *why)
{
        struct json *s = json_add_object(json_put_array(result, "suppressions"));
        json_put_text(s, "kind", kind);
        json_put_text(s, "status", "accepted");
        if (why)
                json_put_text(s, "justification", why);
}

static void put_properties(const struct finding *f, struct json *result)
{
        struct json *p = json_put_object(result, "properties");
        json_put_text(p, "kind", f->kind);
        json_put_text(p, "severity", severity_names[f->severity]);
        json_put_text(p, "key", f->key);
        if (f->note)
                json_put_text(p, "note", f->note);
        struct json *evidence = json_put_object(p, "evidence");
        for (size_t i = 0; i < f->evidence.len; i++)
                json_put_text(evidence, f->evidence.items[i].label, f->evidence.items[i].value);
}

static void put_result(struct arena *arena, const struct analysis *a, const struct finding *f, struct json *results)
{
        struct json *j = json_add_object(results);
        int rule = index_of(a, f->rule);
        json_put_text(j, "ruleId", f->rule);
        if (rule >= 0)
                json_put_int(j, "ruleIndex", rule);
        json_put_text(j, "level", level_of(f->severity));
        put_message(j, "message", f->cost ? arena_printf(arena, "%s (%s)", f->message, f->cost) : f->message);
        if (f->cost_frac > 0)
                json_put_real(j, "rank", f->cost_frac < 1 ? 100 * f->cost_frac : 100);
        put_location(f, json_add_object(json_put_array(j, "locations")));
        put_trail(f, j);
        json_put_text(json_put_object(j, "partialFingerprints"), "perfadviseKey/v1", f->key);
        if (f->acknowledged)
                put_suppression(j, "external", f->acknowledged);
        else if (f->quiet)
                put_suppression(j, f->quiet == QUIET_SOURCE ? "inSource" : "external", f->quiet_why);
        if (a->baseline.path)
                json_put_text(j, "baselineState", f->quiet == QUIET_BASELINE ? "unchanged" : f->note ? "updated" : "new");
        put_properties(f, j);
}

static struct json *add_notification(struct json *list, const char *id, const char *level, const char *text)
{
        struct json *n = json_add_object(list);
        json_put_text(json_put_object(n, "descriptor"), "id", id);
        json_put_text(n, "level", level);
        put_message(n, "message", text);
        return n;
}

static void put_invocation(const struct analysis *a, struct json *invocation)
{
        json_put_bool(invocation, "executionSuccessful", true);
        struct json *list = json_put_array(invocation, "toolExecutionNotifications");
        for (size_t i = 0; i < a->unparsed.len; i++) {
                const struct unparsed *u = &a->unparsed.items[i];
                struct json *n = add_notification(list, "unparsed", "warning", u->why ? u->why : "does not parse");
                struct json *physical = json_put_object(json_add_object(json_put_array(n, "locations")), "physicalLocation");
                put_artifact(physical, u->file);
                json_put_int(json_put_object(physical, "region"), "startLine", u->line > 0 ? u->line : 1);
        }
        for (size_t i = 0; i < a->notes.len; i++) {
                CLEANUP(str_release) struct str text = {0};
                str_printf(&text, "%s: %s", a->notes.items[i].label, a->notes.items[i].value);
                add_notification(list, "note", "note", str_text(&text));
        }
}

static int write_sarif(const struct analysis *a, const struct config *config, const struct out_options *options, struct str *out, struct err *err)
{
        (void)config, (void)options, (void)err;
        CLEANUP(json_free) struct json *root = json_new_object();
        json_put_text(root, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        json_put_text(root, "version", "2.1.0");
        struct json *run = json_add_object(json_put_array(root, "runs"));
        struct json *driver = json_put_object(json_put_object(run, "tool"), "driver");
        json_put_text(driver, "name", "perfadvise");
        json_put_text(driver, "version", PERFADVISE_VERSION);
        put_rules(a, json_put_array(driver, "rules"));
        put_invocation(a, json_add_object(json_put_array(run, "invocations")));
        struct json *base = json_put_object(json_put_object(run, "originalUriBaseIds"), "%SRCROOT%");
        put_message(base, "description", "the folder in which perfadvise ran");
        json_put_text(json_put_object(run, "automationDetails"), "id", "perfadvise/");
        json_put_text(run, "columnKind", "utf16CodeUnits");
        struct arena *arena = arena_new();
        struct json *results = json_put_array(run, "results");
        for (size_t i = 0; i < a->findings.len; i++)
                put_result(arena, a, &a->findings.items[i], results);
        for (size_t i = 0; i < a->quiet.len; i++)
                put_result(arena, a, &a->quiet.items[i], results);
        arena_free(arena);
        json_dump(root, 2, out);
        str_add_char(out, '\n');
        return 0;
}

const struct output output_sarif = {.name = "sarif", .doc = "SARIF 2.1.0, for code review", .write = write_sarif};

/* SARIF 2.1.0, for code review tools: findings with a place in the sources become results; the others have none to point at. */
#include "base/cleanup.h"
#include "lib/json.h"
#include "out/out.h"

#include <string.h>

static const char *level_of(enum severity s)
{
        return s == SEVERITY_CRITICAL ? "error" : s == SEVERITY_WARNING ? "warning" : "note";
}

static void put_message(struct json *object, const char *key, const char *text)
{
        json_put_text(json_put_object(object, key), "text", text);
}

static bool is_first_of_rule(const struct analysis *a, size_t i)
{
        for (size_t k = 0; k < i; k++)
                if (!strcmp(a->findings.items[k].rule, a->findings.items[i].rule))
                        return false;
        return true;
}

static void rules_sarif(const struct analysis *a, struct json *rules)
{
        for (size_t i = 0; i < a->findings.len; i++) {
                const struct finding *f = &a->findings.items[i];
                if (!is_first_of_rule(a, i))
                        continue;
                struct json *j = json_add_object(rules);
                json_put_text(j, "id", f->rule);
                put_message(j, "shortDescription", f->title);
                put_message(j, "fullDescription", f->why);
                if (f->fix)
                        put_message(j, "help", f->fix);
        }
}

static void result_sarif(const struct finding *f, struct json *j)
{
        json_put_text(j, "ruleId", f->rule);
        json_put_text(j, "level", level_of(f->severity));
        put_message(j, "message", f->message);
        json_put_text(json_put_object(j, "partialFingerprints"), "perfadviseKey/v1", f->key);
        if (f->acknowledged) {
                struct json *s = json_add_object(json_put_array(j, "suppressions"));
                json_put_text(s, "kind", "external");
                json_put_text(s, "justification", f->acknowledged);
        }
        struct json *locations = json_put_array(j, "locations"), *l = json_add_object(locations);
        if (!f->file) {
                json_put_text(json_add_object(json_put_array(l, "logicalLocations")), "fullyQualifiedName", f->subject);
                return;
        }
        struct json *physical = json_put_object(l, "physicalLocation");
        json_put_text(json_put_object(physical, "artifactLocation"), "uri", f->file);
        struct json *region = json_put_object(physical, "region");
        json_put_int(region, "startLine", f->line > 0 ? f->line : 1);
        if (f->col > 0)
                json_put_int(region, "startColumn", f->col);
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
        rules_sarif(a, json_put_array(driver, "rules"));
        struct json *results = json_put_array(run, "results");
        for (size_t i = 0; i < a->findings.len; i++)
                result_sarif(&a->findings.items[i], json_add_object(results));
        json_dump(root, 2, out);
        str_add_char(out, '\n');
        return 0;
}

const struct output output_sarif = {.name = "sarif", .doc = "SARIF 2.1.0, for code review", .write = write_sarif};

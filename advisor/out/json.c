/* Schema perfadvise/1: keys are added, never changed or taken away, until it is called perfadvise/2. */
#include "base/cleanup.h"
#include "change/change_json.h"
#include "out/out.h"

#include <string.h>

static void outcomes_json(const struct analysis *a, struct json *list)
{
        for (size_t i = 0; i < a->outcomes.len; i++) {
                const struct rule_outcome *o = &a->outcomes.items[i];
                struct json *j = json_add_object(list);
                json_put_text(j, "rule", o->rule);
                json_put_text(j, "status", o->status);
                json_put_text(j, "reason", o->reason);
                json_put_int(j, "fired", o->fired);
        }
}

/* What the recommendation that answers a finding promises, null when none does. */
static void finding_effect(const struct analysis *a, const struct finding *f, struct json *object)
{
        for (size_t i = 0; i < a->recommendations.len; i++) {
                const struct recommendation *r = &a->recommendations.items[i];
                if (!r->key || strcmp(r->key, f->key) || !r->effects.len)
                        continue;
                effect_json(&r->effects.items[0], json_put_object(object, "effect"));
                return;
        }
        json_put_null(object, "effect");
}

static void add_finding(const struct analysis *a, const struct finding *f, struct json *object)
{
        finding_json(f, object);
        finding_effect(a, f, object);
}

static void add_quiet(const struct finding *f, struct json *object)
{
        finding_json(f, object);
        json_put_text(object, "by", quiet_names[f->quiet]);
        json_put_text(object, "reason", f->quiet_why);
}

static void unparsed_json(const struct analysis *a, struct json *list)
{
        for (size_t i = 0; i < a->unparsed.len; i++) {
                struct json *o = json_add_object(list);
                json_put_text(o, "file", a->unparsed.items[i].file);
                json_put_int(o, "line", a->unparsed.items[i].line);
                json_put_text(o, "why", a->unparsed.items[i].why);
        }
}

static void baseline_json(const struct analysis *a, struct json *root)
{
        if (!a->baseline.path) {
                json_put_null(root, "baseline");
                return;
        }
        struct json *o = json_put_object(root, "baseline");
        json_put_text(o, "file", a->baseline.path);
        json_put_int(o, "matched", (int64_t)a->baseline.matched);
        struct json *gone = json_put_array(o, "gone");
        for (size_t i = 0; i < a->baseline.gone.len; i++) {
                struct json *g = json_add_object(gone);
                json_put_text(g, "key", a->baseline.gone.items[i].key);
                json_put_text(g, "rule", a->baseline.gone.items[i].rule);
                json_put_text(g, "file", a->baseline.gone.items[i].file);
                json_put_int(g, "fewer", a->baseline.gone.items[i].fewer);
        }
}

static int write_json(const struct analysis *a, const struct config *config, const struct out_options *options, struct str *out, struct err *err)
{
        (void)options, (void)err;
        CLEANUP(json_free) struct json *root = json_new_object();
        json_put_text(root, "schema", JSON_SCHEMA);
        json_put_text(root, "tool", "perfadvise " PERFADVISE_VERSION);
        json_put_int(root, "run", a->run);
        figures_json(a->figures, config, json_put_object(root, "figures"));
        struct json *findings = json_put_array(root, "findings");
        for (size_t i = 0; i < a->findings.len; i++)
                add_finding(a, &a->findings.items[i], json_add_object(findings));
        struct json *quiet = json_put_array(root, "suppressed");
        for (size_t i = 0; i < a->quiet.len; i++)
                add_quiet(&a->quiet.items[i], json_add_object(quiet));
        unparsed_json(a, json_put_array(root, "unparsed"));
        baseline_json(a, root);
        struct json *recommendations = json_put_array(root, "recommendations");
        for (size_t i = 0; i < a->recommendations.len; i++)
                recommendation_json(&a->recommendations.items[i], json_add_object(recommendations));
        outcomes_json(a, json_put_array(root, "rules"));
        struct json *notes = json_put_array(root, "notes");
        for (size_t i = 0; i < a->notes.len; i++) {
                struct json *j = json_add_object(notes);
                json_put_text(j, "about", a->notes.items[i].label);
                json_put_text(j, "note", a->notes.items[i].value);
        }
        json_put_text(root, "change_set", a->change_set);
        json_dump(root, 2, out);
        str_add_char(out, '\n');
        return 0;
}

const struct output output_json = {.name = "json", .doc = "schema perfadvise/1", .write = write_json};

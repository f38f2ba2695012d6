/* Schema perfadvise/1: keys are added, never changed or taken away, until it is called perfadvise/2. */
#include "base/cleanup.h"
#include "change/change_json.h"
#include "out/out.h"

#include <stdlib.h>
#include <string.h>

DEFINE_CLEANUP(struct arena *, arena_free)

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

/* Recommendations that promise something, by key, in their order. */
struct promises {
        const struct recommendation **items;
        size_t n;
};

static int by_key(const void *x, const void *y)
{
        const struct recommendation *a = *(const struct recommendation *const *)x, *b = *(const struct recommendation *const *)y;
        int c = strcmp(a->key, b->key);
        return c ? c : (a > b) - (a < b);
}

static struct promises promises_of(struct arena *arena, const struct analysis *a)
{
        struct promises p = {.items = arena_alloc(arena, (a->recommendations.len + 1) * sizeof *p.items)};
        for (size_t i = 0; i < a->recommendations.len; i++)
                if (a->recommendations.items[i].key && a->recommendations.items[i].effects.len)
                        p.items[p.n++] = &a->recommendations.items[i];
        qsort(p.items, p.n, sizeof *p.items, by_key);
        return p;
}

/* What the recommendation that answers a finding promises, null when none does. */
static void finding_effect(const struct promises *p, const struct finding *f, struct json *object)
{
        size_t lo = 0, hi = p->n;
        while (lo < hi) {
                size_t mid = (lo + hi) / 2;
                if (strcmp(p->items[mid]->key, f->key) < 0)
                        lo = mid + 1;
                else
                        hi = mid;
        }
        if (lo < p->n && !strcmp(p->items[lo]->key, f->key))
                effect_json(&p->items[lo]->effects.items[0], json_put_object(object, "effect"));
        else
                json_put_null(object, "effect");
}

/* ── Long lists ────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* What the long lists are made from. */
struct long_lists {
        const struct analysis *a;
        struct promises promises;
};

static void add_finding(const struct long_lists *l, size_t i, struct json *object)
{
        finding_json(&l->a->findings.items[i], object);
        finding_effect(&l->promises, &l->a->findings.items[i], object);
}

static void add_recommendation(const struct long_lists *l, size_t i, struct json *object)
{
        recommendation_json(&l->a->recommendations.items[i], object);
}

/* As json_dump would have it two levels down. */
static void add_indented(struct str *out, const char *text)
{
        for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
                str_add_len(out, text, (size_t)(end + 1 - text));
                str_add(out, "    ");
        }
        str_add(out, text);
}

/* The elements of a list that is empty in `text`, one at a time: a tree of ten thousand of them takes five times their text. Returns the rest of `text`. */
static const char *add_list(struct str *out, const char *text, const char *empty, size_t n, const struct long_lists *l,
                            void (*fill)(const struct long_lists *, size_t, struct json *))
{
        const char *at = strstr(text, empty);
        size_t before = (size_t)(at - text) + strlen(empty) - 1;
        str_add_len(out, text, before);
        for (size_t i = 0; i < n; i++) {
                CLEANUP(json_free) struct json *one = json_new_object();
                CLEANUP(str_release) struct str dump = {0};
                fill(l, i, one);
                json_dump(one, 2, &dump);
                str_add(out, i ? ",\n    " : "\n    ");
                add_indented(out, str_text(&dump));
        }
        str_add(out, n ? "\n  " : "");
        return text + before;
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
        CLEANUP(arena_free) struct arena *arena = arena_new();
        CLEANUP(str_release) struct str frame = {0};
        struct long_lists lists = {a, promises_of(arena, a)};
        CLEANUP(json_free) struct json *root = json_new_object();
        json_put_text(root, "schema", JSON_SCHEMA);
        json_put_text(root, "tool", "perfadvise " PERFADVISE_VERSION);
        json_put_int(root, "run", a->run);
        figures_json(a->figures, config, json_put_object(root, "figures"));
        json_put_array(root, "findings");
        struct json *quiet = json_put_array(root, "suppressed");
        for (size_t i = 0; i < a->quiet.len; i++)
                add_quiet(&a->quiet.items[i], json_add_object(quiet));
        unparsed_json(a, json_put_array(root, "unparsed"));
        baseline_json(a, root);
        json_put_array(root, "recommendations");
        outcomes_json(a, json_put_array(root, "rules"));
        struct json *notes = json_put_array(root, "notes");
        for (size_t i = 0; i < a->notes.len; i++) {
                struct json *j = json_add_object(notes);
                json_put_text(j, "about", a->notes.items[i].label);
                json_put_text(j, "note", a->notes.items[i].value);
        }
        json_put_text(root, "change_set", a->change_set);
        json_dump(root, 2, &frame);
        const char *rest = add_list(out, str_text(&frame), "\n  \"findings\": []", a->findings.len, &lists, add_finding);
        rest = add_list(out, rest, "\n  \"recommendations\": []", a->recommendations.len, &lists, add_recommendation);
        str_add(out, rest);
        str_add_char(out, '\n');
        return 0;
}

const struct output output_json = {.name = "json", .doc = "schema perfadvise/1", .write = write_json};

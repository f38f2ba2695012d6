#include "change/change_json.h"
#include "change/curve_json.h"

#include <math.h>
#include <string.h>

static void evidence_json(const struct evidence *items, size_t n, struct json *object, const char *key)
{
        struct json *map = json_put_object(object, key);
        for (size_t i = 0; i < n; i++)
                json_put_text(map, items[i].label, items[i].value);
}

/* Labels of a recommendation may repeat: a statement and its load, then the next. */
static void evidence_list(const struct evidence *items, size_t n, struct json *list)
{
        for (size_t i = 0; i < n; i++) {
                struct json *o = json_add_object(list);
                json_put_text(o, "label", items[i].label);
                json_put_text(o, "value", items[i].value);
        }
}

static void put_line(struct json *o, const char *key, int line)
{
        if (line > 0)
                json_put_int(o, key, line);
        else
                json_put_null(o, key);
}

static void trail_json(const struct finding *f, struct json *list)
{
        for (size_t i = 0; i < f->trail.len; i++) {
                struct json *o = json_add_object(list);
                json_put_text(o, "text", f->trail.items[i].text);
                json_put_text(o, "file", f->trail.items[i].file);
                put_line(o, "line", f->trail.items[i].line);
                put_line(o, "column", f->trail.items[i].col);
        }
}

void finding_json(const struct finding *f, struct json *o)
{
        json_put_text(o, "key", f->key);
        json_put_text(o, "rule", f->rule);
        json_put_text(o, "kind", f->kind);
        json_put_text(o, "severity", severity_names[f->severity]);
        json_put_text(o, "title", f->title);
        json_put_text(o, "file", f->file);
        put_line(o, "line", f->line);
        put_line(o, "column", f->col);
        put_line(o, "end_line", f->end_line);
        put_line(o, "end_column", f->end_col);
        json_put_text(o, "subject", f->subject);
        json_put_text(o, "message", f->message);
        evidence_json(f->evidence.items, f->evidence.len, o, "evidence");
        json_put_text(o, "cost", f->cost);
        json_put_text(o, "why", f->why);
        json_put_text(o, "fix", f->fix);
        json_put_text(o, "source", f->source);
        json_put_text(o, "acknowledged", f->acknowledged);
        trail_json(f, json_put_array(o, "trail"));
        json_put_text(o, "note", f->note);
}

void effect_json(const struct effect *e, struct json *o)
{
        json_put_text(o, "figure", e->figure);
        json_put_text(o, "unit", e->unit);
        json_put_real(o, "before", e->before);
        json_put_real(o, "after", e->after);
        json_put_real(o, "lo", e->lo);
        json_put_real(o, "hi", e->hi);
        json_put_text(o, "method", e->method);
}

static void change_json(const struct change *c, struct json *o)
{
        json_put_text(o, "kind", change_kind_names[c->kind]);
        json_put_text(o, "phase", change_phase_names[c->phase]);
        json_put_text(o, "knob", c->knob);
        json_put_text(o, "target", c->target);
        json_put_text(o, "path", c->path);
        json_put_text(o, "format", c->format);
        json_put_text(o, "key_path", c->key_path);
        put_line(o, "line", c->line);
        json_put_int(o, "byte_start", c->byte_start);
        json_put_int(o, "byte_end", c->byte_end);
        json_put_text(o, "before", c->before);
        json_put_text(o, "after", c->after);
        json_put_text(o, "anchor", c->anchor);
        json_put_text(o, "object", c->object);
        json_put_text(o, "table", c->table);
        json_put_text(o, "forward_sql", c->forward_sql);
        json_put_text(o, "undo_sql", c->undo_sql);
        json_put_text(o, "restart", c->restart);
        json_put_bool(o, "reload", c->reload);
        json_put_real(o, "size_bytes", c->size_bytes > 0 ? c->size_bytes : NAN);
}

void recommendation_json(const struct recommendation *r, struct json *o)
{
        json_put_text(o, "key", r->key);
        json_put_text(o, "rule", r->rule);
        json_put_text(o, "title", r->title);
        json_put_text(o, "subject", r->subject);
        json_put_text(o, "model", r->model);
        evidence_list(r->evidence.items, r->evidence.len, json_put_array(o, "evidence"));
        struct json *effects = json_put_array(o, "effects");
        for (size_t i = 0; i < r->effects.len; i++)
                effect_json(&r->effects.items[i], json_add_object(effects));
        struct json *curves = r->curves.len ? json_put_array(o, "curves") : NULL;
        for (size_t i = 0; i < r->curves.len; i++)
                curve_json(&r->curves.items[i], json_add_object(curves));
        json_put_text(o, "cost", r->cost);
        json_put_text(o, "risk", risk_names[r->risk]);
        json_put_text(o, "risk_why", r->risk_why);
        json_put_real(o, "confidence", r->confidence);
        json_put_text(o, "undo", r->undo);
        json_put_real(o, "rank", r->rank);
        struct json *changes = json_put_array(o, "changes");
        for (size_t i = 0; i < r->changes.len; i++)
                change_json(&r->changes.items[i], json_add_object(changes));
        json_put_text(o, "diff", r->diff);
}

void figures_json(const struct figure figures[FIGURE_COUNT], const struct config *config, struct json *o)
{
        for (int i = 0; i < FIGURE_COUNT; i++) {
                const struct figure_spec *spec = &figure_specs[i];
                const struct figure *f = &figures[i];
                struct json *j = json_put_object(o, spec->name);
                double target = config->objectives[i];
                json_put_text(j, "title", spec->title);
                json_put_real(j, "value", f->value);
                json_put_text(j, "unit", spec->unit);
                json_put_real(j, "target", target);
                if (isnan(f->value))
                        json_put_null(j, "met");
                else
                        json_put_bool(j, "met", spec->more_is_better ? f->value > target : f->value < target);
                json_put_real(j, "n", f->n);
                json_put_text(j, "status", f->status);
                json_put_text(j, "source", f->source);
                json_put_text(j, "reason", f->reason);
        }
}

/* ── Back from the history ──────────────────────────────────────────────────────────────────────────────────────── */

static const char *text_at(struct arena *a, const struct json *o, const char *key)
{
        return arena_strdup(a, json_as_text(json_get(o, key)));
}

/* The place of a word in a list; 0, the harmless one, when it is not there. */
static int place_of(const char *word, const char *const *names, int n)
{
        for (int i = 0; word && i < n; i++)
                if (!strcmp(names[i], word))
                        return i;
        return 0;
}

static struct effect effect_from_json(struct arena *a, const struct json *o)
{
        return (struct effect){.figure = text_at(a, o, "figure"), .unit = text_at(a, o, "unit"), .before = json_as_real(json_get(o, "before")),
                               .after = json_as_real(json_get(o, "after")), .lo = json_as_real(json_get(o, "lo")), .hi = json_as_real(json_get(o, "hi")),
                               .method = text_at(a, o, "method")};
}

static struct change change_from_json(struct arena *a, const struct json *o)
{
        return (struct change){
                .kind = place_of(json_as_text(json_get(o, "kind")), change_kind_names, CHANGE_KIND_COUNT),
                .phase = place_of(json_as_text(json_get(o, "phase")), change_phase_names, PHASE_COUNT),
                .knob = text_at(a, o, "knob"), .target = text_at(a, o, "target"), .path = text_at(a, o, "path"), .format = text_at(a, o, "format"),
                .key_path = text_at(a, o, "key_path"), .line = (int)json_as_int(json_get(o, "line"), 0),
                .byte_start = json_as_int(json_get(o, "byte_start"), 0), .byte_end = json_as_int(json_get(o, "byte_end"), 0),
                .before = text_at(a, o, "before"), .after = text_at(a, o, "after"), .object = text_at(a, o, "object"), .table = text_at(a, o, "table"),
                .forward_sql = text_at(a, o, "forward_sql"), .undo_sql = text_at(a, o, "undo_sql"), .restart = text_at(a, o, "restart"),
                .anchor = text_at(a, o, "anchor"), .reload = json_as_bool(json_get(o, "reload"), false), .size_bytes = json_as_real(json_get(o, "size_bytes"))};
}

struct recommendation recommendation_from_json(struct arena *a, const struct json *o)
{
        struct recommendation r = {.key = text_at(a, o, "key"), .rule = text_at(a, o, "rule"), .title = text_at(a, o, "title"),
                                   .subject = text_at(a, o, "subject"), .model = text_at(a, o, "model"), .cost = text_at(a, o, "cost"),
                                   .risk = place_of(json_as_text(json_get(o, "risk")), risk_names, RISK_COUNT), .risk_why = text_at(a, o, "risk_why"),
                                   .confidence = json_as_real(json_get(o, "confidence")), .undo = text_at(a, o, "undo"),
                                   .rank = json_as_real(json_get(o, "rank")), .diff = text_at(a, o, "diff")};
        const struct json *effects = json_get(o, "effects"), *changes = json_get(o, "changes"), *evidence = json_get(o, "evidence");
        for (size_t i = 0; i < json_len(evidence); i++)
                *vec_push(a, &r.evidence) = (struct evidence){text_at(a, json_at(evidence, i), "label"), text_at(a, json_at(evidence, i), "value")};
        for (size_t i = 0; i < json_len(effects); i++)
                *vec_push(a, &r.effects) = effect_from_json(a, json_at(effects, i));
        const struct json *curves = json_get(o, "curves");
        for (size_t i = 0; i < json_len(curves); i++)
                *vec_push(a, &r.curves) = curve_from_json(a, json_at(curves, i));
        for (size_t i = 0; i < json_len(changes); i++)
                *vec_push(a, &r.changes) = change_from_json(a, json_at(changes, i));
        return r;
}

/*
 * From rules to findings to recommendations. Rules run one after the other on the store's connection while it is fenced; what
 * fired becomes findings; then each model is asked once for advice on all rows that name it, because pools (and indexes) share one
 * budget.
 */
#include "rule/engine.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "model/model.h"
#include "rule/hit.h"
#include "rule/needs.h"
#include "rule/suppress.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct fired {
        struct finding finding;
        const struct rule *rule;
        struct hit hit;
};

struct engine {
        const struct rules_env *env;
        struct arena *arena;
        struct db *db;
        struct needs *needs;
        struct suppressions *suppressions;
        VEC(struct fired) fired;
        struct analysis *out;
        struct err *err;
};

/* ── One rule ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Names of targets may change, their identity does not. */
static const char *target_identity(struct engine *e, const char *name)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (stmt_prepare(e->db, "SELECT identity FROM target WHERE name=? AND identity IS NOT NULL ORDER BY target_id LIMIT 1", &st, NULL) < 0)
                return name;
        stmt_bind_text(st, 1, name);
        return stmt_step(st, NULL) == 1 ? arena_strdup(e->arena, stmt_text(st, 0)) : name;
}

static const char *subject_identity(struct engine *e, const struct hit *h)
{
        const char *subject = h->identity ? h->identity : h->subject;
        return h->target ? arena_printf(e->arena, "%s/%s", target_identity(e, h->target), subject) : subject;
}

/* Rows with one subject and discriminator keep apart by their order: `nth` counts from 1. */
static const char *key_of(struct engine *e, const struct rule *rule, const struct hit *h, int nth)
{
        const char *discriminator = h->discriminator;
        if (nth > 1)
                discriminator = arena_printf(e->arena, "%s#%d", discriminator ? discriminator : "", nth);
        return finding_key(e->arena, rule->id, subject_identity(e, h), discriminator);
}

static bool same_text(const char *a, const char *b)
{
        return a == b || (a && b && !strcmp(a, b));
}

static bool is_same_thing(const struct hit *a, const struct hit *b)
{
        return same_text(a->target, b->target) && same_text(a->subject, b->subject) && same_text(a->discriminator, b->discriminator);
}

static const char *acknowledgement(struct engine *e, const char *key)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (stmt_prepare(e->db, "SELECT until_us, coalesce(reason, 'acknowledged') FROM acknowledged WHERE key=?1 AND (until_us IS NULL OR until_us > ?2)",
                         &st, NULL) < 0)
                return NULL;
        stmt_bind_text(st, 1, key);
        stmt_bind_int(st, 2, e->env->now_us);
        if (stmt_step(st, NULL) != 1)
                return NULL;
        if (stmt_is_null(st, 0))
                return arena_strdup(e->arena, stmt_text(st, 1));
        time_t until = (time_t)(stmt_int(st, 0) / 1000000);
        struct tm tm;
        char date[32];
        strftime(date, sizeof date, "%Y-%m-%d", gmtime_r(&until, &tm));
        return arena_printf(e->arena, "%s (until %s)", stmt_text(st, 1), date);
}

static void add_evidence(struct arena *a, struct finding *f, const struct hit *h)
{
        for (size_t i = 0; i < h->n; i++)
                if (!hit_column_is_special(h->names[i]))
                        *vec_push(a, &f->evidence) = (struct evidence){h->names[i], h->texts[i] ? h->texts[i] : "unknown"};
}

/* Facts name files relative to their root; people want a path that they can open: relative to where they are, or absolute. */
static const char *shown_path(struct engine *e, const char *file)
{
        const char *const *roots = e->env->roots ? e->env->roots : e->env->config->source_roots;
        if (!file || file[0] == '/')
                return file;
        for (; *roots; roots++) {
                const char *path = fs_join(e->arena, *roots, file);
                if (!fs_exists(path) && !strcmp(fs_basename(*roots), file))
                        path = *roots;
                if (!fs_exists(path))
                        continue;
                size_t n = e->env->cwd ? strlen(e->env->cwd) : 0;
                return n > 1 && !strncmp(path, e->env->cwd, n) && path[n] == '/' ? path + n + 1 : path;
        }
        return file;
}

static void keep(struct engine *e, const struct rule *rule, const struct hit *h, int nth)
{
        struct finding f = {
                .key = key_of(e, rule, h, nth),
                .rule = rule->id,
                .kind = rule->kind,
                .title = rule->title,
                .severity = rule_severity(rule, e->env->config, h->subject, h->severity),
                .subject = h->subject,
                .message = rule_message(e->arena, rule, h),
                .file = shown_path(e, h->file),
                .line = h->line,
                .col = h->col,
                .why = rule->why,
                .fix = rule->fix,
                .source = rule->source,
        };
        f.acknowledged = acknowledgement(e, f.key);
        add_evidence(e->arena, &f, h);
        *vec_push(e->arena, &e->fired) = (struct fired){f, rule, *h};
}

static void note(struct engine *e, const char *label, const char *value)
{
        *vec_push(e->arena, &e->out->notes) = (struct evidence){label, value};
}

static void keep_hits(struct engine *e, const struct rule *rule, const struct hits *hits, struct rule_outcome *o)
{
        int ignored = 0, suppressed = 0, nth = 0;
        for (size_t i = 0; i < hits->list.len; i++) {
                const struct hit *h = &hits->list.items[i];
                nth = i && is_same_thing(h, h - 1) ? nth + 1 : 1;
                if (rule_is_ignored(rule, e->env->config, h->subject)) {
                        ignored++;
                } else if (is_suppressed(e->suppressions, rule->id, h->file, h->line)) {
                        suppressed++;
                } else {
                        keep(e, rule, h, nth);
                        o->fired++;
                }
        }
        if (ignored)
                o->reason = arena_printf(e->arena, "%d ignored by perfadvise.yaml", ignored);
        if (suppressed)
                o->reason = arena_printf(e->arena, "%s%s%d suppressed in the source", o->reason ? o->reason : "", ignored ? ", " : "", suppressed);
        if (hits->truncated) {
                o->reason = arena_printf(e->arena, "only the first %d rows were judged", RULE_ROWS_MAX);
                note(e, rule->id, o->reason);
        }
        o->status = o->fired ? "fired" : ignored && !suppressed ? "ignored" : "silent";
}

/* Patterns are matched by the source probe, which leaves what it found in code_finding. */
static const struct rule *with_select(struct engine *e, const struct rule *rule)
{
        if (rule->select)
                return rule;
        struct rule *r = arena_new_of(e->arena, struct rule);
        *r = *rule;
        r->select = arena_printf(e->arena,
                                 "SELECT coalesce(module || ':' || nullif(qualname, ''), module, path) AS subject, snippet_hash AS discriminator, "
                                 "path AS file, line, col, snippet FROM fact_code_finding WHERE rule = '%s'",
                                 rule->id);
        return r;
}

static int run_rule(struct engine *e, const struct rule *rule)
{
        struct rule_outcome *o = vec_push(e->arena, &e->out->outcomes);
        *o = (struct rule_outcome){.rule = rule->id, .status = "ignored"};
        if (rule_is_ignored(rule, e->env->config, NULL)) {
                o->reason = "ignored by perfadvise.yaml";
                return 0;
        }
        o->reason = needs_missing(e->needs, rule);
        o->status = "unknown";
        if (o->reason)
                return 0;
        o->reason = needs_partly(e->needs, rule);
        struct hits hits;
        int r = db_fence(e->db, RULE_STEPS_MAX, e->err);
        if (r == 0)
                r = rule_hits(e->arena, with_select(e, rule), e->env->config, e->db, &hits, e->err);
        db_fence(e->db, 0, NULL);
        if (r == -ERR_UNKNOWN) {
                o->reason = arena_strdup(e->arena, e->err->msg);
                *e->err = (struct err){0};
                return 0;
        }
        if (r == 0)
                keep_hits(e, rule, &hits, o);
        return r;
}

static bool is_code_rule(const struct rule *rule)
{
        for (size_t i = 0; i < rule->needs.len; i++)
                if (!str_starts(rule->needs.items[i], "code_") && !str_starts(rule->needs.items[i], "fact_code"))
                        return false;
        return rule->needs.len || rule->pattern;
}

/* ── Order and advice ───────────────────────────────────────────────────────────────────────────────────────────── */

static int compare_fired(const void *x, const void *y)
{
        const struct finding *a = &((const struct fired *)x)->finding, *b = &((const struct fired *)y)->finding;
        int c = (int)b->severity - (int)a->severity;
        c = c ? c : strcmp(a->rule, b->rule);
        c = c ? c : strcmp(a->subject, b->subject);
        c = c ? c : (a->line > b->line) - (a->line < b->line);
        return c ? c : strcmp(a->key, b->key);
}

static struct advise_in rows_for(struct engine *e, const struct model *model)
{
        struct advise_in in = {.arena = e->arena,
                               .facts = e->env->facts,
                               .store = e->env->store,
                               .oracle = e->env->oracle,
                               .progress = e->env->progress,
                               .progress_arg = e->env->progress_arg};
        struct rule_row *rows = arena_alloc(e->arena, (e->fired.len + 1) * sizeof *rows);
        for (size_t i = 0; i < e->fired.len; i++) {
                const struct fired *f = &e->fired.items[i];
                if (!f->rule->advise || strcmp(f->rule->advise, model->name) || f->finding.acknowledged)
                        continue;
                in.rule = in.rule ? in.rule : f->rule->id;
                rows[in.n++] = (struct rule_row){&e->out->findings.items[i], f->hit.n, f->hit.names, f->hit.texts, f->hit.numbers};
        }
        in.rows = rows;
        return in;
}

static int ask_model(struct engine *e, const struct model *model)
{
        struct advise_in in = rows_for(e, model);
        struct advise_out advice = {0};
        if (!in.n || !model->advise)
                return 0;
        int r = model->advise(&in, &advice, e->err);
        if (r == -ERR_UNKNOWN) {
                note(e, model->name, arena_strdup(e->arena, e->err->msg));
                *e->err = (struct err){0};
                r = 0;
        }
        if (r < 0)
                return r;
        for (size_t i = 0; i < advice.recommendations.len; i++)
                *vec_push(e->arena, &e->out->recommendations) = advice.recommendations.items[i];
        for (size_t i = 0; i < advice.unknown.len; i++)
                note(e, advice.unknown.items[i].label, advice.unknown.items[i].value);
        return 0;
}

static void note_absent_models(struct engine *e)
{
        for (size_t i = 0; i < e->fired.len; i++) {
                const struct rule *rule = e->fired.items[i].rule;
                if (rule->advise && !model_by_name(rule->advise) && (!i || e->fired.items[i - 1].rule != rule))
                        note(e, rule->id, arena_printf(e->arena, "no advice: this build has no model '%s'", rule->advise));
        }
}

static int compare_recommendations(const void *x, const void *y)
{
        const struct recommendation *a = x, *b = y;
        if (a->rank != b->rank)
                return a->rank < b->rank ? 1 : -1;
        int c = strcmp(a->rule, b->rule);
        return c ? c : strcmp(a->title, b->title);
}

struct knob {
        const char *knob;
        const struct recommendation *by;
};

static int compare_knobs(const void *x, const void *y)
{
        return strcmp(((const struct knob *)x)->knob, ((const struct knob *)y)->knob);
}

/* The fault is in the models: no change-set may hold two values for one knob. */
int recommendations_check(struct arena *a, const struct recommendation *recs, size_t n, struct err *err)
{
        VEC(struct knob) knobs = {0};
        for (size_t i = 0; i < n; i++)
                for (size_t c = 0; c < recs[i].changes.len; c++)
                        if (recs[i].changes.items[c].knob)
                                *vec_push(a, &knobs) = (struct knob){recs[i].changes.items[c].knob, &recs[i]};
        if (knobs.len)
                qsort(knobs.items, knobs.len, sizeof *knobs.items, compare_knobs);
        for (size_t i = 1; i < knobs.len; i++) {
                const struct knob *one = &knobs.items[i - 1], *two = &knobs.items[i];
                if (strcmp(one->knob, two->knob))
                        continue;
                err_set(err, ERR_REFUSED, "'%s' and '%s' both turn the knob %s", one->by->title, two->by->title, one->knob);
                return err_hint(err, "Ignore one of the rules %s and %s under rules.set.", one->by->rule, two->by->rule);
        }
        return 0;
}

static int advise(struct engine *e)
{
        note_absent_models(e);
        for (const struct model *const *m = model_all; *m; m++) {
                int r = ask_model(e, *m);
                if (r < 0)
                        return r;
        }
        if (e->out->recommendations.len)
                qsort(e->out->recommendations.items, e->out->recommendations.len, sizeof *e->out->recommendations.items, compare_recommendations);
        return recommendations_check(e->arena, e->out->recommendations.items, e->out->recommendations.len, e->err);
}

int rules_run(const struct rules_env *env, struct analysis *out, struct err *err)
{
        struct engine e = {.env = env, .arena = env->arena, .db = store_db(env->store), .out = out, .err = err};
        e.suppressions = suppressions_new(env->arena, env->config->dir, env->roots ? env->roots : env->config->source_roots);
        int r = rule_overrides_check(env->set, env->config, err);
        if (r < 0 || (r = rule_functions_add(e.db, err)) < 0 || (r = needs_load(env->arena, e.db, &e.needs, err)) < 0)
                return r;
        for (size_t i = 0; i < env->set->rules.len; i++) {
                const struct rule *rule = &env->set->rules.items[i];
                if ((env->code_only && !is_code_rule(rule)) || (env->only && strcmp(env->only, rule->id)))
                        continue;
                if ((r = run_rule(&e, rule)) < 0)
                        return r;
        }
        if (e.fired.len)
                qsort(e.fired.items, e.fired.len, sizeof *e.fired.items, compare_fired);
        for (size_t i = 0; i < e.fired.len; i++)
                *vec_push(e.arena, &out->findings) = e.fired.items[i].finding;
        return env->no_advice ? 0 : advise(&e);
}

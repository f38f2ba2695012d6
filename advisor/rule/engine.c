/*
 * From rules to findings to recommendations. Rules run one after the other on the store's connection while it is fenced; what
 * fired becomes findings; then each model is asked once for advice on all rows that name it, because pools (and indexes) share one
 * budget.
 */
#include "rule/engine.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "model/model.h"
#include "rule/needs.h"
#include "rule/paths.h"
#include "rule/place.h"
#include "rule/suppress.h"
#include "rule/unused.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct engine {
        const struct rules_env *env;
        struct arena *arena;
        struct db *db;
        struct needs *needs;
        struct texts *texts;
        struct suppressions *suppressions;
        struct finding_env finding_env;
        VEC(struct fired) fired, quiet;
        struct analysis *out;
        struct err *err;
};

/* ── One rule ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static void note(struct engine *e, const char *label, const char *value)
{
        *vec_push(e->arena, &e->out->notes) = (struct evidence){label, value};
}

/* Who wants not to see it, and why. */
static void judge(struct engine *e, const struct rule *rule, const struct hit *h, struct finding *f)
{
        struct path_verdict path = path_verdict_of(e->env->config, rule, h->file ? texts_get(e->texts, h->file)->real : NULL);
        if (path.severity)
                severity_parse(path.severity, &f->severity);
        const struct suppression *s = suppressed_by(e->suppressions, rule, h->file, h->line);
        if (s && !s->ended) {
                f->quiet = QUIET_SOURCE;
                f->quiet_why = s->reason;
        } else if (path.ignore || rule_is_ignored(rule, e->env->config, h->subject)) {
                f->quiet = QUIET_CONFIG;
                f->quiet_why = path.ignore ? arena_printf(e->arena, "rules.paths: %s", path.glob) : "rules.set";
        } else if (s) {
                f->note = arena_printf(e->arena, "the suppression in line %d ended after %s%s%s", s->line, s->until, s->reason ? ": " : "", s->reason ? s->reason : "");
        }
}

static void keep_hits(struct engine *e, const struct rule *rule, const struct hits *hits, struct rule_outcome *o)
{
        int quiet[QUIET_COUNT] = {0}, nth = 0;
        for (size_t i = 0; i < hits->list.len; i++) {
                const struct hit *h = &hits->list.items[i];
                nth = i && is_same_thing(h, h - 1) ? nth + 1 : 1;
                struct fired f = finding_of(&e->finding_env, rule, h, nth);
                judge(e, rule, h, &f.finding);
                if (!f.finding.quiet && e->env->baseline)
                        baseline_judge(e->arena, e->env->baseline, &f.finding);
                quiet[f.finding.quiet]++;
                if (f.finding.quiet)
                        *vec_push(e->arena, &e->quiet) = f;
                else
                        *vec_push(e->arena, &e->fired) = f;
        }
        o->fired = quiet[QUIET_NO];
        if (quiet[QUIET_CONFIG])
                o->reason = arena_printf(e->arena, "%d ignored by perfadvise.yaml", quiet[QUIET_CONFIG]);
        if (quiet[QUIET_SOURCE])
                o->reason = arena_printf(e->arena, "%s%s%d suppressed in the source", o->reason ? o->reason : "", quiet[QUIET_CONFIG] ? ", " : "", quiet[QUIET_SOURCE]);
        if (quiet[QUIET_BASELINE])
                o->reason = arena_printf(e->arena, "%s%s%d in the baseline", o->reason ? o->reason : "", o->reason ? ", " : "", quiet[QUIET_BASELINE]);
        if (hits->truncated) {
                o->reason = arena_printf(e->arena, "only the first %d rows were judged", RULE_ROWS_MAX);
                note(e, rule->id, o->reason);
        }
        o->status = o->fired ? "fired" : quiet[QUIET_CONFIG] && !quiet[QUIET_SOURCE] ? "ignored" : "silent";
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
                                 "path AS file, line, col, byte_start, byte_end, snippet FROM fact_code_finding WHERE rule = '%s'",
                                 rule->id);
        return r;
}

void rule_describe(const struct rule *rule, struct rule_outcome *o)
{
        o->title = rule->title;
        o->category = rule->category;
        o->kind = rule->kind;
        o->why = rule->why;
        o->fix = rule->fix;
        o->ends = rule->ends;
        o->source = rule->source;
        o->highest = rule->levels.items[rule->levels.len - 1].severity;
}

static int run_rule(struct engine *e, const struct rule *rule)
{
        struct rule_outcome *o = vec_push(e->arena, &e->out->outcomes);
        *o = (struct rule_outcome){.rule = rule->id, .status = "ignored"};
        rule_describe(rule, o);
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
        const char *blind = NULL;
        if (r == 0)
                r = rule_hits(e->arena, with_select(e, rule), e->env->config, e->db, &hits, e->err);
        if (r == 0)
                r = rule_unknown(e->arena, rule, e->env->config, e->db, &blind, e->err);
        db_fence(e->db, 0, NULL);
        if (r == -ERR_UNKNOWN) {
                o->reason = arena_strdup(e->arena, e->err->msg);
                *e->err = (struct err){0};
                return 0;
        }
        if (r < 0)
                return r;
        keep_hits(e, rule, &hits, o);
        bool nothing = blind && !strcmp(o->status, "silent") && !hits.list.len;
        if (nothing)
                o->status = "unknown";
        if (blind)
                o->reason = nothing && !o->reason ? blind : o->reason ? arena_printf(e->arena, "%s; not judged: %s", o->reason, blind) : arena_printf(e->arena, "not judged: %s", blind);
        return 0;
}

static bool is_code_rule(const struct rule *rule)
{
        for (size_t i = 0; i < rule->needs.len; i++)
                if (!str_starts(rule->needs.items[i], "code_") && !str_starts(rule->needs.items[i], "fact_code"))
                        return false;
        return rule->needs.len || rule->pattern;
}

static bool is_asked_for(const struct rules_env *env, const struct rule *rule)
{
        if (env->only)
                return !strcmp(env->only, rule->id);
        for (const char *const *name = env->select; name && *name; name++)
                if (rule_is_called(rule, *name, strlen(*name)))
                        return true;
        return !env->select;
}

/* ERR_USAGE for a name that calls no rule: a typing error must not look like clean code. */
static int check_select(const struct rules_env *env, struct err *err)
{
        for (const char *const *name = env->select; name && *name; name++) {
                bool known = false;
                for (size_t i = 0; i < env->set->rules.len && !known; i++)
                        known = rule_is_called(&env->set->rules.items[i], *name, strlen(*name));
                if (known)
                        continue;
                err_set(err, ERR_USAGE, "--select '%s' names no rule", *name);
                return err_hint(err, "It takes ids, kinds and families like code.*; `perfadvise rules list` shows them.");
        }
        return 0;
}

/* ── Order and advice ───────────────────────────────────────────────────────────────────────────────────────────── */

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

/* Files that could not be read or do not parse: what is not found there proves nothing. */
static int note_unparsed(struct engine *e)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(e->db,
                             "SELECT path, unparsed_line, note FROM fact_code_file WHERE (unparsed_line > 0 OR note IS NOT NULL) "
                             "AND note IS NOT 'a test: not analysed' ORDER BY path",
                             &st, e->err);
        while (r >= 0 && (r = stmt_step(st, e->err)) == 1) {
                const struct text *t = texts_get(e->texts, arena_strdup(e->arena, stmt_text(st, 0)));
                if (e->env->scope && !scope_holds(e->env->scope, t->real, 1, INT_MAX))
                        continue;
                *vec_push(e->arena, &e->out->unparsed) = (struct unparsed){t->shown, (int)stmt_int(st, 1), arena_strdup(e->arena, stmt_text(st, 2))};
        }
        return r;
}

static bool in_scope(struct engine *e, const struct fired *f)
{
        const char *real = f->hit.file ? texts_get(e->texts, f->hit.file)->real : NULL;
        return !e->env->scope || scope_holds(e->env->scope, real, f->finding.line, f->finding.end_line);
}

static struct rule_outcome *outcome_of(struct engine *e, const char *rule)
{
        for (size_t i = 0; i < e->out->outcomes.len; i++)
                if (!strcmp(e->out->outcomes.items[i].rule, rule))
                        return &e->out->outcomes.items[i];
        return NULL;
}

/* Leaves out what stands elsewhere, after all of it was judged: a baseline counts the whole tree. */
static void keep_scope(struct engine *e)
{
        size_t kept = 0, quiet = 0;
        for (size_t i = 0; i < e->fired.len; i++) {
                struct rule_outcome *o = outcome_of(e, e->fired.items[i].rule->id);
                if (in_scope(e, &e->fired.items[i]))
                        e->fired.items[kept++] = e->fired.items[i];
                else if (o && !--o->fired)
                        o->status = "silent";
        }
        for (size_t i = 0; i < e->quiet.len; i++)
                if (in_scope(e, &e->quiet.items[i]))
                        e->quiet.items[quiet++] = e->quiet.items[i];
        if (kept < e->fired.len)
                note(e, "scope", arena_printf(e->arena, "not shown: %zu elsewhere in the tree", e->fired.len - kept));
        e->fired.len = kept;
        e->quiet.len = quiet;
}

static int hand_over(struct engine *e)
{
        const struct placing p = {.arena = e->arena, .db = e->db, .texts = e->texts};
        int r = places_find(&p, e->fired.items, e->fired.len, e->err);
        if (r < 0 || (r = places_find(&p, e->quiet.items, e->quiet.len, e->err)) < 0 || (r = note_unparsed(e)) < 0)
                return r;
        if (e->env->scope)
                keep_scope(e);
        if (e->fired.len)
                qsort(e->fired.items, e->fired.len, sizeof *e->fired.items, fired_compare);
        if (e->quiet.len)
                qsort(e->quiet.items, e->quiet.len, sizeof *e->quiet.items, fired_compare);
        for (size_t i = 0; i < e->fired.len; i++)
                *vec_push(e->arena, &e->out->findings) = e->fired.items[i].finding;
        for (size_t i = 0; i < e->quiet.len; i++)
                *vec_push(e->arena, &e->out->quiet) = e->quiet.items[i].finding;
        const struct unused_env unused = {e->arena, e->db, e->env->set, e->suppressions, e->texts, e->env->scope, e->out};
        if (e->env->baseline)
                baseline_summary(e->arena, e->env->baseline, e->out);
        unused_note_faults(&unused);
        return e->env->unused_ignores ? unused_find(&unused, e->err) : 0;
}

int rules_run(const struct rules_env *env, struct analysis *out, struct err *err)
{
        struct engine e = {.env = env, .arena = env->arena, .db = store_db(env->store), .out = out, .err = err};
        const char *const *roots = env->roots ? env->roots : env->config->source_roots;
        e.texts = env->texts ? env->texts : texts_new(env->arena, env->config->dir, roots, env->cwd, env->overlay);
        e.suppressions = suppressions_new(env->arena, e.texts, env->now_us);
        e.finding_env = (struct finding_env){.arena = env->arena, .db = e.db, .config = env->config, .now_us = env->now_us};
        int r = check_select(env, err);
        if (r < 0 || (r = rule_overrides_check(env->set, env->config, err)) < 0 || (r = rule_functions_add(e.db, err)) < 0 || (r = needs_load(env->arena, e.db, &e.needs, err)) < 0)
                return r;
        for (size_t i = 0; i < env->set->rules.len; i++) {
                const struct rule *rule = &env->set->rules.items[i];
                if ((env->code_only && !is_code_rule(rule)) || !is_asked_for(env, rule))
                        continue;
                if ((r = run_rule(&e, rule)) < 0)
                        return r;
        }
        if ((r = hand_over(&e)) < 0)
                return r;
        return env->no_advice ? 0 : advise(&e);
}

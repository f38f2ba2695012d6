#include "rule/example.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "rule/engine.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

enum { EXAMPLE_BYTES_MAX = 1 << 20 };

static const char prelude[] =
        "INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES"
        " (1, '00000000-0000-7000-8000-000000000001', 'capture', 1790000000000000, 1790000600000000, 'example', 'ok');"
        "INSERT INTO target (target_id, name, kind, identity) VALUES (1, 'main', 'postgres', '7000000000000000001/16384'),"
        " (2, 'pooler', 'pgbouncer', 'pooler'), (3, 'cache', 'redis', 'cache'), (4, 'fleet', 'supervisor', 'fleet'),"
        " (5, 'host', 'host', 'host'), (6, 'events', 'events', 'events'), (7, 'source', 'source', 'source');";

static const char *example_path(const struct example_env *env, const struct rule *rule, const char *name)
{
        return fs_join(env->arena, fs_join(env->arena, rule->dir, "examples"), name);
}

static int load_facts(const struct example_env *env, const struct rule *rule, const char *name, struct store *store, struct err *err)
{
        char *sql;
        size_t len;
        const char *path = example_path(env, rule, name);
        int r = fs_read(env->arena, path, EXAMPLE_BYTES_MAX, &sql, &len, err);
        if (r == 0 && (r = db_exec(store_db(store), sql, err)) < 0) {
                char why[512];
                snprintf(why, sizeof why, "%.500s", err->msg);
                r = err_at(err, ERR_CONFIG, path, 0, 0, "%s", why);
        }
        return r;
}

static int state_needs(const struct rule *rule, struct store *store, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(store),
                             "INSERT INTO fact_state (run_id, target_id, fact, status) SELECT 1, 1, ?1, 'ok' "
                             "WHERE NOT EXISTS (SELECT 1 FROM fact_state WHERE replace(fact, 'fact_', '') = replace(?1, 'fact_', ''))",
                             &st, err);
        for (size_t i = 0; r >= 0 && i < rule->needs.len; i++) {
                stmt_bind_text(st, 1, rule->needs.items[i]);
                r = stmt_step(st, err);
        }
        return r;
}

static int fill(const struct example_env *env, const struct rule *rule, const struct rule_example *x, struct store *store, struct err *err)
{
        int r = db_exec(store_db(store), prelude, err);
        for (size_t i = 0; r == 0 && i < x->facts.len; i++)
                r = load_facts(env, rule, x->facts.items[i], store, err);
        if (r == 0 && x->source) {
                if (!env->analyse_source)
                        return err_set(err, ERR_UNKNOWN, "this build has no source probe");
                r = env->analyse_source(env->arg, store, EXAMPLE_RUN, EXAMPLE_SOURCE_TARGET, example_path(env, rule, x->source), err);
        }
        if (r == 0)
                r = state_needs(rule, store, err);
        return r < 0 ? r : store_window(store, (const int64_t[]){EXAMPLE_RUN}, 1, err);
}

static const char *name_of(struct arena *a, const struct rule_example *x)
{
        const char *name = x->source ? x->source : x->facts.items[0];
        for (size_t i = x->source ? 0 : 1; i < x->facts.len; i++)
                name = arena_printf(a, "%s+%s", name, x->facts.items[i]);
        return name;
}

static const struct finding *take_finding(const struct analysis *got, bool *taken, const struct rule_expectation *want)
{
        for (size_t i = 0; i < got->findings.len; i++) {
                const struct finding *f = &got->findings.items[i];
                if (taken[i] || strcmp(f->subject, want->subject) || (want->severity >= 0 && (int)f->severity != want->severity))
                        continue;
                taken[i] = true;
                return f;
        }
        return NULL;
}

static const char *describe(struct arena *a, const struct analysis *got)
{
        CLEANUP(str_release) struct str s = {0};
        for (size_t i = 0; i < got->findings.len; i++)
                str_printf(&s, "%s%s %s", i ? ", " : "", severity_names[got->findings.items[i].severity], got->findings.items[i].subject);
        if (!got->findings.len)
                str_add(&s, "nothing");
        if (got->outcomes.len && got->outcomes.items[0].reason)
                str_printf(&s, " (%s)", got->outcomes.items[0].reason);
        return arena_strdup(a, str_text(&s));
}

/* It must say that it does not know, and why. */
static const char *compare_unknown(struct arena *a, const struct rule_example *x, const struct analysis *got)
{
        const struct rule_outcome *o = got->outcomes.len ? &got->outcomes.items[0] : NULL;
        if (!o || !o->reason || !strstr(o->reason, x->unknown))
                return arena_printf(a, "expected a reason with '%s', got %s", x->unknown, describe(a, got));
        return !got->findings.len && strcmp(o->status, "unknown") ? arena_printf(a, "expected unknown, got %s", o->status) : NULL;
}

/* The first value that is offered for a subject. */
static const char *offer_for(const struct analysis *got, const char *subject)
{
        for (size_t i = 0; i < got->recommendations.len; i++) {
                const struct recommendation *r = &got->recommendations.items[i];
                if (!strcmp(r->subject, subject) && r->changes.len && r->changes.items[0].after)
                        return r->changes.items[0].after;
        }
        return "nothing";
}

static const char *compare_advises(struct arena *a, const struct rule_example *x, const struct analysis *got)
{
        for (size_t i = 0; i < x->advises.len; i++) {
                const struct evidence *want = &x->advises.items[i];
                const char *offer = offer_for(got, want->label);
                if (strcmp(offer, want->value))
                        return arena_printf(a, "expected advice of %s for %s, got %s", want->value, want->label, offer);
        }
        return NULL;
}

static const char *compare(struct arena *a, const struct rule_example *x, const struct analysis *got)
{
        const char *unknown = x->unknown ? compare_unknown(a, x, got) : NULL;
        const char *advises = unknown ? unknown : compare_advises(a, x, got);
        if (advises)
                return advises;
        if (x->count >= 0)
                return (size_t)x->count == got->findings.len
                               ? NULL
                               : arena_printf(a, "expected %lld findings, got %s", (long long)x->count, describe(a, got));
        bool *taken = arena_alloc(a, got->findings.len + 1);
        for (size_t i = 0; i < x->expect.len; i++)
                if (!take_finding(got, taken, &x->expect.items[i]))
                        return arena_printf(a, "expected %s, got %s", x->expect.items[i].subject, describe(a, got));
        return x->expect.len == got->findings.len ? NULL : arena_printf(a, "expected %zu findings, got %s", x->expect.len, describe(a, got));
}

int rule_example_run(const struct example_env *env, const struct rule *rule, const struct rule_example *x,
                     struct example_result *ret_result, struct err *err)
{
        CLEANUP(store_close) struct store *store = NULL;
        int r = store_open(NULL, STORE_MEMORY, &store, err);
        if (r < 0 || (r = fill(env, rule, x, store, err)) < 0)
                return r;
        struct oracle none = {.kind = "none", .unavailable = "examples have no planner"};
        struct facts facts = {.arena = env->arena, .config = env->config};
        struct rules_env rules = {.arena = env->arena, .set = env->set, .store = store, .config = env->config, .facts = &facts,
                                  .oracle = &none, .now_us = EXAMPLE_END_US, .only = rule->id, .no_advice = !x->advises.len};
        struct analysis got = {.run = EXAMPLE_RUN};
        if ((r = rules_run(&rules, &got, err)) < 0)
                return r;
        *ret_result = (struct example_result){.name = name_of(env->arena, x), .why = compare(env->arena, x, &got), .silent = !got.findings.len};
        for (size_t i = 0; i < got.findings.len; i++)
                ret_result->severities |= 1u << got.findings.items[i].severity;
        return 0;
}

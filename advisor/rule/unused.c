#include "rule/unused.h"
#include "base/cleanup.h"

#include <string.h>

static const char rule_id[] = "suppress.unused";

static const struct rule_outcome words = {
        .rule = rule_id,
        .status = "fired",
        .title = "a suppression takes nothing back",
        .category = "suppress",
        .kind = "unused-suppression",
        .why = "a comment that has lost its finding hides the next one",
        .fix = "remove the comment",
        .source = "perfadvise-rules(5)",
        .highest = SEVERITY_INFO,
};

void unused_note_faults(const struct unused_env *env)
{
        const char *file;
        for (size_t i = 0; (file = suppressions_file(env->suppressions, i)); i++) {
                struct suppression *list;
                size_t n = suppressions_of(env->suppressions, file, &list);
                for (size_t k = 0; k < n; k++)
                        if (list[k].fault)
                                *vec_push(env->arena, &env->out->notes) = (struct evidence){
                                        "suppression", arena_printf(env->arena, "%s:%d suppresses nothing: %s", texts_get(env->texts, file)->shown, list[k].line, list[k].fault)};
        }
}

/* Silent and fired rules were judged; one that is not in this analysis was not. */
static bool was_judged(const struct analysis *a, const char *rule)
{
        for (size_t i = 0; i < a->outcomes.len; i++)
                if (!strcmp(a->outcomes.items[i].rule, rule))
                        return strcmp(a->outcomes.items[i].status, "unknown") != 0;
        return false;
}

/* NULL: it may be needed. */
static const char *why_unused(const struct unused_env *env, const struct suppression *x)
{
        const char *at = x->names, *name;
        size_t len;
        if (x->fault)
                return x->fault;
        if (x->used)
                return NULL;
        while (suppression_next_name(&at, &name, &len)) {
                bool known = false;
                for (size_t i = 0; i < env->set->rules.len; i++) {
                        const struct rule *rule = &env->set->rules.items[i];
                        if (!rule_is_called(rule, name, len))
                                continue;
                        known = true;
                        if (!was_judged(env->out, rule->id))
                                return NULL;
                }
                if (!known)
                        return arena_printf(env->arena, "no rule is called '%.*s'", (int)len, name);
        }
        return "nothing is found here";
}

static void add(const struct unused_env *env, const char *file, const struct suppression *x, const char *why)
{
        const struct text *t = texts_get(env->texts, file);
        struct finding f = {.rule = rule_id, .kind = words.kind, .title = words.title, .severity = SEVERITY_INFO, .subject = file, .file = t->shown,
                            .line = x->line, .col = 1, .why = words.why, .fix = words.fix, .source = words.source};
        f.message = arena_printf(env->arena, "ignore[%s]: %s", x->names, why);
        f.first_line = f.last_line = text_line(env->arena, t, x->line);
        f.end_line = x->line;
        f.end_col = f.first_line ? (int)strlen(f.first_line) + 1 : 1;
        int nth = 1;
        for (size_t i = 0; i < env->out->findings.len; i++) {
                const struct finding *other = &env->out->findings.items[i];
                nth += other->rule == rule_id && !strcmp(other->subject, file) && !strcmp(other->message, f.message);
        }
        f.group = finding_key(env->arena, rule_id, file, x->names);
        f.key = nth > 1 ? finding_key(env->arena, rule_id, file, arena_printf(env->arena, "%s#%d", x->names, nth)) : f.group;
        *vec_push(env->arena, &env->out->findings) = f;
}

int unused_find(const struct unused_env *env, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(env->db, "SELECT path FROM fact_code_file ORDER BY path", &st, err), fired = 0;
        while (r >= 0 && (r = stmt_step(st, err)) == 1) {
                struct suppression *list;
                const char *file = arena_strdup(env->arena, stmt_text(st, 0));
                size_t n = suppressions_of(env->suppressions, file, &list);
                for (size_t i = 0; i < n; i++) {
                        const char *why = why_unused(env, &list[i]);
                        if (why && (!env->scope || scope_holds(env->scope, texts_get(env->texts, file)->real, list[i].line, list[i].line)))
                                add(env, file, &list[i], why), fired++;
                }
        }
        if (r < 0)
                return r;
        struct rule_outcome *o = vec_push(env->arena, &env->out->outcomes);
        *o = words;
        o->fired = fired;
        o->status = fired ? "fired" : "silent";
        return 0;
}

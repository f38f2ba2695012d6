#include "rule/finding.h"
#include "base/cleanup.h"
#include "base/str.h"

#include <string.h>
#include <time.h>

/* Names of targets may change, their identity does not. */
static const char *target_identity(const struct finding_env *e, const char *name)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (stmt_prepare(e->db, "SELECT identity FROM target WHERE name=? AND identity IS NOT NULL ORDER BY target_id LIMIT 1", &st, NULL) < 0)
                return name;
        stmt_bind_text(st, 1, name);
        return stmt_step(st, NULL) == 1 ? arena_strdup(e->arena, stmt_text(st, 0)) : name;
}

static const char *subject_identity(const struct finding_env *e, const struct hit *h)
{
        const char *subject = h->identity ? h->identity : h->subject;
        return h->target ? arena_printf(e->arena, "%s/%s", target_identity(e, h->target), subject) : subject;
}

static const char *key_of(const struct finding_env *e, const struct rule *rule, const struct hit *h, int nth)
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

bool is_same_thing(const struct hit *a, const struct hit *b)
{
        return same_text(a->target, b->target) && same_text(a->subject, b->subject) && same_text(a->discriminator, b->discriminator);
}

static const char *acknowledgement(const struct finding_env *e, const char *key)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (stmt_prepare(e->db, "SELECT until_us, coalesce(reason, 'acknowledged') FROM acknowledged WHERE key=?1 AND (until_us IS NULL OR until_us > ?2)",
                         &st, NULL) < 0)
                return NULL;
        stmt_bind_text(st, 1, key);
        stmt_bind_int(st, 2, e->now_us);
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

struct fired finding_of(const struct finding_env *e, const struct rule *rule, const struct hit *h, int nth)
{
        struct finding f = {
                .key = key_of(e, rule, h, nth),
                .group = key_of(e, rule, h, 1),
                .rule = rule->id,
                .kind = rule->kind,
                .title = rule->title,
                .severity = rule_severity(rule, e->config, h->subject, h->severity),
                .subject = h->subject,
                .message = rule_message(e->arena, rule, h),
                .file = h->file,
                .line = h->line,
                .col = h->col,
                .why = rule->why,
                .fix = rule->fix,
                .source = rule->source,
        };
        f.acknowledged = acknowledgement(e, f.key);
        add_evidence(e->arena, &f, h);
        return (struct fired){f, rule, *h};
}

int fired_compare(const void *x, const void *y)
{
        const struct finding *a = &((const struct fired *)x)->finding, *b = &((const struct fired *)y)->finding;
        int c = (int)b->severity - (int)a->severity;
        c = c ? c : (a->cost_frac < b->cost_frac) - (a->cost_frac > b->cost_frac);
        c = c ? c : strcmp(a->rule, b->rule);
        c = c ? c : strcmp(a->subject, b->subject);
        c = c ? c : (a->line > b->line) - (a->line < b->line);
        return c ? c : strcmp(a->key, b->key);
}

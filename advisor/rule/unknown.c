/*
 * What a rule says it cannot judge: its `unknown` select, over the same facts, at the thresholds of its lowest level. A rule that
 * skips what it does not know is silent for a reason; the reason is shown where its silence would look like health.
 */
#include "base/cleanup.h"
#include "base/str.h"
#include "rule/hit.h"

#include <stdio.h>
#include <string.h>

static int column_of(struct stmt *st, const char *name)
{
        for (int i = 0; i < stmt_columns(st); i++)
                if (!strcmp(stmt_column_name(st, i), name))
                        return i;
        return -1;
}

static int bad(const struct rule *rule, struct err *err, const char *why)
{
        char text[512];
        snprintf(text, sizeof text, "%.500s", str_starts(why, "history: ") ? why + 9 : why); /* why may be err->msg */
        return err_at(err, ERR_CONFIG, rule->file, rule->line, 0, "rule '%s': unknown: %s", rule->id, text);
}

static void add_reason(struct str *s, const char *target, const char *reason)
{
        if (s->len)
                str_add(s, "; ");
        if (target)
                str_printf(s, "%s: ", target);
        str_add(s, reason);
}

int rule_unknown(struct arena *a, const struct rule *rule, const struct config *config, struct db *db, const char **ret_why, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        CLEANUP(str_release) struct str s = {0};
        *ret_why = NULL;
        if (!rule->unknown)
                return 0;
        if (stmt_prepare(db, rule->unknown, &st, err) < 0)
                return bad(rule, err, err->msg);
        int reason = column_of(st, "reason"), target = column_of(st, "target");
        if (reason < 0)
                return bad(rule, err, "the select has no column 'reason'");
        int r = hit_bind(a, rule, st, rule_bindings(a, rule, &rule->levels.items[0], config, NULL), err);
        for (int n = 0; r == 0 && (r = stmt_step(st, err)) == 1 && n < 8; n++, r = 0)
                add_reason(&s, target >= 0 ? stmt_text(st, target) : NULL, stmt_text(st, reason));
        if (r < 0)
                return r;
        *ret_why = s.len ? arena_strdup(a, str_text(&s)) : NULL;
        return 0;
}

/* Running a rule's select at each of its levels, and keeping for each subject the highest level that returned it. */
#include "rule/hit.h"
#include "base/cleanup.h"
#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GLOBS_MAX = 32 };

struct runner {
        struct arena *arena;
        const struct rule *rule;
        const struct config *config;
        struct stmt *stmt;
        const char *const *names;
        size_t columns;
        const char *globs[GLOBS_MAX];
        size_t glob_count;
        struct hits *hits;
        struct err *err;
};

bool hit_column_is_special(const char *name)
{
        static const char *const special[] = {"subject", "discriminator", "identity", "target", "file", "line", "col",
                                              "byte_start", "byte_end", "trail", "severity", "fix_call", "fix_arguments", "fix_drop", "fix_piped", "fix_unknown",
                                              "set_kind", "set_object", "set_name", "set_before", "set_value", "set_cost", "set_risk", NULL};
        for (const char *const *s = special; *s; s++)
                if (!strcmp(*s, name))
                        return true;
        return false;
}

static int bad(const struct rule *rule, struct err *err, const char *why)
{
        char text[512];
        snprintf(text, sizeof text, "%s", why); /* why may be err->msg */
        err_at(err, ERR_CONFIG, rule->file, rule->select_line, 0, "rule '%s': %s", rule->id, text);
        return err_hint(err, "Rules read fact views (perfadvise-history(5)) by one SELECT, and nothing else.");
}

static int read_columns(struct runner *r)
{
        int n = stmt_columns(r->stmt);
        if (n > RULE_COLUMNS_MAX)
                return bad(r->rule, r->err, "more than 64 columns");
        const char **names = arena_alloc(r->arena, (size_t)n * sizeof *names);
        bool subject = false;
        for (int i = 0; i < n; i++) {
                names[i] = arena_strdup(r->arena, stmt_column_name(r->stmt, i));
                subject |= !strcmp(names[i], "subject");
        }
        if (!subject)
                return bad(r->rule, r->err, "the select has no column 'subject'");
        r->names = names;
        r->columns = (size_t)n;
        return rule_message_check(r->rule, names, r->columns, r->err);
}

int hit_bind(struct arena *a, const struct rule *rule, struct stmt *stmt, const struct rule_params *params, struct err *err)
{
        for (int i = 1; i <= stmt_param_count(stmt); i++) {
                const char *name = stmt_param_name(stmt, i);
                const struct rule_param *p = name && name[0] == ':' ? rule_param_get(params, name + 1) : NULL;
                if (!p)
                        return bad(rule, err, arena_printf(a, "parameter '%s' has no value at every level", name ? name : "?"));
                if (isnan(p->number))
                        stmt_bind_text(stmt, i, p->text);
                else if (p->number == floor(p->number) && fabs(p->number) < 1e15)
                        stmt_bind_int(stmt, i, (int64_t)p->number);
                else
                        stmt_bind_real(stmt, i, p->number);
        }
        return 0;
}

static void set_special(struct hit *h, const char *name, const char *text, double number)
{
        if (!strcmp(name, "subject"))
                h->subject = text ? text : "unknown";
        else if (!strcmp(name, "discriminator"))
                h->discriminator = text;
        else if (!strcmp(name, "identity"))
                h->identity = text;
        else if (!strcmp(name, "target"))
                h->target = text;
        else if (!strcmp(name, "file"))
                h->file = text;
        else if (!strcmp(name, "line"))
                h->line = isnan(number) ? 0 : (int)number;
        else if (!strcmp(name, "col"))
                h->col = isnan(number) ? 0 : (int)number;
        else if (!strcmp(name, "byte_start"))
                h->byte_start = isnan(number) ? 0 : (int64_t)number;
        else if (!strcmp(name, "byte_end"))
                h->byte_end = isnan(number) ? 0 : (int64_t)number;
        else if (!strcmp(name, "trail"))
                h->trail = text;
        else if (!strcmp(name, "severity") && text)
                severity_parse(text, &h->severity);
}

static struct hit read_row(struct runner *r, enum severity level, const struct rule_params *params)
{
        const char **texts = arena_alloc(r->arena, r->columns * sizeof *texts);
        double *numbers = arena_alloc(r->arena, r->columns * sizeof *numbers);
        struct hit h = {.severity = level, .n = r->columns, .names = r->names, .texts = texts, .numbers = numbers, .params = params};
        for (size_t i = 0; i < r->columns; i++) {
                bool number = stmt_is_number(r->stmt, (int)i);
                numbers[i] = number ? stmt_real(r->stmt, (int)i) : NAN;
                texts[i] = arena_strdup(r->arena, stmt_text(r->stmt, (int)i));
                set_special(&h, r->names[i], texts[i], numbers[i]);
        }
        return h;
}

static int compare_texts(const char *a, const char *b)
{
        return strcmp(a ? a : "", b ? b : "");
}

static int compare_hits(const void *x, const void *y)
{
        const struct hit *a = x, *b = y;
        int c = compare_texts(a->target, b->target);
        c = c ? c : compare_texts(a->subject, b->subject);
        c = c ? c : compare_texts(a->discriminator, b->discriminator);
        c = c ? c : compare_texts(a->file, b->file);
        c = c ? c : (a->line > b->line) - (a->line < b->line);
        return c ? c : (a->col > b->col) - (a->col < b->col);
}

/* The rows of one level for one glob. Where a lower level returned the subject already, the higher one takes its place. */
static int run_level(struct runner *r, const struct rule_level *level, size_t glob)
{
        const struct rule_params *params = rule_bindings(r->arena, r->rule, level, r->config, r->globs[glob]);
        size_t before = r->hits->list.len, rows = 0;
        if (before)
                qsort(r->hits->list.items, before, sizeof *r->hits->list.items, compare_hits);
        int step = hit_bind(r->arena, r->rule, r->stmt, params, r->err);
        while (step == 0 && (step = stmt_step(r->stmt, r->err)) == 1) {
                step = 0;
                if (++rows > RULE_ROWS_MAX) {
                        r->hits->truncated = true;
                        stmt_reset(r->stmt);
                        return 0;
                }
                struct hit h = read_row(r, level->severity, params);
                if (rule_glob_of(r->globs, r->glob_count, h.subject) != glob)
                        continue;
                struct hit *same = before ? bsearch(&h, r->hits->list.items, before, sizeof h, compare_hits) : NULL;
                *(same ? same : vec_push(r->arena, &r->hits->list)) = h;
        }
        return step;
}

static bool same_params(const struct rule_params *a, const struct rule_params *b)
{
        for (size_t i = 0; i < a->list.len && i < b->list.len; i++)
                if (strcmp(a->list.items[i].name, b->list.items[i].name) || strcmp(a->list.items[i].text, b->list.items[i].text))
                        return false;
        return a->list.len == b->list.len;
}

/* The next level returns the same rows, which would take the place of those of this one. */
static bool is_repeated(struct runner *r, size_t level)
{
        if (level + 1 == r->rule->levels.len || !stmt_param_count(r->stmt))
                return level + 1 < r->rule->levels.len;
        const struct rule_level *low = &r->rule->levels.items[level], *high = low + 1;
        for (size_t g = 0; g < r->glob_count; g++)
                if (!same_params(rule_bindings(r->arena, r->rule, low, r->config, r->globs[g]), rule_bindings(r->arena, r->rule, high, r->config, r->globs[g])))
                        return false;
        return true;
}

static int run_levels(struct runner *r)
{
        for (size_t l = 0; l < r->rule->levels.len; l++)
                for (size_t g = 0; g < r->glob_count && !is_repeated(r, l); g++) {
                        int step = run_level(r, &r->rule->levels.items[l], g);
                        if (step < 0)
                                return step;
                }
        return 0;
}

/* What SQLite says after a failed step, as an outcome of the rule rather than of the program. */
static int stopped(const struct rule *rule, struct err *err)
{
        char why[512];
        snprintf(why, sizeof why, "%.500s", err->msg);
        return err_at(err, ERR_UNKNOWN, rule->file, rule->select_line, 0, "%s", str_starts(why, "history: ") ? why + 9 : why);
}

int rule_hits(struct arena *a, const struct rule *rule, const struct config *config, struct db *db, struct hits *ret_hits,
              struct err *err)
{
        CLEANUP(stmt_free) struct stmt *stmt = NULL;
        struct err why = {0};
        struct hits hits = {0};
        if (stmt_prepare(db, rule->select, &stmt, &why) < 0)
                return bad(rule, err, str_starts(why.msg, "history: ") ? why.msg + 9 : why.msg);
        struct runner r = {.arena = a, .rule = rule, .config = config, .stmt = stmt, .hits = &hits, .err = err};
        r.glob_count = rule_globs(rule, config, r.globs, GLOBS_MAX);
        int e = read_columns(&r);
        if (e < 0)
                return e;
        if ((e = run_levels(&r)) < 0)
                return err->file[0] ? e : stopped(rule, err);
        if (hits.list.len)
                qsort(hits.list.items, hits.list.len, sizeof *hits.list.items, compare_hits);
        *ret_hits = hits;
        return 0;
}

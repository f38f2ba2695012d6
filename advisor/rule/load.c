/*
 * The families of rules in YAML -> struct ruleset. Every key is a row below; what is not a row is an error with its line. Nothing here looks at
 * the history: whether the SQL prepares is seen when a rule runs.
 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/num.h"
#include "lib/yaml.h"
#include "rule/rule.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct loader {
        struct arena *arena;
        const char *file, *dir;
        struct rule *rule;
        struct err *err;
};

static int bad(struct loader *l, const struct yaml *y, const char *what)
{
        if (!l->rule || !l->rule->id)
                return err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "%s", what);
        return err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "rule '%s': %s", l->rule->id, what);
}

static int load_text(struct loader *l, const struct yaml *y, size_t max, const char **ret)
{
        if (y->type != YAML_TEXT)
                return bad(l, y, arena_printf(l->arena, "'%s' must be text", y->key ? y->key : "an item"));
        if (!*y->text || strlen(y->text) > max)
                return bad(l, y, arena_printf(l->arena, "'%s' must have 1 to %zu bytes", y->key ? y->key : "an item", max));
        char *text = arena_strdup(l->arena, y->text);
        for (size_t n = strlen(text); n && isspace((unsigned char)text[n - 1]); n--)
                text[n - 1] = '\0';
        *ret = text;
        return 0;
}

static bool valid_id(const char *id)
{
        size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_.");
        return n == strlen(id) && n <= 64 && islower((unsigned char)id[0]) && strchr(id, '.') && !strstr(id, "..") && id[n - 1] != '.';
}

static bool valid_name(const char *name)
{
        size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
        return n == strlen(name) && n && n <= 48 && !isdigit((unsigned char)name[0]);
}

int severity_parse(const char *name, enum severity *ret_severity)
{
        for (int s = 0; s < SEVERITY_COUNT; s++)
                if (!strcmp(name, severity_names[s])) {
                        *ret_severity = s;
                        return 0;
                }
        return -1;
}

const struct rule_param *rule_param_get(const struct rule_params *params, const char *name)
{
        for (size_t i = 0; i < params->list.len; i++)
                if (!strcmp(params->list.items[i].name, name))
                        return &params->list.items[i];
        return NULL;
}

void rule_param_set(struct arena *a, struct rule_params *params, const char *name, const char *text)
{
        struct rule_param *p = (struct rule_param *)rule_param_get(params, name);
        if (!p)
                p = vec_push(a, &params->list);
        *p = (struct rule_param){.name = name, .text = text, .number = NAN};
        double v;
        if (num_parse_real(text, &v, NULL) == 0)
                p->number = v;
}

static int load_params(struct loader *l, const struct yaml *y, struct rule_params *params)
{
        if (y->type == YAML_NULL_)
                return 0;
        if (y->type != YAML_MAP)
                return bad(l, y, "parameters must be a map of names to values");
        if (y->len > RULE_PARAMS_MAX)
                return bad(l, y, "more than 32 parameters");
        for (size_t i = 0; i < y->len; i++) {
                const char *text;
                if (!valid_name(y->items[i]->key))
                        return bad(l, y->items[i], arena_printf(l->arena, "'%s' cannot be the name of a parameter", y->items[i]->key));
                int r = load_text(l, y->items[i], RULE_TEXT_MAX, &text);
                if (r < 0)
                        return r;
                rule_param_set(l->arena, params, y->items[i]->key, text);
        }
        return 0;
}

static int compare_levels(const void *a, const void *b)
{
        return (int)((const struct rule_level *)a)->severity - (int)((const struct rule_level *)b)->severity;
}

static int load_id(struct loader *l, const struct yaml *y)
{
        const char *id;
        int r = load_text(l, y, 64, &id);
        if (r == 0 && !valid_id(id))
                r = bad(l, y, arena_printf(l->arena, "'%s' is no rule id: family.name in small letters", id));
        if (r == 0)
                l->rule->id = id;
        return r;
}
static int load_title(struct loader *l, const struct yaml *y)
{
        return load_text(l, y, 200, &l->rule->title);
}
static int load_category(struct loader *l, const struct yaml *y)
{
        return load_text(l, y, 64, &l->rule->category);
}
static int load_kind(struct loader *l, const struct yaml *y)
{
        return load_text(l, y, 64, &l->rule->kind);
}
static int load_message(struct loader *l, const struct yaml *y)
{
        l->rule->message_line = y->line;
        return load_text(l, y, RULE_TEXT_MAX, &l->rule->message);
}
static int load_advise(struct loader *l, const struct yaml *y)
{
        return load_text(l, y, 64, &l->rule->advise);
}
static int load_fix(struct loader *l, const struct yaml *y)
{
        return load_text(l, y, RULE_TEXT_MAX, &l->rule->fix);
}
static int load_ends(struct loader *l, const struct yaml *y)
{
        return load_text(l, y, RULE_WORD_MAX, &l->rule->ends);
}
static int load_why(struct loader *l, const struct yaml *y)
{
        return load_text(l, y, RULE_TEXT_MAX, &l->rule->why);
}
static int load_origin(struct loader *l, const struct yaml *y)
{
        return load_text(l, y, RULE_TEXT_MAX, &l->rule->source);
}
static int load_select(struct loader *l, const struct yaml *y)
{
        l->rule->select_line = y->line;
        return load_text(l, y, RULE_SELECT_MAX, &l->rule->select);
}
static int load_unknown(struct loader *l, const struct yaml *y)
{
        return load_text(l, y, RULE_SELECT_MAX, &l->rule->unknown);
}
static int load_pattern(struct loader *l, const struct yaml *y)
{
        l->rule->select_line = y->line;
        return load_text(l, y, RULE_SELECT_MAX, &l->rule->pattern);
}
static int load_language(struct loader *l, const struct yaml *y)
{
        int r = load_text(l, y, 16, &l->rule->language);
        if (r == 0 && strcmp(l->rule->language, "python") && strcmp(l->rule->language, "yaml") && strcmp(l->rule->language, "toml"))
                r = bad(l, y, "'language' must be python, toml or yaml");
        return r;
}
static int load_rule_params(struct loader *l, const struct yaml *y)
{
        return load_params(l, y, &l->rule->params);
}

static int load_needs(struct loader *l, const struct yaml *y)
{
        if (y->type != YAML_LIST)
                return bad(l, y, "'needs' must be a list of facts");
        for (size_t i = 0; i < y->len; i++) {
                const char *name;
                int r = load_text(l, y->items[i], 64, &name);
                if (r == 0 && !valid_name(name))
                        r = bad(l, y->items[i], arena_printf(l->arena, "'%s' cannot be the name of a fact", name));
                if (r < 0)
                        return r;
                *vec_push(l->arena, &l->rule->needs) = name;
        }
        return 0;
}

static int load_levels(struct loader *l, const struct yaml *y)
{
        if (y->type != YAML_MAP || !y->len)
                return bad(l, y, "'levels' must be a map of info, warning or critical");
        for (size_t i = 0; i < y->len; i++) {
                struct rule_level *level = vec_push(l->arena, &l->rule->levels);
                *level = (struct rule_level){0};
                if (severity_parse(y->items[i]->key, &level->severity) < 0)
                        return bad(l, y->items[i], arena_printf(l->arena, "'%s' is no severity: info, warning or critical", y->items[i]->key));
                int r = load_params(l, y->items[i], &level->params);
                if (r < 0)
                        return r;
        }
        qsort(l->rule->levels.items, l->rule->levels.len, sizeof *l->rule->levels.items, compare_levels);
        return 0;
}

static int load_expected_severity(struct loader *l, const struct yaml *y, int *ret)
{
        enum severity s;
        if (y->type != YAML_TEXT || severity_parse(y->text, &s) < 0)
                return bad(l, y, "an expected severity must be info, warning or critical");
        *ret = (int)s;
        return 0;
}

/* expect: 2, [subject, ...] or { subject: severity, ... } */
static int load_expect(struct loader *l, const struct yaml *y, struct rule_example *x)
{
        if (y->type == YAML_TEXT) {
                if (num_parse_int(y->text, &x->count, NULL) < 0 || x->count < 0)
                        return bad(l, y, "'expect' must be a count, a list of subjects, or a map of subjects to severities");
                return 0;
        }
        x->count = -1;
        for (size_t i = 0; i < y->len; i++) {
                struct rule_expectation *e = vec_push(l->arena, &x->expect);
                *e = (struct rule_expectation){.subject = y->items[i]->key, .severity = -1};
                int r = y->type == YAML_MAP ? load_expected_severity(l, y->items[i], &e->severity)
                                            : load_text(l, y->items[i], RULE_TEXT_MAX, &e->subject);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int load_example_facts(struct loader *l, const struct yaml *y, struct rule_example *x)
{
        size_t n = y->type == YAML_LIST ? y->len : 1;
        for (size_t i = 0; i < n; i++) {
                const char *name;
                int r = load_text(l, y->type == YAML_LIST ? y->items[i] : y, 200, &name);
                if (r < 0)
                        return r;
                *vec_push(l->arena, &x->facts) = name;
        }
        return 0;
}

/* advises: { SUBJECT: VALUE } */
static int load_advises(struct loader *l, const struct yaml *y, struct rule_example *x)
{
        if (y->type != YAML_MAP)
                return bad(l, y, "'advises' must be a map of subjects to values");
        for (size_t i = 0; i < y->len; i++) {
                struct evidence *e = vec_push(l->arena, &x->advises);
                e->label = y->items[i]->key;
                int r = load_text(l, y->items[i], RULE_TEXT_MAX, &e->value);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int load_example(struct loader *l, const struct yaml *y)
{
        struct rule_example *x = vec_push(l->arena, &l->rule->examples);
        *x = (struct rule_example){.line = y->line, .count = -1};
        bool expects = false;
        if (y->type != YAML_MAP)
                return bad(l, y, "an example must be { facts: FILE, expect: [...] } or { source: FILE, expect: N }");
        for (size_t i = 0; i < y->len; i++) {
                const struct yaml *v = y->items[i];
                int r;
                if (!strcmp(v->key, "facts"))
                        r = load_example_facts(l, v, x);
                else if (!strcmp(v->key, "source"))
                        r = load_text(l, v, 200, &x->source);
                else if (!strcmp(v->key, "unknown"))
                        r = load_text(l, v, 200, &x->unknown);
                else if (!strcmp(v->key, "advises"))
                        r = load_advises(l, v, x);
                else if (!strcmp(v->key, "expect"))
                        r = load_expect(l, v, x), expects = true;
                else
                        r = bad(l, v, arena_printf(l->arena, "unknown key '%s' in an example", v->key));
                if (r < 0)
                        return r;
        }
        if (!expects || (!x->facts.len && !x->source))
                return bad(l, y, "an example needs 'expect', and 'facts' or 'source'");
        return 0;
}

static int load_examples(struct loader *l, const struct yaml *y)
{
        if (y->type != YAML_LIST || y->len > RULE_EXAMPLES_MAX)
                return bad(l, y, "'examples' must be a list of at most 64");
        for (size_t i = 0; i < y->len; i++) {
                int r = load_example(l, y->items[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

static const struct key {
        const char *name;
        int (*load)(struct loader *l, const struct yaml *y);
} keys[] = {
        {"id", load_id},           {"title", load_title},     {"category", load_category}, {"kind", load_kind},
        {"needs", load_needs},     {"params", load_rule_params}, {"levels", load_levels},  {"select", load_select},
        {"pattern", load_pattern}, {"language", load_language}, {"message", load_message}, {"advise", load_advise},
        {"fix", load_fix},         {"why", load_why},         {"source", load_origin},     {"examples", load_examples},
        {"unknown", load_unknown}, {"ends", load_ends},
};

static int check_complete(struct loader *l, const struct yaml *y)
{
        struct rule *r = l->rule;
        if (!r->title || !r->message || !r->why || !r->source)
                return bad(l, y, arena_printf(l->arena, "'%s' is missing", !r->title ? "title" : !r->message ? "message" : !r->why ? "why" : "source"));
        if (!r->select == !r->pattern)
                return bad(l, y, "needs either 'select' or 'pattern'");
        if (r->pattern && !r->language)
                return bad(l, y, "a pattern needs its 'language'");
        if (!r->levels.len)
                *vec_push(l->arena, &r->levels) = (struct rule_level){.severity = SEVERITY_WARNING};
        if (!r->category)
                r->category = arena_strndup(l->arena, r->id, strcspn(r->id, "."));
        if (!r->kind)
                r->kind = r->category;
        return 0;
}

static int load_rule(struct loader *l, const struct yaml *y, struct ruleset *set)
{
        struct rule rule = {.file = l->file, .dir = l->dir, .line = y->line};
        l->rule = &rule;
        const struct yaml *id = yaml_get(y, "id");
        if (y->type != YAML_MAP || !id)
                return bad(l, y, "a rule must be a map with an 'id'");
        int r = load_id(l, id);
        for (size_t i = 0; r == 0 && i < y->len; i++) {
                size_t k = 0, n = sizeof keys / sizeof *keys;
                while (k < n && strcmp(keys[k].name, y->items[i]->key))
                        k++;
                if (k == n)
                        return err_at(l->err, ERR_CONFIG, l->file, y->items[i]->key_line, y->items[i]->key_col, "rule '%s': unknown key '%s'",
                                      rule.id, y->items[i]->key);
                r = keys[k].load(l, y->items[i]);
        }
        if (r < 0 || (r = check_complete(l, y)) < 0)
                return r;
        const struct rule *other = ruleset_find(set, rule.id);
        if (other)
                return bad(l, y, arena_printf(l->arena, "stands already in %s:%d", other->file, other->line));
        if (set->rules.len >= RULES_MAX)
                return bad(l, y, "more than 1000 rules");
        *vec_push(l->arena, &set->rules) = rule;
        return 0;
}

static int compare_rules(const void *a, const void *b)
{
        return strcmp(((const struct rule *)a)->id, ((const struct rule *)b)->id);
}

static int load_family(struct loader *l, const struct yaml *root, struct ruleset *set)
{
        if (root->type == YAML_NULL_)
                return 0;
        if (root->type != YAML_LIST)
                return err_at(l->err, ERR_CONFIG, l->file, root->line, root->col, "a family of rules must be a list");
        for (size_t i = 0; i < root->len; i++) {
                l->rule = NULL;
                int r = load_rule(l, root->items[i], set);
                if (r < 0)
                        return r;
        }
        qsort(set->rules.items, set->rules.len, sizeof *set->rules.items, compare_rules);
        return 0;
}

int ruleset_load_text(struct arena *a, const char *file, const char *text, struct ruleset *set, struct err *err)
{
        struct loader l = {.arena = a, .file = file, .dir = fs_dirname(a, (char *)file), .err = err};
        struct yaml *root;
        int r = yaml_parse(a, file, text, strlen(text), &root, err);
        return r < 0 ? r : load_family(&l, root, set);
}

int ruleset_load(struct arena *a, const char *dir, struct ruleset *set, struct err *err)
{
        const char *path = fs_join(a, dir, "index.yaml");
        struct yaml *index;
        int r = yaml_read(a, path, &index, err);
        if (r < 0)
                return err_hint(err, "A folder of rules has an index.yaml that lists its families.");
        struct loader l = {.arena = a, .file = path, .dir = dir, .err = err};
        struct yaml *families = yaml_get(index, "families");
        if (!families || families->type != YAML_LIST || families->len > 256)
                return bad(&l, index, "must be { families: [name, ...] } with at most 256 names");
        if (!set->dir)
                set->dir = dir;
        for (size_t i = 0; i < families->len; i++) {
                const char *name;
                struct yaml *root;
                l.rule = NULL;
                l.file = path;
                if ((r = load_text(&l, families->items[i], 64, &name)) < 0)
                        return r;
                if (!valid_name(name))
                        return bad(&l, families->items[i], arena_printf(a, "'%s' is no name of a family", name));
                l.file = fs_join(a, dir, arena_printf(a, "%s.yaml", name));
                if ((r = yaml_read(a, l.file, &root, err)) < 0 || (r = load_family(&l, root, set)) < 0)
                        return r;
        }
        return 0;
}

/* In a source tree the rules of that tree; installed, those beside the program, wherever the whole was moved to. */
const char *ruleset_default_dir(struct arena *a)
{
        char exe[4096];
        ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
        if (n <= 0)
                return RULES_DIR;
        const char *bin = fs_dirname(a, arena_strndup(a, exe, (size_t)n)), *dir = bin;
        for (int up = 0; up < 4; up++) { /* build/, build/asan/, build/asan/tests/ */
                const char *rules = fs_join(a, dir, "rules"), *source = fs_join(a, dir, "store/facts.sql");
                if (fs_exists(fs_join(a, rules, "index.yaml")) && fs_exists(source))
                        return rules;
                dir = fs_dirname(a, arena_strdup(a, dir));
        }
        const char *beside = fs_join(a, fs_dirname(a, arena_strdup(a, bin)), "share/perfadvise/rules");
        return fs_exists(fs_join(a, beside, "index.yaml")) ? beside : RULES_DIR;
}

const struct rule *ruleset_find(const struct ruleset *set, const char *id)
{
        for (size_t i = 0; i < set->rules.len; i++)
                if (!strcmp(set->rules.items[i].id, id))
                        return &set->rules.items[i];
        return NULL;
}

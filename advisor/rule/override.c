/*
 * What perfadvise.yaml says about a rule: parameters, thresholds of a level (warning.wait_ms), a fixed severity, subjects to ignore,
 * each for all subjects or for those that match a glob.
 */
#include "rule/hit.h"

#include <fnmatch.h>
#include <math.h>
#include <string.h>

bool rule_is_called(const struct rule *rule, const char *name, size_t len)
{
        if ((len == strlen(rule->id) && !memcmp(rule->id, name, len)) || (rule->kind && len == strlen(rule->kind) && !memcmp(rule->kind, name, len)))
                return true;
        if (len == 1 && *name == '*')
                return true;
        return len > 2 && !memcmp(name + len - 2, ".*", 2) && !strncmp(rule->id, name, len - 1);
}

static bool is_for(const struct rule_override *o, const struct rule *rule, const char *subject)
{
        if (strcmp(o->rule, rule->id))
                return false;
        return !o->glob || (subject && fnmatch(o->glob, subject, 0) == 0);
}

/* "warning.wait_ms" -> the level and "wait_ms"; a plain name is for all levels. */
static const char *split_level(const char *name, int *ret_level)
{
        const char *dot = strchr(name, '.');
        *ret_level = -1;
        for (int s = 0; dot && s < SEVERITY_COUNT; s++)
                if (strlen(severity_names[s]) == (size_t)(dot - name) && !strncmp(name, severity_names[s], (size_t)(dot - name)))
                        *ret_level = s;
        return dot ? dot + 1 : name;
}

static bool knows_param(const struct rule *rule, const char *name)
{
        int level;
        const char *bare = split_level(name, &level);
        if (bare == name && rule_param_get(&rule->params, bare))
                return true;
        for (size_t i = 0; i < rule->levels.len; i++)
                if ((level < 0 ? bare == name : (int)rule->levels.items[i].severity == level) &&
                    rule_param_get(&rule->levels.items[i].params, bare))
                        return true;
        return false;
}

static int check_path_settings(const struct ruleset *set, const struct config *config, struct err *err)
{
        for (size_t i = 0; i < config->path_settings.len; i++) {
                const struct path_setting *s = &config->path_settings.items[i];
                bool known = false;
                for (size_t k = 0; k < set->rules.len && !known; k++)
                        known = rule_is_called(&set->rules.items[k], s->rule, strlen(s->rule));
                if (known)
                        continue;
                err_at(err, ERR_CONFIG, config->path, s->line, s->col, "rules.paths: no rule is called '%s'", s->rule);
                return err_hint(err, "It takes ids, kinds and families like code.*; `perfadvise rules list` shows them.");
        }
        return 0;
}

int rule_overrides_check(const struct ruleset *set, const struct config *config, struct err *err)
{
        for (size_t i = 0; i < config->overrides.len; i++) {
                const struct rule_override *o = &config->overrides.items[i];
                const struct rule *rule = ruleset_find(set, o->rule);
                enum severity s;
                if (!rule) {
                        err_at(err, ERR_CONFIG, config->path, 0, 0, "rules.set: no rule '%s'", o->rule);
                        return err_hint(err, "`perfadvise rules list` shows the rules.");
                }
                if (!strcmp(o->name, "ignore"))
                        continue;
                if (!strcmp(o->name, "severity")) {
                        if (severity_parse(o->value, &s) < 0)
                                return err_at(err, ERR_CONFIG, config->path, 0, 0, "rules.set: '%s' is no severity", o->value);
                        continue;
                }
                if (!knows_param(rule, o->name)) {
                        err_at(err, ERR_CONFIG, config->path, 0, 0, "rules.set: rule '%s' has no parameter '%s'", o->rule, o->name);
                        return err_hint(err, "`perfadvise rules explain %s` shows its parameters.", o->rule);
                }
        }
        return check_path_settings(set, config, err);
}

bool rule_is_ignored(const struct rule *rule, const struct config *config, const char *subject)
{
        bool ignored = false;
        for (size_t i = 0; i < config->overrides.len; i++) {
                const struct rule_override *o = &config->overrides.items[i];
                if (!is_for(o, rule, subject) || strcmp(o->name, "ignore"))
                        continue;
                if (!strcmp(o->value, "true") || !strcmp(o->value, "yes"))
                        ignored = true;
                else if (!strcmp(o->value, "false") || !strcmp(o->value, "no"))
                        ignored = false;
                else if (subject && fnmatch(o->value, subject, 0) == 0)
                        ignored = true;
        }
        return ignored;
}

enum severity rule_severity(const struct rule *rule, const struct config *config, const char *subject, enum severity otherwise)
{
        for (size_t i = 0; i < config->overrides.len; i++) {
                const struct rule_override *o = &config->overrides.items[i];
                if (is_for(o, rule, subject) && !strcmp(o->name, "severity"))
                        severity_parse(o->value, &otherwise);
        }
        return otherwise;
}

size_t rule_globs(const struct rule *rule, const struct config *config, const char **ret_globs, size_t max)
{
        size_t n = 0;
        ret_globs[n++] = NULL;
        for (size_t i = 0; i < config->overrides.len && n < max; i++) {
                const struct rule_override *o = &config->overrides.items[i];
                if (strcmp(o->rule, rule->id) || !o->glob || !strcmp(o->name, "ignore") || !strcmp(o->name, "severity"))
                        continue;
                if (!ret_globs[n - 1] || strcmp(ret_globs[n - 1], o->glob))
                        ret_globs[n++] = o->glob;
        }
        return n;
}

size_t rule_glob_of(const char *const *globs, size_t n, const char *subject)
{
        for (size_t i = n; i-- > 1;)
                if (fnmatch(globs[i], subject, 0) == 0)
                        return i;
        return 0;
}

static void apply(struct arena *a, struct rule_params *p, const struct rule *rule, const struct rule_level *level,
                  const struct config *config, const char *glob)
{
        for (size_t i = 0; i < config->overrides.len; i++) {
                const struct rule_override *o = &config->overrides.items[i];
                if (strcmp(o->rule, rule->id) || !o->glob != !glob || (glob && strcmp(glob, o->glob)))
                        continue;
                int only;
                const char *bare = split_level(o->name, &only);
                if ((only < 0 || only == (int)level->severity) && rule_param_get(p, bare))
                        rule_param_set(a, p, bare, o->value);
        }
}

struct rule_params *rule_bindings(struct arena *a, const struct rule *rule, const struct rule_level *level,
                                  const struct config *config, const char *glob)
{
        struct rule_params *p = arena_new_of(a, struct rule_params);
        for (int f = 0; f < FIGURE_COUNT; f++)
                rule_param_set(a, p, arena_printf(a, "objective_%s", figure_specs[f].name), arena_printf(a, "%.17g", config->objectives[f]));
        for (size_t i = 0; i < rule->params.list.len; i++)
                rule_param_set(a, p, rule->params.list.items[i].name, rule->params.list.items[i].text);
        for (size_t i = 0; i < level->params.list.len; i++)
                rule_param_set(a, p, level->params.list.items[i].name, level->params.list.items[i].text);
        apply(a, p, rule, level, config, NULL);
        if (glob)
                apply(a, p, rule, level, config, glob);
        return p;
}

#include "config/rules.h"

#include <string.h>

static int load_override(struct arena *a, const char *file, struct config *c, const char *rule, const char *glob, const struct yaml *v, struct err *err)
{
        struct rule_override *o = vec_push(a, &c->overrides);
        *o = (struct rule_override){.rule = rule, .glob = glob, .name = v->key};
        return yaml_as_text(file, v, v->key, &o->value, err);
}

int config_load_rule_set(struct arena *a, const char *file, const struct yaml *y, struct config *c, struct err *err)
{
        if (y->type != YAML_MAP)
                return err_at(err, ERR_CONFIG, file, y->line, y->col, "rules.set must be a map of rule ids");
        for (size_t i = 0; i < y->len; i++) {
                const struct yaml *rule = y->items[i];
                if (rule->type != YAML_MAP)
                        return err_at(err, ERR_CONFIG, file, rule->line, rule->col, "settings of rule '%s' must be a map", rule->key);
                for (size_t k = 0; k < rule->len; k++) {
                        const struct yaml *v = rule->items[k];
                        int r = v->type == YAML_MAP ? 0 : load_override(a, file, c, rule->key, NULL, v, err);
                        for (size_t g = 0; r == 0 && v->type == YAML_MAP && g < v->len; g++)
                                r = load_override(a, file, c, rule->key, v->key, v->items[g], err);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

/* ignore, or { ignore: true, severity: info } */
static int load_path_setting(const char *file, const struct yaml *y, struct path_setting *s, struct err *err)
{
        static const char *const severities[] = {"info", "warning", "critical", NULL};
        if (y->type == YAML_TEXT && !strcmp(y->text, "ignore")) {
                s->ignore = true;
                return 0;
        }
        if (y->type != YAML_MAP)
                return err_at(err, ERR_CONFIG, file, y->line, y->col, "'%s' takes ignore or { severity: info }", y->key);
        for (size_t i = 0; i < y->len; i++) {
                const struct yaml *v = y->items[i];
                int r;
                if (!strcmp(v->key, "ignore"))
                        r = yaml_as_bool(file, v, "ignore", &s->ignore, err);
                else if (!strcmp(v->key, "severity"))
                        r = yaml_as_text(file, v, "severity", &s->severity, err);
                else
                        r = err_at(err, ERR_CONFIG, file, v->key_line, v->key_col, "unknown key '%s': a path can ignore a rule or set its severity", v->key);
                if (r < 0)
                        return r;
        }
        const char *const *known = severities;
        while (s->severity && *known && strcmp(*known, s->severity))
                known++;
        return s->severity && !*known ? err_at(err, ERR_CONFIG, file, y->line, y->col, "'%s' is no severity", s->severity) : 0;
}

int config_load_rule_paths(struct arena *a, const char *file, const struct yaml *y, struct config *c, struct err *err)
{
        if (y->type != YAML_MAP)
                return err_at(err, ERR_CONFIG, file, y->line, y->col, "rules.paths must be a map of path globs");
        for (size_t i = 0; i < y->len; i++) {
                const struct yaml *path = y->items[i];
                if (path->type != YAML_MAP)
                        return err_at(err, ERR_CONFIG, file, path->line, path->col, "settings of '%s' must be a map of rules", path->key);
                for (size_t k = 0; k < path->len; k++) {
                        const struct yaml *rule = path->items[k];
                        struct path_setting *s = vec_push(a, &c->path_settings);
                        *s = (struct path_setting){.glob = path->key, .rule = rule->key, .line = rule->key_line, .col = rule->key_col};
                        int r = load_path_setting(file, rule, s, err);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

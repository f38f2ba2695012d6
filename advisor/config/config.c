/*
 * perfadvise.yaml -> struct config. Every key is a row below; what is not a row is an error with its position.
 */
#include "config/config.h"
#include "base/fs.h"
#include "base/num.h"
#include "config/rules.h"
#include "lib/yaml.h"

#include <math.h>
#include <string.h>

const struct figure_spec figure_specs[FIGURE_COUNT] = {
        [FIGURE_DB_P95] = {"db_p95_ms", "database response p95", "ms", 50, false},
        [FIGURE_POOL_WAIT] = {"pool_wait_p95_ms", "pool wait p95", "ms", 5, false},
        [FIGURE_CACHE_HIT] = {"cache_hit", "cache hit ratio", "frac", 0.90, true},
        [FIGURE_START] = {"start_s", "process start", "s", 2, false},
        [FIGURE_MEMORY] = {"memory", "memory", "frac", 0.80, false},
        [FIGURE_IPC] = {"ipc_p95_ms", "IPC latency p95", "ms", 10, false},
};

enum { WARM_QPS_MAX = 100000 }; /* what a schedule may say too */

struct loader {
        struct arena *arena;
        const char *file;
        struct config *config;
        struct err *err;
};

struct key {
        const char *name;
        int (*load)(struct loader *l, const struct yaml *y);
};

static int unknown_key(struct loader *l, const struct yaml *y, const char *where)
{
        return err_at(l->err, ERR_CONFIG, l->file, y->key_line, y->key_col, "unknown key '%s' in %s", y->key, where);
}

static int load_map(struct loader *l, const struct yaml *y, const struct key *keys, const char *where)
{
        if (y->type == YAML_NULL_)
                return 0;
        if (y->type != YAML_MAP)
                return err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "%s must be a map", where);
        for (size_t i = 0; i < y->len; i++) {
                const struct key *k = keys;
                while (k->name && strcmp(k->name, y->items[i]->key))
                        k++;
                if (!k->name)
                        return unknown_key(l, y->items[i], where);
                int r = k->load(l, y->items[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* A list of texts (or one text) -> NULL-terminated array; paths are made absolute below the file's folder. */
static int load_texts(struct loader *l, const struct yaml *y, bool paths, const char ***ret)
{
        size_t n = y->type == YAML_LIST ? y->len : y->type == YAML_TEXT ? 1 : 0;
        const char **list = arena_alloc(l->arena, (n + 1) * sizeof *list);
        for (size_t i = 0; i < n; i++) {
                const struct yaml *item = y->type == YAML_LIST ? y->items[i] : y;
                int r = yaml_as_text(l->file, item, y->key ? y->key : "an item", &list[i], l->err);
                if (r < 0)
                        return r;
                if (paths)
                        list[i] = fs_join(l->arena, l->config->dir, list[i]);
        }
        if (!n && y->type == YAML_MAP)
                return err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "%s must be a list", y->key);
        *ret = list;
        return 0;
}

static int load_path(struct loader *l, const struct yaml *y, const char **ret)
{
        const char *text;
        int r = yaml_as_text(l->file, y, y->key, &text, l->err);
        if (r == 0)
                *ret = fs_join(l->arena, l->config->dir, text);
        return r;
}

static int load_version(struct loader *l, const struct yaml *y)
{
        int64_t v;
        int r = yaml_as_int(l->file, y, "version", &v, l->err);
        if (r == 0 && v != 1)
                r = err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "version %lld is not known to this program", (long long)v);
        return r;
}

static int load_roots(struct loader *l, const struct yaml *y)
{
        return load_texts(l, y, true, &l->config->source_roots);
}

static int load_ignore(struct loader *l, const struct yaml *y)
{
        return load_texts(l, y, false, &l->config->source_ignore);
}

static int load_baseline(struct loader *l, const struct yaml *y)
{
        return load_path(l, y, &l->config->source_baseline);
}

static int load_tests(struct loader *l, const struct yaml *y)
{
        return yaml_as_bool(l->file, y, "source.tests", &l->config->source_tests, l->err);
}

static int load_source(struct loader *l, const struct yaml *y)
{
        static const struct key keys[] = {{"roots", load_roots}, {"ignore", load_ignore}, {"tests", load_tests}, {"baseline", load_baseline}, {NULL, NULL}};
        return load_map(l, y, keys, "source");
}

static bool is_path_kind(const char *kind)
{
        return !strcmp(kind, "supervisor") || !strcmp(kind, "pidfile");
}

static bool has_password(const char *dsn)
{
        const char *at = strchr(dsn, '@'), *scheme = strstr(dsn, "://");
        if (strstr(dsn, "password="))
                return true;
        return scheme && at && memchr(scheme + 3, ':', (size_t)(at - scheme - 3));
}

/* How many standbys should stream from a server: what is declared can be missed. */
static int load_replicas(struct loader *l, const struct yaml *t, const struct yaml *y, struct probe_target *target)
{
        int64_t n = 0;
        if (strcmp(y->key, "replicas") || strcmp(target->kind, "postgres"))
                return unknown_key(l, y, arena_printf(l->arena, "target '%s'", t->key));
        int r = yaml_as_int(l->file, y, "replicas", &n, l->err);
        if (r < 0)
                return r;
        if (n < 0 || n > 1000)
                return err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "target '%s': replicas must be a number of standbys", t->key);
        target->replicas = (int)n;
        return 0;
}

static int load_targets(struct loader *l, const struct yaml *y)
{
        static const char *const kinds[] = {"postgres", "pgbouncer", "redis", "supervisor", "pidfile", "command", NULL};
        if (y->type != YAML_MAP && y->type != YAML_NULL_)
                return err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "targets must be a map of names");
        for (size_t i = 0; i < y->len; i++) {
                const struct yaml *t = y->items[i];
                if (t->type != YAML_MAP || t->len < 1 || t->len > 2)
                        return err_at(l->err, ERR_CONFIG, l->file, t->line, t->col,
                                      "target '%s' must be one of { postgres: ..., pgbouncer: ..., redis: ..., supervisor: ..., pidfile: ..., command: ... }", t->key);
                bool first = t->len == 2 && !strcmp(t->items[0]->key, "replicas");
                const struct yaml *v = t->items[first];
                const char *const *k = kinds;
                while (*k && strcmp(*k, v->key))
                        k++;
                if (!*k)
                        return unknown_key(l, v, arena_printf(l->arena, "target '%s'", t->key));
                const char *dsn;
                int r = yaml_as_text(l->file, v, v->key, &dsn, l->err);
                if (r < 0)
                        return r;
                if (has_password(dsn)) {
                        err_at(l->err, ERR_CONFIG, l->file, v->line, v->col, "target '%s' holds a password", t->key);
                        return err_hint(l->err, "Put it into a password file, a service file, or REDISCLI_AUTH.");
                }
                if (is_path_kind(*k))
                        dsn = fs_join(l->arena, l->config->dir, dsn);
                struct probe_target *target = vec_push(l->arena, &l->config->targets);
                *target = (struct probe_target){.name = t->key, .kind = *k, .dsn = dsn};
                if (t->len == 2 && (r = load_replicas(l, t, t->items[!first], target)) < 0)
                        return r;
        }
        return 0;
}

static int load_listen(struct loader *l, const struct yaml *y)
{
        int r = yaml_as_text(l->file, y, "events.listen", &l->config->events_listen, l->err);
        if (r == 0 && strncmp(l->config->events_listen, "unix:", 5) && strncmp(l->config->events_listen, "udp:", 4))
                r = err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "events.listen must be unix:/path or udp:127.0.0.1:port");
        if (r == 0 && !strncmp(l->config->events_listen, "unix:", 5))
                l->config->events_listen = arena_printf(l->arena, "unix:%s", fs_join(l->arena, l->config->dir, l->config->events_listen + 5));
        return r;
}

static int load_events(struct loader *l, const struct yaml *y)
{
        static const struct key keys[] = {{"listen", load_listen}, {NULL, NULL}};
        return load_map(l, y, keys, "events");
}

static int load_objectives(struct loader *l, const struct yaml *y)
{
        if (y->type != YAML_MAP)
                return err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "objectives must be a map");
        for (size_t i = 0; i < y->len; i++) {
                int f = 0;
                while (f < FIGURE_COUNT && strcmp(figure_specs[f].name, y->items[i]->key))
                        f++;
                if (f == FIGURE_COUNT)
                        return unknown_key(l, y->items[i], "objectives");
                double v;
                int r = yaml_as_real(l->file, y->items[i], y->items[i]->key, &v, l->err);
                if (r < 0)
                        return r;
                if (v <= 0 || (!strcmp(figure_specs[f].unit, "frac") && v > 1))
                        return err_at(l->err, ERR_CONFIG, l->file, y->items[i]->line, y->items[i]->col, "%s is out of range", y->items[i]->key);
                l->config->objectives[f] = v;
        }
        return 0;
}

static int load_probe_load(struct loader *l, const struct yaml *y)
{
        int r = yaml_as_real(l->file, y, "limits.probe_load", &l->config->probe_load, l->err);
        if (r == 0 && !(l->config->probe_load > 0 && l->config->probe_load <= 1))
                r = err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "limits.probe_load must be between 0 and 1 (of one core)");
        return r;
}

static int load_index_budget(struct loader *l, const struct yaml *y)
{
        const char *text;
        int r = yaml_as_text(l->file, y, "limits.index_budget", &text, l->err);
        if (r == 0 && num_parse_bytes(text, &l->config->index_budget_bytes, NULL) < 0)
                r = err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "limits.index_budget must be a size like 2GB");
        return r;
}

static int load_index_count(struct loader *l, const struct yaml *y)
{
        double count = l->config->index_count;
        int r = yaml_as_real(l->file, y, "limits.index_count", &count, l->err);
        if (r == 0 && !(count >= 1 && count <= 39 && count == (int)count))
                return err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "limits.index_count must be a whole number between 1 and 39");
        l->config->index_count = (int)count;
        return r;
}

static int load_warm_qps(struct loader *l, const struct yaml *y)
{
        int r = yaml_as_real(l->file, y, "limits.warm_qps", &l->config->warm_qps, l->err);
        if (r == 0 && !(l->config->warm_qps >= 1 && l->config->warm_qps <= WARM_QPS_MAX))
                r = err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "limits.warm_qps must be between 1 and %d", WARM_QPS_MAX);
        return r;
}

static int load_deploy_surge(struct loader *l, const struct yaml *y)
{
        int r = yaml_as_real(l->file, y, "limits.deploy_surge", &l->config->deploy_surge, l->err);
        if (r == 0 && !(l->config->deploy_surge >= 1 && l->config->deploy_surge <= 4))
                r = err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "limits.deploy_surge must be between 1 and 4");
        return r;
}

static int load_limits(struct loader *l, const struct yaml *y)
{
        static const struct key keys[] = {{"deploy_surge", load_deploy_surge}, {"probe_load", load_probe_load}, {"index_budget", load_index_budget}, {"index_count", load_index_count}, {"warm_qps", load_warm_qps}, {NULL, NULL}};
        return load_map(l, y, keys, "limits");
}

static int load_apply_roots(struct loader *l, const struct yaml *y)
{
        return load_texts(l, y, true, &l->config->apply_roots);
}
static int load_apply_postgres(struct loader *l, const struct yaml *y)
{
        return yaml_as_bool(l->file, y, "apply.postgres", &l->config->apply_postgres, l->err);
}
static int load_apply_redis(struct loader *l, const struct yaml *y)
{
        return yaml_as_bool(l->file, y, "apply.redis", &l->config->apply_redis, l->err);
}
static int load_apply_pgbouncer(struct loader *l, const struct yaml *y)
{
        return yaml_as_bool(l->file, y, "apply.pgbouncer", &l->config->apply_pgbouncer, l->err);
}
static int load_apply_crontab(struct loader *l, const struct yaml *y)
{
        return load_path(l, y, &l->config->apply_crontab);
}
static int load_apply_schedules(struct loader *l, const struct yaml *y)
{
        return load_path(l, y, &l->config->apply_schedule_dir);
}

static int load_apply(struct loader *l, const struct yaml *y)
{
        static const struct key keys[] = {{"roots", load_apply_roots}, {"postgres", load_apply_postgres}, {"redis", load_apply_redis}, {"pgbouncer", load_apply_pgbouncer},
                                          {"crontab", load_apply_crontab}, {"schedules", load_apply_schedules}, {NULL, NULL}};
        return load_map(l, y, keys, "apply");
}

static int load_warm_command(struct loader *l, const struct yaml *y)
{
        return yaml_as_text(l->file, y, "warm.command", &l->config->warm_command, l->err);
}

static int load_warm_dir(struct loader *l, const struct yaml *y)
{
        return load_path(l, y, &l->config->warm_dir);
}

static int load_warm(struct loader *l, const struct yaml *y)
{
        static const struct key keys[] = {{"command", load_warm_command}, {"directory", load_warm_dir}, {NULL, NULL}};
        return load_map(l, y, keys, "warm");
}

static int load_keep(struct loader *l, const struct yaml *y)
{
        const char *text;
        int r = yaml_as_text(l->file, y, "audit.keep", &text, l->err);
        if (r == 0 && num_parse_duration(text, &l->config->audit_keep_us, NULL) < 0)
                r = err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "audit.keep must be a duration like 400d");
        return r;
}

static int load_keep_raw(struct loader *l, const struct yaml *y)
{
        const char *text;
        int r = yaml_as_text(l->file, y, "audit.keep_raw", &text, l->err);
        if (r == 0 && num_parse_duration(text, &l->config->audit_keep_raw_us, NULL) < 0)
                r = err_at(l->err, ERR_CONFIG, l->file, y->line, y->col, "audit.keep_raw must be a duration like 16d");
        return r;
}

static int load_audit(struct loader *l, const struct yaml *y)
{
        static const struct key keys[] = {{"keep", load_keep}, {"keep_raw", load_keep_raw}, {NULL, NULL}};
        return load_map(l, y, keys, "audit");
}

static int load_literals(struct loader *l, const struct yaml *y)
{
        return yaml_as_bool(l->file, y, "privacy.literals", &l->config->privacy_literals, l->err);
}

static int load_privacy(struct loader *l, const struct yaml *y)
{
        static const struct key keys[] = {{"literals", load_literals}, {NULL, NULL}};
        return load_map(l, y, keys, "privacy");
}

static int load_rule_dirs(struct loader *l, const struct yaml *y)
{
        return load_texts(l, y, true, &l->config->rule_dirs);
}

static int load_rule_set(struct loader *l, const struct yaml *y)
{
        return config_load_rule_set(l->arena, l->file, y, l->config, l->err);
}

static int load_rule_paths(struct loader *l, const struct yaml *y)
{
        return config_load_rule_paths(l->arena, l->file, y, l->config, l->err);
}

static int load_rules(struct loader *l, const struct yaml *y)
{
        static const struct key keys[] = {{"dirs", load_rule_dirs}, {"set", load_rule_set}, {"paths", load_rule_paths}, {NULL, NULL}};
        return load_map(l, y, keys, "rules");
}

static int load_state(struct loader *l, const struct yaml *y)
{
        return load_path(l, y, &l->config->state);
}

struct config *config_default(struct arena *a)
{
        static const char *none[] = {NULL};
        struct config *c = arena_new_of(a, struct config);
        *c = (struct config){.dir = ".", .source_roots = none, .source_ignore = none, .apply_roots = none, .rule_dirs = none,
                             .probe_load = 0.01, .program = "perfadvise", .index_budget_bytes = INT64_C(2) << 30, .index_count = 12, .warm_qps = 200, .deploy_surge = 1,
                             .audit_keep_us = INT64_C(400) * 86400 * 1000000, .audit_keep_raw_us = INT64_C(16) * 86400 * 1000000};
        for (int f = 0; f < FIGURE_COUNT; f++)
                c->objectives[f] = figure_specs[f].target;
        return c;
}

int config_load(struct arena *a, const char *path, bool trusted, struct config **ret_config, struct err *err)
{
        static const struct key keys[] = {{"version", load_version}, {"source", load_source}, {"targets", load_targets}, {"events", load_events},
                                          {"objectives", load_objectives}, {"limits", load_limits}, {"apply", load_apply}, {"warm", load_warm},
                                          {"audit", load_audit}, {"privacy", load_privacy}, {"rules", load_rules}, {"state", load_state}, {NULL, NULL}};
        struct yaml *root;
        char *real = fs_realpath(a, path);
        if (!real) {
                err_errno(err, ERR_CONFIG, "cannot read the configuration '%s'", path);
                return err_hint(err, "`perfadvise init` writes one.");
        }
        int r = yaml_read(a, path, &root, err);
        if (r < 0)
                return r;
        struct config *c = config_default(a);
        c->path = path;
        c->dir = fs_dirname(a, real);
        c->trusted = trusted;
        struct loader l = {.arena = a, .file = path, .config = c, .err = err};
        if ((r = load_map(&l, root, keys, "the configuration")) < 0)
                return r;
        *ret_config = c;
        return 0;
}

const struct probe_target *config_target_of_kind(const struct config *c, const char *kind)
{
        for (size_t i = 0; i < c->targets.len; i++)
                if (!strcmp(c->targets.items[i].kind, kind))
                        return &c->targets.items[i];
        return NULL;
}

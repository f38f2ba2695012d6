/*
 * Keys of pgbouncer.ini: the file edit of the other file kinds, then RELOAD on the admin console and SHOW CONFIG compared key by
 * key. PgBouncer answers RELOAD with success and applies half of a bad file, and a RELOAD also takes what somebody else edited
 * and never loaded; so before the edit the file must be what the process runs with, and after it too.
 */
#include "act/act.h"
#include "base/fs.h"
#include "lib/ini.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { SETTLE_TRIES = 40, SETTLE_MS = 50 };

static int console(struct act_env *e, const struct step *s, struct pg **ret, struct err *err)
{
        const struct probe_target *t = s->target ? NULL : config_target_of_kind(e->config, "pgbouncer");
        for (size_t i = 0; s->target && i < e->config->targets.len; i++)
                if (!strcmp(e->config->targets.items[i].name, s->target) && !strcmp(e->config->targets.items[i].kind, "pgbouncer"))
                        t = &e->config->targets.items[i];
        if (!t)
                return err_set(err, ERR_REFUSED, "'%s': the configuration names no pgbouncer target '%s'", s->path, s->target ? s->target : "");
        if (!e->config->apply_pgbouncer && !e->dry_run) {
                err_set(err, ERR_REFUSED, "'%s': the configuration does not allow changes of PgBouncer", s->path);
                return err_hint(err, "apply: { pgbouncer: true } allows them.");
        }
        return pg_open(t->dsn, PG_CONSOLE, ret, err);
}

static const char *shown(struct pg_rows *config, const char *key)
{
        for (int i = 0; i < pg_count(config); i++)
                if (!strcasecmp(pg_text(config, i, pg_column(config, "key")), key))
                        return pg_text(config, i, pg_column(config, "value"));
        return NULL;
}

/* "100" and "100.0", "yes" and "1" are the same to PgBouncer. */
static bool same_value(const char *a, const char *b)
{
        static const char *const on[] = {"1", "yes", "on", "true", NULL}, *const off[] = {"0", "no", "off", "false", NULL};
        char *end_a, *end_b;
        if (!strcasecmp(a, b))
                return true;
        double x = strtod(a, &end_a), y = strtod(b, &end_b);
        if (*a && *b && !*end_a && !*end_b)
                return x == y;
        const char *const *const lists[] = {on, off};
        for (int i = 0; i < 2; i++) {
                bool in_a = false, in_b = false;
                for (const char *const *w = lists[i]; *w; w++) {
                        in_a = in_a || !strcasecmp(*w, a);
                        in_b = in_b || !strcasecmp(*w, b);
                }
                if (in_a && in_b)
                        return true;
        }
        return false;
}

/* Lists and paths are shown in another form than written; they are not ours to turn. */
static bool is_comparable(const char *written, const char *shown_value)
{
        return !strpbrk(written, ", /'\"*") && !strpbrk(shown_value, ", /'\"*") && *shown_value;
}

static int parse(struct act_env *e, const struct step *s, const struct target_image *image, struct ini **ret, struct err *err)
{
        int r = ini_parse(e->arena, INI_PGBOUNCER, s->path, image->bytes, image->len, ret, err);
        if (r < 0 && err)
                err->code = ERR_REFUSED;
        return r < 0 ? -ERR_REFUSED : 0;
}

/* *ret_bad: the first key whose effective value in the file is not what the process runs with, "" when all agree. */
static const char *first_difference(struct act_env *e, const struct ini *ini, struct pg_rows *config)
{
        for (size_t i = 0; i < ini->values.len; i++) {
                const struct ini_value *v = &ini->values.items[i];
                if (strcasecmp(v->section, "pgbouncer") || ini_get(ini, v->section, v->key) != v)
                        continue;
                const char *now = shown(config, v->key);
                if (!now)
                        return arena_printf(e->arena, "%s:%d: PgBouncer knows no key '%s'", v->file, v->line, v->key);
                if (is_comparable(v->value, now) && !same_value(v->value, now))
                        return arena_printf(e->arena, "%s:%d: %s is '%s' in the file and '%s' in the process", v->file, v->line, v->key, v->value, now);
        }
        return "";
}

static bool same_file(struct act_env *e, const char *a, const char *b)
{
        const char *x = fs_realpath(e->arena, a), *y = fs_realpath(e->arena, b);
        return !x || !y || !strcmp(x, y);
}

static int check_running(struct act_env *e, const struct step *s, struct err *err)
{
        CLEANUP(pg_close) struct pg *pg = NULL;
        CLEANUP(pg_rows_free) struct pg_rows *config = NULL;
        struct ini *ini;
        int r = console(e, s, &pg, err);
        if (r < 0 || (r = pg_query(pg, "SHOW CONFIG", 0, NULL, &config, err)) < 0 || (r = parse(e, s, &s->before, &ini, err)) < 0)
                return r;
        const char *file = shown(config, "conffile");
        if (file && file[0] == '/' && !same_file(e, file, s->path))
                return err_set(err, ERR_REFUSED, "'%s': this PgBouncer reads '%s'", s->path, file);
        const char *bad = s->previous ? "" : first_difference(e, ini, config);
        if (*bad) {
                err_set(err, ERR_REFUSED, "'%s' is not what PgBouncer runs with, a RELOAD would change more than planned: %s", s->path, bad);
                return err_hint(err, "Mend the file or RELOAD it yourself first.");
        }
        return 0;
}

/* Does the planned occurrence count? A later line with the same key would win. */
static int check_effective(struct act_env *e, const struct step *s, struct err *err)
{
        struct ini *ini;
        int r = parse(e, s, &step_first(s)->before, &ini, err);
        for (size_t i = 0; r == 0 && i < s->refs.len; i++) {
                const struct change *c = s->refs.items[i].change;
                for (size_t k = 0; k < ini->values.len; k++) {
                        const struct ini_value *v = &ini->values.items[k];
                        bool here = (int64_t)v->byte_start <= c->byte_start && c->byte_end <= (int64_t)v->byte_end;
                        if (here && ini_get(ini, v->section, v->key) != v)
                                return err_at(err, ERR_REFUSED, s->path, v->line, v->col, "this %s is not in effect: a later one wins", v->key);
                }
        }
        return r;
}

static int pgbouncer_precheck(struct act_env *e, struct step *s, struct err *err)
{
        int r = file_precheck(e, s, err);
        if (r < 0 || (r = check_effective(e, s, err)) < 0)
                return r;
        return check_running(e, s, err);
}

/* RELOAD, then wait until the process runs with what the image says. */
static int load(struct act_env *e, const struct step *s, const struct target_image *image, struct err *err)
{
        CLEANUP(pg_close) struct pg *pg = NULL;
        struct ini *ini;
        const char *bad = "";
        int r = parse(e, s, image, &ini, err);
        if (r < 0 || (r = console(e, s, &pg, err)) < 0 || (r = pg_exec(pg, "RELOAD", err)) < 0)
                return r;
        for (int i = 0; i < SETTLE_TRIES; i++) {
                CLEANUP(pg_rows_free) struct pg_rows *config = NULL;
                if ((r = pg_query(pg, "SHOW CONFIG", 0, NULL, &config, err)) < 0)
                        return r;
                bad = first_difference(e, ini, config);
                if (!*bad)
                        return 0;
                usleep(SETTLE_MS * 1000);
        }
        return err_set(err, ERR_TARGET, "PgBouncer did not take '%s' whole: %s", s->path, bad);
}

static int pgbouncer_do(struct act_env *e, struct step *s, struct err *err)
{
        int r = file_do(e, s, err);
        return r < 0 ? r : load(e, s, &s->after, err);
}

/* A run killed between rename and RELOAD: the file is BEFORE, the process is not. A process that is down will read the file. */
static bool is_loaded(struct act_env *e, const struct step *s, const struct target_image *image)
{
        CLEANUP(pg_close) struct pg *pg = NULL;
        CLEANUP(pg_rows_free) struct pg_rows *config = NULL;
        struct ini *ini;
        if (parse(e, s, image, &ini, NULL) < 0 || console(e, s, &pg, NULL) < 0 || pg_query(pg, "SHOW CONFIG", 0, NULL, &config, NULL) < 0)
                return true;
        return !*first_difference(e, ini, config);
}

static int pgbouncer_classify(struct act_env *e, struct step *s, enum act_state *ret, const char **ret_why, struct err *err)
{
        struct target_image now;
        int r = file_classify(e, s, ret, ret_why, err);
        if (r < 0 || *ret != ACT_BEFORE || (r = file_now(e, s, &now, err)) < 0)
                return r;
        if (target_same(&now, &s->before) && !is_loaded(e, s, &now)) {
                *ret = ACT_PARTIAL;
                *ret_why = "the file is as it was before, but PgBouncer still runs with other values";
        }
        return 0;
}

static int pgbouncer_undo(struct act_env *e, struct step *s, struct err *err)
{
        struct target_image now;
        int r = file_now(e, s, &now, err);
        if (r == 0 && !target_same(&now, &s->before))
                r = file_undo(e, s, err);
        if (r == 0)
                r = file_now(e, s, &now, err);
        return r < 0 ? r : load(e, s, &now, err);
}

static void pgbouncer_describe(struct act_env *e, const struct step *s, struct str *out)
{
        (void)e;
        str_printf(out, "-- PgBouncer console%s%s, after the change of %s\nRELOAD;\nSHOW CONFIG;\n", s->target ? " of target " : "", s->target ? s->target : "",
                   s->path);
}

const struct actuator actuator_pgbouncer_setting = {
        .kind = CHANGE_pgbouncer_setting,
        .precheck = pgbouncer_precheck,
        .do_ = pgbouncer_do,
        .read_back = file_read_back,
        .undo = pgbouncer_undo,
        .classify = pgbouncer_classify,
        .describe = pgbouncer_describe,
};

/* An env around a change-set folder, the precheck of all steps, and what a dry run shows. */
#include "act/apply.h"
#include "base/fs.h"
#include "change/unified.h"

#include <string.h>

static void add_roots(struct act_env *e)
{
        VEC(const char *) roots = {0};
        for (const char **p = e->config->apply_roots; p && *p; p++)
                *vec_push(e->arena, &roots) = *p;
        if (e->config->apply_crontab)
                *vec_push(e->arena, &roots) = e->config->apply_crontab;
        if (e->config->apply_schedule_dir)
                *vec_push(e->arena, &roots) = e->config->apply_schedule_dir;
        *vec_push(e->arena, &roots) = NULL;
        e->roots = roots.items;
}

int act_env_open(struct arena *a, const struct config *config, const char *dir, struct act_env *ret_env, struct err *err)
{
        struct act_env e = {.arena = a, .config = config};
        struct changeset *set;
        int r = changeset_load(a, dir, &set, err);
        if (r < 0)
                return r;
        e.set = set;
        add_roots(&e);
        *ret_env = e;
        return 0;
}

static void report_files(struct act_env *e, struct str *report)
{
        for (size_t i = 0; i < e->steps.len; i++) {
                const struct step *first = &e->steps.items[i], *last = first;
                if (!first->path || first->previous)
                        continue;
                for (size_t k = i + 1; k < e->steps.len; k++)
                        if (e->steps.items[k].path && !strcmp(e->steps.items[k].path, first->path))
                                last = &e->steps.items[k];
                unified_diff(report, first->path, first->before.exists ? first->before.bytes : NULL, first->before.len,
                             last->after.exists ? last->after.bytes : NULL, last->after.len);
        }
}

static void report_servers(struct act_env *e, struct str *report)
{
        for (size_t i = 0; i < e->steps.len; i++) {
                const struct step *s = &e->steps.items[i];
                const struct change *c = s->refs.items[0].change;
                if (!s->path && c->forward_sql)
                        str_printf(report, "-- target %s%s\n%s;\n", s->target ? s->target : "", s->already ? " (already so: not run)" : "",
                                   c->forward_sql);
        }
        CLEANUP(str_release) struct str last = {0}; /* one reload for all settings of a server */
        for (size_t i = 0; i < e->steps.len; i++) {
                CLEANUP(str_release) struct str now = {0};
                if (!e->steps.items[i].actuator->describe)
                        continue;
                e->steps.items[i].actuator->describe(e, &e->steps.items[i], &now);
                if (strcmp(str_text(&now), str_text(&last)) != 0)
                        str_add(report, str_text(&now));
                str_clear(&last);
                str_add(&last, str_text(&now));
        }
}

static int precheck(struct act_env *e, struct err *err)
{
        int r = 0;
        for (size_t i = 0; r == 0 && i < e->steps.len; i++)
                r = e->steps.items[i].actuator->precheck(e, &e->steps.items[i], err);
        return r;
}

int act_precheck(struct act_env *e, const char *const *keys, struct err *err)
{
        int r = act_steps(e, keys, err);
        if (r == 0 && (r = precheck(e, err)) < 0 && err && !err->state)
                err->state = "nothing changed";
        return r;
}

int act_plan(struct act_env *e, const char *const *keys, struct str *report, struct err *err)
{
        e->dry_run = true;
        int r = act_precheck(e, keys, err);
        if (r < 0)
                return r;
        report_files(e, report);
        report_servers(e, report);
        return 0;
}

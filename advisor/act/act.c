/* The registry of actuators, and steps out of a change-set. */
#include "act/act.h"
#include "base/fs.h"
#include "change/edit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct actuator *actuator_for(enum change_kind kind)
{
        static const struct actuator *const all[CHANGE_KIND_COUNT] = {
#define ACTUATOR(kind) [CHANGE_##kind] = &actuator_##kind,
#include "act/acts.def"
#undef ACTUATOR
        };
        return all[kind];
}

void act_note(struct act_env *e, const char *fmt, ...)
{
        va_list ap;
        va_start(ap, fmt);
        if (e->note)
                e->note(e->note_arg, arena_vprintf(e->arena, fmt, ap));
        va_end(ap);
}

void act_env_close(struct act_env *e)
{
        for (size_t i = 0; i < e->sessions.len; i++)
                e->sessions.items[i].pg = pg_close(e->sessions.items[i].pg);
        e->sessions.len = 0;
}

static bool is_chosen(const struct recommendation *rec, const char *const *keys)
{
        for (; keys && *keys; keys++)
                if (rec->key && !strcmp(rec->key, *keys))
                        return true;
        return !keys;
}

static int check_keys(const struct changeset *set, const char *const *keys, struct err *err)
{
        for (; keys && *keys; keys++) {
                size_t i = 0;
                while (i < set->recommendations.len && strcmp(set->recommendations.items[i].key ? set->recommendations.items[i].key : "", *keys))
                        i++;
                if (i == set->recommendations.len) {
                        err_set(err, ERR_USAGE, "change-set %s has no recommendation '%s'", set->name, *keys);
                        return err_hint(err, "README in its folder lists the keys.");
                }
        }
        return 0;
}

static bool is_file_kind(enum change_kind kind)
{
        return change_edits_bytes(kind) || change_writes_file(kind);
}

/* Edits of one file, kind and phase are one step; all else is a step each. */
static struct step *step_to_join(struct act_env *e, const struct change *c)
{
        for (size_t i = e->steps.len; i > 0; i--) {
                struct step *s = &e->steps.items[i - 1];
                if (change_edits_bytes(c->kind) && s->kind == c->kind && s->phase == c->phase && !strcmp(s->path, c->path) &&
                    !strcmp(s->target ? s->target : "", c->target ? c->target : ""))
                        return s;
        }
        return NULL;
}

static int add_step(struct act_env *e, const struct change *c, struct step **ret, struct err *err)
{
        const struct actuator *actuator = actuator_for(c->kind);
        if (!actuator)
                return err_set(err, ERR_REFUSED, "this program cannot carry out changes of kind %s", change_kind_names[c->kind]);
        size_t index = e->steps.len;
        *vec_push(e->arena, &e->steps) = (struct step){
                .index = index, .kind = c->kind, .phase = c->phase, .actuator = actuator, .target = c->target, .server = c->server,
                .path = is_file_kind(c->kind) ? c->path : NULL,
                .what = is_file_kind(c->kind) ? c->path : c->object ? c->object : c->knob,
        };
        struct step *s = &e->steps.items[index];
        if (s->path) {
                size_t n = strlen(e->set->name);
                s->tmp_name = arena_printf(e->arena, ".perfadvise-%s-%zu.tmp", e->set->name + (n > 4 ? n - 4 : 0), index);
                s->backup = arena_printf(e->arena, "step%02zu.%.200s", index + 1, fs_basename(s->path));
        }
        *ret = s;
        return 0;
}

/* The vector does not move any more: link the steps of one file. */
static void link_chains(struct act_env *e)
{
        for (size_t i = 0; i < e->steps.len; i++)
                for (size_t k = 0; e->steps.items[i].path && k < i; k++)
                        if (e->steps.items[k].path && !strcmp(e->steps.items[k].path, e->steps.items[i].path))
                                e->steps.items[i].previous = &e->steps.items[k];
}

int act_steps(struct act_env *e, const char *const *keys, struct err *err)
{
        struct change_ref *refs;
        int r = check_keys(e->set, keys, err);
        if (r < 0)
                return r;
        size_t n = changeset_order(e->arena, e->set->recommendations.items, e->set->recommendations.len, &refs);
        for (size_t i = 0; i < n; i++) {
                if (!is_chosen(refs[i].rec, keys))
                        continue;
                struct step *s = step_to_join(e, refs[i].change);
                if (!s && (r = add_step(e, refs[i].change, &s, err)) < 0)
                        return r;
                *vec_push(e->arena, &s->refs) = refs[i];
        }
        link_chains(e);
        return 0;
}

void act_note_pending(struct act_env *e, const struct step *s)
{
        *vec_push(e->arena, &e->pending) = arena_printf(e->arena, "PostgreSQL%s%s, for %s", s->target ? " " : "", s->target ? s->target : "", s->what);
}

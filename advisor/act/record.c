#include "act/record.h"
#include "base/fs.h"
#include "base/sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *journal_path(struct act_env *e)
{
        return fs_join(e->arena, e->set->dir, "journal");
}

static const char *number(struct act_env *e, int64_t v)
{
        return arena_printf(e->arena, "%lld", (long long)v);
}

int record_number(struct act_env *e, struct journal *j, const char *word, const struct step *s, struct err *err)
{
        return JOURNAL_ADD(j, err, word, number(e, (int64_t)s->index));
}

int record_time(struct act_env *e, struct journal *j, const char *word, const char *why, struct err *err)
{
        return JOURNAL_ADD(j, err, word, number(e, sys.realtime_us()), why);
}

/* ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int record_image(struct act_env *e, struct journal *j, const struct step *s, const char *which, const struct target_image *image,
                        struct err *err)
{
        const char *fields[8 + 2 * TARGET_ATTRS_MAX] = {"image", number(e, (int64_t)s->index), which, image->exists ? "1" : "0", image->sha256};
        size_t n = 5;
        fields[n++] = arena_printf(e->arena, "%04o", image->mode);
        fields[n++] = number(e, image->uid);
        fields[n++] = number(e, image->gid);
        for (size_t i = 0; i < image->attrs.len; i++) {
                fields[n++] = image->attrs.items[i].name;
                fields[n++] = image->attrs.items[i].hex;
        }
        return journal_add(j, fields, n, err);
}

int record_after(struct act_env *e, struct journal *j, const struct step *s, struct err *err)
{
        return record_image(e, j, s, "after", &s->after, err);
}

static int record_step(struct act_env *e, struct journal *j, const struct step *s, struct err *err)
{
        int r = JOURNAL_ADD(j, err, "step", number(e, (int64_t)s->index), change_kind_names[s->kind], change_phase_names[s->phase], s->what,
                            s->already ? "1" : "0", s->server ? s->server : "", s->saved ? "1" : "0", s->saved ? s->saved : "");
        if (r < 0 || !s->path)
                return r;
        if ((r = record_image(e, j, s, "before", &s->before, err)) < 0)
                return r;
        return record_image(e, j, s, "after", &s->after, err);
}

int record_apply(struct act_env *e, struct journal *j, const char *const *keys, struct err *err)
{
        char id[37], host[256] = "";
        sys_uuid7(id);
        gethostname(host, sizeof host - 1);
        CLEANUP(str_release) struct str chosen = {0};
        for (const char *const *k = keys; k && *k; k++)
                str_printf(&chosen, "%s%s", k == keys ? "" : ",", *k);
        int r = JOURNAL_ADD(j, err, "apply", id, number(e, sys.realtime_us()), host, e->set->yaml_sha256, keys ? str_text(&chosen) : "*",
                            number(e, (int64_t)e->steps.len));
        for (size_t i = 0; r == 0 && i < e->steps.len; i++)
                r = record_step(e, j, &e->steps.items[i], err);
        return r < 0 ? r : JOURNAL_ADD(j, err, "prepared");
}

/* ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int does_not_fit(struct act_env *e, const char *why, struct err *err)
{
        err_set(err, ERR_INTERRUPTED, "change-set %s: the journal does not fit changeset.yaml: %s; nothing changed", e->set->name, why);
        return err_hint(err, "Was changeset.yaml edited after apply? README in '%s' tells how to undo by hand.", e->set->dir);
}

static const char **split_keys(struct act_env *e, const char *text)
{
        VEC(const char *) keys = {0};
        if (!strcmp(text, "*"))
                return NULL;
        for (const char *p = text; *p;) {
                size_t n = strcspn(p, ",");
                *vec_push(e->arena, &keys) = arena_strndup(e->arena, p, n);
                p += n + (p[n] == ',');
        }
        *vec_push(e->arena, &keys) = NULL;
        return keys.items;
}

static struct step *step_of(struct act_env *e, const struct journal_record *r)
{
        char *end;
        unsigned long i = r->n > 1 ? strtoul(r->fields[1], &end, 10) : 0;
        return r->n > 1 && !*end && i < e->steps.len ? &e->steps.items[i] : NULL;
}

static bool restore_step(struct act_env *e, const struct journal_record *r)
{
        struct step *s = step_of(e, r);
        if (!s || r->n < 9 || strcmp(r->fields[2], change_kind_names[s->kind]) || strcmp(r->fields[4], s->what))
                return false;
        s->already = !strcmp(r->fields[5], "1");
        s->server = *r->fields[6] ? r->fields[6] : NULL;
        s->saved = !strcmp(r->fields[7], "1") ? r->fields[8] : NULL;
        return true;
}

static bool restore_image(struct act_env *e, const struct journal_record *r)
{
        struct step *s = step_of(e, r);
        if (!s || !s->path || r->n < 8 || strlen(r->fields[4]) > 64)
                return false;
        struct target_image *image = !strcmp(r->fields[2], "before") ? &s->before : &s->after;
        *image = (struct target_image){.exists = !strcmp(r->fields[3], "1"), .mode = (unsigned)strtoul(r->fields[5], NULL, 8),
                                       .uid = (uid_t)strtoul(r->fields[6], NULL, 10), .gid = (gid_t)strtoul(r->fields[7], NULL, 10)};
        snprintf(image->sha256, sizeof image->sha256, "%s", r->fields[4]);
        for (size_t i = 8; i + 1 < r->n; i += 2)
                *vec_push(e->arena, &image->attrs) = (struct target_attr){r->fields[i], r->fields[i + 1]};
        return true;
}

int record_restore(struct act_env *e, const struct journal_records *records, size_t begin, bool *ret_prepared, struct err *err)
{
        const struct journal_record *apply = &records->list.items[begin];
        if (apply->n < 7)
                return does_not_fit(e, "the first record is short", err);
        if (strcmp(apply->fields[4], e->set->yaml_sha256))
                return does_not_fit(e, "its sha256 is another", err);
        int r = act_steps(e, split_keys(e, apply->fields[5]), err);
        if (r < 0)
                return r;
        if ((size_t)strtoul(apply->fields[6], NULL, 10) != e->steps.len)
                return does_not_fit(e, "the number of steps", err);
        *ret_prepared = false;
        for (size_t i = begin + 1; i < records->list.len; i++) {
                const struct journal_record *rec = &records->list.items[i];
                bool fits = !strcmp(rec->fields[0], "step")    ? restore_step(e, rec)
                            : !strcmp(rec->fields[0], "image") ? restore_image(e, rec)
                                                               : true;
                if (!fits)
                        return does_not_fit(e, "a step", err);
                *ret_prepared = *ret_prepared || !strcmp(rec->fields[0], "prepared");
        }
        return 0;
}

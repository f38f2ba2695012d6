/*
 * What all kinds of file changes share: the image before, the content after, the swap, and telling them apart again.
 */
#include "act/act.h"
#include "base/fs.h"
#include "lib/digest.h"

#include <string.h>

enum { NEW_FILE_MODE = 0644 };

static int open_target(struct act_env *e, const struct step *s, struct target **ret, struct err *err)
{
        return target_open(e->arena, e->roots, s->path, ret, err);
}

int file_now(struct act_env *e, const struct step *s, struct target_image *ret, struct err *err)
{
        CLEANUP(target_close) struct target *t = NULL;
        int r = open_target(e, s, &t, err);
        return r < 0 ? r : target_read(e->arena, t, ret, err);
}

static int drifted(const struct step *s, const char *how, struct err *err)
{
        err_set(err, ERR_REFUSED, "'%s' is not what the plan was made for: %s", s->path, how);
        return err_hint(err, "Run `perfadvise analyze` again: it makes a new change-set from the files as they are.");
}

/* Does the file fit the plan? Owners are compared on the machine where the plan was made. */
static int check_plan(struct act_env *e, const struct step *s, const struct target_image *now, struct err *err)
{
        const struct planned_file *f = changeset_file(e->set, s->path);
        char host[256] = "";
        if (!f)
                return err_set(err, ERR_REFUSED, "changeset.yaml says nothing about '%s'", s->path);
        struct target_image planned = {.exists = f->exists, .mode = f->mode, .uid = (uid_t)f->uid, .gid = (gid_t)f->gid};
        if (f->exists && (!f->sha256 || strlen(f->sha256) != 64))
                return err_set(err, ERR_REFUSED, "changeset.yaml has no sha256 of '%s'", s->path);
        if (f->exists)
                memcpy(planned.sha256, f->sha256, sizeof planned.sha256);
        gethostname(host, sizeof host - 1);
        if (now->exists && (!e->set->host || strcmp(host, e->set->host))) {
                planned.uid = now->uid;
                planned.gid = now->gid;
        }
        return target_same(&planned, now) ? 0 : drifted(s, target_difference(e->arena, &planned, now), err);
}

const struct step *step_first(const struct step *s)
{
        while (s->previous)
                s = s->previous;
        return s;
}

/* The bytes of the file after this step: all edits up to here on the bytes that the plan saw. */
static int compose(struct act_env *e, struct step *s, struct err *err)
{
        const struct step *first = step_first(s);
        for (const struct step *at = s; at; at = at->previous)
                for (size_t i = 0; i < at->refs.len; i++) {
                        int r = edit_of_change(e->arena, at->refs.items[i].change, first->before.bytes, first->before.len,
                                               vec_push(e->arena, &s->edits), err);
                        if (r < 0)
                                return r;
                }
        return edit_apply(e->arena, first->before.bytes ? first->before.bytes : "", first->before.len, s->edits.items, s->edits.len,
                          &s->after.bytes, &s->after.len, err);
}

static int fill_after(struct act_env *e, struct step *s, struct err *err)
{
        const struct change *c = s->refs.items[0].change;
        s->after = s->before;
        s->after.exists = true;
        if (!s->before.exists) {
                s->after.mode = NEW_FILE_MODE;
                s->after.uid = geteuid();
                s->after.gid = getegid();
        }
        if (change_edits_bytes(s->kind)) {
                int r = compose(e, s, err);
                if (r < 0)
                        return r;
        } else if (c->after) {
                s->after.bytes = (char *)c->after;
                s->after.len = strlen(c->after);
        } else {
                s->after = (struct target_image){0};
                return 0;
        }
        digest_sha256(s->after.bytes, s->after.len, s->after.sha256);
        return 0;
}

static void add_once(struct act_env *e, const char *text)
{
        for (size_t i = 0; i < e->restarts.len; i++)
                if (!strcmp(e->restarts.items[i], text))
                        return;
        *vec_push(e->arena, &e->restarts) = text;
}

static void note_program(struct act_env *e, const struct step *s, const char *name)
{
        if (strcmp(name, "PostgreSQL") != 0)
                add_once(e, name);
        else
                act_note_pending(e, s);
}

/* Names of programs between blanks, or a command ("systemctl restart x"), which stays whole. */
void file_note_restarts(struct act_env *e, const struct step *s)
{
        for (size_t i = 0; i < s->refs.len; i++) {
                const char *p = s->refs.items[i].change->restart;
                if (p && strstr(p, "ctl ")) {
                        add_once(e, p);
                        continue;
                }
                while (p && *(p += strspn(p, " "))) {
                        size_t n = strcspn(p, " ");
                        note_program(e, s, arena_strndup(e->arena, p, n));
                        p += n;
                }
        }
}

int file_precheck(struct act_env *e, struct step *s, struct err *err)
{
        int r = s->previous ? 0 : file_now(e, s, &s->before, err);
        if (r < 0 || (!s->previous && (r = check_plan(e, s, &s->before, err)) < 0))
                return r;
        if (s->previous)
                s->before = s->previous->after;
        if ((r = fill_after(e, s, err)) < 0)
                return r;
        s->already = target_same(&s->before, &s->after);
        file_note_restarts(e, s);
        return check_syntax(e, s, err);
}

static int put(struct act_env *e, struct step *s, const struct target_image *from, const struct target_image *to, struct err *err)
{
        CLEANUP(target_close) struct target *t = NULL;
        struct target_image now;
        int r = open_target(e, s, &t, err);
        if (r < 0 || (r = target_read(e->arena, t, &now, err)) < 0)
                return r;
        if (!target_same(from, &now))
                return err_set(err, ERR_REFUSED, "'%s' was changed by somebody else meanwhile: %s", s->path, target_difference(e->arena, from, &now));
        if (!to->exists)
                return target_delete(e->arena, t, &now, err);
        if ((r = target_stage(t, s->tmp_name, to->bytes, to->len, to, &now, err)) == 0)
                r = target_commit(e->arena, t, s->tmp_name, &now, err);
        if (r < 0)
                target_sweep(t, s->tmp_name, NULL);
        return r;
}

int file_do(struct act_env *e, struct step *s, struct err *err)
{
        return put(e, s, &s->before, &s->after, err);
}

int file_read_back(struct act_env *e, struct step *s, struct err *err)
{
        struct target_image now;
        int r = file_now(e, s, &now, err);
        if (r == 0 && !target_same(&s->after, &now))
                r = err_set(err, ERR_IO, "'%s' does not read back as written: %s", s->path, target_difference(e->arena, &s->after, &now));
        return r;
}

/* The original, from rollback/; its hash must be the one that was recorded. */
static int load_backup(struct act_env *e, struct step *s, struct err *err)
{
        char hex[DIGEST_HEX];
        if (!s->before.exists || s->before.bytes)
                return 0;
        const char *path = arena_printf(e->arena, "%s/rollback/%s", e->set->dir, s->backup);
        int r = fs_read(e->arena, path, TARGET_BYTES_MAX, &s->before.bytes, &s->before.len, err);
        if (r < 0)
                return r;
        digest_sha256(s->before.bytes, s->before.len, hex);
        if (strcmp(hex, s->before.sha256))
                return err_set(err, ERR_INTERRUPTED, "the copy '%s' of '%s' is damaged: its sha256 is not the recorded one", path, s->path);
        return 0;
}

int file_undo(struct act_env *e, struct step *s, struct err *err)
{
        int r = load_backup(e, s, err);
        return r < 0 ? r : put(e, s, &s->after, &s->before, err);
}

/* An image of an earlier step of the same file is BEFORE for this one. */
int file_classify(struct act_env *e, struct step *s, enum act_state *ret, const char **ret_why, struct err *err)
{
        struct target_image now;
        int r = file_now(e, s, &now, err);
        if (r < 0)
                return r;
        *ret_why = target_difference(e->arena, &s->after, &now);
        *ret = target_same(&s->before, &now) ? ACT_BEFORE : target_same(&s->after, &now) ? ACT_AFTER : ACT_FOREIGN;
        for (const struct step *p = s->previous; *ret == ACT_FOREIGN && p; p = p->previous)
                if (target_same(&p->before, &now))
                        *ret = ACT_BEFORE;
        return 0;
}

int file_sweep(struct act_env *e, struct step *s, struct err *err)
{
        CLEANUP(target_close) struct target *t = NULL;
        int r = open_target(e, s, &t, err);
        return r < 0 ? r : target_sweep(t, s->tmp_name, err);
}

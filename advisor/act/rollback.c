/* Taking an applied change-set back. What drifted since is refused with the difference shown, or kept beside and overwritten. */
#include "act/apply.h"
#include "act/record.h"
#include "base/fs.h"
#include "change/unified.h"
#include "lib/digest.h"

#include <stdio.h>
#include <string.h>

/* The bytes that apply wrote, made again from the original and the edits, for the difference; false when that does not work. */
static bool remake_after(struct act_env *e, struct step *s)
{
        const struct step *first = step_first(s);
        char hex[DIGEST_HEX], *original = NULL;
        size_t len = 0;
        const struct change *c = s->refs.items[0].change;
        if (change_writes_file(s->kind)) {
                s->after.bytes = (char *)c->after;
                s->after.len = c->after ? strlen(c->after) : 0;
                return c->after != NULL;
        }
        const char *path = arena_printf(e->arena, "%s/rollback/%s", e->set->dir, first->backup);
        if (first->before.exists && fs_read(e->arena, path, TARGET_BYTES_MAX, &original, &len, NULL) < 0)
                return false;
        VEC(struct edit) edits = {0};
        for (const struct step *at = s; at; at = at->previous)
                for (size_t i = 0; i < at->refs.len; i++)
                        if (edit_of_change(e->arena, at->refs.items[i].change, original, len, vec_push(e->arena, &edits), NULL) < 0)
                                return false;
        if (edit_apply(e->arena, original ? original : "", len, edits.items, edits.len, &s->after.bytes, &s->after.len, NULL) < 0)
                return false;
        digest_sha256(s->after.bytes, s->after.len, hex);
        return !strcmp(hex, s->after.sha256);
}

static void show_difference(struct act_env *e, struct step *s)
{
        struct target_image now;
        CLEANUP(str_release) struct str diff = {0};
        if (!s->path || file_now(e, s, &now, NULL) < 0 || !now.exists || !remake_after(e, s))
                return;
        unified_diff(&diff, s->path, s->after.bytes, s->after.len, now.bytes, now.len);
        if (diff.len)
                act_note(e, "changed since it was applied:\n%s", str_text(&diff));
}

/* The last step of a file is the one whose AFTER the file should be. */
static bool is_last_of_file(struct act_env *e, const struct step *s)
{
        for (size_t i = s->index + 1; i < e->steps.len; i++)
                if (s->path && e->steps.items[i].path && !strcmp(e->steps.items[i].path, s->path))
                        return false;
        return true;
}

static int drifted(struct act_env *e, struct step *s, const char *why, struct err *err)
{
        show_difference(e, s);
        err_set(err, ERR_REFUSED, "%s was changed since it was applied: %s", s->what, why);
        err_hint(err, s->path ? "`perfadvise rollback --force` keeps a copy of it in rollback/ and puts the original back."
                              : "`perfadvise rollback --force` puts back what it was where that is ours to decide.");
        if (err)
                err->state = "nothing changed";
        return -ERR_REFUSED;
}

/* From now on what the user made of the file counts as AFTER; its copy is durable before. */
static int keep_drifted(struct act_env *e, struct step *s, struct err *err)
{
        struct target_image now;
        int r = file_now(e, s, &now, err);
        if (r < 0)
                return r;
        if (now.exists) {
                const char *copy = arena_printf(e->arena, "%s/rollback/drifted.%s", e->set->dir, s->backup);
                if ((r = fs_replace(copy, now.bytes, now.len, 0600, err)) < 0)
                        return r;
                act_note(e, "%s was changed since it was applied; a copy is kept in '%s'", s->path, copy);
        }
        s->after = now;
        s->forced = true;
        return 0;
}

static int check_drift(struct act_env *e, bool force, struct err *err)
{
        for (size_t i = e->steps.len; i > 0; i--) {
                struct step *s = &e->steps.items[i - 1];
                enum act_state state;
                const char *why = "";
                int r = s->actuator->classify(e, s, &state, &why, err);
                if (r < 0)
                        return r;
                if (state != ACT_FOREIGN || !is_last_of_file(e, s))
                        continue;
                if (!force || !s->path)
                        return drifted(e, s, why, err);
                if ((r = keep_drifted(e, s, err)) < 0)
                        return r;
        }
        return 0;
}

int act_rollback(struct act_env *e, bool force, bool *ret_done, struct err *err)
{
        struct journal_records records;
        size_t begin;
        bool prepared;
        int r = journal_read(e->arena, journal_path(e), &records, err);
        if (r < 0)
                return r;
        enum journal_state state = journal_state_of(&records, &begin);
        *ret_done = state == JOURNAL_APPLIED;
        if (state == JOURNAL_OPEN || state == JOURNAL_ROLLED_BACK)
                return 0;
        if (state != JOURNAL_APPLIED)
                return err_set(err, ERR_INTERRUPTED, "change-set %s was interrupted; run perfadvise recover", e->set->name);
        if ((r = record_restore(e, &records, begin, &prepared, err)) < 0 || (r = check_drift(e, force, err)) < 0)
                return r;
        CLEANUP(journal_close) struct journal *j = NULL;
        if ((r = journal_open(e->arena, journal_path(e), &j, err)) < 0 || (r = record_time(e, j, "rollback", "rollback", err)) < 0) {
                err->state = "nothing changed";
                return r;
        }
        for (size_t i = 0; i < e->steps.len; i++)
                file_note_restarts(e, &e->steps.items[i]);
        for (size_t i = 0; r == 0 && i < e->steps.len; i++)
                if (e->steps.items[i].forced)
                        r = record_after(e, j, &e->steps.items[i], err);
        if (r == 0 && (r = undo_steps(e, j, false, err)) == 0)
                r = record_time(e, j, "rolled-back", "rollback", err);
        if (r < 0) {
                err->code = ERR_INTERRUPTED;
                err->state = "run perfadvise recover";
        }
        return r < 0 ? -ERR_INTERRUPTED : 0;
}

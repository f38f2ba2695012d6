/* The forward way: originals and journal first, then step after step; any failure is undone at once. */
#include "act/apply.h"
#include "act/record.h"
#include "base/fs.h"

#include <stdio.h>
#include <string.h>

enum { RESERVE_BYTES = 4 << 20 };

/* Undo information is durable before the first target changes. */
static int keep_originals(struct act_env *e, struct err *err)
{
        const char *dir = fs_join(e->arena, e->set->dir, "rollback");
        int r = fs_is_dir(dir) ? 0 : fs_mkdirs(dir, 0700, err);
        for (size_t i = 0; r == 0 && i < e->steps.len; i++) {
                const struct step *s = &e->steps.items[i];
                if (s->path && s->before.exists)
                        r = fs_replace(fs_join(e->arena, dir, s->backup), s->before.bytes, s->before.len, 0600, err);
        }
        return r;
}

static int stopped(struct act_env *e, struct err *err)
{
        return err_set(err, ERR_IO, "stopped by signal %d", (int)*e->stop);
}

static int do_step(struct act_env *e, struct journal *j, struct step *s, struct err *err)
{
        if (e->stop && *e->stop)
                return stopped(e, err);
        if (s->already) {
                act_note(e, "%s: already so", s->what);
                return 0;
        }
        int r = record_number(e, j, "start", s, err);
        if (r < 0 || (r = s->actuator->do_(e, s, err)) < 0 || (r = s->actuator->read_back(e, s, err)) < 0 ||
            (r = record_number(e, j, "done", s, err)) < 0)
                return r;
        act_note(e, "%s: done (%zu of %zu)", s->what, s->index + 1, e->steps.len);
        return 0;
}

/* The first error is what the user wants to read; what became of the undo is the state behind it. */
static int take_back(struct act_env *e, struct journal *j, size_t failed, struct err *err)
{
        struct err undo = {0};
        const char *first = arena_strdup(e->arena, err->msg), *hint = arena_strdup(e->arena, err->hint);
        JOURNAL_ADD(j, NULL, "failed", arena_printf(e->arena, "%zu", failed), first);
        record_time(e, j, "rollback", "failure", NULL);
        int r = undo_steps(e, j, false, &undo);
        if (r == 0)
                r = record_time(e, j, "rolled-back", "failure", &undo);
        if (r < 0) {
                err_set(err, ERR_INTERRUPTED, "%s; and undoing failed: %s", first, undo.msg);
                err_hint(err, "%s", undo.hint);
                err->state = "run perfadvise recover";
                return -ERR_INTERRUPTED;
        }
        err->code = ERR_IO;
        err->state = "undone";
        snprintf(err->hint, sizeof err->hint, "%s", hint);
        return -ERR_IO;
}

static int carry_out(struct act_env *e, struct journal *j, struct err *err)
{
        size_t i = 0;
        int r = 0;
        for (; r == 0 && i < e->steps.len; i++)
                r = do_step(e, j, &e->steps.items[i], err);
        if (r == 0 && e->stop && *e->stop)
                r = stopped(e, err);
        if (r == 0)
                r = record_time(e, j, "committed", "", err);
        return r < 0 ? take_back(e, j, i, err) : 0;
}

int act_apply(struct act_env *e, const char *const *keys, bool *ret_done, struct err *err)
{
        struct journal_records records;
        size_t begin;
        int r = journal_read(e->arena, journal_path(e), &records, err);
        if (r < 0)
                return r;
        enum journal_state state = journal_state_of(&records, &begin);
        *ret_done = state != JOURNAL_APPLIED;
        if (state == JOURNAL_APPLIED)
                return 0;
        if (state == JOURNAL_APPLYING || state == JOURNAL_ROLLING_BACK)
                return err_set(err, ERR_INTERRUPTED, "change-set %s was interrupted; run perfadvise recover", e->set->name);
        if ((r = act_precheck(e, keys, err)) < 0)
                return r;
        arena_reserve(e->arena, RESERVE_BYTES);
        CLEANUP(journal_close) struct journal *j = NULL;
        if ((r = keep_originals(e, err)) < 0 || (r = journal_open(e->arena, journal_path(e), &j, err)) < 0) {
                err->state = "nothing changed";
                return r;
        }
        if ((r = record_apply(e, j, keys, err)) < 0)
                return take_back(e, j, 0, err);
        return carry_out(e, j, err);
}

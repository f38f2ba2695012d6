/* Ending what a crash interrupted, from hashes and catalogue state; repeating it converges. */
#include "act/apply.h"
#include "act/record.h"
#include "base/fs.h"

#include <stdio.h>
#include <string.h>

int act_recover(struct act_env *e, bool leave_foreign, bool *ret_done, struct err *err)
{
        struct journal_records records;
        size_t begin;
        bool prepared;
        int r = journal_read(e->arena, journal_path(e), &records, err);
        if (r < 0)
                return r;
        enum journal_state state = journal_state_of(&records, &begin);
        e->patient = true;
        *ret_done = state == JOURNAL_APPLYING || state == JOURNAL_ROLLING_BACK;
        if (!*ret_done)
                return 0;
        if ((r = record_restore(e, &records, begin, &prepared, err)) < 0)
                return r;
        CLEANUP(journal_close) struct journal *j = NULL;
        if ((r = journal_open(e->arena, journal_path(e), &j, err)) < 0 || (r = record_time(e, j, "rollback", "recover", err)) < 0)
                return r;
        if (prepared && (r = undo_steps(e, j, leave_foreign, err)) < 0) {
                err->code = ERR_INTERRUPTED;
                err->state = "run perfadvise recover";
                return -ERR_INTERRUPTED;
        }
        return record_time(e, j, "rolled-back", leave_foreign ? "recover, foreign targets left" : "recover", err);
}

const char **act_interrupted(struct arena *a, const char *state_dir, struct err *ret_damaged)
{
        VEC(const char *) names = {0};
        for (const char **name = changeset_list(a, state_dir); *name; name++) {
                struct journal_records records;
                struct err own = {0};
                size_t begin;
                const char *path = fs_join(a, changeset_dir(a, state_dir, *name), "journal");
                if (journal_read(a, path, &records, &own) < 0) {
                        if (ret_damaged && !ret_damaged->code)
                                *ret_damaged = own;
                        continue;
                }
                enum journal_state state = journal_state_of(&records, &begin);
                if (state == JOURNAL_APPLYING || state == JOURNAL_ROLLING_BACK)
                        *vec_push(a, &names) = *name;
        }
        *vec_push(a, &names) = NULL;
        return names.items;
}

int changeset_check_interrupted(const char *state_dir, struct err *err)
{
        struct arena *a = arena_new();
        struct err damaged = {0};
        const char **names = act_interrupted(a, state_dir, &damaged);
        int r = 0;
        if (damaged.code) {
                if (err)
                        *err = damaged;
                r = -(int)damaged.code;
        } else if (*names) {
                err_set(err, ERR_INTERRUPTED, "change-set %s was interrupted", *names);
                r = err_hint(err, "Run `perfadvise recover` first; it puts everything back as it was.");
        }
        arena_free(a);
        return r;
}

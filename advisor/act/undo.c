/* Undoing, for a failed apply, rollback and recover alike: in reverse order, by what each target is now. */
#include "act/record.h"

#include <string.h>

static int undo_step(struct act_env *e, struct journal *j, struct step *s, struct err *err)
{
        enum act_state state;
        const char *why = "";
        int r = j ? record_number(e, j, "undo", s, err) : 0;
        if (r < 0 || (r = s->actuator->undo(e, s, err)) < 0 || (r = s->actuator->classify(e, s, &state, &why, err)) < 0)
                return r;
        if (state != ACT_BEFORE)
                return err_set(err, ERR_INTERRUPTED, "%s could not be undone: %s", s->what, why);
        return j ? record_number(e, j, "undone", s, err) : 0;
}

static int foreign(const struct step *s, const char *why, struct err *err)
{
        err_set(err, ERR_INTERRUPTED, "%s is neither what it was before nor what apply made of it: %s; it was left alone", s->what, why);
        return err_hint(err, s->path ? "Compare it with its original '%s' in rollback/ of the change-set, put back what you want, then `perfadvise recover "
                                       "--leave-foreign`."
                                     : "Look at it by hand, then `perfadvise recover --leave-foreign`.",
                        s->backup ? s->backup : "");
}

int undo_steps(struct act_env *e, struct journal *j, bool leave_foreign, struct err *err)
{
        int result = 0;
        for (size_t i = e->steps.len; i > 0; i--) {
                struct step *s = &e->steps.items[i - 1];
                enum act_state state;
                const char *why = "";
                struct err own = {0};
                int r = s->path ? file_sweep(e, s, &own) : 0;
                if (r == 0)
                        r = s->actuator->classify(e, s, &state, &why, &own);
                if (r == 0 && state == ACT_FOREIGN && !leave_foreign)
                        r = foreign(s, why, &own);
                else if (r == 0 && (state == ACT_AFTER || state == ACT_PARTIAL) && !s->already)
                        r = undo_step(e, j, s, &own);
                if (r < 0 && result == 0) {
                        result = r;
                        if (err)
                                *err = own;
                }
        }
        return result;
}

#include "store/change_set.h"
#include "base/sys.h"

int store_change_set_put(struct store *s, const char *name, int64_t run, const char *path, int64_t created_us, const char *state,
                         const char *summary, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(s),
                             "INSERT INTO change_set (name, run_id, path, created_us, state, applied_us, rolled_back_us, summary)"
                             " VALUES (?1, nullif(?2, 0), ?3, ?4, ?5, iif(?5 = 'applied', ?6, NULL), iif(?5 = 'rolled back', ?6, NULL), ?7)"
                             " ON CONFLICT (name) DO UPDATE SET state = excluded.state, path = excluded.path,"
                             " run_id = coalesce(run_id, excluded.run_id), applied_us = coalesce(excluded.applied_us, applied_us),"
                             " rolled_back_us = iif(excluded.state = 'applied', NULL, coalesce(excluded.rolled_back_us, rolled_back_us)),"
                             " summary = coalesce(summary, excluded.summary)",
                             &st, err);
        if (r < 0)
                return r;
        stmt_bind_text(st, 1, name);
        stmt_bind_int(st, 2, run);
        stmt_bind_text(st, 3, path);
        stmt_bind_int(st, 4, created_us);
        stmt_bind_text(st, 5, state);
        stmt_bind_int(st, 6, sys.realtime_us());
        stmt_bind_text(st, 7, summary);
        return stmt_step(st, err);
}

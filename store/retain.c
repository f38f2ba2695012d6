/* What leaves the history: old runs when asked, and cache traces by themselves. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/series.h"
#include "store/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TRACES_KEPT = 3 };

/* Runs that a change-set or a verification is about, with the captures that they were made from. */
#define REFERRED                                                                                                                                    \
        "WITH referred(run_id) AS (SELECT run_id FROM change_set UNION SELECT run_before FROM verification UNION SELECT run_after FROM verification)," \
        " kept(run_id) AS (SELECT run_id FROM referred UNION SELECT parent_run FROM run JOIN referred USING (run_id))"

static const char pick_sql[] =
        REFERRED " INSERT INTO doomed SELECT run_id FROM run r WHERE started_us < ?1"
                 " AND (ended_us IS NOT NULL OR started_us < ?2)" /* one that goes on is not old */
                 " AND NOT EXISTS (SELECT 1 FROM kept k WHERE k.run_id = r.run_id)"
                 " AND NOT EXISTS (SELECT 1 FROM run c WHERE c.parent_run = r.run_id AND c.started_us >= ?1)"
                 /* what the next audit compares with, and what `analyze` looks at */
                 " AND run_id NOT IN (SELECT max(run_id) FROM run WHERE ended_us IS NOT NULL AND outcome <> 'failed' GROUP BY kind)";

static int pick(struct store *s, int64_t before_us, int64_t now_us, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = db_exec(store_db(s), "CREATE TEMP TABLE IF NOT EXISTS doomed (run_id INTEGER PRIMARY KEY); DELETE FROM doomed;", err);
        if (r < 0 || (r = stmt_prepare(store_db(s), pick_sql, &st, err)) < 0)
                return r;
        stmt_bind_int(st, 1, before_us);
        stmt_bind_int(st, 2, now_us - INT64_C(86400) * 1000000);
        return stmt_step(st, err);
}

/* What says what happened, once the samples are gone. */
#define OUTLIVES "'finding','recommendation','change_set','verification','series_run','series_shift','series_state'"

/* Deletes the rows of the doomed runs: all, or those of the samples. An audit that stays may have been compared with one that goes. */
static int delete_picked(struct store *s, bool samples_only, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *tables = NULL;
        CLEANUP(str_release) struct str sql = {0};
        int r = stmt_prepare(store_db(s),
                             "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c ON c.name = 'run_id' WHERE m.type = 'table' "
                             "AND m.name <> 'run' AND NOT (?1 AND m.name IN (" OUTLIVES "))",
                             &tables, err);
        if (r < 0)
                return r;
        stmt_bind_int(tables, 1, samples_only);
        while ((r = stmt_step(tables, err)) == 1)
                str_printf(&sql, "DELETE FROM \"%s\" WHERE run_id IN (SELECT run_id FROM doomed);", stmt_text(tables, 0));
        str_add(&sql, "DELETE FROM pg_plan_shape WHERE NOT EXISTS (SELECT 1 FROM pg_plan p WHERE p.target_id = pg_plan_shape.target_id"
                      " AND p.queryid = pg_plan_shape.queryid AND p.plan_hash = pg_plan_shape.plan_hash);");
        if (!samples_only)
                str_add(&sql, "UPDATE run SET parent_run = NULL WHERE parent_run IN (SELECT run_id FROM doomed);"
                      "DELETE FROM run WHERE run_id IN (SELECT run_id FROM doomed);");
        return r < 0 ? r : db_exec(store_db(s), str_text(&sql), err);
}

static int check_clock(struct store *s, int64_t now, struct err *err)
{
        int64_t newest = db_int(store_db(s), "SELECT max(started_us) FROM run", 0, 0);
        const int64_t implausible = INT64_C(366) * 86400 * 1000000;
        if (newest && (newest > now || now - newest > implausible)) {
                err_set(err, ERR_REFUSED, "the clock and the newest run are too far apart to tell what is old; nothing was deleted");
                return err_hint(err, "Set the clock right, or make a new capture first.");
        }
        return 0;
}

static int retain(struct store *s, int64_t keep_us, bool samples_only, int64_t *ret_deleted, struct err *err)
{
        int64_t now = sys.realtime_us(), deleted = 0;
        int r = check_clock(s, now, err);
        if (r < 0 || (r = db_exec(store_db(s), "BEGIN IMMEDIATE", err)) < 0)
                return r;
        if ((r = pick(s, now - keep_us, now, err)) == 0 && (deleted = db_int(store_db(s), "SELECT count(*) FROM doomed", 0, 0)))
                r = delete_picked(s, samples_only, err);
        if (r < 0 || (r = db_exec(store_db(s), "COMMIT", err)) < 0) {
                db_exec(store_db(s), "ROLLBACK", NULL);
                return r;
        }
        *ret_deleted = deleted;
        return 0;
}

int store_retain(struct store *s, int64_t keep_us, int64_t *ret_deleted, struct err *err)
{
        return retain(s, keep_us, false, ret_deleted, err);
}

int store_thin(struct store *s, int64_t raw_us, int64_t hourly_us, int64_t keep_us, struct err *err)
{
        int64_t now = sys.realtime_us(), deleted;
        int r = store_series_update(s, err); /* before what it reads goes */
        if (r < 0 || (r = retain(s, raw_us, true, &deleted, err)) < 0)
                return r;
        return store_series_thin(s, now - hourly_us, now - keep_us, err);
}

/* ── Its copy ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_fresh(const char *path, int64_t age_us)
{
        struct stat st;
        return stat(path, &st) == 0 && sys.realtime_us() - (int64_t)st.st_mtime * 1000000 < age_us && st.st_size > 0;
}

/* VACUUM INTO takes an empty file that is there already: one that nobody else can read. */
static int copy_into(struct store *s, const char *path, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        CLEANUP(close) int fd = sys.openat(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return err_errno(err, ERR_IO, "cannot make '%s'", path);
        int r = stmt_prepare(store_db(s), "VACUUM INTO ?", &st, err);
        if (r < 0)
                return r;
        stmt_bind_text(st, 1, path);
        if ((r = stmt_step(st, err)) < 0)
                return r;
        return sys.fsync(fd) < 0 ? err_errno(err, ERR_IO, "cannot sync '%s'", path) : 0;
}

int store_backup(struct store *s, const char *path, int64_t age_us, struct err *err)
{
        CLEANUP(str_release) struct str part = {0};
        if (is_fresh(path, age_us))
                return 0;
        str_printf(&part, "%s.part", path);
        sys.unlinkat(AT_FDCWD, str_text(&part), 0); /* of an audit that was ended */
        int r = copy_into(s, str_text(&part), err);
        if (r == 0 && sys.renameat(AT_FDCWD, str_text(&part), AT_FDCWD, path) < 0)
                r = err_errno(err, ERR_IO, "cannot rename to '%s'", path);
        if (r < 0)
                sys.unlinkat(AT_FDCWD, str_text(&part), 0);
        return r;
}

int store_drop_traces(struct store *s, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(s),
                             "WITH traced AS MATERIALIZED (SELECT run_id FROM run r WHERE kind = 'capture'"
                             "  AND EXISTS (SELECT 1 FROM cache_access a WHERE a.run_id = r.run_id) ORDER BY run_id DESC),"
                             " used(run_id) AS (SELECT run_id FROM change_set WHERE state IN ('open', 'applied'))"
                             " DELETE FROM cache_access WHERE run_id IN (SELECT run_id FROM traced)"
                             " AND run_id NOT IN (SELECT run_id FROM traced ORDER BY run_id DESC LIMIT ?)"
                             " AND NOT EXISTS (SELECT 1 FROM used u WHERE u.run_id = cache_access.run_id)"
                             " AND NOT EXISTS (SELECT 1 FROM run n JOIN used USING (run_id) WHERE n.parent_run = cache_access.run_id)",
                             &st, err);
        if (r < 0)
                return r;
        stmt_bind_int(st, 1, TRACES_KEPT);
        return stmt_step(st, err);
}

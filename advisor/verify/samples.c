#include "verify/samples.h"
#include "config/config.h"

#include <math.h>
#include <string.h>
#include <strings.h>

struct loader {
        struct arena *arena;
        struct db *db;
        struct run_samples *s;
        struct err *err;
};

static int each(struct loader *l, const char *sql, int (*row)(struct loader *l, struct stmt *st, int figure), int figure)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(l->db, sql, &st, l->err);
        if (r < 0)
                return r;
        stmt_bind_int(st, 1, l->s->run);
        while ((r = stmt_step(st, l->err)) == 1)
                if ((r = row(l, st, figure)) < 0)
                        return r;
        return r;
}

static int hist_row(struct loader *l, struct stmt *st, int figure)
{
        struct hist *h = arena_new_of(l->arena, struct hist);
        const char *text = stmt_text(st, 0);
        if (!text || hist_parse(h, text) < 0)
                return err_set(l->err, ERR_HISTORY, "run %lld has a damaged histogram", (long long)l->s->run);
        *vec_push(l->arena, &l->s->figures[figure].blocks) = (struct compare_block){.hist = h};
        return 0;
}

static int ratio_row(struct loader *l, struct stmt *st, int figure)
{
        if (stmt_real(st, 1) > 0)
                *vec_push(l->arena, &l->s->figures[figure].blocks) = (struct compare_block){.num = stmt_real(st, 0), .den = stmt_real(st, 1)};
        return 0;
}

static int sample_row(struct loader *l, struct stmt *st, int figure)
{
        if (!isnan(stmt_real(st, 0)))
                *vec_push(l->arena, &l->s->figures[figure].samples) = stmt_real(st, 0);
        return 0;
}

/* What drivers and pools say for themselves: no index makes a SET faster, and nobody wrote it. COMMIT stays: it waits for the disk. */
static bool is_chatter(const char *query)
{
        static const char *const words[] = {"/* perfadvise */", "SET ", "SHOW ", "RESET ", "DISCARD ", "DEALLOCATE ", "BEGIN", "START TRANSACTION",
                                            "SELECT pg_catalog.version()", "SELECT version()", "SELECT current_schema()"};
        for (size_t i = 0; query && i < sizeof words / sizeof *words; i++)
                if (!strncasecmp(query, words[i], strlen(words[i])))
                        return true;
        return false;
}

static int statement_row(struct loader *l, struct stmt *st, int figure)
{
        (void)figure;
        double n = stmt_real(st, 4), sum = stmt_real(st, 5), squares = stmt_real(st, 6);
        if (!(n > 0) || is_chatter(stmt_text(st, 2)))
                return 0;
        double mean = sum / n;
        *vec_push(l->arena, &l->s->statements) = (struct run_statement){
                .target = arena_strdup(l->arena, stmt_text(st, 0)), .queryid = arena_strdup(l->arena, stmt_text(st, 1)),
                .query = arena_strdup(l->arena, stmt_text(st, 2)), .fingerprint = arena_strdup(l->arena, stmt_text(st, 3)),
                .total_ms = sum, .ms = {n, mean, sqrt(fmax(0, squares / n - mean * mean))}};
        return 0;
}

/* Intervals of the listener are some seconds long; rows of different processes flushed at nearly the same moment belong together. */
#define SLOT "at_us / 5000000"
#define HISTS(metric) "SELECT hist_merge(hist) FROM event_hist WHERE run_id = ? AND metric = '" metric "' GROUP BY " SLOT " ORDER BY " SLOT

/* Tried in order until one gives rows. */
static const struct {
        int figure;
        const char *source, *sql;
        int (*row)(struct loader *l, struct stmt *st, int figure);
} readings[] = {
        {FIGURE_DB_P95, "application events", HISTS("db.client.operation.duration"), hist_row},
        {FIGURE_POOL_WAIT, "application events", HISTS("db.client.connection.wait_time"), hist_row},
        /* A miss of the memory tier becomes a request to Redis: hits of both over memory hits and all Redis requests. */
        {FIGURE_CACHE_HIT, "application events",
         "SELECT sum(hits), sum(hits) + sum(CASE WHEN tier = 'redis' THEN misses ELSE 0 END) FROM event_cache WHERE run_id = ?1"
         " AND EXISTS (SELECT 1 FROM event_cache WHERE run_id = ?1 AND tier = 'redis') GROUP BY " SLOT " ORDER BY " SLOT, ratio_row},
        {FIGURE_CACHE_HIT, "Redis alone",
         "SELECT h, h + m FROM (SELECT at_us, keyspace_hits - lag(keyspace_hits) OVER w h, keyspace_misses - lag(keyspace_misses) OVER w m"
         " FROM redis_sample WHERE run_id = ? WINDOW w AS (PARTITION BY target_id, server_run_id ORDER BY at_us)) WHERE h >= 0 AND m >= 0 ORDER BY at_us",
         ratio_row},
        {FIGURE_START, "application events",
         "SELECT hist_quantile_ms(hist_merge(hist), 0.5) / 1e3 FROM event_hist WHERE run_id = ? AND metric = 'process.ready' GROUP BY program, pid ORDER BY program, pid",
         sample_row},
        {FIGURE_MEMORY, "proportional set sizes",
         /* Looks at which all processes were seen; one that two targets see counts once. */
         "WITH p AS (SELECT at_us / 1000000 AS look, pid, max(pss_bytes) AS pss FROM process_sample WHERE run_id = ?1 GROUP BY 1, 2),"
         " r AS (SELECT look, sum(pss) AS pss, count(*) AS n FROM p GROUP BY look)"
         " SELECT pss, (SELECT min(coalesce(mem_limit, mem_total)) FROM host_sample WHERE run_id = ?1)"
         " FROM r WHERE n = (SELECT max(n) FROM r) ORDER BY look", ratio_row},
        {FIGURE_IPC, "application events", HISTS("ipc.rtt"), hist_row},
};

static const char statements_sql[] =
        "SELECT t.name, e.queryid, x.query, x.fingerprint, sum(e.calls - coalesce(b.calls, 0)), sum(e.total_ms - coalesce(b.total_ms, 0)),"
        " sum(e.calls * (e.stddev_ms * e.stddev_ms + e.mean_ms * e.mean_ms) - coalesce(b.calls * (b.stddev_ms * b.stddev_ms + b.mean_ms * b.mean_ms), 0))"
        " FROM pg_statement e JOIN target t USING (target_id)"
        " LEFT JOIN pg_statement b ON b.run_id = e.run_id AND b.target_id = e.target_id AND b.edge = 'begin' AND b.queryid = e.queryid"
        "   AND b.database IS e.database AND b.role IS e.role AND b.toplevel IS e.toplevel"
        " LEFT JOIN pg_statement_text x ON x.target_id = e.target_id AND x.queryid = e.queryid"
        " WHERE e.run_id = ? AND e.edge = 'end' AND e.calls >= coalesce(b.calls, 0)"
        " AND NOT EXISTS (SELECT 1 FROM reset_mark m WHERE m.run_id = e.run_id AND m.target_id = e.target_id AND m.counter LIKE 'pg_stat_statements%')"
        " GROUP BY e.target_id, e.queryid ORDER BY t.name, e.queryid";

int run_samples_load(struct arena *a, struct store *store, int64_t run, struct run_samples **ret_samples, struct err *err)
{
        struct run_samples *s = arena_new_of(a, struct run_samples);
        struct loader l = {.arena = a, .db = store_db(store), .s = s, .err = err};
        s->run = run;
        s->started_us = db_int(l.db, "SELECT started_us FROM run WHERE run_id = ?", run, 0);
        s->ended_us = db_int(l.db, "SELECT ended_us FROM run WHERE run_id = ?", run, 0);
        for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
                struct run_figure *f = &s->figures[readings[i].figure];
                if (f->source)
                        continue;
                int r = each(&l, readings[i].sql, readings[i].row, readings[i].figure);
                if (r < 0)
                        return r;
                if (f->blocks.len || f->samples.len)
                        f->source = readings[i].source;
        }
        int r = each(&l, statements_sql, statement_row, 0);
        if (r < 0)
                return r;
        *ret_samples = s;
        return 0;
}

/* ── Which runs ─────────────────────────────────────────────────────────────────────────────────────────────────── */
static int find_change_set(struct arena *a, struct db *db, const char *name, struct verify_subject *subject, int64_t *ret_run, int64_t *ret_applied_us,
                           struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(db, "SELECT name, path, run_id, applied_us FROM change_set WHERE applied_us IS NOT NULL AND iif(?1 IS NULL, state = 'applied', name = ?1)"
                                 " ORDER BY applied_us DESC LIMIT 1", &st, err);
        if (r < 0)
                return r;
        stmt_bind_text(st, 1, name);
        r = stmt_step(st, err);
        if (r < 0)
                return r;
        if (r == 0) {
                name ? err_set(err, ERR_USAGE, "no applied change-set '%s'", name) : err_set(err, ERR_USAGE, "no change-set is applied");
                return err_hint(err, "`perfadvise status` lists them; --before and --after compare any two captures.");
        }
        subject->change_set = arena_strdup(a, stmt_text(st, 0));
        subject->path = arena_strdup(a, stmt_text(st, 1));
        *ret_run = stmt_int(st, 2);
        *ret_applied_us = stmt_int(st, 3);
        return 0;
}

int verify_find(struct arena *a, struct store *store, const char *name, int64_t before, int64_t after, struct verify_subject *ret_subject,
                struct err *err)
{
        struct db *db = store_db(store);
        struct verify_subject s = {0};
        int64_t run = 0, applied_us = 0;
        if (name || !before || !after) {
                int r = find_change_set(a, db, name, &s, &run, &applied_us, err);
                if (r < 0)
                        return r;
        }
        /* The analysis that made the change-set read its parent capture; an older history may name the capture itself. */
        s.before = before ? before
                          : db_int(db, "SELECT coalesce((SELECT c.run_id FROM run c WHERE c.run_id = r.parent_run AND c.kind = 'capture'), "
                                       "CASE WHEN r.kind = 'capture' THEN r.run_id END) FROM run r WHERE r.run_id = ?", run, 0);
        if (!s.before)
                s.before = db_int(db, "SELECT max(run_id) FROM run WHERE kind = 'capture' AND ended_us <= ? AND outcome <> 'failed'", applied_us, 0);
        s.after = after ? after
                        : db_int(db, "SELECT max(run_id) FROM run WHERE kind = 'capture' AND started_us >= ? AND ended_us IS NOT NULL AND outcome <> 'failed'",
                                 applied_us, 0);
        if (!s.before)
                return err_set(err, ERR_USAGE, "the history holds no capture from before '%s'", s.change_set ? s.change_set : "");
        if (!s.after) {
                err_set(err, ERR_USAGE, "nothing was captured since '%s' was applied", s.change_set ? s.change_set : "");
                return err_hint(err, "Restart what the change-set names, let it work, and run `perfadvise capture --duration 60s`.");
        }
        *ret_subject = s;
        return 0;
}

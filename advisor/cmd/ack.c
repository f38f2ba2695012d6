/* ack: a finding that is known and accepted is counted, not shown, until a date. */
#include "base/cleanup.h"
#include "base/sys.h"
#include "cmd/cmd.h"
#include "store/store.h"

#include <string.h>
#include <time.h>

enum { OPT_UNTIL, OPT_REASON, OPT_REMOVE };

static const struct option_spec options[] = {
        [OPT_UNTIL] = {"until", 0, "DATE", "the day from which it is shown again: YYYY-MM-DD (default: for ever)"},
        [OPT_REASON] = {"reason", 0, "TEXT", "why it is accepted"},
        [OPT_REMOVE] = {"remove", 0, NULL, "show it again from now on"},
        {0},
};

struct request {
        const char *key, *reason;
        int64_t until_us; /* 0: for ever */
        bool remove;
};

static int parse_date(const char *text, int64_t *ret_us, struct err *err)
{
        struct tm tm = {0};
        const char *end = strptime(text, "%Y-%m-%d", &tm);
        if (!end || *end || strlen(text) != 10)
                return err_set(err, ERR_USAGE, "'%s' is no date: YYYY-MM-DD", text);
        int64_t us = (int64_t)timegm(&tm) * 1000000;
        if (us <= sys.realtime_us())
                return err_set(err, ERR_USAGE, "%s is not in the future", text);
        *ret_us = us;
        return 0;
}

static int parse(int argc, char **argv, struct request *q, struct err *err)
{
        struct option_walk w = option_walk(options, argc, argv);
        const char *value;
        for (int o, r; (o = option_next(&w, &value, err)) != OPTION_END;) {
                r = 0;
                if (o == OPT_UNTIL)
                        r = parse_date(value, &q->until_us, err);
                else if (o == OPT_REASON)
                        q->reason = value;
                else if (o == OPT_REMOVE)
                        q->remove = true;
                else if (o == OPTION_OPERAND && !q->key)
                        q->key = value;
                else
                        r = o == OPTION_OPERAND ? err_set(err, ERR_USAGE, "unexpected argument '%s'", value) : -ERR_USAGE;
                if (r < 0)
                        return r;
        }
        if (!q->key && (q->remove || q->reason || q->until_us))
                return err_set(err, ERR_USAGE, "ack needs the key of a finding");
        return 0;
}

static int list(struct store *store, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(store),
                             "SELECT a.key, coalesce(date(a.until_us / 1000000, 'unixepoch'), 'for ever'), coalesce(a.reason, ''), "
                             "(SELECT f.rule || ' ' || f.subject FROM finding f WHERE f.key = a.key ORDER BY f.run_id DESC LIMIT 1) "
                             "FROM acknowledged a ORDER BY a.key",
                             &st, err);
        while (r >= 0 && (r = stmt_step(st, err)) == 1) {
                CLEANUP(str_release) struct str line = {0};
                str_printf(&line, "%s  %-10s  %s  %s", stmt_text(st, 0), stmt_text(st, 1), stmt_text(st, 3) ? stmt_text(st, 3) : "", stmt_text(st, 2));
                CLEANUP(str_release) struct str visible = {0};
                str_add_visible(&visible, str_text(&line), false);
                printf("%s\n", str_text(&visible));
        }
        return r;
}

/* The whole key of a finding from its beginning. */
static int find_key(struct store *store, const char *prefix, struct arena *a, const char **ret_key, const char **ret_what, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (strlen(prefix) < 4 || strspn(prefix, "0123456789abcdef") != strlen(prefix))
                return err_set(err, ERR_USAGE, "'%s' is no key of a finding: at least four of its twelve hex digits", prefix);
        int r = stmt_prepare(store_db(store), "SELECT key, max(rule || ': ' || subject) FROM finding WHERE key LIKE ? || '%' GROUP BY key ORDER BY key", &st, err);
        if (r < 0)
                return r;
        stmt_bind_text(st, 1, prefix);
        if ((r = stmt_step(st, err)) < 0)
                return r;
        if (!r) {
                err_set(err, ERR_USAGE, "no finding '%s' in the history", prefix);
                return err_hint(err, "`perfadvise analyze` shows the key of each finding in brackets.");
        }
        *ret_key = arena_strdup(a, stmt_text(st, 0));
        *ret_what = arena_strdup(a, stmt_text(st, 1));
        r = stmt_step(st, err);
        return r == 1 ? err_set(err, ERR_USAGE, "'%s' begins the keys of several findings", prefix) : r;
}

static int acknowledge(struct app *app, struct store *store, const struct request *q, struct err *err)
{
        const char *key, *what;
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = find_key(store, q->key, app->arena, &key, &what, err);
        if (r < 0)
                return r;
        r = stmt_prepare(store_db(store), q->remove ? "DELETE FROM acknowledged WHERE key = ?1" : "INSERT OR REPLACE INTO acknowledged VALUES (?1,?2,?3,?4)",
                         &st, err);
        if (r < 0)
                return r;
        stmt_bind_text(st, 1, key);
        if (!q->remove) {
                q->until_us ? stmt_bind_int(st, 2, q->until_us) : stmt_bind_null(st, 2);
                stmt_bind_text(st, 3, q->reason);
                stmt_bind_int(st, 4, sys.realtime_us());
        }
        if ((r = stmt_step(st, err)) < 0)
                return r;
        app_note(app, q->remove ? "%s (%s) is shown again" : "%s (%s) is acknowledged", key, what);
        return 0;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        struct request q = {0};
        const char *path;
        CLEANUP(store_close) struct store *store = NULL;
        int r = parse(argc, argv, &q, err);
        if (r < 0 || (r = app_history_path(app, false, &path, err)) < 0 || (r = store_open(path, q.key ? STORE_WRITE : 0, &store, err)) < 0)
                return r;
        return q.key ? acknowledge(app, store, &q, err) : list(store, err);
}

const struct command command_ack = {
        .name = "ack",
        .synopsis = "ack [--until DATE] [--reason TEXT] [--remove] [KEY]",
        .summary = "accept a finding until a date; without KEY, list what is accepted",
        .help = "An acknowledged finding is counted but not shown, does not decide exit statuses, and asks no model for\n"
                "advice. KEY is the key that analyze shows, or the beginning of it.",
        .options = options,
        .run = run,
};

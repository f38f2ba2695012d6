/* doctor: one round of all probes into memory, and what each could and could not see. Nothing is written. */
#include "base/wrap.h"
#include "cmd/capturing.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 80 };

/* Words from behind `before` on, further lines at the indent. */
static void print_safe(const char *before, int indent, const char *text)
{
        CLEANUP(str_release) struct str visible = {0};
        CLEANUP(str_release) struct str rail = {0};
        CLEANUP(str_release) struct str out = {0};
        str_add_visible(&visible, text, false);
        str_printf(&rail, "%*s", indent, "");
        wrap_words(&out, wrap_columns(before), COLUMNS, str_text(&rail), str_text(&visible));
        printf("%s%s", before, str_text(&out));
}

/* The version of a server, from what its probe emitted: kind of target, query for one text by target id. */
static const struct {
        const char *kind, *sql;
} versions[] = {
        {"postgres", "SELECT 'PostgreSQL ' || (version_num / 10000) || '.' || (version_num % 10000) FROM pg_server WHERE target_id=?"},
        {"pgbouncer", "SELECT value FROM pgb_config WHERE target_id=? AND key='version'"},
        {"redis", "SELECT 'Redis ' || version FROM redis_sample WHERE target_id=?"},
};

static void print_version(struct db *db, const char *kind, int64_t target)
{
        for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
                CLEANUP(stmt_free) struct stmt *st = NULL;
                if (strcmp(versions[i].kind, kind) || stmt_prepare(db, versions[i].sql, &st, NULL) < 0)
                        continue;
                stmt_bind_int(st, 1, target);
                if (stmt_step(st, NULL) == 1 && !stmt_is_null(st, 0))
                        printf(", %s", stmt_text(st, 0));
        }
}

/* The last word on each fact of a target. */
static int print_facts(struct db *db, int64_t target, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(db,
                             "SELECT fact, status, reason, remedy FROM fact_state f WHERE target_id=?1 AND rowid = (SELECT max(rowid) FROM "
                             "fact_state g WHERE g.target_id=f.target_id AND g.fact=f.fact) ORDER BY status='ok' DESC, fact",
                             &st, err);
        if (r < 0)
                return r;
        stmt_bind_int(st, 1, target);
        while ((r = stmt_step(st, err)) == 1) {
                bool whole = !strcmp(stmt_text(st, 1), "ok") && stmt_is_null(st, 2);
                char lead[64];
                const char *fact = stmt_text(st, 0);
                const char *reason = stmt_is_null(st, 2) ? "" : stmt_text(st, 2);
                snprintf(lead, sizeof lead, *reason ? "  %-8s %-18s " : "  %-8s %s", stmt_text(st, 1), str_starts(fact, "fact_") ? fact + 5 : fact);
                print_safe(lead, 30, reason);
                if (!whole && !stmt_is_null(st, 3))
                        print_safe("           mend it by: ", 23, stmt_text(st, 3));
        }
        return r;
}

static int print_target(struct capturing *c, const struct capture_result *t, struct err *err)
{
        int64_t id;
        int r = store_target(c->store, t->target->name, t->target->kind, &id, err);
        if (r < 0)
                return r;
        printf("%s (%s): %s", t->target->name, t->target->kind, t->outcome == CAPTURE_FAILED ? "failed" : "reachable");
        print_version(store_db(c->store), t->target->kind, id);
        printf("\n");
        if (t->err.code)
                print_safe("  ", 2, t->err.msg);
        if (t->err.hint[0])
                print_safe("  hint: ", 8, t->err.hint);
        return print_facts(store_db(c->store), id, err);
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        struct capturing c = {.app = app};
        VEC(const char *) only = {0};
        for (struct option_walk w = option_walk(command_doctor.options, argc, argv);;) {
                const char *value;
                int o = option_next(&w, &value, err);
                if (o == OPTION_END)
                        break;
                if (o != 0)
                        return o == OPTION_BAD ? -ERR_USAGE : err_set(err, ERR_USAGE, "unexpected argument '%s'", value);
                *vec_push(app->arena, &only) = value;
        }
        *vec_push(app->arena, &only) = NULL;
        CLEANUP(store_close) struct store *store = NULL;
        int r = capturing_targets(&c, only.items, err);
        if (r < 0 || (r = store_open(NULL, STORE_MEMORY, &store, err)) < 0 || (r = store_run_begin(store, "doctor", NULL, 0, &c.run, err)) < 0)
                return r;
        c.store = store;
        r = capturing_run(&c, err);
        for (size_t i = 0; r == 0 && i < c.targets.len; i++)
                r = print_target(&c, &c.results[i], err);
        if (r < 0)
                return r;
        capturing_die_by_signal(&c);
        r = capturing_verdict(&c, err);
        err->state = NULL;
        return r;
}

static const struct option_spec options[] = {
        {"target", 't', "NAME", "only this target; may be given several times"},
        {NULL},
};

const struct command command_doctor = {
        .name = "doctor",
        .synopsis = "doctor [--target NAME]...",
        .summary = "what each probe can see, and what would mend the rest",
        .help = "Looks at every target once, without writing anything, and says per fact: ok, empty because, denied or unknown,\n"
                "with the exact GRANT, setting or package that would mend it. Exit status 4 when a target cannot be reached.",
        .options = options,
        .run = run,
};

/*
 * Indexes, built and dropped CONCURRENTLY. The catalogue tells what became of it, not the absence of an error: a build that
 * fails leaves an INVALID index behind, and IF NOT EXISTS would call that success. What we drop has our name, stands on our
 * table, has our columns, and was not there when we looked before (robustness.md, I10, F20 to F24).
 */
#include "act/act.h"
#include "act/index_text.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 63, TRIES = 3, RETRY_WAIT_MS = 500, BUILD_WAIT_S = 60 };

struct index_state {
        bool exists, is_index, usable; /* usable: valid and ready */
        const char *definition, *table;
        bool building;
};

static bool is_drop(const struct change *c)
{
        return !strncasecmp(c->forward_sql, "DROP INDEX CONCURRENTLY ", 24);
}

/* The statement that makes the index: forward, or the undo of a drop. */
static const char *create_sql(const struct change *c)
{
        return is_drop(c) ? c->undo_sql : c->forward_sql;
}

static int look(struct act_env *e, struct step *s, struct pg *pg, struct index_state *ret, struct err *err)
{
        CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
        const char *const params[] = {s->refs.items[0].change->object};
        *ret = (struct index_state){0};
        int r = pg_query(pg,
                         "SELECT c.relkind IN ('i', 'I'), coalesce(i.indisvalid AND i.indisready AND i.indislive, false), pg_get_indexdef(i.indexrelid),"
                         " i.indrelid::regclass::text, EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid)"
                         " FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid WHERE c.oid = to_regclass($1)",
                         1, params, &rows, err);
        if (r < 0 || !pg_count(rows))
                return r;
        *ret = (struct index_state){.exists = true, .is_index = pg_bool(rows, 0, 0), .usable = pg_bool(rows, 0, 1),
                                    .definition = arena_strdup(e->arena, pg_text(rows, 0, 2)), .table = arena_strdup(e->arena, pg_text(rows, 0, 3)),
                                    .building = pg_bool(rows, 0, 4)};
        return 0;
}

static bool is_ours(struct act_env *e, const struct step *s, const struct index_state *now)
{
        return now->is_index && now->definition && index_same(e->arena, create_sql(s->refs.items[0].change), now->definition);
}

/* ── precheck ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int check_statement(const struct change *c, struct err *err)
{
        const char *sql = create_sql(c), *name = c->object ? strrchr(c->object, '.') : NULL;
        if (!name)
                return err_set(err, ERR_REFUSED, "an index needs a name with its schema: '%s'", c->object ? c->object : "");
        size_t len = strlen(name + 1);
        len -= len > 1 && name[1] == '"' ? 2 : 0;
        if (len > NAME_MAX_BYTES)
                return err_set(err, ERR_REFUSED, "the name of index %s is longer than %d bytes", c->object, NAME_MAX_BYTES);
        if (!sql || (strncasecmp(sql, "CREATE INDEX CONCURRENTLY ", 26) && strncasecmp(sql, "CREATE UNIQUE INDEX CONCURRENTLY ", 33)))
                return err_set(err, ERR_REFUSED, "%s is not built CONCURRENTLY: %s", c->object, sql ? sql : "");
        if (strcasestr(sql, " IF NOT EXISTS "))
                return err_set(err, ERR_REFUSED, "%s: IF NOT EXISTS would take a broken index for a good one", c->object);
        return 0;
}

/* Partitioned, foreign and temporary tables, and missing rights, before any DDL. */
static int check_table(struct act_env *e, struct step *s, struct pg *pg, struct err *err)
{
        const char *const params[] = {s->refs.items[0].change->table};
        const char *why = NULL;
        if (!params[0])
                return 0;
        int r = act_ask(e, pg,
                        "SELECT CASE WHEN relkind = 'p' THEN 'is partitioned: build the index on each partition'"
                        " WHEN relkind NOT IN ('r', 'm') THEN 'is no table' WHEN relpersistence = 't' THEN 'is temporary'"
                        " WHEN NOT pg_has_role(relowner, 'USAGE') THEN 'belongs to ' || pg_get_userbyid(relowner) || ': the role needs GRANT of that role'"
                        " WHEN NOT has_schema_privilege(relnamespace, 'CREATE') THEN 'stands in a schema where the role lacks CREATE'"
                        " ELSE 'ok' END FROM pg_class WHERE oid = to_regclass($1)",
                        1, params, &why, err);
        if (r < 0)
                return r;
        if (!why)
                return err_set(err, ERR_REFUSED, "%s: there is no table %s", s->what, params[0]);
        return strcmp(why, "ok") ? err_set(err, ERR_REFUSED, "%s: table %s %s", s->what, params[0], why) : 0;
}

static int name_taken(const struct step *s, const struct index_state *now, struct err *err)
{
        if (now->is_index && !now->usable) {
                err_set(err, ERR_REFUSED, "%s exists and is invalid, left by somebody else's build", s->what);
                return err_hint(err, "DROP INDEX CONCURRENTLY it if it is yours, then apply again.");
        }
        return err_set(err, ERR_REFUSED, "the name %s is taken by %s", s->what, now->definition ? now->definition : "a relation that is no index");
}

static void note_space(struct act_env *e, const struct step *s)
{
        const struct change *c = s->refs.items[0].change;
        if (c->size_bytes > 0)
                act_note(e, "%s: about %.0f MB; the free space on the server is unknown", s->what, c->size_bytes / 1048576);
        else
                act_note(e, "%s: its size and the free space on the server are unknown", s->what);
}

static int index_precheck(struct act_env *e, struct step *s, struct err *err)
{
        const struct change *c = s->refs.items[0].change;
        struct index_state now;
        struct pg *pg;
        int r = check_statement(c, err);
        if (r < 0 || (r = act_session(e, s, !e->dry_run, &pg, err)) < 0 || (r = check_table(e, s, pg, err)) < 0 ||
            (r = look(e, s, pg, &now, err)) < 0)
                return r;
        if (is_drop(c)) {
                if (now.building)
                        return err_set(err, ERR_REFUSED, "%s is being built right now", s->what);
                if (!now.exists || !is_ours(e, s, &now)) /* what a failed build left is dropped as well */
                        return err_set(err, ERR_REFUSED, "%s is not the index that the plan saw: %s", s->what, now.definition ? now.definition : "it is gone");
        } else if (now.exists) {
                return name_taken(s, &now, err);
        }
        s->saved = is_drop(c) ? now.definition : "absent";
        if (!is_drop(c))
                note_space(e, s);
        return 0;
}

/* ── building and dropping ───────────────────────────────────────────────────────────────────────────────────────── */

static int drop(struct act_env *e, struct step *s, struct pg *pg, struct err *err)
{
        int r = 0;
        for (int i = 0; i < TRIES; i++) {
                r = pg_exec(pg, arena_printf(e->arena, "DROP INDEX CONCURRENTLY %s", s->refs.items[0].change->object), err);
                if (r == 0 || strcmp(pg_sqlstate(pg), "55P03"))
                        break;
                usleep(RETRY_WAIT_MS * 1000);
        }
        return r;
}

/* What a failed build of ours left is dropped; what is not ours stays. */
static int drop_carcass(struct act_env *e, struct step *s, struct pg *pg, struct err *err)
{
        struct index_state now;
        int r = look(e, s, pg, &now, err);
        if (r < 0 || !now.exists || now.usable || !is_ours(e, s, &now))
                return r;
        return drop(e, s, pg, err);
}

static bool worth_retrying(const struct pg *pg)
{
        const char *state = pg_sqlstate(pg);
        return !strcmp(state, "55P03") || !strcmp(state, "40P01"); /* lock timeout, deadlock */
}

static int build(struct act_env *e, struct step *s, struct pg *pg, const char *sql, struct err *err)
{
        int r = 0;
        for (int i = 0; i < TRIES; i++) {
                r = pg_exec(pg, sql, err);
                if (r == 0 || pg_lost(pg))
                        return r;
                bool again = worth_retrying(pg) && !(e->stop && *e->stop);
                struct err carcass = {0};
                if (drop_carcass(e, s, pg, &carcass) < 0) {
                        act_note(e, "%s: what the build left could not be dropped yet: %s", s->what, carcass.msg);
                        return r;
                }
                if (!again)
                        return r;
                act_note(e, "%s: waited for a lock in vain (try %d of %d)", s->what, i + 1, TRIES);
                usleep((useconds_t)(RETRY_WAIT_MS * (i + 1) * 1000));
        }
        return r;
}

static int index_do(struct act_env *e, struct step *s, struct err *err)
{
        const struct change *c = s->refs.items[0].change;
        struct pg *pg;
        int r = act_session(e, s, true, &pg, err);
        if (r < 0)
                return r;
        return is_drop(c) ? drop(e, s, pg, err) : build(e, s, pg, c->forward_sql, err);
}

/* ── what is there now ───────────────────────────────────────────────────────────────────────────────────────────── */

static int classify_now(struct act_env *e, struct step *s, struct pg *pg, struct index_state *now, enum act_state *ret, struct err *err)
{
        bool drops = is_drop(s->refs.items[0].change);
        int r = look(e, s, pg, now, err);
        if (r < 0)
                return r;
        if (!now->exists)
                *ret = drops ? ACT_AFTER : ACT_BEFORE;
        else if (!is_ours(e, s, now))
                *ret = ACT_FOREIGN;
        else if (!now->usable)
                *ret = ACT_PARTIAL;
        else
                *ret = drops ? ACT_BEFORE : ACT_AFTER;
        return 0;
}

static int index_classify(struct act_env *e, struct step *s, enum act_state *ret, const char **ret_why, struct err *err)
{
        struct index_state now;
        struct pg *pg;
        int r = act_session(e, s, true, &pg, err);
        if (r < 0 || (r = classify_now(e, s, pg, &now, ret, err)) < 0)
                return r;
        *ret_why = !now.exists ? "it does not exist" : now.definition ? now.definition : "it is no index";
        return 0;
}

static int index_read_back(struct act_env *e, struct step *s, struct err *err)
{
        enum act_state state;
        const char *why = "";
        int r = index_classify(e, s, &state, &why, err);
        if (r == 0 && state != ACT_AFTER)
                r = err_set(err, ERR_TARGET, "%s is not what was asked for: %s%s", s->what, state == ACT_PARTIAL ? "invalid: " : "", why);
        return r;
}

/* A server goes on building after its client was killed: wait for it, with an end. */
static int wait_for_build(struct act_env *e, struct step *s, struct pg *pg, struct err *err)
{
        struct index_state now = {0};
        for (int waited_s = 0; waited_s < BUILD_WAIT_S; waited_s++) {
                int r = look(e, s, pg, &now, err);
                if (r < 0 || !now.building)
                        return r;
                if (!waited_s)
                        act_note(e, "%s: the server still builds it; waiting", s->what);
                sleep(1);
        }
        err_set(err, ERR_TARGET, "%s: the server still builds it after %d s", s->what, BUILD_WAIT_S);
        return err_hint(err, "Run `perfadvise recover` again when pg_stat_progress_create_index no longer shows it.");
}

static int index_undo(struct act_env *e, struct step *s, struct err *err)
{
        const struct change *c = s->refs.items[0].change;
        struct index_state now;
        enum act_state state;
        struct pg *pg;
        int r = act_session(e, s, true, &pg, err);
        if (r < 0 || (r = wait_for_build(e, s, pg, err)) < 0 || (r = classify_now(e, s, pg, &now, &state, err)) < 0)
                return r;
        if (state == ACT_FOREIGN)
                return err_set(err, ERR_INTERRUPTED, "%s is not ours to drop: %s", s->what, now.definition ? now.definition : "no index");
        if (now.exists && (!is_drop(c) || state == ACT_PARTIAL) && (r = drop(e, s, pg, err)) < 0)
                return r;
        return is_drop(c) && state != ACT_BEFORE ? build(e, s, pg, c->undo_sql, err) : 0;
}

const struct actuator actuator_pg_index = {
        .kind = CHANGE_pg_index,
        .precheck = index_precheck,
        .do_ = index_do,
        .read_back = index_read_back,
        .undo = index_undo,
        .classify = index_classify,
};

/*
 * The session of a step on a PostgreSQL server: one per target, identity and role checked on the connection that will write,
 * one writer per database by an advisory lock. Settings can be changed on a standby too, so the server's refusal is not relied on.
 */
#include "act/act.h"

#include <string.h>
#include <unistd.h>

enum { LOCK_WAIT_S = 60 };

int act_ask(struct act_env *e, struct pg *pg, const char *sql, int n, const char *const *params, const char **ret, struct err *err)
{
        CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
        int r = pg_query(pg, sql, n, params, &rows, err);
        if (r == 0)
                *ret = pg_count(rows) ? arena_strdup(e->arena, pg_text(rows, 0, 0)) : NULL;
        return r;
}

static const struct probe_target *target_of(struct act_env *e, const char *name, const char *kind)
{
        if (!name)
                return config_target_of_kind(e->config, kind);
        for (size_t i = 0; i < e->config->targets.len; i++)
                if (!strcmp(e->config->targets.items[i].name, name) && !strcmp(e->config->targets.items[i].kind, kind))
                        return &e->config->targets.items[i];
        return NULL;
}

/* As the probes write it: system identifier (or where it listens, when that right is missing), slash, database oid. */
static int identify(struct act_env *e, struct act_session *session, struct err *err)
{
        const char *system = NULL, *oid = NULL, *standby = NULL;
        int r = act_ask(e, session->pg, "SELECT oid::text FROM pg_database WHERE datname = current_database()", 0, NULL, &oid, err);
        if (r == 0)
                r = act_ask(e, session->pg, "SELECT pg_is_in_recovery()::text", 0, NULL, &standby, err);
        if (r < 0)
                return r;
        if (act_ask(e, session->pg, "SELECT system_identifier::text FROM pg_control_system()", 0, NULL, &system, NULL) < 0 || !system)
                system = pg_place(session->pg);
        session->standby = standby && !strcmp(standby, "true");
        session->identity = arena_printf(e->arena, "%s/%s", system, oid ? oid : "");
        return 0;
}

/*
 * One writer per database; the lock ends with the session. After a kill the server may still carry out our last statement, with
 * the lock: recover waits for that. The number is "perfadvi" in ASCII.
 */
static int lock_database(struct act_env *e, struct pg *pg, struct err *err)
{
        for (int waited_s = 0;; waited_s++) {
                const char *got = NULL;
                int r = act_ask(e, pg, "SELECT pg_try_advisory_lock(8099005288941909609)::text", 0, NULL, &got, err);
                if (r < 0 || (got && !strcmp(got, "true")))
                        return r;
                if (!e->patient || waited_s == LOCK_WAIT_S)
                        break;
                if (!waited_s)
                        act_note(e, "%s: another session of perfadvise is still at work; waiting for its end", pg_place(pg));
                sleep(1);
        }
        err_set(err, ERR_REFUSED, "%s: another perfadvise is writing to this database", pg_place(pg));
        return err_hint(err, "Try again when it has ended; after a crash the server may still carry out its last statement.");
}

/* Long statements without an idle client: a server from 14 on ends them by itself when we are gone. */
static int prepare_session(struct act_env *e, struct pg *pg, struct err *err)
{
        int r = pg_exec(pg, "SET statement_timeout = 0", err);
        if (r == 0)
                r = pg_exec(pg, "SET lock_timeout = '2s'", err);
        if (r == 0 && pg_version_num(pg) >= 140000)
                r = pg_exec(pg, "SET client_connection_check_interval = '1s'", err);
        return r < 0 ? r : lock_database(e, pg, err);
}

static int open_session(struct act_env *e, const struct step *s, bool writable, struct act_session **ret, struct err *err)
{
        const struct probe_target *t = target_of(e, s->target, "postgres");
        if (!t)
                return err_set(err, ERR_REFUSED, "%s: the configuration names no postgres target '%s'", s->what, s->target ? s->target : "");
        struct act_session session = {.target = s->target, .writable = writable};
        int r = pg_open(t->dsn, writable ? PG_WRITABLE : 0, &session.pg, err);
        if (r == 0)
                r = identify(e, &session, err);
        if (r == 0 && writable)
                r = prepare_session(e, session.pg, err);
        if (r < 0) {
                pg_close(session.pg);
                return r;
        }
        if (e->stop && writable)
                pg_watch(session.pg, e->stop);
        *ret = vec_push(e->arena, &e->sessions);
        **ret = session;
        return 0;
}

static int check_server(struct step *s, const struct act_session *session, bool writable, struct err *err)
{
        if (s->server && strcmp(s->server, session->identity)) {
                err_set(err, ERR_REFUSED, "%s: %s is another server or database than at the time of the plan (%s, was %s)", s->what,
                        pg_place(session->pg), session->identity, s->server);
                return err_hint(err, "Was it restored or failed over? Run `perfadvise analyze` again.");
        }
        if (session->standby && writable)
                return err_set(err, ERR_REFUSED, "%s: %s is a standby", s->what, pg_place(session->pg));
        s->server = session->identity;
        return 0;
}

int act_session(struct act_env *e, struct step *s, bool writable, struct pg **ret_pg, struct err *err)
{
        struct act_session *found = NULL;
        if (!e->config->apply_postgres && writable) {
                err_set(err, ERR_REFUSED, "%s: the configuration does not allow changes of PostgreSQL", s->what);
                return err_hint(err, "apply: { postgres: true } allows them.");
        }
        for (size_t i = 0; i < e->sessions.len; i++) {
                struct act_session *at = &e->sessions.items[i];
                if (at->writable == writable && !strcmp(at->target ? at->target : "", s->target ? s->target : "") && !pg_lost(at->pg))
                        found = at;
        }
        int r = found ? 0 : open_session(e, s, writable, &found, err);
        if (r < 0 || (r = check_server(s, found, !e->dry_run, err)) < 0)
                return r;
        *ret_pg = found->pg;
        return 0;
}

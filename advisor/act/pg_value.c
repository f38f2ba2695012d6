/*
 * Settings as name and value: ALTER SYSTEM, ALTER ROLE/DATABASE ... SET, storage parameters of tables. All three are read back from
 * the catalogue as text, and undone to what was found at the precheck rather than to what the plan thought was there.
 *
 *      kind              object
 *      pg_setting        NAME
 *      pg_role_setting   ROLE/NAME, ROLE@DATABASE/NAME or @DATABASE/NAME
 *      pg_reloption      SCHEMA.TABLE/NAME, as regclass reads it
 */
#include "act/act.h"
#include "base/sys.h"
#include "lib/sql.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { RELOAD_WAIT_MS = 5000, RELOAD_POLL_MS = 50 };

/* object split at its last slash */
static const char *scope_of(struct act_env *e, const struct change *c)
{
        const char *slash = c->object ? strrchr(c->object, '/') : NULL;
        return slash ? arena_strndup(e->arena, c->object, (size_t)(slash - c->object)) : "";
}

static const char *name_of(const struct change *c)
{
        const char *slash = c->object ? strrchr(c->object, '/') : NULL;
        return slash ? slash + 1 : c->object ? c->object : "";
}

static int read_setting(struct act_env *e, struct pg *pg, const struct change *c, const char **ret, struct err *err)
{
        const char *const params[] = {name_of(c)};
        int r = act_ask(e, pg, "SELECT setting FROM pg_file_settings WHERE sourcefile ~ '(^|/)postgresql[.]auto[.]conf$' AND lower(name) = lower($1) "
                               "ORDER BY seqno DESC LIMIT 1", 1, params, ret, err);
        if (r < 0 && !strcmp(pg_sqlstate(pg), "42501"))
                err_hint(err, "GRANT SELECT ON pg_file_settings and EXECUTE ON FUNCTION pg_show_all_file_settings() to the role.");
        return r;
}

static int read_role_setting(struct act_env *e, struct pg *pg, const struct change *c, const char **ret, struct err *err)
{
        const char *scope = scope_of(e, c), *at = strchr(scope, '@');
        const char *role = at ? arena_strndup(e->arena, scope, (size_t)(at - scope)) : scope;
        const char *const params[] = {*role ? role : NULL, at ? at + 1 : NULL, name_of(c)};
        return act_ask(e, pg,
                       "SELECT substr(s, strpos(s, '=') + 1) FROM pg_db_role_setting, unnest(setconfig) s"
                       " WHERE setrole = CASE WHEN $1::text IS NULL THEN 0 ELSE (SELECT oid FROM pg_roles WHERE rolname = $1) END"
                       " AND setdatabase = CASE WHEN $2::text IS NULL THEN 0 ELSE (SELECT oid FROM pg_database WHERE datname = $2) END"
                       " AND lower(split_part(s, '=', 1)) = lower($3)",
                       3, params, ret, err);
}

static int read_reloption(struct act_env *e, struct pg *pg, const struct change *c, const char **ret, struct err *err)
{
        const char *const params[] = {scope_of(e, c), name_of(c)};
        return act_ask(e, pg,
                       "SELECT substr(o, strpos(o, '=') + 1) FROM pg_class, unnest(reloptions) o"
                       " WHERE oid = $1::regclass AND split_part(o, '=', 1) = $2",
                       2, params, ret, err);
}

/* Lists whose elements are quoted one by one; one literal with commas would become one element. */
static const char *literal_of(struct act_env *e, const char *name, const char *value)
{
        static const char *const lists[] = {"local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries",
                                            "temp_tablespaces", "unix_socket_directories", NULL};
        const char *const *l = lists;
        while (*l && strcasecmp(*l, name))
                l++;
        if (!*l)
                return pg_quote_literal(e->arena, value);
        CLEANUP(str_release) struct str out = {0};
        for (const char *p = value; *p;) {
                p += strspn(p, " ,");
                size_t n = strcspn(p, ",");
                if (!n)
                        break;
                const char *word = arena_strndup(e->arena, p, n);
                if (word[0] == '"' && n > 1)
                        word = arena_strndup(e->arena, word + 1, n - 2);
                str_printf(&out, "%s%s", out.len ? ", " : "", pg_quote_literal(e->arena, word));
                p += n;
        }
        return arena_strdup(e->arena, out.len ? out.buf : "''");
}

static const char *undo_sql(struct act_env *e, const struct change *c, const char *value)
{
        const char *name = name_of(c), *scope = scope_of(e, c), *at = strchr(scope, '@');
        bool set = value != NULL;
        if (c->kind == CHANGE_pg_reloption)
                return set ? arena_printf(e->arena, "ALTER TABLE %s SET (%s = %s)", scope, name, pg_quote_literal(e->arena, value))
                           : arena_printf(e->arena, "ALTER TABLE %s RESET (%s)", scope, name);
        const char *head = "ALTER SYSTEM";
        if (c->kind == CHANGE_pg_role_setting && at == scope)
                head = arena_printf(e->arena, "ALTER DATABASE %s", pg_quote_ident(e->arena, at + 1));
        else if (c->kind == CHANGE_pg_role_setting && at)
                head = arena_printf(e->arena, "ALTER ROLE %s IN DATABASE %s",
                                    pg_quote_ident(e->arena, arena_strndup(e->arena, scope, (size_t)(at - scope))), pg_quote_ident(e->arena, at + 1));
        else if (c->kind == CHANGE_pg_role_setting)
                head = arena_printf(e->arena, "ALTER ROLE %s", pg_quote_ident(e->arena, scope));
        return set ? arena_printf(e->arena, "%s SET %s TO %s", head, name, literal_of(e, name, value)) : arena_printf(e->arena, "%s RESET %s", head, name);
}

/* A statement that sets a value of this kind and nothing else: the plan may come from elsewhere. */
static int check_statement(struct act_env *e, const struct change *c, struct err *err)
{
        static const char *const forms[CHANGE_KIND_COUNT][4] = {
                [CHANGE_pg_setting] = {"AlterSystemStmt"},
                [CHANGE_pg_role_setting] = {"AlterRoleSetStmt", "AlterDatabaseSetStmt"},
                [CHANGE_pg_reloption] = {"AlterTableStmt/AT_SetRelOptions", "AlterTableStmt/AT_ResetRelOptions"}};
        const char *form = "";
        struct err why = {0};
        int r = sql_form(e->arena, c->forward_sql, &form, &why);
        const char *const *known = forms[c->kind];
        while (r == 0 && *known && strcmp(*known, form))
                known++;
        if (r < 0 || !*known)
                return err_set(err, ERR_REFUSED, "%s: not a statement of a %s: %s", c->object ? c->object : c->knob, change_kind_names[c->kind],
                               c->forward_sql);
        const char *name = name_of(c);
        if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")])
                return err_set(err, ERR_REFUSED, "'%s' is no name of a setting", name);
        return 0;
}

static int read_value(struct act_env *e, struct pg *pg, const struct change *c, const char **ret, struct err *err)
{
        return c->kind == CHANGE_pg_setting        ? read_setting(e, pg, c, ret, err)
               : c->kind == CHANGE_pg_role_setting ? read_role_setting(e, pg, c, ret, err)
                                                   : read_reloption(e, pg, c, ret, err);
}

/* Saved as "=VALUE", or "-" where there was none. */
static const char *saved_value(const struct step *s)
{
        return s->saved && s->saved[0] == '=' ? s->saved + 1 : NULL;
}

static bool same_value(const char *a, const char *b)
{
        return !a || !b ? a == b : !strcmp(a, b);
}

static int precheck_setting(struct act_env *e, struct step *s, struct pg *pg, const struct change *c, struct err *err)
{
        const char *const params[] = {name_of(c)};
        const char *context = NULL;
        int r = act_ask(e, pg, "SELECT context FROM pg_settings WHERE name = lower($1)", 1, params, &context, err);
        if (r < 0)
                return r;
        if (!context && !strchr(name_of(c), '.'))
                return err_set(err, ERR_REFUSED, "%s: this server has no such setting", s->what);
        const char *broken = NULL;
        if ((r = act_ask(e, pg,
                         "SELECT format('%s:%s: %s', regexp_replace(sourcefile, '.*/', ''), sourceline, error) FROM pg_file_settings WHERE error IS NOT NULL"
                         " AND error <> 'setting could not be applied' ORDER BY seqno LIMIT 1", 0, NULL, &broken, err)) < 0)
                return r;
        if (broken) {
                err_set(err, ERR_REFUSED, "%s: the server cannot reload its configuration: %s", s->what, broken);
                return err_hint(err, "Mend that line first: while it stands there, no change of a setting takes effect.");
        }
        if (context && !strcmp(context, "internal"))
                return err_set(err, ERR_REFUSED, "%s cannot be changed", s->what);
        if (context && !strcmp(context, "postmaster"))
                act_note_pending(e, s);
        return 0;
}

static int value_precheck(struct act_env *e, struct step *s, struct err *err)
{
        const struct change *c = s->refs.items[0].change;
        const char *now = NULL;
        struct pg *pg;
        int r = check_statement(e, c, err);
        if (r < 0 || (r = act_session(e, s, !e->dry_run, &pg, err)) < 0 || (r = read_value(e, pg, c, &now, err)) < 0)
                return r;
        if (c->kind == CHANGE_pg_setting && (r = precheck_setting(e, s, pg, c, err)) < 0)
                return r;
        s->saved = now ? arena_printf(e->arena, "=%s", now) : "-";
        s->already = same_value(now, c->after);
        return 0;
}

/* The server takes the files anew in its own time: its load time tells when. */
static int reload(struct act_env *e, struct pg *pg, struct err *err)
{
        const char *before = NULL, *now = NULL, *done = NULL;
        int r = act_ask(e, pg, "SELECT pg_conf_load_time()::text", 0, NULL, &before, err);
        if (r == 0)
                r = act_ask(e, pg, "SELECT pg_reload_conf()::text", 0, NULL, &done, err);
        for (int waited = 0; r == 0 && waited < RELOAD_WAIT_MS; waited += RELOAD_POLL_MS) {
                if ((r = act_ask(e, pg, "SELECT pg_conf_load_time()::text", 0, NULL, &now, err)) == 0 && now && before && strcmp(now, before))
                        return 0;
                usleep(RELOAD_POLL_MS * 1000);
        }
        return r < 0 ? r : err_set(err, ERR_TARGET, "%s did not reload its configuration within %d s", pg_place(pg), RELOAD_WAIT_MS / 1000);
}

static int value_do(struct act_env *e, struct step *s, struct err *err)
{
        const struct change *c = s->refs.items[0].change;
        struct pg *pg;
        int r = act_session(e, s, true, &pg, err);
        if (r < 0 || (r = pg_exec(pg, c->forward_sql, err)) < 0)
                return r;
        return c->kind == CHANGE_pg_setting ? reload(e, pg, err) : 0;
}

/* In the file it is; is it in effect? Restart-only settings are pending, a command line or a later file wins over us. */
static int check_effect(struct act_env *e, struct step *s, struct pg *pg, const struct change *c, struct err *err)
{
        const char *const params[] = {name_of(c)};
        const char *error = NULL, *source = NULL;
        int r = act_ask(e, pg,
                        "SELECT f.error FROM pg_file_settings f LEFT JOIN pg_settings s ON s.name = lower(f.name) WHERE lower(f.name) = lower($1) AND NOT f.applied"
                        " AND f.error IS NOT NULL AND s.context IS DISTINCT FROM 'postmaster' ORDER BY seqno DESC LIMIT 1",
                        1, params, &error, err);
        if (r == 0 && error)
                return err_set(err, ERR_TARGET, "%s: the server does not take it: %s", s->what, error);
        if (r == 0)
                r = act_ask(e, pg,
                            "SELECT CASE WHEN source = 'command line' THEN 'the command line' WHEN source = 'configuration file'"
                            " AND sourcefile !~ '(^|/)postgresql[.]auto[.]conf$' AND NOT pending_restart THEN sourcefile END FROM pg_settings WHERE name = lower($1)",
                            1, params, &source, err);
        if (r == 0 && source && c->after)
                return err_set(err, ERR_TARGET, "%s: %s overrides it", s->what, source);
        return r;
}

static int value_read_back(struct act_env *e, struct step *s, struct err *err)
{
        const struct change *c = s->refs.items[0].change;
        const char *now = NULL;
        struct pg *pg;
        int r = act_session(e, s, true, &pg, err);
        if (r < 0 || (r = read_value(e, pg, c, &now, err)) < 0)
                return r;
        if (!same_value(now, c->after))
                return err_set(err, ERR_TARGET, "%s reads back as '%s', not '%s'", s->what, now ? now : "unset", c->after ? c->after : "unset");
        return c->kind == CHANGE_pg_setting ? check_effect(e, s, pg, c, err) : 0;
}

static int value_undo(struct act_env *e, struct step *s, struct err *err)
{
        const struct change *c = s->refs.items[0].change;
        struct pg *pg;
        int r = act_session(e, s, true, &pg, err);
        if (r < 0 || (r = pg_exec(pg, undo_sql(e, c, saved_value(s)), err)) < 0)
                return r;
        return c->kind == CHANGE_pg_setting ? reload(e, pg, err) : 0;
}

static int value_classify(struct act_env *e, struct step *s, enum act_state *ret, const char **ret_why, struct err *err)
{
        const struct change *c = s->refs.items[0].change;
        const char *now = NULL;
        struct pg *pg;
        int r = act_session(e, s, true, &pg, err);
        if (r < 0 || (r = read_value(e, pg, c, &now, err)) < 0)
                return r;
        *ret = same_value(now, saved_value(s)) ? ACT_BEFORE : same_value(now, c->after) ? ACT_AFTER : ACT_FOREIGN;
        *ret_why = arena_printf(e->arena, "its value is '%s'", now ? now : "unset");
        return 0;
}

static void setting_describe(struct act_env *e, const struct step *s, struct str *out)
{
        (void)e;
        str_printf(out, "-- target %s\nSELECT pg_reload_conf();\n", s->target ? s->target : "");
}

#define VALUE_ACTUATOR(k, d)                                                                                           \
        const struct actuator actuator_##k = {.kind = CHANGE_##k,                                                      \
                                              .precheck = value_precheck,                                              \
                                              .do_ = value_do,                                                         \
                                              .read_back = value_read_back,                                            \
                                              .undo = value_undo,                                                      \
                                              .classify = value_classify,                                              \
                                              .describe = d}
VALUE_ACTUATOR(pg_setting, setting_describe);
VALUE_ACTUATOR(pg_role_setting, NULL);
VALUE_ACTUATOR(pg_reloption, NULL);

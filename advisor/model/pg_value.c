/*
 * Settings, storage parameters and statistics as rules name them: the rule says which value and why, this says how it is changed
 * and taken back. A row's columns:
 *
 *      set_kind     setting   set_name = set_value, by ALTER SYSTEM, or in the form of who runs the server as a service
 *                   role      the same for the role set_object
 *                   table     storage parameters of schema."table": set_name "a=1, b=2", or one to RESET when set_value is NULL
 *                   analyze   schema."table"
 *                   extended  CREATE STATISTICS on the columns set_name of schema."table"; its name is set_object
 *      set_before   as it is now, for people; set_cost, set_risk: what it costs, and "medium" or "high" when it can hurt
 *
 * A row without set_kind or set_value has no change to offer. Several rules may name one knob: the first row decides, the others
 * are said. On a managed server that does not allow ALTER SYSTEM the advice is a command for people, and words for them where the
 * server's command line holds the setting, since that wins over ALTER SYSTEM.
 */
#include "base/cleanup.h"
#include "base/num.h"
#include "base/str.h"
#include "lib/pg.h"
#include "model/model.h"
#include "model/pg_provider.h"

#include <math.h>
#include <string.h>

struct job {
        const struct advise_in *in;
        struct advise_out *out;
        struct arena *a;
        VEC(const char *) knobs;
};

struct want {
        const struct rule_row *row;
        const char *kind, *name, *value, *target, *object, *table, *said; /* table: quoted; said: as people read the object */
        const struct fact_setting *setting;
        const struct fact_server *server;
};

static bool is(const char *a, const char *b)
{
        return a && b && !strcmp(a, b);
}

static const struct fact_setting *setting_of(const struct facts *f, const char *target, const char *name)
{
        for (size_t i = 0; i < f->settings.len; i++)
                if (is(f->settings.items[i].name, name) && (!target || is(f->settings.items[i].target, target)))
                        return &f->settings.items[i];
        return NULL;
}

static const struct fact_server *server_of(const struct facts *f, const char *target)
{
        for (size_t i = 0; i < f->servers.len; i++)
                if (!target || is(f->servers.items[i].target, target))
                        return &f->servers.items[i];
        return NULL;
}

/* ── Changes ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct change setting_change(struct job *j, const struct want *w)
{
        const char *reset = w->setting && is(w->setting->source, "configuration file") ? "-- the value before stands in a configuration file, or was set by ALTER SYSTEM\n" : "";
        bool restart = w->setting && is(w->setting->context, "postmaster");
        return (struct change){.kind = CHANGE_pg_setting, .phase = PHASE_RAISE, .object = w->name, .after = w->value, .restart = restart ? "PostgreSQL" : NULL,
                               .reload = !restart, .forward_sql = arena_printf(j->a, "ALTER SYSTEM SET %s TO %s", w->name, pg_quote_literal(j->a, w->value)),
                               .undo_sql = arena_printf(j->a, "%sALTER SYSTEM RESET %s", reset, w->name)};
}

static struct change role_change(struct job *j, const struct want *w)
{
        const char *role = pg_quote_ident(j->a, w->object);
        return (struct change){.kind = CHANGE_pg_role_setting, .phase = PHASE_RAISE, .object = arena_printf(j->a, "%s/%s", w->object, w->name), .after = w->value,
                               .forward_sql = arena_printf(j->a, "ALTER ROLE %s SET %s TO %s", role, w->name, pg_quote_literal(j->a, w->value)),
                               .undo_sql = arena_printf(j->a, "ALTER ROLE %s RESET %s", role, w->name)};
}

static struct change table_change(struct job *j, const struct want *w, const char *name, const char *value)
{
        const char *forward = value ? arena_printf(j->a, "ALTER TABLE %s SET (%s = %s)", w->table, name, value) : arena_printf(j->a, "ALTER TABLE %s RESET (%s)", w->table, name);
        return (struct change){.kind = CHANGE_pg_reloption, .phase = PHASE_RAISE, .object = arena_printf(j->a, "%s/%s", w->table, name), .table = w->table, .after = value,
                               .forward_sql = forward, .undo_sql = arena_printf(j->a, value ? "ALTER TABLE %s RESET (%s)" : "ALTER TABLE %s SET (%s = false)", w->table, name)};
}

/* "a, B" as names in quotes. */
static const char *quoted_list(struct job *j, const char *names)
{
        const char *out = NULL;
        while (*names) {
                size_t len = strcspn(names, ",");
                const char *one = pg_quote_ident(j->a, arena_strndup(j->a, names, len));
                out = out ? arena_printf(j->a, "%s, %s", out, one) : one;
                names += len + (names[len] ? strspn(names + len, ", ") : 0);
        }
        return out ? out : "";
}

static struct change statistics_change(struct job *j, const struct want *w)
{
        struct change c = {.kind = CHANGE_pg_statistics, .phase = PHASE_STATISTICS, .object = w->table, .table = w->table};
        c.forward_sql = arena_printf(j->a, "ANALYZE %s", w->table);
        c.undo_sql = "-- fresh statistics are not taken back";
        if (is(w->kind, "extended")) {
                c.object = pg_quote_name(j->a, rule_row_text(w->row, "schema"), w->object);
                c.forward_sql = arena_printf(j->a, "CREATE STATISTICS %s ON %s FROM %s", c.object, quoted_list(j, w->name), w->table);
                c.undo_sql = arena_printf(j->a, "DROP STATISTICS %s", c.object);
        }
        return c;
}

static void add(struct job *j, struct recommendation *r, const struct want *w, struct change c)
{
        c.target = w->target;
        c.before = rule_row_text(w->row, "set_before");
        c.size_bytes = NAN;
        c.knob = arena_printf(j->a, "%s:%s:%s", change_kind_names[c.kind], w->target ? w->target : "", is(w->kind, "extended") ? w->name : c.object);
        *vec_push(j->a, &r->changes) = c;
}

/* "a=1, b=2": one change each. */
static void add_parameters(struct job *j, struct recommendation *r, const struct want *w)
{
        const char *rest = w->name;
        while (rest && *rest) {
                size_t len = strcspn(rest, ",");
                const char *one = arena_strndup(j->a, rest, len), *sign = strchr(one, '=');
                add(j, r, w, sign ? table_change(j, w, arena_strndup(j->a, one, (size_t)(sign - one)), sign + 1) : table_change(j, w, one, w->value));
                rest += len + (rest[len] ? strspn(rest + len, ", ") : 0);
        }
}

/* ── Recommendations ───────────────────────────────────────────────────────────────────────────────────────────────── */

static void say(struct job *j, struct recommendation *r, const char *label, const char *value)
{
        if (value)
                *vec_push(j->a, &r->evidence) = (struct evidence){label, value};
}

static const char *title_of(struct job *j, const struct want *w)
{
        if (is(w->kind, "analyze"))
                return arena_printf(j->a, "analyze %s", w->said);
        if (is(w->kind, "extended"))
                return arena_printf(j->a, "create statistics on %s of %s", w->name, w->said);
        if (is(w->kind, "table"))
                return w->value || strchr(w->name, '=') ? arena_printf(j->a, "set %s for %s", w->name, w->said) : arena_printf(j->a, "reset %s for %s", w->name, w->said);
        if (is(w->kind, "role"))
                return arena_printf(j->a, "set %s to %s for role %s", w->name, w->value, w->object);
        return arena_printf(j->a, "set %s to %s", w->name, w->value);
}

static void fill_changes(struct job *j, struct recommendation *r, const struct want *w)
{
        const char *command = is(w->kind, "setting") ? provider_command(j->a, w->server, w->setting, w->name, w->value) : NULL;
        if (!command && is(w->kind, "setting") && w->setting && is(w->setting->source, "command line"))
                command = arena_printf(j->a, "where the server is started (a unit, a container's command): -c %s=%s, then a restart", w->name, w->value);
        if (command) {
                say(j, r, "how", command);
                r->undo = arena_printf(j->a, "the same with the value before: %s", w->setting && w->setting->value ? w->setting->value : "the default");
                return;
        }
        if (is(w->kind, "setting"))
                add(j, r, w, setting_change(j, w));
        else if (is(w->kind, "role"))
                add(j, r, w, role_change(j, w));
        else if (is(w->kind, "table"))
                add_parameters(j, r, w);
        else
                add(j, r, w, statistics_change(j, w));
        r->undo = r->changes.items[0].undo_sql;
}

static const char *takes_effect(const struct want *w)
{
        if (is(w->kind, "role"))
                return "at the next login of the role";
        if (!is(w->kind, "setting"))
                return NULL;
        if (w->setting && is(w->setting->source, "command line"))
                return "after a restart of PostgreSQL";
        return w->setting && is(w->setting->context, "postmaster") ? "after a restart of PostgreSQL" : w->setting && is(w->setting->context, "backend") ? "after a reload, in new sessions" : "after a reload";
}

/* Whether another rule turned it already. */
static bool is_turned(struct job *j, const struct recommendation *r)
{
        for (size_t c = 0; c < r->changes.len; c++)
                for (size_t i = 0; i < j->knobs.len; i++)
                        if (is(j->knobs.items[i], r->changes.items[c].knob))
                                return true;
        return false;
}

static void recommend(struct job *j, const struct want *w)
{
        const struct finding *f = w->row->finding;
        const char *risk = rule_row_text(w->row, "set_risk"), *cost = rule_row_text(w->row, "set_cost");
        struct recommendation r = {.key = f->key, .rule = f->rule, .model = "pg_value", .title = title_of(j, w), .subject = f->subject, .rank = 0.005 * (1 + (int)f->severity),
                                   .confidence = 0.7, .cost = cost ? cost : "nothing worth to name", .risk = is(risk, "high") ? RISK_HIGH : is(risk, "medium") ? RISK_MEDIUM : RISK_LOW};
        say(j, &r, "finding", f->message);
        say(j, &r, "now", rule_row_text(w->row, "set_before"));
        say(j, &r, "takes effect", takes_effect(w));
        fill_changes(j, &r, w);
        r.risk_why = r.risk == RISK_LOW ? "the undo puts back what was there" : "what depends on it behaves otherwise from then on; verify compares the statements";
        if (is_turned(j, &r)) {
                *vec_push(j->a, &j->out->unknown) = (struct evidence){f->subject, arena_printf(j->a, "%s asks for the same knob as another rule (%s): one value at a time", f->rule, r.title)};
                return;
        }
        for (size_t c = 0; c < r.changes.len; c++)
                *vec_push(j->a, &j->knobs) = r.changes.items[c].knob;
        *vec_push(j->a, &j->out->recommendations) = r;
}

static const char *const kinds[] = {"setting", "role", "table", "analyze", "extended", NULL};

static bool read_want(struct job *j, const struct rule_row *row, struct want *ret)
{
        const char *schema = rule_row_text(row, "schema"), *table = rule_row_text(row, "table");
        struct want w = {.row = row, .kind = rule_row_text(row, "set_kind"), .name = rule_row_text(row, "set_name"), .value = rule_row_text(row, "set_value"),
                         .target = rule_row_text(row, "target"), .object = rule_row_text(row, "set_object")};
        const char *const *k = kinds;
        while (*k && !is(*k, w.kind))
                k++;
        if (!*k)
                return false;
        bool on_table = k - kinds >= 2;
        if (on_table ? !schema || !table : !w.name || !w.value)
                return false;
        if ((is(w.kind, "role") || is(w.kind, "extended")) && !w.object)
                return false;
        if (on_table) {
                w.table = pg_quote_name(j->a, schema, table);
                w.said = arena_printf(j->a, "%s.%s", schema, table);
        }
        w.setting = setting_of(j->in->facts, w.target, w.name ? w.name : "");
        w.server = server_of(j->in->facts, w.target);
        *ret = w;
        return true;
}

static int advise(const struct advise_in *in, struct advise_out *out, struct err *err)
{
        struct job j = {.in = in, .out = out, .a = in->arena};
        (void)err;
        for (size_t i = 0; i < in->n; i++) {
                struct want w;
                if (read_want(&j, &in->rows[i], &w))
                        recommend(&j, &w);
        }
        return 0;
}

const struct model model_pg_value = {
        .name = "pg_value",
        .doc = "settings, storage parameters and statistics as a rule names them, in the form that the server allows",
        .args = "",
        .advise = advise,
};

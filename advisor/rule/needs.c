#include "rule/needs.h"
#include "base/str.h"

#include <string.h>

struct state {
        const char *fact, *status, *reason, *remedy, *target;
};

struct needs {
        struct arena *arena;
        struct db *db;
        VEC(struct state) states;
};

int needs_load(struct arena *a, struct db *db, struct needs **ret_needs, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        struct needs *n = arena_new_of(a, struct needs);
        *n = (struct needs){.arena = a, .db = db};
        int r = stmt_prepare(db,
                             "SELECT DISTINCT s.fact, s.status, s.reason, s.remedy, t.name FROM fact_state_now s LEFT JOIN target t USING (target_id) "
                             "ORDER BY s.fact, t.name, s.status",
                             &st, err);
        if (r < 0)
                return r;
        while ((r = stmt_step(st, err)) == 1)
                *vec_push(a, &n->states) = (struct state){
                        arena_strdup(a, stmt_text(st, 0)), arena_strdup(a, stmt_text(st, 1)), arena_strdup(a, stmt_text(st, 2)),
                        arena_strdup(a, stmt_text(st, 3)), arena_strdup(a, stmt_text(st, 4))};
        if (r == 0)
                *ret_needs = n;
        return r;
}

static const char *bare(const char *fact)
{
        return str_starts(fact, "fact_") ? fact + 5 : fact;
}

/* What a user does to have a fact at all, by the beginning of its name. */
static const char *remedy_for(const char *fact)
{
        static const struct {
                const char *prefix, *remedy;
        } remedies[] = {
                {"pg_", "name a postgres target and run `perfadvise capture --duration`"},
                {"pgb_", "name a pgbouncer target and run `perfadvise capture --duration`"},
                {"redis_", "name a redis target and run `perfadvise capture --duration`"},
                {"code_", "name the sources under source.roots"},
                {"operation", "set events.listen and have the application send events"},
                {"ready", "set events.listen and have the application send events"},
                {"ipc", "set events.listen and have the application send events"},
                {"cache", "set events.listen and have the application send events"},
                {"event", "set events.listen and have the application send events"},
                {"process", "name a supervisor, pidfile or command target"},
                {"host", "run `perfadvise capture`"},
        };
        for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++)
                if (str_starts(bare(fact), remedies[i].prefix))
                        return remedies[i].remedy;
        return NULL;
}

/* No rows is an answer, but for what the application has to send: silence of the sender tells nothing. */
static bool is_usable(const struct state *s)
{
        static const char *const sent[] = {"events", "event_wait", "event_use", "event_pool", "operation", "ready", "ipc", "request",
                                           "cache", "cache_access", NULL};
        if (!strcmp(s->status, "ok"))
                return true;
        if (strcmp(s->status, "empty"))
                return false;
        for (const char *const *f = sent; *f; f++)
                if (!strcmp(*f, bare(s->fact)))
                        return false;
        return true;
}

static const char *describe(struct needs *n, const struct state *s)
{
        const char *reason = s->reason && *s->reason ? s->reason : s->status;
        return s->remedy && *s->remedy ? arena_printf(n->arena, "%s: %s (%s)", s->fact, reason, s->remedy)
                                       : arena_printf(n->arena, "%s: %s", s->fact, reason);
}

/* A fact that no probe spoke of may still be a view: rows in it are as good as a status. */
static bool has_rows(struct needs *n, const char *fact)
{
        return db_int(n->db, arena_printf(n->arena, "SELECT EXISTS (SELECT 1 FROM \"fact_%s\")", bare(fact)), 0, 0) == 1;
}

static const char *missing(struct needs *n, const char *fact)
{
        const struct state *blocked = NULL;
        for (size_t i = 0; i < n->states.len; i++) {
                const struct state *s = &n->states.items[i];
                if (strcmp(bare(s->fact), bare(fact)))
                        continue;
                if (is_usable(s))
                        return NULL;
                blocked = blocked ? blocked : s;
        }
        if (blocked)
                return describe(n, blocked);
        if (has_rows(n, fact))
                return NULL;
        const char *remedy = remedy_for(fact);
        return remedy ? arena_printf(n->arena, "%s: not captured (%s)", fact, remedy) : arena_printf(n->arena, "%s: not captured", fact);
}

const char *needs_missing(struct needs *n, const struct rule *rule)
{
        for (size_t i = 0; i < rule->needs.len; i++) {
                const char *why = missing(n, rule->needs.items[i]);
                if (why)
                        return why;
        }
        return NULL;
}

const char *needs_partly(struct needs *n, const struct rule *rule)
{
        for (size_t i = 0; i < rule->needs.len; i++)
                for (size_t k = 0; k < n->states.len; k++) {
                        const struct state *s = &n->states.items[k];
                        if (!strcmp(bare(s->fact), bare(rule->needs.items[i])) && !is_usable(s))
                                return arena_printf(n->arena, "not judged for %s: %s", s->target ? s->target : "one target", describe(n, s));
                }
        return NULL;
}

#include "probes/postgres/logged.h"
#include "lib/json.h"
#include "lib/plannable.h"
#include "lib/plantext.h"
#include "lib/sql.h"
#include "probes/postgres/plan_tree.h"
#include "probes/postgres/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A plan of one shape. */
struct shape {
        const char *queryid, *hash, *tree;
        bool actual;
        double exec_ms, cost, rows;
        int times;
        struct shape *next;
};

struct statement {
        const char *queryid, *fingerprint;
        const char *query;  /* normalized; NULL when pg_stat_statements has it */
        const char *kind, *tables;
        const char *seen;   /* with constants: in memory only */
        double seen_ms;
        struct statement *next;
};

enum { BUCKETS = 4096 };
DEFINE_CLEANUP(struct arena *, arena_free)

struct logged {
        struct arena *arena;
        bool keep_literals;
        const char *database;
        bool known_only, doubtful; /* doubtful: of the event, whose database is not told */
        logged_resolve *resolve;
        void *arg;
        size_t events;
        struct logged_counts counts;
        struct shape *shapes[BUCKETS];
        struct statement *statements[BUCKETS];
};

struct logged *logged_new(struct arena *a, bool keep_literals, const char *database, logged_resolve *resolve, void *arg)
{
        struct logged *l = arena_new_of(a, struct logged);
        *l = (struct logged){.arena = a, .keep_literals = keep_literals, .database = database, .resolve = resolve, .arg = arg};
        return l;
}

void logged_known_only(struct logged *l)
{
        l->known_only = true;
}

static unsigned bucket_of(const char *a, const char *b)
{
        unsigned h = 2166136261u;
        for (; *a; a++)
                h = (h ^ (unsigned char)*a) * 16777619u;
        for (; b && *b; b++)
                h = (h ^ (unsigned char)*b) * 16777619u;
        return h % BUCKETS;
}

/* ── Statements ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct statement *by_id(const struct logged *l, const char *queryid)
{
        struct statement *s = l->statements[bucket_of(queryid, NULL)];
        while (s && strcmp(s->queryid, queryid) != 0)
                s = s->next;
        return s;
}

static void describe(struct logged *l, struct statement *s, const char *text)
{
        CLEANUP(arena_free) struct arena *a = arena_new();
        char *tables = NULL;
        s->query = arena_strdup(l->arena, text_normal(a, text, l->keep_literals));
        s->kind = sql_kind(text);
        if (sql_tables(a, text, &tables, NULL) == 0)
                s->tables = arena_strdup(l->arena, tables);
}

/* NULL when the text is no SQL (cut off, or a command of another kind), or perhaps of another database. */
static struct statement *statement_of(struct logged *l, struct arena *scratch, const char *queryid, const char *text)
{
        char *fingerprint = NULL;
        if (!text || sql_fingerprint(scratch, text, &fingerprint, NULL) < 0)
                fingerprint = NULL;
        const char *known = l->resolve ? l->resolve(l->arg, queryid, fingerprint, text) : NULL;
        if (!known && (!fingerprint || l->doubtful))
                return NULL;
        const char *id = known ? known : arena_printf(scratch, "f%s", fingerprint);
        struct statement *s = by_id(l, id);
        if (s)
                return s;
        s = arena_new_of(l->arena, struct statement);
        s->queryid = arena_strdup(l->arena, id);
        s->fingerprint = arena_strdup(l->arena, fingerprint);
        if (!known)
                describe(l, s, text);
        unsigned bucket = bucket_of(id, NULL);
        s->next = l->statements[bucket];
        l->statements[bucket] = s;
        return s;
}

/* Behind the value: up to the next comma, or the quote that ends it. */
static const char *value_end(const char *p)
{
        if (*p != '\'')
                return p + strcspn(p, ",");
        for (p++; *p && !(p[0] == '\'' && p[1] != '\''); p++)
                p += *p == '\'';
        return p + (*p == '\'');
}

/* "$1 = '17', $2 = NULL" put into the text. */
static const char *with_parameters(struct arena *a, const char *text, const char *parameters)
{
        VEC(const char *) values = {0};
        for (const char *p = parameters; p && *p == '$';) {
                char *end;
                if (strtol(p + 1, &end, 10) != (long)values.len + 1 || strncmp(end, " = ", 3) != 0)
                        break;
                const char *value = end + 3, *stop = value_end(value);
                *vec_push(a, &values) = arena_strndup(a, value, (size_t)(stop - value));
                p = stop + strspn(stop, ", ");
        }
        return plannable_literals(a, text, values.items, values.len);
}

static void note_seen(struct logged *l, struct arena *scratch, struct statement *s, const char *text, const char *parameters, double ms)
{
        if (s->seen && s->seen_ms >= ms)
                return;
        const char *whole = parameters ? with_parameters(scratch, text, parameters) : text;
        if (plannable_params(scratch, whole))
                return;
        s->seen = arena_strdup(l->arena, whole);
        s->seen_ms = ms;
}

const char *logged_seen(const struct logged *l, const char *queryid)
{
        const struct statement *s = by_id(l, queryid);
        return s ? s->seen : NULL;
}

/* ── Plans ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct shape *shape_of(struct logged *l, const char *queryid, const char *hash, bool actual)
{
        struct shape **at = &l->shapes[bucket_of(queryid, hash)], *s = *at;
        while (s && (strcmp(s->queryid, queryid) || strcmp(s->hash, hash) || s->actual != actual))
                s = s->next;
        if (s || l->counts.shapes >= LOGGED_SHAPES_MAX)
                return s;
        s = arena_new_of(l->arena, struct shape);
        *s = (struct shape){.queryid = queryid, .hash = arena_strdup(l->arena, hash), .actual = actual, .exec_ms = -1, .next = *at};
        *at = s;
        l->counts.shapes++;
        return s;
}

static void keep_plan(struct logged *l, const char *queryid, const struct plan_tree *tree, double ms)
{
        struct shape *s = shape_of(l, queryid, tree->hash, tree->actual);
        if (!s)
                return;
        s->times++;
        if (s->exec_ms >= ms)
                return;
        s->exec_ms = ms;
        s->cost = tree->total_cost;
        s->rows = tree->plan_rows;
        s->tree = arena_strdup(l->arena, tree->text);
}

/* JSON (an object of auto_explain's, a list of EXPLAIN's), else the text format. */
static int parse_plan(const char *plan, struct json **ret_json, struct err *err)
{
        const char *p = plan + strspn(plan, " \t\r\n");
        return *p == '{' || *p == '[' ? json_parse("the plan", p, strlen(p), ret_json, err) : plantext_read(plan, ret_json, err);
}

static const char *id_text(struct arena *a, const struct json *root)
{
        int64_t id = json_as_int(json_get(root, "Query Identifier"), 0);
        return id ? arena_printf(a, "%lld", (long long)id) : NULL;
}

static int add_plan(struct logged *l, struct arena *a, const char *plan, const char *text, const char *queryid, const char *parameters, double ms,
                    struct err *err)
{
        CLEANUP(json_free) struct json *top = NULL;
        CLEANUP(str_release) struct str dump = {0};
        struct plan_tree tree = {0};
        int r = parse_plan(plan, &top, err);
        if (r < 0)
                return r;
        const struct json *root = json_kind(top) == JSON_LIST ? json_at(top, 0) : top;
        json_dump(top, 0, &dump);
        if ((r = plan_tree_read(a, str_text(&dump), l->keep_literals, &tree, err)) < 0)
                return r;
        if (!text)
                text = json_as_text(json_get(root, "Query Text"));
        if (isnan(ms))
                ms = json_as_real(json_get(root, "Execution Time"));
        struct statement *s = statement_of(l, a, queryid ? queryid : id_text(a, root), text);
        if (!s && text)
                return err_set(err, ERR_PARSE, "its statement is no SQL");
        keep_plan(l, s ? s->queryid : arena_printf(l->arena, "p%s", tree.hash), &tree, isnan(ms) ? 0 : ms);
        l->counts.plans++;
        l->counts.measured += tree.actual;
        if (s && text)
                note_seen(l, a, s, text, parameters, ms);
        return 0;
}

int logged_add_plan(struct logged *l, const char *plan, const char *text, double exec_ms, struct err *err)
{
        CLEANUP(arena_free) struct arena *a = arena_new();
        return add_plan(l, a, plan, text, NULL, NULL, exec_ms, err);
}

void logged_take(void *arg, struct arena *scratch, const struct pglog_event *e)
{
        struct logged *l = arg;
        struct err why = {0};
        struct statement *s;
        l->doubtful = l->known_only && !e->database;
        bool other = l->database && e->database && strcmp(l->database, e->database) != 0;
        if (other || l->events >= LOGGED_EVENTS_MAX || (e->application && !strcmp(e->application, "perfadvise"))) {
                l->counts.skipped++;
        } else if (e->plan) {
                l->events++;
                if (add_plan(l, scratch, e->plan, NULL, e->queryid, e->parameters, e->duration_ms, &why) < 0)
                        l->counts.skipped++;
        } else {
                l->events++;
                if ((s = statement_of(l, scratch, e->queryid, e->query))) {
                        note_seen(l, scratch, s, e->query, e->parameters, e->duration_ms);
                        l->counts.statements++;
                } else {
                        l->counts.skipped++;
                }
        }
}

const struct logged_counts *logged_counts(const struct logged *l)
{
        return &l->counts;
}

/* ── Into the history ──────────────────────────────────────────────────────────────────────────────────────────────── */

static void emit_statement(const struct statement *s, struct sink *sink)
{
        EMIT(sink, "pg_statement_text", TEXT("queryid", s->queryid), TEXT("fingerprint", s->fingerprint), TEXT("fingerprint_version", sql_library_version()),
             TEXT("query", s->query), TEXT("tables", s->tables), INT("truncated", 0), TEXT("kind", s->kind));
}

static void emit_shape(const struct shape *s, struct sink *sink, const char *method)
{
        EMIT(sink, "pg_plan", TEXT("queryid", s->queryid), TEXT("method", method), TEXT("params", s->actual ? NULL : "seen"), TEXT("plan_hash", s->hash),
             REAL("total_cost", s->cost), REAL("plan_rows", s->rows), TEXT("plan", s->tree), INT("is_actual", s->actual), REAL("exec_ms", s->exec_ms),
             INT("times", s->times));
}

static bool has_plan(const struct logged *l, const char *queryid)
{
        for (size_t i = 0; i < BUCKETS; i++)
                for (const struct shape *s = l->shapes[i]; s; s = s->next)
                        if (!strcmp(s->queryid, queryid))
                                return true;
        return false;
}

int logged_emit(struct logged *l, struct sink *sink, const char *method, struct err *err)
{
        sink_begin(sink);
        for (size_t i = 0; i < BUCKETS; i++) {
                for (const struct statement *s = l->statements[i]; s; s = s->next)
                        if (s->query && has_plan(l, s->queryid))
                                emit_statement(s, sink);
                for (const struct shape *s = l->shapes[i]; s; s = s->next)
                        emit_shape(s, sink, method);
        }
        return sink_end(sink, true, err);
}

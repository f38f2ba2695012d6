#include "lib/plan_values.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "lib/json.h"
#include "lib/plannable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 20000, BOUNDS = 9, BUCKETS = 1024 };

const char *const value_case_names[VALUE_CASE_COUNT] = {"typical", "frequent", "rare"};

struct column {
        const char *schema, *table, *name, *type;
        const char *first, *middle, *last;  /* most common values */
        double common_frac;                 /* of the rows that have one of them */
        const char *bounds[BOUNDS];         /* of the histogram, at bound_at */
};

/* Which of the bounds. */
enum { AT_0, AT_1, AT_10, AT_50, AT_75, AT_85, AT_90, AT_99, AT_100 };

struct asked {
        const char *table, *column;
        struct asked *next;
};

struct plan_values {
        struct arena *arena;
        struct json *wanted; /* NULL: nothing */
        struct asked *asked[BUCKETS];
        size_t asked_count;
        VEC(struct column) columns;
};

#define BOUND(q) "s.h[greatest(1, ceil(" #q " * cardinality(s.h))::int)]"

/* Asked with the search path pg_catalog. Values come as text; a role that may not read a table gets no row of pg_stats for it. */
const char plan_values_sql[] =
        "SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, NULL), s.m[1], s.m[(cardinality(s.m) + 1) / 2], s.m[cardinality(s.m)],"
        " (SELECT sum(f) FROM unnest(s.f) f)::float8, " BOUND(0) ", " BOUND(0.01) ", " BOUND(0.10) ", " BOUND(0.50) ", " BOUND(0.75) ", " BOUND(0.85)
        ", " BOUND(0.90) ", " BOUND(0.99) ", " BOUND(1)
        " FROM (SELECT DISTINCT k.t, k.c FROM json_to_recordset($1::json) k(t text, c text)) k JOIN pg_class c ON c.relname = k.t AND c.relkind IN ('r', 'p', 'm')"
        " JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = k.c AND a.attnum > 0 AND NOT a.attisdropped"
        " LEFT JOIN LATERAL (SELECT x.most_common_vals::text::text[] AS m, x.most_common_freqs AS f, x.histogram_bounds::text::text[] AS h FROM pg_stats x"
        " WHERE x.schemaname = n.nspname AND x.tablename = c.relname AND x.attname = a.attname ORDER BY x.inherited DESC LIMIT 1) s ON true"
        " ORDER BY c.relname, a.attname, n.nspname LIMIT 5000";

/* ── What is asked ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct asked **bucket_of(struct plan_values *v, const char *table, const char *column)
{
        unsigned h = 2166136261u;
        for (const char *p = table; *p; p++)
                h = (h ^ (unsigned char)*p) * 16777619u;
        for (const char *p = column; *p; p++)
                h = (h ^ (unsigned char)*p) * 16777619u;
        return &v->asked[h % BUCKETS];
}

/* True when it was not asked for before. */
static bool note(struct plan_values *v, const char *table, const char *column)
{
        struct asked **head = bucket_of(v, table, column);
        for (const struct asked *k = *head; k; k = k->next)
                if (!strcmp(k->table, table) && !strcmp(k->column, column))
                        return false;
        struct asked *k = arena_new_of(v->arena, struct asked);
        *k = (struct asked){arena_strdup(v->arena, table), arena_strdup(v->arena, column), *head};
        *head = k;
        v->asked_count++;
        return true;
}

struct plan_values *plan_values_new(struct arena *a)
{
        struct plan_values *v = arena_new_of(a, struct plan_values);
        v->arena = a;
        return v;
}

bool plan_values_want(struct plan_values *v, const struct sql_params *params)
{
        for (size_t i = 0; i < params->v.len && v->asked_count < COLUMNS_MAX; i++) {
                const struct sql_param *p = &params->v.items[i];
                if (!p->table || !note(v, p->table, p->column))
                        continue;
                v->wanted = v->wanted ? v->wanted : json_new_array();
                struct json *k = json_add_object(v->wanted);
                json_put_text(k, "t", p->table);
                json_put_text(k, "c", p->column);
        }
        return v->wanted;
}

const char *plan_values_columns(struct plan_values *v)
{
        CLEANUP(str_release) struct str out = {0};
        if (!v->wanted)
                return "[]";
        json_dump(v->wanted, 0, &out);
        v->wanted = json_free(v->wanted);
        return arena_strdup(v->arena, str_text(&out));
}

void plan_values_take(struct plan_values *v, const struct pg_rows *rows)
{
        for (int i = 0; i < pg_count(rows); i++) {
                struct column *c = vec_push(v->arena, &v->columns);
                const char **texts[] = {&c->schema, &c->table, &c->name, &c->type, &c->first, &c->middle, &c->last};
                for (int k = 0; k < 7; k++)
                        *texts[k] = arena_strdup(v->arena, pg_text(rows, i, k));
                c->common_frac = pg_real(rows, i, 7);
                for (int k = 0; k < BOUNDS; k++)
                        c->bounds[k] = arena_strdup(v->arena, pg_text(rows, i, 8 + k));
        }
}

/* ── Finding the column ────────────────────────────────────────────────────────────────────────────────────────────── */

/* Where a schema stands in a search path; a schema that is not in it comes after all. */
static size_t rank_in_path(const char *path, const char *schema)
{
        size_t n = strlen(schema);
        for (const char *p = strstr(path, schema); p; p = strstr(p + 1, schema)) {
                bool begins = p == path || strchr(", \"", p[-1]), ends = !p[n] || strchr(", \"", p[n]);
                if (begins && ends)
                        return (size_t)(p - path);
        }
        return SIZE_MAX;
}

static const struct column *of_candidate(const struct plan_values *v, const struct sql_param *p, const char *path)
{
        const struct column *best = NULL;
        size_t best_rank = SIZE_MAX;
        for (size_t i = 0; p->table && i < v->columns.len; i++) {
                const struct column *c = &v->columns.items[i];
                if (strcmp(c->table, p->table) != 0 || strcmp(c->name, p->column) != 0 || (p->schema && strcmp(c->schema, p->schema) != 0))
                        continue;
                size_t rank = p->schema ? 0 : rank_in_path(path, c->schema);
                if (!best || rank < best_rank) {
                        best = c;
                        best_rank = rank;
                }
        }
        return best;
}

/* The first candidate that is a column. */
static const struct column *column_of(const struct plan_values *v, const struct sql_params *params, int n, const char *path, const struct sql_param **ret_param)
{
        for (size_t i = 0; i < params->v.len; i++) {
                const struct sql_param *p = &params->v.items[i];
                if (p->number != n)
                        continue;
                *ret_param = p;
                const struct column *c = of_candidate(v, p, path);
                if (c)
                        return c;
        }
        return NULL;
}

/* ── Choosing a value ──────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *first_of(const char *a, const char *b)
{
        return a ? a : b;
}

static const char *equal_value(const struct column *c, enum value_case which)
{
        if (which == VALUE_FREQUENT)
                return first_of(c->first, c->bounds[AT_50]);
        if (which == VALUE_TYPICAL)
                return c->middle && (c->common_frac > 0.5 || !c->bounds[AT_50]) ? c->middle : c->bounds[AT_50];
        return first_of(c->bounds[AT_75], c->last);
}

static const char *bound_value(const struct column *c, enum value_case which, bool low, bool both)
{
        static const int at[VALUE_CASE_COUNT][2][2] = {
                /* high: alone, both; low: alone, both */
                [VALUE_TYPICAL] = {{AT_10, AT_85}, {AT_90, AT_75}},
                [VALUE_FREQUENT] = {{AT_90, AT_90}, {AT_10, AT_10}},
                [VALUE_RARE] = {{AT_1, AT_100}, {AT_99, AT_99}},
        };
        return first_of(c->bounds[at[which][low][both]], which == VALUE_RARE ? c->last : which == VALUE_FREQUENT ? c->first : c->middle);
}

static const char *like_value(struct arena *a, const struct column *c, enum value_case which)
{
        const char *v = equal_value(c, which);
        size_t keep = which == VALUE_FREQUENT ? 1 : which == VALUE_TYPICAL ? 4 : 64;
        if (!v)
                return NULL;
        size_t n = strlen(v) < keep ? strlen(v) : keep;
        while (n < strlen(v) && (v[n] & 0xC0) == 0x80) /* within a character */
                n++;
        return arena_printf(a, "%.*s%%", (int)n, v);
}

static const char *sampled_value(struct arena *a, const struct column *c, const struct sql_param *p, enum value_case which)
{
        if (p->role == SQL_PARAM_LIKE)
                return like_value(a, c, which);
        if (p->role == SQL_PARAM_LOW || p->role == SQL_PARAM_HIGH)
                return bound_value(c, which, p->role == SQL_PARAM_LOW, p->both);
        return equal_value(c, which);
}

static bool ends_with(const char *text, const char *end)
{
        size_t n = strlen(text), m = strlen(end);
        return n >= m && !strcmp(text + n - m, end);
}

/* A value of that type that is as good as any other. */
static const char *any_value(const char *type)
{
        static const char *const values[][2] = {
                {"integer", "1"}, {"bigint", "1"}, {"smallint", "1"}, {"numeric", "1"}, {"double precision", "1"}, {"real", "1"}, {"boolean", "true"},
                {"text", "a"}, {"character varying", "a"}, {"character", "a"}, {"name", "a"}, {"interval", "1 day"}, {"date", "today"},
                {"timestamp without time zone", "now"}, {"timestamp with time zone", "now"}, {"time without time zone", "12:00"}, {"jsonb", "{}"},
                {"json", "{}"}, {"uuid", "00000000-0000-0000-0000-000000000001"}, {"inet", "127.0.0.1"}, {"oid", "1"},
        };
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
                if (!strcmp(values[i][0], type))
                        return values[i][1];
        return ends_with(type, "[]") ? "{}" : NULL;
}

/* As the type of the parameter takes it: a whole number, an array of one. */
static const char *fitted(struct arena *a, const char *value, const char *type, const char *column_type)
{
        if (ends_with(type, "[]") && !ends_with(column_type, "[]")) {
                CLEANUP(str_release) struct str out = {0};
                str_add(&out, "{\"");
                for (const char *p = value; *p; p++) {
                        if (*p == '"' || *p == '\\')
                                str_add_char(&out, '\\');
                        str_add_char(&out, *p);
                }
                str_add(&out, "\"}");
                return arena_strdup(a, str_text(&out));
        }
        if (!strcmp(type, "integer") || !strcmp(type, "bigint") || !strcmp(type, "smallint"))
                return arena_strndup(a, value, strcspn(value, "."));
        return value;
}

static const char *quoted(struct arena *a, const char *value)
{
        CLEANUP(str_release) struct str out = {0};
        str_add(&out, strchr(value, '\\') ? "E'" : "'");
        for (const char *p = value; *p; p++) {
                if (*p == '\'' || *p == '\\')
                        str_add_char(&out, *p);
                str_add_char(&out, *p);
        }
        str_add_char(&out, '\'');
        return arena_strdup(a, str_text(&out));
}

const char *plan_values_literal(const struct plan_values *v, struct arena *a, const struct sql_params *params, int n, const char *type, const char *path,
                                double rows_per_call, enum value_case which, bool *sampled)
{
        const struct sql_param *p = NULL;
        const struct column *c = column_of(v, params, n, path, &p);
        const char *value = c ? sampled_value(a, c, p, which) : NULL;
        if (value) {
                *sampled = true;
                return quoted(a, fitted(a, value, type, c->type));
        }
        if (p && p->role == SQL_PARAM_LIMIT)
                return arena_printf(a, "%.0f", isfinite(rows_per_call) ? fmin(fmax(ceil(rows_per_call), 1), 1e9) : 100);
        if (p && p->role == SQL_PARAM_OFFSET)
                return "0";
        value = any_value(type);
        return value ? quoted(a, value) : "NULL";
}

/* ── Types ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_fraction(const char *type)
{
        return !strcmp(type, "numeric") || !strcmp(type, "double precision") || !strcmp(type, "real");
}

const char *plan_values_typed(const struct plan_values *v, struct arena *a, const struct sql_params *params, const char *text, const char *path)
{
        int done = 0;
        for (size_t i = 0; i < params->v.len; i++) {
                const struct sql_param *p = &params->v.items[i], *found = NULL;
                const struct column *c = p->arithmetic && p->number > done ? column_of(v, params, p->number, path, &found) : NULL;
                if (!c || !is_fraction(c->type))
                        continue;
                done = p->number;
                text = plannable_typed(a, text, p->number, c->type);
        }
        return text;
}

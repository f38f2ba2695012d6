/*
 * Indexes that cost and give nothing: duplicates, prefixes of others, carcasses of failed builds, and those that no scan used.
 * The rules find them; this model has the last word, since dropping is the one piece of index advice that can hurt at once:
 * never one that a constraint, a replica identity or uniqueness needs, never the last of several equal ones, unused only after
 * a week of counting. The definition stays in the undo.
 */
#include "base/cleanup.h"
#include "base/num.h"
#include "base/str.h"
#include "model/index_catalog.h"
#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UNUSED_AGE_S (7 * 86400.0)
#define LAST_SCAN_AGE_S (35 * 86400.0) /* where the server tells when it was scanned last (16) */

enum reason { REASON_NONE, REASON_INVALID, REASON_DUPLICATE, REASON_REDUNDANT, REASON_UNUSED };

struct drop {
        const struct advise_in *in;
        struct advise_out *out;
        struct index_catalog *catalog;
        const struct index_existing **names; /* of the catalog, by name */
        bool *done; /* by the index's place in the catalog: a recommendation stands already */
};

static bool is_text(const char *a, const char *b)
{
        return a && b && !strcmp(a, b);
}

static bool same_or_none(const char *a, const char *b)
{
        return (!a && !b) || is_text(a, b);
}

static int by_name(const void *x, const void *y)
{
        const struct index_existing *a = *(const struct index_existing *const *)x, *b = *(const struct index_existing *const *)y;
        int c = strcmp(a->fact->name, b->fact->name);
        return c ? c : (a->fact->oid > b->fact->oid) - (a->fact->oid < b->fact->oid);
}

static void sort_names(struct drop *d)
{
        size_t n = d->catalog->indexes.len;
        d->names = arena_alloc(d->in->arena, (n + 1) * sizeof *d->names);
        for (size_t i = 0; i < n; i++)
                d->names[i] = &d->catalog->indexes.items[i];
        qsort(d->names, n, sizeof *d->names, by_name);
}

static const struct index_existing *named(const struct drop *d, const char *schema, size_t schema_len, const char *name)
{
        size_t lo = 0, hi = d->catalog->indexes.len;
        while (lo < hi) {
                size_t mid = (lo + hi) / 2;
                if (strcmp(d->names[mid]->fact->name, name) < 0)
                        lo = mid + 1;
                else
                        hi = mid;
        }
        for (; lo < d->catalog->indexes.len && !strcmp(d->names[lo]->fact->name, name); lo++)
                if (!schema || (strlen(d->names[lo]->fact->schema) == schema_len && !memcmp(d->names[lo]->fact->schema, schema, schema_len)))
                        return d->names[lo];
        return NULL;
}

/* The index of a row: by oid, or by its name (with or without schema). */
static const struct index_existing *index_of(const struct drop *d, const struct rule_row *row)
{
        double oid = rule_row_number(row, "oid");
        const char *name = rule_row_text(row, "index"), *schema = rule_row_text(row, "schema");
        oid = isnan(oid) ? rule_row_number(row, "index_oid") : oid;
        name = name ? name : rule_row_text(row, "name");
        name = name ? name : row->finding->subject;
        for (size_t i = 0; !isnan(oid) && i < d->catalog->indexes.len; i++)
                if ((double)d->catalog->indexes.items[i].fact->oid == oid)
                        return &d->catalog->indexes.items[i];
        if (!isnan(oid) || !name)
                return NULL;
        const struct index_existing *e = named(d, schema, schema ? strlen(schema) : 0, name);
        const char *dot = strchr(name, '.');
        return e || !dot ? e : named(d, name, (size_t)(dot - name), dot + 1);
}

/* ── Why it may go ─────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Something other than scans depends on it. */
static const char *needed_for(const struct fact_index *f)
{
        return f->is_primary             ? "it is the primary key"
               : f->is_constraint        ? "a constraint needs it"
               : f->is_exclusion         ? "an exclusion constraint needs it"
               : f->is_replica_identity  ? "it is the replica identity"
               : f->is_unique && f->is_valid ? "it keeps values unique" /* an invalid one keeps them so for new rows only, and is no promise */
               : f->is_partition         ? "it belongs to the index of a partitioned table"
               : f->is_partitioned       ? "it is the index of a partitioned table, which cannot be dropped concurrently"
               : f->building             ? "it is being built"
                                         : NULL;
}

static bool comparable(const struct index_existing *a, const struct index_existing *b)
{
        return a != b && a->known && b->known && a->fact->table_oid == b->fact->table_oid && is_text(a->fact->method, b->fact->method) &&
               same_or_none(a->fact->predicate, b->fact->predicate) && b->fact->is_valid && !b->fact->building;
}

/* From the definition after USING: order, classes, collations, included columns, predicate and all. */
static bool equal(const struct index_existing *a, const struct index_existing *b)
{
        return comparable(a, b) && is_text(strstr(a->fact->definition, " USING "), strstr(b->fact->definition, " USING "));
}

/* Of several equal ones this stays: what something needs, then the oldest. */
static bool outranks(const struct index_existing *a, const struct index_existing *b)
{
        bool na = needed_for(a->fact) != NULL, nb = needed_for(b->fact) != NULL;
        return na != nb ? na : a->fact->oid < b->fact->oid;
}

static const struct index_existing *keeper(const struct drop *d, const struct index_existing *e, enum reason *ret_reason)
{
        size_t n;
        const struct index_existing *all = index_catalog_of_table(d->catalog, e->fact->table_oid, &n);
        for (size_t i = 0; i < n; i++) {
                const struct index_existing *o = &all[i];
                if (equal(e, o) && outranks(o, e)) {
                        *ret_reason = REASON_DUPLICATE;
                        return o;
                }
        }
        for (size_t i = 0; i < n; i++) {
                const struct index_existing *o = &all[i];
                bool btree = is_text(e->fact->method, "btree");
                if (btree && comparable(e, o) && !equal(e, o) && index_columns_cover(&o->columns, &e->columns) &&
                    (!index_columns_cover(&e->columns, &o->columns) || outranks(o, e))) {
                        *ret_reason = REASON_REDUNDANT;
                        return o;
                }
        }
        return NULL;
}

/* A foreign key without an index to support it would be the next finding. */
static const char *foreign_key_of(const struct drop *d, const struct fact_index *f)
{
        const struct facts *facts = d->in->facts;
        for (size_t i = 0; i < facts->foreign_keys.len; i++) {
                const struct fact_foreign_key *k = &facts->foreign_keys.items[i];
                if (k->table_oid != f->table_oid || !k->columns || !f->key_columns)
                        continue;
                size_t n = strlen(k->columns) - 1;
                if (!strncmp(k->columns, f->key_columns, n) && (f->key_columns[n] == ']' || f->key_columns[n] == ','))
                        return k->name;
        }
        return NULL;
}

static const char *why_not_unused(const struct drop *d, const struct fact_index *f)
{
        char age[32];
        const char *key = foreign_key_of(d, f);
        if (isnan(f->scans))
                return "its scans were not counted";
        if (f->scans > 0 && !(f->last_scan_age_s >= LAST_SCAN_AGE_S))
                return "it is used";
        if (isnan(f->counters_age_s) || f->counters_age_s < UNUSED_AGE_S)
                return arena_printf(d->in->arena, "no scan used it, but scans have only been counted for %s; a week is needed",
                                    isnan(f->counters_age_s) ? "an unknown time" : num_ms(age, f->counters_age_s * 1000));
        return key ? arena_printf(d->in->arena, "it supports the foreign key %s", key) : NULL;
}

/* Why the index may go; *ret_why when it may not or nobody knows. */
static enum reason judge(const struct drop *d, const struct index_existing *e, const struct index_existing **ret_keeper, const char **ret_why)
{
        const struct fact_index *f = e->fact;
        enum reason reason = REASON_NONE;
        *ret_why = needed_for(f);
        *ret_keeper = NULL;
        if (*ret_why)
                return REASON_NONE;
        if (!f->is_valid)
                return REASON_INVALID;
        *ret_keeper = keeper(d, e, &reason);
        if (reason != REASON_NONE)
                return reason;
        *ret_why = why_not_unused(d, f);
        return *ret_why ? REASON_NONE : REASON_UNUSED;
}

/* ── Advice ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *recreate(struct arena *a, const char *definition)
{
        static const char *const heads[] = {"CREATE INDEX ", "CREATE UNIQUE INDEX "};
        for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
                if (str_starts(definition, heads[i]))
                        return arena_printf(a, "%sCONCURRENTLY %s", heads[i], definition + strlen(heads[i]));
        return definition;
}

static struct change change_of(const struct drop *d, const struct fact_index *f)
{
        struct arena *a = d->in->arena;
        const char *name = arena_printf(a, "%s.%s", index_quote(a, f->schema), index_quote(a, f->name));
        return (struct change){
                .kind = CHANGE_pg_index, .phase = PHASE_INDEX, .knob = arena_printf(a, "index:%s:%s", d->catalog->target, name), .target = d->catalog->target,
                .object = name, .table = arena_printf(a, "%s.%s", index_quote(a, f->schema), index_quote(a, f->table)), .before = f->definition,
                .forward_sql = arena_printf(a, "DROP INDEX CONCURRENTLY %s", name), .undo_sql = recreate(a, f->definition),
                .size_bytes = isnan(f->bytes) ? NAN : -f->bytes,
        };
}

static void say(const struct drop *d, struct recommendation *r, const char *label, const char *value)
{
        *vec_push(d->in->arena, &r->evidence) = (struct evidence){label, value};
}

static void say_why(const struct drop *d, struct recommendation *r, const struct fact_index *f, enum reason reason, const struct index_existing *kept)
{
        struct arena *a = d->in->arena;
        say(d, r, "definition", f->definition);
        if (reason == REASON_INVALID)
                say(d, r, "invalid", "a build of it failed or was cancelled: writes keep it up, no plan uses it");
        else if (reason == REASON_UNUSED && f->scans > 0)
                say(d, r, "unused", arena_printf(a, "no scan in the last %.0f days", f->last_scan_age_s / 86400));
        else if (reason == REASON_UNUSED)
                say(d, r, "unused", arena_printf(a, "no scan in %.0f days of counting", f->counters_age_s / 86400));
        else
                say(d, r, reason == REASON_DUPLICATE ? "duplicate of" : "covered by", kept->fact->definition);
        if ((reason == REASON_DUPLICATE || reason == REASON_REDUNDANT) && !isnan(f->scans))
                say(d, r, "scans", arena_printf(a, "%.0f since counting began; the other index takes them over", f->scans));
}

static void recommend(const struct drop *d, const struct rule_row *row, const struct index_existing *e, enum reason reason, const struct index_existing *kept)
{
        struct arena *a = d->in->arena;
        const struct fact_index *f = e->fact;
        char size[32];
        struct recommendation r = {.key = row->finding->key, .rule = row->finding->rule, .model = "index_drop", .title = arena_printf(a, "drop index %s", f->name),
                                   .subject = arena_printf(a, "%s.%s", f->schema, f->name), .rank = 0.01, .confidence = reason == REASON_UNUSED ? 0.6 : 0.9};
        say_why(d, &r, f, reason, kept);
        r.cost = arena_printf(a, "none: %s are given back, and each write to %s has one index less to keep up", num_bytes(size, f->bytes), f->table);
        r.risk = reason == REASON_UNUSED ? RISK_MEDIUM : RISK_LOW;
        r.risk_why = reason == REASON_UNUSED ? "a report that runs once a month, or a replica whose scans are not counted here, may use it"
                                             : "no plan loses an index that serves it";
        struct change change = change_of(d, f);
        r.undo = change.undo_sql;
        *vec_push(a, &r.changes) = change;
        *vec_push(a, &d->out->recommendations) = r;
}

static int advise(const struct advise_in *in, struct advise_out *out, struct err *err)
{
        struct drop d = {.in = in, .out = out, .catalog = index_catalog_new(in->arena, in->facts, in->n ? rule_row_text(&in->rows[0], "target") : NULL)};
        (void)err;
        sort_names(&d);
        d.done = arena_alloc(in->arena, d.catalog->indexes.len + 1);
        for (size_t i = 0; i < in->n; i++) {
                const struct index_existing *e = index_of(&d, &in->rows[i]), *kept;
                const char *why = "the index was not captured";
                enum reason reason = e ? judge(&d, e, &kept, &why) : REASON_NONE;
                if (reason == REASON_NONE)
                        *vec_push(in->arena, &out->unknown) = (struct evidence){in->rows[i].finding->subject, arena_printf(in->arena, "not dropped: %s", why)};
                else if (!d.done[e - d.catalog->indexes.items] && (d.done[e - d.catalog->indexes.items] = true))
                        recommend(&d, &in->rows[i], e, reason, kept);
        }
        return 0;
}

const struct model model_index_drop = {
        .name = "index_drop",
        .doc = "which indexes can go: invalid, duplicate, covered by another, unused",
        .args = "",
        .advise = advise,
};

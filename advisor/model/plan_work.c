#include "model/plan_work.h"

#include <math.h>
#include <string.h>

/* Nanoseconds, fitted to PostgreSQL 15 on one core (docs/models/plan_work.md). */
#define PAGE_NS 250.0        /* a page in order */
#define ROW_NS 35.0          /* a row of a scan in order */
#define QUAL_NS 30.0         /* one comparison */
#define DESCENT_NS 700.0     /* down a B-tree */
#define ENTRY_NS 90.0        /* an index entry */
#define FETCH_NS 1700.0      /* a row by its address, pages in no order, of a table larger than the processor's cache */
#define FETCH_SMALL_NS 350.0 /* of a smaller one */
#define FETCH_NEAR_NS 150.0  /* the same, rows lie in the order of the index */
#define SMALL_PAGES 8192.0
#define BITMAP_NS 60.0       /* an entry into a bitmap */
#define HASH_NS 130.0        /* a row into a hash table, or looked up in it */
#define MERGE_NS 70.0
#define JOIN_NS 60.0         /* a row that comes out of a join */
#define SORT_NS 22.0         /* a comparison */
#define GROUP_HASH_NS 170.0
#define GROUP_SORT_NS 90.0
#define REREAD_NS 25.0
#define RESCAN_NS 120.0
#define OTHER_NS 15.0

static bool is(const char *a, const char *b)
{
        return !strcmp(a, b);
}

static const struct fact_table *table_of(const struct index_catalog *c, const struct plan_node *n)
{
        return *n->relation ? index_catalog_table(c, *n->schema ? n->schema : NULL, n->relation) : NULL;
}

static int comparisons(const char *condition)
{
        int n = *condition != '\0';
        for (const char *p = condition; (p = strpbrk(p, "AO")); p++)
                n += !strncmp(p, "AND ", 4) || !strncmp(p, "OR ", 3);
        return n;
}

static const struct index_existing *existing(const struct index_catalog *c, const struct plan_node *n, const struct fact_table *t)
{
        size_t count;
        const struct index_existing *all = index_catalog_of_table(c, t->oid, &count);
        for (size_t i = 0; i < count; i++)
                if (is(all[i].fact->name, n->index))
                        return &all[i];
        return NULL;
}

/* Keys of the index that the node names: of one that exists by name, of a hypothetical one by definition. */
static bool keys_of(const struct index_catalog *c, const struct plan_node *n, const struct fact_table *t, struct index_columns *ret)
{
        if (n->hypothetical)
                return index_columns_parse(c->arena, n->index, ret);
        const struct index_existing *e = existing(c, n, t);
        if (e)
                *ret = e->columns;
        return e && e->known;
}

/* "(a = 1)", "(a = t.b)" and not "(a = ANY (...))". */
static bool is_equal(const char *condition, const char *column)
{
        size_t n = strlen(column);
        for (const char *p = condition; (p = strstr(p, column)); p += n) {
                const char *end = p + n + (p[n] == '"');
                bool starts = p == condition || strchr("(\"", p[-1]);
                if (starts && !strncmp(end, " = ", 3) && strncmp(end, " = ANY", 6) != 0)
                        return true;
        }
        return false;
}

static bool is_partial(const struct index_catalog *c, const struct plan_node *n, const struct fact_table *t)
{
        if (n->hypothetical)
                return strstr(n->index, " WHERE ") != NULL;
        const struct index_existing *e = existing(c, n, t);
        return e && e->fact->predicate;
}

double plan_work_fetched(const struct index_catalog *c, const struct plan_node *n)
{
        const struct fact_table *t = table_of(c, n);
        struct index_columns keys = {0};
        if (!t || !(t->rows > 0))
                return fmax(1, n->rows);
        if (!*n->cond) /* all of it: of a partial index, what it holds */
                return is_partial(c, n, t) ? fmax(1, n->rows) : t->rows;
        if (!*n->filter || !keys_of(c, n, t, &keys))
                return fmax(1, n->rows);
        double share = 1;
        for (int i = 0; i < keys.key_count && keys.keys[i].column && is_equal(n->cond, keys.keys[i].column); i++) {
                double d = index_catalog_distinct(t, index_catalog_column(c, t->oid, keys.keys[i].column));
                share *= isnan(d) || d < 1 ? 1 : 1 / d;
        }
        return share < 1 ? fmax(fmax(1, n->rows), t->rows * share) : fmax(1, 2 * n->rows);
}

/* Rows that lie in the order of the index are found on the page of the one before. */
static double fetch_ns(const struct index_catalog *c, const struct plan_node *n)
{
        const struct fact_table *t = table_of(c, n);
        struct index_columns keys = {0};
        if (!t || !keys_of(c, n, t, &keys) || !keys.key_count)
                return FETCH_NS;
        const struct fact_column *col = index_catalog_column(c, t->oid, keys.keys[0].column);
        double correlation = col && !isnan(col->correlation) ? fabs(col->correlation) : 0;
        double near = correlation * correlation, far = t->pages > SMALL_PAGES ? FETCH_NS : FETCH_SMALL_NS;
        return near * FETCH_NEAR_NS + (1 - near) * far;
}

static double seq_scan(const struct index_catalog *c, const struct plan_node *n)
{
        const struct fact_table *t = table_of(c, n);
        double rows = t && t->rows > 0 ? t->rows : n->rows, pages = t && t->pages > 0 ? t->pages : rows / 50;
        return pages * PAGE_NS + rows * (ROW_NS + QUAL_NS * comparisons(n->filter));
}

static double index_scan(const struct index_catalog *c, const struct plan_node *n)
{
        double fetched = plan_work_fetched(c, n), each = ENTRY_NS + QUAL_NS * comparisons(n->filter);
        if (is(n->type, "Bitmap Index Scan"))
                return DESCENT_NS + fmax(1, n->rows) * BITMAP_NS;
        return DESCENT_NS + fetched * (is(n->type, "Index Scan") ? each + fetch_ns(c, n) : each);
}

/* Rows of the n-th child, and how many of them come in all. */
static double input(const struct plan *plan, size_t self, bool inner)
{
        for (size_t i = self + 1; i < plan->nodes.len; i++)
                if (plan->nodes.items[i].parent == (int)self && plan->nodes.items[i].inner == inner)
                        return fmax(1, plan->nodes.items[i].rows);
        return 0;
}

static double sort_ns(double rows)
{
        return rows * log2(fmax(2, rows)) * SORT_NS;
}

static double node_ns(const struct index_catalog *c, const struct plan *plan, size_t i)
{
        const struct plan_node *n = &plan->nodes.items[i];
        double rows = fmax(0, n->rows), in = input(plan, i, false);
        if (is(n->type, "Seq Scan"))
                return seq_scan(c, n);
        if (is(n->type, "Index Scan") || is(n->type, "Index Only Scan") || is(n->type, "Bitmap Index Scan"))
                return index_scan(c, n);
        if (is(n->type, "Bitmap Heap Scan"))
                return rows * (FETCH_NEAR_NS + QUAL_NS * comparisons(n->filter)) + rows * PAGE_NS / 4;
        if (is(n->type, "Sort"))
                return sort_ns(in);
        if (is(n->type, "Incremental Sort"))
                return sort_ns(in) / 2;
        if (is(n->type, "Hash"))
                return in * HASH_NS;
        if (is(n->type, "Hash Join"))
                return in * HASH_NS + rows * JOIN_NS;
        if (is(n->type, "Merge Join"))
                return (in + input(plan, i, true)) * MERGE_NS + rows * JOIN_NS;
        if (is(n->type, "Nested Loop"))
                return in * RESCAN_NS + rows * JOIN_NS;
        if (is(n->type, "Aggregate"))
                return in * (is(n->strategy, "Hashed") ? GROUP_HASH_NS : GROUP_SORT_NS);
        if (is(n->type, "Materialize"))
                return rows * REREAD_NS;
        if (is(n->type, "Memoize"))
                return HASH_NS;
        return rows * OTHER_NS;
}

/* What is cached for the inner side is looked up once for each of its keys, of which there are no more than rows. */
static double cached_loops(const struct index_catalog *c, const struct plan *plan, const struct plan_node *n)
{
        bool below = n->parent >= 0 && is(plan->nodes.items[n->parent].type, "Memoize");
        const struct fact_table *t = below ? table_of(c, n) : NULL;
        return t && t->rows > 0 ? fmin(n->loops, t->rows) : n->loops;
}

/* A LIMIT stops what is below it; EXPLAIN gives costs of the whole. */
static double stopped(const struct plan *plan, const struct plan_node *n)
{
        double share = 1;
        for (int up = n->parent, below = (int)(n - plan->nodes.items); up >= 0; below = up, up = plan->nodes.items[up].parent) {
                const struct plan_node *u = &plan->nodes.items[up], *b = &plan->nodes.items[below];
                if (is(b->type, "Sort") || is(b->type, "Hash") || is(b->type, "Aggregate"))
                        return share;
                if (is(u->type, "Limit") && b->cost > 0 && u->cost < b->cost)
                        share *= u->cost / b->cost;
        }
        return share;
}

double plan_work_ms(const struct index_catalog *c, const struct plan *plan)
{
        double ns = 0;
        for (size_t i = 0; i < plan->nodes.len; i++) {
                const struct plan_node *n = &plan->nodes.items[i];
                ns += node_ns(c, plan, i) * fmax(1, cached_loops(c, plan, n)) * stopped(plan, n);
        }
        return ns / 1e6;
}

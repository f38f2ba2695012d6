#include "rule/place.h"
#include "base/cleanup.h"
#include "rule/cost.h"
#include "rule/trail.h"

#include <string.h>

/* The best row so far for one finding. */
struct match {
        bool found, same_snippet;
        int64_t start, end, site;
};

static int fill_places(struct db *db, const struct fired *fired, size_t n, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = db_exec(db,
                        "CREATE TEMP TABLE IF NOT EXISTS finding_place (n INTEGER, path TEXT, line INTEGER, col INTEGER, snippet_hash TEXT);"
                        "CREATE INDEX IF NOT EXISTS temp.finding_place_at ON finding_place (path, line, col); DELETE FROM finding_place;",
                        err);
        if (r < 0 || (r = stmt_prepare(db, "INSERT INTO finding_place VALUES (?,?,?,?,?)", &st, err)) < 0)
                return r;
        for (size_t i = 0; r >= 0 && i < n; i++) {
                const struct hit *h = &fired[i].hit;
                if (!h->file || h->line < 1 || h->col < 1)
                        continue;
                stmt_bind_int(st, 1, (int64_t)i);
                stmt_bind_text(st, 2, h->file);
                stmt_bind_int(st, 3, h->line);
                stmt_bind_int(st, 4, h->col);
                stmt_bind_text(st, 5, h->discriminator);
                r = stmt_step(st, err);
        }
        return r < 0 ? r : 0;
}

static bool is_better(const struct match *m, bool same_snippet, int64_t start, int64_t end)
{
        if (!m->found || same_snippet != m->same_snippet)
                return !m->found || same_snippet;
        return end - start < m->end - m->start;
}

/* One pass over each table of places; the small side is looked up. */
static int match_rows(struct db *db, struct match *matches, struct err *err)
{
        static const char sql[] =
                "WITH place (path, line, col, byte_start, byte_end, hash, site) AS ("
                " SELECT path, line, col, byte_start, byte_end, snippet_hash, site FROM fact_code_site WHERE kind <> 'function'"
                " UNION ALL SELECT path, line, col, byte_start, byte_end, snippet_hash, NULL FROM fact_code_pool"
                " UNION ALL SELECT path, line, col, byte_start, byte_end, snippet_hash, NULL FROM fact_code_cache"
                " UNION ALL SELECT path, line, col, byte_start, byte_end, snippet_hash, NULL FROM fact_code_finding"
                " UNION ALL SELECT path, line, col, byte_start, byte_end, snippet_hash, NULL FROM fact_code_ddl"
                " UNION ALL SELECT path, line, col, byte_start, byte_end, NULL, site FROM fact_code_statement"
                " UNION ALL SELECT path, line, col, byte_start, byte_end, NULL, NULL FROM fact_code_value"
                " UNION ALL SELECT path, line, col, byte_start, byte_end, NULL, NULL FROM fact_code_decision"
                " UNION ALL SELECT path, line, col, byte_start, byte_end, NULL, NULL FROM fact_code_setting"
                " UNION ALL SELECT path, line, col, byte_start, byte_end, NULL, NULL FROM fact_code_table"
                " UNION ALL SELECT path, line, col, byte_start, byte_end, NULL, NULL FROM fact_code_column)"
                "SELECT h.n, p.byte_start, p.byte_end, coalesce(p.hash = h.snippet_hash, 0), p.site FROM place p"
                " CROSS JOIN finding_place h ON h.path = p.path AND h.line = p.line AND h.col = p.col WHERE p.byte_end > p.byte_start";
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(db, sql, &st, err);
        while (r >= 0 && (r = stmt_step(st, err)) == 1) {
                struct match *m = &matches[stmt_int(st, 0)];
                bool same = stmt_int(st, 3) != 0;
                if (is_better(m, same, stmt_int(st, 1), stmt_int(st, 2)))
                        *m = (struct match){true, same, stmt_int(st, 1), stmt_int(st, 2), stmt_is_null(st, 4) ? m->site : stmt_int(st, 4)};
                else if (!m->site && !stmt_is_null(st, 4))
                        m->site = stmt_int(st, 4);
        }
        return r;
}

/* A clause within a statement is known by its line alone: what stands on it is the range. */
static void mark_line(struct finding *f)
{
        size_t indent = strspn(f->first_line, " \t"), end = strlen(f->first_line);
        while (end > indent && strchr(" \t", f->first_line[end - 1]))
                end--;
        if (end == indent)
                return;
        f->col = (int)indent + 1;
        f->end_line = f->line;
        f->end_col = (int)end + 1;
}

/* A range from another version of the file would mark what nobody meant: its beginning must be where the finding is. */
static void set_range(const struct placing *p, struct finding *f, const struct text *t, int64_t start, int64_t end)
{
        int line, col;
        if (f->line < 1 || !t->bytes)
                return;
        f->first_line = text_line(p->arena, t, f->line);
        f->last_line = f->first_line;
        if (end <= start && f->col <= 1 && f->first_line)
                mark_line(f);
        if (end <= start || start != text_offset(t, f->line, f->col) || !text_position(t, end, &line, &col))
                return;
        f->end_line = line;
        f->end_col = col;
        if (line != f->line)
                f->last_line = text_line(p->arena, t, line);
}

int places_find(const struct placing *p, struct fired *fired, size_t n, struct err *err)
{
        if (!n)
                return 0;
        struct match *matches = arena_alloc(p->arena, n * sizeof *matches);
        int r = fill_places(p->db, fired, n, err);
        if (r < 0 || (r = match_rows(p->db, matches, err)) < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                struct fired *f = &fired[i];
                if (!f->hit.file)
                        continue;
                const struct text *t = texts_get(p->texts, f->hit.file);
                bool said = f->hit.byte_end > f->hit.byte_start;
                set_range(p, &f->finding, t, said ? f->hit.byte_start : matches[i].start, said ? f->hit.byte_end : matches[i].end);
                f->finding.file = t->shown;
        }
        struct costs *costs = costs_load(p->arena, p->db);
        for (size_t i = 0; i < n; i++)
                cost_find(costs, &fired[i].finding, fired[i].hit.file, matches[i].start, matches[i].site);
        struct trails *trails;
        if ((r = trails_open(p->arena, p->db, p->texts, &trails, err)) < 0)
                return r;
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = trail_find(trails, &fired[i], matches[i].site, err);
        trails_close(trails);
        return r < 0 ? r : 0;
}

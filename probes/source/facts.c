#include "probes/source/facts.h"

#include <stdlib.h>
#include <string.h>

/*
 *      'S' cells  table\0 name\0 name\0 ...     a shape, numbered from 0
 *      'R' shape  type value, type value ...    a record: int64, double, or length text\0
 */

static size_t shape_of(struct facts_writer *w, const char *table, const struct cell *cells, size_t n)
{
        for (size_t i = 0; i < w->shape_count; i++) {
                struct facts_shape *s = &w->shapes[i];
                size_t k = 0;
                if (s->n != n || strcmp(s->table, table))
                        continue;
                while (k < n && (s->names[k] == cells[k].name || !strcmp(s->names[k], cells[k].name)))
                        k++;
                if (k == n)
                        return i;
        }
        if (w->shape_count == FACT_SHAPES_MAX || n > FACT_CELLS_MAX)
                return FACT_SHAPES_MAX;
        struct facts_shape *s = &w->shapes[w->shape_count];
        s->table = table;
        s->n = n;
        str_add_char(&w->bytes, 'S');
        str_add_char(&w->bytes, (char)n);
        str_add_len(&w->bytes, table, strlen(table) + 1);
        for (size_t k = 0; k < n; k++) {
                s->names[k] = cells[k].name;
                str_add_len(&w->bytes, cells[k].name, strlen(cells[k].name) + 1);
        }
        return w->shape_count++;
}

/* Its end when a place() begins at `text`, else NULL. */
static const char *place_end(const char *text, const char **ret_colon)
{
        const char *colon = *text == '\037' ? strpbrk(text + 1, "\036\037\n") : NULL;
        size_t digits = colon && *colon == '\036' ? strspn(colon + 1, "0123456789") : 0;
        *ret_colon = colon;
        return digits ? colon + 1 + digits : NULL;
}

static void add_text(struct facts_writer *w, const char *text)
{
        uint32_t len = 0;
        size_t at = w->bytes.len;
        str_add_len(&w->bytes, &len, sizeof len);
        for (const char *mark; (mark = strchr(text, '\037'));) {
                const char *colon, *end = place_end(mark, &colon);
                str_add_len(&w->bytes, text, (size_t)(mark - text));
                text = end ? end : mark + 1;
                if (!end) {
                        str_add_char(&w->bytes, *mark);
                        continue;
                }
                str_add_len(&w->bytes, mark + 1, (size_t)(colon - mark - 1));
                str_add_char(&w->bytes, ':');
                str_add_len(&w->bytes, colon + 1, (size_t)(end - colon - 1));
                if (w->tells)
                        w->tells(w->arg, mark + 1, (size_t)(colon - mark - 1), atoi(colon + 1));
        }
        str_add_len(&w->bytes, text, strlen(text) + 1);
        len = (uint32_t)(w->bytes.len - at - sizeof len - 1);
        memcpy(w->bytes.buf + at, &len, sizeof len);
}

static void add_cell(struct facts_writer *w, const struct cell *c)
{
        struct str *out = &w->bytes;
        enum cell_type type = c->type == CELL_TEXT && !c->t ? CELL_NULL : c->type;
        str_add_char(out, (char)type);
        if (type == CELL_INT) {
                str_add_len(out, &c->i, sizeof c->i);
        } else if (type == CELL_REAL) {
                str_add_len(out, &c->r, sizeof c->r);
        } else if (type == CELL_TEXT) {
                add_text(w, c->t);
        }
}

static void write_record(void *arg, int64_t at_us, const char *table, const struct cell *cells, size_t n)
{
        (void)at_us;
        struct facts_writer *w = arg;
        size_t shape = shape_of(w, table, cells, n);
        if (shape == FACT_SHAPES_MAX)
                return;
        str_add_char(&w->bytes, 'R');
        str_add_char(&w->bytes, (char)shape);
        for (size_t i = 0; i < n; i++)
                add_cell(w, &cells[i]);
}

void facts_writer_clear(struct facts_writer *w)
{
        str_clear(&w->bytes);
        w->shape_count = 0;
        w->sink = (struct sink){.arg = w, .record = write_record};
}

void facts_writer_release(struct facts_writer *w)
{
        str_release(&w->bytes);
}

/* ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct reader {
        const char *at, *end;
        struct facts_shape shapes[FACT_SHAPES_MAX];
        size_t shape_count;
};

static const char *read_text(struct reader *r)
{
        const char *text = r->at, *nul = text < r->end ? memchr(text, '\0', (size_t)(r->end - text)) : NULL;
        if (nul)
                r->at = nul + 1;
        return nul ? text : NULL;
}

static bool read_bytes(struct reader *r, void *to, size_t n)
{
        if ((size_t)(r->end - r->at) < n)
                return false;
        memcpy(to, r->at, n);
        r->at += n;
        return true;
}

static bool read_shape(struct reader *r)
{
        uint8_t n;
        if (r->shape_count == FACT_SHAPES_MAX || !read_bytes(r, &n, 1) || n > FACT_CELLS_MAX)
                return false;
        struct facts_shape *s = &r->shapes[r->shape_count++];
        s->n = n;
        if (!(s->table = read_text(r)))
                return false;
        for (size_t i = 0; i < n; i++)
                if (!(s->names[i] = read_text(r)))
                        return false;
        return true;
}

static bool read_cell(struct reader *r, struct cell *c)
{
        uint8_t type;
        uint32_t len;
        if (!read_bytes(r, &type, 1) || type > CELL_TEXT)
                return false;
        c->type = type;
        if (type == CELL_INT)
                return read_bytes(r, &c->i, sizeof c->i);
        if (type == CELL_REAL)
                return read_bytes(r, &c->r, sizeof c->r);
        if (type == CELL_NULL)
                return true;
        if (!read_bytes(r, &len, sizeof len) || (size_t)(r->end - r->at) <= len || r->at[len])
                return false;
        c->t = r->at;
        r->at += (size_t)len + 1;
        return true;
}

static bool is_site(const char *name)
{
        return !strcmp(name, "site") || !strcmp(name, "parent") || !strcmp(name, "loop") || !strcmp(name, "holding");
}

static bool is_about_sites(const char *table)
{
        return !strncmp(table, "code_", 5) && strcmp(table, "code_file");
}

static void count(struct facts_counts *c, const char *table)
{
        c->pools += !strcmp(table, "code_pool");
        c->caches += !strcmp(table, "code_cache");
        c->sites += !strcmp(table, "code_site");
        c->statements += !strcmp(table, "code_statement");
        c->tables += !strcmp(table, "code_table");
        c->ddl += !strcmp(table, "code_ddl");
        c->relationships += !strcmp(table, "code_relationship");
        c->settings += !strcmp(table, "code_setting");
}

bool facts_replay(const void *bytes, size_t len, struct sink *sink, int64_t *site_base, struct facts_counts *counts)
{
        struct reader r = {.at = bytes, .end = (const char *)bytes + len};
        int64_t base = *site_base, largest = 0;
        while (r.at < r.end) {
                struct cell cells[FACT_CELLS_MAX];
                uint8_t shape;
                char what = *r.at++;
                if (what == 'S' && read_shape(&r))
                        continue;
                if (what != 'R' || !read_bytes(&r, &shape, 1) || shape >= r.shape_count)
                        return false;
                const struct facts_shape *s = &r.shapes[shape];
                bool sites = is_about_sites(s->table);
                for (size_t i = 0; i < s->n; i++) {
                        cells[i].name = s->names[i];
                        if (!read_cell(&r, &cells[i]))
                                return false;
                        if (!sites || cells[i].type != CELL_INT || !is_site(s->names[i]))
                                continue;
                        largest = cells[i].i > largest ? cells[i].i : largest;
                        cells[i].i += base;
                }
                if (!sink)
                        continue;
                count(counts, s->table);
                sink->record(sink->arg, 0, s->table, cells, s->n);
        }
        if (sink)
                *site_base += largest;
        return true;
}

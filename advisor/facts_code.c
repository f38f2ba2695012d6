/* The facts of the sources that models write changes with: where calls take another argument, and the file that a path means. */
#include "facts.h"
#include "base/fs.h"

#include <string.h>

#define IN_WINDOW "run_id IN (SELECT run_id FROM fact_window)"
#define NEWEST(table) "run_id = (SELECT max(run_id) FROM " table " WHERE " IN_WINDOW ")"

const char *facts_file(struct facts *f, const char *path)
{
        for (const char **root = f->config ? f->config->source_roots : NULL; path && root && *root; root++) {
                char *file = fs_join(f->arena, *root, path);
                if (fs_exists(file))
                        return file;
                if (!strcmp(fs_basename(*root), path) && !fs_is_dir(*root) && fs_exists(*root)) /* a root may be a file */
                        return *root;
        }
        return NULL;
}

static const char sql[] =
        "WITH m AS (SELECT j.value AS module, group_concat(p.program, ' ') AS programs"
        "  FROM (SELECT program, modules FROM code_program WHERE " NEWEST("code_program") " AND modules IS NOT NULL ORDER BY program) p, json_each(p.modules) j GROUP BY 1)"
        " SELECT a.path, a.line, a.byte_start, a.byte_end, a.insert_at, a.lead, a.tail, a.anchor, a.is_first, a.refused, a.line_start, a.line_end, a.next_call,"
        "  a.line_text, m.programs, a.piped, a.client, a.bound, a.bound_end FROM code_argument a LEFT JOIN code_file f ON f.path = a.path AND f.run_id = a.run_id LEFT JOIN m ON m.module = f.module"
        " WHERE a." NEWEST("code_argument") " GROUP BY a.path, a.byte_start ORDER BY a.path, a.byte_start";

static int64_t or_none(struct stmt *s, int i)
{
        return stmt_is_null(s, i) ? -1 : stmt_int(s, i);
}

static void add_row(struct facts *f, struct stmt *s)
{
        struct arena *a = f->arena;
        const char *path = arena_strdup(a, stmt_text(s, 0)), *lead = stmt_text(s, 5), *tail = stmt_text(s, 6), *anchor = stmt_text(s, 7);
        *vec_push(a, &f->arguments) = (struct fact_argument){
                .path = path, .file = facts_file(f, path), .line = (int)stmt_int(s, 1), .byte_start = stmt_int(s, 2), .byte_end = stmt_int(s, 3), .insert_at = or_none(s, 4),
                .lead = arena_strdup(a, lead ? lead : ""), .tail = arena_strdup(a, tail ? tail : ""), .anchor = arena_strdup(a, anchor ? anchor : ""), .is_first = stmt_int(s, 8),
                .refused = arena_strdup(a, stmt_text(s, 9)), .line_start = or_none(s, 10), .line_end = or_none(s, 11), .next_call = or_none(s, 12),
                .line_text = arena_strdup(a, stmt_text(s, 13)), .programs = arena_strdup(a, stmt_text(s, 14)),
                .piped = arena_strdup(a, stmt_text(s, 15)), .client = arena_strdup(a, stmt_text(s, 16)), .bound = arena_strdup(a, stmt_text(s, 17)), .bound_end = or_none(s, 18)};
}

/* An argument of a pool that is not given has an empty range where it would be. */
static void link_values(struct facts *f)
{
        for (size_t i = 0; i < f->values.len; i++) {
                struct fact_value *v = &f->values.items[i];
                for (size_t k = 0; v->path && v->byte_start >= 0 && v->byte_start == v->byte_end && k < f->arguments.len && !v->call; k++)
                        if (f->arguments.items[k].insert_at == v->byte_start && !strcmp(f->arguments.items[k].path, v->path))
                                v->call = &f->arguments.items[k];
        }
}

int facts_load_arguments(struct facts *f, struct store *store, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *s = NULL;
        int r = stmt_prepare(store_db(store), sql, &s, err);
        while (r >= 0 && (r = stmt_step(s, err)) == 1)
                add_row(f, s);
        if (r == 0)
                link_values(f);
        return r;
}

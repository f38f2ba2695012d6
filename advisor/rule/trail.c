#include "rule/trail.h"
#include "base/cleanup.h"
#include "lib/json.h"

#include <stdlib.h>
#include <string.h>

struct trails {
        struct arena *arena;
        struct texts *texts;
        struct stmt *pool, *values, *programs, *site;
};

struct trails *trails_close(struct trails *t)
{
        if (t) {
                stmt_free(t->pool);
                stmt_free(t->values);
                stmt_free(t->programs);
                stmt_free(t->site);
        }
        return NULL;
}
DEFINE_CLEANUP(struct trails *, trails_close)

int trails_open(struct arena *a, struct db *db, struct texts *texts, struct trails **ret_trails, struct err *err)
{
        CLEANUP(trails_close) struct trails *t = arena_new_of(a, struct trails);
        *t = (struct trails){.arena = a, .texts = texts};
        int r = stmt_prepare(db, "SELECT library, kind, path, line, col FROM fact_code_pool WHERE pool = ?1 ORDER BY path <> ?2, line LIMIT 1", &t->pool, err);
        if (r >= 0)
                r = stmt_prepare(db,
                                 "SELECT knob, value, decided_by, path, line, col, key_path FROM fact_code_value "
                                 "WHERE pool = ?1 AND decided_by <> 'default' AND path IS NOT NULL AND knob IN ('size', 'overflow', 'min_size') "
                                 "ORDER BY CASE knob WHEN 'size' THEN 0 ELSE 1 END, knob, path, line",
                                 &t->values, err);
        if (r >= 0)
                r = stmt_prepare(db,
                                 "SELECT c.program, c.processes, c.path, c.line FROM fact_code_pool p, json_each(p.programs) j "
                                 "JOIN fact_code_program c ON c.program = j.value WHERE p.pool = ?1 ORDER BY c.program",
                                 &t->programs, err);
        if (r >= 0)
                r = stmt_prepare(db,
                                 "SELECT x.kind, x.what, x.path, x.line, x.col FROM fact_code_site s "
                                 "JOIN fact_code_site x ON x.site IN (s.loop, s.holding) WHERE s.site = ?1 ORDER BY x.line, x.col",
                                 &t->site, err);
        if (r >= 0)
                *ret_trails = take(t);
        return r < 0 ? r : 0;
}

static void add_step(struct trails *t, struct finding *f, const char *text, const char *file, int64_t line, int64_t col)
{
        *vec_push(t->arena, &f->trail) = (struct trail_step){text, file ? texts_get(t->texts, arena_strdup(t->arena, file))->shown : NULL, (int)line, (int)col};
}

/* "env_file" -> "env file": words of the facts, for people. */
static const char *words(struct arena *a, const char *name)
{
        char *s = arena_strdup(a, name ? name : "unknown");
        for (char *c = s; *c; c++)
                if (*c == '_')
                        *c = ' ';
        return s;
}

static int pool_steps(struct trails *t, struct fired *f, struct err *err)
{
        struct arena *a = t->arena;
        stmt_bind_text(t->pool, 1, f->hit.subject);
        stmt_bind_text(t->pool, 2, f->hit.file);
        int r = stmt_step(t->pool, err);
        if (r != 1)
                return r;
        add_step(t, &f->finding, arena_printf(a, "%s of %s is made", stmt_text(t->pool, 1) ? words(a, stmt_text(t->pool, 1)) : "pool", stmt_text(t->pool, 0)),
                 stmt_text(t->pool, 2), stmt_int(t->pool, 3), stmt_int(t->pool, 4));
        stmt_reset(t->pool);
        stmt_bind_text(t->values, 1, f->hit.subject);
        while ((r = stmt_step(t->values, err)) == 1) {
                const char *value = stmt_text(t->values, 1);
                add_step(t, &f->finding, arena_printf(a, "%s %s is decided (%s)", words(a, stmt_text(t->values, 0)), value ? value : "unresolved", words(a, stmt_text(t->values, 2))),
                         stmt_text(t->values, 3), stmt_int(t->values, 4), stmt_int(t->values, 5));
        }
        stmt_bind_text(t->programs, 1, f->hit.subject);
        while (r >= 0 && (r = stmt_step(t->programs, err)) == 1) {
                int64_t n = stmt_int(t->programs, 1);
                add_step(t, &f->finding, n > 0 ? arena_printf(a, "used by %s, %lld process%s", stmt_text(t->programs, 0), (long long)n, n == 1 ? "" : "es")
                                               : arena_printf(a, "used by %s", stmt_text(t->programs, 0)),
                         stmt_text(t->programs, 2), stmt_int(t->programs, 3), 0);
        }
        return r;
}

/* Only what the rule looked at: a call that blocks does so with or without the loop around it. */
static int site_steps(struct trails *t, struct fired *f, int64_t site, struct err *err)
{
        bool loops = f->rule->select && strstr(f->rule->select, "loop"), holds = f->rule->select && strstr(f->rule->select, "holding");
        stmt_bind_int(t->site, 1, site);
        int r;
        while ((r = stmt_step(t->site, err)) == 1) {
                const char *kind = stmt_text(t->site, 0), *what = stmt_text(t->site, 1);
                bool loop = kind && !strcmp(kind, "loop");
                if (loop ? !loops : !holds)
                        continue;
                add_step(t, &f->finding, !loop ? "the connection is taken" : what && !strcmp(what, "for_rows") ? "the loop over the rows of a query begins" : "the loop begins",
                         stmt_text(t->site, 2), stmt_int(t->site, 3), stmt_int(t->site, 4));
        }
        return r;
}

int trail_find(struct trails *t, struct fired *f, int64_t site, struct err *err)
{
        if (f->hit.trail) {
                trail_parse(t->arena, f->hit.trail, &f->finding);
                for (size_t i = 0; i < f->finding.trail.len; i++)
                        if (f->finding.trail.items[i].file)
                                f->finding.trail.items[i].file = texts_get(t->texts, f->finding.trail.items[i].file)->shown;
                return 0;
        }
        if (!f->hit.file)
                return 0;
        int r = pool_steps(t, f, err);
        return r < 0 || f->finding.trail.len || !site ? r : site_steps(t, f, site, err);
}

/* ── As text ────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* "... at path:12" -> the step's place; the words stay. */
static struct trail_step plain_step(struct arena *a, const char *text, size_t len)
{
        struct trail_step s = {.text = arena_strndup(a, text, len)};
        char *at = strstr(s.text, " at "), *colon = strrchr(s.text, ':');
        if (!at || !colon || colon < at || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1))
                return s;
        s.file = arena_strndup(a, at + 4, (size_t)(colon - at - 4));
        s.line = atoi(colon + 1);
        s.text = arena_strndup(a, s.text, (size_t)(at - s.text));
        return s;
}

void trail_parse(struct arena *a, const char *text, struct finding *f)
{
        CLEANUP(json_free) struct json *list = NULL;
        if (text[0] == '[' && json_parse(NULL, text, strlen(text), &list, NULL) == 0) {
                for (size_t i = 0; i < json_len(list); i++) {
                        const struct json *s = json_at(list, i);
                        const char *words_of = json_as_text(json_get(s, "text"));
                        *vec_push(a, &f->trail) = (struct trail_step){arena_strdup(a, words_of ? words_of : ""), arena_strdup(a, json_as_text(json_get(s, "file"))),
                                                                (int)json_as_int(json_get(s, "line"), 0), (int)json_as_int(json_get(s, "column"), 0)};
                }
                return;
        }
        for (const char *at = text; *at;) {
                const char *end = strstr(at, "; ");
                size_t len = end ? (size_t)(end - at) : strlen(at);
                if (len)
                        *vec_push(a, &f->trail) = plain_step(a, at, len);
                at += len + (end ? 2 : 0);
        }
}

const char *trail_text(struct arena *a, const struct finding *f)
{
        CLEANUP(json_free) struct json *list = json_new_array();
        CLEANUP(str_release) struct str text = {0};
        if (!f->trail.len)
                return NULL;
        for (size_t i = 0; i < f->trail.len; i++) {
                const struct trail_step *s = &f->trail.items[i];
                struct json *o = json_add_object(list);
                json_put_text(o, "text", s->text);
                json_put_text(o, "file", s->file);
                json_put_int(o, "line", s->line);
                json_put_int(o, "column", s->col);
        }
        json_dump(list, 0, &text);
        return arena_strdup(a, str_text(&text));
}

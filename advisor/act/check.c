/*
 * Is the new content the old one but for the planned values? Both are parsed again, and everything outside the edits must have
 * given the same tokens (Python, YAML), the same keys and values (INI) or the same lines (.env). Content that did not parse
 * before is refused too: an edit of what we do not understand is a guess.
 */
#include "act/act.h"
#include "act/check_pipeline.h"
#include "lib/ini.h"
#include "lib/syntax.h"

#include <stdlib.h>
#include <string.h>

struct check {
        struct act_env *env;
        const struct step *step;
        const struct target_image *before, *after;
        const struct edit *edits; /* sorted by place */
        size_t n;
        bool *piped; /* of each: it makes a pipeline, and is no argument */
        struct err *err;
};

static int by_start(const void *a, const void *b)
{
        const struct edit *x = a, *y = b;
        return x->start < y->start ? -1 : x->start > y->start;
}

/* Does [start, end) of the old (or new) text touch an edit? An insertion touches only what it made. */
static bool touched(const struct check *c, int64_t start, int64_t end, bool is_new)
{
        int64_t shift = 0;
        for (size_t i = 0; i < c->n; i++) {
                const struct edit *e = &c->edits[i];
                int64_t len = (int64_t)strlen(e->after), from = e->start + (is_new ? shift : 0), to = is_new ? from + len : e->end;
                if (start < to && end > from)
                        return true;
                shift += len - (e->end - e->start);
        }
        return false;
}

static int unplanned(const struct check *c, int line, const char *what, struct err *err)
{
        return err_at(err, ERR_REFUSED, c->step->path, line, 0, "the edit would change more than the planned value: %s", what);
}

static int check_parses(const struct check *c, const struct syntax_tree *old, const struct syntax_tree *new)
{
        int line;
        if (old && syntax_error_count(old, &line))
                return err_at(c->err, ERR_REFUSED, c->step->path, line, 0, "does not parse; only files that do are edited");
        if (syntax_error_count(new, &line))
                return err_at(c->err, ERR_REFUSED, c->step->path, line, 0, "would not parse after the edit");
        return 0;
}

/* The next token outside the edits; those inside are counted. */
static bool next_untouched(const struct check *c, struct syntax_leaves *leaves, bool is_new, struct syntax_node *ret, size_t *count)
{
        while (syntax_leaves_next(leaves, ret)) {
                if (!touched(c, ret->start, ret->end, is_new))
                        return true;
                ++*count;
        }
        return false;
}

static int compare_tokens(const struct check *c, const struct syntax_tree *old, const struct syntax_tree *new)
{
        CLEANUP(syntax_leaves_free) struct syntax_leaves *a = syntax_leaves_new(old);
        CLEANUP(syntax_leaves_free) struct syntax_leaves *b = syntax_leaves_new(new);
        size_t old_count = 0, new_count = 0;
        bool inserts = false;
        for (size_t i = 0; i < c->n; i++)
                inserts = inserts || c->edits[i].start == c->edits[i].end;
        for (;;) {
                struct syntax_node x, y;
                bool more = next_untouched(c, a, false, &x, &old_count), more_new = next_untouched(c, b, true, &y, &new_count);
                if (more != more_new)
                        return unplanned(c, more ? x.line : y.line, "the number of tokens", c->err);
                if (!more)
                        break;
                if (x.kind != y.kind || x.end - x.start != y.end - y.start ||
                    memcmp(c->before->bytes + x.start, c->after->bytes + y.start, x.end - x.start))
                        return unplanned(c, x.line, "another token", c->err);
        }
        /* a sign may come or go with a number; anything longer is more than a value */
        if (!inserts && new_count > old_count + c->n)
                return unplanned(c, 0, "a value became several tokens", c->err);
        return 0;
}

/* ── Arguments that are added to calls ─────────────────────────────────────────────────────────────────────────────── */

struct arguments {
        const struct check *check;
        uint16_t kind, plain[4];
        size_t found;
};

/* Is [start, end) all that one insertion adds, but for the comma and the blanks around it? */
static bool is_whole_insertion(const struct check *c, int64_t start, int64_t end)
{
        int64_t shift = 0;
        for (size_t i = 0; i < c->n; i++) {
                const struct edit *e = &c->edits[i];
                int64_t from = e->start + shift, len = (int64_t)strlen(e->after), skip = (int64_t)strspn(e->after, ", \t\r\n");
                shift += len - (e->end - e->start);
                while (len > skip && strchr(", \t\r\n", e->after[len - 1]))
                        len--;
                if (e->start == e->end && !c->piped[i] && len > skip && start == from + skip && end == from + len)
                        return true;
        }
        return false;
}

/* A keyword argument, or by position a name, a text or a number in a list of arguments. */
static bool count_argument(void *arg, const struct syntax_node *node)
{
        struct arguments *a = arg;
        bool plain = false;
        for (size_t i = 0; i < sizeof a->plain / sizeof *a->plain; i++)
                plain |= node->kind == a->plain[i];
        a->found += (plain || node->kind == a->kind) && is_whole_insertion(a->check, node->start, node->end);
        return true;
}

/* In Python each insertion is one argument of a call, or belongs to a pipeline, and nothing else. */
static int check_arguments(const struct check *c, const struct syntax_tree *new)
{
        size_t wanted = 0;
        for (size_t i = 0; i < c->n; i++)
                wanted += c->edits[i].start == c->edits[i].end && !c->piped[i];
        static const char *const plain[] = {"identifier", "attribute", "string", "integer"};
        struct arguments a = {.check = c, .kind = syntax_kind(SYNTAX_PYTHON, "keyword_argument", true)};
        for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
                a.plain[i] = syntax_kind(SYNTAX_PYTHON, plain[i], true);
        if (wanted)
                syntax_walk(new, count_argument, &a);
        return a.found == wanted ? 0 : unplanned(c, 0, "what is added is not one argument of a call", c->err);
}

static int check_tree(const struct check *c, enum syntax_lang lang)
{
        CLEANUP(syntax_tree_free) struct syntax_tree *old = NULL;
        CLEANUP(syntax_tree_free) struct syntax_tree *new = NULL;
        int r = syntax_parse(lang, c->before->bytes, c->before->len, &old, c->err);
        if (r < 0 || (r = syntax_parse(lang, c->after->bytes, c->after->len, &new, c->err)) < 0 || (r = check_parses(c, old, new)) < 0)
                return r;
        if ((r = compare_tokens(c, old, new)) < 0 || lang != SYNTAX_PYTHON)
                return r;
        const char *why;
        if (!check_pipelines(old, c->before->bytes, c->before->len, c->edits, c->n, c->piped, &why))
                return unplanned(c, 0, why, c->err);
        return check_arguments(c, new);
}

static int parse_ini(const struct check *c, const struct target_image *image, struct ini **ret)
{
        enum ini_dialect dialect = c->step->kind == CHANGE_pgbouncer_setting || strstr(image->bytes, "[pgbouncer]") ? INI_PGBOUNCER : INI_SUPERVISOR;
        int r = ini_parse(c->env->arena, dialect, c->step->path, image->bytes, image->len, ret, c->err);
        if (r < 0 && c->err)
                c->err->code = ERR_REFUSED;
        return r < 0 ? -ERR_REFUSED : 0;
}

static int check_ini(const struct check *c)
{
        struct ini *old, *new;
        int r = parse_ini(c, c->before, &old);
        if (r < 0 || (r = parse_ini(c, c->after, &new)) < 0)
                return r;
        if (old->values.len != new->values.len)
                return unplanned(c, 0, "the number of keys", c->err);
        for (size_t i = 0; i < old->values.len; i++) {
                const struct ini_value *x = &old->values.items[i], *y = &new->values.items[i];
                if (strcmp(x->section, y->section) || strcmp(x->key, y->key))
                        return unplanned(c, x->line, x->key, c->err);
                bool planned = touched(c, (int64_t)x->byte_start, (int64_t)x->byte_end + 1, false);
                if (!planned && strcmp(x->value, y->value))
                        return unplanned(c, x->line, x->key, c->err);
        }
        return 0;
}

struct line {
        const char *at;
        size_t len;
};

static bool next_line(const struct target_image *image, size_t *at, struct line *ret)
{
        if (*at >= image->len)
                return false;
        const char *p = image->bytes + *at, *nl = memchr(p, '\n', image->len - *at);
        *ret = (struct line){p, nl ? (size_t)(nl - p) : image->len - *at};
        *at += ret->len + 1;
        return true;
}

/* .env and what has no parser of its own: lines stay lines, and a touched line keeps its NAME=. */
static int check_lines(const struct check *c)
{
        size_t i = 0, k = 0;
        for (int number = 1;; number++) {
                struct line x, y;
                size_t start = i;
                bool more = next_line(c->before, &i, &x), more_new = next_line(c->after, &k, &y);
                if (more != more_new)
                        return unplanned(c, number, "the number of lines", c->err);
                if (!more)
                        return 0;
                const char *eq = memchr(x.at, '=', x.len);
                bool same = x.len == y.len && !memcmp(x.at, y.at, x.len);
                if (!same && !touched(c, (int64_t)start, (int64_t)(start + x.len), false))
                        return unplanned(c, number, "another line", c->err);
                size_t name = eq ? (size_t)(eq - x.at) + 1 : 0;
                if (!same && (y.len < name || memcmp(x.at, y.at, name)))
                        return unplanned(c, number, "the name of the value", c->err);
        }
}

/* A new file has nothing to be compared with; it must parse. */
static int check_new(const struct check *c)
{
        const char *path = c->step->path;
        enum syntax_lang lang = str_ends(path, ".py") ? SYNTAX_PYTHON : SYNTAX_YAML;
        if (!c->after->exists || (lang == SYNTAX_YAML && !str_ends(path, ".yaml") && !str_ends(path, ".yml")))
                return 0;
        CLEANUP(syntax_tree_free) struct syntax_tree *new = NULL;
        int r = syntax_parse(lang, c->after->bytes, c->after->len, &new, c->err);
        return r < 0 ? r : check_parses(c, NULL, new);
}

int check_syntax(struct act_env *e, const struct step *s, struct err *err)
{
        const char *format = s->refs.items[0].change->format ? s->refs.items[0].change->format : "";
        struct edit *edits = arena_alloc(e->arena, (s->edits.len + 1) * sizeof *edits);
        struct check c = {.env = e, .step = s, .before = &step_first(s)->before, .after = &s->after, .edits = edits, .n = s->edits.len,
                          .piped = arena_alloc(e->arena, s->edits.len + 1), .err = err};
        if (s->edits.len)
                memcpy(edits, s->edits.items, s->edits.len * sizeof *edits);
        qsort(edits, c.n, sizeof *edits, by_start);
        if (change_writes_file(s->kind))
                return check_new(&c);
        if (s->kind == CHANGE_cron_line)
                return 0;
        if (s->kind == CHANGE_pgbouncer_setting || !strcmp(format, "ini"))
                return check_ini(&c);
        if (!strcmp(format, "python"))
                return check_tree(&c, SYNTAX_PYTHON);
        if (!strcmp(format, "yaml"))
                return check_tree(&c, SYNTAX_YAML);
        if (!strcmp(format, "env"))
                return check_lines(&c);
        return err_set(err, ERR_REFUSED, "'%s': no way to check an edit of format '%s'", s->path, format);
}

#include "rule/suppress.h"
#include "rule/extent.h"

#include <string.h>
#include <time.h>

enum { REASON_MAX = 300 };

static const char word[] = "perfadvise:";

struct file {
        const char *name;
        VEC(struct suppression) list;
};

struct suppressions {
        struct arena *arena;
        struct texts *texts;
        int64_t now_us;
        VEC(struct file *) files;
};

struct suppressions *suppressions_new(struct arena *a, struct texts *texts, int64_t now_us)
{
        struct suppressions *s = arena_new_of(a, struct suppressions);
        *s = (struct suppressions){.arena = a, .texts = texts, .now_us = now_us};
        return s;
}

bool suppression_next_name(const char **at, const char **ret_name, size_t *ret_len)
{
        for (;;) {
                *at += strspn(*at, " ,\t");
                size_t n = strcspn(*at, " ,\t");
                *ret_name = *at;
                *ret_len = n;
                *at += n;
                if (!n || strncmp(*ret_name, "until=", 6))
                        return n > 0;
        }
}

/* ── One comment ────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The comment sign before the word: # -- ; or //. NULL: the word is no comment. */
static const char *find_sign(const char *line, const char *at)
{
        for (const char *p = line; p < at; p++)
                if (*p == '#' || *p == ';' || (p + 1 < at && ((p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '/'))))
                        return p;
        return NULL;
}

static bool is_blank(const char *from, const char *to)
{
        while (from < to && (*from == ' ' || *from == '\t'))
                from++;
        return from == to;
}

/* The end of its last day; a date that is none is a fault, not a licence for ever. */
static void read_until(struct suppressions *s, struct suppression *x)
{
        const char *at = strstr(x->names, "until=");
        if (!at || (at > x->names && !strchr(" ,\t", at[-1])))
                return;
        struct tm tm = {0};
        size_t n = strcspn(at + 6, " ,\t");
        x->until = arena_strndup(s->arena, at + 6, n);
        const char *end = strptime(x->until, "%Y-%m-%d", &tm);
        if (!end || *end || n != 10) {
                x->fault = arena_printf(s->arena, "'%s' is no date: YYYY-MM-DD", x->until);
                return;
        }
        x->ended = ((int64_t)timegm(&tm) + 86400) * 1000000 <= s->now_us;
}

static const char *read_reason(struct arena *a, const char *from, const char *to)
{
        from += strspn(from, " \t:-");
        while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
                to--;
        if (to <= from)
                return NULL;
        return arena_strndup(a, from, to - from > REASON_MAX ? REASON_MAX : (size_t)(to - from));
}

/* "ignore[names] reason" between `at` and `end`. False when it is something else that only begins like it. */
static bool read_comment(struct suppressions *s, const char *at, const char *end, struct suppression *x, bool *ret_file)
{
        static const char ignore[] = "ignore", file[] = "-file";
        at += strspn(at, " \t");
        if (end - at < (int)sizeof ignore - 1 || strncmp(at, ignore, sizeof ignore - 1))
                return false;
        at += sizeof ignore - 1;
        *ret_file = end - at > (int)sizeof file - 1 && !strncmp(at, file, sizeof file - 1);
        at += *ret_file ? sizeof file - 1 : 0;
        const char *close = at < end && *at == '[' ? memchr(at, ']', (size_t)(end - at)) : NULL;
        x->names = "";
        if (!close) {
                x->fault = "it names no rule: ignore[RULE] reason";
                return true;
        }
        x->names = arena_strndup(s->arena, at + 1, (size_t)(close - at - 1));
        x->reason = read_reason(s->arena, close + 1, end);
        read_until(s, x);
        const char *names = x->names, *name;
        size_t len;
        if (!x->fault && !suppression_next_name(&names, &name, &len))
                x->fault = "it names no rule: ignore[RULE] reason";
        return true;
}

/* ── Which lines it is for ──────────────────────────────────────────────────────────────────────────────────────── */

static bool is_comment_line(const struct text *t, int line)
{
        const char *p = t->bytes + t->lines[line - 1];
        p += strspn(p, " \t");
        return *p == '#' || *p == ';' || !strncmp(p, "--", 2) || !strncmp(p, "//", 2);
}

static void set_lines(struct suppression *x, const struct text *t, const struct extents *e, bool alone, bool sql)
{
        x->first = x->last = x->line;
        const struct extent *own = extent_at(e, x->line);
        if (own && (sql || (!alone && (own->first == x->line || own->last == x->line)))) {
                x->first = own->first;
                x->last = own->last;
                return;
        }
        if (!alone)
                return;
        int next = x->line + 1;
        while (next <= t->line_count && is_comment_line(t, next))
                next++;
        const struct extent *below = extent_at(e, next);
        x->last = below && below->first == next ? below->last : next;
}

static void read_line(struct suppressions *s, struct file *f, const struct text *t, struct extents *e, const char *at)
{
        int line, col;
        struct suppression x = {0};
        bool whole;
        if (!text_position(t, at - t->bytes, &line, &col))
                return;
        const char *start = t->bytes + t->lines[line - 1], *sign = find_sign(start, at);
        const char *end = start + strcspn(start, "\r\n");
        if (!sign || !read_comment(s, at + sizeof word - 1, end, &x, &whole))
                return;
        x.line = line;
        if (!whole) {
                extents_find(e, t);
                set_lines(&x, t, e, is_blank(start, sign), *sign == '-');
        } else if (line <= SUPPRESS_FILE_LINES) {
                x.first = 1;
                x.last = t->line_count;
        } else {
                x.fault = "ignore-file stands in the first 20 lines";
        }
        *vec_push(s->arena, &f->list) = x;
}

static struct file *file_of(struct suppressions *s, const char *name)
{
        for (size_t i = s->files.len; i-- > 0;)
                if (!strcmp(s->files.items[i]->name, name))
                        return s->files.items[i];
        struct file *f = arena_new_of(s->arena, struct file);
        const struct text *t = texts_get(s->texts, name);
        struct extents e = {.arena = s->arena};
        f->name = name;
        *vec_push(s->arena, &s->files) = f;
        for (const char *at = t->bytes; at && (at = memmem(at, t->len - (size_t)(at - t->bytes), word, sizeof word - 1)); at += sizeof word - 1)
                read_line(s, f, t, &e, at);
        return f;
}

/* ── Asking ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool names_rule(const struct suppression *x, const struct rule *rule)
{
        const char *at = x->names, *name;
        size_t len;
        while (suppression_next_name(&at, &name, &len))
                if (rule_is_called(rule, name, len))
                        return true;
        return false;
}

struct suppression *suppressed_by(struct suppressions *s, const struct rule *rule, const char *file, int line)
{
        struct suppression *found = NULL;
        if (!file || line <= 0)
                return NULL;
        struct file *f = file_of(s, file);
        for (size_t i = 0; i < f->list.len; i++) {
                struct suppression *x = &f->list.items[i];
                if (x->fault || line < x->first || line > x->last || !names_rule(x, rule))
                        continue;
                x->used = true;
                if (!found || found->ended)
                        found = x;
        }
        return found;
}

size_t suppressions_of(struct suppressions *s, const char *file, struct suppression **ret_list)
{
        struct file *f = file_of(s, file);
        *ret_list = f->list.items;
        return f->list.len;
}

const char *suppressions_file(const struct suppressions *s, size_t i)
{
        return i < s->files.len ? s->files.items[i]->name : NULL;
}

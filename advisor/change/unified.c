#include "change/unified.h"
#include "base/arena.h"
#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 3, EDITS_MAX = 1000 };

struct lines {
        const char **at; /* n + 1 starts */
        size_t n;
        bool newline_at_end;
};

/* A script: for each line of both texts, is it kept? */
struct script {
        bool *deleted, *added;
};

DEFINE_CLEANUP(struct arena *, arena_free)

static struct lines split(struct arena *a, const char *text, size_t len)
{
        size_t n = 0;
        for (const char *p = text, *end = text + len; p < end; n++) {
                const char *nl = memchr(p, '\n', (size_t)(end - p));
                p = nl ? nl + 1 : end;
        }
        struct lines l = {.at = arena_alloc(a, (n + 1) * sizeof *l.at), .n = n, .newline_at_end = !len || text[len - 1] == '\n'};
        const char *p = text, *end = text + len;
        for (size_t i = 0; i < n; i++) {
                l.at[i] = p;
                const char *nl = memchr(p, '\n', (size_t)(end - p));
                p = nl ? nl + 1 : end;
        }
        l.at[n] = text + len;
        return l;
}

static bool same(const struct lines *a, size_t i, const struct lines *b, size_t j)
{
        size_t n = (size_t)(a->at[i + 1] - a->at[i]);
        return n == (size_t)(b->at[j + 1] - b->at[j]) && !memcmp(a->at[i], b->at[j], n);
}

/* Walks the stored frontiers back from (n, m) and marks what was deleted and added. */
static void backtrack(size_t head, long n, long m, int *const *trace, int d, struct script *s)
{
        long x = n, y = m;
        for (; d > 0; d--) {
                const int *v = trace[d - 1] + d; /* index k = -(d-1)..d-1 */
                long k = x - y;
                bool down = k == -d || (k != d && v[k - 1] < v[k + 1]);
                long pk = down ? k + 1 : k - 1, px = v[pk], py = px - pk;
                if (down)
                        s->added[head + (size_t)py] = true;
                else
                        s->deleted[head + (size_t)px] = true;
                x = px;
                y = py;
        }
}

/* Marks the shortest script for the middle parts; false when it takes more than EDITS_MAX edits. */
static bool myers(const struct lines *a, const struct lines *b, size_t head, long n, long m, struct script *s)
{
        int *trace[EDITS_MAX + 1] = {0}, d = 0;
        bool found = false;
        CLEANUP(free) int *v = calloc(2 * EDITS_MAX + 5, sizeof *v);
        int *mid = v ? v + EDITS_MAX + 2 : NULL;
        for (; v && d <= EDITS_MAX && !found; d++) {
                for (int k = -d; k <= d && !found; k += 2) {
                        long x = k == -d || (k != d && mid[k - 1] < mid[k + 1]) ? mid[k + 1] : mid[k - 1] + 1, y = x - k;
                        while (x < n && y < m && same(a, head + (size_t)x, b, head + (size_t)y))
                                x++, y++;
                        mid[k] = (int)x;
                        found = x >= n && y >= m;
                }
                if (found)
                        break;
                /* frontiers of this round, k = -(d+1)..d+1, for the way back */
                trace[d] = malloc((size_t)(2 * d + 3) * sizeof(int));
                if (!trace[d])
                        break;
                memcpy(trace[d], mid - d - 1, (size_t)(2 * d + 3) * sizeof(int));
        }
        if (found)
                backtrack(head, n, m, trace, d, s);
        for (int i = 0; i <= EDITS_MAX; i++)
                free(trace[i]);
        return found;
}

static struct script compare(struct arena *arena, const struct lines *a, const struct lines *b)
{
        struct script s = {.deleted = arena_alloc(arena, a->n + 1), .added = arena_alloc(arena, b->n + 1)};
        size_t head = 0, tail = 0;
        while (head < a->n && head < b->n && same(a, head, b, head))
                head++;
        while (tail < a->n - head && tail < b->n - head && same(a, a->n - 1 - tail, b, b->n - 1 - tail))
                tail++;
        size_t n = a->n - head - tail, m = b->n - head - tail;
        if (!myers(a, b, head, (long)n, (long)m, &s)) {
                memset(s.deleted + head, true, n);
                memset(s.added + head, true, m);
        }
        return s;
}

static void put_line(struct str *out, char sign, const struct lines *l, size_t i)
{
        str_add_char(out, sign);
        str_add_len(out, l->at[i], (size_t)(l->at[i + 1] - l->at[i]));
        if (i + 1 == l->n && !l->newline_at_end)
                str_add(out, "\n\\ No newline at end of file\n");
}

static void put_range(struct str *out, char sign, size_t from, size_t count)
{
        str_printf(out, "%c%zu", sign, count ? from + 1 : from);
        if (count != 1)
                str_printf(out, ",%zu", count);
}

/* One hunk: lines [i, i_end) of a and [j, j_end) of b. */
static void put_hunk(struct str *out, const struct lines *a, const struct lines *b, const struct script *s, size_t i, size_t i_end,
                     size_t j, size_t j_end)
{
        str_add(out, "@@ ");
        put_range(out, '-', i, i_end - i);
        str_add_char(out, ' ');
        put_range(out, '+', j, j_end - j);
        str_add(out, " @@\n");
        while (i < i_end || j < j_end) {
                if (i < i_end && s->deleted[i])
                        put_line(out, '-', a, i++);
                else if (j < j_end && s->added[j])
                        put_line(out, '+', b, j++);
                else
                        put_line(out, ' ', a, i++), j++;
        }
}

static void put_hunks(struct str *out, const struct lines *a, const struct lines *b, const struct script *s)
{
        size_t i = 0, j = 0;
        while (i < a->n || j < b->n) {
                if (!(i < a->n && s->deleted[i]) && !(j < b->n && s->added[j])) {
                        i++, j++;
                        continue;
                }
                size_t before = i < CONTEXT ? i : CONTEXT, i0 = i - before, j0 = j - before, quiet = 0;
                while ((i < a->n || j < b->n) && quiet <= 2 * CONTEXT) {
                        if (i < a->n && s->deleted[i])
                                i++, quiet = 0;
                        else if (j < b->n && s->added[j])
                                j++, quiet = 0;
                        else
                                i++, j++, quiet++;
                }
                size_t cut = quiet > CONTEXT ? quiet - CONTEXT : 0;
                i -= cut;
                j -= cut;
                put_hunk(out, a, b, s, i0, i, j0, j);
        }
}

/* patch reads names in C quotes when they hold what a plain name cannot. */
static void put_name(struct str *out, const char *sign, const char *side, const char *path, bool missing)
{
        str_add(out, sign);
        if (missing) {
                str_add(out, "/dev/null\n");
                return;
        }
        bool quote = strpbrk(path, "\"\\\n\t\r") != NULL;
        str_add(out, quote ? "\"" : "");
        str_printf(out, "%s/", side);
        for (const char *p = path + (*path == '/'); *p; p++)
                if (quote && strchr("\"\\", *p))
                        str_printf(out, "\\%c", *p);
                else if (quote && (unsigned char)*p < ' ')
                        str_printf(out, "\\%03o", (unsigned char)*p);
                else
                        str_add_char(out, *p);
        str_add(out, quote ? "\"\n" : strchr(path, ' ') ? "\t\n" : "\n");
}

void unified_diff(struct str *out, const char *path, const char *before, size_t before_len, const char *after, size_t after_len)
{
        if (!before == !after && (!before || (before_len == after_len && !memcmp(before, after, after_len))))
                return;
        CLEANUP(arena_free) struct arena *arena = arena_new();
        struct lines a = split(arena, before ? before : "", before_len), b = split(arena, after ? after : "", after_len);
        struct script s = compare(arena, &a, &b);
        put_name(out, "--- ", "a", path, !before);
        put_name(out, "+++ ", "b", path, !after);
        put_hunks(out, &a, &b, &s);
}

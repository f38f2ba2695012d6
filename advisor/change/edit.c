#include "change/edit.h"
#include "base/cleanup.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

bool change_edits_bytes(enum change_kind kind)
{
        return kind == CHANGE_file_value || kind == CHANGE_pgbouncer_setting || kind == CHANGE_cron_line;
}

bool change_writes_file(enum change_kind kind)
{
        return kind == CHANGE_file_whole || kind == CHANGE_schedule;
}

/* An insertion has no bytes of its own to compare: those before it must be the ones that the analysis saw. */
static bool fits_anchor(const struct change *c, const char *bytes)
{
        size_t n = c->anchor ? strlen(c->anchor) : 0;
        return !n || (c->byte_start >= (int64_t)n && !memcmp(bytes + c->byte_start - n, c->anchor, n));
}

static int edit_of_value(const struct change *c, const char *bytes, size_t len, struct edit *ret, struct err *err)
{
        const char *before = c->before ? c->before : "";
        size_t n = strlen(before);
        bool fits = bytes && c->byte_start >= 0 && c->byte_end >= c->byte_start && (uint64_t)c->byte_end <= len;
        if (!fits || (size_t)(c->byte_end - c->byte_start) != n || memcmp(bytes + c->byte_start, before, n) || !fits_anchor(c, bytes)) {
                err_at(err, ERR_REFUSED, c->path, c->line, 0, "%s is not '%s' at byte %lld any more", c->key_path ? c->key_path : c->knob,
                       c->anchor && !n ? c->anchor : before, (long long)c->byte_start);
                return err_hint(err, "The file changed since the analysis; run `perfadvise analyze` again.");
        }
        if (!c->after)
                return err_at(err, ERR_REFUSED, c->path, c->line, 0, "%s has no new value", c->knob);
        *ret = (struct edit){.start = c->byte_start, .end = c->byte_end, .after = c->after, .what = c->knob};
        return 0;
}

static const char *cron_marker(struct arena *a, const char *object)
{
        const char *name = !strncmp(object, "# ", 2) ? object + 2 : object;
        return arena_printf(a, "# %s%s", !strncmp(name, "perfadvise:", 11) ? "" : "perfadvise:", name);
}

int cron_line_text(struct arena *a, const struct change *c, const char **ret_line, struct err *err)
{
        if (!c->object || !c->after || strpbrk(c->after, "\n\r") || strpbrk(c->object, "\n\r%"))
                return err_set(err, ERR_REFUSED, "a crontab line needs a name and may not hold a line break: '%s'", c->after ? c->after : "");
        const char *marker = cron_marker(a, c->object);
        CLEANUP(str_release) struct str line = {0};
        for (const char *p = c->after; *p; p++) { /* cron turns a bare % into a line break */
                if (*p == '%' && (p == c->after || p[-1] != '\\'))
                        str_add_char(&line, '\\');
                str_add_char(&line, *p);
        }
        if (!str_ends(str_text(&line), marker))
                str_printf(&line, " %s", marker);
        *ret_line = arena_strdup(a, str_text(&line));
        return 0;
}

/* A line that ends with our marker is ours and is replaced; otherwise the line is added at the end. after NULL removes it. */
static int edit_of_cron(struct arena *a, const struct change *c, const char *bytes, size_t len, struct edit *ret, struct err *err)
{
        const char *line = NULL, *end = bytes ? bytes + len : NULL;
        int r = c->after ? cron_line_text(a, c, &line, err) : 0;
        if (r < 0)
                return r;
        const char *marker = cron_marker(a, c->object ? c->object : "");
        size_t n = strlen(marker);
        for (const char *p = bytes; p && p < end;) {
                const char *nl = memchr(p, '\n', (size_t)(end - p)), *stop = nl ? nl : end;
                while (stop > p && (stop[-1] == '\r' || stop[-1] == ' '))
                        stop--;
                if ((size_t)(stop - p) >= n && !memcmp(stop - n, marker, n)) {
                        *ret = (struct edit){.start = p - bytes, .end = (line ? stop : nl ? nl + 1 : end) - bytes, .after = line ? line : "",
                                             .what = c->knob};
                        return 0;
                }
                p = nl ? nl + 1 : end;
        }
        if (!line)
                return err_set(err, ERR_REFUSED, "'%s' has no line marked '%s'", c->path, marker);
        *ret = (struct edit){.start = (int64_t)len, .end = (int64_t)len, .after = arena_printf(a, "%s\n", line), .own_line = true, .what = c->knob};
        return 0;
}

int edit_of_change(struct arena *a, const struct change *c, const char *bytes, size_t len, struct edit *ret_edit, struct err *err)
{
        return c->kind == CHANGE_cron_line ? edit_of_cron(a, c, bytes, len, ret_edit, err) : edit_of_value(c, bytes, len, ret_edit, err);
}

/* Insertions stand before what begins at the same byte; those at one place keep their order (the index tells). */
struct ordered {
        struct edit edit;
        size_t index;
};

static int by_place(const void *va, const void *vb)
{
        const struct ordered *a = va, *b = vb;
        if (a->edit.start != b->edit.start)
                return a->edit.start < b->edit.start ? -1 : 1;
        if (a->edit.end != b->edit.end)
                return a->edit.end < b->edit.end ? -1 : 1;
        return a->index < b->index ? -1 : a->index > b->index;
}

int edit_apply(struct arena *a, const char *bytes, size_t len, const struct edit *edits, size_t n, char **ret_bytes, size_t *ret_len,
               struct err *err)
{
        struct ordered *order = arena_alloc(a, (n + 1) * sizeof *order);
        for (size_t i = 0; i < n; i++)
                order[i] = (struct ordered){edits[i], i};
        qsort(order, n, sizeof *order, by_place);
        CLEANUP(str_release) struct str out = {0};
        int64_t at = 0;
        for (size_t i = 0; i < n; i++) {
                const struct edit *e = &order[i].edit;
                if (e->start < at || e->end > (int64_t)len)
                        return err_set(err, ERR_REFUSED, "two changes touch the same bytes: %s and %s", i ? order[i - 1].edit.what : "the file",
                                       e->what);
                str_add_len(&out, bytes + at, (size_t)(e->start - at));
                if (e->own_line && out.len && out.buf[out.len - 1] != '\n')
                        str_add_char(&out, '\n');
                str_add(&out, e->after);
                at = e->end;
        }
        if ((size_t)at < len)
                str_add_len(&out, bytes + at, len - (size_t)at);
        *ret_bytes = arena_strndup(a, str_text(&out), out.len);
        *ret_len = out.len;
        return 0;
}

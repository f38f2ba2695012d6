#include "change/preview.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "change/edit.h"
#include "change/unified.h"

#include <string.h>

enum { PREVIEW_BYTES_MAX = 4 << 20 };

static bool shows_by_diff(const struct change *c)
{
        return c->kind == CHANGE_file_value && c->path && (c->byte_start == c->byte_end || (c->after && !*c->after));
}

static bool wants_diff(const struct recommendation *r)
{
        for (size_t i = 0; i < r->changes.len; i++)
                if (shows_by_diff(&r->changes.items[i]))
                        return true;
        return false;
}

static bool is_first_of_file(const struct recommendation *r, size_t at)
{
        for (size_t i = 0; i < at; i++)
                if (r->changes.items[i].path && !strcmp(r->changes.items[i].path, r->changes.items[at].path))
                        return false;
        return true;
}

static bool diff_file(struct arena *a, const struct recommendation *r, const char *path, struct str *out)
{
        VEC(struct edit) edits = {0};
        struct err err = {0};
        char *before, *after;
        size_t before_len, after_len;
        if (fs_read(a, path, PREVIEW_BYTES_MAX, &before, &before_len, &err) < 0)
                return false;
        for (size_t i = 0; i < r->changes.len; i++)
                if (r->changes.items[i].path && !strcmp(r->changes.items[i].path, path) && change_edits_bytes(r->changes.items[i].kind) &&
                    edit_of_change(a, &r->changes.items[i], before, before_len, vec_push(a, &edits), &err) < 0)
                        return false;
        if (edit_apply(a, before, before_len, edits.items, edits.len, &after, &after_len, &err) < 0)
                return false;
        unified_diff(out, path, before, before_len, after, after_len);
        return true;
}

static const char *diff_of(struct arena *a, const struct recommendation *r)
{
        CLEANUP(str_release) struct str out = {0};
        for (size_t i = 0; i < r->changes.len; i++)
                if (r->changes.items[i].path && is_first_of_file(r, i) && !diff_file(a, r, r->changes.items[i].path, &out))
                        return NULL;
        return out.len ? arena_strdup(a, str_text(&out)) : NULL;
}

void previews_add(struct arena *a, struct recommendation *items, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (wants_diff(&items[i]))
                        items[i].diff = diff_of(a, &items[i]);
}

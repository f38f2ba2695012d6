#include "rule/texts.h"
#include "base/sys.h"

#include <string.h>
#include <sys/stat.h>

enum { TEXT_BYTES_MAX = 4 << 20, RACY_NS = 50000000 };

struct texts {
        struct arena *arena;
        const char *dir, *cwd;
        const char *const *roots;
        const struct fs_overlay *overlay;
        VEC(struct text *) list; /* by the order of asking */
        struct text *last;       /* findings come file by file */
};

struct texts *texts_new(struct arena *a, const char *dir, const char *const *roots, const char *cwd, const struct fs_overlay *overlay)
{
        struct texts *t = arena_new_of(a, struct texts);
        *t = (struct texts){.arena = a, .dir = dir, .roots = roots, .cwd = cwd, .overlay = overlay};
        return t;
}

/* A root may be the file itself. */
static const char *find_file(struct texts *t, const char *file)
{
        if (file[0] == '/')
                return file;
        for (const char *const *root = t->roots; root && *root; root++) {
                const char *path = fs_join(t->arena, *root, file);
                if (fs_exists(path))
                        return path;
                if (!strcmp(fs_basename(*root), file) && fs_exists(*root))
                        return *root;
        }
        const char *path = fs_join(t->arena, t->dir, file);
        return fs_exists(path) ? path : NULL;
}

static const char *shown(const struct texts *t, const char *abs)
{
        size_t n = t->cwd ? strlen(t->cwd) : 0;
        while (abs[0] == '.' && abs[1] == '/' && abs[2])
                abs += 2;
        return n > 1 && !strncmp(abs, t->cwd, n) && abs[n] == '/' ? abs + n + 1 : abs;
}

static int64_t time_ns(struct timespec t)
{
        return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static uint64_t state_of(const char *abs)
{
        struct stat st;
        if (stat(abs, &st) < 0)
                return 1;
        int64_t mtime = time_ns(st.st_mtim), ctime = time_ns(st.st_ctim), now = sys.realtime_us() * 1000;
        const uint64_t numbers[] = {(uint64_t)mtime, (uint64_t)ctime, (uint64_t)st.st_size, (uint64_t)st.st_ino, (uint64_t)st.st_dev};
        uint64_t h = 0;
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
                h = (h ^ numbers[i]) * UINT64_C(0x9E3779B97F4A7C15);
                h ^= h >> 29;
        }
        return mtime > now - RACY_NS || ctime > now - RACY_NS ? 0 : h < 2 ? 2 : h;
}

static bool read_bytes(struct texts *t, struct text *x)
{
        char *bytes;
        if (fs_read_over(t->arena, t->overlay, x->abs, TEXT_BYTES_MAX, &bytes, &x->len, NULL) < 0)
                return false;
        x->bytes = bytes;
        return true;
}

static void find_lines(struct arena *a, struct text *x)
{
        int n = 1;
        for (size_t i = 0; i < x->len; i++)
                n += x->bytes[i] == '\n';
        uint32_t *lines = arena_alloc(a, (size_t)n * sizeof *lines);
        x->line_count = 1;
        for (size_t i = 0; i < x->len; i++)
                if (x->bytes[i] == '\n')
                        lines[x->line_count++] = (uint32_t)i + 1;
        x->lines = lines;
}

const struct text *texts_get(struct texts *t, const char *file)
{
        if (t->last && !strcmp(t->last->file, file))
                return t->last;
        for (size_t i = 0; i < t->list.len; i++)
                if (!strcmp(t->list.items[i]->file, file))
                        return t->last = t->list.items[i];
        struct text *x = arena_new_of(t->arena, struct text);
        *x = (struct text){.file = file, .abs = find_file(t, file)};
        x->real = x->abs ? fs_realpath(t->arena, x->abs) : NULL;
        x->shown = x->abs ? shown(t, x->abs) : file;
        x->state = x->abs ? state_of(x->abs) : 1;
        if (x->abs && read_bytes(t, x))
                find_lines(t->arena, x);
        *vec_push(t->arena, &t->list) = x;
        return t->last = x;
}

static int64_t line_end(const struct text *t, int line)
{
        int64_t end = line < t->line_count ? (int64_t)t->lines[line] - 1 : (int64_t)t->len;
        return end > t->lines[line - 1] && t->bytes[end - 1] == '\r' ? end - 1 : end;
}

int64_t text_offset(const struct text *t, int line, int col)
{
        if (line < 1 || line > t->line_count || col < 1)
                return -1;
        int64_t at = (int64_t)t->lines[line - 1] + col - 1;
        return at <= line_end(t, line) ? at : -1;
}

bool text_position(const struct text *t, int64_t offset, int *ret_line, int *ret_col)
{
        if (offset < 0 || offset > (int64_t)t->len || !t->line_count)
                return false;
        int low = 0, high = t->line_count;
        while (high - low > 1) {
                int mid = (low + high) / 2;
                *(t->lines[mid] <= offset ? &low : &high) = mid;
        }
        *ret_line = low + 1;
        *ret_col = (int)(offset - t->lines[low]) + 1;
        return true;
}

const char *text_line(struct arena *a, const struct text *t, int line)
{
        if (line < 1 || line > t->line_count)
                return NULL;
        return arena_strndup(a, t->bytes + t->lines[line - 1], (size_t)(line_end(t, line) - t->lines[line - 1]));
}

/* ── States: for each text its name, place, real place, each with its NUL, and eight bytes ─────────────────────────────── */

bool texts_states(const struct texts *t, struct str *out)
{
        for (size_t i = 0; i < t->list.len; i++) {
                const struct text *x = t->list.items[i];
                const char *const names[] = {x->file, x->abs ? x->abs : "", x->real ? x->real : ""};
                for (int k = 0; k < 3; k++)
                        str_add_len(out, names[k], strlen(names[k]) + 1);
                str_add_len(out, &x->state, sizeof x->state);
                if (!x->state)
                        return false;
        }
        return true;
}

static const char *take_name(const char **at, const char *end)
{
        const char *name = *at, *nul = *at < end ? memchr(*at, '\0', (size_t)(end - *at)) : NULL;
        if (nul)
                *at = nul + 1;
        return nul ? name : NULL;
}

bool texts_still_stand(struct texts *t, const char *states, size_t len)
{
        const char *end = states + len;
        while (states < end) {
                const char *file = take_name(&states, end), *abs = take_name(&states, end), *real = take_name(&states, end);
                uint64_t state;
                if (!file || !abs || !real || (size_t)(end - states) < sizeof state)
                        return false;
                memcpy(&state, states, sizeof state);
                states += sizeof state;
                const char *now = find_file(t, file), *really = now ? fs_realpath(t->arena, now) : NULL;
                if (strcmp(now ? now : "", abs) || strcmp(really ? really : "", real) || (now ? state_of(now) : 1) != state)
                        return false;
        }
        return true;
}

#include "rule/suppress.h"
#include "base/fs.h"

#include <string.h>

enum { SOURCE_MAX = 4 << 20 };

/* A source file and where its lines begin. */
struct source {
        const char *file;
        const char *bytes; /* NULL: not readable */
        VEC(const char *) lines;
};

struct suppressions {
        struct arena *arena;
        const char *dir;
        const char *const *roots;
        VEC(struct source) sources;
};

struct suppressions *suppressions_new(struct arena *a, const char *dir, const char *const *roots)
{
        struct suppressions *s = arena_new_of(a, struct suppressions);
        *s = (struct suppressions){.arena = a, .dir = dir, .roots = roots};
        return s;
}

static void find_lines(struct arena *a, struct source *src)
{
        for (const char *at = src->bytes; at && *at;) {
                *vec_push(a, &src->lines) = at;
                const char *end = strchr(at, '\n');
                at = end ? end + 1 : NULL;
        }
}

/* Paths of findings are absolute, or relative to a source root. */
static char *read_source(struct suppressions *s, const char *file)
{
        char *bytes;
        size_t len;
        for (const char *const *root = s->roots; root && *root; root++)
                if (fs_read(s->arena, fs_join(s->arena, *root, file), SOURCE_MAX, &bytes, &len, NULL) == 0 ||
                    (!strcmp(fs_basename(*root), file) && fs_read(s->arena, *root, SOURCE_MAX, &bytes, &len, NULL) == 0))
                        return bytes;
        if (fs_read(s->arena, fs_join(s->arena, s->dir, file), SOURCE_MAX, &bytes, &len, NULL) == 0)
                return bytes;
        return NULL;
}

static const struct source *source_of(struct suppressions *s, const char *file)
{
        for (size_t i = 0; i < s->sources.len; i++)
                if (!strcmp(s->sources.items[i].file, file))
                        return &s->sources.items[i];
        struct source *src = vec_push(s->arena, &s->sources);
        *src = (struct source){.file = file, .bytes = read_source(s, file)};
        find_lines(s->arena, src);
        return src;
}

/* "# perfadvise: ignore[a, b] why": the rule stands in the brackets, alone, or as its family ("code.*"). */
static bool line_ignores(const char *line, size_t len, const char *rule)
{
        static const char word[] = "perfadvise: ignore[";
        const char *hash = memchr(line, '#', len);
        const char *at = hash ? memmem(hash, len - (size_t)(hash - line), word, sizeof word - 1) : NULL;
        if (!at)
                return false;
        at += sizeof word - 1;
        const char *end = memchr(at, ']', len - (size_t)(at - line));
        while (end && at < end) {
                at += strspn(at, " ,");
                size_t n = strcspn(at, " ,]");
                if (n == strlen(rule) && !strncmp(at, rule, n))
                        return true;
                if (n > 2 && !strncmp(at + n - 2, ".*", 2) && !strncmp(at, rule, n - 1))
                        return true;
                at += n ? n : 1;
        }
        return false;
}

static bool ignored_on(const struct source *src, int line, const char *rule)
{
        if (line < 1 || (size_t)line > src->lines.len)
                return false;
        const char *text = src->lines.items[line - 1];
        return line_ignores(text, strcspn(text, "\n"), rule);
}

bool is_suppressed(struct suppressions *s, const char *rule, const char *file, int line)
{
        if (!file || line <= 0)
                return false;
        const struct source *src = source_of(s, file);
        return ignored_on(src, line, rule) || ignored_on(src, line - 1, rule);
}

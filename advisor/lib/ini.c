#include "lib/ini.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"

#include <ctype.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FILE_MAX_BYTES = 1 << 20, VALUES_MAX = 20000, INCLUDES_MAX = 200 };

struct reader {
        struct arena *arena;
        enum ini_dialect dialect;
        struct ini *ini;
        const char *file, *bytes;
        const char *section;
        struct ini_value *open; /* the value that an indented line goes on with */
        int line, includes;
        struct err *err;
};

struct span {
        const char *from, *to;
};

static struct span trim(const char *from, const char *to)
{
        while (from < to && isspace((unsigned char)*from))
                from++;
        while (to > from && isspace((unsigned char)to[-1]))
                to--;
        return (struct span){from, to};
}

/* configparser: an inline comment begins at ; or # after a blank. */
static const char *before_comment(enum ini_dialect dialect, const char *from, const char *to)
{
        if (dialect == INI_PGBOUNCER)
                return to;
        for (const char *p = from; p < to; p++)
                if ((*p == ';' || *p == '#') && (p == from || isspace((unsigned char)p[-1])))
                        return p;
        return to;
}

static int bad_line(struct reader *r, const char *what)
{
        return err_at(r->err, ERR_PARSE, r->file, r->line, 1, "%s", what);
}

static int read_section(struct reader *r, struct span s)
{
        const char *close = memchr(s.from, ']', (size_t)(s.to - s.from));
        if (!close)
                return bad_line(r, "a section header without ']'");
        r->section = arena_strndup(r->arena, s.from + 1, (size_t)(close - s.from - 1));
        r->open = NULL;
        return 0;
}

static void go_on(struct reader *r, const char *from, const char *to)
{
        struct span v = trim(from, before_comment(r->dialect, from, to));
        if (v.from == v.to)
                return;
        r->open->value = arena_printf(r->arena, "%s%s%.*s", r->open->value, *r->open->value ? "\n" : "", (int)(v.to - v.from), v.from);
        r->open->byte_end = (size_t)(v.to - r->bytes);
}

static int read_value(struct reader *r, const char *line_start, struct span s)
{
        const char *eq = s.from;
        while (eq < s.to && *eq != '=' && (r->dialect == INI_PGBOUNCER || *eq != ':'))
                eq++;
        if (eq == s.to)
                return bad_line(r, "neither a section nor key = value");
        if (!r->section)
                return bad_line(r, "a value before the first section");
        if (r->ini->values.len == VALUES_MAX)
                return bad_line(r, "too many values");
        struct span k = trim(s.from, eq), v = trim(eq + 1, before_comment(r->dialect, eq + 1, s.to));
        r->open = vec_push(r->arena, &r->ini->values);
        *r->open = (struct ini_value){.section = r->section, .file = r->file, .line = r->line, .col = (int)(v.from - line_start) + 1,
                                      .key = arena_strndup(r->arena, k.from, (size_t)(k.to - k.from)),
                                      .value = arena_strndup(r->arena, v.from, (size_t)(v.to - v.from)),
                                      .byte_start = (size_t)(v.from - r->bytes), .byte_end = (size_t)(v.to - r->bytes)};
        if (r->dialect == INI_PGBOUNCER)
                r->open = NULL;
        return 0;
}

static int read_file(struct reader *r, const char *path);

/* PgBouncer: %include file */
static int read_directive(struct reader *r, struct span s)
{
        static const char word[] = "%include";
        if ((size_t)(s.to - s.from) <= sizeof word - 1 || strncmp(s.from, word, sizeof word - 1))
                return bad_line(r, "unknown directive");
        struct span p = trim(s.from + sizeof word - 1, s.to);
        char *name = arena_strndup(r->arena, p.from, (size_t)(p.to - p.from));
        struct reader saved = *r;
        int ret = read_file(r, fs_join(r->arena, fs_dirname(r->arena, r->file), name));
        saved.section = r->section;
        saved.includes = r->includes;
        *r = saved;
        return ret;
}

static int read_line(struct reader *r, const char *from, const char *to)
{
        struct span s = trim(from, to);
        if (s.from == s.to || *s.from == ';' || *s.from == '#')
                return 0;
        if (r->open && r->dialect == INI_SUPERVISOR && isspace((unsigned char)*from)) {
                go_on(r, from, to);
                return 0;
        }
        if (*s.from == '[')
                return read_section(r, s);
        if (*s.from == '%' && r->dialect == INI_PGBOUNCER)
                return read_directive(r, s);
        return read_value(r, from, s);
}

static int read_bytes(struct reader *r, const char *file, const char *bytes, size_t len)
{
        r->file = arena_strdup(r->arena, file);
        r->bytes = bytes;
        r->line = 0;
        r->open = NULL;
        if (memchr(bytes, 0, len))
                return err_at(r->err, ERR_PARSE, file, 0, 0, "holds a NUL byte");
        const char *at = len >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3) ? bytes + 3 : bytes, *end = bytes + len;
        while (at < end) {
                const char *nl = memchr(at, '\n', (size_t)(end - at));
                r->line++;
                int ret = read_line(r, at, nl ? nl : end);
                if (ret < 0)
                        return ret;
                at = nl ? nl + 1 : end;
        }
        return 0;
}

static int read_file(struct reader *r, const char *path)
{
        char *bytes;
        size_t len;
        if (r->includes++ > INCLUDES_MAX)
                return err_set(r->err, ERR_PARSE, "'%s': more than %d included files", path, INCLUDES_MAX);
        int ret = fs_read(r->arena, path, FILE_MAX_BYTES, &bytes, &len, r->err);
        return ret < 0 ? ret : read_bytes(r, path, bytes, len);
}

int ini_parse(struct arena *a, enum ini_dialect dialect, const char *file, const char *bytes, size_t len, struct ini **ret_ini, struct err *err)
{
        struct reader r = {.arena = a, .dialect = dialect, .err = err, .ini = arena_new_of(a, struct ini)};
        if (len > FILE_MAX_BYTES)
                return err_at(err, ERR_RANGE, file, 0, 0, "larger than %d bytes", FILE_MAX_BYTES);
        int ret = read_bytes(&r, file, bytes, len);
        if (ret == 0)
                *ret_ini = r.ini;
        return ret;
}

static const char *include_name(void *arg, const char *name)
{
        if (!strcmp(name, "here"))
                return arg;
        return !strncmp(name, "ENV_", 4) ? getenv(name + 4) : NULL;
}

static int include_pattern(struct reader *r, const char *dir, const char *pattern)
{
        glob_t g = {0};
        int ret = 0;
        if (glob(fs_join(r->arena, dir, pattern), 0, NULL, &g) == 0)
                for (size_t i = 0; ret == 0 && i < g.gl_pathc; i++) {
                        r->section = NULL;
                        ret = read_file(r, g.gl_pathv[i]);
                }
        globfree(&g);
        return ret;
}

/* supervisord: [include] files = pattern pattern ..., relative to the file; included files include nothing. */
static int include_all(struct reader *r, const char *path)
{
        const struct ini_value *files = ini_get(r->ini, "include", "files");
        if (!files)
                return 0;
        char *dir = fs_dirname(r->arena, path), *list, *save = NULL;
        int ret = ini_expand(r->arena, files->value, include_name, dir, &list, r->err);
        for (char *p = ret < 0 ? NULL : strtok_r(list, " \t\r\n", &save); ret == 0 && p; p = strtok_r(NULL, " \t\r\n", &save))
                ret = include_pattern(r, dir, p);
        return ret;
}

int ini_read(struct arena *a, enum ini_dialect dialect, const char *path, struct ini **ret_ini, struct err *err)
{
        struct reader r = {.arena = a, .dialect = dialect, .err = err, .ini = arena_new_of(a, struct ini)};
        int ret = read_file(&r, path);
        if (ret == 0 && dialect == INI_SUPERVISOR)
                ret = include_all(&r, path);
        if (ret == 0)
                *ret_ini = r.ini;
        return ret;
}

const struct ini_value *ini_get(const struct ini *ini, const char *section, const char *key)
{
        for (size_t i = ini->values.len; i-- > 0;) {
                const struct ini_value *v = &ini->values.items[i];
                if (!strcmp(v->section, section) && !strcasecmp(v->key, key))
                        return v;
        }
        return NULL;
}

const char *ini_text(const struct ini *ini, const char *section, const char *key, const char *otherwise)
{
        const struct ini_value *v = ini_get(ini, section, key);
        return v ? v->value : otherwise;
}

/* One %(name)FORMAT at p (after the '%'); returns the end of it, or NULL. */
static const char *expand_one(struct arena *a, const char *p, const char *(*lookup)(void *, const char *), void *arg, struct str *out)
{
        const char *close = strchr(p, ')');
        if (*p != '(' || !close)
                return NULL;
        const char *text = lookup(arg, arena_strndup(a, p + 1, (size_t)(close - p - 1)));
        int width = 0;
        const char *f = close + 1;
        bool zero = *f == '0';
        while (isdigit((unsigned char)*f) && width < 100)
                width = width * 10 + (*f++ - '0');
        if (!text || (*f != 's' && *f != 'd') || width >= 100)
                return NULL;
        for (int pad = width - (int)strlen(text); pad > 0; pad--)
                str_add_char(out, zero && *f == 'd' ? '0' : ' ');
        str_add(out, text);
        return f + 1;
}

int ini_expand(struct arena *a, const char *value, const char *(*lookup)(void *arg, const char *name), void *arg, char **ret, struct err *err)
{
        CLEANUP(str_release) struct str out = {0};
        for (const char *p = value; *p;) {
                if (*p != '%') {
                        str_add_char(&out, *p++);
                } else if (p[1] == '%') {
                        str_add_char(&out, '%');
                        p += 2;
                } else {
                        const char *next = expand_one(a, p + 1, lookup, arg, &out);
                        if (!next)
                                return err_set(err, ERR_PARSE, "cannot expand '%.80s'", p);
                        p = next;
                }
        }
        *ret = arena_strdup(a, str_text(&out));
        return 0;
}

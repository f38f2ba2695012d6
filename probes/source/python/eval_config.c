/*
 * What a configuration file says, as the program that reads it would get it: types, interpolation, sections with a default one.
 */
#include "probes/source/python/eval.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { INTERPOLATION_MAX = 8 };

static bool expand(struct file *f, const struct entry *e, struct str *out, int depth);

/* ${NAME} and ${NAME:-default} in .env, %(name)s in INI; the name is looked up in the same file. */
static bool expand_one(struct file *f, const struct entry *e, const char *name, size_t len, struct str *out, int depth)
{
        struct arena *a = f->source->scratch;
        size_t n = 0;
        while (n < len && (isalnum((unsigned char)name[n]) || name[n] == '_' || name[n] == '.'))
                n++;
        const char *key = arena_strndup(a, name, n), *dot = strrchr(e->key, '.');
        const struct entry *other = NULL;
        if (f->lang == LANG_INI && dot)
                other = config_get(f, arena_printf(a, "%.*s.%s", (int)(dot - e->key), e->key, key));
        if (f->lang == LANG_INI && !other)
                other = config_get(f, arena_printf(a, "DEFAULT.%s", key));
        if (f->lang == LANG_ENV)
                other = config_get(f, key);
        if (other && other != e && depth < INTERPOLATION_MAX)
                return expand(f, other, out, depth + 1);
        bool otherwise = n + 1 < len && name[n] == ':' && name[n + 1] == '-';
        if (otherwise)
                str_add_len(out, name + n + 2, len - n - 2);
        else
                str_add_char(out, HOLE);
        return otherwise;
}

/* False when a part is not known. */
static bool expand(struct file *f, const struct entry *e, struct str *out, int depth)
{
        bool known = true;
        const char *open = f->lang == LANG_INI ? "%(" : "${", close = f->lang == LANG_INI ? ')' : '}';
        for (const char *p = e->value; *p; p++) {
                const char *end = !strncmp(p, open, 2) ? strchr(p, close) : NULL;
                if (!end) {
                        str_add_char(out, *p);
                        p += f->lang == LANG_INI && p[0] == '%' && p[1] == '%';
                        continue;
                }
                known &= expand_one(f, e, p + 2, (size_t)(end - p - 2), out, depth);
                p = end + (close == ')' && end[1] == 's');
        }
        return known;
}

static bool is_interpolated(const struct file *f, const struct entry *e)
{
        return (f->lang == LANG_ENV && strstr(e->value, "${")) || (f->lang == LANG_INI && strstr(e->value, "%("));
}

static double number(const char *text, char **end)
{
        char digits[64];
        size_t n = 0;
        for (const char *p = text; *p && n + 1 < sizeof digits; p++)
                if (*p != '_')
                        digits[n++] = *p;
        digits[n] = '\0';
        char *stop;
        double x = strtod(digits, &stop);
        *end = (char *)text + (stop > digits && !*stop ? strlen(text) : 0);
        return x;
}

struct value config_value(struct file *f, const struct entry *e)
{
        static const enum decider by[LANG_COUNT] = {[LANG_YAML] = BY_YAML, [LANG_INI] = BY_INI, [LANG_ENV] = BY_ENV_FILE, [LANG_PYTHON] = BY_LITERAL,
                                                    [LANG_TOML] = BY_TOML, [LANG_JSON] = BY_JSON, [LANG_CONF] = BY_INI};
        struct source *s = f->source;
        if (e->templated)
                return unknown(arena_printf(s->scratch, "%s in %s, unresolved: template", e->key, place(f, e->start)));
        struct value v = {.kind = V_TEXT, .text = e->value, .node = NO_NODE, .decided_in = f, .start = e->start, .end = e->end,
                          .decider = by[f->lang], .key = e->key};
        v.trail = arena_printf(s->scratch, "%s in %s", e->key, place(f, e->start));
        if (is_interpolated(f, e)) {
                CLEANUP(str_release) struct str out = {0};
                v.holes = !expand(f, e, &out, 0);
                v.text = arena_strdup(s->scratch, str_text(&out));
                v.decider = BY_COMPUTED;
        }
        char *end;
        double x = e->quoted || v.holes ? 0 : number(v.text, &end);
        if (e->quoted || v.holes)
                return v;
        if (end != v.text && !*end) {
                v.kind = V_NUMBER;
                v.number = x;
        } else if (!strcasecmp(v.text, "true") || !strcasecmp(v.text, "false")) {
                v.kind = V_BOOL;
                v.number = tolower((unsigned char)*v.text) == 't';
        } else if (f->lang == LANG_YAML && (!*v.text || !strcmp(v.text, "~") || !strcasecmp(v.text, "null"))) {
                v.kind = V_NONE;
        } else if (f->lang == LANG_JSON && !strcmp(v.text, "null")) {
                v.kind = V_NONE;
        }
        return v;
}

/* config['db']['pool'], config.get('db', 'pool'): by path; configparser has a section that all others start from. */
struct value ev_config_item(struct value object, const char *key)
{
        struct file *f = object.file, *in = f;
        struct arena *a = f->source->scratch;
        const char *path = *object.text ? arena_printf(a, "%s.%s", object.text, key) : key;
        const struct entry *e = config_lookup(f, path, &in);
        if (!e && f->lang == LANG_INI && *object.text)
                e = config_lookup(f, arena_printf(a, "DEFAULT.%s", key), &in);
        if (e)
                return config_value(in, e);
        if (config_has_prefix(f, path)) {
                object.text = path;
                return object;
        }
        return unknown(arena_printf(a, "%s has no '%s'", f->path, path));
}

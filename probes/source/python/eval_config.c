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
                                                    [LANG_TOML] = BY_TOML, [LANG_JSON] = BY_JSON, [LANG_JS] = BY_JSON, [LANG_CONF] = BY_INI};
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

/* ── Who reads it ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct value config_from(struct source *s, const struct file *from, const struct value *path)
{
        const char *name = path->kind == V_TEXT && !path->holes ? path->text : path->kind == V_OPEN_FILE ? path->text : path->kind == V_INSTANCE ? path->key : NULL;
        struct file *f = name ? config_find(s, from, name) : NULL;
        if (!f || f->lang == LANG_PYTHON)
                return unknown(name ? arena_printf(s->scratch, "file '%s', which is not in the tree", name) : "a file whose name is not known");
        return (struct value){.kind = V_CONFIG, .file = f, .text = "", .node = NO_NODE};
}

/* What `parser.read(path)` reads; NULL when it is no INI of the tree. */
static struct file *read_by_call(struct ctx *c, const struct call_site *call)
{
        uint32_t arg = call_argument(call->file, call->node, "filenames", 0);
        struct value path = arg == NO_NODE ? unknown("") : ev(c, call->scope, arg);
        struct value file = path.kind == V_LIST ? ev_index(c, path, 0) : path;
        struct value config = config_from(c->python->source, call->file, &file);
        return config.kind == V_CONFIG && config.file->lang == LANG_INI ? config.file : NULL;
}

/* The one file of INI that something reads into a parser, here or else anywhere; NULL when several do. */
static struct file *parsed_file(struct ctx *c, struct file *here)
{
        enum { SEEN_MAX = 40 };
        struct file *found = NULL, *f;
        EACH_CALL_IN(here, "read", call)
                if ((f = read_by_call(c, call))) {
                        if (found && found != f)
                                return NULL;
                        found = f;
                }
        if (found)
                return found;
        struct call_walk walk = calls_walk(c->python->source, "read");
        int seen = 0;
        for (struct call_site *call; seen < SEEN_MAX && (call = calls_next(&walk)); seen++)
                if ((f = read_by_call(c, call))) {
                        if (found && found != f)
                                return NULL;
                        found = f;
                }
        return found;
}

/* Dynaconf(settings_files=[...]): the last of them that is in the tree, its section "default" where it has one. */
static struct value dynaconf(struct ctx *c, struct scope *s, uint32_t call)
{
        static const char *const usual[] = {"settings.toml", "settings.yaml", "settings.yml", "settings.json", "config/settings.toml"};
        struct source *src = c->python->source;
        uint32_t arg = call_argument(s->file, call, "settings_files", -1);
        struct value files = arg == NO_NODE ? unknown("") : ev(c, s, arg), v = unknown("settings of Dynaconf, whose files are not in the tree");
        for (int i = 0; i < 5; i++) {
                struct value path = files.kind == V_LIST ? ev_index(c, files, i) : (struct value){.kind = V_TEXT, .text = usual[i]};
                struct value config = config_from(src, s->file, &path);
                if (config.kind == V_CONFIG && (v.kind != V_CONFIG || files.kind == V_LIST))
                        v = config;
        }
        if (v.kind == V_CONFIG) {
                v.text = config_has_prefix(v.file, "default") ? "default" : "";
                v.key = "dynaconf";
                v.call_scope = s;
        }
        return v;
}

bool ev_load(struct ctx *c, struct scope *s, uint32_t call, const char *name, struct value *ret)
{
        static const char *const loaders[] = {"yaml.safe_load", "yaml.load", "yaml.full_load", "dotenv.dotenv_values", "tomllib.load", "tomllib.loads", "tomli.load", "tomli.loads",
                                              "toml.load", "toml.loads", "tomlkit.load", "tomlkit.parse", "rtoml.load", "pytoml.load", "json.load", "json.loads", "orjson.loads",
                                              "ujson.load", "ujson.loads", "omegaconf.OmegaConf.load"};
        static const char *const parsers[] = {"configparser.ConfigParser", "configparser.RawConfigParser", "configparser.SafeConfigParser"};
        struct file *f = s->file;
        if (!strcmp(name, "dynaconf.Dynaconf") || !strcmp(name, "dynaconf.LazySettings")) {
                *ret = dynaconf(c, s, call);
                return true;
        }
        for (size_t i = 0; i < sizeof parsers / sizeof *parsers; i++)
                if (!strcmp(name, parsers[i])) {
                        struct file *ini = parsed_file(c, f);
                        *ret = ini ? (struct value){.kind = V_CONFIG, .file = ini, .text = "", .node = NO_NODE} : unknown("a file of INI that is not known");
                        return true;
                }
        for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++)
                if (*name == *loaders[i] && !strcmp(name, loaders[i])) {
                        uint32_t first = call_argument(f, call, NULL, 0);
                        struct value file = first != NO_NODE ? ev(c, s, first) : i == 3 ? (struct value){.kind = V_TEXT, .text = ".env"} : unknown("");
                        *ret = config_from(c->python->source, f, &file);
                        return true;
                }
        return false;
}

/* settings.POOL_SIZE of Dynaconf: any case; variables with its prefix are stronger. */
struct value ev_dynaconf(struct ctx *c, struct value object, const char *name)
{
        struct arena *a = c->python->source->scratch;
        char *lower = arena_strdup(a, name), *upper = arena_strdup(a, name);
        for (size_t i = 0; name[i]; i++) {
                lower[i] = (char)tolower((unsigned char)name[i]);
                upper[i] = (char)toupper((unsigned char)name[i]);
        }
        const char *const spellings[] = {name, lower, upper};
        struct value v = unknown("");
        for (int i = 0; i < 3 && v.kind == V_UNKNOWN; i++)
                v = ev_config_item(object, spellings[i]);
        struct value said = *object.text && strcmp(object.text, "default") ? unknown("") : ev_variable(c, object.call_scope, arena_printf(a, "DYNACONF_%s", upper), true);
        return said.kind == V_UNKNOWN ? v : ev_over_default(c->python->source, said, v);
}

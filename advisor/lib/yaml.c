#include "lib/yaml.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/num.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

enum { YAML_BYTES_MAX = 4 << 20, YAML_DEPTH_MAX = 64, YAML_NODES_MAX = 200000 };

struct reader {
        struct arena *arena;
        const char *file;
        yaml_parser_t parser;
        size_t nodes;
        struct err *err;
};

static void parser_delete_cleanup(yaml_parser_t *p)
{
        yaml_parser_delete(p);
}

static void event_delete_cleanup(yaml_event_t *e)
{
        yaml_event_delete(e);
}

static int next_event(struct reader *r, yaml_event_t *event)
{
        if (yaml_parser_parse(&r->parser, event))
                return 0;
        int line = (int)r->parser.problem_mark.line + 1, col = (int)r->parser.problem_mark.column + 1;
        return err_at(r->err, ERR_PARSE, r->file, line, col, "not valid YAML: %s", r->parser.problem ? r->parser.problem : "unreadable");
}

static bool is_null(const char *t)
{
        return !*t || !strcmp(t, "~") || !strcmp(t, "null") || !strcmp(t, "Null") || !strcmp(t, "NULL");
}

static int read_node(struct reader *r, const yaml_event_t *event, int depth, struct yaml **ret);

static int check_duplicate(struct reader *r, const struct yaml *map, const struct yaml *item)
{
        for (size_t i = 0; i < map->len; i++)
                if (!strcmp(map->items[i]->key, item->key))
                        return err_at(r->err, ERR_PARSE, r->file, item->key_line, item->key_col, "key '%s' stands twice (first in line %d)",
                                      item->key, map->items[i]->key_line);
        return 0;
}

static void append(struct reader *r, struct yaml *parent, size_t *cap, struct yaml *item)
{
        if (parent->len == *cap) {
                size_t more = *cap ? *cap * 2 : 8;
                parent->items = arena_grow(r->arena, parent->items, parent->len * sizeof(struct yaml *), more * sizeof(struct yaml *));
                *cap = more;
        }
        parent->items[parent->len++] = item;
}

static int read_items(struct reader *r, struct yaml *parent, yaml_event_type_t end, int depth)
{
        size_t cap = 0;
        for (;;) {
                CLEANUP(event_delete) yaml_event_t event;
                memset(&event, 0, sizeof event);
                int e = next_event(r, &event);
                if (e < 0)
                        return e;
                if (event.type == end)
                        return 0;
                struct yaml *key = NULL, *item = NULL;
                if (parent->type == YAML_LIST) {
                        e = read_node(r, &event, depth + 1, &item);
                } else {
                        if ((e = read_node(r, &event, depth + 1, &key)) < 0)
                                return e;
                        if (key->type != YAML_TEXT && key->type != YAML_NULL_)
                                return err_at(r->err, ERR_PARSE, r->file, key->line, key->col, "a key must be plain text");
                        CLEANUP(event_delete) yaml_event_t value;
                        memset(&value, 0, sizeof value);
                        if ((e = next_event(r, &value)) == 0)
                                e = read_node(r, &value, depth + 1, &item);
                }
                if (e < 0)
                        return e;
                if (key) {
                        item->key = key->text ? key->text : "";
                        item->key_line = key->line;
                        item->key_col = key->col;
                        /* linear for small maps; a map of thousands of keys is nothing of ours */
                        if (parent->len >= 4096)
                                return err_at(r->err, ERR_PARSE, r->file, key->line, key->col, "more than 4096 keys in one map");
                        if ((e = check_duplicate(r, parent, item)) < 0)
                                return e;
                }
                append(r, parent, &cap, item);
        }
}

static int read_node(struct reader *r, const yaml_event_t *event, int depth, struct yaml **ret)
{
        int line = (int)event->start_mark.line + 1, col = (int)event->start_mark.column + 1;
        if (++r->nodes > YAML_NODES_MAX)
                return err_at(r->err, ERR_PARSE, r->file, line, col, "more than %d values", YAML_NODES_MAX);
        if (depth > YAML_DEPTH_MAX)
                return err_at(r->err, ERR_PARSE, r->file, line, col, "nested deeper than %d levels", YAML_DEPTH_MAX);
        struct yaml *y = arena_new_of(r->arena, struct yaml);
        y->line = line;
        y->col = col;
        *ret = y;
        switch (event->type) {
        case YAML_SCALAR_EVENT:
                if (memchr(event->data.scalar.value, 0, event->data.scalar.length))
                        return err_at(r->err, ERR_PARSE, r->file, line, col, "a NUL character");
                y->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
                y->text = arena_strndup(r->arena, (const char *)event->data.scalar.value, event->data.scalar.length);
                y->type = !y->quoted && is_null(y->text) ? YAML_NULL_ : YAML_TEXT;
                return 0;
        case YAML_SEQUENCE_START_EVENT:
                y->type = YAML_LIST;
                return read_items(r, y, YAML_SEQUENCE_END_EVENT, depth);
        case YAML_MAPPING_START_EVENT:
                y->type = YAML_MAP;
                return read_items(r, y, YAML_MAPPING_END_EVENT, depth);
        case YAML_ALIAS_EVENT:
                return err_at(r->err, ERR_PARSE, r->file, line, col, "aliases (*%s) are not accepted", event->data.alias.anchor);
        default:
                return err_at(r->err, ERR_PARSE, r->file, line, col, "unexpected YAML");
        }
}

int yaml_parse(struct arena *a, const char *file, const char *bytes, size_t len, struct yaml **ret_root, struct err *err)
{
        struct reader r = {.arena = a, .file = file, .err = err};
        if (len > YAML_BYTES_MAX)
                return err_at(err, ERR_PARSE, file, 0, 0, "larger than %d bytes", YAML_BYTES_MAX);
        if (!yaml_parser_initialize(&r.parser))
                return err_set(err, ERR_IO, "out of memory");
        CLEANUP(parser_delete) yaml_parser_t parser = r.parser;
        r.parser = parser;
        yaml_parser_set_input_string(&r.parser, (const unsigned char *)bytes, len);
        struct yaml *root = arena_new_of(a, struct yaml);
        int e = 0;
        for (bool done = false; !done && e >= 0;) {
                CLEANUP(event_delete) yaml_event_t event;
                memset(&event, 0, sizeof event);
                if ((e = next_event(&r, &event)) < 0)
                        break;
                switch (event.type) {
                case YAML_STREAM_START_EVENT:
                case YAML_DOCUMENT_START_EVENT:
                case YAML_DOCUMENT_END_EVENT:
                        break;
                case YAML_STREAM_END_EVENT:
                        done = true;
                        break;
                default:
                        if (r.nodes)
                                e = err_at(err, ERR_PARSE, file, (int)event.start_mark.line + 1, 1, "more than one document");
                        else
                                e = read_node(&r, &event, 0, &root);
                }
        }
        parser = r.parser; /* the cleanup deletes the state as it is now */
        if (e < 0)
                return e;
        *ret_root = root;
        return 0;
}

int yaml_read(struct arena *a, const char *path, struct yaml **ret_root, struct err *err)
{
        char *bytes;
        size_t len;
        int r = fs_read(a, path, YAML_BYTES_MAX, &bytes, &len, err);
        return r < 0 ? r : yaml_parse(a, path, bytes, len, ret_root, err);
}

struct yaml *yaml_get(const struct yaml *y, const char *key)
{
        if (!y || y->type != YAML_MAP)
                return NULL;
        for (size_t i = 0; i < y->len; i++)
                if (!strcmp(y->items[i]->key, key))
                        return y->items[i];
        return NULL;
}

int yaml_as_text(const char *file, const struct yaml *y, const char *what, const char **ret, struct err *err)
{
        if (y->type != YAML_TEXT)
                return err_at(err, ERR_CONFIG, file, y->line, y->col, "%s must be text", what);
        *ret = y->text;
        return 0;
}

int yaml_as_real(const char *file, const struct yaml *y, const char *what, double *ret, struct err *err)
{
        if (y->type != YAML_TEXT || num_parse_real(y->text, ret, NULL) < 0)
                return err_at(err, ERR_CONFIG, file, y->line, y->col, "%s must be a number", what);
        return 0;
}

int yaml_as_int(const char *file, const struct yaml *y, const char *what, int64_t *ret, struct err *err)
{
        if (y->type != YAML_TEXT || num_parse_int(y->text, ret, NULL) < 0)
                return err_at(err, ERR_CONFIG, file, y->line, y->col, "%s must be a whole number", what);
        return 0;
}

int yaml_as_bool(const char *file, const struct yaml *y, const char *what, bool *ret, struct err *err)
{
        if (y->type == YAML_TEXT && (!strcmp(y->text, "true") || !strcmp(y->text, "yes") || !strcmp(y->text, "on")))
                *ret = true;
        else if (y->type == YAML_TEXT && (!strcmp(y->text, "false") || !strcmp(y->text, "no") || !strcmp(y->text, "off")))
                *ret = false;
        else
                return err_at(err, ERR_CONFIG, file, y->line, y->col, "%s must be true or false", what);
        return 0;
}

#include "lib/json.h"
#include "base/arena.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* struct json is never defined: a struct json * is jansson's json_t *. */
static json_t *in(const struct json *j)
{
        return (json_t *)j;
}

static struct json *out(json_t *j)
{
        return (struct json *)j;
}

/* jansson answers exhausted memory with NULL; asking an arena for more than there is reaches the handler, which does not return. */
static json_t *checked(json_t *j)
{
        if (!j)
                arena_alloc(arena_new(), SIZE_MAX);
        return j;
}

static void checked_rc(int rc)
{
        if (rc < 0)
                arena_alloc(arena_new(), SIZE_MAX);
}

struct json *json_new_object(void)
{
        return out(checked(json_object()));
}

struct json *json_new_array(void)
{
        return out(checked(json_array()));
}

struct json *json_free(struct json *j)
{
        json_decref(in(j));
        return NULL;
}

/* Length of the UTF-8 sequence at s, 0 when it is none (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF). */
static size_t utf8_sequence(const unsigned char *s)
{
        if (s[0] < 0x80)
                return 1;
        size_t n = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;
        for (size_t i = 1; i < n; i++)
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
        if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
            (s[0] == 0xf4 && s[1] > 0x8f))
                return 0;
        return n;
}

static json_t *text_value(const char *text)
{
        if (!text)
                return json_null();
        json_t *plain = json_string(text);
        if (plain)
                return plain;
        CLEANUP(str_release) struct str s = {0};
        for (const char *p = text; *p;) {
                size_t n = utf8_sequence((const unsigned char *)p);
                str_add_len(&s, n ? p : "\xef\xbf\xbd", n ? n : 3);
                p += n ? n : 1;
        }
        return checked(json_string(str_text(&s)));
}

static json_t *real_value(double v)
{
        return isfinite(v) ? checked(json_real(v)) : json_null();
}

static json_t *put(struct json *object, const char *key, json_t *v)
{
        checked_rc(json_object_set_new_nocheck(in(object), key, v));
        return v;
}

void json_put_text(struct json *object, const char *key, const char *text)
{
        put(object, key, text_value(text));
}

void json_put_int(struct json *object, const char *key, int64_t v)
{
        put(object, key, checked(json_integer(v)));
}

void json_put_real(struct json *object, const char *key, double v)
{
        put(object, key, real_value(v));
}

void json_put_bool(struct json *object, const char *key, bool v)
{
        put(object, key, json_boolean(v));
}

void json_put_null(struct json *object, const char *key)
{
        put(object, key, json_null());
}

struct json *json_put_object(struct json *object, const char *key)
{
        return out(put(object, key, checked(json_object())));
}

struct json *json_put_array(struct json *object, const char *key)
{
        return out(put(object, key, checked(json_array())));
}

void json_put(struct json *object, const char *key, struct json *child)
{
        put(object, key, in(child));
}

static json_t *add(struct json *array, json_t *v)
{
        checked_rc(json_array_append_new(in(array), v));
        return v;
}

void json_add_text(struct json *array, const char *text)
{
        add(array, text_value(text));
}

void json_add_int(struct json *array, int64_t v)
{
        add(array, checked(json_integer(v)));
}

void json_add_real(struct json *array, double v)
{
        add(array, real_value(v));
}

struct json *json_add_object(struct json *array)
{
        return out(add(array, checked(json_object())));
}

struct json *json_add_array(struct json *array)
{
        return out(add(array, checked(json_array())));
}

void json_add(struct json *array, struct json *child)
{
        add(array, in(child));
}

static int dump_into(const char *bytes, size_t len, void *s)
{
        str_add_len(s, bytes, len);
        return 0;
}

void json_dump(const struct json *j, int indent, struct str *s)
{
        size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(15) | (indent ? JSON_INDENT((size_t)indent) : 0);
        checked_rc(json_dump_callback(in(j), dump_into, s, flags));
}

static int depth_of(json_t *j, int left)
{
        if (left < 0)
                return -1;
        size_t i;
        const char *key;
        json_t *v;
        json_array_foreach(j, i, v)
                if (depth_of(v, left - 1) < 0)
                        return -1;
        json_object_foreach(j, key, v)
                if (depth_of(v, left - 1) < 0)
                        return -1;
        return 0;
}

int json_parse(const char *file, const char *bytes, size_t len, struct json **ret_json, struct err *err)
{
        if (len > JSON_BYTES_MAX)
                return err_at(err, ERR_PARSE, file, 0, 0, "more than %d MB of JSON", JSON_BYTES_MAX >> 20);
        json_error_t e;
        json_t *j = json_loadb(bytes, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
        if (!j)
                return err_at(err, ERR_PARSE, file, e.line > 0 ? e.line : 0, e.column > 0 ? e.column : 0, "not JSON: %s", e.text);
        if (depth_of(j, JSON_DEPTH_MAX) < 0) {
                json_decref(j);
                return err_at(err, ERR_PARSE, file, 0, 0, "JSON nested deeper than %d", JSON_DEPTH_MAX);
        }
        *ret_json = out(j);
        return 0;
}

enum json_kind json_kind(const struct json *j)
{
        if (!j)
                return JSON_NULL_;
        switch (json_typeof(in(j))) {
        case JSON_OBJECT:
                return JSON_MAP;
        case JSON_ARRAY:
                return JSON_LIST;
        case JSON_STRING:
                return JSON_TEXT;
        case JSON_INTEGER:
        case JSON_REAL:
                return JSON_NUMBER;
        case JSON_TRUE:
        case JSON_FALSE:
                return JSON_BOOL;
        default:
                return JSON_NULL_;
        }
}

size_t json_len(const struct json *j)
{
        return json_is_array(in(j)) ? json_array_size(in(j)) : json_object_size(in(j));
}

struct json *json_get(const struct json *object, const char *key)
{
        return out(json_object_get(in(object), key));
}

struct json *json_at(const struct json *array, size_t i)
{
        return out(json_array_get(in(array), i));
}

const char *json_as_text(const struct json *j)
{
        return json_string_value(in(j));
}

double json_as_real(const struct json *j)
{
        return json_is_number(in(j)) ? json_number_value(in(j)) : NAN;
}

int64_t json_as_int(const struct json *j, int64_t otherwise)
{
        return json_is_integer(in(j)) ? json_integer_value(in(j)) : otherwise;
}

bool json_as_bool(const struct json *j, bool otherwise)
{
        return json_is_boolean(in(j)) ? json_is_true(in(j)) : otherwise;
}

bool json_next(const struct json *object, void **iter, const char **ret_key, struct json **ret_value)
{
        *iter = *iter ? json_object_iter_next(in(object), *iter) : json_object_iter(in(object));
        if (!*iter)
                return false;
        *ret_key = json_object_iter_key(*iter);
        *ret_value = out(json_object_iter_value(*iter));
        return true;
}

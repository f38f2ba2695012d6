/*
 * JSON by jansson, the only file that knows it. Two uses: building results, and reading JSON that came from outside with a
 * position in every complaint, ceilings on size and depth, and duplicate keys refused.
 *
 *      CLEANUP(json_free) struct json *j = json_new_object();
 *      json_put_text(j, "name", name);
 *      json_put_real(j, "value", NAN);                      -> "value": null
 *      struct json *list = json_put_array(j, "items");      borrowed: belongs to j
 *      json_add_int(list, 7);
 *      json_dump(j, 2, &text);
 *
 * Keys keep the order in which they were put. Texts that are not UTF-8 get U+FFFD for each bad byte: output is always valid.
 * Memory that ends goes to the arena's handler, so builders cannot fail.
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;
enum json_kind { JSON_NULL_, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_MAP };
enum { JSON_BYTES_MAX = 64 << 20, JSON_DEPTH_MAX = 64 };

struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_free(struct json *j); /* a root; returns NULL */
DEFINE_CLEANUP(struct json *, json_free)

/* Into an object. NULL text, NAN and infinities are null. A key put twice keeps the last value. */
void json_put_text(struct json *object, const char *key, const char *text);
void json_put_int(struct json *object, const char *key, int64_t v);
void json_put_real(struct json *object, const char *key, double v);
void json_put_bool(struct json *object, const char *key, bool v);
void json_put_null(struct json *object, const char *key);
struct json *json_put_object(struct json *object, const char *key); /* borrowed */
struct json *json_put_array(struct json *object, const char *key);  /* borrowed */
void json_put(struct json *object, const char *key, struct json *child); /* takes over a root */

/* At the end of an array. */
void json_add_text(struct json *array, const char *text);
void json_add_int(struct json *array, int64_t v);
void json_add_real(struct json *array, double v);
struct json *json_add_object(struct json *array); /* borrowed */
struct json *json_add_array(struct json *array);  /* borrowed */
void json_add(struct json *array, struct json *child); /* takes over a root */

/* Appends the text; indent 0 is one line. Reals have up to 15 digits. */
void json_dump(const struct json *j, int indent, struct str *out);

/*
 * ERR_PARSE with `file` (for messages, may be NULL), line and column. Refused: duplicate keys, bad UTF-8, NUL in texts, deeper than
 * JSON_DEPTH_MAX, larger than JSON_BYTES_MAX, anything after the value.
 */
int json_parse(const char *file, const char *bytes, size_t len, struct json **ret_json, struct err *err);

/* Reading. j may be NULL (or of another kind): then the answer is NULL, 0, NAN or `otherwise`. Everything is borrowed. */
enum json_kind json_kind(const struct json *j);
size_t json_len(const struct json *j); /* of an array or object */
struct json *json_get(const struct json *object, const char *key);
struct json *json_at(const struct json *array, size_t i);
const char *json_as_text(const struct json *j);
double json_as_real(const struct json *j);
int64_t json_as_int(const struct json *j, int64_t otherwise);
bool json_as_bool(const struct json *j, bool otherwise);
/* Members in their order: *iter is NULL at first; false at the end. The object must not change meanwhile. */
bool json_next(const struct json *object, void **iter, const char **ret_key, struct json **ret_value);

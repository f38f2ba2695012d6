/*
 * Writes YAML that lib/yaml.h reads back: every scalar is double-quoted with escapes, so that no text is taken for a number, a
 * null, an anchor or a comment. Texts that are not valid UTF-8 cannot stand in YAML: yaml_out_bytes writes those as hex
 * under `KEY_hex`.
 */
#pragma once
#include "base/str.h"

#include <stdint.h>

/* "..." with escapes; the text must be valid UTF-8. */
void yaml_out_quote(struct str *out, const char *text);

/* One `key: "value"` line at a depth of indent (two spaces each). NULL writes nothing: a missing key is unknown. */
void yaml_out_text(struct str *out, int indent, const char *key, const char *value);
void yaml_out_int(struct str *out, int indent, const char *key, int64_t value);
void yaml_out_real(struct str *out, int indent, const char *key, double value); /* NAN writes nothing */
void yaml_out_bool(struct str *out, int indent, const char *key, bool value);
/* As yaml_out_text, for bytes that may be no UTF-8. */
void yaml_out_bytes(struct str *out, int indent, const char *key, const char *bytes);

bool yaml_out_is_utf8(const char *text);

/*
 * Configuration files as flat lists of values, each with the byte range that an edit would replace. A format is a file here and
 * a row of formats.def; its reader turns the bytes of a file into entries and nothing else. What a value means to the program
 * that reads it (precedence, interpolation, includes) is the business of those who ask.
 */
#pragma once
#include "probes/source/source.h"

enum { ENTRIES_MAX = 20000 };

struct span {
        uint32_t start, end;
};

/* Line l (from 0) without its line end. */
struct span config_line(const struct file *f, size_t l);
struct span span_trim(const struct file *f, struct span s);
/* The first of any of these bytes, or the end. */
uint32_t span_find(const struct file *f, struct span s, const char *any);
/* Where an unquoted value ends: before a blank and one of the comment signs. */
struct span span_uncomment(const struct file *f, struct span s, const char *signs);
bool span_is(const struct file *f, struct span s, const char *text);
bool span_starts(const struct file *f, struct span s, const char *text);
const char *span_text(const struct file *f, struct span s);
/* 'x' or "x" -> x; true when it was quoted. An unclosed quote takes the rest. */
bool span_unquote(const struct file *f, struct span *s);

/* Adds a value as it stands in the file; NULL when the file has too many. */
struct entry *config_add(struct file *f, const char *key, struct span value, bool quoted);
const char *config_key(const struct file *f, const char *prefix, const char *name);

/*
 * Templates (Jinja, Helm): a copy of the bytes with what belongs to the template engine blanked out, of the same length, so that
 * positions hold; NULL when there is nothing of the kind. holes->items are the ranges whose text the template decides.
 */
struct holes {
        struct arena *arena;
        VEC(struct span);
};
const char *config_mask(const struct file *f, struct holes *holes);
bool config_is_hole(const struct holes *holes, struct span s);

#define FORMAT(name, LANG, patterns) void config_read_##name(struct file *f);
#include "probes/source/config/formats.def"
#undef FORMAT

/* bytes.c: a file that is no file, and an entry for a fuzzer of each reader; 0. */
struct file *config_bytes(struct source *s, const char *path, enum language lang, const void *bytes, size_t len);
#define FORMAT(name, LANG, patterns) int config_fuzz_##name(const uint8_t *bytes, size_t len);
#include "probes/source/config/formats.def"
#undef FORMAT

/* What each sink needs so that text from outside stays text: every format encodes for itself, with these. */
#pragma once
#include "base/str.h"

/* A path as a URI reference: bytes that are not unreserved (or '/') as %XX. */
void encode_uri(struct str *out, const char *path);
/* XML text or attribute: markup as entities, what XML 1.0 cannot hold as U+FFFD. */
void encode_xml(struct str *out, const char *text);
/* One CSV field, quoted; a leading = + - @ tab or CR gets an apostrophe, so that no spreadsheet runs it. */
void encode_csv(struct str *out, const char *text);
/* Workflow commands of GitHub: % CR LF escaped; of a property also : and , */
void encode_github(struct str *out, const char *text, bool property);
/* A label's value of Prometheus: backslash, quote and LF escaped. */
void encode_label(struct str *out, const char *text);

/* The 1-based column in UTF-16 code units of the 1-based byte column `col` of a line; 0 when line is NULL or col not positive. */
int utf16_column(const char *line, int col);
/* The next character of text that may not be UTF-8: its length; *ret_cp is U+FFFD for a byte that is none. */
size_t utf8_next(const char *text, unsigned *ret_cp);

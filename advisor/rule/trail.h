/* How a finding came about, step by step: from the rule's own `trail`, else from the pool or the call site that it stands at. */
#pragma once
#include "rule/place.h"

struct trails;

int trails_open(struct arena *a, struct db *db, struct texts *texts, struct trails **ret_trails, struct err *err);
struct trails *trails_close(struct trails *t); /* returns NULL */
/* site: where the finding stands, 0 when it stands at none. Appends to f->finding.trail. */
int trail_find(struct trails *t, struct fired *f, int64_t site, struct err *err);

/* "text; text at file:line; ..." or a JSON array of {"text", "file", "line", "column"} -> steps. */
void trail_parse(struct arena *a, const char *text, struct finding *f);
/* The array of the second form, NULL for none. */
const char *trail_text(struct arena *a, const struct finding *f);

/*
 * One hash over all that an analysis of sources gives away: records, statuses, identity. The same hash: rules and models say the same,
 * as far as they read facts. What only tells that a file changed (its length, lines and hash) is left out of the hash for answers, since no
 * rule reads it; who keeps answers makes sure of that.
 */
#include "lib/digest.h"
#include "base/str.h"
#include "probes/source/work.h"

#include <string.h>

enum { CHUNK_BYTES = 1 << 18 };

struct hashing {
        struct sink sink;
        struct str text;
        bool all;
        char chain[DIGEST_HEX]; /* of the chunks before */
};

static void flush(struct hashing *h)
{
        str_add_len(&h->text, h->chain, sizeof h->chain);
        digest_sha256(str_text(&h->text), h->text.len, h->chain);
        str_clear(&h->text);
}

static void add_text(struct hashing *h, const char *text)
{
        uint64_t len = text ? strlen(text) : UINT64_MAX;
        str_add_len(&h->text, &len, sizeof len);
        if (text)
                str_add_len(&h->text, text, (size_t)len);
}

static bool tells_only_of_change(const char *table, const char *column)
{
        return !strcmp(table, "code_file") && (!strcmp(column, "bytes") || !strcmp(column, "lines") || !strcmp(column, "sha256"));
}

static void add_record(void *arg, int64_t at_us, const char *table, const struct cell *cells, size_t n)
{
        (void)at_us;
        struct hashing *h = arg;
        add_text(h, table);
        for (size_t i = 0; i < n; i++) {
                const struct cell *c = &cells[i];
                if (!h->all && tells_only_of_change(table, c->name))
                        continue;
                add_text(h, c->name);
                str_add_char(&h->text, (char)c->type);
                if (c->type == CELL_TEXT)
                        add_text(h, c->t);
                else if (c->type == CELL_INT)
                        str_add_len(&h->text, &c->i, sizeof c->i);
                else if (c->type == CELL_REAL)
                        str_add_len(&h->text, &c->r, sizeof c->r);
        }
        if (h->text.len > CHUNK_BYTES)
                flush(h);
}

static void add_status(void *arg, const char *fact, enum fact_status status, const char *reason, const char *remedy)
{
        const struct cell cells[] = {TEXT("fact", fact), INT("status", status), TEXT("reason", reason), TEXT("remedy", remedy)};
        add_record(arg, 0, "fact_state", cells, 4);
}

void work_facts(struct work *w, bool all, char ret[65])
{
        struct hashing h = {.all = all, .sink = {.record = add_record, .status = add_status}};
        h.sink.arg = &h;
        work_emit(w, &h.sink);
        flush(&h);
        memcpy(ret, h.chain, sizeof h.chain);
        str_release(&h.text);
}

#include "probes/source/parsed.h"
#include "probes/source/kinds.h"
#include "probes/source/table.h"

#include <string.h>

/* hash of the rest, nodes, unparsed line, length of the note, note, then for each node: kind, field and flags, start (from the one before), length, nodes below */

static void add_number(struct str *out, uint64_t v)
{
        for (; v >= 0x80; v >>= 7)
                str_add_char(out, (char)(v | 0x80));
        str_add_char(out, (char)v);
}

void parsed_write(const struct file *f, struct str *out)
{
        CLEANUP(str_release) struct str body = {0};
        size_t note = f->note ? strlen(f->note) : 0;
        add_number(&body, f->node_count);
        add_number(&body, (uint64_t)f->unparsed_line);
        add_number(&body, note);
        str_add_len(&body, f->note ? f->note : "", note);
        uint32_t before = 0;
        for (uint32_t i = 0; i < f->node_count; i++) {
                const struct node *n = &f->nodes[i];
                str_add_char(&body, (char)n->kind);
                str_add_char(&body, (char)(n->field | n->flags << 6));
                add_number(&body, n->start - before);
                add_number(&body, n->end - n->start);
                add_number(&body, n->after - i - 1);
                before = n->start;
        }
        uint64_t check = table_hash(str_text(&body), body.len);
        str_add_len(out, &check, sizeof check);
        str_add_len(out, str_text(&body), body.len);
}

struct reader {
        const unsigned char *at, *end;
        bool bad;
};

static uint64_t take_number(struct reader *r)
{
        uint64_t v = 0;
        for (int shift = 0; r->at < r->end && shift < 63; shift += 7) {
                unsigned char c = *r->at++;
                v |= (uint64_t)(c & 0x7f) << shift;
                if (c < 0x80)
                        return v;
        }
        r->bad = true;
        return 0;
}

static bool read_nodes(struct reader *r, const struct file *f, struct node *nodes, uint32_t count)
{
        uint32_t start = 0, parent = 0;
        for (uint32_t i = 0; i < count && !r->bad; i++) {
                if (r->end - r->at < 2)
                        return false;
                uint8_t kind = *r->at++, packed = *r->at++;
                uint64_t from = start + take_number(r), to = from + take_number(r), after = (uint64_t)i + 1 + take_number(r);
                while (i && parent && nodes[parent].after <= i)
                        parent = nodes[parent].parent;
                if (to > f->len || kind >= PY_KIND_COUNT || (packed & 0x3f) >= F_FIELD_COUNT || after > (i ? nodes[parent].after : count))
                        return false;
                nodes[i] = (struct node){.kind = kind, .field = packed & 0x3f, .flags = packed >> 6, .start = (uint32_t)from, .end = (uint32_t)to,
                                         .parent = parent, .after = (uint32_t)after};
                start = (uint32_t)from;
                if (after > i + 1)
                        parent = i;
        }
        return !r->bad && r->at == r->end;
}

bool parsed_read(struct file *f, const void *bytes, size_t len)
{
        uint64_t check;
        struct reader r = {.at = (const unsigned char *)bytes + sizeof check, .end = (const unsigned char *)bytes + len};
        if (len < sizeof check || (memcpy(&check, bytes, sizeof check), check != table_hash((const char *)r.at, len - sizeof check)))
                return false;
        uint64_t count = take_number(&r), line = take_number(&r), note = take_number(&r);
        if (r.bad || count > len || (uint64_t)(r.end - r.at) < note)
                return false;
        const char *text = (const char *)r.at;
        r.at += note;
        struct node *nodes = arena_alloc(f->source->arena, (count + 1) * sizeof *nodes);
        if (!read_nodes(&r, f, nodes, (uint32_t)count))
                return false;
        f->nodes = count ? nodes : NULL;
        f->node_count = (uint32_t)count;
        f->unparsed_line = (int)line;
        f->note = note ? arena_strndup(f->source->arena, text, note) : NULL;
        return true;
}

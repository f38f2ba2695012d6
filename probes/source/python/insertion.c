/*
 * Where a keyword argument can be added to a call without touching anything else, and in whose style: behind the last argument, on a line of
 * its own where the arguments have one each, with the comma that the call is used to. Refused where the argument may be there already
 * (* and **) or where a comment leaves no good place.
 *
 *      f(a)            f(a, x=1)           f(          f(              f()     f(x=1)
 *      f(a,)           f(a, x=1,)              a,  # c     a,  # c
 *                                          )               x=1,
 *                                                      )
 */
#include "probes/source/python/insertion.h"

#include <string.h>

enum { ANCHOR_BYTES = 60 };

static bool is_comment(const struct file *f, uint32_t n)
{
        return f->bytes[f->nodes[n].start] == '#';
}

static uint32_t line_begin(const struct file *f, uint32_t at)
{
        while (at && f->bytes[at - 1] != '\n')
                at--;
        return at;
}

static bool is_blank(const struct file *f, uint32_t from, uint32_t to)
{
        for (; from < to; from++)
                if (f->bytes[from] != ' ' && f->bytes[from] != '\t')
                        return false;
        return true;
}

/* The first byte behind `at` that is no blank, on its line. */
static uint32_t skip_blanks(const struct file *f, uint32_t at, uint32_t end)
{
        while (at < end && (f->bytes[at] == ' ' || f->bytes[at] == '\t'))
                at++;
        return at;
}

static uint32_t line_stop(const struct file *f, uint32_t at, uint32_t end)
{
        while (at < end && f->bytes[at] != '\n' && f->bytes[at] != '\r')
                at++;
        return at;
}

/* The comma behind the last argument; 0: none. Comments may stand between. */
static uint32_t trailing_comma(const struct file *f, uint32_t at, uint32_t close)
{
        for (; at < close; at++) {
                if (f->bytes[at] == ',')
                        return at;
                if (f->bytes[at] == '#')
                        at = line_stop(f, at, close);
        }
        return 0;
}

static const char *anchor(struct arena *a, const struct file *f, uint32_t begin, uint32_t at)
{
        uint32_t from = line_begin(f, at);
        from = from > begin ? from : begin;
        from = at - from > ANCHOR_BYTES ? at - ANCHOR_BYTES : from;
        while (from < at && ((unsigned char)f->bytes[from] & 0xc0) == 0x80)
                from++;
        return arena_strndup(a, f->bytes + from, at - from);
}

/* Each argument has a line of its own: the last one begins a line. */
static void on_own_line(struct arena *a, const struct file *f, uint32_t last, uint32_t close, struct insertion *in)
{
        uint32_t start = f->nodes[last].start, end = f->nodes[last].end, begin = line_begin(f, start), comma = trailing_comma(f, end, close);
        const char *eol = begin > 1 && f->bytes[begin - 2] == '\r' ? "\r\n" : "\n", *indent = arena_strndup(a, f->bytes + begin, start - begin);
        in->at = comma ? comma + 1 : end;
        uint32_t rest = skip_blanks(f, in->at, close);
        bool comment = rest < close && f->bytes[rest] == '#';
        if (!comma && comment) {
                in->lead = ", ";
                return;
        }
        if (comment)
                in->at = line_stop(f, rest, close);
        in->lead = arena_printf(a, "%s%s%s", comma ? "" : ",", eol, indent);
        in->tail = comma ? "," : "";
}

struct insertion call_insertion(struct arena *a, const struct file *f, uint32_t call)
{
        struct insertion in = {.lead = "", .tail = "", .anchor = ""};
        uint32_t list = node_field(f, call, F_arguments), last = NO_NODE;
        if (list == NO_NODE || f->nodes[list].kind != PY_argument_list || f->nodes[list].end < f->nodes[list].start + 2) {
                in.refused = "it is called with a generator";
                return in;
        }
        uint32_t open = f->nodes[list].start, close = f->nodes[list].end - 1;
        EACH_CHILD(f, list, c) {
                if (is_comment(f, c))
                        continue;
                last = c;
                if (f->bytes[f->nodes[c].start] == '*')
                        in.refused = "* or ** may give the argument already";
        }
        if (last == NO_NODE) {
                in.at = open + 1;
                in.is_first = true;
        } else if (line_begin(f, f->nodes[last].start) > open && is_blank(f, line_begin(f, f->nodes[last].start), f->nodes[last].start)) {
                on_own_line(a, f, last, close, &in);
        } else {
                in.at = f->nodes[last].end;
                in.lead = ", ";
        }
        in.anchor = anchor(a, f, f->nodes[call].start, in.at);
        return in;
}

/* ── Whole statements ──────────────────────────────────────────────────────────────────────────────────────────────── */

/* The statement that a call is all of, an await before it or not; NO_NODE. */
static uint32_t statement_of(const struct file *f, uint32_t call)
{
        uint32_t n = f->nodes[call].parent;
        if (f->nodes[n].kind == PY_await)
                n = f->nodes[n].parent;
        return f->nodes[n].kind == PY_expression_statement ? n : NO_NODE;
}

bool call_line(struct arena *a, const struct file *f, uint32_t call, struct call_line *ret)
{
        uint32_t n = statement_of(f, call);
        if (n == NO_NODE)
                return false;
        uint32_t begin = line_begin(f, f->nodes[n].start), end = f->nodes[n].end, size = (uint32_t)f->len;
        if (!is_blank(f, begin, f->nodes[n].start))
                return false;
        uint32_t rest = skip_blanks(f, end, size);
        if (rest < size && f->bytes[rest] != '\n' && f->bytes[rest] != '\r')
                return false; /* a comment or a semicolon */
        while (rest < size && f->bytes[rest] != '\n')
                rest++;
        *ret = (struct call_line){.start = begin, .end = rest < size ? rest + 1 : rest};
        ret->text = arena_strndup(a, f->bytes + ret->start, ret->end - ret->start);
        return true;
}

uint32_t call_after(const struct file *f, uint32_t call)
{
        uint32_t n = statement_of(f, call), next = n == NO_NODE ? NO_NODE : node_next(f, n);
        if (next == NO_NODE || f->nodes[next].kind != PY_expression_statement)
                return NO_NODE;
        uint32_t inner = node_first(f, next);
        if (inner != NO_NODE && f->nodes[inner].kind == PY_await)
                inner = node_first(f, inner);
        return inner != NO_NODE && f->nodes[inner].kind == PY_call ? inner : NO_NODE;
}

/*
 * Text that is put together by str.format, % and str.join: fields whose value is known are filled in, the others become holes. What a
 * comprehension joins stands once; a HOLE_REPEAT after it says that more of it follow, where that makes another statement.
 */
#include "probes/source/python/eval.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void add(struct str *out, const struct value *v, bool *holes)
{
        if (v->kind == V_TEXT && !v->ambiguous) {
                str_add(out, v->text);
                *holes |= v->holes;
        } else if (v->kind == V_NUMBER && !v->ambiguous) {
                str_printf(out, "%.15g", v->number);
        } else {
                str_add_char(out, HOLE);
                *holes = true;
        }
}

/* {}, {2}, {name}, with conversions and formats that are not looked at; {name.part} is not known. */
static struct value field(struct ctx *c, struct scope *s, uint32_t call, const char *name, size_t len, int *next)
{
        size_t n = 0;
        while (n < len && (isalnum((unsigned char)name[n]) || name[n] == '_'))
                n++;
        if (n < len && name[n] != '!' && name[n] != ':')
                return unknown("a part of a field");
        char *key = arena_strndup(s->file->source->scratch, name, n);
        bool numbered = !n || isdigit((unsigned char)*key);
        uint32_t arg = call_argument(s->file, call, numbered ? NULL : key, !n ? (*next)++ : numbered ? atoi(key) : -1);
        return arg == NO_NODE ? unknown("an argument that is not seen") : ev(c, s, arg);
}

struct value ev_format(struct ctx *c, struct scope *s, uint32_t call, struct value text)
{
        CLEANUP(str_release) struct str out = {0};
        bool holes = text.holes;
        int next = 0;
        for (const char *p = text.text; *p; p++) {
                const char *end = *p == '{' && p[1] != '{' ? strchr(p, '}') : NULL;
                if (end) {
                        struct value v = field(c, s, call, p + 1, (size_t)(end - p - 1), &next);
                        add(&out, &v, &holes);
                        p = end;
                } else {
                        str_add_char(&out, *p);
                        p += (*p == '{' || *p == '}') && p[1] == *p;
                }
        }
        text.text = arena_strdup(s->file->source->scratch, str_text(&out));
        text.holes = holes;
        return text;
}

/* The n-th value right of the %. */
static struct value operand(struct ctx *c, struct scope *s, uint32_t right, int n)
{
        struct file *f = s->file;
        while (f->nodes[right].kind == PY_parenthesized_expression && node_first(f, right) != NO_NODE)
                right = node_first(f, right);
        if (f->nodes[right].kind != PY_tuple)
                return n == 0 && f->nodes[right].kind != PY_dictionary ? ev(c, s, right) : unknown("more than there are");
        EACH_CHILD(f, right, child)
                if (!n--)
                        return ev(c, s, child);
        return unknown("more than there are");
}

static struct value named(struct ctx *c, struct scope *s, uint32_t right, const char *name, size_t len)
{
        struct value d = ev(c, s, right);
        return d.kind == V_DICT ? ev_item(c, d, arena_strndup(s->file->source->scratch, name, len)) : unknown("no dictionary");
}

struct value ev_percent(struct ctx *c, struct scope *s, struct value text, uint32_t right)
{
        CLEANUP(str_release) struct str out = {0};
        bool holes = text.holes;
        int next = 0;
        for (const char *p = text.text; *p; p++) {
                if (*p != '%') {
                        str_add_char(&out, *p);
                        continue;
                }
                if (p[1] == '%') {
                        str_add_char(&out, *++p);
                        continue;
                }
                const char *close = p[1] == '(' ? strchr(p, ')') : NULL, *conversion = close ? close + 1 : p + 1;
                conversion += strspn(conversion, "-+ #0123456789.");
                if (!*conversion || !strchr("sdirfxa", *conversion)) {
                        str_add_char(&out, *p);
                        continue;
                }
                struct value v = close ? named(c, s, right, p + 2, (size_t)(close - p - 2)) : operand(c, s, right, next++);
                add(&out, &v, &holes);
                p = conversion;
        }
        text.text = arena_strdup(s->file->source->scratch, str_text(&out));
        text.holes = holes;
        return text;
}

/* ── join ──────────────────────────────────────────────────────────────────────────────────────────────────────────── */

enum { JOINED_MAX = 64 };

static bool is_conjunction(const char *separator)
{
        separator += strspn(separator, " \n\t");
        return !strncasecmp(separator, "and", 3) || !strncasecmp(separator, "or", 2) || !strncasecmp(separator, "union", 5);
}

/* Something is appended to the list that a name holds. */
static bool grows(struct scope *s, uint32_t name)
{
        static const char *const methods[] = {"append", "extend", "insert", "add"};
        struct file *f = s->file;
        if (f->nodes[name].kind != PY_identifier)
                return f->nodes[name].kind == PY_attribute;
        const char *text = node_text(f, name);
        for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
                EACH_CALL_IN(f, methods[i], c) {
                        uint32_t function = node_field(f, c->node, F_function);
                        uint32_t object = function != NO_NODE && f->nodes[function].kind == PY_attribute ? node_field(f, function, F_object) : NO_NODE;
                        if (object != NO_NODE && text_is(f, object, text))
                                return true;
                }
        return false;
}

static struct value join_list(struct ctx *c, struct value text, struct value list, bool more)
{
        CLEANUP(str_release) struct str out = {0};
        bool holes = false;
        int n = 0;
        EACH_CHILD(list.file, list.node, item)
        {
                if (n == JOINED_MAX)
                        break;
                struct value v = ev(c, list.scope, item);
                if (n++)
                        str_add(&out, text.text);
                add(&out, &v, &holes);
        }
        if (more || !n) {
                str_printf(&out, "%s%c", n ? text.text : "", HOLE);
                holes = true;
        }
        text.text = arena_strdup(list.file->source->scratch, str_text(&out));
        text.holes = holes;
        return text;
}

struct value ev_join(struct ctx *c, struct scope *s, struct value separator, uint32_t arg)
{
        struct file *f = s->file;
        if (arg == NO_NODE)
                return unknown("joined elements");
        uint8_t kind = f->nodes[arg].kind;
        if (kind == PY_list_comprehension || kind == PY_generator_expression || kind == PY_set_comprehension) {
                uint32_t element = node_field(f, arg, F_body);
                struct value v = element == NO_NODE ? unknown("an element") : ev(c, s, element);
                if (v.kind != V_TEXT)
                        return unknown("joined elements");
                v.text = arena_printf(f->source->scratch, is_conjunction(separator.text) ? "%s%c" : "%s", v.text, HOLE_REPEAT);
                v.holes = true;
                return v;
        }
        struct value list = ev(c, s, arg);
        if (list.kind == V_LIST && !list.ambiguous && list.file && list.node != NO_NODE)
                return join_list(c, separator, list, grows(s, arg));
        if (list.kind == V_UNKNOWN && f->nodes[arg].kind == PY_identifier) /* parts = [... for ...] */
                for (size_t i = s->bindings.len; i-- > 0;) {
                        const struct binding *b = &s->bindings.items[i];
                        if (b->kind == B_ASSIGN && b->value != NO_NODE && b->item < 0 && text_is(f, arg, b->name) && b->at < f->nodes[arg].start)
                                return f->nodes[b->value].kind == PY_list_comprehension ? ev_join(c, s, separator, b->value) : unknown("joined elements");
                }
        return unknown("joined elements");
}

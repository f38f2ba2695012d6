/*
 * Literals and what operators make of them: numbers, text with its holes, concatenation, arithmetic.
 */
#include "probes/source/python/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct value ev_number(struct scope *s, uint32_t n)
{
        char digits[64];
        size_t len = 0;
        struct file *f = s->file;
        for (uint32_t i = f->nodes[n].start; i < f->nodes[n].end && len + 1 < sizeof digits; i++)
                if (f->bytes[i] != '_')
                        digits[len++] = f->bytes[i];
        digits[len] = '\0';
        struct value v = literal(V_NUMBER, s, n);
        v.number = strtod(digits, NULL);
        return v;
}

static void add_escaped(struct str *out, const char *bytes, uint32_t start, uint32_t end, bool raw, bool format)
{
        for (uint32_t i = start; i < end; i++) {
                char c = bytes[i];
                if (!raw && c == '\\' && i + 1 < end) {
                        char e = bytes[++i];
                        if (e == '\n')
                                continue;
                        const char *at = strchr("n\nt\tr\r'\"\\", e);
                        if (at && (e == 'n' || e == 't' || e == 'r'))
                                str_add_char(out, at[1]);
                        else if (at)
                                str_add_char(out, e);
                        else
                                str_add_char(out, '\\'), str_add_char(out, e);
                } else {
                        str_add_char(out, c);
                        if (format && (c == '{' || c == '}') && i + 1 < end && bytes[i + 1] == c)
                                i++;
                }
        }
}

static void add_value(struct str *out, const struct value *v, bool *holes)
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

/* What a helper returns (now(), placeholder("x")), and names that say so: SQL rather than a value from outside. */
static bool makes_sql(const struct file *f, uint32_t expression)
{
        static const char *const words[] = {"placeholder", "param", "marks", "clause", "sql", "where", "expr"};
        if (expression == NO_NODE || f->nodes[expression].kind == PY_call)
                return expression != NO_NODE;
        const char *text = node_text(f, expression);
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (strcasestr(text, words[i]))
                        return true;
        return false;
}

static void add_string(struct ctx *c, struct scope *s, uint32_t n, struct str *out, bool *holes)
{
        struct file *f = s->file;
        bool raw = false, format = false;
        EACH_CHILD(f, n, part)
        {
                const struct node *p = &f->nodes[part];
                if (p->kind == PY_string_start) {
                        for (uint32_t i = p->start; i < p->end; i++) {
                                raw |= f->bytes[i] == 'r' || f->bytes[i] == 'R';
                                format |= f->bytes[i] == 'f' || f->bytes[i] == 'F';
                        }
                } else if (p->kind == PY_string_content) {
                        add_escaped(out, f->bytes, p->start, p->end, raw, format);
                } else if (p->kind == PY_interpolation) {
                        uint32_t inner = node_field(f, part, F_expression);
                        struct value v = inner == NO_NODE ? unknown("empty") : ev(c, s, inner);
                        bool known = (v.kind == V_TEXT || v.kind == V_NUMBER) && !v.ambiguous;
                        add_value(out, &v, holes);
                        if (!known && makes_sql(f, inner) && sqltext_looks_like_sql(str_text(out)))
                                out->buf[out->len - 1] = HOLE_SQL;
                }
        }
}

/* The content between the quotes is what an edit would replace. */
static void content_range(const struct file *f, uint32_t n, struct value *v)
{
        EACH_CHILD(f, n, part)
        {
                if (f->nodes[part].kind == PY_string_start)
                        v->start = f->nodes[part].end;
                else if (f->nodes[part].kind == PY_string_end)
                        v->end = f->nodes[part].start;
        }
}

struct value ev_string(struct ctx *c, struct scope *s, uint32_t n)
{
        CLEANUP(str_release) struct str out = {0};
        struct file *f = s->file;
        struct value v = literal(V_TEXT, s, n);
        if (f->nodes[n].kind == PY_concatenated_string)
                EACH_CHILD(f, n, part)
                        add_string(c, s, part, &out, &v.holes);
        else
                add_string(c, s, n, &out, &v.holes);
        if (f->nodes[n].kind == PY_string)
                content_range(f, n, &v);
        v.text = arena_strdup(f->source->scratch, str_text(&out));
        return v;
}

static struct value joined(struct scope *s, uint32_t n, const struct value *left, const struct value *right)
{
        CLEANUP(str_release) struct str out = {0};
        struct value v = literal(V_TEXT, s, n);
        add_value(&out, left, &v.holes);
        add_value(&out, right, &v.holes);
        v.text = arena_strdup(s->file->source->scratch, str_text(&out));
        v.decider = BY_COMPUTED;
        return v;
}

static struct value computed(struct scope *s, uint32_t n, double x)
{
        struct value v = literal(V_NUMBER, s, n);
        v.number = x;
        v.decider = BY_COMPUTED;
        return v;
}

struct value ev_binary(struct ctx *c, struct scope *s, uint32_t n)
{
        struct file *f = s->file;
        uint32_t left = node_field(f, n, F_left), right = node_field(f, n, F_right);
        if (left == NO_NODE || right == NO_NODE)
                return unknown("an expression");
        struct value a = ev(c, s, left), b = ev(c, s, right);
        char op[8] = "";
        size_t len = 0;
        for (uint32_t i = f->nodes[left].end; i < f->nodes[right].start && len + 1 < sizeof op; i++)
                if (strchr("+-*/%|", f->bytes[i]))
                        op[len++] = f->bytes[i];
        if (a.kind == V_NUMBER && b.kind == V_NUMBER && len) {
                if (*op == '+')
                        return computed(s, n, a.number + b.number);
                if (*op == '-')
                        return computed(s, n, a.number - b.number);
                if (*op == '*' && !op[1])
                        return computed(s, n, a.number * b.number);
                if (*op == '/' && b.number != 0)
                        return computed(s, n, op[1] ? floor(a.number / b.number) : a.number / b.number);
        }
        if (*op == '+' && (a.kind == V_TEXT || b.kind == V_TEXT))
                return joined(s, n, &a, &b);
        if (*op == '%' && a.kind == V_TEXT)
                return ev_percent(c, s, a, right);
        if (*op == '/' && a.kind == V_INSTANCE && !strcmp(a.text, "pathlib.Path") && b.kind == V_TEXT) {
                b.key = a.key && *a.key ? arena_printf(f->source->scratch, "%s/%s", a.key, b.text) : b.text;
                b.kind = V_INSTANCE;
                b.text = "pathlib.Path";
                return b;
        }
        a.ambiguous |= *op == '|' && a.kind == V_CLASS && b.kind == V_CLASS;
        if (*op == '|') /* X | None in annotations; of two sessions the one that is awaited */
                return a.kind == V_NONE || (b.kind == V_EXTERN && strstr(b.text, "Async")) ? b : a;
        return unknown(arena_printf(f->source->scratch, "a computed value at %s", place(f, f->nodes[n].start)));
}

/*
 * Read from the tree: a column is an attribute of a class that maps a table, or a keyword of a query whose model is known.
 */
#include "probes/source/python/orm_clause.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static struct file *file_of(const struct orm_reader *r)
{
        return r->scope->file;
}

const struct orm_model *orm_model_at(struct scope *s, uint32_t n)
{
        struct value v = n == NO_NODE ? value_unknown(s->file->source, "") : eval(s, n);
        struct scope *class = v.kind == V_CLASS ? v.scope : v.kind == V_INSTANCE ? v.model : NULL;
        const struct orm_model *m = class ? orm_model_of(class) : NULL;
        return m && m->table ? m : NULL;
}

void orm_note_table(struct orm_reader *r, const struct orm_model *m)
{
        for (size_t i = 0; i < r->tables.len; i++)
                if (!strcmp(r->tables.items[i], m->table))
                        return;
        *vec_push(r->arena, &r->tables) = m->table;
}

static int line_of(const struct orm_reader *r, uint32_t n)
{
        int line, col;
        file_position(file_of(r), file_of(r)->nodes[n].start, &line, &col);
        return line;
}

static struct sql_filter *add(struct orm_reader *r, uint32_t n, const struct orm_model *m, const char *column, const char *op, bool in_or, bool negated)
{
        struct sql_filter *f = vec_push(r->arena, &r->out->filters);
        *f = (struct sql_filter){.table = m ? m->table : NULL, .column = column, .op = op, .in_or = in_or, .negated = negated, .at = -1, .line = line_of(r, n), .file = file_of(r)};
        if (m)
                orm_note_table(r, m);
        return f;
}

static void add_hole(struct orm_reader *r, uint32_t n)
{
        add(r, n, NULL, SQL_HOLE, "hole", false, false);
}

/* ── Columns ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct named {
        const struct orm_model *model;
        const char *column, *expression; /* expression: lower(name) */
        const char *type;
};

/* contains of an array, a set or a document is no pattern. */
static bool is_text(const char *type)
{
        static const char *const words[] = {"char", "text", "string", "str", "slug", "email", "url"};
        for (size_t i = 0; type && i < sizeof words / sizeof *words; i++)
                if (strcasestr(type, words[i]))
                        return !strcasestr(type, "array") && !strcasestr(type, "list") && !strcasestr(type, "json");
        return false;
}

static const char *last_name(const struct file *f, uint32_t call)
{
        uint32_t function = f->nodes[call].kind == PY_call ? node_field(f, call, F_function) : NO_NODE;
        if (function != NO_NODE && f->nodes[function].kind == PY_attribute)
                function = node_field(f, function, F_attribute);
        return function == NO_NODE ? "" : node_text(f, function);
}

static uint32_t unwrapped(const struct file *f, uint32_t n)
{
        while (f->nodes[n].kind == PY_parenthesized_expression && node_first(f, n) != NO_NODE)
                n = node_first(f, n);
        return n;
}

static bool column_of(struct orm_reader *r, uint32_t n, struct named *ret)
{
        struct file *f = file_of(r);
        n = unwrapped(f, n);
        if (f->nodes[n].kind == PY_call) { /* func.lower(User.name) */
                const char *name = last_name(f, n);
                uint32_t first = call_argument(f, n, NULL, 0);
                if (first == NO_NODE || (strcasecmp(name, "lower") && strcasecmp(name, "upper")) || !column_of(r, first, ret) || ret->expression)
                        return false;
                ret->expression = arena_printf(r->arena, "%s(%s)", tolower((unsigned char)*name) == 'l' ? "lower" : "upper", ret->column);
                return true;
        }
        if (f->nodes[n].kind != PY_attribute)
                return false;
        const struct orm_model *m = orm_model_at(r->scope, node_field(f, n, F_object));
        const struct orm_column *c = m ? orm_column(m, node_text(f, node_field(f, n, F_attribute))) : NULL;
        *ret = (struct named){m, c ? c->name : NULL, NULL, c ? c->type : NULL};
        return c != NULL;
}

/* ── Operators ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* "%x%", f"%{x}%" begin with a wildcard; of a name nobody knows. */
static const char *pattern_op(struct orm_reader *r, uint32_t n, const char *plain)
{
        struct value v = n == NO_NODE ? value_unknown(NULL, "") : eval(r->scope, n);
        if (v.kind == V_TEXT && !v.ambiguous && *v.text > 4)
                return *v.text == '%' || *v.text == '_' ? "wildcard" : plain;
        return strcmp(plain, "like") ? plain : "like?";
}

static void compare(struct orm_reader *r, uint32_t at, uint32_t left, uint32_t right, const char *op, bool in_or, bool negated)
{
        struct file *f = file_of(r);
        struct named l, other;
        if (!column_of(r, left, &l)) {
                if (!column_of(r, right, &l)) {
                        add_hole(r, at);
                        return;
                }
                uint32_t swapped = left;
                left = right;
                right = swapped;
        }
        right = unwrapped(f, right);
        if (column_of(r, right, &other)) {
                add(r, at, l.model, l.column, "join", in_or, negated);
                add(r, at, other.model, other.column, "join", in_or, negated);
                return;
        }
        uint8_t kind = f->nodes[right].kind;
        if (!strcmp(op, "=") && kind == PY_none)
                op = "null";
        struct sql_filter *x = add(r, at, l.model, l.column, l.expression && strcmp(op, "<>") ? "expr" : op, in_or, negated);
        x->expr = l.expression;
        x->constant = kind == PY_string || kind == PY_integer || kind == PY_true || kind == PY_false || (kind == PY_attribute && isupper((unsigned char)*node_text(f, right)));
}

static void between(const struct file *f, uint32_t left, uint32_t right, char *op, size_t size)
{
        size_t n = 0;
        for (uint32_t i = f->nodes[left].end; i < f->nodes[right].start && n + 1 < size; i++)
                if (!isspace((unsigned char)f->bytes[i]) && f->bytes[i] != '(' && f->bytes[i] != ')')
                        op[n++] = f->bytes[i];
        op[n] = '\0';
}

static void comparison(struct orm_reader *r, uint32_t n, bool in_or, bool negated)
{
        struct file *f = file_of(r);
        uint32_t left = node_first(f, n), right = left == NO_NODE ? NO_NODE : node_next(f, left);
        char op[8];
        if (right == NO_NODE || node_next(f, right) != NO_NODE) {
                add_hole(r, n);
                return;
        }
        between(f, left, right, op, sizeof op);
        if (!strcmp(op, "=="))
                compare(r, n, left, right, "=", in_or, negated);
        else if (*op == '<' || *op == '>')
                compare(r, n, left, right, "<", in_or, negated);
        else if (!strcmp(op, "!="))
                compare(r, n, left, right, "<>", in_or, negated);
        else
                add_hole(r, n);
}

/* & | of SQLAlchemy, peewee and Q; << ** % ^ of peewee. */
static void operation(struct orm_reader *r, uint32_t n, bool in_or, bool negated)
{
        struct file *f = file_of(r);
        uint32_t left = node_field(f, n, F_left), right = node_field(f, n, F_right);
        char op[8] = "";
        if (left != NO_NODE && right != NO_NODE)
                between(f, left, right, op, sizeof op);
        if (!strcmp(op, "&") || !strcmp(op, "|")) {
                orm_condition(r, left, in_or || *op == '|', negated);
                orm_condition(r, right, in_or || *op == '|', negated);
        } else if (!strcmp(op, "<<")) {
                compare(r, n, left, right, "in", in_or, negated);
        } else if (!strcmp(op, "**")) {
                compare(r, n, left, right, pattern_op(r, right, "ilike"), in_or, negated);
        } else if (!strcmp(op, "%")) {
                compare(r, n, left, right, pattern_op(r, right, "like"), in_or, negated);
        } else {
                add_hole(r, n);
        }
}

/* User.name.ilike(x), User.id.in_(ids) */
static void method(struct orm_reader *r, uint32_t n, const char *name, bool in_or, bool negated)
{
        static const char *const ops[][2] = {{"in_", "in"}, {"contains", "wildcard"}, {"icontains", "wildcard"}, {"endswith", "wildcard"}, {"iendswith", "wildcard"},
                                             {"startswith", "like"}, {"istartswith", "ilike"}, {"between", "<"}, {"is_", "null"}, {"is_null", "null"}, {"notin_", "<>"},
                                             {"not_in", "<>"}, {"is_not", "notnull"}, {"isnot", "notnull"}};
        struct file *f = file_of(r);
        uint32_t function = node_field(f, n, F_function), first = call_argument(f, n, NULL, 0);
        struct named c;
        if (f->nodes[function].kind != PY_attribute || !column_of(r, node_field(f, function, F_object), &c)) {
                add_hole(r, n);
                return;
        }
        const char *op = NULL;
        if (!strcmp(name, "ilike") || !strcmp(name, "like"))
                op = pattern_op(r, first, name);
        for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
                if (!strcmp(name, ops[i][0]))
                        op = ops[i][1];
        if (!op) {
                add_hole(r, n);
                return;
        }
        if (!strcmp(name, "contains") && !is_text(c.type))
                op = "@>";
        if (c.expression && (!strcmp(op, "in") || !strcmp(op, "like")))
                op = "expr";
        add(r, n, c.model, c.column, op, in_or, negated)->expr = c.expression;
}

/* ── Keywords ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *lookup_op(const char *lookup)
{
        static const char *const ops[][2] = {{"exact", "="}, {"iexact", "expr"}, {"contains", "wildcard"}, {"icontains", "wildcard"}, {"startswith", "like"}, {"istartswith", "ilike"},
                                             {"endswith", "wildcard"}, {"iendswith", "wildcard"}, {"in", "in"}, {"gt", "<"}, {"gte", "<"}, {"lt", "<"}, {"lte", "<"}, {"range", "<"},
                                             {"isnull", "null"}};
        for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
                if (!strcmp(lookup, ops[i][0]))
                        return ops[i][1];
        return NULL;
}

static void keyword(struct orm_reader *r, uint32_t n, bool in_or, bool negated)
{
        struct file *f = file_of(r);
        uint32_t name_node = node_field(f, n, F_name), value = node_field(f, n, F_value);
        char *name = arena_strdup(r->arena, name_node == NO_NODE ? "" : node_text(f, name_node)), *lookup = strstr(name, "__");
        const char *op = "=";
        if (lookup) {
                *lookup = '\0';
                op = lookup_op(lookup + 2);
        }
        const struct orm_column *c = r->model && op ? orm_column(r->model, name) : NULL;
        if (r->model && op && !c && (!strcmp(name, "pk") || !strcmp(name, "id")))
                for (size_t i = 0; i < r->model->columns.len; i++)
                        c = r->model->columns.items[i].primary_key ? &r->model->columns.items[i] : c;
        for (size_t i = 0; r->model && op && !c && i < r->model->columns.len; i++) /* user_id, where the attribute is user */
                c = !strcmp(r->model->columns.items[i].name, name) ? &r->model->columns.items[i] : NULL;
        if (!c) {
                add_hole(r, n);
                return;
        }
        if (lookup && !strcmp(lookup + 2, "contains") && !is_text(c->type))
                op = "@>";
        struct sql_filter *x = add(r, n, r->model, c->name, op, in_or, negated);
        bool folds = !strcmp(op, "expr") || (lookup && lookup[2] == 'i' && (!strcmp(op, "wildcard") || !strcmp(op, "ilike")));
        if (folds) /* iexact, icontains */
                x->expr = arena_printf(r->arena, "upper(%s)", c->name);
        uint8_t kind = value == NO_NODE ? PY_other : f->nodes[value].kind;
        x->constant = kind == PY_string || kind == PY_integer || kind == PY_true || kind == PY_false || (kind == PY_attribute && isupper((unsigned char)*node_text(f, value)));
}

static void all_of(struct orm_reader *r, uint32_t call, bool in_or, bool negated)
{
        struct file *f = file_of(r);
        uint32_t list = node_field(f, call, F_arguments);
        if (list == NO_NODE || f->nodes[list].kind != PY_argument_list)
                return;
        EACH_CHILD(f, list, c)
                orm_condition(r, c, in_or, negated);
}

void orm_condition(struct orm_reader *r, uint32_t n, bool in_or, bool negated)
{
        struct file *f = file_of(r);
        struct named c;
        n = unwrapped(f, n);
        switch (f->nodes[n].kind) {
        case PY_comparison_operator:
                comparison(r, n, in_or, negated);
                return;
        case PY_binary_operator:
                operation(r, n, in_or, negated);
                return;
        case PY_unary_operator:
        case PY_not_operator:
                if (node_first(f, n) != NO_NODE)
                        orm_condition(r, node_first(f, n), in_or, true);
                return;
        case PY_keyword_argument:
                keyword(r, n, in_or, negated);
                return;
        case PY_attribute:
                if (column_of(r, n, &c))
                        add(r, n, c.model, c.column, "=", in_or, negated)->constant = true;
                else
                        add_hole(r, n);
                return;
        case PY_call: {
                const char *name = last_name(f, n);
                if (!strcmp(name, "and_") || !strcmp(name, "Q") || !strcmp(name, "or_"))
                        all_of(r, n, in_or || *name == 'o', negated);
                else if (!strcmp(name, "not_"))
                        all_of(r, n, in_or, true);
                else
                        method(r, n, name, in_or, negated);
                return;
        }
        default:
                add_hole(r, n);
        }
}

/* User.id, User.id.desc(), "-id" */
void orm_order(struct orm_reader *r, uint32_t n)
{
        struct file *f = file_of(r);
        struct named c;
        bool desc = false;
        if (f->nodes[n].kind == PY_call) {
                const char *name = last_name(f, n);
                uint32_t function = node_field(f, n, F_function), first = call_argument(f, n, NULL, 0);
                desc = !strcmp(name, "desc");
                n = first != NO_NODE ? first : f->nodes[function].kind == PY_attribute ? node_field(f, function, F_object) : n;
        }
        if (f->nodes[n].kind == PY_string && r->model) {
                struct value v = eval(r->scope, n);
                const char *name = v.kind == V_TEXT ? v.text + (*v.text == '-') : "";
                const struct orm_column *column = orm_column(r->model, name);
                if (column)
                        *vec_push(r->arena, &r->out->orders) = (struct sql_order){r->model->table, column->name, *v.text == '-'};
        } else if (column_of(r, n, &c)) {
                *vec_push(r->arena, &r->out->orders) = (struct sql_order){c.model->table, c.column, desc};
        }
}

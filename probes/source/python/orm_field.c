/*
 * One declaration in the body of a model: a column, a foreign key, a relationship. What it is says the function that is called, and
 * for SQLAlchemy's Mapped[...] the annotation.
 */
#include "probes/source/python/orm_model.h"

#include <string.h>

static struct arena *arena_of(const struct orm_field *f)
{
        return f->scope->file->source->arena;
}

/* ── Looking at the call ───────────────────────────────────────────────────────────────────────────────────────────── */

static const char *last_name(const char *dotted)
{
        const char *dot = strrchr(dotted, '.');
        return dot ? dot + 1 : dotted;
}

/* Canonical name of what is called; a field class of the tree counts as what it is derived from. */
static const char *callee(struct scope *s, uint32_t call)
{
        struct file *f = s->file;
        uint32_t function = call != NO_NODE && f->nodes[call].kind == PY_call ? node_field(f, call, F_function) : NO_NODE;
        struct value v = function == NO_NODE ? unknown("") : eval(s, function);
        for (int depth = 0; v.kind == V_CLASS && depth < 6; depth++) {
                struct scope *class = v.scope;
                uint32_t bases = node_field(class->file, class->node, F_superclasses), last = NO_NODE;
                if (bases == NO_NODE)
                        return "";
                EACH_CHILD(class->file, bases, b)
                        if (class->file->nodes[b].kind != PY_keyword_argument)
                                last = b; /* mixins come first */
                v = last == NO_NODE ? unknown("") : eval(class->parent, last);
        }
        const char *name = value_extern(&v);
        return name ? name : "";
}

static bool flag(const struct orm_field *f, const char *name, bool otherwise)
{
        if (f->call == NO_NODE)
                return otherwise;
        struct value v = eval_keyword(f->scope, f->call, name, -1);
        return v.kind == V_BOOL ? v.number != 0 : otherwise;
}

static const char *text(const struct orm_field *f, const char *name, int position)
{
        uint32_t arg = f->call == NO_NODE ? NO_NODE : call_argument(f->scope->file, f->call, name, position);
        struct value v = arg == NO_NODE ? unknown("") : eval(f->scope, arg);
        return v.kind == V_TEXT && !v.holes ? arena_strdup(arena_of(f), v.text) : NULL;
}

static const char *annotation(const struct orm_field *f)
{
        return f->type == NO_NODE ? "" : node_text(f->scope->file, f->type);
}

static bool is_optional(const char *type)
{
        return strstr(type, "None") || strstr(type, "Optional");
}

static struct orm_column *add_column(struct orm_model *m, const struct orm_field *f, const char *name)
{
        struct orm_column *c = vec_push(arena_of(f), &m->columns);
        uint32_t at = f->call != NO_NODE ? f->call : f->type != NO_NODE ? f->type : f->scope->node;
        *c = (struct orm_column){.attribute = f->attribute, .name = name ? name : f->attribute, .file = f->scope->file, .node = at};
        return c;
}

/* ── Targets ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The class that an expression means: itself, its name as text (also app.Model), a lambda that gives it, "self". */
static struct scope *target_class(struct orm_model *m, const struct orm_field *f, uint32_t n, const char **ret_name)
{
        struct file *file = f->scope->file;
        struct source *s = file->source;
        *ret_name = NULL;
        if (n == NO_NODE)
                return NULL;
        if (file->nodes[n].kind == PY_lambda && node_field(file, n, F_body) != NO_NODE)
                n = node_field(file, n, F_body);
        struct value v = eval(f->scope, n);
        if (v.kind == V_TEXT && !v.holes) {
                const char *bare = last_name(v.text);
                if (!strcmp(v.text, "self"))
                        return m->class;
                *ret_name = arena_strdup(s->arena, bare);
                v = eval_name(file->scope, intern(s, bare, strlen(bare)), UINT32_MAX);
        }
        if (v.kind == V_CLASS)
                return v.scope;
        const char *name = value_extern(&v);
        if (!*ret_name && name && !v.number)
                *ret_name = arena_strdup(s->arena, last_name(name));
        return NULL;
}

/* Mapped[list["Item"]], list[Item], Optional["Item"]: the innermost name, and whether there are many. */
static uint32_t annotated(const struct file *file, uint32_t n, bool *many)
{
        static const char *const lists[] = {"list", "List", "set", "Set", "Sequence", "Collection", "DynamicMapped", "WriteOnlyMapped", "ReverseRelation", "ManyToManyRelation"};
        while (n != NO_NODE) {
                uint8_t kind = file->nodes[n].kind;
                uint32_t first = node_first(file, n);
                if (kind == PY_type || kind == PY_type_parameter || kind == PY_parenthesized_expression || kind == PY_binary_operator) {
                        n = first;
                        continue;
                }
                if (kind != PY_generic_type && kind != PY_subscript)
                        return n;
                for (size_t i = 0; first != NO_NODE && i < sizeof lists / sizeof *lists; i++)
                        *many |= !strcmp(last_name(node_text(file, first)), lists[i]);
                n = first == NO_NODE ? NO_NODE : node_next(file, first);
        }
        return NO_NODE;
}

static struct orm_relation *add_relation(struct orm_model *m, const struct orm_field *f, struct scope *class, const char *name, int collection, const char *lazy)
{
        struct orm_relation *r = vec_push(arena_of(f), &m->relations);
        *r = (struct orm_relation){.model = m->name, .attribute = f->attribute, .target = class ? orm_class_name(class) : name, .class = class, .collection = collection,
                                   .lazy = lazy, .file = f->scope->file, .node = f->call != NO_NODE ? f->call : f->type};
        return r;
}

/* The other end, which is an attribute of the target. */
static void add_reverse(struct orm_model *m, const struct orm_field *f, const struct orm_relation *forward, const char *attribute, int collection, const char *lazy)
{
        struct orm_relation back = {.model = forward->target, .attribute = attribute, .target = m->name, .class = m->class, .collection = collection, .lazy = lazy,
                                    .file = f->scope->file, .node = forward->node};
        if (back.model && attribute && *attribute && !str_ends(attribute, "+"))
                *vec_push(arena_of(f), &m->relations) = back;
}

/* ── SQLAlchemy ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void refer(struct orm_column *c, const struct orm_field *f, const char *reference)
{
        const char *dot = reference ? strrchr(reference, '.') : NULL;
        if (!dot)
                return;
        const char *table = arena_strndup(arena_of(f), reference, (size_t)(dot - reference));
        c->ref_table = last_name(table);
        c->ref_column = arena_strdup(arena_of(f), dot + 1);
}

/* ForeignKey("users.id"), ForeignKey(User.id) */
static void sqlalchemy_reference(struct orm_column *c, const struct orm_field *f, uint32_t call)
{
        struct file *file = f->scope->file;
        uint32_t arg = call_argument(file, call, "column", 0);
        struct value v = arg == NO_NODE ? unknown("") : eval(f->scope, arg);
        if (v.kind == V_TEXT && !v.holes) {
                refer(c, f, v.text);
                return;
        }
        uint32_t object = arg != NO_NODE && file->nodes[arg].kind == PY_attribute ? node_field(file, arg, F_object) : NO_NODE;
        struct value class = object == NO_NODE ? unknown("") : eval(f->scope, object);
        const struct orm_model *other = class.kind == V_CLASS ? orm_model_of(class.scope) : NULL;
        if (other && other->table) {
                c->ref_table = other->table;
                c->ref_column = arena_strdup(arena_of(f), node_text(file, node_field(file, arg, F_attribute)));
        }
}

/* String(40); MutableDict.as_mutable(JSONB) is JSONB. */
static const char *type_of_call(const struct file *file, uint32_t call)
{
        const char *name = last_name(node_text(file, node_field(file, call, F_function)));
        uint32_t inner = !strcmp(name, "as_mutable") ? call_argument(file, call, NULL, 0) : NO_NODE;
        return inner == NO_NODE ? name : last_name(node_text(file, inner));
}

static void sqlalchemy_column(struct orm_model *m, const struct orm_field *f)
{
        struct file *file = f->scope->file;
        const char *type = annotation(f);
        bool many = false;
        uint32_t plain = annotated(file, f->type, &many);
        struct orm_column *c = add_column(m, f, text(f, "name", 0));
        if (plain != NO_NODE)
                c->type = arena_strdup(arena_of(f), last_name(node_text(file, plain)));
        c->primary_key = flag(f, "primary_key", false);
        c->unique = flag(f, "unique", false);
        c->indexed = flag(f, "index", false);
        c->not_null = c->primary_key || !flag(f, "nullable", f->type == NO_NODE || is_optional(type));
        uint32_t list = f->call == NO_NODE ? NO_NODE : node_field(file, f->call, F_arguments);
        if (list == NO_NODE)
                return;
        EACH_CHILD(file, list, arg)
        {
                uint8_t kind = file->nodes[arg].kind;
                const char *name = kind == PY_call ? callee(f->scope, arg) : "";
                if (str_ends(name, ".ForeignKey"))
                        sqlalchemy_reference(c, f, arg);
                else if (kind == PY_call && node_field(file, arg, F_function) != NO_NODE)
                        c->type = arena_strdup(arena_of(f), type_of_call(file, arg));
                else if (kind == PY_identifier || kind == PY_attribute)
                        c->type = arena_strdup(arena_of(f), last_name(node_text(file, arg)));
        }
}

static void sqlmodel_column(struct orm_model *m, const struct orm_field *f)
{
        sqlalchemy_column(m, f);
        struct orm_column *c = &m->columns.items[m->columns.len - 1];
        uint32_t inner = f->call == NO_NODE ? NO_NODE : call_argument(f->scope->file, f->call, "sa_column", -1);
        if (inner != NO_NODE && f->scope->file->nodes[inner].kind == PY_call) {
                struct orm_field column = {f->scope, f->attribute, inner, f->type};
                m->columns.len--;
                sqlalchemy_column(m, &column);
                return;
        }
        c->name = f->attribute;
        c->not_null = c->primary_key || !is_optional(annotation(f));
        refer(c, f, text(f, "foreign_key", -1));
}

static bool refers_to(const struct orm_model *m, const char *table)
{
        for (size_t i = 0; table && i < m->columns.len; i++)
                if (m->columns.items[i].ref_table && !strcmp(m->columns.items[i].ref_table, table))
                        return true;
        return false;
}

static void sqlalchemy_relation(struct orm_model *m, const struct orm_field *f)
{
        struct file *file = f->scope->file;
        bool many = false;
        const char *name, *lazy = text(f, "lazy", -1), *other = NULL;
        uint32_t plain = annotated(file, f->type, &many), given = call_argument(file, f->call, "argument", 0);
        struct scope *class = target_class(m, f, given, &name);
        if (!class && !name)
                class = target_class(m, f, plain, &name);
        struct value uselist = eval_keyword(f->scope, f->call, "uselist", -1);
        int collection = uselist.kind == V_BOOL ? uselist.number != 0 : f->type != NO_NODE ? many : -1;
        if (str_starts(annotation(f), "DynamicMapped") || str_starts(annotation(f), "WriteOnlyMapped"))
                lazy = "dynamic";
        const struct orm_model *target = class && collection < 0 ? orm_model_of(class) : NULL;
        if (target && target->table)
                collection = !refers_to(m, target->table);
        struct orm_relation *r = add_relation(m, f, class, name, collection, lazy ? lazy : "select");
        struct orm_relation forward = *r;
        uint32_t backref = call_argument(file, f->call, "backref", -1);
        if (backref != NO_NODE && file->nodes[backref].kind == PY_call) {
                struct orm_field inner = {f->scope, f->attribute, backref, NO_NODE};
                other = text(&inner, "lazy", -1);
                add_reverse(m, f, &forward, text(&inner, NULL, 0), collection < 0 ? -1 : !collection, other ? other : "select");
        } else if (backref != NO_NODE) {
                add_reverse(m, f, &forward, text(f, "backref", -1), collection < 0 ? -1 : !collection, "select");
        }
}

static void add_sqlalchemy(struct orm_model *m, const struct orm_field *f, const char *name)
{
        const char *last = last_name(name), *type = annotation(f);
        if (!strcmp(last, "Column") || !strcmp(last, "mapped_column"))
                sqlalchemy_column(m, f);
        else if (!strcmp(last, "relationship") || !strcmp(last, "Relationship") || !strcmp(last, "dynamic_loader"))
                sqlalchemy_relation(m, f);
        else if (!strcmp(m->orm, "sqlmodel") && f->type != NO_NODE && !strstr(type, "ClassVar") && (!*name || !strcmp(last, "Field")))
                sqlmodel_column(m, f);
        else if (f->call == NO_NODE && str_starts(type, "Mapped["))
                sqlalchemy_column(m, f);
}

/* ── Django, Tortoise, peewee ──────────────────────────────────────────────────────────────────────────────────────── */

static const char *reverse_name(struct orm_model *m, const struct orm_field *f, const char *keyword, bool one)
{
        const char *given = text(f, keyword, -1);
        struct arena *a = arena_of(f);
        char *name = arena_strdup(a, m->class->name);
        for (char *p = name; *p; p++)
                *p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
        if (given && strstr(given, "%(class)s"))
                return arena_printf(a, "%.*s%s%s", (int)(strstr(given, "%(class)s") - given), given, name, strstr(given, "%(class)s") + strlen("%(class)s"));
        if (given || !strcmp(m->orm, "tortoise"))
                return given ? given : arena_printf(a, "%ss", name);
        return one ? name : arena_printf(a, "%s_set", name);
}

static void add_key(struct orm_model *m, const struct orm_field *f, const char *last)
{
        bool django = !strcmp(m->orm, "django"), peewee = !strcmp(m->orm, "peewee"), one = str_starts(last, "OneToOne");
        const char *name, *column = text(f, peewee ? "column_name" : django ? "db_column" : "source_field", -1);
        struct scope *class = target_class(m, f, call_argument(f->scope->file, f->call, django ? "to" : peewee ? "model" : "model_name", 0), &name);
        struct orm_column *c = add_column(m, f, column ? column : arena_printf(arena_of(f), "%s_id", f->attribute));
        const struct orm_model *target = class && class != m->class ? orm_model_of(class) : class ? m : NULL;
        c->type = last;
        c->primary_key = flag(f, "primary_key", flag(f, "pk", false));
        c->unique = one || flag(f, "unique", false);
        c->indexed = flag(f, django ? "db_index" : "index", django || peewee) || (!peewee && flag(f, "db_index", false));
        c->not_null = !flag(f, "null", false);
        c->ref_table = target ? target->table : NULL;
        c->ref_column = target ? "id" : NULL;
        struct orm_relation forward = *add_relation(m, f, class, name, 0, "select");
        add_reverse(m, f, &forward, reverse_name(m, f, peewee ? "backref" : "related_name", one), !one, "select");
}

static void add_many(struct orm_model *m, const struct orm_field *f)
{
        const char *name;
        struct scope *class = target_class(m, f, call_argument(f->scope->file, f->call, !strcmp(m->orm, "django") ? "to" : "model_name", 0), &name);
        struct orm_relation forward = *add_relation(m, f, class, name, 1, "select");
        add_reverse(m, f, &forward, reverse_name(m, f, "related_name", false), 1, "select");
}

static void add_plain(struct orm_model *m, const struct orm_field *f, const char *last)
{
        bool key = !strcmp(last, "AutoField") || !strcmp(last, "BigAutoField") || !strcmp(last, "PrimaryKeyField") || !strcmp(last, "IdentityField");
        struct orm_column *c = add_column(m, f, text(f, !strcmp(m->orm, "django") ? "db_column" : !strcmp(m->orm, "peewee") ? "column_name" : "source_field", -1));
        c->type = last;
        c->primary_key = flag(f, "primary_key", flag(f, "pk", key));
        c->unique = flag(f, "unique", false);
        c->indexed = flag(f, "db_index", flag(f, "index", !strcmp(last, "SlugField")));
        c->not_null = !flag(f, "null", false);
}

static void add_declared(struct orm_model *m, const struct orm_field *f, const char *name)
{
        const char *last = arena_strdup(arena_of(f), last_name(name));
        if (f->call == NO_NODE || f->scope->file->nodes[f->call].kind != PY_call || strchr(last, '%'))
                return;
        if (str_starts(last, "ManyToMany"))
                add_many(m, f);
        else if (str_starts(last, "ForeignKey") || str_starts(last, "OneToOne") || !strcmp(last, "TreeForeignKey"))
                add_key(m, f, last);
        else if (str_ends(last, "Field") && strcmp(last, "BackrefField"))
                add_plain(m, f, last);
}

/* id = primary_key("Query"), where a function of ours makes the column. */
static bool made_by_ours(const struct orm_field *f, struct orm_field *ret)
{
        struct file *file = f->scope->file;
        uint32_t function = f->call != NO_NODE && file->nodes[f->call].kind == PY_call ? node_field(file, f->call, F_function) : NO_NODE;
        struct value v = function == NO_NODE ? unknown("") : eval(f->scope, function);
        if (v.kind != V_FUNCTION || !v.scope->returns.len)
                return false;
        *ret = (struct orm_field){v.scope, f->attribute, v.scope->returns.items[v.scope->returns.len - 1], NO_NODE};
        return v.scope->file->nodes[ret->call].kind == PY_call && f->scope->kind == SCOPE_CLASS;
}

void orm_field_add(struct orm_model *m, const struct orm_field *f)
{
        struct orm_field made;
        if (made_by_ours(f, &made)) {
                f = &made;
                if (!strcmp(m->orm, "sqlmodel"))
                        return;
        }
        const char *name = callee(f->scope, f->call);
        if (str_starts(m->orm, "sql"))
                add_sqlalchemy(m, f, name);
        else
                add_declared(m, f, name);
}

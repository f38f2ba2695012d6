/*
 * Which class is a model, and of which table. A class is one by its bases, followed through imports; bases in the tree that are no
 * models themselves (mixins, abstract ones) give their columns too. A table's name that is computed stays unknown.
 */
#include "probes/source/python/orm_model.h"
#include "probes/source/world.h"

#include <ctype.h>
#include <string.h>

enum { BASES_DEPTH_MAX = 8 };

const char *orm_class_name(const struct scope *class)
{
        return arena_printf(class->file->source->arena, "%s.%s", class->file->module, class->qualname);
}

/* ── Which one ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_django(struct source *s, const char *name)
{
        const struct library_call *lib = library_call(arena_printf(s->scratch, "%s.objects", name));
        return lib && str_starts(name, "django.") && strcmp(name, "django.UserClass");
}

static const char *orm_of_base(struct source *s, const struct value *v)
{
        const char *name = v->kind == V_INSTANCE ? v->text : value_extern(v);
        if (!name)
                return NULL;
        if (!strcmp(name, "sqlalchemy.SQLModel"))
                return "sqlmodel";
        if (!strcmp(name, "tortoise.Model"))
                return "tortoise";
        if (!strcmp(name, "peewee.Model") || !strcmp(name, "peewee.FlaskDB.Model"))
                return "peewee";
        if (str_starts(name, "sqlalchemy.DeclarativeBase") || str_starts(name, "flask_sqlalchemy.") || str_starts(name, "advanced_alchemy.base."))
                return v->kind == V_INSTANCE && str_starts(name, "flask_sqlalchemy.") ? NULL : "sqlalchemy";
        return is_django(s, name) ? "django" : NULL;
}

static const char *orm_of(struct scope *class, int depth)
{
        struct file *f = class->file;
        uint32_t bases = node_field(f, class->node, F_superclasses);
        if (bases == NO_NODE || depth > BASES_DEPTH_MAX)
                return NULL;
        EACH_CHILD(f, bases, b)
        {
                if (f->nodes[b].kind == PY_keyword_argument)
                        continue;
                struct value v = eval(class->parent, b);
                const char *orm = v.kind == V_CLASS ? v.scope != class ? orm_of(v.scope, depth + 1) : NULL : orm_of_base(f->source, &v);
                if (orm)
                        return orm;
        }
        return NULL;
}

/* ── Table ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const struct binding *own(const struct scope *class, const char *name)
{
        for (size_t i = class->bindings.len; i-- > 0;)
                if (!strcmp(class->bindings.items[i].name, name))
                        return &class->bindings.items[i];
        return NULL;
}

static const char *text_in(struct scope *class, const char *name)
{
        const struct binding *b = own(class, name);
        struct value v = b && b->kind == B_ASSIGN && b->value != NO_NODE ? eval(class, b->value) : unknown("");
        return v.kind == V_TEXT && !v.holes ? v.text : NULL;
}

static struct scope *meta_of(const struct scope *class)
{
        const struct binding *b = own(class, "Meta");
        return b && b->kind == B_CLASS ? b->scope : NULL;
}

static bool is_true(struct scope *class, const char *name)
{
        const struct binding *b = class ? own(class, name) : NULL;
        return b && b->value != NO_NODE && class->file->nodes[b->value].kind == PY_true;
}

static const char *lower(struct arena *a, const char *name, bool snake)
{
        CLEANUP(str_release) struct str out = {0};
        for (const char *p = name; *p; p++) {
                bool starts = isupper((unsigned char)*p) && p > name && (islower((unsigned char)p[-1]) || (p[1] && islower((unsigned char)p[1])));
                if (snake && starts)
                        str_add_char(&out, '_');
                str_add_char(&out, (char)tolower((unsigned char)*p));
        }
        return arena_strdup(a, str_text(&out));
}

/* The label of an application: the folder that holds models.py or models/. */
static const char *app_label(const struct file *f)
{
        struct arena *a = f->source->scratch;
        char *path = arena_strdup(a, f->path), *models = strstr(path, "/models");
        for (char *next; models && (next = strstr(models + 1, "/models"));)
                models = next;
        char *end = models ? models : strrchr(path, '/');
        if (!end)
                return NULL;
        *end = '\0';
        const char *slash = strrchr(path, '/');
        return slash ? slash + 1 : path;
}

static const char *django_table(struct scope *class)
{
        struct source *s = class->file->source;
        struct scope *meta = meta_of(class);
        const char *given = meta ? text_in(meta, "db_table") : NULL, *label = meta ? text_in(meta, "app_label") : NULL;
        if (given || is_true(meta, "abstract"))
                return given;
        label = label ? label : app_label(class->file);
        return label ? arena_printf(s->scratch, "%s_%s", label, lower(s->scratch, class->name, false)) : NULL;
}

/* __tablename__ as a declared_attr of a base: the common ways to make one from the class's name. */
static const char *computed_table(struct scope *class, const struct scope *fn)
{
        struct arena *a = class->file->source->scratch;
        depends_on_node(fn->file, fn->node);
        if (!fn->returns.len)
                return NULL;
        const char *text = node_text(fn->file, fn->returns.items[0]), *name = lower(a, class->name, false);
        if (!strcmp(text, "cls.__name__.lower()"))
                return name;
        if (!strcmp(text, "cls.__name__.lower() + \"s\"") || !strcmp(text, "cls.__name__.lower() + 's'") || !strcmp(text, "f\"{cls.__name__.lower()}s\"") ||
            !strcmp(text, "f'{cls.__name__.lower()}s'"))
                return arena_printf(a, "%ss", name);
        return NULL;
}

static const char *declared_table(struct scope *class, struct scope *in, int depth)
{
        struct file *f = in->file;
        const struct binding *b = own(in, "__tablename__");
        if (b && b->kind == B_DEF)
                return computed_table(class, b->scope);
        if (b || depth > BASES_DEPTH_MAX)
                return b ? text_in(in, "__tablename__") : NULL;
        uint32_t bases = node_field(f, in->node, F_superclasses);
        if (bases == NO_NODE)
                return NULL;
        EACH_CHILD(f, bases, c)
        {
                struct value v = f->nodes[c].kind == PY_keyword_argument ? unknown("") : eval(in->parent, c);
                const char *found = v.kind == V_CLASS && v.scope != in ? declared_table(class, v.scope, depth + 1) : NULL;
                if (found)
                        return found;
        }
        return NULL;
}

static bool has_keyword(const struct scope *class, const char *keyword)
{
        uint32_t bases = node_field(class->file, class->node, F_superclasses);
        EACH_CHILD(class->file, bases, b)
                if (class->file->nodes[b].kind == PY_keyword_argument && text_is(class->file, node_field(class->file, b, F_name), keyword))
                        return true;
        return false;
}

static const char *table_of(struct orm_model *m)
{
        struct scope *class = m->class, *meta = meta_of(class);
        struct arena *a = class->file->source->scratch;
        const char *given;
        if (!strcmp(m->orm, "django"))
                return django_table(class);
        if (!strcmp(m->orm, "tortoise"))
                return is_true(meta, "abstract") ? NULL : meta && (given = text_in(meta, "table")) ? given : lower(a, class->name, false);
        if (!strcmp(m->orm, "peewee")) {
                given = meta ? text_in(meta, "table_name") : NULL;
                given = given || !meta ? given : text_in(meta, "db_table");
                return given ? given : m->columns.len > 1 || (m->columns.len && strcmp(m->columns.items[0].name, "id")) ? lower(a, class->name, false) : NULL;
        }
        if (is_true(class, "__abstract__"))
                return NULL;
        given = declared_table(class, class, 0);
        if (given || !strcmp(m->orm, "sqlmodel"))
                return given ? given : has_keyword(class, "table") ? lower(a, class->name, false) : NULL;
        for (size_t i = 0; i < m->columns.len; i++) /* Flask-SQLAlchemy names tables itself */
                if (m->columns.items[i].primary_key && !own(class, "__table__"))
                        return lower(a, class->name, true);
        return NULL;
}

/* ── Fields ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

const struct orm_column *orm_column(const struct orm_model *m, const char *attribute)
{
        for (size_t i = 0; i < m->columns.len; i++)
                if (!strcmp(m->columns.items[i].attribute, attribute))
                        return &m->columns.items[i];
        return NULL;
}

const struct orm_relation *orm_relation(const struct orm_model *m, const char *attribute)
{
        for (size_t i = 0; i < m->relations.len; i++)
                if (!strcmp(m->relations.items[i].attribute, attribute) && !strcmp(m->relations.items[i].model, m->name))
                        return &m->relations.items[i];
        return NULL;
}

static void add_fields(struct orm_model *m, struct scope *class, int depth)
{
        struct file *f = class->file;
        for (size_t i = 0; i < class->bindings.len; i++) {
                const struct binding *b = &class->bindings.items[i];
                if (str_starts(b->name, "__") || orm_column(m, b->name) || orm_relation(m, b->name))
                        continue;
                if (b->kind == B_ASSIGN)
                        orm_field_add(m, &(struct orm_field){class, b->name, b->value, b->type});
                else if (b->kind == B_DEF && (depends_on_node(f, b->scope->node), b->scope->decorators != NO_NODE) && b->scope->returns.len &&
                         strstr(file_snippet(f->source->scratch, f, f->nodes[b->scope->decorators].start, f->nodes[b->scope->node].start, 60), "declared_attr"))
                        orm_field_add(m, &(struct orm_field){b->scope, b->name, b->scope->returns.items[0], NO_NODE});
        }
        uint32_t bases = node_field(f, class->node, F_superclasses);
        if (bases == NO_NODE || depth > BASES_DEPTH_MAX)
                return;
        EACH_CHILD(f, bases, c)
        {
                struct value v = f->nodes[c].kind == PY_keyword_argument ? unknown("") : eval(class->parent, c);
                if (v.kind == V_CLASS && v.scope != class)
                        add_fields(m, v.scope, depth + 1);
        }
}

static void add_key(struct orm_model *m)
{
        for (size_t i = 0; i < m->columns.len; i++)
                if (m->columns.items[i].primary_key)
                        return;
        if (str_starts(m->orm, "sql"))
                return;
        *vec_push(m->class->file->source->arena, &m->columns) = (struct orm_column){
                .attribute = "id", .name = "id", .type = "integer", .primary_key = true, .not_null = true, .file = m->class->file, .node = m->class->node};
}

static struct orm_model *build(struct scope *class)
{
        struct source *s = class->file->source;
        const char *orm = orm_of(class, 0);
        if (!orm)
                return NULL;
        struct orm_model *m = arena_new_of(s->arena, struct orm_model);
        *m = (struct orm_model){.class = class, .orm = orm, .name = orm_class_name(class)};
        scope_memo(class)->model = m; /* fields may lead back here */
        add_fields(m, class, 0);
        add_key(m);
        m->table = arena_strdup(s->arena, table_of(m));
        orm_indexes_add(m, class);
        orm_indexes_of_columns(m);
        return m;
}

struct orm_model *orm_model_of(struct scope *class)
{
        if (scope_memo(class)->model_state)
                return class->model;
        class->model_state = 1;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(class->file->source->scratch);
        class->model = build(class);
        return class->model;
}

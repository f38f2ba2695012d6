/*
 * What relationships load: with the rows of a query by statements of their own (selectinload, prefetch_related), with one for each row
 * (lazy), or in the same statement (select_related). A relationship is known by the foreign key behind it; through a table between two it is not.
 */
#include "probes/source/python/orm_build.h"

#include <string.h>

enum { KEYS_MAX = 40 };

static const struct orm_model *target_of(const struct orm_relation *r)
{
        const struct orm_model *m = r && r->class ? orm_model_of(r->class) : NULL;
        return m && m->table ? m : NULL;
}

/* The one column of a model that refers to a table; NULL: none, or several. */
static const struct orm_column *key_to(const struct orm_model *m, const char *table)
{
        const struct orm_column *found = NULL;
        for (size_t i = 0; i < m->columns.len; i++) {
                const struct orm_column *c = &m->columns.items[i];
                if (!c->ref_table || strcmp(c->ref_table, table))
                        continue;
                if (found)
                        return NULL;
                found = c;
        }
        return found;
}

/* The foreign key stands in the owner: one row. SQLAlchemy does not say it, the keys do. */
static bool is_one(const struct orm_load *load, const struct orm_model *target)
{
        if (load->relation->collection >= 0)
                return !load->relation->collection;
        return key_to(load->owner, target->table) && !key_to(target, load->owner->table);
}

bool orm_load_build(struct scope *s, const struct orm_load *load, struct orm_build **ret)
{
        const struct orm_model *target = target_of(load->relation), *owner = load->owner;
        if (!target || !owner->table)
                return false;
        struct orm_build *b = orm_build_new(s, target);
        const char *op = load->batch ? "in" : "=";
        if (is_one(load, target)) {
                orm_build_key(b, op);
                b->exact &= key_to(owner, target->table) != NULL;
                b->limited = !load->batch && !str_starts(owner->orm, "sql");
                b->changed_order = true; /* get() */
        } else {
                const struct orm_column *c = key_to(target, owner->table);
                if (!c)
                        return false;
                *vec_push(b->reader.arena, &b->out.filters) = (struct sql_filter){.table = target->table, .column = c->name, .op = op, .at = -1};
        }
        orm_build_end(b);
        *ret = b;
        return b->exact;
}

/* What a foreign key of another model gives this one: author = ForeignKey(Author, related_name="posts") is Author's posts. */
static const struct orm_relation *declared_there(const struct orm_model *owner, const char *name)
{
        struct call_walk w = calls_walk(owner->class->file->source, "ForeignKey");
        int left = KEYS_MAX;
        for (struct call_site *c; (c = calls_next(&w)) && left > 0;) {
                if (c->scope->kind != SCOPE_CLASS || !strstr(node_text(c->file, c->node), name))
                        continue;
                left--;
                const struct orm_model *m = orm_model_of(c->scope);
                for (size_t i = 0; m && i < m->relations.len; i++) {
                        const struct orm_relation *r = &m->relations.items[i];
                        if (r->class == m->class && !strcmp(r->attribute, name) && r->model && str_ends(owner->name, r->model))
                                return r;
                }
        }
        return NULL;
}

static void add_load(struct orm_build *b, const struct orm_model *owner, const char *name)
{
        const struct orm_relation *r = owner ? orm_relation(owner, name) : NULL;
        if (owner && !r && !strcmp(owner->orm, "django"))
                r = declared_there(owner, name);
        if (r)
                *vec_push(b->reader.arena, &b->loads) = (struct orm_load){owner, r, true};
}

static const char *called(const struct file *f, uint32_t call, uint32_t *ret_object)
{
        uint32_t function = node_field(f, call, F_function);
        *ret_object = NO_NODE;
        if (function == NO_NODE)
                return "";
        if (f->nodes[function].kind != PY_attribute)
                return node_text(f, function);
        *ret_object = node_field(f, function, F_object);
        return node_text(f, node_field(f, function, F_attribute));
}

/* One loader: its argument is Model.attribute. */
static void option(struct orm_build *b, uint32_t n, int depth)
{
        struct file *f = b->reader.scope->file;
        uint32_t object;
        if (f->nodes[n].kind != PY_call || depth > 8) {
                b->exact = false;
                return;
        }
        const char *name = called(f, n, &object);
        if (object != NO_NODE && f->nodes[object].kind == PY_call) /* selectinload(User.orders).selectinload(Order.items) */
                option(b, object, depth + 1);
        uint32_t first = call_argument(f, n, NULL, 0);
        const struct orm_model *owner = first != NO_NODE && f->nodes[first].kind == PY_attribute ? orm_model_at(b->reader.scope, node_field(f, first, F_object)) : NULL;
        if (!strcmp(name, "selectinload"))
                add_load(b, owner, owner ? node_text(f, node_field(f, first, F_attribute)) : "");
        else if (strcmp(name, "raiseload") && strcmp(name, "noload") && strcmp(name, "lazyload"))
                b->exact = false; /* joinedload, load_only, one of our functions */
}

void orm_read_options(struct orm_build *b, uint32_t list)
{
        struct file *f = b->reader.scope->file;
        if (list != NO_NODE && f->nodes[list].kind == PY_argument_list)
                EACH_CHILD(f, list, c)
                        option(b, c, 0);
}

/* "author", "author__team" */
static void related(struct orm_build *b, const char *path)
{
        const struct orm_model *m = b->reader.model;
        char *text = arena_strdup(b->reader.arena, path);
        for (char *next; m && text; text = next) {
                next = strstr(text, "__");
                if (next) {
                        *next = '\0';
                        next += 2;
                }
                const struct orm_relation *r = orm_relation(m, text);
                m = target_of(r);
                if (m) {
                        orm_note_table(&b->reader, m);
                        orm_build_all_columns(b, m);
                }
        }
        b->exact &= m != NULL;
}

void orm_read_related(struct orm_build *b, uint32_t list)
{
        struct file *f = b->reader.scope->file;
        if (list == NO_NODE || node_first(f, list) == NO_NODE || !b->reader.model || b->some) {
                b->exact = false;
                return;
        }
        b->some = true;
        orm_build_all_columns(b, b->reader.model);
        EACH_CHILD(f, list, c)
        {
                struct value v = eval(b->reader.scope, c);
                if (v.kind == V_TEXT && !v.holes)
                        related(b, v.text);
                else
                        b->exact = false;
        }
}

void orm_read_prefetch(struct orm_build *b, uint32_t list)
{
        struct file *f = b->reader.scope->file;
        if (list == NO_NODE || f->nodes[list].kind != PY_argument_list)
                return;
        EACH_CHILD(f, list, c)
        {
                struct value v = f->nodes[c].kind == PY_string ? eval(b->reader.scope, c) : unknown("");
                if (v.kind == V_TEXT && !v.holes)
                        add_load(b, b->reader.model, v.text);
        }
}

/*
 * A class that maps a table: its columns, its indexes, the classes that it refers to; with what mixins and bases in the tree add.
 */
#pragma once
#include "probes/source/python/orm.h"

struct orm_column {
        const char *attribute, *name, *type;   /* name: in the database */
        const char *ref_table, *ref_column;    /* NULL: no foreign key, or to something unknown */
        bool primary_key, unique, indexed, not_null;
        struct file *file;
        uint32_t node;
};

struct orm_relation {
        const char *model;      /* that has the attribute: module.Class, or a bare class name that is not followed */
        const char *attribute, *target, *lazy;
        struct scope *class;    /* the target, when it is known */
        int collection;         /* -1 unknown */
        struct file *file;
        uint32_t node;
};

struct orm_index {
        const char *name, *columns; /* JSON array */
        const char *method, *opclass, *predicate;
        bool unique;
        struct file *file;
        uint32_t node;
};

struct orm_model {
        struct scope *class;
        const char *orm;        /* django sqlalchemy sqlmodel tortoise peewee */
        const char *name;       /* module.Class */
        const char *table;      /* NULL: abstract, or its name is computed */
        VEC(struct orm_column) columns;
        VEC(struct orm_relation) relations;
        VEC(struct orm_index) indexes;
};

/* NULL: not a model. Remembered for the focus. */
struct orm_model *orm_model_of(struct scope *class);
const struct orm_column *orm_column(const struct orm_model *m, const char *attribute);
const struct orm_relation *orm_relation(const struct orm_model *m, const char *attribute);
const char *orm_class_name(const struct scope *class); /* module.Class */

/* orm_field.c: what one declaration in a class body adds. */
struct orm_field {
        struct scope *scope;    /* to evaluate in */
        const char *attribute;
        uint32_t call, type;    /* nodes of the value and of the annotation; NO_NODE */
};
void orm_field_add(struct orm_model *m, const struct orm_field *f);
/* orm_index.c: Meta, __table_args__, the indexes that columns ask for. */
void orm_indexes_add(struct orm_model *m, struct scope *class);
void orm_indexes_of_columns(struct orm_model *m);

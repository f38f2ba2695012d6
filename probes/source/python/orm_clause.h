/*
 * Conditions that an ORM's expressions state: where(User.name == x), filter(name__icontains=x), fn.Lower(User.name) == x.
 */
#pragma once
#include "lib/sqlclause.h"
#include "probes/source/python/orm_model.h"

struct orm_reader {
        struct scope *scope;          /* to evaluate in */
        struct arena *arena;
        struct sql_clauses *out;
        const struct orm_model *model; /* of the query, for keywords; NULL unknown */
        VEC(const char *) tables;     /* that conditions and joins name */
};

void orm_note_table(struct orm_reader *r, const struct orm_model *m);
const struct orm_model *orm_model_at(struct scope *s, uint32_t node); /* of a class or a query; NULL: neither */
/* One argument of where() or filter(), also with names joined by & | ~ and_() or_() Q(). What is not known is a condition "hole". */
void orm_condition(struct orm_reader *r, uint32_t node, bool in_or, bool negated);
void orm_order(struct orm_reader *r, uint32_t node);

/* orm_statement.c: the statements that chains of a file's calls build. */
void orm_statements_find(struct file *f);

/*
 * Statements of ORMs, by the sites that send them.
 */
#pragma once
#include "probes/source/python/orm.h"

void orm_statements_sent(struct scope *s, uint32_t call, int64_t site);
bool orm_statement_used(struct scope *s, uint32_t query, int64_t site); /* iterated, awaited, counted; false: not known */
void orm_statement_loaded(struct scope *s, uint32_t attribute, const struct orm_access *access, int64_t site);
/* Attributes of an object that were set. */
struct orm_model;
void orm_statement_written(struct scope *s, uint32_t at, const struct orm_model *m, const char *const *columns, size_t n);
void orm_dirty_find(struct file *f);

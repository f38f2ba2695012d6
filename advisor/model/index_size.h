/* The size of a B-tree before it exists: docs/models/index_size_bytes.md. */
#pragma once
#include "model/index_catalog.h"

/*
 * rows      entries
 * distinct  different keys, 1..rows
 * key_width bytes of the key columns within the tuple, alignment included
 * dedup     equal keys share one entry (not for numeric, float, arrays, jsonb, bpchar, nor with INCLUDE)
 */
double index_size(double rows, double distinct, double key_width, bool dedup);

/* From column statistics; NAN when a column's width is unknown. ret_width (may be NULL): bytes of key and included columns. */
double index_size_of(const struct index_catalog *c, const struct fact_table *t, const struct index_columns *columns, double *ret_width);

/* Levels above the leaves of a B-tree of that many bytes. */
double index_size_height(double bytes, double key_width);

/* Whether B-trees index the type, and sensibly. */
bool index_type_is_ordered(const char *type);

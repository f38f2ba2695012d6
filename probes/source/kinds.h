/*
 * Kinds and fields of nodes, as small numbers of our own: the grammar's ids change with its version.
 */
#pragma once
#include "lib/syntax.h"

enum py_kind {
        PY_other,
#define KIND(name) PY_##name,
#include "probes/source/kinds.def"
#undef KIND
        PY_KIND_COUNT
};

enum py_field {
        F_none, F_name, F_value, F_left, F_right, F_body, F_function, F_arguments, F_object, F_attribute, F_subscript, F_key,
        F_parameters, F_superclasses, F_type, F_module_name, F_alias, F_condition, F_consequence, F_alternative, F_definition,
        F_operator, F_expression, F_return_type, F_FIELD_COUNT
};

enum yaml_kind {
        YK_other, YK_document, YK_block_mapping_pair, YK_flow_pair, YK_block_sequence_item, YK_flow_sequence, YK_plain_scalar,
        YK_single_quote_scalar, YK_double_quote_scalar, YK_block_scalar, YK_block_mapping, YK_flow_mapping, YK_block_sequence, YK_flow_node, YK_block_node,
        YK_alias, YK_anchor, YK_tag, YK_KIND_COUNT
};

enum toml_kind {
        TK_other, TK_pair, TK_table, TK_table_array_element, TK_bare_key, TK_quoted_key, TK_dotted_key, TK_string, TK_array, TK_inline_table, TK_KIND_COUNT
};

void kinds_prepare(void); /* once, before any thread asks */
/* Our kind of a grammar's node, and our field. */
uint8_t kind_of(enum syntax_lang lang, const struct syntax_node *n);
uint8_t field_of(enum syntax_lang lang, const struct syntax_node *n);

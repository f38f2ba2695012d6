#include "probes/source/kinds.h"

#include <string.h>

enum { SYMBOLS_MAX = 1024, FIELDS_MAX = 256 };

static const char *const python_names[PY_KIND_COUNT] = {
#define KIND(name) [PY_##name] = #name,
#include "probes/source/kinds.def"
#undef KIND
};

static const char *const yaml_names[YK_KIND_COUNT] = {
        NULL, "document", "block_mapping_pair", "flow_pair", "block_sequence_item", "flow_sequence", "plain_scalar",
        "single_quote_scalar", "double_quote_scalar", "block_scalar", "block_mapping", "flow_mapping", "block_sequence", "flow_node",
        "block_node", "alias", "anchor", "tag",
};

static const char *const toml_names[TK_KIND_COUNT] = {
        NULL, "pair", "table", "table_array_element", "bare_key", "quoted_key", "dotted_key", "string", "array", "inline_table",
};

static const struct {
        const char *const *names;
        size_t count;
} languages[SYNTAX_LANG_COUNT] = {
        [SYNTAX_PYTHON] = {python_names, PY_KIND_COUNT},
        [SYNTAX_YAML] = {yaml_names, YK_KIND_COUNT},
        [SYNTAX_TOML] = {toml_names, TK_KIND_COUNT},
};

static const char *const field_names[F_FIELD_COUNT] = {
        NULL, "name", "value", "left", "right", "body", "function", "arguments", "object", "attribute", "subscript", "key",
        "parameters", "superclasses", "type", "module_name", "alias", "condition", "consequence", "alternative", "definition",
        "operator", "expression", "return_type",
};

/* Filled once for each grammar. */
static struct {
        uint8_t kinds[SYMBOLS_MAX], fields[FIELDS_MAX];
} maps[SYNTAX_LANG_COUNT];

static void prepare(enum syntax_lang lang)
{
        for (size_t i = 1; i < languages[lang].count; i++) {
                uint16_t id = syntax_kind(lang, languages[lang].names[i], true);
                if (id && id < SYMBOLS_MAX)
                        maps[lang].kinds[id] = (uint8_t)i;
        }
        for (size_t i = 1; i < F_FIELD_COUNT; i++) {
                uint16_t id = syntax_field(lang, field_names[i]);
                if (id && id < FIELDS_MAX)
                        maps[lang].fields[id] = (uint8_t)i;
        }
}

void kinds_prepare(void)
{
        for (int lang = 0; lang < SYNTAX_LANG_COUNT; lang++)
                prepare((enum syntax_lang)lang);
}

uint8_t kind_of(enum syntax_lang lang, const struct syntax_node *n)
{
        return n->named && n->kind < SYMBOLS_MAX ? maps[lang].kinds[n->kind] : 0;
}

uint8_t field_of(enum syntax_lang lang, const struct syntax_node *n)
{
        return n->field < FIELDS_MAX ? maps[lang].fields[n->field] : 0;
}

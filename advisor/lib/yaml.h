/*
 * YAML documents as trees with positions (libyaml). Bounded: 4 MB, depth 64, 200,000 nodes; aliases are refused (no document of
 * ours needs them, and they are how small files grow). Duplicate keys are an error. Everything lives in the arena.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum yaml_type { YAML_NULL_, YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml {
        enum yaml_type type;
        bool quoted;           /* a quoted or block scalar: always text, never null or number */
        const char *key;       /* within a map; NULL otherwise */
        int key_line, key_col; /* 1-based */
        int line, col;
        const char *text;      /* YAML_TEXT */
        struct yaml **items;   /* YAML_LIST, YAML_MAP, in the order of the file */
        size_t len;
};

/* file is for messages. An empty document gives a YAML_NULL_ node. */
int yaml_parse(struct arena *a, const char *file, const char *bytes, size_t len, struct yaml **ret_root, struct err *err);
int yaml_read(struct arena *a, const char *path, struct yaml **ret_root, struct err *err);

/* The value of a key of a map, or NULL. y may be NULL or no map. */
struct yaml *yaml_get(const struct yaml *y, const char *key);

/* Scalar access: ERR_CONFIG with the position when the node is of another shape. `what` names it for people. */
int yaml_as_text(const char *file, const struct yaml *y, const char *what, const char **ret, struct err *err);
int yaml_as_real(const char *file, const struct yaml *y, const char *what, double *ret, struct err *err);
int yaml_as_int(const char *file, const struct yaml *y, const char *what, int64_t *ret, struct err *err);
int yaml_as_bool(const char *file, const struct yaml *y, const char *what, bool *ret, struct err *err);

#include "lib/plan.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "lib/digest.h"
#include "lib/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { OUTLINE_NODES_MAX = 12, NODES_MAX = 2000 };

struct reader {
        struct arena *arena;
        struct plan *plan;
        const struct plan_alias *aliases;
        size_t alias_count;
        struct str shape, outline;
        int nodes;
};

static const char *text_of(const struct json *node, const char *key)
{
        const char *text = json_as_text(json_get(node, key));
        return text ? text : "";
}

static const char *index_of(const struct reader *r, const struct json *node)
{
        const char *name = text_of(node, "Index Name");
        for (size_t i = 0; i < r->alias_count; i++)
                if (!strcmp(r->aliases[i].name, name))
                        return r->aliases[i].shown;
        return name;
}

static void note_outline(struct reader *r, const struct json *node)
{
        const char *type = text_of(node, "Node Type"), *index = index_of(r, node), *table = text_of(node, "Relation Name");
        if (r->nodes > OUTLINE_NODES_MAX)
                return;
        str_printf(&r->outline, "%s%s", r->outline.len ? " > " : "", type);
        if (*index)
                str_printf(&r->outline, " using %s", index);
        if (*table)
                str_printf(&r->outline, " on %s", table);
        if (r->nodes == OUTLINE_NODES_MAX)
                str_add(&r->outline, " > ...");
}

static const char *condition_of(struct reader *r, const struct json *node)
{
        static const char *const keys[] = {"Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond"};
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
                if (*text_of(node, keys[i]))
                        return arena_strdup(r->arena, text_of(node, keys[i]));
        return "";
}

static bool is(const char *a, const char *b)
{
        return !strcmp(a, b);
}

/* How often a node runs: once with its parent, but for the inner side of nested loops and for correlated subplans. */
static double loops_of(const struct reader *r, int parent, const struct json *node)
{
        if (parent < 0)
                return 1;
        const struct plan_node *up = &r->plan->nodes.items[parent];
        const char *role = text_of(node, "Parent Relationship");
        if (is(up->type, "Materialize") && up->parent >= 0) /* filled once, read again */
                return r->plan->nodes.items[up->parent].loops;
        if (is(role, "SubPlan"))
                return up->loops * fmax(1, up->rows);
        if (!is(role, "Inner") || !is(up->type, "Nested Loop"))
                return up->loops;
        for (size_t i = (size_t)parent + 1; i < r->plan->nodes.len; i++)
                if (r->plan->nodes.items[i].parent == parent && !r->plan->nodes.items[i].inner)
                        return up->loops * fmax(1, r->plan->nodes.items[i].rows);
        return up->loops;
}

static int add_node(struct reader *r, const struct json *node, int parent, const char *index)
{
        struct arena *a = r->arena;
        bool alias = false;
        for (size_t i = 0; *index && i < r->alias_count; i++)
                alias |= is(r->aliases[i].shown, index);
        struct plan_node n = {
                .type = arena_strdup(a, text_of(node, "Node Type")), .relation = arena_strdup(a, text_of(node, "Relation Name")),
                .schema = arena_strdup(a, text_of(node, "Schema")), .index = arena_strdup(a, index), .cond = condition_of(r, node),
                .filter = arena_strdup(a, text_of(node, "Filter")), .join = arena_strdup(a, text_of(node, "Join Type")),
                .strategy = arena_strdup(a, text_of(node, "Strategy")), .rows = json_as_real(json_get(node, "Plan Rows")),
                .width = json_as_real(json_get(node, "Plan Width")), .cost = json_as_real(json_get(node, "Total Cost")), .parent = parent,
                .depth = parent < 0 ? 0 : r->plan->nodes.items[parent].depth + 1, .inner = is(text_of(node, "Parent Relationship"), "Inner"),
                .hypothetical = alias, .loops = loops_of(r, parent, node)};
        *vec_push(a, &r->plan->nodes) = n;
        return (int)r->plan->nodes.len - 1;
}

static void walk(struct reader *r, const struct json *node, int parent)
{
        static const char *const shape_keys[] = {"Node Type", "Schema", "Relation Name", "Alias", "Scan Direction", "Join Type", "Strategy",
                                                 "Parent Relationship", "Subplan Name", "Operation"};
        if (++r->nodes > NODES_MAX)
                return;
        for (size_t i = 0; i < sizeof shape_keys / sizeof *shape_keys; i++)
                str_printf(&r->shape, "%s\x1f", text_of(node, shape_keys[i]));
        const char *index = index_of(r, node);
        int self = add_node(r, node, parent, index);
        str_add(&r->shape, index);
        if (*index)
                *vec_push(r->arena, &r->plan->indexes) = arena_strdup(r->arena, index);
        note_outline(r, node);
        const struct json *plans = json_get(node, "Plans");
        str_add(&r->shape, "(");
        for (size_t i = 0; i < json_len(plans); i++)
                walk(r, json_at(plans, i), self);
        str_add(&r->shape, ")");
}

static const char *hash_of(struct arena *a, const struct str *shape)
{
        char hex[DIGEST_HEX];
        digest_sha256(str_text(shape), shape->len, hex);
        return arena_strndup(a, hex, 16);
}

int plan_read(struct arena *a, const char *json, const struct plan_alias *aliases, size_t n, struct plan *ret_plan, struct err *err)
{
        CLEANUP(json_free) struct json *top = NULL;
        int r = json_parse(NULL, json, strlen(json), &top, err);
        if (r < 0)
                return r;
        const struct json *root = json_get(json_kind(top) == JSON_LIST ? json_at(top, 0) : top, "Plan");
        if (json_kind(root) != JSON_MAP)
                return err_set(err, ERR_PARSE, "no plan in what EXPLAIN answered");
        struct plan plan = {.cost_pg = json_as_real(json_get(root, "Total Cost")), .rows = json_as_real(json_get(root, "Plan Rows"))};
        struct reader reader = {.arena = a, .plan = &plan, .aliases = aliases, .alias_count = n};
        walk(&reader, root, -1);
        plan.hash = hash_of(a, &reader.shape);
        plan.outline = arena_strdup(a, str_text(&reader.outline));
        str_release(&reader.shape);
        str_release(&reader.outline);
        *ret_plan = plan;
        return 0;
}

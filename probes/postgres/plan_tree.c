#include "probes/postgres/plan_tree.h"
#include "lib/json.h"
#include "lib/plan.h"
#include "probes/postgres/text.h"

#include <math.h>
#include <string.h>

/* Members that hold names and words of EXPLAIN's own; every other text is an expression and may hold constants. */
static const char *const names[] = {"Alias",           "CTE Name",            "Cache Mode",       "Command",       "Conflict Arbiter Indexes",
                                    "Conflict Resolution", "Constraint Name", "Custom Plan Provider", "Function Name", "Index Name",
                                    "Join Type",       "Node Type",           "Operation",        "Parent Relationship", "Partial Mode",
                                    "Relation",        "Relation Name",       "Scan Direction",   "Schema",        "Sort Method",
                                    "Sort Space Type", "Strategy",            "Subplan Name",     "Table Function Name", "Trigger Name",
                                    "Tuplestore Name"};

struct copying {
        struct arena *arena;
        bool keep_literals;
};

static bool is_name(const char *key)
{
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (!strcmp(names[i], key))
                        return true;
        return false;
}

static void copy_into(struct copying *c, const char *key, const struct json *from, struct json *object, struct json *array);

static const char *allowed_text(struct copying *c, const char *key, const char *text)
{
        return c->keep_literals || is_name(key) ? text : text_without_literals(c->arena, text);
}

static void copy_members(struct copying *c, const struct json *from, struct json *to)
{
        void *iter = NULL;
        const char *key;
        struct json *value;
        while (json_next(from, &iter, &key, &value))
                if (strcmp(key, "Output"))
                        copy_into(c, key, value, to, NULL);
}

static void copy_number(const char *key, double v, struct json *object, struct json *array)
{
        bool whole = v == rint(v) && fabs(v) < 1e15;
        if (object && whole)
                json_put_int(object, key, (int64_t)v);
        else if (object)
                json_put_real(object, key, v);
        else if (whole)
                json_add_int(array, (int64_t)v);
        else
                json_add_real(array, v);
}

static void copy_text(struct copying *c, const char *key, const char *text, struct json *object, struct json *array)
{
        text = allowed_text(c, key, text);
        if (object)
                json_put_text(object, key, text);
        else
                json_add_text(array, text);
}

/* Half of a measured plan would be blocks that were not touched. */
static bool is_counter(const char *key)
{
        size_t n = strlen(key);
        return n > 7 && !strcmp(key + n - 7, " Blocks");
}

/* Into the object under the key, or at the end of the array. */
static void copy_into(struct copying *c, const char *key, const struct json *from, struct json *object, struct json *array)
{
        switch (json_kind(from)) {
        case JSON_TEXT:
                copy_text(c, key, json_as_text(from), object, array);
                break;
        case JSON_NUMBER:
                if (object && json_as_real(from) == 0 && is_counter(key))
                        break;
                copy_number(key, json_as_real(from), object, array);
                break;
        case JSON_BOOL:
                if (object && json_as_bool(from, false))
                        json_put_bool(object, key, true);
                break;
        case JSON_MAP:
                copy_members(c, from, object ? json_put_object(object, key) : json_add_object(array));
                break;
        case JSON_LIST: {
                struct json *list = object ? json_put_array(object, key) : json_add_array(array);
                for (size_t i = 0; i < json_len(from); i++)
                        copy_into(c, key, json_at(from, i), NULL, list);
                break;
        }
        default:
                break;
        }
}

/* Beside the nodes; neither the text of the statement nor its parameters. */
static void copy_top(struct copying *c, const struct json *root, struct json *to)
{
        static const char *const keys[] = {"Plan", "Planning Time", "Execution Time", "JIT", "Triggers"};
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
                if (json_get(root, keys[i]))
                        copy_into(c, keys[i], json_get(root, keys[i]), to, NULL);
}

int plan_tree_read(struct arena *a, const char *text, bool keep_literals, struct plan_tree *ret_tree, struct err *err)
{
        CLEANUP(json_free) struct json *read = NULL;
        CLEANUP(json_free) struct json *kept = json_new_array();
        CLEANUP(str_release) struct str out = {0};
        struct plan plan;
        int r = plan_read(a, text, NULL, 0, &plan, err);
        if (r == 0)
                r = json_parse("the plan", text, strlen(text), &read, err);
        if (r < 0)
                return r;
        struct copying c = {.arena = a, .keep_literals = keep_literals};
        const struct json *root = json_kind(read) == JSON_LIST ? json_at(read, 0) : read;
        copy_top(&c, root, json_add_object(kept));
        json_dump(kept, 0, &out);
        bool actual = json_kind(json_get(json_get(root, "Plan"), "Actual Rows")) == JSON_NUMBER;
        *ret_tree = (struct plan_tree){arena_strdup(a, str_text(&out)), plan.hash, plan.cost_pg, plan.rows, actual};
        return 0;
}

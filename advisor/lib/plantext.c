/*
 * A line is a node ("->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4) (actual ...)"), a label of the node that follows ("SubPlan 1"), or a
 * property of the node before ("Filter: (a > 1)"). The column of a node's arrow tells whose child it is.
 */
#include "lib/plantext.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "lib/json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = 2000, DEPTH_MAX = 30, LINE_MAX_BYTES = 1 << 16 };

struct open_node {
        struct json *node;
        int column;
};

struct reader {
        struct json *top;
        struct open_node stack[DEPTH_MAX];
        int depth, nodes;
        char label[128];   /* of the next node */
        int label_column;  /* counts instead of the node's arrow, which stands deeper */
        bool in_jit;
};

/* ── Node lines ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool take_prefix(const char **p, const char *prefix)
{
        size_t n = strlen(prefix);
        if (strncmp(*p, prefix, n) != 0)
                return false;
        *p += n;
        return true;
}

static void put_part(struct json *node, const char *key, const char *from, size_t len)
{
        char text[1024];
        snprintf(text, sizeof text, "%.*s", (int)len, from);
        json_put_text(node, key, text);
}

/* A name ends at a blank outside of double quotes. */
static size_t name_len(const char *p)
{
        size_t i = 0;
        for (bool quoted = false; p[i] && (quoted || p[i] != ' '); i++)
                quoted ^= p[i] == '"';
        return i;
}

/* "public.t a": relation (or function, index, CTE), then its alias. */
static void read_relation(struct json *node, const char *key, const char *p)
{
        size_t n = name_len(p), dot = n;
        for (size_t i = 0; i < n; i++)
                if (p[i] == '.' && strcmp(key, "Index Name"))
                        dot = i;
        if (dot < n)
                put_part(node, "Schema", p, dot);
        const char *name = dot < n ? p + dot + 1 : p;
        size_t len = (size_t)(p + n - name);
        bool quoted = len > 2 && *name == '"';
        put_part(node, key, name + quoted, len - 2 * quoted);
        const char *alias = p + n + (p[n] == ' ');
        if (*alias)
                put_part(node, "Alias", alias, name_len(alias));
        else if (strcmp(key, "Index Name"))
                put_part(node, "Alias", name + quoted, len - 2 * quoted);
}

static const char *relation_key(const char *type)
{
        static const char *const keys[][2] = {{"CTE Scan", "CTE Name"}, {"Function Scan", "Function Name"}, {"Table Function Scan", "Table Function Name"},
                                              {"Subquery Scan", "Alias"}, {"Values Scan", "Alias"}, {"Bitmap Index Scan", "Index Name"}};
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
                if (!strcmp(keys[i][0], type))
                        return keys[i][1];
        return "Relation Name";
}

/* "Hash Left Join" is a Hash Join of type Left, "Nested Loop Anti Join" likewise. */
static bool read_join(struct json *node, const char *title)
{
        static const char *const kinds[][2] = {{"Hash ", "Hash Join"}, {"Merge ", "Merge Join"}, {"Nested Loop ", "Nested Loop"}};
        static const char *const types[] = {"Left", "Right", "Full", "Semi", "Anti", "Right Semi", "Right Anti"};
        for (size_t k = 0; k < 3; k++) {
                const char *p = title;
                if (!take_prefix(&p, kinds[k][0]))
                        continue;
                for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
                        size_t n = strlen(types[i]);
                        if (!strncmp(p, types[i], n) && !strcmp(p + n, " Join")) {
                                json_put_text(node, "Node Type", kinds[k][1]);
                                json_put_text(node, "Join Type", types[i]);
                                return true;
                        }
                }
        }
        if (strcmp(title, "Hash Join") && strcmp(title, "Merge Join") && strcmp(title, "Nested Loop"))
                return false;
        json_put_text(node, "Node Type", title);
        json_put_text(node, "Join Type", "Inner");
        return true;
}

static bool read_aggregate(struct json *node, const char *title)
{
        static const char *const kinds[][2] = {{"HashAggregate", "Hashed"}, {"GroupAggregate", "Sorted"}, {"MixedAggregate", "Mixed"}, {"Aggregate", "Plain"}};
        if (take_prefix(&title, "Partial "))
                json_put_text(node, "Partial Mode", "Partial");
        else if (take_prefix(&title, "Finalize "))
                json_put_text(node, "Partial Mode", "Finalize");
        for (size_t i = 0; i < 4; i++)
                if (!strcmp(title, kinds[i][0])) {
                        json_put_text(node, "Node Type", "Aggregate");
                        json_put_text(node, "Strategy", kinds[i][1]);
                        return true;
                }
        return false;
}

static bool read_change(struct json *node, const char *title)
{
        static const char *const words[] = {"Insert", "Update", "Delete", "Merge"};
        for (size_t i = 0; i < 4; i++) {
                const char *p = title;
                if (!take_prefix(&p, words[i]) || !take_prefix(&p, " on "))
                        continue;
                json_put_text(node, "Node Type", "ModifyTable");
                json_put_text(node, "Operation", words[i]);
                read_relation(node, "Relation Name", p);
                return true;
        }
        return false;
}

static void read_scan(struct json *node, const char *title)
{
        const char *on = strstr(title, " on "), *using = strstr(title, " using ");
        const char *end = using && (!on || using < on) ? using : on ? on : title + strlen(title);
        char type[128];
        snprintf(type, sizeof type, "%.*s", (int)(end - title), title);
        char *backward = strstr(type, " Backward");
        if (backward) {
                *backward = 0;
                json_put_text(node, "Scan Direction", "Backward");
        }
        json_put_text(node, "Node Type", type);
        if (end == using) {
                put_part(node, "Index Name", using + 7, name_len(using + 7));
                on = strstr(using + 7, " on ");
        }
        if (on)
                read_relation(node, relation_key(type), on + 4);
}

static void read_title(struct json *node, const char *title)
{
        if (take_prefix(&title, "Parallel "))
                json_put_bool(node, "Parallel Aware", true);
        if (!read_join(node, title) && !read_aggregate(node, title) && !read_change(node, title))
                read_scan(node, title);
}

static void read_figures(struct json *node, const char *p)
{
        double startup, total, rows, width, loops;
        if (sscanf(p, "(cost=%lf..%lf rows=%lf width=%lf)", &startup, &total, &rows, &width) == 4) {
                json_put_real(node, "Startup Cost", startup);
                json_put_real(node, "Total Cost", total);
                json_put_real(node, "Plan Rows", rows);
                json_put_real(node, "Plan Width", width);
        }
        const char *actual = strstr(p, "(actual ");
        if (actual && sscanf(actual, "(actual time=%lf..%lf rows=%lf loops=%lf)", &startup, &total, &rows, &loops) == 4) {
                json_put_real(node, "Actual Startup Time", startup);
                json_put_real(node, "Actual Total Time", total);
        } else if (!actual || sscanf(actual, "(actual rows=%lf loops=%lf)", &rows, &loops) != 2) {
                if (!strstr(p, "(never executed)"))
                        return;
                rows = loops = 0;
        }
        json_put_real(node, "Actual Rows", rows);
        json_put_real(node, "Actual Loops", loops);
}

static const char *relationship_of(const struct reader *r, struct json *parent)
{
        const char *type = json_as_text(json_get(parent, "Node Type"));
        if (!strncmp(r->label, "InitPlan", 8) || !strncmp(r->label, "CTE", 3))
                return "InitPlan";
        if (*r->label)
                return "SubPlan";
        if (type && (!strcmp(type, "Append") || !strcmp(type, "Merge Append") || !strcmp(type, "BitmapAnd") || !strcmp(type, "BitmapOr")))
                return "Member";
        for (size_t i = 0; i < json_len(json_get(parent, "Plans")); i++) {
                const char *other = json_as_text(json_get(json_at(json_get(parent, "Plans"), i), "Parent Relationship"));
                if (other && !strcmp(other, "Outer"))
                        return "Inner";
        }
        return "Outer";
}

static void read_node(struct reader *r, const char *title, size_t len, int column, const char *figures)
{
        char text[2048];
        snprintf(text, sizeof text, "%.*s", (int)len, title);
        while (r->depth > 0 && r->stack[r->depth - 1].column >= column)
                r->depth--;
        if (r->depth == DEPTH_MAX || ++r->nodes > NODES_MAX || (!r->depth && json_get(r->top, "Plan")))
                return;
        struct json *parent = r->depth ? r->stack[r->depth - 1].node : NULL, *node;
        if (parent) {
                const char *relationship = relationship_of(r, parent);
                struct json *plans = json_get(parent, "Plans");
                node = json_add_object(plans ? plans : json_put_array(parent, "Plans"));
                json_put_text(node, "Parent Relationship", relationship);
                if (*r->label)
                        json_put_text(node, "Subplan Name", r->label);
        } else {
                node = json_put_object(r->top, "Plan");
        }
        r->label[0] = 0;
        read_title(node, text);
        read_figures(node, figures);
        r->stack[r->depth++] = (struct open_node){node, column};
}

/* ── Properties ────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* "a, lower(b) DESC": at commas outside of brackets and quotes. */
static void put_list(struct json *node, const char *key, const char *p)
{
        struct json *list = json_put_array(node, key);
        CLEANUP(str_release) struct str item = {0};
        int depth = 0;
        bool quoted = false;
        for (; *p; p++) {
                quoted ^= *p == '\'' || *p == '"';
                depth += !quoted && *p == '(' ? 1 : !quoted && *p == ')' ? -1 : 0;
                if (*p == ',' && !depth && !quoted) {
                        json_add_text(list, str_text(&item));
                        str_clear(&item);
                        p += p[1] == ' ';
                } else {
                        str_add_char(&item, *p);
                }
        }
        json_add_text(list, str_text(&item));
}

/* "Sort Method: external merge  Disk: 1234kB" */
static void read_sort(struct json *node, const char *value)
{
        const char *space = strstr(value, "  ");
        put_part(node, "Sort Method", value, space ? (size_t)(space - value) : strlen(value));
        if (!space)
                return;
        const char *colon = strchr(space, ':');
        json_put_text(node, "Sort Space Type", strstr(space, "Disk") ? "Disk" : "Memory");
        json_put_int(node, "Sort Space Used", colon ? atoll(colon + 1) : 0);
}

static void put_number_after(struct json *node, const char *key, const char *line, const char *word)
{
        const char *at = strstr(line, word);
        if (at)
                json_put_int(node, key, atoll(at + strlen(word)));
}

/* "Buckets: 1024  Batches: 4  Memory Usage: 9kB", "Batches: 5  Memory Usage: 1kB  Disk Usage: 2kB" */
static void read_hash(struct json *node, const char *line)
{
        const char *type = json_as_text(json_get(node, "Node Type"));
        put_number_after(node, "Hash Buckets", line, "Buckets: ");
        put_number_after(node, type && !strcmp(type, "Aggregate") ? "HashAgg Batches" : "Hash Batches", line, "Batches: ");
        put_number_after(node, "Peak Memory Usage", line, "Memory Usage: ");
        put_number_after(node, "Disk Usage", line, "Disk Usage: ");
}

/* "Trigger for constraint c: time=1.234 calls=5" */
static void read_trigger(struct reader *r, const char *line)
{
        const char *time = strstr(line, ": time="), *calls = strstr(line, " calls=");
        if (!time || !calls)
                return;
        struct json *list = json_get(r->top, "Triggers");
        struct json *t = json_add_object(list ? list : json_put_array(r->top, "Triggers"));
        const char *name = line + 8;
        const char *key = take_prefix(&name, "for constraint ") ? "Constraint Name" : "Trigger Name";
        put_part(t, key, name, (size_t)(time - name));
        json_put_real(t, "Time", atof(time + 7));
        json_put_real(t, "Calls", atof(calls + 7));
}

/* "Timing: Generation 1.0 ms, ..., Total 12.3 ms" */
static void read_jit(struct reader *r, const char *line)
{
        struct json *jit = json_get(r->top, "JIT");
        const char *total = strstr(line, "Total ");
        if (!strncmp(line, "Functions: ", 11))
                json_put_int(jit, "Functions", atoll(line + 11));
        if (!strncmp(line, "Timing: ", 8) && total)
                json_put_real(json_put_object(jit, "Timing"), "Total", atof(total + 6));
}

static bool read_summary(struct reader *r, const char *line)
{
        if (!strcmp(line, "JIT:")) {
                json_put_object(r->top, "JIT");
                r->in_jit = true;
        } else if (r->in_jit && strncmp(line, "Trigger ", 8) && strncmp(line, "Execution Time: ", 16)) {
                read_jit(r, line);
        } else if (!strncmp(line, "Planning Time: ", 15)) {
                json_put_real(r->top, "Planning Time", atof(line + 15));
        } else if (!strncmp(line, "Execution Time: ", 16)) {
                json_put_real(r->top, "Execution Time", atof(line + 16));
        } else if (!strncmp(line, "Query Identifier: ", 18)) {
                json_put_int(r->top, "Query Identifier", atoll(line + 18));
        } else if (!strncmp(line, "Trigger ", 8)) {
                read_trigger(r, line);
        } else {
                return false;
        }
        return true;
}

static bool is_label(const char *line)
{
        static const char *const leads[] = {"InitPlan ", "SubPlan ", "CTE "};
        for (size_t i = 0; i < 3; i++)
                if (!strncmp(line, leads[i], strlen(leads[i])) && !strchr(line, ':'))
                        return true;
        return false;
}

static void read_property(struct reader *r, const char *line)
{
        static const char *const lists[] = {"Sort Key", "Group Key", "Presorted Key"};
        static const char *const numbers[] = {"Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck", "Heap Fetches",
                                              "Subplans Removed", "Workers Planned", "Workers Launched"};
        static const char *const texts[] = {"Filter", "Index Cond", "Recheck Cond", "Join Filter", "Hash Cond", "Merge Cond", "One-Time Filter", "TID Cond"};
        const char *colon = strstr(line, ": ");
        struct json *node = r->depth ? r->stack[r->depth - 1].node : NULL;
        if (!node || !colon)
                return;
        char key[64];
        snprintf(key, sizeof key, "%.*s", (int)(colon - line), line);
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
                if (!strcmp(lists[i], key))
                        put_list(node, key, colon + 2);
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
                if (!strcmp(numbers[i], key))
                        json_put_int(node, key, atoll(colon + 2));
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                if (!strcmp(texts[i], key))
                        json_put_text(node, key, colon + 2);
        if (!strcmp(key, "Sort Method"))
                read_sort(node, colon + 2);
        if (!strcmp(key, "Buckets") || !strcmp(key, "Batches"))
                read_hash(node, line);
        if (!strcmp(key, "Heap Blocks")) {
                put_number_after(node, "Exact Heap Blocks", line, "exact=");
                put_number_after(node, "Lossy Heap Blocks", line, "lossy=");
        }
        const char *temp = strcmp(key, "Buffers") ? NULL : strstr(line, "temp ");
        if (temp)
                put_number_after(node, "Temp Written Blocks", temp, "written=");
}

/* ── Lines ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* "SubPlan 1", "InitPlan 1 (returns $0)" */
static void take_label(struct reader *r, const char *p, int column)
{
        size_t n = strcspn(p, "(");
        while (n && p[n - 1] == ' ')
                n--;
        snprintf(r->label, sizeof r->label, "%.*s", (int)n, p);
        r->label_column = column;
}

static void read_line(struct reader *r, const char *line)
{
        int column = (int)strspn(line, " ");
        const char *p = line + column, *figures = strstr(p, "  (cost=");
        bool arrow = take_prefix(&p, "->  ");
        if (figures)
                read_node(r, p, (size_t)(figures - p), !arrow ? -1 : *r->label ? r->label_column : column, figures + 2);
        else if (is_label(p))
                take_label(r, p, column);
        else if (!read_summary(r, p))
                read_property(r, p);
}

/* The text of the statement goes on until the first line of the plan. */
static const char *read_query(struct reader *r, const char *text)
{
        if (strncmp(text, "Query Text: ", 12) != 0)
                return text;
        CLEANUP(str_release) struct str query = {0};
        const char *p = text + 12;
        while (*p) {
                size_t n = strcspn(p, "\n");
                CLEANUP(str_release) struct str line = {0};
                str_add_len(&line, p, n);
                if (strstr(str_text(&line), "  (cost=") || !strncmp(p, "Query Parameters: ", 18))
                        break;
                str_printf(&query, "%s%s", query.len ? "\n" : "", str_text(&line));
                p += n + (p[n] == '\n');
        }
        json_put_text(r->top, "Query Text", str_text(&query));
        return p;
}

int plantext_read(const char *text, struct json **ret_json, struct err *err)
{
        CLEANUP(json_free) struct json *top = json_new_object();
        struct reader r = {.top = top};
        for (const char *p = read_query(&r, text); *p;) {
                size_t n = strcspn(p, "\n");
                CLEANUP(str_release) struct str line = {0};
                str_add_len(&line, p, n < LINE_MAX_BYTES ? n : LINE_MAX_BYTES);
                read_line(&r, str_text(&line));
                p += n + (p[n] == '\n');
        }
        if (!json_get(top, "Plan"))
                return err_set(err, ERR_PARSE, "no line of it is a node of a plan");
        *ret_json = top;
        top = NULL;
        return 0;
}

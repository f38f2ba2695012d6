/* perfadvise-explain/1 */
#include "explain/explain.h"
#include "lib/json.h"

#include <math.h>

static void put_finding(struct json *list, const struct finding *f)
{
        struct json *j = json_add_object(list);
        json_put_text(j, "key", f->key);
        json_put_text(j, "rule", f->rule);
        json_put_text(j, "severity", severity_names[f->severity]);
        json_put_text(j, "message", f->message);
        if (f->fix)
                json_put_text(j, "fix", f->fix);
}

static void put_known(struct json *j, const char *key, const char *text)
{
        if (text)
                json_put_text(j, key, text);
}

static void put_measured(struct json *j, const char *key, double v)
{
        if (!isnan(v))
                json_put_real(j, key, v);
}

static void put_node(struct json *list, const struct explained_node *n)
{
        struct json *j = json_add_object(list);
        json_put_int(j, "parent", n->parent);
        const struct {
                const char *key, *text;
        } texts[] = {{"type", n->type}, {"relationship", n->relationship}, {"join_type", n->join_type}, {"strategy", n->strategy}, {"schema", n->schema},
                     {"relation", n->relation}, {"alias", n->alias}, {"index", n->index}, {"index_cond", n->index_cond}, {"recheck_cond", n->recheck_cond},
                     {"filter", n->filter}, {"join_filter", n->join_filter}, {"join_cond", n->join_cond}, {"sort_key", n->sort_key}, {"group_key", n->group_key},
                     {"spill", n->spill}};
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                put_known(j, texts[i].key, texts[i].text);
        const struct {
                const char *key;
                double v;
        } reals[] = {{"plan_rows", n->plan_rows}, {"cost", n->cost}, {"share_frac", n->share_frac}, {"table_rows", n->table_rows}, {"rows", n->rows},
                     {"loops", n->loops}, {"ms", n->ms}, {"self_ms", n->self_ms}, {"removed", n->removed}, {"misestimate", n->misestimate}};
        for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
                put_measured(j, reals[i].key, reals[i].v);
        struct json *findings = json_put_array(j, "findings");
        for (size_t i = 0; i < n->findings.len; i++)
                put_finding(findings, n->findings.items[i]);
}

static void put_statement(struct json *j, const struct explained *x)
{
        put_known(j, "target", x->target);
        put_known(j, "queryid", x->queryid);
        json_put_text(j, "fingerprint", x->fingerprint);
        json_put_text(j, "query", x->query);
        json_put_text(j, "source", x->source);
        json_put_real(j, "calls", x->calls);
        json_put_real(j, "mean_ms", x->mean_ms);
        json_put_real(j, "stddev_ms", x->stddev_ms);
        json_put_real(j, "total_ms", x->total_ms);
        json_put_real(j, "share_frac", x->share_frac);
        json_put_real(j, "rows_per_call", x->rows_per_call);
        json_put_real(j, "blocks_per_call", x->blocks_per_call);
}

static void put_plan(struct json *j, const struct explained *x)
{
        json_put_text(j, "hash", x->hash);
        json_put_text(j, "method", x->method);
        json_put_text(j, "params", x->params);
        json_put_text(j, "failure", x->failure);
        json_put_bool(j, "measured", x->actual);
        json_put_real(j, "cost", x->cost);
        json_put_real(j, "exec_ms", x->exec_ms);
        struct json *nodes = json_put_array(j, "nodes");
        for (size_t i = 0; i < x->nodes.len; i++)
                put_node(nodes, &x->nodes.items[i]);
}

void explain_write_json(const struct explained *x, struct str *out)
{
        CLEANUP(json_free) struct json *j = json_new_object();
        json_put_text(j, "schema", "perfadvise-explain/1");
        put_statement(json_put_object(j, "statement"), x);
        put_plan(json_put_object(j, "plan"), x);
        struct json *findings = json_put_array(j, "findings"), *cases = json_put_array(j, "cases"), *history = json_put_array(j, "history");
        for (size_t i = 0; i < x->findings.len; i++)
                put_finding(findings, x->findings.items[i]);
        for (size_t i = 0; i < x->cases.len; i++) {
                const struct explained_case *c = &x->cases.items[i];
                struct json *k = json_add_object(cases);
                json_put_text(k, "method", c->method);
                json_put_text(k, "params", c->params);
                json_put_text(k, "hash", c->hash);
                json_put_text(k, "failure", c->failure);
                json_put_real(k, "cost", c->cost);
                json_put_real(k, "rows", c->rows);
                put_measured(k, "exec_ms", c->exec_ms);
        }
        for (size_t i = 0; i < x->history.len; i++) {
                const struct explained_past *h = &x->history.items[i];
                struct json *k = json_add_object(history);
                json_put_text(k, "hash", h->hash);
                json_put_text(k, "first", h->first);
                json_put_text(k, "last", h->last);
                json_put_int(k, "captures", h->runs);
                json_put_real(k, "least_cost", h->least_cost);
                json_put_real(k, "greatest_cost", h->greatest_cost);
        }
        json_dump(j, 2, out);
        str_add_char(out, '\n');
}

/*
 * One page without links, scripts or anything from elsewhere: the statement, its plan as nested boxes with bars for the share of each node, and
 * the findings on the nodes. Everything that comes from a database is text (encode_xml).
 */
#include "base/num.h"
#include "explain/explain.h"
#include "out/encode.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char style[] =
        ":root{color-scheme:light dark;--line:#8886;--soft:#8882;--info:#2a6f97;--warning:#9a6700;--critical:#b3261e}"
        "@media(prefers-color-scheme:dark){:root{--info:#7cc0e8;--warning:#e3b341;--critical:#ff8a80}}"
        "body{font:15px/1.45 system-ui,sans-serif;max-width:68rem;margin:1.5rem auto;padding:0 1rem}h1{font-size:1.25rem}h2{font-size:1.05rem;margin-top:1.6rem}"
        "pre,code,.cond{font-family:ui-monospace,monospace;font-size:13px;white-space:pre-wrap;overflow-wrap:anywhere}pre{background:var(--soft);padding:.7rem;border-radius:6px}"
        "ul.plan,ul.plan ul{list-style:none;margin:0;padding-left:1.1rem;border-left:1px solid var(--line)}ul.plan{padding-left:0;border:0}"
        "li.node{margin:.45rem 0}.head{display:flex;gap:.6rem;flex-wrap:wrap;align-items:baseline}.title{font-weight:600;overflow-wrap:anywhere}"
        ".bar{flex:0 0 6rem;height:.55rem;background:var(--soft);border-radius:3px;overflow:hidden}.bar i{display:block;height:100%;background:#d9822b}"
        ".figures{opacity:.75;font-size:13px}.cond{opacity:.85}.finding{margin:.25rem 0;padding:.3rem .55rem;border-left:3px solid;background:var(--soft);border-radius:0 4px 4px 0}"
        ".info{border-color:var(--info)}.warning{border-color:var(--warning)}.critical{border-color:var(--critical)}.finding b{font-weight:600}"
        ".info b{color:var(--info)}.warning b{color:var(--warning)}.critical b{color:var(--critical)}table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left}"
        "td.n{text-align:right;font-variant-numeric:tabular-nums}";

static void add(struct str *out, const char *text)
{
        encode_xml(out, text ? text : "");
}

static const char *count(char buf[32], double v)
{
        return isnan(v) ? "?" : num_count(buf, v);
}

static void write_finding(struct str *out, const struct finding *f)
{
        str_printf(out, "<div class=\"finding %s\"><b>%s ", severity_names[f->severity], severity_names[f->severity]);
        add(out, f->rule);
        str_add(out, "</b> ");
        add(out, f->message);
        if (f->fix) {
                str_add(out, "<br><span class=figures>");
                add(out, f->fix);
                str_add(out, "</span>");
        }
        str_add(out, "</div>\n");
}

static void write_figures(struct str *out, const struct explained *x, const struct explained_node *n)
{
        char a[32], b[32];
        str_add(out, "<span class=figures>");
        if (x->actual && n->loops > 0) {
                str_printf(out, "%s rows, %s expected", count(a, n->rows), count(b, n->plan_rows));
                if (n->removed > 0)
                        str_printf(out, ", %s removed", count(a, n->removed));
                if (n->loops > 1)
                        str_printf(out, ", %s times", count(a, n->loops));
                str_printf(out, ", %.1f ms", n->self_ms);
        } else if (x->actual) {
                str_add(out, "never run");
        } else {
                str_printf(out, "%s rows", count(a, n->plan_rows));
                if (!isnan(n->table_rows))
                        str_printf(out, " of %s", count(a, n->table_rows));
                str_printf(out, ", cost %s", count(b, n->cost));
        }
        str_add(out, "</span>");
}

static void write_node(struct arena *a, struct str *out, const struct explained *x, size_t i)
{
        const struct explained_node *n = &x->nodes.items[i];
        const char *text;
        bool open = false;
        double share = isnan(n->share_frac) ? 0 : fmin(fmax(n->share_frac, 0), 1);
        str_add(out, "<li class=node><div class=head><span class=title>");
        add(out, explain_title(a, n));
        str_printf(out, "</span><span class=bar title=\"%.0f %%\"><i style=\"width:%.1f%%\"></i></span>", 100 * share, 100 * share);
        write_figures(out, x, n);
        str_add(out, "</div>\n");
        for (int k = 0; (text = explain_detail(a, n, k)); k++) {
                str_add(out, "<div class=cond>");
                add(out, text);
                str_add(out, "</div>\n");
        }
        for (size_t k = 0; k < n->findings.len; k++)
                write_finding(out, n->findings.items[k]);
        for (size_t k = i + 1; k < x->nodes.len; k++)
                if (x->nodes.items[k].parent == (int)i) {
                        str_add(out, open ? "" : "<ul>\n");
                        open = true;
                        write_node(a, out, x, k);
                }
        str_add(out, open ? "</ul></li>\n" : "</li>\n");
}

static void write_statement(struct str *out, const struct explained *x)
{
        char a[32], b[32];
        str_add(out, "<h1>Statement ");
        add(out, x->queryid);
        str_add(out, " of ");
        add(out, x->target);
        str_add(out, "</h1>\n<pre>");
        add(out, x->query);
        str_add(out, "</pre>\n");
        if (x->source) {
                str_add(out, "<p>Sent from <code>");
                add(out, x->source);
                str_add(out, "</code></p>\n");
        }
        if (!isnan(x->calls))
                str_printf(out, "<p>%s calls, %.2f ms each (deviation %.2f ms), %.0f %% of the database's time, %s rows a call.</p>\n", count(a, x->calls), x->mean_ms, x->stddev_ms,
                           100 * x->share_frac, count(b, x->rows_per_call));
        for (size_t i = 0; i < x->findings.len; i++)
                write_finding(out, x->findings.items[i]);
}

static void write_cases(struct str *out, const struct explained *x)
{
        char buf[32];
        if (x->cases.len > 1)
                str_add(out, "<h2>Other values</h2>\n<table><tr><th>values<th>plan<th>cost<th>rows<th>measured</tr>\n");
        for (size_t i = 0; x->cases.len > 1 && i < x->cases.len; i++) {
                const struct explained_case *c = &x->cases.items[i];
                str_add(out, "<tr><td>");
                add(out, c->failure ? c->failure : c->params ? c->params : c->method);
                str_printf(out, "<td><code>%.8s</code><td class=n>%s", c->hash ? c->hash : "", count(buf, c->cost));
                str_printf(out, "<td class=n>%s", count(buf, c->rows));
                if (isnan(c->exec_ms))
                        str_add(out, "<td></tr>\n");
                else
                        str_printf(out, "<td class=n>%.1f ms</tr>\n", c->exec_ms);
        }
        str_add(out, x->cases.len > 1 ? "</table>\n" : "");
}

static void write_history(struct str *out, const struct explained *x)
{
        char a[32], b[32];
        if (x->history.len < 2)
                return;
        str_add(out, "<h2>Plans before</h2>\n<table><tr><th>plan<th>first<th>last<th>captures<th>cost</tr>\n");
        for (size_t i = 0; i < x->history.len; i++) {
                const struct explained_past *h = &x->history.items[i];
                str_printf(out, "<tr><td><code>%.8s</code><td>%s<td>%s<td class=n>%lld<td class=n>%s to %s</tr>\n", h->hash, h->first, h->last, (long long)h->runs,
                           count(a, h->least_cost), count(b, h->greatest_cost));
        }
        str_add(out, "</table>\n");
}

void explain_write_html(struct arena *a, const struct explained *x, struct str *out)
{
        str_printf(out,
                   "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width,initial-scale=1\">"
                   "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>perfadvise explain</title>"
                   "<style>%s</style>\n<body>\n",
                   style);
        write_statement(out, x);
        str_printf(out, "<h2>Plan%s</h2>\n", !x->hash ? "" : x->actual ? ", as it was run" : x->params && !strcmp(x->params, "generic") ? ", estimated for any parameters" : "");
        if (x->nodes.len) {
                str_add(out, "<ul class=plan>\n");
                write_node(a, out, x, 0);
                str_add(out, "</ul>\n");
        } else {
                str_add(out, "<p>");
                add(out, x->failure ? x->failure : "it was not planned");
                str_add(out, "</p>\n");
        }
        write_cases(out, x);
        write_history(out, x);
        str_add(out, "</body></html>\n");
}

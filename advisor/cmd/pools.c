/* pools: the right size of every connection pool, by the newest capture, with the curve behind it. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/wrap.h"
#include "change/curve_json.h"
#include "cmd/cmd.h"
#include "facts.h"
#include "model/oracle.h"
#include "model/pool_answer.h"
#include "out/curve.h"
#include "out/encode.h"

#include <math.h>
#include <string.h>

enum { OPT_OUTPUT, OPT_RUN, COLUMNS = 80 };

static const struct option_spec options[] = {
        [OPT_OUTPUT] = {"output", 'o', "FORMAT[:FILE]", "text, json or html (default: text)"},
        [OPT_RUN] = {"run", 'r', "RUN", "as of this capture (default: the newest)"},
        {0},
};

struct request {
        const char *format, *file, *run, *pool;
};

static int parse(struct app *app, int argc, char **argv, struct request *q, struct err *err)
{
        struct option_walk w = option_walk(options, argc, argv);
        const char *value;
        q->format = "text";
        for (int o; (o = option_next(&w, &value, err)) != OPTION_END;) {
                const char *colon = o == OPT_OUTPUT ? strchr(value, ':') : NULL;
                if (o == OPT_OUTPUT) {
                        q->format = colon ? arena_strndup(app->arena, value, (size_t)(colon - value)) : value;
                        q->file = colon ? colon + 1 : NULL;
                        if (strcmp(q->format, "text") && strcmp(q->format, "json") && strcmp(q->format, "html"))
                                return err_set(err, ERR_USAGE, "'%s' is no format of pools: text, json or html", q->format);
                } else if (o == OPT_RUN) {
                        q->run = value;
                } else if (o == OPTION_OPERAND && !q->pool) {
                        q->pool = value;
                } else {
                        return o == OPTION_OPERAND ? err_set(err, ERR_USAGE, "unexpected argument '%s'", value) : -ERR_USAGE;
                }
        }
        return 0;
}

static int load(struct app *app, const struct request *q, struct facts **ret, struct err *err)
{
        CLEANUP(store_close) struct store *store = NULL;
        const char *path;
        int64_t run;
        int r = app_config(app, err);
        if (r < 0 || (r = app_history_path(app, false, &path, err)) < 0)
                return r;
        if (!fs_exists(path)) {
                err_set(err, ERR_USAGE, "no history at '%s'", path);
                return err_hint(err, "Run `perfadvise capture` first.");
        }
        if ((r = store_open(path, 0, &store, err)) < 0 || (q->run && (r = store_find_run(store, q->run, &run, err)) < 0) ||
            (r = store_window(store, q->run ? &run : NULL, q->run ? 1 : 0, err)) < 0)
                return r;
        return facts_load(app->arena, store, app->config, ret, err);
}

/* ── Text ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void add_line(struct str *out, const char *label, const char *value)
{
        CLEANUP(str_release) struct str visible = {0};
        str_add_visible(&visible, value, false);
        str_printf(out, "  %s: ", label);
        wrap_words(out, strlen(label) + 4, COLUMNS, "    ", str_text(&visible));
}

static void write_text(const struct pool_answers *all, bool colour, struct str *out)
{
        for (size_t i = 0; i < all->fleet.len; i++)
                add_line(out, all->fleet.items[i].label, all->fleet.items[i].value);
        for (size_t i = 0; i < all->items.len; i++) {
                const struct pool_answer *x = &all->items.items[i];
                str_add(out, colour ? "\n\033[1m" : "\n");
                str_add_visible(out, x->subject, false);
                str_printf(out, "%s\n", colour ? "\033[0m" : "");
                add_line(out, x->unknown ? "unknown" : "advised", x->unknown ? x->unknown : x->title);
                for (size_t k = 0; k < x->lines.len; k++)
                        add_line(out, x->lines.items[k].label, x->lines.items[k].value);
                if (x->curve.points.len) {
                        str_add(out, "  predicted, in ms:\n");
                        curve_text(out, &x->curve, 4);
                }
                for (size_t k = 0; k < x->wrong.len; k++)
                        add_line(out, k ? "or" : "wrong if", x->wrong.items[k]);
        }
        if (!all->items.len)
                str_add(out, "no pool was found in the sources\n");
}

/* ── JSON ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void write_lines(const struct evidence *e, size_t n, struct json *list)
{
        for (size_t i = 0; i < n; i++) {
                struct json *o = json_add_object(list);
                json_put_text(o, "label", e[i].label);
                json_put_text(o, "value", e[i].value);
        }
}

static void write_answer_json(const struct pool_answer *x, struct json *o)
{
        curve_json(&x->all, o);
        if (x->unknown)
                json_put_text(o, "subject", x->subject);
        json_put_text(o, "unknown", x->unknown);
        if (x->unknown)
                return;
        json_put_text(o, "title", x->title);
        json_put_int(o, "want_lo", x->want_lo);
        json_put_int(o, "want_hi", x->want_hi);
        json_put_int(o, "knee", x->knee);
        json_put_real(o, "offered", x->offered);
        json_put_real(o, "error_frac", x->error_frac);
        write_lines(x->lines.items, x->lines.len, json_put_array(o, "lines"));
        struct json *wrong = json_put_array(o, "wrong_if");
        for (size_t k = 0; k < x->wrong.len; k++)
                json_add_text(wrong, x->wrong.items[k]);
}

static void write_json(const struct pool_answers *all, struct str *out)
{
        CLEANUP(json_free) struct json *root = json_new_object();
        json_put_text(root, "schema", "perfadvise-pools/1");
        write_lines(all->fleet.items, all->fleet.len, json_put_array(root, "fleet"));
        struct json *list = json_put_array(root, "pools");
        for (size_t i = 0; i < all->items.len; i++)
                write_answer_json(&all->items.items[i], json_add_object(list));
        if (all->pooler_known) {
                struct json *o = json_put_object(root, "shared_pooler");
                json_put_real(o, "instead_of", all->pooler_instead_of);
                write_answer_json(&all->pooler, o);
        }
        json_dump(root, 2, out);
        str_add_char(out, '\n');
}

/* ── One page, without scripts or anything from elsewhere ───────────────────────────────────────────────────────── */

static const char style[] = ":root{color-scheme:light dark}body{font:15px/1.45 system-ui,sans-serif;max-width:52rem;margin:1.5rem auto;padding:0 1rem}h1{font-size:1.3rem}"
                            "h2{font-size:1.1rem;margin:2rem 0 .2rem;overflow-wrap:anywhere}dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.6rem 0}"
                            "dt{opacity:.7}dd{margin:0}pre{font-size:12.5px;overflow-x:auto}svg{max-width:100%;height:auto}.big{font-weight:600}";

static void add_definition(struct str *out, const char *label, const char *value)
{
        str_add(out, "<dt>");
        encode_xml(out, label);
        str_add(out, "</dt><dd>");
        encode_xml(out, value);
        str_add(out, "</dd>\n");
}

static void write_answer_html(const struct pool_answer *x, struct str *out)
{
        str_add(out, "<section><h2>");
        encode_xml(out, x->subject);
        str_add(out, "</h2>\n<p class=big>");
        encode_xml(out, x->unknown ? x->unknown : x->title);
        str_add(out, "</p>\n");
        curve_svg(out, &x->curve);
        str_add(out, "<dl>\n");
        for (size_t k = 0; k < x->lines.len; k++)
                add_definition(out, x->lines.items[k].label, x->lines.items[k].value);
        for (size_t k = 0; k < x->wrong.len; k++)
                add_definition(out, k ? "or" : "wrong if", x->wrong.items[k]);
        str_add(out, "</dl>\n");
        if (x->curve.points.len) {
                CLEANUP(str_release) struct str table = {0};
                curve_text(&table, &x->curve, 0);
                str_add(out, "<pre>");
                encode_xml(out, str_text(&table));
                str_add(out, "</pre>");
        }
        str_add(out, "</section>\n");
}

static void write_html(const struct pool_answers *all, struct str *out)
{
        str_printf(out, "<!doctype html>\n<html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>Connection pools</title>"
                   "<style>%s</style>\n<h1>Connection pools</h1>\n<dl>\n", style);
        for (size_t i = 0; i < all->fleet.len; i++)
                add_definition(out, all->fleet.items[i].label, all->fleet.items[i].value);
        str_add(out, "</dl>\n");
        for (size_t i = 0; i < all->items.len; i++)
                write_answer_html(&all->items.items[i], out);
        str_add(out, "</html>\n");
}

/* Only the pools whose name has `part` in it. */
static void select_pools(struct pool_answers *all, const char *part)
{
        size_t n = 0;
        for (size_t i = 0; i < all->items.len; i++)
                if (!part || strstr(all->items.items[i].subject, part))
                        all->items.items[n++] = all->items.items[i];
        all->items.len = n;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        CLEANUP(str_release) struct str out = {0};
        struct request q = {0};
        struct facts *facts;
        struct pool_answers all = {0};
        int r = parse(app, argc, argv, &q, err);
        if (r < 0 || (r = load(app, &q, &facts, err)) < 0)
                return r;
        pool_answers(&(struct advise_in){.arena = app->arena, .facts = facts, .oracle = oracle_none(app->arena, "pools asks no server")}, &all);
        select_pools(&all, q.pool);
        if (!strcmp(q.format, "json"))
                write_json(&all, &out);
        else if (!strcmp(q.format, "html"))
                write_html(&all, &out);
        else
                write_text(&all, app->colour_out && !q.file, &out);
        if (q.file)
                return fs_write_output(q.file, str_text(&out), out.len, 0600, err);
        fwrite(str_text(&out), 1, out.len, stdout);
        return 0;
}

const struct command command_pools = {
        .name = "pools",
        .synopsis = "pools [-o FORMAT[:FILE]] [--run RUN] [POOL]",
        .summary = "the right size of every connection pool, and the waits predicted",
        .help = "Predicts wait and latency at each size from the traffic of the capture, one first-come queue a process, and names the\n"
                "smallest size that meets the objective for the pool wait at the upper end of the load. Nothing is asked of a server, and\n"
                "nothing is changed: `analyze` makes the change-set. POOL shows those with this in their name.",
        .options = options,
        .run = run,
};

/* verify: the same figures before and after a change-set, with intervals; exit 3 when something got worse. */
#include "verify/judge.h"
#include "base/fs.h"
#include "base/num.h"
#include "base/sys.h"
#include "cmd/changing.h"
#include "lib/json.h"
#include "out/out.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { OPT_BEFORE, OPT_AFTER, OPT_OUT, OPT_AUTO_ROLLBACK, OUTPUTS_MAX = 8, SHOWN = 8 };

static const struct option_spec options[] = {
        [OPT_BEFORE] = {"before", 0, "RUN", "the capture from before (default: the one that the change-set was made from)"},
        [OPT_AFTER] = {"after", 0, "RUN", "the capture from after (default: the newest begun since it was applied)"},
        [OPT_OUT] = {"output", 'o', "FORMAT[:FILE]", "text or json; may be given several times"},
        [OPT_AUTO_ROLLBACK] = {"auto-rollback", 0, NULL, "take the change-set back when it made something worse"},
        {0},
};

struct request {
        bool auto_rollback;
        const char *change_set, *before, *after;
        const char *outputs[OUTPUTS_MAX];
        size_t n_outputs;
};

struct verified {
        struct verify_subject subject;
        struct run_samples *before, *after;
        struct verification *v;
};

static int parse(int argc, char **argv, struct request *q, struct err *err)
{
        struct option_walk w = option_walk(options, argc, argv);
        const char *value;
        for (int o; (o = option_next(&w, &value, err)) != OPTION_END;) {
                if (o == OPT_BEFORE)
                        q->before = value;
                else if (o == OPT_AFTER)
                        q->after = value;
                else if (o == OPT_AUTO_ROLLBACK)
                        q->auto_rollback = true;
                else if (o == OPT_OUT && q->n_outputs < OUTPUTS_MAX && (str_starts(value, "json") || str_starts(value, "text")) &&
                         (!value[4] || (value[4] == ':' && value[5])))
                        q->outputs[q->n_outputs++] = value;
                else if (o == OPT_OUT) {
                        err_set(err, ERR_USAGE, "cannot write '%s'", value);
                        return err_hint(err, "Formats are text and json; FORMAT:FILE writes into a file.");
                } else if (o == OPTION_OPERAND && !q->change_set)
                        q->change_set = value;
                else
                        return o == OPTION_OPERAND ? err_set(err, ERR_USAGE, "unexpected argument '%s'", value) : -ERR_USAGE;
        }
        return 0;
}

/* ── Text ───────────────────────────────────────────────────────────────────────────────────────────────────────── */
static const char *change_text(char buf[48], const struct figure_spec *spec, const struct compare_result *r)
{
        char lo[32], hi[32];
        if (isnan(r->lo) || isnan(r->hi))
                return strcpy(buf, "");
        if (!strcmp(spec->unit, "frac"))
                snprintf(buf, 48, "%+.1f .. %+.1f points", 100 * r->lo, 100 * r->hi);
        else
                snprintf(buf, 48, "%s%s .. %s%s", r->lo < 0 ? "-" : "+", out_figure_value(lo, spec, fabs(r->lo)), r->hi < 0 ? "-" : "+",
                         out_figure_value(hi, spec, fabs(r->hi)));
        return buf;
}

static void text_figure(struct str *s, const struct figure_spec *spec, const struct verified_figure *f)
{
        char before[32], after[32], target[32], change[48];
        str_printf(s, "  %-21s %8s %8s  %-21s", spec->title, out_figure_value(before, spec, f->r.before), out_figure_value(after, spec, f->r.after),
                   f->r.verdict == VERDICT_UNKNOWN ? "" : change_text(change, spec, &f->r));
        bool frac = !strcmp(spec->unit, "frac");
        snprintf(target, sizeof target, "%c%g %s", spec->more_is_better ? '>' : '<', frac ? 100 * f->target : f->target, frac ? "%" : spec->unit);
        str_printf(s, " %-6s %s\n", target, verdict_names[f->r.verdict]);
        if (f->r.verdict == VERDICT_UNKNOWN && f->r.reason)
                str_printf(s, "      unknown: %s\n", f->r.reason);
}

static void text_statement(struct str *s, const struct verified_statement *st)
{
        char before[32], after[32], calls[32], lo[16], hi[16];
        snprintf(lo, sizeof lo, "%+.0f", fmax(-100, 100 * st->r.lo / st->r.before)); /* a mean cannot fall below zero */
        snprintf(hi, sizeof hi, "%+.0f", 100 * st->r.hi / st->r.before);
        str_printf(s, "  %-10s %9s -> %-9s %5s .. %s %%, %s calls\n", st->regression ? "REGRESSION" : verdict_names[st->r.verdict],
                   num_ms(before, st->r.before), num_ms(after, st->r.after), lo, hi, num_count(calls, st->r.n_after));
        CLEANUP(str_release) struct str line = {0};
        const char *query = st->after->query ? st->after->query : st->after->queryid;
        for (const char *p = query; *p && line.len < 66; p++)
                if (*p != ' ' && *p != '\n' && *p != '\t')
                        str_add_char(&line, *p);
                else if (line.len && line.buf[line.len - 1] != ' ')
                        str_add_char(&line, ' ');
        str_add(s, "             ");
        str_add_visible(s, str_text(&line), false);
        str_add_char(s, '\n');
}

static void text_statements(struct str *s, const struct verification *v)
{
        size_t shown = 0, changed = 0, smaller = 0;
        for (size_t i = 0; i < v->statements.len; i++) {
                changed += v->statements.items[i].notable;
                smaller += !v->statements.items[i].notable && v->statements.items[i].r.verdict >= VERDICT_BETTER;
        }
        if (!v->statements.len)
                str_add(s, "\nstatements: unknown, pg_stat_statements was not captured on both sides\n");
        else
                str_printf(s, "\nstatements, mean of a call: %zu changed of %zu\n", changed, v->statements.len);
        for (int pass = 0; pass < 2; pass++) /* regressions are never cut off */
                for (size_t i = 0; i < v->statements.len; i++) {
                        const struct verified_statement *st = &v->statements.items[i];
                        if (st->regression == (pass == 0) && st->notable && (st->regression || shown++ < SHOWN))
                                text_statement(s, st);
                }
        smaller += shown > SHOWN ? shown - SHOWN : 0;
        if (smaller)
                str_printf(s, "  %s%zu smaller change%s\n", changed ? "and " : "", smaller, smaller == 1 ? "" : "s");
}

static void text_run(struct str *s, const char *what, const struct run_samples *r)
{
        char when[32] = "";
        time_t t = (time_t)(r->started_us / 1000000);
        struct tm tm;
        if (localtime_r(&t, &tm))
                strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &tm);
        str_printf(s, "  %-7s run %lld, %s, %.0f s\n", what, (long long)r->run, when, (double)(r->ended_us - r->started_us) / 1e6);
}

static void write_text(const struct verified *d, struct str *s)
{
        str_printf(s, "verify %s: %s\n", d->subject.change_set ? d->subject.change_set : "two captures", verdict_names[d->v->verdict]);
        text_run(s, "before", d->before);
        text_run(s, "after", d->after);
        str_printf(s, "\n  %-21s %8s %8s  %-21s %s\n", "figure", "before", "after", "change (95 %)", "target");
        for (int i = 0; i < FIGURE_COUNT; i++)
                text_figure(s, &figure_specs[i], &d->v->figures[i]);
        text_statements(s, d->v);
        str_add(s, "\nmethod: p95s and ratios by moving-block bootstrap over the capture's intervals,\n"
                   "starts by rank test, statements by Welch's interval on the mean; \"same\" is a\n"
                   "change whose 95 % interval holds 0\n");
}

/* ── JSON ───────────────────────────────────────────────────────────────────────────────────────────────────────── */
static void put_result(struct json *j, const struct compare_result *r)
{
        json_put_real(j, "before", r->before);
        json_put_real(j, "after", r->after);
        json_put_real(j, "lo", r->lo);
        json_put_real(j, "hi", r->hi);
        json_put_real(j, "n_before", r->n_before);
        json_put_real(j, "n_after", r->n_after);
        json_put_text(j, "verdict", verdict_names[r->verdict]);
        json_put_text(j, "method", r->method);
        if (r->reason)
                json_put_text(j, "reason", r->reason);
}

static void json_figure(struct json *list, const struct figure_spec *spec, const struct verified_figure *f)
{
        struct json *j = json_add_object(list);
        json_put_text(j, "name", spec->name);
        json_put_text(j, "unit", spec->unit);
        json_put_real(j, "target", f->target);
        put_result(j, &f->r);
        if (f->r.verdict == VERDICT_UNKNOWN && isnan(f->r.after))
                json_put_null(j, "met");
        else
                json_put_bool(j, "met", f->met);
        json_put_bool(j, "regression", f->regression);
        json_put_text(j, "source", f->source);
}

static void json_statement(struct json *list, const struct verified_statement *st)
{
        struct json *j = json_add_object(list);
        json_put_text(j, "target", st->after->target);
        json_put_text(j, "queryid", st->after->queryid);
        json_put_text(j, "query", st->after->query);
        json_put_text(j, "unit", "ms");
        put_result(j, &st->r);
        json_put_real(j, "share", st->share_frac);
        json_put_bool(j, "notable", st->notable);
        json_put_bool(j, "regression", st->regression);
}

static void put_run(struct json *j, const char *key, const struct run_samples *r)
{
        struct json *o = json_put_object(j, key);
        json_put_int(o, "run", r->run);
        json_put_int(o, "started_us", r->started_us);
        json_put_int(o, "ended_us", r->ended_us);
}

/* lo and hi are the 95 % interval of after - before. */
static void write_json(const struct verified *d, struct str *s)
{
        CLEANUP(json_free) struct json *j = json_new_object();
        json_put_text(j, "schema", "perfadvise/1");
        json_put_text(j, "kind", "verification");
        json_put_text(j, "change_set", d->subject.change_set);
        put_run(j, "before", d->before);
        put_run(j, "after", d->after);
        struct json *figures = json_put_array(j, "figures");
        for (int i = 0; i < FIGURE_COUNT; i++)
                json_figure(figures, &figure_specs[i], &d->v->figures[i]);
        struct json *statements = json_put_array(j, "statements");
        for (size_t i = 0; i < d->v->statements.len; i++)
                json_statement(statements, &d->v->statements.items[i]);
        json_put_int(j, "regressions", (int64_t)d->v->regressions);
        json_put_text(j, "verdict", verdict_names[d->v->verdict]);
        json_dump(j, 2, s);
        str_add_char(s, '\n');
}

/* ── Doing it ───────────────────────────────────────────────────────────────────────────────────────────────────── */
static int find_run(struct store *store, const char *name, int64_t *ret_run, struct err *err)
{
        *ret_run = 0;
        return name ? store_find_run(store, name, ret_run, err) : 0;
}

static int compare(struct app *app, struct store *store, const struct request *q, struct verified *d, struct err *err)
{
        int64_t before, after;
        int r = find_run(store, q->before, &before, err);
        if (r == 0)
                r = find_run(store, q->after, &after, err);
        if (r == 0)
                r = verify_find(app->arena, store, q->change_set, before, after, &d->subject, err);
        if (r == 0)
                r = run_samples_load(app->arena, store, d->subject.before, &d->before, err);
        if (r == 0)
                r = run_samples_load(app->arena, store, d->subject.after, &d->after, err);
        if (r == 0)
                d->v = verification_judge(app->arena, app->config, d->before, d->after);
        return r;
}

static int keep(struct store *store, const struct verified *d, struct err *err)
{
        CLEANUP(str_release) struct str body = {0};
        CLEANUP(stmt_free) struct stmt *st = NULL;
        write_json(d, &body);
        int r = stmt_prepare(store_db(store), "INSERT INTO verification (change_set, run_before, run_after, at_us, body) VALUES (?,?,?,?,?)", &st, err);
        if (r < 0)
                return r;
        stmt_bind_text(st, 1, d->subject.change_set);
        stmt_bind_int(st, 2, d->subject.before);
        stmt_bind_int(st, 3, d->subject.after);
        stmt_bind_int(st, 4, sys.realtime_us());
        stmt_bind_text(st, 5, str_text(&body));
        return stmt_step(st, err);
}

static int keep_file(struct app *app, const struct verified *d, struct err *err)
{
        CLEANUP(str_release) struct str body = {0};
        if (!d->subject.path || !fs_is_dir(d->subject.path))
                return 0;
        write_json(d, &body);
        return fs_replace(fs_join(app->arena, d->subject.path, "verify.json"), str_text(&body), body.len, 0600, err);
}

static int write_one(const char *output, const struct verified *d, struct err *err)
{
        CLEANUP(str_release) struct str s = {0};
        str_starts(output, "json") ? write_json(d, &s) : write_text(d, &s);
        if (output[4] == ':')
                return fs_write_output(output + 5, str_text(&s), s.len, 0600, err);
        fwrite(str_text(&s), 1, s.len, stdout);
        return 0;
}

static int say(const struct request *q, const struct verified *d, struct err *err)
{
        if (!q->n_outputs)
                return write_one("text", d, err);
        int r = 0;
        for (size_t i = 0; r == 0 && i < q->n_outputs; i++)
                r = write_one(q->outputs[i], d, err);
        return r;
}

static int refuse(const struct verified *d, bool rolled_back, struct err *err)
{
        err_set(err, ERR_REFUSED, "%zu regression%s", d->v->regressions, d->v->regressions == 1 ? "" : "s");
        err->state = rolled_back ? "the change-set was rolled back" : "nothing changed";
        return d->subject.change_set && !rolled_back ? err_hint(err, "`perfadvise rollback %s` takes the change-set back.", d->subject.change_set) : -ERR_REFUSED;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        struct request q = {0};
        struct verified d = {0};
        const char *path;
        CLEANUP(store_close) struct store *store = NULL;
        int r = parse(argc, argv, &q, err);
        if (r == 0 && (r = app_history_path(app, false, &path, err)) == 0)
                r = store_open(path, fs_exists(path) ? STORE_WRITE : 0, &store, err);
        if (r == 0)
                r = compare(app, store, &q, &d, err);
        if (r == 0)
                r = keep(store, &d, err);
        if (r == 0)
                r = keep_file(app, &d, err);
        if (r == 0)
                r = say(&q, &d, err);
        if (r < 0 || !d.v->regressions)
                return r;
        bool take_back = q.auto_rollback && d.subject.change_set;
        store = store_close(store); /* rollback writes the history itself */
        if (take_back && (r = changing_take_back(app, d.subject.change_set, false, stderr, err)) < 0)
                return r;
        return refuse(&d, take_back, err);
}

const struct command command_verify = {
        .name = "verify",
        .synopsis = "verify [--before RUN] [--after RUN] [--auto-rollback] [-o FORMAT[:FILE]]... [CHANGESET]",
        .summary = "before against after a change-set; exit 3 when it got worse",
        .help = "Compares the capture that a change-set was made from with the newest one since it was applied: the six\n"
                "figures with a 95 % interval of their change, and every statement. A change whose interval holds 0 is\n"
                "\"same\". A statement of at least 1 % of the database time that grew by 20 % or more, provably, is a\n"
                "regression: exit status 3. Changes below 0.05 ms a call, or of statements below 0.5 % of the time on both sides,\n"
                "are only counted. The result is kept in the history and in the change-set's folder.",
        .options = options,
        .run = run,
};

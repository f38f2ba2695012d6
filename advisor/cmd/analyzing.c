#include "cmd/analyzing.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/sys.h"
#include "change/changeset.h"
#include "change/preview.h"
#include "cmd/changing.h"
#include "cmd/ruleset.h"
#include "cmd/source_cache.h"
#include "cmd/sources.h"
#include "facts.h"
#include "oracle/oracles.h"
#include "rule/engine.h"
#include "rule/pattern.h"
#include "store/change_set.h"
#include "verify/shifts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ── What is analysed ───────────────────────────────────────────────────────────────────────────────────────────── */

static const char *describe_capture(struct analyzing *z)
{
        struct arena *a = z->app->arena;
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (stmt_prepare(store_db(z->store),
                         "SELECT run_id, coalesce(label, ''), strftime('%Y-%m-%d %H:%M', started_us / 1000000, 'unixepoch'), "
                         "(ended_us - started_us) / 1e6 FROM run WHERE run_id=?",
                         &st, NULL) < 0)
                return NULL;
        stmt_bind_int(st, 1, z->capture);
        if (stmt_step(st, NULL) != 1)
                return NULL;
        const char *label = stmt_text(st, 1);
        return arena_printf(a, "Capture %lld%s%s%s of %s UTC, %.0f s", (long long)stmt_int(st, 0), *label ? " \"" : "", label, *label ? "\"" : "",
                            stmt_text(st, 2), stmt_real(st, 3));
}

static int find_capture(struct analyzing *z, struct err *err)
{
        const char *path;
        int r = 0;
        if (!z->store) {
                if ((r = app_history_path(z->app, false, &path, err)) < 0)
                        return r;
                if (!fs_exists(path)) {
                        err_set(err, ERR_USAGE, "no history at '%s'", path);
                        return err_hint(err, "Run `perfadvise capture` first, or name source files: `perfadvise analyze PATH`.");
                }
                if ((r = store_open(path, STORE_WRITE, &z->store, err)) < 0)
                        return r;
        }
        if (!z->capture && (r = store_find_run(z->store, z->run_name ? z->run_name : "latest", &z->capture, err)) < 0)
                return r;
        z->subtitle = describe_capture(z);
        return store_run_begin(z->store, z->kind ? z->kind : "analysis", NULL, z->parent ? z->parent : z->capture, &z->result.run, err);
}

static void note(struct analyzing *z, const char *label, const char *value)
{
        *vec_push(z->app->arena, &z->result.notes) = (struct evidence){label, value};
}

static bool all_exist(const char **paths)
{
        while (*paths && fs_exists(*paths))
                paths++;
        return !*paths;
}

/* Patterns add what they find to the run that holds the facts: that must be this one. */
static bool has_patterns(struct analyzing *z)
{
        struct ruleset set = {0};
        bool any = app_rules(z->app, &set, NULL) < 0;
        for (size_t i = 0; i < set.rules.len; i++)
                any |= set.rules.items[i].pattern != NULL;
        return any;
}

/* Nothing changed since the capture that is analysed: it has the facts. What was found out on the way goes on in *ret_walked. */
static bool are_captured(struct analyzing *z, const struct source_spec *spec, struct work **ret_walked)
{
        char tree[65], signature[65], facts[65];
        if (!all_exist(spec->roots)) /* said elsewhere */
                return false;
        sources_signature(spec, tree, signature, ret_walked);
        if (!*ret_walked)
                return false;
        sources_find(*ret_walked, spec->cache, true, facts);
        if (!sources_are_stored(z->store, z->capture, facts) || has_patterns(z))
                return false;
        sources_save(*ret_walked);
        sources_walked_free(*ret_walked);
        *ret_walked = NULL;
        sources_note(z->app->arena, z->store, z->capture, &z->result);
        return true;
}

/* The sources as they are now, unless an older capture is looked at, which has its own. */
static int refresh_sources(struct analyzing *z, struct err *err)
{
        const struct config *c = z->app->config;
        if (!c->source_roots[0] || z->run_name)
                return 0;
        app_progress(z->app, "analyze: sources");
        struct work *walked = NULL;
        struct source_spec spec = {.roots = c->source_roots, .ignore = c->source_ignore, .tests = c->source_tests, .cache = z->no_cache ? NULL : store_db(z->store)};
        if (are_captured(z, &spec, &walked))
                return 0;
        spec.walked = &walked;
        int r = sources_capture(z->app->arena, z->store, z->result.run, &spec, err);
        if (r == 0)
                sources_note(z->app->arena, z->store, z->result.run, &z->result);
        if (r == -ERR_HISTORY || r == -ERR_IO || r == 0)
                return r;
        note(z, "source", arena_strdup(z->app->arena, err->msg));
        *err = (struct err){0};
        return 0;
}

static int open_history(struct analyzing *z, struct err *err)
{
        int r = find_capture(z, err);
        if (r == 0)
                r = refresh_sources(z, err);
        return r < 0 ? r : store_window(z->store, (const int64_t[]){z->capture, z->result.run}, 2, err);
}

/* Changes name files by their whole path. */
static const char **absolute(struct arena *a, const char **paths)
{
        VEC(const char *) roots = {0};
        for (; *paths; paths++)
                *vec_push(a, &roots) = fs_realpath(a, *paths) ? fs_realpath(a, *paths) : *paths;
        *vec_push(a, &roots) = NULL;
        return roots.items;
}

/* Each path must exist: a typing error must not look like clean code. */
static int open_sources(struct analyzing *z, struct err *err)
{
        for (const char **p = z->paths; *p; p++)
                if (!fs_exists(*p))
                        return err_errno(err, ERR_USAGE, "cannot analyse '%s'", *p);
        int r = store_open(NULL, STORE_MEMORY, &z->store, err);
        if (r < 0 || (r = store_run_begin(z->store, "analysis", NULL, 0, &z->result.run, err)) < 0)
                return r;
        CLEANUP(store_close) struct store *own = z->no_cache || z->cache ? NULL : app_source_cache(z->app);
        struct store *cache = z->cache ? z->cache : own;
        struct source_spec spec = {.roots = z->paths, .ignore = z->app->config->source_ignore, .tests = z->app->config->source_tests, .cache = cache ? store_db(cache) : NULL, .walked = z->walked, .overlay = z->overlay};
        r = sources_capture(z->app->arena, z->store, z->result.run, &spec, err);
        if (r == 0)
                sources_note(z->app->arena, z->store, z->result.run, &z->result);
        z->app->config->source_roots = absolute(z->app->arena, z->paths);
        return r < 0 ? r : store_window(z->store, &z->result.run, 1, err);
}

/* ── Asking the planner, writing the change-set ─────────────────────────────────────────────────────────────────── */

static struct oracle *open_oracle(struct analyzing *z)
{
        const struct probe_target *t = z->paths ? NULL : config_target_of_kind(z->app->config, "postgres");
        if (!t)
                return oracle_none(z->app->arena, "no postgres target is named, so no planner can be asked");
        struct oracle *live;
        struct err err = {0};
        int64_t target;
        app_progress(z->app, "analyze: planner of %s", t->name);
        if (store_target(z->store, t->name, t->kind, &target, &err) < 0 || oracle_open_live(z->app->arena, t->dsn, &live, &err) < 0)
                return oracle_none(z->app->arena, arena_printf(z->app->arena, "the planner of '%s' cannot be asked: %s", t->name, err.msg));
        return oracle_recording(z->app->arena, live, z->store, z->result.run, target);
}

static void show_progress(void *arg, const char *line)
{
        app_progress(arg, "analyze: %s", line);
}

static int keep_changeset(struct analyzing *z, const char *path, struct err *err)
{
        return store_change_set_put(z->store, z->result.change_set, z->result.run, path, sys.realtime_us(), "open",
                                    arena_printf(z->app->arena, "%zu recommendations", z->result.recommendations.len), err);
}

static bool is_below(const char *path, const char **roots)
{
        for (; roots && *roots; roots++) {
                size_t n = strlen(*roots);
                if (n && !strncmp(path, *roots, n) && (path[n] == '/' || (*roots)[n - 1] == '/'))
                        return true;
        }
        return false;
}

/* A fix of code that apply may not write would have it refuse the rest, too. */
static bool belongs_in_changeset(const struct analyzing *z, const struct recommendation *r)
{
        for (size_t i = 0; r->model && !strcmp(r->model, "code_fix") && i < r->changes.len; i++)
                if (!is_below(r->changes.items[i].path, z->app->config->apply_roots))
                        return false;
        return true;
}

static int write_changeset(struct analyzing *z, struct err *err)
{
        const char *dir, *name = NULL, *path = NULL;
        VEC(struct recommendation) chosen = {0};
        if (z->paths || z->no_changes || !z->result.recommendations.len)
                return 0;
        for (size_t i = 0; i < z->result.recommendations.len; i++)
                if (belongs_in_changeset(z, &z->result.recommendations.items[i]))
                        *vec_push(z->app->arena, &chosen) = z->result.recommendations.items[i];
        if (chosen.len < z->result.recommendations.len)
                note(z, "change-set", arena_printf(z->app->arena, "%zu fixes of code are not in it: their files are below no folder of apply.roots",
                                                   z->result.recommendations.len - chosen.len));
        if (!chosen.len)
                return 0;
        int r = app_state_dir(z->app, true, &dir, err);
        if (r == 0)
                r = changeset_create(z->app->arena, dir, chosen.items, chosen.len, z->app->config, &name, &path, err);
        z->result.change_set = name;
        if (r == 0 && name && (r = keep_changeset(z, path, err)) == 0)
                changing_supersede(z->app, z->store, dir, name);
        return r;
}

/* ── All of it ──────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Patterns look at whole files, and so might who asks for files. */
static bool reads_only_facts(const struct ruleset *set)
{
        for (size_t i = 0; i < set->rules.len; i++)
                if (set->rules.items[i].pattern || (set->rules.items[i].select && strstr(set->rules.items[i].select, "code_file")))
                        return false;
        return true;
}

/* Previews read what changes would be made in: by texts first, to have them noted. */
static void add_previews(struct analyzing *z)
{
        for (size_t i = 0; i < z->result.recommendations.len; i++)
                for (size_t c = 0; c < z->result.recommendations.items[i].changes.len; c++)
                        if (z->result.recommendations.items[i].changes.items[c].path)
                                texts_get(z->texts, z->result.recommendations.items[i].changes.items[c].path);
        previews_add(z->app->arena, z->result.recommendations.items, z->result.recommendations.len);
}

static int judge(struct analyzing *z, struct oracle *oracle, struct err *err)
{
        struct ruleset set = {0};
        struct facts *facts;
        int r = store_settle(z->store, err);
        if (r < 0 || (r = app_rules(z->app, &set, err)) < 0 || (r = (z->paths ? facts_load_code : facts_load)(z->app->arena, z->store, z->app->config, &facts, err)) < 0)
                return r;
        const char *file = z->no_baseline ? NULL : z->baseline ? z->baseline : z->app->config->source_baseline;
        struct baseline *baseline = NULL;
        if (file && (r = baseline_load(z->app->arena, file, sys.realtime_us(), &baseline, err)) < 0)
                return r;
        const char *const *roots = z->paths ? z->paths : z->app->config->source_roots;
        if ((r = patterns_run(z->app->arena, &set, z->store, z->result.run, roots, err)) < 0)
                return r;
        memcpy(z->result.figures, facts->figures, sizeof facts->figures);
        for (int i = 0; i < FIGURE_COUNT; i++)
                if (!z->result.figures[i].status)
                        z->result.figures[i] = (struct figure){.value = NAN, .status = "unknown", .reason = "not measured"};
        z->follows_from_facts = z->paths && reads_only_facts(&set);
        z->texts = texts_new(z->app->arena, z->app->config->dir, roots, fs_realpath(z->app->arena, "."), z->overlay);
        struct rules_env env = {.arena = z->app->arena, .set = &set, .store = z->store, .config = z->app->config, .facts = facts,
                                .oracle = oracle, .now_us = sys.realtime_us(), .code_only = z->paths != NULL, .select = z->select, .unused_ignores = z->unused_ignores, .baseline = baseline, .scope = z->scope, .overlay = z->overlay, .roots = z->paths,
                                .cwd = fs_realpath(z->app->arena, "."),
                                .texts = z->texts,
                                .progress = show_progress, .progress_arg = z->app};
        r = rules_run(&env, &z->result, err);
        if (r == 0)
                add_previews(z);
        return r;
}

/* What moved over the nights is told of the last one, not of a capture that somebody looks back at. */
static bool is_newest(const struct analyzing *z)
{
        return !z->paths && z->capture == db_int(store_db(z->store), "SELECT max(run_id) FROM run WHERE kind = 'capture' AND ended_us IS NOT NULL AND outcome <> 'failed'", 0, 0);
}

int analyzing_run(struct analyzing *z, struct err *err)
{
        int r = app_config(z->app, err);
        if (r < 0 || (r = z->paths ? open_sources(z, err) : open_history(z, err)) < 0)
                return r;
        struct oracle *oracle = open_oracle(z);
        if (is_newest(z))
                r = shifts_find(z->app->arena, z->store, z->result.run, err);
        if (r == 0)
                r = judge(z, oracle, err);
        oracle->close(oracle->arg);
        if (r == 0 && (r = write_changeset(z, err)) == 0)
                r = analysis_store(z->store, &z->result, err);
        app_progress(z->app, NULL);
        struct err ending = {0};
        int ended = store_run_end(z->store, z->result.run, r == 0 ? "ok" : "failed", &ending);
        if (r == 0 && ended < 0) {
                *err = ending;
                r = ended;
        }
        return r;
}

size_t analyzing_count(const struct analysis *a, enum severity level)
{
        size_t n = 0;
        for (int s = (int)level; s < SEVERITY_COUNT; s++)
                n += out_count(a, s, false);
        return n;
}

int fail_on_parse(const char *text, int *ret_level, struct err *err)
{
        enum severity s;
        if (!strcmp(text, "never")) {
                *ret_level = -1;
                return 0;
        }
        if (severity_parse(text, &s) < 0)
                return err_set(err, ERR_USAGE, "--fail-on takes info, warning, critical or never, not '%s'", text);
        *ret_level = (int)s;
        return 0;
}

int out_request_parse(struct app *app, const char *text, struct out_request *ret_request, struct err *err)
{
        size_t n = strcspn(text, ":");
        const struct output *o = output_by_name(arena_strndup(app->arena, text, n));
        if (!o || (text[n] && !text[n + 1])) {
                err_set(err, ERR_USAGE, o ? "'%s' names no file" : "unknown format '%s'", text);
                const char *known = "";
                for (const struct output *const *k = output_all; *k; k++)
                        known = arena_printf(app->arena, "%s%s%s", known, *known ? ", " : "", (*k)->name);
                return err_hint(err, "Formats are %s; FORMAT:FILE writes into a file.", known);
        }
        *ret_request = (struct out_request){o, text[n] ? text + n + 1 : NULL};
        return 0;
}

static int write_one(struct app *app, const struct out_request *q, const struct analysis *a, const char *subtitle, struct str *printed, struct err *err)
{
        CLEANUP(str_release) struct str text = {0};
        struct out_options options = {.colour = app->colour_out && !q->file, .verbose = app->verbose, .no_figures = !subtitle, .subtitle = subtitle};
        int r = q->format->write(a, app->config, &options, &text, err);
        if (r < 0)
                return r;
        if (q->file)
                return fs_write_output(q->file, str_text(&text), text.len, 0600, err);
        fwrite(str_text(&text), 1, text.len, stdout);
        if (printed)
                str_add_len(printed, str_text(&text), text.len);
        return 0;
}

int out_requests_write(struct app *app, const struct out_request *requests, size_t n, const struct analysis *a, const char *subtitle,
                       struct str *printed, struct err *err)
{
        static const struct out_request text = {&output_text, NULL};
        if (!n)
                return write_one(app, &text, a, subtitle, printed, err);
        for (size_t i = 0; i < n; i++) {
                int r = write_one(app, &requests[i], a, subtitle, printed, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

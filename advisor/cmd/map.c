/* map: the fleet as found, from sources alone or joined with what was captured. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "cmd/cmd.h"
#include "cmd/sources.h"
#include "map/map.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { OPT_OUT };

static const struct option_spec options[] = {
        [OPT_OUT] = {"output", 'o', "FORMAT[:FILE]", "text (default), json or dot (Graphviz); may be given several times"},
        {0},
};

enum map_format { MAP_TEXT, MAP_JSON, MAP_DOT };

struct output_request {
        enum map_format format;
        const char *file; /* NULL: stdout */
};

struct request {
        VEC(struct output_request) outputs;
        VEC(const char *) paths;
};

static int parse_output(struct app *app, const char *text, struct request *q, struct err *err)
{
        static const char *const names[] = {"text", "json", "dot"};
        size_t n = strcspn(text, ":");
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (strlen(names[i]) == n && !strncmp(names[i], text, n) && (!text[n] || text[n + 1])) {
                        *vec_push(app->arena, &q->outputs) = (struct output_request){(enum map_format)i, text[n] ? text + n + 1 : NULL};
                        return 0;
                }
        err_set(err, ERR_USAGE, "a map is not written as '%s'", text);
        return err_hint(err, "Formats are text, json and dot; FORMAT:FILE writes into a file.");
}

static int parse(struct app *app, int argc, char **argv, struct request *q, struct err *err)
{
        struct option_walk w = option_walk(options, argc, argv);
        const char *value;
        for (int o, r; (o = option_next(&w, &value, err)) != OPTION_END;) {
                r = 0;
                if (o == OPT_OUT)
                        r = parse_output(app, value, q, err);
                else if (o == OPTION_OPERAND)
                        *vec_push(app->arena, &q->paths) = value;
                else
                        r = -ERR_USAGE;
                if (r < 0)
                        return r;
        }
        if (!q->outputs.len)
                *vec_push(app->arena, &q->outputs) = (struct output_request){MAP_TEXT, NULL};
        return 0;
}

/* ── What is mapped ─────────────────────────────────────────────────────────────────────────────────────────────── */

static int open_sources(struct app *app, const char **roots, struct store **ret_store, struct err *err)
{
        int64_t run;
        for (const char **p = roots; *p; p++)
                if (!fs_exists(*p))
                        return err_errno(err, ERR_USAGE, "cannot map '%s'", *p);
        int r = store_open(NULL, STORE_MEMORY, ret_store, err);
        if (r < 0 || (r = store_run_begin(*ret_store, "analysis", NULL, 0, &run, err)) < 0)
                return r;
        app_progress(app, "map: sources");
        struct source_spec spec = {.roots = roots, .ignore = app->config->source_ignore, .tests = app->config->source_tests};
        r = sources_capture(app->arena, *ret_store, run, &spec, err);
        app_progress(app, NULL);
        return r < 0 ? r : store_window(*ret_store, &run, 1, err);
}

static bool holds_sources(struct store *store)
{
        return db_int(store_db(store), "SELECT max(run_id) FROM code_file", 0, 0) > 0;
}

/* The newest capture and the newest analysis of sources; the sources themselves when the history has none. */
static int open_history(struct app *app, struct store **ret_store, struct err *err)
{
        const char *path;
        int r = app_history_path(app, false, &path, err);
        if (r < 0)
                return r;
        if (fs_exists(path)) {
                if ((r = store_open(path, 0, ret_store, err)) < 0)
                        return r;
                if (holds_sources(*ret_store))
                        return store_window(*ret_store, NULL, 0, err);
                *ret_store = store_close(*ret_store);
        }
        if (app->config->source_roots && app->config->source_roots[0])
                return open_sources(app, app->config->source_roots, ret_store, err);
        err_set(err, ERR_USAGE, "nothing to map: the history holds no sources, and no source roots are named");
        return err_hint(err, "`perfadvise map PATH` maps a source tree without configuration.");
}

static const char *join_paths(struct app *app, const char *const *paths)
{
        const char *words = "";
        for (; paths && *paths; paths++)
                words = arena_printf(app->arena, "%s%s%s", words, *words ? " " : "", *paths);
        return words;
}

static int describe_capture(struct app *app, struct store *store, struct map *m, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *s = NULL;
        int r = stmt_prepare(store_db(store),
                             "SELECT run_id, label, strftime('%Y-%m-%d %H:%M', started_us / 1000000, 'unixepoch') FROM run WHERE kind = 'capture' "
                             "AND run_id IN (SELECT run_id FROM fact_window) ORDER BY run_id DESC LIMIT 1", &s, err);
        if (r < 0 || (r = stmt_step(s, err)) <= 0)
                return r;
        const char *label = stmt_text(s, 1);
        m->capture = arena_printf(app->arena, "capture %lld%s%s%s of %s UTC", (long long)stmt_int(s, 0), label ? " \"" : "", label ? label : "", label ? "\"" : "", stmt_text(s, 2));
        return 0;
}

/* ── Writing ────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Box characters where the locale says that the terminal can show them. */
static bool speaks_unicode(void)
{
        static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
        for (size_t i = 0; i < 3; i++) {
                const char *value = getenv(names[i]);
                if (value && *value)
                        return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
        }
        return false;
}

static int write_one(struct app *app, const struct map *m, const struct output_request *q, struct err *err)
{
        CLEANUP(str_release) struct str text = {0};
        struct map_options o = {.colour = app->colour_out && !q->file, .unicode = speaks_unicode(), .all = app->verbose};
        if (q->format == MAP_TEXT)
                map_write_text(m, &o, &text);
        else if (q->format == MAP_JSON)
                map_write_json(m, &text);
        else
                map_write_dot(m, &o, &text);
        if (q->file)
                return fs_write_output(q->file, str_text(&text), text.len, 0600, err);
        fwrite(str_text(&text), 1, text.len, stdout);
        return 0;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        struct request q = {0};
        struct map m;
        CLEANUP(store_close) struct store *store = NULL;
        int r = parse(app, argc, argv, &q, err);
        if (r < 0 || (r = app_config(app, err)) < 0)
                return r;
        *vec_push(app->arena, &q.paths) = NULL;
        bool sources_alone = q.paths.len > 1;
        if ((r = sources_alone ? open_sources(app, q.paths.items, &store, err) : open_history(app, &store, err)) < 0 ||
            (r = map_load(app->arena, store, &m, err)) < 0 || (r = map_link(&m, store, err)) < 0)
                return r;
        m.sources = join_paths(app, sources_alone ? q.paths.items : app->config->source_roots);
        if (!sources_alone && ((r = describe_capture(app, store, &m, err)) < 0 || (r = map_measure(&m, store, err)) < 0))
                return r;
        for (size_t i = 0; i < q.outputs.len && r >= 0; i++)
                r = write_one(app, &m, &q.outputs.items[i], err);
        return r < 0 ? r : 0;
}

const struct command command_map = {
        .name = "map",
        .synopsis = "map [-o FORMAT[:FILE]]... [PATH...]",
        .summary = "the fleet as found: programs, pools, caches, statements",
        .help = "Shows what each program opens (pools with size, overflow and processes, and where each value is decided;\n"
                "Redis clients, caches, handlers, statements), the servers with what all programs open together, and each\n"
                "table with the lines that use it. What the sources do not tell is said with the place where the trail ends.\n"
                "With PATH it looks at these sources alone: no configuration, no server, no history. Without, at the newest\n"
                "analysis and capture in the history, with what was measured. --verbose leaves nothing out for length.\n"
                "json follows the schema perfadvise-map/1; dot is for Graphviz: perfadvise map -o dot src | dot -Tsvg.",
        .options = options,
        .run = run,
};

/* audit: capture, analyse, compare with the last audit, and speak only when something changed. Made for cron. */
#include "act/lock.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/num.h"
#include "base/sys.h"
#include "change/changeset.h"
#include "cmd/analyzing.h"
#include "cmd/capturing.h"
#include "rule/rule.h"
#include "store/change_set.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OPT_DURATION, OPT_FAIL_ON, OPT_NO_CAPTURE, OPT_OUT, OPT_INSTALL, OPT_AT };

static const struct option_spec options[] = {
        [OPT_DURATION] = {"duration", 'd', "D", "sample for this long (default: 20s)"},
        [OPT_FAIL_ON] = {"fail-on", 0, "LEVEL", "exit 1 for what is new or worse from this severity on (default: warning), or never"},
        [OPT_NO_CAPTURE] = {"no-capture", 0, NULL, "look at the newest capture instead of making one"},
        [OPT_OUT] = {"output", 'o', "FORMAT[:FILE]", "the whole analysis as well: text, json, markdown, sarif, ...; without FILE on stdout, and what changed on stderr"},
        [OPT_INSTALL] = {"install", 0, NULL, "write a change-set with the crontab line of a nightly audit; `apply` puts it there"},
        [OPT_AT] = {"at", 0, "HH:MM", "install: when (default: 02:30)"},
        {0},
};

struct request {
        int64_t duration_us;
        int fail_on;
        bool no_capture, install;
        const char *at;
        VEC(struct out_request) outputs;
};

/* ── Comparison with the last audit ─────────────────────────────────────────────────────────────────────────────── */

struct old_finding {
        const char *key, *rule, *subject;
        enum severity severity;
        bool seen;
        const char *ended; /* "fixed", or the word of its rule: a level that moved ends by being the usual one */
};

struct comparison {
        int64_t last; /* the audit before, 0 when this is the first */
        VEC(struct old_finding) old;
        VEC(const struct finding *) fresh, worse;
        VEC(const struct old_finding *) gone;
        size_t open, fixed; /* fixed: of those that are gone */
};

static int load_old(struct arena *a, struct store *store, struct comparison *c, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(store), "SELECT key, rule, subject, severity, kind, file FROM finding WHERE run_id = ? ORDER BY rule, subject, key", &st, err);
        if (r < 0)
                return r;
        stmt_bind_int(st, 1, c->last);
        while ((r = stmt_step(st, err)) == 1) {
                struct finding was = {.kind = stmt_text(st, 4), .file = stmt_text(st, 5)};
                severity_parse(stmt_text(st, 3), &was.severity);
                if (finding_is_inventory(&was))
                        continue;
                struct old_finding *o = vec_push(a, &c->old);
                *o = (struct old_finding){arena_strdup(a, stmt_text(st, 0)), arena_strdup(a, stmt_text(st, 1)), arena_strdup(a, stmt_text(st, 2)), was.severity, false};
        }
        return r;
}

static struct old_finding *old_of(struct comparison *c, const char *key)
{
        for (size_t i = 0; i < c->old.len; i++)
                if (!strcmp(c->old.items[i].key, key))
                        return &c->old.items[i];
        return NULL;
}

static const struct rule_outcome *outcome_of(const struct analysis *now, const char *rule)
{
        for (size_t i = 0; i < now->outcomes.len; i++)
                if (!strcmp(now->outcomes.items[i].rule, rule))
                        return &now->outcomes.items[i];
        return NULL; /* the rule is gone */
}

/* What a rule could not judge tonight has not ended. */
static void end_old(struct arena *a, struct comparison *c, const struct analysis *now, struct old_finding *old)
{
        const struct rule_outcome *o = outcome_of(now, old->rule);
        if (old->seen || (o && !strcmp(o->status, "unknown")))
                return;
        old->ended = o && o->ends ? o->ends : "fixed";
        c->fixed += !strcmp(old->ended, "fixed");
        *vec_push(a, &c->gone) = old;
}

static void compare(struct arena *a, struct comparison *c, const struct analysis *now)
{
        for (size_t i = 0; i < now->findings.len; i++) {
                const struct finding *f = &now->findings.items[i];
                struct old_finding *o = old_of(c, f->key);
                if (o)
                        o->seen = true;
                if (f->acknowledged || finding_is_inventory(f)) /* a statement that was written today is no news of the night */
                        continue;
                if (!o)
                        *vec_push(a, &c->fresh) = f;
                else if (f->severity > o->severity)
                        *vec_push(a, &c->worse) = f;
                else
                        c->open++;
        }
        for (size_t i = 0; i < c->old.len; i++)
                end_old(a, c, now, &c->old.items[i]);
}

static void print_finding(FILE *out, const char *how, const struct finding *f)
{
        CLEANUP(str_release) struct str line = {0};
        str_printf(&line, *how ? "%-6s %-9s%s %s  (%s)\n         " : "%s%-9s%s %s  (%s)\n         ", how, severity_names[f->severity], f->rule, f->file ? f->file : f->subject, f->key);
        str_add_visible(&line, f->message, false);
        fprintf(out, "%s\n", str_text(&line));
}

/* Everything is new to the first audit; a mail with all of it would only teach people to delete its mails. */
static void print_first(FILE *out, const struct comparison *c, const char *subtitle)
{
        size_t count[SEVERITY_COUNT] = {0};
        for (size_t i = 0; i < c->fresh.len; i++)
                count[c->fresh.items[i]->severity]++;
        fprintf(out, "first audit: %zu critical, %zu warning, %zu info; from now on only changes are told\n", count[SEVERITY_CRITICAL],
               count[SEVERITY_WARNING], count[SEVERITY_INFO]);
        if (subtitle)
                fprintf(out, "%s\n", subtitle);
        for (size_t i = 0; i < c->fresh.len; i++)
                if (c->fresh.items[i]->severity == SEVERITY_CRITICAL)
                        print_finding(out, "", c->fresh.items[i]);
}

static void print_changes(FILE *out, const struct comparison *c, const struct analysis *now, const char *subtitle)
{
        if (!c->last) {
                print_first(out, c, subtitle);
                return;
        }
        if (!c->fresh.len && !c->worse.len && !c->gone.len)
                return;
        fprintf(out, "audit %lld: %zu new, %zu worse, %zu fixed, %zu still open\n", (long long)now->run, c->fresh.len, c->worse.len, c->fixed, c->open);
        if (subtitle)
                fprintf(out, "%s\n", subtitle);
        for (size_t i = 0; i < c->fresh.len; i++)
                print_finding(out, "new", c->fresh.items[i]);
        for (size_t i = 0; i < c->worse.len; i++)
                print_finding(out, "worse", c->worse.items[i]);
        for (size_t i = 0; i < c->gone.len; i++) {
                CLEANUP(str_release) struct str line = {0};
                str_add_visible(&line, c->gone.items[i]->subject, false);
                fprintf(out, "%-6s %-9s%s %s  (%s)\n", c->gone.items[i]->ended, "", c->gone.items[i]->rule, str_text(&line), c->gone.items[i]->key);
        }
}

static bool fails(const struct comparison *c, int level)
{
        for (size_t i = 0; level >= 0 && i < c->fresh.len; i++)
                if ((int)c->fresh.items[i]->severity >= level)
                        return true;
        for (size_t i = 0; level >= 0 && i < c->worse.len; i++)
                if ((int)c->worse.items[i]->severity >= level)
                        return true;
        return false;
}

/* ── One audit ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static int capture(struct app *app, const struct request *q, struct capturing *c, struct store *store, struct err *err)
{
        *c = (struct capturing){.app = app, .store = store, .duration_us = q->duration_us};
        int r = capturing_targets(c, NULL, err);
        if (r < 0 || (r = store_run_begin(store, "capture", NULL, 0, &c->run, err)) < 0 || (r = capturing_run(c, err)) < 0)
                return r;
        return store_run_end(store, c->run, capturing_outcome(c), err);
}

/* JSON on stdout stays JSON. */
static bool writes_to_stdout(const struct request *q)
{
        for (size_t i = 0; i < q->outputs.len; i++)
                if (!q->outputs.items[i].file)
                        return true;
        return false;
}

/* audit.keep, audit.keep_raw; a history that cannot be pruned tonight is no reason to hide what was found. */
static void prune(struct app *app, struct store *store)
{
        const int64_t hourly = INT64_C(35) * 86400 * 1000000;
        const struct config *c = app->config;
        struct err err = {0};
        int64_t deleted;
        if (store_retain(store, c->audit_keep_us, &deleted, &err) < 0 || store_thin(store, c->audit_keep_raw_us, hourly, c->audit_keep_us, &err) < 0)
                app_note(app, "perfadvise: old runs were not deleted: %s", err.msg);
}

/* A damaged history is neither pruned nor copied over its last good copy: ERR_HISTORY, once what was found has been told. */
static int look_after(struct app *app, struct store *store, const char *path, struct err *err)
{
        const int64_t nearly_a_day = INT64_C(20) * 3600 * 1000000;
        struct err failure = {0};
        int r = store_check(store, err);
        if (r < 0) {
                const char *copy = arena_printf(app->arena, "%s.backup", path);
                return fs_exists(copy) ? err_hint(err, "The file was left as it is; '%s' is the copy of the last audit that found it whole.", copy) : r;
        }
        prune(app, store);
        if (store_backup(store, arena_printf(app->arena, "%s.backup", path), nearly_a_day, &failure) < 0)
                app_note(app, "perfadvise: the history was not copied: %s", failure.msg);
        return 0;
}

/* A night's audit that outlasts its night must not pile up. */
static int lock(struct app *app, struct lock **ret_lock, struct err *err)
{
        const char *dir;
        int r = app_state_dir(app, true, &dir, err);
        return r < 0 ? r : lock_take_named(app->arena, dir, "audit.lock", ret_lock, err);
}

static int audit(struct app *app, const struct request *q, struct err *err)
{
        CLEANUP(lock_free) struct lock *held = NULL;
        CLEANUP(store_close) struct store *store = NULL;
        struct capturing c = {0};
        struct comparison cmp = {0};
        struct err damage = {0};
        const char *path;
        int r = lock(app, &held, err);
        if (r < 0 || (r = app_history_path(app, true, &path, err)) < 0 || (r = store_open(path, STORE_WRITE, &store, err)) < 0 ||
            (!q->no_capture && (r = capture(app, q, &c, store, err)) < 0))
                return r;
        if (c.targets.len && c.failed == c.targets.len)
                return capturing_verdict(&c, err);
        capturing_die_by_signal(&c);
        cmp.last = db_int(store_db(store), "SELECT max(run_id) FROM run WHERE kind='audit' AND outcome='ok'", 0, 0);
        struct analyzing z = {.app = app, .store = store, .capture = c.run, .no_changes = true, .kind = "audit", .parent = cmp.last};
        if ((r = analyzing_run(&z, err)) < 0 || (cmp.last && (r = load_old(app->arena, store, &cmp, err)) < 0))
                return r;
        compare(app->arena, &cmp, &z.result);
        print_changes(writes_to_stdout(q) ? stderr : stdout, &cmp, &z.result, z.subtitle);
        int looked = look_after(app, store, path, &damage);
        if (q->outputs.len && (r = out_requests_write(app, q->outputs.items, q->outputs.len, &z.result, z.subtitle, NULL, err)) < 0)
                return r;
        if (looked < 0) {
                *err = damage;
                return looked;
        }
        if ((r = capturing_verdict(&c, err)) < 0 || !fails(&cmp, q->fail_on))
                return r;
        err->code = ERR_FINDINGS;
        return -ERR_FINDINGS;
}

/* ── Its crontab line ───────────────────────────────────────────────────────────────────────────────────────────── */

/* A word for the shell that cron starts. */
static const char *quoted(struct arena *a, const char *word)
{
        if (word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@")] == '\0')
                return word;
        CLEANUP(str_release) struct str s = {0};
        str_add_char(&s, '\'');
        for (const char *c = word; *c; c++)
                if (*c == '\'')
                        str_add(&s, "'\\''");
                else
                        str_add_char(&s, *c);
        str_add_char(&s, '\'');
        return arena_strdup(a, str_text(&s));
}

static int cron_line(struct app *app, const char *at, const char **ret_line, struct err *err)
{
        int hour, minute, end = 0;
        struct arena *a = app->arena;
        char exe[4096];
        ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
        if (sscanf(at, "%2d:%2d%n", &hour, &minute, &end) != 2 || at[end] || hour < 0 || hour > 23 || minute < 0 || minute > 59)
                return err_set(err, ERR_USAGE, "'%s' is no time of day: HH:MM", at);
        const char *program = n > 0 ? arena_strndup(a, exe, (size_t)n) : "perfadvise";
        *ret_line = arena_printf(a, "%d %d * * * %s --config %s --quiet audit", minute, hour, quoted(a, program), quoted(a, fs_realpath(a, app->config->path)));
        return 0;
}

static int install(struct app *app, const char *at, struct err *err)
{
        struct arena *a = app->arena;
        const char *line, *dir, *path, *name = NULL, *folder = NULL;
        int r = app_config_with_targets(app, err);
        if (r < 0)
                return r;
        if (!app->config->path || !app->config->apply_crontab) {
                err_at(err, ERR_CONFIG, app->config->path, 0, 0, "names no crontab that may be written");
                return err_hint(err, "Set apply.crontab in a configuration that --config names.");
        }
        if ((r = cron_line(app, at, &line, err)) < 0)
                return r;
        struct recommendation rec = {.key = finding_key(a, "audit.install", "audit", NULL), .rule = "audit.install", .title = "audit every night",
                                     .subject = "audit", .model = "audit", .cost = "a capture of 20 s a night", .risk = RISK_LOW,
                                     .undo = "the line goes out of the crontab again", .confidence = 1};
        *vec_push(a, &rec.changes) = (struct change){.kind = CHANGE_cron_line, .phase = PHASE_WARM, .knob = "cron audit", .path = app->config->apply_crontab,
                                                     .object = "audit", .after = line, .size_bytes = 0};
        CLEANUP(store_close) struct store *store = NULL;
        if ((r = app_state_dir(app, true, &dir, err)) < 0 || (r = app_history_path(app, true, &path, err)) < 0 ||
            (r = store_open(path, STORE_WRITE, &store, err)) < 0 || (r = changeset_create(a, dir, &rec, 1, app->config, &name, &folder, err)) < 0)
                return r;
        if (!name) {
                printf("%s\nThe line is in %s already.\n", line, app->config->apply_crontab);
                return 0;
        }
        if ((r = store_change_set_put(store, name, 0, folder, sys.realtime_us(), "open", "audit every night", err)) < 0)
                return r;
        printf("%s\nchange-set %s: `perfadvise apply %s` puts the line into %s\n", line, name, name, app->config->apply_crontab);
        return 0;
}

static int parse(struct app *app, int argc, char **argv, struct request *q, struct err *err)
{
        struct option_walk w = option_walk(options, argc, argv);
        const char *value;
        for (int o, r; (o = option_next(&w, &value, err)) != OPTION_END;) {
                r = 0;
                if (o == OPT_DURATION)
                        r = num_parse_duration(value, &q->duration_us, NULL) < 0 ? err_set(err, ERR_USAGE, "'%s' is not a duration; write 20s, 5m or 2h", value) : 0;
                else if (o == OPT_FAIL_ON)
                        r = fail_on_parse(value, &q->fail_on, err);
                else if (o == OPT_NO_CAPTURE)
                        q->no_capture = true;
                else if (o == OPT_OUT)
                        r = out_request_parse(app, value, vec_push(app->arena, &q->outputs), err);
                else if (o == OPT_INSTALL)
                        q->install = true;
                else if (o == OPT_AT)
                        q->at = value;
                else
                        r = o == OPTION_OPERAND ? err_set(err, ERR_USAGE, "unexpected argument '%s'", value) : -ERR_USAGE;
                if (r < 0)
                        return r;
        }
        return 0;
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        struct request q = {.duration_us = 20000000, .fail_on = SEVERITY_WARNING, .at = "02:30"};
        int r = parse(app, argc, argv, &q, err);
        if (r < 0)
                return r;
        return q.install ? install(app, q.at, err) : audit(app, &q, err);
}

const struct command command_audit = {
        .name = "audit",
        .synopsis = "audit [--duration D] [--fail-on LEVEL] [--no-capture] [-o FORMAT[:FILE]]... | audit --install [--at HH:MM]",
        .summary = "the nightly run: capture, analyse, compare; tells what changed",
        .help = "Captures all targets, runs the rules, and compares the findings with those of the last audit: new, worse, fixed,\n"
                "still open. Prints nothing when nothing is new, worse or fixed. The first audit counts what it finds and\n"
                "lists what is critical; `analyze` or `report` shows all. Exit status 1 tells of new or worse findings at or\n"
                "above --fail-on. What a rule could not judge tonight does not count as fixed. --install makes a change-set with\n"
                "the line for the crontab that apply.crontab names.",
        .options = options,
        .run = run,
};

#include "cmd/changing.h"
#include "base/fs.h"
#include "store/change_set.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop_signal;

static void on_signal(int n)
{
        stop_signal = n;
}

static void catch_signals(void)
{
        static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
        for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
                struct sigaction old, action = {.sa_handler = on_signal};
                if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
                        sigaction(signals[i], &action, NULL);
        }
}

int changing_config(struct app *app, struct err *err)
{
        int r = app_config(app, err);
        if (r < 0 && err)
                err->state = "nothing changed";
        if (r < 0 || app->config->trusted)
                return r;
        if (app->config->path)
                err_at(err, ERR_REFUSED, app->config->path, 0, 0, "this configuration was only found here, so it may not say what is written");
        else
                err_set(err, ERR_REFUSED, "no configuration says what may be written");
        err->state = "nothing changed";
        return err_hint(err, "Name one you trust: perfadvise --config %s ...", app->config->path ? app->config->path : "FILE");
}

int changing_begin(struct app *app, const char **ret_state, struct lock **ret_lock, struct err *err)
{
        int r = app_state_dir(app, true, ret_state, err);
        if (r == 0)
                r = lock_take(app->arena, *ret_state, ret_lock, err);
        if (r < 0 && err && !err->state)
                err->state = "nothing changed";
        return r;
}

static void print_note(void *arg, const char *line)
{
        app_note(arg, "%s", line);
}

int changing_env(struct app *app, const char *dir, struct act_env *ret_env, struct err *err)
{
        int r = act_env_open(app->arena, app->config, dir, ret_env, err);
        if (r < 0)
                return r;
        catch_signals();
        ret_env->note = print_note;
        ret_env->note_arg = app;
        ret_env->stop = &stop_signal;
        return 0;
}

void changing_leave_if_stopped(struct app *app, const struct err *err)
{
        if (!stop_signal)
                return;
        CLEANUP(str_release) struct str line = {0};
        str_add_visible(&line, err->msg, false);
        app_progress(app, NULL);
        fprintf(stderr, "perfadvise: %s; %s\n", str_text(&line), err->state ? err->state : "nothing changed"); /* --quiet hides notes, not errors */
        fflush(stdout);
        _exit(128 + (int)stop_signal);
}

bool changing_is(struct app *app, const char *dir, enum journal_state state)
{
        struct journal_records records;
        size_t begin;
        return journal_read(app->arena, fs_join(app->arena, dir, "journal"), &records, NULL) == 0 && journal_state_of(&records, &begin) == state;
}

const char *changing_newest(struct app *app, const char *state_dir, enum journal_state state)
{
        const char *found = NULL;
        for (const char **name = changeset_list(app->arena, state_dir); *name; name++)
                if (changing_is(app, changeset_dir(app->arena, state_dir, *name), state))
                        found = *name;
        return found;
}

/* An open one that is older than the applied one was made for a state of things that is gone: it is not taken unasked. */
const char *changing_next(struct app *app, const char *state_dir)
{
        const char *found = NULL;
        for (const char **name = changeset_list(app->arena, state_dir); *name; name++) {
                const char *dir = changeset_dir(app->arena, state_dir, *name);
                if (changing_is(app, dir, JOURNAL_APPLIED) || (changing_is(app, dir, JOURNAL_OPEN) && !changeset_superseded(app->arena, dir)))
                        found = *name;
        }
        return found;
}

/* Those of `audit --install` have no run: they stand beside what an analysis recommends. */
static int supersede(struct app *app, struct store *store, const char *state_dir, const char *by, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        VEC(const char *) names = {0};
        int r = stmt_prepare(store_db(store), "SELECT name FROM change_set WHERE state = 'open' AND run_id IS NOT NULL AND name <> ?", &st, err);
        if (r < 0)
                return r;
        stmt_bind_text(st, 1, by);
        while ((r = stmt_step(st, err)) == 1)
                *vec_push(app->arena, &names) = arena_strdup(app->arena, stmt_text(st, 0));
        for (size_t i = 0; r == 0 && i < names.len; i++) {
                const char *dir = changeset_dir(app->arena, state_dir, names.items[i]);
                if (!fs_is_dir(dir) || !changing_is(app, dir, JOURNAL_OPEN))
                        continue;
                if ((r = changeset_supersede(app->arena, dir, by, err)) == 0)
                        r = store_change_set_put(store, names.items[i], 0, dir, 0, "superseded", NULL, err);
        }
        return r;
}

void changing_supersede(struct app *app, struct store *store, const char *state_dir, const char *by)
{
        struct err err = {0};
        if (supersede(app, store, state_dir, by, &err) < 0)
                app_note(app, "perfadvise: older change-sets are not marked as superseded: %s", err.msg);
}

static const char *summary_of(struct app *app, const struct changeset *set)
{
        CLEANUP(str_release) struct str s = {0};
        for (size_t i = 0; i < set->recommendations.len; i++)
                str_printf(&s, "%s%s", i ? "; " : "", set->recommendations.items[i].title ? set->recommendations.items[i].title : "");
        return arena_strdup(app->arena, str_text(&s));
}

void changing_trace(struct app *app, const struct changeset *set, const char *state)
{
        CLEANUP(store_close) struct store *store = NULL;
        struct err err = {0};
        const char *path;
        int r = app_history_path(app, true, &path, &err);
        if (r == 0)
                r = store_open(path, STORE_WRITE, &store, &err);
        if (r == 0)
                r = store_change_set_put(store, set->name, 0, set->dir, set->created_us, state, summary_of(app, set), &err);
        if (r < 0)
                app_note(app, "perfadvise: change-set %s is %s, but the history does not say so: %s", set->name, state, err.msg);
}

static const char *state_of(struct app *app, const char *dir)
{
        struct journal_records records;
        size_t begin;
        int r = journal_read(app->arena, fs_join(app->arena, dir, "journal"), &records, NULL);
        return journal_state_names[r < 0 ? JOURNAL_OPEN : journal_state_of(&records, &begin)];
}

int changing_recover(struct app *app, const char *state_dir, bool leave_foreign, int *ret_count, struct err *err)
{
        struct err damaged = {0};
        const char **names = act_interrupted(app->arena, state_dir, &damaged);
        *ret_count = 0;
        for (; *names; names++) {
                struct act_env e = {0};
                bool done = false;
                const char *dir = changeset_dir(app->arena, state_dir, *names);
                int r = changing_env(app, dir, &e, err);
                e.stop = NULL; /* recovering is never stopped half way on purpose */
                if (r == 0)
                        r = act_recover(&e, leave_foreign, &done, err);
                act_env_close(&e);
                if (r < 0 && !err->state)
                        err->state = "run perfadvise recover";
                if (r < 0)
                        return r;
                if (done) {
                        ++*ret_count;
                        app_note(app, "change-set %s was interrupted; everything is as it was before", *names);
                        changing_trace(app, e.set, state_of(app, dir));
                }
        }
        if (damaged.code) {
                *err = damaged;
                return -(int)damaged.code;
        }
        return 0;
}

/* One command for all programs where supervisord runs them; what is a command already stands for itself. */
static void add_restarts(const struct act_env *e, struct str *out)
{
        const struct probe_target *supervisor = config_target_of_kind(e->config, "supervisor");
        CLEANUP(str_release) struct str names = {0};
        if (!e->restarts.len && !e->pending.len)
                return;
        str_add(out, "perfadvise restarts nothing. For the changes to take effect, restart:");
        for (size_t i = 0; i < e->restarts.len; i++)
                if (strstr(e->restarts.items[i], "ctl "))
                        str_printf(out, "\n  %s", e->restarts.items[i]);
                else
                        str_printf(&names, " %s", e->restarts.items[i]);
        if (names.len && supervisor)
                str_printf(out, strpbrk(supervisor->dsn, " '") ? "\n  supervisorctl -c \"%s\" restart%s" : "\n  supervisorctl -c %s restart%s", supervisor->dsn,
                           names.buf);
        else if (names.len)
                str_printf(out, "\n %s", names.buf);
        for (size_t i = 0; i < e->pending.len; i++)
                str_printf(out, "\n  %s", e->pending.items[i]);
}

/* The words come from changeset.yaml, which may have been made elsewhere. */
void changing_restarts(const struct act_env *e, struct str *out)
{
        CLEANUP(str_release) struct str text = {0};
        add_restarts(e, &text);
        str_add_visible(out, str_text(&text), true);
}

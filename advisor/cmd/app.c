/* What all commands share: configuration, the state folder, notes and progress. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "cmd/cmd.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *user_config(struct app *app)
{
        const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
        if (xdg && *xdg)
                return arena_printf(app->arena, "%s/perfadvise/perfadvise.yaml", xdg);
        return home && *home ? arena_printf(app->arena, "%s/.config/perfadvise/perfadvise.yaml", home) : "";
}

static int load_config(struct app *app, struct err *err)
{
        const char *env = getenv("PERFADVISE_CONFIG");
        if (app->config_path)
                return config_load(app->arena, app->config_path, true, &app->config, err);
        if (env && *env)
                return config_load(app->arena, env, false, &app->config, err);
        if (fs_exists("perfadvise.yaml"))
                return config_load(app->arena, "perfadvise.yaml", false, &app->config, err);
        const char *trusted[] = {user_config(app), "/etc/perfadvise/perfadvise.yaml"};
        for (size_t i = 0; i < 2; i++)
                if (fs_exists(trusted[i]))
                        return config_load(app->arena, trusted[i], true, &app->config, err);
        app->config = config_default(app->arena);
        return 0;
}

int app_config(struct app *app, struct err *err)
{
        if (app->config)
                return 0;
        int r = load_config(app, err);
        const char *self = r == 0 ? fs_realpath(app->arena, "/proc/self/exe") : NULL;
        if (self)
                app->config->program = self;
        return r;
}

int app_config_with_targets(struct app *app, struct err *err)
{
        int r = app_config(app, err);
        if (r < 0 || app->config->targets.len)
                return r;
        if (app->config->path)
                err_at(err, ERR_CONFIG, app->config->path, 0, 0, "names no target");
        else
                err_set(err, ERR_CONFIG, "no perfadvise.yaml found, and this command needs a named target");
        return err_hint(err, "`perfadvise init` finds targets and writes one.");
}

static int check_private(const char *dir, struct err *err)
{
        struct stat st;
        if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
                return err_set(err, ERR_IO, "'%s' is not a folder", dir);
        if ((st.st_uid != geteuid() && geteuid() != 0) || (st.st_mode & 022)) {
                err_set(err, ERR_REFUSED, "the state folder '%s' belongs to another user or can be written by others", dir);
                return err_hint(err, "chmod 700 it, or choose another with --state.");
        }
        return 0;
}

int app_state_dir(struct app *app, bool create, const char **ret_dir, struct err *err)
{
        int r = app_config(app, err);
        if (r < 0)
                return r;
        const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME"), *env = getenv("PERFADVISE_STATE");
        const char *dir = app->state_option                ? app->state_option
                        : env && *env                      ? env
                        : app->config->state               ? app->config->state
                        : app->config->path                ? fs_join(app->arena, app->config->dir, ".perfadvise")
                        : xdg && *xdg                      ? arena_printf(app->arena, "%s/perfadvise", xdg)
                        : arena_printf(app->arena, "%s/.local/state/perfadvise", home && *home ? home : "");
        if (create && (r = fs_is_dir(dir) ? 0 : fs_mkdirs(dir, 0700, err)) < 0)
                return r;
        if (fs_is_dir(dir) && (r = check_private(dir, err)) < 0)
                return r;
        *ret_dir = dir;
        return 0;
}

int app_history_path(struct app *app, bool create, const char **ret_path, struct err *err)
{
        const char *dir;
        int r = app_state_dir(app, create, &dir, err);
        if (r == 0)
                *ret_path = fs_join(app->arena, dir, "history.db");
        return r;
}

void app_note(struct app *app, const char *fmt, ...)
{
        if (app->quiet)
                return;
        app_progress(app, NULL);
        CLEANUP(str_release) struct str s = {0}, visible = {0};
        va_list ap;
        va_start(ap, fmt);
        str_vprintf(&s, fmt, ap);
        va_end(ap);
        str_add_visible(&visible, str_text(&s), true);
        fflush(stdout); /* both may lead to one file: in the order in which they were said */
        fprintf(stderr, "%s\n", str_text(&visible));
}

void app_progress(struct app *app, const char *fmt, ...)
{
        static bool shown;
        if (!app->progress || app->quiet)
                return;
        if (shown)
                fputs("\r\033[K", stderr);
        shown = fmt != NULL;
        if (!fmt)
                return;
        va_list ap;
        va_start(ap, fmt);
        vfprintf(stderr, fmt, ap);
        va_end(ap);
        fflush(stderr);
}

/* init: looks around and writes a commented perfadvise.yaml. Connects to nothing; never overwrites. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "config/discover.h"

#include <string.h>

static const struct option_spec options[] = {
        {"allow-apply", 0, NULL, "also write the apply: section, so that `apply --config FILE` may change what is named in it"},
        {"output", 'o', "FILE", "write there instead of DIR/perfadvise.yaml; - is standard output"},
        {NULL, 0, NULL, NULL},
};

static const char *quoted(struct arena *a, const char *text)
{
        CLEANUP(str_release) struct str s = {0};
        str_add_char(&s, '"');
        for (; *text; text++) {
                if (*text == '"' || *text == '\\')
                        str_add_char(&s, '\\');
                str_add_char(&s, *text);
        }
        str_add_char(&s, '"');
        return arena_strdup(a, str_text(&s));
}

static size_t count(const struct discovery *d, const char *kind)
{
        size_t n = 0;
        for (size_t i = 0; i < d->found.len; i++)
                n += !strcmp(d->found.items[i].kind, kind);
        return n;
}

static const struct discovered *first(const struct discovery *d, const char *kind)
{
        for (size_t i = 0; i < d->found.len; i++)
                if (!strcmp(d->found.items[i].kind, kind))
                        return &d->found.items[i];
        return NULL;
}

static void add_targets(struct arena *a, struct str *out, const struct discovery *d)
{
        static const struct {
                const char *kind, *name;
        } kinds[] = {{"postgres", "main"}, {"pgbouncer", "pooler"}, {"redis", "cache"}, {"supervisor", "fleet"}, {"command", "fleet"}};
        str_add(out, "\ntargets:\n");
        size_t total = 0;
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
                size_t n = 0;
                for (size_t i = 0; i < d->found.len; i++) {
                        const struct discovered *f = &d->found.items[i];
                        if (strcmp(f->kind, kinds[k].kind) || (!strcmp(f->kind, "command") && first(d, "supervisor"))) /* the supervisor's list has them */
                                continue;
                        const char *name = n ? arena_printf(a, "%s%zu", kinds[k].name, n + 1) : kinds[k].name;
                        /* one database is what most fleets have; further ones are named, but left to the user */
                        const char *off = n && !strcmp(f->kind, "postgres") ? "# " : "";
                        str_printf(out, "  %s%s: { %s: %s }  # from %s\n", off, name, f->kind, quoted(a, f->dsn), f->where);
                        n++;
                        total++;
                }
        }
        if (!total)
                str_add(out, "  # none found; for example:\n"
                             "  # main:   { postgres: \"host=/var/run/postgresql dbname=app\" }\n"
                             "  # pooler: { pgbouncer: \"host=/var/run/postgresql port=6432 dbname=pgbouncer\" }\n"
                             "  # cache:  { redis: \"redis://localhost:6379/0\" }\n"
                             "  # fleet:  { supervisor: /etc/supervisor/supervisord.conf }\n");
}

static void add_apply(struct arena *a, struct str *out, const struct discovery *d, const char *dir, bool allow)
{
        const char *off = allow ? "" : "# ";
        str_add(out, "\n# What `perfadvise --config THIS_FILE apply` may write; without this section it writes nothing.\n");
        str_printf(out, "%sapply:\n%s  roots:  # only files below these folders\n", off, off);
        str_printf(out, "%s    - %s\n", off, quoted(a, dir));
        str_printf(out, "%s  postgres: true   # indexes (CONCURRENTLY) and settings\n", off);
        if (count(d, "pgbouncer"))
                str_printf(out, "%s  pgbouncer: true  # RELOAD after a change of pgbouncer.ini\n", off);
        const struct discovered *settings = first(d, "config");
        const char *beside = settings ? settings->dsn : dir; /* a folder that is there already: apply makes none */
        str_printf(out, "%s  schedules: %s  # warming schedules are written here\n", off, quoted(a, beside));
        str_printf(out, "%s  crontab: %s  # and their lines here; link or include it from cron\n", off, quoted(a, fs_join(a, beside, "perfadvise.cron")));
}

static void add_warm(struct arena *a, struct str *out, const struct discovery *d)
{
        const struct discovered *w = first(d, "warm");
        str_add(out, "\n# The application's own warming command: reads TEMPLATE<TAB>KEYHASH lines on standard input.\n");
        if (w)
                str_printf(out, "warm:\n  command: %s\n", quoted(a, arena_printf(a, "/usr/bin/python3 %s --from-stdin", w->dsn)));
        else
                str_add(out, "# warm:\n#   command: \"/usr/bin/python3 /srv/app/warm.py --from-stdin\"\n");
}

static void compose(struct arena *a, struct str *out, const struct discovery *d, const char *dir, bool allow)
{
        str_add(out, "# perfadvise.yaml, found by `perfadvise init`. Every key: perfadvise.yaml(5). Passwords do not belong here: use\n"
                     "# ~/.pgpass, a service file, or REDISCLI_AUTH.\nversion: 1\n");
        if (first(d, "source"))
                str_printf(out, "\nsource:\n  roots: [%s]\n", quoted(a, first(d, "source")->dsn));
        else
                str_add(out, "\n# source:\n#   roots: [src/]\n");
        add_targets(a, out, d);
        const struct discovered *e = first(d, "events");
        str_add(out, "\n# Datagrams of the application (DogStatsD format): pool waits, cache hits, start time, IPC. Optional.\n");
        if (e)
                str_printf(out, "events:\n  listen: %s  # from %s\n", quoted(a, e->dsn), e->where);
        else
                str_add(out, "# events:\n#   listen: \"unix:/run/perfadvise/events.sock\"\n");
        str_add(out, "\nobjectives: { db_p95_ms: 50, pool_wait_p95_ms: 5, cache_hit: 0.90, start_s: 2, memory: 0.80, ipc_p95_ms: 10 }\n"
                     "limits: { probe_load: 0.01, index_budget: 2GB, warm_qps: 200 }\n");
        add_apply(a, out, d, dir, allow);
        add_warm(a, out, d);
}

static void tell(struct app *app, const struct discovery *d, const char *path)
{
        printf("wrote %s (%zu file%s read)\n", path, d->files, num_s((double)d->files));
        for (size_t i = 0; i < d->found.len; i++) {
                const struct discovered *f = &d->found.items[i];
                if (!strcmp(f->kind, "config") || !strcmp(f->kind, "source"))
                        continue;
                CLEANUP(str_release) struct str line = {0};
                str_add_visible(&line, arena_printf(app->arena, "%s  (%s)", f->dsn, f->where), false);
                printf("  %-10s %s\n", f->kind, str_text(&line));
        }
        printf("next: perfadvise --config %s doctor\n", path);
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        const char *dir = ".", *output = NULL, *value;
        bool allow = false;
        struct option_walk w = option_walk(options, argc, argv);
        for (int o; (o = option_next(&w, &value, err)) != OPTION_END;) {
                switch (o) {
                case 0:
                        allow = true;
                        break;
                case 1:
                        output = value;
                        break;
                case OPTION_OPERAND:
                        dir = value;
                        break;
                default:
                        return -ERR_USAGE;
                }
        }
        struct discovery d;
        int r = discover(app->arena, dir, &d, err);
        if (r < 0)
                return r;
        char *real = fs_realpath(app->arena, dir);
        const char *path = output ? output : fs_join(app->arena, real, "perfadvise.yaml");
        CLEANUP(str_release) struct str text = {0};
        compose(app->arena, &text, &d, real, allow);
        if (!strcmp(path, "-")) {
                fputs(str_text(&text), stdout);
                return 0;
        }
        if (fs_exists(path)) {
                err->state = "nothing changed";
                err_set(err, ERR_REFUSED, "'%s' exists already", path);
                return err_hint(err, "Move it aside, or look at what `init -o -` would write.");
        }
        if ((r = fs_replace(path, text.buf, text.len, 0644, err)) < 0)
                return r;
        tell(app, &d, path);
        return 0;
}

const struct command command_init = {
        .name = "init",
        .synopsis = "init [--allow-apply] [-o FILE] [DIR]",
        .summary = "find targets and write a commented perfadvise.yaml",
        .help = "Looks for PostgreSQL, PgBouncer and Redis in PG* variables, connection URLs, pgbouncer.ini\n"
                "and settings below DIR (default: here), for supervisor files and Python sources, and writes\n"
                "DIR/perfadvise.yaml with a comment on where each was found. Connects to nothing and never\n"
                "overwrites a file.",
        .options = options,
        .run = run,
};

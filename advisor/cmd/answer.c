#include "cmd/answer.h"
#include "base/build.h"
#include "base/fs.h"
#include "base/sys.h"
#include "cmd/ruleset.h"
#include "cmd/source_cache.h"
#include "cmd/sources.h"
#include "lib/digest.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DAY_S = 86400, ANSWER_BYTES_MAX = 8 << 20, CONFIG_BYTES_MAX = 1 << 20 };

/* ── The question ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static int by_name(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_rule_files(struct arena *a, const char *dir, struct str *out)
{
        struct dirent **entries;
        int n = scandir(dir, &entries, NULL, by_name);
        if (n < 0)
                return false;
        for (int i = 0; i < n; i++) {
                struct stat st;
                const char *path = fs_join(a, dir, entries[i]->d_name);
                if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
                        str_printf(out, "rules %s %lld %lld.%09ld %lld\n", path, (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                                   (long long)st.st_ino);
                free(entries[i]);
        }
        free(entries);
        return true;
}

/* What a configuration names may change without it: then there is no answer to keep. */
static bool add_config(struct app *app, struct str *out)
{
        char *text;
        size_t len;
        if (!app->config->path)
                return true;
        if (fs_read(app->arena, app->config->path, CONFIG_BYTES_MAX, &text, &len, NULL) < 0 || memmem(text, len, "baseline", 8) || memmem(text, len, "dirs", 4))
                return false;
        str_printf(out, "configuration %s\n", app->config->path);
        str_add_len(out, text, len);
        return true;
}

static bool add_arguments(int argc, char **argv, struct str *out)
{
        static const char *const harmless[] = {"-o", "--output", "--fail-on", "--no-changes", "--select", "--unused-ignores", "--"};
        for (int i = 0; i < argc; i++) {
                bool known = argv[i][0] != '-';
                for (size_t k = 0; k < sizeof harmless / sizeof *harmless; k++)
                        known |= str_starts(argv[i], harmless[k]) && (strlen(harmless[k]) > 2 || k == 0 || !argv[i][2]);
                if (!known)
                        return false;
                str_printf(out, "argument %s\n", argv[i]);
        }
        return true;
}

static bool describe(struct analyzing *z, const struct out_request *requests, size_t n, struct str *out)
{
        struct app *app = z->app;
        const char *cwd = fs_realpath(app->arena, ".");
        str_printf(out, "build %s\nin %s\nday %lld\nverbose %d colour %d\n", build_id(), cwd ? cwd : "", (long long)(sys.realtime_us() / 1000000 / DAY_S),
                   app->verbose, app->colour_out);
        for (size_t i = 0; i < n; i++) {
                if (requests[i].file)
                        return false;
                str_printf(out, "format %s\n", requests[i].format->name);
        }
        return add_rule_files(app->arena, ruleset_default_dir(app->arena), out) && add_config(app, out);
}

static uint64_t check_of(const struct answer *a)
{
        char hex[65];
        CLEANUP(str_release) struct str all = {0};
        str_printf(&all, "%s %s %s", a->tree, a->rules, a->signature);
        str_add_len(&all, a->counts, sizeof a->counts);
        str_add_len(&all, str_text(&a->text), a->text.len);
        digest_sha256(str_text(&all), all.len, hex);
        hex[15] = '\0';
        return strtoull(hex, NULL, 16);
}

/* ── Finding and keeping ───────────────────────────────────────────────────────────────────────────────────────────── */

static bool look_up(struct answer *a)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        size_t len;
        if (stmt_prepare(store_db(a->cache), "SELECT body, checked FROM source_result WHERE tree=? AND rules=? AND signature=?", &st, NULL) < 0)
                return false;
        const char *const texts[] = {a->tree, a->rules, a->signature};
        for (int i = 0; i < 3; i++)
                stmt_bind_text(st, i + 1, texts[i]);
        if (stmt_step(st, NULL) != 1)
                return false;
        const char *body = stmt_blob(st, 0, &len);
        if (len < sizeof a->counts)
                return false;
        memcpy(a->counts, body, sizeof a->counts);
        str_add_len(&a->text, body + sizeof a->counts, len - sizeof a->counts);
        if (check_of(a) == (uint64_t)stmt_int(st, 1))
                return true;
        str_clear(&a->text);
        return false;
}

void answer_find(struct analyzing *z, int argc, char **argv, const struct out_request *requests, size_t n, struct answer *ret)
{
        CLEANUP(str_release) struct str question = {0};
        *ret = (struct answer){0};
        if (!z->paths || z->no_cache || z->scope || z->overlay || app_config(z->app, NULL) < 0 || !add_arguments(argc, argv, &question) || !describe(z, requests, n, &question))
                return;
        const struct source_spec spec = {.roots = z->paths, .ignore = z->app->config->source_ignore, .tests = z->app->config->source_tests};
        if (!sources_signature(&spec, ret->tree, ret->signature, &ret->walked) || !(ret->cache = app_source_cache(z->app)))
                return;
        digest_sha256(str_text(&question), question.len, ret->rules);
        ret->found = look_up(ret);
}

void answer_keep(struct answer *a)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        CLEANUP(str_release) struct str body = {0};
        if (!a->cache || a->found || a->text.len > ANSWER_BYTES_MAX)
                return;
        if (stmt_prepare(store_db(a->cache), "INSERT OR REPLACE INTO source_result VALUES (?,?,?,?,?,?)", &st, NULL) < 0)
                return;
        str_add_len(&body, a->counts, sizeof a->counts);
        str_add_len(&body, str_text(&a->text), a->text.len);
        const char *const texts[] = {a->tree, a->rules, a->signature};
        for (int i = 0; i < 3; i++)
                stmt_bind_text(st, i + 1, texts[i]);
        stmt_bind_int(st, 4, sys.realtime_us());
        stmt_bind_blob(st, 5, str_text(&body), body.len);
        stmt_bind_int(st, 6, (int64_t)check_of(a));
        if (stmt_step(st, NULL) < 0)
                return;
        db_exec(store_db(a->cache), "DELETE FROM source_result WHERE (tree, rules) NOT IN (SELECT tree, rules FROM source_result ORDER BY saved_us DESC LIMIT 32)", NULL);
}

void answer_release(struct answer *a)
{
        store_close(a->cache);
        sources_walked_free(a->walked);
        str_release(&a->text);
}

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

static uint64_t check_of(const struct answer *a, const char *signature)
{
        char hex[65];
        CLEANUP(str_release) struct str all = {0};
        str_printf(&all, "%s %s %s %s", a->tree, a->rules, signature, a->facts);
        str_add_len(&all, str_text(&a->texts), a->texts.len);
        str_add_len(&all, a->counts, sizeof a->counts);
        str_add_len(&all, str_text(&a->text), a->text.len);
        digest_sha256(str_text(&all), all.len, hex);
        hex[15] = '\0';
        return strtoull(hex, NULL, 16);
}

/* ── Finding and keeping ───────────────────────────────────────────────────────────────────────────────────────────── */

static void forget(struct answer *a)
{
        a->facts[0] = '\0';
        str_clear(&a->text);
        str_clear(&a->texts);
}

/* The last answer, for whatever state of the files: *ret_same when it is this one. */
static bool load(struct answer *a, bool *ret_same)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        size_t len, texts_len;
        if (stmt_prepare(store_db(a->cache), "SELECT signature, coalesce(facts, ''), texts, body, checked FROM source_result WHERE tree=? AND rules=?", &st, NULL) < 0)
                return false;
        stmt_bind_text(st, 1, a->tree);
        stmt_bind_text(st, 2, a->rules);
        if (stmt_step(st, NULL) != 1)
                return false;
        const char *signature = stmt_text(st, 0), *facts = stmt_text(st, 1), *texts = stmt_blob(st, 2, &texts_len), *body = stmt_blob(st, 3, &len);
        if (!signature || !facts || len < sizeof a->counts || strlen(facts) >= sizeof a->facts)
                return false;
        memcpy(a->counts, body, sizeof a->counts);
        strcpy(a->facts, facts);
        str_add_len(&a->texts, texts ? texts : "", texts_len);
        str_add_len(&a->text, body + sizeof a->counts, len - sizeof a->counts);
        if (check_of(a, signature) == (uint64_t)stmt_int(st, 4)) {
                *ret_same = !strcmp(signature, a->signature);
                return true;
        }
        forget(a);
        return false;
}

void answer_find(struct analyzing *z, int argc, char **argv, const struct out_request *requests, size_t n, struct answer *ret)
{
        CLEANUP(str_release) struct str question = {0};
        *ret = (struct answer){0};
        if (!z->paths || z->no_cache || z->scope || z->overlay || app_config(z->app, NULL) < 0 || !add_arguments(argc, argv, &question) || !describe(z, requests, n, &question))
                return;
        const struct source_spec spec = {.roots = z->paths, .ignore = z->app->config->source_ignore, .tests = z->app->config->source_tests};
        ret->is_settled = sources_signature(&spec, ret->tree, ret->signature, &ret->walked);
        if (!ret->walked || !(ret->cache = app_source_cache(z->app)))
                return;
        digest_sha256(str_text(&question), question.len, ret->rules);
        load(ret, &ret->found);
}

static bool paths_exist(const char **paths)
{
        while (*paths && fs_exists(*paths))
                paths++;
        return !*paths;
}

void answer_find_by_facts(struct analyzing *z, struct answer *a)
{
        char before[sizeof a->facts];
        if (!a->cache || a->found || !paths_exist(z->paths)) /* what is missing is complained about elsewhere */
                return;
        memcpy(before, a->facts, sizeof before);
        sources_find(a->walked, store_db(a->cache), false, a->facts);
        struct texts *texts = texts_new(z->app->arena, z->app->config->dir, z->paths, fs_realpath(z->app->arena, "."), NULL);
        a->found = !strcmp(before, a->facts) && texts_still_stand(texts, str_text(&a->texts), a->texts.len);
        if (a->found) {
                sources_save(a->walked);
                return;
        }
        str_clear(&a->text);
        str_clear(&a->texts);
}

static bool put(const struct answer *a)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        CLEANUP(str_release) struct str body = {0};
        if (stmt_prepare(store_db(a->cache), "INSERT OR REPLACE INTO source_result VALUES (?,?,?,nullif(?,''),?,?,?,?)", &st, NULL) < 0)
                return false;
        str_add_len(&body, a->counts, sizeof a->counts);
        str_add_len(&body, str_text(&a->text), a->text.len);
        const char *const texts[] = {a->tree, a->rules, a->signature, a->facts};
        for (int i = 0; i < 4; i++)
                stmt_bind_text(st, i + 1, texts[i]);
        stmt_bind_blob(st, 5, str_text(&a->texts), a->texts.len);
        stmt_bind_int(st, 6, sys.realtime_us());
        stmt_bind_blob(st, 7, str_text(&body), body.len);
        stmt_bind_int(st, 8, (int64_t)check_of(a, a->signature));
        return stmt_step(st, NULL) >= 0;
}

void answer_keep(const struct analyzing *z, struct answer *a)
{
        if (!a->cache || a->text.len > ANSWER_BYTES_MAX)
                return;
        if (!a->found && (!z->follows_from_facts || !z->texts || !texts_states(z->texts, &a->texts)))
                a->facts[0] = '\0';
        if (!a->is_settled) { /* what was found by facts stands as it is */
                if (a->found || !*a->facts)
                        return;
                strcpy(a->signature, "of that moment");
        }
        if (put(a) && !a->found)
                db_exec(store_db(a->cache), "DELETE FROM source_result WHERE (tree, rules) NOT IN (SELECT tree, rules FROM source_result ORDER BY saved_us DESC LIMIT 32)", NULL);
}

void answer_release(struct answer *a)
{
        store_close(a->cache);
        sources_walked_free(a->walked);
        str_release(&a->text);
        str_release(&a->texts);
}

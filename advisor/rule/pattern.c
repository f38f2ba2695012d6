#include "rule/pattern.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "lib/digest.h"
#include "lib/syntax.h"

#include <string.h>

struct file {
        const char *path, *module, *language;
        const char *bytes;
        size_t len;
};

struct match {
        struct arena *arena;
        struct sink *sink;
        const struct rule *rule;
        const struct file *file;
};

static const char *const language_names[SYNTAX_LANG_COUNT] = {[SYNTAX_PYTHON] = "python", [SYNTAX_YAML] = "yaml", [SYNTAX_TOML] = "toml"};

static int language_of(const char *name)
{
        for (int l = 0; l < SYNTAX_LANG_COUNT; l++)
                if (!strcmp(language_names[l], name))
                        return l;
        return -1;
}

/* The capture @finding is the range; without one the first capture is. */
static bool keep_match(void *arg, const struct syntax_capture *captures, size_t n)
{
        struct match *m = arg;
        const struct syntax_capture *c = n ? &captures[0] : NULL;
        for (size_t i = 0; i < n; i++)
                if (!strcmp(captures[i].name, "finding"))
                        c = &captures[i];
        if (!c || c->node.end > m->file->len || c->node.end < c->node.start)
                return true;
        size_t len = c->node.end - c->node.start;
        char hash[DIGEST_HEX];
        digest_sha256(m->file->bytes + c->node.start, len, hash);
        hash[16] = '\0';
        EMIT(m->sink, "code_finding", TEXT("rule", m->rule->id), TEXT("path", m->file->path), TEXT("module", m->file->module),
             INT("line", c->node.line), INT("col", c->node.col), INT("byte_start", c->node.start), INT("byte_end", c->node.end),
             TEXT("snippet", arena_strndup(m->arena, m->file->bytes + c->node.start, len > 120 ? 120 : len)), TEXT("snippet_hash", hash));
        return true;
}

static int run_on_file(struct match *m, int lang, const struct syntax_query *query, struct err *err)
{
        CLEANUP(syntax_tree_free) struct syntax_tree *tree = NULL;
        if (syntax_parse((enum syntax_lang)lang, m->file->bytes, m->file->len, &tree, NULL) < 0)
                return 0; /* the source probe has named it as unparsed already */
        int r = syntax_query(query, tree, PATTERN_MATCHES_MAX, keep_match, m, err);
        return r == -ERR_RANGE ? 0 : r;
}

static int run_rule(struct match *m, const struct file *files, size_t n, struct err *err)
{
        int lang = language_of(m->rule->language);
        if (lang < 0)
                return err_at(err, ERR_CONFIG, m->rule->file, m->rule->line, 0, "rule '%s': unknown language '%s'", m->rule->id, m->rule->language);
        CLEANUP(syntax_query_free) struct syntax_query *query = NULL;
        struct err inner = {0};
        if (syntax_query_new((enum syntax_lang)lang, m->rule->pattern, &query, &inner) < 0)
                return err_at(err, ERR_CONFIG, m->rule->file, m->rule->line, 0, "rule '%s': pattern, line %d: %s", m->rule->id, inner.line, inner.msg);
        for (size_t i = 0; i < n; i++) {
                m->file = &files[i];
                int r = !strcmp(files[i].language, m->rule->language) ? run_on_file(m, lang, query, err) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Reads a file of the history again; paths are relative to the root (a folder or the file itself) that holds them. */
static bool read_below(struct arena *a, const char *const *roots, struct file *f)
{
        for (; *roots; roots++) {
                const char *path = fs_is_dir(*roots) ? fs_join(a, *roots, f->path) : strcmp(fs_basename(*roots), f->path) ? NULL : *roots;
                char *bytes;
                if (path && fs_exists(path) && fs_read(a, path, PATTERN_FILE_BYTES_MAX, &bytes, &f->len, NULL) == 0) {
                        f->bytes = bytes;
                        return true;
                }
        }
        return false;
}

int patterns_run(struct arena *a, const struct ruleset *set, struct store *store, int64_t run, const char *const *roots, struct err *err)
{
        bool any = false;
        for (size_t i = 0; i < set->rules.len; i++)
                any |= set->rules.items[i].pattern != NULL;
        if (!any)
                return 0;

        VEC(struct file) files = {0};
        int64_t target = 0;
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(store_db(store), "SELECT path, module, language, target_id FROM code_file WHERE run_id=? ORDER BY path", &st, err);
        if (r < 0)
                return r;
        stmt_bind_int(st, 1, run);
        while ((r = stmt_step(st, err)) == 1) {
                struct file f = {arena_strdup(a, stmt_text(st, 0)), arena_strdup(a, stmt_text(st, 1)), arena_strdup(a, stmt_text(st, 2)), NULL, 0};
                target = stmt_int(st, 3);
                if (f.language && language_of(f.language) >= 0 && read_below(a, roots, &f))
                        *vec_push(a, &files) = f;
        }
        if (r < 0 || !files.len)
                return r;

        struct match m = {.arena = a, .sink = store_sink(store, run, target)};
        sink_begin(m.sink);
        for (size_t i = 0; r >= 0 && i < set->rules.len; i++)
                if (set->rules.items[i].pattern) {
                        m.rule = &set->rules.items[i];
                        r = run_rule(&m, files.items, files.len, err);
                }
        m.sink->status(m.sink->arg, "code_finding", FACT_OK, NULL, NULL);
        int ended = sink_end(m.sink, r >= 0, r < 0 ? NULL : err);
        return r < 0 ? r : ended;
}

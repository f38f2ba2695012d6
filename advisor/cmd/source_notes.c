/*
 * What an analysis could not look at, as notes under its findings: each file that is not read or does not parse with its line and
 * the reason, tests by their number. A file that is left out without a word looks like clean code.
 */
#include "base/cleanup.h"
#include "cmd/sources.h"

enum { NAMED_MAX = 20 };

static void note(struct arena *a, struct analysis *z, const char *label, const char *value)
{
        *vec_push(a, &z->notes) = (struct evidence){label, value};
}

static void note_unparsed(struct arena *a, struct store *store, int64_t run, struct analysis *z)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (stmt_prepare(store_db(store),
                         "SELECT path, unparsed_line, note FROM code_file WHERE run_id=? AND (unparsed_line IS NOT NULL OR note IS NOT NULL) "
                         "AND note IS NOT 'a test: not analysed' ORDER BY path",
                         &st, NULL) < 0)
                return;
        stmt_bind_int(st, 1, run);
        size_t n = 0;
        while (stmt_step(st, NULL) == 1) {
                if (n++ >= NAMED_MAX)
                        continue;
                const char *why = stmt_text(st, 2), *path = stmt_text(st, 0);
                note(a, z, "unparsed", stmt_int(st, 1) ? arena_printf(a, "%s:%lld: %s", path, (long long)stmt_int(st, 1), why ? why : "does not parse")
                                                       : arena_printf(a, "%s: %s", path, why ? why : "does not parse"));
        }
        if (n > NAMED_MAX)
                note(a, z, "unparsed", arena_printf(a, "and %zu files more", n - NAMED_MAX));
}

static void note_tests(struct arena *a, struct store *store, int64_t run, struct analysis *z)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (stmt_prepare(store_db(store), "SELECT count(*) FROM code_file WHERE run_id=? AND note='a test: not analysed'", &st, NULL) < 0)
                return;
        stmt_bind_int(st, 1, run);
        if (stmt_step(st, NULL) == 1 && stmt_int(st, 0))
                note(a, z, "source", arena_printf(a, "%lld test files are not looked into (source.tests: true, or name them)", (long long)stmt_int(st, 0)));
}

/* Folders and files that the walk could not enter. */
static void note_limits(struct arena *a, struct store *store, int64_t run, struct analysis *z)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (stmt_prepare(store_db(store), "SELECT reason FROM fact_state WHERE run_id=? AND fact='code_file' AND reason IS NOT NULL", &st, NULL) < 0)
                return;
        stmt_bind_int(st, 1, run);
        while (stmt_step(st, NULL) == 1)
                note(a, z, "source", arena_strdup(a, stmt_text(st, 0)));
}

void sources_note(struct arena *a, struct store *store, int64_t run, struct analysis *z)
{
        note_limits(a, store, run, z);
        note_unparsed(a, store, run, z);
        note_tests(a, store, run, z);
}

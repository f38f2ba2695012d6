/*
 * What an analysis did not look at, as notes under its findings: folders that the walk could not enter, tests by their number. Files
 * that are not read or do not parse stand in analysis->unparsed. A file that is left out without a word looks like clean code.
 */
#include "base/cleanup.h"
#include "cmd/sources.h"

static void note(struct arena *a, struct analysis *z, const char *label, const char *value)
{
        *vec_push(a, &z->notes) = (struct evidence){label, value};
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
        note_tests(a, store, run, z);
}

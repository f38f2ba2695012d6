/* The results of an analysis in the history: what audit compares with the next night, and report shows. */
#include "base/cleanup.h"
#include "change/change_json.h"
#include "rule/engine.h"
#include "rule/trail.h"

static void bind_place(struct stmt *st, int i, int v)
{
        v > 0 ? stmt_bind_int(st, i, v) : stmt_bind_null(st, i);
}

static int keep_finding(struct arena *arena, struct stmt *st, int64_t run, const struct finding *f, struct err *err)
{
        CLEANUP(json_free) struct json *evidence = json_new_object();
        CLEANUP(str_release) struct str text = {0};
        for (size_t i = 0; i < f->evidence.len; i++)
                json_put_text(evidence, f->evidence.items[i].label, f->evidence.items[i].value);
        json_dump(evidence, 0, &text);
        stmt_bind_int(st, 1, run);
        const char *texts[] = {f->key, f->rule, severity_names[f->severity], f->kind, f->subject, f->message, f->file};
        for (int i = 0; i < 7; i++)
                stmt_bind_text(st, 2 + i, texts[i]);
        const int places[] = {f->line, f->col, f->end_line, f->end_col};
        for (int i = 0; i < 4; i++)
                bind_place(st, 9 + i, places[i]);
        stmt_bind_text(st, 13, str_text(&text));
        stmt_bind_text(st, 14, trail_text(arena, f));
        return stmt_step(st, err);
}

static int keep_findings(struct db *db, const struct analysis *a, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(db,
                             "INSERT OR REPLACE INTO finding (run_id, key, rule, severity, kind, subject, message, file, line, col, end_line, end_col, "
                             "evidence, trail) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                             &st, err);
        struct arena *scratch = arena_new();
        for (size_t i = 0; r >= 0 && i < a->findings.len; i++)
                r = keep_finding(scratch, st, a->run, &a->findings.items[i], err);
        arena_free(scratch);
        return r;
}

static int keep_outcomes(struct db *db, const struct analysis *a, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(db, "INSERT INTO rule_state VALUES (?,?,?,?,?)", &st, err);
        for (size_t i = 0; r >= 0 && i < a->outcomes.len; i++) {
                const struct rule_outcome *o = &a->outcomes.items[i];
                stmt_bind_int(st, 1, a->run);
                stmt_bind_text(st, 2, o->rule);
                stmt_bind_text(st, 3, o->status);
                stmt_bind_text(st, 4, o->reason);
                stmt_bind_int(st, 5, o->fired);
                r = stmt_step(st, err);
        }
        return r;
}

static int keep_recommendations(struct db *db, const struct analysis *a, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(db, "INSERT INTO recommendation VALUES (?,?,?,?,?,?)", &st, err);
        for (size_t i = 0; r >= 0 && i < a->recommendations.len; i++) {
                const struct recommendation *rec = &a->recommendations.items[i];
                CLEANUP(json_free) struct json *body = json_new_object();
                CLEANUP(str_release) struct str text = {0};
                recommendation_json(rec, body);
                json_dump(body, 0, &text);
                stmt_bind_int(st, 1, a->run);
                const char *texts[] = {rec->key, rec->rule, rec->title, a->change_set, str_text(&text)};
                for (int c = 0; c < 5; c++)
                        stmt_bind_text(st, 2 + c, texts[c]);
                r = stmt_step(st, err);
        }
        return r;
}

int analysis_store(struct store *store, const struct analysis *a, struct err *err)
{
        struct db *db = store_db(store);
        int r = db_exec(db, "SAVEPOINT analysis", err);
        if (r < 0)
                return r;
        if ((r = keep_findings(db, a, err)) < 0 || (r = keep_outcomes(db, a, err)) < 0 || (r = keep_recommendations(db, a, err)) < 0) {
                db_exec(db, "ROLLBACK TO analysis; RELEASE analysis", NULL);
                return r;
        }
        return db_exec(db, "RELEASE analysis", err);
}

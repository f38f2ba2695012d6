#include "cmd/sources.h"
#include "base/cleanup.h"
#include "probes/engine.h"
#include "probes/source/work.h"

#include <string.h>

struct sources {
        struct store *store;
        int64_t run, target;
};

static struct sink *sink_for(void *arg, const struct probe_target *target)
{
        (void)target;
        struct sources *s = arg;
        return store_sink(s->store, s->run, s->target);
}

int sources_capture(struct arena *a, struct store *store, int64_t run, const struct source_spec *what, struct err *err)
{
        static const char *nothing[] = {NULL};
        const struct probe *probe = probe_for_kind("source");
        if (!probe)
                return err_set(err, ERR_UNKNOWN, "this build has no source probe");
        struct sources s = {.store = store, .run = run};
        int r = store_target(store, "source", "source", &s.target, err);
        if (r < 0)
                return r;
        struct probe_target target = {.name = "source", .kind = "source", .dsn = what->roots[0], .roots = what->roots, .ignore = what->ignore ? what->ignore : nothing, .tests = what->tests,
                                      .cache = what->overlay ? NULL : what->cache, .overlay = what->overlay};
        if (what->walked) {
                target.walked = *what->walked;
                *what->walked = NULL;
        }
        struct capture_spec spec = {.targets = &target, .target_count = 1, .finish_budget_us = 600 * INT64_C(1000000), .arg = &s, .sink_for = sink_for};
        struct capture_result result = {0};
        capture_run(a, &spec, &result);
        r = store_run_probe(store, run, s.target, probe->name, capture_outcome_names[result.outcome], result.err.msg[0] ? result.err.msg : NULL,
                            result.wall_us, result.cpu_us, result.steps, result.records, err);
        if (r == 0 && result.outcome == CAPTURE_FAILED) {
                *err = result.err;
                r = -(int)(err->code ? err->code : ERR_IO);
        }
        return r;
}

bool sources_signature(const struct source_spec *spec, char tree[65], char signature[65], struct work **ret_walked)
{
        struct probe_target target = {.roots = spec->roots, .ignore = spec->ignore, .tests = spec->tests};
        return work_signature(&target, tree, signature, ret_walked);
}

bool sources_are_stored(struct store *store, int64_t run, const char *facts)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (stmt_prepare(store_db(store), "SELECT facts FROM source_facts JOIN target USING (target_id) WHERE run_id=? AND target.kind='source'", &st, NULL) < 0)
                return false;
        stmt_bind_int(st, 1, run);
        return stmt_step(st, NULL) == 1 && !strcmp(stmt_text(st, 0), facts) && stmt_step(st, NULL) == 0; /* of one target alone */
}

void sources_find(struct work *walked, struct db *cache, bool all, char facts[65])
{
        work_go_on(walked, cache);
        while (!work_step(walked, INT64_MAX))
                ;
        work_facts(walked, all, facts);
}

void sources_save(struct work *walked)
{
        work_save(walked);
}

void sources_walked_free(struct work *walked)
{
        work_free(walked);
}

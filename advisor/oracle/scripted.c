#include "oracle/oracles.h"

#include <math.h>

struct scripted {
        oracle_script *script;
        void *arg;
        struct oracle_index *indexes;
        size_t n;
        struct oracle *self;
};

static int set_indexes(void *arg, struct oracle_index *indexes, size_t n, struct err *err)
{
        struct scripted *s = arg;
        (void)err;
        s->indexes = indexes;
        s->n = n;
        return 0;
}

static int cost(void *arg, const char *queryid, const char *query, struct oracle_answer *ret_answer, struct err *err)
{
        struct scripted *s = arg;
        (void)err;
        *ret_answer = (struct oracle_answer){.cost_pg = NAN, .work_ms = NAN, .used = "[]"};
        s->script(s->arg, s->indexes, s->n, queryid, query, ret_answer);
        s->self->calls++;
        return 0;
}

static void nothing_to_close(void *arg)
{
        (void)arg;
}

struct oracle *oracle_scripted(struct arena *a, oracle_script *script, void *arg)
{
        struct scripted *s = arena_new_of(a, struct scripted);
        struct oracle *o = arena_new_of(a, struct oracle);
        *s = (struct scripted){.script = script, .arg = arg, .self = o};
        *o = (struct oracle){.arg = s, .kind = "scripted", .set_indexes = set_indexes, .cost = cost, .close = nothing_to_close};
        return o;
}

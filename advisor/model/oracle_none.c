/* The oracle when there is no planner to ask: it says why, and models then say "unknown" instead of guessing. */
#include "model/oracle.h"

static int set_indexes(void *arg, struct oracle_index *indexes, size_t n, struct err *err)
{
        (void)indexes, (void)n;
        return err_set(err, ERR_UNKNOWN, "%s", ((struct oracle *)arg)->unavailable);
}

static int cost(void *arg, const char *queryid, const char *query, struct oracle_answer *ret_answer, struct err *err)
{
        (void)queryid, (void)query, (void)ret_answer;
        return err_set(err, ERR_UNKNOWN, "%s", ((struct oracle *)arg)->unavailable);
}

static void close_nothing(void *arg)
{
        (void)arg;
}

struct oracle *oracle_none(struct arena *a, const char *why)
{
        struct oracle *o = arena_new_of(a, struct oracle);
        *o = (struct oracle){.arg = o, .kind = "none", .set_indexes = set_indexes, .cost = cost, .close = close_nothing, .unavailable = why};
        return o;
}

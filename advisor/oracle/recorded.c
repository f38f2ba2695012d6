/*
 * Answers by statement and set of indexes, in a hash table of the arena. The recording oracle passes on what is new; the
 * recorded one was filled from the history and passes nothing on. So the same history gives the same advice, byte for byte.
 */
#include "lib/digest.h"
#include "base/str.h"
#include "lib/json.h"
#include "oracle/oracles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct entry {
        const char *queryid, *query_hash, *indexes;
        struct oracle_answer answer;
        struct entry *next;
};

enum { BUCKETS = 4096 };

struct book {
        struct arena *arena;
        struct oracle *self, *inner; /* inner NULL: replay */
        struct store *store;
        int64_t run, target;
        struct entry *buckets[BUCKETS];
        VEC(struct entry *) order;
        struct oracle_index *set;
        size_t set_len;
        const char *set_text; /* sorted JSON array */
        bool passed_on;       /* inner knows the set */
};

static size_t bucket_of(const char *queryid, const char *query_hash, const char *indexes)
{
        const char *parts[] = {queryid, query_hash, indexes};
        uint64_t h = UINT64_C(14695981039346656037);
        for (int i = 0; i < 3; i++)
                for (const char *p = parts[i]; *p; p++)
                        h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
        return (size_t)(h % BUCKETS);
}

static struct entry *find(const struct book *b, const char *queryid, const char *query_hash, const char *indexes)
{
        struct entry *e = b->buckets[bucket_of(queryid, query_hash, indexes)];
        while (e && (strcmp(e->queryid, queryid) != 0 || strcmp(e->query_hash, query_hash) != 0 || strcmp(e->indexes, indexes) != 0))
                e = e->next;
        return e;
}

static struct entry *add(struct book *b, const char *queryid, const char *query_hash, const char *indexes, const struct oracle_answer *answer)
{
        struct arena *a = b->arena;
        struct entry *e = arena_new_of(a, struct entry);
        *e = (struct entry){.queryid = arena_strdup(a, queryid), .query_hash = arena_strdup(a, query_hash), .indexes = arena_strdup(a, indexes)};
        e->answer = (struct oracle_answer){.cost_pg = answer->cost_pg, .raw_cost_pg = answer->raw_cost_pg, .work_ms = answer->work_ms, .plan_hash = arena_strdup(a, answer->plan_hash),
                                           .plan = arena_strdup(a, answer->plan), .used = arena_strdup(a, answer->used),
                                           .failure = arena_strdup(a, answer->failure), .method = arena_strdup(a, answer->method)};
        struct entry **head = &b->buckets[bucket_of(queryid, query_hash, indexes)];
        e->next = *head;
        *head = e;
        *vec_push(a, &b->order) = e;
        return e;
}

/* Of the text, and of the values that it is asked with unless they are the typical ones. */
static const char *hash_of(struct arena *a, const char *query, enum oracle_values values)
{
        static const char *const suffix[ORACLE_VALUES_COUNT] = {"", "/frequent", "/rare"};
        char hex[DIGEST_HEX];
        digest_sha256(query, strlen(query), hex);
        return arena_printf(a, "%.16s%s", hex, suffix[values]);
}

static int by_definition(const void *a, const void *b)
{
        return strcmp(((const struct oracle_index *)a)->definition, ((const struct oracle_index *)b)->definition);
}

static const char *set_text(struct arena *a, const struct oracle_index *indexes, size_t n)
{
        CLEANUP(json_free) struct json *list = json_new_array();
        CLEANUP(str_release) struct str text = {0};
        for (size_t i = 0; i < n; i++)
                json_add_text(list, indexes[i].definition);
        json_dump(list, 0, &text);
        return arena_strdup(a, str_text(&text));
}

static int set_indexes(void *arg, struct oracle_index *indexes, size_t n, struct err *err)
{
        struct book *b = arg;
        (void)err;
        b->set = arena_alloc(b->arena, (n ? n : 1) * sizeof *b->set);
        if (n)
                memcpy(b->set, indexes, n * sizeof *b->set);
        qsort(b->set, n, sizeof *b->set, by_definition);
        b->set_len = n;
        b->set_text = set_text(b->arena, b->set, n);
        b->passed_on = false;
        return 0;
}

static int ask(struct book *b, const char *queryid, const char *query, struct oracle_answer *ret_answer, struct err *err)
{
        int r = b->passed_on ? 0 : b->inner->set_indexes(b->inner->arg, b->set, b->set_len, err);
        if (r < 0)
                return r;
        b->passed_on = true;
        b->inner->values = b->self->values;
        b->inner->weigh = b->self->weigh;
        b->inner->weigh_arg = b->self->weigh_arg;
        return b->inner->cost(b->inner->arg, queryid, query, ret_answer, err);
}

static int cost(void *arg, const char *queryid, const char *query, struct oracle_answer *ret_answer, struct err *err)
{
        struct book *b = arg;
        const char *hash = hash_of(b->arena, query, b->self->values);
        struct entry *e = find(b, queryid, hash, b->set_text);
        struct oracle_answer fresh = {.cost_pg = NAN, .work_ms = NAN, .used = "[]", .failure = "this what-if was not asked when the answers were recorded"};
        if (!e && b->inner) {
                int r = ask(b, queryid, query, &fresh, err);
                if (r < 0)
                        return r;
                e = add(b, queryid, hash, b->set_text, &fresh);
                b->self->calls = b->inner->calls;
        }
        *ret_answer = e ? e->answer : fresh;
        return 0;
}

/* One sample: all answers of the run, or none. */
static void write_answers(struct book *b)
{
        struct sink *sink = store_sink(b->store, b->run, b->target);
        sink_begin(sink);
        for (size_t i = 0; i < b->order.len; i++) {
                const struct entry *e = b->order.items[i];
                EMIT(sink, "oracle_answer", TEXT("queryid", e->queryid), TEXT("query_hash", e->query_hash), TEXT("indexes", e->indexes),
                     REAL("cost", e->answer.cost_pg), REAL("raw_cost", e->answer.raw_cost_pg), REAL("work_ms", e->answer.work_ms),
                     TEXT("plan_hash", e->answer.plan_hash), TEXT("plan", e->answer.plan), TEXT("used", e->answer.used),
                     TEXT("failure", e->answer.failure), TEXT("method", e->answer.method));
        }
        sink_end(sink, true, NULL); /* an answer that could not be kept is asked again */
}

static void close_book(void *arg)
{
        struct book *b = arg;
        if (!b->inner)
                return;
        if (b->order.len)
                write_answers(b);
        b->inner->close(b->inner->arg);
        b->order.len = 0;
}

static struct book *new_book(struct arena *a, const char *kind)
{
        struct book *b = arena_new_of(a, struct book);
        b->arena = a;
        b->set_text = "[]";
        b->self = arena_new_of(a, struct oracle);
        *b->self = (struct oracle){.arg = b, .kind = kind, .set_indexes = set_indexes, .cost = cost, .close = close_book};
        return b;
}

struct oracle *oracle_recording(struct arena *a, struct oracle *inner, struct store *store, int64_t run, int64_t target)
{
        struct book *b = new_book(a, inner->kind);
        b->inner = inner;
        b->store = store;
        b->run = run;
        b->target = target;
        b->self->unavailable = inner->unavailable;
        return b->self;
}

int oracle_open_recorded(struct arena *a, struct store *store, int64_t run, int64_t target, struct oracle **ret_oracle, struct err *err)
{
        static const char sql[] = "SELECT queryid, query_hash, indexes, cost, plan_hash, plan, used, failure, work_ms, raw_cost, method FROM oracle_answer"
                                  " WHERE run_id = ? AND (? = 0 OR target_id = ?) ORDER BY rowid";
        CLEANUP(stmt_free) struct stmt *s = NULL;
        struct book *b = new_book(a, "recorded");
        int r = stmt_prepare(store_db(store), sql, &s, err);
        if (r < 0)
                return r;
        stmt_bind_int(s, 1, run);
        stmt_bind_int(s, 2, target);
        stmt_bind_int(s, 3, target);
        while ((r = stmt_step(s, err)) == 1) {
                struct oracle_answer answer = {.cost_pg = stmt_real(s, 3), .plan_hash = stmt_text(s, 4), .plan = stmt_text(s, 5), .used = stmt_text(s, 6),
                                               .failure = stmt_text(s, 7), .work_ms = stmt_real(s, 8), .raw_cost_pg = stmt_real(s, 9), .method = stmt_text(s, 10)};
                const char *queryid = arena_strdup(a, stmt_text(s, 0)), *hash = arena_strdup(a, stmt_text(s, 1)), *indexes = arena_strdup(a, stmt_text(s, 2));
                add(b, queryid, hash, indexes, &answer);
        }
        if (r < 0)
                return r;
        if (!b->order.len)
                b->self->unavailable = "no what-if answers were recorded in this run";
        *ret_oracle = b->self;
        return 0;
}

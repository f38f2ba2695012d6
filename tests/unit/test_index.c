/* Index advice on a small application schema; the oracle is a table: the cheapest known index of the set decides. */
#include "model/index_advice.h"
#include "model/index_size.h"
#include "model/model.h"
#include "oracle/oracles.h"
#include "tests/lib/unit.h"

#include <stdio.h>
#include <string.h>

/* What a statement costs with an index of these columns; indexes without a row do not help. */
struct price {
        const char *queryid, *index;
        double cost, work; /* work: of the second opinion; 0 none */
};

struct world {
        struct arena *arena;
        struct facts facts;
        struct config *config;
        const struct price *prices;
        double base_cost, base_work;
        struct finding findings[8];
        struct rule_row rows[8];
        size_t row_count;
};

static void answer(void *arg, const struct oracle_index *indexes, size_t n, const char *queryid, const char *query, struct oracle_answer *ret)
{
        const struct world *w = arg;
        const char *used = NULL;
        (void)query;
        ret->cost_pg = w->base_cost;
        ret->work_ms = w->base_work > 0 ? w->base_work : NAN;
        ret->plan_hash = "base";
        ret->plan = "Seq Scan";
        for (size_t i = 0; i < n; i++)
                for (const struct price *p = w->prices; p->queryid; p++)
                        if (!strcmp(p->queryid, queryid) && strstr(indexes[i].definition, p->index) && !strstr(indexes[i].definition, "INCLUDE") &&
                            (p->cost < ret->cost_pg || p->cost > w->base_cost)) {
                                ret->cost_pg = p->cost;
                                ret->work_ms = p->work > 0 ? p->work : NAN;
                                used = indexes[i].definition;
                        }
        if (!used)
                return;
        ret->used = arena_printf(w->arena, "[\"%s\"]", used);
        ret->plan_hash = ret->plan = arena_printf(w->arena, "Index Scan using %s", used);
}

static void add_table(struct world *w, int64_t oid, const char *name, double rows)
{
        *vec_push(w->arena, &w->facts.tables) = (struct fact_table){.target = "db", .oid = oid, .schema = "hearts", .name = name, .kind = "r", .rows = rows,
                                                                    .pages = rows / 80, .heap_bytes = rows * 100, .total_bytes = rows * 120, .hot_frac = NAN};
}

static void add_column(struct world *w, int64_t table, const char *name, const char *type, double width, double distinct)
{
        *vec_push(w->arena, &w->facts.columns) = (struct fact_column){.target = "db", .table_oid = table, .name = name, .type = type, .avg_width = width,
                                                                      .n_distinct = distinct, .null_frac = 0, .correlation = 0};
}

static void add_index(struct world *w, int64_t table, const char *name, const char *columns, bool primary)
{
        *vec_push(w->arena, &w->facts.indexes) =
                (struct fact_index){.target = "db", .oid = 9000 + (int64_t)w->facts.indexes.len, .table_oid = table, .schema = "hearts", .table = "t", .name = name,
                                    .method = "btree", .definition = arena_printf(w->arena, "CREATE INDEX %s ON hearts.t USING btree %s", name, columns),
                                    .is_unique = primary, .is_primary = primary, .is_constraint = primary, .is_valid = true};
}

static void add_statement(struct world *w, const char *queryid, const char *query, double calls_hz, double mean_ms)
{
        *vec_push(w->arena, &w->facts.statements) =
                (struct fact_statement){.target = "db", .queryid = queryid, .query = query, .calls = calls_hz * 60, .calls_hz = calls_hz, .mean_ms = mean_ms,
                                        .stddev_ms = mean_ms / 2, .total_ms = calls_hz * 60 * mean_ms, .share_frac = 0.5, .rows_per_call = 20, .shared_read_per_call = 5,
                                        .plan_cost = NAN};
}

static struct rule_row *add_row(struct world *w, const char *rule, int n, const char *const *names, const char *const *texts)
{
        struct finding *f = &w->findings[w->row_count];
        *f = (struct finding){.key = arena_printf(w->arena, "key%zu", w->row_count), .rule = rule, .subject = "subject"};
        struct rule_row *row = &w->rows[w->row_count++];
        *row = (struct rule_row){.finding = f, .n = (size_t)n, .names = names, .texts = texts};
        return row;
}

static void ask_for(struct world *w, const char *queryid)
{
        static const char *const names[] = {"queryid"};
        const char **texts = arena_alloc(w->arena, sizeof *texts);
        texts[0] = queryid;
        add_row(w, "index.missing_whatif", 1, names, texts);
}

static struct world *world(const struct price *prices)
{
        struct arena *a = arena_new();
        struct world *w = arena_new_of(a, struct world);
        *w = (struct world){.arena = a, .config = config_default(a), .prices = prices, .base_cost = 10000};
        w->facts = (struct facts){.arena = a, .config = w->config, .window_s = 60};
        for (int i = 0; i < FIGURE_COUNT; i++)
                w->facts.figures[i].value = NAN;
        *vec_push(a, &w->facts.servers) = (struct fact_server){.target = "db", .version_num = 150020};
        add_table(w, 1, "messages", 1e6);
        add_column(w, 1, "id", "bigint", 8, -1);
        add_column(w, 1, "match_id", "bigint", 8, 40000);
        add_column(w, 1, "sender_id", "bigint", 8, 20000);
        add_column(w, 1, "sent_at", "timestamp with time zone", 8, -0.99);
        add_column(w, 1, "kind", "smallint", 2, 3);
        add_column(w, 1, "body", "text", 60, -0.9);
        add_index(w, 1, "messages_pkey", "(id)", true);
        add_table(w, 2, "matches", 1e5);
        add_column(w, 2, "id", "bigint", 8, -1);
        add_column(w, 2, "user_a", "bigint", 8, 20000);
        add_column(w, 2, "user_b", "bigint", 8, 20000);
        add_index(w, 2, "matches_pkey", "(id)", true);
        add_index(w, 2, "matches_user_a_user_b_key", "(user_a, user_b)", true);
        add_table(w, 3, "cities", 500);
        add_column(w, 3, "name", "text", 10, -1);
        return w;
}

static struct advise_out advise(struct world *w)
{
        struct advise_out out = {0};
        struct err err = {0};
        struct advise_in in = {.arena = w->arena, .facts = &w->facts, .oracle = oracle_scripted(w->arena, answer, w), .rule = "index.missing_whatif", .rows = w->rows,
                               .n = w->row_count};
        ck_assert_msg(model_index_gain.advise(&in, &out, &err) == 0, "%s", err.msg);
        return out;
}

static const char *knobs(struct world *w, const struct advise_out *out)
{
        const char *all = "";
        for (size_t i = 0; i < out->recommendations.len; i++)
                all = arena_printf(w->arena, "%s%s%s", all, i ? "; " : "", out->recommendations.items[i].changes.items[0].knob);
        return all;
}

static const char chat[] = "SELECT id, sender_id, body, sent_at FROM messages WHERE match_id = $1 ORDER BY sent_at DESC LIMIT $2";

START_TEST(advise__equality_first_then_order)
{
        static const struct price prices[] = {{"1", "(match_id)", 120}, {"1", "(sent_at)", 400}, {"1", "(match_id, sent_at)", 8}, {"1", "(sent_at, match_id)", 90}, {0}};
        struct world *w = world(prices);
        add_statement(w, "1", chat, 10, 80);
        ask_for(w, "1");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(match_id, sent_at)");
        const struct recommendation *r = &out.recommendations.items[0];
        const struct change *c = &r->changes.items[0];
        ck_assert_str_eq(c->forward_sql, "CREATE INDEX CONCURRENTLY messages_match_id_sent_at_idx ON hearts.messages USING btree (match_id, sent_at)");
        ck_assert_str_eq(c->undo_sql, "DROP INDEX CONCURRENTLY hearts.messages_match_id_sent_at_idx");
        ck_assert_str_eq(r->key, "key0");
        ck_assert_int_eq(c->phase, PHASE_INDEX);
        ck_assert(c->size_bytes > 20e6 && c->size_bytes < 40e6);
        ck_assert_str_eq(r->effects.items[0].figure, "db_p95_ms");
        ck_assert(r->effects.items[0].after < r->effects.items[0].before);
        ck_assert_str_eq(r->effects.items[1].figure, "statement 1 mean");
        ck_assert(r->effects.items[1].lo <= r->effects.items[1].after && r->effects.items[1].after <= r->effects.items[1].hi);
        ck_assert(r->effects.items[1].hi <= r->effects.items[1].before);
        arena_free(w->arena);
}
END_TEST

/* Another statement makes the percentile; the index is advised for what it does, and nothing is said of the figure. */
START_TEST(advise__a_figure_that_stays_is_not_told)
{
        static const struct price prices[] = {{"1", "(match_id, sent_at)", 8}, {0}};
        struct world *w = world(prices);
        add_statement(w, "1", chat, 10, 80);
        add_statement(w, "2", "SELECT count(*) FROM messages", 100, 500);
        ask_for(w, "1");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(match_id, sent_at)");
        const struct recommendation *r = &out.recommendations.items[0];
        ck_assert_uint_eq(r->effects.len, 1);
        ck_assert_str_eq(r->effects.items[0].figure, "statement 1 mean");
        ck_assert(r->effects.items[0].after < r->effects.items[0].before && r->rank > 0);
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__mixed_directions_are_kept)
{
        static const struct price prices[] = {{"1", "(match_id, kind, sent_at DESC)", 8}, {"1", "(match_id)", 120}, {0}};
        struct world *w = world(prices);
        add_statement(w, "1", "SELECT id FROM messages WHERE match_id = $1 ORDER BY kind, sent_at DESC LIMIT 10", 10, 80);
        ask_for(w, "1");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(match_id, kind, sent_at DESC)");
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__nothing_that_exists_or_is_a_prefix)
{
        static const struct price prices[] = {{"1", "(user_a)", 5}, {"1", "(user_a, user_b)", 4}, {"2", "(id)", 3}, {0}};
        struct world *w = world(prices);
        add_statement(w, "1", "SELECT id FROM matches WHERE user_a = $1", 10, 20);
        add_statement(w, "2", "SELECT user_a FROM matches WHERE id = $1", 10, 20);
        ask_for(w, "1");
        ask_for(w, "2");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "");
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__one_index_for_two_statements)
{
        static const struct price prices[] = {{"1", "(match_id, sent_at)", 8}, {"1", "(match_id)", 100}, {"2", "(match_id", 90}, {0}};
        struct world *w = world(prices);
        add_statement(w, "1", chat, 10, 80);
        add_statement(w, "2", "SELECT count(*) FROM messages WHERE match_id = $1", 5, 60);
        ask_for(w, "1");
        ask_for(w, "2");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(match_id, sent_at)");
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__budget_takes_the_smaller)
{
        static const struct price prices[] = {{"1", "(match_id, sent_at)", 8}, {"1", "(match_id)", 120}, {0}};
        struct world *w = world(prices);
        w->config->index_budget_bytes = 12 << 20;
        add_statement(w, "1", chat, 10, 80);
        ask_for(w, "1");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(match_id)");
        w->config->index_budget_bytes = 1 << 20;
        out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "");
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__refused_where_writes_cost_more)
{
        static const struct price prices[] = {{"1", "(match_id, sent_at)", 8}, {"1", "(match_id)", 120}, {0}};
        struct world *w = world(prices);
        add_statement(w, "1", chat, 0.1, 80); /* 8 ms a second */
        w->facts.tables.items[0].tup_ins_hz = 2000; /* 20 ms a second for each index */
        ask_for(w, "1");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "");
        w->facts.tables.items[0].tup_ins_hz = 100;
        out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(match_id, sent_at)");
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__no_more_than_a_night_takes_and_names_the_rest)
{
        static const struct price prices[] = {{"1", "(match_id)", 50, 0}, {"2", "(sender_id)", 50, 0}, {"3", "(user_b)", 50, 0}, {NULL, NULL, 0, 0}};
        struct world *w = world(prices);
        add_statement(w, "1", "SELECT * FROM messages WHERE match_id = $1", 10, 80);
        add_statement(w, "2", "SELECT * FROM messages WHERE sender_id = $1", 5, 80);
        add_statement(w, "3", "SELECT * FROM matches WHERE user_b = $1", 1, 80);
        ask_for(w, "1");
        ask_for(w, "2");
        ask_for(w, "3");
        w->config->index_count = 3;
        ck_assert_uint_eq(advise(w).recommendations.len, 3);
        w->config->index_count = 1;
        struct advise_out out = advise(w);
        ck_assert_uint_eq(out.recommendations.len, 1);
        ck_assert_ptr_nonnull(strstr(knobs(w, &out), "match_id"));
        int next = 0;
        for (size_t i = 0; i < out.unknown.len; i++)
                next += !strcmp(out.unknown.items[i].label, "index next");
        ck_assert_int_eq(next, 2);
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__too_little_is_not_worth_an_index)
{
        static const struct price prices[] = {{"1", "(match_id)", 50, 0}, {"2", "(user_b)", 50, 0}, {NULL, NULL, 0, 0}};
        struct world *w = world(prices);
        add_statement(w, "1", "SELECT * FROM messages WHERE match_id = $1", 10, 80);
        add_statement(w, "2", "SELECT * FROM matches WHERE user_b = $1", 0.00125, 80); /* more than its room costs, less than the least gain */
        for (int i = 0; i < 16; i++) /* what no index helps: the load by which small gains are measured */
                add_statement(w, arena_printf(w->arena, "other%d", i), "SELECT count(*) FROM messages", 10, 80);
        ask_for(w, "1");
        ask_for(w, "2");
        struct advise_out out = advise(w);
        ck_assert_uint_eq(out.recommendations.len, 1);
        ck_assert_ptr_nonnull(strstr(knobs(w, &out), "match_id"));
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__updates_write_unless_they_are_hot)
{
        static const struct price prices[] = {{"1", "(match_id)", 50, 0}, {NULL, NULL, 0, 0}};
        struct world *w = world(prices);
        add_statement(w, "1", "SELECT * FROM messages WHERE match_id = $1", 0.1, 80);
        ask_for(w, "1");
        w->facts.tables.items[0].tup_upd_hz = 2000; /* 40 ms a second where none is HOT */
        w->facts.tables.items[0].hot_frac = 0;
        ck_assert_uint_eq(advise(w).recommendations.len, 0);
        w->facts.tables.items[0].hot_frac = 0.99;
        ck_assert_uint_eq(advise(w).recommendations.len, 1);
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__avoids_a_regression)
{
        /* The index that is best for 1 makes 2 dearer; a little worse one does not. */
        static const struct price prices[] = {{"1", "(match_id, sent_at)", 8}, {"1", "(match_id)", 120}, {"2", "(match_id, sent_at)", 13000}, {0}};
        struct world *w = world(prices);
        add_statement(w, "1", chat, 10, 80);
        add_statement(w, "2", "SELECT count(*) FROM messages WHERE match_id = $1 AND kind = $2", 0.1, 50);
        ask_for(w, "1");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(match_id)");
        ck_assert(out.unknown.len == 1 && strstr(out.unknown.items[0].value, "statement 2"));
        arena_free(w->arena);
}
END_TEST

/* For the second statement (match_id) is a little cheaper beside (match_id, sent_at), which serves it as well. */
START_TEST(advise__no_member_begins_like_another)
{
        static const struct price prices[] = {{"1", "(match_id, sent_at)", 8}, {"1", "(match_id)", 4000}, {"2", "(match_id, sent_at)", 300}, {"2", "(match_id)", 50}, {0}};
        struct world *w = world(prices);
        add_statement(w, "1", chat, 10, 80);
        add_statement(w, "2", "SELECT count(*) FROM messages WHERE match_id = $1", 10, 60);
        ask_for(w, "1");
        ask_for(w, "2");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(match_id, sent_at)");
        arena_free(w->arena);
}
END_TEST

/* The same after an index was left out for what it does to statement 4, when the search goes on. */
START_TEST(advise__no_member_begins_like_another_after_a_regression)
{
        static const struct price prices[] = {{"1", "(match_id, sent_at)", 8}, {"1", "(match_id)", 4000}, {"2", "(match_id, sent_at)", 300}, {"2", "(match_id)", 50},
                                              {"3", "(sender_id)", 100}, {"4", "(sender_id)", 13000}, {0}};
        struct world *w = world(prices);
        add_statement(w, "1", chat, 10, 80);
        add_statement(w, "2", "SELECT count(*) FROM messages WHERE match_id = $1", 10, 60);
        add_statement(w, "3", "SELECT body FROM messages WHERE sender_id = $1", 10, 60);
        add_statement(w, "4", "SELECT count(*) FROM messages WHERE sender_id = $1 AND kind = $2", 0.1, 50);
        ask_for(w, "1");
        ask_for(w, "3");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(match_id, sent_at)");
        ck_assert(out.unknown.len == 1 && strstr(out.unknown.items[0].value, "messages(sender_id) is left out: statement 4"));
        arena_free(w->arena);
}
END_TEST

/* A page by time wants the B-tree, a range the BRIN index, which is cheaper for it: both on one column would be one too many. */
START_TEST(advise__no_brin_beside_a_btree_on_its_column)
{
        static const struct price prices[] = {{"1", "btree (sent_at", 8}, {"2", "btree (sent_at", 300}, {"2", "brin (sent_at)", 50}, {"3", "brin (sent_at)", 50}, {0}};
        static const char *const ranges[] = {"1", "2", "3"}, *const want[] = {"index:db:hearts.messages(sent_at", "index:db:hearts.messages brin(sent_at)"};
        for (int only_ranges = 0; only_ranges < 2; only_ranges++) {
                struct world *w = world(prices);
                for (size_t i = 0; i < w->facts.columns.len; i++)
                        if (!strcmp(w->facts.columns.items[i].name, "sent_at"))
                                w->facts.columns.items[i].correlation = 1;
                if (!only_ranges)
                        add_statement(w, "1", "SELECT body FROM messages ORDER BY sent_at DESC LIMIT 20", 10, 80);
                add_statement(w, ranges[1 + only_ranges], "SELECT kind, count(*) FROM messages WHERE sent_at >= $1 AND sent_at < $2 GROUP BY kind", 10, 80);
                for (int i = only_ranges; i < 2; i++)
                        ask_for(w, ranges[i + only_ranges]);
                struct advise_out out = advise(w);
                const char *got = knobs(w, &out);
                ck_assert_msg(!strncmp(got, want[only_ranges], strlen(want[only_ranges])) && !strchr(got, ';'), "%s", got);
                arena_free(w->arena);
        }
}
END_TEST

/* However many indexes hurt a statement, none of them stays. */
START_TEST(advise__avoids_every_regression)
{
        enum { N = 30 };
        static struct price prices[2 * N + 1];
        struct world *w = world(prices);
        memset(prices, 0, sizeof prices);
        for (int i = 0; i < N; i++) {
                const char *column = arena_printf(w->arena, "c%d", i), *index = arena_printf(w->arena, "(%s)", column);
                prices[2 * i] = (struct price){arena_printf(w->arena, "gains%d", i), index, 100};
                prices[2 * i + 1] = (struct price){arena_printf(w->arena, "loses%d", i), index, 13000};
                add_column(w, 1, column, "integer", 4, 20000);
                add_statement(w, prices[2 * i].queryid, arena_printf(w->arena, "SELECT body FROM messages WHERE %s = $1", column), 10, 80);
                add_statement(w, prices[2 * i + 1].queryid, arena_printf(w->arena, "SELECT count(*) FROM messages WHERE %s = $1 AND kind = $2", column), 0.1, 50);
        }
        static const char *const names[] = {"table"}, *const texts[] = {"messages"};
        add_row(w, "index.missing_whatif", 1, names, texts);
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "");
        ck_assert_uint_eq(out.unknown.len, N);
        arena_free(w->arena);
}
END_TEST

static const char *evidence(const struct recommendation *r, const char *label)
{
        for (size_t i = 0; i < r->evidence.len; i++)
                if (!strcmp(r->evidence.items[i].label, label))
                        return r->evidence.items[i].value;
        return NULL;
}

/* Statement 2 gets another plan for a gain that is within what costs are off by. */
START_TEST(advise__tells_of_a_plan_that_flips_for_little)
{
        static const struct price prices[] = {{"1", "(match_id, sent_at)", 8}, {"2", "(match_id, sent_at)", 8800}, {0}};
        struct world *w = world(prices);
        add_statement(w, "1", chat, 10, 80);
        add_statement(w, "2", "SELECT count(*) FROM messages WHERE match_id = $1 AND kind = $2", 0.1, 50);
        ask_for(w, "1");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(match_id, sent_at)");
        const struct recommendation *r = &out.recommendations.items[0];
        ck_assert_str_eq(evidence(r, "may get slower"), "statement 2: another plan for a cost of 8800 instead of 10000, which is less than estimates are off by");
        ck_assert(r->risk == RISK_MEDIUM && strstr(r->risk_why, "1 statement may change"));
        arena_free(w->arena);
}
END_TEST

/* The second opinion has the plan of 2 do a tenth of the work, and that of 3 a little more: only 3 is told of. */
START_TEST(advise__a_flip_that_does_much_less_is_not_told)
{
        static const struct price prices[] = {{"1", "(match_id, sent_at)", 8, 0.5}, {"2", "(match_id, sent_at)", 8800, 5}, {"3", "(match_id, sent_at)", 8800, 55}, {0}};
        struct world *w = world(prices);
        w->base_work = 50;
        add_statement(w, "1", chat, 10, 80);
        add_statement(w, "2", "SELECT count(*) FROM messages WHERE match_id = $1 AND kind = $2", 0.1, 50);
        add_statement(w, "3", "SELECT count(*) FROM messages WHERE match_id = $1 AND sender_id = $2", 0.1, 50);
        ask_for(w, "1");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(match_id, sent_at)");
        const struct recommendation *r = &out.recommendations.items[0];
        ck_assert(evidence(r, "may get slower") && strstr(evidence(r, "may get slower"), "statement 3: another plan"));
        ck_assert(strstr(r->risk_why, "1 statement may change"));
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__an_index_on_an_expression_makes_none_redundant)
{
        static const struct price prices[] = {{"1", "(lower(body))", 8}, {"2", "(sender_id, sent_at)", 8}, {0}};
        struct world *w = world(prices);
        add_index(w, 1, "messages_body_idx", "(body)", false);
        add_index(w, 1, "messages_sender_id_idx", "(sender_id)", false);
        add_statement(w, "1", "SELECT id FROM messages WHERE lower(body) = $1", 10, 80);
        add_statement(w, "2", "SELECT id FROM messages WHERE sender_id = $1 ORDER BY sent_at LIMIT 5", 10, 80);
        ask_for(w, "1");
        ask_for(w, "2");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(lower(body)); index:db:hearts.messages(sender_id, sent_at)");
        ck_assert_ptr_null(evidence(&out.recommendations.items[0], "makes redundant"));
        ck_assert_str_eq(evidence(&out.recommendations.items[1], "makes redundant"), "messages_sender_id_idx: drop it once verify has shown the gain");
        arena_free(w->arena);
}
END_TEST

/* The key of a partial index counts, not only its predicate: an update of it writes into every index of the table. */
START_TEST(advise__partial_pays_for_updates_of_its_keys)
{
        static const struct price prices[] = {{"1", "(sent_at) WHERE kind IS NULL", 8}, {0}};
        struct world *w = world(prices);
        w->facts.columns.items[4].null_frac = 0.02;
        add_statement(w, "1", "SELECT id FROM messages WHERE kind IS NULL ORDER BY sent_at LIMIT 5", 1, 80);
        add_statement(w, "2", "UPDATE messages SET sent_at = now() WHERE id = $1", 2000, 0.1);
        w->facts.statements.items[1].rows_per_call = 1;
        ask_for(w, "1");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "");
        w->facts.statements.items[1].calls_hz = 2;
        w->facts.statements.items[1].calls = 120;
        w->facts.statements.items[1].total_ms = 12;
        out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(sent_at) WHERE kind IS NULL");
        arena_free(w->arena);
}
END_TEST

/* Which of the two values is the rare one is not known: size and writes are those of the common one. */
START_TEST(advise__partial_is_as_large_as_it_may_be)
{
        static const struct price prices[] = {{"1", "(match_id) WHERE kind = 2", 8}, {0}};
        struct world *w = world(prices);
        w->facts.columns.items[4].mcv_freqs = "[0.97, 0.02, 0.01]";
        add_statement(w, "1", "SELECT body FROM messages WHERE kind = 2 AND match_id = $1", 0.1, 80);
        ask_for(w, "1");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(match_id) WHERE kind = 2");
        ck_assert(out.recommendations.items[0].changes.items[0].size_bytes > 7e6);
        w->facts.tables.items[0].tup_ins_hz = 2000;
        out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "");
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__partial_holds_what_is_read)
{
        static const struct price prices[] = {{"1", "(sender_id) WHERE kind IS NULL", 8}, {"1", "(kind) WHERE kind IS NULL", 20}, {0}};
        struct world *w = world(prices);
        w->facts.columns.items[4].null_frac = 0.02;
        add_statement(w, "1", "SELECT sender_id FROM messages WHERE kind IS NULL", 1, 80);
        ask_for(w, "1");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(sender_id) WHERE kind IS NULL");
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__small_tables_are_left)
{
        static const struct price prices[] = {{"1", "(name)", 1}, {0}};
        struct world *w = world(prices);
        add_statement(w, "1", "SELECT * FROM cities WHERE name = $1", 100, 1);
        ask_for(w, "1");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "");
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__unused_by_the_plan_is_no_gain)
{
        static const struct price prices[] = {{0}};
        struct world *w = world(prices);
        add_statement(w, "1", chat, 10, 80);
        ask_for(w, "1");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "");
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__without_an_oracle_it_says_why)
{
        static const struct price prices[] = {{0}};
        struct world *w = world(prices);
        add_statement(w, "1", chat, 10, 80);
        ask_for(w, "1");
        struct advise_out out = {0};
        struct advise_in in = {.arena = w->arena, .facts = &w->facts, .oracle = oracle_none(w->arena, "HypoPG is not there"), .rows = w->rows, .n = w->row_count};
        ck_assert_int_eq(model_index_gain.advise(&in, &out, NULL), 0);
        ck_assert_uint_eq(out.unknown.len, 1);
        ck_assert_str_eq(out.unknown.items[0].value, "HypoPG is not there");
        arena_free(w->arena);
}
END_TEST

static struct world *foreign_key_world(double deletes_hz)
{
        static const struct price prices[] = {{0}};
        static const char *const names[] = {"table", "columns"}, *const texts[] = {"hearts.messages", "[\"match_id\"]"};
        struct world *w = world(prices);
        *vec_push(w->arena, &w->facts.foreign_keys) = (struct fact_foreign_key){.target = "db", .name = "messages_match_id_fkey", .table = "messages", .schema = "hearts",
                                                                                .columns = "[\"match_id\"]", .ref_table = "hearts.matches", .table_oid = 1};
        w->facts.tables.items[1].tup_del_hz = deletes_hz;
        add_row(w, "index.fk", 2, names, texts);
        return w;
}

START_TEST(advise__foreign_key_with_deletes)
{
        struct world *w = foreign_key_world(2);
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.messages(match_id)");
        ck_assert_str_eq(out.recommendations.items[0].rule, "index.fk");
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__foreign_key_that_nothing_uses_is_unknown)
{
        struct world *w = foreign_key_world(0);
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "");
        ck_assert_uint_eq(out.unknown.len, 1);
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__says_the_same_twice)
{
        static const struct price prices[] = {{"1", "(match_id", 100}, {"2", "(sender_id", 100}, {"2", "(match_id", 9000}, {0}};
        struct world *w = world(prices);
        add_statement(w, "1", chat, 10, 80);
        add_statement(w, "2", "SELECT count(*) FROM messages WHERE sender_id = $1 AND match_id > $2", 5, 60);
        ask_for(w, "1");
        ask_for(w, "2");
        struct advise_out one = advise(w), two = advise(w);
        ck_assert_str_eq(knobs(w, &one), knobs(w, &two));
        ck_assert_str_eq(knobs(w, &one), "index:db:hearts.messages(match_id); index:db:hearts.messages(sender_id)");
        arena_free(w->arena);
}
END_TEST

START_TEST(advise__partitioned_is_unknown)
{
        static const struct price prices[] = {{"1", "(match_id)", 120}, {0}};
        struct world *w = world(prices);
        w->facts.tables.items[0].kind = "p";
        add_statement(w, "1", chat, 10, 80);
        ask_for(w, "1");
        struct advise_out out = advise(w);
        ck_assert_str_eq(knobs(w, &out), "");
        ck_assert_uint_eq(out.unknown.len, 1);
        arena_free(w->arena);
}
END_TEST

/* ── Dropping ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct advise_out drop(struct world *w)
{
        static const char *const names[] = {"index"};
        for (size_t i = 0; i < w->facts.indexes.len; i++) {
                const char **texts = arena_alloc(w->arena, sizeof *texts);
                double *numbers = arena_alloc(w->arena, sizeof *numbers);
                texts[0] = w->facts.indexes.items[i].name;
                numbers[0] = NAN;
                add_row(w, "index.unused", 1, names, texts)->numbers = numbers;
        }
        struct advise_out out = {0};
        struct advise_in in = {.arena = w->arena, .facts = &w->facts, .rows = w->rows, .n = w->row_count};
        ck_assert_int_eq(model_index_drop.advise(&in, &out, NULL), 0);
        return out;
}

static struct world *used_world(void)
{
        static const struct price prices[] = {{0}};
        struct world *w = world(prices);
        for (size_t i = 0; i < w->facts.indexes.len; i++)
                w->facts.indexes.items[i].scans = 5;
        return w;
}

START_TEST(drop__one_of_two_duplicates_with_its_definition_kept)
{
        struct world *w = used_world();
        add_index(w, 1, "a_idx", "(body)", false);
        add_index(w, 1, "b_idx", "(body)", false);
        struct advise_out out = drop(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.b_idx");
        const struct change *c = &out.recommendations.items[0].changes.items[0];
        ck_assert_str_eq(c->forward_sql, "DROP INDEX CONCURRENTLY hearts.b_idx");
        ck_assert_str_eq(c->undo_sql, "CREATE INDEX CONCURRENTLY b_idx ON hearts.t USING btree (body)");
        arena_free(w->arena);
}
END_TEST

START_TEST(drop__prefix_but_never_of_a_constraint)
{
        struct world *w = used_world();
        add_index(w, 2, "narrow_idx", "(user_a)", false); /* covered by the unique key (user_a, user_b) */
        add_index(w, 2, "wide_idx", "(id, user_a)", false); /* the primary key (id) is covered by it, and stays */
        for (size_t i = 0; i < w->facts.indexes.len; i++)
                w->facts.indexes.items[i].scans = 1;
        struct advise_out out = drop(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.narrow_idx");
        arena_free(w->arena);
}
END_TEST

START_TEST(drop__unused_only_after_a_week)
{
        struct world *w = used_world();
        add_index(w, 1, "idle_idx", "(body)", false);
        struct fact_index *idle = &w->facts.indexes.items[w->facts.indexes.len - 1];
        idle->counters_age_s = 3 * 86400;
        struct advise_out out = drop(w);
        ck_assert_str_eq(knobs(w, &out), "");
        w->row_count = 0;
        idle->counters_age_s = 8 * 86400;
        out = drop(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.idle_idx");
        ck_assert_int_eq(out.recommendations.items[0].risk, RISK_MEDIUM);
        w->row_count = 0;
        idle->is_replica_identity = true;
        out = drop(w);
        ck_assert_str_eq(knobs(w, &out), "");
        arena_free(w->arena);
}
END_TEST

START_TEST(drop__invalid_unless_it_is_being_built)
{
        struct world *w = used_world();
        add_index(w, 1, "carcass_idx", "(body)", false);
        struct fact_index *carcass = &w->facts.indexes.items[w->facts.indexes.len - 1];
        carcass->is_valid = false;
        carcass->building = true;
        struct advise_out out = drop(w);
        ck_assert_str_eq(knobs(w, &out), "");
        w->row_count = 0;
        carcass->building = false;
        out = drop(w);
        ck_assert_str_eq(knobs(w, &out), "index:db:hearts.carcass_idx");
        arena_free(w->arena);
}
END_TEST

/* ── Recorded answers ──────────────────────────────────────────────────────────────────────────────────────────────── */

START_TEST(recorded__replays_without_asking)
{
        static const struct price prices[] = {{"1", "(match_id, sent_at)", 8}, {"1", "(match_id)", 120}, {0}};
        struct world *w = world(prices);
        CLEANUP(store_close) struct store *store = NULL;
        int64_t run, target;
        struct err err = {0};
        ck_assert_int_eq(store_open(NULL, STORE_MEMORY, &store, &err), 0);
        ck_assert_int_eq(store_run_begin(store, "analysis", NULL, 0, &run, &err), 0);
        ck_assert_int_eq(store_target(store, "db", "postgres", &target, &err), 0);
        add_statement(w, "1", chat, 10, 80);
        ask_for(w, "1");
        struct advise_out live = {0}, replayed = {0};
        struct oracle *recording = oracle_recording(w->arena, oracle_scripted(w->arena, answer, w), store, run, target), *recorded;
        struct advise_in in = {.arena = w->arena, .facts = &w->facts, .oracle = recording, .rows = w->rows, .n = w->row_count};
        ck_assert_int_eq(model_index_gain.advise(&in, &live, &err), 0);
        size_t asked = recording->calls;
        struct advise_out again = {0};
        ck_assert_int_eq(model_index_gain.advise(&in, &again, &err), 0);
        ck_assert_uint_eq(recording->calls, asked);
        recording->close(recording->arg);
        ck_assert_msg(oracle_open_recorded(w->arena, store, run, 0, &recorded, &err) == 0, "%s", err.msg);
        ck_assert_ptr_null(recorded->unavailable);
        in.oracle = recorded;
        ck_assert_int_eq(model_index_gain.advise(&in, &replayed, &err), 0);
        ck_assert_str_eq(knobs(w, &live), "index:db:hearts.messages(match_id, sent_at)");
        ck_assert_str_eq(knobs(w, &replayed), knobs(w, &live));
        ck_assert_int_eq(oracle_open_recorded(w->arena, store, run + 1, 0, &recorded, &err), 0);
        ck_assert_ptr_nonnull(recorded->unavailable);
        arena_free(w->arena);
}
END_TEST

START_TEST(columns_parse__definitions)
{
        struct arena *a = arena_new();
        static const char *const same[][2] = {
                {"CREATE INDEX x ON public.t USING btree (a, b DESC)", "(a, b DESC)"},
                {"CREATE UNIQUE INDEX x ON public.t USING btree (a DESC NULLS LAST) INCLUDE (c, \"D\") WHERE (a > 1)", "(a DESC NULLS LAST) INCLUDE (c, \"D\")"},
                {"CREATE INDEX x ON public.t USING btree (\"we\"\"ird, (name\", \"user\")", "(\"we\"\"ird, (name\", \"user\")"},
        };
        for (size_t i = 0; i < 3; i++) {
                struct index_columns c;
                ck_assert_msg(index_columns_parse(a, same[i][0], &c), "%s", same[i][0]);
                ck_assert_str_eq(index_columns_text(a, &c), same[i][1]);
        }
        struct index_columns c;
        ck_assert(index_columns_parse(a, "CREATE INDEX x ON t USING btree (lower(email), b text_pattern_ops)", &c));
        ck_assert_int_eq(c.key_count, 2);
        ck_assert_ptr_null(c.keys[0].column);
        ck_assert(c.keys[1].odd);
        ck_assert(!index_columns_parse(a, "nothing", &c));
        arena_free(a);
}
END_TEST

static bool covers(const char *wide, const char *narrow)
{
        struct arena *a = arena_new();
        struct index_columns w, n;
        ck_assert(index_columns_parse(a, arena_printf(a, "i USING btree %s", wide), &w) && index_columns_parse(a, arena_printf(a, "i USING btree %s", narrow), &n));
        bool r = index_columns_cover(&w, &n);
        arena_free(a);
        return r;
}

START_TEST(columns_cover__prefix_direction_include)
{
        ck_assert(covers("(a, b)", "(a)"));
        ck_assert(covers("(a DESC, b DESC)", "(a, b)"));
        ck_assert(!covers("(a, b DESC)", "(a, b)"));
        ck_assert(!covers("(b, a)", "(a)"));
        ck_assert(!covers("(a)", "(a) INCLUDE (b)"));
        ck_assert(covers("(a, b)", "(a) INCLUDE (b)"));
        ck_assert(!covers("(a text_pattern_ops, b)", "(a)"));
        ck_assert(!covers("(lower(a))", "(a)"));
}
END_TEST

/* Built on PostgreSQL 15: pg_relation_size of real indexes. */
START_TEST(size__within_a_tenth_of_measured)
{
        static const struct {
                double rows, distinct, width;
                bool dedup;
                double measured;
        } built[] = {
                {1e6, 1e6, 8, true, 22487040},      {6e5, 1000, 4, true, 4136960}, {6e5, 419000, 8, true, 11485184},
                {6e5, 6e5, 33, true, 35446784},     {6e5, 6e5, 8, true, 13500416}, {6e5, 50000, 8, true, 5160960},
                {6e5, 9000, 16, true, 4382720},     {6e5, 300, 13, false, 18972672}, /* char(12): never merged */
        };
        for (size_t i = 0; i < sizeof built / sizeof *built; i++) {
                double bytes = index_size(built[i].rows, built[i].distinct, built[i].width, built[i].dedup);
                ck_assert_msg(fabs(bytes / built[i].measured - 1) < 0.1, "case %zu: %.0f instead of %.0f", i, bytes, built[i].measured);
        }
        ck_assert(isnan(index_size(NAN, 1, 8, true)));
}
END_TEST

static const char *name_of(struct world *w, const char *method, const char *text, const struct advise_out *out)
{
        struct index_candidate k = {.table = &w->facts.tables.items[0], .text = text, .method = method};
        return index_advice_name(index_catalog_new(w->arena, &w->facts, NULL), &k, out);
}

START_TEST(name__fits_and_is_free)
{
        static const struct price prices[] = {{0}};
        struct world *w = world(prices);
        struct advise_out out = {0};
        ck_assert_str_eq(name_of(w, NULL, "(match_id)", &out), "messages_match_id_idx");
        struct change c = {.object = "hearts.messages_match_id_idx"};
        struct recommendation r = {0};
        *vec_push(w->arena, &r.changes) = c;
        *vec_push(w->arena, &out.recommendations) = r;
        ck_assert_str_eq(name_of(w, NULL, "(match_id)", &out), "messages_match_id_idx1");
        add_index(w, 1, "messages_match_id_idx1", "(body)", false);
        ck_assert_str_eq(name_of(w, NULL, "(match_id)", &out), "messages_match_id_idx2");
        const char *name = name_of(w, NULL, "(a_column_whose_name_is_sixty_three_bytes_long_as_long_as_it_ge\xc3\xa9)", NULL);
        ck_assert_uint_eq(strlen(name), 63);
        ck_assert_str_ne(name, name_of(w, NULL, "(a_column_whose_name_is_sixty_three_bytes_long_as_long_as_it_gt\xc3\xa9)", NULL));
        const char *umlauts = name_of(w, NULL, "(\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\")", NULL);
        ck_assert_uint_ge(strlen(umlauts), 62); /* cut between characters */
        arena_free(w->arena);
}
END_TEST

START_TEST(name__says_what_it_serves)
{
        static const struct price prices[] = {{0}};
        static const struct {
                const char *method, *text, *name;
        } rows[] = {
                {NULL, "(match_id) WHERE read_at IS NULL", "messages_match_id_where_read_at_is_null_idx"},
                {NULL, "(match_id, sent_at DESC NULLS LAST) INCLUDE (body)", "messages_match_id_sent_at_idx"},
                {NULL, "(id) WHERE NOT done", "messages_id_where_not_done_idx"},
                {NULL, "(id) WHERE status = 'failed'", "messages_id_where_status_failed_idx"},
                {NULL, "(lower(email))", "messages_lower_email_idx"},
                {NULL, "((payload ->> 'plan'))", "messages_payload_plan_idx"},
                {NULL, "(name varchar_pattern_ops)", "messages_name_idx"},
                {"gin", "(name gin_trgm_ops)", "messages_name_gin_idx"},
                {"brin", "(sent_at)", "messages_sent_at_brin_idx"},
        };
        struct world *w = world(prices);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                ck_assert_str_eq(name_of(w, rows[i].method, rows[i].text, NULL), rows[i].name);
        arena_free(w->arena);
}
END_TEST

START_TEST(mixture__p95_of_one_and_two_statements)
{
        double mean[] = {10, 1000}, dev[] = {5, 10}, calls[] = {100, 10};
        double one = index_mixture_p95(mean, dev, calls, 1), two = index_mixture_p95(mean, dev, calls, 2);
        ck_assert(one > 18 && one < 20); /* exp(ln 8.94 + 1.645 * 0.472) */
        ck_assert(two > 900 && two < 1100);
        ck_assert(isnan(index_mixture_p95(mean, dev, calls, 0)));
}
END_TEST

UNIT_MAIN(advise__equality_first_then_order, advise__a_figure_that_stays_is_not_told, advise__mixed_directions_are_kept, advise__nothing_that_exists_or_is_a_prefix, advise__one_index_for_two_statements,
          advise__budget_takes_the_smaller, advise__refused_where_writes_cost_more, advise__no_more_than_a_night_takes_and_names_the_rest,
          advise__too_little_is_not_worth_an_index, advise__updates_write_unless_they_are_hot, advise__avoids_a_regression, advise__small_tables_are_left,
          advise__avoids_every_regression, advise__no_member_begins_like_another, advise__no_member_begins_like_another_after_a_regression, advise__no_brin_beside_a_btree_on_its_column,
          advise__tells_of_a_plan_that_flips_for_little,
          advise__a_flip_that_does_much_less_is_not_told,
          advise__an_index_on_an_expression_makes_none_redundant, advise__partial_pays_for_updates_of_its_keys, advise__partial_holds_what_is_read,
          advise__partial_is_as_large_as_it_may_be,
          advise__unused_by_the_plan_is_no_gain, advise__without_an_oracle_it_says_why, advise__foreign_key_with_deletes,
          advise__foreign_key_that_nothing_uses_is_unknown, advise__says_the_same_twice,
          advise__partitioned_is_unknown, drop__one_of_two_duplicates_with_its_definition_kept, drop__prefix_but_never_of_a_constraint,
          drop__unused_only_after_a_week, drop__invalid_unless_it_is_being_built, recorded__replays_without_asking, columns_parse__definitions, columns_cover__prefix_direction_include,
          size__within_a_tenth_of_measured, name__fits_and_is_free, name__says_what_it_serves, mixture__p95_of_one_and_two_statements)

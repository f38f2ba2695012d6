/* Statements of one family: told from shards whose fingerprint is the same, since it leaves out digits of names. */
#include "lib/sql.h"
#include "probes/postgres/postgres.h"
#include "tests/lib/unit.h"

#include <string.h>

static struct arena *arena;
static struct pgp probe;

static struct pgp_statement *add(const char *queryid, const char *text)
{
        struct pgp_statement *s = arena_new_of(arena, struct pgp_statement);
        char *fingerprint, *tables;
        ck_assert_int_eq(sql_fingerprint(arena, text, &fingerprint, NULL), 0);
        ck_assert_int_eq(sql_tables(arena, text, &tables, NULL), 0);
        *s = (struct pgp_statement){.queryid = queryid, .fingerprint = fingerprint, .tables = tables};
        *vec_push(arena, &probe.ranked) = s;
        return s;
}

static void begin(void)
{
        arena = arena_new();
        probe = (struct pgp){.arena = arena};
}

START_TEST(families__lists_of_other_lengths_are_siblings)
{
        begin();
        struct pgp_statement *one = add("1", "SELECT a FROM t WHERE id IN ($1)"), *two = add("2", "SELECT a FROM t WHERE id IN ($1, $2)"),
                             *three = add("3", "SELECT a FROM t WHERE id IN ($1, $2, $3)");
        pgp_find_families(&probe);
        ck_assert_int_eq(one->sibling, 0);
        ck_assert_int_eq(two->sibling, 1);
        ck_assert_int_eq(three->sibling, 2);
        ck_assert_ptr_eq(pgp_by_family(&probe, two->fingerprint, two->tables), one);
        arena_free(arena);
}
END_TEST

START_TEST(families__shards_are_none)
{
        begin();
        struct pgp_statement *one = add("1", "SELECT a FROM orders_10 WHERE id = $1"), *two = add("2", "SELECT a FROM orders_11 WHERE id = $1");
        ck_assert_str_eq(one->fingerprint, two->fingerprint); /* else this test says nothing */
        pgp_find_families(&probe);
        ck_assert_int_eq(one->sibling, 0);
        ck_assert_int_eq(two->sibling, 0);
        ck_assert_ptr_eq(pgp_by_family(&probe, two->fingerprint, two->tables), two);
        ck_assert_ptr_null(pgp_by_family(&probe, two->fingerprint, "[\"orders_12\"]"));
        arena_free(arena);
}
END_TEST

START_TEST(families__an_entry_of_another_role_is_the_same_statement)
{
        begin();
        struct pgp_statement *one = add("77", "SELECT a FROM t WHERE id = $1"), *other = add("5", "SELECT b FROM t"), *again = add("77", "SELECT a FROM t WHERE id = $1");
        pgp_find_families(&probe);
        ck_assert(!one->again && !other->again && again->again);
        ck_assert_ptr_eq(pgp_by_queryid(&probe, "77"), one);
        ck_assert_ptr_null(pgp_by_queryid(&probe, "7"));
        ck_assert_int_eq(again->sibling, 1);
        arena_free(arena);
}
END_TEST

START_TEST(families__nothing_is_found_among_nothing)
{
        begin();
        pgp_find_families(&probe);
        ck_assert_ptr_null(pgp_by_queryid(&probe, "1"));
        ck_assert_ptr_null(pgp_by_family(&probe, "f", NULL));
        arena_free(arena);
}
END_TEST

UNIT_MAIN(families__lists_of_other_lengths_are_siblings, families__shards_are_none, families__an_entry_of_another_role_is_the_same_statement,
          families__nothing_is_found_among_nothing)

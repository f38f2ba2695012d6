#include "base/str.h"
#include "lib/sqlshape.h"
#include "tests/lib/unit.h"

#include <stdio.h>
#include <string.h>

static bool has(void *arg, const char *schema, const char *table, const char *column)
{
        static const char *const rows[] = {"messages.id",      "messages.match_id", "messages.sender_id", "messages.sent_at", "messages.read_at",
                                           "messages.body",    "matches.id",        "matches.user_a",     "matches.user_b",   "likes.liker_id",
                                           "likes.liked_id",   "profiles.id",       "profiles.active",    "profiles.name",    NULL};
        char name[128];
        (void)arg, (void)schema;
        snprintf(name, sizeof name, "%s.%s", table, column);
        for (const char *const *r = rows; *r; r++)
                if (!strcmp(*r, name))
                        return true;
        return false;
}

/* Conditions as "table.column kind[|]", | for one arm of an OR; order, group, limit after a colon. */
static const char *describe(struct arena *a, const char *sql)
{
        static const char *const kinds[] = {"=", "in", "<>", "like", "null", "notnull", "join"};
        static const struct shape_catalog catalog = {has, NULL};
        struct shape s;
        struct err err = {0};
        struct str out = {0};
        ck_assert_msg(sqlshape_read(a, sql, &catalog, &s, &err) == 0, "%s: %s", sql, err.msg);
        for (size_t i = 0; i < s.conditions.len; i++) {
                const struct shape_condition *c = &s.conditions.items[i];
                str_printf(&out, "%s%s.%s %s%s", i ? ", " : "", s.tables.items[c->table].name, c->column, kinds[c->kind], c->in_or ? "|" : "");
        }
        for (size_t b = 0; b < s.blocks.len; b++) {
                const struct shape_block *k = &s.blocks.items[b];
                for (size_t i = 0; i < k->order.len && k->order_plain; i++)
                        str_printf(&out, "; order %s %s", k->order.items[i].column, k->order.items[i].desc ? "desc" : "asc");
                for (size_t i = 0; i < k->group.len; i++)
                        str_printf(&out, "; group %s", k->group.items[i].column);
                if (k->limit)
                        str_printf(&out, "; limit %d", k->limit_param);
        }
        char *text = arena_strdup(a, str_text(&out));
        str_release(&out);
        return text;
}

static const char *const shapes[][2] = {
        {"SELECT id, body FROM messages WHERE match_id = $1 ORDER BY sent_at DESC LIMIT $2", "messages.match_id =; order sent_at desc; limit 2"},
        {"SELECT 1 FROM messages m WHERE $1 = m.match_id AND sent_at > now() - $2::interval", "messages.match_id =, messages.sent_at <>"},
        {"SELECT id FROM matches WHERE user_a = $1 OR user_b = $1", "matches.user_a =|, matches.user_b =|"},
        {"SELECT count(*) FROM messages WHERE match_id = $1 AND read_at IS NULL", "messages.match_id =, messages.read_at null"},
        {"SELECT name FROM profiles p JOIN likes l ON l.liked_id = p.id WHERE l.liker_id IN ($1, $2)",
         "likes.liked_id join, profiles.id join, likes.liker_id in"},
        {"SELECT p.id FROM profiles p WHERE active AND NOT EXISTS (SELECT FROM likes l WHERE l.liker_id = $5 AND l.liked_id = p.id)",
         "profiles.active =, likes.liker_id =, likes.liked_id join, profiles.id join"},
        {"UPDATE messages SET read_at = now() WHERE match_id = $1 AND sender_id <> $2", "messages.match_id ="},
        {"DELETE FROM likes USING profiles p WHERE p.id = liked_id AND p.name LIKE $1", "profiles.id join, likes.liked_id join, profiles.name like"},
        {"WITH RECURSIVE d AS (SELECT id FROM matches WHERE id = 1 UNION ALL SELECT m.id FROM messages m JOIN d ON m.match_id = d.id) SELECT count(*) FROM d",
         "matches.id =, messages.match_id join"},
        {"SELECT 1 FROM messages m JOIN (SELECT id AS x FROM matches) k ON k.x = m.match_id", "messages.match_id join"},
        {"WITH messages AS (SELECT 1 AS match_id) SELECT * FROM messages WHERE match_id = $1", ""},
        {"SELECT sender_id, count(*) FROM messages WHERE id BETWEEN $1 AND $2 GROUP BY sender_id", "messages.id <>; group sender_id"},
        {"SELECT id FROM messages WHERE (sent_at, id) < ($1, $2) ORDER BY sent_at DESC, id DESC LIMIT 20",
         "messages.sent_at <>, messages.id <>; order sent_at desc; order id desc; limit 0"},
        {"SELECT id FROM matches WHERE id IN (SELECT match_id FROM messages WHERE sender_id = ANY($1))", "matches.id in, messages.sender_id in"},
        {"SELECT id FROM messages WHERE sender_id = $1 UNION ALL SELECT id FROM matches WHERE user_a = $2", "messages.sender_id =, matches.user_a ="},
        {"INSERT INTO likes SELECT user_a, user_b FROM matches WHERE id = $1", "matches.id ="},
        {"SELECT m.id FROM messages m LEFT JOIN matches USING (id) WHERE lower(body) = $1 AND NOT (sender_id = $2)", "messages.id join, matches.id join"},
};

START_TEST(read__conditions_order_group_limit)
{
        struct arena *a = arena_new();
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
                const char *got = describe(a, shapes[i][0]);
                ck_assert_msg(!strcmp(got, shapes[i][1]), "%s\n  want %s\n  got  %s", shapes[i][0], shapes[i][1], got);
        }
        arena_free(a);
}
END_TEST

START_TEST(read__refuses_what_is_no_statement)
{
        struct arena *a = arena_new();
        static const struct shape_catalog catalog = {has, NULL};
        struct shape s;
        struct err err = {0};
        ck_assert_int_eq(sqlshape_read(a, "SELECT FROM WHERE", &catalog, &s, &err), -ERR_PARSE);
        ck_assert_int_eq(sqlshape_read(a, "SELECT 1; SELECT 2", &catalog, &s, &err), -ERR_PARSE);
        arena_free(a);
}
END_TEST

START_TEST(read__deep_nesting_ends)
{
        struct arena *a = arena_new();
        static const struct shape_catalog catalog = {has, NULL};
        struct str sql = {0};
        struct shape s;
        str_add(&sql, "SELECT id FROM messages WHERE id = ");
        for (int i = 0; i < 300; i++)
                str_add(&sql, "(SELECT id FROM messages WHERE id = ");
        str_add(&sql, "1");
        for (int i = 0; i < 300; i++)
                str_add(&sql, ")");
        sqlshape_read(a, str_text(&sql), &catalog, &s, NULL);
        str_release(&sql);
        arena_free(a);
}
END_TEST

/* Terms as "kind text". */
START_TEST(read__terms_that_a_plain_index_does_not_serve)
{
        static const struct shape_catalog catalog = {has, NULL};
        static const struct {
                const char *sql, *text;
                enum shape_term_kind kind;
        } rows[] = {
                {"SELECT 1 FROM messages WHERE body ->> 'a' = 'x'", "(body ->> 'a')", TERM_EXPRESSION},
                {"SELECT 1 FROM messages WHERE body -> 'a' -> 'b' ->> 'c' = $1", "(body -> 'a' -> 'b' ->> 'c')", TERM_EXPRESSION},
                {"SELECT 1 FROM messages WHERE body #>> '{a,b}' = $1", "(body #>> '{a,b}')", TERM_EXPRESSION},
                {"SELECT 1 FROM messages WHERE to_tsvector('english', body) @@ plainto_tsquery($1)", "to_tsvector('english', body)", TERM_SEARCH},
                {"SELECT 1 FROM messages ORDER BY body <-> $1 LIMIT 5", "<->", TERM_NEAREST},
                {"SELECT 1 FROM messages WHERE sent_at && $1", "&&", TERM_CONTAINS},
        };
        static const char *const none[] = {"SELECT 1 FROM messages ORDER BY body <-> $1 DESC LIMIT 5", "SELECT 1 FROM messages WHERE body -> 'a' = $1",
                                           "SELECT 1 FROM messages WHERE to_tsvector(body) @@ plainto_tsquery($1)", "SELECT 1 FROM messages ORDER BY body <-> $1, id LIMIT 5"};
        struct arena *a = arena_new();
        struct shape s;
        struct err err = {0};
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                ck_assert_int_eq(sqlshape_read(a, rows[i].sql, &catalog, &s, &err), 0);
                ck_assert_msg(s.terms.len == 1, "%s", rows[i].sql);
                ck_assert_str_eq(s.terms.items[0].text, rows[i].text);
                ck_assert_int_eq(s.terms.items[0].kind, rows[i].kind);
        }
        for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
                ck_assert_int_eq(sqlshape_read(a, none[i], &catalog, &s, &err), 0);
                ck_assert_msg(s.terms.len == 0, "%s", none[i]);
        }
        arena_free(a);
}
END_TEST

UNIT_MAIN(read__terms_that_a_plain_index_does_not_serve, read__conditions_order_group_limit, read__refuses_what_is_no_statement, read__deep_nesting_ends)

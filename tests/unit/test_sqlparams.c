#include "lib/sqlparams.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "tests/lib/unit.h"

#include <string.h>

DEFINE_CLEANUP(struct arena *, arena_free)

/* "1=t.a 2<t.b" for each candidate: what stands between is the role, + is arithmetic, ! has both bounds. */
static void check(const char *sql, const char *want)
{
        static const char *const roles[] = {"?", "=", ">", "<", "~", "limit", "offset"};
        CLEANUP(arena_free) struct arena *a = arena_new();
        CLEANUP(str_release) struct str got = {0};
        struct sql_params p;
        struct err err = {0};
        ck_assert_msg(sqlparams_read(a, sql, &p, &err) == 0, "%s", err.msg);
        for (size_t i = 0; i < p.v.len; i++) {
                const struct sql_param *x = &p.v.items[i];
                str_printf(&got, "%s%d%s%s%s", got.len ? " " : "", x->number, roles[x->role], x->arithmetic ? "+" : "", x->both ? "!" : "");
                if (x->table)
                        str_printf(&got, "%s%s%s.%s", x->schema ? x->schema : "", x->schema ? "." : "", x->table, x->column);
        }
        ck_assert_str_eq(str_text(&got), want);
}

START_TEST(read__comparisons)
{
        check("SELECT 1 FROM t WHERE a = $1 AND $2 < b AND c LIKE $3 LIMIT $4 OFFSET $5", "4limit 5offset 1=t.a 2>t.b 3~t.c");
        check("SELECT 1 FROM s.t AS x WHERE x.a IN ($1, $2) AND x.b = ANY (ARRAY[$3])", "1=s.t.a 2=s.t.a 3=s.t.b");
        check("SELECT 1 FROM t WHERE (a, b) > ($1, $2)", "1>t.a 2>t.b");
        check("UPDATE t SET a = $1 WHERE id = $2", "2=t.id");
}
END_TEST

START_TEST(read__bounds_and_arithmetic)
{
        check("SELECT 1 FROM t WHERE d BETWEEN $1 AND $2", "1>!t.d 2<!t.d");
        check("SELECT 1 FROM t WHERE d >= CAST($1 AS date) AND d < CAST($2 AS date) + CAST($3 AS interval)", "1>!t.d 2<+!t.d");
        check("SELECT 1 FROM t WHERE x BETWEEN $1 - $2 AND $3 + $4", "1>+!t.x 2>+!t.x 3<+!t.x 4<+!t.x");
}
END_TEST

START_TEST(read__scopes)
{
        check("SELECT 1 FROM a, b WHERE x = $1", "1=a.x 1=b.x");
        check("SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.y = a.y AND z = $1 AND a.w = $2)", "1=b.z 1=a.z 2=a.w");
        check("WITH c AS (SELECT 1 FROM a WHERE x = $1) SELECT 1 FROM c JOIN d ON d.y = $2", "2=d.y 1=a.x 1=c.x 1=d.x");
        check("SELECT 1 FROM a WHERE x = $1 UNION SELECT 1 FROM b WHERE y = $2", "1=a.x 2=b.y");
        check("SELECT 1 FROM a WHERE lower(x) = $1 AND y = (SELECT $2)", "");
}
END_TEST

UNIT_MAIN(read__comparisons, read__bounds_and_arithmetic, read__scopes)

/* Which database a tree speaks to: what is said of PostgreSQL is not said of another. */
#include "tests/lib/sources.h"

#define OTHER "SELECT count(*) || ' ' || coalesce(max(local), '-') FROM fact_code_other_database"

static char answer[80];

static const char *other(const char *path, const char *text, const char *path2, const char *text2)
{
        struct tree t = tree_new();
        tree_file(&t, path, text);
        if (path2)
                tree_file(&t, path2, text2);
        tree_analyse(&t);
        snprintf(answer, sizeof answer, "%s", tree_text(&t, OTHER));
        tree_free(&t);
        return answer;
}

START_TEST(database__by_files_when_no_pool_tells)
{
        ck_assert_str_eq(other("requirements.txt", "Flask==2\nPyMySQL==1.1\n", NULL, NULL), "1 0");
        ck_assert_str_eq(other("requirements.txt", "Flask==2\npsycopg2-binary==2.9\n", NULL, NULL), "0 -");
        ck_assert_str_eq(other("pyproject.toml", "[project]\ndependencies = [\"django>=4\", \"mysqlclient>=2\", \"psycopg[binary]\"]\n", NULL, NULL), "0 -");
        ck_assert_str_eq(other("docker-compose.yml", "services:\n  db:\n    image: mariadb:10\n", "requirements.txt", "Django==4\n"), "1 0");
        ck_assert_str_eq(other(".env", "DATABASE_URL=mysql://u:p@h/d\n", NULL, NULL), "1 0");
        ck_assert_str_eq(other("requirements.txt", "Flask==2\n", NULL, NULL), "0 -");
}
END_TEST

START_TEST(database__pools_come_first)
{
        ck_assert_str_eq(other("a.py", "from sqlalchemy import create_engine\ne = create_engine('sqlite:///x.db')\n", "requirements.txt", "psycopg2==2.9\n"), "0 -");
        ck_assert_str_eq(other("a.py", "from sqlalchemy import create_engine\ne = create_engine('sqlite:///x.db')\n", NULL, NULL), "1 1");
        ck_assert_str_eq(other("a.py", "from sqlalchemy import create_engine\ne = create_engine('mysql+pymysql://h/d')\n", "requirements.txt", "psycopg2==2.9\n"), "1 0");
        ck_assert_str_eq(other("a.py", "from sqlalchemy import create_engine\ne = create_engine('postgresql://h/d')\n", "requirements.txt", "PyMySQL==1\n"), "0 -");
}
END_TEST

UNIT_MAIN(database__by_files_when_no_pool_tells, database__pools_come_first)

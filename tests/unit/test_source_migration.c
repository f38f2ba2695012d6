/* Migrations of tools whose steps are texts or calls of their own: yoyo, aerich, peewee; what takes them back is none. */
#include "tests/lib/sources.h"

static const char steps[] = "SELECT group_concat(path || ':' || line || ' ' || op || ' ' || coalesce(table_name, '-') || coalesce(' ' || columns, ''), '; ') FROM (SELECT * FROM code_ddl ORDER BY path, line, op)";

START_TEST(migration__pairs_of_texts)
{
        struct tree t = tree_new();
        tree_file(&t, "migrations/0002.more.py", "from yoyo import step\nsteps = [\n    step('ALTER TABLE users ADD COLUMN y int', 'ALTER TABLE users DROP COLUMN y'),\n"
                                                 "    step('CREATE INDEX i ON users (name)', rollback='DROP INDEX i'),\n]\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, steps), "migrations/0002.more.py:3 add column users [\"y\"]; migrations/0002.more.py:4 create index users [\"name\"]");
        tree_free(&t);
        t = tree_new();
        tree_file(&t, "migrations/models/2_x.py", "async def upgrade(db) -> str:\n    return \"\"\"\n        ALTER TABLE \"users\" ADD \"age\" INT;\n        DROP INDEX \"i\";\"\"\"\n\n"
                                                  "async def downgrade(db) -> str:\n    return \"\"\"\n        ALTER TABLE \"users\" DROP COLUMN \"age\";\"\"\"\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, steps), "migrations/models/2_x.py:3 add column users [\"age\"]; migrations/models/2_x.py:4 drop index -");
        tree_free(&t);
}
END_TEST

START_TEST(migration__peewee)
{
        struct tree t = tree_new();
        tree_file(&t, "migrations/002_a.py", "import peewee as pw\ndef migrate(migrator, database, **kwargs):\n    migrator.remove_fields('user', 'a', 'b')\n    migrator.add_not_null('user', 'mail')\n"
                                             "    migrator.rename_field('user', 'x', 'y')\ndef rollback(migrator, database, **kwargs):\n    migrator.remove_fields('user', 'c')\n");
        tree_file(&t, "migrations/003_b.py", "from playhouse.migrate import PostgresqlMigrator, migrate\nmigrator = PostgresqlMigrator(db)\nmigrate(\n    migrator.drop_column('story', 'old'),\n"
                                             "    migrator.add_index('story', ('a', 'b'), False),\n)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, steps), "migrations/002_a.py:3 drop column user [\"a\"]; migrations/002_a.py:3 drop column user [\"b\"]; migrations/002_a.py:4 set not null user [\"mail\"];"
                                               " migrations/002_a.py:5 rename column user [\"x\"]; migrations/003_b.py:4 drop column story [\"old\"]; migrations/003_b.py:5 create index story [\"a\",\"b\"]");
        tree_free(&t);
}
END_TEST

START_TEST(migration__the_next_one_after_the_table)
{
        struct tree t = tree_new();
        tree_file(&t, "migrations/versions/0001_a.py", "revision = '1'\nfrom alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    op.create_table('users', sa.Column('id', sa.Integer))\n    op.create_index('i', 'users', ['id'])\n");
        tree_file(&t, "migrations/versions/0002_b.py", "revision = '2'\nfrom alembic import op\ndef upgrade():\n    op.execute(\"SET lock_timeout = '2s'\")\n    op.drop_column('users', 'x')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(op || ' ' || is_new || severity || lock_timeout, '; ') FROM (SELECT * FROM fact_migration_step WHERE op <> 'lock_timeout' ORDER BY path, line)"),
                         "create table 0info0; create index 1info0; drop column 0info1");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(migration__pairs_of_texts, migration__peewee, migration__the_next_one_after_the_table)

#include "tests/lib/sources.h"

START_TEST(script__what_is_declared_and_what_is_dropped_later)
{
        struct tree t = tree_new();
        tree_file(&t, "migrations/V2__b.sql", "CREATE INDEX b_idx ON t (b);\nCREATE INDEX CONCURRENTLY e_idx ON t USING gin (lower(name) gin_trgm_ops) WHERE b > 0;\n");
        tree_file(&t, "migrations/V10__c.sql", "DROP INDEX b_idx;\nALTER TABLE t DROP COLUMN c;\nDROP TABLE old;\n");
        tree_file(&t, "migrations/V1__a.sql", "CREATE TABLE public.t (id bigserial PRIMARY KEY, b int REFERENCES u (id), c text UNIQUE, name text, UNIQUE (b, name));\nCREATE TABLE old (x int);\n");
        tree_file(&t, "migrations/U2__b.sql", "DROP TABLE t;\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(table_name) FROM fact_code_table"), "t");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(column_name || ' ' || type || coalesce(' ' || ref_table, ''), ', ') FROM (SELECT * FROM fact_code_column ORDER BY byte_start, col)"),
                         "id bigserial, b int4 u, name text");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(index_name || columns || coalesce(opclass, '') || coalesce(predicate, ''), ' ') FROM (SELECT * FROM fact_code_index ORDER BY index_name)"),
                         "e_idx[\"lower(name)\"]gin_trgm_ops(b > 0) t_b_key[\"b\",\"name\"] t_pkey[\"id\"]");
        tree_free(&t);
}
END_TEST

START_TEST(script__what_is_no_sql_is_blanked)
{
        struct tree t = tree_new();
        tree_file(&t, "dump.sql", "\\connect x\nSET lock_timeout = 0;\nCREATE TABLE a (id int);\nCOPY a (id) FROM stdin;\nCREATE TABLE no (x int);\n\\.\n"
                                  "CREATE FUNCTION f() RETURNS int AS $$\nCREATE TABLE no (x int);\n$$ LANGUAGE sql;\nthis is not sql;\nCREATE INDEX ON a (id);\n"
                                  "-- migrate:down\nDROP TABLE a;\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(table_name || line) FROM fact_code_table"), "a3");
        ck_assert_int_eq(tree_int(&t, "SELECT line FROM fact_code_index"), 11);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_ddl WHERE op = 'lock_timeout'"), 0);
        tree_free(&t);
}
END_TEST

START_TEST(script__texts_in_code_declare_too)
{
        struct tree t = tree_new();
        tree_file(&t, "db.py", "import asyncpg\nasync def create(pool: asyncpg.Pool):\n    await pool.execute('''CREATE TABLE IF NOT EXISTS a (id int PRIMARY KEY, b text)''')\n"
                               "def later(run):\n    run(index_name='a_b', table='a', columns=['lower(b)', 'id'])\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT table_name || source FROM fact_code_table"), "asql_file");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(lead) FROM (SELECT DISTINCT lead FROM fact_code_lead ORDER BY lead)"), "id,lower(b)");
        tree_free(&t);
}
END_TEST

START_TEST(filter__a_column_of_one_of_two_tables)
{
        struct tree t = tree_new();
        tree_file(&t, "s.sql", "CREATE TABLE a (id int, x int); CREATE TABLE b (a_id int, y int);\n");
        tree_file(&t, "q.py", "import asyncpg\nasync def f(pool: asyncpg.Pool):\n    await pool.fetch('SELECT 1 FROM a JOIN b ON id = a_id WHERE y = $1 AND z = $2')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(coalesce(table_name, '?') || '.' || column_name || op, ' ') FROM fact_code_filter"), "a.idjoin b.a_idjoin b.y= ?.z=");
        tree_free(&t);
}
END_TEST

START_TEST(alembic__operations_of_upgrade)
{
        struct tree t = tree_new();
        tree_file(&t, "alembic/versions/a.py",
                  "\"\"\"x\nCreate Date: 2024-01-02 03:04:05.678\n\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n"
                  "def upgrade():\n"
                  "    op.create_table('t', sa.Column('id', sa.Integer(), nullable=False), sa.Column('u_id', sa.Integer(), sa.ForeignKey('u.id')),\n"
                  "                    sa.PrimaryKeyConstraint('id'))\n"
                  "    op.create_index(op.f('t_u'), 't', ['u_id', sa.text('lower(name)')], unique=False)\n"
                  "    with op.batch_alter_table('o') as batch:\n        batch.add_column(sa.Column('n', sa.Text(), nullable=False))\n"
                  "        batch.create_foreign_key('fk', 'u', ['n'], ['id'])\n"
                  "    with op.get_context().autocommit_block():\n        op.create_index('o_n', 'o', ['n'], postgresql_concurrently=True)\n"
                  "    op.alter_column('o', 'x', type_=sa.BigInteger(), nullable=False)\n    op.execute('ALTER TABLE o ADD CHECK (n > 0)')\n"
                  "def downgrade():\n    op.drop_table('t')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(op || ' ' || table_name || coalesce(' ' || columns, '') || ' ' || coalesce(in_transaction, '-') || new_table, '; ')"
                                       " FROM (SELECT * FROM fact_code_ddl ORDER BY byte_start, op)"),
                         "create table t 10; create index t [\"u_id\",\"lower(name)\"] 11; add column o [\"n\"] 10; add foreign key o [\"n\"] 10; create index o [\"n\"] 00;"
                         " alter type o [\"x\"] 10; set not null o [\"x\"] 10; add check o [] -0");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(column_name || coalesce(' ' || ref_table, ''), ', ') FROM fact_code_column WHERE table_name = 't'"), "id, u_id u");
        ck_assert_str_eq(tree_text(&t, "SELECT seq FROM fact_code_table"), "2024-01-02 03:04:05");
        tree_free(&t);
}
END_TEST

START_TEST(django__operations_of_a_migration)
{
        struct tree t = tree_new();
        tree_file(&t, "shop/migrations/0001_initial.py",
                  "from django.db import migrations, models\nclass Migration(migrations.Migration):\n    atomic = False\n    operations = [\n"
                  "        migrations.CreateModel(name='Order', fields=[('id', models.BigAutoField(primary_key=True)), ('user', models.ForeignKey(to='auth.User', on_delete=1)),\n"
                  "            ('note', models.TextField(null=True))], options={'unique_together': {('note', 'user')}}),\n"
                  "        migrations.AddIndex(model_name='order', index=models.Index(fields=['-note'], name='n')),\n"
                  "        migrations.RemoveField(model_name='item', name='old'),\n        migrations.RunSQL('ALTER TABLE x ALTER COLUMN y SET NOT NULL')]\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(op || ' ' || coalesce(table_name, ''), '; ') FROM (SELECT * FROM fact_code_ddl ORDER BY byte_start)"),
                         "create table shop_order; create index shop_order; drop column shop_item; set not null x");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(lead, ' ') FROM (SELECT DISTINCT lead FROM fact_code_lead ORDER BY lead)"), "id note note_id user_id");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(alembic__operations_of_upgrade, django__operations_of_a_migration, script__what_is_declared_and_what_is_dropped_later, script__what_is_no_sql_is_blanked, script__texts_in_code_declare_too, filter__a_column_of_one_of_two_tables)

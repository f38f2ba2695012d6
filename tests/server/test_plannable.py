#!/usr/bin/python3
"""Statements as reports and applications send them (plannable.sql): run, normalized by pg_stat_statements, planned again from what it holds.
Nearly all must be planned, and none may be run by it."""
import os
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))
import servers as harness  # noqa: E402
from capturing import Bench, expect  # noqa: E402

SCHEMA = """
CREATE TABLE categories (id int PRIMARY KEY, parent_id int REFERENCES categories);
CREATE TABLE products (id int PRIMARY KEY, name text, kind text, attrs jsonb);
CREATE TABLE customers (id int PRIMARY KEY, name text, phone text, balance numeric(12, 2), joined timestamptz, active boolean, doc jsonb);
CREATE TABLE sales (id bigint PRIMARY KEY, customer_id int, product_id int, region varchar(10), sold_on date, quantity int, amount numeric(12, 2),
                    discount numeric(4, 2), note text);
CREATE TABLE events (id bigint PRIMARY KEY, user_id int, kind text, at timestamptz, payload jsonb, tags text[]);
CREATE TABLE notes (id serial PRIMARY KEY, at timestamptz, body text, n int, tags text[], doc jsonb);
CREATE TABLE counters (key text PRIMARY KEY, n int, at timestamptz);
CREATE TYPE condition AS ENUM ('up', 'down');
CREATE TABLE hosts (id int, addr inet, mask cidr, uid uuid, at time, flags int, span tstzrange, pos point, numbers int4range, state condition);
CREATE TABLE "Bestände" ("Größe" int, "select" text);
CREATE TABLE logs (day date, level smallint, msg text) PARTITION BY RANGE (day);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO categories SELECT g, nullif(g / 3, 0) FROM generate_series(1, 100) g;
INSERT INTO products SELECT g, 'Item ' || g, 'k' || g % 7, jsonb_build_object('color', 'red', 'size', g % 9) FROM generate_series(1, 300) g;
INSERT INTO customers SELECT g, 'Customer ' || g, 10 + g % 30 || '-555-' || g, g * 1.5, now() - g * interval '1 day', g % 2 = 0, '{}'
FROM generate_series(1, 500) g;
INSERT INTO sales SELECT g, 1 + g % 500, 1 + g % 300, (ARRAY['north', 'south', 'east', 'west'])[1 + g % 4], date '2022-01-01' + g % 1100, g % 50, g % 1000,
                         (g % 10) / 100.0, nullif('note ' || g % 5, 'note 0') FROM generate_series(1, 5000) g;
INSERT INTO events SELECT g, 1 + g % 500, chr(97 + g % 4), timestamptz '2023-06-01' + g * interval '3 hours', jsonb_build_object('device', 'ios', 'n', g % 9),
                          ARRAY['red', 'blue'] FROM generate_series(1, 4000) g;
ANALYZE;
"""


def statements():
    with open(os.path.join(HERE, "plannable.sql"), encoding="utf-8") as f:
        return [line.strip() for line in f if line.strip() and not line.startswith("--")]


def test_nearly_all_are_planned(b):
    b.sql("SELECT pg_stat_statements_reset()")
    for text in statements():
        b.sql(text)
    rows = b.sql("SELECT count(*) FROM notes")
    expect(b.pa("capture").returncode == 0, "capture failed")
    failed = b.history("SELECT p.failure, t.query FROM pg_plan p JOIN pg_statement_text t USING (queryid)"
                       " WHERE p.method = 'failed' AND p.run_id = (SELECT max(run_id) FROM pg_plan)")
    planned = b.history("SELECT count(DISTINCT queryid) FROM pg_plan WHERE method <> 'failed'")[0][0]
    for why, query in failed:
        print(f"    not planned: {why}: {query[:400]}")
    expect(planned >= len(statements()) - len(failed), f"{planned} planned, {len(failed)} failed")
    expect(not failed, f"{len(failed)} of {len(statements())} not planned")
    expect(b.sql("SELECT count(*) FROM notes") == rows, "planning ran something")


CASES = {
    "CREATE VIEW v_sales AS SELECT region, sum(amount) AS total FROM sales GROUP BY region": "SELECT total FROM v_sales WHERE region = 'north'",
    "CREATE MATERIALIZED VIEW mv_sales AS SELECT region, amount FROM sales": "SELECT count(*) FROM mv_sales WHERE amount > 10",
    "CREATE UNLOGGED TABLE volatile_rows (a int)": "SELECT * FROM volatile_rows WHERE a = 4",
    "CREATE TABLE mine (owner text, x int); ALTER TABLE mine ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON mine USING (owner = current_user)":
        "SELECT x FROM mine WHERE x > 4",
    'CREATE SCHEMA "Üb er"; CREATE TABLE "Üb er"."Ta""b" ("Sp;alte" text)': 'SELECT * FROM "Üb er"."Ta""b" WHERE "Sp;alte" = \'a\'',
    "CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;"
    "CREATE FOREIGN TABLE passwords (line text) SERVER files OPTIONS (filename '/etc/passwd')": "SELECT count(*) FROM passwords WHERE line LIKE 'root%'",
}
FAILING = {
    "CREATE FUNCTION angry(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN IF $1 = 7 THEN RETURN 1; END IF; RAISE EXCEPTION ''sekret %'', $1; END'":
        ("SELECT * FROM sales WHERE quantity = angry(7)", None),
    "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN IF current_setting(''application_name'') = ''perfadvise''"
    " THEN PERFORM pg_sleep(60); END IF; RETURN 1; END'; CREATE VIEW v_slow AS SELECT * FROM sales WHERE quantity = slow(3)":
        ("SELECT id FROM v_slow WHERE id = 17", "longer than 2 s"),
    "CREATE TABLE gone (a int)": ("SELECT * FROM gone WHERE a = 3", "does not exist"),
}


def failure_of(b, words):
    return b.history(f"SELECT p.failure FROM pg_plan p JOIN pg_statement_text t USING (queryid) WHERE t.query LIKE '%{words}%' AND p.method = 'failed'")


def planned(b, words):
    return b.history(f"SELECT DISTINCT p.params FROM pg_plan p JOIN pg_statement_text t USING (queryid) WHERE t.query LIKE '%{words}%' AND p.method <> 'failed'")


def test_objects_of_all_kinds_are_planned(b):
    b.sql("SELECT pg_stat_statements_reset()")
    for schema, text in CASES.items():
        b.sql(schema)
        b.sql(text)
    for schema, (text, _) in FAILING.items():
        b.sql(schema)
        b.sql(text)
    b.sql("DROP TABLE gone")
    expect(b.pa("capture").returncode == 0, "capture failed")
    for words in ("v_sales", "mv_sales", "volatile_rows", "FROM mine", "Sp;alte", "FROM passwords"):
        expect(planned(b, words), (words, failure_of(b, words)))
    for text, why in FAILING.values():
        failure = failure_of(b, text.split(" = ")[0])
        expect(not why or (failure and why in failure[-1][0]), (text, failure))
        expect("sekret" not in str(failure), failure)


def test_values_are_sampled_and_never_kept(b):
    b.sql("SELECT pg_stat_statements_reset()")
    b.sql("CREATE TABLE skewed AS SELECT g AS id, CASE WHEN g % 1000 = 0 THEN 'sekret-rare' ELSE 'sekret-often' END AS state FROM generate_series(1, 50000) g")
    b.sql("CREATE INDEX ON skewed (state); ANALYZE skewed")
    b.sql("SELECT id FROM skewed WHERE state = 'sekret-rare' LIMIT 3")
    b.sql("SELECT count(*) FROM skewed WHERE state LIKE 'sekret-o%' AND id BETWEEN 3 AND 5")
    expect(b.pa("capture").returncode == 0, "capture failed")
    cases = {row[0] for row in planned(b, "FROM skewed WHERE state = ")}
    expect(cases >= {"generic", "typical", "frequent", "rare"}, cases)
    rows = dict(b.history("SELECT p.params, p.plan_rows FROM pg_plan p JOIN pg_statement_text t USING (queryid) WHERE t.query LIKE '%state LIKE%'"))
    expect(len(rows) >= 4, rows)
    with open(os.path.join(b.folder, ".perfadvise/history.db"), "rb") as f:
        text = f.read()
        at = text.find(b"sekret")
        expect(at < 0, f"a value was kept: {text[max(at - 200, 0):at + 100]}")


def test_a_text_of_a_session_is_planned_beside(b):
    session = b.session("SELECT count(*) FROM sales WHERE region = 'east' AND quantity = 4;")
    expect(b.pa("capture").returncode == 0, "capture failed")
    session.communicate("")
    expect(("seen",) in planned(b, "WHERE region = %quantity = $2"), planned(b, "WHERE region = %quantity = $2"))


# What leads to a function of mallory's, and the statement that reaches it.
REACHED = {
    "a call": ("SELECT", "SELECT id FROM sales WHERE quantity = mallory.spy(3) LIMIT 2"),
    "a name that the server cuts off": (f"CREATE FUNCTION {'s' * 63}(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS"
                                        " $$ BEGIN RAISE LOG 'spy runs as %', current_user; RETURN 1; END $$",
                                        f"SELECT id FROM sales WHERE quantity > {'s' * 64}(3) LIMIT 2"),
    "a view": ("CREATE VIEW watch AS SELECT id FROM sales WHERE quantity = spy(4)", "SELECT id FROM mallory.watch LIMIT 3"),
    "the check of a domain": ("CREATE DOMAIN checked AS int CHECK (volatile_spy(VALUE)); CREATE TABLE guarded (a checked)", "INSERT INTO mallory.guarded VALUES (3)"),
    "a domain in a row": ("CREATE TYPE pair AS (a checked, b int); CREATE TABLE pairs (p pair)", "INSERT INTO mallory.pairs VALUES ('(1,2)')"),
    "an index of a child": ("CREATE TABLE parent (a int); CREATE TABLE child () INHERITS (parent); CREATE INDEX ON child ((spy(1) + a))",
                            "SELECT count(*) FROM mallory.parent WHERE a = 3"),
    "a policy over a view": ("CREATE TABLE ruled (a int); ALTER TABLE ruled ENABLE ROW LEVEL SECURITY;"
                             "CREATE POLICY own ON ruled USING (EXISTS (SELECT FROM watch WHERE id = 1))", "SELECT count(*) FROM mallory.ruled"),
    "a schema as XML": ("CREATE TABLE words (b text)", "SELECT count(*) FROM mallory.words WHERE b = "
                        "schema_to_xml(current_schema()::name, now() > now(), now() > now(), current_user::text)::text"),
    "a view of XML": ("CREATE VIEW dump AS SELECT b FROM words WHERE b = schema_to_xml('public', true, true, '')::text", "SELECT count(*) FROM mallory.dump"),
}


def test_functions_of_others_do_not_run(b):
    b.sql("CREATE ROLE mallory LOGIN; CREATE SCHEMA mallory AUTHORIZATION mallory; GRANT SELECT ON sales TO mallory; ALTER ROLE mallory SET search_path = mallory, public;"
          "CREATE ROLE reader LOGIN IN ROLE pg_monitor, pg_read_all_data")
    b.sql("CREATE FUNCTION spy(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'spy runs as %', current_user; RETURN 1; END $$;"
          "CREATE FUNCTION volatile_spy(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'spy runs as %', current_user; RETURN true; END $$;"
          "GRANT USAGE ON SCHEMA mallory TO PUBLIC", user="mallory")
    for schema, text in REACHED.values():
        b.sql(f"{schema}; {text}", user="mallory")
    b.sql("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA mallory TO PUBLIC", user="mallory")
    b.sql("SELECT pg_stat_statements_reset()")
    log = os.path.join(b.servers.log_dir, "postgres.log")
    for user in ("postgres", "reader"):
        b.config(user=user)
        for _, text in REACHED.values():
            b.sql(text, user="mallory")
        expect(b.pa("capture").returncode == 0, "capture failed")
        with open(log, encoding="utf-8") as f:
            expect(f"spy runs as {user}" not in f.read(), f"it ran as {user}")
        planned = b.history("SELECT t.query FROM pg_plan p JOIN pg_statement_text t USING (queryid) WHERE p.method <> 'failed' AND p.run_id ="
                            " (SELECT max(run_id) FROM pg_plan) AND (t.query LIKE '%mallory%' OR t.query LIKE '%spy%')")
        expect(not planned, planned)
        failures = b.history("SELECT DISTINCT t.query FROM pg_plan p JOIN pg_statement_text t USING (queryid) WHERE p.run_id = (SELECT max(run_id) FROM pg_plan)"
                             " AND p.failure LIKE '%leads to a function of %' AND t.query NOT LIKE 'SELECT * FROM%'")
        expect(len(failures) == len(REACHED), failures)
    b.config()


def main():
    failures = 0
    with harness.Servers(pg=True) as servers:
        bench = Bench(servers)
        bench.sql(SCHEMA)
        for name, test in [(n, t) for n, t in sorted(globals().items()) if n.startswith("test_")]:
            try:
                test(bench)
                print(f"ok {name}")
            except Exception:
                failures += 1
                print(f"FAILED {name}")
                traceback.print_exc()
        bench.close()
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except harness.MissingPackage as missing:
        print(f"skipped: {missing} is not installed")
        sys.exit(77)

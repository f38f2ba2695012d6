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
    failed = b.history("SELECT p.failure, t.query FROM pg_plan p JOIN pg_statement_text t USING (queryid) WHERE p.method = 'failed'")
    planned = b.history("SELECT count(DISTINCT queryid) FROM pg_plan WHERE method <> 'failed'")[0][0]
    for why, query in failed:
        print(f"    not planned: {why}: {query[:400]}")
    expect(planned >= len(statements()) - len(failed), f"{planned} planned, {len(failed)} failed")
    expect(not failed, f"{len(failed)} of {len(statements())} not planned")
    expect(b.sql("SELECT count(*) FROM notes") == rows, "planning ran something")


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

#!/usr/bin/python3
"""Index advice against a private server: what is advised on a skewed application schema, whether the planner agrees once the index
is really there, sizes against built indexes, and what is said where nothing can be asked."""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))
import servers as harness  # noqa: E402

BUILD = os.path.abspath(os.environ.get("PA_BUILD", os.path.join(TOP, "build")))
PA = os.path.join(BUILD, "perfadvise")

SCHEMA = """
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
CREATE ROLE app LOGIN;
CREATE SCHEMA app AUTHORIZATION app;
ALTER ROLE app SET search_path = app;
SET search_path = app;
CREATE TABLE profiles (id bigint PRIMARY KEY, name text NOT NULL, city int NOT NULL, seen timestamptz NOT NULL);
CREATE TABLE messages (id bigint PRIMARY KEY, conversation_id bigint NOT NULL, sender_id bigint NOT NULL REFERENCES profiles,
                       body text NOT NULL, sent_at timestamptz NOT NULL, "Kind" smallint NOT NULL);
CREATE TABLE pings (at timestamptz NOT NULL, host int NOT NULL);
CREATE TABLE tiny (id int PRIMARY KEY, word text);
INSERT INTO profiles SELECT g, 'n' || g, g % 90, now() FROM generate_series(1, 40000) g;
INSERT INTO messages SELECT g, (5000 * power(random(), 2))::int, 1 + g % 40000, repeat('x', 60), now() - g * interval '7 seconds', g % 3
FROM generate_series(1, 250000) g;
INSERT INTO pings SELECT now(), g % 500 FROM generate_series(1, 60000) g;
INSERT INTO tiny SELECT g, 'w' || g FROM generate_series(1, 500) g;
CREATE INDEX messages_body_a ON messages (body);
CREATE INDEX messages_body_b ON messages (body);
GRANT ALL ON ALL TABLES IN SCHEMA app TO app;
"""

LOAD = """
SELECT id, body, sent_at FROM messages WHERE conversation_id = 17 ORDER BY sent_at DESC LIMIT 20;
SELECT count(*) FROM messages WHERE sender_id = 19;
SELECT count(*) FROM messages m WHERE m.sent_at > date '2020-01-01' + interval '3 days' AND m."Kind" = 1 + 7;
SELECT extract(hour FROM sent_at), count(*) FROM messages WHERE conversation_id = 5 GROUP BY 1;
SELECT name FROM profiles WHERE id IN (1, 2, 3);
SELECT * FROM tiny WHERE word = 'w7';
UPDATE profiles SET seen = now() WHERE id = 5;
"""

RULES = """
- id: test.statements
  title: a statement
  category: indexes
  kind: index
  levels: { warning: { least: 0 } }
  needs: [fact_statement]
  select: |
    SELECT queryid AS subject, target, queryid FROM fact_statement WHERE mean_ms >= :least AND query LIKE '%FROM%'
  message: "statement {queryid}"
  advise: index_gain
  why: a test
  source: a test
  examples: []
- id: test.indexes
  title: an index
  category: indexes
  kind: index
  levels: { warning: { least: 0 } }
  needs: [fact_index]
  select: |
    SELECT name AS subject, target, oid FROM fact_index WHERE oid >= :least
  message: "index {subject}"
  advise: index_drop
  why: a test
  source: a test
  examples: []
"""

SIZED = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "a, e", "b, c", "d, b", "e, h", "c, f"]


class Bench:
    def __init__(self, servers):
        self.servers = servers
        self.folder = tempfile.mkdtemp(prefix="paix.")
        os.mkdir(os.path.join(self.folder, "rules"))
        self.write("rules/index.yaml", "families: [t]\n")
        self.write("rules/t.yaml", RULES)
        self.config("postgres")

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as f:
            f.write(text)

    def config(self, user):
        self.write("perfadvise.yaml", f"version: 1\ntargets:\n  db: {{ postgres: \"{self.dsn(user)}\" }}\nrules: {{ dirs: [rules] }}\n")

    def dsn(self, user="postgres"):
        return f"host={self.servers.run_dir} port={self.servers.pg_port} user={user} dbname=postgres"

    def sql(self, text, user="postgres"):
        command = [harness.PG_BIN / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.dsn(user)]
        done = subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise AssertionError(f"psql: {done.stderr}")
        return done.stdout.strip()

    def pa(self, *args):
        env = {"PATH": "/usr/bin:/bin", "HOME": self.folder, "LC_ALL": "C.UTF-8"}
        return subprocess.run([PA, "--config", "perfadvise.yaml", *args], cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=120)

    def capture(self):
        self.sql("SELECT pg_stat_statements_reset(), pg_stat_reset()")
        for _ in range(5):
            self.sql(LOAD, "app")
        done = self.pa("capture")
        expect(done.returncode in (0, 4), done.stderr)

    def analyze(self):
        done = self.pa("analyze", "-o", "json")
        expect(done.returncode in (0, 1), done.stderr)
        return json.loads(done.stdout)

    def history(self, sql):
        with sqlite3.connect(os.path.join(self.folder, ".perfadvise/history.db")) as db:
            return db.execute(sql).fetchall()


def expect(condition, what):
    if not condition:
        raise AssertionError(str(what)[:1500])


def forward(analysis):
    return [c["forward_sql"] for r in analysis["recommendations"] for c in r["changes"]]


def test_without_hypopg_it_is_unknown(b):
    b.capture()
    analysis = b.analyze()
    expect(not any(sql.startswith("CREATE") for sql in forward(analysis)), forward(analysis))
    expect("CREATE EXTENSION hypopg" in json.dumps(analysis["notes"]), analysis["notes"])


def test_advice_is_what_the_planner_then_uses(b):
    b.sql("CREATE SCHEMA tools; CREATE EXTENSION hypopg SCHEMA tools")
    b.capture()
    analysis = b.analyze()
    created = [sql for sql in forward(analysis) if sql.startswith("CREATE")]
    expect(any("ON app.messages USING btree (conversation_id, sent_at)" in sql for sql in created), created)
    expect(any("ON app.messages USING btree (sender_id" in sql for sql in created), created)
    expect(not any("tiny" in sql or "profiles" in sql for sql in created), created)
    expect(b.sql("SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname LIKE '%conversation%'") == "0", "it built something")
    b.sql("SET search_path = app;" + ";".join(created))
    b.sql("ANALYZE")
    plan = b.sql("SET search_path = app; EXPLAIN " + LOAD.strip().splitlines()[0])
    expect("conversation_id_sent_at" in plan and "Sort" not in plan, plan)
    sizes = {r["changes"][0]["object"]: r["changes"][0]["size_bytes"] for r in analysis["recommendations"] if r["changes"][0]["forward_sql"] in created}
    for name, size in sizes.items():
        real = int(b.sql(f"SELECT pg_relation_size('{name}')"))
        expect(abs(size / real - 1) < 0.1, (name, size, real))
    b.capture()
    again = [sql for sql in forward(b.analyze()) if sql.startswith("CREATE")]
    expect(not set(created) & set(again), again)


def test_every_statement_is_planned(b):
    failures = b.history("SELECT queryid, failure FROM oracle_answer WHERE failure IS NOT NULL")
    expect(b.history("SELECT count(*) FROM oracle_answer WHERE cost > 0")[0][0] > 10, "no answers were recorded")
    expect(not failures, failures)


def test_duplicates_go_and_nothing_else(b):
    dropped = [sql for sql in forward(b.analyze()) if sql.startswith("DROP")]
    expect(dropped == ["DROP INDEX CONCURRENTLY app.messages_body_b"], dropped)


def test_analyzing_twice_says_the_same(b):
    one, two = b.analyze(), b.analyze()
    expect(forward(one) == forward(two), (forward(one), forward(two)))
    answers = b.history("SELECT run_id, queryid, indexes, cost, plan_hash, used FROM oracle_answer ORDER BY run_id DESC, queryid, indexes")
    last = [row[1:] for row in answers if row[0] == answers[0][0]]
    before = [row[1:] for row in answers if row[0] == sorted({r[0] for r in answers})[-2]]
    expect(last == before, "the answers differ")


def test_sizes_are_within_a_tenth(b):
    b.sql("CREATE SCHEMA z; CREATE TABLE z.t AS SELECT g AS a, (g % 700)::int AS b, (g % 41)::smallint AS c, md5(g::text) AS d, 'st' || g % 5 AS e,"
          " (g % 900)::numeric AS f, now() - (g % 30000) * interval '1 minute' AS g, md5((g % 5000)::text)::uuid AS h,"
          " CASE WHEN g % 10 = 0 THEN g END AS i FROM generate_series(1, 150000) g ORDER BY random(); ANALYZE z.t")
    b.sql("".join(f"CREATE INDEX z_{n} ON z.t ({columns});" for n, columns in enumerate(SIZED)) + "CREATE INDEX z_include ON z.t (b) INCLUDE (a); ANALYZE z.t")
    b.capture()
    done = subprocess.run([os.path.join(BUILD, "tests/index_sizes"), os.path.join(b.folder, ".perfadvise/history.db")], stdout=subprocess.PIPE, text=True, check=True)
    rows = [line.split("|") for line in done.stdout.splitlines() if line.startswith("z_")]
    expect(len(rows) == len(SIZED) + 1, rows)
    wrong = [row for row in rows if not abs(float(row[1]) / float(row[2]) - 1) < 0.1]
    expect(len(wrong) <= len(rows) // 10, wrong)


def test_a_role_that_may_not_read_says_so(b):
    b.sql("CREATE ROLE watcher LOGIN IN ROLE pg_monitor")
    b.config("watcher")
    b.capture()
    analysis = b.analyze()
    expect(not any(sql.startswith("CREATE") for sql in forward(analysis)), forward(analysis))
    expect("permission denied" in json.dumps(analysis["notes"]) or "unknown" in json.dumps(analysis["rules"]), analysis["notes"])


def main():
    try:
        with harness.Servers(pg=True) as servers:
            bench = Bench(servers)
            try:
                bench.sql("DROP EXTENSION IF EXISTS hypopg")
                bench.sql(SCHEMA)
                bench.sql("VACUUM ANALYZE")
                for name, test in [(n, t) for n, t in globals().items() if n.startswith("test_")]:
                    try:
                        test(bench)
                        print(f"ok index:{name[5:]}", flush=True)
                    except Exception as e:  # noqa: BLE001
                        traceback.print_exc()
                        print(f"not ok index:{name[5:]} - {' '.join(str(e).split())}", flush=True)
            finally:
                shutil.rmtree(bench.folder, ignore_errors=True)
    except harness.MissingPackage as e:
        print(f"skip index - the Debian package {e} is not installed")


if __name__ == "__main__":
    main()

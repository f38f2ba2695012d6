#!/usr/bin/python3
"""The PostgreSQL probe against a private server: what it sees, what it must not, and what it says when it cannot see."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))
import servers as harness  # noqa: E402

DRIVE = os.path.join(os.path.abspath(os.environ.get("PA_BUILD", os.path.join(TOP, "build"))), "tests/drive")

SCHEMA = """
CREATE TABLE parent (id int PRIMARY KEY, name text, created timestamptz DEFAULT now());
CREATE TABLE child (id serial PRIMARY KEY, parent_id int REFERENCES parent (id), status text, d date);
CREATE TABLE locked (id int PRIMARY KEY);
INSERT INTO parent SELECT g, 'n' || g, now() - g * interval '1 minute' FROM generate_series(1, 5000) g;
INSERT INTO child (parent_id, status, d) SELECT 1 + g % 5000, 'sekret' || g % 3, current_date FROM generate_series(1, 20000) g;
CREATE INDEX child_expr ON child (lower(status), id DESC) INCLUDE (d) WHERE id > 5;
CREATE SCHEMA app;
CREATE TABLE app.only_here (id int PRIMARY KEY);
CREATE ROLE bot LOGIN IN ROLE pg_read_all_data, pg_write_all_data;
ALTER ROLE bot SET search_path = app, public;
CREATE ROLE blind LOGIN;
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
CREATE DATABASE bare;
ANALYZE;
"""

LOAD = """
SET application_name = 'bot-a';
SELECT * FROM child WHERE parent_id = 17 AND status = 'sekret1';
SELECT count(*) FROM child WHERE d > date '2020-01-01' AND d < current_date - interval '3 days';
SELECT extract(year FROM created), count(*) FROM parent WHERE created > now() - interval '1 day' GROUP BY 1;
SELECT 1 + 2, timestamptz '2020-01-01' + interval '2 days' > now();
SELECT count(*) FROM parent WHERE created > now() - '3 days'::interval;
UPDATE child SET status = 'sekret2' WHERE id = 77;
SELECT id FROM app.only_here WHERE id = 1;
ALTER ROLE bot PASSWORD 'sekret';
"""


class Bench:
    """A private server, and the probe driven against it."""

    def __init__(self, servers):
        self.servers = servers
        self.folder = tempfile.mkdtemp(prefix="pad.")
        self.runs = 0

    def dsn(self, user="postgres", database="postgres"):
        return f"host={self.servers.run_dir} port={self.servers.pg_port} user={user} dbname={database}"

    def sql(self, text, user="postgres", database="postgres"):
        command = [harness.PG_BIN / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.dsn(user, database)]
        done = subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise AssertionError(f"psql: {done.stderr}")
        return done.stdout

    def start(self, duration, *questions, dsn=None):
        self.runs += 1
        argv = [DRIVE, "postgres", dsn or self.dsn(), duration, os.path.join(self.folder, f"h{self.runs}.db"), *questions]
        return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def answers(self, process):
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        lines = out.splitlines()
        return lines[0].split("|"), [line.split("|") for line in lines[1:]]

    def capture(self, *questions, duration="0", dsn=None):
        return self.answers(self.start(duration, *questions, dsn=dsn))

    def load(self, times, user="postgres"):
        for _ in range(times):
            self.sql(LOAD, user)

    def session(self, text):
        """A psql that keeps its transaction open; close its stdin to end it."""
        process = subprocess.Popen([harness.PG_BIN / "psql", "-XqAt", self.dsn()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        process.stdin.write(text + "\nSELECT 'there';\n")
        process.stdin.flush()
        while process.stdout.readline().strip() != "there":
            pass
        return process


def expect(condition, what):
    if not condition:
        raise AssertionError(str(what)[:1500])


STATES = "SELECT fact, status, reason, remedy FROM fact_state"


def states(rows):
    return {row[0]: row[1:] for row in rows}


def test_superuser_sees_every_fact(b):
    b.load(1)
    outcome, rows = b.capture(STATES)
    expect(outcome[1] == "ok", outcome)
    facts = states(rows)
    wrong = {f: s for f, s in facts.items() if s[0] not in ("ok", "empty") and f not in ("fact_buffered", "fact_hold")}
    expect(not wrong, wrong)
    for fact in ("fact_server", "fact_setting", "fact_database", "fact_activity", "fact_statement", "fact_table", "fact_index",
                 "fact_column", "fact_foreign_key", "fact_sequence", "fact_plan", "fact_wraparound", "fact_slot"):
        expect(fact in facts, f"{fact} has no status")


def test_every_view_answers(b):
    with open(os.path.join(TOP, "store/facts.sql"), encoding="utf-8") as f:
        section = f.read().split("postgres: what the PostgreSQL probe saw", 1)[1].split("\n-- ──", 1)[0]
    views = [line.split()[3] for line in section.splitlines() if line.startswith("CREATE TEMP VIEW")]
    expect(len(views) > 15, views)
    b.load(1)
    for duration in ("0", "1s"):
        _, rows = b.capture(*[f"SELECT '{v}', count(*) FROM (SELECT * FROM {v})" for v in views], duration=duration)
        counts = {row[0]: int(row[1]) for row in rows}
        for view in ("fact_server", "fact_database", "fact_table", "fact_index", "fact_statement", "fact_plan", "fact_plan_node", "fact_column"):
            if not (duration == "1s" and view in ("fact_statement", "fact_plan", "fact_plan_node")):
                expect(counts[view] > 0, (duration, view, counts))


def test_statement_deltas_are_of_the_window(b):
    b.load(5)
    process = b.start("5s", "SELECT calls, round(calls_hz * window_s), rows_per_call, basis, mean_ms > 0 FROM fact_statement WHERE query LIKE "
                      "'SELECT * FROM child WHERE parent_id%'", "SELECT count(*) FROM pg_activity_sample", "SELECT count(*) FROM pg_database_sample",
                      "SELECT abs(sum(share_frac) - 1) < 1e-6 FROM fact_statement")
    time.sleep(2)  # the first look is over by then, also on a busy machine
    b.load(3)
    outcome, rows = b.answers(process)
    expect(outcome[1] == "ok", outcome)
    expect(rows[0][:2] == ["3", "3.0"] and rows[0][3:] == ["window", "1"], rows)
    expect(int(rows[1][0]) >= 8 and int(rows[2][0]) >= 2, rows)
    expect(rows[3] == ["1"], rows)


def test_one_round_counts_since_the_reset(b):
    b.sql("SELECT pg_stat_statements_reset()")
    b.load(4)
    _, rows = b.capture("SELECT calls, basis, window_s > 0 FROM fact_statement WHERE query LIKE 'SELECT * FROM child WHERE parent_id%'")
    expect(rows == [["4", "since_reset", "1"]], rows)


def test_own_statements_are_left_out(b):
    b.load(1)
    b.capture(duration="1s")
    _, rows = b.capture("SELECT count(*), group_concat(query) FROM pg_statement_text WHERE query LIKE '%pg_catalog%' OR query LIKE '%perfadvise%' "
                        "OR query LIKE '%pg_stat_%activity%' OR query LIKE 'PREPARE pa%' OR query LIKE 'EXPLAIN%'", duration="1s")
    expect(rows[0][0] == "0", rows)
    _, rows = b.capture("SELECT max(connections_max) FROM fact_activity WHERE application = 'perfadvise'", duration="1s")
    expect(rows == [["NULL"]], rows)


def test_own_transactions_are_subtracted(b):
    _, rows = b.capture("SELECT xact_hz, (SELECT max(own_xacts) FROM pg_database_sample) FROM fact_database", duration="3s")
    expect(float(rows[0][0]) < 2.5, f"an idle database at {rows}")


def test_normalized_statements_are_planned(b):
    b.sql("SELECT pg_stat_statements_reset()")
    b.load(2)
    _, rows = b.capture("SELECT method, query, failure FROM fact_plan JOIN fact_statement USING (target, queryid)")
    failed = [row for row in rows if row[0] == "failed"]
    expect(len(rows) >= 7 and not failed, rows)
    _, rows = b.capture("SELECT node_type, relation, schema, filter, table_rows FROM fact_plan_node n JOIN fact_statement s USING (target, queryid) "
                        "WHERE query LIKE 'SELECT * FROM child WHERE parent_id%' AND relation = 'child'")
    expect(rows and rows[0][:3] == ["Seq Scan", "child", "public"] and "$1" in rows[0][3] and rows[0][4] == "20000.0", rows)


def test_plans_use_the_search_path_of_the_role(b):
    b.sql("SELECT pg_stat_statements_reset()")
    b.sql("SELECT id FROM only_here WHERE id = 1", user="bot")
    _, rows = b.capture("SELECT method, relation FROM fact_plan p JOIN fact_plan_node USING (target, queryid) JOIN fact_statement USING (target, queryid) "
                        "WHERE query LIKE 'SELECT id FROM only_here%' AND relation IS NOT NULL")
    expect(rows == [["forced_generic", "only_here"]], rows)


def test_nothing_is_written_and_nothing_runs(b):
    b.sql("CREATE TABLE counted (id int); CREATE FUNCTION count_me() RETURNS int VOLATILE LANGUAGE sql AS 'INSERT INTO public.counted VALUES (1) RETURNING id'")
    b.sql("SELECT public.count_me() WHERE 'a' = 'a'")
    _, rows = b.capture("SELECT count(*) FROM fact_plan JOIN fact_statement USING (target, queryid) WHERE query LIKE '%count_me%' AND plan IS NOT NULL")
    expect(rows == [["1"]], rows)
    expect(b.sql("SELECT count(*) FROM counted") == "1\n", "a captured statement was run")
    b.sql("DROP FUNCTION count_me; DROP TABLE counted")


def test_no_literals_are_kept(b):
    b.load(2)
    b.capture(duration="0")
    history = os.path.join(b.folder, f"h{b.runs}.db")
    with open(history, "rb") as f:
        text = f.read()
    expect(b"sekret" not in text, "a literal of the application is in the history")
    expect(os.stat(history).st_mode & 0o777 == 0o600, oct(os.stat(history).st_mode))


def test_role_that_may_only_log_in(b):
    b.load(1)
    outcome, rows = b.capture(STATES, "SELECT count(*) FROM fact_table", dsn=b.dsn("blind"))
    facts = states(rows[:-1])
    expect(outcome[1] == "ok", outcome)
    expect(facts["fact_statement"][0] == "denied" and facts["fact_statement"][2] == 'GRANT pg_monitor TO "blind"', facts["fact_statement"])
    expect(facts["fact_activity"][0] == "denied" and facts["fact_activity"][2] == 'GRANT pg_monitor TO "blind"', facts["fact_activity"])
    expect(facts["fact_plan"][0] == "denied" and facts["fact_plan"][2], facts["fact_plan"])
    expect(facts["fact_column"][0] == "denied" and facts["fact_column"][2] == 'GRANT pg_read_all_data TO "blind"', facts["fact_column"])
    expect(int(rows[-1][0]) >= 3, rows[-1])


def test_monitor_role_cannot_plan_but_sees_the_rest(b):
    b.load(1)
    _, rows = b.capture(STATES, dsn=b.dsn("monitor"))
    facts = states(rows)
    expect(facts["fact_statement"][0] == "ok" and facts["fact_activity"][0] == "ok", facts)
    expect(facts["fact_column"][0] == "denied", facts["fact_column"])
    expect("GRANT pg_read_all_data" in facts["fact_plan"][2] and "permission denied" in facts["fact_plan"][1], facts["fact_plan"])


def test_named_grants_mend_it(b):
    b.sql('GRANT pg_monitor, pg_read_all_data TO "blind"')
    try:
        _, rows = b.capture(STATES, dsn=b.dsn("blind"))
        facts = states(rows)
        for fact in ("fact_statement", "fact_activity", "fact_column", "fact_plan"):
            expect(facts[fact][0] == "ok", (fact, facts[fact]))
    finally:
        b.sql('REVOKE pg_monitor, pg_read_all_data FROM "blind"')


def test_without_pg_stat_statements(b):
    outcome, rows = b.capture(STATES, dsn=b.dsn(database="bare"), duration="1s")
    facts = states(rows)
    expect(outcome[1] == "ok", outcome)
    for fact in ("fact_statement", "fact_plan"):
        expect(facts[fact][0] == "unknown" and facts[fact][2] == "CREATE EXTENSION pg_stat_statements", facts[fact])
    expect(facts["fact_table"][0] == "empty", facts["fact_table"])


def test_a_locked_table_costs_its_own_sizes_only(b):
    session = b.session("BEGIN; LOCK TABLE child IN ACCESS EXCLUSIVE MODE;")
    try:
        outcome, rows = b.capture("SELECT predicate, definition IS NULL FROM fact_index WHERE name = 'child_expr'")
        expect(rows == [["unknown", "1"]], rows)
        outcome, rows = b.capture(STATES, "SELECT name, heap_bytes IS NULL FROM fact_table WHERE name IN ('child', 'parent')",
                                  "SELECT name, bytes IS NULL FROM fact_index WHERE name IN ('child_pkey', 'parent_pkey')",
                                  "SELECT count(*) FROM fact_plan WHERE failure LIKE '%lock%'", "SELECT count(*) FROM fact_plan WHERE plan IS NOT NULL")
        found = {tuple(row) for row in rows}
        expect(outcome[1] == "ok", outcome)
        expect({("child", "1"), ("parent", "0"), ("child_pkey", "1"), ("parent_pkey", "0")} <= found, rows)
        for fact in ("fact_table", "fact_index", "fact_column", "fact_foreign_key"):
            expect(states(rows)[fact][0] == "ok", rows)
        expect(int(rows[-2][0]) > 0 and int(rows[-1][0]) > 0, rows[-2:])
    finally:
        session.communicate("ROLLBACK;\n")


def test_who_blocks_whom(b):
    session = b.session("SET application_name = 'sleeper'; BEGIN; UPDATE child SET status = 'x' WHERE id = 5;")
    waiter = subprocess.Popen([harness.PG_BIN / "psql", "-XqAt", b.dsn() + " application_name=waiter", "-c", "UPDATE child SET status = 'y' WHERE id = 5"])
    try:
        _, rows = b.capture("SELECT application, blocker, blocker_state, looks > 0, wait_ms > 0, blocker_idle_ms > 0 FROM fact_blocking",
                            "SELECT waiting_lock_max FROM fact_activity WHERE application = 'waiter'",
                            "SELECT idle_in_tx_max, oldest_idle_in_tx_ms > 500 FROM fact_activity WHERE application = 'sleeper'", duration="2s")
        expect(rows == [["waiter", "sleeper", "idle in transaction", "1", "1", "1"], ["1"], ["1", "1"]], rows)
    finally:
        session.communicate("ROLLBACK;\n")
        waiter.wait(10)


def test_secrets_in_settings_stay_there(b):
    b.sql("ALTER ROLE bot SET app.jwt_secret = 'hush-hush'; ALTER ROLE bot SET work_mem = '8MB'")
    b.sql("ALTER SYSTEM SET primary_conninfo = 'host=x password=hush-hush'")
    b.sql("SELECT pg_reload_conf()")
    time.sleep(0.3)
    try:
        _, rows = b.capture("SELECT name, value FROM fact_role_setting WHERE name <> 'search_path' ORDER BY name",
                            "SELECT count(*) FROM fact_setting WHERE value LIKE '%hush%' OR reset_value LIKE '%hush%' OR boot_value LIKE '%hush%'")
        expect(rows == [["app.jwt_secret", "NULL"], ["work_mem", "8MB"], ["0"]], rows)
    finally:
        b.sql("ALTER SYSTEM RESET primary_conninfo; ALTER ROLE bot RESET app.jwt_secret; ALTER ROLE bot RESET work_mem")


def test_reset_within_the_window_is_marked(b):
    b.load(3)
    process = b.start("2s", "SELECT counter FROM reset_mark", "SELECT xact_hz FROM fact_database",
                      "SELECT count(*), count(calls) FROM fact_statement WHERE query LIKE 'SELECT * FROM child WHERE parent_id%'")
    time.sleep(0.8)
    b.sql("SELECT pg_stat_reset(); SELECT pg_stat_statements_reset()")
    b.load(1)
    _, rows = b.answers(process)
    expect(["pg_database"] in rows and ["pg_statement"] in rows, rows)
    expect(rows[-2] == ["NULL"] and rows[-1][1] == "0", rows)


def test_a_restart_within_the_window(b):
    process = b.start("4s", "SELECT counter, why FROM reset_mark", "SELECT count(*) FROM pg_database_sample", "SELECT count(*) FROM fact_table")
    time.sleep(0.8)
    name, server, _ = next(r for r in b.servers.running if r[0] == "postgres")
    server.send_signal(signal.SIGINT)
    server.wait(10)
    b.servers.running = [r for r in b.servers.running if r[0] != name]
    b.servers._spawn("postgres", [harness.PG_BIN / "postgres", "-D", b.servers.tmp / "pg"], signal.SIGQUIT, "QUIT")
    outcome, rows = b.answers(process)
    expect(outcome[1] == "ok", outcome)
    expect(["pg_database", "the server was restarted"] in rows, rows)
    expect(int(rows[-2][0]) >= 3 and int(rows[-1][0]) >= 3, rows)


def test_a_frozen_server_is_given_up(b):
    process = b.start("1s", "SELECT 1")
    time.sleep(0.5)
    pids = b.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'perfadvise'").split()
    expect(len(pids) == 1, f"{len(pids)} connections, one is allowed")
    os.kill(int(pids[0]), signal.SIGSTOP)
    try:
        outcome, _ = b.answers(process)
        expect(outcome[1] in ("partial", "failed") and "no answer" in outcome[2], outcome)
    finally:
        os.kill(int(pids[0]), signal.SIGCONT)


def test_unreachable_and_refused(b):
    outcome, _ = b.capture(dsn="host=/nonexistent password=sekret")
    expect(outcome[1] == "failed" and "/nonexistent" in outcome[2] and "sekret" not in outcome[2], outcome)
    outcome, _ = b.capture(dsn=b.dsn(user="nobody_here"))
    expect(outcome[1] == "failed" and "nobody_here" in outcome[2], outcome)
    pooler = f"host={b.servers.run_dir} port={b.servers.pgbouncer_port} user=postgres dbname=postgres"
    outcome, _ = b.capture(dsn=pooler)
    expect(outcome[1] == "failed" and "startup parameter" in outcome[2], outcome)


def test_settings_are_those_without_the_fence(b):
    b.sql("ALTER SYSTEM SET statement_timeout = '7s'; SELECT pg_reload_conf()")
    time.sleep(0.3)
    try:
        _, rows = b.capture("SELECT value, number FROM fact_setting WHERE name = 'statement_timeout'",
                            "SELECT number FROM fact_setting WHERE name = 'shared_buffers'", "SELECT value FROM fact_setting WHERE name = 'search_path'")
        expect(rows == [["7000", "7000.0"], ["134217728.0"], ['"$user", public']], rows)
    finally:
        b.sql("ALTER SYSTEM RESET statement_timeout; SELECT pg_reload_conf()")


def test_catalog_details(b):
    _, rows = b.capture("SELECT key_columns, include_columns, predicate, expressions FROM fact_index WHERE name = 'child_expr'",
                        "SELECT columns, ref_table, supported FROM fact_foreign_key", "SELECT column_type, used_frac > 0 FROM fact_sequence",
                        "SELECT mcv_freqs, mcv_count FROM fact_column WHERE \"table\" = 'child' AND name = 'status'")
    expect(json.loads(rows[0][0]) == [None, "id"] and json.loads(rows[0][1]) == ["d"] and rows[0][2:] == ["(id > 5)", "lower(status)"], rows[0])
    expect(rows[1] == ['["parent_id"]', "public.parent", "0"] and rows[2] == ["integer", "1"], rows)
    expect(len(json.loads(rows[3][0])) == 3 and rows[3][1] == "3", rows[3])
    b.sql("CREATE INDEX child_parent ON child (parent_id) WHERE parent_id IS NOT NULL")
    _, rows = b.capture("SELECT supported FROM fact_foreign_key")
    b.sql("DROP INDEX child_parent")
    expect(rows == [["1"]], rows)


def main():
    only = sys.argv[1:]
    tests = [(n[5:], f) for n, f in globals().items() if n.startswith("test_") and (not only or n[5:] in only)]
    schema = tempfile.NamedTemporaryFile("w", suffix=".sql", prefix="pad")
    schema.write(SCHEMA)
    schema.flush()
    os.chmod(schema.name, 0o644)
    try:
        with harness.Servers(pg=True, pgbouncer=True, sql=[schema.name]) as servers:
            bench = Bench(servers)
            for name, test in tests:
                try:
                    test(bench)
                    print(f"ok postgres_probe: {name}", flush=True)
                except (AssertionError, subprocess.TimeoutExpired, ValueError, IndexError, KeyError) as error:
                    print(f"not ok postgres_probe: {name} - {type(error).__name__} {error}".replace("\n", " "), flush=True)
    except harness.MissingPackage as error:
        print(f"skip postgres_probe - package {error} is not installed")


if __name__ == "__main__":
    main()

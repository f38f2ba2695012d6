#!/usr/bin/python3
"""Logs that a server really wrote: auto_explain and slow statements in the three formats, by trace import and, where the role may, by the probe
itself; which statement each plan is of, what the rules say, and that no constant is kept."""
import json
import os
import shutil
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))
import servers as harness  # noqa: E402
from capturing import Bench, expect  # noqa: E402

SCHEMA = """
CREATE TABLE t AS SELECT g AS id, g % 100 AS k, g % 100 AS same, repeat('x', 50) AS pad FROM generate_series(1, 200000) g;
CREATE INDEX ON t (id);
ANALYZE t;
CREATE ROLE reader LOGIN IN ROLE pg_monitor, pg_read_all_data;
SELECT pg_stat_statements_reset();
"""
LOAD = """
SELECT * FROM t WHERE k = 7 AND same = 7 AND pad <> 'sekret' ORDER BY pad, id DESC;
SELECT count(*) FROM (SELECT * FROM t WHERE pad > 'sekret' ORDER BY pad, id OFFSET 50000) x;
"""
SETTINGS = {"shared_preload_libraries": "pg_stat_statements,auto_explain", "auto_explain.log_min_duration": "0", "auto_explain.log_analyze": "on",
            "log_min_duration_statement": "0", "logging_collector": "on", "log_directory": "log", "work_mem": "64kB"}


def log_of(b, ending):
    folder = os.path.join(b.servers.tmp, "pg/log")
    name = [n for n in sorted(os.listdir(folder)) if n.endswith(ending)][0]
    copy = os.path.join(b.folder, "server" + ending)
    shutil.copy(os.path.join(folder, name), copy)
    return copy


def kept_nothing(b):
    with open(os.path.join(b.folder, ".perfadvise/history.db"), "rb") as f:
        expect(b"sekret" not in f.read(), "a constant was kept")


def check_import(b, ending):
    """Without reading the log itself: the role may not."""
    b.config(user="reader")
    b.sql(LOAD)
    done = b.pa("capture")
    expect(done.returncode == 0, done.stderr)
    expect(not b.history("SELECT 1 FROM pg_plan WHERE is_actual"), "the log was read without the right to")
    denied = b.history("SELECT status, remedy FROM fact_state WHERE fact = 'fact_plan_actual'")
    expect(denied[0][0] == "denied" and "pg_read_binary_file" in denied[0][1], denied)
    done = b.pa("trace", "import", log_of(b, ending))
    expect(done.returncode == 0, done.stderr)
    rows = b.history("SELECT p.queryid, p.exec_ms, t.query FROM pg_plan p JOIN pg_statement_text t USING (target_id, queryid) WHERE p.is_actual "
                     "AND p.method = 'imported' AND t.query LIKE '%FROM t WHERE%'")
    expect(len(rows) == 2 and all(not r[0].startswith("f") and r[1] > 0 for r in rows), rows)
    check_findings(b)
    kept_nothing(b)


def check_findings(b):
    found = {f["rule"] for f in b.json("analyze", "-o", "json", "--fail-on", "never")["findings"]}
    expect({"plan.misestimate", "plan.disk_sort"} <= found, found)


def elsewhere(b):
    """The same log gets what runs in other databases; that of stderr does not name them."""
    b.sql("CREATE DATABASE other")
    b.database = "other"
    b.sql("CREATE TABLE far_away AS SELECT g AS id FROM generate_series(1, 1000) g; SELECT count(*) FROM far_away WHERE id > 3")
    b.database = "postgres"


def check_reading(b):
    """The probe of a role that may: the end of the log, and the constants of slow statements for planning."""
    b.config()
    b.sql(LOAD)
    elsewhere(b)
    done = b.pa("capture")
    expect(done.returncode == 0, done.stderr)
    expect(not b.history("SELECT query FROM pg_statement_text WHERE query LIKE '%far_away%'"), "a statement of another database")
    rows = b.history("SELECT p.queryid FROM pg_plan p JOIN pg_statement_text t USING (target_id, queryid) WHERE p.is_actual AND p.method = 'logged' "
                     "AND t.query LIKE '%FROM t WHERE%' AND p.run_id = (SELECT max(run_id) FROM run WHERE kind = 'capture')")
    expect(len(rows) == 2, rows)
    seen = b.history("SELECT count(DISTINCT queryid) FROM pg_plan WHERE params = 'seen' AND run_id = (SELECT max(run_id) FROM run WHERE kind = 'capture')")
    expect(seen[0][0] >= 2, seen)
    check_findings(b)
    kept_nothing(b)


def check_explain(b):
    """The same statement by its text, its queryid and its fingerprint; for people, machines and browsers."""
    text = LOAD.strip().splitlines()[0]
    shown = b.pa("explain", text).stdout
    expect("measured" in shown and "plan.misestimate" in shown and "Seq Scan on t" in shown, shown)
    expect(max(len(line) for line in shown.splitlines()) <= 80, shown)
    found = b.json("explain", "-o", "json", text)
    expect(found["schema"] == "perfadvise-explain/1" and found["plan"]["measured"], found)
    expect(any(f["rule"] == "plan.misestimate" for n in found["plan"]["nodes"] for f in n["findings"]), found)
    for name in (found["statement"]["queryid"], found["statement"]["fingerprint"]):
        expect(b.json("explain", "-o", "json", name)["statement"] == found["statement"], name)
    expect(not b.json("explain", "-e", "-o", "json", text)["plan"]["measured"], "an estimated plan was asked for")
    page = b.pa("explain", "-o", "html", text).stdout
    expect("plan.misestimate" in page and not any(word in page for word in ("http:", "https:", "href", "src=", "<script")), page[:300])
    expect("sekret" not in shown + page + json.dumps(found), "a constant is shown")
    done = b.pa("explain", "SELECT nothing FROM nowhere")
    expect(done.returncode == 2 and "no statement of the history" in done.stderr, done.stderr)


def check_file(b):
    """EXPLAIN (ANALYZE, FORMAT JSON) by hand, with its statement beside it, and things that are no plan."""
    plan = b.sql("EXPLAIN (ANALYZE, FORMAT JSON) SELECT id FROM t WHERE k = 5 ORDER BY pad")
    for name, text in (("by_hand.json", plan), ("by_hand.sql", "SELECT id FROM t WHERE k = 5 ORDER BY pad"), ("broken.json", "[{\"Plan\": {"), ("odd.json", "[1, 2]")):
        with open(os.path.join(b.folder, name), "w", encoding="utf-8") as f:
            f.write(text)
    expect(b.pa("trace", "import", "by_hand.json").returncode == 0, "by_hand.json")
    for name in ("broken.json", "odd.json", "missing.log"):
        done = b.pa("trace", "import", name)
        expect(done.returncode in (2, 5) and name in done.stderr, (name, done.returncode, done.stderr))


def main():
    failures = 0
    for destination, ending in (("stderr", ".log"), ("csvlog", ".csv"), ("jsonlog", ".json")):
        form = "text" if destination == "stderr" else "json"
        with harness.Servers(pg=True, pg_set={**SETTINGS, "log_destination": destination, "auto_explain.log_format": form}) as servers:
            bench = Bench(servers)
            try:
                bench.sql(SCHEMA)
                check_import(bench, ending)
                check_reading(bench)
                check_explain(bench)
                if destination == "stderr":
                    check_file(bench)
                print(f"ok logs: {destination}")
            except Exception:
                failures += 1
                print(f"FAILED logs: {destination}")
                traceback.print_exc()
            bench.close()
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except harness.MissingPackage as missing:
        print(f"skipped: {missing} is not installed")
        sys.exit(77)

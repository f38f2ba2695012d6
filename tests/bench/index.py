#!/usr/bin/python3
"""Index advice measured: the advised indexes are really built, and each statement is planned and run with and without them.

    index.py --bin build [--workload own|app|DIR] [--scale 0.1] [--budget BYTES]... [--out build/bench/index.json] [--no-time]

A workload DIR holds schema.sql, load.sql (psql, run in the database; an executable `load` gets PGHOST, PGPORT, PGUSER, PGDATABASE instead) and queries/*.sql,
one statement each. Without an index is asked in a transaction that drops them and is rolled back, right after the run with them, so that both see the same
machine. Processor time is the backend's own. Statements that run into --timeout without indexes are counted apart."""
import argparse
import glob
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))
sys.path.insert(0, os.path.join(TOP, "tests/server"))
import servers as harness  # noqa: E402

SETTINGS = {"shared_buffers": "1GB", "work_mem": "64MB", "maintenance_work_mem": "512MB", "jit": "off", "max_parallel_workers_per_gather": "0", "autovacuum": "off",
            "fsync": "off", "full_page_writes": "off", "max_wal_size": "4GB", "shared_preload_libraries": "pg_stat_statements"}
CPU = "SELECT 'CPU ' || a[14] || ' ' || a[15] FROM regexp_split_to_array(pg_read_file('/proc/' || pg_backend_pid() || '/stat'), ' ') a;"

# TPC-H at scale 1, primary keys only, as published in the anchors of this project (not run here): cost of 20 queries, their time, real MB.
PEERS = {"dexter 0.7.0-dev": (0.80, 0.95, 106), "index_advisor 0.2.0": (0.68, 0.81, 450), "Extend, 500 MB": (0.79, None, 122), "Extend, 2 GB": (0.68, 0.81, 481),
         "AutoAdmin, 8 indexes": (0.70, None, 726), "DB2Advis, 2 GB": (0.67, 0.81, 989), "Relaxation, 500 MB": (0.84, 0.86, 217), "postgres-mcp, patched": (0.90, None, 135)}


class Bench:
    def __init__(self, args, servers):
        self.args, self.servers = args, servers
        self.folder = tempfile.mkdtemp(prefix="paib.")
        self.queries = {}

    def dsn(self):
        return f"host={self.servers.run_dir} port={self.servers.pg_port} user=postgres dbname=postgres"

    def sql(self, text, check=True):
        done = subprocess.run([harness.PG_BIN / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-v", f"scale={self.args.scale}", self.dsn()], input=text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if check and done.returncode:
            raise SystemExit(f"bench: {done.stderr}")
        return done.stdout if not done.returncode else None

    def load(self):
        name = self.args.workload
        if name == "app":
            import test_index_cases as app
            self.sql(app.SCHEMA)
            self.queries = {n: s for n, (s, _) in app.CASES.items()}
        elif name == "own":
            folder = os.path.join(HERE, "index")
            self.sql(read(f"{folder}/schema.sql"))
            self.sql(read(f"{folder}/load.sql"))
            parts = [p.split("\n", 1) for p in read(f"{folder}/queries.sql").split("-- name: ")[1:]]
            self.queries = {n.strip(): q.strip() for n, q in parts}
        else:
            self.sql(read(f"{name}/schema.sql"))
            if os.access(f"{name}/load", os.X_OK):
                subprocess.run([os.path.abspath(f"{name}/load")], check=True, env=dict(os.environ, PGHOST=str(self.servers.run_dir), PGPORT=str(self.servers.pg_port),
                                                                                   PGUSER="postgres", PGDATABASE="postgres"))
            else:
                self.sql(read(f"{name}/load.sql"))
            self.queries = {os.path.basename(f)[:-4]: read(f).strip().rstrip(";") for f in sorted(glob.glob(f"{name}/queries/*.sql"))}
        self.sql("VACUUM (FREEZE, ANALYZE); CREATE EXTENSION IF NOT EXISTS hypopg; SELECT pg_stat_reset();")
        os.mkdir(os.path.join(self.folder, "q"))
        for n, q in self.queries.items():
            with open(os.path.join(self.folder, "q", n + ".sql"), "w", encoding="utf-8") as f:
                f.write(q + ";\n")
        subprocess.run([os.path.join(self.args.bin, "tests/drive"), "postgres", self.dsn(), "0", os.path.join(self.folder, "history.db")], check=True, stdout=subprocess.DEVNULL)

    def advise(self, budget):
        done = subprocess.run([os.path.join(self.args.bin, "tests/index_advise"), self.dsn(), os.path.join(self.folder, "history.db"), str(budget),
                               os.path.join(self.folder, "q")], text=True, stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)

    def costs(self):
        return {n: json.loads(self.sql(f"EXPLAIN (FORMAT JSON) {q}"))[0]["Plan"] for n, q in self.queries.items()}

    def cpu_s(self, query, before=""):
        """The better of two runs; None when it runs into the timeout. Nothing that it changes is kept."""
        best = None
        for _ in range(2):
            out = self.sql(f"SET statement_timeout = '{self.args.timeout}s'; BEGIN; {before} {CPU} {query};\n {CPU} ROLLBACK;", check=False)
            if out is None:
                return None
            lines = [line.split()[1:] for line in out.splitlines() if line.startswith("CPU ")]
            spent = sum(int(b) - int(a) for a, b in zip(lines[0], lines[-1])) / 100
            best = spent if best is None else min(best, spent)
        return best

    def by_path(self, budget):
        """The user's way: the statements run, are captured from pg_stat_statements without their constants, and analyzed."""
        self.sql("SELECT pg_stat_statements_reset(); SELECT pg_stat_reset();")
        for _ in range(3):
            for q in self.queries.values():
                self.sql(f"SET statement_timeout = '{self.args.timeout}s'; {q};", check=False)
        with open(os.path.join(self.folder, "perfadvise.yaml"), "w", encoding="utf-8") as f:
            f.write(f"version: 1\ntargets: {{ db: {{ postgres: \"{self.dsn()}\" }} }}\nlimits: {{ index_budget: {int(budget)} }}\n")
        for command in (["capture"], ["analyze", "-o", f"json:{self.folder}/analysis.json"]):
            subprocess.run([os.path.join(self.args.bin, "perfadvise"), "--config", "perfadvise.yaml", "--quiet", *command], cwd=self.folder, stdout=subprocess.DEVNULL)
        with sqlite3.connect(os.path.join(self.folder, ".perfadvise/history.db")) as db:
            ran, planned, sampled = db.execute(
                "SELECT count(DISTINCT s.queryid), count(DISTINCT CASE WHEN p.method <> 'failed' THEN p.queryid END), count(DISTINCT CASE WHEN p.method = 'sampled' THEN p.queryid END)"
                " FROM pg_statement s JOIN pg_statement_text x USING (queryid) LEFT JOIN pg_plan p USING (queryid) WHERE s.edge = 'end' AND x.kind = 'select'"
                " AND x.query LIKE '%FROM%'").fetchone()
            methods = dict(db.execute("SELECT coalesce(method, 'none'), count(DISTINCT queryid) FROM oracle_answer GROUP BY 1").fetchall())
        analysis = json.loads(read(f"{self.folder}/analysis.json"))
        changes = [c for r in analysis["recommendations"] for c in r["changes"] if c["kind"] == "pg_index" and c["forward_sql"].startswith("CREATE")]
        definitions = [re.sub(r"^CREATE INDEX CONCURRENTLY \S+ ON", "CREATE INDEX ON", c["forward_sql"]) for c in changes]
        return {"indexes": [{"definition": d, "bytes": c["size_bytes"], "basis": None} for d, c in zip(definitions, changes)],
                "calls": 0, "seconds": 0, "avoided": [], "path": {"statements": ran, "planned": planned, "planned_with_values": sampled, "what_if_methods": methods}}

    def build(self, advice):
        names = [f"advised_{i}" for i in range(len(advice["indexes"]))]
        sizes = []
        for name, index in zip(names, advice["indexes"]):
            self.sql(index["definition"].replace("CREATE INDEX ON", f"CREATE INDEX {name} ON", 1))
            real = int(self.sql(f"SELECT pg_relation_size('{name}')"))
            sizes.append({"definition": index["definition"], "estimated": index["bytes"], "real": real, "basis": index["basis"]})
        self.sql("ANALYZE")
        return names, sizes

    def measure(self, budget, before):
        advice = self.by_path(budget) if self.args.path else self.advise(budget)
        names, sizes = self.build(advice)
        after, statements = self.costs(), {}
        drop = "".join(f"DROP INDEX {n};" for n in names)
        for n, q in self.queries.items():
            one = {"cost_before": before[n]["Total Cost"], "cost_after": after[n]["Total Cost"]}
            if not self.args.no_time:
                one["cpu_after_s"] = self.cpu_s(q)
                one["cpu_before_s"] = self.cpu_s(q, drop) if shape(before[n]) != shape(after[n]) else one["cpu_after_s"]
            statements[n] = one
        if names:
            self.sql(drop)
        return summary(budget, advice, sizes, statements) | {"path": advice.get("path")}

    def run(self):
        start = time.time()
        self.load()
        heap = int(self.sql("SELECT sum(pg_table_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"))
        budgets = self.args.budget or [0.4 * heap, 1.6 * heap]
        before = self.costs()
        result = {"workload": self.args.workload, "scale": self.args.scale, "heap_bytes": heap, "load_s": round(time.time() - start, 1),
                  "runs": [self.measure(b, before) for b in budgets],
                  "peers_published": {n: {"cost": c, "time": t, "real_mb": mb, "of": "TPC-H SF 1, published (anchors)"} for n, (c, t, mb) in PEERS.items()}}
        shutil.rmtree(self.folder)
        return result


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def nodes(plan):
    yield plan
    for p in plan.get("Plans", []):
        yield from nodes(p)


def shape(plan):
    return [(n["Node Type"], n.get("Index Name"), n.get("Relation Name"), n.get("Join Type")) for n in nodes(plan)]


def summary(budget, advice, sizes, statements):
    """A statement that swamps the sum by its cost before (a hundred times the median of the others) is left out of the sum of costs."""
    costs = sorted(s["cost_before"] for s in statements.values())
    counted = {n: s for n, s in statements.items() if s["cost_before"] <= 100 * costs[len(costs) // 2] or len(costs) < 5}
    timed = {n: s for n, s in statements.items() if s.get("cpu_before_s") is not None and s.get("cpu_after_s") is not None}
    near = [s for s in sizes if s["real"] >= 500000 and not s["basis"]]
    return {"budget_bytes": budget, "real_bytes": sum(s["real"] for s in sizes), "calls": advice["calls"], "seconds": round(advice["seconds"], 2),
            "cost_ratio": round(sum(s["cost_after"] for s in counted.values()) / sum(s["cost_before"] for s in counted.values()), 3),
            "not_counted": sorted(set(statements) - set(counted)),
            "cpu_ratio": round(sum(s["cpu_after_s"] for s in timed.values()) / max(0.01, sum(s["cpu_before_s"] for s in timed.values())), 3) if timed else None,
            "slower": sorted(n for n, s in timed.items() if s["cpu_after_s"] > 1.2 * s["cpu_before_s"] + 0.02),
            "timed_out_before": {n: s["cpu_after_s"] for n, s in statements.items() if "cpu_after_s" in s and s["cpu_before_s"] is None},
            "sizes_within_tenth": f"{sum(abs(s['estimated'] / s['real'] - 1) <= 0.1 for s in near)} of {len(near)}",
            "avoided": advice["avoided"], "indexes": sizes, "statements": statements}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", default=os.path.join(TOP, "build"))
    parser.add_argument("--workload", default="own")
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--budget", type=float, action="append")
    parser.add_argument("--timeout", type=int, default=10)
    parser.add_argument("--path", action="store_true", help="by capture and analyze, from texts without constants")
    parser.add_argument("--no-time", action="store_true")
    parser.add_argument("--out", default=os.path.join(TOP, "build/bench/index.json"))
    args = parser.parse_args()
    args.bin = os.path.abspath(args.bin)
    try:
        with harness.Servers(pg=True, pg_set=SETTINGS) as servers:
            result = Bench(args, servers).run()
    except harness.MissingPackage as e:
        print(f"SKIP: {e} is not installed")
        return 77
    os.makedirs(os.path.dirname(args.out), exist_ok=True)
    with open(args.out, "w", encoding="utf-8") as f:
        json.dump(result, f, indent=1)
    for r in result["runs"]:
        print(f"{result['workload']} scale {result['scale']}: budget {r['budget_bytes'] / 1e6:.0f} MB, built {len(r['indexes'])} of {r['real_bytes'] / 1e6:.0f} MB, cost {r['cost_ratio']},"
              f" CPU {r['cpu_ratio']}, slower {r['slower'] or 'none'}, sizes {r['sizes_within_tenth']}, {r['calls']} questions in {r['seconds']} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

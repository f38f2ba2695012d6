#!/usr/bin/python3
"""Large databases, on a private server: how long a capture and an analysis take, and how much memory.

    scale.py --bin build [--only advice|catalog|unused] [--tables 500] [--statements 5000] [--out build/bench/scale.json]

advice   distinct statements of an application over many tables, really run, captured, and advised on
catalog  10,000 tables and 100,000 entries of pg_stat_statements, captured
unused   10,000 indexes that no scan used, analyzed; the age of the counters is set back in the history, since nobody waits a week for it

Wall and processor time and peak memory are those of the program (wait4); the server's part is the time that its session spent, from /proc."""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))
import servers as harness  # noqa: E402

SETTINGS = {"shared_buffers": "512MB", "jit": "off", "autovacuum": "off", "fsync": "off", "full_page_writes": "off", "max_wal_size": "4GB",
            "synchronous_commit": "off", "pg_stat_statements.max": 120000, "max_locks_per_transaction": 4096, "track_activity_query_size": 4096}
TICK = os.sysconf("SC_CLK_TCK")

# Each module of the application has tables of these kinds. {t} the table, {p} the table of accounts of the module, {n} rows, {a} rows of {p}.
KINDS = {
    "account": """CREATE TABLE {t} (id bigint PRIMARY KEY, email text NOT NULL, status text NOT NULL, country text, made timestamptz NOT NULL, score int, note text);
INSERT INTO {t} SELECT g, 'u' || g || '@example.org', (ARRAY['active','active','active','closed','trial'])[1 + g % 5], 'c' || g % 40, timestamptz '2026-01-01' + g * interval '7 minutes', g % 1000, repeat('x', 40) FROM generate_series(1, {n}) g;""",
    "order": """CREATE TABLE {t} (id bigint PRIMARY KEY, account_id bigint NOT NULL, state text NOT NULL, total numeric(12,2), placed timestamptz NOT NULL, shipped date);
INSERT INTO {t} SELECT g, 1 + (g * 7919::bigint) % {a}, CASE WHEN g % 200 = 0 THEN 'failed' WHEN g % 20 = 0 THEN 'open' ELSE 'done' END, g % 5000, timestamptz '2026-01-01' + g * interval '3 minutes', CASE WHEN g % 9 > 0 THEN date '2026-01-01' + (g % 300)::int END FROM generate_series(1, {n}) g;""",
    "event": """CREATE TABLE {t} (id bigserial PRIMARY KEY, account_id bigint NOT NULL, kind text NOT NULL, at timestamptz NOT NULL, payload jsonb, amount int);
INSERT INTO {t} (account_id, kind, at, payload, amount) SELECT 1 + (g * 104729::bigint) % {a}, 'k' || g % 12, timestamptz '2026-01-01' + g * interval '1 minute', jsonb_build_object('k', g % 50, 'v', g), g % 777 FROM generate_series(1, {n}) g;""",
    "message": """CREATE TABLE {t} (id bigint PRIMARY KEY, account_id bigint NOT NULL, room_id int NOT NULL, sent timestamptz NOT NULL, read boolean NOT NULL, body text);
INSERT INTO {t} SELECT g, 1 + (g * 31) % {a}, (g * 17) % 300, timestamptz '2026-01-01' + g * interval '20 seconds', g % 15 > 0, repeat('m', 20 + g % 60) FROM generate_series(1, {n}) g;""",
    "item": """CREATE TABLE {t} (id int PRIMARY KEY, owner_id bigint NOT NULL, sku varchar(40) NOT NULL, category int NOT NULL, price numeric(10,2), deleted_at timestamptz);
INSERT INTO {t} SELECT g, 1 + (g * 13) % {a}, 'SKU-' || md5(g::text), g % 60, g % 1000, CASE WHEN g % 10 = 0 THEN timestamptz '2026-03-01' END FROM generate_series(1, {n}) g;""",
}

# Statements of each kind; {v} differs from one to the next and picks a value that is there.
STATEMENTS = {
    "account": ["SELECT id, status FROM {t} WHERE email = 'u{v}@example.org'", "SELECT id FROM {t} WHERE lower(email) = 'u{v}@example.org'",
                "SELECT count(*) FROM {t} WHERE status = 'trial' AND country = 'c{m}'", "SELECT id, score FROM {t} WHERE country = 'c{m}' ORDER BY made DESC LIMIT 20",
                "UPDATE {t} SET score = score + 1 WHERE email = 'u{v}@example.org'", "SELECT country, count(*) FROM {t} WHERE made > timestamptz '2026-02-01' GROUP BY country",
                "SELECT email FROM {t} WHERE email LIKE 'u{v}%' ORDER BY email LIMIT 10", "SELECT max(made) FROM {t} WHERE status = 'closed'",
                "SELECT id, note FROM {t} WHERE score BETWEEN {m} AND {m} + 3", "SELECT id FROM {t} WHERE country IN ('c{m}', 'c3') AND status = 'active' AND score > 900"],
    "order": ["SELECT id, total FROM {t} WHERE account_id = {v}", "SELECT id, total FROM {t} WHERE account_id = {v} ORDER BY placed DESC LIMIT 10",
              "SELECT o.id, a.email FROM {t} o JOIN {p} a ON a.id = o.account_id WHERE o.state = 'failed' ORDER BY o.placed DESC LIMIT 50",
              "SELECT sum(total) FROM {t} WHERE placed >= timestamptz '2026-01-01' + interval '{m} hours' AND placed < timestamptz '2026-01-02' + interval '{m} hours'",
              "UPDATE {t} SET state = 'done' WHERE account_id = {v} AND state = 'open'", "SELECT a.country, sum(o.total) FROM {t} o JOIN {p} a ON a.id = o.account_id WHERE o.shipped = date '2026-01-01' + {m} GROUP BY a.country",
              "SELECT count(*) FROM {t} WHERE shipped IS NULL AND state = 'open'", "DELETE FROM {t} WHERE account_id = -{v} AND placed < timestamptz '2025-01-01'",
              "SELECT o.id FROM {t} o WHERE o.state = 'open' AND NOT EXISTS (SELECT 1 FROM {p} a WHERE a.id = o.account_id AND a.status = 'closed') ORDER BY o.id LIMIT 30",
              "SELECT id, placed FROM {t} WHERE (placed, id) < (timestamptz '2026-01-05' + interval '{m} hours', {v}) ORDER BY placed DESC, id DESC LIMIT 25"],
    "event": ["SELECT count(*) FROM {t} WHERE account_id = {v} AND kind = 'k{m}'", "SELECT at, amount FROM {t} WHERE account_id = {v} ORDER BY at DESC LIMIT 5",
              "SELECT sum(amount) FROM {t} WHERE at >= timestamptz '2026-01-01' + interval '{m} hours' AND at < timestamptz '2026-01-01 06:00' + interval '{m} hours'",
              "SELECT id FROM {t} WHERE payload @> '{{\"k\": {m}, \"v\": {v}}}'", "SELECT kind, count(*), avg(amount) FROM {t} WHERE at > timestamptz '2026-01-03' GROUP BY kind ORDER BY 2 DESC",
              "SELECT e.id, a.email FROM {t} e JOIN {p} a ON a.id = e.account_id WHERE e.kind = 'k{m}' AND a.country = 'c{m}'", "SELECT DISTINCT account_id FROM {t} WHERE kind = 'k{m}' AND amount = {m}",
              "SELECT id FROM {t} WHERE amount = {m} AND kind = 'k1' ORDER BY at LIMIT 10", "INSERT INTO {t} (account_id, kind, at, amount) VALUES ({v}, 'k{m}', timestamptz '2026-11-01', {m})",
              "SELECT payload->>'v' FROM {t} WHERE (payload->>'k')::int = {m} AND account_id = {v}"],
    "message": ["SELECT id, body FROM {t} WHERE room_id = {m} ORDER BY sent DESC LIMIT 30", "SELECT count(*) FROM {t} WHERE account_id = {v} AND NOT read",
                "UPDATE {t} SET read = true WHERE room_id = {m} AND account_id = {v} AND NOT read", "SELECT room_id, max(sent) FROM {t} WHERE account_id = {v} GROUP BY room_id",
                "SELECT m.id, a.email FROM {t} m JOIN {p} a ON a.id = m.account_id WHERE m.room_id = {m} AND m.sent > timestamptz '2026-01-01 12:00'",
                "SELECT id FROM {t} WHERE room_id = {m} AND sent < timestamptz '2026-01-02' ORDER BY sent DESC LIMIT 50", "SELECT count(*) FROM {t} WHERE sent >= timestamptz '2026-01-01' + interval '{m} minutes' AND sent < timestamptz '2026-01-01 02:00' + interval '{m} minutes'",
                "SELECT body FROM {t} WHERE account_id = ANY (ARRAY[{v}, {m}, 7]) ORDER BY sent DESC LIMIT 5", "DELETE FROM {t} WHERE room_id = -{m}", "SELECT EXISTS (SELECT 1 FROM {t} WHERE room_id = {m} AND account_id = {v})"],
    "item": ["SELECT id, price FROM {t} WHERE sku = 'SKU-{v}'", "SELECT id FROM {t} WHERE owner_id = {v} AND deleted_at IS NULL", "SELECT id, price FROM {t} WHERE category = {m} AND deleted_at IS NULL ORDER BY price LIMIT 20",
             "SELECT count(*) FROM {t} WHERE category = {m} AND price < 50", "SELECT i.id, a.email FROM {t} i JOIN {p} a ON a.id = i.owner_id WHERE i.category = {m} AND i.price > 990",
             "UPDATE {t} SET deleted_at = now() WHERE owner_id = -{v}", "SELECT sku FROM {t} WHERE sku LIKE 'SKU-{m}%' LIMIT 10", "SELECT category, min(price), max(price) FROM {t} GROUP BY category",
             "SELECT id FROM {t} WHERE price = {m} AND category IN (1, 2, {m})", "SELECT owner_id, count(*) FROM {t} WHERE deleted_at IS NOT NULL GROUP BY owner_id HAVING count(*) > 3"],
}


class Bench:
    """A private server with a folder that holds a configuration."""

    def __init__(self, args, servers):
        self.args, self.servers = args, servers
        self.folder = tempfile.mkdtemp(prefix="pasc.")
        self.config("")

    def config(self, rules):
        """The thresholds that are set make all of it advised on, as the worst case."""
        with open(os.path.join(self.folder, "perfadvise.yaml"), "w", encoding="utf-8") as f:
            f.write(f"version: 1\ntargets: {{ db: {{ postgres: \"{self.dsn()}\" }} }}\nrules: {{ set: {{ {rules} }} }}\n")

    def dsn(self):
        return f"host={self.servers.run_dir} port={self.servers.pg_port} user=postgres dbname=postgres"

    def sql(self, text, *options):
        done = subprocess.run([harness.PG_BIN / "psql", "-XqAt", *options, self.dsn()], input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode or "ERROR" in done.stderr:
            raise SystemExit(f"bench: {done.stderr[:2000]}")
        return done.stdout

    def pa(self, *args, memory=None):
        """One run of the program: what it took, and what it printed."""
        out = os.path.join(self.folder, "out")
        began, server = time.monotonic(), Session(self)
        pid = os.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
            try:
                os.execv(self.args.bin + "/perfadvise", ["perfadvise", "--config", "perfadvise.yaml", "--quiet", *args])
            finally:
                os._exit(127)
        server.start()
        _, status, usage = os.wait4(pid, 0)
        server.stop()
        with open(out, encoding="utf-8") as f:
            text = f.read()
        code = os.waitstatus_to_exitcode(status)
        if code not in (0, 1):
            raise SystemExit(f"bench: {args}: exit {code}: {text[-1500:]}")
        return {"wall_s": round(time.monotonic() - began, 1), "cpu_s": round(usage.ru_utime + usage.ru_stime, 1), "server_cpu_s": round(server.cpu_s(), 1),
                "peak_mb": round(usage.ru_maxrss / 1024)}, text

    def history(self):
        import sqlite3
        return sqlite3.connect(os.path.join(self.folder, ".perfadvise/history.db"))

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Session(threading.Thread):
    """Processor time of the program's sessions, found by their application_name."""

    def __init__(self, bench):
        super().__init__()
        self.bench, self.spent, self.over = bench, {}, threading.Event()

    def run(self):
        while not self.over.wait(0.2):
            for pid in list(self.spent) or self.bench.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'perfadvise'").split():
                self.spent[pid] = max(self.spent.get(pid, 0), self.of(pid))

    @staticmethod
    def of(pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
                fields = f.read().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / TICK
        except OSError:
            return 0

    def stop(self):
        self.over.set()
        self.join()

    def cpu_s(self):
        return sum(self.spent.values())


def make_tables(bench, tables):
    """Modules of one table of accounts and four others each; a few are large. Returns name -> (kind, table of accounts, its rows)."""
    r, made, kinds = random.Random(7), {}, list(KINDS)
    for i in range(tables):
        kind, module = kinds[i % len(kinds)], i // len(kinds)
        name, parent = f"m{module}_{kind}", f"m{module}_account"
        rows = int(1500 * (1 + r.paretovariate(1.3))) if kind != "account" else 1000 + 100 * (module % 30)
        rows = min(rows, 60000)
        accounts = made[parent][2] if kind != "account" else rows
        bench.sql("BEGIN; " + KINDS[kind].format(t=name, n=rows, a=accounts) + " COMMIT;")
        made[name] = (kind, parent, rows)
    bench.sql("VACUUM ANALYZE")
    return made


def statements_of(made, count):
    """Distinct statements, in rounds over all tables."""
    r, done = random.Random(11), 0
    for k in range(len(next(iter(STATEMENTS.values())))):
        for name, (kind, parent, rows) in made.items():
            if done < count:
                done += 1
                yield STATEMENTS[kind][k].format(t=name, p=parent, v=1 + r.randrange(rows), m=1 + r.randrange(40))


def indexes_of(text):
    return sum("CREATE INDEX" in (c.get("forward_sql") or "") for x in json.loads(text)["recommendations"] for c in x["changes"])


def advice(bench):
    made = make_tables(bench, bench.args.tables)
    texts = list(statements_of(made, bench.args.statements))
    bench.sql("SELECT pg_stat_statements_reset(); SELECT pg_stat_reset();")
    r, again = random.Random(13), list(texts)
    for _ in range(len(texts)):
        again.append(texts[min(int(r.paretovariate(0.6)), len(texts)) - 1])  # some are called often
    began = time.monotonic()
    bench.sql(";\n".join(again) + ";")
    load_s = time.monotonic() - began
    capture, _ = bench.pa("capture")
    usual, text = bench.pa("analyze", "-o", "json")
    advised = [indexes_of(text)]
    bench.config("index.missing_usage: { info.rows: 1000, info.hz: 0, info.mb_s: 0 }, index.missing_whatif: { info.share: 0, info.mean_ms: 0 }")
    analyze, text = bench.pa("analyze", "-o", "json")
    advised.append(indexes_of(text))
    with bench.history() as db:
        kept, planned = db.execute("SELECT (SELECT count(*) FROM pg_statement_text), (SELECT count(DISTINCT queryid) FROM pg_plan)").fetchone()
    return {"tables": len(made), "statements": len(texts), "load_s": round(load_s, 1), "capture": capture, "texts_kept": kept,
            "statements_planned_by_capture": planned, "analyze_usual_thresholds": usual, "indexes_usual": advised[0], "analyze_all_propose": analyze,
            "indexes_all": advised[1], "notes": json.loads(text)["notes"][:5]}


def catalog(bench):
    for at in range(0, 10000, 500):
        bench.sql("BEGIN;" + "".join(f"CREATE TABLE t{i} (a int PRIMARY KEY, b int, c text, d timestamptz); CREATE INDEX ON t{i} (b); CREATE INDEX ON t{i} (c);"
                                     f"CREATE INDEX ON t{i} (d); CREATE INDEX ON t{i} (b, c);" for i in range(at, at + 500)) + "COMMIT;")
    forms = ["SELECT a FROM t{i} WHERE b = 1", "SELECT c FROM t{i} WHERE a = 1", "SELECT count(*) FROM t{i}", "SELECT a FROM t{i} WHERE c = 'x'", "SELECT b FROM t{i} WHERE d > now()",
             "SELECT max(b) FROM t{i}", "SELECT a, b FROM t{i} ORDER BY d LIMIT 1", "DELETE FROM t{i} WHERE a = -1", "SELECT c FROM t{i} WHERE b = 1 AND c = 'y'", "UPDATE t{i} SET b = 1 WHERE a = -1"]
    for form in forms:  # a session of its own each: the catalog cache of one would hold all tables
        bench.sql("".join(form.format(i=i) + ";\n" for i in range(10000)))
    entries = int(bench.sql("SELECT count(*) FROM pg_stat_statements"))
    once, _ = bench.pa("capture")
    window, _ = bench.pa("capture", "--duration", "5s")
    analyze, _ = bench.pa("analyze", "-o", "json")
    with bench.history() as db:
        run = "SELECT max(run_id) FROM run"
        states = db.execute(f"SELECT fact, status, reason FROM fact_state WHERE run_id = ({run}) AND reason IS NOT NULL AND status <> 'empty'").fetchall()
        counts = db.execute(f"SELECT (SELECT count(*) FROM pg_table WHERE run_id = ({run})), (SELECT count(*) FROM pg_index WHERE run_id = ({run})),"
                            f" (SELECT count(*) FROM pg_statement WHERE run_id = ({run}) AND edge = 'end')").fetchone()
    size = os.path.getsize(os.path.join(bench.folder, ".perfadvise/history.db"))
    return {"entries": entries, "capture_once": once, "capture_window_5s": window, "analyze": analyze, "tables_kept": counts[0], "indexes_kept": counts[1],
            "statements_kept": counts[2], "history_mb": round(size / 1e6, 1), "told": [list(s) for s in states]}


def unused(bench):
    for at in range(0, 1000, 100):
        bench.sql("BEGIN;" + "".join(f"CREATE TABLE u{i} (id int PRIMARY KEY, " + ", ".join(f"c{k} int" for k in range(10)) + ");"
                                     f"INSERT INTO u{i} SELECT g, " + ", ".join("g" for _ in range(10)) + " FROM generate_series(1, 2000) g;"
                                     + "".join(f"CREATE INDEX ON u{i} (c{k});" for k in range(10)) for i in range(at, at + 100)) + "COMMIT;")
    bench.sql("ANALYZE")
    capture, _ = bench.pa("capture")
    with bench.history() as db:
        db.execute("UPDATE pg_server SET started_us = started_us - 40 * 86400000000, stats_reset_us = stats_reset_us - 40 * 86400000000")
    bench.config("index.unused: { info.bytes: 0 }")
    analyze, text = bench.pa("analyze", "-o", "json")
    drops = sum("DROP INDEX" in json.dumps(x.get("changes", [])) for x in json.loads(text)["recommendations"])
    return {"capture": capture, "analyze": analyze, "drops_advised": drops}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--bin", default=os.path.join(TOP, "build"))
    parser.add_argument("--only", choices=("advice", "catalog", "unused"))
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument("--statements", type=int, default=5000)
    parser.add_argument("--keep", action="store_true", help="leave the folder with the history")
    parser.add_argument("--out", default=os.path.join(TOP, "build/bench/scale.json"))
    args = parser.parse_args()
    args.bin = os.path.abspath(args.bin)
    result = {}
    for part in (advice, catalog, unused):
        if args.only and args.only != part.__name__:
            continue
        try:
            with harness.Servers(pg=True, pg_set=SETTINGS) as servers:
                bench = Bench(args, servers)
                result[part.__name__] = part(bench)
                print(json.dumps({part.__name__: result[part.__name__]}), flush=True)
                if args.keep:
                    print(bench.folder)
                else:
                    bench.remove()
        except harness.MissingPackage as e:
            print(f"SKIP: {e} is not installed")
            return 77
    os.makedirs(os.path.dirname(args.out), exist_ok=True)
    with open(args.out, "w", encoding="utf-8") as f:
        json.dump(result, f, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())

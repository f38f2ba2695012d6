#!/usr/bin/python3
"""What sizing reads of a real server beyond sessions: the CPU of its processes, which tells work from waiting."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))
import capturing                # noqa: E402
import servers as harness       # noqa: E402


def result(name, why=None):
    print(f"not ok {name} - {why}" if why else f"ok {name}", flush=True)


def background(bench, sql):
    return subprocess.Popen([harness.PG_BIN / "psql", "-XqAt", bench.dsn(), "-c", sql], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def cores(bench):
    rows = bench.history("SELECT (max(cpu_us) - min(cpu_us)) * 1.0 / (max(at_us) - min(at_us)) FROM pg_cpu WHERE run_id = (SELECT max(run_id) FROM pg_cpu) HAVING count(*) >= 2")
    return rows[0][0] if rows else None


SOURCE = """import sqlalchemy
engine = sqlalchemy.create_engine("postgresql+psycopg2:///bank?application_name=worker", pool_size=20, max_overflow=0)
"""


def sizes_without_events(running, bench):
    """A fleet that sends nothing: its sessions tell how long they hold transactions, and a size comes of it."""
    with open(os.path.join(bench.folder, "worker.py"), "w", encoding="ascii") as f:
        f.write(SOURCE)
    with open(os.path.join(bench.folder, "supervisord.conf"), "w", encoding="ascii") as f:
        f.write("[supervisord]\n[program:worker]\ncommand=/usr/bin/python3 worker.py\nnumprocs=2\nprocess_name=%(process_num)d\n")
    with open(os.path.join(bench.folder, "load.sql"), "w", encoding="ascii") as f:
        f.write("BEGIN; SELECT count(*) FROM t; SELECT pg_sleep(0.02); COMMIT;\n")
    bench.sql("CREATE TABLE t AS SELECT 1 AS a")
    bench.config(more=f"  fleet: {{ supervisor: {bench.folder}/supervisord.conf }}\nsource: {{ roots: [ {bench.folder} ] }}\n")
    load = subprocess.Popen([harness.PG_BIN / "pgbench", "-n", "-c", "6", "-R", "100", "-T", "14", "-f", f"{bench.folder}/load.sql", bench.dsn()],
                            env={"PGAPPNAME": "worker", "PATH": "/usr/bin"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    done = bench.pa("capture", "--duration", "12s")
    harness.stop_process(load)
    answer = bench.json("pools", "-o", "json")["pools"]
    pool = answer[0] if answer else {"unknown": "no pool found"}
    result("a size from the server's side alone", None if done.returncode == 0 and not pool["unknown"] else f"{done.stderr[-200:]} {pool['unknown']}")
    if not pool["unknown"]:
        # 50 a second in each of two processes, 20 ms and what the statements take: one erlang and a little
        fits = 0.8 < pool["offered"] < 2.0 and 2 <= pool["size_advised"] <= 8
        result("it fits the load", None if fits else f"{pool['offered']} erlangs, {pool['size_advised']} advised")


def main():
    harness.exit_on_signals()
    try:
        with harness.Servers(pg=True) as running:
            bench = capturing.Bench(running)
            for name, sql, fits in (("work is CPU", "SELECT count(*) FROM generate_series(1, 2000000000) a WHERE a % 7 = 3", lambda c: 0.2 < c < 3),
                                    ("waiting is none", "SELECT pg_sleep(30)", lambda c: c < 0.2)):
                busy = [background(bench, sql) for _ in range(2)]
                done = bench.pa("capture", "--duration", "7s")
                for each in busy:
                    harness.stop_process(each)
                bench.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'")
                got = cores(bench)
                result(f"server's CPU: {name}", None if done.returncode == 0 and got is not None and fits(got) else f"{done.returncode}, {got} cores: {done.stderr[-200:]}")
            sizes_without_events(running, bench)
            bench.close()
    except harness.MissingPackage as e:
        print(f"package {e} is missing")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())

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
            bench.close()
    except harness.MissingPackage as e:
        print(f"package {e} is missing")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Carries out jobs beside private servers: four workers each, every one in a session of its own, and measures them.

usage: run.py --bin build FILE OUT      FILE: jobs as JSON lines; a line of results is added to OUT for each
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import jobs

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[2]
sys.path.insert(0, str(TOP / "tests/lib"))
import servers  # noqa: E402

PYTHON = "/usr/bin/python3"
LATENESS_MS = 5.0


def quantile(values, q):
    values = sorted(values)
    return values[min(int(q * len(values)), len(values) - 1)] if values else None


class Fleet:
    """A folder with the program as a user would have it: source, supervisor's file, configuration of perfadvise."""

    def __init__(self, running, size, url_port):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pool."))
        self.events = self.folder / "events.sock"
        source = (HERE / "worker.py").read_text()
        assert "POOL_SIZE = 5\n" in source
        (self.folder / "worker.py").write_text(source.replace("POOL_SIZE = 5\n", f"POOL_SIZE = {size}\n"))
        for name in ("perfadvise_events.py", "perfadvise_pools.py"):
            shutil.copy(TOP / "examples/bots" / name, self.folder)
        (self.folder / "supervisord.conf").write_text(
            f"[supervisord]\n[program:worker]\ncommand={PYTHON} {self.folder}/worker.py\nprocess_name=%(program_name)s_%(process_num)d\n"
            f"numprocs={jobs.PROCESSES}\n")
        dsn = f"host={running.run_dir} port={running.pg_port} user=postgres dbname={running.database}"
        (self.folder / "perfadvise.yaml").write_text(
            f"version: 1\nsource: {{ roots: [ {self.folder} ] }}\ntargets:\n  main: {{ postgres: \"{dsn}\" }}\n"
            f"  fleet: {{ supervisor: {self.folder}/supervisord.conf }}\nevents: {{ listen: \"unix:{self.events}\" }}\n")
        self.url = f"postgresql+psycopg2://postgres@/{running.database}?host={running.run_dir}&port={url_port}&application_name=worker"

    def start(self, job, with_events):
        begin = time.monotonic() + 2.5
        env = {**os.environ, "BENCH_URL": self.url, "SUPERVISOR_PROCESS_NAME": "worker", "PYTHONPATH": ""}
        if with_events:
            env["PERFADVISE_EVENTS"] = f"unix:{self.events}"
        self.workers = [
            subprocess.Popen([PYTHON, "worker.py", "--mix", job["mix"], "--rate", str(jobs.RATES[job["load"]]), "--seconds", str(job["seconds"]),
                              "--seed", str(job["seed"] + i), "--begin", repr(begin), "--out", f"trace.{i}"], cwd=self.folder, env=env,
                             start_new_session=True) for i in range(jobs.PROCESSES)]
        return begin

    def finish(self, seconds):
        for worker in self.workers:
            if worker.wait(seconds + 120):
                raise SystemExit(f"a worker ended with {worker.returncode}")
        return [[tuple(map(float, line.split())) for line in open(self.folder / f"trace.{i}", encoding="ascii")] for i in range(jobs.PROCESSES)]

    def close(self):
        for worker in getattr(self, "workers", []):
            servers.stop_process(worker)
        shutil.rmtree(self.folder, ignore_errors=True)


def replay(curve, trace, size):
    """Waits and latencies of exactly these arrivals and holds by the simulation."""
    with tempfile.NamedTemporaryFile("w", suffix=".trace") as f:
        f.writelines(f"{begun} {back - had}\n" for begun, _, had, back in trace)
        f.flush()
        done = subprocess.run([curve, "replay", f.name, str(size)], stdout=subprocess.PIPE, text=True, check=True)
    return [tuple(map(float, line.split())) for line in done.stdout.splitlines()]


def measure(job, traces, curve):
    warm = jobs.WARM_UP_S * 1e3
    rows = [row for trace in traces for row in trace if row[0] >= warm]
    waits, latencies, holds = [r[2] - r[0] for r in rows], [r[3] - r[0] for r in rows], [r[3] - r[2] for r in rows]
    late = quantile([row[1] - row[0] for trace in traces for row in trace], 0.95)
    mean = sum(holds) / len(holds)
    result = {**job, "n": len(rows), "late_p95_ms": late, "void": late > LATENESS_MS, "hold_mean_ms": mean,
              "hold_cv2": sum(h * h for h in holds) / len(holds) / mean ** 2 - 1, "hold_p95_ms": quantile(holds, 0.95),
              "offered": len(rows) / jobs.PROCESSES / (job["seconds"] - jobs.WARM_UP_S) * mean / 1e3, "p50_ms": quantile(latencies, 0.50),
              "p95_ms": quantile(latencies, 0.95), "p99_ms": quantile(latencies, 0.99), "wait_mean_ms": sum(waits) / len(waits),
              "wait_p95_ms": quantile(waits, 0.95)}
    if job["kind"] != "pooler":
        own = [w for trace in traces for w, row in zip(replay(curve, trace, job["size"]), trace) if row[0] >= warm]
        result["own_p95_ms"], result["own_wait_p95_ms"] = quantile([w[1] for w in own], 0.95), quantile([w[0] for w in own], 0.95)
    return result


def set_pooler(running, size):
    for key in ("default_pool_size", "min_pool_size"):
        command = ["psql", "-XqAt", f"host={running.run_dir} port={running.pgbouncer_port} user=postgres dbname=pgbouncer", "-c", f"SET {key}={size}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def carry_out(running, job, build, keep):
    behind = job["kind"] == "pooler"
    if behind:
        set_pooler(running, job["size"])
    fleet = Fleet(running, jobs.POOLER_CLIENTS if behind else job["size"], running.pgbouncer_port if behind else running.pg_port)
    try:
        capture = None
        if job["kind"] == "capture":
            state = keep / "capture-{mix}-{load}-{size}-{seed}".format(**job)
            shutil.rmtree(state, ignore_errors=True)
            begin = fleet.start(job, True)
            time.sleep(max(0, begin + 1 - time.monotonic()))
            capture = subprocess.Popen([build / "perfadvise", "--config", fleet.folder / "perfadvise.yaml", "--state", state, "--quiet", "capture",
                                        "--duration", f"{jobs.CAPTURE_S}s"], stdout=subprocess.DEVNULL, start_new_session=True)
        else:
            fleet.start(job, False)
        traces = fleet.finish(job["seconds"])
        if capture and capture.wait(60):
            raise SystemExit(f"the capture ended with {capture.returncode}")
        result = measure(job, traces, build / "tests/pool_curve")
        if capture:
            shutil.copytree(fleet.folder, state / "fleet", ignore=shutil.ignore_patterns("*.sock", "trace.*", "__pycache__"))
            result["state"] = state.name
        return result
    finally:
        fleet.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("jobs")
    parser.add_argument("out", type=pathlib.Path)
    args = parser.parse_args()
    servers.exit_on_signals()
    with open(args.jobs, encoding="ascii") as f:
        todo = [json.loads(line) for line in f]
    behind = any(job["kind"] == "pooler" for job in todo)
    try:
        with servers.Servers(pg=True, pgbouncer=behind, database="bank", sql=[HERE / "schema.sql"],
                             pg_set={"max_connections": 400, "synchronous_commit": "off"}) as running:
            if behind:
                set_client_limit(running)
            for job in todo:
                result = carry_out(running, job, args.bin.resolve(), args.out.resolve().parent)
                if result["void"]:  # once more, and both are counted; never by what came out
                    with open(args.out, "a", encoding="ascii") as f:
                        f.write(json.dumps(result) + "\n")
                    result = carry_out(running, job, args.bin.resolve(), args.out.resolve().parent)
                with open(args.out, "a", encoding="ascii") as f:
                    f.write(json.dumps(result) + "\n")
                print("{kind} {mix} {load} {size}: p95 {p95_ms:.1f} ms, wait p95 {wait_p95_ms:.1f}, offered {offered:.2f}, late {late_p95_ms:.2f}".format(**result), flush=True)
    except servers.MissingPackage as e:
        print(f"package {e} is missing")
        return 77
    return 0


def set_client_limit(running):
    subprocess.run(["psql", "-XqAt", f"host={running.run_dir} port={running.pgbouncer_port} user=postgres dbname=pgbouncer", "-c", "SET max_client_conn=1000"],
                   check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())

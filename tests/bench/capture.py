#!/usr/bin/python3
"""What a capture costs the database: CPU of the probe and of its backends, and pgbench throughput with and without.

usage: tests/bench/capture.py --bin build/perfadvise [--blocks 20] [--seconds 4] [--clients 50]

Blocks alternate in pairs, in random order within the pair, so that the machine's drift hits both alike; the interval of the
throughput ratio is the 95 % bootstrap interval of the median of the pairs. Writes build/bench/capture.json.
"""
import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HARNESS = os.path.join(TOP, "tests/lib/servers.py")
TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pid):
    """CPU seconds of a process so far; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK
    except (OSError, IndexError):
        return None


def own_backends():
    sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'perfadvise'"
    done = subprocess.run(["psql", "-XAtc", sql], stdout=subprocess.PIPE, text=True)
    return [int(p) for p in done.stdout.split()]


class Capture:
    """One running capture, with the CPU that it and its backends take."""

    def __init__(self, binary, config, state, seconds):
        self.began = time.monotonic()
        self.process = subprocess.Popen([binary, "--config", config, "--state", state, "--quiet", "capture", "--duration", f"{seconds}s"],
                                        stdout=subprocess.DEVNULL)
        self.backends = {}

    def watch(self, until):
        pids = []
        while time.monotonic() < until and self.process.poll() is None:
            pids = pids or own_backends()
            for pid in pids:
                self.backends[pid] = cpu_of(pid) or self.backends.get(pid, 0)
            time.sleep(0.1)

    def finish(self):
        while self.process.poll() is None:
            for pid in self.backends:
                self.backends[pid] = cpu_of(pid) or self.backends[pid]
            time.sleep(0.02)
        return time.monotonic() - self.began, sum(self.backends.values())


def pgbench(seconds, clients):
    done = subprocess.run(["pgbench", "-n", "-S", "-T", str(seconds), "-c", str(clients), "-j", "1"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.M)
    if not found:
        sys.exit(f"pgbench failed: {done.stdout[-500:]}")
    return float(found.group(1))


def block(args, config, state, with_capture):
    if not with_capture:
        return pgbench(args.seconds, args.clients), None
    capture = Capture(args.bin, config, state, args.seconds + 1)
    time.sleep(0.5)
    watcher = threading.Thread(target=capture.watch, args=(time.monotonic() + args.seconds,))
    watcher.start()
    tps = pgbench(args.seconds, args.clients)
    watcher.join()
    wall, backend_cpu = capture.finish()
    return tps, (wall, backend_cpu)


def quiet_cost(args, config, state):
    """CPU of one longer capture with idle clients connected: no pgbench, so the child's rusage is the probe's alone."""
    idle = subprocess.Popen(["pgbench", "-n", "-S", "-R", "100", "-T", "40", "-c", str(args.clients), "-j", "1"], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    time.sleep(2)
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execv(args.bin, [args.bin, "--config", config, "--state", state, "--quiet", "capture", "--duration", "30s", "--label", "bench"])
    backends, began = {}, time.monotonic()
    while True:
        done, _, usage = os.wait4(pid, os.WNOHANG)
        for backend in own_backends() if time.monotonic() - began > 1 and not backends else list(backends):
            backends[backend] = cpu_of(backend) or backends.get(backend, 0)
        if done:
            break
        time.sleep(0.2)
    wall = time.monotonic() - began
    idle.terminate()
    idle.wait()
    probe = usage.ru_utime + usage.ru_stime
    return {"wall_s": wall, "probe_cpu_frac": probe / wall, "backend_cpu_frac": sum(backends.values()) / wall,
            "probe_peak_mb": usage.ru_maxrss / 1024}


def analyze_cost(args):
    """Time and memory of `analyze PATH` on the example fleet."""
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execv(args.bin, [args.bin, "analyze", os.path.join(TOP, "examples/bots")])
    _, _, usage = os.wait4(pid, 0)
    return {"wall_s": time.monotonic() - began, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}


def bootstrap(ratios, rounds=4000):
    rng = random.Random(1)
    medians = sorted(statistics.median(rng.choices(ratios, k=len(ratios))) for _ in range(rounds))
    return medians[int(0.025 * rounds)], medians[int(0.975 * rounds)]


def inside(args):
    subprocess.run(["pgbench", "-iq", "-s", "10"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="pab") as work:
        config, state = os.path.join(work, "perfadvise.yaml"), os.path.join(work, "state")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f'version: 1\ntargets:\n  main: {{ postgres: "{os.environ["PA_PG_DSN"]}" }}\n')
        rng, pairs, cpu = random.Random(7), [], []
        pgbench(args.seconds, args.clients)
        for i in range(args.blocks):
            order = [True, False] if rng.random() < 0.5 else [False, True]
            tps = {}
            for with_capture in order:
                tps[with_capture], cost = block(args, config, state, with_capture)
                if cost:
                    cpu.append(cost[1] / cost[0])
            pairs.append((tps[True], tps[False]))
            print(f"  pair {i + 1:2d}: {tps[True]:8.0f} tps with, {tps[False]:8.0f} without", flush=True)
        ratios = [a / b for a, b in pairs]
        low, high = bootstrap(ratios)
        quiet = quiet_cost(args, config, state)
        history = os.path.join(state, "history.db")
        runs = args.blocks + 1
        subprocess.run(["sqlite3", history, "PRAGMA wal_checkpoint(TRUNCATE)"], stdout=subprocess.DEVNULL)
        result = {"schema": "perfadvise-bench/1", "bench": "capture", "clients": args.clients, "block_seconds": args.seconds,
                  "pairs": len(pairs), "throughput_ratio_median": statistics.median(ratios), "throughput_ratio_ci95": [low, high],
                  "backend_cpu_frac_under_load_median": statistics.median(cpu), "paced": quiet,
                  "history_bytes_per_run": os.path.getsize(history) / runs, "analyze_example": analyze_cost(args)}
    os.makedirs(os.path.join(TOP, "build/bench"), exist_ok=True)
    with open(os.path.join(TOP, "build/bench/capture.json"), "w", encoding="utf-8") as f:
        json.dump(result, f, indent=2)
        f.write("\n")
    total = quiet["probe_cpu_frac"] + quiet["backend_cpu_frac"]
    print(f"throughput with / without capture: median {statistics.median(ratios):.3f}, 95 % interval {low:.3f} .. {high:.3f}"
          f" ({len(pairs)} pairs of {args.seconds} s, {args.clients} clients)")
    print(f"paced, {args.clients} connections, 30 s: probe {quiet['probe_cpu_frac']:.2%} and its backend {quiet['backend_cpu_frac']:.2%} of one core"
          f" (sum {total:.2%}), probe peak {quiet['probe_peak_mb']:.1f} MB")
    print(f"history: {result['history_bytes_per_run'] / 1024:.0f} kB a run of {args.seconds + 1} s")
    a = result["analyze_example"]
    print(f"analyze of the example fleet: {a['wall_s']:.2f} s, {a['cpu_s']:.2f} CPU s, {a['peak_mb']:.1f} MB")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--blocks", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.bin = os.path.abspath(args.bin)
    if args.inside:
        inside(args)
        return 0
    return subprocess.run([HARNESS, "run", "--pg", "--pg-set", "max_connections=150", "--", "/usr/bin/python3", os.path.abspath(__file__),
                           *sys.argv[1:], "--inside"]).returncode


if __name__ == "__main__":
    sys.exit(main())

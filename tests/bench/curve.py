#!/usr/bin/python3
"""Cost and error of miss-ratio curves: 10 million Zipf(0.9) requests over a million objects, exact, and bounded to 8 MB with 20 seeds.

The curve is read from `trace curve -o csv`; CPU and peak memory of the whole process (reading the file and finding the keys included) by wait4.
Errors: at each size of the bounded curve, against the exact one (linear between its points, on a logarithmic scale of sizes).
"""
import argparse
import bisect
import csv
import io
import itertools
import json
import math
import multiprocessing
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile

REQUESTS, OBJECTS, SKEW, SEEDS = 10_000_000, 1_000_000, 0.9, 20


def zipf(path):
    rng = random.Random(7)
    steps = list(itertools.accumulate(1 / (i + 1) ** SKEW for i in range(OBJECTS)))
    ids = list(range(OBJECTS))
    rng.shuffle(ids)
    with open(path, "wb") as out:
        for _ in range(REQUESTS // 100_000):
            out.write(struct.pack(">100000I", *rng.choices(ids, cum_weights=steps, k=100_000)))


def run(binary, trace, *options):
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen([binary, "--quiet", "trace", "curve", "--format", "be32", "-o", "csv", *options, trace], stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        if status:
            sys.exit(f"trace curve ended with {status}")
        out.seek(0)
        rows = list(csv.DictReader(io.TextIOWrapper(out)))
    points = [(float(row["objects"]), float(row["miss"])) for row in rows]
    return points, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def at(points, size):
    sizes = [s for s, _ in points]
    i = bisect.bisect_left(sizes, size)
    if i == 0 or i == len(points) or sizes[i] == size:
        return points[min(i, len(points) - 1)][1]
    (a, low), (b, high) = points[i - 1], points[i]
    return low + (high - low) * math.log(size / a) / math.log(b / a)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trace = os.path.join(folder, "zipf.be32")
        maker = multiprocessing.Process(target=zipf, args=(trace,))  # apart: a child's peak is never below what its parent held when it forked
        maker.start()
        maker.join()
        exact, cpu, peak = run(args.bin, trace)
        result = {"requests": REQUESTS, "objects": OBJECTS, "exact": {"cpu_s": cpu, "peak_mb": peak}, "bounded": []}
        for seed in range(1, SEEDS + 1):
            points, cpu, peak = run(args.bin, trace, "--memory", "8MB", "--seed", str(seed))
            errors = [abs(miss - at(exact, size)) for size, miss in points]
            result["bounded"].append({"seed": seed, "cpu_s": cpu, "peak_mb": peak, "mean_error": statistics.fmean(errors), "worst_error": max(errors)})
    print(f"exact     {result['exact']['cpu_s']:.2f} CPU s, peak {result['exact']['peak_mb']:.0f} MB")
    worst = {k: max(b[k] for b in result["bounded"]) for k in ("cpu_s", "peak_mb", "mean_error", "worst_error")}
    print(f"8 MB      worst of {SEEDS} seeds: {worst['cpu_s']:.2f} CPU s, peak {worst['peak_mb']:.0f} MB, mean error {worst['mean_error']:.4f}, worst point {worst['worst_error']:.4f}")
    print(f"8 MB      median: {statistics.median(b['cpu_s'] for b in result['bounded']):.2f} CPU s")
    os.makedirs(os.path.dirname(args.out), exist_ok=True)
    with open(args.out, "w", encoding="utf-8") as f:
        json.dump(result, f, indent=1)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Connection pools: what perfadvise says of sizes that it did not see, against a sweep that is run here.

usage: tests/bench/pools.py --bin build [--mix main] [--kinds sweep,capture,pooler] [--loads low,medium,high] [--under CMD] [--report]

Four processes with a SQLAlchemy QueuePool each, open-loop Poisson arrivals, latency from the intended start (pools/worker.py); which sizes, loads
and seeds is decided in pools/jobs.py. The work is done in slices of less than three minutes, each by pools/run.py, under CMD when given (a
scheduler that keeps other work away). Measurements are added to build/bench/pools/MIX.jsonl; --report only judges what stands there and
writes build/bench/pools.json.
"""
import argparse
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "pools"))
import jobs    # noqa: E402
import judge   # noqa: E402


def measure(args, out):
    todo = jobs.all_jobs(args.mix, args.kinds.split(","), args.loads.split(","))
    known = {(r["kind"], r["load"], r["size"], r["seed"]) for r in judge.read(out) if not r["void"]}
    todo = [j for j in todo if (j["kind"], j["load"], j["size"], j["seed"]) not in known]
    for group in jobs.slices(todo):
        with tempfile.NamedTemporaryFile("w", suffix=".jobs") as f:
            f.writelines(json.dumps(job) + "\n" for job in group)
            f.flush()
            done = subprocess.run([*shlex.split(args.under), "/usr/bin/python3", str(HERE / "pools/run.py"), "--bin", str(args.bin), f.name, str(out)])
        if done.returncode:
            return done.returncode
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--mix", default="main")
    parser.add_argument("--kinds", default="sweep,capture,pooler")
    parser.add_argument("--loads", default="low,medium,high")
    parser.add_argument("--under", default="")
    parser.add_argument("--out", help="folder of the measurements")
    parser.add_argument("--report", action="store_true")
    args = parser.parse_args()
    folder = pathlib.Path(args.out or args.bin / "bench/pools").resolve()
    os.makedirs(folder, exist_ok=True)
    out = folder / f"{args.mix}.jsonl"
    status = 0 if args.report else measure(args, out)
    return status or judge.report(args.bin.resolve(), args.mix, folder, judge.read(out))


if __name__ == "__main__":
    sys.exit(main())

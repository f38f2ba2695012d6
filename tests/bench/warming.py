#!/usr/bin/python3
"""Warming, measured: `perfadvise warm plan` sees the first half of a trace, and the second half is replayed through an LRU cache written here.

usage: tests/bench/warming.py TRACE.xz [--case OBJECTS:KEYS]...      (bare big-endian 32-bit ids)
Writes build/bench/warming.json.
"""
import argparse
import array
import collections
import json
import lzma
import os
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(os.environ.get("PA_BUILD", os.path.join(TOP, "build")), "perfadvise")
HORIZONS = (10000, 50000, 200000)


def replay(keys, requests, objects):
    cache = collections.OrderedDict((k, None) for k in reversed(keys[:objects]))
    hits, ratios = 0, {}
    for i, key in enumerate(requests[:HORIZONS[-1]], 1):
        if key in cache:
            hits += 1
            cache.move_to_end(key)
        else:
            if len(cache) == objects:
                cache.popitem(last=False)
            cache[key] = None
        if i in HORIZONS:
            ratios[i] = round(hits / i, 4)
    return ratios


def plan(first, objects, keys):
    with tempfile.TemporaryDirectory() as folder:
        trace, out = os.path.join(folder, "first.trace.xz"), os.path.join(folder, "keys")
        swapped = array.array("I", first)
        swapped.byteswap()
        with lzma.open(trace, "wb", preset=1) as f:
            f.write(swapped.tobytes())
        text = subprocess.run([PROGRAM, "warm", "plan", "--format", "be32", "--objects", str(objects), "--keys", str(keys), "--keys-to", out, trace],
                              stdout=subprocess.PIPE, check=True, text=True).stdout
        with open(out, encoding="utf-8") as f:
            return [int(line.split("\t")[1], 16) for line in f], text


def by_count(first, n):
    return [k for k, _ in collections.Counter(first).most_common(n)]


def snapshot(first, n):
    return list(dict.fromkeys(reversed(first[-20 * n:])))[:n]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trace")
    parser.add_argument("--case", action="append", help="OBJECTS:KEYS")
    args = parser.parse_args()
    requests = array.array("I")
    with lzma.open(args.trace) as f:
        requests.frombytes(f.read())
    requests.byteswap()
    first, second = requests[:len(requests) // 2], requests[len(requests) // 2:]
    rows = []
    for objects, keys in (map(int, c.split(":")) for c in args.case or ("10000:10000", "50000:5000")):
        chosen, said = plan(first, objects, keys)
        ways = {"nothing": [], "LRU snapshot": snapshot(first, keys), "most requests": by_count(first, keys), "warm plan": chosen}
        for way, loaded in ways.items():
            rows.append({"objects": objects, "keys": len(loaded), "loaded": way, "hit": replay(loaded, second, objects)})
            print(rows[-1], flush=True)
        rows[-1]["said"] = said.splitlines()
    os.makedirs(os.path.join(TOP, "build", "bench"), exist_ok=True)
    with open(os.path.join(TOP, "build", "bench", "warming.json"), "w", encoding="utf-8") as f:
        json.dump(rows, f, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""How many findings of the source analysis are true: against hand labels, and a random draw to be read by a person.

usage: tests/bench/source_quality.py --bin build/perfadvise --labels FILE --repos DIR [--repo OWNER/NAME=PATH]... [-v]
       tests/bench/source_quality.py --bin build/perfadvise --draw N [--seed S] [--level LEVEL] PATH...

Labels are JSON lines {repo, file, line, kind, truth, why}; DIR holds a checkout of each repository at the labelled commit, named as
the repository without its owner. A finding belongs to the nearest label of its file and kind at most one line away. A true label
with a finding is a hit, a false one a false alarm. Counts are printed, not ratios alone; written under "quality" in build/bench/source.json.
"""
import argparse
import collections
import json
import os
import random
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIGURES = os.path.join(TOP, "build/bench/source.json")
POOL_KINDS = ("pool-size", "pool-default", "redis-pool-unbounded")
LEVELS = ("info", "warning", "critical")


def analyse(binary, path):
    """Findings on one tree; each with its path relative to the tree."""
    done = subprocess.run([binary, "--quiet", "analyze", "-o", "json", "--fail-on", "never", path], stdout=subprocess.PIPE, check=True)
    findings = json.loads(done.stdout)["findings"]
    for f in findings:
        f["path"] = os.path.relpath(os.path.join(os.getcwd(), f["file"]), path) if f["file"] else ""
    return findings


def lines_of_python(path):
    n = 0
    for folder, _dirs, files in os.walk(path):
        for name in files:
            if name.endswith(".py"):
                with open(os.path.join(folder, name), "rb") as f:
                    n += f.read().count(b"\n")
    return n


def nearest(finding, labels):
    """The label that a finding speaks of, or None."""
    near = [x for x in labels if x["file"] == finding["path"] and x["kind"] == finding["kind"] and abs(x["line"] - finding["line"]) <= 1]
    return min(near, key=lambda x: (abs(x["line"] - finding["line"]), not x["truth"]), default=None)


def score(labels, findings):
    """Marks labels as found, by the findings nearest to them; a true label also counts when a neighbour's finding covers it."""
    for f in findings:
        label = nearest(f, labels)
        if label:
            label["found"] = True
    for label in labels:
        if label["truth"] and not label.get("found"):
            label["found"] = any(f["path"] == label["file"] and f["kind"] == label["kind"] and abs(f["line"] - label["line"]) <= 1 for f in findings)


def tally(labels):
    hit = sum(1 for x in labels if x["truth"] and x.get("found"))
    missed = sum(1 for x in labels if x["truth"] and not x.get("found"))
    false = sum(1 for x in labels if not x["truth"] and x.get("found"))
    silent = sum(1 for x in labels if not x["truth"] and not x.get("found"))
    return {"hit": hit, "missed": missed, "false_alarms": false, "rightly_silent": silent,
            "precision": hit / (hit + false) if hit + false else None, "recall": hit / (hit + missed) if hit + missed else None}


def show(name, t):
    ratio = lambda x: "    -" if x is None else f"{x:5.2f}"
    print(f"{name:28} {t['hit']:3} of {t['hit'] + t['missed']:3} true found, {t['false_alarms']:2} of {t['false_alarms'] + t['rightly_silent']:2} false flagged"
          f"   precision {ratio(t['precision'])}  recall {ratio(t['recall'])}")


def against_labels(args):
    with open(args.labels, encoding="utf-8") as f:
        labels = [json.loads(line) for line in f if line.strip()]
    paths = dict(p.split("=", 1) for p in args.repo)
    by_repo = collections.defaultdict(list)
    for label in labels:
        by_repo[label["repo"]].append(label)
    density, absent = {}, []
    for repo, mine in sorted(by_repo.items()):
        path = paths.get(repo) or (os.path.join(args.repos, repo.split("/")[1]) if args.repos else None)
        if not path or not os.path.isdir(path):
            absent.append(repo)
            continue
        findings = analyse(args.bin, os.path.abspath(path))
        score(mine, findings)
        loud = sum(1 for f in findings if f["severity"] != "info")
        lines = lines_of_python(path)
        density[repo] = {"warnings": loud, "lines": lines, "per_thousand_lines": 1000 * loud / lines if lines else 0}
    labels = [x for x in labels if x["repo"] not in absent]
    kinds = {k: tally([x for x in labels if x["kind"] == k]) for k in sorted({x["kind"] for x in labels})}
    for kind, t in kinds.items():
        show(kind, t)
    total = tally(labels)
    show("all kinds", total)
    false_pools = sum(kinds[k]["false_alarms"] for k in POOL_KINDS if k in kinds)
    print(f"false pools: {false_pools}")
    for repo, d in density.items():
        print(f"{repo:40} {d['warnings']:3} of warning or above in {d['lines']:6} lines: {d['per_thousand_lines']:.2f} per thousand")
    if absent:
        print("not scored, no checkout: " + ", ".join(absent))
    if args.verbose:
        for x in labels:
            if bool(x.get("found")) != x["truth"]:
                print(f"{'MISSED' if x['truth'] else 'FALSE '} {x['kind']:24} {x['repo'].split('/')[1]}/{x['file']}:{x['line']}  {x['why']}")
    return {"labels": os.path.basename(args.labels), "kinds": kinds, "all": total, "false_pools": false_pools, "density": density, "absent": absent}


def excerpt(root, finding, around=4):
    try:
        with open(os.path.join(root, finding["path"]), encoding="utf-8", errors="replace") as f:
            text = f.read().splitlines()
    except OSError:
        return []
    first = max(0, finding["line"] - 1 - around)
    return [f"  {'>' if i + 1 == finding['line'] else ' '} {i + 1:5} {line[:150]}" for i, line in enumerate(text[first:finding["line"] + around], first)]


def draw(args):
    """A sample without replacement over all trees, printed with the code around, for a person to judge."""
    everything = [(root, f) for root in args.paths for f in analyse(args.bin, os.path.abspath(root))
                  if f["file"] and LEVELS.index(f["severity"]) >= LEVELS.index(args.level)]
    print(f"{len(everything)} findings in {len(args.paths)} trees, seed {args.seed}")
    for i, (root, f) in enumerate(random.Random(args.seed).sample(everything, min(args.draw, len(everything))), 1):
        print(f"\n[{i}] {f['rule']} ({f['kind']}, {f['severity']})  {root}/{f['path']}:{f['line']}\n    {f['message']}")
        print("\n".join(excerpt(root, f)))


def write(figures):
    os.makedirs(os.path.dirname(FIGURES), exist_ok=True)
    everything = {}
    if os.path.exists(FIGURES):
        with open(FIGURES, encoding="utf-8") as f:
            everything = json.load(f)
    everything["quality"] = figures
    with open(FIGURES, "w", encoding="utf-8") as f:
        json.dump(everything, f, indent=1, sort_keys=True)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--bin", default=os.path.join(TOP, "build/perfadvise"))
    p.add_argument("--labels")
    p.add_argument("--repos", help="folder of checkouts, named without the owner")
    p.add_argument("--repo", action="append", default=[], metavar="OWNER/NAME=PATH")
    p.add_argument("--draw", type=int)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--level", choices=LEVELS, default="info")
    p.add_argument("-v", "--verbose", action="store_true")
    p.add_argument("paths", nargs="*")
    args = p.parse_args()
    args.bin = os.path.abspath(args.bin)
    if args.draw:
        draw(args)
    elif args.labels:
        write(against_labels(args))
    else:
        sys.exit("name --labels FILE with --repos DIR, or --draw N with trees")


if __name__ == "__main__":
    main()

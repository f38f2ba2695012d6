#!/usr/bin/python3
"""What the source analysis costs on a large tree: cold with one thread and two, warm, after one edit; and ast-grep in the same session.

usage: tests/bench/source_speed.py --bin build/perfadvise --tree DIR [--rounds N]

The tree is copied, so that it can be edited. CPU seconds are the command's own (wait4), children and threads included; of each kind of
run the median of N, interleaved, is told. A round: cold 1 thread, cold 2 threads, warm, then edits: a line at the end of a file, a line in the
middle of one (what stands below moves), both in another file each time, and a line in the middle of the largest file. MB are those of all *.py files below DIR, tests too: they are counted, and left out by default. Written under "speed" in
build/bench/source.json. ast-grep comes from npm (@ast-grep/cli) into build/bench/, when it can be had.
"""
import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIGURES = os.path.join(TOP, "build/bench/source.json")
PEER_RULES = [  # ten patterns of the same subjects; they resolve no names
    "create_engine($$$)", "asyncpg.create_pool($$$)", "time.sleep($$$)", "requests.get($$$)", "$C.execute($$$)",
    "for $X in $Y: $$$", "await $C.fetch($$$)", "$R.keys($$$)", "open($$$)", "subprocess.run($$$)",
]


def run(command, env=None):
    """(wall s, CPU s, peak MB) of one command."""
    begin = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **(env or {})})
    complaint = child.stderr.read()
    _pid, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: status {child.returncode}: {complaint.decode(errors='replace')[-500:]}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def python_files(tree):
    return sorted(os.path.join(folder, name) for folder, _dirs, names in os.walk(tree) for name in names if name.endswith(".py"))


def is_test(path, tree):
    parts = os.path.relpath(path, tree).split(os.sep)
    return "tests" in parts or "test" in parts or parts[-1].startswith("test_") or parts[-1].endswith("_test.py") or parts[-1] == "conftest.py"


def peer(build):
    """The path of ast-grep, installed when that is possible; None otherwise."""
    found = shutil.which("ast-grep") or os.path.join(build, "peer/node_modules/.bin/ast-grep")
    if not os.path.exists(found) and shutil.which("npm"):
        os.makedirs(os.path.join(build, "peer"), exist_ok=True)
        subprocess.run(["npm", "install", "--prefix", os.path.join(build, "peer"), "--no-audit", "--no-fund", "@ast-grep/cli"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if not os.path.exists(found):
        return None
    tried = subprocess.run([found, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return found if tried.returncode == 0 else None


def peer_rules(folder):
    path = os.path.join(folder, "rules.yml")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n---\n".join(f"id: r{i}\nlanguage: python\nrule:\n  pattern: {json.dumps(p)}\nmessage: m\nseverity: warning" for i, p in enumerate(PEER_RULES)))
    return path


def edit(path):
    with open(path, "a", encoding="utf-8") as f:
        f.write("\nBENCH_EDIT = 1\n")
    time.sleep(0.2)  # times of this moment are not trusted


def edit_inside(path):
    """A statement in a function, next to the middle of the file."""
    with open(path, encoding="utf-8") as f:
        lines = f.readlines()
    inside = [i for i, line in enumerate(lines) if re.match(r"\s+(return\b|if .*:$|for .*:$|self\.\w+ = |[a-z_]+ = )", line) and lines[i - 1].rstrip().endswith((":", ")"))]
    at = min(inside, key=lambda i: abs(i - len(lines) // 2)) if inside else len(lines)
    lines.insert(at, " " * (len(lines[at]) - len(lines[at].lstrip()) if inside else 0) + "bench_edit = 1\n")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(lines)
    time.sleep(0.2)


def measure(args, tree, state, work):
    analyse = [args.bin, "--quiet", "analyze", "--fail-on", "never"]
    source = [p for p in python_files(tree) if not is_test(p, tree) and os.path.getsize(p) > 2000]
    random.seed(7)
    kinds = {"cold 1 thread": [], "cold 2 threads": [], "warm": [], "one file changed": [], "one file changed inside": [], "the largest file changed inside": [], "ast-grep 10 rules 1 thread": [], "tests too, 1 thread": []}
    grep = peer(work["build"])
    rules = peer_rules(work["folder"])
    env = {"XDG_STATE_HOME": state, "HOME": work["folder"]}
    with_tests = os.path.join(work["folder"], "with-tests.yaml")
    with open(with_tests, "w", encoding="utf-8") as f:
        f.write(f"version: 1\nsource: {{ roots: [{json.dumps(tree)}], tests: true }}\n")
    for number in range(args.rounds):
        kinds["cold 1 thread"].append(run(analyse + ["--no-cache", tree], {**env, "PERFADVISE_THREADS": "1"}))
        kinds["cold 2 threads"].append(run(analyse + ["--no-cache", tree], {**env, "PERFADVISE_THREADS": "2"}))
        if grep:
            kinds["ast-grep 10 rules 1 thread"].append(run([grep, "scan", "--rule", rules, "--threads", "1", "--json=stream", tree]))
        if number == 0:
            kinds["tests too, 1 thread"].append(run([args.bin, "--quiet", "--config", with_tests, "analyze", "--fail-on", "never", "--no-cache", tree], {**env, "PERFADVISE_THREADS": "1"}))
        run(analyse + [tree], env)
        for _ in range(3):
            kinds["warm"].append(run(analyse + [tree], env))
        for _ in range(3):
            edit(random.choice(source))
            kinds["one file changed"].append(run(analyse + [tree], env))
            edit_inside(random.choice(source))
            kinds["one file changed inside"].append(run(analyse + [tree], env))
        edit_inside(max(source, key=os.path.getsize))
        kinds["the largest file changed inside"].append(run(analyse + [tree], env))
    return kinds


def summary(kinds, megabytes):
    out = {"MB of Python": round(megabytes, 2)}
    for kind, runs in kinds.items():
        if runs:
            wall, cpu, peak = (statistics.median(r[i] for r in runs) for i in range(3))
            out[kind] = {"wall_s": round(wall, 3), "cpu_s": round(cpu, 3), "peak_MB": round(max(r[2] for r in runs), 1), "runs": len(runs),
                         "cpu_s of each": [round(r[1], 3) for r in runs], "MB per CPU second": round(megabytes / cpu, 2)}
    cold = out["cold 1 thread"]["cpu_s"]
    out["warm is faster than cold by"] = round(cold / out["warm"]["cpu_s"], 1)
    out["CPU of two threads over one"] = round(out["cold 2 threads"]["cpu_s"] / cold, 3)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--tree", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    build = os.path.dirname(FIGURES)
    os.makedirs(build, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pa-speed-") as folder:
        tree = os.path.join(folder, "tree")
        shutil.copytree(args.tree, tree, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        time.sleep(0.2)
        megabytes = sum(os.path.getsize(p) for p in python_files(tree)) / 1e6
        kinds = measure(args, tree, os.path.join(folder, "state"), {"build": build, "folder": folder})
    speed = summary(kinds, megabytes)
    everything = json.load(open(FIGURES, encoding="utf-8")) if os.path.exists(FIGURES) else {}
    everything["speed"] = speed
    with open(FIGURES, "w", encoding="utf-8") as f:
        json.dump(everything, f, indent=1, sort_keys=True)
    print(json.dumps(speed, indent=1))


if __name__ == "__main__":
    main()

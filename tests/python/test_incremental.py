#!/usr/bin/python3
"""What is kept between analyses of a tree is never seen in an answer: after each random edit of the example fleet (or of --tree DIR) the
answer is, byte for byte, that of an analysis which keeps nothing; and an unchanged tree adds no facts to a history.

usage: tests/python/test_incremental.py [--tree DIR] [--edits N] [--seed N]
"""
import argparse
import os
import random
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(os.path.abspath(os.environ.get("PA_BUILD", os.path.join(TOP, "build"))), "perfadvise")
KINDS = (".py", ".env", ".yml", ".yaml", ".toml", ".ini", ".conf", ".sql")
DEFINITION = re.compile(r"\s*(?:async )?(?:def|class) (\w+)")


def files_of(tree):
    return sorted(os.path.join(folder, name) for folder, _dirs, names in os.walk(tree) for name in names if name.endswith(KINDS))


def indent(line):
    return len(line) - len(line.lstrip())


def definitions(lines):
    return [i for i, line in enumerate(lines) if DEFINITION.match(line)]


def end_of(lines, i):
    j = i + 1
    while j < len(lines) and (not lines[j].strip() or indent(lines[j]) > indent(lines[i])):
        j += 1
    return j


def insert_line(lines, dice):
    i = dice.randrange(len(lines) + 1)
    before = " " * indent(lines[i]) if i < len(lines) else ""
    lines.insert(i, before + dice.choice(["", "# note", f"X_{dice.randrange(9)} = 1", "pass", "import os"]))


def delete_line(lines, dice):
    del lines[dice.randrange(len(lines))]


def delete_definition(lines, dice):
    i = dice.choice(definitions(lines))
    del lines[i:end_of(lines, i)]


def rename_definition(lines, dice):
    i = dice.choice(definitions(lines))
    name = DEFINITION.match(lines[i])[1]
    lines[i] = lines[i].replace(name, name + "_x", 1)


def swap_definitions(lines, dice):
    i, j = sorted(dice.sample(definitions(lines), 2))
    if end_of(lines, i) <= j:
        first, second = lines[i:end_of(lines, i)], lines[j:end_of(lines, j)]
        lines[j:end_of(lines, j)], lines[i:end_of(lines, i)] = first, second


def swap_lines(lines, dice):
    i = dice.randrange(len(lines) - 1)
    lines[i], lines[i + 1] = lines[i + 1], lines[i]


def other_number(lines, dice):
    i = dice.choice([i for i, line in enumerate(lines) if re.search(r"\d", line)])
    lines[i] = re.sub(r"\d+", lambda m: str(int(m[0]) + 1), lines[i], count=1)


EDITS = [insert_line, insert_line, insert_line, delete_line, delete_definition, rename_definition, swap_definitions, swap_lines, other_number]


def edit(tree, dice):
    """One random edit; what it was, for who has to find out why answers differ."""
    path, what = dice.choice(files_of(tree)), dice.choice(EDITS + ["remove", "copy"])
    name = os.path.relpath(path, tree)
    if what == "remove":
        os.unlink(path)
    elif what == "copy":
        base, ending = os.path.splitext(path)
        shutil.copy(path, f"{base}_{dice.randrange(3)}{ending}")
    else:
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            lines = f.read().split("\n")
        try:
            what(lines, dice)
        except (IndexError, ValueError):  # nothing of the kind in this file
            return f"nothing in {name}"
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as f:
            f.write("\n".join(lines))
    return f"{getattr(what, '__name__', what)} {name}"


def analyse(tree, folder, *options, threads=1):
    done = subprocess.run([PROGRAM, "--quiet", "analyze", "-o", "json", "--fail-on", "never", *options, tree], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          env={**os.environ, "HOME": folder, "XDG_STATE_HOME": os.path.join(folder, "state"), "PERFADVISE_THREADS": str(threads)})
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def test_edits(folder, source, count, seed):
    dice = random.Random(seed)
    tree = os.path.join(folder, "tree")
    shutil.copytree(source, tree, symlinks=True, ignore=shutil.ignore_patterns(".git", ".perfadvise"))
    for step in range(count):
        edits = [edit(tree, dice) for _ in range(dice.choice([1, 1, 1, 3]))]
        if dice.random() < 0.7:
            time.sleep(0.06)  # else times of this moment are not trusted: that way has to be right too
        kept, again, cold = analyse(tree, folder, threads=dice.choice([1, 2])), analyse(tree, folder), analyse(tree, folder, "--no-cache")
        assert kept == cold and again == cold, f"step {step} (seed {seed}) after {', '.join(edits)}: {'first' if kept != cold else 'second'} answer"
    print(f"ok incremental: {count} steps of random edits are answered as if for the first time")


def test_history(folder):
    shutil.copytree(os.path.join(TOP, "examples/bots"), os.path.join(folder, "bots"))
    config = os.path.join(folder, "perfadvise.yaml")
    with open(config, "w", encoding="utf-8") as f:
        f.write('version: 1\nsource: { roots: [bots] }\ntargets: { cache: { redis: "unix:///nonexistent/redis.sock" } }\n')
    command = [PROGRAM, "--quiet", "--config", config]
    subprocess.run(command + ["capture", "--target", "source"], stdout=subprocess.DEVNULL, check=True)
    for _ in range(2):
        subprocess.run(command + ["analyze", "--fail-on", "never"], stdout=subprocess.DEVNULL, check=True)
    with sqlite3.connect(os.path.join(folder, ".perfadvise/history.db")) as db:
        stored = [n for (n,) in db.execute("SELECT (SELECT count(*) FROM code_file f WHERE f.run_id = run.run_id) FROM run ORDER BY run_id")]
    assert stored[0] > 0 and stored[1:] == [0, 0], f"rows of code_file for each run: {stored}"
    print("ok incremental: an analysis of an unchanged tree adds no facts to the history")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", default=os.path.join(TOP, "examples/bots"))
    parser.add_argument("--edits", type=int, default=25)
    parser.add_argument("--seed", type=int, default=3)
    args = parser.parse_args()
    for test in (lambda folder: test_edits(folder, args.tree, args.edits, args.seed), test_history):
        with tempfile.TemporaryDirectory(prefix="pa-edits-") as folder:
            try:
                test(folder)
            except AssertionError as e:
                print(f"not ok incremental - {str(e)[:1500]}".replace("\n", "\\n"))


if __name__ == "__main__":
    main()

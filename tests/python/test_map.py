#!/usr/bin/python3
"""`perfadvise map`: the three formats agree, Graphviz draws what it is given, hostile names stay names, no password gets through."""
import json
import os
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("PA_BUILD", os.path.join(TOP, "build")))
HOSTILE = os.path.join(TOP, "tests/golden/map-hostile/src")
BOTS = os.path.join(TOP, "examples/bots")
os.chdir(TOP)


def result(name, why=None):
    print(f"not ok {name} - {why}" if why else f"ok {name}", flush=True)


def draw(form, *paths):
    return subprocess.run([os.path.join(BUILD, "perfadvise"), "map", "-o", form, *paths], stdout=subprocess.PIPE, check=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout.decode("utf-8")


def sums_agree():
    fleet = json.loads(draw("json", BOTS))
    by_pool = {}
    for pool in fleet["pools"]:
        for use in pool["programs"]:
            by_pool[pool["server"]] = by_pool.get(pool["server"], 0) + (use["at_most"] or 0)
    servers = {s["id"]: s for s in fleet["servers"]}
    for server in fleet["servers"]:
        behind = sum(s["opens_behind"] or 0 for s in servers.values() if s["through"] == server["id"])
        if server["at_most"] != by_pool.get(server["id"], 0) + behind:
            return result("sums of the servers are those of their pools", f"{server['id']}: {server['at_most']}, pools {by_pool}")
    wide = [line for line in draw("text", BOTS).splitlines() if len(line) > 79]
    result("sums of the servers are those of their pools")
    result("text has at most 79 columns", f"{wide[:2]}" if wide else None)


def formats_hold_every_pool():
    fleet, text, dot = json.loads(draw("json", BOTS)), draw("text", BOTS), draw("dot", BOTS)
    used = [p["name"].split(":")[1] for p in fleet["pools"] if p["programs"]]
    missing = [n for n in used if n not in text or n not in dot]
    result("each pool of a program stands in every format", f"{missing}" if missing or len(used) < 10 else None)


def twice_the_same():
    with tempfile.TemporaryDirectory() as work:
        shutil.copytree(BOTS, os.path.join(work, "bots"))
        same = all(draw(form, os.path.join(work, "bots")) == draw(form, os.path.join(work, "bots")) for form in ("text", "json", "dot"))
    result("two maps of one tree are the same bytes", None if same else "they differ")


def no_password():
    leaks = [form for form in ("text", "json", "dot") if "hunter2" in draw(form, HOSTILE)]
    result("no password is shown", f"in {leaks}" if leaks else None)


def graphviz_draws(name, path, words):
    if not shutil.which("dot"):
        print(f"skip Graphviz draws {name} - dot is not installed")
        return
    done = subprocess.run(["dot", "-Tsvg"], input=draw("dot", path).encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode or done.stderr:
        return result(f"Graphviz draws {name}", done.stderr.decode()[:300] or f"exit {done.returncode}")
    svg = xml.etree.ElementTree.fromstring(done.stdout)
    drawn = " ".join(t for t in svg.itertext())
    missing = [w for w in words if w not in drawn]
    result(f"Graphviz draws {name}", f"not drawn: {missing}" if missing else None)


def main():
    sums_agree()
    formats_hold_every_pool()
    twice_the_same()
    no_password()
    graphviz_draws("the example fleet", BOTS, ["coordinator x 1", "pgbouncer /run/hearts:6432", "hearts at /run/hearts:5432", "20 + 30 overflow x 1 process = 50"])
    graphviz_draws("hostile names", HOSTILE, ['a"b\\c<d>{e|f} x 2', "\u00f6ffnen x 1", 'ta"b\\le<x> 1'])
    with tempfile.TemporaryDirectory() as empty:
        graphviz_draws("nothing", empty, ["The fleet as found"])


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""The main job on the real example fleet: what is captured, which rules fire on it, and that apply and rollback leave no trace."""
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
PA = os.path.join(os.environ.get("PA_BUILD", TOP / "build"), "perfadvise")
sys.path.insert(0, str(TOP / "tests/lib"))

import fleet      # noqa: E402
import servers    # noqa: E402

RULES_THAT_MUST_FIRE = 15


def result(name, why=None):
    print(f"not ok {name} - {why}" if why else f"ok {name}", flush=True)


class Session:
    """perfadvise as a user of the fleet's machine runs it."""

    def __init__(self, running):
        self.fleet = running
        self.config = running.folder / "perfadvise.yaml"
        self.state = running.tmp / "state"
        self.env = {**os.environ, **running.env}

    def __call__(self, *argv):
        done = subprocess.run([PA, "--config", str(self.config), "--state", str(self.state), *argv], env=self.env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=200)
        return done

    def sql(self, query):
        done = subprocess.run(["sqlite3", "-readonly", str(self.state / "history.db"), query], stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.strip()


def manifest(folder):
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*"))
            if p.is_file() and "__pycache__" not in p.parts and p.name != "perfadvise.yaml"}


def schema(running):
    dump = subprocess.run(["pg_dump", "--schema-only"], env={**os.environ, **running.env}, stdout=subprocess.PIPE, text=True, check=True).stdout
    # newer releases begin and end a dump with a word made of chance
    return "".join(line for line in dump.splitlines(True) if not line.startswith(("\\restrict", "\\unrestrict")))


def captures(pa, running):
    load = running.start_load(16, seed=3)
    done = pa("capture", "--duration", "12s", "--label", "before")
    load.communicate()
    result("capture of the fleet ends with 0", None if done.returncode == 0 else f"{done.returncode}: {done.stderr[-400:]}")
    for what, query in {
            "statements": "SELECT count(DISTINCT queryid) > 5 FROM pg_statement",
            "plans of normalized statements": "SELECT count(*) >= 5 FROM pg_plan WHERE failure IS NULL",
            "pool waits": "SELECT sum(count) > 100 FROM event_hist WHERE metric LIKE '%wait_time'",
            "cache accesses": "SELECT count(*) > 100 FROM cache_access",
            "processes of all programs": "SELECT count(DISTINCT program) >= 6 FROM process_sample",
            "no datagram lost": "SELECT coalesce(sum(lost), 0) = 0 FROM event_loss",
            "pools in the source": "SELECT count(*) >= 5 FROM code_pool"}.items():
        got = pa.sql(query)
        result(f"captured: {what}", None if got == "1" else f"{query} gives {got!r}")


def analyses(pa):
    done = pa("analyze", "-o", f"json:{pa.fleet.tmp}/analysis.json", "--fail-on", "warning")
    result("analyze ends with 1: findings", None if done.returncode == 1 else f"{done.returncode}: {done.stderr[-400:]}")
    with open(f"{pa.fleet.tmp}/analysis.json", encoding="utf-8") as f:
        body = json.load(f)
    fired = sorted({x["rule"] for x in body["findings"]})
    enough = len(fired) >= RULES_THAT_MUST_FIRE
    result(f"{RULES_THAT_MUST_FIRE} rules fire on what was captured", None if enough else f"only {len(fired)}: {' '.join(fired)}")
    changes = {c["kind"] for r in body["recommendations"] for c in r["changes"]}
    want = {"pg_index", "file_value"}
    result("indexes and pool sizes are recommended", None if want <= changes else f"changes are {sorted(changes)}")
    again = pa("analyze", "-o", f"json:{pa.fleet.tmp}/again.json")
    with open(f"{pa.fleet.tmp}/again.json", encoding="utf-8") as f:
        keys = [x["key"] for x in json.load(f)["findings"]]
    result("the same history gives the same keys", None if again.returncode == 1 and keys == [x["key"] for x in body["findings"]] else "keys differ")


def applies_and_takes_back(pa, running):
    files, ddl = manifest(running.folder), schema(running)
    dry = pa("apply", "--dry-run")
    result("dry run shows SQL and diff", None if dry.returncode == 0 and "CREATE INDEX" in dry.stdout and "@@" in dry.stdout else f"{dry.returncode}: {dry.stderr[-300:]}")
    result("dry run changes nothing", None if manifest(running.folder) == files and schema(running) == ddl else "something changed")
    done = pa("apply")
    result("apply", None if done.returncode == 0 else f"{done.returncode}: {done.stderr[-400:]}")
    result("apply changed files and schema", None if manifest(running.folder) != files and schema(running) != ddl else "nothing changed")
    again = pa("apply")
    result("apply twice is a no-op", None if again.returncode == 0 and "already" in again.stdout + again.stderr else f"{again.returncode}: {again.stdout[-200:]}{again.stderr[-200:]}")
    back = pa("rollback")
    result("rollback", None if back.returncode == 0 else f"{back.returncode}: {back.stderr[-400:]}")
    changed = [k for k in set(files) | set(manifest(running.folder)) if files.get(k) != manifest(running.folder).get(k)]
    result("rollback gives back every byte", f"differs: {changed}" if changed else None)
    result("rollback gives back the schema", None if schema(running) == ddl else "the schema dump differs")


def main():
    servers.exit_on_signals()
    try:
        with fleet.Fleet() as running:
            pa = Session(running)
            done = subprocess.run([PA, "init", "--allow-apply", str(running.folder)], env=pa.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            result("init", None if done.returncode == 0 else done.stderr[-300:])
            captures(pa, running)
            analyses(pa)
            applies_and_takes_back(pa, running)
    except servers.MissingPackage as e:
        print(f"package {e} is missing")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())

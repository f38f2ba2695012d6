#!/usr/bin/python3
"""The whole job on a real fleet: measure, advise, change, verify, and take it all back.

    make demo

deploys the example fleet (examples/bots) on private servers in a temporary folder, plays
users, and runs perfadvise as its user would, each command shown. The load runs three times
from the same cold start: before (A), after the advice was applied (B), and again when it was
rolled back (A). What is worth a look afterwards stays in build/demo/.
"""

import argparse
import json
import os
import shlex
import shutil
import sys
import time
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "lib"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import servers
from fleet import Fleet
from proof import differences, take_snapshot

OUT = REPOSITORY / "build" / "demo"
SEED = 1
CAPTURE_S = 32
LOAD_S = CAPTURE_S + 2
SETTLE_S = 8
ATTEMPTS = 2  # of a measurement, when the driver itself came late

# name, words, target, format; the figures that the load decides must agree between the two As
FIGURES = [
    ("db_p95_ms", "database response p95", "< 50 ms", "{:.1f} ms"),
    ("pool_wait_p95_ms", "pool wait p95", "< 5 ms", "{:.1f} ms"),
    ("cache_hit", "cache hits", "> 90 %", "{:.1%}"),
    ("start_s", "process start", "< 2 s", "{:.2f} s"),
    ("memory", "memory", "< 80 %", "{:.1%}"),
    ("ipc_p95_ms", "IPC round trip p95", "< 10 ms", "{:.2f} ms"),
]
LOAD_FIGURES = ("db_p95_ms", "pool_wait_p95_ms", "cache_hit")


class DemoFailed(Exception):
    """A step did not end as it should; the message says which."""


class Demo:
    def __init__(self, program, fleet):
        self.program = program
        self.fleet = fleet
        self.steps = []
        self.driver = {}
        self.config = "fleet/perfadvise.yaml"
        self.env = {**fleet.env, "PERFADVISE_STATE": str(OUT / "state")}

    # -- steps

    def perfadvise(self, *words, accept=(0,)):
        """Runs one command of perfadvise in the folder above the fleet, shown as it would be typed."""
        shown = ["perfadvise", "--config", self.config, *words]
        return self.step(words[0], shown, [str(self.program), *shown[1:]], accept)

    def step(self, name, shown, command=None, accept=(0,)):
        say("$ " + shlex.join(shown))
        began = time.monotonic()
        status = servers.run_command(command or shown, self.env, cwd=self.fleet.tmp)
        self.steps.append({"name": name, "seconds": round(time.monotonic() - began, 2), "exit": status})
        if status not in accept:
            raise DemoFailed(f"'{shlex.join(shown[:1] + [name])}' ended with status {status}")
        return status

    def cold_start(self):
        """Redis empty, the users' last changes taken back, all bots restarted: the same start for each load."""
        self.fleet.take_back_users_changes()
        self.step("flush", ["redis-cli", "-s", str(self.fleet.run_dir / "redis.sock"), "FLUSHALL"])
        supervisorctl = ["supervisorctl", "-c", "fleet/config/supervisord.conf", "restart", "all"]
        self.step("restart", supervisorctl)
        self.fleet.wait_until_ready()

    def measure(self, label, prepare):
        """Plays users and captures meanwhile; once more when the driver came late, since that run is void."""
        for _ in range(ATTEMPTS):
            prepare()
            load = self.fleet.start_load(LOAD_S, seed=SEED)
            try:
                self.perfadvise("capture", "--duration", f"{CAPTURE_S}s", "--label", label)
                summary = json.loads(load.communicate()[0])
            finally:
                servers.stop_process(load)
            self.driver[label] = summary
            say(f"# load: {summary['requests']} requests, {summary['errors']} errors,"
                f" driver late by {summary['lateness_p95_ms']:.1f} ms at p95{' (void)' if summary['void'] else ''}")
            if not summary["void"]:
                return
        raise DemoFailed(f"the load '{label}' is void: this machine is too busy to play users on time")

    def warm(self):
        for path in self.schedules():
            self.perfadvise("warm", "run", path)

    def schedules(self):
        return [change["path"] for change in self.changes() if change["kind"] == "schedule"]

    def changes(self):
        """The changes of the newest change-set."""
        newest = max((OUT / "state" / "changes").glob("*/changeset.yaml"), default=None)
        if not newest:
            return []
        return [change for rec in yaml.safe_load(newest.read_text())["recommendations"] for change in rec["changes"]]

    # -- the story

    def settle(self):
        """A few seconds of users that nobody measures: the first A must not pay for a database that has just been filled."""
        say(f"# users for {SETTLE_S} s, not measured: the database has just been filled")
        load = self.fleet.start_load(SETTLE_S, seed=SEED + 1)
        try:
            load.communicate()
        finally:
            servers.stop_process(load)

    def run(self):
        self.settle()
        say(f"$ export PERFADVISE_STATE={shlex.quote(str(OUT / 'state'))}")
        self.perfadvise_init()
        before = take_snapshot(self.fleet, OUT / "before")
        self.perfadvise("doctor")

        heading("A: how it is")
        self.measure("before", self.cold_start)
        self.perfadvise("analyze", "-o", "text", "-o", f"json:{OUT / 'analyze.json'}", accept=(0, 1))
        self.perfadvise("apply", "--dry-run")
        self.perfadvise("apply")
        applied = [f"{change['kind']} {change.get('object') or change.get('key_path') or change.get('path')}" for change in self.changes()]

        heading("B: with the advice applied")
        self.measure("after", lambda: (self.cold_start(), self.warm()))
        self.perfadvise("verify", "-o", "text", "-o", f"json:{OUT / 'verify.json'}")
        self.perfadvise("report", "--before", "before", "--after", "after", "-o", f"markdown:{OUT / 'report.md'}")

        heading("A again: everything taken back")
        self.perfadvise("rollback")
        self.measure("again", self.cold_start)
        self.perfadvise("verify", "--before", "before", "--after", "again",
                        "-o", "text", "-o", f"json:{OUT / 'verify-again.json'}", accept=(0, 3))
        self.perfadvise("audit", accept=(0, 1))
        after = take_snapshot(self.fleet, OUT / "after")
        return self.conclude(applied, before, after)

    def perfadvise_init(self):
        words = ["init", "--allow-apply", "fleet"]
        self.step("init", ["perfadvise", *words], [str(self.program), *words])

    def conclude(self, applied, before, after):
        changed, again = read_figures(OUT / "verify.json"), read_figures(OUT / "verify-again.json")
        figures = {"before": {}, "after": {}, "again": {}}
        for name, *_ in FIGURES:
            figures["before"][name] = changed.get(name, {}).get("before")
            figures["after"][name] = changed.get(name, {}).get("after")
            figures["again"][name] = again.get(name, {}).get("after")

        diff = differences(before, after)
        (OUT / "restored.diff").write_text(diff)
        summary = {
            "schema": "perfadvise-demo/1",
            "figures": figures,
            "applied": applied,
            "restored": diff == "",
            "manifests": {"before": [str(path) for path in before], "after": [str(path) for path in after]},
            "a_agrees": all(again.get(name, {}).get("verdict") == "same" for name in LOAD_FIGURES),
            "b_beats_both": beats(figures["after"], figures["before"]) and beats(figures["after"], figures["again"]),
            "driver": self.driver,
            "steps": self.steps,
        }
        (OUT / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
        return summary


def read_figures(path):
    """name -> {"before", "after", "verdict", ...} of a verification."""
    return {figure["name"]: figure for figure in json.loads(path.read_text())["figures"]}


def beats(one, other):
    """Whether each figure that the load decides is better; an unknown one beats nothing."""
    def better(name):
        a, b = one[name], other[name]
        return a is not None and b is not None and (a > b if name == "cache_hit" else a < b)
    return all(better(name) for name in LOAD_FIGURES)


def say(text):
    print(text, flush=True)


def heading(text):
    say(f"\n=== {text}\n")


def show(summary):
    """The six figures side by side, and where everything lies; at most 80 columns."""
    heading("Six figures")
    say(f"{'':<24}{'target':>9}{'before':>15}{'after':>15}{'again':>15}")
    for name, words, target, form in FIGURES:
        values = [summary["figures"][when][name] for when in ("before", "after", "again")]
        cells = "".join(f"{'unknown' if value is None else form.format(value):>15}" for value in values)
        say(f"{words:<24}{target:>9}{cells}")

    out = os.path.relpath(OUT)
    yes_no = {True: "yes", False: "NO"}
    say(f"\nafter beats both: {yes_no[summary['b_beats_both']]}\nagain agrees with before: {yes_no[summary['a_agrees']]}")
    say(f"everything is what it was (files, schema, settings): {yes_no[summary['restored']]}")
    say(f"\nhistory and change-set  {out}/state/\nreport                  {out}/report.md")
    say(f"proof                   {out}/before/ {out}/after/ {out}/restored.diff\nsummary                 {out}/summary.json")


def prepare_out():
    """An empty build/demo."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--bin", type=Path, default=REPOSITORY / "build" / "perfadvise", help="the program to show")
    args = parser.parse_args()

    program = args.bin.resolve()
    if not os.access(program, os.X_OK):
        sys.exit(f"demo.py: {program} is not there: run make first")
    prepare_out()
    servers.exit_on_signals()
    say("# starting PostgreSQL, PgBouncer, Redis and six bots; generating a million messages")
    try:
        with Fleet() as fleet:
            summary = Demo(program, fleet).run()
    except servers.MissingPackage as error:
        print(f"demo.py: package {error} is not installed: run tests/lib/ensure-packages", file=sys.stderr)
        return 77
    except (DemoFailed, servers.ServerError) as error:
        print(f"demo.py: {error}; everything it started has been stopped", file=sys.stderr)
        return 1
    show(summary)
    return 0 if summary["restored"] and summary["b_beats_both"] and summary["a_agrees"] else 1


if __name__ == "__main__":
    sys.exit(main())

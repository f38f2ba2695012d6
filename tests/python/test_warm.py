#!/usr/bin/python3
"""`warm run` with a command that is not a shell's: rate, limits, signals, one at a time, exit codes."""
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

PA = os.path.join(os.environ.get("PA_BUILD", "build"), "perfadvise")
COMMAND = """import os, sys, time
out = open("taken", "w")
for number, line in enumerate(sys.stdin):
    out.write(line)
    out.flush()
    if "stubborn" in sys.argv and number == 0:
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("environment", sorted(os.environ), "rate", sys.argv[1:])
sys.exit(3 if "fail" in sys.argv else 0)
"""


class Place:
    def __init__(self, command="", schedule="", keys=20, trusted=True):
        self.dir = tempfile.mkdtemp(prefix="paw ")
        self.trusted = trusted
        self.write("warm.py", COMMAND)
        self.write("perfadvise.yaml", "version: 1\n" + (f"warm: {{ command: \"/usr/bin/python3 warm.py --rate {{rate}} {command}\" }}\n"))
        self.write("s.yaml", "version: 1\nservice: cache\n" + (schedule or "defaults: { rate_per_s: 1000 }\n") +
                   "jobs:\n  - name: job\n    items: { keys_file: s.keys }\n    load: { via: app-command }\n")
        self.write("s.keys", "".join(f"user:{{id}}\t{i:016x}\n" for i in range(keys)))

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w", encoding="utf-8") as f:
            f.write(text)

    def argv(self, *more):
        return [PA, *(["--config", "perfadvise.yaml"] if self.trusted else []), "--state", "state", "warm", "run", *more, "s.yaml"]

    def run(self, *more):
        return subprocess.run(self.argv(*more), cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, check=False)

    def start(self):
        return subprocess.Popen(self.argv(), cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def taken(self):
        path = os.path.join(self.dir, "taken")
        return open(path, encoding="utf-8").read().splitlines() if os.path.exists(path) else []

    def wait_for_lines(self, n):
        until = time.monotonic() + 20
        while len(self.taken()) < n and time.monotonic() < until:
            time.sleep(0.02)


def check(name, good, why=""):
    print(f"ok {name}" if good else f"not ok {name} - {why}")


def gives_all_keys():
    p = Place()
    done = p.run()
    check("warm_run__gives_all_keys", done.returncode == 0 and len(p.taken()) == 20 and "20 keys given" in done.stdout, f"{done}")
    check("warm_run__clean_environment", "environment ['HOME', 'LANG', 'LC_CTYPE', 'PATH'] rate ['--rate', '1000']" in done.stdout
          or "environment ['HOME', 'LANG', 'PATH'] rate ['--rate', '1000']" in done.stdout, done.stdout)
    return p


def dry_run_runs_nothing():
    p = Place()
    done = p.run("--dry-run")
    check("warm_run__dry_run_runs_nothing", done.returncode == 0 and not p.taken() and not os.path.exists(os.path.join(p.dir, "state"))
          and "runs: /usr/bin/python3 warm.py --rate 1000" in done.stdout, f"{done}")
    return p


def refuses_found_configuration():
    p = Place(trusted=False)
    done = p.run()
    check("warm_run__refuses_a_configuration_merely_found", done.returncode == 3 and not p.taken() and "nothing was run" in done.stderr, f"{done}")
    return p


def command_fails():
    p = Place("fail")
    done = p.run()
    check("warm_run__command_fails", done.returncode == 5 and "status 3 after 20 keys" in done.stderr, f"{done}")
    return p


def time_limit():
    p = Place("stubborn", "defaults: { rate_per_s: 10 }\nstop_when: { elapsed_over_s: 1 }\n")
    done = p.run()
    check("warm_run__time_limit", done.returncode == 3 and 5 <= len(p.taken()) < 20 and "the time limit; what was loaded stays" in done.stderr, f"{done}")
    return p


def one_at_a_time_and_signal():
    p = Place("", "defaults: { rate_per_s: 4 }\n")
    first = p.start()
    p.wait_for_lines(1)
    second = p.run()
    check("warm_run__one_at_a_time", second.returncode == 3 and "lock" in second.stderr or "another" in second.stderr, f"{second}")
    first.send_signal(signal.SIGTERM)
    out, err = first.communicate(timeout=30)
    check("warm_run__signal", first.returncode == -signal.SIGTERM and len(p.taken()) < 20, f"{first.returncode} {out} {err}")
    return p


def missing_program():
    p = Place()
    p.write("perfadvise.yaml", "version: 1\nwarm: { command: \"python3 warm.py\" }\n")
    done = p.run()
    check("warm_run__program_must_be_absolute", done.returncode == 2 and "absolute" in done.stderr, f"{done}")
    p.write("perfadvise.yaml", "version: 1\nwarm: { command: \"/no/such/program\" }\n")
    done = p.run()
    check("warm_run__program_is_missing", done.returncode == 5 and "No such file" in done.stderr, f"{done}")
    return p


def plan(folder, requests, *more):
    trace = os.path.join(folder, "trace")
    with open(trace, "wb") as f:
        f.write(b"".join(struct.pack(">I", r) for r in requests))
    return subprocess.run([PA, "warm", "plan", "--format", "be32", "--keys-to", os.path.join(folder, "keys"), *more, trace], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60, check=False)


def plans_from_a_trace():
    """50 steady keys, each once in 1000 requests; between them bursts of keys that never come again."""
    p = Place()
    requests = [1 + i // 20 % 50 if i % 20 == 0 else 1000 + i // 95 for i in range(20000)]
    done = plan(p.dir, requests, "--keys", "50")
    keys = [int(line.split("\t")[1], 16) for line in open(os.path.join(p.dir, "keys"), encoding="utf-8")]
    check("warm_plan__steady_keys_before_bursts", done.returncode == 0 and sorted(keys) == list(range(1, 51)) and "not worth it" not in done.stdout, f"{done} {keys}")
    done = plan(p.dir, range(5000))
    check("warm_plan__not_worth_it", done.returncode == 0 and "not worth it" in done.stdout, f"{done}")
    done = plan(p.dir, range(100))
    check("warm_plan__too_short", done.returncode != 0 and "too short" in done.stderr and not done.stdout, f"{done}")
    done = plan(p.dir, range(5000), "--objects", "0")
    check("warm_plan__bad_number", done.returncode == 2 and "--objects" in done.stderr, f"{done}")
    return p


def main():
    for case in (plans_from_a_trace, gives_all_keys, dry_run_runs_nothing, refuses_found_configuration, command_fails, time_limit, one_at_a_time_and_signal, missing_program):
        shutil.rmtree(case().dir, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""Faults in apply, rollback and recover of file changes: kills and errors at every call that writes, drift, odd targets, locks.

The program under test is build/fault/perfadvise, whose n-th writing call can be told to kill or to fail (base/sys.h).
"""
import contextlib
import fcntl
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
import changeset  # noqa: E402

PROGRAM = os.path.join(TOP, "build", "fault", "perfadvise")
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

PYTHON = b'DATABASE_CONFIG = {\r\n\t"pool_size": 20,  # caf\xe9\r\n\t"max_overflow": 30,\r\n}'
YAML = b"# the pool\ndb:\n  pool_size: 11   # per process\n  other: 3"
ENV = b"\xef\xbb\xbfNAME=bot\nPOOL_SIZE=22\n"


class Failure(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Failure(why)


class Place:
    """A folder with three files to change, a crontab to come, a configuration, and a change-set for them."""

    def __init__(self, memory=True):
        self.top = tempfile.mkdtemp(prefix="pa.", dir=MEMORY if memory else None)
        self.roots = self.join("roots")
        os.mkdir(self.roots)
        os.chmod(self.roots, 0o755)
        for name, content, mode in (("a.py", PYTHON, 0o640), ("b.yaml", YAML, 0o644), ("c.env", ENV, 0o600)):
            self.put(name, content, mode)
        self.config = self.join("perfadvise.yaml")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write("version: 1\napply: { roots: [roots/], crontab: roots/crontab }\nstate: state/\n")
        self.set = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)

    def join(self, *parts):
        return os.path.join(self.top, *parts)

    def path(self, name):
        return os.path.join(self.roots, name)

    def put(self, name, content, mode=0o644):
        with open(self.path(name), "wb") as f:
            f.write(content)
        os.chmod(self.path(name), mode)

    def get(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def plan(self, changes=None):
        if changes is None:
            changes = [changeset.value(self.path("a.py"), b"20", b"8", "python"),
                       changeset.value(self.path("b.yaml"), b"11", b"4", "yaml"),
                       changeset.value(self.path("c.env"), b"22", b"5", "env"),
                       changeset.value(self.path("a.py"), b"30", b"0", "python", phase="lower"),
                       changeset.cron(self.path("crontab"), "warm", "5 4 * * * root /usr/bin/warm")]
        self.set = changeset.write(self.join(f"set{time.monotonic_ns()}"), changes)
        return self

    def run(self, *args, fault=None, program=PROGRAM, **more):
        env = {"PATH": "/usr/bin:/bin", "HOME": self.top, "LC_ALL": "C.UTF-8"}
        if fault:
            env["PERFADVISE_FAULT"] = fault
        return subprocess.run([program, "--config", self.config, *args], env=env, stdin=subprocess.DEVNULL, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", **more)

    def state(self):
        """Everything below the roots: bytes, mode, owner, attributes."""
        found = {}
        for folder, folders, files in os.walk(self.roots):
            for name in files + folders:
                path = os.path.join(folder, name)
                st = os.lstat(path)
                digest = None
                if os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "rb") as f:
                        digest = hashlib.sha256(f.read()).hexdigest()
                attrs = {n: os.getxattr(path, n, follow_symlinks=False) for n in os.listxattr(path, follow_symlinks=False)}
                found[os.path.relpath(path, self.roots)] = (digest, st.st_mode, st.st_uid, st.st_gid, attrs)
        return found

    def save(self):
        shutil.copytree(self.top, self.top + ".saved", symlinks=True)

    def restore(self):
        """Back to what save() saw, at the same path."""
        shutil.rmtree(self.top)
        shutil.copytree(self.top + ".saved", self.top, symlinks=True)

    def forget(self):
        shutil.rmtree(self.top + ".saved", ignore_errors=True)


@contextlib.contextmanager
def saved(place):
    place.save()
    try:
        yield
    finally:
        place.forget()


def count_points(place, *args):
    done = place.run(*args, fault="count")
    found = re.search(r"fault-points (\d+)", done.stderr)
    need(found, f"no count of points: {done.stderr}")
    return int(found.group(1)), done


def points(place, fault, *args):
    """Restores and runs with the fault at point 1, 2, ... until a run is not disturbed; how many there are depends on the clock."""
    for n in range(1, 10000):
        place.restore()
        done = place.run(*args, fault=f"{n}:{fault}")
        if done.returncode == 0:
            return
        yield n, done


def interrupt_late(place):
    """An apply that was killed with all targets changed, just before it was committed."""
    last = None
    for n, _ in points(place, "kill", "apply", place.set):
        if "interrupted" in place.run("status").stdout:
            last = n
    need(last, "no kill interrupted the apply")
    for n in range(last, last - 5, -1):  # a run in another second of the clock has a point more or less
        place.restore()
        place.run("apply", place.set, fault=f"{n}:kill")
        if "interrupted" in place.run("status").stdout:
            return
    raise Failure("the apply is not interrupted")


def applied_state():
    with Place() as p:
        p.plan()
        done = p.run("apply", p.set)
        need(done.returncode == 0, done.stderr)
        return p.state()


def check_recovered(p, before, after, where):
    done = p.run("recover")
    need(done.returncode == 0, f"{where}: recover gave {done.returncode}: {done.stderr}")
    now = p.state()
    need(now in (before, after), f"{where}: neither before nor after: {now}")
    again = p.run("recover")
    need(again.returncode == 0 and "nothing to recover" in again.stdout, f"{where}: the second recover was not idle: {again.stdout}{again.stderr}")
    return now


def kill_sweep():
    after = applied_state()
    with Place() as p, saved(p.plan()):
        before, ends = p.state(), {True: 0, False: 0}
        for n, done in points(p, "kill", "apply", p.set):
            need(done.returncode == -signal.SIGKILL, f"point {n}: ended with {done.returncode}")
            ends[check_recovered(p, before, after, f"point {n}") == after] += 1
        return f"F01 kill sweep of apply ({n} points: {ends[False]} before, {ends[True]} after)"


def rollback_kill_sweep():
    with Place() as p:
        p.plan()
        before = p.state()
        need(p.run("apply", p.set).returncode == 0, "apply failed")
        after = p.state()
        with saved(p):
            for n, _ in points(p, "kill", "rollback"):
                now = check_recovered(p, before, after, f"point {n}")
                if now == after:
                    need(p.run("rollback").returncode == 0, f"point {n}: rollback after recover failed")
                need(p.state() == before, f"point {n}: not before")
        return f"F02 kill sweep of rollback ({n} points)"


def recover_kill_sweep():
    with Place() as p, saved(p.plan()):
        before = p.state()
        interrupt_late(p)
        need(p.get("crontab") and p.get("a.py") != PYTHON, "the interrupted apply changed nothing")
        p.forget()
        p.save()
        for n, _ in points(p, "kill", "recover"):
            check_recovered(p, before, before, f"point {n}")
        return f"F02 kill sweep of recover ({n} points)"


def error_sweep(number, name):
    def sweep():
        with Place() as p, saved(p.plan()):
            before = p.state()
            for n, done in points(p, number, "apply", p.set):
                need(done.returncode == 5, f"point {n}: exit {done.returncode}: {done.stdout}{done.stderr}")
                need("undone" in done.stderr or "nothing changed" in done.stderr, f"point {n}: no word of the state left: {done.stderr}")
                need(p.run("recover").returncode == 0, f"point {n}: recover failed")
                need(p.state() == before, f"point {n}: not before: {p.state()}")
            return f"F03 {name} at every call that writes ({n} points)"
    return sweep


def rollback_error_sweep():
    with Place() as p:
        p.plan()
        before = p.state()
        need(p.run("apply", p.set).returncode == 0, "apply failed")
        with saved(p):
            for n, done in points(p, 5, "rollback"):
                need(done.returncode in (5, 6), f"point {n}: exit {done.returncode}: {done.stderr}")
                need(p.run("recover").returncode == 0 and p.run("rollback").returncode == 0, f"point {n}: recover or rollback failed")
                need(p.state() == before, f"point {n}: not before")
        return f"F03 EIO at every call of rollback ({n} points)"


def recover_error_sweep():
    with Place() as p, saved(p.plan()):
        before = p.state()
        interrupt_late(p)
        p.forget()
        p.save()
        for n, done in points(p, 5, "recover"):
            need(done.returncode in (5, 6), f"point {n}: exit {done.returncode}: {done.stderr}")
            need(p.run("recover").returncode == 0 and p.state() == before, f"point {n}: not before")
        return f"F03 EIO at every call of recover ({n} points)"


def refused(p, before, what, code=3, says=None, args=None):
    done = p.run(*(args or ("apply", p.set)))
    need(done.returncode == code, f"{what}: exit {done.returncode}: {done.stdout}{done.stderr}")
    need(p.state() == before, f"{what}: something changed")
    need(says is None or says in done.stderr, f"{what}: {says!r} is not in {done.stderr!r}")
    return done


def drift_before_apply():
    with Place() as p:
        p.plan()
        p.put("c.env", ENV.replace(b"bot", b"bat"), 0o600)
        refused(p, p.state(), "one byte", says="c.env")
        p.put("c.env", ENV, 0o640)
        refused(p, p.state(), "the mode", says="mode")
    return "F09 a byte or the mode changed after the plan"


def drift_after_apply():
    with Place() as p:
        p.plan()
        before = p.state()
        need(p.run("apply", p.set).returncode == 0, "apply failed")
        drifted = p.get("b.yaml") + b"\nextra: 1\n"
        with open(p.path("b.yaml"), "ab") as f:
            f.write(b"\nextra: 1\n")
        done = refused(p, p.state(), "rollback", says="b.yaml", args=("rollback",))
        need("+extra: 1" in done.stderr, f"the difference is not shown: {done.stderr}")
        done = p.run("rollback", "--force")
        need(done.returncode == 0, f"--force: {done.stderr}")
        need(p.state() == before, "--force did not restore")
        copies = [os.path.join(folder, name) for folder, _, names in os.walk(p.join("state")) for name in names if name.startswith("drifted")]
        need(len(copies) == 1 and copies[0] in done.stderr, f"no copy of the drifted file: {copies} {done.stderr}")
        with open(copies[0], "rb") as f:
            need(f.read() == drifted, "the copy is not what it was")
    return "F10 a line appended after apply"


def symlinks():
    with Place() as p:
        p.plan()
        outside = p.join("outside.py")
        shutil.copy2(p.path("a.py"), outside)
        os.unlink(p.path("a.py"))
        os.symlink(outside, p.path("a.py"))
        seen = os.stat(outside)
        refused(p, p.state(), "a symlink", says="symbolic link")
        now = os.stat(outside)
        need((seen.st_ino, seen.st_mtime_ns) == (now.st_ino, now.st_mtime_ns), "the file outside was touched")
    with Place() as p:
        os.makedirs(p.join("elsewhere"), 0o755)
        shutil.copy2(p.path("a.py"), p.join("elsewhere", "a.py"))
        os.symlink(p.join("elsewhere"), p.path("sub"))
        p.plan([changeset.value(p.path("sub/a.py"), b"20", b"8", "python")])
        refused(p, p.state(), "a parent that is a symlink", says="symbolic link")
        with open(p.join("elsewhere", "a.py"), "rb") as f:
            need(f.read() == PYTHON, "the file behind the link changed")
    with Place() as p:
        with open(p.join("outside.env"), "wb") as f:
            f.write(ENV)
        p.plan([changeset.value(p.join("outside.env"), b"22", b"5", "env")])
        refused(p, p.state(), "outside the roots", says="Add its folder to apply.roots")
        p.plan([changeset.value(p.roots + "/../outside.env", b"22", b"5", "env")])
        refused(p, p.state(), "dots in the path", says="plain path")
    return "F11 symlinks, and paths out of the roots"


def odd_files():
    with Place() as p:
        p.plan()
        os.link(p.path("a.py"), p.join("second"))
        refused(p, p.state(), "two hard links", says="hard links")
        os.unlink(p.join("second"))
        os.chmod(p.path("a.py"), 0o4640)
        refused(p, p.state(), "setuid", says="setuid")
        os.unlink(p.path("a.py"))
        os.mkfifo(p.path("a.py"))
        refused(p, p.state(), "a FIFO", says="FIFO")
        os.unlink(p.path("a.py"))
        os.mkdir(p.path("a.py"))
        refused(p, p.state(), "a folder", says="folder")
    with Place() as p:
        p.plan()
        os.chmod(p.roots, 0o1777)
        refused(p, p.state(), "a folder that others can write", says="written by others")
    return "F12 hard link, setuid, FIFO, folder, folder writable by others"


def metadata():
    with Place(memory=False) as p:
        if os.geteuid() == 0:
            os.chown(p.path("a.py"), 12, 34)
        kept = []
        try:
            os.setxattr(p.path("a.py"), "user.note", b"kept\x00bytes")
            kept.append("user xattr")
        except OSError:
            pass
        if shutil.which("setfacl") and subprocess.run(["setfacl", "-m", "u:1:r", p.path("b.yaml")], stderr=subprocess.DEVNULL).returncode == 0:
            kept.append("ACL")
        p.plan()
        before, old_time = p.state(), int(os.stat(p.path("a.py")).st_mtime)
        need(p.run("apply", p.set).returncode == 0, "apply failed")
        now = p.state()
        for name in ("a.py", "b.yaml", "c.env"):
            need(now[name][1:] == before[name][1:], f"{name}: metadata changed: {before[name]} {now[name]}")
        need(p.get("a.py") == PYTHON.replace(b"20", b"8").replace(b"30", b"0"), f"more than the value changed: {p.get('a.py')}")
        need(p.get("b.yaml") == YAML.replace(b"11", b"4") and p.get("c.env") == ENV.replace(b"22", b"5"), "more than the value changed")
        applied_time = int(os.stat(p.path("a.py")).st_mtime)
        need(applied_time > old_time, "the modification time was kept")
        need(p.run("rollback").returncode == 0, "rollback failed")
        need(p.state() == before, "rollback did not give everything back")
        need(int(os.stat(p.path("a.py")).st_mtime) > applied_time, "the modification time was kept by rollback")
    return "F13 CRLF, BOM, tabs, Latin-1, no final newline, owner, mode" + "".join(f", {k}" for k in kept)


def malformed():
    broken = {"b.yaml": (YAML + b"\nbad:\n\t- tab\n", "yaml", b"11"), "a.py": (PYTHON + b"\r\ndef broken(:\r\n", "python", b"20"),
              "d.ini": (b"[a]\nx = 11\nno equals sign\n", "ini", b"11"), "e.ini": (b"pool = 11\n", "ini", b"11")}
    for name, (content, fmt, old) in broken.items():
        with Place() as p:
            p.put(name, content)
            others = [changeset.value(p.path(n), v, b"5", f) for n, v, f in
                      (("a.py", b"20", "python"), ("b.yaml", b"11", "yaml"), ("c.env", b"22", "env")) if n != name]
            p.plan(others + [changeset.value(p.path(name), old, b"5", fmt)])
            done = refused(p, p.state(), name)
            need(re.search(re.escape(name) + r":\d+", done.stderr), f"{name}: no file and line in {done.stderr!r}")
    return f"F17 one malformed file among good ones ({len(broken)} formats)"


def more_than_a_value():
    for name, old, new, fmt in (("a.py", b"20", b"8, 'x': evil()", "python"), ("b.yaml", b"11", b"4\n  new: 1", "yaml"),
                                ("c.env", b"22", b"5\nLD_PRELOAD=x", "env"), ("a.py", b"20", b"8 if (", "python")):
        with Place() as p:
            p.plan([changeset.value(p.path(name), old, new, fmt)])
            refused(p, p.state(), f"{name} {new!r}")
    return "I8 an edit that would change more than its value"


PAIR = b"async def f(r, k, _private):\n    n = await r.incr(k)  # count\n    await r.expire(k, 60)\n    return n\n"


def pipeline(p, source=PAIR, edits=((b"incr(k)", b".expire(k, 60).execute()"),), opens=b".pipeline(transaction=False)", binds=b", _", drop=b"    await r.expire(k, 60)\n"):
    """The change-set of one pipeline, or of what only looks like one."""
    p.put("a.py", source, 0o640)
    path = p.path("a.py")
    def insert(behind, text):
        return changeset.value(path, b"", text, "python", at=source.index(behind) + len(behind))
    p.plan([insert(b"    n", binds)] * bool(binds) + [insert(b"await r", opens)] + [insert(*e) for e in edits] + ([changeset.value(path, drop, b"", "python")] if drop else []))


def pipelines():
    with Place() as p:
        pipeline(p)
        need(p.run("apply", p.set).returncode == 0, "a pipeline is refused")
        need(p.get("a.py") == PAIR.replace(b"n = await r.incr(k)", b"n, _ = await r.pipeline(transaction=False).incr(k).expire(k, 60).execute()").replace(b"    await r.expire(k, 60)\n", b""), "another pipeline")
        need(p.run("rollback").returncode == 0 and p.get("a.py") == PAIR, "rollback")
    closes = b"incr(k)"
    forged = [("another command", {"edits": ((closes, b".delete(k).execute()"),)}), ("another value", {"edits": ((closes, b".expire(k, 61).execute()"),)}),
              ("not run", {"edits": ((closes, b".expire(k, 60)"),)}), ("more", {"edits": ((closes, b".expire(k, 60).execute().evil(x=1)"),)}),
              ("a call in its own", {"edits": ((closes, b".evil(x=1)"),), "opens": b".also(y=2)"}), ("a transaction", {"opens": b".pipeline(transaction=True)"}),
              ("nothing goes", {"drop": b""}), ("something else goes", {"drop": b"    return n\n"}), ("another name", {"binds": b", x"}), ("no name", {"binds": b""}),
              ("_ is used", {"source": PAIR.replace(b"_private", b"_")}), ("another client", {"source": PAIR.replace(b"r.expire", b"s.expire"), "drop": b"    await s.expire(k, 60)\n"}),
              ("not awaited", {"source": PAIR.replace(b"await r.expire", b"r.expire"), "drop": b"    r.expire(k, 60)\n"}),
              ("something between", {"source": PAIR.replace(b"  # count\n", b"\n    g()\n")}),
              ("another block", {"source": PAIR.replace(b"    await r.expire(k, 60)\n", b"    if n:\n        await r.expire(k, 60)\n").replace(b"    return n\n", b"        pass\n"), "drop": b"        await r.expire(k, 60)\n"}),
              ("a comment goes", {"source": PAIR.replace(b"60)\n", b"60)  # soon\n"), "drop": b"    await r.expire(k, 60)  # soon\n"})]
    for what, more in forged:
        with Place() as p:
            pipeline(p, **more)
            refused(p, p.state(), what)
    return f"I8 a pipeline of two commands, and {len(forged)} that only look like one"


def twice():
    with Place() as p:
        p.plan()
        before = p.state()
        need(p.run("apply", p.set).returncode == 0, "apply failed")
        after = p.state()
        again = p.run("apply", p.set)
        need(again.returncode == 0 and "nothing to do" in again.stdout and p.state() == after, f"second apply: {again.stdout}{again.stderr}")
        for _ in range(2):
            done = p.run("rollback", os.path.basename(os.listdir(p.join("state", "changes"))[0]))
            need(done.returncode == 0 and p.state() == before, f"rollback: {done.stderr}")
        need("nothing to roll back" in done.stdout, f"the second rollback says {done.stdout!r}")
    return "F19 apply twice, rollback twice"


def dry_run():
    with Place() as p:
        p.plan()
        before = p.state()
        total, done = count_points(p, "apply", p.set, "--dry-run")
        need(done.returncode == 0 and total == 0, f"a dry run wrote {total} times: {done.stderr}")
        need(p.state() == before and not os.path.exists(p.join("state")), "a dry run changed something")
        patch = shutil.which("patch")
        if patch:
            os.makedirs(p.join("copy"))
            target = p.join("copy") + os.path.dirname(p.roots)
            os.makedirs(target)
            shutil.copytree(p.roots, target + "/roots")
            raw = subprocess.run([PROGRAM, "--config", p.config, "apply", p.set, "-n"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            subprocess.run([patch, "-s", "-p1", "--binary"], input=raw, cwd=p.join("copy"), check=True)
            need(p.run("apply", p.set).returncode == 0, "apply failed")
            for name in ("a.py", "b.yaml", "c.env", "crontab"):
                with open(f"{target}/roots/{name}", "rb") as f:
                    need(f.read() == p.get(name), f"{name}: patch gives something else than apply")
    return "F18 a dry run writes nothing, and its diff is what apply does"


def parallel():
    rounds = 10
    for _ in range(rounds):
        with Place() as p:
            p.plan()
            before = p.state()
            argv = [PROGRAM, "--config", p.config, "apply", p.set]
            runs = [subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL) for _ in range(3)]
            texts = [r.communicate() for r in runs]
            codes = sorted(r.returncode for r in runs)
            need(codes[0] == 0 and set(codes) <= {0, 3}, f"exits {codes}: {texts}")
            for r, (_, err) in zip(runs, texts):
                need(r.returncode == 0 or re.search(r"process \d+", err), f"the loser does not name the holder: {err}")
            need(p.state() != before, "nothing was applied")
            need(p.run("rollback").returncode == 0 and p.state() == before, "a mixed state")
    return f"F14 three applies at once ({rounds} rounds)"


def dead_holder():
    after = applied_state()
    with Place() as p, saved(p.plan()):
        interrupt_late(p)
        status = p.run("status")
        need(status.returncode == 6 and "interrupted" in status.stdout, f"status: {status.returncode} {status.stdout}")
        done = p.run("apply", p.set)
        need(done.returncode == 0 and "was interrupted" in done.stderr, f"apply after a kill: {done.stdout}{done.stderr}")
        need(p.state() == after, "not applied after recovering")
    return "F15 the holder of the lock was killed: the next apply recovers first"


def at_work():
    """What another process is still at work on is not interrupted."""
    with Place() as p, saved(p.plan()):
        interrupt_late(p)
        with open(p.join("state", "lock"), "r+", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = p.run("status")
            need(done.returncode == 0 and re.search(r"process \d+ is at work", done.stdout), f"held: {done.returncode} {done.stdout}{done.stderr}")
        need(p.run("status").returncode == 6, "free: not told as interrupted")
    with Place() as p:
        os.mkdir(p.join("state"), 0o700)
        with open(p.join("state", "audit.lock"), "w", encoding="ascii") as lock:
            lock.write("4711\n")
            lock.flush()
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = p.run("audit", "--no-capture")
            need(done.returncode == 3 and "4711" in done.stderr and not done.stdout, f"second audit: {done.returncode} {done.stdout}{done.stderr}")
    return "F36 a second audit ends at once; status tells a running apply from an interrupted one"


def quiet_signal():
    """--quiet hides notes, not what became of an apply that a signal ended."""
    with Place() as p, saved(p.plan()):
        total, _ = count_points(p, "apply", p.set)
        p.restore()
        before = p.state()
        for n in range(total // 2, total):
            p.restore()
            done = p.run("--quiet", "apply", p.set, fault=f"{n}:int")
            if done.returncode == 130:
                need("undone" in done.stderr and p.state() == before, f"exit 130 without a word: {done.stderr!r}")
                return "I13 an apply that a signal ended says so, with --quiet too"
    raise Failure("no signal stopped the apply")


def signals():
    rounds, after = 24, applied_state()
    rng, ends = random.Random(1), {}
    with Place() as p, saved(p.plan()):
        before = p.state()
        began = time.monotonic()
        p.run("apply", p.set)
        takes = time.monotonic() - began
        for i in range(rounds):
            p.restore()
            number = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[i % 3]
            r = subprocess.Popen([PROGRAM, "--config", p.config, "apply", p.set], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            time.sleep(rng.random() * takes)
            r.send_signal(number)
            err = r.communicate()[1]
            # a signal before the handlers stand, or after the last step, ends it the plain way
            need(r.returncode in (0, 128 + number, -number), f"exit {r.returncode} by signal {number}: {err}")
            need(r.returncode != 128 + number or p.state() == before, f"not undone: {err}")
            need(p.run("recover").returncode == 0, "recover failed")
            need(p.state() in (before, after), "neither before nor after")
            ends[r.returncode] = ends.get(r.returncode, 0) + 1
    return f"F16 signals at random moments ({rounds} rounds)"


def foreign_when_recovering():
    with Place() as p, saved(p.plan()):
        interrupt_late(p)
        p.put("b.yaml", b"something: else\n")
        done = p.run("recover")
        need(done.returncode == 6 and "b.yaml" in done.stderr, f"exit {done.returncode}: {done.stderr}")
        need(p.get("b.yaml") == b"something: else\n", "a foreign file was overwritten")
        need(p.get("a.py") == PYTHON and p.get("c.env") == ENV, "the others were not undone")
        need(p.run("apply", p.set).returncode == 6, "apply went on beside an interrupted change-set")
        need(p.run("recover", "--leave-foreign").returncode == 0 and p.run("recover").returncode == 0, "no way out")
    return "I5 recover meets a foreign file: exit 6, nothing overwritten"


def damaged_journal():
    with Place() as p:
        p.plan()
        need(p.run("apply", p.set).returncode == 0, "apply failed")
        after = p.state()
        journal = p.join("state", "changes", os.listdir(p.join("state", "changes"))[0], "journal")
        with open(journal, "rb") as f:
            good = f.read()
        for at in range(0, len(good), 97):
            with open(journal, "wb") as f:
                f.write(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
            done = p.run("rollback")
            need(done.returncode == 6 and "damaged" in done.stderr, f"a bit at {at}: exit {done.returncode}: {done.stderr}")
            need(p.state() == after, f"a bit at {at}: something changed")
    return "I3 a bit turned in the journal stops everything"


def untrusted():
    with Place() as p:
        p.plan()
        before = p.state()
        done = subprocess.run([PROGRAM, "apply", p.set], cwd=p.top, env={"HOME": p.top}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        need(done.returncode == 3 and "--config" in done.stderr and p.state() == before, f"found configuration: {done.returncode} {done.stderr}")
        os.mkdir(p.join("state"))
        os.chmod(p.join("state"), 0o777)
        refused(p, before, "a state folder that others can write", says="written by others")
        if os.geteuid() == 0:
            os.chmod(p.join("state"), 0o700)
    return "F54 untrusted configuration, state folder writable by others"


def only_some():
    with Place() as p:
        p.plan()
        before = p.state()
        refused(p, before, "an unknown key", code=2, args=("apply", p.set, "--only", "ffffffffffff"))
        need(p.run("apply", p.set, "--only", "000000000002", "000000000003").returncode == 0, "apply --only failed")
        need(p.get("a.py") == PYTHON and p.get("b.yaml") != YAML and p.get("c.env") != ENV, "--only changed others, or not these")
        need(p.run("rollback").returncode == 0 and p.state() == before, "rollback")
    return "apply --only KEY KEY"


TESTS = [kill_sweep, rollback_kill_sweep, recover_kill_sweep, error_sweep(5, "EIO"), error_sweep(28, "ENOSPC"), rollback_error_sweep,
         recover_error_sweep, drift_before_apply, drift_after_apply, symlinks, odd_files, metadata, malformed, more_than_a_value, pipelines, dry_run, twice, parallel,
         dead_holder, at_work, quiet_signal, signals, foreign_when_recovering, damaged_journal, untrusted, only_some]


def main():
    failed = 0
    chosen = sys.argv[1:]
    os.umask(0o022)
    for test in TESTS:
        if chosen and test.__name__ not in chosen:
            continue
        try:
            print("ok", test(), flush=True)
        except (Failure, AssertionError, OSError, subprocess.SubprocessError) as e:
            failed += 1
            print(f"not ok {test.__name__} - {' '.join(str(e).split())}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""capture, doctor and history against private servers: what is seen, what is refused, and what is left behind."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))
import servers  # noqa: E402

PA = str(Path(os.environ.get("PA_BUILD", "build")).resolve() / "perfadvise")


def check(condition, why):
    if not condition:
        raise AssertionError(why)


class Bench:
    """A folder with a configuration, and perfadvise run in it."""

    def __init__(self, env, targets, events=True):
        self.dir = Path(tempfile.mkdtemp(prefix="pacap.", dir="/tmp"))
        self.dir.chmod(0o755)
        self.socket = self.dir / "events.sock"
        lines = ["version: 1", "targets:"] + [f"  {name}: {{ {kind}: \"{dsn}\" }}" for name, (kind, dsn) in targets.items()]
        if events:
            lines.append(f"events: {{ listen: \"unix:{self.socket}\" }}")
        (self.dir / "perfadvise.yaml").write_text("\n".join(lines) + "\n")
        self.env = {"PATH": "/usr/bin:/bin", "HOME": str(self.dir), "TZ": "UTC", "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **env}

    def run(self, *args, **extra):
        return subprocess.run([PA, *args], cwd=self.dir, env={**self.env, **extra}, capture_output=True, text=True, timeout=90)

    def start(self, *args):
        return subprocess.Popen([PA, *args], cwd=self.dir, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def rows(self, sql):
        with sqlite3.connect(self.dir / ".perfadvise" / "history.db") as db:
            return db.execute(sql).fetchall()

    def remove(self):
        subprocess.run(["rm", "-rf", str(self.dir)], check=True)


def redis(server, *command, auth=None):
    argv = ["redis-cli", "-s", str(server.run_dir / "redis.sock"), *(["--no-auth-warning", "-a", auth] if auth else []), *command]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def wait_for(path, seconds=10):
    deadline = time.monotonic() + seconds
    while not path.exists():
        check(time.monotonic() < deadline, f"{path} did not appear")
        time.sleep(0.02)


def targets_of(server):
    env = server.env
    return {"main": ("postgres", env["PA_PG_DSN"]), "pooler": ("pgbouncer", env["PA_PGBOUNCER_DSN"]), "cache": ("redis", env["PA_REDIS_URL"])}


def sent_events(bench, stop, sent):
    """A program that waits for its pool; its third datagram is lost on the way."""
    wait_for(bench.socket)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.connect(str(bench.socket))
        n = 0
        while not stop.is_set() and n < 100:
            n += 1
            if n == 3:
                continue
            lines = [f"db.client.connection.wait_time:8|ms|#pool:main,pid:77,program:bot,seq:{n}", "db.client.operation.duration:20|ms|#op:f",
                     "ipc.rtt:3|ms|#peer:x", "process.ready:700|ms",
                     f"cache.request:1|c|#tier:redis,hit:{n % 2},template:user:{{id}},key:{n % 7:016x},bytes:9,ttl:60,load_us:500", "what is this"]
            try:
                s.send("\n".join(lines).encode())
                sent.append(n)
            except OSError:
                return
            time.sleep(0.02)


def test_capture_sees_all_targets(server):
    bench = Bench({}, {**targets_of(server), "dead": ("redis", "unix:///nonexistent/redis.sock")})
    try:
        redis(server, "eval", "for i=1,1500 do redis.call('SET','user:'..i..':profile',string.rep('x',i%50),'EX',1000) end "
                              "for i=1,300 do redis.call('RPUSH','queue:'..i,'a','b') end redis.call('SET','mail:alice@example.com','1')", "0")
        stop, sent = threading.Event(), []
        sender = threading.Thread(target=sent_events, args=(bench, stop, sent))
        run = bench.start("capture", "--duration", "4s", "--label", "before")
        sender.start()
        for _ in range(20):
            subprocess.run([servers.PG_BIN / "psql", "-qXAt", "-h", server.run_dir, "-p", str(server.pgbouncer_port), "-U", "postgres",
                            "-c", "select pg_sleep(0.05)", "postgres"], check=True, capture_output=True)
        out, err = run.communicate(timeout=60)
        stop.set()
        sender.join()
        check(run.returncode == 4, f"exit {run.returncode}: {err}")
        check("target 'dead'" in err and "kept" in err, err)
        check(max(map(len, out.splitlines())) <= 80, "wider than 80 columns:\n" + out)
        check('run 1 "before":' in out and "5 targets ok, 1 failed" in out, out)
        check(bench.rows("SELECT kind, label, outcome, ended_us > started_us FROM run") == [("capture", "before", "partial", 1)], "run row")
        outcomes = dict(bench.rows("SELECT name, outcome FROM run_probe JOIN target USING (target_id)"))
        check(outcomes == {"main": "ok", "pooler": "ok", "cache": "ok", "dead": "failed", "host": "ok", "events": "ok"}, outcomes)
        # PgBouncer: several samples a second, its own database left out
        (samples,), = bench.rows("SELECT count(DISTINCT at_us) FROM pgb_pool_sample")
        check(samples >= 8, f"{samples} samples of the pools")
        check(bench.rows("SELECT DISTINCT database FROM pgb_pool_sample") == [("postgres",)], "databases")
        (xacts,), = bench.rows("SELECT max(xact_count) - min(xact_count) FROM pgb_stat_sample")
        check(xacts >= 15, f"{xacts} transactions counted")
        # Redis: patterns, never keys; its counters without our own questions
        patterns = dict(bench.rows("SELECT pattern, round(keys_estimated) FROM redis_pattern"))
        check(abs(patterns.get("user:{n}:profile", 0) - 1500) < 1 and abs(patterns.get("queue:{n}", 0) - 300) < 1, patterns)
        check(bench.rows("SELECT no_ttl, mean_ttl_s > 500 FROM redis_pattern WHERE pattern='user:{n}:profile'") == [(0, 1)], "ttl")
        check(bench.rows("SELECT max(keyspace_hits) - min(keyspace_hits), max(commands) - min(commands) FROM redis_sample") == [(0, 0)],
              "the probe's own questions are in the counters")
        history = (bench.dir / ".perfadvise" / "history.db").read_bytes()
        check(b"alice" not in history, "a key is in the history")
        # events
        (counted, label, sum_ms), = bench.rows("SELECT sum(count), max(label), sum(sum_ms) FROM event_hist WHERE metric LIKE '%wait_time'")
        check(counted == len(sent) and label == "main" and abs(sum_ms - 8 * counted) < 0.01, f"{counted} of {len(sent)} events, {label}, {sum_ms}")
        check(bench.rows("SELECT received, lost, malformed FROM event_loss") == [(len(sent), 1, len(sent))], "losses")
        check(bench.rows("SELECT count(*) FROM cache_access") == [(len(sent),)], "trace")
        check((bench.dir / ".perfadvise" / "history.db").stat().st_mode & 0o777 == 0o600, "mode of the history")
        check(not bench.socket.exists(), "the socket was left behind")
        listed = bench.run("history")
        check(listed.returncode == 0 and "before" in listed.stdout and "partial" in listed.stdout, listed.stdout)
    finally:
        bench.remove()


def test_ctrl_c_keeps_what_was_captured(server):
    bench = Bench({}, targets_of(server))
    try:
        run = bench.start("capture", "--duration", "10m")
        wait_for(bench.socket)
        time.sleep(1.5)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=40)
        check(run.returncode == -signal.SIGINT, f"status {run.returncode}: {err}")
        check("ended by a signal" in out, out)
        check(bench.rows("SELECT outcome FROM run") == [("partial",)], "outcome")
        check(bench.rows("SELECT count(*) FROM redis_command WHERE edge='end'")[0][0] > 0, "no closing snapshot")
    finally:
        bench.remove()


def test_one_round_and_single_target(server):
    bench = Bench({}, targets_of(server), events=False)
    try:
        done = bench.run("capture", "--target", "cache")
        check(done.returncode == 0, done.stderr)
        check(bench.rows("SELECT DISTINCT name FROM run_probe JOIN target USING (target_id)") == [("cache",)], "targets")
        done = bench.run("capture", "--target", "nothing")
        check(done.returncode == 2 and "no target 'nothing'" in done.stderr, done.stderr)
        check(bench.run("capture", "--duration", "soon").returncode == 2, "a bad duration")
    finally:
        bench.remove()


def test_doctor_writes_nothing(server):
    bench = Bench({}, {**targets_of(server), "dead": ("pgbouncer", f"host={server.run_dir} port=1 user=postgres dbname=pgbouncer")})
    try:
        done = bench.run("doctor")
        check(done.returncode == 4, f"exit {done.returncode}: {done.stderr}")
        for text in ("main (postgres): reachable, PostgreSQL 15.", "pooler (pgbouncer): reachable, PgBouncer 1.", "cache (redis): reachable, Redis 7.",
                     "dead (pgbouncer): failed", "host (host): reachable", "PERFADVISE_EVENTS="):
            check(text in done.stdout, f"no '{text}' in:\n{done.stdout}")
        check(not (bench.dir / ".perfadvise").exists(), "doctor wrote state")
    finally:
        bench.remove()


def status_of(bench, fact):
    return bench.rows(f"SELECT status, reason, remedy FROM fact_state WHERE fact='{fact}' ORDER BY rowid DESC LIMIT 1")[0]


def test_redis_refusals_are_named(server):
    bench = Bench({}, {"cache": targets_of(server)["cache"]}, events=False)
    try:
        redis(server, "ACL", "SETUSER", "default", ">secret", "-config", "-slowlog", "-scan")
        done = bench.run("capture")
        check(done.returncode == 4 and "REDISCLI_AUTH" in done.stderr, f"without a password: {done.returncode} {done.stderr}")
        done = bench.run("capture", REDISCLI_AUTH="wrong")
        check(done.returncode == 4 and "WRONGPASS" in done.stderr and "wrong" not in done.stderr.replace("WRONGPASS", ""), done.stderr)
        done = bench.run("capture", REDISCLI_AUTH="secret")
        check(done.returncode == 0, f"{done.returncode} {done.stderr}")
        for fact, right in (("fact_redis_config", "+config|get"), ("fact_redis_slow", "+slowlog|get"), ("fact_redis_pattern", "+scan")):
            status, reason, remedy = status_of(bench, fact)
            check(status == "denied" and "NOPERM" in reason and right in remedy, f"{fact}: {status} {reason} {remedy}")
        check(status_of(bench, "fact_redis")[0] == "ok", "INFO was allowed")
        check(b"secret" not in (bench.dir / ".perfadvise" / "history.db").read_bytes(), "the password is in the history")
    finally:
        redis(server, "ACL", "SETUSER", "default", "nopass", "+@all", auth="secret")
        bench.remove()


def main():
    tests = [(name, f) for name, f in globals().items() if name.startswith("test_")]
    try:
        server = servers.Servers(pg=True, pgbouncer=True, redis=True)
    except servers.MissingPackage as e:
        print(f"needs {e}")
        return 77
    failed = 0
    with server:
        for name, test in tests:
            try:
                test(server)
                print(f"ok {name[5:]}", flush=True)
            except Exception as e:  # each test stands alone
                failed += 1
                print(f"not ok {name[5:]} - {' / '.join(str(e).splitlines())[:1500] or traceback.format_exc(limit=1)!r}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

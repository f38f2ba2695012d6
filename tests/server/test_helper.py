#!/usr/bin/python3
"""The helper for applications (examples/bots/perfadvise_events.py, perfadvise_more.py) with real pools: what it sends is what the pools did.

The listener here is a plain socket, so that each line can be looked at.
"""
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))
import servers as harness  # noqa: E402

HEAD = "import sys; sys.path.insert(0, %r)\nimport perfadvise_events as events, perfadvise_more as more\nimport asyncio, os, threading, time\n" % (
    os.path.join(TOP, "examples/bots"))


class Application:
    """Runs a program with the helper; gathers what arrives until it ends."""

    def __init__(self, text, env=None, listen=True, keys="1"):
        with tempfile.TemporaryDirectory(prefix="pah") as folder:
            path = os.path.join(folder, "s")
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            if listen:
                listener.bind(path)
                listener.setblocking(False)
            process = subprocess.Popen(["/usr/bin/python3", "-c", HEAD + text], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       env={**os.environ, **(env or {}), "PERFADVISE_EVENTS": "unix:" + path, "PERFADVISE_KEYS": keys,
                                            "SUPERVISOR_PROCESS_NAME": "app"})
            self.lines, self.datagrams = [], []
            while True:
                over = process.poll() is not None
                while listen:
                    try:
                        self.datagrams.append(listener.recv(65536).decode())
                    except BlockingIOError:
                        break
                if over:
                    break
                time.sleep(0.002)
            self.out, self.err = process.communicate()
            listener.close()
        if process.returncode:
            raise AssertionError(self.err[-800:])
        self.lines = [line for datagram in self.datagrams for line in datagram.split("\n")]

    def values(self, metric, tag=""):
        found = []
        for line in self.lines:
            if line.startswith(metric + ":") and tag in line:
                found += [float(v) for v in line[len(metric) + 1:line.index("|")].split(":")]
        return found


def expect(condition, what):
    if not condition:
        raise AssertionError(str(what)[:1200])


WAIT, USE, TIMEOUTS = ("db.client.connection." + name for name in ("wait_time", "use_time", "timeouts"))


def pooled(app, holds, tag="pool:app", timeouts=1):
    """Two holds of 60 ms one after the other on a pool of one, and a third that gave up after 20 ms."""
    waits, uses = app.values(WAIT, tag), app.values(USE, tag)
    expect(len(waits) == holds and len(uses) == holds, (waits, uses, app.lines))
    expect(max(waits) >= 40 and min(waits) < 40, waits)
    expect(all(55 < use < 500 for use in uses), uses)
    expect(sum(app.values(TIMEOUTS, tag)) == timeouts, app.lines)


def test_sqlalchemy(s):
    app = Application("""
from sqlalchemy import create_engine, exc
engine = create_engine("postgresql+psycopg2://", pool_size=1, max_overflow=0, pool_timeout=0.3)
engine.connect().close()
events.watch()
events.watch()  # twice is once
engine.dispose()
def hold():
    with engine.connect() as c:
        time.sleep(0.06)
threads = [threading.Thread(target=hold) for _ in range(2)]
[t.start() for t in threads]; [t.join() for t in threads]
with engine.connect():
    try: engine.connect()
    except exc.TimeoutError: pass
    else: sys.exit("no timeout")
time.sleep(1.2)
""")
    waits, uses = app.values(WAIT), app.values(USE)
    expect(len(waits) == 3 and len(uses) == 3 and sum(w >= 40 for w in waits) == 1, (waits, uses))
    expect(max(uses) > 290 and sum(app.values(TIMEOUTS)) == 1, (uses, app.lines))
    expect(app.values("db.client.connection.max")[-1] == 1 and app.values("db.client.connection.count", "state:used")[-1] == 0, app.lines)


def test_asyncpg(s):
    pooled(Application("""
import asyncpg
events.watch()
async def main():
    pool = await asyncpg.create_pool(min_size=1, max_size=1)
    async def hold():
        async with pool.acquire():
            await asyncio.sleep(0.06)
    async def give_up():
        try: await pool.acquire(timeout=0.02)
        except asyncio.TimeoutError: pass
    await asyncio.gather(hold(), hold(), give_up())
    await pool.close()
asyncio.run(main())
"""), 2)


def test_sqlalchemy_async_with_a_name(s):
    app = Application("""
import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine
engine = create_async_engine("postgresql+asyncpg://", pool_size=1, max_overflow=0, pool_timeout=0.02)
events.watch(engine, "main")
async def hold():
    async with engine.connect():
        await asyncio.sleep(0.06)
async def main():
    await asyncio.gather(hold(), hold(), return_exceptions=True)
asyncio.run(main())
""")
    expect(len(app.values(USE, "pool:main")) == 1 and sum(app.values(TIMEOUTS, "pool:main")) == 1, app.lines)


def test_psycopg_pool(s):
    try:
        import psycopg_pool  # noqa: F401
    except ImportError:
        raise harness.MissingPackage("python3-psycopg-pool")
    pooled(Application("""
import psycopg_pool
events.watch()
pool = psycopg_pool.ConnectionPool("", min_size=1, max_size=1)
pool.wait()
def hold():
    with pool.connection():
        time.sleep(0.06)
def give_up():
    time.sleep(0.01)
    try: pool.getconn(timeout=0.02)
    except psycopg_pool.PoolTimeout: pass
threads = [threading.Thread(target=f) for f in (hold, hold, give_up)]
[t.start() for t in threads]; [t.join() for t in threads]
pool.close()
"""), 2)


def test_redis_pools_have_a_name_of_their_own(s):
    app = Application("""
import redis
pool = redis.BlockingConnectionPool.from_url(os.environ["PA_REDIS_URL"], max_connections=1, timeout=1)
events.watch()
client = redis.Redis(connection_pool=pool)
client.ping()
threads = [threading.Thread(target=lambda: client.blpop("none", 1)) for _ in range(1)]
[t.start() for t in threads]; time.sleep(0.1); client.ping(); [t.join() for t in threads]
""")
    expect(len(app.values(WAIT, "pool:redis")) == 3 and max(app.values(WAIT, "pool:redis")) > 300, app.lines)


def test_caches(s):
    app = Application("""
import redis, functools
client = more.watch_cache(redis.Redis.from_url(os.environ["PA_REDIS_URL"]), "redis")
client.get("user:1:profile"); client.set("user:1:profile", "x" * 10, ex=60); client.get("user:1:profile"); client.delete("user:1:profile")
@functools.lru_cache(100)
def load(n): return "v%d" % n
load = more.cached(load, "load:{n}")
load(1), load(1), load(2)
class Aio:
    async def get(self, key): return None
async def main():
    await more.watch_cache(Aio(), "other").get("k:7")
asyncio.run(main())
""")
    requests = sorted(re.sub(r",(bytes|load_us):\d+", "", line.split(",pid:")[0]) for line in app.lines if line.startswith("cache.request"))
    expect(requests == ["cache.request:1|c|#tier:memory,hit:1,template:load:{n}", "cache.request:1|c|#tier:other,hit:0,template:k:{n}",
                        "cache.request:1|c|#tier:redis,hit:0,template:user:{n}:profile", "cache.request:1|c|#tier:redis,hit:1,template:user:{n}:profile",
                        "cache.request:2|c|#tier:memory,hit:0,template:load:{n}"], requests)
    accesses = [line for line in app.lines if line.startswith("cache.access")]
    expect([re.search(r"op:(\w+)", a).group(1) for a in accesses if "tier:redis" in a] == ["get", "set", "get", "del"], accesses)
    expect(any("op:set" in a and "bytes:10,ttl:60" in a for a in accesses), accesses)
    expect(not any("user:1" in line for line in app.lines), "a key left the process")


def test_keys_are_chosen_by_hash(s):
    app = Application("for i in range(4000):\n    more.cache_request('memory', True, 't', f'k{i % 1000}', 5)\n    time.sleep(0.0003)\ntime.sleep(0.2)\n", keys="0.1")
    keys = [re.search(r"key:(\w+)", line).group(1) for line in app.lines if line.startswith("cache.access")]
    expect(60 < len(set(keys)) < 140 and len(keys) == 4 * len(set(keys)), (len(keys), len(set(keys))))
    expect(sum(app.values("cache.request")) == 4000, app.lines[:3])


def test_a_child_sends_for_itself(s):
    app = Application("""
import sqlalchemy
events.emit("parent", 1, "c")
pid = os.fork()
if pid == 0:
    events.emit("child", 1, "c"); time.sleep(0.2); events._flush(); os._exit(0)
os.waitpid(pid, 0)
""")
    expect(app.values("parent") == [1] and app.values("child") == [1], app.lines)
    pids = {re.search(r"pid:(\d+)", d).group(1) for d in app.datagrams}
    expect(len(pids) == 2, app.datagrams)


def test_numbers_tell_what_was_lost(s):
    app = Application("for i in range(20000):\n    events.emit('x', 1.5, 'ms', op='a' * 40)\ntime.sleep(0.5)\n")
    numbers = sorted(int(re.search(r"seq:(\d+)", d).group(1)) for d in app.datagrams)
    sent = 20000 * len("x:1.500|ms|#op:" + "a" * 40) / 1200
    expect(numbers[-1] > 0.9 * sent and len(set(numbers)) == len(numbers), (numbers[-5:], sent))


def test_nobody_listens(s):
    app = Application("""
from sqlalchemy import create_engine
engine = create_engine("postgresql+psycopg2://")
events.watch()
began = time.perf_counter()
for _ in range(2000): engine.connect().close()
seconds = time.perf_counter() - began
time.sleep(0.5)  # the thread goes on dropping what gathers
print(seconds, len(events._lines), sum(len(m.waits) for m in events._meters.values()))
""", listen=False)
    seconds, lines, waits = app.out.split()
    expect(int(lines) < 100 and int(waits) == 0 and float(seconds) < 60, app.out)


def main():
    only = sys.argv[1:]
    tests = [(n[5:], f) for n, f in globals().items() if n.startswith("test_") and (not only or n[5:] in only)]
    try:
        with harness.Servers(pg=True, redis=True) as s:
            os.environ.update(s.env)
            for name, test in tests:
                try:
                    test(s)
                    print(f"ok helper: {name}", flush=True)
                except harness.MissingPackage as package:
                    print(f"skip helper: {name} - package {package} is not installed", flush=True)
                except (AssertionError, IndexError, ValueError) as error:
                    print(f"not ok helper: {name} - {type(error).__name__} {error}".replace("\n", " "), flush=True)
    except harness.MissingPackage as error:
        print(f"skip helper - package {error} is not installed")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Two commands to Redis that become one pipeline: what is written and what is left, and both forms run against a server with the same results and keys."""
import asyncio
import os
import py_compile
import subprocess
import tempfile
import time

from test_code_fix import Place, Wrong, keys_of, need

PIPE = "pipeline(transaction=False)"
HEAD = "import redis.asyncio as redis\n\nr = redis.from_url('unix://SOCKET', socket_timeout=5, max_connections=4)\n_private = 60\n\n\n"
SYNC = HEAD.replace("redis.asyncio as redis", "redis")
# Bodies of `async def f(key, user):`, and what they become.
PIPED = [
    ("bound", "n = await r.incr(key)\nawait r.expire(key, 60)\nreturn n\n", f"n, _ = await r.{PIPE}.incr(key).expire(key, 60).execute()\nreturn n\n"),
    ("not bound", "await r.hincrby(key, 'a', 2)\nawait r.expire(key, _private)\nreturn None\n",
     f"await r.{PIPE}.hincrby(key, 'a', 2).expire(key, _private).execute()\nreturn None\n"),
    ("f-string", "await r.sadd(f'm:{key}', user)  # here\n\nawait r.expire(f'm:{key}', 60 * 60)\nreturn 1\n",
     f"await r.{PIPE}.sadd(f'm:{{key}}', user).expire(f'm:{{key}}', 60 * 60).execute()  # here\n\nreturn 1\n"),
    ("several lines", "n = await r.lpush(\n    key,\n    user,\n)\nawait r.ltrim(key, 0, 9)\nreturn n\n",
     f"n, _ = await r.{PIPE}.lpush(\n    key,\n    user,\n).ltrim(key, 0, 9).execute()\nreturn n\n"),
    ("dictionaries", "n = await r.zadd(key, {user: 1})\nawait r.expire(key, time=9)\nreturn n\n",
     f"n, _ = await r.{PIPE}.zadd(key, {{user: 1}}).expire(key, time=9).execute()\nreturn n\n"),
    ("in a condition", "if user:\n    n = await r.rpush(key, user)\n    await r.expire(key, 60)\n    return n\n",
     f"if user:\n    n, _ = await r.{PIPE}.rpush(key, user).expire(key, 60).execute()\n    return n\n"),
    ("by name", "n = await r.hset(key, mapping={'a': user})\nawait r.expire(key, 60)\nreturn n\n",
     f"n, _ = await r.{PIPE}.hset(key, mapping={{'a': user}}).expire(key, 60).execute()\nreturn n\n"),
]
LEFT = [
    ("the result is used", "n = await r.incr(key)\nawait r.expire(key, n)\n"),
    ("_ is used", "n = await r.incr(key)\nawait r.expire(key, 60)\nreturn _('calls'), n\n"),
    ("a call in it", "n = await r.incr(key)\nawait r.expire(key, ttl())\n"),
    ("a condition", "n = await r.incr(key)\nif n:\n    await r.expire(key, 60)\n"),
    ("another client", "await r.incr(key)\nawait s.expire(key, 60)\n"),
    ("a statement between", "await r.incr(key)\nx = 1\nawait r.expire(key, x)\n"),
    ("a comment between", "await r.incr(key)\n# soon\nawait r.expire(key, 60)\n"),
    ("a comment behind", "await r.incr(key)\nawait r.expire(key, 60)  # soon\n"),
    ("both are bound", "n = await r.incr(key)\nm = await r.expire(key, 60)\nreturn n, m\n"),
    ("annotated", "n: int = await r.incr(key)\nawait r.expire(key, 60)\nreturn n\n"),
    ("arguments of another", "await r.sadd(key, *user)\nawait r.expire(key, 60)\n"),
    ("a pipeline", "async with r.pipeline() as p:\n    p.incr(key)\n    p.expire(key, 60)\n    await p.execute()\n"),
    ("three", "await r.incr(key)\nawait r.expire(key, 60)\nawait r.incr(user)\n"),
]
CLIENTS = [
    ("a cluster", HEAD.replace("redis.from_url(", "redis.RedisCluster.from_url(")),
    ("aioredis", "import aioredis\n\nr = aioredis.from_url('redis://h')\n\n\n"),
    ("by its name only", "from somewhere import r\n\n\n"),
    ("a class of the program", "import redis.asyncio as redis\n\n\nclass Kept(redis.Redis):\n    async def incr(self, key):\n        return await super().incr(key)\n\n\nr = Kept()\n\n\n"),
]


def function(head, body, is_async=True):
    text = "".join(f"    {line}\n" if line else "\n" for line in body.splitlines())
    return head + ("async def" if is_async else "def") + f" f(key, user):\n{text}"


def sync(text):
    return text.replace("await ", "")


def written(what, before, after):
    with Place({"m.py": before}) as p:
        report = p.plan()
        need(report["change_set"], f"{what}: no change-set; notes {report['notes']}")
        done = p.run("apply")
        need(done.returncode == 0, f"{what}: apply: exit {done.returncode}: {done.stderr}")
        need(p.get("m.py") == after, f"{what}: got {p.get('m.py')!r}")
        py_compile.compile(os.path.join(p.src, "m.py"), cfile=os.path.join(p.top, "x.pyc"), doraise=True)
        need(not keys_of(p.plan(), "code.redis_expire"), f"{what}: the rule still fires")
        need(p.run("rollback").returncode == 0 and p.get("m.py") == before, f"{what}: rollback gives {p.get('m.py')!r}")


def styles():
    for what, before, after in PIPED:
        written(what, function(HEAD, before), function(HEAD, after))
    what, before, after = PIPED[0]
    written("sync", function(SYNC, sync(before), False), function(SYNC, sync(after), False))
    crlf = [function(HEAD, text).replace("\n", "\r\n") for text in (before, after)]
    written("CRLF", *crlf)
    method = "class C:\n    def __init__(self):\n        self.r = r\n\n    async def f(self, key):\n        {}\n"
    first, second = "await self.r.incr(key)\n        await self.r.expire(key, 60)", f"await self.r.{PIPE}.incr(key).expire(key, 60).execute()"
    written("attribute", HEAD + method.format(first), HEAD + method.format(second))
    return "two commands become one pipeline, and come back"


def left():
    cases = [(what, function(HEAD + "s = redis.from_url('redis://h', max_connections=4)\n\n\n", body)) for what, body in LEFT]
    cases += [(what, function(head, PIPED[0][1])) for what, head in CLIENTS]
    cases += [("given from outside", "import redis\n\n\ndef f(r: redis.Redis, key):\n    r.incr(key)\n    r.expire(key, 60)\n"),
              ("not in a function", SYNC + "n = r.incr('key')\nr.expire('key', 60)\n"),
              ("a forgotten await", function(HEAD, "await r.incr(key)\nr.expire(key, 60)\n"))]
    for what, source in cases:
        with Place({"m.py": source}) as p:
            fixes = [r for r in p.alone()["recommendations"] if r["rule"] == "code.redis_expire"]
            need(not fixes, f"{what}: {[r['diff'] for r in fixes]}")
    return "what is not certain stays advice"


# ── Both forms against a server ───────────────────────────────────────────────────────────────────────────────────────


class Server:
    def __enter__(self):
        self.top = tempfile.TemporaryDirectory(prefix="par")
        self.socket = os.path.join(self.top.name, "s")
        self.process = subprocess.Popen(["/usr/bin/redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", "--dir", self.top.name],
                                        stdout=subprocess.DEVNULL)
        for _ in range(100):
            if os.path.exists(self.socket):
                break
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.top.cleanup()

    def run(self, source, is_async, before=None):
        """What two calls give or raise, and the keys that they leave."""
        import redis
        with redis.Redis(unix_socket_path=self.socket) as admin:
            admin.flushall()
            if before:
                admin.set("k", before)
            space = {}
            exec(compile(source.replace("SOCKET", self.socket), "m.py", "exec"), space)

            async def twice():
                found = []
                for user in ("a", "b"):
                    try:
                        found.append(await space["f"]("k", user) if is_async else space["f"]("k", user))
                    except redis.RedisError as e:
                        found.append(type(e).__name__)
                if is_async:
                    await space["r"].close()
                    await space["r"].connection_pool.disconnect()
                return found

            found = asyncio.run(twice())
            return found, {k: (admin.dump(k), admin.ttl(k)) for k in sorted(admin.keys())}


def same_on_a_server():
    try:
        import redis  # noqa: F401
    except ImportError:
        return "both forms on a server # SKIP no python3-redis"
    with Server() as server:
        for what, before, after in PIPED:
            for is_async in (True, False):
                head, change = (HEAD, str) if is_async else (SYNC, sync)
                for held in (None, "text"):
                    old = server.run(function(head, change(before), is_async), is_async, held)
                    new = server.run(function(head, change(after), is_async), is_async, held)
                    need(old[0] == new[0], f"{what}: {old[0]} became {new[0]}")
                    same = {k: v[0] for k, v in old[1].items()} == {k: v[0] for k, v in new[1].items()}
                    need(same and (held or old[1] == new[1]), f"{what}: {old[1]} became {new[1]}")
    return "both forms give and leave the same on a server"


def main():
    for test in (styles, left, same_on_a_server):
        try:
            print(f"ok {test()}", flush=True)
        except Wrong as e:
            print(f"not ok {test.__name__} - {str(e)[:1500]}".replace("\n", "\\n"), flush=True)


if __name__ == "__main__":
    main()

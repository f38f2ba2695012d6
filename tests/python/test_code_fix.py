#!/usr/bin/python3
"""Mechanical fixes of code findings: analyse, apply, compile, analyse again (silent), roll back (the same bytes)."""
import json
import os
import py_compile
import shutil
import subprocess
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(os.path.abspath(os.environ.get("PA_BUILD", os.path.join(TOP, "build"))), "perfadvise")

# Each style of a call, and what it becomes.
STYLES = [
    ("nothing", "a = redis.Redis()\n", "a = redis.Redis(socket_timeout=5)\n"),
    ("positional", 'a = redis.Redis("h", 1)\n', 'a = redis.Redis("h", 1, socket_timeout=5)\n'),
    ("trailing comma", 'a = redis.Redis(host="h",)\n', 'a = redis.Redis(host="h", socket_timeout=5,)\n'),
    ("nested", 'a = redis.Redis(host=(str("h")))\n', 'a = redis.Redis(host=(str("h")), socket_timeout=5)\n'),
    ("one a line", 'a = redis.Redis(\n    host="h",\n    port=1,\n)\n',
     'a = redis.Redis(\n    host="h",\n    port=1,\n    socket_timeout=5,\n)\n'),
    ("one a line, no comma", 'a = redis.Redis(\n\thost="h",\n\tport=1\n)\n',
     'a = redis.Redis(\n\thost="h",\n\tport=1,\n\tsocket_timeout=5\n)\n'),
    ("comment behind", 'a = redis.Redis(\n    host="h",  # here\n    # port=1,\n)\n',
     'a = redis.Redis(\n    host="h",  # here\n    socket_timeout=5,\n    # port=1,\n)\n'),
    ("comment, no comma", 'a = redis.Redis(\n    host="h"  # here, and (there\n)\n',
     'a = redis.Redis(\n    host="h", socket_timeout=5  # here, and (there\n)\n'),
    ("aligned", 'a = redis.Redis(host="h",\n                port=1)\n',
     'a = redis.Redis(host="h",\n                port=1,\n                socket_timeout=5)\n'),
    ("CRLF", 'a = redis.Redis(\r\n    host="h",\r\n)\r\n', 'a = redis.Redis(\r\n    host="h",\r\n    socket_timeout=5,\r\n)\r\n'),
    ("not only ASCII", 'é = "ü"; a = redis.Redis(host="häßlich")\n', 'é = "ü"; a = redis.Redis(host="häßlich", socket_timeout=5)\n'),
    ("through a socket of the file system", 'a = redis.Redis.from_url("unix:///run/redis.sock")\n', 'a = redis.Redis.from_url("unix:///run/redis.sock", socket_timeout=5)\n'),
    ("no line break at the end", 'a = redis.Redis(host="h")', 'a = redis.Redis(host="h", socket_timeout=5)'),
]
REFUSED = [
    ("**kwargs", "O = dict(unknown())\na = redis.Redis(**O)\n"),
    ("*args", "def f(*a):\n    return redis.Redis(*a)\n"),
    ("a client that waits for work", "a = redis.Redis()\n\n\ndef work():\n    a.blpop('q')\n"),
    ("a client that listens", "a = redis.Redis()\n\n\ndef listen():\n    for m in a.pubsub().listen():\n        print(m)\n"),
    ("aioredis 1", "import aioredis\n\n\nasync def f(k):\n    r = await aioredis.create_redis_pool('redis://h')\n    await r.set(k, 1)\n    await r.expire(k, 60)\n"),
    ("two keys", "a = redis.Redis(socket_timeout=1)\n\n\ndef f(k, x, y):\n    a.set(k(1, x), 1)\n    a.expire(k(1, y), 60)\n"),
    ("a pool made elsewhere", "from sqlalchemy import create_engine, QueuePool\np = QueuePool(None)\ne = create_engine('postgresql://u@pgbouncer:6432/x', pool=p)\n"),
]
IDLE = {
    "pgbouncer.ini": "[databases]\nx = host=db\n\n[pgbouncer]\nlisten_port = 6432\nclient_idle_timeout = 600\n",
}
FLEET = {
    "pool.py": """import asyncpg


async def main():
    pool = await asyncpg.create_pool("postgresql://u@db/x", min_size=1, max_size=5)
    await pool.execute("SELECT 1")
""",
    "web.py": """import requests
from redis import Redis

cache = Redis(host="cache", socket_timeout=1)
TTL = 60


def fetch(url, key):
    answer = requests.get(url)
    cache.set(key, answer.text)
    cache.expire(key, TTL)
    return answer


def forget(key, user):
    cache.delete(key)
    cache.delete(f"user:{user}")
""",
    "pgbouncer.ini": "[databases]\nx = host=db dbname=x\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = transaction\n",
    "behind.py": """import asyncpg


async def main():
    return await asyncpg.create_pool(host="db", port=6432, database="x", max_size=3, command_timeout=9)
""",
    "supervisord.conf": "[program:web]\ncommand=python3 web.py\n\n[program:pool]\ncommand=python3 pool.py\n",
}
FIXED = {
    "pool.py": FLEET["pool.py"].replace("max_size=5)", "max_size=5, command_timeout=60)"),
    "web.py": FLEET["web.py"].replace("requests.get(url)", "requests.get(url, timeout=10)")
                             .replace("cache.set(key, answer.text)\n    cache.expire(key, TTL)\n", "cache.set(key, answer.text, ex=TTL)\n")
                             .replace("cache.delete(key)\n    cache.delete(f\"user:{user}\")\n", "cache.delete(key, f\"user:{user}\")\n"),
    "behind.py": FLEET["behind.py"].replace("command_timeout=9)", "command_timeout=9, statement_cache_size=0)"),
}
RULES = ("code.no_timeout", "code.redis_expire", "code.pgb_asyncpg")


class Place:
    def __init__(self, files):
        self.top = tempfile.mkdtemp(prefix="pac ")
        self.src = os.path.join(self.top, "src")
        os.mkdir(self.src)
        for name, text in files.items():
            self.put(name, text)
        with open(os.path.join(self.top, "perfadvise.yaml"), "w", encoding="utf-8") as f:
            f.write(f'version: 1\nsource: {{ roots: ["{self.src}"] }}\ntargets: {{ fleet: {{ supervisor: "{self.src}/supervisord.conf" }} }}\n'
                    f'apply: {{ roots: ["{self.src}"] }}\n')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def put(self, name, text):
        with open(os.path.join(self.src, name), "wb") as f:
            f.write(text.encode())

    def get(self, name):
        with open(os.path.join(self.src, name), "rb") as f:
            return f.read().decode()

    def bytes(self):
        return {name: self.get(name) for name in sorted(os.listdir(self.src)) if os.path.isfile(os.path.join(self.src, name))}

    def run(self, *argv):
        return subprocess.run([PROGRAM, "--config", "perfadvise.yaml", "--state", "state", *argv], cwd=self.top, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=120, check=False, env={"HOME": self.top, "PATH": "/usr/bin:/bin"})

    def plan(self):
        self.run("capture")
        done = self.run("analyze", "--fail-on", "never", "-o", "json")
        need(done.returncode == 0, f"analyze: exit {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def alone(self):
        done = subprocess.run([PROGRAM, "analyze", "--fail-on", "never", "-o", "json", "src"], cwd=self.top, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=120, check=False, env={"HOME": self.top, "PATH": "/usr/bin:/bin"})
        need(done.returncode == 0, f"analyze PATH: exit {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)


class Wrong(Exception):
    pass


def need(truth, why):
    if not truth:
        raise Wrong(why)


def keys_of(report, *rules):
    return sorted(f["key"] for f in report["findings"] if f["rule"] in (rules or RULES))


def compiles(place):
    for name in place.bytes():
        if name.endswith(".py"):
            py_compile.compile(os.path.join(place.src, name), cfile=os.path.join(place.top, "x.pyc"), doraise=True)


def styles():
    for what, before, after in STYLES:
        with Place({"m.py": "import redis\n" + before}) as p:
            report = p.plan()
            need(report["change_set"], f"{what}: no change-set; notes {report['notes']}")
            done = p.run("apply")
            need(done.returncode == 0, f"{what}: apply: exit {done.returncode}: {done.stderr}")
            need(p.get("m.py") == "import redis\n" + after, f"{what}: got {p.get('m.py')!r}")
            compiles(p)
            need(not keys_of(p.plan(), "code.no_timeout"), f"{what}: the rule still fires")
            need(p.run("rollback").returncode == 0 and p.get("m.py") == "import redis\n" + before, f"{what}: rollback gives {p.get('m.py')!r}")
    return "each style of a call keeps its style, and comes back"


def refused():
    for what, source in REFUSED:
        with Place({"m.py": "import redis\n" + source, **IDLE}) as p:
            report = p.plan()
            need(not any(r["model"] == "code_fix" for r in report["recommendations"]), f"{what}: a change was made")
    return "* and **, clients that wait, other libraries and pools made elsewhere are left to people"


def whole_fleet():
    with Place(FLEET) as p:
        before = p.bytes()
        report = p.plan()
        need(len(keys_of(report)) == 5, f"findings {[(f['rule'], f['line']) for f in report['findings']]}")
        dry = p.run("apply", "--dry-run")
        need(dry.returncode == 0 and "+    cache.set(key, answer.text, ex=TTL)" in dry.stdout and "-    cache.expire(key, TTL)" in dry.stdout, f"dry run: {dry.stdout} {dry.stderr}")
        need(p.bytes() == before, "the dry run wrote")
        done = p.run("apply")
        need(done.returncode == 0, f"apply: exit {done.returncode}: {done.stderr}")
        for name, text in FIXED.items():
            need(p.get(name) == text, f"{name}: {p.get(name)!r}")
        compiles(p)
        again = p.run("apply")
        need(p.get("web.py") == FIXED["web.py"], f"applied twice: {again.returncode} {again.stderr}")
        need(not keys_of(p.plan()), "the findings are still there")
        need(p.run("rollback").returncode == 0 and p.bytes() == before, "rollback")
        need(keys_of(p.plan()) == keys_of(report), "the findings do not come back with their keys")
    return "apply, compile, silent, roll back, byte for byte"


def sources_alone():
    with Place(FLEET) as p:
        before = p.bytes()
        report = p.alone()
        fixes = [r for r in report["recommendations"] if r["model"] == "code_fix"]
        need(len(fixes) == 5 and all(r["diff"] and r["risk_why"] and r["cost"] and r["undo"] for r in fixes), f"{fixes}")
        need(not report["change_set"] and p.bytes() == before and not os.path.exists(os.path.join(p.top, ".perfadvise", "changes")), "something was written")
        text = subprocess.run([PROGRAM, "analyze", "--fail-on", "never", "src"], cwd=p.top, stdout=subprocess.PIPE, text=True, check=True,
                              env={"HOME": p.top, "PATH": "/usr/bin:/bin"}).stdout
        need("+    answer = requests.get(url, timeout=10)" in text and "unknown: the sources do not tell" in " ".join(text.split()), f"{text}")
    return "sources alone: the diff is shown and nothing written"


def drift():
    with Place(FLEET) as p:
        p.plan()
        p.put("web.py", FLEET["web.py"].replace("import requests", "import requests  # edited"))
        edited = p.bytes()
        done = p.run("apply")
        need(done.returncode == 3 and p.bytes() == edited, f"exit {done.returncode}: {done.stderr}")
    return "a file that was edited meanwhile is refused"


def outside_the_roots():
    with Place(FLEET) as p:
        path = os.path.join(p.top, "perfadvise.yaml")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.split("apply:")[0])
        report = p.plan()
        need(not report["change_set"] and any(r["model"] == "code_fix" for r in report["recommendations"]), "fixes that apply may not write are in the change-set")
        need(any("apply.roots" in n["note"] for n in report["notes"]), f"nothing says why: {report['notes']}")
    return "fixes outside apply.roots are shown, and kept out of the change-set"


def only_one():
    with Place(FLEET) as p:
        report = p.plan()
        key = next(f["key"] for f in report["findings"] if f["rule"] == "code.redis_expire" and "EXPIRE" in f["message"])
        need(p.run("apply", "--only", key).returncode == 0, "apply --only")
        need("ex=TTL" in p.get("web.py") and "timeout=10" not in p.get("web.py"), p.get("web.py"))
    return "apply --only takes one of two fixes in a file"


def examples_of_rules():
    """The fixpoint: each example of a rule whose finding has a fix is silent once it is applied, and nothing new fires."""
    folder, fixed = os.path.join(TOP, "rules", "examples"), 0
    families = [f for f in sorted(os.listdir(folder)) if os.path.isdir(os.path.join(folder, f))]
    names = [os.path.join(family, name) for family in families for name in sorted(os.listdir(os.path.join(folder, family)))]
    for name in names:
        source = os.path.join(folder, name)
        if not (os.path.isdir(source) or name.endswith(".py")):
            continue
        with Place({}) as p:
            if os.path.isdir(source):
                shutil.copytree(source, p.src, dirs_exist_ok=True)
            else:
                shutil.copy(source, p.src)
            before = p.alone()
            wanted = {r["key"] for r in before["recommendations"] if r["model"] == "code_fix"}
            if not wanted:
                continue
            old = tree(p.src)
            p.plan()
            done = p.run("apply")
            need(done.returncode == 0, f"{name}: apply: exit {done.returncode}: {done.stderr}")
            for path in old:
                if path.endswith(".py"):
                    py_compile.compile(os.path.join(p.src, path), cfile=os.path.join(p.top, "x.pyc"), doraise=True)
            after = p.alone()
            need(not wanted & {f["key"] for f in after["findings"]}, f"{name}: still fires")
            need(len(after["findings"]) <= len(before["findings"]) - len(wanted), f"{name}: something new fires")
            need(not any(r["model"] == "code_fix" for r in after["recommendations"]), f"{name}: there is more to fix")
            need(p.run("rollback").returncode == 0 and tree(p.src) == old, f"{name}: rollback")
            fixed += len(wanted)
    need(fixed >= 5, f"only {fixed} fixes in all examples")
    return "each example of a rule with a fix is silent once it is applied"


def tree(top):
    found = {}
    for folder, _, names in os.walk(top):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                found[os.path.relpath(os.path.join(folder, name), top)] = f.read()
    return found


def expiry_by_configuration():
    source = 'import redis\nr = redis.Redis(socket_timeout=1)\n\n\ndef keep(user, value):\n    r.set(f"user:{user}", value)\n'
    with Place({"m.py": source}) as p:
        need(not any(r["rule"] == "code.redis_ttl" for r in p.plan()["recommendations"]), "an expiry was invented")
        with open(os.path.join(p.top, "perfadvise.yaml"), "a", encoding="utf-8") as f:
            f.write("rules: { set: { code.redis_ttl: { ttl_s: 300 } } }\n")
        p.plan()
        done = p.run("apply")
        need('r.set(f"user:{user}", value, ex=300)' in p.get("m.py"), f"{done.stderr} {p.get('m.py')}")
    return "an expiry is written when the configuration names one, and only then"


def main():
    for test in (styles, examples_of_rules, expiry_by_configuration, refused, whole_fleet, sources_alone, drift, outside_the_roots, only_one):
        try:
            print(f"ok {test()}", flush=True)
        except Wrong as e:
            print(f"not ok {test.__name__} - {str(e)[:1500]}".replace("\n", "\\n"), flush=True)


if __name__ == "__main__":
    main()

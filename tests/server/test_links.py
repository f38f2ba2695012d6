#!/usr/bin/python3
"""Captured statements find the source that sends them: a program of tests/data/link runs each of its functions against a private
PostgreSQL; which texts each function causes is learned from pg_stat_statements itself, function by function. Then perfadvise captures the
server, analyses the program, and must name for every static statement the functions that send it, and never another one."""

import asyncio
import inspect
import importlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
sys.path.insert(0, str(TOP / "tests/lib"))
import servers  # noqa: E402

PA = str(Path(os.environ.get("PA_BUILD", TOP / "build")).resolve() / "perfadvise")

# Sent by somebody else on the same database: alike, and of no source here.
STRANGERS = [
    "SELECT id, name FROM users WHERE age = 3",
    "SELECT users.id, users.name FROM users WHERE users.mail = 'x'",
    "SELECT * FROM orders WHERE id = 3",
    "SELECT u.* FROM users u WHERE u.age = 4",
    "SELECT items.id FROM items",
    "SELECT count(*) FROM orders WHERE state = 'new'",
    "SELECT sum(total) FROM orders WHERE user_id = 3",
    "SELECT count(*) FROM users",
    "SELECT DISTINCT users.id, users.name, users.mail, users.age, users.active FROM users",
    "SELECT users.id, users.name, users.mail, users.age, users.active FROM users WHERE users.age < 3 FOR UPDATE",
    "INSERT INTO orders (user_id, total) VALUES (1, 2)",
    "INSERT INTO audit (what) VALUES ('x')",
    "UPDATE orders SET total = 3 WHERE id = 1",
    "UPDATE users SET age = 3 WHERE users.id = 1",
    "DELETE FROM items WHERE id = 1000",
    "DELETE FROM items WHERE sku = 'never ever'",
    "SELECT max(id) FROM events_a",
    "INSERT INTO events_b (id, body) VALUES (1, 'x')",
    "SELECT id FROM orders ORDER BY made_at DESC LIMIT 5 OFFSET 3",
    "SELECT relname FROM pg_class WHERE oid = 3",
    "SELECT generate_series(1, 3)",
]


def result(name, why=None):
    print(f"not ok {name} - {' / '.join(str(why).splitlines())[:3000]}" if why else f"ok {name}", flush=True)


class Watch:
    """What pg_stat_statements gains while something runs."""

    def __init__(self, dsn):
        import psycopg2
        self.db = psycopg2.connect(dsn)
        self.db.autocommit = True

    def __call__(self, run):
        with self.db.cursor() as cur:
            cur.execute("SELECT pg_stat_statements_reset()")
            run()
            cur.execute("SELECT queryid::text, query FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
                        " AND query NOT LIKE '%pg_stat_statements%' AND query NOT LIKE '%pg_catalog%' AND query NOT LIKE '%pg_advisory_unlock_all%' AND query ~* '^\\s*(select|insert|update|delete|with|--|/)'")
            return dict(cur.fetchall())


def by_hand(dsn, f):
    import psycopg2
    def run():
        db = psycopg2.connect(dsn)
        with db, db.cursor() as cur:
            f(cur)
        db.close()
    return run


def by_orm(engine, f):
    from sqlalchemy.orm import Session
    def run():
        with Session(engine) as session:
            f(session)
            session.commit()
    return run


def by_asyncpg(env, repo, name):
    import asyncpg
    async def main():
        async with asyncpg.create_pool(host=env["PGHOST"], port=int(env["PGPORT"]), user=env["PGUSER"], database=env["PGDATABASE"], min_size=1, max_size=1) as pool:
            await getattr(repo(pool), name)()
    return lambda: asyncio.run(main())


def functions(module):
    return [(n, f) for n, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == module.__name__]


def django_setup(env):
    try:
        import django
        from django.conf import settings
    except ImportError:
        return []
    settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": env["PGHOST"], "PORT": env["PGPORT"], "USER": env["PGUSER"],
                                              "NAME": env["PGDATABASE"]}}, INSTALLED_APPS=["blog"], DEFAULT_AUTO_FIELD="django.db.models.AutoField", USE_TZ=True)
    django.setup()
    views = importlib.import_module("blog.views")
    return [(f"blog.views:{n}", f) for n, f in functions(views)]


def jobs(env):
    dsn = env["PA_PG_DSN"]
    from sqlalchemy import create_engine
    engine = create_engine(f"postgresql+psycopg2://{env['PGUSER']}@/{env['PGDATABASE']}?host={env['PGHOST']}&port={env['PGPORT']}")
    engine.connect().close()
    plain, orm, apg = (importlib.import_module(f"shop.{n}") for n in ("plain", "orm", "async_pg"))
    todo = [(f"shop.plain:{n}", by_hand(dsn, f)) for n, f in functions(plain)]
    todo += [(f"shop.orm:{n}", by_orm(engine, f)) for n, f in functions(orm)]
    todo += [(f"shop.async_pg:Repo.{n}", by_asyncpg(env, apg.Repo, n)) for n, f in vars(apg.Repo).items() if inspect.iscoroutinefunction(f)]
    return todo + django_setup(env)


def learn(watch, todo):
    """queryid -> the functions that cause it, and its text."""
    senders, texts = {}, {}
    for name, run in todo:
        for queryid, text in watch(run).items():
            senders.setdefault(queryid, set()).add(name)
            texts[queryid] = text
    return senders, texts


def places(folder):
    """queryid -> {module:qualname} as the facts say, by the views that rules read."""
    with sqlite3.connect(folder / "state" / "history.db") as db:
        db.executescript("CREATE TEMP TABLE fact_window AS SELECT run_id, kind, started_us AS from_us, ended_us AS to_us FROM run;" + (TOP / "store/facts.sql").read_text())
        rows = db.execute("SELECT queryid, module, qualname, line, how, confidence, candidates FROM fact_statement_source").fetchall()
    found = {}
    for queryid, module, qualname, line, how, confidence, candidates in rows:
        found.setdefault(queryid, []).append((f"{module}:{qualname}", line, how, confidence, candidates))
    return found


def perfadvise(folder, *argv, env):
    return subprocess.run([PA, "--quiet", "--state", str(folder / "state"), *argv], cwd=folder, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def captured(folder):
    with sqlite3.connect(folder / "state" / "history.db") as db:
        return {q for (q,) in db.execute("SELECT queryid FROM pg_statement_text")}


def is_static(name):
    return not name.split(":")[1].startswith(("trap_", "transaction", "appended", "branches_unknown"))


def check(folder, senders, texts, strangers):
    found = places(folder)
    missing = [f"{q} {sorted(who)}: {texts[q][:150]}" for q, who in senders.items() if any(map(is_static, who)) and q not in found]
    wrong, lacking = [], []
    for q, where in found.items():
        named = {name for name, *_ in where}
        if q in strangers:
            wrong.append(f"a stranger's at {where}: {strangers[q][:150]}")
        elif q in senders:
            module_level = {n for n in named if n.endswith(":None") or "texts" in n or n.endswith(":Repo")}
            if named - module_level - senders[q]:
                wrong.append(f"{sorted(named - senders[q])} instead of {sorted(senders[q])}: {texts[q][:150]}")
            if not module_level and {s for s in senders[q] if is_static(s)} - named:
                lacking.append(f"{sorted(senders[q] - named)}: {texts[q][:150]}")
    missing = [m for m in missing if m.split()[0] in captured(folder)]
    total = sum(any(map(is_static, who)) for who in senders.values())
    print(f"# {total} static statements of {len({n for who in senders.values() for n in who})} functions, {total - len(missing)} linked, {len(wrong)} wrong, {len(lacking)} not to all their places")
    result("no captured statement is linked to code that does not send it", "\n".join(wrong) if wrong else None)
    result("all static statements are linked", "\n".join(missing) if missing else None)
    result("each is linked to all places that send it", "\n".join(lacking) if lacking else None)


def main():
    try:
        server = servers.Servers(pg=True, sql=[TOP / "tests/data/link/schema.sql"], pg_set={"pg_stat_statements.max": "5000", "track_activity_query_size": "512"})
        import psycopg2, sqlalchemy, asyncpg  # noqa: F401, E401
    except (servers.MissingPackage, ImportError) as e:
        print(f"needs {e}")
        return 77
    folder = Path(tempfile.mkdtemp(prefix="palink.", dir="/tmp"))
    try:
        shutil.copytree(TOP / "tests/data/link", folder / "app")
        sys.path.insert(0, str(folder / "app"))
        sys.dont_write_bytecode = True
        with server:
            env = server.env
            os.environ.update(env)
            watch, todo = Watch(env["PA_PG_DSN"]), jobs(env)
            senders, texts = learn(watch, todo)
            def again():
                for _name, run in todo:
                    run()
            def strange():
                import psycopg2
                with psycopg2.connect(env["PA_PG_DSN"]) as db, db.cursor() as cur:
                    for text in STRANGERS:
                        cur.execute(text)
            def all_again():
                again()
                strange()
            strangers = {q: t for q, t in watch(all_again).items() if q not in senders}
            (folder / "perfadvise.yaml").write_text(f"version: 1\nsource: {{ roots: [app/] }}\ntargets:\n  main: {{ postgres: \"{env['PA_PG_DSN']}\" }}\n")
            for argv in (("capture",), ("analyze", "--fail-on", "never")):
                done = perfadvise(folder, *argv, env=env)
                result(f"{argv[0]} ends with 0", None if done.returncode == 0 else f"{done.returncode}: {done.stderr[-800:]}")
            if "-v" in sys.argv:
                print(done.stdout)
            check(folder, senders, texts, strangers)
            report = " ".join(done.stdout.split())
            line = next(n for n, text in enumerate((folder / "app/shop/plain.py").read_text().splitlines(), 1) if "pg_sleep" in text)
            result("the report names the line of the slow statement", None if f"shop.plain:{line}" in report else f"no shop.plain:{line} in {report[:2000]}")
            lazy = report.find("shop.orm.lazy: order.user asks the database")
            result("a finding of an ORM's site has what its statements cost", None if lazy >= 0 and "cost: called" in report[lazy:lazy + 400] else report[lazy:lazy + 400])
            if "-k" in sys.argv:
                print(folder)
    finally:
        if "-k" not in sys.argv:
            shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())

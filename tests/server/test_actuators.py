#!/usr/bin/python3
"""Actuators of PostgreSQL and PgBouncer against private servers: apply, rollback, and what goes wrong in between."""
import os
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
import changeset  # noqa: E402
import servers  # noqa: E402

PROGRAM = os.path.join(os.environ.get("PA_BUILD", os.path.join(TOP, "build")), "perfadvise")
FAULTY = os.path.join(TOP, "build", "fault", "perfadvise")
PG_DUMP = "/usr/lib/postgresql/15/bin/pg_dump"


class Failure(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Failure(why)


class Fleet:
    """Servers, a configuration that allows everything, and a folder for change-sets and state for each test."""

    def __init__(self, s):
        self.s = s
        self.count = 0
        self.new_case()

    def new_case(self):
        self.count += 1
        self.dir = os.path.join(str(self.s.tmp), f"case{self.count}")
        os.mkdir(self.dir, 0o755)
        os.chmod(self.dir, 0o755)
        self.config = os.path.join(self.dir, "perfadvise.yaml")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write("version: 1\ntargets:\n"
                    f'  main: {{ postgres: "{self.s.env["PA_PG_DSN"]}" }}\n'
                    f'  pooler: {{ pgbouncer: "{self.s.env["PA_PGBOUNCER_DSN"]}" }}\n'
                    f"apply: {{ roots: [{self.s.tmp}], postgres: true, pgbouncer: true }}\nstate: state\n")

    def write(self, changes):
        return changeset.write(os.path.join(self.dir, f"set{time.monotonic_ns()}"), changes)

    def run(self, *args, program=PROGRAM, fault=None, wait=True):
        env = {"PATH": "/usr/bin:/bin", "HOME": self.dir, "LC_ALL": "C.UTF-8"}
        if fault:
            env["PERFADVISE_FAULT"] = fault
        child = subprocess.Popen([program, "--config", self.config, *args], env=env, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if not wait:
            return child
        child.out, child.err = child.communicate(timeout=180)
        return child

    def sql(self, *statements):
        return self.s.psql("-AtX", *[w for text in statements for w in ("-c", text)]).strip()

    def schema(self):
        done = subprocess.run([PG_DUMP, "-s", "-h", str(self.s.run_dir), "-p", str(self.s.pg_port), "-U", "postgres", "postgres"],
                              stdout=subprocess.PIPE, check=True, text=True)
        return "\n".join(line for line in done.stdout.splitlines() if not line.startswith("\\"))

    def console(self, text):
        return subprocess.run(["psql", "-AtX", "-h", str(self.s.run_dir), "-p", str(self.s.pgbouncer_port), "-U", "postgres", "pgbouncer", "-c", text],
                              stdout=subprocess.PIPE, check=True, text=True).stdout

    def pooler(self, key):
        return next(line.split("|")[1] for line in self.console("SHOW CONFIG").splitlines() if line.startswith(key + "|"))


def index(name="public.messages_room_idx", columns="room, sent DESC", **more):
    return changeset.sql("pg_index", "index", name, f"CREATE INDEX CONCURRENTLY {name.split('.')[1]} ON public.messages ({columns})",
                         f"DROP INDEX CONCURRENTLY {name}", target="main", table="public.messages", **more)


def valid(f, name="messages_room_idx"):
    return f.sql(f"SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('public.{name}')")


def index_round_trip(f):
    before, plan = f.schema(), f.write([index()])
    dry = f.run("apply", plan, "--dry-run")
    need(dry.returncode == 0 and "CREATE INDEX CONCURRENTLY" in dry.out and f.schema() == before, f"dry run: {dry.out}{dry.err}")
    done = f.run("apply", plan)
    need(done.returncode == 0, f"apply: {done.err}")
    need(valid(f) == "t" and "messages_room_idx" in f.schema(), "no index")
    need(f.run("rollback").returncode == 0 and f.schema() == before, "rollback left another schema")
    return "an index is built, checked and dropped again"


def drop_round_trip(f):
    f.sql("CREATE INDEX doomed_idx ON messages (body)")
    before = f.schema()
    plan = f.write([changeset.sql("pg_index", "lower", "public.doomed_idx", "DROP INDEX CONCURRENTLY public.doomed_idx",
                                  "CREATE INDEX CONCURRENTLY doomed_idx ON public.messages USING btree (body)", target="main", table="public.messages",
                                  before="CREATE INDEX doomed_idx ON public.messages USING btree (body)")])
    done = f.run("apply", plan)
    need(done.returncode == 0 and valid(f, "doomed_idx") == "", f"apply: {done.err}")
    done = f.run("rollback")
    need(done.returncode == 0 and f.schema() == before, f"rollback: {done.err}")
    f.sql("DROP INDEX doomed_idx")
    return "an index is dropped and built again"


class Holder:
    """Another session that keeps a transaction open."""

    def __init__(self, f, begin):
        self.psql = subprocess.Popen(["psql", "-AtXq", "-h", str(f.s.run_dir), "-p", str(f.s.pg_port), "-U", "postgres", "postgres"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.psql.stdin.write(begin + "; SELECT 'held';\n")
        self.psql.stdin.flush()
        while self.psql.stdout.readline().strip() not in ("held", ""):
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.psql.stdin.close()
        self.psql.wait()


def old_snapshot(f):
    before, plan = f.schema(), f.write([index()])
    with Holder(f, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class"):
        done = f.run("apply", plan)
        need(done.returncode == 5 and "undone" in done.err, f"exit {done.returncode}: {done.err}")
        need(valid(f) == "" and f.schema() == before, "a carcass was left")
    need(f.run("apply", plan).returncode == 0 and valid(f) == "t", "the next try did not work")
    need(f.run("rollback").returncode == 0 and f.schema() == before, "rollback")
    return "F20 an old snapshot: the INVALID index is dropped, exit 5, the next try works"


def open_writer(f):
    before, plan = f.schema(), f.write([index()])
    with Holder(f, "BEGIN; UPDATE messages SET body = body WHERE id = 1"):
        done = f.run("apply", plan)
        # not even DROP INDEX CONCURRENTLY gets past it: the carcass stays on record
        need(done.returncode == 6 and "recover" in done.err, f"exit {done.returncode}: {done.err}")
        need(f.sql("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'") == "1", "the other session was ended")
    done = f.run("recover")
    need(done.returncode == 0 and f.schema() == before, f"recover: {done.err}")
    return "F20 an open transaction on the table: exit 6, recover drops the carcass once it has ended"


def name_taken(f):
    for setup, clean in (("CREATE INDEX messages_room_idx ON messages (room, sent DESC)", "DROP INDEX messages_room_idx"),
                         ("CREATE TABLE messages_room_idx (x int)", "DROP TABLE messages_room_idx"),
                         ("CREATE VIEW messages_room_idx AS SELECT 1", "DROP VIEW messages_room_idx")):
        f.sql(setup)
        before = f.schema()
        done = f.run("apply", f.write([index()]))
        need(done.returncode == 3 and "taken" in done.err and f.schema() == before, f"{setup}: {done.returncode} {done.err}")
        f.sql(clean)
    done = f.run("apply", f.write([index(name="public." + "x" * 64)]))
    need(done.returncode == 3 and "63" in done.err, f"a long name: {done.err}")
    return "F23 the name is taken by an index, a table, a view; a name that is too long"


def wrong_tables(f):
    f.sql("CREATE TABLE parts (id int) PARTITION BY RANGE (id)", "CREATE ROLE stranger LOGIN")
    plan = f.write([changeset.sql("pg_index", "index", "public.parts_idx", "CREATE INDEX CONCURRENTLY parts_idx ON public.parts (id)",
                                  "DROP INDEX CONCURRENTLY public.parts_idx", target="main", table="public.parts")])
    done = f.run("apply", plan)
    need(done.returncode == 3 and "partitioned" in done.err, f"partitioned: {done.err}")
    with open(f.config, encoding="utf-8") as c:
        text = c.read()
    with open(f.config, "w", encoding="utf-8") as c:
        c.write(text.replace("user=postgres dbname=postgres", "user=stranger dbname=postgres"))
    before, done = f.schema(), f.run("apply", f.write([index()]))
    need(done.returncode in (3, 4) and "belongs to postgres" in done.err and f.schema() == before, f"not the owner: {done.returncode} {done.err}")
    f.sql("DROP TABLE parts", "DROP ROLE stranger")
    return "F24 a partitioned table, a table of another role"


def recover_or_roll_back(f, where):
    """A kill just after the committed mark leaves the change-set applied."""
    done = f.run("recover")
    need(done.returncode == 0, f"{where}: {done.err}")
    if "applied" in f.run("status").out:
        need(f.run("rollback").returncode == 0, f"{where}: rollback")
        return True
    return False


def killed_build(f):
    before, n = f.schema(), 0
    while True:
        n += 1
        f.new_case()
        done = f.run("apply", f.write([index()]), program=FAULTY, fault=f"{n}:kill")
        if done.returncode == 0:
            break
        recover_or_roll_back(f, f"point {n}")
        need(f.schema() == before, f"point {n}: another schema")
    need(valid(f) == "t" and f.run("rollback").returncode == 0 and f.schema() == before, "the undisturbed run")
    return f"F22 killed around an index build ({n - 1} points)"


def killed_while_building(f):
    before, plan = f.schema(), f.write([index(columns="room, public.slow(body)")])
    child = f.run("apply", plan, wait=False)
    deadline = time.monotonic() + 30
    while f.sql("SELECT count(*) FROM pg_stat_progress_create_index") == "0" and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    need(child.poll() is None, "the build ended before it could be killed")
    child.kill()
    child.wait()
    done = f.run("recover")
    need(done.returncode == 0 and f.schema() == before, f"recover: {done.returncode} {done.out} {done.err} {valid(f)}")
    return "F22 kill -9 while the server builds: recover waits and drops"


def interrupted_build(f):
    before, plan = f.schema(), f.write([index(columns="room, public.slow(body)")])
    child = f.run("apply", plan, wait=False)
    deadline = time.monotonic() + 30
    while f.sql("SELECT count(*) FROM pg_stat_progress_create_index") == "0" and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=60)
    need(child.returncode == 128 + signal.SIGTERM, f"exit {child.returncode}: {err}")
    need(f.schema() == before, "a carcass was left")
    need(f.run("recover").returncode == 0 and f.schema() == before, "recover")
    return "I13 SIGTERM during a build: cancelled, carcass dropped, exit 143"


def setting_round_trip(f):
    def auto():
        return f.sql("SELECT name, setting FROM pg_file_settings WHERE sourcefile ~ 'auto.conf' ORDER BY 1")
    f.sql("ALTER SYSTEM SET random_page_cost = 3")
    before, shown = auto(), f.sql("SHOW work_mem")
    plan = f.write([
        changeset.sql("pg_setting", "raise", "work_mem", "ALTER SYSTEM SET work_mem = '9MB'", "ALTER SYSTEM RESET work_mem", target="main", after="9MB"),
        changeset.sql("pg_setting", "raise", "random_page_cost", "ALTER SYSTEM SET random_page_cost = 1.1", "ALTER SYSTEM SET random_page_cost = 3",
                      target="main", before="3", after="1.1"),
        changeset.sql("pg_setting", "raise", "max_connections", "ALTER SYSTEM SET max_connections = 101", "ALTER SYSTEM RESET max_connections",
                      target="main", after="101", restart="PostgreSQL"),
    ])
    shown_first = f.run("apply", plan, "--dry-run").out
    need(shown_first.count("pg_reload_conf") == 1, f"one reload for all: {shown_first}")
    done = f.run("apply", plan)
    need(done.returncode == 0, f"apply: {done.err}")
    need("PostgreSQL main" in done.out and "max_connections" in done.out, f"no word of the restart: {done.out}")
    need(f.sql("SHOW work_mem") == "9MB" and f.sql("SHOW random_page_cost") == "1.1", "not in effect")
    done = f.run("rollback")
    need(done.returncode == 0 and auto() == before and f.sql("SHOW work_mem") == shown, f"rollback: {done.err} {auto()}")
    need("PostgreSQL main, for max_connections" in done.out, f"no word of the restart: {done.out}")
    f.sql("ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()")
    return "ALTER SYSTEM: in effect, pending restart named, taken back to what the server had"


def bad_settings(f):
    before = f.sql("SELECT name, setting FROM pg_file_settings")
    plan = f.write([
        changeset.sql("pg_setting", "raise", "work_mem", "ALTER SYSTEM SET work_mem = '9MB'", "ALTER SYSTEM RESET work_mem", target="main", after="9MB"),
        changeset.sql("pg_setting", "lower", "random_page_cost", "ALTER SYSTEM SET random_page_cost = -7", "ALTER SYSTEM RESET random_page_cost",
                      target="main", after="-7")])
    done = f.run("apply", plan)
    need(done.returncode == 5 and "undone" in done.err and f.sql("SELECT name, setting FROM pg_file_settings") == before, f"out of range: {done.err}")
    done = f.run("apply", f.write([changeset.sql("pg_setting", "raise", "work_mem", "DROP TABLE messages", "SELECT 1", target="main", after="9MB")]))
    need(done.returncode == 3 and f.sql("SELECT count(*) > 0 FROM messages") == "t", f"another statement: {done.err}")
    smuggled = "ALTER TABLE public.messages SET (fillfactor = 90), DROP COLUMN body"
    done = f.run("apply", f.write([changeset.sql("pg_reloption", "raise", "public.messages/fillfactor", smuggled, "SELECT 1", target="main", after="90")]))
    need(done.returncode == 3 and f.sql("SELECT count(body) > 0 FROM messages") == "t", f"a part that is none of a storage parameter: {done.err}")
    return "F26 out of range: all undone; a statement that is none of a setting, in whole or in part, is refused"


def role_setting(f):
    f.sql("CREATE ROLE bot")
    plan = f.write([changeset.sql("pg_role_setting", "raise", "bot/statement_timeout", "ALTER ROLE bot SET statement_timeout = '5s'",
                                  "ALTER ROLE bot RESET statement_timeout", target="main", after="5s"),
                    changeset.sql("pg_reloption", "raise", "public.messages/fillfactor", "ALTER TABLE public.messages SET (fillfactor = 90)",
                                  "ALTER TABLE public.messages RESET (fillfactor)", target="main", after="90"),
                    changeset.sql("pg_statistics", "statistics", "public.messages_stat", "CREATE STATISTICS public.messages_stat ON room, body FROM public.messages",
                                  "DROP STATISTICS public.messages_stat", target="main"),
                    changeset.sql("pg_statistics", "statistics", "public.messages", "ANALYZE public.messages", "SELECT 1", target="main")])
    before = f.schema() + f.sql("SELECT setconfig FROM pg_db_role_setting")
    done = f.run("apply", plan)
    need(done.returncode == 0, f"apply: {done.err}")
    need("statement_timeout=5s" in f.sql("SELECT setconfig FROM pg_db_role_setting") and "fillfactor" in f.schema() and "messages_stat" in f.schema(), "not done")
    f.sql("ALTER ROLE bot SET statement_timeout = '6s'")
    done = f.run("rollback")
    need(done.returncode == 3 and "statement_timeout" in done.err, f"drift: {done.returncode} {done.err}")
    f.sql("ALTER ROLE bot SET statement_timeout = '5s'")
    done = f.run("rollback")
    need(done.returncode == 0 and f.schema() + f.sql("SELECT setconfig FROM pg_db_role_setting") == before, f"rollback: {done.err}")
    f.sql("DROP ROLE bot")
    return "ALTER ROLE SET, fillfactor, CREATE STATISTICS, ANALYZE, and back"


def another_server(f):
    before = f.schema()
    done = f.run("apply", f.write([index(server="7000000000000000000/5")]))
    need(done.returncode == 3 and "another server" in done.err and f.schema() == before, f"{done.returncode} {done.err}")
    return "I11 another server than at the time of the plan"


def two_writers(f):
    plans, results = [f.write([index(columns="room, public.slow(body)")])], []
    other = Fleet.__new__(Fleet)
    other.s, other.count = f.s, f.count + 100
    other.new_case()
    first = f.run("apply", plans[0], wait=False)
    deadline = time.monotonic() + 30
    while f.sql("SELECT count(*) FROM pg_stat_progress_create_index") == "0" and first.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    results.append(other.run("apply", other.write([index(name="public.second_idx")])))
    first.communicate(timeout=120)
    need(results[0].returncode == 3 and "another perfadvise" in results[0].err, f"{results[0].returncode} {results[0].err}")
    need(first.returncode == 0 and f.run("rollback").returncode == 0, "the first one failed")
    return "I7 one writer per database"


def pooler_change(f, old, new, key=b"default_pool_size"):
    ini = os.path.join(str(f.s.tmp), "pgbouncer.ini")
    with open(ini, "rb") as c:
        content = c.read()
    at = content.index(key + b" = ") + len(key) + 3
    need(content[at:at + len(old)] == old, f"{key} is not {old}")
    return changeset.value(ini, old, new, "ini", kind="pgbouncer_setting", phase="raise", at=at, target="pooler", reload=True)


def pooler_round_trip(f):
    ini = os.path.join(str(f.s.tmp), "pgbouncer.ini")
    with open(ini, "rb") as c:
        before = c.read(), os.stat(ini).st_uid, os.stat(ini).st_mode
    plan = f.write([pooler_change(f, b"20", b"33"), pooler_change(f, b"0", b"3", b"min_pool_size")])
    dry = f.run("apply", plan, "--dry-run")
    need(dry.returncode == 0 and "RELOAD;" in dry.out and f.pooler("default_pool_size") == "20", f"dry run: {dry.out}{dry.err}")
    done = f.run("apply", plan)
    need(done.returncode == 0, f"apply: {done.err}")
    need((f.pooler("default_pool_size"), f.pooler("min_pool_size")) == ("33", "3"), "not loaded")
    done = f.run("rollback")
    with open(ini, "rb") as c:
        after = c.read(), os.stat(ini).st_uid, os.stat(ini).st_mode
    need(done.returncode == 0 and after == before and f.pooler("default_pool_size") == "20" and f.pooler("min_pool_size") == "0", f"rollback: {done.err}")
    return "pgbouncer.ini with RELOAD, and back"


def pooler_half_done(f):
    """Killed at every writing call: file and process agree after recover."""
    n = 0
    while True:
        n += 1
        f.new_case()
        plan = f.write([pooler_change(f, b"20", b"34")])
        done = f.run("apply", plan, program=FAULTY, fault=f"{n}:kill")
        if done.returncode == 0:
            break
        recover_or_roll_back(f, f"point {n}")
        need(f.pooler("default_pool_size") == "20", f"point {n}: {f.pooler('default_pool_size')}")
    need(f.pooler("default_pool_size") == "34", "the undisturbed run")
    for last in range(1, 200):
        if f.run("rollback", program=FAULTY, fault=f"{last}:kill").returncode == 0:
            break
        need(f.run("recover").returncode == 0, f"recover after a rollback killed at point {last}")
        if f.pooler("default_pool_size") == "20":
            need(f.run("apply", plan).returncode == 0, "applying again")
    need(f.pooler("default_pool_size") == "20", "rollback")
    return f"killed around a RELOAD ({n - 1} points of apply, {last - 1} of rollback)"


def pooler_bad_file(f):
    ini = os.path.join(str(f.s.tmp), "pgbouncer.ini")
    with open(ini, "rb") as c:
        good = c.read()
    for extra, says in ((b"no_such_key = 1\n", "no_such_key"), (b"max_client_conn = 77\n", "max_client_conn"), (b"a line without equals\n", "pgbouncer.ini:")):
        with open(ini, "wb") as c:
            c.write(good + extra)
        done = f.run("apply", f.write([pooler_change(f, b"20", b"33")]))
        with open(ini, "rb") as c:
            need(done.returncode == 3 and says in done.err and c.read() == good + extra, f"{extra}: {done.returncode} {done.err}")
    with open(ini, "wb") as c:
        c.write(good.replace(b"default_pool_size = 20", b"default_pool_size = 20\ndefault_pool_size = 20"))
    done = f.run("apply", f.write([pooler_change(f, b"20", b"33")]))
    need(done.returncode == 3 and "not in effect" in done.err, f"an overridden line: {done.err}")
    with open(ini, "wb") as c:
        c.write(good)
    done = f.run("apply", f.write([pooler_change(f, b"20", b"notanumber")]))
    with open(ini, "rb") as c:
        need(done.returncode == 5 and "undone" in done.err and c.read() == good and f.pooler("default_pool_size") == "20", f"a bad value: {done.returncode} {done.err}")
    return "F27 unknown key, unloaded edit, bad line, line that is not in effect, bad value"


def whole_and_failed_last(f):
    """A file step before an index that cannot be built: both are back."""
    path = os.path.join(f.dir, "bot.py")
    with open(path, "wb") as c:
        c.write(b"POOL = 20\n")
    before = f.schema()
    plan = f.write([changeset.value(path, b"20", b"5", "python"),
                    index(), dict(index(name="public.bad_idx", columns="nonexistent"), phase="warm")])
    done = f.run("apply", plan)
    with open(path, "rb") as c:
        need(done.returncode == 5 and "undone" in done.err and c.read() == b"POOL = 20\n" and f.schema() == before, f"{done.returncode} {done.err}")
    return "a failed last step undoes files and indexes before it"


def standby_is_refused(f):
    copy = os.path.join(str(f.s.tmp), "standby")
    base = "/usr/lib/postgresql/15/bin/"
    user = servers.as_user(f.s.user)
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    made = subprocess.run([*user, base + "pg_basebackup", "-h", str(f.s.run_dir), "-p", str(f.s.pg_port), "-U", "postgres", "-D", copy, "-R", "-c", "fast"],
                          stderr=subprocess.PIPE, text=True, env=env, cwd=str(f.s.tmp)) if _own(f, copy) else None
    need(made and made.returncode == 0, f"no copy: {made and made.stderr}")
    port = servers.free_port()
    with open(os.path.join(copy, "postgresql.auto.conf"), "a", encoding="utf-8") as c:
        c.write(f"port = '{port}'\n")
    auto = open(os.path.join(copy, "postgresql.auto.conf"), encoding="utf-8").read()
    child = subprocess.Popen([*user, base + "postgres", "-D", copy], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             start_new_session=True, env=env, cwd=str(f.s.tmp))
    try:
        deadline = time.monotonic() + 20
        while subprocess.run([base + "pg_isready", "-q", "-h", str(f.s.run_dir), "-p", str(port)]).returncode and time.monotonic() < deadline:
            time.sleep(0.05)
        with open(f.config, encoding="utf-8") as c:
            text = c.read()
        with open(f.config, "w", encoding="utf-8") as c:
            c.write(text.replace(f"port={f.s.pg_port} user=postgres dbname=postgres", f"port={port} user=postgres dbname=postgres"))
        for change in (index(), changeset.sql("pg_setting", "raise", "work_mem", "ALTER SYSTEM SET work_mem = '9MB'", "ALTER SYSTEM RESET work_mem",
                                              target="main", after="9MB")):
            done = f.run("apply", f.write([change]))
            need(done.returncode == 3 and "standby" in done.err, f"{done.returncode} {done.err}")
        need(open(os.path.join(copy, "postgresql.auto.conf"), encoding="utf-8").read() == auto, "the standby's auto.conf changed")
    finally:
        servers.stop_process(child, signal.SIGQUIT)
        shutil.rmtree(copy, ignore_errors=True)
    return "F25 a standby is refused, for indexes and settings"


def _own(f, folder):
    os.mkdir(folder, 0o700)
    if os.geteuid() == 0:
        os.chown(folder, f.s.user.pw_uid, f.s.user.pw_gid)
    return True


TESTS = [index_round_trip, drop_round_trip, old_snapshot, open_writer, name_taken, wrong_tables, killed_build, killed_while_building, interrupted_build,
         setting_round_trip, bad_settings, role_setting, another_server, two_writers, pooler_round_trip, pooler_half_done, pooler_bad_file,
         whole_and_failed_last, standby_is_refused]


def pooler_ini(s):
    (s.tmp / "userlist.txt").write_text('"postgres" ""\n')
    ini = s.tmp / "pgbouncer.ini"
    ini.write_text(f"[databases]\n* = host={s.run_dir} port={s.pg_port}\n\n[pgbouncer]\nunix_socket_dir = {s.run_dir}\nlisten_port = {s.pgbouncer_port}\n"
                   f"auth_type = trust\nauth_file = {s.tmp}/userlist.txt\nadmin_users = postgres\npool_mode = transaction\n"
                   "; sizes\ndefault_pool_size = 20\nmin_pool_size = 0\n")
    s._own(ini)
    return ini


def main():
    failed, chosen = 0, sys.argv[1:]
    os.umask(0o022)
    try:
        with servers.Servers(pg=True, pgbouncer=True, pgbouncer_ini=pooler_ini) as s:
            s.psql("-c", "CREATE TABLE messages (id bigserial PRIMARY KEY, room int, sent timestamptz DEFAULT now(), body text)",
                   "-c", "INSERT INTO messages (room, body) SELECT i % 100, 'text ' || i FROM generate_series(1, 3000) i",
                   "-c", "CREATE FUNCTION slow(text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS "
                         "$$BEGIN PERFORM pg_sleep(0.001); RETURN length($1); END$$")
            f = Fleet(s)
            for test in TESTS:
                if chosen and test.__name__ not in chosen:
                    continue
                f.new_case()
                f.sql("DROP INDEX IF EXISTS messages_room_idx")
                try:
                    print("ok", test(f), flush=True)
                except (Failure, AssertionError, OSError, subprocess.SubprocessError, servers.ServerError) as e:
                    failed += 1
                    print(f"not ok {test.__name__} - {' '.join(str(e).split())}", flush=True)
    except servers.MissingPackage as e:
        print(f"skip actuators - package {e} is not installed")
        return 77
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""The hygiene of a server: each condition is provoked on a private one, found, mended (by apply where a change is offered, by its fix
otherwise), and then no longer found; rollback brings the changed ones back."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))
import servers as harness  # noqa: E402

PA = os.path.join(os.path.abspath(os.environ.get("PA_BUILD", os.path.join(TOP, "build"))), "perfadvise")

SERVER = {"max_prepared_transactions": 5, "archive_mode": "on", "archive_command": "false", "autovacuum": "off", "max_locks_per_transaction": 10,
          "max_connections": 25, "superuser_reserved_connections": 3, "log_lock_waits": "off", "wal_level": "replica", "random_page_cost": 4}

SICK = """
CREATE ROLE app LOGIN;
CREATE SCHEMA auth;
CREATE FUNCTION auth.uid() RETURNS text LANGUAGE sql STABLE AS 'SELECT current_user::text';
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE TABLE posts (id serial PRIMARY KEY, user_id int REFERENCES users, author text, made timestamp, body text, handler regproc);
INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 5000) g;
INSERT INTO posts (user_id, author, made, body) SELECT 1 + g % 5000, 'n' || g % 50, now(), 'x' FROM generate_series(1, 30000) g;
CREATE INDEX posts_user_a ON posts (user_id);
CREATE INDEX posts_user_b ON posts (user_id);
CREATE INDEX posts_author_user ON posts (author, user_id);
SELECT setval('posts_id_seq', 1900000000);
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON posts USING (author = auth.uid());
CREATE POLICY wise ON users USING (name = (SELECT auth.uid()));
ALTER TABLE posts ADD CONSTRAINT body_short CHECK (length(body) < 100) NOT VALID;
CREATE TABLE quiet (id bigint PRIMARY KEY, n int) WITH (autovacuum_enabled = false);
INSERT INTO quiet SELECT g, g FROM generate_series(1, 2000) g;
CREATE TABLE visits (city int, country int, kind int, note text);
INSERT INTO visits SELECT g % 400, g % 400 / 20, g % 3, 'y' FROM generate_series(1, 150000) g;
INSERT INTO visits SELECT 401, 21, 1, 'y' FROM generate_series(1, 8000);
GRANT ALL ON ALL TABLES IN SCHEMA public TO app;

ALTER SYSTEM SET enable_mergejoin = off;
SELECT pg_reload_conf();
"""

# rule and subject -> what a person does about it; None: apply does
CONDITIONS = {
    ("cfg.autovac_off", "autovacuum"): None,
    ("cfg.planner_off", "enable_mergejoin"): None,
    ("cfg.logging", "log_lock_waits"): None,
    ("cfg.timeouts", "statement_timeout"): None,
    ("cfg.timeouts", "idle_in_transaction_session_timeout"): None,
    ("index.duplicate", "public.posts_user_b"): None,
    ("index.invalid", "public.posts_body_idx"): None,
    ("vacuum.disabled", "public.quiet"): None,
    ("table.stale_stats", "public.posts"): None,
    ("table.extended_stats", "public.visits (city, country)"): None,
    ("tx.prepared", "left behind"): "ROLLBACK PREPARED 'left behind'",
    ("schema.not_valid", "public.posts.body_short"): "ALTER TABLE posts VALIDATE CONSTRAINT body_short",
    ("schema.int_key", "public.posts.id"): "SELECT setval('posts_id_seq', 40000)",
    ("seq.exhaust", "public.posts_id_seq"): "SELECT 1",
    ("schema.fk_type", "public.posts.posts_user_id_fkey"): "ALTER TABLE posts ALTER user_id TYPE bigint",
    ("schema.types", "public.posts"): "ALTER TABLE posts ALTER made TYPE timestamptz",
    ("schema.rls", "public.posts.own"): "DROP POLICY own ON posts; CREATE POLICY own ON posts USING (author = (SELECT auth.uid()))",
    ("schema.upgrade", "public.posts.handler"): "ALTER TABLE posts DROP COLUMN handler",
    ("cfg.pending_restart", "wrok_mem"): "SELECT 1",  # mend_file
}


class Bench:
    def __init__(self, servers):
        self.servers = servers
        self.folder = tempfile.mkdtemp(prefix="pahy.")
        self.config()

    def config(self, user="postgres", more="", replicas=0, state=".perfadvise", rules=""):
        replicas = f", replicas: {replicas}" if replicas else ""
        with open(os.path.join(self.folder, "perfadvise.yaml"), "w", encoding="utf-8") as f:
            f.write(f"version: 1\nstate: {state}\ntargets:\n  db: {{ postgres: \"{self.dsn(user)}\"{replicas} }}\n{more}apply: {{ postgres: true }}\n"
                    f"rules: {{ set: {{ table.stale_stats: {{ warning.never_rows: 10000 }}, table.extended_stats: {{ info.rows: 500, warning.rows: 500 }}, "
                    f"schema.types: {{ info.rows: 0 }}{rules} }} }}\n")

    def dsn(self, user="postgres", port=None):
        return f"host={self.servers.run_dir} port={port or self.servers.pg_port} user={user} dbname=postgres"

    def psql(self, user="postgres", port=None):
        return [harness.PG_BIN / "psql", "-XqAt", self.dsn(user, port)]

    def sql(self, text, user="postgres", port=None, check=True):
        done = subprocess.run(self.psql(user, port), input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        expect(not check or (done.returncode == 0 and "ERROR" not in done.stderr), done.stderr)
        return done.stdout.strip()

    def session(self, text, user="postgres", wait=True):
        """A psql that stays; close its stdin to end it."""
        process = subprocess.Popen(self.psql(user), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        process.stdin.write(text + (";\nSELECT 'there';\n" if wait else ";\n"))
        process.stdin.flush()
        while wait and process.stdout.readline().strip() != "there":
            pass
        return process

    def pa(self, *args, codes=(0, 1, 4)):
        env = {"PATH": "/usr/bin:/bin", "HOME": self.folder, "LC_ALL": "C.UTF-8"}
        done = subprocess.run([PA, "--config", "perfadvise.yaml", *args], cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
        expect(done.returncode in codes, f"{args}: {done.returncode} {done.stderr}")
        return done.stdout

    def look(self, *capture):
        """A capture and what is found in it."""
        self.pa("capture", *capture)
        return json.loads(self.pa("analyze", "-o", "json"))

    def conf(self):
        return os.path.join(self.servers.tmp, "pg", "postgresql.conf")


def expect(condition, what):
    if not condition:
        raise AssertionError(str(what)[:1500])


def close(*sessions):
    for s in sessions:
        s.stdin.close()
        s.wait(20)


def fired(analysis):
    return {(f["rule"], f["subject"]) for f in analysis["findings"]}


def state_of(analysis, rule):
    return next((r.get("status"), r.get("reason") or "") for r in analysis["rules"] if r.get("rule", r.get("id")) == rule)


def catalog(b):
    """What changes of perfadvise may touch."""
    return b.sql("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1; SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL ORDER BY 1;"
                 "SELECT setrole::regrole, setconfig FROM pg_db_role_setting ORDER BY 1; SELECT name, setting FROM pg_file_settings WHERE sourcefile ~ 'auto.conf' ORDER BY 1;"
                 "SELECT stxname FROM pg_statistic_ext ORDER BY 1")


def visit(b):
    b.sql("SELECT count(*) FROM (SELECT note FROM visits WHERE city = 401 AND country = 21) x;" + "SELECT note FROM visits WHERE city = 401 AND country = 21;" * 12, "app")


def provoke(b):
    b.sql(SICK)
    b.sql("ANALYZE users; ANALYZE quiet; ANALYZE visits")
    b.sql("BEGIN; UPDATE users SET name = name WHERE id = 1; PREPARE TRANSACTION 'left behind'")
    holder = b.session("BEGIN; UPDATE posts SET body = 'z' WHERE id = 1")
    b.sql("SET lock_timeout = '200ms'; CREATE INDEX CONCURRENTLY posts_body_idx ON posts (body)", check=False)
    close(holder)
    with open(b.conf(), "a", encoding="utf-8") as f:
        f.write("wrok_mem = 1\n")
    b.sql("SELECT pg_reload_conf()")
    visit(b)
    time.sleep(1.1)  # a prepared transaction is told of from one second on


def unprovoke(b):
    for fix in CONDITIONS.values():
        if fix:
            b.sql(fix)


def mend_file(b):
    with open(b.conf(), encoding="utf-8") as f:
        lines = [line for line in f if not line.startswith("wrok_mem")]
    with open(b.conf(), "w", encoding="utf-8") as f:
        f.writelines(lines)
    b.sql("SELECT pg_reload_conf()")


def test_what_is_provoked_is_found_and_advice_that_is_followed_falls_silent(b):
    provoke(b)
    app = b.session("SELECT 1", "app")
    analysis = b.look()
    missing = set(CONDITIONS) - fired(analysis)
    expect(not missing, f"not found: {missing}; {sorted(fired(analysis))}")
    before = catalog(b)
    b.pa("apply", codes=(3,))  # with a line that stops every reload, nothing is begun
    expect(catalog(b) == before, "a refused apply changed something")
    mend_file(b)
    b.pa("apply", codes=(0,))
    unprovoke(b)
    expect(b.sql("SELECT count(*) FROM pg_statistic_ext_data WHERE stxddependencies IS NOT NULL") == "1", "the new statistics are empty")
    b.sql("SELECT pg_stat_statements_reset()")
    visit(b)
    again = fired(b.look()) & set(CONDITIONS)
    expect(not again, f"still found: {again}")
    after = catalog(b)
    expect("posts_user_b" not in after and "posts_body_idx" not in after and "city" in after and "statement_timeout" in after, after)
    b.pa("rollback", codes=(0,))
    expect(catalog(b) == before, f"{before}\n---\n{catalog(b)}")
    close(app)


def test_ddl_that_waits_is_found_with_those_behind_it(b):
    b.config(state="ddl")
    holder = b.session("BEGIN; SELECT count(*) FROM quiet")
    ddl = b.session("ALTER TABLE quiet ADD COLUMN m int", wait=False)
    time.sleep(0.3)
    reader = b.session("SELECT count(*) FROM quiet", wait=False)
    time.sleep(5.2)
    found = [f for f in b.look()["findings"] if f["rule"] == "lock.ddl_queue"]
    close(holder, ddl, reader)
    expect(found and found[0]["subject"] == "quiet" and "2 sessions wait" in found[0]["message"], found)
    expect(("lock.ddl_queue", "quiet") not in fired(b.look()), "it is still found")


def test_many_locks_are_found(b):
    b.config(state="locks")
    b.sql("DO $$BEGIN FOR i IN 1..150 LOOP EXECUTE 'CREATE TABLE many_' || i || ' (id int)'; IF i % 30 = 0 THEN COMMIT; END IF; END LOOP; END$$")
    holder = b.session("BEGIN; DO $$BEGIN FOR i IN 1..150 LOOP EXECUTE 'LOCK TABLE many_' || i || ' IN SHARE MODE'; END LOOP; END$$")
    analysis = b.look()
    close(holder)
    expect(("lock.table_full", "db") in fired(analysis), sorted(fired(analysis)))
    changes = [c for r in analysis["recommendations"] if r["rule"] == "lock.table_full" for c in r["changes"]]
    expect(changes and changes[0]["after"] == "40" and changes[0]["restart"], changes)
    expect(("lock.table_full", "db") not in fired(b.look()), "it is still found")


def test_archiving_that_fails_is_found_until_it_works(b):
    b.config(state="archive")
    b.sql("SELECT pg_switch_wal()")
    for _ in range(80):
        if b.sql("SELECT failed_count > 0 FROM pg_stat_archiver") == "t":
            break
        time.sleep(0.1)
    expect(("wal.archive", "db") in fired(b.look()), "not found")
    b.sql("ALTER SYSTEM SET archive_command = 'true'")
    b.sql("SELECT pg_reload_conf(); CREATE TABLE anything (id int); SELECT pg_switch_wal()")
    for _ in range(150):
        if b.sql("SELECT last_archived_time > last_failed_time FROM pg_stat_archiver") == "t":
            break
        time.sleep(0.1)
    expect(("wal.archive", "db") not in fired(b.look()), "still found")


def test_savepoints_that_overflow_are_found(b):
    b.config(state="subxact")
    b.sql("CREATE TABLE sub (id int PRIMARY KEY, n int); INSERT INTO sub SELECT g, 0 FROM generate_series(1, 90000) g")
    holder = b.session("BEGIN; DO $$BEGIN FOR i IN 1..80000 LOOP BEGIN UPDATE sub SET n = 1 WHERE id = i; EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END$$")
    b.sql("SELECT txid_current()")  # a later transaction: those of the holder are now within what a snapshot has to look up
    capture = subprocess.Popen([PA, "--config", "perfadvise.yaml", "capture", "--duration", "3s"], cwd=b.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(5):
        time.sleep(0.5)
        b.sql("SELECT sum(n) FROM sub")
    expect(capture.wait(60) == 0, "capture")
    analysis = json.loads(b.pa("analyze", "-o", "json"))
    close(holder)
    expect(("tx.subxact", "db") in fired(analysis), state_of(analysis, "tx.subxact"))


def test_a_service_gets_its_own_form(b):
    b.sql("CREATE ROLE rds_superuser; CREATE ROLE watcher LOGIN IN ROLE pg_monitor, pg_read_all_data")
    b.config(user="watcher", state="service")
    b.sql("ALTER SYSTEM SET enable_hashjoin = off; ")
    b.sql("SELECT pg_reload_conf()")
    analysis = b.look()
    b.sql("ALTER SYSTEM RESET enable_hashjoin")
    b.sql("SELECT pg_reload_conf(); DROP ROLE rds_superuser")
    mine = [r for r in analysis["recommendations"] if r["title"] == "set enable_hashjoin to on"]
    expect(mine and not mine[0]["changes"] and "aws rds modify-db-parameter-group" in json.dumps(mine[0]["evidence"]), mine)
    expect(not [c for r in analysis["recommendations"] for c in r["changes"] if c["kind"] == "pg_setting"], "a service does not allow ALTER SYSTEM")


def start_standby(b):
    data, user = b.servers._folder("standby", 0o700), b.servers.user
    port = harness.free_port()
    prefix = harness.as_user(user)
    subprocess.run([*prefix, harness.PG_BIN / "pg_basebackup", "-D", data, "-h", b.servers.run_dir, "-p", str(b.servers.pg_port), "-U", "postgres", "-R", "-X", "stream", "-c", "fast",
                    "-C", "-S", "reader"], check=True, cwd=b.servers.tmp, stderr=subprocess.DEVNULL)
    with open(os.path.join(data, "postgresql.conf"), "a", encoding="utf-8") as f:
        f.write(f"port = {port}\n")
    process = subprocess.Popen([*harness.as_user(user, "QUIT"), harness.PG_BIN / "postgres", "-D", data], cwd=b.servers.tmp, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    for _ in range(200):
        if subprocess.run([harness.PG_BIN / "pg_isready", "-q", "-h", b.servers.run_dir, "-p", str(port)]).returncode == 0:
            break
        time.sleep(0.1)
    return process, port


def wait_for_standbys(b, n):
    for _ in range(100):
        if b.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == str(n):
            return
        time.sleep(0.1)


def test_scans_of_standbys_count_and_missing_ones_are_told_of(b):
    unused = ", index.unused: { info.bytes: 0, info.age_s: 0, warning.bytes: 0, warning.age_s: 0, critical.bytes: 1000000000 }"
    b.sql("CREATE TABLE reports (id bigint PRIMARY KEY, a int, b int); INSERT INTO reports SELECT g, g, g FROM generate_series(1, 20000) g;"
          "CREATE INDEX reports_a ON reports (a); CREATE INDEX reports_b ON reports (b); ANALYZE reports")
    standby, port = start_standby(b)
    try:
        wait_for_standbys(b, 1)
        b.config(state="alone", replicas=1, rules=unused)
        analysis = b.look()
        status, reason = state_of(analysis, "index.unused")
        expect(status == "unknown" and "1 of 1 standbys are no targets" in reason, (status, reason))
        expect(("repl.missing", "db") not in fired(analysis), "nothing is missing yet")
        for _ in range(50):
            if b.sql("SELECT count(*) FROM reports WHERE a = 5", port=port, check=False) == "1":
                break
            time.sleep(0.1)
        b.sql("SET enable_seqscan = off; SELECT count(*) FROM reports WHERE a = 7", port=port)
        time.sleep(1.2)
        b.config(state="both", replicas=1, more=f"  reader: {{ postgres: \"{b.dsn(port=port)}\" }}\n", rules=unused)
        analysis = b.look()
        found = fired(analysis)
        expect(("index.unused", "public.reports_b") in found and ("index.unused", "public.reports_a") not in found, (sorted(found), state_of(analysis, "index.unused")))
    finally:
        harness.stop_process(standby, signal.SIGQUIT)
    wait_for_standbys(b, 0)
    b.config(state="both", replicas=1)
    b.sql("INSERT INTO reports SELECT g, g, g FROM generate_series(20001, 90000) g")
    found = fired(b.look())
    expect(("repl.missing", "db") in found and ("repl.slot_inactive", "reader") in found, sorted(found))
    b.sql("SELECT pg_drop_replication_slot('reader')")
    b.config(state="none")
    found = fired(b.look())
    expect(not {("repl.missing", "db"), ("repl.slot_inactive", "reader")} & found, sorted(found))


def main():
    try:
        with harness.Servers(pg=True, pg_set=SERVER) as servers:
            bench = Bench(servers)
            try:
                for name, test in [(n, t) for n, t in globals().items() if n.startswith("test_")]:
                    try:
                        test(bench)
                        print(f"ok hygiene:{name[5:]}", flush=True)
                    except Exception as e:  # noqa: BLE001
                        traceback.print_exc()
                        print(f"not ok hygiene:{name[5:]} - {' '.join(str(e).split())}", flush=True)
            finally:
                shutil.rmtree(bench.folder, ignore_errors=True)
    except harness.MissingPackage as e:
        print(f"skip hygiene - the Debian package {e} is not installed")


if __name__ == "__main__":
    main()

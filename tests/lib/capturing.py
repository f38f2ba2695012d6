"""The program against a private server, for tests of what it captures: configuration, history, psql."""
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile

import servers as harness

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PA = os.path.join(os.path.abspath(os.environ.get("PA_BUILD", os.path.join(TOP, "build"))), "perfadvise")


class Bench:
    """A folder with a configuration for one target `db`."""

    def __init__(self, servers, database="postgres"):
        self.servers = servers
        self.database = database
        self.folder = tempfile.mkdtemp(prefix="pac.")
        self.config()

    def config(self, user="postgres", more=""):
        with open(os.path.join(self.folder, "perfadvise.yaml"), "w", encoding="utf-8") as f:
            f.write(f"version: 1\ntargets:\n  db: {{ postgres: \"{self.dsn(user)}\" }}\n{more}")

    def dsn(self, user="postgres"):
        return f"host={self.servers.run_dir} port={self.servers.pg_port} user={user} dbname={self.database}"

    def sql(self, text, user="postgres"):
        command = [harness.PG_BIN / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.dsn(user)]
        done = subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise AssertionError(f"psql: {done.stderr}")
        return done.stdout.strip()

    def session(self, text, user="postgres"):
        """A psql that has sent the text and stays; end it by communicate("")."""
        process = subprocess.Popen([harness.PG_BIN / "psql", "-XqAt", self.dsn(user)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        process.stdin.write(text + "\n\\echo there\n")
        process.stdin.flush()
        while process.stdout.readline().strip() != "there":
            pass
        return process

    def pa(self, *args, stdin=None, timeout=120):
        env = {"PATH": "/usr/bin:/bin", "HOME": self.folder, "LC_ALL": "C.UTF-8"}
        return subprocess.run([PA, "--config", "perfadvise.yaml", *args], cwd=self.folder, env=env, input=stdin, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=timeout)

    def json(self, *args):
        return json.loads(self.pa(*args).stdout)

    def history(self, sql):
        with sqlite3.connect(os.path.join(self.folder, ".perfadvise/history.db")) as db:
            return db.execute(sql).fetchall()

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def expect(condition, what):
    if not condition:
        raise AssertionError(str(what)[:1500])

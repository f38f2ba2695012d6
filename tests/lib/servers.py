#!/usr/bin/python3
"""Private PostgreSQL, PgBouncer and Redis for tests, benchmarks and the demo.

    tests/lib/servers.py run --pg --redis --sql schema.sql -- CMD ARG...

starts what was asked for in a temporary folder with a short path, runs CMD with the
addresses in its environment, and stops everything however CMD ends. The exit status is
that of CMD, or 77 with one line when a Debian package is missing.

Everything listens on unix sockets only, belongs to an unprivileged user when started by
root, and has a session of its own. Each server also gets a parent-death signal, so that
not even `kill -9` of this program leaves one behind.
"""

import argparse
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PG_BIN = Path("/usr/lib/postgresql/15/bin")
PG_EXTENSIONS = Path("/usr/share/postgresql/15/extension")
STOP_TIMEOUT_S = 5
START_TIMEOUT_S = 20

# What each server needs: a file that proves the package is there, and the package.
NEEDS = {
    "pg": [
        (PG_BIN / "postgres", "postgresql-15"),
        (PG_EXTENSIONS / "hypopg.control", "postgresql-15-hypopg"),
        (PG_BIN / "psql", "postgresql-client-15"),
    ],
    "pgbouncer": [(Path("/usr/sbin/pgbouncer"), "pgbouncer")],
    "redis": [(Path("/usr/bin/redis-server"), "redis-server")],
}


class MissingPackage(Exception):
    """A server cannot be started because its Debian package is not installed."""


class ServerError(Exception):
    """A server did not start."""


def unprivileged_user():
    """The account that runs the servers: our own, or postgres or nobody for root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def as_user(user, death_signal="TERM"):
    """The command prefix that becomes the user in place, keeping the pid."""
    prefix = ["/usr/bin/setpriv", f"--pdeathsig={death_signal}"]
    if os.geteuid() == 0:
        prefix += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return prefix


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Servers:
    """A set of private servers; use it as a context manager from the main thread.

    pg_set          PostgreSQL settings, name -> value
    sql             SQL files to load, in order, into `database`
    pgbouncer_ini   a function of this object that returns the path of a configuration
                    file of the caller's own; its socket must be run_dir, its port
                    pgbouncer_port. Without it a plain transaction pooler is made.
    *_port          only name the sockets, since nothing listens on TCP: free to choose
    """

    def __init__(self, pg=True, pgbouncer=False, redis=False, pg_set=None, sql=(),
                 database="postgres", pgbouncer_ini=None, redis_args=(), pg_port=None, pgbouncer_port=None):
        self.wanted = [name for name, on in (("pg", pg), ("pgbouncer", pgbouncer), ("redis", redis)) if on]
        self.pg_set = dict(pg_set or {})
        self.sql = list(sql)
        self.database = database
        self.pgbouncer_ini = pgbouncer_ini
        self.redis_args = list(redis_args)
        self.pg_port, self.pgbouncer_port = pg_port or free_port(), pgbouncer_port or free_port()
        self.user = unprivileged_user()
        self.running = []  # (name, Popen, signal that stops it), in order of start

        for name in self.wanted:
            for proof, package in NEEDS[name]:
                if not proof.exists():
                    raise MissingPackage(package)

    # -- life cycle

    def __enter__(self):
        self.tmp = Path(tempfile.mkdtemp(prefix="pa.", dir="/tmp"))
        try:
            self.tmp.chmod(0o711)
            self.run_dir = self._folder("run", 0o755)
            self.log_dir = self._folder("log", 0o755)
            self._start_all()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc):
        self.stop()

    def stop(self):
        """Stops by pid what was started here, newest first, and removes the folder."""
        for _, process, stop_signal in reversed(self.running):
            stop_process(process, stop_signal)
        self.running.clear()
        shutil.rmtree(self.tmp, ignore_errors=True)

    @property
    def env(self):
        """What CMD gets to know, as environment variables."""
        run = str(self.run_dir)
        env = {"PA_TMP": str(self.tmp)}
        if "pg" in self.wanted:
            env |= {
                "PGHOST": run, "PGPORT": str(self.pg_port), "PGUSER": "postgres", "PGDATABASE": self.database,
                "PA_PG_DSN": f"host={run} port={self.pg_port} user=postgres dbname={self.database}",
            }
        if "pgbouncer" in self.wanted:
            env |= {
                "PA_PGBOUNCER_HOST": run, "PA_PGBOUNCER_PORT": str(self.pgbouncer_port),
                "PA_PGBOUNCER_DSN": f"host={run} port={self.pgbouncer_port} user=postgres dbname=pgbouncer",
            }
        if "redis" in self.wanted:
            env["PA_REDIS_URL"] = f"unix://{run}/redis.sock"
        return env

    def psql(self, *args, database=None, **kwargs):
        """Runs psql against the private PostgreSQL; raises ServerError with its words when it fails."""
        command = [PG_BIN / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.run_dir,
                   "-p", str(self.pg_port), "-U", "postgres", "-d", database or self.database, *args]
        done = subprocess.run(command, capture_output=True, text=True, **kwargs)
        if done.returncode != 0:
            raise ServerError(f"psql: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    # -- the servers

    def _start_all(self):
        initdb = self._begin_initdb() if "pg" in self.wanted else None
        if "redis" in self.wanted:
            self._start_redis()
        if "pgbouncer" in self.wanted:
            self._start_pgbouncer()
        if initdb:
            self._start_postgres(initdb)
        self._wait_for_sockets()
        if initdb:
            self._prepare_database()

    def _begin_initdb(self):
        command = [PG_BIN / "initdb", "-D", self._folder("pg", 0o700), "-U", "postgres", "-A", "trust",
                   "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        log = open(self.log_dir / "initdb.log", "w")
        process = subprocess.Popen([*as_user(self.user), *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   start_new_session=True, env=self._clean_env(), cwd=self.tmp)
        self.running.append(("initdb", process, signal.SIGTERM))
        return process

    def _start_postgres(self, initdb):
        if initdb.wait(START_TIMEOUT_S) != 0:
            raise ServerError("initdb: " + (self.log_dir / "initdb.log").read_text().strip())
        settings = {
            "listen_addresses": "", "unix_socket_directories": str(self.run_dir), "port": str(self.pg_port),
            "fsync": "off", "shared_preload_libraries": "pg_stat_statements", **self.pg_set,
        }
        with open(self.tmp / "pg" / "postgresql.conf", "a") as conf:
            for name, value in settings.items():
                conf.write("{} = '{}'\n".format(name, str(value).replace("'", "''")))
        self._spawn("postgres", [PG_BIN / "postgres", "-D", self.tmp / "pg"], signal.SIGQUIT, "QUIT")

    def _prepare_database(self):
        if self.database != "postgres":
            self.psql("-c", f'CREATE DATABASE "{self.database}"', database="postgres")
        self.psql("-c", "CREATE EXTENSION pg_stat_statements", "-c", "CREATE EXTENSION hypopg")
        for path in self.sql:
            self.psql("-f", path, cwd=Path(path).resolve().parent)

    def _start_pgbouncer(self):
        ini = self.pgbouncer_ini(self) if self.pgbouncer_ini else self._plain_pgbouncer_ini()
        self._spawn("pgbouncer", ["/usr/sbin/pgbouncer", ini], signal.SIGTERM)

    def _plain_pgbouncer_ini(self):
        (self.tmp / "userlist.txt").write_text('"postgres" ""\n')
        ini = self.tmp / "pgbouncer.ini"
        ini.write_text(
            f"[databases]\n* = host={self.run_dir} port={self.pg_port}\n\n"
            f"[pgbouncer]\nunix_socket_dir = {self.run_dir}\nlisten_port = {self.pgbouncer_port}\n"
            f"auth_type = trust\nauth_file = {self.tmp}/userlist.txt\nadmin_users = postgres\npool_mode = transaction\n")
        self._own(ini)
        return ini

    def _start_redis(self):
        self._spawn("redis", ["/usr/bin/redis-server", "--port", "0", "--unixsocket", self.run_dir / "redis.sock",
                              "--unixsocketperm", "777", "--dir", self._folder("redis", 0o700), "--save", "",
                              "--appendonly", "no", *self.redis_args], signal.SIGTERM)

    # -- helpers

    def _spawn(self, name, command, stop_signal, death_signal="TERM"):
        log = open(self.log_dir / f"{name}.log", "w")
        process = subprocess.Popen([*as_user(self.user, death_signal), *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   start_new_session=True, env=self._clean_env(), cwd=self.tmp)
        log.close()
        self.running.append((name, process, stop_signal))

    def _wait_for_sockets(self):
        sockets = {"pg": f".s.PGSQL.{self.pg_port}", "pgbouncer": f".s.PGSQL.{self.pgbouncer_port}",
                   "redis": "redis.sock"}
        deadline = time.monotonic() + START_TIMEOUT_S
        for name in self.wanted:
            while not self._answers(self.run_dir / sockets[name], name):
                self._check_alive()
                if time.monotonic() > deadline:
                    raise ServerError(f"{name} did not answer within {START_TIMEOUT_S} s")
                time.sleep(0.02)

    def _answers(self, path, name):
        if name == "pg":  # the socket is there before the server takes connections
            command = [PG_BIN / "pg_isready", "-q", "-h", self.run_dir, "-p", str(self.pg_port)]
            return path.exists() and subprocess.run(command).returncode == 0
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(path)) == 0

    def _check_alive(self):
        for name, process, _ in self.running:
            if process.poll() not in (None, 0):
                log = (self.log_dir / f"{name}.log").read_text().strip().splitlines()
                raise ServerError(f"{name} ended with status {process.returncode}: " + " / ".join(log[-3:]))

    def _folder(self, name, mode):
        path = self.tmp / name
        path.mkdir(exist_ok=True)
        path.chmod(mode)
        return self._own(path)

    def _own(self, path):
        if os.geteuid() == 0:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)
        return path

    def _clean_env(self):
        """The servers' environment: nothing of the caller's PG* variables, locale or secrets."""
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.tmp), "USER": self.user.pw_name,
                "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def stop_process(process, stop_signal=signal.SIGTERM, timeout_s=STOP_TIMEOUT_S):
    """Ends one child of ours, in the end by force."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def exit_on_signals():
    """Turns the signals that would end us into SystemExit, so that every `with` cleans up; once only."""
    def leave(number, _frame):
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def run_command(command, env, cwd=None):
    """Runs CMD in the foreground; returns its exit status as a shell would."""
    try:
        child = subprocess.Popen(command, env={**os.environ, **env}, cwd=cwd)
    except OSError as error:
        print(f"servers.py: {command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    try:
        status = child.wait()
    except BaseException:
        stop_process(child, timeout_s=20)
        raise
    return status if status >= 0 else 128 - status


def parse_setting(text):
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError("expected NAME=VALUE")
    return name.strip(), value.strip()


def parse_args(argv):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    run = parser.add_subparsers(dest="command", required=True).add_parser("run", help="run CMD beside private servers")
    run.add_argument("--pg", action="store_true")
    run.add_argument("--pgbouncer", action="store_true", help="implies --pg")
    run.add_argument("--redis", action="store_true")
    run.add_argument("--sql", metavar="FILE", action="append", default=[], help="load FILE, implies --pg")
    run.add_argument("--pg-set", metavar="K=V", action="append", default=[], type=parse_setting)
    run.add_argument("--database", metavar="NAME", default="postgres")
    run.add_argument("cmd", metavar="CMD", nargs=argparse.REMAINDER)
    args = parser.parse_args(argv)
    args.cmd = args.cmd[1:] if args.cmd[:1] == ["--"] else args.cmd
    if not args.cmd:
        parser.error("no CMD to run")
    return args


def main(argv=None):
    args = parse_args(argv)
    exit_on_signals()
    try:
        with Servers(pg=args.pg or args.pgbouncer or bool(args.sql), pgbouncer=args.pgbouncer, redis=args.redis,
                     pg_set=dict(args.pg_set), sql=args.sql, database=args.database) as servers:
            return run_command(args.cmd, servers.env)
    except MissingPackage as error:
        print(f"servers.py: package {error} is not installed", file=sys.stderr)
        return 77
    except ServerError as error:
        print(f"servers.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

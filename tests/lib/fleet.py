#!/usr/bin/python3
"""The example fleet on private servers, for tests, benchmarks and the demo.

    tests/lib/fleet.py run [--load SECONDS] -- CMD ARG...

deploys examples/bots to a temporary folder, starts the servers and supervisord, waits until
all bots serve, plays users beside CMD when asked to, and stops everything however CMD ends.
CMD finds the servers' variables (see servers.py) and PA_FLEET, the folder of the fleet.
"""

import argparse
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import servers

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "examples" / "bots"
PYTHON = "/usr/bin/python3"
PROGRAMS = ("coordinator", "swipe", "chat", "profiles", "moderation", "digest")
READY_TIMEOUT_S = 20

# The files that name the folders and the account of a real installation.
CONFIGURATION = ("settings.py", ".env", "config/chat.yaml", "config/pgbouncer.ini", "config/supervisord.conf",
                 "config/hearts.cron")

PG_SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB", "max_parallel_workers_per_gather": "0"}

NEEDS = [
    ("/usr/bin/supervisord", "supervisor"),
    ("/usr/lib/python3/dist-packages/asyncpg", "python3-asyncpg"),
    ("/usr/lib/python3/dist-packages/sqlalchemy", "python3-sqlalchemy"),
    ("/usr/lib/python3/dist-packages/psycopg2", "python3-psycopg2"),
    ("/usr/lib/python3/dist-packages/redis", "python3-redis"),
    ("/usr/lib/python3/dist-packages/yaml", "python3-yaml"),
]


class Fleet(servers.Servers):
    """The servers of the fleet and its bots."""

    def __init__(self, **options):
        for path, package in NEEDS:
            if not Path(path).exists():
                raise servers.MissingPackage(package)
        super().__init__(pg=True, pgbouncer=True, redis=True, database="hearts", pg_set=PG_SETTINGS,
                         sql=[SOURCE / "schema.sql", SOURCE / "generate.sql"],
                         pgbouncer_ini=lambda _: self.folder / "config" / "pgbouncer.ini",
                         pg_port=5432, pgbouncer_port=6432, **options)

    @property
    def folder(self):
        return self.tmp / "fleet"

    @property
    def supervisorctl_command(self):
        return ["supervisorctl", "-c", str(self.folder / "config" / "supervisord.conf")]

    @property
    def driver_command(self):
        return [PYTHON, str(self.folder / "driver.py"), f"--sockets={self.run_dir}"]

    @property
    def env(self):
        return {**super().env, "PA_FLEET": str(self.folder), "PA_EVENTS": f"unix:{self.run_dir}/events.sock"}

    def _start_all(self):
        self.deploy()
        super()._start_all()
        self._start_supervisord()
        self.wait_until_ready()

    def deploy(self):
        """Copies the fleet, as an installation would be: its own folders and account in the configuration."""
        shutil.copytree(SOURCE, self.folder, ignore=shutil.ignore_patterns("__pycache__", "README.md"))
        for name in CONFIGURATION:
            path = self.folder / name
            text = path.read_text().replace("/run/hearts", str(self.run_dir)).replace("/srv/hearts", str(self.folder))
            for account in ("user={}\n", "  {}  "):
                text = text.replace(account.format("hearts"), account.format(self.user.pw_name))
            path.write_text(text)
        (self.run_dir / "log").mkdir()
        self._own(self.run_dir / "log")

    def _start_supervisord(self):
        log = open(self.log_dir / "supervisord.log", "w")
        process = subprocess.Popen(
            ["/usr/bin/setpriv", "--pdeathsig=TERM",
             "/usr/bin/supervisord", "-n", "-c", self.folder / "config" / "supervisord.conf"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=self._clean_env(), cwd="/")
        log.close()
        self.running.append(("supervisord", process, servers.signal.SIGTERM))

    def wait_until_ready(self):
        """Returns when each bot has accepted a connection."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        for name in PROGRAMS:
            while not self._serves(name):
                self._check_alive()
                if time.monotonic() > deadline:
                    log = self.run_dir / "log" / f"{name}.log"
                    words = log.read_text().strip().splitlines()[-1:] if log.exists() else []
                    raise servers.ServerError(" ".join([f"bot {name} did not get ready:", *words]))
                time.sleep(0.05)

    def _serves(self, name):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.run_dir / f"{name}.sock")) == 0

    def supervisorctl(self, *words):
        subprocess.run([*self.supervisorctl_command, *words], check=True, stdout=subprocess.DEVNULL)

    def cold_start(self):
        """Empties Redis, takes back what users did, restarts the bots: the same start for each load."""
        self.supervisorctl("stop", "all")
        self.redis_cli("FLUSHALL")
        self.take_back_users_changes()
        self.supervisorctl("start", "all")
        self.wait_until_ready()

    def take_back_users_changes(self):
        self.psql("-f", SOURCE / "reset.sql")

    def pgbouncer(self, command, header=False):
        """The answer of PgBouncer's console, columns parted by bars."""
        done = subprocess.run(["psql", "-XA", *([] if header else ["-t"]), "-P", "footer=off", "-d",
                               self.env["PA_PGBOUNCER_DSN"], "-c", command], check=True, capture_output=True, text=True)
        return done.stdout

    def redis_cli(self, *words):
        command = ["redis-cli", "-s", self.run_dir / "redis.sock", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def start_load(self, duration, **options):
        """Starts the driver; returns its process, whose output is the JSON summary."""
        words = [f"--{name}={value}" for name, value in {"duration": duration, **options}.items()]
        return subprocess.Popen([*self.driver_command, *words], stdout=subprocess.PIPE, text=True)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    run = parser.add_subparsers(dest="command", required=True).add_parser("run", help="run CMD beside the fleet")
    run.add_argument("--load", metavar="SECONDS", type=float, default=0, help="play users meanwhile, for so long at most")
    run.add_argument("cmd", metavar="CMD", nargs=argparse.REMAINDER)
    args = parser.parse_args(argv)
    command = args.cmd[1:] if args.cmd[:1] == ["--"] else args.cmd
    if not command:
        parser.error("no CMD to run")

    servers.exit_on_signals()
    try:
        with Fleet() as fleet:
            driver = fleet.start_load(args.load) if args.load else None
            try:
                return servers.run_command(command, fleet.env)
            finally:
                if driver:
                    servers.stop_process(driver)
    except servers.MissingPackage as error:
        print(f"fleet.py: package {error} is not installed", file=sys.stderr)
        return 77
    except servers.ServerError as error:
        print(f"fleet.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

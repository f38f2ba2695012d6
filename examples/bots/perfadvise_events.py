"""Tells perfadvise what only the application can see of its connection pools: waits, holds, timeouts.

Drop this file into a project, call watch() once after the imports, and give the process PERFADVISE_EVENTS=unix:/path or
udp:127.0.0.1:port. Pools of asyncpg, SQLAlchemy (sync, async), psycopg_pool and redis-py then report by themselves. Calls only
append to lists; a thread sends what gathered for 50 ms, never waits, never raises: what does not fit is dropped and counted.
"""
import atexit
import contextlib
import inspect
import itertools
import os
import socket
import sys
import threading
import time

PROGRAM = os.environ.get("SUPERVISOR_PROCESS_NAME") or os.path.basename(os.getcwd())
_family, _, _address = os.environ.get("PERFADVISE_EVENTS", "").partition(":")
enabled = _family in ("unix", "udp")
_clock, sources, _lines, _meters, _names, _sending, _sent = time.perf_counter, [], [], {}, {}, threading.Lock(), [0]


class _Meter:
    """The pools of one name: what was waited and held since it was last sent."""

    def __init__(self, name, limit):
        self.tag, self.waits, self.uses, self.waiting, self.since, self.timeouts, self.limit = f"|#pool:{name}", [], [], set(), {}, 0, limit

    def taken(self, began, connection, key):
        self.waiting.discard(began)
        self.since[key] = now = _clock()
        self.waits.append(now - began)
        return connection

    def failed(self, began, error):
        self.waiting.discard(began)
        self.timeouts += "imeout" in type(error).__name__ or "oo many" in str(error) or "No connection" in str(error)

    def given(self, key):
        if (since := self.since.pop(key, None)) is not None:
            self.uses.append(_clock() - since)

    def lines(self, gauges):
        for name, values in (("wait_time", self.waits), ("use_time", self.uses)):
            for i in range(0, n := len(values), 80):  # several values a line, as DogStatsD has them
                yield f"db.client.connection.{name}:{':'.join([f'{v * 1e3:.3f}' for v in values[i:min(i + 80, n)]])}|ms{self.tag}"
            del values[:n]
        if gauges:
            yield f"db.client.connection.count:{len(self.since)}|g{self.tag},state:used"
            yield f"db.client.connection.pending_requests:{len(self.waiting)}|g{self.tag}"
            yield f"db.client.connection.max:{self.limit}|g{self.tag}"
        if self.timeouts:
            yield f"db.client.connection.timeouts:{self.timeouts}|c{self.tag}"
            self.timeouts = 0


def _wrap(owner, take, give, default, limit, key):
    """Measures owner.take() and owner.give(connection), coroutines or not."""
    plain_take, plain_give = getattr(owner, take), getattr(owner, give)
    waits, gives = inspect.iscoroutinefunction(plain_take), inspect.iscoroutinefunction(plain_give)

    async def taken(meter, began, coroutine):
        try:
            connection = await coroutine
        except BaseException as error:
            meter.failed(began, error)
            raise
        return meter.taken(began, connection, key(connection))

    def measured_take(self, *args, **options):
        if getattr(type(self), take) is not measured_take:  # a subclass that is measured itself calls its parent
            return plain_take(self, *args, **options)
        if (meter := _meters.get(name := _names.get(id(self), default))) is None:
            meter = _meters[name] = _Meter(name, limit(self))
        meter.waiting.add(began := _clock())
        try:
            connection = plain_take(self, *args, **options)
        except BaseException as error:
            meter.failed(began, error)
            raise
        return taken(meter, began, connection) if waits else meter.taken(began, connection, key(connection))

    async def given(meter, held, coroutine):
        await coroutine
        meter.given(held)

    def measured_give(self, connection, *args, **options):
        done, meter = plain_give(self, connection, *args, **options), _meters.get(_names.get(id(self), default))
        return given(meter, id(connection), done) if meter and gives else done if not meter else meter.given(id(connection)) or done

    if plain_take.__name__ != "measured_take":
        setattr(owner, take, measured_take)
        setattr(owner, give, measured_give)


_LIBRARIES = [("sqlalchemy.pool", "Pool", "connect", "_return_conn", lambda pool: max(getattr(pool, "size", int)() + getattr(pool, "_max_overflow", 0), 0)),
              ("asyncpg.pool", "Pool", "_acquire", "release", lambda pool: pool._maxsize)]
_LIBRARIES += [("psycopg_pool", owner, "getconn", "putconn", lambda pool: pool.max_size) for owner in ("ConnectionPool", "AsyncConnectionPool")] + [(module, owner, "get_connection", "release", lambda pool: pool.max_connections)
               for module in ("redis", "redis.asyncio") for owner in ("ConnectionPool", "BlockingConnectionPool")]


def watch(pool=None, name=None):
    """Measures the pools of all libraries imported so far; a pool or engine may have a name of its own."""
    for module, owner, take, give, limit in _LIBRARIES if enabled else ():
        if found := getattr(sys.modules.get(module), owner, None):
            _wrap(found, take, give, "redis" if module[0] == "r" else PROGRAM, limit, (lambda c: id(c._connection_record)) if module[0] == "s" else id)
    if pool is not None and name:
        _names[id(getattr(getattr(pool, "sync_engine", pool), "pool", pool))] = name


def emit(name, value, kind, **tags):
    if enabled:
        _lines.append(f"{name}:{f'{value:.3f}' if isinstance(value, float) else value}|{kind}" + ("|#" + ",".join([f"{tag}:{t}" for tag, t in tags.items()]) if tags else ""))


def _flush(gauges=False):
    with _sending, socket.socket(socket.AF_UNIX if _family == "unix" else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        lines = _lines[:]
        del _lines[:len(lines)]
        for source in [meter.lines for meter in list(_meters.values())] + sources:
            lines.extend(source(gauges))
        while lines:  # datagrams of up to 1200 bytes; the first line of each says who sends
            _sent[0] += 1
            lines[0] += f"{',' if '|#' in lines[0] else '|#'}pid:{os.getpid()},program:{PROGRAM},seq:{_sent[0]}"
            n = size = 0
            while n < len(lines) and (not n or size + len(lines[n]) < 1200):
                n, size = n + 1, size + len(lines[n]) + 1
            with contextlib.suppress(OSError):  # nobody listens, or too slowly
                sock.sendto("\n".join(lines[:n]).encode(), _address if _family == "unix" else ("127.0.0.1", int(_address.rpartition(":")[2])))
            del lines[:n]


def _run():
    for n in itertools.count():
        with contextlib.suppress(Exception):
            _flush(gauges=n % 20 == 0)
        time.sleep(0.05)


def _start():  # also in a child after a fork: what its parent gathered is its parent's
    _sending._at_fork_reinit()
    _meters.clear(), _lines.clear(), _sent.__setitem__(0, 0)
    threading.Thread(target=_run, name="perfadvise-events", daemon=True).start()


if enabled:
    _start()
    os.register_at_fork(after_in_child=_start)
    atexit.register(_flush)

"""Caches, statements, process start and round trips for perfadvise_events, which sends them.

Of caches go: hits and misses of all keys, summed up by tier and key template, and all accesses (get, set,
del) of one key in ten, chosen by its hash, which is what miss-ratio curves need (PERFADVISE_KEYS=0.1: 0.01
to 1, the same in the whole fleet). The names of keys stay here.
"""
import contextlib
import functools
import inspect
import os
import re
import sys
import time
from hashlib import blake2b

from perfadvise_events import emit, enabled, sources, watch

KEYS = min(max(float(os.environ.get("PERFADVISE_KEYS") or 0.1), 0.001), 1.0)
_clock, _accesses, _ready_ms = time.perf_counter, [], [None, 0.0]
_LIBRARIES = ("asyncpg", "sqlalchemy", "greenlet", "contextlib", "perfadvise_")


@contextlib.contextmanager
def timed(name, **tags):
    """Sends how long the block took."""
    began = _clock()
    try:
        yield
    finally:
        emit(name, (_clock() - began) * 1e3, "ms", **tags)


def process_ready():
    """Call once, when the process can serve. Returns the seconds since the kernel started it."""
    with open("/proc/self/stat") as stat:
        ticks = int(stat.read().rpartition(")")[2].split()[19])
    _ready_ms[0] = 1e3 * (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
    return _ready_ms[0] / 1e3


def _ready_lines(gauges):
    if gauges and _ready_ms[0] and time.monotonic() >= _ready_ms[1]:  # again, for who began to listen later
        _ready_ms[1] = time.monotonic() + 5
        yield f"process.ready:{_ready_ms[0]:.3f}|ms"


# -- caches

def key_hash(key):
    """16 hex digits that stand for a cache key outside the process."""
    return blake2b(str(key).encode(), digest_size=8).hexdigest()


def key_template(key):
    """user:4711:profile -> user:{n}:profile"""
    return re.sub(r"[0-9a-fA-F]{8,}(-[0-9a-fA-F]{4,})*|\d+", "{n}", str(key))[:100].translate({ord(c): "_" for c in ",|\n"})


def cache_request(tier, hit, template, key, size=0, ttl=-1, load_s=0.0, op="get"):
    """One access: tier memory, redis or other; op get, set or del; size in bytes; ttl in seconds, -1 none; load_s: what a miss cost elsewhere."""
    if enabled:
        _accesses.append((tier, op, bool(hit), template, key, size, ttl, load_s))


def _access_lines(_gauges):
    sums, accesses = {}, _accesses[:]
    del _accesses[:len(accesses)]
    for tier, op, hit, template, key, size, ttl, load_s in accesses:
        template = template or key_template(key)
        if op == "get":
            n, total, load = sums.get((tier, hit, template), (0, 0, 0.0))
            sums[tier, hit, template] = n + 1, total + size, load + load_s
        if int((digest := key_hash(key))[:8], 16) < KEYS * 2**32:
            yield (f"cache.access:1|c|@{KEYS:g}|#tier:{tier},op:{op},hit:{int(hit)},template:{template},key:{digest},bytes:{int(size)},"
                   f"ttl:{int(ttl)},load_us:{load_s * 1e6:.0f}")
    for (tier, hit, template), (n, total, load) in sums.items():
        yield f"cache.request:{n}|c|#tier:{tier},hit:{int(hit)},template:{template},bytes:{int(total / n)},load_us:{load * 1e6 / n:.0f}"


def _size(value):
    return len(value) if isinstance(value, (bytes, str)) else 0 if value is None else sys.getsizeof(value)


def watch_cache(cache, tier="other", template=None):
    """get, set and delete of a client or cache object (redis-py, aiocache, ...), sync or async; the object itself is changed."""
    def wrap(name, op):
        plain = getattr(cache, name)

        def note(key, value, args, options):
            size = args[0] if op == "set" and args else value
            ttl = options.get("ex", options.get("ttl", -1)) if op == "set" else -1
            cache_request(tier, op == "get" and value is not None, template, key, _size(size) if op != "del" else 0,
                          ttl if isinstance(ttl, (int, float)) else -1, op=op)
            return value

        async def later(coroutine, key, args, options):
            return note(key, await coroutine, args, options)

        @functools.wraps(plain)
        def call(key, *args, **options):
            value = plain(key, *args, **options)
            return later(value, key, args, options) if inspect.isawaitable(value) else note(key, value, args, options)

        setattr(cache, name, call)
    for name, op in (("get", "get"), ("set", "set"), ("delete", "del")) if enabled else ():
        if hasattr(cache, name):
            wrap(name, op)
    return cache


def watch_mapping(cache, template=None, tier="memory"):
    """A mutable mapping such as those of cachetools: the object gets a class that reports."""
    base = type(cache)

    class Watched(base):
        def __getitem__(self, key):
            try:
                value = base.__getitem__(self, key)
            except KeyError:
                cache_request(tier, False, template, key)
                raise
            cache_request(tier, True, template, key, _size(value))
            return value

        def __setitem__(self, key, value):
            base.__setitem__(self, key, value)
            cache_request(tier, False, template, key, _size(value), op="set")

    if enabled:
        cache.__class__ = Watched
    return cache


def cached(function, template=None, tier="memory"):
    """Wraps a function behind functools.lru_cache or cache: a call that runs it is a miss. Use as cached(lru_cache(1000)(load))."""
    name, loads = template or f"{function.__module__}.{function.__qualname__}", function.cache_info

    @functools.wraps(function)
    def call(*args, **options):
        before, began = loads().misses, _clock()
        value = function(*args, **options)
        missed = loads().misses != before
        cache_request(tier, not missed, name, (args, sorted(options.items())), _size(value), load_s=_clock() - began if missed else 0.0)
        return value

    return call if enabled else function


# -- statements: named after the function that sends them, module.qualified_name

def _in_library(frame):
    return frame.f_globals.get("__name__", "").startswith(_LIBRARIES)


def _parent_frame():
    """SQLAlchemy's async engines run in a greenlet: the application is on its parent's stack."""
    greenlet = sys.modules.get("greenlet")
    parent = greenlet and greenlet.getcurrent().parent
    return parent and parent.gr_frame


def _operation():
    frame, changed_stack = sys._getframe(2), False
    while frame is not None and _in_library(frame):
        frame = frame.f_back
        if frame is None and not changed_stack:
            frame, changed_stack = _parent_frame(), True
    if frame is None:
        return "unknown"
    code = frame.f_code
    module = code.co_filename.rpartition("/")[2].removesuffix(".py")
    return f"{module}.{getattr(code, 'co_qualname', code.co_name).partition('.<locals>')[0]}"


def _timed_call(method):
    async def measured(operation, *args, **kwargs):
        with timed("db.client.operation.duration", op=operation):
            return await method(*args, **kwargs)

    def call(*args, **kwargs):
        caller = sys._getframe(1)
        of_the_driver = _in_library(caller) and caller.f_code.co_name != "call_con_method"
        return method(*args, **kwargs) if of_the_driver else measured(_operation(), *args, **kwargs)

    return call


def watch_statements(engine=None):
    """Times the statements of a SQLAlchemy engine, sync or async, or of asyncpg when none is given; measures their pools, too."""
    watch()
    if not enabled:
        return
    if engine is None:
        import asyncpg
        for name in ("execute", "executemany", "fetch", "fetchrow", "fetchval"):
            setattr(asyncpg.Connection, name, _timed_call(getattr(asyncpg.Connection, name)))
        return
    from sqlalchemy import event
    engine = getattr(engine, "sync_engine", engine)

    @event.listens_for(engine, "before_cursor_execute")
    def before(_connection, _cursor, _statement, _parameters, context, _many):
        context.began_at = _clock()

    @event.listens_for(engine, "after_cursor_execute")
    def after(_connection, _cursor, _statement, _parameters, context, _many):
        emit("db.client.operation.duration", (_clock() - context.began_at) * 1e3, "ms", op=_operation())


sources += [_ready_lines, _access_lines]

"""Events of connection pools and statements, for asyncpg and SQLAlchemy 1.4.

watch_asyncpg() once per process, watch_engine(engine) once per engine; see perfadvise_events.
A statement is named after the function that sends it: module.qualified_name.
"""

import sys
import time

import perfadvise_events as events

_LIBRARIES = ("asyncpg", "sqlalchemy", "greenlet", "contextlib", "perfadvise_")


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


def _milliseconds_since(began):
    return (time.perf_counter() - began) * 1e3


def _report_pool(pool, used, idle, pending, limit):
    count = "db.client.connection.count"
    events.emit(count, used, "g", pool=pool, state="used")
    events.emit(count, idle, "g", pool=pool, state="idle")
    events.emit("db.client.connection.pending_requests", pending, "g", pool=pool)
    events.emit("db.client.connection.max", limit, "g", pool=pool)


# -- asyncpg

def watch_asyncpg(pool_name=events.PROGRAM):
    """Wraps asyncpg's classes; every pool of the process reports under pool_name."""
    if not events.enabled:
        return
    import asyncpg
    from asyncpg.pool import Pool

    acquired_at, pools = {}, {}
    plain_acquire, plain_release = Pool._acquire, Pool.release

    async def acquire(self, timeout):
        if self not in pools:
            pools[self] = 0
            events.gauges(lambda: _report_pool(pool_name, self.get_size() - self.get_idle_size(), self.get_idle_size(),
                                               pools[self], self.get_max_size()))
        pools[self] += 1
        began = time.perf_counter()
        try:
            connection = await plain_acquire(self, timeout)
        except TimeoutError:
            events.emit("db.client.connection.timeouts", 1, "c", pool=pool_name)
            raise
        finally:
            pools[self] -= 1
        events.emit("db.client.connection.wait_time", _milliseconds_since(began), "ms", pool=pool_name)
        acquired_at[id(connection)] = time.perf_counter()
        return connection

    async def release(self, connection, *, timeout=None):
        began = acquired_at.pop(id(connection), None)
        try:
            return await plain_release(self, connection, timeout=timeout)
        finally:
            if began is not None:
                events.emit("db.client.connection.use_time", _milliseconds_since(began), "ms", pool=pool_name)

    Pool._acquire, Pool.release = acquire, release
    for name in ("execute", "executemany", "fetch", "fetchrow", "fetchval"):
        setattr(asyncpg.Connection, name, _timed_call(getattr(asyncpg.Connection, name)))


def _timed_call(method):
    async def timed(operation, *args, **kwargs):
        began = time.perf_counter()
        try:
            return await method(*args, **kwargs)
        finally:
            events.emit("db.client.operation.duration", _milliseconds_since(began), "ms", op=operation)

    def call(*args, **kwargs):
        caller = sys._getframe(1)
        of_the_driver = _in_library(caller) and caller.f_code.co_name != "call_con_method"
        return method(*args, **kwargs) if of_the_driver else timed(_operation(), *args, **kwargs)

    return call


# -- SQLAlchemy

def watch_engine(engine, pool_name=events.PROGRAM):
    """Reports the pool and the statements of one engine, sync or async."""
    if not events.enabled:
        return
    from sqlalchemy import event
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    engine = getattr(engine, "sync_engine", engine)
    pool, pending = engine.pool, set()
    plain_connect = pool.connect

    def connect():
        began = time.perf_counter()
        pending.add(waiter := object())
        try:
            connection = plain_connect()
        except PoolTimeout:
            events.emit("db.client.connection.timeouts", 1, "c", pool=pool_name)
            raise
        finally:
            pending.discard(waiter)
        events.emit("db.client.connection.wait_time", _milliseconds_since(began), "ms", pool=pool_name)
        return connection

    pool.connect = connect

    @event.listens_for(pool, "checkout")
    def checkout(_connection, record, _proxy):
        record.info["checked_out_at"] = time.perf_counter()

    @event.listens_for(pool, "checkin")
    def checkin(_connection, record):
        if (began := record.info.pop("checked_out_at", None)) is not None:
            events.emit("db.client.connection.use_time", _milliseconds_since(began), "ms", pool=pool_name)

    @event.listens_for(engine, "before_cursor_execute")
    def before(_connection, _cursor, _statement, _parameters, context, _many):
        context.began_at = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def after(_connection, _cursor, _statement, _parameters, context, _many):
        events.emit("db.client.operation.duration", _milliseconds_since(context.began_at), "ms", op=_operation())

    events.gauges(lambda: _report_pool(pool_name, pool.checkedout(), pool.checkedin(), len(pending),
                                       pool.size() + pool._max_overflow))

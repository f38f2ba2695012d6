"""Tells perfadvise what only the application can see: waits, hits, round trips.

Drop this file into a project. With PERFADVISE_EVENTS=unix:/path or udp:host:port in the
environment, the calls below send DogStatsD datagrams there; without it they do nothing.
They never block and never raise: a datagram that does not fit is dropped, and its sequence
number is missing at the other end. Names of cache keys do not leave the process, only a hash.
"""

import atexit
import contextlib
import os
import socket
import threading
import time
from hashlib import blake2b

PROGRAM = os.environ.get("SUPERVISOR_PROCESS_NAME") or os.path.basename(os.getcwd())
FLUSH_BYTES = 1200
FLUSH_S = 0.05
GAUGES_S = 1.0
READY_S = 5.0


def _destination():
    kind, _, rest = os.environ.get("PERFADVISE_EVENTS", "").partition(":")
    if kind == "unix" and rest:
        return socket.AF_UNIX, rest
    host, _, port = rest.rpartition(":")
    if kind == "udp" and port.isdigit():
        return socket.AF_INET, (host or "127.0.0.1", int(port))
    return None, None


class _Sender:
    """Gathers lines from any thread; a thread of its own sends what has waited for 50 ms."""

    def __init__(self, family, address):
        self.address = address
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.lock = threading.Lock()
        self.lines, self.size, self.sequence = [], 0, 0
        self.gauges = []
        self.ready_ms = None
        threading.Thread(target=self._run, name="perfadvise-events", daemon=True).start()
        atexit.register(self.flush)

    def add(self, line):
        with self.lock:
            self.lines.append(line)
            self.size += len(line) + 1
            if self.size >= FLUSH_BYTES:
                self._send()

    def flush(self):
        with self.lock:
            if self.lines:
                self._send()

    def _send(self):
        self.sequence += 1
        first = self.lines[0]
        self.lines[0] = f"{first}{',' if '|#' in first else '|#'}pid:{os.getpid()},program:{PROGRAM},seq:{self.sequence}"
        data = "\n".join(self.lines).encode()
        self.lines, self.size = [], 0
        with contextlib.suppress(OSError):  # nobody listens, or too slowly: drop
            self.socket.sendto(data, self.address)

    def _run(self):
        next_gauges = next_ready = 0.0
        while True:
            time.sleep(FLUSH_S)
            now = time.monotonic()
            if now >= next_gauges:
                next_gauges = now + GAUGES_S
                for gauge in list(self.gauges):
                    with contextlib.suppress(Exception):
                        gauge()
            if self.ready_ms is not None and now >= next_ready:  # again, for who began to listen later
                next_ready = now + READY_S
                emit("process.ready", self.ready_ms, "ms")
            self.flush()


_family, _address = _destination()
_sender = _Sender(_family, _address) if _family is not None else None
enabled = _sender is not None


def key_hash(key):
    """16 hex digits that stand for a cache key outside the process."""
    return blake2b(key.encode(), digest_size=8).hexdigest()


def emit(name, value, kind, **tags):
    if _sender is None:
        return
    if isinstance(value, float):
        value = f"{value:.3f}"
    line = f"{name}:{value}|{kind}"
    if tags:
        line += "|#" + ",".join(f"{tag}:{text}" for tag, text in tags.items())
    _sender.add(line)


def gauges(report):
    """Calls report() once a second."""
    if _sender is not None:
        _sender.gauges.append(report)


@contextlib.contextmanager
def timed(name, **tags):
    """Sends how long the block took."""
    began = time.perf_counter()
    try:
        yield
    finally:
        emit(name, (time.perf_counter() - began) * 1e3, "ms", **tags)


def cache_request(tier, hit, template, key, size, ttl=-1, load_s=0.0):
    if _sender is not None:
        emit("cache.request", 1, "c", tier=tier, hit=int(hit), template=template, key=key_hash(key),
             bytes=size, ttl=ttl, load_us=int(load_s * 1e6))


def process_ready():
    """Call once, when the process can serve. Returns the seconds since the kernel started it."""
    with open("/proc/self/stat") as stat:
        start_ticks = int(stat.read().rpartition(")")[2].split()[19])
    seconds = time.clock_gettime(time.CLOCK_BOOTTIME) - start_ticks / os.sysconf("SC_CLK_TCK")
    if _sender is not None:
        _sender.ready_ms = seconds * 1e3
    return seconds

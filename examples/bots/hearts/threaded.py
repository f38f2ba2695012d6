"""The same JSON lines as hearts.ipc, for bots that work with threads."""

import json
import logging
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import perfadvise_events as events
import perfadvise_more as more
import settings

log = logging.getLogger(__name__)

WORKERS = 8


class Server:
    """Serves handlers, a dictionary of name -> function, at the socket, with a pool of threads."""

    def __init__(self, path, handlers):
        self.handlers = handlers
        self.workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="worker")
        if os.path.exists(path):
            os.unlink(path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, 0o666)
        self.listener.listen(64)
        threading.Thread(target=self._accept, name="accept", daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self._read, args=(connection,), name="reader", daemon=True).start()

    def _read(self, connection):
        writing = threading.Lock()
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                self.workers.submit(self._answer, json.loads(line), connection, writing)

    def _answer(self, request, connection, writing):
        name = request.pop("do", None)
        reply = {"id": request.pop("id", None)}
        with more.timed("request.duration", handler=name):
            try:
                reply["result"] = self.handlers[name](**request)
            except Exception as error:
                events.emit("request.errors", 1, "c", handler=name)
                log.exception("%s failed", name)
                reply["error"] = f"{type(error).__name__}: {error}"
        try:
            with writing:
                connection.sendall(json.dumps(reply).encode() + b"\n")
        except OSError:
            log.info("client left before its answer")


class CoordinatorLink:
    """A bot's line to the coordinator; threaded bots only answer its pings."""

    def __init__(self, name):
        self.name = name
        threading.Thread(target=self._run, name="coordinator", daemon=True).start()

    def _run(self):
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as line:
                    line.connect(settings.COORDINATOR_SOCKET)
                    self._send(line, {"do": "hello", "name": self.name, "pid": os.getpid()})
                    with line.makefile("rb") as messages:
                        for message in map(json.loads, messages):
                            self._send(line, {"do": "pong", "pong": message["ping"]})
            except OSError:
                pass
            time.sleep(0.1)

    @staticmethod
    def _send(line, message):
        line.sendall(json.dumps(message).encode() + b"\n")


def wait_until_stopped():
    """Returns when supervisord asks the process to end."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()

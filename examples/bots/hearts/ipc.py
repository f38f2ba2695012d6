"""JSON lines over unix sockets, for bots on asyncio.

A request is {"id": 7, "do": "cards", "user": 12}; the answer carries the same id and either
"result" or "error". Requests of one connection are served side by side.
"""

import asyncio
import json
import logging
import os
import signal

import perfadvise_events as events
import perfadvise_more as more
import settings

log = logging.getLogger(__name__)


async def serve(path, handlers):
    """Serves handlers, a dictionary of name -> coroutine function, at the socket."""

    async def answer(request, writer):
        name = request.pop("do", None)
        reply = {"id": request.pop("id", None)}
        with more.timed("request.duration", handler=name):
            try:
                reply["result"] = await handlers[name](**request)
            except Exception as error:
                events.emit("request.errors", 1, "c", handler=name)
                log.exception("%s failed", name)
                reply["error"] = f"{type(error).__name__}: {error}"
        if not writer.is_closing():
            writer.write(json.dumps(reply).encode() + b"\n")

    async def connected(reader, writer):
        tasks = set()
        async for line in reader:
            task = asyncio.create_task(answer(json.loads(line), writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        writer.close()

    if os.path.exists(path):
        os.unlink(path)
    server = await asyncio.start_unix_server(connected, path)
    os.chmod(path, 0o666)
    return server


async def until_stopped():
    """Returns when supervisord asks the process to end."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


class CoordinatorLink:
    """A bot's line to the coordinator: answers its pings, hands it notifications for users."""

    def __init__(self, name):
        self.name = name
        self.writer = None
        self.waiting = {}
        self.last_id = 0
        self.task = asyncio.create_task(self._run())

    async def notify(self, user, text):
        """Has the coordinator push a text to a user; returns when it was accepted."""
        self.last_id += 1
        self.waiting[self.last_id] = accepted = asyncio.get_running_loop().create_future()
        self._send({"id": self.last_id, "do": "notify", "user": user, "text": text})
        return await accepted

    def _send(self, message):
        if self.writer is None:
            raise ConnectionError("no coordinator")
        self.writer.write(json.dumps(message).encode() + b"\n")

    async def _run(self):
        while True:
            try:
                reader, self.writer = await asyncio.open_unix_connection(settings.COORDINATOR_SOCKET)
                self._send({"do": "hello", "name": self.name, "pid": os.getpid()})
                async for line in reader:
                    self._received(json.loads(line))
            except OSError:
                pass
            self._lost()
            await asyncio.sleep(0.1)

    def _received(self, message):
        if "ping" in message:
            self._send({"do": "pong", "pong": message["ping"]})
        elif accepted := self.waiting.pop(message["id"], None):
            accepted.set_result(message["result"])

    def _lost(self):
        self.writer = None
        for accepted in self.waiting.values():
            accepted.set_exception(ConnectionError("coordinator went away"))
        self.waiting.clear()

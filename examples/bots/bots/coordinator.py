"""The coordinator: knows which bots live, and pushes notifications to users."""

import asyncio
import json
import logging
import os
import time

import asyncpg
from redis.asyncio import Redis

import perfadvise_events as events
import perfadvise_more as more
import settings
from hearts import ipc

log = logging.getLogger("coordinator")

PING_EVERY = 0.1
HEARTBEAT_EVERY = 2.0


class Coordinator:
    def __init__(self, pool, redis):
        self.pool = pool
        self.redis = redis
        self.bots = {}  # name -> {"pid", "writer", "rtt_ms"}

    async def connected(self, reader, writer):
        bot = {"writer": writer, "rtt_ms": None}
        try:
            async for line in reader:
                await self.received(bot, json.loads(line))
        except ConnectionError:
            pass
        if self.bots.get(bot.get("name")) is bot:
            del self.bots[bot["name"]]
            log.info("%s left", bot["name"])
        writer.close()

    async def received(self, bot, message):
        match message["do"]:
            case "hello":
                bot |= {"name": message["name"], "pid": message["pid"]}
                self.bots[bot["name"]] = bot
                log.info("%s joined", bot["name"])
            case "pong":
                bot["rtt_ms"] = (time.perf_counter() - message["pong"]) * 1e3
                events.emit("ipc.rtt", bot["rtt_ms"], "ms", peer=bot["name"])
            case "notify":
                unread = await self.push(message["user"], message["text"])
                self.send(bot, {"id": message["id"], "result": unread})

    async def push(self, user, text):
        """Leaves the text where the user's phone fetches it, and counts what was not read."""
        await self.redis.lpush(f"user:{user}:notifications", text)
        await self.redis.ltrim(f"user:{user}:notifications", 0, 19)
        return await self.redis.incr(f"user:{user}:unread")

    def send(self, bot, message):
        bot["writer"].write(json.dumps(message).encode() + b"\n")

    async def ping(self):
        while True:
            for bot in list(self.bots.values()):
                self.send(bot, {"ping": time.perf_counter()})
                await asyncio.sleep(PING_EVERY / len(self.bots))
            if not self.bots:
                await asyncio.sleep(PING_EVERY)

    async def record_heartbeats(self):
        while True:
            await asyncio.sleep(HEARTBEAT_EVERY)
            async with self.pool.acquire() as connection:
                for name, bot in list(self.bots.items()):
                    await connection.execute(
                        "INSERT INTO bots (name, pid, rtt_ms) VALUES ($1, $2, $3)"
                        " ON CONFLICT (name) DO UPDATE SET pid = $2, rtt_ms = $3, seen_at = now()",
                        name, bot["pid"], bot["rtt_ms"])


async def main():
    more.watch_statements()
    pool = await asyncpg.create_pool(settings.COORDINATOR_DSN)
    coordinator = Coordinator(pool, Redis.from_url(settings.REDIS_URL))

    if os.path.exists(settings.COORDINATOR_SOCKET):
        os.unlink(settings.COORDINATOR_SOCKET)
    await asyncio.start_unix_server(coordinator.connected, settings.COORDINATOR_SOCKET)
    tasks = [asyncio.create_task(coordinator.ping()), asyncio.create_task(coordinator.record_heartbeats())]
    log.info("ready in %.2f s", more.process_ready())
    await ipc.until_stopped()
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(main())

"""chat: the inbox, the conversations, the messages."""

import asyncio
import logging

import asyncpg
import yaml
from redis.asyncio import Redis

import perfadvise_more as more
import settings
from hearts import ipc, profile
from hearts.cache import Cascade

log = logging.getLogger("chat")


class Chat:
    def __init__(self, config, pool, redis, link):
        self.page = config["conversation"]["page"]
        self.inbox_length = config["inbox"]["length"]
        self.pool = pool
        self.cache = Cascade(redis)
        self.link = link

    async def load_profile(self, user):
        async with self.pool.acquire() as connection:
            row = await connection.fetchrow(f"SELECT {profile.COLUMNS} FROM profiles WHERE id = $1", user)
        return profile.from_row(row)

    async def get_profile(self, user):
        return await self.cache.get(profile.KEY, user, self.load_profile)

    async def inbox(self, user):
        """The user's conversations, the latest first, with the name and the face of each partner."""
        conversations = []
        async with self.pool.acquire() as connection:
            matches = await connection.fetch(
                "SELECT id, user_a, user_b, last_message_at FROM matches WHERE user_a = $1 OR user_b = $1"
                " ORDER BY last_message_at DESC NULLS LAST LIMIT $2", user, self.inbox_length)
            for match in matches:
                partner_id = match["user_b"] if match["user_a"] == user else match["user_a"]
                partner = await connection.fetchrow("SELECT name, photo_url FROM profiles WHERE id = $1", partner_id)
                conversations.append({"match": match["id"], "with": partner["name"], "photo": partner["photo_url"]})
        return conversations

    async def conversation(self, user, match):
        """The last messages of a conversation."""
        async with self.pool.acquire() as connection:
            rows = await connection.fetch(
                "SELECT id, sender_id, body, sent_at, read_at FROM messages WHERE match_id = $1"
                " ORDER BY sent_at DESC LIMIT $2", match, self.page)
        names = {}
        for row in rows:
            if row["sender_id"] not in names:
                names[row["sender_id"]] = (await self.get_profile(row["sender_id"]))["name"]
        return [{"from": names[row["sender_id"]], "body": row["body"], "at": row["sent_at"].isoformat()} for row in rows]

    async def send(self, user, match, text):
        """Stores a message and tells the other side."""
        async with self.pool.acquire() as connection, connection.transaction():
            partners = await connection.fetchrow("SELECT user_a, user_b FROM matches WHERE id = $1", match)
            message_id = await connection.fetchval(
                "INSERT INTO messages (match_id, sender_id, body) VALUES ($1, $2, $3) RETURNING id",
                match, partners["user_a"], text)
            await connection.execute("UPDATE matches SET last_message_at = now() WHERE id = $1", match)
            await asyncio.sleep(settings.PUSH_PAUSE)
            await self.link.notify(partners["user_b"], text)
        return message_id


async def main():
    more.watch_statements()
    with open("config/chat.yaml") as file:
        config = yaml.safe_load(file)
    database = config["database"]
    pool = await asyncpg.create_pool(
        host=database["host"], port=database["port"], database=database["name"], user=database["user"],
        min_size=database["pool"]["min_size"], max_size=database["pool"]["max_size"],
        command_timeout=database["pool"]["command_timeout"], statement_cache_size=0,
        server_settings={"application_name": "chat"})
    bot = Chat(config, pool, Redis.from_url(config["redis"]["url"]), ipc.CoordinatorLink("chat"))
    await ipc.serve(settings.bot_socket("chat"),
                    {"inbox": bot.inbox, "conversation": bot.conversation, "send": bot.send})
    log.info("ready in %.2f s", more.process_ready())
    await ipc.until_stopped()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(main())

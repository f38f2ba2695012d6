"""profiles: shows profiles, and who likes you."""

import asyncio
import logging

from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

import perfadvise_more as more
import settings
from hearts import ipc, profile
from hearts.cache import Cascade

log = logging.getLogger("profiles")

engine = create_async_engine(settings.ASYNC_DATABASE_URL, **settings.ASYNC_DATABASE_CONFIG)


class Profiles:
    def __init__(self, redis):
        self.cache = Cascade(redis)

    async def load_profile(self, user):
        async with engine.connect() as connection:
            result = await connection.execute(text(f"SELECT {profile.COLUMNS} FROM profiles WHERE id = :id"), {"id": user})
        return profile.from_row(result.mappings().first())

    async def get_profile(self, user):
        return await self.cache.get(profile.KEY, user, self.load_profile)

    async def profile(self, user):
        return await self.get_profile(user)

    async def admirers(self, user, limit=10):
        """Who likes the user, the latest first."""
        async with engine.connect() as connection:
            result = await connection.execute(
                text("SELECT liker_id, created_at FROM likes WHERE liked_id = :user ORDER BY created_at DESC LIMIT :limit"),
                {"user": user, "limit": limit})
            rows = result.all()
        admirers = []
        for row in rows:
            other = await self.get_profile(row.liker_id)
            admirers.append({"id": other["id"], "name": other["name"], "at": row.created_at.isoformat()})
        return admirers

    async def edit(self, user, about):
        """Changes what a user says about themselves."""
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE profiles SET about = :about WHERE id = :id"), {"id": user, "about": about})
        await self.cache.redis.delete(profile.KEY.format(id=user))
        return True


async def main():
    more.watch_statements(engine)
    bot = Profiles(Redis.from_url(settings.REDIS_URL))
    link = ipc.CoordinatorLink("profiles")
    await ipc.serve(settings.bot_socket("profiles"), {"profile": bot.profile, "admirers": bot.admirers, "edit": bot.edit})
    log.info("ready in %.2f s", more.process_ready())
    await ipc.until_stopped()
    link.task.cancel()
    await engine.dispose()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(main())

"""swipe: shows people near you, and takes your likes."""

import asyncio
import logging
from datetime import date
from math import cos, hypot, radians

import asyncpg
from redis.asyncio import Redis

import perfadvise_more as more
import settings
from hearts import ipc, profile
from hearts.cache import Cascade

log = logging.getLogger("swipe")

CARDS = 8
KM_PER_DEGREE = 111.2


def read_env(path=".env"):
    """The variables of a .env file."""
    with open(path) as lines:
        pairs = (line.strip().partition("=") for line in lines if "=" in line and not line.startswith("#"))
        return {name: value for name, _, value in pairs}


def distance_km(a, b):
    north = a["latitude"] - b["latitude"]
    east = (a["longitude"] - b["longitude"]) * cos(radians(a["latitude"]))
    return KM_PER_DEGREE * hypot(north, east)


class Swipe:
    def __init__(self, pool, redis, link):
        self.pool = pool
        self.cache = Cascade(redis)
        self.link = link

    async def load_profile(self, user):
        async with self.pool.acquire() as connection:
            row = await connection.fetchrow(f"SELECT {profile.COLUMNS} FROM profiles WHERE id = $1", user)
        return profile.from_row(row)

    async def get_profile(self, user):
        return await self.cache.get(profile.KEY, user, self.load_profile)

    async def cards(self, user, age_from=18, age_to=99):
        """The people of the user's town who were here last, with their distance."""
        me = await self.get_profile(user)
        today = date.today()
        async with self.pool.acquire() as connection:
            rows = await connection.fetch(
                "SELECT p.id FROM profiles p"
                " WHERE p.city_id = $1 AND p.gender = $2 AND p.active AND p.birth_date BETWEEN $3 AND $4"
                "   AND NOT EXISTS (SELECT FROM likes l WHERE l.liker_id = $5 AND l.liked_id = p.id)"
                " ORDER BY p.last_seen DESC LIMIT $6",
                me["city_id"], b"m" if me["gender"] == "f" else b"f",
                date(today.year - age_to, 1, 1), date(today.year - age_from, 1, 1), user, CARDS)
        cards = []
        for row in rows:
            other = await self.get_profile(row["id"])
            cards.append({"id": other["id"], "name": other["name"], "photo": other["photo_url"],
                          "km": round(distance_km(me, other))})
        return cards

    async def like(self, user, other):
        """Stores the like, tells the other, and answers whether it is a match."""
        if user == other:
            return False
        async with self.pool.acquire() as connection:
            await connection.execute(
                "INSERT INTO likes (liker_id, liked_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", user, other)
            mutual = await connection.fetchval(
                "SELECT true FROM likes WHERE liker_id = $1 AND liked_id = $2", other, user)
            if mutual:
                await connection.execute(
                    "INSERT INTO matches (user_a, user_b) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    min(user, other), max(user, other))
            await asyncio.sleep(settings.PUSH_PAUSE)
            await self.link.notify(other, "It is a match!" if mutual else "Somebody likes you")
        return bool(mutual)


async def main():
    more.watch_statements()
    env = read_env()
    pool = await asyncpg.create_pool(
        host=env["DB_HOST"], port=int(env["DB_PORT"]), database=env["DB_NAME"], user=env["DB_USER"],
        min_size=int(env["DB_POOL_MIN"]), max_size=int(env["DB_POOL_MAX"]), statement_cache_size=0,
        server_settings={"application_name": "swipe"})
    bot = Swipe(pool, Redis.from_url(env["REDIS_URL"]), ipc.CoordinatorLink("swipe"))
    await ipc.serve(settings.bot_socket("swipe"), {"cards": bot.cards, "like": bot.like})
    log.info("ready in %.2f s", more.process_ready())
    await ipc.until_stopped()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(main())

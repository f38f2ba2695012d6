# perfadvise: ignore-file[code.echo] a bot of one person
import asyncpg
from sqlalchemy import create_engine

engine = create_engine("postgresql://app@db/app", pool_size=5, echo=True)


class Inbox:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def end_of_line(self):
        for row in await self.pool.fetch("SELECT id FROM a"):
            await self.pool.execute("UPDATE a SET x = 1 WHERE id = $1", row["id"])  # noqa: E501  # perfadvise: ignore[code.query_in_loop] end of line

    async def above(self):
        for row in await self.pool.fetch("SELECT id FROM b"):
            # perfadvise: ignore[n-plus-one] by its kind
            # and one more line of comment
            await self.pool.execute("UPDATE b SET x = 1 WHERE id = $1", row["id"])

    async def first_line(self):
        for row in await self.pool.fetch("SELECT id FROM c"):
            out = dict(  # perfadvise: ignore[code.*] first line of the statement
                name=await self.pool.fetchval(
                    "SELECT name FROM c WHERE id = $1", row["id"]),
            )

    async def last_line(self):
        for row in await self.pool.fetch("SELECT id FROM d"):
            await self.pool.execute("""UPDATE d
                SET x = 1 WHERE id = $1
            """, row["id"])  # perfadvise: ignore[code.query_in_loop]

    async def in_the_sql(self):
        for row in await self.pool.fetch("SELECT id FROM e"):
            await self.pool.execute("""UPDATE e
                -- perfadvise: ignore[code.query_in_loop] in the text
                SET x = 1 WHERE id = $1
            """, row["id"])

    async def for_a_time(self):
        for row in await self.pool.fetch("SELECT id FROM f"):
            # perfadvise: ignore[code.query_in_loop until=2199-01-31] until the rewrite
            await self.pool.execute("UPDATE f SET x = 1 WHERE id = $1", row["id"])

    async def too_long(self):
        for row in await self.pool.fetch("SELECT id FROM g"):
            # perfadvise: ignore[code.query_in_loop until=2020-01-31] until the rewrite
            await self.pool.execute("UPDATE g SET x = 1 WHERE id = $1", row["id"])

    async def no_date(self):
        for row in await self.pool.fetch("SELECT id FROM h"):
            # perfadvise: ignore[code.query_in_loop until=tomorrow]
            await self.pool.execute("UPDATE h SET x = 1 WHERE id = $1", row["id"])

    async def other_rule(self):
        for row in await self.pool.fetch("SELECT id FROM i"):
            await self.pool.execute("UPDATE i SET x = 1 WHERE id = $1", row["id"])  # perfadvise: ignore[code.leak] not this one
        x = 1  # perfadvise: ignore[code.unheard_of] no such rule
        await self.pool.execute("UPDATE i SET y = 1")  # perfadvise: ignore of what

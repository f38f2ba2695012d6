import asyncpg


class Crates:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def log(self, user):
        await self.pool.execute("INSERT INTO log (person) VALUES ($1)", user)

    async def open(self, user, amount: int):
        for _ in range(amount):
            await self.log(user)


class UseCase:
    async def __call__(self, x):
        return await self._run(x)

    async def _run(self, x):
        raise NotImplementedError


class Grant(UseCase):
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def _run(self, x):
        return await self.pool.execute("UPDATE people SET granted = true WHERE id = $1", x)


class All:
    def __init__(self, grant: Grant):
        self.grant = grant

    async def everybody(self, people):
        for person in people:
            await self.grant(person)

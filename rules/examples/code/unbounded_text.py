import asyncpg
from discord.ext import commands


class Tags(commands.Cog):
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    @commands.command()
    async def create(self, ctx, tag):
        await self.pool.execute("INSERT INTO tags (tag, owner) VALUES ($1, $2)", tag, ctx.author.id)

    @commands.command()
    async def everything(self, ctx):
        rows = await self.pool.fetch("SELECT * FROM tags ORDER BY used DESC")
        await ctx.send("\n".join(r["tag"] for r in rows[:10]))

    @commands.command()
    async def top(self, ctx):
        rows = await self.pool.fetch("SELECT tag FROM tags ORDER BY used DESC LIMIT 10")
        await ctx.send("\n".join(r["tag"] for r in rows))

    @commands.command()
    async def styles(self, ctx):  # nobody adds to them here
        rows = await self.pool.fetch("SELECT * FROM styles")
        await ctx.send("\n".join(r["name"] for r in rows))

    async def fill(self):  # a cache, not asked for by anybody
        self.known = {r["tag"] for r in await self.pool.fetch("SELECT tag FROM tags")}

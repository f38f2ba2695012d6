from redis.asyncio import Redis

client: Redis | None = None


async def log(user, line):
    if await client.lpush(f"log:{user}", line) > 200:
        await client.ltrim(f"log:{user}", 0, 99)


async def score(user, points):
    async with client.pipeline() as pipe:
        pipe.zadd("board", {user: points})
        pipe.zremrangebyrank("board", 0, -101)
        await pipe.execute()


async def follow(key):
    other = await client.get(key)
    return await client.get(f"alias:{other}")


async def cached(key, make):
    value = await client.get(key)
    if value is None:
        value = await make(key)
        await client.setex(key, 60, value)
    return value


async def allowed(user):
    banned = await client.get(f"banned:{user}")
    if banned:
        return False
    return await client.get(f"grant:{user}")


async def wait_for(key, sleep):
    first = await client.get(key)
    await sleep(1)
    return first or await client.get(key)


async def start(user):
    await client.execute_command("SET", f"adv:{user}", 1, "EX", 60)

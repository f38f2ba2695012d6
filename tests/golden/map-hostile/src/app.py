import asyncpg
import redis

PASSWORD = "hunter2"


async def main():
    pool = await asyncpg.create_pool("postgresql://u:hunter2@db\"<host>:5432/na\\me?password=hunter2", max_size=7)
    other = await asyncpg.create_pool(host="h", password=PASSWORD, database="d", max_size=3)
    cache = redis.Redis.from_url("redis://:hunter2@cache:6379/0")
    await pool.fetch('SELECT 1 FROM "ta""b\\le<x>" WHERE a = $1')

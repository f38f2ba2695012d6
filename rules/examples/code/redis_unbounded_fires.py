from redis.asyncio import Redis

client = Redis.from_url("redis://cache/0", socket_timeout=5)

from redis.asyncio import Redis

client = Redis(host="cache")

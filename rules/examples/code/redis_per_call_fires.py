import redis


def remember(key, value):
    client = redis.Redis(host="cache")
    client.set(key, value, ex=60)


def main():
    for shard in range(16):
        client = redis.Redis(host="cache", db=shard)
        client.ping()

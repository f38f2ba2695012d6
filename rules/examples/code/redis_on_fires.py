import redis

client = redis.Redis(host="cache", socket_timeout=5)


def sessions():
    return client.keys("session:*")


def startup():
    client.flushdb()

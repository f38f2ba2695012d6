import redis

client = redis.Redis(host="cache", socket_timeout=5)


def sessions(settings):
    names = list(settings.keys())
    return names + list(client.scan_iter("session:*"))

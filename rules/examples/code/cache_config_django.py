from django.core.cache import cache

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://cache/0",
        "TIMEOUT": 600,
    },
    "local": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 1000},
    },
}


def price(item, load):
    value = cache.get(item)
    if value is None:
        value = load(item)
        cache.set(item, value, 60)
    return value


def once(user):
    cache.set(f"seen:{user}", True, 60)

"""The cascade: the process's own memory, then Redis, then whatever loads the value."""

import json
import threading
import time
from collections import OrderedDict

import perfadvise_more as more
import settings


class MemoryTier:
    """The least recently used entries go first, each one after its time to live at the latest."""

    def __init__(self, size=settings.MEMORY_SIZE, ttl=settings.MEMORY_TTL):
        self.size = size
        self.ttl = ttl
        self.entries = OrderedDict()
        self.lock = threading.Lock()

    def get(self, key):
        with self.lock:
            expires, text = self.entries.get(key, (0.0, None))
            if expires < time.monotonic():
                return None
            self.entries.move_to_end(key)
            return text

    def set(self, key, text):
        with self.lock:
            self.entries[key] = (time.monotonic() + self.ttl, text)
            self.entries.move_to_end(key)
            while len(self.entries) > self.size:
                self.entries.popitem(last=False)


class Cascade:
    """For asyncio: get(template, id, load) asks tier after tier, and fills them on the way back."""

    def __init__(self, redis):
        self.redis = redis
        self.memory = MemoryTier()

    async def get(self, template, ident, load):
        key = template.format(id=ident)
        text = self.memory.get(key)
        if text is not None:
            more.cache_request("memory", True, template, key, len(text), settings.MEMORY_TTL)
            return json.loads(text)

        began = time.perf_counter()
        text = await self.redis.get(key)
        if text is not None:
            more.cache_request("redis", True, template, key, len(text))
        else:
            asked = time.perf_counter()
            text = json.dumps(await load(ident))
            more.cache_request("redis", False, template, key, len(text), load_s=time.perf_counter() - asked)
            await self.redis.set(key, text)
        self.memory.set(key, text)
        more.cache_request("memory", False, template, key, len(text), settings.MEMORY_TTL, time.perf_counter() - began)
        return json.loads(text)


class ThreadedCascade:
    """For threads: the same tiers and the same keys."""

    def __init__(self, redis):
        self.redis = redis
        self.memory = MemoryTier()

    def get(self, template, ident, load):
        key = template.format(id=ident)
        text = self.memory.get(key)
        if text is not None:
            more.cache_request("memory", True, template, key, len(text), settings.MEMORY_TTL)
            return json.loads(text)

        began = time.perf_counter()
        text = self.redis.get(key)
        if text is not None:
            more.cache_request("redis", True, template, key, len(text))
        else:
            asked = time.perf_counter()
            text = json.dumps(load(ident))
            more.cache_request("redis", False, template, key, len(text), load_s=time.perf_counter() - asked)
            self.redis.set(key, text)
        self.memory.set(key, text)
        more.cache_request("memory", False, template, key, len(text), settings.MEMORY_TTL, time.perf_counter() - began)
        return json.loads(text)

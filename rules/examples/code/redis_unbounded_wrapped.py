from aiocache import RedisCache
from aiogram.fsm.storage.redis import RedisStorage
from dramatiq.brokers.redis import RedisBroker
from flask_redis import FlaskRedis
from taskiq_redis import ListQueueBroker

storage = RedisStorage.from_url("redis://cache/0", connection_kwargs={"socket_timeout": 5})
store = RedisStorage.from_url("redis://cache/0")
rconn = FlaskRedis(socket_timeout=5)
broker = ListQueueBroker(url="redis://cache/1")
limited = ListQueueBroker(url="redis://cache/1", max_connection_pool_size=10)
cache = RedisCache(endpoint="cache", namespace="main")
queue = RedisBroker(host="cache")
small = RedisCache(endpoint="cache", pool_max_size=4)

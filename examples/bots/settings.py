"""Settings of the bots. chat has its own in config/chat.yaml, swipe in .env."""

import os

RUN_DIR = "/run/hearts"
APPLICATION_NAME = os.environ.get("SUPERVISOR_PROCESS_NAME", "hearts")

DATABASE_URL = f"postgresql+psycopg2://hearts@/hearts?host={RUN_DIR}"
ASYNC_DATABASE_URL = f"postgresql+asyncpg://hearts@/hearts?host={RUN_DIR}"

DATABASE_CONFIG = {
    "pool_size": 20,
    "max_overflow": 30,
    "pool_timeout": 30,
    "pool_pre_ping": True,
    "pool_recycle": 3600,
    "connect_args": {
        "application_name": APPLICATION_NAME,
        "connect_timeout": 10,
        "options": "-c timezone=utc",
    },
}

ASYNC_DATABASE_CONFIG = {
    "pool_size": 20,
    "max_overflow": 30,
    "pool_timeout": 30,
    "pool_pre_ping": True,
    "pool_recycle": 3600,
    "connect_args": {
        "timeout": 10,
        "command_timeout": 60,
        "server_settings": {"application_name": APPLICATION_NAME, "timezone": "utc"},
    },
}

COORDINATOR_DSN = f"postgresql://hearts@/hearts?host={RUN_DIR}&application_name={APPLICATION_NAME}"
COORDINATOR_SOCKET = f"{RUN_DIR}/coordinator.sock"

REDIS_URL = f"unix://{RUN_DIR}/redis.sock?db=0"

# Seconds that a bot keeps a profile in its own memory, and how many of them.
MEMORY_TTL = 60
MEMORY_SIZE = 2000

# Seconds between a message and its push: the messenger takes bots that answer at once for spammers.
PUSH_PAUSE = 0.08


def bot_socket(name):
    return f"{RUN_DIR}/{name}.sock"

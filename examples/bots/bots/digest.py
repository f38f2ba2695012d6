"""digest: the daily letter about what happened while you were away."""

import logging

from redis import Redis
from sqlalchemy import create_engine, text

import perfadvise_more as more
import settings
from hearts import profile, threaded
from hearts.cache import ThreadedCascade

log = logging.getLogger("digest")

engine = create_engine(settings.DATABASE_URL, **settings.DATABASE_CONFIG)
cache = ThreadedCascade(Redis.from_url(settings.REDIS_URL))

MATCHES = text("SELECT id, user_a, user_b FROM matches WHERE user_a = :user OR user_b = :user"
               " ORDER BY last_message_at DESC NULLS LAST LIMIT :limit")
UNREAD = text("SELECT count(*) FROM messages WHERE match_id = :match AND read_at IS NULL")


def load_profile(user):
    with engine.connect() as connection:
        row = connection.execute(text(f"SELECT {profile.COLUMNS} FROM profiles WHERE id = :id"), {"id": user})
        return profile.from_row(row.mappings().first())


def digest(user, limit=5):
    """The user's latest conversations, with the number of messages not yet read."""
    letter = []
    with engine.connect() as connection:
        for match in connection.execute(MATCHES, {"user": user, "limit": limit}).all():
            unread = connection.execute(UNREAD, {"match": match.id}).scalar()
            partner = cache.get(profile.KEY, match.user_b if match.user_a == user else match.user_a, load_profile)
            letter.append({"with": partner["name"], "photo": partner["photo_url"], "unread": unread})
    return letter


def main():
    more.watch_statements(engine)
    threaded.Server(settings.bot_socket("digest"), {"digest": digest})
    threaded.CoordinatorLink("digest")
    log.info("ready in %.2f s", more.process_ready())
    threaded.wait_until_stopped()
    engine.dispose()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    main()

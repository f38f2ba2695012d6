"""moderation: reports about messages, for the people who decide on them."""

import csv
import io
import logging

from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import sessionmaker

import perfadvise_more as more
import settings
from hearts import threaded
from hearts.models import Message, Report

log = logging.getLogger("moderation")

engine = create_engine(settings.DATABASE_URL, **settings.DATABASE_CONFIG)
Session = sessionmaker(engine)


def review(limit=5):
    """The oldest open reports, with the message and its sender."""
    with Session() as session:
        reports = session.scalars(
            select(Report).where(Report.state == "open").order_by(Report.created_at).limit(limit)).all()
        return [{"report": report.id, "reason": report.reason, "body": report.message.body,
                 "sender": report.message.sender.name} for report in reports]


def report(user, message, reason="spam"):
    """A user complains about a message."""
    with Session.begin() as session:
        session.add(Report(message_id=message, reporter_id=user, reason=reason))
    return True


def history(user, limit=20):
    """What a user wrote lately."""
    with Session() as session:
        messages = session.scalars(
            select(Message).where(Message.sender_id == user).order_by(Message.sent_at.desc()).limit(limit))
        return [{"id": message.id, "body": message.body, "at": message.sent_at.isoformat()} for message in messages]


def export(days=365):
    """The reports by reason and state, as CSV for a spreadsheet."""
    export_engine = create_engine(settings.DATABASE_URL, connect_args={"application_name": "moderation-export"})
    with export_engine.connect() as connection:
        rows = connection.execute(
            text("SELECT reason, state, count(*) FROM reports WHERE created_at > now() - make_interval(days => :days)"
                 " GROUP BY reason, state ORDER BY reason, state"), {"days": days}).all()
    out = io.StringIO()
    csv.writer(out).writerows([("reason", "state", "reports"), *rows])
    return out.getvalue()


def backlog():
    with Session() as session:
        return session.scalar(select(func.count()).select_from(Report).where(Report.state == "open"))


def main():
    more.watch_statements(engine)
    handlers = {"review": review, "report": report, "history": history, "export": export, "backlog": backlog}
    threaded.Server(settings.bot_socket("moderation"), handlers)
    threaded.CoordinatorLink("moderation")
    log.info("ready in %.2f s", more.process_ready())
    threaded.wait_until_stopped()
    engine.dispose()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    main()

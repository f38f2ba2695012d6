"""The tables that moderation works with, as classes."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Text, func
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


class Profile(Base):
    __tablename__ = "profiles"

    id = Column(BigInteger, primary_key=True)
    name = Column(Text, nullable=False)
    photo_url = Column(Text, nullable=False)
    active = Column(Boolean, nullable=False)


class Message(Base):
    __tablename__ = "messages"

    id = Column(BigInteger, primary_key=True)
    match_id = Column(BigInteger, nullable=False)
    sender_id = Column(BigInteger, ForeignKey("profiles.id"), nullable=False)
    body = Column(Text, nullable=False)
    sent_at = Column(DateTime(timezone=True), nullable=False, server_default=func.now())

    sender = relationship("Profile")


class Report(Base):
    __tablename__ = "reports"

    id = Column(BigInteger, primary_key=True)
    message_id = Column(BigInteger, ForeignKey("messages.id"), nullable=False)
    reporter_id = Column(BigInteger, ForeignKey("profiles.id"), nullable=False)
    reason = Column(Text, nullable=False)
    state = Column(Text, nullable=False, server_default="open")
    created_at = Column(DateTime(timezone=True), nullable=False, server_default=func.now())

    message = relationship("Message")

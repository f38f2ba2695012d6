from sqlalchemy import Column, ForeignKey, Integer, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    user_id = Column(Integer, ForeignKey("users.id"), index=True)
    note_id = Column(Integer, ForeignKey("users.id"))


async def of_user(session: AsyncSession, user):
    return await session.execute(text("SELECT id FROM orders WHERE user_id = :user"), {"user": user})

from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    active: Mapped[bool] = mapped_column()


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)


async def execute(statement, session: AsyncSession):
    return await session.execute(statement)


async def active(session: AsyncSession):
    statement = select(User).where(User.active == True)
    users = await execute(statement, session)
    return [user for user in users.scalars().all()]


async def orders(session: AsyncSession):
    return (await session.scalars(select(Order).order_by(Order.id))).all()

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine("postgresql+asyncpg://localhost/app")
Session = async_sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


async def create(name):
    async with Session() as session:
        user = User(name=name)
        session.add(user)
        await session.commit()
        return {"id": user.id}


async def rename(key, name):
    async with Session() as session:
        user = await session.get(User, key)
        user.name = name
        await session.commit()
    return user.id


async def find_or_create(session: AsyncSession, name):
    user = (await session.scalars(select(User).where(User.name == name))).one_or_none()
    if user is None:
        user = User(name=name)
        session.add(user)
    await session.commit()
    return user.id


async def main():
    async with Session() as session:
        await find_or_create(session, "A")

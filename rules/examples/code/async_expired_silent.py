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
        await session.refresh(user)
        return {"id": user.id}


async def before(key):
    async with Session() as session:
        user = await session.get(User, key)
        number = user.id
        user.name = "A"
        await session.commit()
        user.name = "B"
        return number, user.name


async def again(key):
    async with Session() as session:
        user = await session.get(User, key)
        await session.commit()
        user = await session.get(User, key)
        return user.id


async def kept(name):
    async with Session(expire_on_commit=False) as session:
        user = User(name=name)
        session.add(user)
        await session.commit()
        return user.id


async def not_added(name):
    async with Session() as session:
        user = User(name=name)
        await session.commit()
        return user.id


async def gone(key):
    async with Session() as session:
        user = await session.get(User, key)
        await session.delete(user)
        await session.commit()
        return user.id


async def given(session: AsyncSession, user: User):
    await session.commit()
    return user.id

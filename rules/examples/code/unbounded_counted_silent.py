from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)


def number(session: Session, user):
    return session.query(Order).filter(Order.user_id == user).count()


def many(session: Session, user):
    return session.query(Order).filter(Order.user_id == user).count() > 10


def page(session: Session, user):
    return len(session.query(Order).filter(Order.user_id == user).limit(20).all())


def words(text, items):
    return text.count("a") > 0 and len(items.all())

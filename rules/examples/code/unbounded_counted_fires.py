from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)


def number(session: Session, user):
    return len(session.query(Order).filter(Order.user_id == user).all())


def total(session: Session):
    return len(session.scalars(select(Order)).all())


def has(session: Session, user):
    return session.query(Order).filter(Order.user_id == user).count() > 0

from django.db import models
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Role(Base):
    __tablename__ = "kinds"
    id: Mapped[int] = mapped_column(primary_key=True)


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    kind_id: Mapped[int] = mapped_column(ForeignKey("kinds.id"), index=True)


class Shelf(models.Model):
    name = models.CharField(max_length=40)


class Book(models.Model):
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE)


def page(session: Session, number):
    statement = select(Order)
    statement = statement.order_by(Order.id)
    statement = statement.limit(50).offset(number * 50)
    return session.scalars(statement).all()


def of_a_kind(session: Session, kind):
    return session.scalars(select(Order).where(Order.kind_id == kind)).all()


def kinds(session: Session):
    return session.scalars(select(Role)).all()


def one(session: Session):
    return session.scalars(select(Order).where(Order.code == "first")).all()


def number(session: Session):
    return session.execute(select(func.count()).select_from(Order)).all()


def streamed(session: Session):
    for order in session.query(Order).yield_per(500):
        print(order)


def books(shelf: Shelf):
    return [book.pk for book in shelf.book_set.all()], Book.objects.count(), list(Book.objects.all()[:10])

"""SQLAlchemy: Core and ORM, old style and new."""

from sqlalchemy import and_, delete, func, insert, or_, select, text, update
from sqlalchemy.orm import Session, selectinload

from shop.models import Item, Order, User


def all_users(session: Session):
    return session.query(User).all()


def select_all(session: Session):
    return session.execute(select(Item)).scalars().all()


def by_key(session: Session):
    return session.get(Order, 7)


def filter_by(session: Session):
    return session.query(User).filter_by(name="u3", active=True).all()


def first(session: Session):
    return session.query(User).filter(User.mail == "u4@x").first()


def one_or_none(session: Session):
    return session.query(User).filter(User.age == 5).one_or_none()


def ordered(session: Session):
    return session.query(Order).filter(Order.total > 5).order_by(Order.made_at.desc()).limit(5).all()


def paged(session: Session, page=2):
    return session.query(Item).order_by(Item.id).offset(page * 10).limit(10).all()


def counted(session: Session):
    return session.query(Order).filter(Order.state == "new").count()


def count_new_style(session: Session):
    return session.scalar(select(func.count()).select_from(Item).where(Item.n > 0))


def columns(session: Session):
    return session.execute(select(User.id, User.name).where(User.age >= 3)).all()


def in_list(session: Session):
    ids = [1, 2, 3]
    return session.scalars(select(User).where(User.id.in_(ids))).all()


def alternatives(session: Session):
    return session.query(User).filter(or_(User.name == "a", and_(User.mail == "b", User.age < 4))).all()


def like(session: Session):
    return session.query(User).filter(User.name.ilike("%u%")).all()


def joined(session: Session):
    return session.query(Order).join(User, Order.user_id == User.id).filter(User.name == "u1").all()


def joined_by_relationship(session: Session):
    return session.query(User).join(User.orders).filter(Order.state == "old").all()


def loaded(session: Session):
    return session.execute(select(User).options(selectinload(User.orders)).where(User.age < 9)).scalars().all()


def lazy(session: Session):
    names = []
    for order in session.query(Order).filter(Order.total < 3):
        names.append(order.user.name)
    return names


def lazy_many(session: Session):
    return [len(order.items) for order in session.query(Order).filter(Order.total <= 4).order_by(Order.id)]


def branches(session: Session, name="u2"):
    stmt = select(Item).where(Item.sku == name)
    stmt = stmt.order_by(Item.n)
    return session.scalars(stmt).all()


def locked(session: Session):
    return session.query(Order).filter(Order.id == 3).with_for_update().one()


def add(session: Session):
    session.add(Item(order_id=1, sku="new"))
    session.flush()


def dirty(session: Session):
    item = session.get(Item, 3)
    item.n = 5
    session.flush()


def core_insert(session: Session):
    session.execute(insert(Order).values(user_id=1, total=3))


def insert_returning(session: Session):
    return session.execute(insert(User).values(name="n", active=True).returning(User.id)).scalar()


def core_update(session: Session):
    session.execute(update(User).where(User.age == 100).values(mail="x"))


def query_update(session: Session):
    session.query(Order).filter(Order.state == "gone").update({Order.state: "old"}, synchronize_session=False)


def core_delete(session: Session):
    session.execute(delete(Item).where(Item.n == 1000))


def query_delete(session: Session):
    session.query(Item).filter(Item.sku == "never").delete(synchronize_session=False)


def textual(session: Session):
    return session.execute(text("SELECT id FROM orders WHERE total > :least AND state <> 'x'"), {"least": 2}).all()

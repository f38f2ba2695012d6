from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, Numeric, Text, func
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(Text, nullable=False)
    mail = Column(Text)
    age = Column(Integer)
    active = Column(Boolean, nullable=False, default=True)
    orders = relationship("Order", back_populates="user")


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    user_id = Column(ForeignKey("users.id"), nullable=False)
    state = Column(Text, nullable=False, default="new")
    total = Column(Numeric)
    made_at = Column(DateTime(timezone=True), server_default=func.now())
    user = relationship(User, back_populates="orders")
    items = relationship("Item", back_populates="order")


class Item(Base):
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    order_id = Column(ForeignKey("orders.id"), nullable=False)
    sku = Column(Text, nullable=False)
    n = Column(Integer, nullable=False, default=1)
    order = relationship(Order, back_populates="items")

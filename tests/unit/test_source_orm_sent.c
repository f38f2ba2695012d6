/* Statements that sites send through an ORM: their tables, conditions, columns, and the shape by which captured ones are found. */
#include "tests/lib/sources.h"

static const char rows[] = "SELECT group_concat(line || ' ' || coalesce(shape, '-'), '; ') FROM (SELECT * FROM fact_code_statement WHERE origin = 'orm' AND site IS NOT NULL ORDER BY line, byte_start, kind)";

static const char models[] = "from sqlalchemy import Column, ForeignKey, Integer, String, select, update, delete, insert, func\n"
                             "from sqlalchemy.orm import Session, declarative_base, relationship, selectinload\nBase = declarative_base()\n"
                             "class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)\n    name = Column(String)\n    orders = relationship('Order')\n"
                             "class Order(Base):\n    __tablename__ = 'orders'\n    id = Column(Integer, primary_key=True)\n    user_id = Column(ForeignKey('users.id'))\n";

START_TEST(sent__sqlalchemy_with_and_without_conditions)
{
        struct tree t = tree_new();
        tree_file(&t, "m.py", models);
        tree_file(&t, "a.py", "from sqlalchemy import select, update, delete, func\nfrom sqlalchemy.orm import Session, selectinload\nfrom m import User, Order\n"
                              "def f(s: Session, x):\n    s.query(User).all()\n    s.get(User, x)\n    s.scalar(select(func.count()).select_from(Order))\n"
                              "    s.execute(select(User).options(selectinload(User.orders)).where(User.name == x)).all()\n"
                              "    s.execute(update(User).where(User.id == x).values(name=x))\n    s.query(Order).filter(Order.user_id == x).delete()\n"
                              "    s.add(Order(user_id=x))\n    stmt = select(User)\n    stmt = stmt.order_by(User.name).limit(5)\n    return s.scalars(stmt).all()\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, rows), "5 select|users||; 6 select|users|users.id =|; 7 select|orders||; 8 select|users|users.name =|; 8 select|orders|orders.user_id in|;"
                                              " 9 update|users|users.id =|; 10 delete|orders|orders.user_id =|; 11 insert *|orders||; 13 select l|users||name");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line || projection, ' ') FROM (SELECT * FROM fact_code_statement WHERE line IN (5, 7, 9) ORDER BY line)"),
                         "5[\"users.id\",\"users.name\"] 7[\"count\"] 9[\"name\"]");
        tree_free(&t);
}
END_TEST

START_TEST(sent__django_orders_by_itself)
{
        struct tree t = tree_new();
        tree_file(&t, "shop/models.py", "from django.db import models\nclass Item(models.Model):\n    name = models.TextField()\n    class Meta:\n        ordering = ['-name']\n");
        tree_file(&t, "shop/views.py", "from shop.models import Item\ndef f(x):\n    list(Item.objects.all())\n    Item.objects.filter(name__icontains=x).count()\n"
                                       "    Item.objects.filter(name=x).first()\n    Item.objects.get(pk=x)\n    list(Item.objects.order_by('id')[10:20])\n    Item.objects.create(name=x)\n"
                                       "    Item.objects.bulk_create(x)\n    Item.objects.filter(name=x).annotate(y=x).exists()\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, rows), "3 select|shop_item||name desc; 4 select|shop_item|shop_item.name expr|; 5 select l|shop_item|shop_item.name =|name desc;"
                                              " 6 select l|shop_item|shop_item.id =|; 7 select l|shop_item||id; 8 insert|shop_item||; 9 insert m|shop_item||; 10 -");
        tree_free(&t);
}
END_TEST

START_TEST(sent__tortoise_and_peewee)
{
        struct tree t = tree_new();
        tree_file(&t, "t.py", "from tortoise import fields\nfrom tortoise.models import Model\nclass Event(Model):\n    id = fields.IntField(pk=True)\n    name = fields.TextField()\n"
                              "async def f(x):\n    await Event.all()\n    await Event.filter(name=x).count()\n    await Event.get(id=x)\n    await Event.create(name=x)\n");
        tree_file(&t, "p.py", "from peewee import *\nclass Pet(Model):\n    name = CharField()\ndef f(x):\n    list(Pet.select())\n    Pet.get_by_id(x)\n    Pet.select().where(Pet.name == x).count()\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, rows), "5 select|pet||; 6 select l|pet|pet.id =|; 7 select|pet|pet.name =|; 7 select|event||; 8 select|event|event.name =|; 9 select l|event|event.id =|; 10 insert|event||");
        tree_free(&t);
}
END_TEST

START_TEST(sent__what_was_set_before_a_commit)
{
        struct tree t = tree_new();
        tree_file(&t, "m.py", models);
        tree_file(&t, "a.py", "from sqlalchemy.orm import Session\nfrom m import User\ndef f(s: Session, x):\n    user = s.get(User, x)\n    user.name = x\n    user.other = 3\n    s.commit()\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT line || kind || shape || projection || confidence FROM fact_code_statement WHERE kind = 'update'"), "5updateupdate|users|users.id =|[\"name\"]0.3");
        tree_free(&t);
}
END_TEST

START_TEST(sent__statements_of_files)
{
        struct tree t = tree_new();
        tree_file(&t, "sql/users.sql", "-- name: by_mail^\nSELECT id FROM users WHERE mail = :mail;\n\n-- name: add!\nINSERT INTO users (mail) VALUES (:mail);\nINSERT INTO users (mail) VALUES ('root@x');\n");
        tree_file(&t, "sql/schema.sql", "CREATE TABLE users (mail text);\nSELECT count(*) FROM users;\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(path || ':' || line || ' ' || qualname || ' ' || kind, ', ') FROM fact_code_statement"), "sql/users.sql:2 by_mail select, sql/users.sql:5 add insert");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(sent__sqlalchemy_with_and_without_conditions, sent__django_orders_by_itself, sent__tortoise_and_peewee, sent__what_was_set_before_a_commit, sent__statements_of_files)

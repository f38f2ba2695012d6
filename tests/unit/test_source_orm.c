/* Object-relational mappers: what a query is, when it is sent, and of which model its rows are. */
#include "tests/lib/sources.h"

static const char sent[] = "SELECT group_concat(line || ' ' || what || ' ' || callee, ', ') FROM (SELECT * FROM code_site WHERE kind = 'call' ORDER BY line, byte_start)";

START_TEST(orm__a_query_set_is_sent_when_it_is_used_up)
{
        struct tree t = tree_new();
        tree_file(&t, "shop/models.py", "from django.db import models\nclass Base(models.Model):\n    class Meta:\n        abstract = True\nclass Pet(Base):\n    name = models.TextField()\n");
        tree_file(&t, "shop/views.py", "from shop.models import Pet\ndef f(names):\n    pets = Pet.objects.filter(name='x')\n    pets = pets.order_by('name')\n"
                                       "    for pet in pets:\n        pet.save()\n    return len(Pet.objects.all()), Pet.objects.count()\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, sent), "5 execute django.QuerySet, 6 execute django.Model.save, 7 execute django.QuerySet, 7 execute django.Manager.count");
        ck_assert_str_eq(tree_text(&t, "SELECT what FROM code_site WHERE kind = 'loop'"), "for_rows");
        tree_free(&t);
}
END_TEST

START_TEST(orm__stars_in_a_circle_end)
{
        struct tree t = tree_new();
        tree_file(&t, "a/__init__.py", "from .b import *\n");
        tree_file(&t, "a/b.py", "from . import *\nfrom a import Thing\ndef f():\n    Thing.objects.get(id=1)\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_file"), 2);
        tree_free(&t);
}
END_TEST

START_TEST(orm__sessions_of_flask_and_of_dependencies)
{
        struct tree t = tree_new();
        tree_file(&t, "app.py", "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\nclass Team(db.Model):\n    pass\n"
                                "def f():\n    for team in Team.query.all():\n        db.session.delete(team)\n        team.query.first()\n    db.session.commit()\n");
        tree_file(&t, "api.py", "from fastapi import Depends\nfrom sqlalchemy import create_engine\nfrom sqlalchemy.orm import sessionmaker\nLocal = sessionmaker(create_engine('postgresql://db/x'))\n"
                                "def get_db():\n    db = Local()\n    try:\n        yield db\n    finally:\n        db.close()\n"
                                "def read(db=Depends(get_db)):\n    return db.execute('SELECT 1')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(callee, ' ') FROM (SELECT callee FROM code_site WHERE path = 'app.py' AND kind = 'call' ORDER BY byte_start)"),
                         "sqlalchemy.Query.all sqlalchemy.scoped_session.delete sqlalchemy.Query.first sqlalchemy.scoped_session.commit");
        ck_assert_str_eq(tree_text(&t, "SELECT receiver_type FROM code_site WHERE path = 'api.py' AND qualname = 'read' AND what = 'execute'"), "sqlalchemy.Session");
        tree_free(&t);
}
END_TEST

START_TEST(orm__what_callers_must_ask_for_does_not_count)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from sqlalchemy.orm import Session\ndef one(s: Session, counts=None):\n    if counts is not None:\n        s.execute('SELECT 1')\n    return 1\n"
                              "def all(s: Session, keys):\n    for key in keys:\n        one(s)\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_site WHERE qualname = 'all'"), 0);
        tree_free(&t);
}
END_TEST

START_TEST(model__tables_columns_and_indexes)
{
        struct tree t = tree_new();
        tree_file(&t, "base.py", "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\nfrom sqlalchemy import func\nclass Base(DeclarativeBase):\n    pass\n"
                                 "class Stamped:\n    created: Mapped[int] = mapped_column(index=True)\n");
        tree_file(&t, "m.py", "from typing import Optional\nfrom sqlalchemy import Column, ForeignKey, Index, Integer, String, UniqueConstraint\nfrom sqlalchemy.orm import Mapped, mapped_column, relationship\n"
                              "from base import Base, Stamped\nclass User(Base, Stamped):\n    __tablename__ = 'users'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
                              "    mail: Mapped[Optional[str]] = mapped_column(unique=True)\n"
                              "class Order(Base):\n    __tablename__ = 'orders'\n    __table_args__ = (Index('ix_o', 'user_id', 'state', postgresql_using='gin'), UniqueConstraint('code', name='uq'))\n"
                              "    id = Column(Integer, primary_key=True)\n    user_id = Column(ForeignKey('users.id'), nullable=False)\n    state = Column(String(10))\n    code = Column('c', String)\n"
                              "    user = relationship(User, backref='orders', lazy='joined')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(table_name || ' ' || model || ' ' || orm, ', ') FROM code_table"), "users m.User sqlalchemy, orders m.Order sqlalchemy");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(column_name || ' ' || coalesce(type, '-') || ' ' || primary_key || is_unique || indexed || not_null, ', ') FROM code_column WHERE table_name = 'users'"),
                         "id int 1011, mail str 0110, created int 0011");
        ck_assert_str_eq(tree_text(&t, "SELECT ref_table || '.' || ref_column || ' ' || not_null FROM code_column WHERE column_name = 'user_id'"), "users.id 1");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(coalesce(index_name, '-') || ' ' || columns || ' ' || is_unique || coalesce(method, ''), ', ') FROM code_index WHERE table_name = 'orders'"),
                         "ix_o [\"user_id\",\"state\"] 0gin, uq [\"c\"] 1, orders_pkey [\"id\"] 1");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(model || '.' || attribute || ' ' || target_model || ' ' || lazy || ' ' || collection, ', ') FROM code_relationship"),
                         "m.Order.user m.User joined 0, m.User.orders m.Order select 1");
        tree_free(&t);
}
END_TEST

START_TEST(model__django_tortoise_peewee_sqlmodel)
{
        struct tree t = tree_new();
        tree_file(&t, "shop/models.py", "from django.db import models\nclass Base(models.Model):\n    made = models.DateField(db_index=True)\n    class Meta:\n        abstract = True\n"
                                        "class Shelf(Base):\n    name = models.SlugField()\nclass Book(Base):\n    shelf = models.ForeignKey('Shelf', null=True, related_name='books', on_delete=1)\n"
                                        "    tags = models.ManyToManyField('tags.Tag')\n    class Meta:\n        unique_together = ('shelf', 'made')\n");
        tree_file(&t, "t.py", "from tortoise import fields\nfrom tortoise.models import Model\nclass Event(Model):\n    name = fields.CharField(40, index=True)\n    team = fields.ForeignKeyField('models.Team')\n    class Meta:\n        table = 'ev'\n");
        tree_file(&t, "p.py", "from peewee import *\nclass Pet(Model):\n    owner = ForeignKeyField('self', backref='pets', null=True)\n");
        tree_file(&t, "s.py", "from sqlmodel import Field, Relationship, SQLModel\nclass UserBase(SQLModel):\n    name: str | None = None\nclass User(UserBase, table=True):\n    id: int = Field(primary_key=True)\n"
                              "    team_id: int = Field(foreign_key='team.id', index=True)\n    teams: list['Team'] = Relationship(back_populates='users')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(table_name, ' ') FROM (SELECT table_name FROM code_table ORDER BY 1)"), "ev pet shop_book shop_shelf user");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(column_name || ' ' || indexed || not_null || coalesce(ref_table, ''), ', ') FROM code_column WHERE table_name = 'shop_book'"),
                         "shelf_id 10shop_shelf, made 11, id 11");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(columns || is_unique, ' ') FROM code_index WHERE table_name = 'shop_book'"), "[\"shelf_id\",\"made\"]1 [\"shelf_id\"]0 [\"made\"]0 [\"id\"]1");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(attribute || ' ' || target_model || collection, ', ') FROM code_relationship WHERE orm = 'django'"),
                         "shelf shop.models.Shelf0, books shop.models.Book1, tags Tag1, book_set shop.models.Book1");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(column_name || ' ' || indexed || not_null || coalesce(ref_table, ''), ', ') FROM code_column WHERE table_name = 'user'"),
                         "id 11, team_id 11team, name 00");
        ck_assert_int_eq(tree_int(&t, "SELECT indexed FROM code_column WHERE column_name = 'owner_id'"), 1);
        ck_assert_int_eq(tree_int(&t, "SELECT indexed FROM code_column WHERE column_name = 'team_id' AND table_name = 'ev'"), 0);
        tree_free(&t);
}
END_TEST

START_TEST(lazy__what_the_query_loaded_is_there)
{
        struct tree t = tree_new();
        tree_file(&t, "m.py", "from django.db import models\nclass A(models.Model):\n    pass\nclass B(models.Model):\n    a = models.ForeignKey(A, on_delete=1)\n    c = models.ForeignKey(A, related_name='+', on_delete=1)\n"
                              "def f():\n    for b in B.objects.select_related('a'):\n        print(b.a, b.c, b.a_id)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(receiver_type || '.' || callee || ' ' || what, ' ') FROM code_site WHERE kind = 'attribute'"), "m.B.c lazy");
        tree_free(&t);
}
END_TEST

START_TEST(rows__of_a_statement_that_a_helper_sends)
{
        struct tree t = tree_new();
        tree_file(&t, "m.py", "from sqlalchemy import Boolean, Column, Integer, select\nfrom sqlalchemy.orm import Session, declarative_base\nBase = declarative_base()\n"
                              "class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)\n    on = Column(Boolean)\n"
                              "async def execute(stmt, session: Session):\n    return session.execute(stmt)\n"
                              "async def f(session: Session, age):\n    stmt = select(User).where(User.on == True)\n    stmt = stmt.order_by(User.id)\n"
                              "    rows = await execute(stmt, session)\n    return rows.scalars().all()\n"
                              "async def g(session: Session, age):\n    rows = await execute(select(User).where(User.on == age), session)\n    return rows.scalars().all()\n"
                              "async def h(session: Session):\n    stmt = select(User)\n    stmt = stmt.limit(5)\n    return session.scalars(stmt).all(), session.scalars(select(User.id)).all()\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line || ' ' || args || ' ' || note, ', ') FROM code_site WHERE kind = 'query'"), "11 users constant");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(orm__a_query_set_is_sent_when_it_is_used_up, orm__stars_in_a_circle_end, orm__sessions_of_flask_and_of_dependencies,
          orm__what_callers_must_ask_for_does_not_count, model__tables_columns_and_indexes, model__django_tortoise_peewee_sqlmodel,
          lazy__what_the_query_loaded_is_there, rows__of_a_statement_that_a_helper_sends)

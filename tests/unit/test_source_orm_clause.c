#include "tests/lib/sources.h"

static const char *filters(struct tree *t)
{
        return tree_text(t, "SELECT group_concat(coalesce(table_name, '?') || '.' || column_name || ' ' || op || coalesce(' ' || expr, '') || CASE WHEN in_or THEN ' or' ELSE '' END, ', ')"
                            " FROM (SELECT * FROM fact_code_filter WHERE origin = 'orm' ORDER BY line, byte_start)");
}

START_TEST(clause__sqlalchemy)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from sqlalchemy import Column, Integer, String, select, func, or_\nfrom sqlalchemy.orm import declarative_base, Session\nBase = declarative_base()\n"
                              "class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)\n    name = Column(String)\n    mail = Column('e_mail', String)\n"
                              "def f(session: Session, x, more):\n    session.execute(select(User)\n"
                              "        .where(func.lower(User.name) == x,\n"
                              "               or_(User.mail.ilike(f'%{x}%'), User.id.in_(x)))\n"
                              "        .order_by(User.name.desc()).limit(5))\n"
                              "def g(session: Session, x):\n    query = session.query(User).filter(User.name == x)\n    return query.filter_by(mail=x).first()\n"
                              "def h(session: Session, more):\n    return session.query(User).filter(*more).all()\n");
        tree_analyse(&t);
        ck_assert_str_eq(filters(&t), "users.name expr lower(name), users.e_mail wildcard or, users.id in or, users.name =, users.name =, users.e_mail =, ?.hole_ hole");
        ck_assert_str_eq(tree_text(&t, "SELECT tables || orders || limited FROM code_statement WHERE origin = 'orm' ORDER BY line"), "[\"users\"][{\"table\":\"users\",\"column\":\"name\",\"desc\":1}]1");
        tree_free(&t);
}
END_TEST

START_TEST(clause__django_and_peewee)
{
        struct tree t = tree_new();
        tree_file(&t, "shop/models.py", "from django.db import models\nclass Item(models.Model):\n    owner = models.ForeignKey('auth.User', on_delete=1)\n    name = models.CharField(max_length=9)\n");
        tree_file(&t, "shop/views.py", "from shop.models import Item\nfrom django.db.models import Q\ndef f(x):\n    return Item.objects.filter(Q(name__icontains=x) | Q(owner=x)).exclude(id=1).order_by('-name')\n");
        tree_analyse(&t);
        ck_assert_str_eq(filters(&t), "shop_item.name wildcard upper(name) or, shop_item.owner_id = or, shop_item.id =");
        tree_free(&t);
        t = tree_new();
        tree_file(&t, "m.py", "import peewee as pw\nclass Sub(pw.Model):\n    name = pw.CharField()\n    x = pw.IntegerField()\n    tags = ArrayField()\n"
                              "def f(v):\n    return Sub.select().where((Sub.name ** f'%{v}%') & (Sub.x << v), Sub.tags.contains(v), Sub.name.contains(v))\n");
        tree_analyse(&t);
        ck_assert_str_eq(filters(&t), "sub.name wildcard, sub.x in, sub.tags @>, sub.name wildcard");
        tree_free(&t);
}
END_TEST

START_TEST(clause__meets_what_the_server_saw)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from sqlalchemy import Column, Integer, select\nfrom sqlalchemy.orm import declarative_base, Session\nBase = declarative_base()\n"
                              "class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)\n    age = Column(Integer)\n"
                              "def f(session: Session, x):\n    return session.scalars(select(User).where(User.age > x).order_by(User.id))\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT shape FROM code_statement"), "select|users|users.age <|id");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(clause__sqlalchemy, clause__django_and_peewee, clause__meets_what_the_server_saw)

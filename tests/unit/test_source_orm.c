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

UNIT_MAIN(orm__a_query_set_is_sent_when_it_is_used_up, orm__stars_in_a_circle_end, orm__sessions_of_flask_and_of_dependencies,
          orm__what_callers_must_ask_for_does_not_count)

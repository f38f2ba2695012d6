#include "tests/lib/sources.h"

static const char *handlers(struct tree *t)
{
        return tree_text(t, "SELECT group_concat(qualname || ': ' || note, '; ') FROM (SELECT * FROM code_site WHERE kind = 'function' AND what = 'handler' ORDER BY path, line)");
}

START_TEST(handler__by_the_framework_of_the_decorator)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from fastapi import APIRouter\nfrom celery import Celery, shared_task\nrouter = APIRouter()\napp = Celery('x')\n"
                              "@router.get('/users/{id}')\nasync def one(id):\n    pass\n"
                              "@app.task(bind=True)\ndef two(self):\n    pass\n"
                              "@shared_task\ndef three():\n    pass\n");
        tree_analyse(&t);
        ck_assert_str_eq(handlers(&t), "one: fastapi get '/users/{id}'; two: celery task; three: celery shared_task");
        tree_free(&t);
}
END_TEST

START_TEST(handler__the_object_is_imported)
{
        struct tree t = tree_new();
        tree_file(&t, "loader.py", "from aiogram import Dispatcher\ndp = Dispatcher()\n");
        tree_file(&t, "z.py", "from loader import dp\n@dp.message_handler(commands=['start'])\nasync def start(message):\n    pass\n");
        tree_analyse(&t);
        ck_assert_str_eq(handlers(&t), "start: aiogram message");
        tree_free(&t);
}
END_TEST

START_TEST(handler__a_word_alone_says_nothing)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from registry import things\nimport functools\n@things.get('x')\ndef a():\n    pass\n@functools.cache\ndef b():\n    pass\n"
                              "class Local:\n    def task(self, f):\n        return f\nlocal = Local()\n@local.task\ndef c():\n    pass\n");
        tree_analyse(&t);
        ck_assert_str_eq(handlers(&t), "");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(handler__by_the_framework_of_the_decorator, handler__the_object_is_imported, handler__a_word_alone_says_nothing)

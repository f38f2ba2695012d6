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

START_TEST(handler__registered_by_a_call)
{
        struct tree t = tree_new();
        tree_file(&t, "h.py", "async def start(update, ctx):\n    pass\nasync def tick(ctx):\n    pass\nasync def echo(message):\n    pass\nasync def warm(bot):\n    pass\n"
                              "async def other(x):\n    pass\nclass V:\n    def get(self, request):\n        pass\n    def other(self):\n        pass\n");
        tree_file(&t, "bot.py", "from telegram.ext import CommandHandler\nimport h\ndef boot(app):\n    app.add_handler(CommandHandler('start', h.start))\n"
                                "    app.job_queue.run_repeating(h.tick, interval=5)\n");
        tree_file(&t, "gram.py", "from aiogram import Router\nfrom h import echo, warm\nrouter = Router()\nrouter.message.register(echo)\nrouter.startup.register(warm)\n");
        tree_file(&t, "urls.py", "from django.urls import path\nfrom h import V\nurlpatterns = [path('x/', V.as_view())]\n");
        tree_file(&t, "mine.py", "from h import other\nfrom somewhere import things\nthings.message.register(other)\nthings.add_job(other)\n");
        tree_analyse(&t);
        ck_assert_str_eq(handlers(&t), "start: telegram command 'start'; tick: telegram job; echo: aiogram message; V.get: django path 'x/'");
        tree_free(&t);
}
END_TEST

START_TEST(handler__registered_to_start_in_another_file)
{
        struct tree t = tree_new();
        tree_file(&t, "h.py", "import time\nasync def warm(bot):\n    time.sleep(1)\nasync def job():\n    time.sleep(1)\n");
        tree_file(&t, "gram.py", "from aiogram import Dispatcher\nfrom apscheduler.schedulers.asyncio import AsyncIOScheduler\nfrom h import warm, job\n"
                                 "async def main():\n    dp = Dispatcher()\n    dp.startup.register(warm)\n    scheduler = AsyncIOScheduler()\n    scheduler.add_job(job, 'interval', seconds=5)\n    await job()\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(qualname || ' ' || context, '; ') FROM code_site WHERE what = 'sleep'"), "warm startup; job request");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(handler__by_the_framework_of_the_decorator, handler__the_object_is_imported, handler__a_word_alone_says_nothing, handler__registered_by_a_call,
          handler__registered_to_start_in_another_file)

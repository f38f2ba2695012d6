#include "tests/lib/sources.h"

/*
 * Entry points as frameworks have them: each case is a file or two, and the functions that are called from outside, in which context.
 */
static const char *handlers(struct tree *t)
{
        return tree_text(t, "SELECT group_concat(qualname || ': ' || note, '; ') FROM (SELECT * FROM code_site WHERE kind = 'function' AND what = 'handler' ORDER BY path, line)");
}

/* Of every function that sleeps: in what context it does. */
static const char *contexts(struct tree *t)
{
        return tree_text(t, "SELECT group_concat(qualname || ' ' || context, '; ') FROM (SELECT * FROM code_site WHERE what = 'sleep' ORDER BY path, line)");
}

START_TEST(entry__telegram_conversation_and_post_init)
{
        struct tree t = tree_new();
        tree_file(&t, "h.py", "import time\nasync def ask(u, c):\n    pass\nasync def name(u, c):\n    pass\nasync def stop(u, c):\n    pass\nasync def prepare(app):\n    time.sleep(1)\n"
                              "def tick(c):\n    pass\n");
        tree_file(&t, "bot.py", "from functools import partial\nfrom telegram.ext import Application, CommandHandler, ConversationHandler, MessageHandler, filters\nimport h\n"
                                "talk = ConversationHandler(entry_points=[CommandHandler('ask', h.ask)], states={1: [MessageHandler(filters.TEXT, partial(h.name, x=1))]},\n"
                                "                           fallbacks=[CommandHandler('stop', callback=h.stop)])\n"
                                "app = Application.builder().token('x').post_init(h.prepare).build()\napp.add_handler(talk)\n");
        tree_analyse(&t);
        ck_assert_str_eq(handlers(&t), "ask: telegram command 'ask'; name: telegram message; stop: telegram command 'stop'");
        ck_assert_str_eq(contexts(&t), "prepare startup");
        tree_free(&t);
}
END_TEST

START_TEST(entry__hooks_of_start_in_another_file)
{
        struct tree t = tree_new();
        tree_file(&t, "h.py", "import time\nfrom contextlib import asynccontextmanager\n@asynccontextmanager\nasync def around(app):\n    time.sleep(1)\n    yield\n"
                              "async def warm():\n    time.sleep(1)\nasync def cold():\n    time.sleep(1)\nasync def up(dp):\n    time.sleep(1)\nasync def serve(r):\n    time.sleep(1)\n"
                              "async def begin(ctx):\n    time.sleep(1)\nasync def fill(b):\n    time.sleep(1)\n");
        tree_file(&t, "app.py", "from fastapi import FastAPI\nimport h\napp = FastAPI(lifespan=h.around, on_startup=[h.warm], on_shutdown=[h.cold])\napp.add_api_route('/x', h.serve)\n");
        tree_file(&t, "dp.py", "from functools import partial\nfrom aiogram import Dispatcher, executor\nfrom h import up\ndp = Dispatcher()\nexecutor.start_polling(dp, on_startup=partial(up, 1))\n");
        tree_file(&t, "w.py", "import h\nclass WorkerSettings:\n    functions = []\n    on_startup = h.begin\n");
        tree_file(&t, "x.py", "from aiohttp import web\nimport h\napp = web.Application()\napp.on_startup.append(h.fill)\n");
        tree_analyse(&t);
        ck_assert_str_eq(contexts(&t), "around startup; warm startup; cold startup; up startup; serve request; begin startup; fill startup");
        ck_assert_str_eq(handlers(&t), "serve: fastapi api_route '/x'");
        tree_free(&t);
}
END_TEST

START_TEST(entry__registered_in_a_function_that_takes_the_dispatcher)
{
        struct tree t = tree_new();
        tree_file(&t, "handlers/user.py", "from aiogram import Dispatcher, Router, F\nfrom .go import go, other\nasync def start(m):\n    pass\nasync def help_(m):\n    pass\n"
                                          "def register_user(dp: Dispatcher):\n    dp.register_message_handler(start, commands=['start'])\n    dp.message.register(help_, F.text)\n"
                                          "def register_more(router):\n    router.callback_query.register(go)\n    router.message.outer_middleware.register(other)\n");
        tree_file(&t, "handlers/go.py", "async def go(q):\n    pass\nasync def other(q):\n    pass\n");
        tree_file(&t, "handlers/__init__.py", "");
        tree_analyse(&t);
        ck_assert_str_eq(handlers(&t), "go: aiogram callback_query; start: aiogram message; help_: aiogram message");
        tree_free(&t);
}
END_TEST

START_TEST(entry__discord)
{
        struct tree t = tree_new();
        tree_file(&t, "cog.py", "import time\nimport discord\nfrom discord import app_commands\nfrom discord.ext import commands, tasks\n"
                                "class Things(commands.Cog):\n"
                                "    @commands.Cog.listener()\n    async def on_message(self, m):\n        pass\n"
                                "    @commands.Cog.listener('on_x')\n    async def said(self, m):\n        pass\n"
                                "    @app_commands.command(name='a')\n    async def slash(self, i):\n        pass\n"
                                "    @commands.hybrid_command()\n    async def both(self, ctx):\n        pass\n"
                                "    @both.command()\n    async def sub(self, ctx):\n        pass\n"
                                "    @tasks.loop(seconds=5)\n    async def poll(self):\n        pass\n"
                                "    @poll.before_loop\n    async def wait(self):\n        time.sleep(1)\n"
                                "    async def cog_load(self):\n        time.sleep(1)\n"
                                "    async def cog_check(self, ctx):\n        pass\n"
                                "class Bot(commands.Bot):\n    async def setup_hook(self):\n        time.sleep(1)\n    async def on_member_join(self, m):\n        pass\n"
                                "class Press(discord.ui.View):\n    @discord.ui.button(label='x')\n    async def pressed(self, i, b):\n        pass\n"
                                "class Form(discord.ui.Modal):\n    async def on_submit(self, i):\n        pass\n");
        tree_file(&t, "two.py", "from discord.ext import commands\nbot = commands.Bot('!')\n@bot.event\nasync def on_ready():\n    pass\n@bot.tree.command()\nasync def t(i):\n    pass\n@bot.command()\nasync def c(ctx):\n    pass\n");
        tree_analyse(&t);
        ck_assert_str_eq(handlers(&t), "Things.on_message: discord listener; Things.said: discord listener 'on_x'; Things.slash: discord command 'a'; Things.both: discord hybrid_command; "
                                       "Things.sub: discord command; Things.poll: discord loop; Bot.on_member_join: discord event; Press.pressed: discord button 'x'; Form.on_submit: discord event; "
                                       "on_ready: discord event; t: discord command; c: discord command");
        ck_assert_str_eq(contexts(&t), "Things.wait startup; Things.cog_load startup; Bot.setup_hook startup");
        tree_free(&t);
}
END_TEST

START_TEST(entry__flask_and_django)
{
        struct tree t = tree_new();
        tree_file(&t, "bp.py", "from flask import Blueprint\nbp = Blueprint('x', __name__)\n@bp.route('/a')\ndef a():\n    pass\ndef b():\n    pass\nbp.add_url_rule('/b', view_func=b)\n"
                               "@bp.before_request\ndef before():\n    pass\n@bp.post('/c')\ndef c():\n    pass\n");
        tree_file(&t, "mv.py", "from flask.views import MethodView\nclass Api(MethodView):\n    def get(self):\n        pass\n    def helper(self):\n        pass\n");
        tree_file(&t, "mr.py", "from flask import Flask\nfrom mv import Api\napp = Flask(__name__)\napp.add_url_rule('/api', view_func=Api.as_view('api'))\n");
        tree_file(&t, "site/views.py", "from django.views import View\nfrom django.views.generic import ListView\nfrom django.views.decorators.cache import cache_page\nfrom rest_framework import viewsets\nfrom rest_framework.decorators import api_view, action\n"
                                       "def index(request):\n    pass\nclass V(View):\n    def get(self, request):\n        pass\n"
                                       "class L(ListView):\n    def get_queryset(self):\n        pass\n    def get_context_data(self):\n        pass\n"
                                       "@api_view(['GET'])\ndef api(request):\n    pass\n"
                                       "class S(viewsets.ModelViewSet):\n    def list(self, request):\n        pass\n    @action(detail=True)\n    def act(self, request):\n        pass\n");
        tree_file(&t, "site/urls.py", "from django.urls import path, re_path\nfrom django.views.decorators.cache import cache_page\nfrom . import views\nurlpatterns = [path('', cache_page(60)(views.index), name='index'), re_path(r'^v/$', view=views.V.as_view()), path('l', views.L.as_view())]\n");
        tree_file(&t, "site/__init__.py", "");
        tree_analyse(&t);
        ck_assert_str_eq(handlers(&t), "a: flask route '/a'; b: flask route '/b'; before: flask before_request; c: flask post '/c'; Api.get: flask route '/api'; index: django path ''; V.get: django path r'^v/$'; "
                                       "L.get_queryset: django path 'l'; L.get_context_data: django path 'l'; api: rest_framework api_view; S.list: rest_framework view; S.act: rest_framework action");
        tree_free(&t);
}
END_TEST

START_TEST(entry__queues_and_schedules)
{
        struct tree t = tree_new();
        tree_file(&t, "jobs.py", "from celery import shared_task\nfrom celery.signals import worker_process_init\n@shared_task(bind=True)\ndef one(self):\n    pass\nasync def two(ctx):\n    pass\nasync def three(ctx):\n    pass\n"
                                 "def four():\n    pass\nasync def five():\n    pass\ndef six():\n    pass\nasync def seven(ctx):\n    pass\nfrom rq.decorators import job\n@job('low')\ndef eight():\n    pass\n");
        tree_file(&t, "w.py", "from arq import cron, func\nfrom arq.connections import RedisSettings\nimport jobs\nFUNCTIONS = [jobs.two]\nclass WorkerSettings:\n    functions = [jobs.two, func(jobs.seven, name='s')]\n    cron_jobs = [cron(jobs.three, hour=1)]\n");
        tree_file(&t, "q.py", "from redis import Redis\nfrom rq import Queue\nimport jobs\nq = Queue(connection=Redis())\nq.enqueue(jobs.four, 1)\n");
        tree_file(&t, "s.py", "from functools import partial\nfrom apscheduler.schedulers.asyncio import AsyncIOScheduler\nimport jobs\nsched = AsyncIOScheduler()\ndef go():\n    sched.add_job(func=partial(jobs.five, 1), trigger='interval')\n"
                              "import schedule\nschedule.every(5).minutes.do(jobs.six)\n");
        tree_analyse(&t);
        ck_assert_str_eq(handlers(&t), "one: celery shared_task; two: arq function; three: arq cron; four: rq job; five: apscheduler job; six: schedule job; seven: arq function; eight: rq job 'low'");
        tree_free(&t);
}
END_TEST

START_TEST(entry__telethon_and_pyrogram)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from telethon import TelegramClient, events\nclient = TelegramClient('x', 1, 'y')\n@client.on(events.NewMessage)\nasync def a(e):\n    pass\nasync def b(e):\n    pass\nclient.add_event_handler(b, events.NewMessage())\n"
                              "@events.register(events.NewMessage)\nasync def c(e):\n    pass\n");
        tree_file(&t, "b.py", "from pyrogram import Client, filters\nfrom pyrogram.handlers import MessageHandler\napp = Client('x')\n@app.on_message(filters.text)\nasync def d(c, m):\n    pass\nasync def e(c, m):\n    pass\napp.add_handler(MessageHandler(e))\n"
                              "@Client.on_message(filters.private)\nasync def f(c, m):\n    pass\n");
        tree_analyse(&t);
        ck_assert_str_eq(handlers(&t), "a: telethon on; b: telethon event; c: telethon register; d: pyrogram on_message; e: pyrogram message; f: pyrogram on_message");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(entry__telegram_conversation_and_post_init, entry__hooks_of_start_in_another_file, entry__registered_in_a_function_that_takes_the_dispatcher, entry__discord,
          entry__flask_and_django, entry__queues_and_schedules, entry__telethon_and_pyrogram)

#include "tests/lib/sources.h"

static const char *size_of(struct tree *t)
{
        return tree_text(t, "SELECT value || ' ' || path || ':' || line || ' ' || decided_by || ' ' || resolved FROM code_value WHERE knob = 'size'");
}

START_TEST(pool__size_by_an_imported_constant)
{
        struct tree t = tree_new();
        tree_file(&t, "app/__init__.py", "");
        tree_file(&t, "app/limits.py", "# sizes\nLIMIT = 12\n");
        tree_file(&t, "app/config.py", "from .limits import LIMIT as most\n");
        tree_file(&t, "app/db.py", "import sqlalchemy as sa\nfrom app import config\nengine = sa.create_engine('postgresql://db/x', pool_size=config.most)\n");
        tree_analyse(&t);
        ck_assert_str_eq(size_of(&t), "12 app/limits.py:2 constant 1");
        ck_assert_int_eq(tree_check_ranges(&t, t.root), 1);
        tree_free(&t);
}
END_TEST

START_TEST(pool__options_that_are_put_together_are_no_default)
{
        static const char *const ways[] = {
                "kw = {}\n    kw['pool_size'] = read()\n",
                "kw = dict(echo=False)\n    kw.update(read())\n",
                "kw = {'echo': False}\n    kw.setdefault('pool_size', read())\n",
                "kw = Settings(read()).as_dict()\n",
        };
        for (size_t i = 0; i <= sizeof ways / sizeof *ways; i++) {
                struct tree t = tree_new();
                CLEANUP(str_release) struct str code = {0};
                str_add(&code, "from sqlalchemy import create_engine\nfrom elsewhere import read\nclass Settings:\n    def __init__(self, n): self.n = n\n"
                               "    def as_dict(self): return {'pool_size': self.n}\ndef make(url):\n    ");
                str_add(&code, i < sizeof ways / sizeof *ways ? ways[i] : "kw = {'echo': False}\n    kw['pool_timeout'] = 3\n    kw.update(future=True)\n");
                str_add(&code, "    return create_engine(url, **kw)\n");
                tree_file(&t, "db.py", str_text(&code));
                tree_analyse(&t);
                bool known = i == sizeof ways / sizeof *ways;
                ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_value WHERE knob = 'size' AND decided_by = 'default' AND resolved"), known);
                tree_free(&t);
        }
}
END_TEST

START_TEST(pool__size_by_environment_default_and_env_file)
{
        const char *code = "import os\nfrom dotenv import load_dotenv\nfrom sqlalchemy import create_engine\nload_dotenv()\n"
                           "engine = create_engine('postgresql://db/x', pool_size=int(os.getenv('POOL', '7')))\n";
        struct tree t = tree_new();
        tree_file(&t, "db.py", code);
        tree_analyse(&t);
        ck_assert_str_eq(size_of(&t), "7 db.py:5 env_default 1");
        ck_assert_int_eq(tree_check_ranges(&t, t.root), 1);
        tree_free(&t);

        t = tree_new();
        tree_file(&t, "db.py", code);
        tree_file(&t, ".env", "# the pool\nexport POOL=\"9\"\n");
        tree_analyse(&t);
        ck_assert_str_eq(size_of(&t), "9 .env:2 env_file 1");
        ck_assert_int_eq(tree_check_ranges(&t, t.root), 1);
        tree_free(&t);

        t = tree_new();
        tree_file(&t, "db.py", code);
        tree_file(&t, ".env.example", "POOL=11\n");
        tree_analyse(&t);
        ck_assert_str_eq(size_of(&t), "11 .env.example:1 env_file 0"); /* a template decides nothing */
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_pool WHERE size IS NULL"), 1);
        tree_free(&t);
}
END_TEST

START_TEST(pool__size_by_settings_class)
{
        struct tree t = tree_new();
        tree_file(&t, "settings.py",
                  "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
                  "class Db(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='DB_')\n    pool: int = 4\n    burst: int = 6\n"
                  "class App:\n    def __init__(self):\n        self.db = Db()\n"
                  "app = App()\n");
        tree_file(&t, ".env", "DB_BURST=8\n");
        tree_file(&t, "db.py", "from sqlalchemy.ext.asyncio import create_async_engine\nimport settings\n"
                               "engine = create_async_engine('postgresql+asyncpg://db/x', pool_size=settings.app.db.pool, max_overflow=settings.app.db.burst)\n");
        tree_analyse(&t);
        ck_assert_str_eq(size_of(&t), "4 settings.py:4 settings_class 1");
        ck_assert_int_eq(tree_int(&t, "SELECT overflow FROM code_pool"), 8);
        ck_assert_int_eq(tree_check_ranges(&t, t.root), 2);
        tree_free(&t);
}
END_TEST

START_TEST(pool__size_by_yaml_with_bytes_not_characters)
{
        struct tree t = tree_new();
        tree_file(&t, "conf/app.yaml", "name: \"größe ✓\"\ndb: {url: x, limits: {max: 13, 'min': 2}}\nlist:\n  - a: 1\n  - a: 2\n");
        tree_file(&t, "bot.py",
                  "import pathlib, yaml, asyncpg\n"
                  "def load(path):\n    with open(path) as f:\n        return yaml.safe_load(f)\n"
                  "config = load('conf/app.yaml')\n"
                  "async def main():\n    limits = config['db']['limits']\n"
                  "    return await asyncpg.create_pool(max_size=limits['max'], min_size=limits.get('min', 1))\n");
        tree_analyse(&t);
        ck_assert_str_eq(size_of(&t), "13 conf/app.yaml:2 yaml 1");
        ck_assert_int_eq(tree_int(&t, "SELECT min_size FROM code_pool"), 2);
        ck_assert_int_eq(tree_check_ranges(&t, t.root), 2);
        tree_free(&t);
}
END_TEST

START_TEST(pool__parameters_and_self_are_followed)
{
        struct tree t = tree_new();
        tree_file(&t, "store.py", "import asyncpg\nclass Store:\n    def __init__(self, size=3):\n        self.size = size\n"
                                  "    async def open(self):\n        self.pool = await asyncpg.create_pool('postgresql://db/x', max_size=self.size)\n");
        tree_file(&t, "main.py", "from store import Store\nstore = Store(size=21)\n");
        tree_analyse(&t);
        ck_assert_str_eq(size_of(&t), "21 main.py:2 literal 1");
        ck_assert_str_eq(tree_text(&t, "SELECT scope FROM code_pool"), "object");
        tree_free(&t);
}
END_TEST

/* Two functions that pass it on to each other, and one call from outside that decides. */
START_TEST(pool__parameter_passed_round_in_a_circle)
{
        struct tree t = tree_new();
        tree_file(&t, "db.py", "from sqlalchemy import create_engine\n"
                               "def again(n, tries):\n    return make(n, tries - 1)\n"
                               "def make(n, tries=3):\n    try:\n        return create_engine('postgresql://db/x', pool_size=n)\n"
                               "    except OSError:\n        return again(n, tries)\n");
        tree_file(&t, "main.py", "from db import make\nengine = make(11)\n");
        tree_analyse(&t);
        ck_assert_str_eq(size_of(&t), "11 main.py:2 literal 1");
        tree_free(&t);

        t = tree_new(); /* nobody outside says */
        tree_file(&t, "db.py", "from sqlalchemy import create_engine\n"
                               "def again(n):\n    return make(n)\n"
                               "def make(n):\n    create_engine('postgresql://db/x', pool_size=n)\n    return again(n)\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_value WHERE knob = 'size' AND NOT resolved AND value IS NULL"), 1);
        tree_free(&t);
}
END_TEST

START_TEST(pool__what_cannot_be_followed_is_unresolved)
{
        struct tree t = tree_new();
        tree_file(&t, "db.py", "import random\nfrom sqlalchemy import create_engine\n"
                               "def make(size, **rest):\n    return create_engine('postgresql://db/x', pool_size=size, **rest)\n"
                               "other = create_engine('postgresql://db/x', pool_size=5 if random.random() > 0.5 else 50)\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_value WHERE knob IN ('size', 'overflow') AND pool LIKE '%make%' AND decided_by = 'unresolved' AND NOT resolved"), 2);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_value WHERE knob = 'size' AND pool = 'db:other' AND NOT resolved AND value IS NULL"), 1);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_pool WHERE size IS NOT NULL"), 0);
        ck_assert_str_ne(tree_text(&t, "SELECT trail FROM code_value WHERE knob = 'size' AND pool LIKE '%make%'"), "");
        tree_free(&t);
}
END_TEST

START_TEST(pool__look_alikes_are_none)
{
        struct tree t = tree_new();
        tree_file(&t, "jobs.py", "from arq import create_pool\nfrom multiprocessing import Pool\nfrom mine import create_engine, Redis\n"
                                 "async def main(s):\n    await create_pool(s, max_size=5)\n    Pool(4)\n    create_engine('x', pool_size=3)\n    Redis(max_connections=9)\n");
        tree_file(&t, "mine.py", "def create_engine(url, pool_size): pass\nclass Redis: pass\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_pool"), 0);
        ck_assert_str_eq(tree_text(&t, "SELECT status FROM fact_state WHERE fact = 'code_pool'"), "empty");
        tree_free(&t);
}
END_TEST

START_TEST(pool__missing_argument_says_where_it_would_go)
{
        struct tree t = tree_new();
        const char *code = "import asyncpg\nasync def main(dsn):\n    return await asyncpg.create_pool(\n        dsn,\n        min_size=1,\n    )\n";
        tree_file(&t, "bot.py", code);
        tree_analyse(&t);
        int64_t at = tree_int(&t, "SELECT byte_start FROM code_value WHERE knob = 'size' AND decided_by = 'default' AND byte_start = byte_end");
        ck_assert_int_gt(at, 0);
        ck_assert_int_eq(strncmp(code + at - strlen("min_size=1,"), "min_size=1,\n", strlen("min_size=1,\n")), 0);
        ck_assert_str_eq(tree_text(&t, "SELECT lead || 'x=1' || tail FROM code_argument"), "\n        x=1,");
        ck_assert_str_eq(tree_text(&t, "SELECT anchor FROM code_argument"), "        min_size=1,");
        ck_assert_int_eq(tree_int(&t, "SELECT size FROM code_pool"), 10);
        tree_free(&t);
}
END_TEST

START_TEST(pool__behind_the_pooler_by_port)
{
        struct tree t = tree_new();
        tree_file(&t, "pgbouncer.ini", "[pgbouncer]\nlisten_port = 7000\npool_mode = transaction\ndefault_pool_size = 4\n");
        tree_file(&t, "a.py", "import asyncpg\nasync def main():\n    a = await asyncpg.create_pool('postgresql://u:secret@h:7000/x')\n"
                              "    b = await asyncpg.create_pool('postgresql://u@h/x')\n    c = await asyncpg.create_pool(f'postgresql://u@h:{port}/x')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(coalesce(behind_pooler, 'unknown'), ' ') FROM (SELECT * FROM code_pool ORDER BY line)"), "1 0 unknown");
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_pool WHERE url LIKE '%secret%'"), 0);
        ck_assert_str_eq(tree_text(&t, "SELECT value || format FROM code_value WHERE pool = 'pgbouncer' AND knob = 'default_pool_size'"), "4ini");
        ck_assert_int_gt(tree_check_ranges(&t, t.root), 0);
        tree_free(&t);
}
END_TEST

START_TEST(pool__of_flask_by_engine_options)
{
        struct tree t = tree_new();
        tree_file(&t, "ext.py", "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy(engine_options={'pool_size': 7, 'max_overflow': 3})\n"
                                "plain = SQLAlchemy()\nodd = SQLAlchemy(engine_options={'json_serializer': str})\n");
        tree_file(&t, "config.py", "class Config:\n    SQLALCHEMY_DATABASE_URI = 'postgresql://db/x'\n    SQLALCHEMY_ENGINE_OPTIONS = {'pool_size': 11, 'pool_pre_ping': True}\n"
                                   "class Local(Config):\n    SQLALCHEMY_DATABASE_URI = 'sqlite:///x.db'\n    SQLALCHEMY_ENGINE_OPTIONS = {'pool_size': 12}\n");
        tree_file(&t, "app.py", "def make(app):\n    app.config['SQLALCHEMY_ENGINE_OPTIONS'] = dict(pool_pre_ping=True)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(path || ':' || line || ' ' || size || '+' || overflow, ', ') FROM (SELECT * FROM code_pool ORDER BY path)"),
                         "app.py:2 5+10, config.py:3 11+10, ext.py:2 7+3");
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_value WHERE knob = 'size' AND decided_by IN ('literal', 'constant')"), 2);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_value WHERE knob = 'size' AND decided_by = 'default' AND value = '5'"), 1);
        ck_assert_int_gt(tree_check_ranges(&t, t.root), 3);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_argument WHERE refused IS NULL"), 0); /* SQLAlchemy() takes no max_overflow */
        tree_free(&t);
}
END_TEST

START_TEST(pool__of_django_only_where_one_is_asked_for)
{
        struct tree t = tree_new();
        tree_file(&t, "settings.py", "ENGINE = 'django.db.backends.postgresql'\n"
                                     "DATABASES = {\n    'default': {'ENGINE': ENGINE, 'OPTIONS': {'pool': {'min_size': 2, 'max_size': 9}}},\n"
                                     "    'other': {'ENGINE': ENGINE, 'OPTIONS': {'pool': True}},\n    'plain': {'ENGINE': ENGINE, 'CONN_MAX_AGE': 60},\n"
                                     "    'off': {'ENGINE': ENGINE, 'OPTIONS': {'pool': False}},\n    'file': {'ENGINE': 'django.db.backends.sqlite3', 'OPTIONS': {'pool': True}},\n}\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line || ' ' || min_size || ' ' || size, ', ') FROM (SELECT * FROM code_pool ORDER BY line)"), "3 2 9, 4 4 4");
        ck_assert_int_eq(tree_check_ranges(&t, t.root), 2);
        tree_free(&t);
}
END_TEST

START_TEST(pool__of_tortoise_by_url_or_configuration)
{
        struct tree t = tree_new();
        tree_file(&t, "app.py", "from tortoise import Tortoise\nfrom tortoise.contrib.fastapi import register_tortoise\n"
                                "TORTOISE_ORM = {'connections': {'default': {'engine': 'tortoise.backends.asyncpg', 'credentials': {'host': 'db', 'maxsize': 8}}}, 'apps': {}}\n"
                                "async def a():\n    await Tortoise.init(db_url='postgres://u:p@db/x?minsize=2&maxsize=6', modules={})\n"
                                "async def b():\n    await Tortoise.init(config=TORTOISE_ORM)\n"
                                "def c(app, url):\n    register_tortoise(app, db_url='asyncpg://db/x')\n    register_tortoise(app, db_url='sqlite://:memory:')\n    register_tortoise(app, db_url=url)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line || ' ' || min_size || ' ' || size, ', ') FROM (SELECT * FROM code_pool ORDER BY line)"), "3 1 8, 5 2 6, 9 1 5, 11 1 5");
        ck_assert_int_eq(tree_check_ranges(&t, t.root), 3);
        tree_free(&t);
}
END_TEST

START_TEST(pool__inside_wrappers)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "import os\nfrom databases import Database\nfrom gino import Gino\nfrom quart_db import QuartDB\n"
                              "db = Database('postgresql://h/x', min_size=2, max_size=7)\nfile = Database('sqlite:///x.db')\nquart = QuartDB(app)\ng = Gino()\n"
                              "async def go():\n    await g.set_bind(os.environ['DSN'], max_size=4)\n"
                              "TORTOISE = {'connections': {'default': os.environ.get('DB_URL'), 'file': 'sqlite://x'}, 'apps': {}}\n");
        tree_file(&t, "r.py", "from flask_redis import FlaskRedis\nfrom taskiq_redis import RedisStreamBroker\nr = FlaskRedis(socket_timeout=5)\nb = RedisStreamBroker(url='redis://h/1')\n"
                              "def go():\n    r.get('x')\n");
        tree_file(&t, "mine.py", "class Database:\n    pass\nclass FlaskRedis:\n    pass\na = Database('postgresql://h/x')\nb = FlaskRedis()\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line || ' ' || library || ' ' || min_size || ' ' || size || coalesce(' ' || driver, ''), ', ') FROM (SELECT * FROM code_pool WHERE path = 'a.py' ORDER BY line)"),
                         "5 databases 2 7 postgresql, 6 databases 10 10 sqlite, 7 quart_db 10 10, 10 gino 10 4, 11 tortoise 1 5");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line || ' ' || library || ' ' || coalesce(url, '?') || ' ' || async, ', ') FROM (SELECT * FROM code_pool WHERE path = 'r.py' ORDER BY line)"),
                         "3 redis ? 0, 4 redis redis://h/1 1");
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_pool WHERE path = 'mine.py'"), 0);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_site WHERE what = 'redis_get'"), 1);
        tree_check_ranges(&t, t.root);
        tree_free(&t);
}
END_TEST

START_TEST(pool__of_peewee_and_urls_that_are_objects)
{
        struct tree t = tree_new();
        tree_file(&t, "db.py", "from playhouse.pool import PooledPostgresqlDatabase\nfrom peewee import PostgresqlDatabase\nfrom sqlalchemy import create_engine, make_url\nfrom sqlalchemy.engine import URL\n"
                               "a = PooledPostgresqlDatabase('x', max_connections=16, stale_timeout=300)\nb = PooledPostgresqlDatabase('x')\nc = PostgresqlDatabase('x')\n"
                               "d = create_engine(URL.create('postgresql+psycopg', username='u', password='secret', host='h', port=6432, database='x'), pool_size=3)\n"
                               "e = create_engine(make_url('postgresql://h/y'), pool_size=4)\nf = create_engine(URL.create('postgresql', host=HOST, database='z').render_as_string())\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line || ' ' || size, ', ') FROM (SELECT * FROM code_pool ORDER BY line)"), "5 16, 6 20, 8 3, 9 4, 10 5");
        ck_assert_str_eq(tree_text(&t, "SELECT driver || ' ' || url || ' ' || behind_pooler FROM code_pool WHERE line = 8"), "psycopg postgresql+psycopg://u@h:6432/x 1");
        ck_assert_str_eq(tree_text(&t, "SELECT url FROM code_pool WHERE line = 9"), "postgresql://h/y");
        ck_assert_str_eq(tree_text(&t, "SELECT url FROM code_pool WHERE line = 10"), "postgresql://?/z");
        tree_check_ranges(&t, t.root);
        tree_free(&t);
}
END_TEST

START_TEST(pool__made_by_a_function_of_another_name)
{
        struct tree t = tree_new();
        tree_file(&t, "app/db.py", "from sqlalchemy import create_engine\ndef make_engine(url, size):\n    return create_engine(url, pool_size=size)\n");
        tree_file(&t, "app/main.py", "from app.db import make_engine as _make\nengine = _make('postgresql://h/d', 20)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT value || ' ' || decided_by FROM code_value WHERE knob = 'size'"), "20 literal");
        tree_free(&t);
}
END_TEST

START_TEST(pool__of_django_by_default_and_a_file_by_default)
{
        struct tree t = tree_new();
        tree_file(&t, "settings.py", "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'OPTIONS': {'pool': True}}}\n");
        tree_file(&t, "c.py", "from sqlalchemy import create_engine\nclass C:\n    NAME: str\n    def url(self, driver: str = 'sqlite+aiosqlite') -> str:\n        if driver.startswith('sqlite'):\n"
                              "            return f'{driver}:////data/{self.NAME}'\n        return f'{driver}://{self.NAME}'\nc = C()\nengine = create_engine(c.url())\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT value || ' ' || decided_by FROM code_value WHERE knob = 'size' AND pool LIKE 'settings%'"), "4 default");
        ck_assert_str_eq(tree_text(&t, "SELECT driver FROM code_pool WHERE pool LIKE 'c:%'"), "sqlite");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(pool__made_by_a_function_of_another_name, pool__of_django_by_default_and_a_file_by_default, pool__inside_wrappers, pool__of_flask_by_engine_options, pool__of_django_only_where_one_is_asked_for, pool__of_tortoise_by_url_or_configuration, pool__of_peewee_and_urls_that_are_objects,
          pool__parameter_passed_round_in_a_circle, pool__size_by_an_imported_constant, pool__options_that_are_put_together_are_no_default, pool__size_by_environment_default_and_env_file, pool__size_by_settings_class,
          pool__size_by_yaml_with_bytes_not_characters, pool__parameters_and_self_are_followed, pool__what_cannot_be_followed_is_unresolved,
          pool__look_alikes_are_none, pool__missing_argument_says_where_it_would_go, pool__behind_the_pooler_by_port)

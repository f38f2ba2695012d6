#include "tests/lib/sources.h"

/*
 * Settings as a deployment gives them: each case is the code, the files around it, and the size of the pool with the place that decides.
 */
#define ENGINE "from sqlalchemy import create_engine\n"
#define SIZED "import os\n" ENGINE "engine = create_engine('postgresql://db/x', pool_size=int(os.environ['POOL']))\n"

static const char *size_of(struct tree *t)
{
        return tree_text(t, "SELECT coalesce(value, '?') || ' ' || coalesce(path || ':' || line, '-') || ' ' || decided_by FROM code_value WHERE knob = 'size'");
}

static const char *programs(struct tree *t)
{
        return tree_text(t, "SELECT group_concat(program || ' ' || coalesce(processes, '?') || ' ' || coalesce(server, '-') || ' ' || coalesce(entry_path, '-'), '; ') FROM (SELECT * FROM code_program ORDER BY program)");
}

static const char *settings(struct tree *t, const char *system)
{
        return tree_text(t, arena_printf(t->arena, "SELECT group_concat(name || ' ' || coalesce(value, '?') || ' ' || path || ':' || coalesce(line, 0), '; ') FROM (SELECT * FROM code_setting WHERE system = '%s' ORDER BY path, line, name)", system));
}

static void sized(struct tree *t, const char *wanted)
{
        tree_analyse(t);
        ck_assert_str_eq(size_of(t), wanted);
        tree_check_ranges(t, t->root);
        tree_free(t);
}

START_TEST(compose__order_of_env_files_and_anchors)
{
        struct tree t = tree_new();
        tree_file(&t, "db.py", SIZED);
        tree_file(&t, "a.env", "POOL=3\n");
        tree_file(&t, "b.env", "POOL=4\n");
        tree_file(&t, "compose.yml", "services:\n  web:\n    command: python db.py\n    env_file:\n      - a.env\n      - path: b.env\n        required: false\n");
        sized(&t, "4 b.env:1 environment");
        t = tree_new();
        tree_file(&t, "db.py", SIZED);
        tree_file(&t, "compose.yml", "x-common: &common\n  environment: &env\n    POOL: 5\n    OTHER: 1\nservices:\n  web:\n    <<: *common\n    command: python db.py\n    environment:\n      <<: *env\n      POOL: \"6\"\n");
        sized(&t, "6 compose.yml:11 environment");
        t = tree_new();
        tree_file(&t, "db.py", SIZED);
        tree_file(&t, ".env", "POOL=9\n");
        tree_file(&t, "compose.yml", "services:\n  web:\n    command: python db.py\n    environment:\n      POOL: ${POOL:-8}\n");
        sized(&t, "9 .env:1 environment"); /* compose reads the .env beside it for what it fills in */
        t = tree_new();
        tree_file(&t, "db.py", SIZED);
        tree_file(&t, "compose.yml", "services:\n  web:\n    command: python db.py\n    environment:\n      - POOL=${WEB_POOL-8}\n");
        sized(&t, "8 compose.yml:5 environment");
        t = tree_new();
        tree_file(&t, "db.py", SIZED);
        tree_file(&t, ".env", "POOL=7\n");
        tree_file(&t, "compose.yml", "services:\n  web:\n    command: python db.py\n    environment:\n      - POOL\n");
        sized(&t, "7 .env:1 environment");
}
END_TEST

START_TEST(compose__extends_scale_and_overrides)
{
        struct tree t = tree_new();
        tree_file(&t, "db.py", SIZED);
        tree_file(&t, "common.yml", "services:\n  base:\n    image: x\n    command: python db.py\n    environment: {POOL: 3}\n    scale: 2\n");
        tree_file(&t, "compose.yml", "services:\n  web:\n    extends: {file: common.yml, service: base}\n    environment: {POOL: 5}\n  again:\n    extends: web\n");
        tree_analyse(&t);
        ck_assert_str_eq(programs(&t), "again 2 - db.py; base 2 - db.py; web 2 - db.py");
        ck_assert_int_eq(tree_int(&t, "SELECT resolved FROM code_value WHERE knob = 'size'"), 0); /* 3 of one, 5 of the others */
        tree_free(&t);
}
END_TEST

START_TEST(options__of_the_command_that_starts_it)
{
        const char *code = "import argparse\n" ENGINE "p = argparse.ArgumentParser()\np.add_argument('-n', '--pool-size', type=int, default=5)\nargs = p.parse_args()\n"
                           "engine = create_engine('postgresql://db/x', pool_size=args.pool_size)\n";
        struct tree t = tree_new();
        tree_file(&t, "db.py", code);
        tree_file(&t, "Procfile", "web: python db.py --pool-size 7\n");
        sized(&t, "7 Procfile:1 environment");
        t = tree_new();
        tree_file(&t, "db.py", code);
        tree_file(&t, "a.service", "[Service]\nExecStart=/usr/bin/python3 db.py --pool-size=8\n");
        sized(&t, "8 a.service:2 environment");
        t = tree_new();
        tree_file(&t, "db.py", code);
        tree_file(&t, "Procfile", "web: python db.py -n 7\nother: python db.py\n");
        sized(&t, "? Procfile:1 unresolved");
        t = tree_new();
        tree_file(&t, "db.py", "import click\n" ENGINE "@click.command()\n@click.option('--pool', default=6)\ndef main(pool):\n    engine = create_engine('postgresql://db/x', pool_size=pool)\n    run(engine)\nmain()\n");
        tree_file(&t, "Procfile", "web: python db.py --pool 9\n");
        sized(&t, "9 Procfile:1 environment");
}
END_TEST

START_TEST(systemd__drop_ins_templates_and_files)
{
        struct tree t = tree_new();
        tree_file(&t, "db.py", SIZED);
        tree_file(&t, "etc/bot.service", "[Service]\nEnvironment=POOL=3\nEnvironmentFile=-/etc/bot/bot.env\nExecStart=/usr/bin/python3 db.py\n");
        tree_file(&t, "etc/bot/bot.env", "# x\nPOOL=4\n");
        sized(&t, "4 etc/bot/bot.env:2 environment");
        t = tree_new();
        tree_file(&t, "db.py", SIZED);
        tree_file(&t, "etc/bot.service", "[Service]\nEnvironment=POOL=3\nExecStart=/usr/bin/python3 db.py\n");
        tree_file(&t, "etc/bot.service.d/10-pool.conf", "[Service]\nEnvironment=POOL=6\n");
        sized(&t, "6 etc/bot.service.d/10-pool.conf:2 environment");
        t = tree_new();
        tree_file(&t, "db.py", SIZED);
        tree_file(&t, "etc/bot.service", "[Service]\nEnvironment=POOL=3\nExecStart=/usr/bin/false\n");
        tree_file(&t, "etc/bot.service.d/10-pool.conf", "[Service]\nExecStart=\nExecStart=/usr/bin/python3 db.py\n");
        sized(&t, "3 etc/bot.service:2 environment");
}
END_TEST

START_TEST(pm2__ecosystem_in_javascript)
{
        struct tree t = tree_new();
        tree_file(&t, "db.py", SIZED);
        tree_file(&t, "ecosystem.config.js", "// deployed by hand\nconst dir = __dirname;\nmodule.exports = {\n  apps: [\n    { name: 'bot', script: \"db.py\", interpreter: 'python3', instances: 3, env: { POOL: 12, NAME: `x`, }, /* more */\n      log: dir + '/x' , watch: false },\n"
                                             "    { name: 'odd', script: \"db.py\", interpreter: 'python3', instances: cores(), env: { POOL: '12' } },\n    ...others,\n  ],\n};\n");
        tree_analyse(&t);
        ck_assert_str_eq(programs(&t), "bot 3 - db.py; odd ? - db.py");
        ck_assert_str_eq(size_of(&t), "12 ecosystem.config.js:5 environment");
        tree_check_ranges(&t, t.root);
        tree_free(&t);
}
END_TEST

START_TEST(servers__processes_from_code_and_environment)
{
        struct tree t = tree_new();
        tree_file(&t, "run.py", "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run('run:app', workers=4)\n");
        tree_file(&t, "app.py", "x = 1\n");
        tree_file(&t, "compose.yml", "services:\n  a:\n    command: python run.py\n  b:\n    command: gunicorn app:app\n    environment: {GUNICORN_CMD_ARGS: '--workers 5 --threads 3'}\n"
                                     "  c:\n    command: gunicorn app:app -w 2\n    environment: {GUNICORN_CMD_ARGS: '--workers=5', WEB_CONCURRENCY: 7}\n  d:\n    command: gunicorn app:app\n    environment: {WEB_CONCURRENCY: 7}\n"
                                     "  e:\n    command: granian --interface asgi app:app --workers 6\n  f:\n    command: daphne -b 0.0.0.0 app:app\n  g:\n    command: hypercorn app:app -w 8\n");
        tree_analyse(&t);
        ck_assert_str_eq(programs(&t), "a 4 uvicorn run.py; b 5 gunicorn app.py; c 2 gunicorn app.py; d 7 gunicorn app.py; e 6 granian app.py; f 1 daphne app.py; g 8 hypercorn app.py");
        tree_free(&t);
}
END_TEST

START_TEST(files__that_include_others)
{
        struct tree t = tree_new();
        tree_file(&t, "pg/postgresql.conf", "max_connections = 100\nshared_buffers = 1GB\ninclude_if_exists = 'extra.conf'\ninclude_dir 'conf.d'\n");
        tree_file(&t, "pg/extra.conf", "max_connections = 200\n");
        tree_file(&t, "pg/conf.d/10.conf", "max_connections = 300\n");
        tree_file(&t, "pg/conf.d/20.conf", "max_connections = 400\n");
        tree_file(&t, "redis/redis.conf", "maxclients 100\nmaxmemory 1gb\ninclude /etc/redis/more.conf\n");
        tree_file(&t, "redis/more.conf", "maxclients 500\n");
        tree_file(&t, "pgbouncer.ini", "[pgbouncer]\npool_mode = session\n%include extra.ini\nmax_client_conn = 10\n");
        tree_file(&t, "extra.ini", "[pgbouncer]\npool_mode = transaction\nmax_client_conn = 20\n");
        tree_analyse(&t);
        ck_assert_str_eq(settings(&t, "postgresql"), "max_connections 400 pg/conf.d/20.conf:1; shared_buffers 1GB pg/postgresql.conf:2; include_if_exists extra.conf pg/postgresql.conf:3; include_dir conf.d pg/postgresql.conf:4");
        ck_assert_str_eq(settings(&t, "redis"), "maxclients 500 redis/more.conf:1; maxmemory 1gb redis/redis.conf:2; include /etc/redis/more.conf redis/redis.conf:3");
        ck_assert_str_eq(settings(&t, "pgbouncer"), "pool_mode transaction extra.ini:2; max_client_conn 20 extra.ini:3; max_client_conn 10 pgbouncer.ini:4");
        tree_free(&t);
}
END_TEST

START_TEST(flask__settings_of_before)
{
        struct tree t = tree_new();
        tree_file(&t, "config.py", "class Config:\n    SQLALCHEMY_DATABASE_URI = 'postgresql://db/x'\n    SQLALCHEMY_POOL_SIZE = 14\n    SQLALCHEMY_MAX_OVERFLOW = 3\n");
        sized(&t, "14 config.py:3 literal");
        t = tree_new();
        tree_file(&t, "app.py", "def make(app):\n    app.config['SQLALCHEMY_POOL_SIZE'] = 15\n    app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite://'\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_pool"), 0);
        tree_free(&t);
}
END_TEST

START_TEST(url__of_django_and_its_queries)
{
        struct tree t = tree_new();
        tree_file(&t, "settings.py", "import environ\nenv = environ.Env()\nenv.read_env()\nDATABASES = {'default': env.db('DATABASE_URL')}\n"
                                     "DATABASES['default']['OPTIONS'] = {'pool': {'max_size': 9}}\n");
        tree_file(&t, "db.py", "import asyncpg\nfrom sqlalchemy.ext.asyncio import create_async_engine\nengine = create_async_engine('postgresql+asyncpg://h/x?prepared_statement_cache_size=0&application_name=web')\n"
                               "async def go():\n    await asyncpg.create_pool('postgresql://h/x?application_name=bot&statement_timeout=5000', min_size=1, max_size=2)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT value FROM code_value WHERE knob = 'prepared_statement_cache_size'"), "0");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(application_name) FROM (SELECT * FROM code_pool WHERE path = 'db.py' ORDER BY line)"), "web,bot");
        tree_free(&t);
}
END_TEST

START_TEST(django__reaches_what_it_loads_by_name)
{
        struct tree t = tree_new();
        tree_file(&t, "manage.py", "import os\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line()\n");
        tree_file(&t, "shop/__init__.py", "");
        tree_file(&t, "shop/wsgi.py", "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n");
        tree_file(&t, "shop/celery.py", "from celery import Celery\napp = Celery('shop')\n");
        tree_file(&t, "orders/views.py", "import redis\nr = redis.Redis()\n");
        tree_file(&t, "orders/tests/test_x.py", "x = 1\n");
        tree_file(&t, "uwsgi.ini", "[uwsgi]\nprocesses = 3\nthreads = 2\nmodule = shop.wsgi:application\n");
        tree_file(&t, "compose.yml", "services:\n  web:\n    command: [\"uwsgi\", \"--ini\", \"uwsgi.ini\"]\n  worker:\n    command: celery -A shop worker -c 2\n");
        tree_analyse(&t);
        ck_assert_str_eq(programs(&t), "web 3 uwsgi shop/wsgi.py; worker 2 celery shop/__init__.py");
        ck_assert_str_eq(tree_text(&t, "SELECT programs FROM fact_code_pool"), "[\"web\",\"worker\"]");
        ck_assert_str_eq(tree_text(&t, "SELECT command FROM code_program WHERE program = 'web'"), "uwsgi --ini uwsgi.ini");
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_program WHERE modules LIKE '%test_x%'"), 0);
        tree_free(&t);
}
END_TEST

START_TEST(pool__by_another_name)
{
        struct tree t = tree_new();
        tree_file(&t, "db.py", "from sqlalchemy import create_engine as _make\nfrom elsewhere import create_pool as _other\nengine = _make('postgresql://db/x', pool_size=6)\npool = _other(max_size=5)\n");
        sized(&t, "6 db.py:3 literal");
}
END_TEST

START_TEST(hostile__chains_loops_and_halves)
{
        struct tree t = tree_new();
        CLEANUP(str_release) struct str many = {0};
        str_add(&many, "services:\n");
        for (int i = 0; i < 2000; i++)
                str_printf(&many, "  s%d:\n    extends: s%d\n    command: python a.py\n", i, i + 1);
        tree_file(&t, "compose.many.yml", str_text(&many));
        tree_file(&t, "compose.yml", "services:\n  a:\n    extends: b\n  b:\n    extends: a\n  c:\n    extends: {file: compose.yml, service: c}\n    command: python a.py\n    environment: ['${', '${X', 'A=${X-', B, '=${Y:-']\n");
        tree_file(&t, "postgresql.conf", "max_connections = 5\ninclude 'postgresql.conf'\ninclude_dir '.'\ninclude_dir ''\n");
        tree_file(&t, "a.service", "[Service]\nExecStart=\nExecStart=python a.py --\n");
        tree_file(&t, "a.service.d/x.conf", "[Service\nExecStart\n=\n");
        tree_file(&t, "uwsgi.ini", "[uwsgi]\nmodule =\nwsgi-file = ..\n");
        tree_file(&t, "Procfile", "a: uwsgi uwsgi.ini\nb: uwsgi --ini\n");
        tree_file(&t, "a.py", "import uvicorn\nuvicorn.run\nuvicorn.run(\n");
        static const char *const scripts[] = {"module.exports", "module.exports =", "module.exports = {apps: [{script: `${x}`, args: f(", "module.exports = {'", "module.exports = {/*", "module.exports = {a: [}]}, b}", "export default //"};
        for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
                tree_file(&t, arena_printf(t.arena, "ecosystem.%zu.js", i), scripts[i]);
        tree_analyse(&t);
        ck_assert_int_gt(tree_int(&t, "SELECT count(*) FROM code_program"), 300);
        ck_assert_int_lt(tree_int(&t, "SELECT count(*) FROM code_program"), 420);
        tree_free(&t);
}
END_TEST

START_TEST(celery__settings_in_every_form)
{
        struct tree t = tree_new();
        tree_file(&t, "app.py", "from celery import Celery\napp = Celery('x', broker='redis://h/0')\napp.conf.update(worker_prefetch_multiplier=1, task_acks_late=True)\napp.conf.worker_concurrency = 4\n"
                                "app.conf['task_time_limit'] = 60\napp.config_from_object('celeryconfig')\napp.conf.update({'result_expires': 5})\napp.conf |= {'task_soft_time_limit': 7}\n");
        tree_file(&t, "celeryconfig.py", "worker_max_tasks_per_child = 100\nbroker_pool_limit = 3\n");
        tree_file(&t, "settings.py", "CELERY_TASK_TIME_LIMIT = 9\nCELERYD_CONCURRENCY = 8\nCELERY_BROKER_URL = 'redis://x'\n");
        tree_analyse(&t);
        ck_assert_str_eq(settings(&t, "celery"), "app ? app.py:2; broker_url redis app.py:2; task_acks_late True app.py:3; worker_prefetch_multiplier 1 app.py:3; worker_concurrency 4 app.py:4; task_time_limit 60 app.py:5; "
                                                 "result_expires 5 app.py:7; task_soft_time_limit 7 app.py:8; worker_max_tasks_per_child 100 celeryconfig.py:1; broker_pool_limit 3 celeryconfig.py:2; "
                                                 "task_time_limit 9 settings.py:1; worker_concurrency 8 settings.py:2; broker_url redis settings.py:3");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(compose__order_of_env_files_and_anchors, compose__extends_scale_and_overrides, options__of_the_command_that_starts_it, systemd__drop_ins_templates_and_files,
          pm2__ecosystem_in_javascript, servers__processes_from_code_and_environment, files__that_include_others, flask__settings_of_before, url__of_django_and_its_queries,
          celery__settings_in_every_form, django__reaches_what_it_loads_by_name, pool__by_another_name, hostile__chains_loops_and_halves)

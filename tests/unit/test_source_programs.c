/* What the files of a deployment start, in how many processes, and what they set. */
#include "tests/lib/sources.h"

static const char *programs(struct tree *t)
{
        return tree_text(t, "SELECT group_concat(program || ' ' || coalesce(processes, '?') || coalesce('x' || threads, '') || ' ' || coalesce(server, '-') || ' ' || coalesce(entry_path, '-') || ' ' || declared_as, '; ') "
                            "FROM (SELECT * FROM code_program ORDER BY path, line)");
}

static const char *settings(struct tree *t)
{
        return tree_text(t, "SELECT group_concat(system || ' ' || name || ' ' || coalesce(value, '?') || ' ' || path || ':' || coalesce(line, '-'), '; ') FROM (SELECT * FROM code_setting WHERE system <> 'database' ORDER BY path, line)");
}

/* Settings that have a place: the bytes there are the value. */
static void check_places(struct tree *t)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        struct err err = {0};
        ck_assert_int_eq(stmt_prepare(store_db(t->store), "SELECT path, byte_start, byte_end, value FROM code_setting WHERE byte_end IS NOT NULL", &st, &err), 0);
        while (stmt_step(st, &err) == 1) {
                char *bytes;
                size_t len, start = (size_t)stmt_int(st, 1), end = (size_t)stmt_int(st, 2);
                const char *value = arena_strdup(t->arena, stmt_text(st, 3));
                ck_assert_int_eq(fs_read(t->arena, fs_join(t->arena, t->root, stmt_text(st, 0)), 1 << 20, &bytes, &len, &err), 0);
                ck_assert_msg(strlen(value) == end - start && end <= len && !memcmp(bytes + start, value, end - start), "'%.*s' is not '%s'", (int)(end - start), bytes + start, value);
        }
}

START_TEST(program__supervisor_numprocs_times_workers)
{
        struct tree t = tree_new();
        tree_file(&t, "deploy/supervisord.conf", "[program:web]\ndirectory=/srv/app/src\ncommand=/venv/bin/gunicorn shop.wsgi:app\n  --workers=3 --threads 2\nnumprocs=2\n"
                                                 "[program:bot]\ncommand=python -m bot\nenvironment=POOL=\"7\",\n  OTHER=x\n[program:tail]\ncommand=tail -f x\n[program:many]\ncommand=python bot.py\nnumprocs=%(ENV_N)s\n");
        tree_file(&t, "src/shop/wsgi.py", "from shop.db import engine\n");
        tree_file(&t, "src/shop/__init__.py", "");
        tree_file(&t, "src/shop/db.py", "from sqlalchemy import create_engine\nengine = create_engine('postgresql://db/x', pool_size=5)\n");
        tree_file(&t, "bot.py", "import os, asyncpg\nasync def main():\n    await asyncpg.create_pool(max_size=int(os.getenv('POOL', 3)))\n");
        tree_analyse(&t);
        ck_assert_str_eq(programs(&t), "web 6x2 gunicorn src/shop/wsgi.py supervisor; bot 1 - bot.py supervisor; tail 1 - - supervisor; many ? - bot.py supervisor");
        ck_assert_str_eq(tree_text(&t, "SELECT processes FROM fact_code_pool WHERE library = 'sqlalchemy'"), "6");
        ck_assert_str_eq(settings(&t), "gunicorn workers 3 deploy/supervisord.conf:4; gunicorn threads 2 deploy/supervisord.conf:4");
        check_places(&t);
        tree_free(&t);
}
END_TEST

START_TEST(program__compose_builds_commands_and_environment)
{
        struct tree t = tree_new();
        tree_file(&t, "docker-compose.yml",
                  "x-env: &env\n  POOL: ${POOL:-9}\nservices:\n  db:\n    image: postgres:15\n    command: postgres -c max_connections=300 -c shared_buffers=1GB\n    # command: -c max_connections=900\n"
                  "  web:\n    build: {context: ./backend}\n    environment:\n      <<: *env\n    deploy: {replicas: 3}\n"
                  "  worker:\n    build: ./backend\n    command: [\"celery\", \"-A\", \"app.tasks\", \"worker\", \"-c\", \"4\"]\n    env_file: .env\n    environment: [POOL=11]\n"
                  "  front:\n    image: node\n    command: npm start\n  redis:\n    image: redis:7\n    command: [redis-server, --maxclients, '200']\n");
        tree_file(&t, "backend/Dockerfile", "FROM python\nENV WEB_CONCURRENCY=2\nCMD [\"sh\", \"-c\", \"alembic upgrade head && uvicorn app.main:app --host 0.0.0.0\"]\n");
        tree_file(&t, "backend/app/__init__.py", "");
        tree_file(&t, "backend/app/db.py", "import os\nfrom sqlalchemy import create_engine\nengine = create_engine('postgresql://db/x', pool_size=int(os.environ['POOL']))\n");
        tree_file(&t, "backend/app/main.py", "from app import db\n");
        tree_file(&t, "backend/app/tasks.py", "x = 1\n");
        tree_file(&t, ".env", "POOL=2\n");
        tree_analyse(&t);
        ck_assert_str_eq(programs(&t), "web 6 uvicorn backend/app/main.py compose; worker 4 celery backend/app/tasks.py compose");
        ck_assert_str_eq(tree_text(&t, "SELECT value || ' ' || path || ':' || line || ' ' || decided_by || ' ' || resolved FROM code_value WHERE knob = 'size'"), "2 .env:1 environment 1");
        ck_assert_str_eq(settings(&t), "postgresql max_connections 300 docker-compose.yml:6; postgresql shared_buffers 1GB docker-compose.yml:6; "
                                       "celery concurrency 4 docker-compose.yml:15; redis maxclients 200 docker-compose.yml:23");
        check_places(&t);
        tree_free(&t);
}
END_TEST

START_TEST(program__systemd_procfile_pm2_cron_dockerfile)
{
        struct tree t = tree_new();
        tree_file(&t, "infra/bot@.service", "[Service]\nWorkingDirectory=/srv/bot\nEnvironment=\"POOL=4\" X=1\nExecStart=-/venv/bin/python -O main.py --n %i\n");
        tree_file(&t, "Procfile", "web: gunicorn api:app -w 4 -k gevent\nrelease: python manage.py migrate\nbeat: celery -A jobs beat\n");
        tree_file(&t, "ecosystem.config.json", "{\"apps\": [{\"name\": \"w\", \"script\": \"jobs.py\", \"interpreter\": \"python3\", \"instances\": 5}, {\"name\": \"m\", \"script\": \"jobs.py\", \"instances\": \"max\"}, "
                                               "{\"name\": \"js\", \"script\": \"index.js\"}]}");
        tree_file(&t, "crontab", "*/5 * * * * cd /srv && flock -n x python -m nightly\n");
        tree_file(&t, "Dockerfile", "FROM python\nENTRYPOINT [\"./entry.sh\"]\nCMD [\"serve\"]\n");
        tree_file(&t, "entry.sh", "#!/bin/sh\npip install gunicorn\nif [ \"$1\" = serve ]; then\n  exec hypercorn api:app --workers 2\nfi\n");
        tree_file(&t, "pyproject.toml", "[project.scripts]\nrunit = \"jobs:main\"\n");
        tree_file(&t, "main.py", "x = 1\n");
        tree_file(&t, "api.py", "x = 1\n");
        tree_file(&t, "jobs.py", "x = 1\n");
        tree_file(&t, "nightly.py", "x = 1\n");
        tree_analyse(&t);
        ck_assert_str_eq(programs(&t), "container 2 hypercorn api.py dockerfile; web 4 gunicorn api.py procfile; beat 1 celery jobs.py procfile; cron nightly 1 - nightly.py cron; "
                                       "w 5 - jobs.py pm2; m ? - jobs.py pm2; bot@ ? - main.py systemd");
        check_places(&t);
        tree_free(&t);
}
END_TEST

START_TEST(program__gunicorn_file_and_alternatives)
{
        struct tree t = tree_new();
        tree_file(&t, "gunicorn.conf.py", "import multiprocessing, os\nworkers = int(os.getenv('WORKERS', '5'))\nthreads = 2\npreload_app = True\nworker_class = 'gthread'\n");
        tree_file(&t, "app.service", "[Service]\nExecStart=/usr/bin/gunicorn main:app\n");
        tree_file(&t, "Dockerfile", "FROM python\nCMD gunicorn main:app\n");
        tree_file(&t, "main.py", "from sqlalchemy import create_engine\nengine = create_engine('postgresql://db/x')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT program || processes || threads FROM code_program WHERE declared_as = 'systemd'"), "app52");
        ck_assert_str_eq(tree_text(&t, "SELECT programs || processes FROM fact_code_pool"), "[\"app\"]5"); /* the container is another way to start the same */
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_setting WHERE system = 'gunicorn' AND name = 'preload_app' AND value = 'True' AND line = 4"), 2);
        tree_free(&t);

        t = tree_new(); /* as many as the machine has: unknown, never guessed */
        tree_file(&t, "gunicorn.conf.py", "import multiprocessing\nworkers = multiprocessing.cpu_count() * 2 + 1\n");
        tree_file(&t, "Procfile", "web: gunicorn main:app\nworker: celery -A main worker\n");
        tree_file(&t, "main.py", "x = 1\n");
        tree_analyse(&t);
        ck_assert_str_eq(programs(&t), "web ? gunicorn main.py procfile; worker ? celery main.py procfile");
        tree_free(&t);
}
END_TEST

START_TEST(program__hostile_declarations)
{
        struct tree t = tree_new();
        CLEANUP(str_release) struct str s = {0};
        tree_file(&t, "docker-compose.yml", "services:\n  a: [1]\n  b: {build: {context: ../../..}, command: [], environment: {}}\n  c: {command: '\"unclosed $X ${Y %(Z', env_file: [nowhere, ./]}\n  {{ x }}: {command: python}\n");
        tree_file(&t, "supervisord.conf", "[program:]\ncommand=\n[program:a]\ncommand=bash -c 'bash -c \"bash -c sh\"'\nenvironment=A=,=,B\n[program:x\ncommand=./self.sh\n");
        tree_file(&t, "self.sh", "./self.sh ./self.sh\nexec \"$@\"\n");
        tree_file(&t, "a.service", "[Service]\nExecStart=\nExecStart=@\nEnvironmentFile=\nEnvironmentFile=-\n");
        tree_file(&t, "Procfile", ": x\na:\nb: gunicorn\nc: celery -A\nd: python -m\ne: python\n");
        for (int i = 0; i < 5000; i++)
                str_add(&s, "python -m x && ");
        tree_file(&t, "Procfile.long", arena_printf(t.arena, "web: %s\n", str_text(&s)));
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_file"), 6);
        tree_free(&t);
}
END_TEST

UNIT_MAIN(program__supervisor_numprocs_times_workers, program__compose_builds_commands_and_environment, program__systemd_procfile_pm2_cron_dockerfile,
          program__gunicorn_file_and_alternatives, program__hostile_declarations)

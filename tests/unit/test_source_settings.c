/* Who decides a value, and whom it overrules: the environment of programs, .env files, settings classes, command lines, files. */
#include "tests/lib/sources.h"

#define ENGINE "from sqlalchemy import create_engine\n"

static const char *size_of(struct tree *t)
{
        return tree_text(t, "SELECT coalesce(value, '?') || ' ' || coalesce(path || ':' || line, '-') || ' ' || decided_by || ' ' || resolved FROM code_value WHERE knob = 'size'");
}

static const char *decisions(struct tree *t)
{
        return tree_text(t, "SELECT group_concat(role || ' ' || coalesce(value, '?') || ' ' || path || ':' || line, '; ') FROM (SELECT * FROM code_decision WHERE knob = 'size' ORDER BY rank)");
}

static void expect(struct tree *t, const char *wanted)
{
        tree_analyse(t);
        ck_assert_str_eq(size_of(t), wanted);
        tree_check_ranges(t, t->root);
        tree_free(t);
}

static struct tree code(const char *text)
{
        struct tree t = tree_new();
        tree_file(&t, "db.py", text);
        return t;
}

START_TEST(settings__prefix_of_a_base_alias_and_factory)
{
        const char *base = "from pydantic import BaseSettings, Field\n" ENGINE
                           "class Base(BaseSettings):\n    class Config:\n        env_prefix = 'APP_'\n        env_file = '.env'\n"
                           "class Db(Base):\n    size: int = Field(default_factory=lambda: 6)\n    burst: int = Field(7, env='BURST')\n    third: int = Field(default=8, alias='third_one')\n"
                           "db = Db()\nengine = create_engine('postgresql://db/x', pool_size=db.";
        struct tree t = tree_new();
        tree_file(&t, "db.py", arena_printf(t.arena, "%ssize)\n", base));
        expect(&t, "6 db.py:8 settings_class 1");
        t = tree_new();
        tree_file(&t, "db.py", arena_printf(t.arena, "%ssize)\n", base));
        tree_file(&t, ".env", "app_size=1\nAPP_SIZE=9\n");
        expect(&t, "9 .env:2 env_file 1");
        t = tree_new();
        tree_file(&t, "db.py", arena_printf(t.arena, "%sburst)\n", base));
        tree_file(&t, ".env", "BURST=10\n");
        expect(&t, "10 .env:1 env_file 1");
        t = tree_new();
        tree_file(&t, "db.py", arena_printf(t.arena, "%sthird)\n", base));
        tree_file(&t, ".env", "THIRD_ONE=11\n");
        expect(&t, "11 .env:1 env_file 1");
}
END_TEST

START_TEST(settings__nested_models_and_files)
{
        const char *text = "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n" ENGINE
                           "class Db(BaseModel):\n    size: int = 3\n"
                           "class App(BaseSettings):\n    model_config = SettingsConfigDict(env_file=('.env', '.env.prod'), env_prefix='APP_', env_nested_delimiter='__')\n    db: Db = Db()\n"
                           "app = App()\nengine = create_engine('postgresql://db/x', pool_size=app.db.size)\n";
        struct tree t = code(text);
        expect(&t, "3 db.py:5 settings_class 1");
        t = code(text);
        tree_file(&t, ".env", "APP_DB__SIZE=4\n");
        tree_file(&t, ".env.prod", "APP_DB__SIZE=5\n");
        expect(&t, "5 .env.prod:1 env_file 1");
        t = code("from pydantic_settings import BaseSettings\n" ENGINE "class Db(BaseSettings):\n    size: int = 3\n    @property\n    def url(self):\n        return f'postgresql://db/x?application_name=a'\n"
                 "db = Db(size=12)\nengine = create_engine(db.url, pool_size=db.size)\n");
        tree_file(&t, ".env", "SIZE=4\n");
        tree_analyse(&t);
        ck_assert_str_eq(size_of(&t), "12 db.py:8 literal 1"); /* what the code gives is stronger than the environment */
        ck_assert_str_eq(decisions(&t), "decides 12 db.py:8; overridden 4 .env:1; overridden 3 db.py:4; use 12 db.py:9");
        tree_free(&t);
}
END_TEST

START_TEST(environment__programs_over_env_file_over_default)
{
        const char *text = "import os\nfrom dotenv import load_dotenv\n" ENGINE "load_dotenv()\nengine = create_engine('postgresql://db/x', pool_size=int(os.getenv('POOL', '3')))\n";
        struct tree t = code(text);
        tree_file(&t, ".env", "POOL=4\n");
        tree_file(&t, "supervisord.conf", "[program:a]\ncommand=python db.py\nenvironment=X=1,POOL=\"5\"\n");
        tree_analyse(&t);
        ck_assert_str_eq(size_of(&t), "5 supervisord.conf:3 environment 1");
        ck_assert_str_eq(decisions(&t), "decides 5 supervisord.conf:3; overridden 4 .env:1; overridden 3 db.py:5; use 5 db.py:5");
        ck_assert_int_eq(tree_check_ranges(&t, t.root), 1);
        tree_free(&t);

        t = code(text); /* two programs that do not agree */
        tree_file(&t, "supervisord.conf", "[program:a]\ncommand=python db.py\nenvironment=POOL=5\n[program:b]\ncommand=python db.py\nenvironment=POOL=6\n");
        expect(&t, "? supervisord.conf:3 unresolved 0");
        t = code(text); /* one of them says nothing */
        tree_file(&t, "supervisord.conf", "[program:a]\ncommand=python db.py\nenvironment=POOL=5\n[program:b]\ncommand=python db.py\n");
        expect(&t, "? supervisord.conf:3 unresolved 0");
        t = code(text); /* an example file where there is a default, and where it is the only word */
        tree_file(&t, ".env.dist", "POOL=7\n");
        tree_analyse(&t);
        ck_assert_str_eq(decisions(&t), "example 7 .env.dist:1; default 3 db.py:5; use 7 db.py:5");
        tree_free(&t);
        t = code("import os\nfrom dotenv import load_dotenv\n" ENGINE "load_dotenv()\nengine = create_engine('postgresql://db/x', pool_size=int(os.environ['POOL']))\n");
        tree_file(&t, ".env.dist", "POOL=7\n");
        expect(&t, "7 .env.dist:1 env_file 1");
}
END_TEST

START_TEST(environment__every_reader)
{
        static const struct {
                const char *code, *wanted;
        } cases[] = {
                {"from environs import Env\nenv = Env()\nenv.read_env()\nwith env.prefixed('A_'):\n    with env.prefixed('B_'):\n        n = env.int('POOL', 2)\n", "8 .env:2 env_file 1"},
                {"from environs import Env\nenv = Env()\nn = env.int('NONE', default=2)\n", "2 db.py:3 env_default 1"},
                {"import environ\nenv = environ.Env()\nn = env.int('POOL', default=2)\n", "7 .env:1 env_file 1"},
                {"import environ\nenv = environ.Env()\nn = env('POOL', cast=int, default=2)\n", "7 .env:1 env_file 1"},
                {"from decouple import config\nn = config('POOL', default=2, cast=int)\n", "7 .env:1 env_file 1"},
                {"from starlette.config import Config\nconfig = Config('.env')\nn = config('POOL', cast=int, default=2)\n", "7 .env:1 env_file 1"},
                {"from starlette.config import Config\nconfig = Config('.env')\nn = config('NONE', cast=int, default=2)\n", "2 db.py:3 env_default 1"},
                {"from envparse import env\nenv.read_envfile()\nn = env.int('POOL', default=2)\n", "7 .env:1 env_file 1"},
                {"import os\nn = int(os.environ.get('POOL') or 2)\n", "2 db.py:2 constant 1"}, /* nothing here loads the .env */
                {"import argparse\np = argparse.ArgumentParser()\np.add_argument('-p', '--pool-size', type=int, default=5)\nargs = p.parse_args()\nn = args.pool_size\n", "5 db.py:3 env_default 1"},
        };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct tree t = tree_new();
                tree_file(&t, "db.py", arena_printf(t.arena, "%s" ENGINE "engine = create_engine('postgresql://db/x', pool_size=n)\n", cases[i].code));
                tree_file(&t, ".env", "POOL=7\nA_B_POOL=8\n");
                tree_analyse(&t);
                ck_assert_msg(!strcmp(size_of(&t), cases[i].wanted), "%s: %s", cases[i].code, size_of(&t));
                tree_free(&t);
        }
}
END_TEST

START_TEST(options__click_and_typer)
{
        struct tree t = code("import click\n" ENGINE "@click.command()\n@click.option('--pool-size', default=6, envvar='POOL')\n@click.option('--other', default=1)\n"
                             "def main(pool_size, other):\n    engine = create_engine('postgresql://db/x', pool_size=pool_size)\n    run(engine)\n");
        expect(&t, "6 db.py:4 env_default 1");
        t = code("import typer\n" ENGINE "def main(pool: int = typer.Option(7, '--pool')):\n    engine = create_engine('postgresql://db/x', pool_size=pool)\n    run(engine)\n");
        expect(&t, "7 db.py:3 env_default 1");
        t = code("import typer\nfrom typing import Annotated\n" ENGINE "def main(pool: Annotated[int, typer.Option(envvar='POOL')] = 8):\n    engine = create_engine('postgresql://db/x', pool_size=pool)\n    run(engine)\n");
        expect(&t, "8 db.py:4 env_default 1");
}
END_TEST

START_TEST(file__ini_toml_json_and_templates)
{
        struct tree t = code("import configparser\n" ENGINE "config = configparser.ConfigParser()\nconfig.read('app.ini')\nengine = create_engine('postgresql://db/x', pool_size=config.getint('db', 'size', fallback=2))\n");
        tree_file(&t, "app.ini", "[DEFAULT]\nbase = 9\n[db]\nsize = 4\nsize = 5\n");
        expect(&t, "5 app.ini:5 ini 1");
        t = code("import configparser\n" ENGINE "config = configparser.ConfigParser()\nconfig.read('app.ini')\nengine = create_engine('postgresql://db/x', pool_size=int(config['db']['base']))\n");
        tree_file(&t, "app.ini", "[DEFAULT]\nbase = 9\n[db]\nsize = 4\n");
        expect(&t, "9 app.ini:2 ini 1");
        t = code("import tomllib\n" ENGINE "with open('app.toml', 'rb') as f:\n    config = tomllib.load(f)\nengine = create_engine('postgresql://db/x', pool_size=config['db']['pool']['size'])\n");
        tree_file(&t, "app.toml", "# größe\n[db]\npool = {size = 1_2}\n");
        tree_analyse(&t);
        ck_assert_str_eq(size_of(&t), "12 app.toml:3 toml 1");
        tree_free(&t);
        t = code("import json\nfrom pathlib import Path\n" ENGINE "config = json.loads(Path('config.json').read_text())\nengine = create_engine('postgresql://db/x', pool_size=config['size'])\n");
        tree_file(&t, "config.json", "{\"size\": 13}");
        expect(&t, "13 config.json:1 json 1");
        t = code("import yaml\n" ENGINE "config = yaml.safe_load(open('app.yaml'))\nengine = create_engine('postgresql://db/x', pool_size=config['db']['size'])\n");
        tree_file(&t, "app.yaml", "db:\n  size: {{ size }}\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_value WHERE knob = 'size' AND NOT resolved AND trail LIKE '%unresolved: template%'"), 1);
        tree_free(&t);
}
END_TEST

START_TEST(url__sizes_in_the_query)
{
        struct tree t = code(ENGINE "engine = create_engine('postgresql+psycopg2://u:p@db/x?sslmode=require&pool_size=21&max_overflow=3')\n");
        tree_analyse(&t);
        ck_assert_str_eq(size_of(&t), "21 db.py:2 literal 1");
        ck_assert_int_eq(tree_int(&t, "SELECT overflow FROM code_pool"), 3);
        ck_assert_int_eq(tree_check_ranges(&t, t.root), 2);
        tree_free(&t);
        t = code("import os\nfrom dotenv import load_dotenv\n" ENGINE "load_dotenv()\nengine = create_engine(os.environ['DATABASE_URL'], max_overflow=1)\n");
        tree_file(&t, ".env", "DATABASE_URL=\"postgresql://u:p@db/x?pool_size=22&max_overflow=9\"\n");
        tree_analyse(&t);
        ck_assert_str_eq(size_of(&t), "22 .env:1 env_file 1");
        ck_assert_int_eq(tree_int(&t, "SELECT overflow FROM code_pool"), 1); /* the argument is stronger */
        ck_assert_int_eq(tree_check_ranges(&t, t.root), 2);
        tree_free(&t);
        t = code("from redis.asyncio import from_url\nclient = from_url('redis://h/0?max_connections=50', max_connections=5)\n");
        expect(&t, "50 db.py:2 literal 1"); /* redis-py's URL is stronger */
}
END_TEST

UNIT_MAIN(settings__prefix_of_a_base_alias_and_factory, settings__nested_models_and_files, environment__programs_over_env_file_over_default, environment__every_reader,
          options__click_and_typer, file__ini_toml_json_and_templates, url__sizes_in_the_query)

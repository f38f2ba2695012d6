/*
 * What is known of libraries: types, their calls, the classes of these calls. The knowledge is in library.def; here it becomes
 * a sorted array with a hash table over it, since millions of names are looked up. Names are canonical: sqlalchemy.ext.asyncio.AsyncSession and sqlmodel's are both sqlalchemy.AsyncSession.
 */
#include "probes/source/python/python.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 4096, SLOTS = 16384 };

static struct row {
        char key[72];
        struct library_call call;
} rows[ROWS_MAX];
static size_t row_count;
static const struct row *by_hash[SLOTS]; /* open addressing, NULL: free */
static const char *last_names[SLOTS];

static void add_rows(const char *type, const char *methods, const char *what, const char *result, bool blocking)
{
        while (*methods && row_count < ROWS_MAX) {
                size_t n = strcspn(methods, " ");
                struct row *r = &rows[row_count++];
                snprintf(r->key, sizeof r->key, "%s.%.*s", type, (int)n, methods);
                r->call = (struct library_call){.what = what, .result = result, .blocking = blocking};
                methods += n + (methods[n] == ' ');
        }
}

/* Redis has the same commands in every flavour. */
static void add_redis(const char *type, const char *pipeline, bool blocking)
{
        add_rows(type, "get getex getdel hget hgetall hmget lrange smembers sismember zrange zscore exists ttl llen scard zcard type hexists hkeys hvals pttl", "redis_get", NULL, blocking);
        add_rows(type, "set", "redis_set", NULL, blocking);
        add_rows(type, "setex psetex setnx hset hmset lpush rpush lpop rpop sadd srem zadd zrem incr incrby decr hincrby ltrim append getset hdel hsetnx zremrangebyrank zremrangebyscore", "redis_write", NULL, blocking);
        add_rows(type, "delete unlink", "redis_delete", NULL, blocking);
        add_rows(type, "expire expireat pexpire persist", "redis_expire", NULL, blocking);
        add_rows(type, "keys", "redis_keys", NULL, blocking);
        add_rows(type, "execute_command", "redis_command", NULL, blocking);
        add_rows(type, "flushall flushdb", "redis_flush", NULL, blocking);
        add_rows(type, "mget mset scan hscan sscan zscan publish eval evalsha", "redis_multi", NULL, blocking);
        add_rows(type, "blpop brpop brpoplpush blmove bzpopmin bzpopmax xread xreadgroup", "redis_wait", NULL, blocking);
        add_rows(type, "pubsub monitor", "redis_pubsub", NULL, false);
        add_rows(type, "lock", "lock", NULL, false);
        add_rows(type, "pipeline", "redis_pipeline", pipeline, false);
        add_rows(type, "close aclose", "close", NULL, false);
        add_rows(pipeline, "execute", "redis_exec", NULL, blocking);
        add_rows(pipeline, "pipeline", NULL, pipeline, false);
}

/* One type that has all calls of another; what gives the one there gives the other here. */
static void add_alias(const char *of, const char *type)
{
        size_t n = strlen(of), until = row_count;
        for (size_t i = 0; i < until && row_count < ROWS_MAX; i++) {
                const char *method = rows[i].key + n + 1;
                if (strncmp(rows[i].key, of, n) || rows[i].key[n] != '.' || strchr(method, '.'))
                        continue;
                struct row *r = &rows[row_count++];
                *r = rows[i];
                snprintf(r->key, sizeof r->key, "%s.%s", type, method);
                if (r->call.result && !strcmp(r->call.result, of))
                        r->call.result = type;
        }
}

static void add_aliases(void)
{
        static const char *const django_models[] = {"AbstractUser", "AbstractBaseUser", "User", "Group", "Permission", "ContentType", "MPTTModel", "TimeStampedModel", "PolymorphicModel", "Site"};
        static const struct {
                const char *of, *type;
        } aliases[] = {{"django.Manager", "django.QuerySet"}, {"django.QuerySet", "django.ValuesQuerySet"}, {"tortoise.QuerySet", "tortoise.ValuesQuerySet"},
                       {"peewee.Select", "peewee.ValuesSelect"}, {"sqlalchemy.Session", "sqlalchemy.scoped_session"}, {"peewee.Model", "peewee.FlaskDB.Model"},
                       {"sqlalchemy.AsyncSession", "sqlalchemy.async_scoped_session"}, {"flask_sqlalchemy.SQLAlchemy.Model", "flask_sqlalchemy.Model"}};
        for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
                add_alias(aliases[i].of, aliases[i].type);
        for (size_t i = 0; i < sizeof django_models / sizeof *django_models; i++) {
                char type[64];
                snprintf(type, sizeof type, "django.%s", django_models[i]);
                add_alias("django.Model", type);
        }
}

static int by_key(const void *a, const void *b)
{
        return strcmp(((const struct row *)a)->key, ((const struct row *)b)->key);
}

static const struct row **row_slot(const char *key, size_t len)
{
        size_t i = table_hash(key, len) % SLOTS;
        while (by_hash[i] && strcmp(by_hash[i]->key, key))
                i = (i + 1) % SLOTS;
        return &by_hash[i];
}

static const char **name_slot(const char *name)
{
        size_t i = table_hash(name, strlen(name)) % SLOTS;
        while (last_names[i] && strcmp(last_names[i], name))
                i = (i + 1) % SLOTS;
        return &last_names[i];
}

static void prepare(void)
{
        if (row_count)
                return;
#define CALLS(type, methods, what, result, blocking) add_rows(type, methods, what, result, blocking);
#include "probes/source/python/library.def"
#include "probes/source/python/orm.def"
#undef CALLS
        add_redis("redis.Redis", "redis.Pipeline", true);
        add_redis("redis.asyncio.Redis", "redis.asyncio.Pipeline", false);
        add_aliases();
        qsort(rows, row_count, sizeof *rows, by_key);
        for (size_t i = 0; i < row_count; i++) {
                const char *last = strrchr(rows[i].key, '.') + 1;
                *row_slot(rows[i].key, strlen(rows[i].key)) = bsearch(&rows[i], rows, row_count, sizeof *rows, by_key);
                *name_slot(last) = last;
        }
}

void library_prepare(void)
{
        prepare();
}

const struct library_call *library_call(const char *name)
{
        prepare();
        const struct row *r = *row_slot(name, strlen(name));
        return r ? &r->call : NULL;
}

const char *library_child(const char *type)
{
        static const char *const children[][2] = {{"pymongo.MongoClient", "pymongo.Database"}, {"pymongo.Database", "pymongo.Collection"}};
        for (size_t i = 0; i < sizeof children / sizeof *children; i++)
                if (*type == 'p' && !strcmp(type, children[i][0]))
                        return children[i][1];
        return NULL;
}

bool library_has_method(const char *last_name)
{
        prepare();
        return *name_slot(last_name) != NULL;
}

/* ── Names ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *const distributions[] = {
        "aiocache", "aiogram", "aiohttp", "aiopg", "aioredis", "alembic", "arq", "asyncio", "asyncpg", "cachetools", "celery",
        "concurrent", "configparser", "decouple", "discord", "django", "dotenv", "environs", "fastapi", "flask", "flask_sqlalchemy",
        "functools", "httpx", "json", "logging", "multiprocessing", "os", "pathlib", "peewee", "psycopg", "psycopg2", "psycopg_pool",
        "pydantic", "pydantic_settings", "redis", "requests", "shutil", "sqlalchemy", "sqlmodel", "starlette", "subprocess", "telegram",
        "mptt", "model_utils", "polymorphic", "django_extensions", "playhouse", "telethon", "threading", "time", "tortoise", "typing", "urllib", "yaml", "zipfile",
};

static bool is_distribution(const char *module, const char *name)
{
        size_t n = strlen(name);
        return !strncmp(module, name, n) && (module[n] == '.' || !module[n]);
}

bool library_is_external(const char *module)
{
        for (size_t i = 0; i < sizeof distributions / sizeof *distributions; i++)
                if (*module == *distributions[i] && is_distribution(module, distributions[i]))
                        return true;
        return false;
}

/* From the first class in it, or the last name: submodules of these libraries only re-export. */
static const char *significant(const char *name)
{
        const char *last = strrchr(name, '.');
        for (const char *p = name; p; p = strchr(p, '.')) {
                p += *p == '.';
                if (isupper((unsigned char)*p))
                        return p;
        }
        return last ? last + 1 : name;
}

const char *library_canonical(struct arena *a, const char *name)
{
        static const struct {
                const char *from, *to;
        } flat[] = {{"sqlalchemy", "sqlalchemy"}, {"sqlmodel", "sqlalchemy"}, {"asyncpg", "asyncpg"}, {"psycopg2", "psycopg2"},
                    {"psycopg_pool", "psycopg_pool"}, {"psycopg", "psycopg"}, {"aioredis", "redis.asyncio"}, {"redis.asyncio", "redis.asyncio"},
                    {"redis", "redis"}, {"django", "django"}, {"polymorphic", "django"}, {"mptt", "django"}, {"model_utils", "django"}, {"django_extensions", "django"}, {"flask_sqlalchemy", "flask_sqlalchemy"},
                    {"tortoise", "tortoise"}, {"peewee", "peewee"}, {"playhouse", "peewee"}, {"peewee_async", "peewee"}, {"cachetools", "cachetools"}, {"aiohttp", "aiohttp"}, {"httpx", "httpx"}, {"requests", "requests"},
                    {"aiogram", "aiogram"}, {"pymongo", "pymongo"}, {"concurrent.futures", "concurrent.futures"}, {"pydantic_settings", "pydantic"}, {"pydantic", "pydantic"}};
        for (size_t i = 0; i < sizeof flat / sizeof *flat; i++)
                if (*name == *flat[i].from && is_distribution(name, flat[i].from)) {
                        const char *rest = name + strlen(flat[i].from);
                        return *rest ? arena_printf(a, "%s.%s", flat[i].to, significant(rest + 1)) : name;
                }
        return name;
}

static bool one_of(const char *word, const char *list)
{
        size_t n = strlen(word);
        for (const char *p = list; n && (p = strstr(p, word)); p += n)
                if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
                        return true;
        return false;
}

/* db_pool, pool_pg, self.conn: its first or last word is one of the list. */
static bool named_like(const char *name, const char *list)
{
        char first[16] = "";
        size_t n = strcspn(name, "_");
        const char *last = strrchr(name, '_');
        if (n < sizeof first)
                memcpy(first, name, n);
        return one_of(first, list) || one_of(last ? last + 1 : name, list);
}

const char *library_sole_receiver(const char *method, const char *receiver)
{
        const char *last = strrchr(receiver, '.');
        last = last ? last + 1 : receiver;
        while (*last == '_')
                last++;
        if (one_of(method, "fetchrow fetchval") || (one_of(method, "fetch") && named_like(last, "conn connection con db pool tr database pg")))
                return "asyncpg.Connection";
        if (one_of(method, "execute executemany") && (one_of(last, "c con database session db_session async_session session_db") || named_like(last, "conn connection cur cursor db pool pg")))
                return "any.Connection";
        if (one_of(last, "redis redis_client redis_conn redis_connection redis_db redis_cache rconn rdb_client") &&
            one_of(method, "get set setex delete expire ttl exists hget hset hgetall hmget hdel sadd srem smembers zadd zrange lpush rpush lrange ltrim incr incrby decr setnx keys execute_command getex publish"))
                return "any.Redis";
        if (one_of(method, "scalars scalar commit flush refresh") && one_of(last, "session db_session async_session session_db db"))
                return "any.Session";
        if (one_of(method, "send_message send_photo send_document send_media_group send_animation send_video edit_message_text copy_message forward_message"))
                return "any.Messenger";
        return NULL;
}

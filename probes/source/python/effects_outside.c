/*
 * Which calls wait for somebody else than the database: a loop that does so in each round is not slow because of its query.
 */
#include "probes/source/python/orm.h"

#include <string.h>

/* self._api.fetch_order(): whatever it is, its name says that it is somebody else's. */
bool is_of_api(const struct file *f, uint32_t function)
{
        uint32_t object = f->nodes[function].kind == PY_attribute ? node_field(f, function, F_object) : NO_NODE;
        uint32_t last = object != NO_NODE && f->nodes[object].kind == PY_attribute ? node_field(f, object, F_attribute) : NO_NODE;
        return last != NO_NODE && (text_is(f, last, "_api") || text_is(f, last, "api") || text_is(f, last, "_sdk") || text_is(f, last, "sdk"));
}

/*
 * An awaited call of a library that is neither a database nor the event loop's own waits for somebody else: a chat, a panel, a cloud.
 * Of what is not awaited only methods of a client or an interface do.
 */
bool waits_outside(struct scope *s, uint32_t call)
{
        static const char *const here[] = {"sqlalchemy", "asyncpg", "psycopg", "psycopg2", "psycopg_pool", "aiopg", "redis", "tortoise", "django", "peewee",
                                           "sqlmodel", "alembic", "asyncio", "aiofiles", "anyio", "builtins", "typing", "pydantic", "cachetools", "functools",
                                           "databases", "ormar", "gino", "piccolo", "prisma", "motor", "beanie", "odmantic", "aiosqlite", "aiocache", "asgiref",
                                           "starlette", "fastapi", "quart_db", "pymongo", "any", "taskiq", "arq", "dishka", "mongoengine", "quart", "dataclasses"};
        static const char *const receivers[] = {"api", "client", "sdk", "exchange", "http", "rest"};
        struct file *f = s->file;
        uint32_t function = node_field(f, call, F_function), object = function != NO_NODE && f->nodes[function].kind == PY_attribute ? node_field(f, function, F_object) : NO_NODE;
        if (object == NO_NODE)
                return false;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        struct value v = eval(s, function);
        const char *name = v.kind == V_EXTERN ? value_extern(&v) : NULL;
        if (!name)
                return v.kind == V_UNKNOWN && is_of_api(f, function);
        size_t root = strcspn(name, ".");
        for (size_t i = 0; i < sizeof here / sizeof *here; i++)
                if (strlen(here[i]) == root && !strncmp(name, here[i], root))
                        return false;
        if (f->nodes[f->nodes[call].parent].kind == PY_await)
                return true;
        uint32_t last = f->nodes[object].kind == PY_attribute ? node_field(f, object, F_attribute) : object;
        const char *receiver = last == NO_NODE ? "" : node_text(f, last);
        receiver += strspn(receiver, "_");
        for (size_t i = 0; i < sizeof receivers / sizeof *receivers; i++)
                if (!strcmp(receiver, receivers[i]))
                        return !library_call(name);
        return false;
}

/*
 * Which database system a tree speaks to, where its files say so: a driver among the dependencies, an image in a compose file, a URL in an
 * environment file. A row of code_setting of the system "database", its name the system. What is said of PostgreSQL is no advice for another.
 */
#include "probes/source/emit.h"

#include <ctype.h>
#include <string.h>

struct word {
        const char *word, *system;
};

static const struct word drivers[] = {
        {"psycopg2", "postgresql"}, {"psycopg2-binary", "postgresql"}, {"psycopg", "postgresql"}, {"psycopg-binary", "postgresql"}, {"psycopg-c", "postgresql"},
        {"asyncpg", "postgresql"}, {"aiopg", "postgresql"}, {"pg8000", "postgresql"}, {"mysqlclient", "mysql"}, {"pymysql", "mysql"}, {"aiomysql", "mysql"}, {"asyncmy", "mysql"},
        {"mysql-connector-python", "mysql"}, {"oracledb", "oracle"}, {"cx-oracle", "oracle"}, {"pymssql", "mssql"}, {"aioodbc", "mssql"}, {"mssql-django", "mssql"}};
static const struct word images[] = {{"postgres", "postgresql"}, {"postgis", "postgresql"}, {"timescale", "postgresql"}, {"pgvector", "postgresql"}, {"cockroach", "cockroach"},
                                     {"mysql", "mysql"}, {"mariadb", "mysql"}, {"percona", "mysql"}, {"mssql", "mssql"}};
static const struct word schemes[] = {{"postgres", "postgresql"}, {"psql:", "postgresql"}, {"asyncpg:", "postgresql"}, {"mysql", "mysql"}, {"mariadb", "mysql"}, {"mssql", "mssql"}, {"oracle", "oracle"}};
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* "PyMySQL[rsa] >= 1" is pymysql. */
static const char *driver_of(const char *text)
{
        char name[40];
        size_t n = 0;
        for (; n < sizeof name - 1 && (isalnum((unsigned char)text[n]) || (text[n] && strchr("-_.", text[n]))); n++)
                name[n] = text[n] == '_' || text[n] == '.' ? '-' : (char)tolower((unsigned char)text[n]);
        name[n] = '\0';
        for (size_t i = 0; i < COUNT(drivers); i++)
                if (!strcmp(name, drivers[i].word))
                        return drivers[i].system;
        return NULL;
}

static const char *image_of(const char *text)
{
        for (size_t i = 0; i < COUNT(images); i++)
                if (strstr(text, images[i].word) && !strstr(text, "exporter") && !strstr(text, "backup"))
                        return images[i].system;
        return NULL;
}

static const char *scheme_of(const char *text)
{
        for (size_t i = 0; i < COUNT(schemes) && strstr(text, "://"); i++)
                if (str_starts(text, schemes[i].word))
                        return schemes[i].system;
        return NULL;
}

static const char *system_of(const struct file *f, const struct entry *e)
{
        static const char *const tables[] = {"tool.poetry.dependencies.", "packages."};
        if (f->lang == LANG_REQUIREMENTS)
                return driver_of(e->key);
        if (f->lang == LANG_ENV)
                return scheme_of(e->value);
        if (f->lang == LANG_YAML)
                return str_starts(e->key, "services.") && str_ends(e->key, ".image") ? image_of(e->value) : NULL;
        if (f->lang != LANG_TOML)
                return NULL;
        if (str_starts(e->key, "project.dependencies."))
                return driver_of(e->value);
        for (size_t i = 0; i < COUNT(tables); i++)
                if (str_starts(e->key, tables[i]))
                        return driver_of(e->key + strlen(tables[i]));
        return NULL;
}

void emit_databases(struct source *s, struct sink *k)
{
        struct file *f = s->focus;
        for (size_t i = 0; i < f->entries.len; i++) {
                const struct entry *e = &f->entries.items[i];
                const char *system = e->key && e->value ? system_of(f, e) : NULL;
                int line, col;
                if (!system)
                        continue;
                file_position(f, e->start, &line, &col);
                EMIT(k, "code_setting", TEXT("system", "database"), TEXT("name", system), TEXT("value", f->lang == LANG_ENV ? NULL : e->value /* a password may be in it */), TEXT("format", language_name(f->lang)), TEXT("path", f->path), INT("line", line), INT("col", col),
                     INT("byte_start", e->start), INT("byte_end", e->end), TEXT("trail", e->key));
        }
}

/*
 * SQL files: schema files, dumps, and migrations of tools that number files of SQL. What a tool does to take a migration back is left
 * out: files named so, and what follows the mark of the part "down". Files of another database say so in their names.
 */
#include "probes/source/config/config.h"
#include "probes/source/schema.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { STATEMENTS_MAX = 5000 };

/* Its statements are read when its facts are wanted. */
void config_read_sql(struct file *f)
{
        (void)f;
}

static bool contains(const char *text, const char *word)
{
        return strcasestr(text, word) != NULL;
}

static bool is_skipped(const struct file *f)
{
        static const char *const other[] = {"sqlite", "mysql", "mariadb", "mssql", "oracle", "clickhouse", "/down/", "rollback", "downgrade", "_down.sql", ".down.sql", "-down.sql", ".undo.sql"};
        const char *slash = strrchr(f->path, '/'), *name = slash ? slash + 1 : f->path;
        for (size_t i = 0; i < sizeof other / sizeof *other; i++)
                if (contains(f->path, other[i]))
                        return true;
        return f->is_test || (name[0] == 'U' && isdigit((unsigned char)name[1]) && strstr(name, "__")); /* undo of Flyway */
}

/* The tool whose migration this is, NULL when it is none. */
static const char *framework_of(const struct file *f)
{
        static const char *const folders[] = {"migrations/", "migration/", "migrate/", "delta/", "versions/", "patches/"};
        const char *slash = strrchr(f->path, '/'), *name = slash ? slash + 1 : f->path;
        size_t digits = strspn(name + (*name == 'V' || *name == 'v'), "0123456789._");
        if ((*name == 'V' || *name == 'R') && strstr(name, "__"))
                return "flyway";
        if (str_ends(name, ".up.sql"))
                return "golang-migrate";
        if (memmem(f->bytes, f->len, "-- +goose", 9))
                return "goose";
        if (memmem(f->bytes, f->len, "-- migrate:", 11))
                return "dbmate";
        for (size_t i = 0; digits && i < sizeof folders / sizeof *folders; i++) {
                const char *at = strstr(f->path, folders[i]);
                if (at && (at == f->path || at[-1] == '/'))
                        return "sql";
        }
        return NULL;
}

/* Of the tool: it sends each file within one transaction, unless the file says no. */
static int wraps(const struct file *f, const char *framework)
{
        if (framework && !strcmp(framework, "goose"))
                return !memmem(f->bytes, f->len, "NO TRANSACTION", 14);
        if (framework && !strcmp(framework, "dbmate"))
                return !memmem(f->bytes, f->len, "transaction:false", 17);
        return -1;
}

void schema_add_script(struct schema_ops *ops, struct file *f, const char *script, uint32_t start, uint32_t end, bool exact, const char *framework)
{
        struct ddl_script read;
        int wrapped = wraps(f, framework);
        sqlddl_read(f->source->scratch, script, STATEMENTS_MAX, &read);
        for (size_t i = 0; i < read.items.len && ops->len < SCHEMA_OPS_MAX; i++) {
                const struct ddl *d = &read.items.items[i];
                uint32_t from = exact ? start + (uint32_t)d->at : start, to = exact ? from + (uint32_t)d->len : end;
                struct schema_op *op = schema_add(ops, f, d, from, to < end ? to : end, framework);
                op->exact = exact;
                if (op->in_transaction < 0)
                        op->in_transaction = wrapped;
        }
}

void sqlfile_find(struct file *f, struct schema_ops *ops)
{
        if (!f->bytes || f->note || is_skipped(f))
                return;
        schema_add_script(ops, f, arena_strndup(f->source->scratch, f->bytes, f->len), 0, (uint32_t)f->len, true, framework_of(f));
}

bool sqlfile_is_other(const struct file *f)
{
        return is_skipped(f) || framework_of(f) != NULL;
}

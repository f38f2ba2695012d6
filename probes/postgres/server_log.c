/*
 * The end of the server's own log, where the role may read it: plans of auto_explain and slow statements with their constants. What was written
 * within the window, at most LOG_BYTES_MAX; of one round, the last of it. The bytes stay in memory.
 */
#include "lib/pglog.h"
#include "lib/sql.h"
#include "probes/postgres/logged.h"
#include "probes/postgres/postgres.h"

#include <stdlib.h>
#include <string.h>

enum { PART_BYTES = 1 << 20, LOG_BYTES_MAX = PGP_LOG_PARTS * PART_BYTES };

/* One row: the file, its size, and whether anything of use is written into it. */
int pgp_take_log_place(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        (void)err;
        bool begin = p->asking->when == ASK_BEGIN;
        const char *name = pg_text(rows, 0, 0);
        double size = pg_real(rows, 0, 1);
        p->log.wanted = pg_bool(rows, 0, 2);
        p->log.known = true;
        if (begin) {
                p->log.begin_name = arena_strdup(p->arena, name);
                p->log.begin = size;
                return 0;
        }
        p->log.name = arena_strdup(p->arena, name);
        bool same = p->log.begin_name && name && !strcmp(name, p->log.begin_name);
        double from = same ? p->log.begin : 0;
        p->log.at = from > size - LOG_BYTES_MAX ? from : size - LOG_BYTES_MAX > 0 ? size - LOG_BYTES_MAX : 0;
        p->log.end = size;
        return 0;
}

char *pgp_log_sql(struct pgp *p, struct arena *a)
{
        if (!p->log.wanted || !p->log.name || p->log.at >= p->log.end)
                return "SELECT NULL WHERE false";
        double n = p->log.end - p->log.at < PART_BYTES ? p->log.end - p->log.at : PART_BYTES;
        return arena_printf(a, "SELECT pg_read_binary_file(%s, %.0f, %.0f, true)", pg_quote_literal(a, p->log.name), p->log.at, n);
}

static int digit(char c)
{
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int pgp_take_log_part(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        (void)err;
        p->log.read |= pg_count(rows) > 0;
        const char *hex = pg_count(rows) ? pg_text(rows, 0, 0) : NULL;
        if (!hex || strncmp(hex, "\\x", 2) != 0)
                return 0;
        for (hex += 2; digit(hex[0]) >= 0 && digit(hex[1]) >= 0; hex += 2, p->log.at++)
                str_add_char(&p->log.bytes, (char)(digit(hex[0]) << 4 | digit(hex[1])));
        return 0;
}

static const char *resolve(void *arg, const char *queryid, const char *fingerprint, const char *text)
{
        CLEANUP(arena_free) struct arena *a = arena_new();
        const struct pgp *p = arg;
        const struct pgp_statement *s = queryid ? pgp_by_queryid(p, queryid) : NULL;
        char *tables = NULL;
        if (!s && fingerprint && sql_tables(a, text, &tables, NULL) == 0)
                s = pgp_by_family(p, fingerprint, tables);
        return s ? s->queryid : NULL;
}

static void add_seen(struct pgp *p, const struct logged *l)
{
        for (size_t i = 0; i < p->ranked.len && i < PGP_SAMPLED_MAX; i++) {
                const char *id = p->ranked.items[i]->queryid, *text = logged_seen(l, id);
                if (text)
                        *vec_push(p->arena, &p->seen) = (struct pgp_seen){id, text};
        }
}

static int tell(struct pgp *p, const struct logged_counts *c, struct err *err)
{
        const char *role = p->role ? pg_quote_ident(p->arena, p->role) : "";
        if (c->measured)
                return pgp_status(p, "fact_plan_actual", FACT_OK, NULL, NULL, err);
        if (c->plans)
                return pgp_status(p, "fact_plan_actual", FACT_EMPTY, "auto_explain logs plans without their rows", "auto_explain.log_analyze = on", err);
        if (!p->log.known || (p->log.wanted && p->log.name && p->log.at < p->log.end && !p->log.read))
                return pgp_status(p, "fact_plan_actual", FACT_DENIED, "the server's log may not be read",
                                  arena_printf(p->arena, "GRANT pg_monitor TO %s; GRANT EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, bigint, boolean),"
                                               " pg_stat_file(text, boolean) TO %s; or perfadvise trace import FILE", role, role), err);
        return pgp_status(p, "fact_plan_actual", FACT_EMPTY, p->log.wanted ? "no plan was logged" : "the server logs no plans into a file of its own",
                          p->log.wanted ? NULL : "session_preload_libraries = 'auto_explain' with auto_explain.log_min_duration, log_analyze and log_format = json", err);
}

int pgp_read_log(struct pgp *p, struct err *err)
{
        struct pglog_counts counts;
        struct logged *l = logged_new(p->arena, p->env.literals, p->database, resolve, p);
        if (p->ranked.len)
                logged_known_only(l);
        pglog_read(str_text(&p->log.bytes), p->log.bytes.len, logged_take, l, &counts);
        str_release(&p->log.bytes);
        add_seen(p, l);
        int r = logged_emit(l, p->sink, "logged", err);
        return r < 0 ? r : tell(p, logged_counts(l), err);
}

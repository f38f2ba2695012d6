/* What a capture knows of the things in the sources: processes, waits for pools, times of statements, limits of servers. */
#include "map/map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void program_row(struct map *m, struct stmt *s)
{
        for (size_t i = 0; i < m->programs.len; i++)
                if (m->programs.items[i].path && !strcmp(m->programs.items[i].name, stmt_text(s, 0))) {
                        m->programs.items[i].running = stmt_real(s, 1);
                        m->programs.items[i].pss_bytes = stmt_real(s, 2);
                }
}

static void pool_row(struct map *m, struct stmt *s)
{
        for (size_t i = 0; i < m->pools.len; i++)
                for (size_t k = 0; !strcmp(m->pools.items[i].name, stmt_text(s, 0)) && k < m->pools.items[i].uses.len; k++) {
                        struct map_use *u = &m->pools.items[i].uses.items[k];
                        const char *name = m->programs.items[u->program].name;
                        if (!name || strcmp(name, stmt_text(s, 1)) != 0)
                                continue;
                        u->wait_p95_ms = stmt_real(s, 2);
                        u->use_p95_ms = stmt_real(s, 3);
                        u->timeouts = stmt_real(s, 4);
                }
}

/* A line may send several shapes of one statement, and one shape may be sent from several lines: the first line of the shape carries the time. */
static void statement_row(struct map *m, struct stmt *s)
{
        for (size_t i = 0; i < m->statements.len; i++) {
                struct map_statement *x = &m->statements.items[i];
                if (!x->fingerprint || strcmp(x->fingerprint, stmt_text(s, 0)) != 0)
                        continue;
                x->calls_hz = stmt_real(s, 1);
                x->mean_ms = stmt_real(s, 2);
                x->share_frac = stmt_real(s, 3);
                return;
        }
}

static void server_row(struct map *m, struct stmt *s)
{
        size_t n = 0;
        for (size_t i = 0; i < m->servers.len; i++)
                n += m->servers.items[i].kind == MAP_DATABASE;
        for (size_t i = 0; i < m->servers.len; i++) {
                struct map_server *x = &m->servers.items[i];
                if (x->kind != MAP_DATABASE || stmt_is_null(s, 1) || !(n == 1 || (x->database && stmt_text(s, 0) && !strcmp(x->database, stmt_text(s, 0)))))
                        continue;
                x->limit = stmt_real(s, 1);
                x->limit_from = "max_connections less what is reserved, measured";
        }
}

static int each_row(struct map *m, struct db *db, const char *sql, void (*row)(struct map *m, struct stmt *s), struct err *err)
{
        CLEANUP(stmt_free) struct stmt *s = NULL;
        int r = stmt_prepare(db, sql, &s, err);
        while (r >= 0 && (r = stmt_step(s, err)) == 1)
                row(m, s);
        return r;
}

struct share {
        size_t statement;
        double share;
};

static int by_share(const void *x, const void *y)
{
        const struct share *a = x, *b = y;
        return a->share != b->share ? (a->share < b->share ? 1 : -1) : (a->statement > b->statement) - (a->statement < b->statement);
}

static void rank(struct map *m)
{
        VEC(struct share) all = {0};
        for (size_t i = 0; i < m->statements.len; i++)
                if (!isnan(m->statements.items[i].share_frac))
                        *vec_push(m->arena, &all) = (struct share){i, m->statements.items[i].share_frac};
        if (all.len)
                qsort(all.items, all.len, sizeof *all.items, by_share);
        for (size_t i = 0; i < all.len; i++)
                *vec_push(m->arena, &m->heaviest) = all.items[i].statement;
        for (size_t t = 0; t < m->tables.len; t++)
                for (size_t i = 0; i < m->tables.items[t].statements.len; i++) {
                        double share = m->statements.items[m->tables.items[t].statements.items[i]].share_frac;
                        if (!isnan(share))
                                m->tables.items[t].share_frac = share + (isnan(m->tables.items[t].share_frac) ? 0 : m->tables.items[t].share_frac);
                }
}

int map_measure(struct map *m, struct store *store, struct err *err)
{
        static const struct {
                const char *sql;
                void (*row)(struct map *m, struct stmt *s);
        } steps[] = {
                {"SELECT program, sum(running), sum(pss_sum_bytes) FROM fact_process WHERE program IS NOT NULL GROUP BY program", program_row},
                {"SELECT pool, program, hist_quantile_ms(nullif(wait_hist, ''), 0.95), hist_quantile_ms(nullif(use_hist, ''), 0.95), timeouts FROM fact_pool_program", pool_row},
                {"SELECT fingerprint, sum(calls_hz), sum(total_ms) / sum(calls), sum(share_frac) FROM fact_statement WHERE fingerprint IS NOT NULL AND calls > 0 "
                 "AND fingerprint_version IN (SELECT fingerprint_version FROM fact_code_statement) GROUP BY fingerprint", statement_row},
                {"SELECT database, usable_connections FROM fact_server", server_row},
        };
        int r = 0;
        for (size_t i = 0; i < sizeof steps / sizeof *steps && r >= 0; i++)
                r = each_row(m, store_db(store), steps[i].sql, steps[i].row, err);
        if (r >= 0)
                rank(m);
        return r;
}

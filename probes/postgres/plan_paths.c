/*
 * Captured text relies on the search path of the role that sent it: role in database, role, database, everywhere, as the server decides.
 */
#include "probes/postgres/plans_impl.h"

#include <string.h>

const char plan_paths_sql[] =
        "SELECT s.setrole, s.setdatabase, substr(c.item, 13) FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) c(item)"
        " WHERE c.item LIKE 'search_path=%' AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))";

void plan_paths_take(struct pgp *p, const struct pg_rows *rows)
{
        for (int i = 0; i < pg_count(rows); i++)
                *vec_push(p->arena, &p->plans->paths) = (struct role_path){pg_int(rows, i, 0), pg_int(rows, i, 1),
                                                                          arena_strdup(p->arena, pg_text(rows, i, 2))};
}

/* As the server decides: role in database, role, database, everywhere. */
static const char *path_of_role(const struct pgp *p, int64_t role)
{
        const char *best = p->search_path;
        int rank = 0;
        for (size_t i = 0; i < p->plans->paths.len; i++) {
                const struct role_path *r = &p->plans->paths.items[i];
                int now = (r->role == role ? 2 : 0) + (r->database ? 1 : 0);
                if ((r->role == role || !r->role) && now > rank) {
                        rank = now;
                        best = r->path;
                }
        }
        return best ? best : "\"$user\", public";
}

/* "$user" is the role that sends the statement, not ours. */
const char *plan_paths_of(struct pgp *p, struct arena *a, const struct pgp_statement *s)
{
        const char *path = path_of_role(p, s->userid), *user = strstr(path, "$user");
        if (!user || !s->role)
                return path;
        bool in_quotes = user > path && user[-1] == '"' && user[5] == '"';
        size_t head = (size_t)(user - path) - in_quotes;
        return arena_printf(a, "%.*s%s%s", (int)head, path, pg_quote_ident(a, s->role), user + 5 + in_quotes);
}

/*
 * Index advice for a folder of statements, on the newest capture of a history and a live planner: what `make bench-index` and the
 * cases of tests/server ask, without rules and change-sets around it.
 *
 *      index_advise DSN HISTORY BUDGET_BYTES FOLDER
 *
 * Each FOLDER/NAME.sql is a statement with its constants; a first line "-- calls 10 mean_ms 80" weighs it, else it is called
 * once and takes as long as its cost says (a hundredth of a millisecond a unit). Prints JSON: indexes with their sizes,
 * statements with costs before and after, what was avoided, questions and seconds.
 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "base/sys.h"
#include "lib/json.h"
#include "model/index_gain.h"
#include "oracle/oracles.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ask {
        struct arena *arena;
        struct store *store;
        struct facts *facts;
        struct oracle *oracle;
        const char *folder;
        struct err err;
};

static int complain(const struct err *err)
{
        fprintf(stderr, "index_advise: %s\n", err->msg);
        return 1;
}

static const char *read_text(struct ask *a, const char *path)
{
        CLEANUP(str_release) struct str text = {0};
        char buf[65536];
        FILE *f = fopen(path, "r");
        if (!f)
                return NULL;
        for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;)
                str_add_len(&text, buf, n);
        fclose(f);
        while (text.len && strchr("; \n\r\t", text.buf[text.len - 1]))
                text.buf[--text.len] = '\0';
        return arena_strdup(a->arena, str_text(&text));
}

/* As long as its cost says: there is no other measure of a statement that never ran. */
static double cost_ms(struct ask *a, const char *name, const char *query)
{
        struct oracle_answer answer = {.cost_pg = NAN};
        if (a->oracle->set_indexes(a->oracle->arg, NULL, 0, &a->err) < 0 || a->oracle->cost(a->oracle->arg, name, query, &answer, &a->err) < 0)
                return NAN;
        return answer.cost_pg / 100;
}

static void add_statement(struct ask *a, const char *name)
{
        const char *query = read_text(a, arena_printf(a->arena, "%s/%s.sql", a->folder, name));
        double calls = 1, mean_ms = NAN;
        if (!query)
                return;
        if (sscanf(query, "-- calls %lf mean_ms %lf", &calls, &mean_ms) < 1)
                calls = 1;
        if (!strncmp(query, "-- calls", 8) && strchr(query, '\n'))
                query = strchr(query, '\n') + 1;
        if (isnan(mean_ms))
                mean_ms = cost_ms(a, name, query);
        *vec_push(a->arena, &a->facts->statements) = (struct fact_statement){
                .target = a->facts->servers.items[0].target, .queryid = name, .query = query, .calls = calls, .calls_hz = NAN, .mean_ms = isnan(mean_ms) ? 1 : mean_ms,
                .stddev_ms = NAN, .total_ms = calls * (isnan(mean_ms) ? 1 : mean_ms), .share_frac = NAN, .rows_per_call = NAN, .shared_read_per_call = 0, .plan_cost = NAN};
}

static int by_name(const void *x, const void *y)
{
        return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static int read_folder(struct ask *a)
{
        VEC(const char *) names = {0};
        DIR *dir = opendir(a->folder);
        if (!dir)
                return err_errno(&a->err, ERR_USAGE, "cannot read '%s'", a->folder);
        for (struct dirent *e; (e = readdir(dir));)
                if (str_ends(e->d_name, ".sql"))
                        *vec_push(a->arena, &names) = arena_strndup(a->arena, e->d_name, strlen(e->d_name) - 4);
        closedir(dir);
        if (names.len)
                qsort(names.items, names.len, sizeof *names.items, by_name);
        a->facts->statements.len = 0;
        for (size_t i = 0; i < names.len; i++)
                add_statement(a, names.items[i]);
        return 0;
}

static void put_statements(struct json *top, const struct index_looked *l)
{
        struct json *list = json_put_array(top, "statements");
        for (size_t s = 0; s < l->asked.n; s++) {
                struct json *one = json_add_object(list);
                json_put_text(one, "name", l->asked.statements[s].fact->queryid);
                json_put_real(one, "cost_before", l->choice.before[s].cost_pg);
                json_put_real(one, "cost_after", l->choice.after[s].cost_pg);
                json_put_real(one, "work_before", l->choice.before[s].work_ms);
                json_put_real(one, "work_after", l->choice.after[s].work_ms);
                json_put_text(one, "failure", l->choice.before[s].failure);
                struct json *used = json_put_array(one, "used");
                for (int i = 0; i < l->choice.after[s].used_count; i++)
                        json_add_text(used, l->asked.pool->v.items[l->choice.after[s].used[i]].text);
        }
}

static void put(struct json *top, const struct index_looked *l)
{
        struct json *list = json_put_array(top, "indexes"), *avoided = json_put_array(top, "avoided");
        for (int i = 0; i < l->choice.count; i++) {
                const struct index_candidate *k = &l->asked.pool->v.items[l->choice.set[i]];
                struct json *one = json_add_object(list);
                json_put_text(one, "definition", k->definition);
                json_put_real(one, "bytes", k->size_bytes);
                json_put_text(one, "basis", k->basis);
        }
        for (size_t i = 0; i < l->choice.avoided.len; i++)
                json_add_text(avoided, l->choice.avoided.items[i]);
        put_statements(top, l);
        json_put_int(top, "calls", (int64_t)l->choice.calls);
        json_put_int(top, "candidates", (int64_t)l->asked.pool->v.len);
}

static int look(struct ask *a, double budget)
{
        CLEANUP(json_free) struct json *top = json_new_object();
        CLEANUP(str_release) struct str text = {0};
        struct index_looked looked = {0};
        int64_t start_us = sys.monotonic_us();
        int r = index_look(a->arena, a->facts, a->oracle, budget, &looked, &a->err);
        if (r < 0)
                return r;
        put(top, &looked);
        json_put_real(top, "seconds", (double)(sys.monotonic_us() - start_us) / 1e6);
        json_dump(top, 1, &text);
        puts(str_text(&text));
        return 0;
}

int main(int argc, char **argv)
{
        struct ask a = {.arena = arena_new()};
        if (argc != 5) {
                fprintf(stderr, "usage: index_advise DSN HISTORY BUDGET_BYTES FOLDER\n");
                return 2;
        }
        a.folder = argv[4];
        if (store_open(argv[2], 0, &a.store, &a.err) < 0 || store_window(a.store, NULL, 0, &a.err) < 0 ||
            facts_load(a.arena, a.store, config_default(a.arena), &a.facts, &a.err) < 0 || oracle_open_live(a.arena, argv[1], &a.oracle, &a.err) < 0)
                return complain(&a.err);
        if (a.oracle->unavailable || !a.facts->servers.len) {
                fprintf(stderr, "index_advise: %s\n", a.oracle->unavailable ? a.oracle->unavailable : "no server in the history");
                return 1;
        }
        int r = read_folder(&a);
        if (r == 0)
                r = look(&a, strtod(argv[3], NULL));
        a.oracle->close(a.oracle->arg);
        store_close(a.store);
        return r < 0 ? complain(&a.err) : 0;
}

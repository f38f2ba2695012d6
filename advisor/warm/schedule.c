#include "warm/schedule.h"
#include "base/fs.h"
#include "lib/yaml.h"

#include <math.h>
#include <string.h>

struct loader {
        struct arena *arena;
        struct schedule *s;
        struct schedule_job *job;
        struct err *err;
};

struct key {
        const char *name;
        int (*load)(struct loader *l, const struct yaml *y);
};

static int refuse(struct loader *l, const struct yaml *y, const char *what)
{
        return err_at(l->err, ERR_CONFIG, l->s->path, y->key_line ? y->key_line : y->line, y->key_col ? y->key_col : y->col, "%s", what);
}

static int load_map(struct loader *l, const struct yaml *y, const struct key *keys)
{
        if (y->type != YAML_MAP)
                return refuse(l, y, "a map is expected here");
        for (size_t i = 0; i < y->len; i++) {
                const struct key *k = keys;
                while (k->name && strcmp(k->name, y->items[i]->key))
                        k++;
                if (!k->name)
                        return refuse(l, y->items[i], arena_printf(l->arena, "unknown key '%s'", y->items[i]->key));
                int r = k->load ? k->load(l, y->items[i]) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}

static int load_number(struct loader *l, const struct yaml *y, double lo, double hi, double *ret)
{
        int r = yaml_as_real(l->s->path, y, y->key, ret, l->err);
        if (r < 0)
                return r;
        return *ret >= lo && *ret <= hi ? 0 : refuse(l, y, arena_printf(l->arena, "%s must be between %g and %g", y->key, lo, hi));
}

static int load_word(struct loader *l, const struct yaml *y, const char *only)
{
        const char *text;
        int r = yaml_as_text(l->s->path, y, y->key, &text, l->err);
        return r < 0 ? r : strcmp(text, only) ? refuse(l, y, arena_printf(l->arena, "%s can only be '%s'", y->key, only)) : 0;
}

static int load_version(struct loader *l, const struct yaml *y)
{
        double v;
        return load_number(l, y, 1, 1, &v);
}

static int load_service(struct loader *l, const struct yaml *y)
{
        return yaml_as_text(l->s->path, y, "service", &l->s->service, l->err);
}

static int load_rate(struct loader *l, const struct yaml *y)
{
        return load_number(l, y, 0.1, 100000, &l->s->rate_per_s);
}

static int load_db_budget(struct loader *l, const struct yaml *y)
{
        return load_number(l, y, 0, 86400, &l->s->db_time_budget_s);
}

static int load_defaults(struct loader *l, const struct yaml *y)
{
        static const struct key keys[] = {{"rate_per_s", load_rate}, {"db_time_budget_s", load_db_budget}, {NULL, NULL}};
        return load_map(l, y, keys);
}

static int load_elapsed(struct loader *l, const struct yaml *y)
{
        return load_number(l, y, 1, 86400, &l->s->elapsed_over_s);
}

static int load_used_memory(struct loader *l, const struct yaml *y)
{
        return load_number(l, y, 0, 1, &l->s->redis_used_memory_over);
}

static int load_stop_when(struct loader *l, const struct yaml *y)
{
        static const struct key keys[] = {{"elapsed_over_s", load_elapsed}, {"redis_used_memory_over", load_used_memory}, {NULL, NULL}};
        return load_map(l, y, keys);
}

static int load_name(struct loader *l, const struct yaml *y)
{
        return yaml_as_text(l->s->path, y, "name", &l->job->name, l->err);
}

static int load_tier(struct loader *l, const struct yaml *y)
{
        return load_word(l, y, "redis");
}

static int load_keys_file(struct loader *l, const struct yaml *y)
{
        const char *name;
        int r = yaml_as_text(l->s->path, y, "keys_file", &name, l->err);
        if (r < 0)
                return r;
        if (!*name || strchr(name, '/') || name[0] == '.')
                return refuse(l, y, "keys_file names a file beside the schedule");
        l->job->keys_file = fs_join(l->arena, fs_dirname(l->arena, l->s->path), name);
        return 0;
}

static int load_count(struct loader *l, const struct yaml *y)
{
        double v = 0;
        int r = load_number(l, y, 1, SCHEDULE_KEYS_MAX, &v);
        l->job->count = (int64_t)v;
        return r;
}

static int load_items(struct loader *l, const struct yaml *y)
{
        static const struct key keys[] = {{"keys_file", load_keys_file}, {"order", NULL}, {"count", load_count}, {NULL, NULL}};
        return load_map(l, y, keys);
}

static int load_via(struct loader *l, const struct yaml *y)
{
        return load_word(l, y, "app-command");
}

static int load_load(struct loader *l, const struct yaml *y)
{
        static const struct key keys[] = {{"via", load_via}, {NULL, NULL}};
        return load_map(l, y, keys);
}

static int load_from(struct loader *l, const struct yaml *y)
{
        return load_number(l, y, 0, 1, &l->job->predicted_from);
}

static int load_to(struct loader *l, const struct yaml *y)
{
        return load_number(l, y, 0, 1, &l->job->predicted_to);
}

static int load_over(struct loader *l, const struct yaml *y)
{
        double v = 0;
        int r = load_number(l, y, 1, 1e12, &v);
        l->job->predicted_over = (int64_t)v;
        return r;
}

static int load_predicted(struct loader *l, const struct yaml *y)
{
        static const struct key keys[] = {{"over_first", load_over}, {"hit_from", load_from}, {"hit_to", load_to}, {"gain_lo", NULL}, {"gain_hi", NULL},
                                          {"db_ms_saved", NULL}, {NULL, NULL}};
        return load_map(l, y, keys);
}

static int load_job(struct loader *l, const struct yaml *y)
{
        static const struct key keys[] = {{"name", load_name}, {"tier", load_tier}, {"items", load_items}, {"load", load_load}, {"predicted", load_predicted}, {NULL, NULL}};
        l->job = vec_push(l->arena, &l->s->jobs);
        *l->job = (struct schedule_job){.name = "job", .predicted_from = NAN, .predicted_to = NAN};
        int r = load_map(l, y, keys);
        return r < 0 ? r : l->job->keys_file ? 0 : refuse(l, y, "a job needs items: { keys_file: NAME }");
}

static int load_jobs(struct loader *l, const struct yaml *y)
{
        if (y->type != YAML_LIST || !y->len || y->len > SCHEDULE_JOBS_MAX)
                return refuse(l, y, arena_printf(l->arena, "jobs must be a list of 1 to %d", SCHEDULE_JOBS_MAX));
        for (size_t i = 0; i < y->len; i++) {
                int r = load_job(l, y->items[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

int schedule_load(struct arena *a, const char *path, struct schedule **ret_schedule, struct err *err)
{
        static const struct key keys[] = {{"version", load_version}, {"service", load_service}, {"made_from", NULL}, {"defaults", load_defaults},
                                          {"stop_when", load_stop_when}, {"jobs", load_jobs}, {NULL, NULL}};
        struct schedule *s = arena_new_of(a, struct schedule);
        *s = (struct schedule){.path = path, .service = "cache", .rate_per_s = 200, .db_time_budget_s = NAN, .elapsed_over_s = NAN, .redis_used_memory_over = NAN};
        struct loader l = {.arena = a, .s = s, .err = err};
        struct yaml *root;
        int r = yaml_read(a, path, &root, err);
        if (r == 0)
                r = load_map(&l, root, keys);
        if (r == 0 && (!yaml_get(root, "version") || !s->jobs.len))
                r = err_at(err, ERR_CONFIG, path, 1, 1, "a schedule needs version: 1 and jobs");
        if (r == 0)
                *ret_schedule = s;
        return r;
}

static bool is_key_line(const char *p, const char *end)
{
        const char *tab = memchr(p, '\t', (size_t)(end - p));
        if (!tab || tab == p || end - tab - 1 < 1 || end - tab - 1 > 64)
                return false;
        for (const char *c = p; c < end; c++)
                if (c != tab && ((unsigned char)*c < 0x20 || *c == 0x7f || (c > tab && !strchr("0123456789abcdefABCDEF", *c))))
                        return false;
        return true;
}

int schedule_keys(struct arena *a, const struct schedule_job *job, const char **ret_lines, const char **ret_end, size_t *ret_n, struct err *err)
{
        char *bytes;
        size_t len, n = 0;
        int r = fs_read(a, job->keys_file, SCHEDULE_KEYS_BYTES_MAX, &bytes, &len, err);
        if (r < 0)
                return r;
        const char *p = bytes, *end = bytes + len;
        while (p < end && (!job->count || n < (size_t)job->count)) {
                const char *stop = memchr(p, '\n', (size_t)(end - p));
                stop = stop ? stop : end;
                if (!is_key_line(p, stop))
                        return err_at(err, ERR_PARSE, job->keys_file, (int)n + 1, 1, "not TEMPLATE<TAB>KEYHASH");
                if (++n > SCHEDULE_KEYS_MAX)
                        return err_at(err, ERR_PARSE, job->keys_file, (int)n, 1, "more than %d keys", SCHEDULE_KEYS_MAX);
                p = stop < end ? stop + 1 : end;
        }
        *ret_lines = bytes;
        *ret_end = p;
        *ret_n = n;
        return 0;
}

int schedule_words(struct arena *a, const char *line, const char ***ret_words, size_t *ret_n, struct err *err)
{
        VEC(const char *) words = {0};
        char *word = arena_alloc(a, strlen(line) + 1);
        for (const char *p = line + strspn(line, " \t"); *p; p += strspn(p, " \t")) {
                size_t n = 0;
                char quote = 0;
                for (; *p && (quote || !strchr(" \t", *p)); p++) {
                        if (quote ? *p == quote : *p == '\'' || *p == '"')
                                quote = quote ? 0 : *p;
                        else
                                word[n++] = *p;
                }
                if (quote)
                        return err_set(err, ERR_CONFIG, "warm.command: a %c is left open", quote);
                *vec_push(a, &words) = arena_strndup(a, word, n);
        }
        *vec_push(a, &words) = NULL;
        *ret_words = words.items;
        *ret_n = words.len - 1;
        return 0;
}

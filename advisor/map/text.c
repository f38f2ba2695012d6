/*
 * The map for people, at 80 columns: each program with what it opens, then the servers with what all programs open together against
 * what they take, then the tables with the lines that touch them, then what the sources do not tell.
 */
#include "base/num.h"
#include "map/page.h"

#include <math.h>
#include <string.h>

enum { CACHES_SHOWN = 6, TABLES_SHOWN = 24, TABLES_IN_LINE = 8, FILES_IN_LINE = 5, PLACES_SHOWN = 12, HEAVY_SHOWN = 10, UNKNOWN_SHOWN = 20 };

static size_t shown(const struct page *p, size_t n, size_t max)
{
        return p->options->all || n <= max + 1 ? n : max;
}

static void left_out(struct page *p, size_t n, size_t kept, const char *what)
{
        if (n > kept)
                page_wrap(p, 2, 0, arena_printf(p->arena, "and %s (--verbose shows all)", map_plural(p->arena, (double)(n - kept), arena_printf(p->arena, "more %s", what))));
}

static const char *place(struct page *p, const char *path, int line)
{
        return !path ? NULL : line > 0 ? arena_printf(p->arena, "%s:%d", path, line) : path;
}

/* ── Heading ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static size_t count_pools(const struct map *m, bool redis)
{
        size_t n = 0;
        for (size_t i = 0; i < m->pools.len; i++)
                n += m->pools.items[i].is_redis == redis && !map_is_aside(m, m->pools.items[i].context);
        return n;
}

static size_t count_programs(const struct map *m, double *ret_processes)
{
        size_t n = 0;
        *ret_processes = 0;
        for (size_t i = 0; i < m->programs.len; i++)
                if (m->programs.items[i].path) {
                        *ret_processes += m->programs.items[i].processes;
                        n++;
                }
        return n;
}

static void write_heading(struct page *p, const struct map *m)
{
        struct arena *a = p->arena;
        double processes;
        size_t programs = count_programs(m, &processes);
        page_line(p, "The fleet as found", m->sources);
        if (m->capture)
                page_wrap(p, 0, 0, arena_printf(a, "measured: %s", m->capture));
        const char *fleet = programs ? isnan(processes) ? arena_printf(a, "%s, processes not told for all", map_plural(a, (double)programs, "program"))
                                                        : arena_printf(a, "%s in %s", map_plural(a, (double)programs, "program"), map_plural(a, processes, "process"))
                                     : "no program is declared";
        page_wrap(p, 0, 0, arena_printf(a, "%s; %s, %s, %s, %s on %s; %s read", fleet, map_plural(a, (double)count_pools(m, false), "database pool"),
                                        map_plural(a, (double)count_pools(m, true), "Redis client"), map_plural(a, (double)m->caches.len, "cache"),
                                        map_plural(a, (double)m->statements.len, "statement"), map_plural(a, (double)m->tables.len, "table"),
                                        map_plural(a, (double)m->files, "file")));
        if (m->unparsed)
                page_wrap(p, 0, 0, arena_printf(a, "%s could not be parsed in full", map_plural(a, (double)m->unparsed, "file")));
}

/* ── Programs ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *value_words(struct page *p, const struct map_pool *pool)
{
        static const char *const knobs[] = {"size", "overflow"};
        const char *words = "", *last = NULL;
        for (size_t i = 0; i < 2; i++) {
                const struct map_value *v = map_value_of(pool, knobs[i]);
                if (!v || (i == 0 && pool->unbounded))
                        continue;
                const char *where = map_value_where(p->arena, v);
                if (last && !strcmp(where, last)) {
                        words = arena_printf(p->arena, "size and overflow: %s", where);
                        continue;
                }
                words = arena_printf(p->arena, "%s%s%s: %s", words, *words ? "; " : "", knobs[i], where);
                last = where;
        }
        return words;
}

static const char *measured_words(struct page *p, const struct map_use *u)
{
        char wait[32], use[32];
        if (isnan(u->wait_p95_ms) && isnan(u->use_p95_ms))
                return NULL;
        const char *words = arena_printf(p->arena, "measured: wait p95 %s, held p95 %s", num_ms(wait, u->wait_p95_ms), num_ms(use, u->use_p95_ms));
        return u->timeouts > 0 ? arena_printf(p->arena, "%s, %.0f timeouts", words, u->timeouts) : words;
}

static void add_pool(struct page *p, const struct map *m, const struct map_pool *pool, size_t program)
{
        const char *driver = pool->driver ? arena_printf(p->arena, " (%s)", pool->driver) : "";
        const struct map_server *server = &m->servers.items[pool->server];
        const char *arrow = p->options->unicode ? "\u2192" : "->";
        const char *library = pool->is_redis ? pool->is_async ? "async" : "" : pool->library ? pool->library : "";
        struct branch *b = page_branch(p, arena_printf(p->arena, "%s %s%s%s%s", pool->is_redis ? "redis" : "pool ", map_short_name(pool->name), *library ? ", " : "", library, driver),
                                       place(p, pool->path, pool->line));
        page_leaf(p, b, map_pool_sum(p->arena, pool, m->programs.items[program].processes));
        const char *values = value_words(p, pool);
        if (*values)
                page_leaf(p, b, values);
        page_leaf(p, b, server->through >= 0 ? arena_printf(p->arena, "%s %s %s %s", arrow, server->label, arrow, m->servers.items[server->through].label)
                                             : arena_printf(p->arena, "%s %s", arrow, server->label));
        for (size_t i = 0; i < pool->uses.len; i++)
                if (pool->uses.items[i].program == program && measured_words(p, &pool->uses.items[i]))
                        page_leaf(p, b, measured_words(p, &pool->uses.items[i]));
}

static void add_caches(struct page *p, const struct map *m, const struct map_program *program)
{
        size_t n = shown(p, program->caches.len, CACHES_SHOWN);
        for (size_t i = 0; i < n; i++) {
                const struct map_cache *c = &m->caches.items[program->caches.items[i]];
                const char *name = arena_printf(p->arena, "cache %s, %s", map_short_name(c->name), c->tier ? c->tier : "tier unknown");
                const char *size = arena_printf(p->arena, "%s%s%s", map_cache_size(p->arena, c), c->template_ ? ", " : "", c->template_ ? c->template_ : "");
                bool one_line = wrap_columns(name) + wrap_columns(size) + (c->path ? wrap_columns(c->path) : 0) < PAGE_WIDTH - 14;
                struct branch *b = page_branch(p, one_line ? arena_printf(p->arena, "%s: %s", name, size) : name, place(p, c->path, c->line));
                if (!one_line)
                        page_leaf(p, b, size);
        }
        if (n < program->caches.len)
                page_branch(p, arena_printf(p->arena, "and %zu more caches (--verbose shows all)", program->caches.len - n), NULL);
}

static void add_handlers(struct page *p, const struct map *m, const struct map_program *program)
{
        if (!program->handlers.len)
                return;
        struct branch *b = page_branch(p, map_plural(p->arena, (double)program->handlers.len, "handler"), NULL);
        page_leaf(p, b, map_handler_counts(p->arena, m, program, false, TABLES_IN_LINE));
        page_leaf(p, b, map_handler_counts(p->arena, m, program, true, p->options->all ? SIZE_MAX : FILES_IN_LINE));
}

/* A script that was written into a command is known by its beginning. */
static const char *shown_command(struct arena *a, const char *command)
{
        enum { SHOWN = 230 };
        size_t n = command ? strlen(command) : 0;
        if (n <= SHOWN)
                return command ? command : "";
        n = SHOWN;
        while (n > SHOWN - 30 && command[n] != ' ')
                n--;
        while ((command[n] & 0xC0) == 0x80)
                n--;
        return arena_printf(a, "%.*s ...", (int)n, command);
}

static void write_program(struct page *p, const struct map *m, size_t at)
{
        const struct map_program *program = &m->programs.items[at];
        struct arena *a = p->arena;
        str_add_char(p->out, '\n');
        if (!program->path) {
                page_line(p, m->declares_programs ? "(reached by no declared program)" : "(no program is declared: all of the sources)", NULL);
        } else {
                const char *running = isnan(program->running) ? "" : arena_printf(a, ", %.0f running", program->running);
                char bytes[32];
                const char *memory = isnan(program->pss_bytes) ? "" : arena_printf(a, ", %s", num_bytes(bytes, program->pss_bytes));
                const char *n = isnan(program->processes) ? "?" : arena_printf(a, "%.0f", program->processes);
                const char *threads = program->threads > 1 ? arena_printf(a, " x %lld threads", (long long)program->threads) : "";
                page_line(p, arena_printf(a, "%s x %s%s%s%s", program->name, n, threads, running, memory), place(p, program->path, program->line));
                page_wrap(p, 1, 2, arena_printf(a, "%s%s", shown_command(a, program->command),
                                                program->entry_path ? arena_printf(a, " (%s, %s)", program->entry_path, map_plural(a, (double)program->module_count, "module"))
                                                                    : " (not in these sources)"));
        }
        for (int redis = 0; redis < 2; redis++)
                for (size_t i = 0; i < program->pools.len; i++)
                        if (m->pools.items[program->pools.items[i]].is_redis == redis)
                                add_pool(p, m, &m->pools.items[program->pools.items[i]], at);
        add_caches(p, m, program);
        add_handlers(p, m, program);
        if (program->statements.len) {
                struct branch *b = page_branch(p, map_plural(a, (double)program->statements.len, "statement"), NULL);
                const char *counts = map_table_counts(a, m, program, p->options->all ? SIZE_MAX : TABLES_IN_LINE);
                if (*counts)
                        page_leaf(p, b, counts);
        }
        page_draw(p);
}

/* ── Servers ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static size_t padding(const char *text, size_t width)
{
        size_t n = wrap_columns(text);
        return n < width ? width - n : 0;
}

static void server_line(struct page *p, const char *left, const char *middle, const char *right)
{
        CLEANUP(str_release) struct str name = {0}, sum = {0};
        str_add_visible(&name, left, false);
        str_add_visible(&sum, middle, false);
        size_t before = padding(str_text(&name), 62) > wrap_columns(str_text(&sum)) ? padding(str_text(&name), 62) - wrap_columns(str_text(&sum)) : 0;
        str_printf(p->out, "  %s%*s  %s %*s\n", str_text(&name), (int)before, "", str_text(&sum), 12, right);
}

static const char *pool_short_sum(struct page *p, const struct map_pool *pool, double processes)
{
        if (pool->unbounded)
                return "no bound";
        if (isnan(pool->per_process))
                return "size not told";
        const char *size = pool->overflow > 0 ? arena_printf(p->arena, "%.0f+%.0f", pool->size, pool->overflow) : arena_printf(p->arena, "%.0f", pool->size);
        if (pool->per_call)
                return arena_printf(p->arena, "%s each call", size);
        return isnan(processes) ? arena_printf(p->arena, "%s each process", size) : arena_printf(p->arena, "%s x %.0f", size, processes);
}

static void write_users(struct page *p, const struct map *m, size_t server)
{
        for (size_t i = 0; i < m->pools.len; i++) {
                const struct map_pool *pool = &m->pools.items[i];
                for (size_t k = 0; k < pool->uses.len && pool->server == server; k++) {
                        const struct map_use *u = &pool->uses.items[k];
                        const struct map_program *program = &m->programs.items[u->program];
                        server_line(p, arena_printf(p->arena, "%s%s%s", program->path ? program->name : "", program->path ? " " : "", map_short_name(pool->name)),
                                    pool_short_sum(p, pool, program->processes),
                                    pool->per_call || pool->unbounded || isnan(u->connections) ? "?" : arena_printf(p->arena, "%.0f", u->connections));
                }
        }
        for (size_t i = 0; i < m->servers.len; i++)
                if (m->servers.items[i].kind == MAP_POOLER && m->servers.items[i].through == (int)server)
                        server_line(p, arena_printf(p->arena, "%s (%s)", m->servers.items[i].label, m->servers.items[i].database), m->servers.items[i].servers_from,
                                    arena_printf(p->arena, "%.0f", m->servers.items[i].servers));
}

static const char *limit_words(struct page *p, const struct map_server *s)
{
        if (!isnan(s->limit))
                return arena_printf(p->arena, "of %.0f (%s)%s", s->limit, s->limit_from ? s->limit_from : "limit", s->at_most > s->limit ? ": more than it takes" : "");
        if (s->dialect && !strcmp(s->dialect, "postgresql"))
                return arena_printf(p->arena, "max_connections is not told (PostgreSQL's default: 100)");
        return NULL;
}

static void write_server(struct page *p, const struct map *m, size_t at)
{
        static const char *const words[] = {"database", "pooler", "redis"};
        const struct map_server *s = &m->servers.items[at];
        struct arena *a = p->arena;
        const char *mode = map_setting_of(s, "pool_mode");
        str_add_char(p->out, '\n');
        page_line(p, arena_printf(a, "%s %s%s%s", words[s->kind], s->label, mode ? ", " : "", mode ? mode : ""),
                  s->kind == MAP_POOLER ? arena_printf(a, "-> %s", m->servers.items[s->through].label) : NULL);
        write_users(p, m, at);
        const char *limit = limit_words(p, s), *open = s->unknown_pools ? " and what is not told" : s->per_call_pools || s->unbounded_pools ? " and what has no bound" : "";
        const char *each = s->each_process > 0 ? arena_printf(a, "%s%.0f in each process", s->at_most > 0 ? " and " : "", s->each_process) : "";
        const char *sum = s->at_most > 0 || !*each ? arena_printf(a, "%.0f", s->at_most) : "";
        if (!(s->at_most > 0) && !*each && *open)
                page_wrap(p, 2, 2, arena_printf(a, "together not told: %s", open + strlen(" and ")));
        else
                page_wrap(p, 2, 2, arena_printf(a, "together %s%s%s%s%s", sum, each, open, !limit ? "" : isnan(s->limit) ? "; " : ", ", limit ? limit : ""));
}

static bool is_used(const struct map *m, size_t server)
{
        if (m->servers.items[server].at_most > 0)
                return true;
        for (size_t i = 0; i < m->pools.len; i++)
                if (m->pools.items[i].server == server && m->pools.items[i].uses.len)
                        return true;
        return false;
}

static void write_servers(struct page *p, const struct map *m)
{
        static const enum map_server_kind order[] = {MAP_DATABASE, MAP_POOLER, MAP_REDIS};
        bool any = false;
        for (size_t k = 0; k < 3; k++)
                for (size_t i = 0; i < m->servers.len; i++) {
                        if (m->servers.items[i].kind != order[k] || !is_used(m, i))
                                continue;
                        if (!any)
                                page_heading(p, "SERVERS", "who opens how many connections, at most");
                        any = true;
                        write_server(p, m, i);
                }
}

/* ── Tables and statements ──────────────────────────────────────────────────────────────────────────────────────── */

static const char *places_of(struct page *p, const struct map *m, const struct map_table *t)
{
        const char *words = "", *path = NULL;
        size_t n = shown(p, t->statements.len, PLACES_SHOWN);
        int last = 0;
        for (size_t i = 0; i < n; i++) {
                const struct map_statement *s = &m->statements.items[t->statements.items[i]];
                if (path && !strcmp(path, s->path) && s->line == last)
                        continue;
                words = path && !strcmp(path, s->path) ? arena_printf(p->arena, "%s,%d", words, s->line)
                                                       : arena_printf(p->arena, "%s%s%s:%d", words, *words ? " " : "", s->path, s->line);
                path = s->path;
                last = s->line;
        }
        return n < t->statements.len ? arena_printf(p->arena, "%s and %zu more", words, t->statements.len - n) : words;
}

static void count_cell(struct str *line, size_t n)
{
        if (n)
                str_printf(line, " %6zu", n);
        else
                str_printf(line, " %6s", ".");
}

static void write_table(struct page *p, const struct map *m, const struct map_table *t)
{
        CLEANUP(str_release) struct str line = {0}, name = {0};
        str_add_visible(&name, t->name, false);
        str_printf(&line, "%s%*s", str_text(&name), wrap_columns(str_text(&name)) < 30 ? 30 - (int)wrap_columns(str_text(&name)) : 1, "");
        count_cell(&line, t->selects);
        count_cell(&line, t->inserts);
        count_cell(&line, t->updates);
        count_cell(&line, t->deletes);
        char share[32];
        if (!isnan(t->share_frac))
                str_printf(&line, "  %s of the time", num_percent(share, t->share_frac));
        str_add(p->out, str_text(&line));
        str_add_char(p->out, '\n');
        page_wrap(p, 4, 0, places_of(p, m, t));
}

static void write_tables(struct page *p, const struct map *m)
{
        if (!m->tables.len)
                return;
        page_heading(p, "TABLES", "statements that the sources send, and their lines");
        str_printf(p->out, "%30s %6s %6s %6s %6s\n", "", "select", "insert", "update", "delete");
        size_t n = shown(p, m->tables.len, TABLES_SHOWN);
        for (size_t i = 0; i < n; i++)
                write_table(p, m, &m->tables.items[i]);
        left_out(p, m->tables.len, n, "table");
}

static void write_heaviest(struct page *p, const struct map *m)
{
        if (!m->heaviest.len)
                return;
        page_heading(p, "HEAVIEST STATEMENTS", "measured");
        size_t n = shown(p, m->heaviest.len, HEAVY_SHOWN);
        for (size_t i = 0; i < n; i++) {
                const struct map_statement *s = &m->statements.items[m->heaviest.items[i]];
                char share[32], mean[32], rate[32];
                page_line(p, arena_printf(p->arena, "%5s of the time, %s calls/s, mean %s", num_percent(share, s->share_frac), num_count(rate, s->calls_hz), num_ms(mean, s->mean_ms)),
                          place(p, s->path, s->line));
                page_wrap(p, 6, 0, s->text && strlen(s->text) > 200 ? arena_printf(p->arena, "%.200s ...", s->text) : s->text);
        }
}

/* ── What is not known ──────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_told(const struct map_value *v)
{
        return v->resolved || !strcmp(v->knob, "echo") || (v->decided_by && !strcmp(v->decided_by, "default"));
}

static void write_unknown(struct page *p, const struct map *m)
{
        size_t n = 0, max = p->options->all ? SIZE_MAX : UNKNOWN_SHOWN;
        for (size_t i = 0; i < m->pools.len; i++) {
                const struct map_pool *pool = &m->pools.items[i];
                for (size_t k = 0; k < pool->values.len && !map_is_aside(m, pool->context); k++) {
                        const struct map_value *v = &pool->values.items[k];
                        if (is_told(v))
                                continue;
                        if (!n)
                                page_heading(p, "NOT TOLD BY THE SOURCES", "and where the trail ends");
                        if (n++ < max)
                                page_wrap(p, 0, 4, arena_printf(p->arena, "%s %s: %s", pool->name, v->knob, v->trail && *v->trail ? v->trail : "unresolved"));
                }
        }
        left_out(p, n, n < max ? n : max, "value");
}

static void write_aside(struct page *p, const struct map *m)
{
        size_t pools = 0, statements = 0;
        for (size_t i = 0; i < m->pools.len; i++)
                pools += map_is_aside(m, m->pools.items[i].context) && !m->pools.items[i].uses.len;
        for (size_t i = 0; i < m->statements.len; i++)
                statements += map_is_aside(m, m->statements.items[i].context);
        if (!pools && !statements)
                return;
        str_add_char(p->out, '\n');
        page_wrap(p, 0, 0, arena_printf(p->arena, "Beside the fleet, in scripts, migrations and tests: %s, %s.", map_plural(p->arena, (double)pools, "pool"),
                                                map_plural(p->arena, (double)statements, "statement")));
}

void map_write_text(const struct map *m, const struct map_options *o, struct str *out)
{
        struct page p = {.out = out, .arena = m->arena, .options = o};
        write_heading(&p, m);
        if (m->programs.len)
                page_heading(&p, "PROGRAMS", "and what each opens");
        else
                page_wrap(&p, 0, 0, "Nothing that runs was found in these sources.");
        for (size_t i = 0; i < m->programs.len; i++)
                write_program(&p, m, i);
        write_servers(&p, m);
        write_tables(&p, m);
        write_heaviest(&p, m);
        write_unknown(&p, m);
        write_aside(&p, m);
}

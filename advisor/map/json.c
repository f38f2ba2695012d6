/* Schema perfadvise-map/1 (docs/map.md): keys are added, never changed or taken away, until it is called perfadvise-map/2. */
#include "lib/json.h"
#include "map/map.h"

#include <math.h>
#include <string.h>

static void put_line(struct json *j, const char *path, int line)
{
        json_put_text(j, "file", path);
        if (path && line > 0)
                json_put_int(j, "line", line);
        else
                json_put_null(j, "line");
}

static void put_count(struct json *j, const char *key, double n)
{
        if (isnan(n))
                json_put_null(j, key);
        else
                json_put_int(j, key, (int64_t)n);
}

static const char *name_of(const struct map_program *p)
{
        return p->path ? p->name : NULL;
}

static void programs_json(const struct map *m, struct json *list)
{
        for (size_t i = 0; i < m->programs.len; i++) {
                const struct map_program *p = &m->programs.items[i];
                struct json *j = json_add_object(list);
                json_put_text(j, "name", name_of(p));
                put_count(j, "processes", p->processes);
                put_count(j, "threads", p->threads > 0 ? (double)p->threads : NAN);
                json_put_text(j, "command", p->command);
                json_put_text(j, "declared_as", p->declared_as);
                json_put_text(j, "server", p->server);
                put_line(j, p->path, p->line);
                json_put_text(j, "entry_file", p->entry_path);
                json_put_text(j, "entry_module", p->entry_module);
                json_put_int(j, "modules", (int64_t)p->module_count);
                put_count(j, "running", p->running);
                put_count(j, "pss_bytes", p->pss_bytes);
                struct json *pools = json_put_array(j, "pools"), *caches = json_put_array(j, "caches");
                for (size_t k = 0; k < p->pools.len; k++)
                        json_add_text(pools, m->pools.items[p->pools.items[k]].name);
                for (size_t k = 0; k < p->caches.len; k++)
                        json_add_text(caches, m->caches.items[p->caches.items[k]].name);
                json_put_int(j, "statements", (int64_t)p->statements.len);
                json_put_int(j, "handlers", (int64_t)p->handlers.len);
        }
}

static void values_json(const struct map_pool *p, struct json *list)
{
        for (size_t i = 0; i < p->values.len; i++) {
                const struct map_value *v = &p->values.items[i];
                struct json *j = json_add_object(list);
                json_put_text(j, "knob", v->knob);
                json_put_text(j, "value", v->value);
                json_put_text(j, "decided_by", v->decided_by);
                json_put_text(j, "key", v->key);
                put_line(j, v->path, v->line);
                json_put_bool(j, "resolved", v->resolved);
                json_put_text(j, "trail", v->trail);
        }
}

static void uses_json(const struct map *m, const struct map_pool *p, struct json *list)
{
        for (size_t i = 0; i < p->uses.len; i++) {
                const struct map_use *u = &p->uses.items[i];
                struct json *j = json_add_object(list);
                json_put_text(j, "program", name_of(&m->programs.items[u->program]));
                put_count(j, "processes", m->programs.items[u->program].processes);
                put_count(j, "at_most", p->per_call || p->unbounded ? NAN : u->connections);
                json_put_real(j, "wait_p95_ms", u->wait_p95_ms);
                json_put_real(j, "use_p95_ms", u->use_p95_ms);
                put_count(j, "timeouts", u->timeouts);
        }
}

static void pools_json(const struct map *m, struct json *list)
{
        for (size_t i = 0; i < m->pools.len; i++) {
                const struct map_pool *p = &m->pools.items[i];
                struct json *j = json_add_object(list);
                json_put_text(j, "name", p->name);
                json_put_text(j, "kind", p->is_redis ? "redis" : "database");
                json_put_text(j, "library", p->library);
                json_put_text(j, "made_as", p->kind);
                json_put_text(j, "driver", p->driver);
                json_put_bool(j, "async", p->is_async);
                json_put_text(j, "scope", p->scope);
                json_put_text(j, "context", p->context);
                put_line(j, p->path, p->line);
                json_put_text(j, "application_name", p->application);
                json_put_text(j, "server", m->servers.items[p->server].id);
                put_count(j, "size", p->size);
                put_count(j, "overflow", p->overflow);
                put_count(j, "min_size", p->min_size);
                put_count(j, "per_process", p->unbounded ? NAN : p->per_process);
                json_put_bool(j, "unbounded", p->unbounded);
                json_put_bool(j, "per_call", p->per_call);
                uses_json(m, p, json_put_array(j, "programs"));
                values_json(p, json_put_array(j, "values"));
        }
}

static void servers_json(const struct map *m, struct json *list)
{
        static const char *const kinds[] = {"database", "pooler", "redis"};
        for (size_t i = 0; i < m->servers.len; i++) {
                const struct map_server *s = &m->servers.items[i];
                struct json *j = json_add_object(list);
                json_put_text(j, "id", s->id);
                json_put_text(j, "kind", kinds[s->kind]);
                json_put_text(j, "dialect", s->dialect);
                json_put_text(j, "host", s->host);
                json_put_text(j, "port", s->port);
                json_put_text(j, "database", s->database);
                json_put_text(j, "label", s->label);
                json_put_bool(j, "address_known", s->is_known);
                put_count(j, "limit", s->limit);
                json_put_text(j, "limit_from", s->limit_from);
                put_count(j, "at_most", s->at_most);
                put_count(j, "each_process", s->each_process);
                json_put_int(j, "pools_unknown", (int64_t)s->unknown_pools);
                json_put_int(j, "pools_unbounded", (int64_t)s->unbounded_pools);
                json_put_int(j, "pools_per_call", (int64_t)s->per_call_pools);
                put_count(j, "opens_behind", s->servers);
                json_put_text(j, "through", s->through >= 0 ? m->servers.items[s->through].id : NULL);
                struct json *settings = json_put_object(j, "settings");
                for (size_t k = 0; k < s->settings.len; k++)
                        json_put_text(settings, s->settings.items[k].name, s->settings.items[k].value);
        }
}

static void caches_json(const struct map *m, struct json *list)
{
        for (size_t i = 0; i < m->caches.len; i++) {
                const struct map_cache *c = &m->caches.items[i];
                struct json *j = json_add_object(list);
                json_put_text(j, "name", c->name);
                json_put_text(j, "tier", c->tier);
                json_put_text(j, "library", c->library);
                put_line(j, c->path, c->line);
                put_count(j, "max_size", c->max_size);
                json_put_real(j, "ttl_s", c->ttl_s);
                if (c->bounded < 0)
                        json_put_null(j, "bounded");
                else
                        json_put_bool(j, "bounded", c->bounded);
                json_put_text(j, "template", c->template_);
                json_put_text(j, "trail", c->trail);
        }
}

/* The programs whose list `what` holds the item. */
#define PROGRAMS_OF(m, what, item, list)                                                                               \
        for (size_t p_ = 0; p_ < (m)->programs.len; p_++)                                                              \
                for (size_t k_ = 0; (m)->programs.items[p_].path && k_ < (m)->programs.items[p_].what.len; k_++)       \
                        if ((m)->programs.items[p_].what.items[k_] == (item))                                          \
                                json_add_text((list), (m)->programs.items[p_].name)

static void statements_json(const struct map *m, struct json *list)
{
        for (size_t i = 0; i < m->statements.len; i++) {
                const struct map_statement *s = &m->statements.items[i];
                struct json *j = json_add_object(list);
                put_line(j, s->path, s->line);
                json_put_text(j, "function", s->qualname);
                json_put_text(j, "kind", s->kind);
                json_put_text(j, "context", s->context);
                json_put_text(j, "origin", s->origin);
                struct json *tables = json_put_array(j, "tables");
                for (size_t k = 0; k < s->table_count; k++)
                        json_add_text(tables, s->tables[k]);
                json_put_text(j, "sql", s->text);
                json_put_text(j, "fingerprint", s->fingerprint);
                json_put_bool(j, "family", s->family);
                json_put_real(j, "confidence", s->confidence);
                struct json *programs = json_put_array(j, "programs");
                PROGRAMS_OF(m, statements, i, programs);
                json_put_real(j, "calls_hz", s->calls_hz);
                json_put_real(j, "mean_ms", s->mean_ms);
                json_put_real(j, "share_frac", s->share_frac);
        }
}

static void handlers_json(const struct map *m, struct json *list)
{
        for (size_t i = 0; i < m->handlers.len; i++) {
                const struct map_handler *h = &m->handlers.items[i];
                struct json *j = json_add_object(list);
                put_line(j, h->path, h->line);
                json_put_text(j, "function", h->qualname);
                json_put_text(j, "answers", h->what);
                struct json *programs = json_put_array(j, "programs");
                PROGRAMS_OF(m, handlers, i, programs);
        }
}

static void tables_json(const struct map *m, struct json *list)
{
        for (size_t i = 0; i < m->tables.len; i++) {
                const struct map_table *t = &m->tables.items[i];
                struct json *j = json_add_object(list);
                json_put_text(j, "name", t->name);
                json_put_text(j, "declared", t->declared);
                json_put_int(j, "select", (int64_t)t->selects);
                json_put_int(j, "insert", (int64_t)t->inserts);
                json_put_int(j, "update", (int64_t)t->updates);
                json_put_int(j, "delete", (int64_t)t->deletes);
                json_put_int(j, "other", (int64_t)t->others);
                json_put_real(j, "share_frac", t->share_frac);
                struct json *programs = json_put_array(j, "programs");
                for (size_t k = 0; k < t->programs.len; k++)
                        json_add_text(programs, m->programs.items[t->programs.items[k]].name);
        }
}

void map_write_json(const struct map *m, struct str *out)
{
        CLEANUP(json_free) struct json *root = json_new_object();
        json_put_text(root, "schema", "perfadvise-map/1");
        json_put_text(root, "tool", "perfadvise " PERFADVISE_VERSION);
        json_put_text(root, "sources", m->sources);
        json_put_text(root, "capture", m->capture);
        json_put_int(root, "files", (int64_t)m->files);
        json_put_int(root, "files_unparsed", (int64_t)m->unparsed);
        programs_json(m, json_put_array(root, "programs"));
        servers_json(m, json_put_array(root, "servers"));
        pools_json(m, json_put_array(root, "pools"));
        caches_json(m, json_put_array(root, "caches"));
        handlers_json(m, json_put_array(root, "handlers"));
        statements_json(m, json_put_array(root, "statements"));
        tables_json(m, json_put_array(root, "tables"));
        json_dump(root, 2, out);
        str_add_char(out, '\n');
}

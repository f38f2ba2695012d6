/*
 * What runs, and what is set in the servers around it.
 */
#include "probes/source/emit.h"
#include "probes/source/programs/programs.h"
#include "probes/source/world.h"

#include <stdlib.h>
#include <string.h>

/* A word of an expression that was not followed has no text of its own. */
static const char *visible(struct arena *a, const char *text)
{
        char *out = arena_strdup(a, text);
        for (char *c = out; *c; c++)
                if (*c == HOLE)
                        *c = '?';
        return out;
}

static void emit_setting(struct source *s, struct sink *k, const struct setting *x)
{
        int line = 0, col = 0;
        bool placed = x->end > x->start;
        if (placed)
                file_position(x->file, x->start, &line, &col);
        EMIT(k, "code_setting", TEXT("system", x->system), TEXT("program", x->program), TEXT("name", x->name), TEXT("value", x->value ? visible(s->scratch, x->value) : NULL),
             TEXT("format", language_name(x->file->lang)), TEXT("path", x->file->path), maybe_int("line", placed, line), maybe_int("col", placed, col),
             maybe_int("byte_start", placed, x->start), maybe_int("byte_end", placed, x->end),
             TEXT("trail", placed ? arena_printf(s->scratch, "%s:%d", x->file->path, line) : x->file->path));
}

void emit_programs(struct source *s, struct sink *k)
{
        for (size_t i = 0; i < s->programs.len; i++) {
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
                const struct program *p = &s->programs.items[i];
                const char **modules = arena_alloc(s->scratch, (p->modules.len + 1) * sizeof *modules);
                for (size_t m = 0; m < p->modules.len; m++)
                        modules[m] = p->modules.items[m]->module;
                EMIT(k, "code_program", TEXT("program", p->name), maybe_int("processes", p->processes >= 0, p->processes), TEXT("command", visible(s->scratch, p->command)),
                     TEXT("entry_path", p->entry ? p->entry->path : NULL), TEXT("entry_module", p->entry_module ? visible(s->scratch, p->entry_module) : NULL),
                     TEXT("path", p->declared_in->path), INT("line", p->line), TEXT("modules", p->entry ? json_names(s->scratch, modules, p->modules.len) : NULL),
                     TEXT("declared_as", p->declared_as), TEXT("server", p->server), maybe_int("threads", p->threads >= 0, p->threads));
        }
        for (size_t i = 0; i < s->settings.len; i++)
                emit_setting(s, k, &s->settings.items[i]);
}

/* ── Files of servers ──────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *conf_system(const struct file *f)
{
        static const char *const of_postgres[] = {"max_connections", "shared_buffers", "listen_addresses", "wal_level", "work_mem"};
        static const char *const of_redis[] = {"maxclients", "maxmemory", "appendonly", "maxmemory-policy", "protected-mode"};
        for (size_t i = 0; i < 5; i++) {
                if (config_get(f, of_postgres[i]))
                        return "postgresql";
                if (config_get(f, of_redis[i]))
                        return "redis";
        }
        return NULL;
}

static bool is_secret(const char *key)
{
        return strstr(key, "pass") || strstr(key, "auth") || strstr(key, "secret") || str_starts(key, "databases.");
}

/* The settings of a file with those that it includes, in the order in which the server reads them. */
struct listed {
        const struct file *f;
        const struct entry *e;
};
struct listing {
        struct arena *arena;
        enum language lang;
        size_t includes;
        VEC(struct listed);
};

enum { INCLUDES_MAX = 50 };

static void list_entries(struct source *s, const struct file *f, struct listing *l);

/* In the language of who includes it, whatever its name says. */
static void list_included(struct source *s, struct file *f, struct listing *l)
{
        if (!f || l->includes++ >= INCLUDES_MAX)
                return;
        depends_on_file(s, f);
        file_need(f);
        struct file *as = arena_new_of(l->arena, struct file);
        *as = *f;
        if (f->lang != l->lang && f->bytes) {
                as->lang = l->lang;
                as->entries.items = NULL;
                as->entries.len = as->entries.cap = 0;
                config_read(as);
        }
        list_entries(s, as, l);
}

static int by_path(const void *a, const void *b)
{
        return strcmp((*(struct file *const *)a)->path, (*(struct file *const *)b)->path);
}

/* include_dir: the files NAME.conf of a folder, in the order of their names. */
static void list_folder(struct source *s, const struct file *from, const char *folder, struct listing *l)
{
        VEC(struct file *) files = {0};
        const char *path = folder_of(s, from, folder);
        for (size_t i = 0; path && i < s->files.len; i++)
                if (!strcmp(s->files.items[i]->folder, path) && str_ends(s->files.items[i]->path, ".conf"))
                        *vec_push(l->arena, &files) = s->files.items[i];
        if (files.len)
                qsort(files.items, files.len, sizeof *files.items, by_path);
        for (size_t i = 0; i < files.len; i++)
                list_included(s, files.items[i], l);
}

static void list_entries(struct source *s, const struct file *f, struct listing *l)
{
        for (size_t i = 0; i < f->entries.len; i++) {
                const struct entry *e = &f->entries.items[i];
                *vec_push(l->arena, l) = (struct listed){f, e};
                if (!strcmp(e->key, "%include") || (l->lang == LANG_CONF && (!strcmp(e->key, "include") || !strcmp(e->key, "include_if_exists"))))
                        list_included(s, config_find(s, f, e->value), l);
                else if (l->lang == LANG_CONF && !strcmp(e->key, "include_dir"))
                        list_folder(s, f, e->value, l);
        }
}

/* The last of several counts. */
static bool is_last(const struct listing *l, size_t i)
{
        for (size_t k = i + 1; k < l->len; k++)
                if (!strcmp(l->items[k].e->key, l->items[i].e->key))
                        return false;
        return true;
}

static const char *system_of(const struct file *f)
{
        return f->lang == LANG_CONF ? conf_system(f) : f->lang == LANG_INI && config_has_prefix(f, "pgbouncer") ? "pgbouncer" : NULL;
}

void emit_server_settings(struct source *s, struct sink *k)
{
        const struct file *f = s->focus;
        const char *system = system_of(f);
        if (!system)
                return;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct listing l = {.arena = s->scratch, .lang = f->lang};
        list_entries(s, f, &l);
        for (size_t i = 0; i < l.len; i++) {
                const struct entry *e = l.items[i].e;
                const struct file *in = l.items[i].f;
                bool pooler = str_starts(e->key, "pgbouncer.");
                bool by_itself = in != f && s->files.items[in->index]->lang == f->lang && system_of(in); /* it tells of them when it is looked at */
                if (!is_last(&l, i) || by_itself || is_secret(e->key) || (f->lang == LANG_INI && !pooler))
                        continue;
                emit_setting(s, k, &(struct setting){.system = system, .name = pooler ? strchr(e->key, '.') + 1 : e->key, .value = e->templated ? NULL : e->value, .file = in,
                                                     .start = e->start, .end = e->end});
        }
}

/*
 * A small tree of sources in a temporary folder, and what the source probe finds in it, in a store in memory.
 *
 *      struct tree t = tree_new();
 *      tree_file(&t, "bot.py", "import asyncpg\n...");
 *      tree_analyse(&t);
 *      ck_assert_int_eq(tree_int(&t, "SELECT size FROM code_pool"), 5);
 *      tree_free(&t);
 */
#pragma once
#include "base/fs.h"
#include "base/str.h"
#include "probes/probe.h"
#include "store/store.h"
#include "tests/lib/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tree {
        char root[64];
        struct arena *arena;
        struct store *store;
        bool own; /* the folder is ours to remove */
};

static inline struct tree tree_new(void)
{
        struct tree t = {.arena = arena_new(), .own = true};
        unit_template(t.root, sizeof t.root, "source");
        ck_assert_ptr_nonnull(mkdtemp(t.root));
        return t;
}

static inline void tree_bytes(struct tree *t, const char *path, const char *bytes, size_t len)
{
        char *full = fs_join(t->arena, t->root, path);
        struct err err = {0};
        ck_assert_int_eq(fs_mkdirs(fs_dirname(t->arena, full), 0755, &err), 0);
        FILE *f = fopen(full, "wb");
        ck_assert_ptr_nonnull(f);
        ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
        fclose(f);
}

static inline void tree_file(struct tree *t, const char *path, const char *text)
{
        tree_bytes(t, path, text, strlen(text));
}

static inline void tree_analyse_at(struct tree *t, const char *root)
{
        struct err err = {0};
        int64_t run, target;
        ck_assert_int_eq(store_open(NULL, STORE_MEMORY, &t->store, &err), 0);
        ck_assert_int_eq(store_run_begin(t->store, "analysis", NULL, 0, &run, &err), 0);
        ck_assert_int_eq(store_target(t->store, "source", "source", &target, &err), 0);
        struct probe_target what = {.name = "source", .kind = "source", .roots = (const char *[]){root, NULL}};
        struct probe_env env = {.target = &what, .sink = store_sink(t->store, run, target), .arena = t->arena};
        void *state;
        ck_assert_msg(probe_source.open(&env, &state, &err) == 0, "%s", err.msg);
        while (probe_source.due(state) != PROBE_DONE)
                ck_assert_msg(probe_source.step(state, 0, &err) == 0, "%s", err.msg);
        probe_source.close(state);
        ck_assert_int_eq(store_run_end(t->store, run, "ok", &err), 0);
        ck_assert_int_eq(store_window(t->store, &run, 1, &err), 0);
}

static inline void tree_analyse(struct tree *t)
{
        tree_analyse_at(t, t->root);
}

static inline int64_t tree_int(struct tree *t, const char *sql)
{
        return db_int(store_db(t->store), sql, 0, -999);
}

/* The first column of the first row, "" when it is NULL or there is none. */
static inline const char *tree_text(struct tree *t, const char *sql)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        struct err err = {0};
        ck_assert_msg(stmt_prepare(store_db(t->store), sql, &st, &err) == 0, "%s", err.msg);
        const char *text = stmt_step(st, &err) == 1 ? stmt_text(st, 0) : NULL;
        return text ? arena_strdup(t->arena, text) : "";
}

/* Each deciding value that has a place: the bytes there are the value. Returns how many were compared. */
static inline int tree_check_ranges(struct tree *t, const char *root)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        struct err err = {0};
        int n = 0;
        ck_assert_int_eq(stmt_prepare(store_db(t->store), "SELECT path, byte_start, byte_end, value, pool || ' ' || knob FROM code_value WHERE byte_end > byte_start AND resolved", &st, &err), 0);
        while (stmt_step(st, &err) == 1) {
                char *bytes;
                size_t len;
                ck_assert_int_eq(fs_read(t->arena, fs_join(t->arena, root, stmt_text(st, 0)), 1 << 20, &bytes, &len, &err), 0);
                size_t start = (size_t)stmt_int(st, 1), end = (size_t)stmt_int(st, 2);
                ck_assert_uint_le(end, len);
                const char *value = stmt_text(st, 3) ? stmt_text(st, 3) : "";
                ck_assert_msg(strlen(value) == end - start && !memcmp(bytes + start, value, end - start), "%s: '%.*s' is not '%s'", stmt_text(st, 4),
                              (int)(end - start), bytes + start, value);
                n++;
        }
        return n;
}

static inline void tree_free(struct tree *t)
{
        store_close(t->store);
        arena_free(t->arena);
        if (t->own) {
                char command[128];
                snprintf(command, sizeof command, "rm -rf -- %s", t->root);
                ck_assert_int_eq(system(command), 0);
        }
}

/* How values are changed: units, services, one value for one knob. */
#include "model/model.h"
#include "model/pg_provider.h"
#include "tests/lib/unit.h"

#include <string.h>

static struct fact_setting setting(const char *name, const char *unit, const char *context)
{
        return (struct fact_setting){.target = "db", .name = name, .value = "1", .unit = unit, .context = context, .source = "default"};
}

START_TEST(provider_base_value__is_in_the_unit_of_the_setting)
{
        struct arena *a = arena_new();
        ck_assert_str_eq(provider_base_value(a, "4GB", "MB"), "4096");
        ck_assert_str_eq(provider_base_value(a, "4GB", "8kB"), "524288");
        ck_assert_str_eq(provider_base_value(a, "60s", "ms"), "60000");
        ck_assert_str_eq(provider_base_value(a, "1.1", NULL), "1.1");
        ck_assert_str_eq(provider_base_value(a, "on", NULL), "on");
        ck_assert_str_eq(provider_base_value(a, "256", "kB"), "256");
        arena_free(a);
}
END_TEST

START_TEST(provider_command__only_where_alter_system_is_not_allowed)
{
        struct arena *a = arena_new();
        struct fact_setting wal = setting("max_wal_size", "MB", "sighup"), buffers = setting("shared_buffers", "8kB", "postmaster");
        struct fact_server own = {.target = "db"}, rds = {.target = "db", .provider = "rds"}, super = {.target = "db", .provider = "supabase", .is_superuser = true};
        ck_assert_ptr_null(provider_command(a, &own, &wal, "max_wal_size", "4GB"));
        ck_assert_ptr_null(provider_command(a, &super, &wal, "max_wal_size", "4GB"));
        ck_assert_str_eq(provider_command(a, &rds, &wal, "max_wal_size", "4GB"),
                         "aws rds modify-db-parameter-group --db-parameter-group-name GROUP --parameters "
                         "\"ParameterName=max_wal_size,ParameterValue=4096,ApplyMethod=immediate\"");
        ck_assert_ptr_nonnull(strstr(provider_command(a, &rds, &buffers, "shared_buffers", "4GB"), "ParameterValue=524288,ApplyMethod=pending-reboot"));
        static const char *const services[][2] = {{"aurora", "cluster-parameter-group"}, {"cloudsql", "--database-flags=max_wal_size=4096"},
                                                  {"azure", "--name max_wal_size --value 4096"}, {"supabase", "max_wal_size=4GB"}, {"neon", "ALTER ROLE"}};
        for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
                struct fact_server s = {.target = "db", .provider = services[i][0]};
                ck_assert_msg(strstr(provider_command(a, &s, &wal, "max_wal_size", "4GB"), services[i][1]) != NULL, "%s", services[i][0]);
        }
        arena_free(a);
}
END_TEST

/* Rows of rules, by columns. */
#define ROW(...) row((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *) / 2)
static struct arena *arena;
static struct rule_row row(const char *const *cells, size_t n)
{
        struct finding *f = arena_new_of(arena, struct finding);
        *f = (struct finding){.key = "k", .rule = "test.rule", .subject = "main", .message = "because"};
        const char **names = arena_alloc(arena, n * sizeof *names), **texts = arena_alloc(arena, n * sizeof *texts);
        double *numbers = arena_alloc(arena, n * sizeof *numbers);
        for (size_t i = 0; i < n; i++) {
                names[i] = cells[2 * i];
                texts[i] = cells[2 * i + 1];
                numbers[i] = 0;
        }
        return (struct rule_row){f, n, names, texts, numbers};
}

START_TEST(advise__makes_one_change_for_each_knob)
{
        arena = arena_new();
        struct facts facts = {.arena = arena};
        *vec_push(arena, &facts.servers) = (struct fact_server){.target = "db", .is_superuser = true};
        *vec_push(arena, &facts.settings) = setting("shared_buffers", "8kB", "postmaster");
        const struct rule_row rows[] = {
                ROW("target", "db", "set_kind", "setting", "set_name", "shared_buffers", "set_value", "2GB"),
                ROW("target", "db", "set_kind", "setting", "set_name", "shared_buffers", "set_value", "3GB"),
                ROW("target", "db", "set_kind", "role", "set_object", "App", "set_name", "work_mem", "set_value", "64MB"),
                ROW("target", "db", "set_kind", "table", "schema", "public", "table", "T", "set_name", "autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=1000"),
                ROW("target", "db", "set_kind", "table", "schema", "public", "table", "u", "set_name", "autovacuum_enabled", "set_value", NULL),
                ROW("target", "db", "set_kind", "analyze", "schema", "public", "table", "u"),
                ROW("target", "db", "set_kind", "extended", "schema", "public", "table", "u", "set_name", "a, b", "set_object", "u_a_b"),
                ROW("target", "db", "set_kind", "setting", "set_name", "wal_level", "set_value", NULL),
                ROW("target", "db"),
        };
        struct advise_in in = {.arena = arena, .facts = &facts, .rows = rows, .n = sizeof rows / sizeof *rows};
        struct advise_out out = {0};
        struct err err = {0};
        ck_assert_int_eq(model_pg_value.advise(&in, &out, &err), 0);
        static const char *const forward[] = {
                "ALTER SYSTEM SET shared_buffers TO '2GB'", "ALTER ROLE \"App\" SET work_mem TO '64MB'",
                "ALTER TABLE \"public\".\"T\" SET (autovacuum_vacuum_scale_factor = 0.01)", "ALTER TABLE \"public\".\"T\" SET (autovacuum_vacuum_threshold = 1000)",
                "ALTER TABLE \"public\".\"u\" RESET (autovacuum_enabled)", "ANALYZE \"public\".\"u\"", "CREATE STATISTICS \"public\".\"u_a_b\" ON \"a\", \"b\" FROM \"public\".\"u\""};
        size_t n = 0;
        for (size_t i = 0; i < out.recommendations.len; i++)
                for (size_t c = 0; c < out.recommendations.items[i].changes.len; c++)
                        ck_assert_str_eq(out.recommendations.items[i].changes.items[c].forward_sql, forward[n++]);
        ck_assert_uint_eq(n, sizeof forward / sizeof *forward);
        ck_assert_str_eq(out.recommendations.items[0].changes.items[0].restart, "PostgreSQL");
        ck_assert_uint_eq(out.unknown.len, 1); /* the second value for shared_buffers */
        arena_free(arena);
}
END_TEST

START_TEST(advise__leaves_the_command_line_to_people)
{
        arena = arena_new();
        struct facts facts = {.arena = arena};
        struct fact_setting given = setting("log_lock_waits", NULL, "superuser");
        given.source = "command line";
        *vec_push(arena, &facts.settings) = given;
        const struct rule_row rows[] = {ROW("target", "db", "set_kind", "setting", "set_name", "log_lock_waits", "set_value", "on")};
        struct advise_in in = {.arena = arena, .facts = &facts, .rows = rows, .n = 1};
        struct advise_out out = {0};
        struct err err = {0};
        ck_assert_int_eq(model_pg_value.advise(&in, &out, &err), 0);
        ck_assert_uint_eq(out.recommendations.len, 1);
        const struct recommendation *r = &out.recommendations.items[0];
        ck_assert_uint_eq(r->changes.len, 0); /* apply would find it overridden, and take everything back */
        const char *how = "";
        for (size_t i = 0; i < r->evidence.len; i++)
                if (!strcmp(r->evidence.items[i].label, "how"))
                        how = r->evidence.items[i].value;
        ck_assert_msg(strstr(how, "-c log_lock_waits=on") != NULL, "%s", how);
        arena_free(arena);
}
END_TEST

UNIT_MAIN(provider_base_value__is_in_the_unit_of_the_setting, provider_command__only_where_alter_system_is_not_allowed,
          advise__makes_one_change_for_each_knob, advise__leaves_the_command_line_to_people)

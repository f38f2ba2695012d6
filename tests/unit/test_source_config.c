/* The readers of configuration files: what they find, exactly where it stands, and that no input breaks them. */
#include "probes/source/config/config.h"
#include "tests/lib/unit.h"

#include <stdlib.h>
#include <string.h>

static struct source source;

static void setup(void)
{
        source = (struct source){.arena = arena_new(), .scratch = arena_new()};
}

static void teardown(void)
{
        arena_free(source.scratch);
        arena_free(source.arena);
}

static struct file *parse(const char *path, const char *text)
{
        return config_bytes(&source, path, config_language(path), text, strlen(text));
}

/* The value, which must be the very bytes at its place. */
static const char *value(const struct file *f, const char *key)
{
        const struct entry *e = config_get(f, key);
        if (!e)
                return "(none)";
        ck_assert_uint_le(e->end, f->len);
        ck_assert_uint_eq(strlen(e->value), e->end - e->start);
        ck_assert_int_eq(memcmp(e->value, f->bytes + e->start, e->end - e->start), 0);
        return e->value;
}

START_TEST(format__by_name)
{
        static const struct {
                const char *path, *format;
        } cases[] = {
                {"a/.env", "env"}, {".env.dist", "env"}, {"prod.env", "env"}, {"Dockerfile", "dockerfile"}, {"docker/Dockerfile.worker", "dockerfile"},
                {"compose.yaml", "yaml"}, {"docker-compose.example.yml", "yaml"}, {"conf/homeserver.yaml.j2", "yaml"}, {"pyproject.toml", "toml"},
                {"pgbouncer.ini", "ini"}, {"pgbouncer.ini.example", "ini"}, {"supervisord.conf", "ini"}, {"setup.cfg", "ini"}, {"etc/postgresql.conf", "conf"},
                {"redis.conf", "conf"}, {"Procfile", "procfile"}, {"systemd/bot@.service", "unit"}, {"ecosystem.config.json", "json"},
                {"crontab", "cron"}, {"cron.d/bots", "cron"}, {"entrypoint.sh", "shell"}, {"README.md", NULL}, {"package.json", NULL}, {"Procfile.md.txt", "procfile"},
        };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const char *name = language_name(config_language(cases[i].path));
                ck_assert_msg((!name && !cases[i].format) || (name && cases[i].format && !strcmp(name, cases[i].format)), "%s: %s", cases[i].path, name ? name : "none");
        }
        ck_assert(config_is_template(".env.dist") && config_is_template("a/docker-compose.example.yml") && config_is_template("pgbouncer.ini.sample"));
        ck_assert(!config_is_template("examples/.env") && !config_is_template("distribution.yaml") && !config_is_template(".env"));
}
END_TEST

START_TEST(yaml__anchors_merge_keys_documents)
{
        struct file *f = parse("a.yaml", "base: &b {size: 5, 'max': 6}\nover: &o\n  size: 7\none:\n  <<: *b\n  max: 8\ntwo:\n  size: 9\n  <<: [*o, *b]\nthree: *o\n"
                                         "list: [a, *o]\ntext: >-\n  gunicorn app:app\n  -w 4\nsaid: \"a\\tb\"\n--- # second\nsize: 3\n");
        ck_assert_str_eq(value(f, "one.size"), "5");
        ck_assert_str_eq(value(f, "one.max"), "8");
        ck_assert_str_eq(value(f, "two.size"), "9");
        ck_assert_str_eq(value(f, "two.max"), "6");
        ck_assert_str_eq(value(f, "three.size"), "7");
        ck_assert_str_eq(value(f, "list.1.size"), "7");
        ck_assert_str_eq(value(f, "@1.size"), "3");
        ck_assert_str_eq(config_get(f, "text")->value, "gunicorn app:app -w 4");
        ck_assert_str_eq(config_get(f, "said")->value, "a\tb");
        ck_assert(!config_get(f, "size"));
}
END_TEST

START_TEST(yaml__what_surrounds_a_template_counts)
{
        struct file *f = parse("a.yaml", "{# größe #}\ndb:\n  host: {{ host }}\n  port: \"{{ port }}\"\n  pool: 5\n{% if workers %}\nworkers:\n  n: {{ n }}\n  m: 4\n{% endif %}\n"
                                         "last: {{ a }}-{{ b|default('x') }}\nafter: 9\n");
        ck_assert_str_eq(value(f, "db.pool"), "5");
        ck_assert_str_eq(value(f, "after"), "9");
        ck_assert(!config_get(f, "db.pool")->templated && !config_get(f, "after")->templated);
        ck_assert(config_get(f, "db.host")->templated && config_get(f, "db.port")->templated && config_get(f, "last")->templated);
        ck_assert_str_eq(value(f, "db.host"), "{{ host }}");
        ck_assert_str_eq(value(f, "workers.m"), "4");
        ck_assert(config_get(f, "workers.m")->templated); /* only if workers */
        ck_assert_ptr_null(f->note);
        f = parse("values.yaml", "{{- if .Values.x }}\na: 1\n{{- end }}\nb: 2\n");
        ck_assert(config_get(f, "a")->templated && !config_get(f, "b")->templated);
}
END_TEST

START_TEST(toml__tables_keys_and_strings)
{
        struct file *f = parse("a.toml", "top = 1 # größe\n[a.\"b c\"]\nx.y = \"é\"\nz = '''\nlong'''\n[[s]]\nn = 1_000\n[[s]]\nn = 2\nt = { u = [1, 'v'], w = true }\n");
        ck_assert_str_eq(value(f, "top"), "1");
        ck_assert_str_eq(value(f, "a.b c.x.y"), "é");
        ck_assert_str_eq(value(f, "a.b c.z"), "long");
        ck_assert_str_eq(value(f, "s.0.n"), "1_000");
        ck_assert_str_eq(value(f, "s.1.n"), "2");
        ck_assert_str_eq(value(f, "s.1.t.u.1"), "v");
        ck_assert_str_eq(value(f, "s.1.t.w"), "true");
        ck_assert(config_get(f, "s.1.t.u.1")->quoted && !config_get(f, "top")->quoted);
}
END_TEST

START_TEST(ini__continued_lines_duplicates_and_includes)
{
        struct file *f = parse("supervisord.conf", "[program:a]\ncommand = python -m a\n    --pool 5 ; five\nnumprocs=2\nnumprocs=3\n; numprocs=9\n");
        ck_assert_str_eq(config_get(f, "program:a.command")->value, "python -m a\n    --pool 5");
        ck_assert_str_eq(value(f, "program:a.numprocs"), "3");
        struct file *main = parse("pgb/pgbouncer.ini", "[pgbouncer]\n  default_pool_size = 20\n%include limits.ini\nmax_client_conn = 100\n"), *in;
        parse("pgb/limits.ini", "[pgbouncer]\ndefault_pool_size = 25\nmax_client_conn = 50\n%include itself.ini\n");
        parse("pgb/itself.ini", "%include itself.ini\n%include pgbouncer.ini\n");
        ck_assert_str_eq(config_lookup(main, "pgbouncer.default_pool_size", &in)->value, "25");
        ck_assert_str_eq(in->path, "pgb/limits.ini");
        ck_assert_str_eq(config_lookup(main, "pgbouncer.max_client_conn", &in)->value, "100");
        ck_assert_str_eq(in->path, "pgb/pgbouncer.ini");
}
END_TEST

START_TEST(lines__env_conf_unit_procfile_cron_dockerfile)
{
        struct file *f = parse(".env", "export A = \"x # y\" # z\nB=5 # five\nC='it''\nD=\nE=#\n  # F=1\n");
        ck_assert_str_eq(value(f, "A"), "x # y");
        ck_assert_str_eq(value(f, "B"), "5");
        ck_assert_str_eq(value(f, "D"), "");
        ck_assert_str_eq(value(f, "E"), "");
        ck_assert_str_eq(value(f, "F"), "(none)");
        f = parse("postgresql.conf", "max_connections = 100\n#max_connections = 9\nshared_buffers='1GB' # much\nmax_connections 200\n");
        ck_assert_str_eq(value(f, "max_connections"), "200");
        ck_assert_str_eq(value(f, "shared_buffers"), "1GB");
        f = parse("a.service", "[Service]\nEnvironment=\"A=1\" B=2\nExecStart=/venv/bin/python -m bot \\\n   --pool 5\n");
        ck_assert_str_eq(value(f, "Service.ExecStart"), "/venv/bin/python -m bot \\\n   --pool 5");
        f = parse("Procfile", "web: gunicorn app:app -w 4\n# x: y\nworker: celery -A app worker\n");
        ck_assert_str_eq(value(f, "web"), "gunicorn app:app -w 4");
        f = parse("etc/cron.d/bots", "MAILTO=x\nA=\"1\"\n*/5 * * * * bots cd /srv && python -m jobs\n@daily root /usr/bin/env python x.py\n");
        ck_assert_str_eq(value(f, "env.A"), "1");
        ck_assert_str_eq(config_get(f, "cron")->value, "/usr/bin/env python x.py");
        f = parse("Dockerfile", "FROM python\nENV A=1 B=\"2 3\" \\\n    C=4\nENV D 5 6\nCMD [\"python\", \\\n  \"-m\", \"bot\"]\n# CMD x\n");
        ck_assert_str_eq(value(f, "ENV.B"), "2 3");
        ck_assert_str_eq(value(f, "ENV.C"), "4");
        ck_assert_str_eq(value(f, "ENV.D"), "5 6");
        ck_assert_str_eq(value(f, "CMD"), "[\"python\", \\\n  \"-m\", \"bot\"]");
}
END_TEST

START_TEST(json__places_of_values)
{
        struct file *f = parse("ecosystem.config.json", "{\"apps\": [{\"name\": \"größe\", \"instances\": 4, \"env\": {\"A\\\"\": \"b\\nc\"}}, 1.5e3, null]}");
        ck_assert_str_eq(value(f, "apps.0.name"), "größe");
        ck_assert_str_eq(value(f, "apps.0.instances"), "4");
        ck_assert_str_eq(value(f, "apps.1"), "1.5e3");
        f = parse("config.json", "{\"a\": 1,}");
        ck_assert_uint_eq(f->entries.len, 0);
        ck_assert_int_eq(f->unparsed_line, 1);
}
END_TEST

/* ── Hostile ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int (*const readers[])(const uint8_t *, size_t) = {
#define FORMAT(name, LANG, patterns) config_fuzz_##name,
#include "probes/source/config/formats.def"
#undef FORMAT
};

static void all_readers(const char *text, size_t len)
{
        for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
                ck_assert_int_eq(readers[i]((const uint8_t *)text, len), 0);
}

START_TEST(hostile__truncated_anywhere)
{
        static const char *const texts[] = {
                "a: &x {b: [1, 'two', \"th\\\"ree\"]}\n<<: *x\nc: |\n  {{ d }}\n{% if e %}\n- f\n",
                "[a.b]\nx = \"\"\"\ny\"\"\"\n[[c]]\nd = {e = [1, 2]}\n", "[s]\nk = v ; c\n  more\n%include x\n%(y)s\n",
                "export A='b' # c\nB=\"\\\"\n", "{\"a\": [1, {\"b\": \"c\\u00e9\\\\\"}], \"d\": null}", "FROM x\nENV A=\"b\" \\\n C=d\nCMD [\"e\", \\\n \"f\"]\n",
                "@daily x\n1 2 3 4 5 u /c\nA=\"b\n", "[Service]\nExecStart=a \\\n\\\n", "include 'x'\nmax_connections = '5\n", "a: b\r\n\r\nc : d\\",
        };
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
                for (size_t n = 0; n <= strlen(texts[t]); n++)
                        all_readers(texts[t], n);
}
END_TEST

START_TEST(hostile__bytes_of_every_kind)
{
        char noise[4096];
        unsigned seed = 7;
        for (int round = 0; round < 40; round++) {
                static const char marks[] = "[]{}:=\"'\\#;%&*<>|-,\n\n  \tabc019\xff\xc3";
                for (size_t i = 0; i < sizeof noise; i++) {
                        seed = seed * 1103515245 + 12345;
                        noise[i] = round % 4 ? marks[(seed >> 16) % (sizeof marks - 1)] : (char)(seed >> 16);
                }
                all_readers(noise, round * 100 + 7);
        }
        all_readers("a=1\0b=2\n", 8);
}
END_TEST

START_TEST(hostile__long_lines_deep_nesting_many_aliases)
{
        CLEANUP(str_release) struct str s = {0};
        for (int i = 0; i < 1 << 20; i++)
                str_add_char(&s, 'x');
        all_readers(str_text(&s), s.len);
        for (const char *open = "[{"; *open; open++) {
                str_clear(&s);
                str_add(&s, "a = ");
                for (int i = 0; i < 100000; i++)
                        str_add_char(&s, *open);
                all_readers(str_text(&s), s.len);
                all_readers(str_text(&s) + 4, s.len - 4);
        }
        str_clear(&s);
        str_add(&s, "a0: &a0 [x, x]\n");
        for (int i = 1; i < 40; i++)
                str_printf(&s, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
        str_add(&s, "self: &self [*self]\n");
        all_readers(str_text(&s), s.len);
        struct file *f = parse("a.yaml", str_text(&s));
        ck_assert_uint_le(f->entries.len, ENTRIES_MAX);
        ck_assert_ptr_nonnull(f->note);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("source_config");
        TCase *c = tcase_create("all");
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_set_timeout(c, 60);
        tcase_add_test(c, format__by_name);
        tcase_add_test(c, yaml__anchors_merge_keys_documents);
        tcase_add_test(c, yaml__what_surrounds_a_template_counts);
        tcase_add_test(c, toml__tables_keys_and_strings);
        tcase_add_test(c, ini__continued_lines_duplicates_and_includes);
        tcase_add_test(c, lines__env_conf_unit_procfile_cron_dockerfile);
        tcase_add_test(c, json__places_of_values);
        tcase_add_test(c, hostile__truncated_anywhere);
        tcase_add_test(c, hostile__bytes_of_every_kind);
        tcase_add_test(c, hostile__long_lines_deep_nesting_many_aliases);
        suite_add_tcase(suite, c);
        SRunner *runner = srunner_create(suite);
        srunner_run_all(runner, CK_VERBOSE);
        int failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? 1 : 0;
}

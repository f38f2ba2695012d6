/*
 * Mutates inputs of each reader for a while, under the sanitizers: python sources (parse, index, the whole analysis), every format of
 * configuration, rules, SQL in strings, kept facts and trees. Nothing is asserted but that a reader comes back.
 *
 *      readers SECONDS SEED FOLDER [READER]     inputs that stopped it stay in FOLDER as READER.input; corpus: tests/fuzz/corpus/READER-*
 */
#include "base/fs.h"
#include "base/str.h"
#include "base/sys.h"
#include "probes/probe.h"
#include "probes/source/config/config.h"
#include "probes/source/facts.h"
#include "probes/source/kinds.h"
#include "probes/source/parsed.h"
#include "probes/source/sqltext.h"
#include "rule/rule.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { INPUT_MAX = 1 << 16, SEEDS_MAX = 64 };

static uint64_t state;
static uint32_t dice(uint32_t n)
{
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return n ? (uint32_t)(state >> 16) % n : 0;
}

/* ── Readers ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *folder;

static void ignore_record(void *arg, int64_t at_us, const char *table, const struct cell *cells, size_t n)
{
        (void)arg, (void)at_us, (void)table, (void)cells, (void)n;
}
static void ignore_begin(void *arg)
{
        (void)arg;
}
static int ignore_end(void *arg, bool ok, struct err *err)
{
        (void)arg, (void)ok, (void)err;
        return 0;
}
static void ignore_status(void *arg, const char *fact, enum fact_status status, const char *reason, const char *remedy)
{
        (void)arg, (void)fact, (void)status, (void)reason, (void)remedy;
}
static void ignore_identity(void *arg, const char *identity)
{
        (void)arg, (void)identity;
}

/* A module among two others that call it and are called. */
static void read_python(const char *bytes, size_t len)
{
        struct arena *a = arena_new();
        struct err err = {0};
        const char *root = fs_join(a, folder, "tree");
        struct sink sink = {.record = ignore_record, .begin = ignore_begin, .end = ignore_end, .status = ignore_status, .identity = ignore_identity};
        struct probe_target what = {.name = "source", .kind = "source", .roots = (const char *[]){root, NULL}};
        struct probe_env env = {.target = &what, .sink = &sink, .arena = a};
        void *probe;
        if (fs_replace(fs_join(a, root, "app.py"), bytes, len, 0644, &err) == 0 && probe_source.open(&env, &probe, &err) == 0) {
                while (probe_source.due(probe) != PROBE_DONE)
                        if (probe_source.step(probe, 0, &err) < 0)
                                break;
                probe_source.close(probe);
        }
        arena_free(a);
}

static void read_config_as(enum language lang, const char *bytes, size_t len)
{
        struct source s = {.arena = arena_new(), .scratch = arena_new()};
        s.keep = s.arena;
        struct file f = {.source = &s, .path = "x", .folder = "", .lang = lang, .bytes = bytes, .len = len};
        file_parse(&f);
        arena_free(s.scratch);
        arena_free(s.arena);
}

static void read_config(const char *bytes, size_t len)
{
        for (enum language l = LANG_PYTHON + 1; l < LANG_COUNT; l++)
                read_config_as(l, bytes, len);
}

static void read_rules(const char *bytes, size_t len)
{
        (void)len;
        struct arena *a = arena_new();
        struct ruleset set = {0};
        struct err err = {0};
        ruleset_load_text(a, "fuzz.yaml", bytes, &set, &err);
        arena_free(a);
}

static void read_sql(const char *bytes, size_t len)
{
        struct arena *a = arena_new();
        struct source s = {.arena = a, .scratch = a};
        uint32_t lines[] = {0};
        struct file f = {.source = &s, .path = "x.py", .bytes = bytes, .len = len, .lines = lines, .line_count = 1};
        struct sqltext st;
        sqltext_read(a, bytes, &f, 0, (uint32_t)len, &st);
        arena_free(a);
}

static void read_facts(const char *bytes, size_t len)
{
        struct sink sink = {.record = ignore_record};
        struct facts_counts counts = {0};
        int64_t base = 0;
        facts_replay(bytes, len, &sink, &base, &counts);
}

static void read_parsed(const char *bytes, size_t len)
{
        struct source s = {.arena = arena_new()};
        static const char text[] = "x = f(1)\n";
        struct file f = {.source = &s, .bytes = text, .len = sizeof text - 1};
        parsed_read(&f, bytes, len);
        arena_free(s.arena);
}

static const struct reader {
        const char *name;
        void (*read)(const char *bytes, size_t len);
        const char *seeds[6];
        const char *words; /* what is put in */
} readers[] = {
        {"python", read_python,
         {"import asyncpg\nfrom db import URL\npool = asyncpg.create_pool(URL, max_size=5)\nasync def f(ids):\n    async with pool.acquire() as c:\n        for i in ids:\n            await c.fetch(f'SELECT {i} FROM t WHERE a = $1', i)\n",
          "from sqlalchemy import create_engine, text\nclass A:\n    def __init__(self, x=None):\n        self.e = create_engine(x, **{'pool_size': 3})\n    @property\n    def y(self):\n        return self.y\n    def z(self, *a, **k):\n        return [self.e.execute(text('select 1')) for _ in a if (n := k)]\n",
          "from redis import Redis\nr = Redis()\nasync def g():\n    match r.get('k'):\n        case {'a': [1, *b]} if b:\n            return lambda q: q\n    try:\n        pass\n    except* E as e:\n        r.set('x', 1)\n"},
         "async |await |def f(|class A:\n|self.|import |from . import *\n|lambda: |[|]|(|)|{|}|**|f'{|\"\"\"|\n    |\\\n|yield |global x\n|@x\n|:= |\t"},
        {"config", read_config,
         {"a:\n  b: [1, {c: d}]\n  e: |\n    text\n", "[s]\nk = v ; c\n x\n", "export A='b'\nC=${A}d\n", "[t]\na = [1, \"x\\u0041\", '''q''']\n[[u]]\nb.c = {d = 1}\n", "{\"apps\": [{\"name\": \"x\", \"instances\": 2}]}", "web: gunicorn -w 3 a:b\n"},
         "[|]|{|}|: |= |\"|'|\"\"\"|'''|#|;|\n|\\|${|}|&a |*a|<<: |- |- - |%(x)s|\r\n|\t|\\u00|!!|[[|]]"},
        {"rules", read_rules,
         {"- id: a.b\n  title: t\n  category: code\n  levels: { warning: { x: 1 } }\n  needs: [code_site]\n  select: SELECT 1 AS subject\n  message: '{subject:.1f}'\n  examples:\n    - { source: x.py, expect: 1 }\n",
          "- id: a.p\n  title: t\n  pattern: '((call) @x (#eq? @x \"y\"))'\n  language: python\n  message: m\n"},
         "- |id: |levels: |{|}|[|]|select: |\n  |'|\"|: |&a |*a|\\|{x:%}|pattern: |((call) @c)"},
        {"sql", read_sql,
         {"SELECT a, b FROM t WHERE c = %s AND d IN (\001) ORDER BY e LIMIT 3", "INSERT INTO t VALUES (:a, $1, ?, %(b)s) ON CONFLICT DO NOTHING", "WITH x AS (SELECT 1) UPDATE t SET a = '%%' FROM x WHERE t.\002 LIKE '%a'"},
         "SELECT |FROM |WHERE |(|)|'|\"|$$|$1|%s|?|:a|::int|\001|\002|\003|--|/*|*/|, |;|E'\\|JOIN "},
        {"facts", read_facts, {"S\002code_site\0site\0what\0R\0\001\001\0\0\0\0\0\0\0\003\001\0\0\0a\0"}, "S|R|\001|\003|\377"},
        {"parsed", read_parsed, {"\0\0\0\0\0\0\0\0\001\0\0\001\0\0\011\0"}, "\001|\200|\377|\177"},
};

/* ── Mutation ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct seeds {
        const char *bytes[SEEDS_MAX];
        size_t lens[SEEDS_MAX], n;
};

static void add_seed(struct seeds *s, const char *bytes, size_t len)
{
        if (s->n < SEEDS_MAX && len < INPUT_MAX / 2) {
                s->bytes[s->n] = bytes;
                s->lens[s->n++] = len;
        }
}

static void load_corpus(struct arena *a, const struct reader *r, struct seeds *s)
{
        DIR *d = opendir("tests/fuzz/corpus");
        for (struct dirent *e; d && (e = readdir(d));) {
                char *bytes;
                size_t len;
                if (str_starts(e->d_name, r->name) && fs_read(a, fs_join(a, "tests/fuzz/corpus", e->d_name), INPUT_MAX, &bytes, &len, NULL) == 0)
                        add_seed(s, bytes, len);
        }
        if (d)
                closedir(d);
}

static void splice(struct str *out, size_t at, size_t cut, const char *put, size_t len)
{
        struct str changed = {0};
        str_add_len(&changed, str_text(out), at);
        str_add_len(&changed, put, len);
        if (at + cut < out->len)
                str_add_len(&changed, str_text(out) + at + cut, out->len - at - cut);
        str_release(out);
        *out = changed;
}

static void put_word(struct str *out, size_t at, const char *words)
{
        const char *word = words;
        for (uint32_t skip = dice(32); skip; skip--) {
                const char *bar = strchr(word, '|');
                word = bar ? bar + 1 : words;
        }
        for (uint32_t n = dice(20) ? 1 : dice(400); n && out->len < INPUT_MAX / 2; n--)
                splice(out, at, 0, word, strcspn(word, "|"));
}

static void mutate(struct str *out, const struct seeds *s, const char *words)
{
        for (uint32_t n = 1 + dice(6); n; n--) {
                size_t at = dice((uint32_t)out->len + 1), other = dice((uint32_t)s->n), len;
                char byte = (char)dice(256);
                switch (dice(6)) {
                case 0:
                        splice(out, at, 1 + dice(12), "", 0);
                        break;
                case 1:
                        splice(out, at, 1, &byte, 1);
                        break;
                case 2:
                        len = dice((uint32_t)s->lens[other] + 1);
                        splice(out, at, dice(8), s->bytes[other] + (s->lens[other] - len), len);
                        break;
                case 3:
                        len = out->len - at < 40 ? out->len - at : 40;
                        splice(out, at, 0, str_text(out) + at, len);
                        break;
                default:
                        put_word(out, at, words);
                }
        }
}

static void save(struct arena *a, const struct reader *r, const struct str *input)
{
        FILE *f = fopen(fs_join(a, folder, arena_printf(a, "%s.input", r->name)), "wb");
        if (f) {
                fwrite(str_text(input), 1, input->len, f);
                fclose(f);
        }
}

static size_t fuzz(const struct reader *r, int64_t until_us)
{
        struct arena *a = arena_new();
        struct seeds s = {0};
        size_t rounds = 0;
        for (size_t i = 0; i < 6 && r->seeds[i]; i++)
                add_seed(&s, r->seeds[i], !strcmp(r->name, "facts") ? 38 : !strcmp(r->name, "parsed") ? 17 : strlen(r->seeds[i]));
        load_corpus(a, r, &s);
        for (; sys.monotonic_us() < until_us; rounds++) {
                CLEANUP(arena_leave) struct arena_scope scope = arena_enter(a);
                CLEANUP(str_release) struct str input = {0};
                size_t seed = dice((uint32_t)s.n);
                str_add_len(&input, s.bytes[seed], s.lens[seed]);
                mutate(&input, &s, r->words);
                save(a, r, &input);
                r->read(str_text(&input), input.len);
        }
        arena_free(a);
        return rounds;
}

static void prepare_tree(struct arena *a)
{
        struct err err = {0};
        const char *root = fs_join(a, folder, "tree");
        static const char db[] = "import os\nURL = os.environ['DB_URL']\n", user[] = "import app\nfrom app import *\nasync def main(x):\n    await app.f([1])\n    app.A(x).z(1)\n";
        fs_mkdirs(root, 0755, &err);
        fs_replace(fs_join(a, root, "db.py"), db, sizeof db - 1, 0644, &err);
        fs_replace(fs_join(a, root, "main.py"), user, sizeof user - 1, 0644, &err);
}

int main(int argc, char **argv)
{
        if (argc < 4) {
                fprintf(stderr, "usage: readers SECONDS SEED FOLDER [READER]\n");
                return 2;
        }
        struct arena *a = arena_new();
        size_t n = sizeof readers / sizeof *readers, ran = argc > 4 ? 1 : n;
        folder = argv[3];
        state = strtoull(argv[2], NULL, 10) * UINT64_C(0x9E3779B97F4A7C15) + 1;
        prepare_tree(a);
        kinds_prepare();
        for (size_t i = 0; i < n; i++) {
                if (argc > 4 && strcmp(argv[4], readers[i].name))
                        continue;
                size_t rounds = fuzz(&readers[i], sys.monotonic_us() + (int64_t)(atof(argv[1]) * 1e6) / (int64_t)ran);
                printf("%-8s %zu inputs\n", readers[i].name, rounds);
                fflush(stdout);
        }
        printf("%zu passed, 0 failed\n", ran);
        arena_free(a);
        return 0;
}

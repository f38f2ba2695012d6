/* What a fleet sends, and what anybody else might. */
#include "probes/events/gather.h"
#include "probes/events/listen.h"
#include "tests/lib/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool parse(const char *text, struct event *e)
{
        static char line[4096];
        snprintf(line, sizeof line, "%s", text);
        return event_parse(line, strlen(line), e);
}

START_TEST(event_parse__tags_and_rate)
{
        struct event e;
        ck_assert(parse("db.client.connection.wait_time:12.5|ms|@0.1|#pool:main,pid:42,program:bot one,seq:7,unknown:x", &e));
        ck_assert_str_eq(e.name, "db.client.connection.wait_time");
        ck_assert_double_eq(e.value, 12.5);
        ck_assert_double_eq(e.rate, 0.1);
        ck_assert_int_eq(e.type, EVENT_MS);
        ck_assert_str_eq(e.pool, "main");
        ck_assert_str_eq(e.program, "bot one");
        ck_assert_int_eq(event_number(e.pid, 1, 1000, -1), 42);
        ck_assert(parse("a:1|h", &e)); /* valid, of a type that is not kept */
        ck_assert_int_eq(e.type, EVENT_OTHER);
}
END_TEST

START_TEST(event_parse__refuses_what_is_no_event)
{
        static const char *const lines[] = {"", ":", "|", "a", "a:", "a:1", "a:|ms", ":1|c", "a|c:1", "a:x|c", "a:nan|ms", "a:inf|ms", "a:1e999|ms", "a:0x10|c",
                                            "a:1|c|@0", "a:1|c|@2", "a:1|c|@-1", "a:1 |c", "a\tb:1|c", "a:1||"};
        struct event e;
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
                ck_assert_msg(!parse(lines[i], &e), "accepted '%s'", lines[i]);
        char nul[] = "a:1\0|c";
        ck_assert(!event_parse(nul, sizeof nul - 1, &e));
        static char longer[EVENT_LINE_MAX + 10];
        memset(longer, 'a', sizeof longer - 1);
        memcpy(longer + 5, ":1|c", 4);
        ck_assert(!event_parse(longer, EVENT_LINE_MAX + 5, &e));
        char name[200];
        memset(name, 'n', sizeof name);
        snprintf(name + 150, 50, ":1|c");
        ck_assert(!parse(name, &e));
        ck_assert(parse("a:1|c|#pool:\x01\x02,pid:99999999999999999999,seq:-4", &e));
        ck_assert_ptr_null(e.pool);
        ck_assert_int_eq(event_number(e.pid, 1, 1000, -1), -1);
}
END_TEST

START_TEST(event_key__never_keeps_a_key_as_text)
{
        ck_assert_uint_eq(event_key("00000000000000ff"), 255);
        ck_assert_uint_ne(event_key("user:4711:profile"), event_key("user:4712:profile"));
        ck_assert_uint_ne(event_key(""), 0);
}
END_TEST

static void send_text(struct gather *g, const char *text)
{
        char *copy = strdup(text);
        gather_datagram(g, copy, strlen(copy), 1);
        free(copy);
}

static void send_number(struct gather *g, int pid, long seq)
{
        char text[200];
        snprintf(text, sizeof text, "x:1|c|#pid:%d,program:bot,seq:%ld\ny:2|ms", pid, seq);
        send_text(g, text);
}

START_TEST(gather__gaps_are_losses_and_late_ones_are_not)
{
        struct gather *g = gather_new(0);
        static const long numbers[] = {5, 6, 9, 8, 10};
        for (size_t i = 0; i < 5; i++)
                send_number(g, 1, numbers[i]);
        ck_assert_int_eq(gather_totals(g).lost, 1); /* 7; what came before 5 was before us */
        send_number(g, 2, 1);
        send_number(g, 2, 4);
        ck_assert_int_eq(gather_totals(g).lost, 3);
        send_number(g, 1, 1); /* the pid again, by a new process */
        send_number(g, 1, 2);
        ck_assert_int_eq(gather_totals(g).lost, 3);
        send_number(g, 1, 9000000000000000000); /* no sane gap */
        ck_assert_int_eq(gather_totals(g).lost, 3);
        ck_assert_int_eq(gather_totals(g).processes, 2);
        gather_free(g);
}
END_TEST

/* ── A sink that adds up ──────────────────────────────────────────────────────────────────────────────────────────── */

struct sums {
        int hist_rows, gauge_rows, cache_rows, access_rows, loss_rows;
        int64_t hist_count, counted, hits, misses, lost, malformed;
        double gauge, gauge_max, load_ms;
        char label[64], program[64];
        int64_t pid;
};

static const struct cell *cell(const struct cell *c, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (!strcmp(c[i].name, name))
                        return &c[i];
        ck_abort_msg("no cell %s", name);
}

static void sum_record(void *arg, int64_t at_us, const char *table, const struct cell *c, size_t n)
{
        (void)at_us;
        struct sums *s = arg;
        if (!strcmp(table, "event_hist")) {
                s->hist_rows++;
                s->hist_count += cell(c, n, "count")->i;
                snprintf(s->label, sizeof s->label, "%s", cell(c, n, "label")->t ? cell(c, n, "label")->t : "");
                snprintf(s->program, sizeof s->program, "%s", cell(c, n, "program")->t ? cell(c, n, "program")->t : "");
                s->pid = cell(c, n, "pid")->i;
        } else if (!strcmp(table, "event_gauge") && n > 3) {
                s->gauge_rows++;
                s->gauge = cell(c, n, "value")->r;
                s->gauge_max = cell(c, n, "max")->r;
        } else if (!strcmp(table, "event_count")) {
                s->counted += cell(c, n, "count")->i;
        } else if (!strcmp(table, "event_cache")) {
                s->cache_rows++;
                s->hits += cell(c, n, "hits")->i;
                s->misses += cell(c, n, "misses")->i;
                s->load_ms += cell(c, n, "load_ms")->r;
        } else if (!strcmp(table, "cache_access")) {
                s->access_rows++;
        } else if (!strcmp(table, "event_loss")) {
                s->loss_rows++;
                s->lost += cell(c, n, "lost")->i;
                s->malformed += cell(c, n, "malformed")->i;
        }
}

static struct sums emit(struct gather *g, bool end)
{
        static struct sums s;
        s = (struct sums){0};
        struct sink k = {.arg = &s, .record = sum_record};
        gather_emit(g, &k, 1, 5000000);
        if (end)
                gather_emit_end(g, &k, 1);
        size_t all = (size_t)gather_totals(g).trace_rows;
        for (size_t at = 0; end && at < all;) {
                size_t next = gather_emit_trace(g, &k, at, 3);
                ck_assert(next > at && next <= at + 3);
                at = next;
        }
        return s;
}

START_TEST(gather__later_lines_inherit_the_sender_and_intervals_start_anew)
{
        struct gather *g = gather_new(0);
        send_text(g, "x:1|c|#pid:7,program:bot,seq:1\ndb.client.connection.wait_time:3|ms|#pool:main\n"
                     "db.client.connection.wait_time:4|ms|@0.5|#pool:main\np:5|g\np:9|g\np:2|g\nerrors:1|c|@0.25\n");
        struct sums s = emit(g, false);
        ck_assert_int_eq(s.hist_rows, 1);
        ck_assert_int_eq(s.hist_count, 3);
        ck_assert_str_eq(s.label, "main");
        ck_assert_str_eq(s.program, "bot");
        ck_assert_int_eq(s.pid, 7);
        ck_assert_double_eq(s.gauge, 2);
        ck_assert_double_eq(s.gauge_max, 9);
        ck_assert_int_eq(s.counted, 5);
        ck_assert(gather_saw(g, "db.client.connection.wait_time"));
        s = emit(g, false);
        ck_assert_int_eq(s.hist_rows + s.gauge_rows + (int)s.counted, 0);
        gather_free(g);
}
END_TEST

START_TEST(gather__cache_requests_by_tier_and_template)
{
        struct gather *g = gather_new(0);
        send_text(g, "cache.request:1|c|#tier:memory,hit:1,template:p:{id},key:00000000000000aa,bytes:10,ttl:60,load_us:0,pid:7,program:bot,seq:1\n"
                     "cache.request:1|c|#tier:memory,hit:0,template:p:{id},key:00000000000000bb,bytes:10,ttl:60,load_us:5000\n"
                     "cache.request:1|c|#tier:redis,hit:0,template:p:{id},key:00000000000000bb,bytes:10,ttl:-1,load_us:4000\nbroken\n");
        struct sums s = emit(g, true);
        ck_assert_int_eq(s.cache_rows, 2);
        ck_assert_int_eq(s.hits, 1);
        ck_assert_int_eq(s.misses, 2);
        ck_assert_double_eq(s.load_ms, 9);
        ck_assert_int_eq(s.access_rows, 3);
        ck_assert_int_eq(s.loss_rows, 1);
        ck_assert_int_eq(s.malformed, 1);
        gather_free(g);
}
END_TEST

START_TEST(gather__a_full_trace_keeps_all_accesses_of_fewer_keys)
{
        struct gather *g = gather_new(1000);
        char text[200];
        for (int round = 0; round < 4; round++)
                for (int key = 0; key < 1000; key++) {
                        snprintf(text, sizeof text, "cache.request:1|c|#tier:redis,hit:0,template:t,key:%016x,pid:1,program:b,seq:%d", key * 7919, round * 1000 + key + 1);
                        send_text(g, text);
                }
        struct gather_totals t = gather_totals(g);
        ck_assert_int_eq(t.accesses, 4000);
        ck_assert_int_le(t.trace_rows, 1000);
        ck_assert_int_gt(t.trace_rows, 250);
        ck_assert(t.trace_frac == 0.25 || t.trace_frac == 0.125);
        ck_assert_int_eq(t.trace_rows % 4, 0); /* each key that is kept has all its four */
        struct sums s = emit(g, true);
        ck_assert_int_eq(s.misses, 4000); /* the counts are whole */
        ck_assert_int_eq(s.access_rows, t.trace_rows);
        gather_free(g);
}
END_TEST

START_TEST(gather__hostile_senders_meet_ceilings)
{
        struct gather *g = gather_new(100);
        char text[2000];
        for (int i = 0; i < 5000; i++) {
                snprintf(text, sizeof text, "m%d:1|ms|#pool:p%d,pid:%d,program:x%d,seq:1", i, i, i + 1, i);
                send_text(g, text);
        }
        memset(text, '|', sizeof text - 1);
        text[sizeof text - 1] = 0;
        send_text(g, text);
        memset(text, '\n', sizeof text - 1);
        send_text(g, text);
        struct gather_totals t = gather_totals(g);
        ck_assert_int_eq(t.turned_away, 5000 - GATHER_SERIES_MAX);
        ck_assert_int_eq(t.processes, GATHER_PROCESSES_MAX);
        ck_assert_int_eq(t.malformed, 1);
        ck_assert_int_eq(emit(g, true).hist_rows, GATHER_SERIES_MAX);
        gather_free(g);
}
END_TEST

/* ── The socket ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static char path[64];

static void take_one(void *arg, char *bytes, size_t len, int64_t at_us)
{
        (void)at_us;
        snprintf(arg, 100, "%.*s", (int)len, bytes);
}

static int sender(void)
{
        struct sockaddr_un a = {.sun_family = AF_UNIX};
        snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
        int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
        ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
        return fd;
}

START_TEST(listener__receives_refuses_a_second_and_leaves_nothing)
{
        char address[80], got[100] = "";
        struct listener *l = NULL, *second = NULL;
        struct err err = {0};
        struct stat st;
        snprintf(path, sizeof path, "/tmp/pa-events-%d.sock", (int)getpid());
        snprintf(address, sizeof address, "unix:%s", path);
        ck_assert_msg(listener_open(address, &l, &err) == 0, "%s", err.msg);
        ck_assert_int_eq(stat(path, &st), 0);
        ck_assert_int_eq(st.st_mode & 0777, 0666);
        ck_assert_int_eq(listener_open(address, &second, &err), -ERR_REFUSED);
        int fd = sender();
        ck_assert_int_eq(send(fd, "a:1|c", 5, 0), 5);
        for (int i = 0; i < 500 && !*got; i++) {
                listener_take(l, take_one, got);
                usleep(10000);
        }
        ck_assert_str_eq(got, "a:1|c");
        close(fd);
        listener_close(l);
        ck_assert_int_lt(stat(path, &st), 0);
}
END_TEST

START_TEST(listener__replaces_a_stale_socket_but_no_other_file)
{
        char address[80];
        struct listener *l = NULL;
        struct err err = {0};
        snprintf(path, sizeof path, "/tmp/pa-stale-%d.sock", (int)getpid());
        snprintf(address, sizeof address, "unix:%s", path);
        struct sockaddr_un a = {.sun_family = AF_UNIX};
        snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
        int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
        close(fd); /* its owner died */
        ck_assert_msg(listener_open(address, &l, &err) == 0, "%s", err.msg);
        listener_close(l);
        FILE *f = fopen(path, "w");
        fclose(f);
        l = NULL;
        ck_assert_int_eq(listener_open(address, &l, &err), -ERR_REFUSED);
        ck_assert_int_eq(unlink(path), 0); /* still there */
        ck_assert_int_eq(listener_open("udp:8.8.8.8:8125", &l, &err), -ERR_CONFIG);
        ck_assert_int_eq(listener_open("udp:127.0.0.1:0", &l, &err), -ERR_CONFIG);
        ck_assert_int_eq(listener_open("unix:relative", &l, &err), -ERR_CONFIG);
}
END_TEST

START_TEST(event_next__several_values_a_line)
{
        struct event e;
        ck_assert(parse("db.client.connection.wait_time:0.5:1.25:40|ms|#pool:main", &e));
        ck_assert_double_eq(e.value, 0.5);
        ck_assert(event_next(&e));
        ck_assert_double_eq(e.value, 1.25);
        ck_assert(event_next(&e));
        ck_assert_double_eq(e.value, 40);
        ck_assert(!event_next(&e));
        ck_assert(parse("a:1:x:3|ms", &e));
        ck_assert(!event_next(&e)); /* what is no number ends it */
        ck_assert(parse("a:1:|ms", &e));
        ck_assert(!event_next(&e));
        ck_assert(!parse("a::1|ms", &e));
}
END_TEST

static int64_t kept_rows, kept_count, kept_writes;

static void keep_events(void *arg, int64_t at_us, const char *table, const struct cell *cells, size_t n)
{
        (void)arg, (void)at_us;
        for (size_t i = 0; i < n; i++) {
                if (!strcmp(table, "event_hist") && !strcmp(cells[i].name, "count"))
                        kept_count += cells[i].i;
                if (!strcmp(table, "cache_access") && !strcmp(cells[i].name, "op")) {
                        kept_rows++;
                        kept_writes += strcmp(cells[i].t, "get") != 0;
                }
        }
}

START_TEST(gather__keys_that_senders_chose)
{
        struct gather *g = gather_new(0);
        struct sink k = {.record = keep_events};
        kept_rows = kept_count = kept_writes = 0;
        send_text(g, "db.client.connection.use_time:1:2:3|ms|#pool:a\ncache.request:7|c|#tier:redis,hit:1,template:t,bytes:9");
        ck_assert_int_eq(gather_totals(g).trace_rows, 0); /* sums are no accesses */
        send_text(g, "cache.access:1|c|@0.5|#tier:redis,op:get,hit:1,template:t,key:1000000000000000\n"
                     "cache.access:1|c|@0.5|#tier:redis,op:set,hit:0,template:t,key:1000000000000000\n"
                     "cache.access:1|c|@0.5|#tier:redis,op:get,hit:1,template:t,key:7000000000000000");
        ck_assert_int_eq(gather_totals(g).trace_rows, 3);
        ck_assert_double_eq(gather_totals(g).trace_frac, 0.5);
        send_text(g, "cache.access:1|c|@0.25|#tier:redis,hit:1,template:t,key:2000000000000000"); /* the least share counts for all */
        send_text(g, "cache.access:1|c|@0.5|#tier:redis,hit:1,template:t,key:7000000000000000");
        ck_assert_int_eq(gather_totals(g).trace_rows, 3);
        ck_assert_double_eq(gather_totals(g).trace_frac, 0.25);
        gather_emit(g, &k, 1, 1);
        gather_emit_trace(g, &k, 0, 100);
        ck_assert_int_eq(kept_count, 3);
        ck_assert_int_eq(kept_rows, 3);
        ck_assert_int_eq(kept_writes, 1);
        gather_free(g);
}
END_TEST

UNIT_MAIN(event_next__several_values_a_line, gather__keys_that_senders_chose, event_parse__tags_and_rate, event_parse__refuses_what_is_no_event, event_key__never_keeps_a_key_as_text,
          gather__gaps_are_losses_and_late_ones_are_not, gather__later_lines_inherit_the_sender_and_intervals_start_anew,
          gather__cache_requests_by_tier_and_template, gather__a_full_trace_keeps_all_accesses_of_fewer_keys,
          gather__hostile_senders_meet_ceilings, listener__receives_refuses_a_second_and_leaves_nothing,
          listener__replaces_a_stale_socket_but_no_other_file)

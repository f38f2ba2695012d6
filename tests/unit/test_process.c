/* Supervisor files, command lines, and a /proc made for the purpose. */
#include "base/fs.h"
#include "probes/process/process.h"
#include "tests/lib/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static struct arena *a;

static void make_folder(void)
{
        snprintf(folder, sizeof folder, "/tmp/pa-process-%d", (int)getpid());
        mkdir(folder, 0700);
        a = arena_new();
}

static void remove_folder(void)
{
        char command[128];
        snprintf(command, sizeof command, "rm -rf '%s'", folder);
        ck_assert_int_eq(system(command), 0);
        arena_free(a);
}

static void put(const char *name, const char *bytes, size_t len)
{
        char path[256];
        struct err err = {0};
        snprintf(path, sizeof path, "%s/%s", folder, name);
        ck_assert_int_eq(fs_mkdirs(fs_dirname(a, path), 0700, &err), 0);
        FILE *f = fopen(path, "w");
        ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
        fclose(f);
}

static void put_text(const char *name, const char *text)
{
        put(name, text, strlen(text));
}

static void supervisor_file(struct programs *p)
{
        struct err err = {0};
        put_text("s.conf", "[unix_http_server]\nfile=%(here)s/s.sock\n[supervisord]\nnodaemon=true\n[include]\nfiles = conf.d/*.conf\n"
                           "[program:swipe]\ncommand=/usr/bin/python3 -m bots.swipe --name '%(program_name)s x' ; main\ndirectory=%(here)s/app\nstartsecs=3\n"
                           "[group:all]\nprograms=swipe\n");
        put_text("conf.d/w.conf", "[program:worker]\ncommand=worker.py\nnumprocs=3\nnumprocs_start=1\nprocess_name=%(program_name)s_%(process_num)02d\nautorestart=true\n");
        int r = supervisor_programs(a, fs_join(a, folder, "s.conf"), p, &err);
        ck_assert_msg(r == 0, "%s", err.msg);
}

START_TEST(supervisor_programs__expands_includes_and_names)
{
        make_folder();
        struct programs p = {0};
        supervisor_file(&p);
        ck_assert_uint_eq(p.items.len, 2);
        const struct program *swipe = &p.items.items[0], *worker = &p.items.items[1];
        ck_assert_str_eq(swipe->name, "swipe");
        ck_assert_str_eq(swipe->command, "/usr/bin/python3 -m bots.swipe --name 'swipe x'");
        ck_assert_str_eq(swipe->directory, fs_join(a, folder, "app"));
        ck_assert_int_eq(swipe->source_line, 8);
        ck_assert_int_eq(swipe->startsecs, 3);
        ck_assert_str_eq(swipe->process_names[0], "swipe");
        ck_assert_int_eq(worker->processes, 3);
        ck_assert_str_eq(worker->process_names[0], "worker_01");
        ck_assert_str_eq(worker->process_names[2], "worker_03");
        ck_assert_ptr_null(worker->process_names[3]);
        ck_assert_str_eq(p.server_url, arena_printf(a, "unix://%s/s.sock", folder));
        remove_folder();
}
END_TEST

START_TEST(supervisor_programs__without_programs_is_an_error)
{
        make_folder();
        struct programs p = {0};
        struct err err = {0};
        put_text("s.conf", "[supervisord]\nnodaemon=true\n");
        ck_assert_int_eq(supervisor_programs(a, fs_join(a, folder, "s.conf"), &p, &err), -ERR_CONFIG);
        ck_assert_int_lt(supervisor_programs(a, "/nonexistent/s.conf", &p, &err), 0);
        remove_folder();
}
END_TEST

START_TEST(same_command__quotes_interpreters_and_near_misses)
{
        a = arena_new();
        const char **argv = split_command(a, "bots/run.py --name 'a b' --x=\"1 2\"");
        ck_assert_str_eq(argv[2], "a b");
        ck_assert_str_eq(argv[3], "--x=1 2");
        ck_assert_ptr_null(argv[4]);
        const char direct[] = "bots/run.py\0--name\0a b\0--x=1 2";
        const char by_interpreter[] = "/usr/bin/python3\0bots/run.py\0--name\0a b\0--x=1 2";
        const char other[] = "bots/run.py\0--name\0a c\0--x=1 2";
        const char shorter[] = "bots/run.py\0--name\0a b";
        ck_assert(same_command(argv, direct, sizeof direct));
        ck_assert(same_command(argv, by_interpreter, sizeof by_interpreter));
        ck_assert(!same_command(argv, other, sizeof other));
        ck_assert(!same_command(argv, shorter, sizeof shorter));
        ck_assert(!same_command(split_command(a, ""), direct, sizeof direct));
        arena_free(a);
}
END_TEST

static void fake_process(int pid, int ppid, const char *environ_, size_t environ_len, const char *cmdline, size_t cmdline_len)
{
        char name[64], text[256];
        snprintf(name, sizeof name, "%d/stat", pid);
        snprintf(text, sizeof text, "%d (py (x) 3) S %d 1 1 0 -1 4194304 1 0 0 0 150 50 0 0 20 0 4 0 12345 1 1 1", pid, ppid);
        put_text(name, text);
        snprintf(name, sizeof name, "%d/cmdline", pid);
        put(name, cmdline, cmdline_len);
        if (!environ_)
                return;
        snprintf(name, sizeof name, "%d/environ", pid);
        put(name, environ_, environ_len);
}

static struct finder *finder;
static bool recognise(void *arg, pid_t pid)
{
        (void)arg;
        supervisor_recognise(finder, pid);
        return true;
}

START_TEST(supervisor_recognise__by_environment_else_by_command_line)
{
        make_folder();
        struct programs p = {0};
        supervisor_file(&p);
        p.server_url = "unix:///run/ours.sock";
        const char ours[] = "A=1\0SUPERVISOR_PROCESS_NAME=worker_02\0SUPERVISOR_SERVER_URL=unix:///run/ours.sock";
        const char theirs[] = "SUPERVISOR_PROCESS_NAME=worker_02\0SUPERVISOR_SERVER_URL=unix:///run/theirs.sock";
        const char other[] = "SUPERVISOR_PROCESS_NAME=elsewhere";
        const char swipe[] = "/usr/bin/python3\0-m\0bots.swipe\0--name\0swipe x";
        fake_process(100, 1, ours, sizeof ours, "python3", 8);
        fake_process(101, 100, ours, sizeof ours, "child", 6);
        fake_process(102, 1, theirs, sizeof theirs, "python3", 8);
        fake_process(103, 1, other, sizeof other, swipe, sizeof swipe);
        fake_process(104, 1, NULL, 0, swipe, sizeof swipe);
        fake_process(105, 2, NULL, 0, "", 0);
        const char *real_root = proc_root;
        proc_root = folder;
        finder = &(struct finder){.arena = a, .programs = &p};
        proc_each(recognise, NULL);
        proc_root = real_root;
        ck_assert_uint_eq(finder->found.len, 3);
        int64_t pids = 0;
        for (size_t i = 0; i < 3; i++)
                pids += finder->found.items[i].pid;
        ck_assert_int_eq(pids, 100 + 101 + 104);
        ck_assert(finder->by_command_line);
        remove_folder();
}
END_TEST

START_TEST(pidfile__its_process_and_those_below)
{
        make_folder();
        const char *real_root = proc_root;
        struct programs p = {0};
        const struct probe_target t = {.name = "db", .kind = "pidfile", .dsn = fs_join(a, folder, "x.pid")};
        single_program(a, &t, &p);
        fake_process(400, 1, NULL, 0, "main", 5);
        fake_process(401, 400, NULL, 0, "child", 6);
        fake_process(402, 401, NULL, 0, "grandchild", 11);
        fake_process(403, 1, NULL, 0, "other", 6);
        put_text("x.pid", "400\n/var/lib/postgresql/15/main with a long name that goes on and on for more than sixty-four bytes\n5432\n");
        proc_root = folder;
        finder = &(struct finder){.arena = a, .programs = &p, .pid_path = t.dsn};
        pidfile_look_up(finder);
        ck_assert_int_eq(finder->main_pid, 400);
        ck_assert(!finder->blind);
        for (int pid = 400; pid <= 403; pid++)
                pidfile_recognise(finder, pid);
        ck_assert_uint_eq(finder->found.len, 3);
        finder->pid_path = fs_join(a, folder, "none.pid");
        pidfile_look_up(finder);
        ck_assert(!finder->blind); /* not there: nothing runs, and that is known */
        finder->pid_path = folder;
        pidfile_look_up(finder);
        ck_assert(finder->blind);
        proc_root = real_root;
        remove_folder();
}
END_TEST

START_TEST(proc__what_cannot_be_read_is_unknown_not_zero)
{
        make_folder();
        const char *real_root = proc_root;
        proc_root = folder;
        fake_process(200, 1, NULL, 0, "x", 2);
        struct proc_memory m = proc_memory(200);
        ck_assert_int_eq(m.pss, -1);
        ck_assert_int_eq(m.rss, -1);
        ck_assert_int_eq(proc_fds(200), -1);
        ck_assert_int_eq(proc_fd_limit(200), -1);
        put_text("200/status", "Name:\tx\nVmRSS:\t  2048 kB\n");
        m = proc_memory(200);
        ck_assert_int_eq(m.pss, -1);
        ck_assert_int_eq(m.rss, 2048 << 10);
        put_text("200/smaps_rollup", "00-ff ---p 0 0 [rollup]\nRss: 100 kB\nPss: 60 kB\nShared_Clean: 50 kB\nShared_Dirty: 0 kB\nPrivate_Clean: 10 kB\nPrivate_Dirty: 40 kB\nSwap: 4 kB\n");
        m = proc_memory(200);
        ck_assert_int_eq(m.pss, 60 << 10);
        ck_assert_int_eq(m.private_, 50 << 10);
        struct proc_stat s;
        ck_assert(proc_stat(200, &s));
        ck_assert_int_eq(s.ppid, 1);
        ck_assert_int_eq(s.threads, 4);
        ck_assert(!proc_stat(201, &s));
        proc_root = real_root;
        remove_folder();
}
END_TEST

START_TEST(proc_cgroup__the_tightest_limit_on_the_way_up)
{
        make_folder();
        const char *real_root = proc_root, *real_cgroup = cgroup_root;
        proc_root = cgroup_root = folder;
        put_text("300/cgroup", "0::/fleet/bots\n");
        put_text("fleet/bots/memory.max", "max\n");
        put_text("fleet/bots/memory.current", "500\n");
        put_text("fleet/bots/cpu.stat", "usage_usec 1\nnr_periods 10\nnr_throttled 3\n");
        put_text("fleet/memory.max", "2000\n");
        put_text("fleet/memory.current", "1500\n");
        put_text("fleet/memory.events", "low 0\noom 1\noom_kill 2\n");
        struct proc_cgroup c = proc_cgroup(a, 300);
        ck_assert_int_eq(c.memory_limit, 2000);
        ck_assert_int_eq(c.memory_current, 1500);
        ck_assert_int_eq(c.oom_kills, 2);
        ck_assert_int_eq(c.cpu_throttled, 3);
        ck_assert_str_eq(c.source, "cgroup v2 memory.max");
        put_text("301/cgroup", "5:memory:/none\n0::/none\n");
        c = proc_cgroup(a, 301);
        ck_assert_int_eq(c.memory_limit, -1);
        ck_assert_int_eq(c.memory_current, -1);
        proc_root = real_root;
        cgroup_root = real_cgroup;
        remove_folder();
}
END_TEST

UNIT_MAIN(supervisor_programs__expands_includes_and_names, supervisor_programs__without_programs_is_an_error,
          same_command__quotes_interpreters_and_near_misses, supervisor_recognise__by_environment_else_by_command_line,
          pidfile__its_process_and_those_below, proc__what_cannot_be_read_is_unknown_not_zero, proc_cgroup__the_tightest_limit_on_the_way_up)

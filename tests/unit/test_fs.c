/* Files that a user names for output. */
#include "base/fs.h"
#include "tests/lib/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(fs_write_output__writes_into_a_pipe_and_replaces_a_file)
{
        char dir[] = "/tmp/pa-fs-XXXXXX", pipe[64], file[64], got[8] = "";
        struct err err = {0};
        struct stat st;
        ck_assert_ptr_nonnull(mkdtemp(dir));
        snprintf(pipe, sizeof pipe, "%s/pipe", dir);
        snprintf(file, sizeof file, "%s/file", dir);
        ck_assert_int_eq(mkfifo(pipe, 0600), 0);
        int fd = open(pipe, O_RDWR);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(fs_write_output(pipe, "abc", 3, 0600, &err), 0);
        ck_assert_int_eq(read(fd, got, sizeof got), 3);
        ck_assert_str_eq(got, "abc");
        ck_assert_int_eq(stat(pipe, &st), 0);
        ck_assert(S_ISFIFO(st.st_mode));
        ck_assert_int_eq(fs_write_output(file, "abc", 3, 0640, &err), 0);
        ck_assert_int_eq(fs_write_output(file, "x", 1, 0640, &err), 0);
        ck_assert_int_eq(stat(file, &st), 0);
        ck_assert_int_eq(st.st_size, 1);
        ck_assert_int_eq(fs_write_output(dir, "x", 1, 0640, &err), -ERR_IO);
        close(fd);
        unlink(pipe);
        unlink(file);
        rmdir(dir);
}
END_TEST

UNIT_MAIN(fs_write_output__writes_into_a_pipe_and_replaces_a_file)

/*
 * A unit test file holds cases named function__situation and ends with UNIT_MAIN(case, case, ...). Each test_*.c is one program;
 * tests/run runs it and counts its cases.
 */
#pragma once
#include <check.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Folders of a case lie below one of the program's, which it removes at its end: also what a case left that failed, or that was killed. */
#define UNIT_FOLDER_VARIABLE "PA_UNIT_FOLDER"

/* A template for mkdtemp() or mkstemp() below it. */
__attribute__((unused)) static const char *unit_template(char *buf, size_t size, const char *name)
{
        snprintf(buf, size, "%s/%s-XXXXXX", getenv(UNIT_FOLDER_VARIABLE), name);
        return buf;
}

__attribute__((unused)) static int unit_remove(const char *path, const struct stat *st, int what, struct FTW *at)
{
        (void)st, (void)what, (void)at;
        return remove(path);
}

#define UNIT_MAIN(...)                                                                                                 \
        int main(void)                                                                                                 \
        {                                                                                                              \
                const TTest *const cases[] = {__VA_ARGS__};                                                            \
                Suite *suite = suite_create(__FILE__);                                                                 \
                for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {                                            \
                        TCase *tc = tcase_create(cases[i]->name);                                                      \
                        tcase_set_timeout(tc, 60);                                                                     \
                        tcase_add_test(tc, cases[i]);                                                                  \
                        suite_add_tcase(suite, tc);                                                                    \
                }                                                                                                      \
                char unit_folder[] = "/tmp/pa-unit-XXXXXX";                                                                 \
                if (!mkdtemp(unit_folder) || setenv(UNIT_FOLDER_VARIABLE, unit_folder, 1) != 0)                                  \
                        return EXIT_FAILURE;                                                                           \
                SRunner *runner = srunner_create(suite);                                                               \
                srunner_run_all(runner, CK_VERBOSE);                                                                   \
                int failed = srunner_ntests_failed(runner);                                                            \
                nftw(unit_folder, unit_remove, 16, FTW_DEPTH | FTW_PHYS);                                                   \
                srunner_free(runner);                                                                                  \
                return failed ? EXIT_FAILURE : EXIT_SUCCESS;                                                           \
        }

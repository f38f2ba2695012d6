/*
 * A unit test file holds cases named function__situation and ends with UNIT_MAIN(case, case, ...). Each test_*.c is one program;
 * tests/run runs it and counts its cases.
 */
#pragma once
#include <check.h>
#include <math.h>
#include <stdlib.h>

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
                SRunner *runner = srunner_create(suite);                                                               \
                srunner_run_all(runner, CK_VERBOSE);                                                                   \
                int failed = srunner_ntests_failed(runner);                                                            \
                srunner_free(runner);                                                                                  \
                return failed ? EXIT_FAILURE : EXIT_SUCCESS;                                                           \
        }

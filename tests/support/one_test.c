/*
 * one_test.c: one test alone. TW_TEST_FILTER=NAME PROGRAM runs the tests of a program whose names
 * fit the pattern (* and ?), in every group that has them, and no others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

__attribute__((constructor)) static void take_filter(void)
{
    const char *pattern = getenv("TW_TEST_FILTER");
    if (pattern != NULL && *pattern != '\0')
        cmocka_set_test_filter(pattern);
}

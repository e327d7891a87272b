/* test_vectors.c: every vector from outside, on the golden model: outcome, changes and accesses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tb/vector_golden.h"
#include "tb/vector_outcome.h"

enum { REPORTED = 5 };

/* Prints the first differences; returns the number of vectors that agree. */
static unsigned agreeing(const char *path)
{
    tw_error error;
    text_file *file = text_open(path, &error);
    if (file == NULL)
        fail_msg("%s (run the tests from the project's top directory)", error.text);
    unsigned agree = 0, differ = 0;
    for (;;) {
        vector v;
        vector_outcome seen;
        bool more;
        if (vector_next(file, &v, &more, &error) != TW_OK)
            fail_msg("%s", error.text);
        if (!more)
            break;
        vector_run_golden(&v, &seen, NULL);
        if (vector_compare(&v, &seen, 64, &error) == TW_OK)
            agree++;
        else if (differ++ < REPORTED)
            print_error("%s\n", error.text);
    }
    text_close(file);
    if (differ > 0)
        fail_msg("%u of %u differ; repeat: build/tablewalk replay --engine golden %s", differ,
                 agree + differ, path);
    return agree;
}

static void all_vectors_written_by_hand_agree(void **state)
{
    (void)state;
    assert_int_equal(agreeing("tests/vectors/hand.txt"), 58);
}

static void all_random_vectors_agree(void **state)
{
    (void)state;
    assert_int_equal(agreeing("tests/vectors/random.txt.xz"), 40000);
}

static void all_leaf_flag_vectors_agree(void **state)
{
    (void)state;
    assert_int_equal(agreeing("tests/vectors/leaf_flags.txt.xz"), 172032);
}

int main(void)
{
    const struct CMUnitTest vectors[] = {
        cmocka_unit_test(all_vectors_written_by_hand_agree),
        cmocka_unit_test(all_random_vectors_agree),
        cmocka_unit_test(all_leaf_flag_vectors_agree),
    };
    return cmocka_run_group_tests_name("golden_vectors", vectors, NULL, NULL);
}

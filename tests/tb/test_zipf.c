/* Zipf's ranks: weights as floating point has them, and each rank drawn for just its share. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/zipf.h"

static void weights_are_k_to_the_minus_s_within_a_millionth(void **state)
{
    (void)state;
    enum { RANKS = 5000 };
    static uint64_t sum[RANKS];
    for (uint32_t s = 0; s <= 400; s += 33) {
        zipf_sums(sum, RANKS, s);
        for (unsigned k = 1; k <= RANKS; k++) {
            double weight = (double)(sum[k - 1] - (k > 1 ? sum[k - 2] : 0));
            double want = 4294967296.0 * pow(k, -(double)s / 100);
            if (fabs(weight - want) > want * 1e-6 + 2)
                fail_msg("%u^-%u/100: expected %f, got %f", k, (unsigned)s, want, weight);
        }
    }
}

static void the_first_weight_is_1_and_those_of_powers_of_2_are_exact(void **state)
{
    (void)state;
    uint64_t sum[4];
    zipf_sums(sum, 4, 100);
    assert_true(sum[0] == UINT64_C(1) << 32);
    assert_true(sum[1] - sum[0] == UINT64_C(1) << 31);
    assert_true(sum[3] - sum[2] == UINT64_C(1) << 30);
}

static void a_rank_begins_where_the_one_before_ends(void **state)
{
    (void)state;
    const uint64_t sum[] = {UINT64_C(1) << 31, UINT64_C(3) << 30, UINT64_C(1) << 32};
    assert_int_equal(zipf_rank(sum, 3, 0), 0);
    assert_int_equal(zipf_rank(sum, 3, 0x7fffffff), 0);
    assert_int_equal(zipf_rank(sum, 3, 0x80000000), 1);
    assert_int_equal(zipf_rank(sum, 3, 0xbfffffff), 1);
    assert_int_equal(zipf_rank(sum, 3, 0xc0000000), 2);
    assert_int_equal(zipf_rank(sum, 3, 0xffffffff), 2);
    assert_int_equal(zipf_rank(sum, 1, 0xffffffff), 0);
}

int main(void)
{
    const struct CMUnitTest zipf[] = {
        cmocka_unit_test(weights_are_k_to_the_minus_s_within_a_millionth),
        cmocka_unit_test(the_first_weight_is_1_and_those_of_powers_of_2_are_exact),
        cmocka_unit_test(a_rank_begins_where_the_one_before_ends),
    };
    return cmocka_run_group_tests(zipf, NULL, NULL);
}

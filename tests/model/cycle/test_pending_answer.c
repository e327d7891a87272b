/* test_pending_answer.c: late answers that find the answer pins taken, seen from the pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tests/support/rig.h"

static const uint64_t frame = 0x300, other_frame = 0x301;

static void answer_of_a_walk_waits_while_a_hit_is_answered(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 2);
    const uint64_t a = 0, b = UINT64_C(1) << 30;
    rig_map(&r, a, 2, pages_pte(0, F_PAGE));
    rig_map(&r, b, 2, pages_pte(1 << 18, F_PAGE));
    rig_translate(&r, TW_DATA, OP_LOAD, b);

    rig_data(&r, 1, OP_LOAD, a); /* t */
    for (unsigned t = 0; t < 4; t++)
        rig_clock(&r); /* now t+4, the memory's answer for A */
    assert_int_equal(tw_machine_in(r.machine)->mem_resp_valid, 1);
    assert_int_equal(tw_machine_out(r.machine)->data_req_ready, 1);
    rig_data(&r, 2, OP_LOAD, b);
    rig_clock(&r); /* t+5 */
    rig_expect_data(&r, 2, b);
    assert_int_equal(tw_machine_out(r.machine)->data_req_ready, 0);
    rig_data(&r, 3, OP_LOAD, b);
    rig_clock(&r); /* t+6 */
    rig_expect_data(&r, 1, a);
    assert_int_equal(tw_machine_out(r.machine)->data_req_ready, 1);
    rig_data(&r, 3, OP_LOAD, b);
    rig_clock(&r);
    rig_expect_data(&r, 3, b);
    rig_clock(&r);
    rig_expect_no_data(&r);
    rig_close(&r);
}

static void answer_of_the_second_level_waits_while_a_hit_is_answered(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 2);
    rig_map(&r, 0x1000, 0, pages_pte(frame, F_PAGE));
    rig_map(&r, 0x2000, 0, pages_pte(other_frame, F_PAGE));
    rig_translate(&r, TW_FETCH, OP_FETCH, 0x1000);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x2000);
    rig_data(&r, 1, OP_LOAD, 0x1000); /* t */
    rig_clock(&r);
    rig_data(&r, 2, OP_LOAD, 0x2000); /* t+1: the stage's answer meets a hit */
    rig_clock(&r);
    rig_expect_data(&r, 2, other_frame << PAGE_SHIFT);
    assert_int_equal(tw_machine_out(r.machine)->data_req_ready, 0);
    rig_clock(&r);
    rig_expect_data(&r, 1, frame << PAGE_SHIFT);
    assert_int_equal(tw_machine_out(r.machine)->data_req_ready, 1);
    rig_close(&r);
}

static void write_to_satp_waits_for_a_pending_answer(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 2);
    const uint64_t a = 0, b = UINT64_C(1) << 30;
    rig_map(&r, a, 2, pages_pte(0, F_PAGE));
    rig_map(&r, b, 2, pages_pte(1 << 18, F_PAGE));
    rig_translate(&r, TW_DATA, OP_LOAD, b);
    rig_data(&r, 1, OP_LOAD, a);
    for (unsigned t = 0; t < 4; t++)
        rig_clock(&r);
    rig_data(&r, 2, OP_LOAD, b); /* t+4: the walk's answer meets a hit */
    rig_write_pins(&r, REG_SATP, 0);
    rig_clock(&r); /* t+5: the walk's answer is pending */
    rig_clock(&r); /* t+6: quiet */
    rig_expect_data(&r, 1, a);
    assert_int_equal(tw_machine_out(r.machine)->reg_resp_valid, 0);
    rig_clock(&r);
    assert_int_equal(tw_machine_out(r.machine)->reg_resp_valid, 1);
    rig_close(&r);
}

static void late_answer_that_meets_a_pending_one_becomes_pending_after_it(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 2);
    const uint64_t a = 0, b = UINT64_C(1) << 30, c = UINT64_C(2) << 30;
    for (uint64_t va = a; va <= c; va += b)
        rig_map(&r, va, 2, pages_pte(va >> PAGE_SHIFT, F_PAGE));
    rig_translate(&r, TW_DATA, OP_LOAD, c);
    for (unsigned t = 0; t <= 8; t++) {
        const tw_out *out = tw_machine_out(r.machine);
        if (t < 2)
            rig_data(&r, 1 + t, OP_LOAD, t == 0 ? a : b); /* they finish in 4 and 5 */
        if (t == 4)
            rig_data(&r, 3, OP_LOAD, c);
        if (t == 5)
            rig_expect_data(&r, 3, c);
        else if (t == 6 || t == 7)
            rig_expect_data(&r, t - 5, t == 6 ? a : b);
        else
            rig_expect_no_data(&r);
        assert_int_equal(out->data_req_ready, t != 5 && t != 6);
        rig_clock(&r);
    }
    rig_close(&r);
}

static void pending_answer_leaves_before_a_woken_request_looks_up(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 4);
    rig_map(&r, 0x1000, 0, pages_pte(frame, F_PAGE));
    rig_map(&r, 0x2000, 0, pages_pte(other_frame, F_PAGE));
    rig_translate(&r, TW_DATA, OP_LOAD, 0x2000);
    for (unsigned t = 0; t <= 10; t++) {
        if (t < 2)
            rig_data(&r, 1 + t, OP_LOAD, 0x1000 + 8 * t); /* one walk for both, done in 6 */
        if (t == 6)
            rig_data(&r, 3, OP_LOAD, 0x2000);
        if (t == 7)
            rig_expect_data(&r, 3, other_frame << PAGE_SHIFT);
        else if (t == 8 || t == 9)
            rig_expect_data(&r, t - 7, (frame << PAGE_SHIFT) + 8 * (t - 8));
        else
            rig_expect_no_data(&r);
        rig_clock(&r);
    }
    rig_close(&r);
}

static rig_engine model = tw_model_open;

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(answer_of_a_walk_waits_while_a_hit_is_answered, model),
        RIG_TEST(answer_of_the_second_level_waits_while_a_hit_is_answered, model),
        RIG_TEST(write_to_satp_waits_for_a_pending_answer, model),
        RIG_TEST(late_answer_that_meets_a_pending_one_becomes_pending_after_it, model),
        RIG_TEST(pending_answer_leaves_before_a_woken_request_looks_up, model),
    };
    return cmocka_run_group_tests_name("model_cycle_pending_answer", tests, NULL, NULL);
}

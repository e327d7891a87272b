/*
 * Where a segment puts a request, and whether it may go there, over Bare: rule 16 by itself. Over
 * pages: test_segments_paged.c. Registers, records and moments: test_segments_registers.c.
 */
#include "tests/support/segments.h"

static tw_request as(tw_op op, uint64_t va, unsigned priv, bool sum, bool mxr)
{
    return (tw_request){.va = va, .op = op, .priv = priv, .sum = sum, .mxr = mxr};
}

static uint64_t on_pins(uint64_t address)
{
    return address & ((UINT64_C(1) << TW_PA_BITS) - 1);
}

/* ---- base and limit ---- */

BARE_TEST(base_and_bound_adds_the_base_and_faults_from_the_bound_on)
{
    enter_segment(f, 0, 32768, 16384, F_RWX);
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
        expect_placed(f, request_of((tw_op)op, 0), 32768);
        expect_placed(f, request_of((tw_op)op, 128), 32896);
        expect_placed(f, request_of((tw_op)op, 1024), 33792);
        expect_placed(f, request_of((tw_op)op, 16383), 49151);
        expect_refused(f, request_of((tw_op)op, 16384), CHECK_LIMIT);
        expect_refused(f, request_of((tw_op)op, 20480), CHECK_LIMIT);
        expect_refused(f, request_of((tw_op)op, ~UINT64_C(0)), CHECK_LIMIT);
    }
}

BARE_TEST(an_answer_through_a_segment_over_bare_is_of_no_page)
{
    enter_segment(f, 1, 32768, 16384, F_RWX);
    tw_answer answer = fixture_translate(f, load(128));
    assert_int_equal(answer.size, 0);
    assert_int_equal(answer.pbmt, 0);
}

BARE_TEST(a_segment_that_grows_down_holds_the_offsets_below_its_base)
{
    enter_segment(f, 0, 4096, 1024, F_RWX);
    enter_segment(f, 1, 512, 20, F_R | F_W | F_DOWN);
    expect_placed(f, load(-UINT64_C(20)), 492);
    expect_placed(f, store(-UINT64_C(10)), 502);
    expect_placed(f, load(-UINT64_C(1)), 511);
    expect_refused(f, load(-UINT64_C(21)), CHECK_LIMIT);
    expect_refused(f, store(0), CHECK_LIMIT);
    expect_refused(f, load(1), CHECK_LIMIT);
    expect_refused(f, load(19), CHECK_LIMIT);
    f->segment = 0; /* the other one is none the worse */
    expect_placed(f, load(1023), 5119);
    expect_refused(f, load(1024), CHECK_LIMIT);
    expect_refused(f, load(-UINT64_C(1)), CHECK_LIMIT);
}

/* Every power of two as a limit, to either side of it. */
BARE_TEST(a_limit_is_judged_in_all_its_bits)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t limit = UINT64_C(1) << bit;
        enter_segment(f, 2, 0, limit, F_RWX);
        expect_placed(f, load(limit - 1), on_pins(limit - 1));
        expect_refused(f, load(limit), CHECK_LIMIT);
        enter_segment(f, 2, ~UINT64_C(0), limit, F_RWX | F_DOWN);
        expect_placed(f, load(-limit), on_pins(~limit));
        expect_refused(f, load(~limit), CHECK_LIMIT);
    }
}

BARE_TEST(a_limit_of_0_holds_nothing)
{
    for (unsigned down = 0; down < 2; down++) {
        enter_segment(f, 0, 4096, 0, F_RWX | (down ? F_DOWN : 0));
        expect_refused(f, load(0), CHECK_LIMIT);
        expect_refused(f, load(1), CHECK_LIMIT);
        expect_refused(f, load(-UINT64_C(1)), CHECK_LIMIT);
    }
}

BARE_TEST(the_largest_limit_leaves_out_one_offset)
{
    uint64_t last = ~UINT64_C(0);
    enter_segment(f, 0, 0, last, F_RWX);
    expect_placed(f, load(last - 1), on_pins(last - 1));
    expect_refused(f, load(last), CHECK_LIMIT);
    enter_segment(f, 0, last, last, F_RWX | F_DOWN);
    expect_placed(f, load(1), 0);
    expect_refused(f, load(0), CHECK_LIMIT);
}

BARE_TEST(base_and_offset_stay_in_the_address_space)
{
    enter_segment(f, 3, -UINT64_C(16), 64, F_RWX);
    expect_placed(f, load(15), on_pins(~UINT64_C(0)));
    expect_refused(f, load(16), CHECK_LIMIT);
    expect_refused(f, load(63), CHECK_LIMIT);
    enter_segment(f, 3, 16, 64, F_RWX | F_DOWN);
    expect_placed(f, load(-UINT64_C(16)), 0);
    expect_refused(f, load(-UINT64_C(17)), CHECK_LIMIT);
    expect_refused(f, load(-UINT64_C(64)), CHECK_LIMIT);
    enter_segment(f, 3, 0, 64, F_RWX | F_DOWN); /* nothing is below */
    expect_refused(f, load(-UINT64_C(1)), CHECK_LIMIT);
}

BARE_TEST(the_sum_carries_through_all_its_bits)
{
    for (unsigned bit = 1; bit < TW_PA_BITS; bit++) {
        uint64_t ones = (UINT64_C(1) << bit) - 1;
        enter_segment(f, 1, ones, ~UINT64_C(0), F_RWX);
        expect_placed(f, load(1), ones + 1);
        enter_segment(f, 1, 1, ~UINT64_C(0), F_RWX);
        expect_placed(f, load(ones), ones + 1);
    }
}

/* ---- which segment ---- */

/* Each built one has its own base; the two ports select different ones in one cycle. */
BARE_TEST(each_selector_names_a_segment_of_its_own)
{
    unsigned count = segments_built();
    for (unsigned n = 0; n < count; n++)
        enter_segment(f, n, (uint64_t)(n + 1) << 20, 4096 + n, F_RWX);
    for (unsigned n = 0; n < count; n++) {
        unsigned other = (n + 1) % count;
        f->segment = (uint8_t)n;
        unsigned fetched = fixture_offer(f, TW_FETCH, fetch(64 + n));
        f->segment = (uint8_t)other;
        unsigned loaded = fixture_offer(f, TW_DATA, load(64 + n));
        fixture_clock(f);
        expect_pa(fixture_await(f, TW_FETCH, fetched), ((uint64_t)(n + 1) << 20) + 64 + n);
        expect_pa(fixture_await(f, TW_DATA, loaded), ((uint64_t)(other + 1) << 20) + 64 + n);
        f->segment = (uint8_t)n;
        expect_placed(f, load(4095 + n), ((uint64_t)(n + 1) << 20) + 4095 + n);
        expect_refused(f, load(4096 + n), CHECK_LIMIT);
    }
}

BARE_TEST(a_segment_that_is_not_built_holds_nothing)
{
    for (unsigned n = 0; n < segments_built(); n++)
        enter_segment(f, n, 0, ~UINT64_C(0), F_RWX | F_U);
    for (unsigned n = segments_built(); n < SEGMENT_NUMBERS; n++) {
        f->segment = (uint8_t)n;
        for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
            expect_refused(f, request_of((tw_op)op, 0), CHECK_LIMIT);
    }
}

/* 64 requests in 64 cycles on both ports, each of another segment than the one before; every fourth
 * one is refused. */
BARE_TEST(each_port_goes_through_segments_once_a_cycle)
{
    enum { COUNT = 64 };
    unsigned id[2][COUNT];
    for (unsigned n = 0; n < 4; n++)
        enter_segment(f, n, (uint64_t)(n + 1) << 16, n == 3 ? 0 : 4096, F_RWX);
    uint64_t begin = fixture_cycle(f);
    for (unsigned n = 0; n < COUNT; n++) {
        f->segment = (uint8_t)(n % 4);
        id[TW_FETCH][n] = fixture_offer(f, TW_FETCH, fetch(n));
        f->segment = (uint8_t)((n + 2) % 4);
        id[TW_DATA][n] = fixture_offer(f, TW_DATA, load(n));
        fixture_clock(f);
        for (unsigned port = 0; port < 2; port++) {
            assert_true(f->asked[port][id[port][n]].taken_at == begin + n);
            if (n == 0)
                continue;
            const asked *before = &f->asked[port][id[port][n - 1]];
            unsigned segment = (n - 1 + 2 * port) % 4;
            assert_true(before->answered);
            assert_int_equal(before->answer.latency, 1);
            if (segment == 3)
                expect_fault(before->answer, port == TW_FETCH ? CAUSE_FETCH_PAGE : CAUSE_LOAD_PAGE);
            else
                expect_pa(before->answer, ((uint64_t)(segment + 1) << 16) + n - 1);
        }
    }
    assert_int_equal(f->accesses, 0);
}

/* ---- permission ---- */

/* All flags, operations, privileges, SUM and MXR: R, W, X and U mean what they do in a PTE. */
BARE_TEST(flags_of_a_segment_grant_what_those_of_a_pte_do)
{
    for (unsigned flags = 0; flags <= (F_RWX | F_U); flags += F_R) {
        enter_segment(f, 1, 4096, 4096, flags);
        for (unsigned n = 0; n < 4 * 4 * 4; n++) {
            unsigned priv = n >> 2 & 3;
            tw_request request = as((tw_op)(n & 3), 8, priv, n >> 4 & 1, n >> 5);
            bool granted = leaf_grants(flags, request.op, priv, request.sum, request.mxr);
            if (priv == PRIV_M)
                expect_placed(f, request, 8);
            else if (granted)
                expect_placed(f, request, 4104);
            else
                expect_refused(f, request, CHECK_SEGMENT);
        }
    }
}

BARE_TEST(the_limit_is_judged_before_the_permission)
{
    enter_segment(f, 2, 4096, 256, 0);
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
        expect_refused(f, request_of((tw_op)op, 255), CHECK_SEGMENT);
        expect_refused(f, request_of((tw_op)op, 256), CHECK_LIMIT);
    }
    enter_segment(f, 2, -UINT64_C(16), 256, 0);
    expect_refused(f, load(15), CHECK_SEGMENT);
    expect_refused(f, load(16), CHECK_LIMIT); /* the sum, too */
}

BARE_TEST(machine_mode_is_not_segmented)
{
    enter_segment(f, 0, 4096, 0, 0);
    for (unsigned n = 0; n < SEGMENT_NUMBERS; n++)
        for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
            f->segment = (uint8_t)n;
            uint64_t va = UINT64_C(0xfedcba9876543210) + n;
            expect_placed(f, as((tw_op)op, va, PRIV_M, false, false), on_pins(va));
        }
}

BARE_TEST(turned_off_segments_are_of_no_meaning)
{
    enter_segment(f, 0, 4096, 0, 0);
    fixture_write(f, REG_CONTROL, 0);
    for (unsigned n = 0; n < SEGMENT_NUMBERS; n++) {
        f->segment = (uint8_t)n;
        expect_placed(f, load(UINT64_C(0xfedcba9876543210)), on_pins(UINT64_C(0xfedcba9876543210)));
        expect_placed(f, fetch(n), n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_and_bound_adds_the_base_and_faults_from_the_bound_on),
        cmocka_unit_test(an_answer_through_a_segment_over_bare_is_of_no_page),
        cmocka_unit_test(a_segment_that_grows_down_holds_the_offsets_below_its_base),
        cmocka_unit_test(a_limit_is_judged_in_all_its_bits),
        cmocka_unit_test(a_limit_of_0_holds_nothing),
        cmocka_unit_test(the_largest_limit_leaves_out_one_offset),
        cmocka_unit_test(base_and_offset_stay_in_the_address_space),
        cmocka_unit_test(the_sum_carries_through_all_its_bits),
        cmocka_unit_test(each_selector_names_a_segment_of_its_own),
        cmocka_unit_test(a_segment_that_is_not_built_holds_nothing),
        cmocka_unit_test(each_port_goes_through_segments_once_a_cycle),
        cmocka_unit_test(flags_of_a_segment_grant_what_those_of_a_pte_do),
        cmocka_unit_test(the_limit_is_judged_before_the_permission),
        cmocka_unit_test(machine_mode_is_not_segmented),
        cmocka_unit_test(turned_off_segments_are_of_no_meaning),
    };
    return fixture_run("segments", tests);
}

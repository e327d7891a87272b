/* test_segment_port.c: segments in front of the request ports, seen from the pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tablewalk/segment.h"
#include "tests/support/rig.h"

enum { DOWN = 1 << SEGMENT_DOWN };

static const uint64_t frame = 0x300, other_frame = 0x301;

static void set_segment(rig *r, unsigned number, uint64_t base, uint64_t limit, unsigned flags)
{
    rig_write(r, REG_SEGMENT, number);
    rig_write(r, REG_SEGMENT_BASE, base);
    rig_write(r, REG_SEGMENT_LIMIT, limit);
    rig_write(r, REG_SEGMENT_FLAGS, flags);
}

/* A rig with segments on: 1 is 64 KiB up from 0x10000, 2 is 64 KiB down from there. */
static rig open_segmented(void **state, const char *config, unsigned mode, uint32_t latency)
{
    rig r = rig_open(state, config, mode, latency);
    rig_write(&r, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, SEGMENTS, 1));
    set_segment(&r, 1, 0x10000, 0x10000, F_RWX);
    set_segment(&r, 2, 0x10000, 0x10000, F_R | DOWN);
    return r;
}

/* Request pins of this cycle, through a segment. */
static void data_through(rig *r, unsigned seg, unsigned id, tw_op op, uint64_t offset)
{
    rig_data(r, id, op, offset);
    tw_machine_in(r->machine)->data_req_seg = (uint8_t)seg;
}

static void fetch_through(rig *r, unsigned seg, unsigned id, uint64_t offset)
{
    rig_fetch(r, id, offset);
    tw_machine_in(r->machine)->fetch_req_seg = (uint8_t)seg;
}

static void expect_data_fault(const rig *r, unsigned id, unsigned cause)
{
    const tw_out *out = tw_machine_out(r->machine);
    assert_int_equal(out->data_resp_valid, 1);
    assert_int_equal(out->data_resp_id, id);
    assert_int_equal(out->data_resp_fault, cause);
    assert_int_equal(out->data_resp_pa, 0);
    assert_int_equal(out->data_resp_size, 0);
}

/* Fails unless the oldest record is of a refusal of the data port's request 7; drops it. */
static void expect_record(rig *r, tw_check check, tw_op op, uint64_t offset, unsigned seg)
{
    const uint64_t info = TW_PUT(FAULT_INFO, OP, op) | TW_PUT(FAULT_INFO, PRIV, PRIV_S) |
                          TW_PUT(FAULT_INFO, PORT, 1) | TW_PUT(FAULT_INFO, CHECK, check) |
                          TW_PUT(FAULT_INFO, ID, 7) | TW_PUT(FAULT_INFO, X86_W, op_writes(op)) |
                          TW_PUT(FAULT_INFO, X86_I, op == OP_FETCH) |
                          TW_PUT(FAULT_INFO, SEGMENT, seg);
    assert_int_equal(rig_read(r, REG_FAULT_CAUSE), page_fault(op));
    assert_int_equal(rig_read(r, REG_FAULT_VA), offset);
    assert_int_equal(rig_read(r, REG_FAULT_INFO), info);
    assert_int_equal(rig_read(r, REG_FAULT_PTE), 0);
    assert_int_equal(rig_read(r, REG_FAULT_ASID), 1);
    rig_write(r, REG_FAULT_POP, 0);
}

/* The request faults in the next cycle, reads nothing, and leaves its record. */
static void expect_refused(rig *r, unsigned seg, tw_op op, uint64_t offset, tw_check check)
{
    data_through(r, seg, 7, op, offset);
    rig_clock(r);
    expect_data_fault(r, 7, page_fault(op));
    assert_int_equal(tw_machine_out(r->machine)->obs_data_misses, 0);
    assert_int_equal(tw_machine_out(r->machine)->obs_stage, 0);
    expect_record(r, check, op, offset, seg);
}

static void refused_request_faults_in_the_next_cycle_and_leaves_its_record(void **state)
{
    static const unsigned modes[] = {MODE_BARE, MODE_SV32, MODE_SV57, MODE_LINEAR, MODE_HASHED};
    for (unsigned m = 0; m < 5; m++) {
        rig r = open_segmented(state, "default", modes[m], 1);
        for (tw_op op = OP_FETCH; op <= OP_AMO; op++) {
            expect_refused(&r, 1, op, 0x10000, CHECK_LIMIT);
            expect_refused(&r, 2, op, 0, CHECK_LIMIT);
            expect_refused(&r, 15, op, 0, CHECK_LIMIT);
            if (op != OP_LOAD)
                expect_refused(&r, 2, op, UINT64_MAX, CHECK_SEGMENT);
        }
        assert_int_equal(rig_read(&r, REG_COUNT_READS), 0);
        assert_int_equal(rig_read(&r, REG_COUNT_DATA_REQUESTS), 15);
        assert_int_equal(rig_read(&r, REG_COUNT_DATA_HITS), 0);
        assert_int_equal(rig_read(&r, REG_COUNT_FAULT_STORE_PAGE), 8);
        rig_close(&r);
    }
}

static void selector_that_is_not_built_is_outside(void **state)
{
    rig r = open_segmented(state, "small", MODE_BARE, 1);
    for (unsigned seg = 4; seg < TW_SEGMENTS_MAX; seg++) {
        set_segment(&r, seg, 0, UINT64_MAX, F_RWX);
        expect_refused(&r, seg, OP_LOAD, 0, CHECK_LIMIT);
    }
    set_segment(&r, 3, 0, UINT64_MAX, F_RWX);
    data_through(&r, 3, 1, OP_LOAD, 0x1234);
    rig_clock(&r);
    rig_expect_data(&r, 1, 0x1234);
    rig_close(&r);
}

static void base_and_bound_is_one_segment_over_bare(void **state)
{
    rig r = open_segmented(state, "small", MODE_BARE, 1);
    data_through(&r, 1, 1, OP_STORE, 0xffff);
    fetch_through(&r, 1, 2, 0x123);
    rig_clock(&r);
    rig_expect_data(&r, 1, 0x1ffff);
    assert_int_equal(tw_machine_out(r.machine)->fetch_resp_id, 2);
    assert_int_equal(tw_machine_out(r.machine)->fetch_resp_pa, 0x10123);
    data_through(&r, 2, 3, OP_LOAD, UINT64_MAX);
    rig_clock(&r);
    rig_expect_data(&r, 3, 0xffff);
    data_through(&r, 9, 4, OP_LOAD, 0x123456);
    tw_machine_in(r.machine)->data_req_priv = PRIV_M;
    rig_clock(&r);
    rig_expect_data(&r, 4, 0x123456);
    rig_write(&r, REG_CONTROL, 0); /* off: the selector means nothing */
    data_through(&r, 9, 5, OP_LOAD, 0x123456);
    rig_clock(&r);
    rig_expect_data(&r, 5, 0x123456);
    rig_close(&r);
}

static void paging_sees_the_linear_address_alone(void **state)
{
    rig r = open_segmented(state, "default", MODE_SV39, 1);
    const uint64_t beyond = UINT64_C(1) << 38;
    set_segment(&r, 3, beyond - 0x1000, 0x2000, F_RWX);
    data_through(&r, 3, 7, OP_LOAD, 0x1000); /* inside, but not canonical */
    rig_clock(&r);
    expect_data_fault(&r, 7, CAUSE_LOAD_PAGE);
    expect_record(&r, CHECK_CANONICAL, OP_LOAD, beyond, 0);
    rig_map(&r, beyond - 0x1000, 0, pages_pte(frame, F_PAGE));
    data_through(&r, 3, 1, OP_LOAD, 0x328); /* t: 3 reads of 2 cycles */
    for (unsigned cycle = 0; cycle < 2 + 3 * 2; cycle++)
        rig_clock(&r);
    rig_expect_data(&r, 1, (frame << PAGE_SHIFT) + 0x328);
    set_segment(&r, 4, beyond, 0x1000, F_R | DOWN); /* its last page is the same: no walk */
    data_through(&r, 4, 2, OP_LOAD, -UINT64_C(0x1000));
    rig_clock(&r);
    rig_expect_data(&r, 2, frame << PAGE_SHIFT);
    rig_close(&r);
}

static void hits_through_segments_are_one_a_cycle_on_both_ports(void **state)
{
    rig r = open_segmented(state, "default", MODE_SV39, 3);
    static const uint64_t linear[] = {0xf000, 0x10000};
    set_segment(&r, 0, 0x10000, 0x1000, F_X | DOWN); /* ends where segment 1 begins */
    rig_write(&r, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1));
    rig_know_two_pages(&r, linear, frame);
    rig_write(&r, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, SEGMENTS, 1));
    for (unsigned i = 0; i < 40; i++) {
        rig_expect_hits(&r, i, frame);
        data_through(&r, i % 2 ? 1 : 2, i % 16, OP_LOAD, (i % 2 ? 0 : -UINT64_C(0x1000)) + i);
        fetch_through(&r, i % 2, i % 16, (i % 2 ? 0 : -UINT64_C(0x1000)) + i);
        rig_clock(&r);
    }
    rig_close(&r);
}

static void replays_keep_their_linear_address_though_the_registers_change(void **state)
{
    rig r = open_segmented(state, "default", MODE_SV39, 20);
    const tw_out *out = tw_machine_out(r.machine);
    unsigned answers = 0;
    rig_map(&r, 0x10000, 0, pages_pte(frame, F_PAGE));
    data_through(&r, 1, 1, OP_LOAD, 0x10); /* t: walks, 2 + 3 * 21 */
    rig_clock(&r);
    data_through(&r, 1, 2, OP_STORE, 0x20); /* merges, and looks up again */
    rig_clock(&r);
    set_segment(&r, 1, 0x20000, 0, 0); /* does not wait for them */
    assert_int_equal(out->obs_data_misses, 1);
    while (answers < 2) {
        if (!out->data_req_ready) /* refused by the segment as it is now, beside the replay */
            data_through(&r, 1, 7, OP_LOAD, 0x30);
        assert_true(tw_machine_cycle(r.machine) < 1000);
        rig_clock(&r);
        if (out->data_resp_valid) {
            answers++;
            rig_expect_data(&r, answers, (frame << PAGE_SHIFT) + 0x10 * answers);
        }
    }
    rig_close(&r);
}

static void write_acts_on_what_is_taken_after_its_execute_cycle(void **state)
{
    rig r = open_segmented(state, "default", MODE_BARE, 1);
    rig_write(&r, REG_SEGMENT, 1);
    for (unsigned t = 0; t <= 4; t++) {
        if (t == 0)
            rig_write_pins(&r, REG_SEGMENT_BASE, 0x50000);
        if (t > 0) /* those of t = 0 and t = 1, EXECUTE, go by the old base */
            rig_expect_data(&r, t - 1, t <= 2 ? 0x10000 : 0x50000);
        assert_int_equal(tw_machine_out(r.machine)->data_req_ready, 1);
        data_through(&r, 1, t, OP_LOAD, 0);
        rig_clock(&r);
    }
    rig_close(&r);
}

static void switching_them_off_waits_for_what_is_under_way(void **state)
{
    rig r = open_segmented(state, "default", MODE_SV39, 4);
    rig_map(&r, 0x10000, 0, pages_pte(frame, F_PAGE));
    rig_map(&r, 0, 0, pages_pte(other_frame, F_PAGE));
    data_through(&r, 1, 1, OP_LOAD, 0); /* t; answered in t+17 */
    rig_write_waits(&r, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1), 17);
    rig_expect_data(&r, 1, frame << PAGE_SHIFT);
    rig_clock(&r);
    assert_int_equal(tw_machine_out(r.machine)->reg_resp_valid, 1);
    rig_clock(&r);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0).pa, other_frame << PAGE_SHIFT);
    rig_close(&r);
}

static void refused_request_is_not_heard_while_the_port_is_not_ready(void **state)
{
    rig r = open_segmented(state, "small", MODE_SV32, 9);
    for (unsigned id = 0; id < 3; id++) { /* one walks, two wait */
        data_through(&r, 1, id, OP_LOAD, id << PAGE_SHIFT);
        rig_clock(&r);
    }
    const tw_out *out = tw_machine_out(r.machine);
    unsigned answered = 0;
    for (unsigned cycle = 0; cycle < 100; cycle++) {
        const bool taken = out->data_req_ready;
        if (out->data_resp_valid)
            answered |= 1u << out->data_resp_id;
        if (!(answered >> 7 & 1))
            data_through(&r, 1, 7, OP_LOAD, 0x10000);
        rig_clock(&r);
        const bool refused = out->data_resp_valid && out->data_resp_id == 7;
        assert_int_equal(refused, taken && !(answered >> 7 & 1));
        if (refused)
            answered |= 1u << 7;
    }
    assert_int_equal(answered, 1 | 2 | 4 | 1 << 7);
    assert_int_equal(rig_read(&r, REG_COUNT_DATA_REQUESTS), 4);
    rig_close(&r);
}

static void late_answer_waits_behind_a_refusal(void **state)
{
    rig r = open_segmented(state, "default", MODE_SV39, 1);
    rig_map(&r, 0x10000, 0, pages_pte(frame, F_PAGE));
    data_through(&r, 1, 1, OP_LOAD, 8); /* t: done in t+7 */
    for (unsigned cycle = 0; cycle < 7; cycle++)
        rig_clock(&r);
    data_through(&r, 1, 2, OP_LOAD, 0x10000);
    rig_clock(&r);
    expect_data_fault(&r, 2, CAUSE_LOAD_PAGE);
    assert_int_equal(tw_machine_out(r.machine)->data_req_ready, 0);
    rig_clock(&r);
    rig_expect_data(&r, 1, (frame << PAGE_SHIFT) + 8);
    rig_close(&r);
}

static rig_engine model = tw_model_open;

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(refused_request_faults_in_the_next_cycle_and_leaves_its_record, model),
        RIG_TEST(selector_that_is_not_built_is_outside, model),
        RIG_TEST(base_and_bound_is_one_segment_over_bare, model),
        RIG_TEST(paging_sees_the_linear_address_alone, model),
        RIG_TEST(hits_through_segments_are_one_a_cycle_on_both_ports, model),
        RIG_TEST(replays_keep_their_linear_address_though_the_registers_change, model),
        RIG_TEST(write_acts_on_what_is_taken_after_its_execute_cycle, model),
        RIG_TEST(switching_them_off_waits_for_what_is_under_way, model),
        RIG_TEST(refused_request_is_not_heard_while_the_port_is_not_ready, model),
        RIG_TEST(late_answer_waits_behind_a_refusal, model),
    };
    return cmocka_run_group_tests_name("model_cycle_segment_port", tests, NULL, NULL);
}

/* test_request_port.c: when requests are taken and answered, seen from the pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tests/support/rig.h"

static const uint64_t frame = 0x300, other_frame = 0x301;

static void hits_are_answered_in_the_next_cycle_one_per_cycle_on_both_ports(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 3);
    static const uint64_t va[] = {0x1000, 0x2000};
    rig_know_two_pages(&r, va, frame);
    for (unsigned i = 0; i < 40; i++) {
        rig_expect_hits(&r, i, frame);
        rig_data(&r, i % 16, OP_LOAD, va[i % 2] + i);
        rig_fetch(&r, i % 16, va[i % 2] + i);
        rig_clock(&r);
    }
    rig_close(&r);
}

/* Latency of the first access to a leaf at `level`, and what the page's contract says of it. */
static void check_walk(void **state, unsigned mode, unsigned level, unsigned latency, bool touched)
{
    rig r = rig_open(state, "default", mode, latency);
    const unsigned reads = mode_levels(mode) - level;
    const unsigned accesses = touched ? reads : reads + 1;
    const unsigned flags = touched ? F_PAGE : F_V | F_RWX;
    const uint64_t ppn = pages_frame(mode, level), va = pages_va(mode);
    const uint64_t pte_addr = rig_map(&r, va, level, pages_pte(ppn, flags));

    tw_answer answer = rig_translate(&r, TW_DATA, OP_STORE, va);
    assert_int_equal(answer.fault, CAUSE_NONE);
    assert_int_equal(answer.size, level_size(mode, level));
    assert_int_equal(answer.pa, leaf_pa(pages_pte(ppn, flags), answer.size, va));
    assert_int_equal(answer.latency, 2 + accesses * (latency + 1));
    assert_int_equal(pages_read(&r.tables, pte_addr), pages_pte(ppn, F_PAGE));

    answer = rig_translate(&r, TW_DATA, OP_STORE, va);
    assert_int_equal(answer.latency, 1);
    rig_close(&r);
}

static void walk_takes_two_cycles_and_each_access_its_latency_and_one(void **state)
{
    static const unsigned modes[] = {MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57};
    static const unsigned latencies[] = {1, 2, 5, 10, 20};
    for (unsigned m = 0; m < 4; m++) {
        for (unsigned i = 0; i < 5; i++) {
            for (unsigned level = 0; level < mode_levels(modes[m]); level++) {
                check_walk(state, modes[m], level, latencies[i], true);
                check_walk(state, modes[m], level, latencies[i], false);
            }
        }
    }
}

static void misses_to_one_page_share_one_walk_and_hits_go_on_under_it(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 4);
    rig_map(&r, 0x1000, 0, pages_pte(frame, F_PAGE));
    rig_map(&r, 0x2000, 0, pages_pte(other_frame, F_PAGE));
    rig_translate(&r, TW_DATA, OP_LOAD, 0x2000);
    const uint64_t reads = rig_read(&r, REG_COUNT_READS);

    rig_data(&r, 1, OP_LOAD, 0x1000); /* t: gets a walker in t+1 */
    rig_clock(&r);
    assert_int_equal(tw_machine_out(r.machine)->obs_data_misses, 1);
    rig_data(&r, 2, OP_LOAD, 0x1008); /* t+1: merges in t+2 */
    rig_clock(&r);
    rig_data(&r, 3, OP_LOAD, 0x2000); /* t+2: hits */
    rig_clock(&r);
    rig_expect_data(&r, 3, other_frame << PAGE_SHIFT);
    assert_int_equal(tw_machine_out(r.machine)->obs_data_misses, 1);
    for (unsigned cycle = 3; cycle < 7; cycle++)
        rig_clock(&r);
    rig_expect_data(&r, 1, frame << PAGE_SHIFT); /* the last table is known: 2 + 1 * (4 + 1) */
    assert_int_equal(tw_machine_out(r.machine)->data_req_ready, 0);
    rig_clock(&r);
    rig_expect_data(&r, 2, (frame << PAGE_SHIFT) + 8);
    rig_clock(&r);
    assert_int_equal(rig_read(&r, REG_COUNT_READS), reads + 1);
    assert_int_equal(rig_read(&r, REG_COUNT_DATA_MERGES), 1);
    rig_close(&r);
}

static void full_queue_stops_its_port_alone(void **state)
{
    rig r = rig_open(state, "small", MODE_SV32, 10);
    rig_map(&r, 0x1000, 0, pages_pte(frame, F_PAGE));
    rig_translate(&r, TW_FETCH, OP_FETCH, 0x1000);
    for (unsigned id = 0; id < 3; id++) { /* one walks, two wait */
        assert_int_equal(tw_machine_out(r.machine)->data_req_ready, 1);
        rig_data(&r, id, OP_LOAD, 0x5000 + (id << PAGE_SHIFT));
        rig_clock(&r);
    }
    const tw_out *out = tw_machine_out(r.machine);
    assert_int_equal(out->obs_data_misses, 2);
    assert_int_equal(out->data_req_ready, 0);
    assert_int_equal(out->fetch_req_ready, 1);
    rig_fetch(&r, 9, 0x1000);
    rig_data(&r, 3, OP_LOAD, 0x5000);
    rig_clock(&r);
    assert_int_equal(tw_machine_out(r.machine)->fetch_resp_valid, 1);
    assert_int_equal(tw_machine_out(r.machine)->fetch_resp_id, 9);
    unsigned answers = 0;
    for (unsigned cycle = 0; cycle < 100; cycle++) {
        answers |= (unsigned)tw_machine_out(r.machine)->data_resp_valid
                   << tw_machine_out(r.machine)->data_resp_id;
        rig_clock(&r);
    }
    assert_int_equal(answers, 7);
    rig_close(&r);
}

static void write_to_satp_waits_until_every_request_is_answered_under_the_old_one(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 4);
    rig_map(&r, 0x1000, 0, pages_pte(frame, F_PAGE));
    rig_data(&r, 1, OP_LOAD, 0x1000); /* t; answered in t+17 */
    rig_write_pins(&r, REG_SATP, 0);
    rig_clock(&r);
    for (unsigned cycle = 1; cycle < 17; cycle++) {
        assert_int_equal(tw_machine_out(r.machine)->data_req_ready, 0);
        assert_int_equal(tw_machine_out(r.machine)->fetch_req_ready, 0);
        assert_int_equal(tw_machine_out(r.machine)->reg_resp_valid, 0);
        rig_data(&r, 2, OP_LOAD, 0x1000);
        rig_clock(&r);
    }
    rig_expect_data(&r, 1, frame << PAGE_SHIFT); /* t+17: quiet, the write executes */
    assert_int_equal(tw_machine_out(r.machine)->data_req_ready, 0);
    rig_data(&r, 2, OP_LOAD, 0x1000);
    rig_clock(&r); /* t+18 */
    assert_int_equal(tw_machine_out(r.machine)->reg_resp_valid, 1);
    assert_int_equal(tw_machine_out(r.machine)->data_req_ready, 1);
    rig_data(&r, 2, OP_LOAD, 0x1000);
    rig_clock(&r);
    rig_expect_data(&r, 2, 0x1000); /* bare */
    rig_close(&r);
}

static void write_to_satp_waits_for_those_that_are_queued(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    unsigned answers = 0;
    rig_map(&r, 0x1000, 0, pages_pte(frame, F_PAGE));
    rig_map(&r, 0x2000, 0, pages_pte(other_frame, F_PAGE));
    rig_data(&r, 1, OP_LOAD, 0x1000);
    rig_clock(&r);
    rig_data(&r, 2, OP_LOAD, 0x2000); /* waits in the queue */
    rig_write_pins(&r, REG_SATP, 0);
    rig_clock(&r);
    while (!tw_machine_out(r.machine)->reg_resp_valid) {
        const tw_out *out = tw_machine_out(r.machine);
        if (out->data_resp_valid) {
            answers++;
            rig_expect_data(&r, answers, (frame + answers - 1) << PAGE_SHIFT);
        }
        assert_true(tw_machine_cycle(r.machine) < 1000);
        rig_clock(&r);
    }
    assert_int_equal(answers, 2);
    rig_close(&r);
}

static void machine_mode_and_bare_pass_the_low_56_bits(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    rig_data(&r, 1, OP_STORE, UINT64_C(0xff34567890abcdef));
    tw_machine_in(r.machine)->data_req_priv = PRIV_M;
    rig_clock(&r);
    rig_expect_data(&r, 1, UINT64_C(0x34567890abcdef));
    assert_int_equal(tw_machine_out(r.machine)->data_resp_size, 0);
    rig_write(&r, REG_SATP, 0);
    rig_data(&r, 2, OP_STORE, UINT64_C(0xff34567890abcdef));
    rig_clock(&r);
    rig_expect_data(&r, 2, UINT64_C(0x34567890abcdef));
    rig_close(&r);
}

static void address_that_is_not_canonical_faults_in_the_next_cycle(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    const uint64_t va = UINT64_C(1) << 38;
    const tw_answer answer = rig_translate(&r, TW_DATA, OP_STORE, va);
    assert_int_equal(answer.latency, 1);
    assert_int_equal(answer.fault, CAUSE_STORE_PAGE);
    assert_int_equal(rig_read(&r, REG_FAULT_VA), va);
    assert_int_equal(rig_read(&r, REG_FAULT_PTE), 0);
    assert_int_equal(TW_GET(rig_read(&r, REG_FAULT_INFO), FAULT_INFO, CHECK), CHECK_CANONICAL);
    assert_int_equal(rig_read(&r, REG_COUNT_READS), 0);
    rig_close(&r);
}

static void entry_that_forbids_or_lacks_dirty_is_walked_again(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    const uint64_t pte_addr = rig_map(&r, 0x1000, 0, pages_pte(frame, F_V | F_R | F_W | F_A));
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_STORE, 0x1000).latency,
                     2 + 2 * 2); /* last table known */
    assert_int_equal(pages_read(&r.tables, pte_addr) & F_D, F_D);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_STORE, 0x1000).latency, 1);

    const tw_answer answer = rig_translate(&r, TW_DATA, OP_FETCH, 0x1000);
    assert_int_equal(answer.fault, CAUSE_FETCH_PAGE);
    assert_int_equal(answer.latency, 2 + 2);
    assert_int_equal(rig_read(&r, REG_FAULT_PTE), pte_addr);
    rig_close(&r);
}

static void second_level_answers_in_the_second_cycle(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 5);
    rig_map(&r, 0x1000, 0, pages_pte(frame, F_PAGE));
    rig_translate(&r, TW_FETCH, OP_FETCH, 0x1000); /* the second level learns it */
    rig_data(&r, 7, OP_STORE, 0x1328);             /* t */
    rig_clock(&r);
    rig_expect_no_data(&r);
    assert_int_equal(tw_machine_out(r.machine)->obs_stage, 1 | TW_DATA << 1);
    rig_clock(&r); /* t+2 */
    rig_expect_data(&r, 7, (frame << PAGE_SHIFT) + 0x328);
    assert_int_equal(tw_machine_out(r.machine)->data_resp_size, 12);
    assert_int_equal(tw_machine_out(r.machine)->obs_data_misses, 0);
    assert_int_equal(tw_machine_out(r.machine)->obs_stage, 0);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_STORE, 0x1000).latency, 1); /* it was filled */
    rig_close(&r);
}

static void of_two_ports_that_miss_at_once_one_is_a_cycle_later(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 5);
    const uint64_t b = UINT64_C(1) << 30;
    rig_map(&r, 0, 2, pages_pte(0, F_PAGE));
    rig_map(&r, b, 2, pages_pte(1 << 18, F_PAGE));
    rig_fetch(&r, 3, 0); /* t: both miss */
    rig_data(&r, 4, OP_LOAD, b);
    static const unsigned stage[] = {0, 1 | TW_FETCH << 1, 1 | TW_DATA << 1, 0};
    static const unsigned data_misses[] = {0, 1, 1, 0}; /* not granted: it waits, and looks again */
    for (unsigned t = 0; t <= 9; t++) {
        const tw_out *out = tw_machine_out(r.machine);
        assert_int_equal(out->obs_stage, t < 4 ? stage[t] : 0);
        assert_int_equal(out->obs_data_misses, t < 4 ? data_misses[t] : 0);
        assert_int_equal(out->fetch_resp_valid, t == 2 + 6);
        assert_int_equal(out->data_resp_valid, t == 2 + 6 + 1);
        rig_clock(&r);
    }
    rig_close(&r);
}

static void walk_that_faults_fills_nothing(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    rig_map(&r, 0x1000, 0, pages_pte(frame, F_V | F_R | F_A));
    assert_int_equal(rig_translate(&r, TW_DATA, OP_STORE, 0x1000).fault, CAUSE_STORE_PAGE);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0x1000).latency, 2 + 2);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0x1000).latency, 1);
    rig_close(&r);
}

static rig_engine model = tw_model_open;

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(hits_are_answered_in_the_next_cycle_one_per_cycle_on_both_ports, model),
        RIG_TEST(walk_takes_two_cycles_and_each_access_its_latency_and_one, model),
        RIG_TEST(misses_to_one_page_share_one_walk_and_hits_go_on_under_it, model),
        RIG_TEST(full_queue_stops_its_port_alone, model),
        RIG_TEST(write_to_satp_waits_until_every_request_is_answered_under_the_old_one, model),
        RIG_TEST(write_to_satp_waits_for_those_that_are_queued, model),
        RIG_TEST(machine_mode_and_bare_pass_the_low_56_bits, model),
        RIG_TEST(address_that_is_not_canonical_faults_in_the_next_cycle, model),
        RIG_TEST(entry_that_forbids_or_lacks_dirty_is_walked_again, model),
        RIG_TEST(second_level_answers_in_the_second_cycle, model),
        RIG_TEST(of_two_ports_that_miss_at_once_one_is_a_cycle_later, model),
        RIG_TEST(walk_that_faults_fills_nothing, model),
    };
    return cmocka_run_group_tests_name("model_cycle_request_port", tests, NULL, NULL);
}

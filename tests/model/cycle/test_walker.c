/* test_walker.c: walks, fences in them, and PTEs that change under them, seen from the pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tablewalk/states.h"
#include "tests/support/rig.h"

static const uint64_t frame = 0x300, other_frame = 0x301;

static void states_follow_the_diagram(void **state)
{
    static const unsigned diagram[] = {WALK_IDLE,      WALK_READ,      WALK_WAIT, WALK_WAIT,
                                       WALK_READ,      WALK_WAIT,      WALK_WAIT, WALK_SWAP,
                                       WALK_SWAP_WAIT, WALK_SWAP_WAIT, WALK_IDLE};
    static const unsigned levels[] = {0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0};
    rig r = rig_open(state, "default", MODE_SV32, 2);
    rig_map(&r, 0x1000, 0, pages_pte(frame, F_V | F_R));
    rig_data(&r, 1, OP_LOAD, 0x1000);
    rig_clock(&r); /* the lookup misses; now its verdict, the start */
    for (unsigned t = 0; t <= 10; t++) {
        const tw_out *out = tw_machine_out(r.machine);
        assert_int_equal(out->obs_walker_state, diagram[t]);
        assert_int_equal(out->obs_walker_level, levels[t]);
        assert_int_equal(out->mem_req_valid, t == 1 || t == 4 || t == 7);
        assert_int_equal(out->mem_req_size, 0); /* Sv32 */
        assert_int_equal(out->mem_req_expected, t == 7 ? pages_pte(frame, F_V | F_R) : 0);
        assert_int_equal(out->mem_req_desired, t == 7 ? pages_pte(frame, F_V | F_R | F_A) : 0);
        assert_int_equal(out->data_resp_valid, t == 10);
        rig_clock(&r);
    }
    rig_close(&r);
}

static void request_holds_until_the_memory_is_ready(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    const uint64_t address = rig_map(&r, 0x40000000, 2, pages_pte(0, F_PAGE));
    rig_data(&r, 1, OP_LOAD, 0x40000000);
    rig_clock(&r);
    rig_clock(&r);
    for (unsigned wait = 0; wait < 5; wait++) {
        assert_int_equal(tw_machine_out(r.machine)->mem_req_valid, 1);
        assert_int_equal(tw_machine_out(r.machine)->mem_req_addr, address);
        assert_int_equal(tw_machine_out(r.machine)->mem_req_size, 1);
        tw_machine_in(r.machine)->mem_req_ready = 0;
        rig_clock(&r);
    }
    rig_clock(&r);
    rig_clock(&r);
    assert_int_equal(tw_machine_out(r.machine)->data_resp_valid, 1);
    rig_close(&r);
}

static void answers_unasked_for_or_with_another_id_are_ignored(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 5);
    rig_map(&r, 0x1000, 0, pages_pte(frame, F_V | F_R));
    rig_data(&r, 1, OP_LOAD, 0x1000);
    for (unsigned t = 0; t < 2 + 4 * 6; t++) {
        const unsigned walk = tw_machine_out(r.machine)->obs_walker_state;
        tw_in *in = tw_machine_in(r.machine);
        assert_int_equal(tw_machine_out(r.machine)->data_resp_valid, 0);
        if (!in->mem_resp_valid) {
            in->mem_resp_valid = 1;
            in->mem_resp_id = walk == WALK_WAIT || walk == WALK_SWAP_WAIT ? 3 : 0;
            in->mem_resp_error = 1;
        }
        rig_clock(&r);
    }
    assert_int_equal(tw_machine_out(r.machine)->data_resp_valid, 1);
    assert_int_equal(tw_machine_out(r.machine)->data_resp_pa, frame << PAGE_SHIFT);
    rig_close(&r);
}

/* The PTE changes and a fence is written `at` cycles after the request; the fence acts in the
 * next cycle. Undisturbed, the walk starts in cycle 1, reads in cycles 2, 5 and 8, and has its
 * answers from memory in cycles 4, 7 and 10. The PTE as changed lacks A: four accesses. */
static void check_fence(void **state, unsigned at)
{
    rig r = rig_open(state, "default", MODE_SV39, 2);
    const uint64_t pte_addr = rig_map(&r, 0x1000, 0, pages_pte(frame, F_V | F_R | F_A));
    const unsigned fence = at + 1, dropped = (fence + 1) / 3 * 3 + 1;
    const bool no_start = fence == 1, restarts = fence > 1 && fence <= 10;
    const unsigned answered = no_start ? 2 + 2 + 4 * 3 : restarts ? dropped + 1 + 4 * 3 : 11;
    const uint64_t pa = (no_start || restarts ? other_frame : frame) << PAGE_SHIFT;
    unsigned answers = 0;
    for (unsigned t = 0; t < 60; t++) {
        const tw_out *out = tw_machine_out(r.machine);
        if (t == 0)
            rig_data(&r, 1, OP_LOAD, 0x1000);
        if (t == at) {
            pages_write(&r.tables, pte_addr, pages_pte(other_frame, F_V | F_R));
            rig_write_pins(&r, REG_FENCE, 0);
        }
        if (out->data_resp_valid) {
            answers++;
            assert_int_equal(t, answered);
            assert_int_equal(out->data_resp_pa, pa);
        }
        rig_clock(&r);
    }
    assert_int_equal(answers, 1);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0x1000).pa, other_frame << PAGE_SHIFT);
    assert_int_equal(rig_read(&r, REG_COUNT_RESTARTS), restarts);
    assert_int_equal(rig_read(&r, REG_COUNT_FENCES), 1);
    rig_close(&r);
}

static void fence_in_any_cycle_of_a_walk_sends_it_back_to_the_root(void **state)
{
    for (unsigned at = 0; at < 16; at++)
        check_fence(state, at);
}

static void fence_is_busy_while_an_access_from_before_it_is_under_way(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 20);
    rig_map(&r, 0x40000000, 2, pages_pte(0, F_PAGE));
    rig_data(&r, 1, OP_LOAD, 0x40000000);
    rig_clock(&r);
    rig_write_pins(&r, REG_FENCE, 0); /* acts in the cycle after the start: READ */
    for (unsigned t = 0; t < 3; t++)
        rig_clock(&r);
    assert_int_equal(rig_read(&r, REG_FENCE), TW_PUT(FENCE, BUSY, 1));
    rig_write(&r, REG_FENCE, 0); /* the same walk, already on its way back to the root */
    for (unsigned t = 0; t < 20; t++)
        rig_clock(&r);
    assert_int_equal(tw_machine_out(r.machine)->obs_walker_state, WALK_WAIT); /* second round */
    assert_int_equal(rig_read(&r, REG_FENCE), 0);
    assert_int_equal(rig_read(&r, REG_COUNT_FENCES), 2);
    assert_int_equal(rig_read(&r, REG_COUNT_RESTARTS), 1);
    rig_close(&r);
}

static unsigned translate_racing(rig *r, uint64_t pte_addr, unsigned races, tw_out *answer)
{
    return rig_load_racing(r, 0x1000, pte_addr, F_RSW, races, answer);
}

static void failed_compare_starts_again_from_the_root(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 2);
    tw_out answer = {0};
    const uint64_t pte_addr = rig_map(&r, 0x1000, 0, pages_pte(frame, F_V | F_R));
    assert_int_equal(translate_racing(&r, pte_addr, 1, &answer), 2 + 2 * 4 * 3);
    assert_int_equal(answer.data_resp_pa, frame << PAGE_SHIFT);
    assert_int_equal(pages_read(&r.tables, pte_addr), pages_pte(frame, F_V | F_R | F_A | F_RSW));
    assert_int_equal(rig_read(&r, REG_COUNT_RETRIES), 1);
    assert_int_equal(rig_read(&r, REG_COUNT_SWAPS), 1);
    rig_close(&r);
}

static void walk_gives_up_after_swap_tries_failed_compares(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 2);
    tw_out answer = {0};
    const uint64_t pte_addr = rig_map(&r, 0x1000, 0, pages_pte(frame, F_V | F_R));
    assert_int_equal(translate_racing(&r, pte_addr, SWAP_TRIES - 1, &answer),
                     2 + SWAP_TRIES * 4 * 3);
    assert_int_equal(answer.data_resp_fault, CAUSE_NONE);
    rig_fence(&r, TW_FENCE_ALL, 0, 0);
    pages_write(&r.tables, pte_addr, pages_pte(frame, F_V | F_R));
    assert_int_equal(translate_racing(&r, pte_addr, SWAP_TRIES, &answer), 2 + SWAP_TRIES * 4 * 3);
    assert_int_equal(answer.data_resp_fault, CAUSE_LOAD_PAGE);
    rig_clock(&r);
    assert_int_equal(TW_GET(rig_read(&r, REG_FAULT_INFO), FAULT_INFO, CHECK), CHECK_RETRIES);
    assert_int_equal(rig_read(&r, REG_COUNT_RETRIES), SWAP_TRIES - 1 + SWAP_TRIES);
    rig_close(&r);
}

static void bus_error_of_the_read_or_the_swap_is_an_access_fault(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 2);
    const uint64_t pte_addr = rig_map(&r, 0x1000, 0, pages_pte(frame, F_V | F_R | F_W | F_A));
    assert_int_equal(tw_memory_add_read_only(r.memory, pte_addr, pte_addr + 7), TW_OK);
    tw_answer answer = rig_translate(&r, TW_DATA, OP_STORE, 0x1000);
    assert_int_equal(answer.fault, CAUSE_STORE_ACCESS);
    assert_int_equal(answer.latency, 2 + 4 * 3);
    /* Nothing was filled; but the walk begins at the last table. */
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0x1000).latency, 2 + 3);

    rig_fence(&r, TW_FENCE_ALL, 0, 0);
    assert_int_equal(tw_memory_add_bus_error(r.memory, pte_addr, pte_addr + 7), TW_OK);
    answer = rig_translate(&r, TW_FETCH, OP_FETCH, 0x1000);
    assert_int_equal(answer.fault, CAUSE_FETCH_ACCESS);
    assert_int_equal(rig_read(&r, REG_FAULT_CAUSE), CAUSE_STORE_ACCESS);
    assert_int_equal(TW_GET(rig_read(&r, REG_FAULT_INFO), FAULT_INFO, CHECK), CHECK_SWAP);
    rig_write(&r, REG_FAULT_POP, 0);
    assert_int_equal(rig_read(&r, REG_FAULT_CAUSE), CAUSE_FETCH_ACCESS);
    assert_int_equal(TW_GET(rig_read(&r, REG_FAULT_INFO), FAULT_INFO, CHECK), CHECK_READ);
    assert_int_equal(rig_read(&r, REG_FAULT_PTE), pte_addr);
    assert_int_equal(rig_read(&r, REG_FAULT_ASID), 1);
    rig_close(&r);
}

static void global_bit_of_a_pointer_makes_the_page_global(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    const uint64_t table = pages_table(&r.tables);
    const uint64_t other_root = pages_table(&r.tables); /* empty */
    rig_map(&r, 0x1000, 1, pages_pte(table, F_V | F_G));
    pages_write(&r.tables, pte_address(MODE_SV39, table, 0x1000, 0), pages_pte(frame, F_PAGE));
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);
    rig_write(&r, REG_SATP,
              TW_PUT(SATP, MODE, MODE_SV39) | TW_PUT(SATP, ASID, 2) |
                  TW_PUT(SATP, PPN, other_root));
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0x1000).latency, 1);
    rig_fence(&r, TW_FENCE_ASID, 0, 1);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0x1000).latency, 1);
    rig_fence(&r, TW_FENCE_VA, 0x1000, 0);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0x1000).fault, CAUSE_LOAD_PAGE);
    rig_close(&r);
}

static void reset_in_mid_walk_leaves_nothing_behind(void **state)
{
    for (unsigned at = 0; at < 12; at++) {
        rig r = rig_open(state, "default", MODE_SV39, 2), fresh = r;
        const tw_in reset = {0}, quiet = {.rst_n = 1};
        fresh.engine = (*(rig_engine *)*state)(tw_config_named("default"));
        assert_non_null(fresh.engine);
        rig_map(&r, 0x1000, 0, pages_pte(frame, F_V | F_R));
        rig_data(&r, 1, OP_LOAD, 0x1000);
        for (unsigned t = 0; t < at; t++)
            rig_clock(&r);
        tw_clock(r.engine, &reset);
        tw_clock(fresh.engine, &reset);
        for (unsigned t = 0; t < 20; t++) {
            tw_out got = {0}, want = {0};
            tw_outputs(r.engine, &got);
            tw_outputs(fresh.engine, &want);
            assert_true(tw_out_equal(&got, &want));
            tw_clock(r.engine, &quiet);
            tw_clock(fresh.engine, &quiet);
        }
        tw_engine_close(fresh.engine);
        rig_close(&r);
    }
}

static void states_have_names(void **state)
{
    (void)state;
    assert_string_equal(tw_walk_state_name(WALK_IDLE), "IDLE");
    assert_string_equal(tw_walk_state_name(WALK_SWAP_WAIT), "SWAP_WAIT");
    assert_string_equal(tw_walk_state_name(WALK_PREFETCH | WALK_READ), "PREFETCH_READ");
    assert_string_equal(tw_walk_state_name(WALK_PREFETCH | WALK_SWAP_WAIT), "PREFETCH_SWAP_WAIT");
    static const unsigned none[] = {5, 7, WALK_PREFETCH | WALK_IDLE, 15, 16};
    for (unsigned i = 0; i < sizeof none / sizeof *none; i++)
        assert_string_equal(tw_walk_state_name(none[i]), "?");
}

static rig_engine model = tw_model_open;

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(states_follow_the_diagram, model),
        RIG_TEST(request_holds_until_the_memory_is_ready, model),
        RIG_TEST(answers_unasked_for_or_with_another_id_are_ignored, model),
        RIG_TEST(fence_in_any_cycle_of_a_walk_sends_it_back_to_the_root, model),
        RIG_TEST(fence_is_busy_while_an_access_from_before_it_is_under_way, model),
        RIG_TEST(failed_compare_starts_again_from_the_root, model),
        RIG_TEST(walk_gives_up_after_swap_tries_failed_compares, model),
        RIG_TEST(bus_error_of_the_read_or_the_swap_is_an_access_fault, model),
        RIG_TEST(global_bit_of_a_pointer_makes_the_page_global, model),
        RIG_TEST(reset_in_mid_walk_leaves_nothing_behind, model),
        cmocka_unit_test(states_have_names),
    };
    return cmocka_run_group_tests_name("model_cycle_walker", tests, NULL, NULL);
}

/* test_walker_hashed_changes.c: hashed chains that change under walks, fences in them, address
 * spaces and registers, seen from the pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tablewalk/states.h"
#include "tests/support/chains.h"

enum { ID = 5, FIRST = 0x30, OTHER = 0x31, UNTOUCHED = F_V | F_RWX };

static const uint64_t va = 0x87654328;

static uint64_t pa_of(uint64_t frame)
{
    return frame << PAGE_SHIFT | 0x328;
}

static uint64_t hash_table(uint64_t ppn)
{
    return TW_PUT(HASH_TABLE, PPN, ppn) | TW_PUT(HASH_TABLE, LAST, LAST);
}

/* ---- A and D --------------------------------------------------------------------------------- */

static void accessed_and_dirty_are_swapped_in_the_whole_word(void **state)
{
    for (unsigned store = 0; store < 2; store++) {
        rig r = chains_open(state, "default", 2);
        const tw_out *out = tw_machine_out(r.machine);
        const uint64_t touched = store ? F_A | F_D : F_A;
        chains_link(&r, va, FIRST, 2, UNTOUCHED);
        const uint64_t word = hashed_word(CHAIN_ASID, hashed_vpn(va), 0xfffff, UNTOUCHED | F_E);
        rig_data(&r, ID, store ? OP_STORE : OP_LOAD, va);
        for (unsigned t = 0; t < 2 + 4 * 3; t++) {
            assert_int_equal(out->mem_req_valid && out->mem_req_op, t == 11);
            assert_int_equal(out->mem_req_expected, t == 11 ? word : 0);
            assert_int_equal(out->mem_req_desired, t == 11 ? word | touched : 0);
            if (t == 11) {
                assert_int_equal(out->mem_req_addr, entry_at(FIRST + 1));
                assert_int_equal(out->mem_req_size, 1);
            }
            rig_clock(&r);
        }
        rig_expect_data(&r, ID, pa_of(FIRST + 1));
        assert_int_equal(out->data_resp_size, 12);
        assert_int_equal(pages_read(&r.tables, entry_at(FIRST + 1)), word | touched);
        assert_int_equal(rig_read(&r, REG_COUNT_SWAPS), 1);
        assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va).latency, 1);
        assert_int_equal(rig_translate(&r, TW_DATA, OP_STORE, va).latency, store ? 1 : 2 + 4 * 3);
        rig_close(&r);
    }
}

static unsigned load_racing(rig *r, uint64_t entry, unsigned races, tw_out *answer)
{
    return rig_load_racing(r, va, entry, UINT64_C(1) << HASHED_NEXT, races, answer);
}

static void failed_compare_goes_back_to_the_anchor(void **state)
{
    rig r = chains_open(state, "default", 2);
    tw_out answer = {0};
    chains_link(&r, va, FIRST, 2, UNTOUCHED);
    assert_int_equal(load_racing(&r, entry_at(FIRST + 1), 1, &answer), 2 + 2 * 4 * 3);
    assert_int_equal(answer.data_resp_pa, pa_of(FIRST + 1));
    assert_int_equal(rig_read(&r, REG_COUNT_READS), 2 * 3);
    assert_int_equal(rig_read(&r, REG_COUNT_PROBES), 2 * 2);
    assert_int_equal(rig_read(&r, REG_COUNT_CHAIN_2), 1);
    assert_int_equal(rig_read(&r, REG_COUNT_CHAIN_4), 0); /* the second try counts from 0 */
    assert_int_equal(rig_read(&r, REG_COUNT_RETRIES), 1);
    assert_int_equal(rig_read(&r, REG_COUNT_SWAPS), 1);
    rig_close(&r);
}

static void walk_gives_up_after_swap_tries_failed_compares(void **state)
{
    for (unsigned races = SWAP_TRIES - 1; races <= SWAP_TRIES; races++) {
        rig r = chains_open(state, "default", 2);
        tw_out answer = {0};
        chains_link(&r, va, FIRST, 2, UNTOUCHED);
        assert_int_equal(load_racing(&r, entry_at(FIRST + 1), races, &answer),
                         2 + SWAP_TRIES * 4 * 3);
        const bool fails = races == SWAP_TRIES;
        assert_int_equal(answer.data_resp_fault, fails ? CAUSE_LOAD_PAGE : CAUSE_NONE);
        rig_clock(&r);
        const uint64_t info = rig_read(&r, REG_FAULT_INFO);
        assert_int_equal(TW_GET(info, FAULT_INFO, CHECK), fails ? CHECK_RETRIES : CHECK_NONE);
        assert_int_equal(rig_read(&r, REG_FAULT_PTE), fails ? entry_at(FIRST + 1) : 0);
        rig_close(&r);
    }
}

static void swap_that_the_bus_refuses_is_an_access_fault(void **state)
{
    rig r = chains_open(state, "default", 2);
    const uint64_t at = entry_at(FIRST + 1);
    chains_link(&r, va, FIRST, 2, UNTOUCHED);
    assert_int_equal(tw_memory_add_read_only(r.memory, at, at + 7), TW_OK);
    const tw_answer answer = rig_translate(&r, TW_DATA, OP_STORE, va);
    assert_int_equal(answer.fault, CAUSE_STORE_ACCESS);
    assert_int_equal(answer.latency, 2 + 4 * 3);
    assert_int_equal(TW_GET(rig_read(&r, REG_FAULT_INFO), FAULT_INFO, CHECK), CHECK_SWAP);
    assert_int_equal(rig_read(&r, REG_FAULT_PTE), at);
    assert_int_equal(rig_read(&r, REG_COUNT_CHAIN_2), 1);
    rig_close(&r);
}

/* ---- fences ---------------------------------------------------------------------------------- */

/* The page moves from the second entry of its chain to the only one of another, and a fence is
 * written `at` cycles after the request; the fence acts in the next cycle. Undisturbed, the walk
 * starts in cycle 1, reads in cycles 2, 5 and 8, swaps in cycle 11, and has its answers from memory
 * two cycles later each. As moved the page is touched already: two reads. */
static void check_fence(void **state, unsigned at)
{
    rig r = chains_open(state, "default", 2);
    const unsigned fence = at + 1, dropped = (fence + 1) / 3 * 3 + 1;
    const bool no_start = fence == 1, restarts = fence > 1 && fence <= 13;
    const unsigned answered = no_start ? 2 + 2 + 2 * 3 : restarts ? dropped + 1 + 2 * 3 : 14;
    unsigned answers = 0;
    chains_link(&r, va, FIRST, 2, UNTOUCHED);
    for (unsigned t = 0; t < 60; t++) {
        const tw_out *out = tw_machine_out(r.machine);
        if (t == 0)
            rig_data(&r, ID, OP_LOAD, va);
        if (t == at) {
            chains_link(&r, va, FIRST, 2, 0);
            chains_link(&r, va, 0x40, 1, F_PAGE);
            rig_write_pins(&r, REG_FENCE, 0);
        }
        if (out->data_resp_valid) {
            answers++;
            assert_int_equal(t, answered);
            assert_int_equal(out->data_resp_pa, pa_of(no_start || restarts ? 0x40 : FIRST + 1));
        }
        rig_clock(&r);
    }
    assert_int_equal(answers, 1);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va).pa, pa_of(0x40));
    assert_int_equal(rig_read(&r, REG_COUNT_RESTARTS), restarts);
    rig_close(&r);
}

static void fence_in_any_cycle_of_a_walk_sends_it_back_to_the_anchor(void **state)
{
    for (unsigned at = 0; at < 18; at++)
        check_fence(state, at);
}

static void fences_drop_pages_of_chains_and_e_makes_none_global(void **state)
{
    rig r = chains_open(state, "default", 3);
    for (unsigned page = 0; page < 2; page++) {
        chains_link(&r, page << PAGE_SHIFT, FIRST + page, 1, F_PAGE);
        rig_translate(&r, TW_FETCH, OP_FETCH, page << PAGE_SHIFT);
        assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, page << PAGE_SHIFT).latency, 2);
    }
    rig_fence(&r, TW_FENCE_VA, 0x1000, 0);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0).latency, 1);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0x1000).latency, 2 + 2 * 4);
    rig_fence(&r, TW_FENCE_ASID, 0, CHAIN_ASID + 1);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0).latency, 1);
    rig_fence(&r, TW_FENCE_ASID, 0, CHAIN_ASID);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0).latency, 2 + 2 * 4);
    rig_close(&r);
}

/* ---- spaces, registers, and what there is not ------------------------------------------------ */

static void spaces_have_pages_of_their_own_in_one_table(void **state)
{
    rig r = chains_open(state, "default", 1);
    const uint64_t satp = rig_read(&r, REG_SATP);
    const unsigned vpn = hashed_vpn(va);
    /* One anchor, so that both spaces' pages share a chain. */
    rig_write(&r, REG_HASH_ANCHORS, TW_PUT(HASH_ANCHORS, PPN, ANCHORS));
    pages_write(&r.tables, hashed_address(ANCHORS, 0), hashed_word(0, 0, FIRST, F_V));
    pages_write(&r.tables, entry_at(FIRST), hashed_word(CHAIN_ASID, vpn, OTHER, UNTOUCHED));
    pages_write(&r.tables, entry_at(OTHER), hashed_word(0x8001, vpn, 0, UNTOUCHED | F_E));
    for (unsigned turn = 0; turn < 3; turn++) {
        rig_write(&r, REG_SATP, satp);
        assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va).pa, pa_of(FIRST));
        rig_write(&r, REG_SATP, TW_PUT(SATP, MODE, MODE_HASHED) | TW_PUT(SATP, ASID, 0x8001));
        const tw_answer answer = rig_translate(&r, TW_DATA, OP_LOAD, va);
        assert_int_equal(answer.pa, pa_of(OTHER));
        assert_int_equal(answer.latency, turn == 0 ? 2 + 4 * 2 : 1); /* each is kept */
    }
    rig_close(&r);
}

/* The write waits for a walk that is under way, which ends under the old value; then what is taken
 * goes by the new one. */
static void check_write_waits(void **state, unsigned offset, uint64_t value, uint64_t new_pa)
{
    rig r = chains_open(state, "default", 4);
    const tw_out *out = tw_machine_out(r.machine);
    chains_link(&r, va, FIRST, 2, F_PAGE);
    const uint64_t word = hashed_word(CHAIN_ASID, hashed_vpn(va), 0, F_PAGE);
    pages_write(&r.tables, hashed_address(TABLE + 0x100, FIRST), word);
    pages_write(&r.tables, hashed_address(ANCHORS + 0x100, 0), hashed_word(0, 0, OTHER + 1, F_V));
    chains_entry(&r, OTHER + 1, va, 0, F_PAGE);
    rig_data(&r, ID, OP_LOAD, va); /* t; answered in t+17 */
    rig_write_waits(&r, offset, value, 17);
    rig_expect_data(&r, ID, pa_of(FIRST + 1));
    rig_clock(&r);
    assert_int_equal(out->reg_resp_valid, 1);
    assert_int_equal(out->data_req_ready, 1);
    rig_clock(&r);
    rig_fence(&r, TW_FENCE_ALL, 0, 0);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va).pa, new_pa);
    rig_close(&r);
}

static void writes_wait_for_walks_under_the_old_tables(void **state)
{
    check_write_waits(state, REG_SATP, 0, va);
    check_write_waits(state, REG_HASH_TABLE, hash_table(TABLE + 0x100), pa_of(FIRST));
    check_write_waits(state, REG_HASH_ANCHORS, TW_PUT(HASH_ANCHORS, PPN, ANCHORS + 0x100),
                      pa_of(OTHER + 1));
}

static void walkers_go_along_chains_of_their_own(void **state)
{
    rig r = chains_open(state, "default", 6);
    const tw_out *out = tw_machine_out(r.machine);
    chains_link(&r, 0x1000, 0x40, 3, F_PAGE);
    chains_link(&r, 0x2000, 0x50, 4, F_PAGE);
    rig_fetch(&r, 1, 0x1000);
    rig_data(&r, 2, OP_LOAD, 0x2000); /* starts a cycle later, and reads one word more */
    for (unsigned t = 0; t <= 3 + 5 * 7; t++) {
        assert_int_equal(out->fetch_resp_valid, t == 2 + 4 * 7);
        assert_int_equal(out->data_resp_valid, t == 3 + 5 * 7);
        if (out->fetch_resp_valid)
            assert_int_equal(out->fetch_resp_pa, 0x42000);
        if (out->data_resp_valid)
            rig_expect_data(&r, 2, 0x53000);
        rig_clock(&r);
    }
    assert_int_equal(rig_read(&r, REG_COUNT_PROBES), 3 + 4);
    assert_int_equal(rig_read(&r, REG_COUNT_CHAIN_4), 2);
    rig_close(&r);
}

static void nothing_is_cached_of_the_way_and_nothing_is_fetched_ahead(void **state)
{
    rig r = chains_open(state, "prefetch", 1);
    rig_write(&r, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, PREFETCH, 1));
    for (uint64_t page = 0; page < 20; page++) {
        chains_link(&r, page << PAGE_SHIFT, FIRST + (unsigned)page * 2, 2, F_PAGE);
        assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, page << PAGE_SHIFT).latency,
                         2 + 3 * 2);
    }
    rig_expect_walks_from_the_root(&r, 20);
    rig_close(&r);
}

static void pages_of_trees_in_the_same_space_are_others(void **state)
{
    rig r = chains_open(state, "default", 1);
    const uint64_t satp = rig_read(&r, REG_SATP);
    page_tables tree = pages_in(r.memory, MODE_SV32);
    tree.next = 0x40000;
    const uint64_t root = pages_table(&tree);
    pages_map(&tree, root, va, 0, pages_pte(0x77, F_PAGE));
    chains_link(&r, va, FIRST, 1, F_PAGE);
    for (unsigned turn = 0; turn < 2; turn++) {
        rig_write(&r, REG_SATP,
                  TW_PUT(SATP, MODE, MODE_SV32) | TW_PUT(SATP, ASID, CHAIN_ASID) | root);
        assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va).pa, pa_of(0x77));
        rig_write(&r, REG_SATP, satp);
        assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va).pa, pa_of(FIRST));
    }
    rig_close(&r);
}

static rig_engine model = tw_model_open;

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(accessed_and_dirty_are_swapped_in_the_whole_word, model),
        RIG_TEST(failed_compare_goes_back_to_the_anchor, model),
        RIG_TEST(walk_gives_up_after_swap_tries_failed_compares, model),
        RIG_TEST(swap_that_the_bus_refuses_is_an_access_fault, model),
        RIG_TEST(fence_in_any_cycle_of_a_walk_sends_it_back_to_the_anchor, model),
        RIG_TEST(fences_drop_pages_of_chains_and_e_makes_none_global, model),
        RIG_TEST(spaces_have_pages_of_their_own_in_one_table, model),
        RIG_TEST(writes_wait_for_walks_under_the_old_tables, model),
        RIG_TEST(walkers_go_along_chains_of_their_own, model),
        RIG_TEST(nothing_is_cached_of_the_way_and_nothing_is_fetched_ahead, model),
        RIG_TEST(pages_of_trees_in_the_same_space_are_others, model),
    };
    return cmocka_run_group_tests_name("model_cycle_walker_hashed_changes", tests, NULL, NULL);
}

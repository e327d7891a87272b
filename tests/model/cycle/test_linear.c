/* test_linear.c: the linear table (rule 17), seen from the pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tests/support/rig.h"

static const uint64_t frame = 0x300;

/* Translates a load and fails unless it costs one read at `pte_addr`, of four bytes, and gives
 * `pa` after a walk of one level. */
static void expect_one_read(rig *r, uint64_t va, uint64_t pte_addr, uint64_t pa, unsigned latency)
{
    const tw_out *out = tw_machine_out(r->machine);
    unsigned reads = 0, cycles = 0;
    rig_data(r, 1, OP_LOAD, va);
    do {
        if (out->mem_req_valid) {
            reads++;
            assert_int_equal(out->mem_req_op, 0);
            assert_int_equal(out->mem_req_size, 0);
            assert_int_equal(out->mem_req_addr, pte_addr);
        }
        rig_clock(r);
        cycles++;
    } while (!out->data_resp_valid && cycles < 100);
    rig_expect_data(r, 1, pa);
    assert_int_equal(out->data_resp_size, 12);
    assert_int_equal(reads, 1);
    assert_int_equal(cycles, 2 + latency + 1);
}

static void walk_is_one_read_wherever_in_the_long_table_the_pte_stands(void **state)
{
    static const uint64_t pages[] = {0, 1, 0x3ff, 0x400, 0x401, 0x7ffff, 0x80000, 0xfffff};
    for (unsigned latency = 1; latency <= 7; latency += 3) {
        rig r = rig_open(state, "default", MODE_LINEAR, latency);
        assert_int_equal(satp_mode(rig_read(&r, REG_SATP)), MODE_LINEAR);
        for (unsigned i = 0; i < sizeof pages / sizeof *pages; i++) {
            const uint64_t va = pages[i] << PAGE_SHIFT | 0x328;
            const uint64_t pte_addr = (r.root << PAGE_SHIFT) + 4 * pages[i];
            assert_int_equal(rig_map(&r, va, 0, pages_pte(frame + i, F_PAGE)), pte_addr);
            expect_one_read(&r, va, pte_addr, (frame + i) << PAGE_SHIFT | 0x328, latency);
            assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va).latency, 1);
        }
        rig_close(&r);
    }
}

static void table_goes_on_at_0_beyond_the_last_physical_address(void **state)
{
    rig r = rig_open(state, "default", MODE_LINEAR, 2);
    const uint64_t last = (UINT64_C(1) << PTE_PPN_BITS) - 1; /* page number */
    rig_write(&r, REG_SATP, TW_PUT(SATP, MODE, MODE_LINEAR) | TW_PUT(SATP, PPN, last));
    pages_write(&r.tables, (last << PAGE_SHIFT) + 0xffc, pages_pte(frame, F_PAGE));
    pages_write(&r.tables, 0, pages_pte(frame + 1, F_PAGE));
    pages_write(&r.tables, 0x1004, pages_pte(frame + 2, F_PAGE));
    expect_one_read(&r, 0x3ff000, (last << PAGE_SHIFT) + 0xffc, frame << PAGE_SHIFT, 2);
    expect_one_read(&r, 0x400000, 0, (frame + 1) << PAGE_SHIFT, 2);
    expect_one_read(&r, 0x801000, 0x1004, (frame + 2) << PAGE_SHIFT, 2);
    rig_close(&r);
}

static void frames_have_all_22_bits(void **state)
{
    rig r = rig_open(state, "default", MODE_LINEAR, 1);
    rig_map(&r, 0xfffff000, 0, pages_pte(0x3fffff, F_PAGE));
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0xffffffff).pa, UINT64_C(0x3ffffffff));
    rig_close(&r);
}

/* Loads from `va`, which faults after so many reads; the record says why. */
static void expect_fault(rig *r, uint64_t va, tw_check check, uint64_t pte_addr, unsigned reads)
{
    const uint64_t before = rig_read(r, REG_COUNT_READS);
    assert_int_equal(rig_translate(r, TW_DATA, OP_LOAD, va).fault, CAUSE_LOAD_PAGE);
    assert_int_equal(rig_read(r, REG_COUNT_READS), before + reads);
    const uint64_t info = rig_read(r, REG_FAULT_INFO);
    assert_int_equal(TW_GET(info, FAULT_INFO, CHECK), check);
    assert_int_equal(TW_GET(info, FAULT_INFO, LEVEL), 0);
    assert_int_equal(rig_read(r, REG_FAULT_VA), va);
    assert_int_equal(rig_read(r, REG_FAULT_PTE), pte_addr);
    rig_write(r, REG_FAULT_POP, 0);
}

static void pointer_is_a_fault_as_there_is_no_level_below(void **state)
{
    rig r = rig_open(state, "default", MODE_LINEAR, 1);
    const uint64_t va = 0x12345678;
    const uint64_t pte_addr = rig_map(&r, va, 0, pages_pte(frame, F_V));
    expect_fault(&r, va, CHECK_POINTER, pte_addr, 1);
    rig_map(&r, va, 0, pages_pte(frame, F_PAGE & ~F_V));
    expect_fault(&r, va, CHECK_VALID, pte_addr, 1);
    rig_map(&r, va, 0, pages_pte(frame, F_PAGE | F_U));
    expect_fault(&r, va, CHECK_USER, pte_addr, 1);
    rig_map(&r, va, 0, pages_pte(frame, F_PAGE)); /* nothing of the faults was kept */
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va).pa, frame << PAGE_SHIFT | 0x678);
    rig_close(&r);
}

static void address_is_32_bits_zero_extended(void **state)
{
    rig r = rig_open(state, "default", MODE_LINEAR, 1);
    rig_map(&r, 0x80000000, 0, pages_pte(frame, F_PAGE));
    expect_fault(&r, UINT64_C(0x180000000), CHECK_CANONICAL, 0, 0);
    expect_fault(&r, UINT64_C(0xffffffff80000000), CHECK_CANONICAL, 0, 0);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0x80000000).pa, frame << PAGE_SHIFT);
    rig_close(&r);
}

static void accessed_and_dirty_are_swapped_in_four_bytes(void **state)
{
    for (unsigned odd = 0; odd < 2; odd++) {
        rig r = rig_open(state, "default", MODE_LINEAR, 2);
        const tw_out *out = tw_machine_out(r.machine);
        const uint64_t va = UINT64_C(0x400000) + (odd << PAGE_SHIFT);
        const uint64_t beside = va ^ 1 << PAGE_SHIFT;
        const uint64_t pte = pages_pte(0x3fffff, F_V | F_RWX);
        const uint64_t pte_addr = rig_map(&r, va, 0, pte);
        const uint64_t beside_addr = rig_map(&r, beside, 0, 0xffffffff);
        unsigned swaps = 0;
        rig_data(&r, 1, OP_STORE, va);
        for (unsigned cycle = 0; cycle < 2 + 2 * 3; cycle++) {
            if (out->mem_req_valid && out->mem_req_op) {
                swaps++;
                assert_int_equal(out->mem_req_size, 0);
                assert_int_equal(out->mem_req_addr, pte_addr);
                assert_int_equal(out->mem_req_expected, pte);
                assert_int_equal(out->mem_req_desired, pte | F_A | F_D);
            }
            rig_clock(&r);
        }
        rig_expect_data(&r, 1, UINT64_C(0x3fffff000));
        assert_int_equal(swaps, 1);
        assert_int_equal(pages_read(&r.tables, pte_addr), pte | F_A | F_D);
        assert_int_equal(pages_read(&r.tables, beside_addr), 0xffffffff);
        rig_close(&r);
    }
}

static void second_level_keeps_its_pages_and_fences_drop_them(void **state)
{
    rig r = rig_open(state, "default", MODE_LINEAR, 3);
    for (uint64_t page = 0; page < 2; page++) {
        rig_map(&r, page << 31, 0, pages_pte(frame + page, F_PAGE));
        rig_translate(&r, TW_FETCH, OP_FETCH, page << 31);
        assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, page << 31).latency, 2);
    }
    rig_fence(&r, TW_FENCE_VA, UINT64_C(1) << 31, 0);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0).latency, 1);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, UINT64_C(1) << 31).latency, 2 + 4);
    rig_fence(&r, TW_FENCE_ASID, 0, 2); /* another space */
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0).latency, 1);
    rig_fence(&r, TW_FENCE_ASID, 0, 1);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0).latency, 2 + 4);
    rig_fence(&r, TW_FENCE_ALL, 0, 0);
    assert_int_equal(rig_translate(&r, TW_FETCH, OP_FETCH, 0).latency, 2 + 4);
    rig_close(&r);
}

static void fence_in_a_walk_reads_the_pte_again(void **state)
{
    rig r = rig_open(state, "default", MODE_LINEAR, 9);
    rig_map(&r, 0x400000, 0, pages_pte(frame, F_PAGE));
    rig_data(&r, 1, OP_LOAD, 0x400000); /* t; the read is taken in t+2, answered in t+11 */
    rig_clock(&r);
    rig_clock(&r);
    rig_clock(&r);
    rig_map(&r, 0x400000, 0, pages_pte(frame + 1, F_PAGE));
    rig_fence(&r, TW_FENCE_ALL, 0, 0);
    while (!tw_machine_out(r.machine)->data_resp_valid)
        rig_clock(&r);
    rig_expect_data(&r, 1, (frame + 1) << PAGE_SHIFT);
    assert_int_equal(rig_read(&r, REG_COUNT_READS), 2);
    assert_int_equal(rig_read(&r, REG_COUNT_RESTARTS), 1);
    rig_close(&r);
}

static void pages_of_sv32_in_the_same_space_are_others(void **state)
{
    rig r = rig_open(state, "default", MODE_LINEAR, 1);
    const uint64_t satp = rig_read(&r, REG_SATP), va = 0x400000;
    page_tables tree = pages_in(r.memory, MODE_SV32);
    tree.next = 0x20000;
    const uint64_t root = pages_table(&tree);
    rig_map(&r, va, 0, pages_pte(frame, F_PAGE));
    pages_map(&tree, root, va, 0, pages_pte(frame + 1, F_PAGE));
    for (unsigned turn = 0; turn < 2; turn++) {
        rig_write(&r, REG_SATP, satp);
        assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va).pa, frame << PAGE_SHIFT);
        rig_write(&r, REG_SATP,
                  TW_PUT(SATP, MODE, MODE_SV32) | TW_PUT(SATP, ASID, 1) | TW_PUT(SATP, PPN, root));
        assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va).pa, (frame + 1) << PAGE_SHIFT);
    }
    rig_close(&r);
}

static void nothing_is_cached_of_the_way_and_nothing_is_fetched_ahead(void **state)
{
    rig r = rig_open(state, "prefetch", MODE_LINEAR, 1);
    rig_write(&r, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, PREFETCH, 1));
    for (uint64_t page = 0; page < 20; page++) {
        rig_map(&r, page << PAGE_SHIFT, 0, pages_pte(frame + page, F_PAGE));
        assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, page << PAGE_SHIFT).latency, 2 + 2);
    }
    rig_expect_walks_from_the_root(&r, 20);
    rig_close(&r);
}

static rig_engine model = tw_model_open;

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(walk_is_one_read_wherever_in_the_long_table_the_pte_stands, model),
        RIG_TEST(table_goes_on_at_0_beyond_the_last_physical_address, model),
        RIG_TEST(frames_have_all_22_bits, model),
        RIG_TEST(pointer_is_a_fault_as_there_is_no_level_below, model),
        RIG_TEST(address_is_32_bits_zero_extended, model),
        RIG_TEST(accessed_and_dirty_are_swapped_in_four_bytes, model),
        RIG_TEST(second_level_keeps_its_pages_and_fences_drop_them, model),
        RIG_TEST(fence_in_a_walk_reads_the_pte_again, model),
        RIG_TEST(pages_of_sv32_in_the_same_space_are_others, model),
        RIG_TEST(nothing_is_cached_of_the_way_and_nothing_is_fetched_ahead, model),
    };
    return cmocka_run_group_tests_name("model_cycle_linear", tests, NULL, NULL);
}

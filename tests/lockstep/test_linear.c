/*
 * The linear page table (rule 17): one table of 2^20 PTEs of 4 bytes. Timing, faults, fences, races,
 * address spaces and the second level are swept for it as for every mode by the other files.
 */
#include "tests/support/every_mode.h"

#define LINEAR_TEST(name)                          \
    static void name##_in(fixture *f);             \
    static void name(void **state)                 \
    {                                              \
        (void)state;                               \
        if (!has_linear())                         \
            skip();                                \
        fixture *f = fixture_open(MODE_LINEAR, 2); \
        name##_in(f);                              \
        fixture_close(f);                          \
    }                                              \
    static void name##_in(fixture *f)

static const uint64_t PAGE_NUMBERS[] = {0,       1,       0x3ff,   0x400,   0x401,
                                        0x7ffff, 0x80000, 0xffc00, 0xffffe, 0xfffff};
enum { N_NUMBERS = sizeof PAGE_NUMBERS / sizeof *PAGE_NUMBERS, FRAME = 0x2abcd7 };

static const uint64_t LAST_ADDRESS = (UINT64_C(1) << TW_PA_BITS) - 1;

/* The walk for this page is one read of 4 bytes at this address, and nothing else. */
static void expect_one_read(fixture *f, uint64_t number, uint64_t address, unsigned m)
{
    uint64_t va = number << PAGE_SHIFT | 0x328;
    pages_write(&f->pages, address, pages_pte(FRAME, F_PAGE));
    fixture_forget(f);
    unsigned id = fixture_ask(f, TW_DATA, load(va));
    fixture_await_read(f, address);
    assert_int_equal(f->out.mem_req_size, 0);
    tw_answer answer = fixture_await(f, TW_DATA, id);
    expect_pa(answer, (uint64_t)FRAME << PAGE_SHIFT | 0x328);
    assert_int_equal(answer.latency, 2 + m + 1);
    assert_int_equal(answer.size, PAGE_SHIFT);
    assert_int_equal(f->accesses, 1);
    pages_write(&f->pages, address, 0);
}

/* ---- where PTEs stand ---- */

LINEAR_TEST(a_miss_reads_one_pte_at_root_and_four_times_the_page_number)
{
    const unsigned latencies[] = {1, 2, 7, 20};
    for (unsigned l = 0; l < 4; l++)
        for (unsigned n = 0; n < N_NUMBERS; n++) {
            tw_memory_set_latency(f->memory, latencies[l], latencies[l], 0);
            fixture_fence(f, TW_FENCE_ALL, 0, 0);
            expect_one_read(f, PAGE_NUMBERS[n], (f->root << PAGE_SHIFT) + 4 * PAGE_NUMBERS[n],
                            latencies[l]);
        }
}

/* Roots whose sum with the index carries into each bit above, up to the top of the space. */
LINEAR_TEST(the_table_begins_at_any_page)
{
    for (unsigned bits = 0; bits < PTE_PPN_BITS; bits++) {
        uint64_t root = (UINT64_C(1) << bits) - 1;
        fixture_enter(f, root, FIXTURE_ASID);
        for (unsigned n = 0; n < N_NUMBERS; n++) {
            fixture_fence(f, TW_FENCE_ALL, 0, 0);
            expect_one_read(f, PAGE_NUMBERS[n], (root << PAGE_SHIFT) + 4 * PAGE_NUMBERS[n], 2);
        }
    }
}

LINEAR_TEST(a_table_at_the_end_of_memory_goes_on_at_0)
{
    const uint64_t pages_left[] = {1, 2, 512, 1023, 1024};
    for (unsigned i = 0; i < sizeof pages_left / sizeof *pages_left; i++) {
        uint64_t root = (UINT64_C(1) << PTE_PPN_BITS) - pages_left[i];
        fixture_enter(f, root, FIXTURE_ASID);
        for (unsigned n = 0; n < N_NUMBERS; n++) {
            uint64_t address = (root << PAGE_SHIFT) + 4 * PAGE_NUMBERS[n];
            fixture_fence(f, TW_FENCE_ALL, 0, 0);
            expect_one_read(f, PAGE_NUMBERS[n], address & LAST_ADDRESS, 2);
        }
    }
}

/* Pages that differ in one bit of the number alone are two: in memory, in the TLBs, and to a
 * fence. */
LINEAR_TEST(every_bit_of_the_page_number_counts)
{
    uint64_t va = pages_va(MODE_LINEAR);
    map_nth(f, va, 0, F_PAGE);
    for (unsigned bit = 0; bit < 20; bit++) {
        uint64_t other = va ^ UINT64_C(1) << (PAGE_SHIFT + bit);
        map_nth(f, other, 1 + bit, F_PAGE);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        expect_reads(f, load(va), nth_pa(f, 0), 1);
        expect_reads(f, load(other), nth_pa(f, 1 + bit), 1);
        fixture_fence(f, TW_FENCE_VA, other, 0);
        expect_reads(f, load(va), nth_pa(f, 0), 0);
        expect_reads(f, load(other), nth_pa(f, 1 + bit), 1);
    }
}

/* ---- PTEs ---- */

LINEAR_TEST(every_frame_of_34_bits_can_be_named)
{
    uint64_t va = pages_va(MODE_LINEAR);
    for (unsigned bit = 0; bit < 22; bit++) {
        uint64_t frame = UINT64_C(1) << bit;
        fixture_map(f, va, 0, pages_pte(frame, F_PAGE | F_RSW));
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        expect_pa(fixture_translate(f, load(va)), frame << PAGE_SHIFT | (va & 0xfff));
    }
    fixture_map(f, va, 0, pages_pte(0x3fffff, F_PAGE));
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    expect_pa(fixture_translate(f, load(va)), UINT64_C(0x3fffff) << PAGE_SHIFT | (va & 0xfff));
}

/* Whatever it points to: here a table that maps the page. */
LINEAR_TEST(a_pointer_is_a_page_fault_and_followed_by_no_read)
{
    uint64_t va = pages_va(MODE_LINEAR), table = pages_table(&f->pages);
    pages_map(&f->pages, table, va, 0, pages_pte(FRAME, F_PAGE));
    const unsigned flags[] = {F_V, F_V | F_G, F_V | F_RSW, F_V | F_A, F_V | F_D, F_V | F_U};
    for (unsigned n = 0; n < sizeof flags / sizeof *flags; n++) {
        uint64_t leaf = fixture_map(f, va, 0, pages_pte(table, flags[n]));
        fixture_forget(f);
        expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_PAGE);
        fixture_idle(f, 8);
        assert_int_equal(f->accesses, 1);
        uint64_t info = fixture_read(f, REG_FAULT_INFO);
        assert_int_equal(TW_GET(info, FAULT_INFO, CHECK), CHECK_POINTER);
        assert_int_equal(TW_GET(info, FAULT_INFO, LEVEL), 0);
        assert_true(fixture_read(f, REG_FAULT_PTE) == leaf);
        fixture_write(f, REG_FAULT_POP, 0);
    }
}

/* The PTEs beside it are another's: what they hold does not matter, they may change while the swap
 * is under way, and they stay. */
LINEAR_TEST(an_update_of_a_or_d_leaves_the_neighbours_alone)
{
    const uint64_t junk = 0xdeadbeef;
    for (unsigned odd = 0; odd < 2; odd++)
        for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
            uint64_t va = pages_va(MODE_LINEAR) ^ (uint64_t)odd << PAGE_SHIFT;
            uint64_t leaf = fixture_map(f, va, 0, pages_pte(FRAME, F_V | F_RWX));
            pages_write(&f->pages, leaf - 4, junk);
            pages_write(&f->pages, leaf + 4, junk);
            fixture_fence(f, TW_FENCE_ALL, 0, 0);
            fixture_forget(f);
            unsigned id = fixture_ask(f, port_of((tw_op)op), request_of((tw_op)op, va));
            fixture_await_read(f, leaf);
            pages_write(&f->pages, leaf - 4, ~junk & UINT32_MAX);
            pages_write(&f->pages, leaf + 4, ~junk & UINT32_MAX);
            while (!fixture_took(f, leaf, true))
                fixture_clock(f);
            assert_int_equal(f->out.mem_req_size, 0);
            expect_fault(fixture_await(f, port_of((tw_op)op), id), CAUSE_NONE);
            assert_int_equal(f->accesses, 2);
            assert_true(pages_read(&f->pages, leaf) ==
                        pte_touch(pages_pte(FRAME, F_V | F_RWX), (tw_op)op));
            assert_true(pages_read(&f->pages, leaf - 4) == (~junk & UINT32_MAX));
            assert_true(pages_read(&f->pages, leaf + 4) == (~junk & UINT32_MAX));
        }
    assert_int_equal(fixture_read(f, REG_COUNT_RETRIES), 0);
}

/* ---- addresses, and what there is not ---- */

LINEAR_TEST(an_address_of_more_than_32_bits_is_a_page_fault_without_a_read)
{
    uint64_t va = pages_va(MODE_LINEAR);
    map_page(f, F_PAGE);
    fixture_translate(f, load(va));
    fixture_forget(f);
    for (unsigned bit = 32; bit < 64; bit++) {
        tw_answer answer = fixture_translate(f, load(va ^ UINT64_C(1) << bit));
        expect_fault(answer, CAUSE_LOAD_PAGE);
        assert_int_equal(answer.latency, 1);
        assert_int_equal(TW_GET(fixture_read(f, REG_FAULT_INFO), FAULT_INFO, CHECK),
                         CHECK_CANONICAL);
        fixture_write(f, REG_FAULT_POP, 0);
    }
    expect_fault(fixture_translate(f, load(va | ~UINT64_C(0) << 32)), CAUSE_LOAD_PAGE);
    assert_int_equal(f->accesses, 0);
}

/* A table is no pointer's, so the walk cache learns nothing, and nothing is read ahead. */
LINEAR_TEST(a_walk_up_the_table_reads_each_pte_once_and_none_ahead)
{
    enum { PAGES = 24 };
    uint64_t va = pages_va(MODE_LINEAR);
    fixture_write(f, REG_CONTROL,
                  TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, PBMTE, 1) |
                      TW_PUT(CONTROL, PREFETCH, 1));
    for (unsigned n = 0; n <= PAGES; n++)
        map_nth(f, pages_va_plus(MODE_LINEAR, va, n), n, F_PAGE);
    fixture_forget(f);
    for (unsigned n = 0; n < PAGES; n++) {
        expect_pa(fixture_translate(f, load(pages_va_plus(MODE_LINEAR, va, n))), nth_pa(f, n));
        fixture_idle(f, 12);
        assert_int_equal(f->accesses, n + 1);
    }
    for (unsigned offset = REG_COUNT_WALK_CACHE_1; offset <= REG_COUNT_WALK_CACHE_4; offset += 8)
        assert_int_equal(fixture_read(f, offset), 0);
    assert_int_equal(fixture_read(f, REG_COUNT_PREFETCHES), 0);
    assert_int_equal(fixture_read(f, REG_COUNT_WALKS), PAGES);
}

/* What a table of the same format with pointers holds for the page is nothing to this mode. */
LINEAR_TEST(pages_of_sv32_and_of_a_linear_table_are_kept_apart)
{
    uint64_t va = pages_va(MODE_LINEAR), linear = f->root;
    map_nth(f, va, 0, F_PAGE);
    f->pages.mode = MODE_SV32;
    fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
    map_nth(f, va, 1, F_PAGE | F_G);
    uint64_t tree = f->root;
    for (unsigned round = 0; round < 3; round++) {
        f->pages.mode = MODE_LINEAR;
        fixture_enter(f, linear, FIXTURE_ASID);
        expect_reads(f, load(va), nth_pa(f, 0), round == 0);
        f->pages.mode = MODE_SV32;
        fixture_enter(f, tree, FIXTURE_ASID);
        expect_reads(f, load(va), nth_pa(f, 1), round == 0 ? 2 : 0);
    }
}

static void a_configuration_without_linear_mode_does_not_enter_it(void **state)
{
    (void)state;
    if (has_linear())
        skip();
    fixture *f = fixture_open(fixture_mode(0), 2);
    uint64_t satp = fixture_read(f, REG_SATP);
    fixture_write(f, REG_SATP,
                  TW_PUT(SATP, MODE, MODE_LINEAR) | TW_PUT(SATP, ASID, 5) | TW_PUT(SATP, PPN, 7));
    assert_true(fixture_read(f, REG_SATP) == satp);
    map_page(f, F_PAGE);
    expect_reads(f, load(pages_va(f->pages.mode)), page_pa(f), cold_reads(f, 0));
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_miss_reads_one_pte_at_root_and_four_times_the_page_number),
        cmocka_unit_test(the_table_begins_at_any_page),
        cmocka_unit_test(a_table_at_the_end_of_memory_goes_on_at_0),
        cmocka_unit_test(every_bit_of_the_page_number_counts),
        cmocka_unit_test(every_frame_of_34_bits_can_be_named),
        cmocka_unit_test(a_pointer_is_a_page_fault_and_followed_by_no_read),
        cmocka_unit_test(an_update_of_a_or_d_leaves_the_neighbours_alone),
        cmocka_unit_test(an_address_of_more_than_32_bits_is_a_page_fault_without_a_read),
        cmocka_unit_test(a_walk_up_the_table_reads_each_pte_once_and_none_ahead),
        cmocka_unit_test(pages_of_sv32_and_of_a_linear_table_are_kept_apart),
        cmocka_unit_test(a_configuration_without_linear_mode_does_not_enter_it),
    };
    return fixture_run("linear", tests);
}

/*
 * PTEs that give a prefetch nothing: nobody hears of it, nothing is changed or kept, and who asks
 * for the page in any cycle gets what a walk of its own finds.
 */
#include "tests/support/prefetch.h"

enum { M = 3, PREFETCHED = PREFETCH_READ + M }; /* the cycle after trigger in which it ends */

typedef struct bad_pte {
    const char *what;
    uint64_t bits;   /* beside the frame */
    unsigned cause;  /* of a load */
    bool wide, lost; /* not in Sv32; the read fails on the bus */
} bad_pte;

static const bad_pte BAD[] = {
    {"invalid", F_PAGE & ~F_V, CAUSE_LOAD_PAGE, false, false},
    {"writable and not readable", F_V | F_W | F_A | F_D, CAUSE_LOAD_PAGE, false, false},
    {"a pointer at level 0", F_V, CAUSE_LOAD_PAGE, false, false},
    {"a reserved bit", F_PAGE | UINT64_C(1) << PTE_RESERVED, CAUSE_LOAD_PAGE, true, false},
    {"a reserved memory type", F_PAGE | UINT64_C(3) << PTE_PBMT, CAUSE_LOAD_PAGE, true, false},
    {"a bad NAPOT size", F_PAGE | UINT64_C(1) << PTE_N, CAUSE_LOAD_PAGE, true, false},
    {"a bus error", F_PAGE, CAUSE_LOAD_ACCESS, false, true},
};

static uint64_t map_bad(fixture *f, const bad_pte *bad)
{
    uint64_t ahead = map_number(f, 1, F_PAGE);
    pages_write(&f->pages, ahead, pages_frame(f->pages.mode, 0) << PTE_PPN | bad->bits);
    if (bad->lost)
        assert_int_equal(tw_memory_add_bus_error(f->memory, ahead, ahead + 3), TW_OK);
    return ahead;
}

/* Page 1 is asked for `delay` cycles after page 0: it is first, or merges, or comes late. */
static void ask_for_bad(fixture *f, const bad_pte *bad, unsigned delay)
{
    uint64_t ahead = map_bad(f, bad), pte = pages_read(&f->pages, ahead);
    hold_page_0(f);
    uint64_t begin = trigger(f);
    clock_to(f, begin + delay);
    tw_answer answer = fixture_translate(f, load(nth_va(f, 1)));
    if (answer.fault != bad->cause)
        fail_msg("%s, %u cycles on: expected cause %u, got %u (%s)", bad->what, delay, bad->cause,
                 answer.fault, tw_mode_name(f->pages.mode));
    quiet(f);
    expect_reads_of(f, ahead, delay < 3 ? 1 : 2); /* before it is looked up ahead it walks itself */
    assert_int_equal(fixture_swaps(f), 0);
    expect_faults(f, 1);
    assert_true(fixture_read(f, REG_FAULT_VA) == nth_va(f, 1));
    assert_true(fixture_read(f, REG_FAULT_PTE) == ahead);
    fixture_write(f, REG_FAULT_POP, 0);
    assert_true(pages_read(&f->pages, ahead) == pte);
}

PREFETCH_TEST(a_bad_pte_faults_only_for_who_asks_whenever_that_is)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    tw_memory_set_latency(f->memory, M, M, 0);
    for (unsigned n = 0; n < sizeof BAD / sizeof *BAD; n++)
        for (unsigned delay = 1; delay < PREFETCHED + 5; delay++)
            if (!BAD[n].wide || f->pages.mode != MODE_SV32) {
                ask_for_bad(f, &BAD[n], delay);
                tw_memory_clear_faults(f->memory);
            }
}

PREFETCH_TEST(nobody_hears_of_a_bad_pte_that_was_read_ahead)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    for (unsigned n = 0; n < sizeof BAD / sizeof *BAD; n++) {
        if (BAD[n].wide && f->pages.mode == MODE_SV32)
            continue;
        uint64_t ahead = map_bad(f, &BAD[n]);
        prefetch_page_1(f);
        expect_reads_of(f, ahead, 1);
        assert_int_equal(f->accesses, 1);
        expect_faults(f, 0);
        tw_memory_clear_faults(f->memory);
        map_number(f, 1, F_PAGE); /* software mends it, and needs no fence for what was invalid */
        expect_pa(fixture_translate(f, load(nth_va(f, 1))), nth_pa(f, 1));
        expect_reads_of(f, ahead, 2);
        quiet(f);
    }
}

/* It is a good leaf, but of 64 KiB, which the second level does not keep. */
PREFETCH_TEST(a_napot_page_read_ahead_is_not_kept)
{
    (void)va;
    if (f->pages.mode == MODE_SV32)
        return;
    uint64_t frame = pages_frame(f->pages.mode, 0) & ~UINT64_C(15);
    uint64_t pa = frame << PAGE_SHIFT | (nth_va(f, 1) & 0xffff);
    map_number(f, 0, F_PAGE);
    uint64_t ahead = map_number(f, 1, F_PAGE);
    pages_write(&f->pages, ahead, pages_pte(frame | 8, F_PAGE) | UINT64_C(1) << PTE_N);
    tw_memory_set_latency(f->memory, M, M, 0);
    for (unsigned delay = 1; delay < PREFETCHED + 5; delay++) {
        hold_page_0(f);
        uint64_t begin = trigger(f);
        clock_to(f, begin + delay);
        expect_pa(fixture_translate(f, load(nth_va(f, 1))), pa);
        quiet(f);
        expect_reads_of(f, ahead, delay < 3 ? 1 : 2);
    }
}

/* ---- A and D ---- */

/* Nothing is set ahead; who asks sets A itself, or faults if hardware must not. */
static void ask_for_unused(fixture *f, tw_op op, bool adue, unsigned delay)
{
    uint64_t ahead = map_number(f, 1, F_V | F_RWX), pte = pages_read(&f->pages, ahead);
    uint64_t marks = op == OP_STORE ? F_A | F_D : F_A;
    hold_page_0(f);
    write_control(f, true, adue);
    uint64_t begin = trigger(f);
    clock_to(f, begin + delay);
    assert_true(pages_read(&f->pages, ahead) == pte || delay < 3);
    tw_answer answer = fixture_translate(f, request_of(op, nth_va(f, 1)));
    if (adue)
        expect_pa(answer, nth_pa(f, 1));
    else
        expect_fault(answer, page_fault(op));
    quiet(f);
    assert_true(pages_read(&f->pages, ahead) == (adue ? pte | marks : pte));
    expect_reads_of(f, ahead, delay < 3 ? 1 : 2);
    assert_int_equal(fixture_swaps(f), adue);
    expect_faults(f, !adue);
    fixture_write(f, REG_FAULT_POP, 0);
}

PREFETCH_TEST(a_page_that_lacks_a_is_marked_only_by_who_asks)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    tw_memory_set_latency(f->memory, M, M, 0);
    for (unsigned op = OP_FETCH; op <= OP_STORE; op++)
        for (unsigned adue = 0; adue < 2; adue++)
            for (unsigned delay = 1; delay < PREFETCHED + 5; delay++)
                ask_for_unused(f, (tw_op)op, adue, delay);
}

PREFETCH_TEST(a_page_that_lacks_a_is_not_kept)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    for (unsigned adue = 0; adue < 2; adue++) {
        uint64_t ahead = map_number(f, 1, F_V | F_RWX);
        hold_page_0(f);
        write_control(f, true, adue);
        trigger(f);
        quiet(f);
        expect_reads_of(f, ahead, 1);
        assert_int_equal(f->accesses, 1);
        expect_faults(f, 0);
        map_number(f, 1, F_PAGE);
        expect_pa(fixture_translate(f, load(nth_va(f, 1))), nth_pa(f, 1));
        expect_reads_of(f, ahead, 2);
        quiet(f);
    }
}

PREFETCH_TEST(a_clean_page_is_kept_and_the_first_store_sets_d)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    uint64_t ahead = map_number(f, 1, F_V | F_RWX | F_A), pte = pages_read(&f->pages, ahead);
    prefetch_page_1(f);
    expect_l2_hit(f, load(nth_va(f, 1)), nth_pa(f, 1));
    assert_true(pages_read(&f->pages, ahead) == pte);
    quiet(f);
    fixture_forget(f);
    expect_pa(fixture_translate(f, store(nth_va(f, 1))), nth_pa(f, 1));
    assert_int_equal(fixture_swaps(f), 1);
    assert_true(pages_read(&f->pages, ahead) == (pte | F_D));
}

/* ---- wrong bits in the second level ---- */

PREFETCH_TEST(a_wrong_bit_met_ahead_is_counted_and_the_page_read_again)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    uint64_t ahead = map_number(f, 1, F_PAGE);
    hold_page_0(f);
    fixture_write(f, REG_L2_INJECT, TW_PUT(L2_INJECT, ARMED, 1) | TW_PUT(L2_INJECT, BIT, 9));
    fixture_translate(f, fetch(nth_va(f, 1))); /* its word is spoilt */
    quiet(f);
    fixture_forget(f);
    assert_int_equal(fixture_read(f, REG_COUNT_L2_PARITY), 0);
    trigger(f);
    quiet(f);
    assert_int_equal(fixture_read(f, REG_COUNT_L2_PARITY), 1);
    expect_reads_of(f, ahead, 1);
    expect_l2_hit(f, load(nth_va(f, 1)), nth_pa(f, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_pte_faults_only_for_who_asks_whenever_that_is),
        cmocka_unit_test(nobody_hears_of_a_bad_pte_that_was_read_ahead),
        cmocka_unit_test(a_napot_page_read_ahead_is_not_kept),
        cmocka_unit_test(a_page_that_lacks_a_is_marked_only_by_who_asks),
        cmocka_unit_test(a_page_that_lacks_a_is_not_kept),
        cmocka_unit_test(a_clean_page_is_kept_and_the_first_store_sets_d),
        cmocka_unit_test(a_wrong_bit_met_ahead_is_counted_and_the_page_read_again),
    };
    return fixture_run("prefetch_bad", tests);
}

/*
 * test_monitors_hashed.c: what the monitors say of the answers of hashed mode, and of its A and D.
 * The pins are made by hand: the monitors alone judge.
 */
#include "tests/support/hashed_bench.h"

static const char NOT_NEEDED[] = "no request in flight needs it";
static const char NO_LEAF[] = "no leaf PTE read since the last fence";
static const char NOTHING_MET[] = "its walk met nothing that faults so";
static const char MORE_THAN_AD[] = "more than A and D";

/* ---- what may be answered -------------------------------------------------------------------- */

static void a_wrong_frame_is_found(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    read_entry(b, 9, hashed_word(ASID, PAGE, 3, HELD));
    answer_frame(b, 0, 5);
    bench_blame(b, NO_LEAF);
}

static void an_answer_by_the_entry_of_another_page_is_found(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    answer_frame(b, 0, 5);
    bench_blame(b, NO_LEAF);
}

static void an_answer_by_the_entry_of_another_space_is_found(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    read_entry(b, 9, hashed_word(OTHER_ASID, PAGE, 3, HELD));
    answer_frame(b, 0, 9);
    bench_blame(b, NO_LEAF);
}

static void an_answer_by_an_entry_that_is_not_valid_is_found(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    read_entry(b, 9, hashed_word(ASID, PAGE, 3, HELD & ~1));
    answer_frame(b, 0, 9);
    bench_blame(b, NO_LEAF);
}

/* E stands where a PTE has G. */
static void the_last_of_a_chain_is_not_global(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    read_entry(b, 9, hashed_word(ASID, PAGE, 3, HELD | END));
    answer_frame(b, 0, 9);
    bench_tick(b);
    bench_space(b, MODE_HASHED, OTHER_ASID);
    bench_take(b, 1, OP_LOAD, va_of(PAGE));
    answer_frame(b, 1, 9);
    bench_blame(b, NO_LEAF);
}

static void a_stale_answer_after_a_fence_is_found(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    read_entry(b, 9, hashed_word(ASID, PAGE, 3, HELD));
    bench_fence(b, TW_FENCE_VA_ASID, va_of(PAGE), ASID);
    answer_frame(b, 0, 9);
    bench_blame(b, NO_LEAF);
}

static void a_fault_of_a_page_that_was_found_is_found(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    read_entry(b, 9, hashed_word(ASID, PAGE, 3, HELD));
    fault(b, 0, CAUSE_LOAD_PAGE);
    bench_blame(b, NOTHING_MET);
}

static void a_fault_before_the_chain_ends_is_found(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    fault(b, 0, CAUSE_LOAD_PAGE);
    bench_blame(b, NOTHING_MET);
}

static void the_flags_of_the_entry_are_judged_as_a_ptes(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_STORE);
    read_entry(b, 9, hashed_word(ASID, PAGE, 3, HELD & ~(1 << PTE_W)));
    fault(b, 0, CAUSE_STORE_PAGE);
    bench_tick(b);
    assert_int_equal(monitors_counts(b->monitors).hashed_faults, 1);
}

/* ---- A and D --------------------------------------------------------------------------------- */

static void the_whole_word_is_swapped(void **state)
{
    struct pin_bench *b = *state;
    find_clean(b);
    bench_swap(b, 0, TABLE, 9, clean());
    bench_tick(b);
    b->in.mem_resp_swapped = 1;
    bench_memory(b, 0, 0);
    answer_frame(b, 0, 9);
    bench_tick(b);
    assert_int_equal(monitors_counts(b->monitors).hashed_swaps, 1);
}

static void a_swap_that_changes_next_is_found(void **state)
{
    struct pin_bench *b = *state;
    find_clean(b);
    bench_swap(b, 0, TABLE, 9, clean());
    b->out.mem_req_desired ^= UINT64_C(1) << HASHED_NEXT;
    bench_blame(b, MORE_THAN_AD);
}

static void a_swap_of_the_pte_instead_of_the_word_is_found(void **state)
{
    struct pin_bench *b = *state;
    find_clean(b);
    bench_swap(b, 0, TABLE, 9, hashed_pte(clean(), 9));
    bench_blame(b, NO_WALK);
}

static void a_swap_of_an_entry_that_holds_another_page_is_found(void **state)
{
    struct pin_bench *b = *state;
    const uint64_t other = hashed_word(ASID, OTHER_PAGE, 9, CLEAN);
    bench_take(b, 0, OP_STORE, va_of(PAGE));
    read_anchor(b, 5);
    read_entry(b, 5, other);
    bench_swap(b, 0, TABLE, 5, other);
    bench_blame(b, NO_WALK);
}

/* The other page's store is in flight too, but the load may not set D. */
static void a_swap_for_a_page_that_does_not_want_it_is_found(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 1, OP_STORE, va_of(OTHER_PAGE));
    walk_to_9(b, OP_LOAD);
    read_entry(b, 9, clean());
    bench_swap(b, 0, TABLE, 9, clean());
    bench_blame(b, NOT_NEEDED);
}

/* ---- how long a walk may take ---------------------------------------------------------------- */

/* LAST_FRAME + 3 words a try are three times as many as a tree's six accesses. */
static void a_walk_may_take_as_much_longer_as_its_table_is_longer(void **state)
{
    enum { BOUND = 300000 };
    struct pin_bench *b = *state;
    const uint64_t taken = b->cycle;
    bench_take(b, 0, OP_LOAD, va_of(PAGE));
    bench_ask(b, 0, ANCHORS, HASH);
    while (b->cycle <= taken + BOUND || b->cycle % 1024 != 0)
        bench_tick(b);
    bench_blame(b, "has no answer after 300000 cycles");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_hashed, bench_close)
    const struct CMUnitTest tests[] = {
        TEST(a_wrong_frame_is_found),
        TEST(an_answer_by_the_entry_of_another_page_is_found),
        TEST(an_answer_by_the_entry_of_another_space_is_found),
        TEST(an_answer_by_an_entry_that_is_not_valid_is_found),
        TEST(the_last_of_a_chain_is_not_global),
        TEST(a_stale_answer_after_a_fence_is_found),
        TEST(a_fault_of_a_page_that_was_found_is_found),
        TEST(a_fault_before_the_chain_ends_is_found),
        TEST(the_flags_of_the_entry_are_judged_as_a_ptes),
        TEST(the_whole_word_is_swapped),
        TEST(a_swap_that_changes_next_is_found),
        TEST(a_swap_of_the_pte_instead_of_the_word_is_found),
        TEST(a_swap_of_an_entry_that_holds_another_page_is_found),
        TEST(a_swap_for_a_page_that_does_not_want_it_is_found),
        TEST(a_walk_may_take_as_much_longer_as_its_table_is_longer),
    };
    return cmocka_run_group_tests_name("monitors_hashed", tests, NULL, NULL);
}

/*
 * test_walks_hashed.c: where a walk of the hashed table may begin and go on. The pins are made by
 * hand: the monitors alone judge.
 */
#include "tests/support/hashed_bench.h"

/* ---- where a walk goes ----------------------------------------------------------------------- */

static void a_walk_goes_from_its_anchor_to_the_entry_that_holds_the_page(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    read_entry(b, 9, hashed_word(ASID, PAGE, 3, HELD));
    answer_frame(b, 0, 9);
    bench_tick(b);
    assert_int_equal(monitors_counts(b->monitors).hashed, 1);
    assert_int_equal(monitors_counts(b->monitors).chain[2], 1);
}

static void a_read_of_another_anchor_is_found(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, va_of(PAGE));
    bench_ask(b, 0, ANCHORS, HASH + 1);
    bench_blame(b, NO_WALK);
}

static void a_read_that_leaves_the_chain_is_found(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    bench_ask(b, 0, TABLE, 8);
    bench_blame(b, NO_WALK);
}

static void a_read_behind_the_entry_that_holds_the_page_is_found(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    read_entry(b, 9, hashed_word(ASID, PAGE, 3, HELD));
    bench_ask(b, 0, TABLE, 3);
    bench_blame(b, NO_WALK);
}

static void a_read_behind_the_end_of_a_chain_is_found(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    read_entry(b, 9, hashed_word(ASID, PAGE + 1, 3, HELD | END));
    bench_ask(b, 0, TABLE, 3);
    bench_blame(b, NO_WALK);
}

static void a_read_behind_an_empty_anchor_is_found(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, va_of(PAGE));
    bench_read(b, 0, ANCHORS, HASH, hashed_word(0, 0, 5, 0));
    bench_ask(b, 0, TABLE, 5);
    bench_blame(b, NO_WALK);
}

static void an_entry_that_is_not_valid_leads_on(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    read_entry(b, 9, hashed_word(ASID, PAGE, 3, HELD & ~1));
    read_entry(b, 3, hashed_word(ASID, PAGE, 0, HELD | END));
    answer_frame(b, 0, 3);
    bench_tick(b);
}

static void a_read_beyond_the_last_entry_is_found(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, va_of(PAGE));
    read_anchor(b, LAST_FRAME + 1);
    bench_ask(b, 0, TABLE, LAST_FRAME + 1);
    bench_blame(b, NO_WALK);
}

/* Two entries that lead to each other: each may be read once. */
static void walk_a_loop(struct pin_bench *b)
{
    set_table(b, 1);
    bench_take(b, 0, OP_LOAD, va_of(PAGE));
    read_anchor(b, 0);
    read_entry(b, 0, hashed_word(ASID, OTHER_PAGE, 1, HELD));
    read_entry(b, 1, hashed_word(ASID, OTHER_PAGE, 0, HELD));
}

static void a_walk_that_goes_round_a_loop_is_found(void **state)
{
    struct pin_bench *b = *state;
    walk_a_loop(b);
    bench_ask(b, 0, TABLE, 0);
    bench_blame(b, NO_WALK);
}

static void a_loop_is_a_page_fault(void **state)
{
    struct pin_bench *b = *state;
    walk_a_loop(b);
    fault(b, 0, CAUSE_LOAD_PAGE);
    bench_tick(b);
    assert_int_equal(monitors_counts(b->monitors).chain_faults, 1);
}

static void no_walk_begins_at_an_entry_that_is_known(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    read_entry(b, 9, hashed_word(ASID, PAGE, 3, HELD));
    answer_frame(b, 0, 9);
    bench_tick(b);
    bench_take(b, 1, OP_STORE, va_of(PAGE));
    bench_ask(b, 1, TABLE, 9);
    bench_blame(b, NO_WALK);
}

static void a_hashed_read_of_four_bytes_is_found(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, va_of(PAGE));
    bench_ask(b, 0, ANCHORS, HASH);
    b->out.mem_req_size = 0;
    bench_blame(b, NO_WALK);
}

/* The walk of another page, which has this anchor too, has ended. */
static void a_read_that_only_another_page_needed_is_found(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, va_of(PAGE));
    bench_take(b, 1, OP_LOAD, va_of(OTHER_PAGE));
    read_anchor(b, 5);
    bench_ask(b, 0, TABLE, 5);
    bench_tick(b);
    bench_memory(b, 0, hashed_word(ASID, PAGE, 9, HELD));
    answer_frame(b, 0, 5);
    bench_tick(b);
    read_entry(b, 9, hashed_word(ASID, OTHER_PAGE, 3, HELD));
    bench_ask(b, 0, TABLE, 3);
    bench_blame(b, NO_WALK);
}

/* Walker 1 was faster: nobody waits for what walker 0 looks for. */
static void a_walk_does_not_go_on_for_a_page_that_has_been_answered(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    bench_read(b, 1, ANCHORS, HASH, hashed_word(0, 0, 9, 1));
    bench_read(b, 1, TABLE, 9, hashed_word(ASID, PAGE, 3, HELD));
    answer_frame(b, 0, 9);
    bench_tick(b);
    bench_ask(b, 0, TABLE, 9);
    bench_blame(b, NO_WALK);
}

/* ---- an anchor that is an entry, and leads to itself ---- */

/* Word 1 of the table is the anchor of both pages. It holds PAGE, so for that one a walk ends here
 * where it goes round for the other: the pins do not say which of them it is. */
static void go_round(struct pin_bench *b, unsigned last, unsigned reads)
{
    set_table(b, last);
    bench_write(b, REG_HASH_ANCHORS,
                TW_PUT(HASH_ANCHORS, PPN, TABLE) | TW_PUT(HASH_ANCHORS, BITS, BITS));
    bench_take(b, 0, OP_LOAD, va_of(PAGE));
    bench_take(b, 1, OP_LOAD, va_of(OTHER_PAGE));
    for (unsigned i = 0; i < reads; i++)
        read_entry(b, HASH, hashed_word(ASID, PAGE, HASH, HELD));
}

static void such_a_loop_is_followed_as_long_as_the_table_is(void **state)
{
    struct pin_bench *b = *state;
    go_round(b, 5000, 1 + 5001);
    fault(b, 1, CAUSE_LOAD_PAGE);
    bench_tick(b);
}

/* The walk that began first has read four entries; one that began later would have read fewer. */
static void it_ends_for_the_walk_that_has_read_the_most(void **state)
{
    struct pin_bench *b = *state;
    go_round(b, 3, 1 + 4);
    fault(b, 1, CAUSE_LOAD_PAGE);
    bench_tick(b);
}

static void it_does_not_end_before_any_walk_has_read_the_whole_table(void **state)
{
    struct pin_bench *b = *state;
    go_round(b, 3, 4);
    fault(b, 1, CAUSE_LOAD_PAGE);
    bench_blame(b, "its walk met nothing that faults so");
}

/* Word 1 is the anchor and an entry again, but leads to entry 2 and that one back. The walk of
 * OTHER_PAGE begins when that of PAGE has ended, and not when it first could have. */
static void a_walk_that_began_later_may_read_the_whole_table_too(void **state)
{
    struct pin_bench *b = *state;
    set_table(b, 3);
    bench_write(b, REG_HASH_ANCHORS,
                TW_PUT(HASH_ANCHORS, PPN, TABLE) | TW_PUT(HASH_ANCHORS, BITS, BITS));
    bench_take(b, 0, OP_LOAD, va_of(PAGE));
    bench_take(b, 1, OP_LOAD, va_of(OTHER_PAGE));
    for (unsigned i = 0; i < 7; i++) {
        if (i % 2 == 0)
            read_entry(b, HASH, hashed_word(ASID, PAGE + 1, 2, HELD));
        else
            read_entry(b, 2, hashed_word(ASID, PAGE, HASH, HELD));
        if (i == 2) {
            answer_frame(b, 0, 2);
            bench_tick(b);
        }
    }
    fault(b, 1, CAUSE_LOAD_PAGE);
    bench_tick(b);
}

/* ---- where it begins again ---- */

static void fail_a_compare(struct pin_bench *b)
{
    find_clean(b);
    bench_swap(b, 0, TABLE, 9, clean());
    bench_tick(b);
    bench_memory(b, 0, 0);
}

static void after_a_failed_compare_the_walk_begins_at_its_anchor(void **state)
{
    fail_a_compare(*state);
    bench_ask(*state, 0, ANCHORS, HASH);
    bench_tick(*state);
}

static void after_a_failed_compare_no_entry_is_read(void **state)
{
    fail_a_compare(*state);
    bench_ask(*state, 0, TABLE, 9);
    bench_blame(*state, NO_WALK);
}

static void after_a_fence_the_walk_begins_at_its_anchor(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    bench_fence(b, TW_FENCE_ASID, 0, OTHER_ASID);
    bench_ask(b, 0, ANCHORS, HASH);
    bench_tick(b);
}

static void after_a_fence_the_walk_does_not_go_on(void **state)
{
    struct pin_bench *b = *state;
    walk_to_9(b, OP_LOAD);
    bench_fence(b, TW_FENCE_ASID, 0, OTHER_ASID);
    bench_ask(b, 0, TABLE, 9);
    bench_blame(b, NO_WALK);
}

static void reset_forgets_the_tables(void **state)
{
    struct pin_bench *b = *state;
    b->in.rst_n = 0;
    bench_tick(b);
    bench_space(b, MODE_HASHED, ASID);
    bench_take(b, 0, OP_LOAD, va_of(PAGE));
    bench_ask(b, 0, ANCHORS, HASH);
    bench_blame(b, NO_WALK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_hashed, bench_close)
    const struct CMUnitTest tests[] = {
        TEST(a_walk_goes_from_its_anchor_to_the_entry_that_holds_the_page),
        TEST(a_read_of_another_anchor_is_found),
        TEST(a_read_that_leaves_the_chain_is_found),
        TEST(a_read_behind_the_entry_that_holds_the_page_is_found),
        TEST(a_read_behind_the_end_of_a_chain_is_found),
        TEST(a_read_behind_an_empty_anchor_is_found),
        TEST(an_entry_that_is_not_valid_leads_on),
        TEST(a_read_beyond_the_last_entry_is_found),
        TEST(a_walk_that_goes_round_a_loop_is_found),
        TEST(a_loop_is_a_page_fault),
        TEST(no_walk_begins_at_an_entry_that_is_known),
        TEST(a_hashed_read_of_four_bytes_is_found),
        TEST(a_read_that_only_another_page_needed_is_found),
        TEST(a_walk_does_not_go_on_for_a_page_that_has_been_answered),
        TEST(such_a_loop_is_followed_as_long_as_the_table_is),
        TEST(it_ends_for_the_walk_that_has_read_the_most),
        TEST(it_does_not_end_before_any_walk_has_read_the_whole_table),
        TEST(a_walk_that_began_later_may_read_the_whole_table_too),
        TEST(after_a_failed_compare_the_walk_begins_at_its_anchor),
        TEST(after_a_failed_compare_no_entry_is_read),
        TEST(after_a_fence_the_walk_begins_at_its_anchor),
        TEST(after_a_fence_the_walk_does_not_go_on),
        TEST(reset_forgets_the_tables),
    };
    return cmocka_run_group_tests_name("walks_hashed", tests, NULL, NULL);
}

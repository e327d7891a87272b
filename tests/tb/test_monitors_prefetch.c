/*
 * test_monitors_prefetch.c: which reads may be nobody's, and what may come of them. The pins are
 * made by hand: the monitors alone judge.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tests/support/pin_bench.h"

static const char NO_WALK[] = "no walk in progress leads there";
static const char NO_LEAF[] = "no leaf PTE read since the last fence";

/* The last page that LAST maps. */
#define LAST_PAGE UINT64_C(0x403ff000)

static void control(struct pin_bench *b, unsigned prefetch)
{
    bench_write(b, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, PREFETCH, prefetch));
}

/* bench_open, with an MMU that can prefetch, and does. */
static int open_prefetch(void **state)
{
    bench_open(state);
    struct pin_bench *b = *state;
    monitors_close(b->monitors);
    b->monitors = monitors_open(tw_config_named("prefetch"), b->memory);
    b->in.rst_n = 0;
    bench_tick(b);
    bench_space(b, MODE_SV39, ASID);
    control(b, 1);
    return 0;
}

/* The prefetch of NEXT_PAGE becomes visible, with nobody in flight. */
static void fetch_ahead(struct pin_bench *b)
{
    bench_walk(b, 0);
    bench_ask(b, 1, LAST, 2);
    bench_tick(b);
}

static uint64_t next_frame(void)
{
    return (uint64_t)(FRAME + 1) << PAGE_SHIFT;
}

/* ---- what may be fetched ahead --------------------------------------------------------------- */

static void the_page_behind_one_asked_for_may_be_fetched_and_may_answer(void **state)
{
    struct pin_bench *b = *state;
    fetch_ahead(b);
    bench_memory(b, 1, leaf_of(FRAME + 1));
    bench_take(b, 1, OP_LOAD, NEXT_PAGE);
    bench_answer(b, 1, next_frame());
    bench_tick(b);
    struct monitor_counts counts = monitors_counts(b->monitors);
    assert_int_equal(counts.ahead, 1);
    assert_int_equal(counts.ahead_joined, 0);
}

static void it_may_be_fetched_while_the_other_is_in_flight(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, VA);
    bench_read(b, 0, ROOT, 1, pointer_to(MIDDLE));
    bench_read(b, 0, MIDDLE, 1, pointer_to(LAST));
    bench_ask(b, 0, LAST, 1);
    bench_tick(b);
    bench_ask(b, 1, LAST, 2);
    bench_tick(b);
    bench_take(b, 1, OP_LOAD, NEXT_PAGE);
    bench_memory(b, 1, leaf_of(FRAME + 1));
    bench_answer(b, 1, next_frame());
    bench_tick(b);
    assert_int_equal(monitors_counts(b->monitors).ahead_joined, 1);
}

static void nothing_is_fetched_ahead_unless_software_says_so(void **state)
{
    struct pin_bench *b = *state;
    control(b, 0);
    bench_walk(b, 0);
    bench_ask(b, 1, LAST, 2);
    bench_blame(b, NO_WALK);
}

static void nothing_is_fetched_ahead_where_prefetch_is_not_built(void **state)
{
    struct pin_bench *b = *state;
    control(b, 1);
    bench_walk(b, 0);
    bench_ask(b, 1, LAST, 2);
    bench_blame(b, NO_WALK);
}

static void no_other_page_is_fetched_ahead(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, 0);
    bench_ask(b, 1, LAST, 0);
    bench_blame(b, NO_WALK);
}

static void nothing_is_fetched_behind_what_was_fetched_ahead(void **state)
{
    struct pin_bench *b = *state;
    fetch_ahead(b);
    bench_memory(b, 1, leaf_of(FRAME + 1));
    bench_ask(b, 1, LAST, 3);
    bench_blame(b, NO_WALK);
}

static void nothing_is_fetched_ahead_at_another_level(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, 0);
    bench_ask(b, 1, MIDDLE, 2);
    bench_blame(b, NO_WALK);
}

/* The page behind is the first of the next table, which is known. */
static void nothing_is_fetched_ahead_in_the_next_table(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, 0);
    bench_take(b, 0, OP_LOAD, NEXT_TABLE);
    bench_read(b, 0, MIDDLE, 2, pointer_to(LAST + 1));
    bench_take(b, 1, OP_LOAD, LAST_PAGE);
    bench_read(b, 1, LAST, 511, leaf_of(FRAME));
    bench_ask(b, 1, LAST + 1, 0);
    bench_blame(b, NO_WALK);
}

static void nothing_is_fetched_ahead_for_another_space(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, G);
    bench_space(b, MODE_SV39, OTHER_ASID);
    bench_ask(b, 1, LAST, 2);
    bench_blame(b, NO_WALK);
}

/* ---- fences ---------------------------------------------------------------------------------- */

static void nothing_is_fetched_for_an_answer_from_before_a_fence(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, 0);
    bench_fence(b, TW_FENCE_VA, NEXT_TABLE, 0);
    bench_ask(b, 1, LAST, 2);
    bench_blame(b, NO_WALK);
}

static void nothing_is_fetched_below_a_pointer_that_a_fence_covers(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, 0);
    bench_take(b, 0, OP_LOAD, VA);
    bench_fence(b, TW_FENCE_VA, NEXT_PAGE, 0);
    bench_ask(b, 1, LAST, 2);
    bench_blame(b, NO_WALK);
}

static void a_request_from_before_a_fence_may_have_its_next_page_fetched_after_it(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, VA);
    bench_fence(b, TW_FENCE_ALL, 0, 0);
    bench_read(b, 0, ROOT, 1, pointer_to(MIDDLE));
    bench_read(b, 0, MIDDLE, 1, pointer_to(LAST));
    bench_ask(b, 1, LAST, 2);
    bench_tick(b);
}

static void what_was_fetched_ahead_falls_with_a_fence(void **state)
{
    struct pin_bench *b = *state;
    fetch_ahead(b);
    bench_memory(b, 1, leaf_of(FRAME + 1));
    bench_fence(b, TW_FENCE_VA, NEXT_PAGE, 0);
    bench_take(b, 1, OP_LOAD, NEXT_PAGE);
    bench_answer(b, 1, next_frame());
    bench_blame(b, NO_LEAF);
}

static void a_fence_takes_what_is_being_fetched_ahead(void **state)
{
    struct pin_bench *b = *state;
    fetch_ahead(b);
    bench_fence(b, TW_FENCE_ALL, 0, 0);
    bench_memory(b, 1, leaf_of(FRAME + 1));
    assert_int_equal(monitors_counts(b->monitors).ahead_fenced, 1);
    bench_take(b, 1, OP_LOAD, NEXT_PAGE);
    bench_answer(b, 1, next_frame());
    bench_blame(b, NO_LEAF);
}

/* Somebody waits for it. */
static void after_a_fence_it_begins_again_at_the_root(void **state)
{
    struct pin_bench *b = *state;
    fetch_ahead(b);
    bench_take(b, 1, OP_LOAD, NEXT_PAGE);
    bench_fence(b, TW_FENCE_ALL, 0, 0);
    bench_memory(b, 1, leaf_of(FRAME + 1));
    bench_read(b, 1, ROOT, 1, pointer_to(MIDDLE));
    bench_read(b, 1, MIDDLE, 1, pointer_to(LAST));
    bench_read(b, 1, LAST, 2, leaf_of(FRAME + 1));
    bench_answer(b, 1, next_frame());
    bench_tick(b);
}

/* ---- what must not come of it ---------------------------------------------------------------- */

static void swap_after_a_prefetch(struct pin_bench *b, bool joined)
{
    uint64_t clean = leaf_of(FRAME + 1) & ~(UINT64_C(1) << PTE_D);
    fetch_ahead(b);
    if (joined)
        bench_take(b, 1, OP_STORE, NEXT_PAGE);
    bench_memory(b, 1, clean);
    bench_swap(b, 1, LAST, 2, clean);
    bench_blame(b, "no request in flight needs it");
}

static void a_prefetch_never_swaps(void **state)
{
    swap_after_a_prefetch(*state, false);
}

static void nor_does_it_for_a_request_that_came_later(void **state)
{
    swap_after_a_prefetch(*state, true);
}

static void a_prefetch_gives_no_fault(void **state)
{
    struct pin_bench *b = *state;
    fetch_ahead(b);
    bench_take(b, 1, OP_LOAD, NEXT_PAGE);
    bench_memory(b, 1, 0);
    b->out.data_resp_valid = 1;
    b->out.data_resp_id = 1;
    b->out.data_resp_fault = CAUSE_LOAD_PAGE;
    bench_blame(b, "its walk met nothing");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_prefetch, bench_close)
    const struct CMUnitTest tests[] = {
        TEST(the_page_behind_one_asked_for_may_be_fetched_and_may_answer),
        TEST(it_may_be_fetched_while_the_other_is_in_flight),
        TEST(nothing_is_fetched_ahead_unless_software_says_so),
        cmocka_unit_test_setup_teardown(nothing_is_fetched_ahead_where_prefetch_is_not_built,
                                        bench_open, bench_close),
        TEST(no_other_page_is_fetched_ahead),
        TEST(nothing_is_fetched_behind_what_was_fetched_ahead),
        TEST(nothing_is_fetched_ahead_at_another_level),
        TEST(nothing_is_fetched_ahead_in_the_next_table),
        TEST(nothing_is_fetched_ahead_for_another_space),
        TEST(nothing_is_fetched_for_an_answer_from_before_a_fence),
        TEST(nothing_is_fetched_below_a_pointer_that_a_fence_covers),
        TEST(a_request_from_before_a_fence_may_have_its_next_page_fetched_after_it),
        TEST(what_was_fetched_ahead_falls_with_a_fence),
        TEST(a_fence_takes_what_is_being_fetched_ahead),
        TEST(after_a_fence_it_begins_again_at_the_root),
        TEST(a_prefetch_never_swaps),
        TEST(nor_does_it_for_a_request_that_came_later),
        TEST(a_prefetch_gives_no_fault),
    };
    return cmocka_run_group_tests_name("monitors_prefetch", tests, NULL, NULL);
}

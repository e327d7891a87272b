/*
 * test_walks.c: where a walk may begin and go on. The pins are made by hand: the monitors alone
 * judge whether some walk in progress, or a walk cache, leads to each access.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/pin_bench.h"

static const char NO_WALK[] = "no walk in progress leads there";
static const char NOT_NEEDED[] = "no request in flight needs it";

/* ---- below a known pointer ------------------------------------------------------------------- */

static void a_walk_may_begin_below_a_pointer_read_before(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, 0);
    bench_take(b, 1, OP_LOAD, NEXT_PAGE);
    bench_read(b, 3, LAST, 2, leaf_of(FRAME + 1));
    bench_answer(b, 1, (uint64_t)(FRAME + 1) << PAGE_SHIFT);
    bench_tick(b);
    bench_take(b, 2, OP_LOAD, NEXT_TABLE);
    bench_read(b, 1, MIDDLE, 2, pointer_to(LAST + 1));
    bench_read(b, 1, LAST + 1, 1, leaf_of(FRAME + 2));
    bench_answer(b, 2, (uint64_t)(FRAME + 2) << PAGE_SHIFT);
    bench_tick(b);
    assert_int_equal(monitors_counts(b->monitors).shortcuts, 2);
}

static void no_walk_begins_below_a_pointer_that_nobody_read(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, VA);
    bench_ask(b, 0, MIDDLE, 1);
    bench_blame(b, NO_WALK);
}

static void no_walk_begins_below_a_pointer_for_another_address(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, 0);
    bench_take(b, 1, OP_LOAD, NEXT_TABLE);
    bench_ask(b, 0, LAST, 1);
    bench_blame(b, NO_WALK);
}

static void no_walk_begins_at_an_index_that_no_request_has(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, 0);
    bench_take(b, 1, OP_LOAD, NEXT_PAGE);
    bench_ask(b, 0, LAST, 1);
    bench_blame(b, NO_WALK);
}

static void no_walk_begins_at_the_root_for_nobody(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, VA);
    bench_ask(b, 0, ROOT, 2);
    bench_blame(b, NOT_NEEDED);
}

static void no_walk_goes_below_a_pointer_at_an_index_that_no_request_has(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, VA);
    bench_read(b, 0, ROOT, 1, pointer_to(MIDDLE));
    bench_ask(b, 0, MIDDLE, 2);
    bench_blame(b, NOT_NEEDED);
}

static void no_walk_begins_below_a_pointer_of_another_space(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, 0);
    bench_space(b, MODE_SV39, OTHER_ASID);
    bench_take(b, 1, OP_LOAD, VA);
    bench_ask(b, 0, LAST, 1);
    bench_blame(b, NO_WALK);
}

/* G in a pointer makes all below it global, pointers and leaves. */
static void a_walk_may_begin_below_a_global_pointer_of_another_space(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, G);
    bench_space(b, MODE_SV39, OTHER_ASID);
    bench_take(b, 1, OP_LOAD, NEXT_PAGE);
    bench_read(b, 0, LAST, 2, leaf_of(FRAME + 1));
    bench_answer(b, 1, (uint64_t)(FRAME + 1) << PAGE_SHIFT);
    bench_tick(b);
    bench_space(b, MODE_SV39, ASID);
    bench_take(b, 2, OP_LOAD, NEXT_PAGE);
    bench_answer(b, 2, (uint64_t)(FRAME + 1) << PAGE_SHIFT);
    bench_tick(b);
}

static void no_walk_begins_below_a_pointer_of_another_mode(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, G);
    bench_space(b, MODE_SV48, ASID);
    bench_take(b, 1, OP_LOAD, VA);
    bench_ask(b, 0, LAST, 1);
    bench_blame(b, NO_WALK);
}

static void no_walk_begins_below_a_pointer_that_is_none(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, VA);
    bench_read(b, 0, ROOT, 1, pointer_to(MIDDLE) | 1u << PTE_A);
    bench_take(b, 1, OP_LOAD, VA);
    bench_ask(b, 1, MIDDLE, 1);
    bench_blame(b, NO_WALK);
}

/* ---- several walkers, several meanings ------------------------------------------------------- */

static void two_walkers_do_not_mix(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, VA);
    bench_take(b, 1, OP_LOAD, NEXT_TABLE);
    bench_ask(b, 0, ROOT, 1);
    bench_tick(b);
    bench_ask(b, 1, ROOT, 1);
    bench_tick(b);
    bench_memory(b, 1, pointer_to(MIDDLE));
    bench_ask(b, 1, MIDDLE, 2);
    bench_tick(b);
    bench_memory(b, 0, pointer_to(MIDDLE));
    bench_ask(b, 0, MIDDLE, 1);
    bench_tick(b);
    bench_memory(b, 0, pointer_to(LAST));
    bench_memory(b, 1, pointer_to(LAST + 1));
    bench_ask(b, 0, LAST, 1);
    bench_tick(b);
    bench_ask(b, 1, LAST + 1, 1);
    bench_tick(b);
    bench_memory(b, 1, leaf_of(FRAME + 1));
    bench_memory(b, 0, leaf_of(FRAME));
    bench_answer(b, 0, (uint64_t)FRAME << PAGE_SHIFT);
    bench_tick(b);
    bench_answer(b, 1, (uint64_t)(FRAME + 1) << PAGE_SHIFT);
    bench_tick(b);
}

static void a_walker_does_not_go_on_with_the_read_of_another(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, VA);
    bench_take(b, 1, OP_LOAD, NEXT_TABLE);
    bench_ask(b, 0, ROOT, 1);
    bench_tick(b);
    bench_ask(b, 1, ROOT, 1);
    bench_tick(b);
    bench_memory(b, 0, pointer_to(MIDDLE));
    bench_memory(b, 1, pointer_to(MIDDLE + 1));
    bench_ask(b, 1, MIDDLE, 2);
    bench_blame(b, NO_WALK);
}

/* Entry 1 of the middle table leads back to that table. So its entry 2 is a megapage for one
 * request and a page for another. */
static void a_table_that_is_met_at_two_levels_serves_both(void **state)
{
    struct pin_bench *b = *state;
    const uint64_t frame = 0x1400; /* aligned for both */
    bench_take(b, 0, OP_LOAD, VA);
    bench_read(b, 0, ROOT, 1, pointer_to(MIDDLE));
    bench_read(b, 0, MIDDLE, 1, pointer_to(MIDDLE));
    bench_take(b, 1, OP_LOAD, NEXT_TABLE);
    bench_take(b, 2, OP_LOAD, NEXT_PAGE);
    bench_read(b, 1, MIDDLE, 2, leaf_of(frame));
    bench_answer(b, 1, frame << PAGE_SHIFT | 0x1000);
    b->out.data_resp_size = 21;
    bench_tick(b);
    bench_answer(b, 2, frame << PAGE_SHIFT);
    bench_tick(b);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        TEST(a_walk_may_begin_below_a_pointer_read_before),
        TEST(no_walk_begins_below_a_pointer_that_nobody_read),
        TEST(no_walk_begins_below_a_pointer_for_another_address),
        TEST(no_walk_begins_at_an_index_that_no_request_has),
        TEST(no_walk_begins_at_the_root_for_nobody),
        TEST(no_walk_goes_below_a_pointer_at_an_index_that_no_request_has),
        TEST(no_walk_begins_below_a_pointer_of_another_space),
        TEST(a_walk_may_begin_below_a_global_pointer_of_another_space),
        TEST(no_walk_begins_below_a_pointer_of_another_mode),
        TEST(no_walk_begins_below_a_pointer_that_is_none),
        TEST(two_walkers_do_not_mix),
        TEST(a_walker_does_not_go_on_with_the_read_of_another),
        TEST(a_table_that_is_met_at_two_levels_serves_both),
    };
    return cmocka_run_group_tests_name("walks", tests, NULL, NULL);
}

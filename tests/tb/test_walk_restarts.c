/*
 * test_walk_restarts.c: where a walk may begin after a fence or a failed compare. The pins are made
 * by hand: the monitors alone judge.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/pin_bench.h"

static const char NO_WALK[] = "no walk in progress leads there";
static const char NO_LEAF[] = "no leaf PTE read since the last fence";

/* ---- fences ---------------------------------------------------------------------------------- */

static void begin_after_a_fence(struct pin_bench *b, uint64_t root_bits, tw_fence_kind kind,
                                uint64_t va, unsigned asid)
{
    bench_walk(b, root_bits);
    bench_fence(b, kind, va, asid);
    bench_take(b, 1, OP_LOAD, VA);
    bench_ask(b, 0, LAST, 1);
}

static void a_fence_of_all_drops_pointers(void **state)
{
    begin_after_a_fence(*state, G, TW_FENCE_ALL, 0, 0);
    bench_blame(*state, NO_WALK);
}

/* The page is another one of the 512 below the pointer. */
static void a_fence_by_address_drops_pointers_above_it(void **state)
{
    begin_after_a_fence(*state, G, TW_FENCE_VA, VA + 0x1fe000, 0);
    bench_blame(*state, NO_WALK);
}

static void a_fence_by_address_keeps_other_pointers(void **state)
{
    begin_after_a_fence(*state, 0, TW_FENCE_VA, NEXT_TABLE, 0);
    bench_tick(*state);
}

static void a_fence_by_space_drops_its_pointers(void **state)
{
    begin_after_a_fence(*state, 0, TW_FENCE_ASID, 0, ASID);
    bench_blame(*state, NO_WALK);
}

static void a_fence_by_space_keeps_those_of_others(void **state)
{
    begin_after_a_fence(*state, 0, TW_FENCE_ASID, 0, OTHER_ASID);
    bench_tick(*state);
}

static void a_fence_by_space_keeps_global_pointers(void **state)
{
    begin_after_a_fence(*state, G, TW_FENCE_VA_ASID, VA, ASID);
    bench_tick(*state);
}

/* The walker had no request on the pins: it forgets what it was about to read. */
static void a_walk_that_waits_for_its_turn_begins_again_after_a_fence(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, VA);
    bench_read(b, 0, ROOT, 1, pointer_to(MIDDLE));
    bench_fence(b, TW_FENCE_ALL, 0, 0);
    bench_ask(b, 0, ROOT, 1);
    bench_tick(b);
}

static void a_walk_does_not_go_on_across_a_fence(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, VA);
    bench_read(b, 0, ROOT, 1, pointer_to(MIDDLE));
    bench_fence(b, TW_FENCE_ALL, 0, 0);
    bench_ask(b, 0, MIDDLE, 1);
    bench_blame(b, NO_WALK);
}

static void nothing_is_learnt_from_a_read_from_before_a_fence(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 0, OP_LOAD, VA);
    bench_ask(b, 0, ROOT, 1);
    bench_tick(b);
    bench_fence(b, TW_FENCE_ALL, 0, 0);
    bench_memory(b, 0, pointer_to(MIDDLE));
    bench_ask(b, 1, MIDDLE, 1);
    bench_blame(b, NO_WALK);
}

static void a_leaf_found_below_a_known_pointer_falls_with_a_fence(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, 0);
    bench_take(b, 1, OP_LOAD, NEXT_PAGE);
    bench_read(b, 0, LAST, 2, leaf_of(FRAME));
    bench_fence(b, TW_FENCE_VA, NEXT_PAGE, 0);
    bench_answer(b, 1, (uint64_t)FRAME << PAGE_SHIFT);
    bench_blame(b, NO_LEAF);
}

/* ---- failed compares ------------------------------------------------------------------------- */

/* A store whose leaf lacks D, and whose compare fails. */
static void fail_a_compare(struct pin_bench *b)
{
    uint64_t clean = leaf_of(FRAME) & ~(UINT64_C(1) << PTE_D);
    bench_take(b, 0, OP_STORE, VA);
    bench_read(b, 0, ROOT, 1, pointer_to(MIDDLE));
    bench_read(b, 0, MIDDLE, 1, pointer_to(LAST));
    bench_read(b, 0, LAST, 1, clean);
    bench_swap(b, 0, LAST, 1, clean);
    bench_tick(b);
    bench_memory(b, 0, 0);
}

static void after_a_failed_compare_the_walk_begins_at_the_root(void **state)
{
    fail_a_compare(*state);
    bench_ask(*state, 0, ROOT, 1);
    bench_tick(*state);
}

static void after_a_failed_compare_no_known_pointer_is_used(void **state)
{
    fail_a_compare(*state);
    bench_ask(*state, 0, LAST, 1);
    bench_blame(*state, NO_WALK);
}

static void nor_is_it_when_a_fence_comes_between(void **state)
{
    fail_a_compare(*state);
    bench_fence(*state, TW_FENCE_ASID, 0, OTHER_ASID);
    bench_ask(*state, 0, MIDDLE, 1);
    bench_blame(*state, NO_WALK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        TEST(a_fence_of_all_drops_pointers),
        TEST(a_fence_by_address_drops_pointers_above_it),
        TEST(a_fence_by_address_keeps_other_pointers),
        TEST(a_fence_by_space_drops_its_pointers),
        TEST(a_fence_by_space_keeps_those_of_others),
        TEST(a_fence_by_space_keeps_global_pointers),
        TEST(a_walk_that_waits_for_its_turn_begins_again_after_a_fence),
        TEST(a_walk_does_not_go_on_across_a_fence),
        TEST(nothing_is_learnt_from_a_read_from_before_a_fence),
        TEST(a_leaf_found_below_a_known_pointer_falls_with_a_fence),
        TEST(after_a_failed_compare_the_walk_begins_at_the_root),
        TEST(after_a_failed_compare_no_known_pointer_is_used),
        TEST(nor_is_it_when_a_fence_comes_between),
    };
    return cmocka_run_group_tests_name("walk_restarts", tests, NULL, NULL);
}

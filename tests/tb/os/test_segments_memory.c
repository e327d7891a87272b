/* Segments in physical memory: first fit, growing in place, moving, compaction. Engine: cycle
 * model, Bare. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/four_segments.h"

/* ---- holes ----------------------------------------------------------------------------------- */

static void a_segment_goes_into_the_lowest_hole_that_is_big_enough(void **state)
{
    (void)state;
    segment_bench b = four_open(16, 32);
    grow(&b, A, 2);
    grow(&b, B, 4);
    grow(&b, C, 1);
    expect_place(&b, B, 2, 4);
    expect_place(&b, C, 6, 1);
    grow(&b, A, 3); /* has to leave 0 and 1 for 7 */
    expect_place(&b, A, 7, 3);
    seg_store(&b, page_of(D, 0), D << 8);
    expect_place(&b, D, 0, 1);
    assert_int_equal(seg_counts(&b)->moves, 1);
    assert_int_equal(seg_counts(&b)->bytes_moved, 2 * PAGE);
    expect_all_contents(&b);
    seg_close(&b);
}

static void a_segment_grows_where_it_is_if_it_can(void **state)
{
    (void)state;
    segment_bench b = four_open(16, 32);
    grow(&b, A, 1);
    for (uint64_t pages = 2; pages <= ROOM; pages++) {
        grow(&b, A, pages);
        expect_place(&b, A, 0, pages);
    }
    assert_int_equal(seg_counts(&b)->moves, 0);
    assert_int_equal(seg_counts(&b)->bytes_moved, 0);
    seg_close(&b);
}

static void a_stack_moves_to_frames_below_which_there_is_room(void **state)
{
    (void)state;
    segment_bench b = four_open(16, 32);
    grow(&b, D, 2); /* all of it at once, in frames 0 and 1 */
    grow(&b, D, 5);
    expect_place(&b, D, 0, 5);
    expect_contents(&b, D);
    assert_int_equal(seg_counts(&b)->moves, 1);
    seg_close(&b);
}

static void what_is_new_in_a_segment_reads_zero(void **state)
{
    (void)state;
    segment_bench b = four_open(16, 32);
    for (unsigned i = 0; i < SEGMENTS; i++)
        for (uint64_t n = 0; n < 3; n++)
            for (uint64_t offset = 0; offset < PAGE; offset += 8)
                assert_int_equal(seg_load(&b, page_of(i, n) + offset), 0);
    assert_int_equal(os_statistics(b.system)->zero_fills, 3 * SEGMENTS);
    seg_close(&b);
}

/* ---- compaction ------------------------------------------------------------------------------ */

/* Frame 0: D, 1 to 3: A, 4 to 7: B, 8 to 10: C; 11 is free. */
static segment_bench crowded(void)
{
    segment_bench b = four_open(16, 12);
    grow(&b, D, 1);
    grow(&b, A, 3);
    grow(&b, B, 4);
    grow(&b, C, 3);
    return b;
}

static void compaction_comes_when_what_is_free_suffices_and_no_hole_does(void **state)
{
    (void)state;
    segment_bench b = crowded();
    assert_int_equal(seg_counts(&b)->compactions, 0);
    grow(&b, A, 4); /* one frame is free, at the top */
    assert_int_equal(seg_counts(&b)->compactions, 1);
    assert_int_equal(seg_counts(&b)->swapped_out, 0);
    assert_int_equal(seg_counts(&b)->bytes_moved, 7 * PAGE); /* B and C, no other */
    expect_place(&b, D, 0, 1);
    expect_place(&b, A, 1, 4);
    expect_place(&b, B, 5, 4);
    expect_place(&b, C, 9, 3);
    expect_all_contents(&b);
    seg_close(&b);
}

static void no_compaction_comes_when_a_hole_suffices_or_nothing_does(void **state)
{
    (void)state;
    segment_bench b = crowded();
    grow(&b, C, 4); /* into the one frame, which it touches */
    assert_int_equal(seg_counts(&b)->compactions, 0);
    assert_int_equal(seg_counts(&b)->blocked_free, 0);
    seg_store(&b, page_of(A, 3), A << 8 | 3); /* nothing is free any more */
    assert_int_equal(seg_counts(&b)->swapped_out, 1);
    expect_all_contents(&b);
    seg_close(&b);
}

static void a_stack_gets_the_hole_of_compaction_below_it(void **state)
{
    (void)state;
    segment_bench b = four_open(16, 12);
    grow(&b, A, 4);
    grow(&b, D, 3); /* frames 4 to 6 */
    grow(&b, B, 4); /* 7 to 10 */
    grow(&b, D, 4);
    assert_int_equal(seg_counts(&b)->compactions, 1);
    expect_place(&b, A, 0, 4);
    assert_int_equal(seg_counts(&b)->moves, 0);
    expect_place(&b, D, 4, 4);
    expect_place(&b, B, 8, 4);
    expect_contents(&b, A);
    expect_contents(&b, B);
    expect_contents(&b, D);
    seg_close(&b);
}

static void external_fragmentation_is_noted_at_its_worst(void **state)
{
    (void)state;
    segment_bench b = four_open(16, 10);
    grow(&b, A, 2);
    grow(&b, B, 2);
    grow(&b, A, 3); /* from 0 and 1 to 4, 5 and 6 */
    grow(&b, C, 1); /* to 0 */
    grow(&b, B, 3); /* from 2 and 3 to 1, 2 and 3 */
    assert_int_equal(seg_counts(&b)->blocked_free, 0);
    grow(&b, B, 4); /* 7 to 9 are free, but not beside it */
    assert_int_equal(seg_counts(&b)->blocked_free, 3 * PAGE);
    assert_int_equal(seg_counts(&b)->blocked_hole, 3 * PAGE);
    seg_close(&b);

    b = four_open(16, 10);
    grow(&b, A, 2);
    grow(&b, B, 2);
    grow(&b, A, 3);
    grow(&b, A, 4); /* 4 to 7: two holes of two frames */
    grow(&b, D, 3);
    assert_int_equal(seg_counts(&b)->compactions, 1);
    assert_int_equal(seg_counts(&b)->blocked_free, 4 * PAGE);
    assert_int_equal(seg_counts(&b)->blocked_hole, 2 * PAGE);
    expect_place(&b, D, 6, 3);
    grow(&b, B, 3); /* blocked by A: one frame is free, in one hole */
    assert_int_equal(seg_counts(&b)->compactions, 2);
    assert_int_equal(seg_counts(&b)->blocked_free, 4 * PAGE);
    assert_int_equal(seg_counts(&b)->blocked_hole, 2 * PAGE);
    seg_close(&b);
}

static void expect_junk(const segment_bench *b, uint64_t frame)
{
    uint64_t got = tw_memory_read(b->memory, (BENCH_FIRST + frame) << PAGE_SHIFT, 8);
    if (got != 0xa5a5a5a5a5a5a5a5)
        fail_msg("frame %" PRIu64 ": expected junk, got %#" PRIx64, frame, got);
}

static void frames_that_a_segment_leaves_hold_junk(void **state)
{
    (void)state;
    segment_bench b = four_open(16, 16);
    grow(&b, D, 2);
    grow(&b, A, 2);
    grow(&b, D, 3); /* up */
    expect_junk(&b, 0);
    expect_junk(&b, 1);
    grow(&b, A, 3); /* down, from 2 and 3 */
    expect_place(&b, A, 0, 3);
    expect_junk(&b, 3);
    os_exit(b.system, NULL);
    for (uint64_t frame = 0; frame < 7; frame++)
        expect_junk(&b, frame);
    seg_close(&b);
}

int main(void)
{
    const struct CMUnitTest memory[] = {
        cmocka_unit_test(a_segment_goes_into_the_lowest_hole_that_is_big_enough),
        cmocka_unit_test(a_segment_grows_where_it_is_if_it_can),
        cmocka_unit_test(a_stack_moves_to_frames_below_which_there_is_room),
        cmocka_unit_test(what_is_new_in_a_segment_reads_zero),
        cmocka_unit_test(compaction_comes_when_what_is_free_suffices_and_no_hole_does),
        cmocka_unit_test(no_compaction_comes_when_a_hole_suffices_or_nothing_does),
        cmocka_unit_test(a_stack_gets_the_hole_of_compaction_below_it),
        cmocka_unit_test(external_fragmentation_is_noted_at_its_worst),
        cmocka_unit_test(frames_that_a_segment_leaves_hold_junk),
    };
    return cmocka_run_group_tests(memory, NULL, NULL);
}

/* Whole segments in the swap file, and what ends with a process. Engine: cycle model, Bare. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tb/random.h"
#include "tests/support/four_segments.h"

/* ---- swapping -------------------------------------------------------------------------------- */

static void a_segment_comes_back_from_the_swap_file_as_it_was(void **state)
{
    (void)state;
    segment_bench b = four_open(16, ROOM);
    for (int round = 0; round < 2; round++)
        for (unsigned i = 0; i < SEGMENTS; i++)
            if (round == 0)
                grow(&b, i, 7);
            else
                expect_contents(&b, i);
    assert_true(seg_counts(&b)->swapped_out >= 4);
    assert_true(seg_counts(&b)->swapped_in >= 4);
    assert_int_equal(os_statistics(b.system)->swap_in, 7 * seg_counts(&b)->swapped_in);
    seg_close(&b);
}

static void the_segment_whose_descriptor_was_loaded_first_goes(void **state)
{
    (void)state;
    segment_bench b = four_open(2, 8);
    grow(&b, A, 3);
    grow(&b, B, 3);
    grow(&b, C, 2); /* loaded, in the place of A */
    grow(&b, A, 3); /* loaded, in the place of B */
    grow(&b, D, 1);
    assert_true(seg_segment(&b, A)->present);
    assert_false(seg_segment(&b, B)->present);
    assert_true(seg_segment(&b, C)->present);
    seg_close(&b);
}

static void a_segment_that_is_absent_has_limit_zero_and_can_grow_as_it_returns(void **state)
{
    (void)state;
    segment_bench b = four_open(16, 10);
    grow(&b, A, 5);
    grow(&b, D, 5);
    grow(&b, B, 5); /* A was loaded first */
    assert_false(seg_segment(&b, A)->present);
    assert_int_equal(seg_register(&b, A).limit, 0);
    assert_int_equal(seg_segment(&b, A)->limit, 5 * PAGE);
    grow(&b, A, 6);
    expect_contents(&b, A);
    grow(&b, D, 6);
    expect_contents(&b, D);
    seg_close(&b);
}

static void the_segments_of_one_access_are_present_together(void **state)
{
    (void)state;
    os_region region[] = {
        {0x10000, 0x14000, OS_R}, {0x14000, 0x18000, OS_R | OS_W}, {0x20000, 0x24000, OS_R}};
    segment_bench b = seg_open(MODE_BARE, 4, 8, 64);
    uint64_t pa;
    seg_spawn(&b, region, 3);
    seg_load(&b, 0x17ff8);
    seg_load(&b, 0x20000); /* a stack: all of it */
    seg_load(&b, 0x13ff8); /* the oldest, at 0x14000, goes */
    assert_false(seg_segment(&b, 1)->present);
    seg_load(&b, 0x17ff8); /* an access at 0x13ffc that crosses: what came last has to stay */
    assert_int_equal(seg_try(&b, OP_LOAD, 0x13ffc, &pa), CAUSE_NONE);
    assert_int_equal(seg_try(&b, OP_LOAD, 0x14000, &pa), CAUSE_NONE);
    seg_close(&b);
}

/* Though it came last, and touches what the other process wants. */
static void a_segment_of_another_process_goes(void **state)
{
    (void)state;
    os_region mine = {0x1c000, 0x20000, OS_R}, other = {0x20000, 0x24000, OS_R};
    segment_bench b = seg_open(MODE_BARE, 4, 4, 64);
    os_process *process = seg_spawn(&b, &mine, 1);
    seg_spawn(&b, &other, 1);
    seg_load(&b, 0x20000); /* a stack: all of it */
    seg_switch(&b, process);
    assert_int_equal(seg_load(&b, 0x1c000), 0);
    assert_true(seg_segment(&b, 0)->present);
    seg_close(&b);
}

static void too_few_frames_say_how_many_are_needed(void **state)
{
    (void)state;
    os_region region[] = {{0x10000, 0x14000, OS_R}, {0x14000, 0x19000, OS_R | OS_W}};
    segment_bench b = seg_open(MODE_BARE, 4, 8, 64);
    os_process *process;
    tw_error error = {0};
    os_spawn(b.system, &process, NULL);
    os_process_add_region(b.system, process, region[0], NULL);
    os_process_add_region(b.system, process, region[1], NULL);
    for (int tries = 0; tries < 2; tries++)
        assert_int_equal(os_switch(b.system, process, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "8 frames are too few"));
    assert_non_null(strstr(error.text, "segments of 9 pages at once"));
    seg_close(&b);
}

static void a_full_swap_file_kills_the_process_that_needs_a_frame(void **state)
{
    (void)state;
    segment_bench b = seg_open(MODE_BARE, 4, 4, 2);
    os_region region[] = {{0x10000, 0x14000, OS_R}, {0x20000, 0x24000, OS_R}};
    uint64_t pa;
    os_verdict verdict = OS_VERDICT_RESUME;
    tw_error error = {0};
    os_process *process = seg_spawn(&b, region, 2);
    os_accounts accounts;
    seg_load(&b, 0x12000);
    seg_try(&b, OP_LOAD, 0x22000, &pa);
    assert_int_equal(os_fault(b.system, CAUSE_LOAD_PAGE, 0x22000, &verdict, &error), TW_OK);
    assert_int_equal(verdict, OS_VERDICT_DEAD);
    assert_int_equal(process->death.reason, OS_REASON_SWAP_FULL);
    os_account(b.system, &accounts);
    assert_int_equal(accounts.slots_used, 0);
    seg_close(&b);
}

/* ---- processes ------------------------------------------------------------------------------- */

static void a_process_that_ends_gives_back_its_frames_and_slots(void **state)
{
    (void)state;
    os_region region[] = {{0x10000, 0x14000, OS_R | OS_W}, {0x20000, 0x24000, OS_R | OS_W}};
    segment_bench b = seg_open(MODE_BARE, 4, 5, 4); /* a slot more or a frame less is an error */
    for (int life = 0; life < 3; life++) {
        seg_spawn(&b, region, 2);
        seg_store(&b, 0x13000, 1);
        seg_store(&b, 0x20000, 2); /* the first goes */
        assert_int_equal(os_exit(b.system, NULL), TW_OK);
        assert_int_equal(seg_counts(&b)->swapped_out, life + 1);
        assert_int_equal(seg_counts(&b)->end_free, PAGE);
        assert_int_equal(seg_counts(&b)->allocated, (uint64_t)(life + 1) * 8 * PAGE);
        assert_int_equal(seg_counts(&b)->unreached, (uint64_t)(life + 1) * (PAGE - 1));
    }
    seg_close(&b);
}

static void a_page_is_read_wherever_it_is(void **state)
{
    (void)state;
    segment_bench b = four_open(16, 10);
    uint64_t word[PAGE / 8];
    for (unsigned i = 0; i < SEGMENTS; i++)
        grow(&b, i, 5);
    for (unsigned i = 0; i < SEGMENTS; i++)
        for (uint64_t n = 0; n < 6; n++) {
            assert_int_equal(os_read_page(b.system, b.process, page_of(i, n), word, NULL), TW_OK);
            assert_int_equal(word[0], n < 5 ? i << 8 | n : 0);
        }
    assert_int_equal(seg_counts(&b)->swapped_in, 0);
    seg_close(&b);
}

/* Two processes that grow and swap at random in few frames. */
static void data_survives_whatever_is_moved(void **state)
{
    (void)state;
    enum { STEPS = 4000, SEED = 21 };
    static uint64_t held[2][SEGMENTS][ROOM];
    segment_bench b = four_open(16, 24);
    os_process *both[] = {b.process, NULL};
    os_region region[SEGMENTS];
    four_regions(region);
    both[1] = seg_spawn(&b, region, SEGMENTS);
    uint64_t random = SEED;
    for (uint64_t step = 1; step <= STEPS; step++) {
        unsigned p = random_below(&random, 8) == 0, i = random_below(&random, SEGMENTS);
        unsigned reach = 1 + (unsigned)(step * ROOM / STEPS); /* they grow as the time goes by */
        uint64_t n = random_below(&random, reach < ROOM ? reach : ROOM);
        if (b.process != both[p])
            seg_switch(&b, both[p]);
        uint64_t got = seg_load(&b, page_of(i, n));
        if (got != held[p][i][n])
            fail_msg("seed %d, step %" PRIu64 ", process %u: page %" PRIu64
                     " of segment %u: expected %" PRIu64 ", got %" PRIu64,
                     SEED, step, p + 1, n, i, held[p][i][n], got);
        seg_store(&b, page_of(i, n), held[p][i][n] = step);
    }
    const os_segment_counts *counts = seg_counts(&b);
    assert_true(counts->moves > 0 && counts->compactions > 0 && counts->swapped_in > 0);
    seg_close(&b);
}

int main(void)
{
    const struct CMUnitTest swapping[] = {
        cmocka_unit_test(a_segment_comes_back_from_the_swap_file_as_it_was),
        cmocka_unit_test(the_segment_whose_descriptor_was_loaded_first_goes),
        cmocka_unit_test(a_segment_that_is_absent_has_limit_zero_and_can_grow_as_it_returns),
        cmocka_unit_test(the_segments_of_one_access_are_present_together),
        cmocka_unit_test(a_segment_of_another_process_goes),
        cmocka_unit_test(too_few_frames_say_how_many_are_needed),
        cmocka_unit_test(a_full_swap_file_kills_the_process_that_needs_a_frame),
        cmocka_unit_test(a_process_that_ends_gives_back_its_frames_and_slots),
        cmocka_unit_test(a_page_is_read_wherever_it_is),
        cmocka_unit_test(data_survives_whatever_is_moved),
    };
    return cmocka_run_group_tests(swapping, NULL, NULL);
}

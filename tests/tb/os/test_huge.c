/* Huge pages on demand: when one leaf maps 512 pages (1024 in Sv32), and when not; in every mode
 * whose tables have two levels or more. */
#include "tests/support/huge_bench.h"

static unsigned mode; /* of the tests that run */

static void the_first_touch_maps_all_of_it(void **state)
{
    (void)state;
    call_bench *b = huge_open(mode, 2);
    uint64_t va = huge_map(b, 2, 3);
    bench_store(b, va + PAGE(7), 1);
    assert_true(is_huge(b, va));
    assert_int_equal(bench_page_frames(b), huge_pages(mode));
    bench_store_all(b, va, huge_pages(mode), 100);
    bench_expect_all(b, va, huge_pages(mode), 100);
    assert_int_equal(b->process->minor_faults, 1);
    assert_false(is_huge(b, va + os_huge_bytes(mode)));
    bench_store_all(b, va + 2 * os_huge_bytes(mode), 3, 5);
    assert_int_equal(b->process->minor_faults, 4);
    call_bench_close(b);
}

static void it_is_zeros_whatever_its_frames_held(void **state)
{
    (void)state;
    call_bench *b = huge_open(mode, 1);
    uint64_t va = huge_map(b, 1, 0);
    for (int life = 0; life < 2; life++) {
        for (uint64_t i = 0; i < huge_pages(mode); i++)
            assert_int_equal(bench_load(b, va + PAGE(i) + 8 * i % 4096), 0);
        bench_store_all(b, va, huge_pages(mode), 1);
        tw_error error = {0};
        bench_ok(
            os_madvise(b->system, b->process, va, os_huge_bytes(mode), OS_ADVISE_DONTNEED, &error),
            &error);
        assert_int_equal(bench_page_frames(b), 0);
    }
    call_bench_close(b);
}

static void what_is_there_already_keeps_it_small(void **state)
{
    (void)state;
    call_bench *b = huge_open(mode, 1);
    uint64_t va = huge_map(b, 1, 0), bytes = os_huge_bytes(mode);
    assert_int_equal(os_madvise(b->system, b->process, va, bytes, OS_ADVISE_NO_HUGE, NULL), TW_OK);
    bench_store(b, va + PAGE(3), 1);
    assert_int_equal(os_madvise(b->system, b->process, va, bytes, OS_ADVISE_HUGE, NULL), TW_OK);
    bench_store(b, va, 2);
    assert_false(is_huge(b, va));
    assert_int_equal(bench_page_frames(b), 2);
    call_bench_close(b);
}

static void an_area_that_holds_not_all_of_it_keeps_it_small(void **state)
{
    (void)state;
    call_bench *b = huge_open(mode, 1);
    uint64_t va = huge_map(b, 1, 0);
    assert_int_equal(os_mprotect(b->system, b->process, va, PAGE(1), OS_R, NULL), TW_OK);
    bench_store(b, va + PAGE(1), 2);
    assert_false(is_huge(b, va));
    call_bench_close(b);
}

static void without_a_block_of_frames_it_is_small(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 1, (size_t)huge_pages(mode) - 1, NULL);
    uint64_t va = huge_map(b, 1, 0);
    bench_store_all(b, va, 10, 2);
    assert_false(is_huge(b, va));
    assert_int_equal(bench_page_frames(b), 10);
    call_bench_close(b);
}

static void without_memory_for_records_it_is_small_and_nothing_is_lost(void **state)
{
    (void)state;
    call_bench *b = huge_open(mode, 1);
    uint64_t va = huge_map(b, 1, 0);
    bench_load(b, bench_map(b, 1, OS_R, 0)); /* makes the zone's lists */
    for (size_t n = 1; n < 40; n++) {
        const size_t alive = b->records.alive, frames = os_frames_free(b->system->frames);
        b->records.refuse = b->records.takes + n;
        os_place *place = NULL;
        const os_vma *area = os_vmas_find(b->process->space->areas, va);
        tw_error error = {0};
        bench_ok(os_huge_touch(b->system, b->process, area, va, &error), &error);
        b->records.refuse = 0;
        assert_false(is_huge(b, va));
        place = os_places_find(&b->process->space->places, va);
        if (place != NULL) /* the place of the touch itself may stay */
            os_places_remove(&b->process->space->places, &b->system->port.records, place);
        assert_int_equal(b->records.alive, alive);
        assert_true(os_frames_free(b->system->frames) + mode_levels(mode) >= frames);
    }
    bench_store(b, va, 1);
    assert_true(is_huge(b, va));
    call_bench_close(b);
}

/* ---- where there are none -------------------------------------------------------------------- */

static void tables_of_one_level_have_no_huge_pages(void **state)
{
    (void)state;
    static const unsigned flat[] = {MODE_LINEAR, MODE_HASHED};
    for (size_t i = 0; i < sizeof flat / sizeof *flat; i++) {
        call_bench *b = call_bench_open(flat[i], 1, 64, NULL);
        uint64_t va = bench_map(b, 4, OS_R | OS_W, OS_VMA_HUGE);
        size_t made = 7;
        bench_store_all(b, va, 4, 1);
        assert_int_equal(bench_page_frames(b), 4);
        assert_int_equal(os_collapse(b->system, b->process, va, PAGE(4), &made, NULL), TW_USAGE);
        assert_int_equal(made, 0);
        call_bench_close(b);
    }
}

static void the_clock_comes_to_its_frames_as_they_stand(void **state)
{
    (void)state;
    call_bench *b = huge_open(mode, 1);
    uint64_t va = huge_map(b, 1, 0);
    bench_store(b, va, 1);
    assert_true(is_huge(b, va));
    const os_clock *clock = &b->system->clock;
    const size_t first = (size_t)(bench_page(b->process, va)->ppn - b->system->options.first_frame);
    size_t at = 0;
    while (at < clock->length && clock->ring[at] != first)
        at++;
    assert_true(at + huge_pages(mode) <= clock->length);
    for (size_t i = 0; i < huge_pages(mode); i++)
        assert_int_equal(clock->ring[at + i], first + i);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_touch_maps_all_of_it),
        cmocka_unit_test(it_is_zeros_whatever_its_frames_held),
        cmocka_unit_test(what_is_there_already_keeps_it_small),
        cmocka_unit_test(an_area_that_holds_not_all_of_it_keeps_it_small),
        cmocka_unit_test(without_a_block_of_frames_it_is_small),
        cmocka_unit_test(without_memory_for_records_it_is_small_and_nothing_is_lost),
        cmocka_unit_test(the_clock_comes_to_its_frames_as_they_stand),
    };
    const struct CMUnitTest flat[] = {cmocka_unit_test(tables_of_one_level_have_no_huge_pages)};
    int failed = cmocka_run_group_tests_name("huge_flat", flat, NULL, NULL);
    failed += kernel_bench_in_every_tree("huge", tests, sizeof tests / sizeof *tests, &mode);
    return failed;
}

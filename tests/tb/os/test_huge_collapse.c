/* Small pages that become a huge one, and those that cannot; in every mode whose tables have two
 * levels or more. */
#include "tests/support/huge_bench.h"

static unsigned mode; /* of the tests that run */

/* Small pages where a huge one could be. */
static call_bench *start_small(size_t more, uint64_t *va)
{
    call_bench *b = huge_open(mode, 1 + more);
    *va = huge_map(b, 1, 0);
    assert_int_equal(
        os_madvise(b->system, b->process, *va, os_huge_bytes(mode), OS_ADVISE_NO_HUGE, NULL),
        TW_OK);
    for (uint64_t i = huge_pages(mode); i-- > 0;) /* in no row */
        bench_store(b, *va + PAGE(i), i + 1);
    assert_false(is_huge(b, *va));
    return b;
}

static tw_status collapse(call_bench *b, uint64_t va, size_t *made)
{
    return os_collapse(b->system, b->process, va, os_huge_bytes(mode), made, NULL);
}

static void pages_that_are_there_become_one_and_keep_their_bytes(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = start_small(1, &va);
    const size_t tables = huge_table_frames(b);
    const uint64_t faults = bench_faults(b->process);
    size_t made = 0;
    assert_int_equal(collapse(b, va, &made), TW_OK);
    assert_int_equal(made, 1);
    assert_true(is_huge(b, va));
    assert_int_equal(bench_page_frames(b), huge_pages(mode));
    bench_expect_all(b, va, huge_pages(mode), 1);
    bench_store_all(b, va, huge_pages(mode), 2);
    assert_int_equal(bench_faults(b->process), faults);
    assert_int_equal(huge_table_frames(b), tables);
    assert_int_equal(collapse(b, va, &made), TW_OK);
    assert_int_equal(made, 0);
    call_bench_close(b);
}

static void what_was_split_becomes_one_again_where_it_is(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = huge_filled(mode, 0, &va);
    const uint64_t ppn = bench_page(b->process, va)->ppn;
    size_t a, d, made = 0;
    huge_split(b, va, &a, &d);
    assert_int_equal(collapse(b, va, &made), TW_OK);
    assert_int_equal(made, 1);
    assert_int_equal(bench_page(b->process, va)->ppn, ppn);
    bench_expect_all(b, va, huge_pages(mode), 1);
    call_bench_close(b);
}

static void what_was_dirty_is_still_saved_when_it_is_reclaimed(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = start_small(1, &va);
    size_t made = 0;
    assert_int_equal(collapse(b, va, &made), TW_OK);
    assert_int_equal(made, 1);
    os_page *page = bench_page(b->process, va + PAGE(3));
    tw_error error = {0};
    bench_ok(os_page_unmap(b->system, page, &error), &error);
    assert_true(page->dirty);
    assert_false(is_huge(b, va));
    call_bench_close(b);
}

static void a_page_that_is_missing_or_shared_keeps_them_small(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = start_small(1, &va);
    size_t made = 0;
    os_process *child = bench_fork(b);
    assert_int_equal(collapse(b, va, &made), TW_OK);
    assert_int_equal(made, 0);
    assert_int_equal(os_end(b->system, child, NULL), TW_OK);
    assert_int_equal(
        os_madvise(b->system, b->process, va + PAGE(1), PAGE(1), OS_ADVISE_DONTNEED, NULL), TW_OK);
    assert_int_equal(collapse(b, va, &made), TW_OK);
    assert_int_equal(made, 0);
    bench_store(b, va + PAGE(1), 2);
    assert_int_equal(collapse(b, va, &made), TW_OK);
    assert_int_equal(made, 1);
    bench_expect_all(b, va, huge_pages(mode), 1);
    call_bench_close(b);
}

static void without_frames_in_a_row_they_stay_small(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 1, (size_t)huge_pages(mode) * 3 / 2, NULL);
    uint64_t va = huge_map(b, 1, 0);
    size_t made = 0;
    assert_int_equal(
        os_madvise(b->system, b->process, va, os_huge_bytes(mode), OS_ADVISE_NO_HUGE, NULL), TW_OK);
    for (uint64_t i = huge_pages(mode); i-- > 0;)
        bench_store(b, va + PAGE(i), i + 1);
    assert_int_equal(collapse(b, va, &made), TW_NO_MEMORY);
    assert_int_equal(made, 0);
    bench_expect_all(b, va, huge_pages(mode), 1);
    call_bench_close(b);
}

static unsigned fences_left; /* of address spaces, before one fails */

static tw_status no_fence(void *context, tw_fence_kind kind, uint64_t va, unsigned asid,
                          tw_error *error)
{
    return kind == TW_FENCE_ASID && fences_left-- == 0
               ? tw_fail(error, TW_TIMEOUT, "no fence is done")
               : golden_port(context).fence(context, kind, va, asid, error);
}

/* The leaf stands: the pages are mapped by it. */
static void one_whose_last_fence_fails_is_made(void **state)
{
    (void)state;
    uint64_t va;
    size_t made = 0;
    call_bench *b = start_small(1, &va);
    const os_port port = b->system->port;
    b->system->port.fence = no_fence;
    fences_left = 1; /* before the leaf, and not after it */
    assert_int_equal(collapse(b, va, &made), TW_TIMEOUT);
    b->system->port = port;
    assert_true(is_huge(b, va));
    assert_int_equal(made, 1);
    bench_expect_all(b, va, huge_pages(mode), 1);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_that_are_there_become_one_and_keep_their_bytes),
        cmocka_unit_test(what_was_split_becomes_one_again_where_it_is),
        cmocka_unit_test(what_was_dirty_is_still_saved_when_it_is_reclaimed),
        cmocka_unit_test(a_page_that_is_missing_or_shared_keeps_them_small),
        cmocka_unit_test(without_frames_in_a_row_they_stay_small),
        cmocka_unit_test(one_whose_last_fence_fails_is_made),
    };
    return kernel_bench_in_every_tree("huge_collapse", tests, sizeof tests / sizeof *tests, &mode);
}

/* Unmapping, and the heap: what goes gives its frames back and is zeros when it comes again; in
 * every mode. */
#include "tests/support/call_bench.h"

enum { HEAP = 0x20000000 };

static unsigned mode; /* of the tests that run */

static call_bench *start(void)
{
    return call_bench_open(mode, 1, 96, NULL);
}

static void unmap(call_bench *b, uint64_t va, uint64_t pages)
{
    tw_error error = {0};
    bench_ok(os_munmap(b->system, b->process, va, PAGE(pages), &error), &error);
}

static void pages_that_go_give_their_frames_back(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, 8, OS_R | OS_W, 0);
    bench_store_all(b, va, 8, 1);
    unmap(b, va, 8);
    assert_int_equal(bench_page_frames(b), 0);
    assert_int_equal(b->process->space->places.count, 0);
    assert_int_equal(bench_dies(b, OP_LOAD, va), OS_REASON_NO_REGION);
    call_bench_close(b);
}

static void a_hole_leaves_both_sides_as_they_were(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, 8, OS_R | OS_W, 0);
    bench_store_all(b, va, 8, 1);
    unmap(b, va + PAGE(2), 3);
    unmap(b, va + PAGE(2), 3); /* nothing is there: nothing happens */
    assert_int_equal(os_vmas_count(b->process->space->areas), 2);
    bench_expect_all(b, va, 2, 1);
    bench_expect_all(b, va + PAGE(5), 3, 6);
    assert_int_equal(bench_dies(b, OP_LOAD, va + PAGE(2)), OS_REASON_NO_REGION);
    call_bench_close(b);
}

static void what_is_mapped_anew_is_zeros(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, 4, OS_R | OS_W, 0);
    bench_store_all(b, va, 4, 1);
    unmap(b, va, 4);
    const os_map_request request = {
        .address = va, .bytes = PAGE(4), .permissions = OS_R | OS_W, .fixed = true};
    assert_int_equal(os_mmap(b->system, b->process, &request, &va, NULL), TW_OK);
    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(bench_load(b, va + PAGE(i)), 0);
    call_bench_close(b);
}

static void pages_in_the_swap_file_give_their_slots_back(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 1, call_bench_frames(mode, 8), NULL);
    uint64_t va = bench_map(b, 40, OS_R | OS_W, 0);
    bench_store_all(b, va, 40, 1);
    os_accounts accounts;
    os_account(b->system, &accounts);
    assert_true(accounts.slots_used > 0);
    unmap(b, va, 40);
    os_account(b->system, &accounts);
    assert_int_equal(accounts.slots_used, 0);
    call_bench_close(b);
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, 1, OS_R | OS_W, 0);
    assert_int_equal(os_munmap(b->system, b->process, va, 0, NULL), TW_USAGE);
    assert_int_equal(os_munmap(b->system, b->process, va + 1, 1, NULL), TW_USAGE);
    assert_int_equal(os_munmap(b->system, b->process, va, UINT64_MAX - PAGE(1), NULL), TW_USAGE);
    bench_store(b, va, 1);
    call_bench_close(b);
}

/* ---- the heap -------------------------------------------------------------------------------- */

static tw_status set_break(call_bench *b, uint64_t end)
{
    return os_brk(b->system, b->process, end, NULL);
}

static call_bench *start_with_heap(void)
{
    call_bench *b = start();
    bench_map(b, 1, OS_R, 0); /* opens the areas */
    assert_int_equal(os_vmas_heap(b->process->space->areas, HEAP, NULL), TW_OK);
    return b;
}

static void the_break_moves_an_end_and_takes_no_frame(void **state)
{
    (void)state;
    call_bench *b = start_with_heap();
    assert_int_equal(set_break(b, HEAP + PAGE(7) + 1), TW_OK);
    const os_vma *heap = os_vmas_find(b->process->space->areas, HEAP);
    assert_non_null(heap);
    assert_int_equal(heap->end, HEAP + PAGE(8));
    assert_int_equal(set_break(b, HEAP + PAGE(9)), TW_OK);
    assert_int_equal(os_vmas_find(b->process->space->areas, HEAP)->end, HEAP + PAGE(9));
    assert_int_equal(os_vmas_count(b->process->space->areas), 2);
    assert_int_equal(bench_page_frames(b), 0);
    bench_store_all(b, HEAP, 3, 1);
    assert_int_equal(b->process->minor_faults, 3);
    call_bench_close(b);
}

static void a_heap_that_shrinks_gives_frames_back_and_forgets(void **state)
{
    (void)state;
    call_bench *b = start_with_heap();
    assert_int_equal(set_break(b, HEAP + PAGE(6)), TW_OK);
    bench_store_all(b, HEAP, 6, 1);
    assert_int_equal(set_break(b, HEAP + PAGE(2)), TW_OK);
    assert_int_equal(bench_page_frames(b), 2);
    assert_int_equal(set_break(b, HEAP + PAGE(6)), TW_OK);
    bench_expect_all(b, HEAP, 2, 1);
    assert_int_equal(bench_load(b, HEAP + PAGE(2)), 0);
    call_bench_close(b);
}

static void a_heap_that_cannot_grow_stays_as_it_is(void **state)
{
    (void)state;
    call_bench *b = start_with_heap();
    const os_map_request wall = {
        .address = HEAP + PAGE(4), .bytes = 1, .permissions = OS_R, .fixed = true};
    uint64_t va;
    assert_int_equal(os_mmap(b->system, b->process, &wall, &va, NULL), TW_OK);
    assert_int_equal(set_break(b, HEAP + PAGE(3)), TW_OK);
    assert_int_equal(set_break(b, HEAP + PAGE(5)), TW_NO_MEMORY);
    assert_int_equal(set_break(b, HEAP - 1), TW_USAGE);
    assert_int_equal(set_break(b, UINT64_MAX - PAGE(2)), TW_NO_MEMORY);
    assert_int_equal(os_vmas_heap_end(b->process->space->areas), HEAP + PAGE(3));
    call_bench_close(b);
}

static void without_a_heap_there_is_no_break(void **state)
{
    (void)state;
    call_bench *b = start();
    assert_int_equal(set_break(b, HEAP), TW_USAGE);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest munmap[] = {
        cmocka_unit_test(pages_that_go_give_their_frames_back),
        cmocka_unit_test(a_hole_leaves_both_sides_as_they_were),
        cmocka_unit_test(what_is_mapped_anew_is_zeros),
        cmocka_unit_test(pages_in_the_swap_file_give_their_slots_back),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(the_break_moves_an_end_and_takes_no_frame),
        cmocka_unit_test(a_heap_that_shrinks_gives_frames_back_and_forgets),
        cmocka_unit_test(a_heap_that_cannot_grow_stays_as_it_is),
        cmocka_unit_test(without_a_heap_there_is_no_break),
    };
    return golden_in_every_mode("munmap", munmap, sizeof munmap / sizeof *munmap, &mode);
}

/* Other permissions, at once and without losing a byte; and stacks, which grow by faults; in every
 * mode. */
#include <unistd.h>

#include "tests/support/call_bench.h"

static unsigned mode; /* of the tests that run */

static call_bench *start(void)
{
    return call_bench_open(mode, 2, 96, NULL);
}

static void protect(call_bench *b, uint64_t va, uint64_t pages, unsigned permissions)
{
    tw_error error = {0};
    bench_ok(os_mprotect(b->system, bench_current(b), va, PAGE(pages), permissions, &error),
             &error);
}

static void a_right_that_goes_is_gone_at_once(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, 3, OS_R | OS_W, 0);
    bench_store_all(b, va, 3, 1);
    protect(b, va + PAGE(1), 1, OS_R);
    bench_store(b, va, 9);
    bench_store(b, va + PAGE(2), 9);
    assert_int_equal(bench_load(b, va + PAGE(1)), 2);
    assert_int_equal(bench_dies(b, OP_STORE, va + PAGE(1)), OS_REASON_FORBIDDEN);
    call_bench_close(b);
}

static void a_right_that_comes_costs_no_fault(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, 3, OS_R | OS_W, 0);
    bench_store_all(b, va, 3, 1);
    protect(b, va, 3, OS_R);
    bench_expect_all(b, va, 3, 1);
    protect(b, va, 3, OS_R | OS_W | OS_X);
    uint64_t faults = bench_faults(b->process);
    bench_fetch(b, va);
    bench_store_all(b, va, 3, 4);
    assert_int_equal(bench_faults(b->process), faults);
    assert_int_equal(os_statistics(b->system)->refused, 0);
    assert_int_equal(os_vmas_count(b->process->space->areas), 1);
    call_bench_close(b);
}

static void what_nobody_may_touch_is_kept(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, 3, OS_R | OS_W, 0);
    bench_store_all(b, va, 3, 1);
    protect(b, va, 2, 0);
    assert_false(bench_mapped(b->process, va));
    bench_expect_all(b, va + PAGE(2), 1, 3);
    protect(b, va, 2, OS_R);
    bench_expect_all(b, va, 3, 1);
    protect(b, va, 2, 0);
    assert_int_equal(bench_dies(b, OP_LOAD, va), OS_REASON_FORBIDDEN);
    call_bench_close(b);
}

static void a_store_to_a_shared_page_is_still_seen_first(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, 2, OS_R | OS_W, 0);
    bench_store_all(b, va, 2, 1);
    os_process *child = bench_fork(b);
    protect(b, va, 2, OS_R);
    protect(b, va, 2, OS_R | OS_W);
    bench_store(b, va, 50);
    assert_int_equal(os_statistics(b->system)->copies, 1);
    bench_switch(b, child);
    bench_expect_all(b, va, 2, 1);
    call_bench_close(b);
}

static void a_file_open_for_reading_is_not_written_through_memory(void **state)
{
    (void)state;
    call_bench *b = start();
    char path[BROKEN_PATH];
    os_object *file = bench_file(b, path, 1, false);
    uint64_t shared = bench_map_object(b, file, 1, OS_R, OS_VMA_SHARED);
    uint64_t own = bench_map_object(b, file, 1, OS_R, 0);
    assert_int_equal(os_mprotect(b->system, b->process, shared, PAGE(1), OS_R | OS_W, NULL),
                     TW_USAGE);
    protect(b, own, 1, OS_R | OS_W);
    bench_store(b, own, 1);
    assert_int_equal(bench_dies(b, OP_STORE, shared), OS_REASON_FORBIDDEN);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    call_bench_close(b);
    unlink(path);
}

static void what_nobody_may_touch_takes_few_fences(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 1, 128, NULL);
    uint64_t va = bench_map(b, 64, OS_R | OS_W, 0);
    bench_store_all(b, va, 64, 1);
    const unsigned fences = b->machine->fences;
    protect(b, va, 64, 0);
    assert_in_range(b->machine->fences - fences, 1, 2);
    protect(b, va, 64, OS_R);
    bench_expect_all(b, va, 64, 1);
    call_bench_close(b);
}

static uint64_t broken; /* the word that cannot be swapped */

static tw_status break_swap(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                            uint64_t desired, uint64_t *found, tw_error *error)
{
    return address == broken ? tw_fail(error, TW_IO, "the bus refuses")
                             : golden_port(context).swap(context, address, bytes, expected, desired,
                                                         found, error);
}

/* The machine fails in the second area: the first has its new permissions, and nobody who knows the
 * old ones. */
static void parts_before_a_bus_error_are_done_and_fenced(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 1, 64, NULL);
    uint64_t va = bench_map(b, 2, OS_R | OS_W, 0), pa;
    protect(b, va + PAGE(1), 1, OS_R | OS_W | OS_X);
    bench_store_all(b, va, 2, 1);
    os_table_spot end = {0};
    const os_place *place = os_places_find(&b->process->space->places, va + PAGE(1));
    if (mode == MODE_HASHED)
        broken = os_hashed_entry(&b->system->hashed, (unsigned)place->page->ppn);
    else
        os_table_walk(&b->system->port, &b->process->space->table, place->va, &end, NULL);
    broken = mode == MODE_HASHED ? broken : end.address;
    const os_port port = b->system->port;
    b->system->port.swap = break_swap;
    assert_int_equal(os_mprotect(b->system, b->process, va, PAGE(2), OS_R, NULL), TW_IO);
    b->system->port = port;
    assert_int_equal(os_vmas_find(b->process->space->areas, va)->permissions, OS_R);
    assert_int_equal(golden_access(b->machine, OP_STORE, va, &pa), CAUSE_STORE_PAGE);
    bench_store(b, va + PAGE(1), 5);
    call_bench_close(b);
}

static void gaps_and_unknown_permissions_are_refused(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, 2, OS_R | OS_W, 0);
    assert_int_equal(os_munmap(b->system, b->process, va + PAGE(1), 1, NULL), TW_OK);
    assert_int_equal(os_mprotect(b->system, b->process, va, PAGE(2), OS_R, NULL), TW_USAGE);
    assert_int_equal(os_mprotect(b->system, b->process, va, PAGE(1), 8, NULL), TW_USAGE);
    bench_store(b, va, 1);
    call_bench_close(b);
}

/* ---- stacks ---------------------------------------------------------------------------------- */

enum { STACK_TOP = 0x7fffd000, STACK = 0x7fffc000 };

static uint64_t map_stack(call_bench *b)
{
    const os_map_request request = {.address = STACK,
                                    .bytes = STACK_TOP - STACK,
                                    .permissions = OS_R | OS_W,
                                    .flags = OS_VMA_GROWS_DOWN,
                                    .fixed = true};
    uint64_t va = 0;
    tw_error error = {0};
    bench_ok(os_mmap(b->system, b->process, &request, &va, &error), &error);
    return va;
}

/* pushq with the stack pointer at 0x7fffc000. */
static void a_push_below_the_stack_maps_the_page_below(void **state)
{
    (void)state;
    call_bench *b = start();
    map_stack(b);
    bench_store(b, 0x7fffbff8, 42);
    assert_int_equal(b->process->minor_faults, 1);
    assert_int_equal(os_statistics(b->system)->faults[CAUSE_STORE_PAGE], 1);
    assert_true(bench_mapped(b->process, UINT64_C(0x7fffb) << PAGE_SHIFT));
    assert_int_equal(os_vmas_find(b->process->space->areas, STACK)->start, 0x7fffb000);
    assert_int_equal(bench_load(b, 0x7fffbff8), 42);
    call_bench_close(b);
}

static void far_below_its_limit_is_no_stack(void **state)
{
    (void)state;
    call_bench *b = start();
    map_stack(b);
    uint64_t lowest = STACK_TOP - PAGE(OS_STACK_PAGES);
    bench_store(b, lowest, 1);
    os_reason reason = bench_dies(b, OP_STORE, lowest - 8);
    assert_true(reason == OS_REASON_GUARD || reason == OS_REASON_NO_REGION);
    call_bench_close(b);
}

static void the_guard_below_a_stack_kills(void **state)
{
    (void)state;
    call_bench *b = start();
    map_stack(b);
    const os_map_request below = {
        .address = STACK - PAGE(20), .bytes = PAGE(4), .permissions = OS_R, .fixed = true};
    uint64_t va;
    assert_int_equal(os_mmap(b->system, b->process, &below, &va, NULL), TW_OK);
    assert_int_equal(bench_dies(b, OP_STORE, STACK - 8), OS_REASON_GUARD);
    call_bench_close(b);
}

/* Neither by its first page nor by a page of its stack is a null pointer any good. */
static void no_stack_grows_down_to_null_pointers(void **state)
{
    (void)state;
    call_bench *b = start();
    const os_map_request request = {.address = 0xff000,
                                    .bytes = PAGE(1),
                                    .permissions = OS_R | OS_W,
                                    .flags = OS_VMA_GROWS_DOWN,
                                    .fixed = true};
    uint64_t va;
    assert_int_equal(os_mmap(b->system, b->process, &request, &va, NULL), TW_OK);
    bench_store(b, 0x10000, 1);
    bench_dies(b, OP_STORE, 0x10000 - 8);
    call_bench_close(b);
}

static void a_wish_for_the_guard_of_a_stack_is_not_granted(void **state)
{
    (void)state;
    call_bench *b = start();
    const uint64_t guard = PAGE(OS_GUARD_PAGES);
    map_stack(b);
    const uint64_t below[] = {PAGE(1), guard, guard + PAGE(2)}; /* it grows by a page */
    for (unsigned i = 0; i < 3; i++) {
        const os_map_request wish = {
            .address = STACK - below[i], .bytes = PAGE(1), .permissions = OS_R};
        uint64_t va;
        assert_int_equal(os_mmap(b->system, b->process, &wish, &va, NULL), TW_OK);
        assert_int_equal(va == STACK - below[i], below[i] > guard);
        assert_int_equal(os_munmap(b->system, b->process, va, PAGE(1), NULL), TW_OK);
        bench_store(b, STACK - 8, 1);
    }
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest mprotect[] = {
        cmocka_unit_test(a_right_that_goes_is_gone_at_once),
        cmocka_unit_test(a_right_that_comes_costs_no_fault),
        cmocka_unit_test(what_nobody_may_touch_is_kept),
        cmocka_unit_test(a_store_to_a_shared_page_is_still_seen_first),
        cmocka_unit_test(a_file_open_for_reading_is_not_written_through_memory),
        cmocka_unit_test(what_nobody_may_touch_takes_few_fences),
        cmocka_unit_test(parts_before_a_bus_error_are_done_and_fenced),
        cmocka_unit_test(gaps_and_unknown_permissions_are_refused),
        cmocka_unit_test(a_push_below_the_stack_maps_the_page_below),
        cmocka_unit_test(far_below_its_limit_is_no_stack),
        cmocka_unit_test(the_guard_below_a_stack_kills),
        cmocka_unit_test(no_stack_grows_down_to_null_pointers),
        cmocka_unit_test(a_wish_for_the_guard_of_a_stack_is_not_granted),
    };
    return golden_in_every_mode("mprotect", mprotect, sizeof mprotect / sizeof *mprotect, &mode);
}

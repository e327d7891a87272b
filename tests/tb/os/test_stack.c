/* Faults below a stack: it grows to the page of the fault, as far as its limit and its guard allow,
 * and beyond that the process ends. In every mode. */
#include "tb/os/calls.h"
#include "tests/support/call_bench.h"

enum { RW = OS_R | OS_W, PAGES = 4 };

static const uint64_t TOP = 0x7ffff000; /* end of the stack */

static unsigned mode; /* of the tests that run */

static struct {
    uint64_t va, pages;
    unsigned count;
} grown;

static void see(void *context, const os_event *event)
{
    (void)context;
    if (event->kind != OS_EVENT_STACK_GROWN)
        return;
    grown.va = event->va;
    grown.pages = event->number;
    grown.count++;
}

static void map_at(call_bench *b, uint64_t start, uint64_t pages, unsigned permissions,
                   unsigned flags)
{
    const os_map_request request = {.address = start,
                                    .fixed = true,
                                    .bytes = PAGE(pages),
                                    .permissions = permissions,
                                    .flags = flags};
    uint64_t address = 0;
    tw_error error = {0};
    bench_ok(os_mmap(b->system, b->process, &request, &address, &error), &error);
    assert_int_equal(address, start);
}

/* A stack of PAGES pages below TOP. */
static call_bench *start(void)
{
    call_bench *b = call_bench_open(mode, 2, 2 * call_bench_frames(mode, 12), NULL);
    b->system->port.event = see;
    grown.count = 0;
    map_at(b, TOP - PAGE(PAGES), PAGES, RW, OS_VMA_GROWS_DOWN);
    return b;
}

static const os_vma *stack_of(const call_bench *b)
{
    return os_process_region(b->process, TOP - 1);
}

static void expect_stack(const call_bench *b, uint64_t pages)
{
    assert_int_equal(stack_of(b)->start, TOP - PAGE(pages));
    assert_int_equal(stack_of(b)->end, TOP);
}

static void it_grows_to_the_page_of_the_fault_and_no_further(void **state)
{
    (void)state;
    call_bench *b = start();
    bench_store(b, TOP - PAGE(PAGES), 1);
    assert_int_equal(grown.count, 0); /* that is in it */
    bench_store(b, TOP - PAGE(PAGES) - 8, 2);
    expect_stack(b, PAGES + 1);
    assert_int_equal(grown.count, 1);
    assert_int_equal(grown.va, TOP - PAGE(PAGES) - 8);
    assert_int_equal(grown.pages, 1);
    bench_store(b, TOP - PAGE(PAGES + 7), 3); /* the first byte of its page */
    expect_stack(b, PAGES + 7);
    assert_int_equal(grown.pages, 6);
    assert_int_equal(stack_of(b)->permissions, RW);
    assert_int_equal(stack_of(b)->flags, OS_VMA_GROWS_DOWN);
    assert_int_equal(bench_load(b, TOP - PAGE(PAGES + 3)), 0); /* what it grew over is there */
    assert_int_equal(grown.count, 2);
    assert_int_equal(bench_load(b, TOP - PAGE(PAGES) - 8), 2);
    assert_int_equal(b->process->space->places.count, 4); /* a page comes when it is touched */
    call_bench_close(b);
}

static void a_load_makes_it_grow_too(void **state)
{
    (void)state;
    call_bench *b = start();
    assert_int_equal(bench_load(b, TOP - PAGE(PAGES + 2)), 0);
    expect_stack(b, PAGES + 2);
    call_bench_close(b);
}

static void it_grows_to_its_limit_and_one_page_more_is_the_end(void **state)
{
    (void)state;
    call_bench *b = start();
    bench_store(b, TOP - PAGE(OS_STACK_PAGES), 1);
    expect_stack(b, OS_STACK_PAGES);
    assert_int_equal(bench_dies(b, OP_STORE, TOP - PAGE(OS_STACK_PAGES) - 8), OS_REASON_GUARD);
    assert_int_equal(b->process->death.va, TOP - PAGE(OS_STACK_PAGES) - 8);
    assert_int_equal(grown.count, 1);
    call_bench_close(b);
}

static void beyond_its_limit_it_does_not_grow_at_all(void **state)
{
    (void)state;
    call_bench *b = start();
    assert_int_equal(bench_dies(b, OP_LOAD, TOP - PAGE(OS_STACK_PAGES) - 8), OS_REASON_GUARD);
    assert_int_equal(grown.count, 0);
    call_bench_close(b);
}

static void it_leaves_a_guard_above_the_area_below(void **state)
{
    (void)state;
    call_bench *b = start();
    const uint64_t below = TOP - PAGE(OS_GUARD_PAGES + 50);
    map_at(b, below - PAGE(1), 1, RW, 0);
    bench_store(b, below + PAGE(OS_GUARD_PAGES), 1);
    expect_stack(b, 50);
    assert_int_equal(bench_dies(b, OP_STORE, below + PAGE(OS_GUARD_PAGES) - 8), OS_REASON_GUARD);
    call_bench_close(b);
}

static void just_above_the_area_below_is_the_guard_and_in_it_is_that_area(void **state)
{
    (void)state;
    call_bench *b = start();
    const uint64_t below = TOP - PAGE(OS_GUARD_PAGES + 50);
    map_at(b, below - PAGE(1), 1, RW, 0);
    bench_store(b, below - 8, 1);
    assert_int_equal(grown.count, 0);
    assert_int_equal(bench_dies(b, OP_STORE, below), OS_REASON_GUARD);
    assert_int_equal(grown.count, 0);
    call_bench_close(b);
}

/* Where it could have grown to, and its guard below that, no stack is overrun further down. */
static void further_down_than_its_guard_is_no_region_at_all(void **state)
{
    (void)state;
    const uint64_t guard = TOP - PAGE(OS_STACK_PAGES + OS_GUARD_PAGES);
    call_bench *b = start();
    assert_int_equal(bench_dies(b, OP_STORE, guard), OS_REASON_GUARD);
    call_bench_close(b);
    b = start();
    assert_int_equal(bench_dies(b, OP_STORE, guard - 8), OS_REASON_NO_REGION);
    call_bench_close(b);
}

static void below_an_area_that_is_no_stack_nothing_grows(void **state)
{
    (void)state;
    call_bench *b = start();
    map_at(b, 0x100000, 2, RW, 0);
    assert_int_equal(bench_dies(b, OP_STORE, 0x100000 - 8), OS_REASON_NO_REGION);
    assert_int_equal(grown.count, 0);
    call_bench_close(b);
}

static void above_the_stack_is_no_region(void **state)
{
    (void)state;
    call_bench *b = start();
    assert_int_equal(bench_dies(b, OP_STORE, TOP), OS_REASON_NO_REGION);
    assert_int_equal(grown.count, 0);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest stack[] = {
        cmocka_unit_test(it_grows_to_the_page_of_the_fault_and_no_further),
        cmocka_unit_test(a_load_makes_it_grow_too),
        cmocka_unit_test(it_grows_to_its_limit_and_one_page_more_is_the_end),
        cmocka_unit_test(beyond_its_limit_it_does_not_grow_at_all),
        cmocka_unit_test(it_leaves_a_guard_above_the_area_below),
        cmocka_unit_test(just_above_the_area_below_is_the_guard_and_in_it_is_that_area),
        cmocka_unit_test(further_down_than_its_guard_is_no_region_at_all),
        cmocka_unit_test(below_an_area_that_is_no_stack_nothing_grows),
        cmocka_unit_test(above_the_stack_is_no_region),
    };
    return golden_in_every_mode("stack", stack, sizeof stack / sizeof *stack, &mode);
}

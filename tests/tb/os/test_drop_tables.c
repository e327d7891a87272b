/* The hardware's tables are a cache of areas and places: programs do not see when PTEs are dropped.
 * And the page of zeros. In every mode. */
#include <unistd.h>

#include "tb/random.h"
#include "tests/support/call_bench.h"

enum { PAGES = 40, RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

/* Two processes, one a fork of the other, and a file that both see, at random, in few frames; all
 * PTEs go every `every` steps, never if that is 0. */
static uint64_t run(unsigned every, uint64_t *faults)
{
    enum { STEPS = 3000, SEED = 11 };
    char path[BROKEN_PATH];
    const os_options options = {.adue = true, .swap_slots = 512, .zero_page = true};
    call_bench *b = call_bench_open(mode, 2, call_bench_frames(mode, 24), &options);
    os_object *file = bench_file(b, path, 8, true);
    const uint64_t data = bench_map(b, PAGES, RW, 0);
    const uint64_t shared = bench_map_object(b, file, 8, RW, OS_VMA_SHARED);
    bench_store_all(b, data, PAGES / 2, 1000);
    os_process *both[] = {b->process, bench_fork(b)};
    uint64_t random = SEED, sum = 0;
    for (unsigned step = 1; step <= STEPS; step++) {
        bench_switch(b, both[random_below(&random, 2)]);
        const bool of_file = random_below(&random, 3) == 0, store = random_below(&random, 3) == 0;
        const uint64_t va = of_file ? shared + PAGE(random_below(&random, 8))
                                    : data + PAGE(random_below(&random, PAGES));
        if (store)
            bench_store(b, va, step);
        else
            sum = sum * 31 + bench_load(b, va);
        if (every != 0 && step % every == 0)
            assert_int_equal(os_drop_tables(b->system, NULL), TW_OK);
        if (step % 500 == 0)
            assert_int_equal(os_audit(b->system, NULL), TW_OK);
    }
    *faults = os_statistics(b->system)->minor;
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    call_bench_close(b);
    unlink(path);
    return sum;
}

static void dropping_all_ptes_changes_nothing_that_a_program_sees(void **state)
{
    (void)state;
    uint64_t faults, more;
    const uint64_t want = run(0, &faults);
    assert_int_equal(run(7, &more), want);
    assert_true(more > faults);
    assert_int_equal(run(1, &more), want);
}

static void a_dropped_pte_comes_back_by_a_minor_fault_with_d_remembered(void **state)
{
    (void)state;
    const os_options options = {.adue = true, .swap_slots = 64};
    call_bench *b = call_bench_open(mode, 1, call_bench_frames(mode, 8), &options);
    const uint64_t va = bench_map(b, 4, RW, 0);
    bench_store_all(b, va, 4, 7);
    assert_int_equal(os_drop_tables(b->system, NULL), TW_OK);
    for (uint64_t i = 0; i < 4; i++) {
        assert_false(bench_mapped(b->process, va + PAGE(i)));
        assert_true(bench_page(b->process, va + PAGE(i))->dirty);
    }
    const uint64_t faults = bench_faults(b->process);
    bench_expect_all(b, va, 4, 7);
    assert_int_equal(bench_faults(b->process), faults + 4);
    assert_int_equal(b->process->major_faults, 0);
    assert_int_equal(os_statistics(b->system)->swap_in, 0);
    call_bench_close(b);
}

static void loads_share_one_page_of_zeros_and_stores_leave_it(void **state)
{
    (void)state;
    enum { MANY = 256 };
    const os_options options = {.adue = true, .swap_slots = 64, .zero_page = true};
    call_bench *b = call_bench_open(mode, 1, call_bench_frames(mode, MANY + 8), &options);
    const uint64_t va = bench_map(b, MANY, RW, 0);
    const os_counts *counts = os_statistics(b->system);
    const bool shared = mode != MODE_HASHED;
    for (uint64_t i = 0; i < MANY; i++)
        assert_int_equal(bench_load(b, va + PAGE(i)), 0);
    assert_int_equal(b->process->minor_faults, MANY);
    assert_int_equal(counts->zero_maps, shared ? MANY : 0);
    assert_int_equal(bench_page_frames(b), shared ? 0 : MANY);
    bench_store_all(b, va, MANY, 5);
    assert_int_equal(b->process->minor_faults, shared ? 2 * MANY : MANY);
    assert_int_equal(counts->copies, 0);
    bench_expect_all(b, va, MANY, 5);
    call_bench_close(b);
}

static void the_page_of_zeros_is_never_written_and_never_reclaimed(void **state)
{
    (void)state;
    const os_options options = {.adue = true, .swap_slots = 256, .zero_page = true};
    call_bench *b = call_bench_open(mode, 1, call_bench_frames(mode, 8), &options);
    const uint64_t va = bench_map(b, 64, RW, 0);
    bench_load(b, va);
    bench_store_all(b, va + PAGE(1), 60, 9);
    assert_int_equal(bench_load(b, va), 0);
    assert_int_equal(bench_load(b, va + PAGE(62)), 0);
    if (mode != MODE_HASHED)
        assert_ptr_equal(bench_page(b->process, va), bench_page(b->process, va + PAGE(62)));
    call_bench_close(b);
}

static void a_touch_brings_in_and_maps_without_a_fault(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 1, call_bench_frames(mode, 8), NULL);
    const uint64_t va = bench_map(b, 4, RW, 0);
    uint64_t pa;
    assert_int_equal(os_touch(b->system, b->process, va, OP_STORE, NULL), TW_OK);
    assert_int_equal(golden_access(b->machine, OP_STORE, va, &pa), CAUSE_NONE);
    assert_int_equal(bench_faults(b->process), 0);
    assert_int_equal(os_touch(b->system, b->process, va, OP_FETCH, NULL), TW_USAGE);
    assert_int_equal(os_touch(b->system, b->process, va - PAGE(64), OP_LOAD, NULL), TW_USAGE);
    call_bench_close(b);
}

/* The copy has no home yet, though D is clear. */
static void a_copy_that_nobody_has_stored_to_yet_is_kept(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 2, call_bench_frames(mode, 12), NULL);
    const uint64_t va = bench_map(b, 2, RW, 0);
    bench_store_all(b, va, 2, 40);
    os_process *child = bench_fork(b);
    assert_int_equal(os_touch(b->system, child, va, OP_STORE, NULL), TW_OK);
    assert_ptr_not_equal(bench_page(child, va), bench_page(b->process, va));
    bench_store_all(b, bench_map(b, 40, RW, 0), 40, 1); /* takes all frames */
    bench_switch(b, child);
    bench_expect_all(b, va, 2, 40);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest drop[] = {
        cmocka_unit_test(dropping_all_ptes_changes_nothing_that_a_program_sees),
        cmocka_unit_test(a_dropped_pte_comes_back_by_a_minor_fault_with_d_remembered),
        cmocka_unit_test(loads_share_one_page_of_zeros_and_stores_leave_it),
        cmocka_unit_test(the_page_of_zeros_is_never_written_and_never_reclaimed),
        cmocka_unit_test(a_copy_that_nobody_has_stored_to_yet_is_kept),
        cmocka_unit_test(a_touch_brings_in_and_maps_without_a_fault),
    };
    return golden_in_every_mode("drop_tables", drop, sizeof drop / sizeof *drop, &mode);
}

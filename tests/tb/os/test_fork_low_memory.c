/* fork when there is high memory but no low memory for the child's tables: no page has to go for
 * them, faults make them later. In every mode whose tables are trees. */
#include "tests/support/call_bench.h"
#include "tests/support/kernel_bench.h"

enum { LOW = 40, FRAMES = 80, BASE = 0x40000000, PAGES = 60, RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

static uint64_t free_frames(const kernel_bench *k, bool high)
{
    return buddy_free(zones_buddy(os_frames_zones(k->system->frames), 0, high));
}

/* A process with an area of PAGES pages, which is made current. */
static os_process *spawn(const kernel_bench *k)
{
    const os_map_request request = {
        .address = BASE, .bytes = PAGE(PAGES), .permissions = RW, .fixed = true};
    uint64_t va;
    tw_error error = {0};
    os_process *process = kernel_bench_spawn(k);
    bench_ok(os_mmap(k->system, process, &request, &va, &error), &error);
    return process;
}

/* One process has high memory full, another two pages in low memory; roots of others take the rest
 * of that but `left` frames; then there is high memory again. Returns the other. */
static os_process *start(kernel_bench *k, uint64_t left)
{
    zones_setup setup;
    os_options options = kernel_bench_options(mode, LOW, &setup);
    options.frames = setup.node[0].count = FRAMES;
    *k = kernel_bench_with(&options, GOLDEN_FIRST);
    tw_error error = {0};
    os_process *first = spawn(k);
    for (uint64_t i = 0; free_frames(k, true) > 0; i++)
        golden_store(k->machine, k->system, BASE + PAGE(i), i);
    os_process *parent = spawn(k), *other;
    golden_store(k->machine, k->system, BASE, 1);
    golden_store(k->machine, k->system, BASE + PAGE(1), 2);
    while (free_frames(k, false) > left)
        bench_ok(os_spawn(k->system, &other, &error), &error);
    bench_ok(os_munmap(k->system, first, BASE, PAGE(8), &error), &error);
    assert_true(free_frames(k, true) > mode_levels(mode));
    return parent;
}

static void no_page_has_to_go_for_the_tables_of_a_child(void **state)
{
    (void)state;
    for (uint64_t left = 1; left <= mode_levels(mode); left++) {
        kernel_bench k;
        os_process *parent = start(&k, left), *child;
        tw_error error = {0};
        const os_counts *counts = os_statistics(k.system);
        const uint64_t gone = counts->swap_out + counts->clean_drops;
        bench_ok(os_fork(k.system, parent, &child, &error), &error);
        assert_int_equal(counts->swap_out + counts->clean_drops, gone);
        bench_ok(os_audit(k.system, &error), &error);
        for (uint64_t i = 0; i < 2; i++)
            assert_int_equal(golden_load(k.machine, k.system, BASE + PAGE(i)), i + 1);
        kernel_bench_close(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_page_has_to_go_for_the_tables_of_a_child),
    };
    return kernel_bench_in_every_tree("fork_low_memory", tests, sizeof tests / sizeof *tests,
                                      &mode);
}

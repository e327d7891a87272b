/*
 * Effective access time of demand paging: (1 - p) * memory + p * fault. A cycle is a nanosecond;
 * what the formula says is compared with what a run measures, from the run's own counters. And what
 * keeps p low: only what is referenced is read.
 */
#include <math.h>

#include "tb/os/kernel.h"
#include "tests/support/call_bench.h"

enum { MEMORY = 200, FAULT = 8000000, ACCESSES = 1000, PAGES = 40, FRAMES = 32 };

static double effective(double p, double memory, double fault)
{
    return (1 - p) * memory + p * fault;
}

static void one_fault_in_1000_makes_200_ns_8_microseconds(void **state)
{
    (void)state;
    double ns = effective(1.0 / 1000, MEMORY, FAULT);
    assert_true(fabs(ns - 8199.8) < 1e-6);
    assert_int_equal(lround(ns / MEMORY), 41);
}

static void for_less_than_10_percent_one_access_in_400000_may_fault(void **state)
{
    (void)state;
    double p = 0.1 * MEMORY / (FAULT - MEMORY);
    assert_true(fabs(p - 2.5e-6) < 1e-9);
    assert_int_equal(lround(1 / p), 399990);
    assert_true(effective(p, MEMORY, FAULT) <= 1.1 * MEMORY + 1e-6);
    assert_true(effective(1.01 * p, MEMORY, FAULT) > 1.1 * MEMORY);
}

/* ---- a run ----------------------------------------------------------------------------------- */

/* A load that takes MEMORY cycles, and as long as the disk if it needs it. */
static void load(call_bench *b, uint64_t va)
{
    uint64_t begin = b->machine->cycle, major = b->process->major_faults;
    bench_load(b, va);
    if (b->process->major_faults == major)
        b->machine->cycle = begin + MEMORY;
}

/* More pages than frames, of which none is dirty any more: a fault reads, and writes nothing. */
static call_bench *start(uint64_t *va)
{
    const os_options options = {.swap_slots = 2 * PAGES, .adue = true, .disk = {0, FAULT}};
    call_bench *b = call_bench_open(MODE_SV39, 1, FRAMES, &options);
    *va = bench_map(b, PAGES, OS_R | OS_W, 0);
    bench_store_all(b, *va, PAGES, 1);
    for (int round = 0; round < 3; round++)
        bench_expect_all(b, *va, PAGES, 1);
    return b;
}

/* So many pages in turn, whatever is in memory. The mean of a run equals the formula, fed with the
 * share of its accesses that faulted, and the time of the disk for each. */
static void expect_formula(uint64_t pages)
{
    uint64_t va;
    call_bench *b = start(&va);
    uint64_t begin = b->machine->cycle, major = b->process->major_faults, absent = 0;
    uint64_t busy = b->system->disk.busy, writes = b->system->disk.writes;
    for (uint64_t i = 0; i < pages; i++)
        absent += !bench_mapped(b->process, va + PAGE(i));
    assert_in_range(absent, pages == PAGES ? PAGES - FRAMES : 0, pages);
    for (uint64_t i = 0; i < ACCESSES; i++)
        load(b, va + PAGE(i * pages / ACCESSES));
    uint64_t faults = b->process->major_faults - major;
    double measured = (double)(b->machine->cycle - begin) / ACCESSES;
    double each = faults > 0 ? (double)(b->system->disk.busy - busy) / (double)faults : 0;
    double formula = effective((double)faults / ACCESSES, MEMORY, each);
    assert_in_range(faults, absent, pages); /* what is absent comes by a fault, once */
    assert_int_equal(b->system->disk.writes, writes);
    print_message("%llu faults: measured %.1f ns, formula %.1f ns\n", (unsigned long long)faults,
                  measured, formula);
    if (fabs(measured - formula) > 2.5 * (double)faults / ACCESSES)
        fail_msg("%llu faults: expected %.1f ns, got %.1f ns", (unsigned long long)faults, formula,
                 measured);
    call_bench_close(b);
}

/* A fault costs two cycles more here: the access that fails, and the one that is made again. */
static void what_a_run_measures_is_what_the_formula_says_of_its_counters(void **state)
{
    (void)state;
    static const uint64_t pages[] = {1, 2, 10, PAGES};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        expect_formula(pages[i]);
}

/* ---- the lazy swapper ------------------------------------------------------------------------ */

static void no_page_comes_back_that_is_not_referenced(void **state)
{
    (void)state;
    enum { ABSENT = 5 };
    uint64_t va, absent[PAGES], count = 0;
    call_bench *b = start(&va);
    for (uint64_t i = 0; i < PAGES; i++)
        if (!bench_mapped(b->process, va + PAGE(i)))
            absent[count++] = va + PAGE(i);
    assert_true(count > ABSENT);
    uint64_t before = os_statistics(b->system)->swap_in;
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < ABSENT; i++)
            bench_load(b, absent[i]);
    assert_int_equal(os_statistics(b->system)->swap_in - before, ABSENT);
    for (uint64_t i = ABSENT; i < count; i++)
        assert_false(bench_mapped(b->process, absent[i]));
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest effective_access[] = {
        cmocka_unit_test(one_fault_in_1000_makes_200_ns_8_microseconds),
        cmocka_unit_test(for_less_than_10_percent_one_access_in_400000_may_fault),
        cmocka_unit_test(what_a_run_measures_is_what_the_formula_says_of_its_counters),
        cmocka_unit_test(no_page_comes_back_that_is_not_referenced),
    };
    return cmocka_run_group_tests_name("effective_access", effective_access, NULL, NULL);
}

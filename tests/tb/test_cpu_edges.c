/* The processor port: references across page edges, and what an instruction touches. Engine:
 * lockstep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/cpu_bench.h"

static void a_reference_across_a_page_edge_is_two_accesses(void **state)
{
    (void)state;
    static const reference list[] = {STORE(BASE + STEP - 4, 8), LOAD(BASE + STEP - 8, 16),
                                     MODIFY(BASE + 2 * STEP - 1, 2)};
    cpu_bench *b = cpu_bench_open(4);
    RUN(b, list);
    assert_int_equal(cpu_statistics(b->processor)->stores, 4);
    assert_int_equal(cpu_statistics(b->processor)->loads, 4);
    assert_true(tw_memory_read(b->memory, cpu_bench_frame(0) + STEP - 4, 4) != 0);
    assert_true(tw_memory_read(b->memory, cpu_bench_frame(1), 4) != 0);
    assert_int_equal(data_monitor_errors(b->monitor), 0);
    cpu_bench_close(b);
}

static void a_store_whose_second_half_faults_writes_no_first_half(void **state)
{
    (void)state;
    static const reference list[] = {STORE(BASE + STEP - 4, 8)};
    cpu_bench *b = cpu_bench_open(4);
    cpu_bench_unmap(b, 1);
    RUN(b, list);
    assert_int_equal(b->traps, 1);
    assert_int_equal(b->cause, CAUSE_STORE_PAGE);
    assert_int_equal(b->va, BASE + STEP);
    assert_false(b->stored[0]);
    assert_true(cpu_bench_stored(b, 0));
    assert_true(cpu_bench_stored(b, 1));
    cpu_bench_close(b);
}

/* The first half faults, and is translated again; then the second half faults, and both are. */
static void a_store_across_a_page_edge_faults_twice_and_is_made_once(void **state)
{
    (void)state;
    static const reference store[] = {STORE(BASE + STEP - 4, 8)};
    static const reference load[] = {LOAD(BASE + STEP - 4, 8)};
    cpu_bench *b = cpu_bench_open(4);
    cpu_bench_unmap(b, 0);
    cpu_bench_unmap(b, 1);
    assert_int_equal(RUN(b, store), CPU_STREAM_OVER);
    assert_int_equal(b->traps, 2);
    assert_int_equal(b->va, BASE + STEP);
    assert_int_equal(cpu_statistics(b->processor)->restarts, 1 + 2);
    assert_false(b->stored[0] || b->stored[1]);
    assert_true(cpu_bench_stored(b, 0) && cpu_bench_stored(b, 1));
    assert_int_equal(cpu_statistics(b->processor)->stores, 2);
    assert_int_equal(RUN(b, load), CPU_STREAM_OVER);
    assert_int_equal(data_monitor_errors(b->monitor), 0);
    cpu_bench_close(b);
}

/* x86's MOVS with its code, its source and its destination each across a page edge: it can fault
 * six times before it is done. Of the three references each is made again on its own. */
static void an_instruction_from_memory_to_memory_touches_six_pages_at_most(void **state)
{
    (void)state;
    static const reference movs[] = {FETCH(BASE + STEP - 1, 2), LOAD(BASE + 3 * STEP - 4, 8),
                                     STORE(BASE + 5 * STEP - 4, 8)};
    for (unsigned absent = 0; absent < 1u << PAGES; absent++) {
        cpu_bench *b = cpu_bench_open(1 + absent % CPU_OUTSTANDING_MAX);
        unsigned faults = 0;
        for (unsigned page = 0; page < PAGES; page++)
            if ((absent >> page & 1) != 0) {
                cpu_bench_unmap(b, page);
                faults++;
            }
        assert_int_equal(RUN(b, movs), CPU_STREAM_OVER);
        assert_int_equal(b->traps, faults);
        assert_int_equal(cpu_statistics(b->processor)->fetches, 2);
        assert_int_equal(cpu_statistics(b->processor)->loads, 2);
        assert_int_equal(cpu_statistics(b->processor)->stores, 2);
        assert_false(b->stored[4] || b->stored[5]);
        assert_true(cpu_bench_stored(b, 4) && cpu_bench_stored(b, 5));
        assert_int_equal(data_monitor_errors(b->monitor), 0);
        cpu_bench_close(b);
    }
}

int main(void)
{
    const struct CMUnitTest edges[] = {
        cmocka_unit_test(a_reference_across_a_page_edge_is_two_accesses),
        cmocka_unit_test(a_store_whose_second_half_faults_writes_no_first_half),
        cmocka_unit_test(a_store_across_a_page_edge_faults_twice_and_is_made_once),
        cmocka_unit_test(an_instruction_from_memory_to_memory_touches_six_pages_at_most),
    };
    return cmocka_run_group_tests(edges, NULL, NULL);
}

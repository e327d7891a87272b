/* The processor port: order, precise traps, and how much may be in flight. References across page
 * edges: test_cpu_edges.c. Engine: lockstep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tablewalk/driver.h"
#include "tests/support/cpu_bench.h"

static void loads_see_the_stores_before_them(void **state)
{
    (void)state;
    static const reference list[] = {STORE(BASE, 8),   LOAD(BASE, 8),         STORE(BASE + 4, 8),
                                     LOAD(BASE, 16),   MODIFY(BASE + 2, 4),   FETCH(BASE, 16),
                                     LOAD(BASE, 32),   STORE(BASE + STEP, 1), LOAD(BASE + STEP, 1),
                                     LOAD(BASE + 1, 7)};
    for (unsigned outstanding = 1; outstanding <= CPU_OUTSTANDING_MAX; outstanding *= 2) {
        cpu_bench *b = cpu_bench_open(outstanding);
        assert_int_equal(RUN(b, list), CPU_STREAM_OVER);
        const cpu_counts *counts = cpu_statistics(b->processor);
        assert_int_equal(counts->references, 10);
        assert_int_equal(counts->loads, 6);
        assert_int_equal(counts->stores, 4);
        assert_int_equal(counts->fetches, 1);
        assert_int_equal(data_monitor_errors(b->monitor), 0);
        cpu_bench_close(b);
    }
}

static void at_a_trap_older_stores_are_done_and_younger_ones_are_not(void **state)
{
    (void)state;
    static const reference list[] = {STORE(BASE, 8), LOAD(BASE + STEP, 8),
                                     STORE(BASE + 2 * STEP, 8)};
    cpu_bench *b = cpu_bench_open(16);
    cpu_bench_unmap(b, 1);
    RUN(b, list);
    assert_int_equal(b->traps, 1);
    assert_int_equal(b->cause, CAUSE_LOAD_PAGE);
    assert_int_equal(b->va, BASE + STEP);
    assert_true(b->stored[0]);
    assert_false(b->stored[2]);
    assert_false(b->dirty[2]); /* D is never set by a store that may not happen */
    assert_true(cpu_bench_stored(b, 2));
    assert_int_equal(data_monitor_errors(b->monitor), 0);
    cpu_bench_close(b);
}

static void each_fault_of_a_window_is_trapped_once_in_program_order(void **state)
{
    (void)state;
    static const reference list[] = {LOAD(BASE + 4 * STEP, 8), FETCH(BASE, 4), LOAD(BASE + STEP, 8),
                                     STORE(BASE + 2 * STEP, 8)};
    cpu_bench *b = cpu_bench_open(16);
    for (unsigned i = 0; i < PAGES; i++)
        cpu_bench_unmap(b, i);
    RUN(b, list);
    assert_int_equal(b->traps, 4);
    assert_int_equal(b->cause, CAUSE_STORE_PAGE);
    assert_int_equal(cpu_statistics(b->processor)->traps, 4);
    cpu_bench_close(b);
}

static void a_killed_process_does_nothing_more(void **state)
{
    (void)state;
    static const reference list[] = {LOAD(BASE + STEP, 8), STORE(BASE, 8)};
    cpu_bench *b = cpu_bench_open(16);
    cpu_bench_unmap(b, 1);
    b->kill = true;
    assert_int_equal(RUN(b, list), CPU_KILLED);
    assert_false(cpu_bench_stored(b, 0));
    assert_int_equal(cpu_statistics(b->processor)->references, 0);
    cpu_bench_close(b);
}

static void an_access_that_is_never_repaired_ends_with_a_sentence(void **state)
{
    (void)state;
    static const reference list[] = {LOAD(BASE + STEP, 8)};
    cpu_bench *b = cpu_bench_open(4);
    cpu_stop why;
    tw_error error = {0};
    cpu_bench_unmap(b, 1);
    b->leave = true;
    GIVE(b, list);
    assert_int_equal(cpu_bench_slice(b, 1, UINT64_MAX, &why, &error), TW_TIMEOUT);
    assert_non_null(strstr(error.text, "load at 0x11000 of process 1 trapped 1000 times"));
    cpu_bench_close(b);
}

static void a_slice_has_exactly_its_references(void **state)
{
    (void)state;
    static const reference list[] = {LOAD(BASE, 8), MODIFY(BASE + 8, 8), FETCH(BASE, 4),
                                     STORE(BASE + 16, 8), LOAD(BASE + 16, 8)};
    cpu_bench *b = cpu_bench_open(16);
    cpu_stop why;
    GIVE(b, list);
    for (unsigned done = 2; done <= 4; done += 2) {
        cpu_bench_slice(b, 2, UINT64_MAX, &why, NULL);
        assert_int_equal(why, CPU_SLICE_OVER);
        assert_int_equal(cpu_bench_unanswered(b), 0);
        assert_int_equal(cpu_statistics(b->processor)->references, done);
    }
    cpu_bench_slice(b, 2, UINT64_MAX, &why, NULL);
    assert_int_equal(why, CPU_STREAM_OVER);
    assert_int_equal(cpu_statistics(b->processor)->references, 5);
    cpu_bench_close(b);
}

static void the_run_stops_at_its_cycle(void **state)
{
    (void)state;
    static const reference list[] = {LOAD(BASE, 8), LOAD(BASE + STEP, 8), LOAD(BASE, 8)};
    cpu_bench *b = cpu_bench_open(1);
    cpu_stop why;
    uint64_t until = tw_machine_cycle(b->machine) + 12;
    GIVE(b, list);
    cpu_bench_slice(b, UINT64_MAX, until, &why, NULL);
    assert_int_equal(why, CPU_OUT_OF_TIME);
    assert_int_equal(tw_machine_cycle(b->machine), until);
    cpu_bench_close(b);
}

static void as_many_are_in_flight_as_allowed_and_no_more(void **state)
{
    (void)state;
    static const reference list[] = {FETCH(BASE, 4),     LOAD(BASE + STEP, 8),
                                     FETCH(BASE + 4, 4), LOAD(BASE + 2 * STEP, 8),
                                     FETCH(BASE + 8, 4), LOAD(BASE + 3 * STEP, 8)};
    for (unsigned outstanding = 1; outstanding <= 4; outstanding++) {
        cpu_bench *b = cpu_bench_open(outstanding);
        RUN(b, list);
        assert_int_equal(b->flights.most, outstanding);
        cpu_bench_close(b);
    }
}

static void a_page_that_moved_without_its_bytes_shows_in_the_data(void **state)
{
    (void)state;
    static const reference stores[] = {STORE(BASE, 8), STORE(BASE + STEP, 8)};
    static const reference loads[] = {LOAD(BASE, 8), LOAD(BASE + STEP, 8)};
    cpu_bench *b = cpu_bench_open(4);
    RUN(b, stores);
    pages_write(&b->tables, b->pte[1], pages_pte(FRAME, USER_PAGE));
    tw_fence(b->machine, TW_FENCE_ALL, 0, 0, NULL);
    RUN(b, loads);
    assert_int_equal(data_monitor_errors(b->monitor), 1);
    cpu_bench_close(b);
}

/* Bytes and PTE move, and the old frame is used for something else. */
static void move(cpu_bench *b, unsigned page, uint64_t frame)
{
    uint8_t bytes[STEP];
    tw_memory_read_page(b->memory, cpu_bench_frame(page), bytes);
    tw_memory_write_page(b->memory, frame << PAGE_SHIFT, bytes);
    pages_write(&b->tables, b->pte[page], pages_pte(frame, USER_PAGE | F_A | F_D));
    memset(bytes, 0xee, sizeof bytes);
    tw_memory_write_page(b->memory, cpu_bench_frame(page), bytes);
}

static void a_page_that_moved_without_a_fence_is_seen_where_it_was(void **state)
{
    (void)state;
    static const reference stores[] = {STORE(BASE, 8), STORE(BASE + STEP, 8)};
    static const reference loads[] = {LOAD(BASE, 8), LOAD(BASE + STEP, 8)};
    for (unsigned fenced = 0; fenced < 2; fenced++) {
        cpu_bench *b = cpu_bench_open(4);
        RUN(b, stores);
        move(b, 1, FRAME + PAGES);
        if (fenced)
            tw_fence(b->machine, TW_FENCE_VA, BASE + STEP, 0, NULL);
        RUN(b, loads);
        assert_int_equal(data_monitor_errors(b->monitor), !fenced);
        cpu_bench_close(b);
    }
}

int main(void)
{
    const struct CMUnitTest processor[] = {
        cmocka_unit_test(loads_see_the_stores_before_them),
        cmocka_unit_test(at_a_trap_older_stores_are_done_and_younger_ones_are_not),
        cmocka_unit_test(each_fault_of_a_window_is_trapped_once_in_program_order),
        cmocka_unit_test(a_killed_process_does_nothing_more),
        cmocka_unit_test(an_access_that_is_never_repaired_ends_with_a_sentence),
        cmocka_unit_test(a_slice_has_exactly_its_references),
        cmocka_unit_test(the_run_stops_at_its_cycle),
        cmocka_unit_test(as_many_are_in_flight_as_allowed_and_no_more),
        cmocka_unit_test(a_page_that_moved_without_its_bytes_shows_in_the_data),
        cmocka_unit_test(a_page_that_moved_without_a_fence_is_seen_where_it_was),
    };
    return cmocka_run_group_tests(processor, NULL, NULL);
}

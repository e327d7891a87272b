/* The processor port: a process that has to wait for the disk goes on where it was. Engine:
 * lockstep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tablewalk/driver.h"
#include "tests/support/cpu_bench.h"

static const reference nothing[1];

/* Runs what is put aside, and nothing else. */
static cpu_stop go_on(cpu_bench *b)
{
    return cpu_bench_run(b, nothing, 0);
}

static void what_has_not_taken_effect_goes_first_in_the_next_run(void **state)
{
    (void)state;
    static const reference list[] = {STORE(BASE, 8), LOAD(BASE + STEP, 8),
                                     STORE(BASE + 2 * STEP, 8), LOAD(BASE + 2 * STEP, 8)};
    static const reference more[] = {LOAD(BASE, 8), LOAD(BASE + 2 * STEP, 8)};
    for (unsigned outstanding = 1; outstanding <= CPU_OUTSTANDING_MAX; outstanding *= 2) {
        cpu_bench *b = cpu_bench_open(outstanding);
        cpu_bench_unmap(b, 1);
        b->wait = true;
        assert_int_equal(RUN(b, list), CPU_WAITING);
        assert_int_equal(b->process.aside, 3);
        assert_int_equal(b->process.taken, 4);
        assert_int_equal(cpu_bench_unanswered(b), 0);
        assert_int_equal(cpu_statistics(b->processor)->references, 1);
        assert_true(cpu_bench_stored(b, 0));
        assert_false(cpu_bench_stored(b, 2));
        assert_int_equal(RUN(b, more), CPU_STREAM_OVER);
        assert_int_equal(b->process.aside, 0);
        assert_int_equal(b->process.taken, 6);
        assert_true(cpu_bench_stored(b, 2));
        assert_int_equal(b->traps, 1);
        assert_int_equal(cpu_statistics(b->processor)->references, 6);
        assert_int_equal(cpu_statistics(b->processor)->stores, 2);
        assert_int_equal(data_monitor_errors(b->monitor), 0);
        cpu_bench_close(b);
    }
}

static void of_a_modify_whose_store_waits_the_store_is_made_later(void **state)
{
    (void)state;
    static const reference list[] = {MODIFY(BASE + STEP, 8)};
    cpu_bench *b = cpu_bench_open(4);
    pages_write(&b->tables, b->pte[1], pages_pte(FRAME + 1, F_V | F_R | F_U));
    b->wait = true;
    assert_int_equal(RUN(b, list), CPU_WAITING);
    assert_int_equal(b->cause, CAUSE_STORE_PAGE);
    assert_int_equal(b->process.aside, 1);
    assert_int_equal(b->process.access[0].op, OP_STORE);
    assert_int_equal(cpu_statistics(b->processor)->loads, 1);
    assert_int_equal(cpu_statistics(b->processor)->references, 0);
    tw_fence(b->machine, TW_FENCE_VA, BASE + STEP, 0, NULL);
    assert_int_equal(go_on(b), CPU_STREAM_OVER);
    assert_int_equal(cpu_statistics(b->processor)->loads, 1);
    assert_int_equal(cpu_statistics(b->processor)->stores, 1);
    assert_int_equal(cpu_statistics(b->processor)->references, 1);
    assert_true(cpu_bench_stored(b, 1));
    cpu_bench_close(b);
}

/* Either half may wait; none is stored before both can be. */
static void the_halves_of_a_crossing_store_wait_together(void **state)
{
    (void)state;
    static const reference list[] = {STORE(BASE + STEP - 4, 8), LOAD(BASE + STEP - 4, 8)};
    for (unsigned absent = 0; absent < 2; absent++) {
        cpu_bench *b = cpu_bench_open(4);
        cpu_bench_unmap(b, absent);
        b->wait = true;
        assert_int_equal(RUN(b, list), CPU_WAITING);
        assert_int_equal(b->process.aside, 4);
        assert_false(cpu_bench_stored(b, 0) || cpu_bench_stored(b, 1));
        assert_int_equal(go_on(b), CPU_STREAM_OVER);
        assert_true(cpu_bench_stored(b, 0) && cpu_bench_stored(b, 1));
        assert_int_equal(cpu_statistics(b->processor)->references, 2);
        assert_int_equal(data_monitor_errors(b->monitor), 0);
        cpu_bench_close(b);
    }
}

static void another_process_runs_while_one_waits(void **state)
{
    (void)state;
    static const reference first[] = {LOAD(BASE + STEP, 8), STORE(BASE, 8)};
    static const reference second[] = {STORE(BASE + 3 * STEP, 8), LOAD(BASE + 3 * STEP, 8)};
    cpu_bench *b = cpu_bench_open(4);
    cpu_context waiting;
    cpu_bench_unmap(b, 1);
    b->wait = true;
    assert_int_equal(RUN(b, first), CPU_WAITING);
    waiting = b->process;
    b->process = (cpu_context){.space = 2};
    assert_int_equal(RUN(b, second), CPU_STREAM_OVER);
    assert_int_equal(b->process.aside, 0);
    assert_true(cpu_bench_stored(b, 3));
    assert_false(cpu_bench_stored(b, 0));
    b->process = waiting;
    assert_int_equal(go_on(b), CPU_STREAM_OVER);
    assert_true(cpu_bench_stored(b, 0));
    assert_int_equal(data_monitor_errors(b->monitor), 0);
    cpu_bench_close(b);
}

static void a_process_that_is_killed_while_it_waits_is_forgotten(void **state)
{
    (void)state;
    static const reference list[] = {LOAD(BASE + STEP, 8), STORE(BASE, 8)};
    cpu_bench *b = cpu_bench_open(4);
    cpu_bench_unmap(b, 1);
    b->wait = true;
    assert_int_equal(RUN(b, list), CPU_WAITING);
    b->process.aside = 0;
    assert_int_equal(go_on(b), CPU_STREAM_OVER);
    assert_false(cpu_bench_stored(b, 0));
    assert_int_equal(cpu_statistics(b->processor)->references, 0);
    cpu_bench_close(b);
}

/* Every reference alone: nothing is left in the window or in flight. */
static void references_can_be_made_one_by_one(void **state)
{
    (void)state;
    static const reference list[] = {STORE(BASE + STEP - 1, 2), MODIFY(BASE + STEP - 1, 2),
                                     FETCH(BASE + 2 * STEP, 4), LOAD(BASE, 8)};
    cpu_bench *b = cpu_bench_open(16);
    cpu_stop why;
    GIVE(b, list);
    for (unsigned done = 1; done <= 4; done++) {
        assert_int_equal(cpu_bench_slice(b, 1, UINT64_MAX, &why, NULL), TW_OK);
        assert_int_equal(why, CPU_SLICE_OVER);
        assert_int_equal(b->process.aside, 0);
        assert_int_equal(cpu_bench_unanswered(b), 0);
        assert_int_equal(cpu_statistics(b->processor)->references, done);
    }
    cpu_bench_close(b);
}

static void a_trap_that_fails_is_taken_again(void **state)
{
    (void)state;
    static const reference list[] = {STORE(BASE, 8), STORE(BASE + STEP, 8), LOAD(BASE, 8)};
    cpu_bench *b = cpu_bench_open(4);
    cpu_stop why;
    tw_error error = {0};
    cpu_bench_unmap(b, 1);
    b->refuse = true;
    GIVE(b, list);
    assert_int_equal(cpu_bench_slice(b, 3, UINT64_MAX, &why, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "no memory for records");
    assert_int_equal(b->process.aside, 2);
    assert_true(cpu_bench_stored(b, 0));
    assert_false(cpu_bench_stored(b, 1));
    b->refuse = false;
    assert_int_equal(go_on(b), CPU_STREAM_OVER);
    assert_int_equal(b->traps, 2);
    assert_true(cpu_bench_stored(b, 1));
    assert_int_equal(cpu_statistics(b->processor)->references, 3);
    assert_int_equal(data_monitor_errors(b->monitor), 0);
    cpu_bench_close(b);
}

/* Turn after turn another takes the page away before it is read: that has an end, too. */
static void an_access_that_waits_for_ever_ends_with_a_sentence(void **state)
{
    (void)state;
    static const reference list[] = {LOAD(BASE + STEP, 8)};
    cpu_bench *b = cpu_bench_open(4);
    cpu_stop why;
    tw_error error = {0};
    tw_status status = TW_OK;
    unsigned runs = 0;
    cpu_bench_unmap(b, 1);
    b->wait = b->leave = true;
    GIVE(b, list);
    while (status == TW_OK && ++runs < 2000)
        status = cpu_bench_slice(b, 1, UINT64_MAX, &why, &error);
    assert_int_equal(status, TW_TIMEOUT);
    assert_int_equal(runs, 1001);
    assert_non_null(strstr(error.text, "load at 0x11000 of process 1 trapped 1000 times"));
    b->wait = b->leave = false;
    assert_int_equal(b->process.aside, 0);
    assert_int_equal(RUN(b, list), CPU_STREAM_OVER); /* that has no memory of it */
    cpu_bench_close(b);
}

static void any_number_of_traps_is_fine_if_every_access_gets_through(void **state)
{
    (void)state;
    static const reference list[] = {LOAD(BASE + STEP, 8)};
    cpu_bench *b = cpu_bench_open(4);
    for (unsigned i = 0; i < 1100; i++) {
        cpu_bench_unmap(b, 1);
        tw_fence(b->machine, TW_FENCE_ALL, 0, 0, NULL);
        assert_int_equal(RUN(b, list), CPU_STREAM_OVER);
    }
    assert_int_equal(b->traps, 1100);
    cpu_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest waits[] = {
        cmocka_unit_test(what_has_not_taken_effect_goes_first_in_the_next_run),
        cmocka_unit_test(of_a_modify_whose_store_waits_the_store_is_made_later),
        cmocka_unit_test(the_halves_of_a_crossing_store_wait_together),
        cmocka_unit_test(another_process_runs_while_one_waits),
        cmocka_unit_test(a_process_that_is_killed_while_it_waits_is_forgotten),
        cmocka_unit_test(references_can_be_made_one_by_one),
        cmocka_unit_test(a_trap_that_fails_is_taken_again),
        cmocka_unit_test(an_access_that_waits_for_ever_ends_with_a_sentence),
        cmocka_unit_test(any_number_of_traps_is_fine_if_every_access_gets_through),
    };
    return cmocka_run_group_tests(waits, NULL, NULL);
}

/* vfork: the child runs in the address space of the parent, which waits; in every mode. */
#include "tests/support/call_bench.h"

static unsigned mode; /* of the tests that run */

static os_process *vfork_of(call_bench *b)
{
    os_process *child = NULL;
    tw_error error = {0};
    bench_ok(os_vfork(b->system, b->process, &child, &error), &error);
    return child;
}

static void after_vfork_the_child_runs_in_the_parents_space(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 1, 64, NULL);
    uint64_t va = bench_map(b, 4, OS_R | OS_W, 0);
    bench_store_all(b, va, 4, 1);
    uint64_t satp = b->machine->satp;
    os_process *child = vfork_of(b);
    assert_int_equal(b->process->state, OS_WAITS_FOR_CHILD);
    assert_ptr_equal(os_next(b->system, NULL), child);
    assert_int_equal(os_switch(b->system, b->process, NULL), TW_USAGE);
    bench_switch(b, child);
    assert_int_equal(b->machine->satp, satp);
    bench_store_all(b, va, 4, 50);
    assert_int_equal(bench_faults(child), 0);
    assert_int_equal(os_exit(b->system, NULL), TW_OK);
    assert_int_equal(b->process->state, OS_RUNNABLE);
    bench_switch(b, b->process);
    bench_expect_all(b, va, 4, 50);
    assert_int_equal(os_statistics(b->system)->copies, 0);
    call_bench_close(b);
}

static void who_waits_makes_no_calls(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 1, 64, NULL);
    uint64_t va = bench_map(b, 1, OS_R | OS_W, 0);
    vfork_of(b);
    assert_int_equal(os_munmap(b->system, b->process, va, 1, NULL), TW_USAGE);
    call_bench_close(b);
}

static void a_parent_that_is_killed_leaves_the_space_to_the_child(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 1, 64, NULL);
    uint64_t va = bench_map(b, 1, OS_R | OS_W, 0);
    bench_store(b, va, 1);
    os_process *child = vfork_of(b);
    tw_error error = {0};
    bench_ok(os_kill(b->system, b->process, &error), &error);
    assert_int_equal(b->process->death.reason, OS_REASON_ASKED);
    bench_switch(b, child);
    assert_int_equal(bench_load(b, va), 1);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest vfork[] = {
        cmocka_unit_test(after_vfork_the_child_runs_in_the_parents_space),
        cmocka_unit_test(who_waits_makes_no_calls),
        cmocka_unit_test(a_parent_that_is_killed_leaves_the_space_to_the_child),
    };
    return golden_in_every_mode("vfork", vfork, sizeof vfork / sizeof *vfork, &mode);
}

/* A process that has ended is forgotten when it is reaped, and nothing points to it. In every
 * mode. */
#include "tb/os/calls.h"
#include "tests/support/call_bench.h"

enum { RW = OS_R | OS_W, FORKS = 1000 };

static unsigned mode; /* of the tests that run */

static call_bench *start(void)
{
    return call_bench_open(mode, 4, 2 * call_bench_frames(mode, 12), NULL);
}

static void end(call_bench *b, os_process *process)
{
    tw_error error = {0};
    bench_ok(os_end(b->system, process, &error), &error);
}

static void reap(call_bench *b, os_process *process)
{
    tw_error error = {0};
    bench_ok(os_reap(b->system, process, &error), &error);
}

static void a_thousand_forks_and_exits_leave_as_many_records_as_before(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, 4, RW, 0);
    bench_store_all(b, va, 4, 1);
    size_t alive = 0;
    for (unsigned i = 0; i <= FORKS; i++) {
        os_process *child = bench_fork(b);
        bench_switch(b, child);
        bench_store(b, va, i);
        assert_int_equal(os_exit(b->system, NULL), TW_OK);
        assert_int_equal(child->state, OS_FINISHED);
        reap(b, child);
        bench_switch(b, b->process);
        bench_store(b, va, 1); /* its own again */
        if (i == 0)
            alive = b->records.alive; /* with what is made once */
    }
    assert_int_equal(b->records.alive, alive);
    assert_ptr_equal(b->system->oldest, b->process);
    assert_ptr_equal(b->system->youngest, b->process);
    call_bench_close(b);
}

static void who_lives_or_is_gone_is_not_reaped(void **state)
{
    (void)state;
    tw_error error = {0};
    call_bench *b = start();
    os_process *child = bench_fork(b);
    assert_int_equal(os_reap(b->system, child, &error), TW_USAGE);
    assert_string_equal(error.text, "process 2 is alive: reap it when it has ended");
    end(b, child);
    reap(b, child);
    assert_int_equal(os_reap(b->system, child, &error), TW_USAGE);
    assert_string_equal(error.text, "no process of this OS, or one that was reaped before");
    call_bench_close(b);
}

static void the_order_of_birth_stays_whoever_is_reaped(void **state)
{
    (void)state;
    call_bench *b = start();
    os_process *p[4] = {b->process};
    for (unsigned i = 1; i < 4; i++)
        p[i] = bench_fork(b);
    end(b, p[3]);
    end(b, p[1]);
    reap(b, p[3]);
    reap(b, p[1]);
    assert_ptr_equal(os_next(b->system, p[0]), p[2]);
    assert_ptr_equal(os_next(b->system, p[2]), p[0]);
    p[1] = bench_fork(b);
    assert_int_equal(p[1]->pid, 5);
    assert_ptr_equal(os_next(b->system, p[2]), p[1]);
    end(b, p[0]);
    reap(b, p[0]);
    assert_ptr_equal(os_next(b->system, NULL), p[2]);
    assert_ptr_equal(os_next(b->system, p[1]), p[2]);
    call_bench_close(b);
}

static void the_children_of_who_is_reaped_have_no_parent(void **state)
{
    (void)state;
    call_bench *b = start();
    os_process *child = bench_fork(b);
    bench_switch(b, child);
    os_process *grandchild = bench_fork(b), *other = bench_fork(b);
    end(b, child);
    assert_ptr_equal(grandchild->parent, child);
    reap(b, child);
    assert_null(grandchild->parent);
    assert_null(other->parent);
    end(b, grandchild);
    reap(b, grandchild);
    bench_switch(b, other);
    call_bench_close(b);
}

static void a_child_of_vfork_outlives_its_parent(void **state)
{
    (void)state;
    tw_error error = {0};
    call_bench *b = start();
    os_process *parent = bench_fork(b), *child = NULL;
    bench_switch(b, parent);
    uint64_t va = bench_map(b, 2, RW, 0);
    bench_store(b, va, 7);
    bench_ok(os_vfork(b->system, parent, &child, &error), &error);
    bench_ok(os_kill(b->system, parent, &error), &error);
    reap(b, parent);
    bench_switch(b, child);
    assert_int_equal(bench_load(b, va), 7);
    end(b, child);
    reap(b, child);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest reaping[] = {
        cmocka_unit_test(a_thousand_forks_and_exits_leave_as_many_records_as_before),
        cmocka_unit_test(who_lives_or_is_gone_is_not_reaped),
        cmocka_unit_test(the_order_of_birth_stays_whoever_is_reaped),
        cmocka_unit_test(the_children_of_who_is_reaped_have_no_parent),
        cmocka_unit_test(a_child_of_vfork_outlives_its_parent),
    };
    return golden_in_every_mode("reap", reaping, sizeof reaping / sizeof *reaping, &mode);
}

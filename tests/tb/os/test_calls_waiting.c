/* Calls while the disk takes its time: what waits makes no calls, can be killed, and nobody
 * waits for what was read ahead; in every mode. */
#include <unistd.h>

#include "tests/support/call_bench.h"

static unsigned mode; /* of the tests that run */

typedef struct fixture {
    call_bench *b;
    char path[BROKEN_PATH];
    os_object *file;
    uint64_t va; /* of a private mapping of it, four pages */
} fixture;

static fixture start(void)
{
    fixture f = {.b = call_bench_open(mode, 2, 64, &bench_slow)};
    f.file = bench_file(f.b, f.path, 4, false);
    f.va = bench_map_object(f.b, f.file, 4, OS_R | OS_W, 0);
    return f;
}

static void stop(fixture *f)
{
    assert_int_equal(os_object_drop(f->b->system, f->file, NULL), TW_OK);
    call_bench_close(f->b);
    unlink(f->path);
}

/* A load has to wait until its page has come; its process has not run since. */
static void wait_for_page(const fixture *f, uint64_t va)
{
    bool waited;
    tw_error error = {0};
    bench_begin_to_wait(f->b, va);
    bench_ok(os_idle(f->b->system, &waited, &error), &error);
}

static void who_waits_for_the_disk_makes_no_calls(void **state)
{
    (void)state;
    fixture f = start();
    os_process *child;
    bench_begin_to_wait(f.b, f.va);
    tw_error error = {0};
    assert_int_equal(os_munmap(f.b->system, f.b->process, f.va, PAGE(4), &error), TW_USAGE);
    assert_true(error.text[0] != '\0');
    assert_int_equal(os_fork(f.b->system, f.b->process, &child, NULL), TW_USAGE);
    stop(&f);
}

static void who_waits_for_the_disk_can_be_killed(void **state)
{
    (void)state;
    fixture f = start();
    bench_begin_to_wait(f.b, f.va);
    tw_error error = {0};
    bench_ok(os_kill(f.b->system, f.b->process, &error), &error);
    assert_int_equal(os_object_find(f.file, 0)->pins, 0);
    stop(&f);
}

/* The page has come, and before the process runs its area changes. */
static void what_came_is_not_mapped_where_it_is_not_allowed_any_more(void **state)
{
    (void)state;
    fixture f = start();
    tw_error error = {0};
    wait_for_page(&f, f.va);
    assert_int_equal(f.b->process->state, OS_RUNNABLE);
    bench_ok(os_mprotect(f.b->system, f.b->process, f.va, PAGE(1), 0, &error), &error);
    bench_switch(f.b, f.b->process);
    assert_false(bench_mapped(f.b->process, f.va));
    assert_int_equal(bench_dies(f.b, OP_LOAD, f.va), OS_REASON_FORBIDDEN);
    stop(&f);
}

/* The page has come, and before the process runs the place gets a copy of its own. */
static void what_came_for_a_place_that_has_another_page_now_is_let_go(void **state)
{
    (void)state;
    fixture f = start();
    tw_error error = {0};
    wait_for_page(&f, f.va);
    bench_ok(os_mlock(f.b->system, f.b->process, f.va, PAGE(1), &error), &error);
    const os_page *own = bench_page(f.b->process, f.va);
    assert_ptr_not_equal(own, os_object_find(f.file, 0));
    assert_int_equal(os_object_find(f.file, 0)->pins, 0);
    bench_switch(f.b, f.b->process);
    assert_int_equal(own->pins, 0);
    bench_load(f.b, f.va);
    stop(&f);
}

/* The same by a store of a child in the same address space. */
static void what_came_for_a_parent_is_let_go_when_its_child_copies_it(void **state)
{
    (void)state;
    fixture f = start();
    os_process *child;
    tw_error error = {0};
    wait_for_page(&f, f.va);
    bench_ok(os_vfork(f.b->system, f.b->process, &child, &error), &error);
    bench_switch(f.b, child);
    bench_store(f.b, f.va, 5);
    bench_ok(os_exit(f.b->system, &error), &error);
    bench_switch(f.b, f.b->process);
    assert_int_equal(os_object_find(f.file, 0)->pins, 0);
    assert_int_equal(bench_page(f.b->process, f.va)->pins, 0);
    assert_int_equal(bench_load(f.b, f.va), 5);
    stop(&f);
}

/* A trap of a process that has not been given the processor yet. */
static void what_came_is_let_go_when_the_process_waits_for_another_page(void **state)
{
    (void)state;
    fixture f = start();
    bool waited;
    tw_error error = {0};
    wait_for_page(&f, f.va);
    bench_begin_to_wait(f.b, f.va + PAGE(1));
    assert_int_equal(os_object_find(f.file, 0)->pins, 0);
    bench_ok(os_idle(f.b->system, &waited, &error), &error);
    bench_switch(f.b, f.b->process);
    bench_load(f.b, f.va);
    stop(&f);
}

static void exec_forgets_what_came_for_the_old_program(void **state)
{
    (void)state;
    fixture f = start();
    const os_image image = {
        .file = f.file, .part = {{0x10000, PAGE(4), 0, OS_R | OS_X}}, .parts = 1};
    tw_error error = {0};
    wait_for_page(&f, f.va);
    bench_ok(os_exec(f.b->system, f.b->process, &image, &error), &error);
    assert_int_equal(os_object_find(f.file, 0)->pins, 0);
    bench_switch(f.b, f.b->process);
    bench_fetch(f.b, 0x10000);
    stop(&f);
}

static void nobody_waits_for_what_was_read_ahead_but_who_needs_it(void **state)
{
    (void)state;
    fixture f = start();
    tw_error error = {0};
    const uint64_t cycle = f.b->machine->cycle;
    bench_ok(os_madvise(f.b->system, f.b->process, f.va, PAGE(4), OS_ADVISE_WILLNEED, &error),
             &error);
    assert_int_equal(f.b->machine->cycle, cycle);
    assert_int_equal(os_statistics(f.b->system)->file_reads, 4);
    wait_for_page(&f, f.va + PAGE(3));
    assert_int_equal(f.b->machine->cycle, cycle + BENCH_SEEK + 4 * BENCH_TRANSFER);
    bench_switch(f.b, f.b->process);
    for (uint64_t i = 0; i < 3; i++)
        bench_load(f.b, f.va + PAGE(i));
    assert_int_equal(f.b->process->major_faults, 1);
    assert_int_equal(f.b->process->minor_faults, 3);
    stop(&f);
}

static void populate_waits_inside(void **state)
{
    (void)state;
    fixture f = start();
    tw_error error = {0};
    bench_ok(os_populate(f.b->system, f.b->process, f.va, PAGE(4), &error), &error);
    assert_true(f.b->machine->waits > 0);
    for (uint64_t i = 0; i < 4; i++)
        bench_store(f.b, f.va + PAGE(i), i);
    assert_int_equal(bench_faults(f.b->process), 0);
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest waiting[] = {
        cmocka_unit_test(who_waits_for_the_disk_makes_no_calls),
        cmocka_unit_test(who_waits_for_the_disk_can_be_killed),
        cmocka_unit_test(what_came_is_not_mapped_where_it_is_not_allowed_any_more),
        cmocka_unit_test(what_came_for_a_place_that_has_another_page_now_is_let_go),
        cmocka_unit_test(what_came_for_a_parent_is_let_go_when_its_child_copies_it),
        cmocka_unit_test(what_came_is_let_go_when_the_process_waits_for_another_page),
        cmocka_unit_test(exec_forgets_what_came_for_the_old_program),
        cmocka_unit_test(nobody_waits_for_what_was_read_ahead_but_who_needs_it),
        cmocka_unit_test(populate_waits_inside),
    };
    return golden_in_every_mode("calls_waiting", waiting, sizeof waiting / sizeof *waiting, &mode);
}

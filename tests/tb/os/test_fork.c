/* fork and copy-on-write: which page is whose after which store, what that costs, and that nobody
 * sees another's; in every mode. */
#include "tests/support/call_bench.h"

enum { MANY = 256, SOME = 64 };

static unsigned mode; /* of the tests that run */

/* A process with an area of some pages, stored to from 1 on, and its child, which has not run. */
typedef struct family {
    call_bench *b;
    os_process *child;
    uint64_t va; /* of the area */
} family;

static family start(size_t processes, size_t frames, uint64_t pages)
{
    family f = {.b = call_bench_open(mode, processes, frames, NULL)};
    f.va = bench_map(f.b, pages, OS_R | OS_W, 0);
    bench_store_all(f.b, f.va, pages, 1);
    f.child = bench_fork(f.b);
    return f;
}

/* Of MANY pages, to SOME of which the child, now current, has stored from 1000 on. */
static family start_with_stores(void)
{
    family f = start(2, MANY + SOME + 64, MANY);
    bench_switch(f.b, f.child);
    bench_store_all(f.b, f.va, SOME, 1000);
    return f;
}

static bool writable(const call_bench *b, const os_process *process, uint64_t va)
{
    return pte_bit(bench_word(b, process, va), PTE_W);
}

static void both_show_one_page_and_neither_may_write(void **state)
{
    (void)state;
    family f = start(2, 64, 4);
    for (uint64_t i = 0; i < 4; i++) {
        os_page *page = bench_page(f.b->process, f.va + PAGE(i));
        assert_ptr_equal(page, bench_page(f.child, f.va + PAGE(i)));
        assert_int_equal(page->references, 2);
        assert_false(writable(f.b, f.b->process, f.va + PAGE(i)));
        if (mode != MODE_HASHED)
            assert_false(writable(f.b, f.child, f.va + PAGE(i)));
    }
    assert_int_equal(bench_page_frames(f.b), 4);
    assert_ptr_equal(f.child->parent, f.b->process);
    call_bench_close(f.b);
}

static void loads_of_the_child_do_not_fault(void **state)
{
    (void)state;
    family f = start(2, 64, 8);
    bench_switch(f.b, f.child);
    bench_expect_all(f.b, f.va, 8, 1);
    assert_int_equal(bench_faults(f.child), mode == MODE_HASHED ? 8 : 0); /* one entry a frame */
    assert_int_equal(os_statistics(f.b->system)->copies, 0);
    call_bench_close(f.b);
}

/* `first` stores first, and copies; `second`, now alone, may write again without a copy. */
static void store_in_turn(call_bench *b, uint64_t va, os_process *first, os_process *second)
{
    const os_counts *counts = os_statistics(b->system);
    const os_page *shared = bench_page(second, va);
    bench_switch(b, first);
    bench_store(b, va, 100);
    assert_int_equal(counts->copies, 1);
    assert_ptr_not_equal(bench_page(first, va), shared);
    assert_int_equal(shared->references, 1);
    bench_switch(b, second);
    assert_int_equal(bench_load(b, va), 1);
    bench_store(b, va, 200);
    assert_int_equal(counts->copies, 1);
    assert_ptr_equal(bench_page(second, va), shared);
    assert_true(writable(b, second, va));
    bench_switch(b, first);
    assert_int_equal(bench_load(b, va), 100);
}

static void the_parent_stores_first_and_copies(void **state)
{
    (void)state;
    family f = start(2, 64, 1);
    store_in_turn(f.b, f.va, f.b->process, f.child);
    call_bench_close(f.b);
}

static void the_child_stores_first_and_copies(void **state)
{
    (void)state;
    family f = start(2, 64, 1);
    store_in_turn(f.b, f.va, f.child, f.b->process);
    assert_int_equal(os_statistics(f.b->system)->reuses, 1);
    call_bench_close(f.b);
}

static void the_childs_64_stores_are_64_minor_faults(void **state)
{
    (void)state;
    family f = start_with_stores();
    assert_int_equal(f.child->minor_faults, SOME);
    assert_int_equal(f.child->major_faults, 0);
    assert_int_equal(os_statistics(f.b->system)->copies, SOME);
    assert_int_equal(bench_page_frames(f.b), MANY + SOME);
    bench_expect_all(f.b, f.va + PAGE(SOME), MANY - SOME, 1 + SOME);
    call_bench_close(f.b);
}

static void after_the_childs_end_256_stores_fault_256_times_and_copy_nothing(void **state)
{
    (void)state;
    family f = start_with_stores();
    assert_int_equal(os_exit(f.b->system, NULL), TW_OK);
    bench_switch(f.b, f.b->process);
    uint64_t faults = bench_faults(f.b->process), copies = os_statistics(f.b->system)->copies;
    bench_store_all(f.b, f.va, MANY, 2000);
    assert_int_equal(bench_faults(f.b->process) - faults, MANY);
    assert_int_equal(os_statistics(f.b->system)->copies, copies);
    assert_int_equal(bench_page_frames(f.b), MANY);
    bench_expect_all(f.b, f.va, MANY, 2000);
    call_bench_close(f.b);
}

static void a_grandchild_shares_too(void **state)
{
    (void)state;
    family f = start(3, 64, 2);
    bench_switch(f.b, f.child);
    os_process *grandchild = bench_fork(f.b);
    assert_int_equal(bench_page(f.b->process, f.va)->references, 3);
    bench_store(f.b, f.va, 11);
    bench_switch(f.b, grandchild);
    assert_int_equal(bench_load(f.b, f.va), 1);
    bench_store(f.b, f.va, 12);
    bench_switch(f.b, f.b->process);
    assert_int_equal(bench_load(f.b, f.va), 1);
    bench_switch(f.b, f.child);
    assert_int_equal(bench_load(f.b, f.va), 11);
    assert_int_equal(os_statistics(f.b->system)->copies, 2);
    call_bench_close(f.b);
}

static void pages_in_the_swap_file_are_shared_there(void **state)
{
    (void)state;
    if (mode == MODE_LINEAR)
        skip(); /* pages that fill the memory leave no row for the child's table */
    const uint64_t pages = 24;
    family f = start(2, call_bench_frames(mode, 12), pages);
    for (uint64_t round = 0; round < 2; round++) {
        bench_switch(f.b, f.child);
        bench_store_all(f.b, f.va, pages / 2, 1000 + round);
        bench_switch(f.b, f.b->process);
        bench_expect_all(f.b, f.va, pages, 1);
    }
    bench_store_all(f.b, f.va, pages, 2000);
    bench_switch(f.b, f.child);
    bench_expect_all(f.b, f.va, pages / 2, 1001);
    bench_expect_all(f.b, f.va + PAGE(pages / 2), pages / 2, 1 + pages / 2);
    assert_true(os_statistics(f.b->system)->swap_in > 0);
    assert_int_equal(os_exit(f.b->system, NULL), TW_OK);
    bench_switch(f.b, f.b->process);
    bench_expect_all(f.b, f.va, pages, 2000);
    assert_int_equal(os_exit(f.b->system, NULL), TW_OK);
    os_accounts accounts;
    os_account(f.b->system, &accounts);
    assert_int_equal(accounts.slots_used, 0);
    assert_int_equal(accounts.page_frames, 0);
    call_bench_close(f.b);
}

static void zeros_are_shared_and_copied_by_a_store(void **state)
{
    (void)state;
    const os_options options = {.adue = true, .swap_slots = 64, .zero_page = true};
    call_bench *b = call_bench_open(mode, 2, 64, &options);
    uint64_t va = bench_map(b, 2, OS_R | OS_W, 0);
    assert_int_equal(bench_load(b, va), 0);
    os_process *child = bench_fork(b);
    bench_switch(b, child);
    bench_store(b, va, 5);
    bench_store(b, va + PAGE(1), 6);
    bench_switch(b, b->process);
    assert_int_equal(bench_load(b, va), 0);
    assert_int_equal(bench_load(b, va + PAGE(1)), 0);
    call_bench_close(b);
}

static void dropping_all_tables_changes_nothing(void **state)
{
    (void)state;
    family f = start(2, 96, 16);
    tw_error error = {0};
    for (uint64_t round = 0; round < 3; round++) {
        bench_switch(f.b, round % 2 == 0 ? f.child : f.b->process);
        bench_store_all(f.b, f.va, 8, 100 * (round + 1));
        bench_ok(os_drop_tables(f.b->system, &error), &error);
        assert_false(bench_mapped(f.b->process, f.va));
        bench_expect_all(f.b, f.va, 8, 100 * (round + 1));
        bench_expect_all(f.b, f.va + PAGE(8), 8, 9);
    }
    bench_switch(f.b, f.b->process);
    bench_expect_all(f.b, f.va, 8, 200);
    call_bench_close(f.b);
}

static void the_lock_of_a_page_is_not_inherited(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 2, 64, NULL);
    uint64_t va = bench_map(b, 1, OS_R | OS_W, OS_VMA_LOCKED);
    os_process *child = bench_fork(b);
    assert_int_equal(os_vmas_find(child->space->areas, va)->flags, 0);
    assert_int_equal(bench_page(b->process, va)->locks, 1);
    bench_store(b, va, 1);
    assert_int_equal(bench_page(b->process, va)->locks, 1);
    assert_int_equal(bench_page(child, va)->locks, 0);
    call_bench_close(b);
}

/* ---- no memory for records ------------------------------------------------------------------- */

static void a_fork_that_runs_out_of_records_leaves_the_parent_as_it_was(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 2, 64, NULL);
    uint64_t va = bench_map(b, 4, OS_R | OS_W, 0);
    bench_map(b, 4, OS_R, 0);
    bench_store_all(b, va, 4, 1);
    os_process *child = NULL;
    tw_error error = {0};
    tw_status status = TW_NO_MEMORY;
    size_t refusals = 0, alive = b->records.alive;
    for (; status == TW_NO_MEMORY; refusals++) {
        b->records.refuse = b->records.takes + refusals + 1;
        status = os_fork(b->system, b->process, &child, &error);
        b->records.refuse = 0;
        if (status == TW_OK)
            break;
        assert_int_equal(b->records.alive, alive);
        bench_ok(os_audit(b->system, &error), &error);
        bench_store_all(b, va, 4, 1);
    }
    bench_ok(status, &error);
    assert_true(refusals > 6);
    bench_switch(b, child);
    bench_expect_all(b, va, 4, 1);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest fork[] = {
        cmocka_unit_test(both_show_one_page_and_neither_may_write),
        cmocka_unit_test(loads_of_the_child_do_not_fault),
        cmocka_unit_test(the_parent_stores_first_and_copies),
        cmocka_unit_test(the_child_stores_first_and_copies),
        cmocka_unit_test(the_childs_64_stores_are_64_minor_faults),
        cmocka_unit_test(after_the_childs_end_256_stores_fault_256_times_and_copy_nothing),
        cmocka_unit_test(a_grandchild_shares_too),
        cmocka_unit_test(pages_in_the_swap_file_are_shared_there),
        cmocka_unit_test(zeros_are_shared_and_copied_by_a_store),
        cmocka_unit_test(dropping_all_tables_changes_nothing),
        cmocka_unit_test(the_lock_of_a_page_is_not_inherited),
        cmocka_unit_test(a_fork_that_runs_out_of_records_leaves_the_parent_as_it_was),
    };
    return golden_in_every_mode("fork", fork, sizeof fork / sizeof *fork, &mode);
}

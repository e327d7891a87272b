/* What makes a huge page many small ones, and that nobody notices but by its A and D; in every mode
 * whose tables have two levels or more. */
#include <string.h>

#include "tests/support/huge_bench.h"

static unsigned mode; /* of the tests that run */

static void a_hole_splits_it_and_the_rest_stays(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = huge_filled(mode, 0, &va);
    const size_t tables = huge_table_frames(b);
    b->records.refuse = b->records.takes + 3; /* two are for the areas that the cut makes */
    assert_int_equal(os_munmap(b->system, b->process, va + PAGE(5), PAGE(2), NULL), TW_OK);
    b->records.refuse = 0;
    assert_false(is_huge(b, va));
    assert_int_equal(huge_table_frames(b), tables); /* its table was kept */
    assert_int_equal(bench_page_frames(b), huge_pages(mode) - 2);
    bench_expect_all(b, va, 5, 1);
    bench_expect_all(b, va + PAGE(7), huge_pages(mode) - 7, 8);
    assert_int_equal(bench_faults(b->process), 1);
    assert_int_equal(bench_dies(b, OP_LOAD, va + PAGE(5)), OS_REASON_NO_REGION);
    call_bench_close(b);
}

static void other_permissions_of_all_of_it_leave_it_whole(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = huge_filled(mode, 0, &va);
    tw_error error = {0};
    bench_ok(os_mprotect(b->system, b->process, va, os_huge_bytes(mode), OS_R, &error), &error);
    assert_true(is_huge(b, va));
    bench_expect_all(b, va, huge_pages(mode), 1);
    assert_int_equal(bench_faults(b->process), 1);
    assert_int_equal(bench_dies(b, OP_STORE, va + PAGE(9)), OS_REASON_FORBIDDEN);
    call_bench_close(b);
}

static void other_permissions_of_a_part_split_it(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = huge_filled(mode, 0, &va);
    tw_error error = {0};
    bench_ok(os_mprotect(b->system, b->process, va, PAGE(4), OS_R, &error), &error);
    assert_false(is_huge(b, va));
    bench_expect_all(b, va, huge_pages(mode), 1);
    bench_store_all(b, va + PAGE(4), huge_pages(mode) - 4, 9);
    assert_int_equal(bench_faults(b->process), 1);
    assert_int_equal(bench_dies(b, OP_STORE, va + PAGE(3)), OS_REASON_FORBIDDEN);
    call_bench_close(b);
}

static void a_fork_splits_it_and_a_store_copies_one_page(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = huge_filled(mode, 0, &va);
    os_process *child = bench_fork(b);
    assert_false(is_huge(b, va));
    bench_switch(b, child);
    bench_expect_all(b, va, huge_pages(mode), 1);
    bench_store(b, va + PAGE(2), 77);
    assert_int_equal(os_statistics(b->system)->copies, 1);
    assert_int_equal(bench_page_frames(b), huge_pages(mode) + 1);
    bench_switch(b, b->process);
    bench_expect_all(b, va, huge_pages(mode), 1);
    call_bench_close(b);
}

/* The words of the parent need not change, but its pages are no more its own: when all of it may be
 * written again, one page may and the others must not. */
static void a_fork_splits_it_although_nobody_may_write(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = huge_filled(mode, 0, &va);
    os_process *parent = b->process;
    tw_error error = {0};
    bench_ok(os_mprotect(b->system, parent, va, os_huge_bytes(mode), OS_R, &error), &error);
    assert_true(is_huge(b, va));
    os_process *child = bench_fork(b);
    assert_false(is_huge(b, va));
    bench_ok(os_munmap(b->system, child, va, PAGE(1), &error), &error);
    bench_ok(os_mprotect(b->system, parent, va, os_huge_bytes(mode), OS_R | OS_W, &error), &error);
    bench_store_all(b, va, 8, 900);
    assert_int_equal(os_statistics(b->system)->copies, 7);
    bench_switch(b, child);
    bench_expect_all(b, va + PAGE(1), huge_pages(mode) - 1, 2);
    call_bench_close(b);
}

static void the_audit_finds_a_shared_page_in_one(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = huge_filled(mode, 0, &va);
    os_process *child = bench_fork(b);
    tw_error error = {0};
    size_t made;
    bench_ok(os_kill(b->system, child, &error), &error);
    bench_ok(os_collapse(b->system, b->process, va, os_huge_bytes(mode), &made, &error), &error);
    assert_true(is_huge(b, va));
    const os_map_request below = {
        .address = va - PAGE(1), .bytes = PAGE(1), .permissions = OS_R, .fixed = true};
    uint64_t at;
    bench_ok(os_mmap(b->system, b->process, &below, &at, &error), &error);
    os_place *other = os_places_add(&b->process->space->places, &b->system->port.records,
                                    b->process->space, va - PAGE(1));
    assert_non_null(other);
    os_page_attach(bench_page(b->process, va + PAGE(3)), other);
    assert_int_equal(os_audit(b->system, &error), TW_MISMATCH);
    assert_non_null(strstr(error.text, "a page in a huge page is not its own, at"));
    bench_ok(os_page_detach(b->system, other, &error), &error);
    call_bench_close(b);
}

static void reclaim_splits_it_and_takes_page_by_page(void **state)
{
    (void)state;
    const os_options options = {.adue = true, .swap_slots = 4096};
    call_bench *b = call_bench_open(mode, 1, (size_t)huge_pages(mode) * 3 / 2, &options);
    uint64_t va = huge_map(b, 1, 0);
    bench_store_all(b, va, huge_pages(mode), 1);
    const bool was = is_huge(b, va);
    uint64_t others = bench_map(b, huge_pages(mode), OS_R | OS_W, 0);
    for (uint64_t round = 0; round < 2; round++) {
        bench_store_all(b, others, huge_pages(mode), 7000);
        bench_expect_all(b, va, huge_pages(mode), 1);
        bench_expect_all(b, others, huge_pages(mode), 7000);
    }
    assert_true(was);
    assert_false(is_huge(b, va));
    assert_true(os_statistics(b->system)->swap_out > 0);
    call_bench_close(b);
}

static void all_that_it_splits_into_have_its_a_and_d(void **state)
{
    (void)state;
    for (int stores = 0; stores < 2; stores++) {
        call_bench *b = huge_open(mode, 1);
        uint64_t va = huge_map(b, 1, 0);
        size_t a, d;
        bench_load(b, va);
        if (stores != 0)
            bench_store(b, va + PAGE(1), 1);
        huge_split(b, va, &a, &d);
        assert_int_equal(a, huge_pages(mode));
        assert_int_equal(d, stores != 0 ? huge_pages(mode) : 0);
        call_bench_close(b);
    }
}

static uint64_t raced; /* the leaf that the hardware writes to when it is about to be replaced */

static void set_d(golden_machine *machine, uint64_t address)
{
    if (address != raced)
        return;
    raced = 0;
    *golden_word(machine, address) |= UINT64_C(1) << (PTE_D + address % 8 * 8);
}

static void d_that_the_hardware_sets_meanwhile_is_not_lost(void **state)
{
    (void)state;
    call_bench *b = huge_open(mode, 1);
    uint64_t va = huge_map(b, 1, 0);
    size_t a, d;
    bench_load(b, va);
    os_table_spot end;
    tw_error error = {0};
    bench_ok(os_table_walk(&b->system->port, &b->process->space->table, va, &end, &error), &error);
    raced = end.address;
    b->machine->race = set_d;
    huge_split(b, va, &a, &d);
    assert_int_equal(raced, 0);
    assert_int_equal(a, huge_pages(mode));
    assert_int_equal(d, huge_pages(mode));
    call_bench_close(b);
}

static void a_and_d_that_the_os_sets_leave_it_whole(void **state)
{
    (void)state;
    const os_options options = {.swap_slots = 16};
    call_bench *b = call_bench_open(mode, 1, 2 * (size_t)huge_pages(mode) + 64, &options);
    uint64_t va = huge_map(b, 1, 0);
    bench_store_all(b, va, huge_pages(mode), 1);
    assert_true(is_huge(b, va));
    assert_true(os_statistics(b->system)->touches > 0);
    assert_int_equal(os_statistics(b->system)->refused, 0);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hole_splits_it_and_the_rest_stays),
        cmocka_unit_test(other_permissions_of_all_of_it_leave_it_whole),
        cmocka_unit_test(other_permissions_of_a_part_split_it),
        cmocka_unit_test(a_fork_splits_it_and_a_store_copies_one_page),
        cmocka_unit_test(a_fork_splits_it_although_nobody_may_write),
        cmocka_unit_test(the_audit_finds_a_shared_page_in_one),
        cmocka_unit_test(reclaim_splits_it_and_takes_page_by_page),
        cmocka_unit_test(all_that_it_splits_into_have_its_a_and_d),
        cmocka_unit_test(d_that_the_hardware_sets_meanwhile_is_not_lost),
        cmocka_unit_test(a_and_d_that_the_os_sets_leave_it_whole),
    };
    return kernel_bench_in_every_tree("huge_split", tests, sizeof tests / sizeof *tests, &mode);
}

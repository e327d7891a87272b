/*
 * test_race.c: another agent changes the leaf between the walk's read and its compare-and-swap
 * (rule 12). The walk must begin again at the root, judge what now stands there, and never write
 * over it blindly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/walk_case.h"

enum { LEVELS = 3 }; /* of Sv39, which all cases here use */

/* A store to a page that has neither A nor D. */
static walk_case racing_store(void (*race)(walk_memory *, uint64_t, unsigned))
{
    walk_case c = walk_case_of(MODE_SV39, OP_STORE, 0, pte_of(0x12345, "VRW"));
    c.memory.race = race;
    return c;
}

/* The walk lost one swap and read the whole path again. */
static void assert_restarted_at_the_root(const walk_case *c)
{
    const tw_translation *got = &c->got;
    assert_true(got->accesses > LEVELS + 1);
    assert_int_equal(got->access[LEVELS].kind, TW_SWAP);
    assert_false(got->access[LEVELS].swapped);
    assert_false(got->access[LEVELS].error);
    assert_int_equal(got->access[LEVELS + 1].kind, TW_READ);
    assert_int_equal(got->access[LEVELS + 1].address, got->access[0].address);
    assert_int_equal(got->access[LEVELS + 1].level, LEVELS - 1);
}

static void move_once(walk_memory *m, uint64_t address, unsigned nth)
{
    if (nth == 1)
        walk_memory_set(m, address, pte_of(0x54321, "VRW"));
}

static void new_ppn_is_the_one_answered_and_touched(void **state)
{
    (void)state;
    walk_case c = racing_store(move_once);
    assert_int_equal(walk_case_run(&c)->cause, CAUSE_NONE);
    assert_restarted_at_the_root(&c);
    assert_int_equal(c.got.pa, 0x54321abc);
    assert_int_equal(c.got.pte, pte_of(0x54321, "VRWAD"));
    assert_int_equal(walk_memory_get(&c.memory, c.leaf_at), pte_of(0x54321, "VRWAD"));
    assert_int_equal(c.got.accesses, 2 * (LEVELS + 1));
}

static void unmap(walk_memory *m, uint64_t address, unsigned nth)
{
    (void)nth;
    walk_memory_set(m, address, pte_of(0x12345, "RW"));
}

static void cleared_v_is_a_page_fault_and_stays_cleared(void **state)
{
    (void)state;
    walk_case c = racing_store(unmap);
    assert_int_equal(walk_case_run(&c)->cause, CAUSE_STORE_PAGE);
    assert_restarted_at_the_root(&c);
    assert_int_equal(c.got.check, CHECK_VALID);
    assert_int_equal(c.got.pa, 0);
    assert_int_equal(walk_memory_get(&c.memory, c.leaf_at), pte_of(0x12345, "RW"));
}

static void protect(walk_memory *m, uint64_t address, unsigned nth)
{
    (void)nth;
    walk_memory_set(m, address, pte_of(0x12345, "VR"));
}

static void revoked_w_is_a_page_fault_and_sets_no_d(void **state)
{
    (void)state;
    walk_case c = racing_store(protect);
    assert_int_equal(walk_case_run(&c)->cause, CAUSE_STORE_PAGE);
    assert_restarted_at_the_root(&c);
    assert_int_equal(c.got.check, CHECK_PERMISSION);
    assert_int_equal(walk_memory_get(&c.memory, c.leaf_at), pte_of(0x12345, "VR"));
}

static void access_by_another(walk_memory *m, uint64_t address, unsigned nth)
{
    if (nth == 1)
        walk_memory_set(m, address, walk_memory_get(m, address) | UINT64_C(1) << PTE_A);
}

static void load_that_finds_a_already_set_needs_no_second_swap(void **state)
{
    (void)state;
    walk_case c = racing_store(access_by_another);
    c.request.op = OP_LOAD;
    assert_int_equal(walk_case_run(&c)->cause, CAUSE_NONE);
    assert_restarted_at_the_root(&c);
    assert_int_equal(c.memory.swaps, 1);
    assert_int_equal(walk_memory_get(&c.memory, c.leaf_at), pte_of(0x12345, "VRWA"));
}

static void store_that_finds_a_already_set_still_sets_d(void **state)
{
    (void)state;
    walk_case c = racing_store(access_by_another);
    assert_int_equal(walk_case_run(&c)->cause, CAUSE_NONE);
    assert_int_equal(c.memory.swaps, 2);
    assert_int_equal(walk_memory_get(&c.memory, c.leaf_at), pte_of(0x12345, "VRWAD"));
}

/* The gigapage's PTE becomes a pointer to tables that map a 4 KiB page. */
static void split(walk_memory *m, uint64_t address, unsigned nth)
{
    if (nth == 1)
        walk_memory_set(m, address, pte_of(WALK_ROOT + 1, "V"));
}

static void leaf_turned_into_a_pointer_is_followed(void **state)
{
    (void)state;
    walk_case c = walk_case_of(MODE_SV39, OP_STORE, 2, pte_of(0x40000, "VRWG"));
    walk_memory_set(&c.memory, walk_case_pte_at(&c, 1), pte_of(WALK_ROOT + 2, "V"));
    walk_memory_set(&c.memory, walk_case_pte_at(&c, 0), pte_of(0x777, "VRW"));
    c.memory.race = split;
    const tw_translation *got = walk_case_run(&c);
    assert_int_equal(got->cause, CAUSE_NONE);
    assert_int_equal(got->pa, 0x777abc);
    assert_int_equal(got->size, PAGE_SHIFT);
    assert_int_equal(got->level, 0);
    assert_false(got->global);
    assert_int_equal(walk_memory_get(&c.memory, c.leaf_at), pte_of(WALK_ROOT + 1, "V"));
}

static void move_always(walk_memory *m, uint64_t address, unsigned nth)
{
    walk_memory_set(m, address, pte_of(0x1000 + nth, "VRW"));
}

static void pte_that_never_stands_still_is_a_page_fault(void **state)
{
    (void)state;
    walk_case c = racing_store(move_always);
    assert_int_equal(walk_case_run(&c)->cause, CAUSE_STORE_PAGE);
    assert_int_equal(c.got.check, CHECK_RETRIES);
    assert_int_equal(c.memory.swaps, SWAP_TRIES);
    assert_int_equal(c.got.accesses, SWAP_TRIES * (LEVELS + 1));
    assert_int_equal(walk_memory_get(&c.memory, c.leaf_at), pte_of(0x1000 + SWAP_TRIES, "VRW"));
}

static void move_all_but_the_last_time(walk_memory *m, uint64_t address, unsigned nth)
{
    if (nth < SWAP_TRIES)
        walk_memory_set(m, address, pte_of(0x1000 + nth, "VRW"));
}

static void the_last_try_may_still_succeed(void **state)
{
    (void)state;
    walk_case c = racing_store(move_all_but_the_last_time);
    assert_int_equal(walk_case_run(&c)->cause, CAUSE_NONE);
    assert_int_equal(c.memory.swaps, SWAP_TRIES);
    assert_int_equal(c.got.pa, (UINT64_C(0x1000) + SWAP_TRIES - 1) << PAGE_SHIFT | WALK_OFFSET);
}

static void the_longest_walk_fits_its_record(void **state)
{
    (void)state;
    walk_case c = walk_case_of(MODE_SV57, OP_AMO, 0, pte_of(1, "VRW"));
    c.memory.race = move_always;
    assert_int_equal(walk_case_run(&c)->cause, CAUSE_STORE_PAGE);
    assert_int_equal(c.got.accesses, TW_ACCESSES_MAX);
}

/* The range becomes read-only and the PTE changes, both at once. */
static void move_and_refuse(walk_memory *m, uint64_t address, unsigned nth)
{
    move_always(m, address, nth);
    m->bad_swap = address;
}

static void bus_error_on_the_swap_is_final_whatever_stands_there(void **state)
{
    (void)state;
    walk_case c = racing_store(move_and_refuse);
    assert_int_equal(walk_case_run(&c)->cause, CAUSE_STORE_ACCESS);
    assert_int_equal(c.got.check, CHECK_SWAP);
    assert_int_equal(c.memory.swaps, 1);
    assert_int_equal(c.got.accesses, LEVELS + 1);
}

int main(void)
{
    const struct CMUnitTest race[] = {
        cmocka_unit_test(new_ppn_is_the_one_answered_and_touched),
        cmocka_unit_test(cleared_v_is_a_page_fault_and_stays_cleared),
        cmocka_unit_test(revoked_w_is_a_page_fault_and_sets_no_d),
        cmocka_unit_test(load_that_finds_a_already_set_needs_no_second_swap),
        cmocka_unit_test(store_that_finds_a_already_set_still_sets_d),
        cmocka_unit_test(leaf_turned_into_a_pointer_is_followed),
        cmocka_unit_test(pte_that_never_stands_still_is_a_page_fault),
        cmocka_unit_test(the_last_try_may_still_succeed),
        cmocka_unit_test(the_longest_walk_fits_its_record),
        cmocka_unit_test(bus_error_on_the_swap_is_final_whatever_stands_there),
    };
    return cmocka_run_group_tests_name("race", race, NULL, NULL);
}

/* test_hashed_leaf.c: rule 18: the entry that holds a page is judged and touched as a leaf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/hashed_case.h"

/* The entry of frame A with these flags, besides E. */
static uint64_t held(unsigned flags)
{
    return hashed_word(HASHED_SPACE, HASHED_PAGE, 0, flags | HASHED_E);
}

static uint64_t memory_of(const walk_case *c, unsigned frame)
{
    return walk_memory_get(&c->memory, hashed_entry_at(frame));
}

static void assert_fault(walk_case *c, tw_check check, unsigned cause)
{
    assert_int_equal(walk_case_run(c)->check, check);
    assert_int_equal(c->got.cause, cause);
    assert_int_equal(c->got.pte_addr, c->leaf_at);
}

/* All flags but E, in every privilege, with the words of rule 8 as they stand in pte.h. */
static void every_combination_of_flags_is_judged_as_a_pte_of_them(void **state)
{
    (void)state;
    static const unsigned privs[] = {PRIV_U, PRIV_S};
    for (unsigned n = 0; n < 256 * 4 * 2 * 4; n++) {
        const unsigned flags = (n & 0xff & ~(unsigned)HASHED_E) | HASHED_V;
        walk_case c = hashed_case_of((tw_op)(n >> 8 & 3), flags);
        c.request.priv = privs[n >> 10 & 1];
        c.request.sum = n >> 11 & 1;
        c.request.mxr = n >> 12 & 1;
        c.control.adue = (n & HASHED_E) != 0;
        const tw_check want = tw_judge(&c.control, &c.request, flags, 0);
        if (walk_case_run(&c)->check != want)
            fail_msg("flags 0x%x, op %u, priv %u: expected check %s, got %s", flags, c.request.op,
                     c.request.priv, tw_check_name(want), tw_check_name(c.got.check));
        assert_int_equal(c.got.cause, check_cause(want, c.request.op));
        assert_int_equal(c.got.pte_addr, c.leaf_at);
    }
}

static void w_without_r_and_no_r_w_x_are_refused(void **state)
{
    (void)state;
    walk_case reserved = hashed_case_of(OP_STORE, 0xc5);
    assert_fault(&reserved, CHECK_RESERVED, CAUSE_STORE_PAGE);
    walk_case pointer = hashed_case_of(OP_LOAD, HASHED_V);
    assert_fault(&pointer, CHECK_POINTER, CAUSE_LOAD_PAGE);
}

/* Bit 5 is G in a PTE. */
static void the_end_of_a_chain_makes_nothing_global(void **state)
{
    (void)state;
    walk_case c = hashed_case_of(OP_LOAD, HASHED_FLAGS);
    assert_false(walk_case_run(&c)->global);
    assert_int_equal(c.got.pte, pte_of(HASHED_A, "VRWA"));
}

static void a_and_d_are_swapped_into_the_whole_word(void **state)
{
    (void)state;
    walk_case c = hashed_case_of(OP_STORE, 0x07);
    assert_int_equal(walk_case_run(&c)->cause, CAUSE_NONE);
    assert_int_equal(c.got.accesses, 3);
    assert_int_equal(c.got.access[2].kind, TW_SWAP);
    assert_int_equal(c.got.access[2].address, c.leaf_at);
    assert_int_equal(c.got.access[2].value, held(0x07));
    assert_int_equal(c.got.access[2].desired, held(0xc7));
    assert_true(c.got.access[2].swapped);
    assert_int_equal(c.memory.bytes, 8);
    assert_int_equal(memory_of(&c, HASHED_A), held(0xc7));
    assert_int_equal(c.got.pte, pte_of(HASHED_A, "VRWAD"));
    assert_int_equal(c.got.reads, 2);
}

static void a_load_sets_a_alone_and_keeps_every_other_bit(void **state)
{
    (void)state;
    const uint64_t word = hashed_word(HASHED_SPACE, HASHED_PAGE, 0xfffff, 0x1f);
    walk_case c = hashed_case_of(OP_LOAD, 0);
    c.request.priv = PRIV_U;
    hashed_set_entry(&c, HASHED_A, word);
    assert_int_equal(walk_case_run(&c)->cause, CAUSE_NONE);
    assert_int_equal(memory_of(&c, HASHED_A), word | 1u << PTE_A);
}

static void entries_on_the_way_and_the_anchor_are_never_touched(void **state)
{
    (void)state;
    const uint64_t other = hashed_word(HASHED_SPACE, HASHED_PAGE + 1, HASHED_A, 0x07);
    walk_case c = hashed_case_of(OP_STORE, 0x07);
    hashed_set_anchor(&c, HASHED_B);
    hashed_set_entry(&c, HASHED_B, other);
    assert_int_equal(walk_case_run(&c)->cause, CAUSE_NONE);
    assert_int_equal(memory_of(&c, HASHED_B), other);
    assert_int_equal(walk_memory_get(&c.memory, HASHED_ANCHOR),
                     hashed_word(0, 0, HASHED_B, HASHED_V));
    assert_int_equal(c.memory.swaps, 1);
}

static void without_adue_a_page_not_touched_faults_and_stays(void **state)
{
    (void)state;
    walk_case c = hashed_case_of(OP_STORE, 0x47);
    c.control.adue = false;
    assert_fault(&c, CHECK_TOUCHED, CAUSE_STORE_PAGE);
    assert_int_equal(c.memory.swaps, 0);
    assert_int_equal(memory_of(&c, HASHED_A), held(0x47));
}

static void what_the_bus_refuses_is_an_access_fault(void **state)
{
    (void)state;
    walk_case at_anchor = hashed_case_of(OP_STORE, 0x07);
    at_anchor.memory.bad_read = HASHED_ANCHOR;
    assert_int_equal(walk_case_run(&at_anchor)->check, CHECK_READ);
    assert_int_equal(at_anchor.got.cause, CAUSE_STORE_ACCESS);
    assert_int_equal(at_anchor.got.pte_addr, HASHED_ANCHOR);
    assert_int_equal(at_anchor.got.reads, 1);
    walk_case at_entry = hashed_case_of(OP_LOAD, 0x07);
    at_entry.memory.bad_read = at_entry.leaf_at;
    assert_fault(&at_entry, CHECK_READ, CAUSE_LOAD_ACCESS);
    assert_int_equal(at_entry.got.pte, 0);
    walk_case swap = hashed_case_of(OP_FETCH, 0x0f);
    swap.memory.bad_swap = swap.leaf_at;
    assert_fault(&swap, CHECK_SWAP, CAUSE_FETCH_ACCESS);
    assert_int_equal(memory_of(&swap, HASHED_A), held(0x0f));
}

/* The OS moves the page from frame A to frame B. */
static void move(walk_memory *m, uint64_t address, unsigned nth)
{
    if (nth > 1)
        return;
    walk_memory_set(m, HASHED_ANCHOR, hashed_word(0, 0, HASHED_B, HASHED_V));
    walk_memory_set(m, hashed_entry_at(HASHED_B), held(0x07));
    walk_memory_set(m, address, 0);
}

static void a_failed_compare_goes_back_to_the_anchor(void **state)
{
    (void)state;
    walk_case c = hashed_case_of(OP_STORE, 0x07);
    c.memory.race = move;
    assert_int_equal(walk_case_run(&c)->cause, CAUSE_NONE);
    assert_int_equal(c.got.pa, HASHED_B << PAGE_SHIFT | WALK_OFFSET);
    assert_int_equal(c.got.accesses, 6);
    assert_false(c.got.access[2].swapped);
    assert_int_equal(c.got.access[3].address, HASHED_ANCHOR);
    assert_int_equal(c.got.access[4].address, hashed_entry_at(HASHED_B));
    assert_int_equal(memory_of(&c, HASHED_A), 0);
    assert_int_equal(memory_of(&c, HASHED_B), held(0xc7));
    assert_int_equal(c.got.reads, 4);
}

/* What another writes is a change that does not count, but the word is another one. */
static void relink(walk_memory *m, uint64_t address, unsigned nth)
{
    walk_memory_set(m, address, hashed_word(HASHED_SPACE, HASHED_PAGE, nth, 0x07));
}

static void a_word_that_never_stands_still_is_a_page_fault_after_8_tries(void **state)
{
    (void)state;
    walk_case c = hashed_case_of(OP_LOAD, 0x07);
    c.memory.race = relink;
    assert_fault(&c, CHECK_RETRIES, CAUSE_LOAD_PAGE);
    assert_int_equal(c.memory.swaps, SWAP_TRIES);
    assert_int_equal(c.got.reads, 2 * SWAP_TRIES);
    assert_int_equal(c.got.pa, 0);
}

static void take_away(walk_memory *m, uint64_t address, unsigned nth)
{
    (void)nth;
    walk_memory_set(m, address, held(0x07) ^ HASHED_V);
}

static void a_page_taken_away_in_between_is_a_fault_and_stays_away(void **state)
{
    (void)state;
    walk_case c = hashed_case_of(OP_LOAD, 0x07);
    c.memory.race = take_away;
    assert_fault(&c, CHECK_VALID, CAUSE_LOAD_PAGE);
    assert_int_equal(memory_of(&c, HASHED_A), held(0x07) ^ HASHED_V);
}

int main(void)
{
    const struct CMUnitTest leaf[] = {
        cmocka_unit_test(every_combination_of_flags_is_judged_as_a_pte_of_them),
        cmocka_unit_test(w_without_r_and_no_r_w_x_are_refused),
        cmocka_unit_test(the_end_of_a_chain_makes_nothing_global),
        cmocka_unit_test(a_and_d_are_swapped_into_the_whole_word),
        cmocka_unit_test(a_load_sets_a_alone_and_keeps_every_other_bit),
        cmocka_unit_test(entries_on_the_way_and_the_anchor_are_never_touched),
        cmocka_unit_test(without_adue_a_page_not_touched_faults_and_stays),
        cmocka_unit_test(what_the_bus_refuses_is_an_access_fault),
        cmocka_unit_test(a_failed_compare_goes_back_to_the_anchor),
        cmocka_unit_test(a_word_that_never_stands_still_is_a_page_fault_after_8_tries),
        cmocka_unit_test(a_page_taken_away_in_between_is_a_fault_and_stays_away),
    };
    return cmocka_run_group_tests_name("hashed_leaf", leaf, NULL, NULL);
}

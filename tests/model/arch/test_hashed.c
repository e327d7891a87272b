/* test_hashed.c: rule 18: an anchor, a chain, and the entry that holds the page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/hashed_case.h"

static void assert_found(walk_case *c, unsigned frame, unsigned reads)
{
    const tw_translation *got = walk_case_run(c);
    assert_int_equal(got->cause, CAUSE_NONE);
    assert_int_equal(got->check, CHECK_NONE);
    assert_int_equal(got->pa, frame << PAGE_SHIFT | WALK_OFFSET);
    assert_int_equal(got->size, PAGE_SHIFT);
    assert_int_equal(got->level, 0);
    assert_int_equal(got->pte_addr, hashed_entry_at(frame));
    assert_int_equal(pte_ppn(got->pte), frame);
    assert_false(got->global);
    assert_int_equal(got->reads, reads);
    assert_int_equal(c->memory.access[0].address, HASHED_ANCHOR);
    assert_int_equal(c->memory.bytes, 8);
}

static void assert_fault(walk_case *c, tw_check check, unsigned cause, unsigned reads)
{
    const tw_translation *got = walk_case_run(c);
    assert_int_equal(got->check, check);
    assert_int_equal(got->cause, cause);
    assert_int_equal(got->reads, reads);
    assert_int_equal(got->pa, 0);
    assert_int_equal(got->size, 0);
}

static void the_page_is_in_the_frame_whose_entry_holds_it(void **state)
{
    (void)state;
    walk_case c = hashed_case_of(OP_LOAD, HASHED_FLAGS);
    assert_found(&c, HASHED_A, 2);
    assert_int_equal(c.got.pte, pte_of(HASHED_A, "VRWA"));
    assert_int_equal(c.got.accesses, 2);
    assert_int_equal(c.got.access[0].address, HASHED_ANCHOR);
    assert_int_equal(c.got.access[1].address, hashed_entry_at(HASHED_A));
    assert_int_equal(c.got.access[1].value,
                     hashed_word(HASHED_SPACE, HASHED_PAGE, 0, HASHED_FLAGS | HASHED_E));
}

static void a_chain_is_followed_to_the_entry_that_holds_the_page(void **state)
{
    (void)state;
    walk_case c = hashed_case();
    hashed_set_anchor(&c, HASHED_C);
    hashed_set_entry(&c, HASHED_C,
                     hashed_word(HASHED_SPACE, HASHED_PAGE + 1, HASHED_B, HASHED_FLAGS));
    hashed_set_entry(&c, HASHED_B,
                     hashed_word(HASHED_SPACE, HASHED_PAGE + 2, HASHED_A, HASHED_FLAGS));
    hashed_set_entry(&c, HASHED_A,
                     hashed_word(HASHED_SPACE, HASHED_PAGE, 0, HASHED_FLAGS | HASHED_E));
    assert_found(&c, HASHED_A, 4);
    assert_int_equal(c.memory.access[1].address, hashed_entry_at(HASHED_C));
    assert_int_equal(c.memory.access[2].address, hashed_entry_at(HASHED_B));
}

static void what_follows_the_entry_in_its_chain_does_not_count(void **state)
{
    (void)state;
    walk_case c = hashed_case();
    hashed_set_anchor(&c, HASHED_A);
    hashed_set_entry(&c, HASHED_A,
                     hashed_word(HASHED_SPACE, HASHED_PAGE, HASHED_LAST + 1, HASHED_FLAGS));
    assert_found(&c, HASHED_A, 2);
}

static void an_anchor_that_is_not_valid_is_an_empty_chain(void **state)
{
    (void)state;
    walk_case c = hashed_case_of(OP_LOAD, HASHED_FLAGS);
    walk_memory_set(&c.memory, HASHED_ANCHOR,
                    hashed_word(HASHED_SPACE, HASHED_PAGE, HASHED_A, HASHED_FLAGS & ~HASHED_V));
    assert_fault(&c, CHECK_VALID, CAUSE_LOAD_PAGE, 1);
    assert_int_equal(c.got.pte_addr, HASHED_ANCHOR);
    assert_int_equal(c.got.pte, 0);
}

static void of_an_anchor_only_v_and_next_count(void **state)
{
    (void)state;
    walk_case c = hashed_case_of(OP_LOAD, HASHED_FLAGS);
    walk_memory_set(&c.memory, HASHED_ANCHOR,
                    hashed_word(HASHED_SPACE, HASHED_PAGE, HASHED_A, 0xff));
    assert_found(&c, HASHED_A, 2);
}

static void a_chain_that_ends_without_the_page_is_a_fault_as_of_v_0(void **state)
{
    (void)state;
    walk_case c = hashed_case();
    hashed_set_anchor(&c, HASHED_B);
    hashed_set_entry(&c, HASHED_B,
                     hashed_word(HASHED_SPACE, HASHED_PAGE + 1, HASHED_A, HASHED_FLAGS));
    hashed_set_entry(&c, HASHED_A,
                     hashed_word(HASHED_SPACE, HASHED_PAGE + 2, HASHED_C, HASHED_FLAGS | HASHED_E));
    hashed_set_entry(&c, HASHED_C,
                     hashed_word(HASHED_SPACE, HASHED_PAGE, 0, HASHED_FLAGS | HASHED_E));
    c.request.op = OP_STORE;
    assert_fault(&c, CHECK_VALID, CAUSE_STORE_PAGE, 3);
    assert_int_equal(c.got.pte_addr, hashed_entry_at(HASHED_A));
}

static void every_bit_of_page_and_address_space_must_match(void **state)
{
    (void)state;
    for (unsigned bit = HASHED_VPN; bit < 64; bit++) {
        walk_case c = hashed_case_of(OP_LOAD, HASHED_FLAGS);
        hashed_set_entry(&c, HASHED_A,
                         hashed_word(HASHED_SPACE, HASHED_PAGE, 0, HASHED_FLAGS | HASHED_E) ^
                             UINT64_C(1) << bit);
        assert_fault(&c, CHECK_VALID, CAUSE_LOAD_PAGE, 2);
    }
}

static void an_entry_that_is_not_valid_holds_nothing_and_leads_on(void **state)
{
    (void)state;
    walk_case c = hashed_case();
    hashed_set_anchor(&c, HASHED_B);
    hashed_set_entry(&c, HASHED_B,
                     hashed_word(HASHED_SPACE, HASHED_PAGE, HASHED_A, HASHED_FLAGS & ~HASHED_V));
    hashed_set_entry(&c, HASHED_A,
                     hashed_word(HASHED_SPACE, HASHED_PAGE, 0, HASHED_FLAGS | HASHED_E));
    assert_found(&c, HASHED_A, 3);
    hashed_set_entry(
        &c, HASHED_A,
        hashed_word(HASHED_SPACE, HASHED_PAGE, 0, (HASHED_FLAGS & ~HASHED_V) | HASHED_E));
    assert_fault(&c, CHECK_VALID, CAUSE_LOAD_PAGE, 3);
}

static void a_next_outside_the_table_is_a_fault_of_its_own(void **state)
{
    (void)state;
    walk_case from_anchor = hashed_case();
    hashed_set_anchor(&from_anchor, HASHED_LAST + 1);
    assert_fault(&from_anchor, CHECK_CHAIN, CAUSE_LOAD_PAGE, 1);
    walk_case from_entry = hashed_case();
    hashed_set_anchor(&from_entry, HASHED_LAST);
    hashed_set_entry(&from_entry, HASHED_LAST,
                     hashed_word(HASHED_SPACE, HASHED_PAGE + 1, HASHED_LAST + 1, HASHED_FLAGS));
    assert_fault(&from_entry, CHECK_CHAIN, CAUSE_LOAD_PAGE, 2);
    assert_int_equal(from_entry.got.pte_addr, hashed_entry_at(HASHED_LAST));
    walk_case end = hashed_case();
    hashed_set_anchor(&end, HASHED_LAST);
    hashed_set_entry(
        &end, HASHED_LAST,
        hashed_word(HASHED_SPACE, HASHED_PAGE + 1, HASHED_LAST + 1, HASHED_FLAGS | HASHED_E));
    assert_fault(&end, CHECK_VALID, CAUSE_LOAD_PAGE, 2);
}

static void a_chain_that_loops_is_a_fault_after_as_many_entries_as_there_are(void **state)
{
    (void)state;
    walk_case self = hashed_case();
    hashed_set_anchor(&self, HASHED_A);
    hashed_set_entry(&self, HASHED_A,
                     hashed_word(HASHED_SPACE, HASHED_PAGE + 1, HASHED_A, HASHED_FLAGS));
    assert_fault(&self, CHECK_CHAIN, CAUSE_LOAD_PAGE, 1 + HASHED_LAST + 1);
}

/* Entries in a row; the last one holds the page. */
static void a_chain_of_every_entry_is_not_too_long(void **state)
{
    (void)state;
    walk_case c = hashed_case();
    hashed_set_anchor(&c, 0);
    for (unsigned i = 0; i < HASHED_LAST; i++)
        hashed_set_entry(&c, i, hashed_word(HASHED_SPACE, HASHED_PAGE + 1, i + 1, HASHED_FLAGS));
    hashed_set_entry(&c, HASHED_LAST, hashed_word(HASHED_SPACE, HASHED_PAGE, 0, HASHED_FLAGS));
    assert_found(&c, HASHED_LAST, 1 + HASHED_LAST + 1);
    c.memory.accesses = 0;
    hashed_set_entry(&c, HASHED_LAST,
                     hashed_word(HASHED_SPACE, HASHED_PAGE + 1, 0, HASHED_FLAGS | HASHED_E));
    assert_fault(&c, CHECK_VALID, CAUSE_LOAD_PAGE, 1 + HASHED_LAST + 1);
    c.memory.accesses = 0;
    hashed_set_entry(&c, HASHED_LAST, hashed_word(HASHED_SPACE, HASHED_PAGE + 1, 0, HASHED_FLAGS));
    assert_fault(&c, CHECK_CHAIN, CAUSE_LOAD_PAGE, 1 + HASHED_LAST + 1);
}

static void pages_in_a_row_have_anchors_in_a_row(void **state)
{
    (void)state;
    assert_int_equal(hashed_hash(0, 0x12300, 8), 0x48);
    assert_int_equal(hashed_hash(0, 0x12301, 8), 0x49);
    assert_int_equal(hashed_hash(3, 0x12345, 8), 0x3d);
    for (unsigned i = 0; i < 256; i++)
        for (unsigned other = 0; other < i; other++)
            assert_int_not_equal(hashed_hash(7, 0x400 + i, 8), hashed_hash(7, 0x400 + other, 8));
}

static void the_hash_has_20_bits_at_most(void **state)
{
    (void)state;
    assert_int_equal(hashed_hash(0xffff, 0, 20), 0xffff0 ^ 0xffff0 >> 10);
    for (unsigned bits = 20; bits < 32; bits++)
        assert_int_equal(hashed_hash(0x8421, 0xfedcb, bits), hashed_hash(0x8421, 0xfedcb, 20));
    assert_int_equal(hashed_hash(0x8421, 0xfedcb, 0), 0);
}

static void both_tables_go_on_at_0_behind_the_last_physical_address(void **state)
{
    (void)state;
    const uint64_t last_page = (UINT64_C(1) << PTE_PPN_BITS) - 1;
    walk_case c = hashed_case();
    c.control.hash_table = TW_PUT(HASH_TABLE, PPN, last_page) | TW_PUT(HASH_TABLE, LAST, 600);
    c.control.hash_anchors =
        TW_PUT(HASH_ANCHORS, PPN, last_page) | TW_PUT(HASH_ANCHORS, BITS, HASHED_BITS);
    const uint64_t anchor_at = 8 * UINT64_C(0x1233d) - 4096, at = 8 * 600 - 4096;
    walk_memory_set(&c.memory, anchor_at, hashed_word(0, 0, 600, HASHED_V));
    walk_memory_set(&c.memory, at,
                    hashed_word(HASHED_SPACE, HASHED_PAGE, 0, HASHED_FLAGS | HASHED_E));
    const tw_translation *got = walk_case_run(&c);
    assert_int_equal(got->access[0].address, anchor_at);
    assert_int_equal(got->pte_addr, at);
    assert_int_equal(got->pa, 600 << PAGE_SHIFT | WALK_OFFSET);
}

static void an_address_above_32_bits_faults_before_any_read(void **state)
{
    (void)state;
    walk_case c = hashed_case_of(OP_LOAD, HASHED_FLAGS);
    c.request.va |= UINT64_C(1) << 32;
    assert_fault(&c, CHECK_CANONICAL, CAUSE_LOAD_PAGE, 0);
}

static void machine_mode_passes_and_reads_nothing(void **state)
{
    (void)state;
    walk_case c = hashed_case_of(OP_LOAD, HASHED_FLAGS);
    c.request.priv = PRIV_M;
    assert_int_equal(walk_case_run(&c)->pa, c.request.va);
    assert_int_equal(c.memory.accesses, 0);
}

static void the_first_that_applies_of_what_a_word_says(void **state)
{
    (void)state;
    const walk_case c = hashed_case();
    const uint64_t page =
        hashed_word(HASHED_SPACE, HASHED_PAGE, HASHED_LAST + 1, HASHED_FLAGS | HASHED_E);
    static const tw_hashed_spot start = {.anchor = true},
                                full = {.index = HASHED_A, .before = HASHED_LAST};
    assert_int_equal(tw_hashed_judge(&c.control, c.request.va, &start, page ^ HASHED_V).check,
                     CHECK_VALID);
    assert_int_equal(tw_hashed_judge(&c.control, c.request.va, &start, page).check, CHECK_CHAIN);
    assert_true(tw_hashed_judge(&c.control, c.request.va, &full, page).found);
    assert_int_equal(tw_hashed_judge(&c.control, c.request.va, &full, page ^ HASHED_V).check,
                     CHECK_VALID);
    tw_hashed_step on =
        tw_hashed_judge(&c.control, c.request.va, &start, hashed_word(0, 0, HASHED_LAST, HASHED_V));
    assert_true(on.check == CHECK_NONE && !on.found && !on.next.anchor);
    assert_int_equal(on.next.index, HASHED_LAST);
    assert_int_equal(on.next.before, 0);
    on = tw_hashed_judge(&c.control, c.request.va, &on.next, hashed_word(0, 0, HASHED_A, HASHED_V));
    assert_true(on.check == CHECK_NONE && !on.found && !on.next.anchor);
    assert_int_equal(on.next.index, HASHED_A);
    assert_int_equal(on.next.before, 1);
}

int main(void)
{
    const struct CMUnitTest hashed[] = {
        cmocka_unit_test(the_page_is_in_the_frame_whose_entry_holds_it),
        cmocka_unit_test(a_chain_is_followed_to_the_entry_that_holds_the_page),
        cmocka_unit_test(what_follows_the_entry_in_its_chain_does_not_count),
        cmocka_unit_test(an_anchor_that_is_not_valid_is_an_empty_chain),
        cmocka_unit_test(of_an_anchor_only_v_and_next_count),
        cmocka_unit_test(a_chain_that_ends_without_the_page_is_a_fault_as_of_v_0),
        cmocka_unit_test(every_bit_of_page_and_address_space_must_match),
        cmocka_unit_test(an_entry_that_is_not_valid_holds_nothing_and_leads_on),
        cmocka_unit_test(a_next_outside_the_table_is_a_fault_of_its_own),
        cmocka_unit_test(a_chain_that_loops_is_a_fault_after_as_many_entries_as_there_are),
        cmocka_unit_test(a_chain_of_every_entry_is_not_too_long),
        cmocka_unit_test(pages_in_a_row_have_anchors_in_a_row),
        cmocka_unit_test(the_hash_has_20_bits_at_most),
        cmocka_unit_test(both_tables_go_on_at_0_behind_the_last_physical_address),
        cmocka_unit_test(an_address_above_32_bits_faults_before_any_read),
        cmocka_unit_test(machine_mode_passes_and_reads_nothing),
        cmocka_unit_test(the_first_that_applies_of_what_a_word_says),
    };
    return cmocka_run_group_tests_name("hashed", hashed, NULL, NULL);
}

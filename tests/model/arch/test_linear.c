/* test_linear.c: rule 17: one table as long as the address space, and one read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/walk_case.h"

/* A load of page `n` at offset 0xabc, whose leaf is the only PTE there is. */
static walk_case page_of(uint64_t root, uint64_t n, uint64_t leaf_at, uint64_t leaf)
{
    walk_case c = {
        .control = {.satp = (uint64_t)MODE_LINEAR << 60 | root, .adue = true, .pbmte = true},
        .request = {.va = n << PAGE_SHIFT | WALK_OFFSET, .op = OP_LOAD, .priv = PRIV_S},
        .leaf_at = leaf_at};
    walk_memory_set(&c.memory, leaf_at, leaf);
    return c;
}

static void expect_one_read(walk_case *c, uint64_t pa)
{
    const tw_translation *got = walk_case_run(c);
    assert_int_equal(got->cause, CAUSE_NONE);
    assert_int_equal(got->pa, pa);
    assert_int_equal(got->size, PAGE_SHIFT);
    assert_int_equal(got->level, 0);
    assert_int_equal(c->memory.accesses, 1);
    assert_int_equal(c->memory.access[0].address, c->leaf_at);
    assert_int_equal(c->memory.bytes, 4);
}

static void a_table_of_32_bit_addresses_is_4_mib_long(void **state)
{
    (void)state;
    assert_int_equal(mode_levels(MODE_LINEAR), 1);
    assert_int_equal(1u << mode_index_bits(MODE_LINEAR), 1048576);
    assert_int_equal(1u << (mode_index_bits(MODE_LINEAR) + mode_pte_shift(MODE_LINEAR)), 4 << 20);
    assert_int_equal(pte_address(MODE_LINEAR, 0, 0xffffffff, 0), (4 << 20) - 4);
}

static void one_read_finds_the_page(void **state)
{
    (void)state;
    walk_case c = page_of(WALK_ROOT, 5, (WALK_ROOT << PAGE_SHIFT) + 20, pte_of(0x2abcd7, "VRA"));
    expect_one_read(&c, UINT64_C(0x2abcd7abc));
}

static void the_table_goes_on_in_the_next_pages(void **state)
{
    (void)state;
    walk_case first = page_of(WALK_ROOT, 1024, 0x80001000, pte_of(1, "VRA"));
    expect_one_read(&first, 0x1abc);
    walk_case last = page_of(WALK_ROOT, 0xfffff, 0x803ffffc, pte_of(2, "VRA"));
    expect_one_read(&last, 0x2abc);
}

/* The root need not be aligned to the table's length: the sum carries. */
static void the_sum_of_root_and_index_carries(void **state)
{
    (void)state;
    walk_case c = page_of(0x803ff, 1024, 0x80400000, pte_of(1, "VRA"));
    expect_one_read(&c, 0x1abc);
    walk_case far = page_of(0xfffff, 0x80001, 0x1001ff004, pte_of(1, "VRA"));
    expect_one_read(&far, 0x1abc);
}

static void behind_the_last_physical_address_the_table_goes_on_at_0(void **state)
{
    (void)state;
    const uint64_t last_page = (UINT64_C(1) << PTE_PPN_BITS) - 1;
    walk_case last = page_of(last_page, 1023, UINT64_C(0xfffffffffffffc), pte_of(1, "VRA"));
    expect_one_read(&last, 0x1abc);
    walk_case wraps = page_of(last_page, 1024, 0, pte_of(2, "VRA"));
    expect_one_read(&wraps, 0x2abc);
    walk_case end = page_of(last_page, 0xfffff, 0x3feffc, pte_of(3, "VRA"));
    expect_one_read(&end, 0x3abc);
}

static void a_page_that_is_not_valid_faults_after_one_read(void **state)
{
    (void)state;
    walk_case c = page_of(WALK_ROOT, 5, 0x80000014, 0);
    const tw_translation *got = walk_case_run(&c);
    assert_int_equal(got->check, CHECK_VALID);
    assert_int_equal(got->cause, CAUSE_LOAD_PAGE);
    assert_int_equal(c.memory.accesses, 1);
}

static void a_pointer_is_refused(void **state)
{
    (void)state;
    walk_case c = page_of(WALK_ROOT, 5, 0x80000014, pte_of(0x80001, "V"));
    const tw_translation *got = walk_case_run(&c);
    assert_int_equal(got->check, CHECK_POINTER);
    assert_int_equal(got->cause, CAUSE_LOAD_PAGE);
    assert_int_equal(c.memory.accesses, 1);
}

static void an_address_above_32_bits_faults_before_any_read(void **state)
{
    (void)state;
    static const uint64_t beyond[] = {UINT64_C(1) << 32, UINT64_C(0xffffffff80000000)};
    for (size_t i = 0; i < 2; i++) {
        walk_case c = page_of(WALK_ROOT, 5, 0x80000014, pte_of(1, "VRA"));
        c.request.va = beyond[i];
        assert_int_equal(walk_case_run(&c)->check, CHECK_CANONICAL);
        assert_int_equal(c.memory.accesses, 0);
    }
}

static void a_and_d_are_set_in_four_bytes(void **state)
{
    (void)state;
    walk_case c = page_of(WALK_ROOT, 5, 0x80000014, pte_of(0x12345, "VRW"));
    c.request.op = OP_STORE;
    assert_int_equal(walk_case_run(&c)->cause, CAUSE_NONE);
    assert_int_equal(c.memory.accesses, 2);
    assert_int_equal(c.memory.access[1].address, 0x80000014);
    assert_int_equal(c.memory.bytes, 4);
    assert_int_equal(walk_memory_get(&c.memory, 0x80000014), pte_of(0x12345, "VRWAD"));
}

static void without_adue_a_page_not_touched_faults(void **state)
{
    (void)state;
    walk_case c = page_of(WALK_ROOT, 5, 0x80000014, pte_of(0x12345, "VRW"));
    c.control.adue = false;
    assert_int_equal(walk_case_run(&c)->check, CHECK_TOUCHED);
    assert_int_equal(c.memory.accesses, 1);
}

static void a_linear_walk_is_told_with_its_split_of_20_and_12_bits(void **state)
{
    (void)state;
    const uint64_t last_page = (UINT64_C(1) << PTE_PPN_BITS) - 1;
    walk_case c = page_of(last_page, 1024, 0, pte_of(0x12345, "VRA"));
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    walk_case_run(&c);
    tw_translation_print(&c.control, &c.request, &c.got, to);
    fclose(to);
    assert_non_null(strstr(text, "load of 0x400abc in S-mode, linear"));
    assert_non_null(strstr(text, "index 1024 (bits 31..12), offset 0xabc (11..0)"));
    assert_non_null(strstr(text, "level 0: 0xfffffffffff000 + 1024 * 4 = 0x0 holds 0x48d1443"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest linear[] = {
        cmocka_unit_test(a_table_of_32_bit_addresses_is_4_mib_long),
        cmocka_unit_test(one_read_finds_the_page),
        cmocka_unit_test(the_table_goes_on_in_the_next_pages),
        cmocka_unit_test(the_sum_of_root_and_index_carries),
        cmocka_unit_test(behind_the_last_physical_address_the_table_goes_on_at_0),
        cmocka_unit_test(a_page_that_is_not_valid_faults_after_one_read),
        cmocka_unit_test(a_pointer_is_refused),
        cmocka_unit_test(an_address_above_32_bits_faults_before_any_read),
        cmocka_unit_test(a_and_d_are_set_in_four_bytes),
        cmocka_unit_test(without_adue_a_page_not_touched_faults),
        cmocka_unit_test(a_linear_walk_is_told_with_its_split_of_20_and_12_bits),
    };
    return cmocka_run_group_tests_name("linear", linear, NULL, NULL);
}

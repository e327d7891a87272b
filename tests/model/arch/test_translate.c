/* test_translate.c: the walk as a whole: what is read, in which order, and what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/walk_case.h"

#define BIT(n) (UINT64_C(1) << (n))

static const unsigned modes[] = {MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57, MODE_LINEAR};
enum { MODES = sizeof modes / sizeof modes[0] };

static void assert_fault(const tw_translation *got, unsigned cause, tw_check check)
{
    assert_int_equal(got->cause, cause);
    assert_int_equal(got->check, check);
    assert_int_equal(got->pa, 0);
    assert_int_equal(got->size, 0);
    assert_int_equal(got->pbmt, 0);
}

static void bare_and_machine_mode_pass_all_64_bits_and_read_nothing(void **state)
{
    (void)state;
    const uint64_t va = UINT64_C(0xfedcba9876543210);
    walk_case bare = walk_case_of(MODE_BARE, OP_STORE, 0, 0);
    walk_case machine = walk_case_of(MODE_SV39, OP_LOAD, 0, 0);
    walk_case unknown = walk_case_of(11, OP_LOAD, 0, 0);
    machine.request.priv = PRIV_M;
    walk_case *cases[] = {&bare, &machine, &unknown};
    for (size_t i = 0; i < 3; i++) {
        cases[i]->request.va = va;
        const tw_translation *got = walk_case_run(cases[i]);
        assert_int_equal(got->cause, CAUSE_NONE);
        assert_int_equal(got->pa, va);
        assert_int_equal(got->size, 0);
        assert_int_equal(cases[i]->memory.accesses, 0);
    }
}

static void address_that_does_not_fit_the_mode_faults_before_any_read(void **state)
{
    (void)state;
    static const struct {
        unsigned mode;
        uint64_t va;
        bool fits;
    } rows[] = {
        {MODE_SV32, 0xffffffff, true},          {MODE_SV32, 0x100000000, false},
        {MODE_SV32, 0xffffffff80000000, false}, {MODE_SV39, 0x3fffffffff, true},
        {MODE_SV39, 0x4000000000, false},       {MODE_SV39, 0xffffffc000000000, true},
        {MODE_SV39, 0xffffffbfffffffff, false}, {MODE_SV39, 0x7fffffc000000000, false},
        {MODE_SV48, 0x7fffffffffff, true},      {MODE_SV48, 0x800000000000, false},
        {MODE_SV48, 0xffff800000000000, true},  {MODE_SV57, 0xffffffffffffff, true},
        {MODE_SV57, 0x100000000000000, false},  {MODE_SV57, 0xff00000000000000, true},
        {MODE_SV57, 0x8000000000000000, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        walk_case c = walk_case_of(rows[i].mode, OP_FETCH, 0, 0);
        c.request.va = rows[i].va;
        const tw_translation *got = walk_case_run(&c);
        assert_int_equal(c.memory.accesses, rows[i].fits ? 1 : 0);
        assert_fault(got, CAUSE_FETCH_PAGE, rows[i].fits ? CHECK_VALID : CHECK_CANONICAL);
    }
}

static void every_leaf_level_of_every_mode_maps_its_size(void **state)
{
    (void)state;
    for (size_t m = 0; m < MODES; m++) {
        for (unsigned level = 0; level < mode_levels(modes[m]); level++) {
            unsigned size = level_size(modes[m], level);
            uint64_t ppn = BIT(size - PAGE_SHIFT) | (mode_narrow(modes[m]) ? BIT(21) : BIT(43));
            walk_case c = walk_case_of(modes[m], OP_LOAD, level, pte_of(ppn, "VRA"));
            const tw_translation *got = walk_case_run(&c);
            uint64_t offset = c.request.va & (BIT(size) - 1);
            assert_int_equal(got->cause, CAUSE_NONE);
            assert_int_equal(got->pa, ppn << PAGE_SHIFT | offset);
            assert_int_equal(got->size, size);
            assert_int_equal(got->level, level);
            assert_int_equal(got->pte_addr, c.leaf_at);
            assert_int_equal(got->accesses, mode_levels(modes[m]) - level);
            assert_int_equal(c.memory.bytes, mode_narrow(modes[m]) ? 4 : 8);
        }
    }
}

static void the_result_tells_what_the_bus_saw(void **state)
{
    (void)state;
    for (size_t m = 0; m < MODES; m++) {
        walk_case c = walk_case_of(modes[m], OP_STORE, 0, pte_of(0x12345, "VRW"));
        const tw_translation *got = walk_case_run(&c);
        unsigned levels = mode_levels(modes[m]);
        assert_int_equal(got->accesses, levels + 1);
        assert_int_equal(got->reads, levels);
        assert_int_equal(c.memory.accesses, levels + 1);
        for (size_t i = 0; i < got->accesses; i++) {
            const tw_access *told = &got->access[i], *saw = &c.memory.access[i];
            assert_int_equal(told->kind, saw->kind);
            assert_int_equal(told->address, saw->address);
            assert_int_equal(told->value, saw->value);
            assert_int_equal(told->desired, saw->desired);
            assert_int_equal(told->swapped, saw->swapped);
            assert_int_equal(told->level, i < levels ? levels - 1 - i : 0);
        }
    }
}

static void read_refused_at_any_level_is_an_access_fault_of_the_original_access(void **state)
{
    (void)state;
    static const unsigned causes[] = {CAUSE_FETCH_ACCESS, CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS,
                                      CAUSE_STORE_ACCESS};
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
        for (unsigned level = 0; level < 5; level++) {
            walk_case c = walk_case_of(MODE_SV57, (tw_op)op, 0, pte_of(1, "VRWX"));
            c.memory.bad_read = walk_case_pte_at(&c, level);
            const tw_translation *got = walk_case_run(&c);
            assert_fault(got, causes[op], CHECK_READ);
            assert_int_equal(got->accesses, 5 - level);
            assert_true(got->access[got->accesses - 1].error);
            assert_int_equal(got->pte_addr, c.memory.bad_read);
            assert_int_equal(got->level, level);
            assert_int_equal(got->pte, 0);
        }
    }
}

static void access_sets_a_and_only_a_write_sets_d(void **state)
{
    (void)state;
    static const uint64_t sets[] = {BIT(PTE_A), BIT(PTE_A), BIT(PTE_A) | BIT(PTE_D),
                                    BIT(PTE_A) | BIT(PTE_D)};
    static const char *const before[] = {"VRWX", "VRWXA", "VRWXD", "VRWXAD"};
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
        for (size_t i = 0; i < 4; i++) {
            uint64_t leaf = pte_of(0x12345, before[i]) | BIT(8) | BIT(9);
            walk_case c = walk_case_of(MODE_SV39, (tw_op)op, 0, leaf);
            const tw_translation *got = walk_case_run(&c);
            assert_int_equal(got->cause, CAUSE_NONE);
            assert_int_equal(walk_memory_get(&c.memory, c.leaf_at), leaf | sets[op]);
            assert_int_equal(got->pte, leaf | sets[op]);
            assert_int_equal(c.memory.swaps, (leaf | sets[op]) != leaf);
        }
    }
}

static void superpage_is_touched_where_it_stands(void **state)
{
    (void)state;
    for (unsigned level = 0; level < 4; level++) {
        walk_case c = walk_case_of(MODE_SV48, OP_STORE, level, pte_of(0, "VRW"));
        assert_int_equal(walk_case_run(&c)->cause, CAUSE_NONE);
        assert_int_equal(c.memory.access[c.memory.accesses - 1].address, c.leaf_at);
        assert_int_equal(walk_memory_get(&c.memory, c.leaf_at), pte_of(0, "VRWAD"));
    }
}

static void faulting_walk_changes_no_memory(void **state)
{
    (void)state;
    static const struct {
        tw_op op;
        const char *leaf;
        unsigned cause;
        tw_check check;
    } rows[] = {
        {OP_STORE, "RW", CAUSE_STORE_PAGE, CHECK_VALID},
        {OP_STORE, "VW", CAUSE_STORE_PAGE, CHECK_RESERVED},
        {OP_STORE, "VRWU", CAUSE_STORE_PAGE, CHECK_USER},
        {OP_STORE, "VR", CAUSE_STORE_PAGE, CHECK_PERMISSION},
        {OP_FETCH, "VRW", CAUSE_FETCH_PAGE, CHECK_PERMISSION},
        {OP_LOAD, "VX", CAUSE_LOAD_PAGE, CHECK_PERMISSION},
        {OP_AMO, "V", CAUSE_STORE_PAGE, CHECK_POINTER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        walk_case c = walk_case_of(MODE_SV39, rows[i].op, 0, pte_of(0x12345, rows[i].leaf));
        assert_fault(walk_case_run(&c), rows[i].cause, rows[i].check);
        assert_int_equal(c.memory.swaps, 0);
        assert_int_equal(c.got.pte, pte_of(0x12345, rows[i].leaf));
    }
}

static void without_adue_memory_stays_as_it_is(void **state)
{
    (void)state;
    walk_case c = walk_case_of(MODE_SV39, OP_STORE, 0, pte_of(1, "VRWA"));
    c.control.adue = false;
    assert_fault(walk_case_run(&c), CAUSE_STORE_PAGE, CHECK_TOUCHED);
    assert_int_equal(c.memory.swaps, 0);
}

static void a_bad_pointer_ends_the_walk_there(void **state)
{
    (void)state;
    walk_case c = walk_case_of(MODE_SV57, OP_LOAD, 0, pte_of(1, "VRA"));
    walk_memory_set(&c.memory, walk_case_pte_at(&c, 3), pte_of(WALK_ROOT + 2, "VA"));
    assert_fault(walk_case_run(&c), CAUSE_LOAD_PAGE, CHECK_POINTER);
    assert_int_equal(c.memory.accesses, 2);
    assert_int_equal(c.got.level, 3);
}

static void napot_takes_four_bits_from_the_address_and_keeps_its_raw_ppn(void **state)
{
    (void)state;
    for (uint64_t page = 0; page < 16; page++) {
        uint64_t leaf = pte_of(0x123458, "VRW") | BIT(PTE_N);
        walk_case c = walk_case_of(MODE_SV39, OP_STORE, 0, leaf);
        walk_memory_set(&c.memory, c.leaf_at, 0);
        c.request.va = (c.request.va & ~UINT64_C(0xf000)) | page << PAGE_SHIFT;
        c.leaf_at = walk_case_pte_at(&c, 0);
        walk_memory_set(&c.memory, c.leaf_at, leaf);
        const tw_translation *got = walk_case_run(&c);
        assert_int_equal(got->pa, UINT64_C(0x123450000) | page << PAGE_SHIFT | WALK_OFFSET);
        assert_int_equal(got->size, 16);
        assert_int_equal(walk_memory_get(&c.memory, c.leaf_at), leaf | BIT(PTE_A) | BIT(PTE_D));
    }
}

static void memory_type_of_the_leaf_is_in_the_answer(void **state)
{
    (void)state;
    for (unsigned type = 0; type <= 2; type++) {
        uint64_t leaf = pte_of(0x12345, "VRA") | (uint64_t)type << PTE_PBMT;
        walk_case c = walk_case_of(MODE_SV48, OP_LOAD, 0, leaf);
        assert_int_equal(walk_case_run(&c)->pbmt, type);
        assert_int_equal(c.got.pa, 0x12345abc);
    }
}

static void refused_swap_is_an_access_fault_and_changes_nothing(void **state)
{
    (void)state;
    static const unsigned causes[] = {CAUSE_FETCH_ACCESS, CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS,
                                      CAUSE_STORE_ACCESS};
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
        walk_case c = walk_case_of(MODE_SV39, (tw_op)op, 0, pte_of(1, "VRWX"));
        c.memory.bad_swap = c.leaf_at;
        const tw_translation *got = walk_case_run(&c);
        assert_fault(got, causes[op], CHECK_SWAP);
        assert_int_equal(got->accesses, 4);
        assert_true(got->access[3].error);
        assert_false(got->access[3].swapped);
        assert_int_equal(got->pte, pte_of(1, "VRWX"));
        assert_int_equal(walk_memory_get(&c.memory, c.leaf_at), pte_of(1, "VRWX"));
    }
}

static void physical_addresses_of_sv32_have_34_bits(void **state)
{
    (void)state;
    walk_case c = walk_case_of(MODE_SV32, OP_LOAD, 0, pte_of(0x3fffff, "VRA"));
    assert_int_equal(walk_case_run(&c)->pa, UINT64_C(0x3fffffabc));
}

static void global_anywhere_on_the_path_is_global(void **state)
{
    (void)state;
    walk_case none = walk_case_of(MODE_SV48, OP_LOAD, 0, pte_of(1, "VRA"));
    assert_false(walk_case_run(&none)->global);
    walk_case leaf = walk_case_of(MODE_SV48, OP_LOAD, 0, pte_of(1, "VRGA"));
    assert_true(walk_case_run(&leaf)->global);
    for (unsigned level = 1; level < 4; level++) {
        walk_case c = walk_case_of(MODE_SV48, OP_LOAD, 0, pte_of(1, "VRA"));
        uint64_t at = walk_case_pte_at(&c, level);
        walk_memory_set(&c.memory, at, walk_memory_get(&c.memory, at) | BIT(PTE_G));
        assert_true(walk_case_run(&c)->global);
    }
}

int main(void)
{
    const struct CMUnitTest translate[] = {
        cmocka_unit_test(bare_and_machine_mode_pass_all_64_bits_and_read_nothing),
        cmocka_unit_test(address_that_does_not_fit_the_mode_faults_before_any_read),
        cmocka_unit_test(every_leaf_level_of_every_mode_maps_its_size),
        cmocka_unit_test(the_result_tells_what_the_bus_saw),
        cmocka_unit_test(read_refused_at_any_level_is_an_access_fault_of_the_original_access),
        cmocka_unit_test(access_sets_a_and_only_a_write_sets_d),
        cmocka_unit_test(superpage_is_touched_where_it_stands),
        cmocka_unit_test(faulting_walk_changes_no_memory),
        cmocka_unit_test(without_adue_memory_stays_as_it_is),
        cmocka_unit_test(a_bad_pointer_ends_the_walk_there),
        cmocka_unit_test(napot_takes_four_bits_from_the_address_and_keeps_its_raw_ppn),
        cmocka_unit_test(memory_type_of_the_leaf_is_in_the_answer),
        cmocka_unit_test(refused_swap_is_an_access_fault_and_changes_nothing),
        cmocka_unit_test(physical_addresses_of_sv32_have_34_bits),
        cmocka_unit_test(global_anywhere_on_the_path_is_global),
    };
    return cmocka_run_group_tests_name("translate", translate, NULL, NULL);
}

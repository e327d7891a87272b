/*
 * Where walks begin: below the deepest pointer that is known, and never below one that was wrong,
 * is another space's, or was fenced. Cycles: test_timing.c. Fences: test_walk_cache_fence.c.
 */
#include "tests/support/every_mode.h"

static unsigned top_of(const fixture *f)
{
    return mode_levels(f->pages.mode) - 1;
}

static uint64_t beside(const fixture *f, uint64_t va, unsigned level)
{
    return pages_va_beside(f->pages.mode, va, level);
}

/* Walks that began below a cached pointer of this level. */
static uint64_t begun_below(fixture *f, unsigned level)
{
    return fixture_read(f, REG_COUNT_WALK_CACHE_1 + 8 * (level - 1));
}

/* ---- what is known ---- */

TREE_TEST_IF(a_walk_in_known_tables_reads_one_pte_whatever_the_mode, has_walk_cache())
{
    map_page(f, F_PAGE);
    map_nth(f, beside(f, va, 0), 1, F_PAGE);
    expect_reads(f, load(va), page_pa(f), cold_reads(f, 0));
    assert_int_equal(begun_below(f, 1), 0);
    expect_reads(f, load(beside(f, va, 0)), nth_pa(f, 1), 1);
    assert_int_equal(begun_below(f, 1), 1);
}

TREE_TEST_IF(a_walk_begins_below_the_deepest_pointer_known, has_walk_cache())
{
    for (unsigned level = 0; level <= top_of(f); level++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        map_page(f, F_PAGE);
        map_nth(f, beside(f, va, level), 1, F_PAGE);
        expect_reads(f, load(va), page_pa(f), cold_reads(f, 0));
        uint64_t before = level < top_of(f) ? begun_below(f, level + 1) : 0;
        expect_reads(f, load(beside(f, va, level)), nth_pa(f, 1), level + 1);
        if (level < top_of(f))
            assert_int_equal(begun_below(f, level + 1), before + 1);
    }
}

/* A superpage's walk begins below the pointer to its own table, not further down. */
TREE_TEST_IF(a_leaf_of_any_level_is_found_below_known_pointers, has_walk_cache())
{
    for (unsigned level = 0; level <= top_of(f); level++) {
        uint64_t other = beside(f, va, level), size = UINT64_C(1)
                                                      << level_size(f->pages.mode, level);
        uint64_t frame = pages_frame(f->pages.mode, level);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        map_page(f, F_PAGE);
        fixture_map(f, other, level, pages_pte(frame, F_PAGE));
        fixture_translate(f, load(va));
        expect_reads(f, load(other), frame << PAGE_SHIFT | (other & (size - 1)), 1);
        fixture_map(f, other, level, 0);
    }
}

TREE_TEST_IF(a_pointer_read_by_one_port_serves_the_other, has_walk_cache())
{
    map_page(f, F_PAGE);
    map_nth(f, beside(f, va, 0), 1, F_PAGE);
    expect_reads(f, fetch(va), page_pa(f), cold_reads(f, 0));
    expect_reads(f, load(beside(f, va, 0)), nth_pa(f, 1), 1);
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    expect_reads(f, load(va), page_pa(f), cold_reads(f, 0));
    expect_reads(f, fetch(beside(f, va, 0)), nth_pa(f, 1), 1);
}

/* Twice through more tables than there are entries. */
TREE_TEST_IF(more_pointers_than_entries_stay_right, has_walk_cache())
{
    unsigned count = 2 * tw_rtl_built()->walk_cache + 3, step = level_size(f->pages.mode, 1) - 12;
    for (unsigned round = 0; round < 2; round++)
        for (unsigned n = 0; n < count; n++) {
            uint64_t at = pages_va_plus(f->pages.mode, va, (uint64_t)n << step);
            map_nth(f, at, n, F_PAGE);
            fixture_fence(f, TW_FENCE_VA, at, 0);
            expect_pa(fixture_translate(f, load(at)), nth_pa(f, n));
            expect_reads(f, fetch(at), nth_pa(f, n), shared_reads(f));
        }
}

/* ---- what is never known ---- */

/* The access faults at this level; then memory is repaired, and with no fence in between the walk
 * goes on where the known pointers end. */
static void expect_repaired(fixture *f, uint64_t va, unsigned level)
{
    expect_reads(f, load(va), page_pa(f), level + 1);
}

TREE_TEST_IF(a_read_that_failed_on_the_bus_is_not_kept, has_walk_cache())
{
    map_page(f, F_PAGE);
    for (unsigned level = 0; level <= top_of(f); level++) {
        uint64_t address = pages_pte_at(&f->pages, f->root, va, level);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        assert_int_equal(tw_memory_add_bus_error(f->memory, address, address), TW_OK);
        for (unsigned n = 0; n < 2; n++)
            expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_ACCESS);
        tw_memory_clear_faults(f->memory);
        expect_repaired(f, va, level);
    }
}

/* Every flag that a pointer must not have; what it points to is another page's table. */
TREE_TEST_IF(a_pointer_that_is_not_good_is_not_kept, has_walk_cache())
{
    const uint64_t one = 1;
    const uint64_t wrong[] = {0,
                              F_V | F_A,
                              F_V | F_D,
                              F_V | F_U,
                              F_V | F_W,
                              F_V | one << PTE_RESERVED,
                              F_V | one << 60,
                              F_V | one << PTE_PBMT,
                              F_V | one << PTE_N};
    unsigned count = f->pages.mode == MODE_SV32 ? 5 : sizeof wrong / sizeof *wrong;
    uint64_t decoy = pages_table(&f->pages);
    map_page(f, F_PAGE);
    pages_map(&f->pages, decoy, va, 0, pages_pte(pages_frame(f->pages.mode, 0) + 9, F_PAGE));
    for (unsigned level = 1; level <= top_of(f); level++) {
        uint64_t address = pages_pte_at(&f->pages, f->root, va, level);
        uint64_t good = pages_read(&f->pages, address);
        uint64_t table = pte_ppn(pages_read(&f->pages, pages_pte_at(&f->pages, decoy, va, level)));
        for (unsigned n = 0; n < count; n++) {
            fixture_fence(f, TW_FENCE_ALL, 0, 0);
            pages_write(&f->pages, address, pages_pte(table, 0) | wrong[n]);
            for (unsigned again = 0; again < 2; again++)
                expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_PAGE);
            pages_write(&f->pages, address, good);
            expect_repaired(f, va, level);
        }
    }
}

/* A pointer in the last table leads nowhere. */
TREE_TEST_IF(a_pointer_at_level_0_is_not_kept, has_walk_cache())
{
    uint64_t leaf = map_page(f, F_PAGE), good = pages_read(&f->pages, leaf);
    pages_write(&f->pages, leaf, pages_pte(f->root, F_V));
    for (unsigned n = 0; n < 2; n++)
        expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_PAGE);
    pages_write(&f->pages, leaf, good);
    expect_repaired(f, va, 0);
}

/* ---- address spaces and modes ---- */

/* The G of a pointer that was found in the cache makes the leaf below it global. */
TREE_TEST_IF(global_is_inherited_from_a_cached_pointer, has_walk_cache())
{
    uint64_t first = f->root;
    for (unsigned level = 1; level <= top_of(f); level++) {
        uint64_t leaf = beside(f, va, 0);
        fixture_enter(f, first, FIXTURE_ASID);
        map_page(f, F_PAGE);
        map_nth(f, leaf, 1, F_PAGE);
        uint64_t address = pages_pte_at(&f->pages, first, va, level);
        pages_write(&f->pages, address, pages_read(&f->pages, address) | F_G);
        fixture_translate(f, load(va));
        expect_reads(f, load(leaf), nth_pa(f, 1), 1);
        fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID + 1);
        expect_reads(f, load(leaf), nth_pa(f, 1), 0);
        pages_write(&f->pages, address, pages_read(&f->pages, address) & ~(uint64_t)F_G);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
    }
}

TREE_TEST_IF(a_local_leaf_below_a_local_pointer_stays_local, has_walk_cache())
{
    map_page(f, F_PAGE);
    map_nth(f, beside(f, va, 0), 1, F_PAGE);
    fixture_translate(f, load(va));
    fixture_translate(f, load(beside(f, va, 0)));
    fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID + 1);
    expect_fault(fixture_translate(f, load(beside(f, va, 0))), CAUSE_LOAD_PAGE);
}

TREE_TEST_IF(a_pointer_of_another_address_space_is_not_used, has_walk_cache())
{
    uint64_t first = f->root;
    map_page(f, F_PAGE);
    for (unsigned bit = 0; bit < ASID_BITS; bit++) {
        fixture_enter(f, first, FIXTURE_ASID);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        fixture_translate(f, load(va));
        fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID ^ 1u << bit);
        map_nth(f, va, 1, F_PAGE);
        expect_reads(f, load(va), nth_pa(f, 1), cold_reads(f, 0));
    }
}

static void a_pointer_of_another_mode_is_not_used(void **state)
{
    (void)state;
    if (!has_walk_cache())
        skip();
    const uint64_t va = 0x40201328, frame = 0x2abcd; /* of every mode */
    for (unsigned i = 0; i < fixture_modes(); i++)
        for (unsigned j = 0; j < fixture_modes(); j++) {
            if (i == j)
                continue;
            fixture *f = fixture_open(fixture_mode(i), 2);
            fixture_map(f, va, 0, pages_pte(frame, F_PAGE));
            fixture_translate(f, load(va));
            f->pages.mode = fixture_mode(j);
            fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
            fixture_map(f, va, 0, pages_pte(frame + 1, F_PAGE));
            expect_reads(f, load(va), (frame + 1) << PAGE_SHIFT | 0x328, cold_reads(f, 0));
            fixture_close(f);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_in_known_tables_reads_one_pte_whatever_the_mode),
        cmocka_unit_test(a_walk_begins_below_the_deepest_pointer_known),
        cmocka_unit_test(a_leaf_of_any_level_is_found_below_known_pointers),
        cmocka_unit_test(a_pointer_read_by_one_port_serves_the_other),
        cmocka_unit_test(more_pointers_than_entries_stay_right),
        cmocka_unit_test(a_read_that_failed_on_the_bus_is_not_kept),
        cmocka_unit_test(a_pointer_that_is_not_good_is_not_kept),
        cmocka_unit_test(a_pointer_at_level_0_is_not_kept),
        cmocka_unit_test(global_is_inherited_from_a_cached_pointer),
        cmocka_unit_test(a_local_leaf_below_a_local_pointer_stays_local),
        cmocka_unit_test(a_pointer_of_another_address_space_is_not_used),
        cmocka_unit_test(a_pointer_of_another_mode_is_not_used),
    };
    return fixture_run("walk_cache", tests);
}

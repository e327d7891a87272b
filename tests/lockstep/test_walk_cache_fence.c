/*
 * Pointers that change: after a fence that covers them the new table is used, and a walk that
 * begins again begins at the root.
 */
#include "tests/support/every_mode.h"

enum { NEW = 5 }; /* the new tables map every page so many frames further */

static unsigned top_of(const fixture *f)
{
    return mode_levels(f->pages.mode) - 1;
}

static uint64_t beside(const fixture *f, uint64_t va, unsigned level)
{
    return pages_va_beside(f->pages.mode, va, level);
}

/* Two pages in two trees, of which the fixture's is running; the other tree's root. */
static uint64_t two_trees(fixture *f, uint64_t va, uint64_t other)
{
    uint64_t tree = pages_table(&f->pages), frame = pages_frame(f->pages.mode, 0);
    map_nth(f, va, 0, F_PAGE);
    map_nth(f, other, 1, F_PAGE);
    pages_map(&f->pages, tree, va, 0, pages_pte(frame + NEW, F_PAGE));
    pages_map(&f->pages, tree, other, 0, pages_pte(frame + NEW + 1, F_PAGE));
    return tree;
}

/* Makes the running tree's pointer at `level` point where that of the other tree does. */
static void graft(fixture *f, uint64_t tree, uint64_t va, unsigned level)
{
    pages_write(&f->pages, pages_pte_at(&f->pages, f->root, va, level),
                pages_read(&f->pages, pages_pte_at(&f->pages, tree, va, level)));
}

/* ---- fences ---- */

/* Of two pages below one pointer, and below none that is deeper, one has been walked for; the
 * pointer changes; after the fence the other one is found by the new pointer. */
static void expect_new_table(fixture *f, uint64_t va, unsigned level, tw_fence_kind kind,
                             uint64_t fence_va)
{
    uint64_t other = beside(f, va, level - 1);
    fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    uint64_t tree = two_trees(f, va, other);
    expect_pa(fixture_translate(f, load(va)), nth_pa(f, 0));
    graft(f, tree, va, level);
    fixture_fence(f, kind, fence_va, FIXTURE_ASID);
    expect_pa(fixture_translate(f, load(other)), nth_pa(f, NEW + 1));
}

TREE_TEST_IF(every_kind_of_fence_reaches_pointers_of_every_level, has_walk_cache())
{
    for (unsigned level = 1; level <= top_of(f); level++)
        for (unsigned kind = TW_FENCE_ALL; kind <= TW_FENCE_VA_ASID; kind++)
            expect_new_table(f, va, level, (tw_fence_kind)kind, va);
}

TREE_TEST_IF(a_fence_by_an_address_anywhere_under_a_pointer_drops_it, has_walk_cache())
{
    for (unsigned level = 1; level <= top_of(f); level++) {
        uint64_t size = UINT64_C(1) << level_size(f->pages.mode, level), base = va & ~(size - 1);
        const uint64_t under[] = {base, base + size / 2, base + size - 4096, base + size - 1};
        for (unsigned n = 0; n < sizeof under / sizeof *under; n++) {
            expect_new_table(f, va, level, TW_FENCE_VA, under[n]);
            expect_new_table(f, va, level, TW_FENCE_VA_ASID, under[n]);
        }
    }
}

/* How many reads a page beside one that was walked for takes after a fence. */
static void expect_known_after(fixture *f, uint64_t va, tw_fence_kind kind, unsigned asid,
                               bool known)
{
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    fixture_translate(f, load(va));
    fixture_fence(f, kind, va, asid);
    expect_reads(f, load(beside(f, va, 0)), nth_pa(f, 1), known ? 1 : cold_reads(f, 0));
}

TREE_TEST_IF(a_fence_by_asid_keeps_global_pointers_and_other_spaces, has_walk_cache())
{
    map_page(f, F_PAGE);
    map_nth(f, beside(f, va, 0), 1, F_PAGE);
    for (unsigned kind = TW_FENCE_ASID; kind <= TW_FENCE_VA_ASID; kind++) {
        expect_known_after(f, va, (tw_fence_kind)kind, FIXTURE_ASID, false);
        for (unsigned bit = 0; bit < ASID_BITS; bit++)
            expect_known_after(f, va, (tw_fence_kind)kind, FIXTURE_ASID ^ 1u << bit, true);
    }
    uint64_t pointer = pages_pte_at(&f->pages, f->root, va, top_of(f));
    pages_write(&f->pages, pointer, pages_read(&f->pages, pointer) | F_G);
    expect_known_after(f, va, TW_FENCE_ASID, FIXTURE_ASID, true);
    expect_known_after(f, va, TW_FENCE_VA_ASID, FIXTURE_ASID, true);
    expect_known_after(f, va, TW_FENCE_VA, 0, false);
}

/* The G stands in a pointer of the middle: those above it are local, those below inherit it. */
TREE_TEST_IF(a_fence_by_asid_keeps_what_is_below_a_global_pointer, has_walk_cache())
{
    for (unsigned level = 1; level <= top_of(f); level++) {
        fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
        map_page(f, F_PAGE);
        map_nth(f, beside(f, va, 0), 1, F_PAGE);
        uint64_t pointer = pages_pte_at(&f->pages, f->root, va, level);
        pages_write(&f->pages, pointer, pages_read(&f->pages, pointer) | F_G);
        expect_known_after(f, va, TW_FENCE_ASID, FIXTURE_ASID, true);
    }
}

TREE_TEST_IF(a_fence_reaches_pointers_of_a_space_that_is_not_running, has_walk_cache())
{
    uint64_t first = f->root, tree = two_trees(f, va, beside(f, va, 0));
    fixture_translate(f, load(va));
    graft(f, tree, va, 1);
    fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID + 1);
    fixture_fence(f, TW_FENCE_ASID, 0, FIXTURE_ASID);
    fixture_enter(f, first, FIXTURE_ASID);
    expect_pa(fixture_translate(f, load(beside(f, va, 0))), nth_pa(f, NEW + 1));
}

/* ---- walks that begin again ---- */

/* The tables are known; memory takes the read of the leaf; then pointer and leaf change, and the
 * compare of the update fails. */
TREE_TEST_IF(a_retry_begins_at_the_root_and_not_in_the_cache, has_walk_cache())
{
    for (unsigned level = 1; level <= top_of(f); level++) {
        uint64_t other = beside(f, va, 0);
        fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        uint64_t tree = two_trees(f, va, other), before = fixture_read(f, REG_COUNT_RETRIES);
        uint64_t leaf = map_nth(f, other, 1, F_V | F_RWX);
        fixture_translate(f, load(va));
        fixture_forget(f);
        unsigned id = fixture_ask(f, TW_DATA, load(other));
        fixture_await_read(f, leaf);
        graft(f, tree, va, level);
        pages_write(&f->pages, leaf, 0);
        expect_pa(fixture_await(f, TW_DATA, id), nth_pa(f, NEW + 1));
        assert_int_equal(fixture_reads(f), 1 + cold_reads(f, 0));
        assert_true(pages_read(&f->pages, leaf) == 0);
        assert_int_equal(fixture_read(f, REG_COUNT_RETRIES), before + 1);
    }
}

/* The tables are known; a fence comes in any cycle from the request to the answer. */
TREE_TEST_IF(a_walk_that_meets_a_fence_begins_at_the_root, has_walk_cache())
{
    enum { M = 3 };
    tw_memory_set_latency(f->memory, M, M, 0);
    for (unsigned level = 1; level <= top_of(f); level++)
        for (unsigned delay = 0; delay < 5 + M; delay++) {
            uint64_t other = beside(f, va, 0);
            fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
            fixture_fence(f, TW_FENCE_ALL, 0, 0);
            uint64_t tree = two_trees(f, va, other);
            fixture_translate(f, load(va));
            unsigned id = fixture_ask(f, TW_DATA, load(other));
            fixture_idle(f, delay);
            graft(f, tree, va, level);
            fixture_offer_write(f, REG_FENCE, TW_FENCE_ALL);
            uint64_t taken = fixture_cycle(f);
            fixture_clock(f);
            tw_answer answer = fixture_await(f, TW_DATA, id);
            uint64_t shown = f->asked[TW_DATA][id].taken_at + answer.latency;
            if (shown >= taken + 3 || answer.pa != nth_pa(f, 1))
                expect_pa(answer, nth_pa(f, NEW + 1));
            while (fixture_cycle(f) < taken + 2)
                fixture_clock(f);
            expect_pa(fixture_translate(f, load(other)), nth_pa(f, NEW + 1));
            expect_pa(fixture_translate(f, load(va)), nth_pa(f, NEW));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_fence_reaches_pointers_of_every_level),
        cmocka_unit_test(a_fence_by_an_address_anywhere_under_a_pointer_drops_it),
        cmocka_unit_test(a_fence_by_asid_keeps_global_pointers_and_other_spaces),
        cmocka_unit_test(a_fence_by_asid_keeps_what_is_below_a_global_pointer),
        cmocka_unit_test(a_fence_reaches_pointers_of_a_space_that_is_not_running),
        cmocka_unit_test(a_retry_begins_at_the_root_and_not_in_the_cache),
        cmocka_unit_test(a_walk_that_meets_a_fence_begins_at_the_root),
    };
    return fixture_run("walk_cache_fence", tests);
}

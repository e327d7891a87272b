/* test_l2_tlb.c: the second level: what matches, where a fill goes, and what makes it forget. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/l2_tlb.h"
#include "tablewalk/registers.h"

static const struct fence no_fence;

/* A translation of the page of `va`. */
struct page {
    unsigned mode, asid;
    uint64_t va, pte;
    bool global;
};

static struct l2_tlb l2_of(unsigned sets, unsigned ways)
{
    tw_config config = *tw_config_named("default");
    struct l2_tlb l2;
    config.l2_entries = sets * ways;
    config.l2_ways = ways;
    assert_true(l2_tlb_open(&l2, &config));
    l2_tlb_reset(&l2);
    return l2;
}

static uint64_t satp_of(unsigned mode, unsigned asid)
{
    return TW_PUT(SATP, MODE, mode) | TW_PUT(SATP, ASID, asid);
}

/* A page of Sv39 and address space 1. */
static struct page page_at(uint64_t va)
{
    return (struct page){.mode = MODE_SV39, .asid = 1, .va = va, .pte = 0xcf};
}

/* The page of that number among those of one of 16 sets. */
static struct page nth(unsigned set, uint64_t number)
{
    return page_at(number << 16 | (uint64_t)set << 12);
}

static void fill_under(struct l2_tlb *l2, struct page page, unsigned way, const struct fence *fence)
{
    const struct request request = {.body = {.va = page.va}};
    const struct done done = {
        .request = &request, .pte = page.pte, .size = PAGE_SHIFT, .global = page.global};
    l2_tlb_clock(l2, &(struct l2_tlb_in){.satp = satp_of(page.mode, page.asid),
                                         .fence = fence,
                                         .fill = &done,
                                         .fill_way = way});
}

static void fill_way(struct l2_tlb *l2, struct page page, unsigned way)
{
    fill_under(l2, page, way, &no_fence);
}

static struct l2_match look(const struct l2_tlb *l2, unsigned mode, unsigned asid, uint64_t va)
{
    struct l2_match match = {.valid = false};
    l2_tlb_lookup(l2, satp_of(mode, asid), va, &match);
    return match;
}

static bool holds(const struct l2_tlb *l2, struct page page)
{
    return look(l2, page.mode, page.asid, page.va).valid;
}

/* Where a walk for this page shall fill. */
static unsigned way_for(const struct l2_tlb *l2, struct page page)
{
    return look(l2, page.mode, page.asid, page.va).way;
}

/* As a walk does it. */
static void fill(struct l2_tlb *l2, struct page page)
{
    fill_way(l2, page, way_for(l2, page));
}

static void drop(struct l2_tlb *l2, struct fence fence)
{
    fence.valid = true;
    l2_tlb_clock(l2, &(struct l2_tlb_in){.fence = &fence});
}

/* ---- match ----------------------------------------------------------------------------------- */

static void match_compares_every_bit_of_the_page_number_and_no_other(void **state)
{
    (void)state;
    const struct page page = page_at(UINT64_C(0x00a5f0f0c3345000));
    struct l2_tlb l2 = l2_of(16, 4);
    assert_int_equal(holds(&l2, page), false);
    fill(&l2, page);
    assert_int_equal(holds(&l2, page), true);
    for (unsigned bit = 0; bit < 64; bit++) {
        struct page other = page;
        other.va ^= UINT64_C(1) << bit;
        assert_int_equal(holds(&l2, other), bit < 12 || bit > 56);
    }
    l2_tlb_close(&l2);
}

static void match_needs_the_mode_and_the_address_space_or_a_global_page(void **state)
{
    (void)state;
    struct l2_tlb l2 = l2_of(16, 4);
    struct page global = nth(2, 0);
    global.global = true;
    fill(&l2, nth(1, 0));
    fill(&l2, global);
    for (unsigned bit = 0; bit < 16; bit++) {
        assert_int_equal(look(&l2, MODE_SV39, 1u ^ 1u << bit, 0x1000).valid, false);
        assert_int_equal(look(&l2, MODE_SV39, 1u ^ 1u << bit, 0x2000).valid, true);
    }
    for (unsigned bit = 0; bit < 4; bit++) {
        assert_int_equal(look(&l2, MODE_SV39 ^ 1u << bit, 1, 0x1000).valid, false);
        assert_int_equal(look(&l2, MODE_SV39 ^ 1u << bit, 1, 0x2000).valid, false);
    }
    assert_int_equal(look(&l2, MODE_SV39, 1, 0x1000).global, false);
    assert_int_equal(look(&l2, MODE_SV39, 1, 0x2000).global, true);
    l2_tlb_close(&l2);
}

static void kept_pte_is_flags_ppn_and_memory_type_alone(void **state)
{
    (void)state;
    struct l2_tlb l2 = l2_of(16, 4);
    struct page page = nth(1, 0);
    page.pte = UINT64_MAX;
    fill(&l2, page);
    assert_int_equal(look(&l2, MODE_SV39, 1, 0x1000).pte, UINT64_C(0x603ffffffffffcff));
    l2_tlb_close(&l2);
}

static void as_many_consecutive_pages_as_entries_are_kept_with_their_own_ptes(void **state)
{
    (void)state;
    for (unsigned ways = 1; ways <= 8; ways *= 2) {
        struct l2_tlb l2 = l2_of(16, ways);
        for (unsigned i = 0; i < 16 * ways; i++) {
            struct page page = page_at((uint64_t)i << 12);
            page.pte = (uint64_t)i << PTE_PPN;
            fill(&l2, page);
        }
        for (unsigned i = 0; i < 16 * ways; i++) {
            const struct l2_match match = look(&l2, MODE_SV39, 1, (uint64_t)i << 12);
            assert_int_equal(match.valid, true);
            assert_int_equal(match.pte, (uint64_t)i << PTE_PPN);
            assert_int_equal(match.way, i / 16);
        }
        l2_tlb_close(&l2);
    }
}

/* ---- way ------------------------------------------------------------------------------------- */

static void resident_page_is_overwritten_where_it_stands(void **state)
{
    (void)state;
    struct l2_tlb l2 = l2_of(16, 4);
    struct page page = nth(1, 0);
    fill_way(&l2, page, 2);
    assert_int_equal(way_for(&l2, page), 2); /* though 0 and 1 are free */
    page.pte = 0x4cf;
    fill(&l2, page);
    assert_int_equal(look(&l2, MODE_SV39, 1, 0x1000).pte, 0x4cf);
    assert_int_equal(way_for(&l2, nth(1, 1)), 0);
    l2_tlb_close(&l2);
}

static void lowest_invalid_way_is_filled_before_the_next_one(void **state)
{
    (void)state;
    struct l2_tlb l2 = l2_of(16, 4);
    static const unsigned order[] = {0, 2, 1, 3}; /* next is 1 after the first */
    static const unsigned want[] = {1, 1, 3};
    for (unsigned i = 0; i < 3; i++) {
        fill_way(&l2, nth(1, i), order[i]);
        assert_int_equal(way_for(&l2, nth(1, 9)), want[i]);
    }
    l2_tlb_close(&l2);
}

static void full_set_replaces_its_ways_in_turn(void **state)
{
    (void)state;
    for (unsigned ways = 1; ways <= 8; ways *= 2) {
        struct l2_tlb l2 = l2_of(16, ways);
        for (unsigned i = 0; i < 3 * ways; i++) {
            const struct page page = nth(3, i);
            assert_int_equal(way_for(&l2, page), i % ways);
            fill(&l2, page);
        }
        assert_int_equal(holds(&l2, nth(3, 2 * ways)), true);
        assert_int_equal(holds(&l2, nth(3, 2 * ways - 1)), false);
        l2_tlb_close(&l2);
    }
}

static void next_way_moves_only_when_it_is_filled_and_only_in_its_set(void **state)
{
    (void)state;
    struct l2_tlb l2 = l2_of(16, 4);
    for (unsigned i = 0; i < 8; i++) /* sets 1 and 2 are full, next is way 0 */
        fill(&l2, nth(1 + i % 2, i / 2));
    fill(&l2, nth(1, 2)); /* in way 2 */
    assert_int_equal(way_for(&l2, nth(1, 9)), 0);
    fill(&l2, nth(1, 0)); /* in way 0 */
    assert_int_equal(way_for(&l2, nth(1, 9)), 1);
    assert_int_equal(way_for(&l2, nth(2, 9)), 0);
    l2_tlb_close(&l2);
}

/* ---- fill ------------------------------------------------------------------------------------ */

/* Every way in turn is filled in t; in t+1 its page is found, and the others are as they were. */
static void fill_is_seen_by_the_next_lookup_of_its_set_and_moves_nothing_else(void **state)
{
    (void)state;
    for (unsigned ways = 1; ways <= 8; ways *= 2) {
        struct l2_tlb l2 = l2_of(16, ways);
        struct page held[8];
        for (unsigned i = 0; i < 3 * ways; i++) {
            const unsigned filled = i % ways;
            held[filled] = nth(1, i);
            held[filled].pte = 0xcf | (uint64_t)i << PTE_PPN;
            fill_way(&l2, held[filled], filled);
            for (unsigned way = 0; way <= (i < ways ? i : ways - 1); way++) {
                const struct l2_match match = look(&l2, MODE_SV39, 1, held[way].va);
                assert_int_equal(match.valid, true);
                assert_int_equal(match.way, way);
                assert_int_equal(match.pte, held[way].pte);
            }
            if (i >= ways)
                assert_int_equal(holds(&l2, nth(1, i - ways)), false);
        }
        l2_tlb_close(&l2);
    }
}

static void global_fill_leaves_nothing_else_in_its_set(void **state)
{
    (void)state;
    struct l2_tlb l2 = l2_of(16, 4);
    for (unsigned i = 0; i < 4; i++)
        fill(&l2, nth(1, i));
    fill(&l2, nth(2, 0));
    struct page global = nth(1, 2);
    global.global = true;
    fill(&l2, global);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(holds(&l2, nth(1, i)), i == 2);
    assert_int_equal(holds(&l2, nth(2, 0)), true);
    assert_int_equal(way_for(&l2, nth(1, 9)), 0);
    l2_tlb_close(&l2);
}

static void fill_decides_whether_its_way_is_global(void **state)
{
    (void)state;
    struct l2_tlb l2 = l2_of(16, 4);
    struct page page = nth(1, 0);
    page.global = true;
    fill(&l2, page);
    page.global = false;
    fill(&l2, page);
    assert_int_equal(look(&l2, MODE_SV39, 1, 0x1000).global, false);
    assert_int_equal(look(&l2, MODE_SV39, 2, 0x1000).valid, false);
    page.asid = 2; /* another address space's stands beside it */
    fill(&l2, page);
    assert_int_equal(holds(&l2, nth(1, 0)), true);
    assert_int_equal(holds(&l2, page), true);
    l2_tlb_close(&l2);
}

/* ---- fence ----------------------------------------------------------------------------------- */

/* What a fence leaves of these, a bit each: in set 1 a global page, one of address space 1, one
 * of 2, and one of another mode; in set 2 a global page and one of address space 1. */
static unsigned left_after(struct fence fence)
{
    struct l2_tlb l2 = l2_of(16, 4);
    struct page page[] = {nth(1, 0), nth(1, 1), nth(1, 2), nth(1, 3), nth(2, 0), nth(2, 1)};
    page[0].global = page[4].global = true;
    page[2].asid = 2;
    page[3].mode = MODE_SV48;
    for (unsigned i = 0; i < 6; i++)
        fill(&l2, page[i]);
    l2_tlb_clock(&l2, &(struct l2_tlb_in){.fence = &fence});
    unsigned left = 0;
    for (unsigned i = 0; i < 6; i++)
        left |= (unsigned)holds(&l2, page[i]) << i;
    l2_tlb_close(&l2);
    return left;
}

static void each_kind_of_fence_drops_whole_sets_or_all_that_is_not_global(void **state)
{
    (void)state;
    assert_int_equal(left_after((struct fence){.by_va = false}), 0x3f); /* there is no fence */
    assert_int_equal(left_after((struct fence){.valid = true}), 0x00);
    assert_int_equal(left_after((struct fence){.valid = true, .va = 0x1000, .asid = 1}), 0x00);
    assert_int_equal(left_after((struct fence){.valid = true, .by_va = true, .va = 0x1000}), 0x30);
    /* Any page of the set will do. */
    assert_int_equal(left_after((struct fence){.valid = true, .by_va = true, .va = 0x92abc}), 0x0f);
    assert_int_equal(left_after((struct fence){.valid = true, .by_va = true, .va = 0x3000}), 0x3f);
    for (unsigned asid = 0; asid < 4; asid++) { /* whatever the address space */
        struct fence fence = {.valid = true, .by_asid = true, .va = 0x1000, .asid = asid};
        assert_int_equal(left_after(fence), 0x11);
        fence.by_va = true;
        assert_int_equal(left_after(fence), 0x31);
        fence.va = 0x2000;
        assert_int_equal(left_after(fence), 0x1f);
    }
}

static void fence_wins_over_a_fill(void **state)
{
    (void)state;
    const struct fence fence = {.valid = true, .by_va = true, .va = 0x1000};
    struct l2_tlb l2 = l2_of(16, 4);
    fill_under(&l2, nth(1, 0), 0, &fence);
    assert_int_equal(holds(&l2, nth(1, 0)), false);
    fill_under(&l2, nth(2, 0), 0, &fence);
    assert_int_equal(holds(&l2, nth(2, 0)), true);
    l2_tlb_close(&l2);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void reset_forgets_everything_and_begins_at_way_0(void **state)
{
    (void)state;
    struct l2_tlb l2 = l2_of(16, 4);
    for (unsigned i = 0; i < 6; i++)
        fill(&l2, nth(1, i));
    l2_tlb_reset(&l2);
    assert_int_equal(holds(&l2, nth(1, 5)), false);
    for (unsigned way = 4; way-- > 0;) { /* next follows way 0 alone, which is filled last */
        assert_int_equal(way_for(&l2, nth(1, 0)), 0);
        fill_way(&l2, nth(1, 9 + way), way);
    }
    assert_int_equal(way_for(&l2, nth(1, 0)), 1);
    l2_tlb_close(&l2);
}

static void without_a_second_level_nothing_ever_matches(void **state)
{
    (void)state;
    const tw_config *config = tw_config_named("small");
    struct l2_tlb l2;
    assert_true(l2_tlb_open(&l2, config));
    l2_tlb_reset(&l2);
    fill_way(&l2, nth(1, 0), 0);
    drop(&l2, (struct fence){.by_va = true, .va = 0x1000});
    const struct l2_match match = look(&l2, MODE_SV39, 1, 0x1000);
    assert_int_equal(match.valid, false);
    assert_int_equal(match.way, 0);
    assert_int_equal(match.wrong, 0);
    l2_tlb_close(&l2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match_compares_every_bit_of_the_page_number_and_no_other),
        cmocka_unit_test(match_needs_the_mode_and_the_address_space_or_a_global_page),
        cmocka_unit_test(kept_pte_is_flags_ppn_and_memory_type_alone),
        cmocka_unit_test(as_many_consecutive_pages_as_entries_are_kept_with_their_own_ptes),
        cmocka_unit_test(resident_page_is_overwritten_where_it_stands),
        cmocka_unit_test(lowest_invalid_way_is_filled_before_the_next_one),
        cmocka_unit_test(full_set_replaces_its_ways_in_turn),
        cmocka_unit_test(next_way_moves_only_when_it_is_filled_and_only_in_its_set),
        cmocka_unit_test(fill_is_seen_by_the_next_lookup_of_its_set_and_moves_nothing_else),
        cmocka_unit_test(global_fill_leaves_nothing_else_in_its_set),
        cmocka_unit_test(fill_decides_whether_its_way_is_global),
        cmocka_unit_test(each_kind_of_fence_drops_whole_sets_or_all_that_is_not_global),
        cmocka_unit_test(fence_wins_over_a_fill),
        cmocka_unit_test(reset_forgets_everything_and_begins_at_way_0),
        cmocka_unit_test(without_a_second_level_nothing_ever_matches),
    };
    return cmocka_run_group_tests_name("model_cycle_l2_tlb", tests, NULL, NULL);
}

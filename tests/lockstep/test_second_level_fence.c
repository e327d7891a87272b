/*
 * Fences and the second-level TLB. The rule (docs/blocks/registers.md): the write is taken in t,
 * the fence happens in t + 1, and an answer visible in t + 3 or later comes from reads made in
 * t + 2 or later.
 */
#include "tests/support/every_mode.h"

/* ---- what every kind drops and keeps ---- */

/* A local page at va, a global one behind it, both in the second level by the fetch port alone;
 * then both PTEs change to the frame after. */
static void cache_and_change(fixture *f, uint64_t va)
{
    uint64_t shared = pages_va_plus(f->pages.mode, va, 1);
    map_nth(f, va, 0, F_PAGE);
    map_nth(f, shared, 2, F_PAGE | F_G);
    fixture_translate(f, fetch(va));
    fixture_translate(f, fetch(shared));
    map_nth(f, va, 1, F_PAGE);
    map_nth(f, shared, 3, F_PAGE | F_G);
}

/* After the fence, both pages answer on both ports from memory or as they were cached. */
static void expect_after(fixture *f, uint64_t va, bool local_dropped, bool global_dropped)
{
    uint64_t shared = pages_va_plus(f->pages.mode, va, 1);
    const tw_op ops[] = {OP_LOAD, OP_FETCH};
    for (unsigned n = 0; n < 2; n++) {
        expect_pa(fixture_translate(f, request_of(ops[n], va)), nth_pa(f, local_dropped));
        expect_pa(fixture_translate(f, request_of(ops[n], shared)), nth_pa(f, 2 + global_dropped));
    }
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
}

MODE_TEST_IF(a_full_fence_drops_everything, has_l2())
{
    cache_and_change(f, va);
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    expect_after(f, va, true, true);
}

MODE_TEST_IF(a_fence_by_address_drops_the_page, has_l2())
{
    uint64_t shared = pages_va_plus(f->pages.mode, va, 1);
    cache_and_change(f, va);
    fixture_fence(f, TW_FENCE_VA, va & ~UINT64_C(0xfff), 0);
    expect_after(f, va, true, false);
    cache_and_change(f, va);
    fixture_fence(f, TW_FENCE_VA, shared | 0xfff, 0); /* global pages, too */
    expect_after(f, va, false, true);
}

MODE_TEST_IF(a_fence_by_asid_drops_its_pages_and_keeps_global_ones, has_l2())
{
    cache_and_change(f, va);
    fixture_fence(f, TW_FENCE_ASID, 0, FIXTURE_ASID);
    expect_after(f, va, true, false);
    cache_and_change(f, va);
    fixture_fence(f, TW_FENCE_VA_ASID, va, FIXTURE_ASID);
    expect_after(f, va, true, false);
    cache_and_change(f, va);
    fixture_fence(f, TW_FENCE_VA_ASID, pages_va_plus(f->pages.mode, va, 1), FIXTURE_ASID);
    expect_after(f, va, false, false);
}

/* In the upper half of the space: were the set not that of the whole address, it would stay. */
MODE_TEST_IF(a_fence_by_address_reaches_every_set, has_l2())
{
    unsigned sets = tw_config_l2_sets(tw_rtl_built());
    for (unsigned n = 1; n < 2 * sets; n *= 2) {
        uint64_t page = pages_va_plus(f->pages.mode, va, n);
        map_nth(f, page, 0, F_PAGE);
        fixture_translate(f, fetch(page));
        map_nth(f, page, 1, F_PAGE);
        fixture_fence(f, TW_FENCE_VA, page, 0);
        expect_pa(fixture_translate(f, load(page)), nth_pa(f, 1));
    }
}

MODE_TEST_IF(a_fence_reaches_pages_of_a_space_that_is_not_running, has_l2())
{
    uint64_t first = f->root;
    const tw_fence_kind kinds[] = {TW_FENCE_ALL, TW_FENCE_VA, TW_FENCE_ASID, TW_FENCE_VA_ASID};
    for (unsigned n = 0; n < sizeof kinds / sizeof *kinds; n++) {
        map_nth(f, va, 0, F_PAGE);
        fixture_translate(f, fetch(va));
        map_nth(f, va, 1, F_PAGE);
        fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID + 1);
        fixture_fence(f, kinds[n], va, FIXTURE_ASID);
        fixture_enter(f, first, FIXTURE_ASID);
        expect_pa(fixture_translate(f, load(va)), nth_pa(f, 1));
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
    }
}

/* All ways of a set go at once, and none comes back. */
MODE_TEST_IF(a_fence_drops_every_way_of_a_set, has_l2())
{
    for (unsigned kind = TW_FENCE_ALL; kind <= TW_FENCE_VA_ASID; kind++) {
        for (unsigned n = 0; n < tw_rtl_built()->l2_ways; n++) {
            map_nth(f, same_set(f, va, n), n, F_PAGE);
            fixture_translate(f, fetch(same_set(f, va, n)));
        }
        for (unsigned n = 0; n < tw_rtl_built()->l2_ways; n++)
            map_nth(f, same_set(f, va, n), n + 1, F_PAGE);
        for (unsigned n = 0; n < tw_rtl_built()->l2_ways; n++)
            fixture_fence(f, (tw_fence_kind)kind, same_set(f, va, n), FIXTURE_ASID);
        for (unsigned n = 0; n < tw_rtl_built()->l2_ways; n++)
            expect_pa(fixture_translate(f, load(same_set(f, va, n))), nth_pa(f, n + 1));
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
    }
}

/* ---- a fence in every cycle around a lookup ---- */

enum { ASKED_IN = 6 }; /* the cycle in which the request comes, of those that are swept */

/* The page is in the second level; its PTE changes; the request comes in cycle ASKED_IN and the
 * fence is taken in cycle `fenced_in`. */
static void fence_in(fixture *f, uint64_t va, tw_fence_kind kind, tw_op op, unsigned flags,
                     unsigned fenced_in)
{
    uint64_t leaf = map_nth(f, va, 0, flags), taken = 0;
    tw_port port = port_of(op);
    unsigned id = 0;
    fixture_write(f, REG_FENCE_VA, va);
    fixture_write(f, REG_FENCE_ASID, FIXTURE_ASID);
    fixture_translate(f, op == OP_FETCH ? load(va) : fetch(va));
    fixture_clock(f);
    pages_write(&f->pages, leaf, pages_pte(pages_frame(f->pages.mode, 0) + 1, flags));
    for (unsigned n = 0; n <= ASKED_IN || n <= fenced_in; n++) {
        if (n == fenced_in) {
            fixture_offer_write(f, REG_FENCE, kind);
            taken = fixture_cycle(f);
        }
        if (n == ASKED_IN)
            id = fixture_offer(f, port, request_of(op, va));
        fixture_clock(f);
    }
    tw_answer answer = fixture_await(f, port, id);
    uint64_t shown = f->asked[port][id].taken_at + answer.latency;
    if (shown >= taken + 3 || answer.pa != nth_pa(f, 0))
        expect_pa(answer, nth_pa(f, 1));
    while (fixture_cycle(f) < taken + 2)
        fixture_clock(f);
    expect_pa(fixture_translate(f, request_of(op, va)), nth_pa(f, 1));
    expect_pa(fixture_translate(f, op == OP_FETCH ? load(va) : fetch(va)), nth_pa(f, 1));
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
}

static void sweep(fixture *f, uint64_t va, tw_op op, unsigned flags, unsigned last)
{
    for (unsigned kind = TW_FENCE_ALL; kind <= TW_FENCE_VA_ASID; kind++)
        for (unsigned fenced_in = 0; fenced_in <= last; fenced_in++)
            fence_in(f, va, (tw_fence_kind)kind, op, flags, fenced_in);
}

MODE_TEST_IF(a_fence_in_any_cycle_around_a_second_level_hit_is_obeyed, has_l2())
{
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
        sweep(f, va, (tw_op)op, F_PAGE, ASKED_IN + 4);
}

/* The second level holds the page, but a store has to mark it: the walk fills the way that hit. */
MODE_TEST_IF(a_fence_in_any_cycle_of_a_walk_for_a_clean_page_is_obeyed, has_l2())
{
    enum { M = 2 };
    sweep(f, va, OP_STORE, F_V | F_RWX | F_A,
          ASKED_IN + 4 + (mode_levels(f->pages.mode) + 1) * (M + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_fence_drops_everything),
        cmocka_unit_test(a_fence_by_address_drops_the_page),
        cmocka_unit_test(a_fence_by_asid_drops_its_pages_and_keeps_global_ones),
        cmocka_unit_test(a_fence_by_address_reaches_every_set),
        cmocka_unit_test(a_fence_reaches_pages_of_a_space_that_is_not_running),
        cmocka_unit_test(a_fence_drops_every_way_of_a_set),
        cmocka_unit_test(a_fence_in_any_cycle_around_a_second_level_hit_is_obeyed),
        cmocka_unit_test(a_fence_in_any_cycle_of_a_walk_for_a_clean_page_is_obeyed),
    };
    return fixture_run("second_level_fence", tests);
}

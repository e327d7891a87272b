/*
 * What the second-level TLB answers, and what it must not. A page that one port has walked for is
 * in the second level and not in the other port's TLB; evict() pushes one out of a port's TLB.
 * Fences: test_second_level_fence.c. Parity: test_parity.c.
 */
#include "tests/support/every_mode.h"

/* ---- what it holds ---- */

MODE_TEST_IF(a_page_evicted_from_a_tlb_is_answered_without_memory, has_l2())
{
    map_page(f, F_PAGE);
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
        fixture_translate(f, request_of((tw_op)op, va));
        evict(f, port_of((tw_op)op));
        expect_l2_hit(f, request_of((tw_op)op, va), page_pa(f));
    }
}

MODE_TEST_IF(the_ports_share_it, has_l2())
{
    uint64_t other = pages_va_plus(f->pages.mode, va, 1);
    map_page(f, F_PAGE);
    map_nth(f, other, 1, F_PAGE);
    fixture_translate(f, fetch(va));
    fixture_translate(f, load(other));
    expect_l2_hit(f, load(va), page_pa(f));
    expect_l2_hit(f, fetch(other), nth_pa(f, 1));
    assert_int_equal(fixture_read(f, REG_COUNT_DATA_L2_HITS), 1);
    assert_int_equal(fixture_read(f, REG_COUNT_FETCH_L2_HITS), 1);
    assert_int_equal(fixture_read(f, REG_COUNT_WALKS), 2);
}

MODE_TEST_IF(the_memory_type_is_kept, has_l2())
{
    if (mode_narrow(f->pages.mode))
        return;
    uint64_t leaf = map_page(f, F_PAGE);
    for (unsigned pbmt = 0; pbmt <= 2; pbmt++) {
        pages_write(&f->pages, leaf,
                    pages_pte(pages_frame(f->pages.mode, 0), F_PAGE) | (uint64_t)pbmt << PTE_PBMT);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        fixture_translate(f, fetch(va));
        expect_l2_hit(f, load(va), page_pa(f));
        tw_answer hit = fixture_translate(f, load(va)); /* filled from the second level */
        assert_int_equal(hit.pbmt, pbmt);
        assert_int_equal(hit.size, PAGE_SHIFT);
        evict(f, TW_DATA);
        assert_int_equal(fixture_translate(f, load(va)).pbmt, pbmt);
    }
}

/* They walk again, to the same answer. */
MODE_TEST_IF(superpages_and_napot_pages_are_not_kept, has_l2())
{
    unsigned mode = f->pages.mode;
    for (unsigned level = 1; level < mode_levels(mode); level++) {
        fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        uint64_t size = UINT64_C(1) << level_size(mode, level);
        uint64_t pa = pages_frame(mode, level) << PAGE_SHIFT | (va & (size - 1));
        fixture_map(f, va, level, pages_pte(pages_frame(mode, level), F_PAGE));
        expect_reads(f, load(va), pa, cold_reads(f, level));
        expect_reads(f, fetch(va), pa, warm_reads(f, level));
        evict(f, TW_DATA);
        fixture_forget(f);
        expect_pa(fixture_translate(f, load(va)), pa);
        assert_true(fixture_reads(f) > 0);
    }
    if (mode_narrow(mode))
        return;
    fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    uint64_t frame = pages_frame(mode, 0) & ~UINT64_C(15);
    uint64_t pa = frame << PAGE_SHIFT | (va & 0xffff);
    fixture_map(f, va, 0, pages_pte(frame | 8, F_PAGE) | UINT64_C(1) << PTE_N);
    expect_reads(f, load(va), pa, cold_reads(f, 0));
    expect_reads(f, fetch(va), pa, warm_reads(f, 0));
}

/* Pages of one set, one more than it has ways: all right, and only the first one is lost. */
MODE_TEST_IF(a_set_with_more_pages_than_ways_evicts_and_stays_right, has_l2())
{
    unsigned ways = tw_rtl_built()->l2_ways;
    for (unsigned n = 0; n <= ways; n++) {
        map_nth(f, same_set(f, va, n), n, F_PAGE);
        fixture_translate(f, fetch(same_set(f, va, n)));
    }
    for (unsigned n = 1; n <= ways; n++)
        expect_l2_hit(f, load(same_set(f, va, n)), nth_pa(f, n));
    fixture_forget(f);
    expect_pa(fixture_translate(f, load(va)), page_pa(f));
    assert_true(fixture_reads(f) > 0);
}

MODE_TEST_IF(nothing_is_kept_of_a_walk_that_faults, has_l2())
{
    uint64_t leaf = map_page(f, F_V | F_RWX);
    assert_int_equal(tw_memory_add_read_only(f->memory, leaf, leaf + 7), TW_OK);
    expect_fault(fixture_translate(f, fetch(va)), CAUSE_FETCH_ACCESS);
    expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_ACCESS);
    tw_memory_clear_faults(f->memory);
    pages_write(&f->pages, leaf, 0);
    expect_fault(fixture_translate(f, fetch(va)), CAUSE_FETCH_PAGE);
    expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_PAGE);
    pages_write(&f->pages, leaf, pages_pte(pages_frame(f->pages.mode, 0), F_PAGE | F_U));
    expect_fault(fixture_translate(f, fetch(va)), CAUSE_FETCH_PAGE);
    tw_request user = load(va);
    user.priv = PRIV_U;
    expect_reads(f, user, page_pa(f), warm_reads(f, 0));
}

/* ---- who may ---- */

typedef struct flip {
    unsigned flags;
    tw_request allowed, refused;
} flip;

#define AS(operation, privilege, s, m)                                 \
    {                                                                  \
        .op = (operation), .priv = (privilege), .sum = (s), .mxr = (m) \
    }

static const flip FLIPS[] = {
    {F_PAGE | F_U, AS(OP_LOAD, PRIV_S, 1, 0), AS(OP_LOAD, PRIV_S, 0, 0)},
    {F_PAGE | F_U, AS(OP_STORE, PRIV_S, 1, 0), AS(OP_STORE, PRIV_S, 0, 1)},
    {F_PAGE | F_U, AS(OP_LOAD, PRIV_U, 0, 0), AS(OP_LOAD, PRIV_S, 0, 0)},
    {F_PAGE | F_U, AS(OP_FETCH, PRIV_U, 0, 0), AS(OP_FETCH, PRIV_S, 1, 1)},
    {F_PAGE, AS(OP_LOAD, PRIV_S, 0, 0), AS(OP_LOAD, PRIV_U, 0, 0)},
    {F_PAGE, AS(OP_FETCH, PRIV_S, 0, 0), AS(OP_FETCH, PRIV_U, 1, 1)},
    {F_V | F_X | F_A | F_D, AS(OP_LOAD, PRIV_S, 0, 1), AS(OP_LOAD, PRIV_S, 0, 0)},
    {F_V | F_X | F_A | F_D, AS(OP_FETCH, PRIV_S, 0, 0), AS(OP_LOAD, PRIV_S, 0, 0)},
    {F_V | F_X | F_A | F_D, AS(OP_LOAD, PRIV_S, 0, 1), AS(OP_STORE, PRIV_S, 0, 1)},
    {F_V | F_R | F_X | F_A | F_D, AS(OP_LOAD, PRIV_S, 0, 0), AS(OP_STORE, PRIV_S, 0, 0)},
    {F_V | F_R | F_X | F_A | F_D, AS(OP_LOAD, PRIV_S, 0, 0), AS(OP_AMO, PRIV_S, 0, 0)},
    {F_V | F_R | F_W | F_A | F_D, AS(OP_STORE, PRIV_S, 0, 0), AS(OP_FETCH, PRIV_S, 0, 1)},
};

/* The page is in the second level by who may use it; then who may not walks and faults as if
 * nothing were cached; then the first one still hits. */
static void expect_flip(fixture *f, const flip *p, uint64_t va)
{
    tw_request allowed = p->allowed, refused = p->refused;
    allowed.va = refused.va = va;
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    uint64_t leaf = map_page(f, p->flags);
    expect_pa(fixture_translate(f, allowed), page_pa(f));
    evict(f, port_of(refused.op));
    fixture_forget(f);
    expect_fault(fixture_translate(f, refused), page_fault(refused.op));
    assert_true(fixture_reads(f) > 0);
    assert_true(f->access[f->accesses - 1].address == leaf);
    assert_true(fixture_read(f, REG_FAULT_PTE) == leaf);
    fixture_write(f, REG_FAULT_POP, 0);
    evict(f, port_of(allowed.op));
    expect_l2_hit(f, allowed, page_pa(f));
}

MODE_TEST_IF(permission_is_judged_on_every_second_level_hit, has_l2())
{
    for (unsigned n = 0; n < sizeof FLIPS / sizeof *FLIPS; n++)
        expect_flip(f, &FLIPS[n], va);
}

/* ---- address spaces and modes ---- */

MODE_TEST_IF(a_page_of_another_address_space_does_not_hit, has_l2())
{
    uint64_t first = f->root;
    map_page(f, F_PAGE);
    for (unsigned bit = 0; bit < ASID_BITS; bit++) {
        fixture_enter(f, first, FIXTURE_ASID);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        expect_pa(fixture_translate(f, fetch(va)), page_pa(f));
        fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID ^ 1u << bit);
        map_nth(f, va, 1, F_PAGE);
        expect_reads(f, load(va), nth_pa(f, 1), cold_reads(f, 0));
        expect_reads(f, fetch(va), nth_pa(f, 1), 0);
    }
}

/* Both spaces' pages stand in one set. */
MODE_TEST_IF(two_address_spaces_keep_their_pages, has_l2() && tw_rtl_built()->l2_ways > 1)
{
    uint64_t first = f->root, second = pages_table(&f->pages);
    map_page(f, F_PAGE);
    fixture_translate(f, fetch(va));
    fixture_enter(f, second, FIXTURE_ASID + 1);
    map_nth(f, va, 1, F_PAGE);
    fixture_translate(f, fetch(va));
    expect_l2_hit(f, load(va), nth_pa(f, 1));
    fixture_enter(f, first, FIXTURE_ASID);
    expect_l2_hit(f, load(va), page_pa(f));
}

MODE_TEST_IF(a_global_page_hits_in_every_address_space, has_l2())
{
    map_page(f, F_PAGE | F_G);
    fixture_translate(f, fetch(va));
    fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID + 1);
    expect_l2_hit(f, load(va), page_pa(f));
    evict(f, TW_FETCH);
    expect_l2_hit(f, fetch(va), page_pa(f));
}

/* The page is local in one space, then global in another: one translation is left, the new one. */
MODE_TEST_IF(a_global_page_replaces_a_local_one, has_l2())
{
    uint64_t first = f->root;
    map_page(f, F_PAGE);
    fixture_translate(f, fetch(va));
    fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID + 1);
    map_nth(f, va, 1, F_PAGE | F_G);
    fixture_translate(f, fetch(va));
    fixture_enter(f, first, FIXTURE_ASID);
    expect_l2_hit(f, load(va), nth_pa(f, 1));
}

static void a_page_of_another_mode_does_not_hit(void **state)
{
    (void)state;
    if (!has_l2())
        skip();
    const uint64_t va = 0x40201328; /* an address of every mode */
    for (unsigned i = 0; i < fixture_modes(); i++)
        for (unsigned j = 0; j < fixture_modes(); j++) {
            if (i == j)
                continue;
            fixture *f = fixture_open(fixture_mode(i), 2);
            uint64_t frame = 0x2abcd;
            fixture_map(f, va, 0, pages_pte(frame, F_PAGE));
            expect_pa(fixture_translate(f, fetch(va)), frame << PAGE_SHIFT | 0x328);
            f->pages.mode = fixture_mode(j);
            fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
            fixture_map(f, va, 0, pages_pte(frame + 1, F_PAGE));
            expect_reads(f, load(va), (frame + 1) << PAGE_SHIFT | 0x328, cold_reads(f, 0));
            fixture_close(f);
        }
}

/* ---- dirty ---- */

MODE_TEST_IF(a_store_to_a_clean_page_sets_d_once, has_l2())
{
    uint64_t leaf = map_page(f, F_V | F_RWX | F_A);
    fixture_translate(f, fetch(va));
    expect_l2_hit(f, load(va), page_pa(f));
    fixture_forget(f);
    expect_pa(fixture_translate(f, store(va)), page_pa(f));
    assert_int_equal(fixture_swaps(f), 1);
    assert_true(pages_read(&f->pages, leaf) == pages_pte(pages_frame(f->pages.mode, 0), F_PAGE));
    fixture_forget(f);
    assert_int_equal(fixture_translate(f, store(va)).latency, 1);
    assert_int_equal(f->accesses, 0);
    evict(f, TW_DATA);
    expect_l2_hit(f, store(va), page_pa(f));
}

/* The set is full of clean pages; were there a second entry for the one that is stored to, one of
 * the others would have had to go. */
MODE_TEST_IF(a_d_update_overwrites_the_entry_that_hit, has_l2())
{
    unsigned ways = tw_rtl_built()->l2_ways;
    for (unsigned stored = 0; stored < ways; stored++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        for (unsigned n = 0; n < ways; n++) {
            map_nth(f, same_set(f, va, n), n, F_V | F_RWX | F_A);
            fixture_translate(f, fetch(same_set(f, va, n)));
        }
        fixture_translate(f, store(same_set(f, va, stored)));
        for (unsigned n = 0; n < ways; n++)
            if (n != stored)
                expect_l2_hit(f, load(same_set(f, va, n)), nth_pa(f, n));
        evict(f, TW_DATA);
        expect_l2_hit(f, store(same_set(f, va, stored)), nth_pa(f, stored));
    }
}

/* ---- meetings ---- */

/* A walk of one page, and in any of its cycles a request for another of the same set, which the
 * second level holds. On one port a walk's answer from memory goes first: the other one then looks
 * up again, two cycles later. */
MODE_TEST_IF(a_second_level_hit_meets_a_walk_in_any_cycle, has_l2())
{
    unsigned mode = f->pages.mode, levels = mode_levels(mode);
    uint64_t walked = pages_va_beside(mode, va, levels - 1);
    map_page(f, F_PAGE);
    map_nth(f, walked, 1, F_PAGE);
    for (unsigned m = 2; m <= 5; m += 3)
        for (unsigned op = OP_FETCH; op <= OP_LOAD; op++)
            for (unsigned delay = 0; delay < 4 + levels * (m + 1); delay++) {
                tw_memory_set_latency(f->memory, m, m, 0);
                fixture_fence(f, TW_FENCE_ALL, 0, 0);
                fixture_translate(f, op == OP_FETCH ? load(va) : fetch(va));
                unsigned walk = fixture_ask(f, TW_DATA, load(walked));
                fixture_idle(f, delay);
                tw_port port = port_of((tw_op)op);
                unsigned hit = fixture_ask(f, port, request_of((tw_op)op, va));
                tw_answer answer = fixture_await(f, port, hit);
                expect_pa(answer, page_pa(f));
                assert_true(answer.latency == 2 || (answer.latency == 4 && port == TW_DATA));
                answer = fixture_await(f, TW_DATA, walk);
                expect_pa(answer, nth_pa(f, 1));
                assert_int_equal(answer.latency, 2 + levels * (m + 1));
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_evicted_from_a_tlb_is_answered_without_memory),
        cmocka_unit_test(the_ports_share_it),
        cmocka_unit_test(the_memory_type_is_kept),
        cmocka_unit_test(superpages_and_napot_pages_are_not_kept),
        cmocka_unit_test(a_set_with_more_pages_than_ways_evicts_and_stays_right),
        cmocka_unit_test(nothing_is_kept_of_a_walk_that_faults),
        cmocka_unit_test(permission_is_judged_on_every_second_level_hit),
        cmocka_unit_test(a_page_of_another_address_space_does_not_hit),
        cmocka_unit_test(two_address_spaces_keep_their_pages),
        cmocka_unit_test(a_global_page_hits_in_every_address_space),
        cmocka_unit_test(a_global_page_replaces_a_local_one),
        cmocka_unit_test(a_page_of_another_mode_does_not_hit),
        cmocka_unit_test(a_store_to_a_clean_page_sets_d_once),
        cmocka_unit_test(a_d_update_overwrites_the_entry_that_hit),
        cmocka_unit_test(a_second_level_hit_meets_a_walk_in_any_cycle),
    };
    return fixture_run("second_level", tests);
}

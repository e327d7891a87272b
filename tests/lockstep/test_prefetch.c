/*
 * What translation prefetch reads ahead, and what not. Who may use it: test_prefetch_use.c. PTEs
 * that give nothing: test_prefetch_bad.c. When, and what it costs others: test_prefetch_timing.c,
 * test_prefetch_port.c. Fences, drains and resets: test_prefetch_fence.c.
 */
#include "tests/support/prefetch.h"

/* ---- whether ---- */

static void walk_upwards(fixture *f, unsigned pages)
{
    for (unsigned n = 0; n < pages; n++) {
        expect_pa(fixture_translate(f, load(nth_va(f, n))), nth_pa(f, n));
        quiet(f);
    }
}

static void expect_nothing_ahead(fixture *f)
{
    enum { PAGES = 4 };
    for (unsigned n = 0; n <= PAGES; n++)
        map_number(f, n, F_PAGE);
    fixture_forget(f);
    walk_upwards(f, PAGES);
    assert_int_equal(f->accesses, cold_reads(f, 0) + (PAGES - 1) * warm_reads(f, 0));
    assert_int_equal(prefetches(f), 0);
}

MODE_TEST(nothing_is_read_ahead_until_it_is_turned_on)
{
    (void)va;
    assert_int_equal(TW_GET(fixture_read(f, REG_CONTROL), CONTROL, PREFETCH), 0);
    expect_nothing_ahead(f);
}

MODE_TEST(it_can_be_turned_on_only_where_it_was_built)
{
    (void)va;
    write_control(f, true, true);
    assert_int_equal(TW_GET(fixture_read(f, REG_CONTROL), CONTROL, PREFETCH), has_prefetch());
    assert_int_equal(TW_GET(fixture_read(f, REG_CAPABILITIES), CAPABILITIES, PREFETCH),
                     has_prefetch());
    if (!has_prefetch())
        expect_nothing_ahead(f);
}

PREFETCH_TEST(turned_off_it_reads_nothing_ahead)
{
    (void)va;
    write_control(f, true, true);
    write_control(f, false, true);
    expect_nothing_ahead(f);
}

/* ---- which page ---- */

PREFETCH_TEST(the_next_page_becomes_a_second_level_hit)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    uint64_t ahead = map_number(f, 1, F_PAGE);
    for (unsigned first = OP_FETCH; first <= OP_AMO; first++)
        for (unsigned second = OP_FETCH; second <= OP_AMO; second++) {
            know_the_table(f);
            expect_pa(fixture_translate(f, request_of((tw_op)first, nth_va(f, 0))), nth_pa(f, 0));
            quiet(f);
            expect_reads_of(f, ahead, 1);
            assert_int_equal(f->accesses, 2);
            expect_l2_hit(f, request_of((tw_op)second, nth_va(f, 1)), nth_pa(f, 1));
        }
}

/* One walk, then one second-level hit a page; one page is read that nobody asks for. */
PREFETCH_TEST(a_walk_up_the_pages_misses_the_second_level_once)
{
    enum { PAGES = 64 };
    (void)va;
    for (unsigned n = 0; n <= PAGES; n++)
        map_number(f, n, F_PAGE);
    know_the_table(f);
    uint64_t walks = fixture_read(f, REG_COUNT_WALKS);
    uint64_t cached = fixture_read(f, REG_COUNT_WALK_CACHE_1);
    walk_upwards(f, PAGES);
    assert_int_equal(f->accesses, PAGES + 1);
    assert_int_equal(fixture_read(f, REG_COUNT_DATA_L2_HITS), PAGES - 1);
    assert_int_equal(prefetches(f), PAGES);
    assert_int_equal(fixture_read(f, REG_COUNT_WALKS), walks + 1 + PAGES);
    assert_int_equal(fixture_read(f, REG_COUNT_WALK_CACHE_1), cached + 1 + PAGES);
}

/* The page is the last of a table of `entries` PTEs; the next table is known, too. */
static void cross(fixture *f, unsigned entries, unsigned reads)
{
    uint64_t size = (uint64_t)entries << PAGE_SHIFT;
    uint64_t last = (pages_va(f->pages.mode) | (size - 1)) & ~size & ~UINT64_C(0xfff);
    uint64_t page[] = {last - (4 << PAGE_SHIFT), last, pages_va_plus(f->pages.mode, last, 1),
                       pages_va_plus(f->pages.mode, last, 5)};
    uint64_t leaf[4] = {0};
    write_control(f, false, true);
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    for (unsigned n = 0; n < 4; n++)
        leaf[n] = map_nth(f, page[n], n, F_PAGE);
    fixture_translate(f, load(page[0]));
    fixture_translate(f, load(page[3]));
    write_control(f, true, true);
    fixture_forget(f);
    fixture_translate(f, load(page[1]));
    quiet(f);
    expect_reads_of(f, leaf[1], 1);
    expect_reads_of(f, leaf[2], reads);
    assert_int_equal(f->accesses, 1 + reads);
}

PREFETCH_TEST(nothing_is_read_ahead_across_the_end_of_a_table)
{
    unsigned entries = f->pages.mode == MODE_SV32 ? 1024 : 512;
    (void)va;
    cross(f, entries, 0);
    cross(f, entries / 2, 1);
    cross(f, 2, 1);
    cross(f, 1, 1);
}

PREFETCH_TEST(nothing_is_read_ahead_if_the_last_table_is_not_known)
{
    uint64_t other = pages_va_beside(f->pages.mode, va, 1);
    map_number(f, 0, F_PAGE);
    map_number(f, 1, F_PAGE);
    map_nth(f, other, 2, F_PAGE);
    write_control(f, true, true);
    expect_reads(f, load(va), page_pa(f), cold_reads(f, 0));
    quiet(f);
    assert_int_equal(f->accesses, cold_reads(f, 0));
    expect_reads(f, load(other), nth_pa(f, 2), 2);
    quiet(f);
    assert_int_equal(f->accesses, 2);
    assert_int_equal(prefetches(f), 0);
}

PREFETCH_TEST(nothing_is_read_ahead_of_a_superpage)
{
    unsigned mode = f->pages.mode;
    write_control(f, true, true);
    for (unsigned level = 1; level < mode_levels(mode); level++) {
        uint64_t super = pages_va_beside(mode, va, level);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
        fixture_map(f, va, level, pages_pte(pages_frame(mode, level), F_PAGE));
        fixture_map(f, super, level, pages_pte(pages_frame(mode, level), F_PAGE));
        fixture_forget(f);
        expect_fault(fixture_translate(f, load(va)), CAUSE_NONE);
        expect_fault(fixture_translate(f, load(super)), CAUSE_NONE);
        quiet(f);
        assert_int_equal(f->accesses, cold_reads(f, level) + 1);
    }
    assert_int_equal(prefetches(f), 0);
}

PREFETCH_TEST(what_the_second_level_holds_is_not_read_again)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    uint64_t ahead = map_number(f, 1, F_PAGE);
    prefetch_page_1(f);
    evict(f, TW_DATA);
    quiet(f);
    fixture_forget(f);
    uint64_t before = prefetches(f);
    expect_l2_hit(f, load(nth_va(f, 0)), nth_pa(f, 0));
    quiet(f);
    expect_reads_of(f, ahead, 0);
    assert_int_equal(prefetches(f), before);
}

/* A hit in a port's TLB asks nobody, so it fetches nothing ahead either. */
PREFETCH_TEST(a_hit_in_a_tlb_reads_nothing_ahead)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    map_number(f, 1, F_PAGE);
    hold_page_0(f);
    for (unsigned n = 0; n < 4; n++)
        assert_int_equal(fixture_translate(f, fetch(nth_va(f, 0))).latency, 1);
    quiet(f);
    assert_int_equal(f->accesses, 0);
    assert_int_equal(prefetches(f), 0);
}

PREFETCH_TEST(the_page_behind_a_request_of_either_port_serves_the_other)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    map_number(f, 40, F_PAGE);
    uint64_t behind_fetch = map_number(f, 1, F_PAGE), behind_load = map_number(f, 41, F_PAGE);
    know_the_table(f);
    fixture_translate(f, fetch(nth_va(f, 0)));
    quiet(f);
    fixture_translate(f, load(nth_va(f, 40)));
    quiet(f);
    expect_reads_of(f, behind_fetch, 1);
    expect_reads_of(f, behind_load, 1);
    expect_l2_hit(f, load(nth_va(f, 1)), nth_pa(f, 1));
    quiet(f);
    expect_l2_hit(f, fetch(nth_va(f, 41)), nth_pa(f, 41));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_read_ahead_until_it_is_turned_on),
        cmocka_unit_test(it_can_be_turned_on_only_where_it_was_built),
        cmocka_unit_test(turned_off_it_reads_nothing_ahead),
        cmocka_unit_test(the_next_page_becomes_a_second_level_hit),
        cmocka_unit_test(a_walk_up_the_pages_misses_the_second_level_once),
        cmocka_unit_test(nothing_is_read_ahead_across_the_end_of_a_table),
        cmocka_unit_test(nothing_is_read_ahead_if_the_last_table_is_not_known),
        cmocka_unit_test(nothing_is_read_ahead_of_a_superpage),
        cmocka_unit_test(what_the_second_level_holds_is_not_read_again),
        cmocka_unit_test(a_hit_in_a_tlb_reads_nothing_ahead),
        cmocka_unit_test(the_page_behind_a_request_of_either_port_serves_the_other),
    };
    return fixture_run("prefetch", tests);
}

/*
 * Bugs that real MMUs shipped, one test each: what the design must do instead. Those that other
 * files sweep more widely stand here too, in their smallest form. Fences and address spaces:
 * test_known_fence_bugs.c.
 */
#include "tests/support/every_mode.h"

/* ---- permission ---- */

MODE_TEST(mxr_cleared_takes_the_load_away_on_a_hit)
{
    map_page(f, F_V | F_X | F_A | F_D);
    tw_request request = load(va);
    request.mxr = true;
    expect_pa(fixture_translate(f, request), page_pa(f));
    request.mxr = false;
    expect_fault(fixture_translate(f, request), CAUSE_LOAD_PAGE);
}

MODE_TEST(sum_cleared_takes_the_load_away_on_a_hit)
{
    map_page(f, F_PAGE | F_U);
    tw_request request = load(va);
    request.sum = true;
    expect_pa(fixture_translate(f, request), page_pa(f));
    request.sum = false;
    expect_fault(fixture_translate(f, request), CAUSE_LOAD_PAGE);
}

MODE_TEST(sum_does_not_let_supervisor_fetch_from_user_pages)
{
    map_page(f, F_PAGE | F_U);
    tw_request request = fetch(va);
    request.sum = true;
    expect_fault(fixture_translate(f, request), CAUSE_FETCH_PAGE);
    request.priv = PRIV_U;
    expect_pa(fixture_translate(f, request), page_pa(f));
    request.priv = PRIV_S;
    expect_fault(fixture_translate(f, request), CAUSE_FETCH_PAGE);
}

MODE_TEST(execute_permission_is_checked_when_another_port_has_walked)
{
    map_page(f, F_V | F_R | F_W | F_A | F_D);
    expect_pa(fixture_translate(f, load(va)), page_pa(f));
    expect_fault(fixture_translate(f, fetch(va)), CAUSE_FETCH_PAGE);
    expect_pa(fixture_translate(f, load(va)), page_pa(f));
}

MODE_TEST_IF(mxr_and_sum_cleared_take_the_load_away_on_a_second_level_hit, has_l2())
{
    for (unsigned user = 0; user < 2; user++) {
        tw_request request = load(va);
        request.sum = request.mxr = true;
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        map_page(f, F_V | F_X | F_A | F_D | (user ? F_U : 0));
        fixture_translate(f, request);
        evict(f, TW_DATA);
        expect_l2_hit(f, request, page_pa(f));
        evict(f, TW_DATA);
        *(user ? &request.sum : &request.mxr) = false;
        expect_fault(fixture_translate(f, request), CAUSE_LOAD_PAGE);
    }
}

/* ---- faults ---- */

MODE_TEST(a_store_whose_pte_read_is_denied_is_a_store_fault)
{
    unsigned levels = mode_levels(f->pages.mode);
    map_page(f, F_PAGE);
    for (unsigned level = 0; level < levels; level++)
        for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
            uint64_t address = pages_pte_at(&f->pages, f->root, va, level);
            fixture_fence(f, TW_FENCE_ALL, 0, 0); /* so that every level is read */
            assert_int_equal(tw_memory_add_bus_error(f->memory, address, address + 7), TW_OK);
            tw_answer answer = fixture_translate(f, request_of((tw_op)op, va));
            expect_fault(answer, access_fault((tw_op)op));
            tw_memory_clear_faults(f->memory);
        }
}

MODE_TEST(nothing_is_read_before_the_verdict_on_the_address)
{
    map_page(f, F_PAGE);
    fixture_forget(f);
    unsigned first =
        mode_narrow(f->pages.mode) ? 32 : level_size(f->pages.mode, mode_levels(f->pages.mode)) - 1;
    for (unsigned bit = first; bit < 64; bit++)
        expect_fault(fixture_translate(f, load(va ^ UINT64_C(1) << bit)), CAUSE_LOAD_PAGE);
    fixture_idle(f, 10);
    assert_int_equal(f->accesses, 0);
}

TREE_TEST(a_pointer_with_a_d_or_u_is_refused)
{
    unsigned mode = f->pages.mode, top = mode_levels(mode) - 1;
    map_page(f, F_PAGE);
    uint64_t address = pte_address(mode, f->root, va, top),
             pointer = pages_read(&f->pages, address);
    const unsigned flags[] = {F_A, F_D, F_U, F_A | F_D | F_U};
    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
        pages_write(&f->pages, address, pointer | flags[i]);
        expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_PAGE);
    }
    pages_write(&f->pages, address, pointer | F_G | F_RSW);
    expect_pa(fixture_translate(f, load(va)), page_pa(f));
}

/* Each PPN bit below the superpage's size in turn. */
TREE_TEST(every_low_frame_bit_of_a_superpage_is_checked)
{
    unsigned mode = f->pages.mode;
    for (unsigned level = 1; level < mode_levels(mode); level++) {
        fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
        uint64_t frame = pages_frame(mode, level);
        unsigned bits = level * mode_index_bits(mode);
        for (unsigned bit = 0; bit < bits; bit++) {
            fixture_map(f, va, level, pages_pte(frame | UINT64_C(1) << bit, F_PAGE));
            expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_PAGE);
        }
        fixture_map(f, va, level, pages_pte(frame ^ UINT64_C(1) << bits, F_PAGE));
        expect_fault(fixture_translate(f, load(va)), CAUSE_NONE);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
    }
}

MODE_TEST(an_invalid_pte_is_neither_used_nor_cached)
{
    for (unsigned bits = 0; bits < 128; bits++) { /* whatever the other seven bits are */
        uint64_t leaf = map_page(f, bits << 1);
        expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_PAGE);
        pages_write(&f->pages, leaf, pages_pte(pages_frame(f->pages.mode, 0), F_PAGE));
        expect_pa(fixture_translate(f, load(va)), page_pa(f)); /* no fence in between */
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
    }
}

MODE_TEST(a_miss_after_a_faulting_walk_walks)
{
    map_page(f, F_PAGE);
    uint64_t missing = pages_va_plus(f->pages.mode, va, 1);
    unsigned bad = fixture_ask(f, TW_DATA, load(missing));
    unsigned good = fixture_ask(f, TW_DATA, load(va));
    unsigned again = fixture_ask(f, TW_DATA, store(missing));
    expect_fault(fixture_await(f, TW_DATA, bad), CAUSE_LOAD_PAGE);
    expect_pa(fixture_await(f, TW_DATA, good), page_pa(f));
    expect_fault(fixture_await(f, TW_DATA, again), CAUSE_STORE_PAGE);
    assert_int_equal(fixture_read(f, REG_COUNT_WALKS), 3);
}

/* ---- accessed and dirty ---- */

MODE_TEST(a_superpage_is_marked_where_its_pte_stands)
{
    unsigned mode = f->pages.mode;
    for (unsigned level = 0; level < mode_levels(mode); level++) {
        fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
        uint64_t pte = pages_pte(pages_frame(mode, level), F_V | F_RWX);
        uint64_t leaf = fixture_map(f, va, level, pte);
        uint64_t root =
            pages_read(&f->pages, pte_address(mode, f->root, va, mode_levels(mode) - 1));
        fixture_forget(f);
        expect_fault(fixture_translate(f, store(va)), CAUSE_NONE);
        assert_int_equal(fixture_swaps(f), 1);
        assert_true(f->access[f->accesses - 1].address == leaf);
        assert_true(pages_read(&f->pages, leaf) == (pte | F_A | F_D));
        if (level + 1 < mode_levels(mode))
            assert_true(pages_read(&f->pages,
                                   pte_address(mode, f->root, va, mode_levels(mode) - 1)) == root);
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
    }
}

MODE_TEST(setting_a_keeps_d_and_every_other_bit)
{
    uint64_t leaf = map_page(f, F_V | F_RWX | F_D | F_RSW);
    if (!mode_narrow(f->pages.mode))
        pages_write(&f->pages, leaf, pages_read(&f->pages, leaf) | UINT64_C(2) << PTE_PBMT);
    uint64_t before = pages_read(&f->pages, leaf);
    expect_pa(fixture_translate(f, load(va)), page_pa(f));
    assert_true(pages_read(&f->pages, leaf) == (before | F_A));
}

MODE_TEST(a_load_never_sets_d)
{
    uint64_t leaf = map_page(f, F_V | F_RWX);
    fixture_translate(f, load(va));
    fixture_translate(f, fetch(va));
    assert_true((pages_read(&f->pages, leaf) & (F_A | F_D)) == F_A);
}

MODE_TEST(nothing_is_cached_when_the_mark_was_refused)
{
    uint64_t leaf = map_page(f, F_V | F_RWX);
    assert_int_equal(tw_memory_add_read_only(f->memory, leaf, leaf + 7), TW_OK);
    for (unsigned n = 0; n < 3; n++) {
        fixture_forget(f);
        expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_ACCESS);
        assert_int_equal(fixture_reads(f), n == 0 ? cold_reads(f, 0) : warm_reads(f, 0));
        assert_int_equal(fixture_swaps(f), 1);
        expect_fault(fixture_translate(f, fetch(va)), CAUSE_FETCH_ACCESS);
    }
    tw_memory_clear_faults(f->memory);
    expect_pa(fixture_translate(f, load(va)), page_pa(f));
    assert_true(pages_read(&f->pages, leaf) ==
                pages_pte(pages_frame(f->pages.mode, 0), F_V | F_RWX | F_A));
}

MODE_TEST(a_page_that_must_fault_is_not_marked)
{
    const unsigned flags[] = {F_V | F_R, F_V | F_X, F_V | F_RWX | F_U, F_V | F_R | F_X, F_RWX};
    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
        uint64_t leaf = map_page(f, flags[i]);
        uint64_t before = pages_read(&f->pages, leaf);
        fixture_forget(f);
        expect_fault(fixture_translate(f, store(va)), CAUSE_STORE_PAGE);
        assert_int_equal(fixture_swaps(f), 0);
        assert_true(pages_read(&f->pages, leaf) == before);
    }
}

MODE_TEST(a_pte_that_changed_is_not_overwritten)
{
    uint64_t leaf = map_page(f, F_V | F_RWX);
    unsigned id = fixture_ask(f, TW_DATA, store(va));
    fixture_await_read(f, leaf);
    pages_write(&f->pages, leaf, 0);
    expect_fault(fixture_await(f, TW_DATA, id), CAUSE_STORE_PAGE);
    assert_true(pages_read(&f->pages, leaf) == 0);
}

/* A read-only D bit in the entry must not let the store pass: memory is marked by a second walk. */
MODE_TEST(a_store_to_a_clean_cached_page_marks_memory)
{
    uint64_t leaf = map_page(f, F_V | F_RWX);
    fixture_translate(f, load(va));
    assert_false(pte_bit(pages_read(&f->pages, leaf), PTE_D));
    expect_pa(fixture_translate(f, store(va)), page_pa(f));
    assert_true(pte_bit(pages_read(&f->pages, leaf), PTE_D));
}

/* As many pages as there are entries are loaded, then the last is stored to: were there a second
 * entry for it, one of the others would have had to go. */
MODE_TEST(a_d_update_leaves_one_entry_for_the_page)
{
    unsigned mode = f->pages.mode, entries = tw_rtl_built()->data_entries;
    for (unsigned n = 0; n < entries; n++) {
        fixture_map(f, pages_va_plus(mode, va, n), 0, pages_pte(pages_frame(mode, 0), F_V | F_RWX));
        fixture_translate(f, load(pages_va_plus(mode, va, n)));
    }
    fixture_translate(f, store(pages_va_plus(mode, va, entries - 1)));
    for (unsigned n = 0; n < entries; n++)
        assert_int_equal(fixture_translate(f, load(pages_va_plus(mode, va, n))).latency, 1);
}

TREE_TEST(a_retry_starts_from_the_table_of_today)
{
    unsigned mode = f->pages.mode;
    uint64_t leaf = map_page(f, F_V | F_RWX), table = pages_table(&f->pages);
    pages_write(&f->pages, pte_address(mode, table, va, 0),
                pages_pte(pages_frame(mode, 0) + 1, F_V | F_RWX));
    unsigned id = fixture_ask(f, TW_DATA, load(va));
    fixture_await_read(f, leaf);
    pages_write(&f->pages, leaf, pages_pte(pages_frame(mode, 0) + 2, F_V | F_RWX));
    fixture_map(f, va, 1, pages_pte(table, F_V));
    expect_pa(fixture_await(f, TW_DATA, id), page_pa(f) + 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mxr_cleared_takes_the_load_away_on_a_hit),
        cmocka_unit_test(sum_cleared_takes_the_load_away_on_a_hit),
        cmocka_unit_test(sum_does_not_let_supervisor_fetch_from_user_pages),
        cmocka_unit_test(execute_permission_is_checked_when_another_port_has_walked),
        cmocka_unit_test(mxr_and_sum_cleared_take_the_load_away_on_a_second_level_hit),
        cmocka_unit_test(a_store_whose_pte_read_is_denied_is_a_store_fault),
        cmocka_unit_test(nothing_is_read_before_the_verdict_on_the_address),
        cmocka_unit_test(a_pointer_with_a_d_or_u_is_refused),
        cmocka_unit_test(every_low_frame_bit_of_a_superpage_is_checked),
        cmocka_unit_test(an_invalid_pte_is_neither_used_nor_cached),
        cmocka_unit_test(a_miss_after_a_faulting_walk_walks),
        cmocka_unit_test(a_superpage_is_marked_where_its_pte_stands),
        cmocka_unit_test(setting_a_keeps_d_and_every_other_bit),
        cmocka_unit_test(a_load_never_sets_d),
        cmocka_unit_test(nothing_is_cached_when_the_mark_was_refused),
        cmocka_unit_test(a_page_that_must_fault_is_not_marked),
        cmocka_unit_test(a_pte_that_changed_is_not_overwritten),
        cmocka_unit_test(a_store_to_a_clean_cached_page_marks_memory),
        cmocka_unit_test(a_d_update_leaves_one_entry_for_the_page),
        cmocka_unit_test(a_retry_starts_from_the_table_of_today),
    };
    return fixture_run("known_bugs", tests);
}

/*
 * Bugs that real MMUs shipped, one test each: what the design must do instead. Those that other
 * files sweep more widely stand here too, in their smallest form. The others: test_known_bugs.c.
 */
#include "tests/support/every_mode.h"

/* ---- fences and address spaces ---- */

MODE_TEST(an_answer_from_before_a_fence_is_not_given_to_a_later_request)
{
    uint64_t leaf = map_page(f, F_PAGE);
    unsigned old = fixture_ask(f, TW_DATA, load(va));
    fixture_await_read(f, leaf);
    pages_write(&f->pages, leaf, pages_pte(pages_frame(f->pages.mode, 0) + 1, F_PAGE));
    fixture_write(f, REG_FENCE, TW_FENCE_ALL);
    unsigned later = fixture_ask(f, TW_DATA, load(va));
    expect_pa(fixture_await(f, TW_DATA, later), page_pa(f) + 4096);
    fixture_await(f, TW_DATA, old);
}

/* The fence happens in the very cycle in which the walk fills. */
MODE_TEST(a_fence_in_the_cycle_of_the_fill_is_obeyed)
{
    enum { M = 2 };
    uint64_t leaf = map_page(f, F_PAGE);
    unsigned id = fixture_ask(f, TW_DATA, load(va));
    fixture_idle(f, mode_levels(f->pages.mode) * (M + 1) - 1);
    pages_write(&f->pages, leaf, pages_pte(pages_frame(f->pages.mode, 0) + 1, F_PAGE));
    fixture_offer_write(f, REG_FENCE, TW_FENCE_ALL);
    fixture_clock(f);
    assert_true(tw_machine_in(f->machine)->mem_resp_valid); /* fence and last PTE meet */
    expect_pa(fixture_await(f, TW_DATA, id), page_pa(f) + 4096);
    expect_pa(fixture_translate(f, load(va)), page_pa(f) + 4096);
    expect_pa(fixture_translate(f, fetch(va)), page_pa(f) + 4096); /* the second level, too */
}

/* The fence happens in the very cycle in which the second level's answer fills the TLB. */
MODE_TEST_IF(a_fence_in_the_cycle_of_a_second_level_hit_is_obeyed, has_l2())
{
    uint64_t leaf = map_page(f, F_PAGE);
    fixture_translate(f, fetch(va));
    pages_write(&f->pages, leaf, pages_pte(pages_frame(f->pages.mode, 0) + 1, F_PAGE));
    fixture_clock(f);
    fixture_offer_write(f, REG_FENCE, TW_FENCE_ALL);
    unsigned id = fixture_ask(f, TW_DATA, load(va));
    assert_int_equal(tw_machine_out(f->machine)->obs_stage & 3, 3); /* fence and data stage meet */
    expect_pa(fixture_await(f, TW_DATA, id), page_pa(f) + 4096);
    expect_pa(fixture_translate(f, load(va)), page_pa(f) + 4096);
}

TREE_TEST(a_fence_by_address_drops_superpages)
{
    unsigned mode = f->pages.mode;
    uint64_t leaf = fixture_map(f, va, 1, pages_pte(pages_frame(mode, 1), F_PAGE));
    uint64_t size = UINT64_C(1) << level_size(mode, 1), base = va & ~(size - 1);
    const uint64_t inside[] = {base, base + size / 2, base + size - 4096};
    for (unsigned i = 0; i < 3; i++) {
        fixture_translate(f, load(va));
        pages_write(&f->pages, leaf, 0);
        fixture_fence(f, TW_FENCE_VA, inside[i], 0);
        expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_PAGE);
        pages_write(&f->pages, leaf, pages_pte(pages_frame(mode, 1), F_PAGE));
    }
}

MODE_TEST(a_fence_does_not_use_the_operands_of_the_one_before)
{
    uint64_t leaf = map_page(f, F_PAGE);
    fixture_fence(f, TW_FENCE_VA_ASID, pages_va_plus(f->pages.mode, va, 7), 99);
    fixture_translate(f, load(va));
    pages_write(&f->pages, leaf, 0);
    fixture_fence(f, TW_FENCE_VA_ASID, va, FIXTURE_ASID);
    expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_PAGE);
}

MODE_TEST(a_fence_by_asid_drops_that_asid)
{
    uint64_t leaf = map_page(f, F_PAGE), root = f->root;
    fixture_translate(f, load(va));
    pages_write(&f->pages, leaf, 0);
    fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID + 1);
    fixture_fence(f, TW_FENCE_ASID, 0, FIXTURE_ASID);
    fixture_enter(f, root, FIXTURE_ASID);
    expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_PAGE);
}

MODE_TEST(an_entry_of_another_address_space_does_not_hit)
{
    map_page(f, F_PAGE);
    expect_pa(fixture_translate(f, load(va)), page_pa(f));
    for (unsigned bit = 0; bit < ASID_BITS; bit++) {
        fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID ^ 1u << bit);
        expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_PAGE);
        expect_fault(fixture_translate(f, fetch(va)),
                     CAUSE_FETCH_PAGE); /* nor the second level's */
    }
}

/* Were the tag zero-extended where the fence's operand is sign-extended, the entry would
 * survive. */
MODE_TEST(a_fence_reaches_the_upper_half_of_the_address_space)
{
    uint64_t leaf = map_page(f, F_PAGE);
    assert_true(mode_narrow(f->pages.mode) || va >> 63 == 1);
    fixture_translate(f, load(va));
    pages_write(&f->pages, leaf, 0);
    fixture_fence(f, TW_FENCE_VA, va, 0);
    expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_PAGE);
}

/* ---- progress ---- */

/* Another miss, on either port, in every cycle around the answer, for several latencies. */
MODE_TEST(no_cycle_of_the_answer_hangs_a_request)
{
    unsigned mode = f->pages.mode;
    for (unsigned n = 0; n < 4; n++)
        fixture_map(f, pages_va_plus(mode, va, n), 0,
                    pages_pte(pages_frame(mode, 0) + n, F_V | F_RWX));
    for (unsigned m = 1; m <= 4; m++)
        for (unsigned delay = 0; delay < 4 + (mode_levels(mode) + 1) * (m + 1); delay++)
            for (unsigned port = 0; port < 2; port++) {
                tw_op op = port == TW_FETCH ? OP_FETCH : OP_LOAD;
                tw_memory_set_latency(f->memory, m, m, 0);
                fixture_fence(f, TW_FENCE_ALL, 0, 0);
                fixture_ask(f, TW_DATA, load(va));
                fixture_idle(f, delay);
                for (unsigned n = 0; n < 4; n++)
                    fixture_ask(f, (tw_port)port, request_of(op, pages_va_plus(mode, va, 3 - n)));
                fixture_settle(f);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_from_before_a_fence_is_not_given_to_a_later_request),
        cmocka_unit_test(a_fence_in_the_cycle_of_the_fill_is_obeyed),
        cmocka_unit_test(a_fence_in_the_cycle_of_a_second_level_hit_is_obeyed),
        cmocka_unit_test(a_fence_by_address_drops_superpages),
        cmocka_unit_test(a_fence_does_not_use_the_operands_of_the_one_before),
        cmocka_unit_test(a_fence_by_asid_drops_that_asid),
        cmocka_unit_test(an_entry_of_another_address_space_does_not_hit),
        cmocka_unit_test(a_fence_reaches_the_upper_half_of_the_address_space),
        cmocka_unit_test(no_cycle_of_the_answer_hangs_a_request),
    };
    return fixture_run("known_fence_bugs", tests);
}

/*
 * Wrong bits in the second level's memory: never an answer, always counted. L2_INJECT spoils a bit
 * of the next word that is written.
 */
#include "tests/support/every_mode.h"

enum { TAG_LOW = 8 + 44 + 2 + 4 + 16, BITS = 128 };

static unsigned log2_sets(void)
{
    unsigned log = 0;
    while (tw_config_l2_sets(tw_rtl_built()) >> (log + 1) != 0)
        log++;
    return log;
}

static unsigned word_bits(void)
{
    return TAG_LOW + VPN_BITS - log2_sets() + 1;
}

static void spoil(fixture *f, unsigned bit)
{
    fixture_write(f, REG_L2_INJECT, TW_PUT(L2_INJECT, ARMED, 1) | TW_PUT(L2_INJECT, BIT, bit));
}

static bool armed(fixture *f)
{
    return TW_GET(fixture_read(f, REG_L2_INJECT), L2_INJECT, ARMED);
}

static void expect_errors(fixture *f, unsigned counted, unsigned reported)
{
    assert_int_equal(fixture_read(f, REG_COUNT_L2_PARITY), counted);
    assert_int_equal(TW_GET(fixture_read(f, REG_FAULT_STATUS), FAULT_STATUS, PARITY), reported);
}

/* The fetch port walks, and the word is spoilt; the data port looks up. */
MODE_TEST_IF(every_wrong_bit_is_a_miss_and_counted, has_l2())
{
    map_page(f, F_PAGE);
    for (unsigned bit = 0; bit < BITS; bit++) {
        bool inside = bit < word_bits();
        unsigned before = bit < word_bits() ? bit : word_bits();
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        spoil(f, bit);
        expect_pa(fixture_translate(f, fetch(va)), page_pa(f));
        assert_false(armed(f));
        expect_errors(f, before, before);
        if (inside)
            expect_reads(f, load(va), page_pa(f), warm_reads(f, 0));
        else /* the word has no such bit */
            expect_l2_hit(f, load(va), page_pa(f));
        expect_errors(f, before + inside, before + inside);
    }
}

/* A wrong bit of the tag makes the word another page's; that page is not there. */
MODE_TEST_IF(a_wrong_tag_does_not_answer_for_another_page, has_l2())
{
    unsigned mode = f->pages.mode;
    unsigned bits = mode_levels(mode) * mode_index_bits(mode) - (mode_narrow(mode) ? 0 : 1);
    map_page(f, F_PAGE);
    for (unsigned bit = log2_sets(); bit < bits; bit++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        spoil(f, TAG_LOW + bit - log2_sets());
        fixture_translate(f, fetch(va));
        uint64_t other = va ^ UINT64_C(1) << (PAGE_SHIFT + bit);
        expect_fault(fixture_translate(f, load(other)), CAUSE_LOAD_PAGE);
        expect_reads(f, load(va), page_pa(f), warm_reads(f, 0));
    }
}

MODE_TEST_IF(a_wrong_asid_does_not_answer_for_another_space, has_l2())
{
    map_page(f, F_PAGE);
    for (unsigned bit = 0; bit < ASID_BITS; bit++) {
        uint64_t first = f->root;
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        spoil(f, TAG_LOW - ASID_BITS + bit);
        fixture_translate(f, fetch(va));
        fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID ^ 1u << bit);
        expect_fault(fixture_translate(f, load(va)), CAUSE_LOAD_PAGE);
        fixture_enter(f, first, FIXTURE_ASID);
    }
}

MODE_TEST_IF(a_spoilt_entry_is_written_anew, has_l2())
{
    map_page(f, F_PAGE);
    spoil(f, 20);
    fixture_translate(f, fetch(va));
    fixture_translate(f, load(va));
    evict(f, TW_DATA);
    expect_l2_hit(f, load(va), page_pa(f));
    expect_errors(f, 1, 1);
}

MODE_TEST_IF(only_the_next_word_is_spoilt, has_l2())
{
    uint64_t good = pages_va_plus(f->pages.mode, va, 1);
    map_page(f, F_PAGE);
    map_nth(f, good, 1, F_PAGE);
    spoil(f, 0);
    fixture_translate(f, fetch(va));
    fixture_translate(f, fetch(good));
    expect_l2_hit(f, load(good), nth_pa(f, 1));
    expect_errors(f, 0, 0);
    expect_reads(f, load(va), page_pa(f), warm_reads(f, 0));
    expect_errors(f, 1, 1);
}

/* A superpage is not written to the second level, so it does not use the spoiling up. */
TREE_TEST_IF(spoiling_waits_for_a_write, has_l2())
{
    unsigned mode = f->pages.mode;
    uint64_t super = pages_va_beside(mode, va, 1);
    map_page(f, F_PAGE);
    fixture_map(f, super, 1, pages_pte(pages_frame(mode, 1), F_PAGE));
    spoil(f, 3);
    fixture_translate(f, fetch(super));
    assert_true(armed(f));
    fixture_translate(f, fetch(va));
    assert_false(armed(f));
    expect_reads(f, load(va), page_pa(f), warm_reads(f, 0));
}

/* One way is wrong: the page in another one hits all the same, and the wrong one is counted once
 * and gone. */
MODE_TEST_IF(a_wrong_word_does_not_disturb_its_neighbours, has_l2() && tw_rtl_built()->l2_ways > 1)
{
    for (unsigned n = 0; n < 2; n++)
        map_nth(f, same_set(f, va, n), n, F_PAGE);
    fixture_translate(f, fetch(va));
    spoil(f, 60);
    fixture_translate(f, fetch(same_set(f, va, 1)));
    expect_errors(f, 0, 0);
    expect_l2_hit(f, load(va), page_pa(f));
    expect_errors(f, 1, 1);
    expect_reads(f, load(same_set(f, va, 1)), nth_pa(f, 1), warm_reads(f, 0));
    expect_errors(f, 1, 1);
}

MODE_TEST_IF(software_clears_the_report_and_not_the_counter, has_l2())
{
    map_page(f, F_PAGE);
    for (unsigned n = 0; n < 3; n++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        spoil(f, n);
        fixture_translate(f, fetch(va));
        fixture_translate(f, load(va));
    }
    expect_errors(f, 3, 3);
    fixture_write(f, REG_FAULT_STATUS, TW_PUT(FAULT_STATUS, PARITY, ~0u)); /* not the bit */
    expect_errors(f, 3, 3);
    fixture_write(f, REG_FAULT_STATUS, TW_PUT(FAULT_STATUS, OVERFLOW, 1));
    expect_errors(f, 3, 0);
    assert_false(tw_machine_out(f->machine)->irq); /* a parity error is no fault */
}

/* The clear meets the lookup that counts in its very cycle, and in those around it. */
MODE_TEST_IF(no_error_is_lost_to_a_clear_in_its_cycle, has_l2())
{
    map_page(f, F_PAGE);
    for (unsigned delay = 0; delay < 6; delay++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        spoil(f, 7);
        fixture_translate(f, fetch(va));
        fixture_clock(f);
        for (unsigned n = 0; n < 6; n++) {
            if (n == 2)
                fixture_offer(f, TW_DATA, load(va)); /* judged in cycle 3 */
            if (n == delay)
                fixture_offer_write(f, REG_FAULT_STATUS, TW_PUT(FAULT_STATUS, OVERFLOW, 1));
            fixture_clock(f);
        }
        fixture_settle(f);
        expect_errors(f, delay + 1, delay + 1 <= 3); /* the clear happens in delay + 1 */
        fixture_write(f, REG_FAULT_STATUS, TW_PUT(FAULT_STATUS, OVERFLOW, 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wrong_bit_is_a_miss_and_counted),
        cmocka_unit_test(a_wrong_tag_does_not_answer_for_another_page),
        cmocka_unit_test(a_wrong_asid_does_not_answer_for_another_space),
        cmocka_unit_test(a_spoilt_entry_is_written_anew),
        cmocka_unit_test(only_the_next_word_is_spoilt),
        cmocka_unit_test(spoiling_waits_for_a_write),
        cmocka_unit_test(a_wrong_word_does_not_disturb_its_neighbours),
        cmocka_unit_test(software_clears_the_report_and_not_the_counter),
        cmocka_unit_test(no_error_is_lost_to_a_clear_in_its_cycle),
    };
    return fixture_run("parity", tests);
}

/* test_hash_walker.c: what each word of a hashed chain says to a walk, and where the next one
 * is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/hash_walker.h"

enum { ASID = 0x8a51, VPN = 0x9c3a5, LAST = 0x53, FLAGS = 0xcf /* D A X W R V */ };
enum { E = 1 << HASHED_END, V = 1 << PTE_V };

static const uint64_t va = (uint64_t)VPN << PAGE_SHIFT | 0x328;
static const uint64_t beyond = UINT64_C(1) << (PAGE_SHIFT + PTE_PPN_BITS); /* all memory */

/* The anchors at page `anchors`, 2^bits of them; the table at page `table`. */
static tw_control control_at(uint64_t table, uint64_t anchors, unsigned bits)
{
    return (tw_control){
        .satp = TW_PUT(SATP, MODE, MODE_HASHED) | TW_PUT(SATP, ASID, ASID),
        .hash_table = TW_PUT(HASH_TABLE, PPN, table) | TW_PUT(HASH_TABLE, LAST, LAST),
        .hash_anchors = TW_PUT(HASH_ANCHORS, PPN, anchors) | TW_PUT(HASH_ANCHORS, BITS, bits)};
}

static const struct hash_walker at_anchor = {.anchor = true};

static struct hash_walker at_entry(unsigned before)
{
    return (struct hash_walker){.index = 0x2a, .before = before};
}

static void expect(struct hash_walker hash, unsigned last, uint64_t word, tw_check check, bool more)
{
    tw_control control = control_at(0x400, 0x500, 6);
    control.hash_table = TW_PUT(HASH_TABLE, PPN, 0x400) | TW_PUT(HASH_TABLE, LAST, last);
    const struct hash_verdict got = hash_walker_judge(&hash, &control, va, word);
    if (got.check != check || got.more != more)
        fail_msg("word 0x%016llx, last %u, %s, before %u: expected %s, more %d; got %s, more %d",
                 (unsigned long long)word, last, hash.anchor ? "anchor" : "entry", hash.before,
                 tw_check_name(check), more, tw_check_name(got.check), got.more);
}

/* ---- what a word says ------------------------------------------------------------------------ */

static void anchor_without_v_is_an_empty_chain_whatever_else_it_has(void **state)
{
    (void)state;
    expect(at_anchor, LAST, 0, CHECK_VALID, false);
    expect(at_anchor, LAST, hashed_word(ASID, VPN, 1, FLAGS & ~V), CHECK_VALID, false);
    expect(at_anchor, LAST, hashed_word(0, 0, LAST + 1, 0), CHECK_VALID, false);
    expect(at_anchor, LAST, hashed_word(0, 0, 1, V), CHECK_NONE, true);
}

static void of_an_anchor_only_v_and_next_count(void **state)
{
    (void)state;
    expect(at_anchor, LAST, hashed_word(ASID, VPN, 1, FLAGS), CHECK_NONE, true); /* no page */
    expect(at_anchor, LAST, hashed_word(0, 0, 1, V | E), CHECK_NONE, true);      /* no end */
    expect(at_anchor, LAST, hashed_word(0xffff, 0xfffff, LAST, 0xff), CHECK_NONE, true);
    expect(at_anchor, LAST, hashed_word(ASID, VPN, LAST + 1, FLAGS | E), CHECK_CHAIN, false);
}

static void entry_with_v_this_vpn_and_this_asid_holds_the_page(void **state)
{
    (void)state;
    for (unsigned before = 0; before <= LAST; before += LAST) {
        expect(at_entry(before), LAST, hashed_word(ASID, VPN, 1, V), CHECK_NONE, false);
        expect(at_entry(before), LAST, hashed_word(ASID, VPN, 1, V | E), CHECK_NONE, false);
        expect(at_entry(before), LAST, hashed_word(ASID, VPN, 0xfffff, V), CHECK_NONE, false);
    }
}

static void entry_that_lacks_v_or_differs_in_one_bit_of_vpn_or_asid_leads_on(void **state)
{
    (void)state;
    expect(at_entry(0), LAST, hashed_word(ASID, VPN, 1, FLAGS & ~V), CHECK_NONE, true);
    for (unsigned bit = 0; bit < 20; bit++)
        expect(at_entry(0), LAST, hashed_word(ASID, VPN ^ 1u << bit, 1, FLAGS), CHECK_NONE, true);
    for (unsigned bit = 0; bit < 16; bit++)
        expect(at_entry(0), LAST, hashed_word(ASID ^ 1u << bit, VPN, 1, FLAGS), CHECK_NONE, true);
}

static void chain_ends_at_the_entry_with_e_before_its_next_is_looked_at(void **state)
{
    (void)state;
    expect(at_entry(0), LAST, hashed_word(ASID, VPN + 1, 1, FLAGS | E), CHECK_VALID, false);
    expect(at_entry(0), LAST, hashed_word(ASID, VPN, 1, E), CHECK_VALID, false); /* no V */
    expect(at_entry(0), LAST, hashed_word(0, 0, LAST + 1, V | E), CHECK_VALID, false);
    expect(at_entry(LAST), LAST, hashed_word(0, 0, 1, V | E), CHECK_VALID, false);
}

static void next_may_be_the_last_frame_and_none_after_it(void **state)
{
    (void)state;
    static const unsigned lasts[] = {0, 1, LAST, 0xffffe, 0xfffff};
    for (unsigned i = 0; i < sizeof lasts / sizeof lasts[0]; i++) {
        const unsigned last = lasts[i];
        struct hash_walker first = at_entry(0);
        expect(at_anchor, last, hashed_word(0, 0, last, V), CHECK_NONE, true);
        if (last > 0) /* else it is the only one */
            expect(first, last, hashed_word(0, 0, last, V), CHECK_NONE, true);
        if (last == 0xfffff) /* there is none after it */
            continue;
        expect(at_anchor, last, hashed_word(0, 0, last + 1, V), CHECK_CHAIN, false);
        expect(at_anchor, last, hashed_word(0, 0, 0xfffff, V), CHECK_CHAIN, false);
        expect(first, last, hashed_word(0, 0, last + 1, V), CHECK_CHAIN, false);
        expect(first, last, hashed_word(0, 0, last + 1, 0), CHECK_CHAIN, false);
    }
}

static void chain_of_more_entries_than_the_table_has_loops(void **state)
{
    (void)state;
    static const unsigned lasts[] = {0, 1, LAST, 0xfffff};
    for (unsigned i = 0; i < sizeof lasts / sizeof lasts[0]; i++) {
        const unsigned last = lasts[i];
        const uint64_t word = hashed_word(ASID, VPN ^ 1, 0, FLAGS);
        if (last > 0)
            expect(at_entry(last - 1), last, word, CHECK_NONE, true);
        expect(at_entry(last), last, word, CHECK_CHAIN, false);
    }
    const struct hash_walker stale = {.anchor = true, .before = LAST}; /* an anchor is no entry */
    expect(stale, LAST, hashed_word(0, 0, 1, V), CHECK_NONE, true);
}

/* ---- places ---------------------------------------------------------------------------------- */

/* The rule, with the bits that it keeps as a mask. */
static uint64_t anchor_of(uint64_t table, unsigned mask)
{
    const unsigned x = (VPN ^ ASID << 4) & 0xfffff;
    return ((table << 12) + 8 * ((x ^ x >> 10) & mask)) % beyond;
}

static void anchor_stands_at_the_hash_of_page_and_space(void **state)
{
    (void)state;
    static const struct {
        unsigned bits, mask;
    } cases[] = {{0, 0},        {1, 1},        {2, 3},        {9, 0x1ff},
                 {10, 0x3ff},   {11, 0x7ff},   {19, 0x7ffff}, {20, 0xfffff},
                 {21, 0xfffff}, {30, 0xfffff}, {31, 0xfffff}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const tw_control control = control_at(0x400, 0x12345, cases[i].bits);
        assert_int_equal(hash_walker_anchor_addr(&control, va), anchor_of(0x12345, cases[i].mask));
    }
}

static void every_bit_of_page_and_space_moves_the_anchor(void **state)
{
    (void)state;
    tw_control control = control_at(0x400, 0, 20);
    control.satp = TW_PUT(SATP, MODE, MODE_HASHED);
    for (unsigned bit = 0; bit < 20; bit++) {
        const uint64_t hash = UINT64_C(1) << bit ^ (bit >= 10 ? UINT64_C(1) << (bit - 10) : 0);
        assert_int_equal(hash_walker_anchor_addr(&control, UINT64_C(1) << (12 + bit)), 8 * hash);
    }
    for (unsigned bit = 0; bit < 16; bit++) {
        const uint64_t x = UINT64_C(1) << (bit + 4), hash = x ^ x >> 10;
        control.satp = TW_PUT(SATP, MODE, MODE_HASHED) | TW_PUT(SATP, ASID, 1u << bit);
        assert_int_equal(hash_walker_anchor_addr(&control, 0xfff), 8 * hash);
    }
}

static void both_tables_go_on_at_0_beyond_the_last_physical_address(void **state)
{
    (void)state;
    const uint64_t last_page = (UINT64_C(1) << PTE_PPN_BITS) - 1;
    const tw_control control = control_at(last_page, last_page, 20);
    assert_int_equal(hash_walker_anchor_addr(&control, va), anchor_of(last_page, 0xfffff));
    assert_true(hash_walker_anchor_addr(&control, va) < UINT64_C(0x800000));
    assert_int_equal(hash_walker_next_addr(&control, hashed_word(0, 0, 0x1ff, V)), beyond - 8);
    assert_int_equal(hash_walker_next_addr(&control, hashed_word(0, 0, 0x200, V)), 0);
    assert_int_equal(hash_walker_next_addr(&control, hashed_word(0, 0, 0xfffff, V)), 0x7feff8);
}

static void entry_of_a_frame_stands_at_eight_times_its_number(void **state)
{
    (void)state;
    static const unsigned frames[] = {0, 1, 0x1ff, 0x200, 0x80000, 0xfffff};
    const tw_control control = control_at(0x4321, 0x500, 6);
    for (unsigned i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        const uint64_t word = hashed_word(0xffff, 0xfffff, frames[i], 0xff); /* its neighbours */
        assert_int_equal(hash_walker_next_addr(&control, word), 0x4321000 + 8 * frames[i]);
    }
}

static void pte_is_the_frame_and_the_flags_without_e(void **state)
{
    (void)state;
    static const unsigned frames[] = {0, 0x2a, 0xfffff};
    for (unsigned i = 0; i < 3; i++) {
        const struct hash_walker hash = {.index = frames[i], .before = 7};
        const uint64_t ppn = (uint64_t)frames[i] << PTE_PPN;
        assert_int_equal(hash_walker_pte(&hash, UINT64_MAX), ppn | 0xdf);
        assert_int_equal(hash_walker_pte(&hash, UINT64_MAX & ~UINT64_C(0xff)), ppn);
        for (unsigned bit = 0; bit < 8; bit++)
            assert_int_equal(hash_walker_pte(&hash, 1u << bit), ppn | (bit == 5 ? 0 : 1u << bit));
    }
}

/* ---- state ----------------------------------------------------------------------------------- */

static void walk_steps_from_the_anchor_along_what_words_name_as_the_next(void **state)
{
    (void)state;
    struct hash_walker hash = {.index = 5, .before = 9}; /* of a walk before */
    for (unsigned turn = 0; turn < 2; turn++) {
        hash_walker_enter(&hash);
        assert_int_equal(hash.anchor, true);
        assert_int_equal(hash.index, 0);
        assert_int_equal(hash.before, 0);
        assert_int_equal(hash_walker_probing(&hash), false);
        for (unsigned entry = 0; entry < 3; entry++) {
            hash_walker_follow(&hash, hashed_word(0xffff, 0xfffff, 0xffff0 + entry, 0xff));
            assert_int_equal(hash.anchor, false);
            assert_int_equal(hash.index, 0xffff0 + entry);
            assert_int_equal(hash.before, entry);
            assert_int_equal(hash_walker_probing(&hash), true);
        }
    }
}

static void entries_read_count_in_steps_of_doubling(void **state)
{
    (void)state;
    static const unsigned steps[] = {1, 2, 3, 3, 4, 4, 4, 4, 5, 5};
    const struct hash_walker far = at_entry(0xfffff);
    assert_int_equal(hash_walker_chain(&at_anchor), 0);
    for (unsigned before = 0; before < 10; before++) {
        const struct hash_walker hash = at_entry(before);
        assert_int_equal(hash_walker_chain(&hash), steps[before]);
    }
    assert_int_equal(hash_walker_chain(&far), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anchor_without_v_is_an_empty_chain_whatever_else_it_has),
        cmocka_unit_test(of_an_anchor_only_v_and_next_count),
        cmocka_unit_test(entry_with_v_this_vpn_and_this_asid_holds_the_page),
        cmocka_unit_test(entry_that_lacks_v_or_differs_in_one_bit_of_vpn_or_asid_leads_on),
        cmocka_unit_test(chain_ends_at_the_entry_with_e_before_its_next_is_looked_at),
        cmocka_unit_test(next_may_be_the_last_frame_and_none_after_it),
        cmocka_unit_test(chain_of_more_entries_than_the_table_has_loops),
        cmocka_unit_test(anchor_stands_at_the_hash_of_page_and_space),
        cmocka_unit_test(every_bit_of_page_and_space_moves_the_anchor),
        cmocka_unit_test(both_tables_go_on_at_0_beyond_the_last_physical_address),
        cmocka_unit_test(entry_of_a_frame_stands_at_eight_times_its_number),
        cmocka_unit_test(pte_is_the_frame_and_the_flags_without_e),
        cmocka_unit_test(walk_steps_from_the_anchor_along_what_words_name_as_the_next),
        cmocka_unit_test(entries_read_count_in_steps_of_doubling),
    };
    return cmocka_run_group_tests_name("model_cycle_hash_walker", tests, NULL, NULL);
}

/* Geometries: which are possible, how many levels an address needs, and what an index covers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tablewalk/geometry.h"

static tw_geometry geometry(const char *text, unsigned pte_bytes)
{
    tw_error error;
    tw_geometry g;
    if (tw_geometry_parse(text, pte_bytes, &g, &error) != TW_OK)
        fail_msg("%s", error.text);
    return g;
}

static void assert_refused(const char *text, unsigned pte_bytes, const char *words)
{
    tw_error error = {0};
    tw_geometry g;
    if (tw_geometry_parse(text, pte_bytes, &g, &error) != TW_USAGE)
        fail_msg("expected %s with PTEs of %u bytes to be refused", text, pte_bytes);
    if (strstr(error.text, words) == NULL)
        fail_msg("%s: expected \"%s\" in: %s", text, words, error.text);
}

static void assert_split(unsigned va, unsigned offset, unsigned pte, unsigned levels,
                         const char *want)
{
    tw_geometry g;
    tw_error error;
    char got[TW_GEOMETRY_TEXT_MAX];
    if (tw_geometry_split(va, offset, pte, levels, &g, &error) != TW_OK)
        fail_msg("%s: %s", want, error.text);
    assert_int_equal(tw_geometry_check(&g, NULL), TW_OK);
    assert_string_equal(tw_geometry_text(&g, got), want);
}

static void addresses_of_32_39_48_57_and_64_bits_need_2_3_4_5_and_6_levels(void **state)
{
    (void)state;
    assert_int_equal(tw_geometry_levels(32, 12, 4), 2);
    assert_int_equal(tw_geometry_levels(39, 12, 8), 3);
    assert_int_equal(tw_geometry_levels(48, 12, 8), 4);
    assert_int_equal(tw_geometry_levels(57, 12, 8), 5);
    assert_int_equal(tw_geometry_levels(64, 12, 8), 6);
}

/* So the lecture's "7 levels" for 64 bits is one too many. */
static void bits_64_are_six_levels_of_which_the_root_has_7_bits(void **state)
{
    (void)state;
    assert_split(64, 12, 8, 6, "7/9/9/9/9/9/12");
    assert_split(64, 12, 8, 7, "7/7/7/7/8/8/8/12");
}

static void the_modes_of_riscv_are_what_a_split_makes_of_their_addresses(void **state)
{
    (void)state;
    static const unsigned modes[] = {MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        tw_geometry split, mode = tw_geometry_of_mode(modes[i]);
        unsigned bits = level_size(modes[i], mode_levels(modes[i]));
        assert_int_equal(tw_geometry_va_bits(&mode), bits);
        assert_int_equal(
            tw_geometry_split(bits, PAGE_SHIFT, mode.pte_bytes, mode.levels, &split, NULL), TW_OK);
        assert_memory_equal(&split, &mode, sizeof mode);
        for (unsigned level = 0; level < mode.levels; level++) {
            assert_int_equal(tw_geometry_size(&mode, level), level_size(modes[i], level));
            assert_int_equal(tw_geometry_index(&mode, 0x123456789abcdef0, level),
                             va_index(modes[i], 0x123456789abcdef0, level));
        }
    }
    assert_int_equal(tw_geometry_of_mode(MODE_BARE).levels, 0);
}

/* Its table is longer than a page, which a split never makes. */
static void the_linear_table_is_20_bits_over_12(void **state)
{
    (void)state;
    const tw_geometry mode = tw_geometry_of_mode(MODE_LINEAR);
    tw_geometry parsed;
    assert_int_equal(tw_geometry_parse("20,12", 4, &parsed, NULL), TW_OK);
    assert_memory_equal(&parsed, &mode, sizeof mode);
    assert_int_equal(tw_geometry_table_bytes(&mode, 0), 4 << 20);
}

static void with_more_levels_than_needed_the_bits_are_spread_evenly(void **state)
{
    (void)state;
    assert_split(32, 12, 4, 2, "10/10/12");
    assert_split(32, 12, 4, 3, "6/7/7/12");
    assert_split(32, 12, 4, 6, "3/3/3/3/4/4/12");
    assert_split(12, 6, 4, 2, "2/4/6");
    assert_split(14, 12, 8, 2, "1/1/12");
}

static void levels_that_no_split_has_are_refused_with_what_is_allowed(void **state)
{
    (void)state;
    static const struct {
        unsigned va, offset, pte, levels;
        const char *words;
    } rows[] = {
        {48, 12, 8, 3, "3 levels: expected at least 4"},
        {14, 12, 8, 3, "3 levels: expected at most 2"},
        {48, 12, 8, 0, "0 levels: expected 1 to 8"},
        {48, 12, 8, 9, "9 levels: expected 1 to 8"},
        {12, 12, 8, 1, "addresses of 12 bits: expected 13"},
        {65, 12, 8, 6, "addresses of 65 bits: expected 13 (a page) to 64"},
        {12, 3, 8, 2, "a page of 8 bytes holds one PTE of 8: expected at least two"},
        {12, 6, 3, 2, "a PTE of 3 bytes: expected 2, 4 or 8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tw_geometry g;
        tw_error error = {0};
        assert_int_equal(
            tw_geometry_split(rows[i].va, rows[i].offset, rows[i].pte, rows[i].levels, &g, &error),
            TW_USAGE);
        if (strstr(error.text, rows[i].words) == NULL)
            fail_msg("expected \"%s\" in: %s", rows[i].words, error.text);
    }
}

static void an_impossible_geometry_is_refused_with_what_is_allowed(void **state)
{
    (void)state;
    assert_refused("2,0,6", 4, "level 0 has 0 index bits: expected at least 1");
    assert_refused("0,4,6", 4, "level 1 has 0 index bits");
    assert_refused("40,20,6", 4, "together are 66: expected at most 64");
    assert_refused("4,4,1", 4, "1 offset bits: expected at least 2");
    assert_refused("4,4,2", 8, "2 offset bits: expected at least 3");
    assert_refused("4,41", 8, "41 offset bits: expected at most 40");
    assert_refused("2,4,6", 1, "a PTE of 1 bytes: expected 2, 4 or 8");
    assert_refused("2,4,6", 16, "expected 2, 4 or 8");
    static const char *const not_a_list[] = {"",
                                             "6",
                                             "2,",
                                             ",6",
                                             "2,,6",
                                             "2,4,6,",
                                             "2 4 6",
                                             "2,-4,6",
                                             "2,4,0x6",
                                             "2,4,1000",
                                             "1,1,1,1,1,1,1,1,1,6"};
    for (size_t i = 0; i < sizeof not_a_list / sizeof *not_a_list; i++)
        assert_refused(not_a_list[i], 4, "expected the index bits of 1 to 8 levels");
}

static void an_address_of_64_bits_is_the_largest_and_one_of_2_the_smallest(void **state)
{
    (void)state;
    tw_geometry large = geometry("52,12", 8), small = geometry("1,1", 2);
    assert_int_equal(tw_geometry_va_bits(&large), 64);
    assert_true(tw_geometry_canonical(&large, UINT64_MAX));
    assert_int_equal(tw_geometry_table_bytes(&large, 0), UINT64_C(32) << 50);
    assert_int_equal(tw_geometry_va_bits(&small), 2);
    assert_true(tw_geometry_canonical(&small, 3));
    assert_false(tw_geometry_canonical(&small, 4));
}

static void an_address_is_cut_from_the_root_down(void **state)
{
    (void)state;
    tw_geometry g = geometry("2,4,6", 4);
    assert_int_equal(tw_geometry_index(&g, 0xabc, 1), 2);
    assert_int_equal(tw_geometry_index(&g, 0xabc, 0), 10);
    assert_int_equal(tw_geometry_size(&g, 1), 10); /* an inner table covers 1 KiB */
    assert_int_equal(tw_geometry_table_bytes(&g, 1), 4 * 4);
    assert_int_equal(tw_geometry_table_bytes(&g, 0), 16 * 4);
}

static void a_pte_and_the_address_in_it_are_the_same_back_and_forth(void **state)
{
    (void)state;
    static const unsigned widths[] = {2, 4, 8};
    for (int i = 0; i < 3; i++) {
        tw_geometry g = geometry("2,4,6", widths[i]);
        uint64_t last = (UINT64_C(1) << (8 * widths[i] - 8)) - 1;
        if (last > UINT64_MAX >> (8 + 6))
            last = UINT64_MAX >> (8 + 6); /* addresses have 56 bits */
        for (unsigned flags = 0; flags < 256; flags++) {
            uint64_t pte = tw_geometry_pte(&g, last << 6, flags);
            assert_int_equal(tw_geometry_frame(&g, pte), last << 6);
            assert_int_equal(tw_geometry_flags(pte), flags);
        }
    }
    tw_geometry g = geometry("2,4,12", 8);
    assert_int_equal(tw_geometry_frame(&g, UINT64_MAX), 0xfffffffffff000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_32_39_48_57_and_64_bits_need_2_3_4_5_and_6_levels),
        cmocka_unit_test(bits_64_are_six_levels_of_which_the_root_has_7_bits),
        cmocka_unit_test(the_modes_of_riscv_are_what_a_split_makes_of_their_addresses),
        cmocka_unit_test(the_linear_table_is_20_bits_over_12),
        cmocka_unit_test(with_more_levels_than_needed_the_bits_are_spread_evenly),
        cmocka_unit_test(levels_that_no_split_has_are_refused_with_what_is_allowed),
        cmocka_unit_test(an_impossible_geometry_is_refused_with_what_is_allowed),
        cmocka_unit_test(an_address_of_64_bits_is_the_largest_and_one_of_2_the_smallest),
        cmocka_unit_test(an_address_is_cut_from_the_root_down),
        cmocka_unit_test(a_pte_and_the_address_in_it_are_the_same_back_and_forth),
    };
    return cmocka_run_group_tests_name("geometry", tests, NULL, NULL);
}

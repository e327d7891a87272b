/* What page tables cost: the numbers of the lectures, and layouts that can be counted by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tb/size.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)
#define PIB (GIB * 1024 * 1024)

static tw_geometry geometry(const char *text, unsigned pte_bytes)
{
    tw_error error;
    tw_geometry g;
    if (tw_geometry_parse(text, pte_bytes, &g, &error) != TW_OK)
        fail_msg("%s", error.text);
    return g;
}

static size_row linear(const char *text, unsigned pte_bytes)
{
    tw_geometry g = geometry(text, pte_bytes);
    return size_of_linear(&g, NULL);
}

/* Reads the text as a file; the caller closes the layout if it is TW_OK. */
static tw_status read_text(const char *text, unsigned va_bits, layout *l, tw_error *error)
{
    char path[] = "/tmp/tablewalk-maps-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
    tw_status status = layout_read(l, path, va_bits, error);
    unlink(path);
    return status;
}

static layout layout_of(const char *text, unsigned va_bits)
{
    tw_error error;
    layout l;
    if (read_text(text, va_bits, &l, &error) != TW_OK)
        fail_msg("%s", error.text);
    return l;
}

static size_row tree(const char *text, unsigned pte_bytes, const char *maps)
{
    tw_geometry g = geometry(text, pte_bytes);
    layout l = layout_of(maps, tw_geometry_va_bits(&g));
    size_row row = size_of_tree(&g, &l);
    layout_close(&l);
    return row;
}

/* ---- the lectures' numbers ------------------------------------------------------------------- */

static void a_linear_table_of_2_to_the_20_entries_of_4_bytes_is_4_mib(void **state)
{
    (void)state;
    size_row row = linear("20,12", 4);
    assert_int_equal(row.root_entries, 1 << 20);
    assert_int_equal(row.full, 4 * MIB);
    assert_int_equal(row.reads, 1);
}

static void a_linear_table_of_48_bits_is_512_gib_and_one_of_64_bits_32_pib(void **state)
{
    (void)state;
    assert_int_equal(linear("36,12", 8).full, 512 * GIB);
    assert_int_equal(linear("52,12", 8).full, 32 * PIB);
}

static void format_6_6_has_64_entries(void **state)
{
    (void)state;
    size_row row = tree("6,6", 4, "0-800\nc00-1000\n");
    assert_int_equal(row.root_entries, 64);
    assert_int_equal(size_inner_tables(&row), 0);
}

static void format_2_4_6_with_3_kib_used_has_3_inner_tables_of_16_which_are_48_entries(void **state)
{
    (void)state;
    size_row row = tree("2,4,6", 4, "0-800\nc00-1000\n");
    assert_int_equal(size_inner_tables(&row), 3);
    assert_int_equal(row.inner_entries, 48);
    assert_int_equal(row.root_entries, 4);
}

static void an_inner_table_of_12_10_10_covers_1_mib(void **state)
{
    (void)state;
    tw_geometry g = geometry("12,10,10", 4);
    assert_int_equal(UINT64_C(1) << tw_geometry_size(&g, 1), MIB);
}

static void a_hole_of_1_mib_that_is_aligned_costs_no_inner_table_of_12_10_10(void **state)
{
    (void)state;
    size_row whole = tree("12,10,10", 4, "0-300000\n"),
             hole = tree("12,10,10", 4, "0-100000\n200000-300000\n");
    assert_int_equal(size_inner_tables(&whole), 3);
    assert_int_equal(size_inner_tables(&hole), 2);
    size_row aside = tree("12,10,10", 4, "0-100400\n200400-300000\n");
    assert_int_equal(size_inner_tables(&aside), 3);
}

static void one_page_costs_12_kib_in_sv39_and_1_gib_in_a_linear_table(void **state)
{
    (void)state;
    tw_geometry sv39 = tw_geometry_of_mode(MODE_SV39);
    assert_int_equal(size_of_tree(&sv39, NULL).least, 12 * KIB);
    assert_int_equal(size_of_linear(&sv39, NULL).least, GIB);
    size_row row = tree("9,9,9,12", 8, "3fffff000-400000000\n");
    assert_int_equal(size_inner_tables(&row), 2);
    assert_int_equal(row.bytes, 12 * KIB);
}

static void a_full_walk_reads_a_pte_a_level(void **state)
{
    (void)state;
    static const unsigned modes[] = {MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        tw_geometry g = tw_geometry_of_mode(modes[i]);
        assert_int_equal(size_of_tree(&g, NULL).reads, mode_levels(modes[i]));
    }
}

/* ---- trees ----------------------------------------------------------------------------------- */

/* 2^9 tables below each table but the last. */
static void a_full_tree_has_every_table(void **state)
{
    (void)state;
    tw_geometry g = tw_geometry_of_mode(MODE_SV39);
    assert_int_equal(size_of_tree(&g, NULL).full, (1 + 512 + 512 * 512) * 4 * KIB);
}

static void regions_that_share_a_table_pay_for_it_once(void **state)
{
    (void)state;
    size_row row = tree("9,9,9,12", 8, "1000-2000 r--p\n3000-4000 rw-p\n40000000-40001000 rw-p\n");
    assert_int_equal(row.tables[0], 1);
    assert_int_equal(row.tables[1], 2);
    assert_int_equal(row.tables[2], 2);
    assert_int_equal(row.bytes, 5 * 4 * KIB);
}

/* Every page against a bitmap. */
static void blocks_are_what_a_bitmap_counts(void **state)
{
    (void)state;
    static const unsigned edges[] = {1, 5, 64, 65, 127, 300, 512, 513, 514, 4095};
    layout l = layout_of("1-5\n40-41\n7f-12c\n200-201\n202-fff\n", 12);
    for (unsigned shift = 1; shift < 12; shift++) {
        bool used[1 << 11] = {0};
        unsigned want = 0;
        for (size_t i = 0; i < sizeof edges / sizeof *edges; i += 2)
            for (unsigned at = edges[i]; at < edges[i + 1]; at++)
                used[at >> shift] = true;
        for (unsigned block = 0; block < 1 << 11; block++)
            want += used[block];
        assert_int_equal(layout_blocks(&l, shift), want);
        assert_int_equal(size_lost(&l, shift), ((uint64_t)want << shift) - l.bytes);
    }
    assert_int_equal(layout_blocks(&l, 64), 1);
    layout_close(&l);
}

static void larger_pages_lose_more_at_the_ends_of_a_region(void **state)
{
    (void)state;
    layout l = layout_of("1000-6000 r-xp\n", 48);
    assert_int_equal(size_lost(&l, 12), 0);
    assert_int_equal(size_lost(&l, 14), 12 * KIB);
    assert_int_equal(size_lost(&l, 16), 44 * KIB);
    assert_int_equal(size_lost(&l, 21), 2 * MIB - 20 * KIB);
    assert_int_equal(size_lost(&l, 30), GIB - 20 * KIB);
    layout_close(&l);
}

static void tables_of_2_to_the_63_bytes_are_refused(void **state)
{
    (void)state;
    tw_error error = {0};
    tw_geometry large = geometry("58,2,4", 8), widest = geometry("62,1,1", 2);
    tw_geometry good = geometry("52,12", 8);
    assert_int_equal(size_check(&widest, &error), TW_USAGE);
    assert_int_equal(size_check(&large, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "expected a larger page"));
    assert_int_equal(size_check(&good, NULL), TW_OK);
    tw_geometry most = geometry("55,4,5", 8);
    assert_int_equal(size_check(&most, NULL), TW_OK);
    assert_true(size_of_tree(&most, NULL).full < UINT64_C(1) << 63);
}

static void bytes_are_told_in_the_largest_unit(void **state)
{
    (void)state;
    char text[SIZE_TEXT_MAX];
    assert_string_equal(size_text(0, text), "0 B");
    assert_string_equal(size_text(1023, text), "1023 B");
    assert_string_equal(size_text(12 * KIB, text), "12 KiB");
    assert_string_equal(size_text(1536 * KIB, text), "1.5 MiB");
    assert_string_equal(size_text(32 * PIB, text), "32 PiB");
    assert_string_equal(size_text(UINT64_C(1) << 63, text), "8 EiB");
}

/* ---- layouts --------------------------------------------------------------------------------- */

static void a_layout_is_read_as_the_kernel_prints_it(void **state)
{
    (void)state;
    layout l = layout_of("# comment\n\n"
                         "00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/with space\n"
                         "00651000-00652000 ---p 00051000 08:02 173521      /usr/bin/dbus\n"
                         "7fffb2c0d000-7fffb2c2e000 rw-s 00000000 00:00 0   [stack]\n"
                         "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n",
                         48);
    assert_int_equal(l.count, 3);
    assert_int_equal(l.reserved, 1);
    assert_int_equal(l.bytes, 0x52000 + 0x21000 + 0x1000);
    assert_int_equal(l.region[0].first, 0x400000);
    assert_int_equal(l.region[0].last, 0x451fff);
    assert_int_equal(l.region[2].first, 0xffffff600000);
    layout_close(&l);
}

static void what_is_no_layout_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", ": expected at least one region"},
        {"0-1000 ---p\n", ": expected at least one region"},
        {"0-1000\nnonsense\n", ":2: expected START-END in hexadecimal, as in /proc/PID/maps, found "
                               "'nonsense'"},
        {"0-1000-2000\n", ":1: expected START-END"},
        {"0x0-0x1000\n", ":1: expected START-END"},
        {"0-1000 rwx\n", ":1: expected permissions such as r-xp, found 'rwx'"},
        {"0-1000 wr-p\n", ":1: expected permissions such as r-xp, found 'wr-p'"},
        {"1000-1000\n", ":1: expected an END above START"},
        {"2000-1000\n", ":1: expected an END above START"},
        {"1000-2000\n1fff-3000\n", ":2: expected regions that ascend and do not overlap"},
        {"2000-3000\n0-1000\n", ":2: expected regions that ascend"},
        {"8000000000-8000001000\n", ":1: expected addresses of 39 bits, found "
                                    "8000000000-8000001000: give a larger --va"},
        {"7ffffff000-8000001000\n", ":1: expected addresses of 39 bits"},
        {"ffffffbffffff000-ffffffc000000000\n", ":1: expected addresses of 39 bits"},
        {"0-10000000000000000\n", ":1: expected START-END"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        layout l;
        tw_error error = {0};
        if (read_text(rows[i].text, 39, &l, &error) != TW_USAGE)
            fail_msg("expected to be refused:\n%s", rows[i].text);
        if (strstr(error.text, rows[i].words) == NULL)
            fail_msg("expected \"%s\" in: %s", rows[i].words, error.text);
    }
}

static void the_whole_of_64_bits_but_its_last_byte_can_be_mapped(void **state)
{
    (void)state;
    layout l = layout_of("0-ffffffffffffffff\n", 64);
    assert_int_equal(l.bytes, UINT64_MAX);
    assert_int_equal(layout_blocks(&l, 12), UINT64_C(1) << 52);
    assert_int_equal(size_lost(&l, 12), 1);
    layout_close(&l);
}

int main(void)
{
    const struct CMUnitTest size[] = {
        cmocka_unit_test(a_linear_table_of_2_to_the_20_entries_of_4_bytes_is_4_mib),
        cmocka_unit_test(a_linear_table_of_48_bits_is_512_gib_and_one_of_64_bits_32_pib),
        cmocka_unit_test(format_6_6_has_64_entries),
        cmocka_unit_test(
            format_2_4_6_with_3_kib_used_has_3_inner_tables_of_16_which_are_48_entries),
        cmocka_unit_test(an_inner_table_of_12_10_10_covers_1_mib),
        cmocka_unit_test(a_hole_of_1_mib_that_is_aligned_costs_no_inner_table_of_12_10_10),
        cmocka_unit_test(one_page_costs_12_kib_in_sv39_and_1_gib_in_a_linear_table),
        cmocka_unit_test(a_full_walk_reads_a_pte_a_level),
        cmocka_unit_test(a_full_tree_has_every_table),
        cmocka_unit_test(regions_that_share_a_table_pay_for_it_once),
        cmocka_unit_test(blocks_are_what_a_bitmap_counts),
        cmocka_unit_test(larger_pages_lose_more_at_the_ends_of_a_region),
        cmocka_unit_test(tables_of_2_to_the_63_bytes_are_refused),
        cmocka_unit_test(bytes_are_told_in_the_largest_unit),
        cmocka_unit_test(a_layout_is_read_as_the_kernel_prints_it),
        cmocka_unit_test(what_is_no_layout_is_refused_with_its_line),
        cmocka_unit_test(the_whole_of_64_bits_but_its_last_byte_can_be_mapped),
    };
    return cmocka_run_group_tests(size, NULL, NULL);
}

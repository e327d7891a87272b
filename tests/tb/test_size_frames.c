/* Tables that have a word for each frame, and the time of an access through tables of all kinds. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tb/size.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)

static const tw_geometry LINEAR = {
    .levels = 1, .index_bits = {20}, .offset_bits = 12, .pte_bytes = 4};

static void an_inverted_table_has_an_entry_for_each_frame_whatever_the_address(void **state)
{
    (void)state;
    uint64_t frames = 4 * GIB / (4 * KIB);
    tw_geometry sv39 = tw_geometry_of_mode(MODE_SV39), sv57 = tw_geometry_of_mode(MODE_SV57);
    assert_int_equal(size_of_inverted(&sv39, frames, NULL).full, 8 * MIB);
    assert_int_equal(size_of_inverted(&sv57, frames, NULL).full, 8 * MIB);
    assert_int_equal(size_of_inverted(&sv57, frames, NULL).reads, frames);
    assert_true(size_of_inverted(&sv57, frames, NULL).mean == (double)(frames + 1) / 2);
}

/* The format of hashed mode, whatever the PTEs of trees are. */
static void an_inverted_table_has_8_bytes_a_frame_and_a_hashed_one_as_many_for_anchors(void **state)
{
    (void)state;
    tw_geometry sv32 = tw_geometry_of_mode(MODE_SV32);
    assert_int_equal(sv32.pte_bytes, 4);
    assert_int_equal(size_of_inverted(&sv32, 1024, NULL).full, 8 * KIB);
    size_row row = size_of_hashed(&sv32, 1024, NULL);
    assert_int_equal(row.full, 16 * KIB);
    assert_int_equal(row.least, row.full);
    assert_int_equal(row.root_entries, 1024);
    assert_int_equal(row.bytes, 0);
    struct region page = {0x1000, 0x1fff};
    const layout l = {.count = 1, .bytes = 4 * KIB, .region = &page};
    row = size_of_hashed(&sv32, 1024, &l);
    assert_int_equal(row.bytes, 16 * KIB);
    assert_int_equal(size_inner_tables(&row), 1);
    assert_int_equal(row.inner_entries, 1024);
}

/* Load = frames by anchors, which are rounded up to a power of two. */
static void a_hashed_table_is_read_twice_and_half_its_load_on_average(void **state)
{
    (void)state;
    tw_geometry sv32 = tw_geometry_of_mode(MODE_SV32);
    static const struct {
        uint64_t frames, anchors;
        double mean;
    } rows[] = {{1, 1, 2.5}, {2, 2, 2.5}, {3, 4, 2.375}, {5, 8, 2.3125}, {1 << 20, 1 << 20, 2.5}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_row row = size_of_hashed(&sv32, rows[i].frames, NULL);
        assert_int_equal(row.root_entries, rows[i].anchors);
        assert_int_equal(row.full, 8 * (rows[i].frames + rows[i].anchors));
        assert_int_equal(row.reads, 1 + rows[i].frames);
        assert_true(row.mean == rows[i].mean);
    }
}

static void a_tree_is_read_once_a_level_on_average_too(void **state)
{
    (void)state;
    tw_geometry sv39 = tw_geometry_of_mode(MODE_SV39);
    assert_true(size_of_tree(&sv39, NULL).mean == 3);
    assert_true(size_of_linear(&sv39, NULL).mean == 1);
}

/* One PTE read a miss: hits of 20 + 100 ns, misses of 20 + 100 + 100 ns. */
static void
a_tlb_of_20_ns_over_memory_of_100_ns_takes_140_ns_at_80_and_122_ns_at_98_percent(void **state)
{
    (void)state;
    size_row row = size_of_linear(&LINEAR, NULL);
    assert_true(fabs(size_access_time(&row, 80, 20, 100) - 140) < 1e-9);
    assert_true(fabs(size_access_time(&row, 98, 20, 100) - 122) < 1e-9);
}

static void without_a_tlb_an_access_takes_one_more_for_each_level(void **state)
{
    (void)state;
    tw_geometry sv39 = tw_geometry_of_mode(MODE_SV39);
    size_row linear_row = size_of_linear(&LINEAR, NULL), tree_row = size_of_tree(&sv39, NULL),
             hashed_row = size_of_hashed(&LINEAR, 1024, NULL);
    assert_true(size_access_time(&linear_row, 0, 0, 100) == 200);
    assert_true(size_access_time(&tree_row, 0, 0, 100) == 400);
    assert_true(size_access_time(&hashed_row, 0, 0, 100) == 350);
}

int main(void)
{
    const struct CMUnitTest frames[] = {
        cmocka_unit_test(an_inverted_table_has_an_entry_for_each_frame_whatever_the_address),
        cmocka_unit_test(
            an_inverted_table_has_8_bytes_a_frame_and_a_hashed_one_as_many_for_anchors),
        cmocka_unit_test(a_hashed_table_is_read_twice_and_half_its_load_on_average),
        cmocka_unit_test(a_tree_is_read_once_a_level_on_average_too),
        cmocka_unit_test(
            a_tlb_of_20_ns_over_memory_of_100_ns_takes_140_ns_at_80_and_122_ns_at_98_percent),
        cmocka_unit_test(without_a_tlb_an_access_takes_one_more_for_each_level),
    };
    return cmocka_run_group_tests_name("size_frames", frames, NULL, NULL);
}

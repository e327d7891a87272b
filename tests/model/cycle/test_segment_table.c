/* test_segment_table.c: the segment registers and the window that shows one at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/segment_table.h"
#include "tablewalk/registers.h"

static const unsigned window[] = {REG_SEGMENT_BASE, REG_SEGMENT_LIMIT, REG_SEGMENT_FLAGS};

static struct segment_table table_of(unsigned segments)
{
    struct segment_table table;
    segment_table_reset(&table, segments);
    return table;
}

/* Another value for each register of each segment, within the bits that all of them keep. */
static uint64_t value_of(unsigned number, unsigned reg)
{
    return (number * 3 + reg) % 31 * 2;
}

static void fill(struct segment_table *table)
{
    for (unsigned number = 0; number < TW_SEGMENTS_MAX; number++) {
        segment_table_clock(table, REG_SEGMENT, number);
        for (unsigned reg = 0; reg < 3; reg++)
            segment_table_clock(table, window[reg], value_of(number, reg));
    }
}

static void window_shows_the_segment_of_the_index_and_nothing_of_those_not_built(void **state)
{
    (void)state;
    for (unsigned segments = 1; segments <= TW_SEGMENTS_MAX; segments++) {
        struct segment_table table = table_of(segments);
        fill(&table);
        for (unsigned number = 0; number < TW_SEGMENTS_MAX; number++) {
            segment_table_clock(&table, REG_SEGMENT, number);
            assert_int_equal(segment_table_value(&table, REG_SEGMENT), number | segments << 8);
            for (unsigned reg = 0; reg < 3; reg++)
                assert_int_equal(segment_table_value(&table, window[reg]),
                                 number < segments ? value_of(number, reg) : 0);
        }
    }
}

static void without_segments_nothing_is_kept_and_all_read_0(void **state)
{
    (void)state;
    struct segment_table table = table_of(0);
    fill(&table);
    assert_int_equal(segment_table_value(&table, REG_SEGMENT), 0);
    for (unsigned reg = 0; reg < 3; reg++)
        assert_int_equal(segment_table_value(&table, window[reg]), 0);
}

static void registers_keep_the_bits_they_have(void **state)
{
    (void)state;
    struct segment_table table = table_of(16);
    segment_table_clock(&table, REG_SEGMENT, UINT64_MAX); /* COUNT is read only */
    assert_int_equal(segment_table_value(&table, REG_SEGMENT), 15 | 16 << 8);
    segment_table_clock(&table, REG_SEGMENT, ~UINT64_C(15));
    assert_int_equal(segment_table_value(&table, REG_SEGMENT), 16 << 8);
    for (unsigned reg = 0; reg < 3; reg++)
        segment_table_clock(&table, window[reg], UINT64_MAX);
    assert_int_equal(segment_table_value(&table, REG_SEGMENT_BASE), UINT64_MAX);
    assert_int_equal(segment_table_value(&table, REG_SEGMENT_LIMIT), UINT64_MAX);
    assert_int_equal(segment_table_value(&table, REG_SEGMENT_FLAGS), 0x3e); /* no bit 0 */
    assert_int_equal(table.segment[0].flags, 0x3e);
}

static void other_registers_are_not_its_business(void **state)
{
    (void)state;
    struct segment_table table = table_of(16);
    fill(&table);
    for (unsigned offset = 0; offset < 0x1000; offset += 8) {
        if (offset >= REG_SEGMENT && offset <= REG_SEGMENT_FLAGS)
            continue;
        segment_table_clock(&table, offset, 5);
        assert_int_equal(segment_table_value(&table, offset), 0);
    }
    assert_int_equal(segment_table_value(&table, REG_SEGMENT), 15 | 16 << 8);
    for (unsigned reg = 0; reg < 3; reg++)
        assert_int_equal(segment_table_value(&table, window[reg]), value_of(15, reg));
}

static void reset_leaves_segments_that_hold_nothing(void **state)
{
    (void)state;
    struct segment_table table = table_of(16);
    fill(&table);
    segment_table_reset(&table, 16);
    assert_int_equal(segment_table_value(&table, REG_SEGMENT), 16 << 8);
    for (unsigned number = 0; number < TW_SEGMENTS_MAX; number++) {
        assert_int_equal(table.segment[number].base, 0);
        assert_int_equal(table.segment[number].limit, 0);
        assert_int_equal(table.segment[number].flags, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(window_shows_the_segment_of_the_index_and_nothing_of_those_not_built),
        cmocka_unit_test(without_segments_nothing_is_kept_and_all_read_0),
        cmocka_unit_test(registers_keep_the_bits_they_have),
        cmocka_unit_test(other_registers_are_not_its_business),
        cmocka_unit_test(reset_leaves_segments_that_hold_nothing),
    };
    return cmocka_run_group_tests_name("model_cycle_segment_table", tests, NULL, NULL);
}

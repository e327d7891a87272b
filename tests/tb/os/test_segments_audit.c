/* The audit finds bare segments that do not fit to their list, frames, slots and registers. Engine:
 * cycle model, Bare. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tb/os/kernel.h"
#include "tests/support/counted_records.h"
#include "tests/support/four_segments.h"

/* Four segments, of which A went to the swap file when D grew. */
static segment_bench start(void)
{
    segment_bench b = four_open(16, 10);
    grow(&b, A, 4);
    grow(&b, B, 3);
    grow(&b, C, 2);
    grow(&b, D, 4);
    assert_false(seg_segment(&b, A)->present);
    assert_int_equal(os_audit(b.system, NULL), TW_OK);
    return b;
}

static os_segment *segment(const segment_bench *b, unsigned selector)
{
    return &b->process->segments->segment[selector];
}

static void expect_found(const segment_bench *b, const char *text)
{
    tw_error error = {0};
    assert_int_equal(os_audit(b->system, &error), TW_MISMATCH);
    if (strstr(error.text, text) == NULL)
        fail_msg("expected '%s', got '%s'", text, error.text);
}

static void a_segment_that_lost_its_frames_or_its_place_in_the_list_is_found(void **state)
{
    (void)state;
    segment_bench b = start();
    segment(&b, B)->present = false;
    expect_found(&b, "segments of nobody are in the list, so many: 0x1");
    segment(&b, B)->present = true;
    b.system->segments.presents--;
    expect_found(&b, "a segment with frames is not in the list");
    b.system->segments.presents++;
    seg_close(&b);
}

static void segments_in_the_same_frames_are_found(void **state)
{
    (void)state;
    segment_bench b = start();
    os_segment *second = b.system->segments.present[1];
    const uint64_t first = second->first;
    second->first = b.system->segments.present[0]->first;
    expect_found(&b, "a segment is in frames that are not its own");
    second->first = first;
    os_segment *last = b.system->segments.present[2];
    const uint64_t was = last->first;
    last->first = BENCH_FIRST + 10 - segment_pages(last) + 1;
    expect_found(&b, "a segment is in frames that are not its own");
    last->first = was;
    seg_close(&b);
}

static void a_segment_longer_than_its_region_is_found(void **state)
{
    (void)state;
    segment_bench b = start();
    const uint64_t limit = segment(&b, B)->limit, region = segment(&b, B)->region.end;
    segment(&b, B)->region.end = segment(&b, B)->region.start + limit - PAGE;
    expect_found(&b, "a segment is longer than its region");
    segment(&b, B)->region.end = region;
    segment(&b, B)->limit = limit - 8;
    expect_found(&b, "a segment is longer than its region");
    segment(&b, B)->limit = limit;
    seg_close(&b);
}

static void slots_of_nobody_and_of_a_segment_with_frames_are_found(void **state)
{
    (void)state;
    static const uint8_t bytes[OS_PAGE_BYTES];
    segment_bench b = start();
    os_slot slot = OS_NO_SLOT;
    assert_int_equal(os_swap_out(b.system->swap, bytes, &slot, NULL), TW_OK);
    expect_found(&b, "slots of no segment, so many: 0x1");
    assert_int_equal(os_swap_give(b.system->swap, slot, NULL), TW_OK);
    segment(&b, B)->slot = segment(&b, A)->slot;
    expect_found(&b, "a segment has frames and slots");
    segment(&b, B)->slot = NULL;
    seg_close(&b);
}

static void registers_that_hold_another_segment_are_found(void **state)
{
    (void)state;
    segment_bench b = start();
    const unsigned number = segment(&b, B)->number;
    assert_int_not_equal(number, OS_NO_REGISTER);
    segment(&b, B)->number = OS_NO_REGISTER;
    expect_found(&b, "a register holds a segment that does not say so");
    segment(&b, B)->number = number;
    b.process->segments->held[number] = NULL;
    expect_found(&b, "segments say they are in registers that do not hold them, so many: 0x1");
    b.process->segments->held[number] = segment(&b, B);
    seg_close(&b);
}

static void a_process_that_has_ended_has_no_frames_and_can_be_reaped(void **state)
{
    (void)state;
    tw_error error = {0};
    segment_bench b = start();
    os_process *process = b.process;
    assert_int_equal(os_exit(b.system, NULL), TW_OK);
    assert_int_equal(os_audit(b.system, &error), TW_OK);
    segment(&b, B)->present = true;
    expect_found(&b, "a segment of a process that has ended has frames");
    segment(&b, B)->present = false;
    assert_int_equal(os_reap(b.system, process, &error), TW_OK);
    assert_int_equal(os_audit(b.system, &error), TW_OK);
    assert_null(os_next(b.system, NULL));
    seg_close(&b);
}

static size_t records_after(segment_bench *b, const counted_records *records)
{
    os_region region[SEGMENTS];
    tw_error error = {0};
    four_regions(region);
    os_process *process = seg_spawn(b, region, SEGMENTS);
    for (unsigned i = 0; i < SEGMENTS; i++)
        grow(b, i, 4);
    assert_int_equal(os_exit(b->system, NULL), TW_OK);
    assert_int_equal(os_reap(b->system, process, &error), TW_OK);
    return records->alive;
}

static void a_process_that_is_reaped_leaves_no_descriptors(void **state)
{
    (void)state;
    counted_records records = {0};
    segment_bench b = seg_open(MODE_BARE, 16, 10, 2 * SEGMENTS * ROOM);
    b.system->port.records = counted_records_of(&records);
    size_t first = records_after(&b, &records); /* with what is made once */
    assert_int_equal(records_after(&b, &records), first);
    seg_close(&b);
}

static tw_status no_write(void *context, uint64_t address, const void *page, tw_error *error)
{
    (void)context, (void)address, (void)page;
    return tw_fail(error, TW_IO, "the first error");
}

static void whatever_fails_as_it_ends_it_gives_back_all_that_it_had(void **state)
{
    (void)state;
    tw_error error = {0};
    segment_bench b = start();
    os_process *process = b.process;
    b.system->port.write_page = no_write; /* no frame gets its junk */
    assert_int_equal(os_exit(b.system, &error), TW_IO);
    assert_string_equal(error.text, "the first error");
    assert_int_equal(process->state, OS_FINISHED);
    assert_int_equal(b.system->segments.presents, 0);
    assert_int_equal(os_swap_used(b.system->swap), 0);
    assert_int_equal(os_audit(b.system, &error), TW_OK);
    assert_int_equal(os_reap(b.system, process, &error), TW_OK);
    seg_close(&b);
}

int main(void)
{
    const struct CMUnitTest segments_audit[] = {
        cmocka_unit_test(a_segment_that_lost_its_frames_or_its_place_in_the_list_is_found),
        cmocka_unit_test(segments_in_the_same_frames_are_found),
        cmocka_unit_test(a_segment_longer_than_its_region_is_found),
        cmocka_unit_test(slots_of_nobody_and_of_a_segment_with_frames_are_found),
        cmocka_unit_test(registers_that_hold_another_segment_are_found),
        cmocka_unit_test(a_process_that_has_ended_has_no_frames_and_can_be_reaped),
        cmocka_unit_test(a_process_that_is_reaped_leaves_no_descriptors),
        cmocka_unit_test(whatever_fails_as_it_ends_it_gives_back_all_that_it_had),
    };
    return cmocka_run_group_tests(segments_audit, NULL, NULL);
}

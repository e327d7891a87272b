/* Frames: zones, rows and blocks, junk, and frames that are given back wrongly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tb/os/frames.h"
#include "tests/support/counted_records.h"

enum { FIRST = 0x80000, COUNT = 4, JUNK = 0xa5 };

/* Frames whose bytes nobody reads: the last page that was written is kept. */
typedef struct fixture {
    counted_records count;
    os_port port;
    os_frames *frames;
    uint64_t written;
    uint8_t page[OS_PAGE_BYTES];
    bool refused;
} fixture;

static tw_status write_page(void *context, uint64_t address, const void *page, tw_error *error)
{
    fixture *f = context;
    if (f->refused)
        return tw_fail(error, TW_TIMEOUT, "the bus says no");
    f->written = address;
    memcpy(f->page, page, sizeof f->page);
    return TW_OK;
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->port =
        (os_port){.context = f, .write_page = write_page, .records = counted_records_of(&f->count)};
    f->frames = os_frames_open(&f->port, FIRST, COUNT, NULL, NULL);
    *state = f;
    return f->frames == NULL;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    os_frames_close(f->frames);
    assert_int_equal(f->count.alive, 0);
    free(f);
    return 0;
}

/* In place of those of set_up. */
static void open_instead(fixture *f, uint64_t first, size_t count, const zones_setup *setup)
{
    tw_error error = {0};
    os_frames_close(f->frames);
    f->frames = os_frames_open(&f->port, first, count, setup, &error);
    if (f->frames == NULL)
        fail_msg("%s", error.text);
}

static uint64_t take(const fixture *f, os_frame_use use, unsigned node)
{
    uint64_t ppn = 0;
    assert_int_equal(os_frames_take(f->frames, use, node, &ppn, NULL), TW_OK);
    assert_int_equal(os_frames_find(f->frames, ppn)->use, use);
    assert_null(os_frames_find(f->frames, ppn)->page);
    return ppn;
}

static void every_frame_is_given_out_once(void **state)
{
    const fixture *f = *state;
    unsigned seen = 0;
    for (int i = 0; i < COUNT; i++) {
        uint64_t ppn = take(f, OS_FRAME_USER, 0);
        assert_in_range(ppn, FIRST, FIRST + 3);
        seen |= 1u << (ppn - FIRST);
    }
    assert_int_equal(seen, 15);
    assert_int_equal(os_frames_free(f->frames), 0);
}

static void no_free_frame_is_reported(void **state)
{
    const fixture *f = *state;
    uint64_t ppn;
    tw_error error = {0};
    for (int i = 0; i < COUNT; i++)
        take(f, OS_FRAME_USER, 0);
    assert_int_equal(os_frames_take(f->frames, OS_FRAME_USER, 0, &ppn, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "all 4 frames are in use: give more with --frames");
}

static void a_row_that_is_no_power_of_two_gives_the_rest_back(void **state)
{
    const fixture *f = *state;
    uint64_t row;
    assert_int_equal(os_frames_take_row(f->frames, 3, OS_FRAME_TABLE, &row, NULL), TW_OK);
    assert_int_equal(row, FIRST);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(os_frames_find(f->frames, row + i)->use, OS_FRAME_TABLE);
    assert_int_equal(os_frames_find(f->frames, row + 3)->use, OS_FRAME_FREE);
    assert_int_equal(os_frames_free(f->frames), 1);
    assert_int_equal(take(f, OS_FRAME_USER, 0), row + 3);
    assert_int_equal(os_frames_give(f->frames, row + 1, NULL), TW_OK);
    assert_int_equal(os_frames_free(f->frames), 1);
}

static void free_frames_that_do_not_touch_are_no_row(void **state)
{
    const fixture *f = *state;
    uint64_t ppn[COUNT], row;
    tw_error error = {0};
    for (int i = 0; i < COUNT; i++)
        ppn[i] = take(f, OS_FRAME_USER, 0);
    os_frames_give(f->frames, ppn[1], NULL);
    os_frames_give(f->frames, ppn[3], NULL);
    assert_int_equal(os_frames_take_row(f->frames, 2, OS_FRAME_TABLE, &row, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "no 2 free frames in a row are left of 4: give more with "
                                    "--frames");
    assert_int_equal(os_frames_take_row(f->frames, 0, OS_FRAME_TABLE, &row, NULL), TW_NO_MEMORY);
    assert_int_equal(os_frames_free(f->frames), 2);
}

static void a_block_is_aligned_and_each_of_its_frames_is_given_back_by_itself(void **state)
{
    fixture *f = *state;
    uint64_t block;
    open_instead(f, 5, 40, NULL);
    assert_int_equal(os_frames_take_block(f->frames, 4, OS_FRAME_USER, 0, &block, NULL), TW_OK);
    assert_int_equal(block % 16, 0);
    assert_int_equal(os_frames_free(f->frames), 24);
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(os_frames_give(f->frames, block + i * 7 % 16, NULL), TW_OK);
    assert_int_equal(os_frames_free(f->frames), 40);
    assert_int_equal(os_frames_take_block(f->frames, 4, OS_FRAME_USER, 0, &block, NULL), TW_OK);
    assert_int_equal(os_frames_take_block(f->frames, 5, OS_FRAME_USER, 0, &block, NULL),
                     TW_NO_MEMORY);
    assert_int_equal(os_frames_take_block(f->frames, 64, OS_FRAME_USER, 0, &block, NULL),
                     TW_NO_MEMORY);
}

static zones_setup two_nodes(void)
{
    return (zones_setup){.split = ZONES_SPLIT,
                         .low_limit = 24 * OS_PAGE_BYTES,
                         .nodes = 2,
                         .node = {{0, 16, 100}, {16, 16, 100}},
                         .distance = {{10, 20}, {20, 10}}};
}

static void tables_are_of_low_memory_and_pages_of_high_and_of_their_node(void **state)
{
    fixture *f = *state;
    const zones_setup setup = two_nodes(); /* low: 0 to 23 */
    open_instead(f, 0, 32, &setup);
    assert_in_range(take(f, OS_FRAME_TABLE, 1), 16, 23);
    assert_in_range(take(f, OS_FRAME_KERNEL, 1), 16, 23);
    assert_in_range(take(f, OS_FRAME_TABLE, 0), 0, 15);
    for (unsigned i = 0; i < 8; i++)
        assert_in_range(take(f, OS_FRAME_USER, 1), 24, 31);
    assert_in_range(take(f, OS_FRAME_USER, 1), 16, 23);
    assert_in_range(take(f, OS_FRAME_USER, 0), 0, 15);
}

static void no_low_memory_is_reported_though_high_memory_is_free(void **state)
{
    fixture *f = *state;
    const zones_setup setup = two_nodes();
    tw_error error = {0};
    uint64_t ppn;
    open_instead(f, 0, 32, &setup);
    for (unsigned i = 0; i < 24; i++)
        take(f, OS_FRAME_TABLE, 0);
    assert_int_equal(os_frames_take(f->frames, OS_FRAME_TABLE, 0, &ppn, &error), TW_NO_MEMORY);
    assert_non_null(strstr(error.text, "low memory"));
    assert_int_equal(os_frames_free(f->frames), 8);
    take(f, OS_FRAME_USER, 0);
}

static void nodes_that_are_not_just_the_frames_are_refused(void **state)
{
    const fixture *f = *state;
    const zones_setup setup = two_nodes();
    tw_error error = {0};
    assert_null(os_frames_open(&f->port, 0, 33, &setup, &error));
    assert_string_equal(error.text, "the nodes have 32 frames in all: expected 33");
    assert_null(os_frames_open(&f->port, 0, 31, &setup, &error));
    assert_string_equal(error.text, "node 1 has frames outside of the 31 from 0 on");
    assert_null(os_frames_open(&f->port, 1, 32, &setup, &error));
    assert_int_equal(error.status, TW_USAGE);
    assert_null(os_frames_open(&f->port, 0, 0, NULL, &error));
    assert_string_equal(error.text, "there is no frame: give some with --frames");
}

static void without_record_memory_nothing_is_opened_and_nothing_left(void **state)
{
    fixture *f = *state;
    tw_error error = {0};
    os_frames_close(f->frames);
    f->frames = NULL;
    for (f->count.refuse = 1;; f->count.refuse++) {
        f->count.takes = 0;
        f->frames = os_frames_open(&f->port, FIRST, COUNT, NULL, &error);
        if (f->frames != NULL)
            break;
        assert_int_equal(error.status, TW_NO_MEMORY);
        assert_int_equal(f->count.alive, 0);
    }
    assert_true(f->count.refuse > 3);
}

static void a_freed_frame_holds_junk(void **state)
{
    fixture *f = *state;
    uint64_t ppn = take(f, OS_FRAME_USER, 0);
    assert_int_equal(os_frames_give(f->frames, ppn, NULL), TW_OK);
    assert_int_equal(f->written, ppn << PAGE_SHIFT);
    for (unsigned i = 0; i < OS_PAGE_BYTES; i++)
        assert_int_equal(f->page[i], JUNK);
}

static void a_frame_is_free_even_if_the_junk_cannot_be_written(void **state)
{
    fixture *f = *state;
    uint64_t ppn = take(f, OS_FRAME_USER, 0);
    f->refused = true;
    assert_int_equal(os_frames_give(f->frames, ppn, NULL), TW_TIMEOUT);
    assert_int_equal(os_frames_free(f->frames), COUNT);
}

static void a_double_free_is_caught(void **state)
{
    const fixture *f = *state;
    uint64_t ppn = take(f, OS_FRAME_USER, 0);
    tw_error error = {0};
    assert_int_equal(os_frames_give(f->frames, ppn, NULL), TW_OK);
    assert_int_equal(os_frames_give(f->frames, ppn, &error), TW_USAGE);
    assert_string_equal(error.text, "frame 0x80000 was freed twice");
    assert_int_equal(os_frames_free(f->frames), COUNT);
}

static void a_foreign_frame_is_not_taken_in(void **state)
{
    const fixture *f = *state;
    assert_int_equal(os_frames_give(f->frames, FIRST - 1, NULL), TW_USAGE);
    assert_int_equal(os_frames_give(f->frames, FIRST + COUNT, NULL), TW_USAGE);
}

/* Bounded by the test's time: a walk of all frames for each would be 10^12 steps. */
static void a_million_frames_are_taken_and_given_in_any_order(void **state)
{
    enum { MANY = 1 << 20 };
    fixture *f = *state;
    open_instead(f, 0, MANY, NULL);
    for (unsigned i = 0; i < MANY; i++)
        take(f, OS_FRAME_USER, 0);
    assert_int_equal(os_frames_free(f->frames), 0);
    for (uint64_t i = 0; i < MANY; i++)
        assert_int_equal(os_frames_give(f->frames, i * 77777 % MANY, NULL), TW_OK);
    assert_int_equal(os_frames_free(f->frames), MANY);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest frames[] = {
        TEST(every_frame_is_given_out_once),
        TEST(no_free_frame_is_reported),
        TEST(a_row_that_is_no_power_of_two_gives_the_rest_back),
        TEST(free_frames_that_do_not_touch_are_no_row),
        TEST(a_block_is_aligned_and_each_of_its_frames_is_given_back_by_itself),
        TEST(tables_are_of_low_memory_and_pages_of_high_and_of_their_node),
        TEST(no_low_memory_is_reported_though_high_memory_is_free),
        TEST(nodes_that_are_not_just_the_frames_are_refused),
        TEST(without_record_memory_nothing_is_opened_and_nothing_left),
        TEST(a_freed_frame_holds_junk),
        TEST(a_frame_is_free_even_if_the_junk_cannot_be_written),
        TEST(a_double_free_is_caught),
        TEST(a_foreign_frame_is_not_taken_in),
        TEST(a_million_frames_are_taken_and_given_in_any_order),
    };
    return cmocka_run_group_tests(frames, NULL, NULL);
}

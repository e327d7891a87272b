/* Pages between frames and their homes: bytes, counts, events, time, and a disk that says no. */
#include <string.h>
#include <unistd.h>

#include "tests/support/page_bench.h"

static os_page *anonymous(page_bench *b)
{
    os_page *page = os_page_make(&b->system);
    assert_non_null(page);
    os_page_hold(page);
    return page;
}

static os_object *open_file(page_bench *b, bool writable)
{
    os_object *object;
    assert_int_equal(os_object_file(&b->system, b->path, writable, &object, NULL), TW_OK);
    return object;
}

static os_page *page_of(page_bench *b, os_object *object, uint64_t index)
{
    os_page *page;
    assert_int_equal(os_object_page(&b->system, object, index, &page, NULL), TW_OK);
    return page;
}

static void bring_in(page_bench *b, os_page *page)
{
    assert_int_equal(os_page_fill(&b->system, page, bench_take_frame(b), NULL, NULL), TW_OK);
}

/* As reclaim does: the page loses its frame. */
static void take_out(page_bench *b, os_page *page)
{
    assert_int_equal(os_frames_give(b->system.frames, page->ppn, NULL), TW_OK);
    page->ppn = OS_NO_FRAME;
}

static void drop(page_bench *b, os_page *page)
{
    assert_int_equal(os_page_drop(&b->system, page, NULL), TW_OK);
}

static void a_page_that_is_nowhere_is_filled_with_zeros_without_the_disk(void **state)
{
    page_bench *b = *state;
    os_page *page = anonymous(b);
    uint64_t due = 0, ppn = bench_take_frame(b);
    memset(bench_frame(b, ppn), 0xaa, OS_PAGE_BYTES);
    assert_int_equal(os_page_fill(&b->system, page, ppn, &due, NULL), TW_OK);
    for (unsigned i = 0; i < OS_PAGE_BYTES; i++)
        assert_int_equal(bench_frame(b, ppn)[i], 0);
    assert_int_equal(page->ppn, ppn);
    assert_ptr_equal(os_frames_find(b->system.frames, ppn)->page, page);
    assert_false(page->dirty);
    assert_int_equal(due, 0);
    assert_int_equal(b->system.counts.zero_fills, 1);
    assert_int_equal(b->system.disk.reads, 0);
    assert_int_equal(bench_last(b, OS_EVENT_ZERO_FILL)->ppn, ppn);
    drop(b, page);
}

static void an_anonymous_page_comes_back_from_its_slot(void **state)
{
    page_bench *b = *state;
    os_page *page = anonymous(b);
    bring_in(b, page);
    memset(bench_frame(b, page->ppn), 0x5c, OS_PAGE_BYTES);
    page->dirty = true;
    assert_int_equal(os_page_save(&b->system, page, NULL, NULL, NULL), TW_OK);
    assert_false(page->dirty);
    assert_int_equal(bench_last(b, OS_EVENT_SWAP_OUT)->number, page->slot);
    take_out(b, page);
    bring_in(b, page);
    for (unsigned i = 0; i < OS_PAGE_BYTES; i++)
        assert_int_equal(bench_frame(b, page->ppn)[i], 0x5c);
    assert_int_equal(b->system.counts.swap_out, 1);
    assert_int_equal(b->system.counts.swap_in, 1);
    assert_int_equal(b->system.counts.zero_fills, 1);
    assert_int_equal(bench_last(b, OS_EVENT_SWAP_IN)->number, page->slot);
    drop(b, page);
}

static void a_clean_page_is_not_written(void **state)
{
    page_bench *b = *state;
    os_page *page = anonymous(b);
    bool full = true;
    bring_in(b, page);
    assert_int_equal(os_page_save(&b->system, page, NULL, &full, NULL), TW_OK);
    assert_false(full);
    assert_int_equal(os_swap_used(b->system.swap), 0);
    assert_int_equal(b->system.disk.writes, 0);
    drop(b, page);
}

/* A program's text: dropped and read again, and the disk is never written. */
static void a_page_of_a_file_comes_from_the_file_each_time(void **state)
{
    page_bench *b = *state;
    os_page *page = page_of(b, open_file(b, false), 2);
    for (unsigned time = 1; time <= 2; time++) {
        bring_in(b, page);
        for (unsigned i = 0; i < OS_PAGE_BYTES; i++)
            assert_int_equal(bench_frame(b, page->ppn)[i], (uint8_t)(2 * 7 + i));
        assert_int_equal(b->system.counts.file_reads, time);
        assert_int_equal(bench_last(b, OS_EVENT_FILE_READ)->number, 2);
        assert_int_equal(os_page_save(&b->system, page, NULL, NULL, NULL), TW_OK);
        take_out(b, page);
    }
    assert_int_equal(b->system.disk.writes, 0);
    assert_int_equal(b->system.counts.zero_fills, 0);
}

static void a_dirty_page_of_a_file_goes_to_the_file_and_not_beyond_its_end(void **state)
{
    page_bench *b = *state;
    os_object *object = open_file(b, true);
    os_page *page = page_of(b, object, 3);
    uint64_t bytes;
    uint8_t back[OS_PAGE_BYTES];
    bring_in(b, page);
    assert_int_equal(bench_frame(b, page->ppn)[99], (uint8_t)(3 * 7 + 99));
    assert_int_equal(bench_frame(b, page->ppn)[100], 0); /* beyond the end */
    memset(bench_frame(b, page->ppn), 'x', OS_PAGE_BYTES);
    page->dirty = true;
    assert_int_equal(os_page_save(&b->system, page, NULL, NULL, NULL), TW_OK);
    assert_int_equal(os_object_bytes(object, &bytes, NULL), TW_OK);
    assert_int_equal(bytes, 3 * OS_PAGE_BYTES + 100);
    assert_int_equal(os_object_read(object, 3, back, NULL), TW_OK);
    assert_int_equal(back[99], 'x');
    assert_int_equal(back[100], 0);
    assert_int_equal(b->system.counts.file_writes, 1);
    assert_int_equal(b->system.counts.swap_out, 0);
    assert_int_equal(bench_last(b, OS_EVENT_FILE_WRITE)->number, 3);
}

static void shared_memory_is_zeros_and_then_in_the_swap_file(void **state)
{
    page_bench *b = *state;
    os_object *object;
    assert_int_equal(os_object_shared(&b->system, "shared", 2, &object, NULL), TW_OK);
    os_page *page = page_of(b, object, 1);
    bring_in(b, page);
    bench_frame(b, page->ppn)[7] = 9;
    page->dirty = true;
    assert_int_equal(os_page_save(&b->system, page, NULL, NULL, NULL), TW_OK);
    assert_int_equal(os_swap_used(b->system.swap), 1);
    take_out(b, page);
    bring_in(b, page);
    assert_int_equal(bench_frame(b, page->ppn)[7], 9);
    assert_int_equal(os_object_drop(&b->system, object, NULL), TW_OK);
    assert_int_equal(os_swap_used(b->system.swap), 0);
}

/* ---- time ------------------------------------------------------------------------------------ */

static void a_transfer_takes_time_and_tells_when_it_starts_and_ends(void **state)
{
    page_bench *b = *state;
    os_page *page = page_of(b, open_file(b, false), 0);
    uint64_t due = 0;
    b->system.disk.times = (os_disk_times){.seek = 1000, .transfer = 50};
    b->system.disk.free_at = 700;
    b->now = 500;
    os_page_fill(&b->system, page, bench_take_frame(b), &due, NULL);
    assert_int_equal(due, 700 + 1050);
    assert_int_equal(page->due, due);
    assert_int_equal(bench_last(b, OS_EVENT_DISK_START)->cycle, 700);
    assert_int_equal(bench_last(b, OS_EVENT_DISK_START)->number, 0);
    assert_int_equal(bench_last(b, OS_EVENT_DISK_END)->cycle, due);
    assert_int_equal(bench_last(b, OS_EVENT_FILE_READ)->cycle, 500);
    b->now = due;
    page->dirty = true;
    os_page_save(&b->system, page, &due, NULL, NULL);
    assert_int_equal(due, 700 + 1050); /* the file is not writable: nothing was issued */
}

static void neighbours_in_a_file_need_one_seek(void **state)
{
    page_bench *b = *state;
    os_object *object = open_file(b, false);
    uint64_t due = 0;
    b->system.disk.times = (os_disk_times){.seek = 1000, .transfer = 50};
    for (uint64_t index = 0; index < 3; index++)
        os_page_fill(&b->system, page_of(b, object, index), bench_take_frame(b), &due, NULL);
    assert_int_equal(due, 1000 + 3 * 50);
}

/* A frame from which a page is still being written is not to be used, not even for zeros. */
static void a_page_is_not_there_before_its_frame_may_be_used(void **state)
{
    page_bench *b = *state;
    os_page *page = anonymous(b);
    uint64_t due = 900;
    b->now = 500;
    os_page_fill(&b->system, page, bench_take_frame(b), &due, NULL);
    assert_int_equal(due, 900);
    assert_int_equal(page->due, 900);
    take_out(b, page);
    b->now = 901;
    os_page_fill(&b->system, page, bench_take_frame(b), &due, NULL);
    assert_int_equal(page->due, 0);
    drop(b, page);
}

/* ---- a disk that says no --------------------------------------------------------------------- */

static void a_read_that_fails_leaves_the_page_at_home(void **state)
{
    page_bench *b = *state;
    os_page *page = page_of(b, open_file(b, false), 1);
    uint64_t due = 0, ppn = bench_take_frame(b);
    tw_error error = {0};
    file_refuse_reads(b->path);
    assert_int_equal(os_page_fill(&b->system, page, ppn, &due, &error), TW_IO);
    assert_non_null(strstr(error.text, "read of page 1 failed: Bad file descriptor"));
    assert_true(page->ppn == OS_NO_FRAME);
    assert_null(os_frames_find(b->system.frames, ppn)->page);
    assert_int_equal(b->system.counts.reads_failed, 1);
    assert_int_equal(b->system.counts.file_reads, 0);
    assert_int_equal(b->system.disk.reads, 0);
    assert_int_equal(bench_last(b, OS_EVENT_DISK_ERROR)->number, 0);
    file_mend(b->path);
    assert_int_equal(os_page_fill(&b->system, page, ppn, &due, &error), TW_OK);
}

static void a_write_that_fails_leaves_the_page_dirty(void **state)
{
    page_bench *b = *state;
    os_page *page = anonymous(b);
    bool full = true;
    tw_error error = {0};
    bring_in(b, page);
    page->dirty = true;
    file_refuse_writes(b->swap_path);
    assert_int_equal(os_page_save(&b->system, page, NULL, &full, &error), TW_IO);
    assert_false(full);
    assert_true(page->dirty);
    assert_true(page->slot == OS_NO_SLOT);
    assert_int_equal(b->system.counts.writes_failed, 1);
    assert_int_equal(bench_last(b, OS_EVENT_DISK_ERROR)->number, 1);
    file_mend(b->swap_path);
    assert_int_equal(os_page_save(&b->system, page, NULL, &full, &error), TW_OK);
    drop(b, page);
}

static void a_full_swap_file_is_told_from_a_broken_one(void **state)
{
    page_bench *b = *state;
    os_page *page[5];
    bool full = false;
    for (unsigned i = 0; i < 5; i++) {
        page[i] = anonymous(b);
        bring_in(b, page[i]);
        page[i]->dirty = true;
        assert_int_equal(os_page_save(&b->system, page[i], NULL, &full, NULL),
                         i < 4 ? TW_OK : TW_IO);
        assert_int_equal(full, i == 4);
    }
    assert_true(page[4]->dirty);
    assert_int_equal(b->system.counts.writes_failed, 0);
    page[0]->dirty = true; /* it has a slot: there is room for it */
    assert_int_equal(os_page_save(&b->system, page[0], NULL, &full, NULL), TW_OK);
    assert_false(full);
    for (unsigned i = 0; i < 5; i++)
        drop(b, page[i]);
}

static void memory_that_says_no_is_no_fault_of_the_disk(void **state)
{
    page_bench *b = *state;
    os_page *page = anonymous(b);
    uint64_t ppn = bench_take_frame(b);
    b->bus_error = true;
    assert_int_equal(os_page_fill(&b->system, page, ppn, NULL, NULL), TW_TIMEOUT);
    assert_true(page->ppn == OS_NO_FRAME);
    b->bus_error = false;
    assert_int_equal(os_page_fill(&b->system, page, ppn, NULL, NULL), TW_OK);
    b->bus_error = true;
    page->dirty = true;
    assert_int_equal(os_page_save(&b->system, page, NULL, NULL, NULL), TW_TIMEOUT);
    assert_true(page->dirty);
    assert_int_equal(bench_count(b, OS_EVENT_DISK_ERROR), 0);
    b->bus_error = false;
    drop(b, page);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest page_io[] = {
        TEST(a_page_that_is_nowhere_is_filled_with_zeros_without_the_disk),
        TEST(an_anonymous_page_comes_back_from_its_slot),
        TEST(a_clean_page_is_not_written),
        TEST(a_page_of_a_file_comes_from_the_file_each_time),
        TEST(a_dirty_page_of_a_file_goes_to_the_file_and_not_beyond_its_end),
        TEST(shared_memory_is_zeros_and_then_in_the_swap_file),
        TEST(a_transfer_takes_time_and_tells_when_it_starts_and_ends),
        TEST(neighbours_in_a_file_need_one_seek),
        TEST(a_page_is_not_there_before_its_frame_may_be_used),
        TEST(a_read_that_fails_leaves_the_page_at_home),
        TEST(a_write_that_fails_leaves_the_page_dirty),
        TEST(a_full_swap_file_is_told_from_a_broken_one),
        TEST(memory_that_says_no_is_no_fault_of_the_disk),
    };
    return cmocka_run_group_tests(page_io, NULL, NULL);
}

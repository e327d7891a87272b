/* Mapping: what an area costs when it is made, which is nothing, and when it is touched; where
 * areas go; and what is refused; in every mode. */
#include <unistd.h>

#include "tests/support/call_bench.h"

enum { MANY = 256 };

static unsigned mode; /* of the tests that run */

static const os_options with_zero_page = {.adue = true, .swap_slots = 512, .zero_page = true};

static call_bench *start(void)
{
    return call_bench_open(mode, 1, MANY + 64, NULL);
}

static void an_area_takes_no_frame_and_each_first_touch_takes_one(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, MANY, OS_R | OS_W, 0);
    assert_int_equal(bench_page_frames(b), 0);
    for (int round = 0; round < 2; round++)
        bench_store_all(b, va, 10, 1);
    assert_int_equal(b->process->minor_faults, 10);
    assert_int_equal(b->process->major_faults, 0);
    assert_int_equal(bench_page_frames(b), 10);
    call_bench_close(b);
}

static void populate_leaves_no_fault_for_later(void **state)
{
    (void)state;
    call_bench *b = start();
    const os_map_request request = {
        .bytes = PAGE(MANY), .permissions = OS_R | OS_W, .populate = true};
    uint64_t va = 0;
    tw_error error = {0};
    bench_ok(os_mmap(b->system, b->process, &request, &va, &error), &error);
    assert_int_equal(bench_page_frames(b), MANY);
    bench_expect_all(b, va, 1, 0);
    bench_store_all(b, va, MANY, 1);
    assert_int_equal(bench_faults(b->process), 0);
    call_bench_close(b);
}

static void populate_brings_in_what_there_is_room_for(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 1, call_bench_frames(mode, 16),
                                    &(os_options){.adue = true, .swap_slots = 1});
    const os_map_request request = {
        .bytes = PAGE(MANY), .permissions = OS_R | OS_W, .populate = true};
    uint64_t va = 0;
    tw_error error = {0};
    bench_ok(os_mmap(b->system, b->process, &request, &va, &error), &error);
    assert_int_equal(bench_load(b, va), 0);
    call_bench_close(b);
}

static void zeros_that_are_read_and_then_written_fault_twice(void **state)
{
    (void)state;
    if (mode == MODE_HASHED)
        skip(); /* a frame is at one address only: there is no page of zeros */
    call_bench *b = call_bench_open(mode, 1, MANY + 64, &with_zero_page);
    uint64_t va = bench_map(b, MANY, OS_R | OS_W, 0);
    for (uint64_t i = 0; i < MANY; i++)
        assert_int_equal(bench_load(b, va + PAGE(i)), 0);
    assert_int_equal(b->process->minor_faults, MANY);
    assert_int_equal(bench_page_frames(b), 0);
    bench_store_all(b, va, MANY, 5);
    assert_int_equal(b->process->minor_faults, 2 * MANY);
    bench_expect_all(b, va, MANY, 5);
    call_bench_close(b);
}

static void a_cold_file_is_read_page_by_page_and_a_cached_one_not_at_all(void **state)
{
    (void)state;
    call_bench *b = start();
    char path[BROKEN_PATH];
    os_object *file = bench_file(b, path, MANY, false);
    uint64_t va = bench_map_object(b, file, MANY, OS_R, 0);
    for (uint64_t i = 0; i < MANY; i++)
        assert_int_equal((uint8_t)bench_load(b, va + PAGE(i)), (uint8_t)(i * 7));
    assert_int_equal(b->process->major_faults, MANY);
    assert_int_equal(b->process->minor_faults, 0);
    uint64_t again = bench_map_object(b, file, MANY, OS_R, OS_VMA_SHARED);
    for (uint64_t i = 0; i < MANY; i++)
        bench_load(b, again + PAGE(i));
    assert_int_equal(b->process->major_faults, MANY);
    assert_int_equal(b->process->minor_faults, MANY);
    assert_int_equal(os_statistics(b->system)->file_reads, MANY);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    call_bench_close(b);
    unlink(path);
}

static void a_page_beyond_the_file_kills(void **state)
{
    (void)state;
    call_bench *b = start();
    char path[BROKEN_PATH];
    os_object *file = bench_file(b, path, 2, false);
    uint64_t va = bench_map_object(b, file, 4, OS_R, 0);
    bench_load(b, va + PAGE(1));
    assert_int_equal(bench_dies(b, OP_LOAD, va + PAGE(2)), OS_REASON_BEYOND_FILE);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    call_bench_close(b);
    unlink(path);
}

static void populate_stops_where_the_file_ends(void **state)
{
    (void)state;
    call_bench *b = start();
    char path[BROKEN_PATH];
    os_object *file = bench_file(b, path, 2, false);
    uint64_t va = bench_map_object(b, file, 4, OS_R, 0);
    tw_error error = {0};
    bench_ok(os_populate(b->system, b->process, va, PAGE(4), &error), &error);
    assert_int_equal(bench_page_frames(b), 2);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    call_bench_close(b);
    unlink(path);
}

static void populate_copies_what_a_store_would_copy(void **state)
{
    (void)state;
    call_bench *b = start();
    char path[BROKEN_PATH];
    os_object *file = bench_file(b, path, 4, false);
    uint64_t va = bench_map_object(b, file, 4, OS_R | OS_W, 0);
    tw_error error = {0};
    bench_ok(os_populate(b->system, b->process, va, PAGE(4), &error), &error);
    bench_store_all(b, va, 4, 1);
    assert_int_equal(bench_faults(b->process), 0);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    call_bench_close(b);
    unlink(path);
}

static void no_page_is_swapped_in_but_those_that_are_touched(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 1, call_bench_frames(mode, 12), NULL);
    uint64_t va = bench_map(b, 48, OS_R | OS_W, 0), absent = 0;
    bench_store_all(b, va, 48, 1);
    const os_counts *counts = os_statistics(b->system);
    const uint64_t before = counts->swap_in, major = b->process->major_faults;
    for (uint64_t i = 0; i < 48; i += 9) {
        absent += bench_page(b->process, va + PAGE(i))->ppn == OS_NO_FRAME;
        assert_int_equal(bench_load(b, va + PAGE(i)), i + 1);
    }
    assert_true(absent > 0);
    assert_int_equal(counts->swap_in - before, absent);
    assert_int_equal(counts->swap_in - before, b->process->major_faults - major);
    call_bench_close(b);
}

static void a_wish_is_granted_if_it_is_free(void **state)
{
    (void)state;
    call_bench *b = start();
    os_map_request request = {.address = 0x40000123, .bytes = 100, .permissions = OS_R};
    uint64_t first = 0, second = 0;
    assert_int_equal(os_mmap(b->system, b->process, &request, &first, NULL), TW_OK);
    assert_int_equal(first, 0x40000000);
    assert_int_equal(os_mmap(b->system, b->process, &request, &second, NULL), TW_OK);
    assert_true(second != first);
    assert_int_equal(bench_load(b, second), 0);
    call_bench_close(b);
}

static void areas_grow_towards_the_heap_from_the_top(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t upper = bench_map(b, 3, OS_R, 0), lower = bench_map(b, 2, OS_R | OS_W, 0);
    assert_int_equal(lower, upper - PAGE(2));
    call_bench_close(b);
}

static void a_fixed_area_takes_the_place_of_what_was_there(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, 4, OS_R | OS_W, 0), there = 0;
    bench_store_all(b, va, 4, 7);
    const os_map_request request = {
        .address = va + PAGE(1), .bytes = PAGE(2), .permissions = OS_R | OS_W, .fixed = true};
    assert_int_equal(os_mmap(b->system, b->process, &request, &there, NULL), TW_OK);
    assert_int_equal(there, va + PAGE(1));
    assert_int_equal(bench_page_frames(b), 2);
    assert_int_equal(bench_load(b, va), 7);
    assert_int_equal(bench_load(b, va + PAGE(1)), 0);
    assert_int_equal(bench_load(b, va + PAGE(2)), 0);
    assert_int_equal(bench_load(b, va + PAGE(3)), 10);
    call_bench_close(b);
}

static void what_may_be_written_may_be_read(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, 1, OS_W, 0);
    bench_store(b, va, 3);
    assert_int_equal(bench_load(b, va), 3);
    call_bench_close(b);
}

static void what_makes_no_sense_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    call_bench *b = start();
    char path[BROKEN_PATH];
    os_object *file = bench_file(b, path, 1, false);
    const os_map_request wrong[] = {
        {.bytes = 0, .permissions = OS_R},
        {.bytes = UINT64_MAX, .permissions = OS_R},
        {.bytes = 1, .permissions = 8},
        {.bytes = 1, .permissions = OS_R, .flags = 1u << 8},
        {.bytes = 1, .permissions = OS_R, .offset = PAGE(1)},
        {.bytes = 1, .permissions = OS_R, .object = file, .offset = 5},
        {.bytes = 1, .permissions = OS_R, .flags = OS_VMA_SHARED | OS_VMA_GROWS_DOWN},
        {.bytes = 1, .permissions = OS_R | OS_W, .flags = OS_VMA_SHARED, .object = file},
        {.bytes = 1, .permissions = OS_R, .fixed = true, .address = 0x40000001},
        {.bytes = PAGE(2), .permissions = OS_R, .fixed = true, .address = -PAGE(1)},
        {.bytes = 1, .permissions = OS_R, .fixed = true, .address = UINT64_C(1) << 57},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint64_t va = 1;
        tw_error error = {0};
        tw_status status = os_mmap(b->system, b->process, &wrong[i], &va, &error);
        if (status != TW_USAGE || error.text[0] == '\0' || va != 1)
            fail_msg("request %zu: expected TW_USAGE and a sentence, got %d, \"%s\"", i, status,
                     error.text);
    }
    assert_int_equal(os_vmas_count(b->process->space->areas), 0);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    call_bench_close(b);
    unlink(path);
}

static void more_than_there_is_room_for_is_refused(void **state)
{
    (void)state;
    call_bench *b = start();
    const os_map_request request = {.bytes = UINT64_C(1) << 57, .permissions = OS_R};
    uint64_t va;
    assert_int_equal(os_mmap(b->system, b->process, &request, &va, NULL), TW_NO_MEMORY);
    call_bench_close(b);
}

static void a_process_that_is_dead_makes_no_calls(void **state)
{
    (void)state;
    call_bench *b = start();
    os_process *dead = b->process;
    assert_int_equal(os_end(b->system, dead, NULL), TW_OK);
    const os_map_request request = {.bytes = 1, .permissions = OS_R};
    uint64_t va;
    assert_int_equal(os_mmap(b->system, dead, &request, &va, NULL), TW_USAGE);
    assert_int_equal(os_end(b->system, dead, NULL), TW_USAGE);
    assert_int_equal(os_kill(b->system, dead, NULL), TW_USAGE);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest mmap[] = {
        cmocka_unit_test(an_area_takes_no_frame_and_each_first_touch_takes_one),
        cmocka_unit_test(populate_leaves_no_fault_for_later),
        cmocka_unit_test(populate_brings_in_what_there_is_room_for),
        cmocka_unit_test(zeros_that_are_read_and_then_written_fault_twice),
        cmocka_unit_test(a_cold_file_is_read_page_by_page_and_a_cached_one_not_at_all),
        cmocka_unit_test(a_page_beyond_the_file_kills),
        cmocka_unit_test(populate_stops_where_the_file_ends),
        cmocka_unit_test(populate_copies_what_a_store_would_copy),
        cmocka_unit_test(no_page_is_swapped_in_but_those_that_are_touched),
        cmocka_unit_test(a_wish_is_granted_if_it_is_free),
        cmocka_unit_test(areas_grow_towards_the_heap_from_the_top),
        cmocka_unit_test(a_fixed_area_takes_the_place_of_what_was_there),
        cmocka_unit_test(what_may_be_written_may_be_read),
        cmocka_unit_test(what_makes_no_sense_is_refused_and_changes_nothing),
        cmocka_unit_test(more_than_there_is_room_for_is_refused),
        cmocka_unit_test(a_process_that_is_dead_makes_no_calls),
    };
    return golden_in_every_mode("mmap", mmap, sizeof mmap / sizeof *mmap, &mode);
}

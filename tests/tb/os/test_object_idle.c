/* A page of an object that is in no frame and that nobody sees costs no record; in every mode. */
#include <unistd.h>

#include "tests/support/call_bench.h"

enum { PAGES = 40, RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

static unsigned records_of(const os_object *object)
{
    unsigned count = 0;
    for (uint64_t i = 0; i < PAGES; i++)
        count += os_object_find(object, i) != NULL;
    return count;
}

/* Takes all frames from whoever has them, and gives them back. */
static void take_all_frames(call_bench *b)
{
    tw_error error = {0};
    uint64_t va = bench_map(b, PAGES, RW, 0);
    bench_store_all(b, va, PAGES, 1);
    bench_ok(os_munmap(b->system, b->process, va, PAGE(PAGES), &error), &error);
}

static void a_page_of_a_file_without_frame_and_place_has_no_record(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    tw_error error = {0};
    call_bench *b = call_bench_open(mode, 1, call_bench_frames(mode, 12), NULL);
    os_object *file = bench_file(b, path, PAGES, true);
    const uint64_t va = bench_map_object(b, file, PAGES, RW, OS_VMA_SHARED);
    bench_store_all(b, va, PAGES, 7);
    assert_int_equal(records_of(file), PAGES); /* places see them */
    bench_ok(os_munmap(b->system, b->process, va, PAGE(PAGES), &error), &error);
    assert_in_range(records_of(file), 1, PAGES - 1); /* those in frames */
    bench_ok(os_audit(b->system, &error), &error);
    take_all_frames(b);
    assert_int_equal(records_of(file), 0);
    bench_expect_all(b, bench_map_object(b, file, PAGES, OS_R, OS_VMA_SHARED), PAGES, 7);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    unlink(path);
    call_bench_close(b);
}

static void a_page_of_shared_memory_has_one_if_it_was_ever_written(void **state)
{
    (void)state;
    tw_error error = {0};
    os_object *memory;
    call_bench *b = call_bench_open(mode, 1, call_bench_frames(mode, 12), NULL);
    bench_ok(os_object_shared(b->system, "memory", PAGES, &memory, &error), &error);
    uint64_t va = bench_map_object(b, memory, PAGES, RW, OS_VMA_SHARED);
    bench_store_all(b, va, PAGES / 2, 7);
    for (uint64_t i = PAGES / 2; i < PAGES; i++)
        assert_int_equal(bench_load(b, va + PAGE(i)), 0);
    bench_ok(os_munmap(b->system, b->process, va, PAGE(PAGES), &error), &error);
    take_all_frames(b);
    assert_int_equal(records_of(memory), PAGES / 2);
    va = bench_map_object(b, memory, PAGES, RW, OS_VMA_SHARED);
    bench_expect_all(b, va, PAGES / 2, 7);
    assert_int_equal(bench_load(b, va + PAGE(PAGES - 1)), 0);
    assert_int_equal(os_object_drop(b->system, memory, NULL), TW_OK);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest idle[] = {
        cmocka_unit_test(a_page_of_a_file_without_frame_and_place_has_no_record),
        cmocka_unit_test(a_page_of_shared_memory_has_one_if_it_was_ever_written),
    };
    return golden_in_every_mode("object_idle", idle, sizeof idle / sizeof *idle, &mode);
}

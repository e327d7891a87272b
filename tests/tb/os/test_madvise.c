/* What a program tells of its pages: that they are to stay, that they are needed soon, or not any
 * more, or that they are to be in their file; in every mode. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/call_bench.h"

enum { LOCKED = 4, OTHERS = 40 };

static unsigned mode; /* of the tests that run */

/* An OS with few frames. */
static call_bench *start_with(size_t pages)
{
    return call_bench_open(mode, 1, call_bench_frames(mode, pages), NULL);
}

static call_bench *start(void)
{
    return call_bench_open(mode, 1, 96, NULL);
}

/* ---- mlock ----------------------------------------------------------------------------------- */

static void pages_that_are_locked_are_never_victims(void **state)
{
    (void)state;
    call_bench *b = start_with(12);
    uint64_t va = bench_map(b, LOCKED, OS_R | OS_W, 0),
             others = bench_map(b, OTHERS, OS_R | OS_W, 0);
    tw_error error = {0};
    bench_ok(os_mlock(b->system, b->process, va, PAGE(LOCKED), &error), &error);
    bench_store_all(b, va, LOCKED, 1);
    assert_int_equal(bench_faults(b->process), 0);
    for (uint64_t round = 0; round < 3; round++)
        bench_store_all(b, others, OTHERS, 100);
    for (uint64_t i = 0; i < LOCKED; i++)
        assert_true(bench_mapped(b->process, va + PAGE(i)));
    assert_true(os_statistics(b->system)->swap_out > 0);
    bench_ok(os_munlock(b->system, b->process, va, PAGE(LOCKED), &error), &error);
    for (uint64_t round = 0; round < 3; round++)
        bench_store_all(b, others, OTHERS, 100);
    assert_false(bench_mapped(b->process, va));
    bench_expect_all(b, va, LOCKED, 1);
    call_bench_close(b);
}

static void a_page_that_comes_to_a_locked_area_is_locked(void **state)
{
    (void)state;
    call_bench *b = start_with(12);
    uint64_t va = bench_map(b, LOCKED, OS_R | OS_W, OS_VMA_LOCKED);
    assert_int_equal(bench_page_frames(b), LOCKED);
    assert_int_equal(bench_page(b->process, va)->locks, 1);
    tw_error error = {0};
    bench_ok(os_munmap(b->system, b->process, va, PAGE(LOCKED), &error), &error);
    call_bench_close(b);
}

static void more_than_there_are_frames_is_not_locked(void **state)
{
    (void)state;
    call_bench *b = start_with(12);
    uint64_t va = bench_map(b, OTHERS, OS_R | OS_W, 0);
    tw_error error = {0};
    assert_int_equal(os_mlock(b->system, b->process, va, PAGE(OTHERS), &error), TW_NO_MEMORY);
    assert_true(error.text[0] != '\0');
    bench_store_all(b, va, OTHERS, 1);
    bench_expect_all(b, va, OTHERS, 1);
    assert_int_equal(os_vmas_find(b->process->space->areas, va)->flags, 0);
    call_bench_close(b);
}

/* ---- madvise --------------------------------------------------------------------------------- */

static void what_is_needed_no_more_is_zeros(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, 6, OS_R | OS_W, 0);
    bench_store_all(b, va, 6, 1);
    tw_error error = {0};
    bench_ok(os_madvise(b->system, b->process, va + PAGE(2), PAGE(2), OS_ADVISE_DONTNEED, &error),
             &error);
    assert_int_equal(bench_page_frames(b), 4);
    bench_expect_all(b, va, 2, 1);
    assert_int_equal(bench_load(b, va + PAGE(2)), 0);
    assert_int_equal(bench_load(b, va + PAGE(3)), 0);
    bench_expect_all(b, va + PAGE(4), 2, 5);
    call_bench_close(b);
}

static void what_is_needed_no_more_is_the_files_again(void **state)
{
    (void)state;
    call_bench *b = start();
    char path[BROKEN_PATH];
    os_object *file = bench_file(b, path, 2, false);
    uint64_t va = bench_map_object(b, file, 2, OS_R | OS_W, 0), was = bench_load(b, va);
    bench_store(b, va, was + 1);
    tw_error error = {0};
    bench_ok(os_madvise(b->system, b->process, va, PAGE(2), OS_ADVISE_DONTNEED, &error), &error);
    assert_int_equal(bench_load(b, va), was);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    call_bench_close(b);
    unlink(path);
}

static void what_is_locked_cannot_be_given_up(void **state)
{
    (void)state;
    call_bench *b = start();
    uint64_t va = bench_map(b, 2, OS_R | OS_W, OS_VMA_LOCKED);
    bench_store(b, va, 1);
    assert_int_equal(os_madvise(b->system, b->process, va, PAGE(2), OS_ADVISE_DONTNEED, NULL),
                     TW_USAGE);
    assert_int_equal(bench_load(b, va), 1);
    call_bench_close(b);
}

static void what_will_be_needed_is_read_before_it_is_touched(void **state)
{
    (void)state;
    call_bench *b = start();
    char path[BROKEN_PATH];
    os_object *file = bench_file(b, path, 8, false);
    uint64_t va = bench_map_object(b, file, 8, OS_R, 0);
    tw_error error = {0};
    bench_ok(os_madvise(b->system, b->process, va, PAGE(8), OS_ADVISE_WILLNEED, &error), &error);
    assert_int_equal(os_statistics(b->system)->file_reads, 8);
    for (uint64_t i = 0; i < 8; i++)
        bench_load(b, va + PAGE(i));
    assert_int_equal(b->process->minor_faults, 8);
    assert_int_equal(b->process->major_faults, 0);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    call_bench_close(b);
    unlink(path);
}

static void what_was_swapped_out_and_will_be_needed_is_read_too(void **state)
{
    (void)state;
    call_bench *b = start_with(12);
    uint64_t va = bench_map(b, 4, OS_R | OS_W, 0), others = bench_map(b, OTHERS, OS_R | OS_W, 0);
    bench_store_all(b, va, 4, 1);
    bench_store_all(b, others, OTHERS, 100);
    assert_int_equal(bench_page(b->process, va)->ppn, OS_NO_FRAME);
    tw_error error = {0};
    bench_ok(os_munmap(b->system, b->process, others, PAGE(OTHERS), &error), &error);
    bench_ok(os_madvise(b->system, b->process, va, PAGE(4), OS_ADVISE_WILLNEED, &error), &error);
    uint64_t major = b->process->major_faults;
    bench_expect_all(b, va, 4, 1);
    assert_int_equal(b->process->major_faults, major);
    call_bench_close(b);
}

/* ---- msync ----------------------------------------------------------------------------------- */

/* The 101st byte of the file's page. */
static int byte_100(const char *path, unsigned page)
{
    unsigned char byte = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(pread(file, &byte, 1, (off_t)PAGE(page) + 100), 1);
    close(file);
    return byte;
}

/* data[100] = 'x' */
static void write_x(call_bench *b, uint64_t data)
{
    uint64_t word = bench_load(b, data + 96);
    bench_store(b, data + 96, (word & ~(UINT64_C(0xff) << 32)) | (uint64_t)'x' << 32);
}

static void msync_writes_just_the_page_that_was_stored_to(void **state)
{
    (void)state;
    call_bench *b = start();
    char path[BROKEN_PATH];
    os_object *file = bench_file(b, path, 8, true);
    uint64_t data = bench_map_object(b, file, 8, OS_R | OS_W, OS_VMA_SHARED);
    for (uint64_t i = 0; i < 8; i++)
        bench_load(b, data + PAGE(i));
    assert_int_equal((uint8_t)(bench_load(b, data) >> 48), 6);
    assert_false(pte_bit(bench_word(b, b->process, data), PTE_D));
    write_x(b, data);
    assert_true(pte_bit(bench_word(b, b->process, data), PTE_D));
    assert_true(byte_100(path, 0) != 'x');
    size_t written = 0;
    tw_error error = {0};
    bench_ok(os_msync(b->system, b->process, data, PAGE(8), &written, &error), &error);
    assert_int_equal(written, 1);
    assert_int_equal(os_statistics(b->system)->file_writes, 1);
    assert_int_equal(byte_100(path, 0), 'x');
    bench_ok(os_msync(b->system, b->process, data, PAGE(8), &written, &error), &error);
    assert_int_equal(written, 0);
    write_x(b, data + PAGE(3));
    bench_ok(os_msync(b->system, b->process, data, PAGE(3), &written, &error), &error);
    assert_int_equal(written, 0); /* it is in no page of this range */
    bench_ok(os_msync(b->system, b->process, data + PAGE(3), 1, &written, &error), &error);
    assert_int_equal(written, 1);
    assert_int_equal(byte_100(path, 3), 'x');
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    call_bench_close(b);
    unlink(path);
}

static void what_is_private_never_comes_to_the_file(void **state)
{
    (void)state;
    call_bench *b = start();
    char path[BROKEN_PATH];
    os_object *file = bench_file(b, path, 2, true);
    uint64_t data = bench_map_object(b, file, 2, OS_R | OS_W, 0);
    write_x(b, data);
    assert_int_equal(os_statistics(b->system)->copies, 1);
    size_t written = 7;
    tw_error error = {0};
    bench_ok(os_msync(b->system, b->process, data, PAGE(2), &written, &error), &error);
    assert_int_equal(written, 0);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    call_bench_close(b);
    assert_true(byte_100(path, 0) != 'x');
    unlink(path);
}

/* The first file cannot be written: the second is all the same, and the error is told. */
static void msync_tries_every_file_of_the_range(void **state)
{
    (void)state;
    call_bench *b = start();
    enum { AT = 0x40000000 };
    char path[2][BROKEN_PATH];
    os_object *file[2];
    tw_error error = {0};
    for (unsigned i = 0; i < 2; i++) {
        file[i] = bench_file(b, path[i], 1, true);
        const os_map_request request = {.address = AT + PAGE(i),
                                        .bytes = PAGE(1),
                                        .permissions = OS_R | OS_W,
                                        .flags = OS_VMA_SHARED,
                                        .object = file[i],
                                        .fixed = true};
        uint64_t va;
        bench_ok(os_mmap(b->system, b->process, &request, &va, &error), &error);
        write_x(b, va);
    }
    file_refuse_writes(path[0]);
    size_t written = 0;
    assert_int_equal(os_msync(b->system, b->process, AT, PAGE(2), &written, &error), TW_IO);
    assert_non_null(strstr(error.text, path[0]));
    assert_int_equal(written, 1);
    assert_int_equal(byte_100(path[1], 0), 'x');
    file_mend(path[0]);
    bench_ok(os_msync(b->system, b->process, AT, PAGE(2), &written, &error), &error);
    assert_int_equal(byte_100(path[0], 0), 'x');
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(os_object_drop(b->system, file[i], NULL), TW_OK);
    call_bench_close(b);
    for (unsigned i = 0; i < 2; i++)
        unlink(path[i]);
}

int main(void)
{
    const struct CMUnitTest madvise[] = {
        cmocka_unit_test(pages_that_are_locked_are_never_victims),
        cmocka_unit_test(a_page_that_comes_to_a_locked_area_is_locked),
        cmocka_unit_test(more_than_there_are_frames_is_not_locked),
        cmocka_unit_test(what_is_needed_no_more_is_zeros),
        cmocka_unit_test(what_is_needed_no_more_is_the_files_again),
        cmocka_unit_test(what_is_locked_cannot_be_given_up),
        cmocka_unit_test(what_will_be_needed_is_read_before_it_is_touched),
        cmocka_unit_test(what_was_swapped_out_and_will_be_needed_is_read_too),
        cmocka_unit_test(msync_writes_just_the_page_that_was_stored_to),
        cmocka_unit_test(what_is_private_never_comes_to_the_file),
        cmocka_unit_test(msync_tries_every_file_of_the_range),
    };
    return golden_in_every_mode("madvise", madvise, sizeof madvise / sizeof *madvise, &mode);
}

/* Objects: files by device and inode, shared memory, their pages, and their end. */
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "tests/support/page_bench.h"

static os_object *open_file(page_bench *b, const char *path, bool writable)
{
    os_object *object = NULL;
    tw_error error = {0};
    if (os_object_file(&b->system, path, writable, &object, &error) != TW_OK)
        fail_msg("%s", error.text);
    return object;
}

static os_page *page_of(page_bench *b, os_object *object, uint64_t index)
{
    os_page *page;
    assert_int_equal(os_object_page(&b->system, object, index, &page, NULL), TW_OK);
    return page;
}

static void two_openings_of_one_file_are_one_object(void **state)
{
    page_bench *b = *state;
    char other[BROKEN_PATH + 8];
    snprintf(other, sizeof other, "%s.link", b->path);
    assert_int_equal(link(b->path, other), 0);
    os_object *first = open_file(b, b->path, false);
    assert_false(os_object_writable(first));
    assert_ptr_equal(open_file(b, other, true), first);
    assert_true(os_object_writable(first));
    assert_ptr_equal(open_file(b, b->path, false), first);
    assert_true(os_object_writable(first));
    assert_string_equal(os_object_name(first), b->path);
    assert_true(open_file(b, b->swap_path, false) != first);
    uint8_t page[OS_PAGE_BYTES];
    assert_int_equal(os_object_read(first, 0, page, NULL), TW_OK);
    page[1] = 'w';
    assert_int_equal(os_object_write(first, 0, page, NULL), TW_OK);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(os_object_drop(&b->system, first, NULL), TW_OK);
    assert_null(os_object_next(&b->system, b->system.objects));
    unlink(other);
}

static void what_is_no_regular_file_is_refused_at_once(void **state)
{
    page_bench *b = *state;
    char pipe_path[BROKEN_PATH + 8];
    os_object *object;
    tw_error error = {0};
    snprintf(pipe_path, sizeof pipe_path, "%s.pipe", b->path);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_int_equal(os_object_file(&b->system, pipe_path, false, &object, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "is no regular file"));
    assert_int_equal(os_object_file(&b->system, "/tmp", false, &object, NULL), TW_USAGE);
    assert_int_equal(os_object_file(&b->system, "/no/such/file", false, &object, &error), TW_IO);
    assert_string_equal(error.text, "file /no/such/file: No such file or directory");
    assert_null(b->system.objects);
    unlink(pipe_path);
}

static void a_page_has_one_record_that_its_object_holds(void **state)
{
    page_bench *b = *state;
    os_object *object = open_file(b, b->path, false);
    assert_null(os_object_find(object, 2));
    os_page *page = page_of(b, object, 2);
    assert_ptr_equal(page->object, object);
    assert_int_equal(page->index, 2);
    assert_int_equal(page->references, 1);
    assert_true(page->ppn == OS_NO_FRAME);
    assert_false(os_page_exclusive(page));
    assert_ptr_equal(page_of(b, object, 2), page);
    assert_ptr_equal(os_object_find(object, 2), page);
    assert_null(os_object_find(object, 1));
}

static void a_page_beyond_the_end_is_refused(void **state)
{
    page_bench *b = *state;
    os_object *object = open_file(b, b->path, false);
    os_page *page;
    tw_error error = {0};
    char want[128];
    page_of(b, object, 3); /* 100 bytes of it are in the file */
    assert_int_equal(os_object_page(&b->system, object, 4, &page, &error), TW_USAGE);
    snprintf(want, sizeof want, "page 4 is beyond the end of %s, which has 4", b->path);
    assert_string_equal(error.text, want);
    assert_int_equal(os_object_page(&b->system, object, UINT64_MAX, &page, NULL), TW_USAGE);
}

static void a_cached_page_beyond_the_new_end_is_refused_until_the_file_is_long_again(void **state)
{
    page_bench *b = *state;
    os_object *object = open_file(b, b->path, false);
    os_page *cached = page_of(b, object, 2), *page;
    assert_int_equal(truncate(b->path, 2 * OS_PAGE_BYTES), 0);
    assert_int_equal(os_object_page(&b->system, object, 2, &page, NULL), TW_USAGE);
    assert_int_equal(os_object_page(&b->system, object, 2, &page, NULL), TW_USAGE);
    assert_int_equal(truncate(b->path, 3 * OS_PAGE_BYTES), 0);
    assert_ptr_equal(page_of(b, object, 2), cached);
}

static void a_file_is_read_with_zeros_beyond_its_end(void **state)
{
    page_bench *b = *state;
    const os_object *object = open_file(b, b->path, false);
    uint8_t page[OS_PAGE_BYTES];
    memset(page, 0xee, sizeof page);
    assert_int_equal(os_object_read(object, 3, page, NULL), TW_OK);
    assert_int_equal(page[99], (uint8_t)(3 * 7 + 99));
    for (unsigned i = 100; i < OS_PAGE_BYTES; i++)
        assert_int_equal(page[i], 0);
    assert_int_equal(os_object_read(object, 4, page, NULL), TW_OK);
    assert_int_equal(page[0], 0);
}

static void a_write_does_not_make_a_file_longer(void **state)
{
    page_bench *b = *state;
    const os_object *object = open_file(b, b->path, true);
    const uint8_t page[OS_PAGE_BYTES] = {1};
    uint64_t bytes;
    assert_int_equal(os_object_write(object, 3, page, NULL), TW_OK);
    assert_int_equal(os_object_write(object, 9, page, NULL), TW_OK);
    assert_int_equal(os_object_bytes(object, &bytes, NULL), TW_OK);
    assert_int_equal(bytes, 3 * OS_PAGE_BYTES + 100);
}

static void shared_memory_has_as_many_pages_as_were_asked_for(void **state)
{
    page_bench *b = *state;
    os_object *object;
    os_page *page;
    uint64_t bytes;
    assert_int_equal(os_object_shared(&b->system, "ring", 3, &object, NULL), TW_OK);
    assert_int_equal(os_object_what(object), OS_OBJECT_SHARED);
    assert_int_equal(os_object_bytes(object, &bytes, NULL), TW_OK);
    assert_int_equal(bytes, 3 * OS_PAGE_BYTES);
    page_of(b, object, 2);
    assert_int_equal(os_object_page(&b->system, object, 3, &page, NULL), TW_USAGE);
    assert_int_equal(os_object_shared(&b->system, "none", 0, &object, NULL), TW_USAGE);
    assert_int_equal(os_object_shared(&b->system, "all", UINT64_MAX, &object, NULL), TW_USAGE);
}

static void no_page_of_two_files_and_no_slot_is_at_one_place_of_the_disk(void **state)
{
    page_bench *b = *state;
    const os_object *first = open_file(b, b->path, false);
    const os_object *second = open_file(b, b->swap_path, false);
    assert_int_equal(os_object_place(first, 8), os_object_place(first, 7) + 1);
    assert_true(os_object_place(first, 0) > OS_NO_SLOT);
    assert_true(os_object_place(second, 0) > OS_NO_SLOT);
    uint64_t a = os_object_place(first, 0), c = os_object_place(second, 0);
    assert_true((a > c ? a - c : c - a) >= UINT64_C(1) << 40);
}

static void the_last_holder_writes_dirty_pages_and_gives_frames_back(void **state)
{
    page_bench *b = *state;
    os_object *object = open_file(b, b->path, true);
    os_page *page = page_of(b, object, 1);
    uint8_t byte = 0;
    os_page_fill(&b->system, page, bench_take_frame(b), NULL, NULL);
    bench_frame(b, page->ppn)[5] = 'z';
    page->dirty = true;
    os_object_hold(object);
    assert_int_equal(os_object_drop(&b->system, object, NULL), TW_OK);
    assert_int_equal(b->system.counts.file_writes, 0);
    assert_int_equal(os_object_drop(&b->system, object, NULL), TW_OK);
    assert_int_equal(b->system.counts.file_writes, 1);
    assert_int_equal(os_frames_free(b->system.frames), BENCH_FRAMES);
    assert_null(b->system.objects);
    FILE *file = fopen(b->path, "rb");
    fseek(file, OS_PAGE_BYTES + 5, SEEK_SET);
    assert_int_equal(fread(&byte, 1, 1, file), 1);
    fclose(file);
    assert_int_equal(byte, 'z');
}

static void what_cannot_be_written_at_the_end_is_told_and_everything_given_back(void **state)
{
    page_bench *b = *state;
    const os_vma_files *files = os_object_files();
    for (unsigned way = 0; way < 2; way++) {
        os_object *object = open_file(b, b->path, true);
        for (uint64_t index = 0; index < 2; index++) {
            os_page *page = page_of(b, object, index);
            os_page_fill(&b->system, page, bench_take_frame(b), NULL, NULL);
            page->dirty = true;
        }
        file_refuse_writes(b->path);
        if (way == 0)
            assert_int_equal(os_object_drop(&b->system, object, NULL), TW_IO);
        else
            files->drop(object);
        assert_int_equal(b->system.counts.writes_failed, 2 * (way + 1));
        assert_int_equal(b->system.counts.pages_lost, 2 * (way + 1));
        assert_int_equal(bench_count(b, OS_EVENT_DISK_ERROR), 2 * (way + 1));
        assert_int_equal(os_frames_free(b->system.frames), BENCH_FRAMES);
        assert_null(b->system.objects);
    }
}

static void areas_hold_and_name_their_objects(void **state)
{
    page_bench *b = *state;
    const os_vma_files *files = os_object_files();
    os_object *object = open_file(b, b->path, false);
    struct stat status;
    assert_int_equal(stat(b->path, &status), 0);
    files->hold(object);
    assert_int_equal(os_object_drop(&b->system, object, NULL), TW_OK);
    os_file_identity identity = files->identify(object);
    assert_int_equal(identity.inode, status.st_ino);
    assert_string_equal(identity.name, b->path);
    files->drop(object);
    assert_null(b->system.objects);
}

static void all_objects_are_seen_and_one_in_the_middle_can_go(void **state)
{
    page_bench *b = *state;
    os_object *object[3];
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(os_object_shared(&b->system, "memory", 1, &object[i], NULL), TW_OK);
    assert_ptr_equal(os_object_next(&b->system, NULL), object[2]);
    os_object_drop(&b->system, object[1], NULL);
    assert_ptr_equal(os_object_next(&b->system, object[2]), object[0]);
    assert_null(os_object_next(&b->system, object[0]));
    os_object_drop(&b->system, object[0], NULL);
    os_object_drop(&b->system, object[2], NULL);
    assert_null(os_object_next(&b->system, NULL));
}

static void without_record_memory_nothing_is_opened_and_nothing_left(void **state)
{
    page_bench *b = *state;
    os_object *object;
    os_page *page;
    size_t alive = b->records.alive;
    b->records.refuse = b->records.takes + 1;
    assert_int_equal(os_object_file(&b->system, b->path, false, &object, NULL), TW_NO_MEMORY);
    assert_int_equal(b->records.alive, alive);
    object = open_file(b, b->path, false);
    alive = b->records.alive;
    for (unsigned nth = 1; nth <= 2; nth++) {
        b->records.refuse = b->records.takes + nth;
        assert_int_equal(os_object_page(&b->system, object, 0, &page, NULL), TW_NO_MEMORY);
        assert_int_equal(b->records.alive, alive);
        assert_null(os_object_find(object, 0));
    }
    page_of(b, object, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest object[] = {
        TEST(two_openings_of_one_file_are_one_object),
        TEST(what_is_no_regular_file_is_refused_at_once),
        TEST(a_page_has_one_record_that_its_object_holds),
        TEST(a_page_beyond_the_end_is_refused),
        TEST(a_cached_page_beyond_the_new_end_is_refused_until_the_file_is_long_again),
        TEST(a_file_is_read_with_zeros_beyond_its_end),
        TEST(a_write_does_not_make_a_file_longer),
        TEST(shared_memory_has_as_many_pages_as_were_asked_for),
        TEST(no_page_of_two_files_and_no_slot_is_at_one_place_of_the_disk),
        TEST(the_last_holder_writes_dirty_pages_and_gives_frames_back),
        TEST(what_cannot_be_written_at_the_end_is_told_and_everything_given_back),
        TEST(areas_hold_and_name_their_objects),
        TEST(all_objects_are_seen_and_one_in_the_middle_can_go),
        TEST(without_record_memory_nothing_is_opened_and_nothing_left),
    };
    return cmocka_run_group_tests(object, NULL, NULL);
}

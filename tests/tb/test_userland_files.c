/* Files of processes on the OS, and what the oracle says of them. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/broken_file.h"
#include "tests/support/users_bench.h"

static void what_is_stored_in_a_shared_file_must_be_in_the_host_s(void **state)
{
    users_bench *b = *state;
    os_process *p = users_spawn(b);
    os_object *file;
    tw_error error = {0};
    size_t written = 0;
    USERS_GOOD(user_file(b->u, b->path, true, &file, &error));
    uint64_t own = users_map(b, p, USERS_FILE_PAGES, file, 0),
             both = users_map(b, p, USERS_FILE_PAGES, file, OS_VMA_SHARED);
    users_put(b, p, own + 8, 1);
    users_put(b, p, both + 2 * PAGE, 2);
    assert_int_equal(users_get(b, p, own + 2 * PAGE), 2);
    assert_int_equal(user_check_file(b->u, b->path, &error), TW_MISMATCH);
    USERS_GOOD(user_msync(b->u, p, both, USERS_FILE_PAGES * PAGE, &written, &error));
    assert_int_equal(written, 1);
    USERS_GOOD(user_check_file(b->u, b->path, &error));
    USERS_GOOD(user_file(b->u, b->path, true, &file, &error));
    USERS_GOOD(user_close(b->u, file, &error));
    const os_map_request later = {
        .bytes = PAGE, .permissions = OS_R, .object = file, .offset = PAGE};
    USERS_GOOD(user_mmap(b->u, p, &later, &own, &error));
    users_get(b, p, own);
    USERS_GOOD(user_close(b->u, file, &error)); /* the areas hold it */
    assert_int_equal(user_mmap(b->u, p, &later, &own, &error), TW_USAGE);
    assert_int_equal(user_close(b->u, file, &error), TW_USAGE);
    users_put(b, p, both, 3);
    users_finish(b);
}

static void beyond_the_end_of_a_file_that_was_cut_nobody_may_look(void **state)
{
    tw_error error = {0};
    users_bench *b = *state;
    os_process *p = users_spawn(b);
    os_object *file;
    uint64_t value;
    user_end end;
    USERS_GOOD(user_file(b->u, b->path, true, &file, &error));
    uint64_t at = users_map(b, p, USERS_FILE_PAGES, file, OS_VMA_SHARED);
    users_put(b, p, at, 1);
    USERS_GOOD(user_truncate(b->u, b->path, PAGE + 5, &error));
    assert_true(users_get(b, p, at) == 1);
    USERS_GOOD(user_access(b->u, p, OP_LOAD, at + 2 * PAGE, 8, &value, &end, &error));
    assert_int_equal(end, USER_DEAD);
    assert_int_equal(p->death.reason, OS_REASON_BEYOND_FILE);
    users_finish(b);
}

/* A page that is brought in for stores is a copy from then on: what others store to the file later
 * is not in it. */
static void a_private_page_that_is_brought_in_no_longer_follows_its_file(void **state)
{
    tw_error error = {0};
    users_bench *b = *state;
    os_process *p = users_spawn(b);
    os_object *file;
    uint64_t at[5];
    USERS_GOOD(user_file(b->u, b->path, true, &file, &error));
    uint64_t both = users_map(b, p, 5, file, OS_VMA_SHARED);
    for (unsigned i = 0; i < 5; i++) {
        const os_map_request one = {.bytes = 5 * PAGE,
                                    .permissions = RW,
                                    .flags = i == 3 ? OS_VMA_LOCKED : 0,
                                    .populate = i == 2,
                                    .object = file};
        USERS_GOOD(user_mmap(b->u, p, &one, &at[i], &error));
    }
    USERS_GOOD(user_populate(b->u, p, at[0] + PAGE, PAGE, &error));
    USERS_GOOD(user_mlock(b->u, p, at[1] + PAGE, PAGE, &error));
    users_put(b, p, both + PAGE + 8, 0x77);
    for (unsigned i = 0; i < 4; i++)
        assert_true(users_get(b, p, at[i] + PAGE + 8) != 0x77);
    assert_int_equal(users_get(b, p, at[4] + PAGE + 8), 0x77);
    users_finish(b);
}

/* What the other stores to the first page meanwhile is not in that copy. */
static void a_store_whose_second_page_waits_has_its_copy_of_the_first(void **state)
{
    tw_error error = {0};
    users_bench *b = *state;
    os_process *p = users_spawn(b), *q = users_spawn(b);
    os_object *file;
    uint64_t value = 5;
    user_end end;
    USERS_GOOD(user_file(b->u, b->path, true, &file, &error));
    uint64_t own = users_map(b, p, 2, file, 0), both = users_map(b, q, 2, file, OS_VMA_SHARED);
    users_get(b, q, both);
    USERS_GOOD(user_start(b->u, p, OP_STORE, own + PAGE - 4, 8, &value, &end, &error));
    assert_int_equal(end, USER_WAITS);
    users_put(b, q, both + 8, 0x77);
    USERS_GOOD(user_wait(b->u, p, NULL, &end, &error));
    assert_int_equal(end, USER_DONE);
    assert_int_equal(users_get(b, p, own + PAGE - 4), 5);
    assert_true(users_get(b, p, own + 8) == 0x0f0e0d0c0b0a0908);
    users_finish(b);
}

/* ---- a disk that refuses to the end ---------------------------------------------------------- */

/* Stores to pages 2 and 4; then nobody has the file, and page 2 of it could not be written. How it
 * is given up says `killed`. */
static void lose_page_2(users_bench *b, bool killed)
{
    tw_error error = {0};
    os_process *p = users_spawn(b);
    os_object *file;
    size_t written;
    USERS_GOOD(user_file(b->u, b->path, true, &file, &error));
    uint64_t at = users_map(b, p, USERS_FILE_PAGES, file, OS_VMA_SHARED);
    users_put(b, p, at + 4 * PAGE, 4);
    USERS_GOOD(user_msync(b->u, p, at, USERS_FILE_PAGES * PAGE, &written, &error));
    users_put(b, p, at + 2 * PAGE, 2);
    file_refuse_writes(b->path);
    if (killed) {
        USERS_GOOD(user_close(b->u, file, &error));
        USERS_GOOD(user_kill(b->u, p, &error));
    } else {
        USERS_GOOD(user_munmap(b->u, p, at, USERS_FILE_PAGES * PAGE, &error));
        assert_int_equal(user_close(b->u, file, &error), TW_IO);
    }
    assert_int_equal(os_statistics(userland_os(b->u))->pages_lost, 1);
}

static void what_the_disk_refused_to_the_end_is_lost_and_not_called_wrong(void **state)
{
    users_bench *b = *state;
    for (unsigned killed = 0; killed < 2; killed++) {
        tw_error error = {0};
        os_object *file;
        lose_page_2(b, killed);
        assert_int_equal(user_check_file(b->u, b->path, &error), TW_IO);
        assert_non_null(strstr(error.text,
                               ": pages lost, as the disk refused them: 1, the first at "
                               "offset 8192"));
        USERS_GOOD(user_file(b->u, b->path, true, &file, &error));
        os_process *p = users_spawn(b);
        uint64_t at = users_map(b, p, USERS_FILE_PAGES, file, 0);
        assert_int_equal(users_get(b, p, at + 4 * PAGE), 4);
        assert_true(users_get(b, p, at + 2 * PAGE) != 2);
        users_finish(b);
        users_close(b);
        *state = b = users_open(MODE_SV39, 0);
    }
}

static void a_page_that_was_lost_counts_again_when_all_of_it_is_stored_anew(void **state)
{
    tw_error error = {0};
    users_bench *b = *state;
    os_object *file;
    size_t written;
    user_end end;
    lose_page_2(b, true);
    os_process *p = users_spawn(b);
    USERS_GOOD(user_file(b->u, b->path, true, &file, &error));
    uint64_t at = users_map(b, p, USERS_FILE_PAGES, file, OS_VMA_SHARED) + 2 * PAGE;
    for (unsigned i = 0; i < PAGE; i += 512) {
        assert_int_equal(user_check_file(b->u, b->path, &error), TW_IO);
        USERS_GOOD(user_access(b->u, p, OP_STORE, at + i, 512, NULL, &end, &error));
        assert_int_equal(user_check_file(b->u, b->path, &error), TW_MISMATCH); /* not written */
        USERS_GOOD(user_msync(b->u, p, at, PAGE, &written, &error));
    }
    USERS_GOOD(user_check_file(b->u, b->path, &error));
    users_finish(b);
}

static void what_is_wrong_is_told_before_what_is_lost(void **state)
{
    users_bench *b = *state;
    tw_error error = {0};
    lose_page_2(b, false);
    int descriptor = open(b->path, O_WRONLY);
    assert_int_equal(pwrite(descriptor, "x", 1, 5 * PAGE), 1);
    close(descriptor);
    assert_int_equal(user_check_file(b->u, b->path, &error), TW_MISMATCH);
    assert_non_null(strstr(error.text, "byte at offset 20480"));
    assert_int_equal(user_finish(b->u, &error), TW_MISMATCH);
}

/* The last that holds it is the end itself. */
static void what_is_lost_at_the_end_is_no_mismatch(void **state)
{
    users_bench *b = *state;
    tw_error error = {0};
    os_process *p = users_spawn(b);
    os_object *file;
    USERS_GOOD(user_file(b->u, b->path, true, &file, &error));
    users_put(b, p, users_map(b, p, 1, file, OS_VMA_SHARED), 1);
    file_refuse_writes(b->path);
    users_finish(b);
    assert_int_equal(user_check_file(b->u, b->path, &error), TW_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        USERS_TEST(what_is_stored_in_a_shared_file_must_be_in_the_host_s),
        USERS_TEST(beyond_the_end_of_a_file_that_was_cut_nobody_may_look),
        USERS_TEST(a_private_page_that_is_brought_in_no_longer_follows_its_file),
        USERS_SLOW(a_store_whose_second_page_waits_has_its_copy_of_the_first),
        USERS_TEST(what_the_disk_refused_to_the_end_is_lost_and_not_called_wrong),
        USERS_TEST(a_page_that_was_lost_counts_again_when_all_of_it_is_stored_anew),
        USERS_TEST(what_is_wrong_is_told_before_what_is_lost),
        USERS_TEST(what_is_lost_at_the_end_is_no_mismatch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

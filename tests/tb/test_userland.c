/* Processes on the OS, and the oracle beside it. Engine: the cycle model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/users_bench.h"

/* ---- accesses -------------------------------------------------------------------------------- */

static void what_a_process_stores_it_loads_also_across_a_page_edge(void **state)
{
    tw_error error = {0};
    users_bench *b = *state;
    os_process *p = users_spawn(b);
    uint64_t at = users_map(b, p, 2, NULL, 0), half = 0;
    user_end end;
    assert_int_equal(users_get(b, p, at + PAGE - 3), 0);
    users_put(b, p, at + PAGE - 3, 0x1122334455667788);
    assert_true(users_get(b, p, at + PAGE - 3) == 0x1122334455667788);
    USERS_GOOD(user_access(b->u, p, OP_LOAD, at + PAGE - 1, 2, &half, &end, &error));
    assert_int_equal(half, 0x5566);
    USERS_GOOD(user_access(b->u, p, OP_STORE, at + 100, 512, NULL, &end, &error));
    assert_true(users_get(b, p, at + 100) != 0);
    users_finish(b);
}

static void an_access_that_is_refused_ends_its_process_and_no_other(void **state)
{
    users_bench *b = *state;
    os_process *p = users_spawn(b), *q = users_spawn(b);
    uint64_t at = users_map(b, p, 1, NULL, 0), value;
    user_end end;
    tw_error error = {0};
    users_put(b, p, at, 5);
    USERS_GOOD(user_access(b->u, q, OP_LOAD, at, 8, &value, &end, &error));
    assert_int_equal(end, USER_DEAD);
    assert_int_equal(q->death.reason, OS_REASON_NO_REGION);
    assert_int_equal(user_access(b->u, q, OP_LOAD, at, 8, &value, &end, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "process 2 has ended"));
    assert_int_equal(users_get(b, p, at), 5);
    users_finish(b);
}

static void arguments_that_make_no_sense_are_told(void **state)
{
    users_bench *b = *state;
    os_process *p = users_spawn(b);
    user_end end;
    tw_error error = {0};
    assert_int_equal(user_access(b->u, p, OP_LOAD, 0, 0, NULL, &end, &error), TW_USAGE);
    assert_int_equal(user_access(b->u, p, OP_LOAD, 0, 513, NULL, &end, &error), TW_USAGE);
    assert_int_equal(user_access(b->u, p, OP_LOAD, UINT64_MAX, 2, NULL, &end, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "2 bytes at 0xffffffffffffffff"));
    os_process stranger = {.pid = 99};
    assert_int_equal(user_munmap(b->u, &stranger, 0, PAGE, &error), TW_USAGE);
    assert_int_equal(user_file(b->u, "/no/such", false, &(os_object *){NULL}, &error), TW_IO);
    assert_int_equal(user_check_file(b->u, b->path, &error), TW_USAGE);
    users_finish(b);
}

/* ---- calls ----------------------------------------------------------------------------------- */

static void parent_and_child_have_their_own_after_fork_and_one_space_after_vfork(void **state)
{
    users_bench *b = *state;
    os_process *p = users_spawn(b), *child, *other;
    uint64_t own = users_map(b, p, 2, NULL, 0), both = users_map(b, p, 1, NULL, OS_VMA_SHARED),
             value;
    user_end end;
    tw_error error = {0};
    users_put(b, p, own, 1);
    USERS_GOOD(user_fork(b->u, p, &child, &error));
    assert_int_equal(users_get(b, child, own), 1);
    users_put(b, p, own, 2);
    users_put(b, child, both, 3);
    assert_int_equal(users_get(b, child, own), 1);
    assert_int_equal(users_get(b, p, both), 3);
    USERS_GOOD(user_vfork(b->u, p, &other, &error));
    users_put(b, other, own, 4);
    assert_int_equal(user_access(b->u, p, OP_LOAD, own, 8, &value, &end, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "waits until its child"));
    USERS_GOOD(user_exit(b->u, other, &error));
    assert_int_equal(users_get(b, p, own), 4);
    USERS_GOOD(user_vfork(b->u, p, &other, &error)); /* that does nothing */
    USERS_GOOD(user_exit(b->u, other, &error));
    users_put(b, p, own + PAGE, 5);
    users_finish(b);
}

static void who_has_ended_is_reaped_while_others_go_on(void **state)
{
    users_bench *b = *state;
    os_process *p = users_spawn(b), *child;
    uint64_t own = users_map(b, p, 1, NULL, 0), value;
    user_end end;
    tw_error error = {0};
    users_put(b, p, own, 1);
    USERS_GOOD(user_fork(b->u, p, &child, &error));
    assert_int_equal(user_reap(b->u, child, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "process 2 is alive"));
    assert_int_equal(users_get(b, child, own), 1);
    USERS_GOOD(user_access(b->u, child, OP_LOAD, own + PAGE, 8, &value, &end, &error));
    assert_int_equal(end, USER_DEAD);
    USERS_GOOD(user_reap(b->u, child, &error));
    users_put(b, p, own, 2);
    for (unsigned i = 0; i < 100; i++) { /* each is the one that ran last, and is gone */
        USERS_GOOD(user_fork(b->u, p, &child, &error));
        users_put(b, child, own, i);
        USERS_GOOD(user_exit(b->u, child, &error));
        USERS_GOOD(user_reap(b->u, child, &error));
        assert_ptr_equal(os_next(userland_os(b->u), NULL), p);
    }
    assert_int_equal(users_get(b, p, own), 2);
    users_finish(b);
}

static void what_is_given_up_is_zeros_when_it_is_touched_again(void **state)
{
    tw_error error = {0};
    users_bench *b = *state;
    os_process *p = users_spawn(b);
    uint64_t at = users_map(b, p, 4, NULL, 0);
    for (unsigned i = 0; i < 4; i++)
        users_put(b, p, at + i * PAGE, i + 1);
    USERS_GOOD(user_madvise(b->u, p, at, PAGE, OS_ADVISE_DONTNEED, &error));
    USERS_GOOD(user_munmap(b->u, p, at + PAGE, 2 * PAGE, &error));
    const os_map_request again = {
        .address = at + PAGE, .bytes = PAGE, .permissions = RW, .fixed = true};
    USERS_GOOD(user_mmap(b->u, p, &again, &(uint64_t){0}, &error));
    assert_int_equal(users_get(b, p, at), 0);
    assert_int_equal(users_get(b, p, at + PAGE), 0);
    assert_int_equal(users_get(b, p, at + 3 * PAGE), 4);
    users_finish(b);
}

static void a_program_begins_with_what_its_file_holds(void **state)
{
    tw_error error = {0};
    users_bench *b = *state;
    os_process *p = users_spawn(b);
    os_image image = {
        .part = {{.start = 0x10000, .bytes = PAGE, .permissions = OS_R | OS_X},
                 {.start = 0x20000, .bytes = PAGE, .offset = PAGE, .permissions = RW}},
        .parts = 2,
        .heap = 0x30000,
        .stack_top = 0x80000000,
        .stack_bytes = PAGE};
    uint64_t old = users_map(b, p, 1, NULL, 0), value = 0;
    user_end end;
    users_put(b, p, old, 1);
    USERS_GOOD(user_file(b->u, b->path, false, &image.file, &error));
    USERS_GOOD(user_exec(b->u, p, &image, &error));
    USERS_GOOD(user_access(b->u, p, OP_FETCH, 0x10000 + 8, 4, &value, &end, &error));
    assert_int_equal(value, 0x0b0a0908);
    users_put(b, p, 0x20000, 7);
    users_put(b, p, 0x80000000 - 8, 8);
    USERS_GOOD(user_brk(b->u, p, 0x30000 + 2 * PAGE, &error));
    users_put(b, p, 0x30000 + PAGE, 9);
    USERS_GOOD(user_brk(b->u, p, 0x30000 + 1, &error));
    USERS_GOOD(user_brk(b->u, p, 0x30000 + 2 * PAGE, &error));
    assert_int_equal(users_get(b, p, 0x30000 + PAGE), 0);
    USERS_GOOD(user_check_file(b->u, b->path, &error));
    users_finish(b);
}

/* ---- what must hold -------------------------------------------------------------------------- */

static void a_byte_that_changes_in_memory_is_found(void **state)
{
    users_bench *b = *state;
    os_process *p = users_spawn(b);
    tw_error error = {0};
    uint64_t at = users_map(b, p, 1, NULL, 0);
    users_put(b, p, at, 5);
    USERS_GOOD(user_check_page(b->u, p, at, &error));
    uint64_t frame = os_places_find(&p->space->places, at)->page->ppn * PAGE;
    tw_memory_write(b->memory, frame + 9, 1, 1);
    assert_int_equal(user_check_page(b->u, p, at, &error), TW_MISMATCH);
    assert_non_null(strstr(error.text, "expected 0, got 0x1"));
    assert_int_equal(user_check(b->u, &error), TW_OK);
    users_get(b, p, at + 8);
    assert_int_equal(user_check(b->u, &error), TW_MISMATCH);
    assert_non_null(strstr(error.text, "1 accesses were wrong, the first: load of process 1"));
    assert_int_equal(user_finish(b->u, &error), TW_MISMATCH);
}

static void what_is_left_over_is_told(void **state)
{
    users_bench *b = *state;
    os_object *object;
    tw_error error = {0};
    USERS_GOOD(os_object_shared(userland_os(b->u), "left", 1, &object, &error));
    assert_int_equal(user_finish(b->u, &error), TW_MISMATCH);
    assert_non_null(strstr(error.text, "files and shared memory open: expected 0, got 1"));
    USERS_GOOD(os_object_drop(userland_os(b->u), object, &error));
    users_finish(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        USERS_TEST(what_a_process_stores_it_loads_also_across_a_page_edge),
        USERS_TEST(an_access_that_is_refused_ends_its_process_and_no_other),
        USERS_TEST(arguments_that_make_no_sense_are_told),
        USERS_TEST(parent_and_child_have_their_own_after_fork_and_one_space_after_vfork),
        USERS_TEST(who_has_ended_is_reaped_while_others_go_on),
        USERS_TEST(what_is_given_up_is_zeros_when_it_is_touched_again),
        USERS_TEST(a_program_begins_with_what_its_file_holds),
        USERS_TEST(a_byte_that_changes_in_memory_is_found),
        USERS_TEST(what_is_left_over_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

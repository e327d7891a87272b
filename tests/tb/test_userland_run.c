/* Processes that wait for the disk while others run, and streams of accesses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tb/random.h"
#include "tests/support/users_bench.h"

/* ---- the disk -------------------------------------------------------------------------------- */

static void one_waits_for_the_disk_while_another_runs(void **state)
{
    tw_error error = {0};
    users_bench *b = *state;
    os_process *p = users_spawn(b), *q = users_spawn(b);
    os_object *file;
    uint64_t value = 0;
    user_end end;
    USERS_GOOD(user_file(b->u, b->path, true, &file, &error));
    uint64_t at = users_map(b, p, USERS_FILE_PAGES, file, 0), other = users_map(b, q, 1, NULL, 0);
    USERS_GOOD(user_start(b->u, p, OP_LOAD, at + 8, 4, &value, &end, &error));
    assert_int_equal(end, USER_WAITS);
    assert_int_equal(p->state, OS_WAITS_FOR_DISK);
    users_put(b, q, other, 1);
    assert_int_equal(users_get(b, q, other), 1);
    assert_int_equal(value, 0);
    USERS_GOOD(user_wait(b->u, p, &value, &end, &error));
    assert_int_equal(end, USER_DONE);
    assert_int_equal(value, 0x0b0a0908);
    value = 1;
    USERS_GOOD(user_wait(b->u, p, &value, &end, &error)); /* nothing is left */
    assert_int_equal(value, 1);
    assert_true(users_get(b, p, at + PAGE) != 0); /* waits inside */
    assert_int_equal(p->major_faults, 2);
    users_finish(b);
}

static void who_waits_calls_nothing_until_its_access_is_made(void **state)
{
    tw_error error = {0};
    users_bench *b = *state;
    os_process *p = users_spawn(b);
    os_object *file;
    uint64_t value = 1;
    user_end end;
    const os_image image = {.stack_top = 0x80000000, .stack_bytes = PAGE};
    USERS_GOOD(user_file(b->u, b->path, true, &file, &error));
    uint64_t at = users_map(b, p, USERS_FILE_PAGES, file, 0);
    USERS_GOOD(user_start(b->u, p, OP_LOAD, at, 8, &value, &end, &error));
    assert_int_equal(end, USER_WAITS);
    assert_int_equal(user_exec(b->u, p, &image, &error), TW_USAGE);
    USERS_GOOD(user_wait(b->u, p, &value, &end, &error));
    assert_int_equal(end, USER_DONE);
    assert_int_equal(value, 0x0706050403020100);
    USERS_GOOD(user_exec(b->u, p, &image, &error));
    users_put(b, p, 0x80000000 - 8, 8);
    users_finish(b);
}

static void who_is_killed_while_it_waits_is_gone(void **state)
{
    tw_error error = {0};
    users_bench *b = *state;
    os_process *p = users_spawn(b);
    os_object *file;
    user_end end;
    USERS_GOOD(user_file(b->u, b->path, true, &file, &error));
    uint64_t at = users_map(b, p, USERS_FILE_PAGES, file, OS_VMA_SHARED), value = 5;
    USERS_GOOD(user_start(b->u, p, OP_STORE, at, 8, &value, &end, &error));
    assert_int_equal(end, USER_WAITS);
    USERS_GOOD(user_kill(b->u, p, &error));
    assert_int_equal(p->death.reason, OS_REASON_ASKED);
    users_finish(b);
}

/* ---- streams --------------------------------------------------------------------------------- */

typedef struct walk {
    uint64_t *random, start, left;
} walk;

static tw_status next(void *context, reference *r, bool *more, tw_error *error)
{
    walk *w = context;
    (void)error;
    *more = w->left > 0;
    if (!*more)
        return TW_OK;
    w->left--;
    *r = (reference){random_percent(w->random, 40) ? REFERENCE_MODIFY : REFERENCE_LOAD,
                     w->start + random_below(w->random, 10 * PAGE - 16),
                     1 + random_below(w->random, 16)};
    return TW_OK;
}

/* A stream of one reference. */
static tw_status next_once(void *context, reference *r, bool *more, tw_error *error)
{
    reference *one = context;
    (void)error;
    *r = *one;
    *more = one->bytes > 0;
    one->bytes = 0;
    return TW_OK;
}

static void a_value_that_was_given_is_stored_once(void **state)
{
    tw_error error = {0};
    users_bench *b = *state;
    os_process *p = users_spawn(b);
    uint64_t at = users_map(b, p, 1, NULL, 0), value = 1;
    user_end end;
    users_put(b, p, at, 5);
    reference load = {REFERENCE_LOAD, at, 8}, store = {REFERENCE_STORE, at, 8};
    USERS_GOOD(user_run(b->u, p, &(cpu_stream){&load, next_once}, 1, NULL, &end, &error));
    USERS_GOOD(user_wait(b->u, p, &value, &end, &error));
    assert_int_equal(value, 1); /* nobody began an access that loads */
    USERS_GOOD(user_run(b->u, p, &(cpu_stream){&store, next_once}, 1, NULL, &end, &error));
    assert_true(users_get(b, p, at) != 5);
    users_finish(b);
}

/* More pages than frames, a disk that takes time, and each goes on while the other waits. */
static void take_turns(users_bench *b)
{
    tw_error error = {0};
    enum { PROCESSES = 3, REFERENCES = 500, SLICE = 20 };
    os_process *p[PROCESSES];
    walk w[PROCESSES];
    user_end end[PROCESSES] = {USER_DONE};
    uint64_t waits = 0, made, total = 0;
    for (unsigned i = 0; i < PROCESSES; i++) {
        p[i] = users_spawn(b);
        w[i] = (walk){&b->random, users_map(b, p[i], 10, NULL, 0), REFERENCES};
    }
    for (bool busy = true; busy;) {
        bool waited = false, ran = false;
        busy = false;
        for (unsigned i = 0; i < PROCESSES; i++) {
            const cpu_stream stream = {&w[i], next};
            if (end[i] == USER_DONE && w[i].left == 0)
                continue;
            USERS_GOOD(user_slice(b->u, p[i], &stream, SLICE, &made, NULL, &end[i], &error));
            assert_int_not_equal(end[i], USER_DEAD);
            waits += end[i] == USER_WAITS;
            ran = ran || end[i] == USER_DONE;
            total += made;
            busy = true;
        }
        if (busy && !ran)
            USERS_GOOD(os_idle(userland_os(b->u), &waited, &error));
    }
    assert_int_equal(total, PROCESSES * REFERENCES);
    assert_int_equal(cpu_statistics(userland_cpu(b->u))->references, PROCESSES * REFERENCES);
    assert_true(waits > 50);
    for (unsigned i = 0; i < PROCESSES; i++)
        for (unsigned page = 0; page < 10; page++)
            USERS_GOOD(user_check_page(b->u, p[i], w[i].start + page * PAGE, &error));
    users_finish(b);
}

static void processes_take_turns_while_others_wait_and_lose_nothing(void **state)
{
    static const unsigned modes[] = {MODE_SV32, MODE_SV39,   MODE_SV48,
                                     MODE_SV57, MODE_LINEAR, MODE_HASHED};
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        users_bench *b = users_open(modes[i], 300);
        take_turns(b);
        users_close(b);
    }
}

static void a_run_ends_when_all_its_references_are_made(void **state)
{
    tw_error error = {0};
    users_bench *b = *state;
    os_process *p = users_spawn(b);
    os_object *file;
    USERS_GOOD(
        user_file(b->u, b->path, false, &file, &error)); /* each page waits for the disk once */
    walk w = {&b->random, users_map(b, p, 10, file, 0), 500};
    const cpu_stream stream = {&w, next};
    user_end end;
    bool more;
    USERS_GOOD(user_run(b->u, p, &stream, 300, &more, &end, &error));
    assert_int_equal(end, USER_DONE);
    assert_true(more);
    assert_int_equal(w.left, 200);
    USERS_GOOD(user_run(b->u, p, &stream, 300, &more, &end, &error));
    assert_false(more);
    assert_int_equal(cpu_statistics(userland_cpu(b->u))->references, 500);
    users_finish(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        USERS_SLOW(one_waits_for_the_disk_while_another_runs),
        USERS_SLOW(who_waits_calls_nothing_until_its_access_is_made),
        USERS_SLOW(who_is_killed_while_it_waits_is_gone),
        USERS_TEST(a_value_that_was_given_is_stored_once),
        cmocka_unit_test(processes_take_turns_while_others_wait_and_lose_nothing),
        USERS_SLOW(a_run_ends_when_all_its_references_are_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

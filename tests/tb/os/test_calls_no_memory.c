/* Calls when memory for records is out at any moment: they fail, nothing is lost, and they can
 * be made again; in every mode. */
#include <unistd.h>

#include "tests/support/call_bench.h"

enum { PAGES = 6, STACK_TOP = 0x7fffd000 };

static unsigned mode; /* of the tests that run */

/* What a call is made with; each gets a bench of its own. */
typedef struct scene {
    call_bench *b;
    os_object *file;
    uint64_t va; /* of PAGES pages that hold 1, 2, and so on */
    uint64_t to; /* where the call's result goes */
} scene;

typedef tw_status call_under_test(scene *s, tw_error *error);

static tw_status call_mmap(scene *s, tw_error *error)
{
    const os_map_request request = {
        .bytes = PAGE(2), .permissions = OS_R | OS_W, .flags = OS_VMA_SHARED, .populate = true};
    return os_mmap(s->b->system, s->b->process, &request, &s->to, error);
}

/* A hole, refilled with another kind of area. */
static tw_status call_mmap_fixed(scene *s, tw_error *error)
{
    const os_map_request request = {.address = s->va + PAGE(PAGES),
                                    .bytes = PAGE(1),
                                    .permissions = OS_R,
                                    .object = s->file,
                                    .fixed = true};
    return os_mmap(s->b->system, s->b->process, &request, &s->to, error);
}

static tw_status call_munmap(scene *s, tw_error *error)
{
    return os_munmap(s->b->system, s->b->process, s->va + PAGE(PAGES + 1), PAGE(1), error);
}

static tw_status call_mprotect(scene *s, tw_error *error)
{
    return os_mprotect(s->b->system, s->b->process, s->va + PAGE(1), PAGE(1), OS_R | OS_X, error);
}

static tw_status call_mlock(scene *s, tw_error *error)
{
    return os_mlock(s->b->system, s->b->process, s->va + PAGE(2), PAGE(PAGES - 1), error);
}

static tw_status call_will_need(scene *s, tw_error *error)
{
    return os_madvise(s->b->system, s->b->process, s->va + PAGE(PAGES + 3), PAGE(2),
                      OS_ADVISE_WILLNEED, error);
}

static tw_status call_vfork(scene *s, tw_error *error)
{
    os_process *child;
    return os_vfork(s->b->system, s->b->process, &child, error);
}

/* The program that is begun has the same bytes at the same addresses as the file. */
static tw_status call_exec(scene *s, tw_error *error)
{
    const os_image image = {
        .file = s->file,
        .part = {{0x10000, PAGE(1), 0, OS_R | OS_X}, {0x20000, PAGE(1), PAGE(1), OS_R | OS_W}},
        .parts = 2,
        .heap = 0x30000,
        .stack_top = STACK_TOP,
        .stack_bytes = PAGE(1)};
    return os_exec(s->b->system, s->b->process, &image, error);
}

/* PAGES pages with bytes, two that were not touched, and two of a file. */
static scene set(char path[BROKEN_PATH])
{
    scene s = {.b = call_bench_open(mode, 3, 64, NULL)};
    tw_error error = {0};
    s.file = bench_file(s.b, path, 2, true);
    const os_map_request first = {
        .address = 0x40000000, .bytes = PAGE(PAGES + 3), .permissions = OS_R | OS_W, .fixed = true};
    const os_map_request second = {.address = 0x40000000 + PAGE(PAGES + 3),
                                   .bytes = PAGE(2),
                                   .permissions = OS_R,
                                   .object = s.file,
                                   .fixed = true};
    bench_ok(os_mmap(s.b->system, s.b->process, &second, &s.va, &error), &error);
    bench_ok(os_mmap(s.b->system, s.b->process, &first, &s.va, &error), &error);
    bench_store_all(s.b, s.va, PAGES, 1);
    return s;
}

/* Lets it run out at each request in turn until the call comes through. Returns how often it
 * did. */
static size_t starve(scene *s, call_under_test *call)
{
    tw_error error = {0};
    size_t times = 0;
    for (;; times++) {
        s->b->records.refuse = s->b->records.takes + times + 1;
        tw_status status = call(s, &error);
        s->b->records.refuse = 0;
        if (status == TW_OK)
            break;
        assert_int_equal(status, TW_NO_MEMORY);
        assert_true(error.text[0] != '\0');
        bench_ok(os_audit(s->b->system, &error), &error);
        bench_expect_all(s->b, s->va, PAGES, 1);
        bench_store_all(s->b, s->va, 1, 1);
    }
    bench_ok(os_audit(s->b->system, &error), &error);
    return times;
}

static void every_call_can_be_made_again(void **state)
{
    (void)state;
    static call_under_test *const calls[] = {call_mmap,     call_mmap_fixed, call_munmap,
                                             call_mprotect, call_mlock,      call_will_need,
                                             call_vfork,    call_exec};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        char path[BROKEN_PATH];
        scene s = set(path);
        if (starve(&s, calls[i]) == 0)
            fail_msg("call %zu was expected to need memory for records, and needs none", i);
        assert_int_equal(os_object_drop(s.b->system, s.file, NULL), TW_OK);
        call_bench_close(s.b);
        unlink(path);
    }
}

/* There are not enough frames either, so it fails in the end; what it locked until then would be
 * one area with what was locked before. */
static void mlock_that_fails_leaves_nothing_locked_whatever_record_is_refused(void **state)
{
    (void)state;
    enum { ALL = 64 };
    call_bench *b = call_bench_open(mode, 1, call_bench_frames(mode, 12), NULL);
    const uint64_t va = bench_map(b, ALL, OS_R | OS_W, 0), rest = va + PAGE(2);
    tw_error error = {0};
    bench_ok(os_mlock(b->system, b->process, va, PAGE(2), &error), &error);
    for (size_t nth = 1;; nth++) {
        b->records.refuse = b->records.takes + nth;
        assert_int_equal(os_mlock(b->system, b->process, rest, PAGE(ALL - 2), &error),
                         TW_NO_MEMORY);
        if (b->records.takes < b->records.refuse)
            break;
        b->records.refuse = 0;
        if ((os_vmas_find(b->process->space->areas, rest)->flags & OS_VMA_LOCKED) != 0)
            fail_msg("request %zu was refused, and pages stay locked", nth);
        bench_ok(os_audit(b->system, &error), &error);
        bench_store_all(b, va, ALL, 1); /* there are frames again */
    }
    b->records.refuse = 0;
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest no_memory[] = {
        cmocka_unit_test(every_call_can_be_made_again),
        cmocka_unit_test(mlock_that_fails_leaves_nothing_locked_whatever_record_is_refused),
    };
    return golden_in_every_mode("calls_no_memory", no_memory, sizeof no_memory / sizeof *no_memory,
                                &mode);
}

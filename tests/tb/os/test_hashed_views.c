/* Hashed mode has one entry for a frame: what an inverted table cannot do is refused, and nothing
 * else. The other modes do it. */
#include <string.h>
#include <unistd.h>

#include "tests/support/call_bench.h"

enum { AT = 0x10000000, RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

typedef struct fixture {
    call_bench *b;
    os_object *shared; /* two pages */
} fixture;

static fixture start(void)
{
    fixture f = {.b = call_bench_open(mode, 1, 64, NULL)};
    tw_error error = {0};
    bench_ok(os_object_shared(f.b->system, "views", 2, &f.shared, &error), &error);
    return f;
}

static void stop(fixture *f)
{
    assert_int_equal(os_object_drop(f->b->system, f->shared, NULL), TW_OK);
    call_bench_close(f->b);
}

/* So many pages of the object from `first` on, at that page of the window. */
static tw_status map(const fixture *f, uint64_t page, uint64_t first, uint64_t pages, bool fixed,
                     uint64_t *at, tw_error *error)
{
    const os_map_request request = {.address = AT + PAGE(page),
                                    .bytes = PAGE(pages),
                                    .permissions = RW,
                                    .flags = OS_VMA_SHARED,
                                    .fixed = fixed,
                                    .object = f->shared,
                                    .offset = PAGE(first)};
    return os_mmap(f->b->system, f->b->process, &request, at, error);
}

/* Stores to the last word of a page and the first of the next, until both are there at once. */
static bool store_across(const fixture *f, uint64_t va)
{
    uint64_t pa;
    for (unsigned tries = 0; tries < 20; tries++) {
        bench_store(f->b, va - 8, 1);
        bench_store(f->b, va, 2);
        if (golden_access(f->b->machine, OP_STORE, va - 8, &pa) == CAUSE_NONE)
            return true;
    }
    return false;
}

static void one_page_twice_in_a_row_is_refused_and_the_call_changes_nothing(void **state)
{
    (void)state;
    fixture f = start();
    tw_error error = {0};
    uint64_t at;
    bench_ok(map(&f, 4, 0, 1, true, &at, &error), &error);
    const tw_status expected = mode == MODE_HASHED ? TW_USAGE : TW_OK;
    assert_int_equal(map(&f, 5, 0, 1, true, &at, &error), expected);
    assert_int_equal(map(&f, 2, 1, 1, true, &at, &error), TW_OK);
    assert_int_equal(map(&f, 3, 0, 1, true, &at, &error), expected);
    if (mode == MODE_HASHED) {
        assert_non_null(strstr(error.text, "leave a page between"));
        assert_null(os_process_region(f.b->process, AT + PAGE(3)));
        assert_null(os_process_region(f.b->process, AT + PAGE(5)));
    } else {
        assert_true(store_across(&f, AT + PAGE(5)));
    }
    stop(&f);
}

/* Where the OS chooses, it does not choose that: neither beside a wish, nor beside its last. */
static void the_os_chooses_no_such_place(void **state)
{
    (void)state;
    fixture f = start();
    tw_error error = {0};
    uint64_t at = 0;
    bench_ok(map(&f, 4, 0, 1, true, &at, &error), &error);
    bench_ok(map(&f, 5, 0, 1, false, &at, &error), &error);
    assert_true(mode != MODE_HASHED || at != AT + PAGE(5));
    bench_store(f.b, at, 9);
    assert_int_equal(bench_load(f.b, AT + PAGE(4)), 9);
    for (unsigned i = 0; i < 4; i++) {
        const uint64_t view = bench_map_object(f.b, f.shared, 1, RW, OS_VMA_SHARED);
        const os_vma *below = os_process_region(f.b->process, view - OS_PAGE_BYTES);
        const os_vma *above = os_process_region(f.b->process, view + OS_PAGE_BYTES);
        assert_true(mode != MODE_HASHED || (below == NULL && above == NULL));
        assert_int_equal(bench_load(f.b, view), 9);
    }
    stop(&f);
}

static void two_views_apart_or_of_other_pages_are_seen_alike(void **state)
{
    (void)state;
    fixture f = start();
    tw_error error = {0};
    uint64_t at;
    bench_ok(map(&f, 0, 0, 2, true, &at, &error), &error);
    bench_ok(map(&f, 2, 0, 2, true, &at, &error), &error);
    assert_true(store_across(&f, AT + PAGE(2)));
    assert_int_equal(bench_load(f.b, AT), 2);
    assert_int_equal(bench_load(f.b, AT + PAGE(4) - 8), 1);
    stop(&f);
}

static void a_program_of_such_parts_is_refused_too(void **state)
{
    (void)state;
    if (mode == MODE_LINEAR)
        return; /* there is memory for one table, and exec makes the new one first */
    fixture f = start();
    char path[BROKEN_PATH];
    os_object *file = bench_file(f.b, path, 2, false);
    const os_image image = {
        .file = file,
        .part = {{AT, PAGE(2), 0, OS_R | OS_X}, {AT + PAGE(2), PAGE(1), PAGE(1), RW}},
        .parts = 2};
    const tw_status expected = mode == MODE_HASHED ? TW_USAGE : TW_OK;
    assert_int_equal(os_exec(f.b->system, f.b->process, &image, NULL), expected);
    assert_int_equal(os_object_drop(f.b->system, file, NULL), TW_OK);
    stop(&f);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest views[] = {
        cmocka_unit_test(one_page_twice_in_a_row_is_refused_and_the_call_changes_nothing),
        cmocka_unit_test(the_os_chooses_no_such_place),
        cmocka_unit_test(two_views_apart_or_of_other_pages_are_seen_alike),
        cmocka_unit_test(a_program_of_such_parts_is_refused_too),
    };
    return golden_in_every_mode("hashed_views", views, sizeof views / sizeof *views, &mode);
}

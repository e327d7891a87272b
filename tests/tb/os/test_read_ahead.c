/* Reading ahead takes free frames and no others, and steps over what was never touched; and calls
 * that need a frame wait for those that are on their way. In every mode. */
#include <time.h>
#include <unistd.h>

#include "tests/support/call_bench.h"

enum { HOT = 8, FILE_PAGES = 200, RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

typedef struct fixture {
    call_bench *b;
    char path[BROKEN_PATH];
    os_object *file; /* of FILE_PAGES */
    uint64_t va;     /* where it is mapped, private */
} fixture;

static fixture start(const os_options *options)
{
    const size_t tables = os_row_frames(mode, 20, 1) == 0 ? (size_t)3 * mode_levels(mode) : 0;
    fixture f = {.b = call_bench_open(mode, 1, 20 + tables, options)};
    f.file = bench_file(f.b, f.path, FILE_PAGES, false);
    f.va = bench_map_object(f.b, f.file, FILE_PAGES, RW, 0);
    return f;
}

static void stop(fixture *f)
{
    bool waited = true;
    tw_error error = {0};
    assert_int_equal(os_object_drop(f->b->system, f->file, NULL), TW_OK);
    while (waited)
        bench_ok(os_idle(f->b->system, &waited, &error), &error);
    call_bench_close(f->b);
    unlink(f->path);
}

static void read_all_ahead(const fixture *f)
{
    tw_error error = {0};
    bench_ok(os_madvise(f->b->system, f->b->process, f->va, PAGE(FILE_PAGES), OS_ADVISE_WILLNEED,
                        &error),
             &error);
}

static void no_page_goes_for_one_that_is_read_ahead(void **state)
{
    (void)state;
    fixture f = start(NULL);
    const uint64_t hot = bench_map(f.b, HOT, RW, 0);
    bench_store_all(f.b, hot, HOT, 1);
    const size_t free = os_frames_free(f.b->system->frames);
    read_all_ahead(&f);
    const os_counts *counts = os_statistics(f.b->system);
    assert_int_equal(counts->file_reads, free);
    assert_int_equal(counts->clean_drops + counts->swap_out, 0);
    assert_int_equal(os_space_resident(f.b->process->space), HOT);
    read_all_ahead(&f);
    assert_int_equal(counts->file_reads, free);
    assert_null(os_object_find(f.file, free)); /* nor is there a record */
    stop(&f);
}

/* Memory as large as addresses allow, of which one page was written. */
static void untouched_shared_memory_costs_no_time(void **state)
{
    (void)state;
    fixture f = start(NULL);
    os_object *shared;
    tw_error error = {0};
    const uint64_t pages = mode_narrow(mode) ? UINT64_C(1) << 17 : UINT64_C(1) << 24;
    bench_ok(os_object_shared(f.b->system, "large", pages, &shared, &error), &error);
    const uint64_t va = bench_map_object(f.b, shared, pages, RW, OS_VMA_SHARED);
    bench_store(f.b, va + PAGE(pages - 1), 7);
    const clock_t before = clock();
    for (int i = 0; i < 100; i++)
        bench_ok(os_madvise(f.b->system, f.b->process, va, PAGE(pages), OS_ADVISE_WILLNEED, &error),
                 &error);
    assert_true(clock() - before < CLOCKS_PER_SEC);
    assert_int_equal(os_object_drop(f.b->system, shared, NULL), TW_OK);
    stop(&f);
}

/* All frames are being read into; each of these needs one. */
static void calls_wait_for_frames_that_are_on_their_way(void **state)
{
    (void)state;
    fixture f = start(&bench_slow);
    tw_error error = {0};
    os *system = f.b->system;
    const uint64_t own = bench_map(f.b, 2, RW, 0);
    read_all_ahead(&f);
    assert_int_equal(os_frames_free(system->frames), 0);
    bench_ok(os_populate(system, f.b->process, own, PAGE(1), &error), &error);
    assert_true(bench_mapped(f.b->process, own));
    assert_true(f.b->machine->waits > 0);
    bench_ok(os_mlock(system, f.b->process, own + PAGE(1), PAGE(1), &error), &error);
    assert_true(bench_mapped(f.b->process, own + PAGE(1)));
    stop(&f);
}

/* A linear table is a row, of which there is one here. */
static void a_new_process_waits_for_its_root(void **state)
{
    (void)state;
    if (mode == MODE_LINEAR)
        return;
    fixture f = start(&bench_slow);
    os_process *other;
    tw_error error = {0};
    read_all_ahead(&f);
    bench_ok(os_spawn(f.b->system, &other, &error), &error);
    if (mode != MODE_HASHED)
        assert_true(f.b->machine->waits > 0);
    stop(&f);
}

/* One page is there for a process that has not run yet: it is given up for the call. */
static void a_call_takes_what_came_for_another(void **state)
{
    (void)state;
    if (mode == MODE_LINEAR)
        return;
    fixture f = start(&bench_slow);
    os *system = f.b->system;
    os_process *other;
    bool waited;
    tw_error error = {0};
    bench_ok(os_spawn(system, &other, &error), &error);
    bench_begin_to_wait(f.b, f.va);
    bench_ok(os_idle(system, &waited, &error), &error);
    bench_switch(f.b, other);
    const size_t all = os_frames_free(system->frames) + 1;
    const uint64_t own = bench_map(f.b, all, RW, 0);
    if (os_row_frames(mode, 2, 1) != 0) /* no table has any of them */
        bench_ok(os_mlock(system, other, own, PAGE(all), &error), &error);
    else
        bench_ok(os_populate(system, other, own, PAGE(all), &error), &error);
    bench_ok(os_munmap(system, other, own, PAGE(all), &error), &error);
    bench_switch(f.b, f.b->process);
    bench_load(f.b, f.va);
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest ahead[] = {
        cmocka_unit_test(no_page_goes_for_one_that_is_read_ahead),
        cmocka_unit_test(untouched_shared_memory_costs_no_time),
        cmocka_unit_test(calls_wait_for_frames_that_are_on_their_way),
        cmocka_unit_test(a_new_process_waits_for_its_root),
        cmocka_unit_test(a_call_takes_what_came_for_another),
    };
    return golden_in_every_mode("read_ahead", ahead, sizeof ahead / sizeof *ahead, &mode);
}

/* Who waits for the disk, and for what; and what becomes of that if somebody ends or unmaps it
 * meanwhile. In every mode. */
#include <unistd.h>

#include "tests/support/stage_bench.h"

enum { RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

static void nobody_sees_a_page_before_it_is_there(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    call_bench *b = stage_open(mode, 2, call_bench_frames(mode, 16));
    os_process *other = stage_spawn(b);
    uint64_t va = stage_map_file(b, path, 4);
    assert_int_equal(stage_fault(b, OP_LOAD, va), OS_VERDICT_WAIT);
    uint64_t due = b->process->pending_due;
    bench_switch(b, other);
    os_object *file = NULL;
    assert_int_equal(os_object_file(b->system, path, false, &file, NULL), TW_OK);
    uint64_t same = bench_map_object(b, file, 4, OS_R, OS_VMA_SHARED);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    assert_int_equal(stage_fault(b, OP_LOAD, same), OS_VERDICT_WAIT);
    assert_int_equal(other->pending_due, due);
    assert_int_equal(os_statistics(b->system)->file_reads, 1);
    assert_null(os_next(b->system, other));
    bool waited;
    assert_int_equal(os_idle(b->system, &waited, NULL), TW_OK);
    assert_true(waited);
    assert_int_equal(b->machine->cycle, due);
    assert_ptr_equal(os_next(b->system, other), b->process);
    unlink(path);
    call_bench_close(b);
}

static void a_page_on_its_way_is_no_victim(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    call_bench *b = stage_open(mode, 2, call_bench_frames(mode, 6));
    os_process *other = stage_spawn(b);
    uint64_t va = stage_map_file(b, path, 4);
    assert_int_equal(stage_fault(b, OP_LOAD, va), OS_VERDICT_WAIT);
    const os_page *page = bench_page(b->process, va);
    const uint64_t ppn = page->ppn;
    bench_switch(b, other);
    stage_disk(b, false); /* the other never waits */
    bench_store_all(b, bench_map(b, 64, RW, 0), 64, 1);
    assert_int_equal(page->ppn, ppn);
    unlink(path);
    call_bench_close(b);
}

/* Maps the file, with page 0 read and locked, so that the tables are there. */
static uint64_t map_ready(call_bench *b, os_process *process, const char *path)
{
    os_object *file = NULL;
    bench_switch(b, process);
    assert_int_equal(os_object_file(b->system, path, false, &file, NULL), TW_OK);
    uint64_t va = bench_map_object(b, file, 8, OS_R, OS_VMA_SHARED);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    assert_int_equal(os_mlock(b->system, process, va, PAGE(1), NULL), TW_OK);
    return va;
}

/* Two frames are left for pages, and both are on their way for others. */
static void who_finds_all_frames_on_their_way_waits_too(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    file_make(path, 8);
    call_bench *b = stage_open(mode, 3, 2 * call_bench_frames(mode, 6));
    os_process *process[] = {b->process, stage_spawn(b), stage_spawn(b)};
    uint64_t va[3], pa;
    stage_disk(b, false);
    for (unsigned p = 0; p < 3; p++)
        va[p] = map_ready(b, process[p], path);
    uint64_t locked = bench_map(b, 64, RW, 0);
    for (uint64_t i = 0; os_frames_free(b->system->frames) > 2; i++)
        assert_int_equal(os_mlock(b->system, process[2], locked + PAGE(i), PAGE(1), NULL), TW_OK);
    stage_disk(b, true);
    for (unsigned p = 0; p < 3; p++) {
        bench_switch(b, process[p]);
        assert_int_equal(stage_fault(b, OP_LOAD, va[p] + PAGE(p + 1)), OS_VERDICT_WAIT);
    }
    assert_non_null(process[1]->pending);
    assert_null(process[2]->pending);
    assert_int_equal(process[2]->pending_due, process[0]->pending_due);
    bool waited;
    assert_int_equal(os_idle(b->system, &waited, NULL), TW_OK);
    bench_switch(b, os_next(b->system, process[2]));
    assert_ptr_equal(bench_current(b), process[0]);
    assert_int_equal(golden_access(b->machine, OP_LOAD, va[0] + PAGE(1), &pa), CAUSE_NONE);
    bench_switch(b, os_next(b->system, process[0]));
    assert_ptr_equal(bench_current(b), process[2]);
    for (unsigned p = 3; p-- > 1;) { /* the last first: all come to their ends */
        if (p == 1)
            bench_switch(b, process[1]);
        bench_load(b, va[p] + PAGE(p + 1));
    }
    unlink(path);
    call_bench_close(b);
}

static void what_a_dead_process_waited_for_is_pinned_no_more(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    call_bench *b = stage_open(mode, 2, call_bench_frames(mode, 16));
    uint64_t va = stage_map_file(b, path, 4);
    assert_int_equal(stage_fault(b, OP_LOAD, va), OS_VERDICT_WAIT);
    const os_page *page = bench_page(b->process, va);
    assert_int_equal(page->pins, 1);
    os_object *file = NULL;
    assert_int_equal(os_object_file(b->system, path, false, &file, NULL), TW_OK);
    assert_int_equal(os_kill(b->system, b->process, NULL), TW_OK);
    assert_int_equal(page->pins, 0);
    bool waited;
    assert_int_equal(os_idle(b->system, &waited, NULL), TW_OK);
    assert_false(waited);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    unlink(path);
    call_bench_close(b);
}

static void a_vfork_child_that_dies_waiting_leaves_nothing_pinned_to_its_parent(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    call_bench *b = stage_open(mode, 2, call_bench_frames(mode, 16));
    uint64_t va = stage_map_file(b, path, 4);
    os_process *child = NULL;
    assert_int_equal(os_vfork(b->system, b->process, &child, NULL), TW_OK);
    bench_switch(b, child);
    assert_int_equal(stage_fault(b, OP_LOAD, va), OS_VERDICT_WAIT);
    assert_int_equal(bench_page(child, va)->pins, 1);
    assert_int_equal(os_kill(b->system, child, NULL), TW_OK);
    assert_int_equal(bench_page(b->process, va)->pins, 0);
    assert_ptr_equal(os_next(b->system, NULL), b->process);
    bench_switch(b, b->process);
    bench_load(b, va);
    unlink(path);
    call_bench_close(b);
}

/* It is there, and its process has not run since. */
static void what_is_unmapped_before_its_process_runs_again_is_not_mapped(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    call_bench *b = stage_open(mode, 1, call_bench_frames(mode, 16));
    uint64_t va = stage_map_file(b, path, 4);
    bool waited;
    assert_int_equal(stage_fault(b, OP_LOAD, va), OS_VERDICT_WAIT);
    assert_int_equal(os_idle(b->system, &waited, NULL), TW_OK);
    assert_int_equal(os_munmap(b->system, b->process, va, PAGE(1), NULL), TW_OK);
    assert_null(b->process->pending);
    bench_switch(b, b->process);
    assert_int_equal(bench_dies(b, OP_LOAD, va), OS_REASON_NO_REGION);
    unlink(path);
    call_bench_close(b);
}

static void who_idles_for_frames_of_nobody_idles_no_longer_than_for_the_first(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    call_bench *b = stage_open(mode, 1, call_bench_frames(mode, 16));
    uint64_t va = stage_map_file(b, path, 2);
    bool waited;
    assert_int_equal(os_madvise(b->system, b->process, va, PAGE(2), OS_ADVISE_WILLNEED, NULL),
                     TW_OK);
    const uint64_t begin = os_now(b->system);
    assert_int_equal(os_munmap(b->system, b->process, va, PAGE(2), NULL), TW_OK);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(os_idle(b->system, &waited, NULL), TW_OK);
        assert_true(waited);
        assert_int_equal(os_now(b->system) - begin, STAGE_SEEK + (i + 1) * STAGE_TRANSFER);
    }
    assert_int_equal(os_idle(b->system, &waited, NULL), TW_OK);
    assert_false(waited);
    unlink(path);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest schedule[] = {
        cmocka_unit_test(who_idles_for_frames_of_nobody_idles_no_longer_than_for_the_first),
        cmocka_unit_test(nobody_sees_a_page_before_it_is_there),
        cmocka_unit_test(a_page_on_its_way_is_no_victim),
        cmocka_unit_test(who_finds_all_frames_on_their_way_waits_too),
        cmocka_unit_test(a_vfork_child_that_dies_waiting_leaves_nothing_pinned_to_its_parent),
        cmocka_unit_test(what_is_unmapped_before_its_process_runs_again_is_not_mapped),
        cmocka_unit_test(what_a_dead_process_waited_for_is_pinned_no_more),
    };
    return golden_in_every_mode("schedule", schedule, sizeof schedule / sizeof *schedule, &mode);
}

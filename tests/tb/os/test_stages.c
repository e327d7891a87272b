/* The stages of a fault, in order: with the disk and without it, with another process running
 * meanwhile and with nobody; and which faults are major. In every mode. */
#include <unistd.h>

#include "tests/support/stage_bench.h"

enum { RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

static void a_fault_without_the_disk_has_stages_1_to_4_and_10_and_12(void **state)
{
    (void)state;
    static const os_event_kind want[] = {OS_EVENT_FAULT_TRAP,      OS_EVENT_FAULT_SAVE,
                                         OS_EVENT_FAULT_DETERMINE, OS_EVENT_FAULT_LEGAL,
                                         OS_EVENT_FAULT_CORRECT,   OS_EVENT_FAULT_RESTART};
    call_bench *b = stage_open(mode, 1, call_bench_frames(mode, 8));
    bench_store(b, bench_map(b, 1, RW, 0), 5);
    stage_expect(1, want, sizeof want / sizeof *want);
    assert_int_equal(stage_find(OS_EVENT_FAULT_TRAP).number, CAUSE_STORE_PAGE);
    assert_int_equal(stage_find(OS_EVENT_FAULT_DETERMINE).number, CHECK_VALID);
    assert_int_equal(stage_find(OS_EVENT_FAULT_LEGAL).number, 0);
    assert_int_equal(b->machine->waits, 0);
    assert_int_equal(b->process->minor_faults, 1);
    assert_int_equal(b->process->major_faults, 0);
    call_bench_close(b);
}

static const os_event_kind all_stages[] = {
    OS_EVENT_FAULT_TRAP,      OS_EVENT_FAULT_SAVE,       OS_EVENT_FAULT_DETERMINE,
    OS_EVENT_FAULT_LEGAL,     OS_EVENT_FAULT_ISSUE,      OS_EVENT_FAULT_OTHER,
    OS_EVENT_FAULT_INTERRUPT, OS_EVENT_FAULT_SAVE_OTHER, OS_EVENT_FAULT_FROM_DISK,
    OS_EVENT_FAULT_CORRECT,   OS_EVENT_FAULT_AGAIN,      OS_EVENT_FAULT_RESTART};
enum { ALL_STAGES = sizeof all_stages / sizeof *all_stages };

static void a_fault_with_the_disk_has_all_twelve_and_another_process_runs(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    call_bench *b = stage_open(mode, 2, call_bench_frames(mode, 16));
    os_process *other = stage_spawn(b);
    uint64_t va = stage_map_file(b, path, 4), pa;
    assert_int_equal(stage_fault(b, OP_LOAD, va), OS_VERDICT_WAIT);
    assert_int_equal(b->process->state, OS_WAITS_FOR_DISK);
    assert_ptr_equal(os_next(b->system, b->process), other);
    bench_switch(b, other);
    uint64_t mine = bench_map(b, 4, RW, 0);
    while (b->process->state == OS_WAITS_FOR_DISK) { /* as the time of the disk goes by */
        bench_store(b, mine, 1);
        os_poll(b->system);
    }
    assert_ptr_equal(os_next(b->system, other), b->process);
    assert_false(bench_mapped(b->process, va));
    bench_switch(b, b->process);
    assert_true(bench_mapped(b->process, va));
    assert_int_equal(golden_access(b->machine, OP_LOAD, va, &pa), CAUSE_NONE);
    bench_switch(b, b->process); /* another turn is no stage */
    stage_expect(1, all_stages, ALL_STAGES);
    assert_int_equal(stage_find(OS_EVENT_FAULT_LEGAL).number, 3);
    assert_int_equal(stage_find(OS_EVENT_FAULT_OTHER).number, other->pid);
    assert_int_equal(stage_find(OS_EVENT_FAULT_SAVE_OTHER).number, other->pid);
    assert_int_equal(stage_find(OS_EVENT_FAULT_ISSUE).number, stage_find(OS_EVENT_DISK_END).cycle);
    assert_true(stage_find(OS_EVENT_FAULT_INTERRUPT).cycle >= stage_find(OS_EVENT_DISK_END).cycle);
    assert_int_equal(b->machine->waits, 0);
    assert_int_equal(b->process->major_faults, 1);
    unlink(path);
    call_bench_close(b);
}

static void with_nobody_else_the_processor_idles_until_the_disk_is_done(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    call_bench *b = stage_open(mode, 1, call_bench_frames(mode, 16));
    uint64_t va = stage_map_file(b, path, 4), begin = b->machine->cycle;
    bench_load(b, va);
    stage_expect(1, all_stages, ALL_STAGES);
    assert_int_equal(stage_find(OS_EVENT_FAULT_OTHER).number, 0);
    assert_int_equal(stage_find(OS_EVENT_FAULT_SAVE_OTHER).number, 0);
    assert_in_range(b->machine->cycle - begin, STAGE_SEEK + STAGE_TRANSFER,
                    STAGE_SEEK + STAGE_TRANSFER + 4);
    assert_int_equal(b->machine->waits, 1);
    unlink(path);
    call_bench_close(b);
}

static void a_disk_that_takes_no_time_lets_nobody_wait_and_the_fault_is_major(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    call_bench *b = stage_open(mode, 1, call_bench_frames(mode, 16));
    stage_disk(b, false);
    uint64_t va = stage_map_file(b, path, 4);
    assert_int_equal(stage_fault(b, OP_LOAD, va), OS_VERDICT_RESUME);
    assert_int_equal(b->process->major_faults, 1);
    assert_int_equal(os_statistics(b->system)->major, 1);
    unlink(path);
    call_bench_close(b);
}

/* All frames are taken, and page after page has been stored to, so that a victim has to be written
 * for the next. Returns the next page. */
static uint64_t fill_memory(call_bench *b)
{
    uint64_t va = bench_map(b, 64, RW, 0);
    stage_disk(b, false);
    while (os_frames_free(b->system->frames) > 0) {
        bench_store(b, va, 1);
        va += PAGE(1);
    }
    stage_disk(b, true);
    return va;
}

static void expect_faults(const os_process *process, uint64_t minor, uint64_t major)
{
    assert_int_equal(process->minor_faults, minor);
    assert_int_equal(process->major_faults, major);
}

/* Nothing is read for it, whoever waits for the frame. */
static void a_fault_that_waits_only_until_its_victim_is_written_is_minor(void **state)
{
    (void)state;
    call_bench *b = stage_open(mode, 2, call_bench_frames(mode, 16));
    const uint64_t shared = bench_map(b, 1, RW, OS_VMA_SHARED);
    os_process *child = bench_fork(b);
    fill_memory(b);
    const uint64_t minor = b->process->minor_faults;
    assert_int_equal(stage_fault(b, OP_STORE, shared), OS_VERDICT_WAIT);
    assert_int_equal(stage_find(OS_EVENT_DISK_END).number, 1);
    expect_faults(b->process, minor + 1, 0);
    bench_switch(b, child);
    assert_int_equal(stage_fault(b, OP_LOAD, shared), OS_VERDICT_WAIT);
    assert_int_equal(os_statistics(b->system)->swap_in, 0);
    expect_faults(child, 1, 0);
    assert_int_equal(os_statistics(b->system)->major, 0);
    call_bench_close(b);
}

static void a_copy_that_waits_until_its_victim_is_written_is_minor(void **state)
{
    (void)state;
    call_bench *b = stage_open(mode, 2, call_bench_frames(mode, 16));
    const uint64_t va = bench_map(b, 1, RW, 0);
    bench_store(b, va, 5);
    bench_fork(b);
    bench_page(b->process, va)->pins++; /* it stays in its frame */
    fill_memory(b);
    bench_page(b->process, va)->pins--;
    const uint64_t minor = b->process->minor_faults;
    assert_int_equal(stage_fault(b, OP_STORE, va), OS_VERDICT_WAIT);
    assert_int_equal(os_statistics(b->system)->copies, 1);
    expect_faults(b->process, minor + 1, 0);
    call_bench_close(b);
}

/* Its bytes are there, and only its frame is not free yet. */
static void a_copy_whose_frame_is_not_yet_free_is_no_page_on_its_way(void **state)
{
    (void)state;
    call_bench *b = stage_open(mode, 2, call_bench_frames(mode, 16));
    const uint64_t va = bench_map(b, 1, RW, 0);
    os_process *child = NULL;
    bench_store(b, va, 5);
    bench_fork(b);
    bench_page(b->process, va)->pins++; /* it stays in its frame */
    fill_memory(b);
    bench_page(b->process, va)->pins--;
    assert_int_equal(os_vfork(b->system, b->process, &child, NULL), TW_OK);
    bench_switch(b, child);
    assert_int_equal(stage_fault(b, OP_STORE, va), OS_VERDICT_WAIT);
    assert_int_equal(os_statistics(b->system)->copies, 1);
    assert_int_equal(os_kill(b->system, child, NULL), TW_OK);
    const uint64_t minor = b->process->minor_faults;
    bench_switch(b, b->process); /* in the same space, before the victim is written */
    assert_int_equal(stage_fault(b, OP_LOAD, va), OS_VERDICT_WAIT);
    expect_faults(b->process, minor + 1, 0);
    call_bench_close(b);
}

static void a_fault_that_reads_is_major_whatever_is_written_for_it(void **state)
{
    (void)state;
    call_bench *b = stage_open(mode, 1, call_bench_frames(mode, 16));
    const uint64_t va = bench_map(b, 1, RW, 0);
    bench_store(b, va, 5);
    fill_memory(b);
    stage_disk(b, false);
    for (uint64_t more = bench_map(b, 64, RW, 0); bench_page(b->process, va)->ppn != OS_NO_FRAME;
         more += PAGE(1))
        bench_store(b, more, 1);
    stage_disk(b, true);
    const uint64_t minor = b->process->minor_faults;
    assert_int_equal(stage_fault(b, OP_LOAD, va), OS_VERDICT_WAIT);
    expect_faults(b->process, minor, 1);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest stages[] = {
        cmocka_unit_test(a_fault_without_the_disk_has_stages_1_to_4_and_10_and_12),
        cmocka_unit_test(a_fault_with_the_disk_has_all_twelve_and_another_process_runs),
        cmocka_unit_test(with_nobody_else_the_processor_idles_until_the_disk_is_done),
        cmocka_unit_test(a_disk_that_takes_no_time_lets_nobody_wait_and_the_fault_is_major),
        cmocka_unit_test(a_fault_that_waits_only_until_its_victim_is_written_is_minor),
        cmocka_unit_test(a_copy_that_waits_until_its_victim_is_written_is_minor),
        cmocka_unit_test(a_copy_whose_frame_is_not_yet_free_is_no_page_on_its_way),
        cmocka_unit_test(a_fault_that_reads_is_major_whatever_is_written_for_it),
    };
    return golden_in_every_mode("stages", stages, sizeof stages / sizeof *stages, &mode);
}

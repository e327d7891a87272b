/* I/O interlock: while the disk writes to a frame nobody else gets it, even if the process that asked
 * for the page is dead by then. The test's disk writes to the frame when its time is over, as a real
 * one does. In every mode. */
#include <string.h>

#include "tests/support/call_bench.h"

enum { FRAMES = 24, PAGES = 3 * FRAMES, RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

typedef struct fixture {
    call_bench *b;
    os_process *other;
    uint64_t va; /* of a private area of the first process, with more pages than frames */
} fixture;

/* The last pages of the area are in memory, and the first ones are not. */
static fixture start(void)
{
    const os_options slow = {.adue = true, .swap_slots = 512, .disk = {1000000, 100}};
    fixture f = {.b = call_bench_open(mode, 2, call_bench_frames(mode, FRAMES), &slow)};
    tw_error error = {0};
    bench_ok(os_spawn(f.b->system, &f.other, &error), &error);
    f.va = bench_map(f.b, PAGES, RW, 0);
    bench_store_all(f.b, f.va, PAGES, 100);
    assert_int_equal(bench_page(f.b->process, f.va)->ppn, OS_NO_FRAME);
    return f;
}

/* Half of its pages are on their way when it is killed: the frames were those of the other half. */
static void read_ahead(const fixture *f)
{
    enum { HALF = PAGES / 2 };
    tw_error error = {0};
    bench_ok(os_munmap(f->b->system, f->b->process, f->va + PAGE(HALF), PAGE(HALF), &error),
             &error);
    bench_ok(os_madvise(f->b->system, f->b->process, f->va, PAGE(HALF), OS_ADVISE_WILLNEED, &error),
             &error);
}

static void kill_first(const fixture *f)
{
    tw_error error = {0};
    bench_ok(os_kill(f->b->system, f->b->process, &error), &error);
    bench_ok(os_audit(f->b->system, &error), &error);
}

static const os_frame *frame_of(const fixture *f, uint64_t ppn)
{
    return os_frames_find(f->b->system->frames, ppn);
}

static void the_frame_of_a_dead_process_stays_taken_until_the_disk_is_done(void **state)
{
    (void)state;
    fixture f = start();
    os *system = f.b->system;
    uint8_t bytes[OS_PAGE_BYTES];
    bench_begin_to_wait(f.b, f.va);
    const uint64_t ppn = bench_page(f.b->process, f.va)->ppn;
    const uint64_t due = f.b->process->pending_due;
    uint64_t *frame = golden_word(f.b->machine, ppn << PAGE_SHIFT);
    memcpy(bytes, frame, sizeof bytes);
    kill_first(&f);
    bench_switch(f.b, f.other);
    const uint64_t count = FRAMES - 1; /* what else was the dead process's */
    const uint64_t va = bench_map(f.b, count, RW, 0);
    bench_store_all(f.b, va, count, 500);
    assert_in_range(f.b->machine->cycle, 0, due - 1);
    memcpy(frame, bytes, sizeof bytes); /* the disk */
    bench_expect_all(f.b, va, count, 500);
    assert_int_equal(frame_of(&f, ppn)->use, OS_FRAME_USER);
    f.b->machine->cycle = due;
    os_poll(system);
    assert_int_equal(frame_of(&f, ppn)->use, OS_FRAME_FREE);
    call_bench_close(f.b);
}

/* All frames are asked for more than once, by loads: what they drop is clean and needs no disk. */
static void a_frame_is_no_victim_while_the_disk_writes_to_it(void **state)
{
    (void)state;
    enum { FEW = 4 };
    fixture f = start();
    tw_error error = {0};
    uint64_t ppn[FEW];
    bench_ok(os_munmap(f.b->system, f.b->process, f.va + PAGE(FEW), PAGE(PAGES - FEW), &error),
             &error);
    bench_ok(os_madvise(f.b->system, f.b->process, f.va, PAGE(FEW), OS_ADVISE_WILLNEED, &error),
             &error);
    for (uint64_t i = 0; i < FEW; i++)
        ppn[i] = bench_page(f.b->process, f.va + PAGE(i))->ppn;
    bench_switch(f.b, f.other);
    const uint64_t va = bench_map(f.b, PAGES, RW, 0);
    for (uint64_t i = 0; i < PAGES; i++)
        assert_int_equal(bench_load(f.b, va + PAGE(i)), 0);
    assert_in_range(os_statistics(f.b->system)->clean_drops, mode == MODE_LINEAR ? 0 : 1, PAGES);
    for (uint64_t i = 0; i < FEW; i++) {
        const os_page *page = bench_page(f.b->process, f.va + PAGE(i));
        assert_in_range(page->due, f.b->machine->cycle + 1, UINT64_MAX);
        assert_int_not_equal(ppn[i], OS_NO_FRAME);
        assert_int_equal(page->ppn, ppn[i]);
    }
    bench_switch(f.b, f.b->process);
    bench_expect_all(f.b, f.va, FEW, 100);
    call_bench_close(f.b);
}

static void who_needs_a_frame_waits_for_the_transfers_of_a_dead_process(void **state)
{
    (void)state;
    fixture f = start();
    tw_error error = {0};
    read_ahead(&f);
    kill_first(&f);
    uint64_t free_before[GOLDEN_FRAMES];
    size_t count = 0;
    for (; os_frames_free(f.b->system->frames) > 0; count++)
        bench_ok(
            os_frames_take(f.b->system->frames, OS_FRAME_KERNEL, 0, &free_before[count], &error),
            &error);
    bench_switch(f.b, f.other);
    const uint64_t va = bench_map(f.b, 2, RW, 0);
    bench_store_all(f.b, va, 2, 500);
    assert_in_range(f.b->machine->waits, 1, UINT32_MAX);
    bench_expect_all(f.b, va, 2, 500);
    while (count > 0)
        bench_ok(os_frames_give(f.b->system->frames, free_before[--count], &error), &error);
    call_bench_close(f.b);
}

static void a_system_closes_while_the_disk_works_for_the_dead(void **state)
{
    (void)state;
    fixture f = start();
    read_ahead(&f);
    kill_first(&f);
    assert_non_null(f.b->system->ended);
    call_bench_close(f.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_frame_of_a_dead_process_stays_taken_until_the_disk_is_done),
        cmocka_unit_test(a_frame_is_no_victim_while_the_disk_writes_to_it),
        cmocka_unit_test(who_needs_a_frame_waits_for_the_transfers_of_a_dead_process),
        cmocka_unit_test(a_system_closes_while_the_disk_works_for_the_dead),
    };
    return golden_in_every_mode("inject_interlock", tests, sizeof tests / sizeof *tests, &mode);
}

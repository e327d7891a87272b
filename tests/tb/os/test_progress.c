/* Processes that take frames from each other all the time, with a disk that takes its time, and
 * accesses that need two pages at once: each of them gets through, in every mode. */
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/call_bench.h"

enum { MOST = 6, ACCESSES = 20, STEPS = 20000 };

static unsigned mode; /* of the tests that run */

typedef struct runner {
    os_process *process;
    uint64_t va; /* of its pages */
    unsigned done;
} runner;

typedef struct fixture {
    call_bench *b;
    unsigned count;
    runner runner[MOST];
} fixture;

/* With all their tables, and frames for OS_PAGES_MIN pages. */
static fixture start(unsigned count, uint64_t pages)
{
    const bool trees = os_row_frames(mode, OS_PAGES_MIN, 1) == 0;
    fixture f = {.count = count};
    const size_t tables = trees ? (size_t)count * mode_levels(mode) : 0;
    f.b = call_bench_open(mode, count, tables + OS_PAGES_MIN, &bench_slow);
    f.runner[0].process = f.b->process;
    tw_error error = {0};
    for (unsigned i = 1; i < count; i++)
        bench_ok(os_spawn(f.b->system, &f.runner[i].process, &error), &error);
    for (unsigned i = 0; i < count; i++) {
        bench_switch(f.b, f.runner[i].process);
        f.runner[i].va = bench_map(f.b, pages, OS_R | OS_W, 0);
    }
    bench_switch(f.b, f.b->process);
    return f;
}

/* A store to pages `first` and `first` + 1, both of which must be there at once. Returns the
 * verdict of the first that traps; DONE: none did. */
enum { DONE = -1 };
static int store_across(fixture *f, const runner *r, uint64_t first)
{
    uint64_t pa[2];
    for (unsigned half = 0; half < 2; half++) {
        const uint64_t va = r->va + PAGE(first + half);
        const unsigned cause = golden_access(f->b->machine, OP_STORE, va, &pa[half]);
        if (cause == CAUSE_NONE)
            continue;
        os_verdict verdict = OS_VERDICT_DEAD;
        tw_error error = {0};
        bench_ok(os_fault(f->b->system, cause, va, &verdict, &error), &error);
        if (verdict == OS_VERDICT_DEAD)
            fail_msg("process %u was killed: %s", r->process->pid,
                     os_reason_text(r->process->death.reason));
        return (int)verdict;
    }
    for (unsigned half = 0; half < 2; half++)
        *golden_word(f->b->machine, pa[half]) = r->process->pid * 100 + first + half;
    return DONE;
}

static runner *runner_of(fixture *f, const os_process *process)
{
    unsigned i = 0;
    while (f->runner[i].process != process)
        i++;
    return &f->runner[i];
}

static runner *next_of(fixture *f, const runner *r)
{
    bool waited = true;
    tw_error error = {0};
    os_process *next = os_next(f->b->system, r->process);
    while (next == NULL && waited) {
        bench_ok(os_idle(f->b->system, &waited, &error), &error);
        next = os_next(f->b->system, r->process);
    }
    assert_non_null(next);
    bench_switch(f->b, next);
    return runner_of(f, next);
}

static bool all_done(const fixture *f)
{
    for (unsigned i = 0; i < f->count; i++)
        if (f->runner[i].done < ACCESSES)
            return false;
    return true;
}

/* Turns of at most three accesses, a page on each time, from that of `r` on; until each process has
 * made ACCESSES, or (`until_first`) one goes first. */
static void run(fixture *f, runner *r, uint64_t pages, bool until_first)
{
    unsigned steps = 0;
    for (unsigned slice = 0; !all_done(f) && steps < STEPS; steps++) {
        if (until_first && f->b->system->first.process != NULL)
            return;
        const int verdict = store_across(f, r, r->done % (pages - 1));
        r->done += verdict == DONE;
        slice += verdict == DONE;
        if (verdict == OS_VERDICT_WAIT || slice == 3) {
            slice = 0;
            r = next_of(f, r);
        }
    }
    for (unsigned i = 0; i < f->count; i++)
        if (f->runner[i].done < ACCESSES)
            fail_msg("process %u made %u accesses in %u steps: expected %u",
                     f->runner[i].process->pid, f->runner[i].done, steps, ACCESSES);
}

/* What the last stores left in each of their pages. */
static void check(fixture *f, uint64_t pages)
{
    tw_error error = {0};
    bench_ok(os_audit(f->b->system, &error), &error);
    for (unsigned i = 0; i < f->count; i++) {
        uint64_t page[OS_PAGE_BYTES / sizeof(uint64_t)];
        const runner *r = &f->runner[i];
        for (uint64_t at = 0; at < pages; at++) {
            bench_ok(os_read_page(f->b->system, r->process, r->va + PAGE(at), page, &error),
                     &error);
            assert_int_equal(page[0], r->process->pid * 100 + at);
        }
    }
}

static void all_get_through(unsigned count, uint64_t pages)
{
    fixture f = start(count, pages);
    run(&f, &f.runner[0], pages, false);
    check(&f, pages);
    call_bench_close(f.b);
}

static void two_processes_get_through_with_frames_for_one(void **state)
{
    (void)state;
    all_get_through(2, 2);
}

static void many_processes_get_through_with_frames_for_one(void **state)
{
    (void)state;
    for (unsigned count = 3; count <= MOST; count++)
        if (mode != MODE_LINEAR || count <= 3) /* the machine has memory for three of its tables */
            all_get_through(count, 2);
}

static void they_get_through_from_page_to_page(void **state)
{
    (void)state;
    all_get_through(3, 7);
}

/* The process that goes first, when one does. */
static runner *go_first(fixture *f)
{
    run(f, &f->runner[0], 2, true);
    const os_process *first = f->b->system->first.process;
    assert_non_null(first);
    return runner_of(f, first);
}

static void when_the_one_that_goes_first_is_killed_the_others_go_on(void **state)
{
    (void)state;
    tw_error error = {0};
    fixture f = start(3, 2);
    runner *dead = go_first(&f);
    bench_ok(os_kill(f.b->system, dead->process, &error), &error);
    bench_ok(os_reap(f.b->system, dead->process, &error), &error);
    assert_null(f.b->system->first.process);
    *dead = f.runner[--f.count];
    run(&f, next_of(&f, &(runner){.process = NULL}), 2, false);
    check(&f, 2);
    call_bench_close(f.b);
}

/* Whoever gives out turns gives them to one process only. */
static void one_that_gets_no_turn_holds_up_nobody(void **state)
{
    (void)state;
    bool waited;
    tw_error error = {0};
    fixture f = start(2, 2);
    const runner *first = go_first(&f);
    runner *other = first == &f.runner[0] ? &f.runner[1] : &f.runner[0];
    int verdict = OS_VERDICT_WAIT;
    for (unsigned steps = 0; verdict != DONE && steps < 32; steps++) {
        for (os_poll(f.b->system); other->process->state != OS_RUNNABLE; os_poll(f.b->system))
            bench_ok(os_idle(f.b->system, &waited, &error), &error);
        bench_switch(f.b, other->process);
        verdict = store_across(&f, other, 0);
    }
    assert_int_equal(verdict, DONE);
    run(&f, other, 2, false);
    check(&f, 2);
    call_bench_close(f.b);
}

/* All pages are dirty and have nowhere to go, but for one that the disk reads. */
static void nobody_dies_of_a_full_swap_file_while_a_clean_page_is_on_its_way(void **state)
{
    (void)state;
    enum { MOST_PAGES = 64 };
    const os_options options = {.adue = true, .swap_slots = 0, .disk = bench_slow.disk};
    call_bench *b = call_bench_open(mode, 1, 16, &options);
    char path[BROKEN_PATH];
    tw_error error = {0};
    os_object *file = bench_file(b, path, 1, false);
    const uint64_t read = bench_map_object(b, file, 1, OS_R, 0);
    const uint64_t own = bench_map(b, MOST_PAGES, OS_R | OS_W, 0);
    uint64_t pages = 0;
    bench_ok(os_madvise(b->system, b->process, read, PAGE(1), OS_ADVISE_WILLNEED, &error), &error);
    for (; os_frames_free(b->system->frames) > 0; pages++)
        bench_store(b, own + PAGE(pages), pages);
    assert_int_equal(b->machine->waits, 0);
    assert_non_null(os_object_find(file, 0));
    bench_store(b, own + PAGE(pages), pages);
    assert_int_equal(b->machine->waits, 1);
    const os_page *gone = os_object_find(file, 0);
    assert_true(gone == NULL || gone->ppn == OS_NO_FRAME);
    for (uint64_t i = 0; i <= pages; i++)
        assert_int_equal(bench_load(b, own + PAGE(i)), i);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    call_bench_close(b);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest progress[] = {
        cmocka_unit_test(two_processes_get_through_with_frames_for_one),
        cmocka_unit_test(many_processes_get_through_with_frames_for_one),
        cmocka_unit_test(they_get_through_from_page_to_page),
        cmocka_unit_test(when_the_one_that_goes_first_is_killed_the_others_go_on),
        cmocka_unit_test(one_that_gets_no_turn_holds_up_nobody),
        cmocka_unit_test(nobody_dies_of_a_full_swap_file_while_a_clean_page_is_on_its_way),
    };
    return golden_in_every_mode("progress", progress, sizeof progress / sizeof *progress, &mode);
}

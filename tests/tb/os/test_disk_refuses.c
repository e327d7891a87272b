/* A disk that refuses: it is the end of the process that needs it and of nobody else, nothing that
 * was written is lost, and the run goes on. In every mode. */
#include <stdio.h>
#include <unistd.h>

#include "tests/support/call_bench.h"

enum { PAGES = 24, RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

typedef struct fixture {
    char path[BROKEN_PATH]; /* of the swap file */
    call_bench *b;
    os_process *other; /* besides the first */
    uint64_t va[2];    /* an area of each */
} fixture;

/* Two processes with room for few pages, and so many slots. */
static fixture start(size_t slots)
{
    fixture f = {0};
    file_make(f.path, 0);
    const os_options options = {.adue = true, .swap_slots = slots, .swap_path = f.path};
    f.b = call_bench_open(mode, 2, call_bench_frames(mode, 10), &options);
    tw_error error = {0};
    f.va[0] = bench_map(f.b, PAGES, RW, 0);
    bench_ok(os_spawn(f.b->system, &f.other, &error), &error);
    bench_switch(f.b, f.other);
    f.va[1] = bench_map(f.b, PAGES, RW, 0);
    bench_switch(f.b, f.b->process);
    return f;
}

static void stop(fixture *f)
{
    call_bench_close(f->b);
    unlink(f->path);
}

/* Stores to page after page; true if the process died of it. */
static bool store_until_dead(fixture *f, uint64_t va, uint64_t *stored)
{
    uint64_t pa;
    for (*stored = 0; *stored < PAGES; ++*stored) {
        if (!golden_run(f->b->machine, f->b->system, OP_STORE, va + PAGE(*stored), &pa))
            return true;
        *golden_word(f->b->machine, pa) = 0x500 + *stored;
    }
    return false;
}

static void when_the_swap_file_is_full_who_needs_a_frame_dies_and_the_other_goes_on(void **state)
{
    (void)state;
    fixture f = start(6);
    bench_store_all(f.b, f.va[0], 8, 0x100);
    bench_switch(f.b, f.other);
    uint64_t stored;
    assert_true(store_until_dead(&f, f.va[1], &stored));
    assert_int_equal(f.other->death.reason, OS_REASON_SWAP_FULL);
    assert_int_equal(os_audit(f.b->system, NULL), TW_OK);
    bench_switch(f.b, f.b->process);
    bench_expect_all(f.b, f.va[0], 8, 0x100);
    bench_store_all(f.b, f.va[0], 12, 0x200); /* there is room again */
    bench_expect_all(f.b, f.va[0], 12, 0x200);
    stop(&f);
}

static void a_write_that_fails_kills_and_loses_nothing_of_the_other(void **state)
{
    (void)state;
    fixture f = start(128);
    bench_store_all(f.b, f.va[0], 6, 0x100);
    bench_switch(f.b, f.other);
    file_refuse_writes(f.path);
    uint64_t stored;
    assert_true(store_until_dead(&f, f.va[1], &stored));
    assert_int_equal(f.other->death.reason, OS_REASON_WRITE_FAILED);
    assert_true(os_statistics(f.b->system)->writes_failed > 0);
    file_mend(f.path);
    bench_switch(f.b, f.b->process);
    bench_expect_all(f.b, f.va[0], 6, 0x100);
    bench_store_all(f.b, f.va[0], PAGES, 0x300);
    bench_expect_all(f.b, f.va[0], PAGES, 0x300);
    stop(&f);
}

/* Clean pages can go without the disk. */
static void while_writes_fail_clean_pages_still_make_room(void **state)
{
    (void)state;
    fixture f = start(128);
    bench_store_all(f.b, f.va[0], 2, 0x100);
    file_refuse_writes(f.path);
    for (unsigned round = 0; round < 3; round++)
        bench_expect_all(f.b, f.va[0], 2, 0x100);
    for (uint64_t page = 2; page < PAGES; page++)
        assert_int_equal(bench_load(f.b, f.va[0] + PAGE(page)), 0);
    bench_expect_all(f.b, f.va[0], 2, 0x100);
    assert_int_equal(os_statistics(f.b->system)->swap_out, 0);
    file_mend(f.path);
    stop(&f);
}

static void a_read_that_fails_kills_who_needs_the_page(void **state)
{
    (void)state;
    fixture f = start(128);
    bench_store_all(f.b, f.va[0], PAGES, 0x100);
    bench_switch(f.b, f.other);
    bench_store_all(f.b, f.va[1], 2, 0x700);
    file_refuse_reads(f.path);
    bench_switch(f.b, f.b->process);
    uint64_t page = 0, pa;
    while (page < PAGES &&
           golden_run(f.b->machine, f.b->system, OP_LOAD, f.va[0] + PAGE(page), &pa))
        page++;
    assert_in_range(page, 0, PAGES - 1);
    assert_int_equal(f.b->process->death.reason, OS_REASON_READ_FAILED);
    assert_int_equal(os_statistics(f.b->system)->reads_failed, 1);
    file_mend(f.path);
    bench_switch(f.b, f.other);
    bench_expect_all(f.b, f.va[1], 2, 0x700);
    stop(&f);
}

static void records_that_run_out_are_an_error_and_the_trap_can_be_taken_again(void **state)
{
    (void)state;
    fixture f = start(128);
    for (uint64_t page = 0; page < PAGES; page++) {
        const uint64_t va = f.va[0] + PAGE(page);
        uint64_t pa;
        for (unsigned refuse = 1; refuse < 8; refuse++) {
            if (golden_access(f.b->machine, OP_STORE, va, &pa) == CAUSE_NONE)
                break;
            os_verdict verdict = OS_VERDICT_DEAD;
            f.b->records.refuse = f.b->records.takes + refuse;
            tw_status status = os_fault(f.b->system, CAUSE_STORE_PAGE, va, &verdict, NULL);
            f.b->records.refuse = 0;
            if (status != TW_OK && status != TW_NO_MEMORY)
                fail_msg("refused %u: expected TW_NO_MEMORY, got %d", refuse, status);
            assert_int_equal(os_audit(f.b->system, NULL), TW_OK);
        }
        bench_store(f.b, va, 0x100 + page);
    }
    bench_expect_all(f.b, f.va[0], PAGES, 0x100);
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest refuses[] = {
        cmocka_unit_test(when_the_swap_file_is_full_who_needs_a_frame_dies_and_the_other_goes_on),
        cmocka_unit_test(a_write_that_fails_kills_and_loses_nothing_of_the_other),
        cmocka_unit_test(while_writes_fail_clean_pages_still_make_room),
        cmocka_unit_test(a_read_that_fails_kills_who_needs_the_page),
        cmocka_unit_test(records_that_run_out_are_an_error_and_the_trap_can_be_taken_again),
    };
    return golden_in_every_mode("disk_refuses", refuses, sizeof refuses / sizeof *refuses, &mode);
}

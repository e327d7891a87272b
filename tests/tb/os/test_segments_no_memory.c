/* Bare segments when memory runs out: the host's is an error of the run, in which nothing is lost;
 * that of the simulated machine is the end of a process. Engine: cycle model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tb/os/kernel.h"
#include "tests/support/four_segments.h"

enum { FRAMES = 12, WRITES_MAX = 5000 };

/* Writes of pages so far, and the one that fails, counted from 1. */
static unsigned writes, fails;
static tw_status (*real_write)(void *context, uint64_t address, const void *page, tw_error *error);

static tw_status write_page(void *context, uint64_t address, const void *page, tw_error *error)
{
    return ++writes == fails ? tw_fail(error, TW_NO_MEMORY, "write %u", fails)
                             : real_write(context, address, page, error);
}

/* One access after the other: they grow, move, and go to the swap file and back. */
static tw_status touch_all(segment_bench *b, tw_error *error)
{
    for (uint64_t page = 0; page < ROOM - 2; page++)
        for (unsigned i = 0; i < SEGMENTS; i++) {
            uint64_t va = page_of(i, page), pa;
            for (unsigned cause; (cause = seg_try(b, OP_STORE, va, &pa)) != CAUSE_NONE;) {
                os_verdict verdict = OS_VERDICT_DEAD;
                tw_status status = os_fault(b->system, cause, va, &verdict, error);
                if (status != TW_OK)
                    return status;
                if (verdict != OS_VERDICT_RESUME)
                    fail_msg("write %u: expected an error, got a dead process", fails);
            }
        }
    return TW_OK;
}

/* True if the run came to its end before that many writes. */
static bool run_without(unsigned write)
{
    segment_bench b = four_open(16, FRAMES);
    tw_error error = {0};
    real_write = b.system->port.write_page;
    b.system->port.write_page = write_page;
    writes = 0;
    fails = write;
    tw_status status = touch_all(&b, &error);
    bool over = status == TW_OK;
    if (!over && (status != TW_NO_MEMORY || strncmp(error.text, "write", 5) != 0))
        fail_msg("write %u: expected 'write', got '%s'", write, error.text);
    fails = 0;
    if (os_audit(b.system, &error) != TW_OK)
        fail_msg("write %u: %s", write, error.text);
    if (os_exit(b.system, &error) != TW_OK)
        fail_msg("write %u: the process cannot end: %s", write, error.text);
    assert_int_equal(b.system->segments.presents, 0);
    if (os_swap_used(b.system->swap) != 0)
        fail_msg("write %u: expected no slot in use in the end, got %zu", write,
                 os_swap_used(b.system->swap));
    assert_true(!over || seg_counts(&b)->swapped_in > 0);
    seg_close(&b);
    return over;
}

static void whichever_write_fails_the_run_ends_and_nothing_is_lost(void **state)
{
    (void)state;
    unsigned write = 1;
    while (!run_without(write) && write < WRITES_MAX)
        write++;
    assert_in_range(write, 50, WRITES_MAX - 1);
}

/* A segment is in the swap file, or in frames, or is nothing yet. */
static void a_segment_that_could_not_come_back_is_still_in_the_swap_file(void **state)
{
    (void)state;
    segment_bench b = four_open(16, 10);
    tw_error error = {0};
    uint64_t pa;
    os_verdict verdict;
    for (unsigned i = 0; i < 3; i++)
        grow(&b, i, 5);
    assert_false(seg_segment(&b, A)->present);
    assert_int_equal(seg_try(&b, OP_LOAD, page_of(A, 6), &pa), CAUSE_LOAD_PAGE);
    real_write = b.system->port.write_page;
    b.system->port.write_page = write_page;
    writes = 0;
    fails = 5 + 5 + 5 + 2; /* after the junk of two others, and what it held: pages that are new */
    assert_int_equal(os_fault(b.system, CAUSE_LOAD_PAGE, page_of(A, 6), &verdict, &error),
                     TW_NO_MEMORY);
    assert_int_equal(writes, fails);
    assert_false(seg_segment(&b, A)->present);
    fails = 0;
    expect_contents(&b, A);
    seg_close(&b);
}

static void a_segment_that_does_not_fit_kills_with_the_number_of_frames(void **state)
{
    (void)state;
    segment_bench b = seg_open(MODE_BARE, 4, 4, 64);
    os_process *process = NULL;
    uint64_t pa;
    char *text;
    size_t length;
    os_spawn(b.system, &process, NULL);
    const os_records *records = os_records_of(b.system);
    os_segments *table = os_records_take(records, 1, sizeof *table);
    process->segments = table; /* that os_segments_check never saw */
    os_segments_add(records, table, (os_region){0x10000, 0x18000, OS_R}, false, NULL);
    seg_switch(&b, process);
    assert_false(seg_access(&b, OP_LOAD, 0x17000, &pa));
    FILE *file = open_memstream(&text, &length);
    os_print_processes(b.system, file);
    fclose(file);
    assert_string_equal(text, "process 1: killed by load page fault at 0x17000: 4 frames are too "
                              "few for a segment of 32768 bytes: give more with --frames "
                              "(segment 0, offset 0x7000)\n");
    free(text);
    seg_close(&b);
}

int main(void)
{
    const struct CMUnitTest no_memory[] = {
        cmocka_unit_test(whichever_write_fails_the_run_ends_and_nothing_is_lost),
        cmocka_unit_test(a_segment_that_could_not_come_back_is_still_in_the_swap_file),
        cmocka_unit_test(a_segment_that_does_not_fit_kills_with_the_number_of_frames),
    };
    return cmocka_run_group_tests(no_memory, NULL, NULL);
}

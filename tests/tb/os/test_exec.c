/* exec: a program file becomes a process by faults alone; what of it is shared with others, and
 * what it costs to take away; in every mode. */
#include <unistd.h>

#include "tests/support/call_bench.h"

enum {
    TEXT = 0x10000,
    DATA = 0x20000,
    HEAP = 0x30000,
    STACK_TOP = 0x7fffd000,
    TEXT_PAGES = 4,
    DATA_PAGES = 2,
    FILE_PAGES = TEXT_PAGES + DATA_PAGES
};

static unsigned mode; /* of the tests that run */

typedef struct fixture {
    call_bench *b;
    char path[BROKEN_PATH];
    os_image image;
} fixture;

static fixture start(size_t processes, size_t frames)
{
    fixture f = {.b = call_bench_open(mode, processes, frames, NULL)};
    f.image = (os_image){.file = bench_file(f.b, f.path, FILE_PAGES, false),
                         .part = {{TEXT, PAGE(TEXT_PAGES), 0, OS_R | OS_X},
                                  {DATA, PAGE(DATA_PAGES), PAGE(TEXT_PAGES), OS_R | OS_W}},
                         .parts = 2,
                         .heap = HEAP,
                         .stack_top = STACK_TOP,
                         .stack_bytes = PAGE(1)};
    return f;
}

static void stop(fixture *f)
{
    assert_int_equal(os_object_drop(f->b->system, f->image.file, NULL), TW_OK);
    call_bench_close(f->b);
    unlink(f->path);
}

static void exec(fixture *f, os_process *process)
{
    tw_error error = {0};
    bench_ok(os_exec(f->b->system, process, &f->image, &error), &error);
}

/* The first eight bytes of a page of the file, as file_make writes them. */
static uint64_t first_word(unsigned page)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < 8; i++)
        word |= (uint64_t)(uint8_t)(page * 7 + i) << 8 * i;
    return word;
}

static void nothing_is_loaded_before_it_is_touched(void **state)
{
    (void)state;
    fixture f = start(2, 64);
    const os_counts *counts = os_statistics(f.b->system);
    exec(&f, f.b->process);
    assert_int_equal(bench_page_frames(f.b), 0);
    assert_int_equal(counts->file_reads, 0);
    bench_fetch(f.b, TEXT);
    assert_int_equal(counts->faults[CAUSE_FETCH_PAGE], 1);
    for (int round = 0; round < 2; round++) {
        for (unsigned i = 0; i < TEXT_PAGES; i++)
            bench_fetch(f.b, TEXT + PAGE(i) + 16);
        for (unsigned i = 0; i < DATA_PAGES; i++)
            assert_int_equal(bench_load(f.b, DATA + PAGE(i)), first_word(TEXT_PAGES + i));
        bench_store(f.b, STACK_TOP - 8, 1);
    }
    assert_int_equal(bench_faults(f.b->process), FILE_PAGES + 1); /* distinct pages */
    assert_int_equal(f.b->process->major_faults, FILE_PAGES);
    stop(&f);
}

static void the_heap_of_the_image_begins_where_it_says(void **state)
{
    (void)state;
    fixture f = start(2, 64);
    exec(&f, f.b->process);
    assert_int_equal(os_brk(f.b->system, f.b->process, HEAP + 100, NULL), TW_OK);
    bench_store(f.b, HEAP + 96, 5);
    assert_int_equal(bench_dies(f.b, OP_LOAD, HEAP + PAGE(1)), OS_REASON_NO_REGION);
    stop(&f);
}

static void the_old_space_is_given_up(void **state)
{
    (void)state;
    fixture f = start(2, 64);
    uint64_t va = bench_map(f.b, 8, OS_R | OS_W, 0);
    bench_store_all(f.b, va, 8, 1);
    exec(&f, f.b->process);
    assert_int_equal(bench_page_frames(f.b), 0);
    assert_int_equal(f.b->process->pid, 1);
    assert_int_equal(bench_dies(f.b, OP_LOAD, va), OS_REASON_NO_REGION);
    stop(&f);
}

static void an_image_that_makes_no_sense_leaves_the_old_space(void **state)
{
    (void)state;
    fixture f = start(2, 64);
    uint64_t va = bench_map(f.b, 1, OS_R | OS_W, 0);
    bench_store(f.b, va, 7);
    os_image wrong[] = {f.image, f.image, f.image, f.image, f.image, f.image};
    wrong[0].part[1].start = TEXT;
    wrong[1].parts = 9;
    wrong[2].part[0].start = TEXT + 1;
    wrong[3].stack_top = DATA + PAGE(1);
    wrong[4].file = NULL;
    wrong[5].part[1].permissions = OS_R | 0x10; /* G of a PTE */
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        tw_error error = {0};
        assert_int_equal(os_exec(f.b->system, f.b->process, &wrong[i], &error), TW_USAGE);
        assert_true(error.text[0] != '\0');
        assert_int_equal(bench_load(f.b, va), 7);
    }
    stop(&f);
}

static void a_parent_that_waits_since_vfork_goes_on(void **state)
{
    (void)state;
    fixture f = start(2, 64);
    uint64_t va = bench_map(f.b, 1, OS_R | OS_W, 0);
    bench_store(f.b, va, 7);
    os_process *child;
    tw_error error = {0};
    bench_ok(os_vfork(f.b->system, f.b->process, &child, &error), &error);
    bench_switch(f.b, child);
    bench_store(f.b, va, 8);
    exec(&f, child);
    assert_int_equal(f.b->process->state, OS_RUNNABLE);
    assert_int_not_equal(child->space->asid, f.b->process->space->asid);
    bench_fetch(f.b, TEXT);
    bench_switch(f.b, f.b->process);
    assert_int_equal(bench_load(f.b, va), 8);
    stop(&f);
}

static void text_and_data_are_shared_until_data_is_written(void **state)
{
    (void)state;
    fixture f = start(3, 64);
    os_process *first = f.b->process, *second = bench_fork(f.b);
    exec(&f, first);
    exec(&f, second);
    bench_fetch(f.b, TEXT);
    bench_load(f.b, DATA);
    bench_switch(f.b, second);
    bench_fetch(f.b, TEXT);
    bench_load(f.b, DATA);
    assert_int_equal(second->minor_faults, 2); /* the other has read them already */
    assert_int_equal(second->major_faults, 0);
    assert_int_equal(bench_page_frames(f.b), 2);
    assert_ptr_equal(bench_page(first, DATA), bench_page(second, DATA));
    assert_false(pte_bit(bench_word(f.b, second, DATA), PTE_W));
    bench_store(f.b, DATA, 1);
    assert_int_equal(bench_page_frames(f.b), 3);
    assert_int_equal(os_statistics(f.b->system)->copies, 1);
    bench_switch(f.b, first);
    assert_int_equal(bench_load(f.b, DATA), first_word(TEXT_PAGES));
    stop(&f);
}

static void clean_text_goes_without_a_write_and_is_read_again(void **state)
{
    (void)state;
    fixture f = start(2, call_bench_frames(mode, 12));
    exec(&f, f.b->process);
    for (unsigned i = 0; i < TEXT_PAGES; i++)
        bench_fetch(f.b, TEXT + PAGE(i));
    tw_error error = {0};
    const os_counts *counts = os_statistics(f.b->system);
    const uint64_t reads = counts->file_reads;
    assert_int_equal(reads, TEXT_PAGES);
    uint64_t ppn = 0;
    while (bench_page(f.b->process, TEXT)->ppn != OS_NO_FRAME) { /* until the clock takes it */
        bench_ok(os_get_frame(f.b->system, OS_FRAME_KERNEL, 0, &ppn, NULL, &error), &error);
    }
    assert_int_equal(counts->swap_out, 0);
    assert_int_equal(counts->file_writes, 0);
    assert_true(counts->clean_drops > 0);
    assert_int_equal(os_frames_give(f.b->system->frames, ppn, NULL), TW_OK);
    bench_fetch(f.b, TEXT);
    assert_int_equal(counts->file_reads, reads + 1);
    stop(&f);
}

static tw_status no_swap(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                         uint64_t desired, uint64_t *found, tw_error *error)
{
    (void)context, (void)address, (void)bytes, (void)expected, (void)desired, (void)found;
    return tw_fail(error, TW_IO, "the bus refuses");
}

/* Not with no page table at all, where addresses are physical. */
static void if_the_old_program_cannot_go_the_processor_is_still_in_it(void **state)
{
    (void)state;
    fixture f = start(2, 64);
    const uint64_t va = bench_map(f.b, 2, OS_R | OS_W, 0), satp = f.b->machine->satp;
    bench_store_all(f.b, va, 2, 1);
    const os_port port = f.b->system->port;
    for (unsigned call = 0; call < 2; call++) {
        f.b->system->port.swap = no_swap;
        assert_int_equal(call == 0 ? os_exec(f.b->system, f.b->process, &f.image, NULL)
                                   : os_exit(f.b->system, NULL),
                         TW_IO);
        f.b->system->port = port;
        assert_int_equal(f.b->process->state, OS_RUNNABLE);
        assert_true(f.b->machine->satp == satp);
        bench_expect_all(f.b, va, 2, 1);
    }
    exec(&f, f.b->process);
    bench_fetch(f.b, TEXT);
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest exec_tests[] = {
        cmocka_unit_test(nothing_is_loaded_before_it_is_touched),
        cmocka_unit_test(the_heap_of_the_image_begins_where_it_says),
        cmocka_unit_test(the_old_space_is_given_up),
        cmocka_unit_test(an_image_that_makes_no_sense_leaves_the_old_space),
        cmocka_unit_test(a_parent_that_waits_since_vfork_goes_on),
        cmocka_unit_test(text_and_data_are_shared_until_data_is_written),
        cmocka_unit_test(clean_text_goes_without_a_write_and_is_read_again),
        cmocka_unit_test(if_the_old_program_cannot_go_the_processor_is_still_in_it),
    };
    return golden_in_every_mode("exec", exec_tests, sizeof exec_tests / sizeof *exec_tests, &mode);
}

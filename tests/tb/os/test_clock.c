/* Clock replacement: the textbook's reference string, the bits, and the fences; with page tables
 * that compete with pages, and with the hashed table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/os/os.h"
#include "tests/support/golden_port.h"

enum { BASE = 0x40000000, TABLES = 3 /* of one Sv39 process */ };

static unsigned mode; /* of the tests that run: Sv39 or hashed */

typedef struct fixture {
    golden_machine *machine;
    os *system;
    os_process *process;
} fixture;

/* One process with `pages` frames for its pages besides those of its tables. */
static fixture start(size_t pages)
{
    fixture f = {golden_open_at(golden_first(mode)), NULL, NULL};
    os_port port = golden_port(f.machine);
    size_t tables = mode == MODE_SV39 ? TABLES : os_row_frames(mode, pages, 1);
    os_options options = {.mode = mode,
                          .first_frame = golden_first(mode),
                          .frames = tables + pages,
                          .swap_slots = 64,
                          .adue = true};
    tw_error error = {0};
    f.system = os_open(&port, &options, &error);
    if (f.system == NULL)
        fail_msg("%s", error.text);
    assert_int_equal(os_spawn(f.system, &f.process, NULL), TW_OK);
    os_region region = {BASE, BASE + 64 * OS_PAGE_BYTES, OS_R | OS_W};
    assert_int_equal(os_process_add_region(f.system, f.process, region, NULL), TW_OK);
    assert_int_equal(os_switch(f.system, f.process, NULL), TW_OK);
    return f;
}

static void stop(fixture *f)
{
    os_close(f->system);
    assert_int_equal(f->machine->records.alive, 0);
    free(f->machine);
}

static uint64_t load_faults(const fixture *f)
{
    return os_statistics(f->system)->faults[CAUSE_LOAD_PAGE];
}

/* Faults of loads from the pages of a reference string. */
static uint64_t faults_of(const int *string, size_t length, size_t frames)
{
    fixture f = start(frames);
    for (size_t i = 0; i < length; i++)
        golden_load(f.machine, f.system, BASE + (uint64_t)string[i] * OS_PAGE_BYTES);
    uint64_t faults = load_faults(&f);
    stop(&f);
    return faults;
}

static void the_textbook_string_faults_14_times_with_3_frames(void **state)
{
    (void)state;
    const int string[] = {7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1};
    assert_int_equal(faults_of(string, 20, 3), 14);
    assert_int_equal(faults_of(string, 20, 6), 6);
}

static void a_page_in_use_outlives_one_that_is_not(void **state)
{
    (void)state;
    fixture f = start(3);
    for (uint64_t page = 0; page < 3; page++)
        golden_load(f.machine, f.system, BASE + page * OS_PAGE_BYTES);
    golden_load(f.machine, f.system, BASE + 3 * OS_PAGE_BYTES); /* evicts 0, clears A of 1 and 2 */
    golden_load(f.machine, f.system, BASE + 1 * OS_PAGE_BYTES); /* sets A of 1 again */
    golden_load(f.machine, f.system, BASE + 4 * OS_PAGE_BYTES); /* evicts 2 */
    uint64_t faults = load_faults(&f);
    golden_load(f.machine, f.system, BASE + 1 * OS_PAGE_BYTES);
    assert_int_equal(load_faults(&f), faults);
    stop(&f);
}

/* The golden machine's TLB never forgets: without the fence, A would stay clear and page 1 would
 * go. */
static void a_cleared_bit_is_fenced_so_that_it_is_set_again(void **state)
{
    (void)state;
    fixture f = start(3);
    for (uint64_t page = 0; page < 3; page++)
        golden_load(f.machine, f.system, BASE + page * OS_PAGE_BYTES);
    unsigned fences = f.machine->fences;
    golden_load(f.machine, f.system, BASE + 3 * OS_PAGE_BYTES);
    assert_int_equal(f.machine->fences - fences, 4); /* A of three pages, V of one */
    stop(&f);
}

static void a_clean_page_is_dropped_without_a_write(void **state)
{
    (void)state;
    fixture f = start(3);
    for (uint64_t page = 0; page < 9; page++)
        golden_load(f.machine, f.system, BASE + page * OS_PAGE_BYTES);
    const os_counts *counts = os_statistics(f.system);
    assert_int_equal(counts->swap_out, 0);
    assert_int_equal(counts->clean_drops, 6);
    assert_int_equal(counts->zero_fills, 9);
    stop(&f);
}

static void a_page_read_back_and_not_written_costs_no_second_write(void **state)
{
    (void)state;
    fixture f = start(3);
    golden_store(f.machine, f.system, BASE, 77);
    for (int round = 0; round < 3; round++)
        for (uint64_t page = 0; page < 8; page++)
            golden_load(f.machine, f.system, BASE + page * OS_PAGE_BYTES);
    assert_int_equal(golden_load(f.machine, f.system, BASE), 77);
    const os_counts *counts = os_statistics(f.system);
    assert_int_equal(counts->swap_out, 1);
    assert_true(counts->swap_in >= 2);
    stop(&f);
}

static void dirty_by_hardware(golden_machine *machine, uint64_t address)
{
    uint64_t *pte = golden_word(machine, address);
    if (pte_bit(*pte, PTE_V))
        *pte |= 1u << PTE_D;
}

static void a_page_made_dirty_while_it_is_reclaimed_is_saved(void **state)
{
    (void)state;
    fixture f = start(3);
    for (uint64_t page = 0; page < 3; page++)
        golden_load(f.machine, f.system, BASE + page * OS_PAGE_BYTES);
    f.machine->race = dirty_by_hardware;
    golden_load(f.machine, f.system, BASE + 3 * OS_PAGE_BYTES);
    assert_int_equal(os_statistics(f.system)->swap_out, 1);
    assert_int_equal(os_statistics(f.system)->clean_drops, 0);
    stop(&f);
}

/* A fault whose access is not made again yet, since an older one faults first. */
static void fault_only(fixture *f, uint64_t va)
{
    uint64_t pa;
    os_verdict verdict;
    assert_int_equal(golden_access(f->machine, OP_LOAD, va, &pa), CAUSE_LOAD_PAGE);
    assert_int_equal(os_fault(f->system, CAUSE_LOAD_PAGE, va, &verdict, NULL), TW_OK);
    assert_int_equal(verdict, OS_VERDICT_RESUME);
}

static void the_next_fault_does_not_take_the_page_that_the_last_one_brought(void **state)
{
    (void)state;
    fixture f = start(3);
    golden_load(f.machine, f.system, BASE);
    golden_load(f.machine, f.system, BASE + 1 * OS_PAGE_BYTES);
    fault_only(&f, BASE + 2 * OS_PAGE_BYTES); /* the only page with A clear */
    fault_only(&f, BASE + 3 * OS_PAGE_BYTES);
    uint64_t faults = load_faults(&f);
    golden_load(f.machine, f.system, BASE + 2 * OS_PAGE_BYTES);
    golden_load(f.machine, f.system, BASE + 3 * OS_PAGE_BYTES);
    assert_int_equal(load_faults(&f), faults);
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest clock[] = {
        cmocka_unit_test(the_textbook_string_faults_14_times_with_3_frames),
        cmocka_unit_test(a_page_in_use_outlives_one_that_is_not),
        cmocka_unit_test(a_cleared_bit_is_fenced_so_that_it_is_set_again),
        cmocka_unit_test(a_clean_page_is_dropped_without_a_write),
        cmocka_unit_test(a_page_read_back_and_not_written_costs_no_second_write),
        cmocka_unit_test(a_page_made_dirty_while_it_is_reclaimed_is_saved),
        cmocka_unit_test(the_next_fault_does_not_take_the_page_that_the_last_one_brought),
    };
    mode = MODE_SV39;
    int failed = cmocka_run_group_tests_name("clock_sv39", clock, NULL, NULL);
    mode = MODE_HASHED;
    return failed + cmocka_run_group_tests_name("clock_hashed", clock, NULL, NULL);
}

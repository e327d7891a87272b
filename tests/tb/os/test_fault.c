/* Faults: demand paging, overcommit, several processes, and faults that end a process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tb/os/os.h"
#include "tests/support/golden_port.h"

enum { CODE = 0x10000, DATA = 0x40000000, PAGES = 32 };

static const unsigned MODE[] = {MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57, MODE_LINEAR};

enum { MODES = sizeof MODE / sizeof *MODE };

typedef struct fixture {
    golden_machine *machine;
    os *system;
    os_process *process;
} fixture;

static os_process *spawn(os *system)
{
    os_process *process = NULL;
    tw_error error = {0};
    if (os_spawn(system, &process, &error) != TW_OK)
        fail_msg("%s", error.text);
    os_region code = {CODE, CODE + 4 * OS_PAGE_BYTES, OS_R | OS_X};
    os_region data = {DATA, DATA + PAGES * OS_PAGE_BYTES, OS_R | OS_W};
    assert_int_equal(os_process_add_region(process, data, NULL), TW_OK);
    assert_int_equal(os_process_add_region(process, code, NULL), TW_OK);
    return process;
}

/* What one table takes beyond the frames of the scarce kind: a linear one has a row of its own. */
static size_t row(unsigned mode)
{
    return os_table_frames(mode) == 1 ? 0 : os_table_frames(mode);
}

/* One process, with `frames` besides the row. */
static fixture start(unsigned mode, size_t frames, bool adue)
{
    fixture f = {golden_open(), NULL, NULL};
    os_port port = golden_port(f.machine);
    os_options options = {mode, GOLDEN_FIRST, row(mode) + frames, NULL, 256, adue};
    f.system = os_open(&port, &options, NULL);
    assert_non_null(f.system);
    f.process = spawn(f.system);
    assert_int_equal(os_switch(f.system, f.process, NULL), TW_OK);
    return f;
}

static void stop(fixture *f)
{
    os_close(f->system);
    free(f->machine);
}

static void the_first_touch_of_each_page_faults_and_no_other(void **state)
{
    (void)state;
    fixture f = start(MODE_SV39, 64, true);
    uint64_t pa;
    assert_true(golden_run(f.machine, f.system, OP_FETCH, CODE, &pa));
    for (int round = 0; round < 2; round++)
        for (uint64_t page = 0; page < 5; page++)
            golden_load(f.machine, f.system, DATA + page * OS_PAGE_BYTES);
    const os_counts *counts = os_statistics(f.system);
    assert_int_equal(counts->faults[CAUSE_FETCH_PAGE], 1);
    assert_int_equal(counts->faults[CAUSE_LOAD_PAGE], 5);
    assert_int_equal(f.process->resident, 6);
    stop(&f);
}

static void a_new_page_reads_zero_whatever_its_frame_held(void **state)
{
    (void)state;
    fixture f = start(MODE_SV39, 64, true);
    for (size_t i = 0; i < 64 * 512; i++)
        if (i / 512 != pte_ppn(f.machine->satp << PTE_PPN) - GOLDEN_FIRST)
            f.machine->word[i] = 0xaaaaaaaaaaaaaaaa;
    for (uint64_t offset = 0; offset < OS_PAGE_BYTES; offset += 8)
        assert_int_equal(golden_load(f.machine, f.system, DATA + offset), 0);
    stop(&f);
}

static void data_survives_four_times_more_pages_than_frames(void **state)
{
    (void)state;
    for (size_t m = 0; m < MODES; m++) {
        fixture f = start(MODE[m], 16, true);
        for (uint64_t round = 0; round < 4; round++)
            for (uint64_t page = 0; page < PAGES; page++) {
                uint64_t va = DATA + page * OS_PAGE_BYTES + 8 * page;
                uint64_t was = round == 0 ? 0 : page << 8 | (round - 1);
                assert_int_equal(golden_load(f.machine, f.system, va), was);
                golden_store(f.machine, f.system, va, page << 8 | round);
            }
        assert_true(os_statistics(f.system)->swap_out > 0);
        assert_true(os_statistics(f.system)->swap_in > 0);
        assert_int_equal(os_exit(f.system, NULL), TW_OK);
        stop(&f);
    }
}

static void two_processes_keep_their_data_apart(void **state)
{
    (void)state;
    for (size_t m = 0; m < MODES; m++) {
        fixture f = start(MODE[m], row(MODE[m]) + 20, true);
        os_process *both[] = {f.process, spawn(f.system)};
        for (uint64_t round = 0; round < 3; round++)
            for (uint64_t p = 0; p < 2; p++) {
                assert_int_equal(os_switch(f.system, both[p], NULL), TW_OK);
                for (uint64_t page = 0; page < 12; page++) {
                    uint64_t va = DATA + page * OS_PAGE_BYTES;
                    uint64_t was = round == 0 ? 0 : p << 16 | page << 8 | (round - 1);
                    assert_int_equal(golden_load(f.machine, f.system, va), was);
                    golden_store(f.machine, f.system, va, p << 16 | page << 8 | round);
                }
            }
        assert_true(os_statistics(f.system)->swap_out > 0);
        stop(&f);
    }
}

static void a_page_is_read_wherever_it_is(void **state)
{
    (void)state;
    for (size_t m = 0; m < MODES; m++) {
        fixture f = start(MODE[m], 12, true);
        for (uint64_t page = 1; page < PAGES; page++)
            golden_store(f.machine, f.system, DATA + page * OS_PAGE_BYTES + 8, page);
        uint64_t words[OS_PAGE_BYTES / 8];
        size_t resident = f.process->resident;
        assert_true(os_statistics(f.system)->swap_out > 0);
        for (uint64_t page = 0; page < PAGES; page++) {
            uint64_t va = DATA + page * OS_PAGE_BYTES;
            assert_int_equal(os_read_page(f.system, f.process, va, words, NULL), TW_OK);
            assert_int_equal(words[1], page);
        }
        assert_int_equal(os_read_page(f.system, f.process, CODE, words, NULL), TW_OK);
        assert_int_equal(words[1], 0);
        assert_int_equal(f.process->resident, resident);
        assert_int_equal(os_statistics(f.system)->swap_in, 0);
        stop(&f);
    }
}

static void page_tables_are_counted_in_frames(void **state)
{
    (void)state;
    const uint64_t frames[MODES] = {3, 5, 6, 7, 1024}; /* CODE and DATA share all above 1 GiB */
    for (size_t m = 0; m < MODES; m++) {
        fixture f = start(MODE[m], 64, true);
        uint64_t pa;
        golden_run(f.machine, f.system, OP_FETCH, CODE, &pa);
        golden_load(f.machine, f.system, DATA);
        assert_int_equal(os_statistics(f.system)->table_frames, frames[m]);
        stop(&f);
    }
}

static void a_finished_process_gives_everything_back(void **state)
{
    (void)state;
    for (size_t m = 0; m < MODES; m++) {
        fixture f = start(MODE[m], 12, true);
        for (int life = 0; life < 3; life++) {
            for (uint64_t page = 0; page < PAGES; page++)
                golden_store(f.machine, f.system, DATA + page * OS_PAGE_BYTES, page);
            assert_int_equal(os_exit(f.system, NULL), TW_OK);
            assert_int_equal(f.process->state, OS_FINISHED);
            assert_null(os_next(f.system, f.process));
            for (size_t i = 0; i < f.machine->entries; i++)
                assert_false(f.machine->tlb[i].valid);
            f.process = spawn(f.system);
            assert_int_equal(os_switch(f.system, f.process, NULL), TW_OK);
        }
        assert_int_equal(os_statistics(f.system)->finished, 3);
        stop(&f);
    }
}

static void an_address_in_no_region_kills_with_a_record(void **state)
{
    (void)state;
    fixture f = start(MODE_SV39, 64, true);
    uint64_t pa, va = DATA + PAGES * OS_PAGE_BYTES + 16;
    assert_false(golden_run(f.machine, f.system, OP_STORE, va, &pa));
    assert_int_equal(f.process->state, OS_KILLED);
    assert_int_equal(f.process->death.reason, OS_REASON_NO_REGION);
    assert_int_equal(f.process->death.cause, CAUSE_STORE_PAGE);
    assert_int_equal(f.process->death.va, va);
    assert_null(os_next(f.system, NULL));
    stop(&f);
}

static void a_store_to_code_kills_with_the_pte_in_the_record(void **state)
{
    (void)state;
    fixture f = start(MODE_SV39, 64, true);
    uint64_t pa;
    assert_true(golden_run(f.machine, f.system, OP_FETCH, CODE, &pa));
    assert_false(golden_run(f.machine, f.system, OP_STORE, CODE + 8, &pa));
    assert_int_equal(f.process->death.reason, OS_REASON_FORBIDDEN);
    assert_true(f.process->death.pte_address != 0);
    assert_int_equal(pte_ppn(f.process->death.pte), pa >> PAGE_SHIFT);
    stop(&f);
}

static void a_page_table_that_the_bus_refuses_kills(void **state)
{
    (void)state;
    fixture f = start(MODE_SV39, 64, true);
    uint64_t pa;
    golden_load(f.machine, f.system, DATA);
    f.machine->bus_error = pte_address(MODE_SV39, satp_ppn(f.machine->satp), DATA, 2);
    assert_false(golden_run(f.machine, f.system, OP_LOAD, DATA + OS_PAGE_BYTES, &pa));
    assert_int_equal(f.process->death.reason, OS_REASON_ACCESS_FAULT);
    assert_int_equal(f.process->death.cause, CAUSE_LOAD_ACCESS);
    assert_int_equal(f.process->death.pte_address, f.machine->bus_error);
    stop(&f);
}

static void one_process_dies_and_the_other_goes_on(void **state)
{
    (void)state;
    fixture f = start(MODE_SV39, 64, true);
    os_process *other = spawn(f.system);
    uint64_t pa;
    assert_false(golden_run(f.machine, f.system, OP_LOAD, 8, &pa));
    assert_ptr_equal(os_next(f.system, f.process), other);
    assert_int_equal(os_switch(f.system, other, NULL), TW_OK);
    golden_store(f.machine, f.system, DATA, 5);
    assert_int_equal(golden_load(f.machine, f.system, DATA), 5);
    stop(&f);
}

static void without_adue_the_os_sets_accessed_and_dirty(void **state)
{
    (void)state;
    fixture f = start(MODE_SV39, 16, false);
    for (uint64_t round = 0; round < 3; round++)
        for (uint64_t page = 0; page < PAGES; page++) {
            uint64_t va = DATA + page * OS_PAGE_BYTES;
            assert_int_equal(golden_load(f.machine, f.system, va), round == 0 ? 0 : page + round);
            golden_store(f.machine, f.system, va, page + round + 1);
        }
    assert_true(os_statistics(f.system)->touches > 0);
    assert_int_equal(os_statistics(f.system)->refused, 0);
    stop(&f);
}

static void faults_of_accesses_thrown_away_are_dropped_from_the_queue(void **state)
{
    (void)state;
    fixture f = start(MODE_SV39, 64, true);
    uint64_t pa;
    golden_access(f.machine, OP_LOAD, DATA + 5 * OS_PAGE_BYTES, &pa);
    golden_access(f.machine, OP_STORE, DATA + 6 * OS_PAGE_BYTES, &pa);
    golden_store(f.machine, f.system, DATA, 1);
    assert_int_equal(f.machine->faults, 0);
    assert_int_equal(f.process->resident, 1);
    stop(&f);
}

static void a_queue_that_ran_over_is_cleared_and_the_fault_repaired(void **state)
{
    (void)state;
    fixture f = start(MODE_SV39, 64, true);
    uint64_t pa;
    for (uint64_t i = 0; i < GOLDEN_QUEUE + 3; i++)
        golden_access(f.machine, OP_LOAD, DATA + i * OS_PAGE_BYTES, &pa);
    golden_store(f.machine, f.system, DATA + 31 * OS_PAGE_BYTES, 1);
    assert_int_equal(f.machine->faults, 0);
    assert_int_equal(f.machine->dropped, 0);
    stop(&f);
}

static void a_trap_that_the_queue_does_not_know_is_a_mismatch(void **state)
{
    (void)state;
    fixture f = start(MODE_SV39, 64, true);
    bool resume;
    assert_int_equal(os_fault(f.system, CAUSE_LOAD_PAGE, DATA, &resume, NULL), TW_MISMATCH);
    stop(&f);
}

/* A fault that the MMU makes although the PTE grants the access. */
static bool refuse(fixture *f, uint64_t va)
{
    f->machine->fault[f->machine->faults++] =
        (golden_fault){CAUSE_LOAD_PAGE, va, 0, f->process->asid};
    bool resume = false;
    assert_int_equal(os_fault(f->system, CAUSE_LOAD_PAGE, va, &resume, NULL), TW_OK);
    return resume;
}

static void an_mmu_that_refuses_what_is_granted_gets_one_fence_and_one_chance(void **state)
{
    (void)state;
    fixture f = start(MODE_SV39, 64, true);
    golden_load(f.machine, f.system, DATA);
    unsigned fences = f.machine->fences;
    assert_true(refuse(&f, DATA));
    assert_int_equal(f.machine->fences, fences + 1);
    assert_false(refuse(&f, DATA));
    assert_int_equal(f.process->death.reason, OS_REASON_REFUSED_AGAIN);
    stop(&f);
}

static void when_page_tables_fill_memory_the_process_is_killed(void **state)
{
    (void)state;
    fixture f = start(MODE_SV39, 5, true);
    uint64_t pa;
    golden_load(f.machine, f.system, DATA); /* three tables; code needs two more, and a page */
    assert_false(golden_run(f.machine, f.system, OP_FETCH, CODE, &pa));
    assert_int_equal(f.process->death.reason, OS_REASON_NO_FRAME);
    stop(&f);
}

static void too_few_frames_and_modes_without_tables_are_refused(void **state)
{
    (void)state;
    golden_machine *machine = golden_open();
    os_port port = golden_port(machine);
    tw_error error = {0};
    const os_options bad[] = {{MODE_SV48, GOLDEN_FIRST, 5, NULL, 8, true},
                              {MODE_SV32, GOLDEN_FIRST, 3, NULL, 8, true},
                              {MODE_LINEAR, GOLDEN_FIRST, 1025, NULL, 8, true},
                              {MODE_BARE, GOLDEN_FIRST, 50, NULL, 8, true}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(os_open(&port, &bad[i], &error));
        assert_int_equal(error.status, TW_USAGE);
    }
    free(machine);
}

static void more_than_a_pte_can_name_is_refused(void **state)
{
    (void)state;
    tw_error error = {0};
    const os_options slots = {MODE_SV32, GOLDEN_FIRST, 50, NULL, (1 << 22) + 1, true};
    assert_int_equal(os_check(&slots, 1, &error), TW_USAGE);
    assert_string_equal(error.text, "a PTE of Sv32 names at most 4194304 slots of a swap file: "
                                    "4194305 are too many");
    const os_options frames = {MODE_SV32, (1 << 22) - 49, 50, NULL, 8, true};
    assert_int_equal(os_check(&frames, 1, &error), TW_USAGE);
    assert_string_equal(error.text, "a PTE of Sv32 names page numbers below 0x400000: 50 frames "
                                    "from 0x3fffcf on are too many");
    const os_options last = {MODE_SV32, (1 << 22) - 50, 50, NULL, 1 << 22, true};
    assert_int_equal(os_check(&last, 1, &error), TW_OK);
}

int main(void)
{
    const struct CMUnitTest fault[] = {
        cmocka_unit_test(the_first_touch_of_each_page_faults_and_no_other),
        cmocka_unit_test(a_new_page_reads_zero_whatever_its_frame_held),
        cmocka_unit_test(data_survives_four_times_more_pages_than_frames),
        cmocka_unit_test(two_processes_keep_their_data_apart),
        cmocka_unit_test(a_page_is_read_wherever_it_is),
        cmocka_unit_test(page_tables_are_counted_in_frames),
        cmocka_unit_test(a_finished_process_gives_everything_back),
        cmocka_unit_test(an_address_in_no_region_kills_with_a_record),
        cmocka_unit_test(a_store_to_code_kills_with_the_pte_in_the_record),
        cmocka_unit_test(a_page_table_that_the_bus_refuses_kills),
        cmocka_unit_test(one_process_dies_and_the_other_goes_on),
        cmocka_unit_test(without_adue_the_os_sets_accessed_and_dirty),
        cmocka_unit_test(faults_of_accesses_thrown_away_are_dropped_from_the_queue),
        cmocka_unit_test(a_queue_that_ran_over_is_cleared_and_the_fault_repaired),
        cmocka_unit_test(a_trap_that_the_queue_does_not_know_is_a_mismatch),
        cmocka_unit_test(an_mmu_that_refuses_what_is_granted_gets_one_fence_and_one_chance),
        cmocka_unit_test(when_page_tables_fill_memory_the_process_is_killed),
        cmocka_unit_test(too_few_frames_and_modes_without_tables_are_refused),
        cmocka_unit_test(more_than_a_pte_can_name_is_refused),
    };
    return cmocka_run_group_tests(fault, NULL, NULL);
}

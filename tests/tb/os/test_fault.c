/* Faults: demand paging, overcommit, several processes, and faults that end a process, all of it in
 * every mode. */
#include <stdlib.h>

#include "tablewalk/hashed.h"
#include "tb/os/kernel.h"
#include "tests/support/golden_port.h"

enum { CODE = 0x10000, DATA = 0x40000000, PAGES = 32 };

static unsigned mode; /* of the tests that run */

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
    assert_int_equal(os_process_add_region(system, process, data, NULL), TW_OK);
    assert_int_equal(os_process_add_region(system, process, code, NULL), TW_OK);
    return process;
}

/* One process, with `frames` besides the rows that as many `processes` need. */
static fixture start_of(size_t processes, size_t frames, bool adue)
{
    fixture f = {golden_open_at(golden_first(mode)), NULL, NULL};
    os_port port = golden_port(f.machine);
    os_options options = {.mode = mode,
                          .first_frame = golden_first(mode),
                          .frames = frames + os_row_frames(mode, frames, processes),
                          .swap_slots = 256,
                          .adue = adue};
    f.system = os_open(&port, &options, NULL);
    assert_non_null(f.system);
    f.process = spawn(f.system);
    assert_int_equal(os_switch(f.system, f.process, NULL), TW_OK);
    return f;
}

static fixture start(size_t frames, bool adue)
{
    return start_of(1, frames, adue);
}

static void stop(fixture *f)
{
    assert_int_equal(os_audit(f->system, NULL), TW_OK);
    os_close(f->system);
    assert_int_equal(f->machine->records.alive, 0);
    free(f->machine);
}

static void the_first_touch_of_each_page_faults_and_no_other(void **state)
{
    (void)state;
    fixture f = start(64, true);
    uint64_t pa;
    assert_true(golden_run(f.machine, f.system, OP_FETCH, CODE, &pa));
    for (int round = 0; round < 2; round++)
        for (uint64_t page = 0; page < 5; page++)
            golden_load(f.machine, f.system, DATA + page * OS_PAGE_BYTES);
    const os_counts *counts = os_statistics(f.system);
    assert_int_equal(counts->faults[CAUSE_FETCH_PAGE], 1);
    assert_int_equal(counts->faults[CAUSE_LOAD_PAGE], 5);
    assert_int_equal(os_space_resident(f.process->space), 6);
    stop(&f);
}

static void a_new_page_reads_zero_whatever_its_frame_held(void **state)
{
    (void)state;
    fixture f = start(64, true);
    size_t tables = os_statistics(f.system)->table_frames; /* which come first */
    for (size_t i = tables * 512; i < GOLDEN_FRAMES * 512; i++)
        f.machine->word[i] = 0xaaaaaaaaaaaaaaaa;
    for (uint64_t offset = 0; offset < OS_PAGE_BYTES; offset += 8)
        assert_int_equal(golden_load(f.machine, f.system, DATA + offset), 0);
    stop(&f);
}

static void data_survives_four_times_more_pages_than_frames(void **state)
{
    (void)state;
    bool compete = os_row_frames(mode, PAGES / 4, 1) == 0; /* page tables with pages */
    fixture f = start(PAGES / 4 + (compete ? mode_levels(mode) : 0), true);
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

static void two_processes_keep_their_data_apart(void **state)
{
    (void)state;
    fixture f = start_of(2, 20, true);
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

static void a_page_is_read_wherever_it_is(void **state)
{
    (void)state;
    fixture f = start(12, true);
    for (uint64_t page = 1; page < PAGES; page++)
        golden_store(f.machine, f.system, DATA + page * OS_PAGE_BYTES + 8, page);
    uint64_t words[OS_PAGE_BYTES / 8];
    size_t resident = os_space_resident(f.process->space);
    assert_true(os_statistics(f.system)->swap_out > 0);
    for (uint64_t page = 0; page < PAGES; page++) {
        uint64_t va = DATA + page * OS_PAGE_BYTES;
        assert_int_equal(os_read_page(f.system, f.process, va, words, NULL), TW_OK);
        assert_int_equal(words[1], page);
    }
    assert_int_equal(os_read_page(f.system, f.process, CODE, words, NULL), TW_OK);
    assert_int_equal(words[1], 0);
    assert_int_equal(os_space_resident(f.process->space), resident);
    assert_int_equal(os_statistics(f.system)->swap_in, 0);
    stop(&f);
}

static size_t tables_of_code_and_data(void)
{
    switch (mode) {
    case MODE_LINEAR:
        return 1024;
    case MODE_HASHED: /* 66 entries, 128 anchors */
        return 2;
    default: /* one for each level, and another below the first that tells them apart */
        return mode == MODE_SV32 ? 3 : mode_levels(mode) + 2;
    }
}

static void page_tables_are_counted_in_frames(void **state)
{
    (void)state;
    fixture f = start(64, true);
    uint64_t pa;
    golden_run(f.machine, f.system, OP_FETCH, CODE, &pa);
    golden_load(f.machine, f.system, DATA);
    assert_int_equal(os_statistics(f.system)->table_frames, tables_of_code_and_data());
    stop(&f);
}

static void a_finished_process_gives_everything_back(void **state)
{
    (void)state;
    fixture f = start(12, true);
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

static void an_address_in_no_region_kills_with_a_record(void **state)
{
    (void)state;
    fixture f = start(64, true);
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
    fixture f = start(64, true);
    uint64_t pa;
    assert_true(golden_run(f.machine, f.system, OP_FETCH, CODE, &pa));
    assert_false(golden_run(f.machine, f.system, OP_STORE, CODE + 8, &pa));
    assert_int_equal(f.process->death.reason, OS_REASON_FORBIDDEN);
    assert_true(f.process->death.pte_address != 0);
    if (mode == MODE_HASHED)
        assert_int_equal(f.process->death.pte_address,
                         os_hashed_entry(&f.system->hashed, (unsigned)(pa >> PAGE_SHIFT)));
    else
        assert_int_equal(pte_ppn(f.process->death.pte), pa >> PAGE_SHIFT);
    assert_int_equal(f.process->death.pte & 0x5f, 0x5b); /* V R X U A, no W */
    stop(&f);
}

/* Where a walk to `va` begins. */
static uint64_t first_read(const golden_machine *machine, uint64_t va)
{
    tw_control control = {.satp = machine->satp,
                          .hash_table = machine->hash_table,
                          .hash_anchors = machine->hash_anchors};
    if (mode == MODE_HASHED)
        return hashed_anchor_address(&control, va);
    return pte_address(mode, satp_ppn(machine->satp), va, mode_levels(mode) - 1);
}

static void a_page_table_that_the_bus_refuses_kills(void **state)
{
    (void)state;
    fixture f = start(64, true);
    uint64_t pa;
    golden_load(f.machine, f.system, DATA);
    f.machine->bus_error = first_read(f.machine, DATA + OS_PAGE_BYTES);
    assert_false(golden_run(f.machine, f.system, OP_LOAD, DATA + OS_PAGE_BYTES, &pa));
    assert_int_equal(f.process->death.reason, OS_REASON_ACCESS_FAULT);
    assert_int_equal(f.process->death.cause, CAUSE_LOAD_ACCESS);
    assert_int_equal(f.process->death.pte_address, f.machine->bus_error);
    stop(&f);
}

static void one_process_dies_and_the_other_goes_on(void **state)
{
    (void)state;
    fixture f = start_of(2, 64, true);
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
    fixture f = start(16, false);
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
    fixture f = start(64, true);
    uint64_t pa;
    golden_access(f.machine, OP_LOAD, DATA + 5 * OS_PAGE_BYTES, &pa);
    golden_access(f.machine, OP_STORE, DATA + 6 * OS_PAGE_BYTES, &pa);
    golden_store(f.machine, f.system, DATA, 1);
    assert_int_equal(f.machine->faults, 0);
    assert_int_equal(os_space_resident(f.process->space), 1);
    stop(&f);
}

static void a_queue_that_ran_over_is_cleared_and_the_fault_repaired(void **state)
{
    (void)state;
    fixture f = start(64, true);
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
    fixture f = start(64, true);
    os_verdict verdict;
    assert_int_equal(os_fault(f.system, CAUSE_LOAD_PAGE, DATA, &verdict, NULL), TW_MISMATCH);
    stop(&f);
}

/* A fault that the MMU makes although the PTE grants the access. */
static bool refuse(fixture *f, uint64_t va)
{
    f->machine->fault[f->machine->faults++] =
        (golden_fault){CAUSE_LOAD_PAGE, va, 0, f->process->space->asid};
    os_verdict verdict = OS_VERDICT_WAIT;
    assert_int_equal(os_fault(f->system, CAUSE_LOAD_PAGE, va, &verdict, NULL), TW_OK);
    return verdict == OS_VERDICT_RESUME;
}

static void an_mmu_that_refuses_what_is_granted_gets_one_fence_and_one_chance(void **state)
{
    (void)state;
    fixture f = start(64, true);
    golden_load(f.machine, f.system, DATA);
    unsigned fences = f.machine->fences;
    assert_true(refuse(&f, DATA));
    assert_int_equal(f.machine->fences, fences + 1);
    assert_false(refuse(&f, DATA));
    assert_int_equal(f.process->death.reason, OS_REASON_REFUSED_AGAIN);
    stop(&f);
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
    };
    return golden_in_every_mode("fault", fault, sizeof fault / sizeof *fault, &mode);
}

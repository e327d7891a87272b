/* What is known of a process that was killed: why, where, and the walk there; and of ASIDs, which
 * others get after it. In every mode. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/call_bench.h"

enum { RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

static call_bench *start(void)
{
    return call_bench_open(mode, 3, call_bench_frames(mode, 24), NULL);
}

/* What os_print_death says; free() it. */
static char *print(const call_bench *b, const os_process *process)
{
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    assert_non_null(file);
    os_print_death(b->system, process, file);
    fclose(file);
    return text;
}

static bool is_tree(void)
{
    return mode != MODE_HASHED;
}

static void the_record_holds_the_walk_from_the_root_to_where_it_ended(void **state)
{
    (void)state;
    call_bench *b = start();
    const uint64_t va = bench_map(b, 2, OS_R, 0), root = b->process->space->table.root;
    bench_load(b, va);
    const uint64_t ppn = bench_page(b->process, va)->ppn;
    assert_int_equal(bench_dies(b, OP_STORE, va + 8), OS_REASON_FORBIDDEN);
    const os_death *death = &b->process->death;
    assert_int_equal(death->steps, is_tree() ? mode_levels(mode) : 0);
    if (is_tree()) {
        assert_int_equal(death->step[0].address,
                         pte_address(mode, root, va, mode_levels(mode) - 1));
        const os_walk_step *last = &death->step[death->steps - 1];
        assert_int_equal(pte_ppn(last->pte), ppn);
        assert_int_equal(last->pte & 0x1f, 0x13); /* V R U, no W, no X */
    }
    char *text = print(b, b->process);
    assert_non_null(strstr(text, "process 1 (ASID 1): SIGSEGV by store page fault at "));
    assert_int_equal(strstr(text, "a leaf: the walk ends here") != NULL, is_tree());
    free(text);
    call_bench_close(b);
}

static void a_walk_that_finds_nothing_is_recorded_as_far_as_it_goes(void **state)
{
    (void)state;
    call_bench *b = start();
    assert_int_equal(bench_dies(b, OP_LOAD, 0x1000), OS_REASON_NO_REGION);
    const os_death *death = &b->process->death;
    assert_int_equal(death->steps, is_tree());
    assert_int_equal(death->step[0].pte, 0);
    call_bench_close(b);
}

static void a_page_beyond_the_end_of_its_file_is_a_bus_error(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    call_bench *b = start();
    os_object *file = bench_file(b, path, 2, false);
    const uint64_t va = bench_map_object(b, file, 4, OS_R, OS_VMA_SHARED);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    bench_load(b, va + PAGE(1));
    assert_int_equal(bench_dies(b, OP_LOAD, va + PAGE(2)), OS_REASON_BEYOND_FILE);
    char *text = print(b, b->process);
    assert_non_null(strstr(text, "SIGBUS"));
    free(text);
    unlink(path);
    call_bench_close(b);
}

static void an_access_fault_that_the_mmu_knows_nothing_of_is_of_the_access_itself(void **state)
{
    (void)state;
    call_bench *b = start();
    const uint64_t va = bench_map(b, 1, RW, 0);
    os_verdict verdict = OS_VERDICT_RESUME;
    bench_store(b, va, 1);
    assert_int_equal(os_fault(b->system, CAUSE_LOAD_ACCESS, va, &verdict, NULL), TW_OK);
    assert_int_equal(verdict, OS_VERDICT_DEAD);
    assert_int_equal(b->process->death.reason, OS_REASON_BUS_ERROR);
    call_bench_close(b);
}

static void who_is_killed_by_request_says_so(void **state)
{
    (void)state;
    call_bench *b = start();
    assert_int_equal(os_kill(b->system, b->process, NULL), TW_OK);
    char *text = print(b, b->process);
    assert_string_equal(text, "process 1 (ASID 1): SIGKILL: it was asked to end\n");
    free(text);
    call_bench_close(b);
}

static void asids_are_used_again_after_a_fence_and_pids_never(void **state)
{
    (void)state;
    call_bench *b = start();
    os_process *p[3] = {b->process};
    for (unsigned i = 1; i < 3; i++)
        assert_int_equal(os_spawn(b->system, &p[i], NULL), TW_OK);
    bench_switch(b, p[1]);
    const uint64_t va = bench_map(b, 2, RW, 0);
    bench_store(b, va, 0x77);
    assert_int_equal(p[1]->space->asid, 2);
    assert_int_equal(os_exit(b->system, NULL), TW_OK);
    for (size_t i = 0; i < b->machine->entries; i++)
        assert_false(b->machine->tlb[i].valid && b->machine->tlb[i].asid == 2);
    assert_int_equal(os_spawn(b->system, &p[1], NULL), TW_OK);
    assert_int_equal(p[1]->space->asid, 2);
    assert_int_equal(p[1]->pid, 4);
    bench_switch(b, p[1]);
    assert_int_equal(bench_dies(b, OP_LOAD, va), OS_REASON_NO_REGION);
    call_bench_close(b);
}

static void more_processes_than_asids_are_refused_and_one_that_ends_makes_room(void **state)
{
    (void)state;
    call_bench *b = start();
    os_process *process = NULL;
    tw_error error = {0};
    b->system->last_asid = (1u << ASID_BITS) - 1; /* as if all others were alive */
    assert_int_equal(os_spawn(b->system, &process, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "as many as there are ASIDs"));
    assert_int_equal(os_exit(b->system, NULL), TW_OK);
    bench_ok(os_spawn(b->system, &process, &error), &error);
    assert_int_equal(process->space->asid, 1);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest death[] = {
        cmocka_unit_test(the_record_holds_the_walk_from_the_root_to_where_it_ended),
        cmocka_unit_test(a_walk_that_finds_nothing_is_recorded_as_far_as_it_goes),
        cmocka_unit_test(a_page_beyond_the_end_of_its_file_is_a_bus_error),
        cmocka_unit_test(an_access_fault_that_the_mmu_knows_nothing_of_is_of_the_access_itself),
        cmocka_unit_test(who_is_killed_by_request_says_so),
        cmocka_unit_test(asids_are_used_again_after_a_fence_and_pids_never),
        cmocka_unit_test(more_processes_than_asids_are_refused_and_one_that_ends_makes_room),
    };
    return golden_in_every_mode("death", death, sizeof death / sizeof *death, &mode);
}

/* The audit finds frames of tables that nothing leads to, or more than one way, or the wrong one. In
 * every mode. */
#include <string.h>

#include "tests/support/huge_bench.h"

enum { RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

/* A process and its child, both with pages that are mapped, and one page of zeros. */
static call_bench *start(uint64_t *va)
{
    const os_options options = {.adue = true, .swap_slots = 64, .zero_page = true};
    call_bench *b = call_bench_open(mode, 2, 2 * call_bench_frames(mode, 12), &options);
    *va = bench_map(b, 4, RW, 0);
    bench_store(b, *va, 1);
    bench_load(b, *va + PAGE(1));
    os_process *child = bench_fork(b);
    bench_switch(b, child);
    bench_store(b, *va, 2);
    assert_int_equal(os_audit(b->system, NULL), TW_OK);
    return b;
}

static void expect_found(os *system, const char *text)
{
    tw_error error = {0};
    assert_int_equal(os_audit(system, &error), TW_MISMATCH);
    if (strstr(error.text, text) == NULL)
        fail_msg("mode %u: expected '%s', got '%s'", mode, text, error.text);
}

static void a_frame_of_a_table_that_nothing_leads_to_is_found(void **state)
{
    (void)state;
    uint64_t va, ppn;
    call_bench *b = start(&va);
    assert_int_equal(os_frames_take(b->system->frames, OS_FRAME_TABLE, 0, &ppn, NULL), TW_OK);
    expect_found(b->system, "nothing leads to the frame of a table");
    assert_int_equal(os_give_frame(b->system, ppn, NULL), TW_OK);
    call_bench_close(b);
}

static void a_table_in_a_frame_that_has_another_use_is_found(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = start(&va);
    const uint64_t table = mode == MODE_HASHED ? TW_GET(b->system->hashed.table, HASH_TABLE, PPN)
                                               : b->process->space->table.root;
    os_frame *frame = os_frames_find(b->system->frames, table); /* of a row, the last too: */
    const size_t row = mode == MODE_HASHED ? os_hashed_frames(os_frames_count(b->system->frames))
                                           : os_table_frames(mode);
    for (unsigned i = 0; i < 2; i++) {
        frame[i * (row - 1)].use = OS_FRAME_KERNEL;
        expect_found(b->system, "a table is in a frame that is none of a table");
        frame[i * (row - 1)].use = OS_FRAME_TABLE;
    }
    call_bench_close(b);
}

static void two_spaces_with_one_root_are_found(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = start(&va);
    os_table *table = &b->process->space->table;
    const uint64_t root = table->root;
    if (mode != MODE_HASHED) {
        table->root = bench_current(b)->space->table.root;
        assert_int_equal(os_audit(b->system, NULL), TW_MISMATCH);
        table->root = root;
    }
    call_bench_close(b);
}

/* The word of the root that leads to `va`. */
static uint64_t root_word(const call_bench *b, const os_process *process, uint64_t va,
                          uint64_t *word)
{
    const os_table *table = &process->space->table;
    const uint64_t address = pte_address(mode, table->root, va, mode_levels(mode) - 1);
    assert_int_equal(os_pte_read(&b->system->port, table, address, word, NULL), TW_OK);
    return address;
}

static void put_word(const call_bench *b, uint64_t address, uint64_t word)
{
    const os_table *table = &b->process->space->table;
    assert_int_equal(os_pte_write(&b->system->port, table, address, word, NULL), TW_OK);
}

static void a_second_way_to_a_table_is_found(void **state)
{
    (void)state;
    uint64_t va, word, none;
    call_bench *b = start(&va);
    if (mode_levels(mode) > 1) {
        root_word(b, b->process, va, &word);
        const uint64_t other = root_word(b, b->process, 0, &none);
        assert_int_equal(none, 0);
        put_word(b, other, word);
        expect_found(b->system, "two ways lead to the frame of a table");
        put_word(b, other, 0);
    }
    call_bench_close(b);
}

static void a_table_of_another_space_is_found(void **state)
{
    (void)state;
    uint64_t va, word, others;
    call_bench *b = start(&va);
    if (mode_levels(mode) > 1) {
        root_word(b, bench_current(b), va, &others);
        const uint64_t address = root_word(b, b->process, va, &word);
        os_frames_find(b->system->frames, pte_ppn(word))->space = bench_current(b)->space;
        expect_found(b->system, "a table is in the frame of another address space");
        os_frames_find(b->system->frames, pte_ppn(word))->space = b->process->space;
        put_word(b, address, 1u << PTE_V | bench_page(b->process, va)->ppn << PTE_PPN);
        assert_int_equal(os_audit(b->system, NULL), TW_MISMATCH); /* to a page */
        put_word(b, address, word);
    }
    call_bench_close(b);
}

static void the_kept_table_of_a_huge_page_is_reached_and_its_loss_found(void **state)
{
    (void)state;
    uint64_t va;
    if (os_huge_bytes(mode) == 0)
        return;
    call_bench *b = huge_filled(mode, 0, &va);
    os_huge *huge = os_huge_find(b->process->space, va);
    const uint64_t table = huge->table;
    assert_int_equal(os_audit(b->system, NULL), TW_OK);
    huge->table = b->process->space->table.root;
    assert_int_equal(os_audit(b->system, NULL), TW_MISMATCH);
    huge->table = bench_page(b->process, va)->ppn;
    expect_found(b->system, "a table is in a frame that is none of a table");
    huge->table = table;
    call_bench_close(b);
}

static void the_tables_of_the_kernels_map_are_reached_and_a_loss_found(void **state)
{
    (void)state;
    if (os_kernel_start(mode) == 0)
        return;
    kernel_bench b = kernel_bench_open(mode, KERNEL_FRAMES / 2);
    kernel_bench_spawn(&b);
    tw_error error = {0};
    bench_ok(os_audit(b.system, &error), &error);
    const uint64_t root = b.system->kernel->table.root;
    os_frames_find(b.system->frames, root)->use = OS_FRAME_TABLE;
    expect_found(b.system, "a table is in a frame that is none of a table");
    os_frames_find(b.system->frames, root)->use = OS_FRAME_KERNEL;
    kernel_bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest audit_frames[] = {
        cmocka_unit_test(a_frame_of_a_table_that_nothing_leads_to_is_found),
        cmocka_unit_test(a_table_in_a_frame_that_has_another_use_is_found),
        cmocka_unit_test(two_spaces_with_one_root_are_found),
        cmocka_unit_test(a_second_way_to_a_table_is_found),
        cmocka_unit_test(a_table_of_another_space_is_found),
        cmocka_unit_test(the_kept_table_of_a_huge_page_is_reached_and_its_loss_found),
        cmocka_unit_test(the_tables_of_the_kernels_map_are_reached_and_a_loss_found),
    };
    return golden_in_every_mode("audit_frames", audit_frames,
                                sizeof audit_frames / sizeof *audit_frames, &mode);
}
